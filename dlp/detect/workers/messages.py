"""What a pool and its workers say to one another."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

from dlp.errors import DetectorError
from dlp.policy.model import DetectSettings
from dlp.types import Finding

MAX_ANSWER_BYTES = 256 * 2**20
"""Longest answer that is read: a text of many MB with nothing but findings in it."""

type Item = tuple[str, str]
"""Text and context, as `Detector.find_many` takes them."""


class Job(NamedTuple):
    """Texts for one worker. `repr` shows none of them.

    Args:
        key: Names the settings to examine them with.
        settings: Those settings, where the worker doesn't know them yet.
    """

    key: str
    settings: DetectSettings | None
    items: Sequence[Item]

    def __repr__(self) -> str:
        return f"<Job of {len(self.items)} texts>"


class Answer(NamedTuple):
    """What a worker found, one tuple per text, and what it occupies."""

    found: list[tuple[Finding, ...]]
    resident: int
    """Bytes of memory in use; 0 where the system doesn't say."""


def pack_job(job: Job) -> bytes:
    return pickle.dumps(tuple(job), pickle.HIGHEST_PROTOCOL)


def unpack_job(data: bytes) -> Job:
    """Only for workers: what their own pool has sent."""
    return Job(*pickle.loads(data))  # noqa: S301 - see above


def pack_answer(answer: Answer) -> bytes:
    found = [
        [[f.entity_type, f.start, f.end, f.score, f.recognizer, f.validated, f.details] for f in findings]
        for findings in answer.found
    ]
    return json.dumps([answer.resident, found], separators=(",", ":")).encode()


def pack_error(message: str) -> bytes:
    return json.dumps(message).encode()


def unpack_answer(data: bytes, texts: int) -> Answer:
    """Read what a worker has sent.

    Args:
        texts: How many it was asked about.

    Raises:
        DetectorError: It says that it failed, or what it says makes no sense.
    """
    try:
        said: Any = json.loads(data)
        if isinstance(said, str):
            raise DetectorError(said)
        resident, found = said
        if len(found) != texts:
            raise DetectorError("a worker answered for another number of texts")
        return Answer([tuple(map(_finding, findings)) for findings in found], int(resident))
    except (ValueError, TypeError):
        raise DetectorError("a worker's answer can't be read") from None


def _finding(fields: Any) -> Finding:
    kind, start, end, score, recognizer, validated, details = fields
    return Finding(
        entity_type=str(kind),
        start=int(start),
        end=int(end),
        score=float(score),
        recognizer=str(recognizer),
        validated=bool(validated),
        details=tuple(map(str, details)),
    )
