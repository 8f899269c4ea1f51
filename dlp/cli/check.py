"""`dlp check`: policies, with every mistake at once, before a proxy reads them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlp.cli import NEGATIVE, OK
from dlp.cli.screening import load_named_policy
from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.errors import ConfigurationError, PolicyError
from dlp.policy.files import shipped_policies
from dlp.policy.folder import load_policies
from dlp.policy.model import NerSettings, Policy
from dlp.providers.table import default_table

_EPILOG = """\
examples:
  python -m dlp check team.yaml
  python -m dlp check ./policies strict

exit status:
  0  every policy can be used
  1  at least one can't: each mistake is a line that begins with file and line
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `check`."""
    parser.description = "Check policy files; print every mistake, or what the policy says."
    parser.epilog = _EPILOG
    parser.add_argument(
        "policies",
        nargs="+",
        metavar="POLICY",
        help=f"files, folders of policies, or shipped ones: {', '.join(shipped_policies())}",
    )
    parser.add_argument("--json", action="store_true", help="one JSON array, an object for each policy")


def run(args: argparse.Namespace) -> int:
    """Check each policy and report on stdout."""
    reports = [report for name in args.policies for report in check(name)]
    if args.json:
        print(json.dumps(reports, indent=2))
    else:
        for report in reports:
            print("\n".join(report["problems"]) or _sentence(report))
    return NEGATIVE if any(report["problems"] for report in reports) else OK


def check(name_or_path: str) -> list[dict[str, Any]]:
    """What there is to say about a policy, or about each of a folder, the default first.

    Each has `policy` (name, file) and `problems`; without problems also its name, mode and actions. What is wrong with a folder is one report.
    """
    folder = Path(name_or_path).is_dir() and name_or_path not in shipped_policies()
    try:
        if not folder:
            return [_report(name_or_path, load_named_policy(name_or_path))]
        policies = load_policies(name_or_path, providers=default_table().ids).policies
    except PolicyError as error:
        return [{"policy": name_or_path, "problems": error.problems}]
    return [_report(str(policy.source), policy) for policy in reversed(policies)]


def _report(name: str, policy: Policy) -> dict[str, Any]:
    try:
        _build(policy)
    except (PolicyError, ConfigurationError) as error:
        return {"policy": name, "problems": [f"{name}: {line}" for line in str(error).splitlines()]}
    actions = Counter(str(policy.action_for(kind)) for kind in {*ENTITY_TYPES, *policy.rules})
    return {
        "policy": name,
        "problems": [],
        "name": policy.name,
        "default_policy": not policy.match,
        "priority": policy.priority,
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
    matching = "" if report["default_policy"] else f"for some requests (priority {report['priority']}), "
    return (
        f"{report['policy']}: ok: name '{report['name']}', {matching}mode {report['mode']}, entity types: {actions}, "
        f"others {report['default']}, on_error {report['on_error']}, on_unscannable {report['on_unscannable']}"
    )
