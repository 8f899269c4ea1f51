"""A refused request, as an application meets it: the vendor's own exception, at once, with names and no values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess, find_leaks, run_client
from tests.interop.programs import Client, planted_variable


@pytest.fixture(scope="module")
def strict(running_fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(running_fake, tmp_path_factory.mktemp("strict"), policy="strict") as running:
        yield running


@pytest.mark.parametrize(
    "client",
    [Client("refused", modules=("openai", "anthropic", "google.genai")), Client("refused", node=True)],
    ids=["python", "node"],
)
def test_a_refusal_is_the_vendors_own_exception(
    client: Client, fake: FakeProviders, strict: ProxyProcess, planted: ModuleType
) -> None:
    """Status 400, so that nobody tries again; the entity type is named, the value isn't; the provider hears nothing."""
    if reason := client.missing():
        pytest.skip(reason)
    shared = planted_variable(planted)
    told = run_client(client.command(planted.PROMPT), {**strict.client_environment(), **shared})
    for refusal in json.loads(told).values():
        assert refusal["class"] in ("BadRequestError", "ClientError")
        assert refusal["status"] == 400
        assert "CREDIT_CARD" in refusal["says"]
    assert find_leaks(told.encode(), planted.VALUES) == []
    assert fake.received == []
    assert find_leaks(strict.output().encode() + strict.audit.read_bytes(), planted.VALUES) == []
