"""A report for people: as a table, next to an older one, and drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from bench.measure import Report

NOTICEABLE = 1.3
"""A ratio that has changed by more than this factor is pointed out; less is noise on a shared machine."""


_OF_OTHERS = "detection next to rivals"
"""The sections whose ratios are the others' time to ours: the higher, the better."""


def table(report: Report) -> str:
    """All sections, a row per line."""
    lines: list[str] = []
    for section, rows in report.items():
        lines += ["", section]
        width = max(len(name) for name in rows) + 2
        lines += [
            f"  {name:<{width}}" + "".join(f"  {column} {value:>9}" for column, value in row.items())
            for name, row in rows.items()
        ]
    return "\n".join(lines)


def compared(old: Report, new: Report) -> Iterator[str]:
    """What has changed noticeably. Ratios are compared, which two machines have in common, not times."""
    for section, rows in new.items():
        for name, row in rows.items():
            before = old.get(section, {}).get(name, {}).get("ratio")
            now = row.get("ratio")
            if not before or not now:
                continue
            factor = now / before
            if factor > NOTICEABLE or factor < 1 / NOTICEABLE:
                faster = factor > 1 if section.startswith(_OF_OTHERS) else factor < 1
                verdict = "changed" if "per second" in section else "better" if faster else "WORSE"
                yield f"{verdict:<8} {section}: {name}: ratio {before} -> {now}"


_WIDTH, _LABEL, _BAR, _LINE = 860, 330, 430, 18
_COLOURS = ("#2f6f9f", "#9fb8c8")


def bars(report: Report, title: str, sections: list[str]) -> str:
    """Medians of some sections as an SVG: bars on a logarithmic scale, the first row of each section (or `ours`) dark."""
    parts: list[str] = []
    at = 40
    values = [row["median"] for section in sections for row in report.get(section, {}).values()]
    low, high = min(values) / 2, max(values)
    for section in sections:
        parts.append(f'<text x="10" y="{at}" font-weight="bold">{escape(section)}</text>')
        at += _LINE
        for name, row in report.get(section, {}).items():
            length = max(2.0, math.log(row["median"] / low) / math.log(high / low) * _BAR)
            mine = name.startswith(("ours", "with the addon", "patterns", "proxy"))
            parts.append(
                f'<text x="{_LABEL - 8}" y="{at}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="{_LABEL}" y="{at - 11}" width="{length:.0f}" height="13" fill="{_COLOURS[not mine]}"/>'
                f'<text x="{_LABEL + length + 6:.0f}" y="{at}">{row["median"]:g}</text>'
            )
            at += _LINE
        at += _LINE // 2
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{at}" font-family="sans-serif" font-size="12">'
    ground = (
        f'<rect width="{_WIDTH}" height="{at}" fill="white"/><text x="10" y="18" font-size="14">{escape(title)}</text>'
    )
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def lines(report: Report, title: str) -> str:
    """A section whose rows are steps, as an SVG with a line per column."""
    ((section, rows),) = report.items()
    columns = list(next(iter(rows.values())))
    highest = max(value for row in rows.values() for value in row.values()) * 1.1
    parts = [f'<text x="10" y="18" font-size="14">{escape(title)} ({escape(section)})</text>']
    step = 700 / max(1, len(rows) - 1)
    for number, column in enumerate(columns):
        points = " ".join(
            f"{60 + index * step:.0f},{260 - row[column] / highest * 220:.0f}"
            for index, row in enumerate(rows.values())
        )
        colour = _COLOURS[number % 2]
        last = list(rows.values())[-1][column]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="765" y="{264 - last / highest * 220:.0f}">{escape(column)} {last:g}</text>')
    first, *_, final = rows
    parts.append(
        f'<text x="60" y="285">{escape(first)}</text><text x="760" y="285" text-anchor="end">{escape(final)}</text>'
    )
    parts.append('<line x1="60" y1="260" x2="760" y2="260" stroke="#888"/>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="920" height="300" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="920" height="300" fill="white"/>', *parts, "</svg>"]) + "\n"
