"""The SDKs themselves are the judges: each is refused over a loopback socket and must raise its own exception, once."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dlp.providers.refusals import SHAPES, Refusal, error_object, refuse, shape_for, stream_error

MESSAGE = "blocked: 1 CREDIT_CARD in messages[0].content (policy 'strict')"


class Loopback:
    """A provider that gives one prepared answer to everything, and counts the requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.answer = Refusal(200, (), b"")
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner.requests += 1
                self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(owner.answer.status)
                for name, value in owner.answer.headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(owner.answer.body)))
                self.send_header("connection", "close")  # not every SDK has a way to close its sockets
                self.end_headers()
                self.wfile.write(owner.answer.body)

            do_GET = do_POST  # noqa: N815 - the name http.server wants

            def log_message(self, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = Loopback()
    yield server
    server.close()


def ask_openai(url: str) -> Any:
    import openai

    client = openai.OpenAI(api_key="k", base_url=url)
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])


def ask_openai_stream(url: str) -> Any:
    import openai

    client = openai.OpenAI(api_key="k", base_url=url)
    return list(client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True))


def ask_openai_responses_stream(url: str) -> Any:
    import openai

    return list(openai.OpenAI(api_key="k", base_url=url).responses.create(model="m", input="x", stream=True))


def ask_anthropic(url: str) -> Any:
    import anthropic

    client = anthropic.Anthropic(api_key="k", base_url=url)
    return client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}])


def ask_anthropic_stream(url: str) -> Any:
    import anthropic

    client = anthropic.Anthropic(api_key="k", base_url=url)
    return list(
        client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}], stream=True)
    )


def _genai(url: str) -> Any:
    from google import genai
    from google.genai import types

    return genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url))


def ask_gemini(url: str) -> Any:
    client = _genai(url)  # named: it closes its connections when it is collected
    return client.models.generate_content(model="m", contents="x")


def ask_gemini_stream(url: str) -> Any:
    client = _genai(url)
    return list(client.models.generate_content_stream(model="m", contents="x"))


def _boto3(url: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKIA" + "X" * 16,
        aws_secret_access_key="x",
        config=Config(retries={"mode": "standard"}, proxies={}),
    )


def ask_bedrock(url: str) -> Any:
    return _boto3(url).converse(modelId="m", messages=[{"role": "user", "content": [{"text": "x"}]}])


def ask_bedrock_stream(url: str) -> Any:
    answer = _boto3(url).converse_stream(modelId="m", messages=[{"role": "user", "content": [{"text": "x"}]}])
    return list(answer["stream"])


def ask_mistral(url: str) -> Any:
    from mistralai.client import Mistral

    return Mistral(api_key="k", server_url=url).chat.complete(model="m", messages=[{"role": "user", "content": "x"}])


def ask_cohere(url: str) -> Any:
    import cohere

    return cohere.ClientV2(api_key="k", base_url=url).chat(model="m", messages=[{"role": "user", "content": "x"}])


def ask_cohere_stream(url: str) -> Any:
    import cohere

    return list(
        cohere.ClientV2(api_key="k", base_url=url).chat_stream(model="m", messages=[{"role": "user", "content": "x"}])
    )


def ask_huggingface(url: str) -> Any:
    from huggingface_hub import InferenceClient

    return InferenceClient(base_url=url, api_key="k").chat_completion([{"role": "user", "content": "x"}])


def ask_replicate(url: str) -> Any:
    import replicate

    return replicate.Client(api_token="k", base_url=url).predictions.create(version="v", input={"prompt": "x"})


def ask_ollama(url: str) -> Any:
    import ollama

    return ollama.Client(host=url).chat(model="m", messages=[{"role": "user", "content": "x"}])


def ask_ollama_stream(url: str) -> Any:
    import ollama

    return list(ollama.Client(host=url).chat(model="m", messages=[{"role": "user", "content": "x"}], stream=True))


def ask_groq(url: str) -> Any:
    import groq

    return groq.Groq(api_key="k", base_url=url).chat.completions.create(
        model="m", messages=[{"role": "user", "content": "x"}]
    )


def failure(ask: Callable[[str], Any], url: str) -> Any:
    with pytest.raises(Exception) as caught:
        ask(url)
    return caught.value


# (shape, how to ask, exception for 400, 429 and 502)
CLIENTS = [
    pytest.param("openai", ask_openai, ("BadRequestError", "RateLimitError", "InternalServerError"), id="openai"),
    pytest.param(
        "openai", ask_openai_stream, ("BadRequestError", "RateLimitError", "InternalServerError"), id="openai-stream"
    ),
    pytest.param("openai", ask_groq, ("BadRequestError", "RateLimitError", "InternalServerError"), id="groq"),
    pytest.param(
        "anthropic", ask_anthropic, ("BadRequestError", "RateLimitError", "InternalServerError"), id="anthropic"
    ),
    pytest.param(
        "anthropic",
        ask_anthropic_stream,
        ("BadRequestError", "RateLimitError", "InternalServerError"),
        id="anthropic-stream",
    ),
    pytest.param("gemini", ask_gemini, ("ClientError", "ClientError", "ServerError"), id="gemini"),
    pytest.param("gemini", ask_gemini_stream, ("ClientError", "ClientError", "ServerError"), id="gemini-stream"),
    pytest.param(
        "bedrock", ask_bedrock, ("ValidationException", "ThrottlingException", "InternalServerException"), id="bedrock"
    ),
    pytest.param("mistral", ask_mistral, ("SDKError", "SDKError", "SDKError"), id="mistral"),
    pytest.param("cohere", ask_cohere, ("BadRequestError", "TooManyRequestsError", "ApiError"), id="cohere"),
    pytest.param(
        "huggingface", ask_huggingface, ("BadRequestError", "HfHubHTTPError", "HfHubHTTPError"), id="huggingface"
    ),
    pytest.param("replicate", ask_replicate, ("ReplicateError",) * 3, id="replicate"),
    pytest.param("ollama", ask_ollama, ("ResponseError",) * 3, id="ollama"),
]


@pytest.mark.parametrize(("shape", "ask", "names"), CLIENTS)
def test_a_blocked_request_raises_the_sdks_own_exception_and_is_not_retried(
    provider: Loopback, shape: str, ask: Callable[[str], Any], names: tuple[str, ...]
) -> None:
    provider.answer = refuse(shape, status=400, message=MESSAGE, request_id="req_1")
    error = failure(ask, provider.url)
    assert type(error).__name__ == names[0]
    assert MESSAGE in f"{error} {vars(error)}"
    assert provider.requests == 1
    status = getattr(error, "status_code", None) or getattr(error, "code", None) or getattr(error, "status", None)
    if hasattr(error, "response") and not isinstance(error.response, dict):
        status = error.response.status_code
    elif hasattr(error, "response"):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == 400


@pytest.mark.parametrize("status", [413, 415, 421])
@pytest.mark.parametrize(("shape", "ask", "names"), CLIENTS)
def test_other_client_errors_are_not_retried_either(
    provider: Loopback, shape: str, ask: Callable[[str], Any], names: tuple[str, ...], status: int
) -> None:
    provider.answer = refuse(shape, status=status, message=MESSAGE, code="dlp_unreadable", request_id="req_1")
    error = failure(ask, provider.url)
    assert type(error).__module__.split(".")[0] in SDK_MODULES
    assert MESSAGE in f"{error} {vars(error)}"
    assert provider.requests == 1


SDK_MODULES = {
    "openai",
    "anthropic",
    "google",
    "botocore",
    "mistralai",
    "cohere",
    "huggingface_hub",
    "replicate",
    "ollama",
    "groq",
}


@pytest.mark.parametrize(("shape", "ask", "names"), CLIENTS)
def test_a_rate_limit_raises_the_sdks_own_exception(
    provider: Loopback, shape: str, ask: Callable[[str], Any], names: tuple[str, ...]
) -> None:
    """Zero seconds, so that the clients that do retry don't make the test wait."""
    provider.answer = refuse(shape, status=429, message="slow down", code="dlp_rate", request_id="req_1", retry_after=0)
    assert type(failure(ask, provider.url)).__name__ == names[1]


# SDKs that give way to `x-should-retry`, and those that retry nothing anyway. Cohere's, Replicate's and botocore's go by status alone.
@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.parametrize(
    ("shape", "ask", "names"), [entry for entry in CLIENTS if entry.id not in ("cohere", "replicate", "bedrock")]
)
def test_our_own_fault_is_raised_without_hammering(
    provider: Loopback, shape: str, ask: Callable[[str], Any], names: tuple[str, ...], status: int
) -> None:
    provider.answer = refuse(
        shape, status=status, message="could not be examined", code="dlp_fault", request_id="req_1"
    )
    error = failure(ask, provider.url)
    assert type(error).__name__ in (names[2], "ServiceUnavailableError")
    assert provider.requests == 1


def test_our_own_fault_in_bedrocks_words(provider: Loopback) -> None:
    for status, name in ((502, "InternalServerException"), (503, "ServiceUnavailableException")):
        provider.answer = refuse("bedrock", status=status, message="m", request_id="r")
        assert type(failure(ask_bedrock, provider.url)).__name__ == name


def test_the_fields_that_clients_branch_on(provider: Loopback) -> None:
    provider.answer = refuse("openai", status=400, message=MESSAGE, request_id="req_7")
    error = failure(ask_openai, provider.url)
    assert (error.code, error.type, error.param, error.request_id) == (
        "dlp_blocked",
        "invalid_request_error",
        None,
        "req_7",
    )
    provider.answer = refuse("anthropic", status=400, message=MESSAGE, request_id="req_8")
    error = failure(ask_anthropic, provider.url)
    assert (error.type, error.error_code, error.request_id) == ("invalid_request_error", "dlp_blocked", "req_8")
    provider.answer = refuse("gemini", status=400, message=MESSAGE, request_id="req_9")
    error = failure(ask_gemini, provider.url)
    assert (error.code, error.status, error.message) == (400, "INVALID_ARGUMENT", MESSAGE)
    provider.answer = refuse("bedrock", status=400, message=MESSAGE, request_id="req_10")
    error = failure(ask_bedrock, provider.url)
    assert error.response["Error"] == {"Code": "ValidationException", "Message": MESSAGE}
    assert error.response["ResponseMetadata"]["RequestId"] == "req_10"


def test_sizes_have_the_class_that_anthropic_gives_them(provider: Loopback) -> None:
    provider.answer = refuse("anthropic", status=413, message="too large", request_id="r")
    error = failure(ask_anthropic, provider.url)
    assert (type(error).__name__, error.type) == ("ContentTooLargeError", "request_too_large")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_rate_limit_says_when_to_come_back(shape: str) -> None:
    headers = dict(refuse(shape, status=429, message="m", request_id="r", retry_after=7).headers)
    assert headers["retry-after"] == "7"
    assert headers["retry-after-ms"] == "7000"
    assert "x-should-retry" not in headers


@pytest.mark.parametrize("shape", SHAPES)
def test_bodies_are_json_and_ids_cannot_break_a_header(shape: str) -> None:
    refusal = refuse(
        shape, status=400, message='quote " and \u2028 and \ud800', request_id="a\r\nset-cookie: x" + "y" * 500
    )
    assert 'quote \\"' in refusal.body.decode()
    json.loads(refusal.body)
    assert all("\r" not in value and "\n" not in value and len(value) <= 128 for _, value in refusal.headers)


def test_an_unknown_shape_is_worded_as_openai_does() -> None:
    arguments: dict[str, Any] = {"status": 400, "message": "m", "request_id": "r"}
    assert refuse("no-such-provider", **arguments) == refuse("openai", **arguments)


@pytest.mark.parametrize(
    ("errors", "format_id", "expected"),
    [
        ("openai", "oai.chat", "openai"),
        ("gemini", "oai.chat", "openai"),
        ("gemini", "ant.messages", "anthropic"),
        ("gemini", "gem.generate", "gemini"),
        ("openai", "ant.messages", "anthropic"),
        ("anthropic", "generic", "anthropic"),
        ("mistral", "oai.chat", "mistral"),
        ("huggingface", "oai.chat", "huggingface"),
        ("ollama", "oai.chat", "openai"),
        ("ollama", "oll.chat", "ollama"),
        ("cohere", "oai.chat", "openai"),
        ("bedrock", "bed.converse", "bedrock"),
        ("bedrock", "oai.chat", "openai"),
        ("nobody", "generic", "openai"),
    ],
)
def test_the_shape_follows_the_sdk_that_asks(errors: str, format_id: str, expected: str) -> None:
    assert shape_for(errors, format_id) == expected


# (shape or format, how to ask, exception, type of the stream)
STREAMS = [
    pytest.param("oai.chat", ask_openai_stream, "APIError", "text/event-stream", id="openai-chat"),
    pytest.param("oai.responses", ask_openai_responses_stream, "APIError", "text/event-stream", id="openai-responses"),
    pytest.param("ant.messages", ask_anthropic_stream, "APIStatusError", "text/event-stream", id="anthropic"),
    pytest.param("gem.generate", ask_gemini_stream, "ServerError", "text/event-stream", id="gemini"),
    pytest.param("oll.chat", ask_ollama_stream, "ResponseError", "application/x-ndjson", id="ollama"),
    pytest.param("bedrock", ask_bedrock_stream, "EventStreamError", "application/vnd.amazon.eventstream", id="bedrock"),
]


@pytest.mark.parametrize(("shape", "ask", "name", "content_type"), STREAMS)
def test_a_stream_that_fails_midway_raises(
    provider: Loopback, shape: str, ask: Callable[[str], Any], name: str, content_type: str
) -> None:
    provider.answer = Refusal(200, (("content-type", content_type),), stream_error(shape, "the answer broke off"))
    error = failure(ask, provider.url)
    assert name in [base.__name__ for base in type(error).__mro__]
    assert "the answer broke off" in f"{error} {vars(error)}"


def test_a_response_fails_before_its_stream_does() -> None:
    """Codex and others follow the response's own state and don't know the SDKs' error event."""
    first, second = stream_error("oai.responses", "the answer broke off", request_id="req_1").split(b"\n\n")[:2]
    failed = json.loads(first.removeprefix(b"event: response.failed\ndata: "))
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"]["message"] == "the answer broke off"
    assert json.loads(second.removeprefix(b"event: error\ndata: "))["error"]["message"] == "the answer broke off"


def test_cohere_ends_its_stream_with_an_error(provider: Loopback) -> None:
    provider.answer = Refusal(
        200, (("content-type", "text/event-stream"),), stream_error("coh.chat2", "the answer broke off")
    )
    (event,) = ask_cohere_stream(provider.url)
    assert (event.type, event.delta.finish_reason) == ("message-end", "ERROR")


def test_the_frame_of_an_exception_has_both_checksums() -> None:
    frame = stream_error("bed.converse", "m")
    total, headers, checksum = struct.unpack(">III", frame[:12])
    assert total == len(frame)
    assert checksum == zlib.crc32(frame[:8])
    assert struct.unpack(">I", frame[-4:])[0] == zlib.crc32(frame[:-4])
    assert json.loads(frame[12 + headers : -4]) == {"message": "m"}


@pytest.mark.parametrize(
    "shape", [*SHAPES, "oai.chat", "oai.responses", "gem.live", "coh.chat1", "mis.conversations", "generic"]
)
def test_every_shape_has_an_error_for_running_streams(shape: str) -> None:
    assert b"the answer broke off" in stream_error(shape, "the answer broke off")
    assert b"the answer broke off" in error_object(shape, "the answer broke off")
    json.loads(error_object(shape, "m"))
