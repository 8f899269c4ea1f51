"""Vendors' own clients, run with and without the proxy between them and a fake provider.

The same program runs twice in an environment that differs only in the proxy's address and the CA. What it prints is
all that an application could read; both runs must print the same (nothing is lost or changed), while the provider
saw tokens and none of the planted values (nothing leaks).
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess, direct_environment, find_leaks, leaks_of, run_client, tokens_in

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE / "node" / "node_modules"

# Clients run as programs of their own and share this module by its folder, hence no ordinary import.
_SPEC = importlib.util.spec_from_file_location("planted", HERE / "clients" / "planted.py")
assert _SPEC is not None
assert _SPEC.loader is not None
planted = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(planted)


@dataclass(frozen=True)
class Client:
    """A client program, and what has to be there for it to run."""

    name: str
    modules: tuple[str, ...] = ()
    curl: bool = False
    node: bool = False

    def command(self) -> list[str]:
        if self.node:
            return [str(node_binary()), str(HERE / "node" / f"{self.name}.mjs")]
        if self.curl:
            return ["sh", str(HERE / "clients" / f"{self.name}.sh"), json.dumps(planted.PROMPT)]
        return [sys.executable, str(HERE / "clients" / f"{self.name}.py")]

    def missing(self) -> str | None:
        """Why this client can't run here; None if it can."""
        for module in self.modules:
            if importlib.util.find_spec(module) is None:
                return f"the package {module} is not installed"
        if self.curl and shutil.which("curl") is None:
            return "curl is not installed"
        if self.node and not node_binary().exists():
            return f"run `npm ci` in {HERE / 'node'}"
        return None


def node_binary() -> Path:
    """The Node that the package lock brings: an older one on the PATH would ignore the proxy's variables."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "other")
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "other")
    return NODE_MODULES / f"node-{system}-{machine}" / "bin" / "node"


CLIENTS = (
    Client("with_openai", modules=("openai",)),
    Client("with_anthropic", modules=("anthropic",)),
    Client("with_genai", modules=("google.genai",)),
    Client("with_litellm", modules=("litellm",)),
    Client("with_langchain", modules=("langchain_openai",)),
    Client("with_httpx", modules=("httpx", "h2")),
    Client("with_requests", modules=("requests",)),
    Client("with_curl", curl=True),
    Client("with_openai", node=True),
    Client("with_anthropic", node=True),
)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders(names=["origin.example"]) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(fake, tmp_path_factory.mktemp("proxy"), policy=HERE / "policy.yaml") as running:
        yield running


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"node-{client.name}" if client.node else client.name)
def test_a_client_reads_the_same_and_the_provider_sees_no_value(
    client: Client, fake: FakeProviders, proxy: ProxyProcess, tmp_path: Path
) -> None:
    """Equal output with and without the proxy; tokens and no planted value at the provider."""
    if reason := client.missing():
        if os.environ.get("DLP_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    shared = {"DLP_PLANTED": json.dumps({name: value for name, value in vars(planted).items() if name.isupper()})}

    fake.reset()
    expected = run_client(client.command(), {**direct_environment(fake, tmp_path), **shared})
    assert find_leaks(expected.encode(), [planted.EMAIL]), "the client never read back what it sent: it proves nothing"
    sent_directly = [(request.host, request.path) for request in fake.received]

    fake.reset()
    assert run_client(client.command(), {**proxy.client_environment(), **shared}) == expected
    assert [(request.host, request.path) for request in fake.received] == sent_directly

    screened = [request for request in fake.received if request.host != "origin.example"]
    assert leaks_of(screened, planted.VALUES) == []
    assert tokens_in(screened)


@pytest.mark.timeout(60)
def test_nothing_the_proxy_wrote_holds_a_planted_value(proxy: ProxyProcess) -> None:
    """The canary: after all those clients, output, audit and state files are searched for every value."""
    found = {path.name: find_leaks(path.read_bytes(), planted.VALUES) for path in proxy.written_files()}
    assert {name: values for name, values in found.items() if values} == {}
