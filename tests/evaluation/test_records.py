"""Labelled files are read whole, and a bad line is named by file and number."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.evaluation.records import Label, Record, read_records, set_name

LINE = {"id": "a", "text": "Mail anna@example.org", "entities": [{"type": "EMAIL_ADDRESS", "start": 5, "end": 21}]}


def test_a_plain_and_a_gzipped_file_give_the_same(tmp_path: Path) -> None:
    content = (
        json.dumps(LINE) + "\n\n" + json.dumps({"text": "x", "entities": [], "scope": ["URL"], "recall_only": True})
    ).encode()
    plain, packed = tmp_path / "mail.dev.jsonl", tmp_path / "mail.dev.jsonl.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert read_records(plain) == read_records(packed)
    first, second = read_records(plain)
    assert first == Record("a", LINE["text"], (Label("EMAIL_ADDRESS", 5, 21),))
    assert second == Record("mail-3", "x", (), frozenset({"URL"}), recall_only=True)
    assert set_name(plain) == set_name(packed) == "mail"


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"id": "a", "entities": []}',
        '{"text": 5, "entities": []}',
        '{"text": "x"}',
        '{"text": "x", "entities": [{"type": "URL", "start": 0}]}',
        '{"text": "x", "entities": [{"type": "URL", "start": 0, "end": 2}]}',
        '{"text": "x", "entities": [{"type": "URL", "start": 1, "end": 1}]}',
        '{"text": "x", "entities": [{"type": "URL", "start": -1, "end": 1}]}',
    ],
)
def test_a_line_that_is_no_record_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + line + "\n")
    with pytest.raises(ConfigurationError, match=r"bad\.jsonl:2: not a labelled record; expected \{id, text"):
        read_records(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("gone.jsonl", None), ("bad.jsonl.gz", b"x"), ("cut.jsonl.gz", gzip.compress(b"x" * 99, mtime=0)[:-9])],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"cannot read .*{name}: "):
        read_records(tmp_path / name)
