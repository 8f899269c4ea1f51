"""The tagger that ships in `model/`: two int8 ONNX graphs, run one window at a time.

`lower.onnx` is the cheap half (embeddings, the first layers, an output of its own), `upper.onnx` the rest. The upper half
reads only the neighbourhood of words that the lower half doubts: far words have already been mixed into the near ones.

One window per call, batch of one: activations are quantised by their range within a call, so a batch mate would change
the answer; so would a different cut. Equal text therefore gives equal tags, on one thread and on many. One session
serves all threads (`Run` of onnxruntime is thread-safe) and uses one core per call.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dlp.detect.ner.tags import TAGS
from dlp.detect.ner.windows import WINDOW, Window
from dlp.detect.ner.wordpiece import Encoding, WordPiece
from dlp.errors import ConfigurationError

FOLDER = Path(__file__).with_name("model")

Probabilities = npt.NDArray[np.float32]
"""`words x tags`; every row sums to one."""

NEIGHBOURHOOD = 12
"""Pieces on each side of a doubtful one that the upper half reads along with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much of the text and of the model a level uses."""

    deep: bool
    """Whether the upper half is used at all."""
    doubt: float = 0.0
    """The upper half reads around pieces whose probability of being part of a name is at least this; 0 reads all."""
    gate: bool = True
    """Whether sentences without a candidate are left out (`Gate.readable`)."""
    strict: bool = False
    """Whether only likely names are candidates: see `Gate.readable`."""
    near: int | None = None
    """How many words around a candidate are read; None: its whole sentence."""


class Tagger:
    """Texts to tag probabilities. Loads in well under a second; safe from several threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Load the model in `folder`.

        Raises:
            ConfigurationError: a file is missing or is not the one that `model.json` lists.
        """
        manifest = _verified(folder)
        self.pieces = WordPiece.load(folder / "vocab.txt")
        self._lower = _session(folder / "lower.onnx")
        self._upper = _session(folder / "upper.onnx")
        if tuple(manifest["tags"]) != TAGS:
            raise ConfigurationError(f"the model in {folder} has other tags than this version of the package knows")

    def tag(self, encoding: Encoding, window: Window, effort: Effort) -> Probabilities:
        """The probabilities of the words `window.low` to `window.high`, each read off its first piece."""
        first, low, high = encoding.first, window.low, window.high
        begin, end = first[low], min(first[high], first[low] + WINDOW)
        ids = np.array([self.pieces.opening, *encoding.ids[begin:end], self.pieces.closing], np.int32)
        shapes = np.array([0, *encoding.shapes[begin:end], 0], np.int32)
        tags, hidden = self._lower.run(["tags", "hidden"], {"ids": ids, "shapes": shapes})
        if effort.deep:
            chosen = _neighbourhoods(tags, effort.doubt)
            if chosen.size:
                deep = self._upper.run(["tags"], {"hidden": np.ascontiguousarray(hidden[:, chosen])})[0]
                tags = tags.copy()
                tags[chosen] = deep
        rows = np.array(first[low:high]) - (begin - 1)
        probabilities: Probabilities = tags[np.minimum(rows, len(ids) - 1)]
        return probabilities


def _neighbourhoods(tags: Probabilities, doubt: float) -> npt.NDArray[np.intp]:
    """The positions within reach of a doubtful one; the two marks are always among them."""
    doubtful = 1 - tags[:, 0] >= doubt
    doubtful[[0, -1]] = False
    if not doubtful.any():
        return np.empty(0, np.intp)
    count = np.concatenate([[0], np.cumsum(doubtful)])
    position = np.arange(len(doubtful))
    after = count[np.minimum(position + NEIGHBOURHOOD + 1, len(doubtful))]
    before = count[np.maximum(position - NEIGHBOURHOOD, 0)]
    reach = after > before
    reach[[0, -1]] = True
    return np.flatnonzero(reach)


def _session(path: Path) -> Any:
    # Imported here: it costs 70 ms, and a policy without names must not pay for it.
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # The exported graph is as it should run; the extended rewrites would put slower fused kernels in.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _verified(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        for name, expected in manifest["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ConfigurationError(
                    f"{folder / name} is not the file that model.json lists; reinstall the package"
                )
    except OSError as problem:
        raise ConfigurationError(
            f"the name model in {folder} is incomplete ({problem.filename}); reinstall the package"
        ) from None
    return manifest
