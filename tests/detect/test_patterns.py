"""Patterns that are compiled when they are first asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from threading import Barrier, Thread

import pytest
import regex

from dlp.detect import patterns
from dlp.detect.patterns import compile_late, late, late_regex
from tests.harness import ROOT

_START = """
import json
from dlp.detect import build_detector, patterns
from dlp.detect.base import WARM_TEXTS
from dlp.policy.model import DetectSettings

def compiled():
    asked = 0
    for each in patterns._waiting:
        try:
            type(each).match.__get__(each)  # without asking for it
            asked += 1
        except AttributeError:
            pass
    return asked

detector = build_detector(DetectSettings())
counts = [len(patterns._waiting), compiled()]
for text in WARM_TEXTS:
    detector.find(text)
counts.append(compiled())
every = list(patterns._waiting)
patterns.compile_late()
patterns._waiting += every
print(json.dumps([*counts, compiled()]))
"""


def test_a_late_pattern_does_what_the_compiled_one_does() -> None:
    source, text = r"(?P<word>[a-z]+)-(\d+)", "ab-1, CD-2; ef-34"
    for made, now in (
        (late(source, re.IGNORECASE), re.compile(source, re.IGNORECASE)),
        (late_regex(source), regex.compile(source)),
    ):
        assert [match.span() for match in made.finditer(text)] == [match.span() for match in now.finditer(text)]
        assert made.findall(text) == now.findall(text)
        for asked in ("match", "search", "fullmatch"):
            for low, high in ((0, len(text)), (0, 4), (6, 10)):
                found, wanted = getattr(made, asked)(text, low, high), getattr(now, asked)(text, low, high)
                assert (found and found.span()) == (wanted and wanted.span())
        assert made.sub("<>", text) == now.sub("<>", text)
        assert made.split(text) == now.split(text)
        assert (made.pattern, made.groups, made.groupindex) == (now.pattern, now.groups, now.groupindex)
    assert late(source, re.IGNORECASE).flags == re.IGNORECASE
    assert late_regex(r"\L<names>", names=["ab", "ef"]).findall(text) == ["ab", "ef"]
    with pytest.raises(AttributeError):
        late(source).nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_what_nobody_has_asked_is_compiled_in_the_end() -> None:
    wrong = late("(")
    with pytest.raises(re.error):
        compile_late()
    assert wrong not in patterns._waiting
    compile_late()
    assert patterns._waiting == []


def test_threads_that_ask_first_together_are_all_answered() -> None:
    for _ in range(50):
        made, together, found = late("|".join(f"(?:x{number}y)" for number in range(50))), Barrier(4), []

        def ask(made: re.Pattern[str] = made, together: Barrier = together, found: list[object] = found) -> None:
            together.wait(60)
            found.append(made.search("..x49y"))

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert None not in found


def test_a_start_compiles_few_of_them_and_none_is_wrong() -> None:
    """None while the rules load, a tenth for the first texts; all can be compiled."""
    run = subprocess.run([sys.executable, "-c", _START], cwd=ROOT, capture_output=True, text=True, check=True)
    made, before, warm, after = json.loads(run.stdout)
    assert made > 200
    assert before == 0
    assert 0 < warm < made / 4
    assert after == made
