"""The lenient witness: it must see every byte, also those that no proper server would take for a request."""

from __future__ import annotations

import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes.raw import RecordingUpstream, request_size

POST = b"POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody"
CHUNKED = b"POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n4\r\nbody\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (POST, len(POST)),
        (b"\r\n\n" + POST, len(POST) + 3),
        (POST + POST, len(POST)),
        (POST[:-1], None),
        (b"\r\n", None),
        (CHUNKED, len(CHUNKED)),
        (CHUNKED[:-2], None),
        (b"GET / HTTP/1.1\r\n\r\n", 18),
        (b"", None),
    ],
    ids=[
        "plain",
        "empty lines first",
        "two",
        "incomplete",
        "only a line end",
        "chunked",
        "open chunks",
        "bodyless",
        "none",
    ],
)
def test_the_first_request_is_measured(data: bytes, size: int | None) -> None:
    assert request_size(data) == size


@given(st.binary(max_size=300))
def test_any_bytes_are_measured_or_not(data: bytes) -> None:
    size = request_size(data)
    assert size is None or 0 < size <= len(data)


def test_every_byte_is_kept_and_requests_are_answered() -> None:
    """Leading line ends and a second request on one TLS connection."""
    with RecordingUpstream(["api.openai.com"]) as upstream:
        context = ssl.create_default_context(cadata=upstream.authority.pem.decode())
        with (
            socket.create_connection(("127.0.0.1", upstream.port)) as raw,
            context.wrap_socket(raw, server_hostname="api.openai.com") as stream,
        ):
            for sent in (b"\r\n" + POST, CHUNKED):
                stream.sendall(sent)
                assert stream.recv(4096) == upstream.answer
        assert upstream.bytes == b"\r\n" + POST + CHUNKED
        assert len(upstream.connections) == 1


def test_bytes_that_never_become_a_request_are_kept_too() -> None:
    with RecordingUpstream(tls=False) as upstream:
        with socket.create_connection(("127.0.0.1", upstream.port)) as stream:
            stream.sendall(b"\x16\x03half a thing")
            stream.shutdown(socket.SHUT_WR)
            assert stream.recv(10) == b""
        assert upstream.bytes == b"\x16\x03half a thing"
        upstream.clear()
        assert upstream.bytes == b""
