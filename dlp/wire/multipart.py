r"""multipart bodies: parts with exact byte ranges, so that only what changed is written anew.

What it guarantees: every byte of an accepted body is a boundary line, a header, a part's body, or one of the line ends
that join them. Anything that another reader might take differently is refused: the server's reader is not ours, and
text that only it sees is text that nobody examined. So there is no preamble and no epilogue but line ends, no bare CR or
LF around boundaries and headers, no folded or doubled header, no transfer encoding, no nested multipart, and the
boundary may occur nowhere but in boundary lines, however a reader would look for them.

Where honest writers differ (backslash or percent escapes in a file name) the text is given in each `Param.readings`.

Grammar: RFC 2046 5.1.1, RFC 7578 (form-data), RFC 5987 (`filename*`), WHATWG HTML 4.10.21.8 (`%22`, `%0D`, `%0A`).

No `feed`: ranges are those of the whole body, which whoever wants to change it holds anyway. Parsing copies headers
only, never a part's body.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, unquote_to_bytes

from dlp.errors import WireError
from dlp.wire.ranges import Change, splice

MAX_PARTS = 1_000
"""Parts of one body; the largest real ones are uploads of a few dozen files."""
MAX_HEADER_BYTES = 16 * 2**10
"""Bytes of one part's headers."""

_CRLF = b"\r\n"
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HEADER_NAME = re.compile(_TOKEN)
_FIRST_VALUE = re.compile(rb"[^;]*")
_PARAM = re.compile(rb";[ \t]*(" + _TOKEN + rb')[ \t]*=[ \t]*("(?:[^"\\]|\\.)*+"|[^\s;"\\]+)[ \t]*')
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046 5.1.1
_EXTENDED = re.compile(
    r"(utf-8|iso-8859-1|us-ascii)'[A-Za-z0-9-]*'((?:[!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})*)", re.IGNORECASE
)
_PLAIN_TRANSFER = frozenset({"7bit", "8bit", "binary"})
_UNICODE_OR_ASCII = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_ONCE = frozenset({"content-disposition", "content-type", "content-transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of `Content-Disposition`, such as `name` or `filename`; ranges in bytes of the body."""

    name: str
    """Lower case; with its `*` when the value is in the extended notation."""
    readings: tuple[str, ...] = field(repr=False)
    """What readers may see: the likeliest first, then the same value with other escapes undone."""
    start: int
    """Where the value begins, at the quote if it has one."""
    end: int

    @property
    def text(self) -> str:
        return self.readings[0]

    def encode(self, new: str) -> bytes:
        """A value to stand at `start` to `end` that says `new`."""
        if self.name.endswith("*"):
            return b"UTF-8''" + quote_from_bytes(new.encode(), safe="").encode()
        escaped = new.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "%0D").replace("\n", "%0A")
        return b'"' + escaped.encode() + b'"'


@dataclass(frozen=True, slots=True)
class Header:
    """One header of a part; the range is the value's."""

    name: str = field(repr=False)
    """As spelt. A client may invent names, so this is text to examine too."""
    value: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part; `start` and `end` are the range of its body."""

    headers: tuple[Header, ...]
    params: tuple[Param, ...]
    """Of `Content-Disposition`."""
    content_type: str
    """Without parameters, lower case; empty where there is no such header, which in form-data means plain text."""
    charset: str | None
    """The `charset` of the content type, lower case."""
    start: int
    end: int

    @property
    def name(self) -> str | None:
        """The form field's name."""
        return self._param("name")

    @property
    def filename(self) -> str | None:
        return self._param("filename")

    def header(self, name: str) -> Header | None:
        """The header of that name (lower case)."""
        return next((header for header in self.headers if header.name.lower() == name), None)

    def _param(self, name: str) -> str | None:
        return next((param.text for param in self.params if param.name in (name, name + "*")), None)


@dataclass(frozen=True, slots=True)
class Multipart:
    """A parsed body."""

    body: bytes = field(repr=False)
    boundary: bytes
    parts: tuple[Part, ...]

    def splice(self, changes: Iterable[Change]) -> bytes:
        """The body with ranges replaced, and the `Content-Length` of every part that has one made right.

        Args:
            changes: ranges inside bodies of parts, of values of headers, or of values of params.

        Raises:
            ValueError: a range that lies elsewhere, or a line end put into a header.
            WireError: the new text holds the boundary.
        """
        wanted = list(changes)
        body = splice(self.body, [*wanted, *self._lengths(wanted)])
        if _count(body, b"--" + self.boundary) != _count(self.body, b"--" + self.boundary):
            raise WireError("a replacement holds the boundary of the multipart body")
        return body

    def _lengths(self, changes: list[Change]) -> Iterator[Change]:
        ordered = sorted(changes, key=lambda change: change[:2])
        starts = [change[0] for change in ordered]

        def within(start: int, end: int) -> list[Change]:
            low, high = bisect_left(starts, start), bisect_right(starts, end)
            return [change for change in ordered[low:high] if change[1] <= end]

        placed = 0
        for part in self.parts:
            inside = within(part.start, part.end)
            placed += len(inside)
            for header in part.headers:
                around = within(header.start, header.end)
                if any(b"\r" in new or b"\n" in new for _, _, new in around):
                    raise ValueError("a header's value has no line ends")
                placed += len(around)
            length = part.header("content-length")
            if length is not None and inside:
                size = part.end - part.start + sum(len(new) - (end - start) for start, end, new in inside)
                yield length.start, length.end, b"%d" % size
        if placed != len(changes):
            raise ValueError("a change lies neither in a part's body nor in a header's value")


def parse_multipart(body: bytes, content_type: str) -> Multipart:
    """The parts of a body.

    Args:
        body: the whole body, decoded.
        content_type: the `Content-Type` header, `multipart/form-data; boundary=...`. In form-data every part must have a
            name; in other subtypes (`related`, `mixed`) a part needs no headers.

    Raises:
        WireError: anything but a well-formed multipart body that all readers take alike.
    """
    subtype, boundary = _parse_content_type(content_type)
    delimiter = b"--" + boundary
    ranges = _part_ranges(body, delimiter)
    parts = tuple(_parse_part(body, start, end, form=subtype == "multipart/form-data") for start, end in ranges)
    for part in parts:
        if part.name == "_charset_" and body[part.start : part.end].decode("latin-1").lower() not in _UNICODE_OR_ASCII:
            raise WireError("multipart: the form declares a character set other than UTF-8")
    return Multipart(body, boundary, parts)


def _parse_content_type(content_type: str) -> tuple[str, bytes]:
    value = content_type.encode("latin-1", "replace")
    subtype, params = _value_and_params(value, 0, "content type")
    boundaries = [param for param in params if param.name.startswith("boundary")]
    if not subtype.startswith("multipart/") or [param.name for param in boundaries] != ["boundary"]:
        raise WireError("multipart: the content type does not name one boundary")
    boundary = value[boundaries[0].start : boundaries[0].end]
    if boundary.startswith(b'"'):
        boundary = boundary[1:-1]
    if not _BOUNDARY.fullmatch(boundary):
        raise WireError("multipart: the boundary breaks RFC 2046")
    return subtype, boundary


def _part_ranges(body: bytes, delimiter: bytes) -> list[tuple[int, int]]:
    """Where each part (headers and body) lies. Every occurrence of the delimiter must be a whole boundary line."""
    ranges: list[tuple[int, int]] = []
    start: int | None = None  # of the part that the latest boundary line opened
    for place in _places(body, delimiter):
        if start is None:
            if body[:place] not in (b"", _CRLF):
                raise WireError("multipart: bytes before the first boundary")
        elif start > place - 2 or body[place - 2 : place] != _CRLF:
            raise WireError("multipart: the boundary occurs inside a part")
        else:
            ranges.append((start, place - 2))
            if len(ranges) > MAX_PARTS:
                raise WireError(f"multipart: more than {MAX_PARTS} parts")
        after = place + len(delimiter)
        following = body[after : after + 2]
        if following == b"--":
            if body[after + 2 :].strip(_CRLF):
                raise WireError("multipart: bytes after the last boundary")
            return ranges
        if following != _CRLF:
            raise WireError("multipart: the boundary is followed by neither a line end nor two hyphens")
        start = after + 2
    raise WireError("multipart: the boundary is missing, or the last one is")


def _places(body: bytes, delimiter: bytes) -> Iterator[int]:
    """Where the delimiter occurs, overlapping occurrences included."""
    place = body.find(delimiter)
    while place >= 0:
        yield place
        place = body.find(delimiter, place + 1)


def _count(body: bytes, delimiter: bytes) -> int:
    return sum(1 for _ in _places(body, delimiter))


def _parse_part(body: bytes, start: int, end: int, *, form: bool) -> Part:
    if body.startswith(_CRLF, start, end):
        head_end, body_start = start, start + 2
    else:
        head_end = body.find(b"\r\n\r\n", start, min(end, start + MAX_HEADER_BYTES + 4))
        body_start = head_end + 4
    if head_end < 0:
        raise WireError(f"multipart: a part's headers have no end within {MAX_HEADER_BYTES} bytes")
    headers = tuple(_parse_headers(body[start:head_end], start))
    part = Part(headers, (), "", None, body_start, end)
    disposition, params = _header_params(part.header("content-disposition"), body)
    if form and (disposition != "form-data" or not any(param.name in ("name", "name*") for param in params)):
        raise WireError("multipart: a part of the form has no name")
    content_type, type_params = _header_params(part.header("content-type"), body)
    _check_plain(part, content_type)
    charset = next((param.text.lower() for param in type_params if param.name == "charset"), None)
    return Part(headers, params, content_type, charset, body_start, end)


def _parse_headers(head: bytes, offset: int) -> Iterator[Header]:
    """The headers of one part; `offset` is where `head` begins in the body."""
    seen: set[bytes] = set()
    for line in head.split(_CRLF) if head else ():
        name, colon, value = line.partition(b":")
        if not colon or not _HEADER_NAME.fullmatch(name) or any(control in line for control in b"\r\n\0"):
            raise WireError("multipart: a part has a malformed or folded header")
        if name.lower() in seen and name.decode().lower() in _ONCE:
            raise WireError(f"multipart: a part has two headers {name.decode().lower()}")
        seen.add(name.lower())
        start = offset + len(name) + 1 + len(value) - len(value.lstrip(b" \t"))
        value = value.strip(b" \t")
        yield Header(name.decode(), _text(value), start, start + len(value))
        offset += len(line) + 2


def _check_plain(part: Part, content_type: str) -> None:
    """Refuses parts whose body says something else than its bytes."""
    transfer = part.header("content-transfer-encoding")
    if transfer is not None and transfer.value.lower() not in _PLAIN_TRANSFER:
        raise WireError("multipart: a part has a transfer encoding")
    if part.header("content-encoding") is not None:
        raise WireError("multipart: a part has a content coding")
    if content_type.startswith("multipart/"):
        raise WireError("multipart: a part is multipart itself")
    length = part.header("content-length")
    if length is not None and length.value != str(part.end - part.start):
        raise WireError("multipart: a part's content length is not its length")


def _header_params(header: Header | None, body: bytes) -> tuple[str, tuple[Param, ...]]:
    if header is None:
        return "", ()
    return _value_and_params(body[header.start : header.end], header.start, header.name.lower())


def _value_and_params(value: bytes, offset: int, what: str) -> tuple[str, tuple[Param, ...]]:
    """`form-data; name="x"` taken apart; ranges count from `offset`."""
    first = _FIRST_VALUE.match(value)
    position = first.end() if first else 0
    params: dict[str, Param] = {}
    while match := _PARAM.match(value, position):
        param = _param(match, offset, what)
        if param.name in params or (param.name in ("name", "name*") and {"name", "name*"} & params.keys()):
            raise WireError(f"multipart: {what} has a parameter twice")
        params[param.name] = param
        position = match.end()
    if value[position:].strip(b" \t") not in (b"", b";"):
        raise WireError(f"multipart: {what} has malformed parameters")
    return _text(value[: first.end() if first else 0]).strip(" \t").lower(), tuple(params.values())


def _param(match: re.Match[bytes], offset: int, what: str) -> Param:
    name, raw = match[1].decode().lower(), match[2]
    start, end = (offset + place for place in match.span(2))
    if name.endswith("*"):
        extended = _EXTENDED.fullmatch(_text(raw))
        if extended is None:
            raise WireError(f"multipart: {what} has a malformed extended parameter")
        try:
            return Param(name, (unquote_to_bytes(extended[2]).decode(extended[1]),), start, end)
        except UnicodeDecodeError:
            raise WireError(f"multipart: {what} has an extended parameter in no known charset") from None
    if "*" in name or b"=?" in raw:
        raise WireError(f"multipart: {what} has a continued or encoded parameter")
    if not raw.startswith(b'"'):
        return Param(name, _readings(_text(raw)), start, end)
    literal = _text(raw[1:-1])
    return Param(
        name, _readings(re.sub(r'\\(["\\])', r"\1", literal), literal, re.sub(r"\\(.)", r"\1", literal)), start, end
    )


def _readings(*texts: str) -> tuple[str, ...]:
    """The texts, then each with its percent escapes undone; without repetition."""
    return tuple(dict.fromkeys([*texts, *(_text(unquote_to_bytes(text)) for text in texts)]))


def _text(raw: bytes) -> str:
    """UTF-8, else Latin-1: no byte disappears."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
