"""Take out of an answer what the caller has not said: personal data and secrets of other people (`response.scan`).

A model may repeat what it was trained on, what a tool or a search gave it, or what a planted document told it to. `AnswerScan` judges
one text; `Scanner` does so for a text that arrives in pieces, and releases nothing that may still turn out to be part of a value.

What is foreign: a finding whose type the policy doesn't allow, and that stands neither in the request (`OwnWords`) nor in a token. A
caller's own values come back as ever, in whatever spelling of their letters and digits.

Both look at the text as the model wrote it, with its tokens: restoring comes afterwards, and what it puts in is the caller's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from dlp.detect.base import Detector
from dlp.engine.text import Edit, apply_edits
from dlp.errors import AnswerStopped, Overloaded, origin
from dlp.masking.restoring import Restorer
from dlp.masking.shifts import Shifts, ShiftsInTurn
from dlp.policy.model import Fault, Policy, Scan
from dlp.tokens import format_redacted
from dlp.types import Action, Finding, Role

STEP = 512
"""Characters after which a growing text is looked at again. At fixed places, so that the outcome doesn't depend on how it was cut."""
HELD = 512
"""Characters behind the newest that are held back: the longest value, with the words after it that detection needs to know it."""
BEFORE = 256
"""Characters in front, already released, that detection reads as context."""
MAX_HELD = 16 * 1024
"""Longest value that is waited for in one piece: a private key, or a run without a blank. What is longer leaves in parts."""

_BLANK = re.compile(r"\s")
_LETTERS = re.compile(r"[^\W_]+")
_SHORTEST_JOINED = 6
"""Letters and digits of a value that is compared without what stands between them."""
_WITHOUT_BLANKS = "\u2e80"
"""The first of the letters that are written without blanks between words (Chinese, Japanese)."""
_OPEN_KEY, _CLOSED_KEY = "-----BEGIN ", "-----END "


class OwnWords:
    """What a caller has said, to be recognised in any spelling. `repr` shows none of it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._words = ""
        self._joined = ""
        self.extend(texts)

    def __repr__(self) -> str:
        return f"<OwnWords of {len(self._words)} characters>"

    def extend(self, texts: Iterable[str]) -> None:
        words, joined = [self._words], [self._joined]
        for text in texts:
            of = _LETTERS.findall(text.casefold())
            words.append(f" {' '.join(of)} \0")
            joined.append(f"{''.join(of)}\0")
        self._words, self._joined = "".join(words), "".join(joined)

    def join(self, other: OwnWords) -> None:
        """Add what somebody else's `OwnWords` hold."""
        self._words += other._words
        self._joined += other._joined

    def hold(self, value: str) -> bool:
        """Whether `value` was said: word for word; or letter for letter, where it has digits enough or is of a script without blanks."""
        words = _LETTERS.findall(value.casefold())
        if not words or f" {' '.join(words)} " in self._words:
            return True
        joined = "".join(words)
        told_apart = len(joined) >= _SHORTEST_JOINED and any(map(str.isdigit, joined))
        return (told_apart or max(joined) >= _WITHOUT_BLANKS) and joined in self._joined


class AnswerScan:
    """What is looked for in the answers to one request, or on one connection.

    Args:
        policy: Its `response.scan` says what becomes of a foreign value; not `off`.
        own: What the caller said.
    """

    def __init__(self, detector: Detector, policy: Policy, own: OwnWords) -> None:
        self._detector = detector
        self._policy = policy
        self._own = own
        self.found = Counter[str]()
        """Entity type -> foreign values that were taken out."""

    def __repr__(self) -> str:
        return f"<AnswerScan with {self._own!r}>"

    def join(self, other: AnswerScan) -> None:
        """Let what the caller said in a further message of the same connection count as well; from now on both count as one."""
        self._own.join(other._own)
        other.found = self.found

    def edits(self, text: str, context: str = "") -> list[Edit]:
        """What is to be replaced in `text`, ascending.

        Raises:
            AnswerStopped: It holds what the policy blocks, or it can't be examined.
        """
        foreign = self.foreign(text, context)
        self.count(foreign)
        return [(each.start, each.end, format_redacted(each.entity_type)) for each in foreign]

    def foreign(self, text: str, context: str = "") -> list[Finding]:
        """The foreign values in `text`. Raises `AnswerStopped` if it can't be examined."""
        if len(text) < _SHORTEST_JOINED and not context:
            return []
        try:
            findings = self._find(text, context)
        except Exception as error:  # noqa: BLE001 - whatever a recognizer raises
            if self._policy.on_error is Fault.ALLOW:
                return []
            raise AnswerStopped(f"it could not be examined ({origin(error)})", status=502) from None
        return [
            finding
            for finding in findings
            if self._policy.decide(finding, Role.ASSISTANT).action is not Action.ALLOW
            and not self._own.hold(text[finding.start : finding.end])
        ]

    def _find(self, text: str, context: str) -> tuple[Finding, ...]:
        try:
            return self._detector.find_many([(text, context)])[0]
        except Overloaded:  # half an answer has gone out: better late than never
            return self._detector.find(text, context=context)

    def count(self, foreign: Iterable[Finding]) -> None:
        """Note what is taken out. Raises `AnswerStopped` if the policy blocks an answer that holds it."""
        new = Counter(finding.entity_type for finding in foreign)
        self.found += new
        if new and self._policy.response.scan is Scan.BLOCK:
            listed = ", ".join(f"{count} {kind}" for kind, count in sorted(new.items()))
            raise AnswerStopped(f"it holds {listed} that the request did not (policy '{self._policy.name}')")


class Scanner:
    """One text that a client puts together from pieces. Everything comes out in order, foreign values replaced, by `flush` at the latest.

    The outcome is the same whatever the pieces: the text is looked at when it has grown to a multiple of `STEP`. `repr` shows no text.
    """

    __slots__ = ("_context", "_look_at", "_scan", "_size", "_start", "_text", "shifts")

    def __init__(self, scan: AnswerScan, context: str = "", shifts: Shifts | None = None) -> None:
        self._scan = scan
        self.shifts = shifts
        self._context = context
        self._text = ""  # what is held back, behind at most BEFORE released characters
        self._start = 0  # of what is held back, in _text
        self._size = 0  # of all that came
        self._look_at = STEP

    @property
    def holding(self) -> bool:
        return self._start < len(self._text)

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be released now.

        Raises:
            AnswerStopped: As `AnswerScan.edits`.
        """
        out = []
        while self._size + len(text) >= self._look_at:
            piece, text = text[: self._look_at - self._size], text[self._look_at - self._size :]
            self._text += piece
            self._size += len(piece)
            self._look_at += STEP
            out.append(self._release(final=False))
        self._text += text
        self._size += len(text)
        return "".join(out)

    def flush(self) -> str:
        """Return what was held back. Raises as `feed`."""
        return self._release(final=True) if self.holding else ""

    def _release(self, *, final: bool) -> str:
        text, start = self._text, self._start
        foreign = [each for each in self._scan.foreign(text, self._context) if each.end > start]
        end = len(text) if final else self._boundary(foreign)
        if end <= start:
            return ""
        foreign = [each for each in foreign if each.start < end]
        self._scan.count(foreign)
        edits = [
            (max(each.start, start) - start, min(each.end, end) - start, format_redacted(each.entity_type))
            for each in foreign
        ]
        kept = max(0, end - BEFORE)
        self._text, self._start = text[kept:], end - kept
        released = text[start:end]
        if self.shifts is not None:
            self.shifts.add(released, edits)
        return apply_edits(released, edits)

    def _boundary(self, foreign: list[Finding]) -> int:
        """Where what may be released ends: not inside a value, and not inside what may become one."""
        text, start = self._text, self._start
        end = max(start, len(text) - HELD)
        patient = len(text) - start <= MAX_HELD
        opened = text.rfind(_OPEN_KEY, start)
        if patient and opened >= 0 and text.find(_CLOSED_KEY, opened) < 0:
            end = min(end, opened)
        if patient and end > start and not _BLANK.match(text, end) and not _BLANK.match(text, end - 1):
            blank = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = max(start, blank + 1)
        for each in foreign:
            if each.start < end < each.end:
                end = each.start if patient else each.end
        return max(end, start)


class ScannedRestorer:
    """A channel that is scanned, and then restored; used as a `Restorer` is. `repr` shows no text."""

    __slots__ = ("_restorer", "_scanner")

    held = ""
    """Nothing of what is held back may go on as it came."""

    def __init__(self, scanner: Scanner, restorer: Restorer) -> None:
        self._scanner, self._restorer = scanner, restorer

    @property
    def shifts(self) -> ShiftsInTurn | None:
        """What both have replaced."""
        first, second = self._scanner.shifts, self._restorer.shifts
        return ShiftsInTurn(first, second) if first is not None and second is not None else None

    @property
    def restored(self) -> int:
        return self._restorer.restored

    @property
    def holding(self) -> bool:
        return self._scanner.holding or self._restorer.holding

    @property
    def in_link(self) -> bool:
        return self._restorer.in_link

    def feed(self, text: str) -> str:
        return self._restorer.feed(self._scanner.feed(text))

    def flush(self) -> str:
        return self._restorer.feed(self._scanner.flush()) + self._restorer.flush()
