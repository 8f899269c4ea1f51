"""Other programs on the same prompts, each in an environment of its own (`bench/rivals/*.txt`), so that none of them is a dependency of ours.

A rival is a script that reads a JSON list of texts per line, examines one after the other, and writes the seconds that each took. It measures
itself, so that neither pipes nor start-up count; it says `ready` when it is. We are such a script too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.measure import Report, interleaved, summary
from bench.texts import KINDS
from tests.harness import ROOT

FOLDER = Path(__file__).parent
OURS = "ours, patterns and secrets"
SLOWEST = "presidio-and-our-rules"
"""Takes a minute for 100 KB of code, so it is not asked about that."""
SIZES = {"1 KB": (1_000, 10), "10 KB": (10_000, 3), "100 KB": (100_000, 1)}
"""Characters, and how many texts in a row are counted."""


class Rival:
    """A running rival."""

    def __init__(self, python: str, script: Path) -> None:
        self._process = subprocess.Popen(
            [python, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | ({"PYTHONPATH": str(ROOT)} if python == sys.executable else {}),
        )
        if self._read() != "ready":
            raise OSError(f"{script.name} doesn't run")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def _read(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError("a rival ended")
        return json.loads(line)

    def examine(self, texts: Sequence[str]) -> list[float]:
        """Seconds for each of the texts, examined one after the other."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(texts) + "\n")
        self._process.stdin.flush()
        said = self._read()
        assert isinstance(said, list)
        return said


def interpreter(name: str, folder: Path) -> str:
    """A Python with the packages that `NAME.txt` lists, made under `folder` on first use; ours, if there is no such file."""
    wanted = FOLDER / f"{name}.txt"
    if not wanted.exists():
        return sys.executable
    python = folder / name / "bin" / "python"
    if not python.exists():
        venv.create(folder / name, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", wanted], check=True)
    return str(python)


def rivals(rounds: int, folder: Path) -> Report:
    """Milliseconds per prompt of everybody who can be installed here; ratios to ours.

    All get the same prompts, a few in a row, and the first of a row isn't counted: it finds the processor's caches full of what others did.
    """
    running = {OURS: Rival(sys.executable, FOLDER / "ours.py")}
    for script in sorted(FOLDER.glob("with_*.py")):
        name = script.stem.removeprefix("with_")
        try:
            running[name.replace("_", "-")] = Rival(interpreter(name, folder), script)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    report: Report = {}
    try:
        for size, (characters, counted) in SIZES.items():
            few = rounds if characters < 5_000 else max(3, rounds // 4) if characters < 50_000 else 3
            for kind in ("prose", "code"):
                asked = {n: r for n, r in running.items() if n != SLOWEST or kind != "code" or characters < 50_000}
                rows = [[KINDS[kind](characters) for _ in range(counted + 1)] for _ in range(few + 1)]
                taken = interleaved({name: _in_rows(rival, rows) for name, rival in asked.items()}, few)
                report[f"detection next to rivals, {size} of {kind}, ms"] = summary(
                    {name: [seconds for row in each for seconds in row] for name, each in taken.items()}, OURS
                )
    finally:
        for rival in running.values():
            rival.__exit__(None, None, None)
    return report


def _in_rows(rival: Rival, rows: Sequence[Sequence[str]]) -> Callable[[], list[float]]:
    """Each call has the next row examined, and returns the seconds for each of its texts but the first."""
    left = iter(rows)
    return lambda: rival.examine(next(left))[1:]
