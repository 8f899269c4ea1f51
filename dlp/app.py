"""The composition root: settings in, the working parts out. The only place that chooses concrete ones."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dlp import __version__, vault
from dlp.audit.sink import AuditSink
from dlp.audit.trail import AuditSettings, AuditTrail
from dlp.detect import build_detector
from dlp.detect.base import RARE_TEXTS, Detector
from dlp.detect.cache import FindingsCache
from dlp.detect.patterns import compile_late
from dlp.detect.workers import WorkerPool
from dlp.engine.echo import EchoMemory
from dlp.engine.echo_store import EchoStore
from dlp.engine.request import Engine
from dlp.errors import ConfigurationError, origin
from dlp.limits.base import Limiter
from dlp.limits.memory import MemoryLimiter
from dlp.limits.shared import UNIX, SharedLimiter
from dlp.live import Edition, LivePolicies
from dlp.loading import loaded, loading
from dlp.masking.keys import fingerprint, load_or_create_key
from dlp.metrics.health import Health
from dlp.metrics.registry import Metrics, Reading
from dlp.policy.folder import load_policies
from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.providers.table import ProviderTable, default_table
from dlp.vault.sealed import SealedVault

log = logging.getLogger("dlp")

DEFAULT_POLICY = "default"
DEFAULT_VAULT = vault.DEFAULT_VAULT


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person can choose from outside.

    Args:
        policy: Name of a shipped policy, a file, or a folder of policies.
        audit: Where audit events go: paths, `-` for standard error, syslog addresses, commas between them; empty for nowhere.
        state: Folder of the keys; None for the user's state folder.
        vault: Where values are remembered for stateful APIs: `memory`, `sqlite:PATH` or `redis://…`.
        audit_size: MiB above which an audit file is rotated; 0 leaves that to others.
        audit_count: Rotated audit files that are kept.
        otlp: URL of an OpenTelemetry collector for audit events and spans; empty for none.
        limits: Where limits are counted: `memory`, `redis://…`, `unix:PATH` (a supervisor), or empty for the vault's server if it has one, else
            `memory`.
    """

    policy: str = DEFAULT_POLICY
    audit: str = ""
    state: Path | None = None
    vault: str = DEFAULT_VAULT
    audit_size: int = 0
    audit_count: int = 10
    otlp: str = ""
    limits: str = ""

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Settings:
        """From the values of `OPTIONS`. Raises `ConfigurationError` for one that is no number where one is wanted."""
        state = options["dlp_state"]
        return cls(
            policy=options["dlp_policy"],
            audit=options["dlp_audit"],
            state=Path(state) if state else None,
            vault=options["dlp_vault"],
            audit_size=_whole_number("dlp_audit_size", options["dlp_audit_size"]),
            audit_count=_whole_number("dlp_audit_count", options["dlp_audit_count"]),
            otlp=options["dlp_otlp"],
            limits=options["dlp_limits"],
        )


OPTIONS: Mapping[str, tuple[str, str]] = {
    "dlp_policy": (DEFAULT_POLICY, "Policy: the name of a shipped one, a file, or a folder of policies."),
    "dlp_audit": (
        "",
        "Audit events: files (JSON Lines), '-' for standard error, syslog:/dev/log, syslog+udp://HOST:PORT; separated by commas.",
    ),
    "dlp_audit_size": ("0", "MiB above which an audit file is rotated; 0 for never."),
    "dlp_audit_count": ("10", "Rotated audit files to keep."),
    "dlp_otlp": ("", "OpenTelemetry collector for audit events and spans, such as http://127.0.0.1:4318."),
    "dlp_state": ("", "Folder for the keys; default: the user's state folder."),
    "dlp_limits": ("", "Where limits are counted: memory or redis://…; empty: the vault's server, if it has one."),
    "dlp_vault": (DEFAULT_VAULT, "Values for stateful APIs: memory, sqlite:PATH or redis://HOST:PORT/N."),
}
"""What can be set with `--set` and needs the application built anew: option -> default and help."""


def _whole_number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ConfigurationError(f"{name}: expected a number, 0 or more, found '{printable(text, 40)}'")
    return int(text)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a proxy needs to screen traffic."""

    policies: LivePolicies
    audit: AuditSink
    metrics: Metrics
    health: Health
    key: bytes = field(repr=False)
    """The token key."""
    limiter: Limiter
    workers: WorkerPool
    """Not started yet: whoever listens does that, and closes it."""
    _loading: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    """Held by `warm` until requests can be examined."""

    @property
    def table(self) -> ProviderTable:
        """Whose hosts are providers', now."""
        return self.policies.current.table

    @property
    def policy(self) -> Policy:
        """The default policy, now."""
        return self.policies.current.policies.default

    @property
    def engine(self) -> Engine:
        """The one that works under the default policy, now."""
        return self.policies.current.engine_for(self.policy)

    def warm(self) -> None:
        """Load what detection loads on first use, and say in `health` how that went. Never raises."""
        engines = tuple(_one_per_detector(self.policies.current.engines.values()))
        try:
            with self._loading, loading():
                for engine in engines:
                    engine.warm()
                loaded()
            self.health.ready("models")
            for engine in engines:
                engine.warm(RARE_TEXTS)
            compile_late()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests will be refused; this says why
            self.health.failed("models", f"detection doesn't work ({origin(error)})")
            log.error("detection doesn't work, so every request will be refused: %s", origin(error))

    @property
    def warming(self) -> bool:
        """Whether detection is just being loaded: whoever examines something meanwhile loads the same once more."""
        return self._loading.locked()

    def wait_until_warm(self, seconds: float) -> None:
        """Let `warm` get as far as requests need it, if it is under way, but for `seconds` at most. Not to be called on the event loop."""
        if self._loading.acquire(timeout=seconds):
            self._loading.release()

    def fingerprint(self, credential: str) -> str:
        """A keyed fingerprint that tells callers apart and can't be turned back into their credential."""
        return fingerprint(self.key, credential)


def build(settings: Settings, *, detector: Detector | None = None, workers: WorkerPool | None = None) -> Application:
    """Read the policy and the key, load detection, open the audit log.

    Args:
        detector: Used instead of the one that the policy describes.
        workers: Examine long texts; None to do everything in this process.

    Raises:
        PolicyError: The policy is wrong; every mistake in it.
        ConfigurationError: Key, audit log or a named pipeline can't be used.
    """
    table = default_table()
    load_policies(settings.policy, providers=table.ids)  # a mistake there is told before a key is made
    key = load_or_create_key(settings.state)
    store = vault.open_vault(settings.vault, settings.state)
    shared = EchoStore(store) if isinstance(store, SealedVault) else None
    echoes = EchoMemory(key, shared=shared)

    def make_engine(policy: Policy, known: Detector | None) -> Engine:
        return Engine(policy, detector or known or build_detector(policy.detect, workers), key, store, echoes)

    metrics = Metrics()
    policies = LivePolicies(
        lambda before: _edition(settings.policy, table, make_engine, before),
        loaded=metrics.policy_loaded,
        refused=metrics.policy_refused,
    )
    pool = workers or WorkerPool(0)
    audit = AuditTrail(
        AuditSettings(settings.audit, settings.otlp, settings.audit_size, settings.audit_count), settings.state
    )
    for name, (documentation, read) in audit.readings().items():
        metrics.watch(name, documentation, read)
    _watch(metrics, policies, echoes, pool)
    return Application(
        policies=policies,
        audit=audit,
        metrics=metrics,
        health=Health("models"),
        key=key,
        limiter=_limiter(settings),
        workers=pool,
    )


def _edition(
    named: str, table: ProviderTable, make_engine: Callable[[Policy, Detector | None], Engine], before: Edition | None
) -> Edition:
    """The policies as they are now, and what works under them; of the edition before, all that still fits. As `LivePolicies` wants it."""
    policies = load_policies(named, providers=table.ids)
    if before is not None and policies == before.policies:
        return replace(before, policies=policies)
    detectors = [
        (engine.policy.detect, engine.detector) for engine in (before.engines.values() if before is not None else ())
    ]
    engines: dict[str, Engine] = {}
    for policy in policies.policies:
        same = before.engines.get(policy.name) if before is not None else None
        if same is not None and same.policy == policy:
            engines[policy.name] = same  # with what it knows of the conversations under way
            continue
        known = next((detector for detect, detector in detectors if detect == policy.detect), None)
        engine = engines[policy.name] = make_engine(policy, known)
        if known is None:
            detectors.append((policy.detect, engine.detector))
            if before is not None:
                engine.warm()
    return Edition(policies, table.with_hosts(policies.hosts), engines)


def _limiter(settings: Settings) -> Limiter:
    where = settings.limits or (settings.vault if vault.is_server(settings.vault) else "memory")
    if where == "memory":
        return MemoryLimiter()
    if where.startswith(UNIX):
        return SharedLimiter(Path(where.removeprefix(UNIX)))
    if not vault.is_server(where):
        raise ConfigurationError(
            f"dlp_limits: expected memory or redis://HOST:PORT/N, found {where.partition(':')[0]!r}"
        )
    from dlp.limits.redis import RedisLimiter  # an extra
    from dlp.redis_client import connect

    return RedisLimiter(connect(where))


def _one_per_detector(engines: Iterable[Engine]) -> list[Engine]:
    return list({id(engine.detector): engine for engine in engines}.values())


def _watch(metrics: Metrics, policies: LivePolicies, echoes: EchoMemory, pool: WorkerPool) -> None:
    """Let metrics read what the parts count themselves; what belongs to the policies is read from those in force."""

    def caches() -> list[FindingsCache]:
        found = (
            getattr(engine.detector, "cache", None) for engine in _one_per_detector(policies.current.engines.values())
        )
        return [cache for cache in found if isinstance(cache, FindingsCache)]

    metrics.watch(
        "dlp_info",
        "What runs here",
        lambda: {(__version__, policy.name): 1 for policy in reversed(policies.current.policies.policies)},
        labels=("version", "policy"),
    )
    metrics.watch("dlp_detection_workers", "Worker processes that are fit for work", lambda: pool.workers)
    metrics.watch("dlp_detection_queue", "Requests that wait for a worker process", lambda: pool.waiting)
    metrics.watch(
        "dlp_detection_workers_replaced",
        "Worker processes replaced since the start",
        lambda: pool.replaced,
        counter=True,
    )
    metrics.watch(
        "dlp_findings_cache_lookups",
        "Texts looked up in the cache of findings",
        lambda: _looked_up(sum(cache.hits for cache in caches()), sum(cache.misses for cache in caches())),
        labels=("result",),
        counter=True,
    )
    metrics.watch(
        "dlp_findings_cache_bytes", "Size of the cache of findings", lambda: sum(cache.size for cache in caches())
    )
    metrics.watch(
        "dlp_echo_lookups",
        "Texts of assistants looked up among what the proxy restored before",
        lambda: _looked_up(echoes.hits, echoes.misses),
        labels=("result",),
        counter=True,
    )
    if (store := echoes.shared) is not None:
        metrics.watch(
            "dlp_echo_shared_lookups",
            "Texts of assistants that this proxy didn't know, looked up in the store that it shares with others",
            lambda: _looked_up(store.found, store.missed),
            labels=("result",),
            counter=True,
        )
    metrics.watch("dlp_echo_texts", "Restored texts that are remembered", lambda: len(echoes))


def _looked_up(hits: int, misses: int) -> Reading:
    return {("hit",): hits, ("miss",): misses}
