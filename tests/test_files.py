"""`dlp.files`: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.files import create_file, ensure_private, read_private, replace_file


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


def test_a_private_file_is_read(tmp_path: Path) -> None:
    create_file(tmp_path / "key", b"secret")
    assert read_private(tmp_path / "key", "key", 6) == b"secret"


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, bits: int) -> None:
    """The message names the file, its mode and the remedy, and nothing of what is in it."""
    path = tmp_path / "key"
    create_file(path, b"secret", bits)
    with pytest.raises(ConfigurationError) as caught:
        read_private(path, "key of the test", 6)
    expected = f"the key of the test {path} is open to other users (mode {bits:04o}); run: chmod 600 {path}"
    assert str(caught.value) == expected


def test_bits_that_do_no_harm_can_be_named(tmp_path: Path) -> None:
    create_file(tmp_path / "key", b"secret", 0o640)
    assert read_private(tmp_path / "key", "key", 6, others=0o007) == b"secret"


def test_a_remedy_of_ones_own(tmp_path: Path) -> None:
    create_file(tmp_path / "key", b"secret", 0o644)
    with pytest.raises(ConfigurationError, match=r"\(mode 0644\)\. Burn it$"):
        read_private(tmp_path / "key", "key", 6, remedy=". Burn it")


def test_a_private_file_has_an_end(tmp_path: Path) -> None:
    """One byte too many is refused, and not cut off."""
    create_file(tmp_path / "key", b"secret")
    with pytest.raises(ConfigurationError, match="larger than 5 bytes"):
        read_private(tmp_path / "key", "key", 5)


def test_a_private_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_private(tmp_path / "key", "key", 5)


def test_ensure_private_makes_folder_and_file_once(tmp_path: Path) -> None:
    """What is there is left alone, mode and content."""
    path = tmp_path / "folder" / "file.db"
    assert stat.S_IMODE(ensure_private(path)) == 0o600
    assert mode(path.parent) == 0o700
    path.write_bytes(b"content")
    path.chmod(0o640)
    assert stat.S_IMODE(ensure_private(path)) == 0o640
    assert path.read_bytes() == b"content"
