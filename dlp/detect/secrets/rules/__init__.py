"""The rules, one file per group of issuers. `all_rules` is the only thing that the detector asks for."""

from __future__ import annotations

from functools import cache

from dlp.detect.secrets.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of their files. Imported on first use: a process that detects nothing pays nothing."""
    from dlp.detect.secrets.rules import ai, cloud, code, data, generic, messaging, payments, services

    modules = (generic, ai, cloud, code, payments, messaging, data, services)
    return tuple(rule for module in modules for rule in module.RULES)
