"""Workers that hang, die, grow and are too few: what was asked is answered or refused, and the pool is whole again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from dlp.detect.workers import WorkerPool, parse_workers
from dlp.detect.workers.detector import INLINE_CHARACTERS, PooledDetector
from dlp.detect.workers.messages import Answer, pack_answer, pack_error, unpack_answer
from dlp.detect.workers.pool import BATCH_CHARACTERS, MAX_GROWTH, _granted_cores
from dlp.errors import ConfigurationError, DetectorError, Overloaded
from dlp.policy.model import DetectSettings, NerSettings
from dlp.types import Finding
from tests.harness import ROOT, wait_for

LONG = "all is well here, and nothing is to be found. " * 20 + "write to anna.keller@nordwind-labs.org "
SETTINGS = DetectSettings(ner=NerSettings(pipeline="none"))


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    running = WorkerPool(2)
    yield running
    running.close()


@pytest.fixture(scope="module")
def shared(pool: WorkerPool) -> PooledDetector:
    made = PooledDetector(SETTINGS, pool)
    pool.start()
    return made


@pytest.fixture
def detector(shared: PooledDetector, pool: WorkerPool) -> PooledDetector:
    """The detector, once both workers are there (again)."""
    wait_for(lambda: pool.workers == 2)
    return shared


@pytest.fixture
def hurry(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time limit that is worth waiting for."""
    monkeypatch.setattr(pool, "_seconds", 1.0)


class Stopped:
    """Workers that don't get on, as if they were caught in an endless loop."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pids = pool.pids()

    def __enter__(self) -> Self:
        self.tell(signal.SIGSTOP)
        return self

    def __exit__(self, *exception: object) -> None:
        self.tell(signal.SIGCONT)

    def tell(self, number: signal.Signals) -> None:
        for pid in self.pids:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, number)


def test_workers_find_what_this_process_finds(detector: PooledDetector) -> None:
    items = [(LONG + str(number), "") for number in range(5)] + [("4111 1111 1111 1111", "card"), ("\ud800 x", "")]
    found = detector.find_many(items)
    assert found == detector._here.examine(items)
    assert [finding.entity_type for finding in found[0]] == ["EMAIL_ADDRESS"]


def test_only_new_and_long_texts_leave_this_process(detector: PooledDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask = detector._pool.examine

    def counted(settings, items):
        asked.append(len(items))
        return ask(settings, items)

    monkeypatch.setattr(detector._pool, "examine", counted)
    turns = [(LONG + f"turn {number}", "") for number in range(4)]
    detector.find_many(turns[:3])
    detector.find_many(turns)
    detector.find_many([("x" * INLINE_CHARACTERS, "")])
    detector.find(LONG * 2)
    assert asked == [3, 1]


@pytest.mark.usefixtures("hurry")
def test_a_hanging_worker_is_ended_in_time_and_replaced(detector: PooledDetector, pool: WorkerPool) -> None:
    """The request is refused, and the next one finds two workers."""
    before = pool.replaced
    with Stopped(pool) as stopped, pytest.raises(DetectorError, match="too long"):
        detector.find_many([(LONG + "hang", "")])
    wait_for(lambda: pool.replaced > before and pool.workers == 2)
    assert set(pool.pids()) != set(stopped.pids)


def test_a_text_that_took_too_long_is_not_remembered(detector: PooledDetector) -> None:
    assert len(detector.find_many([(LONG + "hang", "")])[0]) == 1


@pytest.mark.usefixtures("hurry")
def test_even_one_that_no_longer_reads(detector: PooledDetector, pool: WorkerPool) -> None:
    """A job longer than what the socket takes by itself: handing it over hangs, not waiting for the answer."""
    with Stopped(pool), pytest.raises(DetectorError, match="too long"):
        detector.find_many([(LONG * 5000, "")])


def test_a_worker_that_dies_refuses_its_request_alone(detector: PooledDetector, pool: WorkerPool) -> None:
    with Stopped(pool) as stopped, ThreadPoolExecutor(1) as thread:
        asked = thread.submit(detector.find_many, [(LONG + "die", "")])
        wait_for(lambda: pool._busy)
        (busy,) = pool._busy
        os.kill(busy.pid, signal.SIGKILL)
        with pytest.raises(DetectorError, match="died"):
            asked.result()
        stopped.tell(signal.SIGCONT)
        assert len(detector.find_many([(LONG + "next", "")])[0]) == 1


def test_a_worker_that_died_in_its_sleep_harms_nobody(detector: PooledDetector, pool: WorkerPool) -> None:
    asleep = list(pool._idle)
    for worker in asleep:
        worker.kill()
    wait_for(lambda: not any(worker.alive for worker in asleep))
    assert len(detector.find_many([(LONG + "sleep", "")])[0]) == 1


def test_an_error_says_no_text_and_costs_no_worker(detector: PooledDetector, pool: WorkerPool) -> None:
    before = pool.pids()
    (worker,) = pool._idle[-1:]
    worker.known.add("unknown")
    broken = type(detector._settings)("unknown", SETTINGS)
    pool._idle[:] = [worker, *pool._idle[:-1]]
    with pytest.raises(DetectorError, match="doesn't know") as error:
        pool.examine(broken, [(LONG, "")])
    assert "anna" not in str(error.value)
    assert pool.pids() == before


def test_who_waits_is_served_in_order_and_long_ones_in_turn(detector: PooledDetector, pool: WorkerPool) -> None:
    """A prompt of many batches lets others in between: a short one that comes later ends earlier."""
    ended: list[str] = []

    def ask(name: str, items: list[tuple[str, str]]) -> None:
        pool.examine(detector._settings, items)
        ended.append(name)

    long_text = LONG * (BATCH_CHARACTERS // len(LONG))
    with Stopped(pool) as stopped, ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(ask, "long", [(f"{long_text}{n}", "") for n in range(8)])]
        wait_for(lambda: len(pool._busy) == 2)
        jobs.append(threads.submit(ask, "short", [(LONG + "short", "")]))
        wait_for(lambda: pool.waiting == 1)
        stopped.tell(signal.SIGCONT)
        for job in jobs:
            job.result()
    assert ended == ["short", "long"]


@pytest.mark.usefixtures("hurry")
def test_whoever_waits_too_long_is_told_to_come_back(detector: PooledDetector, pool: WorkerPool) -> None:
    taken = [pool._take(time.monotonic() + 60, patient=True) for _ in range(2)]
    try:
        with pytest.raises(Overloaded):
            pool.examine(detector._settings, [(LONG + "late", "")])
    finally:
        for worker in taken:
            assert worker is not None
            pool._give_back(worker)


@pytest.mark.parametrize("reason", ["jobs", "growth"])
def test_a_spent_worker_goes_when_its_successor_is_there(
    reason: str, detector: PooledDetector, pool: WorkerPool
) -> None:
    """There are never fewer workers than were asked for."""
    spent = pool._idle[0]
    fewest = [2]
    watching = threading.Event()

    def watch() -> None:
        while not watching.is_set():
            fewest.append(pool.workers)
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if reason == "jobs":
        spent.jobs = pool._jobs
    else:
        spent.resident = spent.grown_from + MAX_GROWTH + 1
    wait_for(lambda: spent.pid not in pool.pids() and pool.workers == 2)
    watching.set()
    watcher.join()
    assert min(fewest) == 2


def test_until_there_are_workers_texts_are_examined_here() -> None:
    pool = WorkerPool(1)
    detector = PooledDetector(SETTINGS, pool)
    assert not pool.ready
    assert len(detector.find_many([(LONG, "")])[0]) == 1


def test_a_worker_that_cannot_start_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """More slowly each time, and said in the log."""
    tries = 0

    def fail():
        nonlocal tries
        tries += 1
        raise OSError("no more processes")

    pool = WorkerPool(1, start=fail)
    pool.start()
    wait_for(lambda: tries == 2)
    pool.close()
    assert not pool.ready
    assert "didn't start" in caplog.text


def test_workers_end_with_a_pool_that_was_killed() -> None:
    """No orphans, not even in the middle of a job."""
    program = (
        "import sys, threading, time\n"
        "from dlp.detect.workers import WorkerPool\n"
        "from dlp.detect.workers.detector import PooledDetector\n"
        "from dlp.policy.model import DetectSettings, NerSettings\n"
        "pool = WorkerPool(1)\n"
        "detector = PooledDetector(DetectSettings(ner=NerSettings(pipeline='none')), pool)\n"
        "pool.start()\n"
        "while not pool.ready: time.sleep(0.01)\n"
        "threading.Thread(target=detector.find_many, args=([('mail a@b.example ' * 400_000, '')],), daemon=True).start()\n"
        "while not pool._busy: time.sleep(0.01)\n"
        "print(*pool.pids(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    with parent:
        assert parent.stdout is not None
        (worker,) = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
        parent.wait()
    wait_for(lambda: not Path(f"/proc/{worker}").exists())


def test_closing_ends_all(detector: PooledDetector) -> None:
    pool = WorkerPool(2)
    mine = PooledDetector(SETTINGS, pool)
    pool.start()
    wait_for(pool.pids)
    pids = pool.pids()
    pool.close()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert len(mine.find_many([(LONG, "")])[0]) == 1  # in this process, as before there were any


# -- words between the two ---------------------------------------------------------------------------------------------

FOUND = Finding(entity_type="X", start=1, end=3, score=0.5, recognizer="r", validated=True, details=("a", "b"))


def test_findings_arrive_as_they_were() -> None:
    (again,) = unpack_answer(pack_answer(Answer([(FOUND,)], 5)), 1).found
    assert again == (FOUND,)
    assert again[0].details == FOUND.details


@pytest.mark.parametrize(
    "data",
    [
        pack_error("detection failed"),
        pack_answer(Answer([], 5)),
        b"",
        b"{}",
        b"[1]",
        b'[1, [[["X", 0, 1]]]]',
        b'[1, [[["X", "zero", 1, 1, "r", true, []]]]]',
        b"\xff\xff",
    ],
    ids=["error", "too few", "empty", "object", "short", "finding cut short", "no number", "no text"],
)
def test_an_answer_that_makes_no_sense_is_refused(data: bytes) -> None:
    with pytest.raises(DetectorError):
        unpack_answer(data, 1)


def test_the_number_of_workers() -> None:
    assert parse_workers("auto") >= 2
    assert parse_workers("0") == 0
    for wrong in ("-1", "two", "1000", ""):
        with pytest.raises(ConfigurationError, match="expected auto or a number"):
            parse_workers(wrong)


@pytest.mark.parametrize(
    ("said", "cores"), [("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", 256), ("", 256), (None, 256)]
)
def test_a_container_has_the_cores_it_is_granted(said: str | None, cores: int, tmp_path: Path) -> None:
    """Not those of the machine, which would start more workers than its memory holds."""
    file = tmp_path / "cpu.max"
    if said is not None:
        file.write_text(said)
    assert _granted_cores(file) == cores
