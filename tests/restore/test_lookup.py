"""What is shown is what the vault holds, of those who were chosen, of types that are proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlp.errors import NotAllowed
from dlp.masking.minting import Minter
from dlp.restore import lookup
from dlp.restore.lookup import Looked, digests_in, look
from dlp.vault.keys import KeyRing
from dlp.vault.sealed import SealedVault
from dlp.vault.sqlite import SqliteStore
from dlp.vault.whose import Whose

KEY, OLD = b"0123456789abcdef0123456789abcdef", b"the token key before it was new."
SCOPE, OTHER = "default\0user:anna", "default\0user:bert"
MAIL, SECRET = "anna.keller@nordwind.org", "hunter2-hunter2"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[SealedVault]:
    opened = SealedVault(SqliteStore(tmp_path / "vault.db"), KeyRing((b"fedcba9876543210fedcba9876543210",)))
    yield opened
    opened.close()


def minted(vault: SealedVault, scope: str, entity_type: str, value: str, key: bytes = KEY) -> str:
    minter = Minter(key, scope)
    token = minter.token(entity_type, value)
    vault.exchange(scope, minter.values, 3600)
    return token


def looked(
    vault: SealedVault, text: str, whose: Whose | None = None, may_see: Callable[[str | None], bool] = lambda _: True
) -> Looked:
    return look(text, digests_in(text), vault, whose or Whose(), (KEY, OLD), may_see)


def test_tokens_of_a_text_in_any_spelling(vault: SealedVault) -> None:
    mail, secret = minted(vault, SCOPE, "EMAIL_ADDRESS", MAIL), minted(vault, OTHER, "PASSWORD", SECRET)
    text = f"Mail {mail.lower()}, {mail.strip('[]')} or {mail.replace(':', ' : ')}: {secret} [PII:EMAIL:00000000] \r\n"
    found = looked(vault, text)
    assert found.text == f"Mail {MAIL}, {MAIL} or {MAIL}: {SECRET} [PII:EMAIL:00000000] \r\n"
    assert (dict(found.shown), found.withheld, found.unknown) == ({"EMAIL_ADDRESS": 1, "PASSWORD": 1}, (), 1)
    assert MAIL not in repr(found)


def test_only_of_those_who_were_chosen(vault: SealedVault) -> None:
    mail = minted(vault, SCOPE, "EMAIL_ADDRESS", MAIL)
    assert looked(vault, mail, Whose(user="anna")).text == MAIL
    for whose in (Whose(user="bert"), Whose(policy="strict"), Whose(user="anna", policy="strict")):
        found = looked(vault, mail, whose)
        assert (found.text, found.unknown) == (mail, 1)


def test_another_label_opens_nothing(vault: SealedVault) -> None:
    """Who may not see secrets doesn't get them by calling them addresses."""
    secret, mail = minted(vault, SCOPE, "PASSWORD", SECRET), minted(vault, SCOPE, "EMAIL_ADDRESS", MAIL)
    asked: list[str | None] = []

    def may_see(entity_type: str | None) -> bool:
        asked.append(entity_type)
        return entity_type == "EMAIL_ADDRESS"

    text = f"{secret} {secret.replace('PASSWORD', 'EMAIL')} {mail}"
    found = looked(vault, text, may_see=may_see)
    assert found.text == text.replace(mail, MAIL)
    assert len(found.withheld) == 1
    renamed = looked(vault, secret.replace("PASSWORD", "EMAIL"), may_see=may_see)
    assert SECRET not in renamed.text
    assert set(asked) == {"PASSWORD", "EMAIL_ADDRESS", None}


def test_a_token_of_an_older_key(vault: SealedVault) -> None:
    mail = minted(vault, SCOPE, "EMAIL_ADDRESS", MAIL, OLD)
    assert looked(vault, mail, may_see=lambda kind: kind == "EMAIL_ADDRESS").text == MAIL


def test_a_digest_that_means_two_things_means_nothing(vault: SealedVault) -> None:
    vault.exchange(SCOPE, {"aabbccdd": "one"}, 3600)
    vault.exchange(OTHER, {"aabbccdd": "two"}, 3600)
    found = looked(vault, "[PII:EMAIL:aabbccdd]")
    assert (found.text, found.withheld) == ("[PII:EMAIL:aabbccdd]", ("aabbccdd",))
    assert looked(vault, "[PII:EMAIL:aabbccdd]", Whose(user="bert")).text == "two"


def test_looking_keeps_nothing_alive(vault: SealedVault) -> None:
    vault.exchange(SCOPE, {"aabbccdd": "one"}, 0.0)
    assert looked(vault, "[PII:EMAIL:aabbccdd]").unknown == 1


def test_a_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MAX_DIGESTS", 2)
    assert digests_in("[PII:A:00000001] pii:a:00000002 [PII:A:00000001]") == ("00000001", "00000002")
    with pytest.raises(NotAllowed, match="more than 2"):
        digests_in("[PII:A:00000001] [PII:A:00000002] [PII:A:00000003]")
    monkeypatch.setattr(lookup, "MAX_TEXT", 2)
    with pytest.raises(NotAllowed, match="longer"):
        digests_in("abc")
