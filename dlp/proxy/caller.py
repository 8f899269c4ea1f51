"""Who is calling: user, fingerprint of the credential for the provider, or address. Never the credential itself.

A user is whom a client certificate names (`client_certificates`), else whom the proxy's authentication let in (`authentication`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from mitmproxy import http

from dlp.policy.matching import Facts
from dlp.providers.table import normalise_host, normalise_path
from dlp.proxy.authentication import GROUPS
from dlp.proxy.client_certificates import Certified

_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_PROJECTS = (
    "openai-organization", "openai-project", "anthropic-workspace", "anthropic-workspace-id", "x-goog-user-project",
)  # fmt: skip
"""Headers in which a caller says for which of its accounts' parts it calls; providers keep their data apart."""
_SIGV4_KEY = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([A-Z0-9]{16,128})/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. Holds no credential."""

    name: str
    """Stable over connections, safe to log: `user:…`, `key:…` or `addr:…`, the first that is known."""
    person: str
    """The same without regard to keys: one person may have several."""
    project: str
    """Keyed fingerprint of the provider's project that the request is for; empty if it names none. The caller says so and may be lying, so that
    limits don't go by it; what it gains are tokens that nobody else has."""
    facts: Facts
    """What policies match on."""


def identify(flow: http.HTTPFlow, fingerprint: Callable[[str], str], certified: Certified | None = None) -> Caller:
    """The caller of a request, and what else its policy may depend on.

    Args:
        certified: Whom the client's certificate names, which counts more than a password.
    """
    forget_password(flow)
    request = flow.request
    if certified is None:
        certified = Certified(str((flow.metadata.get("proxyauth") or ("",))[0]), flow.metadata.get(GROUPS, frozenset()))
    user = certified.user
    headers = _by_name(request.headers)
    projects = [f"{name}={value}" for name in _PROJECTS if (value := headers.get(name, ""))]
    credential = _credential(headers, request.path)
    key = fingerprint(credential) if credential else ""
    address = str(flow.client_conn.peername[0])
    person = f"user:{user}" if user else f"addr:{address}"
    return Caller(
        name=person if user or not key else f"key:{key}",
        person=person,
        project=fingerprint("\0".join(projects)) if projects else "",
        facts=Facts(
            host=normalise_host(request.pretty_host),
            path=normalise_path(request.path),
            address=address,
            user=user,
            groups=certified.groups,
            api_key=key,
            headers=headers,
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


def _by_name(headers: http.Headers) -> dict[str, str]:
    """Headers by lower-case name, those that are repeated in one (RFC 9110, 5.3). mitmproxy's own look-up reads all of them for each name."""
    found: dict[str, str] = {}
    for name, value in headers.items(multi=True):
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _credential(headers: Mapping[str, str], path: str) -> str | None:
    for name in _HEADERS:
        value = headers.get(name, "")
        if value:
            if signed := _SIGV4_KEY.match(value):
                return signed.group(1)
            return value.removeprefix("Bearer ").strip()
    asked = parse_qs(path.partition("?")[2])
    for name in ("key", "access_token"):
        if found := asked.get(name):
            return found[0]
    return None
