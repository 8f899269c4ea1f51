"""The same person again, by part of the name: "Maria Santos" first, "Santos" or "maria" later.

A model reads a window at a time and may miss the second mention; having seen the full name it is no guess. Only words
that follow count (what was found earlier must not depend on what comes later), and ordinary words never do. Of those who
speak in a transcript the single name counts too: "[12:03] mei: hi", then "ask mei".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlp.detect.ner.lexicon import Kind, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.ner.turns import SPEAKER
from dlp.detect.ner.wordpiece import fold, wanted_words
from dlp.detect.ner.words import HONORIFICS, NEVER_NAMES, PARTICLES, PRODUCTS

SURE = 0.8
"""Score that a name needs before its parts are looked for."""
SCORE = 0.75
MOST_PARTS = 500
"""Bound on the parts that one text's names may give; the later ones are not looked for (the model still is)."""
_NO_PARTS = PARTICLES | HONORIFICS | NEVER_NAMES | PRODUCTS
_WORD = re.compile(r"[^\W\d_]+")


def repeats(text: str, spans: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """Mentions of parts of the PERSON spans after them that no span covers; `spans` sorted and without overlaps.

    A part is a word of three letters or more. Its capitalised form counts; its lower-case form does when no
    list knows it as an ordinary word. Linear in the length of the text.
    """
    parts: dict[str, int] = {}
    for span in spans:
        if span.label != "PERSON" or span.score < SURE or span.exact or len(parts) >= MOST_PARTS:
            continue
        words = [match.group() for match in _WORD.finditer(text, span.start, span.end)]
        for word in words if len(words) > 1 or span.source == SPEAKER else ():
            folded = fold(word)
            if len(folded) >= 3 and folded not in _NO_PARTS:
                parts.setdefault(folded, span.end)
    if not parts:
        return []
    found: list[Span] = []
    number = 0
    for start, end, folded in wanted_words(text, parts, _WORD, min(parts.values())):
        while number < len(spans) and spans[number].end <= start:
            number += 1
        if number < len(spans) and spans[number].start < end:
            continue
        if parts[folded] > start or not _free(text, start, end):
            continue
        word = text[start:end]
        ordinary = lexicon.kind(word) & Kind.ORDINARY
        if word[0].isupper() if not ordinary else (word[0].isupper() and not _opens(text, start)):
            found.append(Span(start, end, "PERSON", SCORE, "repeat"))
        elif not ordinary and len(folded) >= 4:
            found.append(Span(start, end, "PERSON", SCORE - 0.1, "repeat"))
    return found


def _free(text: str, start: int, end: int) -> bool:
    """Whether the word isn't part of an address, a path or an identifier."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    beyond = text[end + 1] if end + 1 < len(text) else " "
    return (
        before not in "@_/\\.-"
        and after not in "@_/\\(-"
        and not (after == "." and beyond.isalnum())
        and not after.isalnum()
    )


def _opens(text: str, start: int) -> bool:
    """Whether a sentence or line begins here, so that a capital says nothing."""
    before = text[max(0, start - 3) : start].rstrip(" \t\"'(")
    return not before or before[-1] in ".!?:;\n\r-*>"
