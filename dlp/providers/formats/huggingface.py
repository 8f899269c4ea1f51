"""The formats of Hugging Face."""

from __future__ import annotations

from dlp.providers.format import Route

ROUTES: tuple[Route, ...] = ()
