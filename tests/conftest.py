"""What holds for every test."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# A deadline per example would judge the machine, not the code.
settings.register_profile("dlp", deadline=None)
settings.load_profile("dlp")

# Loading a foreign pipeline sets this for the process, and an SDK that is loaded later would then refuse loopback, too.
os.environ["HF_HUB_OFFLINE"] = "0"

SLOW_FIRST = ("interop", "egress", "proxy", "vault", "cli", "scripts", "deploy")
"""Folders whose files are begun first, so that no worker is left with a long one when the others have nothing more to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow files before the quick ones; within a file nothing moves."""
    rank = {f"tests/{folder}": number for number, folder in enumerate(SLOW_FIRST)}
    items.sort(key=lambda item: rank.get("/".join(item.nodeid.split("/")[:2]), len(rank)))


_STDERR = pytest.StashKey[int]()
"""Descriptor of the process's own standard error, whatever is captured while a test runs."""


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is captured at this moment."""
    config.stash[_STDERR] = os.dup(2)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Set the last bound anew: pytest lifts it from a test that failed, as one that hung has, and its fixtures may hang as well."""
    seconds = float(item.config.getini("faulthandler_timeout"))
    if seconds > 0:
        faulthandler.dump_traceback_later(seconds, exit=True, file=item.config.stash[_STDERR])
    yield  # pytest takes it back after the test


REQUIRE_ALL = os.environ.get("DLP_REQUIRE_ALL") == "1"
"""Set where everything that a test can need is installed (`.ci/run`): there, a skipped test is a failed one."""
MAY_SKIP_FILES = frozenset({"tests/training/ner/test_train.py"})
"""Files that may skip even there: training needs PyTorch, gigabytes that neither the proxy nor its other tests use."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure, except for tests marked `may_skip` and expected failures."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("may_skip"):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped although DLP_REQUIRE_ALL=1: {call.excinfo.value if call.excinfo else 'no reason given'}"
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for files that skip as a whole."""
    report = yield
    if REQUIRE_ALL and report.skipped and collector.nodeid not in MAY_SKIP_FILES:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped although DLP_REQUIRE_ALL=1"
    return report
