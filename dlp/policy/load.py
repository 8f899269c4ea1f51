"""A policy file into a `Policy`, or all its mistakes at once.

Every mistake is one line: file, line, key path, what was found, what was expected, and the nearest name where a name
was meant. A policy loads whole or not at all, and an unknown key is a mistake: a misspelt `on_eror: block` must not
silently mean the default. Terms of the allow and deny lists may
be what the policy protects, so no message repeats them.

`_Reader` walks the tree and always gives back something of the right type, so that one mistake doesn't hide the next;
what it gave back is used only when nothing was wrong.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from dlp.detect.entities import ENTITY_TYPES, OTHER_NAMES, Group, types_in
from dlp.errors import PolicyError
from dlp.policy import document
from dlp.policy.model import (
    DetectSettings,
    Fault,
    Limits,
    Mode,
    NerLevel,
    NerSettings,
    Policy,
    Reasoning,
    ResponseSettings,
    Scan,
    Urls,
    VaultSettings,
    WhenDown,
)
from dlp.policy.regexes import regex_problem
from dlp.printable import printable
from dlp.types import Action

VERSION = 1
"""The schema that this module reads; the `version:` of a file."""
DEFAULT_KEY = "DEFAULT"
"""The key of `entities` that stands for every type without a line of its own."""
MAX_PROBLEMS = 100
"""Mistakes reported one by one; what is beyond is counted."""
MAX_TERM_LENGTH = 500
"""Characters of one allow or deny term."""
MAX_RECOGNIZERS = 200
MAX_PATTERNS = 100
"""Patterns of one recognizer."""
BODY_BYTES_RANGE = (1, 2**30)
VAULT_DAYS_RANGE = (0.001, 3660)
"""1 GiB is above what any provider takes in one request; a body is held in memory several times over."""

_SUFFIXES = (".yaml", ".yml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_CLASS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_E = TypeVar("_E", bound=StrEnum)


def shipped_policies() -> dict[str, Path]:
    """Name -> file of the policies that come with the package, sorted by name."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def load_policy(name_or_path: str | Path, *, providers: Collection[str] | None = None) -> Policy:
    """Read and check a policy.

    Args:
        name_or_path: A shipped policy's name (`default`), or a path: anything with a separator or a YAML suffix.
        providers: Provider ids that `hosts` may name; None leaves them to the caller to check.

    Raises:
        PolicyError: The file can't be read or holds mistakes; `problems` has all of them.
    """
    path = _find(name_or_path)
    return parse_policy(_read(path), source=_display(path), path=path, providers=providers)


def parse_policy(
    content: bytes, *, source: str, path: Path | None = None, providers: Collection[str] | None = None
) -> Policy:
    """`load_policy` for bytes at hand. `source` names the file in messages; `path` goes into the policy."""
    root = document.parse_document(content, source)
    if root is None:
        raise PolicyError([f"{source}: file is empty; expected a policy, starting with 'version: {VERSION}'"])
    reader = _Reader(source, providers)
    policy = reader.policy(root, path)
    reader.raise_problems()
    return policy


def _shipped_folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    installed = package / "_policies"  # where the wheel puts them
    return installed if installed.is_dir() else package.parent / "policies"


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith(_SUFFIXES):
        return Path(name_or_path)
    shipped = shipped_policies()
    if text in shipped:
        return shipped[text]
    if not shipped:
        raise PolicyError([f"the shipped policies are missing: no *.yaml in {_display(_shipped_folder())}"])
    hint = f". For the file write './{printable(text)}'" if Path(text).is_file() else _nearest(text, shipped)
    listed = _either(shipped, "and")
    raise PolicyError([f"no policy is named '{printable(text)}'; shipped are {listed}; or give a path{hint}"])


def _read(path: Path) -> bytes:
    shown = _display(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "not a regular file"
            raise PolicyError([f"{shown}: is {what}; expected a YAML file"])
        with path.open("rb") as file:
            return file.read(document.MAX_BYTES + 1)
    except FileNotFoundError:
        near = _nearest(path.stem, shipped_policies()) if path.parent.name in ("", "policies") else ""
        raise PolicyError([f"{shown}: no such file{near}"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise PolicyError([f"{shown}: can't be read: {reason}"]) from None


def _display(path: Path) -> str:
    """The path as people want to see it: relative where that is shorter."""
    try:
        return printable(str(path.absolute().relative_to(Path.cwd())), 300)
    except (OSError, ValueError):
        return printable(str(path), 300)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One key of a mapping with its value and the path that messages use."""

    key: str
    place: str
    key_node: document.Node
    value: document.Node


class _Reader:
    """Reads the schema out of a tree and collects the mistakes."""

    def __init__(self, source: str, providers: Collection[str] | None) -> None:
        self._source = source
        self._providers = providers
        self._problems: list[tuple[int, str]] = []
        self._more = 0

    def raise_problems(self) -> None:
        if not self._problems:
            return
        lines = [
            f"{self._source}:{line}: {message}" for line, message in sorted(self._problems, key=lambda each: each[0])
        ]
        if self._more:
            lines.append(f"{self._source}: ... and {self._more} more mistakes")
        raise PolicyError(lines)

    # The schema, top to bottom.

    def policy(self, root: document.Node, path: Path | None) -> Policy:
        sections = self._mapping(
            root,
            "",
            known=(
                "version", "name", "mode", "hosts", "detect", "entities", "response", "on_error", "on_unscannable",
                "limits",
                "vault",
            ),
        )  # fmt: skip
        if (version := sections.get("version")) is not None:
            self._version(version)
        detect, own_types = self._detect(sections.get("detect"))
        actions, origins = self._entities(sections.get("entities"), own_types)
        return Policy(
            name=self._name(sections.get("name"), path),
            mode=self._choice(sections.get("mode"), Mode, "mode", Mode.ENFORCE),
            hosts=self._hosts(sections.get("hosts")),
            detect=detect,
            default_action=actions.pop(DEFAULT_KEY, Action.MASK),
            entities=actions,
            response=self._response(sections.get("response")),
            on_error=self._choice(sections.get("on_error"), Fault, "value", Fault.BLOCK),
            on_unscannable=self._choice(sections.get("on_unscannable"), Fault, "value", Fault.BLOCK),
            limits=self._limits(sections.get("limits")),
            vault=self._vault(sections.get("vault")),
            source=path,
            origins=origins,
        )

    def _version(self, entry: _Entry) -> None:
        if not isinstance(entry.value, document.Scalar) or entry.value.text != str(VERSION):
            self._wrong(entry.value, entry.place, f"unknown version {self._shown(entry.value)}; expected {VERSION}")

    def _name(self, entry: _Entry | None, path: Path | None) -> str:
        fallback = path.stem if path is not None else "unnamed"
        if entry is None:
            return fallback if _NAME.fullmatch(fallback) else "unnamed"
        name = self._text(entry.value, entry.place)
        if name is not None and not _NAME.fullmatch(name):
            expected = "1 to 64 ASCII letters, digits, '.', '_', '-' or blanks"
            self._wrong(entry.value, entry.place, f"{self._shown(entry.value)} is no name; expected {expected}")
        return name or fallback

    def _hosts(self, entry: _Entry | None) -> dict[str, str]:
        hosts: dict[str, str] = {}
        if entry is None:
            return hosts
        for host in self._mapping(entry.value, entry.place).values():
            normal = self._host(host)
            provider = self._text(host.value, host.place)
            if provider is not None and self._providers is not None and provider not in self._providers:
                hint = _nearest(provider, self._providers)
                expected = _either(sorted(self._providers))
                self._wrong(
                    host.value, host.place, f"unknown provider {self._shown(host.value)}; expected {expected}{hint}"
                )
            if normal is None:
                continue
            if normal in hosts:
                self._wrong(host.key_node, host.place, "names the same host as an earlier key")
            hosts[normal] = provider or ""
        return hosts

    def _host(self, entry: _Entry) -> str | None:
        """The key as the gate compares it: lower case, `host` or `host:port`, IPv6 in brackets before a port."""
        written = entry.key.strip().lower().removesuffix(".")
        match = re.fullmatch(r"(?:\[([0-9a-f:.]{2,45})\]|([^\[\]:/]{1,253}))(?::([0-9]{1,5}))?", written)
        if match is not None:
            name, port = match[1] or match[2].removesuffix("."), match[3]
            labels = name.split(".")
            good = _is_address(name) if match[1] or labels[-1].isdigit() else all(map(_HOST_LABEL.fullmatch, labels))
            if good and (port is None or 1 <= int(port) <= 65535):
                shown = f"[{name}]" if match[1] else name
                return shown if port is None else f"{shown}:{int(port)}"
        elif _is_address(written):
            return f"[{written}]"
        self._wrong(
            entry.key_node,
            entry.place,
            "not a host; expected a host name or address, as in 'llm.corp.example' or '127.0.0.1:8765'",
        )
        return None

    def _detect(self, entry: _Entry | None) -> tuple[DetectSettings, set[str]]:
        """The section, and the entity types that the policy itself defines."""
        if entry is None:
            return DetectSettings(), set()
        keys = self._mapping(
            entry.value, entry.place, known=("min_score", "allow_list", "deny_list", "recognizers", "ner")
        )
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

    def _ner(self, entry: _Entry | None, own_types: set[str]) -> NerSettings:
        if entry is None:
            return NerSettings()
        if isinstance(entry.value, document.Mapping) and any(
            isinstance(key, document.Scalar) and key.text == "nlp_engine_name" for key, _ in entry.value.pairs
        ):
            return self._nlp_configuration(entry, own_types)
        keys = self._mapping(entry.value, entry.place, known=("pipeline", "level"))
        pipeline = "builtin"
        if (named := keys.get("pipeline")) is not None:
            pipeline = self._text(named.value, named.place, limit=1000) or pipeline
        return NerSettings(
            pipeline=pipeline, level=self._choice(keys.get("level"), NerLevel, "level", NerLevel.BALANCED)
        )

    def _nlp_configuration(self, entry: _Entry, own_types: set[str]) -> NerSettings:
        """Presidio's own shape: `nlp_engine_name`, `models`, `ner_model_configuration`."""
        keys = self._mapping(entry.value, entry.place, known=("nlp_engine_name", "models", "ner_model_configuration"))
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
            written = self._choice(kind, _RecognizerKind, "type", _RecognizerKind.CUSTOM)
            predefined = written is _RecognizerKind.PREDEFINED
        if not predefined:
            # A predefined one passes what else it has to its class, whose arguments only Presidio knows.
            for entry in keys.values():
                self._known_key(entry, _CUSTOM_KEYS)
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
        self, node: document.Node, place: str, keys: Mapping[str, _Entry], own_types: set[str], *, predefined: bool
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

    def _recognizer_languages(self, keys: Mapping[str, _Entry]) -> None:
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

    def _recognizer_numbers(self, keys: Mapping[str, _Entry]) -> int | None:
        """Check scores and switches; gives the flags to compile patterns with, None for the usual ones."""
        if (score := keys.get("deny_list_score")) is not None:
            self._number(score.value, score.place, 0.0, 1.0)
        self._switch(keys.get("enabled"), fallback=True)
        if (flags := keys.get("global_regex_flags")) is None:
            return None
        number = self._number(flags.value, flags.place, 0, 2**16)
        return None if number is None else int(number)

    def _patterns(
        self, node: document.Node, place: str, keys: Mapping[str, _Entry], flags: int | None, *, predefined: bool
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
            pattern = self._mapping(item, where, known=("name", "regex", "score"))
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

    def _entities(self, entry: _Entry | None, own_types: set[str]) -> tuple[dict[str, Action], dict[str, str]]:
        """Type -> action and type -> deciding line; a type's own line beats its group's, that beats DEFAULT."""
        actions: dict[str, Action] = {}
        origins: dict[str, str] = {}
        if entry is None:
            return actions, origins
        groups: dict[str, tuple[Action, str]] = {}
        for each in self._mapping(entry.value, entry.place).values():
            action = self._choice(each, Action, "action", Action.BLOCK)
            origin = f"{self._source}:{each.key_node.line}: {each.place}"
            if each.key in _GROUPS:
                groups.update((name, (action, origin)) for name in types_in(Group(each.key)))
            elif each.key == DEFAULT_KEY or each.key in ENTITY_TYPES or each.key in own_types:
                actions[each.key], origins[each.key] = action, origin
            elif self._may_report:
                hint = _nearest_entity(each.key, own_types)
                self._wrong(each.key_node, each.place, f"unknown entity type '{printable(each.key)}'{hint}")
            else:
                self._more += 1
        for name, (action, origin) in groups.items():
            actions.setdefault(name, action)
            origins.setdefault(name, origin)
        return actions, origins

    def _response(self, entry: _Entry | None) -> ResponseSettings:
        if entry is None:
            return ResponseSettings()
        keys = self._mapping(entry.value, entry.place, known=("restore", "tool_arguments", "urls", "reasoning", "scan"))
        return ResponseSettings(
            restore=self._switch(keys.get("restore"), fallback=True),
            tool_arguments=self._switch(keys.get("tool_arguments"), fallback=True),
            urls=self._choice(keys.get("urls"), Urls, "value", Urls.MASK),
            reasoning=self._choice(keys.get("reasoning"), Reasoning, "value", Reasoning.KEEP),
            scan=self._choice(keys.get("scan"), Scan, "value", Scan.OFF),
        )

    def _limits(self, entry: _Entry | None) -> Limits:
        if entry is None:
            return Limits()
        keys = self._mapping(entry.value, entry.place, known=("body_bytes",))
        if (body := keys.get("body_bytes")) is None:
            return Limits()
        number = self._number(body.value, body.place, *BODY_BYTES_RANGE, whole=True, unit="bytes")
        return Limits() if number is None else Limits(body_bytes=int(number))

    def _vault(self, entry: _Entry | None) -> VaultSettings:
        if entry is None:
            return VaultSettings()
        keys = self._mapping(entry.value, entry.place, known=("days", "when_down"))
        days = keys.get("days")
        number = self._number(days.value, days.place, *VAULT_DAYS_RANGE, unit="days") if days is not None else None
        return VaultSettings(
            days=VaultSettings().days if number is None else number,
            when_down=self._choice(keys.get("when_down"), WhenDown, "value", WhenDown.REQUEST),
        )

    # The kinds of value.

    def _mapping(self, node: document.Node, place: str, known: Collection[str] | None = None) -> dict[str, _Entry]:
        """The keys of a mapping; unknown ones (when `known` is given) and repeated ones are mistakes."""
        entries: dict[str, _Entry] = {}
        if not isinstance(node, document.Mapping):
            if not (isinstance(node, document.Scalar) and node.is_null and place):
                self._wrong(node, place, f"expected a mapping ('key: value' lines), found {document.describe(node)}")
            return entries
        for key_node, value in node.pairs:
            if not isinstance(key_node, document.Scalar):
                self._wrong(key_node, place, f"expected a plain key, found {document.describe(key_node)}")
                continue
            key = key_node.text
            shown = printable(key, 80) or "''"
            entry = _Entry(key, f"{place}.{shown}" if place else shown, key_node, value)
            if key in entries:
                self._wrong(key_node, entry.place, f"stands twice, first on line {entries[key].key_node.line}")
                continue
            entries[key] = entry
            if known is not None:
                self._known_key(entry, known)
        return entries

    def _known_key(self, entry: _Entry, known: Collection[str]) -> None:
        if entry.key in known:
            return
        if not self._may_report:
            self._more += 1
            return
        hint = _nearest(entry.key, known)
        self._wrong(
            entry.key_node, entry.place, f"unknown key '{printable(entry.key)}'; expected {_either(known)}{hint}"
        )

    def _items(self, node: document.Node, place: str, what: str, limit: int) -> list[document.Node]:
        if isinstance(node, document.Sequence):
            if len(node.items) > limit:
                self._wrong(node, place, f"{len(node.items)} {what}, limit is {limit}")
            return node.items[:limit]
        if not (isinstance(node, document.Scalar) and node.is_null):
            self._wrong(node, place, f"expected a list of {what}, found {document.describe(node)}")
        return []

    def _terms(self, entry: _Entry | None, *, empty_allowed: bool = True) -> tuple[str, ...]:
        """A list of words. Messages give the place alone: a deny list is often itself confidential."""
        if entry is None:
            return ()
        terms: list[str] = []
        items = self._items(entry.value, entry.place, "terms", document.MAX_NODES)
        if not items and not empty_allowed and isinstance(entry.value, document.Sequence):
            self._wrong(entry.value, entry.place, "an empty list; expected at least one term")
        for index, item in enumerate(items):
            place = f"{entry.place}[{index}]"
            if not isinstance(item, document.Scalar) or item.is_null:
                self._wrong(item, place, f"expected a term, found {document.describe(item)}")
            elif not item.text.strip():
                self._wrong(item, place, "an empty term, which would match everywhere")
            elif len(item.text) > MAX_TERM_LENGTH:
                self._wrong(item, place, f"a term of {len(item.text)} characters, limit is {MAX_TERM_LENGTH}")
            else:
                terms.append(item.text)
        return tuple(terms)

    def _text(self, node: document.Node, place: str, limit: int | None = 200) -> str | None:
        if not isinstance(node, document.Scalar) or node.is_null or not node.text:
            found = (
                "an empty text" if isinstance(node, document.Scalar) and not node.is_null else document.describe(node)
            )
            self._wrong(node, place, f"expected text, found {found}")
            return None
        if limit is not None and len(node.text) > limit:
            self._wrong(node, place, f"text of {len(node.text)} characters, limit is {limit}")
            return None
        return node.text

    def _number(
        self, node: document.Node, place: str, lowest: float, highest: float, *, whole: bool = False, unit: str = ""
    ) -> float | None:
        number = node.value if isinstance(node, document.Scalar) else None
        usable = isinstance(number, int if whole else (int, float)) and not isinstance(number, bool)
        if not usable or not isinstance(number, (int, float)) or not lowest <= number <= highest:
            kind = "a whole number" if whole else "a number"
            tail = f" {unit}" if unit else ""
            self._wrong(node, place, f"{self._shown(node)} is not {kind} from {lowest:.10g} to {highest:.10g}{tail}")
            return None
        return number

    def _switch(self, entry: _Entry | None, *, fallback: bool) -> bool:
        if entry is None:
            return fallback
        if isinstance(entry.value, document.Scalar) and isinstance(entry.value.value, bool):
            return entry.value.value
        self._wrong(entry.value, entry.place, f"{self._shown(entry.value)} is not true or false")
        return fallback

    def _choice(self, entry: _Entry | None, choices: type[_E], what: str, fallback: _E) -> _E:
        if entry is None:
            return fallback
        node, words = entry.value, [str(choice) for choice in choices]
        if isinstance(node, document.Scalar) and node.text in words:
            return choices(node.text)
        if isinstance(node, document.Scalar) and not node.is_null:
            hint = _nearest(node.text, words)
            self._wrong(node, entry.place, f"unknown {what} {self._shown(node)}; expected {_either(words)}{hint}")
        else:
            self._wrong(node, entry.place, f"expected {_either(words)}, found {document.describe(node)}")
        return fallback

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

    def _shown(self, node: document.Node) -> str:
        if isinstance(node, document.Scalar) and not node.is_null:
            return f"'{printable(node.text)}'"
        return document.describe(node)

    @property
    def _may_report(self) -> bool:
        """False once further mistakes are only counted; asked before looking for near names, which costs."""
        return len(self._problems) < MAX_PROBLEMS

    def _wrong(self, node: document.Node, place: str, message: str) -> None:
        if not self._may_report:
            self._more += 1
            return
        self._problems.append((node.line, f"{place}: {message}" if place else message))


class _RecognizerKind(StrEnum):
    """Presidio's `type` of a recognizer definition."""

    CUSTOM = "custom"
    PREDEFINED = "predefined"


_CUSTOM_KEYS = (
    "name", "type", "enabled", "supported_entity", "supported_entities", "supported_language", "supported_languages",
    "patterns", "context", "deny_list", "deny_list_score", "global_regex_flags", "country_code",
)  # fmt: skip
"""What Presidio reads of a custom recognizer."""
_TEXT_KEYS = ("name", "regex", "supported_entity", "supported_entities", "context", "deny_list")

_MAX_LISTED = 14
_GROUPS = frozenset(str(group) for group in Group)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _either(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`; only the first dozen of a long list."""
    listed = list(words)
    if len(listed) > _MAX_LISTED:
        listed = [*listed[:_MAX_LISTED], f"{len(listed) - _MAX_LISTED} more"]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def _nearest(word: str, known: Iterable[str]) -> str:
    """`. Did you mean 'x'?`, or nothing when no name is near."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:60].casefold(), by_fold, n=1)
    return f". Did you mean '{by_fold[near[0]]}'?" if near else ""


def _nearest_entity(word: str, own_types: Collection[str]) -> str:
    """Like `_nearest`, knowing other names for the same thing and longer names that hold the word."""
    upper = word[:60].upper().replace("-", "_").replace(" ", "_")
    if upper in OTHER_NAMES:
        return f". Did you mean '{OTHER_NAMES[upper]}'?"
    names = [*ENTITY_TYPES, *own_types, *_GROUPS, DEFAULT_KEY]
    hint = _nearest(upper, names)
    if hint:
        return hint
    holding = [name for name in names if upper in name.split("_")]
    if holding:
        return f". Did you mean '{min(holding, key=len)}'?"
    return "; a type of your own is defined in detect.deny_list or detect.recognizers"
