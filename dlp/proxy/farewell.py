"""How clients learn that the process which has their connection is about to end, so that they open another one for their next request.

Over HTTP/1 the next answer says `connection: close`. HTTP/2 has GOAWAY for it, which mitmproxy sends for errors alone. It is sent here as soon
as a connection has no request under way: libraries built on h2 (httpx) take it for the end of the streams that run. It names the last request that was
read; whatever a client has sent after that wasn't, which the client may therefore send again elsewhere (RFC 9113, 6.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, override
from weakref import WeakSet

import h2.connection
import h2.errors
from mitmproxy import http
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http._events import ResponseEndOfMessage
from mitmproxy.proxy.layers.http._http2 import Http2Server
from mitmproxy.proxy.layers.tls import ClientTLSLayer
from mitmproxy.proxy.server import ConnectionHandler

_OVER = h2.connection.ConnectionState.CLOSED


class Farewell:
    """Parts with clients, once `begun`. For one event loop.

    Replaces the class of mitmproxy's that speaks HTTP/2 with clients, for want of a seam.
    """

    def __init__(self) -> None:
        self.begun = False
        self._open: WeakSet[_PartingServer] = WeakSet()
        farewell = self

        class Server(_PartingServer):
            def __init__(self, context: Context) -> None:
                super().__init__(context, farewell)
                farewell._open.add(self)

        vars(http_layers)["Http2Server"] = Server

    def part(self, handlers: Iterable[ConnectionHandler]) -> None:
        """Part with the clients that have no request under way over HTTP/2.

        Args:
            handlers: All connections.
        """
        by_client = {handler.client.id: handler for handler in handlers}
        for server in list(self._open):
            handler = by_client.get(server.context.client.id)
            for data in server.goodbye() if handler is not None else ():
                _send(handler, server.context, data)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Say it in an answer over HTTP/1."""
        answer = flow.response if self.begun and flow.client_conn.alpn != b"h2" else None
        if answer is not None and answer.status_code != 101:
            answer.headers["connection"] = "close"

    def response(self, flow: http.HTTPFlow) -> None:
        """An answer of our own: mitmproxy has no other hook for it."""
        self.responseheaders(flow)


class _PartingServer(Http2Server):
    """A client's HTTP/2 connection."""

    def __init__(self, context: Context, farewell: Farewell) -> None:
        super().__init__(context)
        self._farewell = farewell
        self._parted = False

    @override
    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if self._parted and isinstance(event, events.DataReceived):
            return  # of a request that the client takes for unread
        yield from super()._handle_event(event)
        if self._farewell.begun and isinstance(event, ResponseEndOfMessage):
            for data in self.goodbye():
                yield commands.SendData(self.conn, data)

    def goodbye(self) -> Iterator[bytes]:
        """What is to be sent to part with the client; nothing while it has requests under way, or if that was said."""
        connection = self.h2_conn
        if not self._parted and connection.state_machine.state is not _OVER and not connection.open_inbound_streams:
            self._parted = True
            connection.close_connection(h2.errors.ErrorCodes.NO_ERROR)
            yield connection.data_to_send()


def _send(handler: Any, context: Context, data: bytes) -> None:
    """Send to a client what no event of the connection has brought about."""
    pieces = [data]
    for layer in reversed(context.layers):
        if isinstance(layer, ClientTLSLayer):
            pieces = [
                command.data
                for piece in pieces
                for command in layer.send_data(piece)
                if isinstance(command, commands.SendData)
            ]
    transport = handler.transports.get(context.client)
    if transport is not None and transport.writer is not None and not transport.writer.is_closing():
        for piece in pieces:
            transport.writer.write(piece)
