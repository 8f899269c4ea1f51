"""Redis (or Valkey), as more than one part of the program uses it: one server, behind Sentinel, or a cluster.

    redis://[user:password@]host:port/db                 rediss:// for TLS
    redis+sentinel://host:port,host:port/db?master=NAME  asks Sentinels
    redis+cluster://host:port                            a cluster

Options of redis-py go into the query (`ssl_ca_certs=/path`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.connection import parse_url
from redis.exceptions import NoScriptError, RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

ERRORS = (RedisError, RedisClusterException, OSError)
"""What a client raises when its server can't be used."""
TIMEOUT_SECONDS = 1.0
"""For connecting, and for an answer."""


class Script:
    """A script of the server's, sent as its hash once the server knows it. Its keys lie in one slot of a cluster."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._hash = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()  # as EVALSHA names it

    def run(self, client: Any, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """What it returns. Raises `RedisError`."""
        try:
            return client.evalsha(self._hash, len(keys), *keys, *arguments)
        except NoScriptError:
            return client.eval(self._text, len(keys), *keys, *arguments)


def connect(address: str) -> Any:
    """A client for any of these addresses, that gives up after `TIMEOUT_SECONDS` and tries again once.

    Raises:
        ValueError: It is none. The message may hold a password.
    """
    scheme, _, _ = address.partition("://")
    base, _, kind = scheme.partition("+")
    plain = address.replace(scheme, base, 1)
    if kind == "sentinel":
        return _behind_sentinels(plain)
    limits = _limits()
    if kind == "cluster":
        parse_url(plain)  # type: ignore[no-untyped-call]
        return _Cluster(lambda: RedisCluster.from_url(plain, **limits))
    return redis.Redis.from_url(plain, **limits)


def _limits() -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 1),
    }


def _behind_sentinels(address: str) -> Any:
    """The master that Sentinels name; asked anew whenever a connection is made."""
    parts = urlsplit(address)
    login, at, hosts = parts.netloc.rpartition("@")
    sentinels = [(host.rpartition(":")[0], int(host.rpartition(":")[2])) for host in hosts.split(",")]
    alone = urlunsplit(parts._replace(netloc=f"{login}{at}localhost"))  # its list of hosts is none of redis-py's
    options: dict[str, Any] = {**_limits(), **parse_url(alone)}  # type: ignore[no-untyped-call]
    for name in ("host", "port", "connection_class"):
        options.pop(name, None)
    master = options.pop("master", None)
    if not master:
        raise ValueError("no master is named")
    secured = {"ssl": True} if parts.scheme == "rediss" else {}
    of_sentinels = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    certificates = {name: value for name, value in options.items() if name.startswith("ssl_")}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        sentinels, sentinel_kwargs={**_limits(), **secured, **certificates, **of_sentinels}
    )
    return sentinel.master_for(master, **options, **secured)  # type: ignore[no-untyped-call]


class _Cluster:
    """A cluster's client, made on first use: redis-py's asks the cluster for its nodes when it is made."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()
