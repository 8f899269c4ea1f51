"""Which model a request is for, before it is examined: policies may depend on it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote

from dlp.engine.case import Request
from dlp.engine.opening import open_body
from dlp.engine.request import MAX_DECODED_BYTES
from dlp.errors import WireError
from dlp.providers.format import WireFormat
from dlp.wire.content_encoding import decode

_IN_PATH = re.compile(r"/(?:models?|deployments|endpoints)/([^/?#]+?)(?::[A-Za-z]+)?(?=[/?#]|$)")
"""`/v1beta/models/gemini-2.5-pro:generateContent`, Bedrock's `/model/ID/converse`, Azure's `/deployments/NAME/`."""


def model_in_path(path: str) -> str | None:
    """The model that a path or its query names, decoded."""
    named = _IN_PATH.search(path)
    if named is not None:
        return unquote(named[1])
    asked = parse_qs(path.partition("?")[2]).get("model")
    return asked[0] if asked else None


def named_model(request: Request, wire_format: WireFormat) -> str | None:
    """The model that a request names, in its path or its body; None if it names none or can't be read, which `Engine.examine` will find."""
    if (named := model_in_path(request.path)) is not None:
        return named
    try:
        raw = request.body
        if request.content_encoding:
            raw = decode(raw, request.content_encoding, limit=MAX_DECODED_BYTES)
        return open_body(raw, request.content_type, wire_format).model if raw.strip() else None
    except (WireError, RecursionError):
        return None
