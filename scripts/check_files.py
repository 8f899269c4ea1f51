"""What no commit may bring in, whatever the language: used by pre-commit with the names of the changed files.

Text files end with one line end and hold no trailing blanks, tabs for spaces aside; no file holds a private key, a
conflict mark or is larger than what a clone should carry.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MAX_BYTES = 40 * 2**20
"""Above the embedded model, the one large file that belongs here."""

# In pieces, or this file would hold them.
FORBIDDEN = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE" + rb" KEY-----\n[A-Za-z0-9+/]{16}"),
    "a conflict mark": re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE),
}
TRAILING = re.compile(rb"[ \t]+$", re.MULTILINE)


def problems(path: Path) -> list[str]:
    """What is wrong with one file, in words."""
    raw = path.read_bytes()
    found = [words for words, pattern in FORBIDDEN.items() if pattern.search(raw)]
    if len(raw) > MAX_BYTES:
        found.append(f"{len(raw)} bytes, more than {MAX_BYTES}")
    if b"\0" in raw[:8192]:
        return found
    if raw and not raw.endswith(b"\n"):
        found.append("no line end at the end")
    if raw.endswith(b"\n\n"):
        found.append("blank lines at the end")
    if match := TRAILING.search(raw):
        found.append(f"blanks at the end of line {raw.count(b'\n', 0, match.start()) + 1}")
    return found


def main(names: list[str]) -> int:
    """Print one line per problem; 1 if there are any."""
    lines = [f"{name}: {words}" for name in names if Path(name).is_file() for words in problems(Path(name))]
    print("\n".join(lines), end="\n" if lines else "")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
