"""The tagger that ships in `model/`: three int8 ONNX graphs that read one after the other, one window at a time.

`lower.onnx` (embeddings, two layers), `middle.onnx` (one) and `upper.onnx` (three) have an output each. The lower one reads
all that it is given; the middle one the neighbourhood of what the lower one doesn't rule out to be a name; the upper one the
neighbourhood of what the middle one is in two minds about: far words have already been mixed into the near ones.

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
"""Pieces on each side of a doubtful one that the next graph reads along with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much of the text and of the model a level uses."""

    gate: bool = True
    """Whether sentences without a candidate are left out (`Gate.readable`)."""
    possible: float = 0.1
    """The middle graph reads around pieces whose probability of being part of a name is at least this by the lower one."""
    certain: float = 0.95
    """The upper graph reads around pieces of which the middle one gives no kind (none, a person, a place, an organisation) this
    probability; 0 leaves it out."""


class Tagger:
    """Texts to tag probabilities. Loads in well under a second; safe from several threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Load the model in `folder`.

        Raises:
            ConfigurationError: a file is missing or is not the one that `model.json` lists.
        """
        manifest = _verified(folder)
        self.pieces = WordPiece.load(folder / "vocab.txt")
        self._lower, self._middle, self._upper = (
            _session(folder / name) for name in ("lower.onnx", "middle.onnx", "upper.onnx")
        )
        if tuple(manifest["tags"]) != TAGS:
            raise ConfigurationError(f"the model in {folder} has other tags than this version of the package knows")

    def tag(self, encoding: Encoding, window: Window, effort: Effort) -> Probabilities:
        """The probabilities of the words `window.low` to `window.high`, each read off its first piece."""
        first, low, high = encoding.first, window.low, window.high
        begin, end = first[low], min(first[high], first[low] + WINDOW)
        ids = np.array([self.pieces.opening, *encoding.ids[begin:end], self.pieces.closing], np.int32)
        shapes = np.array([0, *encoding.shapes[begin:end], 0], np.int32)
        tags, hidden = self._lower.run(["tags", "hidden"], {"ids": ids, "shapes": shapes})
        possible = _neighbourhoods(1 - tags[:, 0] >= effort.possible)
        if possible.size:
            middle, hidden = self._middle.run(["tags", "hidden"], {"before": hidden[:, possible]})
            unsure = _neighbourhoods(_certainty(middle) < effort.certain) if effort.certain else _NOWHERE
            if unsure.size:
                middle[unsure] = self._upper.run(["tags"], {"before": hidden[:, unsure]})[0]
            tags[possible] = middle
        rows = np.array(first[low:high]) - (begin - 1)
        probabilities: Probabilities = tags[np.minimum(rows, len(ids) - 1)]
        return probabilities


def _certainty(tags: Probabilities) -> npt.NDArray[np.float32]:
    """The probability of each piece's likeliest kind, beginnings and insides of names taken together."""
    kinds = np.concatenate([tags[:, :1], tags[:, 1::2] + tags[:, 2::2]], axis=1)
    likeliest: npt.NDArray[np.float32] = kinds.max(1)
    return likeliest


_NOWHERE: npt.NDArray[np.intp] = np.empty(0, np.intp)


def _neighbourhoods(doubtful: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """The positions within reach of a doubtful one; the first and the last, which are marks, are among them if there are any."""
    doubtful[0] = doubtful[-1] = False
    if not doubtful.any():
        return _NOWHERE
    count = np.concatenate([[0], np.cumsum(doubtful)])
    position = np.arange(len(doubtful))
    after = count[np.minimum(position + NEIGHBOURHOOD + 1, len(doubtful))]
    before = count[np.maximum(position - NEIGHBOURHOOD, 0)]
    reach = after > before
    reach[0] = reach[-1] = True
    return np.flatnonzero(reach)


def _session(path: Path) -> Any:
    # Imported here: it costs 70 ms, and a policy without names must not pay for it.
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = (
        False  # each graph would keep a heap of its own, grown by doubling; without, a call takes as long
    )
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
