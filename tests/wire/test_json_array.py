"""Arrays in pieces: each element with its last byte, every other byte as it came, bounded."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import TooLarge
from dlp.wire.json_array import ArrayDecoder, ArrayPiece

DOCUMENTS: dict[str, tuple[bytes, list[bytes]]] = {
    "gemini": (b'[{"a": "x"}\r\n,\r\n{"a": "y"}\n]', [b'{"a": "x"}', b'{"a": "y"}']),
    "brackets in strings": (rb'[{"a":"]}\"{["},"}","\\"]', [rb'{"a":"]}\"{["}', b'"}"', rb'"\\"']),
    "nested": (b'[[1,[2]],{"a":{"b":[{}]}}]', [b"[1,[2]]", b'{"a":{"b":[{}]}}']),
    "scalars": (b'[1, -2.5e3,true ,null,"s"]', [b"1", b"-2.5e3", b"true", b"null", b'"s"']),
    "empty array": (b" [ ] ", []),
    "error object": (b' {"error": {"code": 400}} \n', [b'{"error": {"code": 400}}']),
    "string document": (b'"a[1]"', [b'"a[1]"']),
    "number document": (b"12", [b"12"]),
    "trailing bytes": (b'[{}]\n{"x":1}[', [b"{}"]),
    "byte order mark": (b'\xef\xbb\xbf[{"a":1}]', [b'{"a":1}']),
    "no commas": (b"[{}{}[] 1 2]", [b"{}", b"{}", b"[]", b"1", b"2"]),
    "stray brackets": (b"[{}}},}{}]", [b"{}", b"{}"]),
    "starts with a comma": (b",{}", []),
    "text": ('["Grüße",{"東京":"🎉"}]'.encode(), ['"Grüße"'.encode(), '{"東京":"🎉"}'.encode()]),
    "cut short": (b'[{"a":"x"},{"b', [b'{"a":"x"}', b'{"b']),
    "empty": (b"", []),
}


def decode(pieces: list[bytes]) -> list[ArrayPiece]:
    decoder = ArrayDecoder()
    return [found for piece in pieces for found in decoder.feed(piece)] + decoder.flush()


def elements(pieces: list[ArrayPiece]) -> list[bytes]:
    return [piece.raw for piece in pieces if piece.is_element]


def joined(pieces: list[ArrayPiece]) -> bytes:
    return b"".join(piece.raw for piece in pieces)


@pytest.mark.parametrize(("document", "expected"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_cut(document: bytes, expected: list[bytes]) -> None:
    """Whole, byte by byte, and cut in two or three at each possible place."""
    cuts = [[document], [document[i : i + 1] for i in range(len(document))]]
    cuts += [
        [document[:i], document[i:j], b"", document[j:]] for i, j in itertools.combinations(range(len(document) + 1), 2)
    ]
    for pieces in cuts:
        found = decode(pieces)
        assert elements(found) == expected, pieces
        assert joined(found) == document, pieces


@given(
    document=st.lists(st.sampled_from([*b'[]{}",\\ \n1at'])).map(bytes),
    places=st.lists(st.integers(0, 60), max_size=6),
)
def test_chunking_changes_nothing(document: bytes, places: list[int]) -> None:
    """Any bytes, any chunks: the bytes come back and the elements are those of the whole."""
    edges = [0, *sorted(min(place, len(document)) for place in places), len(document)]
    found = decode([document[a:b] for a, b in itertools.pairwise(edges)])
    assert joined(found) == document
    assert elements(found) == elements(decode([document]))


@given(st.binary())
def test_arbitrary_bytes_come_back(document: bytes) -> None:
    assert joined(decode([document])) == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    values=st.lists(JSON),
    style=st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}]),
    step=st.integers(1, 20),
)
def test_the_elements_of_real_arrays(values: list[object], style: dict[str, Any], step: int) -> None:
    document = json.dumps(values, **style).encode()
    found = decode([document[i : i + step] for i in range(0, len(document), step)])
    assert [json.loads(element) for element in elements(found)] == values


@pytest.mark.parametrize("element", [b"{}", b'{"a":[1,"]"]}', b"[]", b'"x\\""'])
def test_an_element_leaves_with_its_last_byte(element: bytes) -> None:
    decoder = ArrayDecoder()
    assert decoder.feed(b"[ ") == [ArrayPiece(b"[", is_element=False), ArrayPiece(b" ", is_element=False)]
    assert elements(decoder.feed(element[:-1])) == []
    assert elements(decoder.feed(element[-1:])) == [element]
    assert joined(decoder.feed(b"\r\n,\r\n")) == b"\r\n,\r\n"


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_the_limit(step: int) -> None:
    """An element above the limit is refused, the ones before it come out first, and no byte is lost."""
    document = b'[{},{"a":"' + b"x" * 80 + b'"},{}]'
    decoder = ArrayDecoder(max_element_bytes=64)
    out: list[ArrayPiece] = []
    fed = 0
    for start in range(0, len(document), step):
        fed = min(start + step, len(document))
        try:
            out += decoder.feed(document[start:fed])
        except TooLarge:
            break
    with pytest.raises(TooLarge):
        decoder.flush()
    assert joined(out) == b"[{},"
    assert b"[{}," + decoder.drain() == document[:fed]


@pytest.mark.parametrize("inside", [b"[" * 200_000, b'"\\' + b'\\"' * 400_000, b'"",' * 300_000])
def test_hostile_elements_cost_no_more_memory_than_their_size(inside: bytes) -> None:
    """Deep nesting, escapes and many strings: one pass, no stack, whole or in small chunks."""
    document = b"[{" + inside
    for step in (len(document), 997):
        decoder = ArrayDecoder()
        tracemalloc.start()
        try:
            for start in range(0, len(document), step):
                decoder.feed(document[start : start + step])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 4 * len(document)


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(ArrayPiece(b'"secret"', is_element=True))
