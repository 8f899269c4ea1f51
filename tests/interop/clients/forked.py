"""Run a Python program several times at once, each time in an environment of its own, and load its packages only once.

    python forked.py PROGRAM [ARGUMENT ...] < {"modules": ["openai"], "runs": [{"environment": {...}, "out": FILE, "err": FILE}, ...]}

Vendors' packages take seconds to load, which is most of what a run of a client costs. So this process loads them, while nothing says yet
through which proxy to go, and forks: a child takes its environment and files, and runs the program from its first line as if
it had been started with it. What the packages would read from the environment while they are loaded is lost on them. Prints the
exit status of each run, as one JSON list.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
import threading
from pathlib import Path
from typing import Any


def begin(run: dict[str, Any]) -> int:
    """Fork for one run; the number of the child, 0 in the child itself."""
    number = os.fork()
    if number == 0:
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(run[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        os.environ.clear()
        os.environ.update(run["environment"])
    return number


def main() -> None:
    asked = json.load(sys.stdin)
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    for name in asked["modules"]:
        importlib.import_module(name)
    if threading.active_count() > 1:  # a child would have none of them
        raise SystemExit(f"can't be forked once loaded: {threading.enumerate()}")
    children = []
    for run in asked["runs"]:
        if (child := begin(run)) == 0:
            runpy.run_path(sys.argv[0], run_name="__main__")
            return
        children.append(child)
    json.dump([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children], sys.stdout)


main()
