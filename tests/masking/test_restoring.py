"""Restoring: every spelling of a token, cut anywhere, and nothing but tokens."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from dlp.masking import restoring
from dlp.masking.restoring import MAX_HELD, Restorer

VALUE = "Anna Keller"
VALUES = {"c4587843": VALUE, "00112233aabb": "0x: 4&5 <é>", "c45878430000": "longer"}


class Spelling(NamedTuple):
    text: str
    restored: str


_WHOLE = [
    "[PII:PERSON:c4587843]",
    # changed case
    "[pii:person:c4587843]", "[PII:PERSON:C4587843]", "[Pii:Person:C4587843]", "[PII:person:c4587843]",
    # no brackets, escaped ones, others
    "PII:PERSON:c4587843", "pii:person:c4587843", r"\[PII:PERSON:c4587843\]", r"\\[PII:PERSON:c4587843\\]",
    "［PII：PERSON：c4587843］", "【PII:PERSON:c4587843】",
    # spaces inside
    "[ PII:PERSON:c4587843 ]", "[PII: PERSON: c4587843]", "[PII : PERSON : c4587843]", "[ PII :PERSON\u00a0: c4587843\t]",
    # characters that nobody sees
    "[PII:\u200bPERSON:\u200bc4587843]", "[\u200bPII:PERSON:c4587843\u200b]", "[PII:PER\u00adSON:c458\u200b7843]", "[PII:PERSON:\u2060c4587843]",
    "[PII:PERSON:c\u200d4\u200d5\u200d8\u200d7\u200d8\u200d4\u200d3]",
    # labels: joined otherwise, escaped for Markdown, with a space, without one
    "[PII:EMAIL_ADDRESS:c4587843]", r"[PII:EMAIL\_ADDRESS:c4587843]", "[PII:EMAIL ADDRESS:c4587843]",
    "[PII:EMAIL-ADDRESS:c4587843]", "[PII_PERSON_c4587843]", "PII_PERSON_c4587843", "PII-PERSON-c4587843",
    r"PII\_PERSON\_c4587843", r"[PII\:PERSON\:c4587843]", r"\[PII\_EMAIL\_ADDRESS\_c4587843\]",
    # escaped once more for JSON
    r"\u005bPII:PERSON:c4587843\u005d", r"\\u005BPII:PERSON:c4587843\\u005D",
]  # fmt: skip
SPELLINGS = [
    *(Spelling(text, VALUE) for text in _WHOLE),
    # for HTML and for URLs the value is escaped as the token is
    Spelling("&#91;PII:PERSON:00112233aabb&#93;", "0x: 4&amp;5 &lt;é&gt;"),
    Spelling("&#x5b;PII&#58;PERSON&#x3a;00112233aabb&#x5D;", "0x: 4&amp;5 &lt;é&gt;"),
    Spelling("&lbrack;PII&colon;PERSON:00112233aabb&rbrack;", "0x: 4&amp;5 &lt;é&gt;"),
    Spelling("&lsqb;PII:PERSON:00112233aabb&rsqb;", "0x: 4&amp;5 &lt;é&gt;"),
    Spelling("%5BPII%3APERSON%3A00112233aabb%5D", "0x%3A%204%265%20%3C%C3%A9%3E"),
    Spelling("%5bpii%3aperson%3a00112233AABB%5d", "0x%3A%204%265%20%3C%C3%A9%3E"),
    Spelling("%5BPII:PERSON:00112233aabb%5D", "0x%3A%204%265%20%3C%C3%A9%3E"),
    Spelling("PII%3APERSON%3A00112233aabb", "0x%3A%204%265%20%3C%C3%A9%3E"),
    Spelling("%255BPII%253APERSON%253A00112233aabb%255D", "0x%253A%25204%25265%2520%253C%25C3%25A9%253E"),
    # digests of other lengths
    Spelling("[PII:PERSON:c45878430000]", "longer"),
    Spelling("PII:PERSON:c45878430000", "longer"),
]
AROUND = [
    ("", ""), (" ", " "), ("Dear ", "'s mail"), ("(", ")"), ('"', '"'), ("'", "'"), ("**", "**"), ("`", "`"), ("<b>", "</b>"),
    ("„", "“"), ("a, ", ", b"), ("x\n", "\ny"), ("mailto:", "?x=1"), ("[", "]"), ("=", "&"), ("é ", "。"), ("1. ", "."), ("p", ""),
    ("\\n", ""), ("[[", "]]"), ("[x] ", "[y]"), ("& ", ";"), ("% ", "%"), ("\\", "\\"), ("PII ", " PII"), ("[PII:", "[PII:"),
]  # fmt: skip


def fed(pieces: Iterable[str]) -> str:
    restorer = Restorer(VALUES)
    return "".join([*(restorer.feed(piece) for piece in pieces), restorer.flush()])


def whole(text: str) -> str:
    """What `edits` makes of a text."""
    at, parts = 0, []
    for start, end, new in Restorer(VALUES).edits(text):
        parts += (text[at:start], new)
        at = end
    return "".join([*parts, text[at:]])


def cuts(text: str) -> Iterable[list[str]]:
    """Whole, character by character, and in two and three pieces."""
    yield [text]
    yield list(text)
    yield from ([text[:i], text[i:]] for i in range(len(text)))
    yield from ([text[:i], "", text[i : i + 3], text[i + 3 :]] for i in range(len(text)))


# -- spellings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", SPELLINGS, ids=[spelling.text for spelling in SPELLINGS])
def test_every_spelling_is_restored_wherever_it_is_cut(spelling: Spelling) -> None:
    """In running text, at its edges, whole and in pieces, the same comes out."""
    for before, after in [("", ""), ("Dear ", "'s mail"), ('"', '"'), ("[x] ", "[y] and more text behind it")]:
        text = before + spelling.text + after
        expected = before + spelling.restored + after
        assert whole(text) == expected
        for pieces in cuts(text):
            assert fed(pieces) == expected, pieces


@pytest.mark.parametrize(("before", "after"), AROUND, ids=[f"{before} {after}" for before, after in AROUND])
def test_what_stands_round_a_token_stays(before: str, after: str) -> None:
    """Possessives, quotes, markup, punctuation, other brackets."""
    text = f"{before}[PII:PERSON:c4587843]{after}"
    for pieces in cuts(text):
        assert fed(pieces) == f"{before}{VALUE}{after}", pieces
    assert whole(text) == f"{before}{VALUE}{after}"


@pytest.mark.parametrize("text", [
    "[PII:PERSON:deadbeef]", "PII:PERSON:deadbeef", "[PII:PERSON:c458784]", "[PII:PERSON:c4587843ff]", "[PII:PERSON:c4587843g]",
    "xPII:PERSON:c4587843", "[PII:PERSON]", "[PII]", "PII", "[PII::]", "c4587843", "[PERSON:c4587843]", "[PERSON_REDACTED]",
    "[PII:PERSON:c4587843 and more", "[PII:" + "A" * 60 + ":c4587843]", "[PII:PERSON:" + "0" * 40 + "]", "[PII:PERSON;c4587843]",
    "%5BPII%3APERSON%3Adeadbeef%5D", "[PII:\nPERSON:c4587843]", "[PII:PERSON:c4587843",
])  # fmt: skip
def test_what_is_no_token_of_this_request_comes_out_as_it_went_in(text: str) -> None:
    """Unknown digests, digests cut short or lengthened, words that merely look alike."""
    if "c4587843" in text and re.match(r"\[PII:PERSON:c4587843(?: and more)?\Z", text):
        expected = text.replace(
            "PII:PERSON:c4587843", VALUE
        )  # the closing bracket is lost: the opening one is just a bracket
    else:
        expected = text
    for pieces in cuts(f"{text} "):
        assert fed(pieces) == f"{expected} ", pieces
    assert whole(f"{text} ") == f"{expected} "


def test_an_unknown_token_does_not_hide_the_next() -> None:
    assert fed(["[PII:A:deadbeef][PII:PERSON:c4587843][PII:B:deadbeef]PII:PERSON:c4587843"]) == (
        f"[PII:A:deadbeef]{VALUE}[PII:B:deadbeef]{VALUE}"
    )


def test_a_value_that_looks_like_a_token_is_not_restored_again() -> None:
    """One pass: what was put back is the client's own text."""
    values = {"aaaaaaaa": "[PII:PERSON:bbbbbbbb]", "bbbbbbbb": "wrong"}
    restorer = Restorer(values)
    assert restorer.feed("[PII:PERSON:aaaaaaaa] ") + restorer.flush() == "[PII:PERSON:bbbbbbbb] "


@pytest.mark.parametrize("repeated", ["[PII:PERSON:c4587843]", "[PII:PERSON:c4587843], ", "PII:PERSON:c4587843 "])
def test_a_thousand_tokens_are_a_thousand_values(repeated: str) -> None:
    text = repeated * 1000
    expected = text.replace(repeated.strip(", "), VALUE)
    assert fed([text]) == whole(text) == expected
    assert fed(re.findall(r"(?s).{1,7}", text)) == expected


def test_restored_counts_and_repr_shows_nothing() -> None:
    restorer = Restorer(VALUES)
    restorer.feed("a [PII:PERSON:c4587843] b PII:PERSON:c4587843 c [PII:PERSON:deadbeef] [PII:PER")
    assert restorer.restored == 2
    assert restorer.holding
    assert "PII" not in repr(restorer)
    assert VALUE not in repr(restorer)


# -- holding back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *(
            "plain words",
            "100 % of it",
            "p.",
            "[1]",
            "a & b",
            "C:\\dir ",
            "[link](x)",
            "[ PI ",
            "&amp; ",
            "%20x",
            "PII.",
            "\\n",
        ),
        *("[x", "xP", "xPII:", "PII:!", "[PII:PERSON:deadbeef,", "[PII:PERSON:deadbeefz"),
    ],
)
def test_text_without_the_beginning_of_a_token_leaves_at_once(text: str) -> None:
    """`P` behind a letter, a finished bracket, an escape: none can become a token any more."""
    restorer = Restorer(VALUES)
    assert restorer.feed(text) == text
    assert not restorer.holding


@pytest.mark.parametrize("spelling", SPELLINGS, ids=[spelling.text for spelling in SPELLINGS])
def test_held_text_is_bounded_and_begins_where_a_token_may(spelling: Spelling) -> None:
    """What stands before the token is released as soon as it is there; never more than the token itself waits."""
    restorer = Restorer(VALUES)
    assert restorer.feed("Dear ") == "Dear "
    for character in spelling.text:
        restorer.feed(character)
        assert len(restorer._held) <= min(MAX_HELD, len(spelling.text))


@pytest.mark.parametrize(
    "spelling", [s for s in SPELLINGS if s.text[0] not in "Pp"], ids=lambda spelling: spelling.text
)
def test_a_closed_token_does_not_wait_for_more(spelling: Spelling) -> None:
    """Its bracket says that it is complete; only a bare one may still grow."""
    restorer = Restorer(VALUES)
    assert "".join(map(restorer.feed, spelling.text)) == spelling.restored
    assert not restorer.holding


@given(st.text("[]\\PpIi:_-AZaz09 \t&#5bB;%25\u3010xu", max_size=400), st.integers(1, 9))
def test_never_more_than_the_limit_is_held_and_nothing_is_lost(text: str, size: int) -> None:
    restorer = Restorer({"ffffffff": "x"})
    out = ""
    for at in range(0, len(text), size):
        out += restorer.feed(text[at : at + size])
        assert len(restorer._held) <= MAX_HELD
        assert out + restorer._held == text[: at + size]
    assert out + restorer.flush() == text
    assert not restorer.holding


PIECES = st.lists(
    st.sampled_from([*(spelling.text for spelling in SPELLINGS), "[PII:X:deadbeef]", "PII", "[", "]", "\\", ":", "_", "&", "%5", "%"])
    | st.sampled_from(["Pi", "p", " ", "x", "\n", "é", "😀", "\\n", "\\u005", "&#9", "c4587843", "A", '"', "{", '{"', '", "', "}"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(PIECES, st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_restores_what_the_whole_text_restores(text: str, at: list[int]) -> None:
    """Streaming and whole bodies agree on every text, tokens or not."""
    bounds = [0, *sorted(min(cut, len(text)) for cut in at), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(bounds)]
    assert fed(pieces) == whole(text)
    assert fed(text) == whole(text)


# -- JSON --------------------------------------------------------------------------------------------------------------

AWKWARD = 'a "b" \\ c\n{"d": [é😀]}\ttoo'


@pytest.mark.parametrize("depth", range(1, 5))
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_value_is_escaped_for_the_json_it_stands_in(depth: int, ascii_only: object) -> None:
    """JSON in strings of JSON, cut anywhere: the innermost reader gets the value itself."""
    text = "[PII:NOTE:aaaaaaaa]"
    for _ in range(depth):
        text = json.dumps({"k": [1, text, "[PII:NOTE:aaaaaaaa] x"]}, ensure_ascii=bool(ascii_only))
    for pieces in ([text], list(text), [text[: len(text) // 2], text[len(text) // 2 :]]):
        restorer = Restorer({"aaaaaaaa": AWKWARD})
        out = "".join([*map(restorer.feed, pieces), restorer.flush()])
        inner = out
        for _ in range(depth):
            one, inner, two = json.loads(inner)["k"]
            assert (one, two) == (1, AWKWARD + " x")
        assert inner == AWKWARD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""), ("Say: ", "."), ('He said "', '".'), ("[x] {y} ", " [z]"), ("function() { ", " }"), ("{\n", "}"), ("[", "]"),
        ('{"a": 1} then ', ""), ('```json\n{"a": "b"}\n``` and ', ""), ("[1, 2] ", ""), ("{{name}} ", ""),
    ],
)  # fmt: skip
def test_in_prose_a_value_stays_as_it_is(before: str, after: str) -> None:
    restorer = Restorer({"aaaaaaaa": AWKWARD})
    assert restorer.feed(f"{before}[PII:NOTE:aaaaaaaa]{after}") + restorer.flush() == before + AWKWARD + after


def test_json_in_prose_is_json() -> None:
    """A code fence in Markdown: the client will parse what is in it."""
    text = 'Here:\n```json\n{"to": "[PII:NOTE:aaaaaaaa]"}\n```\nfor [PII:NOTE:aaaaaaaa]'
    restorer = Restorer({"aaaaaaaa": AWKWARD})
    out = restorer.feed(text) + restorer.flush()
    assert out == text.replace('"[PII:NOTE:aaaaaaaa]"', json.dumps(AWKWARD, ensure_ascii=False), 1).replace(
        "[PII:NOTE:aaaaaaaa]", AWKWARD
    )


def test_a_token_that_stands_bare_in_json_does_not_end_it() -> None:
    """Models write a number's token without quotes; strings behind it are still inside JSON."""
    restorer = Restorer({"aaaaaaaa": AWKWARD, "bbbbbbbb": "4155550123"})
    text = '{"phone": [PII:PHONE:bbbbbbbb], "note": "[PII:NOTE:aaaaaaaa]"}'
    out = restorer.feed(text) + restorer.flush()
    assert json.loads(out) == {"phone": 4155550123, "note": AWKWARD}


# -- hostile answers ---------------------------------------------------------------------------------------------------

HOSTILE = [
    "[", "\\", "%", "%25", "%5B", "&", "&#", "&lbrack;", "P", "PI", "PII", "PII:", "PII_", "PII_A_A_A_A_", "[PII: ", "[PII:A ", "PII:A:0",
    "[PII:A:00000000", "PII:A:00000000", "[PII:" + "\\\\_" * 39, "\\\\[PII", "[ \t", "PII" + " " * 40, "PII" + "-" * 45, "\\u005b", "【PII：",
    "PII" + "_A0" * 14 + "_", "[PII:A_" + "0_" * 20,
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_is_linear_in_what_a_server_sends(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: searches, each over a bounded stretch or ending at a match, and nothing held above the limit."""
    text = unit * (20_000 // len(unit))
    restorer = Restorer({"ffffffff": "x"})
    searched = 0
    search = restoring._FORMS.search

    class Counting:
        def search(self, string: str, position: int, *, partial: bool) -> regex.Match[str] | None:
            nonlocal searched
            match = search(string, position, partial=partial)
            searched += (match.end() if match else len(string)) - position
            return match

        def match(self, *arguments: object, **options: object) -> regex.Match[str] | None:
            nonlocal searched
            searched += MAX_HELD
            return original.match(*arguments, **options)

    original = restoring._FORMS
    monkeypatch.setattr(restoring, "_FORMS", Counting())
    assert restorer.feed(text) + restorer.flush() == text
    # A start that is given up costs at most the stretch that is looked at again.
    assert searched <= len(text) * (MAX_HELD + 2)
