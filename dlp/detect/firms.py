"""Organisations that something else in the text gives away.

A mail address does (`info@golden-helix.com` says what "Golden Helix" is), and a job title under a name: the next line of a card
is the employer's. Where a name was found already, nothing is added.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from dlp.detect.hit import Hit
from dlp.detect.ner.lexicon import Kind
from dlp.detect.ner.lexicon import shipped as shipped_lexicon
from dlp.detect.ner.words import NEVER_NAMES, PRODUCTS
from dlp.detect.titles import stands_alone

SCORE = 0.9
SHORTEST = 4
"""Letters of a domain's name below which a word is too easily the same by chance."""
_MOST_WORDS = 5
_SHARED = frozenset(
    """
    gmail googlemail outlook hotmail live msn yahoo ymail icloud aol proton protonmail fastmail zoho yandex mail inbox posteo mailbox
    gmx freenet online tonline orange laposte wanadoo free libero virgilio tiscali alice terra telefonica hotmail uol bol ziggo xs4all
    planet telia telenor seznam centrum onet interia rediffmail naver daum qq 163 126 sina comcast verizon sbcglobal
    example test domain company email host server localhost internal local corp office team users noreply github gitlab
    """.split()
)
"""Whose mail anybody can have, and placeholders: those say nothing of an organisation."""
_SECOND_LEVEL = frozenset("co com org net ac gov edu gob gouv".split())
_CAPITALISED = re.compile(r"(?:[^\W\d_]|\d)*[^\W\d_](?:[^\W_]|['’])*")
_JOINED = str.maketrans("", "", " -&'’")
_HEAD, _HEAD_SPAN = SHORTEST, 24
"""Letters by which it is told whether any word may begin a domain's name, and characters among which they stand."""
_BETWEEN = re.compile(r"[ ]|-|[ ]?&[ ]?|[ ]and[ ]")


def of_domains(text: str, hits: Sequence[Hit]) -> Iterator[Hit]:
    """The names of mail domains where they stand in `text` as words with capitals; not where a name was found. Linear."""
    names = {
        name for hit in hits if hit.entity_type == "EMAIL_ADDRESS" if (name := _name(text[hit.start : hit.end])) is not None
    }  # fmt: skip
    if not names or not _may_hold(text, names):
        return
    longest = max(map(len, names))
    taken = _merged(hit for hit in hits if hit.entity_type != "LOCATION")
    words = [match for match in _CAPITALISED.finditer(text) if match.group()[0].isupper()]
    for at, first in enumerate(words):
        joined, end = "", first.start()
        found = 0
        for word in words[at : at + _MOST_WORDS]:
            if joined and _BETWEEN.fullmatch(text, end, word.start()) is None:
                break
            joined += word.group().lower().replace("'", "").replace("’", "")
            end = word.end()
            if len(joined) > longest:
                break
            if joined in names:
                found = end
        if found and not _touches(taken, first.start(), found):
            yield Hit("ORGANIZATION", first.start(), found, SCORE, "mail-domain")


def _may_hold(text: str, names: set[str]) -> bool:
    """Whether `text` has a capital with which one of the names may begin. Most texts with an address have none, and needn't be read by words."""
    heads = {name[:_HEAD] for name in names}
    for capital in {head[0].upper() for head in heads}:
        if not capital.isascii():
            return True
        at = text.find(capital) if capital.isalpha() else -1
        while at >= 0:
            following = text[at : at + _HEAD_SPAN].lower().replace(" and ", "").translate(_JOINED)
            if following[:_HEAD] in heads:
                return True
            at = text.find(capital, at + 1)
    return False


def _merged(hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """What the hits cover, as ranges in order that don't touch."""
    ranges: list[tuple[int, int]] = []
    for start, end in sorted((hit.start, hit.end) for hit in hits):
        if ranges and start <= ranges[-1][1]:
            low, high = ranges.pop()
            ranges.append((low, max(high, end)))
        else:
            ranges.append((start, end))
    return ranges


def _touches(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(ranges, (end, 0))
    return at > 0 and ranges[at - 1][1] > start


def _name(address: str) -> str | None:
    """The letters and digits of the part of the domain that somebody chose; None when it names no organisation."""
    parts = address.rpartition("@")[2].lower().split(".")
    if len(parts) > 2 and parts[-2] in _SECOND_LEVEL:
        parts.pop(-2)
    if len(parts) < 2 or parts[-2] in _SHARED:
        return None
    name = parts[-2].replace("-", "")
    return name if len(name) >= SHORTEST and name not in PRODUCTS and name not in _SHARED else None


_CARD_LINE = re.compile(
    r"[ \t]{0,4}\r?\n[ \t]{0,4}([A-Z][\w'’.-]{2,24}(?:,?[ ](?:(?:&|and|of)[ ])?[A-Z][\w'’.-]{1,24}){0,4})[ \t]{0,4}(?=\r?\n|\Z)"
)


def under_titles(text: str, hits: Sequence[Hit]) -> Iterator[Hit]:
    """The line below a job title that stands on a line of its own, if it is a name and nothing was found in it."""
    titles = [hit for hit in hits if hit.entity_type == "TITLE" and stands_alone(text, hit.start)]
    taken = _merged(hits) if titles else []
    for title in titles:
        match = _CARD_LINE.match(text, title.end)
        if match is None or _touches(taken, *match.span(1)):
            continue
        words = re.findall(r"[^\W\d_]+", match.group(1))
        ordinary = all(shipped_lexicon().kind(word) & Kind.ORDINARY for word in words)
        if not ordinary and not any(word.lower() in NEVER_NAMES for word in words):
            yield Hit("ORGANIZATION", *match.span(1), SCORE, "card")
