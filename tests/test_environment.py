"""`dlp.environment`: what clients are told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dlp import environment
from dlp.environment import client_environment, default_confdir, export_lines, proxy_url

BUNDLE = Path("/srv/it's here/bundle $HOME \\.pem")


def test_every_client_finds_its_variable() -> None:
    """Both cases of what is read in one case only, and the bundle wherever roots are replaced."""
    variables = client_environment("http://127.0.0.1:8080", BUNDLE)
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        assert variables.pop(name) == "http://127.0.0.1:8080"
    for name in (
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "AWS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    ):
        assert variables.pop(name) == str(BUNDLE)
    assert variables == {"NODE_USE_ENV_PROXY": "1"}  # and nothing that would lead past the proxy


def test_a_shell_reads_back_what_was_written() -> None:
    """Blanks, quotes, dollars and backslashes in a path survive `eval`."""
    variables = client_environment("http://127.0.0.1:8080", BUNDLE)
    script = "\n".join(export_lines(variables)) + '\nprintf "%s" "$SSL_CERT_FILE"'
    assert subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout == str(BUNDLE)


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("sh", "export A='it'\"'\"'s \\'"),
        ("fish", "set -gx A 'it\\'s \\\\'"),
        ("powershell", "$env:A = 'it''s \\'"),
        ("docker", "A=it's \\"),
    ],
)
def test_each_shell_has_its_own_quoting(shell: str, line: str) -> None:
    """One quote and one backslash."""
    assert export_lines({"A": "it's \\"}, shell) == [line]


@pytest.mark.parametrize(
    ("listen", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("::1", "http://[::1]:8080"),
        ("proxy.example", "http://proxy.example:8080"),
    ],
)
def test_the_address_for_clients(listen: str, url: str) -> None:
    """Nobody connects to 0.0.0.0."""
    assert proxy_url(listen, 8080) == url


def test_the_ca_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unless the environment names a folder, or there is no checkout."""
    monkeypatch.delenv("DLP_CONFDIR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    checkout = Path(environment.__file__).resolve().parent.parent
    assert default_confdir() == checkout / "certs"
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "site-packages" / "dlp" / "environment.py"))
    assert default_confdir() == tmp_path / "data" / "dlp" / "certs"
    monkeypatch.setenv("DLP_CONFDIR", str(tmp_path / "named"))
    assert default_confdir() == tmp_path / "named"
