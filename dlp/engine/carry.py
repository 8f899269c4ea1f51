"""Values found in one text of a request, found again in later texts where the detector alone would miss them.

Only forwards: what an earlier text looks like never depends on a later one, so masking messages 1..n gives the first n messages of
masking 1..n+1 (invariant I4). Within one text both directions count, for a text is masked as a whole.

That makes it cacheable too: what is found again in a text follows from the text, what was found in it and the values known by then. A conversation
that is sent again with each turn meets the same values in the same order, so only its new texts are searched.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dlp.detect.cache import FindingsCache
from dlp.tokens import iter_token_spans
from dlp.types import Finding
from dlp.wire.stretches import lowered

MIN_SCORE = 0.6
"""A value must be this certain to be carried."""
MAX_VALUES = 1000
"""Values carried in one request; a bound on work. What is beyond it is still found wherever the detector finds it."""
_MIN_LENGTH = 4
_MIN_PART = 3
_MAX_LENGTH = 256
RECOGNIZER = "CarryOver"

# Words that are names only next to other names. As bare words they'd mask prose.
_ORDINARY = frozenset(
    "will mark may june april august grace rose hope faith joy art bill bob frank jack chase drew rich grant pat sue dean earl king "
    "young long short brown black white green gray grey wood woods stone rivers hill hall bush ford park parks page price day "
    "best good love hunter cook baker carter mason miller smith cooper fisher gardener potter taylor turner walker bishop pope "
    "major judge guy max sandy misty dawn eve ivy lily violet ruby pearl crystal amber jade summer autumn winter august "
    "christian jordan paris london chelsea austin dallas houston sydney florence victoria lee see van von der den del los las "
    "the and for not but you all can had her was one our out has him his how man new now old two way who did its let say she too use "
    "mr mrs ms dr prof sir".split()
)
_NEVER = frozenset({"DATE_TIME", "AGE", "NRP", "TITLE", "URL", "LOCATION", "ORGANIZATION", "ZIP_CODE"})
_WORD = re.compile(r"\w+", re.UNICODE)
_BETWEEN_WORDS = re.compile(r"\W", re.UNICODE)
_EDGE_WORD = re.compile(r"\w", re.UNICODE)


STRETCH = 2**15
"""Characters that are cut into words at a time, some 2 ms."""
DIRECT = 2**21
"""Characters that are searched for values one by one, in all texts together, before the values are ordered by their words."""


class _Values:
    """Values, and where they stand in texts.

    Few values or short texts are searched one by one. Much text is read once: where the longest word of a value doesn't stand in it as a
    whole word, the value doesn't either. To order values by their words costs more than to look for them in one message.
    """

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._by_word: dict[str, list[str]] = {}
        self._ordered = 0
        """Of the values, how many are in `_by_word`."""
        self._searched = 0

    def __len__(self) -> int:
        return len(self._types)

    def add(self, value: str, entity_type: str) -> bool:
        """Whether the value is new."""
        if value in self._types:
            return False
        self._types[value] = entity_type
        return True

    def occurrences(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and type of every whole-word occurrence."""
        for value in self._possible(text):
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                if _is_whole(text, at, end):
                    yield at, end, self._types[value]
                at = text.find(value, end)

    def _possible(self, text: str) -> Iterable[str]:
        """Values that may stand in `text`."""
        self._searched += len(text) * len(self._types)
        if self._searched <= DIRECT:
            return self._types
        for value in itertools.islice(self._types, self._ordered, None):
            word = value if value.isalnum() else max(_WORD.findall(value), key=len, default="")
            self._by_word.setdefault(word, []).append(value)
        self._ordered = len(self._types)
        words = self._by_word.keys() & {*_words(text), ""}
        return itertools.chain.from_iterable(self._by_word[word] for word in words)


def _words(text: str) -> Iterator[str]:
    """The words of a text. Each search is short: it keeps the interpreter from all other threads, the event loop's among them."""
    at = 0
    while at < len(text):
        between = _BETWEEN_WORDS.search(text, at + STRETCH)
        end = between.start() if between is not None else len(text)
        yield from _WORD.findall(text, at, end)
        at = end


def carry_cache(limit: int = 4 * 2**20) -> FindingsCache:
    """Remembers what was found again in which text, for `CarryOver`; spans only.

    Args:
        limit: Bytes, as `FindingsCache` counts them.
    """
    return FindingsCache("carry-over", limit)


class Learnt(NamedTuple):
    """What a text added to the values of a request, and the state that it left. Holds no value."""

    spans: tuple[tuple[int, int, str, bool], ...]
    """Where each stands in the text, its type, and whether it is carried in any case (upper and lower)."""
    state: bytes


class CarryOver:
    """What has been found so far in one request. Not thread-safe.

    Args:
        cache: Shared by requests (`carry_cache`).
    """

    def __init__(self, cache: FindingsCache | None = None) -> None:
        self._written = _Values()
        self._folded = _Values()
        """Full names in lower case."""
        self._cache = cache
        self._met: set[tuple[str, str]] = set()
        """Values with their types that were looked at, carried or not."""
        self.state = b""
        """A hash of what was added to the values, in order."""
        self._new: list[tuple[int, int, str, bool]] = []

    def __bool__(self) -> bool:
        """Whether there is anything to be found again."""
        return bool(self._written)

    @property
    def learnt(self) -> Learnt:
        """What the text that was met last has added."""
        return Learnt(tuple(self._new), self.state)

    def learn_again(self, text: str, learnt: Learnt) -> None:
        """Add what a text has added before, to the same values."""
        for start, end, entity_type, folded in learnt.spans:
            value = text[start:end]
            if folded:
                self._folded.add(value.lower(), entity_type)
            else:
                self._written.add(value, entity_type)
        self.state = learnt.state

    def extend(self, text: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """`findings` of `text`, plus those that earlier findings (and these) give rise to; sorted, not overlapping."""
        self._learn(text, findings)
        if not self._written:
            return findings
        again: Sequence[Finding]
        if self._cache is None:
            again = self._found_again(text, findings)
        else:
            spans = ",".join(f"{finding.start}-{finding.end}" for finding in findings)
            key = self._cache.key(text, f"{self.state.hex()} {spans}")
            known = self._cache.get(key)
            again = known if known is not None else self._cache.put(key, self._found_again(text, findings))
        return tuple(sorted((*findings, *again), key=_start)) if again else findings

    def _found_again(self, text: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        taken = bytearray(len(text))  # a mark for each character: linear, however often a value stands in a text
        for start, end in (*(finding.span for finding in findings), *iter_token_spans(text)):
            taken[start:end] = b"\1" * (end - start)
        found: list[Finding] = []
        for start, end, entity_type in self._occurrences(text):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                found.append(
                    Finding(entity_type=entity_type, start=start, end=end, score=MIN_SCORE, recognizer=RECOGNIZER)
                )
        return tuple(found)

    def _learn(self, text: str, findings: Iterable[Finding]) -> None:
        self._new = []
        for finding in findings:
            kind = finding.entity_type
            if finding.score < MIN_SCORE or kind in _NEVER or len(self._written) >= MAX_VALUES:
                continue
            value = text[finding.start : finding.end]
            if (value, kind) in self._met:
                continue
            self._met.add((value, kind))
            if kind == "PERSON":
                self._learn_person(value, finding.start)
            elif _MIN_LENGTH <= len(value) <= _MAX_LENGTH and not _is_common(value):
                self._add(value, kind, finding.start)

    def _learn_person(self, value: str, start: int) -> None:
        parts = list(_WORD.finditer(value))
        if len(parts) < 2 or len(value) > _MAX_LENGTH:
            return
        self._add(value, "PERSON", start)
        if self._folded.add(value.lower(), "PERSON"):  # it may be known already, as something else
            self._note("in any case", value, "PERSON", start, folded=True)
        for match in parts:
            part = match.group()
            if len(part) >= _MIN_PART and part[0].isupper() and part.isalpha() and part.lower() not in _ORDINARY:
                self._add(part, "PERSON", start + match.start())

    def _add(self, value: str, entity_type: str, start: int) -> None:
        if self._written.add(value, entity_type):
            self._note("as written", value, entity_type, start, folded=False)

    def _note(self, how: str, value: str, entity_type: str, start: int, *, folded: bool) -> None:
        self._new.append((start, start + len(value), entity_type, folded))
        added = f"{len(value)} {entity_type} {how} {value}".encode("utf-8", "surrogatepass")
        self.state = hashlib.blake2b(self.state + added, digest_size=16).digest()

    def _occurrences(self, text: str) -> list[tuple[int, int, str]]:
        """Whole-word occurrences, longer values first, so that a full name wins over its parts."""
        hits = list(self._written.occurrences(text))
        small = lowered(text) if self._folded else ""
        if small and len(small) == len(text):  # else folding changed lengths (İ): offsets would lie
            hits += self._folded.occurrences(small)
        hits.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
        return hits


def _start(finding: Finding) -> int:
    return finding.start


def _is_common(value: str) -> bool:
    """A plain short word or number: a password such as `test` must not mask every `test` in the conversation."""
    return (value.isalpha() and (value.islower() or len(value) < 6)) or (value.isdigit() and len(value) < 6)


def _is_whole(text: str, start: int, end: int) -> bool:
    before = start > 0 and _EDGE_WORD.match(text[start - 1]) and _EDGE_WORD.match(text[start])
    after = end < len(text) and _EDGE_WORD.match(text[end]) and _EDGE_WORD.match(text[end - 1])
    return not before and not after
