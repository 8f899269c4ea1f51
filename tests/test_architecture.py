"""The layers of `docs/design.md`, read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dlp"

LAYERS: list[set[str]] = [
    {
        *("errors", "types", "tokens", "printable", "files", "keyfiles", "database", "environment", "logs", "hangup"),
        *("redis_client", "loading"),
        "fakes",
    },
    {"wire"},
    {"providers", "detect", "masking", "policy", "audit", "vault", "metrics", "limits", "egress", "ca"},
    {"engine", "evaluation", "restore"},
    {"live", "supervisor"},
    {"app"},
    {"proxy"},
    {"cli"},
    {"__main__"},
]
"""From the bottom up; a part imports from its own layer and from those below."""

HOMES = {
    "mitmproxy": ("dlp.proxy",),
    "presidio_analyzer": ("dlp.detect",),
    "spacy": ("dlp.detect",),
    "hyperscan": ("dlp.detect",),
    "onnxruntime": ("dlp.detect",),
    "marisa_trie": ("dlp.detect.ner.lexicon",),
    "prometheus_client": ("dlp.metrics",),
    "botocore": ("dlp.proxy.sigv4",),
    "yaml": ("dlp.policy.document", "dlp.providers.table"),
    "cryptography": (
        *("dlp.ca", "dlp.proxy.leaves", "dlp.proxy.client_certificates"),
        *("dlp.audit.chain", "dlp.egress.wireguard", "dlp.fakes", "dlp.vault"),
    ),
    "redis": ("dlp.redis_client", "dlp.vault.redis"),
    "OpenSSL": ("dlp.proxy.client_certificates", "dlp.proxy.secured"),
    "ldap3": ("dlp.proxy.authentication",),
}
"""Third-party packages that only these modules (and what is below them) may import."""

# Spelt in pieces, or this file would name them.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "yarnpkg" + ".com",
    "anaconda" + ".org",
]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports(module: str) -> tuple[str, ...]:
    """The modules that `module` imports, anywhere in its file."""
    return tuple(imported(module, ast.parse(MODULES[module].read_text("utf-8"))))


def imported(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import; the others are absolute"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in MODULES else str(node.module)


def layer(module: str) -> int:
    part = module.split(".")[1]
    found = [number for number, parts in enumerate(LAYERS) if part in parts]
    assert found, f"{module}: say in LAYERS where dlp.{part} belongs"
    return found[0]


@pytest.mark.parametrize("module", [name for name in MODULES if name != "dlp"])
def test_imports_point_downwards(module: str) -> None:
    """No module imports from a layer above its own."""
    upward = [name for name in imports(module) if name.startswith("dlp.") and layer(name) > layer(module)]
    assert upward == []


def test_no_import_cycles() -> None:
    """Modules of one layer may know each other, but not in a circle."""
    graph = {module: {name for name in imports(module) if name in MODULES and name != "dlp"} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", HOMES)
def test_third_party_packages_stay_at_home(package: str) -> None:
    """What is hidden behind one of our packages is imported there alone."""
    strangers = [
        module
        for module in MODULES
        if any(name.split(".")[0] == package for name in imports(module))
        and not any(module == home or module.startswith(f"{home}.") for home in HOMES[package])
    ]
    assert strangers == []


def test_fakes_are_not_part_of_the_product() -> None:
    """The fake providers know nothing of the proxy, and nothing but the command line (the demo) knows them."""
    assert [
        (module, name)
        for module in MODULES
        for name in imports(module)
        if name.startswith("dlp.")
        and (module.startswith("dlp.fakes") != name.startswith("dlp.fakes"))
        and not module.startswith("dlp.cli.")
    ] == []


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: generated and downloaded files can't be told from ours")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_package_registry_is_named() -> None:
    """Whoever installs decides where packages come from; lock files, documents and scripts don't."""
    named = [
        f"{path.relative_to(ROOT)}: {registry}"
        for path in tracked_files()
        for registry in REGISTRIES
        if registry.encode() in path.read_bytes()
    ]
    assert named == []
