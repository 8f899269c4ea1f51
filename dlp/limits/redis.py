"""Limits that several proxies share. One script a call, for all of a request's holders: atomic, and one round trip.

The server's own clock counts, so that proxies need not agree on the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, override

from dlp.limits.base import LEASE_SECONDS, Excess, Holder, Limiter
from dlp.limits.fallback import Fallback
from dlp.redis_client import ERRORS, Script

_WHAT = ("requests", "characters", "concurrent requests")

# KEYS: bucket and leases of each holder, by turns. ARGV: requests and characters to take, name of the lease ('' for none), seconds of a lease, 1 to
# take without asking, then for each holder the requests, characters and requests at once that it may have (-1: no limit). All or nothing: returns
# {0}, or {which holder, which limit, seconds}.
_TAKE = Script(
    """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local forced = ARGV[5] == '1'
local left = {}
for holder = 1, #KEYS / 2 do
  local bucket, leases = KEYS[2 * holder - 1], KEYS[2 * holder]
  local limits = {tonumber(ARGV[3 + 3 * holder]), tonumber(ARGV[4 + 3 * holder]), tonumber(ARGV[5 + 3 * holder])}
  local kept = redis.call('HMGET', bucket, 'requests', 'characters', 'at')
  local minutes = math.max(0, now - (tonumber(kept[3]) or now)) / 60
  local has = {0, 0}
  for at = 1, 2 do
    local most = limits[at]
    if most >= 0 then has[at] = math.min(most, (tonumber(kept[at]) or most) + minutes * most) end
  end
  if not forced then
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
    if limits[3] >= 0 and redis.call('ZCARD', leases) >= limits[3] then return {holder, 3, 1} end
    if limits[1] >= 0 and has[1] < 1 then return {holder, 1, math.max(1, math.ceil((1 - has[1]) * 60 / limits[1]))} end
    if limits[2] >= 0 and has[2] <= 0 then return {holder, 2, math.max(1, math.ceil(-has[2] * 60 / limits[2]))} end
  end
  left[holder] = has
end
for holder = 1, #KEYS / 2 do
  local bucket, leases = KEYS[2 * holder - 1], KEYS[2 * holder]
  redis.call('HSET', bucket, 'requests', tostring(left[holder][1] - ARGV[1]), 'characters', tostring(left[holder][2] - ARGV[2]), 'at', tostring(now))
  redis.call('EXPIRE', bucket, 3600)
  if ARGV[3] ~= '' and tonumber(ARGV[5 + 3 * holder]) >= 0 then
    redis.call('ZADD', leases, now + tonumber(ARGV[4]), ARGV[3])
    redis.call('EXPIRE', leases, math.ceil(tonumber(ARGV[4])))
  end
end
return {0}
"""
)
# KEYS: leases. ARGV: name of the lease.
_GIVE_BACK = Script("for at = 1, #KEYS do redis.call('ZREM', KEYS[at], ARGV[1]) end")


class RedisLimiter(Limiter):
    """Buckets on a server; while it is away, each process counts for itself.

    Args:
        client: Of redis-py, with time-outs.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._fallback = Fallback("proxy", ERRORS)

    @override
    def admit(self, holders: Sequence[Holder], lease: str) -> Excess | None:
        def ask() -> Excess | None:
            which, *excess = self._take(holders, lease, requests=1)
            return Excess(holders[which - 1].name, _WHAT[excess[0] - 1], excess[1]) if which else None

        return self._fallback.ask(ask, lambda alone: alone.admit(holders, lease))

    @override
    def charge(self, holders: Sequence[Holder], characters: int) -> None:
        counted = [holder for holder in holders if holder.rate.characters_per_minute is not None]
        if counted:
            self._fallback.ask(
                lambda: self._charge(counted, characters), lambda alone: alone.charge(holders, characters)
            )

    @override
    def release(self, holders: Sequence[Holder], lease: str) -> None:
        self._fallback.limiter.release(holders, lease)
        counted = [holder for holder in holders if holder.rate.concurrent is not None]
        if counted:
            keys = [_keys(holder)[1] for holder in counted]
            self._fallback.ask(lambda: _GIVE_BACK.run(self._client, keys, [lease]), lambda _: None)

    def _charge(self, holders: Sequence[Holder], characters: int) -> None:
        self._take(holders, "", characters=characters, forced=True)

    def _take(
        self, holders: Sequence[Holder], lease: str, *, requests: int = 0, characters: int = 0, forced: bool = False
    ) -> list[int]:
        arguments: list[Any] = [requests, characters, lease, LEASE_SECONDS, int(forced)]
        for holder in holders:
            rate = holder.rate
            limits = (rate.requests_per_minute, rate.characters_per_minute, rate.concurrent)
            arguments += [-1 if limit is None else limit for limit in limits]
        keys = [key for holder in holders for key in _keys(holder)]
        answer: list[int] = _TAKE.run(self._client, keys, arguments)
        return answer


def _keys(holder: Holder) -> list[str]:
    """Bucket and leases: keys without the holder's name, which may be a user's. Those of a group lie together, so that a script may use them."""
    return [f"{{dlp:limit:{_digest(holder.group)}}}:{_digest(holder.name)}:{part}" for part in ("bucket", "leases")]


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
