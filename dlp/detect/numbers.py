"""What the rule tables find: numbers by their shape, weighed by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlp.detect import checks
from dlp.detect.context import BEHIND, Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.rule import Rule
from dlp.detect.rules import RULES
from dlp.detect.shapes import Cluster, Match, ShapeIndex
from dlp.detect.voices import Voices
from dlp.detect.words import split_words

INDEX = ShapeIndex(RULES)
VOICES = Voices(RULES)
AGAINST = {rule.id: Wanted(rule.against) for rule in RULES if rule.against}
CHECKED = frozenset(rule.id for rule in RULES if rule.check is not None)
OTHERS = Wanted((
    "order", "invoice", "ticket", "part", "serial", "sku", "batch", "row", "offset", "line", "page", "version",
    "port", "error", "epoch", "timestamp", "commit", "build", "tracking", "isbn", "issue", "model", "product", "item",
    "size", "bytes", "ms",
    "bestellnummer", "rechnung*", "auftrag*", "commande", "facture", "pedido", "factura", "ordine", "fattura",
    "width", "height", "count", "total", "amount", "price", "seed", "pid",
))  # fmt: skip
"""What other numbers are called. One of these nearer than a context word takes an unchecked number away from its rule."""


_CONNECTORS = frozenset("and or und oder et ou y o e i og och en".split())
_OTHER_LABELS = frozenset(
    "id no nr num ref row line page sim ean upc isbn issn doi sku part lot qty age port pid uid seq item size room gate flat unit step rfc iso din".split()
)
"""Short words that say what a number is, so that it isn't bare."""
MAX_BARE = 200
"""Characters of a text that may count as nothing but values."""


def is_bare(text: str, found: Sequence[Cluster]) -> bool:
    """Whether `text` is one to three values and nothing else: no word in it speaks for or against them."""
    if len(text) > MAX_BARE or not 1 <= len(found) <= 3:
        return False
    rest = []
    at = 0
    for cluster in found:
        rest.append(text[at : cluster.start])
        at = cluster.end
        words = [text[atom.start : atom.end] for atom in cluster.atoms() if "9" not in atom.shape]
        if any(word.lower() in _OTHER_LABELS or (len(word) > 3 and not word.isupper()) for word in words):
            return False
    rest.append(text[at:])
    between = " ".join(rest)
    return _NOT_BARE.search(between) is None and all(word in _CONNECTORS for word in split_words(between))


_NOT_BARE = re.compile(r"[*=+<>%$€£@^{}]")
"""Signs of arithmetic, of assignments, of amounts."""


def by_shape(around: Surroundings, found: Sequence[Cluster]) -> list[Hit]:
    """What the rule tables find in a text whose clusters are `found`."""
    text = around.text
    hits: list[Hit] = []
    bare = not around.given and is_bare(text, found)
    labelled = around.given != "" or bool(around.tables)
    heard: dict[tuple[int, int], dict[str, tuple[str, int]]] = {}

    def said(start: int, end: int) -> dict[str, tuple[str, int]] | None:
        span = start, end
        if span not in heard:
            heard[span] = VOICES.heard(around, start, end)
        return None if bare else heard[span]

    for cluster in found:
        plan = INDEX.plan(cluster.shape)
        if not plan.walks:
            continue
        possible = None
        if not bare and not labelled:
            possible = VOICES.possible(around, cluster.start, cluster.end) if plan.speakers else 0
            if not possible & plan.speakers and not plan.alone:
                continue
        heard.clear()
        for match in INDEX.matches(text, cluster, said, possible, plan, checked=True):
            rule = match.rule
            if _is_decimal(text, match.start, match.end):
                continue
            if (
                match.lower
                and rule.check is None
                and not bare
                and _LOWER_WORD.search(text, match.start, match.end) is not None
            ):
                continue  # an ordinary word stands in for the letters: `402 was`
            said(match.start, match.end)
            hits.append(_weigh(around, rule, match, heard[match.start, match.end].get(rule.id), bare=bare))
    return _whole(_nearest_label(hits))


def _nearest_label(hits: list[Hit]) -> list[Hit]:
    """Where several rules want one span, those whose label stands further away lose to the one whose label is beside it."""
    nearest: dict[tuple[int, int], int] = {}
    checked: set[tuple[int, int]] = set()
    for hit in hits:
        if hit.distance is not None:
            span = hit.start, hit.end
            nearest[span] = min(nearest.get(span, hit.distance), hit.distance)
            if hit.recognizer in CHECKED:
                checked.add(span)
    for hit in hits:
        if hit.distance is None:
            if hit.validated and (hit.start, hit.end) in checked:
                hit.validated, hit.score = False, hit.score - FARTHER  # the check of another country held by chance
        elif not hit.validated and hit.distance > nearest[hit.start, hit.end] + BEHIND - 2:
            hit.score -= FARTHER
    return hits


FARTHER = 0.2
"""What a label costs that stands clearly further away than another one's."""


_LOWER_WORD = re.compile(r"(?<![A-Za-z0-9])[a-z]{2,}(?![A-Za-z0-9])")


def _is_decimal(text: str, start: int, end: int) -> bool:
    """Whether the span is the fraction or the whole part of a decimal number (`0.4842946231365204`)."""
    before = start > 1 and text[start - 1] == "." and text[start - 2].isdigit()
    after = text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit()
    return before or (after and not (end - start >= LONG and _NO_FRACTION.match(text, end)))


LONG = 9
"""Digits of a whole number that nobody measures."""
_NO_FRACTION = re.compile(r"\.0(?![\w.])")
"""What tables that know no whole numbers write behind one (`4111111111111111.0`)."""


def _whole(hits: list[Hit]) -> list[Hit]:
    """Leave out what is a part of a longer value: `MRN-483912`, not the `483912` in it, which has its label nearer."""
    kept: list[Hit] = []
    reach = 0
    """Where the last of those that were kept ends."""
    for hit in hits:
        if hit.start < reach:
            if not hit.validated and any(_is_in(hit, known) and known.score >= LEAST for known in kept[-16:]):
                continue
            if hit.score >= LEAST:
                kept[-16:] = [known for known in kept[-16:] if known.validated or not _is_in(known, hit)]
        kept.append(hit)
        reach = max(reach, hit.end)
    return kept


def _is_in(part: Hit, whole: Hit) -> bool:
    """Whether a hit stands in a longer one that earns as much or hardly less."""
    return (
        whole.start <= part.start
        and part.end <= whole.end
        and part.end - part.start < whole.end - whole.start
        and whole.score > part.score - NEARER
    )


LEAST = 0.5
"""The score from which a longer value swallows its parts."""
NEARER = 0.06
"""How much higher the score of a part may be for standing nearer to the label."""


def _weigh(around: Surroundings, rule: Rule, match: Match, word: tuple[str, int] | None, *, bare: bool) -> Hit:
    if word is not None and (
        word[1] > rule.reach
        or (
            rule.check is None and _contradicted(around, rule, match.start, word[1] + (COMPOUND if rule.against else 0))
        )
    ):
        word = None
    details: tuple[str, ...] = ()
    if word is not None:
        score = max(rule.in_context - min(word[1], 90) / 1000, rule.score)
        details = (f"context: {word[0]}",)
    elif bare and not checks.is_moment(match.compact):
        score = max(rule.alone, rule.score)
        details = ("the whole text",)
    else:
        score = rule.score
        if (rule.upper and match.lower) or (score and _contradicted(around, rule, match.start, 12)):
            score = 0.0
    validated = rule.check is not None and rule.strong
    return Hit(
        rule.entity_type,
        match.start,
        match.end,
        score,
        rule.id,
        validated,
        details,
        word[1] if word is not None else None,
    )


COMPOUND = 10
"""How far before a rule's own word one that speaks against it makes another word of both: `SIM card`."""


def _contradicted(around: Surroundings, rule: Rule, start: int, within: int) -> bool:
    other = around.before_nearest(start, AGAINST.get(rule.id, OTHERS))
    return other is not None and other < within
