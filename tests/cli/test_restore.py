"""`dlp operators`, `grant` and `restore`, as people and scripts use them."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dlp.cli import NEGATIVE, OK, UNUSABLE, main
from dlp.masking.keys import load_or_create_key
from dlp.masking.minting import Minter
from dlp.vault import open_vault

MAIL, SECRET = "anna.keller@nordwind.org", "hunter2-hunter2"
CODES = {name: f"{name} has a passcode" for name in ("root", "anna", "carl")}

Dlp = Callable[..., int]


class Place:
    """A state folder, a vault with two values of a caller, an audit log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = f"sqlite:{folder / 'vault.db'}"
        self.audit = folder / "audit.jsonl"
        self.also = ""
        """Further places of the audit log."""
        minter = Minter(load_or_create_key(folder), "default\0user:bert")
        self.mail, self.secret = minter.token("EMAIL_ADDRESS", MAIL), minter.token("PASSWORD", SECRET)
        vault = open_vault(self.vault, folder)
        vault.exchange("default\0user:bert", minter.values, 3600)
        vault.close()

    @property
    def options(self) -> list[str]:
        return ["--state", str(self.folder), "--audit", str(self.audit)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("dlp.restore.operators._N", 2**4)
    return Place(tmp_path)


@pytest.fixture
def dlp(place: Place, monkeypatch: pytest.MonkeyPatch) -> Dlp:
    """Run a verb whose lines of stdin are passcodes."""

    def run(*arguments: str, codes: tuple[str, ...] = ()) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{CODES.get(code, code)}\n" for code in codes)))
        audit = [] if arguments[1] == "list" else ["--audit", f"{place.audit}{place.also}"]
        vault = ["--vault", place.vault] if arguments[0] == "restore" else []
        return main([*arguments, "--state", str(place.folder), *audit, *vault])

    assert run("operators", "add", "root", "--role", "admin", codes=("root",)) == OK
    anna = ("operators", "add", "anna", "--role", "restore", "--never", "secret", "--admin", "root")
    assert run(*anna, codes=("root", "anna")) == OK
    assert run("operators", "add", "carl", "--role", "approve", "--admin", "root", codes=("root", "carl")) == OK
    return run


ANNA = ("--operator", "anna", "--reason", "ticket 4711")


def test_a_token_is_restored(dlp: Dlp, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert dlp("restore", place.mail, *ANNA, codes=("anna",)) == OK
    shown = capsys.readouterr()
    assert shown.out == f"{MAIL}\n"
    assert MAIL not in shown.err
    assert dlp("restore", place.mail, place.secret, *ANNA, codes=("anna",)) == NEGATIVE
    shown = capsys.readouterr()
    assert shown.out == f"{MAIL}\n{place.secret}\n"
    assert "1 tokens stand for what this operator may not see" in shown.err


def test_a_text_is_restored_within_a_grant(dlp: Dlp, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    text = place.folder / "answer.txt"
    text.write_bytes(f"Dear {place.mail},\r\n[PII:EMAIL:00000000] é".encode())
    assert dlp("grant", "open", *ANNA, "--user", "bert", "--for", "30m", codes=("anna",)) == OK
    grant = capsys.readouterr().out.strip()
    under = ("--operator", "anna", "--grant", grant)
    assert dlp("restore", "--file", str(text), *under, codes=("anna",)) == NEGATIVE
    assert capsys.readouterr().out == f"Dear {MAIL},\r\n[PII:EMAIL:00000000] é"
    assert dlp("grant", "list") == OK
    assert f"{grant}  anna, until " in capsys.readouterr().out
    assert dlp("grant", "close", grant, "--operator", "anna", codes=("anna",)) == OK
    assert dlp("restore", "--file", str(text), *under, codes=("anna",)) == NEGATIVE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "the grant is over" in shown.err


def test_two_people(dlp: Dlp, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert dlp("operators", "two-people", "on", "--admin", "root", codes=("root",)) == OK
    assert dlp("operators", "list") == OK
    listed = capsys.readouterr().out
    assert "anna: restore (never secret)\n" in listed
    assert listed.endswith("two people: on\n")
    assert dlp("restore", place.mail, *ANNA, codes=("anna",)) == NEGATIVE
    shown = capsys.readouterr()
    assert shown.out == ""
    grant = shown.err.partition("grant ")[2][:8]
    assert dlp("grant", "approve", grant, "--operator", "carl", codes=("carl",)) == OK
    assert dlp("restore", place.mail, "--operator", "anna", "--grant", grant, codes=("anna",)) == OK
    assert capsys.readouterr().out == f"{MAIL}\n"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--operator", "anna", "--reason", "ticket", "--vault", "memory"), UNUSABLE, "can't be reached"),
        (("--operator", "anna"), UNUSABLE, "a reason"),
        (("--operator", "nobody", "--reason", "ticket 4711"), NEGATIVE, "wrong name or passcode"),
        (("--operator", "carl", "--reason", "ticket 4711"), NEGATIVE, "wrong name or passcode"),
        ((*ANNA, "--audit", "-"), UNUSABLE, "on the record"),
        ((*ANNA, "--for", "9h"), NEGATIVE, "at most"),
        ((*ANNA, "--file", "answer.txt"), UNUSABLE, "name tokens, or a file"),
    ],
)
def test_it_says_why_not(
    arguments: tuple[str, ...],
    status: int,
    message: str,
    dlp: Dlp,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CODES['anna']}\n"))
    vault = [] if "--vault" in arguments else ["--vault", place.vault]
    options = place.options[:2] if "--audit" in arguments else place.options
    assert main(["restore", place.mail, *arguments, *vault, *options]) == status
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert dlp


def test_a_passcode_is_no_argument(dlp: Dlp, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dlp("restore", place.mail, *ANNA, "--passcode", CODES["anna"])
    capsys.readouterr()


def test_a_passcode_from_a_file(dlp: Dlp, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    code = place.folder / "code"
    code.write_text(f"{CODES['anna']}\n")
    monkeypatch.setenv("DLP_PASSCODE_FILE", str(code))
    code.chmod(0o644)
    assert dlp("restore", place.mail, *ANNA) == UNUSABLE
    code.chmod(0o600)
    assert dlp("restore", place.mail, *ANNA) == OK


def test_everything_is_on_the_record_and_no_value_anywhere(dlp: Dlp, place: Place, tmp_path: Path) -> None:
    """As processes of their own, with passcodes as dear as they are, under a terminal's nose."""
    program = [sys.executable, "-m", "dlp"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def process(*arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
            check=False,
        )

    asked = ("restore", place.mail, *ANNA, "--vault", place.vault, *place.options)
    changed = ("operators", "add", "anna", "--role", "restore", "--admin", "root", *place.options)
    done = process(*changed, stdin=f"{CODES['root']}\n{CODES['anna']}\n")
    assert done.returncode == OK, done.stderr
    done = process(*asked, stdin=f"{CODES['anna']}\n")
    assert (done.returncode, done.stdout) == (OK, f"{MAIL}\n")
    for _ in range(3):
        assert process(*asked, stdin="the wrong one\n").returncode == NEGATIVE
    done = process(*asked, stdin=f"{CODES['anna']}\n")
    assert (done.returncode, done.stdout) == (NEGATIVE, "")
    assert "too many wrong passcodes" in done.stderr
    assert main(["audit", "verify", "--state", str(place.folder), str(place.audit)]) == OK
    actions = [line.split('"action":"')[1].split('"')[0] for line in place.audit.read_text().splitlines()]
    assert actions[-7:] == ["operator_add", "grant_open", "restore", *["restore_refused"] * 4]
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ticket 4711" in everything
    for hidden in (MAIL, SECRET, "the wrong one", *CODES.values()):
        assert hidden.encode() not in everything
    assert main(["audit", "report", str(place.audit)]) == OK
    assert dlp


def test_the_record_goes_to_every_place_before_anything_is_shown(
    dlp: Dlp, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is, while one of them is away."""
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        receiver.settimeout(120)
        place.also = f",syslog+tcp://127.0.0.1:{receiver.getsockname()[1]}"
        assert dlp("restore", place.mail, *ANNA, codes=("anna",)) == OK
        connection, _ = receiver.accept()
        with connection, connection.makefile("rb") as stream:
            got = stream.read()
    assert capsys.readouterr().out == f"{MAIL}\n"
    assert got.count(b'"client":"operator:anna"') == 2  # the grant and the look
    assert b'"action":"restore"' in got
    assert MAIL.encode() not in got
    assert dlp("restore", place.mail, *ANNA, codes=("anna",)) == UNUSABLE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "cannot write audit events to syslog: Connection refused" in shown.err


@pytest.mark.parametrize("target", ["-", "syslog:/dev/log"])
def test_one_of_the_places_is_a_file(
    target: str, dlp: Dlp, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["restore", place.mail, *ANNA, "--state", str(tmp_path), "--vault", place.vault, "--audit", target]
    assert main(asked) == UNUSABLE
    assert "name a file" in capsys.readouterr().err
