"""From a provider's events to the parts of a body: framing as server-sent events or JSON arrays, then the cuts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dlp.fakes import coding
from dlp.fakes.script import Ending, Script, cut

type Framing = Callable[[Sequence[Event], Script], list[bytes]]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: `name` only where the provider's grammar has names; a str as `data` is sent as it is."""

    data: Any
    name: str | None = None
    id: str | None = None
    """What a client could go on from; only where the provider gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer ready for a connection to write. `parts` are what one HTTP chunk or DATA frame carries each."""

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: tuple[bytes, ...]
    streamed: bool = False
    """Written part by part, without a length; otherwise `content-length` is among the headers."""
    hold_before: int | None = None
    """Index of the part before which the connection waits for `release()`."""
    delay: float = 0.0
    ending: Ending = "clean"
    trailers: tuple[tuple[str, str], ...] = ()
    """Behind the body; HTTP/2 alone sends them."""


def dump(value: Any, *, escaped: bool = False, indent: int | None = None) -> str:
    """JSON as providers write it: compact unless indented; `escaped` leaves nothing but ASCII without `<`, `>`, `&`."""
    separators = (",", ":") if indent is None else None
    written = json.dumps(value, ensure_ascii=escaped, indent=indent, separators=separators)
    if escaped:
        for character in "<>&":
            written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def json_reply(
    script: Script, value: Any, *, headers: Sequence[tuple[str, str]] = (), indent: int | None = None
) -> Reply:
    """A whole JSON answer under `script`."""
    body = dump(value, escaped=script.escaped, indent=indent).encode("utf-8", "surrogatepass")
    return body_reply(script, body, content_type="application/json", headers=headers)


def body_reply(
    script: Script,
    body: bytes,
    *,
    content_type: str,
    headers: Sequence[tuple[str, str]] = (),
    status: int | None = None,
) -> Reply:
    """A whole answer with a length, coded and cut as the script says."""
    coded = b"".join(coding.encode_parts([body], script.encoding))
    return Reply(
        status=script.status if status is None else status,
        headers=(
            *_content_headers(script, content_type),
            ("content-length", str(len(coded))),
            *headers,
            *script.headers,
        ),
        parts=recut([coded], script),
        delay=script.delay,
    )


def stream_reply(
    script: Script,
    events: Sequence[Event],
    *,
    framing: Framing,
    content_type: str,
    failure: Event,
    headers: Sequence[tuple[str, str]] = (),
) -> Reply:
    """A streamed answer: the events framed, then broken, coded and cut as the script says.

    `failure` is the provider's own event for a fault in mid-stream; it is sent only if the script asks for one.
    """
    sent = list(events)
    if script.error_after is not None:
        sent = [*sent[: script.error_after], failure]
    parts = framing(sent, script)
    ending: Ending = "clean"
    if script.close_after is not None:
        parts, ending = parts[: script.close_after], "abort"
    coded = list(coding.encode_parts(parts, script.encoding))
    if ending == "abort" and script.encoding != "identity":
        coded.pop()  # the trailer of a coding that was never finished
    hold_before = None
    if script.hold_after is not None:
        hold_before = len(recut(coded[: script.hold_after], script))
        coded_parts = (*recut(coded[: script.hold_after], script), *recut(coded[script.hold_after :], script))
    else:
        coded_parts = recut(coded, script)
    length = (("content-length", str(sum(map(len, coded)))),) if script.content_length else ()
    return Reply(
        status=script.status,
        headers=(
            *_content_headers(script, content_type),
            ("cache-control", "no-cache"),
            *length,
            *headers,
            *script.headers,
        ),
        parts=coded_parts,
        streamed=True,
        hold_before=hold_before,
        delay=script.delay,
        ending=ending,
    )


def sse(line_end: str) -> Framing:
    """Server-sent events with the provider's line end, unless the script sets another."""

    def frame(events: Sequence[Event], script: Script) -> list[bytes]:
        return [_sse_event(event, script.line_end or line_end, script) for event in events]

    return frame


def _sse_event(event: Event, end: str, script: Script) -> bytes:
    data = event.data if isinstance(event.data, str) else dump(event.data, escaped=script.escaped)
    lines = [f"data: {line}" for line in data.split("\n")]
    if event.name is not None:
        lines.insert(0, f"event: {event.name}")
    if event.id is not None:
        lines.insert(0, f"id: {event.id}")
    return (end.join(lines) + end + end).encode("utf-8", "surrogatepass")


def json_array(events: Sequence[Event], script: Script) -> list[bytes]:
    """Events as the elements of one JSON array, pretty-printed, the way Google's servers stream without `alt=sse`."""
    return list(_array_pieces(events, script))


def _array_pieces(events: Sequence[Event], script: Script) -> Iterator[bytes]:
    for index, event in enumerate(events):
        opening = "[" if index == 0 else ",\r\n"
        closing = "\n]" if index == len(events) - 1 else "\n"
        yield (opening + dump(event.data, escaped=script.escaped, indent=2) + closing).encode("utf-8", "surrogatepass")


def _content_headers(script: Script, content_type: str) -> tuple[tuple[str, str], ...]:
    chosen = content_type if script.content_type is None else script.content_type
    headers: tuple[tuple[str, str], ...] = (("content-type", chosen),) if chosen else ()
    if script.encoding != "identity":
        headers = (*headers, ("content-encoding", script.encoding))
    return headers


def recut(parts: Sequence[bytes], script: Script) -> tuple[bytes, ...]:
    """A body in parts as the script wants them."""
    if script.wire_cuts is not None:
        return tuple(cut(b"".join(parts), script.wire_cuts))
    if script.wire_size is not None:
        whole, size = b"".join(parts), script.wire_size
        return tuple(whole[start : start + size] for start in range(0, len(whole), size))
    return tuple(part for part in parts if part)
