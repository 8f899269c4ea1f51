"""Every built-in rule, by the kind of thing it finds. A new rule is a value in one of these files."""

from __future__ import annotations

from dlp.detect.rule import Rule
from dlp.detect.rules import (
    africa,
    americas,
    asia_pacific,
    europe,
    finance,
    further,
    health,
    india,
    labelled,
    united_kingdom,
    united_states,
    vehicles,
)

RULES: tuple[Rule, ...] = (
    *finance.RULES,
    *united_states.RULES,
    *united_kingdom.RULES,
    *europe.RULES,
    *americas.RULES,
    *asia_pacific.RULES,
    *india.RULES,
    *africa.RULES,
    *health.RULES,
    *labelled.RULES,
    *further.RULES,
    *vehicles.RULES,
)
