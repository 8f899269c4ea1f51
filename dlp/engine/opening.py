"""Which kind of body some bytes are."""

from __future__ import annotations

import contextlib

from dlp.engine.body import Body, PlainBody, Text
from dlp.engine.forms import FormBody, LinesBody, MultipartBody
from dlp.engine.json_body import JsonBody
from dlp.engine.media import signature_of
from dlp.engine.rpc import RpcBody
from dlp.errors import WireError
from dlp.providers.format import WireFormat
from dlp.wire.content_encoding import decode
from dlp.wire.grpc import plain_frames, rpc_kind
from dlp.wire.ndjson import CONTENT_TYPES

UNENCODED = ("", "identity")
"""Content encodings that are none."""


class MediaBody:
    """A picture, sound or document as it is: nothing in it can be read."""

    model = None

    def __init__(self, raw: bytes, kind: str) -> None:
        self._raw = raw
        self.texts: list[Text] = []
        self.media = {kind: 1}

    def portions(self) -> tuple[()]:
        return ()

    def render(self) -> bytes:
        return self._raw


def open_body(raw: bytes, content_type: str, wire_format: WireFormat) -> Body:
    """The body behind `raw`, by what it is rather than by what its content type claims.

    Args:
        raw: Decoded bytes (see `decode_body`), not empty.
        content_type: The header as sent, or empty.

    Raises:
        WireError: It can't be read, or its kind is unknown.
    """
    if rpc := rpc_kind(content_type):
        return RpcBody(raw, rpc, wire_format)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return MultipartBody(raw, content_type, wire_format)
    head = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if wire_format.files:
        return _open_file(raw, wire_format, maybe_json=head in (b"{", b"["))
    if kind in CONTENT_TYPES:
        return LinesBody(raw, wire_format)
    if head in (b"{", b"[") or kind.endswith(("/json", "+json")):
        try:
            return JsonBody(raw, wire_format)
        except WireError:
            if kind.endswith(("/json", "+json")) or not kind.startswith("text/"):
                raise
    if kind == "application/x-www-form-urlencoded":
        return FormBody(raw)
    if kind.startswith("text/") or kind in ("application/xml", "application/sdp", "application/yaml"):
        return PlainBody(raw)
    if not kind:
        return JsonBody(raw, wire_format)
    raise WireError("content type is not one that can be read")


def _open_file(raw: bytes, wire_format: WireFormat, *, maybe_json: bool) -> Body:
    """A file by its bytes alone: one JSON document, one a line, text, or a known kind of media."""
    if maybe_json:
        with contextlib.suppress(WireError):
            return JsonBody(raw, wire_format)
        if (lines := LinesBody(raw, wire_format)).is_json():
            return lines
    try:
        return PlainBody(raw)
    except WireError:
        if (media := signature_of(raw)) is not None:
            return MediaBody(raw, media)
        raise WireError("the file is neither text nor a known kind of picture, sound or document") from None


def decode_body(body: bytes, content_type: str, content_encoding: str, message_encoding: str, *, limit: int) -> bytes:
    """A body without compression, neither of the whole nor of the messages in it; the same object if there was none.

    Args:
        content_encoding: The header, or empty.
        message_encoding: The header `grpc-encoding`, or empty.
        limit: Bytes that may come out.

    Raises:
        WireError: It can't be decoded.
        TooLarge: More than `limit`, or packed suspiciously well.
    """
    if body and content_encoding.strip().lower() not in UNENCODED:
        body = decode(body, content_encoding, limit=limit)
    rpc = rpc_kind(content_type)
    if body and rpc is not None and rpc.flags is not None:
        plain = plain_frames(body, rpc.flags, message_encoding, limit)
        return body if plain == body else plain
    return body
