"""Arguments that several verbs share, so that they mean the same everywhere."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

from dlp.environment import DEFAULT_LISTEN, DEFAULT_PORT, ENV_CONFDIR, default_confdir
from dlp.printable import printable


def port_number(text: str) -> int:
    """A TCP port to connect to or listen on."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 2**16:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, not '{text[:20]}'")
    return int(text)


def address(text: str) -> str:
    """A host's name or IP address; empty means all of this machine's."""
    if not re.fullmatch(r"[A-Za-z0-9._:%-]{0,255}|\[[0-9A-Fa-f:.%]{2,64}\]", text):
        raise argparse.ArgumentTypeError(f"expected a host's name or an IP address, not '{printable(text, 80)}'")
    return text


def seconds(text: str) -> float:
    """A time in seconds, zero or more."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, not '{printable(text, 80)}'")
    return found


def add_address(parser: argparse.ArgumentParser) -> None:
    """`--listen` and `--port`, where the proxy is."""
    parser.add_argument(
        "--listen",
        type=address,
        default=DEFAULT_LISTEN,
        metavar="ADDRESS",
        help=f"the proxy's address (default: {DEFAULT_LISTEN})",
    )
    parser.add_argument(
        "--port", type=port_number, default=DEFAULT_PORT, help=f"the proxy's port (default: {DEFAULT_PORT})"
    )


def add_confdir(parser: argparse.ArgumentParser) -> None:
    """`--confdir`, where the CA is."""
    parser.add_argument(
        "--confdir",
        type=Path,
        default=default_confdir(),
        metavar="FOLDER",
        help=f"the folder of the CA (default: ${ENV_CONFDIR}, else certs/ of the checkout)",
    )


def add_state(parser: argparse.ArgumentParser) -> None:
    """`--state`, where the keys are."""
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="folder of the keys (default: your state folder)")
