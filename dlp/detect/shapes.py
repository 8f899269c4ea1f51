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
from functools import lru_cache
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
_BEFORE_WORD = frozenset(" -./\t")
"""What `_WORD_RIGHT` begins with."""
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
    shapes: str | None = None
    for match in _ATOM.finditer(text):
        if shapes is None:  # all at once costs as much as one by one for three atoms
            shapes = text.translate(_SHAPE) if text.isascii() else ""
        start, end = match.span()
        if start > covered and text[start - 1] in _LETTERS:
            floor = max(covered, start - MAX_ATOM)
            start -= 1
            while start > floor and text[start - 1] in _LETTERS:
                start -= 1
        covered = end
        if end - start > MAX_ATOM:
            tail = -2
            continue
        if start - tail != 1 or text[tail] not in SEPARATORS:
            current = []
            found.append(current)
            left = _word_left(text, start) if start > 1 and text[start - 2] in _LETTERS else None
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
        right = _WORD_RIGHT.match(text, end) if text[end : end + 1] in _BEFORE_WORD else None
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


_Entry = tuple[Rule, str, Callable[[str], object] | None]
"""A rule, the separators it wants between its atoms, and what its value must match as a whole."""


@dataclass(slots=True)
class _Shelf:
    """Rules that one shape may belong to."""

    always: list[_Entry] = field(default_factory=list)
    """Rules that earn a score without a word beside them."""
    spoken: dict[str, list[_Entry]] = field(default_factory=dict)
    """Rule id -> rules that are nothing unless a word speaks for them."""

    def add(self, rule: Rule, gaps: str) -> None:
        shelf = self.always if rule.score else self.spoken.setdefault(rule.id, [])
        if not any(known is rule and wanted == gaps for known, wanted, _ in shelf):
            shelf.append((rule, gaps, re.compile(rule.pattern).fullmatch if rule.pattern is not None else None))


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
        self._first = self._every.root.children
        for rule in rules:
            for written in rule.formats:
                self._add(rule, written)

    def _add(self, rule: Rule, written: str) -> None:
        pieces, gaps = _split(written)
        for tries in (self._every, self._alone) if rule.score else (self._every,):
            if gaps and set(gaps) == {"_"}:
                _add_pieces(tries, rule, ["".join(pieces)], "")
            _add_pieces(tries, rule, pieces, "".join(gaps))

    def may_match(self, cluster: Sequence[Atom]) -> bool:
        """Whether some stretch of `cluster` may have a format; most numbers of a text are answered by one look-up."""
        if len(cluster) == 1:
            shape = cluster[0].shape
            node = self._first.get(shape)
            return (
                (node is not None and node.shelf is not None) or len(shape) in self._every.lengths or shape[:2] == "AA"
            )
        first, lengths = self._first, self._every.lengths
        for atom in cluster:
            shape = atom.shape
            if shape in first or len(shape) in lengths or shape[:2] == "AA":
                return True
        return False

    def matches(
        self, text: str, cluster: Sequence[Atom], said: Said | None = None, possible: frozenset[str] | None = None
    ) -> list[Match]:
        """Every rule whose format a stretch of `cluster` has and for which something may speak; `check` is not asked yet.

        Args:
            said: Asked per span; None tries every rule.
            possible: All that `said` can name anywhere in the cluster, so that it needn't be asked in vain.
        """
        tries = self._alone if possible is not None and not possible else self._every
        children, lengths = tries.root.children, tries.lengths
        found: list[Match] = []
        for first, atom in enumerate(cluster):
            before = len(found)
            shape = atom.shape
            if shape in children or len(shape) in lengths:
                self._walk(tries, text, cluster, first, atom, said, possible, found)
            if shape[:2] == "AA" and len(found) == before and "9" in shape:
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
        value, gaps = text[start:end], ""
        if end - start in tries.lengths and "9" in atom.shape:
            shelf = tries.by_length.get((end - start, value[0].upper()))
            if shelf is not None:
                _take(shelf, value, gaps, start, end, said, possible, found)
        last = first + 1
        while node is not None:
            if node.shelf is not None:
                _take(node.shelf, value, gaps, start, end, said, possible, found)
            if last == len(cluster) or cluster[last].start - end != 1:
                break
            atom = cluster[last]
            node = node.children.get(atom.shape)
            gaps += text[end]
            end = atom.end
            value += text[atom.start : end]
            last += 1


def _take(
    shelf: _Shelf,
    value: str,
    gaps: str,
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
    fits = _fitting(shelf.always, gaps, upper)
    if spoken:
        heard = [rule for rule_id in spoken for rule in _fitting(shelf.spoken[rule_id], gaps, upper)]
        if heard and possible is not None and said is not None:
            named = said(start, end)
            if named is not None:
                heard = [rule for rule_id in named for rule in heard if rule.id == rule_id]
        fits += heard
    found += [Match(rule, start, end, upper, upper != value) for rule in fits]


def _fitting(entries: Sequence[_Entry], gaps: str, upper: str) -> list[Rule]:
    """The rules among `entries` that a value with these separators is of."""
    return [
        rule
        for rule, wanted, matches in entries
        if (not gaps or _gaps_fit(gaps, wanted, rule.separators)) and (matches is None or matches(upper) is not None)
    ]


def _add_pieces(tries: _Tries, rule: Rule, pieces: list[str], gaps: str) -> None:
    stars = sum(piece.count("*") for piece in pieces)
    if 2**stars > MAX_EXPANSIONS:
        if gaps:
            raise ValueError(f"{rule.id}: too many wild cards in a format with separators")
        tries.lengths.add(len(pieces[0]))
        for first in _first_characters(rule):
            tries.by_length.setdefault((len(pieces[0]), first), _Shelf()).add(rule, "")
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


@lru_cache(maxsize=4096)
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
