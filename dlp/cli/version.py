"""`python -m dlp version`: what to put into a bug report."""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import PackageNotFoundError, version

from dlp import __version__
from dlp.cli import OK

_PACKAGES = ("mitmproxy", "presidio-analyzer", "spacy", "hyperscan", "onnxruntime", "cryptography", "certifi")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `version`."""
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print our version, Python's and those of the packages that decide what is found and forwarded."""
    versions = {"dlp": __version__, "python": platform.python_version(), "platform": platform.platform()}
    versions |= {package: _installed(package) for package in _PACKAGES}
    if args.json:
        print(json.dumps(versions))
    else:
        for name, number in versions.items():
            print(f"{name:18} {number}")
    return OK


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
