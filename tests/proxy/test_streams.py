"""What becomes of a streamed answer when the work on it fails."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dlp.engine.leaves import Stats
from dlp.errors import AnswerStopped
from dlp.proxy.streams import SMALL_BYTES, StreamedAnswer, Tap


class Failing:
    """Restores until it is told something bad."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def feed(self, data: bytes) -> list[bytes]:
        if data == b"bad":
            raise self._error
        return [data]

    def flush(self) -> list[bytes]:
        return [b"rest"]


def test_a_piece_that_cant_be_restored_goes_on_as_it_came() -> None:
    stats = Stats()
    ended: list[Stats] = []
    answer = StreamedAnswer(Failing(RuntimeError()), stats, ended.append)
    assert [answer(chunk) for chunk in (b"one", b"bad", b"two", b"")] == [[b"one"], [b"bad"], [b"two"], [b"rest"]]
    assert (stats.faults, ended) == (1, [stats])


@pytest.mark.parametrize("error", [RuntimeError("at sofia@corp.example"), AnswerStopped("it holds what it must not")])
def test_a_scanned_answer_ends_where_it_cant_be_examined(error: Exception) -> None:
    """Whatever it is that fails; nothing of the piece goes on, nor anything behind it."""
    stats = Stats()
    ended: list[Stats] = []
    said: list[str] = []

    def ending(stop: AnswerStopped) -> bytes:
        said.append(str(stop))
        return b"error"

    answer = StreamedAnswer(Failing(error), stats, ended.append, ending=ending)
    assert [answer(chunk) for chunk in (b"one", b"bad", b"two", b"")] == [[b"one"], [b"error"], [], []]
    assert ended == [stats]
    assert "sofia" not in said[0]


def test_when_nothing_comes_what_is_held_back_is_given_out() -> None:
    times: list[float] = []
    answer = StreamedAnswer(
        Failing(RuntimeError()), Stats(), lambda _: None, release=lambda: [b"held"], held=times.append
    )
    assert answer(None) == [b"held"]
    assert times == []


@pytest.mark.parametrize(
    ("size", "packed", "here"), [(SMALL_BYTES, False, True), (SMALL_BYTES + 1, False, False), (10, True, False)]
)
def test_what_may_unpack_to_more_is_recorded_in_a_thread(*, size: int, packed: bool, here: bool) -> None:
    """The event loop is for what is short, whatever its bytes are on the wire."""
    threads: list[threading.Thread] = []

    async def answered() -> None:
        recorded = asyncio.Event()
        loop = asyncio.get_running_loop()

        def remember(body: bytes) -> list[bytes]:
            assert len(body) == size
            threads.append(threading.current_thread())
            return []

        tap = Tap(remember, lambda: None, lambda: loop.call_soon_threadsafe(recorded.set), packed=packed)
        assert tap.listen(b"x" * size) == [b"x" * size]
        assert tap.listen(b"") == []
        assert threads == [] or not here  # not before the answer has gone
        await asyncio.wait_for(recorded.wait(), 60)

    asyncio.run(answered())
    assert (threads == [threading.current_thread()]) is here
