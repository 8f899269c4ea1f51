"""The audit log: JSON Lines, appended to a file or to standard error, one `write` call per line.

The file is opened once at start, so that a bad path is found before anything listens. A line that can't be written
raises `AuditError`: whether a request without a record may go on is the caller's decision (by default it may not).
Several processes may append to one file: each line is one `write` to a descriptor in append mode.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from typing import Protocol

from dlp.audit.events import AuditEvent
from dlp.errors import AuditError, ConfigurationError
from dlp.printable import printable

STDERR = "-"
"""The target that means standard error."""

_STDERR_DESCRIPTOR = 2
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)
"""Non-blocking so that opening a pipe without reader fails instead of waiting; without effect on files."""
_MODE = 0o600


class AuditSink(Protocol):
    """Takes events. Promises: safe from several threads; what `write` returned from has been handed to the system."""

    def write(self, event: AuditEvent) -> None:
        """Append one event; raises `AuditError` when that fails."""
        ...


class NoAudit:
    """The sink when no log is configured."""

    def write(self, event: AuditEvent) -> None:
        """Does nothing."""


class AuditLog:
    """Appends to a file, which may be rotated under it (renamed or removed: the next line starts a new one).

    Args:
        target: A path, or `-` for standard error. A new file gets mode 0600; an existing one keeps its own.

    Raises:
        ConfigurationError: The target can't be appended to; the message says what to do.
    """

    def __init__(self, target: str | Path) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._torn = False  # the last line went out in part: end it before the next
        self._path = None if str(target) == STDERR else Path(target)
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None
        if self._path is None:
            self._descriptor = _STDERR_DESCRIPTOR
            return
        try:
            self._open(self._path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable path"
            shown = printable(str(target), 300)
            advice = "Point dlp_audit at a file in a writable folder, or use '-' for standard error."
            raise ConfigurationError(f"cannot open audit log {shown}: {reason}. {advice}") from None

    def write(self, event: AuditEvent) -> None:
        """Append one event.

        Raises:
            AuditError: Disk full, file gone and not to be made again, log closed.
        """
        line = event.to_line()
        with self._lock:
            try:
                self._follow_rotation()
                self._append(line)
            except OSError as error:
                where = "standard error" if self._path is None else printable(str(self._path), 300)
                raise AuditError(f"cannot write audit log {where}: {error.strerror}") from None

    def close(self) -> None:
        """Close the file; a later `write` raises `AuditError`. Standard error stays open."""
        with self._lock:
            if self._path is not None and self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1
            self._closed = True

    def _open(self, path: Path) -> None:
        descriptor = os.open(path, _FLAGS, _MODE)
        status = os.fstat(descriptor)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISCHR(status.st_mode)):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._torn = False
        self._descriptor = descriptor
        self._identity = (status.st_dev, status.st_ino)

    def _follow_rotation(self) -> None:
        if self._closed:
            raise OSError(errno.EBADF, "log is closed")
        if self._path is None:
            return
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._open(self._path)
            return
        if (status.st_dev, status.st_ino) != self._identity:
            self._open(self._path)

    def _append(self, line: bytes) -> None:
        rest = b"\n" + line if self._torn else line
        self._torn = True
        while rest:
            # One call but for a full disk, where part of a line may go out before the error does.
            rest = rest[os.write(self._descriptor, rest) :]
        self._torn = False
