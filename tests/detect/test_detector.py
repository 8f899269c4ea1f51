"""The promises of `Detector`, for any text whatever."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlp.detect.detector
from dlp.detect import build_detector
from dlp.detect.custom import DenyList
from dlp.detect.detector import CoreDetector
from dlp.errors import DetectorError, PolicyError
from dlp.policy.model import DetectSettings, NerLevel, NerSettings
from dlp.tokens import iter_token_spans
from dlp.types import Finding

NONE = NerSettings(pipeline="none")


class Level:
    """Finds one name, at the end of each text: how many texts it was given, of which level."""

    def __init__(self, level: NerLevel) -> None:
        self.level = level

    def find(self, text: str) -> list[Finding]:
        kind = "PERSON" if self.level is NerLevel.FAST else "LOCATION"
        return [Finding(entity_type=kind, start=len(text) - 4, end=len(text), score=0.9, recognizer=self.level)]

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [self.find(text) for text in texts]


def test_names_of_long_texts_are_looked_for_at_level_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text by its own length, so that what is found in it doesn't depend on its company."""
    monkeypatch.setattr(dlp.detect.detector, "load_ner", lambda settings: Level(settings.level))
    detector = CoreDetector(DetectSettings(ner=NerSettings(fast_above=30)))
    texts = ["so said Zyxw", "and this is a longer one of Zyxw", "once more Zyxw"]
    kinds = [[found.entity_type for found in each] for each in detector.find_many([(text, "") for text in texts])]
    assert kinds == [["LOCATION"], ["PERSON"], ["LOCATION"]]


class Sure:
    """Takes every `AB` for a firm."""

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [
                Finding(entity_type="ORGANIZATION", start=at, end=at + 2, score=0.99, recognizer="ner:model")
                for at in [text.find("AB")]
                if at >= 0
            ]
            for text in texts
        ]


def test_a_part_of_a_number_is_no_name_however_sure_the_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that would have won for its score would have uncovered the number it stands in."""
    monkeypatch.setattr(dlp.detect.detector, "load_ner", lambda settings: Sure())
    detector = CoreDetector(DetectSettings())
    text = "The customer gave AB 70 68 69 A as NINO"
    assert [(each.entity_type, text[each.start : each.end]) for each in detector.find(text)] == [
        ("UK_NINO", "AB 70 68 69 A")
    ]
    assert [each.entity_type for each in detector.find("They moved to AB, a firm of 70 people")] == ["ORGANIZATION"]


@pytest.mark.parametrize(
    ("settings", "characters", "short"),
    [
        (NerSettings(fast_above=10), 10, False),
        (NerSettings(fast_above=10), 11, True),
        (NerSettings(fast_above=10, level=NerLevel.THOROUGH), 11, True),
        (NerSettings(fast_above=10, level=NerLevel.FAST), 11, False),
        (NerSettings(fast_above=10, pipeline="none"), 11, False),
        (NerSettings(fast_above=10, nlp_configuration={}), 11, False),
        (NerSettings(fast_above=0), 10**9, False),
        (NerSettings(), 1_000_000, True),
    ],
)
def test_what_is_a_long_text(settings: NerSettings, characters: int, *, short: bool) -> None:
    assert settings.cuts_short(characters) is short


DETECTOR = build_detector(DetectSettings(ner=NONE))

PIECES = [
    "4111 1111 1111 1111", "marta@quill.com", "+1 415 555 0132", "ssn 536-90-4399", "DE89370400440532013000", "12 Elm Street, Austin, TX 78704", "[PII:EMAIL:c4587843]", "[EMAIL_REDACTED]", "Dear Mr. Brown,",
    "%40", "&#64;", "\\u0041", "=\n", "aGVsbG8gd29ybGQgdGhpcyBpcw==", "\n", " ", ",", "|", "born 1984-03-07", "\ud800", "１２", "\u200b", "𝟙", "é", "\0", "::1", "0x", "password=hunter2!x",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
)


@settings(deadline=None, max_examples=300)
@given(texts, st.sampled_from(["", "ssn", "name", "phone", "\ud800"]))
def test_findings_are_apart_in_order_inside_and_strong_enough(text: str, context: str) -> None:
    found = DETECTOR.find(text, context=context)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0.5 <= f.score <= 1 for f in found)
    tokens = list(iter_token_spans(text))
    assert not any(f.start < end and start < f.end for f in found for start, end in tokens)


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, max_size=5))
def test_many_at_once_find_the_same(batch: list[str]) -> None:
    fresh = build_detector(DetectSettings(ner=NONE))
    assert fresh.find_many([(text, "") for text in batch]) == [
        build_detector(DetectSettings(ner=NONE)).find(text) for text in batch
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t ",
        "\u3000",
        "\ud800",
        "\0",
        "\u202e",
        "e\u0301" * 50,
        "[PII:EMAIL:c4587843] [PII:PERSON:0123abcd]",
    ],
)
def test_texts_without_anything(text: str) -> None:
    assert DETECTOR.find(text) == ()


def test_a_value_beside_a_token_is_found_and_the_token_left() -> None:
    text = "[PII:EMAIL:c4587843] and marta@quill.com"
    assert [text[f.start : f.end] for f in DETECTOR.find(text)] == ["marta@quill.com"]


NEVER = {
    "git": "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 merged into 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "uuid": "request 123e4567-e89b-12d3-a456-426614174000 done",
    "sri": 'integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"',
    "versions": "upgrade from version 1.2.3.4 to 10.0.19041.1; numpy==1.26.4",
    "loopback": "listen on 127.0.0.1:8080 or 0.0.0.0:80",
    "dates": "from 2024-03-15 to 2024-04-01 at 14:30:00",
    "ports": "ports 5432, 6379 and 27017 are open",
    "epoch": "ts=1735689600 and 1735689600000",
    "order": "Order 313643252047 was shipped in two boxes",
    "sums": "111111111 * 111111111 = 12345678987654321",
    "lock file": '"lodash": {"version": "4.17.21", "resolved": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="}',
    "decorator": "@app.get('/x') and lodash@4.17.21 and icon@2x.png",
    "scope": "std::vector<int> v; License :: OSI Approved",
    "matrix": "1 2 3 4 5 6 7 8 9\n9 8 7 6 5 4 3 2 1",
    "articles": "see doi:10.2168/j.cell.2015.72.811 and https://doi.org/10.1991/zenodo.6399055; EAN 7713667923784, cell walls",
    "a sum": "for i in range(9522): x[i] = (a * x[i-1] + 4973310216) % 4294967296",
    "hex": "index 0a7c18..8bd0963 100644 and 6a224c3d9a4c533be of 299209228 bytes",
    "an account of the cloud": "arn:aws:lambda:eu-west-1:801562558198:function:resize, arn:aws:ssm-contacts:us-east-2:111122223333:contact/a",
    "an anchor": "contacts: #to-tag-a-contact-1630437124572",
    "half of a device": "deviceId: 52CC7343-144A-4F88-975C-39884F23F232",
    "a key of a cache": "Here is what I see: Using cache key v2-6c4d030eb240f85957e4bbb400f5c561de61da27106ba278b383afd2041a68ba",
    "machines": "docker api: web-7f9c6d8b4-xk2lp and i-07427c33b7209e4ec are up",
    "decimal": "weights = [0.4842946231365204, 0.2522706985473633]",
}  # fmt: skip


@pytest.mark.parametrize("case", NEVER)
def test_what_is_never_a_finding(case: str) -> None:
    found = [f for f in DETECTOR.find(NEVER[case]) if f.entity_type not in ("DATE_TIME", "URL")]
    assert found == []


def test_allow_and_deny_lists() -> None:
    detector = build_detector(
        DetectSettings(ner=NONE, allow_list=("support@acme.test",), deny_list={"PROJECT": ("Blue bird", "Kestrel")})
    )
    text = "Mail SUPPORT@ACME.test about BLUE  BIRD and kestrel, not kestrels."
    assert [(f.entity_type, text[f.start : f.end]) for f in detector.find(text)] == [
        ("PROJECT", "BLUE  BIRD"),
        ("PROJECT", "kestrel"),
    ]


def test_a_pattern_of_the_policy_finds_with_context() -> None:
    recognizer = {
        "name": "Codes",
        "supported_entity": "CODE",
        "patterns": [{"name": "c", "regex": r"\bZX\d{4}\b", "score": 0.3}],
        "context": ["project"],
    }
    detector = build_detector(DetectSettings(ner=NONE, recognizers=(recognizer,)))
    assert [f.entity_type for f in detector.find("project ZX1234")] == ["CODE"]
    assert detector.find("about ZX1234") == ()


def test_a_deny_list_has_a_name_for_whatever_it_finds() -> None:
    """What the pattern takes for a spelling of a term folds like the term, for every letter there is."""
    cased = [c for c in map(chr, range(0x20000)) if c.isalpha() and (c.lower(), c.upper(), c.casefold()) != (c, c, c)]
    text = "-".join(cased)
    found = list(DenyList({"NAME": cased[::2], "CODE": cased[1::2]}).find(text))
    assert [hit.start for hit in found] == list(range(0, len(text), 2))


def test_of_a_deny_lists_terms_the_longest_wins() -> None:
    terms = [f"{name} {kind}" for name in ("Anna", "Anne", "Ann") for kind in ("Berg", "Bergmann AG")] + [
        "ann",
        "x" * 300,
    ]
    denied = DenyList({"NAME": terms})
    text = "ANNA  BERGMANN\tAG, ann bergmann, Anne Bergs, Annex, " + "X" * 300
    assert [text[hit.start : hit.end] for hit in denied.find(text)] == ["ANNA  BERGMANN\tAG", "ann", "X" * 300]


def test_a_pattern_that_runs_away_is_an_error_and_not_silence() -> None:
    recognizer = {
        "name": "Bomb",
        "supported_entity": "X",
        "patterns": [{"name": "b", "regex": r"(?:(\w)|(\w\w))+\d$", "score": 0.9}],
    }
    detector = build_detector(DetectSettings(ner=NONE, recognizers=(recognizer,)))
    with pytest.raises(DetectorError, match="Bomb"):
        detector.find("a" * 60 + "!")


@pytest.mark.parametrize(
    ("recognizer", "message"),
    [
        (
            {"name": "N", "supported_entity": "X", "patterns": [{"name": "b", "regex": "(", "score": 0.9}]},
            "patterns\\[0\\].regex",
        ),
        ({"name": "N", "supported_entity": "X", "patterns": [{"name": "b", "regex": "a", "score": 9}]}, "from 0 to 1"),
        ({"name": "N", "patterns": [{"name": "b", "regex": "a", "score": 0.9}]}, "supported_entity"),
        ({"name": "N", "supported_entity": "X"}, "neither patterns nor a deny_list"),
        ({"name": "NoSuchRecognizer", "type": "predefined"}, "no such class"),
    ],
)
def test_a_bad_recognizer_is_refused_with_its_place(recognizer: dict[str, object], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        build_detector(DetectSettings(ner=NONE, recognizers=(recognizer,)))


def test_a_recognizer_of_presidio_by_name() -> None:
    detector = build_detector(DetectSettings(ner=NONE, recognizers=({"name": "UuidRecognizer", "type": "predefined"},)))
    assert "UUID" in {f.entity_type for f in detector.find("id 123e4567-e89b-12d3-a456-426614174000")}


class Broken:
    """A recognizer that raises with the text in its message."""

    name = "Broken"

    def find(self, _around: object) -> list[Finding]:
        raise ValueError("the value itself")


def test_the_cost_of_one_character_repeated_grows_no_faster_than_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in calls of the finders' inner steps, not in seconds."""
    from dlp.detect import addresses

    calls = 0
    original = addresses._core

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(addresses, "_core", counted)
    build_detector(DetectSettings(ner=NONE)).find("1, " * 500)
    few, calls = calls, 0
    build_detector(DetectSettings(ner=NONE)).find("1, " * 2000)
    assert calls <= 5 * max(few, 1)


def test_ten_megabytes_of_one_character_come_to_an_end() -> None:
    for character in "1 -":
        assert DETECTOR.find(character * 10_000_000) == ()


def test_findings_hold_no_text() -> None:
    text = "write to marta@quill.com"
    assert b"marta" not in pickle.dumps(DETECTOR.find(text))
    assert "marta" not in repr(DETECTOR.find(text))


def test_a_broken_recognizer_is_never_a_partial_answer() -> None:
    detector = build_detector(DetectSettings(ner=NONE))
    assert isinstance(detector, CoreDetector)
    detector._custom.append(Broken())  # type: ignore[arg-type]
    with pytest.raises(DetectorError, match="'Broken' raised ValueError"):
        detector.find("mail marta@quill.com")


def test_the_first_of_several_rows_may_be_data() -> None:
    rows = "Tanvi Mall,Pune,Sales\nNiharika Chacko,Chennai,Support\n"
    people = [f for f in build_detector(DetectSettings()).find(rows) if f.entity_type == "PERSON"]
    assert [rows[f.start : f.end] for f in people] == ["Tanvi Mall", "Niharika Chacko"]


def test_a_header_is_nobodys_name() -> None:
    rows = "Voornaam Achternaam,Contact Person,Plaats\nSanne de Vries,Daan Bakker,Utrecht\n"
    people = [f for f in build_detector(DetectSettings()).find(rows) if f.entity_type == "PERSON"]
    assert people
    assert all(f.start > rows.index("\n") for f in people)
