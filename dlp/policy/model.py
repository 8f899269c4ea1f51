"""What a policy says, as values. `dlp.policy.load` checks a file; once built, these can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from dlp.types import Action

# Mappings are plain dicts, not read-only views: settings travel to worker processes, and a view can't be pickled.


class Mode(StrEnum):
    """`MONITOR` logs what would happen and changes nothing."""

    ENFORCE = "enforce"
    MONITOR = "monitor"


class Fault(StrEnum):
    """What to do when a request can't be examined."""

    BLOCK = "block"
    ALLOW = "allow"


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
    nlp_configuration: Mapping[str, Any] | None = None
    """A Presidio NLP-engine configuration; used instead of `pipeline` when given."""


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
    """What becomes of a request to a stateful API while the vault is away."""

    REQUEST = "request"
    """It goes on: what it holds is restored in its answer, what earlier ones held stays as tokens."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """The `vault:` section."""

    days: float = 30
    """How long the values of a caller are remembered after the last use."""
    when_down: WhenDown = WhenDown.REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy file, checked."""

    name: str
    mode: Mode = Mode.ENFORCE
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Extra `host` or `host:port` -> provider id whose wire formats it speaks."""
    detect: DetectSettings = DetectSettings()
    default_action: Action = Action.MASK
    entities: Mapping[str, Action] = field(default_factory=dict)
    response: ResponseSettings = ResponseSettings()
    on_error: Fault = Fault.BLOCK
    on_unscannable: Fault = Fault.BLOCK
    limits: Limits = Limits()
    vault: VaultSettings = VaultSettings()
    source: Path | None = None
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Entity type (or `DEFAULT`) -> the line that decides its action, `policies/default.yaml:14: entities.secret`."""

    def action_for(self, entity_type: str) -> Action:
        """The action for one entity type; total, never raises."""
        return self.entities.get(entity_type, self.default_action)

    def origin_for(self, entity_type: str) -> str:
        """Where the action of an entity type is written, for people; total, never raises."""
        known = self.origins.get(entity_type) or self.origins.get("DEFAULT")
        return known or f"{self.name}: no entities.DEFAULT, so {self.default_action}"
