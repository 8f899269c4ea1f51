"""What goes through real processes: a client, a proxy, the fake provider, TLS on both sides."""

from __future__ import annotations

import os
import resource
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from itertools import count, repeat
from pathlib import Path

from bench.measure import Report, interleaved, summary
from bench.texts import KINDS, chat_body, prose
from dlp.fakes import FakeProviders, Script
from tests.harness import ROOT, ProxyProcess, wait_for

HOST = "api.openai.com"
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000}
MITMDUMP = ("mitmdump", "-q", "--listen-host", "127.0.0.1", "--listen-port", "{port}", "--set", "confdir={folder}/certs",
            "--set", "connection_strategy=lazy", "--set", "flow_detail=0")  # fmt: skip


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
        began = time.perf_counter()
        answer = self.begin(body)
        first = time.perf_counter() - began
        answer.read()
        return first, time.perf_counter() - began

    def begin(self, body: bytes) -> HTTPResponse:
        """The answer, of which the first byte was read."""
        headers = {"content-type": "application/json", "host": HOST, "authorization": "Bearer bench"}
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        answer = self._connection.getresponse()
        answer.read(1)
        assert answer.status == 200, answer.status
        return answer

    def close(self) -> None:
        self._connection.close()


@contextmanager
def proxies(folder: Path) -> Iterator[tuple[FakeProviders, dict[str, ProxyProcess | None]]]:
    """The provider, and the ways to it: direct, through mitmproxy alone, through ours."""
    with FakeProviders(script=Script(text="fine " * 40)) as fake:
        bare = ProxyProcess(fake, folder / "bare", command=MITMDUMP)
        ours = ProxyProcess(fake, folder / "ours", options={"dlp_workers": "auto"})
        with bare, ours:
            yield fake, {"mitmproxy": bare, "direct": None, "with the addon": ours}


def latency(folder: Path, rounds: int) -> Report:
    """Milliseconds per request of new text, plain, and to the first byte of a stream; ratios to mitmproxy without the addon."""
    report: Report = {}
    with proxies(folder) as (fake, ways):
        clients = {name: Client(fake, proxy) for name, proxy in ways.items()}
        for client in clients.values():
            for _ in range(_FIRST_REQUESTS):
                client.post(chat_body(prose(1_000)))
        ours = ways["with the addon"]
        assert ours is not None
        wait_for(lambda: _is_idle(ours.pid))
        for size, characters in SIZES.items():
            times = rounds if characters < 50_000 else max(3, rounds // 5)
            for stream, what in ((False, ""), (True, FIRST)):
                new = iter(lambda c=characters, s=stream: chat_body(prose(c), stream=s), None)
                report[f"latency, {size}{what}, ms"] = _compared(fake, clients, new, times, first=stream)
        text = prose(1_000)
        for stream, what in ((False, ""), (True, FIRST)):
            known = repeat(chat_body(text, stream=stream))
            report[f"latency, 1 KB seen before{what}, ms"] = _compared(fake, clients, known, rounds, first=stream)
        for client in clients.values():
            client.close()
        report["requests per second, 8 connections, 1 KB seen before"] = _throughput(
            fake, ways, chat_body(text), max(1.0, rounds / 10)
        )
    return report


FIRST = ", first byte of a stream"
_FIRST_REQUESTS = 20
"""Requests before any is measured: what detection loads when it is first asked for is loaded by then."""


def _is_idle(pid: int) -> bool:
    """Whether a proxy and its workers, which load the rest of detection in the background, have nothing left to do. Takes a second."""

    def spent() -> float:
        return sum(map(cpu_seconds, (pid, *children(pid))))

    before = spent()
    time.sleep(1)
    return spent() - before < _IDLE


_IDLE = 0.05
"""Seconds of processor time within a second that a process takes which does nothing."""


def _compared(
    fake: FakeProviders, clients: dict[str, Client], bodies: Iterator[bytes], rounds: int, *, first: bool
) -> Report:
    """Each way gets the next of the bodies in turn."""
    variants = {name: lambda c=client: _posted(fake, c, next(bodies), first=first) for name, client in clients.items()}
    return summary(interleaved(variants, rounds), "mitmproxy")


def streaming(folder: Path, rounds: int) -> Report:
    """Milliseconds of the proxy's processor time that a stream of 300 events takes; ratios to mitmproxy told to pass on what comes."""
    body = chat_body(prose(1_000), stream=True)
    with FakeProviders(script=Script(text="fine " * 300)) as fake:
        bare = ProxyProcess(fake, folder / "bare", command=MITMDUMP, options={"stream_large_bodies": "1"})
        ours = ProxyProcess(fake, folder / "ours", options={"dlp_workers": "1"})
        with bare, ours:
            ways = {"mitmproxy": bare, "with the addon": ours}
            clients = {name: Client(fake, proxy) for name, proxy in ways.items()}

            def spent(name: str) -> float:
                before = cpu_seconds(ways[name].pid)
                for _ in range(_STREAMS):
                    clients[name].post(body)
                fake.recorder.clear()
                return (cpu_seconds(ways[name].pid) - before) / _STREAMS

            taken = interleaved({name: lambda n=name: spent(n) for name in ways}, max(4, rounds // 2))
            for client in clients.values():
                client.close()
    return {"a stream of 300 events, ms of processor time": summary(taken, "mitmproxy")}


_STREAMS = 5
"""Streams per measurement: the kernel counts a process's time in hundredths of a second."""


def _posted(fake: FakeProviders, client: Client, body: bytes, *, first: bool = False) -> float:
    times = client.post(body)
    fake.recorder.clear()
    return times[0] if first else times[1]


def _throughput(fake: FakeProviders, ways: dict[str, ProxyProcess | None], body: bytes, seconds: float) -> Report:
    def rate(clients: list[Client]) -> float:
        done = _rate(clients, body, seconds)
        fake.recorder.clear()
        return done

    opened = {name: [Client(fake, proxy) for _ in range(8)] for name, proxy in ways.items()}
    taken = interleaved({name: lambda c=clients: rate(c) for name, clients in opened.items()}, 3)
    for client in (client for clients in opened.values() for client in clients):
        client.close()
    return summary(taken, "mitmproxy", 1)


def _rate(clients: list[Client], body: bytes, seconds: float) -> float:
    """Requests per second, each client sending one after the other."""
    ends, done = time.perf_counter() + seconds, [0] * len(clients)

    def work(number: int) -> None:
        while time.perf_counter() < ends:
            clients[number].post(body)
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def sharing(folder: Path, rounds: int) -> Report:
    """Requests per second through one and two processes on one port, over eight connections, and the processor time that a request takes.

    Client and provider run here and need about as much as one proxy, so two cores can't show twice the throughput. The time per request can show
    what sharing costs: nothing, if it is the same.
    """
    known, seconds, turns = chat_body(prose(1_000)), max(1.0, rounds / 10), max(3, rounds // 2)
    stream = chat_body(prose(1_000), stream=True)
    report: Report = {}
    with FakeProviders(script=Script(text="fine " * 300)) as fake, ExitStack() as stack:
        ways = {}
        for processes, name in ((1, "1 process"), (2, "2 processes")):
            proxy = ProxyProcess(fake, folder / f"processes{processes}")
            proxy.add_arguments("--processes", str(processes))
            ways[name] = stack.enter_context(proxy)
        for what, body in (("1 KB seen before", known), ("streams of 300 events", stream)):
            spent: dict[str, list[float]] = {name: [] for name in (*ways, "supervisor of 2")}

            def rate(name: str, clients: list[Client], body: bytes = body, spent: Report = spent) -> float:
                pids = [ways[name].pid, *children(ways[name].pid)]
                before = [cpu_seconds(pid) for pid in pids]
                done = _rate(clients, body, seconds)
                after = [cpu_seconds(pid) for pid in pids]
                fake.recorder.clear()
                used = [(end - start) / (done * seconds) for start, end in zip(before, after, strict=True)]
                spent[name].append(sum(used))
                if len(used) > 1:
                    spent["supervisor of 2"].append(used[0])
                return done

            opened = {name: [Client(fake, proxy) for _ in range(8)] for name, proxy in ways.items()}
            taken = interleaved(
                {name: lambda n=name, c=clients: rate(n, c) for name, clients in opened.items()}, turns, warm=0
            )
            for client in (client for clients in opened.values() for client in clients):
                client.close()
            report[f"one port, {what}, requests per second"] = summary(taken, "1 process", 1)
            report[f"one port, {what}, ms of processor time per request"] = summary(spent, "1 process")
    return report


def start_up(folder: Path, rounds: int) -> Report:
    """Seconds until the proxy listens and until its first request is answered, one of 1 KB that comes at once; and of importing alone."""

    def importing() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import dlp.proxy.addon, dlp.detect.detector"], check=True, cwd=ROOT)
        return time.perf_counter() - began

    def listening() -> float:
        began = time.perf_counter()
        with ProxyProcess(fake, folder / f"start{began}", options={"dlp_workers": "auto"}):
            return time.perf_counter() - began

    def answered() -> float:
        began = time.perf_counter()
        with ProxyProcess(fake, folder / f"start{began}", options={"dlp_workers": "auto"}) as proxy:
            Client(fake, proxy).post(chat_body(prose(1_000)))
            return time.perf_counter() - began

    with FakeProviders() as fake:
        ways = {"import": importing, "listening": listening, "first request answered": answered}
        taken = interleaved(ways, max(3, rounds // 10))
        return {"start, s": summary(taken, "import", 1)}


def soak(folder: Path, requests: int, streams: int) -> Report:
    """Resident MiB of the proxy and of its largest worker, in ten steps over many requests of new text; told as they are taken.

    Args:
        streams: Connections whose streams are all under way at a time: the provider holds each of them after `_BEGUN` events until as many
            as there are connections wait, and twice as many ordinary requests have come meanwhile. Memory is read before they go on.
    """
    echo, step, kinds = Script(hold_after=_BEGUN), max(3, requests // 10), list(KINDS.values())
    texts = (kinds[number % len(kinds)](800) for number in count())
    steps: Report = {}
    with FakeProviders() as fake, ProxyProcess(fake, folder / "soak", options={"dlp_workers": "2"}) as proxy:
        client = Client(fake, proxy)
        opened = [Client(fake, proxy) for _ in range(max(1, streams))]
        sent = 0
        for number in range(-1, 10):  # the one before the first is for warming up
            left = step // 3
            while left > 0:
                fake.reset()
                fake.script = echo
                under_way = [(one, one.begin(chat_body(next(texts), stream=True))) for one in opened[:left]]
                for _ in range(2 * len(under_way)):
                    client.post(chat_body(next(texts)))
                    fake.recorder.clear()
                workers = [resident(pid) for pid in children(proxy.pid)]
                taken = {"proxy": round(resident(proxy.pid), 1), "largest worker": round(max(workers, default=0), 1)}
                fake.release()
                for _, answer in under_way:
                    answer.read()
                sent += 3 * len(under_way)
                left -= len(under_way)
            if number >= 0:
                steps[f"{sent} requests"] = taken
                print(f"{sent} requests", taken, file=sys.stderr, flush=True)
        for one in (client, *opened):
            one.close()
    return {"memory, MiB": steps}


_BEGUN = 20
"""Events after which a stream of the soak waits."""


def resident(pid: int) -> float:
    """MiB of memory that a process has in use."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
