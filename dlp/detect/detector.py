"""The detector: every finder, one after the other, over one text; then one list of findings without overlaps.

The way of a text, in the order of `CoreDetector._examine`:

1. our own tokens are set aside: nothing that touches one is ever a finding;
2. the text is folded (look-alike characters, other digits, odd blanks) and, where it shows the trait, decoded
   (`dlp.detect.normalise`); each such *view* is examined like a text of its own and its hits are mapped back;
3. finders yield hits with scores; names come from the NER and from the rule-based recogniser;
4. the allow list and the policy's `min_score` drop hits; overlaps are resolved.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlp.detect import accounts, addresses, facts, names, network
from dlp.detect.custom import AllowList, DenyList, load_recognizers
from dlp.detect.context import Neighbourhood, Surroundings, needles, words_of
from dlp.detect.hit import Hit
from dlp.detect.normalise import MAX_DEPTH, MAX_VIEWS, View, plain, views
from dlp.detect.overlap import resolve
from dlp.detect.phones import phones
from dlp.detect.rule import Rule
from dlp.detect.rules import RULES
from dlp.detect.shapes import Atom, ShapeIndex, clusters
from dlp.errors import DetectorError
from dlp.policy.model import DetectSettings
from dlp.tokens import iter_token_spans
from dlp.types import Finding

_QUOTES = " \t\r\n\"'`*"
INDEX = ShapeIndex(RULES)
CONTEXT: dict[str, tuple[str, ...]] = {rule.id: needles(rule.context) for rule in RULES}
AGAINST: dict[str, tuple[str, ...]] = {rule.id: needles(rule.against) for rule in RULES}


_CONNECTORS = frozenset("and or und oder et ou y o e i og och en".split())
MAX_BARE = 200
"""Characters of a text that may count as nothing but values."""


def is_bare(text: str, found: Sequence[Sequence[Atom]]) -> bool:
    """Whether `text` is one to three values and nothing else: no word in it speaks for or against them."""
    if len(text) > MAX_BARE or not 1 <= len(found) <= 3:
        return False
    rest = []
    at = 0
    for cluster in found:
        atoms = [atom for atom in cluster if "9" in atom.shape]
        rest.append(text[at : atoms[0].start])
        at = atoms[-1].end
    rest.append(text[at:])
    words = [word for word in words_of(" ".join(rest)).split() if len(word) > 3 or word in _CONNECTORS or len(found) > 1]
    return all(word in _CONNECTORS for word in words)


def by_shape(around: Surroundings, found: Sequence[Sequence[Atom]]) -> list[Hit]:
    """What the rule tables find in a text whose clusters are `found`."""
    text = around.text
    hits: list[Hit] = []
    bare: bool | None = None
    near: Neighbourhood | None = None
    span = (-1, -1)
    for cluster in found:
        for match in INDEX.matches(text, cluster):
            rule = match.rule
            if rule.check is not None and not rule.check(match.compact):
                continue
            if (match.start, match.end) != span or near is None:
                span = (match.start, match.end)
                near = around.at(*span)
            if bare is None:
                bare = is_bare(text, found) and not around.given
            hits.append(_weigh(rule, match.start, match.end, match.lower, near, bare))
    return hits


def _weigh(rule: Rule, start: int, end: int, lower: bool, near: Neighbourhood, alone: bool) -> Hit:
    word = near.nearest(CONTEXT[rule.id]) if rule.context else None
    details: tuple[str, ...] = ()
    if word is not None:
        score = max(rule.in_context - min(word[1], 90) / 1000, rule.score)
        details = (f"context: {word[0]}",)
    elif alone:
        score = max(rule.alone, rule.score)
        details = ("the whole text",)
    else:
        score = rule.score
        if score and rule.against and near.says(AGAINST[rule.id], within=12):
            score = 0.0
        if rule.upper and lower:
            score = 0.0
    validated = rule.check is not None and rule.strong
    return Hit(rule.entity_type, start, end, score, rule.id, validated, details)


class CoreDetector:
    """See the module. Implements `dlp.detect.base.Detector`."""

    def __init__(self, settings: DetectSettings) -> None:
        self._min_score = settings.min_score
        self._allowed = AllowList(settings.allow_list)
        self._denied = DenyList(settings.deny_list)
        self._custom = load_recognizers(settings.recognizers)

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        """See `Detector.find`."""
        return self.find_many([(text, context)])[0]

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        """See `Detector.find_many`."""
        return [self._examine(text, context) for text, context in items]

    def _examine(self, text: str, context: str) -> tuple[Finding, ...]:
        if not text or text.isspace():
            return ()
        given = words_of(context) if context else ""
        tokens = list(iter_token_spans(text))
        kept = []
        for hit in self._hits(text, given):
            if hit.score < self._min_score or any(s < hit.end and hit.start < e for s, e in tokens):
                continue
            if self._allowed and self._allowed.holds(text[hit.start : hit.end]):
                continue
            kept.append(hit)
        return tuple(hit.finding() for hit in resolve(kept))

    def _hits(self, text: str, given: str) -> list[Hit]:
        """Everything found in `text`, in its own offsets, weak or overlapping or not."""
        folded, offsets = plain(text)
        hits = self._scan(folded, given)
        count = 0
        for view in views(folded):
            count += 1
            if count > MAX_VIEWS:
                raise DetectorError(f"more than {MAX_VIEWS} encoded stretches in one text")
            hits += self._seen_through(view, given, 1)
        if offsets is not None:
            for hit in hits:
                hit.start, hit.end = offsets.span(hit.start, hit.end)
        return hits

    def _seen_through(self, view: View, given: str, depth: int) -> list[Hit]:
        found = [hit for hit in self._scan(view.text, given) if view.touches(hit.start, hit.end)]
        if view.kind == "regrouped digits":  # any row of numbers can be written together: something must speak for it
            found = [hit for hit in found if hit.validated or any(detail.startswith("context") for detail in hit.details)]
        if depth < MAX_DEPTH and view.kind in ("base64", "hex", "percent-encoded"):
            for inner in views(view.text):
                if any(view.touches(*inner.offsets.span(low, high)) for low, high in inner.decoded):
                    found += self._seen_through(inner, given, depth + 1)
        for hit in found:
            hit.start, hit.end = view.offsets.span(hit.start, hit.end)
            hit.details += (view.kind,)
        return found

    def _scan(self, text: str, given: str) -> list[Hit]:
        """One pass of every finder over a text that needs no decoding."""
        around = Surroundings(text, given)
        found = clusters(text)
        hits = by_shape(around, found)
        atoms = [atom for cluster in found for atom in cluster if "9" in atom.shape]
        hits += accounts.ibans(text, atoms)
        hits += accounts.bics(around)
        hits += accounts.wallets(around, atoms)
        hits += phones(around)
        hits += network.emails(text)
        hits += network.obfuscated_emails(text)
        hits += network.urls(text)
        hits += network.ip_addresses(around)
        hits += network.mac_addresses(text)
        hits += facts.dates(around)
        hits += facts.ages(around)
        hits += facts.groups(around)
        hits += facts.usernames(around)
        hits += facts.coordinates(around)
        hits += facts.upi_ids(around)
        hits += addresses.addresses(around)
        hits += names.names(around)
        if given:
            hits += _keyed(text, 0, len(text), given)
        for start, end, words in around.tables.cells():
            hits += _keyed(text, start, end, words)
        hits += self._denied.find(text)
        for recognizer in self._custom:
            hits += recognizer.find(around)
        return hits


def _keyed(text: str, start: int, end: int, words: str) -> list[Hit]:
    """What the value in `[start, end)` is because of its key or header."""
    raw = text[start:end]
    value = raw.strip(_QUOTES)
    if not value:
        return []
    start += raw.index(value)
    hits = [*names.keyed(value, words), *addresses.keyed(value, words), *facts.keyed(value, words)]
    for hit in hits:
        hit.start += start
        hit.end += start
    return hits
