"""`python -m dlp audit`, from a key on the proxy to a verdict somewhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.audit.trail import AuditSettings, AuditTrail
from dlp.cli import NEGATIVE, OK, UNUSABLE, main
from tests.audit.test_log import EVENT


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    trail = AuditTrail(AuditSettings(str(path)), tmp_path / "state")
    for _ in range(3):
        trail.write(EVENT)
    trail.close()
    return path


def test_whoever_has_the_public_key_can_verify(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "key", "--state", str(log.parent / "state")]) == OK
    key = log.parent / "audit.pub"
    key.write_text(capsys.readouterr().out)
    assert main(["audit", "verify", "--key", str(key), str(log), f"{log}.seals"]) == OK
    assert capsys.readouterr().out == "whole: records 1 to 3, 1 seals, sealed up to 3\n"


def test_on_the_proxy_itself_its_own_key_is_used(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = str(log.parent / "state")
    assert main(["audit", "verify", "--state", state, str(log)]) == OK
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:2]))
    assert main(["audit", "verify", "--state", state, str(log)]) == NEGATIVE
    assert "truncated: a seal covers record 3, but the log ends at 2" in capsys.readouterr().out


def test_without_a_key_it_says_so(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", "--state", str(tmp_path / "none"), str(log)]) == OK
    assert "seals were not checked" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_after_a_rotation_of_keys_seals_of_both_hold(log: Path) -> None:
    """The new key stands first in the file, the older one below it: old seals can still be checked."""
    state = log.parent / "state"
    key = state / "audit.key"
    old = key.read_text()
    key.write_text("a3" * 8 + "5b1c90d2e4f60718" * 2 + "\n" + old)
    trail = AuditTrail(AuditSettings(str(log)), state)
    trail.write(EVENT)
    trail.close()
    assert main(["audit", "verify", "--state", str(state), str(log)]) == OK
    key.write_text("a3" * 8 + "5b1c90d2e4f60718" * 2 + "\n")
    assert main(["audit", "verify", "--state", str(state), str(log)]) == NEGATIVE


@pytest.mark.parametrize("form", ["table", "csv", "html"])
def test_reports(form: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "report", "--format", form, "--from", "2026-11-01", str(log)]) == OK
    assert "api.openai.com" in capsys.readouterr().out


def test_bad_files_and_times(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", str(tmp_path / "missing")]) == UNUSABLE
    (tmp_path / "bad.pub").write_text("ed25519 x y\n")
    assert main(["audit", "verify", "--key", str(tmp_path / "bad.pub"), str(log)]) == UNUSABLE
    assert "expected what" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["audit", "report", "--from", "yesterday", str(log)])


@pytest.mark.parametrize("content", [b"not a record\n", b"\x00\xff" * 500, b"{}\n" * 9], ids=["text", "bytes", "json"])
def test_what_holds_no_record_is_not_whole(content: bytes, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that was overwritten, with its seals taken away, shows nothing: that must not read as a clean bill."""
    log.write_bytes(content)
    Path(f"{log}.seals").unlink()
    assert main(["audit", "verify", "--state", str(log.parent / "state"), str(log)]) == NEGATIVE
    assert "no audit log, or one that was overwritten" in capsys.readouterr().out


def test_an_empty_log_is_said_to_be_empty(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new proxy has one; whether it had records only a number from elsewhere can tell."""
    log.write_bytes(b"")
    Path(f"{log}.seals").unlink()
    verify = ["audit", "verify", "--state", str(log.parent / "state"), str(log)]
    assert main(verify) == OK
    assert "there is no record; --at-least N" in capsys.readouterr().err
    assert main([*verify, "--at-least", "3"]) == NEGATIVE


def test_a_report_of_no_time_is_refused(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "report", "--from", "2026-11-30", "--to", "2026-11-01", str(log)]) == UNUSABLE
    assert "--from: expected a time before that of --to" in capsys.readouterr().err
