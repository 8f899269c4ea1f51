"""Keys of the WireGuard mode, and what laptops are given. `test_network` has a laptop use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mitmproxy_rs import wireguard

from dlp.cli import OK, UNUSABLE, main
from dlp.egress.wireguard import FILE_NAME, client_configuration, ensure_keys, public_key
from dlp.errors import ConfigurationError


def test_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path / "certs")
    path = tmp_path / "certs" / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_keys(tmp_path / "certs") == keys
    assert keys.client not in repr(keys)
    for private in (keys.server, keys.client, wireguard.genkey()):
        assert public_key(private) == wireguard.pubkey(private)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"server_key": 1, "client_key": 2}', '{"server_key": "YQ==", "client_key": "YQ=="}']
)
def test_keys_that_are_none_are_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="holds no WireGuard keys"):
        ensure_keys(tmp_path)


def test_keys_that_others_can_read_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_keys(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    assert main(["egress", "wireguard", "--endpoint", "proxy", "--confdir", str(tmp_path)]) == UNUSABLE
    assert "open to other users (mode 0644); run: chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("proxy.corp.example", "proxy.corp.example:51820"),
        ("proxy.corp.example:443", "proxy.corp.example:443"),
        ("192.0.2.1", "192.0.2.1:51820"),
        ("192.0.2.1:1", "192.0.2.1:1"),
        ("2001:db8::1", "[2001:db8::1]:51820"),
        ("[2001:db8::1]:7", "[2001:db8::1]:7"),
    ],
)
def test_what_a_laptop_is_given(endpoint: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["egress", "wireguard", "--endpoint", endpoint, "--confdir", str(tmp_path)]) == OK
    printed = capsys.readouterr().out
    keys = json.loads((tmp_path / FILE_NAME).read_text())
    assert f"\nEndpoint = {shown}\n" in printed
    assert f"\nPublicKey = {wireguard.pubkey(keys['server_key'])}\n" in printed
    assert "\nAllowedIPs = 0.0.0.0/0, ::/0\n" in printed  # nothing goes by the tunnel
    assert keys["server_key"] not in printed


@pytest.mark.parametrize("endpoint", ["", "a b", "x\nPostUp = sh", "höst:1", ":51820"])
def test_an_endpoint_that_is_none(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected HOST"):
        client_configuration(ensure_keys(tmp_path), endpoint)
