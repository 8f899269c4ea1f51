"""What tests of the whole share: fake providers, a real proxy process in front of them, and clients that know only an environment.

Two ways lead from a client to the fake providers, both by the client's ordinary proxy settings:

* `ProxyProcess` is the product, started as a user starts it, with provider names redirected to the fake's port;
* `direct_environment` names the fake's own proxy port, which redirects and never opens TLS: what a client reads
  without us.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import quote

from dlp.detect.compiled import ENV_CACHE, cache_folder
from dlp.environment import client_environment, proxy_url
from dlp.fakes import FakeProviders, Received

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = ROOT / "tests" / "redirect_launcher.py"

TIMEOUT_FACTOR = float(os.environ.get("DLP_TIMEOUT_FACTOR", "1"))
"""Scales every timeout of the harness; they only ever end a test that has failed already."""

START_TIMEOUT = 120 * TIMEOUT_FACTOR
STOP_TIMEOUT = 60 * TIMEOUT_FACTOR
WAIT_TIMEOUT = 120 * TIMEOUT_FACTOR
POLL = 0.02

API_KEYS = {
    "OPENAI_API_KEY": "sk-test-openai",
    "ANTHROPIC_API_KEY": "sk-test-anthropic",
    "GEMINI_API_KEY": "test-gemini",
    "GOOGLE_API_KEY": "test-gemini",
}


FIXED_PORTS = range(10_000, 20_000)
"""Of servers that have to be told their port: below what systems give to connections that ask for none, which would take such a port between
the asking and the listening. Redis nodes of a cluster listen ten thousand above, too."""


def free_port() -> int:
    """A loopback port that was free a moment ago, and that nobody is given by chance."""
    while True:
        port = random.SystemRandom().choice(FIXED_PORTS)  # the other processes of a run choose as well
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_for(holds: Callable[[], object], *, every: float = POLL) -> None:
    """Ask until it does: for what another thread or process brings about, and tells nobody.

    Args:
        every: Seconds between two questions; more where a question is work for the one that is waited for.

    Raises:
        AssertionError: It never did; only a test that has failed already waits that long.
    """
    end = time.monotonic() + WAIT_TIMEOUT
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(every)


def clean_environment(proxy_port: int, ca_bundle: Path, home: Path) -> dict[str, str]:
    """A small, explicit environment for one client process: what `dlp env` sets, keys, and nothing of ours."""
    return {
        **{name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ},
        **client_environment(proxy_url(port=proxy_port), ca_bundle),
        **API_KEYS,
        "HOME": str(home),
        "PYTHONUTF8": "1",
        "AWS_EC2_METADATA_DISABLED": "true",  # there is none, and the proxy lets nobody ask for it
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # it would fetch a price list at import
        "LITELLM_TELEMETRY": "False",
    }


class ProxyProcess:
    """The proxy as a process of its own, on a free loopback port, in front of `fake`.

    Its CA, state, audit and output lie under `folder`, so that a test can search all that it left behind.
    """

    def __init__(
        self,
        fake: FakeProviders,
        folder: Path,
        *,
        policy: str | Path = "default",
        command: Sequence[str] | None = None,
        options: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a proxy; `with` or `start` runs it.

        Args:
            fake: where every provider's name leads.
            folder: an empty folder for everything the process writes.
            policy: a shipped policy's name or a file.
            command: program and arguments instead of `dlp proxy …`; `{port}` and `{folder}` are filled in.
            options: further `--set` options.
            environment: further variables.
        """
        self.fake, self.folder, self.port = fake, folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.certs, self.state, self.audit = folder / "certs", folder / "state", folder / "audit.jsonl"
        self.stdout, self.stderr = folder / "stdout.txt", folder / "stderr.txt"
        trusted = fake.authority.write(folder / "fake-ca.pem")
        chosen = command or (
            *("dlp", "proxy", "--listen", "127.0.0.1", "--port", "{port}", "--policy", str(policy)),
            *("--confdir", str(self.certs), "--state", str(self.state), "--audit", str(self.audit)),
        )
        settings = {
            "ssl_verify_upstream_trusted_ca": str(trusted),
            "dlp_metrics": "off",
            "dlp_workers": "0",  # a start costs seconds of a core; whoever tests them asks for them
            **(options or {}),
        }
        self._arguments = [part.format(port=self.port, folder=folder) for part in chosen]
        for name, value in settings.items():
            self._arguments += ["--set", f"{name}={value}"]
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            ENV_CACHE: str(cache_folder() or ""),  # patterns that have been compiled already, whatever its home
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def wait(self) -> int:
        """The exit status, once it has stopped by itself."""
        assert self._process is not None
        return self._process.wait(STOP_TIMEOUT)

    def add_arguments(self, *arguments: str) -> None:
        """Further arguments of the command line, before it is started."""
        self._arguments += arguments

    def start(self) -> None:
        """Start the process and wait until it listens.

        Raises:
            RuntimeError: it ended instead, or never listened; the message holds the end of its output.
        """
        ports = json.dumps({"tls": self.fake.port, "plain": self.fake.plain_port})
        with self.stdout.open("ab") as stdout, self.stderr.open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, str(LAUNCHER), ports, *self._arguments],
                cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            )  # fmt: skip
        for _ in range(int(START_TIMEOUT / POLL)):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(POLL)
                raise RuntimeError(f"the proxy ended with status {status}:\n{self.output()[-4000:]}")
        self.stop()
        raise RuntimeError(f"the proxy did not listen on {self.port}:\n{self.output()[-4000:]}")

    def stop(self) -> int | None:
        """End the process as Ctrl-C does; returns its exit status, None when it was not running."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT)
            raise

    def output(self) -> str:
        """All that the process printed so far."""
        return self.stdout.read_text(errors="replace") + self.stderr.read_text(errors="replace")

    @property
    def ca_certificate(self) -> Path:
        """The certificate of the proxy's own CA, there once the process listens."""
        return self.certs / "mitmproxy-ca-cert.pem"

    def bundle(self) -> Path:
        """A file of what a client behind this proxy has to trust: our CA, and the fake's for tunnelled hosts."""
        bundle = self.folder / "bundle.pem"
        bundle.write_bytes(self.ca_certificate.read_bytes() + self.fake.authority.pem)
        return bundle

    def client_environment(self) -> dict[str, str]:
        return clean_environment(self.port, self.bundle(), self.folder)

    def written_files(self) -> Iterator[Path]:
        """Every file below the folder: output, audit, state. For searches after a run."""
        return (path for path in sorted(self.folder.rglob("*")) if path.is_file())


def direct_environment(fake: FakeProviders, folder: Path) -> dict[str, str]:
    """An environment in which a client reaches the fake without us; TLS is between the two of them."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle = fake.authority.write(folder / "bundle.pem")
    return clean_environment(fake.plain_port, bundle, folder)


def run_client(
    command: Sequence[str], environment: Mapping[str, str], *, timeout: float = 180, given: str | None = None
) -> str:
    """Run a client program and return what it printed.

    Args:
        timeout: Seconds until one that hangs is ended, and what it started; in Python, each then says where its threads stood.
        given: What it reads from its standard input.

    Raises:
        AssertionError: it failed or hung; with its standard error, so that a test report says why.
    """
    with subprocess.Popen(
        list(command), env={**environment, "PYTHONFAULTHANDLER": "1"}, cwd=ROOT,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        outcome = ""
        try:
            printed, complaints = process.communicate(given, timeout=timeout * TIMEOUT_FACTOR)
        except subprocess.TimeoutExpired:
            outcome = f"hung for {timeout * TIMEOUT_FACTOR:.0f} s, and "
            os.killpg(process.pid, signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            printed, complaints = process.communicate()
    if process.returncode != 0:
        raise AssertionError(
            f"{command[-1]} {outcome}ended with {process.returncode}:\n{complaints[-8000:]}\n{printed[-2000:]}"
        )
    return printed


def spellings(value: str) -> set[bytes]:
    """The ways in which a value may stand in a request: plain, JSON-escaped once or twice, in a URL."""
    spelled = {value, quote(value), quote(value, safe=""), value.replace(" ", "+")}
    for ensure_ascii in (True, False):
        once = json.dumps(value, ensure_ascii=ensure_ascii)[1:-1]
        spelled |= {once, json.dumps(once, ensure_ascii=ensure_ascii)[1:-1]}
    return {text.encode("utf-8", "surrogatepass") for text in spelled}


def find_leaks(haystack: bytes, values: Sequence[str]) -> list[str]:
    """Which of `values` stand in `haystack` in any of their spellings, letters of either case."""
    lowered = haystack.lower()
    return [value for value in values if any(spelled.lower() in lowered for spelled in spellings(value))]


def leaks_of(received: Sequence[Received], values: Sequence[str]) -> list[str]:
    """Which of `values` a provider could read in any of these requests."""
    return sorted({value for request in received for value in find_leaks(request.everything(), values)})


TOKEN = re.compile(rb"\[PII:[A-Z0-9_]+:[0-9a-f]{8,32}\]")


def tokens_in(received: Sequence[Received]) -> set[bytes]:
    """The tokens that a provider saw."""
    return {match for request in received for match in TOKEN.findall(request.everything())}
