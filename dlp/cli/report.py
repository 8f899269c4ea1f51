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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.types import Action, Finding

CONTEXT = 40
"""Characters shown on each side of a finding in a long line."""
MAX_SHOWN = 120
"""Characters shown of one finding; a private key is longer."""

_COLOURS = {Action.MASK: "33", Action.REDACT: "35", Action.BLOCK: "1;31", Action.ALLOW: "32"}
"""ANSI: yellow, magenta, bold red, green."""


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
    """Print the report of one text."""
    colour = wants_colour(output)
    name = "standard input" if source == "-" else printable(source, 300)
    _print(f"{paint(name, '1', colour=colour)}: {summary([view.finding for view in views])}", output)
    starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
    width = len(str(len(starts)))
    for view in views:
        line = bisect_right(starts, view.finding.start) - 1
        for shown in excerpt(text, starts, line, view, width, colour=colour):
            _print(shown, output)


def excerpt(
    text: str, starts: Sequence[int], line: int, view: FindingView, width: int, *, colour: bool
) -> tuple[str, str]:
    """The line a finding starts in, cropped around it, and the line that marks it."""
    finding = view.finding
    line_end = starts[line + 1] - 1 if line + 1 < len(starts) else len(text)
    end = min(finding.end, line_end, finding.start + MAX_SHOWN)
    first, last = max(starts[line], finding.start - CONTEXT), min(line_end, end + CONTEXT)
    before = ("..." if first > starts[line] else "") + _shown(text[first : finding.start])
    value = _shown(text[finding.start : end])
    if end < finding.end:
        value += "..."
    after = _shown(text[end:last]) + ("..." if last < line_end else "")
    style = _COLOURS[view.action]
    label = f"{finding.entity_type}, score {finding.score:.2f}, {view.action}"
    number = f"  {line + 1:>{width}} | "
    blank = f"  {'':>{width}} | "
    marks = " " * columns(before) + paint("^" * max(1, columns(value)) + " " + label, style, colour=colour)
    return f"{number}{before}{paint(value, style, colour=colour)}{after}", blank + marks


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes: 2 for wide characters, 0 for combining ones."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _shown(text: str) -> str:
    return printable(text, len(text))


def _print(line: str, output: TextIO) -> None:
    encoding = output.encoding or "utf-8"
    output.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
