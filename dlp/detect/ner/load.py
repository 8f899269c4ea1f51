"""From the policy's `detect.ner` to a recognizer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from dlp.policy.model import NerLevel, NerSettings
from dlp.types import Finding


class NerRecognizer(Protocol):
    """Text in, names out.

    Promises: a pure function of the text; findings are PERSON, LOCATION or ORGANIZATION, sorted by `start`, don't overlap,
    lie inside the text and aren't empty; safe from several threads. Any string is accepted, lone surrogates and controls
    included. Raises `DetectorError` when the pipeline behind it fails.
    """

    def find(self, text: str) -> list[Finding]:
        """The names in `text`; offsets in code points."""
        ...

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        """`find` for each text, in order; the same findings."""
        ...


def load_ner(settings: NerSettings) -> NerRecognizer | None:
    """The recognizer that the settings name, ready to use; None for `none`.

    Raises:
        ConfigurationError: the pipeline isn't installed or can't be used; the message says how to install it.
    """
    if settings.nlp_configuration is not None:
        from dlp.detect.ner.external import presidio_engine

        return presidio_engine(settings.nlp_configuration)
    if settings.pipeline == "none":
        return None
    if settings.pipeline == "builtin":
        return _builtin(settings.level)
    from dlp.detect.ner.external import spacy_pipeline

    return spacy_pipeline(settings.pipeline)


@cache
def _builtin(level: NerLevel) -> NerRecognizer:
    from dlp.detect.ner.builtin import Builtin

    return Builtin(level)
