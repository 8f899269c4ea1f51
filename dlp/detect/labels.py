"""Values whose label says what they are, whatever their format: `licence plate: 58-N096`, `MRN 12-34-56/7`.

The rule tables know the formats that issuers publish. People and countries write more than tables hold; right after an
unmistakable label a code with digits in it is what the label says, even where a check fails that it should pass: somebody
mistyped or made it up, and it still says who is meant. Scores below every rule with a check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from dlp.detect.context import VOCABULARY, LabelMemo, Leads, Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.label_words import Need, labels
from dlp.detect.overlap import inside_of
from dlp.detect.patterns import late
from dlp.detect.said_before import OWNERS, VERBS

SCORE = 0.55

_GAP = (
    r"[\u0900-\u0d7f]{0,4}+\.?"  # vowel signs of Indian scripts belong to no word
    r"(?:[ ](?:mit|with|avec|con|com|met)(?:[ ](?:der|dem|the|le|el|il|o|het))?(?=[ ](?i:nummer|number|num[eé]ro|número|nr|no)(?!\w)))?"
    r"(?:[ ](?:of|for|von|der|des|de|di|del|della|van|do|da)[ ][^\s:;,.]{1,24}(?:[ ][^\s:;,.]{1,24}){0,3}?(?=[ ](?:is|ist|lautet|est|es|è|é)[ ])|[ ][^\W\d_]{3,14}(?=[ ](?:to|jest)[ ]))?"
    r"(?:[ ](?:has[ ]been|was|is)[ ](?:changed|corrected|set|updated)(?=[ ]to[ ])|[ ]\([^()\n]{1,40}\)(?=[ ]?[:=]))?"
    r"(?:[ \t]{0,2}(?:Nummer|nummer|numéro|número|numero|number|no\.?|nr\.?|num\.?|n\.|id|code|is|was|are|ist|lautet|est[ ]le|es[ ]el|è[ ]il|est|es|è|é|är|er|to|jest|hai|है|:|#|№|n?\.?[°º])(?![A-Za-z])|,?[ ]c['’]est){0,4}+"
    r"(?:[\"'*`_)]{0,4}+[ \t]{0,3}+(?:[:=#,>|]|=>|->|→|[-–—](?=[ ])|\.{3,80}(?=[ ])|\?(?=[ ]{0,2}\r?\n))?+(?:[ \t\"'*`(]{0,4}+|[ \t]{0,2}\r?\n[ \t]{0,8})|"
    r"[ ]{0,2}</\w{1,10}>\s{0,8}<\w{1,10}[^<>\n]{0,60}>\s{0,4})[#(]?"
)
"""What may stand between a label and its value: words for a number, a remark, a verb, signs, leaders, tags, the end of a line."""
_OTHER_WORD = re.compile(r"[ ]([a-z]{1,20}+)(?![^\x00-\x7f])(?![ ](?:to|jest)[ ])")
"""A word right behind a label. Unless it is one of these, neither `_GAP` nor `_HASH` goes on with it, and no value does, which a label's
usual neighbour says in a fifth of the time."""
_CONNECTING = frozenset(
    "mit with avec con com met of for von der des de di del della van do da has was is are nummer number no nr num n id code ist est es er to jest hai c".split()
)
_CODE = r"[A-ZÄÖÜ0-9](?:[A-ZÄÖÜ0-9]|[ \-/._](?=[A-Z0-9]{1,12}(?![A-Za-z0-9])|[A-Z0-9]{1,12}[\-/._])){2,41}"
_PLAIN_VALUE = re.compile(rf"({_CODE})(?![A-Za-z0-9_]|-[A-Z0-9])")
_VALUE = re.compile(_GAP + _PLAIN_VALUE.pattern)
"""A label's value and what stands before it. A blank and a digit are the value's beginning, whatever else `_GAP` takes."""
_IN_FRONT = late(
    rf"(?<![\w.\-/])(?P<value>{_CODE})[\"'`)]{{0,2}}(?:(?:[ ][^\W\d_]{{3,12}})?[ ](?:{VERBS})|[?.,]?[ ](?:[Tt]hat|[Ii]t|[Tt]his)['’]?s|[?.,]?[ ][Cc]['’]est|,[ ]das[ ]ist|(?=[ ]mer[ai]))"
    rf"(?:[ ](?:{OWNERS}|d['’]|l['’])){{0,2}}[ ]\Z"
)
"""A value that is said before what it is: `KD-204481 is my customer number`, "they gave me KD-204481 as the customer number"."""
_FARTHEST = 72
"""Characters of it."""
_REACH = _FARTHEST + 100
"""Characters before the last word of a label in which such a value may stand, with the label's other words."""
_LEADS_UP = tuple(f"{word} " for word in (*VERBS.split("|"), *OWNERS.split("|"), "'s", "’s", "d'", "d’", "l'", "l’"))
"""What stands right before the label then; asked first, because it is found out in no time."""
_HASH = re.compile(r"[ ]{0,2}(?:#|№|[Nn]?\.?[°º]|[Nn](?:[rº]|um|úm)?\.[ ]?(?=\S*[0-9]))")
_WHOLE = re.compile(rf"(?:{_CODE})(?![A-Za-z0-9])")
_WORD_TAIL = re.compile(r"(?<=[0-9])[ ](?:[A-Z]{3,}(?:[ ].*)?|[AI])\Z")
"""Capitals behind a number are another word; in plates they belong to it."""
_GOES_ON = re.compile(r"[ ][a-z]")
_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d")
LONGEST = 26
"""Letters, digits and signs of a value; of an IBAN, which is written in groups, more."""
_LONGEST_IBAN = 42
_UMLAUTS = str.maketrans("ÄÖÜäöü", "AOUaou")
"""Those that number plates have."""
_LOOKS_CODED = re.compile(
    r"[A-Z]{1,3}[ \-]?[0-9]{2,4}[ \-]?[A-Z]{2,3}|(?=(?:[^0-9]*[0-9]){3})(?=[^A-Z]*[A-Z])[A-ZÄÖÜ0-9 ./\-]{5,}|(?:[0-9][ ./\-]?){6,}"
)
"""What plates look like; letters with three digits, or six digits."""
_STANDARD = re.compile(
    r"(?:ISO|RFC|SHA|AES|RSA|UTF|HTTPS?|TLS|SSL|CVE|PEP|EN|DIN|IEC|IEEE|MD|CP|X|V|HTTP2|COVID)[ ./\-]?[0-9]"
)
"""What standards, versions and their like are called."""
LONG = 6
"""Signs of a code that is one with two digits among letters, too."""
_FEWEST: dict[str, int] = {
    "LICENSE_PLATE": 1,
    "BIOMETRIC_ID": 1,
    "US_DRIVER_LICENSE": 2,
    "NATIONAL_ID": 2,
    "TAX_ID": 5,
    "DEVICE_ID": 4,
    "CREDIT_CARD": 12,
    "IBAN_CODE": 8,
}
"""Digits that a value must have at least; three where nothing is said, two in long codes."""
_SHORTEST: dict[str, int] = {
    "NATIONAL_ID": 6,
    "VEHICLE_ID": 11,
    "CREDIT_CARD": 12,
    "ABA_ROUTING_NUMBER": 9,
    "IBAN_CODE": 15,
}
"""Letters, digits and signs that a value must have at least, of types that have a length."""

type _Entry = tuple[tuple[str, ...], str, Need]
type _Entries = dict[str, tuple[_Entry, ...]]


def _table() -> dict[str, _Entries]:
    """Last word of a label -> the word before it (none for a single word) -> the words in front, the type, what it needs.

    Most labels are of few patterns, such as a noun with one of many words behind it, so words that end the same labels share what is said of them.
    """
    table: defaultdict[str, list[_Entry]] = defaultdict(list)
    same: dict[_Entry, _Entry] = {}
    for lead, last, entity_type, need in labels():
        entry = lead, entity_type, need
        entry = same.setdefault(entry, entry)
        for word in last:
            table[word].append(entry)
    VOCABULARY.add(word for lead, *_ in same if len(lead) > 1 for word in lead)
    ends = {word: tuple(each) for word, each in table.items()}
    shared = {entries: _by_lead(entries) for entries in set(ends.values())}
    return {word: shared[entries] for word, entries in ends.items()}


def _by_lead(entries: Iterable[_Entry]) -> _Entries:
    """Those with the most words in front come first, then those that need least."""
    by_lead: defaultdict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        lead = entry[0]
        by_lead[lead[-1] if lead else ""].append(entry)
    for each in by_lead.values():
        each.sort(key=_most_said)
    return {last: tuple(each) for last, each in by_lead.items()}


def _most_said(entry: _Entry) -> tuple[int, int]:
    return -len(entry[0]), entry[2]


def _last_two(table: dict[str, _Entries]) -> dict[str, Leads]:
    """The last word of every label -> the words before it."""
    shared = {id(entries): entries for entries in table.values()}
    leads = {
        key: tuple(sorted(((word,) if word else () for word in entries), key=len)) for key, entries in shared.items()
    }
    return {word: leads[id(entries)] for word, entries in table.items()}


_TABLE = _table()
_LABELS = Wanted((), by_last=_last_two(_TABLE))
"""The last two words of every label; what stands before them is asked of the table."""

LABELLED = _LABELS.bit
"""Of `Words.endings`: what stands in every text in which `labelled` finds something."""


def labelled(around: Surroundings) -> Iterator[Hit]:
    """Codes right after a label."""
    text, words = around.text, around.words
    if "9" not in around.shape:
        return  # every value has one
    for index in _LABELS.places(around.words):
        end = words.ends[index]
        other = _OTHER_WORD.match(text, end)
        nothing_follows = other is not None and other[1] not in _CONNECTING
        if nothing_follows and "9" not in around.shape[max(0, words.starts[index] - _REACH) : words.starts[index]]:
            continue  # nor stands one before it
        match, asked = None, nothing_follows
        entries = _TABLE[words.words[index]]
        before = words.words[index - 1] if index else ""
        for lead, entity_type, need in (*entries.get(before, ()), *entries.get("", ())):
            if lead and not words.preceded(index, lead):
                continue
            if need is Need.HASH and (nothing_follows or _HASH.match(text, end) is None):
                continue
            if not asked:
                plain = around.shape.startswith(" 9", end)
                match, asked = _PLAIN_VALUE.match(text, end + 1) if plain else _VALUE.match(text, end), True
            hit = _hit(match, entity_type) if match is not None else None
            if hit is None and need is not Need.CODE:
                hit = _said_before(text, words.starts[index - len(lead)], entity_type)
            if need is Need.CODE and (hit is None or not _is_code(text[hit.start : hit.end])):
                continue  # another noun that ends so may need less
            if hit is not None:
                yield hit
            break


_LONGEST_LEAD = max(map(len, _LEADS_UP))


def _said_before(text: str, start: int, entity_type: str) -> Hit | None:
    """A code before the label that begins at `start`, in a sentence that says that it is one."""
    if not text.endswith(_LEADS_UP, max(0, start - _LONGEST_LEAD), start):
        return None
    match = _IN_FRONT.search(text, max(0, start - _FARTHEST), start)
    hit = _hit(match, entity_type) if match is not None else None
    return hit if hit is not None and _is_code(text[hit.start : hit.end]) else None


def _labelled_type(words: str) -> tuple[str, bool]:
    """The entity type whose label a key or header holds, the longest label's, and whether its value must be a code; "" for others.

    A label that needs a code must be the end of the key.
    """
    spoken = words.split()
    best, coded, longest = "", False, 0
    for at, word in enumerate(spoken):
        entries = _TABLE.get(word, {})
        for lead, entity_type, need in (*entries.get(spoken[at - 1] if at else "", ()), *entries.get("", ())):
            if len(lead) < longest or tuple(spoken[at - len(lead) : at]) != lead:
                continue
            if need is Need.NOTHING or (need is Need.CODE and at == len(spoken) - 1 and not best):
                best, coded, longest = entity_type, need is Need.CODE, len(lead) + 1
                break
    return best, coded


_type_of_key = LabelMemo(_labelled_type)


def keyed(value: str, words: str) -> Iterator[Hit]:
    """The same for a whole value under a key or header; `words` as `words_of`, offsets inside `value`."""
    if not 3 <= len(value) <= _LONGEST_IBAN or not value.translate(_UMLAUTS).isascii():
        return
    entity_type, coded = _type_of_key(words)
    written = value.upper() if entity_type else ""
    if (
        written
        and _WHOLE.fullmatch(written) is not None
        and _is_number(value, entity_type)
        and (not coded or _is_code(written))
    ):
        yield Hit(entity_type, 0, len(value), SCORE, "label", False, ("label",))


def _hit(match: re.Match[str], entity_type: str) -> Hit | None:
    value = match.group(1)
    if entity_type != "LICENSE_PLATE":
        tail = _WORD_TAIL.search(value)
        if tail is not None and (len(tail[0]) > len(" A") or _GOES_ON.match(match.string, match.end(1)) is not None):
            value = value[: tail.start()]
    if not _is_number(value, entity_type):
        return None
    return Hit(entity_type, match.start(1), match.start(1) + len(value), SCORE, "label", False, ("label",))


def _is_number(value: str, entity_type: str) -> bool:
    """Whether digits, few enough signs and no date make it a number that somebody was given."""
    digits = sum(map(str.isdigit, value))
    fewest = _FEWEST.get(entity_type, 2 if len(value) >= LONG and not value.isdigit() else 3)
    return (
        digits >= fewest
        and len(value) >= _SHORTEST.get(entity_type, 3)
        and len(value) <= (_LONGEST_IBAN if entity_type == "IBAN_CODE" else LONGEST)
        and value.count(".") <= 3
        and _DATE.fullmatch(value) is None
    )


def _is_code(value: str) -> bool:
    """Whether a value looks like a code that was given out, so that a mere noun before it is its label."""
    return _LOOKS_CODED.fullmatch(value) is not None and _STANDARD.match(value) is None


_BY_LABEL = frozenset({"label", "field"})
"""Recognizers whose values end where a field does."""


def whole(hits: list[Hit]) -> list[Hit]:
    """Leave out what is a part of a labelled value, unless a check holds for it: half of a number mustn't stay in sight."""
    spans = [(hit.start, hit.end) for hit in hits if hit.recognizer in _BY_LABEL]
    if not spans:
        return hits
    is_part = inside_of(spans)
    return [hit for hit in hits if hit.validated or hit.recognizer == "label" or not is_part(hit)]
