"""Files that are there whole or not at all.

A crash, a full disk or a second process must never leave half a key behind: what is written goes to a draft beside the
target, is flushed to the disk, and gets its name in one step.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


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
