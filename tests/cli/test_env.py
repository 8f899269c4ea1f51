"""`python -m dlp env`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.ca import CaFiles
from dlp.cli import main
from dlp.environment import client_environment


def test_lines_on_stdout_talk_on_stderr(tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout can be evaluated; that nothing listens yet is said elsewhere. The CA is made, its path is in the lines."""
    assert main(["env", "--confdir", str(tmp_path / "certs"), "--port", str(free_port)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert f"export HTTPS_PROXY=http://127.0.0.1:{free_port}" in lines
    assert f"export SSL_CERT_FILE={tmp_path}/certs/bundle.pem" in lines
    assert all(line.startswith("export ") for line in lines)
    assert (tmp_path / "certs" / "bundle.pem").is_file()
    assert (
        err == f"dlp: no proxy of this checkout answers on http://127.0.0.1:{free_port} yet; start it with: make run\n"
    )


def test_a_running_proxy_needs_no_words(ca_files: CaFiles, our_proxy: int, capsys: pytest.CaptureFixture[str]) -> None:
    """In JSON, for programs."""
    assert main(["env", "--confdir", str(ca_files.folder), "--port", str(our_proxy), "--shell", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == client_environment(f"http://127.0.0.1:{our_proxy}", ca_files.bundle)
    assert err == ""


def test_the_bundle_may_lie_elsewhere_for_the_client(
    ca_files: CaFiles, our_proxy: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container mounts it at a path of its own."""
    options = ["--confdir", str(ca_files.folder), "--port", str(our_proxy), "--shell", "docker"]
    assert main(["env", *options, "--bundle", "/dlp/bundle.pem"]) == 0
    assert "SSL_CERT_FILE=/dlp/bundle.pem" in capsys.readouterr().out.splitlines()


def test_a_broken_ca_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout that a shell would evaluate."""
    (tmp_path / "mitmproxy-ca.pem").touch(mode=0o600)
    assert main(["env", "--confdir", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("dlp: the CA ")


@pytest.mark.parametrize("address", ["two words", "a;b", "host/path", "user@host", "[::1"])
def test_what_is_no_address_is_refused(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout that a shell would evaluate."""
    with pytest.raises(SystemExit) as ended:
        main(["env", "--listen", address])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"expected a host's name or an IP address, not '{address}'" in err
