"""The provider families that the fake speaks. A new one is one file here and one line in `FAMILIES`."""

from __future__ import annotations

from dlp.fakes.families.anthropic import Anthropic
from dlp.fakes.families.base import Family, Ids
from dlp.fakes.families.bedrock import Bedrock
from dlp.fakes.families.cohere import Cohere
from dlp.fakes.families.compatible import Compatible, OpenRouter, Perplexity, Reasoners
from dlp.fakes.families.embedders import Jina, Voyage
from dlp.fakes.families.gemini import Gemini
from dlp.fakes.families.huggingface import HuggingFace
from dlp.fakes.families.mistral import Mistral
from dlp.fakes.families.ollama import Ollama
from dlp.fakes.families.openai import OpenAI
from dlp.fakes.families.replicate import Replicate

FAMILIES: tuple[type[Family], ...] = (
    Anthropic, Gemini, OpenAI, Mistral, Bedrock, Cohere, Ollama,
    Compatible, HuggingFace, Reasoners, OpenRouter, Perplexity, Voyage, Jina, Replicate,
)  # fmt: skip
"""Order matters only for hosts that no family names: the first one that knows the path answers."""

__all__ = ["FAMILIES", "Family", "Ids"]
