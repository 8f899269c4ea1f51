"""One request through the engine: what is taken from it, what is put into it, what is written down. Its answer is in `answers`."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from mitmproxy import http

from dlp.app import Application
from dlp.audit.events import AuditEvent, timestamp
from dlp.engine.answer import MessageRestorer
from dlp.engine.echo import EchoRecorder, echo_scope
from dlp.engine.leaves import Stats
from dlp.engine.naming import model_in_path, named_model
from dlp.engine.request import MAX_DECODED_BYTES, Engine, Examined, Request
from dlp.engine.scan import AnswerScan
from dlp.engine.turns import Turns
from dlp.errors import (
    AuditError,
    DetectorError,
    NotAuthenticated,
    OverLimit,
    Overloaded,
    RequestBlocked,
    TooLarge,
    VaultError,
    WireError,
)
from dlp.limits.base import Holder
from dlp.policy.model import Need, Policy, Scope
from dlp.providers.format import WireFormat
from dlp.providers.formats.generic import GENERIC, GRPC
from dlp.providers.grpc_status import CONTENT_TYPE as GRPC_TYPE
from dlp.providers.grpc_status import connect_error, grpc_status, last_message
from dlp.providers.refusals import Refusal, refuse, shape_for
from dlp.providers.table import Provider
from dlp.proxy.caller import Caller, is_signed
from dlp.proxy.limiting import admit, charge, holders_of
from dlp.proxy.sigv4 import BODY_DIGEST, CannotSign, SignedRequest, Signer, signed_headers
from dlp.proxy.underway import UnderWay
from dlp.proxy.uploads import LIMIT
from dlp.types import Verdict
from dlp.wire.grpc import CONNECT_FLAGS, GRPC_FLAGS, RpcKind, rpc_kind

log = logging.getLogger("dlp")

INLINE_BYTES = 512
"""Requests up to this size are examined on the event loop: cheaper than handing them to a thread. A worker process is never asked about
so little (`dlp.detect.workers.detector.INLINE_CHARACTERS`), so that the loop doesn't wait for one."""
DETECTION_SECONDS = 60.0
"""Longest time a request may be examined; after that it is refused."""
SIGNING_SECONDS = 30.0
"""Longest time that botocore may take to come by credentials."""
LARGE_BYTES = 64 * 1024
"""Bodies above this size have threads of their own, so that no short request waits for a long one."""
_THREADS, _THREADS_FOR_LARGE = 8, 4
_MAX_WAITING = 64
"""Requests that may wait for a thread; more are refused rather than piled up in memory."""
RETRY_SECONDS = 2
"""When a client that was refused for lack of room may come back."""

_NOTES = {"VaultError": "the vault was away"}
"""What a fault that did not stop a request means, if not that nobody examined it."""
_STAGES: dict[type[Exception], str] = {AuditError: "audit", VaultError: "vault"}
"""Which of our stages failed, by what it raised; `examine` for all else."""
_BODY_DIGESTS = ("content-md5", "digest", "content-digest", "repr-digest", "x-goog-hash", "etag")
_MESSAGE_ENCODINGS = ("grpc-encoding", "connect-content-encoding")
_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})


class Screening:
    """What is known about one flow. `repr`, like every flow dump, shows no value."""

    def __init__(
        self,
        application: Application,
        provider: Provider,
        caller: Caller,
        started: float,
        signer: Signer,
        under_way: UnderWay,
    ) -> None:
        self.application = application
        self.edition = application.policies.current
        """Of the policies; a change while the request is under way is none of its business."""
        self.facts = replace(caller.facts, groups=self.edition.policies.groups_of(caller.facts))
        self.candidates = self.edition.policies.candidates(self.facts)
        """Policies one of which is the request's, as its model will tell; the last one if that names none."""
        self.signer = signer
        self.under_way = under_way
        self.provider = provider
        self.identity = caller
        self.caller = caller.name
        self._person = caller.person
        self._project = f"\0{caller.project}" if caller.project else ""
        self.started = started
        self.plain_format: WireFormat = GENERIC
        """Of the endpoint, whatever the policy says."""
        self.format: WireFormat = GENERIC
        self.examined: Examined | None = None
        self.request_id = "dlp-" + secrets.token_hex(8)
        self.milliseconds = 0.0
        self.stats = Stats()
        self.restores_whole = False
        self.rpc: RpcKind | None = None
        """How the request holds messages of a remote procedure; None if it holds none."""
        self.speaks_grpc = False
        """Errors are told in gRPC's own way."""
        self.turns: Turns | None = None
        """What a gRPC client says in a call whose two sides take turns; None if a request is examined when it is complete."""
        self.ended_early: tuple[int, str] | None = None
        """Why an answer of messages was cut off, as an HTTP status and a message: its end has to say so."""
        self.restorer: MessageRestorer | None = None
        """For what the server says over a WebSocket; None unless the client asked for one that can be screened."""
        self.recorder: EchoRecorder | None = None
        """Takes down what the server says over that WebSocket."""

    def __repr__(self) -> str:
        return f"<Screening of {self.request_id}>"

    @property
    def scope(self) -> str:
        """The boundary inside which a value has one token."""
        policy = self.policy
        who = {
            Scope.REQUEST: f"request:{self.request_id}",
            Scope.CALLER: self.caller + self._project,
            Scope.USER: self._person,
            Scope.POLICY: "*",
        }
        return f"{policy.name}\0{who[policy.scope]}"

    @property
    def policy(self) -> Policy:
        """The one that the request is under; before `settle` the one that it will be under if no other is meant."""
        return self.candidates[-1]

    @property
    def engine(self) -> Engine:
        return self.edition.engine_for(self.policy)

    @property
    def settled(self) -> bool:
        """Whether the policy is known."""
        return len(self.candidates) == 1

    def settle(self, model: str | None) -> None:
        """Choose the policy, now that the request's model is known."""
        self.candidates = (self.edition.policies.choose(replace(self.facts, model=model)),)
        self.format = self.engine.format_for(self.plain_format)

    @property
    def restorable(self) -> Mapping[str, str]:
        """What may be restored in the answer (`Examined.values`); it grows while a call takes turns."""
        if self.turns is not None:
            return self.turns.learnt.values
        return self.examined.values if self.examined is not None else {}

    @property
    def scan(self) -> AnswerScan | None:
        """What is looked for in the answer."""
        if self.turns is not None:
            return self.turns.learnt.scan
        return self.examined.scan if self.examined is not None else None

    @property
    def echo_scope(self) -> str:
        """The boundary inside which the model's words are known again."""
        return echo_scope(self.scope, self.provider.id)

    def check_headers(self, flow: http.HTTPFlow) -> None:
        """What can be refused before a body is there, and what must not be sent on."""
        request = flow.request
        self.plain_format = self.provider.wire_format(request.method, request.path)
        self.speaks_grpc = request.headers.get("content-type", "").lower().startswith(GRPC_TYPE)
        self.rpc = _kind_of_messages(request)
        if self.plain_format is GENERIC and _is_rpc(request):
            self.plain_format = GRPC
        self.format = self.engine.format_for(self.plain_format)
        model = model_in_path(request.path)
        if not self.settled and (model is not None or "upgrade" in request.headers):
            self.settle(model)
        for name in [name for name in request.headers if name.lower().startswith("x-dlp-")]:
            del request.headers[name]
        upgrade = request.headers.get("upgrade", "").lower()
        if request.method == "CONNECT" or ("websocket" in upgrade and not self.format.websocket):
            raise _Refused(426, "websockets to this endpoint can't be screened; use HTTP", "dlp_upgrade_required")
        if "websocket" in upgrade:
            self.restorer = MessageRestorer(self.format, self.stats)
            self.recorder = EchoRecorder(self.engine.echoes, self.echo_scope, self.format, self.restorer.values)
            _offer_known_extensions(request.headers)
        limit = min(max(policy.limits.body_bytes for policy in self.candidates), MAX_DECODED_BYTES)
        flow.metadata[LIMIT] = limit
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise TooLarge("request body", limit, int(length))
        if self.rpc is not None and _may_take_turns(request, self.rpc):  # last: what is refused has no turns to take
            self.turns = Turns(limit, self.rpc.flags or 0)


def _is_rpc(request: http.Request) -> bool:
    try:
        return rpc_kind(request.headers.get("content-type", "")) is not None
    except WireError:
        return True


def _kind_of_messages(request: http.Request) -> RpcKind | None:
    try:
        return rpc_kind(request.headers.get("content-type", ""))
    except WireError:
        return None


def _may_take_turns(request: http.Request, kind: RpcKind) -> bool:
    """Whether a request's messages are examined one by one: in protocols where both sides may speak at once, which takes HTTP/2.

    Whatever covers all of a body needs all of it.
    """
    speaks = kind.flags in (GRPC_FLAGS, CONNECT_FLAGS)
    return speaks and request.is_http2 and not is_signed(request) and "content-encoding" not in request.headers


def _offer_known_extensions(headers: http.Headers) -> None:
    """Leave in the client's offer what mitmproxy can read: with another extension frames would be gibberish."""
    offered = ",".join(headers.get_all("sec-websocket-extensions")).split(",")
    known = [offer.strip() for offer in offered if offer.partition(";")[0].strip().lower() == "permessage-deflate"]
    headers.pop("sec-websocket-extensions", None)
    if known:
        headers["sec-websocket-extensions"] = ", ".join(known)


class _Refused(Exception):
    """A refusal with a status of its own. The message is ours and holds nothing from the request."""

    def __init__(self, status: int, message: str, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


_short = ThreadPoolExecutor(_THREADS, thread_name_prefix="dlp-examine")
_large = ThreadPoolExecutor(_THREADS_FOR_LARGE, thread_name_prefix="dlp-examine-large")
_waiting = 0


def waiting() -> int:
    """Requests that wait for a thread, or are examined in one."""
    return _waiting


async def screen(flow: http.HTTPFlow, screening: Screening) -> None:
    """Examine a request and put in its place what may be sent. Raises what `refuse_fault` turns into an answer."""
    request = flow.request
    if request.trailers:
        request.trailers = None  # nobody's API has them, and they would leave unexamined
    body = request.raw_content
    if body is None:
        raise DetectorError("the request body was streamed past")
    signed = _covered(request) if is_signed(request) else None
    examined = await _admit(flow, screening, body)
    _rewrite(request, examined)
    if signed is not None and _covered(request) != signed:
        await _sign(request, signed, screening.signer, examined.entities)
    audit(flow, screening, examined.verdict, bytes_in=len(body), bytes_out=len(examined.body))


async def begin_call(flow: http.HTTPFlow, screening: Screening, body: bytes) -> bytes:
    """Examine the first messages of a call whose two sides take turns, and with them its headers; gives back what may be sent.

    Raises what `refuse_fault` turns into an answer.
    """
    request = flow.request
    examined = await _admit(flow, screening, body)
    request.headers.pop("content-length", None)  # of a body that may become longer
    _rewrite_head(request, examined)
    return _go_on(flow, screening, examined, len(body), always=True)


async def go_on_with_call(flow: http.HTTPFlow, screening: Screening, body: bytes) -> bytes:
    """Examine further messages of a call; gives back what may be sent. Raises what `explain` explains."""
    began = time.perf_counter()
    examined = await examine(screening, replace(_asked(flow.request, screening, body), path="/"))
    screening.milliseconds = (time.perf_counter() - began) * 1000
    await charge(screening.application.limiter, _holders(flow, screening), examined.characters)
    return _go_on(flow, screening, examined, len(body), always=False)


def _go_on(flow: http.HTTPFlow, screening: Screening, examined: Examined, bytes_in: int, *, always: bool) -> bytes:
    """Note what was found in messages of a call.

    Args:
        always: Write it down, even if it is nothing.
    """
    assert screening.turns is not None  # noqa: S101 - else nobody would ask
    screening.turns.learnt.learn(examined.values, examined.scan)
    screening.turns.goes_on()
    screening.examined = examined
    if always or examined.entities or examined.fault:  # a line for every piece of sound would bury the others
        audit(flow, screening, examined.verdict, bytes_in=bytes_in, bytes_out=len(examined.body))
    return examined.body


def _asked(request: http.Request, screening: Screening, body: bytes) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        body=body,
        content_type=request.headers.get("content-type", ""),
        content_encoding=",".join(request.headers.get_all("content-encoding")),
        message_encoding=",".join(value for name in _MESSAGE_ENCODINGS for value in request.headers.get_all(name)),
        provider=screening.provider.id,
    )


def _holders(flow: http.HTTPFlow, screening: Screening) -> list[Holder]:
    return holders_of(screening.policy, screening.caller, str(flow.client_conn.peername[0]))


async def _admit(flow: http.HTTPFlow, screening: Screening, body: bytes) -> Examined:
    """Choose the policy of a request, count it against its limits, and examine it."""
    asked = _asked(flow.request, screening, body)
    await choose_policy(screening, asked)
    limiter, holders = screening.application.limiter, _holders(flow, screening)
    await admit(limiter, holders, screening.request_id, lambda end: screening.under_way.at_end(flow.id, end))
    began = time.perf_counter()
    examined = await examine(screening, asked)
    seconds = time.perf_counter() - began
    screening.application.metrics.observe_stage("examine", seconds)
    screening.milliseconds = seconds * 1000
    screening.examined = examined
    await charge(limiter, holders, examined.characters)
    return examined


def _covered(request: http.Request) -> SignedRequest:
    """What an AWS signature covers, as the request stands now."""
    names = signed_headers(request.headers.get("authorization", "")) | {"authorization", BODY_DIGEST}
    headers = {name: ",".join(request.headers.get_all(name)) for name in sorted(names) if name in request.headers}
    host = request.host_header or request.host
    if "host" in names:
        headers["host"] = host
    url = f"{request.scheme}://{host}{request.path}"
    return SignedRequest(request.method, url, tuple(headers.items()), request.raw_content or b"")


async def _sign(request: http.Request, signed: SignedRequest, signer: Signer, entities: Counter[str]) -> None:
    """Sign a request anew that is no longer the one that its sender signed; a broken signature is never forwarded."""
    try:
        headers = await asyncio.wait_for(asyncio.to_thread(signer.sign, signed, _covered(request)), SIGNING_SECONDS)
    except (CannotSign, TimeoutError) as error:
        reason = str(error) or "its credentials could not be had in time"
        raise _Refused(
            400,
            f"{_listed(entities) or 'its encoding'} would have to be changed, but the request is signed with AWS Signature "
            f"Version 4, and {reason}. Use a Bedrock API key (bearer token), or give the proxy these credentials.",
            "dlp_signed_request",
        ) from None
    request.headers.update(headers)


async def choose_policy(screening: Screening, asked: Request) -> None:
    """Choose among the policies that differ in the model they are for, now that the request is there to be read."""
    if screening.settled:
        return
    if len(asked.body) <= INLINE_BYTES:
        screening.settle(named_model(asked, screening.plain_format))
    else:
        screening.settle(await asyncio.to_thread(named_model, asked, screening.plain_format))


async def examine(screening: Screening, asked: Request) -> Examined:
    """Examine a request, a long one in a thread of its own. Raises what `Engine.examine` raises."""
    global _waiting  # noqa: PLW0603 - one event loop, one counter
    if screening.policy.monitor:
        today = datetime.now(UTC).date()
        asked = replace(asked, monitored=screening.policy.monitored(screening.facts, today))
    scope = screening.scope
    engine = screening.engine
    waits = engine.echoes.expects(screening.echo_scope) or engine.may_wait(screening.format)
    size = len(asked.body) + len(asked.path)
    if size <= INLINE_BYTES and not asked.content_encoding and not waits:
        return engine.examine(asked, screening.format, scope)
    if _waiting >= _MAX_WAITING:
        raise Overloaded("too many requests are waiting to be examined")
    _waiting += 1
    try:
        queued = time.perf_counter()

        timed = replace(asked, deadline=time.monotonic() + DETECTION_SECONDS)

        def work() -> Examined:
            screening.application.metrics.observe_stage("queue", time.perf_counter() - queued)
            return engine.examine(timed, screening.format, scope)

        future = asyncio.get_running_loop().run_in_executor(_large if size > LARGE_BYTES else _short, work)
        return await asyncio.wait_for(future, DETECTION_SECONDS)
    except TimeoutError:
        raise DetectorError("examining took too long") from None
    finally:
        _waiting -= 1


def _rewrite(request: http.Request, examined: Examined) -> None:
    _rewrite_head(request, examined)
    if examined.decoded:
        del request.headers["content-encoding"]
    if examined.body is not request.raw_content:
        if examined.body != request.raw_content:
            for name in _BODY_DIGESTS:
                request.headers.pop(name, None)
        request.raw_content = examined.body
        if "content-length" in request.headers or "transfer-encoding" not in request.headers:
            request.headers["content-length"] = str(len(examined.body))


def _rewrite_head(request: http.Request, examined: Examined) -> None:
    if examined.path != request.path:
        request.path = examined.path
    if examined.values or examined.scan is not None:
        # What comes back is going to be changed; there is nothing to gain from packing it twice.
        request.headers["accept-encoding"] = "identity"
        for name in ("grpc-accept-encoding", "connect-accept-encoding"):
            if name in request.headers:
                request.headers[name] = "identity"


def count_faults(screening: Screening, stats: Stats) -> None:
    """Hand the faults of restoring over to the metrics."""
    for _ in range(stats.faults):
        screening.application.metrics.count_fault("restore")
    stats.faults = 0


# -- refusals ----------------------------------------------------------------------------------------------------------


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
    if isinstance(error, _Refused):
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
            if isinstance(error, (RequestBlocked, OverLimit, NotAuthenticated, _Refused))
            else type(error).__name__,
            status=status,
            entities=counted(error),
            places=tuple(place for _, _, place in error.reasons) if isinstance(error, RequestBlocked) else (),
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
    headers.setdefault("x-request-id", screening.request_id)
    headers["x-dlp-latency"] = f"{screening.milliseconds:.2f}"
    headers["x-dlp-action"] = str(verdict)
    headers["x-dlp-entities"] = ", ".join(f"{kind}={count}" for kind, count in sorted(entities.items()))


def _listed(entities: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(entities.items()))


def _note(examined: Examined) -> str | None:
    """What else is to be said of an examination: what was left out of it."""
    if examined.fault:
        return _NOTES.get(examined.fault, "let through unexamined")
    return f"long texts ({examined.cut_short}) were searched for names at level fast" if examined.cut_short else None


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
    note: str | None = None,
) -> None:
    """Write the event and count the request. Raises `AuditError` when it can't be written and the policy requires it."""
    application, examined = screening.application, screening.examined
    found = entities if entities is not None else examined.entities if examined else Counter[str]()
    event = AuditEvent(
        time=timestamp(time.time()),
        request_id=screening.request_id,
        client=screening.caller,
        host=flow.request.pretty_host,
        method=flow.request.method,
        path=flow.request.path,
        wire_format=screening.format.id,
        model=examined.model if examined else None,
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
