"""`python -m dlp proxy --processes N`: several proxy processes on one port, under a supervisor."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dlp import vault
from dlp.detect.workers import cores, parse_workers
from dlp.limits.shared import UNIX, LimitsServer
from dlp.logs import log_to_stderr
from dlp.metrics.health import Health
from dlp.metrics.server import DEFAULT_ADDRESS, PageServer, parse_address
from dlp.proxy.modes import listeners
from dlp.supervisor.listening import bind
from dlp.supervisor.pages import Pages
from dlp.supervisor.supervisor import Settings, Supervisor

log = logging.getLogger("dlp")

_LIMITS = "limits.sock"


def run_processes(
    args: argparse.Namespace, chosen: Mapping[str, str], options: list[str], announce: Callable[[int], None]
) -> int:
    """Run until told to stop, and return the exit status.

    Args:
        chosen: The values of our options.
        options: What else was set.
        announce: Called with the port when clients can connect.

    Raises:
        ConfigurationError: A mode can't be shared, or a port can't be had. Nothing was started.
    """
    wanted = listeners(args.mode or ["regular"], args.listen, args.port)
    log_to_stderr()
    with contextlib.ExitStack() as stack:
        sockets: dict[int, list[socket.socket]] = {}
        for listener in wanted:
            sockets[listener.number] = [stack.enter_context(one) for one in bind(listener)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlp-", ignore_cleanup_errors=True)))
        shared = _shared(args.processes, chosen, folder)
        if "dlp_limits" in shared:
            stack.enter_context(contextlib.closing(LimitsServer(folder / _LIMITS)))
        # The same command line once more: whatever started this program starts the processes as well.
        command = [sys.executable, *sys.orig_argv[1:], "--quiet"]
        for name, value in shared.items():
            command += ["--set", f"{name}={value}"]
        settings = Settings(
            args.processes, lambda metrics: [*command, "--set", f"dlp_metrics=unix:{metrics}"], folder, args.drain
        )
        port = sockets[0][0].getsockname()[1]
        return asyncio.run(_run(settings, sockets, _metrics_address(options), lambda: announce(port)))


async def _run(
    settings: Settings, sockets: Mapping[int, list[socket.socket]], metrics: str, announce: Callable[[], None]
) -> int:
    supervisor = Supervisor(settings, sockets, announce)
    health = Health()
    health.watch_loop(asyncio.get_running_loop())
    with _served(Pages(supervisor, health), metrics):
        return await supervisor.run()


@contextlib.contextmanager
def _served(pages: Pages, text: str) -> Iterator[None]:
    """Serve the pages for the time of the block; without them, if their address is taken, as one proxy does."""
    address = parse_address(text)
    server = None
    if address is not None:
        try:
            server = PageServer(address, pages.by_path())
            log.info("metrics of all processes at %s", text)
        except (OSError, OverflowError) as error:
            log.warning(
                "no metrics are served: %s: %s. Choose another address: --set dlp_metrics=HOST:PORT, or 'off'",
                text,
                getattr(error, "strerror", None) or type(error).__name__,
            )
    try:
        yield
    finally:
        if server is not None:
            server.close()


def _metrics_address(options: list[str]) -> str:
    named = [value for name, _, value in (option.partition("=") for option in options) if name == "dlp_metrics"]
    return named[-1] if named else DEFAULT_ADDRESS


def _shared(count: int, chosen: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What has to be another thing for several processes than for one."""
    shared = {}
    if chosen["dlp_workers"] == "auto":
        shared["dlp_workers"] = str(max(1, cores() // count))
    else:
        parse_workers(chosen["dlp_workers"])
    if chosen["dlp_vault"] == "memory":
        # It ends with the supervisor, as memory does, and its values are encrypted.
        shared["dlp_vault"] = f"sqlite:{folder / 'vault.db'}"
        log.info("values for stateful APIs are shared through a temporary file, encrypted")
    if chosen["dlp_limits"] == "memory" or not (chosen["dlp_limits"] or vault.is_server(chosen["dlp_vault"])):
        shared["dlp_limits"] = f"{UNIX}{folder / _LIMITS}"
    return shared
