"""Uploads in steps, whose later steps name nobody: Google's clients send their key with the first one alone.

The provider answers that with an address for the rest, which nobody else knows. Who goes on there, from where the upload was begun,
is who began it; else the file would be masked in another scope than the results that are made of it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from urllib.parse import parse_qs

from dlp.proxy.caller import Caller

MAX_UPLOADS = 10_000
"""That are remembered; with one more the oldest is forgotten."""
_NAME = "upload_id"


class Uploads:
    """Who began which upload. For one event loop; `repr` shows none."""

    def __init__(self) -> None:
        self._begun: OrderedDict[str, Caller] = OrderedDict()

    def __repr__(self) -> str:
        return f"<{len(self._begun)} uploads>"

    def begin(self, address: str, caller: Caller) -> None:
        """Note an upload by the address that the provider gave it (the header `x-goog-upload-url`, or empty)."""
        name = _name_in(address)
        if name and caller.facts.api_key:
            self._begun[name] = caller
            while len(self._begun) > MAX_UPLOADS:
                self._begun.popitem(last=False)

    def who(self, path: str, caller: Caller) -> Caller:
        """Who sends a request: the caller, or, if nothing but an upload's name says who that is, who began it at the same address."""
        name = _name_in(path)
        beginner = self._begun.get(name) if name and not caller.facts.api_key else None
        if beginner is None or beginner.person != caller.person:
            return caller
        return replace(beginner, facts=replace(caller.facts, api_key=beginner.facts.api_key))


def _name_in(address: str) -> str:
    return parse_qs(address.partition("?")[2]).get(_NAME, [""])[0]
