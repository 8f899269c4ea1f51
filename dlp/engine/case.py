"""One request while it is examined: what came, what was read of it, and what it may still take."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlp.detect.base import Detector, Remembering
from dlp.engine.body import Body, Text
from dlp.engine.exchange import Exchange
from dlp.engine.head import Head, Header
from dlp.engine.opening import UNENCODED
from dlp.errors import DetectorError
from dlp.masking.minting import Minter
from dlp.policy.model import NOTHING, Monitored, Style
from dlp.providers.format import WireFormat
from dlp.types import Finding


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be examined. `repr` shows no content.

    Args:
        path: Path and query, as on the wire.
        body: As on the wire, still content-encoded.
        content_type: The header, or empty.
        content_encoding: The header, or empty.
        message_encoding: How messages in the body may be compressed (`grpc-encoding`), or empty.
        provider: Whose endpoint it is for; the echo memory holds what that one has said.
        monitored: What of it is only to be logged.
        deadline: `time.monotonic()` after which nobody waits for the outcome any more.
        at_once: Code points of text not seen before with which it is examined; with more, `NotAtOnce` is raised.
    """

    method: str
    path: str = field(repr=False)
    body: bytes = field(repr=False)
    content_type: str = ""
    content_encoding: str = ""
    message_encoding: str = ""
    provider: str = ""
    monitored: Monitored = NOTHING
    deadline: float = math.inf
    at_once: float = math.inf
    headers: Sequence[Header] = field(default=(), repr=False)
    """Those that go on, in their order."""

    @property
    def encoded(self) -> bool:
        """Whether the body came with a content encoding."""
        return self.content_encoding.strip().lower() not in UNENCODED


class NotAtOnce(Exception):
    """A request holds more new text than it may where it was examined. Nothing has come of it; it may be examined elsewhere.

    Args:
        case: What was read of it, so that it needn't be read again (`Engine.examine`); None if it must be.
    """

    def __init__(self, case: Case | None = None) -> None:
        super().__init__()
        self.case = case


@dataclass(slots=True, repr=False)
class Case:
    """One request while it is examined."""

    request: Request
    wire_format: WireFormat
    scope: str
    raw: bytes
    """The body without compression."""
    body: Body | None
    head: Head
    texts: list[Text]
    """Of both, but for those that come in portions."""
    enforced: bool
    """Something may be changed; else all is only logged."""
    stateful: bool
    minter: Minter
    exchange: Exchange
    budget: Budget
    remembers: bool = False
    """What the vault holds was heeded from the beginning."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the vault was told."""
    fault: str | None = None
    """Because of which it goes on without the vault."""

    @property
    def style(self) -> Style | None:
        """In place of the policy's: what a number or a look-alike stands for is known within its request alone; APIs that remember get tokens."""
        return Style.DEFAULT if self.stateful else None

    @property
    def monitored(self) -> frozenset[str]:
        """Types that are only logged."""
        return self.request.monitored.entities or frozenset()

    def taken(self, kept: Mapping[str, str]) -> Mapping[str, str]:
        """Of what the vault was told: digests under which it has something else."""
        return {digest: kept[digest] for digest, value in self.told.items() if kept.get(digest, value) != value}


class Budget:
    """Detection, and what examining one request may still take of it."""

    def __init__(self, detector: Detector, request: Request) -> None:
        self._detector, self._deadline, self._at_once = detector, request.deadline, request.at_once
        self.untouched = True
        """Nothing has been found yet."""

    def find(self, items: Sequence[tuple[str, str]]) -> tuple[Sequence[Sequence[Finding]], Sequence[bytes | None]]:
        """`Detector.find_many`, and what it knows each text by, if it remembers.

        Raises:
            DetectorError: The time is over.
            NotAtOnce: It would have to be asked about too much.
        """
        if time.monotonic() > self._deadline:
            raise DetectorError("examining took too long")
        if isinstance(self._detector, Remembering):
            found = self._detector.find_new(items, self._at_once)
            if found is None:
                raise NotAtOnce
            self._at_once -= found.new
            self.untouched = False
            return found.findings, found.names
        self._at_once -= sum(len(text) for text, _ in items)
        if self._at_once < 0:
            raise NotAtOnce
        self.untouched = False
        return self._detector.find_many(items), [None] * len(items)
