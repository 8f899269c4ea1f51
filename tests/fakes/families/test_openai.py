"""The fake OpenAI, read by OpenAI's own package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from dlp.fakes import FakeProviders, Script

TOOL = {"name": "send", "parameters": {"type": "object", "properties": {"to": {"type": "string"}}}}
CHAT_TOOLS: Any = [{"type": "function", "function": TOOL}]
RESPONSE_TOOLS: Any = [{"type": "function", **TOOL}]
SAID = 'to "Ann"\n\\ é'
MESSAGES: Any = [{"role": "user", "content": SAID}]


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture
def client(fake: FakeProviders) -> Iterator[openai.OpenAI]:
    base = f"http://127.0.0.1:{fake.plain_port}/v1"
    with openai.OpenAI(api_key="k", base_url=base, max_retries=0) as running:
        yield running


def test_chat_in_one_piece(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=MESSAGES, n=2)
    assert [choice.message.content for choice in answer.choices] == [f"(1) You said: {SAID}", f"(2) You said: {SAID}"]
    assert [choice.finish_reason for choice in answer.choices] == ["stop", "stop"]
    assert answer.usage is not None
    assert answer.id.startswith("chatcmpl-")


@pytest.mark.parametrize(
    "script", [Script(), Script(delta_size=1, wire_size=1), Script(line_end="\r\n", encoding="br")]
)
def test_chat_in_pieces(fake: FakeProviders, client: openai.OpenAI, script: Script) -> None:
    """Choices alternate; the last chunk has usage and no choice; the stream is well-formed however it is cut."""
    fake.enqueue(script)
    stream = client.chat.completions.create(
        model="m", messages=MESSAGES, n=2, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    spoken = [chunk.choices[0] for chunk in chunks if chunk.choices]
    for index in (0, 1):
        said = "".join(choice.delta.content or "" for choice in spoken if choice.index == index)
        assert said == f"({index + 1}) You said: {SAID}"
    assert [choice.index for choice in spoken[:4]] == [0, 1, 0, 1]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


def test_a_tool_call_and_its_result(client: openai.OpenAI) -> None:
    called = client.chat.completions.create(model="m", messages=MESSAGES, tools=CHAT_TOOLS).choices[0]
    assert called.finish_reason == "tool_calls"
    (call,) = called.message.tool_calls or []
    assert json.loads(call.function.arguments) == {"to": SAID}  # type: ignore[union-attr]  # a function call
    history = [*MESSAGES, called.message, {"role": "tool", "tool_call_id": call.id, "content": "sent"}]
    after = client.chat.completions.create(model="m", messages=history, tools=CHAT_TOOLS).choices[0]
    assert after.message.content == "The tool answered: sent"


def test_parallel_calls_alternate_in_a_stream(fake: FakeProviders, client: openai.OpenAI) -> None:
    fake.enqueue(Script(tool_calls=[{"name": "send", "arguments": {"to": f"{n} {{said}}"}} for n in (1, 2)]))
    deltas: dict[int, str] = {0: "", 1: ""}
    order = []
    for chunk in client.chat.completions.create(model="m", messages=MESSAGES, tools=CHAT_TOOLS, stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            order.append(call.index)
            deltas[call.index] += (call.function.arguments if call.function else None) or ""
    assert order[:4] == [0, 1, 0, 1]
    assert [json.loads(text)["to"] for text in deltas.values()] == [f"1 {SAID}", f"2 {SAID}"]


def test_legacy_functions(client: openai.OpenAI) -> None:
    functions: Any = [TOOL]
    choice = client.chat.completions.create(model="m", messages=MESSAGES, functions=functions).choices[0]
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert json.loads(choice.message.function_call.arguments) == {"to": SAID}
    stream = client.chat.completions.create(model="m", messages=MESSAGES, functions=functions, stream=True)
    calls = [chunk.choices[0].delta.function_call for chunk in stream]
    assert json.loads("".join((call.arguments or "") for call in calls if call)) == {"to": SAID}


def test_custom_tools_take_text(client: openai.OpenAI) -> None:
    tools: Any = [{"type": "custom", "custom": {"name": "note"}}]
    call = (
        client.chat.completions.create(model="m", messages=MESSAGES, tools=tools).choices[0].message.tool_calls or []
    )[0]
    assert call.type == "custom"
    assert call.custom.input == SAID
    tools = [{"type": "custom", "name": "note"}]
    assert client.responses.create(model="m", input=SAID, tools=tools).output[0].input == SAID  # type: ignore[union-attr]


def test_logprobs_spell_the_text(client: openai.OpenAI) -> None:
    choice = client.chat.completions.create(model="m", messages=MESSAGES, logprobs=True).choices[0]
    assert choice.logprobs is not None
    assert bytes(choice.logprobs.content[0].bytes or []) == f"You said: {SAID}".encode()  # type: ignore[index]


@pytest.mark.parametrize("options", [{}, {"tools": RESPONSE_TOOLS}, {"reasoning": {"summary": "auto"}}])
def test_a_response_stream_tells_the_same_in_deltas_copies_and_the_end(client: openai.OpenAI, options: Any) -> None:
    """Sequence numbers count, every delta family ends in a `.done` with its text, `completed` holds the whole."""
    deltas: dict[str, str] = {}
    copies: dict[str, str] = {}
    numbers = []
    with client.responses.stream(model="m", input=SAID, **options) as stream:
        for event in stream:
            numbers.append(event.sequence_number)
            family = event.type.rpartition(".")[0]
            if event.type.endswith(".delta"):
                deltas[family] = deltas.get(family, "") + event.delta  # type: ignore[union-attr]
            elif event.type.endswith(".done") and family in deltas:
                copies[family] = getattr(event, "text", None) or getattr(event, "arguments", "")
        final = stream.get_final_response()
    assert [number for number in numbers if number is not None] == sorted({n for n in numbers if n is not None})
    assert deltas == copies
    last = final.output[-1]
    whole = last.arguments if last.type == "function_call" else final.output_text
    assert whole in deltas.values()
    assert SAID in (json.loads(whole)["to"] if last.type == "function_call" else whole)


def test_responses_are_stored_and_echo_the_request(client: openai.OpenAI) -> None:
    created = client.responses.create(model="m", input=SAID, instructions="be brief", metadata={"team": "a"})
    again = client.responses.retrieve(created.id)
    assert (again.output_text, again.instructions, again.metadata) == (f"You said: {SAID}", "be brief", {"team": "a"})
    assert client.responses.input_items.list(created.id).data[0].content[0].text == SAID  # type: ignore[union-attr]
    client.responses.delete(created.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(created.id)


def test_a_function_result_is_answered(client: openai.OpenAI) -> None:
    call = client.responses.create(model="m", input=SAID, tools=RESPONSE_TOOLS).output[0]
    items: Any = [call.model_dump(), {"type": "function_call_output", "call_id": "c", "output": "sent"}]
    assert (
        client.responses.create(model="m", input=items, tools=RESPONSE_TOOLS).output_text == "The tool answered: sent"
    )


def test_completions(client: openai.OpenAI) -> None:
    assert [choice.text for choice in client.completions.create(model="m", prompt=["a", "b"]).choices] == [
        "You said: a",
        "You said: b",
    ]
    stream = client.completions.create(model="m", prompt="a", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == "You said: a"


def test_embeddings_as_numbers_and_packed(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="m", input=["a", "b"], dimensions=4)  # the package asks for base64
    numbers = client.embeddings.create(model="m", input=["a", "b"], dimensions=4, encoding_format="float")
    assert [entry.embedding for entry in packed.data] == [entry.embedding for entry in numbers.data]
    assert len(client.embeddings.create(model="m", input=[1, 2, 3]).data) == 1
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="m", input="a", dimensions=10**9)


def test_moderations_and_models(client: openai.OpenAI) -> None:
    assert [result.flagged for result in client.moderations.create(input=["a", "b"]).results] == [False, False]
    assert client.models.retrieve("m").id == "m"
    assert len(client.models.list().data) > 1


def test_files_come_back_as_they_went(client: openai.OpenAI) -> None:
    content = b'{"a": 1}\r\n\x00\xff'
    uploaded = client.files.create(file=("data.jsonl", content), purpose="batch")
    assert (uploaded.filename, uploaded.bytes, uploaded.purpose) == ("data.jsonl", len(content), "batch")
    assert client.files.content(uploaded.id).read() == content
    assert [entry.id for entry in client.files.list()] == [uploaded.id]
    assert client.files.delete(uploaded.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(uploaded.id)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
def test_scripted_errors_are_the_packages_own(
    fake: FakeProviders, client: openai.OpenAI, status: int, error: type[openai.APIStatusError]
) -> None:
    fake.enqueue(Script(status=status))
    with pytest.raises(error, match="scripted failure"):
        client.chat.completions.create(model="m", messages=MESSAGES)


def test_a_fault_in_mid_stream_is_raised(fake: FakeProviders, client: openai.OpenAI) -> None:
    fake.enqueue(Script(error_after=3))
    stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    with pytest.raises(openai.APIError, match="had an error"):
        list(stream)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"messages": []}'])
def test_a_body_that_makes_no_sense_is_refused(client: openai.OpenAI, body: bytes) -> None:
    with pytest.raises(openai.BadRequestError):
        client.post("/chat/completions", cast_to=object, content=body)
