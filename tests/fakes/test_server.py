"""The server of the fakes: both protocols, what is recorded, pacing, breaking off, control."""

from __future__ import annotations

import gzip
import json
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from dlp.fakes import FakeProviders, Script
from dlp.fakes.authority import Authority
from tests.tls import shake_hands

CHAT = "https://api.openai.com/v1/chat/completions"
OLD = "http/1.1"


def question(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def packed(value: Any) -> bytes:
    return json.dumps(value).encode()


class _Redirected(httpcore.SyncBackend):
    """Opens every connection to one loopback port; names and TLS stay as they are."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def connect_tcp(self, host: str, port: int, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return super().connect_tcp("127.0.0.1", self._port, *arguments, **options)


def connect(fake: FakeProviders, *, http2: bool = False) -> httpcore.ConnectionPool:
    context = ssl.create_default_context(cadata=fake.authority.pem.decode())
    return httpcore.ConnectionPool(
        ssl_context=context, http1=not http2, http2=http2, network_backend=_Redirected(fake.port)
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeProviders]:
    with FakeProviders(names=["origin.example"]) as running:
        yield running


@pytest.fixture
def fake(shared: FakeProviders) -> FakeProviders:
    shared.reset()
    return shared


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_a_request_is_recorded_as_it_came(fake: FakeProviders, *, http2: bool) -> None:
    """Method, host, target, header order and repeats, raw and decoded body, the name in the handshake."""
    raw = gzip.compress(json.dumps(question("héllo")).encode())
    headers = [("content-type", "application/json"), ("content-encoding", "gzip"), ("X-Two", "a"), ("X-Two", "b")]
    with connect(fake, http2=http2) as pool:
        response = pool.request("POST", CHAT + "?a=%20b", headers=headers, content=raw)
    assert json.loads(response.content)["choices"][0]["message"]["content"] == "You said: héllo"
    (received,) = fake.received
    assert (received.method, received.host, received.path, received.query) == (
        "POST", "api.openai.com", "/v1/chat/completions", "a=%20b",
    )  # fmt: skip
    assert (received.sni, received.http_version) == ("api.openai.com", "2" if http2 else "1.1")
    assert (received.raw_body, received.json()) == (raw, question("héllo"))
    assert [value for name, value in received.headers if name == "x-two"] == ["a", "b"]
    assert raw in fake.recorder.bytes
    assert "héllo".encode() in received.everything()


def test_hosts_select_their_family(fake: FakeProviders) -> None:
    bodies = {
        "https://api.anthropic.com/v1/messages": {"model": "m", "messages": [{"role": "user", "content": "x"}]},
        "https://generativelanguage.googleapis.com/v1/models/m:generateContent": {
            "contents": [{"parts": [{"text": "x"}]}]
        },
        "https://team.openai.azure.com/openai/deployments/d/chat/completions?api-version=1": question("x"),
    }
    with connect(fake) as pool:
        answers = [json.loads(pool.request("POST", url, content=packed(body)).content) for url, body in bodies.items()]
        other = pool.request("GET", "https://origin.example/page")
    assert [next(iter(answer)) for answer in answers] == ["id", "candidates", "id"]
    assert (answers[0]["type"], answers[2]["object"]) == ("message", "chat.completion")
    assert json.loads(other.content) == {"origin": "origin.example", "path": "/page"}


def test_a_host_that_is_not_in_the_certificate_is_refused_by_the_client(fake: FakeProviders) -> None:
    with connect(fake) as pool, pytest.raises(httpcore.ConnectError, match="Hostname mismatch"):
        pool.request("GET", "https://api.example/")


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_large_bodies_pass_both_ways(fake: FakeProviders, *, http2: bool) -> None:
    """More than one HTTP/2 window and frame in each direction."""
    text = "x" * 300_000
    with connect(fake, http2=http2) as pool:
        response = pool.request("POST", CHAT, content=packed(question(text)))
    assert json.loads(response.content)["choices"][0]["message"]["content"] == f"You said: {text}"


def test_streams_on_one_http2_connection_do_not_wait_for_each_other(fake: FakeProviders) -> None:
    """While one answer is held, another is given in full."""
    fake.enqueue(Script(hold_after=1))
    with (
        connect(fake, http2=True) as pool,
        pool.stream("POST", CHAT, content=packed(question("a", stream=True))) as held,
    ):
        events = held.iter_stream()
        first = next(events)
        assert pool.request("POST", CHAT, content=packed(question("b"))).status == 200
        fake.release()
        assert b"[DONE]" in first + b"".join(events)


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_bytes_arrive_as_finely_as_the_script_cuts(fake: FakeProviders, *, http2: bool) -> None:
    fake.enqueue(Script(wire_size=1))
    with (
        connect(fake, http2=http2) as pool,
        pool.stream("POST", CHAT, content=packed(question("é", stream=True))) as answer,
    ):
        pieces = [piece for piece in answer.iter_stream() if piece]
    assert {len(piece) for piece in pieces} == {1}


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
def test_a_scripted_break_is_an_error_for_the_client(fake: FakeProviders, *, http2: bool) -> None:
    fake.enqueue(Script(close_after=2))
    with (
        connect(fake, http2=http2) as pool,
        pool.stream("POST", CHAT, content=packed(question("a", stream=True))) as answer,
        pytest.raises((httpcore.RemoteProtocolError, httpcore.ReadError)),
    ):
        list(answer.iter_stream())


def test_a_script_may_come_with_the_request(fake: FakeProviders) -> None:
    with connect(fake) as pool:
        scripted = {"x-fake-script": '{"status": 429, "headers": [["retry-after", "7"]]}'}
        refused = pool.request("POST", CHAT, headers=scripted, content=packed(question("a")))
        wrong = pool.request("POST", CHAT, headers={"x-fake-script": "{"}, content=packed(question("a")))
        after = pool.request("POST", CHAT, content=packed(question("a")))
    assert (refused.status, wrong.status, after.status) == (429, 400, 200)
    assert dict(refused.headers)[b"retry-after"] == b"7"
    assert json.loads(refused.content)["error"]["type"] == "rate_limit_exceeded"


def test_an_undecodable_body_is_refused(fake: FakeProviders) -> None:
    with connect(fake) as pool:
        response = pool.request("POST", CHAT, headers={"content-encoding": "gzip"}, content=b"not gzip")
    assert response.status == 400
    assert fake.received[0].raw_body == b"not gzip"


def test_an_older_server_offers_http1_alone() -> None:
    with FakeProviders(alpn=[OLD]) as old, connect(old) as pool:
        assert pool.request("GET", "https://api.openai.com/v1/models").status == 200
        assert old.received[0].http_version == "1.1"


def test_control_endpoints_exist_on_loopback_names_alone(fake: FakeProviders) -> None:
    base = f"http://127.0.0.1:{fake.plain_port}"
    with httpx.Client(trust_env=False) as client, connect(fake) as pool:
        assert client.get(base + "/__health").json() == {"status": "ok"}
        assert client.put(base + "/__script", json={"text": "always"}).status_code == 200
        assert client.post(base + "/__script", json={"text": "once"}).status_code == 200
        assert client.put(base + "/__script", json={"nonsense": 1}).status_code == 400
        answers = [client.post(base + "/v1/chat/completions", json=question("x")).json() for _ in range(3)]
        assert [answer["choices"][0]["message"]["content"] for answer in answers] == ["once", "always", "always"]
        recorded = client.get(base + "/__recorded").json()
        assert [json.loads(entry["body"]) for entry in recorded] == [question("x")] * 3
        assert b"/v1/chat/completions" in client.get(base + "/__bytes").content
        assert client.delete(base + "/__recorded").status_code == 200
        assert client.get(base + "/__recorded").json() == []
        assert pool.request("GET", "https://api.openai.com/__recorded").status == 404


def test_the_plain_port_is_a_proxy_to_the_tls_port(fake: FakeProviders) -> None:
    """What passes through a tunnel is recorded once, where TLS ends."""
    context = ssl.create_default_context(cadata=fake.authority.pem.decode())
    with httpcore.HTTPProxy(f"http://127.0.0.1:{fake.plain_port}", ssl_context=context) as pool:
        for _ in range(2):
            answer = pool.request("POST", CHAT, content=packed(question("x" * 100_000)))
            assert answer.status == 200
    assert [(request.method, request.sni) for request in fake.received] == [("POST", "api.openai.com")] * 2
    assert fake.recorder.bytes.count(b"POST /v1/chat") == 2


def test_a_taken_port_is_reported(fake: FakeProviders) -> None:
    with pytest.raises(OSError, match="in use"):
        FakeProviders(port=fake.port).start()


def test_stopping_ends_the_thread_even_with_open_connections() -> None:
    before = set(threading.enumerate())
    with FakeProviders() as stopping, connect(stopping) as pool:
        pool.request("GET", "https://api.openai.com/v1/models")
        stopping.stop()
        assert set(threading.enumerate()) == before
        stopping.stop()  # once more does nothing


def test_a_leaf_is_good_for_wildcards_and_addresses() -> None:
    """The authority's own promise, checked by OpenSSL."""
    authority = Authority()
    server = authority.server_context(["*.example.org", "127.0.0.1"], [OLD])
    client = ssl.create_default_context(cadata=authority.pem.decode())
    for name in ("a.example.org", "127.0.0.1"):
        shake_hands(client, server, name)


def test_the_process_tells_its_ports_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dlp.fakes", "--ca-out", str(tmp_path / "ca.pem"), "--name", "origin.example"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        with httpx.Client(
            trust_env=False, verify=ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        ) as client:
            assert client.get(f"https://localhost:{ports['port']}/__health").status_code == 200
            assert client.get(f"http://localhost:{ports['plain_port']}/v1/models").json()["object"] == "list"
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
