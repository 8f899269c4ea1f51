"""The documents: every link leads somewhere, every page is in the index, every code that a client may read is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "certs" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of the repository, and to a heading of it."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for link in _LINK.findall(text):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    missing = [
        page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md" and f"({page.name})" not in index
    ]
    assert missing == []


def test_every_code_of_a_refusal_is_explained() -> None:
    """Whoever meets one looks for it in docs/operations.md."""
    refusing = (ROOT / "dlp" / "proxy" / "refusing.py").read_text()
    others = "\n".join(path.read_text() for path in (ROOT / "dlp").rglob("*.py"))
    codes = {*re.findall(r'"(dlp_[a-z_]+)"', refusing), *re.findall(r'code="(dlp_[a-z_]+)"', others)}
    explained = (ROOT / "docs" / "operations.md").read_text()
    assert len(codes) > 8
    assert [code for code in sorted(codes) if f"`{code}`" not in explained] == []
