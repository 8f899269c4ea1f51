"""Other ways in and out than the regular proxy: behind a parent proxy, and as a gateway."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from mitmproxy import options
from mitmproxy.connection import Client
from mitmproxy.proxy.commands import CloseConnection
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import DataReceived
from mitmproxy.proxy.layer import Layer, NextLayer
from mitmproxy.test import taddons

from dlp.fakes import FakeProviders
from dlp.proxy.addon import Addon
from tests.engine.conversations import PlantedDetector
from tests.harness import ROOT
from tests.proxy.live import LiveProxy, live_proxy

VALUE = "V000001-anna@nordwind.orgQ"
BODY = {"model": "m", "messages": [{"role": "user", "content": f"I am {VALUE}"}]}


def ask(proxy: LiveProxy) -> str:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust, trust_env=False) as client:
        answer = client.post("https://api.openai.com/v1/chat/completions", json=BODY, headers={"authorization": "x"})
        assert answer.headers["x-dlp-action"] == "rewrite"
        return str(answer.json()["choices"][0]["message"]["content"])


def test_a_parent_proxy_stands_between_us_and_the_provider(tmp_path: Path) -> None:
    """With a password, which the parent gets and the provider doesn't. The fake's plain port is a proxy of its own."""
    with FakeProviders() as fake:
        mode = [f"upstream:http://127.0.0.1:{fake.plain_port}@127.0.0.1:0"]
        with live_proxy(
            fake.port, fake.authority, tmp_path, detector=PlantedDetector(), mode=mode, upstream_auth="corp:hunter2"
        ) as proxy:
            assert ask(proxy) == f"You said: I am {VALUE}"
        assert fake.recorder.bytes.count(b"CONNECT api.openai.com:443") >= 1
        [received] = fake.received
        assert VALUE not in received.text
        secret = base64.b64encode(b"corp:hunter2")
        assert b"Proxy-Authorization: Basic " + secret in fake.recorder.bytes
        assert secret not in received.everything()


@pytest.mark.parametrize(
    ("protocol", "port", "ends"), [("udp", 443, True), ("udp", 80, True), ("udp", 53, False), ("tcp", 443, False)]
)
def test_quic_ends_here(protocol: str, port: int, *, ends: bool) -> None:
    """Whatever a mode may bring over UDP to the ports of HTTP: it would be HTTP/3."""
    client = Client(peername=("192.0.2.1", 5), sockname=("192.0.2.2", 6), transport_protocol=cast("Any", protocol))
    context = Context(client, options.Options())
    context.server.address = ("203.0.113.10", port)
    context.layers.append(Layer(context))
    asked = NextLayer(context)
    Addon().next_layer(asked)
    assert (asked.layer is not None) == ends
    if asked.layer is not None:
        given = list(asked.layer.handle_event(DataReceived(client, b"\xc0")))
        assert [type(command) for command in given] == [CloseConnection]


def test_every_option_of_ours_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    with taddons.context(Addon(stop_when_unloaded=False)) as context:
        ours = [name for name in context.options.keys() if name.startswith("dlp_")]  # noqa: SIM118 - no mapping
    assert len(ours) > 10
    assert [name for name in ours if f"`{name}`" not in text] == []
