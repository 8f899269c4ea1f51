"""Arguments that several verbs share, so that they mean the same everywhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from dlp.environment import DEFAULT_LISTEN, DEFAULT_PORT, ENV_CONFDIR, default_confdir


def port_number(text: str) -> int:
    """A TCP port to connect to or listen on."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 2**16:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, not '{text[:20]}'")
    return int(text)


def add_address(parser: argparse.ArgumentParser) -> None:
    """`--listen` and `--port`, where the proxy is."""
    parser.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="ADDRESS", help=f"the proxy's address (default: {DEFAULT_LISTEN})"
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
