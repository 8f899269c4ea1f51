"""The formats of Mistral."""

from __future__ import annotations

from dlp.providers.format import Route

ROUTES: tuple[Route, ...] = ()
