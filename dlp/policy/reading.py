"""The kinds of value that a file of ours may hold, read out of its tree with every mistake noted.

A `Reader` always gives back something of the right type, so that one mistake doesn't hide the next; what it gave back is used
only when nothing was wrong. Each mistake is one line: file, line, key path, what was found, what was expected, and the nearest
name where a name was meant. Terms of lists may be what a policy protects, so no message repeats them.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from dlp.errors import PolicyError
from dlp.policy import document
from dlp.printable import printable

MAX_PROBLEMS = 100
"""Mistakes reported one by one; what is beyond is counted."""
MAX_TERM_LENGTH = 500
"""Characters of one allow or deny term."""
MAX_LIST_BYTES = 4 * 2**20
"""A file of terms."""
_MAX_LISTED = 24
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value and the path that messages use."""

    key: str
    place: str
    key_node: document.Node
    value: document.Node


class Reader:
    """Reads values out of a tree and collects the mistakes.

    Args:
        source: How messages name the file that is read; the nodes of a policy that extends others name their own.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._problems: list[tuple[str, int, str]] = []
        self._more = 0
        self.folders: dict[str, Path] = {}
        """Name of a file in messages -> its folder, where the lists that it names lie."""
        self.files: list[Path] = []
        """What was read beside the tree."""

    def raise_problems(self) -> None:
        """Raise `PolicyError` if there was a mistake."""
        if not self._problems:
            return
        lines = [f"{source}:{line}: {message}" for source, line, message in sorted(self._problems, key=self._order)]
        if self._more:
            lines.append(f"{self._source}: ... and {self._more} more mistakes")
        raise PolicyError(lines)

    def _order(self, problem: tuple[str, int, str]) -> tuple[bool, str, int]:
        return problem[0] != self._source, problem[0], problem[1]

    def _mapping(self, node: document.Node, place: str, known: Collection[str] | None = None) -> dict[str, Entry]:
        """The keys of a mapping; unknown ones (when `known` is given) and repeated ones are mistakes."""
        entries: dict[str, Entry] = {}
        if not isinstance(node, document.Mapping):
            if not (isinstance(node, document.Scalar) and node.is_null and place):
                self._wrong(node, place, f"expected a mapping ('key: value' lines), found {document.describe(node)}")
            return entries
        for key_node, value in node.pairs:
            if not isinstance(key_node, document.Scalar):
                self._wrong(key_node, place, f"expected a plain key, found {document.describe(key_node)}")
                continue
            key = key_node.text
            shown = printable(key, 80) or "''"
            entry = Entry(key, f"{place}.{shown}" if place else shown, key_node, value)
            if key in entries:
                self._wrong(key_node, entry.place, f"stands twice, first on line {entries[key].key_node.line}")
                continue
            entries[key] = entry
            if known is not None:
                self._known_key(entry, known)
        return entries

    def _known_key(self, entry: Entry, known: Collection[str]) -> None:
        if entry.key in known:
            return
        if not self._may_report:
            self._more += 1
            return
        hint = nearest(entry.key, known)
        self._wrong(
            entry.key_node, entry.place, f"unknown key '{printable(entry.key)}'; expected {either(known)}{hint}"
        )

    def _items(self, node: document.Node, place: str, what: str, limit: int) -> list[document.Node]:
        if isinstance(node, document.Sequence):
            if len(node.items) > limit:
                self._wrong(node, place, f"{len(node.items)} {what}, limit is {limit}")
            return node.items[:limit]
        if not (isinstance(node, document.Scalar) and node.is_null):
            self._wrong(node, place, f"expected a list of {what}, found {document.describe(node)}")
        return []

    def _terms(self, entry: Entry | None, *, empty_allowed: bool = True) -> tuple[str, ...]:
        """A list of words; `{file: PATH}`, among them or in its place, stands for the lines of a file.

        Messages give the place alone: a deny list is often itself confidential.
        """
        if entry is None:
            return ()
        if isinstance(entry.value, document.Mapping):
            return self._terms_of_file(entry.value, entry.place)
        terms: list[str] = []
        items = self._items(entry.value, entry.place, "terms", document.MAX_NODES)
        if not items and not empty_allowed and isinstance(entry.value, document.Sequence):
            self._wrong(entry.value, entry.place, "an empty list; expected at least one term")
        for index, item in enumerate(items):
            place = f"{entry.place}[{index}]"
            if isinstance(item, document.Mapping):
                terms += self._terms_of_file(item, place)
            elif not isinstance(item, document.Scalar) or item.is_null:
                self._wrong(item, place, f"expected a term, found {document.describe(item)}")
            elif not item.text.strip():
                self._wrong(item, place, "an empty term, which would match everywhere")
            elif len(item.text) > MAX_TERM_LENGTH:
                self._wrong(item, place, f"a term of {len(item.text)} characters, limit is {MAX_TERM_LENGTH}")
            else:
                terms.append(item.text)
        return tuple(terms)

    def _terms_of_file(self, node: document.Mapping, place: str) -> tuple[str, ...]:
        """The lines of a file beside the policy, without empty ones and those that begin with `#`."""
        named = next(
            (value for key, value in node.pairs if isinstance(key, document.Scalar) and key.text == "file"), None
        )
        if named is None or len(node.pairs) > 1:  # its keys may be the terms themselves
            self._wrong(node, place, "expected a list of terms or {file: PATH}, found a mapping")
            return ()
        place = f"{place}.file"
        if (written := self._text(named, place)) is None:
            return ()
        path = self.folders.get(named.source, Path()) / written
        try:
            with path.open("rb") as file:
                content = file.read(MAX_LIST_BYTES + 1)
            lines = content.decode("utf-8-sig").splitlines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            self._wrong(named, place, f"'{printable(written)}' can't be read: {reason}")
            return ()
        self.files.append(path)
        terms = [term for line in lines if (term := line.strip()) and not term.startswith("#")]
        if len(content) > MAX_LIST_BYTES:
            self._wrong(named, place, f"a file above {MAX_LIST_BYTES} bytes")
        elif any(len(term) > MAX_TERM_LENGTH for term in terms):
            self._wrong(named, place, f"holds a term above {MAX_TERM_LENGTH} characters")
        return tuple(terms)

    def _words(self, entry: Entry | None, limit: int = 1000) -> list[tuple[document.Node, str, str]]:
        """Node, place and text of each word of a list, or of the one word that stands in its place."""
        if entry is None:
            return []
        if isinstance(entry.value, document.Scalar) and not entry.value.is_null:
            listed: list[tuple[document.Node, str]] = [(entry.value, entry.place)]
        else:
            items = self._items(entry.value, entry.place, "words", limit)
            if not items and isinstance(entry.value, document.Sequence):
                self._wrong(entry.value, entry.place, "an empty list")
            listed = [(item, f"{entry.place}[{index}]") for index, item in enumerate(items)]
        words = [(node, place, self._text(node, place)) for node, place in listed]
        return [(node, place, word) for node, place, word in words if word is not None]

    def _text(self, node: document.Node, place: str, limit: int | None = 200) -> str | None:
        if not isinstance(node, document.Scalar) or node.is_null or not node.text:
            found = (
                "an empty text" if isinstance(node, document.Scalar) and not node.is_null else document.describe(node)
            )
            self._wrong(node, place, f"expected text, found {found}")
            return None
        if limit is not None and len(node.text) > limit:
            self._wrong(node, place, f"text of {len(node.text)} characters, limit is {limit}")
            return None
        return node.text

    def _number(
        self, node: document.Node, place: str, lowest: float, highest: float, *, whole: bool = False, unit: str = ""
    ) -> float | None:
        number = node.value if isinstance(node, document.Scalar) else None
        usable = isinstance(number, int if whole else (int, float)) and not isinstance(number, bool)
        if not usable or not isinstance(number, (int, float)) or not lowest <= number <= highest:
            kind = "a whole number" if whole else "a number"
            tail = f" {unit}" if unit else ""
            self._wrong(node, place, f"{self._shown(node)} is not {kind} from {lowest:.10g} to {highest:.10g}{tail}")
            return None
        return number

    def _switch(self, entry: Entry | None, *, fallback: bool) -> bool:
        if entry is None:
            return fallback
        if isinstance(entry.value, document.Scalar) and isinstance(entry.value.value, bool):
            return entry.value.value
        self._wrong(entry.value, entry.place, f"{self._shown(entry.value)} is not true or false")
        return fallback

    def _choice(self, entry: Entry | None, choices: type[_E], what: str, fallback: _E) -> _E:
        if entry is None:
            return fallback
        node, words = entry.value, [str(choice) for choice in choices]
        if isinstance(node, document.Scalar) and node.text in words:
            return choices(node.text)
        if isinstance(node, document.Scalar) and not node.is_null:
            hint = nearest(node.text, words)
            self._wrong(node, entry.place, f"unknown {what} {self._shown(node)}; expected {either(words)}{hint}")
        else:
            self._wrong(node, entry.place, f"expected {either(words)}, found {document.describe(node)}")
        return fallback

    def _shown(self, node: document.Node) -> str:
        if isinstance(node, document.Scalar) and not node.is_null:
            return f"'{printable(node.text)}'"
        return document.describe(node)

    @property
    def _may_report(self) -> bool:
        """False once further mistakes are only counted; asked before looking for near names, which costs."""
        return len(self._problems) < MAX_PROBLEMS

    def _wrong(self, node: document.Node, place: str, message: str) -> None:
        if not self._may_report:
            self._more += 1
            return
        self._problems.append((node.source, node.line, f"{place}: {message}" if place else message))


def either(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`; only the first dozen of a long list."""
    listed = list(words)
    if len(listed) > _MAX_LISTED:
        listed = [*listed[:_MAX_LISTED], f"{len(listed) - _MAX_LISTED} more"]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`. Did you mean 'x'?`, or nothing when no name is near."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:60].casefold(), by_fold, n=1)
    return f". Did you mean '{by_fold[near[0]]}'?" if near else ""
