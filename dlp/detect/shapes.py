r"""One pass over a text finds everything that is shaped like an identifier; tables say which rules may want it.

An *atom* is a run of ASCII letters and digits that holds a digit. Atoms that stand one separator apart form a
*cluster*, together with the short words between them (`GB29 NWBK 6016`, `AB 12 34 56 C`). A rule's formats are spread
into a trie over the shapes of atoms (`999`, `AA99`), so a walk that starts at every atom ends as soon as no rule could
follow. Formats with wild cards (`*`) that would spread too far are looked up by the length of a single atom instead.
What the walks through a cluster find depends on its shape alone (`9999-99-99`), and shapes repeat: a *plan* keeps it, so
that the cost is one dictionary look-up for most clusters, whatever the number of rules.

Everything here is linear in the text: an atom starts at most one walk, and a walk is no longer than the longest format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import product
from operator import or_

import regex

from dlp.detect.patterns import late
from dlp.detect.rule import Rule

SEPARATORS = " -./\t_("
"""What may stand between two atoms of one identifier. One character, never a line break."""

MAX_ATOM = 120
"""Longer runs are keys, digests or media, never an identifier of these shapes."""

MAX_EXPANSIONS = 64
"""A format with more variants than this is looked up by length."""

_MEMBER = r"9[9A]*+(?:[ \-./\t]A{1,5}+(?![9A]))?+"
"""Of a shape: an atom from its first digit on, and the short word behind it."""
_CLUSTER = re.compile(rf"{_MEMBER}(?:[ \-./\t_(]A*+{_MEMBER})*+")
_RUN = re.compile("[9A]+")
_OVERLONG = re.compile(rf"[9A]{{{MAX_ATOM + 1},}}+")
_LETTER = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPES = bytes.maketrans(f"{_LETTER}0123456789".encode(), b"A" * len(_LETTER) + b"9" * 10)


@dataclass(slots=True)
class Atom:
    """A run of letters and digits. `shape` has `9` for a digit and `A` for a letter."""

    start: int
    end: int
    shape: str


@dataclass(slots=True)
class Cluster:
    """Atoms that stand one separator apart. `shape` is that of all of them, with the separators as they stand."""

    start: int
    end: int
    shape: str

    def atoms(self) -> Iterator[Atom]:
        """Its atoms and the words beside them, in order."""
        for run in _RUN.finditer(self.shape):
            yield Atom(self.start + run.start(), self.start + run.end(), run[0])


def shape_of(text: str) -> str:
    """`text` with `9` for each ASCII digit, `A` for each ASCII letter and `?` for each character that isn't ASCII."""
    return text.encode("ascii", "replace").translate(_SHAPES).decode("ascii")


MAX_PLANS = 4096
"""Shapes of which something is kept; the numbers of most texts have a few hundred."""
MAX_PLANNED = 64
"""Characters of a shape of which something is kept; longer ones seldom come again."""


class ShapeMemo[T](dict[str, T]):
    """Remembers what follows from a shape alone. Shapes repeat, whatever the numbers."""

    def __init__(self, of: Callable[[str], T]) -> None:
        self._of = of

    def __missing__(self, shape: str) -> T:
        value = self._of(shape)
        if len(shape) <= MAX_PLANNED:
            if len(self) >= MAX_PLANS:
                self.clear()
            self[shape] = value
        return value


def clusters(text: str, shapes: str) -> list[Cluster]:
    """All clusters of `text`, whose shape is `shapes`, in order. Words are members only beside an atom; over-long atoms are left out."""
    found: list[Cluster] = []
    if "9" not in shapes:
        return found
    covered = 0
    for match in _CLUSTER.finditer(shapes):
        start, end = match.span()
        if start > covered and shapes[start - 1] == "A":
            head = shapes[max(covered, start - MAX_ATOM) : start]
            start -= len(head) - len(head.rstrip("A"))
        covered = end
        if end - start > MAX_ATOM:
            parts = _without_overlong(text, shapes, start, end)
            found += [Cluster(first, high, shapes[first:high]) for first, high in parts]
            continue
        if start > 1 and shapes[start - 2] == "A":
            start = _words_left(text, shapes, start)
        found.append(Cluster(start, end, shapes[start:end]))
    return found


def _without_overlong(text: str, shapes: str, start: int, end: int) -> list[tuple[int, int]]:
    """What over-long atoms leave of a cluster, with the words before it."""
    parts: list[tuple[int, int]] = []
    for overlong in _OVERLONG.finditer(shapes, start, end):
        parts.append((start, overlong.start() - 1))
        start = overlong.end() + 1
    parts.append((start, end))
    return [(_words_left(text, shapes, low), high) for low, high in parts if low < high and "9" in shapes[low:high]]


def _words_left(text: str, shapes: str, start: int) -> int:
    """Where a cluster begins whose first atom stands at `start`: with the word before it, or two in capitals."""
    left = _word_left(text, shapes, start)
    if left == start:
        return start
    if text[left : start - 1].isupper():
        further = _word_left(text, shapes, left)
        if left - 1 - further <= 3 and text[further : left - 1].isupper():
            return further
    return left


def _word_left(text: str, shapes: str, start: int) -> int:
    """Where the word of up to five letters begins that ends one separator before `start`; `start` when there is none."""
    stop = start - 1
    if stop < 1 or shapes[stop] not in SEPARATORS:
        return start
    head = shapes[max(0, stop - 6) : stop]
    length = len(head) - len(head.rstrip("A"))
    if not 1 <= length <= 5 or (length < stop and text[stop - length - 1].isalnum()):
        return start
    return stop - length


Want = Callable[[str, int, int], bool]
"""Whether somebody may find something in the atom at `[start, end)` of a cluster's shape, as far as that tells."""


class Sorter:
    """Hands atoms to those who may want them. What they want of a shape is kept: shapes repeat, whatever the numbers."""

    def __init__(self, *wants: Want) -> None:
        self._wants = wants
        self._known = ShapeMemo(self._sorted)

    def __call__(self, found: Sequence[Cluster]) -> list[list[Atom]]:
        """The atoms with a digit of all clusters, in order, for each of those who may want them."""
        wanted: list[list[Atom]] = [[] for _ in self._wants]
        for cluster in found:
            for start, end, shape, takers in self._known[cluster.shape]:
                atom = Atom(cluster.start + start, cluster.start + end, shape)
                for taker in takers:
                    wanted[taker].append(atom)
        return wanted

    def _sorted(self, shape: str) -> tuple[tuple[int, int, str, tuple[int, ...]], ...]:
        atoms = [atom for atom in _RUN.finditer(shape) if "9" in atom[0]]
        takers = [tuple(place for place, want in enumerate(self._wants) if want(shape, *atom.span())) for atom in atoms]
        return tuple((*atom.span(), atom[0], each) for atom, each in zip(atoms, takers, strict=True) if each)


_Entry = tuple[Rule, str, re.Pattern[str] | None]
"""A rule, the separators it wants between its atoms, and what its value must match as a whole."""
_whole = cache(late)
"""The pattern of a rule: most formats are those of rules that no text of a process asks about."""


@dataclass(slots=True)
class _Shelf:
    """Rules that one shape may belong to."""

    always: list[_Entry] = field(default_factory=list)
    """Rules that earn a score without a word beside them."""
    spoken: dict[str, list[_Entry]] = field(default_factory=dict)
    """Rule id -> rules that are nothing unless a word speaks for them."""
    bits: dict[str, int] = field(default_factory=dict)
    """Those rules' ids with their bits."""
    mask: int = 0
    """All of the bits, or'ed."""

    def add(self, rule: Rule, bit: int, gaps: str) -> None:
        if rule.score:
            shelf = self.always
        else:
            shelf = self.spoken.setdefault(rule.id, [])
            self.bits[rule.id] = bit
            self.mask |= bit
        if not any(known is rule and wanted == gaps for known, wanted, _ in shelf):
            shelf.append((rule, gaps, _whole(rule.pattern) if rule.pattern is not None else None))

    def fitting(self, gaps: str) -> _Shelf | None:
        """The rules that want these separators."""
        if not gaps:
            return self
        always = _fitting(self.always, gaps)
        spoken = {rule_id: fits for rule_id, entries in self.spoken.items() if (fits := _fitting(entries, gaps))}
        bits = {rule_id: self.bits[rule_id] for rule_id in spoken}
        return _Shelf(always, spoken, bits, sum(bits.values())) if always or spoken else None


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    shelf: _Shelf | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of a cluster that some rules have the format of. Offsets are those in the cluster's shape."""

    start: int
    end: int
    gaps: str
    """The separators between its atoms, each of them once."""
    shelf: _Shelf | None
    by_first: Mapping[str, _Shelf]
    """The same by the first character in upper case, where there are wild cards in the formats."""
    speakers: int
    """The bits of the rules that need a word beside them, or'ed."""
    alone: bool
    """Something may be found without a word."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What may begin at one atom of a cluster."""

    spans: tuple[_Span, ...]
    glued: tuple[int, int] | None
    """Where the atom stands if it begins with letters: a word may have been typed into its value."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be found in a cluster of some shape, read off the formats once."""

    walks: tuple[_Walk, ...]
    speakers: int
    """The bits of the rules that need a word beside them, or'ed; all bits where a word typed into a value may bring further ones."""
    alone: bool
    """Something may be found without a word."""


@dataclass(slots=True)
class Match:
    """A span that has the shape of `rule`."""

    rule: Rule
    start: int
    end: int
    compact: str
    """The value without separators, in upper case."""
    lower: bool
    """Whether letters of the value stand in lower case."""


Said = Callable[[int, int], Collection[str] | None]
"""Which rules the words around a span speak for (ids); None when every rule is to be tried."""


class ShapeIndex:
    """The formats of many rules, ready to be looked up. A rule's bit is that of its place among them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._root = _Node()
        self._by_length: dict[int, dict[str, _Shelf]] = {}
        """Length of an atom -> its first character in upper case -> rules with wild cards."""
        self._plans = ShapeMemo(self._planned)
        for place, rule in enumerate(rules):
            for written in rule.formats:
                pieces, gaps = _split(written)
                if gaps and set(gaps) == {"_"}:
                    self._add(rule, 1 << place, ["".join(pieces)], "")
                self._add(rule, 1 << place, pieces, "".join(gaps))

    def _add(self, rule: Rule, bit: int, pieces: list[str], gaps: str) -> None:
        stars = sum(piece.count("*") for piece in pieces)
        if 2**stars > MAX_EXPANSIONS:
            if gaps:
                raise ValueError(f"{rule.id}: too many wild cards in a format with separators")
            shelves = self._by_length.setdefault(len(pieces[0]), {})
            for first in _first_characters(rule):
                shelves.setdefault(first, _Shelf()).add(rule, bit, "")
            return
        for filling in product("9A", repeat=stars):
            letters = iter(filling)
            node = self._root
            for piece in pieces:
                shape = "".join(next(letters) if character == "*" else character for character in piece)
                node = node.children.setdefault(shape, _Node())
            if node.shelf is None:
                node.shelf = _Shelf()
            node.shelf.add(rule, bit, gaps)

    def plan(self, shape: str) -> Plan:
        """What may be found in a cluster of this shape. The shapes of numbers repeat, whatever the numbers."""
        return self._plans[shape]

    def _planned(self, shape: str) -> Plan:
        walks = []
        for atom in _RUN.finditer(shape):
            spans = tuple(self._spans(shape, atom.start()))
            glued = atom.span() if atom[0][:2] == "AA" and "9" in atom[0] else None
            if spans or glued is not None:
                walks.append(_Walk(spans, glued))
        every = [span for walk in walks for span in walk.spans]
        typed = any(walk.glued is not None for walk in walks)
        speakers = reduce(or_, (span.speakers for span in every), 0)
        return Plan(tuple(walks), -1 if typed else speakers, typed or any(span.alone for span in every))

    def _spans(self, shape: str, start: int) -> Iterator[_Span]:
        """The stretches that begin with the atom at `start`, in the order in which they are asked about."""
        atom = _RUN.match(shape, start)
        if atom is None:
            return
        if "9" in atom[0] and len(atom[0]) in self._by_length:
            shelves = self._by_length[len(atom[0])]
            speakers = reduce(or_, (shelf.mask for shelf in shelves.values()))
            alone = any(shelf.always for shelf in shelves.values())
            yield _Span(start, atom.end(), "", None, shelves, speakers, alone)
        node, gaps = self._root.children.get(atom[0]), ""
        while node is not None:
            end = atom.end()
            shelf = node.shelf.fitting(gaps) if node.shelf is not None else None
            if shelf is not None:
                once = "".join(dict.fromkeys(gaps))
                yield _Span(start, end, once, shelf, _NO_SHELVES, shelf.mask, bool(shelf.always))
            atom = _RUN.match(shape, end + 1)
            if atom is None:
                return
            node = node.children.get(atom[0])
            gaps += shape[end]

    def matches(
        self,
        text: str,
        cluster: Cluster,
        said: Said | None = None,
        possible: int | None = None,
        plan: Plan | None = None,
        *,
        checked: bool = False,
    ) -> list[Match]:
        """Every rule whose format a stretch of `cluster` has and for which something may speak.

        Args:
            said: Asked per span; None tries every rule.
            possible: The bits of all that `said` can name anywhere in the cluster, so that it needn't be asked in vain.
            plan: That of the cluster's shape, where it is known.
            checked: Whether a rule's `check` is asked too, and those are left out that it refuses.
        """
        base = cluster.start
        found: list[Match] = []
        for walk in (plan or self.plan(cluster.shape)).walks:
            fits = False
            for span in walk.spans:
                if possible is None or span.alone or span.speakers & possible:
                    fits |= _take(text, base, span, said, possible, found, checked=checked)
            if walk.glued is not None and not fits:
                start, end = walk.glued
                length = _typed_word(text[base + start : base + end])
                if length:
                    for span in self._spans(cluster.shape, start + length):
                        _take(text, base, span, said, possible, found, checked=checked)
        return found


_NO_SHELVES: Mapping[str, _Shelf] = {}


def _typed_word(value: str) -> int:
    """The length of the lower-case word that was typed into `is030594W903B`; 0 when there is none."""
    rest = value.lstrip(_LETTER)
    length = len(value) - len(rest)
    return length if rest and value[:length].islower() and rest == rest.upper() else 0


def _take(
    text: str,
    base: int,
    span: _Span,
    said: Said | None,
    possible: int | None,
    found: list[Match],
    *,
    checked: bool,
) -> bool:
    """Adds the rules that a span's value fits; whether a word speaks for it is asked last, which costs most.

    Returns whether it fits any, those included that the check refuses.
    """
    start, end = base + span.start, base + span.end
    shelf = span.shelf or span.by_first.get(text[start].upper())
    if shelf is None:
        return False
    spoken: Collection[str] = ()
    if possible is not None:
        if shelf.mask & possible:
            spoken = [rule_id for rule_id, bit in shelf.bits.items() if bit & possible]
    elif shelf.spoken:
        named = said(start, end) if said is not None else None
        spoken = shelf.spoken if named is None else [rule_id for rule_id in named if rule_id in shelf.spoken]
    if not spoken and not shelf.always:
        return False
    value = text[start:end]
    for gap in span.gaps:
        value = value.replace(gap, "")
    upper = value.upper()
    fits = _matching(shelf.always, upper) if shelf.always else []
    if spoken:
        heard = [rule for rule_id in spoken for rule in _matching(shelf.spoken[rule_id], upper)]
        if heard and possible is not None and said is not None:
            named = said(start, end)
            if named is not None:
                heard = [rule for rule_id in named for rule in heard if rule.id == rule_id]
        fits += heard
    found += [
        Match(rule, start, end, upper, upper != value)
        for rule in fits
        if not checked or rule.check is None or rule.check(upper)
    ]
    return bool(fits)


def _fitting(entries: Sequence[_Entry], gaps: str) -> list[_Entry]:
    """The rules among `entries` that want these separators."""
    return [entry for entry in entries if _gaps_fit(gaps, entry[1], entry[0].separators)]


def _matching(entries: Sequence[_Entry], upper: str) -> list[Rule]:
    """The rules among `entries` that a value is of."""
    return [rule for rule, _, pattern in entries if pattern is None or pattern.fullmatch(upper) is not None]


def _first_characters(rule: Rule) -> str:
    """The characters that a value of the rule can begin with."""
    every = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if rule.pattern is None:
        return every
    pattern = regex.compile(rule.pattern)
    return "".join(character for character in every if pattern.fullmatch(character, partial=True) is not None)


def _split(written: str) -> tuple[list[str], list[str]]:
    """`999_99-9` -> `["999", "99", "9"]`, `["_", "-"]`."""
    pieces, gaps = [""], []
    for character in written:
        if character in "9A*":
            pieces[-1] += character
        else:
            gaps.append(character)
            pieces.append("")
    return pieces, gaps


def _gaps_fit(gaps: str, wanted: str, separators: str) -> bool:
    """Whether the separators of a value, which are few, are those that a format wants."""
    free = ""
    for gap, want in zip(gaps, wanted, strict=True):
        if want == "_":
            if gap not in separators or (free and gap != free):
                return False
            free = gap
        elif gap != want:
            return False
    return True
