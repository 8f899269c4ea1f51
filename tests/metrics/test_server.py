"""The server answers three paths, refuses the rest, and outlives clients that misbehave."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.metrics.client import fetch
from dlp.metrics.health import Health
from dlp.metrics.registry import Metrics
from dlp.metrics.server import MetricsServer, parse_address


@pytest.fixture
def health() -> Health:
    return Health("models")


@pytest.fixture
def server(health: Health) -> Iterator[MetricsServer]:
    metrics = Metrics()
    metrics.count_fault("audit")
    running = MetricsServer(("127.0.0.1", 0), metrics, health)
    yield running
    running.close()


def get(server: MetricsServer, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(*server.address, timeout=120)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_metrics_are_served_in_prometheus_format(server: MetricsServer) -> None:
    status, body = get(server, "/metrics")
    assert status == 200
    assert 'dlp_faults_total{stage="audit"} 1.0' in body


def test_ready_follows_health(server: MetricsServer, health: Health) -> None:
    assert get(server, "/readyz") == (503, "models: is loading\n")
    assert get(server, "/healthz") == (200, "ok\n")
    health.ready("models")
    assert get(server, "/readyz?verbose") == (200, "ok\n")


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/", "GET", 404), ("/metrics/..", "GET", 404), ("/metrics", "POST", 501)]
)
def test_other_requests_are_refused(path: str, method: str, status: int, server: MetricsServer) -> None:
    assert get(server, path, method)[0] == status


def test_silent_clients_take_no_place_for_good(server: MetricsServer) -> None:
    """More connections than are served at once, none of which says a word; the surplus is closed, and all is well afterwards."""
    clients = [socket.create_connection(server.address, 20) for _ in range(20)]
    for client in clients:
        client.close()
    for _ in range(200):
        try:
            if get(server, "/healthz")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            continue
    pytest.fail("the server doesn't answer any more")


def test_garbage_gets_no_traceback(server: MetricsServer, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(server.address, 20) as client:
        client.sendall(b"\x16\x03\x01\x00\xff anna@example.org\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    assert get(server, "/healthz")[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9091", ("127.0.0.1", 9091)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:9091", ("::1", 9091)),
        ("off", None),
        ("", None),
    ],
)
def test_an_address(text: str, address: tuple[str, int] | None) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["9091", ":9091", "host:", "host:port", "host:99999", "host:-1", "http://host"])
def test_no_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="expected HOST:PORT"):
        parse_address(text)


def test_a_unix_socket_is_for_this_user_alone(tmp_path: Path, health: Health) -> None:
    path = tmp_path / "metrics.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))  # as a process leaves it that was killed
    running = MetricsServer(path, Metrics(), health)
    try:
        assert path.stat().st_mode & 0o777 == 0o600
        assert fetch(path, "/readyz", 20) == (503, "models: is loading\n")
        with pytest.raises(OSError, match="in use"):
            MetricsServer(path, Metrics(), health)
    finally:
        running.close()
    assert not path.exists()


def test_a_file_in_its_place_is_left_alone(tmp_path: Path, health: Health) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(OSError, match="in use"):
        MetricsServer(path, Metrics(), health)
    assert path.read_text() == "mine"


def test_what_is_no_http_is_no_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:

        def answer() -> None:
            with stranger.accept()[0] as client:
                client.recv(1000)
                client.sendall(b"garbage\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(OSError, match="BadStatusLine|reset"):
            fetch(stranger.getsockname(), "/metrics", 20)
        answering.join()
    with pytest.raises(OSError, match="No such file"):
        fetch(tmp_path / "nobody.sock", "/metrics", 20)
