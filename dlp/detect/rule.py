"""A rule: the shape of one identifier, how to check it, which words speak for it, and the evidence that it works.

Rules are data. A value is found by its *formats* (see `dlp.detect.shapes` for the little language), narrowed by
`pattern`, checked by `check`, and weighed by where it stands:

* `score` is what a value earns on its own, anywhere in a text;
* `in_context` is what it earns beside one of its context words (or under such a header, or as the value of such a key);
* `alone` is what it earns when the text is nothing but the value: there is no sentence around it that could make it
  innocent, and a bare identifier is how JSON leaves and chat answers carry them.

A failed check rejects the value whatever stands beside it. A check that held makes the finding *validated* when
`strong` says that the check is hard to pass by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One identifier. Instances live in `dlp.detect.rules.*`; adding one there is all it takes."""

    id: str
    entity_type: str
    formats: tuple[str, ...]
    """`9` digit, `A` letter, `*` either, `_` an optional separator (the same throughout), others as they stand."""
    pattern: str | None = None
    """What the compact, upper-case value must match as a whole."""
    check: Check | None = None
    """Called with the compact, upper-case value; False rejects."""
    strong: bool = True
    """Whether a held `check` makes the finding validated; False for checks that one random value in ten passes."""
    context: tuple[str, ...] = ()
    """Context words in lower case; a trailing `*` takes any ending (`steuer*`)."""
    reach: int = 70
    """How far away (characters of words) a context word may stand."""
    against: tuple[str, ...] = ()
    """Words that speak against the value when they stand nearer than any context word (`order`, `version`)."""
    score: float = 0.0
    in_context: float = 0.85
    alone: float = 0.0
    separators: str = " -."
    """What `_` may stand for."""
    upper: bool = False
    """Letters must be upper case unless a context word stands near."""
    source: str = ""
    """Where the format and its check digit are described."""
    matches: tuple[str, ...] = ()
    """Values that must be found beside the first context word."""
    rejects: Mapping[str, str] = field(default_factory=dict)
    """Reason -> near miss that must not be found as this entity, even beside the context word."""

    def compiled(self) -> re.Pattern[str] | None:
        return re.compile(self.pattern) if self.pattern is not None else None
