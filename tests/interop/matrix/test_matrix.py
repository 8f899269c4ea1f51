"""Clients as people use them, cell by cell: the same read with and without the proxy, and a provider that saw no value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.harness import ROOT
from tests.interop.matrix.cells import CLIENTS, ELSEWHERE, Cell, Language
from tests.interop.matrix.document import DOCUMENT, render
from tests.interop.matrix.running import Outcome, Setting, cells_of, missing, setting

CELLS = tuple(cell for client in CLIENTS for cell in client.cells)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, planted: ModuleType) -> Iterator[Setting]:
    with setting(tmp_path_factory.mktemp("matrix"), planted) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def outcomes(place: Setting) -> dict[Language, dict[str, Outcome] | str]:
    """Filled language by language, when the first cell of one is asked for; where its process fails, why."""
    return {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.client.language}-{cell.name}")
def test_a_cell_reads_the_same_and_leaks_nothing(
    cell: Cell, place: Setting, outcomes: dict[Language, dict[str, Outcome] | str], planted: ModuleType
) -> None:
    language = cell.client.language
    if reason := missing(language):
        pytest.skip(reason)
    if language not in outcomes:
        try:
            outcomes[language] = place.run(cells_of(language))
        except AssertionError as error:
            outcomes[language] = str(error)
    of_language = outcomes[language]
    assert not isinstance(of_language, str), of_language
    assert of_language[cell.name].fault(planted.VALUES, planted.EMAIL) is None


def test_the_document_has_the_cells_of_the_code() -> None:
    """`make matrix` writes it; versions may be older than what is installed here."""
    versions = {(client.language, client.package): "0" for client in CLIENTS}
    committed = re.sub(r"(?m)^(\| [^|]+ \|) \d[^|]* \|", r"\1 0 |", DOCUMENT.read_text("utf-8"))
    assert committed == render(versions)


def test_what_runs_elsewhere_is_there() -> None:
    assert [test for test in ELSEWHERE.values() if not (ROOT / test).is_file()] == []
