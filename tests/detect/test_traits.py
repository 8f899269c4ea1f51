"""Traits never hide a finding: what the detector finds with them is what it finds when every trait is taken as shown."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect import context, traits
from dlp.detect.detector import CoreDetector
from dlp.detect.rules import RULES
from dlp.detect.secrets.candidates import candidates
from dlp.detect.secrets.rules import all_rules
from dlp.detect.secrets.shapes import fill
from dlp.policy.model import DetectSettings, NerSettings
from dlp.types import Finding

SETTINGS = DetectSettings(ner=NerSettings(pipeline="none"), min_score=0.0)

SHOWN = {
    traits.UUID: ("id 123e4567-e89b-12d3-a456-426614174000",),
    traits.MAC: ("at 00:1A:2b:3c:4d:5e", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"),
    traits.IPV6: ("2001:db8::8a2e:370:7334", "fe80::1"),
    traits.CAPITALS: ("DEUTDEFF", "SWIFT: NEDSZAJJXXX"),
    traits.PHONE: ("+1 (415) 555-0132", "030 / 12 34 5", "0 1.2-3/4", "1\u20102\u20103\u20104\u20105"),
    traits.OBFUSCATED: (
        "ana at quill dot com", "ana[at]quill.com", "ana ( AT ) quill", "ana @quill", "ana@ quill", "ana (ät) quill",
        "ana arroba quill", "ana at quill pun\u212at de", "ana{at}quill", "ana<dot>com", "ana_at_quill", "x [punto y",
    ),
    traits.TOKEN: ("aB3xY9zQ7w", "abcdefghi1", "1bcdefghij", "a/b+c_d-0~"),
    traits.GLUED: ("'ab' + 'cd'", '"ab"\n   "cd"', "'ab' +\\\n 'cd'"),
    traits.SPACED: ("4 1 1 1 1 1 1 1", "4. 1. 1. 1. 1. 1. 1. 1"),
    traits.GROUPED: ("41 11 11 11", "1-2-3", "12 · 34 · 56", "12•34•56"),
    traits.LOOK_ALIKE: ("4l5-55 O132", "1 OO", "4155.SO"),
    traits.ENCODED: ("bWFydGFAcXVpbGwuY29t", "6d61727461407175696c6c2e636f6d"),
    traits.COORDINATES: (
        "at 52.5200, 13.4050", "lat: 52.520", "90°, 180°", "48° 12' N, 16° 22' E", "52.5 N 13.4 E", "90N, 180W", "found near 9.1234 8.1234", "geo:48.2010,16.3695",
    ),
    traits.TABLE: ("id,ssn\n1,536904399", "name | ssn?\n---|---\nx | 536904399", "größe;alter\r\n1;34\r\n", "age\tssn\n7\t536904399\n"),
    traits.WRAPPED_DIGITS: ("card 4111 1111\n1111 1111", "41111111\r\n> 11111111.", "IBAN 3704 0044 \n0532-0130"),
    traits.WRAPPED: ("ana@\nquill.com", "mail ana-\r\nbeate", "quill\n.com", "ana\n@quill.com", "41111111\\\n11111111"),
    traits.MIXED_CASE: ("drivingLicence", "NHSNumber", "aB", "ABc"),
    traits.CONTROL: ("ma\0rta", "4111\x1f1111", "\x7f", "a\x0bb\x08"),
    traits.WRAPPED_TOKEN: ("ghp_zQWBuTSOoRi4A9sp\nHcVY5ncn", "aB3=\r\n> | xY.9", "marta@quilland\npost.com"),
    traits.SPACED_LETTERS: (
        "a n a @ q u i l l . c o m", "g\th\tp\t_\tz\tQ\tW\tB\tu", "j o h n at g m a i l dot c o m", "a-n-a-@-q-u", "a|n|a|@|q|u",
    ),
    traits.ESCAPED: ("ana%40quill.com", "ana&#64;quill.com", "ana<wbr>@quill.com", "ana=40quill.com", "ana\\u0040quill.com"),
    traits.LETTER_BEHIND: ("9a4c27", "5ac", "3A"),
    traits.LOGIN: ("@ana", 'x] "x', "u/ana", "/home/ana", "C:\\Users\\ana"),
    traits.HEX_PAIRS: ("61 6e 61 40 71 75 69 6c 6c 2e 63 6f 6d", "61:6E:61:40:71:75:69:6c:6c:2e"),
}  # fmt: skip
"""Texts that show a trait, among them what is easily forgotten."""


@pytest.fixture(scope="module")
def detector() -> CoreDetector:
    return CoreDetector(SETTINGS)


def both(detector: CoreDetector, text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Finding], list[Finding]]:
    """What is found with the traits that are read, and with all of them taken as shown."""
    detector.cache = type(detector.cache)("one")
    read = list(detector.find(text))
    with monkeypatch.context() as patch:
        patch.setattr(context, "traits_of", lambda _text: traits.ALL)
        detector.cache = type(detector.cache)("other")
        return read, list(detector.find(text))


@pytest.mark.parametrize(("trait", "text"), [(trait, text) for trait, texts in SHOWN.items() for text in texts])
def test_traits_are_shown(trait: int, text: str) -> None:
    assert traits.traits_of(text) & trait
    assert traits.traits_of(f"word {text} word") & trait


def test_every_trait_has_texts_and_a_bit() -> None:
    assert set(SHOWN) == set(traits.PATTERNS)
    assert sum(traits.PATTERNS) == traits.ALL


def test_prose_shows_nothing() -> None:
    pytest.importorskip("hyperscan")
    assert traits.traits_of("We met at the office, had tea, and talked about the plan; it was fine.") == 0
    assert traits.traits_of("") == 0


def test_without_the_package_all_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traits, "hyperscan", None)
    assert traits.TraitReader()("nothing here") == traits.ALL


def test_traits_hide_no_value_of_any_rule(detector: CoreDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{rule.context[0] if rule.context else 'it is'}: {value}, ok" for rule in RULES for value in rule.matches]
    texts += [value for rule in RULES for value in rule.matches]
    texts += [text for group in SHOWN.values() for text in group]
    for text in texts:
        read, every = both(detector, text, monkeypatch)
        assert read == every, text


def test_no_sample_of_a_secret_has_a_candidate_without_the_trait() -> None:
    for rule in all_rules():
        for template in rule.matches:
            text = fill(template, 0)
            assert traits.traits_of(text) & traits.TOKEN or not candidates(text), text


PIECES = st.sampled_from([text for texts in SHOWN.values() for text in texts])
TEXTS = st.lists(
    st.one_of(PIECES, st.text(st.sampled_from("aB09 .,-_:/@=\"'\n\t|()[]<>&%#é·Kß中\u212a\u00a0"), max_size=30)),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(pieces=TEXTS, joint=st.sampled_from(["", " ", "\n", ": "]))
def test_traits_hide_nothing(detector: CoreDetector, pieces: list[str], joint: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        read, every = both(detector, joint.join(pieces), monkeypatch)
    assert read == every


def test_threads_read_at_the_same_time() -> None:
    texts = [text for group in SHOWN.values() for text in group] * 20
    expected = [traits.traits_of(text) for text in texts]
    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append([traits.traits_of(t) for t in texts])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
