"""Where the proxy's own secrets come from, the same for each: the environment, a file, systemd, or made on first run.

For a key called `NAME` (`token`, `vault`, `audit`), the first of these that there is:

    $DLP_NAME_KEY                        the key itself; visible to whoever may read the process's environment
    $DLP_NAME_KEY_FILE                   a file
    $CREDENTIALS_DIRECTORY/NAME.key      a credential of systemd (`LoadCredential=`, `LoadCredentialEncrypted=`)
    NAME.key in the state folder         made with mode 0600 when missing

Keys are hex or base64. There may be several, one on each line (with commas between them in the environment): the first is
in force, the others are still good for what was made with them.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from dlp.errors import ConfigurationError
from dlp.files import create_file, read_private

KEY_BYTES = 32
MIN_KEY_BYTES = 16
MAX_KEYS = 16
ENV_STATE = "DLP_STATE_DIR"
ENV_CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for services with credentials (systemd.exec(5))."""

_MAX_KEY_FILE = 4096
_MIN_DISTINCT = 8
"""Different bytes of a key. Sixteen random bytes have fewer with a probability below one in ten million; typed ones often do."""


def state_folder() -> Path:
    """The folder for what must outlive the process: `$DLP_STATE_DIR`, else `dlp` under the XDG state folder."""
    if named := os.environ.get(ENV_STATE):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "dlp"


@dataclass(frozen=True, slots=True)
class KeySource:
    """One of our secrets and where it may lie; `name` is `token`, `vault` or `audit`."""

    name: str

    @property
    def variable(self) -> str:
        return f"DLP_{self.name.upper()}_KEY"

    @property
    def file_name(self) -> str:
        return f"{self.name}.key"

    def load(self, folder: Path | None = None, *, create: bool = True) -> tuple[bytes, ...]:
        """The keys, the one in force first.

        Args:
            folder: The state folder; None for the user's.
            create: Make a key if there is none anywhere.

        Raises:
            ConfigurationError: A key can't be read or made, is too short or too simple, or is open to other users.
        """
        if text := os.environ.get(self.variable):
            return _decoded(text.split(","), f"${self.variable}")
        path, private = self._path(folder)
        if create and not path.exists():
            self._create(path)
        text = _read(path, f"{self.name} key", private=private)
        return _decoded([line for line in text.splitlines() if line.strip()], str(path))

    def _path(self, folder: Path | None) -> tuple[Path, bool]:
        """The file, and whether it is systemd's, which keeps it from other users by other means than its mode."""
        given = os.environ.get(ENV_CREDENTIALS)
        if named := os.environ.get(f"{self.variable}_FILE"):
            return Path(named), bool(given) and Path(named).parent == Path(given or "")
        if given and (path := Path(given) / self.file_name).exists():
            return path, True
        return (folder or state_folder()) / self.file_name, False

    def _create(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create_file(path, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")  # of two at once, one is used
        except OSError as error:
            raise ConfigurationError(
                f"cannot make the {self.name} key {path}: {error.strerror}. Point {ENV_STATE} at a writable folder or set"
                f" {self.variable}."
            ) from None


def read_secret(path: Path, what: str) -> str:
    """A secret that isn't ours to shape, such as a password: the file's first line.

    Args:
        what: As messages name it.

    Raises:
        ConfigurationError: The file can't be read, is open to other users (but for systemd's credentials), too large, or empty.
    """
    given = os.environ.get(ENV_CREDENTIALS)
    text = _read(path, what, private=bool(given) and path.parent == Path(given or ""))
    secret = text.partition("\n")[0].removesuffix("\r")
    if not secret or "\ufffd" in secret:
        raise ConfigurationError(f"the {what} {path} is {'no UTF-8 text' if secret else 'empty'}")
    return secret


def _read(path: Path, what: str, *, private: bool) -> str:
    try:
        # systemd grants a service its credentials by an access list, which shows as bits of the group.
        raw = read_private(path, what, _MAX_KEY_FILE, others=0o007 if private else 0o077)
    except OSError as error:
        raise ConfigurationError(f"cannot read the {what} {path}: {error.strerror}") from None
    return raw.decode("utf-8", "replace")


def _decoded(parts: list[str], where: str) -> tuple[bytes, ...]:
    if not parts:
        raise ConfigurationError(f"{where}: there is no key in it")
    if len(parts) > MAX_KEYS:
        raise ConfigurationError(f"{where}: {len(parts)} keys, at most {MAX_KEYS} can be live at once")
    return tuple(decode_key(part, where) for part in parts)


def decode_key(text: str, where: str) -> bytes:
    """A key of at least `MIN_KEY_BYTES`, written as hex or base64.

    Raises:
        ConfigurationError: It is neither, too short, or no random one: a few bytes repeated or counted up.
    """
    text = text.strip()
    key = b""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ConfigurationError(f"{where}: the key is neither hex nor base64") from None
    if len(key) < MIN_KEY_BYTES:
        raise ConfigurationError(f"{where}: the key has {len(key)} bytes, at least {MIN_KEY_BYTES} are needed")
    steps = {(second - first) % 256 for first, second in itertools.pairwise(key)}
    if len(set(key)) < _MIN_DISTINCT or len(steps) == 1:
        raise ConfigurationError(f"{where}: the key is not random; make one with: openssl rand -hex {KEY_BYTES}")
    return key
