"""Job titles: what people are called by their work, where a text says it of somebody.

"Senior engineer" in a job description is nobody's; under a name on a card, behind "she worked for them as" or in a field called
*occupation* it is somebody's. The words of a title are not listed: occupations are too many, and the place tells enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late

SCORE = 0.55
_WORD = r"[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_])){1,24}+"
_STOP = (
    r"(?:but|in|at|for|with|since|until|till|from|on|by|who|when|where|while|because|before|after|between|during|as|is|was|"
    r"and[ ](?:then|I|he|she|they|was|is|my|her|his)|to|so|if|which|that|my|her|his)"
)
_NO_WORK = r"(?:well|usual|expected|intended|follows|possible|needed|normal|required|designed|described|soon|long|far|much|is)\b"
_TITLE = rf"(?!{_STOP}[ ]|{_NO_WORK}){_WORD}(?:[ ](?!{_STOP}\b){_WORD}){{0,6}}"
_EMPLOYED = late(
    rf"[ ](?:for|at)[ ][^\n,;:!?]{{1,60}}?[ ]as[ ](?:(?:a|an|the|our|their|one of (?:the|their))[ ])?({_TITLE})(?=[,.;!?\n]|[ ]{_STOP}\b|\Z)"
)
_AS = late(rf"[ ](?:full-time[ ]|part-time[ ])?as[ ](?:a|an|the)[ ]({_TITLE})(?=[,.;!?\n]|[ ]{_STOP}\b|\Z)")
_SUBJECT = re.compile(
    r"(?i)(?<!\w)(?:i|he|she|who|we|mother|father|mom|mum|dad|wife|husband|brother|sister|son|daughter|aunt|uncle|friend|partner)"
    r"(?:[ '’](?:have|has|had|ve|s|m|d|am|is|was|used to|still|now|also|currently|previously|once|once)){0,3}[ ]\Z"
)
_WORKS = Wanted(("work", "works", "worked", "working", "employed", "hired"))
_FIELD = re.compile(
    rf"[\"'*`]{{0,3}}[ \t]{{0,3}}[:=|>][ \t]{{0,4}}[\"'*`]{{0,3}}({_WORD}(?:,?[ ]{_WORD}){{0,6}})"
    r"(?=[\"'*`]{0,3}[ \t]{0,3}(?:[,;|<\n\r}]|\Z))"
)
_FIELDS = Wanted((
    "job title", "jobtitle", "occupation", "profession", "designation", "beruf", "berufsbezeichnung", "métier", "puesto", "ocupación",
    "profesión", "professione", "profissão", "beroep", "yrke", "zawód",
))  # fmt: skip
_NO_VALUES = frozenset("string str text none null true false required optional unknown varchar any value title".split())


SAID = _WORKS.bit | _FIELDS.bit
"""Of `Words.endings`: what stands in every text in which `said` finds something."""


def said(around: Surroundings) -> Iterator[Hit]:
    """Titles behind a word for being employed, and in fields that hold them."""
    text, words = around.text, around.words
    for index in _WORKS.places(around.words):
        start, end = words.starts[index], words.ends[index]
        personal = _SUBJECT.search(text, max(0, start - 40), start) is not None
        match = _EMPLOYED.match(text, end) if personal or words.words[index].endswith("ed") else None
        if match is None and personal:
            match = _AS.match(text, end)
        if match is not None:
            yield Hit("TITLE", *match.span(1), SCORE, "title", False, ("employed",))
    for index in _FIELDS.places(around.words):
        match = _FIELD.match(text, words.ends[index])
        if match is not None and match.group(1).lower() not in _NO_VALUES:
            yield Hit("TITLE", *match.span(1), SCORE, "title", False, ("field",))


_LINE = re.compile(
    rf"[ \t]{{0,4}}(?:\r?\n[ \t]{{0,4}}){{1,2}}({_WORD}(?:(?:,[ ](?:and[ ])?|[ ](?:(?:of|and|&|for)[ ])?){_WORD}){{0,6}})[ \t]{{0,4}}(?=\r?\n|\Z)"
)
_OCCUPATION = late(
    r"(?i)(?:[^\W\d_]{2,}(?:er|or|ist|ian|eer|ant|man|woman|person|wife|smith|wright|ician|ologist|grapher|"
    r"pilot|judge|scribe|monger|ier|in|eur|euse|ière)|nurse|aide|guard|clerk|cook|pilot|judge|officer|executive|soldier|chef|head|lead|president|agent|attendant|midwife|intern|"
    r"secretary|representative|rep|clergy|therapist|apprentice|model|coach|ceo|cto|cfo|coo|cio|vp|svp|evp|md|partner|founder|principal|"
    r"associate|fellow|analyst|staff|crew|hand|host|hostess|barista|detective|athlete|diplomat|advocate|architect|specialist)s?"
)
"""How words for occupations end in English and its neighbours; asked only of a line under a name."""
_NOT_TITLES = frozenset(
    "number order letter paper answer matter offer customer member user reader other later after never center water "
    "summer winter together however further former number september october november december the dear".split()
)


def under_names(text: str, hits: Sequence[Hit]) -> Iterator[Hit]:
    """The line below one that is nothing but a name, as on cards and in signatures, if it reads like an occupation."""
    for hit in hits:
        if hit.entity_type != "PERSON" or not stands_alone(text, hit.start):
            continue
        match = _LINE.match(text, hit.end)
        if match is None:
            continue
        words = match.group(1).replace(",", "").split()
        head = words[words.index("of") - 1] if "of" in words[1:] else words[-1]
        if _OCCUPATION.fullmatch(head) is not None and not _NOT_TITLES.intersection(word.lower() for word in words):
            yield Hit("TITLE", *match.span(1), SCORE, "title", False, ("under a name",))


def stands_alone(text: str, start: int) -> bool:
    """Whether only blanks, quotation marks or a form of address stand before `start` in its line."""
    line = text.rfind("\n", max(0, start - 12), start) + 1
    if not line and start > 12:
        return False
    before = text[line:start].strip(" \t>*\"'")
    return not before or (len(before) <= 5 and before.endswith("."))
