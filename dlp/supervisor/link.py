"""What a supervisor and a proxy process say to each other: one byte a message, over a pair of Unix stream sockets.

To the process go connections (the byte is the number of the listener it came in by, the socket rides along) and orders. Bytes arrive in
order, so that an order to stop comes after every connection that was handed over before it. The end of the link means that the other side is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from enum import IntEnum

MAX_LISTENERS = 64
"""Numbers of listeners; what is above is an order."""
PULSE_SECONDS = 1.0
"""Between two heartbeats of a process."""


class Order(IntEnum):
    """What the supervisor tells a process."""

    YIELD = 0x80
    """Others take over: let clients move there, then stop."""
    STOP = 0x81
    """Let answers that are under way come to their end, then stop."""


class Said(IntEnum):
    """What a process tells the supervisor."""

    PULSE = 0
    """The event loop turns."""
    RUNNING = 1
    """It takes connections."""
    READY = 2
    """Its models are loaded."""
    UNFIT = 3
    """Detection doesn't work: it would refuse every request."""
    TAKEN = 4
    """The connection that was handed over longest ago is its own now. Said before a byte of it is read."""
    CLOSED = 5
    """A connection that it took has ended."""
    LEAVING = 6
    """Somebody told it to stop; it waits for an order, which comes after the last connection."""


def send_connection(link: socket.socket, connection: socket.socket, listener: int) -> bool:
    """Hand a connection over; False if there is no room now. The caller's own handle stays open.

    Raises:
        OSError: The process is gone.
    """
    try:
        return socket.send_fds(link, [bytes([listener])], [connection.fileno()]) == 1
    except (BlockingIOError, InterruptedError):
        return False


class ProxyEnd:
    """The link as a proxy process has it. For one event loop.

    Args:
        link: The process's end. It is closed with the process.
        connected: Takes a connection, as a blocking socket, and the number of its listener.
        ordered: Takes an order; the end of the link counts as `Order.STOP`.
    """

    def __init__(
        self, link: socket.socket, connected: Callable[[int, socket.socket], None], ordered: Callable[[Order], None]
    ) -> None:
        link.setblocking(False)
        link.set_inheritable(False)
        self._link, self._connected, self._ordered = link, connected, ordered
        self._unsent = bytearray()
        self._loop = asyncio.get_running_loop()
        self._pulse: asyncio.TimerHandle | None = None
        self._open = True

    def start(self) -> None:
        """Take connections and orders from now on, and say so."""
        self._loop.add_reader(self._link, self._receive)
        self.say(Said.RUNNING)
        self._beat()

    def say(self, what: Said) -> None:
        """Tell the supervisor; if it doesn't listen just now, later."""
        if not self._open:
            return
        self._unsent.append(what)
        self._send()

    def _send(self) -> None:
        try:
            del self._unsent[: self._link.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._end()
            return
        if self._unsent:
            self._loop.add_writer(self._link, self._send)
        else:
            self._loop.remove_writer(self._link)

    def _beat(self) -> None:
        if not self._unsent:  # what waits already says that there is life
            self.say(Said.PULSE)
        if self._open:
            self._pulse = self._loop.call_later(PULSE_SECONDS, self._beat)

    def _receive(self) -> None:
        try:
            message, handles, _, _ = socket.recv_fds(self._link, 1, 1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            message, handles = b"", []
        if not message:
            self._end()
        elif message[0] < MAX_LISTENERS:
            for handle in handles:
                self._connected(message[0], socket.socket(fileno=handle))
        else:
            with contextlib.suppress(ValueError):
                self._ordered(Order(message[0]))

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._link)
        self._loop.remove_writer(self._link)
        if self._pulse is not None:
            self._pulse.cancel()
        self._link.close()
        self._ordered(Order.STOP)
