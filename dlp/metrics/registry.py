"""Counters, histograms and gauges of one proxy, in Prometheus' words. Names and numbers only; safe from several threads.

A label is a name of ours (a stage, an entity type, a provider) or a word that passed `shown_path`. Each metric has at most
`MAX_LABELS` sets of labels; what is beyond counts as `OTHER`, so that no client can make the proxy grow. Nothing here
is per caller: who asked is in the audit log, which has an owner and an end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from dlp.audit.events import endpoint_name
from dlp.printable import printable
from dlp.types import Verdict

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_LABELS = 1000
"""Distinct sets of labels per metric."""
OTHER = "(other)"

STAGES = ("queue", "examine", "restore")
"""Of `dlp_stage_seconds`: waiting for a thread or worker, examining a request, restoring a whole answer."""

_STAGE_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_HOLD_BACK_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

type Reading = float | Mapping[tuple[str, ...], float]
"""One number, or one per set of label values."""


class Metrics:
    """What one proxy has done since its start; `render` gives Prometheus' text format."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=own)
        self._watched = Watched()
        own.register(self._watched)

        def counted(name: str, documentation: str, *labels: str) -> _Bounded:
            return _Bounded(Counter(name, documentation, labels, registry=own))

        self._requests = counted("dlp_requests", "Screened requests by what happened to them", "verdict", "provider")
        self._bytes = counted("dlp_request_bytes", "Bytes of request bodies as received and as sent on", "direction")
        self._findings = counted(
            "dlp_findings", "Findings that the policy doesn't allow, by entity type", "entity_type"
        )
        self._faults = counted("dlp_faults", "Failures of the proxy itself, by stage", "stage")
        self._refusals = counted("dlp_refusals", "Requests that were refused, by the code of the answer", "code")
        self._unknown = counted(
            "dlp_unknown_endpoints",
            "Requests to endpoints without a wire format, examined as plain JSON",
            "provider",
            "path",
        )
        self._tls = counted("dlp_tls_failures", "Failed TLS handshakes by server name and side", "host", "side")
        self._prompt_tokens = counted(
            "dlp_prompt_tokens", "Prompt tokens as providers report them; cached ones included", "provider"
        )
        self._cached_tokens = counted(
            "dlp_prompt_cached_tokens", "Prompt tokens that providers read from their cache", "provider"
        )
        self._reloads = counted("dlp_policy_reloads", "Policy loads since the start", "result")
        self._stages = Histogram(
            "dlp_stage_seconds", "Time per stage of a request", ("stage",), buckets=_STAGE_BUCKETS, registry=own
        )
        self._stage: dict[str, Histogram] = {}
        self._hold_back = Histogram(
            "dlp_stream_hold_back_seconds",
            "How long the start of a possible token was held back in a streamed answer",
            buckets=_HOLD_BACK_BUCKETS,
            registry=own,
        )
        self._reload_failed = Gauge(
            "dlp_policy_reload_failed", "1 while the last change of the policy couldn't be used", registry=own
        )
        self._policy_loaded = Gauge(
            "dlp_policy_loaded_timestamp_seconds", "When the policy in use was loaded", registry=own
        )

    # -- what happened -------------------------------------------------------------------------------------------------

    def count_request(
        self,
        action: Verdict,
        entities: Mapping[str, int],
        *,
        provider: str = "",
        bytes_in: int = 0,
        bytes_out: int = 0,
    ) -> None:
        """One screened request (or message of a WebSocket), with its findings per entity type."""
        self._requests.add(1, str(action), provider)
        self._bytes.add(bytes_in, "in")
        self._bytes.add(bytes_out, "out")
        for name, count in entities.items():
            self._findings.add(count, name)

    def count_fault(self, stage: str) -> None:
        """Something failed in a stage of ours: `examine`, `restore`, `audit`, `vault`."""
        self._faults.add(1, stage)

    def count_refusal(self, code: str) -> None:
        """A request was refused; `code` is the one that its sender reads, such as `dlp_blocked`."""
        self._refusals.add(1, code)

    def count_tls_failure(self, host: str, side: str) -> None:
        """A handshake failed; `side` is `client` (doesn't trust our CA, or pins) or `server`."""
        self._tls.add(1, host, side)

    def count_unknown_endpoint(self, provider: str, path: str) -> None:
        """A request to a provider's path for which no wire format is known, so that it was scanned as plain JSON."""
        self._unknown.add(1, provider, endpoint_name(path))

    def count_prompt_tokens(self, provider: str, prompt: int, cached: int) -> None:
        """What an answer says of its own price: tokens of the prompt, and how many of them were cached."""
        self._prompt_tokens.add(prompt, provider)
        self._cached_tokens.add(cached, provider)

    def observe_stage(self, stage: str, seconds: float) -> None:
        """How long one of `STAGES` took."""
        known = self._stage.get(stage)
        if known is None:
            known = self._stage.setdefault(stage, self._stages.labels(stage))
        known.observe(seconds)

    def observe_hold_back(self, seconds: float) -> None:
        """How long a stream gave out nothing because what it had might have been the start of a token."""
        self._hold_back.observe(seconds)

    def policy_loaded(self, at: float) -> None:
        """A policy was loaded and is in use; `at` in seconds since 1970."""
        self._reloads.add(1, "ok")
        self._reload_failed.set(0)
        self._policy_loaded.set(at)

    def policy_refused(self) -> None:
        """A changed policy couldn't be used; the one before it stays."""
        self._reloads.add(1, "failed")
        self._reload_failed.set(1)

    # -- what others know ----------------------------------------------------------------------------------------------

    def watch(
        self,
        name: str,
        documentation: str,
        read: Callable[[], Reading],
        *,
        labels: Sequence[str] = (),
        counter: bool = False,
    ) -> None:
        """Ask for a number at each scrape.

        Args:
            name: As exported; without `_total`, which is added for counters. A name that is watched already is replaced.
            read: Called in the thread that serves the scrape. What raises is left out of that scrape.
            labels: Names of the labels, if `read` gives a number per set of them.
            counter: The number only grows.
        """
        self._watched.add(Watch(name, documentation, read, tuple(labels), counter=counter))

    def render(self) -> bytes:
        """All metrics in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)

    def value(self, sample: str, **labels: str) -> float:
        """One exported number, 0 when nothing was counted yet: `value("dlp_faults_total", stage="audit")`."""
        return self.registry.get_sample_value(sample, labels) or 0.0


class _Bounded:
    """A counter whose labels can't grow beyond `MAX_LABELS` sets."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._known: dict[tuple[str, ...], Counter] = {}
        self._lock = threading.Lock()

    def add(self, count: float, *labels: str) -> None:
        child = self._known.get(labels)
        if child is None:
            child = self._child(tuple(printable(label, 200) for label in labels))
        child.inc(count)

    def _child(self, labels: tuple[str, ...]) -> Counter:
        with self._lock:
            if labels not in self._known and len(self._known) >= MAX_LABELS:
                labels = (OTHER,) * len(labels)
            return self._known.setdefault(labels, self._counter.labels(*labels))


@dataclass(frozen=True, slots=True)
class Watch:
    """One number that is kept elsewhere, or one per set of labels; see `Metrics.watch`."""

    name: str
    documentation: str
    read: Callable[[], Reading]
    labels: tuple[str, ...] = ()
    counter: bool = False


class Watched(Collector):
    """Numbers that are kept elsewhere and read when somebody asks."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}

    def add(self, watch: Watch) -> None:
        self._watches = {**self._watches, watch.name: watch}

    def collect(self) -> Iterable[Metric]:
        return list(self._read())

    def _read(self) -> Iterator[Metric]:
        for watch in self._watches.values():
            try:
                reading = watch.read()
            except Exception:  # noqa: BLE001, S112 - one number that can't be had must not cost all others
                continue
            family = CounterMetricFamily if watch.counter else GaugeMetricFamily
            metric: CounterMetricFamily | GaugeMetricFamily = family(
                watch.name, watch.documentation, labels=watch.labels
            )
            rows = reading.items() if isinstance(reading, Mapping) else [((), reading)]
            for values, number in rows:
                metric.add_metric([printable(value, 200) for value in values], number)
            yield metric
