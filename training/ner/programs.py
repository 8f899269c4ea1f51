"""Build the list of words that programs are written in: `python -m training.ner.programs --data DATA --code FOLDER ... --out programs.txt`.

The gate asks it about lower-case words that the list of names and ordinary words doesn't know: `isinstance` and `namespace` are no names.
A word is taken when enough packages write it in lower case and next to no name of the labelled texts has it. Words that the list knows as names are
taken from more packages: the gate doubts them in code alone.
Packages are the folders in each `FOLDER`, and the files of the running Python's standard library, each by itself.

The file: lines of sorted words. Only counts decide, so equal inputs give equal bytes.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import itertools
import json
import re
import sysconfig
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlp.detect.ner.gate import SHORTEST_UNKNOWN
from dlp.detect.ner.lexicon import Kind, Lexicon, shipped
from dlp.detect.ner.wordpiece import fold

PACKAGES, MODULES = 5, 2
"""Packages, or modules of the standard library, from which a word is one of programs."""
PACKAGES_OF_NAMES = 25
"""Packages from which a word is one of programs that is also known as a name (`param`)."""
PACKAGES_PER_NAME, EVERYWHERE = 12, 60
"""Packages that outweigh one occurrence in a name; and from which a word is taken whatever names have it (`high`, `group`)."""
_FILES = 400
"""Files of one package that are read."""
_LONGEST_FILE = 2_000_000
_LEFT_OUT = frozenset({"test", "tests", "idlelib", "locale", "faker", "spacy", "phonenumbers"})
"""Folders that hold what people and places are called."""
# Behind `/` and `@` stand the accounts of people.
_WORD = re.compile(rf"(?<![A-Za-z/@])[a-z]{{{SHORTEST_UNKNOWN - 1},}}(?![a-z])")
_LETTERS = re.compile(r"[^\W\d_]+")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/*.jsonl.gz")
    parser.add_argument(
        "--code",
        type=Path,
        nargs="+",
        required=True,
        help="folders of packages, such as site-packages and node_modules",
    )
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    library = sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"))
    modules = _counted([path] for path in library if "site-packages" not in path.parts and not _left_out(path))
    packages = _counted(_sources(folder) for root in options.code for folder in _packages(root))
    words = chosen(packages, modules, _in_names(options.data / "train"), shipped())
    options.out.write_text(textwrap.fill(" ".join(words), 120, break_long_words=False, break_on_hyphens=False) + "\n")
    print(len(words), "words")
    return 0


def chosen(
    packages: collections.Counter[str],
    modules: collections.Counter[str],
    in_names: collections.Counter[str],
    lexicon: Lexicon,
) -> list[str]:
    """The words to take.

    Args:
        packages: In how many packages each word stands.
        modules: In how many modules of the standard library.
        in_names: How often it is part of a name in the labelled texts.
    """
    found = []
    for word in packages.keys() | modules.keys():
        kind = lexicon.kind(word)
        if kind & Kind.ORDINARY:
            continue
        if kind:
            taken = packages[word] >= PACKAGES_OF_NAMES
        else:
            taken = len(word) >= SHORTEST_UNKNOWN and (packages[word] >= PACKAGES or modules[word] >= MODULES)
            taken = taken and (packages[word] >= EVERYWHERE or PACKAGES_PER_NAME * in_names[word] <= packages[word])
        if taken:
            found.append(word)
    return sorted(found)


def _counted(groups: Iterator[list[Path]]) -> collections.Counter[str]:
    """In how many groups of files each lower-case word stands."""
    counts: collections.Counter[str] = collections.Counter()
    for group in groups:
        words: set[str] = set()
        for path in group:
            if path.stat().st_size <= _LONGEST_FILE:
                words.update(_WORD.findall(path.read_text(encoding="utf-8", errors="ignore")))
        counts.update(words)
    return counts


def _packages(root: Path) -> Iterator[Path]:
    for folder in sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.endswith((".dist-info", ".libs"))
    ):
        if folder.name.startswith("@"):
            yield from sorted(path for path in folder.iterdir() if path.is_dir())
        elif folder.name not in _LEFT_OUT:
            yield folder


def _sources(folder: Path) -> list[Path]:
    found = sorted(path for ending in ("*.py", "*.js", "*.d.ts") for path in folder.rglob(ending) if path.is_file())
    return list(itertools.islice((path for path in found if not _left_out(path)), _FILES))


def _left_out(path: Path) -> bool:
    return not _LEFT_OUT.isdisjoint(path.parts)


def _in_names(folder: Path) -> collections.Counter[str]:
    words: collections.Counter[str] = collections.Counter()
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                for start, end, _ in record["ents"]:
                    words.update(map(fold, _LETTERS.findall(record["text"][start:end])))
    return words


if __name__ == "__main__":
    raise SystemExit(main())
