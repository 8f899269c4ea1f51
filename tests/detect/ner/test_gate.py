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


def read(text: str) -> str:
    encoding = Gate(LEXICON).readable(text, PIECES.encode(text))
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


@given(
    text=st.lists(
        st.sampled_from([*("The", "Rose", "the", "rose", "rohit", "Xyl", "is", "J", "A1", "Mr"), *" .!?\n\"(-_=:'*\u200b"]), max_size=30
    ).map(" ".join)
)  # fmt: skip
def test_sentences_that_are_left_out_hold_nothing_that_is_read(text: str) -> None:
    for written in (text, text.replace(" ", ""), text.replace(" . ", ". ")):
        gate = Gate(LEXICON)
        kept = gate.readable(written, PIECES.encode(written))
        assert gate.readable(written, PIECES.encode(written, gate.sentences(written))) == kept


def test_first_words_of_ordinary_sentences_are_not_even_encoded() -> None:
    assert Gate(LEXICON).sentences("The mutex is what you explain. Rose is in. Call and the return\nExplain it") == [
        (30, 42)
    ]


@given(text=st.text(st.sampled_from("aA.\n _=(éÉ中'\ud800"), max_size=200))
def test_what_is_kept_are_words_of_the_text_in_order(text: str) -> None:
    whole = PIECES.encode(text)
    gate = Gate(LEXICON)
    kept = gate.readable(text, whole)
    assert gate.readable(text, PIECES.encode(text, gate.sentences(text))) == kept
    assert set(zip(kept.starts, kept.ends, strict=True)) <= set(zip(whole.starts, whole.ends, strict=True))
    assert kept.starts == sorted(set(kept.starts))
    assert kept.first[-1] == len(kept.ids) == len(kept.shapes)
    assert len(kept.first) == len(kept.starts) + 1
