"""One HTTP/1.1 connection of the fake server. h11 keeps the protocol; this file moves the bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Protocol

import h11

from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply

READ_SIZE = 2**16
MAX_HEADER_BYTES = 2**18


class Application(Protocol):
    """What a connection needs from the server; shared with `dlp.fakes.http2`."""

    def saw_bytes(self, data: bytes) -> None:
        """Called with every piece read, before parsing."""

    async def respond(self, received: Received) -> Reply:
        """Record the request and compose its answer."""

    def pace(self, reply: Reply) -> AsyncIterator[bytes]:
        """The parts of a reply, each when it may be written."""

    @property
    def port(self) -> int:
        """The TLS port, where tunnels end."""


class Aborted(Exception):
    """The script breaks this connection off."""


async def serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, application: Application, sni: str | None
) -> None:
    """Answer requests until either side ends the connection."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEADER_BYTES)
    tls = isinstance(writer.get_extra_info("ssl_object"), ssl.SSLObject)
    try:
        while True:
            received = await _read_request(connection, reader, writer, application, sni if tls else None)
            if received is None:
                return
            if received.method == "CONNECT":
                await _tunnel(connection, reader, writer, application.port)
                return
            await _write_reply(connection, writer, await application.respond(received), application, received.method)
            if connection.our_state is h11.MUST_CLOSE or connection.their_state is h11.MUST_CLOSE:
                return
            connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            head = h11.Response(
                status_code=error.error_status_hint, headers=[("content-length", "0"), ("connection", "close")]
            )
            await _send(writer, connection.send(head))
    except Aborted:
        writer.transport.abort()


async def _read_request(
    connection: h11.Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    application: Application,
    sni: str | None,
) -> Received | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                await _send(writer, connection.send(h11.InformationalResponse(status_code=100, headers=[])))
            data = await reader.read(READ_SIZE)
            application.saw_bytes(data)
            connection.receive_data(data)
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif head is not None and (isinstance(event, h11.EndOfMessage) or _opens_tunnel(event, head)):
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
            host = next((value for name, value in headers if name == "host"), "")
            return Received(
                method=head.method.decode(),
                host=host_name(host),
                target=origin_form(head.target.decode("latin-1")),
                http_version=head.http_version.decode(),
                headers=headers,
                raw_body=bytes(body),
                sni=sni,
            )
        else:  # the peer closed, or asks for another protocol
            return None


def _opens_tunnel(event: object, head: h11.Request) -> bool:
    return event is h11.PAUSED and head.method == b"CONNECT"


async def _tunnel(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    """Pass bytes on to our own TLS port, unread and unrecorded, whatever name was asked for."""
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _send(writer, connection.send(h11.Response(status_code=200, headers=[])))
        inner_writer.write(connection.trailing_data[0])
        pumps = [asyncio.create_task(_pump(reader, inner_writer)), asyncio.create_task(_pump(inner_reader, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
    finally:
        inner_writer.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(READ_SIZE):
        sink.write(data)
        await sink.drain()


async def _write_reply(
    connection: h11.Connection, writer: asyncio.StreamWriter, reply: Reply, application: Application, method: str
) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    await _send(writer, connection.send(h11.Response(status_code=reply.status, headers=headers)))
    if method != "HEAD":
        async for part in application.pace(reply):
            await _send(writer, connection.send(h11.Data(data=part)))
    if reply.ending == "abort":
        raise Aborted
    await _send(writer, connection.send(h11.EndOfMessage()))


async def _send(writer: asyncio.StreamWriter, data: bytes | None) -> None:
    if data:
        writer.write(data)
        await writer.drain()


def host_name(authority: str) -> str:
    """The host of `Host` or `:authority`, lower-case, without port; an IPv6 literal keeps its brackets."""
    authority = authority.strip().lower()
    head, colon, port = authority.rpartition(":")
    return head if colon and port.isdigit() else authority


def origin_form(target: str) -> str:
    """A request target without scheme and host, should it carry them (RFC 9112, 3.2.2)."""
    scheme, found, rest = target.partition("://")
    if not found or "/" in scheme:
        return target
    return "/" + rest.partition("/")[2]
