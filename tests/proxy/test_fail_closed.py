"""Nothing leaves unexamined. Each test asserts on what a real upstream socket received, byte by byte."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions

import dlp.engine.opening
import dlp.engine.request
import dlp.proxy.addon
import dlp.proxy.examining
from dlp.errors import DetectorError
from dlp.fakes.raw import RecordingUpstream
from dlp.proxy import guard
from dlp.types import Finding
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, live_proxy, post, status_of

EMAIL = "anna.keller@nordwind-labs.org"
CARD = "4111 1111 1111 1111"
VALUES = (EMAIL.encode(), CARD.encode())
BODY = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": f"Mail {EMAIL}, card {CARD}"}]}).encode()


@pytest.fixture
def upstream() -> Iterator[RecordingUpstream]:
    with RecordingUpstream(("api.openai.com", "example.com")) as running:
        yield running


@pytest.fixture
def proxy(upstream: RecordingUpstream, tmp_path: Path) -> Iterator[LiveProxy]:
    with live_proxy(upstream.port, upstream.authority, tmp_path) as running:
        yield running


def send(
    proxy: LiveProxy,
    data: bytes,
    *,
    target: str = "api.openai.com:443",
    sni: str | None = "api.openai.com",
    patience: float = TIMEOUT,
) -> bytes:
    return Exchange(proxy.port).connect(target).tls(sni).send(data).answer(patience)


def leaked(upstream: RecordingUpstream) -> list[bytes]:
    return [value for value in VALUES if value in upstream.bytes]


def test_the_control_masks_and_arrives(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Without a fault the request arrives, masked: the tests below can tell silence from a broken set-up."""
    assert status_of(send(proxy, post(BODY))) == 200
    assert b"[PII:EMAIL:" in upstream.bytes
    assert not leaked(upstream)


# -- every stage breaks ------------------------------------------------------------------------------------------------


class Broken:
    """A detector that does what a test wants."""

    def __init__(self, answer: Callable[[str], Sequence[Finding]]) -> None:
        self._answer = answer

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        return tuple(self._answer(text))

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [self.find(text) for text, _ in items]


def _raise(error: BaseException) -> Callable[..., Any]:
    def raiser(*args: object, **kwargs: object) -> Any:
        raise error

    return raiser


def _finding(start: int, end: int) -> Finding:
    return Finding(entity_type="EMAIL_ADDRESS", start=start, end=end, score=1.0, recognizer="broken")


class Fewer(Broken):
    """Answers for fewer texts than it was asked about."""

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return []


DETECTORS = {
    "raises": Broken(_raise(ValueError(EMAIL))),
    "raises its own error": Broken(_raise(DetectorError("recognizer X timed out"))),
    "runs out of memory": Broken(_raise(MemoryError())),
    "recurses": Broken(_raise(RecursionError())),
    "returns a span past the end": Broken(lambda text: [_finding(0, len(text) + 1)]),
    "returns a negative span": Broken(lambda text: [_finding(-5, 2)]),
    "returns an empty span": Broken(lambda text: [_finding(3, 3)]),
    "returns overlapping spans": Broken(lambda text: [_finding(0, 4), _finding(2, 6)] if len(text) > 6 else []),
    "answers for fewer texts": Fewer(lambda text: []),
}


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("size", ["short", "long"])
def test_a_broken_detector_stops_the_request(name: str, size: str, upstream: RecordingUpstream, tmp_path: Path) -> None:
    """Inline and in a thread: the provider gets nothing, the client a 503 in the provider's shape without the value."""
    body = BODY if size == "short" else BODY.replace(b"Mail", b"word " * 2000 + b"Mail")
    with live_proxy(upstream.port, upstream.authority, tmp_path, detector=DETECTORS[name]) as proxy:
        answer = send(proxy, post(body))
    assert upstream.bytes == b""
    assert status_of(answer) == 503
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "dlp_error"
    assert EMAIL.encode() not in answer


def test_a_detector_that_hangs_stops_the_request(
    upstream: RecordingUpstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time limit the client is refused; the late answer changes nothing."""
    release = threading.Event()
    monkeypatch.setattr(dlp.proxy.examining, "DETECTION_SECONDS", 0.2)
    hanging = Broken(lambda text: [_finding(0, 1)] if release.wait(120) else [])
    with live_proxy(upstream.port, upstream.authority, tmp_path, detector=hanging) as proxy:
        answer = send(proxy, post(BODY.replace(b"Mail", b"word " * 2000 + b"Mail")))
        release.set()
    assert status_of(answer) == 503
    assert upstream.bytes == b""


STAGES = [
    (dlp.engine.request, "open_body"),
    (dlp.engine.opening, "decode"),
    (dlp.engine.request, "recheck"),
    (dlp.engine.request, "Minter"),
    (dlp.engine.request, "CarryOver"),
    (dlp.proxy.addon, "identify"),
    (dlp.proxy.addon, "screen"),
    (dlp.proxy.addon, "Screening"),
    (dlp.proxy.addon.gate, "provider_of"),
    (dlp.proxy.examining, "examine"),
    (dlp.proxy.examining, "audit"),
    (dlp.proxy.examining, "rewrite"),
    (dlp.proxy.examining, "is_signed"),
]


@pytest.mark.parametrize(("module", "name"), STAGES, ids=[name for _, name in STAGES])
def test_a_broken_stage_stops_the_request(
    module: Any, name: str, proxy: LiveProxy, upstream: RecordingUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises between the hook and the rewritten body, the provider gets nothing."""
    monkeypatch.setattr(module, name, _raise(RuntimeError(EMAIL)))
    answer = send(proxy, post(gzip.compress(BODY), content_encoding="gzip"))
    assert upstream.bytes == b""
    assert status_of(answer) == 503
    assert EMAIL.encode() not in answer


def test_even_a_broken_refusal_refuses(
    proxy: LiveProxy, upstream: RecordingUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing the refusal fails as well, a bare 503 remains."""
    monkeypatch.setattr(dlp.proxy.addon, "screen", _raise(RuntimeError()))
    monkeypatch.setattr(dlp.proxy.addon, "refuse_fault", _raise(RuntimeError()))
    assert status_of(send(proxy, post(BODY))) == 503
    assert upstream.bytes == b""


def test_splicing_gone_wrong_is_noticed(
    proxy: LiveProxy, upstream: RecordingUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outgoing bytes are searched once more: a body that was not rewritten doesn't leave."""
    monkeypatch.setattr("dlp.engine.json_body.splice_in_turn", lambda document, changes: document)
    assert status_of(send(proxy, post(BODY))) == 503
    assert upstream.bytes == b""


def test_a_full_disk_under_the_audit_log_stops_the_request(upstream: RecordingUpstream, tmp_path: Path) -> None:
    """What can't be written down isn't sent."""
    with live_proxy(upstream.port, upstream.authority, tmp_path, audit="/dev/full") as proxy:
        assert status_of(send(proxy, post(BODY))) == 503
    assert upstream.bytes == b""


# -- the ways round mitmproxy's hooks ----------------------------------------------------------------------------------


def test_a_leading_line_break_does_not_turn_http_into_raw_tcp(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Lenient servers read such a request; a raw relay would send it as it is."""
    send(proxy, b"\r\n" + post(BODY), patience=2)
    assert not leaked(upstream)


@pytest.mark.parametrize("junk", [b"\x00\x01\x02", b"EHLO x\r\n", b"\n\n\n"], ids=["binary", "smtp", "line feeds"])
def test_what_is_not_http_is_not_relayed(junk: bytes, proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    send(proxy, junk + BODY + b"\r\n\r\n", patience=2)
    assert not leaked(upstream)


def test_a_host_header_of_somebody_else_is_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """CONNECT and SNI name the provider, Host doesn't."""
    assert status_of(send(proxy, post(BODY, host="example.com"))) == 421
    assert upstream.bytes == b""


def test_a_connect_target_of_somebody_else_is_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """SNI and Host name the provider, CONNECT doesn't."""
    assert status_of(send(proxy, post(BODY), target="example.com:443")) == 421
    assert upstream.bytes == b""


def test_an_sni_of_somebody_else_is_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """CONNECT and Host name the provider, SNI doesn't."""
    assert status_of(send(proxy, post(BODY), sni="example.com")) == 421
    assert upstream.bytes == b""


def test_two_providers_in_one_request_are_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    assert status_of(send(proxy, post(BODY, host="api.anthropic.com"))) == 421
    assert upstream.bytes == b""


@pytest.mark.parametrize("target", ["203.0.113.7:443", "api.openai.com:8443"], ids=["address", "other port"])
def test_a_connect_to_an_address_or_port_with_the_providers_name_is_screened(
    target: str, proxy: LiveProxy, upstream: RecordingUpstream
) -> None:
    """Only the SNI tells; the request is masked like any other."""
    assert status_of(send(proxy, post(BODY), target=target)) == 200
    assert not leaked(upstream)
    assert b"[PII:EMAIL:" in upstream.bytes


def test_tls_without_a_name_to_an_address_is_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Nothing would tell that a provider is behind it."""
    with pytest.raises(OSError):
        send(proxy, post(BODY), target="203.0.113.7:443", sni=None)
    assert upstream.bytes == b""


@pytest.mark.parametrize(
    ("target", "sni"),
    [
        ("API.OpenAI.com.:443", "API.OpenAI.com"),
        ("api.openai.com.:443", "api.openai.com."),
        ("203.0.113.7:443", "api.openai.com."),
        ("api.openai.com.:443", "example.com"),
    ],
)
def test_no_spelling_of_its_name_hides_a_provider(
    target: str, sni: str, proxy: LiveProxy, upstream: RecordingUpstream
) -> None:
    """Nor is a trailing dot a reason for the provider not to be reached."""
    answer = send(proxy, post(BODY, host="API.OpenAI.com."), target=target, sni=sni)
    assert not leaked(upstream)
    agrees = sni != "example.com"
    assert status_of(answer) == (200 if agrees else 421)
    assert (b"[PII:EMAIL:" in upstream.bytes) is agrees


def test_plain_http_to_a_provider_is_screened(tmp_path: Path) -> None:
    """Absolute form to the proxy, no TLS anywhere."""
    with (
        RecordingUpstream(tls=False) as upstream,
        live_proxy(upstream.port, upstream.authority, tmp_path) as proxy,
    ):
        request = post(BODY).replace(b"POST /v1", b"POST http://api.openai.com/v1")
        assert status_of(Exchange(proxy.port).send(request).answer()) == 200
        assert b"[PII:EMAIL:" in upstream.bytes
        assert not leaked(upstream)


def test_an_absolute_target_inside_the_tunnel_cannot_redirect(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    send(proxy, post(BODY).replace(b"POST /v1", b"POST https://example.com/v1"))
    assert not leaked(upstream)


def test_both_members_of_a_gzip_body_are_examined(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Mitmproxy's own decoder stops after the first."""
    half = len(BODY) // 2
    body = gzip.compress(BODY[:half]) + gzip.compress(BODY[half:])
    assert status_of(send(proxy, post(body, content_encoding="gzip"))) == 200
    assert b"[PII:EMAIL:" in upstream.bytes
    assert b"content-encoding" not in upstream.bytes.lower()
    assert not leaked(upstream)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "gzip, hex", "x-unknown", "base64"])
def test_an_unknown_content_encoding_is_refused(encoding: str, proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Python codecs that mitmproxy would try by name included."""
    assert status_of(send(proxy, post(BODY, content_encoding=encoding))) == 415
    assert upstream.bytes == b""


def test_a_chunked_body_is_examined_as_a_whole(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\ncontent-type: application/json\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(BODY[i : i + 7]), BODY[i : i + 7]) for i in range(0, len(BODY), 7))
    assert status_of(send(proxy, head + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")) == 200
    assert b"[PII:EMAIL:" in upstream.bytes
    assert not leaked(upstream)


def test_trailers_do_not_leave(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\ncontent-type: application/json\r\n"
    chunk = b"2\r\n{}\r\n0\r\nx-note: " + EMAIL.encode() + b"\r\n\r\n"
    send(proxy, head + b"transfer-encoding: chunked\r\n\r\n" + chunk, patience=2)
    assert not leaked(upstream)


def test_a_websocket_upgrade_is_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    request = (
        b"GET /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert status_of(send(proxy, request)) == 426
    assert upstream.bytes == b""


def test_two_content_lengths_are_refused(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    request = post(BODY).replace(b"\r\n\r\n", b"\r\ncontent-length: 5\r\n\r\n", 1)
    send(proxy, request)
    assert not leaked(upstream)


def test_the_query_is_examined_and_a_key_in_it_left_alone(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    path = "/v1/files?key=AIzaSyA1234567890abcdefghijklmnopqrstuv&note=anna.keller%40nordwind-labs.org"
    assert status_of(send(proxy, post(b"{}", path=path))) == 200
    assert b"key=AIzaSyA1234567890abcdefghijklmnopqrstuv" in upstream.bytes
    assert b"anna.keller" not in upstream.bytes
    assert b"note=%5BPII%3AEMAIL%3A" in upstream.bytes


# -- options -----------------------------------------------------------------------------------------------------------

DANGEROUS = {
    "stream_large_bodies": "1k",
    "store_streamed_bodies": True,
    "ssl_insecure": True,
    "websocket": False,
    "validate_inbound_headers": False,
    "rawtcp": True,
    "http3": True,
    "connection_strategy": "eager",
    "upstream_cert": True,
    "tcp_hosts": ["x"],
    "udp_hosts": ["x"],
    "ignore_hosts": ["x"],
    "allow_hosts": ["x"],
    "save_stream_file": "/tmp/x",
    "hardump": "/tmp/x",
    "map_remote": ["|a|b"],
    "map_local": ["|a|/tmp"],
    "modify_body": ["|a|b"],
    "modify_headers": ["|a|b"],
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_dangerous_option_is_rolled_back_while_running(name: str, proxy: LiveProxy) -> None:
    """Also what a `set` command or a console could do later."""
    assert proxy.master is not None
    before = getattr(proxy.master.options, name)
    with pytest.raises(exceptions.OptionsError, match=name):
        proxy.call(lambda: proxy.master and proxy.master.options.update(**{name: DANGEROUS[name]}))
    assert getattr(proxy.master.options, name) == before


def test_every_dangerous_option_is_on_the_list() -> None:
    """The list that the addon enforces is the one tested here, but for options that only other mitmproxy tools have."""
    assert set(guard._FORBIDDEN) - set(DANGEROUS) == {
        "flow_detail",
        "server_replay",
        "client_replay",
        "emudhra",
        "emudhra_old",
    }


# -- the way back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_a_fault_while_restoring_keeps_the_answer(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens stay visible, the connection lives, the fault is counted."""
    monkeypatch.setattr("dlp.masking.restoring.Restorer.feed", _raise(RuntimeError(EMAIL)))
    monkeypatch.setattr("dlp.masking.restoring.Restorer.edits", _raise(RuntimeError(EMAIL)))
    body = b'{"choices":[{"index":0,"delta":{"content":"hello PII"},"message":{"content":"hello PII"}}]}'
    body = b"data: " + body + b"\n\n" if kind != "application/json" else body
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    request = BODY.replace(b'"model"', b'"stream": true, "model"') if kind != "application/json" else BODY
    with (
        RecordingUpstream(("api.openai.com",), answer=head + body) as upstream,
        live_proxy(upstream.port, upstream.authority, tmp_path) as proxy,
    ):
        answer = send(proxy, post(request, connection="close"))
        assert body.strip() in answer
        assert proxy.application.metrics.value("dlp_faults_total", stage="restore") >= 1
