"""A store that several proxies share: Redis or Valkey, one server, behind Sentinel, or a cluster.

A scope is two keys with one hash tag, so that a cluster keeps them together: `{dlp:NAME}:key` (wrapped key and label) and `{dlp:NAME}:values`.
Everything that must be atomic is one script, so that a request costs one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, override
from urllib.parse import parse_qs, urlsplit, urlunsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from dlp.errors import ConfigurationError, VaultError
from dlp.vault.base import MAX_VALUES, VaultStats
from dlp.vault.sealed import Sealed, Store

TIMEOUT_SECONDS = 1.0
"""For connecting, and for an answer."""
_INDEX = "{dlp}:index:1"
"""The key of the keyed names; the number is the version of this layout."""

# KEYS: key, values. ARGV: wrapped, label, milliseconds, 1 if fresh, most values, then digest and value by turns.
_SWAP = """
local held = redis.call('HGET', KEYS[1], 'wrapped')
if not held then
  if ARGV[4] ~= '1' then return {false, {}} end
  redis.call('HSET', KEYS[1], 'wrapped', ARGV[1], 'label', ARGV[2])
  redis.call('DEL', KEYS[2])
elseif held ~= ARGV[1] then
  return {held, {}}
end
for at = 6, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[at], ARGV[at + 1]) end
local over = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[5])
if over > 0 then
  local digests = redis.call('HKEYS', KEYS[2])
  for at = 1, over do redis.call('HDEL', KEYS[2], digests[at]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {ARGV[1], redis.call('HGETALL', KEYS[2])}
"""
_REWRAP = """
if redis.call('HGET', KEYS[1], 'wrapped') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'wrapped', ARGV[2])
return 1
"""
_REINDEX = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class RedisStore(Store):
    """A server named by `redis://[user:password@]host:port/db`; `rediss://` for TLS.

    `redis+sentinel://host:port,host:port/db?master=NAME` asks Sentinels; `redis+cluster://host:port` is a cluster (`rediss+…` with TLS). Options of
    redis-py go into the query (`ssl_ca_certs=/path`). Nothing is reached for before the first use.

    Raises:
        ConfigurationError: The address can't be read. The message doesn't repeat it: it may hold a password.
    """

    def __init__(self, address: str) -> None:
        try:
            self._client = connect(address)
        except (ValueError, TypeError, RedisError) as error:
            raise ConfigurationError(
                f"dlp_vault: the address of the Redis server is wrong ({type(error).__name__})"
            ) from None
        self._swap = self._client.register_script(_SWAP)
        self._rewrap = self._client.register_script(_REWRAP)
        self._reindex = self._client.register_script(_REINDEX)

    def _ask(self, command: Callable[[], Any]) -> Any:
        try:
            return command()
        except (RedisError, OSError) as error:
            raise VaultError(f"the vault's server can't be used: {type(error).__name__}") from None

    @override
    def swap(
        self, scope: str, wrapped: bytes, label: bytes, values: Mapping[str, bytes], seconds: float, *, fresh: bool
    ) -> Sealed:
        given = [part for pair in values.items() for part in pair]
        arguments = [wrapped, label, max(1, int(seconds * 1000)), int(fresh), MAX_VALUES, *given]
        held, kept = self._ask(lambda: self._swap(keys=_keys(scope), args=arguments))
        pairs = zip(kept[::2], kept[1::2], strict=True)
        return Sealed(held or None, {digest.decode("ascii"): value for digest, value in pairs})

    @override
    def scopes(self) -> Iterator[tuple[str, bytes, bytes]]:
        for key in self._ask(lambda: list(self._client.scan_iter(match="{dlp:*}:key", count=1000))):
            wrapped, label = self._ask(lambda key=key: self._client.hmget(key, "wrapped", "label"))  # type: ignore[misc]
            if wrapped and label:
                yield key.decode("ascii")[5:].partition("}")[0], wrapped, label

    @override
    def peek(self, scope: str, digests: Sequence[str]) -> Mapping[str, bytes]:
        found = self._ask(lambda: self._client.hmget(_keys(scope)[1], list(digests))) if digests else []
        return {digest: value for digest, value in zip(digests, found, strict=True) if value is not None}

    @override
    def rewrap(self, scope: str, old: bytes, new: bytes) -> bool:
        return bool(self._ask(lambda: self._rewrap(keys=_keys(scope)[:1], args=[old, new])))

    @override
    def remove(self, scope: str) -> bool:
        return bool(self._ask(lambda: self._client.delete(*_keys(scope))))

    @override
    def index(self, proposed: bytes) -> bytes:
        if proposed:
            self._ask(lambda: self._client.set(_INDEX, proposed, nx=True))
        found = self._ask(lambda: self._client.get(_INDEX))
        if not isinstance(found, bytes):
            raise VaultError("the vault's server has lost its index")
        return found

    @override
    def reindex(self, old: bytes, new: bytes) -> bool:
        return bool(self._ask(lambda: self._reindex(keys=[_INDEX], args=[old, new])))

    @override
    def stats(self) -> VaultStats:
        keys = self._ask(lambda: list(self._client.scan_iter(match="{dlp:*}:values", count=1000)))
        names = self._ask(lambda: list(self._client.scan_iter(match="{dlp:*}:key", count=1000)))
        return VaultStats(len(names), sum(self._ask(lambda key=key: self._client.hlen(key)) for key in keys))  # type: ignore[misc]

    @override
    def close(self) -> None:
        self._client.close()


def _keys(scope: str) -> list[str]:
    return [f"{{dlp:{scope}}}:key", f"{{dlp:{scope}}}:values"]


def connect(address: str) -> Any:
    """A client for any of the addresses of `RedisStore`, that gives up after `TIMEOUT_SECONDS` and doesn't try again by itself."""
    limits: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "health_check_interval": 30,
    }
    scheme, _, _ = address.partition("://")
    base, _, kind = scheme.partition("+")
    plain = address.replace(scheme, base, 1)
    if kind == "cluster":
        return RedisCluster.from_url(plain, **limits)
    if kind == "sentinel":
        parts = urlsplit(plain)
        login, _, hosts = parts.netloc.rpartition("@")
        asked = parse_qs(parts.query)
        user, _, password = login.partition(":")
        sentinels = [(host.rpartition(":")[0], int(host.rpartition(":")[2])) for host in hosts.split(",")]
        secured = {"ssl": True} if base == "rediss" else {}
        sentinel = Sentinel(  # type: ignore[no-untyped-call]
            sentinels, sentinel_kwargs={**limits, **secured}, **limits, **secured
        )
        credentials = {"username": user or None, "password": password or None} if login else {}
        return sentinel.master_for(  # type: ignore[no-untyped-call]
            asked["master"][0], db=int(parts.path.strip("/") or 0), **credentials
        )
    return redis.Redis.from_url(urlunsplit(urlsplit(plain)), retry=Retry(NoBackoff(), 1), **limits)
