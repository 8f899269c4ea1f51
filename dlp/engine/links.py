"""The URLs of a request that hold tokens: the only ones of an answer in which values may come back."""

from __future__ import annotations

from collections.abc import Container, Iterable

from dlp.engine.body import Text
from dlp.masking.links import LinkTracker
from dlp.tokens import STAND_IN, TOKEN

MAX_ADDRESSES = 1000
"""URLs remembered of one request; tokens in further ones stay tokens."""


def sent_addresses(texts: Iterable[Text], values: Container[str] = ()) -> frozenset[str]:
    """Where in URLs the caller wrote values that have been masked, as `LinkTracker` compares them.

    Args:
        values: Stand-ins that aren't tokens.
    """
    addresses: set[str] = set()
    for text in texts:
        if not text.edits:
            continue
        value = text.value
        if "/" not in value and "www." not in value:
            continue
        tracker, at = LinkTracker(), 0
        for start, end, replacement in text.edits:
            tracker.feed(value[at:start])
            at, key = end, replacement
            if TOKEN.fullmatch(key):
                key = key[:-1].rpartition(":")[2]
            else:
                key = STAND_IN + key if STAND_IN + key in values else ""
            if not tracker.inside or not key:
                tracker.feed(value[start:end] if not tracker.inside else replacement)
            elif address := tracker.address_of_token(key):
                addresses.add(address)
        if len(addresses) >= MAX_ADDRESSES:
            break
    return frozenset(addresses)
