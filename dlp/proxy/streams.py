"""mitmproxy's stream callables: bytes of an answer as they arrive, decoded and restored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from dlp.engine.answer import BytesRestorer, Stats
from dlp.errors import origin
from dlp.wire.content_encoding import Decoder

log = logging.getLogger("dlp")


def stream_callable(
    restorer: BytesRestorer, decoder: Decoder | None, stats: Stats, finished: Callable[[Stats], None]
) -> Callable[[bytes], Iterable[bytes]]:
    """What mitmproxy calls for every chunk of an answer, and with `b""` at its end.

    Never raises: mitmproxy would drop the chunk and go on. A piece that can't be restored goes on with its tokens.
    It returns lists, and no empty bytes in them: those would end a chunked answer (mitmproxy 12.2).

    Args:
        decoder: For an answer with content encoding, whose header must have been removed; None for a plain one.
        finished: Called once at the end.
    """

    def restore(chunk: bytes) -> list[bytes]:
        at_end = not chunk
        try:
            if decoder is not None:
                chunk = decoder.flush() if at_end else decoder.feed(chunk)
        except Exception as error:
            # The encoding is broken, so there is nothing that could be passed on as it came.
            stats.faults += 1
            log.warning("an answer's content encoding is broken (%s)", origin(error))
            chunk = b""
        pieces: list[bytes] = []
        try:
            if chunk:
                pieces += restorer.feed(chunk)
            if at_end:
                pieces += restorer.flush()
        except Exception as error:
            stats.faults += 1
            log.warning("restoring failed (%s); tokens stay in the answer", origin(error))
            if chunk and not pieces:
                pieces = [chunk]
        if at_end:
            finished(stats)
        return [piece for piece in pieces if piece]

    return restore
