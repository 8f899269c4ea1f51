"""APIs that remember: what an earlier request told them comes back restored, to the same caller and to nobody else."""

from __future__ import annotations

import contextlib
import io
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from google import genai
from google.genai import types

from dlp.cli import NEGATIVE, OK, main
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import LiveProxy, live_proxy
from tests.redis_server import RedisServer

VALUE = "V000001-anna@nordwind.orgQ"
OTHER = "V000004-bert@nordwind.orgQ"
TOKEN = re.compile(r"\[PII:[A-Z_]+:[0-9a-f]+\]")


def proxied(
    fake: FakeProviders,
    folder: Path,
    *,
    vault: str,
    state: Path | None = None,
    when_down: str = "request",
    keep: str = "stateful",
) -> contextlib.AbstractContextManager[LiveProxy]:
    folder.mkdir(exist_ok=True)
    policy = folder / "policy.yaml"
    policy.write_text(
        "version: 1\nname: company\nentities: {DEFAULT: mask}\n"
        f"vault: {{days: 1, when_down: {when_down}, keep: {keep}}}\n"
    )
    audit = str(folder / "audit.jsonl")
    return live_proxy(
        fake.port, fake.authority, folder, policy=str(policy), audit=audit, detector=PlantedDetector(), state=state,
        vault=vault,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def proxy(
    request: pytest.FixtureRequest, fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp(request.param)
    vault = f"sqlite:{folder / 'vault.db'}" if request.param == "sqlite" else "memory"
    with proxied(fake, folder, vault=vault) as running:
        yield running
        running.application.engine.vault.close()


def settings(proxy: LiveProxy) -> dict[str, Any]:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    return {"proxy": f"http://127.0.0.1:{proxy.port}", "verify": trust, "trust_env": False}


@contextlib.contextmanager
def caller(proxy: LiveProxy, key: str = "sk-anna") -> Iterator[openai.OpenAI]:
    http = openai.DefaultHttpxClient(**settings(proxy))
    with openai.OpenAI(api_key=key, http_client=http, max_retries=0) as client:
        yield client


def last_token(fake: FakeProviders) -> str:
    found = TOKEN.findall(fake.received[-1].text)
    assert found
    assert VALUE not in fake.received[-1].text
    return str(found[-1])


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_response_that_builds_on_an_earlier_one(proxy: LiveProxy, fake: FakeProviders, stream: bool) -> None:  # noqa: FBT001
    fake.reset()
    with caller(proxy) as client, caller(proxy, "sk-bert") as another:
        first = client.responses.create(model="m", input=f"I am {VALUE}")
        token = last_token(fake)
        fake.script = Script(text=f"You are {token}.")
        for who, expected in ((client, f"You are {VALUE}."), (another, f"You are {token}.")):
            asked: Any = {"model": "m", "input": "Who am I?", "previous_response_id": first.id}
            if stream:
                with who.responses.stream(**asked) as events:
                    text = events.get_final_response().output_text
            else:
                text = who.responses.create(**asked).output_text
            assert text == expected


def test_a_stored_response_is_fetched(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    with caller(proxy) as client, caller(proxy, "sk-bert") as another:
        first = client.responses.create(model="m", input=f"I am {VALUE}")
        assert client.responses.retrieve(first.id).output_text == first.output_text == f"You said: I am {VALUE}"
        assert VALUE in client.responses.input_items.list(first.id).model_dump_json()
        assert TOKEN.search(another.responses.retrieve(first.id).output_text)


def test_a_file_is_fetched_as_it_was_sent(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    lines = "".join(
        json.dumps({"custom_id": str(n), "body": {"messages": [{"role": "user", "content": f"{n} {VALUE}"}]}}) + "\n"
        for n in range(3)
    ).encode()
    with caller(proxy) as client:
        stored = client.files.create(file=("batch.jsonl", lines), purpose="batch")
        assert VALUE.encode() not in fake.received[-1].body
        assert client.files.content(stored.id).content == lines


def test_what_is_not_stored_is_not_remembered(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    with caller(proxy, "sk-carl") as client:
        client.responses.create(model="m", input=f"I am {OTHER}", store=False)
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": f"I am {OTHER}"}])
        token = TOKEN.findall(fake.received[-1].text)[-1]
        fake.script = Script(text=f"You are {token}.")
        assert client.responses.create(model="m", input="Who am I?").output_text == f"You are {token}."


def test_cached_contents_of_gemini(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    cached = {"model": "models/m", "contents": [{"role": "user", "parts": [{"text": f"I am {VALUE}"}]}]}
    with httpx.Client(**settings(proxy)) as client:
        client.post("https://generativelanguage.googleapis.com/v1beta/cachedContents?key=x", json=cached)
    fake.script = Script(text=f"You are {last_token(fake)}.")
    client = genai.Client(api_key="x", http_options=types.HttpOptions(client_args=settings(proxy)))
    try:
        config = types.GenerateContentConfig(cached_content="cachedContents/abc")
        answer = client.models.generate_content(model="m", contents="Who am I?", config=config)
        assert answer.text == f"You are {VALUE}."
        assert client.models.generate_content(model="m", contents="Who am I?").text != answer.text
    finally:
        client.close()


def test_an_operator_restores_what_a_chat_was_sent(
    fake: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stateless API leaves nothing in the vault, unless the policy says so; the proxy and the operator share a log."""
    fake.reset()
    monkeypatch.setattr("dlp.restore.operators._N", 2**4)
    vault, state = f"sqlite:{tmp_path / 'vault.db'}", tmp_path / "state"
    tokens = []
    for keep, value in (("stateful", OTHER), ("all", VALUE)):
        with proxied(fake, tmp_path / keep, vault=vault, state=state, keep=keep) as proxy, caller(proxy) as client:
            asked: Any = [{"role": "user", "content": f"I am {value}"}]
            client.chat.completions.create(model="m", messages=asked)
            tokens += TOKEN.findall(fake.received[-1].text)
            proxy.application.engine.vault.close()
    options = ["--state", str(state), "--audit", str(tmp_path / "all" / "audit.jsonl")]
    monkeypatch.setattr("sys.stdin", io.StringIO("a passcode of root\n" * 2))
    assert main(["operators", "add", "root", "--role", "admin", "--role", "restore", *options]) == OK
    capsys.readouterr()
    asked = ["--operator", "root", "--reason", "ticket 4711", "--vault", vault]
    assert main(["restore", *tokens, *asked, *options]) == NEGATIVE
    assert capsys.readouterr().out == f"{tokens[0]}\n{VALUE}\n"
    assert main(["audit", "verify", *options[:2], options[3]]) == OK


# -- a store that several proxies share --------------------------------------------------------------------------------


def test_a_conversation_goes_on_through_another_proxy(fake: FakeProviders, tmp_path: Path) -> None:
    fake.reset()
    with RedisServer(tmp_path / "redis") as server:
        with proxied(fake, tmp_path / "a", vault=server.url, state=tmp_path / "keys") as proxy, caller(proxy) as client:
            first = client.responses.create(model="m", input=f"I am {VALUE}")
            fake.script = Script(text=f"You are {last_token(fake)}.")
        with proxied(fake, tmp_path / "b", vault=server.url, state=tmp_path / "keys") as proxy, caller(proxy) as client:
            answer = client.responses.create(model="m", input="Who am I?", previous_response_id=first.id)
            assert answer.output_text == f"You are {VALUE}."


@pytest.mark.parametrize("when_down", ["request", "refuse"])
def test_a_store_that_is_away(fake: FakeProviders, tmp_path: Path, when_down: str) -> None:
    fake.reset()
    with (
        RedisServer(tmp_path / "redis") as server,
        proxied(fake, tmp_path / "a", vault=server.url, when_down=when_down) as proxy,
        caller(proxy) as client,
    ):
        client.responses.create(model="m", input=f"I am {VALUE}")
        server.stop()
        before = len(fake.received)
        if when_down == "refuse":
            with pytest.raises(openai.InternalServerError, match="vault"):
                client.responses.create(model="m", input=f"I am {VALUE}")
            assert len(fake.received) == before
        else:
            assert client.responses.create(model="m", input=f"I am {VALUE}").output_text == f"You said: I am {VALUE}"
            line = json.loads((tmp_path / "a" / "audit.jsonl").read_text().splitlines()[-1])
            assert (line["fault"], line["note"]) == ("VaultError", "the vault was away")
        # an API that remembers nothing doesn't ask for the vault
        asked: Any = [{"role": "user", "content": f"I am {VALUE}"}]
        chat = client.chat.completions.create(model="m", messages=asked)
        assert chat.choices[0].message.content == f"You said: I am {VALUE}"
        server.start()  # and no restart of ours
        assert VALUE in client.responses.create(model="m", input=f"I am {VALUE}").output_text
    assert VALUE.encode() not in b"".join(received.everything() for received in fake.received)
