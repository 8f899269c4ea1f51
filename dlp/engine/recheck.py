"""The bytes about to leave, searched once more for what was to be replaced in them.

Values that may have come together anew, of tokens hardly ever any, are looked for in one pass (Aho-Corasick), so the cost is that of reading the body,
not of the values times the body. It looks for their beginnings, and compares more where one stands; only values that may still stand somewhere are counted.
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from dlp.engine.body import Body, Text
from dlp.engine.json_body import JsonBody
from dlp.engine.opening import open_body
from dlp.engine.text import apply_edits
from dlp.errors import DetectorError, WireError
from dlp.providers.format import WireFormat
from dlp.wire.stretches import encoded

MAX_READ = 200 * 2**20
"""Bytes that are read in the search for values, and as many again to count those that were found: some tenths of a second."""
HEAD = 8
"""Bytes of a value that the automaton looks for; where they don't stand, the value doesn't either. Shorter ones stand in words of every text,
longer ones make an automaton that takes longer to build than to use."""
LONG_HEAD = 256
"""Bytes of a value that are compared where its head stands: other words begin like it."""
_QUICK = 1000
"""Heads of which the automaton is a table (`DFA`): four times as quick, for half a kilobyte to three of memory each. Of some sixty heads
and fewer it compares many bytes at a time, and walks only where one of them may stand."""
_DIRECT = 2**15
"""Values times characters up to which each is looked for by itself, in some microseconds: an automaton takes longer to build."""
_DIRECT_SHORT = 2**19
"""The same for values shorter than `HEAD`, which stand in so many words that the places at which an automaton finds them cost more than it saves."""
_BATCH = 2**20
"""Bytes of values in one automaton, which takes some fifty times that in memory."""
_BLOCK = 4096
"""Bytes that are searched at a time: values that stand in one another, down to the last letter, give a place for each of their letters."""
_PIECE = 256 * 1024
"""Characters of texts that are searched together."""
MAX_PLACES = 2**19
"""Places at which values begin before all of them count as found."""

_FIRST, _LAST = operator.itemgetter(slice(1)), operator.itemgetter(slice(-1, None))

type Reread = Callable[[], Iterable[str]]
"""Reads anew what texts say now. Raises `WireError` if something else has changed."""


def recheck(body: Body, rendered: bytes, content_type: str, wire_format: WireFormat) -> None:
    """Search a body that is about to leave for the values that were to be replaced in it.

    Each text is read from `rendered` and must say what it was to say, and each value must occur less often than before, by as many times as it was
    replaced (it may still stand where it was let through: in an earlier text, inside a longer word; it is counted where it may
    have come together anew). Beyond `MAX_READ`, which takes megabytes of values, the first check stands alone.

    Raises:
        DetectorError: A value is still there. It is a mistake of ours, and must not become a leak of theirs.
    """
    if isinstance(body, JsonBody):
        recheck_texts(body.texts, lambda: body.reread(rendered))
        return
    try:
        after = [text.value for text in open_body(rendered, content_type, wire_format).texts if not text.alternative]
    except WireError:
        raise DetectorError("re-check: the body can't be read any more") from None
    # A text that ends up empty isn't there any more.
    recheck_texts([text for text in body.texts if not text.alternative and _wanted(text)], lambda: after)


def recheck_texts(before: Sequence[Text], reread: Reread) -> None:
    """`recheck` of a stretch of a body.

    Args:
        before: Its texts and what is replaced in them.
    """
    try:
        if sum(text.length for text in before) <= _PIECE:
            kept = list(reread())
            _recheck(before, lambda: kept)
        else:
            _recheck(before, reread)
    except WireError:
        raise DetectorError("re-check: the body doesn't say what it was to say") from None


def _recheck(before: Sequence[Text], reread: Reread) -> None:
    taken: list[str] = []
    size = 0
    for text, now in itertools.zip_longest(before, reread()):
        value, edits = (text.value, text.edits) if text is not None else (None, [])
        if value is None or now != (apply_edits(value, edits) if edits else value):
            raise DetectorError("re-check: the body doesn't say what it was to say")
        at = 0
        for start, end, _ in edits:
            if start < at:
                raise DetectorError("re-check: replacements overlap or are out of order")
            at = end
            taken.append(value[start:end])
        size += len(value) if edits else 0
    replaced = Counter(taken)
    del replaced[""]  # where something was put in
    if not replaced:
        return
    changed = [bool(text.edits) for text in before]  # what others hold, they held before

    def after() -> Iterator[str]:
        return itertools.compress(reread(), changed)

    texts = [text for text in before if text.edits]
    values = _possibly_new(list(replaced), texts)
    if values and (standing := standing_in(after, size, values)):
        _count(standing[: MAX_READ // (2 * size) + 1], texts, after, replaced)


def _possibly_new(values: Sequence[str], texts: Sequence[Text]) -> Sequence[str]:
    """Those of `values` that may stand in what has become of `texts` more often than they should.

    By now each of these is known to say what it said, in the same order, with replacements in between. So whatever stands in one anew, and not within a
    replacement, reaches across an end of one: it holds that one's first or last character.
    """
    replacements = {new for text in texts for _, _, new in text.edits}
    # Of one that only takes something out that is "", which every value holds.
    ends = {*map(_FIRST, replacements), *map(_LAST, replacements)}
    together = "\0".join(values)
    ends = {end for end in ends if end in together}  # hardly ever any: few values hold a bracket
    return [value for value in values if any(end in value for end in ends)] if ends else []


def _wanted(text: Text) -> str:
    return apply_edits(text.value, text.edits) if text.edits else text.value


def _count(values: Sequence[str], before: Sequence[Text], reread: Reread, replaced: Mapping[str, int]) -> None:
    """See that each of `values` occurs less often than before, by as many times as it was replaced."""
    more = Counter({value: replaced[value] for value in values})
    for texts, count in (
        (reread(), more.update),
        ((text.value for text in before), more.subtract),
        ((new for text in before for _, _, new in text.edits), more.subtract),
    ):
        for piece in _pieces(texts):
            count({value: found for value in values if (found := piece.count(value))})
    if any(count > 0 for count in more.values()):
        raise DetectorError("re-check: a value that was to be replaced is still in the body")


def standing_in(texts: Callable[[], Iterable[str]], size: int, values: Iterable[str]) -> list[str]:
    """Those of `values` that may stand in one of `texts`: each that does, and no other whose first `LONG_HEAD` bytes don't.

    Args:
        size: Characters of the texts.
    """
    listed = list(values)
    if len(listed) * size <= _DIRECT:
        joined = list(_pieces(texts()))
        return [value for value in listed if any(value[:LONG_HEAD] in piece for piece in joined)]
    begins = [value[:LONG_HEAD].encode("utf-8", "surrogatepass")[:LONG_HEAD] for value in listed]
    by_head: dict[bytes, list[int]] = {}
    for number, begin in enumerate(begins):
        by_head.setdefault(begin[:HEAD], []).append(number)
    found: set[int] = set()
    short = [head for head in by_head if len(head) < HEAD]
    if len(short) * size <= _DIRECT_SHORT:
        joined = list(_pieces(texts())) if short else []
        for head in short:
            numbers = by_head.pop(head)  # all of them the head itself
            if any(listed[numbers[0]] in piece for piece in joined):
                found.update(numbers)
    heads = list(by_head)
    places = 0
    for low, high in itertools.islice(_batches(heads), MAX_READ // (size + 1) + 1):
        sought = _Heads(heads[low:high])
        for piece in _pieces(texts()):
            raw = b"".join(encoded(piece))
            for at, head in sought.places(raw):
                numbers = by_head[head]
                places += len(numbers)
                if places > MAX_PLACES:
                    return listed
                if standing := [number for number in numbers if raw.startswith(begins[number], at)]:
                    found.update(standing)
                    by_head[head] = [number for number in numbers if number not in found]
                    if not by_head[head]:
                        sought.forget(head)
    return [listed[number] for number in sorted(found)]


class _Heads:
    """Beginnings of values, to be looked for in bytes.

    The automaton is asked for matches that don't overlap, which it finds several times as quickly as all of them. A head that overlaps with a match, and so
    isn't told, begins where the match does or inside it, and is looked for there.
    """

    def __init__(self, heads: Sequence[bytes]) -> None:
        implementation = Implementation.DFA if len(heads) <= _QUICK else None
        self._automaton = BytesAhoCorasick(heads, implementation=implementation, matchkind=MatchKind.LeftmostFirst)
        self._listed = heads
        self._heads = set(heads)
        self._lengths = sorted({len(head) for head in heads})
        self._inside: dict[int, tuple[int, ...]] = {}
        """Which of them -> the offsets in it at which one of them may begin."""

    def forget(self, head: bytes) -> None:
        """Look for one of them no more."""
        self._heads.remove(head)

    def places(self, raw: bytes) -> Iterator[tuple[int, bytes]]:
        """Where in `raw` each of them stands, and which it is; some twice."""
        inside = self._inside
        for block in range(0, len(raw), _BLOCK):
            for number, start, _ in self._automaton.find_matches_as_indexes(raw[block : block + _BLOCK + HEAD]):
                offsets = inside.get(number)
                if offsets is None:
                    offsets = inside[number] = self._offsets(self._listed[number])
                for offset in offsets:
                    at = block + start + offset
                    for length in self._lengths:
                        if (head := raw[at : at + length]) in self._heads:
                            yield at, head

    def _offsets(self, head: bytes) -> tuple[int, ...]:
        return tuple(at for at in range(len(head)) if not at or head[at:] in self._prefixes or self._holds(head, at))

    def _holds(self, head: bytes, at: int) -> bool:
        return any(head[at : at + length] in self._heads for length in self._lengths)

    @cached_property
    def _prefixes(self) -> frozenset[bytes]:
        return frozenset(head[:length] for head in self._listed for length in range(1, len(head) + 1))


def _pieces(texts: Iterable[str]) -> Iterator[str]:
    """The texts in a few long pieces, none of them all of a large body."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "\0".join(piece)
            piece, size = [], 0
    if piece:
        yield "\0".join(piece)


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
