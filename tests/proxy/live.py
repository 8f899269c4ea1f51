"""A real proxy in this process, so that a test can break a stage of it, and a client that says exactly the bytes it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Self

import grpc
import pytest
from mitmproxy import options
from mitmproxy.proxy import server
from mitmproxy.tools.dump import DumpMaster

from dlp import app
from dlp.ca import ensure_ca
from dlp.detect import build_detector
from dlp.detect.base import Detector
from dlp.fakes.authority import Authority
from dlp.policy.model import DetectSettings
from dlp.proxy.addon import Addon
from tests.harness import TIMEOUT_FACTOR
from tests.redirect_launcher import RedirectingAsyncio

TIMEOUT = 60 * TIMEOUT_FACTOR


class LiveProxy:
    """The addon in a mitmproxy of its own, on its own thread. Every provider's name leads to `upstream_port`."""

    def __init__(
        self,
        application: app.Application,
        upstream_port: int,
        authority: Authority,
        folder: Path,
        settings: Mapping[str, Any],
    ) -> None:
        self.application = application
        self.port = 0
        self._upstream_port = upstream_port
        self.folder = folder
        self._settings = dict(settings)
        self._trusted = authority.write(folder / "upstream-ca.pem")
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.master: DumpMaster | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the test
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        confdir = self.folder / "certs"
        ensure_ca(confdir)
        master = DumpMaster(
            options.Options(confdir=str(confdir), mode=["regular@127.0.0.1:0"]), with_termlog=False, with_dumper=False
        )
        check: Any = master.addons.get("errorcheck")
        check.logger.uninstall()
        master.addons.remove(check)
        self.addon = Addon(self.application, stop_when_unloaded=False)
        running_addons = asyncio.Event()
        master.addons.add(self.addon, _Announcement(running_addons))
        master.options.update(
            ssl_verify_upstream_trusted_ca=str(self._trusted), **{"dlp_metrics": "off", **self._settings}
        )
        self.master = master
        running = asyncio.create_task(master.run())
        proxyserver: Any = master.addons.get("proxyserver")
        while not (addresses := proxyserver.listen_addrs()):
            if running.done():
                running.result()
            await asyncio.sleep(0.005)
        await running_addons.wait()  # it listens before the addon has had its hook
        self.port = addresses[0][1]
        self._ready.set()
        await running
        await proxyserver.servers.update([])  # mitmproxy leaves its listening sockets to the end of the process

    def __enter__(self) -> Self:
        self._original = server.asyncio
        vars(server)["asyncio"] = RedirectingAsyncio(
            {443: self._upstream_port, 80: self._upstream_port, 8443: self._upstream_port}
        )
        self._thread.start()
        assert self._ready.wait(TIMEOUT)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *exception: object) -> None:
        if self.master is not None:
            self.master.shutdown()
        self._thread.join(TIMEOUT)
        vars(server)["asyncio"] = self._original

    def settle(self) -> None:
        """Wait for the ends of all answers: a client may have read enough of its own before."""
        assert self.master is not None
        idle = self.addon.under_way.idle(TIMEOUT)
        assert asyncio.run_coroutine_threadsafe(idle, self.master.event_loop).result(TIMEOUT)

    def call(self, function: Any, *arguments: Any) -> Any:
        """Run a function on the proxy's event loop and return what it returns or raises."""
        assert self.master is not None

        async def run() -> Any:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.master.event_loop).result(TIMEOUT)


class _Announcement:
    """Says when every addon before it has had its `running` hook."""

    def __init__(self, running: asyncio.Event) -> None:
        self._running = running

    def running(self) -> None:
        self._running.set()


@cache
def shared_detector() -> Detector:
    """Detection with default settings, loaded once: it holds no state that a test could see."""
    return build_detector(DetectSettings())


@contextlib.contextmanager
def live_proxy(
    upstream_port: int,
    authority: Authority,
    folder: Path,
    *,
    policy: str = "default",
    audit: str = "",
    detector: Detector | None = None,
    state: Path | None = None,
    vault: str = "memory",
    **settings: Any,
) -> Iterator[LiveProxy]:
    """A running proxy under a policy; its keys lie under `folder`, if no other `state` is given."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = app.Settings(policy=policy, audit=audit, state=state or folder / "state", vault=vault)
    application = app.build(chosen, detector=detector or shared_detector())
    with LiveProxy(application, upstream_port, authority, folder, settings) as proxy:
        yield proxy


class Exchange:
    """One connection through the proxy, byte by byte as the test says."""

    def __init__(self, port: int) -> None:
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.connected = b""

    def connect(self, target: str) -> Exchange:
        """Open a tunnel; `connected` is what the proxy answered."""
        self.socket.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        while b"\r\n\r\n" not in self.connected:
            piece = self.socket.recv(4096)
            if not piece:
                break
            self.connected += piece
        return self

    def tls(self, sni: str | None) -> Exchange:
        """Start TLS without verifying anything: the test looks at the certificate itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname=sni)
        return self

    def peer_certificate(self) -> bytes:
        assert isinstance(self.socket, ssl.SSLSocket)
        return self.socket.getpeercert(binary_form=True) or b""

    def send(self, data: bytes) -> Exchange:
        self.socket.sendall(data)
        return self

    def answer(self, patience: float = TIMEOUT) -> bytes:
        """What comes back until the connection ends, a complete answer is there, or nothing came for `patience` seconds."""
        received = b""
        self.socket.settimeout(patience)
        with contextlib.suppress(OSError):
            while not _complete(received):
                piece = self.socket.recv(65536)
                if not piece:
                    break
                received += piece
        self.socket.close()
        return received


def _complete(received: bytes) -> bool:
    head, mark, body = received.partition(b"\r\n\r\n")
    if not mark:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
        if line.startswith(b"transfer-encoding:"):
            return body.endswith(b"0\r\n\r\n")
    return False


def post(body: bytes, *, host: str = "api.openai.com", path: str = "/v1/chat/completions", **headers: str) -> bytes:
    """The bytes of a POST; `content_type` becomes `content-type`."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"content-length: {len(body)}", "authorization: Bearer sk-none"]
    headers.setdefault("content_type", "application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    if not answer:
        pytest.fail("no answer")
    return int(answer.split(b" ", 2)[1])


@contextlib.contextmanager
def grpc_upstream(
    service: Any, authority: Authority, host: str, compression: grpc.Compression = grpc.Compression.NoCompression
) -> Iterator[int]:
    """A gRPC server under a provider's name; gives its port."""
    key, certificate = authority.issue([host, "127.0.0.1"])
    server = grpc.server(ThreadPoolExecutor(16), handlers=[service], compression=compression)
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()
