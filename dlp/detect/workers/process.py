"""One worker process, as the pool sees it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

from dlp.detect.workers.messages import MAX_ANSWER_BYTES, Answer, Job, pack_job, unpack_answer

_START = "import sys; sys.path[:] = sys.argv[2:]; from dlp.detect.workers.worker import main; main(int(sys.argv[1]))"
_END_SECONDS = 5.0


class Worker:
    """A process that examines texts, one job after the other. Not for several threads at once, but for `kill`."""

    def __init__(self) -> None:
        """Start it; it takes a second or two until it answers. Raises `OSError` where there can be no process."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                process_group=0,  # a Ctrl-C in the terminal is for the proxy alone
                env=_environment(),
            )
            self.connection = Connection(ours.detach())
        self.known: set[str] = set()
        """Keys of the settings that it has been given."""
        self.jobs = 0
        self.resident = 0
        """Bytes of memory it had in use after its last job."""
        self.grown_from = 0
        """... and when it was new."""
        self.deadline: float | None = None
        """When the job in hand is to be done, by `time.monotonic`; None between jobs."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, job: Job) -> None:
        """Hand over a job. Raises `OSError` when the worker is gone."""
        if job.key in self.known:
            job = job._replace(settings=None)
        self.known.add(job.key)
        self.connection.send_bytes(pack_job(job))
        self.jobs += 1

    def receive(self, texts: int) -> Answer:
        """Wait for the answer to a job of `texts` texts.

        Raises:
            EOFError, OSError: The worker is gone.
            DetectorError: Detection failed; the worker is fit for the next job.
        """
        answer = unpack_answer(self.connection.recv_bytes(MAX_ANSWER_BYTES), texts)
        self.resident = answer.resident
        self.grown_from = self.grown_from or answer.resident
        return answer

    def kill(self) -> None:
        """End it at once, whatever it does; who waits for it is told. From any thread."""
        self._process.kill()

    def close(self) -> None:
        """End it and take it out of the system's table of processes."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        with contextlib.suppress(OSError):
            self.connection.close()


def _environment() -> dict[str, str]:
    """Ours, without the keys that it may hold, and with one thread per library: the pool is what spreads the work."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DLP_", "AWS_"))}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
