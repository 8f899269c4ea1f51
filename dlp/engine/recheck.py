"""The bytes about to leave, searched once more for what was to be replaced in them.

All values are looked for in one pass (Aho-Corasick), so the cost is that of reading the body, not of the values times the body. Only values that
are still found somewhere, hardly ever any, are counted one by one.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from dlp.engine.body import Text
from dlp.engine.opening import open_body
from dlp.engine.text import apply_edits
from dlp.errors import DetectorError
from dlp.providers.format import WireFormat

MAX_READ = 200 * 2**20
"""Bytes that are read in the search for values, and as many again to count those that were found: some tenths of a second."""
HEAD = 256
"""Bytes of a value that are looked for; where they don't stand, the value doesn't either."""
_BATCH = 2**20
"""Bytes of values in one automaton, which takes some fifty times that in memory."""
_BLOCK = 4096
"""Bytes that are searched at a time: values that stand in one another, down to the last letter, give `HEAD` places for each."""
_PIECE = 256 * 1024
"""Characters of texts that are searched together."""
MAX_PLACES = 2**20
"""Places at which values are found before all of them count as found."""


def recheck(before: Sequence[Text], body: bytes, content_type: str, wire_format: WireFormat) -> None:
    """Search a body that is about to leave for the values that were to be replaced in it.

    Reads the new bytes from scratch: each text must say what it was to say, and each value must occur less often than before, by
    as many times as it was replaced (it may still stand where it was let through: in an earlier text, inside a longer word).
    Beyond `MAX_READ`, which takes megabytes of values, the first check stands alone.

    Raises:
        DetectorError: A value is still there. It is a mistake of ours, and must not become a leak of theirs.
    """
    recheck_texts(before, open_body(body, content_type, wire_format).texts)


def recheck_texts(before: Sequence[Text], reread: Sequence[Text]) -> None:
    """`recheck` of a stretch of a body that has been read already."""
    before = [text for text in before if not text.alternative]
    after = [text.value for text in reread if not text.alternative]
    wanted = (value for text in before if (value := apply_edits(text.value, text.edits)))
    if not all(value == other for value, other in itertools.zip_longest(wanted, after)):
        raise DetectorError("re-check: the body doesn't say what it was to say")
    replaced = Counter(text.value[edit.start : edit.end] for text in before for edit in text.edits)
    del replaced[""]  # where something was put in
    standing = standing_in(after, replaced)
    if not standing:
        return
    new = "\0".join(after)
    old = "\0".join(text.value for text in before)
    tokens = "\0".join(edit.replacement for text in before for edit in text.edits)
    for value in standing[: MAX_READ // (len(old) + len(new)) + 1]:
        if new.count(value) > old.count(value) - replaced[value] + tokens.count(value):
            raise DetectorError("re-check: a value that was to be replaced is still in the body")


def standing_in(texts: Sequence[str], values: Iterable[str]) -> list[str]:
    """Those of `values` that may stand in one of `texts`: each that does, and no other whose first `HEAD` bytes don't."""
    listed = list(values)
    heads = [value.encode("utf-8", "surrogatepass")[:HEAD] for value in listed]
    found: set[int] = set()
    places = 0
    for low, high in itertools.islice(_batches(heads), MAX_READ // (sum(map(len, texts)) + 1) + 1):
        automaton = BytesAhoCorasick(heads[low:high])
        for raw in _joined(texts):
            for block in range(0, len(raw), _BLOCK):
                here = automaton.find_matches_as_indexes(raw[block : block + _BLOCK + HEAD], overlapping=True)
                found.update([low + number for number, _, _ in here])
                places += len(here)
                if places > MAX_PLACES:
                    return listed
    return [listed[number] for number in sorted(found)]


def _joined(texts: Sequence[str]) -> Iterator[bytes]:
    """The texts in a few long pieces, none of them all of a large body."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "\0".join(piece).encode("utf-8", "surrogatepass")
            piece, size = [], 0
    if piece:
        yield "\0".join(piece).encode("utf-8", "surrogatepass")


def _batches(heads: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Ranges of `heads` that have `_BATCH` bytes at most."""
    low = size = 0
    for index, head in enumerate(heads):
        if size + len(head) > _BATCH and index > low:
            yield low, index
            low, size = index, 0
        size += len(head)
    if heads:
        yield low, len(heads)
