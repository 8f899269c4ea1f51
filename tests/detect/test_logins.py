"""Logins that are ordinary words, found by where they stand."""

from __future__ import annotations

import re

import pytest

from dlp.detect.detector import CoreDetector
from dlp.detect.login_rules import RULES
from dlp.policy.model import DetectSettings, NerSettings


@pytest.fixture(scope="module")
def detector() -> CoreDetector:
    return CoreDetector(DetectSettings(ner=NerSettings(pipeline="none")))


def logins(detector: CoreDetector, text: str, key: str = "") -> list[str]:
    (found,) = detector.examine([(text, key)])
    return [text[f.start : f.end] for f in found if f.entity_type == "USERNAME"]


@pytest.mark.parametrize("sample", [sample for rule in RULES for sample in rule.found])
def test_a_rule_finds_the_login_that_it_is_about(detector: CoreDetector, sample: str) -> None:
    (marked,) = re.findall(r"<([^<>/]+)>(?![^<]*</(?!\w+>$))", sample)[-1:]
    text = sample.replace(f"<{marked}>", marked)
    assert logins(detector, text) == [marked]


@pytest.mark.parametrize("text", [text for rule in RULES for text in rule.nothing])
def test_what_looks_like_it_is_none(detector: CoreDetector, text: str) -> None:
    assert logins(detector, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ssh falcon@10.1.2.3", ["falcon"]),
        ("git clone ssh://sunshine@gitserver/app.git", ["sunshine"]),
        ("GRANT ALL ON t TO 'marble'@'%'", ["marble"]),
        ("ssh git@github and root@10.0.0.1", []),
        ("u/walnut on reddit, and /srv/u/walnut", ["walnut"]),
        ("divide u/volume by two", []),
        ("id,username,role\n7,sunshine,viewer\n8,maple,editor\n", ["sunshine", "maple"]),
        ("I go by starlight as my username", ["starlight"]),
        ("cc @walnut @k_lee: the build failed", ["@walnut", "@k_lee"]),
        ("@sunshine can you look at it? thanks @maple!", ["@sunshine", "@maple"]),
        ("thanks @everyone, @param options and @Input stay", []),
        ("cd /home/sunshine/app; open C:\\Users\\falcon\\x or file:///Users/maple/y", ["sunshine", "falcon", "maple"]),
        ("https://x.test/home/sunshine/1, /home/products/1, /home/${USER}/x, /home/ubuntu/x", []),
        ("deb-systemd-helper --user enable x", []),
        ("Ich war als yuki_55 angemeldet, kal maine the_lazy_comet se login kiya", ["yuki_55", "the_lazy_comet"]),
        ("Registered under the username lhaverford, she wrote under the name of love", ["lhaverford"]),
        ("social_handle: '@maple', INSTAGRAM_HANDLE=\"@k_lee\", error_handle = '@x1'", ["@maple", "@k_lee"]),
        ("Als Gast angemeldet. Er ist als erster angemeldet.", []),
        (
            "¡Sigue a @kestrel.464! Folgt mir: @dr_lantern34, as @comet said",
            ["@kestrel.464", "@dr_lantern34", "@comet"],
        ),
        ("Usuário: 6cosmicnoodle, user id: 5fa1209", ["6cosmicnoodle"]),
        ("the user 5fabc1209 and the account 2024 were moved", []),
    ],
)
def test_logins_before_hosts_in_tables_and_on_networks(detector: CoreDetector, text: str, found: list[str]) -> None:
    assert logins(detector, text) == found


@pytest.mark.parametrize(
    ("value", "key", "found"),
    [
        ("sunshine", "username", True), ("sunshine", "user", True), ("sunshine", "Benutzername", True), ("assistant", "user", False),
        ("sunshine", "user_id", False), ("a1b2c3d4-0000-4000-8000-000000000000", "user", False), ("hello there", "user", False),
        ("6cosmic_noodle", "Gebruiker", True), ("@maple", "twitter", True), ("maple", "twitter", False), ("@maple", "decorator", False),
    ],
)  # fmt: skip
def test_a_whole_value_is_a_login_by_its_key(detector: CoreDetector, value: str, key: str, *, found: bool) -> None:
    assert logins(detector, value, key) == ([value] if found else [])


def test_a_transcript_has_speakers_and_a_form_has_users(detector: CoreDetector) -> None:
    assert logins(detector, "User: sunshine\nHost: web1") == ["sunshine"]
    assert logins(detector, "User: sunshine\nAssistant: What about it?") == []
