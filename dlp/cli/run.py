"""`python -m dlp run -- COMMAND ...`: one command behind the proxy, and nothing else on the machine."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any, Self

from dlp.ca import CaFiles, ensure_ca
from dlp.cli.arguments import add_confdir, port_number
from dlp.cli.probe import Listener, who_listens
from dlp.environment import DEFAULT_LISTEN, DEFAULT_PORT, ENV_CONFDIR, client_environment, proxy_url
from dlp.errors import ConfigurationError

NOT_FOUND = 127
NOT_EXECUTABLE = 126
SIGNALLED = 128
"""What shells add to a signal's number for the status of a command that it ended."""

START_SECONDS = 60.0
"""A proxy that is not ready by then has a fault that its output tells."""

STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
_SHOWN_OUTPUT = 4000

# What a supervisor or a terminal sends to us is meant for the command.
_FORWARDED = [
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]

_EXAMPLES = """\
examples:
  python -m dlp run -- python app.py
  python -m dlp run --policy strict -- claude

The command's exit status is passed on (128 + n after signal n). If our proxy listens on the port already, it is used;
otherwise, and with --policy, one is started for the command and stopped after it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `run`."""
    parser.add_argument(
        "--port",
        type=port_number,
        help=f"the proxy's port (default: {DEFAULT_PORT} if our proxy listens there, else a free one)",
    )
    parser.add_argument("--policy", metavar="NAME|FILE", help="start a proxy of its own with this policy")
    add_confdir(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="what to run")
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Run the command, with a proxy around it if need be, and return its exit status."""
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise ConfigurationError("name a command to run: python -m dlp run -- COMMAND ...")
    program = shutil.which(command[0])
    if program is None:
        there = os.path.exists(command[0])  # noqa: PTH110 - a Path would drop the leading ./ that makes it a file
        print(f"dlp: {command[0]}: {'not executable' if there else 'command not found'}", file=sys.stderr)
        return NOT_EXECUTABLE if there else NOT_FOUND
    with _Signals() as signals:
        files = ensure_ca(args.confdir)
        with _proxy(files, args.port, args.policy) as url:
            environment = {**os.environ, **client_environment(url, files.bundle.resolve())}
            status = signals.run(command, program, environment)
    return status if status >= 0 else SIGNALLED - status


class _Signals:
    """Hands signals on to the command; before there is one, a signal ends us, by way of every `finally`."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = False
        self._early: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._receive) for number in _FORWARDED}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def run(self, command: list[str], program: str, environment: dict[str, str]) -> int:
        """Run the command to its end; returns what `Popen.wait` returns."""
        self._starting = True
        try:
            self._child = subprocess.Popen(command, executable=program, env=environment)
        except OSError as error:
            raise ConfigurationError(f"cannot run {program}: {error.strerror}") from None
        for number in self._early:
            self._child.send_signal(number)
        return self._child.wait()

    def _receive(self, number: int, _frame: object) -> None:
        if self._child is not None:
            if not (number in {signal.SIGINT, signal.SIGQUIT} and _in_foreground()):
                self._child.send_signal(number)
        elif self._starting:
            self._early.append(number)
        else:
            raise SystemExit(SIGNALLED + number)


def _in_foreground() -> bool:
    """Whether Ctrl-C and the like reach the command from the terminal too; it would get them twice."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


@contextlib.contextmanager
def _proxy(files: CaFiles, port: int | None, policy: str | None) -> Iterator[str]:
    """The URL of a proxy for the time of the block: the one that listens already, or one of our own."""
    wanted = proxy_url(DEFAULT_LISTEN, port or DEFAULT_PORT)
    listener = who_listens(wanted, files)
    if listener is Listener.OURS and policy is None:
        yield wanted
        return
    if port is not None and listener is not Listener.NOBODY:
        whose = "our proxy, maybe with another policy" if listener is Listener.OURS else "another program"
        raise ConfigurationError(f"{wanted} is taken by {whose}; leave --port out to use a free one")
    # Not the usual port: other commands would take a proxy that ends with this one for one that stays.
    chosen = port or _free_port()
    url = proxy_url(DEFAULT_LISTEN, chosen)
    with tempfile.TemporaryFile() as output, _stopped(_start(chosen, policy, files, output)) as process:
        _wait_until_ready(process, url, files, output)
        yield url
        if process.poll() is not None:
            print(f"dlp: the proxy ended before the command did:\n{_tail(output)}", file=sys.stderr)


def _start(port: int, policy: str | None, files: CaFiles, output: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dlp", "proxy", "--listen", DEFAULT_LISTEN, "--port", str(port)]
    command += ["--set", "dlp_metrics=off"]  # gone before anybody could look
    if policy is not None:
        command += ["--policy", policy]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,  # the command owns the terminal
        stderr=output,
        env={**os.environ, ENV_CONFDIR: str(files.folder)},
        start_new_session=True,  # Ctrl-C is for the command; the proxy must outlive it
    )


@contextlib.contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Stop the process at the end of the block, whatever ended it."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, files: CaFiles, output: IO[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while who_listens(url, files) is not Listener.OURS:
        if process.poll() is not None:
            raise ConfigurationError(f"the proxy did not start:\n{_tail(output)}")
        if time.monotonic() > end:
            raise ConfigurationError(f"the proxy was not ready after {START_SECONDS:.0f} s:\n{_tail(output)}")
        time.sleep(POLL_SECONDS)


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _SHOWN_OUTPUT))
    return output.read().decode("utf-8", "replace").rstrip()


def _free_port() -> int:
    with socket.create_server((DEFAULT_LISTEN, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
