"""Labelled texts, one JSON object a line.

    {"id": "a1", "text": "Mail anna@example.org", "entities": [{"type": "EMAIL_ADDRESS", "start": 5, "end": 21}]}

Offsets are code points. Optional keys:

    scope         only findings of these types or families (SECRET, NATIONAL_ID, BANK, PLACE) count as false ones:
                  the labels cover no more
    recall_only   true when the labels are incomplete: missed values count, false findings don't

The file may be gzipped. Its name without suffixes is the name of the set.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlp.errors import ConfigurationError
from dlp.printable import printable

MAX_LINE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Label:
    """A value that stands in a text."""

    entity_type: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """A text whose sensitive values are known."""

    id: str
    text: str
    labels: tuple[Label, ...]
    scope: frozenset[str] = frozenset()
    """Names whose findings are judged; empty: all."""
    recall_only: bool = False


def set_name(path: Path) -> str:
    """`phones` for `phones.dev.jsonl.gz`."""
    return path.name.split(".", 1)[0]


def read_records(path: Path) -> list[Record]:
    """All records of a file.

    Raises:
        ConfigurationError: It can't be read, or a line isn't a record; names file and line.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return list(_records(file.readline, path))
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "not a gzip file"
        raise ConfigurationError(f"cannot read {printable(str(path), 300)}: {reason}") from None


def _records(readline: Any, path: Path) -> Iterator[Record]:
    number = 0
    while line := readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise ConfigurationError(
                f"{printable(str(path), 300)}:{number}: line is larger than {MAX_LINE_BYTES} bytes"
            )
        if not line.strip():
            continue
        try:
            yield _record(json.loads(line), f"{set_name(path)}-{number}")
        except (ValueError, KeyError, TypeError, RecursionError):
            expected = "expected {id, text, entities: [{type, start, end}]} with spans inside the text"
            raise ConfigurationError(
                f"{printable(str(path), 300)}:{number}: not a labelled record; {expected}"
            ) from None


def _record(raw: dict[str, Any], fallback_id: str) -> Record:
    text = raw["text"]
    if not isinstance(text, str):
        raise TypeError
    labels = tuple(Label(str(each["type"]), int(each["start"]), int(each["end"])) for each in raw["entities"])
    if any(not 0 <= label.start < label.end <= len(text) for label in labels):
        raise ValueError
    return Record(
        id=str(raw.get("id", fallback_id)),
        text=text,
        labels=labels,
        scope=frozenset(map(str, raw.get("scope") or ())),
        recall_only=bool(raw.get("recall_only")),
    )
