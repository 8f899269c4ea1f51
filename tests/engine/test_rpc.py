"""Messages of remote procedure calls: what is masked in them, and how answers get their values back, wherever they are cut."""

from __future__ import annotations

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.engine.case import Request
from dlp.engine.leaves import Stats
from dlp.engine.opening import decode_body, open_body
from dlp.engine.request import Engine
from dlp.engine.rpc_answer import MAX_WAITING, rpc_restorer
from dlp.errors import DetectorError, RequestBlocked, TooLarge, WireError
from dlp.policy.model import Policy
from dlp.providers.formats.generic import GRPC
from dlp.types import Verdict
from dlp.wire.grpc import (
    COMPRESSED,
    CONNECT_FLAGS,
    END_STREAM,
    GRPC_WEB_FLAGS,
    TRAILERS,
    RpcKind,
    frame,
    read_frames,
    rpc_kind,
)
from dlp.wire.protobuf import parse_message
from tests.proxy.live import shared_detector
from tests.proxy.test_grpc import request_of, text_field

EMAIL = "anna.keller@nordwind-labs.org"
SSN = "219-09-9998"
GRPC_TYPE = "application/grpc"
DIGEST = "c4587843"
TOKEN = f"[PII:EMAIL:{DIGEST}]"
VALUES = {DIGEST: EMAIL}


def examine(body: bytes, content_type: str = GRPC_TYPE, coding: str = "") -> bytes:
    engine = Engine(Policy(name="test"), shared_detector(), b"k" * 32)
    asked = Request("POST", "/google.Service/Call", body, content_type=content_type, message_encoding=coding)
    return engine.examine(asked, GRPC, "scope").body


def answered(kind: RpcKind, body: bytes, cuts: list[int], coding: str = "") -> bytes:
    restorer = rpc_restorer(kind, coding, VALUES, Stats())
    out = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        out += restorer.feed(body[start:end])
    return b"".join([*out, *restorer.flush()])


# -- requests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    ["application/grpc", "application/grpc+proto", "application/grpc-web+proto", "application/connect+proto"],
)
def test_every_message_of_a_body_is_masked_in_its_frame(content_type: str) -> None:
    body = frame(request_of(f"Mail {EMAIL}")) + frame(b"") + frame(request_of("nothing"))
    sent = read_frames(examine(body, content_type), 0)
    assert [EMAIL.encode() in message.payload for message in sent] == [False, False, False]
    assert b"[PII:EMAIL:" in sent[0].payload
    assert [message.payload for message in sent[1:]] == [b"", request_of("nothing")]


def test_a_message_without_a_frame_is_masked() -> None:
    assert b"[PII:EMAIL:" in examine(request_of(f"Mail {EMAIL}"), "application/x-protobuf")


def test_json_messages_are_masked() -> None:
    sent = examine(frame(b'{"text": "Mail %b"}' % EMAIL.encode()), "application/connect+json")
    assert sent.startswith(frame(b"")[:1])
    assert b"[PII:EMAIL:" in read_frames(sent, CONNECT_FLAGS)[0].payload


def test_compressed_messages_leave_as_what_was_read() -> None:
    """Also one in which nothing was found: two decompressors may disagree on odd input."""
    body = frame(gzip.compress(request_of("nothing")), COMPRESSED)
    assert examine(body, coding="gzip") == frame(request_of("nothing"))


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        pytest.param(frame(gzip.compress(request_of("x")), COMPRESSED), "", id="nothing says how"),
        pytest.param(frame(gzip.compress(request_of("x")), COMPRESSED), "snappy", id="unknown coding"),
        pytest.param(frame(b"not gzip", COMPRESSED), "gzip", id="broken"),
        pytest.param(frame(gzip.compress(bytes(80 * 2**20)), COMPRESSED), "gzip", id="bomb"),
        pytest.param(frame(request_of("x"))[:-1], "", id="truncated"),
        pytest.param(b"\x02" + frame(request_of("x"))[1:], "", id="unknown flag"),
        pytest.param(b'{"json": "in disguise"}', "", id="no frames"),
        pytest.param(frame(b'{"json": "in disguise"}'), "", id="no message"),
    ],
)
def test_what_cant_be_read_is_refused(body: bytes, coding: str) -> None:
    with pytest.raises(WireError):
        examine(body, coding=coding)


def test_messages_count_together_against_the_limit() -> None:
    body = frame(gzip.compress(bytes(600_000)), COMPRESSED) * 2
    with pytest.raises(TooLarge):
        decode_body(body, GRPC_TYPE, "", "gzip", limit=1_000_000)


@pytest.mark.parametrize("content_type", ["application/grpc-web-text", "application/grpc+thrift", "application/grpcx"])
def test_other_spellings_are_refused(content_type: str) -> None:
    with pytest.raises(WireError):
        rpc_kind(content_type)


def test_a_text_that_could_be_read_in_two_ways_is_masked_once() -> None:
    """A line feed, a printable length and that many characters: both a text and a message with one."""
    inner = f"My address is {EMAIL}, and so on until it is long."
    body = frame(text_field(1, text_field(1, inner.encode())))
    sent = read_frames(examine(body), 0)[0].payload
    assert [leaf.path for leaf in parse_message(sent).leaves] == [(1,), (1, 1)]
    assert EMAIL.encode() not in sent
    assert sent.count(b"[PII:") == 1


def test_a_value_that_only_the_other_reading_shows_refuses_the_request() -> None:
    """A text that parses as a message whose parts cut the number in two."""
    text = "21" + "9-09-9998, social security".ljust(ord("1"), ".")  # `2` is a tag, `1` a length
    assert {leaf.path for leaf in parse_message(text_field(1, text.encode())).leaves} == {(1,), (1, 6)}
    with pytest.raises(RequestBlocked, match="US_SSN"):
        examine(frame(text_field(1, text.encode())))


def test_an_unknown_message_type_is_reported_without_its_content() -> None:
    with pytest.raises(WireError) as caught:
        examine(frame(b"\xff" + EMAIL.encode()))
    assert EMAIL not in str(caught.value)


def test_names_of_resources_stay() -> None:
    name = "projects/anna-keller-private/locations/europe-west4/publishers/google/models/gemini-2.5-pro"
    engine = Engine(Policy(name="test"), shared_detector(), b"k" * 32)
    body = frame(text_field(1, name.encode()))
    examined = engine.examine(Request("POST", "/x", body, content_type=GRPC_TYPE), GRPC, "scope")
    assert (examined.verdict, examined.body) == (Verdict.PASS, body)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_wire_errors_or_nothing(raw: bytes) -> None:
    try:
        body = open_body(raw, GRPC_TYPE, GRPC)
    except WireError:
        return
    assert body.render() == raw


# -- answers -----------------------------------------------------------------------------------------------------------


def streamed(text: str, size: int) -> bytes:
    return b"".join(frame(request_of(text[at : at + size])) for at in range(0, len(text), size))


def words(body: bytes) -> str:
    found = [parse_message(message.payload) for message in read_frames(body, CONNECT_FLAGS)]
    return "".join(each.text(leaf) or "" for each in found for leaf in each.leaves if leaf.path == (1, 1, 2))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_stream_is_restored_wherever_it_is_cut(size: int) -> None:
    body = streamed(f"[P Write to {TOKEN} [PII:, then {TOKEN}. [PII:EMAIL", size)
    expected = f"[P Write to {EMAIL} [PII:, then {EMAIL}. [PII:EMAIL"
    kind = RpcKind(0, json=False)
    for cut in range(0, len(body), 11):
        assert words(answered(kind, body, [cut])) == expected
    assert words(answered(kind, body, list(range(1, len(body))))) == expected


def test_messages_without_tokens_keep_their_bytes_and_their_order() -> None:
    """Also one that waited for the next, since it ends as a token begins."""
    body = b"".join(frame(request_of(text)) for text in ("one [", "two [PII", "three"))
    assert answered(RpcKind(0, json=False), body, [10]) == body


def test_compressed_answers_are_restored() -> None:
    body = frame(gzip.compress(request_of(f"to {TOKEN}")), COMPRESSED)
    assert words(answered(RpcKind(1, json=False), body, [], "gzip")) == f"to {EMAIL}"


def test_what_isnt_continued_doesnt_wait_for_ever() -> None:
    restorer = rpc_restorer(RpcKind(0, json=False), "", VALUES, Stats())
    assert restorer.feed(frame(request_of("ends in [PII:"))) == []
    other = frame(text_field(9, b"ping"))
    out = [piece for _ in range(MAX_WAITING + 1) for piece in restorer.feed(other)]
    assert out == [frame(request_of("ends in [PII:")), *[other] * (MAX_WAITING + 1)]


def test_broken_answers_go_on_as_they_came() -> None:
    stats = Stats()
    restorer = rpc_restorer(RpcKind(0, json=False), "", VALUES, stats)
    body = frame(b"\xff\xff") + b"\x07 no frame"
    assert b"".join([*restorer.feed(body), *restorer.flush()]) == body
    assert stats.faults == 2


def test_the_end_of_a_connect_stream_is_restored() -> None:
    body = frame(request_of("x")) + frame(b'{"error": {"message": "%b"}}' % TOKEN.encode(), END_STREAM)
    assert EMAIL.encode() in answered(RpcKind(CONNECT_FLAGS, json=False), body, [])


def test_trailers_in_a_body_are_restored_and_stay_what_they_are() -> None:
    """No value ends one of them and begins another; what can't be escaped there stays a token."""
    values = {DIGEST: "Anna\r\ngrpc-status: 0\r\nKeller"}

    def of(details: bytes, message: bytes, note: bytes) -> bytes:
        lines = b"grpc-status: 3\r\ngrpc-message:%b\r\ngrpc-status-details-bin: %b\r\nx-note: %b\r\n"
        return frame(lines % (message, base64.b64encode(details).rstrip(b"="), note), TRAILERS)

    token, escaped = TOKEN.encode(), b"Anna%0D%0Agrpc-status: 0%0D%0AKeller"
    restorer = rpc_restorer(RpcKind(GRPC_WEB_FLAGS, json=False), "", values, stats := Stats())
    out = b"".join([*restorer.feed(of(text_field(2, token), token, token)), *restorer.flush()])
    assert out == of(text_field(2, values[DIGEST].encode()), b" " + escaped, token)
    assert stats.restored == 2


def test_an_answer_without_frames_is_restored() -> None:
    kind = RpcKind(None, json=False)
    assert EMAIL.encode() in answered(kind, request_of(TOKEN), [3])
    assert answered(kind, request_of("nothing"), [3]) == request_of("nothing")


def test_the_bytes_about_to_leave_are_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Policy(name="test"), shared_detector(), b"k" * 32)
    monkeypatch.setattr("dlp.engine.rpc.RpcBody.render", lambda self: frame(request_of(f"Mail {EMAIL}")))
    body = frame(request_of(f"Mail {EMAIL}"))
    with pytest.raises(DetectorError, match="re-check"):
        engine.examine(Request("POST", "/x", body, content_type=GRPC_TYPE), GRPC, "scope")
