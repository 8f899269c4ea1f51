"""Figures are taken on sentences made up for it, with the model in any folder."""

from __future__ import annotations

import json
from pathlib import Path

from training.ner import measure


def test_made_up_sentences_hold_the_names_that_they_say(tmp_path: Path) -> None:
    path = measure.made_up(tmp_path / "names.jsonl", 10, seed=1)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 20
    for row in rows:
        ((start, end, label),) = row["ents"]
        assert label == "PERSON"
        assert " " in row["text"][start:end]
    assert rows[:10] != rows[10:]


def test_the_table_has_a_heading_and_a_line_per_file(tmp_path: Path) -> None:
    path = measure.made_up(tmp_path / "names.jsonl", 5, seed=2)
    heading, line = measure.table([path])
    assert heading.startswith("set")
    assert line.split()[:2] == ["names", "10"]
    assert line.split("|")[1].split()[:2] == ["100", "100"]
