"""Bodies that hold fields, parts or lines: URL-encoded forms, multipart uploads, JSON Lines files."""

from __future__ import annotations
