"""`dlp policy` and `dlp fingerprint`: a team tries its policies without a proxy."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.cli import main
from dlp.masking.keys import fingerprint, load_or_create_key
from dlp.policy.load import POLICY_KEYS
from dlp.policy.schema import policy_schema

COMPANY = Path(__file__).parents[2] / "policies" / "examples" / "company"


def test_the_examples_tests_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "test", str(COMPANY / "tests" / "tests.yaml")]) == 0
    assert capsys.readouterr().err == "6 tests, 0 failed\n"


def test_what_fails_is_said_without_the_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = tmp_path / "tests.yaml"
    tests.write_text(
        "tests:\n  - {name: one, text: mail anna@nordwind.org, expect: {policy: x, verdict: pass, actions: {US_SSN: mask}}}\n"
    )
    assert main(["policy", "test", str(tests), "--policy", "default"]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[:4] == [
        "FAIL one",
        "       policy: expected x, got default",
        "       verdict: expected pass, got rewrite",
        "       US_SSN: expected mask, got nothing found",
    ]
    assert "EMAIL_ADDRESS: not expected, got mask by " in said
    assert "anna" not in said
    tests.write_text("tests: [{txt: a}]\n")
    assert main(["policy", "test", str(tests), "--policy", "default"]) == 2
    assert "unknown key 'txt'; expected name, text," in capsys.readouterr().err


def test_two_policies_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "diff", "default", "default"]) == 0
    assert main(["policy", "diff", "default", "strict"]) == 1
    assert "CREDIT_CARD: mask -> block" in capsys.readouterr().out.splitlines()
    sample = tmp_path / "sample.txt"
    sample.write_text("card 4111 1111 1111 1111\nmail anna@nordwind.org\n")
    assert main(["policy", "diff", "default", "strict", "--sample", str(sample)]) == 1
    assert capsys.readouterr().out == "CREDIT_CARD: mask -> block  1 times\n"
    audit = tmp_path / "audit.jsonl"
    audit.write_text(
        json.dumps({"client": "user:fay", "host": "api.openai.com", "entities": {"CREDIT_CARD": 3}}) + "\n"
    )
    assert main(["policy", "diff", "default", str(COMPANY), "--audit", str(audit)]) == 1
    assert capsys.readouterr().out == "CREDIT_CARD: mask -> block  3 times\n"


def test_everything_that_a_policy_says_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A setting that is left out would change unseen."""
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text("version: 1\n")
    after.write_text(
        "version: 1\non_media: block\naudit: best_effort\nhosts: {llm.corp.example: openai}\n"
        "detect: {allow_list: [anna@nordwind.org]}\nentities: {PERSON: {min_score: 0.1}}\n"
    )
    assert main(["policy", "diff", str(before), str(after)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "PERSON: mask -> mask from 0.1",
        "hosts: otherwise -> otherwise",
        "detect: otherwise -> otherwise",
        "on_media: allow -> block",
        "audit: required -> best_effort",
    ]


def test_explaining_names_policy_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["policy", "explain", "--policy", str(COMPANY), "--user", "fay", "card 4111 1111 1111 1111"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "  chosen  finance (priority 0, matches on groups)" in said
    assert "finance.yaml:8: entities.CREDIT_CARD" in said


def test_the_schema_knows_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == policy_schema()
    properties = policy_schema()["properties"]
    assert tuple(properties) == POLICY_KEYS
    assert list(undescribed(policy_schema())) == ["recognizers", "nlp_engine_name", "models", "ner_model_configuration"]


def undescribed(schema: Any) -> Iterator[str]:
    """Keys of which the schema says nothing; they are Presidio's, or somebody has forgotten them."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            if not inner or inner == {"type": "array"}:
                yield name
        for inner in schema.values():
            yield from undescribed(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from undescribed(inner)


def test_fingerprints_come_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Bearer sk-one\n\nsk-two\n")))
    assert main(["fingerprint", "--state", str(tmp_path)]) == 0
    key = load_or_create_key(tmp_path)
    assert capsys.readouterr().out.split() == [fingerprint(key, "sk-one"), fingerprint(key, "sk-two")]


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("--header", "openai-project", "--header: expected NAME=VALUE, found 'openai-project'"),
        ("--header", "=proj_7", "--header: expected NAME=VALUE"),
        ("--client", "10.2.0.999", "expected an IP address, not '10.2.0.999'"),
    ],
)
def test_a_caller_that_can_not_be_is_refused(
    argument: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would match nothing, which looks like an answer."""
    try:
        status: object = main(["policy", "explain", argument, value])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert message in capsys.readouterr().err
