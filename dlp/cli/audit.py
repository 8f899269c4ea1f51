"""`python -m dlp audit`: check an audit log, count what is in it, show the keys that vouch for it."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from dlp.audit.chain import AUDIT_KEY, PublicKey, key_id, parse_public_key, public_key
from dlp.audit.report import parse_moment, summarise, to_csv, to_html, to_table
from dlp.audit.verify import verify
from dlp.cli import NEGATIVE, OK
from dlp.cli.arguments import add_state
from dlp.errors import ConfigurationError

_EXAMPLES = """\
examples:
  python -m dlp audit key > audit.pub                               on the proxy, once; give it to whoever checks
  python -m dlp audit verify --key audit.pub audit.jsonl*           anywhere, offline
  python -m dlp audit report --from 2026-11-01 --to 2026-11-30 audit.jsonl
  python -m dlp audit report --format html audit.jsonl* > november.html"""


def configure(parser: argparse.ArgumentParser) -> None:
    """`verify`, `report` and `key`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    check = actions.add_parser("verify", help="find edits, gaps and truncation; exit status 1 if there are any")
    check.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what `audit key` printed; may be repeated",
    )
    check.add_argument(
        "--at-least",
        type=int,
        default=0,
        metavar="N",
        help="a number that the log has had, as from the metric dlp_audit_sequence",
    )
    count = actions.add_parser("report", help="count by type, host, caller, policy, action and day")
    count.add_argument("--from", type=_begin, metavar="TIME", dest="begin", help="a day or an RFC 3339 time; UTC")
    count.add_argument("--to", type=_end, metavar="TIME", dest="end", help="a day (all of it) or a time (without it)")
    count.add_argument("--format", choices=("table", "csv", "html"), default="table", help="default: table")
    for action in (check, count):
        action.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the log, and what was rotated away")
    key = actions.add_parser("key", help="print the public keys of the seals, the one in force first")
    for action in (check, key):
        add_state(action)
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {"verify": _verify, "report": _report, "key": _key}[args.action](args)


def _verify(args: argparse.Namespace) -> int:
    files = [
        path for path in args.files if not path.name.endswith(".seals")
    ]  # an audit.jsonl* of the shell has them too
    report = verify(files, _keys(args.key, args.state), at_least=args.at_least)
    for problem in report.problems:
        print(problem)
    if report.more:
        print(f"... and {report.more} more")
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    whole = "NOT WHOLE" if report.problems else "whole"
    covered = f"sealed up to {report.sealed_to}" if report.sealed_to else "not sealed"
    print(f"{whole}: records {report.first} to {report.last}, {report.seals} seals, {covered}")
    return NEGATIVE if report.problems else OK


def _keys(paths: list[Path], state: Path | None) -> dict[str, PublicKey]:
    """Of the named files; else this machine's own, if it has any."""
    if paths:
        keys = [_public(line, path) for path in paths for line in _read(path).splitlines() if line.strip()]
    else:
        try:
            keys = [public_key(key) for key in AUDIT_KEY.load(state, create=False)]
        except ConfigurationError:
            keys = []
    return {key_id(key): key for key in keys}


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(64 * 2**10).decode("ascii", "replace")
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None


def _public(line: str, path: Path) -> PublicKey:
    try:
        return parse_public_key(line.rsplit(maxsplit=1)[-1])
    except ValueError:
        raise ConfigurationError(f"{path}: expected what `python -m dlp audit key` prints") from None


def _report(args: argparse.Namespace) -> int:
    if args.begin and args.end and args.begin >= args.end:
        raise ConfigurationError("--from: expected a time before that of --to")
    summary = summarise([path for path in args.files if not path.name.endswith(".seals")], args.begin, args.end)
    sys.stdout.write({"table": to_table, "csv": to_csv, "html": to_html}[args.format](summary))
    return OK


def _key(args: argparse.Namespace) -> int:
    for key in AUDIT_KEY.load(args.state):
        public = public_key(key)
        print(f"ed25519 {key_id(public)} {public.public_bytes_raw().hex()}")
    return OK


def _begin(text: str) -> datetime:
    return _moment(text, end=False)


def _end(text: str) -> datetime:
    return _moment(text, end=True)


def _moment(text: str, *, end: bool) -> datetime:
    try:
        return parse_moment(text, end=end)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a day (2026-11-21) or a time (2026-11-21T08:00:00Z), not '{text[:40]}'"
        ) from None
