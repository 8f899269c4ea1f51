"""What is written down and counted of a request and its answer."""

from __future__ import annotations

import logging
import time
from collections import Counter

from mitmproxy import http

from dlp.audit.events import AuditEvent, timestamp
from dlp.engine.leaves import Stats
from dlp.engine.request import Examined
from dlp.errors import AuditError, VaultError
from dlp.policy.model import Need
from dlp.providers.formats.generic import GENERIC, GRPC
from dlp.proxy.screening import Screening
from dlp.types import Verdict

log = logging.getLogger("dlp")

_NOTES = {"VaultError": "the vault was away"}
"""What a fault that did not stop a request means, if not that nobody examined it."""
_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})


def audit(
    flow: http.HTTPFlow,
    screening: Screening,
    action: Verdict,
    *,
    bytes_in: int,
    bytes_out: int = 0,
    fault: str | None = None,
    status: int | None = None,
    entities: Counter[str] | None = None,
    places: tuple[str, ...] = (),
    model: str | None = None,
    note: str | None = None,
) -> None:
    """Write the event and count the request. Raises `AuditError` when it can't be written and the policy requires it."""
    application, examined = screening.application, screening.examined
    found = entities if entities is not None else examined.entities if examined else Counter[str]()
    event = AuditEvent(
        time=timestamp(time.time()),
        request_id=screening.request_id,
        client=screening.caller.name,
        host=screening.facts.host,
        method=flow.request.method,
        path=flow.request.path,
        wire_format=screening.format.id,
        model=examined.model if examined else model,
        action=action,
        entities=found,
        monitored=examined.monitored if examined and entities is None else {},
        places=places or (examined.places if examined else ()),
        media=examined.media if examined else {},
        bytes_in=bytes_in,
        bytes_out=bytes_out,
        ms=screening.milliseconds,
        policy=screening.policy.name,
        status=status,
        fault=fault or (examined.fault if examined else None),
        trace_parent=flow.request.headers.get("traceparent"),
        note=note or (_note(examined) if examined else None),
    )
    if event.fault == VaultError.__name__ and action is not Verdict.BLOCK:
        application.metrics.count_fault("vault")
    try:
        application.audit.write(event)
    except AuditError as error:
        if screening.policy.audit is Need.REQUIRED:
            raise
        application.metrics.count_fault("audit")
        log.error("%s; the request goes on without a record", error)
    application.metrics.count_request(
        action, found, provider=screening.provider.id, bytes_in=bytes_in, bytes_out=bytes_out
    )
    if screening.format in (GENERIC, GRPC) and flow.request.method not in _NO_BODY:
        application.metrics.count_unknown_endpoint(screening.provider.id, flow.request.path)


def _note(examined: Examined) -> str | None:
    """What else is to be said of an examination: what was left out of it."""
    if examined.fault:
        return _NOTES.get(examined.fault, "let through unexamined")
    return f"long texts ({examined.cut_short}) were searched for names at level fast" if examined.cut_short else None


def count_faults(screening: Screening, stats: Stats) -> None:
    """Hand the faults of restoring over to the metrics."""
    for _ in range(stats.faults):
        screening.application.metrics.count_fault("restore")
    stats.faults = 0
