"""`dlp policy`: test policies, compare two of them, see which line decides, and the schema for editors."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from dlp.cli import NEGATIVE, OK
from dlp.cli.screening import add_policy_option, read_source
from dlp.errors import ConfigurationError
from dlp.policy.matching import RANKED, Facts
from dlp.policy.trial import Comparison, Trial, compare_rules, load_cases, rank_of, shown_facts
from dlp.printable import printable
from dlp.types import Role

_EPILOG = """\
examples:
  python -m dlp policy test policies/tests.yaml
  python -m dlp policy diff default strict --sample letters.txt
  python -m dlp policy diff ./policies ./policies.new --audit audit.jsonl
  python -m dlp policy explain --policy ./policies --user anna --model gpt-4o "card 4111 1111 1111 1111"
  python -m dlp policy schema > policy.schema.json

exit status:
  0  every test holds, nothing differs, explained
  1  a test fails, something differs
  2  not done: a policy or a file can't be used
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `policy`."""
    parser.epilog = _EPILOG
    chosen = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    test = chosen.add_parser("test", help="run a file of tests: text and caller in, policy and actions out")
    test.add_argument("files", nargs="+", metavar="TESTS")
    test.add_argument("--policy", metavar="NAME|PATH", help="instead of the one that the file names")
    test.add_argument("--json", action="store_true", help="one JSON document")
    diff = chosen.add_parser("diff", help="what one policy would do otherwise than another; never shows a value")
    diff.add_argument("before", metavar="A")
    diff.add_argument("after", metavar="B")
    over = diff.add_mutually_exclusive_group()
    over.add_argument("--sample", nargs="+", metavar="FILE", help="texts to detect in, one a line")
    over.add_argument("--audit", metavar="FILE", help="an audit log: its findings, by whom and what for")
    diff.add_argument("--json", action="store_true", help="one JSON document")
    explain = chosen.add_parser("explain", help="which policy a request is under, and which line decides")
    add_policy_option(explain)
    explain.add_argument(
        "text", nargs="?", metavar="TEXT", help="'-' for standard input; none: what holds for every type"
    )
    explain.add_argument("--host", default="", help="the provider's host")
    explain.add_argument("--path", default="", help="the endpoint")
    explain.add_argument("--model", help="the model that the request names")
    explain.add_argument("--user", default="", help="user of the proxy")
    explain.add_argument("--group", action="append", default=[], help="group of the caller; may be repeated")
    explain.add_argument("--client", default="", type=_ip_address, metavar="ADDRESS", help="address of the client")
    explain.add_argument("--api-key", default="", metavar="FINGERPRINT", help="as `python -m dlp fingerprint` prints")
    explain.add_argument("--header", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    explain.add_argument("--role", choices=list(Role), default=Role.USER, type=Role, help="who speaks in the text")
    explain.add_argument("--place", default="messages[0].content", help="where the text stands")
    chosen.add_parser("schema", help="JSON Schema of a policy file, for editors")


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    actions = {"test": _test, "diff": _diff, "explain": _explain, "schema": _schema}
    return actions[str(args.action)](args)


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected an IP address, not '{printable(text, 80)}'") from None


def _test(args: argparse.Namespace) -> int:
    reports = []
    trials: dict[str, Trial] = {}
    for name in args.files:
        cases = load_cases(Path(name))
        policy = args.policy or cases.policy
        if policy is None:
            raise ConfigurationError(f"{name}: names no policy; add a line 'policy: PATH', or use --policy")
        if policy not in trials:
            trials[policy] = Trial.of(policy)
        trial = trials[policy]
        reports += [(name, case.name, list(trial.failures(case))) for case in cases.cases]
    failed = sum(bool(failures) for _, _, failures in reports)
    if args.json:
        rows = [{"file": file, "test": test, "failures": failures} for file, test, failures in reports]
        print(json.dumps({"tests": rows, "failed": failed}, indent=2))
    else:
        for _, test, failures in reports:
            print(f"{'FAIL' if failures else 'ok  '} {printable(test, 200)}")
            for line in failures:
                print(f"       {line}")
        print(f"{len(reports)} tests, {failed} failed", file=sys.stderr)
    return NEGATIVE if failed else OK


def _diff(args: argparse.Namespace) -> int:
    if args.sample or args.audit:
        comparison = Comparison(Trial.of(args.before), Trial.of(args.after))
        for name in args.sample or ():
            comparison.read_sample(read_source(name))
        if args.audit:
            comparison.read_audit(read_source(args.audit), args.audit)
        rows = comparison.rows()
    else:
        rows = compare_rules(Trial.of(args.before), Trial.of(args.after))
    if args.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            count = f"  {row['count']} times" if "count" in row else ""
            print(f"{row['what']}: {row['before']} -> {row['after']}{count}")
        if not rows:
            print("nothing differs", file=sys.stderr)
    return NEGATIVE if rows else OK


def _explain(args: argparse.Namespace) -> int:
    trial = Trial.of(args.policy)
    headers: dict[str, str] = {}
    for written in args.header:
        name, equals, value = written.partition("=")
        if not (name and equals):
            raise ConfigurationError(f"--header: expected NAME=VALUE, found '{printable(written, 80)}'")
        headers[name.lower()] = value
    facts = Facts(
        host=args.host.lower(), path=args.path, model=args.model, address=args.client, user=args.user,
        groups=frozenset(args.group), api_key=args.api_key, headers=headers,
    )  # fmt: skip
    print("\n".join(_explained(trial, facts, args)))
    return OK


def _explained(trial: Trial, facts: Facts, args: argparse.Namespace) -> Iterator[str]:
    facts = trial.complete(facts)
    chosen = trial.policies.choose(facts)
    yield f"request   {shown_facts(facts)}"
    yield f"policy    {chosen.name} ({chosen.source}), mode {chosen.mode}"
    for policy in trial.policies.policies:
        if policy is not chosen:
            why = "less specific" if policy.match.holds(facts) else "doesn't match"
            yield f"  not     {policy.name}: {why} ({rank_of(policy)})"
        else:
            yield f"  chosen  {policy.name} ({rank_of(policy)})"
    yield f"          the first of these wins that matches: priority, then {', '.join(RANKED)}"
    if args.text is None:
        for kind in sorted({*chosen.rules, *(kind for each in chosen.overrides for kind in each.rules)}):
            yield f"{kind:<28} {chosen.action_for(kind):<10} {chosen.origin_for(kind)}"
        return
    text = read_source("-") if args.text == "-" else args.text
    outcomes = trial.outcomes(text, facts, args.role, args.place)
    for outcome in outcomes:
        yield f"{outcome.kind:<28} {outcome.action:<10} {outcome.origin}"
    if not outcomes:
        yield "nothing found"


def _schema(_args: argparse.Namespace) -> int:
    from dlp.policy.schema import policy_schema

    print(json.dumps(policy_schema(), indent=2))
    return OK
