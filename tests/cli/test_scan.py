"""`dlp scan`: the three forms of its answer, and what it makes of input that can't be used."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.cli import main, scan, screening
from dlp.errors import DetectorError

ROOT = Path(__file__).parents[2]
MAIL = "Mail anna@example.org now"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLP_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command line in this process: `(exit status, stdout, stderr)`."""

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        status = main(arguments)
        captured = capsysbinary.readouterr()
        return status, captured.out.decode(), captured.err.decode()

    return call


class BrokenDetector:
    """Fails on any text that says so."""

    def find(self, text: str, *, context: str = "") -> tuple[()]:
        if "fail" in text:
            raise DetectorError("recognizer 'x' ran out of time")
        return ()


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


class TestLines:
    """The contract of `--jsonl`."""

    def ask(self, run: Run, *records: object, policy: str = "default") -> list[dict[str, Any]]:
        stdin = b"".join(
            record if isinstance(record, bytes) else json.dumps(record).encode() + b"\n" for record in records
        )
        status, out, _ = run("scan", "--jsonl", "--policy", policy, stdin=stdin)
        assert status == 0
        return lines(out)

    def test_each_line_is_answered_in_order(self, run: Run) -> None:
        answers = self.ask(
            run,
            {"id": "a", "text": MAIL, "language": "en"},
            {"id": "b", "text": "nothing here"},
            {"id": 3, "text": MAIL},
        )
        assert [answer["id"] for answer in answers] == ["a", "b", 3]
        (finding,) = answers[0]["findings"]
        assert set(finding) == {"entity_type", "start", "end", "score", "recognizer"}
        assert (finding["entity_type"], finding["start"], finding["end"]) == ("EMAIL_ADDRESS", 5, 21)
        assert 0.5 <= finding["score"] <= 1
        assert answers[0]["text"].startswith("Mail [PII:EMAIL:")
        assert answers[0]["text"].endswith("] now")
        assert answers[1] == {"id": "b", "findings": [], "text": "nothing here"}
        assert answers[2]["text"] == answers[0]["text"]

    def test_offsets_are_code_points_of_the_decoded_text(self, run: Run) -> None:
        (answer,) = self.ask(run, {"id": "a", "text": "\U0001f600é " + MAIL})
        assert (answer["findings"][0]["start"], answer["findings"][0]["end"]) == (8, 24)

    @pytest.mark.parametrize(
        ("bad", "answer"),
        [
            (b"no json\n", {"id": None, "error": "line is not JSON"}),
            (b"[1]\n", {"id": None, "error": "line is not an object but list"}),
            (b"\xff\xfe\n", {"id": None, "error": "line is not UTF-8"}),
            (b"[" * 100_000 + b"\n", {"id": None, "error": "line is not JSON"}),
            (b'{"text": "x"}\n', {"id": None, "error": "no 'id'; expected text"}),
            (b'{"id": {}, "text": "x"}\n', {"id": None, "error": "no 'id'; expected text"}),
            (b'{"id": "x"}\n', {"id": "x", "error": "no 'text'; expected text"}),
            (b'{"id": "x", "text": 5}\n', {"id": "x", "error": "no 'text'; expected text"}),
        ],
        ids=["not-json", "list", "not-utf-8", "deep", "no-id", "odd-id", "no-text", "odd-text"],
    )
    def test_a_bad_line_gives_one_error_and_the_rest_goes_on(
        self, run: Run, bad: bytes, answer: dict[str, Any]
    ) -> None:
        answers = self.ask(run, {"id": "a", "text": MAIL}, bad, {"id": "b", "text": MAIL})
        assert answers[1] == answer
        assert [len(answers[0]["findings"]), len(answers[2]["findings"])] == [1, 1]

    def test_a_line_above_the_bound_is_skipped_whole(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scan, "MAX_INPUT_BYTES", 100)
        answers = self.ask(run, b"x" * 1000 + b"\n", {"id": "b", "text": "x"}, b"y" * 101)
        assert [answer["id"] for answer in answers] == [None, "b", None]
        assert answers[0]["error"] == "line is larger than 100 bytes"

    def test_a_text_that_cannot_be_examined_gives_an_error_and_no_text(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(screening, "build_detector", lambda _: BrokenDetector())
        answers = self.ask(run, {"id": "a", "text": "fail"}, {"id": "b", "text": "fine"})
        assert answers == [
            {"id": "a", "error": "recognizer 'x' ran out of time"},
            {"id": "b", "findings": [], "text": "fine"},
        ]

    def test_lone_surrogates_blank_lines_and_a_last_line_without_end(self, run: Run) -> None:
        answers = self.ask(run, b'{"id": "a", "text": "\\ud800 anna@example.org"}\n\n  \n', b'{"id":"b","text":""}')
        assert answers[0]["text"].startswith("\ud800 [PII:EMAIL:")
        assert answers[1] == {"id": "b", "findings": [], "text": ""}

    def test_what_the_policy_allows_is_neither_listed_nor_masked(self, run: Run, tmp_path: Path) -> None:
        policy = tmp_path / "allow.yaml"
        policy.write_text("entities: {DEFAULT: redact, EMAIL_ADDRESS: allow}\n")
        (answer,) = self.ask(run, {"id": "a", "text": MAIL + " 4111 1111 1111 1111"}, policy=str(policy))
        assert [finding["entity_type"] for finding in answer["findings"]] == ["CREDIT_CARD"]
        assert answer["text"] == MAIL + " [CREDIT_CARD_REDACTED]"

    def test_a_blocked_value_is_not_shown_in_the_text(self, run: Run) -> None:
        (answer,) = self.ask(run, {"id": "a", "text": "card 4111 1111 1111 1111"}, policy="strict")
        assert answer["findings"][0]["entity_type"] == "CREDIT_CARD"
        assert "1111" not in answer["text"]

    def test_lines_may_come_from_files(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "lines.jsonl"
        path.write_text(json.dumps({"id": "a", "text": MAIL}))
        status, out, _ = run("scan", "--jsonl", str(path))
        assert (status, lines(out)[0]["id"]) == (0, "a")

    def test_answers_come_while_the_input_is_open(self, tmp_path: Path) -> None:
        """A program keeps one process and asks line by line; start-up is paid once."""
        environment = {**os.environ, "DLP_STATE_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "dlp", "scan", "--jsonl"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for identity in ("a", "b"):
                process.stdin.write(json.dumps({"id": identity, "text": MAIL}).encode() + b"\n")
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["id"] == identity
            process.stdin.close()
            assert process.stdout.read() == b""
        assert process.returncode == 0


class TestForPeople:
    def test_findings_are_marked_under_their_line(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("first\nMail anna@example.org and bob@example.org\n", encoding="utf-8")
        status, out, err = run("scan", str(path))
        assert (status, err) == (1, "")
        assert out.splitlines() == [
            f"{path}: 2 findings (2 EMAIL_ADDRESS)",
            "  2 | Mail anna@example.org and bob@example.org",
            "    |      ^^^^^^^^^^^^^^^^ EMAIL_ADDRESS, score 1.00, mask",
            "    |                           ^^^^^^^^^^^^^^^ EMAIL_ADDRESS, score 1.00, mask",
        ]

    def test_a_long_line_is_cropped_around_the_finding(self, run: Run) -> None:
        status, out, _ = run("scan", stdin=b"x " * 200 + b"anna@example.org" + b" y" * 200)
        assert status == 1
        shown, marked = out.splitlines()[1:]
        assert shown == "  1 | ..." + "x " * 20 + "anna@example.org" + " y" * 20 + "..."
        assert marked == "    | " + " " * 43 + "^" * 16 + " EMAIL_ADDRESS, score 1.00, mask"

    def test_control_characters_are_escaped_and_wide_ones_measured(self, run: Run) -> None:
        _, out, _ = run("scan", stdin="東京\x1b[31m\u202e anna@example.org".encode())
        shown, marked = out.splitlines()[1:]
        assert shown == "  1 | 東京\\x1b[31m\\u202e anna@example.org"
        assert marked.index("^") - len("    | ") == 4 + len("\\x1b[31m\\u202e ")

    def test_nothing_found_is_status_0(self, run: Run) -> None:
        assert run("scan", stdin=b"hello") == (0, "standard input: nothing found\n", "")

    def test_bytes_that_are_no_utf_8_are_examined_all_the_same(self, run: Run) -> None:
        status, out, _ = run("scan", stdin=b"\xff\x00 anna@example.org")
        assert status == 1
        assert "\\udcff\\x00 anna@example.org" in out

    def test_a_file_that_cannot_be_read_doesnt_hide_the_others(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a").write_text(MAIL)
        status, out, err = run("scan", str(tmp_path / "gone"), str(tmp_path), str(tmp_path / "a"))
        assert status == 2
        assert "1 EMAIL_ADDRESS" in out
        assert f"dlp: not examined: cannot read {tmp_path}/gone: No such file or directory" in err
        assert "Is a directory" in err

    @pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
    def test_colour_is_for_terminals_that_want_it(self, no_color: str, tmp_path: Path, *, coloured: bool) -> None:
        path = tmp_path / "notes.txt"
        path.write_text(MAIL)
        environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm", "DLP_STATE_DIR": str(tmp_path / "state")}
        parent, child = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "dlp", "scan", str(path)], stdout=child, cwd=ROOT, env=environment
        )
        os.close(child)
        output = b"".join(read_terminal(parent))
        assert process.wait() == 1
        assert (b"\x1b[33manna@example.org\x1b[0m" in output) is coloured
        assert (b"\x1b" in output) is coloured


def read_terminal(descriptor: int) -> Iterator[bytes]:
    """What the other side of a pseudo-terminal wrote, up to its end, which Linux reports as an error."""
    try:
        while chunk := os.read(descriptor, 4096):
            yield chunk
    except OSError:
        pass
    finally:
        os.close(descriptor)


class TestDocument:
    def test_findings_actions_and_the_verdict(self, run: Run) -> None:
        status, out, _ = run("scan", "--json", "--policy", "strict", stdin=b"anna@example.org 4111 1111 1111 1111")
        document = json.loads(out)
        assert status == 1
        assert (document["policy"], document["verdict"]) == ("strict", "block")
        (result,) = document["results"]
        assert [(each["entity_type"], each["action"]) for each in result["findings"]] == [
            ("EMAIL_ADDRESS", "mask"),
            ("CREDIT_CARD", "block"),
        ]

    def test_nothing_found(self, run: Run) -> None:
        status, out, _ = run("scan", "--json", stdin=b"hello")
        assert status == 0
        assert json.loads(out) == {
            "policy": "default",
            "verdict": "pass",
            "results": [{"source": "-", "findings": [], "text": "hello"}],
        }


def test_a_bad_policy_is_status_2_with_its_mistakes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("mode: x\nhosts: {a.example: nobody}\n")
    status, out, err = run("scan", "--jsonl", "--policy", str(path))
    assert (status, out) == (2, "")
    assert "bad.yaml:1: mode: unknown mode 'x'" in err
    assert "bad.yaml:2: hosts.a.example: unknown provider 'nobody'" in err


def test_without_a_usable_key_scanning_goes_on_and_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLP_STATE_DIR", str(tmp_path / "file" / "state"))
    status, out, err = run("scan", "--jsonl", stdin=json.dumps({"id": "a", "text": MAIL}).encode())
    assert status == 0
    assert "[PII:EMAIL:" in lines(out)[0]["text"]
    assert "Going on with a key for this run alone." in err
