"""Run the matrix: every cell once without and once with the proxy, and what is to be said of each.

Two fake servers and a proxy in front of one of them; per language two processes, which differ in nothing but variables of
their environment (in Python, they fork off once the packages are loaded). Each cell fetches a name of its own before it begins, which tells whose the requests after it are.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from dlp.fakes import FakeProviders, Received
from dlp.fakes.families.bedrock import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.harness import ProxyProcess, direct_environment, find_leaks, leaks_of, run_client, tokens_in
from tests.interop.matrix.cells import CLIENTS, Cell, Language
from tests.interop.programs import HERE as INTEROP
from tests.interop.programs import NODE_MODULES, Client, node_binary, planted_variable, run_forked

HERE = Path(__file__).resolve().parent
MARKED = "origin.example"
"""The host whose paths say which cell begins. It is no provider, so the proxy tunnels it."""

PACKAGES = (
    *("openai", "anthropic", "groq", "together", "huggingface_hub", "litellm"),
    *("langchain_openai", "langchain_anthropic"),
)
"""What the cells load when they are first run; loaded before, it is loaded once."""

SECONDS = 540.0
"""What the cells of a language may take together. Most of it goes into importing: half a minute where nothing else runs, minutes elsewhere."""

AWS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY, "AWS_REGION": "us-east-1"}

SETTINGS = {
    **AWS,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AZURE_OPENAI_API_KEY": "k",
    "AZURE_OPENAI_ENDPOINT": "https://unit.openai.azure.com",
    "OPENAI_API_VERSION": "2025-04-01-preview",
    "ANTHROPIC_VERTEX_PROJECT_ID": "p",
    "CLOUD_ML_REGION": "us-central1",
    "MISTRAL_API_KEY": "k",
    "CO_API_KEY": "k",
    "GROQ_API_KEY": "k",
    "TOGETHER_API_KEY": "k",
    "HF_TOKEN": "hf_test",
    "OLLAMA_API_KEY": "k",
    "OLLAMA_HOST": "https://ollama.com",
    "REPLICATE_API_TOKEN": "k",
    "REPLICATE_POLL_INTERVAL": "0.01",
    "PYTHONPATH": str(INTEROP / "clients"),
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""What the clients read from their environment besides the proxy and its CA, the same in both runs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell did without and with the proxy."""

    direct: Any
    """What the application read, or `{"failed": why}`."""
    screened: Any
    sent_directly: tuple[Received, ...]
    sent_screened: tuple[Received, ...]

    def fault(self, values: Sequence[str], echoed: str) -> str | None:
        """What is wrong; None when the cell passes.

        Args:
            values: What no provider may see.
            echoed: One of them that the application must read back, else the cell proves nothing.
        """
        for side, result in (("without", self.direct), ("with", self.screened)):
            if isinstance(result, dict) and "failed" in result:
                return f"failed {side} the proxy: {result['failed']}"
        if not find_leaks(json.dumps(self.direct, ensure_ascii=False).encode(), [echoed]):
            return "the client never read back what it sent"
        if self.screened != self.direct:
            return f"read {self.screened!r} instead of {self.direct!r}"
        asked, seen = ([(sent.method, sent.host, sent.path) for sent in side] for side in self._sides)
        if asked != seen:
            return f"sent {seen} instead of {asked}"
        if leaked := leaks_of(self.sent_screened, values):
            return f"the provider saw {leaked}"
        return None if tokens_in(self.sent_screened) else "the provider saw no token"

    @property
    def _sides(self) -> tuple[tuple[Received, ...], tuple[Received, ...]]:
        return self.sent_directly, self.sent_screened


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the two runs take place."""

    without: FakeProviders
    behind: FakeProviders
    proxy: ProxyProcess
    folder: Path
    planted: ModuleType

    def run(self, cells: Sequence[Cell]) -> dict[str, Outcome]:
        """Run cells of one language, in both ways at the same time; by cell name."""
        shared = {**planted_variable(self.planted), **SETTINGS}
        environments = [
            {**direct_environment(self.without, self.folder), **shared},
            {**self.proxy.client_environment(), **shared},
        ]
        read, proxied = (json.loads(out) for out in self._run_both(cells, environments))
        before, after = _by_cell(self.without), _by_cell(self.behind)
        return {
            cell.name: Outcome(read[cell.name], proxied[cell.name], before[cell.name], after[cell.name])
            for cell in cells
        }

    def _run_both(self, cells: Sequence[Cell], environments: Sequence[Mapping[str, str]]) -> list[str]:
        names = [cell.name for cell in cells]
        if cells[0].client.language == "python":
            command = [sys.executable, str(HERE / "clients" / "main.py"), *names]
            modules = [*PACKAGES, *dict.fromkeys(cell.client.address.partition(":")[0] for cell in cells)]
            return run_forked(command, environments, self.folder, modules=modules, timeout=SECONDS)
        command = [str(node_binary()), str(INTEROP / "node" / "matrix" / "main.mjs"), *names]
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda environment: run_client(command, environment, timeout=SECONDS), environments))


@contextmanager
def setting(folder: Path, planted: ModuleType) -> Iterator[Setting]:
    """Two fake servers, and a proxy in front of the second that has AWS credentials to sign with."""
    with (
        FakeProviders(names=[MARKED]) as without,
        FakeProviders(names=[MARKED]) as behind,
        ProxyProcess(behind, folder / "proxy", policy=INTEROP / "policy.yaml", environment=AWS) as proxy,
    ):
        yield Setting(without, behind, proxy, folder / "direct", planted)


def cells_of(language: Language) -> list[Cell]:
    return [cell for client in CLIENTS if client.language == language for cell in client.cells]


def versions() -> dict[tuple[Language, str], str]:
    """The installed version of each client's package."""
    return {(client.language, client.package): _version(client.language, client.package) for client in CLIENTS}


def _version(language: Language, package: str) -> str:
    if package == "curl":
        return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if language == "node":
        version: str = json.loads((NODE_MODULES / package / "package.json").read_text("utf-8"))["version"]
        return version
    return metadata.version(package)


def missing(language: Language) -> str | None:
    """Why the clients of a language can't run here; None if they can."""
    if language == "node":
        return Client("openai", node=True).missing()
    for package in {client.package for client in CLIENTS if client.language == "python"}:
        if package == "curl" and shutil.which("curl") is None:
            return "curl is not installed"
        try:
            _version("python", package)
        except metadata.PackageNotFoundError:
            return f"the package {package} is not installed"
    return None


def _by_cell(fake: FakeProviders) -> Mapping[str, tuple[Received, ...]]:
    """The requests between one mark and the next."""
    found: dict[str, list[Received]] = {}
    current: list[Received] = []
    for received in fake.received:
        if received.host == MARKED:
            current = found.setdefault(received.path.removeprefix("/cell/"), [])
        else:
            current.append(received)
    return {name: tuple(requests) for name, requests in found.items()}
