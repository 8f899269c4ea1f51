"""Random-looking strings next to the name of somebody who gives out such strings, or next to a word for a credential.

Here lives what no prefix announces: "my Dropbox key is ...", `OKTA_API=...`, `"abyssale": {"secret": "..."}`. Candidates
come first, because they are rare: only around a string that no person would have typed do we look for words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from dlp.detect.secrets.clauses import DIGEST, spoken_of
from dlp.detect.secrets.opaque import MOST_EASE, is_hex, is_opaque, is_ragged, is_uuid, surprise
from dlp.detect.secrets.placeholders import is_placeholder, is_technical
from dlp.detect.secrets.prefilter import Literals
from dlp.detect.secrets.rule import Rule

CREDENTIAL: Final = (
    *(
        "pass",
        "password",
        "passwort",
        "pwd",
        "token",
        "secret",
        "key",
        "apikey",
        "auth",
        "cred",
        "bearer",
        "api",
        "licens",
        "licenc",
        "webhook",
        "dsn",
        "pat",
        "client_id",
        "client id",
        "clientid",
    ),
    *(
        "sid",
        "account",
        "login",
        "access",
        "schlüssel",
        "schluessel",
        "clave",
        "llave",
        "clé",
        "chave",
        "chiave",
        "sleutel",
        "jeton",
        "secreto",
        "segreto",
        "segredo",
        "sekret",
        "zugangs",
        "nyckel",
        "nøgle",
        "klucz",
    ),
    *("ключ", "токен", "密钥"),
)
"""Lower-case words, one of which must stand near a candidate that is not assigned to an issuer's name outright."""
_WHOLE: Final = frozenset(
    {"key", "sid", "pass", "api", "pat", "dsn"}
)  # these are parts of other words too, and mean nothing there
_HASHED: Final = re.compile(r"(?:sha[0-9]{1,3}|md5|blake2b)[=:-]\Z")
# What stands before an assigned value, read backwards.
_ASSIGNS: Final = re.compile(
    r"[\"'`(]{0,2}\s{0,4}[=:>,(\[|]|[\"'`]|\s{1,3}(?:si|saw|tsi|tse|se|re|si eb ot|era|otse|hcilregua|tetual)\s|\s{1,2}-\s|[\"']?[ =][a-z-]{2,20}--?"
    r"|\s{1,3}(?:s?yek|s?nekot|terces|drowssap|s?laitnederc|htua|reraeb|wp|dwp|ssap|esu|gnisu|sesu|htiw|aiv)\b"
    r"|[\"'`]{0,2}[ =](?:u-|resu--)\s"
)
_ISSUERS_OF_DIGESTS: Final = frozenset(
    {"GitHub", "GitLab", "Bitbucket", "Gitea", "Docker", "npm", "IPFS", "Sourcegraph", "Quay", "Atlassian"}
)
"""Next to their names strings of hexadecimal digits are commits and layers, unless a word says otherwise."""
_MIN_UNNAMED: Final = 24
_MAX_UNNAMED: Final = 128
_SURE: Final = 6.0  # bits per character
_AFTER_VALUE: Final = frozenset(("", "\n", "\r", '"', "'", "`", "\\"))
_DISORDER: Final = re.compile(r"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=(?:[^0-9]*[0-9]){2})[A-Za-z0-9_-]+")
_ASSIGNED_NAME: Final = re.compile(r"\\?[\"'`]?\s{0,2}[=:]{1,2}\s{0,2}\\?[\"'`]?([a-z0-9_-]{2,40})(?![/.])")
_HARMLESS: Final = re.compile(
    r"id\Z|_id|hash|sha|etag|digest|data|image|img|content|body|sum|rev|ref|tag|ur[li]|path|version|cursor|marker|next|page|src|href|name|"
    r"nonce|integrity|signature|sig\Z|uu?id|trace|span|file|blob|base64|cert|pub|finger|thumb|slug|user|text|title|value|sample|example|hex|"
    r"address|wallet|txn?|cid|result|expected|output|input|checkpoint|state|video|doc|thread|conversation|message|call|run|request|response"
)
NEAR: Final = 72
"""How many characters before a candidate an issuer's name may stand."""
REACH: Final = 128
"""How many characters before and behind a candidate, or the stem of a name that announces a credential, anybody asks for words: a
candidate's clause (`clauses.NEAR`), or the whole name (`announcing.LONGEST_NAME`) and a few words before it."""
_SHORTEST_NAME: Final = 4
_SHORTEST_PROPER: Final = 3
_LONG_NAME: Final = 9
"""Letters from which no issuer is called by a word of everyday language."""
_CLOSE: Final = 16
_TOUCHING: Final = 28
_SIGNS: Final = re.compile(
    r"(?:[ ]{0,2}\([a-z0-9 _-]{1,12}\))?[^\w\n]{0,16}(?:\r?\n[^\w\n]{0,4}|(?<= )(?:use|using|with|via) [\"'`]?)?"
)
_LINE_ENDS: Final = frozenset(("", "\n", "\r"))
_LOOKED_UP: Final = re.compile(r"\b(?:cache|sort|partition|primary|foreign|object|idempotency)[ _-]?key\W{0,4}\Z")
"""Keys by which something is found and nobody let in."""
_DATE: Final = re.compile(r"(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A candidate that its surroundings make a credential."""

    start: int
    end: int
    rule: str
    issuer: str
    score: float
    entity_type: str


_CREDENTIALS: Final = frozenset(CREDENTIAL)


class Words:
    """Where issuers' names and words for credentials stand in a text: looked for when somebody asks, near certain places only.

    Nearly every text has such words (`here`, `line` and `column` are issuers, too), and few have anything beside which they matter.
    """

    def __init__(self, vendors: Vendors, text: str, folded: str, near: Sequence[tuple[int, int]]) -> None:
        """`near`: the spans of which somebody may ask what stands within `REACH` characters; `folded` as `prefilter.fold`."""
        self._vendors, self._text, self._folded, self._near = vendors, text, folded, near

    @cached_property
    def _found(self) -> tuple[list[tuple[int, str]], list[int]]:
        return self._vendors.place(self._text, self._folded, self._near)

    @property
    def words(self) -> list[tuple[int, str]]:
        """The offsets of issuers' words, in order, with the words."""
        return self._found[0]

    @property
    def credentials(self) -> list[int]:
        """The offsets of words for credentials, in order."""
        return self._found[1]

    def issuers(self, start: int, end: int) -> list[str]:
        """Issuers' words that begin between two offsets, in order."""
        words = self.words
        return [word for _, word in words[bisect_left(words, (start, "")) : bisect_left(words, (end, ""))]]

    def last(self, start: int, end: int) -> int | None:
        """Offset behind the issuer's word that begins last between two offsets."""
        words = self.words
        k = bisect_left(words, (end, "")) - 1
        return words[k][0] + len(words[k][1]) if k >= 0 and words[k][0] >= start else None

    def credential(self, start: int, end: int) -> bool:
        """Whether a word for a credential begins between two offsets."""
        return bisect_left(self.credentials, start) < bisect_left(self.credentials, end)


def _stretches(near: Sequence[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """What lies within `REACH` characters of the spans of a text that ends at `end`: ranges in order, none touching the next."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(near):
        low, high = max(0, first - REACH), min(end, last + REACH)
        if found and low <= found[-1][1]:
            low, before = found.pop()
            high = max(high, before)
        found.append((low, high))
    return found


class Vendors:
    """The neighbour rules, indexed by their words, and all other issuers by their names."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        by_word: dict[str, list[Rule]] = {}
        for rule in rules:
            for word in rule.words:
                by_word.setdefault(word, []).append(rule)
        for rule in rules:  # who gives out tokens with a prefix gives out others too
            name = rule.issuer.lower()
            if not rule.words and len(name) >= _SHORTEST_NAME and name.isalnum():
                by_word.setdefault(name, [rule])
        self._proper = frozenset(_proper_names(rules, by_word))
        self._capitals = frozenset(rule.issuer.lower() for rule in rules if rule.issuer.isupper())
        """Names that are written in capitals: a sentence that begins with "Here" speaks of no HERE."""
        self._by_word = {word: tuple(group) for word, group in by_word.items()}
        self.words = frozenset(self._by_word)
        self._literals = Literals([*self.words, *CREDENTIAL], name="issuers")
        self._longest = max(map(len, (*self.words, *CREDENTIAL)))

    def place(self, text: str, folded: str, near: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, str]], list[int]]:
        """Offsets and words of issuers, and the offsets of words for credentials, within `REACH` characters of some spans."""
        words: list[tuple[int, str]] = []
        credentials: list[int] = []
        for low, high in _stretches(near, len(text)):
            for behind, literal in self._literals.hits(folded[low : high + self._longest]):
                at = low + behind
                if at >= high:
                    break
                if literal in self.words and (
                    self._is_written_as_name(text, at, literal)
                    if literal in self._proper
                    else len(literal) >= 6 or _stands_alone(text, at, at + len(literal))
                ):
                    words.append((at, literal))
                if literal in _CREDENTIALS and (literal not in _WHOLE or _stands_alone(text, at, at + len(literal))):
                    credentials.append(at)
        return words, credentials

    def _is_written_as_name(self, text: str, at: int, literal: str) -> bool:
        end = at + len(literal)
        capitals = text[at:end].isupper() if literal in self._capitals else text[at].isupper()
        return capitals and _stands_alone(text, at, end)

    def issuer_of(self, words: Words, start: int, end: int) -> str:
        """The issuer named last in a stretch of text; empty when none is."""
        found = words.issuers(start, end)
        return self._by_word[found[-1]][0].issuer if found else ""

    def iter_neighbours(
        self, text: str, folded: str, spans: list[tuple[int, int]], words: Words, context: Words | None
    ) -> Iterator[Neighbour]:
        """Every candidate among `spans` that its surroundings make a credential. `context` counts as standing before all."""
        for start, end in spans:
            found = self._judge(text, folded, start, end, words, context if start < NEAR else None)
            if found is not None:
                yield found

    def _judge(
        self, text: str, folded: str, start: int, end: int, words: Words, context: Words | None
    ) -> Neighbour | None:
        return (
            self._beside_issuer(text, folded, start, end, words, context)
            or _unnamed(text, folded, start, end)
            or _spoken(text, folded, start, end, words)
        )

    def _beside_issuer(
        self, text: str, folded: str, start: int, end: int, words: Words, context: Words | None
    ) -> Neighbour | None:
        left = max(0, start - NEAR)
        issuers = words.issuers(left, start)
        credential = words.credential(left, start)
        if context is not None:
            issuers = [word for _, word in context.words] + issuers
            credential = credential or bool(context.credentials)
        if not issuers:
            return None
        direct = context is not None or _touches(folded, words, left, start)
        assigned = (
            context is not None
            or _ASSIGNS.match(folded[max(0, start - 30) : start][::-1]) is not None
            or (direct and text[end : end + 1] in _LINE_ENDS and text[start - 1] == "\n")
        )
        ordinary = all(word in self._proper for word in issuers)
        if not (credential or direct or (assigned and not ordinary)) or _HASHED.search(
            folded, max(0, start - 9), start
        ):
            return None
        value = text[start:end]
        numeric = value.isdigit()
        if _LOOKED_UP.search(folded, max(0, start - NEAR), start):
            return None
        if (_DATE.match(value) and not numeric) or is_placeholder(value) or is_technical(value):
            return None
        plain = numeric or is_hex(value) or is_uuid(value)
        digest = DIGEST.search(folded, max(0, start - 40), start) is not None
        known = next(
            (r for word in reversed(issuers) for r in self._by_word[word] if _full(r.pattern).match(value)), None
        )
        if numeric:
            good = known is not None and credential and assigned
        elif plain:
            telling = (
                (credential and assigned) or (direct and assigned) or (known is not None and (credential or assigned))
            )
            maker = self._by_word[issuers[-1]][0].issuer in _ISSUERS_OF_DIGESTS
            good = (
                len(value) >= 16
                and telling
                and not (digest and not (credential and assigned))
                and (credential or not maker)
            )
        else:
            good = is_opaque(value, ease=0.3 if direct and assigned else 0.0) and (credential or not digest)
        if not good:
            return None
        if known is not None:
            return Neighbour(start, end, known.id, known.issuer, known.score, known.entity_type)
        return Neighbour(
            start,
            end,
            "issuer-and-random-string",
            self._by_word[issuers[-1]][0].issuer,
            0.65 if plain else 0.7,
            "API_KEY",
        )


def may_be_judged(text: str, start: int, end: int) -> bool:
    """Whether the candidate in `[start, end)` may be a credential, whatever stands around it: a short one must look made by a machine.

    Most candidates are parts of mail addresses, dates and versions; this costs less than to look for the words around them.
    """
    if end - start >= _MIN_UNNAMED:
        return True  # one that is assigned to a name may look like anything
    value = text[start:end]
    return value.isdigit() or is_opaque(value, ease=MOST_EASE)


def _unnamed(text: str, folded: str, start: int, end: int) -> Neighbour | None:
    """A string of capitals, small letters and digits in disorder, assigned to a name that says nothing against it."""
    if not _MIN_UNNAMED <= end - start <= _MAX_UNNAMED or text[end : end + 1] not in _AFTER_VALUE:
        return None
    name = _ASSIGNED_NAME.match(folded[max(0, start - _CLOSE - 40) : start][::-1])
    value = text[start:end]
    if name is None or _HARMLESS.search(name[1][::-1]) or not _DISORDER.fullmatch(value):
        return None
    if not is_ragged(value) or surprise(value) < _SURE or is_placeholder(value):
        return None
    return Neighbour(start, end, "random-string", "", 0.55, "API_KEY")


def _spoken(text: str, folded: str, start: int, end: int, words: Words) -> Neighbour | None:
    said = spoken_of(text, folded, start, end, words)
    return Neighbour(start, end, said.rule, "", said.score, said.entity_type) if said is not None else None


def _proper_names(rules: Sequence[Rule], by_word: dict[str, list[Rule]]) -> Iterator[str]:
    """Adds to `by_word` the issuers' names as they are written, and yields those that are ordinary words too.

    `Hive`, `Close` and `Front` have words that nothing else is called by (`hive_api`); beside those, the bare name counts
    where it is written as a name.
    """
    for rule in rules:
        written = rule.issuer.lower()
        joined = "".join(filter(str.isalnum, written))
        for name in {written, joined, "_".join(written.split())} if len(joined) >= _SHORTEST_PROPER else ():
            if name.isascii() and name not in by_word:
                by_word[name] = [rule]
                if len(joined) < _LONG_NAME:
                    yield name


def _touches(folded: str, words: Words, left: int, start: int) -> bool:
    """Whether an issuer's name stands right before a candidate, with nothing but signs between."""
    at = words.last(left, start)
    return at is not None and start - at <= _TOUCHING and _SIGNS.fullmatch(folded, at, start) is not None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A short word counts when no letter goes on with it: `IBM_KEY`, `myBoxKey`, not `sandboxes`."""
    left = start == 0 or not text[start - 1].isalpha() or (text[start].isupper() and text[start - 1].islower())
    right = (
        end >= len(text)
        or not text[end].isalpha()
        or (text[end].isupper() and text[end - 1].islower())
        or not text[end - 1].isalnum()
    )
    return left and right


@cache
def _full(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z")
