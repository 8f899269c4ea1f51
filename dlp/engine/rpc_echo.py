"""What the model said in a remote procedure's answer, for the echo memory (`dlp.engine.echo`).

Without a schema a text that comes in pieces is told from others as it is when it is restored: by its place. It ends where a message has
something in a new place and nothing in its own; a text with other marks beside it (`ProtobufMessage.marks`: a thought, say) is in another place.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence

from dlp.engine.echo import EchoMemory, EchoRecorder
from dlp.engine.rpc import is_resource, leaf_text
from dlp.masking.restoring import Originals
from dlp.providers.formats.generic import GENERIC
from dlp.wire.grpc import END_STREAM, TRAILERS, GrpcDecoder, GrpcMessage, RpcKind, plain_payload
from dlp.wire.protobuf import Kind, parse_message


def remember_messages(
    memory: EchoMemory,
    scope: str,
    body: bytes,
    kind: RpcKind,
    coding: str,
    values: Mapping[str, str],
    turns: Sequence[int] = (),
) -> Collection[bytes]:
    """Remember every text of an answer as a client may send it back.

    Args:
        body: What the provider sent: messages, the last of them perhaps cut short.
        coding: The answer's `grpc-encoding`.
        values: What is restored in the answer, as `Examined.values` has it.
        turns: How many bytes had come whenever the client spoke again: no text goes on behind that.

    Returns:
        Their names, for `EchoMemory.share`.

    Raises:
        WireError: It can't be read; what stands before the fault is remembered.
    """
    if isinstance(values, Originals) and not values.arguments:
        values = {}  # as `rpc_restorer` has it
    recorder = EchoRecorder(memory, scope, GENERIC, values)
    texts = _Texts(recorder)
    messages = [GrpcMessage(0, body)] if kind.flags is None else GrpcDecoder(kind.flags).feed(body)
    breaks = deque(turns)
    at = 0
    try:
        for message in messages:
            while breaks and breaks[0] <= at:
                breaks.popleft()
                texts.finish()
            at += len(message.raw)
            if message.flags & (TRAILERS | END_STREAM):
                continue
            payload = plain_payload(message, coding)
            if kind.json:
                recorder.event(payload)
            else:
                texts.take(payload)
    finally:
        texts.finish()
        recorder.finish()
    return recorder.names


class _Texts:
    """Texts put together from the pieces that messages bring."""

    def __init__(self, recorder: EchoRecorder) -> None:
        self._recorder = recorder
        self._joined: dict[tuple[object, ...], list[str]] = {}

    def take(self, payload: bytes) -> None:
        """Take a message. Raises `WireError` if it is none."""
        message = parse_message(payload)
        seen: Counter[tuple[object, ...]] = Counter()
        going_on, self._joined = self._joined, {}
        new = False
        for leaf in message.leaves:
            text = leaf_text(payload, leaf)
            if text is None or leaf.kind is Kind.NUMBERS or is_resource(text):
                continue
            like = (leaf.path, leaf.kind, message.marks(leaf))
            seen[like] += 1
            place = (*like, seen[like])
            new = new or place not in going_on
            pieces = self._joined[place] = going_on.pop(place, [])
            pieces.append(text)
        if new:
            self._remember(going_on)
        else:
            self._joined |= going_on

    def finish(self) -> None:
        self._remember(self._joined)
        self._joined = {}

    def _remember(self, ended: Mapping[tuple[object, ...], list[str]]) -> None:
        for pieces in ended.values():
            self._recorder.text("".join(pieces))
