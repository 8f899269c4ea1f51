"""Policies tried out without a proxy: a team's own tests, and what one policy would do otherwise than another.

Nothing here repeats a text or a value: outcomes are types, actions, counts and lines of policies.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dlp.detect.entities import ENTITY_TYPES
from dlp.errors import ConfigurationError, PolicyError
from dlp.policy import document
from dlp.policy.files import read_file, shown_path
from dlp.policy.folder import PolicySet, load_policies
from dlp.policy.matching import Facts
from dlp.policy.model import DEFAULT_KEY, DetectSettings, Mode, Policy
from dlp.policy.reading import Entry, Reader, either, nearest
from dlp.providers.table import default_table
from dlp.types import Action, Finding, Role, Verdict

CASES_KEYS = ("policy", "tests")
CASE_KEYS = ("name", "text", "context", "caller", "host", "path", "model", "role", "place", "expect")
CALLER_KEYS = ("user", "groups", "address", "api_key", "headers")
EXPECT_KEYS = ("policy", "verdict", "actions")
MONITOR = "monitor"
"""In place of an action: what would have been done is only logged."""

Find = Callable[[str, str], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `repr` shows no text."""

    name: str
    text: str = field(repr=False)
    context: str
    facts: Facts
    role: Role
    place: str
    policy: str | None
    verdict: Verdict | None
    actions: Mapping[str, str] | None
    """Entity type -> action of everything that is found and not simply let through."""


@dataclass(frozen=True, slots=True)
class Cases:
    """A file of tests."""

    policy: str | None
    """The policy to test, a path beside the file or a name; None if the file leaves that open."""
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to one finding."""

    kind: str
    action: str
    origin: str


class Trial:
    """Policies with the detection that they ask for.

    Args:
        build: Makes a detector's `find(text, context)`.
    """

    def __init__(self, policies: PolicySet, build: Callable[[DetectSettings], Find]) -> None:
        self.policies = policies
        self._build = build
        self._finders: list[tuple[DetectSettings, Find]] = []

    @classmethod
    def of(cls, name_or_path: str) -> Trial:
        """A trial of a shipped policy, a file or a folder. Raises `PolicyError`."""
        from dlp.detect import build_detector

        def build(settings: DetectSettings) -> Find:
            detector = build_detector(settings)
            return lambda text, context: detector.find(text, context=context)

        return cls(load_policies(name_or_path, providers=default_table().ids), build)

    def complete(self, facts: Facts) -> Facts:
        """The facts with the groups that `groups.yaml` knows."""
        return replace(facts, groups=self.policies.groups_of(facts))

    def outcomes(self, text: str, facts: Facts, role: Role, place: str, context: str = "") -> list[Outcome]:
        """What happens to each finding in a text of a request."""
        facts = self.complete(facts)
        policy = self.policies.choose(facts)
        monitored = policy.monitored(facts, datetime.now(UTC).date()).entities
        outcomes = []
        for finding in self._finder(policy.detect)(text, context):
            decision = policy.decide(finding, role, place)
            shadowed = monitored is None or finding.entity_type in monitored or policy.mode is Mode.MONITOR
            action = MONITOR if shadowed and decision.action is not Action.ALLOW else str(decision.action)
            outcomes.append(Outcome(finding.entity_type, action, decision.origin))
        return outcomes

    def failures(self, case: Case) -> Iterator[str]:
        """In which ways a test fails; none if it holds."""
        facts = self.complete(case.facts)
        policy = self.policies.choose(facts)
        if case.policy is not None and policy.name != case.policy:
            yield f"policy: expected {case.policy}, got {policy.name}"
        outcomes = self.outcomes(case.text, facts, case.role, case.place, case.context)
        verdict = verdict_of({outcome.action for outcome in outcomes})
        if case.verdict is not None and verdict is not case.verdict:
            yield f"verdict: expected {case.verdict}, got {verdict}"
        if case.actions is None:
            return
        found: dict[str, set[str]] = {}
        for outcome in outcomes:
            found.setdefault(outcome.kind, set()).add(outcome.action)
        for kind, expected in case.actions.items():
            got = found.get(kind, {"allow"} if expected == "allow" else set())
            if got != {expected}:
                yield f"{kind}: expected {expected}, got {either(sorted(got), 'and') if got else 'nothing found'}"
        for kind, got in found.items():
            if kind not in case.actions and got != {"allow"}:
                lines = sorted({outcome.origin for outcome in outcomes if outcome.kind == kind})
                yield f"{kind}: not expected, got {either(sorted(got), 'and')} by {lines[0]}"

    def _finder(self, settings: DetectSettings) -> Find:
        for known, find in self._finders:
            if known == settings:
                return find
        find = self._build(settings)
        self._finders.append((settings, find))
        return find


class Comparison:
    """What one trial does otherwise than another, counted over texts or an audit log."""

    def __init__(self, before: Trial, after: Trial) -> None:
        self._before, self._after = before, after
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def read_sample(self, text: str) -> None:
        """Texts, one a line."""
        for line in filter(str.strip, text.splitlines()):
            actions = [
                Counter((each.kind, each.action) for each in trial.outcomes(line, Facts(), Role.USER, ""))
                for trial in (self._before, self._after)
            ]
            for kind in {kind for counted in actions for kind, _ in counted}:
                one, other = (
                    sorted(action for (name, action), count in counted.items() for _ in range(count) if name == kind)
                    for counted in actions
                )
                for at in range(max(len(one), len(other))):
                    self._count(
                        kind, one[at] if at < len(one) else "not found", other[at] if at < len(other) else "not found"
                    )

    def read_audit(self, text: str, source: str) -> None:
        """Lines of an audit log: what was found in each request, under whichever policy is its now. What was let through isn't in there."""
        for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
            try:
                event = json.loads(line)
                counts = {str(kind): int(count) for kind, count in event.get("entities", {}).items()}
                facts = _facts_of(event)
            except (ValueError, TypeError, AttributeError):
                raise ConfigurationError(f"{source}:{number}: not an event of an audit log") from None
            one, other = (trial.policies.choose(trial.complete(facts)) for trial in (self._before, self._after))
            for kind, count in counts.items():
                self._count(kind, str(one.action_for(kind)), str(other.action_for(kind)), count)

    def rows(self) -> list[dict[str, Any]]:
        """The differences, the most frequent first."""
        return [
            {"what": kind, "before": before, "after": after, "count": count}
            for (kind, before, after), count in sorted(self._counts.items(), key=lambda each: (-each[1], each[0]))
        ]

    def _count(self, kind: str, before: str, after: str, count: int = 1) -> None:
        if before != after:
            self._counts[kind, before, after] += count


def compare_rules(before: Trial, after: Trial) -> list[dict[str, Any]]:
    """What differs in what the policies say, policy by policy (of two files, their only ones)."""
    ours, theirs = before.policies.policies, after.policies.policies
    single = len(ours) == len(theirs) == 1
    names = dict.fromkeys(policy.name for policy in (*ours, *theirs))
    pairs = (
        [("", ours[0], theirs[0])]
        if single
        else [(f"{name}: ", _named(ours, name), _named(theirs, name)) for name in names]
    )
    rows = []
    for prefix, one, other in pairs:
        if one is None or other is None:
            rows.append(
                {"what": f"{prefix}policy", "before": "there" if one else "none", "after": "there" if other else "none"}
            )
            continue
        for kind in (*sorted({*ENTITY_TYPES, *one.rules, *other.rules} - {DEFAULT_KEY}), DEFAULT_KEY):
            ways = [_said(policy, kind) for policy in (one, other)]
            if ways[0] != ways[1]:
                rows.append({"what": f"{prefix}{kind}", "before": ways[0], "after": ways[1]})
        for (setting, said), (_, says) in zip(_settings(one), _settings(other), strict=True):
            if said != says:
                shown = [str(value) if isinstance(value, (str, int, float)) else "otherwise" for value in (said, says)]
                rows.append({"what": f"{prefix}{setting}", "before": shown[0], "after": shown[1]})
    return rows


_NOT_COMPARED = frozenset({"name", "default_action", "rules", "source", "files"})
"""Of a policy: what it is called, where it comes from, and what is compared type by type."""


def _settings(policy: Policy) -> Iterator[tuple[str, object]]:
    """What a policy says besides its rules."""
    for setting in fields(policy):
        if setting.name == "detect":  # its lowest score is that of some line
            yield setting.name, replace(policy.detect, min_score=0.0)
        elif setting.name not in _NOT_COMPARED:
            yield setting.name, getattr(policy, setting.name)


def verdict_of(actions: set[str]) -> Verdict:
    """What happens to a request in which this is done."""
    if "block" in actions:
        return Verdict.BLOCK
    if actions - {"allow", MONITOR}:
        return Verdict.REWRITE
    return Verdict.MONITOR if MONITOR in actions else Verdict.PASS


def rank_of(policy: Policy) -> str:
    """What makes a policy specific, for people."""
    kinds = [kind for kind, given in policy.match.conditions.items() if given]
    return f"priority {policy.priority}, {'matches on ' + ', '.join(kinds) if kinds else 'the default'}"


def shown_facts(facts: Facts) -> str:
    """What is known of a request, for people; header values are left out."""
    known = {
        "host": facts.host, "path": facts.path, "model": facts.model, "user": facts.user, "client": facts.address,
        "groups": ",".join(sorted(facts.groups)), "api_key": facts.api_key, "headers": ",".join(sorted(facts.headers)),
    }  # fmt: skip
    return ", ".join(f"{name} {value}" for name, value in known.items() if value) or "anybody's"


def load_cases(path: Path) -> Cases:
    """Read a file of tests. Raises `PolicyError` with every mistake."""
    source = shown_path(path)
    root = document.parse_document(read_file(path), source)
    if root is None:
        raise PolicyError([f"{source}: file is empty; expected 'tests:'"])
    reader = _CasesReader(source)
    cases = reader.cases(root, path)
    reader.raise_problems()
    return cases


class _CasesReader(Reader):
    def cases(self, root: document.Node, path: Path) -> Cases:
        keys = self._mapping(root, "", known=CASES_KEYS)
        policy = self._optional(keys.get("policy"))
        if policy is not None and ("/" in policy or policy.endswith((".yaml", ".yml"))):
            policy = str(path.parent / policy)
        tests = keys.get("tests")
        if tests is None:
            self._wrong(root, "", "no 'tests'; expected a list of tests")
            return Cases(policy, ())
        items = self._items(tests.value, tests.place, "tests", 10_000)
        return Cases(policy, tuple(self._case(item, f"{tests.place}[{at}]") for at, item in enumerate(items)))

    def _case(self, node: document.Node, place: str) -> Case:
        keys = self._mapping(node, place, known=CASE_KEYS)
        if isinstance(node, document.Mapping):
            for needed in ("text", "expect"):
                if needed not in keys:
                    self._wrong(node, place, f"no '{needed}'")
        text = self._text(keys["text"].value, keys["text"].place, limit=None) if "text" in keys else ""
        expected = self._part(keys.get("expect"), EXPECT_KEYS)
        return Case(
            name=self._optional(keys.get("name")) or place,
            text=text or "",
            context=self._optional(keys.get("context")) or "",
            facts=self._facts(keys),
            role=self._choice(keys.get("role"), Role, "role", Role.USER),
            place=self._optional(keys.get("place")) or "messages[0].content",
            policy=self._optional(expected.get("policy")),
            verdict=self._choice(expected["verdict"], Verdict, "verdict", Verdict.PASS)
            if "verdict" in expected
            else None,
            actions=self._actions(expected.get("actions")),
        )

    def _facts(self, keys: Mapping[str, Entry]) -> Facts:
        caller = self._part(keys.get("caller"), CALLER_KEYS)
        headers = self._part(caller.get("headers"), None)
        return Facts(
            host=(self._optional(keys.get("host")) or "").lower(),
            path=self._optional(keys.get("path")) or "",
            model=self._optional(keys.get("model")),
            address=self._optional(caller.get("address")) or "",
            user=self._optional(caller.get("user")) or "",
            groups=frozenset(word for _, _, word in self._words(caller.get("groups"))),
            api_key=self._optional(caller.get("api_key")) or "",
            headers={name.lower(): self._optional(entry) or "" for name, entry in headers.items()},
        )

    def _actions(self, entry: Entry | None) -> dict[str, str] | None:
        if entry is None:
            return None
        actions: dict[str, str] = {}
        words = [*map(str, Action), MONITOR]
        for each in self._mapping(entry.value, entry.place).values():
            written = self._optional(each) or ""
            if written not in words:
                self._wrong(
                    each.value, each.place, f"unknown action; expected {either(words)}{nearest(written, words)}"
                )
            actions[each.key] = written
        return actions

    def _part(self, entry: Entry | None, known: tuple[str, ...] | None) -> dict[str, Entry]:
        return self._mapping(entry.value, entry.place, known=known) if entry is not None else {}

    def _optional(self, entry: Entry | None) -> str | None:
        return self._text(entry.value, entry.place) if entry is not None else None


def _facts_of(event: Mapping[str, Any]) -> Facts:
    kind, _, name = str(event.get("client", "")).partition(":")
    return Facts(
        host=str(event.get("host", "")).lower(),
        path=str(event.get("path", "")),
        model=event.get("model"),
        address=name if kind == "addr" else "",
        user=name if kind == "user" else "",
        api_key=name if kind == "key" else "",
    )


def _named(policies: tuple[Policy, ...], name: str) -> Policy | None:
    return next((policy for policy in policies if policy.name == name), None)


def _said(policy: Policy, kind: str) -> str:
    rule = policy.rules.get(kind)
    score = f" from {rule.min_score:g}" if rule is not None and rule.min_score is not None else ""
    return f"{policy.action_for(kind)}{score}"
