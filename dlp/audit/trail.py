"""From the options to the sinks: a file, standard error, syslog, a collector, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlp.audit.chain import AUDIT_KEY, Signer
from dlp.audit.events import Record
from dlp.audit.log import STDERR, AuditLog
from dlp.audit.otlp import Otlp
from dlp.audit.sink import AllOf, AuditSink, Courier, Messenger, NoAudit, Place
from dlp.audit.syslog import Syslog, is_syslog

MIB = 2**20
_OTLP = "otlp"


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
    """All sinks as one, with what metrics want to know of them.

    Args:
        state: Folder of the key that signs.
        waits: Have each event delivered everywhere before `write` returns; otherwise only in files.

    Raises:
        ConfigurationError: A target can't be used.
    """

    def __init__(self, settings: AuditSettings, state: Path | None = None, *, waits: bool = False) -> None:
        self._logs: dict[str, AuditLog] = {}
        self._couriers: dict[str, Courier] = {}
        places: dict[str, Place] = {}
        for target in filter(None, (part.strip() for part in settings.targets.split(","))):
            if is_syslog(target):
                places[target] = Syslog(target)
            else:
                signer = None if target == STDERR else Signer(AUDIT_KEY.load(state)[0])
                self._logs[target] = AuditLog(target, signer, size=settings.size * MIB, count=settings.count)
        if settings.otlp:
            places[_OTLP] = Otlp(settings.otlp)
        sinks: list[AuditSink] = [*self._logs.values()]
        for target, place in places.items():
            name = _OTLP if target == _OTLP else "syslog"
            if waits:
                sinks.append(Messenger(name, place))
            else:
                self._couriers[target] = Courier(name, place)
                sinks.append(self._couriers[target])
        self._sink: AuditSink = AllOf(sinks) if len(sinks) > 1 else sinks[0] if sinks else NoAudit()

    def write(self, event: Record) -> None:
        """Hand one event to every sink; raises `AuditError` if one of them has no record of it."""
        self._sink.write(event)

    def close(self) -> None:
        """Seal and close files, hand over what waits."""
        self._sink.close()

    @property
    def has_file(self) -> bool:
        """Whether one of them is a chained log."""
        return any(target != STDERR for target in self._logs)

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
