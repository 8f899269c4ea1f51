"""Paths, queries and headers: what of them may hold a value, and what is left alone because it only looks like one."""

from __future__ import annotations

import pytest

from dlp.engine.case import Request
from dlp.engine.request import Engine, Examined
from dlp.errors import RequestBlocked
from dlp.policy.model import Policy, Rule
from dlp.providers.formats.openai import CHAT
from dlp.types import Action
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import shared_detector

EMAIL = "anna.keller@nordwind-labs.org"
KEY = "AKIA" + "QW4ERT7YU2IOP3AS"
GITHUB = "ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a"
PASSWORD = "Tr0ub4dor" + "-3xyz"
JWT = "eyJhbGciOiJFUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "MEUCIQDabcdefghijklmnopqrstuvwxyz0123456789"

MASKING = Policy(name="test")


def examine(path: str = "/v1/x", *headers: tuple[str, str], body: str = "", policy: Policy = MASKING) -> Examined:
    engine = Engine(policy, shared_detector(), b"k" * 32)
    request = Request("POST", path, body.encode(), content_type="text/plain" if body else "", headers=headers)
    return engine.examine(request, CHAT, "scope")


def value_of(name: str, value: str) -> str:
    """What becomes of a header."""
    [(_, sent)] = examine("/v1/x", (name, value)).headers
    return sent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-customer", EMAIL),
        ("OpenAI-Metadata", f'{{"mail": "{EMAIL}"}}'),
        ("From", EMAIL),
        ("User-Agent", f"bot/1.0 (+mailto:{EMAIL})"),
        ("Referer", f"https://crm.example/people?mail={EMAIL}"),
        ("x-stainless-user", EMAIL),
        ("Idempotency-Key", EMAIL),
        ("Content-Type", f"application/json; profile={EMAIL}"),
        ("x-forwarded-for", "203.0.113.77"),
        ("baggage", "card=4111-1111-1111-1111"),
        ("x-user", "Anna Keller"),
        ("Cookie", f"theme=dark; user={EMAIL.replace('@', '%40')}; cf=1"),
        ("cookie", "card=4111111111111111"),
        ("x-request-id", EMAIL),
        ("x-client-request-id", "4111 1111 1111 1111"),
        ("tracestate", f"vendor={EMAIL}"),
        ("te", EMAIL),
        ("x-user-note", f"my key is {KEY}"),
        ("helicone-property-deploy", GITHUB),
        ("x-request-metadata", f'{{"aws": "{KEY}", "n": 1}}'),
        ("baggage", f"team=a,password={PASSWORD}"),
        ("x-customer-db", f"postgres://app:{PASSWORD}@db.internal/prod"),
        ("user-agent", f"deploy-bot/1.0 ({GITHUB})"),
        ("referer", f"https://ci.example/run?with={GITHUB}"),
        ("tracestate", f"ci={GITHUB}"),
        ("x-amzn-bedrock-note", KEY),
    ],
)
def test_a_value_in_a_header_is_masked(name: str, value: str) -> None:
    sent = value_of(name, value)
    assert "PII" in sent
    assert not any(part in sent for part in (EMAIL, "4111", "203.0.113.77", "Anna Keller", KEY, GITHUB, PASSWORD))
    assert sent.isascii()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {KEY}"),
        ("x-api-key", KEY),
        ("helicone-auth", f"Bearer {KEY}"),
        ("cookie", f"session={KEY}"),
        ("host", "api.openai.com"),
        (
            "User-Agent",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
        ),
        ("User-Agent", "claude-cli/2.0.14 (external, cli)"),
        ("x-app", "cli"),
        ("x-title", "Anna Keller"),
        ("x-goog-api-client", "gl-python/3.12.1 grpc/1.62.2 gax/2.17.1 gapic/0.8.5"),
        ("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14"),
        ("openai-organization", "org-4a6WNBBNWTdAasXLqSAMIeBD"),
        ("idempotency-key", "stainless-python-retry-6a3f6a47-4f5c-4f7e-9a84-4ca5d4c1d5a3"),
        ("session_id", "019a8e0c-5b3f-7d11-9c54-2f4f3a3c9a10"),
        ("content-type", "multipart/form-data; boundary=--------------------------411111111111111100000000"),
        ("accept-language", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"),
        ("x-stainless-runtime-version", "3.12.10"),
        ("x-stainless-read-timeout", "600"),
        ("sec-ch-ua", '"Chromium";v="131", "Not_A Brand";v="24"'),
        (
            "cookie",
            "__Secure-next-auth.session-token=eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..x1Yz; oai-did=019a8e0c-5b3f-7d11-9c54-2f4f3a3c9a10",
        ),
        ("cookie", "__cf_bm=6fK2x.J8yQ-1732200000-1.0.1.1-aZ09; _cfuvid=q7-1732200000123-0.0.1.1-604800000; lang=de"),
        ("x-request-id", "req_011CTgW3d8xV4N2yqzH7rJ5k"),
        ("date", "Sat, 21 Nov 2026 20:00:00 GMT"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("sec-websocket-protocol", f"realtime, openai-insecure-api-key.{KEY}"),
        ("x-portkey-config", f'{{"provider": "openai", "api_key": "{KEY}"}}'),
        ("x-goog-iap-jwt-assertion", JWT),
        ("dpop", JWT),
        ("x-user-context", JWT),
        ("cf-access-client-secret", GITHUB),
        ("x-vercel-protection-bypass", "a8K2mN5pQ7rS9tU1vW3xY6zB4cD8eF0g"),
        ("x-vercel-id", "fra1::iad1::x8zqv-1732200000123-5a4b3c2d1e0f"),
        ("x-portkey-trace-id", "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d"),
        ("sentry-release", "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0"),
        (
            "baggage",
            "sentry-trace_id=463ac35c9f6413ad48485a3953bb6124,sentry-public_key=49d0f7386ad645858ae85020e393bef3",
        ),
        ("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        ("x-b3-traceid", "463ac35c9f6413ad48485a3953bb6124"),
        ("x-codex-turn-state", "gAAAAABm1x2y3z4A5b6C7d8E9f0G1h2I3j4K5l6M7n8O9p0Q1r2S3t4U5v6W7x8Y9z0="),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ],
)
def test_what_clients_write_into_headers_stays(name: str, value: str) -> None:
    assert value_of(name, value) == value


@pytest.mark.parametrize("value", ["536-90-4399", "4111111111111111", KEY, GITHUB, "DE89370400440532013000"])
def test_a_value_in_the_name_of_a_header_is_masked(value: str) -> None:
    [(name, said)] = examine("/v1/x", (f"X-Customer-{value}", "gold")).headers
    assert name.startswith("x-customer-pii_")
    assert name.islower()
    assert value.lower() not in name
    assert said == "gold"


@pytest.mark.parametrize(
    "name",
    [
        "Anthropic-Dangerous-Direct-Browser-Access",
        "x-goog-ext-525001261-jspb",
        "X-Amz-Meta-20261121",
        "x-ms-client-request-id",
    ],
)
def test_the_names_of_headers_stay(name: str) -> None:
    headers = ((name, "true"),)
    assert examine("/v1/x", *headers).headers == headers


def test_headers_keep_their_order_and_their_repeats() -> None:
    headers = (("X-A", "one two"), ("x-mail", EMAIL), ("X-A", "three four"))
    sent = examine("/v1/x", *headers).headers
    assert [name for name, _ in sent] == ["X-A", "x-mail", "X-A"]
    assert [value for name, value in sent if name == "X-A"] == ["one two", "three four"]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/files/{EMAIL}",
        "/v1/files/anna.keller%40nordwind-labs.org/content",
        f"/v1/files/#{EMAIL}",
        "/v1/customers/4111111111111111",
        "/v1/accounts/DE89370400440532013000/x",
        "/v1/people/536-90-4399",
        f"/v1/models?owner={EMAIL}",
        f"/v1/models?model={EMAIL}",
        "/v1/batches?after=anna.keller%40nordwind-labs.org",
    ],
)
def test_a_value_in_a_path_is_masked(path: str) -> None:
    sent = examine(path).path
    assert "PII" in sent
    assert sent.startswith("/v1/")
    assert not any(part in sent for part in ("nordwind", "4111", "3704", "536-90"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/projects/123456789012/locations/europe-west4/endpoints/1234567890123456789:predict",
        "/openai/deployments/anna-keller-gpt-4o/chat/completions?api-version=2024-10-21",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-20250514-v1%3A0/converse",
        "/v1/threads/thread_abc123DEF456ghi789JKL012/runs/run_9zY8xW7vU6tS5rQ4pO3nM2lK",
        "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=" + KEY,
        "/v1/responses/resp_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071",
        "/v1/realtime?model=gpt-4o-realtime-preview-2024-12-17&after=msg_0123456789&order=desc",
    ],
)
def test_names_and_ids_in_paths_stay(path: str) -> None:
    assert examine(path).path == path


def test_what_is_found_there_says_nothing_of_the_body() -> None:
    """A program may be called like somebody, and headers change from turn to turn."""
    engine = Engine(MASKING, PlantedDetector(), b"k" * 32)
    body, headers = b"hello, Ann Example", (("x-user", "my name is Ann Example"),)
    asked = Request("POST", "/v1/x", body, content_type="text/plain", headers=headers)
    assert engine.examine(asked, CHAT, "scope").body == body
    asked = Request("POST", "/v1/x?user=my%20name%20is%20Ann%20Example", body, content_type="text/plain")
    assert engine.examine(asked, CHAT, "scope").body != body, "the detector alone doesn't find it in the body"


def test_a_policy_that_blocks_refuses_because_of_a_header() -> None:
    policy = Policy(name="test", rules={"EMAIL_ADDRESS": Rule(action=Action.BLOCK)})
    with pytest.raises(RequestBlocked, match="1 EMAIL_ADDRESS in header x-customer"):
        examine("/v1/x", ("X-Customer", EMAIL), policy=policy)


def test_a_form_is_read_with_spaces() -> None:
    """A plus before an address is no part of it."""
    engine = Engine(Policy(name="test"), shared_detector(), b"k" * 32)
    asked = Request(
        "POST", "/x", f"prompt=write+to+{EMAIL}+now".encode(), content_type="application/x-www-form-urlencoded"
    )
    body = engine.examine(asked, CHAT, "scope").body.decode()
    assert body.startswith("prompt=write+to+%5BPII%3AEMAIL%3A")
    assert body.endswith("%5D+now")


def test_a_form_says_which_model_it_is_for_and_nothing_else() -> None:
    """What stands there is a name; a value in its place is masked, as in a path."""
    engine = Engine(MASKING, shared_detector(), b"k" * 32)
    for model in ("whisper-1", EMAIL):
        body = f'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n{model}\r\n--b--\r\n'.encode()
        asked = Request("POST", "/v1/audio/transcriptions", body, content_type="multipart/form-data; boundary=b")
        examined = engine.examine(asked, CHAT, "scope")
        assert examined.model == model
        assert (examined.body == body) is (model == "whisper-1")
        assert b"nordwind" not in examined.body
