"""Limits that several proxies share. One script a call, atomic; the server's own clock counts, so that proxies need not agree on the time."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, override

from dlp.limits.base import LEASE_SECONDS, Excess, Holder, Limiter
from dlp.limits.memory import MemoryLimiter
from dlp.vault.redis import ERRORS, Script

log = logging.getLogger("dlp")

_WHAT = ("requests", "characters", "concurrent requests")

# KEYS: bucket and leases of one holder. ARGV: requests, characters and requests at once it may have (-1: no limit), requests and characters to
# take, name of the lease ('' for none), seconds of a lease, 1 to take without asking. Returns {0} or {which limit, seconds}.
_TAKE = Script(
    """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'requests', 'characters', 'at')
local minutes = math.max(0, now - (tonumber(kept[3]) or now)) / 60
local left = {}
for at = 1, 2 do
  local most = tonumber(ARGV[at])
  if most >= 0 then left[at] = math.min(most, (tonumber(kept[at]) or most) + minutes * most) else left[at] = 0 end
end
local forced = ARGV[8] == '1'
if not forced then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if tonumber(ARGV[3]) >= 0 and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return {3, 1} end
  if tonumber(ARGV[1]) >= 0 and left[1] < 1 then return {1, math.max(1, math.ceil((1 - left[1]) * 60 / tonumber(ARGV[1])))} end
  if tonumber(ARGV[2]) >= 0 and left[2] <= 0 then return {2, math.max(1, math.ceil(-left[2] * 60 / tonumber(ARGV[2])))} end
end
redis.call('HSET', KEYS[1], 'requests', tostring(left[1] - ARGV[4]), 'characters', tostring(left[2] - ARGV[5]), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 3600)
if ARGV[6] ~= '' and tonumber(ARGV[3]) >= 0 then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[7]), ARGV[6])
  redis.call('EXPIRE', KEYS[2], math.ceil(tonumber(ARGV[7])))
end
return {0}
"""
)


class RedisLimiter(Limiter):
    """Buckets on a server; while it is away, each process counts for itself.

    Args:
        client: Of redis-py, with time-outs.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._alone = MemoryLimiter()

    @override
    def admit(self, holders: Sequence[Holder], lease: str) -> Excess | None:
        def ask() -> Excess | None:
            taken: list[Holder] = []
            for holder in holders:
                which, *seconds = self._asked(holder, lease, requests=1)
                if which:
                    for other in taken:  # all or nothing
                        self._asked(other, "", requests=-1, forced=True)
                        self._client.zrem(_keys(other)[1], lease)
                    return Excess(holder.name, _WHAT[which - 1], int(seconds[0]))
                taken.append(holder)
            return None

        return self._or_alone(ask, lambda: self._alone.admit(holders, lease))

    @override
    def charge(self, holders: Sequence[Holder], characters: int) -> None:
        def ask() -> None:
            for holder in holders:
                if holder.rate.characters_per_minute is not None:
                    self._asked(holder, "", characters=characters, forced=True)

        self._or_alone(ask, lambda: self._alone.charge(holders, characters))

    @override
    def release(self, holders: Sequence[Holder], lease: str) -> None:
        def ask() -> None:
            for holder in holders:
                if holder.rate.concurrent is not None:
                    self._client.zrem(_keys(holder)[1], lease)

        self._alone.release(holders, lease)
        self._or_alone(ask, lambda: None)

    def _asked(
        self, holder: Holder, lease: str, *, requests: int = 0, characters: int = 0, forced: bool = False
    ) -> list[int]:
        rate = holder.rate
        most = [-1 if limit is None else limit for limit in (rate.requests_per_minute, rate.characters_per_minute)]
        at_once = -1 if rate.concurrent is None else rate.concurrent
        arguments = [*most, at_once, requests, characters, lease, LEASE_SECONDS, int(forced)]
        answer: list[int] = _TAKE.run(self._client, _keys(holder), arguments)
        return answer

    def _or_alone[R](self, ask: Callable[[], R], alone: Callable[[], R]) -> R:
        try:
            return ask()
        except ERRORS as error:
            log.warning("limits are counted by this proxy alone: %s", type(error).__name__)
            return alone()


def _keys(holder: Holder) -> list[str]:
    """Keys without the holder's name, which may be a user's."""
    name = hashlib.blake2b(holder.name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return [f"{{dlp:limit:{name}}}:bucket", f"{{dlp:limit:{name}}}:leases"]
