"""Egress privacy proxy for LLM traffic: a mitmproxy addon and the parts it is made of.

Everything below `dlp.proxy` works without mitmproxy; see `docs/design.md` for the layers.
"""

__version__ = "0.1.0"
