"""Users of the proxy: who is let in, whose policy is theirs, and that a check holds nobody else up."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
from cryptography import x509
from mitmproxy.exceptions import OptionsError

from dlp.ca import ensure_ca
from dlp.fakes import FakeProviders
from dlp.proxy.authentication import KNOWN_SECONDS, Away, Directory, Known
from tests.certificates import SERVERS, Issuer, subject
from tests.engine.conversations import PlantedDetector
from tests.harness import WAIT_TIMEOUT, ProxyProcess
from tests.ldap_server import PASSWORD, SERVICE_PASSWORD, LdapServer
from tests.proxy.live import LiveProxy, live_proxy

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
URL = "https://api.openai.com/v1/chat/completions"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "default.yaml").write_text("entities: {DEFAULT: mask}\n")
    (folder / "finance.yaml").write_text("match: {groups: finance}\n")
    (folder / "sales.yaml").write_text("match: {groups: sales}\npriority: 1\n")
    (folder / "groups.yaml").write_text("sales: {users: gus}\n")
    return folder


def status(proxy: LiveProxy, user: str, password: str = PASSWORD, url: str = URL) -> int:
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    way = httpx.Proxy(f"http://127.0.0.1:{proxy.port}", auth=(user, password) if user else None)
    with httpx.Client(proxy=way, verify=trust, trust_env=False, timeout=WAIT_TIMEOUT) as client:
        try:
            return client.post(url, json=BODY, headers={"authorization": "Bearer sk-none"}).status_code
        except httpx.ProxyError as error:  # the answer to CONNECT
            return int(str(error).split()[0])


def last_event(proxy: LiveProxy) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((proxy.folder / "audit.jsonl").read_text().splitlines()[-1])
    return event


def settings(folder: Path, rules: Path, **more: Any) -> dict[str, Any]:
    return {"policy": str(rules), "audit": str(folder / "audit.jsonl"), "detector": PlantedDetector(), **more}


# A file of passwords.


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("passwords") / "users.htpasswd"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    sha = base64.b64encode(hashlib.sha1(b"old").digest()).decode()  # noqa: S324 - a form that htpasswd has
    path.write_text(f"# people\nfay:{hashed}\ngus:{{SHA}}{sha}\n")
    return path


def test_a_file_of_passwords(fake: FakeProviders, rules: Path, passwords: Path, tmp_path: Path) -> None:
    with live_proxy(
        fake.port, fake.authority, tmp_path, **settings(tmp_path, rules), proxyauth=f"@{passwords}"
    ) as proxy:
        assert status(proxy, "fay") == 200
        assert last_event(proxy)["client"] == "user:fay"
        assert status(proxy, "gus", "old") == 200
        assert (last_event(proxy)["client"], last_event(proxy)["policy"]) == ("user:gus", "sales")
        fake.reset()
        too_long = "x" * 73  # for bcrypt
        wrong = (("fay", "old"), ("eve", PASSWORD), ("gus", ""), ("", ""), ("fay:", PASSWORD), ("fay", too_long))
        for user, password in wrong:
            assert status(proxy, user, password) == 407
        for user, password in (("eve", PASSWORD), ("fay", too_long)):  # without a tunnel
            assert status(proxy, user, password, url="http://api.openai.com/v1/chat/completions") == 407
        assert fake.received == []
        assert status(proxy, "fay") == 200
        assert b"roxy-" not in fake.received[0].everything()


def test_a_check_that_takes_long_holds_nobody_up(
    fake: FakeProviders, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody's password is being checked others are served; a mitmproxy of its own would stand still."""
    checking, go_on = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, spec: str) -> None:
            pass

        def __call__(self, user: str, password: str) -> frozenset[str] | None:
            if user == "slow":
                checking.set()
                go_on.wait(120)
            return frozenset()

    monkeypatch.setattr("dlp.proxy.authentication.Directory", Slow)
    with live_proxy(
        fake.port, fake.authority, tmp_path, **settings(tmp_path, rules), proxyauth="ldap:h:1:dn:pw:tree"
    ) as proxy:
        found: list[int] = []
        waiting = threading.Thread(target=lambda: found.append(status(proxy, "slow")))
        waiting.start()
        assert checking.wait(120)
        assert status(proxy, "quick") == 200
        assert found == []
        go_on.set()
        waiting.join()
        assert found == [200]


def test_a_check_that_fails_lets_nobody_in(
    fake: FakeProviders, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it. mitmproxy goes on when a hook raises, and the request would have passed without a user."""

    class Broken:
        def __init__(self, spec: str) -> None:
            pass

        def __call__(self, user: str, password: str) -> frozenset[str] | None:
            raise RuntimeError(password)

    monkeypatch.setattr("dlp.proxy.authentication.Directory", Broken)
    with live_proxy(
        fake.port, fake.authority, tmp_path, **settings(tmp_path, rules), proxyauth="ldap:h:1:dn:pw:tree"
    ) as proxy:
        fake.reset()
        assert status(proxy, "fay") == 503  # the tunnel
        assert status(proxy, "fay", url="http://api.openai.com/v1/chat/completions") == 503
        assert fake.received == []


# A directory.


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LdapServer]:
    with LdapServer(tmp_path_factory.mktemp("ldap")).running() as server:
        yield server


def test_a_directory_knows_users_and_their_groups(
    fake: FakeProviders, rules: Path, directory: LdapServer, tmp_path: Path
) -> None:
    with live_proxy(
        fake.port, fake.authority, tmp_path, **settings(tmp_path, rules), proxyauth=directory.spec()
    ) as proxy:
        assert status(proxy, "fay") == 200
        assert (last_event(proxy)["client"], last_event(proxy)["policy"]) == ("user:fay", "finance")
        assert status(proxy, "gus") == 200
        assert (last_event(proxy)["client"], last_event(proxy)["policy"]) == ("user:gus", "sales")  # of groups.yaml
        for user, password in (("fay", "wrong"), ("eve", PASSWORD), ("*", PASSWORD), ("fay", ""), ("fa*", PASSWORD)):
            assert status(proxy, user, password) == 407


def test_a_directory_that_was_away_is_asked_again(
    fake: FakeProviders, rules: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Down at the start, up, restarted: nobody is let in unasked, and the proxy needs no restart."""
    server = LdapServer(tmp_path / "ldap")
    with live_proxy(fake.port, fake.authority, tmp_path, **settings(tmp_path, rules), proxyauth=server.spec()) as proxy:
        counted = proxy.application.metrics.value
        before = [counted("dlp_authentication_failures_total", reason=reason) for reason in ("unknown", "refused")]
        assert status(proxy, "fay") == 503
        assert counted("dlp_authentication_failures_total", reason="unknown") == before[0] + 1
        with server.running():
            assert status(proxy, "fay") == 200
            assert status(proxy, "fay", "wrong") == 407
        assert counted("dlp_authentication_failures_total", reason="refused") == before[1] + 1
        assert status(proxy, "fay") == 200  # was let in a moment ago
        assert status(proxy, "gus") == 503
        with server.running():
            assert status(proxy, "gus") == 200
    assert "the directory can't be asked" in caplog.text
    assert PASSWORD not in caplog.text
    assert SERVICE_PASSWORD not in caplog.text


def test_a_directory_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.proxy.authentication.DIRECTORY_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = Directory(f"ldap:127.0.0.1:{silent.getsockname()[1]}:cn=x:pw:dc=x")
        with pytest.raises(Away):
            asked("fay", PASSWORD)


def test_passwords_go_to_no_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS the directory's certificate has to be one that this machine trusts, and its own."""
    issuer = Issuer("Corp Servers")
    certificate = issuer.issue(
        tmp_path / "ldap.pem", subject("ldap"), SERVERS, x509.SubjectAlternativeName([x509.DNSName("localhost")])
    )
    (tmp_path / "ca.pem").write_bytes(issuer.pem)
    (tmp_path / "password").write_text(f"{SERVICE_PASSWORD}\n")
    (tmp_path / "password").chmod(0o600)
    with LdapServer(tmp_path / "ldap", certificate).running() as server:
        with pytest.raises(Away):
            Directory(server.spec(tls=True))("fay", PASSWORD)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        trusted = Directory(server.spec(tls=True, password=f"@{tmp_path / 'password'}"))
        assert trusted("fay", PASSWORD) == {"finance"}
        elsewhere = Directory(server.spec(tls=True).replace("localhost", "127.0.0.1"))
        with pytest.raises(Away):
            elsewhere("fay", PASSWORD)


def test_a_setting_that_cant_work_stops_the_start(directory: LdapServer, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="refuses the proxy's own name or password"):
        Directory(directory.spec(password="other"))
    (tmp_path / "password").write_text(SERVICE_PASSWORD)
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(OptionsError, match=r"open to other users \(mode 0644\)"):
        Directory(directory.spec(password=f"@{tmp_path / 'password'}"))
    with pytest.raises(OptionsError, match="expected ldap") as caught:
        Directory("ldap:secretpassword")
    assert "secretpassword" not in str(caught.value)


def test_who_was_let_in_is_known_for_a_while() -> None:
    now, asked = [0.0], []

    def check(user: str, password: str) -> frozenset[str] | None:
        asked.append(user)
        return frozenset({"g"}) if password == "right" else None

    known = Known(check, lambda: now[0])
    assert known.recall("fay", "right") is None
    assert known.ask("fay", "right") == {"g"}
    assert known.recall("fay", "right") == {"g"}
    assert known.recall("fay", "wrong") is None
    assert known.recall("fayr", "ight") is None
    now[0] = KNOWN_SECONDS
    assert known.recall("fay", "right") is None
    assert known.ask("fay", "wrong") is None
    assert known.recall("fay", "wrong") is None
    assert asked == ["fay", "fay"]
    assert "right" not in repr(vars(known))


def test_mitmdump_has_the_same(fake: FakeProviders, passwords: Path, tmp_path: Path) -> None:
    """`mitmdump -s addon.py` has made its own addon by the time that ours is loaded."""
    policy = tmp_path / "plain.yaml"
    policy.write_text("detect: {ner: {pipeline: none}}\n")
    command = ("mitmdump", "-s", "addon.py", "--listen-port", "{port}", "--set", "confdir={folder}/certs",
               "--set", f"proxyauth=@{passwords}", "--set", "dlp_state={folder}/state", "--set", f"dlp_policy={policy}", "-q")  # fmt: skip
    ensure_ca(tmp_path / "certs")
    with ProxyProcess(fake, tmp_path, command=command) as running:
        trust = ssl.create_default_context(cafile=str(running.ca_certificate))
        for password, expected in ((PASSWORD, 200), ("wrong", 407)):
            way = httpx.Proxy(f"http://127.0.0.1:{running.port}", auth=("fay", password))
            with httpx.Client(proxy=way, verify=trust, trust_env=False, timeout=WAIT_TIMEOUT) as client:
                try:
                    found = client.post(URL, json=BODY, headers={"authorization": "Bearer x"}).status_code
                except httpx.ProxyError as error:
                    found = int(str(error).split()[0])
            assert found == expected
