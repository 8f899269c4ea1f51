"""`python -m bench`: what the proxy costs, against a direct connection and against mitmproxy without the addon.

Every figure of a section comes from the same run, its variants taken in turn (A B C A B C …), and is quoted as a median with its
ratio to the baseline of the section. The provider is the fake one, in this process, over real TLS.
"""

from __future__ import annotations

import argparse
import json
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPSConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.texts import chat_body, prose
from dlp.fakes import FakeProviders, Script
from tests.harness import ROOT, ProxyProcess

HOST = "api.openai.com"
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000}
MITMDUMP = ("mitmdump", "-q", "--listen-host", "127.0.0.1", "--listen-port", "{port}", "--set", "confdir={folder}/certs",
            "--set", "connection_strategy=lazy", "--set", "flow_detail=0")  # fmt: skip

Report = dict[str, Any]


class Client:
    """One keep-alive connection, direct or through a proxy."""

    def __init__(self, fake: FakeProviders, proxy: ProxyProcess | None) -> None:
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=fake.authority.pem.decode())
        if proxy is not None:
            context.load_verify_locations(cafile=str(proxy.bundle()))
            self._connection = HTTPSConnection("127.0.0.1", proxy.port, context=context)
            self._connection.set_tunnel(HOST, 443)
        else:
            context.check_hostname = False  # the name is right, the port is the fake's
            self._connection = HTTPSConnection("127.0.0.1", fake.port, context=context)

    def post(self, body: bytes) -> tuple[float, float]:
        """Seconds to the first byte of the answer and to its end."""
        headers = {"content-type": "application/json", "host": HOST, "authorization": "Bearer bench"}
        began = time.perf_counter()
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        answer = self._connection.getresponse()
        answer.read(1)
        first = time.perf_counter() - began
        answer.read()
        assert answer.status == 200, answer.status
        return first, time.perf_counter() - began

    def close(self) -> None:
        self._connection.close()


def interleaved(variants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run the variants in turn; a slow moment of the machine then hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, run in variants.items():
            seconds = run()
            if number:  # the first round warms up
                taken[name].append(seconds)
    return taken


def summary(taken: dict[str, list[float]], baseline: str, unit: float = 1e3) -> Report:
    """Median and 95th percentile in 1/`unit` seconds, and the ratio of medians to the baseline."""
    base = median(taken[baseline])
    return {
        name: {
            "median": round(median(times) * unit, 3),
            "p95": round(quantiles(times, n=20)[-1] * unit, 3),
            "ratio": round(median(times) / base, 2),
        }
        for name, times in taken.items()
    }


def latency(folder: Path, rounds: int) -> Report:
    """Milliseconds per request, plain and streamed, by size of the prompt. `first` is the time to the first byte of a stream."""
    report: Report = {}
    with FakeProviders(script=Script(text="fine " * 40)) as fake:
        bare = ProxyProcess(fake, folder / "bare", command=MITMDUMP)
        ours = ProxyProcess(fake, folder / "ours", options={"dlp_audit": str(folder / "audit.jsonl")})
        with bare, ours:
            clients = {
                "direct": Client(fake, None),
                "mitmproxy": Client(fake, bare),
                "with the addon": Client(fake, ours),
            }
            for size, characters in SIZES.items():
                for kind, stream in (("plain", False), ("streamed", True)):
                    bodies = iter(lambda s=stream, c=characters: chat_body(prose(c), stream=s), None)
                    timings: dict[str, list[float]] = {}

                    def run(client: Client) -> float:
                        first, whole = client.post(next(bodies))  # noqa: B023 - called inside this round only
                        fake.recorder.clear()
                        return first if stream else whole  # noqa: B023

                    timings = interleaved({name: lambda c=c: run(c) for name, c in clients.items()}, rounds)
                    report[f"{size} {kind}{' (first byte)' if stream else ''}"] = summary(timings, "mitmproxy")
            for client in clients.values():
                client.close()
    return report


def stages(rounds: int) -> Report:
    """Microseconds per 1000 characters and per stream event, in this process, without a proxy."""
    from dlp.app import Settings, build
    from dlp.engine.events import EventRestorer
    from dlp.engine.leaves import Stats
    from dlp.engine.request import Request
    from dlp.providers.table import default_table

    provider = default_table().find(HOST)
    assert provider is not None
    form = provider.wire_format("POST", "/v1/chat/completions")
    report: Report = {}
    with tempfile.TemporaryDirectory() as state:
        engine = build(Settings(state=Path(state))).engine

        def examine(body: bytes) -> float:
            began = time.perf_counter()
            engine.examine(Request("POST", "/v1/chat/completions", body, "application/json"), form, "bench")
            return time.perf_counter() - began

        taken = interleaved(
            {size: lambda n=n: examine(chat_body(prose(n))) / n * 1000 for size, n in SIZES.items()}, rounds
        )
        report["examine, µs per 1000 new characters"] = summary(taken, "1 KB", 1e6)

        turns: list[dict[str, str]] = []
        costs: list[float] = []
        for number in range(50):
            turns.append({"role": "user" if number % 2 == 0 else "assistant", "content": prose(2_000)})
            costs.append(examine(json.dumps({"model": "m", "messages": turns}).encode()))
        alone = median([examine(chat_body(prose(2_000))) for _ in range(10)])
        report["50-turn conversation, ms"] = {
            "one request of 2 KB": {"median": round(alone * 1e3, 2)},
            "turn 50 (100 KB, 2 KB new)": {
                "median": round(median(costs[-5:]) * 1e3, 2),
                "ratio": round(median(costs[-5:]) / alone, 2),
            },
        }

        examined = engine.examine(
            Request("POST", "/", chat_body("mail anna.keller@nordwind-labs.org"), "application/json"), form, "bench"
        )
    (digest,) = examined.values
    event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": None}]}  # fmt: skip

    def events(pieces: Sequence[str]) -> float:
        documents = []
        for piece in pieces:
            event["choices"][0]["delta"]["content"] = piece  # type: ignore[index]
            documents.append(json.dumps(event).encode())
        restorer: EventRestorer[None] = EventRestorer(form, examined.values, Stats())
        began = time.perf_counter()
        for document in documents:
            restorer.event(document, None)
        return (time.perf_counter() - began) / len(documents)

    token = f"[PII:EMAIL:{digest}]"
    taken = interleaved(
        {
            "no token": lambda: events(["word "] * 500),
            "a token every 20 events": lambda: events(([*["word "] * 17, token[:5], token[5:14], token[14:]]) * 25),
        },
        rounds,
    )
    report["stream event, µs"] = summary(taken, "no token", 1e6)
    return report


def start_up(folder: Path, rounds: int) -> Report:
    """Seconds until the proxy listens, and of importing alone."""

    def importing() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import dlp.proxy.addon, dlp.detect.detector"], check=True, cwd=ROOT)
        return time.perf_counter() - began

    def proxy() -> float:
        began = time.perf_counter()
        with ProxyProcess(fake, folder / f"start{began}"):
            return time.perf_counter() - began

    with FakeProviders() as fake:
        return {
            "start, s": summary(
                interleaved({"import": importing, "listening": proxy}, max(3, rounds // 10)), "import", 1
            )
        }


def memory(folder: Path, requests: int) -> Report:
    """Resident memory of the proxy after a warm-up and after many requests: flows must not be kept."""
    with FakeProviders() as fake, ProxyProcess(fake, folder / "memory") as proxy:
        client = Client(fake, proxy)

        def send(count: int) -> None:
            for _ in range(count):
                client.post(chat_body(prose(500)))
                fake.recorder.clear()

        def resident() -> float:
            pages = int(Path(f"/proc/{proxy.pid}/statm").read_text().split()[1])
            return pages * resource.getpagesize() / 2**20

        send(min(500, requests // 2))
        early = resident()
        send(requests - min(500, requests // 2))
        late = resident()
        client.close()
        return {
            "resident memory, MiB": {
                "after 500 requests": {"median": round(early, 1)},
                f"after {requests}": {"median": round(late, 1), "ratio": round(late / early, 2)},
            }
        }


def show(report: Report) -> None:
    for section, rows in report.items():
        print(f"\n{section}")
        for name, row in rows.items():
            print(f"  {name:<34}" + "".join(f"  {key} {value:>9}" for key, value in row.items()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rounds", type=int, default=30, help="measurements per variant (default: 30)")
    parser.add_argument("--requests", type=int, default=10_000, help="requests of the memory test (default: 10000)")
    parser.add_argument(
        "--only", choices=["latency", "stages", "start", "memory"], action="append", help="sections to run"
    )
    parser.add_argument("--report", type=Path, default=Path("report/bench.json"), help="where the JSON goes")
    args = parser.parse_args()
    report: Report = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sections: dict[str, Callable[[], Report]] = {
            "latency": lambda: latency(folder, args.rounds),
            "stages": lambda: stages(args.rounds),
            "start": lambda: start_up(folder, args.rounds),
            "memory": lambda: memory(folder, args.requests),
        }
        for section, run in sections.items():
            if not args.only or section in args.only:
                found = run()
                show(found)
                report |= found
    args.report.parent.mkdir(parents=True, exist_ok=True)
    args.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    print(
        f"\nwritten to {args.report}; milliseconds unless a section says otherwise; ratios are to the section's first or to bare mitmproxy"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
