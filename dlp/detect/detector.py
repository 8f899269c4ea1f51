"""The detector: every finder, one after the other, over one text; then one list of findings without overlaps.

The way of a text, in the order of `CoreDetector.examine`:

1. our own tokens are set aside: nothing that touches one is ever a finding;
2. the text is folded (look-alike characters, other digits, odd blanks) and, where it shows the trait, decoded
   (`dlp.detect.normalise`); each such *view* is examined like a text of its own and its hits are mapped back;
3. finders yield hits with scores; names come from the NER and from the rule-based recogniser;
4. the allow list and the policy's `min_score` drop hits; overlaps are resolved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dlp import __version__
from dlp.detect import (
    accounts,
    addresses,
    cards,
    facts,
    fields,
    firms,
    labels,
    logins,
    names,
    network,
    short_numbers,
    titles,
    traits,
)
from dlp.detect.base import Found
from dlp.detect.cache import FindingsCache
from dlp.detect.context import Surroundings
from dlp.detect.custom import AllowList, DenyList, load_recognizers
from dlp.detect.explain import Candidate, Fate
from dlp.detect.hit import Hit
from dlp.detect.native_addresses import native_addresses
from dlp.detect.ner import NerRecognizer, load_ner
from dlp.detect.ner.lexicon import PERSONAL, Kind
from dlp.detect.ner.lexicon import shipped as shipped_lexicon
from dlp.detect.numbers import by_shape
from dlp.detect.overlap import inside_of, resolve, resolve_with_losers
from dlp.detect.phones import phones
from dlp.detect.reading import Layer, Reading
from dlp.detect.secrets import SecretDetector
from dlp.detect.shapes import Cluster, Sorter, clusters
from dlp.errors import DetectorError
from dlp.policy.model import DetectSettings, NerLevel
from dlp.types import Finding

_QUOTES = " \t\r\n\"'`*"
_NAMES = frozenset({"PERSON", "ORGANIZATION", "LOCATION"})
_SURE = 0.7
"""The score from which a hit with a word beside it is what the word says."""
_UUID = re.compile(r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_HEX_HEAD = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}\Z")


def _uuids(text: str) -> list[tuple[int, int]]:
    """Where UUIDs stand: nothing in one is a number of its own."""
    return [
        (m.start() - 8, m.end())
        for m in _UUID.finditer(text)
        if _HEX_HEAD.search(text, max(0, m.start() - 9), m.start())
    ]


def _from_finding(finding: Finding) -> Hit:
    return Hit(
        finding.entity_type,
        finding.start,
        finding.end,
        finding.score,
        finding.recognizer,
        finding.validated,
        finding.details,
    )


class CoreDetector:
    """See the module. Implements `dlp.detect.base.Detector`."""

    def __init__(self, settings: DetectSettings) -> None:
        """Raises `PolicyError` for a bad recognizer, `ConfigurationError` for an NER pipeline that isn't installed."""
        self._min_score = settings.min_score
        self._allowed = AllowList(settings.allow_list)
        self._denied = DenyList(settings.deny_list)
        self._custom = load_recognizers(settings.recognizers)
        self._secrets = SecretDetector()
        self._settings = settings
        self._ner = load_ner(settings.ner)
        self.cache = FindingsCache(f"{__version__} {settings!r}")

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        """See `Detector.find`."""
        return self.find_many([(text, context)])[0]

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        """See `Detector.find_many`."""
        return self.cache.find_many(items, self.examine)

    def find_new(self, items: Sequence[tuple[str, str]], most: float) -> Found | None:
        """See `Remembering.find_new`."""
        return self.cache.find_new(items, self.examine, most)

    def examine(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        """`find_many` without a look into the cache."""
        return [self._settle(reading) for reading in self._read(items)]

    def explain(self, text: str, *, context: str = "") -> tuple[Candidate, ...]:
        """See `Explainer.explain`."""
        (reading,) = self._read([(text, context)])
        candidates: list[Candidate] = []
        kept: list[Hit] = []
        for hit in reading.hits():
            fate = self._fate(hit, reading)
            if fate is None:
                kept.append(hit)
            else:
                candidates.append(Candidate(hit.finding(), fate))
        winners, losers = resolve_with_losers(kept)
        candidates += [Candidate(hit.finding(), Fate.REPORTED) for hit in winners]
        candidates += [Candidate(hit.finding(), Fate.OVERLAPPED, winner.finding()) for hit, winner in losers]
        candidates += [Candidate(hit.finding(), Fate.FAILED_CHECK) for hit in reading.failed_checks()]
        unique = {(each.finding, each.fate): each for each in candidates}.values()
        return tuple(
            sorted(unique, key=lambda each: (each.finding.start, each.fate is not Fate.REPORTED, each.finding.end))
        )

    def _read(self, items: Sequence[tuple[str, str]]) -> list[Reading]:
        """Run every finder over every text; what is reported is settled later."""
        readings = [Reading(text, context) for text, context in items]
        for reading in readings:
            self._scan(reading)
        self._name([reading for reading in readings if not self._cuts_short(reading)], self._ner)
        if long := [reading for reading in readings if self._cuts_short(reading)]:
            self._name(long, load_ner(replace(self._settings.ner, level=NerLevel.FAST)))
        for reading in readings:
            for layer in reading.layers:
                _put_together(layer)
        return readings

    def _cuts_short(self, reading: Reading) -> bool:
        return self._settings.ner.cuts_short(len(reading.text))

    def _name(self, readings: Sequence[Reading], ner: NerRecognizer | None) -> None:
        """Add the names."""
        if ner is None:
            return
        layers = [layer for reading in readings for layer in reading.layers if layer.prose]
        for layer, named in zip(layers, ner.find_many([layer.text for layer in layers]), strict=True):
            layer.hits += [_from_finding(finding) for finding in named]

    def _settle(self, reading: Reading) -> tuple[Finding, ...]:
        """From everything that was found in one text to what is reported."""
        kept = [hit for hit in reading.hits() if self._fate(hit, reading) is None]
        return tuple(hit.finding() for hit in resolve(kept))

    def _fate(self, hit: Hit, reading: Reading) -> Fate | None:
        """Why a hit is dropped before overlaps are resolved; None when it stays."""
        if hit.score < self._min_score:
            return Fate.WEAK
        if reading.tokens and any(start < hit.end and hit.start < end for start, end in reading.tokens):
            return Fate.OWN_TOKEN
        if self._allowed and self._allowed.holds(reading.text[hit.start : hit.end]):
            return Fate.ALLOW_LISTED
        return None

    def _scan(self, reading: Reading) -> None:
        for layer in reading.layers:
            layer.hits += self._find(layer.around) if layer.words else _find_numbers(layer.around)

    def _find(self, around: Surroundings) -> list[Hit]:
        """One pass of every finder but the NER over a text that needs no decoding."""
        text, given = around.text, around.given
        found = clusters(text, around.shape)
        shown = around.traits
        uuids = _uuids(text) if shown & traits.UUID else []
        if uuids:
            found = [cluster for cluster in found if not any(s < cluster.end and cluster.start < e for s, e in uuids)]
        hits = _of_numbers(around, found, uuids) if found else []
        if shown & traits.IPV6:
            hits += network.ipv6_addresses(around)
        if shown & traits.CAPITALS:
            hits += accounts.bics(around)
        if "@" in text:
            hits += network.emails(text)
            hits += facts.upi_ids(around)
        if shown & traits.OBFUSCATED:
            hits += network.obfuscated_emails(text)
        hits += network.urls(text)
        if shown & traits.MAC:
            hits += network.mac_addresses(text)
        endings = around.words.endings
        if endings & facts.GROUPS:
            hits += facts.groups(around)
        if endings & titles.SAID:
            hits += titles.said(around)
        if endings & logins.LOGINS or shown & traits.LOGIN:
            hits += logins.logins(around)
        hits += addresses.addresses(around, found)
        if not text.isascii():
            hits += native_addresses(text)
        if endings & names.CUED or "@" in text or "\n\n" in text:
            hits += names.names(around)
        if endings & labels.LABELLED:
            hits += labels.labelled(around)
        if endings & fields.LABELLED:
            hits += fields.fields(around)
        if given:
            hits += _keyed(text, 0, len(text), given)
        if shown & traits.TABLE:
            for start, end, words in around.tables.cells():
                hits += _keyed(text, start, end, words)
                hits += map(_from_finding, self._secrets.in_cell(text, start, end, words))
        hits += [_from_finding(finding) for finding in self._secrets.find(text, around.key, shown)]
        hits += self._denied.find(text)
        return hits + self._found_by_others(around)

    def _found_by_others(self, around: Surroundings) -> list[Hit]:
        """What the policy's own recognizers find."""
        hits: list[Hit] = []
        for recognizer in self._custom:
            try:
                hits += recognizer.find(around)
            except DetectorError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a foreign recognizer raises, the request is refused
                raise DetectorError(f"recognizer {recognizer.name!r} raised {type(error).__name__}") from None
        return hits


def _put_together(layer: Layer) -> None:
    """What the hits of all finders together say of each other, and of what stands beside them."""
    around, hits = layer.around, labels.whole(layer.hits)
    named = any(hit.entity_type in _NAMES for hit in hits)
    if named:
        hits = _without_labels(around, hits)
    hits = addresses.compose(around, hits)
    if named:
        hits = _without_parts(hits)
    if layer.prose and hits:
        hits = [*hits, *titles.under_names(layer.text, hits)]
        hits += [*firms.of_domains(layer.text, hits), *firms.under_titles(layer.text, hits)]
    layer.hits = hits


def _of_numbers(around: Surroundings, found: list[Cluster], uuids: list[tuple[int, int]]) -> list[Hit]:
    """What numbers are, but for those of houses.

    Args:
        found: The numbers of the text, but for those in UUIDs.
        uuids: Where these stand.
    """
    text, shown = around.text, around.traits
    ibans, wallets, ipv4, dated, aged = _TAKERS(found)
    hits = by_shape(around, found)
    hits += cards.behind(text, hits)
    hits += accounts.ibans(text, ibans)
    hits += accounts.wallets(around, wallets)
    if shown & traits.PHONE:
        hits += [hit for hit in phones(around) if not any(s < hit.end and hit.start < e for s, e in uuids)]
    if around.words.endings & short_numbers.SPOKEN:
        hits += short_numbers.short_numbers(around)
    hits += network.ipv4_addresses(around, ipv4)
    hits += facts.dates(around, dated)
    hits += facts.ages(around, aged)
    if shown & traits.COORDINATES:
        hits += facts.coordinates(around)
    return hits


_TAKERS = Sorter(
    accounts.may_begin_iban,
    accounts.may_be_wallet,
    network.may_begin_ipv4,
    facts.may_begin_date,
    facts.may_be_age,
)
"""Those who look at single numbers."""

_LISTED = PERSONAL | Kind.PLACE


def _is_listed(name: str) -> bool:
    """Whether a word of it is on the list of names and hardly anything else."""
    kinds = map(shipped_lexicon().kind, name.split())
    return any(kind & _LISTED and not kind & Kind.ORDINARY for kind in kinds)


def _without_labels(around: Surroundings, hits: list[Hit]) -> list[Hit]:
    """A word that a number was recognised by (`NHS`, `Aadhaar`) and the header of a table are labels and nobody's name.

    The first of several lines with equally many cells is their header unless its words are those of a name: a table may have none.
    """
    heads = around.tables.heads
    if heads:
        hits = [
            hit
            for hit in hits
            if hit.entity_type not in _NAMES
            or not any(s <= hit.start and hit.end <= e for s, e in heads)
            or _is_listed(around.text[hit.start : hit.end])
        ]
    named = {
        detail.removeprefix("context: ") for hit in hits for detail in hit.details if detail.startswith("context: ")
    }
    if not named:
        return hits
    text = around.text
    return [
        hit
        for hit in hits
        if hit.entity_type not in ("PERSON", "ORGANIZATION") or text[hit.start : hit.end].lower() not in named
    ]


def _without_parts(hits: list[Hit]) -> list[Hit]:
    """A part of a number or a credential that a word speaks for is no name, however sure the model is: `AB 70 68 69 A`."""
    known = [(hit.start, hit.end) for hit in hits if _is_spoken_for(hit)]
    if not known:
        return hits
    is_part = inside_of(known)
    return [hit for hit in hits if hit.entity_type not in _NAMES or not is_part(hit)]


def _is_spoken_for(hit: Hit) -> bool:
    """Whether a word beside it or its form makes it what it is."""
    return hit.recognizer.startswith("secrets/") or (
        hit.score >= _SURE and any(detail.startswith("context: ") for detail in hit.details)
    )


def _find_numbers(around: Surroundings) -> list[Hit]:
    """The finders that look for numbers, for a text in which nothing else can have come to light."""
    found = clusters(around.text, around.shape)
    return [*by_shape(around, found), *phones(around)]


def _keyed(text: str, start: int, end: int, words: str) -> list[Hit]:
    """What the value in `[start, end)` is because of its key or header."""
    raw = text[start:end]
    value = raw.strip(_QUOTES)
    if not value:
        return []
    start += raw.index(value)
    hits = [
        *names.keyed(value, words),
        *addresses.keyed(value, words),
        *facts.keyed(value, words),
        *logins.keyed(value, words),
        *labels.keyed(value, words),
        *fields.keyed(value, words),
        *short_numbers.keyed(value, words),
    ]
    for hit in hits:
        hit.start += start
        hit.end += start
    return hits
