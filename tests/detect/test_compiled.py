"""Compiled databases are kept, and read again only where nobody else can have written them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

hyperscan = pytest.importorskip("hyperscan")

from dlp.detect import compiled  # noqa: E402 - after the skip

EXPRESSIONS = {1: "lighthouse", 2: "keeper[0-9]"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(compiled.ENV_CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache"


class Compiler:
    """Hyperscan's own, counting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs = 0
        monkeypatch.setattr(compiled, "hyperscan", self)

    def __getattr__(self, name: str) -> Any:
        self.runs += name == "Database"
        return getattr(hyperscan, name)


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    return Compiler(monkeypatch)


def found(text: bytes = b"lighthouse keeper7") -> set[int]:
    database = compiled.database("test", EXPRESSIONS, hyperscan.HS_FLAG_SINGLEMATCH)
    numbers: set[int] = set()
    database.scan(text, match_event_handler=lambda number, *_: numbers.add(number), scratch=hyperscan.Scratch(database))
    return numbers


def kept(folder: Path) -> Path:
    (path,) = folder.glob("test-*.hsdb")
    return path


def test_it_is_compiled_once(folder: Path, compiler: Compiler) -> None:
    assert found() == {1, 2}
    assert kept(folder).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert found() == {1, 2}
    assert compiler.runs == 1


def test_other_expressions_are_another_database(folder: Path, compiler: Compiler) -> None:
    found()
    compiled.database("test", EXPRESSIONS | {3: "beacon"}, hyperscan.HS_FLAG_SINGLEMATCH)
    compiled.database("test", EXPRESSIONS, 0)
    assert (compiler.runs, len(list(folder.iterdir()))) == (3, 3)


def test_without_a_name_nothing_is_kept(folder: Path) -> None:
    compiled.database("", EXPRESSIONS, 0)
    assert not folder.exists()


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def readable_by_others(path: Path) -> None:
    path.chmod(0o644)


def in_an_open_folder(path: Path) -> None:
    path.parent.chmod(0o770)


def linked(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


def no_database(path: Path) -> None:
    """The digest is right and Hyperscan refuses the rest."""
    data = b"nothing that was ever compiled"
    path.write_bytes(compiled.sha256(data).digest() + data)


@pytest.mark.parametrize("spoil", [damaged, emptied, readable_by_others, in_an_open_folder, linked, no_database])
def test_a_file_that_cannot_be_trusted_is_not_read(folder: Path, compiler: Compiler, spoil: Any) -> None:
    found()
    spoil(kept(folder))
    assert found() == {1, 2}
    assert compiler.runs == 2


def test_somebody_elses_file_is_not_read(monkeypatch: pytest.MonkeyPatch, compiler: Compiler) -> None:
    found()
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    assert found() == {1, 2}
    assert compiler.runs == 2


def test_where_nothing_can_be_written_it_is_compiled_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: Compiler
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(compiled.ENV_CACHE, str(tmp_path / "file"))
    assert found() == found() == {1, 2}
    assert compiler.runs == 2


def test_databases_that_are_no_longer_made_go(folder: Path) -> None:
    found()
    old, other = folder / "test-0.hsdb", folder / "else-0.hsdb"
    for path in (old, other):
        path.touch()
        os.utime(path, (0, 0))
    compiled.database("test", {9: "beacon"}, 0)
    assert not old.exists()
    assert other.exists()
    assert len(list(folder.glob("test-*"))) == 2
