"""Large bodies: what is over the limit is refused before it has come, and costs next to nothing."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.settings
import httpx
import openai
import pytest

from dlp.fakes import FakeProviders
from dlp.proxy.uploads import Collected
from tests.harness import TIMEOUT_FACTOR, ProxyProcess
from tests.proxy.live import Exchange, post, status_of

MEGABYTE = 2**20
LIMIT = 10 * MEGABYTE
HUGE = 100 * MEGABYTE
HOST = "api.openai.com"
SMALL = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'
TIMEOUT = 60 * TIMEOUT_FACTOR


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(fake, tmp_path_factory.mktemp("uploads")) as running:
        warm = Exchange(running.port).connect(f"{HOST}:443").tls(HOST).send(post(SMALL)).answer()
        assert status_of(warm) == 200
        yield running


@pytest.fixture
def nothing_leaves(proxy: ProxyProcess, fake: FakeProviders) -> Iterator[None]:
    """A refused body never reaches a provider, in part or whole, and the proxy serves the next client."""
    fake.reset()
    yield
    assert all(request.body == SMALL for request in fake.received)
    answer = Exchange(proxy.port).connect(f"{HOST}:443").tls(HOST).send(post(SMALL)).answer()
    assert status_of(answer) == 200


class Memory:
    """The most memory that a process held at once since this was made, in bytes more than then."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark begins anew (proc(5))
        self._before = self._read("VmRSS")

    def grown(self) -> int:
        return self._read("VmHWM") - self._before

    def _read(self, name: str) -> int:
        line = next(line for line in self._status.read_text().splitlines() if line.startswith(name + ":"))
        return int(line.split()[1]) * 1024


def trust(proxy: ProxyProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.certs / "mitmproxy-ca-cert.pem"))


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // MEGABYTE):
        yield b"x" * MEGABYTE


def head(length: int, **headers: str) -> bytes:
    """The head of a POST that announces `length` bytes."""
    return post(b"", **headers).replace(b"content-length: 0", b"content-length: %d" % length)


# -- before the body ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"expect": "100-continue"}], ids=["plain", "expect"])
@pytest.mark.usefixtures("nothing_leaves")
def test_an_announced_length_over_the_limit_is_refused_before_any_of_the_body(
    proxy: ProxyProcess, headers: dict[str, str]
) -> None:
    """Not a byte of the body is sent, and none is asked for: the answer is the first thing that comes."""
    exchange = Exchange(proxy.port).connect(f"{HOST}:443").tls(HOST).send(head(HUGE, **headers))
    answer = exchange.answer()
    assert status_of(answer) == 413
    assert b"dlp_too_large" in answer
    assert b"connection: close" in answer.lower()


@pytest.mark.usefixtures("nothing_leaves")
def test_the_same_over_http2(proxy: ProxyProcess) -> None:
    """The stream is refused; others of its connection go on."""
    with _Http2(proxy) as connection:
        assert connection.post(LIMIT + 1, body=b"") == 413
        assert connection.post(len(SMALL), body=SMALL) == 200


@pytest.mark.usefixtures("nothing_leaves")
def test_a_small_body_that_its_headers_condemn_keeps_the_connection(proxy: ProxyProcess) -> None:
    """Only what is large is answered early: a connection is of more use than a few bytes saved."""
    exchange = Exchange(proxy.port).connect(f"{HOST}:443").tls(HOST)
    exchange.send(post(b"{}", host="api.anthropic.com") + post(SMALL))
    received = b""
    while received.count(b"HTTP/1.1 ") < 2 or not received.endswith(b"}"):
        piece = exchange.socket.recv(65536)
        assert piece, received
        received += piece
    exchange.socket.close()
    assert received.startswith(b"HTTP/1.1 421")
    assert b"HTTP/1.1 200" in received


# -- while it comes ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_leaves")
def test_chunks_are_counted_while_they_come(proxy: ProxyProcess) -> None:
    """A body without a length is refused when it passes the limit, though its end never comes."""
    opened = post(b"", transfer_encoding="chunked").replace(b"content-length: 0\r\n", b"")
    exchange = Exchange(proxy.port).connect(f"{HOST}:443").tls(HOST).send(opened)
    for piece in pieces(LIMIT):
        exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    exchange.send(b"1\r\nx\r\n")
    assert status_of(exchange.answer()) == 413


@pytest.mark.usefixtures("nothing_leaves")
def test_frames_of_http2_are_counted_while_they_come(proxy: ProxyProcess) -> None:
    with _Http2(proxy) as connection:
        assert connection.post(None, body=b"x" * (LIMIT + 1), ends=False) == 413


def test_pieces_of_two_bytes_take_what_they_hold() -> None:
    """A body can come in millions of pieces, each of which would be an object of its own."""
    tracemalloc.start()
    collected = Collected()
    for _ in range(MEGABYTE // 16):
        collected += bytes(2)
    took = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(collected), bool(collected), bytes(collected)) == (MEGABYTE // 8, True, bytes(MEGABYTE // 8))
    assert took < 3 * MEGABYTE // 8
    collected.clear()
    assert (len(collected), bool(collected), bytes(collected)) == (0, False, b"")


# -- clients that send it all ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_leaves")
def test_a_hundred_megabytes_cost_next_to_nothing(proxy: ProxyProcess) -> None:
    """`http.client` gives up when it can't write: it must not be cut off before its body is out, and none of that is kept."""
    memory = Memory(proxy.pid)
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=trust(proxy), timeout=TIMEOUT)
    connection.set_tunnel(HOST, 443)
    connection.request("POST", "/v1/chat/completions", bytes(HUGE), {"content-type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"dlp_too_large" in answer.read()
    connection.close()
    assert memory.grown() < 24 * MEGABYTE


@pytest.mark.usefixtures("nothing_leaves")
def test_the_sdk_raises_what_it_raises_for_its_provider(proxy: ProxyProcess) -> None:
    transport = openai.DefaultHttpxClient(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust(proxy))
    with (
        openai.OpenAI(api_key="sk-none", http_client=transport, max_retries=0, timeout=TIMEOUT) as client,
        pytest.raises(openai.APIStatusError) as refused,
    ):
        client.files.create(file=("batch.jsonl", bytes(2 * LIMIT)), purpose="batch")
    assert refused.value.status_code == 413
    assert "limit is 10485760" in str(refused.value)


@pytest.mark.usefixtures("nothing_leaves")
def test_a_body_without_a_length_costs_what_the_limit_lets_in(proxy: ProxyProcess) -> None:
    memory = Memory(proxy.pid)
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust(proxy), timeout=TIMEOUT) as client:
        answer = client.post(f"https://{HOST}/v1/files", content=pieces(4 * LIMIT))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "dlp_too_large")
    assert memory.grown() < 3 * LIMIT


@pytest.mark.usefixtures("nothing_leaves")
def test_curl_is_told_before_it_sends(proxy: ProxyProcess, tmp_path: Path) -> None:
    """Curl announces large bodies, and stops when it is refused."""
    upload = tmp_path / "upload"
    with upload.open("wb") as file:
        file.truncate(HUGE)
    ran = subprocess.run(
        ["curl", "-sS", "--http1.1", "-x", f"http://127.0.0.1:{proxy.port}",
         "--cacert", str(proxy.certs / "mitmproxy-ca-cert.pem"), "--data-binary", f"@{upload}",
         "-w", "\n%{http_code} %{size_upload}", f"https://{HOST}/v1/files"],
        capture_output=True, text=True, check=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == "413 0"


# -- files of lines ----------------------------------------------------------------------------------------------------


def test_twenty_megabytes_of_lines_are_masked_in_a_small_multiple_of_their_size(
    fake: FakeProviders, tmp_path: Path
) -> None:
    """Each line comes out as it does alone, and what the proxy holds meanwhile is little more than what came and what goes."""
    policy = _large(tmp_path)
    # Few different lines, so that detection, which isn't what is measured, knows most of them already.
    lines = [_sample(number) for number in range(8)]
    repeated = 20 * MEGABYTE // sum(map(len, lines))
    fake.reset()
    with ProxyProcess(fake, tmp_path / "proxy", policy=policy) as proxy:
        for line in lines:
            _upload(proxy, [line])
        alone = [_lines_of(request.body) for request in fake.received]
        fake.reset()
        memory = Memory(proxy.pid)
        _upload(proxy, lines * repeated)
        grown = memory.grown()
    (received,) = fake.received
    assert _lines_of(received.body) == [line for (line,) in alone] * repeated
    assert b"nordwind-labs" not in received.body
    size = len(received.body)
    assert size > 19 * MEGABYTE
    assert grown < 4 * size, (grown, size)


# -- one document ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plain", [True, False], ids=["ascii", "not ascii"])
def test_ten_megabytes_of_one_document_are_masked_in_a_small_multiple_of_their_size(
    fake: FakeProviders, tmp_path: Path, plain: object
) -> None:
    """A long chat, every message of it changed: what came, what goes, and little more."""
    policy = _large(tmp_path)
    messages = [json.loads(_sample(number, plain=plain))["body"]["messages"][0] for number in range(8)]
    body = json.dumps({"model": "m", "messages": messages * 100}, ensure_ascii=bool(plain)).encode()
    assert len(body) > 9 * MEGABYTE
    fake.reset()
    with (
        ProxyProcess(fake, tmp_path / "proxy", policy=policy) as proxy,
        httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust(proxy), timeout=TIMEOUT) as client,
    ):
        url, headers = f"https://{HOST}/v1/chat/completions", {"content-type": "application/json"}
        first = json.dumps({"model": "m", "messages": messages}).encode()
        assert client.post(url, content=first, headers=headers).status_code == 200
        memory = Memory(proxy.pid)
        assert client.post(url, content=body, headers=headers).status_code == 200
        grown = memory.grown()
    masked, sent = (json.loads(request.body)["messages"] for request in fake.received)
    assert sent == masked * 100
    assert b"nordwind-labs" not in fake.received[1].body
    assert grown < 4.5 * len(body), (grown, len(body))


def _large(tmp_path: Path) -> Path:
    policy = tmp_path / "large.yaml"
    policy.write_text(
        f"version: 1\nname: large\nlimits: {{body_bytes: {32 * MEGABYTE}}}\ndetect: {{ner: {{pipeline: none}}}}\n"
    )
    return policy


def _sample(number: int, *, plain: object = True) -> bytes:
    text = (
        f"Mail anna{number}@nordwind-labs.org, says line {number}. " + f"All of case {number} went as planned. " * 400
    )
    if not plain:
        text += "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148. " * 20
    line = {"custom_id": f"r{number}", "body": {"model": "m", "messages": [{"role": "user", "content": text}]}}
    return json.dumps(line).encode()


def _upload(proxy: ProxyProcess, lines: list[bytes]) -> None:
    transport = openai.DefaultHttpxClient(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust(proxy))
    with openai.OpenAI(api_key="sk-none", http_client=transport, max_retries=0, timeout=TIMEOUT) as client:
        client.files.create(file=("batch.jsonl", b"\n".join(lines)), purpose="batch")


def _lines_of(form: bytes) -> list[bytes]:
    return [line.rstrip(b"\r") for line in form.split(b"\n") if line.startswith(b"{")]


class _Http2:
    """One HTTP/2 connection through the proxy."""

    def __init__(self, proxy: ProxyProcess) -> None:
        plain = Exchange(proxy.port).connect(f"{HOST}:443").socket
        context = trust(proxy)
        context.set_alpn_protocols(["h2"])
        self._socket = context.wrap_socket(plain, server_hostname=HOST)
        self._socket.settimeout(TIMEOUT)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()

    def post(self, length: int | None, *, body: bytes, ends: bool = True) -> int:
        """Send a request and say what status it gets, as soon as it gets one."""
        stream = self._h2.get_next_available_stream_id()
        headers = [(":method", "POST"), (":scheme", "https"), (":authority", HOST), (":path", "/v1/chat/completions")]
        headers += [("content-type", "application/json"), ("authorization", "Bearer sk-none")]
        self._h2.send_headers(stream, headers + ([("content-length", str(length))] if length is not None else []))
        at = 0
        while True:
            while at < len(body) and (room := self._room(stream)):
                self._h2.send_data(stream, body[at : at + room])
                at += min(room, len(body) - at)
                if at == len(body) and ends:
                    self._h2.end_stream(stream)
            self._socket.sendall(self._h2.data_to_send())
            data = self._socket.recv(65536)
            assert data, "the connection ended"
            for event in self._h2.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    return int(next(value for name, value in event.headers if name in (":status", b":status")))

    def _room(self, stream: int) -> int:
        return min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
