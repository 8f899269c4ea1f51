"""The embedded recognizer: model, rules and lists in one fixed order."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from dlp.detect.ner import lexicon
from dlp.detect.ner.gate import Gate
from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.model import Effort, Probabilities, Tagger
from dlp.detect.ner.persons import pairs
from dlp.detect.ner.repair import repaired
from dlp.detect.ner.repeats import repeats
from dlp.detect.ner.rules import announced
from dlp.detect.ner.scripts import in_other_scripts
from dlp.detect.ner.tables import in_columns
from dlp.detect.ner.tags import Span, spans_of
from dlp.detect.ner.turns import speakers
from dlp.detect.ner.windows import Window, cut
from dlp.detect.ner.wordpiece import Encoding
from dlp.policy.model import NerLevel
from dlp.types import Finding

EFFORTS = {
    NerLevel.FAST: Effort(certain=0.0),
    NerLevel.BALANCED: Effort(),
    NerLevel.THOROUGH: Effort(gate=False, possible=-math.inf, certain=math.inf),
}
"""`fast` reads the sentences that can hold a name, with half of the model at most; `balanced` has the other half read what that
half is in two minds about; `thorough` reads everything with all of it."""
THRESHOLD = 0.4
"""Probability of being part of a name from which a word counts; what the lists don't support falls below `FLOOR` later."""
FLOOR = 0.5
"""Score below which nothing is reported."""
HINT = 0.01
"""Probability from which two neighbouring words that the list knows as a given name and a surname are taken for one."""
LISTED = 0.65
"""The score of such a pair."""
HINT_ALONE = 0.2
"""The same for a capitalised word alone, which the list must know as a person's and as nothing else."""
LISTED_ALONE = 0.55


@cache
def shipped_tagger() -> Tagger:
    """The model in the package, loaded once per process and shared by all levels and threads."""
    return Tagger()


@cache
def shipped_gate() -> Gate:
    """The gate with the list in the package, which all levels share."""
    return Gate(lexicon.shipped())


MANY_WINDOWS = 16
"""Windows from which a text's are spread over threads: the model lets go of the interpreter while it runs."""
MAX_THREADS = 4
BATCH = 256
"""Windows that are given to the threads at a time."""


@cache
def _threads() -> ThreadPoolExecutor:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ThreadPoolExecutor(min(cores, MAX_THREADS), thread_name_prefix="dlp-ner")


class Builtin:
    """Finds names with the embedded model; see `NerRecognizer` for its promises."""

    def __init__(
        self, level: NerLevel = NerLevel.BALANCED, tagger: Tagger | None = None, words: Lexicon | None = None
    ) -> None:
        """`tagger` and `words` replace the shipped ones: a model that was just trained is measured so."""
        self._effort = EFFORTS[level]
        self._tagger = tagger or shipped_tagger()
        self._lexicon = words or lexicon.shipped()
        self._gate = Gate(words) if words is not None else shipped_gate()

    def find(self, text: str) -> list[Finding]:
        return [
            Finding(
                entity_type=s.label, start=s.start, end=s.end, score=round(s.score, 4), recognizer=f"ner:{s.source}"
            )
            for s in self._spans(text)
        ]

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [self.find(text) for text in texts]

    def _spans(self, text: str) -> list[Span]:
        effort = self._effort
        encoding = self._tagger.pieces.encode(text, self._gate.sentences(text) if effort.gate else None)
        if effort.gate:
            encoding = self._gate.readable(text, encoding)
        found: list[Span] = []
        for window, probabilities in self._tagged(encoding, cut(text, encoding)):
            kept = probabilities[window.keep_low - window.low : window.keep_high - window.low]
            found += spans_of(encoding, window.keep_low, kept, THRESHOLD)
            found += self._listed(text, encoding, window.keep_low, kept)
        found += announced(text, self._lexicon)
        found += in_columns(text, self._lexicon)
        found += pairs(text, self._lexicon)
        found += in_other_scripts(text, self._lexicon)
        found += speakers(text, self._lexicon)
        spans = [span for span in repaired(text, found, self._lexicon) if span.score >= FLOOR]
        again = repeats(text, spans, self._lexicon)
        return sorted(spans + again, key=lambda span: span.start) if again else spans

    def _tagged(self, encoding: Encoding, windows: Sequence[Window]) -> Iterator[tuple[Window, Probabilities]]:
        """Each window with what the model says of it, in order. A window is one call, so threads change no answer."""

        def tag(window: Window) -> Probabilities:
            return self._tagger.tag(encoding, window, self._effort)

        if len(windows) < MANY_WINDOWS:
            yield from zip(windows, map(tag, windows), strict=True)
            return
        for some in itertools.batched(windows, BATCH):  # what isn't read yet takes memory
            yield from zip(some, _threads().map(tag, some), strict=True)

    def _listed(self, text: str, encoding: Encoding, low: int, probabilities: Probabilities) -> Iterator[Span]:
        """Listed names where the model is unsure rather than opposed: a given name before a surname in one case, a word alone."""
        starts, ends = encoding.starts, encoding.ends
        named = 1.0 - probabilities[:, 0]
        for row in np.flatnonzero(named >= HINT).tolist():
            word = low + row
            value = text[starts[word] : ends[word]]
            kind = self._lexicon.kind(value)
            alone = kind & PERSONAL and not kind & (Kind.ORDINARY | Kind.PLACE)
            if alone and HINT_ALONE <= named[row] < THRESHOLD and len(value) > 2 and value.istitle():
                yield Span(starts[word], ends[word], "PERSON", LISTED_ALONE, "listed")
            if row + 1 == len(named) or not kind & Kind.GIVEN or len(value) < 3:
                continue
            if starts[word + 1] - ends[word] != 1 or text[ends[word]] != " ":
                continue
            family = text[starts[word + 1] : ends[word + 1]]
            if (value.istitle(), value.isupper()) != (family.istitle(), family.isupper()):
                continue
            family_kind = self._lexicon.kind(family)
            if family_kind & Kind.SURNAME and not (kind | family_kind) & Kind.ORDINARY:
                yield Span(starts[word], ends[word + 1], "PERSON", LISTED, "listed")
