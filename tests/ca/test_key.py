"""The CA's key under a passphrase: useless without it, and no trouble to those who need only the certificate."""

from __future__ import annotations

import json
import os
import pty
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from dlp.ca import ensure_ca, load_ca, protect
from dlp.ca.key import CREDENTIAL, ENV_PASSPHRASE_FILE
from dlp.cli import OK, UNUSABLE, main
from dlp.errors import ConfigurationError
from dlp.fakes.server import FakeProviders
from dlp.keyfiles import ENV_CREDENTIALS
from tests.ca.test_workflows import handshake
from tests.harness import ROOT, ProxyProcess

WORDS = "correct horse battery staple"
OTHER = "tr0ub4dor and more of it"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_PASSPHRASE_FILE, raising=False)
    monkeypatch.delenv(ENV_CREDENTIALS, raising=False)


def secret(path: Path, words: str) -> Path:
    path.write_text(f"{words}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def certs(tmp_path: Path) -> Path:
    """A CA whose key is under `WORDS`, which lie in `words` beside it."""
    folder = tmp_path / "proxy" / "certs"
    given = secret(tmp_path / "words", WORDS)
    assert main(["ca", "init", "--confdir", str(folder), "--passphrase-file", str(given)]) == OK
    return folder


def test_the_key_cant_be_read_without_it(certs: Path) -> None:
    """By OpenSSL, as whoever finds the file would try."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    command = ["openssl", "pkey", "-in", str(certs / "mitmproxy-ca.pem"), "-noout", "-passin"]
    outcomes = [
        subprocess.run([*command, f"pass:{words}"], capture_output=True, check=False).returncode
        for words in (WORDS, OTHER, "")
    ]
    assert outcomes[0] == 0
    assert 0 not in outcomes[1:]
    assert (certs / "mitmproxy-ca.pem").stat().st_mode & 0o777 == 0o600


def test_a_proxy_starts_with_it_and_not_without(
    certs: Path,
    fake: FakeProviders,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proxy, policy = tmp_path / "proxy", tmp_path / "plain.yaml"
    policy.write_text("detect: {ner: {pipeline: none}}\n")
    refused = ((None, f"name a file that holds it: {ENV_PASSPHRASE_FILE}=FILE"), (OTHER, "has another passphrase"))
    for words, message in refused:
        if words:
            monkeypatch.setenv(ENV_PASSPHRASE_FILE, str(secret(tmp_path / "given", words)))
        assert main(["proxy", "--confdir", str(certs), "--policy", str(policy), "--state", str(proxy)]) == UNUSABLE
        assert message in capsys.readouterr().err
    monkeypatch.delenv(ENV_PASSPHRASE_FILE)
    with ProxyProcess(
        fake, proxy, policy=policy, environment={ENV_PASSPHRASE_FILE: str(tmp_path / "words")}
    ) as running:
        authority = load_ca(certs)
        leaf = x509.load_der_x509_certificate(handshake(running.port, "api.openai.com", authority.cert))
        leaf.verify_directly_issued_by(authority.certificate)
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(running.port, "api.openai.com", fake.authority.write(tmp_path / "other.pem"))
    for path in running.written_files():
        assert WORDS not in path.read_text(errors="replace")
        assert OTHER not in path.read_text(errors="replace")


def test_systemd_hands_it_over(certs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_ca(certs).locked
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    secret(credentials / CREDENTIAL, WORDS).chmod(0o440)  # by an access list, which shows as bits of the group
    monkeypatch.setenv(ENV_CREDENTIALS, str(credentials))
    assert not load_ca(certs).locked
    load_ca(certs).require_key()


def test_those_who_need_the_certificate_alone_need_no_passphrase(
    certs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["ca", "show", "--confdir", str(certs)]) == OK
    assert "mitmproxy-ca.pem, under a passphrase (not opened)" in capsys.readouterr().out
    assert main(["ca", "show", "--json", "--confdir", str(certs)]) == OK
    assert json.loads(capsys.readouterr().out)["key_encrypted"] is True
    for command in (["ca", "bundle"], ["env"], ["ca", "install", "--print", "--system", "debian"]):
        assert main([*command, "--confdir", str(certs)]) == OK
    for command in (["ca", "issue", "--out", str(certs / "out")], ["ca", "rotate"]):
        capsys.readouterr()
        assert main([*command, "--confdir", str(certs)]) == UNUSABLE
        assert f"name a file that holds it: {ENV_PASSPHRASE_FILE}" in capsys.readouterr().err


def test_issuing_and_rotating_keep_it(certs: Path, tmp_path: Path) -> None:
    given = ["--passphrase-file", str(tmp_path / "words"), "--confdir", str(certs)]
    assert main(["ca", "issue", "--out", str(tmp_path / "leaves"), *given]) == OK
    assert ensure_ca(tmp_path / "leaves").leaf is not None  # a proxy with those needs no passphrase
    old = load_ca(certs).fingerprint
    assert main(["ca", "rotate", *given]) == OK
    assert main(["ca", "rotate", "--finish", *given]) == OK
    new = load_ca(certs, passphrase=WORDS.encode())
    assert (new.encrypted, new.locked) == (True, False)
    assert new.fingerprint != old


def test_it_is_changed_and_removed(certs: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "words", secret(tmp_path / "new", OTHER)
    fingerprint = load_ca(certs).fingerprint
    command = ["ca", "passphrase", "--confdir", str(certs), "--passphrase-file"]
    assert main([*command, str(new), "--new-file", str(old)]) == UNUSABLE
    assert main([*command, str(old), "--new-file", str(new)]) == OK
    with pytest.raises(ConfigurationError, match="has another passphrase"):
        load_ca(certs, passphrase=WORDS.encode())
    assert not load_ca(certs, passphrase=OTHER.encode()).locked
    assert main([*command, str(new), "--remove"]) == OK
    assert not load_ca(certs).encrypted
    assert load_ca(certs).fingerprint == fingerprint


def test_a_ca_that_is_there_is_not_protected_by_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_ca(tmp_path)
    given = str(secret(tmp_path / "words", WORDS))
    assert main(["ca", "init", "--confdir", str(tmp_path), "--passphrase-file", given]) == OK
    assert "its key is stored without a passphrase; `ca passphrase` changes that" in capsys.readouterr().err


def test_a_short_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="too short; take 12 characters or more"):
        ensure_ca(tmp_path, passphrase=b"hunter2")
    assert not (tmp_path / "mitmproxy-ca.pem").exists()
    ensure_ca(tmp_path)
    with pytest.raises(ConfigurationError, match="too short"):
        protect(tmp_path, b"hunter2")
    assert not load_ca(tmp_path).encrypted


def test_it_is_asked_for_at_a_terminal(tmp_path: Path) -> None:
    """Twice when it is new, and never shown."""
    terminal, inside = pty.openpty()
    command = [sys.executable, "-m", "dlp", "ca", "init", "--confdir", str(tmp_path), "--passphrase-file", "-"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=inside, stdout=subprocess.PIPE, stderr=inside, start_new_session=True
    ) as asking:
        os.close(inside)
        shown = b""
        for prompt in (b"New passphrase of the CA key: ", b"Once more: "):
            while not shown.endswith(prompt):
                shown += os.read(terminal, 1000)
            os.write(terminal, f"{WORDS}\n".encode())
        assert asking.wait(60) == 0
        assert asking.stdout is not None
        assert b"under a passphrase" in asking.stdout.read()
    os.close(terminal)
    assert WORDS.encode() not in shown
    assert not load_ca(tmp_path, passphrase=WORDS.encode()).locked
