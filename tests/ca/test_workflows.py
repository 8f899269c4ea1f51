"""What the CA is for: offline issuing, rotation with two CAs trusted, and clients that refuse what it may not sign."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dlp.ca import BUNDLE_NAME, LEAVES_NAME, ensure_ca, finish_rotation, issue_leaves, load_ca, prepare_rotation
from dlp.ca.certificates import leaf_for
from dlp.cli import OK, UNUSABLE, main
from dlp.cli.stores import STORES
from dlp.errors import ConfigurationError
from dlp.fakes.server import FakeProviders
from dlp.providers.table import certificate_names
from tests.harness import ProxyProcess
from tests.proxy.live import Exchange, live_proxy
from tests.tls import shake_hands


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


def handshake(port: int, host: str, bundle: Path) -> bytes:
    """The certificate that a client gets which trusts `bundle`; raises what Python's own TLS raises."""
    tunnel = Exchange(port).connect(f"{host}:443").socket
    context = ssl.create_default_context(cafile=str(bundle))
    with context.wrap_socket(tunnel, server_hostname=host) as secured:
        return secured.getpeercert(binary_form=True) or b""


def public_bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_certificates_have_a_key_of_their_own(fake: FakeProviders, tmp_path: Path) -> None:
    """The CA's key signs certificates, and no handshake."""
    with live_proxy(fake.port, fake.authority, tmp_path) as proxy:
        authority = load_ca(tmp_path / "certs")
        leaves = [
            x509.load_der_x509_certificate(handshake(proxy.port, host, authority.cert))
            for host in ("api.openai.com", "api.anthropic.com", "api.openai.com")
        ]
    for leaf in leaves:
        leaf.verify_directly_issued_by(authority.certificate)
        assert public_bytes(leaf) != public_bytes(authority.certificate)
    assert leaves[0] == leaves[2]


def test_a_proxy_works_without_the_key_of_its_ca(fake: FakeProviders, tmp_path: Path) -> None:
    """An offline CA: its key stays in `vault`, the proxy has `proxy/certs` alone."""
    offline, certs = tmp_path / "vault", tmp_path / "proxy" / "certs"
    assert main(["ca", "init", "--confdir", str(offline), "--constrain"]) == OK
    region = "bedrock-runtime.eu-west-1.amazonaws.com"
    assert main(["ca", "issue", "--confdir", str(offline), "--out", str(certs), "--host", region]) == OK
    assert not (certs / "mitmproxy-ca.pem").exists()
    authority = load_ca(offline)
    with ProxyProcess(fake, tmp_path / "proxy") as proxy:
        for host in ("api.openai.com", "my-team.openai.azure.com", region):
            leaf = x509.load_der_x509_certificate(handshake(proxy.port, host, authority.cert))
            leaf.verify_directly_issued_by(authority.certificate)
        with pytest.raises(ssl.SSLCertVerificationError):  # fails closed: signed by nobody that anybody trusts
            handshake(proxy.port, "bedrock-runtime.us-east-1.amazonaws.com", authority.cert)
    assert not (certs / "mitmproxy-ca.pem").exists()


def test_offline_certificates_are_checked_at_the_start(tmp_path: Path) -> None:
    offline, certs = tmp_path / "vault", tmp_path / "certs"
    ensure_ca(offline)
    certs.mkdir()
    issue_leaves(offline, ["api.openai.com"], certs / LEAVES_NAME)
    with pytest.raises(ConfigurationError, match="holds no certificates of the CA"):
        ensure_ca(certs)
    shutil.copy(load_ca(offline).cert, certs)
    assert ensure_ca(certs).leaf is not None
    (certs / LEAVES_NAME).chmod(0o644)
    with pytest.raises(ConfigurationError, match="open to other users"):
        ensure_ca(certs)
    (certs / LEAVES_NAME).chmod(0o600)
    (certs / BUNDLE_NAME).unlink()
    (certs / BUNDLE_NAME).mkdir()
    with pytest.raises(ConfigurationError, match=r"cannot write .*bundle\.pem: Is a directory"):
        ensure_ca(certs)
    (certs / BUNDLE_NAME).rmdir()
    ensure_ca(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "mitmproxy-ca-cert.pem", certs)
    with pytest.raises(ConfigurationError, match="holds no certificates of the CA"):
        ensure_ca(certs)


def test_a_constrained_ca_issues_for_nobody_else(tmp_path: Path) -> None:
    ensure_ca(tmp_path, ["openai.com"])
    with pytest.raises(ConfigurationError, match=r"may not issue for bank\.example"):
        issue_leaves(tmp_path, ["api.openai.com", "bank.example"], tmp_path / "out.pem")


def test_names_that_a_certificate_can_hold() -> None:
    possible, rest = certificate_names()
    assert {"api.openai.com", "*.openai.azure.com"} <= set(possible)
    assert any("bedrock-runtime" in host for host in rest)
    assert not any("*" in name[1:] or "{" in name for name in possible)


# Another name, signed all the same by a CA that is constrained: by its key in somebody else's hands.


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a constrained CA's certificate, and certificates for a provider and for a bank that its key has signed."""
    folder = tmp_path_factory.mktemp("stolen")
    constrained = ensure_ca(folder, ["openai.com"])
    key = serialization.load_pem_private_key(constrained.key_and_cert.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    for host in ("api.openai.com", "www.bank.example"):
        leaf_key = ec.generate_private_key(ec.SECP256R1())
        valid = (constrained.certificate.not_valid_before_utc, constrained.certificate.not_valid_after_utc)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        leaf = leaf_for(constrained.certificate, key, leaf_key.public_key(), names, valid)
        private = leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / f"{host}.pem").write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    return folder


def python_accepts(folder: Path, host: str) -> bool:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / f"{host}.pem")
    client = ssl.create_default_context(cafile=str(folder / "mitmproxy-ca-cert.pem"))
    try:
        shake_hands(client, server, host)
    except ssl.SSLCertVerificationError:
        return False
    return True


def openssl_accepts(folder: Path, host: str) -> bool:
    command = ["openssl", "verify", "-CAfile", str(folder / "mitmproxy-ca-cert.pem"), "-verify_hostname", host]
    return subprocess.run([*command, str(folder / f"{host}.pem")], capture_output=True, check=False).returncode == 0


NODE = """
const fs = require('fs'), tls = require('tls');
const [folder, host] = process.argv.slice(1);
const pem = fs.readFileSync(`${folder}/${host}.pem`), ca = fs.readFileSync(`${folder}/mitmproxy-ca-cert.pem`);
const server = tls.createServer({key: pem, cert: pem}, socket => socket.end()).listen(0, '127.0.0.1', () => {
  const client = tls.connect({port: server.address().port, host: '127.0.0.1', servername: host, ca}, () => process.exit(0));
  client.on('error', error => { console.error(error.code); process.exit(3); });
});
server.on('tlsClientError', () => {});
"""


def node_accepts(folder: Path, host: str) -> bool:
    done = subprocess.run(["node", "-e", NODE, str(folder), host], capture_output=True, check=False, timeout=60)
    assert done.returncode in (0, 3), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(
    ("tool", "accepts"), [("openssl", openssl_accepts), ("python", python_accepts), ("node", node_accepts)]
)
def test_clients_refuse_what_a_constrained_ca_may_not_sign(tool: str, accepts: object, stolen: Path) -> None:
    if tool != "python" and shutil.which(tool) is None:
        pytest.skip(f"no {tool} on this machine")
    assert callable(accepts)
    assert accepts(stolen, "api.openai.com")
    assert not accepts(stolen, "www.bank.example")


# Rotation.


def test_rotation_leaves_no_moment_without_trust(fake: FakeProviders, tmp_path: Path) -> None:
    """Clients with the bundle of the first step trust the proxy before and after the second."""
    certs = tmp_path / "proxy" / "certs"
    old = ensure_ca(certs, ["openai.com"])
    client_bundle = tmp_path / "bundle.pem"
    assert main(["ca", "rotate", "--confdir", str(certs)]) == OK
    assert main(["ca", "rotate", "--confdir", str(certs)]) == OK
    assert load_ca(certs).fingerprint == old.fingerprint
    shutil.copy(old.bundle, client_bundle)
    with live_proxy(fake.port, fake.authority, certs.parent) as proxy:
        handshake(proxy.port, "api.openai.com", client_bundle)
    assert main(["ca", "rotate", "--finish", "--confdir", str(certs)]) == OK
    new = load_ca(certs)
    assert new.fingerprint != old.fingerprint
    assert new.constrained_to == ("openai.com",)
    with live_proxy(fake.port, fake.authority, certs.parent) as proxy:
        handshake(proxy.port, "api.openai.com", client_bundle)
    assert b"".join(old.certificate.public_bytes(serialization.Encoding.PEM).split()) in b"".join(
        new.bundle.read_bytes().split()
    )


def test_a_rotation_is_finished_once(tmp_path: Path) -> None:
    ensure_ca(tmp_path)
    with pytest.raises(ConfigurationError, match="there is no next CA"):
        finish_rotation(tmp_path)
    prepare_rotation(tmp_path)
    (tmp_path / "next-ca.pem").chmod(0o644)
    with pytest.raises(ConfigurationError, match="open to other users"):
        finish_rotation(tmp_path)


def test_a_next_ca_that_cant_be_used_doesnt_take_over(tmp_path: Path) -> None:
    """What the clients trust stays: it is replaced by something that works, or not at all."""
    files = ensure_ca(tmp_path)
    prepare_rotation(tmp_path)
    upcoming = tmp_path / "next-ca.pem"
    upcoming.write_bytes(upcoming.read_bytes()[:300])
    with pytest.raises(ConfigurationError, match=r"next-ca\.pem holds no whole"):
        finish_rotation(tmp_path)
    assert load_ca(tmp_path).fingerprint == files.fingerprint


# Installing.


@pytest.mark.parametrize("system", sorted(STORES))
def test_install_and_uninstall_print_what_they_would_run(
    system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ca", "install", "--confdir", str(tmp_path), "--system", system]) == UNUSABLE  # nothing is made by it
    assert list(tmp_path.iterdir()) == []
    needed = main(["ca", "uninstall", "--confdir", str(tmp_path), "--system", system, "--print"]) == UNUSABLE
    assert needed == (system in ("macos", "windows"))  # the others know it by our name
    ensure_ca(tmp_path)
    capsys.readouterr()
    for verb in ("install", "uninstall"):
        assert main(["ca", verb, "--confdir", str(tmp_path), "--system", system, "--print"]) == OK
        output = capsys.readouterr().out
        assert output
        assert (str(tmp_path / "mitmproxy-ca-cert.pem") in output) == (verb == "install")


def test_install_runs_the_commands_and_says_which_one_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []
    ensure_ca(tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda command, check: ran.append(command))
    assert main(["ca", "install", "--confdir", str(tmp_path), "--system", "rhel"]) == OK
    assert [command[0] for command in ran] == ["cp", "update-ca-trust"]

    def fail(command: list[str], *, check: bool) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    assert main(["ca", "install", "--confdir", str(tmp_path), "--system", "rhel"]) == UNUSABLE
    assert "this failed: cp " in capsys.readouterr().err
