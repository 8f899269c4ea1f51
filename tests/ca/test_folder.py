"""`dlp.ca`: a CA that is whole or refused."""

from __future__ import annotations

import datetime
import errno
import ipaddress
import ssl
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dlp.ca import BUNDLE_NAME, CERT_NAME, KEY_AND_CERT_NAME, CaFiles, bundle, ensure_ca, folder, load_ca
from dlp.ca.certificates import VALIDITY
from dlp.ca.files import EXTRA_ROOTS_NAME
from dlp.errors import ConfigurationError
from tests.tls import shake_hands

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


@pytest.fixture
def made(tmp_path: Path) -> CaFiles:
    return ensure_ca(tmp_path / "certs", now=NOW)


@pytest.fixture(autouse=True)
def no_machine_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The roots of the machine that runs the tests must not matter."""
    monkeypatch.setattr(bundle, "_MACHINE_ROOTS", ())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def extension[T: x509.ExtensionType](files: CaFiles, kind: type[T]) -> tuple[T, bool]:
    found = files.certificate.extensions.get_extension_for_class(kind)
    return found.value, found.critical


def certificates(path: Path) -> list[bytes]:
    """DER of each; not parsed, because `cryptography` warns about serial numbers of some public roots."""
    end = "-----END CERTIFICATE-----"
    blocks = path.read_text().split(end)[:-1]
    return [ssl.PEM_cert_to_DER_cert(block[block.index("-----BEGIN") :] + end) for block in blocks]


def der(files: CaFiles) -> bytes:
    return files.certificate.public_bytes(serialization.Encoding.DER)


def key_of(files: CaFiles) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(files.key_and_cert.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def leaf_pem(files: CaFiles, names: list[x509.GeneralName]) -> bytes:
    """A server certificate with the CA's own key, as mitmproxy issues them, and that key."""
    key = key_of(files)
    now = datetime.datetime.now(datetime.UTC)
    authority_key_id, _ = extension(files, x509.SubjectKeyIdentifier)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(files.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key_id), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + leaf.public_bytes(pem)


def handshake(tmp_path: Path, files: CaFiles, host: str, names: list[x509.GeneralName]) -> None:
    """A TLS handshake in memory between a client that trusts the bundle and a server with a leaf for `names`."""
    chain = tmp_path / "leaf.pem"
    chain.write_bytes(leaf_pem(files, names))
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(chain)
    client_context = ssl.create_default_context(cafile=str(files.bundle))
    assert shake_hands(client_context, server_context, host).version() == "TLSv1.3"


def test_a_new_ca_has_files_with_the_right_modes(made: CaFiles) -> None:
    """The key is for the owner alone; certificate and bundle are for everybody who can reach the folder."""
    assert made.created
    assert mode(made.folder) == 0o700
    assert mode(made.key_and_cert) == 0o600
    assert mode(made.cert) == 0o644
    assert mode(made.bundle) == 0o644
    assert {path.name for path in made.folder.iterdir()} == {KEY_AND_CERT_NAME, CERT_NAME, BUNDLE_NAME}


def test_a_new_ca_is_a_narrow_one(made: CaFiles) -> None:
    """It signs server certificates, and no further CA."""
    constraints, critical = extension(made, x509.BasicConstraints)
    assert (constraints.ca, constraints.path_length, critical) == (True, 0, True)
    usage, critical = extension(made, x509.KeyUsage)
    assert usage.key_cert_sign
    assert critical
    assert made.certificate.not_valid_after_utc == NOW + VALIDITY
    assert made.constrained_to is None


def test_the_private_key_is_in_one_file_only(made: CaFiles) -> None:
    """What people hand around holds certificates and nothing else."""
    for path in (made.cert, made.bundle):
        assert b"PRIVATE" not in path.read_bytes()


def test_the_second_call_changes_nothing(made: CaFiles) -> None:
    """Same CA, same bytes, same modification times."""
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in made.folder.iterdir()}
    again = ensure_ca(made.folder, now=NOW)
    assert not again.created
    assert again.fingerprint == made.fingerprint
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in made.folder.iterdir()} == before


def test_processes_that_start_together_get_the_same_ca(tmp_path: Path) -> None:
    """One of them makes it."""
    made: list[CaFiles] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        made.append(ensure_ca(tmp_path / "certs"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({files.fingerprint for files in made}) == 1
    assert sum(files.created for files in made) == 1


def test_the_bundle_holds_the_public_roots_and_ours_once(made: CaFiles) -> None:
    """It replaces a client's own roots, so nothing that was trusted may be missing."""
    bundled = certificates(made.bundle)
    assert bundled[-1] == der(made)
    assert set(bundled) == {*certificates(Path(certifi.where())), der(made)}
    assert len(bundled) == len(set(bundled))


def test_the_bundle_follows_its_sources(made: CaFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine roots and extra roots join it, ours is not repeated when the machine trusts it already."""
    company = ensure_ca(tmp_path / "company", now=NOW)
    machine = tmp_path / "machine.pem"
    machine.write_bytes(b"# comment\n" + made.cert.read_bytes() + Path(certifi.where()).read_bytes())
    monkeypatch.setattr(bundle, "_MACHINE_ROOTS", (tmp_path / "absent.pem", machine))
    (made.folder / EXTRA_ROOTS_NAME).write_bytes(company.cert.read_bytes())
    bundled = certificates(ensure_ca(made.folder, now=NOW).bundle)
    assert bundled.count(der(made)) == 1
    assert der(company) in bundled


def test_a_lost_bundle_or_certificate_comes_back(made: CaFiles) -> None:
    """Only the key file matters; the rest is derived from it."""
    before = made.cert.read_bytes(), made.bundle.read_bytes()
    made.cert.unlink()
    made.bundle.write_bytes(before[1][:1000])
    ensure_ca(made.folder, now=NOW)
    assert (made.cert.read_bytes(), made.bundle.read_bytes()) == before


def test_extra_roots_without_a_certificate_are_a_mistake(made: CaFiles) -> None:
    """Silently ignoring them would show as failing connections much later."""
    (made.folder / EXTRA_ROOTS_NAME).write_text("see wiki\n")
    with pytest.raises(ConfigurationError, match=r"extra-roots\.pem holds no PEM certificate"):
        ensure_ca(made.folder, now=NOW)


def damaged(change: Callable[[bytes], bytes]) -> Callable[[CaFiles], None]:
    def apply(files: CaFiles) -> None:
        files.key_and_cert.write_bytes(change(files.key_and_cert.read_bytes()))

    return apply


def with_another_certificate(files: CaFiles) -> None:
    other = ensure_ca(files.folder.parent / "other", now=NOW)
    key = files.key_and_cert.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    files.key_and_cert.write_bytes(key + other.cert.read_bytes())


def with_leaf_as_certificate(files: CaFiles) -> None:
    files.key_and_cert.write_bytes(leaf_pem(files, [x509.DNSName("api.openai.com")]))


def half(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        pytest.param(damaged(lambda _: b""), "holds no whole private key", id="empty"),
        pytest.param(damaged(lambda raw: raw[:100]), "holds no whole private key", id="cut in the key"),
        pytest.param(damaged(half), "holds no whole certificate", id="cut in the certificate"),
        pytest.param(
            damaged(lambda raw: raw.partition(b"-----END PRIVATE KEY-----\n")[2]), "no whole private", id="no key"
        ),
        pytest.param(
            damaged(lambda raw: raw.partition(b"-----BEGIN CERT")[0]), "no whole certificate", id="no certificate"
        ),
        pytest.param(damaged(lambda _: b"\x00\xff" * 4000), "holds no whole private key", id="binary"),
        pytest.param(with_another_certificate, "its key and its certificate are not a pair", id="not a pair"),
        pytest.param(with_leaf_as_certificate, "its certificate is not one of a CA", id="leaf"),
        pytest.param(
            lambda files: files.key_and_cert.chmod(0o644), r"open to other users \(mode 0644\)", id="readable"
        ),
        pytest.param(lambda files: files.key_and_cert.chmod(0o660), r"open to other users \(mode 0660\)", id="group"),
        pytest.param(
            lambda files: (files.key_and_cert.unlink(), files.key_and_cert.mkdir(0o700)), "Is a directory", id="folder"
        ),
    ],
)
def test_a_ca_that_must_not_be_used_is_refused(
    made: CaFiles, break_it: Callable[[CaFiles], None], message: str
) -> None:
    """With what is wrong, without the key, and without replacing what a person may want to save."""
    secret = made.key_and_cert.read_bytes().splitlines()[1].decode()
    break_it(made)
    left = made.key_and_cert.read_bytes() if made.key_and_cert.is_file() else None
    with pytest.raises(ConfigurationError, match=message) as caught:
        ensure_ca(made.folder, now=NOW)
    assert str(made.key_and_cert) in str(caught.value)
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
    assert left == (made.key_and_cert.read_bytes() if made.key_and_cert.is_file() else None)


@pytest.mark.parametrize(
    ("later", "message"),
    [
        pytest.param(VALIDITY, "expired on 2029-11-19", id="expired"),
        pytest.param(-datetime.timedelta(days=3), "not valid before 2026-11-19", id="from the future"),
    ],
)
def test_validity_is_checked(made: CaFiles, later: datetime.timedelta, message: str) -> None:
    """Clients would refuse every connection, each with another message."""
    with pytest.raises(ConfigurationError, match=message):
        load_ca(made.folder, now=NOW + later)


def test_the_end_is_announced(made: CaFiles) -> None:
    """Thirty days are enough to bring a new certificate to every client."""
    assert not made.expires_soon(NOW)
    assert made.expires_soon(NOW + VALIDITY - datetime.timedelta(days=29))


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """Says so, and how to name another."""
    (tmp_path / "certs").write_text("")
    with pytest.raises(ConfigurationError, match=r"cannot make the CA in .*certs: File exists\. Use a folder"):
        ensure_ca(tmp_path / "certs")


def test_an_unwritable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patched rather than made: a test run by root may write everywhere."""

    def refuse(*_args: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder, "create_file", refuse)
    with pytest.raises(ConfigurationError, match="cannot make the CA in .*: Permission denied"):
        ensure_ca(tmp_path / "certs")


def test_load_makes_nothing(tmp_path: Path) -> None:
    """Looking at a CA that isn't there must not create one."""
    with pytest.raises(ConfigurationError, match="cannot read the CA .*: No such file or directory"):
        load_ca(tmp_path / "certs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [(None, 0o700), ("README.md", 0o700), ("thesis.tex", 0o755)],
    ids=["empty", "ours", "foreign"],
)
def test_an_existing_folder_is_closed_unless_it_holds_other_things(
    tmp_path: Path, foreign: str | None, expected: int
) -> None:
    """`--confdir /tmp` or a home folder, given by mistake, stay usable for everybody else."""
    folder = tmp_path / "certs"
    folder.mkdir()
    folder.chmod(0o755)
    if foreign:
        (folder / foreign).touch()
    ensure_ca(folder)
    assert mode(folder) == expected


def test_constraints_are_minimal_and_critical(tmp_path: Path) -> None:
    """Names below another name add nothing; ports and `*.` are how policies write hosts, not how constraints do."""
    files = ensure_ca(tmp_path, ["api.openai.com", "openai.com", "*.openai.azure.com", "LLM.corp.example.:8443"])
    constraints, critical = extension(files, x509.NameConstraints)
    assert critical
    assert files.constrained_to == ("llm.corp.example", "openai.azure.com", "openai.com")
    assert constraints.excluded_subtrees == [
        x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
        x509.IPAddress(ipaddress.ip_network("::/0")),
    ]


@pytest.mark.parametrize(
    ("host", "permitted"),
    [
        ("openai.com", True),
        ("API.openai.com.", True),
        ("evilopenai.com", False),
        ("openai.com.evil.example", False),
        ("example.org", False),
        ("api.openai.com:443", True),
        ("example.org:443", False),
        ("127.0.0.1", True),
        ("127.0.0.1:8765", True),
        ("127.0.0.2", False),
        ("[::1]", False),
        ("[2001:db8::1]:443", True),
        ("2001:db8::1", True),
    ],
)
def test_permits(tmp_path: Path, host: str, permitted: bool) -> None:  # noqa: FBT001
    """A host a constrained CA can't serve is known before a client fails on it."""
    assert ensure_ca(tmp_path, ["openai.com", "127.0.0.1:8765", "[2001:db8::1]:443"]).permits(host) is permitted


def test_notices(tmp_path: Path) -> None:
    """The end, and hosts that would fail in every client, are said at start."""
    files = ensure_ca(tmp_path, ["openai.com"], now=NOW)
    assert files.notices(["api.openai.com"], NOW) == []
    near_the_end = NOW + VALIDITY - datetime.timedelta(days=1)
    end, host = files.notices(["api.openai.com", "127.0.0.1:8765"], near_the_end)
    assert end.startswith("the CA ends on 2029-11-19; remove ")
    assert host.startswith("the CA may not issue for 127.0.0.1:8765, which the policy names")


def test_an_unconstrained_ca_permits_everything(made: CaFiles) -> None:
    """No constraint, no limit."""
    assert made.permits("example.org")
    assert made.permits("127.0.0.1")


@pytest.mark.parametrize("bad", ["", "*", "a b", "http://llm.corp.example", "-x.example", "a..b"])
def test_a_constraint_that_is_no_host_is_refused(tmp_path: Path, bad: str) -> None:
    """Before anything is made."""
    with pytest.raises(ConfigurationError, match="can't be constrained to"):
        ensure_ca(tmp_path / "certs", ["openai.com", bad])
    assert not (tmp_path / "certs").exists()


def test_addresses_alone_would_leave_every_name_open(tmp_path: Path) -> None:
    """A name form without a permitted subtree is unconstrained."""
    with pytest.raises(ConfigurationError, match="needs at least one host name"):
        ensure_ca(tmp_path / "certs", ["127.0.0.1"])


def test_other_constraints_than_those_asked_for(made: CaFiles) -> None:
    """An existing CA is not what `--constrain` asked for; it is kept and the difference is said."""
    with pytest.raises(ConfigurationError, match="may issue for every name, not for those asked for"):
        ensure_ca(made.folder, ["openai.com"], now=NOW)
    assert load_ca(made.folder, now=NOW).fingerprint == made.fingerprint


def test_clients_accept_what_it_issues(tmp_path: Path) -> None:
    """A real handshake, with the strict checks that Python turned on in 3.13."""
    files = ensure_ca(tmp_path / "certs")
    handshake(tmp_path, files, "api.openai.com", [x509.DNSName("api.openai.com")])


def test_clients_refuse_what_a_constrained_ca_must_not_issue(tmp_path: Path) -> None:
    """The same key signs both; the second is worthless."""
    files = ensure_ca(tmp_path / "certs", ["openai.com"])
    handshake(tmp_path, files, "api.openai.com", [x509.DNSName("api.openai.com")])
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(tmp_path, files, "bank.example", [x509.DNSName("bank.example")])
    with pytest.raises(ssl.SSLCertVerificationError, match="excluded subtree violation"):
        handshake(tmp_path, files, "10.0.0.1", [x509.IPAddress(ipaddress.ip_address("10.0.0.1"))])


def test_a_read_only_folder_keeps_its_bundle(made: CaFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """New public roots of the system keep no service from starting; a bundle without our certificate does."""

    def refuse(path: Path, _content: bytes) -> None:
        if path == made.bundle:
            raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folder, "update_file", refuse)
    assert ensure_ca(made.folder, now=NOW).bundle == made.bundle
    made.bundle.write_bytes(b"# nothing")
    with pytest.raises(ConfigurationError, match="Read-only file system"):
        ensure_ca(made.folder, now=NOW)
