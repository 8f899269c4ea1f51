"""`scripts/find-python`: the machine's interpreters, asked one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "find-python"

# What a fake interpreter does with `-I -c CODE LIMITS...`: run the code as if it were another one.
IMPERSONATE = """\
import builtins, ensurepip, ssl, sys, types, venv
_, path, version, name, missing, *rest = sys.argv
assert rest[:2] == ["-I", "-c"], rest
sys.version_info = (*map(int, version.split(".")), "final", 0)
sys.implementation = types.SimpleNamespace(name=name)
sys._base_executable = path
real = builtins.__import__
def importing(module, *args, **kwargs):
    if module in missing.split(","):
        raise ImportError(module)
    return real(module, *args, **kwargs)
builtins.__import__ = importing
sys.argv = ["-c", *rest[3:]]
exec(rest[2], {"__name__": "__main__"})
"""


@dataclass(frozen=True)
class Fake:
    """One interpreter on the machine, at a path below its root."""

    path: str
    version: str = ""
    name: str = "cpython"
    missing: str = ""
    script: str = ""
    """Instead of an interpreter: what the file does."""


SHIM = "echo 'pyenv: python3.13: command not found' >&2; exit 127"
SYSTEM_311 = Fake("usr/bin/python3", "3.11.2")


@dataclass(frozen=True)
class Case:
    """A machine, and which of its interpreters is found."""

    fakes: list[Fake]
    found: str | None
    says: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


CASES = {
    "only name that exists": Case([Fake("usr/bin/python3", "3.12.3")], "usr/bin/python3"),
    "oldest supported": Case([Fake("usr/bin/python3", "3.12.0")], "usr/bin/python3"),
    "newest supported": Case([Fake("usr/bin/python3", "3.14.9")], "usr/bin/python3"),
    "python without a number": Case([Fake("usr/bin/python", "3.13.1")], "usr/bin/python"),
    "3.13 before the others": Case(
        [Fake(f"usr/bin/python3.{minor}", f"3.{minor}.1") for minor in (12, 13, 14)], "usr/bin/python3.13"
    ),
    "a version manager's 3.13 before the system's 3.12": Case(
        [Fake("usr/bin/python3.12", "3.12.1"), Fake("home/.pyenv/versions/3.13.0/bin/python", "3.13.0")],
        "home/.pyenv/versions/3.13.0/bin/python",
    ),
    "a pyenv shim without a selected version": Case(
        [
            SYSTEM_311,
            Fake("shims/python3.13", script=SHIM),
            Fake("shims/python3", script=SHIM),
            Fake("home/.pyenv/versions/3.13.0/bin/python", "3.13.0"),
        ],
        "home/.pyenv/versions/3.13.0/bin/python",
    ),
    "a shim that hides a good one further down PATH": Case(
        [Fake("shims/python3.12", script=SHIM), Fake("usr/bin/python3.12", "3.12.7")], "usr/bin/python3.12"
    ),
    "pyenv elsewhere": Case(
        [SYSTEM_311, Fake("opt/pyenv/versions/3.12.1/bin/python", "3.12.1")],
        "opt/pyenv/versions/3.12.1/bin/python",
        environment={"PYENV_ROOT": "{root}/opt/pyenv"},
    ),
    "uv": Case(
        [SYSTEM_311, Fake("home/.local/share/uv/python/cpython-3.13.5-linux-x86_64-gnu/bin/python3", "3.13.5")],
        "home/.local/share/uv/python/cpython-3.13.5-linux-x86_64-gnu/bin/python3",
    ),
    "mise": Case(
        [Fake("home/.local/share/mise/installs/python/3.12.4/bin/python3", "3.12.4")],
        "home/.local/share/mise/installs/python/3.12.4/bin/python3",
    ),
    "Homebrew, not linked": Case(
        [SYSTEM_311, Fake("opt/homebrew/opt/python@3.13/bin/python3.13", "3.13.2")],
        "opt/homebrew/opt/python@3.13/bin/python3.13",
    ),
    "a name that lies": Case(
        [Fake("usr/bin/python3.13", "3.11.2"), Fake("usr/bin/python3", "3.12.1")], "usr/bin/python3"
    ),
    "a folder with blanks": Case([Fake("my pythons/python3.12", "3.12.1")], "my pythons/python3.12"),
    "Debian without python3-venv": Case(
        [Fake("usr/bin/python3", "3.12.3", missing="ensurepip")],
        None,
        ["usr/bin/python3: is Python 3.12.3 but lacks ensurepip", "sudo apt install python3 python3-venv"],
    ),
    "PyPy": Case([Fake("usr/bin/python3", "3.12.1", name="pypy")], None, ["is pypy 3.12.1, not CPython"]),
    "too old": Case([SYSTEM_311], None, ["usr/bin/python3: is Python 3.11.2", "CPython 3.12 or newer"]),
    "too new": Case([Fake("usr/bin/python3", "3.15.0")], None, ["usr/bin/python3: is Python 3.15.0", "below 3.15"]),
    "silent": Case([Fake("usr/bin/python3", script="exit 0")], None, ["usr/bin/python3: prints nothing"]),
    "nothing at all": Case([], None, ["There is no interpreter at all"]),
    "named by PYTHON": Case(
        [Fake("usr/bin/python3.13", "3.13.1"), Fake("mine/python", "3.12.1")],
        "mine/python",
        environment={"PYTHON": "{root}/mine/python"},
    ),
    "named by PYTHON, unusable": Case(
        [Fake("usr/bin/python3.13", "3.13.1"), Fake("mine/python", "3.10.1")],
        None,
        ["PYTHON={root}/mine/python can not be used", "mine/python: is Python 3.10.1"],
        environment={"PYTHON": "{root}/mine/python"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_find_python(case: Case, tmp_path: Path) -> None:
    """Finds the one that works, or says what each candidate lacks and what to do."""
    root = tmp_path / "machine"
    root.mkdir()
    (tmp_path / "impersonate.py").write_text(IMPERSONATE)
    for fake in case.fakes:
        path = root / fake.path
        path.parent.mkdir(parents=True, exist_ok=True)
        acts = fake.script or (
            f"exec '{sys.executable}' -I '{tmp_path}/impersonate.py' '{path}' '{fake.version}' '{fake.name}'"
            f" '{fake.missing}' \"$@\""
        )
        path.write_text(f"#!/bin/sh\n{acts}\n")
        path.chmod(0o755)
    # The machine has no sed, awk and the like: the script must do with the shell alone.
    environment = {
        "PATH": os.pathsep.join(str(root / folder) for folder in ("shims", "my pythons", "usr/bin")),
        "HOME": str(root / "home"),
        "FIND_PYTHON_ROOT": str(root),
        **{name: value.format(root=root) for name, value in case.environment.items()},
    }
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT)], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if case.found is None:
        assert (done.returncode, done.stdout) == (1, "")
        for words in case.says:
            assert words.format(root=root) in done.stderr
    else:
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{root / case.found}\n", "")
