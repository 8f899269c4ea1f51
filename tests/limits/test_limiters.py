"""What every limiter promises; the one on a server with a real one."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlp.limits.base import Excess, Holder, Limiter, Rate
from dlp.limits.memory import MemoryLimiter
from dlp.limits.redis import RedisLimiter
from dlp.limits.shared import LimitsServer, SharedLimiter
from dlp.redis_client import connect
from tests.redis_server import RedisServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(params=["memory", "shared", "redis"])
def limiter(request: pytest.FixtureRequest) -> Iterator[Limiter]:
    if request.param == "memory":
        yield MemoryLimiter()
        return
    if request.param == "shared":
        path = request.getfixturevalue("tmp_path") / "limits.sock"
        with contextlib.closing(LimitsServer(path)), contextlib.closing(SharedLimiter(path)) as shared:
            yield shared
        return
    server: RedisServer = request.getfixturevalue("server")
    with contextlib.closing(connect(server.url)) as client:
        client.flushall()
        yield RedisLimiter(client)


def holder(name: str = "caller:anna", **limits: float) -> Holder:
    return Holder(name, Rate(**limits))  # type: ignore[arg-type]


def test_a_minutes_worth_and_no_more(limiter: Limiter) -> None:
    anna = holder(requests_per_minute=3)
    assert [limiter.admit([anna], f"r{number}") is None for number in range(5)] == [True, True, True, False, False]
    excess = limiter.admit([anna], "r9")
    assert excess == Excess("caller:anna", "requests", 20)
    assert limiter.admit([holder("caller:bert", requests_per_minute=3)], "r") is None


def test_it_fills_again(limiter: Limiter) -> None:
    anna = holder(requests_per_minute=600)
    while limiter.admit([anna], "r") is None:
        pass
    time.sleep(0.25)
    assert limiter.admit([anna], "r") is None


def test_characters_may_be_overdrawn_once(limiter: Limiter) -> None:
    anna = holder(characters_per_minute=1000)
    assert limiter.admit([anna], "a") is None
    limiter.charge([anna], 3000)
    excess = limiter.admit([anna], "b")
    assert excess is not None
    assert excess.what == "characters"
    assert 115 <= excess.seconds <= 120


def test_at_once(limiter: Limiter) -> None:
    anna = holder(concurrent=2)
    assert limiter.admit([anna], "a") is None
    assert limiter.admit([anna], "b") is None
    assert limiter.admit([anna], "c") == Excess("caller:anna", "concurrent requests", 1)
    limiter.release([anna], "a")
    limiter.release([anna], "a")
    limiter.release([anna], "never")
    assert limiter.admit([anna], "c") is None
    assert limiter.admit([anna], "d") is not None


def test_a_request_that_one_refuses_costs_nobody(limiter: Limiter) -> None:
    address, caller = (
        holder("address:1", requests_per_minute=2, concurrent=2),
        holder("caller:x", requests_per_minute=1),
    )
    assert limiter.admit([address, caller], "a") is None
    assert limiter.admit([address, caller], "b") == Excess("caller:x", "requests", 60)
    assert limiter.admit([address], "c") is None
    excess = limiter.admit([address], "d")
    assert excess is not None
    assert excess.holder == "address:1"


def test_no_limit_is_no_limit(limiter: Limiter) -> None:
    anna = holder()
    for number in range(50):
        assert limiter.admit([anna], str(number)) is None
        limiter.charge([anna], 10**9)


def test_no_more_get_in_than_there_is_room_for(limiter: Limiter) -> None:
    anna, entered = holder(requests_per_minute=40), []

    def come(number: int) -> None:
        entered.extend(at for at in range(20) if limiter.admit([anna], f"{number}-{at}") is None)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 40 <= len(entered) <= 42  # a moment has gone by


def test_holders_are_bounded() -> None:
    limiter = MemoryLimiter(max_holders=10)
    for number in range(1000):
        limiter.admit([holder(f"address:{number}", requests_per_minute=1)], "r")
    assert len(limiter._states) == 10


def test_a_lease_that_is_never_given_back_ends() -> None:
    now = [0.0]
    limiter = MemoryLimiter(lambda: now[0])
    anna = holder(concurrent=1)
    assert limiter.admit([anna], "a") is None
    now[0] = 3601
    assert limiter.admit([anna], "b") is None


def test_proxies_share_and_go_on_alone_without_the_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with RedisServer(tmp_path) as server, contextlib.ExitStack() as opened:
        one, other = (RedisLimiter(opened.enter_context(contextlib.closing(connect(server.url)))) for _ in range(2))
        anna = holder(requests_per_minute=2)
        assert one.admit([anna], "a") is None
        assert other.admit([anna], "b") is None
        assert one.admit([anna], "c") is not None
        with contextlib.closing(server.client()) as client:
            assert not [key for key in client.keys("*") if b"anna" in key]
        server.stop()
        answers: list[Callable[[], Excess | None]] = [lambda: one.admit([anna], "d")] * 3
        assert [answer() is None for answer in answers] == [True, True, False]
        assert caplog.text.count("by this proxy alone") == 1  # not once for each request


@contextlib.contextmanager
def sharing(path: Path, count: int) -> Iterator[list[SharedLimiter]]:
    """A server, and what so many processes have."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.closing(LimitsServer(path)))
        yield [stack.enter_context(contextlib.closing(SharedLimiter(path))) for _ in range(count)]


def test_processes_share_and_go_on_alone_without_their_supervisor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anna = holder(requests_per_minute=2)
    with sharing(tmp_path / "limits.sock", 2) as (one, two):
        assert one.admit([anna], "a") is None
        assert two.admit([anna], "b") is None
        assert one.admit([anna], "c") == two.admit([anna], "d") == Excess("caller:anna", "requests", 30)
    gone = SharedLimiter(tmp_path / "nobody.sock")
    assert [gone.admit([anna], f"r{number}") is None for number in range(3)] == [True, True, False]
    assert caplog.text.count("by this process alone") == 1


def test_what_a_process_had_under_way_ends_with_it(tmp_path: Path) -> None:
    anna = holder(concurrent=1)
    with sharing(tmp_path / "limits.sock", 2) as (dying, other):
        assert dying.admit([anna], "a") is None
        assert other.admit([anna], "b") is not None
        dying.close()
        while other.admit([anna], "b") is not None:
            pass


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b'["admit", [["a"]], ""]\n', b"x" * 70_000])
def test_nonsense_ends_the_connection(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "limits.sock"
    with sharing(path, 1) as (limiter,), socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(120)
        stranger.connect(str(path))
        with contextlib.suppress(BrokenPipeError):
            stranger.sendall(line)
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(1) == b""
        assert limiter.admit([holder(requests_per_minute=1)], "a") is None
