"""JSON Schema of a policy file, for editors: made from the names and choices that the reader knows, so that it can't say something else.

It helps whoever writes a policy; what decides is `dlp.policy.load`, which knows more (that two policies may not tie, that a type must exist).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from dlp.detect.entities import ENTITY_TYPES, Group
from dlp.policy.conditions import MATCH_KEYS
from dlp.policy.detecting import DETECT_KEYS, FAST_ABOVE_RANGE, NER_KEYS, NLP_KEYS
from dlp.policy.load import (
    BODY_BYTES_RANGE,
    LIMIT_KEYS,
    MONITOR_KEYS,
    OVERRIDE_KEYS,
    POLICY_KEYS,
    PRIORITY_RANGE,
    RATE_KEYS,
    RATE_RANGE,
    RESPONSE_KEYS,
    RULE_KEYS,
    VAULT_DAYS_RANGE,
    VAULT_KEYS,
)
from dlp.policy.model import (
    DEFAULT_KEY,
    VERSION,
    Fault,
    Keep,
    Mode,
    Need,
    NerLevel,
    Reasoning,
    Scan,
    Scope,
    Style,
    Urls,
    WhenDown,
)
from dlp.types import Action, Role

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_SCORE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_WORDS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_FILE: Schema = {"type": "object", "properties": {"file": _TEXT}, "required": ["file"], "additionalProperties": False}
_TERMS: Schema = {
    "anyOf": [{"type": "array", "items": {"anyOf": [{"type": ["string", "number", "boolean"]}, _FILE]}}, _FILE]
}
_DAY: Schema = {"type": "string", "format": "date"}


def policy_schema() -> Schema:
    """The schema (JSON Schema 2020-12) of one policy file."""
    entities = _entities()
    rate = _object(
        RATE_KEYS, {**dict.fromkeys(RATE_KEYS, _number(*RATE_RANGE)), "concurrent": _number(*RATE_RANGE, whole=True)}
    )
    ner = {"pipeline": _TEXT, "level": _choice(NerLevel), "fast_above": _number(*FAST_ABOVE_RANGE, whole=True)}
    known: dict[str, Schema] = {
        "version": {"const": VERSION},
        "name": _TEXT,
        "extends": {
            **_TEXT,
            "description": "A policy that this one builds on: a file beside it, a path, or a shipped one.",
        },
        "match": _object(
            MATCH_KEYS,
            {**dict.fromkeys(MATCH_KEYS, _WORDS), "headers": {"type": "object", "additionalProperties": _TEXT}},
        ),
        "priority": _number(*PRIORITY_RANGE, whole=True),
        "mode": _choice(Mode),
        "monitor": _list(_object(MONITOR_KEYS, {**dict.fromkeys(MONITOR_KEYS, _WORDS), "since": _DAY, "until": _DAY})),
        "scope": _choice(Scope),
        "hosts": {"type": "object", "additionalProperties": _TEXT},
        "detect": _object(
            DETECT_KEYS,
            {
                "min_score": _SCORE,
                "allow_list": _TERMS,
                "deny_list": {"type": "object", "additionalProperties": _TERMS},
                "recognizers": {"type": "array"},
                "ner": {"anyOf": [_object(NER_KEYS, ner), _object(NLP_KEYS, {}, required=["nlp_engine_name"])]},
            },
        ),
        "entities": entities,
        "overrides": _list(
            _object(
                OVERRIDE_KEYS, {"roles": _choices(Role), "paths": _WORDS, "entities": entities}, required=["entities"]
            )
        ),
        "tokens": _object(("style",), {"style": _choice(Style)}),
        "never_restore": _choices([*ENTITY_TYPES, *Group]),
        "response": _object(
            RESPONSE_KEYS,
            {
                "restore": {"type": "boolean"},
                "tool_arguments": {"type": "boolean"},
                "urls": _choice(Urls),
                "reasoning": _choice(Reasoning),
                "scan": _choice(Scan),
            },
        ),
        "on_error": _choice(Fault),
        "on_unscannable": _choice(Fault),
        "on_media": _choice(Fault),
        "audit": _choice(Need),
        "limits": _object(
            LIMIT_KEYS, {**dict.fromkeys(LIMIT_KEYS, rate), "body_bytes": _number(*BODY_BYTES_RANGE, whole=True)}
        ),
        "vault": _object(
            VAULT_KEYS, {"days": _number(*VAULT_DAYS_RANGE), "when_down": _choice(WhenDown), "keep": _choice(Keep)}
        ),
    }
    schema = _object(POLICY_KEYS, known)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Policy of the privacy proxy", **schema}


def _entities() -> Schema:
    rule = {
        "anyOf": [
            _choice(Action),
            _object(RULE_KEYS, {"action": _choice(Action), "min_score": _SCORE}),
        ]
    }
    named: dict[str, Schema] = {DEFAULT_KEY: {"description": "Every type without a line.", **rule}}
    named |= {
        str(group): {"description": f"Every type of the group {group} without a line.", **rule} for group in Group
    }
    named |= {name: {"description": kind.description, **rule} for name, kind in ENTITY_TYPES.items()}
    return {"type": "object", "properties": named, "additionalProperties": rule}


def _object(keys: Iterable[str], known: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    """A mapping with these keys and no others; one whose values nobody has described may hold anything."""
    schema: Schema = {
        "type": "object",
        "properties": {key: known.get(key, {}) for key in keys},
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _choice(words: type[StrEnum]) -> Schema:
    return {"enum": [str(word) for word in words]}


def _choices(words: Iterable[str]) -> Schema:
    one: Schema = {"anyOf": [{"enum": [str(word) for word in words]}, _TEXT]}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _number(lowest: float, highest: float, *, whole: bool = False) -> Schema:
    return {"type": "integer" if whole else "number", "minimum": lowest, "maximum": highest}
