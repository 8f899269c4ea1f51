"""The fake Anthropic, read by Anthropic's own package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from dlp.fakes import FakeProviders, Script

SAID = 'to "Ann"\n\\ é'
COMMON: Any = {"model": "claude-test", "max_tokens": 2048}
MESSAGES: Any = [{"role": "user", "content": SAID}]
TOOLS: Any = [{"name": "send", "input_schema": {"type": "object", "properties": {"to": {"type": "string"}}}}]
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture
def client(fake: FakeProviders) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=f"http://127.0.0.1:{fake.plain_port}", max_retries=0) as running:
        yield running


def test_a_message_in_one_piece(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**COMMON, messages=MESSAGES)
    assert [block.text for block in message.content] == [f"You said: {SAID}"]
    assert (message.stop_reason, message.role) == ("end_turn", "assistant")
    assert message.usage.output_tokens > 0


@pytest.mark.parametrize(
    "script", [Script(), Script(delta_size=1, wire_size=1), Script(line_end="\r\n", encoding="gzip")]
)
def test_a_message_in_pieces(fake: FakeProviders, client: anthropic.Anthropic, script: Script) -> None:
    fake.enqueue(script)
    with client.messages.stream(**COMMON, messages=MESSAGES) as stream:
        assert "".join(stream.text_stream) == f"You said: {SAID}"
        assert stream.get_final_message().stop_reason == "end_turn"


def test_events_come_in_the_documented_order(fake: FakeProviders, client: anthropic.Anthropic) -> None:
    fake.enqueue(Script(text="hello", delta_size=100))
    with client.messages.create(**COMMON, messages=MESSAGES, stream=True) as stream:
        kinds = [event.type for event in stream]
    assert kinds == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]  # the package swallows the ping


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_tool_input_is_whole_json_however_it_is_cut(
    fake: FakeProviders, client: anthropic.Anthropic, size: int
) -> None:
    fake.enqueue(Script(delta_size=size))
    with client.messages.stream(**COMMON, messages=MESSAGES, tools=TOOLS) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "tool_use"
    assert message.content[0].input == {"to": SAID}


def test_a_tool_result_is_answered(client: anthropic.Anthropic) -> None:
    called = client.messages.create(**COMMON, messages=MESSAGES, tools=TOOLS)
    result = {"type": "tool_result", "tool_use_id": called.content[0].id, "content": "sent"}
    history: Any = [*MESSAGES, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]
    after = client.messages.create(**COMMON, messages=history, tools=TOOLS)
    assert after.content[0].text == "The tool answered: sent"


def test_reasoning_is_signed_and_a_changed_one_is_refused(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**COMMON, messages=MESSAGES, thinking=THINKING)
    with client.messages.stream(**COMMON, messages=MESSAGES, thinking=THINKING) as stream:
        streamed = stream.get_final_message().content
    assert streamed[0] == message.content[0]
    block = message.content[0].model_dump()
    again: Any = [*MESSAGES, {"role": "assistant", "content": [block]}, *MESSAGES]
    client.messages.create(**COMMON, messages=again, thinking=THINKING)
    block["thinking"] += "."
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        client.messages.create(**COMMON, messages=again, thinking=THINKING)


def test_tokens_are_counted_and_models_listed(client: anthropic.Anthropic) -> None:
    assert client.messages.count_tokens(model="m", messages=MESSAGES).input_tokens > 0
    assert client.models.retrieve("m").id == "m"
    assert len(list(client.models.list())) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error")],
)
def test_scripted_errors_are_the_packages_own(
    fake: FakeProviders, client: anthropic.Anthropic, status: int, kind: str
) -> None:
    fake.enqueue(Script(status=status))
    with pytest.raises(anthropic.APIStatusError, match=kind) as caught:
        client.messages.create(**COMMON, messages=MESSAGES)
    assert caught.value.status_code == status


def test_a_fault_in_mid_stream_is_raised(fake: FakeProviders, client: anthropic.Anthropic) -> None:
    fake.enqueue(Script(error_after=3))
    with client.messages.stream(**COMMON, messages=MESSAGES) as stream, pytest.raises(anthropic.APIStatusError):
        stream.get_final_message()


@pytest.mark.parametrize("path", ["/v1/messages/1/x"])
def test_what_this_provider_does_not_have_is_not_found(client: anthropic.Anthropic, path: str) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.post(path, cast_to=object, body={})
