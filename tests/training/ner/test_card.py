"""The model card says what was trained on what, and takes over what holds for every such model."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from training.ner.card import KEPT, card


def test_the_card_names_files_corpora_recipe_and_figures(tmp_path: Path) -> None:
    model, run, train = tmp_path / "model", tmp_path / "run", tmp_path / "data" / "train"
    for folder in (model, run, train):
        folder.mkdir(parents=True)
    for name in ("lower.onnx", "middle.onnx", "upper.onnx", "vocab.txt", "names.marisa"):
        (model / name).write_bytes(name.encode())
    settings = dict.fromkeys(("rate", "batch", "decay", "exits", "early", "seed"), "7")
    (run / "run.json").write_text(json.dumps({"settings": settings, "pieces": 2_000_000, "steps": 650}))
    (train / "wikigold.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))
    text = card(model, run, tmp_path / "data", ["set  records", "names  400"])
    assert "2,000,000 word pieces in 650 steps: rate 7," in text
    assert "| wikigold | 100% | 100% | another |" in text
    assert "| `upper.onnx` | 10 |" in text
    assert "names  400" in text
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")][2:] == list(KEPT)
