"""Job titles where a text says them of somebody."""

from __future__ import annotations

import pytest

from dlp.detect import titles
from dlp.detect.context import Surroundings
from dlp.detect.hit import Hit


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("I used to work for Acme Ltd. as Rolling machine operator, but quit", "Rolling machine operator"),
        ("She worked at the mill as a midwife until May", "midwife"),
        ("my father works as a bus driver in Leeds", "bus driver"),
        ("Occupation: Children's librarian\nAge: 4", "Children's librarian"),
        ('{"job_title": "Court, municipal, and license clerk"}', "Court, municipal, and license clerk"),
    ],
)
def test_titles_that_are_said_of_somebody(text: str, title: str) -> None:
    assert [text[hit.start : hit.end] for hit in titles.said(Surroundings(text, ""))] == [title]


@pytest.mark.parametrize(
    "text",
    [
        "it works as a proxy between both",
        "this works as expected",
        "Redis worked as a cache for us",
        "the flag works with Python as well",
        "job_title: string",
        "write a job description for a senior engineer",
    ],
)
def test_things_that_work_have_no_title(text: str) -> None:
    assert list(titles.said(Surroundings(text, ""))) == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Erik Baader\n\nCourt, municipal, and license clerk\n\nPhone: 1", "Court, municipal, and license clerk"),
        ("Dr. Erik Baader\nVice President of Sales\nAcme", "Vice President of Sales"),
        ("Erik Baader\nsoldier", "soldier"),
        ("Erik Baader\nSummer Water", None),
        ("Erik Baader\nHauptweg 5", None),
        ("Please ask Erik Baader\nManager", None),
    ],
)
def test_the_line_under_a_name(text: str, title: str | None) -> None:
    start = text.index("Erik")
    hits = [Hit("PERSON", start, start + len("Erik Baader"), 0.9, "test")]
    assert [text[hit.start : hit.end] for hit in titles.under_names(text, hits)] == ([title] if title else [])
