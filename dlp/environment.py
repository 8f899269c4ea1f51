"""What a client process needs in its environment to talk through the proxy and trust it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

ENV_CONFDIR = "DLP_CONFDIR"
DEFAULT_LISTEN = "127.0.0.1"
DEFAULT_PORT = 8080

PROBE_PATH = "/.well-known/llm-egress-dlp"
"""What a client may ask of any provider's host to see whether our proxy is in between: the proxy answers this by itself."""
PROBE_MARK = "llm-egress-dlp is here"
"""What its answer holds."""

_PROXY_VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",  # gRPC reads the lower-case form only
    "HTTP_PROXY",
    "http_proxy",  # curl reads the lower-case form only, for http:// addresses
)
_BUNDLE_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, hence Python's ssl, httpx and the SDKs of OpenAI, Anthropic and Google
    "REQUESTS_CA_BUNDLE",  # requests
    "CURL_CA_BUNDLE",  # curl
    "GIT_SSL_CAINFO",  # git: it goes to the same proxy, and some providers' hosts serve repositories
    "AWS_CA_BUNDLE",  # boto3, AWS CLI
    "NODE_EXTRA_CA_CERTS",  # Node; the only one of these that adds to the public roots instead of replacing them
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",  # gRPC
)


def client_environment(proxy_url: str, bundle_path: Path) -> dict[str, str]:
    """The variables, in the order in which a person should read them.

    `NO_PROXY` is not among them: a policy may declare a model server on this machine, and what bypasses the proxy is nobody's
    default. Hosts that are no providers are tunnelled anyway.

    Args:
        proxy_url: For example `http://127.0.0.1:8080`.
        bundle_path: PEM file with the public roots *and* our CA, since most of these variables replace a client's own
            roots, and hosts that are tunnelled untouched show their real certificates.
    """
    bundle = str(bundle_path)
    return {
        **dict.fromkeys(_PROXY_VARIABLES, proxy_url),
        **dict.fromkeys(_BUNDLE_VARIABLES, bundle),
        "NODE_USE_ENV_PROXY": "1",  # Node from 22.21 and 24 on; older ones ignore the proxy variables
    }


def export_lines(variables: Mapping[str, str], shell: str = "sh") -> list[str]:
    """Lines that set `variables`, to be pasted or evaluated.

    Args:
        shell: One of `SHELLS`: `sh` (bash, zsh and the like), `fish`, `powershell`, or `docker` for an `--env-file`.
    """
    form = SHELLS[shell]
    return [form(name, value) for name, value in variables.items()]


def _fish(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


SHELLS: Mapping[str, Callable[[str, str], str]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "fish": _fish,
    "powershell": _powershell,
    "docker": lambda name, value: f"{name}={value}",  # everything after the first = counts, quotes too
}


def proxy_url(listen: str = DEFAULT_LISTEN, port: int = DEFAULT_PORT) -> str:
    """The address for a client on this machine; a proxy that listens everywhere is reached on loopback."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen, listen)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def default_confdir() -> Path:
    """The folder of the CA: `$DLP_CONFDIR`, else `certs/` of the checkout this package runs from.

    A package installed without its checkout keeps the CA under the XDG data folder.
    """
    if named := os.environ.get(ENV_CONFDIR):
        return Path(named)
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / "certs"
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "dlp" / "certs"
