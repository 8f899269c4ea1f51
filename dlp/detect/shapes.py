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
from collections.abc import Callable, Collection, Iterator, Sequence
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
    for match in _ATOM.finditer(text):
        start, end = match.span()
        if start < covered:
            continue
        floor = max(covered, start - MAX_ATOM, 0)
        while start > floor and (character := text[start - 1]).isalpha() and character.isascii():
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
        current.append(Atom(start, end, text[start:end].translate(_SHAPE)))
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
    while begin > 0 and stop - begin < 6 and (character := text[begin - 1]).isalpha() and character.isascii():
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

    def entries(self, said: Collection[str] | None) -> Iterator[tuple[Rule, tuple[str, ...]]]:
        """The rules worth a look when the words around speak for the rules `said`; None stands for all."""
        yield from self.always
        if said is None:
            for entries in self.spoken.values():
                yield from entries
        else:
            for rule_id in said:
                yield from self.spoken.get(rule_id, ())


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    shelf: _Shelf | None = None


@dataclass(frozen=True, slots=True)
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
        self._root = _Node()
        self._by_length: dict[tuple[int, str], _Shelf] = {}
        """(length, first character in upper case) of an atom -> rules with wild cards."""
        self._patterns: dict[str, re.Pattern[str]] = {}
        for rule in rules:
            if rule.pattern is not None:
                self._patterns[rule.id] = re.compile(rule.pattern)
            for written in rule.formats:
                self._add(rule, written)

    def _add(self, rule: Rule, written: str) -> None:
        pieces, gaps = _split(written)
        if gaps and set(gaps) == {"_"}:
            self._add_pieces(rule, ["".join(pieces)], ())
        self._add_pieces(rule, pieces, tuple(gaps))

    def _add_pieces(self, rule: Rule, pieces: list[str], gaps: tuple[str, ...]) -> None:
        stars = sum(piece.count("*") for piece in pieces)
        if 2**stars > MAX_EXPANSIONS:
            if gaps:
                raise ValueError(f"{rule.id}: too many wild cards in a format with separators")
            for first in _first_characters(rule):
                self._by_length.setdefault((len(pieces[0]), first), _Shelf()).add(rule, ())
            return
        for filling in product("9A", repeat=stars):
            letters = iter(filling)
            node = self._root
            for piece in pieces:
                shape = "".join(next(letters) if character == "*" else character for character in piece)
                node = node.children.setdefault(shape, _Node())
            if node.shelf is None:
                node.shelf = _Shelf()
            node.shelf.add(rule, gaps)

    def matches(self, text: str, cluster: Sequence[Atom], said: Said | None = None) -> Iterator[Match]:
        """Every rule whose format a stretch of `cluster` has and for which something may speak; `check` is not asked yet."""
        said = said or _every_rule
        for first, atom in enumerate(cluster):
            found = False
            for match in self._walk(text, cluster, first, atom, said):
                found = True
                yield match
            if not found and atom.shape.startswith("AA"):
                glued = _without_word(text, atom)
                if glued is not None:
                    yield from self._walk(text, cluster, first, glued, said)

    def _walk(self, text: str, cluster: Sequence[Atom], first: int, atom: Atom, said: Said) -> Iterator[Match]:
        start = atom.start
        if "9" in atom.shape:
            shelf = self._by_length.get((atom.end - start, text[start].upper()))
            if shelf is not None:
                yield from self._on(shelf, text[start : atom.end], (), start, atom.end, said)
        node = self._root.children.get(atom.shape)
        last = first
        while node is not None:
            if node.shelf is not None:
                end = atom.end if last == first else cluster[last].end
                value = text[start : atom.end]
                gaps: list[str] = []
                if last > first:
                    value += "".join([text[a.start : a.end] for a in cluster[first + 1 : last + 1]])
                    gaps = [text[a.end] for a in cluster[first:last]]
                yield from self._on(node.shelf, value, gaps, start, end, said)
            last += 1
            if last >= len(cluster) or cluster[last].start - cluster[last - 1].end != 1:
                break
            node = node.children.get(cluster[last].shape)

    def _on(self, shelf: _Shelf, value: str, gaps: Sequence[str], start: int, end: int, said: Said) -> Iterator[Match]:
        """The rules of a shelf that the value fits."""
        spoken = said(start, end) if shelf.spoken else ()
        if not spoken and spoken is not None and not shelf.always:
            return
        upper = value.upper()
        for rule, wanted in shelf.entries(spoken):
            if _gaps_fit(gaps, wanted, rule.separators):
                pattern = self._patterns.get(rule.id)
                if pattern is None or pattern.fullmatch(upper) is not None:
                    yield Match(rule, start, end, upper, upper != value)


def _every_rule(_start: int, _end: int) -> None:
    return None


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
