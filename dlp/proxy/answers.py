"""The answer to a screened request: restored, scanned, remembered, and refused where it must not go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection

from mitmproxy import http

from dlp.engine.answer import BytesRestorer, restore_body, restore_broken, stream_restorer
from dlp.engine.answer_fields import AnswerFields
from dlp.engine.echo import MAX_RECORDED_BYTES, remember_answer
from dlp.engine.leaves import Stats
from dlp.engine.request import Examined
from dlp.engine.rpc_answer import FramedRestorer, rpc_restorer
from dlp.engine.rpc_echo import remember_messages
from dlp.errors import AnswerStopped, AuditError, VaultError, WireError, origin
from dlp.policy.model import Scan
from dlp.providers.grpc_status import grpc_status, last_message
from dlp.providers.refusals import error_object, stream_error, stream_shape
from dlp.providers.usage import read_usage
from dlp.proxy.offloop import Waiting
from dlp.proxy.recording import audit, count_faults
from dlp.proxy.refusing import add_headers, refuse_with
from dlp.proxy.screening import Screening
from dlp.proxy.streams import StreamedAnswer, Tap
from dlp.types import Verdict
from dlp.wire.content_encoding import Decoder, decode
from dlp.wire.grpc import RpcKind, rpc_kind
from dlp.wire.ndjson import CONTENT_TYPES

log = logging.getLogger("dlp")


def restore_answer(flow: http.HTTPFlow, screening: Screening) -> None:
    """Our headers, and a restorer for an answer that streams. Whole JSON answers wait for `finish_response`."""
    response, examined = flow.response, screening.examined
    if response is None or examined is None:
        return
    headers = response.headers
    headers.pop("alt-svc", None)  # an invitation to HTTP/3, past this proxy
    add_headers(headers, screening, examined.verdict, examined.entities)
    if response.status_code == 101:
        if screening.restorer is not None:
            screening.restorer.learn(examined.values, examined.scan)
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    streaming = _is_stream(flow, examined)
    encoding = ",".join(headers.get_all("content-encoding"))
    values, scan = screening.restorable, screening.scan
    _restore_fields(headers, screening)
    if values or scan is not None:
        headers.pop("accept-ranges", None)  # whoever asks for a part gets the whole (`dlp.proxy.rewriting`)
    may_grow = screening.turns is not None and not screening.turns.ended
    changes = bool(values) or scan is not None or may_grow
    rpc = _rpc_kind(kind)
    if not changes:
        tap = _tap(screening, headers, rpc, encoding)
        told = streaming or rpc is not None or _is_json(kind) or kind in _STREAMS
        worth = tap is not None and response.status_code == 200 and told
        response.stream = tap.listen if tap is not None and worth else True
        return
    if rpc is None and _is_json(kind) and not (streaming and response.status_code < 400):
        screening.restores_whole = True
        return
    if not (rpc or streaming or not kind or kind.startswith("text/") or kind in _STREAMS or _is_file(kind, screening)):
        response.stream = True  # media: nothing that could hold a token
        return
    tap = _tap(screening, headers, rpc)
    decoder = Decoder(encoding, limit=None, allow_truncated=True) if encoding else None
    for name in ("content-encoding", "content-length", "etag", "content-md5", "digest"):
        headers.pop(name, None)
    restorer: BytesRestorer
    if rpc is not None:
        restorer = rpc_restorer(rpc, _message_coding(headers), values, screening.stats, scan)
    else:
        restorer = stream_restorer(kind, screening.format, values, screening.stats, scan)

    def finished(stats: Stats) -> None:
        count_faults(screening, stats)
        audit_answer(flow, screening)

    work = StreamedAnswer(
        restorer,
        screening.stats,
        finished,
        decoder=decoder,
        tap=tap,
        ending=None if scan is None else lambda stop: _stream_ending(screening, stop, rpc),
        closing=lambda: _last_message(screening, rpc),
        release=restorer.release if isinstance(restorer, FramedRestorer) and may_grow else list,
        held=screening.application.metrics.observe_hold_back,
    )
    response.stream = work if scan is None else Waiting(work)


def _restore_fields(fields: http.Headers, screening: Screening) -> None:
    """Put values back into headers or trailers that repeat what the request said."""
    if not screening.restorable:
        return
    engine, scope = screening.engine, screening.scope
    places = AnswerFields(
        screening.restorable, screening.facts.host, lambda path, headers: engine.head_as_sent(path, headers, scope)
    )
    told = tuple(fields.items(multi=True))
    restored = places.restored(told)
    if restored is not told:
        values = (value.encode("utf-8", "surrogateescape") for _, value in restored)
        fields.fields = tuple((name, value) for (name, _), value in zip(fields.fields, values, strict=True))


def _message_coding(headers: http.Headers) -> str:
    return str(headers.get("grpc-encoding", headers.get("connect-content-encoding", "")))


def _rpc_kind(kind: str) -> RpcKind | None:
    """How an answer holds messages. Those in a spelling that can't be read are no concern of ours: nothing in them is restored."""
    try:
        return rpc_kind(kind)
    except WireError:
        return None


def _is_file(kind: str, screening: Screening) -> bool:
    """Whether an answer of any kind may hold what was sent or said before: results of batches, and files that a caller fetches."""
    return bool(screening.format.state) and not kind.startswith(_MEDIA)


def _last_message(screening: Screening, rpc: RpcKind | None) -> bytes:
    """What the body of an answer of messages ends with if it ends early."""
    if rpc is None or rpc.flags is None or screening.ended_early is None:
        return b""
    return last_message(rpc.flags, *screening.ended_early)


def _stream_ending(screening: Screening, stop: AnswerStopped, rpc: RpcKind | None) -> bytes:
    """What a stream ends with from which nothing further may come."""
    log.warning("%s", stop)
    if rpc is not None and rpc.flags is not None:
        screening.ended_early = stop.status, str(stop)
        return _last_message(screening, rpc)
    shape = stream_shape(screening.provider.errors, screening.format.id)
    if stop.separator is None:
        return stream_error(shape, str(stop), code="dlp_answer_blocked", request_id=screening.request_id)
    element = error_object(shape, str(stop), code="dlp_answer_blocked", request_id=screening.request_id)
    return stop.separator + element + b"]"


def audit_answer(flow: http.HTTPFlow, screening: Screening) -> None:
    """Write down what was taken out of an answer, if anything was."""
    scan = screening.scan
    if scan is None or not scan.found:
        return
    blocks = screening.policy.response.scan is Scan.BLOCK
    try:
        audit(
            flow,
            screening,
            Verdict.BLOCK if blocks else Verdict.REWRITE,
            bytes_in=0,
            entities=scan.found,
            note="taken out of the answer",
        )
    except AuditError:
        screening.application.metrics.count_fault("audit")


def _tap(screening: Screening, headers: http.Headers, rpc: RpcKind | None = None, encoding: str = "") -> Tap | None:
    """Listens to an answer for the echo memory and for what it says of its price; None where it is no part of a conversation.

    Args:
        headers: The answer's.
        rpc: How it holds messages, if it does.
        encoding: In which the answer is listened to.
    """
    examined, engine, scope = screening.examined, screening.engine, screening.echo_scope
    if examined is None or not screening.format.conversation:
        return None
    values, wire_format = screening.restorable, screening.format
    metrics, provider = screening.application.metrics, screening.provider.id
    kind, coding = headers.get("content-type", ""), _message_coding(headers)
    turns, packed = screening.turns, bool(encoding) or rpc is not None

    def read(body: bytes) -> bytes:
        plain = decode(body, encoding, limit=MAX_RECORDED_BYTES) if encoding else body
        if usage := read_usage(plain):
            metrics.count_prompt_tokens(provider, *usage)
        return plain

    def look(body: bytes) -> tuple[()]:
        read(body)
        return ()

    if examined.verdict is Verdict.MONITOR:
        return Tap(look, lambda: None, lambda: None, packed=packed)

    def remember(body: bytes) -> Collection[bytes]:
        if rpc is not None:
            spoken = turns.spoken if turns else ()
            return remember_messages(engine.echoes, scope, read(body), rpc, coding, values, spoken)
        return remember_answer(engine.echoes, scope, read(body), kind, wire_format, values)

    def share(names: Collection[bytes]) -> None:
        try:
            engine.echoes.share(scope, names)
        except VaultError:
            metrics.count_fault("vault")

    return Tap(
        remember,
        lambda: engine.echoes.expect(scope),
        lambda: engine.echoes.recorded(scope),
        share if engine.shares_echoes else None,
        packed=packed,
    )


_MEDIA = (
    "image/", "audio/", "video/", "font/", "application/pdf", "application/zip", "application/gzip",
    "application/vnd.openxmlformats",
)  # fmt: skip
_STREAMS = CONTENT_TYPES | {"application/stream+json", "application/vnd.amazon.eventstream"}
"""Content types that stream whatever the request said: agents of Bedrock aren't asked to, nor is Ollama."""


_INLINE = 64 * 1024
"""Bytes of an answer that is restored on the event loop, which takes a millisecond; longer ones have a thread, and nobody waits for them."""
_INLINE_PACKED = 8 * 1024
"""The same of one that is compressed."""


async def finish_response(flow: http.HTTPFlow, screening: Screening) -> None:
    """Restore an answer that was buffered; in a thread, if it is scanned or long."""
    response, examined = flow.response, screening.examined
    if response is not None and screening.ended_early is not None and screening.speaks_grpc:
        response.trailers = http.Headers(
            [(name.encode(), value.encode()) for name, value in grpc_status(*screening.ended_early)]
        )
        return
    if response is not None and response.trailers:
        _restore_fields(response.trailers, screening)
    if response is None or examined is None or not screening.restores_whole or response.raw_content is None:
        return
    encoding = ",".join(response.headers.get_all("content-encoding"))
    began = time.perf_counter()
    try:
        raw = response.raw_content

        def work() -> tuple[bytes, bytes]:
            plain = decode(raw, encoding) if encoding else raw
            known = screening.format, screening.restorable, screening.stats
            try:
                return plain, restore_body(plain, *known, screening.scan)
            except WireError:
                if screening.scan is not None:
                    raise
                return plain, restore_broken(plain, *known)

        at_once = screening.scan is None and len(raw) <= (_INLINE_PACKED if encoding else _INLINE)
        body, restored = work() if at_once else await asyncio.to_thread(work)
    except AnswerStopped as stop:
        _withhold(flow, screening, stop)
        return
    except WireError as error:
        if screening.scan is not None:
            _withhold(flow, screening, AnswerStopped(f"it could not be examined ({origin(error)})", status=502))
            return
        screening.stats.faults += 1
        count_faults(screening, screening.stats)
        return
    screening.application.metrics.observe_stage("restore", time.perf_counter() - began)
    tap = _tap(screening, response.headers) if response.status_code == 200 else None
    if tap is not None:
        for chunk in (body, b""):
            tap.listen(chunk)
    if restored is not body:
        response.headers.pop("content-encoding", None)
        for name in ("etag", "content-md5", "digest"):
            response.headers.pop(name, None)
        response.raw_content = restored
        if "transfer-encoding" not in response.headers:
            response.headers["content-length"] = str(len(restored))
    count_faults(screening, screening.stats)
    audit_answer(flow, screening)


def _withhold(flow: http.HTTPFlow, screening: Screening, stop: AnswerStopped) -> None:
    """Answer in the provider's shape in place of what it said."""
    log.warning("%s", stop)
    found = screening.scan.found if screening.scan is not None else Counter[str]()
    refuse_with(flow, screening, stop.status, str(stop), "dlp_answer_blocked", found)
    count_faults(screening, screening.stats)
    audit_answer(flow, screening)


def _is_stream(flow: http.HTTPFlow, examined: Examined) -> bool:
    path = flow.request.path.lower()
    return examined.wants_stream or "stream" in path.partition("?")[0] or "alt=sse" in path or "stream=true" in path


def _is_json(kind: str) -> bool:
    return kind.endswith(("/json", "+json"))
