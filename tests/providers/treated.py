"""Bodies that say for each of their strings how it is to be treated, so that a test reads like the request it is about."""

from __future__ import annotations

import json
import re
from typing import Any, Self

from dlp.providers.rules import RuleSet, Treatment
from dlp.wire.json_leaves import Kind, Leaf, parse_leaves


class Said(str):
    """A string with its expected treatment."""

    __slots__ = ("expected",)
    expected: Treatment

    @classmethod
    def of(cls, treatment: Treatment, value: str) -> Self:
        said = cls(value)
        said.expected = treatment
        return said


def text(value: str) -> Said:
    """Examined and masked."""
    return Said.of(Treatment.TEXT, value)


def data(value: str) -> Said:
    """Examined, with keys and numbers round it."""
    return Said.of(Treatment.DATA, value)


def keep(value: str) -> Said:
    """Left alone."""
    return Said.of(Treatment.KEEP, value)


def url(value: str) -> Said:
    """Examined, never changed."""
    return Said.of(Treatment.URL, value)


def slug(value: str) -> Said:
    return Said.of(Treatment.SLUG, value)


def tool(value: str) -> Said:
    return Said.of(Treatment.TOOL, value)


def dashed(value: str) -> Said:
    return Said.of(Treatment.DASHED, value)


def base64(value: str) -> Said:
    return Said.of(Treatment.BASE64, value)


def way(leaf: Leaf) -> tuple[str | int, ...]:
    """Member names and indices from the root to a leaf."""
    steps: list[str | int] = []
    key, frame = leaf.key, leaf.parent
    while frame is not None:
        steps.append(key)
        key, frame = frame.key, frame.parent
    return tuple(reversed(steps))


def at(body: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def mistreated(rules: RuleSet, body: Any) -> dict[str, tuple[str, str]]:
    """Leaves that are not treated as they say: place -> (expected, found). Empty when all is well."""
    wrong = {}
    for leaf in parse_leaves(json.dumps(body)):
        if leaf.kind is not Kind.STRING:
            continue
        said = at(body, way(leaf))
        assert isinstance(said, Said), f"{leaf.place()}: say what is expected of it"
        found = rules.treatment(leaf)
        if found is not said.expected:
            wrong[leaf.place()] = (said.expected.value, found.value)
    return wrong


def snake(body: Any) -> Any:
    """The same body with member names in snake_case."""
    if isinstance(body, dict):
        return {
            re.sub("[A-Z]", lambda match: "_" + match.group().lower(), name): snake(value)
            for name, value in body.items()
        }
    return [snake(value) for value in body] if isinstance(body, list) else body
