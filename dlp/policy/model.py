"""What a policy says, as values. `dlp.policy.load` checks a file; once built, these can be trusted."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from dlp.limits.base import NO_LIMIT, Rate
from dlp.policy.matching import ANY_REQUEST, ANYBODY, Facts, Match, Who, globs_hold
from dlp.types import Action, Finding, Role

VERSION = 1
"""Of the schema: the `version:` of a file."""
DEFAULT_KEY = "DEFAULT"
"""The key of `entities` that stands for every type without a line of its own."""

# Mappings are plain dicts, not read-only views: settings travel to worker processes, and a view can't be pickled.


class Mode(StrEnum):
    """`MONITOR` logs what would happen and changes nothing."""

    ENFORCE = "enforce"
    MONITOR = "monitor"


class Fault(StrEnum):
    """What to do when a request can't be examined."""

    BLOCK = "block"
    ALLOW = "allow"


class Need(StrEnum):
    """Whether a request may go on without its audit record."""

    REQUIRED = "required"
    BEST_EFFORT = "best_effort"


class NerLevel(StrEnum):
    """How much work the embedded name recognition may do per text."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True, kw_only=True)
class NerSettings:
    """Which pipeline finds names, places and organisations."""

    pipeline: str = "builtin"
    """`builtin` (ours), `none`, or the name or path of an installed spaCy pipeline."""
    level: NerLevel = NerLevel.BALANCED
    fast_above: int = 200_000
    """Code points of one text above which it is read at level `fast`; 0 for never. Of our own pipeline alone: others have no levels."""
    nlp_configuration: Mapping[str, Any] | None = None
    """A Presidio NLP-engine configuration; used instead of `pipeline` when given."""

    def cuts_short(self, characters: int) -> bool:
        """Whether a text of so many code points is read at a lower level than `level`."""
        ours = self.pipeline == "builtin" and self.nlp_configuration is None and self.level is not NerLevel.FAST
        return ours and 0 < self.fast_above < characters


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSettings:
    """The `detect:` section."""

    min_score: float = 0.5
    allow_list: tuple[str, ...] = field(default=(), repr=False)
    """Values that are never findings; compared without regard to case."""
    deny_list: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Entity type -> literal terms, matched as whole words in any case."""
    recognizers: tuple[Mapping[str, Any], ...] = ()
    """Presidio recognizer definitions, shaped as in its own YAML."""
    ner: NerSettings = NerSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The `limits:` section; sizes in bytes."""

    body_bytes: int = 10 * 2**20
    caller: Rate = NO_LIMIT
    """For each user, key or, of callers without either, address."""
    address: Rate = NO_LIMIT
    """For each address of a client."""
    policy: Rate = NO_LIMIT
    """For all requests under the policy together."""


class Urls(StrEnum):
    """What becomes of a token inside a URL of an answer."""

    MASK = "mask"
    """It stays, unless the caller sent that URL: whoever renders the answer would deliver the value to the URL's host."""
    RESTORE = "restore"


class Reasoning(StrEnum):
    """What becomes of tokens in text that a provider has signed, such as a model's thoughts."""

    KEEP = "keep"
    """They stay: the text comes back with the next turn, and its signature holds only as it was."""
    RESTORE = "restore"
    """Values are put back, and the text is masked as it was when it comes back, as long as it is remembered."""


class Scan(StrEnum):
    """What becomes of personal data and secrets in an answer that the caller's request did not hold."""

    OFF = "off"
    REDACT = "redact"
    """A mark such as `[EMAIL_REDACTED]` stands in their place."""
    BLOCK = "block"
    """The answer ends in an error of the provider's shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSettings:
    """The `response:` section."""

    restore: bool = True
    """Put values back into answers."""
    tool_arguments: bool = True
    """... also into the arguments of tool calls."""
    urls: Urls = Urls.MASK
    reasoning: Reasoning = Reasoning.KEEP
    scan: Scan = Scan.OFF

    @property
    def restores_reasoning(self) -> bool:
        return self.restore and self.reasoning is Reasoning.RESTORE


class WhenDown(StrEnum):
    """What becomes of a request that needs the vault while that is away."""

    REQUEST = "request"
    """It goes on: what it holds is restored in its answer, what earlier ones held stays as tokens."""
    REFUSE = "refuse"


class Keep(StrEnum):
    """Which requests' values the vault remembers."""

    STATEFUL = "stateful"
    """Those of APIs that remember: without them their later answers couldn't be restored."""
    ALL = "all"
    """Those of every request, for people who may restore by hand. A look-up in the vault with each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """The `vault:` section."""

    days: float = 30
    """How long the values of a caller are remembered after the last use."""
    when_down: WhenDown = WhenDown.REQUEST
    keep: Keep = Keep.STATEFUL


class Style(StrEnum):
    """How the stand-ins of `mask` look."""

    DEFAULT = "default"
    """`[PII:EMAIL:c4587843]`"""
    NUMBERED = "numbered"
    """`[EMAIL_1]`, counted within one request."""
    SURROGATE = "surrogate"
    """As the action `surrogate`."""


class Scope(StrEnum):
    """The boundary inside which a value has one token, and inside which it is remembered."""

    REQUEST = "request"
    CALLER = "caller"
    """Whoever the proxy knows best: its user, else the provider's key, else the address."""
    USER = "user"
    """The proxy's user or the client certificate, else the address: several keys of one person are one."""
    POLICY = "policy"
    """All callers of a policy together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one line of `entities` says of a type. None leaves a question to the next line that answers it."""

    action: Action | None = None
    min_score: float | None = None
    origin: str = field(default="", compare=False)
    """The line, `policies/default.yaml:14: entities.secret`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other rules for some texts of a request; one item of `overrides:`."""

    roles: frozenset[Role] = frozenset()
    paths: tuple[str, ...] = ()
    """Patterns of places, `tools[*].function.description`; none for every place."""
    rules: Mapping[str, Rule]
    """Entity type, or `DEFAULT`, -> what holds there."""

    def covers(self, role: Role, place: str) -> bool:
        """Whether a text is one of those."""
        return (not self.roles or role in self.roles) and (not self.paths or globs_hold(self.paths, place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """A part of the traffic in which nothing is changed, only logged and counted; one item of `monitor:`."""

    entities: frozenset[str] | None = None
    """The types meant; None for all, and for faults too."""
    hosts: tuple[str, ...] = ()
    who: Who = ANYBODY
    since: date | None = None
    until: date | None = None
    """The first and the last day, in UTC; None for no bound."""

    def holds(self, facts: Facts, today: date) -> bool:
        """Whether a request belongs to it."""
        return (
            (self.since is None or self.since <= today)
            and (self.until is None or today <= self.until)
            and (not self.hosts or globs_hold(self.hosts, facts.host))
            and (not self.who or self.who.holds(facts))
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one finding, and the line that says so."""

    action: Action
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file, with what it extends, checked."""

    name: str
    match: Match = ANY_REQUEST
    """Which requests it is for; empty for the default."""
    priority: int = 0
    mode: Mode = Mode.ENFORCE
    monitor: tuple[Monitored, ...] = ()
    scope: Scope = Scope.CALLER
    style: Style = Style.DEFAULT
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Extra `host` or `host:port` -> provider id whose wire formats it speaks."""
    detect: DetectSettings = DetectSettings()
    """Its `min_score` is the lowest that any line of the policy asks for."""
    min_score: float = 0.5
    """For types whose line names none."""
    default_action: Action = Action.MASK
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Entity type, or `DEFAULT`, -> what holds; a group's line stands here under each of its types."""
    overrides: tuple[Override, ...] = ()
    never_restore: frozenset[str] = frozenset()
    """Types whose values are forgotten once they are masked."""
    response: ResponseSettings = ResponseSettings()
    on_error: Fault = Fault.BLOCK
    on_unscannable: Fault = Fault.BLOCK
    on_media: Fault = Fault.ALLOW
    """... for pictures, sound, film and office documents, which nothing here can read."""
    audit: Need = Need.REQUIRED
    limits: Limits = Limits()
    vault: VaultSettings = VaultSettings()
    source: Path | None = None
    files: tuple[Path, ...] = field(default=(), compare=False)
    """Every file that was read for it."""

    @property
    def stands_in(self) -> bool:
        """Whether numbers or look-alikes may stand in for values, which somebody else may have written."""
        rules = itertools.chain(self.rules.values(), *(override.rules.values() for override in self.overrides))
        return (
            self.style is not Style.DEFAULT
            or self.default_action is Action.SURROGATE
            or any(rule.action is Action.SURROGATE for rule in rules)
        )

    def action_for(self, entity_type: str) -> Action:
        """The action for one entity type where no override says otherwise; total, never raises."""
        rule = self.rules.get(entity_type)
        return rule.action if rule is not None and rule.action is not None else self.default_action

    def origin_for(self, entity_type: str) -> str:
        """Where that action is written, for people; total, never raises."""
        for name in (entity_type, DEFAULT_KEY):
            rule = self.rules.get(name)
            if rule is not None and rule.action is not None and rule.origin:
                return rule.origin
        return f"{self.name}: no entities.DEFAULT, so {self.default_action}"

    def decide(self, finding: Finding, role: Role = Role.OTHER, place: str = "") -> Decision:
        """What happens to a finding; total, never raises.

        Args:
            role: Who speaks in its text.
            place: Where that text stands, `messages[0].content`.
        """
        kind = finding.entity_type
        action: Action | None = None
        least: float | None = None
        origin = ""
        for override in self.overrides:
            if not override.covers(role, place):
                continue
            for rule in (override.rules.get(kind), override.rules.get(DEFAULT_KEY)):
                if rule is None:
                    continue
                if action is None and rule.action is not None:
                    action, origin = rule.action, rule.origin
                least = rule.min_score if least is None else least
        written = self.rules.get(kind)
        if least is None:
            least = written.min_score if written is not None and written.min_score is not None else self.min_score
        if action is None:
            action, origin = self.action_for(kind), self.origin_for(kind)
        if finding.score < least:
            return Decision(Action.ALLOW, f"score {finding.score:.2f} is below min_score {least:.2f}")
        return Decision(action, origin)

    def monitored(self, facts: Facts, today: date) -> Monitored:
        """What of a request is only to be logged, as one item; one without entity types if nothing is."""
        types: set[str] = set()
        for item in self.monitor:
            if item.holds(facts, today):
                if item.entities is None:
                    return EVERYTHING
                types |= item.entities
        return Monitored(entities=frozenset(types)) if types else NOTHING


NOTHING = Monitored(entities=frozenset())
EVERYTHING = Monitored()
