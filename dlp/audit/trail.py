"""From the options to the sinks: a file, standard error, syslog, a collector, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlp.audit.chain import AUDIT_KEY, Signer
from dlp.audit.events import AuditEvent
from dlp.audit.log import STDERR, AuditLog
from dlp.audit.otlp import Otlp
from dlp.audit.sink import AllOf, AuditSink, Courier, NoAudit
from dlp.audit.syslog import Syslog, is_syslog

MIB = 2**20


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Where audit events go.

    Args:
        targets: Paths, `-` for standard error, syslog addresses; commas between them.
        otlp: URL of an OpenTelemetry collector, empty for none.
        size: MiB above which a file is rotated; 0 leaves that to others.
        count: Rotated files that are kept.
    """

    targets: str = ""
    otlp: str = ""
    size: int = 0
    count: int = 10


class AuditTrail:
    """All sinks as one, with what metrics want to know of them. Raises `ConfigurationError` for a target that can't be used."""

    def __init__(self, settings: AuditSettings, state: Path | None = None) -> None:
        self._logs: dict[str, AuditLog] = {}
        self._couriers: dict[str, Courier] = {}
        for target in filter(None, (part.strip() for part in settings.targets.split(","))):
            if is_syslog(target):
                self._couriers["syslog"] = Courier("syslog", Syslog(target))
            else:
                signer = None if target == STDERR else Signer(AUDIT_KEY.load(state)[0])
                self._logs[target] = AuditLog(target, signer, size=settings.size * MIB, count=settings.count)
        if settings.otlp:
            self._couriers["otlp"] = Courier("otlp", Otlp(settings.otlp))
        sinks: list[AuditSink] = [*self._logs.values(), *self._couriers.values()]
        self._sink: AuditSink = AllOf(sinks) if len(sinks) > 1 else sinks[0] if sinks else NoAudit()

    def write(self, event: AuditEvent) -> None:
        """Hand one event to every sink; raises `AuditError` if one of them has no record of it."""
        self._sink.write(event)

    def close(self) -> None:
        """Seal and close files, hand over what waits."""
        self._sink.close()

    def readings(self) -> Mapping[str, tuple[str, Callable[[], float]]]:
        """Numbers for metrics: name -> what it is and how to read it."""
        logs, couriers = self._logs, self._couriers
        found: dict[str, tuple[str, Callable[[], float]]] = {}
        if logs:
            found["dlp_audit_sequence"] = (
                "Number of the last record in the audit log, for `dlp audit verify --at-least`",
                lambda: max(log.sequence for log in logs.values()),
            )
        if couriers:
            found["dlp_audit_waiting"] = (
                "Audit events that wait for syslog or a collector",
                lambda: sum(courier.waiting for courier in couriers.values()),
            )
        return found
