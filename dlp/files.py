"""Files that are there whole or not at all, and files that are nobody else's business.

A crash, a full disk or a second process must never leave half a key behind: what is written goes to a draft beside the
target, is flushed to the disk, and gets its name in one step.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from dlp.errors import ConfigurationError

_OTHERS = 0o077
"""Bits of a mode that let somebody else in: the group or anybody."""


def create_file(path: Path, data: bytes, mode: int = 0o600) -> bool:
    """Write `data` to a path that does not exist yet.

    Returns:
        True if this call made the file, False if it was there (a second process may have been faster).

    Raises:
        OSError: Nothing was made.
    """
    draft = _draft(path, data, mode)
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return True


def replace_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path`, whatever was there; readers see the old content or the new.

    Raises:
        OSError: The old content is still in place.
    """
    draft = _draft(path, data, mode)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise
    _sync_folder(path.parent)


def update_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """`replace_file`, unless the file says so already: it may lie where nobody may write. Raises `OSError`."""
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    replace_file(path, data, mode)


def read_private(path: Path, what: str, limit: int, *, remedy: str | None = None, others: int = _OTHERS) -> bytes:
    """What is in a file that only its owner may read.

    Args:
        what: As messages name it.
        limit: Bytes that it may have.
        remedy: What to do about one that is open to others; None for `chmod`.
        others: Bits of the mode that it must not have.

    Raises:
        OSError: It can't be read.
        ConfigurationError: It is open to other users, or too large.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        raw = file.read(limit + 1)
    if os.name != "nt":  # there modes say nothing
        refuse_open(path, what, mode, remedy=remedy, others=others)
    if len(raw) > limit:
        raise ConfigurationError(f"the {what} {path} is larger than {limit} bytes")
    return raw


def ensure_private(path: Path) -> int:
    """Make an empty file that only its owner may read, and its folder, unless they are there.

    Returns:
        The file's mode.

    Raises:
        OSError: It can't be made, or can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return path.stat().st_mode


def refuse_open(path: Path, what: str, mode: int, *, remedy: str | None = None, others: int = _OTHERS) -> None:
    """Raise `ConfigurationError` for a file whose mode lets others in. Arguments as those of `read_private`."""
    mode = stat.S_IMODE(mode)
    if mode & others:
        raise ConfigurationError(
            f"the {what} {path} is open to other users (mode {mode:04o}){remedy or f'; run: chmod 600 {path}'}"
        )


def _draft(path: Path, data: bytes, mode: int) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)  # the umask may have taken bits away
    except OSError:
        draft.unlink()
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    """Make a new name durable. Windows can't open folders, and its renames are durable by themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
