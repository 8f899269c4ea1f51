"""`python -m bench`: what the proxy costs, against a direct connection, bare mitmproxy, stock Presidio and other programs.

Every figure of a section comes from the same run, its variants taken in turn (A B C A B C …). Look at the ratios: each is the median
of the rounds' ratios to the section's baseline, so that a slow moment of the machine cancels out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import processes
from bench.measure import Report
from bench.report import bars, compared, lines, table
from bench.rivals import rivals
from bench.stages import stages
from tests.harness import ROOT

COMMITTED = ROOT / "bench" / "results.json"
PLOTS = ROOT / "docs" / "plots"
_DRAWN = {
    "rivals": ("Detection next to rivals", "detection next to rivals"),
    "latency": ("A request through the proxy", "latency"),
}


def main() -> int:
    """Run the sections, write the report, compare it with the committed one."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="measurements per variant (default: 20)")
    parser.add_argument("--requests", type=int, default=10_000, help="requests of the soak test (default: 10000)")
    parser.add_argument("--streams", type=int, default=50, help="open connections of the soak test (default: 50)")
    parser.add_argument(
        "--only",
        choices=["latency", "stages", "rivals", "start", "soak", "sharing"],
        action="append",
        help="sections to run; may be repeated (default: all)",
    )
    parser.add_argument("--long", action="store_true", help="measure texts of a megabyte too")
    parser.add_argument(
        "--rivals", type=Path, default=ROOT / "build" / "rivals", help="where their environments are made"
    )
    parser.add_argument("--report", type=Path, default=ROOT / "report" / "bench.json", help="where the JSON goes")
    parser.add_argument("--compare", type=Path, default=COMMITTED, help="an older report (default: the committed one)")
    parser.add_argument("--commit", action="store_true", help="make this the committed result, and draw it anew")
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start that is measured would compile our modules again
    report: Report = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sections: dict[str, Callable[[], Report]] = {
            "rivals": lambda: rivals(args.rounds, args.rivals),
            "stages": lambda: stages(args.rounds, long=args.long),
            "latency": lambda: processes.latency(folder, args.rounds) | processes.streaming(folder, args.rounds),
            "start": lambda: processes.start_up(folder, args.rounds),
            "sharing": lambda: processes.sharing(folder, args.rounds),
            "soak": lambda: processes.soak(folder, args.requests, args.streams),
        }
        for section, run in sections.items():
            if section in (args.only or sections):
                found = run()
                print(table(found), flush=True)
                report |= found
    _write(args.report, report)
    older = json.loads(args.compare.read_text())["sections"] if args.compare.exists() else {}
    changes = list(compared(older, report))
    print(f"\nwritten to {args.report}; compared with {args.compare}:" if older else f"\nwritten to {args.report}")
    print("\n".join(changes) if changes else "no ratio has changed noticeably" if older else "")
    if args.commit:
        _write(COMMITTED, older | report)
        _draw(older | report)
    return 0


def _write(path: Path, report: Report) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    text = json.dumps({"machine": machine, "sections": report}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n")


def _draw(report: Report) -> None:
    PLOTS.mkdir(parents=True, exist_ok=True)
    for name, (title, prefix) in _DRAWN.items():
        chosen = [section for section in report if section.startswith(prefix)]
        if chosen:
            (PLOTS / f"{name}.svg").write_text(bars(report, f"{title}: median, logarithmic scale", chosen))
    memory = {section: rows for section, rows in report.items() if section == "memory, MiB"}
    if memory:
        (PLOTS / "memory.svg").write_text(lines(memory, "Memory over many requests"))


if __name__ == "__main__":
    sys.exit(main())
