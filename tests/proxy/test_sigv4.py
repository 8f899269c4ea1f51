"""Requests signed with AWS Signature Version 4: masked and signed anew, or refused; never sent with a broken signature."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from dlp.fakes import FakeProviders
from dlp.fakes.families.bedrock import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from dlp.proxy.sigv4 import CannotSign, SignedRequest, Signer, signed_headers
from tests.proxy.live import Exchange, LiveProxy, live_proxy, post, status_of

EMAIL = "anna.keller@nordwind-labs.org"
SAID = f'Write to "{EMAIL}", please.'
ASKED: Any = {"modelId": "us.anthropic.claude-v1:0", "messages": [{"role": "user", "content": [{"text": SAID}]}]}


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment in which botocore finds nothing; returns where it looks for shared profiles."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path / "credentials"


@pytest.fixture
def upstream() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


def client(proxy: LiveProxy, folder: Path, secret: str = SECRET_ACCESS_KEY) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        verify=str(folder / "certs" / "mitmproxy-ca-cert.pem"),
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=secret,
        config=Config(
            proxies={"https": f"http://127.0.0.1:{proxy.port}"}, retries={"total_max_attempts": 1}, read_timeout=20
        ),
    )


def check_round_trip(bedrock: Any, upstream: FakeProviders) -> None:
    """The fake verifies the signature of what it gets, so an answer proves that it fits."""
    whole = bedrock.converse(**ASKED)
    assert whole["output"]["message"]["content"] == [{"text": f"You said: {SAID}"}]
    events = bedrock.converse_stream(**ASKED)["stream"]
    text = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    assert text == f"You said: {SAID}"
    assert len(upstream.received) == 2
    assert all(EMAIL.encode() not in request.everything() for request in upstream.received)


def test_signed_anew_with_credentials_of_the_environment(
    no_credentials: Path, monkeypatch: pytest.MonkeyPatch, upstream: FakeProviders, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    with live_proxy(upstream.port, upstream.authority, tmp_path) as proxy:
        check_round_trip(client(proxy, tmp_path), upstream)


def test_signed_anew_with_credentials_of_a_named_profile(
    no_credentials: Path, upstream: FakeProviders, tmp_path: Path
) -> None:
    no_credentials.write_text(
        f"[team]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    )
    with live_proxy(upstream.port, upstream.authority, tmp_path, dlp_aws_profiles="missing, team") as proxy:
        check_round_trip(client(proxy, tmp_path), upstream)


def test_refused_without_credentials(no_credentials: Path, upstream: FakeProviders, tmp_path: Path) -> None:
    """In Bedrock's shape, with what can be done about it; a request without findings goes through as signed."""
    with live_proxy(upstream.port, upstream.authority, tmp_path) as proxy:
        bedrock = client(proxy, tmp_path)
        with pytest.raises(ClientError) as caught:
            bedrock.converse(**ASKED)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        message = caught.value.response["Error"]["Message"]
        assert "no credentials for its access key id" in message
        assert "bearer" in message
        assert upstream.received == []
        harmless = {**ASKED, "messages": [{"role": "user", "content": [{"text": "What is a lake?"}]}]}
        assert bedrock.converse(**harmless)["output"]["message"]["content"] == [{"text": "You said: What is a lake?"}]


def test_who_knows_an_access_key_id_alone_gets_no_signature(
    no_credentials: Path, monkeypatch: pytest.MonkeyPatch, upstream: FakeProviders, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    with live_proxy(upstream.port, upstream.authority, tmp_path) as proxy:
        with pytest.raises(ClientError, match="doesn't fit the credentials"):
            client(proxy, tmp_path, secret="a guess").converse(**ASKED)
        assert upstream.received == []


# -- the signer alone ---------------------------------------------------------------------------------------------------

URL = "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2%3A1/converse?b=2&a=1"


def signed(body: bytes, **headers: str) -> SignedRequest:
    """A request as botocore signs it, today."""
    request = AWSRequest("POST", URL, data=body, headers={"host": "bedrock-runtime.us-east-1.amazonaws.com", **headers})
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "bedrock", "us-east-1").add_auth(request)
    return SignedRequest("POST", URL, tuple((name.lower(), value) for name, value in request.headers.items()), body)


@pytest.fixture
def signer(no_credentials: Path, monkeypatch: pytest.MonkeyPatch) -> Signer:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    return Signer()


def test_an_old_signature_is_not_made_young_again(no_credentials: Path, signer: Signer) -> None:
    late = Signer(now=lambda: 4e9)
    request = signed(b"a")
    with pytest.raises(CannotSign, match="expired"):
        late.sign(request, replace(request, body=b"b"))


def test_a_captured_signature_does_not_carry_another_body(signer: Signer) -> None:
    """Where the digest is a header, the signature covers the header alone."""
    digest = hashlib.sha256(b"a").hexdigest()
    request = signed(b"a", **{"x-amz-content-sha256": digest})
    renewed = signer.sign(request, replace(request, body=b"b"))
    assert renewed["x-amz-content-sha256"] == hashlib.sha256(b"b").hexdigest()
    captured = replace(request, body=b"evil")
    with pytest.raises(CannotSign, match="cover its body"):
        signer.sign(captured, replace(captured, body=b"evil, masked"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda request: replace(request, body=b"x"), "doesn't fit"),
        (lambda request: replace(request, method="PUT"), "doesn't fit"),
        (lambda request: replace(request, url=URL + "&c=3"), "doesn't fit"),
        (lambda request: replace(request, headers=request.headers[1:]), "missing"),
        (
            lambda request: replace(
                request,
                headers=tuple(
                    (name, re.sub("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", value))
                    for name, value in request.headers
                ),
            ),
            "of a kind",
        ),
    ],
)
def test_what_was_not_signed_so_is_not_signed_anew(signer: Signer, change: Any, reason: str) -> None:
    request = change(signed(b"a"))
    with pytest.raises(CannotSign, match=reason):
        signer.sign(request, replace(request, body=b"b"))


def test_names_of_signed_headers() -> None:
    authorization = dict(signed(b"").headers)["authorization"]
    assert signed_headers(authorization) == {"host", "x-amz-date"}
    assert signed_headers("Bearer x") == frozenset()


def test_a_signer_shows_no_secret(signer: Signer) -> None:
    request = signed(b"secret body")
    signer.sign(request, request)
    assert SECRET_ACCESS_KEY not in repr(signer)
    assert "secret body" not in repr(request)


# -- roles, and other ways to sign -------------------------------------------------------------------------------------


class TokenService(BaseHTTPRequestHandler):
    """Lends the fake's credentials to whoever assumes a role."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>{ACCESS_KEY_ID}</AccessKeyId><SecretAccessKey>{SECRET_ACCESS_KEY}</SecretAccessKey>"
            "<SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_profile_may_assume_a_role(no_credentials: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By botocore's own resolution: `role_arn`, `source_profile`, and what the token service lends."""
    no_credentials.write_text(
        "[base]\naws_access_key_id = AKIABASEBASEBASEBASE\naws_secret_access_key = base\n"
        "[role]\nrole_arn = arn:aws:iam::123456789012:role/llm\nsource_profile = base\nregion = us-east-1\n"
    )
    with HTTPServer(("127.0.0.1", 0), TokenService) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{service.server_port}")
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        original = signed(b"{}")
        new = Signer(["role"]).sign(original, replace(original, body=b'{"a": 1}'))
        service.shutdown()
        thread.join(120)
    assert f"Credential={ACCESS_KEY_ID}/" in new["authorization"]
    assert new["authorization"] != dict(original.headers)["authorization"]


def ask(proxy: LiveProxy, *, query: str = "", **headers: str) -> bytes:
    host = "bedrock-runtime.us-east-1.amazonaws.com"
    body = json.dumps({"messages": ASKED["messages"]}).encode()
    data = post(body, host=host, path=f"/model/anthropic.claude/converse{query}", **headers)
    return Exchange(proxy.port).connect(f"{host}:443").tls(host).send(data).answer()


def test_a_presigned_request_that_would_change_is_refused(
    no_credentials: Path, upstream: FakeProviders, tmp_path: Path
) -> None:
    query = f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={ACCESS_KEY_ID}&X-Amz-Signature={'0' * 64}"
    with live_proxy(upstream.port, upstream.authority, tmp_path) as proxy:
        answer = ask(proxy, query=query)
    assert status_of(answer) == 400
    assert b"x-amzn-errortype: ValidationException" in answer
    assert b"of a kind that can't be made anew" in answer
    assert upstream.received == []


def test_a_body_signed_in_chunks_is_refused(no_credentials: Path, upstream: FakeProviders, tmp_path: Path) -> None:
    """Each chunk carries a signature of the one before it: such a body can't be read as what it holds, nor be changed."""
    with live_proxy(upstream.port, upstream.authority, tmp_path) as proxy:
        answer = ask(proxy, content_encoding="aws-chunked", x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    assert status_of(answer) == 415
    assert upstream.received == []
