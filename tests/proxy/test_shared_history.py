"""A conversation that goes to another proxy with every request: the provider gets its own words back all the same."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import openai
import pytest

from dlp import app
from dlp.app import Application
from dlp.fakes import FakeProviders
from dlp.vault import open_vault
from dlp.vault.sealed import SealedVault
from tests.harness import wait_for
from tests.proxy.another import another_proxy
from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.test_history import VALUE, Chat, Claude, Client, Gemini, Model, NoisyDetector, said, trust
from tests.redis_server import RedisServer

TURNS = 4


class Proxies:
    """Two with the same keys and a store that they share; each finds something else in whatever it hasn't seen.

    Args:
        other: The second one's port, where it is a process; else the first one's mitmproxy serves both, by turns.
    """

    def __init__(self, ours: LiveProxy, other: int | Application) -> None:
        self.ours = ours
        self._applications = (ours.application, ours.application if isinstance(other, int) else other)
        self.ports = (ours.port, other if isinstance(other, int) else ours.port)

    def turn_to(self, which: int) -> None:
        """The next request goes to this one."""
        self.ours.addon._application = self._applications[which]


@contextlib.contextmanager
def two_proxies(
    fake: FakeProviders, folder: Path, vault: str, *, when_down: str = "request", processes: bool = False
) -> Iterator[Proxies]:
    path = folder / "policy.yaml"
    path.write_text(f"version: 1\nname: turns\nentities: {{DEFAULT: mask}}\nvault: {{when_down: {when_down}}}\n")
    policy = str(path)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(
            live_proxy(fake.port, fake.authority, folder, policy=policy, vault=vault, detector=NoisyDetector())
        )
        stack.callback(ours.application.engine.vault.close)
        if processes:
            yield Proxies(ours, stack.enter_context(another_proxy(fake.port, folder, policy, vault)))
            return
        settings = app.Settings(policy=policy, state=folder / "state", vault=vault)
        other = app.build(settings, detector=NoisyDetector(seed=11))
        stack.callback(other.engine.vault.close)
        yield Proxies(ours, other)


@pytest.fixture(scope="module", params=["redis", "sqlite"])
def proxies(
    request: pytest.FixtureRequest, fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxies]:
    folder = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as stack:
        redis = request.param == "redis"
        vault = f"sqlite:{folder / 'vault.db'}"
        if redis:
            vault = stack.enter_context(RedisServer(tmp_path_factory.mktemp("server"))).url
        yield stack.enter_context(two_proxies(fake, folder, vault, processes=redis))


@contextlib.contextmanager
def at_both(kind: Callable[[int, ssl.SSLContext], Client], proxies: Proxies) -> Iterator[list[Client]]:
    """Two connections of one client, with one history."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(kind(port, trust(proxies.ours))) for port in proxies.ports]
        clients[1].history = clients[0].history
        yield clients


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("kind", [Chat, Claude, Gemini])
def test_the_provider_gets_its_own_words_back(
    kind: type[Client],
    stream: bool,  # noqa: FBT001
    proxies: Proxies,
    fake: FakeProviders,
) -> None:
    fake.reset()
    model = Model(fake)
    value = VALUE.replace(
        "anna", f"{kind.__name__}.{stream}"
    )  # or texts of another test would be known here, in other words
    with at_both(kind, proxies) as clients:
        asked = 0
        for turn in range(1, TURNS + 1):
            model.answers(turn)
            proxies.turn_to(asked % 2)
            clients[asked % 2].ask(f"Turn {turn}: write to {value} please", stream=stream)
            asked += 1
            model.keep()
            if turn % 2:
                model.answers(turn + 1)
                proxies.turn_to(asked % 2)
                clients[asked % 2].report(json.dumps({"found": f"{value} of turn {turn}"}), stream=stream)
                asked += 1
                model.keep()
            sent = clients[0].replayed(fake.received[-1].json())
            assert sent == [said(answer, opened=clients[0].opened) for answer in model.said[: len(sent)]]
            assert len(sent) == len(model.said) - 1
        assert value.encode() not in b"".join(received.everything() for received in fake.received)
        assert value in str(clients[0].history[-len(clients[0].history) // TURNS :])


def converse(proxies: Proxies, clients: list[Client], fake: FakeProviders, order: list[int], value: str) -> Model:
    """A chat whose turns go to these proxies, one after the other."""
    fake.reset()
    model = Model(fake)
    for turn, which in enumerate(order):
        model.answers(2)
        proxies.turn_to(which)
        clients[which].ask(f"Turn {turn}: {value}", stream=False)
        model.keep()
    return model


def test_a_history_that_is_known_costs_no_round_trip(
    fake: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy asks for what it hasn't seen, once, and for nothing else."""
    asked: list[int] = []
    find_texts = SealedVault.find_texts

    def counted(vault: SealedVault, scope: str, names: Sequence[str], seconds: float) -> Mapping[str, str]:
        found = find_texts(vault, scope, names, seconds)
        asked.append(len(found))
        return found

    monkeypatch.setattr(SealedVault, "find_texts", counted)
    vault = f"sqlite:{tmp_path / 'vault.db'}"
    with two_proxies(fake, tmp_path, vault) as both, at_both(Chat, both) as clients:
        model = converse(both, clients, fake, [0, 0, 0], VALUE)
        assert asked == []
        converse(both, clients, fake, [1], VALUE)
        assert sum(asked) >= 3
        sent = clients[0].replayed(fake.received[-1].json())
        assert sent == [said(answer, opened=False) for answer in model.said]
        asked.clear()
        converse(both, clients, fake, [1], VALUE)
        assert asked == []


def test_what_is_stored_tells_nothing_and_is_erased(fake: FakeProviders, tmp_path: Path) -> None:
    with (
        RedisServer(tmp_path / "redis") as server,
        contextlib.closing(server.client()) as client,
        two_proxies(fake, tmp_path, server.url) as both,
        at_both(Chat, both) as clients,
    ):
        converse(both, clients, fake, [0, 1], VALUE)
        vault = open_vault(server.url, tmp_path / "state")
        wait_for(lambda: vault.stats().texts >= 4)  # of each answer what it says and what it thought, once it has gone
        keys = client.keys("*")
        held = b"".join(client.dump(key) or b"" for key in keys) + b"".join(keys)
        for plain in (VALUE, "Ada Brown", "PII:"):
            assert plain.encode() not in held
        assert all(client.pttl(key) > 0 for key in keys if key.endswith((b":texts", b":seen", b":key")))
        assert vault.erase(lambda scope: scope.startswith("turns\0")) == 1
        assert vault.stats().texts == 0
        vault.close()


@pytest.mark.parametrize("when_down", ["request", "refuse"])
def test_a_store_that_is_away(fake: FakeProviders, tmp_path: Path, when_down: str) -> None:
    """What a proxy remembers itself is good all the same; for the rest the policy decides."""
    with (
        RedisServer(tmp_path / "redis") as server,
        two_proxies(fake, tmp_path, server.url, when_down=when_down) as both,
        at_both(Chat, both) as clients,
    ):
        converse(both, clients, fake, [0], VALUE)
        server.stop()
        model = converse(both, clients, fake, [0, 0], VALUE)
        sent = clients[0].replayed(fake.received[-1].json())
        assert [turn[1] for turn in sent[1:]] == [answer.texts[0] for answer in model.said[:1]]
        if when_down == "refuse":
            with pytest.raises(openai.InternalServerError, match="vault"):
                converse(both, clients, fake, [1], VALUE)
            assert fake.received == []
        else:
            converse(both, clients, fake, [1], VALUE)
            assert len(fake.received) == 1
            assert VALUE.encode() not in fake.received[-1].everything()
