"""A store in one file, for one machine: several processes may share it, and it survives being killed at any moment."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import override

from dlp.database import transaction
from dlp.errors import ConfigurationError, VaultError
from dlp.files import ensure_private, refuse_open
from dlp.vault.base import MAX_TEXTS, MAX_VALUES, VaultStats
from dlp.vault.sealed import ScopeKey, Sealed, Store

_SCHEMA_VERSION = 2
_APPLICATION_ID = 0x444C5056
"""`DLPV`, in the header of the file: no other program's database is taken for ours."""
BUSY_SECONDS = 2.0
"""Longest wait for another process that writes."""
_PURGE_SECONDS = 300.0
"""Between two sweeps for what has expired."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS scopes (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL, label BLOB NOT NULL, expires REAL NOT NULL, texts REAL NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed (scope TEXT NOT NULL, digest TEXT NOT NULL, value BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (scope, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts (scope TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, expires REAL NOT NULL, PRIMARY KEY (scope, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
"""`scopes.expires` is when the values of a scope do, `scopes.texts` when the last of its texts does; its key goes with the later one."""
_FROM_1 = "ALTER TABLE scopes ADD COLUMN texts REAL NOT NULL DEFAULT 0;"


class SqliteStore(Store):
    """A database in WAL mode, mode 0600.

    Raises:
        ConfigurationError: The file can't be made or opened, is open to other users, or is another program's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._purged = 0.0
        try:
            mode = ensure_private(path)
        except OSError as error:
            raise ConfigurationError(f"cannot open the vault {path}: {error.strerror}") from None
        refuse_open(path, "vault", mode)
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            with ExitStack() as undo:
                undo.callback(self._db.close)
                self._prepare()
                undo.pop_all()
        except sqlite3.Error as error:
            raise ConfigurationError(f"cannot use the vault {path}: {error}") from None

    def _prepare(self) -> None:
        ours = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if (ours, version) == (0, 0) and not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(
                f"BEGIN EXCLUSIVE; {_SCHEMA} PRAGMA application_id = {_APPLICATION_ID}; "
                f"PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT"
            )
        elif ours != _APPLICATION_ID:
            raise ConfigurationError(f"{self._path} is another program's database")
        elif version == 1:
            self._upgrade()
        elif version != _SCHEMA_VERSION:
            raise ConfigurationError(
                f"the vault {self._path} has schema version {version}, this program knows {_SCHEMA_VERSION}"
            )
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA secure_delete = ON")

    def _upgrade(self) -> None:
        """From version 1, which had no texts; another process may be faster."""
        with transaction(self._db, "EXCLUSIVE") as db:
            if db.execute("PRAGMA user_version").fetchone()[0] == 1:
                for statement in filter(str.strip, f"{_FROM_1}{_SCHEMA}".split(";")):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                with transaction(self._db) as db:
                    yield db
            except sqlite3.Error as error:
                raise VaultError(f"the vault's file can't be used: {type(error).__name__}") from None

    @override
    def swap(
        self,
        key: ScopeKey,
        values: Mapping[str, bytes],
        seconds: float,
        *,
        asked: Sequence[str] = (),
        lasting: float = 0.0,
    ) -> Sealed:
        now, scope = time.time(), key.scope
        with self._transaction() as db:
            held = self._held(db, key, now, give=key.fresh)
            if held is None:
                return Sealed(None, {})
            db.execute(
                "DELETE FROM sealed WHERE scope = (SELECT name FROM scopes WHERE name = ? AND expires < ?)",
                (scope, now),
            )
            db.execute("UPDATE scopes SET expires = ? WHERE name = ?", (now + seconds, scope))
            if values and held == key.wrapped:
                _insert(db, scope, values)
            kept = db.execute("SELECT digest, value FROM sealed WHERE scope = ?", (scope,)).fetchall()
            return Sealed(held, dict(kept), _look(db, scope, asked, now, lasting))

    def _held(self, db: sqlite3.Connection, key: ScopeKey, now: float, *, give: bool) -> bytes | None:
        """The wrapped key of a scope, which is that of `key` from now on if there was none and it is to be given."""
        if now - self._purged > _PURGE_SECONDS:
            self._purge(db, now)
        row = db.execute("SELECT wrapped, max(expires, texts) FROM scopes WHERE name = ?", (key.scope,)).fetchone()
        if row is not None and row[1] >= now:
            return bytes(row[0])
        _remove(db, key.scope)
        if not give:
            return None
        db.execute(
            "INSERT INTO scopes (name, wrapped, label, expires) VALUES (?, ?, ?, 0)",
            (key.scope, key.wrapped, key.label),
        )
        return key.wrapped

    @override
    def texts(self, key: ScopeKey, kept: Mapping[str, bytes], asked: Sequence[str], seconds: float) -> Sealed:
        now, scope = time.time(), key.scope
        with self._transaction() as db:
            held = self._held(db, key, now, give=key.fresh and bool(kept))
            if held is None or (kept and held != key.wrapped):
                return Sealed(held, {})
            db.executemany(
                "REPLACE INTO texts VALUES (?, ?, ?, ?)",
                [(scope, name, text, now + seconds) for name, text in kept.items()],
            )
            if kept:
                _bound_texts(db, scope)
                _outlive(db, scope, now + seconds)
            return Sealed(held, {}, _look(db, scope, asked, now, seconds))

    def _purge(self, db: sqlite3.Connection, now: float) -> None:
        self._purged = now
        for (name,) in db.execute("SELECT name FROM scopes WHERE max(expires, texts) < ?", (now,)).fetchall():
            _remove(db, name)
        db.execute("DELETE FROM sealed WHERE scope IN (SELECT name FROM scopes WHERE expires < ?)", (now,))
        db.execute("DELETE FROM texts WHERE expires < ?", (now,))

    @override
    def scopes(self) -> Iterator[tuple[str, bytes, bytes]]:
        with self._transaction() as db:
            rows = db.execute("SELECT name, wrapped, label FROM scopes").fetchall()
        yield from rows

    @override
    def peek(self, scope: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        with self._transaction() as db:
            found = db.execute(
                "SELECT digest, value FROM sealed JOIN scopes ON scopes.name = sealed.scope "
                "WHERE scope = ? AND expires >= ? AND digest IN (SELECT value FROM json_each(?))",
                (scope, time.time(), json.dumps(list(digests))),
            )
            return dict(found.fetchall())

    @override
    def rewrap(self, scope: str, old: bytes, new: bytes) -> bool:
        with self._transaction() as db:
            asked = ("UPDATE scopes SET wrapped = ? WHERE name = ? AND wrapped = ?", (new, scope, old))
            return db.execute(*asked).rowcount > 0

    @override
    def remove(self, scope: str) -> bool:
        with self._transaction() as db:
            return _remove(db, scope)

    @override
    def index(self, proposed: bytes) -> bytes:
        with self._transaction() as db:
            if proposed:
                db.execute("INSERT OR IGNORE INTO meta VALUES ('index', ?)", (proposed,))
            found = db.execute("SELECT value FROM meta WHERE name = 'index'").fetchone()
        if found is None:
            raise VaultError("the vault's file has lost its index")
        return bytes(found[0])

    @override
    def reindex(self, old: bytes, new: bytes) -> bool:
        with self._transaction() as db:
            asked = ("UPDATE meta SET value = ? WHERE name = 'index' AND value = ?", (new, old))
            return db.execute(*asked).rowcount > 0

    @override
    def stats(self) -> VaultStats:
        with self._transaction() as db:
            now = (time.time(),)
            [scopes] = db.execute("SELECT count(*) FROM scopes WHERE max(expires, texts) >= ?", now).fetchone()
            [values] = db.execute("SELECT count(*) FROM sealed").fetchone()
            [texts] = db.execute("SELECT count(*) FROM texts WHERE expires >= ?", now).fetchone()
            return VaultStats(scopes, values, texts)

    @override
    def close(self) -> None:
        with self._lock:
            self._db.close()


def _look(db: sqlite3.Connection, scope: str, asked: Sequence[str], now: float, seconds: float) -> dict[str, bytes]:
    """Those of the texts asked for that there are, which live so much longer."""
    if not asked:
        return {}
    found = db.execute(
        "UPDATE texts SET expires = ? WHERE scope = ? AND expires >= ? "
        "AND name IN (SELECT value FROM json_each(?)) RETURNING name, value",
        (now + seconds, scope, now, json.dumps(list(asked))),
    ).fetchall()
    if found:
        _outlive(db, scope, now + seconds)
    return dict(found)


def _outlive(db: sqlite3.Connection, scope: str, until: float) -> None:
    """Keep a scope's key for its texts until then."""
    db.execute("UPDATE scopes SET texts = max(texts, ?) WHERE name = ?", (until, scope))


def _remove(db: sqlite3.Connection, scope: str) -> bool:
    found = db.execute("DELETE FROM scopes WHERE name = ?", (scope,)).rowcount > 0
    db.execute("DELETE FROM sealed WHERE scope = ?", (scope,))
    db.execute("DELETE FROM texts WHERE scope = ?", (scope,))
    return found


def _bound_texts(db: sqlite3.Connection, scope: str) -> None:
    [count] = db.execute("SELECT count(*) FROM texts WHERE scope = ?", (scope,)).fetchone()
    if count > MAX_TEXTS:
        db.execute(
            "DELETE FROM texts WHERE scope = ? AND name IN "
            "(SELECT name FROM texts WHERE scope = ? ORDER BY expires LIMIT ?)",
            (scope, scope, count - MAX_TEXTS),
        )


def _insert(db: sqlite3.Connection, scope: str, values: Mapping[str, bytes]) -> None:
    [count, last] = db.execute(
        "SELECT count(*), coalesce(max(number), 0) FROM sealed WHERE scope = ?", (scope,)
    ).fetchone()
    rows = [(scope, digest, value, last + at) for at, (digest, value) in enumerate(values.items(), 1)]
    added = db.executemany("INSERT OR IGNORE INTO sealed VALUES (?, ?, ?, ?)", rows).rowcount
    if count + added > MAX_VALUES:
        db.execute(
            "DELETE FROM sealed WHERE scope = ? AND digest IN "
            "(SELECT digest FROM sealed WHERE scope = ? ORDER BY number LIMIT ?)",
            (scope, scope, count + added - MAX_VALUES),
        )
