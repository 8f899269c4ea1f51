"""The embedded recognizer as a whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect.ner import NerRecognizer, builtin, load_ner
from dlp.detect.ner.builtin import EFFORTS, Builtin
from dlp.detect.ner.model import FOLDER, Effort, Tagger
from dlp.detect.ner.windows import cut
from dlp.errors import ConfigurationError
from dlp.policy.model import NerLevel, NerSettings

ANY_TEXT = st.text(st.characters(codec=None), max_size=400)
CLEAN = """Explain the difference between a mutex and a semaphore.
def total_count(items: list[Item]) -> int:
    return sum(item.price for item in items if item.is_valid())
What does the flag --no-ff do in git merge? The build fails on Monday in the Docker image.
mujhe ye samajhna hai ki recursion kaise kaam karta hai
"""
NAMES = {
    "prose": ("Yesterday Priya Raghunathan flew from Chennai to Oslo.", {"Priya Raghunathan": "PERSON", "Chennai": "LOCATION", "Oslo": "LOCATION"}),
    "german": ("Mit freundlichen Grüßen\nHeike Brandstätter", {"Heike Brandstätter": "PERSON"}),
    "capitals": ("PATIENT: OLUWASEUN ADEBAYO", {"OLUWASEUN ADEBAYO": "PERSON"}),
    "json": ('{"name":"Priya Raghunathan","team":"infra"}', {"Priya Raghunathan": "PERSON"}),
    "csv": ("first,last\nAarav,Deshpande\n", {"Aarav": "PERSON", "Deshpande": "PERSON"}),
    "lower case": ("please tell rohit sharma that i am late", {"rohit sharma": "PERSON"}),
    "after the name": ("suresh ji ko bol dena", {"suresh": "PERSON"}),
    "court": ("Le requérant, M. Benoît Lacombe, réside à Lyon.", {"Benoît Lacombe": "PERSON"}),
    "cyrillic": ("Меня зовут Иван Петров.", {"Иван Петров": "PERSON"}),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(NerLevel), ids=str)
def recognizer(request: pytest.FixtureRequest) -> NerRecognizer:
    found = load_ner(NerSettings(level=request.param))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def balanced() -> NerRecognizer:
    found = load_ner(NerSettings())
    assert found is not None
    return found


@pytest.mark.parametrize(("text", "expected"), NAMES.values(), ids=NAMES)
def test_names_in_many_forms(balanced: NerRecognizer, text: str, expected: dict[str, str]) -> None:
    found = {text[f.start : f.end]: f.entity_type for f in balanced.find(text)}
    assert expected.items() <= found.items()


def test_clean_text_and_code_hold_no_names(recognizer: NerRecognizer) -> None:
    assert recognizer.find(CLEAN) == []


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_any_text_gives_sorted_findings_inside_it_without_overlaps(text: str) -> None:
    found = load_ner(NerSettings()).find(text)  # type: ignore[union-attr]
    assert all(0 <= f.start < f.end <= len(text) and 0.5 <= f.score <= 1 for f in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert {f.entity_type for f in found} <= {"PERSON", "LOCATION", "ORGANIZATION"}


@pytest.mark.parametrize(
    "text", ["", " \n\t", "a" * 100_000, "\ud800" * 1000, "\u202eabc\u202c Anna", "é\u0301" * 500, "." * 5000]
)
def test_odd_texts_are_examined(recognizer: NerRecognizer, text: str) -> None:
    assert all(0 <= f.start < f.end <= len(text) for f in recognizer.find(text))


def test_equal_texts_give_equal_findings_alone_in_a_batch_and_on_many_threads(recognizer: NerRecognizer) -> None:
    texts = [text for text, _ in NAMES.values()] * 4
    alone = [recognizer.find(text) for text in texts]
    assert recognizer.find_many(texts) == alone
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(recognizer.find, texts)) == alone


def test_a_long_text_gives_the_same_on_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Marta Kowalczyk met Anna Weber in Oslo, and they spoke of what had been said about the printer. " * 120
    found = {}
    for many in (1, 10**9):
        monkeypatch.setattr(builtin, "MANY_WINDOWS", many)
        monkeypatch.setattr(builtin, "BATCH", 3)
        found[many] = Builtin().find(text)
    assert found[1] == found[10**9]
    assert len(found[1]) == 360


def test_a_name_is_found_wherever_it_stands_in_a_long_text(balanced: NerRecognizer) -> None:
    filler = "The report was filed and the printer was repaired, while the meeting went on as planned. "
    for before in range(0, 40, 4):
        text = filler * before + "Then Marta Kowalczyk called. " + filler * 3
        at = text.index("Marta")
        assert any(f.start == at and f.end == at + len("Marta Kowalczyk") for f in balanced.find(text))


def test_names_across_the_places_where_windows_meet_are_found(balanced: NerRecognizer) -> None:
    text = " and ".join(["Marta Kowalczyk"] * 120)
    assert [(f.start, f.end) for f in balanced.find(text)] == [(n * 20, n * 20 + 15) for n in range(120)]


class _Counted:
    """A session that notes how many pieces it is asked about."""

    def __init__(self, session: Any) -> None:
        self.session, self.asked = session, list[int]()

    def run(self, names: list[str], inputs: dict[str, Any]) -> Any:
        self.asked.append(inputs["before"].shape[1])
        return self.session.run(names, inputs)


FILLER = "and the printer was repaired while the meeting went on as it had been planned by them "


@pytest.mark.parametrize(
    ("text", "effort", "middle", "upper"),
    [
        (FILLER, EFFORTS[NerLevel.BALANCED], "none", "none"),
        (FILLER * 2 + "Anna Weber called " + FILLER * 2, EFFORTS[NerLevel.FAST], "some", "none"),
        (FILLER * 2 + "Anna Weber called " + FILLER * 2, EFFORTS[NerLevel.BALANCED], "some", "none"),
        (FILLER * 2 + "then zorvex qanti " + FILLER * 2, replace(EFFORTS[NerLevel.BALANCED], certain=0.9999), "some", "some"),
        (FILLER, EFFORTS[NerLevel.THOROUGH], "all", "all"),
    ],
    ids=["no-name", "fast", "sure", "unsure", "thorough"],
)  # fmt: skip
def test_each_graph_reads_around_what_the_one_before_leaves_open(
    text: str, effort: Effort, middle: str, upper: str
) -> None:
    tagger = Tagger()
    tagger._middle, tagger._upper = counted = _Counted(tagger._middle), _Counted(tagger._upper)
    encoding = tagger.pieces.encode(text)
    (window,) = cut(text, encoding)
    rows = tagger.tag(encoding, window, effort)
    assert rows.shape == (len(encoding.starts), 7)
    assert np.allclose(rows.sum(1), 1, atol=1e-4)
    whole = len(encoding.ids) + 2
    for graph, expected in zip(counted, (middle, upper), strict=True):
        read = sum(graph.asked)
        assert {"none": read == 0, "some": 0 < read < whole, "all": read == whole}[expected], read


def test_the_shipped_files_are_those_that_the_manifest_lists() -> None:
    manifest = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    for name, expected in manifest["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected
    card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert all(value in card for value in manifest["sha256"].values())
    assert hashlib.sha256((FOLDER / "names.marisa").read_bytes()).hexdigest() in card


@pytest.mark.parametrize("fault", ["changed", "missing"])
def test_a_damaged_model_is_refused_with_what_to_do(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    if fault == "changed":
        with (folder / "vocab.txt").open("a", encoding="utf-8") as file:
            file.write("x\n")
    else:
        (folder / "upper.onnx").unlink()
    with pytest.raises(ConfigurationError, match="reinstall the package"):
        Tagger(folder)
