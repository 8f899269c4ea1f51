"""Passcodes from people: from the terminal, a file, or a pipe; never from the command line, which others can read."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from dlp.errors import ConfigurationError
from dlp.keyfiles import read_secret

ENV_FILE = "DLP_PASSCODE_FILE"
ENV_NEW_FILE = "DLP_NEW_PASSCODE_FILE"
HELP = f"passcodes are asked for on the terminal, or read from the file that ${ENV_FILE} names, or from a line of stdin"

_MAX_LINE = 4096


def read_passcode(name: str, *, stdin: bool = True) -> str:
    """The passcode of the operator who is acting.

    Args:
        stdin: Standard input may be asked for it; not when it holds something else.

    Raises:
        ConfigurationError: There is none to be had, or its file is open to other users.
    """
    return _read(f"Passcode of {name}: ", ENV_FILE, stdin=stdin)


def read_new_passcode(name: str) -> str:
    """A passcode that is set; a person has to type it twice. Raises `ConfigurationError`."""
    first = _read(f"New passcode of {name}: ", ENV_NEW_FILE, stdin=True)
    if sys.stdin.isatty() and not os.environ.get(ENV_NEW_FILE) and getpass.getpass("Once more: ") != first:
        raise ConfigurationError("the two passcodes differ")
    return first


def _read(prompt: str, variable: str, *, stdin: bool) -> str:
    if named := os.environ.get(variable):
        return read_secret(Path(named), f"file of {variable}")
    if sys.stdin.isatty() or not stdin:
        try:
            return getpass.getpass(prompt) if sys.stdin.isatty() else _from_terminal(prompt)
        except (OSError, EOFError):
            raise ConfigurationError(f"there is no terminal to ask for the passcode; set {variable}") from None
    line = sys.stdin.readline(_MAX_LINE)
    if not line.endswith("\n") and len(line) >= _MAX_LINE:
        raise ConfigurationError("the passcode on stdin is too long")
    return line.rstrip("\r\n")


def _from_terminal(prompt: str) -> str:
    """Ask the terminal itself, while stdin is a pipe with something else in it."""
    with Path("/dev/tty").open("r+b", buffering=0):  # or getpass would read from the pipe
        return getpass.getpass(prompt)
