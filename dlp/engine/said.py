"""What a request said, as far as its answer has to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from dlp.engine.body import Text
from dlp.engine.links import MAX_ADDRESSES, sent_addresses
from dlp.engine.scan import OwnWords
from dlp.masking.minting import Minter
from dlp.policy.model import Policy, Scan, Urls


class Said:
    """What is remembered of texts that have been decided on, whether or not they are still there. `repr` shows none of it."""

    def __init__(self, policy: Policy, minter: Minter, *, enforced: bool) -> None:
        self._minter = minter
        self._cuts_short = policy.detect.ner.cuts_short
        self._linked = enforced and policy.response.urls is Urls.MASK
        self.words = OwnWords() if enforced and policy.response.scan is not Scan.OFF else None
        """All of it, for the answer's sake; None if that isn't looked at."""
        self.characters = 0
        self.cut_short = 0
        """Texts that were read at another level than the policy's."""
        self.changed = False
        self.links: set[str] = set()
        """Addresses in which values were masked, and may come back."""

    def add(self, texts: Sequence[Text]) -> None:
        for text in texts:
            length = text.length
            self.characters += length
            self.cut_short += not text.replayed and self._cuts_short(length)
        self.changed = self.changed or any(text.edits for text in texts)
        if self._linked and len(self.links) < MAX_ADDRESSES:
            self.links |= sent_addresses(texts, self._minter.values)
        if self.words is not None:
            self.words.extend(text.value for text in texts)
