"""Build the word list that ships beside the model: `python -m training.ner.gazetteer --data DATA --out names.marisa`.

For each word: can it be a given name, a surname, a place, and is it an ordinary word? Names come from Faker's person
providers (MIT), from the pools of the data folder (CC0, MIT, BSD-3: see its NOTICE) and a list of our own, places from world-cities (CC BY),
ordinary words from what the corpora and the Python standard library's documentation write in lower case outside names.
The recognizer uses the list as evidence beside the model's, never as a verdict.

The file is what `Lexicon.save` writes, of words folded as the tokenizer folds them; equal inputs give equal bytes.
"""

from __future__ import annotations

import argparse
import ast
import collections
import gzip
import importlib
import json
import pkgutil
import re
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dlp.detect.ner.lexicon import Kind, Lexicon
from dlp.detect.ner.wordpiece import fold
from training.ner.synth import TEMPLATES

ORDINARY = Path(__file__).with_name("ordinary.txt")
"""Words that no corpus here writes often enough (of Hindi, and of what offices, courts and wards write); lines of words, `#` begins a comment."""
PEOPLE = Path(__file__).with_name("people.txt")
"""Names of regions that the lists of popular names hardly cover; lines of `G` (given) or `S` (surname) and words, `#` begins a comment."""
_LETTERS = re.compile(r"[^\W\d_]+")
_KINDS = {"G": Kind.GIVEN, "S": Kind.SURNAME, "P": Kind.PLACE, "W": Kind.ORDINARY}
_LOWERED = frozenset({"multiconer2_en_train", "massive_de_train"})
"""Corpora published in lower case: there a lower-case word says less, so it must be seen more often."""
_NOUNS_CAPITALISED = frozenset({"germeval14_test", "ler_de_dev"})
"""German corpora: every noun has a capital there, so a capital outside names makes an ordinary word as well."""
_OTHER_SCRIPTS = frozenset({"multiconer2_hi_train"})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/*.jsonl.gz and lists/pools.json.gz")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    kinds: dict[str, set[str]] = collections.defaultdict(set)
    pools = json.loads(gzip.decompress((options.data / "lists" / "pools.json.gz").read_bytes()))
    for given, family in pools["train"].values():
        _add(kinds, "G", given)
        _add(kinds, "S", family)
    for kind, names in _faker_names():
        _add(kinds, kind, names)
    for line in PEOPLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            _add(kinds, line[0], line[2:].split())
    for places in pools["cities"]["train"].values():
        _add(kinds, "P", (place for place in places if " " not in place))
    _add(kinds, "P", (country for country in pools["countries"] if " " not in country))
    _add(kinds, "W", _ordinary_words(options.data / "train"))
    Lexicon({word: sum(_KINDS[kind] for kind in found) for word, found in sorted(kinds.items())}).save(options.out)
    counts = collections.Counter("".join(sorted(found)) for found in kinds.values())
    print(dict(counts), options.out.stat().st_size, "bytes")
    return 0


def _add(kinds: dict[str, set[str]], kind: str, names: Iterable[str]) -> None:
    for name in names:
        for part in re.split(r"[\s\-'\u2019./()]+", name):
            word = fold(part)
            if _LETTERS.fullmatch(word) and (len(word) > 2 or (len(word) == 2 and not word.isascii())):
                kinds[word].add(kind)


def _faker_names() -> Iterator[tuple[str, list[str]]]:
    """`("G" or "S", names)` from every locale of Faker's person provider."""
    package = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            kind = "G" if attribute.startswith("first_name") else "S" if attribute.startswith("last_name") else ""
            value = getattr(provider, attribute) if kind else None
            if isinstance(value, dict | list | tuple):
                yield kind, [name for name in value if isinstance(name, str)]


def _ordinary_words(folder: Path) -> list[str]:
    """Words that the corpora write in lower case outside every name, and those of the standard library's docstrings."""
    outside: collections.Counter[str] = collections.Counter()
    inside: collections.Counter[str] = collections.Counter()
    for path in sorted(folder.glob("*.jsonl.gz")):
        source = path.name.removesuffix(".jsonl.gz")
        if source in _OTHER_SCRIPTS:
            continue
        weight = 1 if source in _LOWERED else 2
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                covered = [False] * (len(record["text"]) + 1)
                for start, end, _ in record["ents"]:
                    covered[start:end] = [True] * (end - start)
                for match in _LETTERS.finditer(record["text"]):
                    noun = source in _NOUNS_CAPITALISED and match.group().istitle() and not covered[match.start()]
                    if match.group().islower() or noun:
                        (inside if covered[match.start()] else outside)[fold(match.group())] += weight
    for path in sorted(TEMPLATES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "{" not in line and not line.startswith("# "):
                outside.update({fold(word): 4 for word in _LETTERS.findall(line) if word.islower()})
    for line in ORDINARY.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            words = [fold(word) for word in line.split()]
            outside.update(dict.fromkeys(words, 4))
            for word in words:
                inside.pop(word, None)
    for word, count in _documentation_words().items():
        if count >= 5:
            outside[word] += 2
    return [word for word, count in outside.items() if count >= 4 and count > 2 * inside[word]]


def _documentation_words() -> collections.Counter[str]:
    """In how many docstrings of the standard library each word stands in lower case."""
    words: collections.Counter[str] = collections.Counter()
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        if {"site-packages", "test", "tests"} & set(path.parts):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                words.update({fold(word) for word in _LETTERS.findall(text) if word.islower() and word.isascii()})
    return words


if __name__ == "__main__":
    raise SystemExit(main())
