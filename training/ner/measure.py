"""Figures of the shipped recognizer on labelled files: `python -m training.ner.measure FILE... [--level fast]`.

A file holds one JSON record a line: `text`, and `ents` as `[start, end, label]` or `entities` as objects with `type`, `start`,
`end`; gzip by its name. Printed per label: recall and precision by overlap (same label), recall whatever the label, exact
recall; then findings that touch no entity per 1000 words, and milliseconds of processor time per 1000 characters.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlp.detect.ner import NerRecognizer
from dlp.detect.ner.builtin import Builtin
from dlp.detect.ner.lexicon import Lexicon
from dlp.detect.ner.model import FOLDER, Tagger
from dlp.detect.ner.tags import LABELS
from dlp.evaluation.sentences import KINDS
from dlp.policy.model import NerLevel

Entity = tuple[int, int, str]
SAME = {"GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "PER": "PERSON", "ORG": "ORGANIZATION"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--level", type=NerLevel, default=NerLevel.BALANCED, choices=list(NerLevel))
    parser.add_argument("--model", type=Path, default=FOLDER, help="folder of the model (default: the one that ships)")
    parser.add_argument("--most", type=int, default=0, help="records per file, evenly spread; 0 takes all")
    options = parser.parse_args(arguments)
    for line in table(options.files, folder=options.model, level=options.level, most=options.most):
        print(line, flush=True)
    return 0


def table(
    files: Sequence[Path], *, folder: Path = FOLDER, level: NerLevel = NerLevel.BALANCED, most: int = 0
) -> list[str]:
    """A heading and a line per file, for the model in `folder`."""
    recognizer = Builtin(level, Tagger(folder), Lexicon.load(folder / "names.marisa"))
    heading = f"{'set':32} {'records':>7} | " + " | ".join(f"{label[:6]:6} R  any    P   ex" for label in LABELS)
    return [
        f"{heading} | FP/1k words  ms/1k chars",
        *(
            row(path.name.removesuffix(".gz").removesuffix(".jsonl"), list(records(path, most)), recognizer)
            for path in files
        ),
    ]


def made_up(path: Path, count: int, *, seed: int) -> Path:
    """Write sentences with one name each (no template of the training among them) as a labelled file."""
    sets = [kind for kind in KINDS if kind.entity_type == "PERSON"]
    rows = [
        kind.record(random.Random(f"{seed}:{kind.name}:{number}"), number) for kind in sets for number in range(count)
    ]
    path.write_text(
        "".join(
            json.dumps(
                {"text": row.text, "ents": [[label.start, label.end, label.entity_type] for label in row.labels]}
            )
            + "\n"
            for row in rows
        ),
        encoding="utf-8",
    )
    return path


def records(path: Path, most: int) -> Iterator[tuple[str, list[Entity]]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    for line in rows[:: max(1, len(rows) // most)][:most] if most else rows:
        given = line["ents"] if "ents" in line else [(e["start"], e["end"], e["type"]) for e in line["entities"]]
        yield line["text"], [(start, end, SAME.get(label, label)) for start, end, label in given]


def row(name: str, texts: Sequence[tuple[str, list[Entity]]], recognizer: NerRecognizer) -> str:
    """One line of the table."""
    count: Counter[tuple[str, str]] = Counter()
    false = words = characters = 0
    spent = 0.0
    for text, entities in texts:
        began = time.process_time()
        found = [(f.start, f.end, f.entity_type) for f in recognizer.find(text)]
        spent += time.process_time() - began
        words, characters = words + len(text.split()), characters + len(text)
        false += sum(not _touched(finding, entities) for finding in found)
        for entity in entities:
            label = entity[2]
            same = [finding for finding in found if finding[2] == label]
            count.update(
                {
                    (label, "gold"): 1,
                    (label, "found"): _touched(entity, same),
                    (label, "any"): _touched(entity, found),
                    (label, "exact"): entity in same,
                }
            )
        for finding in found:
            count.update(
                {
                    (finding[2], "given"): 1,
                    (finding[2], "right"): _touched(finding, [e for e in entities if e[2] == finding[2]]),
                }
            )
    cells = []
    for label in LABELS:
        recall, either, exact = (_percent(count[label, key], count[label, "gold"]) for key in ("found", "any", "exact"))
        cells.append(f"{recall:>8} {either:>4} {_percent(count[label, 'right'], count[label, 'given']):>4} {exact:>4}")
    return (
        f"{name:32} {len(texts):7} | "
        + " | ".join(cells)
        + f" | {1000 * false / max(1, words):11.2f} {1e6 * spent / max(1, characters):12.1f}"
    )


def _touched(span: Entity, others: Sequence[Entity]) -> bool:
    return any(span[0] < end and start < span[1] for start, end, _ in others)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "-"


if __name__ == "__main__":
    raise SystemExit(main())
