"""Figures, the table, and what counts as worse."""

from __future__ import annotations

import pytest

from dlp.errors import ConfigurationError
from dlp.evaluation.report import changes, figures, report, table
from dlp.evaluation.score import Score, Tally

TALLY = Tally(
    records=10,
    values=10,
    found=9,
    named=8,
    characters=100,
    leaked=7,
    findings=16,
    right=12,
    clean_words=500,
    clean_false=1,
)


def kept(**changed: int) -> dict[str, object]:
    tally = Tally(**{name: changed.get(name, getattr(TALLY, name)) for name in Tally.__slots__})
    return report({"mail": Score(tally, {"PERSON": tally})}, policy="everything", seconds=1.234)


def test_figures() -> None:
    assert figures(TALLY) == {
        "recall": 0.9,
        "named": 0.8,
        "precision": 0.75,
        "f2": pytest.approx(5 * 0.75 * 0.8 / (4 * 0.75 + 0.8)),
        "leak": 0.07,
        "false_per_1000_words": 2.0,
    }


def test_nothing_to_divide_by_is_no_figure() -> None:
    assert set(figures(Tally()).values()) == {None}
    assert figures(Tally(values=3, findings=3, characters=5))["f2"] == 0.0


def test_a_report_adds_sets_up() -> None:
    result = report({"a": Score(TALLY, {"PERSON": TALLY}), "b": Score(TALLY, {"JWT": TALLY})}, policy="x", seconds=1)
    assert result["all"]["values"] == 20
    assert list(result["types"]) == ["JWT", "PERSON"]
    assert result["sets"]["a"]["recall"] == 0.9


def test_the_table_has_a_line_for_each_row() -> None:
    lines = list(table(kept()))
    assert [line.split()[0] for line in lines if line] == ["set", "mail", "ALL", "type", "PERSON", "ALL"]
    assert lines[1].split()[1:] == ["10", "10", "90.0", "80.0", "75.0", "78.9", "7.0", "2.00"]


def test_equal_reports_have_no_changes() -> None:
    assert changes(kept(), kept()) == ([], False)


def test_a_fallen_figure_is_worse_and_listed_first() -> None:
    lines, worse = changes(kept(), kept(found=8, right=14))
    assert worse
    assert lines[0] == "worse  ALL recall: 90.00 -> 80.00"
    assert "better ALL precision: 75.00 -> 87.50" in lines


def test_less_leak_is_better() -> None:
    lines, worse = changes(kept(), kept(leaked=0))
    assert not worse
    assert lines[0] == "better ALL leak: 7.00 -> 0.00"


@pytest.mark.parametrize("old", [{}, {"all": 1, "sets": {}, "types": {}}, {"all": {}, "sets": [], "types": None}])
def test_what_is_no_report_is_refused(old: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="not a report"):
        changes(old, kept())
