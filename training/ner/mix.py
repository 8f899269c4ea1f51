"""What one epoch is made of: gold corpora and varied copies of them, text from templates, and text without any name."""

from __future__ import annotations

import ast
import gzip
import json
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from training.ner.examples import Record, Span, record_of
from training.ner.synth import Generator

SHARES = {
    "multiconer2_hi_train": 0.0,      # Devanagari: the encoder's vocabulary drops its vowel signs
    "multiconer2_en_train": 0.3,      # lower-cased throughout
    "massive_de_train": 0.35,         # likewise, and very short
    "ler_de_dev": 0.15,               # court boilerplate that repeats itself
    "meddocan_es_traindev": 0.35,     # long notes of one hospital form
    "synth_templates_60k": 0.15, "btc": 0.7,
    "europeana_fr": 0.35, "europeana_nl": 0.35,  # noisy character recognition of old newspapers
}  # fmt: skip
"""Part of a corpus that an epoch takes; whole where nothing is said."""
SWAPPED = {
    "uner_en_ewt_dev": 1.0, "wikigold": 1.0, "btc": 0.3, "wnut17_traindev": 0.5, "germeval14_test": 0.7,
    "uner_pt_bosque_traindev": 0.6, "uner_da_ddt_traindev": 0.5, "uner_sv_talbanken_traindev": 0.5, "meddocan_es_traindev": 0.15,
}  # fmt: skip
"""Copies, as a part of the corpus, in which people bear other names, so that contexts are learnt rather than names."""
LOWERED = 0.06
TEMPLATE_RECORDS = 14_000
CODE_RECORDS = 900
LANGUAGE_GROUPS = {"en": "en", "de": "de", "pt": "pt", "da": "da", "sv": "sv", "es": "es"}


def epoch(folder: Path, seed: int, number: int) -> list[Record]:
    """The records of epoch `number`, in random order. `folder` holds `train/*.jsonl.gz` and `lists/pools.json.gz`."""
    chance = random.Random(f"{seed}/{number}")
    generator = Generator(folder / "lists" / "pools.json.gz", chance)
    records: list[Record] = []
    for path in sorted((folder / "train").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [(record_of(row), row.get("lang", "en")) for row in map(json.loads, lines)]
        taken = chance.sample(rows, round(len(rows) * SHARES.get(name, 1.0)))
        records += [_lowered(record) if chance.random() < LOWERED else record for record, _ in taken]
        people = [row for row in rows if any(label == "PERSON" for _, _, label in row[0].spans)]
        copies = chance.sample(people, round(len(people) * SWAPPED.get(name, 0.0)))
        records += [_renamed(record, language, generator, chance) for record, language in copies]
    records += generator.records(TEMPLATE_RECORDS)
    records += chance.sample(list(_code()), CODE_RECORDS)
    chance.shuffle(records)
    return records


def _lowered(record: Record) -> Record:
    lowered = record.text.lower()
    return Record(lowered, record.spans, record.source) if len(lowered) == len(record.text) else record


def _renamed(record: Record, language: str, generator: Generator, chance: random.Random) -> Record:
    """The record with other people in it; one word stays one word, more become a full name."""
    group = (
        LANGUAGE_GROUPS.get(language, "en")
        if chance.random() < 0.5
        else chance.choice(("in", "world", "ar", "ng", "pl", "tr"))
    )
    text, spans, at = "", list[Span](), 0
    for start, end, label in sorted(record.spans):
        text += record.text[at:start]
        value = record.text[start:end]
        if label == "PERSON" and value[:1].isupper():
            single = chance.choice((generator.given, generator.family))
            value = generator.name(group) if " " in value else single(group)
        spans.append((len(text), len(text) + len(value), label))
        text += value
        at = end
    return Record(text + record.text[at:], tuple(spans), record.source + "/renamed")


def _code() -> Iterator[Record]:
    """Pieces of the standard library's sources that hold no capitalised prose: nothing in them is a name."""
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if {"site-packages", "test", "tests", "lib2to3", "idlelib"} & set(path.parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
            ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        lines = text.splitlines()
        for first in range(0, len(lines) - 15, 40):
            piece = "\n".join(lines[first : first + 15])
            if not any(word in piece for word in ("uthor", "opyright", "ontributed", "ritten by", "@", " by ", "<")):
                yield Record(piece, (), "standard library")
