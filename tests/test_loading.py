"""What a process does about its memory while it loads."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from dlp.loading import ENV_ARENAS, loaded, loading
from tests.harness import ROOT


def test_garbage_is_left_alone_while_loading() -> None:
    assert gc.isenabled()
    with loading():
        assert not gc.isenabled()
        with loading():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), loading():
        raise KeyError
    assert gc.isenabled()


def test_what_is_loaded_is_not_walked_again() -> None:
    kept = [[number] for number in range(1000)]
    try:
        loaded()
        assert gc.get_freeze_count() > len(kept)
        assert not any(one is kept for one in gc.get_objects())
    finally:
        gc.unfreeze()


_HEAPS = """
import ctypes, sys, threading
from dlp.loading import share_heaps
if "share" in sys.argv:
    share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(6)
def work():
    together.wait()
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def _heaps(*arguments: str, **environment: str) -> int:
    """How many heaps a process with six threads has, as glibc tells it."""
    kept = {name: value for name, value in os.environ.items() if name != ENV_ARENAS}
    run = subprocess.run(
        [sys.executable, "-c", _HEAPS, *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="heaps are glibc's")
def test_threads_share_two_heaps_unless_somebody_has_decided_otherwise() -> None:
    assert _heaps() > 2
    assert _heaps("share") <= 2
    assert _heaps("share", **{ENV_ARENAS: "5"}) > 2
