"""`dlp mask`: what a provider would see."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dlp.cli import main

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setenv("DLP_STATE_DIR", str(tmp_path / "state"))

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        status = main(["mask", *arguments])
        captured = capsysbinary.readouterr()
        return status, captured.out, captured.err.decode()

    return call


def test_text_keeps_every_other_byte(run: Run) -> None:
    status, out, err = run(stdin=b"\xff\r\n anna@example.org \x00\n")
    assert status == 0
    assert out.startswith(b"\xff\r\n [PII:EMAIL:")
    assert out.endswith(b"] \x00\n")
    assert err == "dlp: 1 finding (1 EMAIL_ADDRESS)\n"


def test_a_blocked_value_writes_nothing(run: Run) -> None:
    status, out, err = run("--policy", "strict", stdin=b"anna@example.org 4111 1111 1111 1111")
    assert (status, out) == (1, b"")
    assert err == "dlp: blocked: 1 CREDIT_CARD in the text (policy 'strict'); nothing was written\n"


def test_monitor_mode_masks_here(run: Run) -> None:
    _, out, _ = run("--policy", "monitor", stdin=b"anna@example.org")
    assert out.startswith(b"[PII:EMAIL:")


def test_a_json_body_keeps_its_structure(run: Run) -> None:
    body = b'{"b": "anna@example.org",  "a": [1.50, "x\\u00e9"]}'
    status, out, _ = run("--json", stdin=body)
    assert status == 0
    assert json.loads(out)["b"].startswith("[PII:EMAIL:")
    assert out.endswith(b'",  "a": [1.50, "x\\u00e9"]}')


def test_a_body_for_an_endpoint_follows_its_wire_format(run: Run) -> None:
    """A function's name is structure there; the generic rule would take the mail address in it for text."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "anna@example.org"}]}
    status, out, _ = run(
        "--json", "--endpoint", "https://api.openai.com/v1/chat/completions", stdin=json.dumps(body).encode()
    )
    assert status == 0
    assert json.loads(out)["messages"][0]["content"].startswith("[PII:EMAIL:")
    assert json.loads(out)["model"] == "gpt-4o"


def test_a_blocked_body_names_the_place(run: Run) -> None:
    status, out, err = run("--json", "--policy", "strict", stdin=b'{"prompt": "4111 1111 1111 1111"}')
    assert (status, out) == (1, b"")
    assert "1 CREDIT_CARD in prompt" in err
    assert "4111" not in err


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("--endpoint", "https://api.openai.com/v1/x"), b"", "--endpoint goes with --json"),
        (("--json", "--endpoint", "https://a.example/x"), b"{}", "no provider is known at https://a.example/x"),
        (("--json", "--endpoint", "https://[::1/v1"), b"{}", "no provider is known at https://[::1/v1"),
        (("--json",), b"{broken", "cannot mask - as a JSON body: invalid JSON"),
        (("/no/such/file",), b"", "cannot read /no/such/file: No such file or directory"),
    ],
    ids=["endpoint-alone", "unknown-host", "half-an-address", "not-json", "no-file"],
)
def test_what_cannot_be_used_is_status_2(run: Run, arguments: tuple[str, ...], stdin: bytes, message: str) -> None:
    status, out, err = run(*arguments, stdin=stdin)
    assert (status, out) == (2, b"")
    assert message in err
