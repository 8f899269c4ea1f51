"""Remote procedure calls through a live proxy: a real grpcio client and server, real TLS, the proxy named by the environment alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from dlp.errors import DetectorError
from dlp.fakes import Authority
from dlp.types import Finding
from dlp.wire.protobuf import parse_message
from tests.harness import ROOT
from tests.proxy.live import LiveProxy, grpc_upstream, live_proxy

EMAIL = "anna.keller@nordwind-labs.org"
HOST = "generativelanguage.googleapis.com"
SERVICE = "google.ai.generativelanguage.v1.GenerativeService"
CLIENT = ROOT / "tests" / "interop" / "clients" / "with_grpcio.py"


def text_field(number: int, value: bytes) -> bytes:
    """A length-delimited field of a message."""
    size = bytearray()
    rest = len(value)
    while rest > 0x7F:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([number << 3 | 2]) + bytes(size) + bytes([rest]) + value


def request_of(text: str) -> bytes:
    """A request as the service's own: contents, with parts, with text; and the model's name."""
    part = text_field(2, text.encode())
    content = text_field(1, part) + text_field(2, b"user")
    return text_field(1, content) + text_field(2, b"models/gemini-2.5-pro")


def texts_of(message: bytes) -> list[str]:
    parsed = parse_message(message)
    return [text for leaf in parsed.leaves if (text := parsed.text(leaf)) is not None]


class Service(grpc.GenericRpcHandler):
    """Says what it was told, at once or in pieces of five characters; or what nobody told it."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.metadata: list[dict[str, Any]] = []

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        if name == "StreamGenerateContent":
            return grpc.unary_stream_rpc_method_handler(self._stream)
        whole = {"Leak": self._leak, "Fail": self._fail}.get(name, self._whole)
        return grpc.unary_unary_rpc_method_handler(whole)

    def _take(self, request: bytes, context: Any) -> str:
        self.received.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        context.set_trailing_metadata((("x-served-by", "fake"),))
        return max(texts_of(request), key=len)

    def _whole(self, request: bytes, context: Any) -> bytes:
        return request_of(f"You said: {self._take(request, context)}")

    def _leak(self, request: bytes, context: Any) -> bytes:
        self._take(request, context)
        return request_of("My card is 4111 1111 1111 1111, take it.")

    def _fail(self, request: bytes, context: Any) -> bytes:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"not 100 % sure about {self._take(request, context)}")
        raise AssertionError  # it has raised already

    def _stream(self, request: bytes, context: Any) -> Iterator[bytes]:
        text = f"You said: {self._take(request, context)} [P"
        for at in range(0, len(text), 5):
            yield request_of(text[at : at + 5])


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


@pytest.fixture(scope="module")
def upstream(service: Service, authority: Authority) -> Iterator[int]:
    with grpc_upstream(service, authority, HOST, grpc.Compression.Gzip) as port:
        yield port


@pytest.fixture(scope="module")
def proxy(upstream: int, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp("grpc")
    with live_proxy(upstream, authority, folder, audit=str(folder / "audit.jsonl")) as running:
        yield running


def call(proxy: LiveProxy, method: str, message: bytes, *, compression: str = "NoCompression") -> dict[str, Any]:
    """One call by a client in a process of its own, which knows nothing but its environment."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "https_proxy": f"http://127.0.0.1:{proxy.port}",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"),
    }
    done = subprocess.run(
        [sys.executable, str(CLIENT), HOST, f"/{SERVICE}/{method}", message.hex(), compression],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def said(answer: dict[str, Any]) -> str:
    parsed = [parse_message(bytes.fromhex(message)) for message in answer["messages"]]
    return "".join(message.text(leaf) or "" for message in parsed for leaf in message.leaves if leaf.path == (1, 1, 2))


def test_why_a_call_has_failed_is_told_with_the_values_that_it_had(proxy: LiveProxy, service: Service) -> None:
    answer = call(proxy, "Fail", request_of(f"Mail {EMAIL}, thanks"))
    assert answer["status"] == "INVALID_ARGUMENT"
    assert answer["details"] == f"not 100 % sure about Mail {EMAIL}, thanks"
    assert EMAIL.encode() not in service.received[-1]


@pytest.mark.parametrize("compression", ["NoCompression", "Gzip", "Deflate"])
def test_a_unary_call_is_masked_and_restored(proxy: LiveProxy, service: Service, compression: str) -> None:
    """The message is valid for the server, the value isn't in it, and the client reads what it wrote; trailers arrive."""
    answer = call(proxy, "GenerateContent", request_of(f"Mail {EMAIL}, thanks"), compression=compression)
    assert answer["status"] == "OK"
    assert said(answer) == f"You said: Mail {EMAIL}, thanks"
    assert answer["trailers"]["x-served-by"] == "fake"
    assert EMAIL.encode() not in service.received[-1]
    assert any("[PII:EMAIL:" in text for text in texts_of(service.received[-1]))
    assert "models/gemini-2.5-pro" in texts_of(service.received[-1])


def test_a_stream_is_restored_although_tokens_are_cut(proxy: LiveProxy, service: Service) -> None:
    """Each message keeps its shape; what merely looks like the beginning of a token comes out in the end."""
    answer = call(proxy, "StreamGenerateContent", request_of(f"Mail {EMAIL}, thanks"))
    assert answer["status"] == "OK"
    assert said(answer) == f"You said: Mail {EMAIL}, thanks [P"
    assert len(answer["messages"]) > 5
    assert all(texts_of(bytes.fromhex(message))[-1] == "models/gemini-2.5-pro" for message in answer["messages"])
    assert EMAIL.encode() not in service.received[-1]


def test_bytes_that_read_as_text_are_examined_and_the_rest_is_counted(proxy: LiveProxy, service: Service) -> None:
    """A log with control characters is text; a picture goes by, and the audit log says so."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    blob = text_field(3, f"\x1b[31mfailed for {EMAIL}\x1b[0m".encode()) + text_field(4, picture)
    call(proxy, "GenerateContent", request_of("hello there") + blob)
    assert EMAIL.encode() not in service.received[-1]
    assert picture in service.received[-1]
    assert json.loads((proxy.folder / "audit.jsonl").read_text().splitlines()[-1])["media"] == {"image/png": 1}


def test_json_inside_a_message_is_opened(proxy: LiveProxy, service: Service) -> None:
    escaped = json.dumps({"note": f"write to {EMAIL}"}).replace("@", "\\u0040")
    call(proxy, "RawPredict", text_field(1, escaped.encode()))
    assert b"u0040" not in service.received[-1]
    assert b"[PII:EMAIL:" in service.received[-1]


def test_what_is_no_message_is_refused_as_an_invalid_argument(proxy: LiveProxy, service: Service) -> None:
    before = len(service.received)
    answer = call(proxy, "GenerateContent", b"\xff\xff" + EMAIL.encode())
    assert answer["status"] == "INVALID_ARGUMENT"
    assert "protobuf" in answer["details"]
    assert len(service.received) == before


def test_the_audit_log_names_the_procedure(proxy: LiveProxy) -> None:
    call(proxy, "CountTokens", request_of("nothing in it"))
    line = json.loads((proxy.folder / "audit.jsonl").read_text().splitlines()[-1])
    assert (line["wire_format"], line["path"]) == ("grpc", f"/{SERVICE}/CountTokens")
    assert proxy.application.metrics.value(
        "dlp_unknown_endpoints_total", provider="gemini", path=f"/{SERVICE}/CountTokens"
    )


# -- refusals ----------------------------------------------------------------------------------------------------------


def policy_file(folder: Path, text: str) -> str:
    path = folder / "policy.yaml"
    path.write_text(f"version: 1\nname: p\n{text}")
    return str(path)


@pytest.mark.parametrize(
    ("policy", "status"),
    [("entities:\n  DEFAULT: block\n", "INVALID_ARGUMENT"), ("limits:\n  body_bytes: 20\n", "INVALID_ARGUMENT")],
    ids=["blocked", "too large"],
)
def test_a_refusal_is_the_status_that_its_client_raises(
    upstream: int, service: Service, authority: Authority, tmp_path: Path, policy: str, status: str
) -> None:
    before = len(service.received)
    with live_proxy(upstream, authority, tmp_path, policy=policy_file(tmp_path, policy)) as proxy:
        answer = call(proxy, "GenerateContent", request_of(f"Mail {EMAIL}"))
    assert answer["status"] == status
    assert EMAIL not in answer["details"]
    assert len(service.received) == before


class Broken:
    """A detector that fails."""

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        raise DetectorError("recognizer X timed out")

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        raise DetectorError("recognizer X timed out")


def test_a_fault_of_ours_is_unavailable(upstream: int, service: Service, authority: Authority, tmp_path: Path) -> None:
    before = len(service.received)
    with live_proxy(upstream, authority, tmp_path, detector=Broken()) as proxy:
        assert call(proxy, "GenerateContent", request_of("hello"))["status"] == "UNAVAILABLE"
    assert len(service.received) == before


def test_an_answer_that_is_stopped_ends_in_a_status(
    upstream: int, service: Service, authority: Authority, tmp_path: Path
) -> None:
    """What the answer holds besides what was sent: here the server adds a card."""
    policy = policy_file(tmp_path, "response:\n  scan: block\n")
    with live_proxy(upstream, authority, tmp_path, policy=policy) as proxy:
        answer = call(proxy, "Leak", request_of("hello there"))
    assert (answer["status"], answer["messages"]) == ("INVALID_ARGUMENT", [])
    assert "CREDIT_CARD" in answer["details"]
