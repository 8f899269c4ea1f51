"""Hostile and broken input through a live proxy: a clear outcome each, nothing leaked, and the next client is served as ever."""

from __future__ import annotations

import gzip
import json
import re
import threading
import tracemalloc
from collections.abc import Iterator

import brotli  # type: ignore[import-untyped]  # ships no annotations
import pytest
import zstandard

from dlp.engine.answer import stream_restorer
from dlp.engine.leaves import Stats
from dlp.fakes.raw import ANSWER, RecordingUpstream
from dlp.providers.formats.generic import GENERIC
from dlp.wire.eventstream import HeaderType, encode_message
from dlp.wire.grpc import frame
from dlp.wire.sse import MAX_EVENT_BYTES
from tests.proxy.live import Exchange, LiveProxy, live_proxy, post, status_of

EMAIL = "anna.keller@nordwind-labs.org"
HOSTS = ("api.openai.com", "bedrock-runtime.us-east-1.amazonaws.com")


def chat(text: str = f"Mail {EMAIL}") -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}).encode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveProxy, RecordingUpstream]]:
    folder = tmp_path_factory.mktemp("bad")
    with RecordingUpstream(HOSTS) as upstream, live_proxy(upstream.port, upstream.authority, folder) as proxy:
        yield proxy, upstream


@pytest.fixture
def upstream(running: tuple[LiveProxy, RecordingUpstream]) -> Iterator[RecordingUpstream]:
    """Whatever a test has sent: nothing leaked, and the next client is served, masked."""
    proxy, upstream = running
    upstream.answer = ANSWER
    yield upstream
    upstream.answer = ANSWER
    answer = send(proxy, post(chat("My card is 4111 1111 1111 1111")))
    assert status_of(answer) == 200
    assert EMAIL.encode() not in upstream.bytes
    assert b"4111 1111" not in upstream.bytes


@pytest.fixture
def proxy(running: tuple[LiveProxy, RecordingUpstream]) -> LiveProxy:
    return running[0]


def send(proxy: LiveProxy, data: bytes, host: str = HOSTS[0], patience: float = 60.0) -> bytes:
    return Exchange(proxy.port).connect(f"{host}:443").tls(host).send(data).answer(patience)


# -- compression -------------------------------------------------------------------------------------------------------

_ZEROS = bytes(24 * 2**20)


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "deflate"])
def test_a_bomb_is_refused_as_too_large(proxy: LiveProxy, upstream: RecordingUpstream, coding: str) -> None:
    packed = {"gzip": gzip.compress, "zstd": zstandard.compress, "deflate": gzip.zlib.compress}.get(  # type: ignore[attr-defined]
        coding, lambda data: bytes(brotli.compress(data, quality=1))
    )(_ZEROS)
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(packed, content_encoding=coding))) == 413
    assert len(upstream.bytes) == before


def test_bombs_stall_nobody_else(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    bomb = post(gzip.compress(_ZEROS), content_encoding="gzip")
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(status_of(send(proxy, bomb)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert status_of(send(proxy, post(chat()))) == 200
    for thread in threads:
        thread.join(60)
    assert statuses == [413] * 4


def test_two_stacked_encodings_are_opened(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    packed = brotli.compress(gzip.compress(chat()))
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(packed, content_encoding="gzip, br"))) == 200
    assert b"[PII:EMAIL:" in upstream.bytes[before:]


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        pytest.param(gzip.compress(chat())[:-9], "gzip", id="truncated gzip"),
        pytest.param(zstandard.compress(chat())[:-3], "zstd", id="truncated zstd"),
        pytest.param(brotli.compress(chat())[:-3], "br", id="truncated brotli"),
        pytest.param(gzip.compress(chat())[:20] + b"\xff" * 40, "gzip", id="corrupt gzip"),
        pytest.param(gzip.compress(chat()) + b"trailing", "gzip", id="bytes after the end"),
        pytest.param(chat(), "gzip", id="not compressed at all"),
        pytest.param(chat(), "snappy", id="unknown coding"),
        pytest.param(gzip.compress(chat()), "gzip, gzip, gzip, gzip", id="too many codings"),
    ],
)
def test_what_cant_be_decoded_is_refused(
    proxy: LiveProxy, upstream: RecordingUpstream, body: bytes, coding: str
) -> None:
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(body, content_encoding=coding))) == 415
    assert len(upstream.bytes) == before


# -- what a body claims to be ------------------------------------------------------------------------------------------

_FORM = b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nMail %b' % EMAIL.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(chat(), "text/plain", 200, id="JSON as text"),
        pytest.param(chat(), "image/png", 200, id="JSON as a picture"),
        pytest.param(chat(), "application/x-www-form-urlencoded", 200, id="JSON as a form"),
        pytest.param(b"\x89PNG\r\n" + chat(), "application/json", 415, id="a picture as JSON"),
        pytest.param(b"Mail " + EMAIL.encode(), "application/octet-stream", 415, id="text as bytes"),
        pytest.param(b"Mail " + EMAIL.encode(), "text/plain", 200, id="text"),
        pytest.param(f"Mail {EMAIL}".encode("utf-16"), "text/plain", 200, id="text in another encoding"),
        pytest.param(_FORM, "multipart/form-data", 415, id="a form without a boundary"),
        pytest.param(_FORM, "multipart/form-data; boundary=b", 415, id="a form cut short"),
        pytest.param(frame(b"\x0a\x05")[:-1], "application/grpc", 200, id="a message cut short"),
        pytest.param(chat()[:-10], "application/json", 415, id="JSON cut short"),
        pytest.param(b"[" * 100_000, "application/json", 415, id="nested without end"),
        pytest.param(
            b'{"a":' * 5000 + b'"%b"' % EMAIL.encode() + b"}" * 5000, "application/json", 415, id="nested deeply"
        ),
        pytest.param(b'{"messages": [' + b'{"a": 1},' * 10 + b"]}", "application/json", 415, id="a comma too many"),
    ],
)
def test_a_lying_or_broken_body_is_masked_or_refused(
    proxy: LiveProxy, upstream: RecordingUpstream, body: bytes, content_type: str, status: int
) -> None:
    """By what it is, not by what it claims to be. A gRPC client reads its status in a header of a 200."""
    answer = send(proxy, post(body, content_type=content_type))
    assert status_of(answer) == status
    if content_type == "application/grpc":
        assert b"grpc-status: 3\r\n" in answer


def test_trailers_are_dropped(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Nobody waits for an answer because of them."""
    head = (
        post(chat()).partition(b"content-length")[0]
        + b"transfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n"
    )
    body = b"%x\r\n%b\r\n0\r\nx-mail: %b\r\n\r\n" % (len(chat()), chat(), EMAIL.encode())
    assert status_of(send(proxy, head + body)) == 200
    assert b"x-mail" not in upstream.bytes


def test_headers_and_paths_carry_no_value_out(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    before = len(upstream.bytes)
    asked = post(
        chat("hello"), path=f"/v1/files/{EMAIL}/content?of={EMAIL}", x_customer=EMAIL, user_agent=f"bot ({EMAIL})"
    )
    assert status_of(send(proxy, asked)) == 200
    sent = upstream.bytes[before:]
    assert re.search(rb"POST /v1/files/(PII_EMAIL_[0-9a-f]{8})/content\?of=%5BPII%3AEMAIL%3A[0-9a-f]{8}%5D HTTP", sent)
    assert re.search(rb"x-customer: \[PII:EMAIL:[0-9a-f]{8}\]\r\n", sent)
    assert re.search(rb"user-agent: bot \(PII_EMAIL_[0-9a-f]{8}\)\r\n", sent)


def test_names_of_headers_and_methods_carry_no_value_out(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(chat("hello"), **{"x_536-90-4399": "1"}))) == 200
    sent = upstream.bytes[before:]
    assert re.search(rb"\r\nx-pii_us_ssn_[0-9a-f]{8}: 1\r\n", sent)
    before = len(upstream.bytes)
    for method in (b"536-90-4399", b"4111111111111111", b"P0ST"):
        assert status_of(send(proxy, post(chat("hello")).replace(b"POST", method, 1))) == 405
    assert len(upstream.bytes) == before
    assert status_of(send(proxy, post(chat("hello")).replace(b"POST", b"M-SEARCH", 1))) == 200


def test_both_of_two_equal_keys_are_masked(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """Which of them counts is for the server to say."""
    body = b'{"model": "m", "prompt": "%b", "prompt": "%b"}' % (EMAIL.encode(), EMAIL.encode())
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(body, path="/v1/completions"))) == 200
    assert upstream.bytes[before:].count(b"[PII:EMAIL:") == 2


def test_a_length_that_is_too_short_lets_nothing_slip_behind(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    head, body = post(chat("hello")).replace(b"\r\n\r\n", b"\0", 1).split(b"\0")
    assert status_of(send(proxy, head + b"\r\n\r\n" + body + b" and " + EMAIL.encode() + b"\r\n\r\n")) == 200


def test_a_length_that_is_too_long_waits_and_sends_nothing(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    before = len(upstream.bytes)
    data = post(chat()).replace(b"content-length: ", b"content-length: 1")
    assert send(proxy, data, patience=1.0) == b""
    assert len(upstream.bytes) == before


def test_a_body_above_the_limit_is_refused_as_too_large(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """The answer is there before the body, and isn't lost on a client that sends all of it first."""
    before = len(upstream.bytes)
    assert status_of(send(proxy, post(chat("x" * 11 * 2**20)))) == 413
    assert len(upstream.bytes) == before


# -- answers -----------------------------------------------------------------------------------------------------------


def answered(body: bytes, content_type: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _event(text: str) -> bytes:
    payload = json.dumps({"contentBlockIndex": 0, "delta": {"text": text}}).encode()
    return encode_message(((":event-type", HeaderType.STRING, "contentBlockDelta"),), payload)


_WRONG_CRC = _event("fine") + _event("broken")[:-1] + b"\0" + _event("after")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(_WRONG_CRC, "application/vnd.amazon.eventstream", id="wrong checksum"),
        pytest.param(_event("fine")[:-5], "application/vnd.amazon.eventstream", id="event stream cut short"),
        pytest.param(b"\xff" * 500, "application/vnd.amazon.eventstream", id="no event stream"),
        pytest.param(b'data: {"choices": [{"delta"\n\ndata: [DONE]\n\n', "text/event-stream", id="broken events"),
        pytest.param(b"data: " + b"\xff\xfe" * 100 + b"\n\n", "text/event-stream", id="events that are no text"),
        pytest.param(b'[{"candidates": [}', "application/json", id="broken array"),
        pytest.param(b'{"message": {"content": "x"\n{"done"', "application/x-ndjson", id="broken lines"),
        pytest.param(frame(b"\xff\xff") + b"\x09", "application/grpc", id="broken messages"),
    ],
)
def test_a_broken_answer_goes_on_as_it_came(
    proxy: LiveProxy, upstream: RecordingUpstream, body: bytes, content_type: str
) -> None:
    """The client's own parser complains, as it would have without the proxy."""
    upstream.answer = answered(body, content_type)
    got = send(
        proxy,
        post(chat(), host=HOSTS[1], path="/model/anthropic.claude/converse-stream"),
        host=HOSTS[1],
    )
    assert content_of(got) == body


def content_of(answer: bytes) -> bytes:
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return rest
    out = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        out += rest[: int(size or b"0", 16)]
        rest = rest[int(size or b"0", 16) + 2 :]
    return out


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b'data: {"choices":[{"index":0,"delta":{"content":"hello [PII: there "}}]}\n\n', id="events"),
        pytest.param(b"x" * 80, id="a line without end"),
    ],
)
def test_a_stream_that_never_ends_takes_bounded_memory(piece: bytes) -> None:
    """Megabytes of events, or three times as much of one line as an event may have."""
    restorer = stream_restorer("text/event-stream", GENERIC, {"c4587843": EMAIL}, Stats())
    chunk = piece * (65536 // len(piece))
    restorer.feed(chunk)
    tracemalloc.start()
    try:
        came = sum(len(out) for _ in range(3 if piece.startswith(b"data") else 768) for out in restorer.feed(chunk))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert came > 0
    assert peak < (2**20 if piece.startswith(b"data") else 3 * MAX_EVENT_BYTES)


def test_ten_thousand_events_at_once_arrive(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    event = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
    body = event * 10_000 + b"data: [DONE]\n\n"
    upstream.answer = answered(body, "text/event-stream")
    assert content_of(send(proxy, post(chat()))) == body
