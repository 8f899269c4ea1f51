"""Whether an audit log is whole: every line in its place, every seal true. Works on the files alone, offline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlp.audit.chain import Head, PublicKey, Seal, hash_of, place_of
from dlp.audit.events import MAX_LINE_BYTES
from dlp.audit.log import SEALS_SUFFIX
from dlp.errors import ConfigurationError
from dlp.printable import printable

MAX_PROBLEMS = 100
_MAX_LINE = 2 * MAX_LINE_BYTES
"""Longer lines are none of ours; they are read to their end without being kept."""


@dataclass(slots=True)
class Report:
    """What verifying found."""

    problems: list[str] = field(default_factory=list)
    """Signs of tampering or loss, at most `MAX_PROBLEMS`; empty for a log that is whole."""
    notes: list[str] = field(default_factory=list)
    """What somebody who relies on the log should know."""
    records: int = 0
    first: int = 0
    last: int = 0
    strange: int = 0
    """Lines before the first record, for which nothing vouches but that record."""
    seals: int = 0
    sealed_to: int = 0
    """The last record that a valid seal covers; 0 for none."""
    more: int = 0

    def problem(self, text: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text)
        else:
            self.more += 1


def verify(paths: Sequence[Path], keys: Mapping[str, PublicKey], *, at_least: int = 0) -> Report:
    """Check the files of one log, in whatever order they are named.

    Args:
        paths: The log and what was rotated away; the seals of each are looked for beside it.
        keys: Who may have signed, by `key_id`. Without any, seals are not checked, and that is noted.
        at_least: A number that the log is known to have reached, from metrics for instance.

    Raises:
        ConfigurationError: A file can't be read.
    """
    report = Report()
    seals = [seal for path in paths for seal in _read_seals(path, report)]
    wanted = {seal.seq for seal in seals}
    hashes: dict[int, str] = {}
    head: Head | None = None
    for path in sorted(paths, key=_first_number):
        head = _follow(path, head, wanted, hashes, report)
    report.last = head.seq if head else 0
    _check_seals(seals, hashes, keys, report)
    if not report.records and report.strange:
        report.problem("not one line is a record: this is no audit log, or one that was overwritten")
    elif not report.records:
        report.notes.append("there is no record; --at-least N tells a new log from one that was emptied")
    if report.last < at_least:
        report.problem(f"truncated: the log ends at record {report.last}, but it is known to have had {at_least}")
    unsealed = report.last - report.sealed_to
    if keys and unsealed > 0:
        report.notes.append(f"no seal covers the last {unsealed} records: written lately, or the process was killed")
    if not keys:
        report.notes.append(
            "no key was given, so seals were not checked: who could write the file could have forged it all"
        )
    if report.first > 1:
        report.notes.append(
            f"the log begins at record {report.first}; those before it are in files that were not named"
        )
    return report


def _follow(path: Path, head: Head | None, wanted: set[int], hashes: dict[int, str], report: Report) -> Head | None:
    """Go through one file after `head`, the end of the one before it; returns where this one ends."""
    previous = head.hash if head else None
    last = head.seq if head else 0
    torn: int | None = None
    for number, line in enumerate(read_lines(path), start=1):
        where = f"{printable(str(path), 300)}:{number}"
        place = place_of(line)
        if torn is not None and (place is None or place.hash != previous):
            report.problem(f"{printable(str(path), 300)}:{torn}: not a record of this log")
        torn = None
        if place is None:
            if not report.records:
                report.strange += 1
            else:
                torn = number  # fine if the next record vouches for it: a process died while it wrote
            previous = hash_of(line)
            continue
        expected = last + 1
        if not report.records:
            report.first = place.seq
            if place.hash != (previous or Head().hash) and (place.seq == 1 or previous is not None):
                report.problem(f"{where}: what stood before the first record was changed or removed")
        elif place.seq > expected:
            report.problem(f"{where}: records {expected} to {place.seq - 1} are missing")
        elif place.seq < expected:
            report.problem(f"{where}: record {place.seq} is out of order; {expected} was expected")
        elif place.hash != previous:
            report.problem(f"{where}: record {place.seq} doesn't follow from the line before it, which was changed")
        report.records += 1
        last, previous = place.seq, hash_of(line)
        if last in wanted:
            hashes[last] = previous
    if torn is not None:
        report.notes.append(f"{printable(str(path), 300)}:{torn}: the last line is torn: a process died while it wrote")
    return Head(last, previous or Head().hash)


def _check_seals(seals: list[Seal], hashes: Mapping[int, str], keys: Mapping[str, PublicKey], report: Report) -> None:
    for seal in seals:
        if keys:
            key = keys.get(seal.key)
            if key is None:
                report.problem(
                    f"the seal of record {seal.seq} was made with a key that was not given ({printable(seal.key, 40)})"
                )
                continue
            if not seal.holds(key):
                report.problem(f"the seal of record {seal.seq} is forged: its signature doesn't hold")
                continue
        report.seals += 1
        if seal.seq > report.last:
            report.problem(f"truncated: a seal covers record {seal.seq}, but the log ends at {report.last}")
        elif seal.seq in hashes and hashes[seal.seq] != seal.hash:
            report.problem(f"record {seal.seq} or one before it was changed after it was sealed")
        elif seal.seq in hashes and keys:
            report.sealed_to = max(report.sealed_to, seal.seq)


def _read_seals(path: Path, report: Report) -> Iterator[Seal]:
    beside = path.with_name(path.name + SEALS_SUFFIX)
    if not beside.exists():
        return
    for number, line in enumerate(read_lines(beside), start=1):
        seal = Seal.from_line(line)
        if seal is None:
            report.notes.append(f"{printable(str(beside), 300)}:{number}: not a seal")
        else:
            yield seal


def _first_number(path: Path) -> int:
    return next((place.seq for line in read_lines(path) if (place := place_of(line))), 0)


def read_lines(path: Path) -> Iterator[bytes]:
    """Lines without their newlines; of one that is too long for us only the end, whose hash fits nothing."""
    try:
        with path.open("rb") as file:
            while line := file.readline(_MAX_LINE):
                while not line.endswith(b"\n") and (rest := file.readline(_MAX_LINE)):
                    line = rest
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise ConfigurationError(f"cannot read {printable(str(path), 300)}: {error.strerror}") from None
