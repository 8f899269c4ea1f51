"""A person's data as the key of an object."""

from __future__ import annotations

import json

import pytest

from dlp.engine.json_body import JsonBody
from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, openai
from dlp.providers.formats.generic import GENERIC

KEY = "ann@example.org"


@pytest.mark.parametrize(
    ("wire_format", "body"),
    [
        (openai.CHAT, {"messages": [], KEY: "x"}),
        (openai.CHAT, {"messages": [{"role": "user", "content": "x", KEY: "x"}]}),
        (openai.CHAT, {"metadata": {KEY: "x"}}),
        (
            openai.CHAT,
            {"tools": [{"function": {"name": "f", "parameters": {"properties": {KEY: {"type": "string"}}}}}]},
        ),
        (openai.RESPONSES, {"input": [{"type": "function_call", "arguments": json.dumps({KEY: 1})}]}),
        (
            anthropic.MESSAGES,
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "input": {KEY: 1}}]}]},
        ),
        (GENERIC, {"a": {KEY: None}}),
        (GENERIC, {"4111111111111111": True}),
    ],
)
def test_keys_that_are_no_names_are_examined_wherever_they_stand(wire_format: WireFormat, body: object) -> None:
    wanted = {KEY, "4111111111111111"}
    assert wanted & {text.value for text in JsonBody(json.dumps(body).encode(), wire_format).texts}


def test_names_and_token_ids_are_not() -> None:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi", "reasoning_content": ""}],
        "logit_bias": {"50256": -100},
        "x-key": 1,
        "$ref": 2,
    }
    assert [text.value for text in JsonBody(json.dumps(body).encode(), openai.CHAT).texts] == ["Hi"]
