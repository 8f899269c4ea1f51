"""LLM Shield Proxy's engine with its first two tiers (patterns, entropy): its third needs a model that doesn't come with it."""

from llm_shield_proxy.engines.pii_engine import PIIEngine
from serve import serve

engine = PIIEngine(enable_tier3=False)
serve(lambda text: len(engine.detect_spans(text)))
