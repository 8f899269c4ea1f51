"""`python -m dlp env`: the environment for a shell, `eval "$(python -m dlp env)"`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from dlp.ca import ensure_ca
from dlp.cli import OK
from dlp.cli.arguments import add_address, add_confdir
from dlp.cli.probe import Listener, who_listens
from dlp.environment import SHELLS, client_environment, export_lines, proxy_url

_EXAMPLES = """\
examples:
  eval "$(python -m dlp env)"                     bash, zsh
  python -m dlp env --shell fish | source         fish
  python -m dlp env --shell powershell | iex      PowerShell
  python -m dlp env --shell docker --listen 172.17.0.1 --bundle /dlp/bundle.pem > dlp.env
  docker run --env-file dlp.env -v "$PWD/certs/bundle.pem:/dlp/bundle.pem:ro" ..."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `env`."""
    add_address(parser)
    add_confdir(parser)
    parser.add_argument("--shell", choices=[*SHELLS, "json"], default="sh", help="in whose words (default: sh)")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="the path of the CA bundle as the clients see it")
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Print the variables; the CA is made if there is none, because they name its bundle."""
    files = ensure_ca(args.confdir)
    url = proxy_url(args.listen, args.port)
    variables = client_environment(url, args.bundle or files.bundle.resolve())
    if args.shell == "json":
        print(json.dumps(variables, indent=2))
    else:
        print("\n".join(export_lines(variables, args.shell)))
    if who_listens(url, files) is not Listener.OURS:
        print(f"dlp: no proxy of this checkout answers on {url} yet; start it with: make run", file=sys.stderr)
    return OK
