"""Pages of several processes become one page that Prometheus' own parser reads, with nothing lost and nothing added up."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dlp.metrics.merging import merge, render
from dlp.metrics.registry import Metrics, Watch
from dlp.types import Verdict


def page(count: int) -> str:
    metrics = Metrics()
    metrics.watch("dlp_info", "What runs", lambda: {("1.0", 'odd "{name}" 1'): 1}, labels=("version", "policy"))
    metrics.observe_stage("examine", 0.01)
    for _ in range(count):
        metrics.count_request(Verdict.REWRITE, {"PERSON": 2}, provider="openai")
    return metrics.render().decode()


def test_every_sample_of_every_process_is_there_with_its_number() -> None:
    pages = {"1": page(1), "2": page(2)}
    merged = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(merge(pages))
        for sample in family.samples
    }
    expected = {
        (sample.name, tuple(sorted({**sample.labels, "process": process}.items()))): sample.value
        for process, text in pages.items()
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert merged == expected
    assert merged["dlp_requests_total", (("process", "2"), ("provider", "openai"), ("verdict", "rewrite"))] == 2


def test_each_family_is_there_once() -> None:
    lines = merge({"1": page(1), "2": page(2)}).splitlines()
    heads = [line for line in lines if line.startswith("#")]
    assert len(heads) == len(set(heads))


def test_numbers_of_nobody_in_particular() -> None:
    text = render([Watch("dlp_processes", "How many", lambda: 2), Watch("dlp_died", "Dead", lambda: 1, counter=True)])
    assert "\ndlp_processes 2.0\n" in text
    assert "\ndlp_died_total 1.0\n" in text
    assert merge({}) == ""
