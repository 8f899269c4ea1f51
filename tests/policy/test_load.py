"""Policies load whole or report every mistake at once; hostile files cost little and never run anything."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.entities import ENTITY_TYPES, Group, types_in
from dlp.errors import PolicyError
from dlp.policy import document
from dlp.policy.files import shipped_policies
from dlp.policy.load import load_policy, parse_policy
from dlp.policy.model import Fault, Mode, NerLevel, NerSettings, Policy
from dlp.policy.reading import MAX_PROBLEMS
from dlp.types import Action

INVALID = Path(__file__).parent / "invalid"
ROOT = Path(__file__).parents[2]
PROVIDERS = ("anthropic", "gemini", "openai")


def parse(text: str) -> Policy:
    return parse_policy(text.encode(), source="team.yaml", providers=PROVIDERS)


def problems(content: bytes) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(content, source="team.yaml", providers=PROVIDERS)
    return caught.value.problems


@pytest.mark.parametrize("path", sorted(INVALID.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_bad_policy_has_its_exact_messages(path: Path) -> None:
    """`X.yaml` gives the lines of `X.expected`: file, line, key path, found, expected, nearest name."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(path.read_bytes(), source=path.name, providers=PROVIDERS)
    assert caught.value.problems == path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


def test_no_message_repeats_a_term_of_the_lists() -> None:
    """A deny list is often itself confidential: its mistakes are named by place alone."""
    for path in INVALID.glob("*list*.yaml"):
        assert "confidential" not in path.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(shipped_policies()))
def test_shipped_policies_load_under_their_own_name(name: str) -> None:
    policy = load_policy(name, providers=PROVIDERS)
    assert policy.name == name
    assert policy.source == shipped_policies()[name]


def test_default_masks_personal_data_and_secrets_and_keeps_what_answers_need() -> None:
    policy = load_policy("default")
    for name, entity in ENTITY_TYPES.items():
        expected = Action.ALLOW if entity.group is Group.SOFT else Action.MASK
        assert policy.action_for(name) is expected, name
    assert policy.mode is Mode.ENFORCE
    assert (policy.on_error, policy.on_unscannable) == (Fault.BLOCK, Fault.BLOCK)
    assert policy.limits.body_bytes == 10 * 2**20


def test_strict_blocks_cards_national_ids_and_secrets_and_masks_the_rest() -> None:
    policy = load_policy("strict")
    blocked = {*types_in(Group.SECRET), *types_in(Group.GOVERNMENT), "CREDIT_CARD"}
    assert {policy.action_for(name) for name in blocked} == {Action.BLOCK}
    for name in (
        "PERSON",
        "EMAIL_ADDRESS",
        "PHONE_NUMBER",
        "STREET_ADDRESS",
        "LOCATION",
        "ORGANIZATION",
        "SOMETHING_NEW",
    ):
        assert policy.action_for(name) is Action.MASK
    assert (policy.on_error, policy.on_unscannable) == (Fault.BLOCK, Fault.BLOCK)


def test_monitor_never_stops_traffic() -> None:
    policy = load_policy("monitor")
    assert policy.mode is Mode.MONITOR
    assert (policy.on_error, policy.on_unscannable) == (Fault.ALLOW, Fault.ALLOW)


def test_everything_masks_every_type_with_the_shipped_detection_settings() -> None:
    policy = load_policy("everything")
    assert {policy.action_for(name) for name in ENTITY_TYPES} == {Action.MASK}
    assert policy.detect == load_policy("default").detect


def test_a_full_policy_arrives_as_written() -> None:
    policy = parse(
        """
        version: 1
        name: team
        mode: monitor
        hosts: {LLM.corp.example: openai, "127.0.0.1:08765": anthropic, "[::1]:80": gemini, "::2": gemini}
        detect:
          min_score: 0.25
          allow_list: [support@acme.example, 007, no]
          deny_list: {PROJECT: [Bluebird, Kestrel]}
          recognizers:
            - name: Acme keys
              supported_entity: ACME_KEY
              supported_languages: [{language: en, context: [key]}]
              patterns: [{name: live, regex: "acme_live_[0-9a-f]{32}", score: 0.8}]
              context: [acme]
              deny_list: [no, 007]
            - UsBankRecognizer
          ner: {pipeline: none, level: fast, fast_above: 5000}
        entities: {DEFAULT: redact, PROJECT: block, ACME_KEY: allow, soft: allow, URL: mask}
        on_error: allow
        on_unscannable: allow
        limits: {body_bytes: 2048}
        """
    )
    assert policy.name == "team"
    assert policy.mode is Mode.MONITOR
    assert policy.hosts == {
        "llm.corp.example": "openai",
        "127.0.0.1:8765": "anthropic",
        "[::1]:80": "gemini",
        "[::2]": "gemini",
    }
    assert policy.detect.min_score == 0.25
    assert policy.detect.allow_list == ("support@acme.example", "007", "no")
    assert policy.detect.deny_list == {"PROJECT": ("Bluebird", "Kestrel")}
    assert policy.detect.recognizers == (
        {
            "name": "Acme keys",
            "type": "custom",
            "supported_entity": "ACME_KEY",
            "supported_languages": [{"language": "en", "context": ["key"]}],
            "patterns": [{"name": "live", "regex": "acme_live_[0-9a-f]{32}", "score": 0.8}],
            "context": ["acme"],
            "deny_list": ["no", "007"],
        },
        {"name": "UsBankRecognizer", "type": "predefined"},
    )
    assert policy.detect.ner == NerSettings(pipeline="none", level=NerLevel.FAST, fast_above=5000)
    assert policy.default_action is Action.REDACT
    actions = {name: policy.action_for(name) for name in ("PROJECT", "ACME_KEY", "DATE_TIME", "URL", "PERSON")}
    assert actions == {
        "PROJECT": Action.BLOCK,
        "ACME_KEY": Action.ALLOW,
        "DATE_TIME": Action.ALLOW,
        "URL": Action.MASK,
        "PERSON": Action.REDACT,
    }
    assert (policy.on_error, policy.on_unscannable) == (Fault.ALLOW, Fault.ALLOW)
    assert policy.limits.body_bytes == 2048


def test_a_presidio_nlp_configuration_may_stand_in_for_the_pipeline() -> None:
    policy = parse(
        """
        detect:
          ner:
            nlp_engine_name: spacy
            models: [{lang_code: en, model_name: en_core_web_lg}]
            ner_model_configuration:
              model_to_presidio_entity_mapping: {PER: PERSON, EVENT: EVENT}
        entities: {EVENT: redact}
        """
    )
    assert policy.detect.ner.nlp_configuration == {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": "en_core_web_lg"}],
        "ner_model_configuration": {"model_to_presidio_entity_mapping": {"PER": "PERSON", "EVENT": "EVENT"}},
    }
    assert policy.action_for("EVENT") is Action.REDACT


def test_an_own_line_beats_its_group_and_the_group_beats_the_default_in_any_order() -> None:
    first = parse("entities: {API_KEY: allow, secret: block, DEFAULT: redact}")
    second = parse("entities: {DEFAULT: redact, secret: block, API_KEY: allow}")
    for policy in (first, second):
        assert policy.action_for("API_KEY") is Action.ALLOW
        assert policy.action_for("JWT") is Action.BLOCK
        assert policy.action_for("PERSON") is Action.REDACT


def test_a_policy_knows_which_line_decides() -> None:
    policy = parse("version: 1\nentities:\n  DEFAULT: mask\n  secret: block\n  API_KEY: allow\n")
    assert policy.origin_for("API_KEY") == "team.yaml:5: entities.API_KEY"
    assert policy.origin_for("JWT") == "team.yaml:4: entities.secret"
    assert policy.origin_for("PERSON") == "team.yaml:3: entities.DEFAULT"
    assert parse("name: team").origin_for("PERSON") == "team: no entities.DEFAULT, so mask"


def test_settings_travel_to_worker_processes_and_hide_their_lists() -> None:
    policy = parse("detect: {deny_list: {PROJECT: [Bluebird]}, allow_list: [Kestrel]}")
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes
    assert "Bluebird" not in repr(policy)
    assert "Kestrel" not in repr(policy)


def test_an_alias_may_repeat_a_list() -> None:
    policy = parse("detect: {deny_list: {PROJECT: &terms [Bluebird], PRODUCT: *terms}}")
    assert policy.detect.deny_list["PRODUCT"] == ("Bluebird",)


def test_a_byte_order_mark_and_windows_lines_are_no_mistake() -> None:
    policy = parse_policy("\ufeffversion: 1\r\nname: team\r\n".encode(), source="team.yaml")
    assert policy.name == "team"


def test_more_mistakes_than_anyone_reads_are_counted() -> None:
    content = "\n".join(["entities:", *(f"  NO_SUCH_{number}: mask" for number in range(MAX_PROBLEMS + 20))])
    found = problems(content.encode())
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == "team.yaml: ... and 20 more mistakes"


def test_a_file_above_the_size_bound_is_refused_unread() -> None:
    content = b"#" * (document.MAX_BYTES + 1)
    assert problems(content) == [f"team.yaml: file is too large; limit is {document.MAX_BYTES} bytes"]


def test_a_tag_runs_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    content = f'version: 1\nname: !!python/object/apply:os.system ["touch {touched}"]\n'
    assert problems(content.encode()) == ["team.yaml:2: a YAML tag ('!...') stands here; policies have none"]
    assert not touched.exists()


class TestFindingTheFile:
    def test_an_unknown_name_lists_the_shipped_ones(self) -> None:
        with pytest.raises(
            PolicyError,
            match=r"^no policy is named 'defualt'; shipped are .*strict.*; or give a path\. Did you mean 'default'\?$",
        ):
            load_policy("defualt")

    def test_a_name_that_is_a_file_here_says_how_to_write_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine").write_text("name: mine\n")
        with pytest.raises(PolicyError, match=r"For the file write '\./mine'$"):
            load_policy("mine")
        assert load_policy("./mine").name == "mine"
        (tmp_path / "ours").mkdir()
        with pytest.raises(PolicyError, match=r"For the folder write '\./ours'$"):
            load_policy("ours")

    def test_a_relative_path_is_shown_as_typed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "policies").mkdir()
        (tmp_path / "policies" / "team.yaml").write_text("mode: x\n")
        with pytest.raises(PolicyError, match=r"^policies/team\.yaml:1: mode: unknown mode 'x'"):
            load_policy("policies/team.yaml")

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("gone.yaml", "gone.yaml: no such file"),
            ("strcit.yaml", "strcit.yaml: no such file. Did you mean 'strict'?"),
            ("folder.yaml", "folder.yaml: is a folder; expected a YAML file"),
            ("pipe.yaml", "pipe.yaml: is not a regular file; expected a YAML file"),
            ("file.yaml/x.yaml", "file.yaml/x.yaml: can't be read: Not a directory"),
            ("a\0b.yaml", "a\\x00b.yaml: can't be read: not a usable path"),
        ],
        ids=["missing", "near-name", "folder", "fifo", "below-a-file", "nul"],
    )
    def test_what_cannot_be_read_says_why(
        self, path: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder.yaml").mkdir()
        (tmp_path / "file.yaml").touch()
        os.mkfifo(tmp_path / "pipe.yaml")
        with pytest.raises(PolicyError) as caught:
            load_policy(path)
        assert caught.value.problems == [message]

    @pytest.mark.may_skip
    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "closed.yaml"
        path.touch(mode=0)
        with pytest.raises(PolicyError, match="can't be read: Permission denied"):
            load_policy(path)


def test_checking_a_policy_loads_no_detection_library() -> None:
    """`dlp check` and the start of the proxy stay quick: names of types are data."""
    heavy = "{'presidio_analyzer', 'spacy', 'numpy', 'onnxruntime', 'mitmproxy'}"
    script = f"import sys; import dlp.policy.load; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


scalars = st.one_of(
    st.sampled_from(["mask", "block", "1", "0.5", "-1", "~", "true", "PERSON", "x", '""', "'[a-z'", ".inf", "1e999"]),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF), max_size=12).map(
        lambda text: '"' + text.replace("\\", "").replace('"', "") + '"'
    ),
)
keys = st.sampled_from(
    [
        "version",
        "name",
        "mode",
        "hosts",
        "detect",
        "min_score",
        "allow_list",
        "deny_list",
        "recognizers",
        "ner",
        "pipeline",
        "level",
        "fast_above",
        "nlp_engine_name",
        "models",
        "ner_model_configuration",
        "model_to_presidio_entity_mapping",
        "entities",
        "DEFAULT",
        "PERSON",
        "secret",
        "on_error",
        "on_unscannable",
        "limits",
        "body_bytes",
        "patterns",
        "regex",
        "score",
        "supported_entity",
        "supported_entities",
        "supported_language",
        "supported_languages",
        "language",
        "context",
        "type",
        "enabled",
        "class_name",
        "global_regex_flags",
        "deny_list_score",
        "lang_code",
        "model_name",
        "127.0.0.1:80",
        "x",
    ]
)
flow_yaml = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]"),
        st.lists(st.tuples(keys, inner), max_size=6).map(
            lambda pairs: "{" + ", ".join(f'"{k}": {v}' for k, v in pairs) + "}"
        ),
    ),
    max_leaves=25,
)


def check_messages(error: PolicyError) -> None:
    assert error.problems
    assert all(problem.startswith("team.yaml") and problem.isprintable() for problem in error.problems)


@given(flow_yaml)
def test_any_tree_of_known_words_is_a_policy_or_a_policy_error(text: str) -> None:
    try:
        policy = parse_policy(text.encode(), source="team.yaml", providers=PROVIDERS)
    except PolicyError as error:
        check_messages(error)
    else:
        assert 0 <= policy.detect.min_score <= 1
        assert set(policy.hosts.values()) <= set(PROVIDERS)
        assert set({rule.action for rule in policy.rules.values()}) <= {*Action, None}


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_any_bytes_are_a_policy_or_a_policy_error(content: bytes) -> None:
    try:
        parse_policy(content, source="team.yaml", providers=PROVIDERS)
    except PolicyError as error:
        check_messages(error)
