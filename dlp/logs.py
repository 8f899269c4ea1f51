"""Where the log of a process of ours goes."""

from __future__ import annotations

import logging
import sys


def log_to_stderr(process: int | None = None) -> None:
    """Write warnings, and what we have to say, to standard error.

    Args:
        process: Number of this process among several that share it; None for the only one.
    """
    handler = logging.StreamHandler(sys.stderr)
    who = "" if process is None else f"[{process}] "
    handler.setFormatter(logging.Formatter(f"%(asctime)s {who}%(levelname)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("dlp").setLevel(logging.INFO)
