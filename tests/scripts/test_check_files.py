"""`scripts/check_files.py`."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "check_files.py"
spec = importlib.util.spec_from_file_location("check_files", SCRIPT)
assert spec
assert spec.loader
check_files = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_files)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(b"a\nb\n", [], id="clean"),
        pytest.param(b"a\nb  \nc\n", ["blanks at the end of line 2"], id="blanks"),
        pytest.param(b"a", ["no line end at the end"], id="no line end"),
        pytest.param(b"a\n\n", ["blank lines at the end"], id="blank lines"),
        pytest.param(b"a\n<<<<<<< HEAD\n", ["a conflict mark"], id="conflict"),
        pytest.param(b"-----BEGIN PRIVATE" + b" KEY-----\nMIGHAgEAMBMGByqGSM49\n", ["a private key"], id="key"),
        pytest.param(b"-----BEGIN PRIVATE" + b" KEY-----\n...\n", [], id="mention of a key"),
        pytest.param(b"\x00a ", [], id="binary"),
    ],
)
def test_problems(tmp_path: Path, raw: bytes, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each, status 1 if there is any."""
    path = tmp_path / "file"
    path.write_bytes(raw)
    assert check_files.main([str(path)]) == int(bool(words))
    assert capsys.readouterr().out == "".join(f"{path}: {word}\n" for word in words)
