"""One request, or messages of one, through the engine. What raises here is turned into an answer by `refusing`; answers are in `answers`."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from mitmproxy import http

from dlp.detect.workers.detector import INLINE_CHARACTERS
from dlp.engine.case import Case, NotAtOnce, Request
from dlp.engine.naming import named_model
from dlp.engine.request import Examined
from dlp.errors import DetectorError, Overloaded
from dlp.limits.base import Holder
from dlp.proxy.caller import is_signed
from dlp.proxy.limiting import admit, charge, holders_of
from dlp.proxy.recording import audit
from dlp.proxy.rewriting import covered, rewrite, rewrite_head, sign
from dlp.proxy.screening import Screening

SMALL_BYTES = 16 * 1024
"""Requests up to this size are read on the event loop, and examined there if little of them is new: cheaper than handing them to a thread."""
DETECTION_SECONDS = 60.0
"""Longest time a request may be examined; after that it is refused."""
LARGE_BYTES = 64 * 1024
"""Bodies above this size have threads of their own, so that no short request waits for a long one."""
_THREADS, _THREADS_FOR_LARGE = 8, 4
_MAX_WAITING = 64
"""Requests that may wait for a thread; more are refused rather than piled up in memory."""
_MESSAGE_ENCODINGS = ("grpc-encoding", "connect-content-encoding")

_short = ThreadPoolExecutor(_THREADS, thread_name_prefix="dlp-examine")
_large = ThreadPoolExecutor(_THREADS_FOR_LARGE, thread_name_prefix="dlp-examine-large")
_waiting = 0


def waiting() -> int:
    """Requests that wait for a thread, or are examined in one."""
    return _waiting


async def screen(flow: http.HTTPFlow, screening: Screening) -> None:
    """Examine a request and put in its place what may be sent. Raises what `refusing.refuse_fault` turns into an answer."""
    request = flow.request
    if request.trailers:
        request.trailers = None  # nobody's API has them, and they would leave unexamined
    body = request.raw_content
    if body is None:
        raise DetectorError("the request body was streamed past")
    signed = covered(request) if is_signed(request) else None
    examined = await _admit(flow, screening, body)
    rewrite(request, examined)
    if signed is not None and covered(request) != signed:
        await sign(request, signed, screening.signer, examined.entities)
    audit(flow, screening, examined.verdict, bytes_in=len(body), bytes_out=len(examined.body))


async def begin_call(flow: http.HTTPFlow, screening: Screening, body: bytes) -> bytes:
    """Examine the first messages of a call whose two sides take turns, and with them its headers; gives back what may be sent.

    Raises what `refusing.refuse_fault` turns into an answer.
    """
    request = flow.request
    examined = await _admit(flow, screening, body)
    request.headers.pop("content-length", None)  # of a body that may become longer
    rewrite_head(request, examined)
    return _go_on(flow, screening, examined, len(body), always=True)


async def go_on_with_call(flow: http.HTTPFlow, screening: Screening, body: bytes) -> bytes:
    """Examine further messages of a call; gives back what may be sent. Raises what `refusing.explain` explains."""
    began = time.perf_counter()
    examined = await examine(screening, replace(_asked(flow.request, screening, body), path="/", headers=()))
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
        headers=tuple(request.headers.items(multi=True)),
    )


def _holders(flow: http.HTTPFlow, screening: Screening) -> list[Holder]:
    return holders_of(screening.policy, screening.caller.name, str(flow.client_conn.peername[0]))


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


async def choose_policy(screening: Screening, asked: Request) -> None:
    """Choose among the policies that differ in the model they are for, now that the request is there to be read."""
    if screening.settled:
        return
    if len(asked.body) <= SMALL_BYTES:
        screening.settle(named_model(asked, screening.plain_format))
    else:
        screening.settle(await asyncio.to_thread(named_model, asked, screening.plain_format))


async def examine(screening: Screening, asked: Request) -> Examined:
    """Examine a request: on the event loop, if no more than `INLINE_CHARACTERS` of it are new, else in a thread. Raises what `Engine.examine` raises.

    About so little no worker process is asked, so that the loop doesn't wait for one. A request that comes while detection is being loaded waits
    for that in a thread.
    """
    global _waiting  # noqa: PLW0603 - one event loop, one counter
    if screening.policy.monitor:
        today = datetime.now(UTC).date()
        asked = replace(asked, monitored=screening.policy.monitored(screening.facts, today))
    scope = screening.scope
    application, engine = screening.application, screening.engine
    waits = engine.echoes.expects(screening.echo_scope) or engine.may_wait(screening.format)
    size = len(asked.body) + len(asked.path)
    read: Case | None = None
    if size <= SMALL_BYTES and not asked.content_encoding and not waits and not application.warming:
        try:
            return engine.examine(replace(asked, at_once=INLINE_CHARACTERS), screening.format, scope)
        except NotAtOnce as stop:
            read = stop.case
    if _waiting >= _MAX_WAITING:
        raise Overloaded("too many requests are waiting to be examined")
    _waiting += 1
    try:
        queued = time.perf_counter()

        timed = replace(asked, deadline=time.monotonic() + DETECTION_SECONDS)

        def work() -> Examined:
            application.wait_until_warm(DETECTION_SECONDS)
            application.metrics.observe_stage("queue", time.perf_counter() - queued)
            return engine.examine(timed, screening.format, scope, case=read)

        future = asyncio.get_running_loop().run_in_executor(_large if size > LARGE_BYTES else _short, work)
        return await asyncio.wait_for(future, DETECTION_SECONDS)
    except TimeoutError:
        raise DetectorError("examining took too long") from None
    finally:
        _waiting -= 1
