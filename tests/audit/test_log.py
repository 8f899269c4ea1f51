"""The audit log appends whole lines, follows rotation, and says so when it can't write."""

from __future__ import annotations

import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from dlp.audit.events import AuditEvent
from dlp.audit.log import AuditLog
from dlp.errors import AuditError, ConfigurationError
from dlp.types import Verdict

EVENT = AuditEvent(
    time="2026-11-21T00:00:00.000Z",
    request_id="req_1",
    client="127.0.0.1",
    host="api.openai.com",
    method="POST",
    path="/v1/chat/completions",
    action=Verdict.PASS,
)


def ids(path: Path) -> list[str]:
    return [json.loads(line)["request_id"] for line in path.read_bytes().splitlines()]


def test_lines_are_appended_to_a_file_of_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    log.write(EVENT)
    log.write(replace(EVENT, request_id="req_2"))
    assert ids(path) == ["req_1", "req_2"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_restart_continues_the_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.touch()
    path.chmod(0o640)
    AuditLog(path).write(EVENT)
    AuditLog(str(path)).write(EVENT)
    assert len(ids(path)) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_standard_error_is_a_target(capfd: pytest.CaptureFixture[str]) -> None:
    log = AuditLog("-")
    log.write(EVENT)
    assert json.loads(capfd.readouterr().err)["request_id"] == "req_1"
    log.close()
    os.write(2, b"still open\n")
    assert capfd.readouterr().err == "still open\n"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("missing/audit.jsonl", "No such file or directory"),
        ("folder", "Is a directory"),
        ("file/audit.jsonl", "Not a directory"),
        ("pipe", "not a regular file"),
        ("nul\0", "not a usable path"),
    ],
)
def test_a_bad_target_is_found_at_start(
    target: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    shown = target.replace("\0", "\\x00")
    with pytest.raises(ConfigurationError) as caught:
        AuditLog(target)
    assert str(caught.value) == (
        f"cannot open audit log {shown}: {reason}. "
        "Point dlp_audit at a file in a writable folder, or use '-' for standard error."
    )


def test_a_pipe_with_a_reader_is_no_log(tmp_path: Path) -> None:
    """A reader that stops reading would stop every request."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(ConfigurationError, match="not a regular file"):
            AuditLog(path)
    finally:
        os.close(reader)


@pytest.mark.may_skip
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_raises_and_the_log_goes_on_when_there_is_room() -> None:
    log = AuditLog("/dev/full")
    for _ in range(2):
        with pytest.raises(AuditError, match=r"^cannot write audit log /dev/full: No space left on device$"):
            log.write(EVENT)


def test_a_line_cut_by_a_full_disk_doesnt_spoil_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path)
    real_write = os.write
    calls = 0

    def fill_up(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            return real_write(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fill_up)
        with pytest.raises(AuditError):
            log.write(EVENT)
    log.write(replace(EVENT, request_id="req_2"))
    first, second = path.read_bytes().splitlines()
    assert len(first) == 10
    assert json.loads(second)["request_id"] == "req_2"


@pytest.mark.parametrize("how", ["renamed", "removed", "replaced"])
def test_rotation_starts_a_new_file(how: str, tmp_path: Path) -> None:
    path, old = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    log = AuditLog(path)
    log.write(EVENT)
    if how == "removed":
        path.unlink()
    else:
        path.rename(old)
    if how == "replaced":
        path.touch()
    log.write(replace(EVENT, request_id="req_2"))
    assert ids(path) == ["req_2"]
    assert how == "removed" or ids(old) == ["req_1"]


def test_a_folder_that_went_away_raises_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = AuditLog(folder / "audit.jsonl")
    folder.rename(tmp_path / "moved")
    with pytest.raises(AuditError, match="No such file or directory"):
        log.write(EVENT)
    folder.mkdir()
    log.write(EVENT)
    assert ids(folder / "audit.jsonl") == ["req_1"]


def test_a_closed_log_raises(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.close()
    log.close()
    with pytest.raises(AuditError, match="log is closed"):
        log.write(EVENT)


def test_threads_and_processes_dont_mix_their_lines(tmp_path: Path) -> None:
    """Two logs on one file, as two processes have them, each with several threads."""
    path = tmp_path / "audit.jsonl"
    logs = [AuditLog(path), AuditLog(path)]

    def write(log: AuditLog, name: str) -> None:
        for number in range(50):
            log.write(replace(EVENT, request_id=f"{name}-{number}"))

    threads = [threading.Thread(target=write, args=(logs[n % 2], f"t{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(path)) == sorted(f"t{n}-{number}" for n in range(4) for number in range(50))
