"""Firewall rules that leave clients no way to a provider but the proxy, in mitmproxy's transparent mode. For nftables (Linux 5.2 or newer).

One table of our own in the family `inet`, so that IPv4 and IPv6 are alike and removing it leaves nothing behind. Applied as one transaction.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from dlp.errors import ConfigurationError

TABLE = "dlp_egress"
WEB_PORTS = (80, 443)
_INTERFACE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")
_USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}\$?|[0-9]{1,10}")
_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is to be brought to the proxy.

    Args:
        port: Where the proxy listens, on this machine.
        interfaces: Those behind which the clients are, for a router.
        user: The proxy's own user (name or number), to bring this machine's own programs to it; None not to.
        exempt: Addresses or networks that are let through as they are, such as a server that pins its certificate.
        closed_ports: Further TCP ports that clients must not reach outside at all, such as 8443.

    Raises:
        ConfigurationError: A name or an address can't be one.
    """

    port: int = 8080
    interfaces: tuple[str, ...] = ()
    user: str | None = None
    exempt: tuple[str, ...] = ()
    closed_ports: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.interfaces and self.user is None:
            raise ConfigurationError("name the clients' interface (--interface) or the proxy's user (--local)")
        for name in self.interfaces:
            if not _INTERFACE.fullmatch(name):
                raise ConfigurationError("an interface's name has 1 to 15 letters, digits, '.', '_', '-' or '@'")
        if self.user is not None and not _USER.fullmatch(self.user):
            raise ConfigurationError("that is no user's name or number")
        for text in self.exempt:
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError:
                raise ConfigurationError(f"'{text[:50]}' is neither an address nor a network") from None
        if not all(0 < port < 2**16 for port in (self.port, *self.closed_ports)):
            raise ConfigurationError("a port is a number from 1 to 65535")


def ruleset(rules: Rules) -> str:
    """The rules, for `nft -f`. Applying them replaces what an earlier call has applied."""
    web = ", ".join(map(str, WEB_PORTS))
    blocked = "".join(f", {port}" for port in rules.closed_ports)
    networks = [ipaddress.ip_network(text, strict=False) for text in rules.exempt]
    lines = [
        f"table inet {TABLE}",
        f"delete table inet {TABLE}",
        f"table inet {TABLE} {{",
    ]
    skip = []
    for version in (4, 6):
        elements = ", ".join(str(network) for network in networks if network.version == version)
        if elements:
            lines += [
                f"    set exempt{version} {{",
                f"        type ipv{version}_addr; flags interval; auto-merge",
                f"        elements = {{ {elements} }}",
                "    }",
            ]
            skip.append(f"        {'ip' if version == 4 else 'ip6'} daddr @exempt{version} accept")
    if rules.interfaces:
        names = ", ".join(f'"{name}"' for name in rules.interfaces)
        lines += [
            "    chain clients {  # to the proxy, wherever they think they go",
            "        type nat hook prerouting priority dstnat; policy accept;",
            *skip,
            f"        iifname {{ {names} }} fib daddr type != local tcp dport {{ {web} }} redirect to :{rules.port}",
            "    }",
            "    chain forwarded {  # HTTP/3 falls back to TCP; nothing else goes by, nor when the proxy is down",
            "        type filter hook forward priority filter; policy accept;",
            *skip,
            f"        iifname {{ {names} }} udp dport {{ {web} }} reject",
            f"        iifname {{ {names} }} tcp dport {{ {web}{blocked} }} reject with tcp reset",
            "    }",
        ]
    if rules.user is not None:
        others = f'meta skuid != "{rules.user}"' if not rules.user.isdigit() else f"meta skuid != {rules.user}"
        lines += [
            "    chain own {  # this machine's programs, except the proxy itself",
            "        type nat hook output priority -100; policy accept;",
            *skip,
            f"        {others} fib daddr type != local tcp dport {{ {web} }} redirect to :{rules.port}",
            "    }",
            "    chain leaving {",
            "        type filter hook output priority filter; policy accept;",
            *skip,
            f"        {others} fib daddr type != local udp dport {{ {web} }} reject",
            *(
                [f"        {others} fib daddr type != local tcp dport {{ {blocked[2:]} }} reject with tcp reset"]
                if blocked
                else []
            ),
            "    }",
        ]
    return "\n".join([*lines, "}", ""])


def check(rules: Rules) -> None:
    """Have nftables read the rules without applying them. Raises `ConfigurationError`."""
    _nft(["--check", "--file", "-"], ruleset(rules))


def apply(rules: Rules) -> None:
    """Apply the rules, all or none. Raises `ConfigurationError`."""
    _nft(["--file", "-"], ruleset(rules))


def remove() -> None:
    """Take the rules away; nothing happens if there are none. Raises `ConfigurationError`."""
    _nft(["--file", "-"], f"table inet {TABLE}\ndelete table inet {TABLE}\n")


def shown() -> str:
    """The rules in force, with their names; empty if there are none. Raises `ConfigurationError`."""
    listed = _nft(["list", "tables"], "")
    return _nft(["list", "table", "inet", TABLE], "") if f"table inet {TABLE}\n" in listed else ""


def _nft(arguments: Sequence[str], text: str) -> str:
    program = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise ConfigurationError("nft is missing; Debian's package is nftables")
    try:
        done = subprocess.run(
            [program, *arguments], input=text, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"nft can't be run: {type(error).__name__}") from None
    if done.returncode != 0:
        raise ConfigurationError(f"nft: {done.stderr.strip()[:500]}")
    return done.stdout
