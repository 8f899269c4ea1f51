"""`dlp check`: policies, with every mistake at once, before a proxy reads them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from typing import Any

from dlp.cli.screening import load_named_policy
from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.errors import ConfigurationError, PolicyError
from dlp.policy.files import shipped_policies
from dlp.policy.model import NerSettings, Policy

_EPILOG = """\
exit status:
  0  every policy can be used
  1  at least one can't: each mistake is a line that begins with file and line
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `check`."""
    parser.description = "Check policy files; print every mistake, or what the policy says."
    parser.epilog = _EPILOG
    parser.add_argument(
        "policies", nargs="+", metavar="POLICY", help=f"files, or shipped policies: {', '.join(shipped_policies())}"
    )
    parser.add_argument("--json", action="store_true", help="one JSON array, an object for each policy")


def run(args: argparse.Namespace) -> int:
    """Check each policy and report on stdout."""
    reports = [check(name) for name in args.policies]
    if args.json:
        print(json.dumps(reports, indent=2))
    else:
        for report in reports:
            print("\n".join(report["problems"]) or _sentence(report))
    return 1 if any(report["problems"] for report in reports) else 0


def check(name_or_path: str) -> dict[str, Any]:
    """What there is to say about one policy: `problems`, and without problems its name, mode and actions."""
    try:
        policy = load_named_policy(name_or_path)
    except PolicyError as error:
        return {"policy": name_or_path, "problems": error.problems}
    try:
        _build(policy)
    except (PolicyError, ConfigurationError) as error:
        return {"policy": name_or_path, "problems": [f"{name_or_path}: {line}" for line in str(error).splitlines()]}
    actions = Counter(str(policy.action_for(name)) for name in {*ENTITY_TYPES, *policy.rules})
    return {
        "policy": name_or_path,
        "problems": [],
        "name": policy.name,
        "mode": str(policy.mode),
        "entity_types": dict(sorted(actions.items())),
        "default": str(policy.default_action),
        "on_error": str(policy.on_error),
        "on_unscannable": str(policy.on_unscannable),
        "on_media": str(policy.on_media),
    }


def _build(policy: Policy) -> None:
    """Build what the policy itself names: its recognizers and its pipeline. Ours need no check and take time to load."""
    detect = policy.detect
    if detect.ner.pipeline == "builtin" and detect.ner.nlp_configuration is None:
        detect = replace(detect, ner=NerSettings(pipeline="none"))
    build_detector(detect)


def _sentence(report: dict[str, Any]) -> str:
    actions = ", ".join(f"{count} {action}" for action, count in report["entity_types"].items())
    return (
        f"{report['policy']}: ok: name '{report['name']}', mode {report['mode']}, entity types: {actions}, "
        f"others {report['default']}, on_error {report['on_error']}, on_unscannable {report['on_unscannable']}"
    )
