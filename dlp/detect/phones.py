"""Telephone numbers of all countries, without asking libphonenumber for every run of digits.

Three ways to be one, from the surest to the weakest:

* international: `+` or `00`, a country calling code and as many digits as that country's plan has;
* a layout that nothing else uses (`(415) 555-0132`, `0494 92 82 32` where some national plan holds the number);
* any plausible run of digits beside a word such as *phone*, *call*, *tel*, in a dozen languages.

National plans are libphonenumber's number patterns, compiled once on first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dlp.detect.checks import is_moment
from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.shapes import ShapeMemo

_PLAN_LENGTHS = """
4-5 290|4-7 690|4-11 352|4-13 43 598|4-15 49|4-7,10 98|4,7 683|5 500 682|5-6 247|5-7 688|5-8 386|5-10 27 64|5-11 31
5-12 358 971|5-10,12 61|5-9,11 852|5-7,10 685|5-6,8-14 82|5,7 676 677 678|5,8 47 686|6 298 299 672 687|6-7 597
6-9 252 355|6-10 48 95 880|6-11 375 595|6-12 39 381|6-10,12 46|6-9,12 359|6-8,10 53|6-7,9 421|6,8,9 376 689|6,8-13 63
6,9 40 508 681|7 238 239 246 248 269 291 297 592 673 674 680 691 692|7-8 241 599 670 675 853 961 965 975|7-9 231 385 967 968
7-10 84 243 254 353|7-11 886|7-12 86 882 972|7-15 62|7-9,11 974|7,8,10 230 267 372|7,8,10,11 507|7,8,11 503
7,9 220 245 265 354 423|7,9,10 44 263|10 1|7,10 960|7,10,12,13 90|7,11 501 679
8 45 216 222 223 226 227 228 232 235 236 253 257 266 350 356 357 370 371 373 374 389 505 509 800 808 973 993
8-9 32 36 51 213 224 233 237 250 258 264 268 377 382 387 591 962 963|8-10 20 60 855 856 964 970 976|8-11 55 593
8-12 92 383 883|8-13 91|8-15 81|8-10,13 66|8,10 378 506 850|8,10,11 57 65 977|8,11 502 504
9 33 34 93 94 211 212 218 221 240 242 244 249 251 255 256 260 261 262 351 590 594 596 979 992 994 995 998
9-10 380 881 966 996|9-11 56|9-12 420|9,12 41 870|10 52 58 225 229|10-11 54|10-13 30|10-14 234|10 7|11 888|12 878
"""
"""Digits after the country code, and the codes (libphonenumber 9, possible lengths incl. local ones; ITU-T E.164)."""


def _plan() -> dict[str, frozenset[int]]:
    plan: dict[str, frozenset[int]] = {}
    for entry in _PLAN_LENGTHS.replace("\n", "|").split("|"):
        if not entry.strip():
            continue
        lengths, *codes = entry.split()
        allowed: set[int] = set()
        for part in lengths.split(","):
            low, _, high = part.partition("-")
            allowed.update(range(int(low), int(high or low) + 1))
        for code in codes:
            plan[code] = frozenset(allowed)
    return plan


PLAN = _plan()

PHONE_WORDS = Wanted((
    "phone", "phones", "telephone", "tel", "tele", "whats app", "telefon*", "teléfono*", "telefono*", "telefone*", "téléphone*",
    "telephone*", "telefoon*", "telefonnummer",
    "call", "calls", "called", "calling", "dial", "mobile", "cell", "cellphone", "cellular", "fax", "text me",
    "number to text", "sms", "whatsapp", "signal",
    "telegram", "contact no", "contact number", "contact", "ring me", "reach me", "reach", "voicemail", "hotline",
    "landline", "handy*", "mobil*",
    "rufnummer", "anruf*", "ruf mich", "rufen", "rufe", "erreich*", "rückruf*", "móvil", "movil", "celular*", "celulare", "cellulare", "llama*",
    "llám*", "appelle*", "appeler", "portable",
    "chiama*", "ligue", "ligar", "bel me", "bellen", "gsm", "msisdn", "ringe", "ring", "tlf", "puhelin",
    "numéro de tel*", "phonenumber", "mob", "ph", "dialled",
    "电话", "手机", "電話", "携帯", "телефон*", "тел", "फोन", "फ़ोन", "मोबाइल", "هاتف", "전화*", "τηλ*", "tel no", "phone no",
    "kontakt*", "callback", "call back", "contacto", "contato", "tfno", "tlm", "telem*", "cel", "fijo", "fone", "zap", "recapit*", "festnetz*", "durchwahl*",
    "app me", "scrivimi", "escríbeme", "zadzwo*", "dzwoni*", "komórk*", "nr kom", "tel kom", "ghar ka number",
))  # fmt: skip
NUMBER_WORDS = Wanted(("number", "numbers", "nr", "no", "numero", "número", "numéro", "nummer", "num", "番号"))
OTHER_NUMBERS = Wanted((
    "order", "account", "acct", "serial", "part", "ticket", "invoice", "case", "reference", "ref", "tracking",
    "policy", "routing", "version", "isbn", "card",
    "tax", "license", "licence", "passport", "ssn", "batch", "row", "line", "page", "offset", "port", "error", "code",
    "id", "epoch", "timestamp", "commit",
    "build", "bug", "issue", "pull", "patent", "product", "sku", "item", "model", "registration", "certificate",
    "iban", "npi", "nhs", "record", "zip", "ean", "upc", "gtin", "issn", "doi", "pmid", "barcode", "article",
))  # fmt: skip

_DIGITS = re.compile(r"[0-9](?:[ \t()./\-\u2010]{0,3}[0-9]){5,}+")
"""Six digits or more; shorter ones need their label right before them (`short_numbers`)."""
_NINES = re.compile(r"9(?:[ \t()./\-]{0,3}9){5,}+")
"""`_DIGITS` in the shape of a text without a U+2010: what begins with one fixed character is found ten times as fast."""
_LABEL = (
    r"(?i:(?<![^\W_])(?:phone|telephone|tel|mobile|cell|fax|telefon|contact|whatsapp|handy)[ _]?(?:number|no\.?|nr\.?|nummer)?"
    r"(?:[ ]is)?[\"']?[ ]?[:=>|]?[ ]?[\"']?#?)"
)
"""A label for a telephone number and nothing between it and the number."""
_NUMBERED = re.compile(rf"{_LABEL}\Z")
_PART = re.compile(r"[0-9](?:[ ()./\-]?[0-9])*+")
_EXTENSION = re.compile(r"\s{0,2}(?:ext\.?|extension|x|durchwahl|poste|#)\s?\d{1,6}(?![\w])", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|"
    r"3[01])([-./])(?:0?[1-9]|1[0-2])\2(?:19|20)?\d\d"
    r"|(?:0?[1-9]|1[0-2])([-/])(?:0?[1-9]|[12]\d|3[01])\3(?:19|20)\d\d)(?:[ T]\d\d?)?"
)
_ARITHMETIC = re.compile(r"\d[.]\d{1,3} ?[/-]|[/-] \d|\d /")
_NAMED_THING = re.compile(
    r"(?i:doi(?:\.org/|:)\s?|(?<![\d.])10\.\d{4,9}/)\S{0,80}|\barn:[a-z*-]{2,12}:\S{0,80}|(?<![\w-])(?:[a-z]{1,20}-){2,12}\d{10,}"
)
"""What may hold a number that looks like a telephone's: a digital object identifier (ISO 26324, `10.1016/j.cell.2015.05.002`), a
resource of AWS, a heading's anchor."""
_THING_SIGNS = ("/", ":", "-")
"""One of these is in each of them."""
_LONGEST_THING = 80
_ADDED = re.compile(r"[\])0-9] ?\+ \Z")
"""`x[1] + 4973310216` is a sum."""
_YEARS = re.compile(r"(?:19|20)\d\d\s?[-/]\s?(?:19|20)\d\d")
_DECIMAL = re.compile(r"\d+\.\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+")
_NANP = re.compile(r"(?:1[ .\-]?)?(?:\([2-9]\d\d\)[ \-.]?[2-9]\d\d[\-. ]\d{4}|([2-9]\d\d)([\-.])[2-9]\d\d\2\d{4})")
_NANP_SPACED = re.compile(r"(?:1[ ])?[2-9]\d\d[ ][2-9]\d\d[ \-]\d{4}")
_DATE_SHAPE = re.compile(
    r"(?:9{4}([-./ ])9{1,2}\1[9]{1,2}|9{1,2}([-./])9{1,2}\2(?:99){1,2})(?:[ T]99?)?|9{4}\s?[-/]\s?9{4}"
)
_NANP_SHAPE = re.compile(r"(?:9[ .\-]?)?(?:\(999\)[ \-.]?999[\-. ]9{4}|999([\-.])999\1[9]{4})")
_NANP_SPACED_SHAPE = re.compile(r"(?:9[ ])?999[ ]999[ \-]9{4}")
"""The shapes of `_DATE` and `_YEARS`, `_NANP`, `_NANP_SPACED`."""
_SSN_LAYOUT = re.compile(r"\d{3}[-. ]\d{2}[-. ]\d{4}")
_ISBN = re.compile(r"97[89][- ]?\d")
_GROUPED = re.compile(r"\(?\d{1,5}\)?(?:[ .\-/]\(?\d{1,4}\)?){1,5}")
_GROUP = re.compile(r"[0-9]+")

_NANP_DIGITS = (10, 11)
NUMBER_REACH = 8
"""Characters from `number` to what is one: `numéro est le 40 41 22 93`."""
_LONGEST_NATIONAL = 15
"""Digits after the calling code, `_PLAN_LENGTHS`; also of any number with it (ITU-T E.164)."""
_LONGEST_DIALLED = 20
"""Digits that are looked for in national plans: more than any of them has with its trunk prefix."""
_LONGEST_ROW = 80
"""Characters; three numbers side by side."""

_MAIN_REGIONS = (
    "US", "GB", "DE", "FR", "IT", "ES", "PT", "NL", "BE", "AT", "CH", "IE", "DK", "SE", "NO", "FI", "PL", "CZ", "HU",
    "RO", "GR", "TR", "RU", "UA", "IL", "AE",
    "SA", "EG", "ZA", "NG", "KE", "GH", "IN", "PK", "BD", "LK", "CN", "HK", "TW", "JP", "KR", "SG", "MY", "TH", "VN",
    "PH", "ID", "AU", "NZ", "BR", "AR", "MX",
    "CL", "CO", "PE", "VE",
)  # fmt: skip


@cache
def _national_plans(length: int) -> re.Pattern[str]:
    """The fixed and mobile numbers of the larger regions, with the national prefix where one is dialled.

    Only those that may have `length` digits: some fit whatever the plan, and most of the plans have one or two lengths.
    """
    from phonenumbers import PhoneMetadata

    by_prefix: dict[str, list[tuple[str, range]]] = {}
    for region in _MAIN_REGIONS:
        data = PhoneMetadata.metadata_for_region(region)
        if data is None or data.general_desc is None:
            continue
        numbers = by_prefix.setdefault(data.national_prefix or "", [])
        for kind in (data.fixed_line, data.mobile):
            if kind is not None and kind.national_number_pattern:
                lengths = kind.possible_length or data.general_desc.possible_length
                numbers.append((kind.national_number_pattern, range(min(lengths), max(lengths) + 1)))
    plans = []
    for prefix, numbers in sorted(by_prefix.items()):
        if with_prefix := _one_of(numbers, length - len(prefix)):
            plans.append(f"{prefix}{with_prefix}")
        # What begins with the prefix is read with it only: no number of these regions begins so without.
        if prefix and (without := _one_of(numbers, length)):
            plans.append(f"(?!{prefix}){without}")
    return re.compile("|".join(plans) or _NEVER)


_NEVER = r"(?!)"


def _one_of(numbers: list[tuple[str, range]], length: int) -> str:
    """A pattern for those of the numbers that may have so many digits; empty where none has."""
    patterns = sorted({pattern for pattern, lengths in numbers if length in lengths})
    return f"(?:{'|'.join(patterns)})" if patterns else ""


def in_national_plan(digits: str) -> bool:
    """Whether some larger region has a fixed or mobile number written like this, trunk prefix included."""
    return len(digits) <= _LONGEST_DIALLED and _national_plans(len(digits)).fullmatch(digits) is not None


def country_code(digits: str) -> str | None:
    """The calling code that `digits` begins with."""
    for length in (1, 2, 3):
        if digits[:length] in PLAN:
            return digits[:length]
    return None


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a run of digits may be by its shape alone. Offsets are those in the run."""

    digits: int
    groups: tuple[tuple[int, int], ...]
    """Where its groups of digits stand; of a run longer than any row of numbers, those at its beginning."""
    arithmetic: bool
    dated: bool
    """It may be a date or two years."""
    social: bool
    """It is laid out as a US Social Security number."""
    decimal: bool
    """It may be a number with a point, or with its thousands apart."""
    american: bool
    """It may be laid out as in North America."""
    spaced: bool
    """The same with blanks."""
    grouped: bool
    """Its groups are few, with one sign between them."""

    def compact(self, run: str) -> str:
        """The digits of a run of this shape, as far as `groups` goes."""
        return run if len(run) == self.digits else "".join([run[low:high] for low, high in self.groups])


def _layout(shape: str) -> _Layout:
    groups = tuple(group.span() for group in _GROUP.finditer(shape, 0, 2 * _LONGEST_ROW))
    return _Layout(
        shape.count("9"),
        groups,
        arithmetic=_ARITHMETIC.search(shape) is not None,
        dated=_DATE_SHAPE.fullmatch(shape) is not None,
        social=_SSN_LAYOUT.fullmatch(shape) is not None,
        decimal=_DECIMAL.fullmatch(shape) is not None,
        american=_NANP_SHAPE.fullmatch(shape) is not None,
        spaced=_NANP_SPACED_SHAPE.fullmatch(shape) is not None,
        grouped=_GROUPED.fullmatch(shape) is not None,
    )


_LAYOUTS = ShapeMemo(_layout)


@dataclass(frozen=True, slots=True)
class _Row:
    """Where numbers may stand in a run with too many digits for one. Offsets are those in the run."""

    parts: tuple[tuple[int, int], ...]
    """The stretches where no more than one character stands between groups."""
    stretches: tuple[tuple[int, int, int], ...]
    """All stretches of several groups that have as many digits as a number, and how many; none where the run is too long."""


def _row(shape: str) -> _Row:
    parts = (part for part in _PART.finditer(shape) if len(part[0]) < len(shape))
    return _Row(
        tuple(part.span() for part in parts if 7 <= part[0].count("9") <= _LONGEST_NATIONAL),
        tuple(_stretches(shape)) if len(shape) <= _LONGEST_ROW else (),
    )


def _stretches(shape: str) -> Iterator[tuple[int, int, int]]:
    groups = _LAYOUTS[shape].groups
    for first, (begin, stop) in enumerate(groups, 1):
        count = stop - begin
        for low, high in groups[first:]:
            count += high - low
            if count > _LONGEST_NATIONAL:
                break
            if count >= 7:
                yield begin, high, count


_ROWS = ShapeMemo(_row)


def phones(around: Surroundings) -> list[Hit]:
    """Telephone numbers in `text`."""
    text = around.text
    shapes = around.shape
    alone = text.strip()
    hits: list[Hit] = []
    previous = -100
    for run in _DIGITS.finditer(text) if "\u2010" in text else _NINES.finditer(shapes):
        start, end = run.span()
        before = text[start - 1] if start else ""
        if before == "#" and _NUMBERED.search(text, max(0, start - 24), start) is not None:
            before = ""  # `Phone #`, `cell no. #`
        if before and (before in "_@#$€£" or (before.isascii() and before.isalpha() and not _glued_word(text, start))):
            continue
        following = text[end : end + 1]
        glued = following.isascii() and (following.isalnum() or following in ("_", "@", "%", "€"))
        if glued and not (following == "x" and _EXTENSION.match(text, end)):
            continue
        given = " phone " if start - previous <= 24 else ""
        found = _number(around, start, shapes[start:end], alone, given)
        if found:
            previous = found[-1].end
            hits += found
    return hits


def _glued_word(text: str, start: int) -> bool:
    """Whether a lower-case word of three letters or more runs into the number (`one is415-555-0132`)."""
    return (
        start >= 2
        and text[start - 2 : start].isalpha()
        and text[start - 1].islower()
        and "-" in text[start : start + 5]
    )


def _opened(text: str, start: int) -> tuple[int, bool]:
    """Where the number begins once `(` and `+` before it are counted in, and whether there is a `+`."""
    begin = start
    if begin and text[begin - 1] == "(":
        begin -= 1
    if begin and text[begin - 1] == "+":
        return begin - 1, not (begin > 1 and text[begin - 2].isalnum())
    if begin > 1 and text[begin - 1] in " (" and text[begin - 2] == "+":
        return (begin - 2, True) if _ADDED.search(text, max(0, begin - 4), begin) is None else (begin, False)
    return begin, False


def _number(around: Surroundings, start: int, shape: str, alone: str, given: str = "") -> list[Hit]:
    """The telephone numbers in a run of digits.

    Args:
        shape: The run's.
        alone: The whole text without the blanks around it.
        given: What makes it a telephone number without a word beside it; empty if nothing does.
    """
    text = around.text
    end = start + len(shape)
    raw = text[start:end]
    layout = _LAYOUTS[shape]
    begin, plus = _opened(text, start)
    if plus or (layout.digits > 8 and raw.startswith("00")):
        stops = _international(layout, layout.compact(raw), 0 if plus else 2)
        hits = _abroad(text, (begin, start, end), stops)
        if stops:
            if layout.digits > _LONGEST_NATIONAL:  # what follows the longest may be a number of its own
                hits += _parts(around, start + stops[0], shape[stops[0] :])
            return hits
    if layout.digits > _LONGEST_NATIONAL:
        return _parts(around, start, shape)
    if layout.digits < 6 or layout.arithmetic or (start > 1 and text[start - 1] == "." and text[start - 2].isdigit()):
        return []
    if layout.dated and (_DATE.fullmatch(raw) or _YEARS.fullmatch(raw)):
        return []
    digits = layout.compact(raw)
    if _ISBN.match(raw) or digits.count(digits[0]) == len(digits):
        return []
    if begin < start and ")" not in raw:
        begin = start
    word = ("another number", 0) if given else around.nearest(begin, end, PHONE_WORDS)
    other = around.nearest(begin, end, OTHER_NUMBERS)
    span = begin, start, end
    if word is not None and word[1] <= 45 and (other is None or other[1] >= word[1]):
        hit = _spoken_for(text, span, layout, word)
    else:
        hit = _laid_out(around, span, shape, alone, None if other is None else other[1])
    return [hit] if hit is not None else []


type _Span = tuple[int, int, int]
"""Where a number begins, where its first digit stands, and where it ends."""


def _abroad(text: str, span: _Span, stops: list[int]) -> list[Hit]:
    """A number behind a plus or two zeros, for each place in the run where it may end.

    What wins an overlap for the longest may belong to the number that follows after a blank.
    """
    begin, start, _ = span
    hits = []
    for stop in stops:
        run = text[start : start + stop]
        opened = text[begin] in "(+" or run.count("(") >= run.count(")")
        end = _extended(text, start + stop)
        hits.append(_hit(begin if opened else start, end, 0.85, "phone-international", "calling code"))
    return hits


def _spoken_for(text: str, span: _Span, layout: _Layout, word: tuple[str, int]) -> Hit | None:
    """A number that a word beside it, so many characters away, says is a telephone's."""
    begin, start, end = span
    said, distance = word
    if layout.digits == 6 and end - start == 6 and distance > 8:
        return None
    if (layout.social and distance > 12) or _in_a_name(text, start, end):
        return None
    return _hit(begin, _extended(text, end), 0.75 - distance / 1000, "phone-in-context", f"context: {said}")


def _laid_out(around: Surroundings, span: _Span, shape: str, alone: str, other: int | None) -> Hit | None:
    """A number that looks like a telephone's, and like nothing else.

    Args:
        shape: That of the run of digits.
        other: Characters to a word that says it is another kind of number; None if there is none.
    """
    text, (begin, start, end) = around.text, span
    run = _LAYOUTS[shape]
    whole = run if begin == start else _LAYOUTS[text[begin:start] + shape]
    if whole.american and (other is None or other > 10) and _NANP.fullmatch(text, begin, end):
        return _hit(begin, _extended(text, end), 0.65, "phone-nanp", "North American layout")
    if run.digits < 7 or run.social or (other is not None and other <= 20):
        return None
    if whole.spaced and _NANP_SPACED.fullmatch(text, begin, end):
        return _hit(begin, end, 0.55, "phone-nanp", "North American layout")
    raw = text[start:end]
    digits = run.compact(raw)
    lone = len(alone) == end - begin or (len(alone) <= end - begin + 3 and text[begin:end] in alone)
    if lone and not run.decimal and in_national_plan(digits) and not is_moment(raw):
        score = 0.63 if digits[0] == "0" else 0.52  # a trunk prefix says more than a check digit that one in ten passes
        return _hit(begin, end, score, "phone-national", "the whole text, in a national plan")
    if digits[0] == "0" and run.digits >= 9 and whole.grouped and in_national_plan(digits):
        return _hit(begin, end, 0.55, "phone-national", "grouped, in a national plan")
    numbered = None if run.decimal else around.nearest(begin, end, NUMBER_WORDS)
    if numbered is not None and numbered[1] <= NUMBER_REACH and in_national_plan(digits):
        return _hit(begin, end, 0.55, "phone-national", f"context: {numbered[0]}")
    return None


def _hit(start: int, end: int, score: float, recognizer: str, detail: str) -> Hit:
    return Hit("PHONE_NUMBER", start, end, score, recognizer, False, (detail,))


def _in_a_name(text: str, start: int, end: int) -> bool:
    """Whether the digits are a part of an identifier that has words beside them."""
    low = max(0, start - _LONGEST_THING)
    window = text[low : end + 1]
    if not any(sign in window for sign in _THING_SIGNS):
        return False
    things = _NAMED_THING.finditer(text, low, end + 1)
    return any(thing.start() <= start < thing.end() for thing in things)


def _extended(text: str, end: int) -> int:
    extension = _EXTENSION.match(text, end)
    return extension.end() if extension is not None else end


def _international(layout: _Layout, digits: str, skip: int) -> list[int]:
    """Where in its run an international number may end that begins it, the longest first; its plan has that many digits."""
    code = country_code(digits[skip:])
    if code is None:
        return []
    allowed = PLAN[code]
    trunk = digits[skip + len(code) : skip + len(code) + 1] == "0"  # +44 (0)20 ...
    stops: list[int] = []
    count = -skip - len(code)
    """Digits behind the code, at the end of each group."""
    for low, high in layout.groups:
        count += high - low
        if count > _LONGEST_NATIONAL:
            break
        if count in allowed or (trunk and count - 1 in allowed):
            stops.append(high)
    return stops[::-1]


def _parts(around: Surroundings, start: int, shape: str) -> list[Hit]:
    """A run with too many digits for one number: cut where more than one character separates groups, then anywhere."""
    hits: list[Hit] = []
    for low, high in _ROWS[shape].parts:
        hits += _number(around, start + low, shape[low:high], "")
    return hits + _in_a_row(around, start, shape)


def _in_a_row(around: Surroundings, start: int, shape: str) -> list[Hit]:
    """Numbers that stand side by side with single blanks between them: every stretch of groups in a plan.

    Too many, as far as the groups allow it: overlaps go to what a check digit holds for (a card), or to the longest.
    """
    stretches = _ROWS[shape].stretches
    if not stretches:
        return []
    text, end = around.text, start + len(shape)
    spoken = any(around.nearest(start, end, wanted) is not None for wanted in (PHONE_WORDS, NUMBER_WORDS))
    hits: list[Hit] = []
    for low, high, count in stretches:
        begin, part = start + low, shape[low:high]
        # Without a word it would have to begin with a trunk prefix or a plus, or be laid out as in North America.
        if spoken or count in _NANP_DIGITS or text[begin] == "0" or "+" in text[max(0, begin - 3) : begin]:
            digits = _LAYOUTS[part].compact(text[begin : begin + len(part)])
            if digits.startswith("00") or in_national_plan(digits):
                hits += _number(around, begin, part, "")
    return hits
