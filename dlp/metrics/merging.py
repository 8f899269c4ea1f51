"""Metrics of several processes as one page, in Prometheus' text format.

Every sample gets a label `process`, and nothing is added up: when one process is replaced, its counters begin anew, and a sum that falls would look
to `rate()` as if all of them had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from dlp.metrics.registry import Watch, Watched

PROCESS = "process"
_HELP = "# HELP "


def merge(pages: Mapping[str, str]) -> str:
    """One page of several.

    Args:
        pages: By what the label `process` shall say: pages as `Metrics.render` writes them, where each family begins with its `# HELP`.
    """
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for process, page in pages.items():
        family = ""
        for line in page.splitlines():
            if line.startswith(_HELP):
                family = line.split(" ", 3)[2]
                if family not in heads:
                    heads[family], samples[family] = [line], []
            elif line.startswith("#"):
                if line not in heads.setdefault(family, []):
                    heads[family].append(line)
            elif line:
                samples.setdefault(family, []).append(_labelled(line, process))
    return "".join(f"{line}\n" for family in heads for line in (*heads[family], *samples[family]))


def _labelled(sample: str, process: str) -> str:
    """The line of one sample with the label. A value never holds a brace or a space before the labels have ended."""
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f'{name}{{{PROCESS}="{process}",{rest}'
    name, _, number = sample.partition(" ")
    return f'{name}{{{PROCESS}="{process}"}} {number}'


def render(watches: Iterable[Watch]) -> str:
    """A page of numbers that no process's own metrics hold."""
    registry, watched = CollectorRegistry(auto_describe=False), Watched()
    for watch in watches:
        watched.add(watch)
    registry.register(watched)
    return generate_latest(registry).decode()
