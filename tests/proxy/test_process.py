"""The proxy as a process: what stops its start, what stops it later, what it writes, and whose certificate a client sees."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.cli import main
from dlp.detect.compiled import ENV_CACHE, cache_folder
from dlp.fakes import FakeProviders, Script
from tests.harness import ROOT, STOP_TIMEOUT, TIMEOUT_FACTOR, ProxyProcess, find_leaks, free_port, run_client, wait_for
from tests.proxy.live import Exchange, live_proxy, post, status_of

EMAIL = "anna.keller@nordwind-labs.org"
CARD = "4111 1111 1111 1111"
CALL = """
import json, sys, urllib.request, urllib.error
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": sys.argv[1]}]}).encode()
request = urllib.request.Request("https://api.openai.com/v1/chat/completions", body, {"content-type": "application/json"})
try:
    answer = urllib.request.urlopen(request)
    print(answer.status, json.dumps(dict(answer.headers)), answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, json.dumps(dict(error.headers)), error.read().decode())
"""


def call(proxy: ProxyProcess, text: str) -> tuple[int, dict[str, str], str]:
    """One chat completion through the proxy with the standard library: status, lower-case headers, body."""
    printed = run_client([sys.executable, "-c", CALL, text], proxy.client_environment())
    status, _, rest = printed.partition(" ")
    headers, end = json.JSONDecoder().raw_decode(rest)
    return int(status), {name.lower(): value for name, value in headers.items()}, rest[end:]


def chat(port: int, text: str) -> bytes:
    """The same without a process of its own: the bytes of the answer."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()
    return Exchange(port).connect("api.openai.com:443").tls("api.openai.com").send(post(body)).answer()


def dlp(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One command line that is expected to end by itself: where it gets as far as taking over the process. Others run in this one."""
    return subprocess.run(
        [sys.executable, "-m", "dlp", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120 * TIMEOUT_FACTOR, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(ROOT), ENV_CACHE: str(cache_folder() or "")},
    )  # fmt: skip


# -- starting ----------------------------------------------------------------------------------------------------------


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, "no such file"),
        ("", "empty"),
        ("- a\n- b\n", "mapping"),
        ("version: 1\nname: x\nentites: {}\n", "entities"),
        ("version: 1\nname: x\nentities: {EMAIL: mask}\n", "EMAIL_ADDRESS"),
        ("version: 1\nname: x\nentities: {EMAIL_ADDRESS: redcat}\n", "redact"),
        ("version: 1\nname: x\nhosts: {a.example: opnai}\n", "openai"),
        (
            (
                "version: 1\nname: x\ndetect:\n  recognizers:\n    - name: r\n      supported_entity: X\n"
                "      patterns: [{name: p, regex: '(?:acme', score: 0.5}]\n"
            ),
            "regex",
        ),
        ("version: 1\nname: x\ndetect: {ner: {pipeline: no_such_pipeline}}\n", "install"),
    ],
    ids=[
        "missing",
        "empty",
        "wrong type",
        "unknown key",
        "unknown entity",
        "unknown action",
        "unknown provider",
        "bad regex",
        "pipeline",
    ],
)
def test_a_bad_policy_ends_the_start(
    policy: str | None, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, the message names the file and what was expected, and nothing ever listened."""
    path = tmp_path / "team.yaml"
    if policy is not None:
        path.write_text(policy)
    port = free_port()
    assert main(["proxy", "--port", str(port), "--policy", str(path), "--confdir", str(tmp_path / "certs")]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "Traceback" not in said
    assert "listening" not in said
    assert not listens(port)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = dlp("proxy", "--port", str(port), "--confdir", str(tmp_path / "certs"), folder=tmp_path)
    assert ended.returncode == 2
    assert f"127.0.0.1:{port} is in use" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("mode", ["wurst", "reverse:", "reverse:foo bar", "regular@abc"])
def test_a_mode_that_there_is_not_is_named(mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mitmproxy would run on and listen nowhere."""
    assert main(["proxy", "--mode", mode, "--workers", "0", "--confdir", str(tmp_path / "certs")]) == 2
    said = capsys.readouterr().err
    assert f"dlp: mode '{mode}': " in said
    assert "listening" not in said


def test_a_half_written_ca_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certs = tmp_path / "certs"
    certs.mkdir(mode=0o700)
    (certs / "mitmproxy-ca.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIIE")
    (certs / "mitmproxy-ca.pem").chmod(0o600)
    assert main(["proxy", "--port", str(free_port()), "--confdir", str(certs)]) == 2
    said = capsys.readouterr().err
    assert "mitmproxy-ca.pem" in said
    assert "Traceback" not in said


def test_a_token_key_open_to_others_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "token.key"
    key.write_text("ab" * 32)
    key.chmod(0o644)
    monkeypatch.setenv("DLP_TOKEN_KEY_FILE", str(key))
    places = ("--confdir", str(tmp_path / "certs"), "--state", str(tmp_path / "state"))
    assert main(["proxy", "--port", str(free_port()), *places]) == 2
    said = capsys.readouterr().err
    assert "chmod 600" in said
    assert "abab" not in said


@pytest.mark.parametrize("option", ["stream_large_bodies=1k", "scripts=x.py"], ids=["the addon's", "the launcher's"])
def test_a_dangerous_option_ends_the_start(option: str, tmp_path: Path) -> None:
    """Through our launcher: one that the addon refuses, as all of `test_fail_closed.DANGEROUS`, and one of the launcher's own."""
    ended = dlp(
        "proxy", "--port", str(free_port()), "--confdir", str(tmp_path / "certs"), "--set", option, folder=tmp_path
    )
    assert ended.returncode == 2
    assert option.partition("=")[0] in ended.stderr


@pytest.mark.parametrize("option", ["websocket=false", "hardump=/nonexistent/flows.har"])
def test_a_dangerous_option_ends_mitmdump(option: str, fake: FakeProviders, tmp_path: Path) -> None:
    """Through `mitmdump -s addon.py`: a switch, and one that an addon before ours acts on."""
    proxy = ProxyProcess(fake, tmp_path, command=MITMDUMP, options={**_mitmdump_options(), **dict([option.split("=")])})
    with pytest.raises(RuntimeError, match=r"ended with status 1"):
        proxy.start()


# -- mitmdump -s addon.py ----------------------------------------------------------------------------------------------

MITMDUMP = ("mitmdump", "--listen-host", "127.0.0.1", "--listen-port", "{port}", "-s", "{folder}/addon.py",
            "--set", "confdir={folder}/certs")  # fmt: skip


def _mitmdump_options() -> dict[str, str]:
    return {"dlp_policy": "default"}


@pytest.fixture
def mitmdump(fake: FakeProviders, tmp_path: Path) -> Iterator[ProxyProcess]:
    shutil.copy(ROOT / "addon.py", tmp_path / "addon.py")
    with ProxyProcess(fake, tmp_path, command=MITMDUMP, options=_mitmdump_options()) as running:
        yield running


@pytest.mark.parametrize("change", ["syntax error", "deleted"])
def test_mitmdump_masks_until_an_edited_or_deleted_addon_stops_it(
    change: str, mitmdump: ProxyProcess, fake: FakeProviders, tmp_path: Path
) -> None:
    """It prints nothing of what it masks. It reloads scripts while running, and would go on without one that fails to load."""
    fake.reset()
    status, _, body = call(mitmdump, f"write to {EMAIL}")
    assert status == 200
    assert EMAIL in body
    assert not find_leaks(b"".join(request.body for request in fake.received), [EMAIL])
    assert EMAIL not in mitmdump.output()
    fake.reset()
    if change == "deleted":
        (tmp_path / "addon.py").unlink()
    else:
        (tmp_path / "addon.py").write_text("def (:\n")
    process = mitmdump._process
    assert process is not None
    if change == "syntax error":
        assert process.wait(STOP_TIMEOUT) != 0
        assert not listens(mitmdump.port)
        return
    deadline = time.monotonic() + 5
    while process.poll() is None and time.monotonic() < deadline:
        # Until it ends, if it does, whatever goes through is masked.
        try:
            call(mitmdump, f"write to {EMAIL}")
        except AssertionError:
            break
    assert not find_leaks(b"".join(request.body for request in fake.received), [EMAIL])


# -- whose certificate -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(fake, tmp_path_factory.mktemp("process")) as running:
        yield running


def issuer_seen(proxy: ProxyProcess, name: str) -> str:
    exchange = Exchange(proxy.port).connect(f"{name}:443").tls(name)
    pem = ssl.DER_cert_to_PEM_cert(exchange.peer_certificate())
    exchange.socket.close()
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode()).issuer.rfc4514_string()


def test_other_hosts_show_their_own_certificate(proxy: ProxyProcess, fake: FakeProviders) -> None:
    """TLS of a host that is no provider is not opened."""
    from cryptography import x509

    origin = x509.load_pem_x509_certificate(fake.authority.pem).subject.rfc4514_string()
    ours = x509.load_pem_x509_certificate(proxy.ca_certificate.read_bytes()).subject.rfc4514_string()
    assert origin != ours
    assert issuer_seen(proxy, "example.com") == origin
    assert issuer_seen(proxy, "auth.openai.com") == origin
    assert issuer_seen(proxy, "api.openai.com") == ours


def test_a_client_that_does_not_trust_the_ca_is_reported(proxy: ProxyProcess, fake: FakeProviders) -> None:
    """As one that pins certificates would be: by name, in the log."""
    exchange = Exchange(proxy.port).connect("api.openai.com:443")
    context = ssl.create_default_context(cadata=fake.authority.pem.decode())
    with pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(exchange.socket, server_hostname="api.openai.com")
    exchange.socket.close()
    wait_for(lambda: "api.openai.com: the client refused the proxy's certificate" in proxy.output())


# -- headers and refusals ----------------------------------------------------------------------------------------------


def test_an_answer_says_what_was_done(proxy: ProxyProcess, fake: FakeProviders) -> None:
    fake.reset()
    status, headers, body = call(proxy, f"write to {EMAIL} and {EMAIL}")
    assert status == 200
    assert EMAIL in body
    assert headers["x-dlp-action"] == "rewrite"
    assert headers["x-dlp-entities"] == "EMAIL_ADDRESS=2"
    assert float(headers["x-dlp-latency"]) > 0
    assert headers["x-request-id"]
    assert not [name for request in fake.received for name, _ in request.headers if name.lower().startswith("x-dlp")]


def test_a_blocking_policy_refuses_without_the_value(fake: FakeProviders, tmp_path: Path) -> None:
    with live_proxy(fake.port, fake.authority, tmp_path, policy="strict") as proxy:
        fake.reset()
        head, _, body = chat(proxy.port, f"card {CARD}").partition(b"\r\n\r\n")
        assert status_of(head) == 400
        assert b"x-dlp-action: block" in head.lower()
        assert b"CREDIT_CARD" in body
        assert b"messages[0].content" in body
        assert CARD.encode() not in body
        assert not fake.received


def test_monitoring_changes_nothing_and_says_what_it_saw(fake: FakeProviders, tmp_path: Path) -> None:
    with live_proxy(fake.port, fake.authority, tmp_path, policy="monitor") as proxy:
        fake.reset()
        answer = chat(proxy.port, f"write to {EMAIL}")
        assert status_of(answer) == 200
        assert b"x-dlp-action: monitor" in answer.lower()
        assert b"x-dlp-entities: email_address=1" in answer.lower()
        assert EMAIL.encode() in fake.received[-1].body


# -- bad input ---------------------------------------------------------------------------------------------------------

BAD_BODIES: dict[str, tuple[bytes, set[int]]] = {
    "empty": (b"", {200, 400}),
    "array": (b"[]", {200, 400}),
    "null": (b"null", {200, 400}),
    "nested arrays": (b"[" * 500_000 + b"]" * 500_000, {415}),
    "duplicate keys": (
        b'{"messages":[],"messages":[{"role":"user","content":"mail anna.keller@nordwind-labs.org"}]}',
        {200},
    ),
    "NaN": (
        b'{"temperature": NaN, "messages":[{"role":"user","content":"mail anna.keller@nordwind-labs.org"}]}',
        {200, 400, 415},
    ),
    "lone surrogates": (
        b'{"messages":[{"role":"user","content":"\\ud83d anna.keller@nordwind-labs.org \\udc00"}]}',
        {200},
    ),
    "byte-order mark": (b'\xef\xbb\xbf{"messages":[{"role":"user","content":"anna.keller@nordwind-labs.org"}]}', {200}),
    "invalid UTF-8": (b'{"messages":[{"role":"user","content":"\xff anna.keller@nordwind-labs.org"}]}', {415}),
    "not JSON": (b"{'a': 'anna.keller@nordwind-labs.org'}", {415}),
    "cut short": (b'{"messages":[{"role":"user","content":"anna.keller@nordwind-labs.org', {415}),
    "over the limit": (b'{"a":"' + b"x" * (11 * 2**20) + b'"}', {413}),
    "a string": (b'"anna.keller@nordwind-labs.org"', {200, 400}),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_input_has_a_clear_outcome(name: str, proxy: ProxyProcess, fake: FakeProviders) -> None:
    """No crash, no leak, an answer in every case, and the proxy goes on."""
    body, statuses = BAD_BODIES[name]
    fake.reset()
    answer = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(post(body)).answer()
    assert status_of(answer) in statuses
    assert not find_leaks(b"".join(request.body for request in fake.received), [EMAIL])
    assert status_of(chat(proxy.port, "still there?")) == 200


# -- what is left behind -----------------------------------------------------------------------------------------------


def test_no_value_is_ever_written(fake: FakeProviders, tmp_path: Path) -> None:
    """Canary: planted values go through everything that can go right and wrong; then every file the process wrote is searched."""
    secret = "sk-proj-" + "Zq7Kd0Lm3Np8Rs2Tv5Wx9Yb4Cd6Ef1Gh" * 2
    planted = [EMAIL, CARD, "Größenwahn-4711", secret]
    with ProxyProcess(fake, tmp_path, environment={ENV_CACHE: ""}) as proxy:
        call(proxy, " ".join(planted))
        for body, _ in BAD_BODIES.values():
            Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(post(body[:100_000])).answer()
        path = f"/v1/{EMAIL}?key={secret}&note={EMAIL}"
        Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(post(b"{}", path=path)).answer()
        garbage = f"GET {EMAIL} {CARD}\r\n{EMAIL}\r\n\r\n".encode()
        Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com").send(garbage).answer()
        Exchange(proxy.port).send(garbage).answer()
        fake.enqueue(Script(status=500))
        call(proxy, f"trouble with {EMAIL}")
        lines = [json.loads(line) for line in proxy.audit.read_text().splitlines()]
    assert len(lines) >= len(BAD_BODIES)
    assert {"time", "request_id", "client", "host", "path", "action", "bytes_in", "ms"} <= lines[0].keys()
    assert lines[0]["entities"]["EMAIL_ADDRESS"] == 1
    for written in proxy.written_files():
        assert not find_leaks(written.read_bytes(), planted), written.name
