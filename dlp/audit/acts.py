"""What a person does with what the proxy keeps, as a record of the same chain: looks at values, grants, refused tries, changes of operators.

Who did it, why, whose values, which tokens (they are no secret) and how many of which type; never a value, never a passcode. A name that
nobody bears isn't written down: people type passcodes into the wrong field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dlp.audit.events import HIDDEN, MAX_ENTITY_TYPES, MAX_NAME_LENGTH, shown_place
from dlp.printable import printable

MAX_REASON_LENGTH = 200
MAX_TOKENS = 200
"""Digests that one record names; `shown` and `withheld` have their number."""

_SUSPECT = re.compile(r"\S*@\S*|[0-9](?:[-._:~+/ ]?[0-9]){8,}")
"""Words of a reason that may be a value: an address, nine digits and more. A ticket's number is shorter."""


class Act(StrEnum):
    """What was done. The value is the record's `action`."""

    OPEN = "grant_open"
    APPROVE = "grant_approve"
    CLOSE = "grant_close"
    RESTORE = "restore"
    REFUSE = "restore_refused"
    OPERATOR_ADD = "operator_add"
    OPERATOR_REMOVE = "operator_remove"
    RULE = "operator_rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRecord:
    """One act, written before anything comes of it."""

    time: str
    """RFC 3339 in UTC; see `dlp.audit.events.timestamp`."""
    act: Act
    operator: str | None = None
    """Who; None if nobody bears the name that was given, or nobody had to say who they are."""
    tried: Act | None = None
    """Of a refusal: what was asked for."""
    grant: str | None = None
    reason: str | None = None
    """As the operator wrote it, but for words that may be a value."""
    whose: str | None = None
    tokens: Sequence[str] = ()
    """Digests that the vault knows, `c4587843`; what else was typed as a token is only counted."""
    shown: Mapping[str, int] = field(default_factory=dict)
    """Entity type -> values that are shown."""
    withheld: int = 0
    """Tokens asked for whose values the operator may not see."""
    unknown: int = 0
    """Tokens asked for that stand for nothing in the vault."""
    until: str | None = None
    """When a grant ends."""
    subject: str | None = None
    """The operator whose rights change, or who opened the grant that is approved."""
    note: str | None = None
    """A remark of our own code, such as why something was refused."""

    def to_line(self) -> bytes:
        counted = sorted(self.shown.items(), key=lambda item: (-item[1], item[0]))[:MAX_ENTITY_TYPES]
        fields: dict[str, object] = {
            "time": printable(self.time, 40),
            "client": f"operator:{printable(self.operator, MAX_NAME_LENGTH)}" if self.operator else "operator",
            "action": str(self.act),
            "tried": str(self.tried) if self.tried else None,
            "grant": self.grant,
            "reason": None if self.reason is None else shown_reason(self.reason),
            "whose": None if self.whose is None else printable(self.whose, 2 * MAX_NAME_LENGTH),
            "tokens": list(self.tokens[:MAX_TOKENS]) or None,
            "shown": {shown_place(name): count for name, count in counted} or None,
            "withheld": self.withheld or None,
            "unknown": self.unknown or None,
            "until": self.until,
            "subject": None if self.subject is None else printable(self.subject, MAX_NAME_LENGTH),
            "note": None if self.note is None else printable(self.note, 200),
        }
        present = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(present, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def shown_reason(reason: str) -> str:
    """A reason without what may be a value."""
    return printable(_SUSPECT.sub(HIDDEN, reason), MAX_REASON_LENGTH)
