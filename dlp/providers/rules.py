"""Which leaf of a body is text, which is structure: path patterns, compiled once, asked per leaf.

The default is to *examine*: a field that no rule names is text. Rules name the exceptions (structure, signatures, media) and
the places where anything may stand (tool arguments), first match wins.

Pattern language, matched against a leaf's way down from the root:

    messages[*].content[*]<text>.text    members by name, any array element, only objects labelled `text`
    tools[*].**.description              `**` is any number of steps, also none
    {system,systemInstruction}.*         `{a,b}` alternatives, `*` any run of characters in one name

An object's labels are its `type` member, plus `signed` when it carries a provider's signature, and `readable`
when its media type says that base64 data next to it is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from dlp.wire.json_leaves import Frame, Kind, Leaf


class Treatment(Enum):
    """What is done with a leaf of a request (and, inverted, of an answer)."""

    TEXT = "text"
    """Examined and masked; restored in answers. Strings that hold JSON are opened."""
    DATA = "data"
    """As TEXT, and so are the numbers and object keys: free-form data, such as tool arguments."""
    KEEP = "keep"
    """Never examined, never altered: signatures, media, provider ids, schema keywords."""
    LABEL = "label"
    """Structure as long as it looks like it (an identifier); otherwise TEXT."""
    URL = "url"
    """Examined but not changed: the provider fetches it, so a token would break it."""
    SLUG = "slug"
    """Examined; only `[A-Za-z0-9_-]` is accepted there, so tokens take their bare form."""
    BASE64 = "base64"
    """Text in base64: decoded, examined, encoded again."""
    DASHED = "dashed"
    """Examined; letters, digits, hyphens and brackets only (Bedrock document names)."""


Rule = tuple[str, Treatment]

_SIGNATURES = ("signature", "thoughtSignature", "thought_signature", "encrypted_content", "encryptedContent")
_MEDIA_TYPE = ("mimeType", "mime_type", "media_type", "mediaType", "format")
_READABLE = re.compile(r"text/|application/(?:json|xml|yaml|x-yaml|x-ndjson|jsonl|csv)|(?:txt|md|csv|html|json|xml)\Z", re.IGNORECASE)
_LABEL = re.compile(r"[\w./-]{1,64}\Z", re.ASCII)
_PLAIN_KEY = re.compile(r"[\w$-]{1,64}\Z", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][\w.:/+=~|-]{0,255}\Z", re.ASCII)
_SNAKE = re.compile(r"_([a-z])")
_CACHE_SIZE = 8192


class RuleSet:
    """An ordered list of rules.

    Args:
        rules: `(pattern, treatment)`, first match wins.
        default: For a leaf that no rule names.
        camel: Compare member names in camelCase; proto3 JSON accepts both spellings.
    """

    def __init__(self, rules: Iterable[Rule], *, default: Treatment = Treatment.TEXT, camel: bool = False) -> None:
        self._rules = [(_compile(pattern), treatment) for pattern, treatment in rules]
        self._default = default
        self._camel = camel
        self._lookup = lru_cache(maxsize=_CACHE_SIZE)(self._match)

    def treatment(self, leaf: Leaf) -> Treatment:
        """The treatment of one leaf. A leaf's document must be asked by one rule set only (the way up is cached)."""
        found = self._lookup(self.signature(leaf))
        if found is Treatment.LABEL:
            return Treatment.KEEP if leaf.kind is not Kind.STRING or _IDENTIFIER.match(leaf.value) else Treatment.TEXT
        return found

    def signature(self, leaf: Leaf) -> str:
        """The way down to a leaf as patterns see it, for example `$.messages[*].content[*]<text>.text`."""
        if leaf.parent is None:
            return "$"
        return self._shape(leaf.parent) + self._step(leaf.parent, leaf.key)

    def _match(self, signature: str) -> Treatment:
        for pattern, treatment in self._rules:
            if pattern.fullmatch(signature):
                return treatment
        return self._default

    def _shape(self, frame: Frame) -> str:
        chain = []
        step: Frame | None = frame
        while step is not None and step.shape is None:
            chain.append(step)
            step = step.parent
        for step in reversed(chain):
            parent = step.parent
            above = "$" if parent is None else (parent.shape or "") + self._step(parent, step.key)
            step.shape = above + _labels(step)
        return frame.shape or "$"

    def _step(self, parent: Frame, key: str | int) -> str:
        if parent.is_array:
            return "[*]"
        name = str(key)
        if not _PLAIN_KEY.match(name):
            return ".?"  # a hostile name must not be able to spell a path
        if self._camel and "_" in name:
            name = _SNAKE.sub(lambda match: match.group(1).upper(), name)
        return "." + name


def _labels(frame: Frame) -> str:
    members = frame.members
    if frame.is_array or not members:
        return ""
    labels = []
    kind = members.get("type")
    if kind and _LABEL.match(kind):
        labels.append(kind)
    if any(members.get(name, "") not in ("", "null") for name in _SIGNATURES):
        labels.append("signed")
    if any((value := members.get(name)) and _READABLE.match(value) for name in _MEDIA_TYPE):
        labels.append("readable")
    return "<" + ",".join(labels) + ">" if labels else ""


_PIECE = re.compile(r"(?P<any>\*\*)|(?P<array>\[\*\])|(?P<label><[^>]+>)|(?P<alt>\{[^}]+\})|(?P<name>[\w$*-]+)|(?P<dot>\.)")
_ANY_LABEL = "(?:<[^>]*>)?"


def _name(name: str) -> str:
    return r"[^.\[<]*".join(re.escape(part) for part in name.split("*"))


def _compile(pattern: str) -> re.Pattern[str]:
    """Translate a pattern; the result is linear apart from `**`, of which patterns have at most two."""
    out = [r"\$", _ANY_LABEL]
    at = 0
    for piece in _PIECE.finditer(pattern):
        if piece.start() != at:
            raise ValueError(f"bad rule pattern {pattern!r} at {at}")
        at = piece.end()
        kind, text = piece.lastgroup, piece.group()
        if kind == "dot":
            continue
        if kind == "label":
            wanted = "|".join(re.escape(label) for label in text[1:-1].split("|"))
            out[-1] = f"<(?:[^>]*,)?(?:{wanted})(?:,[^>]*)?>"
        elif kind == "any":
            out += [r"(?:[.\[].*)?", ""]
        elif kind == "array":
            out += [r"\[\*\]", _ANY_LABEL]
        elif kind == "alt":
            names = "|".join(_name(name) for name in text[1:-1].split(","))
            out += [rf"\.(?:{names})", _ANY_LABEL]
        else:
            out += [r"\." + _name(text), _ANY_LABEL]
    if at != len(pattern):
        raise ValueError(f"bad rule pattern {pattern!r} at {at}")
    return re.compile("".join(out))
