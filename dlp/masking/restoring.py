"""Put values back where tokens stand, in text that arrives in pieces.

A token may be cut anywhere. `Restorer.feed` releases all text that can't be part of a token and holds back the tail that may
still become one, never more than `MAX_HELD` characters. Everything that a `Restorer` is given comes out again, in order, by `flush` at the latest.

Models don't copy faithfully: they change case, lose or escape brackets, put spaces round colons, escape for HTML or URLs.
`_FORMS` accepts these spellings; what decides is the digest, which must be one that this request minted (invariant I5). In a URL- or
HTML-escaped token the value is escaped the same way, because that is what the model would have done with the value itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

import regex

from dlp.masking.json_text import JsonDepth
from dlp.masking.links import LinkTracker
from dlp.masking.shifts import Shifts
from dlp.tokens import DIGEST_LENGTH, MAX_DIGEST_LENGTH, MAX_LABEL_LENGTH, NUMBERED, PREFIX, STAND_IN
from dlp.wire.json_leaves import escape
from dlp.wire.stretches import STRETCH

MAX_HELD = 160
"""Longest spelling of a token that `_FORMS` can match, in characters; nothing longer is ever held back."""

_THIN = r"\u00ad\u200b-\u200d\u2060\ufeff"
"""Characters that nobody sees: models put them where a line may break, or so that a name isn't taken for a link."""
_GAP = rf"[ \t\u00a0{_THIN}]{{0,2}}"
_COLON = rf"{_GAP}(?:\\{{0,2}}[:\uff1a]|&(?:\#58|\#x3a|colon);|%(?:25)?3A){_GAP}"
_LABEL = rf"[A-Z](?:[A-Z0-9]|\\{{0,2}}[_-]|[\x20{_THIN}]){{0,{MAX_LABEL_LENGTH - 1}}}"
# Joined without colons (where a field takes no others) label and joint look alike: few words, so that there is little to try.
_JOINT = r"(?:\\{0,2}_|-)"
_WORDS = rf"[A-Z][A-Z0-9]{{0,19}}(?:{_JOINT}[A-Z0-9]{{1,20}}){{0,5}}"
_CORE = (
    rf"{PREFIX}(?:{_COLON}(?:{_LABEL}{_COLON})?|{_JOINT}{_WORDS}{_JOINT})"
    rf"(?P<digest>[0-9a-f](?:[{_THIN}]?[0-9a-f]){{{DIGEST_LENGTH - 1},{MAX_DIGEST_LENGTH - 1}}})(?![{_THIN}]?[0-9a-z])"
)

_OPENERS = (
    r"(?P<plain>\[) | (?P<escaped>\\{1,4}\[) | (?P<wide>[\uff3b\u3010])"
    r"| (?P<url>%(?:25)?5B) | (?P<entity>&(?:\#91|\#x5b|lbrack|lsqb);) | (?P<unicode>\\{1,4}u005b)"
)

_FORMS = regex.compile(
    rf"""
      (?: (?:{_OPENERS}) {_GAP}
        | (?<![A-Za-z0-9]|\\[nrtbf]) | (?<=\\[nrtbf])
      )
      {_CORE}
      (?(plain){_GAP}\]
        |(?(escaped){_GAP}\\{{1,4}}\]
          |(?(wide){_GAP}[\uff3d\u3011]
            |(?(url){_GAP}%(?:25)?5D
              |(?(entity){_GAP}&(?:\#93|\#x5d|rbrack|rsqb);
                |(?(unicode){_GAP}\\{{1,4}}u005d|))))))
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_UNSEEN = re.compile(f"[{_THIN}]")
_SEPARATORS = "-. ()\u00a0"
_GROUPED = re.compile(rf"[+0-9][0-9{re.escape(_SEPARATORS)}]*")
"""Stand-ins that models write with other separators: cards, phones."""


def _form_of(stand_in: str) -> str:
    """The spellings of one stand-in: a numbered token with or without brackets, digits however grouped, anything else as it is."""
    if numbered := NUMBERED.fullmatch(stand_in):
        label = numbered[1].replace("_", r"\\{0,2}_")
        return rf"(?:\\{{0,2}}\[)?{label}\\{{0,2}}_{numbered[2]}(?:\\{{0,2}}\])?"
    if _GROUPED.fullmatch(stand_in) and sum(map(str.isdigit, stand_in)) > _SHORTEST_GROUPED:
        return rf"[{re.escape(_SEPARATORS)}]{{0,2}}".join(map(re.escape, re.findall(r"[+0-9]", stand_in)))
    return re.escape(stand_in)


def _plain(stand_in: str) -> str:
    """What the spellings of a stand-in have in common."""
    if _GROUPED.fullmatch(stand_in):
        return re.sub(r"[^+0-9]", "", stand_in)
    return re.sub(r"[\[\]\\]", "", stand_in).casefold()


@dataclass(frozen=True, slots=True)
class _Spellings:
    """What to look for: tokens alone, or stand-ins of other forms beside them."""

    forms: regex.Pattern[str]
    may_begin: re.Pattern[str]
    keys: Mapping[str, str]
    """Plain stand-in -> key in the values."""


def holds_stand_ins(values: Mapping[str, str]) -> bool:
    """Whether there is more to look for than tokens, which `PII` gives away."""
    return any(key.startswith(STAND_IN) for key in values)


def _spellings(values: Mapping[str, str]) -> _Spellings:
    stand_ins = sorted((key[1:] for key in values if key.startswith(STAND_IN)), key=len, reverse=True)
    if not stand_ins:
        return _TOKENS_ALONE
    listed = "|".join(map(_form_of, stand_ins))
    forms = regex.compile(
        rf"{_FORMS.pattern} | (?P<standin>(?<![A-Za-z0-9])(?:{listed})(?![A-Za-z0-9]))",
        regex.VERBOSE | regex.IGNORECASE,
    )
    starts = "".join(sorted({each for stand_in in stand_ins for each in (stand_in[0].lower(), stand_in.strip("[")[0])}))
    may_begin = re.compile(rf"{_MAY_BEGIN.pattern}|[{re.escape(starts)}]", re.IGNORECASE)
    return _Spellings(forms, may_begin, {_plain(key): STAND_IN + key for key in stand_ins})


_OPENED = regex.compile(rf"(?:{_OPENERS}){_GAP}\Z", regex.VERBOSE | regex.IGNORECASE)
_LONGEST_OPENER = 12
# A bare token begins with `PII`, perhaps with a dotted or dotless i, which ignoring case takes for the same letter.
_MAY_BEGIN = re.compile(r"[\[\\%&Pp\uff3b\u3010](?:(?<![Pp])|(?=[Ii\u0130\u0131]?\Z|[Ii\u0130\u0131]{2}))")
_BEGUN = re.compile(
    rf"\[(?:P(?:I(?:I(?::(?:[A-Z](?:[A-Z0-9_]{{0,{MAX_LABEL_LENGTH - 1}}}(?::[0-9a-f]{{0,{MAX_DIGEST_LENGTH}}})?)?)?)?)?)?)?\Z"
)
"""A token as it is minted, up to somewhere in the middle of it. `_FORMS` says the same, and takes ten times as long."""
_MINTED = re.compile(
    rf"\[PII:[A-Z][A-Z0-9_]{{0,{MAX_LABEL_LENGTH - 1}}}:(?P<digest>[0-9a-f]{{{DIGEST_LENGTH},{MAX_DIGEST_LENGTH}}})\]"
)
"""All of it."""
_SHORTEST_GROUPED = 8
_TOKENS_ALONE = _Spellings(_FORMS, _MAY_BEGIN, {})


def _any_escaped(values: Mapping[str, str]) -> bool:
    return any(escape(value) != value for value in values.values())


class Originals(dict[str, str]):
    """Digest -> value of the tokens that an answer may hold, and on which terms they are put back. `repr` shows no value.

    Args:
        links: Inside URLs, the addresses where values may stand (see `LinkTracker`); None to restore inside every URL.
        arguments: Restore in the arguments of tool calls, too.
        documents: What moved in each document of the request, from the provider's copy to the caller's.
    """

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        *,
        links: frozenset[str] | None = None,
        arguments: bool = True,
        documents: Sequence[Shifts] = (),
    ) -> None:
        super().__init__(values or {})
        self.links = links
        self.documents = documents
        self.arguments = arguments
        self.edition = 0
        """How often something was learnt: a channel that was begun before follows the terms of then."""

    @cached_property
    def spellings(self) -> _Spellings:
        """What to look for in the answer."""
        return _spellings(self)

    @cached_property
    def escaped(self) -> bool:
        """Whether a value would be escaped in a JSON string."""
        return _any_escaped(self)

    def learn(self, values: Mapping[str, str]) -> None:
        """Add the values of a further request of the same connection, and its terms."""
        if any(digest not in self for digest in values):
            self.edition += 1
        self.update(values)
        for told in ("spellings", "escaped"):
            vars(self).pop(told, None)
        if isinstance(values, Originals):
            self.arguments = values.arguments
            self.links = values.links if self.links is None or values.links is None else self.links | values.links

    def __repr__(self) -> str:
        return f"<Originals of {len(self)} tokens>"


class Restorer:
    """Restores one channel: one text that the client concatenates.

    Args:
        values: Digest (lower-case hex) -> value, as `Minter.values` has it; `Originals` set terms, a plain mapping sets none.
        shifts: Takes down what is replaced in the text that is fed.

    `restored` counts the tokens put back. `repr` shows no text.
    """

    __slots__ = ("_before", "_depth", "_fixed", "_held", "_link", "_values", "restored", "shifts")

    def __init__(self, values: Mapping[str, str], shifts: Shifts | None = None) -> None:
        self._values = values
        self.shifts = shifts
        self._fixed = None if isinstance(values, Originals) else _spellings(values)
        self._held = ""
        links = values.links if isinstance(values, Originals) else None
        self._link = LinkTracker(links) if links is not None else None
        # The last two characters of the answer that went by: they tell whether a bare token starts a word.
        self._before = "  "
        self.restored = 0
        # Following JSON costs time per character, and matters only for values that JSON would escape.
        escaped = values.escaped if isinstance(values, Originals) else _any_escaped(values)
        self._depth = JsonDepth() if escaped else None

    @property
    def _spellings(self) -> _Spellings:
        """Asked for anew each time: a connection learns values as it goes."""
        if self._fixed is not None:
            return self._fixed
        assert isinstance(self._values, Originals)  # noqa: S101 - by construction
        return self._values.spellings

    @property
    def holding(self) -> bool:
        """Whether text is held back."""
        return bool(self._held)

    @property
    def in_link(self) -> bool:
        """Whether what has gone by ends inside a URL in which values are not put back."""
        return self._link is not None and self._link.inside

    @property
    def held(self) -> str:
        """The text that is held back, as it came."""
        return self._held

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be released now, tokens replaced."""
        if self._held or (self._fixed or self._spellings).may_begin.search(text) is not None:
            return self._run(text, final=False)
        self._pass(text)
        return text

    def flush(self) -> str:
        """Return what was held back. A token that never got finished is just text."""
        return self._run("", final=True) if self._held else ""

    def edits(self, text: str) -> list[tuple[int, int, str]]:
        """What restoring a complete text would replace: `(start, end, value)` in code points, ascending."""
        return [(start, end, value) for start, end, value, _ in self.stands(text)]

    def stands(self, text: str) -> list[tuple[int, int, str, str]]:
        """Like `edits`, with the key of each value in the mapping that was given."""
        found = []
        at = 0
        spellings = self._spellings
        stretches = range(0, len(text), STRETCH)
        may_hold = any(spellings.may_begin.search(text, low, low + STRETCH) for low in stretches)
        for match in spellings.forms.finditer(text) if may_hold else ():
            self._pass(text[at : match.start()])
            at = match.start()
            value = self._value(match)
            if value is not None:
                found.append((match.start(), match.end(), self._spelled(value, match.group()), self._key(match)))
                at = match.end()
        self.restored += len(found)
        return found

    def __repr__(self) -> str:
        return f"<Restorer holding {len(self._held)} characters>"

    def _run(self, text: str, *, final: bool) -> str:
        text = self._before + self._held + text
        self._held = ""
        at = len(self._before)
        if not final and len(text) - at <= MAX_HELD and self._spellings is _TOKENS_ALONE and _BEGUN.match(text, at):
            self._held = text[at:]
            return ""
        out: list[str] = []
        while at < len(text) and (match := self._next(text, at, final=final)):
            start, end = match.span()
            undecided = isinstance(match, regex.Match) and match.partial
            if not final and not undecided and self._is_stand_in(match):
                undecided = end == len(text)  # a longer word may come of it
            elif not final and not undecided and text[start] in "Pp":
                # Without brackets: more digits may follow, and a bracket before it may still be closed.
                opener = _OPENED.search(text, max(at, start - _LONGEST_OPENER), start)
                if (
                    opener
                    and (whole := self._spellings.forms.match(text, opener.start(), partial=True))
                    and whole.partial
                ):
                    start, undecided = opener.start(), True
                else:
                    undecided = end == len(text)
            if undecided and len(text) - start <= MAX_HELD:
                self._release(text, at, start, out)
                self._held = text[start:]
                break
            if undecided:  # longer than any token: not one
                self._release(text, at, start + 1, out)
                at = start + 1
                continue
            self._release(text, at, start, out)
            value = self._value(match)
            if value is None:
                self._release(text, start, end, out)
            else:
                out.append(self._spelled(value, text[start:end]))
                if self.shifts is not None:
                    self.shifts.replaced(text[start:end], out[-1])
                self.restored += 1
                # A value stands wherever its token does: the depth goes on as it was.
                self._before = text[end - 2 : end]
            at = max(end, at + 1)
        else:
            self._release(text, at, len(text), out)
        return "".join(out)

    def _next(self, text: str, at: int, *, final: bool) -> re.Match[str] | regex.Match[str] | None:
        """Where the next token stands, or what may become one if more follows."""
        spellings = self._spellings
        if spellings is _TOKENS_ALONE and (minted := _MINTED.match(text, at)) is not None:
            return minted
        return spellings.forms.search(text, at, partial=not final)

    def _value(self, match: re.Match[str] | regex.Match[str]) -> str | None:
        """What to put in place of a token; None if it is none of ours, or stands where no value may. All before it must have gone by."""
        digest = self._key(match)
        value = self._values.get(digest)
        if value is None or (self._link is not None and not self._link.admits(digest, value)):
            return None
        return value

    def _key(self, match: re.Match[str] | regex.Match[str]) -> str:
        if self._is_stand_in(match):
            return self._spellings.keys.get(_plain(match.group()), "")
        digest: str = match.group("digest").lower()
        return digest if digest.isascii() else _UNSEEN.sub("", digest)

    def _is_stand_in(self, match: re.Match[str] | regex.Match[str]) -> bool:
        return bool(self._spellings.keys) and match.group("standin") is not None

    def _spelled(self, value: str, token: str) -> str:
        """The value, escaped as its token is."""
        if "%" in token:
            for _ in range(2 if "%25" in token else 1):
                value = quote(value.encode("utf-8", "replace"), safe="")
            return value
        if "&" in token:
            return html.escape(value)
        return self._depth.escaped(value) if self._depth is not None else value

    def _release(self, text: str, start: int, end: int, out: list[str]) -> None:
        if end > start:
            piece = text[start:end]
            out.append(piece)
            self._pass(piece)

    def _pass(self, text: str) -> None:
        """Take note of text of the answer that went by, unknown tokens included."""
        if text:
            # Two, so that an escape such as \n is seen as one.
            self._before = text[-2:] if len(text) > 1 else (self._before + text)[-2:]
            if self._depth is not None:
                self._depth.feed(text)
            if self._link is not None:
                self._link.feed(text)
            if self.shifts is not None:
                self.shifts.passed(text)
