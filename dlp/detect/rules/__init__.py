"""Every built-in rule, by the kind of thing it finds. A new rule is a value in one of these files."""

from __future__ import annotations

from dlp.detect.rule import Rule
from dlp.detect.rules import finance

RULES: tuple[Rule, ...] = (*finance.RULES,)
