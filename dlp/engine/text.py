"""One text through detection, policy and minting: what the CLI does, and what the engine does with every leaf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dlp.detect.base import Detector
from dlp.masking.minting import Minter
from dlp.policy.model import Policy
from dlp.tokens import format_redacted
from dlp.types import Action, Finding


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `text[start:end]` (code points) by `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its replacements made, and the findings that led to them (offsets of the original text)."""

    text: str
    findings: tuple[Finding, ...]


def edits_for(text: str, findings: Iterable[Finding], policy: Policy, minter: Minter) -> list[Edit]:
    """The replacement for each finding that the policy does not let through.

    `block` is replaced as `redact` is: whether the whole request is refused is the caller's decision, and
    a caller that goes on (`scan`, monitor mode) must not show the value.
    """
    edits = []
    for finding in findings:
        action = policy.action_for(finding.entity_type)
        if action is Action.ALLOW:
            continue
        if action is Action.MASK:
            replacement = minter.token(finding.entity_type, text[finding.start : finding.end])
        else:
            replacement = format_redacted(finding.entity_type)
        edits.append(Edit(finding.start, finding.end, replacement))
    return edits


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Splice ascending, non-overlapping edits into `text`."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.replacement)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def mask_text(text: str, detector: Detector, policy: Policy, minter: Minter) -> MaskedText:
    """Mask one plain text. Findings whose action is `allow` are left out of the result.

    Raises:
        DetectorError: Detection failed; nothing may be sent.
    """
    findings = tuple(f for f in detector.find(text) if policy.action_for(f.entity_type) is not Action.ALLOW)
    return MaskedText(apply_edits(text, edits_for(text, findings, policy, minter)), findings)
