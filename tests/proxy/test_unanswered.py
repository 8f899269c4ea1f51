"""A provider that says nothing, or not what it should: a clear answer for its client, in the provider's own shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.fakes.raw import ANSWER, RecordingUpstream
from dlp.proxy.heads import MAX_HEAD_BYTES
from tests.proxy.live import Exchange, LiveProxy, live_proxy, post, status_of

OPENAI, ANTHROPIC = "api.openai.com", "api.anthropic.com"
CHAT = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "Mail anna.keller@nordwind-labs.org"}]}'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveProxy, RecordingUpstream]]:
    folder = tmp_path_factory.mktemp("unanswered")
    with (
        RecordingUpstream((OPENAI,)) as upstream,
        live_proxy(upstream.port, upstream.authority, folder) as proxy,
    ):
        yield proxy, upstream


@pytest.fixture
def proxy(running: tuple[LiveProxy, RecordingUpstream]) -> LiveProxy:
    return running[0]


@pytest.fixture
def upstream(running: tuple[LiveProxy, RecordingUpstream]) -> Iterator[RecordingUpstream]:
    yield running[1]
    running[1].answer = ANSWER


def asked(proxy: LiveProxy, host: str = OPENAI, path: str = "/v1/chat/completions") -> bytes:
    return Exchange(proxy.port).connect(f"{host}:443").tls(host).send(post(CHAT, host=host, path=path)).answer()


def body_of(answer: bytes) -> object:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    ],
    ids=["100", "103 and 102"],
)
def test_what_comes_before_the_answer_is_not_the_answer(
    proxy: LiveProxy, upstream: RecordingUpstream, interim: bytes
) -> None:
    said = b'{"choices": []}'
    upstream.answer = (
        interim + b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n" + said
    )
    answer = asked(proxy)
    assert status_of(answer) == 200
    assert answer.endswith(said)


def test_what_is_no_answer_is_told_in_the_providers_shape(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    upstream.answer = b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"
    answer = asked(proxy)
    assert status_of(answer) == 502
    assert b"content-type: application/json" in answer
    assert b"x-dlp-action: rewrite" in answer
    assert b"x-should-retry" not in answer  # SDKs try again, as they do without a proxy
    error = {"message": "the provider broke off before it had answered", "type": "server_error", "param": None}
    assert body_of(answer) == {"error": {**error, "code": "dlp_upstream"}}


@pytest.mark.parametrize("second", [b"transfer-encoding: chunked", b"bad name: x"], ids=["two lengths", "no name"])
def test_so_is_a_head_that_can_be_read_in_two_ways(
    proxy: LiveProxy, upstream: RecordingUpstream, second: bytes
) -> None:
    upstream.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" + second + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    answer = asked(proxy)
    assert status_of(answer) == 502
    told = body_of(answer)
    assert isinstance(told, dict)
    assert told["error"]["message"] == "the head of the provider's answer can be read in more than one way"


def test_the_operator_hears_of_it(
    proxy: LiveProxy, upstream: RecordingUpstream, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log by host, and in the metrics; what the server said instead of an answer is in neither."""
    upstream.answer = b"no HTTP, but anna.keller@nordwind-labs.org\r\n\r\n"
    answer = asked(proxy)
    assert status_of(answer) == 502
    assert any(line.startswith("api.openai.com: the provider broke off") for line in caplog.messages)
    assert b"anna.keller" not in answer + caplog.text.encode()
    assert b'dlp_refusals_total{code="dlp_upstream"}' in proxy.application.metrics.render()


def test_so_is_a_provider_that_cant_be_reached(running: tuple[LiveProxy, RecordingUpstream]) -> None:
    """Here because its certificate is another's."""
    proxy, upstream = running
    before = len(upstream.bytes)
    answer = asked(proxy, ANTHROPIC, "/v1/messages")
    assert status_of(answer) == 502
    told = body_of(answer)
    assert isinstance(told, dict)
    assert told["type"] == "error"
    assert told["error"]["type"] == "api_error"
    assert told["error"]["message"].startswith("the provider can't be reached: ")
    assert len(upstream.bytes) == before


def test_the_next_request_of_the_same_client_is_served(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    upstream.answer = b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"
    assert status_of(asked(proxy)) == 502
    upstream.answer = ANSWER
    assert status_of(asked(proxy)) == 200


def test_a_head_without_end_is_none(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    upstream.answer = b"HTTP/1.1 200 OK\r\nx-more: " + b"a" * (MAX_HEAD_BYTES + 70_000)
    assert status_of(asked(proxy)) == 502


def test_an_answer_that_goes_by_may_be_of_any_length(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """By what the head says mitmproxy would refuse it, before anybody could say that nothing of it is to be held."""
    film = b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 900000000\r\n\r\n" + bytes(1000)
    upstream.answer = film
    request = post(b"", path="/v1/videos/v_1/content").replace(b"POST", b"GET", 1)
    client = Exchange(proxy.port).connect(f"{OPENAI}:443").tls(OPENAI).send(request)
    received = b""
    while len(received) < len(film) and (piece := client.socket.recv(65536)):
        received += piece
    client.socket.close()
    assert status_of(received) == 200
    assert b"content-length: 900000000" in received
    assert received.endswith(bytes(1000))


@pytest.mark.parametrize(
    "length", [b"content-length: 3000000", b"transfer-encoding: chunked"], ids=["length", "chunks"]
)
def test_an_answer_too_long_to_be_held_is_no_page_of_html(tmp_path: Path, length: bytes) -> None:
    """The client is told in the provider's shape, and not to ask again: it would be as long."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + length + b"\r\n\r\n"
    chunk = b" " * 100_000
    body = chunk * 30 if b"content" in length else (b"186a0\r\n" + chunk + b"\r\n") * 30
    with (
        RecordingUpstream((OPENAI,), answer=head + body) as upstream,
        live_proxy(upstream.port, upstream.authority, tmp_path, body_size_limit="2m") as proxy,
    ):
        answer = asked(proxy)
        assert status_of(answer) == 502
        assert b"x-should-retry: false" in answer
        told = body_of(answer)
        assert isinstance(told, dict)
        assert told["error"]["code"] == "dlp_upstream"
        assert told["error"]["message"].startswith("the provider's answer is longer than the proxy may hold")
        upstream.answer = ANSWER
        assert status_of(asked(proxy)) == 200


def test_nor_is_a_request_of_such_a_head(proxy: LiveProxy, upstream: RecordingUpstream) -> None:
    """The proxy keeps no more of it than the bound, says so, and hangs up."""
    endless = b"GET /v1/models HTTP/1.1\r\nhost: api.openai.com\r\nx-long: " + b"a" * (MAX_HEAD_BYTES + 1)
    exchange = Exchange(proxy.port).connect(f"{OPENAI}:443").tls(OPENAI)
    assert status_of(exchange.send(endless).answer()) == 431
