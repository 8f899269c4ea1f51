"""Telephone numbers of three to five digits: extensions, numbers of small places, of a house, of a service.

So few digits are anything at all unless they stand right behind a label (`Tel. 4471`, `"phone": "40212"`), below one in a
table, or behind what people say when they want to be called ("reach her on 4471"). Years, times and amounts with their unit
are left alone where no sign parts them from the label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late

_SURE: Final = r"telephone|phone|tel|tél|telefon|telefono|teléfono|telefone|téléphone|telefoon|tlf|puhelin|fax|extension|ext|durchwahl|nebenstelle|landline"
_WITH_SIGN: Final = rf"{_SURE}|hotline|apparat|toestel|interno|ramal|anexo|poste|klapka"
_NUMBER: Final = r"(?P<number>[1-9][0-9]{3,4}|[1-9][0-9]{1,2}[ ][0-9]{2}|[1-9][0-9]{3}-[0-9])"
_END: Final = (
    r"(?![ ]?[0-9]|[\w/%\-]|[.,:][0-9]|[ ]?(?i:%|[€$£]|ms|secs?|seconds?|minutes?|hours?|h|km|m|px|x|times|users?|items?|people|calls?|requests?|"
    r"euros?|eur|usd|dollars?|mah|mb|gb|units?|customers?|messages?)(?!\w))"
)
_SIGNED: Final = late(
    rf"(?i:(?<![^\W_])(?:{_WITH_SIGN})\.?[ _]?(?:number|no\.?|nr\.?|nummer|numero|número)?(?:[ ]?\([a-z ]{{2,12}}\))?[\"'*]{{0,2}}[ ]?(?:[:=>|#]|is\b)[ ]?[\"'*]{{0,2}}[ ]?(?:\#|x|ext\.?[ ])?)"
    rf"{_NUMBER}{_END}"
)
_BARE: Final = late(
    rf"(?i:(?<![^\W_])(?:{_SURE})\.?[ ](?:number[ ]|no\.?[ ]|nr\.?[ ]|nummer[ ])?\#?)(?!(?:19|20)[0-9]{{2}}(?![0-9]))"
    rf"{_NUMBER}{_END}"
)
_EXTENSION: Final = re.compile(
    r"(?i:(?<![^\W_])(?:extension|ext|durchwahl|nebenstelle|apparat|toestel|interno|ramal|anexo|klapka)\.?[ ]?[:=#]?[ ]?)"
    rf"(?P<number>[1-9][0-9]{{2}}){_END}"
)
_ASKED: Final = re.compile(
    r"(?i:(?:call|ring|reach|text|phone)(?:[ ](?:me|us|him|her|them|back|(?:the[ ])?[a-z]{3,12}(?:[ ]desk)?)){0,2}[ ](?:on|at|under)[ ](?:extension[ ]|ext\.?[ ]|x)?|"
    r"(?:call|ring|text|phone)(?:[ ](?:me|us|(?:the[ ])?[a-z]{3,12}(?:[ ]desk)?))?[ ](?:at[ ])?x|dial[ ]|"
    r"(?:ruf|rufen|ruft|anrufen|erreich\w{0,4})(?:[ ]\w{2,12}){0,4}?[ ]unter[ ](?:der[ ])?|"
    r"(?:appel(?:ez|le[zr]?)|composez|joindre)(?:[ ](?:moi|nous|la|le))?[ ](?:le|au)[ ]|(?:ll[aá]m\w{1,6}|marque|marca)(?:[ ](?:me|nos))?[ ](?:al|el)[ ]|"
    r"chiam\w{1,6}[ ](?:il|lo|al)[ ]|lig(?:ue|ar)[ ](?:para[ ])?(?:o[ ])?|bel(?:len)?[ ](?:me[ ]|ons[ ])?(?:op|naar)[ ])"
    rf"(?!(?:19|20)[0-9]{{2}}(?![0-9])|(?:[01]?[0-9]|2[0-3])[0-5][0-9](?![0-9])){_NUMBER}{_END}"
)
_LABELS: Final = Wanted([*_WITH_SIGN.split("|")])
_VERBS: Final = Wanted((
    "call", "dial", "ring", "reach", "text", "phone", "ruf", "rufen", "ruft", "anrufen", "erreich*", "appel*", "composez",
    "joindre", "llam*", "llám*", "marque", "marca", "chiam*", "ligue", "ligar", "bel", "bellen",
))  # fmt: skip
SPOKEN: Final = _LABELS.bit | _VERBS.bit
"""The lists of which a text has a word that one of these numbers stands in."""
_CELL: Final = re.compile(r"[#x]?[1-9][0-9](?:[ \-]?[0-9]){1,3}")
_NUMBER_WORDS: Final = frozenset("number no nr nummer num work home office private mobile".split())


def short_numbers(around: Surroundings) -> Iterator[Hit]:
    """Short telephone numbers in a text that has one of the words (`SPOKEN`)."""
    text = around.text
    for wanted, patterns in ((_LABELS, (_SIGNED, _BARE, _EXTENSION)), (_VERBS, (_ASKED,))):
        for index in wanted.places(around.words):
            start = around.words.starts[index]
            for pattern in patterns:
                found = pattern.match(text, start)
                if found is not None:
                    span = found.span("number")
                    yield Hit("PHONE_NUMBER", *span, 0.7, "phone-in-context", False, ("short, after its label",))
                    break


def keyed(value: str, words: str) -> Iterator[Hit]:
    """A short number that is one because of its key or header; `words` as `words_of`, offsets inside `value`."""
    named = words.split()
    while named and named[-1] in _NUMBER_WORDS and len(named) > 1:
        named.pop()
    if named and _CELL.fullmatch(value) and _LABELS.in_words(f" {named[-1]} "):
        yield Hit("PHONE_NUMBER", 0, len(value), 0.7, "phone-in-context", False, ("key",))
