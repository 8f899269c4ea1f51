"""What a process and its supervisor say arrives in order, late if need be, and never without an end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from dlp.supervisor.link import Order, ProxyEnd, Said, send_connection


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


class Heard:
    def __init__(self, link: socket.socket) -> None:
        self.words: list[object] = []
        self.changed = asyncio.Event()
        self.end = ProxyEnd(link, self._connected, self._ordered)

    def _connected(self, listener: int, connection: socket.socket) -> None:
        with connection:
            self.words.append((listener, connection.recv(10)))
        self.changed.set()

    def _ordered(self, order: Order) -> None:
        self.words.append(order)
        self.changed.set()

    async def until(self, count: int) -> None:
        while len(self.words) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 120)


async def test_an_order_comes_after_the_connections_before_it(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard = Heard(theirs)
    for number in range(3):
        one, other = socket.socketpair()
        with one, other:
            one.send(b"%d" % number)
            assert send_connection(ours, other, number)
    ours.send(bytes([200, Order.YIELD]))  # a word of a later version is none
    heard.end.start()
    await heard.until(4)
    assert heard.words == [(0, b"0"), (1, b"1"), (2, b"2"), Order.YIELD]


async def test_the_end_of_the_link_is_an_order_to_stop(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard = Heard(theirs)
    heard.end.start()
    ours.close()
    await heard.until(1)
    heard.end.say(Said.CLOSED)
    assert heard.words == [Order.STOP]


async def test_what_can_not_be_said_now_is_said_later(pair: tuple[socket.socket, socket.socket]) -> None:
    """In order and not twice; heartbeats don't pile up."""
    ours, theirs = pair
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    heard = Heard(theirs)
    heard.end.start()
    for _ in range(20_000):
        heard.end.say(Said.TAKEN)
        heard.end.say(Said.CLOSED)
    spoken = bytearray()
    while len(spoken) < 40_002:
        with contextlib.suppress(BlockingIOError):
            spoken += ours.recv(65536)
        await asyncio.sleep(0)
    assert spoken[:2] == bytes([Said.RUNNING, Said.PULSE])
    assert all(set(two) == {Said.TAKEN, Said.CLOSED} for two in pairwise(spoken[2:]))


def test_a_full_link_takes_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    count = 0
    with socket.socket() as connection:
        while send_connection(ours, connection, 0):
            count += 1
    assert count > 64  # `MAX_PENDING`, so that an order always finds room
    theirs.close()
    with socket.socket() as connection, pytest.raises(OSError, match="pipe"):
        send_connection(ours, connection, 0)
