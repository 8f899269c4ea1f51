"""A log is whole after all that honest processes do to it, and whatever anybody else does to it shows."""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.audit import log as audit_log
from dlp.audit.chain import Head, Signer, head_of_tail, key_id, link, place_of, public_key
from dlp.audit.events import MAX_LINE_BYTES
from dlp.audit.log import SEAL_EVERY, AuditLog
from dlp.audit.verify import Report, verify
from tests.audit.test_log import EVENT
from tests.harness import ROOT

KEY = b"a key that all processes of a test have"
KEYS = {key_id(public_key(KEY)): public_key(KEY)}


def filled(folder: Path, count: int = 20) -> Path:
    path = folder / "audit.jsonl"
    log = AuditLog(path, Signer(KEY))
    for number in range(count):
        log.write(replace(EVENT, request_id=f"req_{number}"))
    log.close()
    return path


def logs_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("audit.jsonl*") if path.suffix != ".seals"]


def check(*paths: Path, at_least: int = 0) -> Report:
    return verify(paths, KEYS, at_least=at_least)


def whole(*paths: Path) -> Report:
    report = check(*paths)
    assert report.problems == []
    return report


def test_a_closed_log_is_sealed_to_its_end(tmp_path: Path) -> None:
    report = whole(filled(tmp_path))
    assert (report.first, report.last, report.sealed_to, report.notes) == (1, 20, 20, [])


def test_records_keep_their_form_and_get_a_place(tmp_path: Path) -> None:
    first, second = filled(tmp_path, 2).read_bytes().splitlines(keepends=True)
    assert place_of(first) == Head(1, "0" * 64)
    assert first.startswith(EVENT.to_line()[:40])
    assert json.loads(second)["seq"] == 2


def test_a_restart_goes_on_with_the_chain(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    report = whole(filled(tmp_path, 4))
    assert (report.last, report.sealed_to) == (7, 7)


def test_a_long_log_is_sealed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, Signer(KEY))
    for _ in range(SEAL_EVERY + 5):
        log.write(EVENT)
    report = whole(path)
    assert report.sealed_to == SEAL_EVERY
    assert report.notes == ["no seal covers the last 5 records: written lately, or the process was killed"]
    log.close()


def test_what_was_written_last_is_sealed_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "SEAL_SECONDS", 0.01)
    sealed = threading.Event()
    real = Signer.seal
    monkeypatch.setattr(Signer, "seal", lambda self, head, time: (real(self, head, time), sealed.set())[0])
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, Signer(KEY))
    log.write(EVENT)
    assert sealed.wait(120)
    log.close()
    assert whole(path).sealed_to == 1


@pytest.mark.parametrize("size", [2000, 1])
def test_rotated_files_are_one_log(size: int, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, Signer(KEY), size=size, count=50)
    for _ in range(40):
        log.write(EVENT)
    log.close()
    files = logs_in(tmp_path)
    assert len(files) >= 4
    report = whole(*files)
    assert (report.first, report.last, report.sealed_to) == (1, 40, 40)


def test_no_more_files_are_kept_than_wanted(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, Signer(KEY), size=1, count=2)
    for _ in range(10):
        log.write(EVENT)
    log.close()
    assert {each.name for each in tmp_path.iterdir()} == {
        ".audit.jsonl.head",
        *(f"audit.jsonl{suffix}{seals}" for suffix in ("", ".1", ".2") for seals in ("", ".seals")),
    }
    report = whole(path, tmp_path / "audit.jsonl.1", tmp_path / "audit.jsonl.2")
    assert report.notes == ["the log begins at record 8; those before it are in files that were not named"]


def test_a_restart_between_rotation_and_the_next_record_goes_on(tmp_path: Path) -> None:
    path = filled(tmp_path, 3)
    path.rename(tmp_path / "audit.jsonl.1")
    filled(tmp_path, 3)
    assert whole(tmp_path / "audit.jsonl.1", path).last == 6


def tampering(name: str, change: Callable[[list[bytes]], list[bytes]], expected: str) -> object:
    return pytest.param(change, expected, id=name)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        tampering("a count was edited", lambda lines: [*lines[:4], lines[4].replace(b"req_4", b"req_X"), *lines[5:]], "6: record 6 doesn't follow"),
        tampering("a line was removed", lambda lines: [*lines[:4], *lines[5:]], "records 5 to 5 are missing"),
        tampering("the first lines were removed", lambda lines: lines[3:], ""),
        tampering("two lines were swapped", lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], "record 5 is out of order"),
        tampering("a line was repeated", lambda lines: [*lines[:4], lines[3], *lines[4:]], "record 4 is out of order"),
        tampering("a line was slipped in", lambda lines: [*lines[:4], b'{"time":"x"}\n', *lines[4:]], "5: not a record of this log"),
        tampering("the end was cut off", lambda lines: lines[:15], "truncated: a seal covers record 20, but the log ends at 15"),
        tampering("all was removed", lambda lines: [], "truncated: a seal covers record 20, but the log ends at 0"),
        tampering("the last line was edited", lambda lines: [*lines[:-1], lines[-1].replace(b"req_19", b"req_XX")], "record 20 or one before it was changed after it was sealed"),
    ],
)  # fmt: skip
def test_tampering_shows(change: Callable[[list[bytes]], list[bytes]], expected: str, tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    report = check(path)
    if expected:
        assert expected in " | ".join(report.problems)
    else:
        assert report.notes == ["the log begins at record 4; those before it are in files that were not named"]


def test_a_chain_that_was_computed_anew_has_no_seal(tmp_path: Path) -> None:
    """Who can write the file can chain it again, but not sign it."""
    path = filled(tmp_path)
    head, lines = Head(), []
    for line in path.read_bytes().splitlines(keepends=True):
        plain = line[: line.rindex(b',"seq":')] + b"}\n"
        linked, head = link(plain.replace(b"req_4", b"req_X"), head)
        lines.append(linked)
    path.write_bytes(b"".join(lines))
    assert check(path).problems == ["record 20 or one before it was changed after it was sealed"]
    assert verify([path], {}).problems != []


def test_seals_of_somebody_else_dont_count(tmp_path: Path) -> None:
    path = filled(tmp_path)
    other = public_key(secrets.token_bytes(32))
    assert "was made with a key that was not given" in verify([path], {key_id(other): other}).problems[0]
    seals = path.with_name("audit.jsonl.seals")
    seals.write_bytes(seals.read_bytes().replace(b'"seq":20', b'"seq":19'))
    assert check(path).problems == ["the seal of record 19 is forged: its signature doesn't hold"]


def test_log_and_seals_cut_together_show_to_who_knows_the_number(tmp_path: Path) -> None:
    path = filled(tmp_path, 5)
    five = path.read_bytes(), path.with_name("audit.jsonl.seals").read_bytes()
    filled(tmp_path, 5)
    path.write_bytes(five[0])
    path.with_name("audit.jsonl.seals").write_bytes(five[1])
    assert check(path).problems == []
    assert check(path, at_least=10).problems == ["truncated: the log ends at record 5, but it is known to have had 10"]


@settings(max_examples=40)
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_bit_can_be_flipped(position: int, bit: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = filled(tmp_path_factory.mktemp("log"), 5)
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1 << bit
    path.write_bytes(content)
    assert check(path).problems


def test_a_torn_line_is_noted_and_the_chain_goes_on(tmp_path: Path) -> None:
    """A process was killed while it wrote; nobody's log is called forged for that."""
    path = filled(tmp_path, 3)
    with path.open("ab") as file:
        file.write(EVENT.to_line()[:50])
    assert whole(path).notes == [f"{path}:4: the last line is torn: a process died while it wrote"]
    filled(tmp_path, 3)
    assert whole(path).last == 6


def test_a_log_from_before_there_were_chains_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(EVENT.to_line() * 3)
    filled(tmp_path, 3)
    assert whole(path).records == 3
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    assert whole(path).records == 3  # only the line before the chain is vouched for
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[2:]))
    assert "what stood before the first record was changed or removed" in check(path).problems[0]


def _write_many(path: Path, size: int, count: int) -> None:
    log = AuditLog(path, Signer(KEY), size=size, count=100)
    for _ in range(count):
        log.write(EVENT)
    log.close()


def test_processes_share_one_chain_and_rotate_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(path, 20_000, 200)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    report = whole(*logs_in(tmp_path))
    assert (report.first, report.last, report.records) == (1, 400, 400)


def test_rotation_by_somebody_else_under_load_loses_nothing(tmp_path: Path) -> None:
    """Logrotate renames the file while threads of two logs write to it."""
    path = tmp_path / "audit.jsonl"
    logs = [AuditLog(path, Signer(KEY)), AuditLog(path, Signer(KEY))]
    threads = [threading.Thread(target=lambda log=log: [log.write(EVENT) for _ in range(300)]) for log in logs]
    for thread in threads:
        thread.start()
    rotated = 0
    while any(thread.is_alive() for thread in threads):
        if path.exists() and path.stat().st_size > 10_000:
            rotated += 1
            path.rename(tmp_path / f"audit.jsonl.{rotated}")
    for log in logs:
        log.close()
    assert rotated
    report = whole(*logs_in(tmp_path))
    assert report.records == 600


KILLED = """
import sys
from pathlib import Path
from dlp.audit.chain import Signer
from dlp.audit.log import AuditLog
from tests.audit.test_log import EVENT
log = AuditLog(Path(sys.argv[1]), Signer(bytes(range(1, 33))), size=50_000, count=1000)
print("ready", flush=True)
while True:
    log.write(EVENT)
"""


def test_a_killed_process_leaves_a_log_that_holds(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        while not path.exists() or path.stat().st_size < 5_000:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    key = public_key(bytes(range(1, 33)))
    files = logs_in(tmp_path)
    report = verify(files, {key_id(key): key})
    assert report.problems == []
    assert report.records > 10


def test_seals_that_cant_be_written_cost_no_record(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl.seals").mkdir()
    path = filled(tmp_path, SEAL_EVERY + 1)
    (tmp_path / "audit.jsonl.seals").rmdir()
    assert whole(path).records == SEAL_EVERY + 1


def test_the_end_of_a_chain_is_found_from_any_tail() -> None:
    head, lines = Head(), b""
    for _ in range(3):
        line, head = link(EVENT.to_line(), head)
        lines += line
    assert head_of_tail(lines) == head
    assert head_of_tail(lines[150:]) == head
    assert head_of_tail(b"") == Head()
    assert head_of_tail(lines + b'{"ti').seq == 3


def test_a_line_of_another_program_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"x" * (10 * MAX_LINE_BYTES))
    report = check(path)
    assert (report.records, report.last) == (0, 0)
