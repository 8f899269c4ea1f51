"""Tries and grants: what has to be known of earlier calls, in a database beside the keys. It holds no value and no passcode.

A try is entered as failed before the passcode is looked at, in one transaction, so that many processes that try at once
get no more tries than one; success strikes it out.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dlp.database import transaction
from dlp.errors import ConfigurationError
from dlp.files import ensure_private, refuse_open
from dlp.vault.whose import Whose

FREE_TRIES = 3
"""Wrong passcodes that cost nothing; after them each wrong one doubles the wait."""
FIRST_WAIT, LONGEST_WAIT = 30.0, 24 * 3600.0
"""Seconds."""
FORGIVEN_AFTER = 7 * 24 * 3600.0
"""Seconds after which failed tries are forgotten."""
MAX_NAMES = 10_000
"""Names whose tries are counted; of those beyond, the one that was tried longest ago goes."""

_APPLICATION_ID = 0x444C5052
"""`DLPR`, in the header of the file."""
_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tries (name BLOB PRIMARY KEY, failed INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grants (id TEXT PRIMARY KEY, operator TEXT NOT NULL, reason TEXT NOT NULL, whose TEXT NOT NULL,
    digests TEXT NOT NULL, opened REAL NOT NULL, ends REAL NOT NULL, approver TEXT, closed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One operator's leave to look, for a reason and a time."""

    id: str
    operator: str
    reason: str
    whose: Whose
    digests: tuple[str, ...]
    """The only ones it is good for; empty for all of those whom it names."""
    opened: float
    ends: float
    """Seconds since 1970."""
    approver: str | None = None
    closed: bool = False


class Ledger:
    """The database. Safe from several processes; for one thread.

    Args:
        clock: Seconds since 1970.

    Raises:
        ConfigurationError: The file can't be used, or is open to other users.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        path = folder / "restore.db"
        try:
            mode = ensure_private(path)
        except OSError as error:
            raise ConfigurationError(f"cannot open {path}: {error.strerror}") from None
        if os.name != "nt":
            refuse_open(path, "ledger", mode)
        self._path = path
        self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            found = self._db.execute("PRAGMA application_id").fetchone()[0]
            if found not in (0, _APPLICATION_ID):
                raise ConfigurationError(f"{path} is another program's database")
            self._db.execute("PRAGMA secure_delete = ON")
            with self._transaction() as db:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        except sqlite3.Error as error:
            self._db.close()
            raise ConfigurationError(f"cannot use {path}: {error}") from None
        except ConfigurationError:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with transaction(self._db) as db:
                yield db
        except sqlite3.Error as error:
            raise ConfigurationError(f"cannot use {self._path}: {error}") from None

    # -- tries ---------------------------------------------------------------------------------------------------------

    def begin_try(self, name: str) -> float:
        """Enter a try as failed; returns the seconds that the name has to wait instead, if any: then nothing was entered."""
        now, key = self._clock(), _key(name)
        with self._transaction() as db:
            row = db.execute("SELECT failed, at FROM tries WHERE name = ?", (key,)).fetchone()
            failed, at = row or (0, now)
            since = max(0.0, now - at)  # a clock that was set back doesn't lengthen the wait
            if since > FORGIVEN_AFTER:
                failed = 0
            if since < (wait := _wait(failed)):
                return wait - since
            db.execute("REPLACE INTO tries VALUES (?, ?, ?)", (key, failed + 1, now))
            db.execute(
                "DELETE FROM tries WHERE name IN (SELECT name FROM tries ORDER BY at DESC LIMIT -1 OFFSET ?)",
                (MAX_NAMES,),
            )
        return 0.0

    def end_tries(self, name: str) -> None:
        """The passcode was right: strike out the failed ones."""
        with self._transaction() as db:
            db.execute("DELETE FROM tries WHERE name = ?", (_key(name),))

    # -- grants --------------------------------------------------------------------------------------------------------

    def open_grant(self, operator: str, reason: str, whose: Whose, digests: tuple[str, ...], seconds: float) -> Grant:
        """Write down a new grant that ends in so many seconds."""
        now = self._clock()
        grant = Grant(
            id=secrets.token_hex(4),
            operator=operator,
            reason=reason,
            whose=whose,
            digests=digests,
            opened=now,
            ends=now + seconds,
        )
        named = json.dumps({"user": whose.user, "caller": whose.caller, "policy": whose.policy})
        with self._transaction() as db:
            db.execute("DELETE FROM grants WHERE ends < ?", (now - FORGIVEN_AFTER,))
            db.execute(
                "INSERT INTO grants (id, operator, reason, whose, digests, opened, ends) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (grant.id, operator, reason, named, json.dumps(digests), now, grant.ends),
            )
        return grant

    def grants(self) -> list[Grant]:
        """Those that have not ended, oldest first."""
        return [grant for grant in self._select("ends >= ? AND NOT closed", self._clock()) if self.is_live(grant)]

    def grant(self, number: str) -> Grant | None:
        """One that there was within the last days, whatever became of it."""
        return next(iter(self._select("id = ?", number)), None)

    def is_live(self, grant: Grant) -> bool:
        """Whether it has neither ended nor been closed. Before it was opened it isn't either: then the clock was set back."""
        return not grant.closed and grant.opened <= self._clock() < grant.ends

    def approve(self, grant: Grant, approver: str) -> None:
        with self._transaction() as db:
            db.execute("UPDATE grants SET approver = ? WHERE id = ? AND approver IS NULL", (approver, grant.id))

    def close_grant(self, grant: Grant) -> None:
        """End it now. Its reason goes with it: the audit log has that."""
        with self._transaction() as db:
            db.execute("UPDATE grants SET closed = 1, reason = '' WHERE id = ?", (grant.id,))

    def _select(self, condition: str, *values: object) -> list[Grant]:
        columns = "id, operator, reason, whose, digests, opened, ends, approver, closed"
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT {columns} FROM grants WHERE {condition} ORDER BY opened",  # noqa: S608 - constants of this module
                values,
            ).fetchall()
        return [
            Grant(
                id=row[0],
                operator=row[1],
                reason=row[2],
                whose=Whose(**json.loads(row[3])),
                digests=tuple(json.loads(row[4])),
                opened=row[5],
                ends=row[6],
                approver=row[7],
                closed=bool(row[8]),
            )
            for row in rows
        ]


def _wait(failed: int) -> float:
    """Seconds between the last failed try and the next."""
    if failed < FREE_TRIES:
        return 0.0
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failed - FREE_TRIES, 30))


def _key(name: str) -> bytes:
    """What a name is counted under: what nobody bears may be a passcode in the wrong field."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16, person=b"dlp restore try").digest()
