"""Bodies that hold fields, parts or lines: URL-encoded forms, multipart uploads and JSON Lines files.

Only what changed is written anew. Whatever a part holds that can't be read as text is told by its first bytes: media (pictures, sound,
documents) are counted as they are inside JSON, everything else is refused as unscannable.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dlp.engine.body import Body, PlainBody, Text
from dlp.engine.json_body import JsonBody
from dlp.engine.media import signature_of
from dlp.engine.text import apply_edits
from dlp.errors import WireError
from dlp.providers.format import WireFormat
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import decode_document, parse_leaves
from dlp.wire.multipart import Part, parse_multipart
from dlp.wire.ndjson import CONTENT_TYPES, iter_lines
from dlp.wire.ranges import Change, splice
from dlp.wire.urlencoded import Component, parse_urlencoded

PORTION_BYTES = 256 * 1024
"""Of a file's lines that are examined together: enough for several workers, little beside a body for which memory matters."""


class FormBody:
    """An `application/x-www-form-urlencoded` body. Values and names are both somebody's text."""

    media: Mapping[str, int] = {}

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts: list[tuple[Component, Text]] = []
        self._model: str | None = None
        for field in parse_urlencoded(raw):
            name = field.name.text
            self._add(field.name, "", "form field name")
            if field.value is not None:
                self._add(field.value, name[:64], "form")
                self._model = field.value.text if name == "model" else self._model
        self.texts = [text for _, text in self._parts]

    def portions(self) -> tuple[()]:
        return ()

    @property
    def model(self) -> str | None:
        return self._model

    def _add(self, component: Component, context: str, place: str) -> None:
        if component.text:  # a `+` is a space: unlike in a query, nobody reads it otherwise
            self._parts.append((component, Text(component.text, context=context, place=place)))

    def render(self) -> bytes:
        return splice(self._raw, component_changes(self._parts))


def component_changes(parts: list[tuple[Component, Text]]) -> list[tuple[int, int, bytes]]:
    """One change per component; what one reading shows and another doesn't is replaced all the same."""
    changes = []
    for component, group in itertools.groupby(parts, key=lambda part: part[0]):
        edits = sorted({edit for _, text in group for edit in text.edits})
        apart = [edit for index, edit in enumerate(edits) if index == 0 or edit[0] >= edits[index - 1][1]]
        if len(apart) != len(edits):  # the readings disagree on where the value ends: replace all of it
            apart = [(0, len(component.text), edits[0][2])]
        if apart:
            changes.append((component.start, component.end, component.edit(apart)))
    return changes


class LinesPortion:
    """Some lines of a file, which are examined together."""

    def __init__(self, lines: list[tuple[int, int, JsonBody]]) -> None:
        self._lines = lines
        self.texts = [text for _, _, body in lines for text in body.texts]
        self.changes: list[Change] = []
        """What `write` has made of the lines that have edits; ranges in bytes of the whole body."""

    def write(self) -> None:
        self._lines = [line for line in self._lines if any(text.edits for text in line[2].texts)]
        self.changes = [(start, end, body.render()) for start, end, body in self._lines]

    @property
    def written(self) -> list[Text]:
        """The texts of the lines that have been written anew."""
        return [text for _, _, body in self._lines for text in body.texts]

    def reread(self) -> Iterator[str]:
        """The same texts, read from what has been written."""
        for (_, _, body), (_, _, new) in zip(self._lines, self.changes, strict=True):
            yield from body.reread(new)


class LinesBody:
    """JSON documents, one a line: batch inputs, fine-tuning samples.

    Its texts come in portions of about `PORTION_BYTES`, of which nothing but the changed lines is kept: texts take more than ten times
    the memory of their bytes. A value is carried from line to line in their order; nothing of a later one counts in an earlier one.

    Args:
        raw: The body that holds the lines, from `start` to `end`.
    """

    model = None
    texts: Sequence[Text] = ()

    def __init__(
        self, raw: bytes, wire_format: WireFormat, *, place: str = "body", start: int = 0, end: int | None = None
    ) -> None:
        self._raw = raw
        self._format = wire_format
        self._place = place
        self._start, self._end = start, len(raw) if end is None else end
        self.media: Counter[str] = Counter()
        self.changes: list[Change] = []
        """Of the portions that have been written."""

    def is_json(self) -> bool:
        """Whether every line is a document; reads them all, and keeps nothing."""
        try:
            for start, end in iter_lines(self._raw, self._start, self._end):
                content = self._raw[start:end]
                if content and not content.isspace():
                    parse_leaves(decode_document(content))
        except WireError:
            return False
        return True

    def portions(self) -> Iterator[LinesPortion]:
        """Lines that are examined together; what is asked for next takes the place of the portion before."""
        lines: list[tuple[int, int, JsonBody]] = []
        size = 0
        for number, (start, end) in enumerate(iter_lines(self._raw, self._start, self._end), 1):
            content = self._raw[start:end]
            if content.isspace() or not content:
                continue
            body = JsonBody(content, self._format, place=f"{self._place} line {number}")
            self.media.update(body.media)
            lines.append((start, end, body))
            size += len(content)
            if size >= PORTION_BYTES:
                yield from self._examined(LinesPortion(lines))
                lines, size = [], 0
        if lines:
            yield from self._examined(LinesPortion(lines))

    def _examined(self, portion: LinesPortion) -> Iterator[LinesPortion]:
        yield portion
        self.changes += portion.changes

    def render(self) -> bytes:
        return splice(self._raw, self.changes)


class MultipartBody:
    """A `multipart/form-data` body: names, file names, headers and contents."""

    def __init__(self, raw: bytes, content_type: str, wire_format: WireFormat) -> None:
        self._form = parse_multipart(raw, content_type)
        self._contents: list[tuple[Part, Body]] = []
        self._files: list[LinesBody] = []
        self._heads: list[tuple[int, int, Mapping[str, Text], Part]] = []
        self.texts: list[Text] = []
        self._model: str | None = None
        self._media: Counter[str] = Counter()
        for number, part in enumerate(self._form.parts):
            self._read_head(part)
            body = _open_part(raw, part, wire_format, f"part {number}")
            if isinstance(body, str):
                self._media[body] += 1
                continue
            if isinstance(body, LinesBody):
                self._files.append(body)
                continue
            if part.name == "model" and isinstance(body, PlainBody):
                self._model = body.texts[0].value
                body.texts[0].treatment = Treatment.PATH
            if body is not None:
                self._contents.append((part, body))
                self.texts += body.texts
                self._media.update(body.media)

    def portions(self) -> Iterator[LinesPortion]:
        for lines in self._files:
            yield from lines.portions()

    @property
    def media(self) -> Mapping[str, int]:
        return sum((lines.media for lines in self._files), self._media)

    @property
    def model(self) -> str | None:
        return self._model

    def _read_head(self, part: Part) -> None:
        for param in part.params:
            texts = {
                reading: Text(reading, context=param.name, place=f"part {param.name.rstrip('*')}")
                for reading in param.readings
                if reading
            }
            self._heads.append((param.start, param.end, texts, part))
            self.texts += texts.values()
        for header in part.headers:
            if header.name.lower() not in (
                "content-disposition",
                "content-length",
                "content-transfer-encoding",
            ):
                # Nobody's API has further headers: what stands there can be refused, so it needn't be rewritten.
                self.texts.append(
                    Text(f"{header.name}: {header.value}", place="part header", treatment=Treatment.FIXED)
                )

    def render(self) -> bytes:
        changes = [
            (part.start, part.end, body.render())
            for part, body in self._contents
            if any(text.edits for text in body.texts)
        ]
        changes += self._changed_heads()
        changes += (change for lines in self._files for change in lines.changes)
        return self._form.splice(changes)

    def _changed_heads(self) -> Iterator[tuple[int, int, bytes]]:
        for start, end, texts, part in self._heads:
            text = next((text for text in texts.values() if text.edits), None)
            if text is not None:
                param = next(param for param in part.params if param.start == start)
                yield start, end, param.encode(apply_edits(text.value, text.edits))


def _open_part(form: bytes, part: Part, wire_format: WireFormat, place: str) -> Body | str | None:
    """The content of one part of a form: a body, the kind of media that it is, None if it is empty.

    Raises:
        WireError: Neither text nor media.
    """
    name = (part.filename or "").lower()
    if part.content_type in CONTENT_TYPES or name.endswith((".jsonl", ".ndjson")):
        return LinesBody(form, wire_format, place=place, start=part.start, end=part.end)
    raw = form[part.start : part.end]
    if not raw or raw.isspace():
        return None
    if part.content_type.endswith(("/json", "+json")) or name.endswith(".json"):
        return JsonBody(raw, wire_format, place=place)
    try:
        return PlainBody(raw, place=place, context=part.name or "")
    except WireError:
        if (media := signature_of(raw)) is not None:
            return media
        raise WireError(f"{place} is neither text nor a known kind of picture, sound or document") from None
