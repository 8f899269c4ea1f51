"""Postal addresses in the orders of many countries.

Every address has a number, so the search starts at runs of digits and asks what stands beside them: a street word after
(`123 Elm Street`), a street word before (`Via Roma 12`, `Hauptstraße 5`, `ul. Cicha 86`), a box (`P.O. Box 12`), or a
phrase that announces an address (`lives at`, `ship to:`). From that core the span grows over what belongs to an address
and nothing else: numbers, units, capitalised words, particles, postal codes, separated by blanks, commas and line ends.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from dlp.detect import context
from dlp.detect.address_words import (
    AFTER,
    BEFORE,
    LOWER_TYPES,
    NAMED,
    PARTICLE,
    STATE_CODES,
    STATES,
    SUFFIX,
    SURE_AFTER,
    UNIT,
    WEAK_TYPES,
)
from dlp.detect.context import Surroundings, Wanted
from dlp.detect.envelopes import CODES, by_last_line
from dlp.detect.hit import Hit
from dlp.detect.patterns import late
from dlp.detect.shapes import Cluster, Sorter
from dlp.detect.words import any_of

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚΑ-ΩΆ-ΏА-ЯЁІЇЄҐÞÐ"
_L = r"[^\W\d_]"

_NUMBER = r"\d{1,6}(?:[A-Za-z](?![A-Za-z]))?(?:[\-/]\d{1,5}[A-Za-z]?)?(?:-ya|º|ª|°)?"
_WORD = rf"[{_UP}](?:{_L}|['’.\-](?={_L})){{0,28}}+\.?"
_LOWER = rf"{_L}(?:{_L}|['’.\-](?={_L})){{0,28}}+\.?"
_PARTICLE = re.compile(rf"{PARTICLE}(?!{_L})")
_UNIT_FOLLOWS = late(rf",?[ ]{UNIT}\.?[ ]?#?\d")
_PIECE = (
    rf"(?:{LOWER_TYPES}|{UNIT}\.?[ ]?#?{_NUMBER}|(?:#|[Nn][°º]\.?|[Kk]m)[ ]?{_NUMBER}|(?:{CODES})(?!\w)|(?<=,[ ])\d{{7}}|{_NUMBER}|"
    rf"{_WORD}(?:-(?=[ ]))?|/[ ]?[A-Z]{{2}}|-[a-z]{{2,4}}-{_WORD}|los[ ](?:altos|bajos)|{PARTICLE}(?=[ \n])|nan)(?!\w)"
)
_JOIN = r"(?:[ \t]*,?[ \t]*(?:\r?\n|\\n)?[ \t]{0,4},?[ \t]{0,2})"
_GROW = re.compile(rf"(?:{_JOIN}(?<![.!?]\s)(?<![.!?]\n)\(?{_PIECE}\)?){{1,14}}")

_RIGHT = re.compile(
    rf"[ \t]{{1,2}}(?:\d{{1,5}}(?:st|nd|rd|th)?[ ])?((?:(?:{_LOWER})[ ]){{0,4}}?)({any_of(AFTER)})\b(\.?)(?=\W|$)"
)
_RIGHT_TYPE = late(rf"[ ,]{{1,3}}(?:bis[ ,]|ter[ ,])?(?i:{BEFORE})[ ](?:{_LOWER}[ ]?){{1,5}}", re.IGNORECASE)
_LEFT_TYPE = late(
    rf"(?i:{BEFORE}|{NAMED})[ ]?(?:(?:{_LOWER}|\d{{1,3}}[A-Za-zªº]?|[A-Z]-\d{{1,3}})[ ]?){{1,6}}[ ,]{{0,2}}"
    r"(?:(?i:n[°ºr]?|nro|núm|no|km|#)\.?[ ]?)?"
)
_LEFT_SUFFIX = late(rf"(?<![\w])(?:{_LOWER}[ \-]){{0,3}}{_L}{{2,28}}?(?i:{SUFFIX})[ ]{{1,2}}\Z")
_LEFT_SPACED = late(rf"(?<![\w])(?:{_WORD}[ ]){{1,4}}(?i:{SUFFIX}|straße|street|road|strasse)[ ]{{1,2}}(?:no\.?[ ])?\Z")
_BOX = late(
    r"(?i:(?<!\w)(?:p\.?[ ]?o\.?[ ]?box|post(?:al)? (?:office )?box|postfach|postboks|postbus|apartado(?: postal)?|"
    r"casilla|caixa postal|casella postale|bo[iî]te postale|b\.?p\.?|skrytka pocztowa|locked bag|gpo box|po box|"
    r"psc|cmr|unit)[ ]?(?:no\.?[ ])?#?)\Z"
)
_MILITARY = re.compile(
    r"(?:(?:PSC|CMR|Unit)[ ]\d{1,5},?[ ]Box[ ]\d{1,5}|(?:USS|USNS|USNV|USCGC)[ ][^\W\d_](?:[^\W\d_]|-){1,30}|"
    r"Unit[ ]\d{1,5})[\s,]{1,3}(?:[AFD]PO)[ ]A[AEP][ ]\d{5}(?:-\d{4})?|(?:PSC|CMR|Unit)[ ]\d{1,5},?[ ]Box[ ]\d{1,5}",
    re.IGNORECASE,
)
_CITY_ZIP = late(rf"(?<!\w)({_WORD}(?:[ ]{_WORD}){{0,3}}),?[ ](?:{STATES})[ ,]{{1,2}}\d{{5}}(?:-\d{{4}})?(?!\w)")
_CUE = re.compile(
    r"(?i:(?:(?:ship|send|deliver|mail|return|forward|bring|post)(?:ped|ed|s)?(?: it| them| this| that| everything|"
    r" (?:my|the|your) \w{2,15})? to|(?:house|home|apartment|flat|property|office|store|shop|place|party|meeting|"
    r"building) (?:is )?(?:at|on)|(?:live[sd]?|living|resid(?:e|es|ed|ing)|located|based|office is|offices are|"
    r"store is|meet (?:you|me|us)|deliver(?:ed)?|ship(?:ped)?|sent|send (?:it|them|this)|return(?:ed)?(?: it)?|"
    r"mail(?:ed)?|meet|moved|come|go|drive|pick(?: me| it)? up)[ ](?:at|to|in|from)"
    r"|address(?:es)?(?: is| was|:| linked to [a-z ]{2,30} to| with| to|)|addr|home is|wohnhaft in|wohnt in|wohne "
    r"in|anschrift(?: ist)?|adresse(?: ist| est)?|adres(?: is)?|dirección(?: es)?|vive en|vivo en|indirizzo(?: è)?|"
    r"abita in|endereço(?: é)?|mora na|habite(?: au)?|demeurant|domicilié[e]?(?: au)?|"
    r"woont (?:op|aan)|bor på|bor i|adress|bosatt|refers to|title refers to|shows on)[ :\n\t]{1,4}(?:user: )?)"
)
_LEAD = late(rf"(?:{_PIECE}[ ,]{{1,2}}){{1,5}}")
_MILITARY_WORDS = frozenset({"psc", "cmr", "unit", "uss", "usns", "usnv", "uscgc"})
_OTHER_WORDS = Wanted(sorted(_MILITARY_WORDS | {"corner"}))
_CORNER = late(rf"(?i:(?:the )?corner of[ ])(?:{_PIECE}[ ]){{1,8}}?and[ ]{_PIECE}(?:[ ]{_PIECE}){{0,3}}")
_CHUNK = late(rf"(?:{_PIECE})(?:{_JOIN}(?<![.!?]\s)(?<![.!?]\n)\(?{_PIECE}\)?){{1,15}}")
_LOWER_CHUNK = late(
    rf"\d{{1,6}}[a-z]?(?:[ ,\n]{{1,3}}(?:{UNIT}\.?[ ]?{_NUMBER}|{_NUMBER}|"
    rf"{_LOWER}[∆]?{_L}*)){{2,12}}?(?:[ ,\n]{{1,3}}\d{{4,6}}(?!\d)|$|(?=[.!?\n]))"
)
_STOP = re.compile(
    r"[ ,](?:in case|for this|after the|as soon|thank|thanks|please|phone|tel|email|e-mail|born|date|dob|ssn|card|"
    r"alleges|and (?:his|her|my|the)|is|was|who|where|when|because|to|my|his|her|this|that)\b",
    re.IGNORECASE,
)

LOOK_BACK = 70
"""Characters before a number in which its street may stand."""

_SUFFIXES = (*sorted(SUFFIX.replace("\\", "").split("|"), key=len), "straße", "street", "road")
_NAMED_WORDS = frozenset(re.sub(r"[\\?]", "", word).rstrip(".").split()[0] for word in NAMED.split("|"))
_TYPE_WORDS = (
    frozenset({"c"})
    | _NAMED_WORDS
    | frozenset(re.sub(r"[\\?]", "", word).rstrip(".").split()[0] for word in BEFORE.split("|"))
)
_UNNAMED_TYPES = _TYPE_WORDS - _NAMED_WORDS
_TYPES = Wanted(sorted(_TYPE_WORDS))
_BOX_WORDS = frozenset(
    "box postfach postboks postbus apartado postal casilla postale bp b.p psc cmr unit bag no gpo pocztowa".split()
)
_NEXT_WORD = re.compile(r"[ \t,]{1,3}(?:\d{1,5}(?:st|nd|rd|th)?[ ])?([^\W\d_][^\s,]{0,30})")
_PLAIN_NUMBERS = frozenset("9" * digits + letter for digits in range(1, 7) for letter in ("", "A"))
"""The shapes of house numbers."""
_CUE_WORDS = Wanted((
    "forward", "bring", "post", "house", "apartment", "flat", "property", "shop", "place", "party", "meeting",
    "building", "live", "lives", "lived", "living", "resid*", "located", "based", "office", "offices", "store",
    "meet", "deliver*", "ship*", "sent", "send", "return*", "mail", "mailed", "moved", "come", "go", "drive", "pick",
    "address*", "addr", "home", "wohn*", "anschrift",
    "adres*", "dirección", "vive", "vivo", "indirizzo", "abita", "endereço", "mora", "habite", "demeurant",
    "domicili*", "woont", "bor", "bosatt", "refers", "shows",
))  # fmt: skip


def may_be_house_number(shape: str, start: int, end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return shape[start:end] in _PLAIN_NUMBERS and (not start or shape[start - 1] not in "_-.")


_WORD_RIGHT = re.compile(r"[ \t](?:A|9{1,5}+(?:AA)?+(?: A|\Z))|\Z")
"""What may begin a shape's rest behind a number that `_BESIDE_RIGHT` finds a word behind, here or where the shape ends."""


def may_stand_beside_word(shape: str, start: int, end: int) -> bool:
    """See `dlp.detect.shapes.Want`; of house numbers those of which `_beside_words` may hold: none amid a row of numbers."""
    if not may_be_house_number(shape, start, end):
        return False
    left = not start or (shape[start - 1] == " " and shape[start - 2] == "A")
    return left or _WORD_RIGHT.match(shape, end) is not None


_HOUSES = Sorter(may_be_house_number)
_BESIDE_WORDS = Sorter(may_stand_beside_word)


def addresses(around: Surroundings, found: Sequence[Cluster]) -> Iterator[Hit]:
    """Postal addresses around the numbers of a text, `found`."""
    text = around.text
    words = around.words
    # A phrase announces what begins within its reach, which may be a street with its number behind it.
    cues = _cues(around, near=CUE_REACH + 2 * LOOK_BACK) if found else []
    ends = [end for _, end in cues]
    # Amid a row of numbers there is no word beside one; only a phrase may announce it.
    (numbers,) = (_HOUSES if cues else _BESIDE_WORDS)(found)
    done = 0
    for atom in numbers:
        start, end = atom.start, atom.end
        if start < done or (start and text[start - 1] in '_@$€£%#-+.=&:"'):
            continue
        worded = _beside_words(text, start, end)
        street = _core(around, cues, start, end) if worded else None
        if street is not None:
            begin, stop, name = street
            begin = _left_number(text, begin)
            cue = _cue_before(text, cues, begin)
            begin = cue[0] if cue is not None else begin
            stop = _grow(text, _past_number(text, stop))
            if begin >= done:
                done = stop
                yield Hit("STREET_ADDRESS", begin, stop, 0.75, name)
            continue
        at = bisect_left(ends, start) - 1
        announced = _announced(text, cues, start) if at >= 0 and start - ends[at] <= CUE_REACH else None
        if announced is not None and announced[0] >= done:
            done = announced[1]
            yield Hit("STREET_ADDRESS", *announced, 0.7, "address-cue")
        elif atom.shape == "99999" and text[start - 3 : start - 1] in STATE_CODES:
            city = _CITY_ZIP.search(text, max(0, start - 60), min(len(text), end + 5))
            if city is not None and city.end() >= end:
                yield Hit("STREET_ADDRESS", *city.span(), 0.7, "city-state-zip")
    for index in _OTHER_WORDS.places(around.words):
        if words.words[index] == "corner":
            start = (
                words.starts[index] - 4
                if text[max(0, words.starts[index] - 4) : words.starts[index]].lower() == "the "
                else words.starts[index]
            )
            match = _CORNER.match(text, start)
            if match is not None:
                yield Hit("STREET_ADDRESS", *match.span(), 0.7, "address-corner")
        else:
            match = _MILITARY.match(text, words.starts[index])
            if match is not None:
                yield Hit("STREET_ADDRESS", *match.span(), 0.8, "address-military")


_NUMBER_TAIL = re.compile(r"[A-Za-z]?(?:[ ]?[\-/+][ ]?\d{1,5}[A-Za-z]?)?(?![\w])")


def _past_number(text: str, stop: int) -> int:
    """Behind the rest of a house number: `28/17`, `64-96`, `3a`."""
    tail = _NUMBER_TAIL.match(text, stop) if stop and text[stop - 1].isalnum() else None
    return tail.end() if tail is not None else stop


CUE_REACH = 76
"""How far before a number the phrase may end that announces its address."""
_BESIDE_RIGHT = re.compile(r"[ \t,]{1,3}(?:\d{1,5}(?:st|nd|rd|th)?[ ])?[^\W\d_]")
_BESIDE_LEFT = re.compile(r"(?:[^\W\d_][.,)]?[ ]{1,2}|[^\W\d_][.,)]?\n|(?:[°º#]|[Nn]\.)[ ]?|[^\W\d_][ ]?,[ ]?)\Z")


_BEFORE_WORD = frozenset(" \t,")
_BEHIND_WORD = frozenset(" \n,.°º#")
"""The characters with which `_BESIDE_RIGHT` may begin and `_BESIDE_LEFT` may end."""


def _beside_words(text: str, start: int, end: int) -> bool:
    """Whether a word stands right beside the number, as in every address; numbers in code and tables stand beside signs."""
    if text[end : end + 1] in _BEFORE_WORD and (
        text[end + 1 : end + 2].isalpha() or _BESIDE_RIGHT.match(text, end) is not None
    ):
        return True
    before = text[max(0, start - 2) : start]
    return before[-1:] in _BEHIND_WORD and (
        (before[-1] == " " and before[0].isalpha()) or _BESIDE_LEFT.search(text, max(0, start - 4), start) is not None
    )


def keyed(value: str, words: str) -> Iterator[Hit]:
    """An address that a whole value is because of its key or header; `words` as `words_of`, offsets inside `value`."""
    if " address " not in words and " street " not in words and " adresse " not in words and " straße " not in words:
        return
    if not 6 <= len(value) <= 160 or "@" in value or "://" in value or "." in value.replace(". ", "").rstrip("."):
        return
    if any(map(str.isdigit, value)) and sum(map(str.isalpha, value)) >= 4:
        yield Hit("STREET_ADDRESS", 0, len(value), 0.7, "address-key", False, ("key",))


def _core(around: Surroundings, cues: list[_Cue], start: int, end: int) -> tuple[int, int, str] | None:
    """The street around the number at `start`: where it begins and ends, and which order it has."""
    text = around.text
    if text[end : end + 1] in (" ", "\t", ","):
        following = _NEXT_WORD.match(text, end)
        if following is not None:
            word = following.group(1)
            right = _RIGHT.match(text, end) if _may_name_street(word, text, cues, start) else None
            if right is not None and _is_street(right, text, cues, start):
                full = len(right.group(2)) > 4 and bool(right.group(3))  # `Street.` ends a sentence, `St.` does not
                return start, right.end() - full, "address-number-first"
            if (bare := word.lower().rstrip(".")) in _UNNAMED_TYPES or bare[:2] == "c/":
                right = _RIGHT_TYPE.match(text, end)
                stop = _cut(text, end, right.end()) if right is not None else None
                if stop is not None and not _weak_type(text, end):
                    return start, stop, "address-type-first"
    if start > 3 and text[start - 1] in " \n,°º.":
        low = max(0, start - LOOK_BACK)
        blank = max(text.rfind(" ", low, start - 1), text.rfind("\n", low, start - 1), low - 1)
        last = text[blank + 1 : start].strip().lower()
        if last.endswith(_SUFFIXES) or last == "no.":
            window = text[low:start]
            left = _LEFT_SUFFIX.search(window) or _LEFT_SPACED.search(window)
            if left is not None and _not_prose(left.group()):
                return low + _last_capital(left), end, "address-number-last"
        starts, ends, _ = around.places(_TYPES)
        at = bisect_left(starts, start) - 1
        while at >= 0 and start - ends[at] <= LOOK_BACK:
            if ends[at] <= start and _is_type(text[starts[at] : ends[at] + 1]):
                left = _LEFT_TYPE.fullmatch(text, starts[at], start)
                if left is not None and _typed(left.group()):
                    return starts[at], end, "address-number-last"
            at -= 1
        if last.strip("#.,()") in _BOX_WORDS:
            left = _BOX.search(text, low, start)
            if left is not None and not (
                left.group().lower().strip() in ("unit", "b.p.", "bp") and text[end : end + 1] != ","
            ):
                return left.start(), end, "address-box"
    return None


def _may_name_street(word: str, text: str, cues: list[_Cue], start: int) -> bool:
    """Whether a street's name may begin with `word`: what `_is_street` asks of it, before the rest of it is looked for."""
    return not word[0].islower() or _PARTICLE.match(word) is not None or _cue_before(text, cues, start) is not None


def _is_type(word: str) -> bool:
    """Whether a word may begin a street's name; ordinary words only with a capital."""
    bare = word.strip().lower().lstrip("(\"'").rstrip(".,")
    if bare in _TYPE_WORDS and bare != "c":
        return (bare not in WEAK_TYPES and bare not in _NAMED_WORDS) or word.lstrip("(\"'")[0].isupper()
    return bare.startswith("c/")


def _is_street(right: re.Match[str], text: str, cues: list[_Cue], start: int) -> bool:
    name, kind = right.group(1).strip(), right.group(2)
    if not name:
        return False
    words = name.split()
    capital = all(word[0].isupper() or word[0].isdigit() or re.fullmatch(PARTICLE, word) for word in words) and any(
        word[0].isupper() for word in words
    )
    if not capital:
        return (
            kind.lower() in SURE_AFTER
            and len(words) <= 3
            and len(kind) > 2
            and _cue_before(text, cues, start) is not None
        )
    if kind.lower() in SURE_AFTER:
        return kind[0].isupper() or len(kind) > 3
    if kind[0].isupper() and _UNIT_FOLLOWS.match(text, right.end()):
        return True
    return kind[0].isupper() and _cue_before(text, cues, start) is not None


_CANADIAN = re.compile(r"(?<![\w])[A-Z]\d[A-Z][ ]?\d[A-Z]\d(?![\w])")


def _weak_type(text: str, end: int) -> bool:
    """Whether the street word after the number is an ordinary word too, so that what follows must be a name."""
    words = re.findall(r"\S+", text[end : end + 50])
    if not words:
        return True
    first = words[0].strip(",").lower()
    if (
        first in WEAK_TYPES
        and words[1:2]
        and words[1][0].isupper()
        and _CANADIAN.search(text, end, end + 90) is not None
    ):
        return False
    if first in WEAK_TYPES:
        return len(words) < 2 or not words[1][0].isupper() or not words[0][0].isupper()
    return len(words) < 2 or (not any(w[0].isupper() for w in words[1:4]) and not words[0][0].isupper())


def _cut(text: str, low: int, high: int) -> int | None:
    """Ends a run of words at the last capitalised one."""
    end = None
    for word in re.finditer(rf"{_LOWER}", text[low:high]):
        if word.group()[0].isupper():
            end = low + word.end()
        elif end is not None and not re.fullmatch(PARTICLE, word.group()):
            break
    return end if end is not None else high


def _not_prose(value: str) -> bool:
    words = value.split()
    return (any(word[0].isupper() for word in words) and words[-1][:1].isupper()) or (
        len(words[-1]) > 6
        and words[-1].lower().endswith(("straße", "strasse", "straat", "gatan", "gade", "utca", "gata", "vägen"))
    )


def _last_capital(left: re.Match[str]) -> int:
    """Leave out the ordinary words before the street's name, and what stands before those: `I live at Am alten Markt`."""
    begin = left.end()
    for word in reversed(list(re.finditer(r"\S+", left.group()))):
        value = word.group()
        if value[0].isupper():
            begin = left.start() + word.start()
        elif re.fullmatch(PARTICLE, value) is None and not value.endswith(("en", "er", "straße", "weg")):
            break
    return begin if begin < left.end() else left.start()


def _typed(value: str) -> bool:
    words = value.split()
    kind = words[0].lower()
    rest = [word for word in words[1:] if word[0].isalnum() and word.lower().rstrip(".,") not in _NUMBER_WORDS]
    if not rest:
        return False
    if len(rest) < len(words) - 1 or "#" in value:
        return True  # `Calle 63 # `, `Av. 6 N° `: the sign says what follows
    if kind in _NAMED_WORDS:
        return words[0][0].isupper() and (rest[0][0].isupper() or rest[0] in _OF) and rest[-1][:1].isupper()
    if kind in WEAK_TYPES:
        return (
            words[0][0].isupper() and rest[-1][:1].isupper() and len(rest) <= 3 and kind not in ("in", "im", "am", "an")
        ) or (kind in ("am", "im", "an", "in") and words[0][0].isupper() and rest[0][0].isupper() and len(rest) <= 2)
    named = [word for word in rest if word[0].isupper()]
    return (bool(named) and (rest[-1][0].isupper() or rest[-1][0].isdigit())) or (
        words[0][0].islower()
        and len(rest) <= 4
        and kind in ("rue", "calle", "rua", "via", "ul.", "rúa", "ulica", "carrer")
        and all(len(word) > 2 or word in _OF for word in rest)
    )


_NUMBER_WORDS = frozenset(("n°", "nº", "nro", "núm", "km"))
_OF = frozenset(("de", "da", "do", "dos", "das", "del", "la", "el", "los", "las"))

_NAMED = frozenset({"LOCATION", "PERSON", "ORGANIZATION"})
_STREETS = Wanted((
    "rue", "avenue", "boulevard", "chemin", "allée", "viale", "piazza", "corso", "calle", "paseo", "rua", "avenida", "travessa",
    "praça", "largo", "ul", "ulica", "al", "pl", "plac", "aleja", "utca", "út", "tér", "körút", "strada", "aleea", "calea", "jalan",
    "gang", "street", "road", "lane",
))  # fmt: skip
"""Words for streets that are evidence enough beside a postal code that is no plain number."""
_ADDRESSED = _NAMED | {"STREET_ADDRESS"}
_HOUSE = re.compile(r"(?<![\w.,\-/:])\d{1,6}[A-Za-z]?,?[ ]\Z")
MAX_TAIL = 60
"""How far a place that begins inside an address may reach beyond its end."""


def compose(around: Surroundings, hits: list[Hit]) -> list[Hit]:
    """An address is made of places, names and numbers: what was found of them inside or across it becomes part of it.

    A place with a number in it or before it, announced as an address or written like one, grows into an address.
    """
    places = [hit for hit in hits if hit.entity_type == "LOCATION"]
    found = [hit for hit in hits if hit.entity_type == "STREET_ADDRESS"]
    if not any(hit.entity_type in _ADDRESSED for hit in hits) and not _STREETS.places(around.words):
        return hits
    cues = _cues(around) if places else []
    found += [grown for hit in places if (grown := _from_place(around.text, cues, hit)) is not None]
    found += by_last_line(around.text, hits)
    if not found:
        return hits
    found.sort(key=lambda hit: (hit.start, -hit.end))
    merged: list[Hit] = []
    for hit in found:
        if merged and hit.start < merged[-1].end:
            merged[-1].end = max(merged[-1].end, hit.end)
            merged[-1].score = max(merged[-1].score, hit.score)
        else:
            merged.append(hit)
    rest = [hit for hit in hits if hit.entity_type != "STREET_ADDRESS"]
    named = sorted((hit for hit in rest if hit.entity_type in _NAMED), key=lambda hit: hit.start)
    at = 0
    for address in merged:
        while at < len(named) and named[at].end <= address.start:
            at += 1
        inside = at
        while inside < len(named) and named[inside].start < address.end:
            part = named[inside]
            if part.entity_type == "LOCATION":
                address.start = min(address.start, part.start)
                address.end = max(address.end, min(part.end, address.end + MAX_TAIL))
            address.score = max(address.score, part.score + 0.001)
            inside += 1
    return rest + merged


def _from_place(text: str, cues: list[_Cue], place: Hit) -> Hit | None:
    """The address that a place found by the NER is part of."""
    value = text[place.start : place.end]
    begin, end = place.start, place.end
    numbered = any(map(str.isdigit, value))
    before = _HOUSE.search(text[max(0, begin - 9) : begin])
    after = re.match(r"[ ,]{1,2}\d{1,5}[A-Za-z]?(?=[,.;\n]|[ ]?$|[ ](?i:apt|suite|ste|unit))", text[end : end + 12])
    if not numbered and before is None and after is None:
        return None
    first = begin
    while before is not None and begin - first < 16:
        first = max(0, first - 9) + before.start()
        before = _HOUSE.search(text[max(0, first - 9) : first])
    cued = _cue_before(text, cues, first) is not None
    if not cued and not (
        numbered and (after is not None or first < begin or value[0].isdigit() or value[-1].isdigit())
    ):
        return None
    if numbered and not cued and (re.search(r"(?:1[89]|20)\d\d", value) or sum(map(str.isalpha, value)) < 4):
        return None
    if not cued:
        first = begin if first < begin and re.fullmatch(r"(?:1[89]|20)\d\d[ ,]*", text[first:begin]) else first
    return Hit(
        "STREET_ADDRESS",
        first,
        _grow(text, end),
        min(0.9, place.score),
        "address-place",
        False,
        ("grown from a place",),
    )


_LEFT_NUMBER = re.compile(r"(?<![\w.,])\d{1,6}[,]?[ ]\Z")


def _left_number(text: str, begin: int) -> int:
    low = max(0, begin - 9)
    number = _LEFT_NUMBER.search(text[low:begin])
    return low + number.start() if number is not None else begin


def _grow(text: str, stop: int) -> int:
    """Adds the unit, the town, the postal code and the country that follow."""
    if stop < len(text) and text[stop] == ".":
        if not re.match(r"\.[ ]?,|\.[ ](?i:apt|suite|unit)|\.\s{1,3}\d{4,6}\b", text[stop : stop + 14]):
            return stop
        stop += 1
    grown = _GROW.match(text, stop)
    if grown is None:
        return stop
    value = grown.group()
    halt = _STOP.search(value)
    if halt is not None:
        value = value[: halt.start()]
    if not any(map(str.isdigit, value)) and "," not in value[:3] and "\n" not in value[:3]:
        words = value.split()
        value = value[: value.find(words[0]) + len(words[0])] if words and len(words) > 3 else value
    end = stop + len(value.rstrip(" ,.\n\t("))
    return max(end, stop)


_Cue = tuple[int, int]
"""Where the first word of a phrase stands that announces an address."""


def _cues(around: Surroundings, near: int | None = None) -> list[_Cue]:
    """What announces an address, ascending; `near`: only where a digit stands so many characters behind its first word at most."""
    text = around.text
    starts, ends, _ = around.places(_CUE_WORDS)
    cues = list(zip(starts, ends, strict=True))
    if near is not None:
        shape = around.shape
        cues = [cue for cue in cues if shape.find("9", cue[1], cue[1] + near) >= 0]
    return [cue for cue in cues if _CUE.match(text, cue[0]) is not None]


def _cue_before(text: str, cues: list[_Cue], start: int) -> tuple[int, str] | None:
    """Where the phrase that announces the address at `start` ends, and the phrase; words of the address may stand between."""
    at = bisect_left(cues, (start,)) - 1
    while at >= 0 and start - cues[at][1] <= CUE_REACH and cues[at][0] >= start - context.BEFORE:
        if cues[at][1] <= start:
            cue = _CUE.match(text, cues[at][0], start)
            if cue is not None and (cue.end() == start or _LEAD.fullmatch(text, cue.end(), start) is not None):
                return cue.end(), cue.group()
        at -= 1
    return None


_LONE_NUMBER = re.compile(r"(?:the[ ])?[^\W\d_]+[ ]\d{1,2}(?:\.\d+)?[^,\dA-Z]*\Z")
"""`moved to Python 3`: a name and its version."""


def _announced(text: str, cues: list[_Cue], start: int) -> tuple[int, int] | None:
    """An address of any shape right after a phrase that announces one; the number may be its first or a later word."""
    cue = _cue_before(text, cues, start)
    if cue is None:
        return None
    begin, phrase = cue[0], cue[1].lower()
    chunk = _CHUNK.match(text, begin)
    value = chunk.group() if chunk is not None else ""
    halt = _STOP.search(value)
    if halt is not None:
        value = value[: halt.start()]
    letters = sum(map(str.isalpha, value))
    if letters < 4 or not any(map(str.isdigit, value)):
        lower = _LOWER_CHUNK.match(text, begin)
        if lower is None or not ("address" in phrase or "sent" in phrase or "live" in phrase):
            return None
        value = lower.group()
    if phrase.startswith(("refers", "title", "shows", "move", "come", "go")) and _LONE_NUMBER.match(value):
        return None
    if re.fullmatch(r"\d{1,2}(?:[:.]\d\d)?[ ]?(?:[AaPp][Mm]|[Oo]'?clock).*", value) or re.match(
        r"(?:19|20)\d\d(?!\d| [A-Z])", value
    ):
        return None
    return begin, begin + len(value.rstrip(" ,.\n\t("))
