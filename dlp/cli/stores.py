"""Where systems and programs keep the roots that they trust, and the commands that put our CA there and take it out again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from dlp.ca import CaFiles
from dlp.errors import ConfigurationError

NSS_DATABASE = Path("~/.pki/nssdb")
"""Of Chrome and Chromium on Linux."""
_NAME = "llm-egress-dlp"
_KEYCHAIN = "/Library/Keychains/System.keychain"
_DEBIAN = f"/usr/local/share/ca-certificates/{_NAME}.crt"
_RHEL = f"/etc/pki/ca-trust/source/anchors/{_NAME}.pem"
_KEYTOOL = ["-cacerts", "-storepass", "changeit", "-alias", _NAME]
"""The password is the one that every JDK is shipped with."""

type Commands = list[list[str]]

STORES: dict[str, tuple[Commands, Commands]] = {
    "debian": (
        [["cp", "{cert}", _DEBIAN], ["update-ca-certificates"]],
        [["rm", "-f", _DEBIAN], ["update-ca-certificates", "--fresh"]],
    ),
    "rhel": (
        [["cp", "{cert}", _RHEL], ["update-ca-trust"]],
        [["rm", "-f", _RHEL], ["update-ca-trust"]],
    ),
    "macos": (
        [["security", "add-trusted-cert", "-d", "-r", "trustRoot", "-p", "ssl", "-k", _KEYCHAIN, "{cert}"]],
        [["security", "delete-certificate", "-Z", "{sha1}", "-t", _KEYCHAIN]],
    ),
    "windows": ([["certutil", "-addstore", "-f", "Root", "{cert}"]], [["certutil", "-delstore", "Root", "{sha1}"]]),
    "java": (
        [["keytool", "-importcert", "-noprompt", *_KEYTOOL, "-file", "{cert}"]],
        [["keytool", "-delete", *_KEYTOOL]],
    ),
    "nss": (
        [["certutil", "-A", "-d", "sql:{database}", "-n", _NAME, "-t", "C,,", "-i", "{cert}"]],
        [["certutil", "-D", "-d", "sql:{database}", "-n", _NAME]],
    ),
}
"""Store -> commands that add our CA to it, and those that remove it."""
_NEEDED = {"java": "keytool", "nss": "certutil (Debian: libnss3-tools)"}


def asks_for_ca(store: str, *, undo: bool) -> bool:
    """Whether the commands need the CA itself; some stores remove it by our name for it."""
    parts = [part for command in STORES[store][undo] for part in command]
    return "{cert}" in parts or "{sha1}" in parts


def commands_for(store: str, files: CaFiles | None, database: Path, *, undo: bool) -> Commands:
    """What is to be run.

    Args:
        files: The CA; None if they don't ask for it.
        database: Folder of an NSS store; made if it isn't there.
    """
    facts = {"database": str(database)}
    if files is not None:
        facts |= {"cert": str(files.cert.resolve()), "sha1": files.sha1}
    commands = [[part.format(**facts) for part in command] for command in STORES[store][undo]]
    if store == "nss" and not undo and not (database / "cert9.db").exists():
        commands = [
            ["mkdir", "-p", str(database)],
            ["certutil", "-N", "-d", f"sql:{database}", "--empty-password"],
            *commands,
        ]
    return commands


def advice(store: str) -> str:
    """What to do when one of them has failed."""
    needed = f"It needs {_NEEDED[store]}, and" if store in _NEEDED else "It needs"
    return f"{needed} the rights of the store's owner, mostly the administrator; `--print` shows all commands"


def this_system() -> str:
    """The store of this machine. Raises `ConfigurationError`."""
    known = {"darwin": "macos", "win32": "windows"}
    if sys.platform in known:
        return known[sys.platform]
    for tool, system in (("update-ca-certificates", "debian"), ("update-ca-trust", "rhel")):
        if shutil.which(tool):
            return system
    raise ConfigurationError("don't know how this system keeps its roots; certs/README.md has what it takes by hand")
