"""A policy file into a `Policy`, or all its mistakes at once.

A policy loads whole or not at all, and an unknown key is a mistake: a misspelt `on_eror: block` must not silently mean the
default. A file that `extends` another one is laid over it before it is read (`extending`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from dlp.detect.entities import ENTITY_TYPES, OTHER_NAMES, Group, types_in
from dlp.limits.base import Rate
from dlp.policy import document
from dlp.policy.conditions import WHO_KEYS, ConditionsReader
from dlp.policy.detecting import DetectReader
from dlp.policy.extending import Source, open_source
from dlp.policy.files import find_policy, read_file, shown_path
from dlp.policy.model import (
    DEFAULT_KEY,
    VERSION,
    Fault,
    Keep,
    Limits,
    Mode,
    Monitored,
    Need,
    Override,
    Policy,
    Reasoning,
    ResponseSettings,
    Rule,
    Scan,
    Scope,
    Style,
    Urls,
    VaultSettings,
    WhenDown,
)
from dlp.policy.reading import Entry, either, nearest
from dlp.printable import printable
from dlp.types import Action, Role

BODY_BYTES_RANGE = (1, 2**30)
"""1 GiB is above what any provider takes in one request; a body is held in memory several times over."""
RATE_RANGE = (1, 10**9)
VAULT_DAYS_RANGE = (0.001, 3660)
PRIORITY_RANGE = (-1000, 1000)
MAX_OVERRIDES = 100

POLICY_KEYS = (
    "version", "name", "extends", "match", "priority", "mode", "monitor", "scope", "hosts", "detect", "entities", "overrides",
    "tokens", "never_restore", "response", "on_error", "on_unscannable", "on_media", "audit", "limits", "vault",
)  # fmt: skip
MONITOR_KEYS = ("entities", "hosts", *WHO_KEYS, "since", "until")
OVERRIDE_KEYS = ("roles", "paths", "entities")
RULE_KEYS = ("action", "min_score")
RESPONSE_KEYS = ("restore", "tool_arguments", "urls", "reasoning", "scan")
LIMIT_KEYS = ("body_bytes", "caller", "address", "policy")
RATE_KEYS = ("requests_per_minute", "characters_per_minute", "concurrent")
VAULT_KEYS = ("days", "when_down", "keep")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def load_policy(name_or_path: str | Path, *, providers: Collection[str] | None = None) -> Policy:
    """Read and check one policy.

    Args:
        name_or_path: A shipped policy's name (`default`), or a path: anything with a separator or a YAML suffix.
        providers: Provider ids that `hosts` may name; None leaves them to the caller to check.

    Raises:
        PolicyError: The file can't be read or holds mistakes; `problems` has all of them.
    """
    path = find_policy(name_or_path)
    return parse_policy(read_file(path), source=shown_path(path), path=path, providers=providers)


def parse_policy(
    content: bytes, *, source: str, path: Path | None = None, providers: Collection[str] | None = None
) -> Policy:
    """`load_policy` for bytes at hand. `source` names the file in messages; `path` goes into the policy."""
    return read_policy(open_source(content, source=source, path=path), providers)


def read_policy(source: Source, providers: Collection[str] | None) -> Policy:
    """The policy that a tree says. Raises `PolicyError`."""
    reader = _Reader(source.name, providers)
    reader.folders.update(source.folders)
    policy = reader.policy(source.root, source.path)
    reader.raise_problems()
    return replace(policy, files=(*source.files, *reader.files))


class _Reader(DetectReader, ConditionsReader):
    """Reads the schema out of a tree and collects the mistakes."""

    def __init__(self, source: str, providers: Collection[str] | None) -> None:
        super().__init__(source)
        self._providers = providers

    # The schema, top to bottom.

    def policy(self, root: document.Node, path: Path | None) -> Policy:
        sections = self._mapping(root, "", known=POLICY_KEYS)
        if (version := sections.get("version")) is not None:
            self._version(version)
        detect, own_types = self._detect(sections.get("detect"))
        rules = self._rules(sections.get("entities"), own_types)
        overrides = self._overrides(sections.get("overrides"), own_types)
        default = rules.get(DEFAULT_KEY, Rule()).action
        scores = [rule.min_score for each in (rules, *(item.rules for item in overrides)) for rule in each.values()]
        priority = sections.get("priority")
        order = self._number(priority.value, priority.place, *PRIORITY_RANGE, whole=True) if priority else None
        return Policy(
            name=self._name(sections.get("name"), path),
            match=self._match(sections.get("match")),
            priority=int(order or 0),
            mode=self._choice(sections.get("mode"), Mode, "mode", Mode.ENFORCE),
            monitor=self._monitor(sections.get("monitor"), own_types),
            scope=self._choice(sections.get("scope"), Scope, "scope", Scope.CALLER),
            style=self._style(sections.get("tokens")),
            hosts=self._hosts(sections.get("hosts")),
            detect=replace(detect, min_score=min([detect.min_score, *(each for each in scores if each is not None)])),
            min_score=detect.min_score,
            default_action=Action.MASK if default is None else default,
            rules=rules,
            overrides=overrides,
            never_restore=self._types(sections.get("never_restore"), own_types),
            response=self._response(sections.get("response")),
            on_error=self._choice(sections.get("on_error"), Fault, "value", Fault.BLOCK),
            on_unscannable=self._choice(sections.get("on_unscannable"), Fault, "value", Fault.BLOCK),
            on_media=self._choice(sections.get("on_media"), Fault, "value", Fault.ALLOW),
            audit=self._choice(sections.get("audit"), Need, "value", Need.REQUIRED),
            limits=self._limits(sections.get("limits")),
            vault=self._vault(sections.get("vault")),
            source=path,
        )

    def _version(self, entry: Entry) -> None:
        if not isinstance(entry.value, document.Scalar) or entry.value.text != str(VERSION):
            self._wrong(entry.value, entry.place, f"unknown version {self._shown(entry.value)}; expected {VERSION}")

    def _name(self, entry: Entry | None, path: Path | None) -> str:
        fallback = path.stem if path is not None else "unnamed"
        if entry is None:
            return fallback if _NAME.fullmatch(fallback) else "unnamed"
        name = self._text(entry.value, entry.place)
        if name is not None and not _NAME.fullmatch(name):
            expected = "1 to 64 ASCII letters, digits, '.', '_', '-' or blanks"
            self._wrong(entry.value, entry.place, f"{self._shown(entry.value)} is no name; expected {expected}")
        return name or fallback

    def _hosts(self, entry: Entry | None) -> dict[str, str]:
        hosts: dict[str, str] = {}
        if entry is None:
            return hosts
        for host in self._mapping(entry.value, entry.place).values():
            normal = self._host(host)
            provider = self._text(host.value, host.place)
            if provider is not None and self._providers is not None and provider not in self._providers:
                hint = nearest(provider, self._providers)
                expected = either(sorted(self._providers))
                self._wrong(
                    host.value, host.place, f"unknown provider {self._shown(host.value)}; expected {expected}{hint}"
                )
            if normal is None:
                continue
            if normal in hosts:
                self._wrong(host.key_node, host.place, "names the same host as an earlier key")
            hosts[normal] = provider or ""
        return hosts

    def _host(self, entry: Entry) -> str | None:
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

    def _rules(self, entry: Entry | None, own_types: set[str]) -> dict[str, Rule]:
        """Type -> rule; a type's own line beats its group's, that beats DEFAULT."""
        rules: dict[str, Rule] = {}
        if entry is None:
            return rules
        groups: dict[str, Rule] = {}
        for each in self._mapping(entry.value, entry.place).values():
            rule = self._rule(each)
            if each.key in _GROUPS:
                groups.update((name, rule) for name in types_in(Group(each.key)))
            elif each.key == DEFAULT_KEY or self._is_type(each.key_node, each.place, each.key, own_types):
                rules[each.key] = rule
        for name, rule in groups.items():
            own = rules.get(name)
            if own is None or own.action is None:
                score = rule.min_score if own is None or own.min_score is None else own.min_score
                rules[name] = replace(rule, min_score=score)
        return rules

    def _rule(self, entry: Entry) -> Rule:
        """`mask`, or `{action: mask, min_score: 0.6}`."""
        origin = f"{entry.key_node.source}:{entry.key_node.line}: {entry.place}"
        if not isinstance(entry.value, document.Mapping):
            return Rule(action=self._choice(entry, Action, "action", Action.BLOCK), origin=origin)
        keys = self._mapping(entry.value, entry.place, known=RULE_KEYS)
        action, score = keys.get("action"), keys.get("min_score")
        if action is None and score is None:
            self._wrong(entry.value, entry.place, "neither 'action' nor 'min_score'")
        return Rule(
            action=None if action is None else self._choice(action, Action, "action", Action.BLOCK),
            min_score=None if score is None else self._number(score.value, score.place, 0.0, 1.0),
            origin=origin,
        )

    def _is_type(self, node: document.Node, place: str, name: str, own_types: set[str]) -> bool:
        """Whether a key names an entity type; if not, that is a mistake."""
        if name in ENTITY_TYPES or name in own_types:
            return True
        if self._may_report:
            self._wrong(node, place, f"unknown entity type '{printable(name)}'{_nearest_entity(name, own_types)}")
        else:
            self._more += 1
        return False

    def _types(self, entry: Entry | None, own_types: set[str]) -> frozenset[str]:
        """A list of entity types and groups."""
        found: set[str] = set()
        for node, place, name in self._words(entry):
            if name in _GROUPS:
                found.update(types_in(Group(name)))
            elif self._is_type(node, place, name, own_types):
                found.add(name)
        return frozenset(found)

    def _overrides(self, entry: Entry | None, own_types: set[str]) -> tuple[Override, ...]:
        overrides: list[Override] = []
        if entry is None:
            return ()
        for index, item in enumerate(self._items(entry.value, entry.place, "overrides", MAX_OVERRIDES)):
            place = f"{entry.place}[{index}]"
            keys = self._mapping(item, place, known=OVERRIDE_KEYS)
            roles: list[Role] = []
            for node, where, word in self._words(keys.get("roles")):
                if word in list(Role):
                    roles.append(Role(word))
                else:
                    hint = nearest(word, list(Role))
                    self._wrong(node, where, f"unknown role '{printable(word)}'; expected {either(Role)}{hint}")
            paths = tuple(word for _, _, word in self._words(keys.get("paths")))
            if isinstance(item, document.Mapping):
                if "entities" not in keys:
                    self._wrong(item, place, "no 'entities'; expected what holds there")
                if not {"roles", "paths"} & keys.keys():
                    self._wrong(item, place, "neither 'roles' nor 'paths'; expected where it holds")
            rules = self._rules(keys.get("entities"), own_types)
            overrides.append(Override(roles=frozenset(roles), paths=paths, rules=rules))
        return tuple(overrides)

    def _monitor(self, entry: Entry | None, own_types: set[str]) -> tuple[Monitored, ...]:
        items: list[Monitored] = []
        if entry is None:
            return ()
        for index, item in enumerate(self._items(entry.value, entry.place, "items", MAX_OVERRIDES)):
            place = f"{entry.place}[{index}]"
            keys = self._mapping(item, place, known=MONITOR_KEYS)
            if isinstance(item, document.Mapping) and not keys:
                self._wrong(item, place, "no condition; for all traffic write 'mode: monitor'")
            since, until = self._day(keys.get("since")), self._day(keys.get("until"))
            if since and until and until < since:
                self._wrong(item, place, "ends before it begins")
            items.append(
                Monitored(
                    entities=self._types(keys["entities"], own_types) if "entities" in keys else None,
                    hosts=self._patterns_of(keys.get("hosts"), fold=True),
                    who=self._who(keys),
                    since=since,
                    until=until,
                )
            )
        return tuple(items)

    def _style(self, entry: Entry | None) -> Style:
        if entry is None:
            return Style.DEFAULT
        keys = self._mapping(entry.value, entry.place, known=("style",))
        return self._choice(keys.get("style"), Style, "style", Style.DEFAULT)

    def _response(self, entry: Entry | None) -> ResponseSettings:
        if entry is None:
            return ResponseSettings()
        keys = self._mapping(entry.value, entry.place, known=RESPONSE_KEYS)
        return ResponseSettings(
            restore=self._switch(keys.get("restore"), fallback=True),
            tool_arguments=self._switch(keys.get("tool_arguments"), fallback=True),
            urls=self._choice(keys.get("urls"), Urls, "value", Urls.MASK),
            reasoning=self._choice(keys.get("reasoning"), Reasoning, "value", Reasoning.KEEP),
            scan=self._choice(keys.get("scan"), Scan, "value", Scan.OFF),
        )

    def _limits(self, entry: Entry | None) -> Limits:
        if entry is None:
            return Limits()
        keys = self._mapping(entry.value, entry.place, known=LIMIT_KEYS)
        size = None
        if (body := keys.get("body_bytes")) is not None:
            size = self._number(body.value, body.place, *BODY_BYTES_RANGE, whole=True, unit="bytes")
        return Limits(
            body_bytes=Limits().body_bytes if size is None else int(size),
            caller=self._rate(keys.get("caller")),
            address=self._rate(keys.get("address")),
            policy=self._rate(keys.get("policy")),
        )

    def _rate(self, entry: Entry | None) -> Rate:
        if entry is None:
            return Rate()
        keys = self._mapping(entry.value, entry.place, known=RATE_KEYS)
        numbers = {
            name: self._number(key.value, key.place, *RATE_RANGE, whole=name == "concurrent")
            for name, key in keys.items()
        }
        at_once = numbers.pop("concurrent", None)
        return Rate(concurrent=None if at_once is None else int(at_once), **numbers)

    def _vault(self, entry: Entry | None) -> VaultSettings:
        if entry is None:
            return VaultSettings()
        keys = self._mapping(entry.value, entry.place, known=VAULT_KEYS)
        days = keys.get("days")
        number = self._number(days.value, days.place, *VAULT_DAYS_RANGE, unit="days") if days is not None else None
        return VaultSettings(
            days=VaultSettings().days if number is None else number,
            when_down=self._choice(keys.get("when_down"), WhenDown, "value", WhenDown.REQUEST),
            keep=self._choice(keys.get("keep"), Keep, "value", Keep.STATEFUL),
        )


_GROUPS = frozenset(str(group) for group in Group)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _nearest_entity(word: str, own_types: Collection[str]) -> str:
    """Like `nearest`, knowing other names for the same thing and longer names that hold the word."""
    upper = word[:60].upper().replace("-", "_").replace(" ", "_")
    if upper in OTHER_NAMES:
        return f". Did you mean '{OTHER_NAMES[upper]}'?"
    names = [*ENTITY_TYPES, *own_types, *_GROUPS, DEFAULT_KEY]
    hint = nearest(upper, names)
    if hint:
        return hint
    holding = [name for name in names if upper in name.split("_")]
    if holding:
        return f". Did you mean '{min(holding, key=len)}'?"
    return "; a type of your own is defined in detect.deny_list or detect.recognizers"
