"""Status says what a proxy says of itself, and which of it needs a person."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from dlp.cli import NEGATIVE, OK, UNUSABLE, main
from dlp.cli.status import describe, read_samples
from dlp.metrics.health import Health
from dlp.metrics.registry import Metrics
from dlp.metrics.server import MetricsServer
from dlp.types import Verdict

NOW = 1_795_000_000.0


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    metrics.policy_loaded(NOW - 60)
    metrics.watch("dlp_info", "Test", lambda: {("1.0", "strict"): 1}, labels=("version", "policy"))
    metrics.count_request(Verdict.REWRITE, {"PERSON": 2}, provider="openai")
    metrics.count_request(Verdict.REWRITE, {}, provider="anthropic")
    return metrics


@pytest.fixture
def server(metrics: Metrics) -> Iterator[tuple[MetricsServer, Health]]:
    health = Health("models")
    running = MetricsServer(("127.0.0.1", 0), metrics, health)
    yield running, health
    running.close()


def test_all_is_well(metrics: Metrics) -> None:
    facts, problems = describe(read_samples(metrics.render().decode()), NOW)
    assert facts["policy"] == "strict"
    assert facts["requests"] == "2 rewrite"
    assert facts["findings"] == "2 PERSON"
    assert facts["policy loaded"] == "2026-11-18 11:05:40 UTC"
    assert problems == []


def test_what_needs_a_person(metrics: Metrics) -> None:
    metrics.policy_refused()
    metrics.count_fault("audit")
    metrics.count_tls_failure("api.openai.com", "client")
    metrics.count_unknown_endpoint("openai", "/v1/new")
    metrics.watch(
        "dlp_certificate_not_after_timestamp_seconds", "Test", lambda: {("ca",): NOW + 86_400}, labels=("certificate",)
    )
    _, problems = describe(read_samples(metrics.render().decode()), NOW)
    assert problems == [
        "a changed policy has mistakes (python -m dlp check); the one before it is in use",
        "certificate ca ends in 1 days",
        "faults since the start: 1 audit",
        "failed TLS handshakes: 1 api.openai.com",
        "unknown endpoint, examined as plain JSON: openai /v1/new (1)",
    ]


def test_the_verb(server: tuple[MetricsServer, Health], capsys: pytest.CaptureFixture[str]) -> None:
    running, health = server
    where = "{}:{}".format(*running.address)
    assert main(["status", "--metrics", where]) == NEGATIVE
    assert "! not ready: models: is loading" in capsys.readouterr().out
    health.ready("models")
    assert main(["status", "--metrics", where, "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["ready"] is True


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert main(["status", "--metrics", f"127.0.0.1:{port}"]) == UNUSABLE
    assert "no proxy serves metrics" in capsys.readouterr().err


def test_what_a_stranger_serves_is_no_danger() -> None:
    facts, problems = describe(read_samples('dlp_info{version="\x1b[31m",policy="p"} 1\ngarbage\ndlp_x nan nan\n'), NOW)
    assert "\x1b" not in json.dumps([facts, problems], ensure_ascii=False)
