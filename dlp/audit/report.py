"""Counts over audit logs for people: a table, CSV, or one HTML page that needs nothing but itself."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path

from dlp.audit.events import MAX_LINE_BYTES
from dlp.audit.verify import read_lines
from dlp.printable import printable

GROUPS = {
    "action": "Action",
    "entity_type": "Findings by type",
    "host": "Host",
    "client": "Caller",
    "policy": "Policy",
    "model": "Model",
    "day": "Day",
}
"""What is counted, and its heading. `entity_type` counts findings, the others count records."""

MAX_NAMES = 10_000
"""Names per group; what is beyond counts as `OTHER`."""
OTHER = "(other)"
_SHOWN = 25
"""Rows per group in a table or on a page; CSV has them all."""


@dataclass(slots=True)
class Summary:
    """What a report says."""

    begin: datetime | None
    end: datetime | None
    records: int = 0
    findings: int = 0
    skipped: int = 0
    """Lines that are no records: torn ones, and those of other programs."""
    groups: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in GROUPS})


def parse_moment(text: str, *, end: bool = False) -> datetime:
    """A day (`2026-11-21`, UTC, as an end including all of it) or an RFC 3339 time. Raises `ValueError`."""
    if len(text) == 10:
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        return day + timedelta(days=1) if end else day
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def summarise(paths: Iterable[Path], begin: datetime | None = None, end: datetime | None = None) -> Summary:
    """Count the records from `begin` up to but without `end`. Raises `ConfigurationError` when a file can't be read."""
    summary = Summary(begin, end)
    for path in paths:
        for line in read_lines(path):
            record = _record(line)
            if record is None:
                summary.skipped += 1
                continue
            moment, fields = record
            if (begin is None or moment >= begin) and (end is None or moment < end):
                _count(summary, moment, fields)
    return summary


def _record(line: bytes) -> tuple[datetime, dict[str, object]] | None:
    if len(line) > 2 * MAX_LINE_BYTES:
        return None
    try:
        fields = json.loads(line)
        return parse_moment(fields["time"]), fields
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _count(summary: Summary, moment: datetime, fields: dict[str, object]) -> None:
    summary.records += 1
    for name in ("action", "host", "client", "policy", "model"):
        value = fields.get(name)
        if isinstance(value, str):
            _add(summary.groups[name], value, 1)
    _add(summary.groups["day"], moment.astimezone(UTC).date().isoformat(), 1)
    entities = fields.get("entities")
    for kind, count in entities.items() if isinstance(entities, dict) else ():
        if isinstance(count, int) and count > 0:
            summary.findings += count
            _add(summary.groups["entity_type"], str(kind), count)


def _add(counter: Counter[str], name: str, count: int) -> None:
    name = printable(name, 200)
    counter[name if name in counter or len(counter) < MAX_NAMES else OTHER] += count


def _rows(summary: Summary, group: str) -> list[tuple[str, int]]:
    """Largest first; days in their order."""
    rows = list(summary.groups[group].items())
    return sorted(rows) if group == "day" else sorted(rows, key=lambda row: (-row[1], row[0]))


def _span(summary: Summary) -> str:
    shown = [moment.isoformat() if moment else "…" for moment in (summary.begin, summary.end)]
    return "all records" if summary.begin is summary.end is None else f"from {shown[0]} to {shown[1]}"


def to_table(summary: Summary) -> str:
    """For a terminal."""
    lines = [f"{_span(summary)}: {summary.records} records, {summary.findings} findings"]
    if summary.skipped:
        lines.append(f"{summary.skipped} lines are no records")
    for group, title in GROUPS.items():
        rows = _rows(summary, group)
        if not rows:
            continue
        width = max(len(str(count)) for _, count in rows)
        lines += ["", title]
        lines += [f"  {count:>{width}}  {name}" for name, count in _shown(rows, group)]
    return "\n".join(lines) + "\n"


def _shown(rows: list[tuple[str, int]], group: str) -> Iterator[tuple[str, int]]:
    kept = rows[-366:] if group == "day" else rows[:_SHOWN]
    yield from kept
    if rest := sum(count for _, count in rows) - sum(count for _, count in kept):
        yield f"({len(rows) - len(kept)} more)", rest


def to_csv(summary: Summary) -> str:
    """`group,name,count`, a row per name. A name that a spreadsheet would take for a formula gets an apostrophe in front."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(("group", "name", "count"))
    for group in GROUPS:
        for name, count in _rows(summary, group):
            writer.writerow((group, f"'{name}" if name[:1] in "=+-@" else name, count))
    return output.getvalue()


_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1c2128;background:#fff}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}p{color:#57606a;margin:.25rem 0}
table{border-collapse:collapse;width:100%}td{padding:.15rem .5rem .15rem 0;vertical-align:middle}
td.n{text-align:right;font-variant-numeric:tabular-nums;width:6rem}td.name{width:22rem;overflow-wrap:anywhere}
svg{display:block;width:100%}rect{fill:#4969b2}text{font-size:11px;fill:#57606a}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}p,text{color:#9198a1;fill:#9198a1}rect{fill:#6f8fdb}}
"""


def to_html(summary: Summary) -> str:
    """A page with charts; no scripts, nothing fetched, everything escaped."""
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>LLM egress audit</title>",
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style></head><body>",
        f"<h1>LLM egress audit</h1><p>{escape(_span(summary))}</p>",
        f"<p>{summary.records} records, {summary.findings} findings</p>",
    ]
    if summary.skipped:
        parts.append(f"<p>{summary.skipped} lines are no records</p>")
    for group, title in GROUPS.items():
        rows = _rows(summary, group)
        if rows:
            parts.append(f"<h2>{title}</h2>")
            parts.append(_columns(rows) if group == "day" else _bars(list(_shown(rows, group))))
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _bars(rows: list[tuple[str, int]]) -> str:
    largest = max(count for _, count in rows)
    cells = (
        f"<tr><td class=name>{escape(name)}</td><td class=n>{count}</td><td><svg height=12 role=img aria-hidden=true>"
        f"<rect width='{100 * count / largest:.1f}%' height=12 rx=2 /></svg></td></tr>"
        for name, count in rows
    )
    return f"<table>{''.join(cells)}</table>"


def _columns(rows: list[tuple[str, int]]) -> str:
    """Records per day, a year at most."""
    rows = rows[-366:]
    largest, width = max(count for _, count in rows), 1000 / len(rows)
    bars = (
        f"<rect x='{index * width:.1f}' y='{140 - 130 * count / largest:.1f}' width='{max(1.0, width - 2):.1f}'"
        f" height='{130 * count / largest:.1f}'><title>{escape(day)}: {count}</title></rect>"
        for index, (day, count) in enumerate(rows)
    )
    ends = f"<text x=0 y=155>{escape(rows[0][0])}</text><text x=1000 y=155 text-anchor=end>{escape(rows[-1][0])}</text>"
    return f"<svg viewBox='0 0 1000 160' role=img aria-label='records per day'>{''.join(bars)}{ends}</svg>"
