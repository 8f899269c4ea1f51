"""Connections that mitmproxy would leave open, so that their clients wait for ever.

mitmproxy closes a connection by cancelling the task that reads from it. While that task waits for another's event to be handled,
the cancellation takes it past the lines that close the socket (12.2, `ConnectionHandler.handle_connection`): the client
of a refused upload keeps sending into a socket that nobody reads. Here every socket is closed when its task ends.
"""

from __future__ import annotations

import contextlib

from mitmproxy.connection import Connection
from mitmproxy.proxy import server

_read_until_closed = server.ConnectionHandler.handle_connection


async def handle_connection(self: server.ConnectionHandler, connection: Connection) -> None:
    """Handle a connection for its whole life, and close its socket whatever ends it."""
    try:
        await _read_until_closed(self, connection)
    finally:
        left_open = self.transports.pop(connection, None)
        if left_open is not None and left_open.writer is not None:
            with contextlib.suppress(OSError):
                left_open.writer.close()


def install() -> None:
    """Make mitmproxy use it: there is no seam for another way. Idempotent."""
    vars(server)["ConnectionHandler"].handle_connection = handle_connection
