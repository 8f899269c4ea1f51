"""Other programs on the same prompts, each in an environment of its own (`bench/rivals/*.txt`), so that none of them is a dependency of ours.

A rival is a script that reads one JSON string per line, examines it, and writes `[seconds, findings]`. It measures itself, so that neither
pipes nor start-up count; it says `ready` when it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.measure import Report, interleaved, summary
from bench.stages import timed
from bench.texts import KINDS
from dlp.detect.detector import CoreDetector
from dlp.policy.model import DetectSettings, NerSettings
from tests.harness import ROOT

FOLDER = Path(__file__).parent
OURS = "ours, patterns and secrets"
SLOWEST = "presidio-and-our-rules"
"""Takes a minute for 100 KB of code, so it is not asked about that."""
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000}


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

    def examine(self, text: str) -> float:
        """Seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        said = self._read()
        assert isinstance(said, list)
        return float(said[0])


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
    """Milliseconds per prompt of everybody who can be installed here; ratios to ours."""
    ours = CoreDetector(DetectSettings(ner=NerSettings(pipeline="none")))
    running: dict[str, Rival] = {}
    for script in sorted(FOLDER.glob("with_*.py")):
        name = script.stem.removeprefix("with_")
        try:
            running[name.replace("_", "-")] = Rival(interpreter(name, folder), script)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    report: Report = {}
    try:
        for size, characters in SIZES.items():
            for kind in ("prose", "code"):
                texts = iter(lambda k=kind, c=characters: KINDS[k](c), None)
                variants: dict[str, Callable[[], float]] = {
                    OURS: lambda: timed(lambda: ours.examine([(next(texts), "")])),  # noqa: B023
                    **{name: lambda r=rival: r.examine(next(texts)) for name, rival in running.items()},  # noqa: B023
                }
                if characters > 50_000 and kind == "code":
                    variants.pop(SLOWEST, None)
                few = rounds if characters < 5_000 else max(3, rounds // 4) if characters < 50_000 else 3
                report[f"detection next to rivals, {size} of {kind}, ms"] = summary(interleaved(variants, few), OURS)
    finally:
        for rival in running.values():
            rival.__exit__(None, None, None)
    return report
