"""One set of fake providers and one proxy process for the whole suite, and the values that must not leave."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dlp.fakes import FakeProviders
from tests.harness import ProxyProcess

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def planted() -> ModuleType:
    """The module of values that the clients share; they are programs of their own, hence no ordinary import."""
    spec = importlib.util.spec_from_file_location("planted", HERE / "clients" / "planted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def running_fake() -> Iterator[FakeProviders]:
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
