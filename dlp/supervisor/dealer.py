"""Accepts connections and deals each to the process that has the fewest."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from dlp.supervisor.listening import BACKLOG, unusable
from dlp.supervisor.process import Handed, Process, State

log = logging.getLogger("dlp")

SLOW_TICKS = 3
"""A process that has not said a word for so long gets connections only if there is nobody else."""
ACCEPT_PAUSE = 1.0
"""Seconds, when the system has no handle left for another connection."""
MAX_ACCEPTED = 64
"""Connections accepted in one turn of the loop."""
MAX_TRIES = 2
"""Processes that a connection is handed to, if the first ends before it took it."""
MAX_CLIENTS = 4096
"""Client addresses of which the last process is remembered."""


class Dealer:
    """For one event loop.

    While no process takes connections they wait in the kernel's queue: clients see a slow connection, not a refused one.

    Args:
        sockets: By number of the listener; bound, not listening yet.
        processes: Those that there are, now.
    """

    def __init__(
        self, sockets: Mapping[int, Sequence[socket.socket]], processes: Callable[[], Iterable[Process]]
    ) -> None:
        self._sockets = [(number, one) for number, many in sockets.items() for one in many]
        self._processes = processes
        self._waiting: deque[Handed] = deque()
        """Accepted, while there was nobody to take them: what a process that died had not taken, and one more at most."""
        self._last: OrderedDict[str, int] = OrderedDict()
        self._accepting = False
        self._open = False
        self.count = 0
        """Connections accepted so far."""
        self._loop = asyncio.get_running_loop()

    def listen(self) -> None:
        """Let clients connect. Raises `ConfigurationError` if a port has been taken meanwhile."""
        for _, one in self._sockets:
            try:
                one.listen(BACKLOG)
            except OSError as error:
                raise unusable("{}:{}".format(*one.getsockname()[:2]), error) from None
        self._open = True
        self.resume()

    def resume(self) -> None:
        """Somebody may take connections again."""
        while self._waiting and self._deal(self._waiting[0]):
            self._waiting.popleft()
        if self._open and not self._accepting and not self._waiting and any(each.takes for each in self._processes()):
            self._accepting = True
            for number, one in self._sockets:
                self._loop.add_reader(one, self._accept, number, one)

    def deal_again(self, handed: Handed) -> None:
        """A process ended without having taken this connection."""
        if handed.tries < MAX_TRIES and self._open:
            self._give(Handed(handed.connection, handed.listener, handed.client, handed.tries + 1))
        else:
            handed.connection.close()

    def close(self) -> None:
        """Accept nothing more. Doing so twice does nothing."""
        self._pause()
        self._open = False
        for _, one in self._sockets:
            one.close()
        for handed in self._waiting:
            handed.connection.close()
        self._waiting.clear()

    def _pause(self) -> None:
        if self._accepting:
            self._accepting = False
            for _, one in self._sockets:
                self._loop.remove_reader(one)

    def _accept(self, number: int, listener: socket.socket) -> None:
        for _ in range(MAX_ACCEPTED):
            if not any(process.takes for process in self._processes()):
                self._pause()
                return
            try:
                connection, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.error("no connection can be accepted for %g s: %s", ACCEPT_PAUSE, error.strerror)
                self._pause()
                self._loop.call_later(ACCEPT_PAUSE, self.resume)
                return
            self.count += 1
            self._give(Handed(connection, number, str(address[0])))

    def _give(self, handed: Handed) -> None:
        if not self._deal(handed):
            self._waiting.append(handed)
            self._pause()

    def _deal(self, handed: Handed) -> bool:
        last = self._last.get(handed.client)

        def preference(process: Process) -> tuple[bool, bool, int, bool, int]:
            # Of equals, the one that this client had last: it knows its texts already.
            return (
                process.ticks > SLOW_TICKS,
                process.state is not State.READY,
                process.load,
                process.number != last,
                process.number,
            )

        for process in sorted((each for each in self._processes() if each.takes), key=preference):
            if process.hand_over(handed):
                self._last[handed.client] = process.number
                self._last.move_to_end(handed.client)
                if len(self._last) > MAX_CLIENTS:
                    self._last.popitem(last=False)
                return True
        return False
