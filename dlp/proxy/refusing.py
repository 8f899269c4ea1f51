"""Why something was not sent, and how its sender is told: in the provider's own shape, so that its SDK raises what it always raises."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import Counter

from mitmproxy import http

from dlp.errors import (
    AuditError,
    NotAuthenticated,
    OverLimit,
    Overloaded,
    Refused,
    RequestBlocked,
    TooLarge,
    VaultError,
    WireError,
)
from dlp.printable import printable
from dlp.providers.grpc_status import CONTENT_TYPE as GRPC_TYPE
from dlp.providers.grpc_status import connect_error, grpc_status, last_message
from dlp.providers.refusals import Refusal, refuse, shape_for
from dlp.proxy.recording import audit
from dlp.proxy.screening import Screening
from dlp.types import Verdict
from dlp.wire.grpc import CONNECT_FLAGS

log = logging.getLogger("dlp")

RETRY_SECONDS = 2
"""When a client that was refused for lack of room may come back."""

UNANSWERED_SECONDS = 1
"""When a client may come back whose provider didn't answer."""

_STAGES: dict[type[Exception], str] = {AuditError: "audit", VaultError: "vault"}
"""Which of our stages failed, by what it raised; `examine` for all else."""


def refuse_fault(flow: http.HTTPFlow, screening: Screening | None, error: Exception) -> None:
    """Answer in the provider's shape for whatever kept a request from being sent."""
    if screening is None:
        _answer(
            flow,
            refuse("openai", status=503, message="the privacy proxy could not examine this request", request_id="dlp"),
        )
        return
    status, code, message = explain(error)
    retry_after = RETRY_SECONDS if isinstance(error, Overloaded) else None
    if isinstance(error, OverLimit):
        retry_after = error.retry_after
    refuse_with(flow, screening, status, message, code, counted(error), retry_after=retry_after)
    record_refusal(flow, screening, error, status, bytes_in=len(flow.request.raw_content or b""))


def explain(error: Exception) -> tuple[int, str, str]:
    """Status, code and message for whatever kept something from being sent."""
    if isinstance(error, RequestBlocked):
        return 400, "dlp_blocked", str(error)
    if isinstance(error, Refused):
        return error.status, error.code, str(error)
    if isinstance(error, NotAuthenticated):
        return 403, "dlp_not_authenticated", str(error)
    if isinstance(error, OverLimit):
        return 429, "dlp_rate_limited", str(error)
    if isinstance(error, TooLarge):
        return 413, "dlp_too_large", str(error)
    if isinstance(error, WireError):
        return 415, "dlp_unscannable", f"{error}; on_unscannable is 'block', so it was not sent"
    if isinstance(error, VaultError):
        return 503, "dlp_error", "the privacy proxy's vault is away, so the request was not sent"
    if isinstance(error, AuditError):
        return 503, "dlp_error", "the privacy proxy could not write its audit log, so the request was not sent"
    if isinstance(error, Overloaded):
        return 503, "dlp_overloaded", "the privacy proxy has too much to examine just now, so the request was not sent"
    return 503, "dlp_error", "the privacy proxy could not examine this request, so it was not sent"


def counted(error: Exception) -> Counter[str]:
    """Findings per entity type of a blocked request; none for any other error."""
    entities = Counter[str]()
    for kind, count, _ in error.reasons if isinstance(error, RequestBlocked) else ():
        entities[kind] += count
    return entities


def record_refusal(flow: http.HTTPFlow, screening: Screening, error: Exception, status: int, *, bytes_in: int) -> None:
    """Count a refusal and write it down, if it isn't the audit log itself that failed."""
    screening.application.metrics.count_refusal(explain(error)[1])
    if status == 503:
        screening.application.metrics.count_fault(_STAGES.get(type(error), "examine"))
    if isinstance(error, AuditError):
        return
    try:
        audit(
            flow,
            screening,
            Verdict.BLOCK,
            bytes_in=bytes_in,
            fault=None
            if isinstance(error, (RequestBlocked, OverLimit, NotAuthenticated, Refused))
            else type(error).__name__,
            status=status,
            entities=counted(error),
            places=tuple(place for _, _, place in error.reasons) if isinstance(error, RequestBlocked) else (),
            model=error.model if isinstance(error, RequestBlocked) else None,
        )
    except AuditError:
        screening.application.metrics.count_fault("audit")


def refuse_mismatch(flow: http.HTTPFlow) -> None:
    """The names of a request disagree: 421 in the shape most SDKs read."""
    _answer(
        flow,
        refuse(
            "openai",
            status=421,
            message="server name, CONNECT target and Host header must name the same provider",
            code="dlp_host_mismatch",
            request_id="dlp-" + secrets.token_hex(8),
        ),
    )


def refuse_unanswered(
    flow: http.HTTPFlow, screening: Screening, reason: str, *, again: bool = True
) -> http.Response | None:
    """What a client gets whose provider doesn't answer: 502, which SDKs try again, as they do when there is no proxy.

    Args:
        reason: Why, for the client.
        again: Whether to try again may help.
    """
    log.warning("%s: %s", printable(flow.request.host, 100), printable(reason, 300))
    screening.application.metrics.count_refusal("dlp_upstream")
    retry_after = UNANSWERED_SECONDS if again else None
    refuse_with(flow, screening, 502, reason, "dlp_upstream", Counter(), retry_after=retry_after)
    if flow.response is not None and screening.examined is not None:
        add_headers(flow.response.headers, screening, screening.examined.verdict, screening.examined.entities)
    return flow.response


def refuse_with(
    flow: http.HTTPFlow,
    screening: Screening,
    status: int,
    message: str,
    code: str,
    entities: Counter[str],
    *,
    retry_after: int | None = None,
) -> None:
    """Answer in the provider's shape in place of whatever there is.

    Args:
        retry_after: Seconds until the same request may pass; None if waiting doesn't help.
    """
    shape = shape_for(screening.provider.errors, screening.format.id)
    screening.milliseconds = (time.perf_counter() - screening.started) * 1000
    if screening.speaks_grpc:
        _answer(flow, Refusal(200, (("content-type", GRPC_TYPE), *grpc_status(status, message)), b""))
    elif screening.rpc is not None and screening.rpc.flags == CONNECT_FLAGS:
        kind = flow.request.headers.get("content-type", "")
        _answer(flow, Refusal(200, (("content-type", kind),), last_message(CONNECT_FLAGS, status, message)))
    elif screening.rpc is not None and "connect-protocol-version" in flow.request.headers:
        body = json.dumps(connect_error(status, message)).encode()
        _answer(flow, Refusal(status, (("content-type", "application/json"),), body))
    else:
        _answer(
            flow,
            refuse(
                shape,
                status=status,
                message=message,
                code=code,
                request_id=screening.request_id,
                retry_after=retry_after,
            ),
        )
    if flow.response is not None:
        add_headers(flow.response.headers, screening, Verdict.BLOCK, entities)


def _answer(flow: http.HTTPFlow, refusal: Refusal) -> None:
    flow.request.stream = False
    flow.request.headers.pop("expect", None)  # what is refused needn't be sent, so nobody is told to go on
    flow.response = http.Response.make(refusal.status, refusal.body, dict(refusal.headers))


def add_headers(headers: http.Headers, screening: Screening, verdict: Verdict, entities: Counter[str]) -> None:
    """What every answer of ours says of itself."""
    # The provider's own id stays where it gives one, since its support asks for that; ours is the audit log's.
    headers.setdefault("x-request-id", screening.request_id)
    headers["x-dlp-request-id"] = screening.request_id
    headers["x-dlp-latency"] = f"{screening.milliseconds:.2f}"
    headers["x-dlp-action"] = str(verdict)
    headers["x-dlp-entities"] = ", ".join(f"{kind}={count}" for kind, count in sorted(entities.items()))
