"""The URLs of a request that hold tokens: the only ones of an answer in which values may come back."""

from __future__ import annotations

from collections.abc import Iterable

from dlp.engine.body import Text
from dlp.masking.links import LinkTracker
from dlp.tokens import TOKEN

MAX_ADDRESSES = 1000
"""URLs remembered of one request; tokens in further ones stay tokens."""


def sent_addresses(texts: Iterable[Text]) -> frozenset[str]:
    """Where in URLs the caller wrote values that have been masked, as `LinkTracker` compares them."""
    addresses: set[str] = set()
    for text in texts:
        if not text.edits or ("/" not in text.value and "www." not in text.value):
            continue
        tracker, at = LinkTracker(), 0
        for edit in text.edits:
            tracker.feed(text.value[at : edit.start])
            at = edit.end
            if not tracker.inside or not TOKEN.fullmatch(edit.replacement):
                tracker.feed(text.value[edit.start : edit.end] if not tracker.inside else edit.replacement)
            elif address := tracker.address_of_token(edit.replacement[:-1].rpartition(":")[2]):
                addresses.add(address)
        if len(addresses) >= MAX_ADDRESSES:
            break
    return frozenset(addresses)
