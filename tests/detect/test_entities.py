"""One table holds every type that anything of ours, or of Presidio's, can report."""

from __future__ import annotations

import inspect
import re

import presidio_analyzer.predefined_recognizers as predefined
from presidio_analyzer import PatternRecognizer

from dlp.detect.entities import ENTITY_TYPES, OTHER_NAMES, Group, types_in
from dlp.detect.rules import RULES


def test_every_rule_reports_a_type_of_the_table() -> None:
    assert {rule.entity_type for rule in RULES} <= set(ENTITY_TYPES)


def test_every_pattern_recognizer_of_presidio_reports_a_type_of_the_table() -> None:
    """A new release of Presidio may bring types: then they need a description and a group here."""
    classes = [
        each
        for _, each in inspect.getmembers(predefined, inspect.isclass)
        if issubclass(each, PatternRecognizer) and not inspect.isabstract(each)
    ]
    parameters = [inspect.signature(each).parameters for each in classes]
    defaults = {each["supported_entity"].default for each in parameters if "supported_entity" in each}
    types = {default for default in defaults if isinstance(default, str)}
    assert len(types) > 80
    assert types <= set(ENTITY_TYPES)


def test_names_and_descriptions_have_one_form() -> None:
    for name, entity in ENTITY_TYPES.items():
        assert entity.name == name
        assert re.fullmatch(r"[A-Z][A-Z0-9_]{1,39}", name)
        assert entity.description == entity.description.strip()
        assert not entity.description.endswith(".")


def test_every_type_has_one_group() -> None:
    listed = [name for group in Group for name in types_in(group)]
    assert sorted(listed) == sorted(ENTITY_TYPES)


def test_other_names_lead_to_types_and_are_none_themselves() -> None:
    assert set(OTHER_NAMES.values()) <= set(ENTITY_TYPES)
    assert not set(OTHER_NAMES) & set(ENTITY_TYPES)
