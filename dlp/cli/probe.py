"""Who listens on a port: our proxy, somebody else, nobody."""

from __future__ import annotations

import http.client
import ssl
from enum import Enum
from urllib.parse import urlsplit

from dlp.ca import CaFiles

PROBE_HOST = "api.openai.com"
"""A name that the proxy always intercepts."""

TIMEOUT = 3.0
"""Seconds; the peer is on this machine or next to it."""


class Listener(Enum):
    """What a probe found."""

    NOBODY = "nobody"
    OURS = "ours"
    OTHER = "other"


def who_listens(proxy_url: str, files: CaFiles) -> Listener:
    """Ask the proxy for a tunnel to a provider and look whose certificate comes back.

    Only a proxy that opens TLS and holds the key of our CA passes. Nothing leaves the machine if it does: it contacts the
    provider when a request arrives, and none is sent.
    """
    target = urlsplit(proxy_url)
    context = ssl.create_default_context(cafile=str(files.cert))
    connection = http.client.HTTPSConnection(str(target.hostname), target.port, timeout=TIMEOUT, context=context)
    connection.set_tunnel(PROBE_HOST, 443)
    try:
        connection.connect()
    except ConnectionRefusedError:
        return Listener.NOBODY
    except (OSError, http.client.HTTPException):  # includes every ssl.SSLError
        return Listener.OTHER
    finally:
        connection.close()
    return Listener.OURS
