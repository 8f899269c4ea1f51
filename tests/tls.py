"""TLS between two ends in memory, for tests of what one of them shows and the other believes."""

from __future__ import annotations

import contextlib
import ssl


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> ssl.SSLObject:
    """The client's end after a handshake with a server that it knows as `host`.

    Raises:
        ssl.SSLError: What Python's own TLS raises, where one end refuses the other.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):  # hello, certificate, finished, finished
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert ours.version() is not None
    return ours
