"""Metrics and health of all processes as one: what a scraper and an orchestrator ask the supervisor for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dlp.metrics.client import fetch
from dlp.metrics.health import Health
from dlp.metrics.merging import merge, render
from dlp.metrics.registry import CONTENT_TYPE, Watch
from dlp.metrics.server import Page, told
from dlp.supervisor.process import Process, State
from dlp.supervisor.supervisor import Supervisor

SECONDS = 7.0
"""Longest wait for one process; it takes 5 s itself to say that its event loop doesn't answer."""
_MAX_THREADS = 16


class Pages:
    """The pages by path. Made for threads of a server.

    Args:
        health: Of the supervisor itself: it watches its event loop.
    """

    def __init__(self, supervisor: Supervisor, health: Health) -> None:
        self._supervisor, self._health = supervisor, health
        self._watches = (
            Watch("dlp_processes", "Proxy processes that can examine requests", lambda: self._count(State.READY)),
            Watch("dlp_processes_wanted", "Proxy processes that there should be", lambda: supervisor.wanted),
            Watch(
                "dlp_processes_died",
                "Proxy processes that ended without having been told to",
                lambda: supervisor.died,
                counter=True,
            ),
            Watch("dlp_connections", "Connections of clients", self._connections, labels=("process",)),
            Watch("dlp_connections_accepted", "Connections so far", lambda: supervisor.connections, counter=True),
        )

    def by_path(self) -> dict[str, Page]:
        """As a `PageServer` wants them."""
        return {"/metrics": self.metrics, "/healthz": self.alive, "/readyz": self.ready}

    def metrics(self) -> tuple[int, str, bytes]:
        """Every process's, and the supervisor's own numbers. A process that doesn't answer is left out."""
        answers = self._ask("/metrics")
        pages = {str(process.number): text for process, status, text in answers if status == 200}
        return 200, CONTENT_TYPE, (render(self._watches) + merge(pages)).encode()

    def alive(self) -> tuple[int, str, bytes]:
        """Well while the supervisor turns and one process does: it replaces the others by itself."""
        if not self._health.alive():
            return told(["the supervisor's event loop does not answer"])
        return self._one_is_enough("/healthz")

    def ready(self) -> tuple[int, str, bytes]:
        """Well while a process can examine requests; connections go to those that can."""
        return self._one_is_enough("/readyz")

    def _one_is_enough(self, path: str) -> tuple[int, str, bytes]:
        answers = self._ask(path)
        if any(status == 200 for _, status, _ in answers):
            return told([])
        problems = [f"process {process.number}: {line}" for process, _, text in answers for line in text.splitlines()]
        return told(problems or ["no process runs"])

    def _ask(self, path: str) -> list[tuple[Process, int, str]]:
        """The answer of each process; status 0 for none, with what is known of it."""

        def ask(process: Process) -> tuple[Process, int, str]:
            try:
                return process, *fetch(process.metrics, path, SECONDS)
            except OSError:
                known = process.state.value
                return process, 0, known if process.state is State.STARTING else f"{known}, and does not answer"

        processes: Sequence[Process] = self._supervisor.processes
        if not processes:
            return []
        with ThreadPoolExecutor(min(_MAX_THREADS, len(processes))) as pool:
            return list(pool.map(ask, processes))

    def _count(self, state: State) -> int:
        return sum(process.state is state for process in self._supervisor.processes)

    def _connections(self) -> dict[tuple[str, ...], float]:
        return {(str(process.number),): process.load for process in self._supervisor.processes}
