"""Folders of policies: what builds on what, which one is the most specific, and every way in which they don't fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.errors import PolicyError
from dlp.policy.extending import MAX_EXTENDS
from dlp.policy.folder import load_policies
from dlp.policy.matching import Facts
from dlp.types import Action


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> str:
    folder = Path("rules")
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content)
    return "./rules"


def problems(**files: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load_policies(write(**files))
    return caught.value.problems


EQUAL = "as specific as that of rules/b.yaml, and a request may be meant by both; give one of them a priority"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["rules: holds no policy; expected *.yaml files, one of them without 'match'"]),
        (
            {"a": "match: {users: x}"},
            ["rules: no default; expected one policy without 'match', for requests that no other is for"],
        ),
        (
            {"a": "mode: enforce", "b": "mode: enforce"},
            [
                ("rules: 2 defaults: rules/a.yaml, rules/b.yaml; "
                 "expected one policy without 'match' (a file that is only extended has a name that begins with '_')")
            ],
        ),
        (
            {"a": "extends: b", "b": "extends: a"},
            [
                "rules/b.yaml:1: extends: goes round in a circle: a.yaml -> b.yaml -> a.yaml",
                "rules/a.yaml:1: extends: goes round in a circle: b.yaml -> a.yaml -> b.yaml",
            ],
        ),
        ({"a": "extends: a"}, ["rules/a.yaml:1: extends: goes round in a circle: a.yaml -> a.yaml"]),
        (
            {"a": "extends: stritc"},
            [
                "rules/a.yaml:1: extends: no policy 'stritc' beside the file, and none is shipped. Did you mean 'strict'?"
            ],
        ),
        ({"a": "extends: [b]"}, ["rules/a.yaml:1: extends: expected a policy's name or path, found a list"]),
        (
            {"a": "name: x", "b": "name: x\nmatch: {users: u}"},
            ["rules/b.yaml: name: 'x' is the name of rules/a.yaml, too"],
        ),
        (
            {"a": "match: {users: [x, y]}", "b": "match: {users: y*}", "c": "mode: enforce"},
            [f"rules/a.yaml: match: {EQUAL}"],
        ),
        (
            {"a": "match: {groups: x}", "b": "match: {groups: y}", "c": "mode: enforce"},
            [f"rules/a.yaml: match: {EQUAL}"],
        ),
        (
            {"a": "match: {clients: 10.0.0.0/8}", "b": "match: {clients: 10.1.0.0/16}", "c": "mode: enforce"},
            [f"rules/a.yaml: match: {EQUAL}"],
        ),
        (
            {"a": "hosts: {x.example: openai}", "b": "match: {users: u}\nhosts: {x.example: anthropic}"},
            ["rules/b.yaml: hosts.x.example: anthropic here, openai in rules/a.yaml"],
        ),
        (
            {"_base": "entities: {EMAIL: mask}", "a": "extends: base", "b": "extends: base\nmatch: {user: x}"},
            [
                "rules/_base.yaml:1: entities.EMAIL: unknown entity type 'EMAIL'. Did you mean 'EMAIL_ADDRESS'?",
                ("rules/b.yaml:2: match.user: unknown key 'user'; expected hosts, paths, models, clients, users, groups, api_keys or "
                 "headers. Did you mean 'users'?"),
            ],
        ),
        (
            {"a": "match: {clients: [10.0.0.1/8], api_keys: [sk-secret], headers: {authorization: x}}"},
            [
                "rules/a.yaml:1: match.clients[0]: '10.0.0.1/8' is no address or network; expected one as in 10.1.0.0/16 or ::1",
                "rules/a.yaml:1: match.api_keys[0]: not a fingerprint; expected 16 hex digits, as `python -m dlp fingerprint` prints",
                "rules/a.yaml:1: match.headers.authorization: a credential; use api_keys or users",
            ],
        ),
        (
            {"a": "monitor: [{until: soon}, {}]\noverrides: [{roles: sytem}]"},
            [
                "rules/a.yaml:1: monitor[0].until: 'soon' is no day; expected one as in 2026-11-30",
                "rules/a.yaml:1: monitor[1]: no condition; for all traffic write 'mode: monitor'",
                ("rules/a.yaml:2: overrides[0].roles: unknown role 'sytem'; expected system, user, assistant, tool, definition or other. "
                 "Did you mean 'system'?"),
                "rules/a.yaml:2: overrides[0]: no 'entities'; expected what holds there",
            ],
        ),
        (
            {"a": "detect: {allow_list: {file: none.txt}}"},
            ["rules/a.yaml:1: detect.allow_list.file: 'none.txt' can't be read: No such file or directory"],
        ),
        ({"a": "mode: enforce", "groups": "x: {user: y}"}, None),
    ],
)  # fmt: skip
def test_policies_that_do_not_fit_together(files: dict[str, str], expected: list[str] | None) -> None:
    found = problems(**files)
    if expected is None:
        assert found[0].startswith("rules/groups.yaml:1: x.user: unknown key 'user'")
    else:
        assert sorted(found) == sorted(expected)


def test_a_chain_of_policies_is_bounded() -> None:
    chain = {f"_p{number}": f"extends: p{number + 1}" for number in range(MAX_EXTENDS)}
    assert "build on one another" in problems(a="extends: p0", **chain)[0]


def test_ten_megabytes_cost_nothing() -> None:
    assert "limit is 1048576 bytes" in problems(a="# " + "x" * 10 * 2**20)[0]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (Facts(), "rest"),
        (Facts(user="anna", address="10.1.2.3", model="gpt-4o"), "anna"),
        (Facts(address="10.1.2.3", model="gpt-4o"), "office"),
        (Facts(address="::ffff:10.1.2.3"), "office"),
        (Facts(model="GPT-4o"), "models"),
        (Facts(user="bert", address="10.1.2.3"), "bert"),
        (Facts(user="anna", host="api.openai.com"), "urgent"),
        (Facts(groups=frozenset({"staff"}), address="10.1.2.3"), "staff"),
        (Facts(user="gina", address="10.1.2.3"), "staff"),
    ],
)
def test_the_most_specific_wins(facts: Facts, name: str) -> None:
    folder = write(
        rest="mode: enforce", anna="match: {users: anna}", bert="match: {users: bert, clients: 10.0.0.0/8}",
        office="match: {clients: 10.0.0.0/8}", models="match: {models: gpt-*}", staff="match: {groups: staff}",
        urgent="match: {hosts: '*.openai.com'}\npriority: 1", groups="staff: {users: g*}",
    )  # fmt: skip
    policies = load_policies(folder)
    complete = Facts(
        host=facts.host, model=facts.model, address=facts.address, user=facts.user, groups=policies.groups_of(facts)
    )
    assert policies.choose(complete).name == name
    assert policies.choose(complete) in policies.candidates(complete)


def test_a_policy_laid_over_another_keeps_its_lines() -> None:
    folder = write(
        _base="entities:\n  DEFAULT: redact\n  secret: block\nlimits: {body_bytes: 5}\nmatch: {users: nobody}\n",
        a="extends: base\nentities:\n  EMAIL_ADDRESS: {min_score: 0.9}\n  PERSON: allow\n",
    )
    policy = load_policies(folder).default
    assert policy.limits.body_bytes == 5
    assert {kind: policy.action_for(kind) for kind in ("PERSON", "EMAIL_ADDRESS", "PRIVATE_KEY")} == {
        "PERSON": Action.ALLOW, "EMAIL_ADDRESS": Action.REDACT, "PRIVATE_KEY": Action.BLOCK,
    }  # fmt: skip
    assert policy.origin_for("PERSON") == "rules/a.yaml:4: entities.PERSON"
    assert policy.origin_for("PRIVATE_KEY") == "rules/_base.yaml:3: entities.secret"
    assert [path.name for path in policy.files] == ["a.yaml", "_base.yaml"]


def test_lists_come_from_files() -> None:
    folder = write(a="detect: {allow_list: [x@y.example, {file: allow.txt}], deny_list: {PROJECT: {file: deny.txt}}}")
    Path("rules/allow.txt").write_text("# known\n\nsupport@acme.example \n")
    Path("rules/deny.txt").write_text("Bluebird\n")
    policies = load_policies(folder)
    assert policies.default.detect.allow_list == ("x@y.example", "support@acme.example")
    assert policies.default.detect.deny_list == {"PROJECT": ("Bluebird",)}
    assert {path.name for path in policies.files} == {"a.yaml", "allow.txt", "deny.txt"}
