"""A store that several proxies share: Redis or Valkey, one server, behind Sentinel, or a cluster.

A scope is up to four keys with one hash tag, so that a cluster keeps them together: `{dlp:NAME}:key` (wrapped key and label), `:values`, `:texts`
(what proxies remember for each other) and `:seen` (when).
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
from dlp.vault.base import MAX_TEXTS, MAX_VALUES, VaultStats
from dlp.vault.sealed import Sealed, Store

TIMEOUT_SECONDS = 1.0
"""For connecting, and for an answer."""
_INDEX = "{dlp}:index:1"
"""The key of the keyed names; the number is the version of this layout."""

# KEYS: key, values, texts, seen. ARGV: wrapped, label, milliseconds, 1 if fresh, most values, then digest and value by turns.
_SWAP = """
local held = redis.call('HGET', KEYS[1], 'wrapped')
if not held then
  if ARGV[4] ~= '1' then return {false, {}} end
  redis.call('HSET', KEYS[1], 'wrapped', ARGV[1], 'label', ARGV[2])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
elseif held ~= ARGV[1] then
  return {held, {}}
end
for at = 6, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[at], ARGV[at + 1]) end
local over = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[5])
if over > 0 then
  local digests = redis.call('HKEYS', KEYS[2])
  for at = 1, over do redis.call('HDEL', KEYS[2], digests[at]) end
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {ARGV[1], redis.call('HGETALL', KEYS[2])}
"""
# KEYS: as above. ARGV: wrapped, label, milliseconds, 1 if fresh, most texts, how many are asked for, their names, then name and text by turns.
# What is only asked for is returned even where nothing can be written, as on a server that is full.
_TEXTS = """
local held = redis.call('HGET', KEYS[1], 'wrapped')
local first = 7 + tonumber(ARGV[6])
local lasting = tonumber(ARGV[3])
if first <= #ARGV then
  if not held then
    if ARGV[4] ~= '1' then return {false, {}} end
    redis.call('HSET', KEYS[1], 'wrapped', ARGV[1], 'label', ARGV[2])
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
    held = ARGV[1]
  elseif held ~= ARGV[1] then
    return {held, {}}
  end
elseif not held then
  return {false, {}}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function forget(names)
  for at = 1, #names do
    redis.call('HDEL', KEYS[3], names[at])
    redis.call('ZREM', KEYS[4], names[at])
  end
end
forget(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - lasting))
for at = first, #ARGV, 2 do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('ZADD', KEYS[4], now, ARGV[at])
end
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[5])
if over > 0 then forget(redis.call('ZRANGE', KEYS[4], 0, over - 1)) end
local found = {}
for at = 7, first - 1 do
  local text = redis.call('HGET', KEYS[3], ARGV[at])
  found[at - 6] = text or ''
  if text then redis.pcall('ZADD', KEYS[4], now, ARGV[at]) end
end
for at = 3, 4 do redis.pcall('PEXPIRE', KEYS[at], lasting) end
if redis.call('PTTL', KEYS[1]) < lasting then redis.pcall('PEXPIRE', KEYS[1], lasting) end
return {held, found}
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
        self._texts = self._client.register_script(_TEXTS)
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
    def texts(
        self,
        scope: str,
        wrapped: bytes,
        label: bytes,
        kept: Mapping[str, bytes],
        asked: Sequence[str],
        seconds: float,
        *,
        fresh: bool,
    ) -> Sealed:
        given = [part for pair in kept.items() for part in pair]
        arguments = [wrapped, label, max(1, int(seconds * 1000)), int(fresh), MAX_TEXTS, len(asked), *asked, *given]
        held, found = self._ask(lambda: self._texts(keys=_keys(scope), args=arguments))
        return Sealed(held or None, {name: text for name, text in zip(asked, found, strict=False) if text})

    @override
    def scopes(self) -> Iterator[tuple[str, bytes, bytes]]:
        for key in self._named("key"):
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
        return VaultStats(len(self._named("key")), self._counted("values"), self._counted("texts"))

    def _named(self, part: str) -> list[bytes]:
        return list(self._ask(lambda: list(self._client.scan_iter(match=f"{{dlp:*}}:{part}", count=1000))))

    def _counted(self, part: str) -> int:
        return sum(self._ask(lambda key=key: self._client.hlen(key)) for key in self._named(part))  # type: ignore[misc]

    @override
    def close(self) -> None:
        self._client.close()


def _keys(scope: str) -> list[str]:
    return [f"{{dlp:{scope}}}:{part}" for part in ("key", "values", "texts", "seen")]


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
