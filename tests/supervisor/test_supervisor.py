"""What becomes of processes that fail, die, hang or are told to go, and of the connections on their way to them. The processes are toys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from dlp.supervisor import dealer, supervisor
from dlp.supervisor.listening import Listener, bind
from dlp.supervisor.process import State
from dlp.supervisor.supervisor import Settings, Supervisor
from tests.harness import ROOT, TIMEOUT_FACTOR

TOY = [sys.executable, str(Path(__file__).with_name("toy.py"))]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0.1)  # ten times as fast as heartbeats come
    monkeypatch.setattr(dealer, "SLOW_TICKS", 30)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


class Running:
    """A supervisor of toys.

    Args:
        ways: What each process that is started does, in order; the last one also what later ones do.
    """

    def __init__(self, folder: Path, *ways: str, count: int = 2) -> None:
        self.ways = list(ways)
        self.started: list[str] = []
        self.announced = 0
        sockets = bind(Listener(0, "127.0.0.1", 0))
        self.port = sockets[0].getsockname()[1]
        self.supervisor = Supervisor(
            Settings(count, self._command, folder, drain_seconds=5), {0: sockets}, self._announce
        )
        self.task = asyncio.create_task(self.supervisor.run())

    def _command(self, metrics: Path) -> list[str]:
        how = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        self.started.append(how)
        return [*TOY, how]

    def _announce(self) -> None:
        self.announced += 1

    async def ask(self) -> tuple[int, int]:
        """Number and pid of who answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            number, pid, port = (await asyncio.wait_for(reader.read(), 20 * TIMEOUT_FACTOR)).split()
            assert int(port) == writer.get_extra_info("sockname")[1]  # the client's own address
        finally:
            writer.close()
        return int(number), int(pid)

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(60 * TIMEOUT_FACTOR):
            while not what():
                assert not self.task.done(), self.task
                await asyncio.sleep(0.02)

    def ready(self) -> bool:
        processes = self.supervisor.processes
        return len(processes) == self.supervisor.wanted and all(each.state is State.READY for each in processes)


@contextlib.asynccontextmanager
async def running(folder: Path, *ways: str, count: int = 2) -> AsyncIterator[Running]:
    toys = Running(folder, *ways, count=count)
    try:
        yield toys
    finally:
        if not toys.task.done():
            toys.supervisor.stop(at_once=True)
            toys.supervisor.stop(at_once=True)
        await asyncio.wait_for(asyncio.gather(toys.task, return_exceptions=True), 60 * TIMEOUT_FACTOR)


async def test_the_first_that_fails_ends_the_start(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its message is there once, its status is ours, and nobody could ever connect."""
    async with running(tmp_path, "fails", count=3) as toys:
        assert await toys.task == 2
        assert (toys.started, toys.announced) == (["fails"], 0)
        with pytest.raises(ConnectionRefusedError):
            await toys.ask()
    assert capfd.readouterr().err == "this is why\n"


async def test_one_that_dies_young_is_replaced_later_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, "works", "dies", "dies", "dies", "works") as toys:
        await toys.until(lambda: len(toys.started) == 5 and toys.ready())
        assert toys.supervisor.died == 3
    pauses = [record.message for record in caplog.records if "another starts" in record.message]
    assert pauses == [f"process 2 ended with status 3; another starts in {pause} s" for pause in ("0.05", "0.1", "0.2")]


async def test_connections_wait_while_nobody_takes_them(tmp_path: Path) -> None:
    async with running(tmp_path, "works", count=1) as toys:
        await toys.until(toys.ready)
        _, pid = await toys.ask()
        os.kill(pid, signal.SIGKILL)
        assert (await toys.ask())[1] != pid


async def test_connections_that_one_did_not_take_go_to_another(tmp_path: Path) -> None:
    async with running(tmp_path, "deaf", "works") as toys:
        await toys.until(toys.ready)
        deaf, _ = toys.supervisor.processes
        asking = [asyncio.create_task(toys.ask()) for _ in range(4)]
        await toys.until(lambda: len(deaf.handed) >= 1)
        assert deaf.pid is not None
        os.kill(deaf.pid, signal.SIGKILL)
        assert deaf.pid not in {pid for _, pid in await asyncio.gather(*asking)}


async def test_one_that_is_full_gets_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nobody else there, further clients wait to be accepted."""
    monkeypatch.setattr("dlp.supervisor.process.MAX_PENDING", 2)
    async with running(tmp_path, "deaf", "works", count=1) as toys:
        await toys.until(toys.ready)
        asking = [asyncio.create_task(toys.ask()) for _ in range(4)]
        await toys.until(lambda: len(toys.supervisor.processes[0].handed) == 2)
        assert toys.supervisor.connections == 2
        toys.ways = ["works"]
        monkeypatch.setattr(dealer, "MAX_TRIES", 1)
        pid = toys.supervisor.processes[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 2


async def test_one_that_hangs_is_killed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path, "works", "hangs", "works") as toys:
        await toys.until(lambda: toys.supervisor.died == 1)
        await toys.until(toys.ready)
        assert toys.started == ["works", "hangs", "works"]
    assert "process 2 said nothing for too long; it is killed" in caplog.text


async def test_renewing_takes_one_after_the_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with running(tmp_path, "works") as toys:
        await toys.until(toys.ready)
        before = {process.pid for process in toys.supervisor.processes}
        os.kill(os.getpid(), signal.SIGHUP)
        await toys.until(lambda: "all 2 processes are new" in caplog.text)
        assert len(toys.started) == 4
        assert not before & {process.pid for process in toys.supervisor.processes}
        assert await toys.ask()


async def test_renewing_twice_renews_twice(tmp_path: Path) -> None:
    """What was changed after the first had begun is in force after the second."""
    async with running(tmp_path, "works", count=1) as toys:
        await toys.until(toys.ready)
        toys.supervisor.renew()
        toys.supervisor.renew()
        await toys.until(lambda: len(toys.started) == 3 and toys.ready())


async def test_a_replacement_that_is_not_fit_does_not_take_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, "works", "works", "unfit", "works") as toys:
        await toys.until(toys.ready)
        before = [process.pid for process in toys.supervisor.processes]
        toys.supervisor.renew()
        await toys.until(lambda: "is not fit" in caplog.text)
        assert [process.pid for process in toys.supervisor.processes] == before
        assert len(toys.started) == 3


async def test_one_that_was_told_to_stop_is_let_go(tmp_path: Path) -> None:
    async with running(tmp_path, "works", count=1) as toys:
        await toys.until(toys.ready)
        [old] = toys.supervisor.processes
        assert old.pid is not None
        os.kill(old.pid, signal.SIGTERM)
        await toys.until(lambda: old.state is State.ENDED and toys.ready())
        assert toys.supervisor.died == 0


async def test_stopping_ends_all(tmp_path: Path) -> None:
    async with running(tmp_path, "works") as toys:
        await toys.until(toys.ready)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(toys.task, 60 * TIMEOUT_FACTOR) == 0


async def test_one_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_TICKS", 1)
    async with running(tmp_path, "stays", count=1) as toys:
        await toys.until(toys.ready)
        toys.supervisor.stop()
        assert await asyncio.wait_for(toys.task, 60 * TIMEOUT_FACTOR) == 0


async def test_processes_outlive_no_supervisor(tmp_path: Path) -> None:
    """The end of the link is an order to stop."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *TOY, "works", "--supervised", f"{theirs.fileno()},1", pass_fds=[theirs.fileno()]
        )
    assert await asyncio.get_running_loop().run_in_executor(None, ours.recv, 1)
    ours.close()
    assert await asyncio.wait_for(process.wait(), 60 * TIMEOUT_FACTOR) == 0
