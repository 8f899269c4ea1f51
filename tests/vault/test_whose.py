"""How people name scopes."""

from __future__ import annotations

import pytest

from dlp.vault.whose import Whose

SCOPES = ["default\0user:anna", "default\0user:anna\0org-1", "strict\0user:anna", "default\0key:0123", "default\0*"]


@pytest.mark.parametrize(
    ("whose", "chosen", "shown"),
    [
        (Whose(), SCOPES, "everybody"),
        (Whose(user="anna"), SCOPES[:3], "user anna"),
        (Whose(caller="user:anna"), SCOPES[:3], "caller user:anna"),
        (Whose(caller="key:0123"), SCOPES[3:4], "caller key:0123"),
        (Whose(policy="default"), [SCOPES[0], SCOPES[1], *SCOPES[3:]], "policy default"),
        (Whose(user="anna", policy="default"), SCOPES[:2], "user anna, policy default"),
        (Whose(user="anna", caller="key:0123"), [], "user anna, caller key:0123"),
        (Whose(user=""), [], "user "),
        (Whose(user="ann"), [], "user ann"),
    ],
)
def test_what_is_chosen(whose: Whose, chosen: list[str], shown: str) -> None:
    assert list(filter(whose, SCOPES)) == chosen
    assert str(whose) == shown
    assert whose.everybody == (shown == "everybody")
