"""`dlp explain`: what found it, what it beat, which line decides, and what almost matched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.cli import main
from dlp.detect import build_detector
from dlp.detect.explain import Explainer, Fate
from dlp.policy.load import load_policy

POLICY = """\
version: 1
detect:
  min_score: 0.5
  allow_list: [support@acme.example]
  deny_list: {PROJECT: [Bluebird]}
  ner: {pipeline: none}
entities:
  DEFAULT: mask
  financial: block
"""
TEXT = (
    "card 4111 1111 1111 1111, write to support@acme.example or [PII:EMAIL:c4587843] about Bluebird and NPI 1234567890"
)


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "team.yaml"
    path.write_text(POLICY)
    return str(path)


def test_a_finding_names_its_recognizer_score_word_and_policy_line(
    policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--policy", policy, TEXT]) == 0
    first, *rest = capsys.readouterr().out.split("\n\n")
    lines = first.splitlines()
    assert lines[0] == "CREDIT_CARD '4111 1111 1111 1111' at line 1, column 6"
    assert lines[1] == "  means       payment card number (group financial)"
    assert lines[2].startswith("  found by    credit-card: shape 9999_9999_9999_9999, ")
    assert lines[3].startswith("  score       1.00, at least 0.50 counts, its check held")
    assert "  because     context: card" in lines
    assert lines[-1] == f"  action      block, by {policy}:9: entities.financial"
    assert any(block.startswith("PROJECT 'Bluebird'") for block in rest)
    assert "almost" not in "".join(rest)


def test_near_says_what_almost_matched_and_why_not(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--policy", policy, "--near", TEXT]) == 0
    almost = capsys.readouterr().out.split("almost:\n")[1]
    assert (
        "EMAIL_ADDRESS 'support@acme.example' at line 1, column 36: the policy's detect.allow_list holds it" in almost
    )
    assert "US_NPI '1234567890' at line 1, column 104: us-npi: its check digit or range is wrong" in almost


def test_what_lost_an_overlap_is_named_with_the_rule(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = Path(policy)
    document.write_text(POLICY.replace("[Bluebird]", "[Bluebird, example.org]"))
    assert main(["explain", "--policy", policy, "mail anna@example.org"]) == 0
    out = capsys.readouterr().out
    assert "  beat        " in out
    assert out.count("beat") >= 1


def test_json_has_every_candidate_with_its_fate(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--policy", policy, "--json", TEXT]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"reported", "allow-listed", "failed check"} <= {row["fate"] for row in rows}
    card = next(row for row in rows if row["fate"] == "reported" and row["entity_type"] == "CREDIT_CARD")
    assert (card["action"], card["decided_by"]) == ("block", f"{policy}:9: entities.financial")


def test_a_file_is_read_and_places_are_lines(policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one\ntwo bluebird\n")
    assert main(["explain", "--policy", policy, str(path)]) == 0
    assert capsys.readouterr().out.startswith("PROJECT 'bluebird' at line 2, column 5")


@pytest.mark.parametrize("text", ["", "hello there", "x" * 10_000, "nul\0byte"])
def test_nothing_found(text: str, policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--policy", policy, text]) == 0
    assert capsys.readouterr().out == "nothing found\n"


@pytest.mark.parametrize(
    "text",
    [TEXT, "", "call +1 415 555 2671 or 415-555-2671", "Anna Smith, born 1990-02-03, IBAN DE89 3704 0044 0532 0130 00"],
)
def test_what_is_reported_is_what_the_detector_finds(text: str) -> None:
    detector = build_detector(load_policy("default").detect)
    assert isinstance(detector, Explainer)
    reported = [each.finding for each in detector.explain(text) if each.fate is Fate.REPORTED]
    assert tuple(reported) == detector.find(text)


def test_a_name_of_no_file_is_explained_as_text_and_that_is_said(
    policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody who mistyped a file's name would read "nothing found" as good news. A sentence is no name."""
    assert main(["explain", "--policy", policy, "leters/april.txt"]) == 0
    assert "there is no file 'leters/april.txt'" in capsys.readouterr().err
    assert main(["explain", "--policy", policy, "Mail anna@nordwind.org. Thanks"]) == 0
    assert capsys.readouterr().err == ""


def test_a_folder_is_no_text(policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--policy", policy, str(tmp_path)]) == 2
    assert "Is a directory" in capsys.readouterr().err
