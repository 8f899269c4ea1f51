"""The fake Bedrock, read by boto3, above all: that it takes no signature which isn't right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dlp.fakes import FakeProviders
from dlp.fakes.families.bedrock import ACCESS_KEY_ID, SECRET_ACCESS_KEY

ASKED: Any = {"modelId": "a.b-v1:0", "messages": [{"role": "user", "content": [{"text": 'to "Ann"\n\\ é'}]}]}


@pytest.fixture
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


def client(fake: FakeProviders, secret: str = SECRET_ACCESS_KEY, key: str = ACCESS_KEY_ID) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{fake.plain_port}",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_right_signature_is_taken(fake: FakeProviders) -> None:
    answer = client(fake).converse(**ASKED)
    assert answer["output"]["message"]["content"] == [{"text": 'You said: to "Ann"\n\\ é'}]


@pytest.mark.parametrize("wrong", [{"secret": "another"}, {"key": "AKIASOMEBODYELSE0001"}])
def test_wrong_credentials_are_refused(fake: FakeProviders, wrong: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client(fake, **wrong).converse(**ASKED)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_body_changed_after_signing_is_refused(fake: FakeProviders) -> None:
    changing = client(fake)

    def change(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"Ann", b"Bob")

    changing.meta.events.register("before-send.bedrock-runtime.*", change)
    with pytest.raises(ClientError, match="signature"):
        changing.converse(**ASKED)


def test_a_stream_is_read_with_its_checksums(fake: FakeProviders) -> None:
    events = list(client(fake).converse_stream(**ASKED)["stream"])
    text = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    assert text == 'You said: to "Ann"\n\\ é'
    assert [next(iter(event)) for event in events if "contentBlockDelta" not in event] == [
        "messageStart",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
