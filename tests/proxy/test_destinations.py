"""A proxy for others is not their way into its own network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mitmproxy.proxy.mode_specs import ProxyMode

from dlp.errors import ConfigurationError
from dlp.fakes.server import FakeProviders
from dlp.providers.table import default_table
from dlp.proxy.destinations import Destinations
from tests.proxy.live import Exchange, live_proxy, status_of

TABLE = default_table().with_hosts({"127.0.0.1:8765": "openai"})
ELSEWHERE, HERE, OWN = "203.0.113.9", "127.0.0.1", "10.0.0.5"


def refused(
    rule: Destinations, host: str, *, port: int = 443, client: str = ELSEWHERE, mode: str = "regular"
) -> str | None:
    data: Any = SimpleNamespace(
        server=SimpleNamespace(address=(host, port)),
        client=SimpleNamespace(peername=(client, 1), sockname=(OWN, 8080), proxy_mode=ProxyMode.parse(mode)),
    )
    return asyncio.run(rule.refusal(data, TABLE))


PRIVATE = (
    "127.0.0.1",
    "localhost",
    "10.1.2.3",
    "192.168.0.1",
    "::1",
    "[fd12::1]",
    "0.0.0.0",
    "::ffff:10.0.0.1",
    "100.64.0.1",
)
METADATA = ("169.254.169.254", "metadata.google.internal", "::ffff:169.254.169.254", "fe80::1%eth0", "fd00:ec2::254")


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_for_this_machine_alone(host: str) -> None:
    assert "public" in (refused(Destinations(), host) or "")
    assert refused(Destinations(), host, client=HERE) is None
    assert refused(Destinations(), host, client="::ffff:127.0.0.1") is None
    assert refused(Destinations("any"), host) is None
    assert refused(Destinations("public"), host, client=HERE) is not None


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("client", [HERE, ELSEWHERE])
@pytest.mark.parametrize("kind", ["auto", "public", "any"])
def test_metadata_is_for_nobody(host: str, client: str, kind: str) -> None:
    assert refused(Destinations(kind), host, client=client) is not None


@pytest.mark.parametrize(
    ("listed", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("localhost", "LOCALHOST."),
        ("*.corp.example, 192.168.0.1", "192.168.0.1"),
        ("169.254.169.254", "169.254.169.254"),
        ("*.internal", "metadata.google.internal"),
        ("[fd12::1]", "fd12::1"),
    ],
)
def test_what_is_listed_may_be_reached(listed: str, host: str) -> None:
    assert refused(Destinations("public", listed), host) is None
    assert refused(Destinations("public", "10.9.0.0/16, other.example"), host) is not None


def test_public_addresses_and_providers_may_be_reached() -> None:
    for host in ("8.8.8.8", "2606:4700::1111", "api.openai.com", "no-such-name.invalid", "x" * 300):
        assert refused(Destinations("public"), host) is None
    assert refused(Destinations("public"), "127.0.0.1", port=8765) is None  # the policy names it
    assert refused(Destinations("public"), "127.0.0.1", port=8766) is not None


@pytest.mark.parametrize("mode", ["transparent", "reverse:http://127.0.0.1:1", "upstream:http://10.0.0.1:3128"])
def test_where_the_client_does_not_choose_nothing_is_refused(mode: str) -> None:
    assert refused(Destinations("public"), "10.0.0.1", mode=mode) is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.9.9.9", "0.0.0.0", "::1", "[::]", OWN, f"::ffff:{OWN}"]
)
@pytest.mark.parametrize("client", [HERE, ELSEWHERE])
@pytest.mark.parametrize("kind", ["auto", "public", "any"])
def test_the_proxy_itself_is_for_nobody(host: str, client: str, kind: str) -> None:
    for rule in (Destinations(kind), Destinations(kind, host)):
        assert refused(rule, host, port=8080, client=client) == "refused: the proxy itself"
    assert "itself" not in (refused(Destinations(kind), host, port=8081, client=client) or "")
    assert refused(Destinations(kind), "1.1.1.1", port=8080, client=client) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.9.9.9", "0.0.0.0"])
def test_a_request_to_the_proxy_itself_ends(fake: FakeProviders, tmp_path: Path, host: str) -> None:
    """It went round until there were no more sockets."""
    with live_proxy(fake.port, fake.authority, tmp_path) as proxy:
        target = f"{host}:{proxy.port}"
        lines = f"HTTP/1.1\r\nhost: {target}\r\n\r\n"
        assert status_of(Exchange(proxy.port).send(f"GET http://{target}/ {lines}".encode()).answer()) == 502
        tunnel = Exchange(proxy.port).connect(target)
        answer = tunnel.send(f"GET / {lines}".encode()).answer()
        assert status_of(answer) == 502


def test_an_unknown_kind() -> None:
    with pytest.raises(ConfigurationError, match="auto, public, any"):
        Destinations("private")


@pytest.mark.parametrize("listed", ["10.0.0.0/33", "not a network", "https://a.example", "a.example;b.example", "*"])
def test_what_is_listed_has_to_be_a_destination(listed: str) -> None:
    """It would match nothing, and nobody would know why."""
    with pytest.raises(ConfigurationError, match="expected names, addresses and networks"):
        Destinations("auto", f"a.example, {listed}")
