"""The side of a rival that is the same for all. Standard library only: it runs in their environments."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def serve(examine: Callable[[str], int]) -> None:
    """Answer for texts on standard input; `examine` returns how much it found."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever the rival prints
    examine("My name is Anna Keller, mail anna.keller@example.org")
    print(json.dumps("ready"), file=out, flush=True)
    for line in sys.stdin:
        text = json.loads(line)
        began = time.process_time()
        found = examine(text)
        print(json.dumps([time.process_time() - began, found]), file=out, flush=True)
