"""Who is calling: proxy user, fingerprint of the credential for the provider, or address. Never the credential itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs

from mitmproxy import http

_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SIGV4_KEY = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([A-Z0-9]{16,128})/", re.IGNORECASE)


def identify(flow: http.HTTPFlow, fingerprint: Callable[[str], str]) -> str:
    """A name for the caller that is stable over connections: `user:…`, `key:…` or `addr:…`; safe to log."""
    forget_password(flow)
    if user := flow.metadata.get("proxyauth"):
        return f"user:{user[0]}"
    if credential := _credential(flow.request):
        return f"key:{fingerprint(credential)}"
    return f"addr:{flow.client_conn.peername[0]}"


def forget_password(flow: http.HTTPFlow) -> None:
    """Remove the proxy user's password, which mitmproxy leaves in the flow: flows get printed and saved."""
    if user := flow.metadata.get("proxyauth"):
        flow.metadata["proxyauth"] = (user[0], "***")


def is_signed(request: http.Request) -> bool:
    """Whether the request carries an AWS signature over its body, of whatever algorithm, in a header or in the query."""
    return (
        str(request.headers.get("authorization", "")).startswith("AWS4-") or "x-amz-signature=" in request.path.lower()
    )


def _credential(request: http.Request) -> str | None:
    for name in _HEADERS:
        value = str(request.headers.get(name, ""))
        if value:
            if signed := _SIGV4_KEY.match(value):
                return signed.group(1)
            return value.removeprefix("Bearer ").strip()
    for name in ("key", "access_token"):
        if found := parse_qs(request.path.partition("?")[2]).get(name):
            return found[0]
    return None
