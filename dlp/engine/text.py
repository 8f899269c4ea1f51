"""One text through detection, policy and minting: what the CLI does, and what the engine does with every leaf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dlp.detect.base import Detector
from dlp.masking.minting import Minter
from dlp.masking.partial import starred
from dlp.policy.model import Policy, Style
from dlp.tokens import format_redacted
from dlp.types import Action, Finding

type Edit = tuple[int, int, str]
"""`(start, end, replacement)`: what takes the place of `text[start:end]` (code points)."""


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its replacements made, and the findings that led to them (offsets of the original text)."""

    text: str
    findings: tuple[Finding, ...]


def replacement(
    policy: Policy, minter: Minter, action: Action, entity_type: str, value: str, *, style: Style | None = None
) -> str:
    """What an action that changes a text puts in a value's place; `block` what `redact` does.

    Args:
        style: In place of the policy's, where its stand-ins don't fit.
    """
    if action is Action.HASH:
        return minter.hashed(entity_type, value)
    if action is Action.PARTIAL:
        return starred(entity_type, value)
    if action not in (Action.MASK, Action.SURROGATE):
        return format_redacted(entity_type)
    keep = entity_type not in policy.never_restore
    style = style or (Style.SURROGATE if action is Action.SURROGATE else policy.style)
    if style is Style.SURROGATE:
        return minter.surrogate(entity_type, value, keep=keep)
    return (
        minter.numbered(entity_type, value, keep=keep)
        if style is Style.NUMBERED
        else minter.token(entity_type, value, keep=keep)
    )


def edits_for(text: str, findings: Iterable[Finding], policy: Policy, minter: Minter) -> list[Edit]:
    """The replacement for each finding that the policy does not let through.

    `block` is replaced as `redact` is: whether the whole request is refused is the caller's decision, and
    a caller that goes on (`scan`, monitor mode) must not show the value.
    """
    edits: list[Edit] = []
    for finding in findings:
        action = policy.decide(finding).action
        if action is not Action.ALLOW:
            value = text[finding.start : finding.end]
            edits.append((finding.start, finding.end, replacement(policy, minter, action, finding.entity_type, value)))
    return edits


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Splice ascending, non-overlapping edits into `text`."""
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts.append(text[at:start])
        parts.append(new)
        at = end
    parts.append(text[at:])
    return "".join(parts)


def mask_text(text: str, detector: Detector, policy: Policy, minter: Minter) -> MaskedText:
    """Mask one plain text. Findings whose action is `allow` are left out of the result.

    Raises:
        DetectorError: Detection failed; nothing may be sent.
    """
    findings = tuple(f for f in detector.find(text) if policy.decide(f).action is not Action.ALLOW)
    minter.read(text)
    return MaskedText(apply_edits(text, edits_for(text, findings, policy, minter)), findings)
