"""`python -m dlp status`: how a running proxy is doing, read from its metrics."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from dlp.cli import NEGATIVE, OK
from dlp.errors import ConfigurationError
from dlp.metrics.client import fetch
from dlp.metrics.server import DEFAULT_ADDRESS, Address, parse_address
from dlp.printable import printable

_SECONDS = 10.0
_SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
_EXPIRY_DAYS = 30
_SHOWN = 10

type Samples = Mapping[str, list[tuple[dict[str, str], float]]]


_EPILOG = """\
examples:
  python -m dlp status
  python -m dlp status --metrics unix:/run/dlp/metrics.sock --json

exit status:
  0  all is well
  1  something needs a person: the lines that begin with !
  2  no proxy answers there
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `status`."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--metrics",
        default=DEFAULT_ADDRESS,
        metavar="HOST:PORT|unix:PATH",
        help=f"where the proxy serves them (default: {DEFAULT_ADDRESS})",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the state; exit status 1 if something needs a person."""
    address = parse_address(args.metrics)
    if address is None:
        raise ConfigurationError("--metrics: expected HOST:PORT or unix:PATH")
    ready_status, ready = _get(address, "/readyz")
    _, text = _get(address, "/metrics")
    facts, problems = describe(read_samples(text), time.time())
    if ready_status != 200:
        problems = [f"not ready: {printable(line, 300)}" for line in ready.splitlines()] + problems
    if args.json:
        print(json.dumps({"ready": ready_status == 200, "facts": facts, "problems": problems}, indent=2))
    else:
        for name, value in facts.items():
            print(f"{name:16} {value}")
        for problem in problems:
            print(f"! {problem}")
    return NEGATIVE if problems else OK


def _get(address: Address, path: str) -> tuple[int, str]:
    try:
        return fetch(address, path, _SECONDS)
    except OSError:
        where = str(address) if isinstance(address, Path) else "{}:{}".format(*address)
        raise ConfigurationError(
            f"no proxy serves metrics at {where}. It may have another address (--set dlp_metrics=HOST:PORT), or not run"
        ) from None


def read_samples(text: str) -> Samples:
    """Prometheus' text format: name -> labels and number of each sample. Lines that are none are left out."""
    found: defaultdict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for line in text.splitlines():
        sample = _SAMPLE.fullmatch(line)
        if sample:
            try:
                number = float(sample[3])
            except ValueError:
                continue
            found[sample[1]].append((dict(_LABEL.findall(sample[2] or "")), number))
    return found


def describe(samples: Samples, now: float) -> tuple[dict[str, str], list[str]]:
    """What is worth knowing, and what needs a person; nothing of it can hold a control character."""
    facts: dict[str, str] = {}
    if running := samples.get("dlp_info", []):
        facts["version"] = printable(running[0][0].get("version", ""), 40)
        names = list(dict.fromkeys(printable(labels.get("policy", ""), 100) for labels, _ in running))
        more = f", {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        facts["policy"] = ", ".join(names[:_SHOWN]) + more
    if wanted := _last(samples, "dlp_processes_wanted"):
        facts["processes"] = f"{_last(samples, 'dlp_processes'):.0f} of {wanted:.0f}"
    if loaded := _last(samples, "dlp_policy_loaded_timestamp_seconds"):
        facts["policy loaded"] = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(loaded))
    if started := min((number for _, number in samples.get("process_start_time_seconds", [])), default=0):
        facts["running for"] = _shown_time(now - started)
    if memory := _sum(samples, "process_resident_memory_bytes"):
        facts["memory"] = f"{memory / 2**20:.0f} MiB"
    if "dlp_detection_workers" in samples:
        facts["workers"] = f"{_sum(samples, 'dlp_detection_workers'):.0f}"
    facts["requests"] = _listed(samples, "dlp_requests_total", "verdict") or "none yet"
    facts["findings"] = _listed(samples, "dlp_findings_total", "entity_type") or "none yet"
    problems = list(_problems(samples, now))
    for name, ends in _certificates(samples):
        facts[f"{name} until"] = time.strftime("%Y-%m-%d", time.gmtime(ends))
    if "dlp_audit_sequence" in samples:
        facts["audit records"] = f"{_last(samples, 'dlp_audit_sequence'):.0f}"
    return facts, problems


def _problems(samples: Samples, now: float) -> Iterator[str]:
    if _last(samples, "dlp_policy_reload_failed"):
        yield "a changed policy has mistakes (python -m dlp check); the one before it is in use"
    for name, ends in _certificates(samples):
        if ends - now < _EXPIRY_DAYS * 86_400:
            yield f"certificate {name} ends in {(ends - now) / 86_400:.0f} days"
    if missing := _last(samples, "dlp_processes_wanted") - _last(samples, "dlp_processes"):
        yield f"processes that don't examine requests: {missing:.0f}"
    if died := _last(samples, "dlp_processes_died_total"):
        yield f"processes that died since the start: {died:.0f}"
    if faults := _listed(samples, "dlp_faults_total", "stage"):
        yield f"faults since the start: {faults}"
    for labels, number in samples.get("dlp_refusals_total", []):
        if labels.get("code") == "dlp_upstream" and number:
            yield f"requests that their provider did not answer (the log says why): {number:.0f}"
    if failures := _listed(samples, "dlp_tls_failures_total", "host"):
        yield f"failed TLS handshakes: {failures}"
    unknown: Counter[str] = Counter()
    for labels, number in samples.get("dlp_unknown_endpoints_total", []):
        unknown[printable(f"{labels.get('provider', '')} {labels.get('path', '')}", 200)] += int(number)
    for shown, count in unknown.most_common(_SHOWN):
        yield f"unknown endpoint, examined as plain JSON: {shown} ({count})"


def _certificates(samples: Samples) -> list[tuple[str, float]]:
    """Name and end of each; all processes have the same."""
    rows = samples.get("dlp_certificate_not_after_timestamp_seconds", [])
    return list({printable(labels.get("certificate", ""), 40): ends for labels, ends in rows}.items())


def _last(samples: Samples, name: str) -> float:
    """The highest of all processes: for what happens to all of them, and the worst of what happens to one."""
    return max((number for _, number in samples.get(name, [])), default=0.0)


def _sum(samples: Samples, name: str) -> float:
    return sum(number for _, number in samples.get(name, []))


def _listed(samples: Samples, name: str, label: str) -> str:
    sums: defaultdict[str, float] = defaultdict(float)
    for labels, number in samples.get(name, []):
        sums[printable(labels.get(label, ""), 100)] += number
    rows = sorted(((count, key) for key, count in sums.items() if count), reverse=True)
    more = f", {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(f"{count:.0f} {key}" for count, key in rows[:_SHOWN]) + more


def _shown_time(seconds: float) -> str:
    """A time to one unit, as people say it."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
