"""Stock Presidio with as many rules as we have that it can hold: all its pattern recognizers of all countries, and our formats of secrets.

Each format rule becomes a `PatternRecognizer`, as people add public rule sets to Presidio. Our rules that read a credential by its
issuer's name, nearly four times as many, have no such form and are left out, which is to its advantage.
"""

import inspect
import re

import spacy
import tldextract
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from serve import serve

from dlp.detect.secrets.rules import all_rules

tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # or it would fetch a list of domains
REMOTE = ("Azure", "LangExtract", "GLiNER", "HuggingFace", "MedicalNER", "Spacy", "Stanza", "Transformers")
"""Parts of the names of recognizers that ask a service or a model."""


def predefined() -> list[EntityRecognizer]:
    """Presidio's recognizers that need neither service nor model, all made to read English."""
    return [
        kind(supported_language="en")
        for name, kind in inspect.getmembers(predefined_recognizers, inspect.isclass)
        if issubclass(kind, EntityRecognizer) and not any(part in name for part in REMOTE)
    ]


def secrets() -> list[EntityRecognizer]:
    """Our formats of secrets, which are read with regard to case."""
    return [
        PatternRecognizer(
            supported_entity=rule.entity_type,
            name=rule.id,
            patterns=[
                Pattern(rule.id, f"(?<={rule.keywords[0]})(?:{rule.pattern})" if rule.behind else rule.pattern, 0.9)
            ],
            global_regex_flags=re.DOTALL | re.MULTILINE,
        )
        for rule in all_rules()
        if not rule.words
    ]


nlp = SpacyNlpEngine()
nlp.nlp = {"en": spacy.blank("en")}
registry = RecognizerRegistry(recognizers=[*predefined(), *secrets()], supported_languages=["en"])
analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
serve(lambda text: len(analyzer.analyze(text, language="en")))
