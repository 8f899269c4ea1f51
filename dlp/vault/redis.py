"""A store that several proxies share: Redis or Valkey, one server, behind Sentinel, or a cluster.

A scope is up to four keys with one hash tag, so that a cluster keeps them together: `{dlp:NAME}:key` (wrapped key and label), `:values`, `:texts`
(what proxies remember for each other) and `:seen` (when).
Everything that must be atomic is one script, so that a request costs one round trip.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, override
from urllib.parse import urlsplit, urlunsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.connection import parse_url
from redis.exceptions import NoScriptError, RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from dlp.errors import ConfigurationError, VaultError
from dlp.vault.base import MAX_TEXTS, MAX_VALUES, VaultStats
from dlp.vault.sealed import Sealed, Store

ERRORS = (RedisError, RedisClusterException, OSError)
"""What a client raises when its server can't be used."""
TIMEOUT_SECONDS = 1.0
"""For connecting, and for an answer."""
_INDEX = "{dlp}:index:1"
"""Where the key of the keyed names lies."""
_LAYOUT = "{dlp}:layout"
_VERSION = b"1"
"""Of what lies where on a server, and what scripts do with it."""


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


# What the scripts below share. KEYS: key, values, texts, seen. `sweep` drops texts that nobody asked for in so many milliseconds; `look` returns
# those whose names are in ARGV, '' for the others, even where nothing can be written, as on a server that is full.
_LOOKING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function forget(names)
  for at = 1, #names do
    redis.call('HDEL', KEYS[3], names[at])
    redis.call('ZREM', KEYS[4], names[at])
  end
end
local function sweep(lasting)
  forget(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - lasting))
end
local function look(first, last, lasting)
  local found = {}
  for at = first, last do
    local text = redis.call('HGET', KEYS[3], ARGV[at])
    found[at - first + 1] = text or ''
    if text then redis.pcall('ZADD', KEYS[4], now, ARGV[at]) end
  end
  for at = 3, 4 do redis.pcall('PEXPIRE', KEYS[at], lasting) end
  if redis.call('PTTL', KEYS[1]) < lasting then redis.pcall('PEXPIRE', KEYS[1], lasting) end
  return found
end
"""
# ARGV: wrapped, label, milliseconds, 1 if fresh, most values, milliseconds of texts, how many are asked for, their names, then digest and value
# by turns.
_SWAP = Script(
    _LOOKING
    + """
local held = redis.call('HGET', KEYS[1], 'wrapped')
local first = 8 + tonumber(ARGV[7])
if not held then
  if ARGV[4] ~= '1' then return {false, {}, {}} end
  redis.call('HSET', KEYS[1], 'wrapped', ARGV[1], 'label', ARGV[2])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
  held = ARGV[1]
end
if held == ARGV[1] then
  for at = first, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[at], ARGV[at + 1]) end
  local over = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[5])
  if over > 0 then
    local digests = redis.call('HKEYS', KEYS[2])
    for at = 1, over do redis.call('HDEL', KEYS[2], digests[at]) end
  end
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local found = {}
if first > 8 then
  sweep(tonumber(ARGV[6]))
  found = look(8, first - 1, tonumber(ARGV[6]))
end
return {held, redis.call('HGETALL', KEYS[2]), found}
"""
)
# ARGV: wrapped, label, milliseconds, 1 if fresh, most texts, how many are asked for, their names, then name and text by turns.
_TEXTS = Script(
    _LOOKING
    + """
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
sweep(lasting)
for at = first, #ARGV, 2 do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  redis.call('ZADD', KEYS[4], now, ARGV[at])
end
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[5])
if over > 0 then forget(redis.call('ZRANGE', KEYS[4], 0, over - 1)) end
return {held, look(7, first - 1, lasting)}
"""
)
_REWRAP = Script(
    """
if redis.call('HGET', KEYS[1], 'wrapped') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'wrapped', ARGV[2])
return 1
"""
)
_REINDEX = Script(
    """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
)


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

    def _run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        return self._ask(lambda: script.run(self._client, keys, arguments))

    def _ask(self, command: Callable[[], Any]) -> Any:
        try:
            return command()
        except ERRORS as error:
            raise VaultError(f"the vault's server can't be used: {type(error).__name__}") from None

    @override
    def swap(
        self,
        scope: str,
        wrapped: bytes,
        label: bytes,
        values: Mapping[str, bytes],
        seconds: float,
        *,
        fresh: bool,
        asked: Sequence[str] = (),
        lasting: float = 0.0,
    ) -> Sealed:
        given = [part for pair in values.items() for part in pair]
        times = [max(1, int(each * 1000)) for each in (seconds, lasting)]
        arguments = [wrapped, label, times[0], int(fresh), MAX_VALUES, times[1], len(asked), *asked, *given]
        held, kept, found = self._run(_SWAP, _keys(scope), arguments)
        pairs = zip(kept[::2], kept[1::2], strict=True)
        return Sealed(held or None, {digest.decode("ascii"): value for digest, value in pairs}, _by_name(asked, found))

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
        held, found = self._run(_TEXTS, _keys(scope), arguments)
        return Sealed(held or None, {}, _by_name(asked, found))

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
        return bool(self._run(_REWRAP, _keys(scope)[:1], [old, new]))

    @override
    def remove(self, scope: str) -> bool:
        return bool(self._ask(lambda: self._client.delete(*_keys(scope))))

    @override
    def index(self, proposed: bytes) -> bytes:
        if proposed:
            self._ask(lambda: self._client.set(_LAYOUT, _VERSION, nx=True))
            self._ask(lambda: self._client.set(_INDEX, proposed, nx=True))
        version = self._ask(lambda: self._client.get(_LAYOUT)) or _VERSION
        if version != _VERSION:
            shown = version.decode("ascii", "replace")[:20]
            raise VaultError(
                f"the vault's server has layout version {shown}, this program knows {_VERSION.decode()}: "
                "give each version a database of its own"
            )
        found = self._ask(lambda: self._client.get(_INDEX))
        if not isinstance(found, bytes):
            raise VaultError("the vault's server has lost its index")
        return found

    @override
    def reindex(self, old: bytes, new: bytes) -> bool:
        return bool(self._run(_REINDEX, [_INDEX], [old, new]))

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


def _by_name(asked: Sequence[str], found: Sequence[bytes]) -> dict[str, bytes]:
    """Those of the texts asked for that there are."""
    return {name: text for name, text in zip(asked, found, strict=False) if text}


def connect(address: str) -> Any:
    """A client for any of the addresses of `RedisStore`, that gives up after `TIMEOUT_SECONDS` and tries again once.

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
