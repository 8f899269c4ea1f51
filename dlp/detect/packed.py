"""Findings in a few bytes each, unpacked when somebody looks at them.

A conversation comes again with each turn, and of most of its texts nothing is asked but whether the same was found as before. As an object a
finding takes some 300 bytes; packed it takes 20.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, overload

from dlp.errors import DetectorError
from dlp.types import Finding

_ONE: Final = struct.Struct("<iidI")
"""Start, end, score, and the number of the rest."""
FINDING_BYTES: Final = _ONE.size

type _Rest = tuple[str, str, bool, tuple[str, ...]]
"""Entity type, recognizer, `validated` and details: what findings of many texts have in common."""


class PackedFindings(Sequence[Finding]):
    """As a tuple of them, but for being hashable. Equal to a tuple of equal findings."""

    __slots__ = ("_findings", "_rests", "packed")

    def __init__(self, packed: bytes, rests: Sequence[_Rest], findings: tuple[Finding, ...] | None = None) -> None:
        """For `Packer`; `findings` where they have just been packed, so that who looks at them needn't have them made anew."""
        self.packed = packed
        """What one packer makes of equal findings is equal."""
        self._rests = rests
        self._findings = findings

    def __len__(self) -> int:
        return len(self.packed) // FINDING_BYTES

    def __iter__(self) -> Iterator[Finding]:
        return self._unpacked() if self._findings is None else iter(self._findings)

    def _unpacked(self) -> Iterator[Finding]:
        rests = self._rests
        for start, end, score, number in _ONE.iter_unpack(self.packed):
            entity_type, recognizer, validated, details = rests[number]
            yield Finding.of(entity_type, start, end, score, recognizer, validated=validated, details=details)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedFindings) and other._rests is self._rests:
            return other.packed == self.packed
        return isinstance(other, tuple | PackedFindings) and tuple(other) == tuple(self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))


class Packer:
    """Packs findings, and keeps what they have in common, once. What one has packed it compares by its bytes. Not for several threads at once."""

    def __init__(self) -> None:
        self._numbers: dict[_Rest, int] = {}
        self._rests: list[_Rest] = []

    def __len__(self) -> int:
        """How many it keeps: few, unless a recognizer makes details up."""
        return len(self._rests)

    def pack(self, findings: Iterable[Finding]) -> PackedFindings:
        """Raises `DetectorError` for what is nowhere in a text."""
        made = tuple(findings)
        return PackedFindings(b"".join(map(self._pack, made)), self._rests, made)

    def known(self, packed: bytes) -> PackedFindings:
        """What has been packed into these bytes, which are all that need be kept of it: the garbage collector doesn't look at bytes."""
        return PackedFindings(packed, self._rests)

    def _pack(self, finding: Finding) -> bytes:
        rest = finding.entity_type, finding.recognizer, finding.validated, finding.details
        number = self._numbers.get(rest)
        if number is None:
            number = self._numbers[rest] = len(self._rests)
            self._rests.append(rest)
        try:
            return _ONE.pack(finding.start, finding.end, finding.score, number)
        except struct.error:
            raise DetectorError(f"recognizer {finding.recognizer} returned an impossible span") from None
