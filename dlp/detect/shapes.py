r"""One pass over a text finds everything that is shaped like an identifier; tables say which rules may want it.

An *atom* is a run of ASCII letters and digits that holds a digit. Atoms that stand one separator apart form a
*cluster*, together with the short words between them (`GB29 NWBK 6016`, `AB 12 34 56 C`). A rule's formats are spread
into a trie over the shapes of atoms (`999`, `AA99`), so a walk that starts at every atom ends as soon as no rule could
follow: the cost is one dictionary look-up for most atoms, whatever the number of rules. Formats with wild cards
(`*`) that would spread too far are looked up by the length of a single atom instead.

Everything here is linear in the text: an atom starts at most one walk, and a walk is no longer than the longest format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import product

import regex

from dlp.detect.rule import Rule

SEPARATORS = " -./\t_("
"""What may stand between two atoms of one identifier. One character, never a line break."""

MAX_ATOM = 120
"""Longer runs are keys, digests or media, never an identifier of these shapes."""

MAX_EXPANSIONS = 64
"""A format with more variants than this is looked up by length."""

_ATOM = re.compile(r"[0-9][A-Za-z0-9]*+")
_WORD_RIGHT = re.compile(r"[ \-./\t]([A-Za-z]{1,5}+)(?![A-Za-z0-9])")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_SHAPE = {ord(c): "9" for c in "0123456789"} | {
    ord(c): "A" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
}


@dataclass(slots=True)
class Atom:
    """A run of letters and digits. `shape` has `9` for a digit and `A` for a letter."""

    start: int
    end: int
    shape: str


def shape_of(text: str) -> str:
    return text.translate(_SHAPE)


def clusters(text: str) -> list[list[Atom]]:
    """All clusters of `text` in order. Words are members only beside an atom; over-long atoms are left out."""
    found: list[list[Atom]] = []
    current: list[Atom] = []
    tail = -2  # where the current cluster ends
    covered = 0
    shapes = text.translate(_SHAPE) if text.isascii() else ""  # all at once costs as much as one by one for three atoms
    for match in _ATOM.finditer(text):
        start, end = match.span()
        if start < covered:
            continue
        floor = max(covered, start - MAX_ATOM, 0)
        while start > floor and text[start - 1] in _LETTERS:
            start -= 1
        covered = end
        if end - start > MAX_ATOM:
            tail = -2
            continue
        if start - tail != 1 or text[tail] not in SEPARATORS:
            current = []
            found.append(current)
            left = _word_left(text, start)
            if left is not None:
                further = _word_left(text, left.start) if text[left.start : left.end].isupper() else None
                if (
                    further is not None
                    and further.end - further.start <= 3
                    and text[further.start : further.end].isupper()
                ):
                    current.append(further)
                current.append(left)
        current.append(Atom(start, end, shapes[start:end] or text[start:end].translate(_SHAPE)))
        tail = end
        right = _WORD_RIGHT.match(text, end)
        if right is not None:
            current.append(Atom(right.start(1), right.end(1), "A" * (right.end(1) - right.start(1))))
            tail = right.end(1)
    return found


def _word_left(text: str, start: int) -> Atom | None:
    """The short word that ends one separator before `start`."""
    stop = start - 1
    if stop < 1 or text[stop] not in SEPARATORS:
        return None
    begin = stop
    while begin > 0 and stop - begin < 6 and text[begin - 1] in _LETTERS:
        begin -= 1
    length = stop - begin
    if not 1 <= length <= 5 or (begin > 0 and text[begin - 1].isalnum()):
        return None
    return Atom(begin, stop, "A" * length)


def _without_word(text: str, atom: Atom) -> Atom | None:
    """The part of `is030594W903B` after the lower-case word that was typed into it, None when there is no such word."""
    length = len(atom.shape) - len(atom.shape.lstrip("A"))
    value = text[atom.start : atom.end]
    if length == len(value) or not value[:length].islower() or value[length:] != value[length:].upper():
        return None
    return Atom(atom.start + length, atom.end, atom.shape[length:])


@dataclass(slots=True)
class _Shelf:
    """Rules that one shape may belong to, with the separators each wants between its atoms."""

    always: list[tuple[Rule, tuple[str, ...]]] = field(default_factory=list)
    """Rules that earn a score without a word beside them."""
    spoken: dict[str, list[tuple[Rule, tuple[str, ...]]]] = field(default_factory=dict)
    """Rule id -> rules that are nothing unless a word speaks for them."""

    def add(self, rule: Rule, gaps: tuple[str, ...]) -> None:
        shelf = self.always if rule.score else self.spoken.setdefault(rule.id, [])
        if (rule, gaps) not in shelf:
            shelf.append((rule, gaps))


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    shelf: _Shelf | None = None


@dataclass(slots=True)
class _Tries:
    """Where the rules stand, by shape and by length."""

    root: _Node = field(default_factory=_Node)
    by_length: dict[tuple[int, str], _Shelf] = field(default_factory=dict)
    """(length, first character in upper case) of an atom -> rules with wild cards."""
    lengths: set[int] = field(default_factory=set)
    """The lengths among them."""


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
    """The formats of many rules, ready to be walked."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._every = _Tries()
        self._alone = _Tries()
        """Those that need no word beside them; most of the numbers in a text have none."""
        self._patterns: dict[str, re.Pattern[str]] = {}
        for rule in rules:
            if rule.pattern is not None:
                self._patterns[rule.id] = re.compile(rule.pattern)
            for written in rule.formats:
                self._add(rule, written)

    def _add(self, rule: Rule, written: str) -> None:
        pieces, gaps = _split(written)
        for tries in (self._every, self._alone) if rule.score else (self._every,):
            if gaps and set(gaps) == {"_"}:
                _add_pieces(tries, rule, ["".join(pieces)], ())
            _add_pieces(tries, rule, pieces, tuple(gaps))

    def matches(
        self, text: str, cluster: Sequence[Atom], said: Said | None = None, possible: frozenset[str] | None = None
    ) -> list[Match]:
        """Every rule whose format a stretch of `cluster` has and for which something may speak; `check` is not asked yet.

        Args:
            said: Asked per span; None tries every rule.
            possible: All that `said` can name anywhere in the cluster, so that it needn't be asked in vain.
        """
        tries = self._alone if possible is not None and not possible else self._every
        found: list[Match] = []
        for first, atom in enumerate(cluster):
            before = len(found)
            self._walk(tries, text, cluster, first, atom, said, possible, found)
            if len(found) == before and atom.shape[:2] == "AA":
                glued = _without_word(text, atom)
                if glued is not None:
                    self._walk(tries, text, cluster, first, glued, said, possible, found)
        return found

    def _walk(
        self,
        tries: _Tries,
        text: str,
        cluster: Sequence[Atom],
        first: int,
        atom: Atom,
        said: Said | None,
        possible: frozenset[str] | None,
        found: list[Match],
    ) -> None:
        start, end = atom.start, atom.end
        node = tries.root.children.get(atom.shape)
        if end - start in tries.lengths and "9" in atom.shape:
            shelf = tries.by_length.get((end - start, text[start].upper()))
            if shelf is not None:
                self._on(shelf, text[start:end], (), start, end, said, possible, found)
        last = first
        while node is not None:
            if node.shelf is not None:
                value = text[start : atom.end]
                gaps: Sequence[str] = ()
                if last > first:
                    value += "".join([text[a.start : a.end] for a in cluster[first + 1 : last + 1]])
                    gaps = [text[a.end] for a in cluster[first:last]]
                    end = cluster[last].end
                self._on(node.shelf, value, gaps, start, end, said, possible, found)
            last += 1
            if last >= len(cluster) or cluster[last].start - cluster[last - 1].end != 1:
                break
            node = node.children.get(cluster[last].shape)

    def _on(
        self,
        shelf: _Shelf,
        value: str,
        gaps: Sequence[str],
        start: int,
        end: int,
        said: Said | None,
        possible: frozenset[str] | None,
        found: list[Match],
    ) -> None:
        """Adds the rules of a shelf that the value fits; whether a word speaks for it is asked last, which costs most."""
        spoken: Collection[str] = ()
        if shelf.spoken:
            if possible is not None:
                spoken = () if shelf.spoken.keys().isdisjoint(possible) else shelf.spoken.keys() & possible
            else:
                named = said(start, end) if said is not None else None
                spoken = shelf.spoken if named is None else [rule_id for rule_id in named if rule_id in shelf.spoken]
        if not spoken and not shelf.always:
            return
        upper = value.upper()
        fits = [entry[0] for entry in shelf.always if self._fits(entry, gaps, upper)]
        if spoken:
            heard = [
                entry[0] for rule_id in spoken for entry in shelf.spoken[rule_id] if self._fits(entry, gaps, upper)
            ]
            if heard and possible is not None and said is not None:
                named = said(start, end)
                if named is not None:
                    heard = [rule for rule_id in named for rule in heard if rule.id == rule_id]
            fits += heard
        found += [Match(rule, start, end, upper, upper != value) for rule in fits]

    def _fits(self, entry: tuple[Rule, tuple[str, ...]], gaps: Sequence[str], upper: str) -> bool:
        rule, wanted = entry
        if gaps and not _gaps_fit(gaps, wanted, rule.separators):
            return False
        pattern = self._patterns.get(rule.id)
        return pattern is None or pattern.fullmatch(upper) is not None


def _add_pieces(tries: _Tries, rule: Rule, pieces: list[str], gaps: tuple[str, ...]) -> None:
    stars = sum(piece.count("*") for piece in pieces)
    if 2**stars > MAX_EXPANSIONS:
        if gaps:
            raise ValueError(f"{rule.id}: too many wild cards in a format with separators")
        tries.lengths.add(len(pieces[0]))
        for first in _first_characters(rule):
            tries.by_length.setdefault((len(pieces[0]), first), _Shelf()).add(rule, ())
        return
    for filling in product("9A", repeat=stars):
        letters = iter(filling)
        node = tries.root
        for piece in pieces:
            shape = "".join(next(letters) if character == "*" else character for character in piece)
            node = node.children.setdefault(shape, _Node())
        if node.shelf is None:
            node.shelf = _Shelf()
        node.shelf.add(rule, gaps)


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


def _gaps_fit(gaps: Sequence[str], wanted: Sequence[str], separators: str) -> bool:
    free = ""
    for gap, want in zip(gaps, wanted, strict=True):
        if want == "_":
            if gap not in separators or (free and gap != free):
                return False
            free = gap
        elif gap != want:
            return False
    return True
