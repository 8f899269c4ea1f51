"""The rules of restoring by hand: who gets what, and a record of it before they do.

Whoever asks says who they are, and proves it. A look needs a grant: one operator, a reason, whose values or which tokens, until when. Where the
rule of two people holds, another operator has to approve it first. What is refused is on the record too. If the record can't be written,
nobody gets anything; a grant can be closed all the same.

What this can't do: keep out who may read the proxy's keys and its vault without this program. Operators should reach it through an account of
its own (docs/restoring.md).
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dlp.audit.acts import MAX_REASON_LENGTH, Act, ActRecord, shown_reason
from dlp.audit.events import Record, timestamp
from dlp.errors import AuditError, ConfigurationError, NotAllowed
from dlp.restore.ledger import Grant, Ledger
from dlp.restore.lookup import Looked, digests_in, look
from dlp.restore.operators import NAME, NOBODYS, Operator, Operators, Passcode, Role
from dlp.vault.sealed import SealedVault
from dlp.vault.whose import Whose

DEFAULT_SECONDS = 15 * 60.0
LONGEST_SECONDS = 8 * 3600.0
"""A working day."""
MIN_REASON = 5
"""Characters."""


class Book(Protocol):
    """Where acts are written down. `write` raises `AuditError` when there will be no record."""

    def write(self, event: Record) -> None: ...


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who somebody says they are. `repr` shows no passcode."""

    name: str
    passcode: str

    def __repr__(self) -> str:
        return "<Credentials>"


class Desk:
    """Where operators come to. One call of the command line is one desk.

    Args:
        folder: The state folder: operators, tries and grants lie there.
        book: The audit log.
        clock: Seconds since 1970.
    """

    def __init__(self, folder: Path, book: Book, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._book, self._clock = folder, book, clock
        self._operators = Operators.load(folder)
        self._ledger = Ledger(folder, clock)

    def close(self) -> None:
        self._ledger.close()

    # -- looking -------------------------------------------------------------------------------------------------------

    def open_grant(
        self, who: Credentials, reason: str, whose: Whose, digests: Sequence[str] = (), seconds: float = DEFAULT_SECONDS
    ) -> Grant:
        """Give an operator leave to look.

        Args:
            digests: The only tokens that it is for; empty for all of those whom `whose` names.

        Raises:
            NotAllowed: Wrong passcode, not their role, no reason, too broad, too long.
            AuditError: It couldn't be written down, and isn't open.
        """
        operator = self._admit(who, Role.RESTORE, Act.OPEN)
        problem = _problem_of(reason, whose, digests, seconds)
        if problem is not None:
            raise self._refused(Act.OPEN, operator.name, problem)
        kept = shown_reason(" ".join(reason.split()))
        grant = self._ledger.open_grant(operator.name, kept, whose, tuple(digests), seconds)
        try:
            self._write(Act.OPEN, operator.name, grant)
        except AuditError:
            self._ledger.close_grant(grant)
            raise
        return grant

    def restore(self, who: Credentials, number: str, text: str, vault: SealedVault, keys: Sequence[bytes]) -> Looked:
        """Show what the tokens of a text stand for, as far as the grant goes.

        Args:
            number: Of the grant.
            keys: The token keys.

        Raises:
            NotAllowed: Wrong passcode, no such grant, not theirs, over, or not approved yet.
            VaultError: The vault is away.
        """
        operator = self._admit(who, Role.RESTORE, Act.RESTORE)
        grant = self._ledger.grant(number)
        problem = self._problem_with(grant, operator)
        if grant is None or problem is not None:
            raise self._refused(Act.RESTORE, operator.name, problem or "")
        digests = digests_in(text)
        if grant.digests:
            digests = tuple(digest for digest in digests if digest in grant.digests)
        looked = look(text, digests, vault, grant.whose, keys, operator.may_see)
        if any(_says(grant.reason, value) for value in looked.values.values()):
            self._ledger.close_grant(grant)
            raise self._refused(Act.RESTORE, operator.name, "the reason holds one of the values; open another grant")
        self._write(Act.RESTORE, operator.name, grant, looked=looked)
        return looked

    def approve(self, who: Credentials, number: str) -> Grant:
        """Approve another operator's grant. Raises `NotAllowed`."""
        operator = self._admit(who, Role.APPROVE, Act.APPROVE)
        grant = self._ledger.grant(number)
        if grant is None or not self._ledger.is_live(grant):
            raise self._refused(Act.APPROVE, operator.name, "there is no such grant, or it is over")
        if grant.operator == operator.name:
            raise self._refused(Act.APPROVE, operator.name, "nobody approves a grant of their own")
        self._write(Act.APPROVE, operator.name, grant, subject=grant.operator)
        self._ledger.approve(grant, operator.name)
        return grant

    def close_grant(self, who: Credentials, number: str) -> Grant:
        """End a grant before its time: one's own, or as an admin anybody's. Raises `NotAllowed`."""
        operator = self._admit(who, None, Act.CLOSE)
        grant = self._ledger.grant(number)
        if grant is None or (grant.operator != operator.name and Role.ADMIN not in operator.roles):
            raise self._refused(Act.CLOSE, operator.name, "there is no such grant, or it isn't theirs")
        self._ledger.close_grant(grant)
        self._write(Act.CLOSE, operator.name, grant, subject=grant.operator)
        return grant

    def grants(self) -> list[Grant]:
        """Those that have not ended."""
        return self._ledger.grants()

    @property
    def two_people(self) -> bool:
        """Whether a grant needs a second operator."""
        return self._operators.two_people

    # -- operators -----------------------------------------------------------------------------------------------------

    @property
    def needs_admin(self) -> bool:
        """Whether changes need an admin; the first operator comes without one."""
        return bool(self._operators.by_name)

    def add(
        self,
        admin: Credentials | None,
        name: str,
        roles: frozenset[Role],
        passcode: str,
        *,
        only: tuple[str, ...] = (),
        never: tuple[str, ...] = (),
    ) -> None:
        """Add an operator, or change one's roles and passcode.

        Raises:
            NotAllowed: Not by an admin.
            ConfigurationError: The name, the roles or the passcode won't do.
        """
        actor = self._admit_admin(admin, Act.OPERATOR_ADD)
        if not NAME.fullmatch(name):
            raise ConfigurationError("a name has up to 64 letters, digits, dots, dashes, @ and underscores")
        if not roles:
            raise ConfigurationError("an operator has at least one role: restore, approve or admin")
        known = self._operators.by_name.get(name)
        if known is not None and Role.ADMIN in known.roles and Role.ADMIN not in roles:
            self._operators.without(name)  # raises for the last one
        if actor is None and Role.ADMIN not in roles:
            raise ConfigurationError("the first operator must be an admin: nobody could add another")
        changed = self._operators.with_operator(
            Operator(name=name, roles=roles, passcode=Passcode.of(passcode), only=only, never=never)
        )
        self._change(Act.OPERATOR_ADD, actor, changed, subject=name, note=", ".join(sorted(roles)))

    def remove(self, admin: Credentials | None, name: str) -> None:
        """Remove an operator; their grants are worth nothing from then on. Raises `NotAllowed`, `ConfigurationError`."""
        actor = self._admit_admin(admin, Act.OPERATOR_REMOVE)
        if name not in self._operators.by_name:
            raise ConfigurationError("there is no operator of that name")
        self._change(Act.OPERATOR_REMOVE, actor, self._operators.without(name), subject=name)

    def require_two_people(self, admin: Credentials | None, *, wanted: bool) -> None:
        """Make or drop the rule of two people. Raises `NotAllowed`, `ConfigurationError`."""
        actor = self._admit_admin(admin, Act.RULE)
        if actor is None:
            raise ConfigurationError("there are no operators yet")
        changed = Operators(by_name=self._operators.by_name, two_people=wanted)
        self._change(Act.RULE, actor, changed, note=f"two people: {'on' if wanted else 'off'}")

    def _change(
        self, act: Act, actor: str | None, changed: Operators, *, subject: str | None = None, note: str | None = None
    ) -> None:
        self._book.write(self._record(act, actor, subject=subject, note=note))
        changed.save(self._folder)
        self._operators = changed

    # -- who is asking -------------------------------------------------------------------------------------------------

    def _admit_admin(self, who: Credentials | None, act: Act) -> str | None:
        if not self.needs_admin:
            return None
        if who is None:
            raise ConfigurationError("say which admin you are")
        return self._admit(who, Role.ADMIN, act).name

    def _admit(self, who: Credentials, role: Role | None, act: Act) -> Operator:
        """The operator, if they are who they say and have the role. Says the same, in the same time, of names that nobody bears."""
        operator = self._operators.by_name.get(who.name)
        shown = operator.name if operator is not None else None
        wait = self._ledger.begin_try(who.name)
        if wait:
            raise self._refused(act, shown, f"too many wrong passcodes; try again in {_duration(wait)}")
        passcode = operator.passcode if operator is not None else NOBODYS
        if not passcode.matches(who.passcode) or operator is None:
            raise self._refused(act, shown, "wrong name or passcode")
        self._ledger.end_tries(who.name)
        if role is not None and role not in operator.roles:
            raise self._refused(act, operator.name, f"this needs the role '{role}'")
        return operator

    def _problem_with(self, grant: Grant | None, operator: Operator) -> str | None:
        if grant is None or grant.operator != operator.name:
            return "there is no such grant, or it isn't theirs"
        if not self._ledger.is_live(grant):
            return "the grant is over; open another"
        if self._operators.two_people and grant.approver is None:
            return "the grant needs the approval of a second operator"
        if self._operators.two_people:
            second = self._operators.by_name.get(grant.approver or "")
            if second is None or Role.APPROVE not in second.roles:
                return "who approved the grant may not do so any more"
        return None

    # -- the record ----------------------------------------------------------------------------------------------------

    def _refused(self, tried: Act, operator: str | None, why: str) -> NotAllowed:
        self._book.write(self._record(Act.REFUSE, operator, tried=tried, note=why))
        return NotAllowed(why)

    def _write(
        self,
        act: Act,
        operator: str,
        grant: Grant,
        *,
        looked: Looked | None = None,
        subject: str | None = None,
    ) -> None:
        self._book.write(
            ActRecord(
                time=timestamp(self._clock()),
                act=act,
                operator=operator,
                grant=grant.id,
                # Only now has it been compared with the values.
                reason=grant.reason if looked is not None else None,
                whose=str(grant.whose),
                tokens=(*looked.values, *looked.withheld) if looked is not None else (),
                shown=looked.shown if looked is not None else {},
                withheld=len(looked.withheld) if looked is not None else 0,
                unknown=looked.unknown if looked is not None else 0,
                until=timestamp(grant.ends),
                subject=subject,
            )
        )

    def _record(
        self,
        act: Act,
        operator: str | None,
        *,
        tried: Act | None = None,
        subject: str | None = None,
        note: str | None = None,
    ) -> ActRecord:
        return ActRecord(
            time=timestamp(self._clock()), act=act, operator=operator, tried=tried, subject=subject, note=note
        )


def _says(reason: str, value: str) -> bool:
    """Whether a reason holds a value as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", reason, re.IGNORECASE) is not None


def _problem_of(reason: str, whose: Whose, digests: Sequence[str], seconds: float) -> str | None:
    if not MIN_REASON <= len(reason.strip()) <= MAX_REASON_LENGTH:
        return f"a reason has {MIN_REASON} to {MAX_REASON_LENGTH} characters"
    if whose.everybody and not digests:
        return "a grant is for somebody's values or for certain tokens, not for everything"
    if not 0 < seconds <= LONGEST_SECONDS:
        return f"a grant lasts {_duration(LONGEST_SECONDS)} at most"
    return None


def _duration(seconds: float) -> str:
    """For people, rounded up: `45 s`, `2 min`, `8 h`."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 100 * 60 else f"{math.ceil(seconds / 3600)} h"
