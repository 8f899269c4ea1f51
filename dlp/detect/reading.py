"""One text on its way through detection: the layers that are examined, and what is found in them in the text's own offsets."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.detect.context import Surroundings
from dlp.detect.hit import Hit
from dlp.detect.normalise import MAX_DEPTH, MAX_VIEWS, OffsetMap, View, plain, views
from dlp.detect.numbers import INDEX, VOICES
from dlp.detect.shapes import clusters
from dlp.detect.words import words_of
from dlp.errors import DetectorError
from dlp.tokens import iter_token_spans

_PROSE = frozenset(
    {
        "percent-encoded",
        "HTML entities",
        "base64",
        "hex",
        "hex pairs",
        "quoted-printable",
        "nested escapes",
        "control characters",
    }
)
"""Encodings that hide prose, so that names are looked for behind them."""


_NUMBERS = frozenset({"wrapped digits", "regrouped digits", "look-alike digits", "spelt-out digits"})
"""Rewritings that can bring nothing but numbers to light."""


class Layer:
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
        if not self._views:
            yield from self.hits
            return
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


class Reading:
    """One text on its way through detection."""

    __slots__ = ("_offsets", "given", "layers", "text", "tokens")

    def __init__(self, text: str, context: str) -> None:
        self.text = text
        self.given = words_of(context) if context else ""
        self.layers: list[Layer] = []
        self.tokens = list(iter_token_spans(text))
        self._offsets: OffsetMap | None = None
        if text and not text.isspace():
            folded, self._offsets = plain(text)
            self.layers.append(Layer(folded, self.given, context))
            for view in views(self.layers[0].around):
                self._add(view, ())

    def _add(self, view: View, outer: tuple[View, ...]) -> None:
        if len(self.layers) > MAX_VIEWS:
            raise DetectorError(f"more than {MAX_VIEWS} encoded stretches in one text")
        chain = (*outer, view)
        self.layers.append(Layer(view.text, self.given, self.layers[0].around.key, chain))
        if len(chain) < MAX_DEPTH and view.kind in _PROSE:
            for inner in views(self.layers[-1].around):
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
        for cluster in clusters(around.text, around.shape):
            for match in INDEX.matches(around.text, cluster):
                rule = match.rule
                if rule.check is None or rule.check(match.compact):
                    continue
                word = VOICES.heard(around, match.start, match.end).get(rule.id)
                if word is not None and word[1] <= rule.reach:
                    span = match.start, match.end
                    start, end = span if self._offsets is None else self._offsets.span(*span)
                    yield Hit(rule.entity_type, start, end, 0.0, rule.id, details=(f"context: {word[0]}",))
