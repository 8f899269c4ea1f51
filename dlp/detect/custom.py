"""What a policy brings along: deny and allow lists, and recognizers written as Presidio's own YAML has them.

A user's regular expression is untrusted: it is compiled when the policy is read, runs in the `regex` module with a
time limit, and running out of time is an error (`DetectorError`), never a pattern that is skipped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.trie import trie_pattern
from dlp.errors import DetectorError, PolicyError

PATTERN_SECONDS = 0.5
"""Time one pattern may take on one text of up to `PATTERN_TEXT` characters; more text gets proportionally more."""
PATTERN_TEXT = 100_000
CONTEXT_BOOST = 0.35
"""What a context word adds, and `CONTEXT_FLOOR` the least it lifts a score to: Presidio's own defaults."""
CONTEXT_FLOOR = 0.4
_FLAGS = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE
"""Presidio's default for patterns; `global_regex_flags` in a definition is honoured."""


LONGEST_BRANCHED = 200
"""Characters of a term up to which it becomes part of the trie."""


def _any_of(terms: Sequence[str]) -> str:
    """A regular expression for any of the terms in any case, the longest first; a list of thousands costs no more than a short one."""
    long = sorted((term for term in terms if len(term) > LONGEST_BRANCHED), key=len, reverse=True)
    short = [_folded(term) for term in terms if len(term) <= LONGEST_BRANCHED]
    written = [re.escape(term).replace(r"\ ", r"\s+") for term in long]
    return "|".join([*written, *([trie_pattern(short, blank=r"\s+")] if short else [])])


_ALIKE = {0x0130: "i", 0x0131: "i", 0x1FD3: "\u0390", 0x1FE3: "\u03b0", 0xFB06: "\ufb05"}
"""What `re.IGNORECASE` takes for the same beyond what folds alike, one character for one."""


def _folded(term: str) -> str:
    """One spelling for all that `re.IGNORECASE` takes for the same; as long as the term."""
    folded = []
    for character in term.translate(_ALIKE):
        low = character.casefold()
        folded.append(low if len(low) == 1 else low if len(low := character.lower()) == 1 else character)
    return "".join(folded)


class DenyList:
    """Literal terms per entity type, found as whole words in any case; blanks inside a term match any run of blanks."""

    def __init__(self, terms: Mapping[str, Sequence[str]]) -> None:
        self._entity: dict[str, str] = {}
        written = []
        for entity, words in terms.items():
            for word in words:
                term = " ".join(word.split())
                if term:
                    self._entity.setdefault(_folded(term), entity)
                    written.append(term)
        self._pattern = re.compile(rf"(?<!\w)(?:{_any_of(written)})(?!\w)", re.IGNORECASE) if written else None

    def find(self, text: str) -> Iterator[Hit]:
        if self._pattern is None:
            return
        for match in self._pattern.finditer(text):
            entity = self._entity.get(_folded(" ".join(match.group().split())))
            if entity is None:
                raise DetectorError("the deny list: a term was found in a spelling that none of the list's has")
            yield Hit(entity, *match.span(), 1.0, "deny-list", True)


class AllowList:
    """Values that are never findings, compared without regard to case and to the blanks around them."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = frozenset(" ".join(term.split()).casefold() for term in terms)

    def __bool__(self) -> bool:
        return bool(self._terms)

    def holds(self, value: str) -> bool:
        return " ".join(value.split()).casefold() in self._terms


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    compiled: regex.Pattern[str]
    score: float


class CustomRecognizer:
    """One recognizer definition with patterns or a deny list."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        problems: list[str] = []
        name = definition.get("name")
        self.name = str(name) if name else "custom"
        entity = definition.get("supported_entity")
        if entity is None and isinstance(definition.get("supported_entities"), Sequence):
            entities = definition["supported_entities"]
            entity = entities[0] if entities and not isinstance(entities, str) else entities
        if not isinstance(entity, str) or not entity:
            problems.append(
                f"recognizer {self.name!r}: supported_entity is missing; expected an entity type such as 'PROJECT_CODE'"
            )
        self.entity_type = str(entity)
        flags = definition.get("global_regex_flags")
        self._patterns = self._compile(
            definition.get("patterns") or (), int(flags) if isinstance(flags, int) else int(_FLAGS), problems
        )
        terms = definition.get("deny_list") or ()
        if isinstance(terms, str) or not all(isinstance(term, str) for term in terms):
            problems.append(f"recognizer {self.name!r}: deny_list: expected a list of words")
            terms = ()
        self._deny = DenyList({self.entity_type: list(terms)})
        self._deny_score = float(definition.get("deny_list_score", 1.0))
        if not self._patterns and not terms and not problems:
            problems.append(f"recognizer {self.name!r}: has neither patterns nor a deny_list")
        words: list[str] = list(definition.get("context") or ())
        for language in definition.get("supported_languages") or ():
            if isinstance(language, Mapping):
                words += language.get("context") or ()
        self._context = Wanted([str(word) for word in words], lasting=False)
        if problems:
            raise PolicyError(problems)

    def _compile(self, entries: Any, flags: int, problems: list[str]) -> list[_Pattern]:
        patterns = []
        for number, entry in enumerate(entries):
            where = f"recognizer {self.name!r}: patterns[{number}]"
            if not isinstance(entry, Mapping) or not isinstance(entry.get("regex"), str):
                problems.append(f"{where}: expected a mapping with name, regex and score")
                continue
            try:
                compiled = regex.compile(entry["regex"], flags)
            except regex.error as error:
                problems.append(f"{where}.regex: {error}")
                continue
            score = entry.get("score", 0.5)
            if not isinstance(score, (int, float)) or not 0 <= score <= 1:
                problems.append(f"{where}.score: expected a number from 0 to 1")
                continue
            patterns.append(_Pattern(str(entry.get("name", number)), compiled, float(score)))
        return patterns

    def find(self, around: Surroundings) -> Iterator[Hit]:
        """Raises `DetectorError` when a pattern runs out of time."""
        text = around.text
        limit = PATTERN_SECONDS * max(1.0, len(text) / PATTERN_TEXT)
        for pattern in self._patterns:
            try:
                matches = list(pattern.compiled.finditer(text, timeout=limit))
            except TimeoutError:
                raise DetectorError(
                    f"recognizer {self.name!r}, pattern {pattern.name!r}: ran out of time ({limit:.1f} s); make "
                    f"the pattern simpler"
                ) from None
            for match in matches:
                if match.end() > match.start():
                    yield self._hit(around, match.start(), match.end(), pattern.score, pattern.name)
        for hit in self._deny.find(text):
            hit.recognizer, hit.score, hit.validated = self.name, self._deny_score, False
            yield hit

    def _hit(self, around: Surroundings, start: int, end: int, score: float, pattern: str) -> Hit:
        details: tuple[str, ...] = (f"pattern: {pattern}",)
        if self._context:
            word = around.nearest(start, end, self._context)
            if word is not None:
                score = min(1.0, max(score + CONTEXT_BOOST, CONTEXT_FLOOR))
                details += (f"context: {word[0]}",)
        return Hit(self.entity_type, start, end, score, self.name, False, details)


class PresidioRecognizer:
    """A recognizer class of presidio-analyzer named in a definition (`type: predefined`, `class_name`)."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        from presidio_analyzer import predefined_recognizers  # heavy: only for policies that name one

        name = str(definition.get("class_name") or definition.get("name"))
        found = getattr(predefined_recognizers, name, None)
        if found is None:
            known = sorted(n for n in dir(predefined_recognizers) if n.endswith("Recognizer"))
            raise PolicyError(
                [f"recognizer {name!r}: presidio-analyzer has no such class; it has {', '.join(known[:8])}, ..."]
            )
        arguments: dict[str, Any] = {}
        languages = definition.get("supported_languages") or ()
        if languages:
            first = languages[0]
            arguments["supported_language"] = first.get("language", "en") if isinstance(first, Mapping) else str(first)
        try:
            self._recognizer = found(**arguments)
        except Exception as error:
            raise PolicyError([f"recognizer {name!r}: can't be made: {type(error).__name__}: {error}"]) from error
        self.name = name
        self._context = Wanted(list(self._recognizer.context or ()), lasting=False)

    def find(self, around: Surroundings) -> Iterator[Hit]:
        """Raises `DetectorError` when the recognizer raises."""
        text = around.text
        try:
            results = self._recognizer.analyze(text, self._recognizer.supported_entities, None) or []
        except Exception as error:  # noqa: BLE001 - whatever a foreign recognizer raises, the request is refused
            raise DetectorError(f"recognizer {self.name!r} raised {type(error).__name__}") from None
        for result in results:
            if not 0 <= result.start < result.end <= len(text):
                raise DetectorError(f"recognizer {self.name!r} returned a span outside the text")
            score = float(result.score)
            if self._context and around.nearest(result.start, result.end, self._context) is not None:
                score = min(1.0, max(score + CONTEXT_BOOST, CONTEXT_FLOOR))
            yield Hit(result.entity_type, result.start, result.end, score, self.name)


def load_recognizers(definitions: Sequence[Mapping[str, Any]]) -> list[CustomRecognizer | PresidioRecognizer]:
    """Raises `PolicyError` with every mistake of every definition."""
    loaded: list[CustomRecognizer | PresidioRecognizer] = []
    problems: list[str] = []
    for definition in definitions:
        if definition.get("enabled", True) is False:
            continue
        try:
            if definition.get("type") == "predefined" or "class_name" in definition:
                loaded.append(PresidioRecognizer(definition))
            else:
                loaded.append(CustomRecognizer(definition))
        except PolicyError as error:
            problems += error.problems
    if problems:
        raise PolicyError(problems)
    return loaded
