"""`ca install` and `ca uninstall` on a real Debian, whose stores this machine keeps: they are copies, mounted over the originals for one process.

A provider's host is accepted after the one and refused before it and after the other, by the tools as they come.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dlp.ca import LEAVES_NAME
from dlp.cli import OK, main
from tests.harness import ROOT

HOST = "api.openai.com"
SECONDS = 120
STORES = ("/etc/ssl", "/usr/local/share/ca-certificates", "/etc/ca-certificates")
JAVA = """
import javax.net.ssl.*;
public class Client {
  public static void main(String[] arguments) throws Exception {
    try (SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket("127.0.0.1", Integer.parseInt(arguments[0]))) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(java.util.List.of(new SNIHostName(arguments[1])));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
    }
  }
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CA, which may issue for providers alone, and a provider's certificate."""
    made = tmp_path_factory.mktemp("stores")
    assert main(["ca", "init", "--confdir", str(made / "ca"), "--constrain"]) == OK
    assert main(["ca", "issue", "--confdir", str(made / "ca"), "--out", str(made / "issued")]) == OK
    (made / "Client.java").write_text(JAVA)
    return made


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """A server with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "issued" / LEAVES_NAME)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(4096)
                    secured.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            except OSError:
                pass  # a client that refuses

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield int(listener.getsockname()[1])


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {name} (Debian: apt-get install {package})")
    return found


def curl(folder: Path, port: int) -> Sequence[str]:
    return [program("curl", "curl"), "-sS", "--resolve", f"{HOST}:{port}:127.0.0.1", f"https://{HOST}:{port}/"]


def openssl(folder: Path, port: int) -> Sequence[str]:
    checks = ["-verify_return_error", "-verify_hostname", HOST, "-servername", HOST]
    return [program("openssl", "openssl"), "s_client", "-connect", f"127.0.0.1:{port}", *checks]


def python(folder: Path, port: int) -> Sequence[str]:
    """Debian's roots, as Python finds them where OpenSSL is Debian's."""
    text = (
        "import socket, ssl; context = ssl.create_default_context(capath='/etc/ssl/certs'); "
        f"context.wrap_socket(socket.create_connection(('127.0.0.1', {port})), server_hostname='{HOST}')"
    )
    return [sys.executable, "-c", text]


def java(folder: Path, port: int) -> Sequence[str]:
    return [program("java", "default-jdk-headless"), str(folder / "Client.java"), str(port), HOST]


def inside(folder: Path, steps: Sequence[Sequence[str]]) -> list[int]:
    """Exit statuses of commands that see copies of this machine's stores in their place, and a home of their own."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    lines = ["set -e"]
    for number, store in enumerate(store for store in STORES if Path(store).is_dir()):
        lines.append(f"cp -a {store} {folder}/store{number}; mount --bind {folder}/store{number} {store}")
    (folder / "mount.sh").write_text("\n".join([*lines, 'exec "$@"', ""]))
    ran = (
        "import json, subprocess, sys; "
        f"print(json.dumps([subprocess.run(step, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout={SECONDS}).returncode "
        "for step in json.loads(sys.argv[1])]))"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", str(folder / "mount.sh"), sys.executable, "-c", ran, json.dumps(steps)],
        capture_output=True,
        text=True,
        timeout=3 * SECONDS,
        check=False,
        cwd=ROOT,
        env={**os.environ, "HOME": str(folder), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    statuses: list[int] = json.loads(done.stdout)
    return statuses


def ca(folder: Path, verb: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "dlp", "ca", verb, "--confdir", str(folder / "ca"), *arguments]


def test_the_systems_store(folder: Path, port: int, tmp_path: Path) -> None:
    program("update-ca-certificates", "ca-certificates")
    clients = [client(folder, port) for client in (curl, openssl, python)]
    steps = [*clients, ca(folder, "install"), *clients, ca(folder, "uninstall"), *clients]
    statuses = [status == 0 for status in inside(tmp_path, steps)]
    assert statuses == [False] * 3 + [True] + [True] * 3 + [True] + [False] * 3
    assert not Path("/usr/local/share/ca-certificates/llm-egress-dlp.crt").exists()


@pytest.mark.may_skip
def test_the_store_of_java(folder: Path, port: int, tmp_path: Path) -> None:
    connect = java(folder, port)
    install, uninstall = (ca(folder, verb, "--system", "java") for verb in ("install", "uninstall"))
    statuses = inside(tmp_path, [install, connect, uninstall, uninstall])
    assert [status == 0 for status in statuses] == [
        True,
        True,
        True,
        False,
    ]  # the second time there is nothing to remove


def test_the_store_of_browsers(folder: Path, tmp_path: Path) -> None:
    """NSS, which Chrome and Firefox keep on Linux: made where there is none, and asked by its own tool."""
    tool = program("certutil", "libnss3-tools")
    database = tmp_path / "profile"
    chosen = ("--system", "nss", "--database", str(database))
    leaf = (folder / "issued" / LEAVES_NAME).read_text()
    (tmp_path / "leaf.pem").write_text(leaf[leaf.index("-----BEGIN CERTIFICATE") :])
    add = [tool, "-A", "-d", f"sql:{database}", "-n", "leaf", "-t", ",,", "-i", str(tmp_path / "leaf.pem")]
    verify = [tool, "-V", "-d", f"sql:{database}", "-n", "leaf", "-u", "V"]
    steps = [ca(folder, "install", *chosen), add, verify, ca(folder, "uninstall", *chosen), verify]
    assert [status == 0 for status in inside(tmp_path, steps)] == [True, True, True, True, False]
