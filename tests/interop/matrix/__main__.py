"""`make matrix`: run every cell and write `docs/interoperability.md`, if all of them pass."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.interop.matrix.cells import Language
from tests.interop.matrix.document import DOCUMENT, render
from tests.interop.matrix.running import cells_of, missing, setting, versions
from tests.interop.programs import load_planted

LANGUAGES: tuple[Language, ...] = ("python", "node")


def main() -> int:
    """Returns 0 if every cell passed, 1 if not; then the document stays as it is."""
    for language in LANGUAGES:
        if reason := missing(language):
            print(f"cannot run the {language} clients: {reason}", file=sys.stderr)
            return 1
    planted = load_planted()
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder, setting(Path(folder), planted) as place:
        outcomes = {name: outcome for language in LANGUAGES for name, outcome in place.run(cells_of(language)).items()}
    faults = {
        name: fault for name, outcome in outcomes.items() if (fault := outcome.fault(planted.VALUES, planted.EMAIL))
    }
    for name, fault in faults.items():
        print(f"{name}: {fault}", file=sys.stderr)
    if faults:
        return 1
    DOCUMENT.write_text(render(versions()), "utf-8")
    print(f"{len(outcomes)} cells passed; wrote {DOCUMENT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
