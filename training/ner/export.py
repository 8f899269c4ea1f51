"""Write the trained tagger as three int8 ONNX files: `python -m training.ner.export average.pt OUT --exits 2,3`.

`lower.onnx` holds the embeddings, the layers up to the first exit and its output; `middle.onnx` those up to the second and
`upper.onnx` the others, with an output each. The graph is written node by node (no tracing, no optimiser pass), so it is the
same for every version of PyTorch: weights int8 per column, symmetric, in 7 bits (`reduce_range`: the 8-bit dot product of
CPUs without VNNI saturates), embeddings int8 per row, activations quantised as they come, LayerNorm, softmax and the output
in float.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from dlp.detect.ner.tags import TAGS

HEADS, LAYERS, WIDTH = 12, 6, 384
MICROSOFT = "com.microsoft"
Floats = npt.NDArray[np.float32]
EXITS = (2, 3)
"""Layers in front of the outputs of the lower and the middle file."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--vocabulary", type=Path, required=True)
    parser.add_argument(
        "--exits", type=exits, default=EXITS, metavar="N,N",
        help="layers up to the end of lower.onnx and of middle.onnx, both trained exits (default: 2,3)",
    )  # fmt: skip
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FILE:SHARE",
        help="average in other weights; the first keep what is left",
    )
    options = parser.parse_args(arguments)
    import torch

    others = [(Path(path), float(share)) for path, _, share in (each.rpartition(":") for each in options.also)]
    weights: dict[str, Floats] = {}
    for path, share in [(options.weights, 1.0 - sum(share for _, share in others)), *others]:
        for name, value in torch.load(path, map_location="cpu", weights_only=True).items():
            weights[name] = weights.get(name, np.float32(0)) + np.float32(share) * value.float().numpy()
    options.out.mkdir(parents=True, exist_ok=True)
    vocabulary, kept = prune(options.vocabulary.read_text(encoding="utf-8").splitlines())
    weights["words.weight"] = weights["words.weight"][kept]
    (options.out / "vocab.txt").write_text("".join(piece + "\n" for piece in vocabulary), encoding="utf-8")
    first, second = options.exits
    onnx.save(lower(weights, first), options.out / "lower.onnx")
    onnx.save(higher(weights, first, second), options.out / "middle.onnx")
    onnx.save(higher(weights, second, LAYERS), options.out / "upper.onnx")
    files = ("lower.onnx", "middle.onnx", "upper.onnx", "vocab.txt")
    sums = {name: hashlib.sha256((options.out / name).read_bytes()).hexdigest() for name in files}
    (options.out / "model.json").write_text(
        json.dumps({"tags": TAGS, "exits": options.exits, "sha256": sums}, indent=1) + "\n"
    )
    for name in files:
        print(name, (options.out / name).stat().st_size, sums[name])
    return 0


def exits(value: str) -> tuple[int, int]:
    """`"2,3"` as numbers of layers: ascending, and layers left for each file."""
    first, _, second = value.partition(",")
    if not 0 < int(first) < int(second) < LAYERS:
        raise ValueError(value)
    return int(first), int(second)


def prune(vocabulary: Sequence[str]) -> tuple[list[str], list[int]]:
    """The vocabulary without the pieces that no text can produce, and the rows that stay: results don't change."""
    special = {"[UNK]", "[CLS]", "[SEP]"}
    kept = [
        number for number, piece in enumerate(vocabulary)
        if piece in special or not (piece.startswith("[") and piece.endswith("]") and len(piece) > 2)
    ]  # fmt: skip
    return [vocabulary[number] for number in kept], kept


def lower(weights: Mapping[str, Floats], depth: int) -> onnx.ModelProto:
    """Inputs `ids`, `shapes` (int32, length n); outputs `hidden` (1 x n x width) and `tags` (n x tags, probabilities)."""
    graph = _Graph(weights)
    words = graph.embedding("words.weight", "ids")
    shapes = graph.embedding("shapes.weight", "shapes")
    length = graph.node("Shape", ["ids"])
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    number = graph.node("Squeeze", [length])
    places = graph.embedding("places.weight", graph.node("Range", [zero, number, one]))
    total = graph.node("Add", [graph.node("Add", [words, shapes]), places])
    flat = graph.norm(total, "norm")
    hidden = graph.node("Unsqueeze", [flat, graph.constant(np.array([0], np.int64))])
    for layer in range(depth):
        hidden = graph.layer(hidden, layer)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["n"]) for name in ("ids", "shapes")]
    return graph.finish(hidden, depth, inputs, with_hidden=True)


def higher(weights: Mapping[str, Floats], start: int, depth: int) -> onnx.ModelProto:
    """Input `before`, the `hidden` of the file below; outputs as `lower`, but of the last layer `tags` alone."""
    graph = _Graph(weights)
    hidden = "before"
    for layer in range(start, depth):
        hidden = graph.layer(hidden, layer)
    inputs = [helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, "n", WIDTH])]
    return graph.finish(hidden, depth, inputs, with_hidden=depth < LAYERS)


class _Graph:
    """Nodes and weights of one graph; names count up."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights, self.nodes, self.initializers = weights, list[onnx.NodeProto](), list[onnx.TensorProto]()

    def node(self, kind: str, inputs: Sequence[str], outputs: int = 1, domain: str = "", **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        names = [f"{name}_{n}" if n else name for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return name

    def constant(self, value: npt.NDArray[np.generic] | np.generic) -> str:
        name = f"w{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def embedding(self, name: str, index: str) -> str:
        """Rows of an int8 table; each row has its own scale."""
        table = self.weights[name]
        scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-8) / 127
        rows = self.node("Gather", [self.constant(np.round(table / scale).astype(np.int8)), index])
        scales = self.node("Gather", [self.constant(scale.astype(np.float32)), index])
        return self.node("Mul", [self.node("Cast", [rows], to=TensorProto.FLOAT), scales])

    def norm(self, value: str, name: str) -> str:
        scale, bias = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", [value, scale, bias], epsilon=1e-12, axis=-1)

    def quantised(self, name: str) -> tuple[str, str, str]:
        """A weight matrix for `x @ W`: int8 values, a scale and a zero point per column."""
        matrix = self.weights[name + ".weight"].T
        scale = np.maximum(np.abs(matrix).max(0), 1e-8) / 63
        values = np.clip(np.round(matrix / scale), -63, 63).astype(np.int8)
        zero = np.zeros(scale.shape, np.int8)
        return self.constant(values), self.constant(scale.astype(np.float32)), self.constant(zero)

    def dense(self, value: str, name: str) -> str:
        """`value @ W`, without the bias, which the node after it adds."""
        values, scale, zero = self.quantised(name)
        return self.node("DynamicQuantizeMatMul", [value, values, scale, zero], domain=MICROSOFT)

    def layer(self, hidden: str, number: int) -> str:
        at = f"layers.{number}."
        quantised = self.node("DynamicQuantizeLinear", [hidden], outputs=3)
        values, scale, zero = self.quantised(at + "qkv")
        bias = self.constant(self.weights[at + "qkv.bias"])
        inputs = [quantised, values, bias, quantised + "_1", scale, "", quantised + "_2", zero]
        mixed = self.node("QAttention", inputs, domain=MICROSOFT, num_heads=HEADS)
        attended = self.skip(self.dense(mixed, at + "attended"), hidden, at + "norm_attended", at + "attended")
        wide = self.dense(attended, at + "widen")
        wide = self.node("BiasGelu", [wide, self.constant(self.weights[at + "widen.bias"])], domain=MICROSOFT)
        return self.skip(self.dense(wide, at + "narrow"), attended, at + "norm", at + "narrow")

    def skip(self, value: str, residual: str, norm: str, dense: str) -> str:
        # Not `SkipLayerNormalization`: its CPU kernel takes five times as long as these three nodes (onnxruntime 1.31).
        biased = self.node("Add", [value, self.constant(self.weights[dense + ".bias"])])
        return self.norm(self.node("Add", [biased, residual]), norm)

    def finish(
        self, hidden: str, depth: int, inputs: Sequence[onnx.ValueInfoProto], *, with_hidden: bool
    ) -> onnx.ModelProto:
        matrix = self.constant(np.ascontiguousarray(self.weights[f"outputs.{depth}.weight"].T))
        logits = self.node(
            "Add", [self.node("MatMul", [hidden, matrix]), self.constant(self.weights[f"outputs.{depth}.bias"])]
        )
        flat = self.node("Squeeze", [logits, self.constant(np.array([0], np.int64))])
        self.nodes.append(helper.make_node("Softmax", [flat], ["tags"], axis=-1))
        outputs = [helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["n", len(TAGS)])]
        if with_hidden:
            self.nodes.append(helper.make_node("Identity", [hidden], ["hidden"]))
            outputs.append(helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "n", WIDTH]))
        graph = helper.make_graph(self.nodes, "ner", list(inputs), outputs, self.initializers)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="training.ner.export")


if __name__ == "__main__":
    raise SystemExit(main())
