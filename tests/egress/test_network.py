"""A network of three machines, made of network namespaces: a client that knows of no proxy, the router with ours, and the internet.

The client's packets to providers end up in the proxy whatever it does; other hosts are reached as they are; QUIC and a proxy that
is down are dead ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.harness import ROOT, TIMEOUT_FACTOR, wait_for

PREFIX = f"dlp{os.getpid() % 10000}"
CLIENT, ROUTER, INTERNET = f"{PREFIX}c", f"{PREFIX}r", f"{PREFIX}i"
PROVIDER4, PROVIDER6 = "203.0.113.10", "2001:db8:1::10"
NAMES = ("api.openai.com", "origin.example")
VALUE = "anna.keller@nordwind-labs.org"
SECONDS = 60 * TIMEOUT_FACTOR


def run(*command: str, text: str | None = None, check: bool = True) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)[:200]}: {done.stderr[-2000:]}")
    return done.stdout if done.returncode == 0 else f"failed {done.returncode}"


def inside(name: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", name, *command]


def link(one: str, other: str, number: int) -> None:
    """A cable between two machines: `.1` and `::1` at the router's end."""
    left, right = f"{PREFIX}a{number}", f"{PREFIX}b{number}"
    run("ip", "link", "add", left, "type", "veth", "peer", "name", right)
    for name, device, at in ((one, left, 2), (other, right, 1)):
        run("ip", "link", "set", device, "netns", name)
        run(*inside(name, "ip", "addr", "add", f"10.{number}.0.{at}/24", "dev", device))
        run(*inside(name, "ip", "-6", "addr", "add", f"fd00:{number}::{at}/64", "dev", device, "nodad"))
        run(*inside(name, "ip", "link", "set", device, "up"))


@contextlib.contextmanager
def process(command: Sequence[str], ready: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A program that says `ready` when it is."""
    with (folder / "stderr.txt").open("a") as errors:
        started = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **environment}
        )
        try:
            assert started.stdout is not None
            for line in started.stdout:
                if ready in line:
                    break
            else:
                raise AssertionError((folder / "stderr.txt").read_text()[-3000:])
            yield started
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(SECONDS)
            assert started.stdout is not None
            started.stdout.close()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Machines, cables, names and the internet's servers; the folder has their certificates."""
    needed = [
        name for name in ("ip", "nft", "curl") if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None
    ]
    if needed or os.geteuid() != 0:
        pytest.skip(f"needs root and {needed or 'nothing else'} (Debian: iproute2 nftables curl)")
    if run("ip", "netns", "add", CLIENT, check=False):
        pytest.skip("the kernel does not allow network namespaces here")
    folder = tmp_path_factory.mktemp("network")
    made = [CLIENT]
    etc = []
    try:
        for name in (ROUTER, INTERNET):
            run("ip", "netns", "add", name)
            made.append(name)
        for name in made:
            run(*inside(name, "ip", "link", "set", "lo", "up"))
        link(CLIENT, ROUTER, 1)
        link(INTERNET, ROUTER, 2)
        for name, number in ((CLIENT, 1), (INTERNET, 2)):
            run(*inside(name, "ip", "route", "add", "default", "via", f"10.{number}.0.1"))
            run(*inside(name, "ip", "-6", "route", "add", "default", "via", f"fd00:{number}::1"))
        for address in (f"{PROVIDER4}/32", f"{PROVIDER6}/128"):
            run(*inside(INTERNET, "ip", "addr", "add", address, "dev", "lo", *(["nodad"] if ":" in address else [])))
        run(*inside(ROUTER, "ip", "route", "add", "203.0.113.0/24", "via", "10.2.0.2"))
        run(*inside(ROUTER, "ip", "-6", "route", "add", "2001:db8:1::/64", "via", "fd00:2::2"))
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            path, _, value = setting.partition("=")
            run(*inside(ROUTER, "sh", "-c", f"echo {value} > /proc/sys/{path.replace('.', '/')}"))
        for name in made:
            hosts = Path("/etc/netns") / name
            hosts.mkdir(parents=True)
            etc.append(hosts)
            lines = [f"{address} {host}" for address in (PROVIDER4, PROVIDER6) for host in NAMES]
            (hosts / "hosts").write_text("127.0.0.1 localhost\n" + "\n".join(lines) + "\n")
        fakes = inside(
            INTERNET, sys.executable, "-m", "dlp.fakes", "--port", "443", "--plain-port", "80", "--everywhere",
            "--name", "origin.example", "--ca-out", str(folder / "internet.pem"),
        )  # fmt: skip
        with process(fakes, '"port"', folder):
            yield folder
    finally:
        for name in made:
            run("ip", "netns", "del", name, check=False)
        for hosts in etc:
            shutil.rmtree(hosts)


@contextlib.contextmanager
def transparent(network: Path, state: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Ours on the router, in transparent mode."""
    command = inside(
        ROUTER, sys.executable, "-m", "dlp", "proxy", "--mode", "transparent", "--listen", "", "--port", "8080",
        "--workers", "0", "--state", str(state), "--confdir", str(network / "certs"), "--audit", str(network / "audit.jsonl"),
        "--set", f"ssl_verify_upstream_trusted_ca={network / 'internet.pem'}", *arguments,
    )  # fmt: skip
    with process(command, "paste", network, PYTHONUNBUFFERED="1") as running:
        yield running


@pytest.fixture(scope="class")
def proxy(network: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    with transparent(network, tmp_path_factory.mktemp("proxy")) as running:
        yield running


@pytest.fixture
def rules() -> Iterator[None]:
    verb = inside(ROUTER, sys.executable, "-m", "dlp", "egress", "nftables")
    run(*verb, "apply", "--interface", f"{PREFIX}b1", "--port", "8080", "--close", "8443")
    yield
    run(*verb, "remove")
    assert run(*verb, "status", check=False) == "failed 1"


def curl(network: Path, *arguments: str, trust: str = "certs/bundle.pem") -> str:
    command = inside(CLIENT, "curl", "-sS", "-m", "60", "--cacert", str(network / trust), *arguments)
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, env=clean)
    return done.stdout if done.returncode == 0 else f"curl failed: {done.stderr}"


CHAT = ["-H", "content-type: application/json", "-H", "authorization: Bearer sk-none", "-d",
        json.dumps({"model": "m", "messages": [{"role": "user", "content": f"Mail {VALUE}"}]})]  # fmt: skip


@pytest.mark.usefixtures("proxy", "rules")
class TestBehindTheRouter:
    """One proxy for all of them: none leaves anything that another could meet."""

    @pytest.mark.parametrize("version", ["-4", "-6"])
    def test_a_client_that_knows_of_no_proxy_is_masked(self, network: Path, version: str) -> None:
        said = curl(network, version, "-D", "-", *CHAT, "https://api.openai.com/v1/chat/completions")
        assert "x-dlp-action: rewrite" in said.lower()
        assert VALUE in said  # restored: the fake repeats what it was sent
        line = json.loads((network / "audit.jsonl").read_text().splitlines()[-1])
        assert line["entities"]["EMAIL_ADDRESS"] == 1
        assert line["host"] == "api.openai.com"

    def test_other_hosts_keep_their_own_certificate(self, network: Path) -> None:
        assert "curl failed" not in curl(network, "https://origin.example/", trust="internet.pem")
        assert "certificate" in curl(network, "https://origin.example/")
        assert "certificate" in curl(network, "https://api.openai.com/", trust="internet.pem")

    def test_quic_and_other_ports_are_closed(self, network: Path) -> None:
        """A refusal at once, so that clients fall back instead of waiting."""
        probe = (
            "import socket, sys\n"
            "s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.settimeout(10); s.connect((sys.argv[1], 443)); s.send(b'quic?')\n"
            "try:\n    s.recv(1)\nexcept ConnectionRefusedError:\n    print('refused')\n"
        )
        for address in (PROVIDER4, PROVIDER6):
            assert run(*inside(CLIENT, sys.executable, "-c", probe, address)) == "refused\n"
        assert "curl failed" in curl(network, "https://api.openai.com:8443/")


@pytest.mark.usefixtures("rules")
def test_two_processes_share_the_port_and_know_where_connections_were_going(network: Path, tmp_path: Path) -> None:
    """Connections are handed over with their original destination, over IPv4 and IPv6, and both processes get some."""
    options = ["--processes", "2", "--set", "dlp_metrics=127.0.0.1:9091", "--policy", str(tmp_path / "fast.yaml")]
    (tmp_path / "fast.yaml").write_text(
        "version: 1\nname: fast\ndetect: {ner: {pipeline: none}}\nentities: {DEFAULT: mask}\n"
    )
    chat = ["-D", "-", *CHAT, "https://api.openai.com/v1/chat/completions"]
    pages = inside(ROUTER, "curl", "-sS", "http://127.0.0.1:9091/metrics")
    with transparent(network, tmp_path, *options), ThreadPoolExecutor(6) as threads:
        wait_for(lambda: "dlp_processes 2.0" in run(*pages))
        asked = [[version, *chat] for version in ("-4", "-6") for _ in range(3)]
        answers = list(threads.map(lambda arguments: curl(network, *arguments), asked))
        plain = curl(network, "https://origin.example/", trust="internet.pem")
        metrics = run(*pages)
    assert all("x-dlp-action: rewrite" in said.lower() and VALUE in said for said in answers), answers
    assert "curl failed" not in plain
    assert set(re.findall(r'dlp_requests_total\{[^}]*process="(\d)"', metrics)) == {"1", "2"}


@pytest.mark.usefixtures("rules")
def test_without_the_proxy_there_is_no_way(network: Path) -> None:
    for version in ("-4", "-6"):
        assert "curl failed" in curl(network, version, *CHAT, "https://api.openai.com/v1/models", trust="internet.pem")
    assert "curl failed" in curl(network, f"https://{PROVIDER4}/", "-k")


def test_without_the_rules_the_way_is_open(network: Path) -> None:
    """What the tests above find closed is open but for the rules."""
    assert "curl failed" not in curl(network, "https://api.openai.com/v1/models", trust="internet.pem")


# A laptop: a WireGuard tunnel to the router, and nothing that would redirect its packets.


@pytest.fixture(scope="class")
def tunnel(network: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Our proxy behind WireGuard on the router, and the client's end of the tunnel, configured by what `egress wireguard` prints."""
    missing = [name for name in ("wireguard-go", "wg") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {missing} (Debian: wireguard-go wireguard-tools)")
    certs = str(network / "certs")
    command = inside(
        ROUTER, sys.executable, "-m", "dlp", "proxy", "--mode", "wireguard@10.1.0.1:51820",
        "--workers", "0", "--state", str(tmp_path_factory.mktemp("tunnel")), "--confdir", certs, "--audit", str(network / "audit.jsonl"),
        "--set", f"ssl_verify_upstream_trusted_ca={network / 'internet.pem'}",
    )  # fmt: skip
    printed = run(sys.executable, "-m", "dlp", "egress", "wireguard", "--endpoint", "10.1.0.1", "--confdir", certs)
    device, routes = f"{PREFIX}wg", ("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
    with process(command, "paste", network, PYTHONUNBUFFERED="1"):
        started = wireguard(device, network / "wireguard.log")
        try:
            only_wg = [line for line in printed.splitlines() if not line.startswith(("Address", "DNS"))]
            run(*inside(CLIENT, "wg", "setconf", device, "/dev/stdin"), text="\n".join(only_wg))
            [addresses] = [
                line.partition(" = ")[2].split(", ") for line in printed.splitlines() if line.startswith("Address")
            ]
            for address in addresses:
                extra = ["nodad"] if ":" in address else []
                run(*inside(CLIENT, "ip", "addr", "add", address, "dev", device, *extra))
            run(*inside(CLIENT, "ip", "link", "set", device, "mtu", "1280", "up"))
            run(*inside(CLIENT, "ip", "route", "add", "10.1.0.1/32", "dev", f"{PREFIX}a1"))
            for route in routes:
                run(*inside(CLIENT, "ip", "route", "add", route, "dev", device))
            yield
        finally:
            started.terminate()
            started.wait(SECONDS)
            run(*inside(CLIENT, "ip", "route", "del", "10.1.0.1/32"), check=False)


def wireguard(device: str, log: Path) -> subprocess.Popen[bytes]:
    """The client's WireGuard interface, and the process behind it.

    It has ended at once before, with status 1 and for no known reason; so it is tried three times, and what it says is kept.

    Raises:
        AssertionError: It didn't start; with what it said.
    """
    for _ in range(3):
        with log.open("ab") as words:
            started = subprocess.Popen(inside(CLIENT, "wireguard-go", "-f", device), stdout=words, stderr=words)
        deadline = time.monotonic() + SECONDS
        while started.poll() is None and time.monotonic() < deadline:
            if device in run(*inside(CLIENT, "wg", "show", "interfaces"), check=False):
                return started
            time.sleep(0.05)
        started.kill()
        started.wait(SECONDS)
    raise AssertionError(f"no wireguard-go (it ended with {started.returncode}): {log.read_text()[-2000:]}")


ECHO = """
import select, socket, sys
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for number, port in zip(sockets, (443, 9999)):
    number.bind((sys.argv[1], port))
print("ready", flush=True)
while True:
    for readable in select.select(sockets, [], [])[0]:
        data, sender = readable.recvfrom(2000)
        print(readable.getsockname()[1], flush=True)
        readable.sendto(data, sender)
"""
PROBE = """
import socket, sys
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
quic, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
quic.connect((sys.argv[1], 443)), other.connect((sys.argv[1], 9999))
other.settimeout(20)
for name in sys.argv[2:]:
    settings = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name=name)
    client = QuicConnection(configuration=settings)
    client.connect((sys.argv[1], 443), now=0.0)
    for datagram, _ in client.datagrams_to_send(now=0.0):
        quic.send(datagram)
    for _ in range(20):
        other.send(b"hello")
        other.recv(100)
quic.setblocking(False)
try:
    print("answered", quic.recv(2000)[:1])
except BlockingIOError:
    print("silence")
"""


@pytest.mark.usefixtures("tunnel")
class TestALaptop:
    def test_in_a_tunnel_is_masked(self, network: Path) -> None:
        """IPv4 and IPv6 alike; others keep their own certificate, and QUIC ends."""
        for version in ("-4", "-6"):
            said = curl(network, version, "-D", "-", *CHAT, "https://api.openai.com/v1/chat/completions")
            assert "x-dlp-action: rewrite" in said.lower()
            assert VALUE in said
        line = json.loads((network / "audit.jsonl").read_text().splitlines()[-1])
        assert line["entities"]["EMAIL_ADDRESS"] == 1
        assert "curl failed" not in curl(network, "https://origin.example/", trust="internet.pem")
        assert "certificate" in curl(network, "https://origin.example/")

    def test_it_gets_nothing_over_quic(self, tmp_path: Path) -> None:
        """Neither from a provider nor from the proxy in its place. Other UDP goes its way, and comes back; by then an answer would be there."""
        with process(inside(INTERNET, sys.executable, "-c", ECHO, PROVIDER4), "ready", tmp_path) as echo:
            assert run(*inside(CLIENT, sys.executable, "-c", PROBE, PROVIDER4, *NAMES)) == "silence\n"
            assert echo.stdout is not None
            assert [echo.stdout.readline() for _ in range(40)] == ["9999\n"] * 40
