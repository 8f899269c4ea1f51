"""The words around a value, and whether they speak for it.

A text is read into words once. Only words that some list wants are kept, with their offsets, so every question about a
value's surroundings ("is *ssn* or *social security* near?") looks at the few kept words beside it: the cost follows the
number of candidates and of context words, not the length of the text.

Words are lower case, without digits, split at case changes (`drivingLicence`) and underscores.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, pairwise
from operator import or_
from types import MappingProxyType

from dlp.detect.shapes import shape_of
from dlp.detect.tables import Tables
from dlp.detect.traits import ALL, LETTER_BEHIND, MIXED_CASE, TABLE, traits_of
from dlp.detect.vocabulary import Vocabulary, stem_fits
from dlp.detect.words import CASES, WORDS, split_words

BEFORE = 80
"""Characters to the left of a value in which a word can speak for it."""
AFTER = 45
"""Characters to its right."""
BEHIND = 10
"""What a word after the value counts as further away: a label usually stands before."""

VOCABULARY = Vocabulary()
"""Every word of the lists of this process."""


@dataclass(frozen=True, slots=True)
class _Ending:
    single: bool
    """The word is wanted on its own."""
    by_previous: dict[str, tuple[tuple[str, ...], ...]]
    """The word directly before -> all that must stand before."""


_NO_ENDING = _Ending(False, {})


class LabelMemo[T]:
    """Remembers what a label (a key, a header) stands for. Labels come from texts, so only their hashes are kept."""

    __slots__ = ("_known", "_of")

    def __init__(self, of: Callable[[str], T]) -> None:
        self._of = of
        self._known: dict[int, T] = {}

    def __call__(self, label: str) -> T:
        digest = hash(label)  # keyed per process (SipHash)
        try:
            return self._known[digest]
        except KeyError:
            if len(self._known) >= MAX_LABELS:
                self._known.clear()
            value = self._known[digest] = self._of(label)
            return value


MAX_LABELS = 4096


class WordMemo[T](dict[str, T]):
    """Remembers something of each word of our lists (one of `Words.words`), which are few enough to be kept."""

    def __init__(self, of: Callable[[str], T]) -> None:
        self._of = of

    def __missing__(self, word: str) -> T:
        value = self[word] = self._of(word)
        return value


_LASTING: list[Wanted] = []
"""Lists that live as long as the process: a text tells with one bit for each whether it has any of its words."""


_NO_LISTS: tuple[int, dict[str, int]] = 0, {}


def _lists_of(word: str) -> tuple[int, dict[str, int]]:
    alone, after = 0, dict[str, int]()
    for wanted in _LASTING:
        ending = wanted.ending(word)
        if ending.single:
            alone |= wanted.bit
        else:
            for previous in ending.by_previous:
                after[previous] = after.get(previous, 0) | wanted.bit
    return (alone, after) if alone or after else _NO_LISTS


_LISTS = WordMemo(_lists_of)
"""Word -> the lasting lists, or'ed, that have it as a phrase of its own, and by the word before it those others that have a longer
phrase which ends with it."""


type Leads = tuple[tuple[str, ...], ...]
"""What may stand before the last word of a phrase, the shortest first."""


class Wanted:
    """Words and phrases to look for. Make them when a module loads: a text read before knows nothing of them."""

    __slots__ = ("_ends", "_known", "_size", "bit", "by_last", "stems")

    bit: int
    """Which of `Words.endings` this list is; 0 for a list that comes and goes."""

    by_last: dict[str, Leads]
    """Last word -> the words that must stand before it (none for a single word)."""
    stems: tuple[tuple[tuple[str, ...], str], ...]
    """(words that must stand before, stem)."""

    def __init__(
        self,
        phrases: Sequence[str | tuple[str, ...]],
        *,
        by_last: Mapping[str, Leads] = MappingProxyType({}),
        lasting: bool = True,
    ) -> None:
        """`phrases`: words in lower case, or several with blanks between; a trailing `*` takes any ending. A tuple has its words apart.

        Args:
            by_last: Further phrases, none of which ends with the last word of one of `phrases`.
            lasting: False for lists that a policy brings and may take away, and for those that no text is asked about.
        """
        last: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        stems: list[tuple[tuple[str, ...], str]] = []
        every: set[str] = set()
        for phrase in phrases:
            words = phrase if isinstance(phrase, tuple) else tuple(split_words(phrase))
            if not words:
                continue
            lead, final = words[:-1], words[-1]
            every.update(lead)
            if isinstance(phrase, str) and phrase.endswith("*"):
                stems.append((lead, final))
                VOCABULARY.add_stem(final)
            else:
                last[final].append(lead)
        for leads in {id(each): each for each in by_last.values()}.values():  # of thousands of words most share theirs
            every.update(chain.from_iterable(leads))
        VOCABULARY.add((*sorted(every), *last, *by_last))
        shared: dict[Leads, Leads] = {}  # many words end the same phrases
        self.by_last = dict(by_last)
        for word, each in last.items():
            leads = tuple(sorted(each, key=len)) if len(each) > 1 else (each[0],)
            self.by_last[word] = shared.setdefault(leads, leads)
        self.stems = tuple(stems)
        self._ends: dict[str, _Ending] = {}
        self._known: frozenset[str] = frozenset()
        self._size = -1
        self.bit = 0
        if lasting:
            self.bit = 1 << len(_LASTING)
            _LASTING.append(self)
            _LISTS.clear()  # what was known of a word knows nothing of this list

    def __bool__(self) -> bool:
        return bool(self.by_last or self.stems)

    def ending(self, word: str) -> _Ending:
        """How phrases end with `word`, one of `Words.words`."""
        known = self._ends.get(word)
        if known is None:
            leads = (*self.by_last.get(word, ()), *(lead for lead, stem in self.stems if stem_fits(stem, word)))
            by_previous: dict[str, list[tuple[str, ...]]] = {}
            for lead in leads:
                if lead:
                    by_previous.setdefault(lead[-1], []).append(lead)
            known = _Ending(() in leads, {previous: tuple(found) for previous, found in by_previous.items()})
            self._ends[word] = known  # bounded: `Words` holds words of our own lists only
        return known

    def last_words(self) -> frozenset[str]:
        """All of `Words.words` that a phrase may end with."""
        size = len(VOCABULARY)
        if size != self._size:  # lists that were made later have added words, of which some may have one of our stems
            words = VOCABULARY.all() if self.stems else self.by_last
            self._known = frozenset(word for word in words if self.ending(word) != _NO_ENDING)
            self._size = size
        return self._known

    def places(self, words: Words) -> list[int]:
        """The indices, ascending, of the words that a phrase ends with. Not to be changed."""
        if not self.bit:
            ends = self.last_words()
            return [index for index, word in enumerate(words.words) if word in ends and self._ends_at(words, index)]
        bit = self.bit
        if not words.endings & bit:
            return []
        found = [
            index
            for lists, indices in words.behind.items()
            if lists & bit
            for index in indices
            if self._ends_at(words, index)
        ]
        alone = words.alone(bit)
        return sorted([*alone, *found]) if found else alone

    def _ends_at(self, words: Words, index: int) -> bool:
        """Whether a phrase ends with the word at `index`, which is one that phrases end with."""
        ending = self._ends[words.words[index]]
        if ending.single:
            return True
        before = ending.by_previous.get(words.words[index - 1]) if index else None
        return before is not None and any(words.preceded(index, lead) for lead in before)

    def in_words(self, given: str) -> bool:
        """Whether a phrase stands in a key or header (as `words_of`)."""
        if not given:
            return False
        spaced = given
        for word, leads in self.by_last.items():
            if f" {word} " in spaced and any(f" {' '.join((*lead, word))} " in spaced for lead in leads):
                return True
        return any(
            f" {' '.join((*lead, stem))}" in spaced or (stem in spaced and not stem.isascii())
            for lead, stem in self.stems
        )


_LETTERS = bytes(code if 65 <= code & ~32 <= 90 else 32 for code in range(128)).ljust(256).lower()
"""ASCII in lower case, with a blank for whatever isn't a letter."""
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_LETTERS_BEHIND = re.compile(r"(?:[A-Za-z]|[^\x00-\x7f])*+")
_LONGEST_STRAY = 3
"""Letters behind a digit that are no word but a part of a hash, an id or a measure: `9a4c27`, `5ac`."""
_DIGITS = b"0123456789"
_FEW = 8
"""A text with more than one character in so many outside ASCII isn't taken apart into stretches."""


def _foreign_stretches(text: str) -> Iterator[tuple[int, int]]:
    """The runs of letters that hold a character outside ASCII, or in a text that is full of them all of it."""
    if text.isascii():
        return
    runs = [match.span() for match in _FOREIGN.finditer(text)]
    if sum(high - low for low, high in runs) * _FEW > len(text):
        yield 0, len(text)
        return
    done = 0
    for start, end in runs:
        if end <= done:
            continue
        low = start
        while low > done and text[low - 1].isascii() and text[low - 1].isalpha():
            low -= 1
        behind = _LETTERS_BEHIND.match(text, end)
        done = behind.end() if behind is not None else end
        yield low, done


def _inner_starts(text: bytes | bytearray) -> list[int]:
    """Where a word begins right behind another one (`drivingLicence`, `NHSNumber`), ascending."""
    cases = text.translate(CASES)
    return sorted(at + 1 for change in (b"aA", b"AAa") for at in _places(cases, change))


def _places(cases: bytes | bytearray, signs: bytes) -> Iterator[int]:
    """Where `signs` stand, also those that overlap."""
    at = cases.find(signs)
    while at >= 0:
        yield at
        at = cases.find(signs, at + 1)


def _read(text: str, shown: int) -> tuple[list[int], list[int], list[str]]:
    """Starts, ends and names, ascending, of the wanted words of a text that isn't ASCII."""
    written = bytearray(text.encode("ascii", "replace"))
    found: list[tuple[int, int, str]] = []
    for low, high in _foreign_stretches(text):
        for match in WORDS.finditer(text, low, high):
            known = VOCABULARY.known(match[0].lower())
            if known is not None and not _is_stray(written, *match.span()):
                found.append((*match.span(), known))
        written[low:high] = b" " * (high - low)
    if not written.isspace():
        found += zip(*_read_ascii(written, shown), strict=True)
        found.sort()
    return [start for start, _, _ in found], [end for _, end, _ in found], [name for _, _, name in found]


def _read_ascii(written: bytes | bytearray, shown: int) -> tuple[list[int], list[int], list[str]]:
    """The same of ASCII that shows these traits."""
    mixed = shown & MIXED_CASE  # a word may begin inside a run of letters
    starts, ends, names = _parted(written) if mixed else VOCABULARY.find(written.translate(_LETTERS))
    if shown & LETTER_BEHIND and (stray := _stray(written, starts, ends)):
        kept = [index for index in range(len(starts)) if index not in stray]
        return [starts[index] for index in kept], [ends[index] for index in kept], [names[index] for index in kept]
    return starts, ends, names


def _stray(written: bytes | bytearray, starts: list[int], ends: list[int]) -> set[int]:
    """Which of the words that begin and end there are parts of something with digits, by their place in the lists."""
    cases = written.translate(CASES)
    stray: set[int] = set()
    for begun in (b"0a", b"0A"):
        for at in _places(cases, begun):
            index = bisect_left(starts, at + 1)
            if index < len(starts) and starts[index] == at + 1 and _is_stray(written, at + 1, ends[index]):
                stray.add(index)
    return stray


def _is_stray(written: bytes | bytearray, start: int, end: int) -> bool:
    return end - start <= _LONGEST_STRAY and start > 0 and written[start - 1] in _DIGITS


def _parted(written: bytes | bytearray) -> tuple[list[int], list[int], list[str]]:
    """The words of ASCII in which one may begin inside a run of letters."""
    letters = written.translate(_LETTERS)
    inner = _inner_starts(written)
    if not inner:
        return VOCABULARY.find(letters)
    parted = b" ".join([letters[low:high] for low, high in pairwise((0, *inner, len(letters)))])
    starts, ends, names = VOCABULARY.find(parted)
    blanks = [start + index for index, start in enumerate(inner)]  # those that aren't in the text
    before = [bisect_left(blanks, start) for start in starts]
    return (
        [start - added for start, added in zip(starts, before, strict=True)],
        [end - added for end, added in zip(ends, before, strict=True)],
        names,
    )


class _Parted(dict[int, tuple[int, ...]]):
    """Lists, or'ed -> each of them. Our words are in few different lists together."""

    def __missing__(self, lists: int) -> tuple[int, ...]:
        bits = self[lists] = tuple(1 << place for place in range(lists.bit_length()) if lists >> place & 1)
        return bits


_PARTED = _Parted()


class Words:
    """The wanted words of one text with their offsets, ascending. Holds words of our own lists only, never the text's."""

    __slots__ = ("_by_list", "_grouped", "behind", "endings", "ends", "starts", "words")

    def __init__(self, text: str, shown: int = ALL) -> None:
        """`shown`: the traits of the text, of `dlp.detect.traits`, where they have been read."""
        self.starts: list[int]
        self.ends: list[int]
        self.words: list[str]
        if text.isascii():
            self.starts, self.ends, self.words = _read_ascii(text.encode("ascii"), shown)
        else:
            self.starts, self.ends, self.words = _read(text, shown)
        self._grouped: dict[int, list[int]] = {}
        """Lasting lists, or'ed -> the indices, ascending, of words that are phrases of theirs."""
        self._by_list: dict[int, list[int]] | None = None
        self.behind: dict[int, list[int]] = {}
        """Lasting lists, or'ed -> the indices, ascending, at which longer phrases of theirs may end."""
        alone, behind = self._grouped, self.behind
        previous = ""
        for index, word in enumerate(self.words):
            single, after = _LISTS[word]
            if single:
                if single in alone:
                    alone[single].append(index)
                else:
                    alone[single] = [index]
            if previous in after:
                behind.setdefault(after[previous], []).append(index)
            previous = word
        self.endings = reduce(or_, (*alone, *behind), 0)
        """The lasting lists, or'ed, of which a phrase may end in this text."""

    def alone(self, bit: int) -> list[int]:
        """The indices, ascending, of words that are phrases of the list with this bit. Not to be changed."""
        if self._by_list is None:  # most texts with a finding ask for many lists, others for none
            self._by_list = {}
            for lists, indices in self._grouped.items():
                for each in _PARTED[lists]:
                    known = self._by_list.get(each)
                    self._by_list[each] = indices if known is None else sorted([*known, *indices])
        return self._by_list.get(bit, [])

    def preceded(self, index: int, lead: Sequence[str]) -> bool:
        """Whether exactly the words of `lead` stand right before the word at `index`."""
        for word in reversed(lead):
            if index == 0 or self.words[index - 1] != word or self.starts[index] - self.ends[index - 1] > 3:
                return False
            index -= 1
        return True


_NO_TABLES = Tables("")
_NOWHERE: tuple[list[int], list[int], list[int]] = [], [], []


class Surroundings:
    """One text and what can be known about the surroundings of any span in it."""

    __slots__ = ("_places", "_tables", "given", "key", "shape", "text", "traits", "words")

    def __init__(self, text: str, given: str, key: str = "") -> None:
        """`given`: words that stand before the text without being part of it, as `words_of`; `key`: as they are written."""
        self.text, self.given, self.key = text, given, key
        self.traits = traits_of(text)
        """What the text shows, of `dlp.detect.traits`."""
        self.words = Words(text, self.traits)
        self.shape = shape_of(text)
        """See `dlp.detect.shapes.shape_of`."""
        self._tables: Tables | None = None
        self._places: dict[Wanted, tuple[list[int], list[int], list[int]]] = {}

    @property
    def tables(self) -> Tables:
        if self._tables is None:
            self._tables = Tables(self.text) if self.traits & TABLE else _NO_TABLES
        return self._tables

    def label(self, start: int) -> str:
        """The words that name the value at `start` without standing before it: its key and its column's header."""
        if not self.traits & TABLE:
            return self.given
        tables = self.tables
        return f"{self.given}{tables.header(start)}" if tables else self.given

    def places(self, wanted: Wanted) -> tuple[list[int], list[int], list[int]]:
        """Starts, ends and indices, ascending, of the words that end one of the wanted phrases; looked for once per text."""
        known = self._places.get(wanted)
        if known is None:
            words = self.words
            known = _NOWHERE
            if indices := wanted.places(words):
                known = [words.starts[index] for index in indices], [words.ends[index] for index in indices], indices
            self._places[wanted] = known
        return known

    def nearest(self, start: int, end: int, wanted: Wanted) -> tuple[str, int] | None:
        """The nearest of the wanted words and its distance in characters; a key or header stands at distance 0."""
        label = self.label(start)
        if label and wanted.in_words(label):
            return "key", 0
        starts, ends, indices = self.places(wanted)
        if not starts:
            return None
        best: tuple[str, int] | None = None
        at = bisect_left(starts, start) - 1
        while at >= 0 and starts[at] >= start - BEFORE:
            if ends[at] <= start:
                best = self.words.words[indices[at]], start - ends[at]
                if best[1] < BEHIND:
                    return best
                break
            at -= 1
        at = bisect_left(starts, end)
        ceiling = end + (AFTER if best is None else min(AFTER, best[1] - BEHIND - 1))
        if at < len(starts) and starts[at] <= ceiling:
            return self.words.words[indices[at]], starts[at] - end + BEHIND
        return best

    def before_nearest(self, start: int, wanted: Wanted) -> int | None:
        """The distance of the nearest of the wanted words before `start`, None when there is none."""
        starts, ends, _ = self.places(wanted)
        at = bisect_left(starts, start) - 1
        while at >= 0 and starts[at] >= start - BEFORE:
            if ends[at] <= start:
                return start - ends[at]
            at -= 1
        return None
