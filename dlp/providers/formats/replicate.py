"""Replicate's predictions: an `input` whose fields each model names for itself.

Sources: Replicate's HTTP API reference and its page on streaming, and replicate 1.0.7.
"""

from __future__ import annotations

from dlp.providers.format import WireFormat, request_rules, response_rules, route
from dlp.providers.rules import Treatment

_KEEP, _LABEL, _LINK = Treatment.KEEP, Treatment.LABEL, Treatment.LINK

PREDICTIONS = WireFormat(
    id="rep.predictions",
    request=request_rules(
        ("input.**", _LINK),
        ("webhook", _KEEP),
        ("webhook_events_filter[*]", _LABEL),
    ),
    response=response_rules(("urls.**", _KEEP), ("results[*].urls.**", _KEEP), ("{webhook,version,model}", _KEEP)),
    # A stream's `output` and `logs` events hold bare text; the other two are JSON.
    raw_events=frozenset({"output", "logs"}),
)

ROUTES = (
    route(r"/predictions(?:/[^/]+(?:/cancel)?)?$", PREDICTIONS, "POST", "GET"),
    route(r"/trainings(?:/[^/]+(?:/cancel)?)?$", PREDICTIONS, "POST", "GET"),
    route(r"/(?:streams?|files)/", PREDICTIONS, "GET"),
)
