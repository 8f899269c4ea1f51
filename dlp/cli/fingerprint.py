"""`dlp fingerprint`: what stands for an API key in policies and in the audit log."""

from __future__ import annotations

import argparse
import sys

from dlp.cli import NEGATIVE, OK
from dlp.cli.arguments import add_state
from dlp.cli.screening import STDIN, read_source
from dlp.masking.keys import fingerprint, load_or_create_key

_EPILOG = """\
Keys are read, one a line, from standard input or a file: on a command line every user of the machine could read them. With AWS
the access key id is the key. A fingerprint holds for one token key, so give the state folder that the proxy uses.

example:
  printenv OPENAI_API_KEY | python -m dlp fingerprint"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `fingerprint`."""
    parser.epilog = _EPILOG
    parser.add_argument("file", nargs="?", default=STDIN, metavar="FILE", help="'-' or none: standard input")
    add_state(parser)


def run(args: argparse.Namespace) -> int:
    """Print a fingerprint for each key. Raises `ConfigurationError`."""
    key = load_or_create_key(args.state)
    credentials = [line for each in read_source(args.file).splitlines() if (line := each.strip())]
    for credential in credentials:
        print(fingerprint(key, credential.removeprefix("Bearer ").strip()))
    if not credentials:
        print("dlp: no key was given", file=sys.stderr)
    return OK if credentials else NEGATIVE
