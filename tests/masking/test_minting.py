"""Tokens: the same for the same, different for what differs, and nothing of the value in them."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.masking import minting
from dlp.masking.minting import Minter
from dlp.tokens import TOKEN, iter_token_spans, label_for

KEY = b"k" * 32
TEXTS = st.text(st.characters(), min_size=1, max_size=30)


@given(TEXTS, TEXTS, st.sampled_from(["EMAIL_ADDRESS", "PERSON", "US_SSN"]))
def test_a_token_is_a_function_of_key_scope_type_and_value(value: str, scope: str, kind: str) -> None:
    """Two minters agree, as two processes would; any text can be minted for, lone surrogates included."""
    token = Minter(KEY, scope).token(kind, value)
    assert token == Minter(KEY, scope).token(kind, value)
    assert TOKEN.fullmatch(token)


def test_the_token_is_the_same_for_ever() -> None:
    """A token in a stored conversation must mean the same after every release: HMAC-SHA256 over fields with their lengths."""
    fields = [field.encode() for field in ("default\0key:ab", "EMAIL_ADDRESS", "anna@example.org")]
    message = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    digest = hmac.new(KEY, message, hashlib.sha256).hexdigest()[:8]
    assert Minter(KEY, "default\0key:ab").token("EMAIL_ADDRESS", "anna@example.org") == f"[PII:EMAIL:{digest}]"


@given(
    st.lists(
        st.tuples(st.binary(min_size=16, max_size=16), TEXTS, st.sampled_from("AB"), TEXTS), min_size=2, unique=True
    )
)
def test_whatever_differs_gives_another_token(cases: list[tuple[bytes, str, str, str]]) -> None:
    """Key, scope, entity type and value each matter, also when they only shift characters from one to the other."""
    tokens = {_digest(Minter(key, scope).token(kind, value)) for key, scope, kind, value in cases}
    assert len(tokens) == len(set(cases))


def _digest(token: str) -> str:
    return token.rpartition(":")[2]


def test_fields_do_not_run_together() -> None:
    assert _digest(Minter(KEY, "ab").token("C", "d")) != _digest(Minter(KEY, "a").token("BC", "d"))
    assert _digest(Minter(KEY, "a").token("B", "cd")) != _digest(Minter(KEY, "a").token("BC", "d"))


@pytest.mark.parametrize(("one", "other"), [("Anna", "anna"), ("a b", "a  b"), ("é", "e\u0301"), ("x", "x ")])
def test_spellings_are_different_values(one: str, other: str) -> None:
    """An answer must get back the spelling that was sent."""
    minter = Minter(KEY, "s")
    assert minter.token("PERSON", one) != minter.token("PERSON", other)
    assert set(minter.values.values()) == {one, other}


def test_colliding_digests_are_lengthened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two values never share a token, however often their digests begin alike."""
    whole = iter(["a" * 32 + "0" * 32, "a" * 32 + "1" * 32, "a" * 16 + "b" * 48, "a" * 20 + "c" * 44])

    class Fixed:
        def copy(self) -> Fixed:
            return self

        def update(self, data: bytes) -> None:
            pass

        def hexdigest(self) -> str:
            return next(whole)

    monkeypatch.setattr(minting, "_keyed", lambda key: Fixed())
    minter = Minter(KEY, "s")
    tokens = [minter.token("PERSON", value) for value in ("one", "two", "three", "four")]
    assert [len(_digest(token)) - 1 for token in tokens] == [8, 12, 16, 20]
    assert [minter.values[_digest(token)[:-1]] for token in tokens] == ["one", "two", "three", "four"]
    assert [
        minter.token("PERSON", value) for value in ("one", "two", "three", "four")
    ] == tokens  # draws no further digest
    assert all(TOKEN.fullmatch(token) for token in tokens)


def test_nothing_shows_a_value() -> None:
    minter = Minter(KEY, "s")
    token = minter.token("PERSON", "Anna Keller")
    for shown in (repr(minter), str(minter), token):
        assert "Anna" not in shown
        assert "Keller" not in shown


@pytest.mark.parametrize("key", [b"", b"x" * 15])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Minter(key, "s")


@given(st.text(max_size=60))
def test_every_entity_type_has_a_label_that_fits(entity_type: str) -> None:
    """Whatever a policy calls its own types, a token is recognised as one."""
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", label_for(entity_type))
    token = Minter(KEY, "s").token(entity_type, "v")
    assert list(iter_token_spans(f"x{token}y")) == [(1, 1 + len(token))]


def test_tokens_are_minted_again_unless_a_digest_is_taken() -> None:
    """What a remembered decision says is good only where each of its digests is free, among values that are kept and those that aren't."""
    text = "Anna Keller pays with 4111"
    name, card = (0, 11), (22, 26)
    minter = Minter(KEY, "s")
    assert minter.mint_again(text, [("aaaaaaaa", *name)], [("cccccccc", *card)])
    assert minter.values == {"aaaaaaaa": "Anna Keller"}
    assert minter.mint_again(text, [("aaaaaaaa", *name)], [])
    for kept, unkept in (
        ([("aaaaaaaa", *card)], []),
        ([("cccccccc", *name)], []),
        ([], [("aaaaaaaa", *card)]),
        ([], [("cccccccc", *name)]),
        ([("bbbbbbbb", *name), ("bbbbbbbb", *card)], []),
    ):
        assert not minter.mint_again(text, kept, unkept), (kept, unkept)
    assert minter.values["aaaaaaaa"] == "Anna Keller"
    assert "cccccccc" not in minter.values
