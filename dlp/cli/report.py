"""Findings for people: the lines they stand in, what marks them, and what the policy does with them.

    notes.txt: 2 findings (1 CREDIT_CARD, 1 EMAIL_ADDRESS)
      3 | Mail anna@example.org about card 4111 1111 1111 1111
        |      ^^^^^^^^^^^^^^^^ EMAIL_ADDRESS, score 1.00, mask
        |                                  ^^^^^^^^^^^^^^^^^^^ CREDIT_CARD, score 1.00, block

Control characters of the text are shown escaped; colour only on a terminal that wants it.
"""

from __future__ import annotations

import os
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TextIO

from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.types import Action, Finding

MAX_LINE = 160
"""Characters of a line that is shown whole; of a longer one only the parts around findings are."""
CONTEXT = 40
"""Characters shown on each side of a finding in a long line."""
MAX_SHOWN = 120
"""Characters shown of one finding; a private key is longer."""

ACTION_STYLES = {
    **dict.fromkeys((Action.MASK, Action.SURROGATE), "33"),
    **dict.fromkeys((Action.REDACT, Action.HASH, Action.PARTIAL), "35"),
    Action.BLOCK: "1;31",
    Action.ALLOW: "32",
}
"""ANSI: yellow, magenta, bold red, green."""
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding and the policy that decides about it."""

    finding: Finding
    policy: Policy

    @property
    def action(self) -> Action:
        return self.policy.action_for(self.finding.entity_type)


def wants_colour(output: TextIO) -> bool:
    """True for a terminal, unless `NO_COLOR` is set (https://no-color.org) or the terminal is dumb."""
    return output.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, code: str, *, colour: bool) -> str:
    """`text` in the ANSI style `code`, or as it is."""
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def summary(findings: Sequence[Finding]) -> str:
    """`3 findings (2 PERSON, 1 JWT)`, most frequent first."""
    if not findings:
        return "nothing found"
    counted = sorted(Counter(finding.entity_type for finding in findings).items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{count} {name}" for name, count in counted)
    return f"{len(findings)} finding{'s' if len(findings) > 1 else ''} ({listed})"


def print_report(source: str, text: str, views: Sequence[FindingView], output: TextIO) -> None:
    """Print the report of one text; `views` are sorted by place."""
    colour = wants_colour(output)
    name = "standard input" if source == "-" else printable(source, 300)
    _print(f"{paint(name, '1', colour=colour)}: {summary([view.finding for view in views])}", output)
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
    width = len(str(len(starts)))
    for number, group in groupby(views, key=lambda view: bisect_right(starts, view.finding.start)):
        end = starts[number] - 1 if number < len(starts) else len(text)
        for excerpt in _excerpts(starts[number - 1], end, list(group)):
            _print(f"  {number:>{width}} | {_painted(text, excerpt, colour=colour)}", output)
            for view in excerpt.views:
                _print(f"  {'':>{width}} | {_mark(text, excerpt, view, colour=colour)}", output)


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """A part of one line, `start` to `end`, with the findings that begin in it."""

    start: int
    end: int
    views: list[FindingView]
    cut_before: bool
    cut_after: bool


def _excerpts(start: int, end: int, views: list[FindingView]) -> Iterator[_Excerpt]:
    """The whole line when it is short, else a part around each finding."""
    if end - start <= MAX_LINE:
        yield _Excerpt(start, end, views, cut_before=False, cut_after=False)
        return
    for view in views:
        first = max(start, view.finding.start - CONTEXT)
        last = min(end, min(view.finding.end, view.finding.start + MAX_SHOWN) + CONTEXT)
        yield _Excerpt(first, last, [view], cut_before=first > start, cut_after=last < end)


def _painted(text: str, excerpt: _Excerpt, *, colour: bool) -> str:
    parts, at = [_ELLIPSIS if excerpt.cut_before else ""], excerpt.start
    for view in excerpt.views:
        stop = min(view.finding.end, excerpt.end)
        value = _escaped(text[view.finding.start : stop])
        parts += (_escaped(text[at : view.finding.start]), paint(value, ACTION_STYLES[view.action], colour=colour))
        at = stop
    parts += (_escaped(text[at : excerpt.end]), _ELLIPSIS if excerpt.cut_after else "")
    return "".join(parts)


def _mark(text: str, excerpt: _Excerpt, view: FindingView, *, colour: bool) -> str:
    finding = view.finding
    before = (_ELLIPSIS if excerpt.cut_before else "") + _escaped(text[excerpt.start : finding.start])
    value = _escaped(text[finding.start : min(finding.end, excerpt.end)])
    goes_on = ", goes on in the next lines" if finding.end > excerpt.end and not excerpt.cut_after else ""
    label = f"{finding.entity_type}, score {finding.score:.2f}, {view.action}{goes_on}"
    return " " * columns(before) + paint(
        f"{'^' * max(1, columns(value))} {label}", ACTION_STYLES[view.action], colour=colour
    )


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes: 2 for wide characters, 0 for combining ones."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _escaped(text: str) -> str:
    return printable(text, len(text))


def _print(line: str, output: TextIO) -> None:
    encoding = output.encoding or "utf-8"
    output.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
