"""The page for people says what the tables say."""

from __future__ import annotations

from pathlib import Path

from dlp.providers.document import page
from dlp.providers.table import default_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "providers.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m dlp.providers.document > docs/providers.md"


def test_every_provider_and_host_is_on_it() -> None:
    written = page()
    for provider in default_table().providers:
        assert f"| {provider.id} |" in written
        for host in default_table().hosts_of(provider.id):
            assert f"`{host}`" in written
