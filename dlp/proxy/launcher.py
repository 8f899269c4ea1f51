"""Our own way to start mitmproxy: no script reloading, no `config.yaml`, no flow dumps, a policy checked before anything listens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mitmproxy import exceptions, options
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.tools.dump import DumpMaster

from dlp.app import Application
from dlp.errors import ConfigurationError
from dlp.hangup import on_hangup
from dlp.logs import log_to_stderr
from dlp.printable import printable
from dlp.proxy import guard
from dlp.proxy.addon import WARM_SECONDS, Addon
from dlp.proxy.farewell import Farewell
from dlp.proxy.leaves import issued_elsewhere
from dlp.proxy.supervised import Supervised
from dlp.supervisor.link import Order

log = logging.getLogger("dlp")

_NOT_HERE = frozenset({"scripts", "confdir", "mode", "listen_host", "listen_port"})
"""Options with an argument of their own, and scripts, which mitmproxy reloads while traffic goes on."""


DRAIN_SECONDS = 30.0
LINGER_SECONDS = 3.0
"""How long a process that others take over from stays for clients that keep their connection open: with the next answer they are told to
open another one. Who closed it on them at once might cross their next request."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """How the proxy is started.

    Args:
        confdir: Folder of the CA, in mitmproxy's layout.
        modes: mitmproxy's mode specifications without an address, such as `regular` or `reverse:https://api.openai.com`.
        drain_seconds: How long SIGTERM lets answers that are under way come to their end.
        options: `name=value` for mitmproxy's other options.
        link: To a supervisor, from which connections come; None to listen.
        process: Number of this process among those of the supervisor.
    """

    confdir: Path
    listen: str = "127.0.0.1"
    port: int = 8080
    modes: tuple[str, ...] = ("regular",)
    drain_seconds: float = DRAIN_SECONDS
    options: tuple[str, ...] = ()
    link: socket.socket | None = None
    process: int | None = None


class _Startup(logging.Handler):
    """Collects errors until the proxy runs; mitmproxy logs a failed bind instead of raising it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def run_proxy(application: Application, settings: ProxySettings, ready: Callable[[str, int], None]) -> None:
    """Run until SIGINT or SIGTERM.

    Args:
        ready: Called once with address and port when the proxy listens.

    Raises:
        ConfigurationError: An option is refused or the port can't be had. Nothing was served.
    """
    guard.scrub_logs()
    log_to_stderr(settings.process)
    startup = _Startup()
    logging.getLogger().addHandler(startup)
    try:
        asyncio.run(_serve(application, settings, ready, startup))
    except SystemExit:
        # mitmproxy's own check for errors at start; what it found was logged
        raise _unusable(startup.messages, settings) from None
    finally:
        logging.getLogger().removeHandler(startup)


async def _serve(
    application: Application, settings: ProxySettings, ready: Callable[[str, int], None], startup: _Startup
) -> None:
    leaves = issued_elsewhere(settings.confdir)
    with tempfile.TemporaryDirectory(prefix="dlp-") as nothing:
        # mitmproxy makes a CA where there is none; what that one signs for other hosts nobody trusts
        confdir = settings.confdir if leaves is None else Path(nothing)
        await _serve_from(confdir, leaves, application, settings, ready, startup)


async def _serve_from(
    confdir: Path,
    leaves: Path | None,
    application: Application,
    settings: ProxySettings,
    ready: Callable[[str, int], None],
    startup: _Startup,
) -> None:
    for mode in settings.modes:  # mitmproxy would go on with one that it doesn't know, and listen nowhere
        try:
            ProxyMode.parse(mode)
        except ValueError as error:
            raise ConfigurationError(f"mode '{printable(mode, 200)}': {error}") from None
    opts = options.Options(
        confdir=str(confdir), mode=list(settings.modes), listen_host=settings.listen, listen_port=settings.port
    )
    master = DumpMaster(opts, with_termlog=False, with_dumper=False)
    addon = Addon(application, stop_when_unloaded=False)
    stopping = _Stopping(master, addon, settings.drain_seconds)
    supervised = None
    if settings.link is not None:
        supervised = Supervised(settings.link, settings.modes, stopping.ordered)
        supervised.install()
        stopping.supervised = supervised
    readiness = _Ready(master, application, ready, startup, supervised)
    master.addons.add(addon, readiness, stopping.farewell)
    if leaves is not None:
        opts.update(certs=[f"issued.invalid={leaves}"])  # the name is of no host: the file's own names count
    try:
        for setting in settings.options:
            name = setting.partition("=")[0].strip()
            if name in _NOT_HERE:
                raise exceptions.OptionsError(f"option {name} can't be set here")
            opts.set(setting)
    except exceptions.OptionsError as error:
        raise ConfigurationError(str(error)) from None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, master.shutdown)
    loop.add_signal_handler(signal.SIGTERM, stopping.begin)
    loop.add_signal_handler(signal.SIGHUP, on_hangup(lambda: _read_policies(loop, application), stopping.begin))
    try:
        await master.run()
    finally:
        readiness.wait()


def _read_policies(loop: asyncio.AbstractEventLoop, application: Application) -> None:
    """Now, instead of at the watcher's next look."""
    loop.run_in_executor(None, application.policies.refresh)


class _Stopping:
    """SIGTERM: take nothing new, let answers that are under way come to their end, then stop. A second SIGTERM stops at once.

    Under a supervisor SIGTERM asks to be let go, and its order begins that.
    """

    def __init__(self, master: DumpMaster, addon: Addon, seconds: float) -> None:
        self._master, self._addon, self._seconds = master, addon, seconds
        self.supervised: Supervised | None = None
        self.farewell = Farewell()
        self._begun = False
        self._task: asyncio.Task[None] | None = None
        self._others_take_over = False

    def begin(self) -> None:
        if self._begun:
            self._master.shutdown()
            return
        self._begun = True
        if self.supervised is not None:
            self.supervised.leave()
        else:
            self._task = asyncio.create_task(self._drain())

    def ordered(self, order: Order) -> None:
        """What the supervisor wants. `STOP` may follow on `YIELD`."""
        self._begun = True
        self._others_take_over = order is Order.YIELD
        if self._task is None:
            self._task = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        under_way = self._addon.under_way
        until = asyncio.get_running_loop().time() + self._seconds
        try:
            self._addon.application().health.failed("proxy", "is stopping")
            self.farewell.begun = True
            parting = asyncio.create_task(self._part())
            await self._master.addons.get("proxyserver").servers.update([])
            if under_way:
                log.info("stopping when %d requests have their answers, or after %g s", len(under_way), self._seconds)
            await self._hand_over(until)
            if not await under_way.idle(until - asyncio.get_running_loop().time()):
                log.warning("stopping although %d requests are under way", len(under_way))
            parting.cancel()
        finally:
            self._master.shutdown()

    async def _part(self) -> None:
        """Send clients over HTTP/2 away as soon as they have no request under way."""
        while True:
            self.farewell.part(self._master.addons.get("proxyserver").connections.values())
            await asyncio.sleep(_LOOK_SECONDS)

    async def _hand_over(self, until: float) -> None:
        """Wait until all clients have gone to the processes that take over, or keep nothing but idle connections."""
        loop = asyncio.get_running_loop()
        connections, busy = self._master.addons.get("proxyserver").connections, loop.time()
        while self._others_take_over and connections and loop.time() < until:
            if self._addon.under_way or self._addon.tunnels:
                busy = loop.time()
            if loop.time() > busy + LINGER_SECONDS:
                return
            await asyncio.sleep(_LOOK_SECONDS)


class _Ready:
    """Tells when the proxy takes connections, and has detection loaded by then or soon after."""

    def __init__(
        self,
        master: DumpMaster,
        application: Application,
        ready: Callable[[str, int], None],
        startup: _Startup,
        supervised: Supervised | None,
    ) -> None:
        self._master, self._application, self._ready, self._startup = master, application, ready, startup
        self._supervised = supervised
        self._warming: threading.Thread | None = None

    def wait(self) -> None:
        """Let the models finish loading before the interpreter ends: a library's thread that it ends under aborts the process."""
        if self._warming is not None:
            self._warming.join(WARM_SECONDS)

    def running(self) -> None:
        addresses = self._master.addons.get("proxyserver").listen_addrs()
        if addresses and not self._startup.messages:
            # Taking connections doesn't wait for the models; the first request shouldn't either.
            self._warming = threading.Thread(
                target=self._warm, args=(asyncio.get_running_loop(),), name="dlp-warm", daemon=True
            )
            self._warming.start()
            if self._supervised is not None:
                self._supervised.start()
            self._ready(*addresses[0][:2])

    def _warm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._application.warm()
        supervised = self._supervised
        if supervised is not None:
            fit = not any(problem.startswith("models:") for problem in self._application.health.problems())
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(lambda: supervised.warmed(fit=fit))


def _unusable(messages: Sequence[str], settings: ProxySettings) -> ConfigurationError:
    text = " ".join(messages)
    where = f"{settings.listen}:{settings.port}"
    if "address already in use" in text.lower() or "Errno 98" in text:
        return ConfigurationError(
            f"{where} is in use by another program; choose another port with --port (make run PORT=…)"
        )
    if "permission denied" in text.lower():
        return ConfigurationError(f"listening on {where} is not permitted; ports below 1024 need privileges")
    return ConfigurationError(f"the proxy could not start on {where}: {text[:300] or 'unknown error'}")
