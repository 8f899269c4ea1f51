"""What the model said is known again by what the client was given in its place: exactly, within bounds, to nobody else."""

from __future__ import annotations

import itertools
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.engine.case import Request
from dlp.engine.echo import ENTRY_BYTES, EchoMemory, EchoRecorder, echo_scope, remember_answer
from dlp.engine.request import Engine
from dlp.engine.text import apply_edits
from dlp.errors import WireError
from dlp.masking.restoring import Originals, Restorer
from dlp.policy.model import Mode, Policy
from dlp.providers.formats.openai import CHAT, RESPONSES
from tests.engine.conversations import KEY, PlantedDetector, minted

VALUE = "V000001-anna@nordwind.orgQ"
OTHER = 'V000002 "Größe"\nQ'


def remembering(**bounds: float) -> EchoMemory:
    return EchoMemory(KEY, **bounds)  # type: ignore[arg-type]


def restored(masked: str, values: dict[str, str]) -> str:
    pieces, at = [], 0
    for start, end, value in Restorer(values).edits(masked):
        pieces += [masked[at:start], value]
        at = end
    return "".join([*pieces, masked[at:]])


def recalled(memory: EchoMemory, text: str, scope: str = "scope") -> str | None:
    found = memory.recall(scope, text)
    return None if found is None else apply_edits(text, found.edits)


SPELLINGS = st.sampled_from(
    [
        lambda token: token,
        str.lower,
        lambda token: token.strip("[]"),
        lambda token: token.replace(":", ": "),
        lambda token: "\\" + token[:-1] + "\\]",
        lambda token: token.replace("[", "&#91;").replace("]", "&#93;"),
    ]
)


@given(
    st.lists(st.tuples(st.text(max_size=12), st.sampled_from([VALUE, OTHER]), SPELLINGS), min_size=1, max_size=5),
    st.text(" \n\t", max_size=3),
    st.text(" \n\t", max_size=3),
)
def test_a_text_comes_back_as_the_model_spelt_it(parts: list[tuple[str, str, object]], before: str, after: str) -> None:
    values, tokens = minted(VALUE, OTHER)
    by_value = dict(zip((VALUE, OTHER), tokens, strict=True))
    masked = "x" + "".join(f"{words} {spell(by_value[value])} " for words, value, spell in parts) + "y"  # type: ignore[operator]
    memory = remembering()
    memory.remember("scope", masked, values)
    given_to_client = before + restored(masked, values) + after
    assert recalled(memory, given_to_client) == before + masked + after


def test_what_stands_for_a_token_is_read_from_the_text_that_comes_back() -> None:
    values, [token] = minted(VALUE)
    memory = remembering()
    memory.remember("scope", f"Mail {token} now", values)
    found = memory.recall("scope", f"Mail {VALUE} now")
    assert found is not None
    assert dict(found.values) == values
    assert VALUE not in repr(memory) + repr(found)
    assert VALUE.encode() not in repr(vars(memory)).encode()


@pytest.mark.parametrize("text", [f"Mail {VALUE}", f"mail {VALUE} now", "Mail [X] now", ""])
def test_another_text_is_not_known(text: str) -> None:
    values, [token] = minted(VALUE)
    memory = remembering()
    memory.remember("scope", f"Mail {token} now", values)
    assert memory.recall("scope", text) is None


def test_nobody_else_knows_it() -> None:
    memory = remembering()
    memory.remember(echo_scope("policy\0anna", "openai"), "Hello there", {})
    for scope in (echo_scope("policy\0bert", "openai"), echo_scope("policy\0anna", "anthropic"), "policy\0anna"):
        assert memory.recall(scope, "Hello there") is None
    assert memory.recall(echo_scope("policy\0anna", "openai"), "Hello there") is not None


def test_it_is_bounded_and_forgets_what_was_not_seen_longest() -> None:
    memory = remembering(limit=3 * ENTRY_BYTES)
    for text in ("first", "second", "third"):
        memory.remember("scope", text, {})
    assert memory.recall("scope", "first") is not None
    memory.remember("scope", "fourth", {})
    assert [memory.recall("scope", text) is not None for text in ("first", "second", "third", "fourth")] == [
        True,
        False,
        True,
        True,
    ]


def test_tokens_are_bounded_too() -> None:
    values, [token] = minted(VALUE)
    memory = remembering(limit=4 * ENTRY_BYTES)
    for count in range(1, 6):
        memory.remember("scope", " ".join([token] * count), values)
    assert 1 < len(memory) < 5
    memory.remember("scope", " ".join([token] * 200), values)
    assert len(memory) == 0


def test_it_forgets_with_time() -> None:
    now = [0.0]
    memory = EchoMemory(KEY, seconds=10, clock=lambda: now[0])
    memory.remember("scope", "Hello there", {})
    now[0] = 9
    assert memory.recall("scope", "Hello there") is not None  # and it has been seen again
    now[0] = 18
    assert memory.recall("scope", "Hello there") is not None
    now[0] = 29
    assert memory.recall("scope", "Hello there") is None
    assert len(memory) == 0


def test_a_request_waits_until_the_answer_before_it_is_recorded() -> None:
    memory = remembering()
    memory.expect("scope")
    assert memory.expects("scope")
    assert not memory.expects("another")
    seen: list[bool] = []

    def ask() -> None:
        memory.settle("scope")
        seen.append(memory.recall("scope", "Hello there") is not None)

    waiting = threading.Thread(target=ask)
    waiting.start()
    memory.remember("scope", "Hello there", {})
    memory.recorded("scope")
    waiting.join(120)
    assert seen == [True]
    assert not memory.expects("scope")


def test_it_does_not_wait_for_ever() -> None:
    memory = remembering()
    memory.expect("scope")
    memory.settle("scope", seconds=0.01)
    assert memory.expects("scope")


def test_a_stream_that_breaks_is_remembered_as_far_as_it_came() -> None:
    memory = remembering()
    events = b'data: {"choices":[{"index":0,"delta":{"content":"Hello "}}]}\n\ndata: {"choices":[{"index":0,"del'
    with pytest.raises(WireError):
        remember_answer(memory, "scope", events, "text/event-stream", CHAT, {})
    assert memory.recall("scope", "Hello") is not None


def test_a_connection_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.engine.echo.MAX_RECORDED_BYTES", 100)
    memory = remembering()
    recorder = EchoRecorder(memory, "scope", RESPONSES, {})
    for _ in range(50):
        recorder.event(
            b'{"type":"response.output_text.delta","item_id":"a","output_index":0,"content_index":0,"delta":"0123456789"}'
        )
    recorder.finish()
    assert memory.recall("scope", "0123456789" * 50) is None
    assert sum(len(text) for pieces, _ in recorder._joined.values() for text in pieces) <= 100


# -- in a request ------------------------------------------------------------------------------------------------------


def history(*messages: tuple[str, str]) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": role, "content": text} for role, text in messages]}).encode()


def sent(engine: Engine, body: bytes, *, provider: str = "openai") -> list[str]:
    request = Request("POST", "/v1/chat/completions", body, content_type="application/json", provider=provider)
    return [message["content"] for message in json.loads(engine.examine(request, CHAT, "scope").body)["messages"]]


@pytest.fixture
def engine() -> Engine:
    """One whose model has said something that detection would mask, to OpenAI's client."""
    engine = Engine(Policy(name="test"), PlantedDetector(), KEY)
    engine.echoes.remember(echo_scope("scope", "openai"), f"I made up {VALUE}", {})
    return engine


def test_the_models_own_words_pass_as_it_said_them(engine: Engine) -> None:
    assert sent(engine, history(("assistant", f"I made up {VALUE}"))) == [f"I made up {VALUE}"]


@pytest.mark.parametrize("role", ["user", "system", "tool"])
def test_nobody_elses_words_do(engine: Engine, role: str) -> None:
    """Whoever quotes the model is examined: only its own turn is history."""
    assert VALUE not in sent(engine, history((role, f"I made up {VALUE}")))[0]


def test_another_provider_does_not_get_them(engine: Engine) -> None:
    assert VALUE not in sent(engine, history(("assistant", f"I made up {VALUE}")), provider="anthropic")[0]


def test_nor_anything_that_was_added(engine: Engine) -> None:
    assert VALUE not in sent(engine, history(("assistant", f"I made up {VALUE}.")))[0]


def test_a_value_that_both_said_is_masked_where_the_person_said_it(engine: Engine) -> None:
    texts = sent(engine, history(("assistant", f"I made up {VALUE}"), ("user", f"Yes, {VALUE}")))
    assert texts[0] == f"I made up {VALUE}"
    assert VALUE not in texts[1]


def test_what_was_masked_is_counted_and_restored_in_the_answer(engine: Engine) -> None:
    values, [token] = minted(OTHER)
    engine.echoes.remember(echo_scope("scope", "openai"), f"Noted {token.lower()}", values)
    body = history(("assistant", f"Noted {OTHER}"))
    request = Request("POST", "/", body, content_type="application/json", provider="openai")
    examined = engine.examine(request, CHAT, "scope")
    assert json.loads(examined.body)["messages"][0]["content"] == f"Noted {token.lower()}"
    assert examined.entities == {"EMAIL_ADDRESS": 1}
    assert examined.places == ("messages[0].content",)
    assert isinstance(examined.values, Originals)
    assert dict(examined.values) == values


def test_pieces_of_a_text_are_known_as_one(engine: Engine) -> None:
    """As clients of streams send them back; a value that is cut is masked where it begins."""
    values, [token] = minted(OTHER)
    engine.echoes.remember(echo_scope("scope", "openai"), f"Noted {token}, and {token} again", values)
    whole = f"Noted {OTHER}, and {OTHER} again"
    cuts = [0, 3, whole.index("V") + 4, len(whole) - 9, len(whole)]
    parts = [{"type": "text", "text": whole[a:b]} for a, b in itertools.pairwise(cuts)]
    body = json.dumps({"messages": [{"role": "assistant", "content": parts}]}).encode()
    request = Request("POST", "/", body, content_type="application/json", provider="openai")
    content = json.loads(engine.examine(request, CHAT, "scope").body)["messages"][0]["content"]
    assert "".join(part["text"] for part in content) == f"Noted {token}, and {token} again"
    assert len(content) == len(parts)


def test_nothing_is_recalled_where_nothing_is_masked() -> None:
    engine = Engine(Policy(name="test", mode=Mode.MONITOR), PlantedDetector(), KEY)
    values, [token] = minted(OTHER)
    engine.echoes.remember(echo_scope("scope", "openai"), f"Noted {token}", values)
    assert sent(engine, history(("assistant", f"Noted {OTHER}"))) == [f"Noted {OTHER}"]


def test_a_digest_that_stands_for_something_else_now_is_not_taken_over(engine: Engine) -> None:
    """Were two values to share a token, one of them would be restored as the other."""
    values, [token] = minted(OTHER)
    [digest] = values
    engine.echoes.remember(echo_scope("scope", "openai"), f"Noted {token}", {digest: VALUE})
    engine.echoes.remember(echo_scope("scope", "openai"), f"And {token}", {digest: OTHER})
    first, second = sent(engine, history(("assistant", f"Noted {VALUE}"), ("assistant", f"And {OTHER}")))
    assert first == f"Noted {token}"
    assert OTHER not in second
    assert token not in second
