"""Findings against labels, as counts.

A value is *found* when at least half of its letters and digits lie in findings, and *named* when that holds for findings of
its family alone: types that protect the same thing and are easily told for one another (a credential is a credential,
whoever issued it). It *leaks* by the letters and digits that lie in no finding. A finding is *right* when it and a
label of its family overlap by at least half of the shorter one, and *false* on a text that has no label it could mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from dlp.detect.entities import ENTITY_TYPES, OTHER_NAMES, Group
from dlp.evaluation.records import Label, Record
from dlp.types import Finding

_FAMILIES = {
    "place": ("LOCATION", "STREET_ADDRESS", "ZIP_CODE", "UK_POSTCODE", "CA_POSTAL_CODE", "DE_PLZ", "GEO_COORDINATES"),
    "bank": ("IBAN_CODE", "SWIFT_CODE", "US_BANK_NUMBER", "ABA_ROUTING_NUMBER", "UK_SORT_CODE", "IN_IFSC"),
    "date": ("DATE_TIME", "DATE_OF_BIRTH"),
    "phone": ("PHONE_NUMBER", "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER", "TR_PHONE_NUMBER", "PH_MOBILE_NUMBER"),
}
_FAMILY_OF = {name: family for family, names in _FAMILIES.items() for name in names}
_NUMBERED = "national_id"
_SECRET = "secret"  # noqa: S105 - the name of a family
_WORDS_OF_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "WEBHOOK", "CREDENTIAL", "CREDENTIALS")
_PAYMENT = ("CREDIT_CARD", "CRYPTO", "UPI_ID")


@cache
def canonical(entity_type: str) -> str:
    """Our name for a type of another vocabulary: `GPE` is `LOCATION`."""
    name = entity_type.upper()
    return name if name in ENTITY_TYPES else OTHER_NAMES.get(name, name)


@cache
def family(entity_type: str) -> str:
    """What a type counts as. Numbers that a state, a health system or a tax office gives are one family."""
    name = canonical(entity_type)
    if name in _FAMILY_OF:
        return _FAMILY_OF[name]
    known = ENTITY_TYPES.get(name)
    if known is None:
        if any(word in _WORDS_OF_SECRETS for word in name.split("_")):
            return _SECRET
        return _NUMBERED if name[2:3] == "_" or name in ("ID", "ID_NUMBER") else name
    if known.group is Group.SECRET:
        return _SECRET
    if known.group in (Group.GOVERNMENT, Group.HEALTH):
        return _NUMBERED
    if known.group is Group.FINANCIAL and not name.startswith(_PAYMENT):
        return _NUMBERED
    return _NUMBERED if "VEHICLE" in name or "LICENSE_PLATE" in name else name


@dataclass(slots=True)
class Tally:
    """Counts of one set or one type."""

    records: int = 0
    values: int = 0
    found: int = 0
    named: int = 0
    characters: int = 0
    """Letters and digits of all values."""
    leaked: int = 0
    """Those that lie in no finding."""
    findings: int = 0
    right: int = 0
    clean_words: int = 0
    """Words of the texts without any label."""
    clean_false: int = 0
    """Findings on them."""

    def __iadd__(self, other: Tally) -> Self:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass(frozen=True, slots=True)
class Miss:
    """A value that stayed readable, or a finding where nothing was."""

    record: Record
    entity_type: str
    start: int
    end: int
    false: bool
    """True for a finding without label."""


@dataclass(slots=True)
class Score:
    """The counts of one set, over all its types and for each."""

    total: Tally = field(default_factory=Tally)
    types: dict[str, Tally] = field(default_factory=dict)
    """By canonical type: of the label for values, of the finding for findings."""
    misses: list[Miss] = field(default_factory=list)

    def of_type(self, name: str) -> Tally:
        return self.types.setdefault(name, Tally())

    def add(self, record: Record, findings: Sequence[Finding], skipped: frozenset[str] = frozenset()) -> None:
        """Count one record. Types in `skipped` (canonical) are left out, of labels and of findings."""
        labels = [label for label in record.labels if canonical(label.entity_type) not in skipped]
        judged = [finding for finding in findings if canonical(finding.entity_type) not in skipped]
        self.total.records += 1
        for label in labels:
            self._add_label(record, label, judged)
        if record.recall_only or (record.labels and not labels):
            return
        in_scope = [finding for finding in judged if _in_scope(finding, record.scope)]
        if not labels:
            self.total.clean_words += max(1, len(record.text.split()))
            self.total.clean_false += len(in_scope)
        for finding in in_scope:
            self._add_finding(record, finding, labels)

    def _add_label(self, record: Record, label: Label, findings: Sequence[Finding]) -> None:
        places = _telling(record.text, label)
        hidden = _covered(places, findings)
        named = _covered(places, (each for each in findings if family(each.entity_type) == family(label.entity_type)))
        counts = Tally(
            values=1,
            found=2 * hidden >= len(places),
            named=2 * named >= len(places),
            characters=len(places),
            leaked=len(places) - hidden,
        )
        self.total += counts
        tally = self.of_type(canonical(label.entity_type))
        tally += counts
        if not counts.found:
            self.misses.append(Miss(record, label.entity_type, label.start, label.end, false=False))

    def _add_finding(self, record: Record, finding: Finding, labels: Sequence[Label]) -> None:
        right = any(_same(finding, label) for label in labels)
        counts = Tally(findings=1, right=right)
        self.total += counts
        tally = self.of_type(canonical(finding.entity_type))
        tally += counts
        if not right:
            self.misses.append(Miss(record, finding.entity_type, finding.start, finding.end, false=True))


def _in_scope(finding: Finding, scope: frozenset[str]) -> bool:
    if not scope:
        return True
    names = (canonical(finding.entity_type), family(finding.entity_type).upper())
    return any(each.upper() in names or canonical(each) == names[0] for each in scope)


def _telling(text: str, label: Label) -> list[int]:
    """The places of a value's letters and digits; all its places when it has none."""
    span = range(label.start, label.end)
    return [place for place in span if text[place].isalnum()] or list(span)


def _covered(places: Sequence[int], findings: Iterable[Finding]) -> int:
    spans = [finding.span for finding in findings if finding.start <= places[-1] and finding.end > places[0]]
    return sum(any(start <= place < end for start, end in spans) for place in places)


def _same(finding: Finding, label: Label) -> bool:
    overlap = min(finding.end, label.end) - max(finding.start, label.start)
    shorter = min(finding.end - finding.start, label.end - label.start)
    return 2 * overlap >= shorter and family(finding.entity_type) == family(label.entity_type)
