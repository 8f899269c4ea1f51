"""The history in a request: which of its texts the model has said, and in which words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from dlp.engine.body import Text
from dlp.engine.echo import EchoMemory
from dlp.engine.echo_store import Finder
from dlp.engine.replay import Recall
from dlp.engine.text import Edit

_PATIENCE = (0.01, 0.02, 0.04, 0.08, 0.16)
"""Seconds between the looks into a shared store for an answer that was given a moment ago."""


class Replayed(Protocol):
    """A body with a history."""

    @property
    def texts(self) -> list[Text]: ...

    def replay(self, recall: Recall) -> None:
        """Give the model's own texts the edits with which `recall` knows them."""
        ...


class History:
    """What of a body the model has said, as far as `recall` knows it: its edits are made on construction. `repr` shows no text.

    Args:
        shared: Whether others may know more: what isn't known is kept, to be asked for.
    """

    def __init__(self, body: Replayed, recall: Recall, *, shared: bool) -> None:
        self._body, self._known, self._shared = body, recall, shared
        self._missed: list[str] = []
        self._ends_unknown = False
        """Whether the last text of all isn't known."""
        self._replay()

    def __repr__(self) -> str:
        return f"<History with {len(self._missed)} unknown texts>"

    @property
    def missed(self) -> frozenset[str]:
        """Texts that the model may have said, for all that is known here."""
        return frozenset(self._missed)

    def fetch(self, echoes: EchoMemory, scope: str, finder: Finder | None = None) -> None:
        """Learn what other proxies know of it, if this one doesn't.

        A client may be here with its next turn before the proxy that gave it the last answer has stored that: it is waited for.

        Args:
            finder: Asks the store the first time, with whatever else there is to be asked.

        Raises:
            VaultError: The store that they share is away.
        """
        for pause in (0.0, *_PATIENCE):
            if not self._missed:
                return
            time.sleep(pause)
            found = echoes.fetch(scope, self._missed, again=pause > 0, finder=None if pause else finder)
            if found:
                self._replay()
            if found is None or not self._ends_unknown:
                return

    def _replay(self) -> None:
        self._missed.clear()
        for text in self._body.texts:
            text.edits, text.replayed = [], False
        self._body.replay(self._recall)

    def _recall(self, text: str) -> Sequence[Edit] | None:
        edits = self._known(text)
        self._ends_unknown = edits is None
        if edits is None and self._shared:
            self._missed.append(text)
        return edits
