"""Run cells of the matrix in one process: `python main.py chat:OPENAI/plain chat:OPENAI/stream …`.

A cell is a method of a client object: `module:NAME/mode`. Its name is fetched from a host of its own before it runs, so that whoever
records the traffic can tell whose a request is. Prints one JSON object: cell -> what the application read, or `{"failed": why}`;
and under `versions` the version of each package.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
import urllib.request
from typing import Any

MARK = "https://origin.example/cell/"


def run(cell: str) -> Any:
    address, mode = cell.split("/")
    module, name = address.split(":")
    try:
        client = getattr(importlib.import_module(module), name)
        urllib.request.urlopen(MARK + cell).read()  # noqa: S310 - https, see above
        return getattr(client, mode)()
    except Exception:  # a cell that fails is a result; the others still run
        return {"failed": traceback.format_exc(limit=-6)}


def main() -> None:
    results = {cell: run(cell) for cell in sys.argv[1:]}
    json.dump(results, sys.stdout, ensure_ascii=False, sort_keys=True, default=str)


main()
