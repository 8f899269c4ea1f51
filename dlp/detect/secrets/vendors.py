"""Random-looking strings next to the name of somebody who gives out such strings, or next to a word for a credential.

Here lives what no prefix announces: "my Dropbox key is ...", `OKTA_API=...`, `"abyssale": {"secret": "..."}`. Candidates
come first, because they are rare: only around a string that no person would have typed do we look for words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from dlp.detect.secrets.opaque import is_hex, is_opaque, is_uuid
from dlp.detect.secrets.placeholders import is_placeholder, is_technical
from dlp.detect.secrets.prefilter import Literals
from dlp.detect.secrets.rule import Rule

NEAR: Final = 72
"""How many characters before a candidate its words may stand."""
_BEHIND: Final = 24
_LONGEST: Final = 512

# A digit within the first forty characters is asked for: words have none, random strings nearly always do.
_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_.~-])(?=[A-Za-z_+/.~-]{0,40}[0-9])[A-Za-z0-9_+/.~-]{10,}+={0,3}")
_CREDENTIAL: Final = re.compile(
    r"pass(?:w|ph|code|\b)|pwd|token|secret|(?<![a-z])keys?(?![a-z])|_key|-key|apikey|(?<=[a-z])key\b|auth|cred|bearer|api|licen[sc]e|"
    r"client.?id|\bsid\b|account|login|schlüssel|schluessel|clave|llave|clé|chave|chiave|sleutel|ключ|токен|密钥|access"
)
# What a string of hexadecimal digits or a UUID is when no credential is meant.
_DIGEST: Final = re.compile(
    r"commit|\bsha|sha-?(?:1|2|256|384|512)|md5|digest|checksum|hash|etag|integrity|revision|\brev\b|\bref\b|\btree\b|\bblob\b|parent|"
    r"merge|cherry|branch|fingerprint|crc|image:|@sha|uuid|guid|request|trace|span|correlation|build|version|\bid\b\W{0,4}\Z|_id\W{0,6}\Z|nonce|cache|"
    r"resolved|locked|/archive/|/raw/|/blob/|/commit/|/tree/|/releases/|\.(?:js|css|png|jpg|svg|zip|gz|whl)\b|public|pubkey|"
    r"address|txid|transaction|0x\Z|wallet"
)
_ASSIGNS: Final = re.compile(r"[=:>,(\[]\s{0,4}[\"'`(]{0,2}\Z|[\"'`]\Z|\bis\s{1,3}[\"'`]?\Z|\s-\s{1,2}[\"'`]?\Z|[-]{1,2}[a-z-]{2,20}[ =][\"']?\Z|\|\s{0,6}\Z")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A candidate that its surroundings make a credential."""

    start: int
    end: int
    rule: str
    issuer: str
    score: float
    entity_type: str


class Vendors:
    """The neighbour rules, indexed by their words."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        by_word: dict[str, list[Rule]] = {}
        for rule in rules:
            for word in rule.words:
                by_word.setdefault(word, []).append(rule)
        self._by_word = {word: tuple(group) for word, group in by_word.items()}
        self._literals = Literals(self._by_word)

    def words_near(self, text: str, folded: str, start: int, end: int) -> list[tuple[int, str]]:
        """Issuers' words in a stretch of text, with their offsets, those that end a word of the text or are long."""
        window = folded[start:end]
        found = []
        for offset, word in self._literals.iter_hits(window):
            at = start + offset
            if len(word) >= 6 or _stands_alone(text, at, at + len(word)):
                found.append((at, word))
        return found

    def issuer_of(self, text: str, folded: str, start: int, end: int) -> str:
        """The issuer named last in a stretch of text; empty when none is."""
        found = self.words_near(text, folded, start, end)
        return self._by_word[found[-1][1]][0].issuer if found else ""

    def iter_neighbours(self, text: str, folded: str, context: str) -> Iterator[Neighbour]:
        """Every candidate of the text with its words near. `context` counts as text before the first candidate."""
        for run in _RUN.finditer(text):
            if run.end() - run.start() <= _LONGEST:
                found = self._judge(text, folded, context, *run.span())
                if found is not None:
                    yield found

    def _judge(self, text: str, folded: str, context: str, start: int, end: int) -> Neighbour | None:
        while end > start and text[end - 1] in ".-/~":
            end -= 1
        value = text[start:end]
        plain = is_hex(value) or is_uuid(value) or value.isdigit()
        if not plain and not (is_opaque(value) or ("=" in value[:-3])):
            return None
        if plain and len(value) < 16 and not value.isdigit():
            return None
        if is_placeholder(value) or is_technical(value):
            return None
        left = max(0, start - NEAR)
        before = folded[left:start]
        if context and start < NEAR:
            before = context + "\n" + before
        digest = _DIGEST.search(before[-40:]) is not None
        words = self.words_near(text, folded, left, start)
        if not words and start - left < NEAR and context:
            words = [(left, w) for _, w in self.words_near(context, context, 0, len(context))]
        credential = _CREDENTIAL.search(before) is not None
        assigned = _ASSIGNS.search(before) is not None
        for _, word in reversed(words):
            for rule in self._by_word[word]:
                if _full(rule.pattern).match(value) and (credential or assigned) and (credential or not digest) and (not plain or not digest or assigned and credential):
                    if value.isdigit() and not (credential and assigned):
                        continue
                    return Neighbour(start, end, rule.id, rule.issuer, rule.score, rule.entity_type)
        if words and (credential or assigned) and not plain and not digest and len(value) >= 10:
            rule = self._by_word[words[-1][1]][0]
            return Neighbour(start, end, "issuer-and-random-string", rule.issuer, 0.7, "API_KEY")
        if words and credential and assigned and plain and not digest and not value.isdigit():
            rule = self._by_word[words[-1][1]][0]
            return Neighbour(start, end, "issuer-and-random-string", rule.issuer, 0.65, "API_KEY")
        return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A short word counts when no letter goes on with it: `IBM_KEY`, `myBoxKey`, not `sandboxes`."""
    left = start == 0 or not text[start - 1].isalpha() or (text[start].isupper() and text[start - 1].islower())
    right = end >= len(text) or not text[end].isalpha() or (text[end].isupper() and text[end - 1].islower()) or not text[end - 1].isalnum()
    return left and right


@cache
def _full(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z")
