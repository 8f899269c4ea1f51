"""A name in doubt: whether it is a person's, and where it begins and ends.

The model tells places from people by what usually stands in such a sentence, and "a call from ..." is mostly followed by a
place. A policy may let places through, so a given name that may be a person's must end as one: where people are called,
asked, greeted or speak, and wherever the model itself gave the person a good part of its belief.

A name that the model cut short is completed from the list: the given name before a surname, the surname after a given
name, the family name before a comma in an entry of its own (`Weber, Anna`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import regex

from dlp.detect.ner.gate import words_of_programs
from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold
from dlp.detect.ner.words import COMPANY_ENDS, FUNCTION_WORDS, HONORIFICS, NEVER_NAMES, PRODUCTS
from dlp.detect.patterns import late_regex

DOUBT = 0.2
"""Part of the model's belief from which a listed name is a person's."""
LITTLE_DOUBT = 0.05
"""The same for one that the model takes for a place, the list knows as no place, and no preposition of place precedes."""
STRONG_DOUBT = 0.4
"""The same for a name that the list knows as a place too."""
JOINED = 0.6
"""Least score of a name that was completed: the list agrees with what the model saw of it."""

_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['\u2019-][\p{L}\p{M}]+)*")
_ADDRESSED = regex.compile(
    r"(?i)\b(?:call|calls|called|phone|phoned|ask|asked|tell|told|remind|invite|invited|thank|ping|text|message|msg|ring|"
    r"marry|love|hug|dear|hi|hello|hey|thanks|missing|ruf|rufe|frag|frage|sag|danke|demande|appelle|dis|pregunta|llama|"
    r"dile|gracias|(?:hi|hello|talk|talked|spoke|speak) to|chiedi|chiama|grazie|vraag|bel|pergunta|liga|obrigado|obrigada)[ ](?:back[ ]|\u00e0[ ]|a[ ])?\Z"
)
"""What is done to people and seldom to places, right before the name."""
_SENT_BY = late_regex(
    r"(?i)\b(?:calls?|call back|messages?|msg|notes?|e?-?mails?|letters?|texts?|gifts?|presents?|cards?|greetings|regards|love|"
    r"wishes|hugs|kisses|hello|hi|repl(?:y|ies)|answers?|invitations?|voicemail|flowers|heard|hear|gr\u00fc\u00dfe|gru\u00df|anruf|"
    r"nachricht|brief|saludos|abrazos?|besos|llamada|mensaje|carta|bisous|salutations|appel|lettre|saluti|baci|telefonata|"
    r"abra\u00e7os|beijos|groeten|groetjes|bericht)[ ](?:is[ ]|was[ ]|came[ ]|back[ ])?(?:from|von|de|da|di|van)[ ]\Z"
)
_SPEAKS = regex.compile(
    r"(?:[ ](?:told|asked|texted|replied|emailed|phoned|promised|married|hugged|loves|thinks|and[ ]I\b|(?:family|brothers|sisters|couple)|is[ ](?:sick|ill|late|"
    r"pregnant|crying|my\b)|meinte|meint|fragte?|findet|glaubt|zögert|schwieg|lachte|nickte|vraagt|vroeg|vindt|denkt|undrar|frågar|tycker|tror|"
    r"spørger|spurgte|mener|synes|demande|pense|croit|pregunta|cree|piensa|opina|chiede|pensa|crede|pergunta|acha|"
    r"a[ ]dit[ ](?:hier|que)|dijo[ ](?:ayer|que)|ha[ ]detto[ ](?:ieri|che)|disse[ ](?:ontem|que))|"
    r"['\u2019]s[ ](?:phone|mum|mom|dad|wife|husband|birthday|salary|password|boss|mother|father|"
    r"brother|sister|son|daughter|laptop|account|place|house|flat|apartment|room|desk|party|wedding|dog|cat|kids?|lawyer|doctor|manager|"
    r"e?mail|number|address|contract|visa|appointment|surgery|results|resume|cv|cover[ ]letter|car|turn|shift))(?!\w)"
)
"""What only people do and have, right after the name."""
_PAID = regex.compile(
    r"(?i)(?<!\p{L})(?:transfer|payment|wire|money|paid|sent|loan|che(?:que|ck)|gift|letter|e?-?mail|message|virement|paiement|überweisung|zahlung|"
    r"transferencia|transferência|pago|bonifico|pagamento|pix|overboeking|betaling|overførsel|överföring)\p{L}{0,3}[ ](?:[^\s.,;]{1,20}[ ]){0,3}?"
    r"(?:from|von|de|da|van|fra|från)[ ][^\n.,;]{2,40}[ ](?:to|an|à|a|para|aan|til|till)[ ]\Z"
)
"""What goes from one person to another."""
_FROM = regex.compile(
    r"(?i)\b(?:from|in|of|at|near|to|aus|nach|von|uit|te|van|naar|de|du|di|da|do|a|\u00e0|em|en|fr\u00e5n|till|fra|til|i|se)[ ]\Z"
)
"""What stands before places: "the customer from Herveld asks" is not about what Herveld asks."""
_TOWARDS = late_regex(r"(?i)\b(?:from|in|near|to|aus|nach|uit|te|naar|em|en|fr\u00e5n|till|fra|til)[ ]\Z")
"""Those of them that stand before people more seldom than before places."""
_BEFALLS = late_regex(
    r"(?i)\b(?:relaxe|condamnation|acquittement|arrestation|interpellation|d\u00e9tention|extradition|libert\u00e9 provisoire|plainte|d\u00e9c\u00e8s|"
    r"absoluci\u00f3n|condena|detenci\u00f3n|extradici\u00f3n|denuncia|fallecimiento|imputaci\u00f3n|absolvi\u00e7\u00e3o|condena\u00e7\u00e3o|deten\u00e7\u00e3o|"
    r"pris\u00e3o|assoluzione|condanna|arresto|Verurteilung|Freispruch|Verhaftung|Festnahme|Entlassung|aanhouding|veroordeling|vrijspraak|"
    r"anholdelsen|dommen over|arrest|conviction|acquittal|extradition|testimony|detention)[ ](?:de|d['\u2019]|di|von|van|af|av|of|do|da|\u00e0|a)[ ]?\Z|"
    r"\b(?:(?:conden\u00f3|absolvi\u00f3|detuvo|arrest\u00f3|proces\u00f3|interrog\u00f3|imput\u00f3|denunci\u00f3|golpe\u00f3)[ ]a|condamna|acquitta|interpella|arr\u00eata|"
    r"relaxa|inculpa|interrogea|frappa|verurteilte|condann\u00f2|condenou|absolveu|prendeu|convicted|acquitted|arrested)[ ]\Z"
)
"""What happens to people and not to places, right before the name."""


_NAME_IN_LIST = r"\p{Lu}[\p{L}\p{M}'\u2019-]{1,24}"
_OFFICE = regex.compile(
    r"(?:(?:[Pp]rime|[Vv]ice|[Ff]irst|[Ff]oreign)[ -])?(?:[Pp]resident|[Mm]inister|[Cc]hancellor|[Ss]enator|[Gg]overnor|[Ss]ecretary|[Jj]udge|[Cc]ongressman|"
    r"Kanzler(?:in)?|Präsident(?:in)?|Minister(?:in|präsident(?:in)?)?|Bürgermeister(?:in)?|Richter(?:in)?|Trainer(?:in)?|"
    r"[Mm]inistr[aoe]|[Pp]resident[ea]?|[Pp]remier|[Pp]rimeiro-ministro|[Dd]eputad[oa]|[Ss]enador[a]?|[Pp]résident[e]?|[Jj]uge|[Jj]uez|[Jj]uiz)[ ]"
)
"""An office that the model took into a name, or for one: "Prime Minister Yamamoto" as the name of a body."""


def _officer(text: str, span: Span, lexicon: Lexicon) -> Span:
    """Who holds the office that `span` begins with, if the rest can be a name and is no known place."""
    match = _OFFICE.match(text, span.start, span.end)
    if match is None or span.end - match.end() < 2 or not text[match.end()].isupper():
        return span
    kinds = [lexicon.kind(word.group()) for word in _WORD.finditer(text, match.end(), span.end)]
    if not 1 <= len(kinds) <= 3 or any(kind & (Kind.ORDINARY | Kind.PLACE) for kind in kinds):
        return span
    return replace(span, start=match.end(), label="PERSON")


def rather_person(text: str, span: Span, lexicon: Lexicon) -> Span:
    """`span` as a PERSON if the list knows its words as a person's of which the model said something else and nothing speaks against it."""
    if span.label == "PERSON" or span.source != "model":
        return span
    span = _officer(text, span, lexicon)
    home = _HOME.match(text, span.start, span.end)
    if home is not None and lexicon.kind(home.group(1)) & Kind.GIVEN:
        return replace(span, end=home.end(1), label="PERSON")
    words = [match.group() for match in _WORD.finditer(text, span.start, span.end)]
    if span.label == "PERSON" or not 1 <= len(words) <= 3 or fold(words[-1]) in COMPANY_ENDS:
        return span
    kinds = [lexicon.kind(word) for word in words]
    place = any(kind & Kind.PLACE for kind in kinds)
    before = text[max(0, span.start - 40) : span.start]
    if span.label == "LOCATION" and not place and len(words) == 1:
        speaks = _SPEAKS.match(text, span.end) is not None and not stands_after_from(text, span.start)
        if speaks or _BEFALLS.search(before) is not None:
            return replace(span, label="PERSON")  # an unknown word that speaks or is arrested
        doubt = DOUBT if _TOWARDS.search(before) is not None else LITTLE_DOUBT
        if kinds[0] & PERSONAL and not kinds[0] & Kind.ORDINARY and span.person >= doubt:
            return replace(span, label="PERSON")
    if (
        span.label == "ORGANIZATION"
        and len(words) == 1
        and kinds[0] & Kind.SURNAME
        and text.startswith(" family", span.end)
    ):
        return replace(span, label="PERSON")
    if not kinds[0] & Kind.GIVEN:
        return span
    sure = (
        span.person >= (STRONG_DOUBT if place else DOUBT)
        or _ADDRESSED.search(before) is not None
        or _SPEAKS.match(text, span.end) is not None
        or (not place and _SENT_BY.search(before) is not None)
        or _PAID.search(text, max(0, span.start - 110), span.start) is not None
    )
    return replace(span, label="PERSON") if sure else span


_HOME = regex.compile(
    r"([\p{L}\p{M}]{2,24})['\u2019]s (?:place|house|flat|apartment|home|room|office|desk|party|wedding|birthday|car)\Z"
)
"""What one has: the place is its owner's."""
_LISTED = regex.compile(
    rf"{_NAME_IN_LIST}(?:, {_NAME_IN_LIST}){{0,8}},? (?:&|and|und|et|y|e|en|og|och) {_NAME_IN_LIST}\Z"
)


def people_in_list(text: str, span: Span, lexicon: Lexicon) -> list[Span]:
    """`span`, or the people that it lists if they go by given names: "Kudos to Tariq, Salma & Layla"; firms go by surnames."""
    if span.label == "PERSON" or span.source != "model" or _LISTED.match(text, span.start, span.end) is None:
        return [span]
    words = [match for match in _WORD.finditer(text, span.start, span.end) if match.group()[0].isupper()]
    kinds = [lexicon.kind(match.group()) for match in words]
    given = sum(bool(kind & Kind.GIVEN) for kind in kinds)
    first_names = sum(kind & PERSONAL == Kind.GIVEN for kind in kinds)
    if (
        len(words) < 3
        or given < len(words) - 1
        or not first_names
        or any(kind & PERSONAL == Kind.SURNAME for kind in kinds)
    ):
        return [span]
    return [replace(span, start=word.start(), end=word.end(), label="PERSON") for word in words]


_BETWEEN = regex.compile(
    r"(?<!\p{L})(?:(?:from|da|von|de|van|från|fra)[ ]\p{Lu}[\p{L}\p{M} '\u2019-]{1,24}[ ](?:to|a|à|nach|naar|para|till|til)|"
    r"(?:train|bus|flight|ferry|drive|treno|tren|trem|trein|train|Zug|Bahn|vuelo|vol|voo|volo|tåget|toget)[ ](?:from|da|von|de|van|från|fra))[ ]\Z"
)
"""A journey: the one end before the other, or what one travels by."""
_LIVES_IN = regex.compile(
    r"(?i)(?<![\p{L}\p{N}])(?:(?:lives?|lived|living|born|based|residing|resides?|located|flat|house|hotel)[ ]in|(?:resident|native|city|town)[ ]of|(?:moved|flew|"
    r"relocat\w{1,3}|travell?\w{0,3})[ ]to|(?:wohnhaft|wohnt|wohne|geboren|lebt|ansässig)[ ]in|(?:fahren|fahre|reisen|ziehen|flug)[ ]nach|"
    r"(?:résid\w{1,5}|demeurant|domiciliée?|habite|née?|muté|siégeant|déménag\w{1,4})[ ]à|(?:residente|reside|vive|nacid[oa]|domicilio)[ ]en|vecin[oa][ ]de|natural[ ]de|"
    r"(?:trasladar\w{0,2}|mudar\w{0,2})[ ]a|(?:reside\w{0,3}|mora|moro|vive|nascid[oa])[ ]em|(?:mudar\w{0,2}|viaj\w{1,4})[ ]para|(?:nat[oa]|residente|abit[ao]|vive|trasferi\w{1,4})[ ]a|"
    r"(?:wonende|geboren)[ ]te|(?:woont|woon|geboren)[ ]in|(?:verhuiz\w{1,4}|vertrekt)[ ]naar|(?:bosat|bor|født)[ ]i|(?:bosatt|bor|född)[ ]i)[ ]\Z"
)
"""What says that the name after it is that of the place where somebody lives, was born or goes."""


def rather_place(text: str, span: Span, lexicon: Lexicon) -> Span:
    """`span` as a LOCATION if somebody lives there: places bear the names of people, but nobody lives in a person.

    Money and messages go "from ... to ..." as well, so a journey makes no place of a full name, nor of a given name that is none.
    """
    if span.label == "ORGANIZATION" or span.source != "model" or text.startswith(("'s", "\u2019s"), span.end):
        return span
    low = max(0, span.start - 40)
    if _LIVES_IN.search(text, low, span.start) is None:
        if _BETWEEN.search(text, low, span.start) is None:
            return span
        kinds = [lexicon.kind(word.group()) for word in _WORD.finditer(text, span.start, span.end)]
        first = kinds[0] & (PERSONAL | Kind.PLACE) if kinds else 0
        if span.label == "PERSON" and (first == Kind.GIVEN or (len(kinds) > 1 and first & Kind.GIVEN)):
            return span
    return replace(span, label="LOCATION", person=0.0)


def stands_after_from(text: str, start: int) -> bool:
    """Whether the word at `start` follows a preposition of place."""
    return _FROM.search(text, max(0, start - 8), start) is not None


def completed(text: str, spans: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """The spans with those of people as long as the name; `spans` sorted and without overlaps, as is the answer."""
    made: list[Span] = []
    for number, span in enumerate(spans):
        low = made[-1].end if made else 0
        high = spans[number + 1].start if number + 1 < len(spans) else len(text)
        if span.label != "PERSON" or span.exact:
            made.append(span)
            continue
        whole = _with_neighbours(text, span, low, high, lexicon)
        family = _family_before(text, whole, lexicon)
        if family is not None:
            while made and made[-1].start >= family:
                made.pop()
            if not made or made[-1].end <= family:
                whole = whole.at(family, whole.end)
        made.append(whole)
    return made


_AND = r"(?:and|und|oder|or|et|ou|y|o|e|en|of|og|eller|och|aur|ya|&)"
_AND_AFTER = regex.compile(rf"[ ]{_AND}[ ](\p{{Ll}}[\p{{L}}\p{{M}}]{{2,24}})(?![\p{{L}}\p{{N}}_@/\\(=-]|\.\p{{L}})")
_AND_BEFORE = regex.compile(rf"(?<![\p{{L}}\p{{N}}_.@/\\-])(\p{{Ll}}[\p{{L}}\p{{M}}]{{2,24}})[ ]{_AND}[ ]\Z")


def beside(text: str, spans: Sequence[Span], lexicon: Lexicon) -> Iterator[Span]:
    """Listed given names that "and" joins to a lower-case name of a person: whom chat writes small, it writes small together."""
    for span in spans:
        if span.label != "PERSON" or not text[span.start : span.end].islower():
            continue
        for match in (
            _AND_AFTER.match(text, span.end, min(len(text), span.end + 40)),
            _AND_BEFORE.search(text, max(0, span.start - 40), span.start),
        ):
            if match is not None and lexicon.kind(match.group(1)) & (Kind.GIVEN | Kind.ORDINARY) == Kind.GIVEN:
                yield Span(*match.span(1), "PERSON", JOINED, "beside")


_JOINED = re.compile(rf"[ ]{_AND}(?=[ ][^\W\d_])")


def pairs(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Two small words that "and" joins and the list knows as given names alone: "should i invite halima or filip"."""
    for match in _JOINED.finditer(text):
        end = match.end() + 1
        after = _AND_AFTER.match(text, match.start(), end + 26)
        if after is None or not _given_alone(after.group(1), lexicon):
            continue
        before = _AND_BEFORE.search(text, max(0, match.start() - 26), end)
        if before is not None and _given_alone(before.group(1), lexicon):
            yield Span(*before.span(1), "PERSON", JOINED, "beside")
            yield Span(*after.span(1), "PERSON", JOINED, "beside")


def _given_alone(word: str, lexicon: Lexicon) -> bool:
    alone = lexicon.kind(word) & ~int(Kind.SURNAME) == Kind.GIVEN
    return alone and fold(word) not in NEVER_NAMES | PRODUCTS | HONORIFICS and word not in words_of_programs()


_BEFORE = regex.compile(r"(?<![\p{L}\p{N}_.@/\\-])([\p{L}\p{M}]{2,24}(?:['\u2019-][\p{L}\p{M}]{1,24})?)[ ]\Z")
_AFTER = regex.compile(r"[ ]([\p{L}\p{M}]{2,24}(?:['\u2019-][\p{L}\p{M}]{1,24})?)(?![\p{L}\p{N}_@/\\(]|\.\p{L})")


def _with_neighbours(text: str, span: Span, low: int, high: int, lexicon: Lexicon) -> Span:
    """With the given name right before a single surname, or the surname right after a single given name, written alike."""
    first = _WORD.match(text, span.start, span.end)
    if first is None or first.end() != span.end:
        return span
    word = first.group()
    kind = lexicon.kind(word)
    score = max(span.score, JOINED)
    before = _BEFORE.search(text, max(low, span.start - 52), span.start) if kind & Kind.SURNAME else None
    if before is not None and _alike(before.group(1), word) and _named(before.group(1), Kind.GIVEN, lexicon):
        return replace(span, start=before.start(1), score=score)
    after = _AFTER.match(text, span.end, min(len(text), span.end + 52)) if kind & Kind.GIVEN else None
    if after is None or after.end() > high or not _alike(word, after.group(1)):
        return span
    return replace(span, end=after.end(1), score=score) if _named(after.group(1), Kind.SURNAME, lexicon) else span


def _alike(left: str, right: str) -> bool:
    """Whether two words are written in one case: the neighbour of `ANNA` is `WEBER`, not `Weber`."""
    return (left.isupper(), left.islower()) == (right.isupper(), right.islower())


def _named(word: str, wanted: Kind, lexicon: Lexicon) -> bool:
    kind = lexicon.kind(word.replace("\u2019", "'").rpartition("-")[2])
    folded = fold(word)
    return bool(kind & wanted) and not kind & Kind.ORDINARY and folded not in HONORIFICS | NEVER_NAMES | PRODUCTS


_COMMA_BEFORE = regex.compile(
    r"(?:(?P<entry>(?:^|[\n\r;|\"(\[]|:[ ])[ \t]*(?:[-*\u2022][ \t]{1,3}|\d{1,4}[.)][ \t]{1,3})?)|(?<![\p{L}\p{N}_]))"
    r"(?P<family>\p{Lu}[\p{L}\p{M}]{1,24}(?:['\u2019-]\p{Lu}[\p{L}\p{M}]{0,24})?),[ ]\Z"
)
_ENTRY_ENDS = regex.compile(r"[ \t]*(?:\Z|[\n\r;|\")\]]|[(:\u2013\u2014]|-[ ])")


def _family_before(text: str, span: Span, lexicon: Lexicon) -> int | None:
    """Where the family name begins that stands before the given name `span` and a comma."""
    first = _WORD.match(text, span.start, span.end)
    if first is None or not lexicon.kind(first.group().partition("-")[0]) & Kind.GIVEN:
        return None
    match = _COMMA_BEFORE.search(text, max(0, span.start - 60), span.start)
    if match is None:
        return None
    family = match.group("family")
    folded = fold(family)
    if folded in NEVER_NAMES | PRODUCTS | HONORIFICS | FUNCTION_WORDS:
        return None
    kind = lexicon.kind(family)
    if match.group("entry") is not None and _ENTRY_ENDS.match(text, span.end) is not None:
        fits = bool(kind & Kind.SURNAME) or not kind & (Kind.PLACE | Kind.GIVEN | Kind.ORDINARY)
    else:
        fits = kind & ~int(Kind.SURNAME) == 0 and bool(kind & PERSONAL)
    return match.start("family") if fits else None
