"""What binary framings with a length up front have in common: hold bytes until a frame is complete."""

from __future__ import annotations

from abc import ABC, abstractmethod

from dlp.errors import WireError


class FrameDecoder[M](ABC):
    """Splits a stream. `feed` returns the messages that are complete; `flush` checks that none was cut short.

    Raises:
        WireError: whatever `_read` finds wrong, after the messages before it were returned; an end inside a message.
            What was not returned is still there for `drain`; nothing after a bad message can be read.
    """

    __slots__ = ("_error", "_held", "_wanted")

    name: str
    """Of the format, for error messages."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._wanted = 1  # bytes without which nothing new can be said
        self._error: WireError | None = None

    @abstractmethod
    def _read(self, buffer: bytes, position: int) -> tuple[M, int] | int:
        """The message at `position` and where it ends, or how many bytes from there are needed to say more."""

    def feed(self, chunk: bytes) -> list[M]:
        held = self._held
        held += chunk
        if self._error:
            raise self._error
        if len(held) < self._wanted:
            return []
        messages: list[M] = []
        buffer = bytes(held)
        position = 0
        try:
            while isinstance(found := self._read(buffer, position), tuple):
                message, position = found
                messages.append(message)
            self._wanted = found
        except WireError as error:
            self._error = error
            if not messages:
                raise
        del held[:position]
        return messages

    def flush(self) -> list[M]:
        """The end of the stream. Nothing can be left to give out, so the list is empty."""
        if self._held and self._error is None:
            self._error = WireError(f"{self.name}: the stream ends inside a message")
        if self._error:
            raise self._error
        return []

    def drain(self) -> bytes:
        """Takes the bytes that no message has been made of: what is left to forward after an error."""
        rest = bytes(self._held)
        self._held.clear()
        return rest
