"""A rule is a value with its evidence: what a credential of one issuer looks like, who says so, and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

from dlp.detect.secrets.shapes import longest, shape_pattern, split_template, template_pattern

NO_REJECTS: Final[Mapping[str, str]] = MappingProxyType({})
PUBLIC: Final = "public knowledge of the format"
"""Source of a format that the issuer shows in its documentation or console without describing it."""

Validator = Callable[[str], bool | None]
"""True: a checksum or an equally strong check held; False: this can't be one; None: can't tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One credential format.

    A rule with `words` is a *neighbour* rule: its pattern is a bare shape (forty hexadecimal digits) that means
    nothing alone and counts only with one of the words close before it. Every other rule is a *format* rule: its
    pattern holds one of the literals `keywords`, and is tried only around them; without keywords it is tried on every
    string that has digits among letters and sixteen characters at least.
    """

    id: str
    """Unique, kebab-case, issuer first: `stripe-secret-key`."""
    issuer: str
    """Who gives out such credentials, as people write it: `Stripe`."""
    pattern: str
    """Regular expression, bounded, matched with regard to case. A group `secret`, where there is one, is the span;
    else the whole match is."""
    source: str
    """Where the format is known from."""
    entity_type: str = "API_KEY"
    keywords: tuple[str, ...] = ()
    """Lower-case literals, one of which every match holds; three characters at least."""
    words: tuple[str, ...] = ()
    """Lower-case names of the issuer and its products as they appear in identifiers and prose."""
    lead: int = 0
    """How many characters a match may begin before its keyword."""
    phrase: bool = False
    """True when there may be blanks between the begin of a match and its keyword."""
    behind: bool = False
    """True when the keyword stands right before the match (a lookbehind) instead of inside."""
    min_entropy: float = 0.0
    """Least Shannon entropy of the span, bits per character."""
    validator: Validator | None = None
    """Looks at the span's text."""
    score: float = 0.95
    placeholders: bool = False
    """True when text that looks like a placeholder is still this secret."""
    matches: tuple[str, ...] = ()
    """Templates (see `shapes`) in which the rule finds something. A span marked `«…»` is exactly what is found; without
    marks it is the whole."""
    rejects: Mapping[str, str] = field(default_factory=lambda: NO_REJECTS)
    """Why -> template in which the rule finds nothing."""


def prefixed(
    id: str,
    issuer: str,
    template: str,
    source: str = PUBLIC,
    *,
    entity_type: str = "API_KEY",
    keyword: str = "",
    min_entropy: float = 2.0,
    validator: Validator | None = None,
    score: float = 0.95,
    tail: str = "",
    loose: bool = False,
) -> Rule:
    """A format rule from a template that begins with what makes it recognisable: `ghp_{alnum36}`.

    Args:
        tail: A further regular expression behind the template, e.g. an optional checksum.
        loose: The beginning is too short to look for; the shape is tried on every random-looking string instead.
        keyword: The literal to look for when the text before the first hole is not it.
    """
    literal = keyword or template.split("{", 1)[0].lower()
    lead = _width(template[: template.lower().index(literal)])
    last = template.rsplit("{", 1)[1].partition("}")
    guard = "" if tail or last[2] else _right_guard(last[0])
    return Rule(
        id=id,
        issuer=issuer,
        pattern=template_pattern(template) + tail + guard,
        source=source,
        entity_type=entity_type,
        keywords=() if loose else (literal,),
        lead=0 if loose else lead,
        min_entropy=min_entropy,
        validator=validator,
        score=score,
        matches=(template,),
        rejects={"placeholder": template.split("{", 1)[0] + "x" * 40, "too short": template.split("{", 1)[0] + "a1"},
    )


def _width(template: str) -> int:
    """The most characters that a match of the template can have."""
    return sum(longest(part) if k % 2 else len(part) for k, part in enumerate(split_template(template)))


def _right_guard(shape: str) -> str:
    """A token of fixed length must end where its characters end; one of open length takes what it can."""
    if shape == "uuid":
        return r"(?![0-9a-fA-F-])"
    return "" if "-" in shape else r"(?![A-Za-z0-9])"


@cache
def _any_of(shapes: str) -> str:
    return "|".join(dict.fromkeys(template_pattern(k) if "{" in k else shape_pattern(k) for k in shapes.split()))


def worded(id: str, issuer: str, words: str, shapes: str, source: str = PUBLIC, *, tried: slice = slice(None)) -> Rule:
    """A neighbour rule: an issuer's words and the shapes of what it gives out, both separated by blanks.

    Args:
        tried: The shapes that `matches` are made of.
    """
    names = tuple(words.split())
    first = names[0]
    return Rule(
        id=id,
        issuer=issuer,
        pattern=_any_of(shapes),
        source=source,
        entity_type="API_KEY",
        words=names,
        score=0.8,
        matches=tuple(f"{first}_api_key = '«{k if '{' in k else '{' + k + '}'}»'" for k in shapes.split()[tried]),
        rejects={
            "no value": f"{first}_api_key = ''",
            "a placeholder": f"{first}_api_key = '<your {first} key>'",
            "read from the environment": f"{first}_api_key = os.environ['{first.upper()}_API_KEY']",
        },
    )
