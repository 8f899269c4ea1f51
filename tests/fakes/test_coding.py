"""Content codings of the fake's own server."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes import coding

CODINGS = ("identity", "gzip", "deflate", "br", "zstd")


@pytest.mark.parametrize("name", CODINGS)
@given(parts=st.lists(st.binary(max_size=200), max_size=6))
def test_parts_coded_one_by_one_decode_to_the_whole(name: str, parts: list[bytes]) -> None:
    assert coding.decode(b"".join(coding.encode_parts(parts, name)), name) == b"".join(parts)


@pytest.mark.parametrize("name", [name for name in CODINGS if name != "identity"])
def test_each_part_can_be_read_as_soon_as_it_arrives(name: str) -> None:
    """A stream that its coder held back would not be a stream."""
    coded = list(coding.encode_parts([b"first", b"second"], name))
    assert len(coded) == 3
    assert all(coded[:2])


def test_several_codings_are_undone_from_the_last() -> None:
    coded = b"".join(coding.encode_parts([gzip.compress(b"text")], "br"))
    assert coding.decode(coded, "gzip, br") == b"text"


def test_a_gzip_body_of_two_members_is_one_text() -> None:
    assert coding.decode(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip") == b"one two"


def test_raw_deflate_is_read_too() -> None:
    compressor = zlib.compressobj(wbits=-15)
    assert coding.decode(compressor.compress(b"text") + compressor.flush(), "deflate") == b"text"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"x", "rot13"),
        (b"not gzip", "gzip"),
        (gzip.compress(b"text")[:-9], "gzip"),
        (b"\xff\xff", "br"),
        (b"x", "zstd"),
    ],
    ids=["unknown", "other bytes", "cut short", "broken brotli", "broken zstd"],
)
def test_what_does_not_follow_its_coding_is_an_error(body: bytes, name: str) -> None:
    with pytest.raises(ValueError, match=r"coding|body"):
        coding.decode(body, name)


def test_an_unknown_coding_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="rot13"):
        list(coding.encode_parts([b"x"], "rot13"))
