"""Stock Presidio: every recognizer that it enables by default for English, a tokenizer in the place of a language model."""

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from serve import serve

tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # or it would fetch a list of domains
nlp = SpacyNlpEngine()
nlp.nlp = {"en": spacy.blank("en")}
registry = RecognizerRegistry(supported_languages=["en"])
registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
serve(lambda text: len(analyzer.analyze(text, language="en")))
