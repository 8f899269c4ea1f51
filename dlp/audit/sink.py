"""Where events go. `AuditLog` is one place; for a proxy others stand behind a queue, so that a slow one delays nobody."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from typing import Protocol

from dlp.audit.events import Record
from dlp.errors import AuditError

log = logging.getLogger("dlp")

QUEUE_EVENTS = 10_000
"""Events that may wait for a place that is slow or away: some minutes of a busy proxy, and at most 320 MiB, typically 5."""
_BATCH = 256
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
"""Seconds between attempts to reach a place that is away; doubled each time."""
_FAREWELL_SECONDS = 2.0
"""What a place may take at the end to get what waits."""


class AuditSink(Protocol):
    """Takes events. Promises: safe from several threads, never waits for anybody else than the file system."""

    def write(self, event: Record) -> None:
        """Take one event; raises `AuditError` when there will be no record of it."""
        ...

    def close(self) -> None:
        """Hand over what waits, within a few seconds; a later `write` raises `AuditError`."""
        ...


class NoAudit:
    """The sink when no log is configured."""

    def write(self, event: Record) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


class AllOf:
    """Several sinks; each gets every event, even if one before it raises."""

    def __init__(self, sinks: Sequence[AuditSink]) -> None:
        self._sinks = tuple(sinks)

    def write(self, event: Record) -> None:
        failure: AuditError | None = None
        for sink in self._sinks:
            try:
                sink.write(event)
            except AuditError as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def close(self) -> None:
        for sink in self._sinks:
            sink.close()


class Place(Protocol):
    """Where a courier goes: used by one thread."""

    def deliver(self, events: Sequence[Record]) -> None:
        """Hand over some events; raises `OSError` when the place is away. May be given the same ones twice after that."""
        ...

    def close(self) -> None: ...


class Messenger:
    """Delivers each event before `write` returns: for who does nothing without a record, and has time.

    Args:
        name: For messages: `syslog`.
        place: Where to; closed with the messenger.
    """

    def __init__(self, name: str, place: Place) -> None:
        self._name, self._place = name, place

    def write(self, event: Record) -> None:
        try:
            self._place.deliver([event])
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise AuditError(f"cannot write audit events to {self._name}: {reason}") from None

    def close(self) -> None:
        self._place.close()


class Courier:
    """Delivers events from a bounded queue in a thread of its own, in order, again until they arrive.

    Args:
        name: For messages: `syslog`.
        place: Where to; closed with the courier.
        capacity: Events that may wait. When it is full, `write` raises: the newest events are those that get no record.
    """

    def __init__(self, name: str, place: Place, *, capacity: int = QUEUE_EVENTS) -> None:
        self._name, self._place = name, place
        self._queue: queue.Queue[Record] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"dlp-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Events that have not been delivered."""
        return self._queue.qsize()

    def write(self, event: Record) -> None:
        if self._closing.is_set():
            raise AuditError(f"cannot write audit events to {self._name}: it is closed")
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            raise AuditError(f"cannot write audit events to {self._name}: {self._queue.maxsize} are waiting") from None

    def close(self) -> None:
        self._closing.set()
        self._thread.join(_FAREWELL_SECONDS)

    def _run(self) -> None:
        try:
            self._deliver_all()
        finally:
            self._place.close()

    def _deliver_all(self) -> None:
        pause = _FIRST_PAUSE
        batch: list[Record] = []
        while True:
            if not batch:
                batch = self._next()
            if not batch:
                return
            try:
                self._place.deliver(batch)
            except OSError as error:
                if pause == _FIRST_PAUSE:
                    log.error(
                        "%s can't be reached (%s); audit events wait",
                        self._name,
                        error.strerror or type(error).__name__,
                    )
                if self._closing.wait(pause):
                    return
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if pause != _FIRST_PAUSE:
                    log.info("%s is back", self._name)
                pause, batch = _FIRST_PAUSE, []

    def _next(self) -> list[Record]:
        """The next events; none at the end."""
        while True:
            try:
                batch = [self._queue.get(timeout=0.2)]
            except queue.Empty:
                if self._closing.is_set():
                    return []
                continue
            while len(batch) < _BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            return batch
