"""Redis as companies run it: behind Sentinel, as a cluster, with TLS and a user of its own; and on its bad days."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError, VaultError
from dlp.fakes.authority import Authority
from dlp.limits.base import Holder, Rate
from dlp.limits.redis import RedisLimiter
from dlp.redis_client import connect
from dlp.vault.keys import KeyRing
from dlp.vault.redis import RedisStore
from dlp.vault.sealed import SealedVault
from tests.harness import free_port
from tests.redis_groups import Sentinels, cluster, masters, sentinels
from tests.redis_server import RedisServer
from tests.vault.conftest import RING

HOUR = 3600.0
NEW = b"the key that is in force by now."
SCOPES = [f"default\0user:{number}" for number in range(12)]


@contextlib.contextmanager
def opened(url: str, ring: KeyRing = RING) -> Iterator[SealedVault]:
    vault = SealedVault(RedisStore(url), ring)
    try:
        yield vault
    finally:
        vault.close()


def tried_until_it_works(vault: SealedVault, scope: str, values: dict[str, str], seconds: float = 60.0) -> float:
    """The longest that a try has taken."""
    longest, end = 0.0, time.monotonic() + seconds
    while True:
        began = time.monotonic()
        try:
            vault.exchange(scope, values, HOUR)
        except VaultError:
            longest = max(longest, time.monotonic() - began)
            assert time.monotonic() < end
            continue
        return longest


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    with cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def cluster_url(nodes: list[RedisServer]) -> str:
    for node in nodes:
        with contextlib.closing(node.client()) as client:
            client.flushall()
    return nodes[0].url.replace("redis://", "redis+cluster://").removesuffix("/0")


def test_a_cluster_does_all_that_one_server_does(cluster_url: str) -> None:
    with opened(cluster_url) as vault, opened(cluster_url) as other:
        for scope in SCOPES:
            vault.exchange(scope, {"aa": scope}, HOUR)
            vault.keep_texts(scope, {"bb": scope}, HOUR)
        assert all(dict(other.exchange(scope, {}, HOUR)) == {"aa": scope} for scope in SCOPES)
        assert all(other.find_texts(scope, ["bb", "cc"], HOUR) == {"bb": scope} for scope in SCOPES)
        for scope in SCOPES:
            assert other.exchange_and_find(scope, {"aa": scope}, HOUR, ["bb"], HOUR) == ({"aa": scope}, {"bb": scope})
        assert (other.stats().scopes, other.stats().values, other.stats().texts) == (12, 12, 12)
        assert dict(next(iter(other.find(["aa"], lambda scope: scope == SCOPES[3])))[1]) == {"aa": SCOPES[3]}
        with opened(cluster_url, KeyRing((NEW, *RING.keys))) as rotating:
            assert rotating.rotate() == len(SCOPES)
        with opened(cluster_url, KeyRing((NEW,))) as later:
            assert dict(later.exchange(SCOPES[5], {}, HOUR)) == {"aa": SCOPES[5]}
            assert later.erase(lambda scope: scope in SCOPES[:4]) == 4
            assert later.stats().scopes == 8
        with opened(cluster_url) as stranger, pytest.raises(VaultError, match="different vault keys"):
            stranger.exchange(SCOPES[5], {}, HOUR)


def test_limits_are_counted_in_a_cluster(cluster_url: str) -> None:
    with contextlib.closing(connect(cluster_url)) as one, contextlib.closing(connect(cluster_url)) as other:
        for number in range(6):
            holders = [Holder(f"caller:{number}", Rate(requests_per_minute=2)), Holder("policy:x", Rate(concurrent=99))]
            assert RedisLimiter(one).admit(holders, "a") is None
            assert RedisLimiter(other).admit(holders, "b") is None
            assert RedisLimiter(one).admit(holders, "c") is not None


def test_a_node_of_a_cluster_that_hangs(cluster_url: str, nodes: list[RedisServer]) -> None:
    """What it has is away, within a bound; it is back as soon as the node is."""
    with opened(cluster_url) as vault:
        for scope in SCOPES:
            vault.exchange(scope, {"aa": scope}, HOUR)
        nodes[2].pause()
        failed = []
        for scope in SCOPES:
            try:
                vault.exchange(scope, {}, HOUR)
            except VaultError as error:
                failed.append(str(error))
            if failed:
                break
        nodes[2].resume()
        assert failed
        for scope in SCOPES:
            tried_until_it_works(vault, scope, {})
            assert dict(vault.exchange(scope, {}, HOUR)) == {"aa": scope}


def test_a_master_of_a_cluster_dies_and_its_replica_takes_over(tmp_path: Path) -> None:
    """While proxies ask: what was copied is there, in bounded tries, and what is stored from then on is kept. Limits go on as well."""
    limit = Holder("caller:a", Rate(requests_per_minute=1000, concurrent=9))
    with cluster(tmp_path, replicas=1) as nodes:
        url = nodes[0].url.replace("redis://", "redis+cluster://").removesuffix("/0")
        with opened(url) as vault, opened(url) as other, contextlib.closing(connect(url)) as client:
            for scope in SCOPES:
                vault.exchange(scope, {"aa": scope}, HOUR)
                vault.keep_texts(scope, {"bb": scope}, HOUR)
            other.exchange(SCOPES[0], {}, HOUR)
            for node in masters(nodes):
                with contextlib.closing(node.client()) as master:
                    assert master.wait(1, 5000) == 1
            masters(nodes)[-1].stop()
            longest = max(tried_until_it_works(vault, scope, {"cc": "later"}) for scope in SCOPES)
            assert longest < 30
            for scope in SCOPES:
                tried_until_it_works(other, scope, {"cc": "later"})  # a connection to the dead one may be left
                found = other.exchange_and_find(scope, {}, HOUR, ["bb"], HOUR)
                assert found == ({"aa": scope, "cc": "later"}, {"bb": scope})
            assert RedisLimiter(client).admit([limit], "r") is None


def test_a_cluster_that_is_not_there_yet(tmp_path: Path) -> None:
    """A proxy starts all the same, and says what is wrong when it asks."""
    with opened("redis+cluster://127.0.0.1:1") as vault:
        for _ in range(2):
            with pytest.raises(VaultError, match="can't be used"):
                vault.exchange(SCOPES[0], {}, HOUR)
    with contextlib.closing(connect("redis+cluster://127.0.0.1:1")) as client:
        assert RedisLimiter(client).admit([Holder("caller:a", Rate(requests_per_minute=1))], "a") is None


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with sentinels(tmp_path_factory.mktemp("sentinel")) as running:
        yield running


def test_a_failover_while_traffic_runs(group: Sentinels) -> None:
    """The master dies; what it had acknowledged and copied is there, and the same vault goes on."""
    with opened(group.url) as vault, opened(group.url) as idle:
        for scope in SCOPES:
            vault.exchange(scope, {"aa": scope}, HOUR)
        idle.exchange(SCOPES[0], {}, HOUR)
        with contextlib.closing(group.master.client()) as client:
            assert client.wait(1, 5000) == 1
        group.master.stop()
        longest = tried_until_it_works(vault, SCOPES[0], {"bb": "two"})
        assert all(dict(vault.exchange(scope, {}, HOUR))["aa"] == scope for scope in SCOPES)
        assert dict(idle.exchange(SCOPES[0], {}, HOUR)) == {"aa": SCOPES[0], "bb": "two"}
        assert longest < 30  # each try gives up, rather than to wait for the failover


def test_a_user_of_its_own_over_tls(tmp_path: Path) -> None:
    authority, stranger = Authority(), Authority()
    key, certificate = authority.issue(["127.0.0.1", "localhost"])
    files = {name: tmp_path / f"{name}.pem" for name in ("certificate", "key", "ca", "other")}
    files["certificate"].write_bytes(certificate)
    files["key"].write_bytes(key)
    authority.write(files["ca"])
    stranger.write(files["other"])
    port = free_port()
    arguments = ["--tls-port", str(port), "--tls-auth-clients", "no", "--tls-ca-cert-file", str(files["ca"])]
    arguments += ["--tls-cert-file", str(files["certificate"]), "--tls-key-file", str(files["key"])]
    with RedisServer(tmp_path / "server", *arguments) as server:
        with contextlib.closing(server.client()) as client:
            client.acl_setuser(
                "dlp",
                enabled=True,
                passwords=["+p@ss:word"],
                keys=["{dlp*"],
                categories=["+@read", "+@write", "+@scripting", "+@connection"],
                commands=["+time", "-flushall", "-flushdb"],
            )
        url = f"rediss://dlp:p%40ss%3Aword@127.0.0.1:{port}/0?ssl_ca_certs="
        with opened(f"{url}{files['ca']}") as vault:
            vault.exchange(SCOPES[0], {"aa": "one"}, HOUR)
            vault.keep_texts(SCOPES[0], {"bb": "two"}, HOUR)
            assert vault.find_texts(SCOPES[0], ["bb"], HOUR) == {"bb": "two"}
            assert vault.rotate() == 0
            assert vault.stats().values == 1
            assert vault.erase(lambda _: True) == 1
        with contextlib.closing(connect(f"{url}{files['ca']}")) as client:
            assert RedisLimiter(client).admit([Holder("caller:a", Rate(requests_per_minute=1))], "a") is None
            assert RedisLimiter(client).admit([Holder("caller:a", Rate(requests_per_minute=1))], "b") is not None
        wrong = (f"{url}{files['other']}", f"{url}{files['ca']}".replace("p%40ss", "other"))
        for bad in wrong:
            with opened(bad) as vault, pytest.raises(VaultError, match="can't be used") as refused:
                vault.exchange(SCOPES[0], {}, HOUR)
            assert "p@ss" not in str(refused.value)


def test_a_full_server_still_tells_what_it_knows(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, opened(server.url) as vault:
        vault.keep_texts(SCOPES[0], {"aa": "one"}, HOUR)
        with contextlib.closing(server.client()) as client:
            client.config_set("maxmemory", "1mb")
        with pytest.raises(VaultError, match="OutOfMemory"):
            vault.keep_texts(SCOPES[0], {"bb": "two"}, HOUR)
        assert vault.find_texts(SCOPES[0], ["aa"], HOUR) == {"aa": "one"}
        with contextlib.closing(server.client()) as client:
            client.config_set("maxmemory", "0")
        vault.keep_texts(SCOPES[0], {"bb": "two"}, HOUR)


def test_a_server_with_another_layout_is_not_used(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        with opened(server.url) as vault:
            vault.exchange(SCOPES[0], {"aa": "one"}, HOUR)
        with contextlib.closing(server.client()) as client:
            client.set("{dlp}:layout", "2")
        with opened(server.url) as vault:
            for ask in (lambda: vault.exchange(SCOPES[0], {}, HOUR), lambda: vault.find_texts(SCOPES[0], ["a"], HOUR)):
                with pytest.raises(VaultError, match="layout version 2, this program knows 1"):
                    ask()


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1:26379/0",
        "redis+sentinel://127.0.0.1/0?master=m",
        "redis+sentinel://:hunter2@a:x/0?master=m",
        "redis://127.0.0.1:6379/0?socket_timeout=soon",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        RedisStore(url)
    assert "hunter2" not in str(refused.value)
