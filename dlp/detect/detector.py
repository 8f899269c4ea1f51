"""The detector: every finder, one after the other, over one text; then one list of findings without overlaps.

The way of a text, in the order of `CoreDetector._examine`:

1. our own tokens are set aside: nothing that touches one is ever a finding;
2. the text is folded (look-alike characters, other digits, odd blanks) and, where it shows the trait, decoded
   (`dlp.detect.normalise`); each such *view* is examined like a text of its own and its hits are mapped back;
3. finders yield hits with scores; names come from the NER and from the rule-based recogniser;
4. the allow list and the policy's `min_score` drop hits; overlaps are resolved.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from dlp import __version__
from dlp.detect import accounts, addresses, checks, facts, labels, names, network, titles, traits
from dlp.detect.cache import FindingsCache
from dlp.detect.context import AFTER, BEFORE, BEHIND, LabelMemo, Surroundings, Wanted, Words, stem_fits
from dlp.detect.custom import AllowList, DenyList, load_recognizers
from dlp.detect.explain import Candidate, Fate
from dlp.detect.hit import Hit
from dlp.detect.ner import NerRecognizer, load_ner
from dlp.detect.ner.lexicon import PERSONAL, Kind
from dlp.detect.ner.lexicon import shipped as shipped_lexicon
from dlp.detect.normalise import MAX_DEPTH, MAX_VIEWS, OffsetMap, View, plain, views
from dlp.detect.overlap import resolve, resolve_with_losers
from dlp.detect.phones import phones
from dlp.detect.rule import Rule
from dlp.detect.rules import RULES
from dlp.detect.secrets import SecretDetector
from dlp.detect.shapes import Atom, Match, ShapeIndex, clusters
from dlp.detect.words import split_words, words_of
from dlp.errors import DetectorError
from dlp.policy.model import DetectSettings, NerLevel
from dlp.tokens import iter_token_spans
from dlp.types import Finding

_QUOTES = " \t\r\n\"'`*"


_CONNECTORS = frozenset("and or und oder et ou y o e i og och en".split())
_OTHER_LABELS = frozenset(
    "id no nr num ref row line page sim ean upc isbn issn doi sku part lot qty age port pid uid seq item size room gate flat unit step rfc iso din".split()
)
"""Short words that say what a number is, so that it isn't bare."""
MAX_BARE = 200
"""Characters of a text that may count as nothing but values."""


def is_bare(text: str, found: Sequence[Sequence[Atom]]) -> bool:
    """Whether `text` is one to three values and nothing else: no word in it speaks for or against them."""
    if len(text) > MAX_BARE or not 1 <= len(found) <= 3:
        return False
    rest = []
    at = 0
    for cluster in found:
        first, last = cluster[0].start, cluster[-1].end
        rest.append(text[at:first])
        at = last
        words = [text[atom.start : atom.end] for atom in cluster if "9" not in atom.shape]
        if any(word.lower() in _OTHER_LABELS or (len(word) > 3 and not word.isupper()) for word in words):
            return False
    rest.append(text[at:])
    between = " ".join(rest)
    return _NOT_BARE.search(between) is None and all(word in _CONNECTORS for word in split_words(between))


_NOT_BARE = re.compile(r"[*=+<>%$€£@^{}]")
"""Signs of arithmetic, of assignments, of amounts."""
_UUID = re.compile(r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_HEX_HEAD = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}\Z")


def _uuids(text: str) -> list[tuple[int, int]]:
    """Where UUIDs stand: nothing in one is a number of its own."""
    return [
        (m.start() - 8, m.end())
        for m in _UUID.finditer(text)
        if _HEX_HEAD.search(text, max(0, m.start() - 9), m.start())
    ]


class _Voices:
    """Which rules the words around a value speak for, and how far away they stand."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._ids = [rule.id for rule in rules]
        self._by_last: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        """Last word of a phrase -> the rules (by index) that it may speak for, with the words that must stand before."""
        self._stems: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for index, rule in enumerate(rules):
            wanted = Wanted(rule.context)
            for word, leads in wanted.by_last.items():
                self._by_last.setdefault(word, []).extend((index, lead) for lead in leads)
            for lead, stem in wanted.stems:
                self._stems.setdefault(stem, []).append((index, lead))
        self._entries: dict[str, tuple[tuple[str, ...], dict[str, list[tuple[str, tuple[str, ...]]]]]] = {}
        self._voice: dict[str, frozenset[str]] = {}
        """Word -> the ids of all rules that it may speak for, alone or with others."""
        self._labels = LabelMemo(self._for_label)

    def _for_label(self, label: str) -> tuple[str, ...]:
        speaking = {
            index
            for word in set(label.split())
            for index, lead in self._by_last.get(word, ())
            if not lead or f" {' '.join((*lead, word))} " in label
        }
        for stem, entries in self._stems.items():
            if stem in label:
                speaking.update(
                    index for index, lead in entries if not stem.isascii() or f" {' '.join((*lead, stem))}" in label
                )
        return tuple(self._ids[index] for index in sorted(speaking))

    def _for_word(self, word: str) -> tuple[tuple[str, ...], dict[str, list[tuple[str, tuple[str, ...]]]]]:
        """The rules that `word` (one of `Words.words`) speaks for alone, and by the word before it with others."""
        spoken = list(self._by_last.get(word, ()))
        spoken += [entry for stem, entries in self._stems.items() if stem_fits(stem, word) for entry in entries]
        alone = {index for index, lead in spoken if not lead}
        after: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for index, lead in sorted((entry for entry in spoken if entry[1]), key=itemgetter(0)):
            after.setdefault(lead[-1], []).append((self._ids[index], lead))
        self._entries[word] = tuple(self._ids[index] for index in sorted(alone)), after
        self._voice[word] = frozenset(self._ids[index] for index, _ in spoken)
        return self._entries[word]

    def speaking(self, words: Words) -> Speaking:
        """Offsets and indices of the words that may speak for a rule; most wanted words are for other finders."""
        entries_of = self._entries
        indices: list[int] = []
        for word, places in words.places.items():
            alone, after = entries_of.get(word) or self._for_word(word)
            if alone:
                indices += places
            elif after:
                indices += [index for index in places if index and words.words[index - 1] in after]
        indices.sort()
        return [words.starts[index] for index in indices], indices

    def possible(self, words: Words, speaking: Speaking, start: int, end: int) -> frozenset[str]:
        """All rules that words near `[start, end)` may speak for; `heard` says no other for any span inside."""
        starts, indices = speaking
        low, high = bisect_left(starts, start - BEFORE), bisect_left(starts, end + AFTER + 1)
        if low >= high:
            return _NOBODY
        return frozenset().union(*[self._voice[words.words[index]] for index in indices[low:high]])

    def heard(self, around: Surroundings, speaking: Speaking, start: int, end: int) -> dict[str, tuple[str, int]]:
        """Rule id -> the nearest word that speaks for it and its distance; `speaking` is that of the text."""
        said: dict[str, tuple[str, int]] = {}
        label = around.label(start)
        if label:
            said = dict.fromkeys(self._labels(label), ("key", 0))
        starts, indices = speaking
        words = around.words
        at = bisect_left(starts, start)
        place = at - 1
        while place >= 0 and starts[place] >= start - BEFORE:
            index = indices[place]
            if words.ends[index] <= start:
                self._speak(words, index, start - words.ends[index], said)
            place -= 1
        place = bisect_left(starts, end, at)
        while place < len(starts) and starts[place] - end <= AFTER:
            self._speak(words, indices[place], starts[place] - end + BEHIND, said)
            place += 1
        return said

    def _speak(self, words: Words, index: int, distance: int, said: dict[str, tuple[str, int]]) -> None:
        word = words.words[index]
        alone, after = self._entries[word]
        speaks = alone
        if after and index and (entries := after.get(words.words[index - 1])):
            speaks = (*alone, *(rule_id for rule_id, lead in entries if words.preceded(index, lead)))
        for rule_id in speaks:
            known = said.get(rule_id)
            if known is None or (distance < known[1] and known[1] >= BEHIND):
                said[rule_id] = (word, distance)


Speaking = tuple[list[int], list[int]]
_NOBODY: frozenset[str] = frozenset()


INDEX = ShapeIndex(RULES)
VOICES = _Voices(RULES)
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


def by_shape(around: Surroundings, found: Sequence[Sequence[Atom]]) -> list[Hit]:
    """What the rule tables find in a text whose clusters are `found`."""
    text = around.text
    hits: list[Hit] = []
    bare = not around.given and is_bare(text, found)
    labelled = around.given != "" or bool(around.tables)
    heard: dict[tuple[int, int], dict[str, tuple[str, int]]] = {}
    speaking = VOICES.speaking(around.words)

    def said(start: int, end: int) -> dict[str, tuple[str, int]] | None:
        span = start, end
        if span not in heard:
            heard[span] = VOICES.heard(around, speaking, start, end)
        return None if bare else heard[span]

    for cluster in found:
        heard.clear()
        possible = (
            None if bare or labelled else VOICES.possible(around.words, speaking, cluster[0].start, cluster[-1].end)
        )
        for match in INDEX.matches(text, cluster, said, possible):
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
            if rule.check is None or rule.check(match.compact):
                said(match.start, match.end)
                hits.append(_weigh(around, rule, match, heard[match.start, match.end].get(rule.id), bare=bare))
    return _whole(_nearest_label(hits))


def _nearest_label(hits: list[Hit]) -> list[Hit]:
    """Where several rules want one span, those whose label stands further away lose to the one whose label is beside it."""
    nearest: dict[tuple[int, int], int] = {}
    for hit in hits:
        if hit.distance is not None:
            span = hit.start, hit.end
            nearest[span] = min(nearest.get(span, hit.distance), hit.distance)
    checked = {(hit.start, hit.end) for hit in hits if hit.distance is not None and hit.recognizer in CHECKED}
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
    return before or (text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit())


def _whole(hits: list[Hit]) -> list[Hit]:
    """Leave out what is a part of a longer value: `MRN-483912`, not the `483912` in it, which has its label nearer."""
    kept: list[Hit] = []
    for hit in hits:
        rivals = [
            known
            for known in kept[-16:]
            if known.start <= hit.start and hit.end <= known.end and known.end - known.start > hit.end - hit.start
        ]
        if not hit.validated and any(known.score >= LEAST and known.score > hit.score - NEARER for known in rivals):
            continue
        if hit.score >= LEAST:
            kept[-16:] = [known for known in kept[-16:] if not _is_part(known, hit)]
        kept.append(hit)
    return kept


def _is_part(part: Hit, whole: Hit) -> bool:
    inside = whole.start <= part.start and part.end <= whole.end and part.end - part.start < whole.end - whole.start
    return inside and not part.validated and whole.score > part.score - NEARER


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


_PROSE = frozenset(
    {"percent-encoded", "HTML entities", "base64", "hex", "hex pairs", "quoted-printable", "nested escapes"}
)
"""Encodings that hide prose, so that names are looked for behind them."""


_NUMBERS = frozenset({"wrapped digits", "regrouped digits", "look-alike digits", "spelt-out digits"})
"""Rewritings that can bring nothing but numbers to light."""


class _Layer:
    """One text that is examined: the plain one, or a view of something encoded in it."""

    __slots__ = ("_views", "around", "hits", "prose", "text", "words")

    def __init__(self, text: str, given: str, key: str, views_: tuple[View, ...] = ()) -> None:
        self.text = text
        self.around = Surroundings(text, given, key)
        self._views = views_
        kind = views_[-1].kind if views_ else ""
        self.prose = not views_ or kind in _PROSE
        """Names may stand here."""
        self.words = kind not in _NUMBERS
        """More than numbers may stand here."""
        self.hits: list[Hit] = []

    def mapped(self) -> Iterator[Hit]:
        """The hits that count, in the offsets of the plain text."""
        for hit in self.hits:
            details: tuple[str, ...] = ()
            for view in reversed(self._views):
                # What was decoded last touches what was decoded before it; the value found there need not.
                if view is self._views[-1] and not view.touches(hit.start, hit.end):
                    break
                if view.kind == "regrouped digits" and not _spoken_for(hit):
                    break
                if view.kind == "wrapped digits":
                    if not _has_context(hit):
                        break  # columns of numbers stand one under the other
                    hit.score -= WRAPPED
                hit.start, hit.end = view.offsets.span(hit.start, hit.end)
                details += (view.kind,)
            else:
                hit.details += details
                yield hit


WRAPPED = 0.15
"""What a number over two lines earns less: one that stands in a line of its own is likelier."""


def _spoken_for(hit: Hit) -> bool:
    """Any row of numbers can be written together; something must say what it is."""
    return hit.validated or _has_context(hit)


def _has_context(hit: Hit) -> bool:
    return any(detail.startswith("context") for detail in hit.details)


class _Reading:
    """One text on its way through detection."""

    __slots__ = ("_offsets", "given", "layers", "text", "tokens")

    def __init__(self, text: str, context: str) -> None:
        self.text = text
        self.given = words_of(context) if context else ""
        self.layers: list[_Layer] = []
        self.tokens = list(iter_token_spans(text))
        self._offsets: OffsetMap | None = None
        if text and not text.isspace():
            folded, self._offsets = plain(text)
            self.layers.append(_Layer(folded, self.given, context))
            for view in views(folded, self.layers[0].around):
                self._add(view, ())

    def _add(self, view: View, outer: tuple[View, ...]) -> None:
        if len(self.layers) > MAX_VIEWS:
            raise DetectorError(f"more than {MAX_VIEWS} encoded stretches in one text")
        chain = (*outer, view)
        self.layers.append(_Layer(view.text, self.given, self.layers[0].around.key, chain))
        if len(chain) < MAX_DEPTH and view.kind in _PROSE:
            for inner in views(view.text, self.layers[-1].around):
                if any(view.touches(*inner.offsets.span(low, high)) for low, high in inner.decoded):
                    self._add(inner, chain)

    def hits(self) -> Iterator[Hit]:
        """Every hit of every layer, in the offsets of the text; weak or overlapping or not."""
        for layer in self.layers:
            for hit in layer.mapped():
                if self._offsets is not None:
                    hit.start, hit.end = self._offsets.span(hit.start, hit.end)
                yield hit

    def failed_checks(self) -> Iterator[Hit]:
        """What has a rule's shape beside one of its words but fails its check, in the offsets of the text."""
        if not self.layers:
            return
        around = self.layers[0].around
        speaking = VOICES.speaking(around.words)
        for cluster in clusters(around.text):
            for match in INDEX.matches(around.text, cluster):
                rule = match.rule
                if rule.check is None or rule.check(match.compact):
                    continue
                word = VOICES.heard(around, speaking, match.start, match.end).get(rule.id)
                if word is not None and word[1] <= rule.reach:
                    span = match.start, match.end
                    start, end = span if self._offsets is None else self._offsets.span(*span)
                    yield Hit(rule.entity_type, start, end, 0.0, rule.id, details=(f"context: {word[0]}",))


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

    def _read(self, items: Sequence[tuple[str, str]]) -> list[_Reading]:
        """Run every finder over every text; what is reported is settled later."""
        readings = [_Reading(text, context) for text, context in items]
        for reading in readings:
            self._scan(reading)
        self._name([reading for reading in readings if not self._cuts_short(reading)], self._ner)
        if long := [reading for reading in readings if self._cuts_short(reading)]:
            self._name(long, load_ner(replace(self._settings.ner, level=NerLevel.FAST)))
        for reading in readings:
            for layer in reading.layers:
                layer.hits = addresses.compose(layer.around, _without_labels(layer.around, layer.hits))
                if layer.prose:
                    layer.hits += titles.under_names(layer.text, layer.hits)
        return readings

    def _cuts_short(self, reading: _Reading) -> bool:
        return self._settings.ner.cuts_short(len(reading.text))

    def _name(self, readings: Sequence[_Reading], ner: NerRecognizer | None) -> None:
        """Add the names."""
        if ner is None:
            return
        layers = [layer for reading in readings for layer in reading.layers if layer.prose]
        for layer, named in zip(layers, ner.find_many([layer.text for layer in layers]), strict=True):
            layer.hits += [_from_finding(finding) for finding in named]

    def _settle(self, reading: _Reading) -> tuple[Finding, ...]:
        """From everything that was found in one text to what is reported."""
        kept = [hit for hit in reading.hits() if self._fate(hit, reading) is None]
        return tuple(hit.finding() for hit in resolve(kept))

    def _fate(self, hit: Hit, reading: _Reading) -> Fate | None:
        """Why a hit is dropped before overlaps are resolved; None when it stays."""
        if hit.score < self._min_score:
            return Fate.WEAK
        if any(start < hit.end and hit.start < end for start, end in reading.tokens):
            return Fate.OWN_TOKEN
        if self._allowed and self._allowed.holds(reading.text[hit.start : hit.end]):
            return Fate.ALLOW_LISTED
        return None

    def _scan(self, reading: _Reading) -> None:
        for layer in reading.layers:
            layer.hits += self._find(layer.around) if layer.words else _find_numbers(layer.around)

    def _find(self, around: Surroundings) -> list[Hit]:
        """One pass of every finder but the NER over a text that needs no decoding."""
        text, given = around.text, around.given
        found = clusters(text)
        shown = around.traits
        uuids = _uuids(text) if shown & traits.UUID else []
        if uuids:
            found = [
                cluster for cluster in found if not any(s < cluster[-1].end and cluster[0].start < e for s, e in uuids)
            ]
        hits: list[Hit] = []
        atoms = [atom for cluster in found for atom in cluster if "9" in atom.shape]
        if atoms:
            hits = by_shape(around, found)
            hits += accounts.ibans(text, atoms)
            hits += accounts.wallets(around, atoms)
            if shown & traits.PHONE:
                hits += [hit for hit in phones(around) if not any(s < hit.end and hit.start < e for s, e in uuids)]
            hits += network.ipv4_addresses(around, atoms)
            hits += facts.dates(around, atoms)
            hits += facts.ages(around, atoms)
            hits += facts.coordinates(around)
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
        hits += facts.groups(around)
        hits += titles.said(around)
        hits += facts.usernames(around)
        hits += addresses.addresses(around, atoms)
        hits += names.names(around)
        hits += labels.labelled(around)
        if given:
            hits += _keyed(text, 0, len(text), given)
        for start, end, words in around.tables.cells():
            hits += _keyed(text, start, end, words)
        hits += [_from_finding(finding) for finding in self._secrets.find(text, around.key, shown)]
        hits += self._denied.find(text)
        for recognizer in self._custom:
            try:
                hits += recognizer.find(around)
            except DetectorError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a foreign recognizer raises, the request is refused
                raise DetectorError(f"recognizer {recognizer.name!r} raised {type(error).__name__}") from None
        return hits


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
            if hit.entity_type not in NAMES
            or not any(s <= hit.start and hit.end <= e for s, e in heads)
            or _is_listed(around.text[hit.start : hit.end])
        ]
    labels = {
        detail.removeprefix("context: ") for hit in hits for detail in hit.details if detail.startswith("context: ")
    }
    if not labels:
        return hits
    text = around.text
    return [
        hit
        for hit in hits
        if hit.entity_type not in ("PERSON", "ORGANIZATION") or text[hit.start : hit.end].lower() not in labels
    ]


NAMES = frozenset({"PERSON", "ORGANIZATION", "LOCATION"})


def _find_numbers(around: Surroundings) -> list[Hit]:
    """The finders that look for numbers, for a text in which nothing else can have come to light."""
    found = clusters(around.text)
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
        *labels.keyed(value, words),
    ]
    for hit in hits:
        hit.start += start
        hit.end += start
    return hits
