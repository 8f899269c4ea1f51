"""`pyproject.toml` and the lock files say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pins(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Package -> version and hashes."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pin, *hashes = line.split("--hash=")
            requirement = Requirement(pin.strip())
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            found[canonicalize_name(requirement.name)] = (specifier.version, [entry.strip() for entry in hashes])
    return found


RUN, DEV = pins("requirements.lock"), pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", [RUN, DEV], ids=["run", "dev"])
def test_every_pin_has_hashes(lock: dict[str, tuple[str, list[str]]]) -> None:
    """Pip would refuse the whole file otherwise."""
    assert [name for name, (_, hashes) in lock.items() if not hashes] == []
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", entry) for _, hashes in lock.values() for entry in hashes)


def test_the_locks_agree() -> None:
    """What is tested is what is run."""
    assert {name: pin for name, pin in RUN.items() if DEV.get(name) != pin} == {}


def requirements(extra: str | None) -> list[Requirement]:
    listed = PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]
    return [Requirement(line) for line in listed]


@pytest.mark.parametrize(
    ("extra", "lock"), [(None, RUN), ("test", DEV), ("dev", DEV)], ids=["dependencies", "test", "dev"]
)
def test_the_locks_satisfy_the_ranges(extra: str | None, lock: dict[str, tuple[str, list[str]]]) -> None:
    """A range that was changed without `make lock` shows here."""
    for requirement in requirements(extra):
        name = canonicalize_name(requirement.name)
        if name != canonicalize_name(PROJECT["name"]):
            assert name in lock, f"{name} is not locked; run: make lock"
            assert requirement.specifier.contains(lock[name][0]), f"{requirement} is locked at {lock[name][0]}"


def test_pins_that_have_a_reason() -> None:
    """Mitmproxy 12.3 embeds a compromised authority's key; test tools must not run beside unmasked text."""
    assert RUN["mitmproxy"][0] == "12.2.3"
    assert RUN.keys().isdisjoint({"pytest", "hypothesis", "ruff", "mypy", "openai", "anthropic", "uv"})
