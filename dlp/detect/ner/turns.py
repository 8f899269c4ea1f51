"""Who speaks in a transcript (`[12:03] anna: hi`, `Anna Weber  9:14 AM`), and who flies (`WEBER/ANNA MRS`).

Exports of chats put a time and a name before each turn, in forms of their own; logs and timetables look alike. So a speaker whom
the list knows as a person is believed, and one whom it doesn't know only beside such a one; what is an ordinary word, a place alone, a
program or a level of a log speaks nowhere. A name over a message (Slack, Teams, Discord) needs a message below it: timetables have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

from dlp.detect.ner.gate import words_of_programs
from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold
from dlp.detect.ner.words import FIELD_WORDS, FUNCTION_WORDS, NEVER_NAMES, PRODUCTS

SPEAKER = "speaker"
"""The source of who speaks: a text speaks of its speakers by the same single name, so it is looked for again (`repeats`)."""
SCORE = 0.9
BESIDE = 0.7
"""Score of a speaker whom the list doesn't know, beside one whom it knows."""
MOST_TURNS = 2_000
"""Turns of a text that are looked at."""

_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u202f]?[AaPp]\.?[Mm]\.?)?"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
_STAMP = rf"[\[(]?(?:{_DATE},?[ T])?{_TIME}(?:,?[ ]{_DATE})?[\])]?"
_WORD_OF_NAME = r"\p{L}[\p{L}\p{M}'\u2019-]{1,24}"
_NAME = rf"({_WORD_OF_NAME}(?:[ ](?:{_WORD_OF_NAME}|\p{{Lu}}\.)){{0,3}})"
_TURN = regex.compile(
    rf"(?m)^[ \t>]{{0,4}}{_STAMP}[ \t]{{0,3}}(?:[-\u2013|][ ])?(?:~[ ]?)?(?:<{_NAME}>(?=[ ]|$)|{_NAME}[ ]?:(?=[ ]|$))"
)
_OVER = regex.compile(
    rf"(?m)^{_NAME}(?:,|[ ]{{1,3}}[\u2013\u2014-])?[ ]{{1,3}}[\[(]?(?:(?:Today|Yesterday)(?:[ ]at)?[ ]|{_DATE},?[ ])?{_TIME}[\])]?[ \t]{{0,3}}\r?\n"
    rf"(?=[^\s\d])(?![^\n]{{1,80}}[ ]{_TIME}[ \t]{{0,3}}(?:\r?\n|\Z))"
)
_STAMPED = re.compile(r"\d[:.]\d{2}")
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_PASSENGER = regex.compile(
    r"(?<![\p{L}\p{N}/_.-])(\p{Lu}[\p{Lu}\p{M}]{1,24}(?:[ -]\p{Lu}[\p{Lu}\p{M}]{1,24}){0,2}/\p{Lu}[\p{Lu}\p{M}]{1,24}(?:[ -]\p{Lu}[\p{Lu}\p{M}]{0,24}){0,2}?)"
    r"[ ]?(?:MR|MRS|MS|MISS|MSTR|MX|DR|PROF|CHD|INF)(?![\p{L}\p{N}/])"
)
_NOT_SPEAKERS = frozenset(
    """
    system bot chatbot assistant user agent support operator moderator host speaker unknown me you ich moi yo io eu ik jag jeg human interviewer interviewee
    info warn warning error debug trace fatal notice critical alert emerg verbose today yesterday tomorrow note update edit reminder
    """.split()
)


def speakers(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """The names before turns and over messages, and those of passengers; possibly overlapping. Linear in the text."""
    if "/" in text:
        for match in _PASSENGER.finditer(text):
            yield Span(*match.span(1), "PERSON", SCORE, "passenger", exact=True)
    if _STAMPED.search(text) is None:
        return
    turns: list[tuple[int, int]] = []
    for pattern in (_TURN, _OVER):
        for match in pattern.finditer(text):
            turns.append(match.span(1) if match.group(1) else match.span(2))
            if len(turns) >= MOST_TURNS:
                break
    judged = [(start, end, _known(text[start:end], lexicon)) for start, end in turns]
    anybody = any(known for _, _, known in judged)
    for start, end, known in judged:
        if known or (known is None and anybody):
            yield Span(start, end, "PERSON", SCORE if known else BESIDE, SPEAKER)


def _known(name: str, lexicon: Lexicon) -> bool | None:
    """Whether the list knows that somebody is called so; None if it can't tell."""
    words = [fold(match.group()) for match in _LETTERS.finditer(name)]
    kinds = [lexicon.kind(word) for word in words]
    for word, kind in zip(words, kinds, strict=True):
        if word in NEVER_NAMES | PRODUCTS | FIELD_WORDS | FUNCTION_WORDS | _NOT_SPEAKERS:
            return False
        if kind & (Kind.ORDINARY | Kind.PLACE) and not kind & PERSONAL:
            return False
        if word in words_of_programs() and not kind & PERSONAL:
            return False
    return True if kinds[0] & PERSONAL and not kinds[0] & (Kind.ORDINARY | Kind.PLACE) else None
