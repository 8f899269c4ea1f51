"""A second proxy in a process of its own: mitmproxy keeps its state in the module, so that one process holds one.

Run with the address of the upstream, a folder, a policy and a vault; says its port on stdout, and ends with its stdin.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tests.harness import ROOT
from tests.proxy.live import live_proxy


@contextlib.contextmanager
def another_proxy(upstream_port: int, folder: Path, policy: str, vault: str) -> Iterator[int]:
    """The port of a proxy that finds something else than ours in whatever it hasn't seen.

    Args:
        folder: Of a `LiveProxy` that runs: its CA, its keys, and the upstream's CA are taken.
    """
    command = [sys.executable, "-m", __name__, str(upstream_port), str(folder), policy, vault]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.communicate(timeout=120)


class _UpstreamCa:
    """The upstream's authority, of which only the certificate is here."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, path: Path) -> Path:
        if path != self._path:
            shutil.copyfile(self._path, path)
        return path


def _serve(upstream_port: int, folder: Path, policy: str, vault: str) -> None:
    from tests.proxy.test_history import NoisyDetector

    authority = cast("Any", _UpstreamCa(folder / "upstream-ca.pem"))
    detector = NoisyDetector(seed=11)
    with live_proxy(upstream_port, authority, folder, policy=policy, vault=vault, detector=detector) as proxy:
        sys.stdout.write(f"{proxy.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
