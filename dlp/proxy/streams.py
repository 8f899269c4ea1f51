"""What mitmproxy calls for a streamed answer: bytes as they arrive, decoded and restored."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

from dlp.engine.answer import BytesRestorer
from dlp.engine.echo import MAX_RECORDED_BYTES
from dlp.engine.leaves import Stats
from dlp.errors import AnswerStopped, origin
from dlp.wire.content_encoding import Decoder

log = logging.getLogger("dlp")


_MAX_UNWRITTEN = 64
"""Answers that may wait to be recorded; of further ones nothing is remembered."""
SMALL_BYTES = 16 * 1024
"""Answers up to this size are recorded on the event loop, once they have gone: that takes less than handing them to a thread, and nobody who
answers at once has to wait for it."""
_scribe = ThreadPoolExecutor(1, thread_name_prefix="dlp-record")
_sharers = ThreadPoolExecutor(2, thread_name_prefix="dlp-share")
_unwritten = 0


class Tap:
    """Listens to an answer, and has it recorded when it ends. Never raises, and changes nothing.

    Args:
        remember: Called with the whole answer after it has gone, a long one in a thread; gives back the names of what is new.
        expect: Called before that is started.
        recorded: Called afterwards, where `remember` was.
        share: Called with those names after that, in another thread: it may have to wait for a store.
        packed: What it listens to may unpack to much more, so that its size says nothing of the work.
    """

    def __init__(
        self,
        remember: Callable[[bytes], Collection[bytes]],
        expect: Callable[[], None],
        recorded: Callable[[], None],
        share: Callable[[Collection[bytes]], None] | None = None,
        *,
        packed: bool = False,
    ) -> None:
        self._remember, self._expect, self._recorded, self._share = remember, expect, recorded, share
        self._packed = packed
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
            self._have_written(b"".join(self._chunks))
            self._chunks.clear()
        return [chunk] if chunk else []

    def _have_written(self, body: bytes) -> None:
        if len(body) <= SMALL_BYTES and not self._packed:
            try:
                asyncio.get_running_loop().call_soon(self._write, body)
            except RuntimeError:  # an answer that is worked on in a thread
                pass
            else:
                return
        _scribe.submit(self._write, body)

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


class StreamedAnswer:
    """What mitmproxy calls for every chunk of an answer, and with `b""` at its end; we with None when nothing has come for a while.

    Never raises: mitmproxy would drop the chunk and go on. A piece that can't be restored goes on with its tokens, unless the answer is scanned:
    then it ends there. A call returns a list without empty bytes in it: those would end a chunked answer (mitmproxy 12.2).

    Args:
        finished: Called once at the end.
        decoder: For an answer with content encoding, whose header must have been removed; None for a plain one.
        tap: Listens to the decoded answer.
        ending: For an answer that is scanned: what it ends with when nothing further of it may go on.
        closing: Asked at the end for what the stream ends with.
        release: Gives out what the restorer holds back, for an answer that is to be read while it goes on.
        held: Told, in seconds, how long the stream gave out nothing although something had come.
    """

    def __init__(
        self,
        restorer: BytesRestorer,
        stats: Stats,
        finished: Callable[[Stats], None],
        *,
        decoder: Decoder | None = None,
        tap: Tap | None = None,
        ending: Callable[[AnswerStopped], bytes] | None = None,
        closing: Callable[[], bytes] = bytes,
        release: Callable[[], list[bytes]] = list,
        held: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._restorer, self._decoder, self._stats, self._tap = restorer, decoder, stats, tap
        self._finished, self._ending, self._closing, self._release = finished, ending, closing, release
        self._held = held
        self._held_since = 0.0
        self._stopped = False

    def __call__(self, chunk: bytes | None) -> list[bytes]:
        if self._stopped:
            return []
        at_end = chunk == b""
        if chunk is not None:
            if self._decoder is not None:
                chunk = self._decoded(self._decoder, chunk, at_end=at_end)
            if self._tap is not None:
                if chunk:
                    self._tap.listen(chunk)
                if at_end:
                    self._tap.listen(b"")
        try:
            pieces = self._restored(chunk, at_end=at_end)
        except AnswerStopped as stop:
            self._stopped = True
            self._finished(self._stats)
            pieces = [*stop.before, self._ending(stop) if self._ending is not None else b"\n"]
            return [piece for piece in pieces if piece]
        if at_end:
            pieces.append(self._closing())
            self._finished(self._stats)
        released = [piece for piece in pieces if piece] if b"" in pieces else pieces
        if self._held_since or (chunk and not released):
            self._time(came=bool(chunk), went=bool(released))
        return released

    def _decoded(self, decoder: Decoder, chunk: bytes, *, at_end: bool) -> bytes:
        try:
            return decoder.flush() if at_end else decoder.feed(chunk)
        except Exception as error:
            # The encoding is broken, so there is nothing that could be passed on as it came.
            self._stats.faults += 1
            log.warning("an answer's content encoding is broken (%s)", origin(error))
            return b""

    def _restored(self, chunk: bytes | None, *, at_end: bool) -> list[bytes]:
        """What goes on for a chunk. Raises `AnswerStopped` if nothing may."""
        pieces: list[bytes] = []
        try:
            if chunk:
                pieces = self._restorer.feed(chunk)
            elif chunk is None:
                pieces += self._release()
            if at_end:
                pieces += self._restorer.flush()
        except AnswerStopped as stop:
            stop.before = [*pieces, *stop.before]
            raise
        except Exception as error:
            self._stats.faults += 1
            if self._ending is not None:
                failed = AnswerStopped(f"it could not be examined ({origin(error)})", status=502)
                failed.before = pieces
                raise failed from None
            log.warning("restoring failed (%s); tokens stay in the answer", origin(error))
            if chunk and not pieces:
                pieces.append(chunk)
        return pieces

    def _time(self, *, came: bool, went: bool) -> None:
        if went and self._held_since:
            self._held(time.perf_counter() - self._held_since)
            self._held_since = 0.0
        elif came and not went and not self._held_since:
            self._held_since = time.perf_counter()
