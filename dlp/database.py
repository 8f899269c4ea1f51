"""SQLite, as more than one part of the program uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal


@contextmanager
def transaction(
    db: sqlite3.Connection, kind: Literal["IMMEDIATE", "EXCLUSIVE"] = "IMMEDIATE"
) -> Iterator[sqlite3.Connection]:
    """Everything that the block does, or nothing.

    Args:
        db: Opened with `isolation_level=None`: nothing else begins transactions.
        kind: Both hold off other writers from the beginning, so that what is read still holds when it is written;
            `EXCLUSIVE` holds off readers as well.

    Raises:
        sqlite3.Error: The file can't be had or written; then nothing was done.
    """
    db.execute(f"BEGIN {kind}")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # after some faults, a full disk for one, SQLite has taken everything back itself
            db.execute("ROLLBACK")
        raise
