"""Vendors' own clients, run with and without the proxy between them and a fake provider.

The same program runs twice, in environments that differ only in the proxy's address and the CA, against two providers that answer
alike. What it prints is all that an application could read; both runs must print the same (nothing is lost or changed),
while the provider behind the proxy saw tokens and none of the planted values (nothing leaks).
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ROOT, ProxyProcess, direct_environment, find_leaks, leaks_of, run_client, tokens_in
from tests.interop.programs import HERE, Client, planted_variable

CLIENTS = (
    Client("with_openai", modules=("openai",)),
    Client("with_anthropic", modules=("anthropic",)),
    Client("with_genai", modules=("google.genai",)),
    Client("with_litellm", modules=("litellm",)),
    Client("with_langchain", modules=("langchain_openai",)),
    Client("with_boto3", modules=("boto3",)),
    Client("with_ollama", modules=("ollama",)),
    Client("with_cohere", modules=("cohere",)),
    Client("with_mistral", modules=("mistralai.client",)),
    Client("with_httpx", modules=("httpx", "h2")),
    Client("with_requests", modules=("requests",)),
    Client("with_curl", curl=True),
    Client("with_openai", node=True),
    Client("with_anthropic", node=True),
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"node-{client.name}" if client.node else client.name)
def test_a_client_reads_the_same_and_the_provider_sees_no_value(
    client: Client,
    apart: FakeProviders,
    fake: FakeProviders,
    proxy: ProxyProcess,
    planted: ModuleType,
    tmp_path: Path,
) -> None:
    """Equal output with and without the proxy; tokens and no planted value at the provider."""
    if reason := client.missing():
        pytest.skip(reason)
    environments = [
        {**environment, **planted_variable(planted)}
        for environment in (direct_environment(apart, tmp_path), proxy.client_environment())
    ]
    expected, screened = client.run(planted.PROMPT, environments, tmp_path)
    assert find_leaks(expected.encode(), [planted.EMAIL]), "the client never read back what it sent: it proves nothing"
    assert screened == expected
    directly, behind = ([(request.host, request.path) for request in side.received] for side in (apart, fake))
    assert behind == directly

    examined = [request for request in fake.received if request.host != "origin.example"]
    assert leaks_of(examined, planted.VALUES) == []
    assert tokens_in(examined)


@pytest.mark.timeout(60)
def test_nothing_the_proxy_wrote_holds_a_planted_value(proxy: ProxyProcess, planted: ModuleType) -> None:
    """The canary: after all those clients, output, audit and state files are searched for every value."""
    found = {path.name: find_leaks(path.read_bytes(), planted.VALUES) for path in proxy.written_files()}
    assert {name: values for name, values in found.items() if values} == {}


@pytest.mark.timeout(120)
def test_the_addon_works_in_an_ordinary_mitmdump(fake: FakeProviders, planted: ModuleType, tmp_path: Path) -> None:
    """`mitmdump -s addon.py` with a policy screens like the proxy of our own."""
    command = (
        *("mitmdump", "--listen-host", "127.0.0.1", "--listen-port", "{port}", "-s", str(ROOT / "addon.py")),
        *(
            "--set",
            "confdir={folder}/certs",
            "--set",
            "dlp_state={folder}/state",
            "--set",
            f"dlp_policy={HERE / 'policy.yaml'}",
        ),
    )
    client = Client("with_requests", modules=("requests",))
    expected = run_client(client.command(planted.PROMPT), direct_environment(fake, tmp_path / "direct"))
    fake.reset()
    with ProxyProcess(fake, tmp_path / "proxy", command=command) as proxy:
        assert run_client(client.command(planted.PROMPT), proxy.client_environment()) == expected
        assert leaks_of(fake.received, planted.VALUES) == []
        assert tokens_in(fake.received)
        assert find_leaks(proxy.output().encode(), planted.VALUES) == []
