"""The tagger as a PyTorch module: a BERT encoder with a shape embedding and an output after more than one layer.

The encoder is `all-MiniLM-L6-v2` (six layers of 384, twelve heads). Two changes: the shape class of each word is embedded
and added to its pieces (the vocabulary is lower-cased), and every *exit* layer has its own seven-way output, trained
together with the last one. An early exit is the cheap tagger inside the full one: it decides which windows are worth the
remaining layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlp.detect.ner.tags import TAGS
from dlp.detect.ner.wordpiece import SHAPES

WIDTH, HEADS, LAYERS = 384, 12, 6
POSITIONS = 512


class Layer(nn.Module):
    """One encoder layer (post-norm, as BERT has it)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.norm_attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.widen = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weights = (torch.matmul(q, k.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5 + bias).softmax(-1)
        mixed = torch.matmul(weights, v).transpose(1, 2).reshape(batch, length, WIDTH)
        x = self.norm_attended(x + self.attended(mixed))
        return self.norm(x + self.narrow(functional.gelu(self.widen(x))))


class Tagger(nn.Module):
    """Piece numbers, shapes and a mask (all `batch x length`) to logits, one `batch x length x tags` per exit."""

    def __init__(self, pieces: int, exits: tuple[int, ...] = (2, 3, LAYERS)) -> None:
        """`exits` are layer counts, ascending, the last being the full depth."""
        super().__init__()
        self.exits = exits
        self.words = nn.Embedding(pieces, WIDTH)
        self.shapes = nn.Embedding(SHAPES, WIDTH)
        self.places = nn.Embedding(POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.outputs = nn.ModuleDict({str(depth): nn.Linear(WIDTH, len(TAGS)) for depth in exits})

    def embed(self, ids: Tensor, shapes: Tensor) -> Tensor:
        places = self.places(torch.arange(ids.shape[1], device=ids.device)).unsqueeze(0)
        normed: Tensor = self.norm(self.words(ids) + self.shapes(shapes) + places)
        return normed

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor, dropout: float = 0.0) -> list[Tensor]:
        x = self.embed(ids, shapes)
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -10_000.0
        logits = []
        for depth, layer in enumerate(self.layers, 1):
            x = layer(x, bias)
            if depth in self.exits:
                logits.append(self.outputs[str(depth)](functional.dropout(x, dropout, self.training)))
        return logits


def from_encoder(path: Path, exits: tuple[int, ...]) -> Tagger:
    """A fresh tagger on the pretrained encoder's weights (`model.safetensors` of a Hugging Face BERT)."""
    from safetensors.torch import load_file

    weights: Mapping[str, Tensor] = load_file(path)
    prefix = "bert." if any(name.startswith("bert.") for name in weights) else ""
    get = lambda name: weights[prefix + name]  # noqa: E731 - a local abbreviation
    tagger = Tagger(get("embeddings.word_embeddings.weight").shape[0], exits)
    with torch.no_grad():
        tagger.words.weight.copy_(get("embeddings.word_embeddings.weight"))
        places = get("embeddings.position_embeddings.weight") + get("embeddings.token_type_embeddings.weight")[0]
        tagger.places.weight.copy_(places)
        nn.init.normal_(tagger.shapes.weight, std=0.02)
        _copy(tagger.norm, get, "embeddings.LayerNorm")
        for number, module in enumerate(tagger.layers):
            at = f"encoder.layer.{number}."
            parts = [get(f"{at}attention.self.{name}.weight") for name in ("query", "key", "value")]
            module.qkv.weight.copy_(torch.cat(parts))
            module.qkv.bias.copy_(torch.cat([get(f"{at}attention.self.{n}.bias") for n in ("query", "key", "value")]))
            _copy(module.attended, get, at + "attention.output.dense")
            _copy(module.norm_attended, get, at + "attention.output.LayerNorm")
            _copy(module.widen, get, at + "intermediate.dense")
            _copy(module.narrow, get, at + "output.dense")
            _copy(module.norm, get, at + "output.LayerNorm")
    return tagger


def _copy(module: nn.Linear | nn.LayerNorm, get: Callable[[str], Tensor], name: str) -> None:
    module.weight.copy_(get(name + ".weight"))
    module.bias.copy_(get(name + ".bias"))
