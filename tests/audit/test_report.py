"""A report counts what is in the log, and shows it without running or fetching anything."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlp.audit.report import parse_moment, summarise, to_csv, to_html, to_table

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    records = [
        {"time": "2026-11-01T08:00:00.000Z", "action": "rewrite", "host": "api.openai.com", "client": "user:anna", "policy": "default", "entities": {"PERSON": 2, "JWT": 1}},
        {"time": "2026-11-02T08:00:00.000Z", "action": "block", "host": "api.anthropic.com", "client": EVIL, "policy": "strict", "entities": {"CREDIT_CARD": 1}},
        {"time": "2026-11-02T23:59:59.999Z", "action": "pass", "host": "api.openai.com", "client": "=cmd()", "policy": "default", "entities": {}},
        {"time": "2026-11-03T00:00:00.000Z", "action": "pass", "host": "api.openai.com", "client": "user:anna", "policy": "default"},
    ]  # fmt: skip
    path = tmp_path / "audit.jsonl"
    torn = b'{"time":"2026-11-'
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records) + torn)
    return path


def test_records_and_findings_are_counted(log: Path) -> None:
    summary = summarise([log])
    assert (summary.records, summary.findings, summary.skipped) == (4, 4, 1)
    assert summary.groups["action"] == {"pass": 2, "rewrite": 1, "block": 1}
    assert summary.groups["entity_type"] == {"PERSON": 2, "JWT": 1, "CREDIT_CARD": 1}
    assert summary.groups["client"]["user:anna"] == 2


@pytest.mark.parametrize(
    ("begin", "end", "records"),
    [
        ("2026-11-02", "2026-11-02", 2),
        ("2026-11-02", None, 3),
        (None, "2026-11-01", 1),
        ("2026-11-02T08:00:00Z", "2026-11-02T23:59:59.999Z", 1),
        ("2026-11-02T10:00:00+02:00", None, 3),
        ("2026-12-01", None, 0),
    ],
)
def test_a_span_of_time(begin: str | None, end: str | None, records: int, log: Path) -> None:
    first = parse_moment(begin) if begin else None
    last = parse_moment(end, end=True) if end else None
    assert summarise([log], first, last).records == records


def test_a_table(log: Path) -> None:
    table = to_table(summarise([log], datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)))
    assert table.startswith("from 2026-11-01T00:00:00+00:00 to 2026-11-03T00:00:00+00:00: 3 records, 4 findings\n")
    assert "Findings by type\n  2  PERSON\n  1  CREDIT_CARD\n  1  JWT\n" in table


def test_csv_has_every_row_and_no_formula(log: Path) -> None:
    rows = list(csv.reader(to_csv(summarise([log])).splitlines()))
    assert rows[0] == ["group", "name", "count"]
    assert ["entity_type", "PERSON", "2"] in rows
    assert ["client", "'=cmd()", "1"] in rows


def test_a_page_stands_alone_and_escapes(log: Path) -> None:
    page = to_html(summarise([log]))
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert page.count("<svg") > 5
    assert "http" not in page.replace("http-equiv", "")
    assert "2026-11-02: 2" in page


def test_an_empty_log_gives_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").touch()
    summary = summarise([tmp_path / "audit.jsonl"])
    assert to_table(summary) == "all records: 0 records, 0 findings\n"
    assert "<h2>" not in to_html(summary)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-1"])
def test_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text)
