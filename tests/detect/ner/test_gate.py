"""What is read and what isn't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.ner.gate import Gate
from dlp.detect.ner.lexicon import Lexicon
from dlp.detect.ner.wordpiece import WordPiece

PIECES = WordPiece(["[UNK]", "[CLS]", "[SEP]"])
GIVEN, ORDINARY = 1, 8
LEXICON = Lexicon(
    {"rohit": GIVEN, "rose": GIVEN | ORDINARY}
    | {"can": GIVEN | ORDINARY}
    | dict.fromkeys("the you met a what is explain mutex call return for in it he said and self".split(), ORDINARY)
)


def read(text: str, *, strict: bool = False, near: int | None = None) -> str:
    encoding = Gate(LEXICON).readable(text, PIECES.encode(text), strict=strict, near=near)
    return " ".join(text[s:e] for s, e in zip(encoding.starts, encoding.ends, strict=True))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Explain what a mutex is.", ""),
        ("Call rohit.", "Call rohit ."),
        ("The mutex. He said it. Call Anna. What is it?", "Call Anna ."),
        ("what is it\nRohit said\nthe mutex", "Rohit said"),
        ("Rose is a mutex", "Rose is a mutex"),
        ("self.Name = Mutex(x)", ""),
        ("for Item in Items_list:", "for Item in Items _ list :"),
        ("zyxwv", "zyxwv"),
        ("Can you explain what a mutex is?", ""),
        ("He met Can.", "He met Can ."),
        ("Can Rohit call?", "Can Rohit call ?"),
        ("zyxwv = [Mutex(x)]", ""),
        ("return WireFormat[zyxwv]", ""),
        ('[{"said": "Anna Zyxwv"}]', '[ { " said " : " Anna Zyxwv " } ]'),
        ("the SKU-12 and the IBAN", ""),
        ("2026-03-01T10:00:00Z the mutex1 of UTF8", ""),
        ("the Zyxwv2 mutex", "the Zyxwv2 mutex"),
        ("If the mutex is None return True", ""),
        ("met = {user=rohit zyxwv}", "met = { user = rohit zyxwv }"),
        ("met = {user=zyxwv}", ""),
        ("the webhook of snapshot", ""),
        ("Webhook is it. He said Webhook.", "He said Webhook ."),
        ("the stepNumber of HttpError and WireFormatHandler", ""),
        ("the zyxwvNumber", ""),
        ("the rohitHandler", "the rohitHandler"),
        ("the ZyxwvQwrtsPlmk", "the ZyxwvQwrtsPlmk"),
        ("the zBay and MacZyxwv", "the zBay and MacZyxwv"),
        ("", ""),
    ],
)
def test_sentences_without_a_candidate_are_left_out(text: str, kept: str) -> None:
    assert read(text) == kept


@pytest.mark.parametrize("text", ["call zyxwv", "it is What he said"])
def test_strict_wants_more_than_an_unknown_word_or_a_capital(text: str) -> None:
    assert read(text, strict=True) == ""
    assert read(text) == text


def test_near_keeps_the_words_around_a_candidate() -> None:
    assert read("the the the Anna the the the Bob the the", near=1) == "the Anna the the Bob the"
    assert read("the Anna Bob the", near=1) == "the Anna Bob the"


@given(
    text=st.text(st.sampled_from("aA.\n _=(éÉ中'\ud800"), max_size=200),
    strict=st.booleans(),
    near=st.sampled_from([None, 0, 3]),
)
def test_what_is_kept_are_words_of_the_text_in_order(text: str, near: int | None, *, strict: bool) -> None:
    whole = PIECES.encode(text)
    gate = Gate(LEXICON)
    kept = gate.readable(text, whole, strict=strict, near=near)
    assert gate.readable(text, PIECES.encode(text, gate.lines(text)), strict=strict, near=near) == kept
    assert set(zip(kept.starts, kept.ends, strict=True)) <= set(zip(whole.starts, whole.ends, strict=True))
    assert kept.starts == sorted(set(kept.starts))
    assert kept.first[-1] == len(kept.ids) == len(kept.shapes)
    assert len(kept.first) == len(kept.starts) + 1
