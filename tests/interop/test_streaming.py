"""Any stream of any provider, cut anywhere, through the real proxy: the application reads what the model would have said.

The fake's echo makes the expectation exact: without a proxy the answer quotes the request, so behind the proxy it must
quote it just the same, although the provider saw tokens and sent them back in pieces.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.fakes import FakeProviders, Script
from tests.harness import ProxyProcess, leaks_of

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

PROPERTIES = {"note": {"type": "string"}, "copies": {"type": "array", "items": {"type": "string"}}}


@dataclass(frozen=True)
class Dialect:
    """How one provider is asked, and how a minimal client puts its stream together."""

    name: str
    url: str
    preamble: int
    """Events before the first one with text."""

    def body(self, text: str, *, tool: bool) -> dict[str, Any]:
        schema = {"type": "object", "properties": PROPERTIES}
        message = {"role": "user", "content": text}
        match self.name:
            case "chat":
                tools = [{"type": "function", "function": {"name": "note", "parameters": schema}}]
                return {"model": "m", "stream": True, "messages": [message], **({"tools": tools} if tool else {})}
            case "responses":
                tools = [{"type": "function", "name": "note", "parameters": schema}]
                return {"model": "m", "stream": True, "input": text, **({"tools": tools} if tool else {})}
            case "messages":
                tools = [{"name": "note", "input_schema": schema}]
                common = {"model": "m", "max_tokens": 99, "stream": True, "messages": [message]}
                return {**common, **({"tools": tools} if tool else {})}
            case _:
                tools = [{"functionDeclarations": [{"name": "note", "parameters": schema}]}]
                return {"contents": [{"parts": [{"text": text}]}], **({"tools": tools} if tool else {})}

    def read(self, raw: bytes) -> tuple[str, str]:
        """The text and the arguments of the first call, as deltas put together."""
        text, arguments = "", ""
        for event in self._events(raw.decode()):
            match self.name:
                case "chat":
                    delta = event["choices"][0]["delta"]
                    text += delta.get("content") or ""
                    for call in delta.get("tool_calls") or []:
                        arguments += call["function"].get("arguments") or ""
                case "responses":
                    text += event["delta"] if event["type"] == "response.output_text.delta" else ""
                    arguments += event["delta"] if event["type"] == "response.function_call_arguments.delta" else ""
                case "messages":
                    delta = event.get("delta", {})
                    text += delta.get("text", "")
                    arguments += delta.get("partial_json", "")
                case _:
                    for part in event["candidates"][0]["content"]["parts"]:
                        text += part.get("text", "")
                        arguments += json.dumps(part["functionCall"]["args"]) if "functionCall" in part else ""
        return text, arguments

    def _events(self, raw: str) -> Iterator[Any]:
        if self.name == "array":
            yield from json.loads(raw)
            return
        for line in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))


GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent"
DIALECTS = (
    Dialect("chat", "https://api.openai.com/v1/chat/completions", 1),
    Dialect("responses", "https://api.openai.com/v1/responses", 4),
    Dialect("messages", "https://api.anthropic.com/v1/messages", 3),
    Dialect("events", f"{GEMINI}?alt=sse", 0),
    Dialect("array", GEMINI, 0),
)
BY_NAME = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


@pytest.fixture(scope="module")
def client(proxy: ProxyProcess) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(proxy.bundle()))
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=context, trust_env=False, timeout=60) as running:
        yield running


SCRIPTS = st.builds(
    Script,
    delta_size=st.integers(1, 30),
    wire_size=st.none() | st.integers(1, 90),
    encoding=st.sampled_from(["identity", "gzip", "br", "zstd"]),
    line_end=st.sampled_from([None, "\n", "\r\n"]),
    escaped=st.booleans(),
    content_length=st.booleans(),
    content_type=st.sampled_from([None, None, ""]),
)
"""What a provider may send, and a bit more."""

FILLER = st.text(st.sampled_from("abc .,;:\\/[]{}<>'\n\té😀PII"), max_size=12)
"""Characters that need care, some of which look like the beginning of a token. No double quotes: after a bracket they
begin what may be JSON, and a value put into JSON is escaped, see `test_json_in_a_text_stays_json`."""


@st.composite
def texts(draw: st.DrawFn, values: tuple[str, ...]) -> str:
    """Planted values among filler."""
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=4))
    return "".join(f"{draw(FILLER)} {value} {draw(FILLER)}" for value in chosen)


@BY_NAME
@EXAMPLES
@given(data=st.data())
def test_a_stream_reads_as_if_the_model_had_seen_the_values(
    data: st.DataObject, dialect: Dialect, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Text and tool arguments, over all scripts; nothing leaks on the way out."""
    text = data.draw(texts(planted.VALUES))
    tool = data.draw(st.booleans())
    fake.reset()
    fake.enqueue(data.draw(SCRIPTS))
    answer = client.post(dialect.url, json=dialect.body(text, tool=tool))
    assert answer.status_code == 200, answer.text
    said, arguments = dialect.read(answer.content)
    assert leaks_of(fake.received, [value for value in planted.VALUES if value in text]) == []
    if tool:
        assert json.loads(arguments) == {"note": text, "copies": [text]}
    else:
        assert said == f"You said: {text}"


@settings(EXAMPLES, max_examples=15)  # each is a stream of a thousand events and more
@given(data=st.data())
def test_interleaved_choices_and_calls_do_not_disturb_each_other(
    data: st.DataObject, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Three choices with two calls each, all in one stream of alternating pieces."""
    text = data.draw(texts(planted.VALUES))
    prefixes = data.draw(st.lists(FILLER, min_size=3, max_size=3))
    calls = [{"name": "note", "arguments": {"note": f"{{said}}{prefix}", "n": 1}} for prefix in prefixes[:2]]
    said = [f"{prefix} {{said}} {prefix}" for prefix in prefixes]
    fake.enqueue(Script(text=said, tool_calls=calls, delta_size=data.draw(st.integers(1, 25))))
    answer = client.post(DIALECTS[0].url, json={**DIALECTS[0].body(text, tool=True), "n": 3})
    spoken = ["", "", ""]
    written: dict[tuple[int, int], str] = {}
    for line in answer.text.splitlines():
        for choice in json.loads(line[6:])["choices"] if line.startswith("data: {") else ():
            index = choice["index"]
            spoken[index] += choice["delta"].get("content") or ""
            for call in choice["delta"].get("tool_calls") or []:
                place = (index, call["index"])
                written[place] = written.get(place, "") + call["function"].get("arguments", "")
    assert spoken == [f"{prefix} {text} {prefix}" for prefix in prefixes]
    notes = {place: json.loads(arguments)["note"] for place, arguments in written.items()}
    assert notes == {(choice, call): f"{text}{prefixes[call]}" for choice in range(3) for call in range(2)}


@BY_NAME
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_json_in_a_text_stays_json(
    dialect: Dialect, size: int, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """Structured output, also in a code fence: a value with quotes is escaped for where its token stands."""
    fake.enqueue(
        Script(text=lambda asked: "```json\n" + json.dumps({"note": asked.said, "n": 1}) + "\n```", delta_size=size)
    )
    answer = client.post(dialect.url, json=dialect.body(planted.PROJECT, tool=False))
    said = dialect.read(answer.content)[0]
    assert json.loads(said.removeprefix("```json").removesuffix("```")) == {"note": planted.PROJECT, "n": 1}


@BY_NAME
def test_what_has_arrived_is_passed_on_before_the_rest_exists(
    dialect: Dialect, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """The provider stops in mid-stream; the application has already read everything that can't be part of a token."""
    opening = "It begins with an ordinary sentence, and then "
    fake.enqueue(Script(text=opening + "{said}", delta_size=len(opening), hold_after=dialect.preamble + 1))
    body = dialect.body(planted.EMAIL, tool=False)
    with client.stream("POST", dialect.url, json=body) as answer:
        pieces = answer.iter_bytes()
        early = b""
        while opening.strip().encode() not in early:  # ends by the client's timeout if it never comes
            early += next(pieces)
        assert planted.EMAIL.encode() not in early
        fake.release()
        whole = early + b"".join(pieces)
    assert dialect.read(whole)[0] == opening + planted.EMAIL


@BY_NAME
def test_a_stream_that_breaks_off_leaves_what_came_before(
    dialect: Dialect, fake: FakeProviders, client: httpx.Client, planted: ModuleType
) -> None:
    """The application reads the events so far and then an error, not a clean end."""
    fake.enqueue(Script(text="A sentence. {said}", delta_size=12, close_after=dialect.preamble + 1))
    early = []
    body = dialect.body(planted.EMAIL, tool=False)
    with client.stream("POST", dialect.url, json=body) as answer, pytest.raises(httpx.RemoteProtocolError):
        early.extend(answer.iter_bytes())
    assert b"A sentence." in b"".join(early)
