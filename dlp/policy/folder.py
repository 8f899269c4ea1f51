"""Several policies together: a folder of them, one default, and which one a request is for.

A folder holds policies (`*.yaml`), files that others only extend (names that begin with `_`), and perhaps `groups.yaml`, which says
who is in which group. Files and folders whose name begins with a dot are left alone: a mounted ConfigMap has some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlp.errors import PolicyError
from dlp.policy import document
from dlp.policy.conditions import read_groups
from dlp.policy.files import SUFFIXES, find_policy, read_file, shown_path
from dlp.policy.load import load_policy
from dlp.policy.matching import Facts, Who, may_tie
from dlp.policy.model import Policy

MAX_FILES = 500
GROUPS_FILES = ("groups.yaml", "groups.yml")


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Policies that have been checked together, the most specific first, the default last."""

    policies: tuple[Policy, ...]
    groups: Mapping[str, tuple[Who, ...]] = field(default_factory=dict)
    """Group -> who is in it: whoever one of these holds for."""
    files: tuple[Path, ...] = ()
    """Everything that was read: when one of these changes, so may the policies."""
    folder: Path | None = None

    @property
    def default(self) -> Policy:
        return self.policies[-1]

    @property
    def hosts(self) -> dict[str, str]:
        """The hosts of all policies; which of them a request falls under is decided later."""
        return {host: provider for policy in reversed(self.policies) for host, provider in policy.hosts.items()}

    def groups_of(self, facts: Facts) -> frozenset[str]:
        """The caller's groups: those that the facts name already, and those of `groups.yaml`."""
        named = {name for name, members in self.groups.items() if any(who.holds(facts) for who in members)}
        return facts.groups | named

    def candidates(self, facts: Facts) -> tuple[Policy, ...]:
        """The policies that may turn out to be the one once the model is known, best first; never empty."""
        found: list[Policy] = []
        for policy in self.policies:
            if policy.match.may_hold(facts):
                found.append(policy)
                if not policy.match.models:
                    break
        return tuple(found)

    def choose(self, facts: Facts) -> Policy:
        """The policy that a request is for."""
        return next(policy for policy in self.policies if policy.match.holds(facts))


def load_policies(name_or_path: str | Path, *, providers: Collection[str] | None = None) -> PolicySet:
    """Read and check a policy, or a folder of them.

    Args:
        name_or_path: A shipped policy's name, a file, or a folder.
        providers: Provider ids that `hosts` may name; None leaves them to the caller to check.

    Raises:
        PolicyError: With every mistake of every file, and those that they make together.
    """
    path = find_policy(name_or_path)
    folder = path if path.is_dir() else None
    problems: list[str] = []
    policies: list[Policy] = []
    groups: Mapping[str, tuple[Who, ...]] = {}
    files: dict[Path, None] = {}
    for each in [path] if folder is None else _policy_files(folder):
        try:
            policy = load_policy(each, providers=providers)
        except PolicyError as error:
            problems += error.problems
            files[each] = None
        else:
            policies.append(policy)
            files.update(dict.fromkeys(policy.files))
    for named in GROUPS_FILES if folder is not None else ():
        if (path / named).is_file():
            files[path / named] = None
            try:
                groups = _load_groups(path / named)
            except PolicyError as error:
                problems += error.problems
    if not problems:
        problems += _together(policies, shown_path(path))
    if problems:
        raise PolicyError(list(dict.fromkeys(problems)))
    ordered = sorted(
        policies, key=lambda policy: (bool(policy.match), policy.priority, policy.match.rank), reverse=True
    )
    return PolicySet(tuple(ordered), groups, tuple(files), folder)


def _policy_files(folder: Path) -> list[Path]:
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix in SUFFIXES and not path.name.startswith((".", "_")) and path.name not in GROUPS_FILES
        )
    except OSError as error:
        raise PolicyError([f"{shown_path(folder)}: can't be read: {error.strerror}"]) from None
    if not found:
        raise PolicyError(
            [f"{shown_path(folder)}: holds no policy; expected *.yaml files, one of them without 'match'"]
        )
    if len(found) > MAX_FILES:
        raise PolicyError([f"{shown_path(folder)}: {len(found)} policies, limit is {MAX_FILES}"])
    return found


def _together(policies: list[Policy], where: str) -> Iterator[str]:
    """What is wrong with policies that are right one by one."""
    by_name: dict[str, Policy] = {}
    for policy in policies:
        if (other := by_name.setdefault(policy.name, policy)) is not policy:
            yield f"{_source(policy)}: name: '{policy.name}' is the name of {_source(other)}, too"
    defaults = [policy for policy in policies if not policy.match]
    if not defaults:
        yield f"{where}: no default; expected one policy without 'match', for requests that no other is for"
    if len(defaults) > 1:
        listed = ", ".join(_source(policy) for policy in defaults)
        yield (
            f"{where}: {len(defaults)} defaults: {listed}; expected one policy without 'match' "
            "(a file that is only extended has a name that begins with '_')"
        )
    matching = [policy for policy in policies if policy.match]
    for at, one in enumerate(matching):
        for other in matching[at + 1 :]:
            same = (one.priority, one.match.rank) == (other.priority, other.match.rank)
            if same and may_tie(one.match, other.match):
                yield (
                    f"{_source(one)}: match: as specific as that of {_source(other)}, and a request may be meant by both; "
                    "give one of them a priority"
                )
    owners: dict[str, tuple[str, Policy]] = {}
    for policy in policies:
        for host, provider in policy.hosts.items():
            known, first = owners.setdefault(host, (provider, policy))
            if known != provider:
                yield f"{_source(policy)}: hosts.{host}: {provider} here, {known} in {_source(first)}"


def _source(policy: Policy) -> str:
    return shown_path(policy.source) if policy.source is not None else policy.name


def _load_groups(path: Path) -> dict[str, tuple[Who, ...]]:
    source = shown_path(path)
    root = document.parse_document(read_file(path), source)
    return {} if root is None else read_groups(root, source)
