"""The addon's hooks on flows that mitmproxy makes for tests, and what only a live connection shows."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import ssl
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from mitmproxy import http
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import taddons, tflow, tutils

from dlp import app
from dlp.engine.answer import restore_body
from dlp.fakes.raw import RecordingUpstream
from dlp.proxy import answers
from dlp.proxy.addon import Addon
from dlp.proxy.screening import Screening
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, live_proxy, post, status_of

VALUE = "V000001-x@nordwind.orgQ"
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": f"Mail {VALUE}"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a policy that declares a gateway and masks all there is."""
    (tmp_path / "gateway.yaml").write_text(
        'version: 1\nname: gateway\nhosts: {"127.0.0.1:8765": openai}\nentities: {DEFAULT: mask}\n'
    )
    return tmp_path


@pytest.fixture
def application(folder: Path) -> app.Application:
    return app.build(
        app.Settings(policy=str(folder / "gateway.yaml"), state=folder / "state"), detector=PlantedDetector()
    )


@pytest.fixture
def addon(application: app.Application) -> Iterator[Addon]:
    addon = Addon(application, stop_when_unloaded=False)
    with taddons.context(addon):
        yield addon


def flow_to(
    host: str, body: Any = BODY, *, path: str = "/v1/chat/completions", port: int = 443, **headers: str
) -> http.HTTPFlow:
    request = tutils.treq(
        host=host, port=port, method=b"POST", path=path.encode(), scheme=b"https", authority=b"",
        content=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers=http.Headers([(b"host", host.encode()), (b"content-type", b"application/json")]),
    )  # fmt: skip
    flow = tflow.tflow(req=request)
    flow.client_conn.sni = host
    flow.client_conn.proxy_mode = ProxyMode.parse("regular")
    for name, value in headers.items():
        flow.request.headers[name.replace("_", "-")] = value
    return flow


async def asked(addon: Addon, flow: http.HTTPFlow) -> http.HTTPFlow:
    """The request side, as mitmproxy runs it."""
    await addon.requestheaders(flow)
    if flow.response is None:
        await addon.request(flow)
    return flow


async def answered(addon: Addon, flow: http.HTTPFlow, body: bytes, **headers: str) -> bytes:
    """The answer side: what the client would read."""
    flow.response = http.Response.make(200, body, {name.replace("_", "-"): value for name, value in headers.items()})
    addon.responseheaders(flow)
    stream = flow.response.stream
    if callable(stream):
        pieces = [stream(body[i : i + 7]) for i in range(0, len(body), 7)] + [stream(b"")]
        return b"".join(part for piece in pieces for part in ([piece] if isinstance(piece, bytes) else piece))
    await addon.response(flow)
    return flow.response.raw_content or b""


# -- requests ----------------------------------------------------------------------------------------------------------


async def test_a_request_is_masked_and_its_answer_restored(addon: Addon) -> None:
    flow = await asked(addon, flow_to("api.openai.com", content_md5="x", accept_encoding="gzip", x_dlp_action="pass"))
    sent = flow.request.content or b""
    assert flow.response is None
    assert VALUE.encode() not in sent
    assert int(flow.request.headers["content-length"]) == len(sent)
    assert not {"content-md5", "x-dlp-action"} & set(flow.request.headers)
    assert flow.request.headers["accept-encoding"] == "identity"
    echo = json.dumps({"choices": [{"message": json.loads(sent)["messages"][0]}]}).encode()
    out = await answered(
        addon, flow, echo, content_type="application/json", alt_svc='h3=":443"', etag="e", x_request_id="req_1"
    )
    assert json.loads(out)["choices"][0]["message"]["content"] == f"Mail {VALUE}"
    assert flow.response is not None
    headers = flow.response.headers
    assert int(headers["content-length"]) == len(out)
    assert not {"alt-svc", "etag"} & set(headers)
    assert headers["x-request-id"] == "req_1"
    assert headers["x-dlp-request-id"].startswith("dlp-")
    assert headers["x-dlp-action"] == "rewrite"
    assert sum(int(count.split("=")[1]) for count in headers["x-dlp-entities"].split(", ")) == 1
    assert float(headers["x-dlp-latency"]) >= 0


async def test_nothing_found_means_nothing_changed(addon: Addon) -> None:
    flow = flow_to("api.openai.com", b'{ "messages": [] }', accept_encoding="gzip")
    before = flow.request.copy()
    await asked(addon, flow)
    assert (flow.request.raw_content, list(flow.request.headers.fields)) == (
        before.raw_content,
        list(before.headers.fields),
    )
    flow.response = http.Response.make(200, b"{}", {"content-type": "application/json", "alt-svc": "h3"})
    addon.responseheaders(flow)
    assert callable(flow.response.stream)  # listened to, and passed on as it comes
    assert [flow.response.stream(chunk) for chunk in (b"{", b"}", b"")] == [[b"{"], [b"}"], []]
    assert flow.response.headers["x-dlp-action"] == "pass"
    assert flow.response.headers["x-request-id"].startswith("dlp-")
    assert flow.response.headers["x-dlp-request-id"] == flow.response.headers["x-request-id"]
    assert "alt-svc" not in flow.response.headers


@pytest.mark.parametrize(
    ("size", "coding", "at_once"),
    [(1_000, "", True), (100_000, "", False), (5_000, "gzip", True), (100_000, "gzip", False)],
)
async def test_a_long_answer_keeps_nobody_waiting(
    addon: Addon, monkeypatch: pytest.MonkeyPatch, size: int, coding: str, *, at_once: bool
) -> None:
    worked: list[bool] = []

    def noted(*asked: Any) -> bytes:
        worked.append(threading.current_thread() is threading.main_thread())
        return restore_body(*asked)

    monkeypatch.setattr(answers, "restore_body", noted)
    flow = await asked(addon, flow_to("api.openai.com"))
    message = json.loads(flow.request.content or b"")["messages"][0]["content"]
    said = " ".join(str(number * 2_654_435_761 % 2**61) for number in range(size // 20))
    echo = json.dumps({"choices": [{"message": {"content": said + message}}]}).encode()
    headers = {"content_encoding": coding} if coding else {}  # by which mitmproxy packs the body
    out = await answered(addon, flow, echo, content_type="application/json", **headers)
    assert json.loads(out)["choices"][0]["message"]["content"].endswith(f"Mail {VALUE}")
    assert worked == [at_once]


async def test_a_stream_is_restored_piece_by_piece(addon: Addon) -> None:
    flow = await asked(addon, flow_to("api.openai.com", {**BODY, "stream": True}))
    token = json.loads(flow.request.content or b"")["messages"][0]["content"].removeprefix("Mail ")
    events = "".join(
        f'data: {{"choices":[{{"index":0,"delta":{{"content":"{part}"}}}}]}}\n\n' for part in (token[:8], token[8:])
    )
    out = await answered(
        addon, flow, (events + "data: [DONE]\n\n").encode(), content_type="text/event-stream", content_length="999"
    )
    texts = [json.loads(line[6:])["choices"][0]["delta"]["content"] for line in out.decode().split("\n\n")[:-2]]
    assert "".join(texts) == VALUE
    assert flow.response is not None
    assert "content-length" not in flow.response.headers


async def test_metadata_and_dumps_hold_no_value(addon: Addon) -> None:
    """A flow is printed, saved and shown by mitmproxy's tools."""
    flow = await asked(addon, flow_to("api.openai.com", path=f"/v1/chat/completions?note={VALUE}"))
    screening = Screening.of(flow)
    assert screening is not None
    shown = repr(flow.metadata) + repr(flow) + str(vars(screening))
    assert "nordwind" not in shown
    assert screening.examined is not None
    assert screening.examined.values


@pytest.mark.parametrize("host", ["api.openai.com", "example.com"])
async def test_the_proxy_password_is_removed_from_every_flow(host: str, addon: Addon) -> None:
    """Mitmproxy leaves it in the flow; of those we don't screen as well."""
    flow = flow_to(host)
    flow.metadata["proxyauth"] = ("carol", "pa55word")
    tunnel = flow_to(host)
    tunnel.metadata["proxyauth"] = ("carol", "pa55word")
    addon.http_connect(tunnel)
    await asked(addon, flow)
    assert "pa55word" not in repr(flow.metadata) + repr(tunnel.metadata)


async def test_other_hosts_stream_by_untouched(addon: Addon) -> None:
    flow = flow_to("example.com")
    before = flow.request.raw_content
    await addon.requestheaders(flow)
    assert flow.request.stream is True
    assert flow.request.raw_content == before
    flow.response = http.Response.make(200, b"x", {"alt-svc": "h3"})
    addon.responseheaders(flow)
    assert flow.response.stream is True
    assert "x-dlp-action" not in flow.response.headers


async def test_reverse_mode_screens_a_declared_gateway(addon: Addon) -> None:
    """The Host header is whatever the client calls the gateway."""
    flow = flow_to("127.0.0.1", port=8765)
    flow.client_conn.proxy_mode = ProxyMode.parse("reverse:http://127.0.0.1:8765")
    flow.client_conn.sni = None
    flow.request.headers["host"] = "my-gateway.example"
    await asked(addon, flow)
    assert flow.response is None
    screening = Screening.of(flow)
    assert screening is not None
    assert screening.provider.id == "openai"
    assert VALUE.encode() not in (flow.request.content or b"")


async def test_a_signed_request_is_refused_only_if_it_would_change(addon: Addon) -> None:
    """The signature covers the body: a masked one would be refused by AWS with a message that helps nobody."""
    signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/bedrock/aws4_request, Signature=00"
    host, path = "bedrock-runtime.us-east-1.amazonaws.com", "/model/anthropic.claude-3/converse"
    body = {"messages": [{"role": "user", "content": [{"text": f"Mail {VALUE}"}]}]}
    flow = await asked(addon, flow_to(host, body, path=path, authorization=signature))
    assert flow.response is not None
    assert flow.response.status_code == 400
    assert "Signature Version 4" in flow.response.get_text()  # type: ignore[operator]
    assert VALUE not in (flow.response.get_text() or "")
    clean = await asked(addon, flow_to(host, {"messages": []}, path=path, authorization=signature))
    assert clean.response is None


async def test_answers_of_other_kinds_pass(addon: Addon) -> None:
    """Media hold no token: they are not even buffered."""
    flow = await asked(addon, flow_to("api.openai.com"))
    flow.response = http.Response.make(200, b"\x89PNG", {"content-type": "image/png", "content-length": "4"})
    addon.responseheaders(flow)
    assert flow.response.stream is True
    assert flow.response.headers["content-length"] == "4"


async def test_no_part_is_asked_for_of_what_is_going_to_change(addon: Addon) -> None:
    """Its bytes are others than the client counts, and its ends would cut tokens. Who has nothing to restore gets the part."""
    parts = {"range": "bytes=100-", "if_range": '"e"'}
    flow = await asked(addon, flow_to("api.openai.com", **parts))
    assert not {"range", "if-range"} & set(flow.request.headers)
    await answered(addon, flow, b"{}", content_type="text/plain", accept_ranges="bytes")
    assert flow.response is not None
    assert "accept-ranges" not in flow.response.headers
    flow = await asked(addon, flow_to("api.openai.com", {"messages": []}, **parts))
    assert flow.request.headers["range"] == "bytes=100-"
    await answered(addon, flow, b"{}", content_type="text/plain", accept_ranges="bytes")
    assert flow.response is not None
    assert flow.response.headers["accept-ranges"] == "bytes"


async def test_where_an_answer_leads_to_is_restored(addon: Addon) -> None:
    """As what the client asked for, which is masked again when it follows; each of several cookies for itself."""
    flow = await asked(addon, flow_to("api.openai.com", path=f"/v1/files?q={VALUE}"))
    assert VALUE not in flow.request.path
    query = flow.request.path.partition("?")[2]
    flow.response = http.Response.make(307, b"", {"location": f"https://api.openai.com/v1/files/?{query}"})
    flow.response.headers.add("set-cookie", "a=1; path=/")
    flow.response.headers.add("set-cookie", "b=2; expires=Sat, 21 Nov 2026 20:00:00 GMT")
    addon.responseheaders(flow)
    assert flow.response.headers["location"] == f"https://api.openai.com/v1/files/?q={VALUE.replace('@', '%40')}"
    assert flow.response.headers.get_all("set-cookie") == ["a=1; path=/", "b=2; expires=Sat, 21 Nov 2026 20:00:00 GMT"]
    again = await asked(addon, flow_to("api.openai.com", path=flow.response.headers["location"].partition(".com")[2]))
    assert again.request.path == f"/v1/files/?{query}"


# -- live connections --------------------------------------------------------------------------------------------------

STREAM = json.dumps({**BODY, "stream": True}).encode()


class StallingUpstream:
    """Answers a request with the beginning of a stream, then does as the test says."""

    def __init__(self, first: bytes) -> None:
        self._helper = RecordingUpstream(("api.openai.com",))
        self.authority = self._helper.authority
        self._context = self.authority.server_context(["api.openai.com"], ["http/1.1"])
        self._first = first
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.die = threading.Event()
        self.closed_by_proxy = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(self, *exception: object) -> None:
        self.die.set()
        self._listener.close()
        self._helper._listener.close()
        for thread in self._threads:
            thread.join(TIMEOUT)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            connection.settimeout(TIMEOUT)
            with self._context.wrap_socket(connection, server_side=True) as stream:
                received = b""
                while not received.endswith(b"}"):
                    received += stream.recv(65536)
                token = received[received.index(b"[PII:") : received.index(b'"', received.index(b"[PII:"))]
                events = self._first.replace(b"TOKEN", token)
                stream.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                )
                stream.sendall(b"%x\r\n%s\r\n" % (len(events), events))
                stream.settimeout(0.05)
                while not self.die.is_set():
                    try:
                        if not stream.recv(1024):
                            self.closed_by_proxy.set()
                            return
                    except TimeoutError:
                        continue


@contextlib.contextmanager
def streaming(folder: Path, first: bytes) -> Iterator[tuple[StallingUpstream, LiveProxy, ssl.SSLSocket]]:
    """A stream through a live proxy, of which the client has read the first event."""
    with (
        StallingUpstream(first) as upstream,
        live_proxy(
            upstream.port, upstream.authority, folder, policy=str(folder / "gateway.yaml"), detector=PlantedDetector()
        ) as proxy,
    ):
        exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(post(STREAM))
        client = exchange.socket
        assert isinstance(client, ssl.SSLSocket)
        yield upstream, proxy, client
        client.close()


def _event(text: str) -> bytes:
    return f'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()


def test_an_event_reaches_the_client_while_the_stream_goes_on(folder: Path) -> None:
    """And a client that leaves takes the connection to the provider with it."""
    with streaming(folder, _event("hello TOKEN ")) as (upstream, _, client):
        received = b""
        while b"\n\n" not in received.partition(b"\r\n\r\n")[2]:
            received += client.recv(65536)
        assert json.dumps(f"hello {VALUE} ")[1:-1].encode() in received
        client.close()
        assert upstream.closed_by_proxy.wait(TIMEOUT)


def test_when_the_provider_dies_the_client_has_all_that_came(folder: Path) -> None:
    """Up to the last character, half a token included; and the connection ends as a broken one."""
    with streaming(folder, _event("hello TOKEN") + _event(" and [PII:EM")) as (upstream, _, client):
        received = b""
        while b" and " not in received:
            received += client.recv(65536)
        upstream.die.set()
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                received += piece
        assert VALUE.encode() in received
        assert not received.endswith(b"0\r\n\r\n")


def test_two_clients_with_the_same_values_keep_apart(folder: Path) -> None:
    """At once, with their own keys: other tokens, and each gets its own value back."""
    with (
        RecordingUpstream(("api.openai.com",)) as upstream,
        live_proxy(
            upstream.port, upstream.authority, folder, policy=str(folder / "gateway.yaml"), detector=PlantedDetector()
        ) as proxy,
    ):
        statuses: list[int] = []

        def client(key: str) -> None:
            request = post(json.dumps(BODY).encode()).replace(b"sk-none", key.encode())
            for _ in range(5):
                answer = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(request).answer()
                statuses.append(status_of(answer))

        threads = [threading.Thread(target=client, args=(f"sk-{number}",)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT)
        assert statuses == [200] * 10
        tokens: dict[bytes, set[bytes]] = {b"sk-0": set(), b"sk-1": set()}
        for arrived in upstream.connections:
            for key, seen in tokens.items():
                if key in arrived:
                    seen.add(arrived[arrived.index(b"[PII:") : arrived.index(b"]", arrived.index(b"[PII:"))])
        assert [len(seen) for seen in tokens.values()] == [1, 1]
        assert tokens[b"sk-0"] != tokens[b"sk-1"]
        assert VALUE.encode() not in upstream.bytes


class FlowWatcher:
    """An addon that knows which flows there are still. `gc.get_objects` would hand out tuples that other threads are just building."""

    def __init__(self) -> None:
        self.seen: list[weakref.ref[http.HTTPFlow]] = []

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        self.seen.append(weakref.ref(flow))

    def alive(self) -> int:
        gc.collect()
        return sum(flow() is not None for flow in self.seen)


def test_flows_are_not_kept(folder: Path) -> None:
    """Bodies of past requests must not pile up in memory."""
    with (
        RecordingUpstream(("api.openai.com",)) as upstream,
        live_proxy(
            upstream.port, upstream.authority, folder, policy=str(folder / "gateway.yaml"), detector=PlantedDetector()
        ) as proxy,
    ):
        watcher = FlowWatcher()
        assert proxy.master is not None
        proxy.call(proxy.master.addons.add, watcher)
        for _ in range(12):
            exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com")
            assert status_of(exchange.send(post(json.dumps(BODY).encode(), connection="close")).answer()) == 200
        assert len(watcher.seen) == 12
        assert proxy.call(watcher.alive) <= 4  # the last connection may still be closing
