"""The composition root: settings in, the working parts out. The only place that chooses concrete ones."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from dlp import vault
from dlp.audit.log import AuditLog, AuditSink, NoAudit
from dlp.audit.metrics import Metrics
from dlp.detect import build_detector
from dlp.detect.base import Detector
from dlp.engine.request import Engine
from dlp.masking.keys import load_or_create_key
from dlp.policy.load import load_policy
from dlp.policy.model import Policy
from dlp.providers.table import ProviderTable, default_table

DEFAULT_POLICY = "default"
DEFAULT_VAULT = vault.DEFAULT_VAULT


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person can choose from outside.

    Args:
        policy: Name of a shipped policy, or a path.
        audit: Path of the audit log, `-` for standard error, empty for none.
        state: Folder of the keys; None for the user's state folder.
        vault: Where values are remembered for stateful APIs: `memory`, `sqlite:PATH` or `redis://…`.
    """

    policy: str = DEFAULT_POLICY
    audit: str = ""
    state: Path | None = None
    vault: str = DEFAULT_VAULT


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that a proxy needs to screen traffic under one policy."""

    policy: Policy
    table: ProviderTable
    engine: Engine
    audit: AuditSink
    metrics: Metrics
    fingerprint_key: bytes

    def fingerprint(self, credential: str) -> str:
        """A keyed fingerprint that tells callers apart and can't be turned back into their credential."""
        return hmac.new(self.fingerprint_key, credential.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
            :16
        ]


def build(settings: Settings, *, detector: Detector | None = None) -> Application:
    """Read the policy and the key, load detection, open the audit log.

    Args:
        detector: Used instead of the one that the policy describes.

    Raises:
        PolicyError: The policy is wrong; every mistake in it.
        ConfigurationError: Key, audit log or a named pipeline can't be used.
    """
    table = default_table()
    policy = load_policy(settings.policy, providers=table.ids)
    key = load_or_create_key(settings.state)
    return Application(
        policy=policy,
        table=table.with_hosts(policy.hosts),
        engine=Engine(
            policy, detector or build_detector(policy.detect), key, vault.open_vault(settings.vault, settings.state)
        ),
        audit=AuditLog(settings.audit) if settings.audit else NoAudit(),
        metrics=Metrics(),
        fingerprint_key=hmac.new(key, b"caller fingerprint", hashlib.sha256).digest(),
    )
