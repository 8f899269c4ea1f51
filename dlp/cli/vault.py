"""`python -m dlp vault`: what is remembered for stateful APIs, and how to have it forgotten."""

from __future__ import annotations

import argparse
import json
import sys

from dlp.cli import NEGATIVE, OK
from dlp.cli.arguments import add_state
from dlp.errors import ConfigurationError
from dlp.vault import open_store
from dlp.vault.keys import VAULT_KEY, KeyRing
from dlp.vault.sealed import SealedVault
from dlp.vault.whose import Whose

_EPILOG = """\
examples:
  python -m dlp vault stats --vault sqlite:vault.db
  python -m dlp vault erase --user anna --vault redis://127.0.0.1:6379/0
  python -m dlp vault rotate --vault sqlite:vault.db        after a new first line in vault.key, and a restart
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """`stats`, `erase` and `rotate`."""
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    stats = actions.add_parser("stats", help="say how many callers and values there are")
    stats.add_argument("--json", action="store_true", help="one JSON object")
    erase = actions.add_parser("erase", help="forget somebody for good; exit status 1 if there was nobody of that name")
    whom = erase.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", metavar="NAME", help="a user of the proxy, under every policy")
    whom.add_argument("--caller", metavar="CALLER", help="as the audit log names callers: user:…, key:… or addr:…")
    whom.add_argument("--policy", metavar="NAME", help="all callers of one policy")
    whom.add_argument("--all", action="store_true", help="everybody")
    rotate = actions.add_parser(
        "rotate", help="wrap what an older key wrapped with the first key of the key file; then the older one can go"
    )
    for action in (stats, erase, rotate):
        action.add_argument("--vault", required=True, metavar="WHERE", help="sqlite:PATH or redis://HOST:PORT/N")
        add_state(action)


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    if args.vault == "memory":
        raise ConfigurationError("a vault in memory can't be reached from outside its proxy")
    vault = SealedVault(open_store(args.vault, create=False), KeyRing(VAULT_KEY.load(args.state, create=False)))
    try:
        return {"stats": _stats, "erase": _erase, "rotate": _rotate}[args.action](vault, args)
    finally:
        vault.close()


def _stats(vault: SealedVault, args: argparse.Namespace) -> int:
    found = vault.stats()
    if args.json:
        print(json.dumps({"scopes": found.scopes, "values": found.values, "texts": found.texts}))
    else:
        print(f"{found.scopes} scopes (a caller under a policy), {found.values} values, {found.texts} texts")
    return OK


def _erase(vault: SealedVault, args: argparse.Namespace) -> int:
    gone = vault.erase(Whose(user=args.user, caller=args.caller, policy=args.policy))
    print(f"dlp: {gone} scopes forgotten", file=sys.stderr)
    return OK if gone else NEGATIVE


def _rotate(vault: SealedVault, _: argparse.Namespace) -> int:
    print(f"dlp: {vault.rotate()} keys wrapped anew", file=sys.stderr)
    return OK
