"""Other ways in and out than the regular proxy: behind a parent proxy, and as a gateway."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

import httpx

from dlp.fakes import FakeProviders
from tests.engine.conversations import PlantedDetector
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
