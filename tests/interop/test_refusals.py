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
    """Entity type and place are named, the value isn't; nobody tries again; the provider hears nothing."""
    if reason := client.missing():
        pytest.skip(reason)
    shared = planted_variable(planted)
    before = len(strict.audit.read_text().splitlines())
    told = run_client(client.command(planted.PROMPT), {**strict.client_environment(), **shared})
    refusals = json.loads(told)
    for call, refusal in refusals.items():
        assert refusal["class"] in ("BadRequestError", "ClientError"), call
        assert refusal["status"] == 400, call
        assert "CREDIT_CARD" in refusal["says"], call
        assert ("input" if call == "responses" else "content") in refusal["says"], call
        if refusal["class"] == "BadRequestError":
            assert refusal["request_id"], call
        if call in ("chat", "chat stream", "responses"):
            assert refusal["code"] == "dlp_blocked", call
    asked = len(strict.audit.read_text().splitlines()) - before
    assert asked == len(refusals)  # an SDK tries again by itself if it isn't told otherwise
    assert find_leaks(told.encode(), planted.VALUES) == []
    assert fake.received == []
    assert find_leaks(strict.output().encode() + strict.audit.read_bytes(), planted.VALUES) == []
