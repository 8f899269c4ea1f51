"""What a limiter is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LEASE_SECONDS = 3600.0
"""After that a request that never ended counts as gone; as long as a stream may be silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Limits of one kind of holder; None is no limit. A bucket holds one minute's worth, so that much may come at once.

    Args:
        characters: Of all texts that are examined. They are counted once they are, so that one request may overdraw.
        concurrent: Requests that are under way, streams until their end.
    """

    requests_per_minute: float | None = None
    characters_per_minute: float | None = None
    concurrent: int | None = None


NO_LIMIT = Rate()


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose limits count: `name` is unique among all kinds, such as `caller:user:anna`."""

    name: str
    rate: Rate
    group: str = ""
    """The same for all that a request counts against."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A request that comes too early.

    Args:
        holder: The holder's name.
        what: `requests`, `characters` or `concurrent requests`.
        seconds: Until it makes sense to come again, at least 1.
    """

    holder: str
    what: str
    seconds: int


class Limiter(Protocol):
    """Counts by holder. Promises: safe from several threads; bounded memory; all or nothing: a refused request costs nobody anything."""

    def admit(self, holders: Sequence[Holder], lease: str) -> Excess | None:
        """Take one request from each holder's bucket, and note it as under way; or say whose limit it exceeds.

        Args:
            lease: A name for this request, for `release`.
        """
        ...

    def charge(self, holders: Sequence[Holder], characters: int) -> None:
        """Take characters that have been examined from each holder's bucket, which may go below zero."""
        ...

    def release(self, holders: Sequence[Holder], lease: str) -> None:
        """The request has ended. Doing so twice, or for a request that wasn't admitted, does nothing."""
        ...
