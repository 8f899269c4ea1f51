"""`dlp.cli.probe`: who listens."""

from __future__ import annotations

from pathlib import Path

from dlp.ca import CaFiles, ensure_ca
from dlp.cli.probe import Listener, who_listens


def test_nobody(ca_files: CaFiles, free_port: int) -> None:
    """A refused connection."""
    assert who_listens(f"http://127.0.0.1:{free_port}", ca_files) is Listener.NOBODY


def test_ours(ca_files: CaFiles, our_proxy: int) -> None:
    """TLS to a provider, opened with our CA; asked twice, since `run` polls."""
    assert who_listens(f"http://127.0.0.1:{our_proxy}", ca_files) is Listener.OURS
    assert who_listens(f"http://127.0.0.1:{our_proxy}", ca_files) is Listener.OURS


def test_another_program(ca_files: CaFiles, other_program: int) -> None:
    """What can't do CONNECT is not ours."""
    assert who_listens(f"http://127.0.0.1:{other_program}", ca_files) is Listener.OTHER


def test_a_proxy_with_another_ca(tmp_path: Path, our_proxy: int) -> None:
    """Another checkout's proxy: our clients would not trust it."""
    assert who_listens(f"http://127.0.0.1:{our_proxy}", ensure_ca(tmp_path / "other")) is Listener.OTHER
