"""`python -m dlp restore`: what tokens stand for, for an operator with a reason, on the record."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dlp.cli import NEGATIVE, OK
from dlp.cli.desk import add_desk, add_whose, duration, open_desk, say, until, whose
from dlp.cli.passcodes import HELP, read_passcode
from dlp.errors import ConfigurationError, NotAllowed
from dlp.masking.keys import TOKEN_KEY
from dlp.restore.desk import DEFAULT_SECONDS, Credentials
from dlp.restore.lookup import MAX_TEXT, Looked, digests_in
from dlp.vault import open_store
from dlp.vault.keys import VAULT_KEY, KeyRing
from dlp.vault.sealed import SealedVault

_EXAMPLES = f"""\
examples:
  python -m dlp restore '[PII:EMAIL:c4587843]' --operator anna --reason 'ticket 4711' \\
      --vault sqlite:vault.db --audit audit.jsonl
  python -m dlp restore --file answer.txt --user bert --operator anna --reason 'ticket 4711' --for 30m …
  python -m dlp restore --file answer.txt --grant 5f0c2a91 --operator anna …       within those 30 minutes

{HELP}.
Exit status 1 if it was refused, or if a token stays as it is."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `restore`."""
    parser.add_argument("tokens", nargs="*", metavar="TOKEN", help="tokens, as they stand in a text")
    parser.add_argument("--file", type=Path, metavar="FILE", help="a text with tokens in it; - for stdin")
    parser.add_argument("--operator", required=True, metavar="NAME", help="who you are")
    parser.add_argument("--reason", metavar="TEXT", help="why; it goes into the audit log, so put no value in it")
    parser.add_argument("--grant", metavar="ID", help="go on under a grant that was opened before")
    parser.add_argument(
        "--for",
        type=duration,
        default=DEFAULT_SECONDS,
        dest="seconds",
        metavar="TIME",
        help="how long the grant is good for: 90s, 15m (default), 8h at most",
    )
    add_whose(parser)
    parser.add_argument("--vault", required=True, metavar="WHERE", help="sqlite:PATH or redis://HOST:PORT/N")
    add_desk(parser)
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Check who asks, write it down, print."""
    if args.vault == "memory":
        raise ConfigurationError(
            "a vault in memory can't be reached from outside its proxy; use sqlite:PATH or redis://…"
        )
    if bool(args.tokens) == bool(args.file):
        raise ConfigurationError("name tokens, or a file with --file")
    if bool(args.reason) == bool(args.grant):
        raise ConfigurationError("give a reason with --reason, or a grant with --grant")
    text = "\n".join(args.tokens) if args.tokens else _read(args.file)
    keys = TOKEN_KEY.load(args.state, create=False)
    ring = KeyRing(VAULT_KEY.load(args.state, create=False))
    who = Credentials(args.operator, read_passcode(args.operator, stdin=str(args.file) != "-"))
    vault = SealedVault(open_store(args.vault, create=False), ring)
    try:
        with open_desk(args) as desk:
            number = args.grant
            if number is None:
                grant = desk.open_grant(who, args.reason, whose(args), _certain(args, text), args.seconds)
                number = grant.id
                say(f"grant {number}, good until {until(grant)}")
                if desk.two_people:
                    say(f"another operator has to approve it: python -m dlp grant approve {number} …")
                    return NEGATIVE
            looked = desk.restore(who, number, text, vault, keys)
    except NotAllowed as refused:
        say(f"not restored: {refused}")
        return NEGATIVE
    finally:
        vault.close()
    return _show(looked, ended=bool(args.tokens))


def _certain(args: argparse.Namespace, text: str) -> tuple[str, ...]:
    """The tokens that a grant is for: those on the command line, and those of a file where nobody is named."""
    return digests_in(text) if args.tokens or whose(args).everybody else ()


def _read(path: Path) -> str:
    try:
        if str(path) == "-":
            raw = sys.stdin.buffer.read(4 * MAX_TEXT + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(4 * MAX_TEXT + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    return raw.decode("utf-8", "surrogateescape")


def _show(looked: Looked, *, ended: bool) -> int:
    sys.stdout.buffer.write(looked.text.encode("utf-8", "surrogateescape") + (b"\n" if ended else b""))
    if looked.withheld:
        say(f"{len(looked.withheld)} tokens stand for what this operator may not see")
    if looked.unknown:
        say(f"{looked.unknown} tokens stand for nothing in this vault, or for nobody's who was named")
    missing = not looked.values or looked.withheld or looked.unknown
    return NEGATIVE if missing else OK
