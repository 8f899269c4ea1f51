"""Doctor tries the real programs, and its one line mends what it found."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.ca import BUNDLE_NAME
from dlp.cli import NEGATIVE, OK, doctor, main
from dlp.cli.doctor import TOOLS, State, Tool, examine
from dlp.environment import client_environment, proxy_url
from dlp.fakes.server import FakeProviders
from tests.proxy.live import Exchange, LiveProxy, live_proxy, status_of

VARIABLES = [
    *client_environment("", Path()),
    "JAVA_TOOL_OPTIONS",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "GIT_SSL_CAINFO",
]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    with FakeProviders() as fake, live_proxy(fake.port, fake.authority, tmp_path_factory.mktemp("doctor")) as running:
        yield running


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # a python3 with httpx
    return monkeypatch


def tool(name: str) -> Tool:
    found = next(tool for tool in TOOLS if tool.name == name)
    if shutil.which(found.program) is None:
        pytest.skip(f"no {found.program} on this machine")
    return found


def follow(advice: str, environment: pytest.MonkeyPatch) -> None:
    """Do as the line says."""
    assert advice.startswith("export "), advice
    for setting in advice.removeprefix("export ").split():
        name, _, value = setting.partition("=")
        environment.setenv(name, value.strip("'"))


@pytest.mark.parametrize("name", ["curl", "git", "python httpx", "python requests", "python urllib"])
def test_a_tool_is_led_to_the_proxy_line_by_line(name: str, proxy: LiveProxy, bare: pytest.MonkeyPatch) -> None:
    """From an empty environment: it bypasses the proxy, then it doesn't trust it, then all is well."""
    url, bundle = proxy_url(port=proxy.port), proxy.folder / "certs" / BUNDLE_NAME
    found = examine(tool(name), url, bundle)
    if found.state is State.ABSENT:
        pytest.skip(f"{name} is not installed for this python3")
    assert found.state is State.BYPASSES
    follow(found.advice, bare)
    found = examine(tool(name), url, bundle)
    assert found.state is State.UNTRUSTED
    follow(found.advice, bare)
    assert examine(tool(name), url, bundle).state is State.OK


def test_node_that_ignores_proxies_is_named(proxy: LiveProxy, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v20.20.2 || echo "getaddrinfo ENOTFOUND" >&2\n')
    old.chmod(0o755)
    bare.setenv("PATH", str(tmp_path), prepend=":")
    bare.setenv("HTTPS_PROXY", proxy_url(port=proxy.port))
    found = examine(tool("node"), proxy_url(port=proxy.port), tmp_path)
    assert (found.state, found.advice) == (
        State.BYPASSES,
        "Node v20.20.2 ignores proxy variables: use 22.21 or newer of 22, or 24",
    )
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v24.1.0 || echo "getaddrinfo ENOTFOUND" >&2\n')
    assert examine(tool("node"), "http://127.0.0.1:1", tmp_path).advice == "export NODE_USE_ENV_PROXY=1"


@pytest.mark.parametrize(
    ("output", "state", "advice"),
    [
        ("javax.net.ssl.SSLHandshakeException: PKIX path building failed", State.UNTRUSTED, "keytool -importcert"),
        ("java.nio.channels.UnresolvedAddressException", State.BYPASSES, "export JAVA_TOOL_OPTIONS='-Dhttps.proxyHost=127.0.0.1"),
    ],
)  # fmt: skip
def test_java_needs_its_own(output: str, state: State, advice: str, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setattr(doctor, "_output", lambda tool, program: output)
    bare.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    java = next(tool for tool in TOOLS if tool.name == "java")
    found = examine(java, "http://127.0.0.1:8080", tmp_path / BUNDLE_NAME)
    assert found.state is state
    assert advice in found.advice


def test_an_exemption_is_named(proxy: LiveProxy, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("HTTPS_PROXY", proxy_url(port=proxy.port))
    bare.setenv("NO_PROXY", "localhost,.openai.com")
    bare.setattr(doctor, "_output", lambda tool, program: "Could not resolve host")
    found = examine(tool("curl"), proxy_url(port=proxy.port), Path())
    assert found.advice == "NO_PROXY exempts api.openai.com: unset NO_PROXY"


def test_a_proxy_that_isnt_there_is_named(bare: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = proxy_url(port=free.getsockname()[1])
    bare.setenv("HTTPS_PROXY", url)
    assert examine(tool("curl"), url, Path()).state is State.NO_PROXY


def test_the_verb(proxy: LiveProxy, bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tool("curl")
    confdir = str(proxy.folder / "certs")
    asked = ["doctor", "--port", str(proxy.port), "--confdir", confdir, "curl"]
    bare.setenv("HTTPS_PROXY", proxy_url(port=proxy.port))
    assert main(asked) == NEGATIVE
    said = capsys.readouterr()
    assert f"-> export CURL_CA_BUNDLE={confdir}/bundle.pem" in said.out
    assert f'eval "$(python -m dlp env --port {proxy.port} --confdir {confdir})"' in said.err
    bare.setenv("CURL_CA_BUNDLE", f"{confdir}/bundle.pem")
    assert main([*asked, "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == [{"tool": "curl", "state": "ok", "advice": ""}]


def test_the_probe_goes_no_further(proxy: LiveProxy) -> None:
    """The proxy answers by itself, to GET alone; anything else on that path is a request like every other."""
    exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com")
    answer = exchange.send(b"GET /.well-known/llm-egress-dlp HTTP/1.1\r\nHost: api.openai.com\r\n\r\n").answer()
    assert status_of(answer) == 200
    assert answer.endswith(b"llm-egress-dlp is here\n")


def test_a_tool_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing tried is not all well."""
    assert main(["doctor", "curl", "crul"]) == 2
    assert "there is no test for 'crul'; there are curl, git" in capsys.readouterr().err
