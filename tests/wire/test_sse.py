"""The event-stream codec: same bytes out, same events whatever the chunking, bounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge
from dlp.wire.sse import SseDecoder, SseEvent

STREAMS: dict[str, tuple[bytes, list[tuple[bytes, bytes | None]]]] = {
    "lf": (b"data: a\n\ndata: b\n\n", [(b"a", None), (b"b", None)]),
    "crlf": (b"event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", [(b"a", b"x"), (b"b", None)]),
    "cr": (b"event: x\rdata: a\r\rdata: b\r\r", [(b"a", b"x"), (b"b", None)]),
    "mixed": (b"event: x\r\ndata: a\n\rdata: b\r\n\ndata: c\r\r\n", [(b"a", b"x"), (b"b", None), (b"c", None)]),
    "several lines": (b"data: a\ndata:b\ndata\n\n", [(b"a\nb\n", None)]),
    "spaces": (b"data:a\n\ndata:  a\n\ndata: \n\ndata:\n\n", [(b"a", None), (b" a", None), (b"", None), (b"", None)]),
    "named": (b"event: m\ndata: {}\nid: 7\nretry: 10\n\n", [(b"{}", b"m")]),
    "name last": (b"data: {}\nevent: m\n\n", [(b"{}", b"m")]),
    "last name wins": (b"event: m\nevent: n\ndata: {}\n\n", [(b"{}", b"n")]),
    "comments": (b": ping\n\ndata: a\n: in between\n\n:\n\n", [(b"a", None)]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\ndata: c\n\n", [(b"a", None), (b"c", None)]),
    "blank lines": (b"\n\n\ndata: a\n\n\n\ndata: b\n\n\n", [(b"a", None), (b"b", None)]),
    "blank crlf lines": (b"\r\n\r\n\r\ndata: a\r\n\r\n\r\ndata: b\r\n\r\n", [(b"a", None), (b"b", None)]),
    "no data": (b"event: ping\n\nid: 1\n\nxdata: 1\n\nDATA: 1\n\n", []),
    "unterminated": (b"data: a\n\ndata: b", [(b"a", None), (b"b", None)]),
    "ends in one line end": (b"data: a\n\nevent: e\ndata: b\n", [(b"a", None), (b"b", b"e")]),
    "text": ("data: Grüße, 東京 🎉\n\ndata: é\n\n".encode(), [("Grüße, 東京 🎉".encode(), None), ("é".encode(), None)]),
    "colons": (b"data: a: b:c\n\nevent:a:b\ndata::\n\n", [(b"a: b:c", None), (b":", b"a:b")]),
    "empty": (b"", []),
}


def decode(pieces: list[bytes]) -> list[SseEvent]:
    decoder = SseDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()


def meant(events: list[SseEvent]) -> list[tuple[bytes, bytes | None]]:
    return [(event.data, event.event) for event in events if event.data is not None]


def joined(events: list[SseEvent]) -> bytes:
    return b"".join(event.raw for event in events)


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS)
def test_every_cut_gives_the_same_events_and_bytes(stream: bytes, expected: list[tuple[bytes, bytes | None]]) -> None:
    """Whole, byte by byte, and cut in two or three at each possible place."""
    cuts = [[stream], [stream[i : i + 1] for i in range(len(stream))]]
    cuts += [[stream[:i], stream[i:]] for i in range(len(stream))]
    cuts += [[stream[:i], stream[i:j], b"", stream[j:]] for i, j in itertools.combinations(range(len(stream)), 2)]
    for pieces in cuts:
        events = decode(pieces)
        assert meant(events) == expected, pieces
        assert joined(events) == stream, pieces


@pytest.mark.parametrize(
    "chunk",
    [
        b"data: a\n\n",
        b"data: \n\n",
        b"data:  a\r\n\r\n",
        b"event: e\ndata: a\n\n",
        b"event: \ndata: \n\n",
        b"data: a\rb\n\n",
        b"data: a\rb\r\n\r\n",
        b"data: a\nb\r\n\r\n",
        b"data: a\n\r\n\r\n",
        b"data: a\n\n\n",
        b"data: a\n\ndata: b\n\n",
        b"data: a\r\n\r\ndata: b\r\n\r\n",
        b"event: e\rdata: b\ndata: a\n\n",
        b"event: e\ndata: a\rdata: b\n\n",
        b"event: e\ndata: a\nid: 1\n\n",
        b"event: e\ndata: a\ndata: b\n\n",
        b"event: e\nid: 1\n\n",
        b"event: e\n\ndata: a\n\n",
        b"data: \r\n\n",
    ],
)
def test_a_chunk_that_looks_like_one_event_is_read_like_its_bytes(chunk: bytes) -> None:
    before = b"data: before\n\n"
    whole = decode([before, chunk])
    assert joined(whole) == before + chunk
    assert meant(whole) == meant(decode([before, *(chunk[at : at + 1] for at in range(len(chunk)))]))


@given(
    stream=st.lists(
        st.sampled_from([b"data", b"event", b":", b" ", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"x", b"\xc3\xa9"])
    ),
    data=st.data(),
)
def test_chunking_changes_nothing(stream: list[bytes], data: st.DataObject) -> None:
    """Any bytes, any chunks: the bytes come back and the events that carry data are those of the whole."""
    whole = b"".join(stream)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]
    events = decode(pieces)
    assert joined(events) == whole
    assert meant(events) == meant(decode([whole]))


@given(st.binary())
def test_arbitrary_bytes_come_back(stream: bytes) -> None:
    assert joined(decode([stream])) == stream


@pytest.mark.parametrize(
    ("chunk", "released"),
    [
        (b"data: a\n\n", b"data: a\n\n"),
        (b"data: a\r\n\r", b"data: a\r\n\r"),
        (b": ping\n", b": ping\n"),
        (b": ping\r\n: pong\r\n", b": ping\r\n: pong\r\n"),
        (b"\n", b"\n"),
        (b"data: a\n\n: ping\nda", b"data: a\n\n: ping\n"),
        (b"data: a\n", b""),
        (b"event: a\n", b""),
    ],
)
def test_released_at_once(chunk: bytes, released: bytes) -> None:
    """An event leaves with its last byte; a comment needs no blank line; a begun event waits."""
    assert joined(SseDecoder().feed(chunk)) == released


def test_a_comment_in_pieces_is_released_with_its_line_end() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b": pi") == []
    assert decoder.feed(b"ng") == []
    assert joined(decoder.feed(b"\n")) == b": ping\n"


@pytest.mark.parametrize(
    ("raw", "new", "expected"),
    [
        (b"data: a\n\n", b"b", b"data: b\n\n"),
        (b"data:a\n\n", b"b", b"data:b\n\n"),
        (b"data:a\n\n", b" b", b"data:  b\n\n"),
        (b"data\n\n", b"b", b"data: b\n\n"),
        (b"data: a\r\n\r\n", b"b", b"data: b\r\n\r\n"),
        (b"data: a\r\r", b"b", b"data: b\r\r"),
        (b"event: e\ndata: a\n\n", b"b", b"event: e\ndata: b\n\n"),
        (b"data: a\nxdata: a\n\n", b"b", b"data: b\nxdata: a\n\n"),
        (b"id: 1\r\ndata: a\r\n:c\r\ndata: b\r\nretry: 5\r\n\r\n", b"n", b"id: 1\r\ndata: n\r\n:c\r\nretry: 5\r\n\r\n"),
        (b"event: e\ndata: a\n\n", b"b\nc\r\nd", b"event: e\ndata: b\ndata: c\ndata: d\n\n"),
        (b"data: a\n\n", b"", b"data: \n\n"),
        (b"data: a", b"b", b"data: b"),
        (b"event: e\ndata: a\n", b"b", b"event: e\ndata: b\n"),
    ],
)
def test_with_data(raw: bytes, new: bytes, expected: bytes) -> None:
    """Only the data lines change; order, other lines and line ends stay."""
    [event] = decode([raw])
    assert event.with_data(new) == expected


def test_with_data_needs_data() -> None:
    with pytest.raises(ValueError, match="without data"):
        SseEvent(b": ping\n\n", None, None).with_data(b"x")


LINES = st.binary(max_size=12).filter(lambda line: b"\r" not in line and b"\n" not in line)


@given(
    before=st.lists(LINES.map(lambda value: b"id: " + value), max_size=2),
    after=st.lists(LINES.map(lambda value: b":" + value), max_size=2),
    old=st.lists(LINES, min_size=1, max_size=3).map(b"\n".join),
    new=st.lists(LINES, min_size=1, max_size=3).map(b"\n".join),
    eol=st.sampled_from([b"\n", b"\r", b"\r\n"]),
    prefix=st.sampled_from([b"data: ", b"data:"]),
)
def test_with_data_reads_back(
    before: list[bytes], after: list[bytes], old: bytes, new: bytes, eol: bytes, prefix: bytes
) -> None:
    """What was put in is what a client reads out, and putting the old data back means the old event."""
    raw = b"".join(line + eol for line in [*before, *(prefix + line for line in old.split(b"\n")), *after]) + eol
    [event] = decode([raw])
    [changed] = decode([event.with_data(new)])
    assert changed.data == new
    [back] = decode([changed.with_data(event.data or b"")])
    assert back.data == event.data


@pytest.mark.parametrize("eol", [b"\n", b"\r\n"])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_the_limit(eol: bytes, step: int) -> None:
    """An event above the limit is refused, the ones before it come out first, and no byte is lost."""
    good = b"data: a" + eol + eol
    stream = good + b"data: " + b"x" * 100 + eol + eol
    decoder = SseDecoder(max_event_bytes=64)
    out = b""
    size = None
    for i in range(0, len(stream), step):
        try:
            out += joined(decoder.feed(stream[i : i + step]))
        except TooLarge as error:
            size = error.size
            break
    with pytest.raises(TooLarge):
        decoder.flush()
    assert out == good
    assert size is None or size > 64
    rest = decoder.drain()
    assert stream.startswith(out + rest)
    assert len(rest) > 64 or step == 1000
    with pytest.raises(TooLarge):
        decoder.feed(b"data: later\n\n")


def test_an_event_of_exactly_the_limit_passes() -> None:
    event = b"data: " + b"x" * 56 + b"\n\n"
    assert joined(SseDecoder(max_event_bytes=64).feed(event)) == event


def test_nothing_sensitive_in_the_repr() -> None:
    [event] = decode([b"data: secret\n\n"])
    assert "secret" not in repr(event)
