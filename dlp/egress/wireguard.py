"""WireGuard for laptops: the keys that mitmproxy's `wireguard` mode reads, and what a laptop is configured with.

mitmproxy would make the keys itself, in a file that everybody may read, and say in a log what a client needs; without IPv6, so that a laptop
that has it would go by the tunnel. It knows one client key, which all laptops share.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.errors import ConfigurationError
from dlp.files import create_file, read_private

FILE_NAME = "wireguard.conf"
"""mitmproxy's name of it, in the folder of the CA; it is JSON."""
PORT = 51820
ADDRESSES = ("10.0.0.1/32", "fd00:646c:70::1/128")
"""Of every laptop inside its tunnel; nobody else sees them."""
RESOLVER = "10.0.0.53"
"""Where mitmproxy answers DNS inside the tunnel."""
_KEY_BYTES = 32
_MAX_FILE = 4096


@dataclass(frozen=True, slots=True, repr=False)
class WireGuardKeys:
    """Private keys of both sides, in base64."""

    server: str
    client: str


def ensure_keys(folder: Path) -> WireGuardKeys:
    """The keys of a folder, made if there are none.

    Raises:
        ConfigurationError: They can't be made or read, are no keys, or are open to other users.
    """
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            made = {"server_key": _new_key(), "client_key": _new_key()}
            create_file(path, json.dumps(made, indent=4).encode())
        raw = read_private(path, "file of WireGuard keys", _MAX_FILE)
    except OSError as error:
        raise ConfigurationError(f"cannot use the WireGuard keys {path}: {error.strerror}") from None
    try:
        found = json.loads(raw)
        keys = WireGuardKeys(found["server_key"], found["client_key"])
        public_key(keys.server), public_key(keys.client)
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise ConfigurationError(f"{path} holds no WireGuard keys; remove it, and new ones are made") from None
    return keys


def client_configuration(keys: WireGuardKeys, endpoint: str, *, resolver: str = RESOLVER) -> str:
    """What `wg-quick` and the apps take: everything goes into the tunnel, IPv6 as well.

    Args:
        endpoint: `HOST` or `HOST:PORT` of the proxy, as laptops reach it.

    Raises:
        ConfigurationError: That is none.
    """
    return "\n".join(
        [
            "[Interface]",
            f"PrivateKey = {keys.client}",
            f"Address = {', '.join(ADDRESSES)}",
            f"DNS = {resolver}",
            "",
            "[Peer]",
            f"PublicKey = {public_key(keys.server)}",
            "AllowedIPs = 0.0.0.0/0, ::/0",
            f"Endpoint = {_endpoint(endpoint)}",
            "PersistentKeepalive = 25",
            "",
        ]
    )


def public_key(private: str) -> str:
    """The public half of a private key. Raises `ValueError` or `binascii.Error` if it is none."""
    raw = base64.b64decode(private, validate=True)
    if len(raw) != _KEY_BYTES:
        raise ValueError("not a key")
    public = X25519PrivateKey.from_private_bytes(raw).public_key()
    encoded = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(encoded).decode()


def _new_key() -> str:
    return base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()


def _endpoint(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or host.endswith(":"):
        host, port = text, str(PORT)
    host = host.removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not host or not all(letter.isalnum() or letter in ".-" for letter in host) or not host.isascii():
            raise ConfigurationError(f"expected HOST or HOST:PORT, found {text[:80]!r}") from None
        return f"{host}:{port}"
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
