"""A refused request raises the SDK's own error, once, and names type and place but no value."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess, run_client

CARD = "4111 1111 1111 1111"

PROGRAMS = {
    "openai": """
import json, sys, openai
try:
    openai.OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": sys.argv[1]}], stream=STREAM)
except openai.BadRequestError as error:
    print(json.dumps([type(error).__name__, error.status_code, error.code, str(error), error.request_id]))
""",
    "anthropic": """
import json, sys, anthropic
try:
    anthropic.Anthropic().messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": sys.argv[1]}], stream=STREAM)
except anthropic.BadRequestError as error:
    print(json.dumps([type(error).__name__, error.status_code, "", str(error), error.request_id]))
""",
    "google-genai": """
import json, sys
from google import genai
from google.genai import errors
client = genai.Client()
try:
    call = client.models.generate_content_stream if STREAM else client.models.generate_content
    answer = call(model="m", contents=sys.argv[1])
    if STREAM:
        list(answer)
except errors.ClientError as error:
    print(json.dumps(["BadRequestError" if error.code == 400 else "?", error.code, "", str(error), "-"]))
""",
}


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(fake, tmp_path_factory.mktemp("strict"), policy="strict") as running:
        yield running


@pytest.mark.parametrize("stream", ["False", "True"], ids=["plain", "stream"])
@pytest.mark.parametrize("sdk", PROGRAMS)
def test_a_blocked_request_raises_the_sdks_own_error(
    sdk: str, stream: str, proxy: ProxyProcess, fake: FakeProviders
) -> None:
    fake.reset()
    program = PROGRAMS[sdk].replace("STREAM", stream)
    printed = run_client([sys.executable, "-c", program, f"charge {CARD}"], proxy.client_environment())
    name, status, code, message, request_id = json.loads(printed)
    assert (name, status) == ("BadRequestError", 400)
    assert code in ("", "dlp_blocked")
    assert "CREDIT_CARD" in message
    assert "content" in message
    assert CARD not in printed
    assert request_id
    assert not fake.received


def test_a_blocked_request_is_not_tried_again(proxy: ProxyProcess, fake: FakeProviders, tmp_path: Path) -> None:
    """One line in the audit log: the SDK, which retries by itself, was told not to."""
    before = len(proxy.audit.read_text().splitlines())
    run_client([sys.executable, "-c", PROGRAMS["openai"].replace("STREAM", "False"), CARD], proxy.client_environment())
    assert len(proxy.audit.read_text().splitlines()) == before + 1
