"""Somebody else's pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from dlp.detect.ner import load_ner
from dlp.detect.ner.external import CHUNK, External
from dlp.errors import ConfigurationError, DetectorError
from dlp.policy.model import NerSettings

PATTERNS = [
    {"label": "PER", "pattern": "Zyxw Vutsr"},
    {"label": "GPE", "pattern": "Qwertz"},
    {"label": "NORP", "pattern": "Martian"},
    {"label": "DATE", "pattern": "yesterday"},
]
TEXT = "Zyxw Vutsr went to Qwertz yesterday, a Martian town."
FOUND = [("Zyxw Vutsr", "PERSON"), ("Qwertz", "LOCATION"), ("Martian", "NRP")]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline on disk that knows three names."""
    nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)  # type: ignore[attr-defined]
    path = tmp_path_factory.mktemp("pipeline") / "ruler"
    nlp.to_disk(path)
    return path


def named(settings: NerSettings, text: str) -> list[tuple[str, str]]:
    recognizer = load_ner(settings)
    assert recognizer is not None
    return [(text[f.start : f.end], f.entity_type) for f in recognizer.find(text)]


def test_a_spacy_pipeline_is_loaded_from_its_folder_and_its_labels_are_ours(pipeline: Path) -> None:
    assert named(NerSettings(pipeline=str(pipeline)), TEXT) == FOUND


def test_a_presidio_configuration_is_used(pipeline: Path) -> None:
    models = [{"lang_code": "en", "model_name": str(pipeline)}]
    settings = NerSettings(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    assert named(settings, TEXT)[:2] == FOUND[:2]


def test_our_rules_run_on_top(pipeline: Path) -> None:
    assert named(NerSettings(pipeline=str(pipeline)), "My name is Tunde Bakare.") == [("Tunde Bakare", "PERSON")]


def test_a_lone_surrogate_moves_no_offset(pipeline: Path) -> None:
    assert named(NerSettings(pipeline=str(pipeline)), "\ud800 " + TEXT) == FOUND


def test_a_long_text_is_read_in_pieces_with_offsets_of_the_whole(pipeline: Path) -> None:
    text = "x " * CHUNK + TEXT
    assert named(NerSettings(pipeline=str(pipeline)), text) == FOUND


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (NerSettings(pipeline="en_core_web_zz"), "python -m spacy download en_core_web_zz"),
        (NerSettings(pipeline="./no/such/folder"), "there is no spaCy pipeline at ./no/such/folder"),
        (
            NerSettings(nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_zz"}]}),
            "python -m spacy download en_core_web_zz",
        ),
        (NerSettings(nlp_configuration={"nlp_engine_name": "nonsense", "models": []}), "can't be used"),
    ],
    ids=["package", "path", "presidio model", "presidio engine"],
)  # fmt: skip
def test_what_is_missing_is_named_with_what_to_do(settings: NerSettings, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_ner(settings)
    assert message in str(caught.value)


def test_a_pipeline_without_entities_is_refused(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "empty")
    with pytest.raises(ConfigurationError, match="recognizes no entities"):
        load_ner(NerSettings(pipeline=str(tmp_path / "empty")))


def test_a_pipeline_that_fails_is_a_detector_error_that_says_nothing_of_the_text() -> None:
    def broken(text: str) -> object:
        raise ValueError(text)

    with pytest.raises(DetectorError) as caught:
        External("theirs", broken).find("secret words")  # type: ignore[arg-type]
    assert "theirs" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_none_is_no_recognizer() -> None:
    assert load_ner(NerSettings(pipeline="none")) is None
