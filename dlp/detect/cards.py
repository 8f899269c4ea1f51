"""What people write right behind the number of a card: until when it is valid, and its security code (`4111... 04/28 123`).

Neither says anything by itself; the number before them does. Behind a number whose check digit holds they need no label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dlp.detect.hit import Hit
from dlp.detect.patterns import late

_APART: Final = r"(?:[ \t]{0,2}[,;/(][ \t]{0,2}|\||[ \t]{1,3})"
"""A bar between blanks parts the columns of a table, whose headings say what they hold."""
_EXPIRY: Final = re.compile(
    rf"{_APART}(?i:(?:exp(?:iry|ires|iration)?|valid(?:[ ](?:thru|until|to))?)\.?:?[ ]{{1,2}})?"
    r"(?P<expiry>(?:0[1-9]|1[0-2])(?:[ ]?[/\-][ ]?|\|)(?:20)?[2-4][0-9])(?![0-9/\-]|\.[0-9])\)?"
)
_CODE: Final = late(
    rf"{_APART}(?i:cv[vc]2?:?[ ]{{0,2}})?(?P<code>[0-9]{{3,4}})(?![\w%€$£/\-]|[.,:][0-9]|[ ]?(?:[€$£%]|EUR|USD|GBP|[0-9]))"
)
SCORE: Final = 0.75


def behind(text: str, hits: Iterable[Hit]) -> Iterator[Hit]:
    """The expiry date behind each card among `hits`, and the code behind that."""
    for card in hits:
        if card.entity_type != "CREDIT_CARD" or not card.validated:
            continue
        expiry = _EXPIRY.match(text, card.end)
        if expiry is None:
            continue
        yield Hit("CREDIT_CARD_EXPIRY", *expiry.span("expiry"), SCORE, "card", False, ("behind a card's number",))
        code = _CODE.match(text, expiry.end())
        if code is not None:
            yield Hit("CREDIT_CARD_CVV", *code.span("code"), SCORE, "card", False, ("behind a card's number",))
