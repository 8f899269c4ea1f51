"""The formats of the ChatGPT web app."""

from __future__ import annotations

from dlp.providers.format import Route

ROUTES: tuple[Route, ...] = ()
