"""A name that announces a credential, and what was found to be assigned to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dlp.detect.secrets import names
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import is_opaque
from dlp.detect.secrets.values import Form

LONGEST_NAME: Final = 64
"""Characters of an identifier before its stem."""
BEFORE_FLAG: Final = frozenset(("", " ", "\t", "\n", "-", "(", "[", '"', "'"))
_KEYLIKE: Final = re.compile(r"(?i:key|auth|api|cred)")
_PARAMETER: Final = re.compile(r"[?&](?:key|auth|k|access)=([\w.~-]{16,256})")
_COOKIE: Final = re.compile(r"(?i:\bcookie)[\"']?\s{0,2}[:=(]")


@dataclass(frozen=True, slots=True)
class Assigned:
    """A value judged to be a credential."""

    start: int
    end: int
    kind: Kind
    name_start: int
    name_end: int
    form: Form


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier or label that announces a credential."""

    text: str
    start: int
    end: int
    kind: Kind
    flag: bool
    """It stands as a flag of a command: `--password`, `/pass`."""

    def holds(self, start: int, end: int, form: Form) -> Assigned:
        return Assigned(start, end, self.kind, self.start, self.end, form)


def name_start(text: str, at: int) -> int:
    """Where the identifier that goes on at `at` begins."""
    first = max(0, at - LONGEST_NAME)
    while at > first and (text[at - 1].isalnum() or text[at - 1] in "_.$@-"):
        at -= 1
    return at


_LETTERS_AT_END: Final = re.compile(r"[^\W\d_]+\Z")


def _label(text: str, start: int, end: int) -> str:
    """The name with the one or two words before it, which often qualify it: `api key`, `Activation key`."""
    line = text.rfind("\n", max(0, start - 24), start) + 1
    words = text[max(line, start - 24) : start].split(" ")
    if words[-1] or len(words) < 2:
        return text[start:end]
    before: list[str] = []
    for word in words[-3:-1]:
        tail = _LETTERS_AT_END.search(word)
        if tail is None or tail[0] != word:
            before.clear()  # what stands before a sign belongs to something else: `<dt>Parola chiave`
        if tail is not None:
            before.append(tail[0])
    return " ".join([*before, text[start:end]])


def kind_of_name(text: str, start: int, end: int) -> Kind:
    """What the identifier between `start` and `end` announces, with the words before it if there are any."""
    label = _label(text, start, end)
    kind, wider = names.classify(label.rpartition(" ")[2]), names.classify(label)
    # The words before decide both ways: an `activation key` is more than a key, a `cache key` is none.
    return wider if kind is Kind.WEAK else max(kind, wider)


def find_name(
    text: str, start: int, end: int, kind: Kind, has_issuer: Callable[[int, int], bool], *, flag: bool
) -> Name:
    """The identifier between `start` and `end` as a name.

    Args:
        kind: As `kind_of_name` has it: it announces something.
        has_issuer: Whether somebody who gives out keys is named between two offsets.
        flag: It stands as a flag of a command.
    """
    name = text[start:end]
    if kind is Kind.WEAK and (
        (_KEYLIKE.search(name) and has_issuer(max(0, start - 16), end))  # `dropbox_key`, "my Dropbox key"
        or ((query := _PARAMETER.match(text, start - 1)) and is_opaque(query[1]))
        or ("sess" in name.lower() and _COOKIE.search(text, max(0, start - LONGEST_NAME), start))
    ):
        kind = Kind.STRONG
    return Name(name, start, end, kind, flag)
