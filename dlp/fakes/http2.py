"""One HTTP/2 connection of the fake server. h2 keeps the protocol; this file moves the bytes and waits for windows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from dlp.fakes.http1 import READ_SIZE, Application, host_name
from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply

HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "upgrade"})


@dataclass(slots=True)
class _Stream:
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    task: asyncio.Task[None] | None = None


class Http2Connection:
    """Serves one connection until the peer leaves. Streams are answered at the same time, each by its own task."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, application: Application, sni: str | None
    ) -> None:
        self._reader, self._writer, self._application, self._sni = reader, writer, application, sni
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="latin-1"))
        self._streams: dict[int, _Stream] = {}
        self._window_opened = asyncio.Event()

    async def serve(self) -> None:
        self._h2.initiate_connection()
        await self._flush()
        try:
            while data := await self._reader.read(READ_SIZE):
                self._application.saw_bytes(data)
                for event in self._h2.receive_data(data):
                    self._handle(event)
                await self._flush()
        except h2.exceptions.ProtocolError:
            await self._flush()  # h2 has queued the GOAWAY
        finally:
            tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _handle(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived():
                pairs = [(_text(name), _text(value)) for name, value in event.headers or []]
                self._streams[event.stream_id or 0] = _Stream(pairs)
            case h2.events.DataReceived():
                identifier = event.stream_id or 0
                self._streams[identifier].body += event.data or b""
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, identifier)
            case h2.events.StreamEnded():
                identifier = event.stream_id or 0
                stream = self._streams[identifier]
                stream.task = asyncio.create_task(self._answer(identifier, stream))
            case h2.events.StreamReset():
                gone = self._streams.pop(event.stream_id or 0, None)
                if gone is not None and gone.task is not None:
                    gone.task.cancel()
            case h2.events.WindowUpdated() | h2.events.RemoteSettingsChanged():
                self._window_opened.set()
            case _:
                pass  # priorities, acknowledgements and the like ask for nothing

    async def _answer(self, identifier: int, stream: _Stream) -> None:
        pseudo = {name: value for name, value in stream.headers if name.startswith(":")}
        received = Received(
            method=pseudo.get(":method", ""),
            host=host_name(pseudo.get(":authority", "")),
            target=pseudo.get(":path", ""),
            http_version="2",
            headers=tuple(pair for pair in stream.headers if not pair[0].startswith(":")),
            raw_body=bytes(stream.body),
            sni=self._sni,
        )
        reply = await self._application.respond(received)
        try:
            await self._write(identifier, reply)
        except h2.exceptions.StreamClosedError:
            pass  # the peer has lost interest
        finally:
            self._streams.pop(identifier, None)

    async def _write(self, identifier: int, reply: Reply) -> None:
        headers = [(":status", str(reply.status)), *[pair for pair in reply.headers if pair[0] not in HOP_BY_HOP]]
        self._h2.send_headers(identifier, headers)
        await self._flush()
        async for part in self._application.pace(reply):
            await self._write_part(identifier, part)
        if reply.ending == "abort":
            self._h2.reset_stream(identifier, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif reply.trailers:
            self._h2.send_headers(identifier, list(reply.trailers), end_stream=True)
        else:
            self._h2.end_stream(identifier)
        await self._flush()

    async def _write_part(self, identifier: int, part: bytes) -> None:
        while part:
            room = min(self._h2.local_flow_control_window(identifier), self._h2.max_outbound_frame_size)
            if room <= 0:
                self._window_opened.clear()
                await self._window_opened.wait()
                continue
            self._h2.send_data(identifier, part[:room])
            part = part[room:]
            await self._flush()

    async def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._writer.write(data)
            await self._writer.drain()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
