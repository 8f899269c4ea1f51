"""A stand-in for a proxy that is listening already."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from dlp.ca import CaFiles, ensure_ca
from dlp.cli.probe import PROBE_HOST


@pytest.fixture(scope="session")
def ca_files(tmp_path_factory: pytest.TempPathFactory) -> CaFiles:
    return ensure_ca(tmp_path_factory.mktemp("confdir with 'quote'"))


def leaf_context(files: CaFiles, folder: Path) -> ssl.SSLContext:
    """A TLS server that shows a certificate for the probed host, issued by the CA."""
    raw = files.key_and_cert.read_bytes()
    key = serialization.load_pem_private_key(raw, None)
    now = datetime.datetime.now(datetime.UTC)
    key_id = files.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(files.certificate.subject)
        .public_key(files.certificate.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PROBE_HOST)]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    chain = folder / "leaf.pem"
    only_key = raw.partition(b"-----BEGIN CERTIFICATE")[0]
    chain.write_bytes(only_key + leaf.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


@contextlib.contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve one connection after the other in a thread; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        listener.close()
        thread.join()


@pytest.fixture
def our_proxy(ca_files: CaFiles, tmp_path: Path) -> Iterator[int]:
    """The port of something that answers CONNECT and opens TLS with our CA; it does nothing else."""
    context = leaf_context(ca_files, tmp_path)

    def answer(connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(4096)
            if not received:
                return
            request += received
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        context.wrap_socket(connection, server_side=True).close()

    with listening(answer) as port:
        yield port


@pytest.fixture
def other_program() -> Iterator[int]:
    """The port of something that accepts connections and closes them."""
    with listening(lambda _connection: None) as port:
        yield port


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
