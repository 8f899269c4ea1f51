"""The made-up sentences hold what their labels say, the same for the same seed."""

from __future__ import annotations

from random import Random

import pytest

from dlp.detect.entities import ENTITY_TYPES
from dlp.evaluation.sentences import KINDS, Kind, sentences


def test_the_same_seed_gives_the_same_sentences() -> None:
    assert sentences(2, seed=7) == sentences(2, seed=7)
    assert sentences(2, seed=7) != sentences(2, seed=8)


def test_every_kind_is_a_type_of_the_table_with_a_set_or_name_of_its_own() -> None:
    assert {kind.entity_type for kind in KINDS} <= set(ENTITY_TYPES)
    assert len({kind.name or kind.entity_type for kind in KINDS}) == len(KINDS)
    assert len({kind.entity_type for kind in KINDS}) > 60


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name or kind.entity_type)
def test_the_label_holds_the_value_and_the_sentence_nothing_else_of_it(kind: Kind) -> None:
    random = Random(3)
    for number in range(10):
        record = kind.record(random, number)
        (label,) = record.labels
        value = record.text[label.start : label.end]
        assert value == value.strip()
        assert value
        assert record.text.count(value) == 1
        assert "{value}" not in record.text
