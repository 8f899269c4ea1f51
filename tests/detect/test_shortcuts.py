"""What is asked before a costly pattern, or in its place, says what the pattern would: nothing is lost by asking."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlp.detect import addresses, context, labels, network, tables
from dlp.detect.address_words import AFTER
from dlp.detect.normalise import digits
from dlp.detect.secrets import opaque, placeholders
from dlp.detect.shapes import clusters, shape_of
from dlp.detect.words import any_of

_ODD = ("\u017f", "\u212a", "\u0130", "\u0131", "é", "한")
"""Characters that a search in any case takes for others, and some that are nobody's."""


def pieces(*parts: str, most: int = 12) -> st.SearchStrategy[str]:
    """Texts of these pieces and of a few letters, digits and signs."""
    return st.lists(st.sampled_from([*parts, *"aZ09 -_.\n", *_ODD]), max_size=most).map("".join)


_KINDS_OF_STREETS = st.one_of(
    st.sampled_from(sorted(AFTER)).flatmap(
        lambda word: st.sampled_from(
            [word, word.upper(), word.title(), word[:-1], word + "s", f"{word} {word}"]
            + [word.replace(plain, odd) for plain, odd in zip("skii", _ODD, strict=False)]
        )
    ),
    pieces("st", "street", "way", "ville", "spring", "PARK", "ways"),
)


@given(_KINDS_OF_STREETS)
@example("par\u212a")
@example("\u017ftreet")
@example("dr\u0131ve")
def test_words_as_a_tree_are_found_as_words_in_a_row(text: str) -> None:
    tree = re.compile(rf"{any_of(AFTER)}\b")
    row = re.compile(rf"(?i:{'|'.join(AFTER)})\b")
    assert [match.span() for match in tree.finditer(text)] == [match.span() for match in row.finditer(text)]


_STAND_INS = pieces(
    *("your", "YOU", "key", "token", "here", "to-do", "todo", "insert", "replace", "paste", "example", "pass", "sample", "dummy"),
    *("not", "a", "real", "my", "client", "<", ">", "\\x1f", "\\n", "xxxxx", "XxXxX", "***", "...", "\u2026", "####", "____"),
    *("--------", "\u2022\u2022", "000000", "???", "hidden", "masked", "redacted", "placeholder", "changethis", "type", "fill"),
)  # fmt: skip


@settings(max_examples=400)
@given(_STAND_INS)
@example("replace\u017fme")
@example("in\u017fert-x")
def test_stand_ins_are_told_as_by_their_patterns(value: str) -> None:
    asking = placeholders._FILLER.search(value) is not None or placeholders._ASKING.search(value) is not None
    if asking:
        assert placeholders.is_placeholder(value)
    elif len(set(value.lower())) > 2:
        assert not placeholders.is_placeholder(value)


@given(st.text(alphabet="abzAZ059-_é", max_size=40))
def test_turns_are_counted_as_by_their_pattern(value: str) -> None:
    turn = re.compile(r"(?<=[a-z])[A-Z]|(?<=[A-Za-z])[0-9]|(?<=[0-9])[A-Za-z]")
    ragged = len(turn.findall(value)) >= max(6, 0.28 * len(value)) and len(set(value)) >= 8
    assert opaque.is_ragged(value) == ragged


_ROWS = pieces("name", ",", ";", "\t", "|", "a, b", "x|y", ":", "=", "?", "{", "}", "<", "!", "\n", "\n", "\r\n")


@settings(max_examples=300)
@given(_ROWS)
def test_headers_are_the_lines_that_have_a_header_s_signs(text: str) -> None:
    line = re.compile(r"(?m:^)[^:=!?{}<>\n\t|;,]*+[\t|;,][^:=!?{}<>\n]*+(?=\n)")
    assert list(tables._possible_headers(text)) == [match.span() for match in line.finditer(text)]


_FORMS = pieces(
    "Name", "é", " ... ", "....", " -> ", "=>", " → ", " - ", " – ", " -\t", "|", "* ", "value", "\n", "\n", ":", ">"
)


@settings(max_examples=300)
@given(_FORMS)
@example("Name .... Anna\nPhone .... 4471\n")
@example("a | b\nc | d")
@example("Name => Anna")
def test_lines_set_apart_are_those_of_the_pattern(text: str) -> None:
    found = [match.span() for match in tables._lines_set_apart(text)]
    assert found == [match.span() for match in tables._SET_APART.finditer(text)]


@given(
    pieces(
        "INTO t (name, mail) VALUES (",
        'into\t"x"(abc) VALUE (',
        "INSERT ",
        "xINTO t (abc) VALUES (",
        "\u0131nto t (abc) VALUES (",
    )
)
def test_inserts_are_those_of_the_pattern(text: str) -> None:
    assert [each.span() for each in tables._inserts(text)] == [each.span() for each in tables._INSERT.finditer(text)]


@given(st.text(alphabet="0159 .-_/|xA\n·", max_size=40))
def test_groups_of_digits_are_found_in_a_shape_as_in_the_text(text: str) -> None:
    if text.isascii():
        in_shape = [match.span() for match in digits._GROUPS_SHAPE.finditer(shape_of(text))]
        assert in_shape == [match.span() for match in digits._GROUPS.finditer(text)]


@given(st.text(alphabet="ab 01-Z", max_size=30))
def test_parts_of_hashes_are_the_short_words_behind_a_digit(text: str) -> None:
    words = [match.span() for match in re.finditer(r"[A-Za-z]+", text)]
    starts, ends = [start for start, _ in words], [end for _, end in words]
    stray = {at for at, (start, end) in enumerate(words) if end - start <= 3 and start and text[start - 1].isdigit()}
    assert context._stray(text.encode(), starts, ends) == stray


_BEHIND_LABELS = pieces(
    *sorted(labels._CONNECTING),
    *(" ", " ", "the", "has been changed to ", "X7-4471", "123456", " is ", " to ", ": ", "#", "n.", "nr. ", "nº", "number", "(old)", " jest "),
    most=6,
).map(lambda text: " " + text)  # fmt: skip


@settings(max_examples=500)
@given(_BEHIND_LABELS)
@example(" konta to 4471")
@example(" números 4471")
@example(" nr. 4471")
def test_behind_another_word_stands_no_labelled_value(text: str) -> None:
    other = labels._OTHER_WORD.match(text)
    if other is not None and other[1] not in labels._CONNECTING:
        assert labels._VALUE.match(text) is None
        assert labels._HASH.match(text) is None


@settings(max_examples=500)
@given(
    pieces(
        *sorted(labels._CONNECTING),
        *("4471", "X7-4471", "90-01251", "ABC", "to ", "is ", "nr", "°", "№", "#", "(", ":", "\t", "-", "_"),
        most=8,
    ),
    st.sampled_from("0479"),
)
def test_a_blank_and_a_digit_begin_a_labelled_value(text: str, digit: str) -> None:
    text = f" {digit}{text}"
    whole, plain = labels._VALUE.match(text), labels._PLAIN_VALUE.match(text, 1)
    assert (whole and whole.span(1)) == (plain and plain.span(1))


_AWAY = st.sampled_from(
    ["and so on, ", "of the town ", "x" * 40 + " ", " " * 30, "Via Roma ", "rue de la Paix ", "the "]
)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["ship to ", "lives at ", "address: ", "meeting at ", "wohnt in ", "sent to my home ", "vive en "]),
            st.sampled_from(["12 Elm Street", "12, ", "Hauptstraße 5 ", "Calle 63 # 4 ", "P.O. Box 12 ", "90210 ", "3a "]),
            _AWAY,
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_a_phrase_without_a_digit_near_announces_no_address(text: str) -> None:
    around = context.Surroundings(text, "")
    found = clusters(text, around.shape)
    read = [(hit.start, hit.end, hit.recognizer) for hit in addresses.addresses(around, found)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_cues", lambda around, near=None, every=addresses._cues: every(around))
        assert [(hit.start, hit.end, hit.recognizer) for hit in addresses.addresses(around, found)] == read


@given(pieces("ana", "@", "quill.com", "=", ":", "/", "mailto:", "&", "..", "|", "{", "'", "x" * 64, "%", "+"))
def test_a_local_part_is_the_longest_run_before_the_sign(text: str) -> None:
    """As the pattern says that it replaced: what it takes at the end of the text before, less what precedes addresses."""
    run = re.search(rf"[{network._LOCAL_CHARS}]{{1,{network.MAX_LOCAL}}}\Z", text[-network.MAX_LOCAL :])
    back = network._LOCAL.match(text[-network.MAX_LOCAL :][::-1])
    assert (run and run[0]) == (back and back[0][::-1])
