"""Promises over several requests, callers and processes, seen from the provider's side of a real proxy."""

from __future__ import annotations

import itertools
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from dlp.fakes import FakeProviders, Script
from tests.harness import TOKEN, ProxyProcess

CHAT = "https://api.openai.com/v1/chat/completions"
HERE = Path(__file__).resolve().parent


def ask(proxy: ProxyProcess, messages: list[dict[str, Any]], key: str = "sk-one") -> str:
    """One chat request by the caller with this key; returns what the model said."""
    context = ssl.create_default_context(cafile=str(proxy.bundle()))
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=context, trust_env=False, timeout=60) as client:
        answer = client.post(
            CHAT, json={"model": "m", "messages": messages}, headers={"authorization": f"Bearer {key}"}
        )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def said_by_user(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def token_at(fake: FakeProviders) -> str:
    """The first token that the provider saw in its last request."""
    match = TOKEN.search(fake.received[-1].body)
    assert match is not None
    return match[0].decode()


def test_a_growing_conversation_keeps_its_masked_beginning(
    fake: FakeProviders, proxy: ProxyProcess, planted: ModuleType
) -> None:
    """Provider caches go by prefixes: messages 1..n masked are exactly the first n of 1..n+1 masked, answers included."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": planted.SYSTEM}]
    for text in (planted.PROMPT, planted.QUOTED, "keller, and Bird again?", planted.PROMPT + planted.QUOTED, "thanks"):
        messages += said_by_user(text)
        messages.append({"role": "assistant", "content": ask(proxy, messages)})
    seen = [request.json()["messages"] for request in fake.received]
    for earlier, later in itertools.pairwise(seen):
        assert later[: len(earlier)] == earlier


@pytest.fixture
def restarted(running_fake: FakeProviders, tmp_path: Path) -> Iterator[ProxyProcess]:
    """A proxy whose folder outlives its process."""
    proxy = ProxyProcess(running_fake, tmp_path / "restarted", policy=HERE / "policy.yaml")
    yield proxy
    proxy.stop()


def test_a_restarted_proxy_masks_as_before(fake: FakeProviders, restarted: ProxyProcess, planted: ModuleType) -> None:
    """The same request gives the same bytes, whichever process masks it."""
    for _ in range(2):
        restarted.start()
        ask(restarted, said_by_user(planted.PROMPT + planted.QUOTED))
        assert restarted.stop() == 0
    first, second = fake.received
    assert first.raw_body == second.raw_body


def test_a_token_is_restored_only_for_the_request_that_held_its_value(
    fake: FakeProviders, proxy: ProxyProcess, planted: ModuleType
) -> None:
    """A token that a user types, also a real one of somebody else or of an earlier request, comes back as it was typed."""
    assert planted.EMAIL in ask(proxy, said_by_user(f"mail {planted.EMAIL}"))
    token = token_at(fake)
    for key in ("sk-one", "sk-another"):
        assert ask(proxy, said_by_user(f"what is {token}?"), key) == f"You said: what is {token}?"
        assert token in fake.received[-1].text


def test_a_token_that_the_model_invents_is_left_alone(
    fake: FakeProviders, proxy: ProxyProcess, planted: ModuleType
) -> None:
    invented = "[PII:EMAIL:00000000]"
    fake.enqueue(Script(text=f"{{said}} {invented}"))
    assert ask(proxy, said_by_user(planted.EMAIL)) == f"{planted.EMAIL} {invented}"


def test_two_callers_with_one_value_do_not_share_its_token(
    fake: FakeProviders, proxy: ProxyProcess, planted: ModuleType
) -> None:
    """Otherwise a provider could tell that two customers mean the same person."""
    tokens = []
    for key in ("sk-one", "sk-two", "sk-one"):
        ask(proxy, said_by_user(planted.EMAIL), key)
        tokens.append(token_at(fake))
    assert tokens[0] == tokens[2]
    assert tokens[0] != tokens[1]


@pytest.mark.parametrize(
    "spelling", ["{token}", "{lower}", "\\[{inner}\\]", "{inner}", "%5B{url}%5D", "&#91;{inner}&#93;"]
)
@pytest.mark.parametrize("size", [1, 6, 200])
def test_tokens_as_models_rewrite_them_are_restored(
    spelling: str, size: int, fake: FakeProviders, proxy: ProxyProcess, planted: ModuleType
) -> None:
    """Other case, lost or escaped brackets, escaped for HTML or a URL; in streams too, however they are cut."""

    def rewritten(asked: Any) -> str:
        token = asked.said.split()[-1]
        inner = token[1:-1]
        return (
            "It is "
            + spelling.format(token=token, lower=token.lower(), inner=inner, url=inner.replace(":", "%3A"))
            + " ."
        )

    fake.enqueue(Script(text=rewritten, delta_size=size))
    context = ssl.create_default_context(cafile=str(proxy.bundle()))
    body = {"model": "m", "max_tokens": 9, "stream": True, "messages": said_by_user(f"find {planted.EMAIL}")}
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=context, trust_env=False, timeout=60) as client:
        raw = client.post("https://api.anthropic.com/v1/messages", json=body).text
    deltas = [json.loads(line[6:]).get("delta", {}) for line in raw.splitlines() if line.startswith("data: ")]
    said = "".join(delta.get("text", "") for delta in deltas)
    assert said.replace("%40", "@") == f"It is {planted.EMAIL} ."
