"""Hooks without a walk over everybody who has none.

For each event mitmproxy asks every one of its forty addons whether it has that hook, and does so again to say that a flow has changed
(12.2, `AddonManager.trigger_event`): of a small request that was seen before, that is more work than all of ours. Here it is found out once who has a
hook; what an addon does, in which order, and what becomes of its errors stays as it is.

Two more things are left out that come to nothing: the hooks of addons whose options can't be set beside ours, and the look at the types of
a message's fields, which mitmproxy takes at each message that it makes itself (an assertion: `python -O` leaves it out, with all others).
"""

from __future__ import annotations

import inspect
from typing import Any, override

from mitmproxy import exceptions, hooks, http
from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.addons.maplocal import MapLocal
from mitmproxy.addons.mapremote import MapRemote
from mitmproxy.addons.modifybody import ModifyBody
from mitmproxy.addons.modifyheaders import ModifyHeaders

_IDLE = (MapLocal, MapRemote, ModifyBody, ModifyHeaders)
"""Do nothing until an option of theirs is set, which `guard.check_options` refuses."""
_OF_FLOWS = frozenset({"requestheaders", "request", "responseheaders", "response"})


class HookTable(AddonManager):
    """mitmproxy's addons, those with a hook known by the hook's name.

    Whoever holds further addons (`addons`), such as mitmproxy's script loader, is asked each time: those may change at any time. An addon
    has the hooks that it had at the first event after the list of addons changed; one that is replaced by another function
    counts.
    """

    _chain: list[Any]
    _having: dict[str, list[tuple[Any, bool]]]
    """Hook -> addons that may have it, and whether they hold others."""

    def adopt(self) -> None:
        """Begin: to be called once on a manager that has become one of this class."""
        self._chain, self._having = [], {}

    @override
    async def trigger_event(self, event: hooks.Hook) -> None:
        name, arguments = event.name, event.args()
        for addon, holds_others in self._who_has(name):
            try:
                if holds_others:
                    await self.invoke_addon(addon, event)
                    continue
                result = getattr(addon, name)(*arguments)
                if result is not None and inspect.isawaitable(result):
                    await result
            except exceptions.AddonHalt:
                return
            except Exception:
                with safecall():
                    raise

    def _who_has(self, name: str) -> list[tuple[Any, bool]]:
        if self._chain != self.chain:  # by identity, unless somebody's addons say when they are equal
            self._chain, self._having = list(self.chain), {}
        known = self._having.get(name)
        if known is None:
            known = self._having[name] = [
                (addon, holds_others)
                for addon in self._chain
                if not (type(addon) in _IDLE and name in _OF_FLOWS)
                and ((holds_others := hasattr(addon, "addons")) or callable(getattr(addon, name, None)))
            ]
        return known


def install(addons: AddonManager) -> None:
    """Make mitmproxy's manager of addons one of these; it has no seam for that. Idempotent."""
    if type(addons) is AddonManager:
        addons.__class__ = HookTable
        assert isinstance(addons, HookTable)  # noqa: S101 - for the type checker
        addons.adopt()
    vars(http)["MessageData"].__post_init__ = _unchecked


def _unchecked(_message: http.MessageData) -> None:
    """In place of mitmproxy's look at the types of a message's fields."""
