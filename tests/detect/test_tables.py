"""Labels and values that are set apart by signs stand under each other like a table's."""

from __future__ import annotations

import re

import pytest

from dlp.detect import build_detector
from dlp.detect.tables import Tables
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))

FORMS = [
    "Card no ..... <4524 0193 7541 6625>\nPortal password ..... <(Kestrel)45>\nUser ..... <the_lazy_comet>\nPIN ... <4471>",
    "PIN -> <4471>\nGebruiker -> <bram_77>\nN° de dossier -> <I-2487-3903>",
    "* Badge – <HR3949958>\n* Initial password – <Falcon92?>\n* Handle – <haverford.t>",
    "| Field | Value |\n|---|---|\n| Gebruiker | <joost63.verbruggen> |\n| Rijbewijsnr. | <M994-8094-9756> |",
    "-[ RECORD 1 ]------\nkaartnr    | <4524019375416625>\nwachtwoord | <Na1040jebl>\nusuario    | <the_velvet_wolf>",
]


@pytest.mark.parametrize("marked", FORMS)
def test_a_value_set_apart_from_its_label_is_what_the_label_says(marked: str) -> None:
    pieces = re.split(r"<([^<>]+)>", marked)
    text, values = "".join(pieces), pieces[1::2]
    assert [text[each.start : each.end] for each in DETECTOR.find(text)] == values


@pytest.mark.parametrize(
    "text",
    [
        "the user -> the admin",  # a single line may be a sentence
        "* user – who asks\n* password – what the user types\n* token – required",
        "def login(user: str) -> bool:\n    return user -> 1",
        "Loading ... done\nUser ... ok\n",
        "a | b\npin | 4\n",
    ],
)
def test_sentences_with_such_signs_say_nothing(text: str) -> None:
    assert DETECTOR.find(text) == ()


def test_a_row_below_others_is_no_header() -> None:
    text = "| Feld | Wert |\n|---|---|\n| Passwort | Kestrel57# |\n| Abteilung | Einkauf4 |\n"
    assert [text[each.start : each.end] for each in DETECTOR.find(text)] == ["Kestrel57#"]


def test_a_definition_stands_under_its_term() -> None:
    text = "<dl><dt>Utente</dt><dd>ginevra_2699</dd><dt>Parola chiave</dt><dd>qRRF-^SS[4</dd></dl>"
    assert [text[each.start : each.end] for each in DETECTOR.find(text)] == ["ginevra_2699", "qRRF-^SS[4"]


def test_a_record_of_psql_has_no_header() -> None:
    """Its first line would be one: the second line's label would be a user's name."""
    tables = Tables("-[ RECORD 1 ]--\nuser | anna77\ncity | Ede\n")
    assert [words for _, _, words in tables.cells()] == [" user ", " city "]
    assert tables.heads == []
