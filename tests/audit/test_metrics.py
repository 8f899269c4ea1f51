"""Counters add up, and what clients send can't make them grow without bound."""

from __future__ import annotations

from dlp.audit.metrics import MAX_LABELS, OTHER, Metrics
from dlp.types import Verdict


def test_a_snapshot_holds_what_was_counted() -> None:
    metrics = Metrics()
    metrics.count_request(Verdict.REWRITE, {"PERSON": 2, "JWT": 1})
    metrics.count_request(Verdict.REWRITE, {"PERSON": 1})
    metrics.count_request(Verdict.PASS, {})
    metrics.count_fault("restore")
    metrics.count_unknown_endpoint("openai", "/v1/new?key=x")
    assert metrics.snapshot() == {
        "requests": {"pass": 1, "rewrite": 2},
        "faults": {"restore": 1},
        "unknown_endpoints": {"openai /v1/new": 1},
        "entities": {"JWT": 1, "PERSON": 3},
    }


def test_a_snapshot_is_a_copy() -> None:
    metrics = Metrics()
    metrics.snapshot()["faults"]["x"] = 1
    assert metrics.snapshot()["faults"] == {}


def test_labels_beyond_the_bound_count_together() -> None:
    metrics = Metrics()
    for number in range(MAX_LABELS + 10):
        metrics.count_unknown_endpoint("openai", f"/v1/x{number}")
    metrics.count_unknown_endpoint("openai", "/v1/x0")
    endpoints = metrics.snapshot()["unknown_endpoints"]
    assert len(endpoints) == MAX_LABELS + 1
    assert endpoints[OTHER] == 10
    assert endpoints["openai /v1/x0"] == 2
