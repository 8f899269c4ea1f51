"""Protocol buffers without a schema: every possible text is found, changed lengths are made right."""

from __future__ import annotations

import contextlib
import struct

import pytest
from google.protobuf import struct_pb2  # type: ignore[import-untyped]  # ships no annotations
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import WireError
from dlp.wire.protobuf import MAX_DEPTH, MAX_FIELDS, Kind, parse_message


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def delimited(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def texts(data: bytes) -> list[tuple[tuple[int, ...], str | None]]:
    message = parse_message(data)
    return [(leaf.path, message.text(leaf)) for leaf in message.leaves]


NUMBERS = varint(1 << 3) + varint(2**64 - 1) + varint(2 << 3 | 1) + bytes(8) + varint(3 << 3 | 5) + bytes(4)


def test_texts_by_path() -> None:
    user = delimited(1, b"user") + delimited(2, "Grüße".encode())
    data = NUMBERS + delimited(4, user) + delimited(4, user) + delimited(1000, b"model")
    assert texts(data) == [((4, 1), "user"), ((4, 2), "Grüße"), ((4, 1), "user"), ((4, 2), "Grüße"), ((1000,), "model")]


def test_groups() -> None:
    group = varint(5 << 3 | 3) + delimited(1, b"text") + varint(5 << 3 | 4)
    assert texts(group) == [((5, 1), "text")]
    assert texts(delimited(2, b"\x08\x01" + group)) == [((2, 5, 1), "text")]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"plain", Kind.TEXT),
        (b"Hi", Kind.TEXT),  # reads as field 9 with the number 105 as well
        (b"two\nlines\t\r", Kind.TEXT),
        (b"\x00\x01\xff", Kind.OPAQUE),
        (b"caf\xe9 au lait", Kind.OPAQUE),
        ("anna".encode("utf-16-le"), Kind.OPAQUE),
        (b"\x08\x01", Kind.NUMBERS),
        (b"\x7f", Kind.OPAQUE),
    ],
)
def test_kinds(value: bytes, kind: Kind) -> None:
    [leaf] = parse_message(delimited(1, value)).leaves
    assert leaf.kind is kind
    assert (leaf.start, leaf.end) == (2, 2 + len(value))


def test_a_message_that_looks_like_text() -> None:
    """A line feed is the tag of field 1 and a digit may be a length: both readings are given."""
    inner = delimited(1, b"x" * 0x31)
    data = delimited(2, inner)
    outer, leaf = parse_message(data).leaves
    assert (outer.kind, outer.path) == (Kind.AMBIGUOUS, (2,))
    assert (leaf.kind, leaf.path) == (Kind.TEXT, (2, 1))
    changed = parse_message(data).splice([(leaf, b"y")])
    assert changed == delimited(2, delimited(1, b"y"))
    with pytest.raises(ValueError, match="changed twice"):
        parse_message(data).splice([(leaf, b"y"), (outer, b"z")])


def test_empty_values_and_messages() -> None:
    assert parse_message(b"").leaves == ()
    assert parse_message(delimited(1, b"")).leaves == ()
    assert parse_message(NUMBERS).splice([]) == NUMBERS


@pytest.mark.parametrize("size", [0, 5, 127, 128, 16_383, 16_384])
def test_lengths_that_take_more_or_fewer_bytes(size: int) -> None:
    """At every level, and in every field that shares one."""

    def build(a: bytes, b: bytes) -> bytes:
        return NUMBERS + delimited(3, b"\x08\x01" + delimited(1, delimited(2, a) + b"\x18\x05") + delimited(4, b))

    data = build(b"first", b"\x09second")
    message = parse_message(data)
    by_path = {leaf.path: leaf for leaf in message.leaves}
    first, second = by_path[3, 1, 2], by_path[3, 4]
    for a, b in ((b"a" * size, b"\x09second"), (b"a" * size, b"b" * size), (b"a" * size, b"b" * 3)):
        assert message.splice([(first, a), (second, b)]) == build(a, b)
        assert parse_message(build(a, b)).splice([]) == build(a, b)


def test_an_untouched_length_keeps_its_spelling() -> None:
    """Padded varints are legal; they are written anew only where a length changes."""
    padded = b"\x0a\x84\x80\x00" + b"text"
    data = delimited(1, padded) + padded
    message = parse_message(data)
    assert [message.text(leaf) for leaf in message.leaves] == ["text", "text"]
    assert message.splice([(message.leaves[0], b"TEXT")]) == data.replace(b"text", b"TEXT", 1)
    assert message.splice([(message.leaves[0], b"longer")]) == delimited(1, delimited(1, b"longer")) + padded


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"), max_size=200),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


def strings_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for item in value.values() for text in strings_in(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    return [value] if isinstance(value, str) else []


@given(value=st.dictionaries(st.text(st.characters(codec="utf-8")), VALUES, max_size=4))
def test_every_string_of_a_real_message_is_seen(value: dict[str, object]) -> None:
    """Text without control characters is a leaf or lies in one; with such characters it is an opaque or numeric leaf."""
    real = struct_pb2.Struct()
    real.update(value)
    data = real.SerializeToString()
    message = parse_message(data)
    seen = [data[leaf.start : leaf.end] for leaf in message.leaves]
    for text in strings_in(value):
        encoded = text.encode()
        inner = parse_leaves_of(encoded)
        assert any(encoded in leaf for leaf in seen) or all(any(part in leaf for leaf in seen) for part in inner)


def parse_leaves_of(encoded: bytes) -> list[bytes]:
    try:
        return [encoded[leaf.start : leaf.end] for leaf in parse_message(encoded).leaves]
    except WireError:
        return [encoded]


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), max_size=4),
    new=st.text(),
)
def test_the_vendors_parser_reads_what_was_spliced(texts: list[str], new: str) -> None:
    new = new.encode(errors="replace").decode()
    real = struct_pb2.ListValue()
    real.extend(texts)
    message = parse_message(real.SerializeToString())
    leaves = {leaf.start: leaf for leaf in message.leaves if leaf.path == (1, 3)}
    assert [message.text(leaf) for leaf in leaves.values()] == texts
    for index, leaf in enumerate(leaves.values()):
        changed = struct_pb2.ListValue.FromString(message.splice([(leaf, new.encode())]))
        assert list(changed) == [new if place == index else text for place, text in enumerate(texts)]


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05abc",
        b"\x0a\xff",
        b"\x08" + b"\xff" * 10 + b"\x01",
        b"\x09" + bytes(7),
        b"\x0d" + bytes(3),
        b"\x00\x00",
        b"\x02\x00",
        b"\x0e",
        b"\x0f",
        b"\x0c",
        b"\x0b",
        b"\x0b\x14",
        varint(2**32) + b"\x00",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a",
    ],
)
def test_bytes_that_are_no_message(data: bytes) -> None:
    with pytest.raises(WireError, match="no message"):
        parse_message(data)


@given(st.binary())
def test_arbitrary_bytes(data: bytes) -> None:
    with contextlib.suppress(WireError):
        message = parse_message(data)
        assert message.splice([]) == data
        for leaf in message.leaves:
            assert message.splice([(leaf, data[leaf.start : leaf.end])]) == data


def test_deep_nesting_ends_in_an_opaque_leaf() -> None:
    data = b"\x08\x01"
    for _ in range(MAX_DEPTH + 5):
        data = delimited(1, data)
    [leaf] = parse_message(data).leaves
    assert leaf.kind is Kind.OPAQUE
    assert len(leaf.path) == MAX_DEPTH + 1
    with pytest.raises(WireError):
        parse_message(b"\x0b" * 200 + b"\x0c" * 200)


def test_the_work_is_bounded() -> None:
    """Nesting doesn't multiply it: what is inside is read once, however deep it lies."""
    with pytest.raises(WireError, match="more than"):
        parse_message(b"\x08\x01" * (MAX_FIELDS + 1))
    data = b"\x08\x01" * (MAX_FIELDS - 50)
    for _ in range(50):
        data = delimited(1, data)
    [leaf] = parse_message(data).leaves
    assert leaf.kind is Kind.NUMBERS


def test_a_double_that_looks_like_text_is_not_reported() -> None:
    assert parse_message(b"\x09" + struct.pack("<d", 1.0)).leaves == ()


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(parse_message(delimited(1, b"secret")))
