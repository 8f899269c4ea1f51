"""The client's side of a call whose two sides take turns: its messages, whole, as they come, and what they have told so far."""

from __future__ import annotations

from dlp.engine.answer import Learnt
from dlp.errors import TooLarge, WireError
from dlp.wire.grpc import GRPC_FLAGS, GrpcDecoder

MAX_SPOKEN = 10_000


class Turns:
    """Splits what a client sends into bodies of whole messages, each to be examined as a request of its own. `repr` shows none.

    Args:
        limit: Bytes of one message, and of the messages of one body together.
    """

    def __init__(self, limit: int, flags: int = GRPC_FLAGS) -> None:
        self.learnt = Learnt()
        """For the answer, which may begin before the last message."""
        self.ended = False
        """The client has said all."""
        self.spoken: list[int] = []
        """How much of the answer, in bytes, had come whenever the client said something further. Kept up to `MAX_SPOKEN`."""
        self.answered = 0
        """Bytes of the answer so far."""
        self.heard = False
        """The client has said something."""
        self._limit = limit
        self._decoder = GrpcDecoder(flags, limit)
        self._broken = False

    def __repr__(self) -> str:
        return "<Turns>"

    def goes_on(self) -> None:
        """Note that the client has said something further."""
        if len(self.spoken) < MAX_SPOKEN and self.spoken[-1:] != [self.answered]:
            self.spoken.append(self.answered)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in their frames. What is no message comes as it is: whoever examines it says what becomes of it.

        Raises:
            TooLarge: A message above the limit, known from its first five bytes; those before it have come out.
        """
        self.heard = self.heard or bool(data)
        if self._broken:
            return [data] if data else []
        try:
            messages = self._decoder.feed(data)
        except TooLarge:
            raise
        except WireError:
            self._broken = True
            return [self._decoder.drain()]
        bodies: list[bytes] = []
        together: list[bytes] = []
        size = 0
        for raw in (message.raw for message in messages):
            if together and size + len(raw) > self._limit:
                bodies.append(b"".join(together))
                together, size = [], 0
            together.append(raw)
            size += len(raw)
        return [*bodies, b"".join(together)] if together else bodies

    def finish(self) -> bytes:
        """What is left at the end: nothing, or a message that was cut short. Raises `TooLarge` as `feed` does."""
        self.ended = True
        try:
            self._decoder.flush()
        except TooLarge:
            raise
        except WireError:
            return self._decoder.drain()
        return b""
