"""Counters add up, are exported under the names that dashboards use, and can't be made to grow by what clients send."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dlp import app
from dlp.audit.events import HIDDEN
from dlp.detect.cache import FindingsCache
from dlp.metrics.registry import MAX_LABELS, OTHER, STAGES, Metrics
from dlp.types import Finding, Verdict

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
WATCHED_BY_THE_PROXY = {
    "dlp_examinations_waiting",
    "dlp_certificate_not_after_timestamp_seconds",
    "dlp_loop_stall_seconds",
    "dlp_authentication_failures_total",
}
"""Added when a proxy runs; `tests/proxy/test_operations.py` reads them from one."""


class NoDetector:
    def __init__(self) -> None:
        self.cache = FindingsCache("test")

    def find(self, text: str, context: str = "") -> tuple[Finding, ...]:
        return ()

    def find_many(self, items: list[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [() for _ in items]


def test_what_was_counted_is_exported() -> None:
    metrics = Metrics()
    metrics.count_request(Verdict.REWRITE, {"PERSON": 2, "JWT": 1}, provider="openai", bytes_in=10, bytes_out=12)
    metrics.count_request(Verdict.REWRITE, {"PERSON": 1}, provider="openai")
    metrics.count_request(Verdict.PASS, {}, provider="anthropic")
    metrics.count_fault("restore")
    metrics.count_refusal("dlp_rate_limited")
    metrics.count_tls_failure("api.openai.com", "client")
    metrics.count_unknown_endpoint("openai", "/v1/new?key=x")
    metrics.count_prompt_tokens("openai", 100, 64)
    metrics.observe_stage("examine", 0.02)
    metrics.observe_hold_back(0.004)
    text = metrics.render().decode()
    for line in (
        'dlp_requests_total{provider="openai",verdict="rewrite"} 2.0',
        'dlp_requests_total{provider="anthropic",verdict="pass"} 1.0',
        'dlp_findings_total{entity_type="PERSON"} 3.0',
        'dlp_request_bytes_total{direction="out"} 12.0',
        'dlp_faults_total{stage="restore"} 1.0',
        'dlp_refusals_total{code="dlp_rate_limited"} 1.0',
        'dlp_tls_failures_total{host="api.openai.com",side="client"} 1.0',
        'dlp_unknown_endpoints_total{path="/v1/new",provider="openai"} 1.0',
        'dlp_prompt_cached_tokens_total{provider="openai"} 64.0',
        'dlp_stage_seconds_bucket{le="0.025",stage="examine"} 1.0',
        "dlp_stream_hold_back_seconds_count 1.0",
    ):
        assert line in text.splitlines()


def test_a_path_that_could_hold_a_value_is_hidden() -> None:
    metrics = Metrics()
    metrics.count_unknown_endpoint("openai", "/v1/users/anna@example.org/4111111111111111?mail=anna@example.org")
    text = metrics.render().decode()
    assert "anna" not in text
    assert "4111" not in text
    assert metrics.value("dlp_unknown_endpoints_total", provider="openai", path=f"/v1/users/{HIDDEN}/{HIDDEN}") == 1


def test_labels_beyond_the_bound_count_together() -> None:
    metrics = Metrics()
    for number in range(MAX_LABELS + 10):
        metrics.count_unknown_endpoint("openai", f"/v1/{'x' * (1 + number // 40)}/{'y' * (1 + number % 40)}")
    metrics.count_unknown_endpoint("openai", "/v1/x/y")
    assert metrics.value("dlp_unknown_endpoints_total", provider=OTHER, path=OTHER) == 10
    assert metrics.value("dlp_unknown_endpoints_total", provider="openai", path="/v1/x/y") == 2
    assert len(re.findall("^dlp_unknown_endpoints_total", metrics.render().decode(), re.MULTILINE)) == MAX_LABELS + 1


def test_a_policy_that_could_not_be_loaded_shows_until_one_could() -> None:
    metrics = Metrics()
    metrics.policy_loaded(1_795_000_000.0)
    metrics.policy_refused()
    assert metrics.value("dlp_policy_reload_failed") == 1
    metrics.policy_loaded(1_795_000_100.0)
    assert metrics.value("dlp_policy_reload_failed") == 0
    assert metrics.value("dlp_policy_reloads_total", result="failed") == 1
    assert metrics.value("dlp_policy_loaded_timestamp_seconds") == 1_795_000_100.0


def test_watched_numbers_are_read_at_each_scrape() -> None:
    metrics, readings = Metrics(), {"n": 1.0}
    metrics.watch("dlp_x", "Test", lambda: readings["n"])
    metrics.watch("dlp_y", "Test", lambda: {("a",): 1.0, ("b",): 2.0}, labels=("which",), counter=True)
    assert metrics.value("dlp_x") == 1
    readings["n"] = 5
    assert metrics.value("dlp_x") == 5
    assert metrics.value("dlp_y_total", which="b") == 2


def test_a_number_that_cant_be_read_doesnt_cost_the_others() -> None:
    metrics = Metrics()
    metrics.watch("dlp_x", "Test", lambda: 1 / 0)
    metrics.watch("dlp_y", "Test", lambda: 1.0)
    assert b"\ndlp_y 1.0\n" in metrics.render()


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-alerts.yaml"])
def test_dashboard_and_alerts_use_exported_names(name: str, tmp_path: Path) -> None:
    """What a dashboard asks for must exist: a panel without data looks like a proxy without trouble."""
    settings = app.Settings(state=tmp_path, audit=f"{tmp_path / 'audit.jsonl'},syslog+udp://127.0.0.1:9")
    application = app.build(settings, detector=NoDetector())
    text = application.metrics.render().decode()
    exported = set(re.findall(r"^# TYPE (dlp_\w+)", text, re.MULTILINE)) | WATCHED_BY_THE_PROXY
    exported |= {f"{name}{suffix}" for name in exported for suffix in ("_bucket", "_count", "_sum")}
    used = set(re.findall(r"\bdlp_\w+", (DEPLOY / name).read_text("utf-8")))
    assert used
    assert used <= exported
    stages = set(re.findall(r'stage=\\?"(\w+)', (DEPLOY / name).read_text("utf-8")))
    assert stages <= {*STAGES, "audit", "vault"}


@pytest.mark.parametrize(
    "name",
    [
        *("dlp_requests_total", "dlp_findings_total", "dlp_refusals_total", "dlp_stage_seconds_bucket"),
        *("dlp_findings_cache_lookups_total", "dlp_echo_lookups_total", "dlp_prompt_cached_tokens_total"),
        *("dlp_stream_hold_back_seconds_bucket", "dlp_detection_queue", "dlp_loop_stall_seconds", "dlp_faults_total"),
        *("dlp_unknown_endpoints_total", "dlp_tls_failures_total", "dlp_policy_reload_failed", "dlp_audit_waiting"),
    ],
)
def test_what_operators_look_for_has_a_panel(name: str) -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert any(name in expression for expression in shown)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
