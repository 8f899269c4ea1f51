"""Dates, dates of birth, ages, nationalities and religions, user names, coordinates, UPI ids: facts about people that aren't identifiers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from dlp.detect.context import AFTER, BEFORE, Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late
from dlp.detect.shapes import Atom

_MONTHS = (
    "jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|fév(?:rier)?|mar(?:ch|s|zo|ço|t)?|märz|mrz|maart|apr(?:il|"
    "ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|maio|maggio|mei|maj|jun(?:e|i|io|ho)?|juin|giugno|jul(?:y|i|io|ho)?|"
    "juil(?:let)?|luglio|"
    "aug(?:ust|ustus|usti)?|août|ago(?:sto)?|sep(?:t|tember|tembre|tiembre)?|set(?:tembre|embro)?|oct(?:ober|obre|"
    "ubre)?|okt(?:ober|ober)?|out(?:ubro)?|ott(?:obre)?|nov(?:ember|embre|iembre|embro)?|dec(?:ember|embre)?|"
    "dez(?:ember|embro)?|dic(?:iembre|embre)?|déc(?:embre)?|"
    "enero|ene|febrero|gennaio|febbraio|janeiro|fevereiro|januar|februar|januari|februari|marts|juni|juli|augusti"
)  # fmt: skip


def _month_words() -> Iterator[str]:
    """Every spelling that `_MONTHS` stands for."""
    for alternative in _alternatives(_MONTHS):
        yield from _spellings(alternative)


def _alternatives(pattern: str) -> Iterator[str]:
    depth, start = 0, 0
    for offset, character in enumerate(pattern):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            yield pattern[start:offset]
            start = offset + 1
    yield pattern[start:]


def _spellings(alternative: str) -> Iterator[str]:
    stem, bracket, rest = alternative.partition("(?:")
    yield stem
    if bracket:
        yield from (stem + ending for ending in rest.rstrip("?").rstrip(")").split("|"))


_TIME = (
    r"(?:[T ,]{1,2}(?:at )?[0-2]?\d:[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:[ ]?[AaPp]\.?[Mm]\b\.?)?(?:[ ]?(?:Z\b|"
    r"UTC|GMT|[+\-][0-2]\d:?[0-5]\d))?)?"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[89]|20)\d\d"
_NUMERIC_DATE = re.compile(
    rf"(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}{_TIME}|{_DAY}([-/]|\.[ ]?){_MONTH}\2(?:{_YEAR}|\d\d){_TIME}|"
    rf"{_MONTH}([-/]){_DAY}\3(?:{_YEAR}|\d\d){_TIME}|{_MONTH}/{_YEAR}"
    rf"|{_YEAR}[年.]\s?{_MONTH}[月.]\s?{_DAY}日?)(?![\w/]|[\-.]\d)"
)
_NAMED_DATE = re.compile(
    rf"{_DAY}(?:st|nd|rd|th|\.|er|º)?[ \-](?:of |de |di |. )?(?i:{_MONTHS})\.?(?:[ ,\-]{{1,2}}(?:de |del "
    rf")?{_YEAR}|[ \-]['’]?\d\d(?=\s{{0,3}}(?:\Z|[,;)\n]|\.(?!\d))))?{_TIME}(?![\w/]|[\-.]\d)"
)
_MONTH_FIRST = re.compile(
    rf"/(?:{_YEAR}|\d\d)(?![\w\-/]|[.:]\d)|\.?[ ](?:{_DAY}(?:st|nd|rd|th)?(?:[ ,]{{1,2}}{_YEAR})?{_TIME}|{_YEAR})(?![\w\-/]|[.:]\d)"
)
MONTH_WORDS = frozenset(_month_words())
_MONTH_NAMES = Wanted(sorted(MONTH_WORDS))
_BIRTH = Wanted((
    "born", "birth", "dob", "date of birth", "birthday", "birthdate", "dateofbirth", "geboren*", "geburtsdatum",
    "geburtstag", "geb", "naissance", "né le", "née", "nacimiento", "nacido", "nacida", "fecha de nacimiento",
    "nascita", "nato", "nata",
    "nascimento", "nascido", "geboortedatum", "födelsedatum", "född", "fødselsdato", "født", "urodzenia", "urodzon*", "d o b",
    "bday", "janm", "janam",
))  # fmt: skip


_DATE_SHAPE = re.compile(r"(?!9++\.9++\.9++\.9)9{1,4}+(?:A*+(?:[ \-](?:A|9(?: |\Z))|\Z)|[\-/.]9)")
"""What a date may begin with: a name or a number follows, or what doesn't belong to a row of numbers (`1. 5. 1970`, `年`).
What has a fourth number behind a third point is an address of the net or a version."""


def may_begin_date(shape: str, start: int, _end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return _DATE_SHAPE.match(shape, start) is not None and (not start or shape[start - 1] not in "./-_")


def dates(around: Surroundings, atoms: Sequence[Atom]) -> Iterator[Hit]:
    """Calendar dates with or without a time of day; of birth where a word says so."""
    text = around.text
    done = 0
    starts: list[int] = []
    ends = [0]
    """Of the dates that begin with a number, and 0 for what stands before them all."""
    for atom in atoms:
        start = atom.start
        if start < done:
            continue
        following = text[atom.end : atom.end + 1]
        if not following or (start and text[start - 1] in "./-_"):
            continue
        match = None
        if following in "-/.年" and atom.shape in _DAY_SHAPES:
            match = _NUMERIC_DATE.match(text, start)
        if match is None and following in " -." and len(atom.shape) <= 4 and atom.shape != "9999":
            match = _NAMED_DATE.match(text, start)
        if match is not None:
            done = match.end()
            starts.append(start)
            ends.append(done)
            yield _date(around, start, match.end())
    words = around.words
    for index in _MONTH_NAMES.places(around.words):
        if words.starts[index] >= ends[bisect_right(starts, words.starts[index])]:
            start = words.starts[index]
            match = _MONTH_FIRST.match(text, words.ends[index])
            if match is not None and not (start and (text[start - 1].isalnum() or text[start - 1] == "_")):
                yield _date(around, start, match.end())


_BORN = re.compile(r"(?<![\w.])[Bb]\.[ ]\Z")
"""`b. 4 May 1961`: how biographies write it."""
_DAY_SHAPES = frozenset({"9", "99", "9999"})


def _date(around: Surroundings, start: int, end: int) -> Hit:
    word = around.nearest(start, end, _BIRTH)
    if word is None and _BORN.search(around.text, max(0, start - 4), start) is not None:
        word = "b.", 0
    if word is not None and word[1] <= 30:
        return Hit("DATE_OF_BIRTH", start, end, 0.85, "date", False, (f"context: {word[0]}",))
    return Hit("DATE_TIME", start, end, 0.6, "date")


_AFTER_AGE = re.compile(
    r"[ \-]{1,2}(?:years?|yrs?|yr|year)[ \-]{1,2}(?:old|of age)|[ ]?(?:y/o|yo|y\.o\.)(?!\w)|[ ]Jahre alt|[ ]jährig|"
    r"-jährig|[ ]?ans(?= et|,|\.| \w+ans)|[ ]años de edad|[ ]anni di età|[ ]anos de idade|[ ]jaar oud|[ ]år gammal|"
    r"[ ]saal"
)
_AGE_FOLLOWS = frozenset(" -ya")
"""The characters that `_AFTER_AGE` may begin with."""
_AGE_WORDS = Wanted((
    "age", "aged", "age is", "age of", "my age is", "i am", "i m", "he is", "he s", "she is", "she s", "i will be",
    "will turn", "turned", "turning", "alter", "edad", "âge", "età", "idade", "leeftijd", "ålder", "alder", "umur", "umar",
    "âgé de", "âgée de", "j ai", "il a", "elle a", "tengo", "tiene", "ho", "ha", "tenho", "tem",
))  # fmt: skip
_AGE_AFTER_WORD = re.compile(
    r"[\"'*]{0,2}[ \t]{0,2}[:=>|]?[ \t]{0,2}[\"']?(1[01]\d|[1-9]\d?)(?![\w%:/\-]|[.,]\d| of\b)"
)
_PHRASE_END = re.compile(r"[ ]?(?:[,.!;)\n]|$|and\b|years|(?:now|today|this|last|next|yesterday|tomorrow)\b)")
_PHRASE_WORDS = frozenset({"am", "m", "is", "s", "be", "turn", "turned", "turning"})
"""Last words of what says an age only where the number ends the phrase."""
_YEARS = re.compile(r"[ ](?:ans|años|anni|anos)(?!\w)")
_YEAR_WORDS = frozenset({"ai", "a", "tengo", "tiene", "ho", "ha", "tenho", "tem"})
"""Words for having: people *have* years in the Romance languages, and other things too."""


_AGE_SHAPE = re.compile(r"9{1,3}+(?:A++(?!9)|[ \-]A|\Z)")


def may_be_age(shape: str, start: int, _end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return _AGE_SHAPE.match(shape, start) is not None and (not start or shape[start - 1] not in "./-_")


def ages(around: Surroundings, atoms: Sequence[Atom]) -> Iterator[Hit]:
    """A person's age. `I am 34` counts at the end of a phrase only."""
    text, words = around.text, around.words
    for atom in atoms:
        if text[atom.start] == "0":
            continue
        digits = len(atom.shape.rstrip("A"))
        end = atom.start + digits
        if text[end : end + 1] not in _AGE_FOLLOWS:
            continue
        if (digits == 3 and text[atom.start] != "1") or (atom.start and text[atom.start - 1] in ".-/_"):
            continue
        if _AFTER_AGE.match(text, end):
            yield Hit("AGE", atom.start, end, 0.7, "age")
    for index in _AGE_WORDS.places(around.words):
        match = _AGE_AFTER_WORD.match(text, words.ends[index])
        if match is None:
            continue
        if words.words[index] in _PHRASE_WORDS and not _PHRASE_END.match(text, match.end()):
            continue
        if words.words[index] in _YEAR_WORDS and not _YEARS.match(text, match.end()):
            continue
        yield Hit("AGE", *match.span(1), 0.65, "age")


_DEMONYMS = Wanted(
    (
        "afghan albanian algerian american andorran angolan argentine argentinian armenian australian austrian "
        "azerbaijani bahamian bahraini bangladeshi barbadian belarusian belgian belizean beninese bhutanese "
        "bolivian bosnian botswanan brazilian british "
        "bruneian bulgarian burkinabe burmese burundian cambodian cameroonian canadian chadian chilean chinese "
        "colombian comorian congolese croatian cuban cypriot czech danish djiboutian dominican dutch ecuadorian "
        "egyptian emirati english eritrean estonian "
        "ethiopian fijian filipino finnish french gabonese gambian georgian german ghanaian greek grenadian "
        "guatemalan guinean guyanese haitian honduran hungarian icelandic indian indonesian iranian iraqi irish "
        "israeli italian ivorian jamaican japanese jordanian "
        "kazakh kenyan korean kosovan kuwaiti kyrgyz laotian latvian lebanese liberian libyan lithuanian "
        "luxembourgish macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian "
        "mexican moldovan mongolian montenegrin moroccan mozambican "
        "namibian nepalese nepali nicaraguan nigerian norwegian omani pakistani palestinian panamanian paraguayan "
        "peruvian polish portuguese qatari romanian russian rwandan salvadoran samoan saudi scottish senegalese "
        "serbian singaporean slovak slovenian somali "
        "spanish sudanese surinamese swedish swiss syrian taiwanese tajik tanzanian thai togolese tongan "
        "trinidadian tunisian turkish turkmen ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni "
        "zambian zimbabwean "
        "christian catholic protestant orthodox muslim sunni shia jewish hindu buddhist sikh jain mormon atheist "
        "agnostic methodist baptist lutheran anglican presbyterian evangelical quaker "
        "democrat republican socialist communist conservative libertarian hispanic latino latina asian african "
        "caucasian arab kurdish tamil punjabi bengali gujarati marathi"
    ).split()
)
"""Nationalities, religions, political and ethnic groups in lower case."""
_SELF_WORDS = Wanted(
    (
        "i am",
        "i m",
        "he is",
        "she is",
        "he s",
        "she s",
        "they are",
        "nationality",
        "religion",
        "citizenship",
        "ethnicity",
        "i am a",
        "i am an",
        "i m a",
        "i m an",
        "he is a",
        "she is a",
        "he is an",
        "she is an",
    )
)
_NATION_WORDS = Wanted((
    "nationality", "citizen*", "religion", "ethnic*", "passport", "born", "i am", "i m", "he is", "she is", "people",
    "immigrant*", "refugee*", "actor", "actress", "director", "author", "comedy", "film", "man", "woman", "national",
    "heritage", "descent", "faith", "church",
))  # fmt: skip


GROUPS = _DEMONYMS.bit
"""Of `Words.endings`: what stands in every text in which `groups` finds something."""


def groups(around: Surroundings) -> Iterator[Hit]:
    """Nationality, religion, politics (NRP) where they are said of people rather than of a language or a cuisine."""
    text, words = around.text, around.words
    for index in _DEMONYMS.places(around.words):
        start, end = words.starts[index], words.ends[index]
        if (start and (text[start - 1].isalnum() or text[start - 1] in "_.-")) or (
            end < len(text) and (text[end].isalnum() or text[end] in "_-")
        ):
            continue
        said = around.before_nearest(start, _SELF_WORDS)
        if said is not None and said <= 4:
            yield Hit("NRP", start, end, 0.7, "group")
        elif text[start].isupper() and around.nearest(start, end, _NATION_WORDS) is not None:
            yield Hit("NRP", start, end, 0.55, "group")


_AGE_VALUE = re.compile(r"1[01]\d|[1-9]?\d")


def keyed(value: str, words: str) -> Iterator[Hit]:
    """Facts that a whole value is because of its key or header; `words` as `words_of`, offsets inside `value`."""
    if " age " in words and _AGE_VALUE.fullmatch(value):
        yield Hit("AGE", 0, len(value), 0.7, "age", False, ("key",))


_COORDINATES = late(
    r"(?<![\w.\-])([+\-]?(?:90(?:\.0+)?|[0-8]?\d\.\d{3,10}))°?[ ]?[NS]?[ ]{0,2}[,;/ ][ ]{0,2}([+\-]?(?:180(?:\.0+)?|(?:1[0-7]\d|\d{1,2})\.\d{3,10}))°?[ ]?[EWO]?(?![\w]|\.\d)"
    r"|(?<![\w.])\d{1,2}°[ ]?\d{1,2}['′’][ ]?(?:\d{1,2}(?:\.\d+)?[\"″”][ ]?)?[NS][, ]{1,3}\d{1,3}°[ ]?\d{1,2}['′’][ ]?(?:\d{1,2}(?:\.\d+)?[\"″”][ ]?)?[EWO]"
)
_COORDINATE_WORDS = Wanted((
    "lat", "latitude", "lon", "lng", "long", "longitude", "gps", "coordinates", "coords", "coordinate", "location",
    "geo", "position", "located", "koordinaten", "coordonnées", "coordenadas", "coordinate", "map", "maps",
    "geolocation", "latlng", "pin",
))  # fmt: skip
_PLACED = late(
    r"(?i)(?:\b(?:lives?|live[ds]|living|meet(?:[ ](?:me|us))?|met|stopped|crashed|arrived|camped|dropped(?:[ ]\w{2,12}){0,3}|picked[ ]up|stranded|stuck|parked|found|seen|spotted|left|landed|i[ '\u2019]?a?m|we are|what[ ]?(?:'s|is))"
    r"[ ](?:at|near)|\bgeo:|\bq=)[ ]?[\[(]?\Z"
)
"""What says before a pair of numbers that it is a place."""
_COORDINATE_FIELDS = frozenset({"lat", "latitude", "lon", "lng", "longitude"})
_COORDINATE_FIELD = re.compile(
    r"(?:[\"']?[ ]{0,2}[:=]|[ ](?:is|of|ist|est|es|é|è))?[ ]{0,2}[\"']?([+\-]?\d{1,3}\.\d{3,10})(?![\d.])"
)


_DEGREES = re.compile(r"\d(?:\.\d{3}|[ ]?[NS]\b)|°")
"""What stands in each pair that counts."""
_FRACTION = re.compile(r"\.\d{4}")
"""What each such pair has; looked for at the speed of one character."""
_PAIR_AHEAD = re.compile(r"(?:\b(?:at|near)[ ]|geo:|q=)[\[(]?[+\-]?\d{1,2}\.\d{4}")
_AHEAD = 9
"""Characters of `_PAIR_AHEAD` before its point, at most."""


def coordinates(around: Surroundings) -> Iterator[Hit]:
    """Latitude and longitude: as a pair beside a word, in degrees, or as two fields."""
    text, words = around.text, around.words
    stripped = text.strip()
    near = _COORDINATE_WORDS.places(around.words) if "." in text else []
    placed = any(
        _PAIR_AHEAD.search(text, max(0, fraction.start() - _AHEAD), fraction.end()) is not None
        for fraction in _FRACTION.finditer(text)
    )
    if placed or "°" in text or (len(stripped) < 60 and "." in stripped) or around.tables or around.given:
        windows = [(0, len(text))]
    else:
        windows = [
            (max(0, words.starts[index] - AFTER - 40), min(len(text), words.ends[index] + BEFORE + 40))
            for index in near
        ]
    done = 0
    for low, high in windows:
        if _DEGREES.search(text, low, high) is None:
            continue
        for match in _COORDINATES.finditer(text, low, high):
            span = match.span()
            if span[0] < done:
                continue
            certain = "°" in match.group() or re.search(r"\d[ ]?[NS]\b", match.group()) is not None
            fine = (
                match.group(1) is not None
                and min(len(match.group(1).partition(".")[2]), len(match.group(2).partition(".")[2])) >= 4
            )
            if certain or (
                fine
                and (
                    match.group() == stripped.strip("()[] ")
                    or around.nearest(*span, _COORDINATE_WORDS) is not None
                    or _PLACED.search(text, max(0, span[0] - 24), span[0]) is not None
                )
            ):
                done = span[1]
                yield Hit("GEO_COORDINATES", *span, 0.75, "coordinates")
    for index in near:
        if words.words[index] in _COORDINATE_FIELDS:
            field = _COORDINATE_FIELD.match(text, words.ends[index])
            if field is not None:
                yield Hit("GEO_COORDINATES", *field.span(1), 0.75, "coordinates")


_UPI_HANDLES = frozenset(
    (
        "okaxis okhdfcbank okicici oksbi ybl ibl axl paytm ptyes ptaxis ptsbi pthdfc apl yapl rapl upi sbi "
        "hdfcbank icici axisbank kotak kotak811 indus pnb barodampay boi cnrb idbi federal fbl aubank yesbank "
        "yesbankltd rbl sib uboi unionbank indianbank "
        "airtel freecharge postbank jupiteraxis fam slice naviaxis timecosmos ikwik mbk waicici waaxis wahdfcbank "
        "wasbi idfcbank idfcfirst dbs hsbc citi sc equitas dlb kbl kvb ezeepay goaxb pingpay tapicici abfspay "
        "axisb payzapp jio timepay amazonpay superyes "
    ).split()
)
"""Handles of UPI payment service providers (NPCI, live members and their handles)."""
_UPI_LOCAL = re.compile(r"(?<![\w.\-@])[A-Za-z0-9][A-Za-z0-9._\-]{1,60}\Z")
_UPI_HANDLE = re.compile(r"([A-Za-z][A-Za-z0-9]{1,20})(?![\w@]|[.\-]\w)")
_UPI_WORDS = Wanted(("upi", "vpa", "upi id", "bhim", "gpay", "phonepe", "paytm"))


def upi_ids(around: Surroundings) -> Iterator[Hit]:
    """UPI addresses: a known handle, or any handle beside the word."""
    text = around.text
    at = text.find("@")
    while at >= 0:
        handle = _UPI_HANDLE.match(text, at + 1)
        local = _UPI_LOCAL.search(text, max(0, at - 62), at) if handle is not None else None
        if handle is not None and local is not None:
            if handle.group(1).lower() in _UPI_HANDLES:
                yield Hit("UPI_ID", local.start(), handle.end(), 0.85, "upi")
            elif around.nearest(local.start(), handle.end(), _UPI_WORDS) is not None:
                yield Hit("UPI_ID", local.start(), handle.end(), 0.7, "upi")
        at = text.find("@", at + 1)
