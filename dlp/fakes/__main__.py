"""`python -m dlp.fakes`: the fake providers as a process, until it is told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from dlp.fakes import FakeProviders


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; prints one JSON line with the ports once both are open.

    Returns:
        0 after a clean stop, 1 when a port is taken.
    """
    parser = argparse.ArgumentParser(prog="python -m dlp.fakes", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TLS port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--plain-port", type=int, default=0, help="port without TLS (default: any free one)")
    parser.add_argument("--ca-out", type=Path, help="where to write the certificate that clients have to trust")
    parser.add_argument(
        "--name", action="append", default=[], help="a further host name for the certificate; repeatable"
    )
    parser.add_argument("--http1", action="store_true", help="offer HTTP/1.1 alone")
    parser.add_argument("--everywhere", action="store_true", help="listen on every address, not only on 127.0.0.1")
    options = parser.parse_args(arguments)
    alpn = ["http/1.1"] if options.http1 else ["h2", "http/1.1"]
    fake = FakeProviders(
        port=options.port,
        plain_port=options.plain_port,
        names=options.name,
        alpn=alpn,
        address=None if options.everywhere else "127.0.0.1",
    )
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # before the server's thread exists, so that only sigwait sees them
    if options.ca_out is not None:
        fake.authority.write(options.ca_out)
    try:
        fake.start()
    except OSError as error:
        print(f"cannot listen: {error.strerror}", file=sys.stderr)
        return 1
    print(json.dumps({"port": fake.port, "plain_port": fake.plain_port}), flush=True)
    signal.sigwait(stops)
    fake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
