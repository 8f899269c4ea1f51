"""Sockets are bound for all processes at once, and nobody can connect until one of them is there."""

from __future__ import annotations

import contextlib
import socket

import pytest

from dlp.errors import ConfigurationError
from dlp.supervisor.listening import Listener, bind


def test_nobody_can_connect_yet() -> None:
    [one] = bind(Listener(0, "127.0.0.1", 0))
    with one, socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(one.getsockname())


def test_every_address_has_the_same_port() -> None:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(one) for one in bind(Listener(0, "", 0))]
        assert len({one.getsockname()[1] for one in opened}) == 1
        assert {one.family for one in opened} >= {socket.AF_INET}


def test_what_can_not_be_had_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"^127.0.0.1:{port} is in use by another program"):
            bind(Listener(0, "127.0.0.1", port))
    with pytest.raises(ConfigurationError, match=r"^the proxy could not listen on 192\.0\.2\.1:8080: "):
        bind(Listener(0, "192.0.2.1", 8080))
    with pytest.raises(ConfigurationError, match=r"^the proxy could not listen on no\.such\.host\.invalid:1: "):
        bind(Listener(0, "no.such.host.invalid", 1))
