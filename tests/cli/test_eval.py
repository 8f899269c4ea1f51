"""`dlp eval`: table, errors, report and comparison, from files to exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.cli import main

GOOD = {"id": "a", "text": "Mail anna@example.org", "entities": [{"type": "EMAIL_ADDRESS", "start": 5, "end": 21}]}
MISSED = {"id": "b", "text": "the word zebra is here", "entities": [{"type": "PASSWORD", "start": 9, "end": 14}]}


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLP_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "sets"
    folder.mkdir()
    (folder / "mail.dev.jsonl").write_text(json.dumps(GOOD) + "\n")
    (folder / "words.jsonl").write_text(json.dumps(MISSED) + "\n")
    return folder


def test_a_table_with_errors_from_a_folder(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(labelled), "--errors"]) == 0
    captured = capsys.readouterr()
    rows = {line.split()[0]: line.split()[1:] for line in captured.out.splitlines() if line}
    assert rows["mail"][:4] == ["1", "1", "100.0", "100.0"]
    assert rows["words"][:3] == ["1", "1", "0.0"]
    assert "missed words b PASSWORD: the word >>>zebra<<< is here" in captured.out
    assert captured.err == "", "no progress bar when standard error is no terminal"


def test_a_report_is_written_and_compared(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "new" / "report.json"
    assert main(["eval", str(labelled), "--report", str(kept)]) == 0
    assert main(["eval", str(labelled), "--compare", str(kept)]) == 0
    assert capsys.readouterr().out.endswith("no figure changed\n")
    better = json.loads(kept.read_text())
    better["sets"]["words"]["recall"] = 1.0
    kept.write_text(json.dumps(better))
    assert main(["eval", str(labelled), "--compare", str(kept)]) == 1
    assert "worse  words recall: 100.00 -> 0.00" in capsys.readouterr().out


def test_json_and_skipped_types(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(labelled), "--json", "--skip-types", "PASSWORD, URL"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["policy"] == "everything"
    assert result["all"]["values"] == 1


def test_made_up_sentences_are_sets_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "--sentences", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"sentences", "sentences PERSON_INDIAN"} <= set(result["sets"])
    assert result["types"]["CREDIT_CARD"]["recall"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to judge"),
        (["/no/such.jsonl"], "cannot read /no/such.jsonl: No such file or directory"),
        (["{sets}", "--compare", "{sets}/mail.dev.jsonl"], "not a report of 'eval'"),
        (["{sets}", "--compare", "/no/such.json"], "cannot read /no/such.json"),
        (["{sets}", "--report", "/dev/null/x"], "cannot write /dev/null/x"),
        (["{sets}", "--policy", "nobody"], "no policy is named 'nobody'"),
    ],
    ids=["nothing", "missing", "no-report", "missing-report", "unwritable", "policy"],
)
def test_what_cannot_be_used_is_status_2(
    arguments: list[str], message: str, labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *(argument.replace("{sets}", str(labelled)) for argument in arguments)]) == 2
    assert message in capsys.readouterr().err
