"""Names of people, places and organisations.

Text is cut into words (`wordpiece`), the words into windows (`windows`); windows that cannot hold a name are left out
(`gate`), the others are read by the embedded model (`model`), whose tags become spans (`tags`). Rules find what a model
need not be asked for (`rules`: titles, "my name is", form fields, signatures; `tables`: columns; `turns`: who speaks in a
transcript) and what it cannot read (`scripts`: names in other alphabets). `repair` makes spans whole and drops what is no name. `builtin` owns that order; `external` puts a spaCy
pipeline or a Presidio NLP engine in the model's place; `load_ner` chooses.
"""

from __future__ import annotations

from dlp.detect.ner.load import NerRecognizer, load_ner

__all__ = ["NerRecognizer", "load_ner"]
