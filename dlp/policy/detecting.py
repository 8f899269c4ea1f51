"""The `detect:` section of a policy: thresholds, lists, recognizers in Presidio's shape, and what recognises names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from dlp.policy import document
from dlp.policy.model import DEFAULT_KEY, DetectSettings, NerLevel, NerSettings
from dlp.policy.reading import Entry, Reader
from dlp.policy.regexes import regex_problem
from dlp.printable import printable

MAX_RECOGNIZERS = 200
MAX_PATTERNS = 100
"""Patterns of one recognizer."""
DETECT_KEYS = ("min_score", "allow_list", "deny_list", "recognizers", "ner")
NER_KEYS = ("pipeline", "level", "fast_above")
FAST_ABOVE_RANGE = (0, 2**26)
NLP_KEYS = ("nlp_engine_name", "models", "ner_model_configuration")
PATTERN_KEYS = ("name", "regex", "score")

_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_CLASS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class RecognizerKind(StrEnum):
    """Presidio's `type` of a recognizer definition."""

    CUSTOM = "custom"
    PREDEFINED = "predefined"


CUSTOM_KEYS = (
    "name", "type", "enabled", "supported_entity", "supported_entities", "supported_language", "supported_languages",
    "patterns", "context", "deny_list", "deny_list_score", "global_regex_flags", "country_code",
)  # fmt: skip
"""What Presidio reads of a custom recognizer."""
_TEXT_KEYS = ("name", "regex", "supported_entity", "supported_entities", "context", "deny_list")


class DetectReader(Reader):
    """Reads `detect:`."""

    def _detect(self, entry: Entry | None) -> tuple[DetectSettings, set[str]]:
        """The section, and the entity types that the policy itself defines."""
        if entry is None:
            return DetectSettings(), set()
        keys = self._mapping(entry.value, entry.place, known=DETECT_KEYS)
        own_types: set[str] = set()
        min_score = 0.5
        if (score := keys.get("min_score")) is not None:
            min_score = self._number(score.value, score.place, 0.0, 1.0) or 0.0
        allow_list = self._terms(keys.get("allow_list"))
        deny_list: dict[str, tuple[str, ...]] = {}
        if (denied := keys.get("deny_list")) is not None:
            for term_list in self._mapping(denied.value, denied.place).values():
                if self._entity_name(term_list.key_node, term_list.place, term_list.key):
                    own_types.add(term_list.key)
                deny_list[term_list.key] = self._terms(term_list)
        recognizers: list[Mapping[str, Any]] = []
        if (listed := keys.get("recognizers")) is not None:
            items = self._items(listed.value, listed.place, "recognizers", MAX_RECOGNIZERS)
            for index, item in enumerate(items):
                recognizers.append(self._recognizer(item, f"{listed.place}[{index}]", own_types))
        settings = DetectSettings(
            min_score=min_score,
            allow_list=allow_list,
            deny_list=deny_list,
            recognizers=tuple(recognizers),
            ner=self._ner(keys.get("ner"), own_types),
        )
        return settings, own_types

    def _ner(self, entry: Entry | None, own_types: set[str]) -> NerSettings:
        if entry is None:
            return NerSettings()
        if isinstance(entry.value, document.Mapping) and any(
            isinstance(key, document.Scalar) and key.text == "nlp_engine_name" for key, _ in entry.value.pairs
        ):
            return self._nlp_configuration(entry, own_types)
        keys = self._mapping(entry.value, entry.place, known=NER_KEYS)
        pipeline = "builtin"
        if (named := keys.get("pipeline")) is not None:
            pipeline = self._text(named.value, named.place, limit=1000) or pipeline
        above = NerSettings().fast_above
        if (length := keys.get("fast_above")) is not None:
            above = int(self._number(length.value, length.place, *FAST_ABOVE_RANGE, whole=True, unit="characters") or 0)
        return NerSettings(
            pipeline=pipeline,
            level=self._choice(keys.get("level"), NerLevel, "level", NerLevel.BALANCED),
            fast_above=above,
        )

    def _nlp_configuration(self, entry: Entry, own_types: set[str]) -> NerSettings:
        """Presidio's own shape: `nlp_engine_name`, `models`, `ner_model_configuration`."""
        keys = self._mapping(entry.value, entry.place, known=NLP_KEYS)
        self._text(keys["nlp_engine_name"].value, keys["nlp_engine_name"].place)
        models = keys.get("models")
        if models is None:
            self._wrong(entry.value, entry.place, "no 'models'; expected a list of {lang_code, model_name}")
        else:
            for index, item in enumerate(self._items(models.value, models.place, "models", 50)):
                place = f"{models.place}[{index}]"
                model = self._mapping(item, place, known=("lang_code", "model_name"))
                if isinstance(item, document.Mapping):
                    for key in ("lang_code", "model_name"):
                        if key not in model:
                            self._wrong(item, place, f"no '{key}'")
                if (language := model.get("lang_code")) is not None:
                    self._language(language.value, language.place)
        mapping = keys.get("ner_model_configuration")
        if mapping is not None:
            for section in self._mapping(mapping.value, mapping.place).values():
                if section.key == "model_to_presidio_entity_mapping":
                    for each in self._mapping(section.value, section.place).values():
                        named = self._text(each.value, each.place)
                        if named is not None and self._entity_name(each.value, each.place, named):
                            own_types.add(named)
        plain = document.to_plain(entry.value)
        return NerSettings(nlp_configuration=plain if isinstance(plain, dict) else None)

    def _recognizer(self, node: document.Node, place: str, own_types: set[str]) -> dict[str, Any]:
        """One definition in Presidio's shape, checked as far as it can be without loading Presidio."""
        if isinstance(node, document.Scalar) and not node.is_null:
            self._class_name(node, place)
            return {"name": node.text, "type": "predefined"}
        keys = self._mapping(node, place)
        if not keys:
            if isinstance(node, document.Mapping):
                self._wrong(
                    node, place, "an empty recognizer; expected name, supported_entity, and patterns or deny_list"
                )
            return {}
        predefined = "patterns" not in keys and "deny_list" not in keys
        if (kind := keys.get("type")) is not None:
            written = self._choice(kind, RecognizerKind, "type", RecognizerKind.CUSTOM)
            predefined = written is RecognizerKind.PREDEFINED
        if not predefined:
            # A predefined one passes what else it has to its class, whose arguments only Presidio knows.
            for entry in keys.values():
                self._known_key(entry, CUSTOM_KEYS)
        self._recognizer_names(node, place, keys, own_types, predefined=predefined)
        self._recognizer_languages(keys)
        flags = self._recognizer_numbers(keys)
        self._patterns(node, place, keys, flags, predefined=predefined)
        self._terms(keys.get("deny_list"), empty_allowed=False)
        self._terms(keys.get("context"))
        plain = document.to_plain(node, texts=_TEXT_KEYS)
        definition = plain if isinstance(plain, dict) else {}
        definition["type"] = "predefined" if predefined else "custom"
        return definition

    def _recognizer_names(
        self, node: document.Node, place: str, keys: Mapping[str, Entry], own_types: set[str], *, predefined: bool
    ) -> None:
        if (name := keys.get("name")) is not None:
            self._text(name.value, name.place)
        elif not (predefined and "class_name" in keys):
            self._wrong(node, place, "no 'name'; expected a name to show in findings")
        class_name = keys.get("class_name") or (keys.get("name") if predefined else None)
        if class_name is not None and isinstance(class_name.value, document.Scalar):
            self._class_name(class_name.value, class_name.place)
        single, several = keys.get("supported_entity"), keys.get("supported_entities")
        if single is None and several is None and not predefined:
            self._wrong(node, place, "no 'supported_entity'; expected the entity type it finds, as in PROJECT_CODE")
        found: list[tuple[document.Node, str]] = []
        if single is not None:
            found.append((single.value, single.place))
        if several is not None:
            for index, item in enumerate(self._items(several.value, several.place, "entity types", 50)):
                found.append((item, f"{several.place}[{index}]"))
            if single is not None or (not predefined and len(found) != 1):
                self._wrong(several.value, several.place, "expected one entity type in all, in supported_entity")
        for value, where in found:
            named = self._text(value, where)
            if named is not None and self._entity_name(value, where, named):
                own_types.add(named)

    def _recognizer_languages(self, keys: Mapping[str, Entry]) -> None:
        if (language := keys.get("supported_language")) is not None:
            self._language(language.value, language.place)
        if (languages := keys.get("supported_languages")) is None:
            return
        for index, item in enumerate(self._items(languages.value, languages.place, "languages", 50)):
            place = f"{languages.place}[{index}]"
            if not isinstance(item, document.Mapping):
                self._language(item, place)
                continue
            parts = self._mapping(item, place, known=("language", "context"))
            if (code := parts.get("language")) is None:
                self._wrong(item, place, "no 'language'; expected a language code, as in 'en'")
            else:
                self._language(code.value, code.place)
            self._terms(parts.get("context"))

    def _recognizer_numbers(self, keys: Mapping[str, Entry]) -> int | None:
        """Check scores and switches; gives the flags to compile patterns with, None for the usual ones."""
        if (score := keys.get("deny_list_score")) is not None:
            self._number(score.value, score.place, 0.0, 1.0)
        self._switch(keys.get("enabled"), fallback=True)
        if (flags := keys.get("global_regex_flags")) is None:
            return None
        number = self._number(flags.value, flags.place, 0, 2**16)
        return None if number is None else int(number)

    def _patterns(
        self, node: document.Node, place: str, keys: Mapping[str, Entry], flags: int | None, *, predefined: bool
    ) -> None:
        entry = keys.get("patterns")
        if entry is None:
            if not predefined and "deny_list" not in keys:
                self._wrong(node, place, "neither 'patterns' nor 'deny_list'; expected at least one")
            return
        items = self._items(entry.value, entry.place, "patterns", MAX_PATTERNS)
        if not items and isinstance(entry.value, document.Sequence) and "deny_list" not in keys:
            self._wrong(entry.value, entry.place, "an empty list; expected at least one {name, regex, score}")
        for index, item in enumerate(items):
            where = f"{entry.place}[{index}]"
            pattern = self._mapping(item, where, known=PATTERN_KEYS)
            if isinstance(item, document.Mapping):
                for key in ("name", "regex", "score"):
                    if key not in pattern:
                        self._wrong(item, where, f"no '{key}'; expected {{name, regex, score}}")
            if (name := pattern.get("name")) is not None:
                self._text(name.value, name.place)
            if (score := pattern.get("score")) is not None:
                self._number(score.value, score.place, 0.0, 1.0)
            if (written := pattern.get("regex")) is not None:
                text = self._text(written.value, written.place, limit=None)
                problem = None
                if text is not None:
                    problem = regex_problem(text) if flags is None else regex_problem(text, flags)
                if problem is not None:
                    self._wrong(written.value, written.place, problem)

    def _entity_name(self, node: document.Node, place: str, name: str) -> bool:
        """Check a name that the policy gives to a type of its own (or an existing one that it adds to)."""
        if _ENTITY.fullmatch(name) and name != DEFAULT_KEY:
            return True
        reason = "is the key for all other types" if name == DEFAULT_KEY else "is no entity type"
        self._wrong(
            node,
            place,
            f"'{printable(name)}' {reason}; expected upper-case letters, digits and '_', as in PROJECT_CODE",
        )
        return False

    def _language(self, node: document.Node, place: str) -> None:
        if not isinstance(node, document.Scalar) or not _LANGUAGE.fullmatch(node.text):
            self._wrong(node, place, f"{self._shown(node)} is no language code; expected one as in 'en'")

    def _class_name(self, node: document.Scalar, place: str) -> None:
        if not _CLASS_NAME.fullmatch(node.text):
            self._wrong(
                node,
                place,
                f"{self._shown(node)} is no class name; expected one of Presidio's, as in 'UsBankRecognizer'",
            )
