"""WebSockets for tests: a provider's server that keeps what reached it, and a client whose calls block, but never for ever.

Both are the library's asyncio half, each on an event loop in a thread of its own. Its threaded half is no tool for tests that must end: one
thread reads a TLS connection while another writes to it, which OpenSSL allows nobody (one connection in some hundreds then waits for
an answer that is there), and a connection that is given up is joined without a bound until its peer closes it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from dlp.fakes import Authority
from tests.proxy.live import TIMEOUT, LiveProxy

NAMES = ("api.openai.com", "generativelanguage.googleapis.com", "chatgpt.com")


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run[Result](self, what: str, call: Callable[[], Awaitable[Result]], seconds: float = TIMEOUT) -> Result:
        """Do it on the loop; returns or raises what it does.

        Raises:
            AssertionError: It took longer than that.
        """

        async def called() -> Result:
            return await call()

        future = asyncio.run_coroutine_threadsafe(called(), self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            if future.done():
                raise  # its own
            future.cancel()
            raise AssertionError(f"{what}: no end within {seconds:g} s") from None

    def stop(self) -> None:
        """End what is still under way, and the thread."""

        async def cancel() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run("ending the tasks", cancel)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive()
        self._loop.close()


class FakeSockets:
    """A provider's WebSocket server: keeps every message, and answers by `respond`, which must not block."""

    def __init__(self) -> None:
        self.authority = Authority()
        self.messages: list[str | bytes] = []
        self.control: list[str] = []
        """Control frames, as the library logs them."""
        self.closed = threading.Event()
        self.respond: Callable[[Any], Iterable[str | bytes]] = lambda _: []
        self._server: Server | None = None

    def __enter__(self) -> Self:
        context = self.authority.server_context([*NAMES, "127.0.0.1"], ["http/1.1"])
        logger = logging.Logger("fake sockets", logging.DEBUG)  # noqa: LOG001 - of its own, as any other would be shared
        logger.addHandler(_Collected(self.control))
        self._loop = LoopThread()
        self._server = self._loop.run(
            "listening", lambda: serve(self._handle, "127.0.0.1", 0, ssl=context, max_size=None, logger=logger)
        )
        return self

    def __exit__(self, *exception: object) -> None:
        async def close() -> None:
            self.go_away()
            assert self._server is not None
            await self._server.wait_closed()

        try:
            self._loop.run("closing the server", close)
        finally:
            self._loop.stop()

    def go_away(self) -> None:
        """Close every connection, and take no more. For `respond`: it belongs to the server's own thread."""
        assert self._server is not None
        self._server.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def everything(self) -> str:
        return "\n".join(
            message if isinstance(message, str) else message.decode("utf-8", "replace") for message in self.messages
        )

    async def _handle(self, connection: ServerConnection) -> None:
        try:
            async for message in connection:
                self.messages.append(message)
                for answer in self.respond(json.loads(message)):
                    await connection.send(answer)
        except ConnectionClosed:
            pass
        finally:
            self.closed.set()


class _Collected(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Socket:
    """A client's connection through a proxy. Use it as a context manager, which closes it."""

    def __init__(self, proxy: LiveProxy, url: str, **options: Any) -> None:
        """Connect; raises what `websockets` raises when that is refused."""
        context = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
        address = f"http://127.0.0.1:{proxy.port}"
        self._loop = LoopThread()
        try:
            self._connection: ClientConnection = self._loop.run(
                f"connecting to {url}",
                lambda: connect(
                    url,
                    ssl=context,
                    proxy=address,
                    additional_headers={"authorization": "Bearer sk-none"},
                    max_size=None,
                    open_timeout=TIMEOUT,
                    **options,
                ),
            )
        except BaseException:
            self._loop.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self.close()
        finally:
            self._loop.stop()

    def send(self, message: str | bytes | Iterable[str] | Iterable[bytes]) -> None:
        """Send a message; pieces are frames of one."""
        self._loop.run("sending", lambda: self._connection.send(message))

    def receive(self, seconds: float = TIMEOUT) -> str | bytes:
        """The next message.

        Raises:
            TimeoutError: None came.
        """
        return self._loop.run(
            "receiving", lambda: asyncio.wait_for(self._connection.recv(), seconds), seconds + TIMEOUT
        )

    def __iter__(self) -> Iterator[str | bytes]:
        """The messages until the other side closes in an orderly way."""
        while True:
            try:
                yield self.receive()
            except ConnectionClosedOK:
                return

    def ping(self, payload: str) -> None:
        """Send a ping and wait for its pong, which has to hold the same; all that was sent before it has then been dealt with."""

        async def answered() -> None:
            await (await self._connection.ping(payload))

        self._loop.run("waiting for a pong", answered)

    def pong(self, payload: str) -> None:
        """Send a pong that nobody asked for."""
        self._loop.run("sending a pong", lambda: self._connection.pong(payload))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it, if it isn't; waits for the other side's close, but not for long."""
        self._loop.run("closing", lambda: self._connection.close(code, reason))

    @property
    def close_code(self) -> int | None:
        """The code with which it was closed; None while it is open."""
        return self._connection.close_code
