"""Which kind of body some bytes are."""

from __future__ import annotations

from dlp.engine.body import Body, JsonBody, PlainBody
from dlp.engine.forms import LINES, FormBody, LinesBody, MultipartBody
from dlp.errors import WireError
from dlp.providers.format import WireFormat


def open_body(raw: bytes, content_type: str, wire_format: WireFormat) -> Body:
    """The body behind `raw`, by what it is rather than by what its content type claims.

    Args:
        raw: Decoded bytes, not empty.
        content_type: The header as sent, or empty.

    Raises:
        WireError: It can't be read, or its kind is unknown.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return MultipartBody(raw, content_type, wire_format)
    head = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head in (b"{", b"[") or kind.endswith(("/json", "+json")):
        try:
            return JsonBody(raw, wire_format)
        except WireError:
            if kind.endswith(("/json", "+json")) or not kind.startswith("text/"):
                raise
    if kind == "application/x-www-form-urlencoded":
        return FormBody(raw)
    if kind in LINES:
        return LinesBody(raw, wire_format)
    if kind.startswith("text/") or kind in ("application/xml", "application/sdp", "application/yaml"):
        return PlainBody(raw)
    if not kind:
        return JsonBody(raw, wire_format)
    raise WireError("content type is not one that can be read")
