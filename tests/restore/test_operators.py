"""Who may do what is one file: whole, private, and telling nobody a passcode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.restore.operators import NOBODYS, Operator, Operators, Passcode, Role, checked_types, operators_file

PASSCODE = "correct horse battery"


def operator(name: str = "anna", *roles: Role, only: tuple[str, ...] = (), never: tuple[str, ...] = ()) -> Operator:
    return Operator(
        name=name, roles=frozenset(roles or {Role.ADMIN}), passcode=Passcode.of(PASSCODE), only=only, never=never
    )


def test_a_passcode_is_known_again_and_nowhere_to_be_read(tmp_path: Path) -> None:
    Operators(by_name={}).with_operator(operator()).save(tmp_path)
    kept = Operators.load(tmp_path).by_name["anna"]
    assert kept.passcode.matches(PASSCODE)
    assert not kept.passcode.matches(PASSCODE + " ")
    assert not NOBODYS.matches(PASSCODE)
    path = operators_file(tmp_path)
    assert PASSCODE not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept.passcode.digest.hex() not in repr(kept)
    assert Passcode.of(PASSCODE).digest != Passcode.of(PASSCODE).digest


@pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaaaaaa", "x" * 1001])
def test_a_poor_passcode_is_refused(bad: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Passcode.of(bad)
    assert bad not in str(refused.value)


@pytest.mark.parametrize(
    ("limits", "seen", "not_seen"),
    [
        ({}, ["PERSON", "API_KEY", "CASE_NUMBER", None], []),
        ({"never": ("secret",)}, ["PERSON", "CREDIT_CARD", "CASE_NUMBER"], ["API_KEY", "PASSWORD", None]),
        ({"only": ("personal", "IBAN_CODE")}, ["PERSON", "IBAN_CODE"], ["CREDIT_CARD", "API_KEY", "CASE_NUMBER", None]),
        ({"only": ("financial",), "never": ("CREDIT_CARD",)}, ["IBAN_CODE"], ["CREDIT_CARD", "PERSON", None]),
    ],
)
def test_what_an_operator_may_see(
    limits: dict[str, tuple[str, ...]], seen: list[str | None], not_seen: list[str | None]
) -> None:
    one = operator(**limits)
    assert all(map(one.may_see, seen))
    assert not any(map(one.may_see, not_seen))


def test_types_are_checked() -> None:
    assert checked_types(["secret", "PERSON", "secret"]) == ("secret", "PERSON")
    with pytest.raises(ConfigurationError, match="'EMAIL'"):
        checked_types(["EMAIL"])


def test_the_last_admin_stays() -> None:
    both = Operators(by_name={}).with_operator(operator()).with_operator(operator("bert", Role.RESTORE))
    assert list(both.without("bert").by_name) == ["anna"]
    with pytest.raises(ConfigurationError, match="last admin"):
        both.without("anna")


def test_nobody_without_a_file(tmp_path: Path) -> None:
    assert Operators.load(tmp_path).by_name == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(version=2),
        lambda document: document["operators"][0].update(name="a b"),
        lambda document: document["operators"][0].update(roles=["king"]),
        lambda document: document["operators"][0]["passcode"].update(hash=""),
        lambda document: document["operators"][0]["passcode"].update(scheme="md5"),
        lambda document: document["operators"][0].pop("never"),
        lambda document: document.update(operators="x"),
    ],
)
def test_a_file_that_is_not_ours_is_not_used(spoil: object, tmp_path: Path) -> None:
    Operators(by_name={}).with_operator(operator()).save(tmp_path)
    path = operators_file(tmp_path)
    document = json.loads(path.read_text())
    spoil(document)  # type: ignore[operator]
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigurationError, match="can't be read"):
        Operators.load(tmp_path)


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    Operators(by_name={}).with_operator(operator()).save(tmp_path)
    operators_file(tmp_path).chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Operators.load(tmp_path)
