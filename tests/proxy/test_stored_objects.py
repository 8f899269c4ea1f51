"""What providers keep, by their own SDKs: nothing personal reaches them, and what is fetched later says what was sent, to its caller alone."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest
from google import genai
from google.genai import types
from mistralai.client import Mistral

from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from tests.engine.conversations import PlantedDetector
from tests.harness import leaks_of
from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.test_stateful import settings

VALUE = 'V000001-anna "the \\ boss" @nordwind.orgQ'
OTHER = "V000004-bert@nordwind.orgQ"
TOKEN = re.compile(r"\[PII:[A-Z_]+:[0-9a-f]+\]")


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp("stored")
    policy = folder / "policy.yaml"
    policy.write_text("version: 1\nname: company\nentities: {DEFAULT: mask}\nvault: {days: 1}\n")
    with live_proxy(
        fake.port, fake.authority, folder, policy=str(policy), detector=PlantedDetector(), vault=f"sqlite:{folder}/v.db"
    ) as running:
        yield running
        running.application.engine.vault.close()


@pytest.fixture(autouse=True)
def nothing_personal_reaches_them(fake: FakeProviders) -> Iterator[None]:
    fake.reset()
    yield
    assert fake.received
    assert leaks_of(fake.received, [VALUE, OTHER]) == []


@contextlib.contextmanager
def openai_client(proxy: LiveProxy, key: str = "sk-anna") -> Iterator[openai.OpenAI]:
    http = openai.DefaultHttpxClient(**settings(proxy))
    with openai.OpenAI(api_key=key, http_client=http, max_retries=0) as client:
        yield client


@pytest.fixture
def client(proxy: LiveProxy) -> Iterator[openai.OpenAI]:
    with openai_client(proxy) as anna:
        yield anna


@pytest.fixture
def another(proxy: LiveProxy) -> Iterator[openai.OpenAI]:
    with openai_client(proxy, "sk-bert") as bert:
        yield bert


def masked(text: str) -> bool:
    """Whether a text has tokens where the values were."""
    return bool(TOKEN.search(text)) and "nordwind" not in text


# -- OpenAI ------------------------------------------------------------------------------------------------------------


def test_a_batch_and_its_results(client: openai.OpenAI, another: openai.OpenAI) -> None:
    """Uploaded, made, asked for, and its results fetched: each line's answer says what its own line said."""
    requests = [
        {
            "custom_id": f"row-{n}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "m", "messages": [{"role": "user", "content": f"{n}: {who}"}]},
        }
        for n, who in enumerate((VALUE, "nobody", OTHER))
    ]
    lines = "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests).encode()
    uploaded = client.files.create(file=("requests.jsonl", lines), purpose="batch")
    batch = client.batches.create(
        input_file_id=uploaded.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata={"for": VALUE},
    )
    batch = client.batches.retrieve(batch.id)
    assert (batch.status, batch.metadata) == ("completed", {"for": VALUE})
    assert client.files.content(uploaded.id).content == lines
    results = [json.loads(line) for line in client.files.content(batch.output_file_id or "").text.splitlines()]
    said = [result["response"]["body"]["choices"][0]["message"]["content"] for result in results]
    assert said == [f"You said: 0: {VALUE}", "You said: 1: nobody", f"You said: 2: {OTHER}"]
    assert [result["custom_id"] for result in results] == ["row-0", "row-1", "row-2"]
    assert masked(another.files.content(batch.output_file_id or "").text)
    assert masked(another.batches.retrieve(batch.id).model_dump_json())


def test_a_vector_store_and_its_search(client: openai.OpenAI, another: openai.OpenAI) -> None:
    file = client.files.create(file=("people.txt", f"Ask {VALUE} first.".encode()), purpose="assistants")
    store = client.vector_stores.create(name=f"of {VALUE}", file_ids=[file.id], metadata={"owner": VALUE})
    assert store.name == f"of {VALUE}"
    member = client.vector_stores.files.create(vector_store_id=store.id, file_id=file.id, attributes={"who": VALUE})
    assert member.attributes == {"who": VALUE}
    [hit] = client.vector_stores.search(store.id, query=f"Who is {VALUE}?").data
    assert (hit.content[0].text, hit.attributes) == (f"Ask {VALUE} first.", {"who": VALUE})
    [page] = client.vector_stores.files.content(file.id, vector_store_id=store.id).data
    assert page.text == f"Ask {VALUE} first."
    assert client.vector_stores.retrieve(store.id).metadata == {"owner": VALUE}
    assert masked(another.vector_stores.search(store.id, query="people").data[0].content[0].text)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_assistants_threads_and_runs(client: openai.OpenAI, another: openai.OpenAI) -> None:
    beta = client.beta
    assistant = beta.assistants.create(model="m", name="helper", instructions=f"You work for {VALUE}")
    assert beta.assistants.retrieve(assistant.id).instructions == f"You work for {VALUE}"
    thread = beta.threads.create(messages=[{"role": "user", "content": f"I am {VALUE}"}], metadata={"of": VALUE})
    beta.threads.messages.create(thread.id, role="user", content=f"Write to {OTHER}")
    run = beta.threads.runs.create_and_poll(
        thread_id=thread.id,
        assistant_id=assistant.id,
        additional_instructions=f"Be kind to {VALUE}",
        poll_interval_ms=1,
    )
    assert run.status == "completed"
    said = [message.content[0].text.value for message in beta.threads.messages.list(thread.id)]  # type: ignore[union-attr]
    assert said == [f"You said: Write to {OTHER}", f"Write to {OTHER}", f"I am {VALUE}"]
    assert masked(another.beta.threads.messages.list(thread.id).model_dump_json())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_that_streams(client: openai.OpenAI, fake: FakeProviders) -> None:
    """Its pieces joined, and the whole message, say the same."""
    assistant = client.beta.assistants.create(model="m")
    thread = client.beta.threads.create(messages=[{"role": "user", "content": f"I am {VALUE}"}])
    fake.script = Script(delta_size=3)
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as events:
        pieces = "".join(events.text_deltas)
        [message] = events.get_final_messages()
    assert pieces == message.content[0].text.value == f"You said: I am {VALUE}"  # type: ignore[union-attr]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_run_that_calls_a_tool(client: openai.OpenAI, *, stream: bool) -> None:
    schema = {"type": "object", "properties": {"to": {"type": "string"}}}
    tool: Any = {"type": "function", "function": {"name": "mail", "parameters": schema}}
    runs = client.beta.threads.runs
    assistant = client.beta.assistants.create(model="m", tools=[tool])
    thread = client.beta.threads.create(messages=[{"role": "user", "content": VALUE}])
    if stream:
        with runs.stream(thread_id=thread.id, assistant_id=assistant.id) as events:
            arguments = "".join(
                call.function.arguments or ""
                for event in events
                if event.event == "thread.run.step.delta" and event.data.delta.step_details.type == "tool_calls"  # type: ignore[union-attr]
                for call in event.data.delta.step_details.tool_calls or []  # type: ignore[union-attr]
                if call.type == "function" and call.function
            )
            run = events.current_run
        assert json.loads(arguments) == {"to": VALUE}
        assert run is not None
    else:
        run = runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=1)
    assert run.required_action is not None
    [call] = run.required_action.submit_tool_outputs.tool_calls
    assert json.loads(call.function.arguments) == {"to": VALUE}
    output: Any = [{"tool_call_id": call.id, "output": json.dumps({"sent": f"to {OTHER}"})}]
    runs.submit_tool_outputs_and_poll(run_id=run.id, thread_id=thread.id, tool_outputs=output, poll_interval_ms=1)
    last = client.beta.threads.messages.list(thread.id).data[0].content[0].text.value  # type: ignore[union-attr]
    assert last == "The tool answered: " + json.dumps({"sent": f"to {OTHER}"})


def test_a_conversation(client: openai.OpenAI, another: openai.OpenAI) -> None:
    item: Any = {"type": "message", "role": "user", "content": f"I am {VALUE}"}
    made = client.conversations.create(items=[item], metadata={"of": VALUE})
    assert made.metadata == {"of": VALUE}
    answer = client.responses.create(model="m", input=f"Write to {OTHER}", conversation=made.id)
    assert answer.output_text == f"You said: Write to {OTHER}"
    kept = [part.text for entry in client.conversations.items.list(made.id) for part in entry.content]  # type: ignore[union-attr]
    assert kept == [f"You said: Write to {OTHER}", f"Write to {OTHER}", f"I am {VALUE}"]
    assert masked(another.conversations.items.list(made.id).model_dump_json())


def test_a_fine_tuning_job(client: openai.OpenAI, another: openai.OpenAI, fake: FakeProviders) -> None:
    example = {"messages": [{"role": "user", "content": f"I am {VALUE}"}, {"role": "assistant", "content": OTHER}]}
    lines = json.dumps(example).encode() + b"\n"
    file = client.files.create(file=("train.jsonl", lines), purpose="fine-tune")
    job = client.fine_tuning.jobs.create(model="m", training_file=file.id, metadata={"of": VALUE})
    assert client.fine_tuning.jobs.retrieve(job.id).metadata == {"of": VALUE}
    token = TOKEN.findall(fake.received[0].text)[0]
    fake.script = Script(text=f"Line 1 says {token}")
    [event] = client.fine_tuning.jobs.list_events(job.id).data
    assert event.message == f"Line 1 says {VALUE}"
    assert masked(another.fine_tuning.jobs.list_events(job.id).data[0].message)


# -- Anthropic ---------------------------------------------------------------------------------------------------------


def test_batches_of_messages(proxy: LiveProxy) -> None:
    def client(key: str) -> anthropic.Anthropic:
        http = anthropic.DefaultHttpxClient(**settings(proxy))
        return anthropic.Anthropic(api_key=key, http_client=http, max_retries=0)

    requests: Any = [
        {
            "custom_id": f"row-{n}",
            "params": {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": who}]},
        }
        for n, who in enumerate((VALUE, OTHER))
    ]
    with client("sk-anna") as anna, client("sk-bert") as bert:
        batch = anna.messages.batches.create(requests=requests)
        assert anna.messages.batches.retrieve(batch.id).processing_status == "ended"
        said = [result.result.message.content[0].text for result in anna.messages.batches.results(batch.id)]  # type: ignore[union-attr]
        assert said == [f"You said: {VALUE}", f"You said: {OTHER}"]
        assert all(masked(result.model_dump_json()) for result in bert.messages.batches.results(batch.id))


# -- Gemini ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def gemini_client(proxy: LiveProxy, key: str) -> Iterator[genai.Client]:
    client = genai.Client(api_key=key, http_options=types.HttpOptions(client_args=settings(proxy)))
    try:
        yield client
    finally:
        client.close()


def test_a_batch_in_the_request(proxy: LiveProxy) -> None:
    with gemini_client(proxy, "anna") as anna, gemini_client(proxy, "bert") as bert:
        requests: Any = [{"contents": [{"role": "user", "parts": [{"text": who}]}]} for who in (VALUE, OTHER)]
        job = anna.batches.create(model="m", src=requests, config={"display_name": f"of {VALUE}"})
        assert job.display_name == f"of {VALUE}"
        done = anna.batches.get(name=job.name or "")
        said = [each.response.text for each in done.dest.inlined_responses or [] if each.response]  # type: ignore[union-attr]
        assert said == [f"You said: {VALUE}", f"You said: {OTHER}"]
        assert masked(bert.batches.get(name=job.name or "").model_dump_json())


def test_a_batch_in_a_file(proxy: LiveProxy, tmp_path: Path) -> None:
    """Uploaded in steps, and downloaded; what comes down says what each line said."""
    path = tmp_path / "requests.jsonl"
    lines = [
        {"key": str(n), "request": {"contents": [{"parts": [{"text": who}]}]}} for n, who in enumerate((VALUE, OTHER))
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    with gemini_client(proxy, "anna") as anna, gemini_client(proxy, "bert") as bert:
        file = anna.files.upload(file=path, config={"mime_type": "application/jsonl", "display_name": f"of {VALUE}"})
        assert file.display_name == f"of {VALUE}"
        job = anna.batches.create(model="m", src=file.name or "")
        done = anna.batches.get(name=job.name or "")
        name = (done.dest.file_name if done.dest else None) or ""
        results = [json.loads(line) for line in anna.files.download(file=name).splitlines()]
        said = [each["response"]["candidates"][0]["content"]["parts"][0]["text"] for each in results]
        assert said == [f"You said: {VALUE}", f"You said: {OTHER}"]
        assert masked(bert.files.download(file=name).decode())


def test_cached_contents(proxy: LiveProxy, fake: FakeProviders) -> None:
    with gemini_client(proxy, "anna") as anna, gemini_client(proxy, "bert") as bert:
        kept: Any = {
            "contents": [{"role": "user", "parts": [{"text": f"I am {VALUE}"}]}],
            "display_name": f"of {VALUE}",
            "system_instruction": f"You work for {OTHER}",
        }
        cached = anna.caches.create(model="m", config=kept)
        assert anna.caches.get(name=cached.name or "").display_name == f"of {VALUE}"
        token = TOKEN.findall(fake.received[0].text)[0]
        fake.script = Script(text=f"You are {token}")
        config = types.GenerateContentConfig(cached_content=cached.name)
        text = anna.models.generate_content(model="m", contents="Who am I?", config=config).text or ""
        assert not TOKEN.search(text)
        assert masked(bert.models.generate_content(model="m", contents="Who am I?", config=config).text or "")
        assert masked(bert.caches.get(name=cached.name or "").display_name or "")


# -- Mistral -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inline", [False, True], ids=["file", "inline"])
def test_a_batch_of_mistral(proxy: LiveProxy, *, inline: bool) -> None:
    requests = [
        {"custom_id": str(n), "body": {"messages": [{"role": "user", "content": who}]}}
        for n, who in enumerate((VALUE, OTHER))
    ]
    lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
    with httpx.Client(**settings(proxy)) as http, httpx.Client(**settings(proxy)) as others:
        anna, bert = Mistral(api_key="anna", client=http), Mistral(api_key="bert", client=others)
        asked: Any = {"requests": requests}
        if not inline:
            asked = {
                "input_files": [anna.files.upload(file={"file_name": "x.jsonl", "content": lines}, purpose="batch").id]
            }
        job = anna.batch.jobs.create(endpoint="/v1/chat/completions", model="m", metadata={"of": VALUE}, **asked)
        done = anna.batch.jobs.get(job_id=job.id)
        assert (done.status, done.metadata) == ("SUCCESS", {"of": VALUE})
        name = str(done.output_file)
        results = [json.loads(line) for line in anna.files.download(file_id=name).read().splitlines()]
        said = [each["response"]["body"]["choices"][0]["message"]["content"] for each in results]
        assert said == [f"You said: {VALUE}", f"You said: {OTHER}"]
        assert masked(bert.files.download(file_id=name).read().decode())
