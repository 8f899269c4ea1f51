"""Who is calling: proxy user, fingerprint of the credential for the provider, or address. Never the credential itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from mitmproxy import http

from dlp.policy.matching import Facts
from dlp.providers.table import normalise_host, normalise_path

_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SIGV4_KEY = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([A-Z0-9]{16,128})/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. Holds no credential."""

    name: str
    """Stable over connections, safe to log: `user:…`, `key:…` or `addr:…`, the first that is known."""
    person: str
    """The same without regard to keys: one person may have several."""
    facts: Facts
    """What policies match on."""


def identify(flow: http.HTTPFlow, fingerprint: Callable[[str], str]) -> Caller:
    """The caller of a request, and what else its policy may depend on."""
    forget_password(flow)
    request = flow.request
    user = str((flow.metadata.get("proxyauth") or ("",))[0])
    credential = _credential(request)
    key = fingerprint(credential) if credential else ""
    address = str(flow.client_conn.peername[0])
    person = f"user:{user}" if user else f"addr:{address}"
    return Caller(
        name=person if user or not key else f"key:{key}",
        person=person,
        facts=Facts(
            host=normalise_host(request.pretty_host),
            path=normalise_path(request.path),
            address=address,
            user=user,
            api_key=key,
            headers={name.lower(): value for name, value in request.headers.items()},
        ),
    )


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
