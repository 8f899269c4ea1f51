"""A worker process: reads jobs, answers with findings, and ends when its pool does.

It is started as a new interpreter with nothing but detection in it, not forked: the proxy has threads, whose locks a fork would
copy in any state, and a fork would hold mitmproxy's memory and sockets.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import threading
from collections import OrderedDict
from multiprocessing.connection import Connection
from pathlib import Path

from dlp.detect.workers.messages import Answer, Job, pack_answer, pack_error, unpack_job
from dlp.errors import DetectorError, DlpError, origin
from dlp.loading import loaded, loading, share_heaps

MAX_DETECTORS = 8
"""Detectors that a worker keeps, one per `detect:` section in use; the one that was needed longest ago goes first."""
_NICE = 2
"""Less urgent than the proxy: when cores are short, open streams come before new requests."""


class Detectors:
    """The detectors of one worker, built when their settings first come along."""

    def __init__(self) -> None:
        with loading():
            from dlp.detect.detector import CoreDetector

        self._build = CoreDetector
        self._known: OrderedDict[str, CoreDetector] = OrderedDict()

    def examine(self, job: Job) -> Answer:
        """Raises what detection raises."""
        if job.settings is not None:
            with loading():
                self._known[job.key] = self._build(job.settings)
                if len(self._known) == 1:  # not for each: what was frozen and goes later may be a cycle
                    loaded()
            while len(self._known) > MAX_DETECTORS:
                self._known.popitem(last=False)
        detector = self._known.get(job.key)
        if detector is None:
            raise DetectorError("a worker doesn't know these settings")
        self._known.move_to_end(job.key)
        return Answer(detector.examine(job.items), resident_bytes())


def resident_bytes() -> int:
    """Memory of this process, 0 if the system doesn't say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    return 0


def answer_to(detectors: Detectors, data: bytes) -> bytes:
    """The bytes to send for a job. Never raises, and tells nothing of the texts."""
    try:
        return pack_answer(detectors.examine(unpack_job(data)))
    except DlpError as error:
        return pack_error(str(error))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the request is refused
        return pack_error(f"detection failed: {origin(error)}")


def main(descriptor: int) -> None:
    """Serve jobs that come in on a socket, until its other end is closed.

    Args:
        descriptor: This process's end of the socket, already open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the proxy, which ends us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the texts
    share_heaps()
    threading.Thread(target=_end_with_pool, args=(descriptor,), daemon=True).start()
    connection = Connection(descriptor)
    detectors = Detectors()
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send_bytes(answer_to(detectors, connection.recv_bytes()))


def _end_with_pool(descriptor: int) -> None:
    """The pool may be gone (killed, say) in the middle of a job: nobody wants its answer."""
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    poll.poll()
    os._exit(0)
