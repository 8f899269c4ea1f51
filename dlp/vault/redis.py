"""A store that several proxies share: Redis or Valkey, one server, behind Sentinel, or a cluster.

A scope is up to five keys with one hash tag, so that a cluster keeps them together: `{dlp:NAME}:key` (wrapped key and label), `:values` and
`:order` (in which they came), `:texts` (what proxies remember for each other) and `:seen` (when).
Everything that must be atomic is one script, so that a request costs one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, override

from redis.exceptions import RedisError

from dlp.errors import ConfigurationError, VaultError
from dlp.redis_client import ERRORS, Script, connect
from dlp.vault.base import MAX_TEXTS, MAX_VALUES, VaultStats
from dlp.vault.sealed import ScopeKey, Sealed, Store

_INDEX = "{dlp}:index:1"
"""Where the key of the keyed names lies."""
_LAYOUT = "{dlp}:layout"
_VERSION = b"1"
"""Of what lies where on a server, and what scripts do with it."""


# What the scripts below share. KEYS: key, values, texts, seen, order. `bound` drops the first by rank; what has none was stored by a version
# that gave values none, and goes before the others. `sweep` drops texts that nobody asked for in so many milliseconds; `look` returns those
# whose names are in ARGV, '' for the others, even where nothing can be written, as on a server that is full.
_LOOKING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function forget(hash, ranks, names)
  for at = 1, #names do
    redis.call('HDEL', hash, names[at])
    redis.call('ZREM', ranks, names[at])
  end
end
local function bound(hash, ranks, most)
  local count = redis.call('HLEN', hash)
  if count <= most then return end
  if count > redis.call('ZCARD', ranks) then
    local names = redis.call('HKEYS', hash)
    for at = 1, #names do redis.call('ZADD', ranks, 'NX', 0, names[at]) end
  end
  forget(hash, ranks, redis.call('ZRANGE', ranks, 0, count - most - 1))
end
local function sweep(lasting)
  forget(KEYS[3], KEYS[4], redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - lasting))
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
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
  held = ARGV[1]
end
if held == ARGV[1] and first <= #ARGV then
  local newest = redis.call('ZRANGE', KEYS[5], -1, -1, 'WITHSCORES')
  local number = tonumber(newest[2] or 0)
  for at = first, #ARGV, 2 do
    if redis.call('HSETNX', KEYS[2], ARGV[at], ARGV[at + 1]) == 1 then
      number = number + 1
      redis.call('ZADD', KEYS[5], number, ARGV[at])
    end
  end
  bound(KEYS[2], KEYS[5], tonumber(ARGV[5]))
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[5], ARGV[3])
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
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
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
bound(KEYS[3], KEYS[4], tonumber(ARGV[5]))
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
        key: ScopeKey,
        values: Mapping[str, bytes],
        seconds: float,
        *,
        asked: Sequence[str] = (),
        lasting: float = 0.0,
    ) -> Sealed:
        given = [part for pair in values.items() for part in pair]
        times = [max(1, int(each * 1000)) for each in (seconds, lasting)]
        arguments = [key.wrapped, key.label, times[0], int(key.fresh), MAX_VALUES, times[1], len(asked), *asked, *given]
        held, kept, found = self._run(_SWAP, _keys(key.scope), arguments)
        pairs = zip(kept[::2], kept[1::2], strict=True)
        return Sealed(held or None, {digest.decode("ascii"): value for digest, value in pairs}, _by_name(asked, found))

    @override
    def texts(self, key: ScopeKey, kept: Mapping[str, bytes], asked: Sequence[str], seconds: float) -> Sealed:
        given = [part for pair in kept.items() for part in pair]
        lasting = max(1, int(seconds * 1000))
        arguments = [key.wrapped, key.label, lasting, int(key.fresh), MAX_TEXTS, len(asked), *asked, *given]
        held, found = self._run(_TEXTS, _keys(key.scope), arguments)
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
    return [f"{{dlp:{scope}}}:{part}" for part in ("key", "values", "texts", "seen", "order")]


def _by_name(asked: Sequence[str], found: Sequence[bytes]) -> dict[str, bytes]:
    """Those of the texts asked for that there are."""
    return {name: text for name, text in zip(asked, found, strict=False) if text}
