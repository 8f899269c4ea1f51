"""Changing stretches of a body and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterable

type Change = tuple[int, int, bytes]
"""`(start, end, new)`: what replaces the bytes from `start` up to but not including `end`."""


def splice(body: bytes, changes: Iterable[Change]) -> bytes:
    """The body with ranges replaced; every byte outside them stays.

    Args:
        body: the original.
        changes: non-overlapping ranges of `body`, in any order. Those of no length at one place keep their order.

    Raises:
        ValueError: ranges that overlap or lie outside.
    """
    pieces: list[bytes | memoryview] = []
    view = memoryview(body)  # what stays is copied once, into the result
    position = 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        if not position <= start <= end <= len(body):
            raise ValueError(f"range {start}-{end} overlaps another one or lies outside of {len(body)} bytes")
        pieces += (view[position:start], new)
        position = end
    pieces.append(view[position:])
    return b"".join(pieces)


def splice_in_turn(body: bytes, changes: Iterable[Change]) -> bytes:
    """`splice` of ranges in their order, each of which is asked for when the one before has been written, and not kept.

    Raises:
        ValueError: ranges that overlap, lie outside or are out of order.
    """
    new = io.BytesIO()
    view = memoryview(body)
    position = 0
    for start, end, replaced in changes:
        if not position <= start <= end <= len(body):
            raise ValueError(f"range {start}-{end} overlaps another one or lies outside of {len(body)} bytes")
        new.write(view[position:start])
        new.write(replaced)
        position = end
    new.write(view[position:])
    return new.getvalue()
