"""What leaves over a connection, and in how many pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dlp.proxy.connections import GATHERED_BYTES, GATHERED_SECONDS, Gathered


class Writer:
    """Takes down what is asked of it."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.done.append(data)

    async def drain(self) -> None:
        self.done.append("drain")

    def is_closing(self) -> bool:
        return self.closing

    def write_eof(self) -> None:
        self.done.append("eof")

    def close(self) -> None:
        self.closing = True
        self.done.append("close")


async def _nothing(_: Gathered) -> None: ...


async def _eof(gathered: Gathered) -> None:
    gathered.write_eof()


async def _close(gathered: Gathered) -> None:
    gathered.close()


LARGE = b"x" * GATHERED_BYTES


@pytest.mark.parametrize(
    ("pieces", "then", "done"),
    [
        pytest.param([b"head", b"body", b"end"], _nothing, [b"headbodyend"], id="one after the other"),
        pytest.param([b"head"], _nothing, [b"head"], id="alone"),
        pytest.param([LARGE], _nothing, [LARGE], id="large"),
        pytest.param([b"head", LARGE, b"end"], _nothing, [b"head" + LARGE, b"end"], id="large behind small"),
        pytest.param([b"head"], Gathered.drain, [b"head", "drain"], id="drained"),
        pytest.param([b"head"], _eof, [b"head", "eof"], id="half closed"),
        pytest.param([b"head"], _close, [b"head", "close"], id="closed"),
    ],
)
def test_what_follows_at_once_leaves_at_once_and_in_order(
    pieces: list[bytes], then: Callable[[Gathered], Awaitable[None]], done: list[object]
) -> None:
    writer = Writer()

    async def run() -> None:
        asyncio.get_running_loop().time = lambda: 0.0  # type: ignore[method-assign]
        gathered = Gathered(writer)  # type: ignore[arg-type]
        for piece in pieces:
            gathered.write(piece)
        await then(gathered)
        await asyncio.sleep(0)
        assert writer.done == done
        gathered.write(b"later")
        await asyncio.sleep(0)
        assert writer.done == [*done, *([] if writer.closing else [b"later"])]

    asyncio.run(run())


def test_a_reader_gets_the_first_piece_while_more_are_made() -> None:
    """The events of a stream that came together, each of which takes its time."""
    writer = Writer()
    now = 0.0

    async def run() -> None:
        nonlocal now
        asyncio.get_running_loop().time = lambda: now  # type: ignore[method-assign]
        gathered = Gathered(writer)  # type: ignore[arg-type]
        gathered.write(b"head")
        gathered.write(b"first")
        assert writer.done == []
        now += GATHERED_SECONDS
        gathered.write(b"second")
        assert writer.done == [b"headfirstsecond"]
        gathered.write(b"third")
        assert writer.done == [b"headfirstsecond"]
        await asyncio.sleep(0)
        assert writer.done == [b"headfirstsecond", b"third"]

    asyncio.run(run())
