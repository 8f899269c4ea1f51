"""Which modes several processes can share, and where they listen."""

from __future__ import annotations

import pytest

from dlp.errors import ConfigurationError
from dlp.proxy.modes import listeners
from dlp.supervisor.listening import Listener


def test_modes_listen_where_they_say_or_where_all_do() -> None:
    modes = ["regular", "reverse:https://api.openai.com@9001", "transparent@::1:9002", "socks5@0.0.0.0:9003"]
    assert listeners(modes, "127.0.0.1", 8080) == [
        Listener(0, "127.0.0.1", 8080),
        Listener(1, "127.0.0.1", 9001),
        Listener(2, "::1", 9002),
        Listener(3, "0.0.0.0", 9003),
    ]


@pytest.mark.parametrize(
    "mode", ["dns", "wireguard", "local", "tun", "reverse:quic://a.example", "reverse:dns://a.example"]
)
def test_what_is_not_tcp_can_not_be_shared(mode: str) -> None:
    with pytest.raises(ConfigurationError, match="only TCP can be shared"):
        listeners([mode], "127.0.0.1", 8080)


def test_what_is_no_mode_is_named() -> None:
    with pytest.raises(ConfigurationError, match="--mode sideways: unknown mode"):
        listeners(["sideways"], "127.0.0.1", 8080)
