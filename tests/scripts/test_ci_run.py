"""`.ci/run` and the rule that a skipped test fails there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPING = """
import pytest

def test_runs():
    pass

@pytest.mark.skip(reason="no node")
def test_marked():
    pass

def test_inside():
    pytest.skip("no npm")

@pytest.fixture
def server():
    pytest.skip("no redis")

def test_fixture(server):
    pass

@pytest.mark.may_skip
def test_allowed():
    pytest.skip("no root")

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_failure():
    assert False
"""


def run_pytest(folder: Path, text: str, *, require_all: bool) -> str:
    """Pytest's closing line for one file, under our conftest and nothing else of the project."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = may_skip\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "test_it.py"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DLP_REQUIRE_ALL": "1" if require_all else "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


def test_skips_are_skips_at_home(tmp_path: Path) -> None:
    """A person without Node runs the rest."""
    assert run_pytest(tmp_path, SKIPPING, require_all=False).startswith("1 passed, 4 skipped, 1 xfailed in")


def test_skips_are_failures_where_everything_is_installed(tmp_path: Path) -> None:
    """By mark and in a fixture (errors of the set-up), in the test (a failure); not those that may be skipped."""
    line = run_pytest(tmp_path, SKIPPING, require_all=True)
    assert line.startswith("1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors in")


def test_a_file_that_skips_as_a_whole_fails_too(tmp_path: Path) -> None:
    """`importorskip` at the top is the widest skip of all."""
    text = "import pytest\npytest.importorskip('no_such_package')\n"
    assert run_pytest(tmp_path, text, require_all=False).startswith("1 skipped in")
    assert "error" in run_pytest(tmp_path, text, require_all=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with `.ci/run`, and a `make` that does what `FAIL` and `CLOSING` say."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (tmp_path / "bin").mkdir()
    make = tmp_path / "bin" / "make"
    make.write_text(
        """#!/bin/sh
echo "$@ DLP_REQUIRE_ALL=$DLP_REQUIRE_ALL" >> made
if [ "$2" = test ]; then printf '%s\\n' "$CLOSING"; fi
case " $FAIL " in *" $2 "*) exit 2 ;; esac
"""
    )
    make.chmod(0o755)
    return tmp_path


PASSED = "=========== 12 passed, 1 skipped, 3 warnings in 3.21s ==========="


@pytest.mark.parametrize(
    ("fail", "closing", "status", "last"),
    [
        pytest.param("", PASSED, 0, [PASSED, "passed: lint types test"], id="all well"),
        pytest.param("", "12 passed in 61.00s (0:01:01)", 0, ["12 passed in 61.00s (0:01:01)"], id="quiet pytest"),
        pytest.param("lint", PASSED, 1, [PASSED, "FAILED: lint"], id="lint"),
        pytest.param("lint types", PASSED, 1, [PASSED, "FAILED: lint types"], id="two"),
        pytest.param(
            "test", "1 failed, 2 passed in 1.00s", 1, ["1 failed, 2 passed in 1.00s", "FAILED: test"], id="test"
        ),
        pytest.param("test", "Killed", 1, ["pytest did not finish", "FAILED: test"], id="killed"),
        pytest.param("", "", 1, ["pytest did not finish"], id="no test was run"),
    ],
)
def test_ci_run(clone: Path, fail: str, closing: str, status: int, last: list[str]) -> None:
    """All three targets run whatever happens; the end says it all."""
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=clone,
        env={"PATH": f"{clone}/bin:{os.environ['PATH']}", "FAIL": fail, "CLOSING": closing},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    shown = done.stdout.splitlines()
    assert shown[shown.index(last[0], -3) :][: len(last)] == last
    assert (clone / "made").read_text().splitlines() == [
        f"--no-print-directory {target} DLP_REQUIRE_ALL=1" for target in ("lint", "types", "test")
    ]
