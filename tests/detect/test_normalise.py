"""The way in and the way back: what is rewritten, and where it stood."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect import build_detector
from dlp.detect.context import Surroundings
from dlp.detect.normalise import fold, plain, rewrite, views
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_ascii_without_escapes_is_left_alone(text: str) -> None:
    if "\\" not in text and "\x1b" not in text:
        assert plain(text) == (text, None)


@given(st.text(min_size=1))
def test_every_span_of_the_plain_text_maps_into_the_original(text: str) -> None:
    changed, offsets = plain(text)
    if offsets is None:
        assert len(changed) == len(text)
        return
    for start in range(len(changed)):
        low, high = offsets.span(start, start + 1)
        assert 0 <= low < high <= len(text)


def test_a_replaced_piece_counts_whole() -> None:
    changed, offsets, replaced = rewrite("ab%40cd", [(2, 5, "@")])
    assert changed == "ab@cd"
    assert replaced == [(2, 3)]
    assert offsets.span(0, 5) == (0, 7)
    assert offsets.span(2, 3) == (2, 5)
    assert offsets.span(3, 5) == (5, 7)


def test_prose_has_no_views() -> None:
    text = "The committee met on Tuesday, and nothing was decided about the budget for next year."
    assert list(views(Surroundings(text, ""))) == []


MAIL = "marta.kolvig@quillandpost.com"
HIDDEN = {
    "raised digits": "card ⁴¹¹¹ ¹¹¹¹ ¹¹¹¹ ¹¹¹¹ ok",
    "underlined": "card 4̲1̲1̲1̲ ̲1̲1̲1̲1̲1̲1̲1̲1̲1̲1̲1̲1̲ ok",
    "struck through": "mail m̶a̶r̶t̶a̶@̶q̶u̶i̶l̶l̶.̶c̶o̶m̶ ok",
    "bytes": r"card 4111\xe2\x80\x8b1111\xe2\x80\x8b1111\xe2\x80\x8b1111 ok",
    "percent, line end": "q%3D1%0Amarta%40quill.com",
    "form": "mail+is+m%61rta%40quill.com",
    "dashes among blanks": "card 4 1 1 1 - 1 1 1 1 - 1 1 1 1 - 1 1 1 1 ok",
    "quoted-printable, hidden": "mail m=C2=ADarta@qui=C2=ADll.com ok",
    "wider blanks": "m  a  r  t  a  @  q  u  i  l  l  .  c  o  m",
    "tabs between letters": "m\ta\tr\tt\ta\t@\tq\tu\ti\tl\tl\t.\tc\to\tm",
    "dashes between letters": "m-a-r-t-a-@-q-u-i-l-l-.-c-o-m",
    "letters, said": "m a r t a at q u i l l dot c o m",
    "letters of a token": "tok g h p _ z Q W B u T S O o R i 4 A 9 s p H c V Y 5 n c n s D k x k J 0 m L q 1 7",
    "an address over two lines": "write to marta.kolvig@quilland\npost.com please",
    "a token over two lines": "see ghp_zQWBuTSOoRi4A9sp\nHcVY5ncnsDkxkJ0mLq17 ok",
    "a token over two quoted lines": "> see ghp_zQWBuTSOoRi4A9sp\n> HcVY5ncnsDkxkJ0mLq17\n",
    "NUL": "card 4111\x001111\x001111\x001111 ok",
    "NUL between all": "\0".join("mail marta@quill.com ok"),
    "backspace": "mail mar\x08ta@quill.com ok",
    "separators": "SSN: 536-9\x1f0-4399",
    "C1": "mail marta@qu\x9fill.com ok",
    "next line, C1": "SSN: 536-9\x850-4399",
    "colours": "card 4111\x1b[31m11111111\x1b[0m1111 ok",
    "three times encoded": base64.b64encode(base64.b64encode(base64.b64encode(b"password=hunter2xyz and more"))).decode(),
    "zero width": "card 4111\u200b1111\u200b1111\u200b1111 ok",
    "soft hyphen": "call +1 4\u00ad15 5\u00ad55 0\u00ad132 now",
    "full width": "mail ｍａｒｔａ＠ｑｕｉｌｌ．ｃｏｍ ok",
    "devanagari digits": "card ४१११ ११११ ११११ ११११ ok",
    "odd dashes": "ssn 536−90−4399 ok",
    "narrow blanks": "card 4111\u202f1111\u202f1111\u202f1111 ok",
    "cyrillic letters": "mail mаrtа@quill.com ok",
    "percent": "q=marta%40quill.com&x",
    "html entity": "<i>marta&#64;quill.com</i>",
    "named entity": "<p>4111&nbsp;1111&nbsp;1111&nbsp;1111</p>",
    "hex entity": "mail marta&#x40;quill.com ok",
    "json escape": '{"m": "marta\\u0040quill.com"}',
    "nested json escape": '{"m": "{\\\\\\"m\\\\\\": \\\\\\"marta\\\\u0040quill.com\\\\\\"}"}',
    "tags": "<b>marta</b>@<b>quill.com</b>",
    "words": "write to marta at quill dot com please",
    "brackets": "write to marta [at] quill [dot] com please",
    "blanks around at": "write to marta @ quill.com please",
    "base64": "see " + base64.b64encode(f"please write to {MAIL} soon".encode()).decode(),
    "hex": "see " + f"please write to {MAIL} soon".encode().hex(),
    "wrapped base64": "see " + base64.encodebytes(f"please write to {MAIL} soon, or better tomorrow morning at nine".encode()).decode(),
    "quoted-printable": "Content-Transfer-Encoding: quoted-printable\n\nwrite marta=40quill.com soon=\n",
    "digits one by one": "card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ok",
    "tabs": "the card is 4111\t1111\t1111\t1111",
    "spelt": "call me: four one five, five five five, zero one three two",
    "joined literals": '// card = "41111111" + "11111111"',
    "wrapped iban": "IBAN: DE89 3704 0044\n      0532 0130 00",
    "twice encoded": "q=" + base64.b64encode(b"name=marta%40quill.com&x=some more words").decode(),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN)
def test_nothing_is_hidden_by_writing_it_differently(case: str) -> None:
    assert DETECTOR.find(HIDDEN[case])


def test_a_hit_in_base64_covers_the_whole_run() -> None:
    run = base64.b64encode(f"please write to {MAIL} soon".encode()).decode()
    text = f"decode {run} please"
    (finding,) = DETECTOR.find(text)
    assert finding.span == (7, 7 + len(run))


def test_readable_base64_without_anything_sensitive_is_left() -> None:
    assert DETECTOR.find("see " + base64.b64encode(b"the quick brown fox jumps over the lazy dog").decode()) == ()


CLEAN = {
    "colours": "\x1b[32mPASS\x1b[0m tests/app.test.ts \x1b[2m(12 ms)\x1b[22m",
    "page break": "The end of a page.\n\x0cThe next one.",
    "hashes in lines": "9f86d081884c7d659a2feaa0c55ad015\na3bf4f1b2b0b822cd15d6c15b0f00a08\n",
    "spaced title": "T H E   E N D   O F   P A R T   2",
    "media": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "assignment": "retries=20 timeout=40 id=2b rate=3 ratio=2E0 x=41",
    "entities": "<p>Fish &amp; chips &lt; 5 &euro;</p>",
    "escapes": "line one\\nline two\\tcolumn",
    "percent": "https://shop.test/a%20list%20of%20things?sort=asc",
}


@pytest.mark.parametrize("case", CLEAN)
def test_encodings_of_nothing_are_nothing(case: str) -> None:
    assert [f for f in DETECTOR.find(CLEAN[case]) if f.entity_type != "URL"] == []


def _twice_written(value: str) -> dict[str, str]:
    """`value` written differently, and the result encoded."""
    hidden = value[:3] + "\u200b" + value[3:6] + "\u2060" + value[6:]
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in value)
    arabic = value.translate({ord("0") + n: chr(0x660 + n) for n in range(10)})
    escaped = "".join(f"\\x{ord(c):02x}" for c in value)
    return {
        "zero-width in base64": base64.b64encode(f"card {hidden}".encode()).decode(),
        "zero-width in hex": f"card {hidden}".encode().hex(),
        "zero-width, percent-encoded": quote(f"card {hidden}", safe=""),
        "zero-width in JSON escapes": json.dumps({"m": f"card {hidden}"}),
        "full-width in base64": base64.b64encode(f"card {wide}".encode()).decode(),
        "Arabic digits in hex": f"card {arabic}".encode().hex(),
        "Arabic digits in hex pairs": f"my card {arabic}".encode().hex(" "),
        "escapes in base64": base64.b64encode(f"card {escaped}".encode()).decode(),
        "escapes of escapes": "".join(f"\\u{ord(c):04x}" for c in f"card {escaped}"),
        "percent-encoded twice": quote(quote(f"card {value}", safe=""), safe=""),
        "no-break spaces in base64": base64.b64encode(
            f"card {value[:4]}\u00a0{value[4:8]}\u00a0{value[8:12]}\u00a0{value[12:]}".encode()
        ).decode(),
        "a line that goes on": f"card {value[:8]}\\\n{value[8:]}",
        "a number over two lines": f"card {value[:8]}\n{value[8:]}",
    }


@pytest.mark.parametrize("way", _twice_written("4111111111111111"))
def test_what_is_written_differently_and_then_encoded_is_found(way: str) -> None:
    text = _twice_written("4539578763621486")[way]
    assert [finding.entity_type for finding in DETECTOR.find(text)] == ["CREDIT_CARD"]


def test_records_between_control_characters_are_read_one_by_one() -> None:
    """A NUL may part as well as hide."""
    text = "card\x004539578763621486\0name"
    assert [text[finding.start : finding.end] for finding in DETECTOR.find(text)] == ["4539578763621486"]


def test_a_broken_token_is_covered_whole() -> None:
    text = "see ghp_zQWBuTSOoRi4A9sp\nHcVY5ncnsDkxkJ0mLq17 ok"
    (finding,) = DETECTOR.find(text)
    assert finding.entity_type == "GITHUB_TOKEN"
    assert finding.span == (4, len(text) - 3)


def test_numbers_one_under_the_other_are_not_one_number() -> None:
    assert DETECTOR.find("counts\n45395787\n63621486\n12345678\n") == ()
    text = "tel\n5550132\n5550133\n"
    assert [text[finding.start : finding.end] for finding in DETECTOR.find(text)] == ["5550132", "5550133"]
