"""What an operator sees of this proxy while it runs: `/metrics`, `/healthz` and `/readyz` (`dlp.metrics`)."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from mitmproxy import http

from dlp.app import Application
from dlp.ca import certificate_ends
from dlp.environment import PROBE_MARK, PROBE_PATH
from dlp.errors import origin
from dlp.metrics.server import Address, MetricsServer, parse_address
from dlp.proxy import authentication, examining
from dlp.proxy.pulse import WINDOW_SECONDS, Pulse

log = logging.getLogger("dlp")

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter when the event loop wants it. Python's own 5 ms hold a stream up by 15 ms while two bodies
are parsed; with this it's 1 ms, and parsing takes no longer (medians, two cores, 2 MB each)."""


def answer_probe(flow: http.HTTPFlow) -> bool:
    """Answer a request of `dlp doctor`, with nothing that isn't the same for everybody; False if it is none.

    `/info/refs` below it is where git looks: its simplest protocol is a list of names.
    """
    request = flow.request
    path = request.path.partition("?")[0]
    if request.method != "GET" or path not in (PROBE_PATH, f"{PROBE_PATH}/info/refs"):
        return False
    body = f"{PROBE_MARK}\n" if path == PROBE_PATH else f"{'0' * 39}1\trefs/heads/{PROBE_MARK.replace(' ', '-')}\n"
    flow.response = http.Response.make(200, body, {"content-type": "text/plain", "cache-control": "no-store"})
    return True


class Operations:
    """Started when the proxy runs, stopped with it.

    An address that is taken does not stop a proxy, whose work is more urgent than its numbers: that is logged, counted
    by whoever misses the target, and `dlp status` says so. It is not replaced by another port, which nobody would scrape.
    """

    def __init__(self, busy: Callable[[], object]) -> None:
        """`busy`: whether any request is under way."""
        self._server: MetricsServer | None = None
        self._pulse = Pulse(busy)

    def start(self, application: Application, address: str, confdir: str) -> None:
        """Serve at `address` (see `parse_address`), and watch what is known only here. Call it on the event loop."""
        application.health.watch_loop(asyncio.get_running_loop())
        sys.setswitchinterval(SWITCH_SECONDS)
        application.workers.start()
        self._pulse.start()
        metrics = application.metrics
        metrics.watch(
            "dlp_loop_stall_seconds",
            f"Longest time in {WINDOW_SECONDS} s that the event loop, and with it every client, was held up",
            self._pulse.longest,
        )
        metrics.watch(
            "dlp_examinations_waiting", "Requests that wait for a thread or worker, or are in one", examining.waiting
        )
        metrics.watch(
            "dlp_authentication_failures",
            "Passwords of proxy users that let nobody in: refused, or unknown because the directory was away",
            lambda: {(reason,): authentication.turned_away[reason] for reason in ("refused", "unknown")},
            labels=("reason",),
            counter=True,
        )
        folder = Path(confdir).expanduser()
        metrics.watch(
            "dlp_certificate_not_after_timestamp_seconds",
            "When a certificate ends; clients refuse the proxy from then on",
            lambda: {(name,): at for name, at in certificate_ends(folder).items()},
            labels=("certificate",),
        )
        wanted = parse_address(address)
        if wanted is None or self._server is not None:
            return
        try:
            self._server = MetricsServer(wanted, metrics, application.health)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or origin(error)
            log.warning(
                "no metrics are served: %s: %s. Choose another address: --set dlp_metrics=HOST:PORT, or 'off'",
                address,
                reason,
            )
            return
        if not isinstance(self._server.address, Path):
            log.info("metrics at http://%s:%d/metrics", *self._server.address)

    @property
    def address(self) -> Address | None:
        """Where metrics are served; None where they aren't."""
        return self._server.address if self._server is not None else None

    def wake(self) -> None:
        """A request has come."""
        self._pulse.wake()

    def stop(self) -> None:
        """Stop serving."""
        self._pulse.stop()
        if self._server is not None:
            self._server.close()
            self._server = None
