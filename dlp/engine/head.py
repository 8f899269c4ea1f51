"""What stands before a request's body: its path, its query and its headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dlp.engine.body import Text
from dlp.engine.forms import component_changes
from dlp.engine.text import apply_edits
from dlp.providers.rules import Treatment
from dlp.wire.ranges import splice
from dlp.wire.urlencoded import Component, component_at, parse_urlencoded

Header = tuple[str, str]

_CREDENTIAL_PARAMETERS = frozenset(
    "x-amz-signature x-amz-credential x-amz-security-token sig key access_token api_key api-key".split()
)
"""Query parameters that are credentials for the provider: never altered, never logged."""
_SWITCHES = frozenset(
    "api-version api_version alt beta stream after before limit order include model purpose upload_id upload_protocol uploadtype "
    "pagesize page_size pagetoken page_token".split()
)
"""Query parameters with which an API is told what to do: names and ids, as in a path."""

_CREDENTIALS = frozenset(
    "authorization proxy-authorization x-api-key api-key x-goog-api-key x-amz-security-token x-goog-iam-authorization-token".split()
)
_FRAMING = frozenset(
    "host connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect content-length content-encoding accept-encoding "
    "date content-md5 digest content-digest repr-digest x-amz-content-sha256 x-amz-date amz-sdk-invocation-id amz-sdk-request traceparent "
    "sec-websocket-key sec-websocket-version sec-websocket-extensions sec-websocket-accept grpc-timeout grpc-encoding grpc-accept-encoding "
    "connect-timeout-ms connect-protocol-version x-request-id x-client-request-id".split()
)
"""Headers that only this connection, or a machine, has something to say in. A request whose framing lies doesn't get this far."""
_TELLING = re.compile(r"@|%40|[0-9]{3}-[0-9]{2}-[0-9]{4}|(?:[0-9][ -]?){13}")
"""What none of those machines says: they are looked at only then."""
_OF_THE_API = re.compile(
    r"(?:accept|cookie|accept-language|user-agent|referer|origin|http-referer|x-title|content-type|content-disposition|idempotency-key|session[-_]id|tracestate|"
    r"(?:openai|anthropic|x-goog|x-amzn?|x-stainless|x-ms|x-app|sec|sentry|originator|chatgpt)\b.*)\Z"
)
"""Headers that SDKs and providers write, with versions, ids and names of machines in them, which pass for all kinds of things."""
_MAY_BE_CREDENTIAL = re.compile(
    r"auth|key|token|secret|cred|pass|session|sign|\bsig\b|jwt|assert|attest|cookie|bearer|dpop|proof|protocol|cert|config|nonce|ticket|access|\bvk\b"
)
"""In the name of a header that may hold a credential for the provider, a gateway before it, or a proxy."""
_SHORTEST = 6
"""Characters of a header or a part of a path; nothing shorter is looked at."""
_RANDOM = re.compile(r"(?:[a-z]{1,16}-){0,4}[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")
"""A UUID, as in `stainless-python-retry-...`: new with each request, so that to look at it costs as much as all other headers."""
_TELLING_NAME = re.compile(r"(?:[0-9][-_.]?){9}|[A-Za-z0-9]{16}")
"""In the name of a header: what words don't hold. There are names that are made of what somebody is known by."""
_PLAIN_HEADER = re.compile(r"[a-z][a-z-]{0,40}\Z")


class Head:
    """Path, query and headers of a request as texts.

    A path consists of names and ids, so that only what nothing else looks like is looked for in it; the same goes for headers that SDKs write
    themselves, for cookies and for switches in the query. The rest of the query and all other headers are examined like anything else, but for
    credentials: where a header's name says that it may hold one, secrets stay; in others they stay only if an id might look like them.

    Args:
        path: Path and query as on the wire.
        headers: As on the wire, in their order.
    """

    def __init__(self, path: str, headers: Sequence[Header] = ()) -> None:
        self._raw = path.encode("utf-8", "surrogateescape")
        self._parts: list[tuple[Component, Text]] = []
        self._headers = headers
        self._names: list[tuple[int, Text]] = []
        self._values: list[tuple[int, Text]] = []
        before, mark, query = self._raw.partition(b"?")
        self._read_path(before)
        self._read_query(query, len(before) + len(mark))
        for index, (name, value) in enumerate(headers):
            self._read_header(index, name.lower(), value)
        self.texts = [text for _, text in [*self._parts, *self._names, *self._values]]

    def _read_path(self, path: bytes) -> None:
        for segment in re.finditer(rb"[^/#]+", path):
            if len(segment[0]) >= _SHORTEST:
                component = component_at(segment[0], segment.start())
                self._add(component, Treatment.PATH, "", "path")

    def _read_query(self, query: bytes, start: int) -> None:
        for field in parse_urlencoded(query, start=start):
            name = field.name.text
            if name.lower() in _CREDENTIAL_PARAMETERS:
                continue
            switch = name.lower() in _SWITCHES
            if not switch:
                self._add(field.name, Treatment.TEXT, "", "query")
            if field.value is not None:
                self._add(field.value, Treatment.PATH if switch else Treatment.TEXT, name[:64], "query")

    def _add(self, component: Component, treatment: Treatment, context: str, place: str) -> None:
        self._parts += [
            (component, Text(reading, context=context, place=place, treatment=treatment))
            for reading in component.readings
            if reading
        ]

    def _read_header(self, index: int, name: str, value: str) -> None:
        kind = _known_kind(name) if _PLAIN_HEADER.match(name) else _kind_of(name)
        if kind.telling:
            original = self._headers[index][0]
            self._names.append((index, Text(original, place="header name", treatment=Treatment.SDK_HEADER)))
        if kind.treatment is Treatment.KEEP or len(value) < _SHORTEST or _RANDOM.match(value):
            return
        if kind.framing and not _TELLING.search(value):
            return
        self._values.append((index, Text(value, context=name[:64], place=kind.place, treatment=kind.treatment)))

    @property
    def path(self) -> str:
        """Path and query with every text's `edits` made."""
        return splice(self._raw, component_changes(self._parts)).decode("utf-8", "surrogateescape")

    @property
    def headers(self) -> Sequence[Header]:
        """All headers; the same object if none has changed. A name that has is lower case, as HTTP/2 asks for it."""
        names = {index: apply_edits(text.value, text.edits).lower() for index, text in self._names if text.edits}
        values = {index: apply_edits(text.value, text.edits) for index, text in self._values if text.edits}
        if not names and not values:
            return self._headers
        return [(names.get(index, name), values.get(index, value)) for index, (name, value) in enumerate(self._headers)]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a header's name says of it."""

    treatment: Treatment
    """Of its value."""
    framing: bool
    telling: bool
    """The name itself is to be looked at."""
    place: str


def _kind_of(name: str) -> _Kind:
    framing = name in _FRAMING
    may_be_credential = _MAY_BE_CREDENTIAL.search(name) is not None
    if name in _CREDENTIALS:
        treatment = Treatment.KEEP
    elif framing or _OF_THE_API.match(name):
        treatment = Treatment.PATH if may_be_credential else Treatment.SDK_HEADER
    else:
        treatment = Treatment.CREDENTIAL if may_be_credential else Treatment.HEADER
    telling = not framing and _TELLING_NAME.search(name) is not None
    return _Kind(treatment, framing, telling, f"header {name}" if _PLAIN_HEADER.match(name) else "header")


_known_kind = lru_cache(maxsize=512)(_kind_of)
"""For names that are words: SDKs write the same ones into every request, and nothing of somebody's is kept here."""
