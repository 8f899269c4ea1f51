"""What was decided about a text is remembered, and it makes no difference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine.case import Request
from dlp.engine.decisions import DecidedBefore
from dlp.engine.request import Engine, Examined
from dlp.errors import RequestBlocked
from dlp.masking import minting
from dlp.masking.minting import Minter
from dlp.policy.model import Monitored, Policy, Rule, Scope, Style
from dlp.providers.formats import openai
from dlp.types import Action, Finding
from tests.engine.conversations import KEY, TEXTS, PlantedDetector

SCOPES = st.sampled_from(["one", "other"])


def body(texts: Sequence[str]) -> bytes:
    said = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]
    return json.dumps({"messages": said, "metadata": {"k": texts[0]}}).encode()


def ask(engine: Engine, texts: Sequence[str], scope: str = "one", monitored: Monitored | None = None) -> Examined:
    request = Request("POST", "/v1/x", body(texts), "application/json")
    if monitored is not None:
        request = replace(request, monitored=monitored)
    return engine.examine(request, openai.CHAT, scope)


def facts(examined: Examined) -> tuple[Any, ...]:
    return (
        examined.body, dict(examined.values), examined.entities, examined.monitored, examined.places, examined.verdict,
        examined.characters,
    )  # fmt: skip


def fresh(policy: Policy) -> Engine:
    return Engine(policy, PlantedDetector(), KEY)


@settings(max_examples=60)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=5),
    asked=st.lists(st.tuples(SCOPES, st.lists(st.integers(0, 4), min_size=1, max_size=6)), min_size=2, max_size=6),
    style=st.sampled_from(list(Style)),
    few=st.booleans(),
)
def test_what_is_remembered_is_what_would_be_decided_anew(
    texts: list[str], asked: list[tuple[str, list[int]]], style: Style, few: object
) -> None:
    """The same texts in any order and company, in either scope, also where all digests collide."""
    policy = Policy(name="test", style=style)
    remembering = fresh(policy)
    with pytest.MonkeyPatch.context() as patch:
        if few:
            patch.setattr(
                Minter,
                "_digest",
                lambda self, kind, value: "ab" * 4 + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest(),
            )
        for scope, order in asked:
            said = [texts[at % len(texts)] for at in order]
            for _ in range(2):
                assert facts(ask(remembering, said, scope)) == facts(ask(fresh(policy), said, scope))


@pytest.fixture
def minted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Values for which a digest was computed."""
    computed: list[str] = []
    real = minting.Minter._digest

    def digest(self: Minter, kind: str, value: str) -> str:
        computed.append(value)
        return real(self, kind, value)

    monkeypatch.setattr(minting.Minter, "_digest", digest)
    return computed


def test_a_history_is_decided_once(minted: list[str]) -> None:
    engine = fresh(Policy(name="test"))
    first = ["so V000001Q said", "aha", "and V000002Q, V000001Q"]
    ask(engine, first)
    minted.clear()
    later = ask(engine, [*first, "oh", "no, V000003Q"])
    assert minted == ["V000003Q"]
    assert set(later.values.values()) == {"V000001Q", "V000002Q", "V000003Q"}


def test_another_scope_knows_nothing_of_it(minted: list[str]) -> None:
    engine = fresh(Policy(name="test"))
    one = ask(engine, ["so V000001Q said"], "one")
    minted.clear()
    other = ask(engine, ["so V000001Q said"], "other")
    assert minted == ["V000001Q"]
    assert one.values.keys().isdisjoint(other.values)


def test_nothing_is_remembered_where_each_request_is_a_scope(minted: list[str]) -> None:
    engine = fresh(Policy(name="test", scope=Scope.REQUEST))
    for _ in range(2):
        minted.clear()
        ask(engine, ["so V000001Q said"])
        assert "V000001Q" in minted


def test_a_detector_that_has_learnt_is_heeded() -> None:
    class Learning(PlantedDetector):
        blind = True

        def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
            return [found[1:] if self.blind else found for found in super().find_many(items)]

    detector = Learning()
    engine = Engine(Policy(name="test"), detector, KEY)
    text = "V000001Q and V000002Q"
    assert b"V000001Q" in ask(engine, [text]).body
    detector.blind = False
    assert b"V000001Q" not in ask(engine, [text]).body


def test_what_is_only_watched_is_masked_when_it_no_longer_is() -> None:
    engine = fresh(Policy(name="test"))
    watched = Monitored(entities=frozenset({"US_SSN", "EMAIL_ADDRESS", "API_KEY"}))
    for _ in range(2):
        assert b"V000001Q" in ask(engine, ["so V000001Q said"], monitored=watched).body
        assert b"V000001Q" not in ask(engine, ["so V000001Q said"]).body


def test_refusals_are_made_each_time() -> None:
    policy = Policy(
        name="test", rules={kind: Rule(action=Action.BLOCK) for kind in ("US_SSN", "EMAIL_ADDRESS", "API_KEY")}
    )
    engine = fresh(policy)
    for _ in range(3):
        with pytest.raises(RequestBlocked):
            ask(engine, ["so V000001Q said"])


def test_nothing_of_a_text_is_kept() -> None:
    engine = fresh(Policy(name="test"))
    ask(engine, ["so V000001Q said, my name is Vera Quill", "and V000002Q, says Quill"])
    kept = repr(engine._decided._entries)  # type: ignore[union-attr]
    assert "[PII:" in kept
    assert not any(part in kept for part in ("V0000", "Vera", "Quill", "vera", "said"))


def test_the_key_of_an_entry_is_as_long_whatever_was_found() -> None:
    """What the policy lets through has no edits, which are what an entry is counted by."""
    allowed = {kind: Rule(action=Action.ALLOW) for kind in ("US_SSN", "EMAIL_ADDRESS", "API_KEY")}
    engine = fresh(Policy(name="test", rules=allowed))
    sizes = set()
    for count in (1, 2000):
        ask(engine, [" ".join(f"V{number:06d}Q" for number in range(count))])
        sizes |= {len(repr(key)) // 100 for key in engine._decided._entries}  # type: ignore[union-attr]
    assert max(sizes) < 10


def test_the_key_of_an_entry_is_as_long_whatever_a_text_is_called() -> None:
    engine = fresh(Policy(name="test"))
    named = json.dumps(
        {"messages": [{"role": "user", "content": "hello"}], "metadata": {"k" * 50_000: "so V000001Q said"}}
    )
    engine.examine(Request("POST", "/v1/x", named.encode(), "application/json"), openai.CHAT, "one")
    assert engine._decided is not None
    assert len(engine._decided) > 0
    assert max(len(repr(key)) for key in engine._decided._entries) < 1000


def test_memory_is_bounded() -> None:
    before = DecidedBefore(limit=20_000)
    engine = fresh(Policy(name="test"))
    engine._decided = before
    for number in range(200):
        ask(engine, [f"so V{number:06d}Q said"])
    assert 0 < len(before) < 50
