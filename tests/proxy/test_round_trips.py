"""How often a request waits for the store that proxies share, counted at the store's socket."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from dlp import app
from dlp.app import Application
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from dlp.vault import open_vault
from dlp.vault.base import Vault
from tests.counting_relay import CountingRelay
from tests.engine.conversations import PlantedDetector
from tests.harness import wait_for
from tests.proxy.live import LiveProxy, live_proxy
from tests.redis_server import RedisServer

POLICY = "version: 1\nname: company\nentities: {DEFAULT: mask}\n"
LIMITS = """
limits:
  caller: {requests_per_minute: 1000, characters_per_minute: 1000000, concurrent: 50}
  address: {requests_per_minute: 1000, characters_per_minute: 1000000, concurrent: 50}
  policy: {requests_per_minute: 1000, characters_per_minute: 1000000, concurrent: 50}
"""
NONE: Counter[str] = Counter()
ONE = Counter({"EVALSHA": 1})


def value(number: int) -> str:
    return f"V{number:06d}-anna@nordwind.orgQ"


class Pair:
    """Two proxies with one store, of which one at a time has the port, and a client of theirs."""

    def __init__(
        self, ours: LiveProxy, other: Application, fake: FakeProviders, relay: CountingRelay, vault: Vault
    ) -> None:
        self._ours, self._applications = ours, (ours.application, other)
        self._fake, self._relay, self._vault = fake, relay, vault
        trust = ssl.create_default_context(cafile=str(ours.folder / "certs" / "mitmproxy-ca-cert.pem"))
        http = openai.DefaultHttpxClient(proxy=f"http://127.0.0.1:{ours.port}", verify=trust, trust_env=False)
        self.client = openai.OpenAI(api_key="sk-anna", http_client=http, max_retries=0)
        self.history: list[Any] = []

    def ask(self, which: int, text: str, *, answer: str = "", stored: bool = True) -> Counter[str]:
        """Send the history with a new message to this proxy; the round trips of that but for one, which tells other proxies of the answer.

        Args:
            stored: It is an API that remembers; otherwise one that doesn't.
        """
        self._fake.reset()
        self._fake.script = Script(text=answer)
        self._ours.addon._application = self._applications[which]
        self.history.append({"role": "user", "content": text})
        texts = self._vault.stats().texts
        self._relay.take()
        if stored:
            said = self.client.responses.create(model="m", input=self.history).output_text
        else:
            chat = self.client.chat.completions.create(model="m", messages=self.history)
            said = chat.choices[0].message.content or ""
        self.history.append({"role": "assistant", "content": said})
        assert said == answer
        self._ours.settle()
        wait_for(lambda: self._vault.stats().texts > texts)
        taken = self._relay.take()
        assert taken >= ONE
        return taken - ONE

    def later(self) -> Counter[str]:
        """The round trips since then."""
        return self._relay.take()

    @property
    def sent(self) -> list[Any]:
        """What the provider was sent last."""
        body = json.loads(self._fake.received[-1].text)
        return body.get("input") or body["messages"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@contextlib.contextmanager
def paired(server: RedisServer, folder: Path, limits: str = "") -> Iterator[Pair]:
    with contextlib.closing(server.client()) as client:
        client.flushall()
    (folder / "policy.yaml").write_text(POLICY + limits)
    policy = str(folder / "policy.yaml")
    with contextlib.ExitStack() as stack:
        fake = stack.enter_context(FakeProviders())
        relay = stack.enter_context(CountingRelay(server.port))
        ours = stack.enter_context(
            live_proxy(fake.port, fake.authority, folder, policy=policy, vault=relay.url, detector=PlantedDetector())
        )
        stack.callback(ours.application.engine.vault.close)
        settings = app.Settings(policy=policy, state=folder / "state", vault=relay.url)
        other = app.build(settings, detector=PlantedDetector())
        stack.callback(other.engine.vault.close)
        vault = open_vault(server.url, folder / "state")  # past the relay
        stack.callback(vault.close)
        pair = Pair(ours, other, fake, relay, vault)
        stack.callback(pair.client.close)
        for which in (0, 1):  # each learns the key of the vault's names, and of the caller's scope
            pair.ask(which, f"Hello, {value(which)}", answer=f"Hello {which}")
        pair.history.clear()
        yield pair


@pytest.fixture(scope="module")
def pair(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with paired(server, tmp_path_factory.mktemp("pair")) as running:
        yield running


@pytest.fixture(autouse=True)
def forget(request: pytest.FixtureRequest) -> None:
    if "pair" in request.fixturenames:
        request.getfixturevalue("pair").history.clear()


def test_a_stateless_conversation_asks_nothing(pair: Pair) -> None:
    for turn in range(3):
        assert pair.ask(0, f"{turn}: {value(2)}", answer=f"Noted, {turn}", stored=False) == NONE


def test_a_stateless_conversation_from_another_proxy_asks_once(pair: Pair) -> None:
    pair.ask(0, f"I am {value(3)}", answer="Welcome, stranger", stored=False)
    assert pair.ask(1, f"and {value(4)}", answer="Both of you", stored=False) == ONE
    assert pair.ask(1, "Thanks", answer="At your service", stored=False) == NONE


def test_a_request_to_an_api_that_remembers_asks_once(pair: Pair) -> None:
    for turn in range(3):
        assert pair.ask(0, f"{turn}: {value(5 + turn)}", answer=f"Stored {turn}") == ONE


def test_with_a_history_from_another_proxy_it_asks_once_as_well(pair: Pair) -> None:
    """New values are stored, and the history is what its model said, with one question to the store."""
    pair.ask(0, f"I am {value(10)}", answer="Good day to you")
    for turn, which in enumerate((1, 0, 1)):
        assert pair.ask(which, f"and {value(11 + turn)}", answer=f"Welcome, number {turn}") == ONE
    assert "anna" not in json.dumps(pair.sent)
    assert pair.ask(0, "Who are we?", answer="Friends") == ONE


def test_a_history_that_nobody_knows_costs_a_second_only_for_what_is_new_in_it(pair: Pair) -> None:
    pair.history += [{"role": "assistant", "content": f"I wrote to {value(20)}"}, {"role": "user", "content": "Thanks"}]
    pair.history += [{"role": "assistant", "content": f"To {value(10)}, too"}]
    waited = pair.ask(0, "Go on", answer="Gladly")
    assert waited.keys() == {"EVALSHA"}
    assert 2 <= waited.total() <= 7  # and it looks again for an answer that may have just been given
    pair.history.pop()
    assert pair.ask(0, "Go on", answer="As you wish") == ONE


def test_limits_that_proxies_share_are_asked_once_for_all_holders(server: RedisServer, tmp_path: Path) -> None:
    """To let a request in, to count its characters, and to note its end: each one round trip, whoever is limited."""
    with paired(server, tmp_path, LIMITS) as pair:
        for turn in range(2):
            trips = [pair.ask(0, f"{turn}: {value(turn)}", answer=f"Noted {turn}", stored=False)]
            wait_for(lambda trips=trips: trips.append(pair.later()) or sum(each.total() for each in trips) == 3)  # type: ignore[misc]
