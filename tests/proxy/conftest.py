"""What the proxies of these tests stand in front of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlp.fakes import FakeProviders
from dlp.fakes.authority import Authority


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        yield running


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()
