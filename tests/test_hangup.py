"""A closed terminal ends a program; without one SIGHUP is a wish of the operator."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

from tests.harness import ROOT

PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN if "nohup" in sys.argv else signal.SIG_DFL)  # whatever runs the tests
from dlp.hangup import on_hangup
act = on_hangup(lambda: os.write(1, b"changed"), lambda: os.write(1, b"closed"))
signal.signal(signal.SIGHUP, lambda *_: (act(), sys.exit()))
os.write(1, b".")
while True:
    signal.pause()
"""


TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@pytest.mark.parametrize(
    ("terminal", "close", "arguments", "expected"),
    [
        (True, True, [], b"closed"),
        (True, False, [], b"changed"),
        (False, False, [], b"changed"),
        (True, True, ["nohup"], b"changed"),
    ],
    ids=["closed", "open", "none", "nohup"],
)
def test_what_a_hangup_means(terminal: bool, close: bool, arguments: list[str], expected: bytes) -> None:  # noqa: FBT001
    """The program leads a session of its own, with or without a terminal."""
    ours, theirs = pty.openpty()
    command = ["-c", PROGRAM, *arguments]
    if terminal:
        command = ["-c", TAKE_TERMINAL, str(theirs), *command]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True, pass_fds=[theirs]
    )
    os.close(theirs)
    try:
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.read(1) == b"."
            if close:
                os.close(ours)  # the kernel sends the signal to the session's leader
            else:
                process.send_signal(signal.SIGHUP)
            assert process.stdout.read(7).startswith(expected)
        process.wait(120)
    finally:
        process.kill()
        process.wait()
        if not close:
            os.close(ours)
