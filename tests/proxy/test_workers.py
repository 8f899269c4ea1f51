"""The proxy as a process with workers: they work, they tell nothing, and none is left behind however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess, leaks_of, wait_for
from tests.proxy.test_process import call

MAIL = "anna.keller@nordwind-labs.org"


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see processes")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_no_worker_outlives_the_proxy(ending: signal.Signals, tmp_path: Path) -> None:
    with FakeProviders() as fake, ProxyProcess(fake, tmp_path, options={"dlp_workers": "1"}) as proxy:
        wait_for(lambda: children(proxy.pid))
        (worker,) = children(proxy.pid)
        if ending is signal.SIGINT:
            status, _, body = call(proxy, "All went as planned, says the report of the week. " * 40 + MAIL)
            assert status == 200
            assert MAIL in body
            assert leaks_of(fake.received, [MAIL]) == []
            assert MAIL not in proxy.output()
            assert MAIL.encode() not in Path(f"/proc/{worker}/cmdline").read_bytes()
        os.kill(proxy.pid, ending)
        wait_for(lambda: not alive(worker))
