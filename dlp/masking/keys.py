"""Where the token key comes from: the environment, a file, or one made on first run in the state folder."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from dlp.errors import ConfigurationError

KEY_BYTES = 32
MIN_KEY_BYTES = 16
ENV_KEY = "DLP_TOKEN_KEY"
ENV_KEY_FILE = "DLP_TOKEN_KEY_FILE"
ENV_STATE = "DLP_STATE_DIR"
_KEY_NAME = "token.key"
_MAX_KEY_FILE = 4096


def state_folder() -> Path:
    """The folder for what must outlive the process: `$DLP_STATE_DIR`, else `dlp` under the XDG state folder."""
    if named := os.environ.get(ENV_STATE):
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "dlp"


def load_or_create_key(folder: Path | None = None) -> bytes:
    """The key that tokens are minted with.

    `DLP_TOKEN_KEY` (hex or base64) wins over `DLP_TOKEN_KEY_FILE`, which wins over `token.key` in `folder`
    (default `state_folder()`), made with mode 0600 when missing.

    Raises:
        ConfigurationError: The key is unreadable, too short, or open to other users.
    """
    if text := os.environ.get(ENV_KEY):
        return decode_key(text, f"${ENV_KEY}")
    if named := os.environ.get(ENV_KEY_FILE):
        path = Path(named)
    else:
        path = (folder or state_folder()) / _KEY_NAME
        if not path.exists():
            create_key_file(path, "token key", f"set {ENV_KEY}")
    return decode_key(read_key_file(path, "token key"), str(path))


def create_key_file(path: Path, what: str, otherwise: str) -> None:
    """Make a file with a new random key, mode 0600; one that is there by now is left alone.

    Raises:
        ConfigurationError: It can't be made; the message names `what` it is for and what to do `otherwise`.
    """
    try:
        _create(path)
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the {what} {path}: {error.strerror}. Point {ENV_STATE} at a writable folder or {otherwise}."
        ) from None


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # the loser of a race uses the winner's key
            os.link(draft, path)  # whole or not at all
    finally:
        draft.unlink()


def read_key_file(path: Path, what: str) -> str:
    """The text of a key file.

    Raises:
        ConfigurationError: It can't be read, is open to other users, or is no key file at all.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(_MAX_KEY_FILE + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read the {what} {path}: {error.strerror}") from None
    if mode & 0o077 and not _is_credential(path):
        raise ConfigurationError(f"the {what} {path} is open to other users (mode {mode:04o}); run: chmod 600 {path}")
    if len(raw) > _MAX_KEY_FILE:
        raise ConfigurationError(f"the {what} {path} is larger than {_MAX_KEY_FILE} bytes")
    return raw.decode("ascii", "replace")


def _is_credential(path: Path) -> bool:
    """Whether systemd handed the file over: it guards the folder, and lets the service read by an access list, which looks like a group's bits."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and path.absolute().is_relative_to(folder)


def decode_key(text: str, where: str) -> bytes:
    """A key of at least `MIN_KEY_BYTES`, written as hex or base64. Raises `ConfigurationError`."""
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
    return key


def fingerprint(key: bytes, credential: str) -> str:
    """What stands for a provider's API key: 16 hex digits that tell callers apart and can't be turned back without the token key."""
    own = hmac.new(key, b"caller fingerprint", hashlib.sha256).digest()
    return hmac.new(own, credential.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
