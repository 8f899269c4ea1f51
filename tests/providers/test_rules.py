"""Patterns over paths: what they match, what no name or label can pretend, and that hostile depth costs no more than its size."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.providers.format import STRUCTURE
from dlp.providers.rules import PathMatcher, RuleSet, Treatment
from dlp.wire.json_leaves import Kind, parse_leaves


def matches(pattern: str, document: object, *, camel: bool = False) -> list[str]:
    """Places of the string leaves that one pattern matches."""
    matcher = PathMatcher([pattern], camel=camel)
    leaves = [leaf for leaf in parse_leaves(json.dumps(document)) if leaf.kind is Kind.STRING]
    return [leaf.place() for leaf in leaves if matcher.find(leaf) is not None]


@pytest.mark.parametrize(
    ("pattern", "document", "expected"),
    [
        ("a", {"a": "x", "b": "x"}, ["a"]),
        ("a.b", {"a": {"b": "x"}, "b": "x"}, ["a.b"]),
        ("a[*]", {"a": ["x", "x"]}, ["a[0]", "a[1]"]),
        ("a[*].b", {"a": [{"b": "x"}, {"c": "x"}]}, ["a[0].b"]),
        ("[*].b", [{"b": "x"}], ["[0].b"]),
        ("a.**", {"a": "x", "b": "x"}, ["a"]),
        ("a.**", {"a": {"b": [{"c": "x"}]}}, ["a.b[0].c"]),
        ("**.c", {"c": "x", "a": [{"c": "x", "d": "x"}]}, ["c", "a[0].c"]),
        ("a.**.c", {"a": {"c": "x"}, "c": "x"}, ["a.c"]),
        ("a.**.b.**", {"a": {"z": {"b": {"q": "x"}}, "q": "x"}}, ["a.z.b.q"]),
        ("{a,b}.c", {"a": {"c": "x"}, "b": {"c": "x"}, "d": {"c": "x"}}, ["a.c", "b.c"]),
        (
            "{*_id,*Id}",
            {"call_id": "x", "callId": "x", "id": "x", "_id": "x", "idle": "x"},
            ["call_id", "callId", "_id"],
        ),
        ("a.*", {"a": {"b": "x", "c": {"d": "x"}}}, ["a.b"]),
        ("a<t>.b", {"a": {"type": "t", "b": "x"}}, ["a.b"]),
        ("a<t>.b", {"a": {"type": "u", "b": "x"}}, []),
        ("a<t|u>.b", {"a": {"b": "x", "type": "u"}}, ["a.b"]),
        ("<t>.b", {"type": "t", "b": "x"}, ["b"]),
        ("**<t>.b", {"c": [{"type": "t", "b": "x"}, {"b": "x"}]}, ["c[0].b"]),
        ("a[*].**<t>.b", {"a": [{"b": "x", "c": {"type": "t", "b": "x"}}]}, ["a[0].c.b"]),
        ("a[*].**<t>.b", {"a": [{"type": "t", "b": "x", "c": {"b": "x"}}]}, ["a[0].b"]),
        ("a.$ref", {"a": {"$ref": "x"}}, ["a.$ref"]),
    ],
)
def test_what_a_pattern_matches(pattern: str, document: object, expected: list[str]) -> None:
    found = [place for place in matches(pattern, document) if not place.endswith("type")]
    assert sorted(found) == sorted(expected)


def test_snake_case_is_camel_case_where_asked() -> None:
    document = {"inline_data": {"data": "x"}, "inlineData": {"data": "x"}}
    assert matches("inlineData.data", document, camel=True) == ["inline_data.data", "inlineData.data"]
    assert matches("inlineData.data", document) == ["inlineData.data"]


def test_a_bare_string_is_a_document_of_its_own() -> None:
    (leaf,) = parse_leaves('"hello"')
    assert RuleSet([("a", Treatment.KEEP)]).treatment(leaf) is Treatment.TEXT
    assert RuleSet([("**", Treatment.KEEP)]).treatment(leaf) is Treatment.KEEP


def test_the_first_rule_wins() -> None:
    rules = RuleSet([("a.b", Treatment.DATA), ("**.b", Treatment.KEEP), ("a.**", Treatment.URL)])
    found = {
        leaf.place(): rules.treatment(leaf)
        for leaf in parse_leaves('{"a":{"b":"x","c":"x"},"b":"x","d":"x"}')
        if leaf.kind is Kind.STRING
    }
    assert found == {"a.b": Treatment.DATA, "a.c": Treatment.URL, "b": Treatment.KEEP, "d": Treatment.TEXT}


@pytest.mark.parametrize("pattern", ["a..b", "a[0]", "a b", "a[", "a<", "a.{b", "a.", "é"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="bad rule pattern"):
        PathMatcher([pattern])


@pytest.mark.parametrize("name", ["a.b", "a[*].b", "$.", "?", "*", "[*]", "**", "x.a", "a<t>", "*_id", "* *_id"])
def test_no_name_can_spell_a_path(name: str) -> None:
    for pattern in ("a.b", "a[*].b", "**.b", "a<t>", "{*_id,a}", "$.*"):
        assert matches(pattern, {name: "x"}) == []


@pytest.mark.parametrize("kind", ["+signed", "+thought", "+readable"])
def test_no_type_can_spell_a_derived_label(kind: str) -> None:
    assert matches(f"a<{kind}>.text", {"a": {"type": kind, "text": "x"}}) == []


def test_derived_labels() -> None:
    assert matches("a<+signed>.t", {"a": {"t": "x", "signature": "abc"}}) == ["a.t"]
    assert matches("a<+signed>.t", {"a": {"t": "x", "signature": ""}}) == []
    assert matches("a<+signed>.t", {"a": {"t": "x", "signature": None}}) == []
    assert matches("a<+thought>.t", {"a": {"t": "x", "thought": True, "thoughtSignature": "abc"}}) == ["a.t"]
    assert matches("a<+thought>.t", {"a": {"t": "x", "thought": True}}) == []
    assert matches("a<+thought>.t", {"a": {"t": "x", "thoughtSignature": "abc"}}) == []
    assert matches("a<+readable>.t", {"a": {"t": "x", "mimeType": "text/csv"}}) == ["a.t"]
    assert matches("a<+readable>.t", {"a": {"t": "x", "format": "md"}}) == ["a.t"]
    assert matches("a<+readable>.t", {"a": {"t": "x", "media_type": "image/png"}}) == []


LOOKS = RuleSet([("label", Treatment.LABEL), ("sealed", Treatment.SEALED), ("link", Treatment.LINK)])


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("label", "gpt-5", Treatment.KEEP),
        ("label", "toolu_01A09q90qw90lq917835lq9", Treatment.KEEP),
        ("label", "anthropic.claude-v2:1", Treatment.KEEP),
        ("label", "/v1/chat/completions", Treatment.KEEP),
        ("label", "24h", Treatment.KEEP),
        ("label", "512", Treatment.KEEP),
        ("label", "sk-proj-Zq8fT3kLw0PxB7nVy2RmC5dJ", Treatment.TEXT),
        ("label", "AKIAYVP4CIPPERUVIFXG", Treatment.TEXT),
        ("label", "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", Treatment.TEXT),
        ("label", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", Treatment.TEXT),
        ("label", "AKIA", Treatment.KEEP),
        ("label", "skeleton-1", Treatment.KEEP),
        ("label", "ann@example.org", Treatment.TEXT),
        ("label", "Ann Example", Treatment.TEXT),
        ("label", "123-45-6789", Treatment.TEXT),
        ("label", "4111111111111111", Treatment.TEXT),
        ("label", "+1-415-555-0100", Treatment.TEXT),
        ("label", "x" * 300, Treatment.TEXT),
        ("sealed", "EqoBCkgIARABGAIiQL9x+/abc==", Treatment.KEEP),
        ("sealed", "A" * 100_000, Treatment.KEEP),
        ("sealed", "Best regards, Ann", Treatment.TEXT),
        ("sealed", "ann@example.org", Treatment.TEXT),
        ("sealed", "[PII:NAME:0123abcd]", Treatment.TEXT),
        ("sealed", "123-45-6789", Treatment.TEXT),
        ("link", "https://example.org/a?b=c", Treatment.URL),
        ("link", "data:image/png;base64,AAAA", Treatment.URL),
        ("link", "data:,hello", Treatment.URL),
        ("link", "see https://example.org/a", Treatment.TEXT),
        ("link", "https://example.org/ and Ann", Treatment.TEXT),
        ("link", "hello", Treatment.TEXT),
    ],
)
def test_structure_counts_only_while_it_looks_like_it(member: str, value: str, expected: Treatment) -> None:
    leaf = next(leaf for leaf in parse_leaves(json.dumps({member: value})) if leaf.kind is Kind.STRING)
    assert LOOKS.treatment(leaf) is expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("secret_id", Treatment.TEXT),
        ("vaultSecretId", Treatment.TEXT),
        ("aws_access_key_id", Treatment.TEXT),
        ("api_id", Treatment.TEXT),
    ]
    + [(name, Treatment.KEEP) for name in ("client_id", "session_id", "request_id", "id", "tool_use_id")],
)
def test_half_of_a_credential_is_no_id(member: str, expected: Treatment) -> None:
    """It is examined, though it is called one and looks like one."""
    leaf = next(
        leaf
        for leaf in parse_leaves(json.dumps({"metadata": {member: "550e8400-e29b-41d4"}}))
        if leaf.kind is Kind.STRING
    )
    assert RuleSet(STRUCTURE).treatment(leaf) is expected


def test_two_rule_sets_may_look_at_one_document() -> None:
    one, two = RuleSet([("a.b", Treatment.KEEP)]), RuleSet([("a.b", Treatment.DATA)])
    leaf = next(leaf for leaf in parse_leaves('{"a":{"b":"x"}}') if leaf.kind is Kind.STRING)
    assert (one.treatment(leaf), two.treatment(leaf), one.treatment(leaf)) == (
        Treatment.KEEP,
        Treatment.DATA,
        Treatment.KEEP,
    )


def test_depth_and_names_cost_no_more_than_the_document_is_long() -> None:
    """Counted in calls of Python functions, not in seconds: ten times the leaves, about ten times the work."""
    rules = RuleSet([("**.tools[*].**.a.**.b", Treatment.KEEP), ("**.{*_id,*Id}", Treatment.LABEL)])

    def work(leaves: int) -> int:
        names = ",".join(f'"k{index}_{"x" * 50}_id":"v"' for index in range(leaves))
        document = '{"tools":[' * 100 + "{" + names + "}" + "]}" * 100
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        parsed = parse_leaves(document)
        sys.setprofile(count)
        try:
            for leaf in parsed:
                rules.treatment(leaf)
        finally:
            sys.setprofile(None)
        return calls

    work(10)
    assert work(1000) < 20 * work(100)


names = st.text("ab$_-.[]*<>?", max_size=5) | st.sampled_from(["a", "b", "type", "signature"])
documents = st.recursive(
    st.text("xt", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(documents)
def test_a_pattern_finds_what_a_plain_walk_finds(document: object) -> None:
    """`**.a` is every member called `a`, `a.**` everything below the root's `a`."""

    def walk(value: object, path: tuple[object, ...]) -> list[tuple[object, ...]]:
        if isinstance(value, dict):
            return [found for key, inner in value.items() for found in walk(inner, (*path, key))]
        if isinstance(value, list):
            return [found for index, inner in enumerate(value) for found in walk(inner, (*path, index))]
        return [path]

    paths = walk(document, ())
    leaves = [leaf for leaf in parse_leaves(json.dumps(document)) if leaf.kind is Kind.STRING]
    for pattern, expected in (
        ("**.a", [bool(path) and path[-1] == "a" for path in paths]),
        ("a.**", [bool(path) and path[0] == "a" for path in paths]),
        ("**", [True for _ in paths]),
    ):
        matcher = PathMatcher([pattern])
        assert [matcher.find(leaf) is not None for leaf in leaves] == expected
