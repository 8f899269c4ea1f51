"""The formats of Ollama."""

from __future__ import annotations

from dlp.providers.format import Route

ROUTES: tuple[Route, ...] = ()
