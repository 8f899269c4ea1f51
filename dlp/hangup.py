"""What SIGHUP means: to a daemon, that its operator changed something; to a program in a terminal that was closed, to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def on_hangup(changed: Callable[[], None], closed: Callable[[], None]) -> Callable[[], None]:
    """What to do on SIGHUP. Made at the start, since it looks whether there is a terminal.

    Args:
        changed: An operator wants what there is now to be in force.
        closed: The terminal is gone. With `nohup` that is not meant to end anything.
    """
    in_terminal = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()

    def act() -> None:
        if in_terminal and not _has_terminal():
            closed()
        else:
            changed()

    return act


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:  # there is none, or it has been closed
        return False
    return True
