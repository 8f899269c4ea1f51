"""A few worker processes and those who wait for one.

A request's texts are cut into batches of texts, and a free worker gets the next one. Whoever waits is served in order, and a request of
many batches stands in line again after each: a prompt of megabytes delays others by a batch, not by its whole length.

One thread, the keeper, does what nobody should wait for: it starts workers and loads their models, kills those that are past
their time (which wakes whoever waits for them), and replaces those that died, have grown or have done their share of jobs.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from weakref import WeakValueDictionary

from dlp.detect.base import RARE_TEXTS, WARM_TEXTS
from dlp.detect.workers.messages import Item, Job
from dlp.detect.workers.process import Worker
from dlp.errors import ConfigurationError, DetectorError, Overloaded, origin
from dlp.policy.model import DetectSettings
from dlp.types import Finding

log = logging.getLogger("dlp")

BATCH_CHARACTERS = 16 * 1024
"""Characters after which a batch of texts is full. One text is never cut: findings depend on what stands around them."""
JOB_SECONDS = 60.0
"""Longest time for the texts of one request, waiting included."""
START_SECONDS = 120.0
"""Longest time for a worker to load its models."""
MAX_JOBS = 20_000
"""Jobs after which a worker is replaced, against whatever a library forgets to free."""
MAX_GROWTH = 128 * 2**20
"""Bytes a worker may grow beyond what it had in use when it was new."""
_FIRST_TEXTS = (*WARM_TEXTS, *RARE_TEXTS)
"""What a worker examines before it gets others' texts; the proxy examines those itself until then."""
MAX_DEFAULT = 8
MAX_WORKERS = 256
_TICK = 0.25
_MAX_PAUSE = 30.0


def default_workers() -> int:
    """A worker for each core that this process may use, two at least and `MAX_DEFAULT` at most."""
    return min(max(cores(), 2), MAX_DEFAULT)


def cores() -> int:
    """Cores that this process may use."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(there, _granted_cores()))


def _granted_cores(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores that a container is granted, rounded up, by Linux's cgroups (version 2); many where nothing is said."""
    try:
        quota, period = limit.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no such file, or the quota is `max`
        return MAX_WORKERS


def parse_workers(text: str) -> int:
    """The number that somebody chose, or `auto`. Raises `ConfigurationError`."""
    if text == "auto":
        return default_workers()
    if text.isdecimal() and int(text) <= MAX_WORKERS:
        return int(text)
    raise ConfigurationError(
        f"dlp_workers: expected auto or a number from 0 to {MAX_WORKERS}; 0 means no worker processes"
    )


class Settings:
    """Settings that jobs refer to by key. Workers that start are given all that somebody still holds."""

    __slots__ = ("__weakref__", "key", "values")

    def __init__(self, key: str, values: DetectSettings) -> None:
        self.key, self.values = key, values


class WorkerPool:
    """See the module. Safe from several threads; `examine` blocks, so it is not for the event loop.

    Args:
        count: Workers; 0 for a pool that does nothing and is never `ready`.
        seconds: Longest time for the texts of one request.
        start: Starts a worker.
    """

    def __init__(
        self, count: int, *, seconds: float = JOB_SECONDS, jobs: int = MAX_JOBS, start: Callable[[], Worker] = Worker
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._jobs = jobs
        self._start = start
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._new: dict[Worker, list[Settings]] = {}
        """Workers that don't take jobs yet, and the settings they still have to load."""
        self._waiting: deque[object] = deque()
        self._settings: WeakValueDictionary[str, Settings] = WeakValueDictionary()
        self._keeper: threading.Thread | None = None
        self._closed = False
        self._ready = False
        self._failures = 0
        self._next_start = 0.0
        self.replaced = 0
        """Workers that were replaced so far, for whatever reason."""

    # -- for whoever has texts -----------------------------------------------------------------------------------------

    def register(self, key: str, values: DetectSettings) -> Settings:
        """Settings to name in `examine`. Workers that are started load them, as long as the caller holds on to them."""
        known = self._settings.get(key)
        if known is None:
            known = self._settings[key] = Settings(key, values)
        return known

    @property
    def ready(self) -> bool:
        """Whether there are workers. It stays true when all of them die: then callers wait for others."""
        return self._ready and not self._closed

    @property
    def waiting(self) -> int:
        """Requests that wait for a worker."""
        return len(self._waiting)

    @property
    def workers(self) -> int:
        """Workers that are fit for work."""
        with self._changed:
            return len(self._idle) + len(self._busy)

    def pids(self) -> list[int]:
        """The processes, for whoever watches their memory."""
        with self._changed:
            return sorted(worker.pid for worker in (*self._idle, *self._busy, *self._new))

    def examine(self, settings: Settings, items: Sequence[Item]) -> list[tuple[Finding, ...]]:
        """Findings for texts with their contexts, in order.

        Raises:
            DetectorError: Detection failed, took too long, or its worker died.
        """
        deadline = time.monotonic() + self._seconds
        results: list[tuple[Finding, ...]] = [()] * len(items)
        batches = deque(_batches(items))
        flying: dict[object, tuple[Worker, list[int]]] = {}
        try:
            while batches or flying:
                while batches and (worker := self._take(deadline, patient=not flying)):
                    batch = batches.popleft()
                    flying[worker.connection] = worker, batch
                    worker.send(Job(settings.key, settings.values, [items[index] for index in batch]))
                for connection in wait([worker.connection for worker, _ in flying.values()]):
                    worker, batch = flying[connection]
                    try:
                        found = worker.receive(len(batch)).found
                    except DetectorError:
                        del flying[connection]
                        self._give_back(worker)
                        raise
                    del flying[connection]
                    self._give_back(worker)
                    for index, findings in zip(batch, found, strict=True):
                        results[index] = findings
        except (EOFError, OSError):
            late = time.monotonic() >= deadline
            raise DetectorError("examining took too long" if late else "a detection worker died") from None
        finally:
            self._discard(worker for worker, _ in flying.values())
        return results

    def _take(self, deadline: float, *, patient: bool) -> Worker | None:
        """A free worker, when it is the caller's turn; None if there is none now and the caller isn't `patient`."""
        with self._changed:
            if not patient and (self._waiting or not self._idle):
                return None
            turn = object()
            self._waiting.append(turn)
            try:
                while True:
                    if self._closed:
                        raise DetectorError("the proxy is stopping")
                    if self._waiting[0] is turn and (found := next((w for w in self._idle if w.alive), None)):
                        break
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise Overloaded("no detection worker was free in time")
                    self._changed.wait(left)
                self._idle.remove(found)
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
            found.deadline = deadline
            self._busy.add(found)
            return found

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            worker.deadline = None
            self._busy.discard(worker)
            self._idle.append(worker)
            self._changed.notify_all()

    def _discard(self, workers: Iterable[Worker]) -> None:
        """Workers whose answer nobody will read, or that are gone."""
        for worker in workers:
            worker.kill()
            with self._changed:
                self._busy.discard(worker)
                self.replaced += 1
            worker.close()

    # -- the keeper ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the workers, in the background."""
        with self._changed:
            if self._count and self._keeper is None and not self._closed:
                self._keeper = threading.Thread(target=self._keep, name="dlp-keeper", daemon=True)
                self._keeper.start()

    def close(self) -> None:
        """End the workers. What they were asked fails."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            workers = [*self._idle, *self._busy, *self._new]
            self._idle.clear()
        for worker in workers:
            worker.kill()
        if self._keeper is not None:
            self._keeper.join(10)
        for worker in workers:
            if worker not in self._busy:  # whoever waits for a busy one closes it
                worker.close()

    def _keep(self) -> None:
        tick = min(_TICK, self._seconds / 4)
        while not self._closed:
            try:
                self._kill_late()
                self._drop_spent()
                self._fill_up()
                self._load(tick)
            except Exception as error:  # noqa: BLE001 - the keeper must not end before the pool does
                log.error("keeping the detection workers failed: %s", origin(error))
                time.sleep(tick)
        for worker in (*self._new, *self._idle):
            worker.close()

    def _kill_late(self) -> None:
        now = time.monotonic()
        with self._changed:
            late = [worker for worker in self._busy if worker.deadline is not None and worker.deadline <= now]
        for worker in late:
            log.error("a detection worker took longer than %.0f seconds and was ended", self._seconds)
            worker.kill()

    def _is_spent(self, worker: Worker) -> bool:
        return worker.jobs >= self._jobs or worker.resident - worker.grown_from > MAX_GROWTH

    def _drop_spent(self) -> None:
        """Take dead workers out, and spent ones once another is there in their place."""
        with self._changed:
            over = len(self._idle) + len(self._busy) - self._count
            dead = [worker for worker in self._idle if not worker.alive]
            spent = [worker for worker in self._idle if worker not in dead and self._is_spent(worker)]
            leaving = [*dead, *spent[: max(0, over)]]
            for worker in leaving:
                self._idle.remove(worker)
                self.replaced += 1
        for worker in leaving:
            worker.close()

    def _fill_up(self) -> None:
        """Start what is missing, and a successor for each spent worker; more slowly each time that this fails."""
        with self._changed:
            there = [*self._idle, *self._busy]
            fit = sum(not self._is_spent(worker) for worker in there)
        for _ in range(self._count - fit - len(self._new)):
            if time.monotonic() < self._next_start or self._closed:
                return
            try:
                worker = self._start()
            except OSError as error:
                self._failed(origin(error))
                return
            worker.deadline = time.monotonic() + START_SECONDS
            with self._changed:
                self._new[worker] = list(self._settings.values()) or [Settings("", DetectSettings())]
            self._ask(worker)

    def _ask(self, worker: Worker) -> None:
        """Have a new worker load its next settings."""
        settings = self._new[worker][0]
        try:
            worker.send(Job(settings.key, settings.values, [(text, "") for text in _FIRST_TEXTS]))
        except OSError:
            self._give_up(worker, "it ended")

    def _load(self, tick: float) -> None:
        """Wait for new workers to be ready, for a tick at most."""
        if not self._new:
            with self._changed:
                self._changed.wait(tick)
            return
        answered = wait([worker.connection for worker in self._new], tick)
        for worker in list(self._new):
            if worker.connection in answered:
                self._answered(worker)
            elif worker.deadline is not None and worker.deadline <= time.monotonic():
                self._give_up(worker, "it took too long")

    def _answered(self, worker: Worker) -> None:
        try:
            worker.receive(len(_FIRST_TEXTS))
        except DetectorError as error:
            self._give_up(worker, str(error))
            return
        except (EOFError, OSError):
            self._give_up(worker, "it ended")
            return
        self._new[worker].pop(0)
        if self._new[worker]:
            self._ask(worker)
            return
        with self._changed:
            del self._new[worker]
            worker.deadline, worker.jobs = None, 0
            self._idle.append(worker)
            self._failures, self._ready = 0, True
            self._changed.notify_all()

    def _give_up(self, worker: Worker, reason: str) -> None:
        with self._changed:
            del self._new[worker]
        worker.close()
        if not self._closed:
            self._failed(reason)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        self._next_start = time.monotonic() + min(_MAX_PAUSE, 0.5 * 2**self._failures)
        log.error("a detection worker didn't start: %s", reason)


def _batches(items: Sequence[Item]) -> Iterable[list[int]]:
    """Indices of texts that go together."""
    batch: list[int] = []
    size = 0
    for index, (text, _) in enumerate(items):
        if batch and size + len(text) > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += len(text)
    if batch:
        yield batch
