"""JSON leaves against the standard library: what a document says, and that an edit changes nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.errors import TooLarge, WireError
from dlp.wire import json_leaves
from dlp.wire.json_leaves import (
    BOM,
    MAX_DEPTH,
    FarLeaf,
    Kind,
    Leaf,
    decode_document,
    edit_literal,
    escape,
    looks_like_json,
    parse_body,
    parse_leaves,
    splice,
)

TEXTS = st.text(st.characters(), max_size=12) | st.text(
    '\\"/bnrtu0dD83e{}[]:,\u2028é😀\ud83d\ude00\x00\x1f', max_size=12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
MARKS = "{}[]:,\"\\ \t\n\r\v\f\x00-+.0123eE'\u0662\xa0" + BOM
ALMOST_JSON = st.lists(
    st.sampled_from(
        [*MARKS, *'"a" "b\\n" true false null NaN Infinity -Infinity nul \\u00e9 \\ud83d 0.5 1e9 -0 01 1. //'.split()]
    ),
    max_size=9,
).map("".join)


def strings_of(value: Any) -> list[str]:
    """Keys and strings in document order, as `json` reads them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Pairs):
        return [text for key, member in value.pairs for text in (key, *strings_of(member))]
    if isinstance(value, list):
        return [text for element in value for text in strings_of(element)]
    return []


class Pairs:
    """An object with its members as they stand, duplicates included."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def load(text: str) -> Any:
    return json.JSONDecoder(object_pairs_hook=Pairs, strict=False).decode(text)


def strings(leaves: list[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.kind is not Kind.NUMBER]


# -- reading -----------------------------------------------------------------------------------------------------------


@given(VALUES, st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_leaves_are_what_json_reads(value: Any, ascii_only: object, indent: int | str | None) -> None:
    """Every string and key, decoded, in order; each range holds exactly its literal."""
    document = json.dumps(value, ensure_ascii=bool(ascii_only), indent=indent)
    leaves = parse_leaves(document)
    assert [leaf.value for leaf in strings(leaves)] == strings_of(load(document))
    for leaf in leaves:
        literal = document[leaf.start : leaf.end]
        assert literal == leaf.value if leaf.kind is Kind.NUMBER else json.loads(literal, strict=False) == leaf.value
    assert [leaf.start for leaf in leaves] == sorted(leaf.start for leaf in leaves)


@given(ALMOST_JSON | VALUES.map(json.dumps).flatmap(lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut])))
@example("[1\u0662]")
@example("[-]")
@example('{"a":1,}')
@example("[1,]")
@example("1 2")
@example('"\\u12"')
def test_the_same_documents_are_accepted_as_json_accepts(text: str) -> None:
    """Arbitrary JSON-like text is read, or refused, exactly as `json.loads(strict=False)` does; nothing else is ever raised."""
    try:
        expected = strings_of(load(text))
    except ValueError:
        if text.startswith(BOM):  # the one thing that we take and `json` wants to be stripped before
            return
        with pytest.raises(WireError):
            parse_leaves(text)
    else:
        assert [leaf.value for leaf in strings(parse_leaves(text))] == expected


@given(VALUES, st.booleans(), st.sampled_from([None, 2]), st.sampled_from(["", BOM]))
def test_bytes_are_read_as_the_text_that_they_are(value: Any, ascii_only: object, indent: int | None, bom: str) -> None:
    """The same leaves, with ranges in bytes; escapes, too, that spell what Latin-1 can't."""
    body = (bom + json.dumps(value, ensure_ascii=bool(ascii_only), indent=indent)).encode("utf-8", "replace")
    document = decode_document(body)
    expected = parse_leaves(document)
    found = parse_body(body)
    assert [(leaf.kind, leaf.value, leaf.key) for leaf in found] == [
        (leaf.kind, leaf.value, leaf.key) for leaf in expected
    ]
    for leaf, same in zip(found, expected, strict=True):
        assert body[leaf.start : leaf.end].decode() == document[same.start : same.end]


@given(VALUES, st.booleans())
def test_long_strings_of_large_documents_are_read_when_they_are_asked_for(value: Any, ascii_only: object) -> None:
    body = json.dumps(value, ensure_ascii=bool(ascii_only)).encode("utf-8", "replace")
    expected = parse_body(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_leaves, "LARGE_BYTES", 0)
        patch.setattr(json_leaves, "FAR_BYTES", 9)
        found = parse_body(body)
    assert [(leaf.kind, leaf.value, leaf.start, leaf.end) for leaf in found] == [
        (leaf.kind, leaf.value, leaf.start, leaf.end) for leaf in expected
    ]
    far = [leaf for leaf in found if isinstance(leaf, FarLeaf)]
    assert all(leaf.length == len(leaf.value) for leaf in far)
    assert all(leaf.end - leaf.start <= 66 for leaf in found if leaf.kind is Kind.STRING and leaf not in far)


@given(ALMOST_JSON)
@example("\xe9")
def test_bytes_are_refused_as_the_text_that_they_are(text: str) -> None:
    expected = found = ""
    try:
        parse_leaves(text)
    except WireError as error:
        expected = str(error)
    try:
        parse_body(text.encode())
    except WireError as error:
        found = str(error)
    assert found == expected


@given(st.text(max_size=40))
def test_errors_show_nothing_of_the_document(text: str) -> None:
    """A message names what is wrong, never what stands there."""
    secret = "kq9zx7"
    with pytest.raises(WireError) as caught:
        parse_leaves(f'{{"{secret}": "{secret}" {secret} {text}')
    assert secret not in str(caught.value)


def test_duplicate_keys_are_all_visited() -> None:
    """A server may take either; so both are seen."""
    leaves = parse_leaves('{"a": "first", "a": "second", "a": {"a": "third"}}')
    assert [leaf.value for leaf in leaves if leaf.kind is Kind.STRING] == ["first", "second", "third"]


def test_lone_surrogates_are_read_and_left_as_spelled() -> None:
    document = '["\\ud83d", "\\ude00 x", "\\ud83d\\ude00", "\\ud800\\ud83d\\ude00"]'
    leaves = parse_leaves(document)
    assert [leaf.value for leaf in leaves] == ["\ud83d", "\ude00 x", "😀", "\ud800😀"]
    edited = edit_literal(document, leaves[1], [(2, 3, "y")])
    assert edited == '"\\ude00 y"'


@pytest.mark.parametrize("mark", ["NaN", "Infinity", "-Infinity"])
def test_the_numbers_that_python_servers_accept_are_accepted(mark: str) -> None:
    assert parse_leaves(f'{{"a": {mark}, "b": "x"}}')[-1].value == "x"


def test_control_characters_in_strings_hide_nothing() -> None:
    assert parse_leaves('["a\n\x00b"]')[0].value == "a\n\x00b"


def test_a_byte_order_mark_counts_in_offsets() -> None:
    document = decode_document(b'\xef\xbb\xbf["a"]')
    (leaf,) = parse_leaves(document)
    assert document[leaf.start : leaf.end] == '"a"'


@pytest.mark.parametrize(
    "body", [b"\xff", b'"\xc3"', b'["\xed\xa0\x80"]', '"é"'.encode("latin-1"), "{}".encode("utf-16")]
)
def test_only_utf_8_is_json(body: bytes) -> None:
    with pytest.raises(WireError):
        parse_leaves(decode_document(body))
    with pytest.raises(WireError, match="not valid UTF-8"):
        parse_body(body)


def test_numbers_are_leaves_from_seven_digits_on() -> None:
    """Shorter ones identify nobody; without `numbers` none is one."""
    document = '{"a": 123456, "b": 1234567, "c": -1.5e300}'
    assert [leaf.value for leaf in parse_leaves(document) if leaf.kind is Kind.NUMBER] == ["1234567", "-1.5e300"]
    assert not [leaf for leaf in parse_leaves(document, numbers=False) if leaf.kind is Kind.NUMBER]


# -- bounds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_nesting_is_accepted_up_to_the_limit(opening: str, closing: str) -> None:
    deepest = opening * MAX_DEPTH + '"x"' + closing * MAX_DEPTH
    assert parse_leaves(deepest)[-1].value == "x"
    with pytest.raises(WireError, match=f"deeper than {MAX_DEPTH}"):
        parse_leaves(opening + deepest + closing)


@pytest.mark.parametrize("unit", ["[", '{"a":', "[1,", "[[],", '["x",{"k":'])
def test_a_megabyte_of_nesting_is_refused_at_the_limit(unit: str) -> None:
    with pytest.raises(WireError, match="deeper than"):
        parse_leaves(unit * (2**20 // len(unit)))


def test_a_megabyte_of_siblings_is_fine() -> None:
    assert parse_leaves("[" + "[]," * 300_000 + '"x"]')[-1].value == "x"


# -- place and members -------------------------------------------------------------------------------------------------


def test_a_place_shows_plain_names_and_indices_only() -> None:
    document = '{"messages": [{"content": "a", "anna@example.org": ["b"]}], "x y": "c"}'
    places = [leaf.place() for leaf in parse_leaves(document) if leaf.kind is Kind.STRING]
    assert places == ["messages[0].content", "messages[0].?[0]", "?"]
    assert all("anna" not in repr(leaf) for leaf in parse_leaves(document))


def test_containers_know_the_short_scalars_of_their_members() -> None:
    document = json.dumps({"type": "text", "n": 5, "yes": True, "no": None, "long": "x" * 500, "inner": {}, "list": []})
    frame = parse_leaves(document)[0].parent
    assert frame is not None
    assert frame.members == {
        "type": "text", "n": "5", "yes": "true", "no": "null", "long": None, "inner": None, "list": None
    }  # fmt: skip


# -- editing -----------------------------------------------------------------------------------------------------------

SPELLINGS = st.lists(
    st.text(st.characters(blacklist_characters='"\\', blacklist_categories=["Cs"]), max_size=4)
    | st.sampled_from(['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u00e9", "\\u0041", "\\u0000"])
    | st.sampled_from(["\\ud83d\\ude00", "\\uD83D\\uDE00", "\\ud83d", "\\ude00", "😀", "\\ud83d\\u0041"]),
    max_size=8,
).map(lambda parts: '"' + "".join(parts) + '"')


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    literal = draw(SPELLINGS)
    size = len(json.loads(literal, strict=False))
    bounds = sorted(draw(st.lists(st.integers(0, size), max_size=6)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return literal, [(start, end, draw(TEXTS)) for start, end in pairs]


@given(edited())
def test_editing_a_literal_edits_the_string_it_spells(case: tuple[str, list[tuple[int, int, str]]]) -> None:
    """Offsets count decoded code points, whatever escapes spell them, a pair of surrogates being one."""
    literal, edits = case
    document = f'  {{"k": {literal} }}'
    leaf = parse_leaves(document)[-1]
    new = edit_literal(document, leaf, edits)
    # Halves of a pair that an edit brings together are joined by every reader; compare as UTF-16 does.
    assert _units(json.loads(new, strict=False)) == _units(splice(leaf.value, edits))
    new.encode("utf-8")


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@given(SPELLINGS)
def test_what_an_edit_does_not_touch_keeps_its_spelling(literal: str) -> None:
    leaf = parse_leaves(literal)[0]
    assert edit_literal(literal, leaf, []) == literal
    assert edit_literal(literal, leaf, [(0, 0, "<")]) == '"<' + literal[1:]
    assert edit_literal(literal, leaf, [(len(leaf.value), len(leaf.value), ">")]) == literal[:-1] + '>"'


def test_an_edited_number_becomes_a_string() -> None:
    document = '{"card": 4111111111111111}'
    leaf = parse_leaves(document)[-1]
    assert edit_literal(document, leaf, [(0, 16, "[T]")]) == '"[T]"'


@given(VALUES, st.data())
def test_splicing_leaves_every_other_byte(value: Any, data: st.DataObject) -> None:
    """Changed leaves change; all that stands around them is the same."""
    document = json.dumps(value, indent=1)
    leaves = strings(parse_leaves(document))
    chosen = [leaf for leaf in leaves if data.draw(st.booleans())]
    new = splice(document, [(leaf.start, leaf.end, '"*"') for leaf in chosen])
    pieces, at = [], 0
    for leaf in chosen:
        pieces.append(document[at : leaf.start])
        at = leaf.end
    assert new == '"*"'.join([*pieces, document[at:]])
    assert splice(document, []) == document


def test_splicing_refuses_what_overlaps() -> None:
    with pytest.raises(ValueError, match="overlap"):
        splice("abcdef", [(0, 3, ""), (2, 4, "")])


@given(st.text(st.characters(), max_size=30))
def test_escaping_is_undone_by_reading(text: str) -> None:
    literal = f'"{escape(text)}"'
    literal.encode("utf-8")
    assert _units(json.loads(literal)) == _units(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{}", True), (' [1]\n"', False), ("\t[1]\r\n ", True), ("{]", False), ("{", False), ("", False), ("[PII]", True)],
)
def test_only_objects_and_arrays_are_opened(text: str, expected: object) -> None:
    assert looks_like_json(text) is expected


def test_the_number_of_leaves_has_a_limit() -> None:
    document = json.dumps([{"key": "text"}] * 50)
    assert len(parse_leaves(document, limit=100)) == 100
    with pytest.raises(TooLarge, match="limit is 90"):
        parse_leaves(document, limit=90)
