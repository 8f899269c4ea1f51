"""Training runs, resumes to the same weights, and what it exports is what the recognizer loads."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is only there with the `train` extra")
pytest.importorskip("onnx", reason="onnx is only there with the `train` extra")

from dlp.detect.ner.model import Effort, Tagger  # noqa: E402
from dlp.detect.ner.tags import TAGS  # noqa: E402
from dlp.detect.ner.windows import cut  # noqa: E402
from dlp.detect.ner.wordpiece import WordPiece  # noqa: E402
from training.ner import export, train  # noqa: E402
from training.ner.examples import IGNORED, Record  # noqa: E402
from training.ner.synth import ELSEWHERE, GROUPS  # noqa: E402

WHOLE = Effort(possible=-math.inf, certain=math.inf)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one small corpus, and epochs cut down to it."""
    monkeypatch.setattr("training.ner.mix.TEMPLATE_RECORDS", 20)
    monkeypatch.setattr("training.ner.mix.CODE_RECORDS", 2)
    monkeypatch.setattr("training.ner.mix._code", lambda: [Record("x = 1", (), "code")] * 3)
    for module in ("network", "export"):
        for name, value in (("LAYERS", 3), ("WIDTH", 24), ("HEADS", 2)):
            monkeypatch.setattr(f"training.ner.{module}.{name}", value)
    pieces = ["[UNK]", "[CLS]", "[SEP]", "[unused1]", "anna", "weber", "lives", "in", "lyon", "."]
    (tmp_path / "vocab.txt").write_text(
        "\n".join([*pieces, *"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz")]) + "\n"
    )
    folder = tmp_path / "data"
    (folder / "train").mkdir(parents=True)
    (folder / "lists").mkdir()
    rows = [{"text": "Anna Weber lives in Lyon.", "ents": [[0, 10, "PERSON"], [20, 24, "LOCATION"]], "lang": "en"}] * 5
    (folder / "train" / "small.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    groups = {group for found in GROUPS.values() for group in found} | set(ELSEWHERE)
    lists = {
        "train": {group: [["Anna"], ["Weber"]] for group in groups},
        "countries": ["France"],
        "cities": {"train": {"France": ["Lyon"]}},
    }
    (folder / "lists" / "pools.json.gz").write_bytes(gzip.compress(json.dumps(lists).encode()))
    return folder


def run(out: Path, data: Path, pieces: int, *more: str) -> dict[str, np.ndarray]:
    train.main(
        [
            str(out),
            "--data",
            str(data),
            "--vocabulary",
            str(data.parent / "vocab.txt"),
            "--pieces",
            str(pieces),
            "--batch",
            "256",
            "--exits",
            "1,2,3",
            *more,
        ]
    )
    weights = torch.load(out / "average.pt", weights_only=True)
    return {name: value.numpy() for name, value in weights.items()}


def test_a_few_steps_learn_and_the_export_is_loaded(tmp_path: Path, data: Path) -> None:
    run(tmp_path / "run", data, 3000)
    out = tmp_path / "model"
    assert (
        export.main(
            [
                str(tmp_path / "run" / "average.pt"),
                str(out),
                "--vocabulary",
                str(data.parent / "vocab.txt"),
                "--exits",
                "1,2",
            ]
        )
        == 0
    )
    tagger = Tagger(out)
    text = "Anna Weber lives in Lyon."
    encoding = tagger.pieces.encode(text)
    (window,) = cut(text, encoding)
    rows = tagger.tag(encoding, window, WHOLE)
    assert np.allclose(rows.sum(1), 1, atol=1e-4)


def test_the_int8_export_stays_near_the_float_weights(tmp_path: Path, data: Path) -> None:
    run(tmp_path / "run", data, 1500)
    export.main(
        [
            str(tmp_path / "run" / "average.pt"),
            str(tmp_path / "model"),
            "--vocabulary",
            str(data.parent / "vocab.txt"),
            "--exits",
            "1,2",
        ]
    )
    tagger = Tagger(tmp_path / "model")
    weights = torch.load(tmp_path / "run" / "average.pt", weights_only=True)
    whole = WordPiece.load(data.parent / "vocab.txt")
    model = train.Tagger(len(whole.ids), (1, 2, 3))
    model.load_state_dict(weights)
    encoding = tagger.pieces.encode("Anna Weber lives in Lyon.")
    (window,) = cut("Anna Weber lives in Lyon.", encoding)
    got = tagger.tag(encoding, window, WHOLE)
    ids = torch.tensor([[whole.opening, *whole.encode("Anna Weber lives in Lyon.").ids, whole.closing]])
    shapes = torch.tensor([[0, *encoding.shapes, 0]])
    with torch.no_grad():
        expected = model.eval()(ids, shapes, torch.ones_like(ids))[-1].softmax(-1)[0, 1:-1].numpy()
    assert np.abs(got - expected[encoding.first[:-1]]).max() < 0.1


def test_a_run_that_stopped_goes_on_as_if_it_had_not(tmp_path: Path, data: Path) -> None:
    whole = run(tmp_path / "whole", data, 2000)
    run(tmp_path / "parts", data, 2000, "--minutes", "0")
    resumed = run(tmp_path / "parts", data, 2000, "--resume")
    assert whole.keys() == resumed.keys()
    assert all(np.allclose(whole[name], resumed[name], atol=1e-5) for name in whole)


def test_an_early_output_learns_from_the_last_one_and_not_the_other_way_round() -> None:
    torch.manual_seed(3)
    targets = torch.randint(0, len(TAGS), (2, 5))
    targets[0, 0] = IGNORED
    early, last = (torch.randn(2, 5, len(TAGS), requires_grad=True) for _ in range(2))

    alone, whole = train.losses_of([early, last], targets, early=0.5, teach=1.0)
    whole.backward()
    taught, own = early.grad.clone(), last.grad.clone()
    last.grad = None
    alone_again, _ = train.losses_of([early.detach(), last], targets, early=0.0, teach=1.0)
    alone_again.backward()

    assert torch.equal(own, last.grad), "the student's loss must not move its teacher"
    assert torch.equal(taught[0, 0], torch.zeros(len(TAGS))), "what isn't judged teaches nothing"
    assert whole.item() > alone.item()
    alone, whole = train.losses_of([last.detach(), last.detach()], targets, early=0.5, teach=1.0)
    assert abs(whole.item() - alone.item()) < 1e-6, "a student that agrees has nothing to learn"
