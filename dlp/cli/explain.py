"""`dlp explain`: why something is found, what the policy does with it, and what almost was."""

from __future__ import annotations

import argparse
import json
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dlp.cli import OK
from dlp.cli.report import ACTION_STYLES, paint, wants_colour
from dlp.cli.screening import STDIN, add_policy_option, load_named_policy, read_source
from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.detect.explain import Candidate, Explainer, Fate
from dlp.detect.rules import RULES
from dlp.errors import ConfigurationError
from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.types import Finding

_EPILOG = """\
An argument that names a file is read, anything else is the text itself. Each text is explained on its own: values that
the proxy finds because an earlier message held them are not among these.

examples:
  python -m dlp explain "Mail anna.keller@nordwind-labs.org"
  python -m dlp explain --near --policy strict letter.txt

exit status:
  0  explained
  2  not done: the policy, an option or a file can't be used, or detection failed
"""
_RULES = {rule.id: rule for rule in RULES}
_FILE_NAME = re.compile(
    r"[^\s@]{1,300}/[^\s@/]{1,100}|[^\s@/]{1,100}\.(?:txt|json|jsonl|md|csv|log|ya?ml|py|js|ts|eml)", re.IGNORECASE
)
"""What somebody writes who means a file."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `explain`."""
    parser.description = (
        "Say for every finding what found it, how sure it is, what it beat, and which policy line decides."
    )
    parser.epilog = _EPILOG
    parser.add_argument("input", nargs="?", default=STDIN, metavar="TEXT|FILE", help="'-' or none: standard input")
    add_policy_option(parser)
    parser.add_argument("--context", default="", help="words that stand beside the text, as the JSON key of a value")
    parser.add_argument("--near", action="store_true", help="also what almost matched, and why it didn't")
    parser.add_argument("--json", action="store_true", help="one JSON document, with everything that --near shows")


def run(args: argparse.Namespace) -> int:
    """Explain the input. Raises `PolicyError`, `ConfigurationError`, `DetectorError`."""
    policy = load_named_policy(args.policy)
    text = _text(args.input)
    detector = build_detector(policy.detect)
    if not isinstance(detector, Explainer):
        raise ConfigurationError(f"the detector {type(detector).__name__} can't account for itself")
    candidates = detector.explain(text, context=args.context)
    if args.json:
        json.dump([_as_json(text, each, policy) for each in candidates], sys.stdout, indent=2)
        print()
        return OK
    colour = wants_colour(sys.stdout)
    found = [each.finding for each in candidates if each.fate is Fate.REPORTED]
    blocks = [_explained(text, finding, candidates, policy, colour=colour) for finding in found]
    lines = [line for block in blocks for line in (*block, "")] or ["nothing found", ""]
    if args.near:
        lines += _near(text, candidates, policy)
    print("\n".join(lines).rstrip("\n"))
    return OK


def _text(argument: str) -> str:
    try:
        named = argument == STDIN or (argument != "" and Path(argument).exists())
    except (OSError, ValueError):  # too long for a path, or with a NUL: then it's a text
        named = False
    if named:
        return read_source(argument)
    if _FILE_NAME.fullmatch(argument):
        print(
            f"dlp: there is no file '{printable(argument, 100)}', so this is taken for the text itself", file=sys.stderr
        )
    return argument


def _explained(
    text: str, finding: Finding, candidates: Sequence[Candidate], policy: Policy, *, colour: bool
) -> Iterator[str]:
    """The lines on one finding."""
    action = policy.action_for(finding.entity_type)
    known = ENTITY_TYPES.get(finding.entity_type)
    head = f"{finding.entity_type} {_quoted(text, finding)}"
    yield f"{paint(head, ACTION_STYLES[action], colour=colour)} at {_place(text, finding.start)}"
    if known is not None:
        yield f"  means       {known.description} (group {known.group})"
    yield f"  found by    {_recognizer(finding)}"
    check = ", its check held" if finding.validated else ""
    yield f"  score       {finding.score:.2f}, at least {policy.detect.min_score:.2f} counts{check}"
    if finding.details:
        yield f"  because     {'; '.join(finding.details)}"
    for other in _beaten(finding, candidates):
        why = _reason_to_win(finding, other)
        yield f"  beat        {other.entity_type} {_quoted(text, other)} by {other.recognizer}, score {other.score:.2f}: {why}"
    yield f"  action      {action}, by {policy.origin_for(finding.entity_type)}"


def _beaten(finding: Finding, candidates: Sequence[Candidate]) -> Iterator[Finding]:
    """What lost to `finding`, without what says the same of the same characters."""
    for each in candidates:
        if each.lost_to == finding and (each.finding.entity_type, each.finding.span) != (
            finding.entity_type,
            finding.span,
        ):
            yield each.finding


def _reason_to_win(winner: Finding, loser: Finding) -> str:
    """The rule of `dlp.detect.overlap` in words."""
    if winner.validated != loser.validated:
        return "a held check beats none"
    if winner.score != loser.score:
        return "the higher score wins"
    if winner.end - winner.start != loser.end - loser.start:
        return "the longer one wins"
    return "the earlier one wins"


def _recognizer(finding: Finding) -> str:
    rule = _RULES.get(finding.recognizer)
    if rule is None:
        return finding.recognizer
    shapes = ", ".join(rule.formats[:3]) + (", ..." if len(rule.formats) > 3 else "")
    source = f"; {rule.source}" if rule.source else ""
    return f"{rule.id}: shape {shapes}{source}"


def _near(text: str, candidates: Sequence[Candidate], policy: Policy) -> Iterator[str]:
    """One line for each near miss; types that only lack a word beside the same characters share one."""
    reported = [each.finding for each in candidates if each.fate is Fate.REPORTED]
    lacking: dict[tuple[int, int], list[str]] = {}
    yield "almost:"
    for each in candidates:
        finding = each.finding
        if each.fate in (Fate.REPORTED, Fate.OVERLAPPED):
            continue
        if each.fate is Fate.WEAK and any(
            finding.start < other.end and other.start < finding.end for other in reported
        ):
            continue
        if each.fate is Fate.WEAK and finding.score == 0:
            names = lacking.setdefault(finding.span, [])
            if finding.entity_type not in names:
                names.append(finding.entity_type)
            continue
        place = _place(text, finding.start)
        yield f"  {finding.entity_type} {_quoted(text, finding)} at {place}: {_reason(each, policy)}"
    for (start, end), names in sorted(lacking.items()):
        shown = printable(text[start:end], 40)
        yield f"  '{shown}' at {_place(text, start)}: has the shape but no word beside it that says so: {', '.join(names)}"


def _reason(candidate: Candidate, policy: Policy) -> str:
    details = f" ({'; '.join(candidate.finding.details)})" if candidate.finding.details else ""
    match candidate.fate:
        case Fate.WEAK:
            why = f"score {candidate.finding.score:.2f} is below min_score {policy.detect.min_score:.2f}"
        case Fate.FAILED_CHECK:
            why = f"{candidate.finding.recognizer}: its check digit or range is wrong"
        case Fate.ALLOW_LISTED:
            why = "the policy's detect.allow_list holds it"
        case _:
            why = "it touches a token that was put there by masking"
    return why + details


def _place(text: str, start: int) -> str:
    starts = [0, *(index + 1 for index, character in enumerate(text[:start]) if character == "\n")]
    line = bisect_right(starts, start)
    return f"line {line}, column {start - starts[line - 1] + 1}"


def _quoted(text: str, finding: Finding) -> str:
    return f"'{printable(text[finding.start : finding.end], 60)}'"


def _as_json(text: str, candidate: Candidate, policy: Policy) -> dict[str, Any]:
    finding = candidate.finding
    row: dict[str, Any] = {
        "entity_type": finding.entity_type,
        "start": finding.start,
        "end": finding.end,
        "value": text[finding.start : finding.end],
        "score": finding.score,
        "recognizer": finding.recognizer,
        "validated": finding.validated,
        "details": list(finding.details),
        "fate": str(candidate.fate),
    }
    if candidate.fate is Fate.REPORTED:
        row["action"] = str(policy.action_for(finding.entity_type))
        row["decided_by"] = policy.origin_for(finding.entity_type)
    if candidate.lost_to is not None:
        row["lost_to"] = {"entity_type": candidate.lost_to.entity_type, "recognizer": candidate.lost_to.recognizer}
    return row
