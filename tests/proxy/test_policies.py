"""Several policies in one live proxy: each request is under one of them, chosen by who calls and what for, and edits arrive by themselves."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dlp import __version__
from dlp.cli.status import describe, read_samples
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from tests.proxy.live import LiveProxy, live_proxy, shared_detector

MAIL = "peter.brandt@nordwind.org"
CARD = "4111 1111 1111 1111"
PHONE = "(415) 867-5309"
KEY = "sk-research"

FILES = {
    "default.yaml": "entities: {DEFAULT: mask}\n",
    "_base.yaml": "entities: {DEFAULT: mask, EMAIL_ADDRESS: redact, CREDIT_CARD: block}\nmode: monitor\n",
    "finance.yaml": "extends: base\nmode: enforce\nmatch: {groups: finance}\n",
    "legal.yaml": "match: {users: [legal-*]}\ntokens: {style: surrogate}\nnever_restore: [PHONE_NUMBER]\n",
    "counted.yaml": "match: {users: counter}\ntokens: {style: numbered}\n",
    "research.yaml": "match: {api_keys: [FINGERPRINT]}\nentities: {DEFAULT: mask, EMAIL_ADDRESS: allow}\n",
    "small.yaml": "match: {models: ['*-mini']}\nentities: {DEFAULT: mask, EMAIL_ADDRESS: hash, CREDIT_CARD: partial}\n",
    "embeddings.yaml": "match: {paths: ['/v1/embeddings']}\nentities: {EMAIL_ADDRESS: {action: redact, min_score: 0.1}}\n",
    "project.yaml": "match: {headers: {openai-project: proj_7}}\nentities: {EMAIL_ADDRESS: block}\n",
    "anthropic.yaml": "match: {hosts: api.anthropic.com}\nentities: {EMAIL_ADDRESS: redact}\n",
    "parts.yaml": """
match: {users: parts}
overrides:
  - {roles: [system], entities: {EMAIL_ADDRESS: allow}}
  - {roles: [tool], entities: {EMAIL_ADDRESS: redact}}
  - {paths: ["tools[*].function.description"], entities: {EMAIL_ADDRESS: hash}}
""",
    "shadow.yaml": """
match: {users: [shadow-*]}
monitor:
  - {entities: [EMAIL_ADDRESS], users: shadow-1}
  - {users: shadow-2, since: 2020-01-01, until: 2999-12-31}
  - {users: shadow-3, until: 2020-01-01}
""",
    "shared.yaml": "match: {users: [team-*]}\nscope: policy\n",
    "fleeting.yaml": "match: {users: fleeting}\nscope: request\n",
    "groups.yaml": "finance: {users: [fay], clients: [192.0.2.0/24]}\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    base = tmp_path_factory.mktemp("policies")
    folder = base / "rules"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content.replace("FINGERPRINT", "0" * 16))
    with live_proxy(
        fake.port, fake.authority, base, policy=str(folder), detector=shared_detector(), audit=str(base / "audit.jsonl"),
        proxyauth="any",
    ) as running:  # fmt: skip
        print_of_key = running.application.fingerprint(KEY)
        (folder / "research.yaml").write_text(FILES["research.yaml"].replace("FINGERPRINT", print_of_key))
        assert running.application.policies.refresh()
        yield running


def ask(
    proxy: LiveProxy,
    text: str = f"I am {MAIL}, card {CARD}",
    *,
    user: str = "anna",
    key: str = "sk-none",
    model: str = "gpt-4o",
    url: str = "https://api.openai.com/v1/chat/completions",
    headers: dict[str, str] | None = None,
    **body: Any,
) -> httpx.Response:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    sent = {"model": model, "messages": [{"role": "user", "content": text}], **body}
    with httpx.Client(proxy=f"http://{user}:secret@127.0.0.1:{proxy.port}", verify=trust, trust_env=False) as client:
        return client.post(url, json=sent, headers={"authorization": f"Bearer {key}", **(headers or {})})


def seen(fake: FakeProviders) -> str:
    """What the last request said to the provider."""
    return str(json.loads(fake.received[-1].body)["messages"][-1]["content"])


def last_event(proxy: LiveProxy) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((proxy.folder / "audit.jsonl").read_text().splitlines()[-1])
    return event


@pytest.mark.parametrize(
    ("asked", "policy"),
    [
        ({}, "default"),
        ({"user": "fay"}, "finance"),
        ({"user": "legal-7"}, "legal"),
        ({"user": "legal-7", "key": KEY}, "research"),
        ({"model": "gpt-4o-mini"}, "small"),
        ({"model": "gpt-4o-mini", "user": "legal-7"}, "legal"),
        ({"headers": {"OpenAI-Project": "proj_7"}}, "project"),
        ({"headers": {"OpenAI-Project": "proj_8"}}, "default"),
        ({"url": "https://api.openai.com/v1/embeddings", "input": "x"}, "embeddings"),
        ({"url": "https://api.anthropic.com/v1/messages"}, "anthropic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_most_specific_policy_is_the_requests(
    proxy: LiveProxy, fake: FakeProviders, asked: dict[str, Any], policy: str
) -> None:
    fake.reset()
    ask(proxy, "hello " * 150, **asked)
    assert last_event(proxy)["policy"] == policy


def test_what_a_policy_extends_counts_unless_it_says_otherwise(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    blocked = ask(proxy, user="fay")
    assert (blocked.status_code, fake.received) == (400, [])
    assert (last_event(proxy)["action"], last_event(proxy)["model"]) == ("block", "gpt-4o")
    assert ask(proxy, f"I am {MAIL}", user="fay").status_code == 200
    assert seen(fake) == "I am [EMAIL_REDACTED]"


def test_surrogates_leave_and_values_come_back(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    fake.script = Script(delta_size=1)
    said = f"I am Peter Brandt, {MAIL}, card {CARD}, phone {PHONE}."
    for stream in (False, True):
        answer = ask(proxy, said, user="legal-1", stream=stream)
        out = seen(fake)
        assert not {MAIL, CARD, PHONE, "Brandt"} & set(out.replace(",", "").split())
        assert "@example." in out
        assert "PII" not in out
        phone = out.partition("phone ")[2].rstrip(".")
        text = read_stream(answer) if stream else answer.json()["choices"][0]["message"]["content"]
        assert text == f"You said: {said.replace(PHONE, phone)}"  # a type that is never restored


def read_stream(answer: httpx.Response) -> str:
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"])


def test_numbered_tokens_keep_their_numbers_while_a_conversation_grows(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    first = {"role": "user", "content": f"I am {MAIL}"}
    answer = ask(proxy, user="counter", messages=[first]).json()["choices"][0]["message"]
    assert answer["content"] == f"You said: I am {MAIL}"
    ask(proxy, user="counter", messages=[first, answer, {"role": "user", "content": f"and x@nordwind.org, not {MAIL}"}])
    contents = [message["content"] for message in json.loads(fake.received[-1].body)["messages"]]
    assert contents == ["I am [EMAIL_1]", "You said: I am [EMAIL_1]", "and [EMAIL_2], not [EMAIL_1]"]


def test_hashes_and_stars_stay(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    answer = ask(proxy, model="gpt-4o-mini").json()["choices"][0]["message"]["content"]
    out = seen(fake)
    assert out.startswith("I am [EMAIL_HASH_")
    assert out.endswith("card **** **** **** 1111")
    assert answer == f"You said: {out}"


def test_parts_of_a_request_have_rules_of_their_own(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    ask(
        proxy,
        user="parts",
        messages=[
            {"role": "system", "content": f"Write to {MAIL}"},
            {"role": "user", "content": f"I am {MAIL}"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": f"found {MAIL}"},
        ],
        tools=[{"type": "function", "function": {"name": "find", "description": f"asks {MAIL}"}}],
    )  # fmt: skip
    sent = json.loads(fake.received[-1].body)
    system, user, _, tool = (message["content"] for message in sent["messages"])
    assert system == f"Write to {MAIL}"
    assert user.startswith("I am [PII:EMAIL:")
    assert tool == "found [EMAIL_REDACTED]"
    assert sent["tools"][0]["function"]["description"].startswith("asks [EMAIL_HASH_")


def test_what_is_monitored_is_counted_and_left_alone(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    ask(proxy, user="shadow-1")
    assert MAIL in seen(fake)
    assert CARD not in seen(fake)
    event = last_event(proxy)
    assert (event["entities"], event["monitored"]) == ({"CREDIT_CARD": 1}, {"EMAIL_ADDRESS": 1})
    answer = ask(proxy, user="shadow-2")
    assert seen(fake) == f"I am {MAIL}, card {CARD}"
    assert answer.headers["x-dlp-action"] == "monitor"
    ask(proxy, user="shadow-3")
    assert MAIL not in seen(fake)


def test_scopes_say_who_shares_tokens(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    tokens = []
    for user in ("anna", "anna", "bert", "team-1", "team-2", "fleeting", "fleeting"):
        ask(proxy, f"I am {MAIL}", user=user)
        tokens.append(seen(fake))
    assert tokens[0] == tokens[1] != tokens[2]
    assert tokens[3] == tokens[4]
    assert tokens[5] != tokens[6]


def test_a_project_of_the_provider_has_tokens_of_its_own(proxy: LiveProxy, fake: FakeProviders) -> None:
    """Unless the policy says that people or all share them."""
    fake.reset()
    tokens: dict[str, list[str]] = {}
    for user in ("anna", "team-1"):
        for project in ({}, {"OpenAI-Project": "proj_1"}, {"OpenAI-Project": "proj_2"}):
            ask(proxy, f"I am {MAIL}", user=user, headers=project)
            tokens.setdefault(user, []).append(seen(fake))
    assert len(set(tokens["anna"])) == 3
    assert len(set(tokens["team-1"])) == 1
    assert last_event(proxy)["client"] == "user:team-1"


def test_the_proxys_password_is_forgotten(proxy: LiveProxy) -> None:
    ask(proxy, "hello")
    assert "secret" not in (proxy.folder / "audit.jsonl").read_text()


def test_every_policy_in_force_is_named(proxy: LiveProxy) -> None:
    facts, _ = describe(read_samples(proxy.application.metrics.render().decode()), 0)
    first, *others = facts["policy"].split(", ")
    assert first == "default"
    assert others[-1] == "3 more"
    for name in ("default", "finance", "shadow", "fleeting"):
        assert proxy.application.metrics.value("dlp_info", version=__version__, policy=name) == 1
