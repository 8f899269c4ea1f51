"""`python -m dlp`; see `dlp.cli`."""

from __future__ import annotations

import sys

from dlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
