"""What we depend on keeps quiet: no library leaves traces of its own or calls home when detection runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.harness import ROOT

PROGRAM = """
import socket, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"{event}: somebody calls home")

sys.addaudithook(refuse)
from dlp.detect import build_detector
from dlp.policy.load import load_policy
found = build_detector(load_policy("everything").detect).find("Anna Keller lives in Berlin, anna@example.org, www.example.org")
assert found
"""


def test_detection_writes_nothing_and_connects_nowhere(tmp_path: Path) -> None:
    """A fresh home stays empty: no device ids, no downloads; nothing but our own compiled patterns, where caches belong."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert {(path.parent, path.suffix) for path in written} <= {(Path(".cache/dlp"), ".hsdb")}
