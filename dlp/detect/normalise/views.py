"""Short extra texts around what is encoded or oddly laid out: which a text can have, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

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


@dataclass(frozen=True, slots=True)
class _Step:
    """A rewriting that makes views of one kind."""

    kind: str
    traits: int
    """A text that has such a view shows one of these, of `dlp.detect.traits`."""
    may_be: Callable[[str], object]
    """Whether a text that shows one can have such a view."""
    edits: Callable[[Surroundings], list[Edit]]


def _step(kind: str, shown: int, may_be: Callable[[str], object], edits: Callable[[str], list[Edit]]) -> _Step:
    """One for which the text alone is needed."""
    return _Step(kind, shown, may_be, lambda around: edits(around.text))


def _always(_text: str) -> bool:
    return True


_STEPS = (
    _step("nested escapes", traits.ESCAPED, lambda t: "\\" in t and ESCAPE.search(t), escapes),
    _step("percent-encoded", traits.ESCAPED, lambda t: "%" in t and encodings.PERCENT.search(t), encodings.percent),
    _step("HTML entities", traits.ESCAPED, lambda t: "&" in t and ";" in t, encodings.entities),
    _step("HTML tags", traits.ESCAPED, lambda t: "<" in t and ("</" in t or "<wbr" in t), encodings.tags),
    _step(
        "quoted-printable",
        traits.ESCAPED,
        lambda t: "=" in t and encodings.QP_TRAIT.search(t),
        encodings.quoted_printable,
    ),
    _step("string literals joined", traits.GLUED, layout.GLUE_TRAIT.search, layout.concatenated),
    _step("wrapped lines", traits.WRAPPED, lambda t: any(sign in t for sign in _WRAPS), layout.wrapped),
    _step("wrapped digits", traits.WRAPPED_DIGITS, digits.WRAPPED.search, digits.wrapped),
    _step("wrapped tokens", traits.WRAPPED_TOKEN, lambda t: "\n" in t, layout.broken),
    _step("control characters", traits.CONTROL, _always, layout.controls),
    _step("spaced letters", traits.SPACED_LETTERS, _always, layout.spaced_out),
    _step("hex pairs", traits.HEX_PAIRS, lambda t: any(sign in t for sign in _HEX_SIGNS), encodings.hex_pairs),
    _Step("regrouped digits", traits.SPACED | traits.GROUPED, _always, digits.regrouped),
    _step("look-alike digits", traits.LOOK_ALIKE, _always, digits.look_alikes),
)
_ANY = reduce(or_, (step.traits for step in _STEPS))


@cache
def _steps_of(shown: int) -> tuple[_Step, ...]:
    """The steps that a text with these traits, all of `_ANY`, may need."""
    return tuple(step for step in _STEPS if step.traits & shown)


def views(around: Surroundings) -> Iterator[View]:
    """The extra texts of a `plain` text, made plain too. See the module."""
    for view in _views(around):
        changed, offsets = plain(view.text)
        if offsets is not None:  # what was encoded was written oddly as well
            yield View(changed, ComposedMap(offsets, view.offsets), ((0, len(changed)),), view.kind)
        elif changed is not view.text:
            yield View(changed, view.offsets, view.decoded, view.kind)
        else:
            yield view


def _views(around: Surroundings) -> Iterator[View]:
    text, shown = around.text, around.traits
    if "\x85" in text:  # a control character that traits don't show, for they are read off ASCII
        shown |= traits.CONTROL
    for step in _steps_of(shown & _ANY):
        if step.may_be(text) and (found := step.edits(around)):
            yield from _windows(text, found, step.kind)
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
