"""Lines of JSON: terminators kept, nothing else ends a line, bounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge
from dlp.wire.ndjson import MAX_LINE_BYTES, Line, LineDecoder, iter_lines

FILES: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {
    "lf": (b'{"a":1}\n{"b":2}\n', [(b'{"a":1}', b"\n"), (b'{"b":2}', b"\n")]),
    "crlf": (b"{}\r\n[]\r\n", [(b"{}", b"\r\n"), (b"[]", b"\r\n")]),
    "unterminated": (b"{}\n[]", [(b"{}", b"\n"), (b"[]", b"")]),
    "unterminated after cr": (b"{}\n[]\r", [(b"{}", b"\n"), (b"[]\r", b"")]),
    "blank lines": (b"\n\r\n\n", [(b"", b"\n"), (b"", b"\r\n"), (b"", b"\n")]),
    "a lone cr ends nothing": (b"a\rb\r\r\n", [(b"a\rb\r", b"\r\n")]),
    "other separators end nothing": ("a\u2028b\x0bc\x85\n".encode(), [("a\u2028b\x0bc\x85".encode(), b"\n")]),
    "empty": (b"", []),
}


def decode(pieces: list[bytes]) -> list[Line]:
    decoder = LineDecoder()
    return [line for piece in pieces for line in decoder.feed(piece)] + decoder.flush()


@pytest.mark.parametrize(("data", "expected"), FILES.values(), ids=FILES)
def test_every_cut(data: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    """Whole, byte by byte, and cut in two or three at each possible place."""
    cuts = [[data], [data[i : i + 1] for i in range(len(data))]]
    cuts += [[data[:i], data[i:j], b"", data[j:]] for i, j in itertools.combinations(range(len(data) + 1), 2)]
    for pieces in cuts:
        assert decode(pieces) == expected, pieces


@given(pieces=st.lists(st.lists(st.sampled_from([b"\n", b"\r", b"{}", b"x"])).map(b"".join)))
def test_chunking_changes_nothing(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    lines = decode(pieces)
    assert b"".join(line.raw for line in lines) == whole
    assert lines == decode([whole])
    assert all(line.content.find(b"\n") < 0 for line in lines)


def test_a_line_is_released_at_once() -> None:
    decoder = LineDecoder()
    assert decoder.feed(b'{"a"') == []
    assert decoder.feed(b":1}\n[") == [Line(b'{"a":1}', b"\n")]
    assert decoder.drain() == b"["


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_the_limit(step: int) -> None:
    """A line above the limit is refused, the ones before it come out first, and no byte is lost."""
    data = b"{}\n" + b"x" * 70 + b"\n{}\n"
    decoder = LineDecoder(max_line_bytes=64)
    lines: list[Line] = []
    fed = 0
    for start in range(0, len(data), step):
        fed = min(start + step, len(data))
        try:
            lines += decoder.feed(data[start:fed])
        except TooLarge:
            break
    with pytest.raises(TooLarge):
        decoder.flush()
    assert lines == [Line(b"{}", b"\n")]
    assert b"{}\n" + decoder.drain() == data[:fed]


def test_a_line_of_exactly_the_limit_passes() -> None:
    assert LineDecoder(max_line_bytes=4).feed(b"abc\n") == [Line(b"abc", b"\n")]
    with pytest.raises(TooLarge):
        LineDecoder(max_line_bytes=3).feed(b"abc\n")


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(Line(b"secret", b"\n"))


@given(
    st.lists(st.sampled_from([b"{}", b"\n", b"\r\n", b"\r", b" ", b'"\xe2\x80\xa8"']), max_size=12),
    st.binary(max_size=3),
)
def test_the_lines_of_a_whole_file_are_those_of_a_stream(pieces: list[bytes], around: bytes) -> None:
    data = b"".join(pieces)
    whole = around + data + around
    ranges = iter_lines(whole, len(around), len(around) + len(data))
    assert [whole[start:end] for start, end in ranges] == [line.content for line in decode([data])]


def test_a_line_of_a_whole_file_has_the_same_limit() -> None:
    longest = bytes(MAX_LINE_BYTES - 1) + b"\n"
    assert list(iter_lines(longest)) == [(0, MAX_LINE_BYTES - 1)]
    with pytest.raises(TooLarge):
        list(iter_lines(b"\n" + bytes(1) + longest))
