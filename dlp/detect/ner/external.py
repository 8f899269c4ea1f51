"""Somebody else's model in the place of ours: any installed spaCy pipeline, or a Presidio NLP-engine configuration.

Nothing is ever downloaded: Presidio's engines fetch a missing model by themselves, which a privacy proxy must not do
behind its owner's back, so a missing one is reported before they can. Our rules for announced names and for other
alphabets run on top, as they do on the embedded model.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlp.detect.ner import lexicon
from dlp.detect.ner.repair import repaired
from dlp.detect.ner.rules import announced
from dlp.detect.ner.scripts import in_other_scripts
from dlp.detect.ner.tables import in_columns
from dlp.detect.ner.tags import Span
from dlp.errors import ConfigurationError, DetectorError
from dlp.types import Finding

ENTITY_TYPES = {
    "PER": "PERSON", "PERSON": "PERSON", "PRS": "PERSON", "NAME": "PERSON", "persName": "PERSON",
    "GPE": "LOCATION", "LOC": "LOCATION", "LOCATION": "LOCATION", "FAC": "LOCATION", "placeName": "LOCATION", "geogName": "LOCATION",
    "ORG": "ORGANIZATION", "ORGANIZATION": "ORGANIZATION", "orgName": "ORGANIZATION",
    "NORP": "NRP", "NRP": "NRP",
}  # fmt: skip
"""The labels of spaCy's and other published pipelines -> ours. Labels that are missing here are no names (dates, numbers)."""

_NOT_NEEDED = (
    "tagger", "morphologizer", "parser", "senter", "sentencizer", "lemmatizer", "trainable_lemmatizer", "attribute_ruler",
    "textcat", "textcat_multilabel", "entity_linker",
)  # fmt: skip
SCORE = 0.85
"""What Presidio gives to every entity of a pipeline that reports no confidence of its own."""
CHUNK = 20_000
"""Code points that a pipeline gets at once (cut after a line end or blank); spaCy refuses a million, and parsers grow."""
_OUR_LABELS = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})


def spacy_pipeline(name: str) -> External:
    """The entities of the spaCy pipeline with this package name or path.

    Raises:
        ConfigurationError: it isn't installed, doesn't load with this spaCy, or recognizes no entities.
    """
    import spacy

    if not (spacy.util.is_package(name) or Path(name).exists()):
        raise ConfigurationError(_missing(name))
    try:
        pipeline = spacy.load(name, exclude=list(_NOT_NEEDED))
    except Exception as problem:  # noqa: BLE001 - a pipeline runs its own code; whatever it raises, the set-up is wrong
        raise ConfigurationError(
            f"the spaCy pipeline '{name}' can't be loaded: {type(problem).__name__}: {problem}"
        ) from None
    if not {"ner", "beam_ner", "entity_ruler", "span_ruler"} & set(pipeline.pipe_names):
        raise ConfigurationError(f"the spaCy pipeline '{name}' recognizes no entities: it has no 'ner' component")

    def entities(text: str) -> Iterator[Span]:
        for entity in pipeline(text).ents:
            label = ENTITY_TYPES.get(entity.label_)
            if label is not None:
                yield Span(entity.start_char, entity.end_char, label, SCORE, name, exact=label not in _OUR_LABELS)

    return External(name, entities)


def presidio_engine(configuration: Mapping[str, Any]) -> External:
    """The entities of a Presidio NLP engine (`nlp_engine_name`, `models`, `ner_model_configuration`), all its languages.

    Raises:
        ConfigurationError: the engine or one of its models isn't installed, or the configuration is refused.
    """
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    name = f"nlp_engine:{configuration.get('nlp_engine_name')}"
    for model in configuration.get("models", ()):
        _present(str(configuration.get("nlp_engine_name")), model.get("model_name"))
    # Hugging Face's client would fetch what it doesn't find; see above.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        engine = NlpEngineProvider(nlp_configuration=dict(configuration)).create_engine()
        languages = engine.get_supported_languages()
    except ConfigurationError:
        raise
    except Exception as problem:  # noqa: BLE001 - as above: Presidio, Pydantic and the model's own code
        raise ConfigurationError(
            f"the Presidio NLP configuration can't be used: {type(problem).__name__}: {problem}"
        ) from None

    def entities(text: str) -> Iterator[Span]:
        for language in languages:
            artifacts = engine.process_text(text, language)
            for entity, score in zip(artifacts.entities, artifacts.scores, strict=False):
                label = ENTITY_TYPES.get(entity.label_, entity.label_)
                yield Span(
                    entity.start_char, entity.end_char, label, float(score), name, exact=label not in _OUR_LABELS
                )

    return External(name, entities)


def _present(engine: str, model: object) -> None:
    """Raise if a model of a Presidio engine would have to be downloaded."""
    import spacy

    if isinstance(model, Mapping):  # the transformers engine: a spaCy tokenizer beside the model
        for kind, each in model.items():
            _present("spacy" if kind == "spacy" else engine, each)
        return
    if engine == "spacy" and not (spacy.util.is_package(str(model)) or Path(str(model)).exists()):
        raise ConfigurationError(_missing(str(model)))
    package = {"stanza": "stanza", "transformers": "transformers"}.get(engine)
    if package and importlib.util.find_spec(package) is None:
        raise ConfigurationError(
            f"the Presidio NLP engine '{engine}' needs the package '{package}'; install it with `pip install 'presidio-analyzer[{engine}]'`"
        )


def _missing(name: str) -> str:
    if os.sep in name or name.startswith("."):
        return f"there is no spaCy pipeline at {name}; give the folder that holds its config.cfg"
    return (
        f"the spaCy pipeline '{name}' is not installed; install it with `python -m spacy download {name}`, "
        "or set detect.ner.pipeline to 'builtin' (ours, nothing to install) or 'none'"
    )


class External:
    """Spans from a function, made findings; see `NerRecognizer` for the promises. One text at a time: the locks are theirs to miss."""

    def __init__(self, name: str, entities: Callable[[str], Iterator[Span]]) -> None:
        self._name, self._entities = name, entities
        self._lexicon = lexicon.shipped()
        self._lock = threading.Lock()

    def find(self, text: str) -> list[Finding]:
        # Their string stores encode to UTF-8, which a lone surrogate can't be; the stand-in keeps every offset.
        plain = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
        found: list[Span] = []
        try:
            with self._lock:
                for start, end in _chunks(plain):
                    found += [s.at(s.start + start, s.end + start) for s in self._entities(plain[start:end])]
        except Exception as problem:  # noqa: BLE001 - a foreign model: whatever fails, the text was not examined
            raise DetectorError(f"the pipeline '{self._name}' failed with {type(problem).__name__}") from None
        found += announced(plain, self._lexicon)
        found += in_columns(plain, self._lexicon)
        found += in_other_scripts(plain, self._lexicon)
        return [
            Finding(
                entity_type=s.label, start=s.start, end=s.end, score=round(s.score, 4), recognizer=f"ner:{s.source}"
            )
            for s in repaired(plain, found, self._lexicon)
        ]

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [self.find(text) for text in texts]


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        if end < len(text):
            cut = max(text.rfind("\n", start + CHUNK // 2, end), text.rfind(" ", end - 200, end)) + 1
            end = cut if cut > start else end
        yield start, end
        start = end
