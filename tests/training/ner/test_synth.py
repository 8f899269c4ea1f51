"""Text from templates."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from dlp.detect.ner.model import FOLDER
from dlp.detect.ner.tags import LABELS, TAGS
from dlp.detect.ner.wordpiece import WordPiece
from training.ner.examples import windows_of
from training.ner.synth import ELSEWHERE, GROUPS, TEMPLATES, Generator


@pytest.fixture
def pools(tmp_path: Path) -> Path:
    groups = {group for found in GROUPS.values() for group in found} | set(ELSEWHERE)
    lists = {
        "train": {group: [["Anna", "Bob"], ["Weber", "de Vries"]] for group in groups},
        "countries": ["France"],
        "cities": {"train": {"France": ["Lyon", "Le Mans"]}},
    }
    path = tmp_path / "pools.json.gz"
    path.write_bytes(gzip.compress(json.dumps(lists).encode()))
    return path


def test_spans_lie_on_the_names_and_every_language_has_its_turn(pools: Path) -> None:
    records = list(Generator(pools, random.Random(3)).records(600))
    for record in records:
        ends = 0
        for start, end, label in record.spans:
            assert label in LABELS
            assert ends <= start < end <= len(record.text)
            assert record.text[start:end].strip() == record.text[start:end]
            ends = end
        assert "{given}" not in record.text
    assert {record.source for record in records} == {f"templates/{path.stem}" for path in TEMPLATES.glob("*.txt")}
    assert any(not record.spans for record in records)


def test_equal_seeds_give_equal_text_and_others_other(pools: Path) -> None:
    made = [[record.text for record in Generator(pools, random.Random(seed)).records(30)] for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_windows_teach_a_word_s_first_piece_its_tag_and_the_others_to_go_on(pools: Path) -> None:
    pieces = WordPiece.load(FOLDER / "vocab.txt")
    record = next(
        record
        for record in Generator(pools, random.Random(1)).records(200)
        if any(label == "PERSON" for *_, label in record.spans)
    )
    (window, *_) = windows_of(record, pieces)
    assert len(window.ids) == len(window.shapes) == len(window.targets)
    assert (window.targets[0], window.targets[-1]) == (-100, -100)
    assert {TAGS[tag] for tag in window.targets.tolist() if tag > 0} & {"B-PERSON"}
