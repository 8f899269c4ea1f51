"""Request bodies of remote procedure calls: framed messages, protocol buffers without a schema or JSON.

Nothing on the wire tells a string from bytes or from a nested message (see `dlp.wire.protobuf`), so whatever can be read as text is
text; what can't is media, counted as such. Names of resources (`models/gemini-2.5-pro`) stay, or the service would not find them.
"""

from __future__ import annotations

import re
from collections import Counter

from dlp.engine.body import Text
from dlp.engine.json_body import JsonBody
from dlp.engine.media import OPAQUE, signature_of
from dlp.engine.replay import Recall, replay_run
from dlp.engine.surroundings import MODEL_ROLES
from dlp.engine.text import apply_edits
from dlp.errors import WireError
from dlp.providers.format import WireFormat
from dlp.providers.formats.generic import GENERIC
from dlp.types import Finding
from dlp.wire.grpc import END_STREAM, TRAILERS, GrpcMessage, RpcKind, frame, read_frames
from dlp.wire.json_leaves import looks_like_json
from dlp.wire.protobuf import Kind, Leaf, parse_message

_RESOURCE = re.compile(
    r"(?:models|tunedModels|projects|publishers|locations|endpoints|cachedContents|files|corpora|operations|batches)"
    r"(?:/[A-Za-z][A-Za-z0-9._-]{0,100}|/\d{4,19}){1,12}(?:@(?:\d{1,6}|default))?\Z",
    re.ASCII,
)
"""Names as the vendor's services give them: a collection, an identifier, and so on."""
LONG = 64
"""Characters of a text that nobody says twice by chance."""


class RpcBody:
    """The messages of a request, none of them compressed.

    Raises:
        WireError: Broken frames, or a message that is none.
    """

    def __init__(self, raw: bytes, kind: RpcKind, wire_format: WireFormat) -> None:
        self._framed = kind.flags is not None
        messages = read_frames(raw, kind.flags) if kind.flags is not None else [GrpcMessage(0, raw)]
        self._messages: list[tuple[GrpcMessage, _ProtobufMessage | JsonBody | None]] = []
        for number, message in enumerate(messages):
            if message.compressed:
                raise WireError("gRPC: a message is compressed")
            if message.flags & (TRAILERS | END_STREAM):
                raise WireError("gRPC: a request has trailers")
            place = f"message[{number}]"
            body: _ProtobufMessage | JsonBody | None = None
            if kind.json:
                body = JsonBody(message.payload, wire_format, place=place) if message.payload.strip() else None
            else:
                body = _ProtobufMessage(message.payload, place)
            self._messages.append((message, body))
        bodies = [body for _, body in self._messages if body is not None]
        self.texts = [text for body in bodies for text in body.texts]
        self.media: Counter[str] = Counter()
        for body in bodies:
            self.media.update(body.media)

    model = None

    def portions(self) -> tuple[()]:
        return ()

    def replay(self, recall: Recall) -> None:
        """Give the model's own texts the edits with which `recall` knows them."""
        for _, body in self._messages:
            if body is not None:
                body.replay(recall)

    def render(self) -> bytes:
        out = bytearray()
        for message, body in self._messages:
            payload = body.render() if body is not None else message.payload
            out += frame(payload, message.flags) if self._framed else payload
        return bytes(out)


class OuterReading(Text):
    """Bytes that can be one text, and can be a message that holds the texts of `parts`: changed there, looked at here.

    What the parts show is masked in them. A value that only this reading shows refuses the request: to replace it would break the
    message, if it is one.
    """

    __slots__ = ("_parts",)

    alternative = True

    def __init__(self, value: str, parts: list[tuple[int, Text]], *, place: str) -> None:
        super().__init__(value, place=place)
        self._parts = parts

    def shows(self, finding: Finding) -> bool:
        """Whether a finding lies across the parts' borders, with something in it that isn't masked in any part."""
        inside = [(at, at + len(part.value)) for at, part in self._parts]
        if any(start <= finding.start and finding.end <= end for start, end in inside):
            return False
        masked = [(at + start, at + end) for at, part in self._parts for start, end, _ in part.edits]
        return any(
            not any(start <= at < end for start, end in masked)
            for at in range(finding.start, finding.end)
            if any(start <= at < end for start, end in inside)
        )


class _ProtobufMessage:
    """One message, and the texts in it."""

    def __init__(self, payload: bytes, place: str) -> None:
        self._message = parse_message(payload)
        self._parts: list[tuple[Leaf, Text | JsonBody]] = []
        self.texts: list[Text] = []
        self.media: Counter[str] = Counter()
        outer: list[tuple[Leaf, str]] = []
        for leaf in self._message.leaves:
            text = leaf_text(payload, leaf)
            at = f"{place}.{'.'.join(map(str, leaf.path))}"
            if text is None:
                if leaf.kind is Kind.OPAQUE:
                    self.media[signature_of(payload[leaf.start : leaf.end]) or OPAQUE] += 1
            elif leaf.kind is Kind.AMBIGUOUS:
                outer.append((leaf, text))
            elif not is_resource(text):
                self._add(leaf, text, at)
        for leaf, text in outer:
            self.texts.append(self._reading(leaf, text, f"{place}.{'.'.join(map(str, leaf.path))}"))

    def _add(self, leaf: Leaf, text: str, place: str) -> None:
        part = _opened(text, place)
        self._parts.append((leaf, part))
        self.texts += part.texts if isinstance(part, JsonBody) else [part]

    def _reading(self, leaf: Leaf, text: str, place: str) -> OuterReading:
        data = self._message.data
        parts = [
            (len(data[leaf.start : inner.start].decode()), part)
            for inner, part in self._parts
            if isinstance(part, Text) and leaf.start <= inner.start and inner.end <= leaf.end
        ]
        return OuterReading(text, parts, place=place)

    def replay(self, recall: Recall) -> None:
        """Look up what the model may have said: all in a message that says so of itself, and long texts anywhere.

        Where speakers are numbers of an enum, nothing tells whose a text is. A long one that is letter for letter what this provider has
        said is known there, whoever says it now.
        """
        speakers = {
            leaf.length.parent for leaf, part in self._parts if isinstance(part, Text) and part.value in MODEL_ROLES
        }
        run: list[Text] = []
        kind: object = None
        for leaf, part in self._parts:
            if leaf.kind is Kind.NUMBERS:
                continue  # a message whose text is empty, say: it stands between the pieces of one
            turn = next((each for each in leaf.length.enclosing() if each in speakers), None)
            if isinstance(part, JsonBody):
                kind = None
                text = leaf_text(self._message.data, leaf)
                if text is not None and (turn is not None or len(text) >= LONG):
                    part.replay_whole(text, recall)
                continue
            its = (turn, leaf.path, self._message.marks(leaf)) if turn is not None else leaf
            if its != kind:
                _replay(run, recall)
                run, kind = [], its
            if turn is not None or len(part.value) >= LONG:
                run.append(part)
        _replay(run, recall)

    def render(self) -> bytes:
        changes = []
        for leaf, part in self._parts:
            texts = part.texts if isinstance(part, JsonBody) else [part]
            if any(text.edits for text in texts):
                new = part.render() if isinstance(part, JsonBody) else apply_edits(part.value, part.edits).encode()
                changes.append((leaf, new))
        return self._message.splice(changes)


def _replay(run: list[Text], recall: Recall) -> None:
    """Replay pieces of a text, unless that leaves one empty: what holds nothing but empty fields reads as bytes."""
    replay_run(run, recall)
    if any(text.edits and not apply_edits(text.value, text.edits) for text in run):
        for text in run:
            text.edits, text.replayed = [], False


def is_resource(text: str) -> bool:
    """Whether a text is the name of a resource."""
    return _RESOURCE.match(text) is not None


def leaf_text(data: bytes, leaf: Leaf) -> str | None:
    """A leaf as text, None if it is no UTF-8. Control characters don't matter: the log of a terminal is full of them."""
    try:
        return data[leaf.start : leaf.end].decode()
    except UnicodeDecodeError:
        return None


def _opened(text: str, place: str) -> Text | JsonBody:
    """A text as it stands, or the JSON in it."""
    if looks_like_json(text):
        try:
            return JsonBody(text.encode(), GENERIC, place=place)
        except WireError:
            pass
    return Text(text, place=place)
