"""The same fake providers twice, a proxy process in front of one, for the whole suite; and the values that must not leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess
from tests.interop.programs import load_planted

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    return load_planted()


@pytest.fixture(scope="session")
def running_fake() -> Iterator[FakeProviders]:
    with FakeProviders(names=["origin.example"]) as running:
        yield running


@pytest.fixture(scope="session")
def running_apart() -> Iterator[FakeProviders]:
    """For clients without a proxy."""
    with FakeProviders(names=["origin.example"]) as running:
        yield running


@pytest.fixture(scope="session")
def proxy(running_fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    with ProxyProcess(running_fake, tmp_path_factory.mktemp("proxy"), policy=HERE / "policy.yaml") as running:
        yield running


@pytest.fixture
def fake(running_fake: FakeProviders) -> FakeProviders:
    running_fake.reset()
    return running_fake


@pytest.fixture
def apart(running_apart: FakeProviders) -> FakeProviders:
    running_apart.reset()
    return running_apart
