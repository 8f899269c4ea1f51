"""Entry point for any mitmproxy tool: `mitmdump -s addon.py --set dlp_policy=default --set confdir=certs`.

`python -m dlp proxy` is the same addon in a launcher of its own; see `dlp.proxy.launcher`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dlp.loading import loading, share_heaps

share_heaps()
with loading():
    from dlp.proxy.addon import Addon

addons = [Addon()]
