"""Calls whose two sides take turns: a real grpcio server, and clients that wait for an answer before they go on."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import grpc
import h2.config
import h2.connection
import h2.events
import pytest

from dlp.errors import DetectorError
from dlp.fakes import Authority
from dlp.proxy import calls
from dlp.types import Finding
from dlp.wire.grpc import frame
from dlp.wire.protobuf import parse_message
from tests.engine.conversations import PlantedDetector
from tests.harness import wait_for
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, grpc_upstream, live_proxy
from tests.proxy.test_grpc import HOST, SERVICE, request_of, text_field

EMAIL = "V000001-anna@nordwind.orgQ"
OTHER = "V000002-bert@nordwind.orgQ"
FOREIGN = "V000004-carl@nordwind.orgQ"
WAIT = TIMEOUT


def text_of(message: bytes) -> str:
    parsed = parse_message(message)
    return next(parsed.text(leaf) or "" for leaf in parsed.leaves if leaf.path == (1, 1, 2))


class Talk:
    """What one call of a client looks like to the server."""

    def __init__(self) -> None:
        self.received: queue.Queue[str] = queue.Queue()
        self.over = threading.Event()


class Service(grpc.GenericRpcHandler):
    """Answers each message at once, and says `bye` and hangs up when it is told to `leave`."""

    def __init__(self) -> None:
        self.talks: list[Talk] = []
        self.requests: list[bytes] = []
        self.goes_on = threading.Event()

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        return grpc.stream_stream_rpc_method_handler(lambda requests, context: self._converse(name, requests, context))

    def _converse(self, method: str, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        talk = Talk()
        self.talks.append(talk)
        if not context.add_callback(talk.over.set):
            talk.over.set()  # it was over before it was heard of
        context.set_trailing_metadata((("x-served-by", "fake"),))
        said: list[str] = []
        if method == "Greet":
            yield request_of("good day")
        for request in requests:
            text = text_of(request)
            self.requests.append(request)
            talk.received.put(text)
            said.append(text)
            if text == "stall":
                self.goes_on.wait(WAIT)
            if text == "leave":
                yield request_of("bye")
                return
            told = f"{text}, after {said[0]}" if text != "tell" else f"it is {FOREIGN}"
            yield request_of(text.removeprefix("say ") if text.startswith("say ") else told)

    def heard(self) -> list[str]:
        heard = []
        with contextlib.suppress(queue.Empty):
            while True:
                heard.append(self.talks[-1].received.get_nowait())
        return heard


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture(scope="module")
def upstream(service: Service, authority: Authority) -> Iterator[int]:
    with grpc_upstream(service, authority, HOST) as port:
        yield port


def proxied(
    upstream: int, authority: Authority, folder: Path, policy: str = "", detector: Any = None
) -> contextlib.AbstractContextManager[LiveProxy]:
    folder.mkdir(exist_ok=True)
    path = folder / "policy.yaml"
    path.write_text(f"version: 1\nname: p\nentities: {{DEFAULT: mask}}\n{policy}")
    audit = str(folder / "audit.jsonl")
    return live_proxy(
        upstream, authority, folder, policy=str(path), audit=audit, detector=detector or PlantedDetector()
    )


@pytest.fixture(scope="module")
def proxy(upstream: int, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    with proxied(upstream, authority, tmp_path_factory.mktemp("calls")) as running:
        yield running


class Client:
    """One call by grpcio, message by message."""

    def __init__(
        self, proxy: LiveProxy, compression: grpc.Compression = grpc.Compression.NoCompression, method: str = "Converse"
    ) -> None:
        trusted = (proxy.folder / "certs" / "mitmproxy-ca-cert.pem").read_bytes()
        self._channel = grpc.secure_channel(
            f"{HOST}:443",
            grpc.ssl_channel_credentials(trusted),
            options=[("grpc.http_proxy", f"http://127.0.0.1:{proxy.port}")],
            compression=compression,
        )
        self._sending: queue.Queue[bytes | None] = queue.Queue()
        self.call = self._channel.stream_stream(f"/{SERVICE}/{method}")(iter(self._sending.get, None), timeout=WAIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._sending.put(None)
        self._channel.close()

    def send(self, message: bytes) -> None:
        self._sending.put(message)

    def say(self, text: str) -> None:
        self.send(request_of(text))

    def hear(self) -> str:
        return text_of(next(self.call))

    def ask(self, text: str) -> str:
        self.say(text)
        return self.hear()

    def done(self) -> None:
        self._sending.put(None)


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip], ids=["plain", "gzip"])
def test_each_message_goes_on_when_it_is_there(
    proxy: LiveProxy, service: Service, compression: grpc.Compression
) -> None:
    """The client hears an answer before it speaks again; what was said in the first turn is restored in the third."""
    with Client(proxy, compression) as client:
        assert client.ask(f"I am {EMAIL}") == f"I am {EMAIL}, after I am {EMAIL}"
        assert client.ask("hello") == f"hello, after I am {EMAIL}"
        assert client.ask(f"he is {OTHER}") == f"he is {OTHER}, after I am {EMAIL}"
        client.done()
        assert client.call.code() is grpc.StatusCode.OK
        assert dict(client.call.trailing_metadata())["x-served-by"] == "fake"
    heard = service.heard()
    assert len(heard) == 3
    assert not any("nordwind" in text for text in heard)
    assert "[PII:" in heard[0]
    assert "[PII:" in heard[2]


def test_a_message_of_many_frames_is_examined_as_one(proxy: LiveProxy, service: Service) -> None:
    with Client(proxy) as client:
        long = "word " * 60_000 + EMAIL + " word" * 60_000
        assert client.ask("hello") == "hello, after hello"
        assert client.ask(long) == f"{long}, after hello"
    assert not any(EMAIL in text for text in service.heard())


def test_a_call_is_in_the_audit_log_once_and_then_when_something_was_found(proxy: LiveProxy) -> None:
    log = proxy.folder / "audit.jsonl"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    with Client(proxy) as client:
        for text in ("one", "two", f"I am {EMAIL}"):
            client.ask(text)
    assert len(log.read_text().splitlines()) == before + 2


def test_a_server_that_speaks_first(proxy: LiveProxy, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "QUIET_SECONDS", 0.05)
    with Client(proxy, method="Greet") as client:
        assert client.hear() == "good day"
        assert client.ask(f"I am {EMAIL}") == f"I am {EMAIL}, after I am {EMAIL}"
    assert not any(EMAIL in text for text in service.heard())


def test_history_goes_back_as_the_model_said_it(proxy: LiveProxy, service: Service) -> None:
    """Also what detection would take out: the model has made it up, so it is nobody's."""

    def asked(*turns: tuple[str, str]) -> bytes:
        parts = [(text_field(1, text_field(2, text.encode())), text_field(2, role.encode())) for role, text in turns]
        return b"".join(text_field(1, part + role) for part, role in parts)

    with Client(proxy) as client:
        client.ask(f"I am {EMAIL}")
        told = client.ask("tell")
        assert FOREIGN in told
        client.done()
        assert list(client.call) == []
    with Client(proxy) as client:
        client.send(asked(("user", f"is {FOREIGN} here?"), ("model", told), ("user", "hello")))
        client.hear()
    assert service.requests[-1].count(FOREIGN.encode()) == 1
    assert told.encode() in service.requests[-1]


def test_a_server_that_ends_the_call(proxy: LiveProxy, service: Service) -> None:
    """Its status and trailers come at once, although the client would have more to say."""
    with Client(proxy) as client:
        client.ask("hello")
        assert client.ask("leave") == "bye"
        assert client.call.code() is grpc.StatusCode.OK
        assert dict(client.call.trailing_metadata())["x-served-by"] == "fake"
    assert service.talks[-1].over.wait(WAIT)


def test_a_client_that_leaves(proxy: LiveProxy, service: Service) -> None:
    with Client(proxy) as client:
        client.ask("hello")
        client.call.cancel()
        assert service.talks[-1].over.wait(WAIT)


def test_what_waits_for_a_token_to_end_does_not_wait_for_ever(
    proxy: LiveProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each side waits for the other: what the answer holds back leaves after a while."""
    monkeypatch.setattr(calls, "QUIET_SECONDS", 0.05)
    with Client(proxy) as client:
        assert client.ask("say it begins with [P") == "it begins with [P"
        assert client.ask("hello") == "hello, after say it begins with [P"


# -- frames that no library sends --------------------------------------------------------------------------------------


class RawCall:
    """A call by hand: data frames as the test cuts them."""

    def __init__(self, proxy: LiveProxy, **headers: str) -> None:
        exchange = Exchange(proxy.port).connect(f"{HOST}:443")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self._socket: socket.socket = context.wrap_socket(exchange.socket, server_hostname=HOST)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        head = {":method": "POST", ":scheme": "https", ":authority": HOST, ":path": f"/{SERVICE}/Converse"}
        head |= {"content-type": "application/grpc", "te": "trailers", **headers}
        self._h2.send_headers(1, list(head.items()))
        self._flush()

    def _flush(self) -> None:
        self._socket.sendall(self._h2.data_to_send())

    def send(self, data: bytes, *, end: bool = False) -> None:
        self._h2.send_data(1, data, end_stream=end)
        self._flush()

    def trailers(self, **trailers: str) -> None:
        self._h2.send_headers(1, list(trailers.items()), end_stream=True)
        self._flush()

    def answer(self) -> tuple[bytes, dict[str, str]]:
        """Data, and all header fields, trailers included, once the call has ended."""
        data, fields = b"", {}
        self._socket.settimeout(TIMEOUT)
        while True:
            for event in self._h2.receive_data(self._socket.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    data += event.data or b""
                elif isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    fields |= {str(name): str(value) for name, value in event.headers or ()}
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    return data, fields
            self._flush()

    def close(self) -> None:
        self._socket.close()


def raw_call(proxy: LiveProxy, **headers: str) -> contextlib.closing[RawCall]:
    return contextlib.closing(RawCall(proxy, **headers))


def test_frames_may_be_cut_anywhere(proxy: LiveProxy, service: Service) -> None:
    with raw_call(proxy) as call:
        sent = frame(request_of(f"I am {EMAIL}")) + frame(request_of("hello"))
        for at in range(len(sent)):
            call.send(sent[at : at + 1], end=at == len(sent) - 1)
        data, fields = call.answer()
    assert data.count(EMAIL.encode()) == 3
    assert fields["grpc-status"] == "0"
    assert not any(EMAIL in text for text in service.heard())


def test_nothing_of_an_unfinished_message_leaves(proxy: LiveProxy, service: Service) -> None:
    whole, before = frame(request_of(f"I am {EMAIL}")), len(service.talks)
    with raw_call(proxy) as call:
        call.send(frame(request_of("hello")) + whole[:5])
        wait_for(lambda: len(service.talks) > before)
        assert service.talks[-1].received.get(timeout=WAIT) == "hello"
        call.send(whole[5:-3], end=True)
        _, fields = call.answer()
    assert fields["grpc-status"] == "3"
    assert service.talks[-1].over.wait(WAIT)
    assert service.heard() == []


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x02" + frame(request_of(EMAIL))[1:], id="unknown flag"),
        pytest.param(frame(b"\xff\xff" + EMAIL.encode()), id="no message"),
        pytest.param(b"\x00\xff\xff\xff\xff" + EMAIL.encode(), id="a length of four gigabytes"),
        pytest.param(frame(b"not gzip", 1), id="compressed, and nothing says how"),
    ],
)
def test_what_cant_be_read_ends_the_call(proxy: LiveProxy, service: Service, sent: bytes) -> None:
    before = len(service.talks)
    with raw_call(proxy) as call:
        call.send(sent)
        call.send(b"x")
        _, fields = call.answer()
    assert fields["grpc-status"] == "3"
    assert EMAIL not in fields["grpc-message"]
    assert len(service.talks) == before


def test_a_call_without_a_message(proxy: LiveProxy) -> None:
    with raw_call(proxy) as call:
        call.send(b"", end=True)
        data, fields = call.answer()
    assert (data, fields["grpc-status"]) == (b"", "0")


def test_trailers_of_a_client_stay_here(proxy: LiveProxy, service: Service) -> None:
    with raw_call(proxy) as call:
        call.send(frame(request_of("hello")))
        call.trailers(**{"x-secret": EMAIL})
        _, fields = call.answer()
    assert fields["grpc-status"] == "0"


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(upstream: int, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp("strict")
    path = folder / "policy.yaml"
    path.write_text("version: 1\nname: p\nentities: {DEFAULT: block}\nlimits: {body_bytes: 100000}\n")
    with live_proxy(upstream, authority, folder, policy=str(path), detector=PlantedDetector()) as running:
        yield running


def test_a_refused_message_ends_the_call_on_both_sides(strict: LiveProxy, service: Service) -> None:
    with Client(strict) as client:
        client.ask("hello")
        client.say(f"I am {EMAIL}")
        with pytest.raises(grpc.RpcError) as refused:
            client.hear()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "blocked" in str(refused.value.details())
        assert service.talks[-1].over.wait(WAIT)
    assert service.heard() == ["hello"]


def test_a_call_that_begins_with_a_refused_message_never_begins(strict: LiveProxy, service: Service) -> None:
    before = len(service.talks)
    with Client(strict) as client:
        client.say(f"I am {EMAIL}")
        with pytest.raises(grpc.RpcError) as refused:
            client.hear()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(service.talks) == before


def test_a_message_above_the_limit_ends_the_call(strict: LiveProxy, service: Service) -> None:
    with Client(strict) as client:
        client.ask("hello")
        client.say("x" * 200_000)
        with pytest.raises(grpc.RpcError) as refused:
            client.hear()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert service.heard() == ["hello"]


def test_an_announced_length_above_the_limit_is_refused_before_any_message(strict: LiveProxy, service: Service) -> None:
    before = len(service.talks)
    with raw_call(strict, **{"content-length": "200000"}) as call:
        _, fields = call.answer()
    assert fields["grpc-status"] == str(grpc.StatusCode.INVALID_ARGUMENT.value[0])
    assert len(service.talks) == before


class Moody(PlantedDetector):
    """Fails when it reads `fail`, and waits when it reads `wait`."""

    def __init__(self) -> None:
        super().__init__()
        self.waits, self.goes_on = threading.Event(), threading.Event()

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        if any("fail" in text for text, _ in items):
            raise DetectorError("recognizer X timed out")
        if any("wait" in text for text, _ in items):
            self.waits.set()
            assert self.goes_on.wait(WAIT)
        return super().find_many(items)


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def fragile(upstream: int, authority: Authority, tmp_path: Path, moody: Moody) -> Iterator[LiveProxy]:
    with proxied(upstream, authority, tmp_path, detector=moody) as running:
        yield running


def test_a_fault_of_ours_ends_the_call(fragile: LiveProxy, service: Service) -> None:
    with Client(fragile) as client:
        client.ask("hello")
        client.say("fail")
        with pytest.raises(grpc.RpcError) as refused:
            client.hear()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert service.heard() == ["hello"]


def test_a_hook_that_fails_lets_nothing_through(
    fragile: LiveProxy, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of a hook is logged by mitmproxy, which then goes on."""

    async def broken(messages: object) -> None:
        raise KeyError(str(messages))

    with Client(fragile) as client:
        client.ask("hello")
        monkeypatch.setattr(calls, "screen_messages", broken)
        client.say("hello again")
        with pytest.raises(grpc.RpcError) as refused:
            client.hear()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert service.heard() == ["hello"]


def test_others_go_on_while_a_message_is_examined(fragile: LiveProxy, moody: Moody) -> None:
    with Client(fragile) as slow, Client(fragile) as other:
        slow.say("wait " * 200)
        assert moody.waits.wait(WAIT)
        assert other.ask("hello") == "hello, after hello"
        moody.goes_on.set()
        assert slow.hear().startswith("wait")


def test_more_than_may_wait_ends_the_call(
    fragile: LiveProxy, moody: Moody, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's data can't be slowed down, so it is bounded; what was dropped makes no shorter request of it."""
    monkeypatch.setattr(calls, "MAX_WAITING_BYTES", 1000)
    with Client(fragile) as client:
        client.ask("hello")
        client.say("wait " * 200)
        assert moody.waits.wait(WAIT)
        with raw_call(fragile) as other:  # by the time it has its answer the proxy has read what was sent before it
            client.say("x" * 3000)
            client.done()
            other.send(frame(request_of("hello")), end=True)
            other.answer()
        moody.goes_on.set()
        with pytest.raises(grpc.RpcError) as refused:
            list(client.call)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not any("xxx" in text for talk in service.talks for text in list(talk.received.queue))


def test_a_provider_that_takes_nothing_bounds_what_waits_for_it(
    fragile: LiveProxy, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "MAX_WAITING_BYTES", 300_000)
    with Client(fragile) as client:
        client.say("stall")
        for _ in range(100):
            client.say("x" * 60_000)
        with pytest.raises(grpc.RpcError) as refused:
            list(client.call)
        service.goes_on.set()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "waits" in str(refused.value.details())


@pytest.mark.parametrize("scan", ["redact", "block"])
def test_an_answer_is_scanned_turn_by_turn(
    upstream: int, authority: Authority, tmp_path: Path, scan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "QUIET_SECONDS", 0.05)
    with (
        proxied(upstream, authority, tmp_path, policy=f"response: {{scan: {scan}}}\n") as running,
        Client(running) as client,
    ):
        assert client.ask(f"I am {EMAIL}") == f"I am {EMAIL}, after I am {EMAIL}"
        client.say("tell")
        if scan == "redact":
            assert FOREIGN not in client.hear()
            assert client.ask("hello") == f"hello, after I am {EMAIL}"
            log = running.folder / "audit.jsonl"
            client.done()
            assert list(client.call) == []
            running.settle()
            assert "taken out of the answer" in log.read_text().splitlines()[-1]
            return
        with pytest.raises(grpc.RpcError) as stopped:
            client.hear()
        assert stopped.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "withheld" in str(stopped.value.details())
