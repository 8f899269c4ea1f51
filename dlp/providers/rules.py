"""Which leaf of a body is text, which is structure: path patterns, compiled once, asked per leaf.

The default is to *examine*: a field that no rule names is text. Rules name the exceptions (structure, signatures, media) and
the places where anything may stand (tool arguments), first match wins.

Pattern language, matched against a leaf's way down from the root:

    messages[*].content[*]<text>.text    members by name, any array element, only objects labelled `text`
    tools[*].**.description              `**` is any number of steps, also none
    {system,systemInstruction}.*         `{a,b}` alternatives, `*` any run of characters in one name

An object's labels are its `type` member and those that are derived, which a `type` can't spell:

    +signed     it carries a provider's signature; `+signed thinking` if it is also of that type
    +thought    it is marked as a model's thought (`"thought": true`) and signed
    +readable   its media type says that base64 data in it is text

Matching is linear in depth whatever the document: all patterns run side by side as one automaton, a step of the path at a time. Its
state is kept on the containers of the document, so that a leaf costs one step, and transitions are cached by what
patterns can tell apart, so that hostile names fill no cache.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from dlp.wire.json_leaves import Frame, Kind, Leaf


class Treatment(Enum):
    """What is done with a leaf of a request (and, inverted, of an answer)."""

    TEXT = "text"
    """Examined and masked; restored in answers. Strings that hold JSON are opened."""
    DATA = "data"
    """As TEXT, and so are the numbers and object keys: free-form data, such as tool arguments."""
    KEEP = "keep"
    """Never examined, never altered: signed text, media, credentials for the provider."""
    SIGNED = "signed"
    """Text that a signature covers, such as a model's reasoning: KEEP, or TEXT where the policy has it restored."""
    LABEL = "label"
    """Structure as long as it looks like it (an identifier); otherwise TEXT."""
    MEMBER = "member"
    """The name of a member, in a schema that speaks of it: structure as long as it is a plain name, which keys aren't examined as
    either; otherwise TEXT, so that it changes as the key does."""
    SEALED = "sealed"
    """A signature, ciphertext or base64 as long as it looks like it (no spaces, no brackets); otherwise TEXT."""
    URL = "url"
    """Examined but not changed: the provider fetches it, so a token would break it."""
    LINK = "link"
    """URL if the value is one (an address or a `data:` URL, nothing else), otherwise TEXT."""
    FIXED = "fixed"
    """Examined; a finding refuses the request, whatever its type: nothing may be changed there."""
    SLUG = "slug"
    """Examined; only `[A-Za-z0-9_-]` is accepted there, so tokens take their bare form."""
    TOOL = "tool"
    """A tool's name. As SLUG, but what passes for the name of somebody or some place is the tool's."""
    NUMBER = "number"
    """A number where text was expected: only what its name or its check digits say is somebody's, since APIs have numbers of their own."""
    BASE64 = "base64"
    """Text in base64: decoded, examined, encoded again."""
    PATH = "path"
    """Names and ids, such as those in a URL's path: only what nothing else looks like is anybody's, and tokens take their bare form."""
    HEADER = "header"
    """A header: as TEXT, but for a secret that nothing but its place and its look tells: it may be an id as well."""
    SDK_HEADER = "sdk header"
    """A header that SDKs and providers write: as PATH, and secrets whose form tells that they are some."""
    CREDENTIAL = "credential"
    """A header that may hold a credential: as TEXT, but for secrets, which are meant for whoever asks for them there."""
    DASHED = "dashed"
    """Examined; letters, digits, hyphens and brackets only (Bedrock document names)."""


_BY_LOOK = frozenset({Treatment.LABEL, Treatment.SEALED, Treatment.LINK})

Rule = tuple[str, Treatment]

_SIGNATURES = ("signature", "thoughtSignature", "thought_signature", "encrypted_content", "encryptedContent")
_MEDIA_TYPE = ("mimeType", "mime_type", "media_type", "mediaType", "format")
_READABLE = re.compile(
    r"text/|application/(?:json|xml|yaml|x-yaml|x-ndjson|jsonl|csv)|(?:txt|md|csv|html|json|xml|yaml)\Z", re.IGNORECASE
)
# Both hold at least one letter, or are short: what is all digits may be a card or an identity number, and no provider's id is.
_IDENTIFIER = re.compile(r"(?=[^A-Za-z]{0,64}[A-Za-z]|.{0,6}\Z)[\w/-][\w.:/+=~|-]{0,255}\Z", re.ASCII)
_CREDENTIAL = re.compile(
    r"A(?:KI|SI|BI|CC)A[A-Z2-7]{16}|AIza|ya29\.|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk-|[sr]k_(?:live|test)_|whsec_|hf_|npm_|pypi-|dop_v1_|SG\.|"
    r"shp(?:at|ss)_|lin_api_|ntn_|figd_|gsk_|r8_|xai-|pplx-|tvly-|eyJ[\w-]{8,}\.eyJ"
)
"""How common credentials begin: in a field for ids they aren't ids. What they are is for the detector to say."""
_SEALED = re.compile(r"(?=[^A-Za-z]{0,64}[A-Za-z]|.{0,6}\Z)[\w.:/+=~|-]*+\Z", re.ASCII)
_LINK = re.compile(r"(?:https?://|gs://|s3://|data:[\w.+/;=-]{0,128},)\S*+\Z", re.IGNORECASE)
_SNAKE = re.compile(r"_([a-z])")
_WORDS = frozenset({Kind.STRING, Kind.KEY})
_PLAIN_NAME = re.compile(r"[A-Za-z_$][\w$.-]{0,63}\Z", re.ASCII)
_LONG_DIGITS = re.compile(r"\d{6}")


def is_plain_name(key: str) -> bool:
    """Whether an object's key is a name such as APIs have, which nobody's data is."""
    return bool(_PLAIN_NAME.match(key)) and not _LONG_DIGITS.search(key)


class RuleSet:
    """An ordered list of rules.

    Args:
        rules: `(pattern, treatment)`, first match wins.
        default: For a leaf that no rule names.
        camel: Compare member names in camelCase; proto3 JSON accepts both spellings.
    """

    def __init__(self, rules: Iterable[Rule], *, default: Treatment = Treatment.TEXT, camel: bool = False) -> None:
        listed = list(rules)
        self._treatments = [treatment for _, treatment in listed]
        self._default = default
        self.signed = Treatment.KEEP
        self._paths = PathMatcher([pattern for pattern, _ in listed], camel=camel)

    def restoring_reasoning(self) -> Self:
        """The same rules for a policy that has signed text restored."""
        other = copy.copy(self)
        other.signed = Treatment.TEXT
        return other

    def goes_by_look(self, leaf: Leaf) -> bool:
        """Whether the treatment of what stands there depends on what it says."""
        rule = self._paths.find(leaf)
        return rule is not None and self._treatments[rule] in _BY_LOOK

    def treatment(self, leaf: Leaf) -> Treatment:
        """The treatment of one leaf; never `LABEL`, `MEMBER`, `SEALED` or `LINK`, which the leaf's look decides, nor `SIGNED`, nor `NUMBER`."""
        rule = self._paths.find(leaf)
        found = self._default if rule is None else self._treatments[rule]
        if found is Treatment.SIGNED:
            return self.signed
        if found is Treatment.LABEL:
            structural = leaf.kind not in _WORDS or (
                _IDENTIFIER.match(leaf.value) and not _CREDENTIAL.match(leaf.value)
            )
            return Treatment.KEEP if structural else Treatment.TEXT
        if found is Treatment.MEMBER:
            return Treatment.KEEP if leaf.kind not in _WORDS or is_plain_name(leaf.value) else Treatment.TEXT
        if found is Treatment.SEALED:
            return Treatment.KEEP if leaf.kind is not Kind.STRING or _SEALED.match(leaf.value) else Treatment.TEXT
        if found is Treatment.LINK:
            return Treatment.URL if leaf.kind is Kind.STRING and _LINK.match(leaf.value) else Treatment.TEXT
        return found


_MAX_KEPT = 1 << 14
"""States, and spellings of names, that are kept. Real documents need some hundreds; one made to need more costs time, not memory."""


class _State:
    """Where patterns stand, and what has been found out about the steps from there."""

    __slots__ = ("at", "ends", "first", "moves")

    def __init__(self, at: frozenset[tuple[int, int]], first: int | None) -> None:
        self.at = at
        """(index of the pattern, number of its parts that are done), of those that are still alive."""
        self.first = first
        """The first pattern that is done here."""
        self.moves: dict[tuple[str, tuple[str, ...]], _State] = {}
        self.ends: dict[str, int | None] = {}
        """Step to a leaf -> `first` there."""


class PathMatcher:
    """Finds the first of several patterns that a leaf's place fits.

    Raises:
        ValueError: A pattern that isn't one.
    """

    def __init__(self, patterns: Sequence[str], *, camel: bool = False) -> None:
        self._patterns = [_parse(pattern) for pattern in patterns]
        self._camel = camel
        parts = [part for pattern in self._patterns for part in pattern]
        names = {name for part in parts for name in part.names}
        self._names = frozenset(name for name in names if "*" not in name)
        self._wild = {name: _wildcard(name) for name in names if "*" in name}
        self._labels = frozenset(label for part in parts for label in part.labels)
        self._states: dict[frozenset[tuple[int, int]], _State] = {}
        self._words: dict[str, str] = {}
        self._start = self._kept(frozenset((index, 0) for index in range(len(self._patterns))))

    def find(self, leaf: Leaf) -> int | None:
        """Index of the first pattern for the place of `leaf`, or None."""
        parent = leaf.parent
        if parent is None:
            return self._move(self._start, _ROOT, ()).first
        state = parent.marks.get(self) or self._inside(parent)
        step = _ELEMENT if parent.is_array else self._word(leaf.key)
        try:
            return state.ends[step]
        except KeyError:
            found = state.ends[step] = self._move(state, step, ()).first
            return found

    def _inside(self, frame: Frame) -> _State:
        """The state inside a container, kept on it."""
        chain: list[Frame] = []
        above: Frame | None = frame
        state: _State | None = None
        while above is not None and (state := above.marks.get(self)) is None:
            chain.append(above)
            above = above.parent
        state = state or self._start
        for current in reversed(chain):
            parent = current.parent
            step = _ROOT if parent is None else _ELEMENT if parent.is_array else self._word(current.key)
            state = current.marks[self] = self._move(state, step, self._labels_of(current))
        return state

    def _move(self, state: _State, step: str, labels: tuple[str, ...]) -> _State:
        key = (step, labels)
        found = state.moves.get(key)
        if found is None:
            found = state.moves[key] = self._kept(self._moved(state.at, step, labels))
        return found

    def _kept(self, at: frozenset[tuple[int, int]]) -> _State:
        state = self._states.get(at)
        if state is None:
            if len(self._states) >= _MAX_KEPT:
                self._states.clear()
                self._start.moves.clear()
            state = _State(at, min((index for index, done in at if done == len(self._patterns[index])), default=None))
            self._states[at] = state
        return state

    def _moved(self, at: frozenset[tuple[int, int]], step: str, labels: tuple[str, ...]) -> frozenset[tuple[int, int]]:
        """What is alive after one step down, to something with these labels."""
        alive = set()
        for index, done in at:
            pattern = self._patterns[index]
            if done == len(pattern):
                continue
            if pattern[done].any_steps:
                alive.add((index, done))
            elif self._fits(pattern[done], step) and pattern[done].accepts(labels):
                alive.add((index, done + 1))
        for index, done in list(alive):
            pattern = self._patterns[index]
            # "Any number of steps" may end here, also before it has begun.
            while done < len(pattern) and pattern[done].any_steps and pattern[done].accepts(labels):
                done += 1  # noqa: PLW2901 - the closure of this one position
                alive.add((index, done))
        return frozenset(alive)

    def _fits(self, part: _Part, step: str) -> bool:
        if step.startswith(_WILD):
            return not part.names.isdisjoint(step[1:].split(" "))
        return step in part.names or any(name in self._wild and self._wild[name].fullmatch(step) for name in part.names)

    def _word(self, key: str | int) -> str:
        """A member's name in the words of the patterns: those that none of them can match are all the same to us."""
        name = str(key)
        word = self._words.get(name)
        if word is None:
            word = self._spell(name)
            if len(name) <= _MAX_NAME:
                if len(self._words) >= _MAX_KEPT:
                    self._words.clear()
                self._words[name] = word
        return word

    def _spell(self, name: str) -> str:
        if self._camel and "_" in name:
            name = _SNAKE.sub(lambda match: match.group(1).upper(), name)
        if name in self._names:
            return name
        wild = " ".join(pattern for pattern, matcher in self._wild.items() if matcher.fullmatch(name))
        return _WILD + wild if wild else _OTHER

    def _labels_of(self, frame: Frame) -> tuple[str, ...]:
        if frame.is_array or frame.members.keys().isdisjoint(_LABELLING):
            return ()
        return tuple(label for label in _labels(frame) if label in self._labels)


_MAX_NAME = 128
_ROOT, _ELEMENT, _OTHER, _WILD = "$.", "[*]", "?", "*"
"""Steps that no plain name can spell: the document itself, an array's element, a name of no pattern, names by wildcard."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a pattern: a step (`names` of members, or one of the marks above), or any number of steps."""

    names: frozenset[str] = frozenset()
    any_steps: bool = False
    labels: frozenset[str] = frozenset()
    """What the step leads to must have one of these; empty asks for nothing."""

    def accepts(self, labels: tuple[str, ...]) -> bool:
        return not self.labels or not self.labels.isdisjoint(labels)


_LABELLING = frozenset({"type", *_SIGNATURES, *_MEDIA_TYPE})
"""Members that give an object labels."""


def _labels(frame: Frame) -> list[str]:
    members = frame.members
    labels = []
    if (kind := members.get("type")) and not kind.startswith("+"):
        labels.append(kind)
    if any(members.get(name, "") not in ("", "null") for name in _SIGNATURES):
        labels += ["+signed", f"+signed {kind}"]
        if members.get("thought") == "true":
            labels.append("+thought")
    if any((value := members.get(name)) and _READABLE.match(value) for name in _MEDIA_TYPE):
        labels.append("+readable")
    return labels


_PIECE = re.compile(
    r"(?P<any>\*\*)|(?P<array>\[\*\])|(?P<names>\{[\w$*,-]+\}|[\w$*-]+)|(?P<label><[^<>]+>)|(?P<dot>\.(?=[\w${*]))",
    re.ASCII,
)


def _parse(pattern: str) -> tuple[_Part, ...]:
    parts = [_Part(frozenset({_ROOT}))]
    at = 0
    for piece in _PIECE.finditer(pattern):
        if piece.start() != at:
            break
        at = piece.end()
        kind, text = piece.lastgroup, piece.group()
        if kind == "label":
            parts[-1] = replace(parts[-1], labels=frozenset(text[1:-1].split("|")))
        elif kind == "any":
            parts.append(_Part(any_steps=True))
        elif kind == "array":
            parts.append(_Part(frozenset({_ELEMENT})))
        elif kind == "names":
            parts.append(_Part(frozenset(text.strip("{}").split(","))))
    if at != len(pattern):
        raise ValueError(f"bad rule pattern {pattern!r} at {at}")
    return tuple(parts)


def _wildcard(name: str) -> re.Pattern[str]:
    """A name with `*`: it matches names of letters, digits, `_`, `$` and `-`, so that no odd key passes for structure."""
    return re.compile(r"[\w$-]{0,64}".join(re.escape(part) for part in name.split("*")), re.ASCII)
