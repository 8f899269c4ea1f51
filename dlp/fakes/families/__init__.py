"""The provider families that the fake speaks. A new one is one file here and one line in `FAMILIES`."""

from __future__ import annotations

from dlp.fakes.families.anthropic import Anthropic
from dlp.fakes.families.base import Family, Ids
from dlp.fakes.families.gemini import Gemini
from dlp.fakes.families.openai import OpenAI

FAMILIES: tuple[type[Family], ...] = (Anthropic, Gemini, OpenAI)
"""Order matters only for hosts that no family names: the first one that knows the path answers."""

__all__ = ["FAMILIES", "Family", "Ids"]
