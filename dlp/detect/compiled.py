"""Hyperscan databases: compiled once per set of expressions, then read from the user's cache folder.

Compiling takes a tenth of a second and more per database, reading one a millisecond, in every proxy and every worker that
starts. A database is a program for Hyperscan's engines, so a file of somebody else's must never be read: it has to belong
to us and be closed to all others, as Python's own `__pycache__` is trusted. A digest in front tells a damaged file; the
name holds what the database was made of (expressions, flags, package, processor), so that nothing old is taken for new.
Where anything is amiss, and where nothing can be written, the database is compiled as if there were no cache.
"""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dlp.files import replace_file

try:
    import hyperscan
except ImportError:  # no wheel for this platform: nobody asks for a database
    hyperscan = None  # type: ignore[assignment]

ENV_CACHE: Final = "DLP_CACHE_DIR"
MAX_BYTES: Final = 64 * 2**20
"""Far more than any of our databases has."""
MAX_AGE: Final = 30 * 86_400
"""Seconds after which a database that is no longer made is removed; two versions of us may share a folder until then."""
_DIGEST: Final = sha256().digest_size
_PROCESSOR: Final = Path("/proc/cpuinfo")


def cache_folder() -> Path | None:
    """`$DLP_CACHE_DIR`, else `dlp` under the XDG cache folder; None for a user without a home."""
    if named := os.environ.get(ENV_CACHE):
        return Path(named)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dlp"
    except RuntimeError:
        return None


def database(name: str, expressions: Mapping[int, str], flags: int, *, literal: bool = False) -> Any:
    """The database of `expressions` (number -> pattern or literal, ASCII), each with `flags`; read, or compiled and kept.

    Args:
        name: Of the file; none keeps the database out of the cache.
    """
    folder = cache_folder() if name else None
    version = getattr(hyperscan, "__version__", "")
    recipe = f"{version} {platform.machine()} {_features()} {literal} {flags} {sorted(expressions.items())}"
    path = folder / f"{name}-{sha256(recipe.encode()).hexdigest()[:32]}.hsdb" if folder is not None else None
    found = _read(path) if path is not None else None
    if found is not None:
        return found
    made = hyperscan.Database()
    made.compile(
        expressions=[expression.encode("ascii") for expression in expressions.values()],
        ids=list(expressions),
        elements=len(expressions),
        flags=[flags] * len(expressions),
        literal=literal,
    )
    if path is not None:
        _keep(path, name, hyperscan.dumpb(made))
    return made


def _features() -> str:
    """What this processor can do: a database is made for it. Empty where the system doesn't tell."""
    try:
        with _PROCESSOR.open() as lines:
            return next(
                (line.partition(":")[2].strip() for line in lines if line.startswith(("flags", "Features"))), ""
            )
    except OSError:
        return platform.processor()


def _read(path: Path) -> Any:
    """The database in a file that nobody else can have written; None when there is none that can be trusted and used."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not _is_ours(os.fstat(handle)) or not _is_ours(path.parent.stat(), folder=True):
            return None
        content = file.read(MAX_BYTES + 1)
    data = content[_DIGEST:]
    if len(content) > MAX_BYTES or sha256(data).digest() != content[:_DIGEST]:
        return None
    try:
        found = hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)
        hyperscan.Scratch(found)  # refused where the database is for another processor
    except hyperscan.error:
        return None
    return found


def _is_ours(entry: os.stat_result, *, folder: bool = False) -> bool:
    """Whether a file or folder belongs to this user and nobody else may write it; a file nobody else may read either."""
    if not hasattr(os, "geteuid"):
        return False  # no owners and modes to go by
    kind = stat.S_ISDIR(entry.st_mode) if folder else stat.S_ISREG(entry.st_mode)
    return kind and entry.st_uid == os.geteuid() and not entry.st_mode & (0o022 if folder else 0o077)


def _keep(path: Path, name: str, data: bytes) -> None:
    """Write a database for the next process, and remove old ones of its name. It may fail: it is a cache."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, sha256(data).digest() + data, 0o600)
        for other in path.parent.glob(f"{name}-*.hsdb"):
            if other.stat().st_mtime < path.stat().st_mtime - MAX_AGE:
                other.unlink(missing_ok=True)
    except OSError:
        return
