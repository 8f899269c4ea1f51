"""One leaf of an answer: which values may be put back into it, and what of it is taken out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dlp.engine.echo import IDENTIFYING
from dlp.engine.scan import AnswerScan
from dlp.masking.restoring import Originals, Restorer
from dlp.providers.calls import is_tool_argument
from dlp.providers.format import WireFormat
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind, Leaf

_IDENTIFIER = re.compile(r"[\w.:/-]{0,128}\Z", re.ASCII)


class Stats:
    """Counts of one answer, for audit."""

    __slots__ = ("faults", "restored")

    def __init__(self) -> None:
        self.restored = 0
        self.faults = 0


def terms_for(leaf: Leaf, wire_format: WireFormat, values: Mapping[str, str]) -> Mapping[str, str] | None:
    """What may be put back into a leaf; None if it has to stay as it is."""
    if wire_format.response.treatment(leaf) is Treatment.KEEP:
        return None
    return {} if isinstance(values, Originals) and not values.arguments and is_tool_argument(leaf) else values


def edits_of(
    leaf: Leaf, values: Mapping[str, str], stats: Stats, scan: AnswerScan | None
) -> list[tuple[int, int, str]]:
    """What is replaced in a leaf that holds a whole text."""
    restored = Restorer(values).edits(leaf.value) if values else []
    foreign = scan.edits(leaf.value, str(leaf.key)) if scan is not None and _is_scanned(leaf) else []
    stats.restored += len(restored)
    if not foreign:
        return restored
    return sorted([*foreign, *(each for each in restored if not any(_overlap(each, other) for other in foreign))])


def _is_scanned(leaf: Leaf) -> bool:
    """Whether a leaf may hold words of the model's, and not only what the provider's own protocol puts there."""
    if is_tool_argument(leaf):
        return True
    return leaf.kind is Kind.STRING and not (leaf.key in IDENTIFYING and _IDENTIFIER.match(leaf.value))


_SPELT_OUT = frozenset({"logprobs", "logprobs_result", "logprobsResult", "top_logprobs"})
_CODES = re.compile(r"[ \t\r\n]*:[ \t\r\n]*(\[[\d,\s]*\])")


def blanked_by(document: str, leaf: Leaf) -> tuple[int, int, str] | None:
    """The edit for a leaf that repeats the model's text in pieces too small to be scanned, beside their probabilities; None for others."""
    frame = leaf.parent
    while frame is not None and frame.key not in _SPELT_OUT:
        frame = frame.parent
    if frame is None:
        return None
    if leaf.kind is Kind.STRING:
        return leaf.start, leaf.end, '""'
    codes = _CODES.match(document, leaf.end) if leaf.kind is Kind.KEY and leaf.value == "bytes" else None
    return (codes.start(1), codes.end(1), "null") if codes else None


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
