"""A proxy process that is handed its connections by a supervisor (`dlp.supervisor`) instead of listening itself.

mitmproxy opens its listening sockets in one function of its servers, which is replaced here for want of a seam; what it does with a connection
is what it does with one that it accepted itself.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mitmproxy.proxy import mode_servers

from dlp.errors import origin
from dlp.supervisor.link import Order, ProxyEnd, Said

log = logging.getLogger("dlp")

type _Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Supervised:
    """The process's side. For one event loop.

    Args:
        link: To the supervisor.
        modes: As mitmproxy has them; a connection comes with the number of one.
        ordered: Takes the supervisor's orders.
    """

    def __init__(self, link: socket.socket, modes: Sequence[str], ordered: Callable[[Order], None]) -> None:
        self._modes = list(modes)
        self._end = ProxyEnd(link, self._connected, ordered)
        self._handlers: dict[int, _Handler] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def install(self) -> None:
        """Have mitmproxy's servers get their connections here."""

        async def listen(instance: Any, host: str, port: int) -> list[_Elsewhere]:
            self._handlers[self._modes.index(instance.mode.full_spec)] = instance.handle_stream
            return [_Elsewhere(host, port)]

        vars(mode_servers)["AsyncioServerInstance"].listen = listen

    def start(self) -> None:
        """Take connections from now on."""
        self._end.start()

    def warmed(self, *, fit: bool) -> None:
        """Tell whether the models are loaded."""
        self._end.say(Said.READY if fit else Said.UNFIT)

    def leave(self) -> None:
        """Ask to be let go. The order comes when no connection is on its way here any more."""
        self._end.say(Said.LEAVING)

    def _connected(self, number: int, connection: socket.socket) -> None:
        self._end.say(Said.TAKEN)
        task = asyncio.get_running_loop().create_task(self._open(number, connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, number: int, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        handler = self._handlers[number]

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await handler(reader, writer)
            finally:
                self._end.say(Said.CLOSED)

        try:
            await loop.connect_accepted_socket(
                lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), handle, loop=loop), connection
            )
        except OSError as error:
            log.info("a connection could not be taken over: %s", origin(error))
            connection.close()
            self._end.say(Said.CLOSED)


class _Elsewhere:
    """Stands in for a server of asyncio that listens at an address."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    @property
    def sockets(self) -> tuple[_Elsewhere]:
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        return self._address

    def close(self) -> None:
        """The supervisor stops handing connections over before it orders to stop."""
