"""`python -m dlp grant`: leave to restore by hand, for a time: opened by one operator, approved by another, closed."""

from __future__ import annotations

import argparse
from pathlib import Path

from dlp.cli import NEGATIVE, OK
from dlp.cli.desk import add_desk, add_whose, duration, open_desk, say, until, whose
from dlp.cli.passcodes import HELP, read_passcode
from dlp.errors import NotAllowed
from dlp.keyfiles import state_folder
from dlp.printable import printable
from dlp.restore.desk import DEFAULT_SECONDS, Credentials, Desk
from dlp.restore.ledger import Ledger
from dlp.restore.lookup import digests_in

_EXAMPLES = f"""\
examples:
  python -m dlp grant open --user bert --reason 'ticket 4711' --for 1h --operator anna --audit audit.jsonl
  python -m dlp grant list
  python -m dlp grant approve 5f0c2a91 --operator carl --audit audit.jsonl
  python -m dlp grant close 5f0c2a91 --operator anna --audit audit.jsonl

{HELP}."""


def configure(parser: argparse.ArgumentParser) -> None:
    """`open`, `approve`, `close` and `list`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    opened = actions.add_parser("open", help="open one, and print its id")
    opened.add_argument("tokens", nargs="*", metavar="TOKEN", help="the only tokens that it is for")
    opened.add_argument("--reason", required=True, metavar="TEXT", help="why; put no value in it")
    opened.add_argument("--for", type=duration, default=DEFAULT_SECONDS, dest="seconds", metavar="TIME", help="15m")
    add_whose(opened)
    approved = actions.add_parser("approve", help="approve another operator's")
    closed = actions.add_parser("close", help="end one before its time")
    for action in (approved, closed):
        action.add_argument("grant", metavar="ID", help="as `grant list` shows it")
    for action in (opened, approved, closed):
        action.add_argument("--operator", required=True, metavar="NAME", help="who you are")
        add_desk(action)
    add_desk(actions.add_parser("list", help="show those that have not ended"), audit=False)
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    if args.action == "list":
        return _list(args.state)
    who = Credentials(args.operator, read_passcode(args.operator))
    try:
        with open_desk(args) as desk:
            {"open": _open, "approve": _approve, "close": _close}[args.action](desk, who, args)
    except NotAllowed as refused:
        say(f"refused: {refused}")
        return NEGATIVE
    return OK


def _open(desk: Desk, who: Credentials, args: argparse.Namespace) -> None:
    grant = desk.open_grant(who, args.reason, whose(args), digests_in("\n".join(args.tokens)), args.seconds)
    print(grant.id)
    say(f"good until {until(grant)}" + ("; another operator has to approve it first" if desk.two_people else ""))


def _approve(desk: Desk, who: Credentials, args: argparse.Namespace) -> None:
    grant = desk.approve(who, args.grant)
    say(f"grant {grant.id} of {grant.operator} is approved, good until {until(grant)}")


def _close(desk: Desk, who: Credentials, args: argparse.Namespace) -> None:
    say(f"grant {desk.close_grant(who, args.grant).id} is closed")


def _list(state: Path | None) -> int:
    ledger = Ledger(state or state_folder())
    try:
        grants = ledger.grants()
        if not grants:
            say("no grant is open")
        for grant in grants:
            what = f"{len(grant.digests)} tokens of {grant.whose}" if grant.digests else str(grant.whose)
            second = f", approved by {grant.approver}" if grant.approver else ""
            print(f"{grant.id}  {grant.operator}{second}, until {until(grant)}, {printable(what, 200)}: {grant.reason}")
    finally:
        ledger.close()
    return OK
