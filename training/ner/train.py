"""Train the tagger: `python -m training.ner.train --help`.

One thread of one core trains about 800 pieces a second, a GPU some hundred thousand; the budget is counted in pieces so
that both give the same model up to rounding. Every choice that chance makes comes from `--seed`. The weights that are
kept are a running average (decay per step), which makes any moment a good moment to stop; `--resume` goes on from the
last checkpoint with the same order of batches.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dlp.detect.ner.tags import TAGS
from dlp.detect.ner.wordpiece import WordPiece
from training.ner.examples import IGNORED, Record, Window, batches, pad, windows_of
from training.ner.mix import epoch
from training.ner.network import LAYERS, Tagger, from_encoder

WARM_UP = 100
"""Steps over which the learning rate rises from nothing."""
COOL_DOWN = 0.3
"""Last part of the budget over which it falls to nothing."""
SOFTNESS = 2.0
"""Temperature of the distributions in which an early output follows the last one."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for checkpoints; `average.pt` in it is the result")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of corpora as `training.ner.corpora` leaves it"
    )
    parser.add_argument("--vocabulary", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, help="`model.safetensors` of all-MiniLM-L6-v2 to start from")
    parser.add_argument("--start", type=Path, help="weights of an earlier run to start from instead")
    parser.add_argument("--pieces", type=float, default=30e6, help="budget, in word pieces")
    parser.add_argument("--batch", type=int, default=3072, help="pieces in a batch, padding included")
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--decay", type=float, default=0.995, help="of the running average, per step")
    parser.add_argument("--exits", type=lambda s: tuple(int(x) for x in s.split(",")), default=(2, 3, LAYERS))
    parser.add_argument("--early", type=float, default=0.25, help="weight of each early exit's loss")
    parser.add_argument("--teach", type=float, default=0.5, help="part of it that follows the last output, not labels")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--minutes", type=float, default=1e9, help="end after this time if the pieces last longer")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    run = Run(options)
    run.train()
    return 0


def losses_of(exits: list[Tensor], targets: Tensor, early: float, teach: float) -> tuple[Tensor, Tensor]:
    """The last output's loss, and the whole one. `exits` are `batch x length x tags`, `targets` is `batch x length`.

    The last output learns from labels alone. An early one is its student: `1 - teach` of its loss comes from labels, `teach`
    from the last output's softened distribution (Hinton et al. 2015), which tells which mistakes are near ones. Nothing
    flows back into the teacher.
    """
    flat = targets.view(-1)
    logits = [y.view(-1, len(TAGS)) for y in exits]
    last = nn.functional.cross_entropy(logits[-1], flat, ignore_index=IGNORED)
    judged = flat != IGNORED
    soft = (logits[-1].detach()[judged] / SOFTNESS).softmax(-1)
    whole = last
    for y in logits[:-1]:
        labelled = nn.functional.cross_entropy(y, flat, ignore_index=IGNORED)
        said = (y[judged] / SOFTNESS).log_softmax(-1)
        followed = nn.functional.kl_div(said, soft, reduction="batchmean") * SOFTNESS**2
        whole = whole + early * ((1 - teach) * labelled + teach * followed)
    return last, whole


class Run:
    """One training: the model, its average, the optimiser and how far it has come."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device(options.device)
        self.pieces = WordPiece.load(options.vocabulary)
        if options.encoder:
            self.model = from_encoder(options.encoder, options.exits)
        else:
            self.model = Tagger(len(self.pieces.ids), options.exits)
        if options.start:
            self.model.load_state_dict(torch.load(options.start, map_location="cpu", weights_only=True))
        self.model.to(self.device)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(_groups(self.model, options.rate), betas=(0.9, 0.99), fused=True)
        self.seen = self.step = self.epoch = self.batch = 0
        options.out.mkdir(parents=True, exist_ok=True)
        if options.resume and (options.out / "last.pt").exists():
            self._load()

    def train(self) -> None:
        """Until the budget or the time is spent; prints a line every 50 steps, saves every 200."""
        options, started, loss_mean = self.options, time.monotonic(), 0.0
        seen_before = self.seen
        finished = self.seen >= options.pieces
        while not finished:
            windows = self._windows()
            order = np.random.default_rng([options.seed, self.epoch])
            for number, batch in enumerate(batches(windows, options.batch, order)):
                if number < self.batch:
                    continue
                spent = time.monotonic() - started
                done = max(self.seen / options.pieces, min(1.0, spent / max(options.minutes * 60, 1e-9)))
                loss = self._learn(batch, done)
                loss_mean = loss if self.step == 1 else 0.98 * loss_mean + 0.02 * loss
                self.batch = number + 1
                if self.step % 50 == 0:
                    speed = (self.seen - seen_before) / spent
                    print(
                        f"epoch {self.epoch} step {self.step} pieces {self.seen} loss {loss_mean:.4f} {speed:.0f}/s",
                        flush=True,
                    )
                finished = self.seen >= options.pieces or spent > options.minutes * 60
                if self.step % 200 == 0 or finished:
                    self._save()
                if finished:
                    break
            else:
                self.epoch, self.batch = self.epoch + 1, 0

    def _windows(self) -> list[Window]:
        records: list[Record] = epoch(self.options.data, self.options.seed, self.epoch)
        windows = [window for record in records for window in windows_of(record, self.pieces)]
        total = sum(map(len, windows))
        print(f"epoch {self.epoch}: {len(records)} texts, {len(windows)} windows, {total} pieces", flush=True)
        return windows

    def _learn(self, batch: list[Window], done: float) -> float:
        """One step; `done` is the part of the budget that is spent, 0 to 1. Returns the loss of the last output."""
        options = self.options
        rate = options.rate * min(1.0, (self.step + 1) / WARM_UP)
        rate *= min(1.0, max(0.0, (1 - done) / COOL_DOWN) + 0.01)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["times"]
        ids, shapes, mask, targets = (torch.from_numpy(array).to(self.device) for array in pad(batch))
        self.model.train()
        exits: list[Tensor] = self.model(ids, shapes, mask, dropout=0.1)
        last, loss = losses_of(exits, targets, options.early, options.teach)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.seen += int(mask.sum())
        keep = min(options.decay, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return float(last.detach())

    def _save(self) -> None:
        out: Path = self.options.out
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "average": self.average,
            "at": (self.seen, self.step, self.epoch, self.batch), "chance": torch.get_rng_state(),
        }  # fmt: skip
        torch.save(state, out / "last.tmp")
        (out / "last.tmp").replace(out / "last.pt")
        torch.save(self.average, out / "average.tmp")
        (out / "average.tmp").replace(out / "average.pt")
        settings = {name: str(value) for name, value in vars(self.options).items()}
        (out / "run.json").write_text(
            json.dumps({"settings": settings, "pieces": self.seen, "steps": self.step}, indent=1)
        )

    def _load(self) -> None:
        state = torch.load(self.options.out / "last.pt", map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average = state["average"]
        self.seen, self.step, self.epoch, self.batch = state["at"]
        torch.set_rng_state(state["chance"].cpu())


def _groups(model: Tagger, rate: float) -> list[dict[str, object]]:
    """Weight decay on matrices only; what is new (shapes, outputs) learns three times as fast as what is pretrained."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        new = name.startswith(("shapes.", "outputs."))
        key = (0.0 if new or parameter.ndim == 1 else 0.01, 3.0 if new else 1.0)
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": group, "weight_decay": decay, "times": times, "lr": rate} for (decay, times), group in groups.items()
    ]


if __name__ == "__main__":
    raise SystemExit(main())
