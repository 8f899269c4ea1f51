"""Bodies as texts that can be replaced: one class per kind, all with `texts` to read and `render` to write.

A body's `texts` are everything in it that a person may have written, in the order in which they build on each other. `render`
puts replacements in and leaves every other byte as it was. What can't be read raises `WireError`; nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from dlp.engine.media import read_text, write_text
from dlp.engine.text import Edit, apply_edits
from dlp.providers.rules import Treatment
from dlp.types import Finding, Role
from dlp.wire.json_leaves import FarLeaf


class Text:
    """One text of a body. `edits` is what is to be replaced in it, offsets in code points of `value`. `repr` shows no text."""

    __slots__ = ("_place", "_value", "context", "edits", "grows", "replayed", "role", "treatment")

    alternative = False
    """Another reading of bytes whose texts stand in the body as well: to be looked at, not to be changed."""

    def __init__(
        self,
        value: str | FarLeaf,
        *,
        context: str = "",
        place: str | Callable[[], str] = "body",
        treatment: Treatment = Treatment.TEXT,
        grows: bool = False,
        role: Role = Role.OTHER,
    ) -> None:
        self._value = value
        self.context = context
        """Names near the text that aren't part of it, such as its JSON key."""
        self._place = place
        self.treatment = treatment
        self.grows = grows
        """Part of a conversation that grows from turn to turn."""
        self.role = role
        self.edits: list[Edit] = []
        self.replayed = False
        """A text of the model's, with the edits that make it what the model said: not to be examined."""

    @property
    def place(self) -> str:
        """Where it stands, for messages: names and indices only."""
        if not isinstance(self._place, str):
            self._place = self._place()
        return self._place

    @property
    def value(self) -> str:
        """The text. A long one of a large document is read from that each time (`FarLeaf`): ask once for a loop."""
        return self._value if isinstance(self._value, str) else self._value.value

    @property
    def length(self) -> int:
        """Code points of the text."""
        return len(self._value) if isinstance(self._value, str) else self._value.length

    def shows(self, finding: Finding) -> bool:
        """Whether a finding in this text counts."""
        return True

    def __repr__(self) -> str:
        return f"<Text of {self.length} characters at {self.place}>"


class Portion(Protocol):
    """Texts of a body that are examined and written together, and then forgotten."""

    @property
    def texts(self) -> Sequence[Text]: ...

    def write(self) -> None:
        """Make the edits, and keep for `Body.render` what has come of them."""
        ...

    @property
    def written(self) -> Sequence[Text]:
        """The texts around which `write` has written something."""
        ...

    def reread(self) -> Iterable[str]:
        """What those texts are, read from what has been written.

        Raises:
            WireError: There is something else, or more than them.
        """
        ...


class Body(Protocol):
    """A decoded request body."""

    @property
    def texts(self) -> Sequence[Text]:
        """Those that are there all the time; a long file has `portions` besides."""
        ...

    def portions(self) -> Iterable[Portion]:
        """Further texts, of which only one portion at a time is in memory: to be taken once, and in order."""
        ...

    @property
    def model(self) -> str | None:
        """The model that the body names, for audit."""
        ...

    @property
    def media(self) -> Mapping[str, int]:
        """Kinds of what can't be read and may pass as the policy says (pictures, sound, documents), and how many of each.

        Those of portions count when these have been taken.
        """
        ...

    def render(self) -> bytes:
        """The body with every text's `edits` made, and what portions have written in its place."""
        ...


class PlainBody:
    """Text without structure."""

    model = None
    media: Mapping[str, int] = {}

    def __init__(self, raw: bytes, *, place: str = "body", context: str = "") -> None:
        text, self._codec = read_text(raw, place)
        self._text = Text(text, place=place, context=context)
        self.texts = [self._text]

    def portions(self) -> tuple[()]:
        return ()

    def render(self) -> bytes:
        return write_text(apply_edits(self._text.value, self._text.edits), self._codec, self._text.place)
