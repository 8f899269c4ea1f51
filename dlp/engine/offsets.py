"""Move the numbers that say where in a text a citation stands (`dlp.providers.format.Offsets`), as far as the text has moved there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from dlp.masking.shifts import Shifts, ShiftsInTurn, utf8_size
from dlp.providers.format import OffsetRule, Offsets, Unit, path_of
from dlp.wire.json_leaves import Leaf

_NUMBER = re.compile(r"[ \t\r\n]*:[ \t\r\n]*([0-9]{1,15})(?![0-9.eE])")
_NUMBER_IN_BYTES = re.compile(_NUMBER.pattern.encode())
type Moves = Shifts | ShiftsInTurn

MEASURES: dict[Unit, Callable[[str], int]] = {Unit.CHARACTERS: len, Unit.BYTES: utf8_size}


class Replaced:
    """The texts of one JSON document in which something was replaced. `repr` shows none."""

    def __init__(self, unit: Unit) -> None:
        self._measure = MEASURES[unit]
        self._texts: dict[tuple[str | int, ...], tuple[str, Sequence[tuple[int, int, str]]]] = {}

    def __repr__(self) -> str:
        return f"<{len(self._texts)} texts>"

    def add(self, leaf: Leaf, edits: Sequence[tuple[int, int, str]]) -> None:
        self._texts[(*path_of(leaf.parent), leaf.key)] = (leaf.value, edits)

    def shifts(self, rule: OffsetRule, key: Leaf, documents: Sequence[Shifts] = ()) -> Shifts | None:
        """What moved in the text that the number behind `key` counts in; None if nothing did, or it stands elsewhere.

        Args:
            documents: What moved in the documents of the request.
        """
        if rule.document:
            return _of_document(rule, key, documents)
        path = rule.text_path(key.parent)
        found = self._texts.get(path) if path is not None else None
        return Shifts.of(*found, self._measure) if found is not None else None


def moved_offsets(
    document: str | bytes, leaves: Iterable[Leaf], offsets: Offsets, find: Callable[[OffsetRule, Leaf], Moves | None]
) -> list[tuple[int, int, str]]:
    """The edits that move a document's offsets.

    Args:
        find: What moved in the text that the number behind a key counts in.
    """
    changes = []
    for key in leaves:
        rule = offsets.find(key)
        number = _number_behind(document, key) if rule is not None else None
        shifts = find(rule, key) if rule is not None and number is not None else None
        if rule is None or number is None or not shifts:
            continue
        moved = shifts.moved(int(number.group(1)), end=offsets.is_end(key))
        if moved != int(number.group(1)):
            changes.append((number.start(1), number.end(1), str(moved)))
    return changes


def number_spans(document: str | bytes, keys: Iterable[Leaf]) -> Iterator[tuple[int, int]]:
    """Where the digits stand that `moved_offsets` may change."""
    return (number.span(1) for key in keys if (number := _number_behind(document, key)) is not None)


def _number_behind(document: str | bytes, key: Leaf) -> re.Match[str] | re.Match[bytes] | None:
    if isinstance(document, str):
        return _NUMBER.match(document, key.end)
    return _NUMBER_IN_BYTES.match(document, key.end)


def _of_document(rule: OffsetRule, key: Leaf, documents: Sequence[Shifts]) -> Shifts | None:
    """What moved in the document of the request that the number behind `key` counts in."""
    number = key.parent.members.get(rule.document) if rule.document and key.parent is not None else None
    if not number or not number.isascii() or not number.isdigit() or len(number) > 6 or int(number) >= len(documents):
        return None
    return documents[int(number)]
