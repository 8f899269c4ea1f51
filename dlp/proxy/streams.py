"""mitmproxy's stream callables: bytes of an answer as they arrive, decoded and restored."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from dlp.engine.answer import BytesRestorer
from dlp.engine.echo import MAX_RECORDED_BYTES
from dlp.engine.leaves import Stats
from dlp.errors import AnswerStopped, origin
from dlp.wire.content_encoding import Decoder

log = logging.getLogger("dlp")


_MAX_UNWRITTEN = 64
"""Answers that may wait to be recorded; of further ones nothing is remembered."""
_scribe = ThreadPoolExecutor(1, thread_name_prefix="dlp-record")
_sharers = ThreadPoolExecutor(2, thread_name_prefix="dlp-share")
_unwritten = 0


class Tap:
    """Listens to an answer, and has it recorded when it ends. Never raises, and changes nothing.

    Args:
        remember: Called with the whole answer in a thread of its own; gives back the names of what is new.
        expect: Called before that is started, on the event loop.
        recorded: Called afterwards, in that thread.
        share: Called with those names after that, in another thread: it may have to wait for a store.
    """

    def __init__(
        self,
        remember: Callable[[bytes], Collection[bytes]],
        expect: Callable[[], None],
        recorded: Callable[[], None],
        share: Callable[[Collection[bytes]], None] | None = None,
    ) -> None:
        self._remember, self._expect, self._recorded, self._share = remember, expect, recorded, share
        self._chunks: list[bytes] = []
        self._size = 0

    def listen(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes, or none at the end; gives back what is to be sent, so that mitmproxy can call it."""
        global _unwritten  # noqa: PLW0603 - one event loop, one counter
        self._size += len(chunk)
        if self._size > MAX_RECORDED_BYTES:
            self._chunks.clear()
        elif chunk:
            self._chunks.append(chunk)
        elif self._chunks and _unwritten < _MAX_UNWRITTEN:
            _unwritten += 1
            self._expect()
            _scribe.submit(self._write, b"".join(self._chunks))
            self._chunks.clear()
        return [chunk] if chunk else []

    def _write(self, body: bytes) -> None:
        names: Collection[bytes] = ()
        try:
            names = self._remember(body)
        except Exception as error:
            log.debug("an answer was not remembered (%s)", origin(error))
        finally:
            self._recorded()
            if self._share is None or not names:
                self._end()
            else:
                _sharers.submit(self._hand_over, self._share, names)

    def _hand_over(self, share: Callable[[Collection[bytes]], None], names: Collection[bytes]) -> None:
        try:
            share(names)
        except Exception as error:
            log.debug("an answer was not shared (%s)", origin(error))
        finally:
            self._end()

    @staticmethod
    def _end() -> None:
        global _unwritten  # noqa: PLW0603
        _unwritten -= 1


def stream_callable(
    restorer: BytesRestorer,
    decoder: Decoder | None,
    stats: Stats,
    finished: Callable[[Stats], None],
    tap: Tap | None = None,
    ending: Callable[[AnswerStopped], bytes] | None = None,
    held: Callable[[float], None] | None = None,
    release: Callable[[], list[bytes]] | None = None,
    closing: Callable[[], bytes] | None = None,
) -> Callable[[bytes | None], Iterable[bytes]]:
    """What mitmproxy calls for every chunk of an answer, and with `b""` at its end; we with None when nothing has come for a while.

    Never raises: mitmproxy would drop the chunk and go on. A piece that can't be restored goes on with its tokens.
    It returns lists, and no empty bytes in them: those would end a chunked answer (mitmproxy 12.2).

    Args:
        decoder: For an answer with content encoding, whose header must have been removed; None for a plain one.
        finished: Called once at the end.
        tap: Listens to the decoded answer.
        ending: What the stream ends with when the restorer stops it; with a restorer that scans.
        closing: Asked at the end for what the stream ends with.
        release: Gives out what the restorer holds back, for an answer that is to be read while it goes on.
        held: Told, in seconds, how long the stream gave out nothing although something had come.
    """
    stopped = False
    held_since = 0.0

    def restore(chunk: bytes | None) -> list[bytes]:
        nonlocal stopped, held_since
        at_end = chunk == b""
        if stopped:
            return []
        try:
            if decoder is not None and chunk is not None:
                chunk = decoder.flush() if at_end else decoder.feed(chunk)
        except Exception as error:
            # The encoding is broken, so there is nothing that could be passed on as it came.
            stats.faults += 1
            log.warning("an answer's content encoding is broken (%s)", origin(error))
            chunk = b""
        if tap is not None:
            if chunk:
                tap.listen(chunk)
            if at_end:
                tap.listen(b"")
        pieces: list[bytes] = []
        try:
            if chunk:
                pieces = restorer.feed(chunk)
            elif chunk is None and release is not None:
                pieces = release()
            if at_end:
                pieces = [*pieces, *restorer.flush()]
        except AnswerStopped as stop:
            stopped = True
            finished(stats)
            return [piece for piece in (*pieces, *stop.before, ending(stop) if ending else b"\n") if piece]
        except Exception as error:
            stats.faults += 1
            log.warning("restoring failed (%s); tokens stay in the answer", origin(error))
            if chunk and not pieces:
                pieces = [chunk]
        if at_end and closing is not None:
            pieces = [*pieces, closing()]
        released = [piece for piece in pieces if piece] if b"" in pieces else pieces
        if released:
            if held_since:
                if held is not None:
                    held(time.perf_counter() - held_since)
                held_since = 0.0
        elif chunk and not held_since:
            held_since = time.perf_counter()
        if at_end:
            finished(stats)
        return released

    return restore
