"""`python -m dlp doctor`: whether each program on this machine goes through the proxy and trusts it, tried out with the program itself.

Each tool asks a provider's host for `PROBE_PATH`, in the environment that doctor was started in. A proxy of ours answers that by
itself; from anywhere else comes no such answer. No key and no data is sent.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from dlp.ca import BUNDLE_NAME
from dlp.cli import NEGATIVE, OK
from dlp.cli.arguments import add_address, add_confdir
from dlp.cli.probe import PROBE_HOST
from dlp.environment import DEFAULT_LISTEN, DEFAULT_PORT, PROBE_MARK, PROBE_PATH, default_confdir, proxy_url
from dlp.errors import ConfigurationError
from dlp.printable import printable

URL = f"https://{PROBE_HOST}{PROBE_PATH}"
_SECONDS = 20
_OUTPUT = 64 * 2**10


class State(StrEnum):
    """How a tool stands to the proxy."""

    OK = "ok"
    UNTRUSTED = "does not trust the proxy's CA"
    BYPASSES = "bypasses the proxy"
    NO_PROXY = "is sent to a proxy that does not answer"
    ABSENT = "not installed"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program to try.

    Args:
        name: As the report shows it.
        program: What is looked for on the PATH.
        arguments: What makes it fetch `URL` and print the answer.
        trust: The variable that names its roots.
        absent: Text in its output that means the tool is not there after all (a module of Python).
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    trust: str
    absent: str = ""


_JAVA = f"""
import java.net.URI; import java.net.http.*;
public class Probe {{
  public static void main(String[] a) throws Exception {{
    var request = HttpRequest.newBuilder(URI.create("{URL}")).build();
    System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
  }}
}}
"""
_JAVA_FILE = "{java}"

TOOLS = (
    Tool("curl", "curl", ("-sS", "--max-time", "15", URL), "CURL_CA_BUNDLE"),
    Tool("git", "git", ("ls-remote", URL), "GIT_SSL_CAINFO"),
    Tool(
        "python httpx",
        "python3",
        ("-c", f"import httpx; print(httpx.get('{URL}', timeout=15).text)"),
        "SSL_CERT_FILE",
        "No module named 'httpx'",
    ),
    Tool(
        "python requests",
        "python3",
        ("-c", f"import requests; print(requests.get('{URL}', timeout=15).text)"),
        "REQUESTS_CA_BUNDLE",
        "No module named 'requests'",
    ),
    Tool(
        "python urllib",
        "python3",
        ("-c", f"import urllib.request; print(urllib.request.urlopen('{URL}', timeout=15).read().decode())"),
        "SSL_CERT_FILE",
    ),
    Tool(
        "node",
        "node",
        (
            "-e",
            f"fetch('{URL}').then(a => a.text()).then(console.log).catch(e => {{ console.error(e.cause ?? e); process.exit(1) }})",
        ),
        "NODE_EXTRA_CA_CERTS",
    ),
    Tool("java", "java", (_JAVA_FILE,), "JAVA_TOOL_OPTIONS"),
)

_DISTRUST = re.compile(
    r"certificate problem|certificate verify failed|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER"
    r"|PKIX path|unable to get local issuer|SSLHandshakeException|server certificate verification failed",
    re.IGNORECASE,
)
_UNREACHABLE = re.compile(
    r"ECONNREFUSED|Connection refused|Failed to connect to|Could ?n.t connect to server|ProxyError|java\.net\.ConnectException",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one tool."""

    tool: str
    state: State
    advice: str = ""
    """The one line that mends it."""


_EPILOG = """\
examples:
  python -m dlp doctor                                      every tool there is, in this shell's environment
  python -m dlp doctor --listen proxy.corp.example curl node

exit status:
  0  every tool that is installed goes through the proxy and trusts it
  1  one doesn't; the line under it mends that
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `doctor`."""
    parser.epilog = _EPILOG
    add_address(parser)
    add_confdir(parser)
    parser.add_argument("--json", action="store_true", help="one JSON array")
    parser.add_argument(
        "tools", nargs="*", metavar="TOOL", help=f"only these: {', '.join(tool.name for tool in TOOLS)}"
    )


def run(args: argparse.Namespace) -> int:
    """Try every tool; exit status 1 if one that is installed doesn't work."""
    known = {name for tool in TOOLS for name in (tool.name, tool.program)}
    unknown = [name for name in args.tools if name not in known]
    if unknown:
        raise ConfigurationError(
            f"there is no test for '{printable(unknown[0], 80)}'; there are {', '.join(tool.name for tool in TOOLS)}"
        )
    url = proxy_url(args.listen, args.port)
    bundle = (args.confdir / BUNDLE_NAME).resolve()
    chosen = [tool for tool in TOOLS if not args.tools or tool.name in args.tools or tool.program in args.tools]
    with ThreadPoolExecutor(4) as pool:
        findings = list(pool.map(lambda tool: examine(tool, url, bundle), chosen))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings, _env_command(args))
    bad = [finding for finding in findings if finding.state not in (State.OK, State.ABSENT)]
    return NEGATIVE if bad else OK


def _env_command(args: argparse.Namespace) -> str:
    """What sets up a shell as these arguments say."""
    command = ["python", "-m", "dlp", "env"]
    for name, value, usual in (
        ("--listen", args.listen, DEFAULT_LISTEN),
        ("--port", str(args.port), str(DEFAULT_PORT)),
        ("--confdir", str(args.confdir), str(default_confdir())),
    ):
        command += [name, value] if value != usual else []
    return shlex.join(command)


def _show(findings: list[Finding], env_command: str) -> None:
    for finding in findings:
        print(f"{finding.tool:16} {finding.state}")
        if finding.advice:
            print(f"{'':16} -> {finding.advice}")
    if any(finding.advice.startswith("export") for finding in findings):
        print(f'all variables at once: eval "$({env_command})"', file=sys.stderr)


def examine(tool: Tool, url: str, bundle: Path) -> Finding:
    """Run a tool against `URL` and say what its answer means."""
    program = shutil.which(tool.program)
    if program is None:
        return Finding(tool.name, State.ABSENT)
    output = _output(tool, program)
    if PROBE_MARK in output or PROBE_MARK.replace(" ", "-") in output:
        return Finding(tool.name, State.OK)
    if tool.absent and tool.absent in output:
        return Finding(tool.name, State.ABSENT)
    if _DISTRUST.search(output):
        return Finding(tool.name, State.UNTRUSTED, _trust(tool, bundle))
    if _has_proxy(tool) and _UNREACHABLE.search(output):
        return Finding(
            tool.name, State.NO_PROXY, f"start it: python -m dlp proxy; or set HTTPS_PROXY to where it is ({url})"
        )
    return Finding(tool.name, State.BYPASSES, _route(tool, program, url))


def _output(tool: Tool, program: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory(prefix="dlp-doctor-") as folder:
        java = Path(folder) / "Probe.java"
        java.write_text(_JAVA, "utf-8")
        command = [program, *(argument.replace(_JAVA_FILE, str(java)) for argument in tool.arguments)]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "timed out"
        except OSError as error:
            return error.strerror or ""
    return (done.stdout[:_OUTPUT] + done.stderr[:_OUTPUT]).decode("utf-8", "replace")


def _has_proxy(tool: Tool) -> bool:
    if tool.name == "java":
        return "https.proxyHost" in os.environ.get("JAVA_TOOL_OPTIONS", "")
    return bool(os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or os.environ.get("ALL_PROXY"))


def _trust(tool: Tool, bundle: Path) -> str:
    if tool.name == "java":
        return f"{_java_store(bundle)}; see certs/README.md"
    held = os.environ.get(tool.trust)
    if held and not Path(held).is_file():
        return f"{tool.trust} names a file that isn't there ({printable(held, 200)}): export {tool.trust}={bundle}"
    return f"export {tool.trust}={bundle}"


def _java_store(bundle: Path) -> str:
    certificate = bundle.with_name("mitmproxy-ca-cert.pem")
    return f"keytool -importcert -noprompt -alias llm-egress-dlp -file {certificate} -cacerts -storepass changeit"


def _route(tool: Tool, program: str, url: str) -> str:
    for name in ("NO_PROXY", "no_proxy"):
        if any(
            PROBE_HOST.endswith(part.strip().lstrip("*."))
            for part in os.environ.get(name, "").split(",")
            if part.strip()
        ):
            return f"{name} exempts {PROBE_HOST}: unset {name}"
    if tool.name == "node":
        return _node_route(program, url)
    if tool.name == "java":
        host, _, port = url.removeprefix("http://").rpartition(":")
        return f"export JAVA_TOOL_OPTIONS='-Dhttps.proxyHost={host} -Dhttps.proxyPort={port}'"
    return f"export HTTPS_PROXY={url}"


def _node_route(program: str, url: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (version >= (24, 0) or (22, 21) <= version < (23, 0)):
        return f"Node {printable(done.stdout.strip(), 20)} ignores proxy variables: use 22.21 or newer of 22, or 24"
    if os.environ.get("NODE_USE_ENV_PROXY") != "1" and (os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")):
        return "export NODE_USE_ENV_PROXY=1"
    return f"export HTTPS_PROXY={url} NODE_USE_ENV_PROXY=1"
