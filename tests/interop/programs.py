"""The client programs of this suite: how one is run, and what it needs to run."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

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
