"""The nouns that every layer shares. None of them holds a sensitive value, so all of them may be printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What a policy does with a finding of one entity type.

    `MASK` is reversible here (a token that is restored in the answer); Presidio's operator of
    the same name, irreversible starring, is something else.
    """

    ALLOW = "allow"
    MASK = "mask"
    SURROGATE = "surrogate"
    """A realistic stand-in of the same shape, restored like a token."""
    REDACT = "redact"
    HASH = "hash"
    """A keyed digest in a mark of its own: the same value can be told apart from others, and is never restored."""
    PARTIAL = "partial"
    """Most characters starred, as in `************1111`; never restored."""
    BLOCK = "block"


class Role(StrEnum):
    """Who speaks in a text of a request, as far as its wire format tells."""

    SYSTEM = "system"
    """The operator's instructions."""
    USER = "user"
    ASSISTANT = "assistant"
    """What the model said before."""
    TOOL = "tool"
    """What a tool gave back."""
    DEFINITION = "definition"
    """What describes tools and the form of answers."""
    OTHER = "other"


class Verdict(StrEnum):
    """What happened to a request as a whole; the value of the `x-dlp-action` header."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    REWRITE = "rewrite"
    BLOCK = "block"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sensitive value located in a text. Holds no part of the value."""

    entity_type: str
    """Presidio-style name, for example `EMAIL_ADDRESS`."""
    start: int
    """Offset of the first character, in code points (not bytes) of the examined text."""
    end: int
    """Offset after the last character; the span is half-open."""
    score: float
    """Confidence, 0 to 1."""
    recognizer: str
    """What found it: a recognizer's name or a rule id."""
    validated: bool = False
    """True when a checksum or an equally strong check held; decides overlaps first."""
    details: tuple[str, ...] = field(default=(), compare=False)
    """Reasons for `dlp explain` (pattern name, context word, issuer): names of rules, never text from the input,
    except context words, which come from our own lists."""

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @staticmethod
    def of(
        entity_type: str,
        start: int,
        end: int,
        score: float,
        recognizer: str,
        *,
        validated: bool,
        details: tuple[str, ...],
    ) -> Finding:
        """As the constructor, which takes three times as long: what a frozen class makes of it asks for each attribute whether it may be set."""
        finding = _new(Finding)
        _set_entity_type(finding, entity_type)
        _set_start(finding, start)
        _set_end(finding, end)
        _set_score(finding, score)
        _set_recognizer(finding, recognizer)
        _set_validated(finding, validated)
        _set_details(finding, details)
        return finding


_new = object.__new__
_set_entity_type, _set_start, _set_end, _set_score, _set_recognizer, _set_validated, _set_details = (
    vars(Finding)[name].__set__
    for name in ("entity_type", "start", "end", "score", "recognizer", "validated", "details")
)
