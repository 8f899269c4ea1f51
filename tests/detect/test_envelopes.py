"""Addresses that their last line gives away, and lines that only look like one."""

from __future__ import annotations

import time

import pytest

from dlp.detect.envelopes import by_last_line
from dlp.detect.hit import Hit


def _found(text: str, *named: str) -> list[str]:
    hits = [Hit("LOCATION", text.index(name), text.index(name) + len(name), 0.8, "test") for name in named]
    return [text[hit.start : hit.end] for hit in by_last_line(text, hits)]


@pytest.mark.parametrize(
    ("text", "address", "named"),
    [
        (
            "We moved to Fischerplatz 68/48\n05358 Altötting last month",
            "Fischerplatz 68/48\n05358 Altötting",
            "Altötting",
        ),
        ("sent to Tveitmarka 4E, 6260 Einarodden today", "Tveitmarka 4E, 6260 Einarodden", "Einarodden"),
        ("1210 Mark Island\nSouth Todd, FM 58978", "1210 Mark Island\nSouth Todd, FM 58978", "South Todd"),
        ("Flat 9, Walker Course, Sarahfort, FY68 3WQ", "Flat 9, Walker Course, Sarahfort, FY68 3WQ", "Sarahfort"),
        (
            "at Borgo Fredo, 94 Piano 8, 27049, Zenevredo (PV)",
            "Borgo Fredo, 94 Piano 8, 27049, Zenevredo (PV)",
            "Zenevredo",
        ),
        ("Praça do Sol, 29, 8964-844 Alcácer do Sal", "Praça do Sol, 29, 8964-844 Alcácer do Sal", "Alcácer"),
        ("in Klesarski put 3b/8, 57337 Vrlika", "Klesarski put 3b/8, 57337 Vrlika", "Vrlika"),
        ("rue de Carlier, 54212 Saint Herblain", "rue de Carlier, 54212 Saint Herblain", "Saint Herblain"),
        ("71/248, Badal Zila, Nagercoil-900720.", "71/248, Badal Zila, Nagercoil-900720", "Nagercoil"),
        (r"Ruststr. 64-96\n34476 Norden", r"Ruststr. 64-96\n34476 Norden", "Norden"),
        (
            "in front of 366 Francis Mission, Parryberg, WN84 5RJ at noon",
            "366 Francis Mission, Parryberg, WN84 5RJ",
            "Parryberg",
        ),
        ("in front of Bajai utca 103.\nH-4387 Ligetháza", "Bajai utca 103.\nH-4387 Ligetháza", "Ligetháza"),
        (
            "Lagoa de Moura, Santa Inês, 74911-862 Cassiano do Amparo / PA",
            "Lagoa de Moura, Santa Inês, 74911-862 Cassiano do Amparo / PA",
            "Santa",
        ),
        ("Dr. Juan Pérez Gil. Av. de la Paz 12, 28001 Murcia", "Av. de la Paz 12, 28001 Murcia", "Murcia"),
        ("Anna Weber\nHauptweg 5\n10115 Berlin", "Hauptweg 5\n10115 Berlin", "Berlin"),
    ],
)
def test_the_address_is_read_back_from_its_last_line(text: str, address: str, named: str) -> None:
    assert _found(text, named) == [address]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("On May 12, 2000 Berlin was colder", "Berlin"),
        ("founded in Leeds, 1998", "Leeds"),
        ("the flight to Berlin, 12000 people came", "Berlin"),
        ("Rows 3\n12000 Items in Berlin", "Berlin"),
        ("Berlin, Hamburg, 20000 Anna", "Anna"),
        ("2005 Zak Kipling\n2006 Rackable Systems", "Rackable"),
    ],
)
def test_numbers_beside_places_are_no_addresses(text: str, named: str) -> None:
    assert _found(text, named) == []


def test_a_bare_list_is_no_address_without_a_name_in_it() -> None:
    assert _found("Alpha 12, 10000 Beta") == []
    assert _found("ul. Cicha 12/48, 12-018 Nowy") == ["ul. Cicha 12/48, 12-018 Nowy"]
    assert _found("at plac Maja 966, 67-538 Turek") == ["plac Maja 966, 67-538 Turek"]
    assert _found("Fő utca 109.\nH-7178 Halas") == ["Fő utca 109.\nH-7178 Halas"]


@pytest.mark.parametrize("piece", ["12345 Berlin, ", "A 1, ", "12, ", "Aa ", "\\n", "1234\n", "X-123456"])
def test_rows_of_parts_cost_linear_time(piece: str) -> None:
    def seconds(count: int) -> float:
        text = piece * (count // len(piece))
        hits = [Hit("LOCATION", at, at + 2, 0.8, "test") for at in range(0, len(text) - 2, 50)]
        start = time.process_time()
        list(by_last_line(text, hits))
        return time.process_time() - start

    seconds(1000)
    assert seconds(80_000) < 30 * max(seconds(8_000), 0.01)
