"""`dlp.files`: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dlp.files import create_file, replace_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_create_makes_a_private_file(tmp_path: Path) -> None:
    """The content is there, for its owner alone, and no draft is left."""
    assert create_file(tmp_path / "key", b"secret") is True
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert mode(tmp_path / "key") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_create_never_replaces(tmp_path: Path) -> None:
    """The loser of a race is told, and the winner's file stays."""
    (tmp_path / "key").write_bytes(b"first")
    assert create_file(tmp_path / "key", b"second") is False
    assert (tmp_path / "key").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_replace_sets_content_and_mode(tmp_path: Path) -> None:
    """Whatever was there and whatever the umask is."""
    (tmp_path / "file").write_bytes(b"old")
    before = os.umask(0o077)
    try:
        replace_file(tmp_path / "file", b"new", 0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert mode(tmp_path / "file") == 0o644


@pytest.mark.parametrize("write", [create_file, replace_file])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object) -> None:
    """The error comes out, the target is as it was, and the draft is gone."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "file", b"data")  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_replace_onto_a_folder_fails_cleanly(tmp_path: Path) -> None:
    """A target that can't be replaced leaves no draft."""
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "file", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
