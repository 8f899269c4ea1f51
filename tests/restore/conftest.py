"""Passcodes that cost less than real ones: what is tested here is not scrypt."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def cheap_passcodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.restore.operators._N", 2**4)
