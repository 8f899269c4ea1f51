"""`dlp demo`: the real thing in small, with an exit status that tells whether it held."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dlp.cli.demo import IBAN, SENSITIVE, Outcome, render
from tests.harness import ROOT

TOKEN = re.compile(r"\[PII:[A-Z_]+:[0-9a-f]{8,}\]")


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "120", "HOME": str(folder)}
    command = [sys.executable, "-m", "dlp", "demo", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_demo_shows_three_sides_of_three_calls_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Values on the left, tokens in the middle, values on the right; no colour codes in a pipe; no files."""
    done = demo(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split(" │ ") for line in done.stdout.splitlines() if " │ " in line]
    sent, seen, got = (" ".join(row[column] for row in rows) for column in range(3))
    for value in SENSITIVE:
        assert value in sent
        assert value in got
        assert value not in seen
    assert len(set(TOKEN.findall(seen))) >= len(SENSITIVE)
    assert not TOKEN.findall(sent + got)
    assert "\x1b" not in done.stdout
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {(path.parent, path.suffix) for path in left} <= {
        (tmp_path / ".cache" / "dlp", ".hsdb")
    }  # compiled patterns


def test_a_policy_that_lets_values_through_fails_the_demo(tmp_path: Path) -> None:
    """The check must be able to fail."""
    done = demo(tmp_path, "--policy", "monitor")
    assert done.returncode == 1
    assert "A provider saw: " in done.stdout


def test_a_refused_request_is_shown_as_such(tmp_path: Path) -> None:
    done = demo(tmp_path, "--policy", "strict")
    assert done.returncode == 0
    assert "refused, as the policy says" in done.stdout


def test_a_policy_that_does_not_exist_ends_the_demo_with_the_proxys_own_words(tmp_path: Path) -> None:
    done = demo(tmp_path, "--policy", "nonesuch")
    assert done.returncode == 2
    assert "nonesuch" in done.stderr


OUTCOME = Outcome(
    sent=f'pay "{IBAN}" now, and don\'t forget to tell everybody about it',
    seen='pay "[PII:IBAN_CODE:0123abcd]" now, and don\'t forget to tell everybody about it',
    got=f"You said: {IBAN}",
    notes="HTTP 200",
    leaked=(),
    lost=(),
    refused=False,
)


@pytest.mark.parametrize("width", [40, 80, 100, 150])
def test_every_width_shows_everything(width: int) -> None:
    """Columns where they fit, paragraphs elsewhere; never wider than the terminal, values never torn apart."""
    lines = render("title", OUTCOME, width, colour=False)
    assert max(map(len, lines)) <= width
    assert "\n".join(lines).count(IBAN) == 2
    assert any("[PII:IBAN_CODE:0123abcd]" in line for line in lines)


def test_colour_marks_values_and_tokens_and_changes_no_text() -> None:
    plain, coloured = (render("title", OUTCOME, 120, colour=colour) for colour in (False, True))
    assert f"\x1b[1;31m{IBAN}\x1b[0m" in "\n".join(coloured)
    assert "\x1b[1;32m[PII:IBAN_CODE:0123abcd]\x1b[0m" in "\n".join(coloured)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in coloured] == [line.rstrip() for line in plain]
