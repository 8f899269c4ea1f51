"""`dlp scan`: what is sensitive in files or standard input, for people, for programs, or line by line.

The contract of `--jsonl`, for whoever judges or embeds detection: each line `{"id", "text", "language"?}` gives, in
order, one line `{"id", "findings": [{"entity_type", "start", "end", "score", "recognizer"}], "text": masked}`. Offsets are
code points of the text as JSON decodes it. Findings that the policy allows are left out, of the list and of the masking.
A line that can't be used gives `{"id", "error"}` and the rest goes on. Each answer is flushed, so a program may keep the
process and ask as it goes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from dlp.cli import NEGATIVE, OK, UNUSABLE
from dlp.cli.report import FindingView, print_report
from dlp.cli.screening import MAX_INPUT_BYTES, STDIN, Screen, add_policy_option, open_screen, open_source, read_source
from dlp.engine.text import MaskedText
from dlp.errors import ConfigurationError, DetectorError
from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.types import Action, Finding, Verdict

_EPILOG = """\
With --jsonl each line {"id", "text"} is answered at once by a line {"id", "findings", "text"}, the text masked.

examples:
  python -m dlp scan letter.txt
  git diff | python -m dlp scan --policy developers
  python -m dlp scan --jsonl --policy everything < lines.jsonl > answers.jsonl

exit status:
  0  nothing was found; with --jsonl: every line was answered, if only with {"id", "error"}
  1  something was found that the policy doesn't let through
  2  not done: the policy, an option or an input can't be used, or detection failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `scan`."""
    parser.description = (
        "Show what is sensitive in a text and what the policy does with it. Nothing leaves this machine."
    )
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="*", metavar="FILE", help="files to examine; '-' or none: standard input")
    add_policy_option(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document with findings and masked texts")
    form.add_argument("--jsonl", action="store_true", help="read {id, text} lines, write {id, findings, text} lines")


def run(args: argparse.Namespace) -> int:
    """Examine the inputs and report. Raises `PolicyError` and `ConfigurationError`."""
    sources: list[str] = args.files or [STDIN]
    screen = open_screen(args.policy)
    if args.jsonl:
        for source in sources:
            with open_source(source) as lines:
                scan_lines(lines, sys.stdout.buffer, screen)
        return OK

    results: list[tuple[str, str, MaskedText]] = []
    failed = False
    for source in sources:
        try:
            text = read_source(source)
            results.append((source, text, screen.mask(text)))
        except (ConfigurationError, DetectorError) as error:
            where = "" if isinstance(error, ConfigurationError) else f"{printable(source, 300)}: "  # it names the file
            print(f"dlp: not examined: {where}{error}", file=sys.stderr)
            failed = True
    if args.json:
        json.dump(_document(results, screen.policy), sys.stdout, indent=2)
        print()
    else:
        for source, text, masked in results:
            views = [FindingView(finding, screen.policy) for finding in masked.findings]
            print_report(source, text, views, sys.stdout)
    if failed:
        return UNUSABLE
    return NEGATIVE if any(masked.findings for _, _, masked in results) else OK


def scan_lines(lines: BinaryIO, answers: BinaryIO, screen: Screen) -> None:
    """Answer each line of `lines`, flushing after each. Blank lines are skipped."""
    for line in _bounded_lines(lines):
        if line is None or line.strip():
            answers.write(_encode(_answer(line, screen)))
            answers.flush()


def _bounded_lines(lines: BinaryIO) -> Iterator[bytes | None]:
    """The lines; None for one above `MAX_INPUT_BYTES`, the rest of which is skipped."""
    while line := lines.readline(MAX_INPUT_BYTES + 1):
        if len(line) <= MAX_INPUT_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = lines.readline(MAX_INPUT_BYTES)
        yield None


def _answer(line: bytes | None, screen: Screen) -> dict[str, Any]:
    if line is None:
        return {"id": None, "error": f"line is larger than {MAX_INPUT_BYTES} bytes"}
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return {"id": None, "error": "line is not UTF-8"}
    except (ValueError, RecursionError):
        return {"id": None, "error": "line is not JSON"}
    if not isinstance(record, dict):
        return {"id": None, "error": f"line is not an object but {type(record).__name__}"}
    identity = record.get("id")
    if not isinstance(identity, (str, int)) or isinstance(identity, bool):
        return {"id": None, "error": "no 'id'; expected text"}
    text = record.get("text")
    if not isinstance(text, str):
        return {"id": identity, "error": "no 'text'; expected text"}
    try:
        masked = screen.mask(text)
    except DetectorError as error:
        return {"id": identity, "error": str(error)}
    return {"id": identity, "findings": [_finding(each) for each in masked.findings], "text": masked.text}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "entity_type": finding.entity_type,
        "start": finding.start,
        "end": finding.end,
        "score": finding.score,
        "recognizer": finding.recognizer,
    }


def _encode(answer: dict[str, Any]) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which JSON can escape and UTF-8 can't hold
        return json.dumps(answer).encode() + b"\n"


def _document(results: list[tuple[str, str, MaskedText]], policy: Policy) -> dict[str, Any]:
    actions = {policy.action_for(finding.entity_type) for _, _, masked in results for finding in masked.findings}
    verdict = Verdict.BLOCK if Action.BLOCK in actions else Verdict.REWRITE if actions else Verdict.PASS
    return {
        "policy": policy.name,
        "verdict": str(verdict),
        "results": [
            {
                "source": source,
                "findings": [
                    {**_finding(finding), "action": str(policy.action_for(finding.entity_type))}
                    for finding in masked.findings
                ],
                "text": masked.text,
            }
            for source, _, masked in results
        ],
    }
