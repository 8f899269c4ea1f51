"""The documents about policies hold what the code holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlp.detect.entities import Group
from dlp.policy import document, regexes
from dlp.policy.files import shipped_policies
from dlp.policy.load import parse_policy
from dlp.types import Action

TEXT = (Path(__file__).parents[2] / "docs" / "policies.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_policy(example: str) -> None:
    parse_policy(example.encode(), source="docs/policies.md", providers=("openai", "anthropic"))


def test_the_full_example_shows_every_key_and_what_stands_in_it_arrives() -> None:
    policy = parse_policy(EXAMPLES[0].encode(), source="docs/policies.md")
    assert policy.action_for("CREDIT_CARD") is Action.BLOCK
    assert policy.action_for("DATE_TIME") is Action.ALLOW
    assert policy.action_for("ACME_KEY") is Action.MASK
    assert len(policy.detect.recognizers) == 3
    assert policy.hosts["127.0.0.1:8765"] == "anthropic"


def test_shipped_policies_groups_and_actions_are_all_listed() -> None:
    for name in [*shipped_policies(), *Group, *Action]:
        assert f"| `{name}` |" in TEXT


def test_the_bounds_are_the_codes() -> None:
    bounds = TEXT.split("## Bounds")[1].replace("\n", " ")
    assert document.MAX_BYTES == 2**20
    assert f"{document.MAX_NODES:,}".replace(",", " ") in bounds
    assert f"{document.MAX_DEPTH} levels" in bounds
    assert f"{regexes.MAX_LENGTH} characters" in bounds
    assert f"{regexes.MAX_EXPANSION:,}".replace(",", " ") in bounds
