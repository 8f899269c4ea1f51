"""Secrets in a text, as findings. See the package's docstring for the order of the steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from dlp.detect.secrets.assignments import Assigned, accepts_alone, iter_assigned
from dlp.detect.secrets.blocks import iter_blocks
from dlp.detect.secrets.names import Kind, words_of
from dlp.detect.secrets.opaque import entropy
from dlp.detect.secrets.placeholders import is_placeholder, is_reference
from dlp.detect.secrets.prefilter import Literals, fold
from dlp.detect.secrets.rule import Rule
from dlp.detect.secrets.rules import all_rules
from dlp.detect.secrets.vendors import Vendors
from dlp.types import Finding

_SHORTEST: Final = 3
_LOOSE_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_~])(?=[A-Za-z_+/.~-]{0,40}[0-9])[A-Za-z0-9_+/.~-]{16,}+")
_LONGEST_LOOSE: Final = 600
_ESCAPE: Final = re.compile(r"(?:\\[nrtbfv0]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\x1b\[[0-9;]{0,8}m)\Z")
_DUMMY_PASSWORDS: Final = frozenset({"password", "pass", "passwd", "pwd", "pw", "secret", "token", "passw0rd"})
_DUMMY_HOST: Final = re.compile(r"(?:[\w.-]{0,60}\.)?(?:example(?:\.(?:com|org|net|test))?|host|hostname|server|domain\.tld|proxy\.example)\b", re.IGNORECASE)


class _Book:
    """The rules, sorted by how they are found; built once per process and never changed."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.by_keyword: dict[str, list[Rule]] = {}
        self.loose: list[Rule] = []
        for rule in rules:
            for keyword in rule.keywords:
                self.by_keyword.setdefault(keyword, []).append(rule)
            if not rule.keywords and not rule.words:
                self.loose.append(rule)
        self.literals = Literals(self.by_keyword)
        self.vendors = Vendors([rule for rule in rules if rule.words])


@cache
def _book() -> _Book:
    return _Book(all_rules())


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class SecretDetector:
    """Finds secrets. Holds no state: one may be shared by all threads, and all share the compiled rules."""

    def find(self, text: str, context: str = "") -> list[Finding]:
        """Every secret in `text`; spans may overlap, the caller resolves them.

        Args:
            text: What to examine.
            context: A name that stands for the text as a whole, such as its JSON key (`"db_password"`).
        """
        if len(text) < _SHORTEST:
            return []
        folded = fold(text)
        book = _book()
        found = list(self._formats(text, folded, book))
        found += self._blocks(text, folded)
        found += self._assigned(text, folded, book)
        found += self._neighbours(text, folded, context, book)
        if context:
            found += self._alone(text, context, book)
        return found

    def _formats(self, text: str, folded: str, book: _Book) -> Iterator[Finding]:
        done: set[tuple[str, int]] = set()
        for at, keyword in book.literals.iter_hits(folded):
            for rule in book.by_keyword[keyword]:
                yield from self._try(text, rule, at, len(keyword), done)
        if book.loose:
            for run in _LOOSE_RUN.finditer(text):
                start, end = run.span()
                if end - start <= _LONGEST_LOOSE:
                    value = run[0].rstrip(".-/~")
                    for rule in book.loose:
                        if compiled_pattern(rule.pattern).fullmatch(value):
                            finding = _judged(text, rule, start, start + len(value))
                            if finding is not None:
                                yield finding

    def _try(self, text: str, rule: Rule, at: int, length: int, done: set[tuple[str, int]]) -> Iterator[Finding]:
        pattern = compiled_pattern(rule.pattern)
        if rule.lead:
            match = None
            for candidate in pattern.finditer(text, max(0, at - rule.lead), min(len(text), at + 8192)):
                if candidate.start() > at + length:
                    break
                if candidate.end() > at:
                    match = candidate
                    break
        else:
            match = pattern.match(text, at)
            if match is None and rule.pattern.startswith("(?<="):
                match = pattern.match(text, at + length)
        if match is None or (rule.id, match.start()) in done:
            return
        done.add((rule.id, match.start()))
        if not _begins_token(text, match.start()):
            return
        start, end = match.span("secret") if "secret" in pattern.groupindex else match.span()
        finding = _judged(text, rule, start, end)
        if finding is not None:
            yield finding

    def _blocks(self, text: str, folded: str) -> Iterator[Finding]:
        for start, end, rule in iter_blocks(text, folded):
            yield Finding(
                entity_type="PRIVATE_KEY", start=start, end=end, score=0.99, recognizer=f"secrets/{rule}", validated=True, details=(rule,)
            )

    def _assigned(self, text: str, folded: str, book: _Book) -> Iterator[Finding]:
        for item in iter_assigned(text, folded):
            yield _named(text, folded, item, book)

    def _neighbours(self, text: str, folded: str, context: str, book: _Book) -> Iterator[Finding]:
        for item in book.vendors.iter_neighbours(text, folded, fold(context)):
            yield Finding(
                entity_type=item.entity_type,
                start=item.start,
                end=item.end,
                score=item.score,
                recognizer=f"secrets/{item.rule}",
                details=(f"issuer: {item.issuer}",),
            )

    def _alone(self, text: str, context: str, book: _Book) -> Iterator[Finding]:
        span = accepts_alone(text, context)
        if span is not None:
            kind, start, end = span
            yield Finding(
                entity_type="PASSWORD" if kind is Kind.PASSWORD else "API_KEY",
                start=start,
                end=end,
                score=0.85,
                recognizer="secrets/named-by-context",
                details=("named by its key",),
            )


def _begins_token(text: str, start: int) -> bool:
    """Whether a token may begin at `start`: not in the middle of a longer one, except behind an escape."""
    if start == 0:
        return True
    before = text[start - 1]
    if not before.isalnum() or not before.isascii() or not text[start].isalnum():
        return True
    return _ESCAPE.search(text, max(0, start - 12), start) is not None


def _judged(text: str, rule: Rule, start: int, end: int) -> Finding | None:
    value = text[start:end]
    if not rule.placeholders and (is_reference(value) or _is_filled(value, rule)):
        return None
    if rule.min_entropy and entropy(value) < rule.min_entropy:
        return None
    if rule.id == "url-password" and value.lower() in _DUMMY_PASSWORDS and _DUMMY_HOST.match(text, end + 1):
        return None
    verdict = rule.validator(value) if rule.validator is not None else None
    if verdict is False:
        return None
    details = (f"issuer: {rule.issuer}", rule.id) if rule.issuer else (rule.id,)
    return Finding(
        entity_type=rule.entity_type,
        start=start,
        end=end,
        score=0.99 if verdict else rule.score,
        recognizer=f"secrets/{rule.id}",
        validated=verdict is True,
        details=details,
    )


def _is_filled(value: str, rule: Rule) -> bool:
    """Whether somebody filled the token's place with a stand-in. Passwords may say anything but that."""
    return is_placeholder(value)


def _named(text: str, folded: str, item: Assigned, book: _Book) -> Finding:
    name_words = words_of(text[item.name_start : item.name_end])
    issuer = book.vendors.issuer_of(text, folded, max(0, item.name_start - 40), item.name_end)
    entity = "PASSWORD" if item.kind is Kind.PASSWORD else "API_KEY"
    value = text[item.start : item.end]
    if "aws" in name_words and "secret" in name_words and len(value) == 40:
        entity = "AWS_SECRET_KEY"
    score = {Kind.PASSWORD: 0.85, Kind.STRONG: 0.8}.get(item.kind, 0.65) - (0.0 if item.quoted else 0.05) - (0.05 if item.prose else 0.0)
    details = ("named credential", *((f"issuer: {issuer}",) if issuer and entity != "PASSWORD" else ()))
    return Finding(entity_type=entity, start=item.start, end=item.end, score=score, recognizer="secrets/named", details=details)
