"""The firewall rules: well-formed, as nft reads them; what they do is tested in `test_network.py`."""

from __future__ import annotations

import shutil

import pytest

from dlp.cli import main
from dlp.egress.nftables import Rules, check, ruleset
from dlp.errors import ConfigurationError


@pytest.mark.parametrize(
    "rules",
    [
        Rules(interfaces=("eth1",)),
        Rules(interfaces=("eth1", "wg0"), port=3128, closed_ports=(8443, 8080)),
        Rules(user="1000"),
        Rules(user="root", interfaces=("lo",), exempt=("192.0.2.0/24", "198.51.100.7", "2001:db8::/32")),
    ],
    ids=["router", "ports", "own", "both"],
)
def test_nft_reads_them(rules: Rules) -> None:
    if shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin") is None:
        pytest.skip("needs nft (Debian: apt-get install nftables)")
    check(rules)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "--interface"),
        ({"interfaces": ('eth0"; flush ruleset',)}, "interface"),
        ({"interfaces": ("",)}, "interface"),
        ({"user": 'x"; flush'}, "user"),
        ({"user": "root", "exempt": ("example.org",)}, "network"),
        ({"user": "root", "port": 0}, "port"),
    ],
)
def test_what_could_be_more_than_a_name_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Rules(**settings)  # type: ignore[arg-type]


def test_the_verb_shows_what_it_would_apply(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["egress", "nftables", "show", "--interface", "eth1", "--close", "8443", "--port", "3128"]
    assert main(asked) == 0
    assert capsys.readouterr().out == ruleset(Rules(interfaces=("eth1",), port=3128, closed_ports=(8443,)))
