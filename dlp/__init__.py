"""Egress privacy proxy for LLM traffic: a mitmproxy addon and the parts it is made of.

Everything below `dlp.proxy` works without mitmproxy; see `docs/design.md` for the layers.
"""

import os

__version__ = "0.1.0"

# ONNX Runtime (1.31 on Linux) makes a device id under the user's home when it is imported, and reports use to its
# vendor. Not from here. It reads this variable as it loads, hence before anything else of ours.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
