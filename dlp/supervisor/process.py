"""One proxy process as the supervisor sees it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dlp.supervisor.link import Order, Said, send_connection

MAX_PENDING = 64
"""Connections that a process has been handed and hasn't taken over. It takes one in microseconds: with more, it is stuck."""
_SPEECH = 4096


class State(Enum):
    """How far a process is. It moves down this list and never up."""

    STARTING = "is starting"
    RUNNING = "is loading its models"
    READY = "is ready"
    UNFIT = "can't examine anything"
    LEAVING = "is stopping"
    ENDED = "has ended"


_ORDER = {state: place for place, state in enumerate(State)}
_NEXT: dict[int, State] = {
    Said.RUNNING: State.RUNNING,
    Said.READY: State.READY,
    Said.UNFIT: State.UNFIT,
    Said.LEAVING: State.LEAVING,
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A connection on its way to a process, for which the supervisor still has a handle.

    Args:
        listener: Number of the one that it came in by.
        client: Address of the client.
        tries: Processes that it was handed to.
    """

    connection: socket.socket
    listener: int
    client: str
    tries: int = 1


class Process:
    """For one event loop.

    Args:
        number: Of its place, from 1. Its replacement has the same.
        metrics: Path of the Unix socket at which it serves metrics and health.
        changed: Called when it has moved to another state, or has room again.
    """

    def __init__(self, number: int, metrics: Path, changed: Callable[[Process], None]) -> None:
        self.number, self.metrics = number, metrics
        self.state = State.STARTING
        self.open = 0
        """Connections that it has taken over and that haven't ended."""
        self.handed: deque[Handed] = deque()
        """In the order in which it will say that it took them."""
        self.ticks = 0
        """Of the supervisor's clock since it last said something."""
        self.leaving_ticks = 0
        """Since it was told to stop."""
        self.settled = asyncio.Event()
        """It is known whether it can do its work."""
        self.ended = asyncio.Event()
        self._changed = changed
        self._link: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, command: Sequence[str]) -> None:
        """Run the command, which is told the number of its end of the link: `--supervised FD,NUMBER`.

        Raises:
            OSError: It can't be run.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    "--supervised",
                    f"{theirs.fileno()},{self.number}",
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    process_group=0,  # Ctrl-C is for the supervisor, which tells them all
                )
            except OSError:
                ours.close()
                raise
        self._link = ours
        asyncio.get_running_loop().add_reader(ours, self._listen)

    async def wait(self) -> int:
        """The exit status, once it has ended; negative for a signal."""
        if self._process is None:
            return -1
        status = await self._process.wait()
        self._listen()  # what it said last
        self._hang_up()
        self._move(State.ENDED)
        return status

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def load(self) -> int:
        """Connections that are its affair."""
        return self.open + len(self.handed)

    @property
    def takes(self) -> bool:
        """Whether it can be handed a connection."""
        return self.state in (State.RUNNING, State.READY, State.UNFIT) and len(self.handed) < MAX_PENDING

    def tick(self) -> None:
        """A second has gone by."""
        self.ticks += 1
        if self.state is State.LEAVING:
            self.leaving_ticks += 1

    def hand_over(self, handed: Handed) -> bool:
        """Give it a connection; False if it has no room."""
        if self._link is None:
            return False
        try:
            sent = send_connection(self._link, handed.connection, handed.listener)
        except OSError:
            return False
        if sent:
            self.handed.append(handed)
        return sent

    def order(self, order: Order) -> None:
        """Have it stop, sooner or later."""
        self._move(State.LEAVING)
        if self._link is not None:
            with contextlib.suppress(OSError):  # there is room for it besides `MAX_PENDING` connections
                self._link.send(bytes([order]))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if there is a process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _listen(self) -> None:
        while self._link is not None:
            try:
                speech = self._link.recv(_SPEECH)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                speech = b""
            if not speech:
                self._hang_up()
                return
            self.ticks = 0
            for word in speech:
                self._hear(word)

    def _hear(self, word: int) -> None:
        if word == Said.TAKEN and self.handed:
            full = not self.takes
            self.handed.popleft().connection.close()
            self.open += 1
            if full:
                self._changed(self)
        elif word == Said.CLOSED:
            self.open = max(0, self.open - 1)
        elif (state := _NEXT.get(word)) is not None and self._move(state):
            self._changed(self)

    def _move(self, state: State) -> bool:
        """Go to a later state; False if it is there already, or further."""
        if _ORDER[state] <= _ORDER[self.state]:
            return False
        self.state = state
        if state not in (State.STARTING, State.RUNNING):
            self.settled.set()
        if state is State.ENDED:
            self.ended.set()
        return True

    def _hang_up(self) -> None:
        if self._link is not None:
            asyncio.get_running_loop().remove_reader(self._link)
            self._link.close()
            self._link = None
