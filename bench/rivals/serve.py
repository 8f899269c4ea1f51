"""The side of a rival that is the same for all. Standard library only: it runs in their environments."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable


def serve(examine: Callable[[str], object]) -> None:
    """Answer each list of texts on standard input with the seconds of processor time that each text took."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever the rival prints
    examine("My name is Anna Keller, mail anna.keller@example.org")
    print(json.dumps("ready"), file=out, flush=True)
    for line in sys.stdin:
        seconds = []
        for text in json.loads(line):
            began = time.process_time()
            examine(text)
            seconds.append(time.process_time() - began)
        print(json.dumps(seconds), file=out, flush=True)
