"""What a provider family has to offer to the fake server, and the little that families share."""

from __future__ import annotations

import hashlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple, Protocol

from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, body_reply, json_reply
from dlp.fakes.script import Script

CREATED = 1_767_225_600
"""Every answer's time stamp (2026-01-01 00:00 UTC), so that two runs of one client print the same."""

MAX_STORED = 1000
"""Stored objects (responses, files) kept per kind; older ones are forgotten."""


class UnknownEndpoint(Exception):
    """The family has no such method and path."""


class BadRequest(Exception):
    """The request breaks the provider's own rules; the message goes into the error body."""


class Ids:
    """Identifiers in a provider's style, unique within a server and the same in each fresh run."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)

    def new(self, prefix: str, length: int = 24) -> str:
        digest = hashlib.sha256(f"{prefix}{next(self._counter)}".encode()).hexdigest()
        return f"{prefix}{digest[:length]}"

    def restart(self) -> None:
        """Begin again with the first identifier, for a second run that must look like the first."""
        self._counter = itertools.count(1)


class Endpoint(NamedTuple):
    """One line of a family's table: what `path` matches, and which method composes the answer."""

    method: str
    pattern: str
    """Regular expression for the whole path; groups are passed on."""
    handler: Callable[..., Reply]


class Store[T]:
    """Objects a provider keeps between requests, bounded."""

    def __init__(self) -> None:
        self._items: dict[str, T] = {}

    def put(self, key: str, item: T) -> None:
        self._items[key] = item
        while len(self._items) > MAX_STORED:
            del self._items[next(iter(self._items))]

    def get(self, key: str) -> T | None:
        return self._items.get(key)

    def remove(self, key: str) -> T | None:
        return self._items.pop(key, None)

    def values(self) -> list[T]:
        return list(self._items.values())


class Service(Protocol):
    """What endpoints that stand in a module of their own need of the family that they belong to."""

    @property
    def ids(self) -> Ids: ...

    def answer(self, received: Received, script: Script) -> Reply:
        """As `Family.answer`."""

    def as_json(self, script: Script, value: Any) -> Reply:
        """A whole answer."""

    def as_list(self, script: Script, items: list[Any]) -> Reply:
        """A page of objects, the only one."""

    def as_stream(self, script: Script, events: list[Event]) -> Reply:
        """An answer of events."""

    def stored_file(self, identifier: str) -> tuple[dict[str, Any], bytes]:
        """Description and content of a file. Raises `UnknownEndpoint` if there is none."""

    def store_file(self, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        """Keep a file; gives back its description."""


class Family(ABC):
    """A provider family: its hosts, its endpoints, its answers and its errors. One instance per server."""

    name: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    """Host names; `*.` stands for one label. They become names of the server's certificate."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids

    @abstractmethod
    def answer(self, received: Received, script: Script) -> Reply:
        """The answer to a request.

        Raises:
            UnknownEndpoint: the family has no such endpoint.
            BadRequest: the provider would refuse the request.
        """

    @abstractmethod
    def error_body(self, status: int, message: str) -> Any:
        """The family's JSON error for a status."""

    def claims(self, received: Received) -> bool:
        """Whether a request to a host that nobody names looks like this family's."""
        return False

    def serves(self, host: str) -> bool:
        return any(matches_host(pattern, host) for pattern in self.hosts)

    def reply(self, received: Received, script: Script) -> Reply:
        """The answer in any case: refusals and unknown endpoints become the family's own errors."""
        try:
            if script.body is not None:
                body = script.body.encode() if isinstance(script.body, str) else script.body
                return body_reply(script, body, content_type="application/json")
            if script.status != 200:
                return self._scripted_error(script)
            return self.answer(received, script)
        except UnknownEndpoint:
            return self._refusal(404, f"unknown endpoint {received.method} {received.path}")
        except BadRequest as error:
            return self._refusal(400, str(error))

    def _scripted_error(self, script: Script) -> Reply:
        if isinstance(script.error, str):
            return body_reply(script, script.error.encode(), content_type="text/plain")
        body = script.error if script.error is not None else self.error_body(script.status, "scripted failure")
        return json_reply(script, body)

    def _refusal(self, status: int, message: str) -> Reply:
        return json_reply(Script(status=status), self.error_body(status, message))


def matches_host(pattern: str, host: str) -> bool:
    """Whether `host` is `pattern`, where a leading `*.` stands for exactly one label, as in a certificate."""
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern


def read_object(received: Received) -> dict[str, Any]:
    """The JSON object a request carries.

    Raises:
        BadRequest: the body is something else.
    """
    try:
        body = received.json()
    except ValueError as error:
        raise BadRequest(f"the body is not valid JSON: {type(error).__name__}") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def join_texts(parts: Any, kinds: Iterable[str | None] = ("text",), key: str = "text") -> str:
    """The text of a content field: a string, or a list of parts of which those of `kinds` count."""
    if isinstance(parts, str):
        return parts
    if not isinstance(parts, list):
        return ""
    wanted = set(kinds)
    found = [part[key] for part in parts if isinstance(part, dict) and part.get("type") in wanted and key in part]
    return "\n".join(text for text in found if isinstance(text, str))
