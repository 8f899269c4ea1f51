"""Secrets in a text, as findings. See the package's docstring for the order of the steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from dlp.detect import traits
from dlp.detect.patterns import compiled
from dlp.detect.secrets.announcing import Assigned
from dlp.detect.secrets.assignments import accepts_alone, iter_assigned
from dlp.detect.secrets.blocks import MARKS, iter_blocks
from dlp.detect.secrets.candidates import candidates
from dlp.detect.secrets.names import STEMS, Kind, classify, words_of
from dlp.detect.secrets.opaque import entropy, is_ragged, surprise
from dlp.detect.secrets.placeholders import is_placeholder, is_reference
from dlp.detect.secrets.prefilter import Literals, fold
from dlp.detect.secrets.rule import Rule
from dlp.detect.secrets.rules import all_rules
from dlp.detect.secrets.tables import iter_cells
from dlp.detect.secrets.values import Form
from dlp.detect.secrets.vendors import Vendors, Words, may_be_judged
from dlp.types import Finding

_SHORTEST: Final = 3
_LONGEST_PIN: Final = 8
_SHORTEST_LOOSE: Final = 16
_LONGEST_TOKEN: Final = 16384  # characters behind its keyword to which a match with a lead may extend
_TOKEN_START: Final = re.compile(r"[\s\"'<>`]")
_BEGINNING: Final = re.compile(
    r"[^A-Za-z0-9\s]|(?<![A-Za-z0-9])[A-Za-z0-9]|(?<=\\[nrt])[A-Za-z0-9]|(?<=%[0-9A-Fa-f]{2})[A-Za-z0-9]|(?<=bot)[0-9]"
)
_ESCAPE: Final = re.compile(
    r"(?:bot|\\[nrtbfv0]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\x1b\[[0-9;]{0,8}m)\Z"
)
_NO_DIGITS: Final = re.compile(r"[^0-9]{1,4096}\Z")
_DUMMY_PASSWORDS: Final = frozenset({"password", "pass", "passwd", "pwd", "pw", "secret", "token", "passw0rd"})
_DUMMY_HOST: Final = re.compile(
    r"(?:[\w.-]{0,60}\.)?(?:example(?:\.(?:com|org|net|test))?|host|hostname|server|domain\.tld|proxy\.example)\b",
    re.IGNORECASE,
)


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
        self.stems = frozenset(STEMS)
        self.marks = frozenset(MARKS)
        self.vendors = Vendors(rules)
        self.literals = Literals([*self.by_keyword, *STEMS, *MARKS], name="secrets")
        self.any_loose = re.compile("|".join(f"(?:{rule.pattern})" for rule in self.loose))


@cache
def _book() -> _Book:
    return _Book(all_rules())


def literals() -> Literals:
    """The literals of which one stands near every secret that has a rule, as the pass over a text looks for them."""
    return _book().literals


def _by_name(kind: Kind, start: int, end: int, namer: str, score: float, recognizer: str) -> Finding:
    """A credential of which no more is known than what its `namer`, a column or a key, calls it."""
    return Finding(
        entity_type="PASSWORD" if kind is Kind.PASSWORD else "API_KEY",
        start=start,
        end=end,
        score=score,
        recognizer=f"secrets/{recognizer}",
        details=(f"named by its {namer}",),
    )


def _in_column(start: int, end: int, kind: Kind) -> Finding:
    return _by_name(kind, start, end, "column", 0.8, "column")


class SecretDetector:
    """Finds secrets. Holds no state: one may be shared by all threads, and all share the compiled rules."""

    def find(self, text: str, context: str = "", shown: int = traits.ALL) -> list[Finding]:
        """Every secret in `text`; spans may overlap, the caller resolves them.

        Args:
            text: What to examine.
            context: A name that stands for the text as a whole, such as its JSON key (`"db_password"`).
            shown: The text's traits where they have been read, of `dlp.detect.traits`.
        """
        if len(text) < _SHORTEST:
            return []
        folded = fold(text)
        book = _book()
        hits = book.literals.hits(folded)
        spans = candidates(text) if shown & traits.TOKEN else []
        if not (hits or spans or context):
            return []
        found = [*self._formats(text, hits, book), *self._loose(text, spans, book)]
        stems = [hit for hit in hits if hit[1] in book.stems]
        if any(literal in book.marks for _, literal in hits):
            found.extend(self._blocks(text, folded))
        spans = [span for span in spans if may_be_judged(text, *span)]
        if stems or spans:
            words = Words(book.vendors, text, folded, [*spans, *((at, at + len(stem)) for at, stem in stems)])
            if stems:
                found.extend(self._assigned(text, stems, words, book))
                found.extend(self._cells(text, stems))
            found.extend(self._neighbours(text, folded, spans, words, context, book))
        if context:
            found.extend(self._alone(text, context))
        if len(found) < 2:
            return found
        return list(dict.fromkeys(found))  # two keywords of one rule may lead to the same place

    def in_cell(self, text: str, start: int, end: int, heading: str) -> Iterator[Finding]:
        """The credential in `[start, end)`, which stands under a heading or beside a label of a table; `heading` in lower-case words."""
        if classify(heading.strip()) < Kind.STRONG:
            return
        cell = text[start:end]
        value = cell.strip(" \t\r\n\"'`*")
        alone = accepts_alone(value, heading.strip()) if value else None
        if alone is not None:
            at = start + cell.index(value)
            yield _in_column(at, at + len(value), alone[0])

    def _formats(self, text: str, hits: list[tuple[int, str]], book: _Book) -> Iterator[Finding]:
        done: set[tuple[str, int]] = set()
        for at, keyword in hits:
            for rule in book.by_keyword.get(keyword, ()):
                yield from self._try(text, rule, at, len(keyword), done)

    def _loose(self, text: str, spans: list[tuple[int, int]], book: _Book) -> Iterator[Finding]:
        for start, end in spans:
            if end - start < _SHORTEST_LOOSE or book.any_loose.match(text, start, end) is None:
                continue
            for rule in book.loose:
                if compiled(rule.pattern).fullmatch(text, start, end):
                    finding = _judged(text, rule, start, end)
                    if finding is not None:
                        yield finding

    def _try(self, text: str, rule: Rule, at: int, length: int, done: set[tuple[str, int]]) -> Iterator[Finding]:
        pattern = compiled(rule.pattern)
        match = _led(text, pattern, at, rule) if rule.lead else None
        if match is None:
            match = pattern.match(text, at + length if rule.behind else at)
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
                entity_type="PRIVATE_KEY",
                start=start,
                end=end,
                score=0.99,
                recognizer=f"secrets/{rule}",
                validated=True,
                details=(rule,),
            )

    def _assigned(self, text: str, stems: list[tuple[int, str]], words: Words, book: _Book) -> Iterator[Finding]:
        for item in iter_assigned(text, stems, lambda start, end: bool(words.issuers(start, end))):
            yield _named(text, item, words, book)

    def _cells(self, text: str, stems: list[tuple[int, str]]) -> Iterator[Finding]:
        for start, end, kind in iter_cells(text, stems):
            yield _in_column(start, end, kind)

    def _neighbours(
        self, text: str, folded: str, spans: list[tuple[int, int]], words: Words, context: str, book: _Book
    ) -> Iterator[Finding]:
        named = Words(book.vendors, context, fold(context), [(0, len(context))]) if context else None
        for item in book.vendors.iter_neighbours(text, folded, spans, words, named):
            yield Finding(
                entity_type=item.entity_type,
                start=item.start,
                end=item.end,
                score=item.score,
                recognizer=f"secrets/{item.rule}",
                details=(f"issuer: {item.issuer}",) if item.issuer else ("assigned, random",),
            )

    def _alone(self, text: str, context: str) -> Iterator[Finding]:
        span = accepts_alone(text, context)
        if span is not None:
            kind, start, end = span
            yield _by_name(kind, start, end, "key", 0.85, "named-by-context")


def _led(text: str, pattern: re.Pattern[str], at: int, rule: Rule) -> re.Match[str] | None:
    """The match of a rule whose keyword, at `at`, stands inside: begun `lead` back at most, where a token can begin."""
    if not text[at].isalnum() and text[at - 1 : at] == text[at]:
        return None  # a run of the keyword's first character (a ruler, a table) and no token before it
    first = max(0, at - rule.lead)
    if not rule.phrase:
        for blank in _TOKEN_START.finditer(text, first, at):
            first = blank.end()
    for begin in _BEGINNING.finditer(text, first, at):
        match = pattern.match(text, begin.start(), at + _LONGEST_TOKEN)
        if match is not None and match.end() > at:
            return match
    return None


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
    if not rule.placeholders and (is_reference(value) or is_placeholder(value)):
        return None
    if rule.min_entropy and (entropy(value) < rule.min_entropy or _is_identifier(value)):
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


def _is_identifier(value: str) -> bool:
    """Letters without a digit that read like a name in a program: `live_update_of_all_the_things`."""
    return _NO_DIGITS.match(value) is not None and surprise(value) < 4.6 and not is_ragged(value)


_DOUBT: Final = {Form.QUOTED: 0.0, Form.PROSE: 0.1, Form.BESIDE: 0.15}
"""What is taken off the score of a named credential, by how it is written; a twentieth where nothing is said."""


def _named(text: str, item: Assigned, words: Words, book: _Book) -> Finding:
    name_words = words_of(text[item.name_start : item.name_end])
    issuer = book.vendors.issuer_of(words, max(0, item.name_start - 40), item.name_end)
    value = text[item.start : item.end]
    entity = "PASSWORD" if item.kind is Kind.PASSWORD or (value.isdigit() and len(value) <= _LONGEST_PIN) else "API_KEY"
    if len(value) == 40:  # `AWS secret access key ...`
        name_words = words_of(text[max(0, item.name_start - 24) : item.name_end])
    if "aws" in name_words and "secret" in name_words and len(value) == 40:
        entity = "AWS_SECRET_KEY"
    score = {Kind.PASSWORD: 0.85, Kind.STRONG: 0.8}.get(item.kind, 0.65) - _DOUBT.get(item.form, 0.05)
    details = ("named credential", *((f"issuer: {issuer}",) if issuer and entity != "PASSWORD" else ()))
    return Finding(
        entity_type=entity, start=item.start, end=item.end, score=score, recognizer="secrets/named", details=details
    )
