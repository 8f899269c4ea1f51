"""Making a span what a reader would mark: whole words, the name and nothing but the name; and dropping what is none.

Each step is a rule of writing, not of any data set. The order is that of `repaired`:

1. a span that runs over a line end is one span per line, a person's also before and after the colon of a label;
2. quotes, brackets and marks at its edges go; a half word becomes the whole one (O'Brien, Jean-Pierre);
3. forms of address, possessive endings and greetings at the edges go;
4. what reads as code, as a number, as a day, a pronoun, a field name or a well-known program is dropped;
5. the score follows the evidence: lists raise it, lower case and ordinary words lower it;
6. what bears a legal form or a noun such as "Clínica" becomes an organisation's (`dlp.detect.ner.companies`);
7. a listed name in doubt becomes a person's (`dlp.detect.ner.persons`);
8. neighbours that make one name are joined, and names cut short are completed (`Last, First`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dlp.detect.ner.companies import companies
from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.persons import (
    beside,
    completed,
    people_in_list,
    rather_person,
    rather_place,
    stands_after_from,
)
from dlp.detect.ner.rules import SETTLING
from dlp.detect.ner.tables import COLUMN, NOBODY
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold
from dlp.detect.ner.words import (
    ACCENTED_NAMES,
    COMPANY_ENDS,
    DISEASES,
    EPONYMS,
    FIELD_WORDS,
    FUNCTION_WORDS,
    HINDI,
    HONORIFICS,
    METHODS,
    MONTHS_WRITTEN,
    NAMED_AFTER,
    NEVER_NAMES,
    NOT_HONORIFIC_ALONE,
    NOUN_ENDINGS,
    PARTICLES,
    PRODUCTS,
    SHORTEST_STEM,
)

_NOBODY = NEVER_NAMES | PRODUCTS | HONORIFICS - {"de", "d"}
_SMALL = _NOBODY | HINDI
"""What is nobody's name in lower case."""
_NAME = PERSONAL | Kind.PLACE
AGREEMENT = 0.4
"""Part of the remaining doubt that a second source (a rule, the list) takes away."""
NO_DOUBT = 0.95
"""Probability of a person from which a given name counts although it is that of a product too."""
ORDINARY_ALONE = 0.5
"""Taken from the score of a person whose words are all ordinary and no names, and of such a place that no preposition precedes."""
LONGEST = 120
"""Code points; no name of a person, place or organisation is longer, so a longer span is cut back to this by whole words."""
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[{}<>=|\\$^~\u0000-\u0008]|::|->|\w_\w|\w\(|https?:|www\.")
_CAMEL = re.compile(r"[a-z][A-Z]")
_MC = re.compile(r"(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz|O)[A-Z]")
_KEEP_DOT = re.compile(
    r"(?:^|[\s.])(?:[^\W\d_]|[JjSs]r|[Ss]t|[Ii]nc|[Cc]orp|[Cc]o|[Ll]td|[Ll]tda|Bros|[Aa][Gg]|[A-Z]\.[A-Z]|S\.A|B\.V|N\.V|S\.r\.l|S\.p\.A|e\.V)$"
)
_NAMED_AFTER = re.compile(r"([^\W\d_]{3,})[ ](?:de|di|von|nach|do|da|d['\u2019])[ ]?$")
_FOLLOWING = re.compile(r"(?:['\u2019]s)?[ ]([^\W\d_]+)")
_LABEL = re.compile(r"[ ]?:[ \n]")
_DEGREE = re.compile(
    r"(?:B|M|Ph|D|LL|Dipl|MB)[. ]{0,2}(?:Sc|A|S|Eng|Tech|Com|Ed|B|M|D|Phil|Ing|BS|Arch)\.?(?:[ ](?:Hons|Ing|Kfm)\.?)?"
)
_BILLED = re.compile(r"(?i:bill(?:ed)?|mark|grant)[ ][Tt][Oo][ ]?:")
"""What the head of an invoice says, and no Bill: `Bill To: ...`."""
_POSSESSIVE = ("'s", "\u2019s")
_JOINERS = "'\u2019-\u2010\u2011"


def repaired(text: str, spans: Iterable[Span], lexicon: Lexicon) -> list[Span]:
    """The spans of `text` after all steps, sorted, without overlaps. Linear in the number of spans."""
    lines = [piece for span in spans for piece in _by_line(text, span)]
    trimmed = [found for span in lines if (found := _trimmed(text, span)) is not None]
    weighed = [found for span in trimmed if (found := _weighed(text, span, lexicon)) is not None]
    parted = _apart(weighed)
    others = list(beside(text, parted, lexicon))
    parted = _apart([*parted, *others]) if others else parted
    named = [span for span in parted if span.label != NOBODY]
    placed = [rather_place(text, part, lexicon) for span in named for part in people_in_list(text, span, lexicon)]
    apart = [rather_person(text, span, lexicon) for span in companies(text, placed, lexicon)]
    return completed(text, _joined(text, apart, lexicon), lexicon)


def _by_line(text: str, span: Span) -> list[Span]:
    value = text[span.start : span.end]
    labelled = span.label == "PERSON" and ": " in value
    if not labelled and "\n" not in value and "\r" not in value and "\t" not in value:
        return [span]
    pieces = (_LABELLED if labelled else _LINE).finditer(value)
    return [span.at(span.start + piece.start(), span.start + piece.end()) for piece in pieces]


_LINE = re.compile(r"[^\n\r\t]+")
_LABELLED = re.compile(r"(?:[^\n\r\t:]|:(?! ))+")
"""The same, parted where a label ends as well: nobody is called `Emne: Tilbud`."""


def _trimmed(text: str, span: Span) -> Span | None:
    if span.exact:
        return span
    start, end = _edges(text, span.start, span.end)
    if start >= end:
        return None
    start, end = _whole(text, start, end, span.label)
    if span.label == "PERSON":
        start = _after_address(text, start, end)
    if span.label != "ORGANIZATION" and end - start > 3 and text[start:end].lower().endswith(_POSSESSIVE):
        end -= 2
    start, end = _edges(text, start, end)
    if end - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST)
        end = cut if cut > start else start + LONGEST
    return span.at(start, end) if start < end else None


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
    """Without anything but letters and digits at either edge, save the dot of an abbreviation."""
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        if text[end - 1] == "." and _KEEP_DOT.search(text, max(start, end - 8), end - 1):
            break
        if text[end - 1] in ")]" and ("(" in text[start:end] or "[" in text[start:end]):
            break
        end -= 1
    if end < len(text) and text[end] == "." and _initial_before(text, start, end):
        end += 1
    return start, end


def _initial_before(text: str, start: int, end: int) -> bool:
    """`J. R` followed by a dot: the dot belongs to the last initial."""
    return end - start >= 3 and text[end - 1].isupper() and text[end - 2] in ". " and "." in text[start:end]


def _whole(text: str, start: int, end: int, label: str) -> tuple[int, int]:
    """A span that begins or ends inside a word takes in the whole word; so does one cut at a hyphen or apostrophe."""
    low, high = max(0, start - 40), min(len(text), end + 40)
    while start > low and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < high and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    if label == "PERSON":
        while end + 1 < high and text[end] in _JOINERS and text[end + 1].isupper():
            end += 1
            while end < high and text[end].isalnum():
                end += 1
        while start - 1 > low and text[start - 1] in _JOINERS and text[start - 2].isalnum():
            head = start - 1
            while head > low and text[head - 1].isalnum():
                head -= 1
            if not text[head].isupper():
                break
            start = head
    return start, end


def _after_address(text: str, start: int, end: int) -> int:
    """Where the name begins after forms of address (`Dr. med. `, `Frau `, `Shri `)."""
    for _ in range(3):
        match = _WORD.match(text, start, end)
        rest = _WORD.search(text, match.end(), end) if match is not None else None
        if match is None or rest is None:
            return start
        word = fold(match.group())
        if word not in HONORIFICS or (word in NOT_HONORIFIC_ALONE and not _addressed(text, word, match.end())):
            return start
        start = rest.start()
    return start


def _addressed(text: str, word: str, end: int) -> bool:
    """Whether a form of address that is also a word or an initial is meant as one: `M. Blanc`, `Fr. Weber`, `de heer Smit`."""
    dotted = text.startswith(".", end) and not text[end + 1 : end + 2].isalpha()  # `M.K. Rao` has initials
    return (dotted and (len(word) > 1 or word == "m")) or (word == "de" and text.startswith(" heer", end))


def _weighed(text: str, span: Span, lexicon: Lexicon) -> Span | None:
    """The span with a score that the evidence bears out; None for what is no name."""
    span = _without_lead(text, span, lexicon)
    value = text[span.start : span.end]
    words = [match.group() for match in _WORD.finditer(value)]
    letters = sum(map(str.isalpha, value))
    if letters < 2 or not words or (_CODE.search(value) and span.source == "model"):
        return None
    if span.label == "PERSON" and (_DEGREE.fullmatch(value) or _BILLED.match(text, span.start)):
        return None
    if span.source == "model" and _glued(text, span.start, span.end):
        return None
    folded = [fold(word) for word in words]
    if span.source == "model" and _eponym(text, span, folded):
        return None
    nobody = all(word in _NOBODY or word.isdigit() for word in folded)
    if span.source == "model" and nobody and not _somebody(span, words, folded, lexicon):
        return None
    field = any(word in FIELD_WORDS and not lexicon.kind(word) & PERSONAL for word in folded)
    if field and span.source == "model" and span.label == "PERSON":
        return None
    if len(words) == 1 and value.lower() in MONTHS_WRITTEN:
        return None
    if span.label == "PERSON" and any(_CAMEL.search(word) and not _MC.match(word) for word in words):
        return None
    score = span.score if span.source != "model" else _score(text, value, words, folded, span, lexicon)
    return replace(span, score=score)


def _somebody(span: Span, words: list[str], folded: list[str], lexicon: Lexicon) -> bool:
    """Whether a word that is a product or a feast is a given name here (Noël, Travis, Julia): listed, and the model has no doubt."""
    return words[0].lower() in ACCENTED_NAMES or (
        len(words) == 1
        and words[0].istitle()
        and span.person >= NO_DOUBT
        and folded[0] in PRODUCTS
        and lexicon.kind(words[0]) & (Kind.GIVEN | Kind.ORDINARY) == Kind.GIVEN
    )


def _without_lead(text: str, span: Span, lexicon: Lexicon) -> Span:
    """Without small ordinary words before the first capital: "gave ANNA WEBER", "as Lufthansa"."""
    if span.source != "model" or not text[span.start].islower():
        return span
    for match in _WORD.finditer(text, span.start, span.end):
        word = match.group()
        if not word.islower():
            return span.at(match.start(), span.end)
        kind = lexicon.kind(word)
        plain = fold(word) in FUNCTION_WORDS or (kind & Kind.ORDINARY and not kind & _NAME)
        if not plain or fold(word) in PARTICLES:
            return span
    return span


def _eponym(text: str, span: Span, folded: list[str]) -> bool:
    """Whether a name stands for a method, a sign, a disease: "Kolmogorov-Smirnov", "Turing machine", "signo de Romberg"."""
    if EPONYMS & set(folded) and len(folded) > 1 and not any(map(str.isspace, text[span.start : span.end])):
        return True
    if len(folded) > 2:
        return False
    if folded == ["istanbul"] and text.startswith(" ignore", span.end):
        return True  # a tool that measures coverage, being told what to leave out
    before = _NAMED_AFTER.search(text, max(0, span.start - 32), span.start)
    if before is not None and fold(before.group(1)) in NAMED_AFTER:
        return True
    following = _FOLLOWING.match(text, span.end)
    return (
        following is not None
        and len(folded) == 1
        and fold(following.group(1)) in METHODS
        and bool(EPONYMS & set(folded) or fold(following.group(1)) in DISEASES)
    )


def _glued(text: str, start: int, end: int) -> bool:
    """Whether the span is a part of an identifier, a path, a number or a tag."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    beyond = text[end + 1] if end + 1 < len(text) else " "
    if before in "_$\\" or after == "_" or (after == "(" and " " not in text[start:end]):
        return True
    if after == "." and beyond.isalpha() and beyond.islower() and " " not in text[start:end]:
        return True  # an attribute, a file name or a host
    return (
        before == "."
        and start > 1
        and (text[start - 2].islower() or text[start - 2] in ")]")
        and " " not in text[start:end]
    )


def _score(text: str, value: str, words: list[str], folded: list[str], span: Span, lexicon: Lexicon) -> float:
    kinds = [lexicon.kind(word) for word in words]
    known = int(Kind.PLACE if span.label == "LOCATION" else PERSONAL)
    supported = any(kind & known and not kind & Kind.ORDINARY for kind in kinds)
    weak = [
        bool(kind & Kind.ORDINARY) and not kind & known if kind else _is_noun(word)
        for word, kind in zip(folded, kinds, strict=True)
    ]
    score = span.score
    if supported:
        score += (1 - score) * AGREEMENT
    if value.islower():
        if all(w or len(word) < 3 or word in _SMALL for w, word in zip(weak, folded, strict=True)):
            return 0.0
        if not any(kind & _NAME and not kind & Kind.ORDINARY for kind in kinds) and _in_hindi(
            text, span.start, span.end
        ):
            return 0.0
        if not supported:
            score -= 0.3 if any(weak) else 0.2
        if len(words) == 1 and kinds[0] & Kind.ORDINARY:
            score -= 0.2  # `già`, though Gia is a name
    elif all(w or word in PARTICLES for w, word in zip(weak, folded, strict=True)):
        placed = span.label == "LOCATION" and stands_after_from(text, span.start)
        name = len(words) > 1 and any(word in PARTICLES for word in folded)  # `Du Cane`
        score -= 0.0 if placed or span.label == "ORGANIZATION" else ORDINARY_ALONE / 2 if name else ORDINARY_ALONE
    if span.label == "ORGANIZATION" and len(words) == 1 and not COMPANY_ENDS & set(folded):
        score -= 0.3 if words[0].isupper() and len(words[0]) <= 5 else 0.1
    if any(any(map(str.isdigit, word)) for word in words) and span.label == "PERSON":
        score -= 0.4
    if len(words) == 1 and not kinds[0] & PERSONAL and span.label == "PERSON" and _LABEL.match(text, span.end):
        score -= 0.3  # "Anwesende: ...", what a form calls its field
    if len(words) == 1 and words[0].isupper() and not kinds[0] and span.label == "PERSON":
        score -= 0.1  # an abbreviation or a code as likely as a name
    return max(0.0, min(1.0, score))


_HINDI_AROUND = 100
"""Code points on each side in which a text shows that it is Hindi."""
_HINDI_WORDS = re.compile(
    r"\b(?:hai|hain|hoon|nahi|nahin|kya|kyun|kaise|aur|bhi|tha|thi|raha|rahi|rahe|gaya|gayi|gaye|kar|karo|karu|karna|mera|meri|mere|mujhe|"
    r"usko|uska|uski|wala|wale|wali|apna|apne|apni|liye|yaar|bhai|mein|hota|hoti|kuch|bahut)\b"
)
_HINDI_SIGNS = 2
"""Such words from which it is: the model believes small letters easily there, and the list knows most Indian names."""


def _in_hindi(text: str, start: int, end: int) -> bool:
    """Whether Hindi in Latin letters stands around a span; there, a small word that no list knows is rather one of Hindi than a name."""
    around = text[max(0, start - _HINDI_AROUND) : start], text[end : end + _HINDI_AROUND]
    return sum(len(_HINDI_WORDS.findall(side)) for side in around) >= _HINDI_SIGNS


def _is_noun(folded: str) -> bool:
    """Whether an unlisted word ends as ordinary words do (`Wartung`, `prestazione`)."""
    return folded.endswith(NOUN_ENDINGS) and not any(
        len(folded) < len(ending) + SHORTEST_STEM for ending in NOUN_ENDINGS if folded.endswith(ending)
    )


def _apart(spans: list[Span]) -> list[Span]:
    """Sorted and without overlaps. Two that touch and agree are one, as long as both; else the surer, longer, earlier stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        kept.append(_one_of(kept.pop(), span) if kept and span.start < kept[-1].end else span)
    return kept


def _one_of(left: Span, right: Span) -> Span:
    better = right if (right.score, right.end - right.start) > (left.score, left.end - left.start) else left
    if (left.source == COLUMN) != (right.source == COLUMN):
        cell, other = (left, right) if left.source == COLUMN else (right, left)
        inside = cell.start <= other.start and other.end <= cell.end
        better = cell if cell.label != NOBODY or inside else other  # the header knows what the cells hold
    elif {left.label, right.label} == {"PERSON", "LOCATION"} and (left.source in SETTLING) != (
        right.source in SETTLING
    ):
        better = left if left.source in SETTLING else right  # `Ms. Berlin`, `"lastName": "Toledo"`
    if left.label != right.label:
        return better
    score = max(left.score, right.score)
    if left.source != right.source:
        score += (1 - score) * AGREEMENT
    return replace(better, start=left.start, end=max(left.end, right.end), score=score)


def _joined(text: str, spans: list[Span], lexicon: Lexicon) -> list[Span]:
    """`Last, First` and a name that the model cut at a blank become one PERSON."""
    made: list[Span] = []
    for span in spans:
        last = made[-1] if made else None
        if last is not None and last.label == span.label == "PERSON" and _one_person(text, last, span, lexicon):
            made[-1] = replace(last, end=span.end, score=max(last.score, span.score))
        else:
            made.append(span)
    return made


def _one_person(text: str, left: Span, right: Span, lexicon: Lexicon) -> bool:
    gap = text[left.end : right.start]
    surname, given = text[left.start : left.end], text[right.start : right.end]
    if gap == " ":
        return True
    if gap != ", " or " " in surname:
        return False
    family = lexicon.kind(surname)
    first = lexicon.kind((_WORD.search(given) or [""])[0])
    if not first & Kind.GIVEN or not family & Kind.SURNAME:
        return False
    return not family & Kind.GIVEN or (_listed(text, left.start, right.end))


def _listed(text: str, start: int, end: int) -> bool:
    """Whether the span is an entry of its own: between line ends, semicolons, brackets or the ends of the text."""
    before = text[max(0, start - 3) : start].strip(" ")
    after = text[end : end + 3].strip(" ")
    return (not before or before[-1] in ';:\n\r([|"') and (not after or after[0] in ';\n\r)]|"')
