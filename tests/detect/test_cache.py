"""What was seen before costs a look-up; what is kept says nothing about the text."""

from __future__ import annotations

import pytest

from dlp.detect import build_detector
from dlp.detect.cache import ENTRY_BYTES, FindingsCache
from dlp.detect.detector import CoreDetector
from dlp.detect.packed import FINDING_BYTES
from dlp.policy.model import DetectSettings, NerSettings
from dlp.types import Finding

FOUND = (Finding(entity_type="X", start=0, end=1, score=0.9, recognizer="r"),)


def test_remembers_by_text_and_context() -> None:
    cache = FindingsCache("1")
    cache.put(cache.key("text", "ssn"), FOUND)
    assert cache.get(cache.key("text", "ssn")) == FOUND
    assert cache.get(cache.key("text", "")) is None
    assert cache.get(cache.key("tex", "tssn")) is None


def test_keys_differ_between_versions_and_processes() -> None:
    assert FindingsCache("1").key("a", "") != FindingsCache("1").key("a", "")
    cache = FindingsCache("1")
    assert len(cache.key("\ud800", "\udfff")) == 16


def test_is_bounded_in_bytes_and_forgets_the_oldest_first() -> None:
    cache = FindingsCache("1", limit=3 * (ENTRY_BYTES + FINDING_BYTES))
    keys = [cache.key(str(n), "") for n in range(4)]
    for key in keys[:3]:
        cache.put(key, FOUND)
    assert cache.get(keys[0]) == FOUND
    cache.put(keys[3], FOUND)
    assert cache.get(keys[1]) is None
    assert cache.get(keys[0]) == FOUND
    assert cache.size <= 3 * (ENTRY_BYTES + FINDING_BYTES)


def test_putting_twice_counts_once() -> None:
    cache = FindingsCache("1")
    key = cache.key("a", "")
    cache.put(key, FOUND)
    cache.put(key, ())
    assert (len(cache), cache.size) == (1, ENTRY_BYTES)


def test_too_large_an_answer_is_not_kept() -> None:
    cache = FindingsCache("1", limit=ENTRY_BYTES)
    cache.put(cache.key("a", ""), FOUND)
    assert len(cache) == 0


def test_details_without_end_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a recognizer that makes them up: they are kept apart from the entries, whose number is bounded."""
    monkeypatch.setattr("dlp.detect.cache.MOST_KINDS", 3)
    cache = FindingsCache("1")
    for number in range(10):
        found = (Finding(entity_type="X", start=0, end=1, score=0.9, recognizer="r", details=(str(number),)),)
        assert tuple(cache.put(cache.key(str(number), ""), found)) == found
        assert len(cache) <= 3
        assert cache.size == len(cache) * (ENTRY_BYTES + FINDING_BYTES)
    assert cache.get(cache.key("9", "")) is not None


def test_a_conversation_is_examined_once() -> None:
    detector = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))
    assert isinstance(detector, CoreDetector)
    first = detector.find_many([("mail a@b.com", ""), ("hello", "")])
    second = detector.find_many([("mail a@b.com", ""), ("hello", ""), ("new", "")])
    assert second[:2] == first
    assert (detector.cache.hits, detector.cache.misses) == (2, 3)
