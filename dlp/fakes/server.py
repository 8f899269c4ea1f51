"""The fake providers as one server in a thread: every provider's host on one TLS port, HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Self

from dlp.fakes import http1
from dlp.fakes.authority import Authority
from dlp.fakes.families import FAMILIES, Family, Ids
from dlp.fakes.http2 import Http2Connection
from dlp.fakes.recording import Received, Recorder
from dlp.fakes.replies import Reply, body_reply, dump, json_reply
from dlp.fakes.script import Script

SCRIPT_HEADER = "x-fake-script"
"""A request may carry its own script as JSON in this header."""

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""Hosts under which the control endpoints answer; a provider's host never has them."""

CONTROL_PREFIX = "/__"

START_TIMEOUT = 60.0
"""Seconds to bind a loopback port or to end a thread: only ever reached when something is broken."""


class FakeProviders:
    """Fake OpenAI, Anthropic and Gemini (and more families later) behind real TLS on the loopback interface.

    `port` speaks TLS. `plain_port` answers without TLS, and it is an HTTP proxy as well: `CONNECT` to any name leads to
    `port`. A client (or a proxy of its own) whose proxy it is reaches the fakes under the providers' real names.

    Use it as a context manager. `script` is the answer to everything unless `enqueue` has put others before it.
    Hosts that no family names are origins of their own: a GET says who answered, a POST echoes, and a path
    that only one provider has is answered by that provider, which is what a gateway under its own name needs.
    """

    def __init__(
        self,
        *,
        script: Script | None = None,
        port: int = 0,
        plain_port: int = 0,
        names: Sequence[str] = (),
        alpn: Sequence[str] = ("h2", "http/1.1"),
        authority: Authority | None = None,
        address: str | None = "127.0.0.1",
    ) -> None:
        """Prepare a server; `start` (or `with`) opens the ports.

        Args:
            script: how to answer; the echoing default if None.
            port: TLS port on 127.0.0.1; 0 picks a free one.
            plain_port: port without TLS, for reverse-proxy and plain-HTTP cases; 0 picks a free one.
            names: further host names for the certificate.
            alpn: protocols offered; `("http/1.1",)` makes a server of the older kind.
            authority: an existing CA; a new one if None.
            address: where to listen; None for every address, inside a network namespace of its own.
        """
        self.script = script or Script()
        self.authority = authority or Authority()
        self.recorder = Recorder()
        self._asked_ports = (port, plain_port)
        self._address = address
        self._ids = Ids()
        self._families: tuple[Family, ...] = tuple(family(self._ids) for family in FAMILIES)
        self._context = self.authority.server_context(self._names(names), alpn)
        self._context.sni_callback = self._note_name
        self._names_seen: weakref.WeakKeyDictionary[ssl.SSLObject | ssl.SSLSocket, str] = weakref.WeakKeyDictionary()
        self._queue: deque[Script] = deque()
        self._queue_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._released = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.plain_port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open both ports and serve in a thread.

        Raises:
            OSError: a port is taken.
        """
        started = threading.Event()
        failure: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(started))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                failure.append(error)
                started.set()

        self._thread = threading.Thread(target=run, name="fake-providers", daemon=True)
        self._thread.start()
        if not started.wait(START_TIMEOUT):
            raise TimeoutError("the fake providers did not start")
        if failure:
            self._thread.join(START_TIMEOUT)
            raise failure[0]

    def stop(self) -> None:
        """Close ports and connections and wait for the thread. Does nothing on a stopped server."""
        if self._thread is None or self._loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_TIMEOUT)
        self._thread = None

    def enqueue(self, *scripts: Script) -> None:
        """Answer the next requests by these scripts, one each, before `script` applies again."""
        with self._queue_lock:
            self._queue.extend(scripts)

    def release(self) -> None:
        """Let answers go on that wait at their script's `hold_after`, and all later ones too, until `reset`."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._released.set)

    def reset(self) -> None:
        """Forget what was received, queued and released, and begin again with the first identifiers."""
        self.recorder.clear()
        with self._queue_lock:
            self._queue.clear()
        self.script = Script()
        self._ids.restart()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._released.clear)

    @property
    def received(self) -> list[Received]:
        """Requests so far, control requests excepted, in order of arrival."""
        return self.recorder.requests

    def _names(self, further: Sequence[str]) -> list[str]:
        return [host for family in FAMILIES for host in family.hosts] + ["localhost", "127.0.0.1", *further]

    def _note_name(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        if name is not None:
            self._names_seen[tls] = name.lower()

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        tls_port, plain_port = self._asked_ports
        async with (
            await asyncio.start_server(self._connected, self._address, tls_port, ssl=self._context) as tls,
            await asyncio.start_server(self._connected, self._address, plain_port) as plain,
        ):
            self.port, self.plain_port = (server.sockets[0].getsockname()[1] for server in (tls, plain))
            started.set()
            await self._stopping.wait()
            for task in tuple(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._stopping.is_set():  # a callback of start_server always runs as a task
            return
        self._connections.add(task)
        tls = writer.get_extra_info("ssl_object")
        sni = None if tls is None else self._names_seen.get(tls)
        try:
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await Http2Connection(reader, writer, self, sni).serve()
            else:
                await http1.serve(reader, writer, self, sni)
        except (OSError, asyncio.CancelledError):
            pass  # the peer is gone, or this server stops
        finally:
            self._connections.discard(task)
            if self._stopping.is_set():
                writer.transport.abort()  # a TLS goodbye would wait for a peer that keeps its connection for later
            else:
                writer.close()

    # What connections ask for (`http1.Application`)

    def saw_bytes(self, data: bytes) -> None:
        self.recorder.add_bytes(data)

    async def respond(self, received: Received) -> Reply:
        if received.host in LOOPBACK_NAMES and received.path.startswith(CONTROL_PREFIX):
            return self._control(received)
        self.recorder.add(received)
        try:
            script = self._script_for(received)
        except (ValueError, TypeError) as error:
            return json_reply(Script(status=400), {"error": {"message": f"{SCRIPT_HEADER}: {error}"}})
        family = self._family_for(received)
        try:
            received.body  # noqa: B018 - a body that can't be decoded is refused, whatever the endpoint
        except ValueError as error:
            return json_reply(Script(status=400), {"error": {"message": str(error)}})
        return _origin_reply(received, script) if family is None else family.reply(received, script)

    async def pace(self, reply: Reply) -> AsyncIterator[bytes]:
        for index, part in enumerate(reply.parts):
            if index == reply.hold_before:
                await self._released.wait()
            if reply.delay and index:
                await asyncio.sleep(reply.delay)
            yield part
        if reply.hold_before == len(reply.parts):
            await self._released.wait()

    def _script_for(self, received: Received) -> Script:
        if given := received.header(SCRIPT_HEADER, ""):
            return Script.from_json(given)
        with self._queue_lock:
            return self._queue.popleft() if self._queue else self.script

    def _family_for(self, received: Received) -> Family | None:
        for family in self._families:
            if family.serves(received.host):
                return family
        return next((family for family in self._families if family.claims(received)), None)

    def _control(self, received: Received) -> Reply:
        """`/__recorded` and `/__script`, for a server that runs as a process of its own."""
        plain = Script()
        match received.method, received.path.removeprefix(CONTROL_PREFIX):
            case "GET", "health":
                return json_reply(plain, {"status": "ok"})
            case "GET", "recorded":
                return json_reply(plain, [entry.as_json() for entry in self.received])
            case "GET", "bytes":
                return body_reply(plain, self.recorder.bytes, content_type="application/octet-stream")
            case "DELETE", "recorded":
                self.reset()
            case "POST", "release":
                self.release()
            case ("PUT" | "POST") as method, "script":
                try:
                    script = Script.from_json(received.body)
                except (ValueError, TypeError) as error:
                    return json_reply(Script(status=400), {"error": str(error)})
                if method == "PUT":
                    self.script = script
                else:
                    self.enqueue(script)
            case _:
                return json_reply(Script(status=404), {"error": "no such control endpoint"})
        return json_reply(plain, {"status": "ok"})


def _origin_reply(received: Received, script: Script) -> Reply:
    """What a host that is no provider says: it echoes a body, and otherwise tells its name."""
    if script.body is not None:
        body = script.body.encode() if isinstance(script.body, str) else script.body
    elif received.raw_body:
        body = received.raw_body
    else:
        body = dump({"origin": received.host, "path": received.path}).encode()
    kind = received.header("content-type", "application/json") if received.raw_body else "application/json"
    return body_reply(script, body, content_type=kind)
