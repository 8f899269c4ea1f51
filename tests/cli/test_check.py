"""`dlp check`: usable or not, and every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.cli import main
from dlp.policy.files import shipped_policies

INVALID = Path(__file__).parents[1] / "policy" / "invalid"


def test_every_shipped_policy_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *shipped_policies()]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == len(shipped_policies())
    assert "default: ok: name 'default', mode enforce, " in "\n".join(out)


def test_mistakes_are_lines_that_begin_with_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    path = INVALID / "all-at-once.yaml"
    assert main(["check", "default", str(path)]) == 1
    first, *mistakes = capsys.readouterr().out.splitlines()
    assert first.startswith("default: ok")
    expected = path.with_suffix(".expected").read_text().splitlines()
    assert [line[line.index("all-at-once.yaml") :] for line in mistakes] == expected


def test_every_policy_of_a_folder_is_told_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "_base.yaml").write_text("entities: {DEFAULT: redact}\n")
    (tmp_path / "all.yaml").write_text("extends: _base.yaml\n")
    (tmp_path / "mine.yaml").write_text("extends: _base.yaml\nmatch: {users: me}\npriority: 7\n")
    assert main(["check", str(tmp_path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{tmp_path}/all.yaml: ok: name 'all', mode enforce, entity types: ")
    assert second.startswith(f"{tmp_path}/mine.yaml: ok: name 'mine', for some requests (priority 7), mode enforce, ")
    (tmp_path / "mine.yaml").write_text("match: {users: me}\ndetect: {recognizers: [NoSuchRecognizer]}\n")
    assert main(["check", str(tmp_path)]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert second.startswith(f"{tmp_path}/mine.yaml: recognizer 'NoSuchRecognizer'")
    (tmp_path / "mine.yaml").write_text("entities: {}\n")
    assert main(["check", str(tmp_path)]) == 1
    assert "2 defaults" in capsys.readouterr().out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "strict", "nowhere"]) == 1
    good, bad = json.loads(capsys.readouterr().out)
    assert good["problems"] == []
    assert good["entity_types"]["block"] > 50
    assert bad["problems"][0].startswith("no policy is named 'nowhere'")


@pytest.mark.parametrize(
    ("detect", "problem"),
    [
        ("{ner: {pipeline: no_such_pipeline_xx}}", "the spaCy pipeline 'no_such_pipeline_xx' is not installed; "),
        ("{recognizers: [NoSuchRecognizer]}", "recognizer 'NoSuchRecognizer': presidio-analyzer has no such class; "),
    ],
    ids=["pipeline", "recognizer"],
)
def test_what_only_building_shows_is_a_mistake_too(
    detect: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(f"detect: {detect}\n")
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"{path}: {problem}")
