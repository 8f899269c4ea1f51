"""Checksums and structures inside tokens."""

from __future__ import annotations

import base64

import pytest

from dlp.detect.secrets import checks


def test_github_checksum() -> None:
    """CRC-32 of the random part in six base62 digits; a sum that fails says nothing."""
    assert checks.crc32_base62("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") is True
    assert checks.crc32_base62("ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18") is None
    assert checks.crc32_base62("ghp_short") is None


def test_base58_checksum() -> None:
    """The private key of the Bitcoin wiki's article on the wallet import format, and the same with a digit changed."""
    assert checks.base58check("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ") is True
    assert checks.base58check("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK") is False
    assert checks.base58check("0OIl") is False


@pytest.mark.parametrize(
    ("token", "verdict"),
    [("eyJhbGciOiJIUzI1NiJ9.x.y", True), ("eyJmb28iOiJiYXIifQ.x.y", None), ("eyJ!!", None), ("bm90IGpzb24.x", None)],
)
def test_jwt_header(token: str, verdict: object) -> None:
    """The header names an algorithm."""
    assert checks.jwt_header(token) is verdict


def test_basic_credentials() -> None:
    """Base64 of user, colon, password."""
    assert checks.basic_credentials(base64.b64encode(b"bob:hunter2").decode()) is True
    assert checks.basic_credentials(base64.b64encode(b"no colon").decode()) is None
    assert checks.basic_credentials("not base64!") is None


def test_aws_key_ids() -> None:
    """Words and rows of X are none; letters of the documentation's example are."""
    assert checks.aws_key_id("ASIAPACIFICREGIONALS") is False
    assert checks.aws_key_id("AKIAXXXXXXXXXXXXXXXX") is False
    assert checks.aws_key_id("AKIAIOSFODNN7EXAMPLE") is None


def test_json_in_base64() -> None:
    """An object, not just anything that decodes; deep nesting is no fault."""
    assert checks.base64_json(base64.b64encode(b'{"type": "service_account"}').decode()) is True
    assert checks.base64_json(base64.b64encode(b"[1]").decode()) is None
    assert checks.base64_json(base64.b64encode(b"[" * 3000).decode()) is None
