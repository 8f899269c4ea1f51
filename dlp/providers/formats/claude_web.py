"""The formats of the Claude web app."""

from __future__ import annotations

from dlp.providers.format import Route

ROUTES: tuple[Route, ...] = ()
