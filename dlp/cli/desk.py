"""What the verbs `restore`, `grant` and `operators` share: the desk, whose values, how long."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from dlp.audit.trail import AuditSettings, AuditTrail
from dlp.cli.arguments import add_state
from dlp.errors import ConfigurationError
from dlp.keyfiles import state_folder
from dlp.restore.desk import Desk
from dlp.restore.ledger import Grant
from dlp.vault.whose import Whose

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smh])")


def add_desk(parser: argparse.ArgumentParser, *, audit: bool = True) -> None:
    """`--state` and `--audit`."""
    add_state(parser)
    if audit:
        parser.add_argument(
            "--audit",
            required=True,
            metavar="TARGETS",
            help="the audit log: a file, the proxy's own or another one, and perhaps syslog addresses; commas between them",
        )
        parser.add_argument("--otlp", default="", metavar="URL", help="a collector that gets the records, too")


def add_whose(parser: argparse.ArgumentParser) -> None:
    """`--user`, `--caller` and `--policy`."""
    parser.add_argument("--user", metavar="NAME", help="values of a user of the proxy")
    parser.add_argument("--caller", metavar="CALLER", help="... of a caller, as the audit log names it")
    parser.add_argument("--policy", metavar="NAME", help="... under one policy")


def whose(args: argparse.Namespace) -> Whose:
    """What `add_whose` was told."""
    return Whose(user=args.user, caller=args.caller, policy=args.policy)


def duration(text: str) -> float:
    """`90s`, `15m` or `2h` in seconds."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a time such as 90s, 15m or 2h, not '{text[:20]}'")
    return float(found[1]) * _SECONDS[found[2]]


@contextmanager
def open_desk(args: argparse.Namespace) -> Iterator[Desk]:
    """The desk over the state folder, writing to the audit log that was named. Raises `ConfigurationError`.

    Each record has arrived everywhere before anything comes of it: this process ends soon, and nobody would deliver what waits.
    """
    book = AuditTrail(AuditSettings(args.audit, args.otlp), args.state, waits=True)
    try:
        if not book.has_file:
            raise ConfigurationError("--audit: name a file; what is restored has to be on the record")
        desk = Desk(args.state or state_folder(), book)
        try:
            yield desk
        finally:
            desk.close()
    finally:
        book.close()


def say(text: str) -> None:
    """Talk, on stderr."""
    print(f"dlp: {text}", file=sys.stderr)


def until(grant: Grant) -> str:
    """When a grant ends, for people."""
    return datetime.fromtimestamp(grant.ends, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
