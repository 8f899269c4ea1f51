"""Replicate's predictions: an `input` whose fields each model names for itself.

Sources: Replicate's HTTP API reference and its page on streaming, and replicate 1.0.7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
)
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Leaf

_KEEP, _LABEL, _LINK = Treatment.KEEP, Treatment.LABEL, Treatment.LINK

_TEXTS = frozenset({"output", "logs"})
"""Events of bare text; the other two, `error` and `done`, are JSON."""


class _OutputStream(StreamGrammar):
    """One text for each kind of event."""

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        return (event.name,) if event.name in _TEXTS and super().channel(event, leaf) is not None else None


def _close(event: Event) -> Iterable[Channel]:
    if event.name not in _TEXTS:
        yield ()


PREDICTIONS = WireFormat(
    id="rep.predictions",
    state=("*",),
    request=request_rules(
        ("input.**", _LINK),
        ("webhook", _KEEP),
        ("webhook_events_filter[*]", _LABEL),
    ),
    response=response_rules(("urls.**", _KEEP), ("results[*].urls.**", _KEEP), ("{webhook,version,model}", _KEEP)),
    raw_events=_TEXTS,
    pieces=StreamGrammar([DeltaRule("output[*]"), DeltaRule("results[*].output[*]", ((1, "index"),))]),
    stream=_OutputStream([DeltaRule("text")], _close),
)

ROUTES = (
    route(r"/predictions(?:/[^/]+(?:/cancel)?)?$", PREDICTIONS, "POST", "GET"),
    route(r"/trainings(?:/[^/]+(?:/cancel)?)?$", PREDICTIONS, "POST", "GET"),
    route(r"/(?:streams?|files)/", PREDICTIONS, "GET"),
)
