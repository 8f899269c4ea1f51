"""`dlp eval`: how much detection finds and how often it is wrong, on labelled texts."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from dlp.cli import NEGATIVE, OK
from dlp.cli.screening import Screen, add_policy_option, open_screen, read_bytes
from dlp.errors import ConfigurationError
from dlp.evaluation.records import Record, read_records, set_name
from dlp.evaluation.report import changes, report, table
from dlp.evaluation.score import Score, canonical
from dlp.evaluation.sentences import sentences
from dlp.printable import printable

_EPILOG = """\
Each line of a FILE is {"id", "text", "entities": [{"type", "start", "end"}]}; see dlp/evaluation/records.py.

examples:
  python -m dlp eval --sentences 100
  python -m dlp eval labelled.jsonl --errors --report new.json --compare old.json

exit status:
  0  measured; with --compare: nothing got worse by more than half a point
  1  with --compare: something did
  2  not done: a file, the policy or an option can't be used, or detection failed
"""
_BAR = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `eval`."""
    parser.description = "Measure detection: recall, precision, F2 and what leaks, per set and per type."
    parser.epilog = _EPILOG
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="labelled .jsonl or .jsonl.gz files, or folders of them"
    )
    add_policy_option(parser)
    parser.set_defaults(policy="everything")
    parser.add_argument(
        "--sentences",
        type=int,
        default=0,
        metavar="N",
        help="also judge N made-up sentences of every type, one value each",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the made-up sentences (default: %(default)s)")
    parser.add_argument("--skip-types", default="", metavar="A,B", help="types to leave out, as in DATE_TIME,URL,NRP")
    parser.add_argument(
        "--errors", type=int, nargs="?", const=20, default=0, metavar="N", help="list up to N errors of each set (20)"
    )
    parser.add_argument("--compare", metavar="OLD.json", help="show what differs from an earlier report")
    parser.add_argument("--report", metavar="NEW.json", help="write the report here")
    parser.add_argument("--json", action="store_true", help="print the report instead of a table")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises `PolicyError`, `ConfigurationError`, `DetectorError`."""
    sets = dict(_read_sets(args.files))
    if args.sentences < 0:
        raise ConfigurationError("--sentences: expected 0 or more")
    if args.sentences:
        sets |= sentences(args.sentences, seed=args.seed)
    if not sets:
        raise ConfigurationError("nothing to judge: name labelled files or give --sentences N")
    earlier = _read_report(args.compare) if args.compare else None
    skipped = frozenset(canonical(name.strip()) for name in args.skip_types.split(",") if name.strip())

    screen = open_screen(args.policy)
    started = time.monotonic()
    scores = _judge(sets, screen, skipped)
    result = report(scores, policy=screen.policy.name, seconds=time.monotonic() - started)

    if args.report:
        _write_report(Path(args.report), result)
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        print("\n".join(table(result)))
    for name, score in scores.items() if args.errors else ():
        for line in _errors(name, score, args.errors):
            print(line)
    if earlier is None:
        return OK
    lines, worse = changes(earlier, result)
    print("\n".join(lines or ["no figure changed"]), file=sys.stderr if args.json else sys.stdout)
    return NEGATIVE if worse else OK


def _read_sets(names: Sequence[str]) -> Iterator[tuple[str, list[Record]]]:
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        paths += sorted(path.rglob("*.jsonl*")) if path.is_dir() else [path]
    merged: dict[str, list[Record]] = {}
    for path in paths:
        merged.setdefault(set_name(path), []).extend(read_records(path))
    yield from merged.items()


def _judge(sets: dict[str, list[Record]], screen: Screen, skipped: frozenset[str]) -> dict[str, Score]:
    scores = {name: Score() for name in sets}
    everything = [(name, record) for name, records in sets.items() for record in records]
    for name, record in _progress(everything, sys.stderr):
        scores[name].add(record, screen.mask(record.text).findings, skipped)
    return scores


def _progress(items: Sequence[tuple[str, Record]], output: TextIO) -> Iterable[tuple[str, Record]]:
    """The items; on a terminal with a bar that is gone when they are."""
    if not output.isatty():
        yield from items
        return
    started = drawn = time.monotonic()
    for done, item in enumerate(items):
        yield item
        now = time.monotonic()
        if now - drawn > 0.1:
            drawn = now
            share = (done + 1) / len(items)
            left = (now - started) * (1 - share) / share
            bar = "#" * round(_BAR * share)
            output.write(f"\r[{bar:.<{_BAR}}] {done + 1}/{len(items)} {item[0][:20]:20} {left:5.0f} s left")
            output.flush()
    output.write("\r\x1b[K")


def _errors(name: str, score: Score, limit: int) -> Iterator[str]:
    """Missed values and false findings in turn, each kind up to `limit`."""
    listed: Counter[bool] = Counter()
    for miss in sorted(score.misses, key=lambda each: each.false):
        listed[miss.false] += 1
        if listed[miss.false] > limit:
            continue
        text = miss.record.text
        value = printable(text[miss.start : miss.end], 80)
        before, after = printable(text[max(0, miss.start - 25) : miss.start]), printable(text[miss.end : miss.end + 25])
        kind = "false " if miss.false else "missed"
        yield f"{kind} {name} {printable(miss.record.id)} {miss.entity_type}: {before}>>>{value}<<<{after}"
    for false, word in ((False, "missed"), (True, "false")):
        if listed[false] > limit:
            yield f"... and {listed[false] - limit} more {word} in {name}"


def _read_report(path: str) -> dict[str, Any]:
    try:
        raw = json.loads(read_bytes(path))
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{printable(path, 300)} is not a report of 'eval'")
    return raw


def _write_report(path: Path, result: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot write {printable(str(path), 300)}: {error.strerror}") from None
