"""Short extra texts around what is encoded or oddly laid out: which a text can have, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dlp.detect import traits
from dlp.detect.context import Surroundings
from dlp.detect.normalise import digits, encodings, layout
from dlp.detect.normalise.folding import ESCAPE, escapes, fold, plain
from dlp.detect.normalise.offsets import ComposedMap, Edit, View, rewrite

AROUND = 90
"""Characters of plain text kept on either side of something decoded, as context."""
MAX_DEPTH = 3
MAX_VIEWS = 4000


def _windows(text: str, edits: Sequence[Edit], kind: str) -> Iterator[View]:
    """One view for every stretch of edits that stand near each other."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit[0] - group[-1][1] > 2 * AROUND:
            yield _window(text, group, kind)
            group = []
        if not group or edit[0] >= group[-1][1]:
            group.append(edit)
    if group:
        yield _window(text, group, kind)


def _window(text: str, edits: Sequence[Edit], kind: str) -> View:
    low = max(0, edits[0][0] - AROUND)
    high = min(len(text), edits[-1][1] + AROUND)
    while low > 0 and low > edits[0][0] - 2 * AROUND and text[low - 1].isalnum():  # not inside a word
        low -= 1
    while high < len(text) and high < edits[-1][1] + 2 * AROUND and text[high].isalnum():
        high += 1
    changed, offsets, replaced = rewrite(text, edits, low, high)
    if any(not edit[2] for edit in edits):  # something was removed: what closed up around it counts as decoded
        replaced = [(0, len(changed))]
    return View(changed, offsets, tuple(replaced), kind)


_WRAPS = ("-\n", "@\n", "_\n", "\n@", "\n.", "-\r\n", "\\\n", "\\\r\n")
_HEX_SIGNS = ("40 ", "20 ", "40:", "20:")
"""A blank or `@` in hexadecimal digits."""

_STEPS: tuple[tuple[str, Callable[[str, int], object], Callable[[str, int], list[Edit]]], ...] = (
    ("nested escapes", lambda t, _: "\\" in t and ESCAPE.search(t), lambda t, _: escapes(t)),
    ("percent-encoded", lambda t, _: "%" in t and encodings.PERCENT.search(t), lambda t, _: encodings.percent(t)),
    ("HTML entities", lambda t, _: "&" in t and ";" in t, lambda t, _: encodings.entities(t)),
    ("HTML tags", lambda t, _: "<" in t and ("</" in t or "<wbr" in t), lambda t, _: encodings.tags(t)),
    (
        "quoted-printable",
        lambda t, _: "=" in t and encodings.QP_TRAIT.search(t),
        lambda t, _: encodings.quoted_printable(t),
    ),
    (
        "string literals joined",
        lambda t, shown: shown & traits.GLUED and layout.GLUE_TRAIT.search(t),
        lambda t, _: layout.concatenated(t),
    ),
    (
        "wrapped lines",
        lambda t, shown: shown & traits.WRAPPED and any(sign in t for sign in _WRAPS),
        lambda t, _: layout.wrapped(t),
    ),
    (
        "wrapped digits",
        lambda t, shown: shown & traits.WRAPPED_DIGITS and digits.WRAPPED.search(t),
        lambda t, _: digits.wrapped(t),
    ),
    ("wrapped tokens", lambda t, shown: shown & traits.WRAPPED_TOKEN and "\n" in t, lambda t, _: layout.broken(t)),
    ("control characters", lambda t, shown: shown & traits.CONTROL or "\x85" in t, lambda t, _: layout.controls(t)),
    ("spaced letters", lambda _, shown: shown & traits.SPACED_LETTERS, lambda t, _: layout.spaced_out(t)),
    (
        "hex pairs",
        lambda t, shown: shown & traits.HEX_PAIRS and any(sign in t for sign in _HEX_SIGNS),
        lambda t, _: encodings.hex_pairs(t),
    ),
    ("regrouped digits", lambda _, shown: shown & (traits.SPACED | traits.GROUPED), digits.regrouped),
    ("look-alike digits", lambda _, shown: shown & traits.LOOK_ALIKE, lambda t, _: digits.look_alikes(t)),
)
"""Kind of view, whether a text with these traits can have one, and the rewriting."""


def views(text: str, around: Surroundings) -> Iterator[View]:
    """The extra texts of a `plain` text, of which `around` knows the words and traits, made plain too. See the module."""
    for view in _views(text, around):
        changed, offsets = plain(view.text)
        if offsets is not None:  # what was encoded was written oddly as well
            yield View(changed, ComposedMap(offsets, view.offsets), ((0, len(changed)),), view.kind)
        elif changed is not view.text:
            yield View(changed, view.offsets, view.decoded, view.kind)
        else:
            yield view


def _views(text: str, around: Surroundings) -> Iterator[View]:
    shown = around.traits
    for kind, shows, edits in _STEPS:
        if shows(text, shown):
            found = edits(text, shown)
            if found:
                yield from _windows(text, found, kind)
    yield from _windows(text, digits.spelt(text, around.words), "spelt-out digits")
    if not shown & traits.ENCODED:
        return
    for low, high in _long_runs(text):
        if encodings.MAY_BE_ENCODED.search(text, low, high) is None:
            continue
        for start, end, decoded in encodings.from_base64(text, low, high):
            yield _encoded(text, start, end, decoded, "base64")
        for start, end, decoded in encodings.from_hex(text, low, high):
            yield _encoded(text, start, end, decoded, "hex")


_LONG = 20


def _long_runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of words of `_LONG` characters and more with nothing but blanks between them."""
    begin, end = -1, 0
    for word in [word for word in text.split() if len(word) >= _LONG]:
        at = text.find(word, end)  # what stands before it in the text and isn't long can't hold it
        if begin < 0:
            begin = at
        elif not text[end:at].isspace():
            yield begin, end
            begin = at
        end = at + len(word)
    if begin >= 0:
        yield begin, end


def _encoded(text: str, start: int, end: int, decoded: str, kind: str) -> View:
    low = max(0, start - AROUND)
    changed, offsets, replaced = rewrite(text, [(start, end, fold(decoded))], low, end)
    return View(changed, offsets, tuple(replaced), kind)
