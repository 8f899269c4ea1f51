"""Random strings are told from names, words and paths."""

from __future__ import annotations

import random

import pytest

from dlp.detect.secrets.opaque import entropy, is_hex, is_opaque, is_ragged, is_uuid, surprise
from dlp.detect.secrets.shapes import draw

SHAPES = ("alnum20", "alnum32", "lownum24", "upnum20", "b64url43", "hex32", "hex64", "base3232", "uuid")


@pytest.mark.parametrize("shape", SHAPES)
def test_random_strings_are_opaque(shape: str) -> None:
    """At least 98 of a hundred keys of twenty characters and more are recognised."""
    rng = random.Random(7)
    keys = [draw(shape, rng) for _ in range(400)]
    assert sum(map(is_opaque, keys)) >= 0.98 * len(keys)


NAMES = (
    "getPagesInConfluenceSpace", "test_internal_api_org_inclusion", "useSyncExternalStoreWithSelector", "application/vnd.api+json",
    "gpt-4o-mini-2024-07-18", "Llama-3.3-70B-Instruct-Turbo", "authentication_classes", "com.example.service.UserController",
    "utf8mb4_unicode_520_ci", "ubuntu-24.04-server-amd64", "ClassNotFoundException", "donaudampfschifffahrtsgesellschaft", "background-color",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_are_not_opaque(name: str) -> None:
    """Identifiers, media types, models, machines and long words are what people write."""
    assert not is_opaque(name)


def test_measures() -> None:
    """The measures at their ends."""
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
    assert surprise("") == surprise("a") == 0
    assert surprise("password") < 5 < surprise("xq7zvk2j")
    assert is_hex("deadbeef01")
    assert not is_hex("deadbeef")
    assert not is_hex("12345678")
    assert not is_hex("0000000a")
    assert is_uuid("550e8400-e29b-41d4-a716-446655440000")
    assert not is_uuid("550e8400e29b41d4a716446655440000")
    assert is_ragged("noRt5KFiD5HusFiSslzGOw")
    assert not is_ragged("useSyncExternalStore")
