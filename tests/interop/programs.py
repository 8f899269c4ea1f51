"""The client programs of this suite: how one is run, once or in several environments, and what it needs to run."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.harness import run_client

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE / "node" / "node_modules"


@dataclass(frozen=True)
class Client:
    """A client program, and what has to be there for it to run."""

    name: str
    modules: tuple[str, ...] = ()
    curl: bool = False
    node: bool = False

    def command(self, prompt: str) -> list[str]:
        if self.node:
            return [str(node_binary()), str(HERE / "node" / f"{self.name}.mjs")]
        if self.curl:
            return ["sh", str(HERE / "clients" / f"{self.name}.sh"), json.dumps(prompt)]
        return [sys.executable, str(HERE / "clients" / f"{self.name}.py")]

    def run(self, prompt: str, environments: Sequence[Mapping[str, str]], folder: Path) -> list[str]:
        """What it prints in each environment, run at the same time; raises as `run_client` does."""
        command = self.command(prompt)
        if command[0] == sys.executable:
            return run_forked(command, environments, folder, modules=self.modules)
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda environment: run_client(command, environment), environments))

    def missing(self) -> str | None:
        """Why this client can't run here; None if it can."""
        for module in self.modules:
            if importlib.util.find_spec(module) is None:
                return f"the package {module} is not installed"
        if self.curl and shutil.which("curl") is None:
            return "curl is not installed"
        if self.node and not node_binary().exists():
            return f"run `npm ci` in {HERE / 'node'}"
        return None


def run_forked(
    command: Sequence[str],
    environments: Sequence[Mapping[str, str]],
    folder: Path,
    *,
    modules: Sequence[str],
    timeout: float = 180,
) -> list[str]:
    """Run a Python program in each environment at the same time, by `clients/forked.py`, and return what it printed.

    Args:
        command: The interpreter, the program and its arguments.
        folder: For what the runs write.
        modules: What is loaded before; the program may load more.
        timeout: Seconds until all of it is ended.

    Raises:
        AssertionError: A run failed or hung; with its standard error.
    """
    runs = [
        {"environment": dict(environment), "out": str(folder / f"{number}.out"), "err": str(folder / f"{number}.err")}
        for number, environment in enumerate(environments)
    ]
    shared = dict(set.intersection(*(set(environment.items()) for environment in environments)))
    interpreter, *program = command
    asked = json.dumps({"modules": list(modules), "runs": runs})
    try:
        ended = json.loads(
            run_client(
                [interpreter, str(HERE / "clients" / "forked.py"), *program], shared, timeout=timeout, given=asked
            )
        )
    except AssertionError as error:
        said = "".join(Path(run["err"]).read_text("utf-8")[-4000:] for run in runs if Path(run["err"]).exists())
        raise AssertionError(f"{error}\n{said}") from None
    for run, status in zip(runs, ended, strict=True):
        if status != 0:
            raise AssertionError(f"{program[0]} ended with {status}:\n{Path(run['err']).read_text('utf-8')[-8000:]}")
    return [Path(run["out"]).read_text("utf-8") for run in runs]


def node_binary() -> Path:
    """The Node that the package lock brings: an older one on the PATH would ignore the proxy's variables."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "other")
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "other")
    return NODE_MODULES / f"node-{system}-{machine}" / "bin" / "node"


def load_planted() -> ModuleType:
    """The module of values that the clients share; they are programs of their own, hence no ordinary import."""
    spec = importlib.util.spec_from_file_location("planted", HERE / "clients" / "planted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def planted_variable(planted: ModuleType) -> dict[str, str]:
    """The variable by which programs in other languages learn the planted values and texts."""
    return {"DLP_PLANTED": json.dumps({name: value for name, value in vars(planted).items() if name.isupper()})}
