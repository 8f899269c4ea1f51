"""Numbers outside strings: of a card or a phone they are masked wherever they stand, of the API they stay."""

from __future__ import annotations

import json

import pytest

from dlp.engine.case import Request
from dlp.engine.request import Engine
from dlp.policy.model import Policy
from dlp.providers.formats.openai import CHAT
from tests.proxy.live import shared_detector

ORDINARY = '"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]'


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Policy(name="test"), shared_detector(), b"k" * 32)


def sent(engine: Engine, document: str) -> str:
    asked = Request("POST", "/v1/chat/completions", document.encode(), content_type="application/json")
    return engine.examine(asked, CHAT, "scope").body.decode()


@pytest.mark.parametrize(
    "member",
    ['"card": 4111111111111111', '"card": 4111111111111111.0', '"phone": 4915123456789', '"ssn": 536904399'],
)
def test_a_number_that_is_somebodys_is_masked_where_text_was_expected(engine: Engine, member: str) -> None:
    number = member.rpartition(" ")[2]
    masked = sent(engine, f"{{{ORDINARY}, {member}}}")
    assert number.removesuffix(".0") not in masked
    assert "[PII:" in json.loads(masked)[member.split('"')[1]]


@pytest.mark.parametrize(
    "member",
    [
        '"seed": 1234567890', '"seed": 6011000990139424123', '"created": 1732200000', '"max_tokens": 1000000000', '"top_p": 0.4842946231365204',
        '"id": 4111111111111111', '"timestamp": 1732200000123', '"x": 4111111111111111.5',
    ],
)  # fmt: skip
def test_a_number_of_the_api_stays(engine: Engine, member: str) -> None:
    document = f"{{{ORDINARY}, {member}}}"
    assert sent(engine, document) == document
