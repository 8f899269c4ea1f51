"""Keeps a number of proxy processes running."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlp.errors import ConfigurationError
from dlp.hangup import on_hangup
from dlp.supervisor.dealer import Dealer
from dlp.supervisor.link import Order
from dlp.supervisor.process import Process, State

log = logging.getLogger("dlp")

TICK_SECONDS = 1.0
"""The supervisor's clock. It counts ticks instead of reading the time, which goes on while a whole group of processes is stopped."""
HUNG_TICKS = 30
"""Without a heartbeat a process is killed then. Its loop never waits for detection; what holds it that long doesn't end."""
START_TICKS = 120
"""A process that doesn't take connections by then is killed."""
STOP_TICKS = 20
"""Beyond the time for answers, a process that was told to stop is killed."""
STEADY_SECONDS = 60.0
"""A process that has lived so long is replaced at once when it dies."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a process that died young is replaced; doubled each time."""
_NEVER_LISTENED = 70


@dataclass(frozen=True, slots=True)
class Settings:
    """What runs.

    Args:
        count: Processes, at least 1.
        command: What a process runs, given the path of the Unix socket at which it is to serve metrics. It is told its link in addition.
        folder: For these sockets; of this user alone.
        drain_seconds: How long a process lets answers come to their end; it keeps to that by itself.
    """

    count: int
    command: Callable[[Path], Sequence[str]]
    folder: Path
    drain_seconds: float


@dataclass(slots=True)
class _Place:
    process: Process | None = None
    """Who takes connections here, or is about to; not one that leaves or that is to take over."""
    failures: int = 0
    """Deaths in a row of processes that were young."""


class Supervisor:
    """For one event loop; `run` once.

    Args:
        sockets: By number of the listener; bound, not listening yet. They are closed at the end.
        listening: Called when clients can connect, which is when the first process takes connections.
    """

    def __init__(
        self, settings: Settings, sockets: Mapping[int, Sequence[socket.socket]], listening: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._announce = listening
        self._places = [_Place() for _ in range(settings.count)]
        self._living: list[Process] = []
        self._dealer = Dealer(sockets, lambda: self._living)
        self._listening = False
        self._stopping = False
        self._outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._renewing: asyncio.Task[None] | None = None
        self._renew_again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = 0
        self.died = 0
        """Processes that ended without having been told to."""
        self._loop = asyncio.get_running_loop()

    async def run(self) -> int:
        """Run until told to stop; returns the exit status: 0, or that of the first process if it never took a connection.

        SIGTERM stops all processes after their answers, SIGINT (and the second SIGTERM) at once, SIGHUP renews them.

        Raises:
            ConfigurationError: The port can't be had.
        """
        acts: dict[int, Callable[[], None]] = {
            signal.SIGTERM: self.stop,
            signal.SIGINT: lambda: self.stop(at_once=True),
            signal.SIGHUP: on_hangup(self.renew, self.stop),
        }
        for number, act in acts.items():
            self._loop.add_signal_handler(number, act)
        ticking = self._loop.create_task(self._tick())
        try:
            self._places[0].process = self._start(1)
            return await self._outcome
        finally:
            self._stopping = True
            ticking.cancel()
            self._dealer.close()
            for process in self._living:
                process.signal(signal.SIGKILL)
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for number in acts:
                self._loop.remove_signal_handler(number)

    @property
    def processes(self) -> list[Process]:
        """The one of each place that has one. Safe from any thread."""
        return [process for place in self._places if (process := place.process) is not None]

    @property
    def wanted(self) -> int:
        """Processes that there should be."""
        return len(self._places)

    @property
    def connections(self) -> int:
        """Accepted so far."""
        return self._dealer.count

    def stop(self, *, at_once: bool = False) -> None:
        """Take nothing new and have all processes stop: after their answers, or at once (also if this is the second time)."""
        at_once, self._stopping = at_once or self._stopping, True
        self._dealer.close()
        if self._renewing is not None:
            self._renewing.cancel()
        for process in self._living:
            starting = process.state is State.STARTING
            process.order(Order.STOP)
            if at_once or starting:
                process.signal(signal.SIGINT if at_once else signal.SIGTERM)
        self._settle()

    def renew(self) -> None:
        """Replace all processes, one after the other. A replacement takes over when it is ready; if it isn't fit, renewing ends there."""
        if self._stopping or not self._listening:
            return
        if self._renewing is not None:
            self._renew_again = True
            return
        self._renewing = self._do(self._renew())

    # -- the life of a process -----------------------------------------------------------------------------------------

    def _start(self, number: int) -> Process:
        self._started += 1  # two processes have one number while one takes over from the other
        process = Process(number, self._settings.folder / f"{self._started}.sock", self._changed)
        self._living.append(process)
        self._do(self._watch(process))
        return process

    async def _watch(self, process: Process) -> None:
        began = self._loop.time()
        try:
            await process.start(self._settings.command(process.metrics))
        except OSError as error:
            log.error("process %d can't be started: %s", process.number, error.strerror)
        status = await process.wait()
        process.metrics.unlink(missing_ok=True)
        self._living.remove(process)
        self._ended(process, status, self._loop.time() - began)
        while process.handed:
            self._dealer.deal_again(process.handed.popleft())
        self._settle()

    def _changed(self, process: Process) -> None:
        if process.state is State.LEAVING:
            # Somebody told this one process to stop. The order comes after all connections that it was handed.
            process.order(Order.YIELD)
            place = self._places[process.number - 1]
            if place.process is process and not self._stopping:
                log.info("process %d leaves; another takes its place", process.number)
                place.process = self._start(process.number)
        elif not self._listening and not self._stopping:
            self._listen()
        self._dealer.resume()

    def _listen(self) -> None:
        """The first process runs, so the set-up works: let clients connect, and start the others."""
        try:
            self._dealer.listen()
        except ConfigurationError as error:
            if not self._outcome.done():
                self._outcome.set_exception(error)
            return
        self._listening = True
        self._announce()
        for number, place in enumerate(self._places[1:], 2):
            place.process = self._start(number)

    def _ended(self, process: Process, status: int, lived: float) -> None:
        place = self._places[process.number - 1]
        if self._stopping or place.process is not process:
            return
        place.process = None
        if not self._listening:
            # It has said why, and the others would fail as it did.
            if status < 0:
                log.error("the first process %s before it took connections", _ending(status))
            if not self._outcome.done():
                self._outcome.set_result(status if status > 0 else _NEVER_LISTENED)
            return
        self.died += 1
        place.failures = 0 if lived > STEADY_SECONDS else place.failures + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (place.failures - 1)) if place.failures else 0.0
        log.error("process %d %s; another starts in %g s", process.number, _ending(status), pause)
        self._loop.call_later(pause, self._replace, process.number)

    def _replace(self, number: int) -> None:
        place = self._places[number - 1]
        if not self._stopping and place.process is None:
            place.process = self._start(number)

    async def _renew(self) -> None:
        try:
            for number, place in enumerate(self._places, 1):
                new = self._start(number)
                await new.settled.wait()
                if new.state is not State.READY:
                    log.error("the new process %d is not fit, so the processes that there are go on", number)
                    new.order(Order.YIELD)
                    return
                old, place.process = place.process, new
                if old is not None:
                    old.order(Order.YIELD)
                    await old.ended.wait()
            log.info("all %d processes are new", len(self._places))
        finally:
            self._renewing = None
            if self._renew_again:
                self._renew_again = False
                self.renew()

    async def _tick(self) -> None:
        longest_leave = self._settings.drain_seconds + STOP_TICKS
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for process in self._living:
                process.tick()
                if process.ticks > (START_TICKS if process.state is State.STARTING else HUNG_TICKS):
                    log.error("process %d said nothing for too long; it is killed", process.number)
                elif process.leaving_ticks > longest_leave:
                    log.error("process %d does not stop; it is killed", process.number)
                else:
                    continue
                process.signal(signal.SIGKILL)

    def _settle(self) -> None:
        if self._stopping and not self._living and not self._outcome.done():
            self._outcome.set_result(0)

    def _do(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"
