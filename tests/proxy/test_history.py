"""Ten turns with each vendor's own package: the provider gets its own words back, whatever detection would make of them today.

The fake provider signs its reasoning and refuses what doesn't match; detection here finds what was planted, and random words besides, other
ones with every call.
"""

from __future__ import annotations

import json
import random
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import anthropic
import openai
import pytest
from google import genai
from google.genai import types

from dlp.engine.echo import EchoMemory
from dlp.fakes import FakeProviders
from dlp.fakes.answers import Answer, compose
from dlp.fakes.script import Asked, Script
from dlp.policy.model import Reasoning
from dlp.tokens import iter_token_spans
from dlp.types import Finding
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import LiveProxy, live_proxy

TURNS = 10
VALUE = "V000001-anna.keller@nordwind.orgQ"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"to": {"type": "string"}, "note": {"type": "string"}}}


class NoisyDetector(PlantedDetector):
    """Finds each planted value, and never the same words around it twice."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        found = list(super().find(text, context=context))
        taken = [*(finding.span for finding in found), *iter_token_spans(text)]
        for start in range(0, len(text) - 4, 5):
            if self._random.random() < 0.3 and all(end <= start or begin >= start + 4 for begin, end in taken):
                noise = Finding(entity_type="PERSON", start=start, end=start + 4, score=0.6, recognizer="Noise")
                found.append(noise)
        return tuple(sorted(found, key=lambda finding: finding.start))


class Model:
    """What the fake provider says, turn by turn, in all the spellings of a token that models invent."""

    def __init__(self, fake: FakeProviders) -> None:
        self._fake = fake
        self._asked: list[Asked] = []
        self.said: list[Answer] = []

    def _reply(self, asked: Asked) -> str:
        self._asked.append(asked)
        bare = asked.said.replace("[", "").replace("]", "")
        return f" Ada Brown (ada@brown.example) noted {asked.said}; {asked.said.lower()}, **{bare}** \u00e9\n"

    def answers(self, turn: int) -> None:
        """Say what the next answer is."""
        call = {"name": "look_up", "arguments": {"to": "{said}", "note": f'Grace "Hopper" \u2028 {turn}: {{said}}'}}
        self._script = Script(
            text=self._reply,
            reasoning=f"Turn {turn}: Grace wants {{said}}",
            tool_calls=[call] if turn % 2 else [],
            delta_size=19,  # no token comes in one piece: the shortest, `[PII:EMAIL:…]`, has 20 characters
        )
        self._fake.script = self._script

    def keep(self) -> None:
        """Note what was said."""
        [asked] = self._asked
        self.said.append(compose(asked, replace(self._script, text=self._reply(asked))))
        self._asked.clear()


type Said = tuple[str | None, str, list[Any]]
"""Reasoning, text, arguments of the calls."""


def said(answer: Answer, *, opened: bool) -> Said:
    calls = [call.parsed() if opened else call.arguments for call in answer.calls]
    return answer.reasoning, answer.texts[0] or "", calls


class Client:
    """One vendor's package in a conversation of a person who repeats a value, a model, and a tool that does so too."""

    opened = False
    """Arguments go back as objects."""

    def __init__(self, port: int, authority: ssl.SSLContext) -> None:
        self.history: list[Any] = []
        self.settings: dict[str, Any] = {"proxy": f"http://127.0.0.1:{port}", "verify": authority, "trust_env": False}

    @property
    def sdk(self) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.sdk.close()

    def ask(self, text: str, *, stream: bool) -> None:
        """Send the history with a new message, and keep the answer."""
        raise NotImplementedError

    def report(self, text: str, *, stream: bool) -> None:
        """Send the tool's result, and keep the answer."""
        raise NotImplementedError

    def replayed(self, body: Any) -> list[Said]:
        """The model's turns in a request that the provider received."""
        raise NotImplementedError


class Chat(Client):
    @cached_property
    def sdk(self) -> openai.OpenAI:
        return openai.OpenAI(api_key="sk-x", http_client=openai.DefaultHttpxClient(**self.settings))

    def ask(self, text: str, *, stream: bool) -> None:
        self.history.append({"role": "user", "content": text})
        self._send(stream=stream)

    def report(self, text: str, *, stream: bool) -> None:
        call = self.history[-1]["tool_calls"][0]["id"]
        self.history.append({"role": "tool", "tool_call_id": call, "content": text})
        self._send(stream=stream)

    def _send(self, *, stream: bool) -> None:
        tools: Any = [{"type": "function", "function": {"name": "look_up", "parameters": SCHEMA}}]
        if stream:
            with self.sdk.chat.completions.stream(model="m", messages=self.history, tools=tools) as events:
                reasoning = "".join(
                    getattr(choice.delta, "reasoning_content", None) or ""
                    for event in events
                    if event.type == "chunk"
                    for choice in event.chunk.choices
                )
                message = events.get_final_completion().choices[0].message.model_dump(exclude_none=True)
                message["reasoning_content"] = reasoning
        else:
            done = self.sdk.chat.completions.create(model="m", messages=self.history, tools=tools)
            message = done.choices[0].message.model_dump(exclude_none=True)
        for call in message.get("tool_calls", ()):
            call["function"].pop("parsed_arguments", None)
        message.pop("parsed", None)
        self.history.append(message)

    def replayed(self, body: Any) -> list[Said]:
        return [
            (
                message.get("reasoning_content"),
                message["content"],
                [call["function"]["arguments"] for call in message.get("tool_calls", ())],
            )
            for message in body["messages"]
            if message["role"] == "assistant"
        ]


class Responses(Chat):
    def ask(self, text: str, *, stream: bool) -> None:
        self.history.append({"role": "user", "content": text})
        self._send(stream=stream)

    def report(self, text: str, *, stream: bool) -> None:
        call = next(item["call_id"] for item in reversed(self.history) if item.get("type") == "function_call")
        self.history.append({"type": "function_call_output", "call_id": call, "output": text})
        self._send(stream=stream)

    def _send(self, *, stream: bool) -> None:
        asked: Any = {
            "model": "m",
            "input": self.history,
            "tools": [{"type": "function", "name": "look_up", "parameters": SCHEMA, "strict": False}],
        }
        if stream:
            with self.sdk.responses.stream(**asked) as events:
                done: Any = events.get_final_response()
        else:
            done = self.sdk.responses.create(**asked)
        for item in done.output:
            plain = item.model_dump(exclude_none=True)
            plain.pop("parsed_arguments", None)
            self.history.append(plain)

    def replayed(self, body: Any) -> list[Said]:
        turns: list[Said] = []
        for item in body["input"]:
            kind = item.get("type", "message")
            if kind == "reasoning":
                turns.append((item["summary"][0]["text"], "", []))
            elif item.get("role") == "assistant":
                turns[-1] = (turns[-1][0], item["content"][0]["text"], turns[-1][2])
            elif kind == "function_call":
                turns[-1][2].append(item["arguments"])
        return turns


class Claude(Client):
    opened = True

    @cached_property
    def sdk(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(api_key="x", http_client=anthropic.DefaultHttpxClient(**self.settings))

    def ask(self, text: str, *, stream: bool) -> None:
        self.history.append({"role": "user", "content": text})
        self._send(stream=stream)

    def report(self, text: str, *, stream: bool) -> None:
        call = next(block.id for block in self.history[-1]["content"] if block.type == "tool_use")
        self.history.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": text}]}
        )
        self._send(stream=stream)

    def _send(self, *, stream: bool) -> None:
        asked: Any = {
            "model": "m",
            "max_tokens": 2048,
            "messages": self.history,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "tools": [{"name": "look_up", "input_schema": SCHEMA}],
        }
        if stream:
            with self.sdk.messages.stream(**asked) as events:
                message: Any = events.get_final_message()
        else:
            message = self.sdk.messages.create(**asked)
        self.history.append({"role": "assistant", "content": message.content})

    def replayed(self, body: Any) -> list[Said]:
        turns = []
        for message in body["messages"]:
            if message["role"] == "assistant":
                of: dict[str, list[Any]] = {"thinking": [], "text": [], "tool_use": []}
                for block in message["content"]:
                    of[block["type"]].append(block.get("thinking") or block.get("text") or block.get("input"))
                turns.append((of["thinking"][0], "".join(of["text"]), of["tool_use"]))
        return turns


class Gemini(Client):
    """Of a stream it keeps every piece, as the package's own `chats` do."""

    opened = True

    @cached_property
    def sdk(self) -> genai.Client:
        return genai.Client(api_key="x", http_options=types.HttpOptions(client_args=self.settings))

    def ask(self, text: str, *, stream: bool) -> None:
        self.history.append(types.Content(role="user", parts=[types.Part(text=text)]))
        self._send(stream=stream)

    def report(self, text: str, *, stream: bool) -> None:
        part = types.Part.from_function_response(name="look_up", response={"result": text})
        self.history.append(types.Content(role="user", parts=[part]))
        self._send(stream=stream)

    def _send(self, *, stream: bool) -> None:
        declared = types.FunctionDeclaration(name="look_up", parameters_json_schema=SCHEMA)
        config = types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[declared])],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            thinking_config=types.ThinkingConfig(include_thoughts=True),
        )
        asked: Any = {"model": "m", "contents": self.history, "config": config}
        if stream:
            chunks = list(self.sdk.models.generate_content_stream(**asked))
        else:
            chunks = [self.sdk.models.generate_content(**asked)]
        for chunk in chunks:
            candidates: Sequence[Any] = chunk.candidates or ()
            self.history += [candidate.content for candidate in candidates if candidate.content]

    def replayed(self, body: Any) -> list[Said]:
        turns: list[Said] = []
        ours = True
        for content in body["contents"]:
            if content["role"] != "model":
                ours = True
                continue
            if ours:
                turns.append(("", "", []))
                ours = False
            for part in content["parts"]:
                thought, text, calls = turns[-1]
                if "functionCall" in part:
                    calls.append(part["functionCall"]["args"])
                elif part.get("thought"):
                    turns[-1] = ((thought or "") + part["text"], text, calls)
                else:
                    turns[-1] = (thought, text + part["text"], calls)
        return turns


@pytest.fixture(scope="module", params=["keep", "restore"])
def proxy(
    request: pytest.FixtureRequest, fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp(request.param)
    policy = folder / "policy.yaml"
    policy.write_text(
        f"version: 1\nname: turns\nentities: {{DEFAULT: mask}}\nresponse: {{reasoning: {request.param}}}\n"
    )
    with live_proxy(fake.port, fake.authority, folder, policy=str(policy), detector=NoisyDetector()) as running:
        yield running


def trust(proxy: LiveProxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("kind", [Chat, Responses, Claude, Gemini])
def test_the_provider_gets_its_own_words_back(
    kind: Callable[..., Client],
    stream: bool,  # noqa: FBT001
    proxy: LiveProxy,
    fake: FakeProviders,
) -> None:
    fake.reset()
    model = Model(fake)
    with kind(proxy.port, trust(proxy)) as client:
        for turn in range(1, TURNS + 1):
            model.answers(turn)
            client.ask(f"Turn {turn}: write to {VALUE} please", stream=stream)
            model.keep()
            if turn % 2:
                model.answers(turn + 1)
                client.report(json.dumps({"found": f"{VALUE} of turn {turn}"}), stream=stream)
                model.keep()
            sent = client.replayed(fake.received[-1].json())
            assert sent == [said(answer, opened=client.opened) for answer in model.said[: len(sent)]]
            assert len(sent) == len(model.said) - 1
        assert VALUE.encode() not in b"".join(received.everything() for received in fake.received)
        assert VALUE in str(client.history[-len(client.history) // TURNS :])  # the last turn, in however many pieces
        signed = kind is Claude and proxy.application.policy.response.reasoning is Reasoning.KEEP
        assert ("[PII:" in str(client.history)) == signed


def test_without_its_memory_the_history_would_differ(
    fake: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detector's noise is what the test above takes it for."""
    monkeypatch.setattr(EchoMemory, "recall", lambda *_: None)
    fake.reset()
    (tmp_path / "policy.yaml").write_text("version: 1\nname: turns\nentities: {DEFAULT: mask}\n")
    policy = str(tmp_path / "policy.yaml")
    with (
        live_proxy(fake.port, fake.authority, tmp_path, policy=policy, detector=NoisyDetector()) as proxy,
        Chat(proxy.port, trust(proxy)) as client,
    ):
        model = Model(fake)
        for turn in (1, 2):
            model.answers(2)
            client.ask(f"Turn {turn}: {VALUE}", stream=False)
            model.keep()
        assert client.replayed(fake.received[-1].json()) != [said(model.said[0], opened=False)]
