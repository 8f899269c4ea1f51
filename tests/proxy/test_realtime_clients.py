"""The vendors' own realtime clients through a live proxy; where to and whom to trust stands in the environment, as users have it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google import genai
from openai import OpenAI

from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.sockets import FakeSockets
from tests.proxy.test_websockets import EMAIL, pieces

SAID = f"Mail {EMAIL}, thanks"


@pytest.fixture
def fake() -> Iterator[FakeSockets]:
    with FakeSockets() as running:
        yield running


@pytest.fixture
def proxy(fake: FakeSockets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveProxy]:
    with live_proxy(fake.port, fake.authority, tmp_path) as running:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{running.port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certs" / "mitmproxy-ca-cert.pem"))
        yield running


def realtime(event: dict[str, Any]) -> list[str | bytes]:
    """Says what it was told, as a text and as the arguments of a call."""
    if event["type"] == "session.update":
        return [json.dumps({"type": "session.updated", "event_id": "e0", "session": event["session"]})]
    if event["type"] != "conversation.item.create":
        return []
    text = event["item"]["content"][0]["text"]
    head = {"response_id": "r1", "item_id": "i1", "output_index": 0}
    arguments = json.dumps({"to": text})
    events: list[dict[str, Any]] = [
        *({"type": "response.output_text.delta", **head, "content_index": 0, "delta": piece} for piece in pieces(text)),
        {"type": "response.output_text.done", **head, "content_index": 0, "text": text},
        *(
            {"type": "response.function_call_arguments.delta", **head, "item_id": "c1", "call_id": "c", "delta": piece}
            for piece in pieces(arguments)
        ),
        {
            "type": "response.function_call_arguments.done", **head, "item_id": "c1", "call_id": "c", "name": "mail",
            "arguments": arguments,
        },
        {"type": "response.done", "response": {"id": "r1", "object": "realtime.response", "output": []}},
    ]  # fmt: skip
    return [json.dumps({"event_id": f"e{number}", **each}) for number, each in enumerate(events, 1)]


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")  # the SDK's own use of `websockets`
def test_openai_realtime(fake: FakeSockets, proxy: LiveProxy) -> None:
    """Session, items, deltas of a text and of a call's arguments."""
    fake.respond = realtime
    text, arguments, instructions = "", "", ""
    with OpenAI(api_key="sk-none").realtime.connect(model="gpt-realtime") as connection:
        connection.session.update(session={"type": "realtime", "instructions": f"Answer for {EMAIL}"})
        connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": SAID}]}
        )
        for event in connection:
            if event.type == "session.updated":
                instructions = str(getattr(event.session, "instructions", ""))
            elif event.type == "response.output_text.delta":
                text += event.delta
            elif event.type == "response.function_call_arguments.delta":
                arguments += event.delta
            elif event.type == "response.done":
                break
    assert (text, json.loads(arguments), instructions) == (SAID, {"to": SAID}, f"Answer for {EMAIL}")
    assert EMAIL not in fake.everything()
    assert fake.everything().count("[PII:EMAIL:") == 2


def live(message: dict[str, Any]) -> list[str | bytes]:
    if "setup" in message:
        return [json.dumps({"setupComplete": {}}).encode()]
    turn = (message.get("clientContent") or message.get("client_content"))["turns"][0]
    text = turn["parts"][0]["text"]
    parts: list[dict[str, Any]] = [
        {"modelTurn": {"role": "model", "parts": [{"text": piece}]}} for piece in pieces(text)
    ]
    return [json.dumps({"serverContent": part}).encode() for part in [*parts, {"turnComplete": True}]]


def test_gemini_live(fake: FakeSockets, proxy: LiveProxy) -> None:
    """The setup's instruction and a turn, in messages of bytes."""
    fake.respond = live

    async def talk() -> str:
        client = genai.Client(api_key="none")
        config: Any = {"response_modalities": ["TEXT"], "system_instruction": f"Answer for {EMAIL}"}
        async with client.aio.live.connect(model="gemini-live", config=config) as session:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": SAID}]})
            return "".join([message.text or "" async for message in session.receive()])

    assert asyncio.run(talk()) == SAID
    assert EMAIL not in fake.everything()
    assert fake.everything().count("[PII:EMAIL:") == 2
