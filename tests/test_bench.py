"""What the benchmark measures with is what its documentation says it is."""

from __future__ import annotations

import re

import pytest

from bench import texts

_DATUM = re.compile("|".join(re.escape(fact.split("{")[0]) for fact in texts._FACTS))


def test_data_are_told_apart() -> None:
    assert len(_DATUM.findall(", ".join(texts._FACTS))) == len(texts._FACTS)


@pytest.mark.parametrize(("characters", "between"), [(1_000, (360, 440)), (10_000, (340, 420))])
def test_prose_has_one_datum_in_400_characters(characters: int, between: tuple[int, int]) -> None:
    written = [texts.prose(characters) for _ in range(1_000_000 // characters)]
    low, high = between
    assert low < sum(map(len, written)) / sum(len(_DATUM.findall(text)) for text in written) < high


def test_clean_text_has_none() -> None:
    assert _DATUM.search(texts.clean(20_000)) is None
