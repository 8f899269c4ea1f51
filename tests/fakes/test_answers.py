"""What the model says, before any provider's grammar."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes.answers import compose, embedding, weave
from dlp.fakes.script import Asked, Script, Tool

SCHEMA = {
    "type": "object",
    "properties": {
        "who": {"type": "string"},
        "kind": {"type": "string", "enum": ["mail", "letter"]},
        "copies": {"type": "array", "items": {"type": "STRING"}},
        "times": {"type": "integer"},
        "urgent": {"type": ["boolean", "null"]},
        "more": {"type": "object", "properties": {"note": {"type": "string"}}},
    },
}


def test_without_a_script_the_answer_quotes_the_question() -> None:
    assert compose(Asked(said="hello"), Script()).texts == ("You said: hello",)
    assert compose(Asked(said="done", after_tool=True, tools=(Tool(name="f"),)), Script()).texts == (
        "The tool answered: done",
    )


def test_several_choices_differ() -> None:
    assert compose(Asked(said="x", choices=2), Script()).texts == ("(1) You said: x", "(2) You said: x")


@given(said=st.text())
def test_an_offered_tool_is_called_with_what_was_said(said: str) -> None:
    """Arguments follow the schema, and the text stands in every free string with its escapes right."""
    answer = compose(Asked(said=said, tools=(Tool(name="send", schema=SCHEMA), Tool(name="other"))), Script())
    assert answer.texts == (None,)
    assert [call.name for call in answer.calls] == ["send"]
    expected = {"who": said, "kind": "mail", "copies": [said], "times": 1, "urgent": True, "more": {"note": said}}
    assert answer.calls[0].parsed() == expected


def test_a_tool_without_a_schema_gets_one_text() -> None:
    answer = compose(Asked(said="x", tools=(Tool(name="f"),)), Script())
    assert answer.calls[0].parsed() == {"text": "x"}


def test_a_tool_that_takes_text_gets_it_bare() -> None:
    answer = compose(Asked(said='a "b"', tools=(Tool(name="f", free_text=True),)), Script())
    assert answer.calls[0].arguments == 'a "b"'


@given(said=st.text())
def test_a_scripted_call_is_filled_in_at_any_depth(said: str) -> None:
    call = {"name": "f", "arguments": {"a": ["{said}", 1], "b": {"c": "<{said}>"}}}
    nested = {"name": "g", "arguments": '{"inner": "{said}", "n": 1e3}'}
    answer = compose(Asked(said=said), Script(tool_calls=[call, nested]))
    assert answer.calls[0].parsed() == {"a": [said, 1], "b": {"c": f"<{said}>"}}
    assert json.loads(answer.calls[1].arguments) == {"inner": said, "n": 1000.0}
    assert answer.calls[1].arguments.endswith('"n": 1e3}')


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        (Script(text="<{said}>"), ("<x>", "<x>")),
        (Script(text=["one", "{said}"]), ("one", "x")),
        (Script(text=lambda asked: asked.system.upper()), ("SYS", "SYS")),
        (Script(text=""), ("", "")),
    ],
    ids=["text", "one each", "function", "silence"],
)
def test_a_scripted_text_takes_the_place_of_the_echo(script: Script, texts: tuple[str, ...]) -> None:
    assert compose(Asked(said="x", system="sys", choices=2), script).texts == texts


@given(channels=st.lists(st.lists(st.integers(), max_size=5), max_size=4), alternate=st.booleans())
def test_weaving_keeps_each_channels_own_order(channels: list[list[int]], *, alternate: bool) -> None:
    tagged = [[(number, item) for item in channel] for number, channel in enumerate(channels)]
    woven = weave(tagged, alternate=alternate)
    assert [[item for tag, item in woven if tag == number] for number in range(len(channels))] == channels


def test_weaving_alternates() -> None:
    assert weave(["aaa", "b", "cc"], alternate=True) == ["a", "b", "c", "a", "c", "a"]
    assert weave(["aa", "b"], alternate=False) == ["a", "a", "b"]


def test_vectors_depend_on_the_position_alone() -> None:
    assert embedding(0, 4) == embedding(0, 8)[:4]
    assert embedding(0, 8) != embedding(1, 8)
