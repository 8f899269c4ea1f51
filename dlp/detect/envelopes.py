"""Addresses known by their last line: a town beside its postal code, whatever country the street's name is from.

Streets are called in more ways than a table holds (`Tveitmarka 4E`, `Hẻm 19`, `Foster View`), but the last line is written
alike all over the world: `05358 Altötting`, `Leeds, LS1 4AP`, `Braga 3620-494`. From there the address is read backwards, part
by part (commas and line ends part them), as long as the words can belong to one, until a part with a house number or a street
word has been read. Names and places that were found in it, or a phrase that announces an address, are the evidence that it is
one; a bare list of words and numbers has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dlp.detect.facts import MONTH_WORDS
from dlp.detect.hit import Hit
from dlp.detect.patterns import late

UK_CODE = r"[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}"
CODES = (
    rf"{UK_CODE}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|[A-Z]\d[\dW][ ]?[A-Z\d]{{4}}|\d{{4}}[ ]?[A-Z]{{2}}(?![A-Za-z])|\d{{2}}-\d{{3}}|"
    r"\d{5}-?\d{3}|\d{4}-\d{3}|\d{3}[ ]\d{2}|\d{5}-\d{4}"
)
"""Postal codes that are more than a number: British, Canadian, Irish, Dutch, Polish, Brazilian, Portuguese, Czech, US (UPU S42)."""
_CODE = re.compile(
    r"(?=[A-Z\d])"  # most characters can't begin a code, which says so sooner than what may stand before one
    rf"(?:(?:(?<![\w.,/\-+$€£#:])|(?<=\\n))(?:[A-Z]{{1,2}}-)?(?:{CODES}|\d{{4,6}})(?![\w%]|[.,:/\-]\d|-\w)"
    r"|(?<=[^\W\d_]-)\d{6}(?![\w%]|[.,:/\-]\d|-\w))"
)
_UP = r"[^\W\d_a-zß-öø-ÿ]"
_TOWN_WORD = rf"{_UP}(?:[^\W\d_]|['’.\-](?=[^\W\d_])){{1,28}}+"
_SMALL = r"(?:an|am|auf|im|in|ob|der|de|den|do|da|dos|del|di|la|le|les|las|los|el|sur|sous|lès|bei|upon|on|of|the|nad|pod|na|w|v|o|och|i)"
_TOWN = rf"(?:d[aeo]s?[ ])?{_TOWN_WORD}(?:[ \-](?:{_SMALL}[ ]){{0,2}}{_TOWN_WORD}){{0,4}}(?:[ ]los[ ](?:altos|bajos))?"
_TOWN_AFTER = late(rf",?[ ]{{1,2}}({_TOWN})(?:[ ]?[/(,][ ]?[A-Z]{{2,3}}(?![\w])\)?)?")
_TOWN_BEFORE = re.compile(rf"{_TOWN}(,?[ ](?:Q\. ROO|[A-Z]{{2,5}}\.?))?")
_BRAZILIAN = re.compile(r"\d{5}-?\d{3}[^\n,;]{2,60}[/-][ ]?[A-Z]{2}(?!\w)")
"""A code, a town and its state: with these three the street needs no number."""
_OPENS = re.compile(r"(?:,[ ]{1,2}|,?[ ]{0,2}\r?\n[ \t]{0,8}|\\n)\Z")
"""What parts the last line from the street."""
_NUMBER = re.compile(
    r"[#№]?\d{1,6}[A-Za-z]{0,2}(?:[\-/+]\d{1,5}[A-Za-z]?)*[º°ª.]?|[Ss]/[Nn]|[A-Z]\d{1,4}|\d{1,3}(?:st|nd|rd|th)"
)
_WORDS = re.compile(r"[^\s,]+")
_LITTLE = frozenset(
    "de do da dos das del della dei degli di du des la le las los el al els of the van von vom der den dem ter ten y e i et am "
    "im zum zur sur st. nr no no. nº n° nr. s/n u v w nad pod na d' l' op aan bij het xã tỉnh phường thành phố đường ngõ hẻm quận "
    "huyện số ulica ul. al. pl. os. plac aleja aleje osiedle nám. náměstí třída calea strada rodovia estrada carrer passeig rue avenue boulevard place chemin allée quai impasse via viale piazza corso vicolo calle c/ plaza "
    "paseo rua avenida travessa cesta pot ulice tie kuja katu utca út tér bulevardi apt apt. flat unit suite box po p.o. edif. "
    "depto. interior piso piano planta floor stock etage étage scala int. lok. m. appartamento blok sc. ap. et. bl. jud. jalan jl. gang gg. n.".split()
)
"""Small words and abbreviations inside addresses."""
_STREET_WORD = late(
    r"(?i)(?<!\w)(?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|quai|impasse|route|via|viale|piazza|corso|vicolo|calle|c/|plaza|"
    r"paseo|rua|avenida|travessa|praça|largo|alameda|viaduto|ul\.|ulica|al\.|pl\.|os\.|jalan|jl\.|gang|p\.?[ ]?o\.?[ ]?box|apartado|"
    r"postfach|s/n|street|road|lane|drive|close|square|utca|út|tér|körút|plac|aleja|[sș]oseaua|strada|str\.|aleea|bulevardul|calea|intrarea|splaiul|pia[tț]a)(?!\w)"
)
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_YEARS = re.compile(r"(?:(?:Copyright|\(?[Cc©]\)?):?\s{1,3}){0,2}(?:19|20)\d\d(?![\w])")
MOST_PARTS = 4
"""Parts (lines or pieces between commas) of an address before its last."""
LONGEST_PART = 70
_NAMED = frozenset(
    {"LOCATION", "PERSON", "ORGANIZATION", "STREET_ADDRESS", "UK_POSTCODE", "CA_POSTAL_CODE", "ZIP_CODE", "DE_PLZ"}
)


def by_last_line(text: str, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Addresses in `text` that end with a town and its code; `hits` are what was found of names, places and addresses."""
    named = sorted((hit.start, hit.end) for hit in hits if hit.entity_type in _NAMED)
    done = at = 0
    for code in _CODE.finditer(text):
        plain = code.group().isdigit()
        if code.start() < done or (plain and not named):
            continue
        last = _last_line(text, code)
        if last is None:
            continue
        start, town, stop = last
        sure = _BRAZILIAN.fullmatch(text, code.start(), stop) is not None
        begin = _read_back(text, max(done, start - MOST_PARTS * LONGEST_PART), start, sure=sure)
        if begin is None or (_YEAR.match(code.group()) and _YEARS.match(text, begin, start)):
            continue  # `2005 Anna Adams⏎2006 Acme Systems`: who has a copyright since when
        while at < len(named) and named[at][1] <= begin:
            at += 1
        if (at < len(named) and named[at][0] < town) or (not plain and _STREET_WORD.search(text, begin, start)):
            done = stop
            yield Hit("STREET_ADDRESS", begin, stop, 0.8, "address-last-line", False, ("town and postal code",))


def _last_line(text: str, code: re.Match[str]) -> tuple[int, int, int] | None:
    """Where the last line begins that the code is in, where the town's first word ends, and where the line ends."""
    start, end = code.span()
    if _OPENS.search(text, max(0, start - 10), start) is not None:
        town = _TOWN_AFTER.match(text, end)
        if town is not None:
            return start, town.start(1) + len(town.group(1).partition(" ")[0]), town.end()
    high = _without_break(text, start)
    low = _part_start(text, max(0, high - LONGEST_PART), high)
    town = _TOWN_BEFORE.fullmatch(text, low, high)
    if town is None:
        return None
    value = code.group()
    year = len(value) == 4 and value[:2] in ("19", "20")
    return None if year and town.group(1) is None else (low, high, end)


def _read_back(text: str, floor: int, stop: int, *, sure: bool) -> int | None:
    """Where the address begins whose last line begins at `stop`; None when nothing before it can be a street.

    `sure`: the last line is that of an address and nothing else, so names alone may stand before it.
    """
    begin: int | None = None
    housed = False
    for _ in range(MOST_PARTS):
        high = _without_break(text, stop)
        if high == stop or high <= floor:
            break
        low = _part_start(text, max(floor, high - LONGEST_PART), high)
        first, numbered, bare = _tail_of_address(text, low, high)
        if first is None or (housed and not (numbered and first == low)):
            break
        if numbered or _STREET_WORD.search(text, first, high) is not None:
            begin, housed = first, not bare  # a bare number belongs to the street before it: `Via Roma, 12`
        elif begin is not None or sure:
            begin, housed = first, begin is not None
        elif first != low:
            break
        stop = low
        if first != low:
            break
    return begin


def _without_break(text: str, stop: int) -> int:
    """Where the part ends that something else than itself parts from what begins at `stop`."""
    while stop and (text[stop - 1] in " \t\r\n,-" or text.startswith("\\n", stop - 2)):
        stop -= 2 if text[stop - 1] == "n" else 1
    return max(stop, 0)


def _part_start(text: str, floor: int, high: int) -> int:
    """Where the piece between commas or line ends begins that ends at `high`."""
    low = max(
        floor, *(text.rfind(mark, floor, high) + len(mark) for mark in _BREAKS if mark in text[floor:high]), floor
    )
    while low < high and text[low] in " \t":
        low += 1
    return low


_BREAKS = (",", "\n", '"', ": ", "\\n", ">", "|", "(", " - ")


def _tail_of_address(text: str, low: int, high: int) -> tuple[int | None, bool, bool]:
    """Where the words of an address begin that end at `high`; whether a house number is among them, and nothing but numbers."""
    first: int | None = None
    number = named = False
    unknown = 0
    for word in reversed(list(_WORDS.finditer(text, low, high))):
        value = word.group().strip("()")
        if first is not None and _SENTENCE_ENDS.fullmatch(value) and _STREET_OPENS.match(text, first) is not None:
            break  # `Dr. Juan Pérez. Av. de la Paz 12`: what comes before is another sentence
        if _NUMBER.fullmatch(value) is not None:
            number = True
        elif value[:1].isalpha() and not value[:1].islower():
            if number and not named and value.lower().rstrip(".") in MONTH_WORDS:
                return None, False, False  # a date
            named = named or value.lower() not in _LITTLE
        elif value.lower() not in _LITTLE:
            unknown += 1
            if named or not number or unknown > 2:
                break
            continue  # `Klesarski put 3b`: part of the street if a capital comes before it
        elif first is None and not number:
            break
        first = word.start()
    if first is None:
        return None, False, False
    opening = _WORDS.match(text, first, high)
    while opening is not None and opening.group() in _NEVER_FIRST:
        following = _BLANKS.match(text, opening.end(), high)
        first = following.end() if following is not None else high
        opening = _WORDS.match(text, first, high)
    if opening is None:
        return None, False, False
    return first, number, number and not named


_BLANKS = re.compile(r"[\s,]*")
_SENTENCE_ENDS = re.compile(r"[^\W\d_]{3,}(?<!str)\.")
_STREET_OPENS = re.compile(
    r"(?i)(?:(?:av|avda|pza|pl|ctra|ul|al|bd|via|str)\.|(?:avda|avenida|calle|paseo|plaza|pza|carretera|ctra|rue|avenue|boulevard|"
    r"via|viale|piazza|rua|strada|ulica)[ ]|c/)"
)
_NEVER_FIRST = frozenset("of the in on at to and y e i et am im en".split())
