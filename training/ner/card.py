"""The model card of a new model: what it was made from, how, with what result.

What holds for every model of this make (what it reads, its levels, its limits) is taken over from the card that ships.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from dlp.detect.ner.model import FOLDER
from training.ner import corpora
from training.ner.mix import SHARES, SWAPPED

_ABSTRACT = (
    "A BERT encoder of six layers (`all-MiniLM-L6-v2`) tuned to tag words as PERSON, LOCATION, ORGANIZATION or none, int8 ONNX."
    " Licences and credits: `LICENSES.md`."
)
KEPT = ("What it reads", "Levels", "Known limits")
"""Sections that don't depend on the weights."""


def card(model: Path, run: Path, data: Path, figures: Sequence[str]) -> str:
    """Markdown.

    Args:
        model: Folder of the exported files.
        run: Folder of the training, with its `run.json`.
        data: Folder of the corpora that were trained on.
        figures: Lines of `measure.table`.
    """
    shipped = _sections((FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8"))
    trained = json.loads((run / "run.json").read_text(encoding="utf-8"))
    settings = trained["settings"]
    recipe = ", ".join(f"{name} {settings[name]}" for name in ("rate", "batch", "decay", "exits", "early", "seed"))
    parts = [
        "# Model card: names of people, places and organisations",
        _ABSTRACT,
        _table(("file", "bytes", "SHA-256"), [_file(model / name) for name in ("lower.onnx", "middle.onnx", "upper.onnx", "vocab.txt", "names.marisa")]),
        "## How it was trained",
        f"{trained['pieces']:,} word pieces in {trained['steps']:,} steps: {recipe}. The weights are the running average at the end.",
        _table(("corpus", "part of an epoch", "renamed copies", "content as digested"), [_corpus(path) for path in sorted((data / "train").glob("*.jsonl.gz"))]),
        "## Figures",
        "Recall by overlap, recall whatever the label, precision and exact recall in per cent, by label.",
        "```text\n" + "\n".join(figures) + "\n```",
        *(f"## {title}\n\n{shipped[title]}" for title in KEPT),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _sections(text: str) -> dict[str, str]:
    """Heading -> body, of the second level."""
    found = (part.partition("\n") for part in text.split("\n## ")[1:])
    return {title.strip(): body.strip() for title, _, body in found}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _file(path: Path) -> tuple[str, str, str]:
    content = path.read_bytes()
    return f"`{path.name}`", f"{len(content):,}", f"`{hashlib.sha256(content).hexdigest()}`"


def _corpus(path: Path) -> tuple[str, str, str, str]:
    name = path.name.removesuffix(".jsonl.gz")
    known = corpora.DIGESTS.get(f"train/{path.name}") == corpora.digest(path)
    return (
        name,
        f"{SHARES.get(name, 1.0):.0%}",
        f"{SWAPPED.get(name, 0.0):.0%}",
        "as in corpora.json" if known else "another",
    )
