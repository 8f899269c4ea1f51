"""`python -m dlp operators`: who may restore by hand."""

from __future__ import annotations

import argparse

from dlp.cli import NEGATIVE, OK
from dlp.cli.desk import add_desk, open_desk, say
from dlp.cli.passcodes import ENV_FILE, ENV_NEW_FILE, read_new_passcode, read_passcode
from dlp.errors import ConfigurationError, NotAllowed
from dlp.restore.desk import Credentials, Desk
from dlp.restore.operators import Operators, Role, checked_types

_EXAMPLES = f"""\
examples:
  python -m dlp operators add root --role admin --audit audit.jsonl                 the first one needs nobody's leave
  python -m dlp operators add anna --role restore --never secret --admin root --audit audit.jsonl
  python -m dlp operators add carl --role approve --admin root --audit audit.jsonl
  python -m dlp operators two-people on --admin root --audit audit.jsonl
  python -m dlp operators list

Passcodes are asked for on the terminal: the admin's, then the new one. Without a terminal they are lines of stdin, or in the files
that ${ENV_FILE} (the admin's) and ${ENV_NEW_FILE} name."""


def configure(parser: argparse.ArgumentParser) -> None:
    """`add`, `remove`, `two-people` and `list`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    add = actions.add_parser("add", help="add one, or change the roles and the passcode of one")
    add.add_argument(
        "--role",
        action="append",
        required=True,
        type=Role,
        choices=list(Role),
        help="may be repeated",
    )
    add.add_argument("--only", action="append", default=[], metavar="TYPE", help="entity types or groups they may see")
    add.add_argument("--never", action="append", default=[], metavar="TYPE", help="... and those they may not see")
    remove = actions.add_parser("remove", help="remove one")
    for action in (add, remove):
        action.add_argument("name", metavar="NAME", help="of the operator")
    two = actions.add_parser("two-people", help="whether a grant needs the approval of a second operator")
    two.add_argument("rule", choices=("on", "off"))
    for action in (add, remove, two):
        action.add_argument("--admin", metavar="NAME", help="who you are, once there is an operator")
        add_desk(action)
    add_desk(actions.add_parser("list", help="show them and what they may do"), audit=False)
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    if args.action == "list":
        return _list(Operators.load(args.state))
    try:
        with open_desk(args) as desk:
            admin = _admin(desk, args.admin)
            {"add": _add, "remove": _remove, "two-people": _two_people}[args.action](desk, admin, args)
    except NotAllowed as refused:
        say(f"refused: {refused}")
        return NEGATIVE
    return OK


def _admin(desk: Desk, name: str | None) -> Credentials | None:
    if not desk.needs_admin:
        return None
    if name is None:
        raise ConfigurationError("there are operators already: say with --admin which admin you are")
    return Credentials(name, read_passcode(name))


def _add(desk: Desk, admin: Credentials | None, args: argparse.Namespace) -> None:
    only, never = checked_types(args.only), checked_types(args.never)
    desk.add(admin, args.name, frozenset(args.role), read_new_passcode(args.name), only=only, never=never)


def _remove(desk: Desk, admin: Credentials | None, args: argparse.Namespace) -> None:
    desk.remove(admin, args.name)


def _two_people(desk: Desk, admin: Credentials | None, args: argparse.Namespace) -> None:
    desk.require_two_people(admin, wanted=args.rule == "on")


def _list(operators: Operators) -> int:
    for operator in operators.by_name.values():
        limits = [f"only {', '.join(operator.only)}"] if operator.only else []
        limits += [f"never {', '.join(operator.never)}"] if operator.never else []
        print(f"{operator.name}: {', '.join(sorted(operator.roles))}" + (f" ({'; '.join(limits)})" if limits else ""))
    print(f"two people: {'on' if operators.two_people else 'off'}")
    return OK
