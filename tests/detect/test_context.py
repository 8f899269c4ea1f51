"""Words that speak for a value: before, after, as a key, as a header."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect import build_detector
from dlp.detect.context import VOCABULARY, Surroundings, Wanted, Words
from dlp.detect.tables import Tables
from dlp.detect.traits import traits_of
from dlp.detect.words import WORDS, split_words, without_accents, words_of
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))
SIGNAL = Wanted(("lighthouse keeper", "beacon", "laterne*"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drivingLicence", ["driving", "licence"]),
        ("NHSNumber", ["nhs", "number"]),
        ("SSN_last4", ["ssn", "last"]),
        ("Führerschein-Nr", ["führerschein", "nr"]),
    ],
)
def test_words_are_split_where_people_split_them(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_only_wanted_words_are_kept() -> None:
    assert Words("some ordinary beacon stood there").words == ["beacon"]


RUNS = st.lists(
    st.one_of(
        st.sampled_from(
            ["address", "addresses", "residing", "SSN", "homeAddress", "HTTPAddress", "aXb", "MyAddressBook", "telefonnummer", "Führerschein", "ADDRESSES"]
        ),
        st.text(st.sampled_from("aAbBxé_1 .-\u212aİß中"), max_size=6),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(deadline=None)
@given(text=RUNS)
def test_words_are_those_that_one_pattern_reads(text: str) -> None:
    """Runs of letters are read whole where they are one word, stretches outside ASCII apart; `9ac4` holds no word."""
    expected = []
    for match in WORDS.finditer(text):
        known = VOCABULARY.known(match[0].lower())
        stray = match.end() - match.start() <= 3 and text[match.start() - 1 : match.start()].isdecimal()
        if known is not None and not stray:
            expected.append((match.start(), match.end(), known))
    for words in (Words(text), Words(text, traits_of(text))):
        assert list(zip(words.starts, words.ends, words.words, strict=True)) == expected


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("beacon: 77", True),
        ("the lighthouse keeper 77", True),
        ("the keeper 77", False),
        ("Laternenmast 77", True),
        ("77 is the beacon", True),
        ("x" * 90 + " 77", False),
    ],
)
def test_phrases_stems_and_distance(text: str, near: bool) -> None:  # noqa: FBT001
    at = text.index("77")
    assert (Surroundings(text, "").nearest(at, at + 2, SIGNAL) is not None) is near


def test_a_key_is_nearest_of_all() -> None:
    assert Surroundings("77", words_of("beaconId")).nearest(0, 2, SIGNAL) == ("key", 0)


TABLE = "id,ssn,amount\n1,536904399,1200\n2,219456782,1350\n"


def test_a_header_stands_over_every_cell_below() -> None:
    tables = Tables(TABLE)
    assert tables.header(TABLE.index("219456782")) == " ssn "
    assert tables.header(TABLE.index("1350")) == " amount "
    assert tables.header(0) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,ssn\n1,2", " ssn "),
        ("a note\nid,ssn\n1,2\n", " ssn "),
        ("from a, b\nid,ssn\n1,2\n", " b "),  # as many cells: the first of the lines is the header
        ("from a, b, c\nid,ssn\n1,2\n", " ssn "),  # nothing stands under a header: the next line may be one
        ("x;y;z\n1;2;3\nid,ssn\n1,2\n", " ssn "),  # a table right behind another
        ("id,ssn\n\n1,2\n", ""),
        ("id: a,ssn\n1,2\n", ""),  # a field
        ("in 2024,ssn\n1,2\n", ""),
        ("id,ssn", ""),
        ('id,town,ssn\n"1, 3","Ulm",2\n', " ssn "),  # a cell between quotes holds the delimiter
        ("INSERT INTO people (id, ssn) VALUES (1, '2');", " ssn "),
        ("insert into `p`.`q`\n(ssn, note)\nvalues\n('1', 'it''s (x), y'),\n('2', NULL)", " ssn "),
        ("INSERT INTO people (id, ssn) VALUES (now(), '2')", ""),  # what a call has between its brackets isn't read
        ("<table><tr><th>id</th><th>SSN</th></tr><tr><td>1</td><td>2</td></tr></table>", " ssn "),
        ("<tr><td>SSN</td><td>2</td></tr>", " ssn "),
        ("<tr><th>SSN</th><td>2</td></tr>", " ssn "),
    ],
)
def test_which_line_is_the_header_of_a_row(text: str, words: str) -> None:
    assert Tables(text).header(text.rfind("2")) == words


def test_nine_digits_under_ssn_are_one_and_under_amount_none() -> None:
    found = DETECTOR.find(TABLE)
    assert [f.entity_type for f in found] == ["US_SSN", "US_SSN"]


@pytest.mark.parametrize(
    "text",
    [
        "SSN: 536904399",
        "536904399 is my ssn",
        '{"ssn": "536904399"}',
        "| name | ssn |\n|---|---|\n| x | 536904399 |",
        "<ssn>536904399</ssn>",
        "ssn:\n  536904399",
    ],
)
def test_nine_digits_beside_the_word(text: str) -> None:
    assert any(f.entity_type == "US_SSN" for f in DETECTOR.find(text))


def test_nine_digits_with_a_key() -> None:
    assert [f.entity_type for f in DETECTOR.find("536904399", context="customer_ssn")] == ["US_SSN"]


@pytest.mark.parametrize(
    "text", ["order 536904399 shipped", "row 536904399 failed", "we counted 536904399 stars", "took 536904399 ns"]
)
def test_nine_bare_digits_are_nothing(text: str) -> None:
    assert DETECTOR.find(text) == ()


def test_the_nearer_word_decides() -> None:
    text = "passport 293293514, ssn 536904399"
    assert [f.entity_type for f in DETECTOR.find(text)] == ["US_PASSPORT", "US_SSN"]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("numer płatnika", "numer platnika"),
        ("døren åpen", "doren apen"),
        ("contraseña", "contrasena"),
        ("आधार", "आधार"),
    ],
)
def test_accents_may_be_left_out_and_vowel_signs_may_not(typed: str, plain: str) -> None:
    assert without_accents(typed) == plain


@pytest.mark.parametrize(
    ("text", "entity_type"),
    [
        ("R.F.C. CABR850623H72", "MX_RFC"), ("D.N.I.: 40.362.844", "AR_DNI"), ("R.I.F. J-07013380-5", "VE_RIF"), ("C.I.: 1717046310", "EC_CEDULA"),
        ("Hong Kong ID: A123456(3)", "HK_ID"), ("s/c 20-21-02", "UK_SORT_CODE"), ("recapito: 379 1754864", "PHONE_NUMBER"), ("Callback: 020 7903 2758", "PHONE_NUMBER"),
        ("urodzona 12.03.1984", "DATE_OF_BIRTH"),
    ],
)  # fmt: skip
def test_labels_are_short_or_dotted_as_people_write_them(text: str, entity_type: str) -> None:
    assert entity_type in {each.entity_type for each in DETECTOR.find(text)}
