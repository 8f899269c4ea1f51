"""Mutual TLS: the certificate that a client shows says who it is, in whichever of its handshakes with the proxy."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mitmproxy import certs
from mitmproxy.exceptions import OptionsError

from dlp.errors import ConfigurationError, NotAuthenticated
from dlp.fakes import FakeProviders
from dlp.proxy.client_certificates import Certified, ClientCertificates
from tests.certificates import CLIENTS, SERVERS, Issuer, subject
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import Exchange, LiveProxy, live_proxy, post, status_of

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
URL = "https://api.openai.com/v1/chat/completions"


class Office:
    """Whom the company knows: a root, the authority below it that issues for people, and strangers."""

    def __init__(self, folder: Path) -> None:
        root = Issuer("Corp Root")
        self.people = Issuer("Corp People", root)
        self.trusted = folder / "clients-ca.pem"
        self.trusted.write_bytes(root.pem)
        self.fay = self.people.issue(folder / "fay.pem", subject("fay", "finance"), CLIENTS)
        self.gus = self.people.issue(folder / "gus.pem", subject("gus"))
        self.old = self.people.issue(folder / "old.pem", subject("fay"), CLIENTS, age=3)
        self.server = self.people.issue(folder / "server.pem", subject("fay"), SERVERS)
        self.stranger = Issuer("Corp Root").issue(folder / "stranger.pem", subject("fay", "finance"), CLIENTS)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    base = tmp_path_factory.mktemp("certified")
    rules = base / "rules"
    rules.mkdir()
    (rules / "default.yaml").write_text("entities: {DEFAULT: mask}\n")
    (rules / "finance.yaml").write_text("match: {groups: finance}\n")
    (rules / "gus.yaml").write_text("match: {users: gus}\n")
    with live_proxy(
        fake.port, fake.authority, base, policy=str(rules), audit=str(base / "audit.jsonl"), detector=PlantedDetector(),
        dlp_client_ca=str(office.trusted),
    ) as running:  # fmt: skip
        yield running


def client(proxy: LiveProxy, certificate: Path | None, **settings: Any) -> httpx.Client:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    if certificate is not None:
        trust.load_cert_chain(certificate)
    return httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust, trust_env=False, **settings)


def ask(proxy: LiveProxy, certificate: Path | None, **settings: Any) -> httpx.Response:
    with client(proxy, certificate, **settings) as asking:
        return asking.post(URL, json=BODY, headers={"authorization": "Bearer sk-none"})


def last_event(proxy: LiveProxy) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((proxy.folder / "audit.jsonl").read_text().splitlines()[-1])
    return event


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
def test_a_certificate_names_user_and_groups(proxy: LiveProxy, office: Office, *, http2: bool) -> None:
    assert (answer := ask(proxy, office.fay, http2=http2)).status_code == 200, answer.text
    event = last_event(proxy)
    assert (event["client"], event["policy"]) == ("user:fay", "finance")
    assert ask(proxy, office.gus, http2=http2).status_code == 200
    event = last_event(proxy)
    assert (event["client"], event["policy"]) == ("user:gus", "gus")


@pytest.mark.parametrize("who", ["nobody", "old", "server", "stranger"])
def test_who_is_not_known_is_refused(proxy: LiveProxy, fake: FakeProviders, office: Office, who: str) -> None:
    fake.reset()
    refused = ask(proxy, None if who == "nobody" else getattr(office, who))
    assert (refused.status_code, fake.received) == (403, [])
    error = refused.json()["error"]
    assert error["code"] == "dlp_not_authenticated"
    assert "certificate" in error["message"]
    assert last_event(proxy)["status"] == 403
    assert last_event(proxy)["client"].startswith("key:")
    assert proxy.application.metrics.value("dlp_refusals_total", code="dlp_not_authenticated") >= 1


def test_two_handshakes_in_a_row_are_two_whole_ones(proxy: LiveProxy, office: Office) -> None:
    """A client that keeps sessions gets none to resume, and no error for trying."""
    context = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    context.load_cert_chain(office.fay)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.maximum_version = version
        session = None
        for _ in range(2):
            exchange = Exchange(proxy.port).connect("api.openai.com:443")
            secured = context.wrap_socket(exchange.socket, server_hostname="api.openai.com", session=session)
            exchange.socket = secured
            exchange.send(post(json.dumps(BODY).encode()))
            session = secured.session
            assert not secured.session_reused
            assert status_of(exchange.answer()) == 200


def test_the_handshake_with_the_proxy_itself_will_do(proxy: LiveProxy, office: Office) -> None:
    """`https://` in the proxy setting, as curl has it: the certificate is shown to the proxy, and not to the provider's name."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl on this machine")
    ca = str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem")
    done = subprocess.run(
        [curl, "-sS", "-m", "20", "--proxy", f"https://localhost:{proxy.port}", "--proxy-cacert", ca, "--proxy-cert", str(office.fay),
         "--noproxy", "", "--cacert", ca, "-H", "content-type: application/json", "-d", json.dumps(BODY), "-w", "%{http_code}", URL],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("200"), done.stderr
    assert last_event(proxy)["client"] == "user:fay"


def test_without_a_certificate_others_say_who_it_is_where_that_is_enough(
    fake: FakeProviders, office: Office, tmp_path: Path
) -> None:
    with live_proxy(
        fake.port, fake.authority, tmp_path, detector=PlantedDetector(), audit=str(tmp_path / "audit.jsonl"),
        dlp_client_ca=str(office.trusted), dlp_client_cert="optional",
    ) as proxy:  # fmt: skip
        assert ask(proxy, None).status_code == 200
        assert last_event(proxy)["client"].startswith("key:")
        assert ask(proxy, office.fay).status_code == 200
        assert last_event(proxy)["client"] == "user:fay"
        assert ask(proxy, office.stranger).status_code == 403  # what is shown has to be good


def shown(file: Path) -> list[certs.Cert]:
    return [certs.Cert(each) for each in x509.load_pem_x509_certificates(file.read_bytes())]


def caller(trusted: Path, file: Path) -> Certified | str:
    verifier = ClientCertificates(trusted)
    verifier.established("c", shown(file))
    try:
        found = verifier.caller("c")
    except NotAuthenticated as error:
        return str(error)
    assert found is not None
    return found


def test_whoever_has_a_certificate_can_make_no_other(office: Office, tmp_path: Path) -> None:
    """Fay signs one for the boss with her own, which is no authority's."""
    raw = office.fay.read_bytes()
    fay = Issuer("fay")
    fay.certificate = x509.load_pem_x509_certificates(raw)[0]
    fay.name, fay.parent = fay.certificate.subject, office.people
    key = serialization.load_pem_private_key(raw, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    fay.key = key
    forged = fay.issue(tmp_path / "boss.pem", subject("boss"), CLIENTS)
    forged.write_bytes(forged.read_bytes() + office.people.pem)
    assert "is refused" in str(caller(office.trusted, forged))


def test_revoked_certificates_are_refused_without_a_restart(office: Office, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(office.people.pem)  # an authority without its root
    verifier = ClientCertificates(trusted)
    verifier.established("1", shown(office.fay))
    assert verifier.caller("1") == Certified("fay", frozenset({"finance"}))
    trusted.write_bytes(office.people.pem + office.people.revoke(office.fay))
    verifier.established("2", shown(office.fay))
    with pytest.raises(NotAuthenticated, match="certificate revoked"):
        verifier.caller("2")
    verifier.established("3", shown(office.gus))
    assert verifier.caller("3") == Certified("gus")
    trusted.write_bytes(b"half a fi")  # an edit that went wrong changes nothing
    verifier.established("4", shown(office.gus))
    assert verifier.caller("4") == Certified("gus")
    verifier.closed("4")
    with pytest.raises(NotAuthenticated, match="wants a client certificate"):
        verifier.caller("4")


@pytest.mark.parametrize(
    ("name", "alternatives", "user"),
    [
        ("anna", [x509.RFC822Name("a@corp.example")], "anna"),
        ("", [x509.DNSName("host.corp.example"), x509.RFC822Name("a@corp.example")], "a@corp.example"),
        ("", [x509.DNSName("h"), x509.UniformResourceIdentifier("spiffe://corp/ns/x")], "spiffe://corp/ns/x"),
        ("", [x509.DNSName("host.corp.example")], "host.corp.example"),
        ("", [x509.DNSName("one"), x509.DNSName("two")], "it has several names"),
        ("", [], "it has no name"),
        ("an\nna", [], "its name can't be used"),
        ("anna\u202e", [], "its name can't be used"),
    ],
)
def test_whom_a_certificate_names(
    office: Office, tmp_path: Path, name: str, alternatives: list[x509.GeneralName], user: str
) -> None:
    extensions = [x509.SubjectAlternativeName(alternatives)] if alternatives else []
    found = caller(office.trusted, office.people.issue(tmp_path / "c.pem", subject(name), CLIENTS, *extensions))
    assert found == Certified(user) if isinstance(found, Certified) else user in found


def test_a_file_that_is_none_stops_the_start(fake: FakeProviders, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match=f"^dlp_client_ca: .*{name}"):
            ClientCertificates(tmp_path / name)
    with (
        pytest.raises(OptionsError, match="dlp_client_ca"),
        live_proxy(
            fake.port, fake.authority, tmp_path, detector=PlantedDetector(), dlp_client_ca=str(tmp_path / "empty.pem")
        ),
    ):
        pass
