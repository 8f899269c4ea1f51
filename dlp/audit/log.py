"""The audit log in a file or on standard error: JSON Lines, chained (`dlp.audit.chain`), one `write` call per line.

The file is opened once at start, so that a bad path is found before anything listens. A line that can't be written
raises `AuditError`: whether a request without a record may go on is the caller's decision (by default it may not).

Several processes may append to one log, and others may rotate it, so its end must be known outside each of them: `.NAME.head` beside the log
holds number and hash of the last record, and which file it stands in. Whoever writes holds the lock of that file. It is a note, no evidence:
where it doesn't fit the log (a process was killed between the two writes), the end of the log itself is read.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlp.audit.chain import Head, Signer, head_of_tail, link
from dlp.audit.events import MAX_LINE_BYTES, Record, timestamp
from dlp.errors import AuditError, ConfigurationError
from dlp.printable import printable

if sys.platform != "win32":  # there, one process per log file
    import fcntl

log = logging.getLogger("dlp")

STDERR = "-"
"""The target that means standard error."""
SEALS_SUFFIX = ".seals"
SEAL_EVERY = 256
"""Records after which a seal is due."""
SEAL_SECONDS = 30.0
"""... or this time after the first record that none covers."""

_STDERR_DESCRIPTOR = 2
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)
"""Non-blocking so that opening a pipe without reader fails instead of waiting; without effect on files."""
_MODE = 0o600
_TAIL_BYTES = 4 * MAX_LINE_BYTES
"""More than a whole line and a torn one."""
_NOTE_SUFFIX = ".head"
_NOTE_BYTES = 160
_NOTE = re.compile(rb"([0-9]{1,18}) ([0-9a-f]{64}) ([0-9]{1,20}) ([0-9]{1,20}) *\n")


class AuditLog:
    """Appends to a file, which may be rotated under it (renamed or removed: the next line starts a new one).

    Args:
        target: A path, or `-` for standard error. A new file gets mode 0600; an existing one keeps its own.
        signer: Makes the seals in `PATH.seals`; none for standard error, or without a signer.
        size: Bytes above which the file is renamed to `PATH.1`, that one to `PATH.2` and so on; 0 leaves that to others.
        count: How many renamed files are kept.

    Raises:
        ConfigurationError: The target can't be appended to; the message says what to do.
    """

    def __init__(self, target: str | Path, signer: Signer | None = None, *, size: int = 0, count: int = 10) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._path = None if str(target) == STDERR else Path(target)
        self._size, self._count = size, count
        self._descriptor = -1
        self._identity: tuple[int, int] | None = None
        self._regular = False
        self._head = Head()
        self._end = 0  # size of the file
        self._note = -1  # descriptor of the note and its lock; none for what is no file
        self._written, self._written_to = b"", -1  # the note as this process wrote it last, and the log's size then
        self._signer = signer
        self._sealed = 0
        self._unsealed_since = 0.0
        self._seal_due = threading.Event()
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
        if signer is not None and self._regular:
            threading.Thread(target=self._seal_in_time, name="dlp-seal", daemon=True).start()

    @property
    def sequence(self) -> int:
        """The number of the last record that this process wrote or found."""
        return self._head.seq

    def write(self, event: Record) -> None:
        """Append one event.

        Raises:
            AuditError: Disk full, file gone and not to be made again, log closed.
        """
        line = event.to_line()
        with self._lock:
            try:
                with self._current():
                    if self._size and self._end >= self._size:
                        self._rotate()
                    self._append(line)
            except OSError as error:
                where = "standard error" if self._path is None else printable(str(self._path), 300)
                raise AuditError(f"cannot write audit log {where}: {error.strerror}") from None
            self._note_unsealed()

    def close(self) -> None:
        """Seal and close the file; a later `write` raises `AuditError`. Standard error stays open."""
        with self._lock:
            if self._path is not None and self._descriptor >= 0:
                self._seal()
                os.close(self._descriptor)
            if self._note >= 0:
                os.close(self._note)
            self._descriptor = self._note = -1
            self._ended.set()
        self._seal_due.set()

    # -- the file, under its lock --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _current(self) -> Iterator[None]:
        """Hold the lock of the log, with the file open that has its path now, and the end of the chain known."""
        if self._ended.is_set():
            raise OSError(errno.EBADF, "log is closed")
        if self._path is None:
            yield
            return
        if self._note >= 0 and sys.platform != "win32":
            fcntl.flock(self._note, fcntl.LOCK_EX)
        try:
            size = self._size_now(self._path)
            if self._regular:
                self._find_end(self._path, size)
            yield
        finally:
            if self._note >= 0 and sys.platform != "win32":
                fcntl.flock(self._note, fcntl.LOCK_UN)

    def _size_now(self, path: Path) -> int:
        """Bytes of the file that has the path now; it is opened, if that is another one."""
        try:
            status = path.stat()
        except FileNotFoundError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._identity:
            self._open(path)
            status = os.fstat(self._descriptor)
        return status.st_size

    def _open(self, path: Path) -> None:
        descriptor = os.open(path, _FLAGS, _MODE)
        status = os.fstat(descriptor)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISCHR(status.st_mode)):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._identity, self._written_to = (status.st_dev, status.st_ino), -1
        self._regular = stat.S_ISREG(status.st_mode)
        if self._regular and self._note < 0:
            note = path.with_name(f".{path.name}{_NOTE_SUFFIX}")
            self._note = os.open(note, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)

    def _find_end(self, path: Path, size: int) -> None:
        """Learn from the note how the chain ended; from the log, where the note doesn't fit.

        Args:
            size: Bytes of the log.
        """
        note = os.pread(self._note, _NOTE_BYTES, 0)
        self._end = size
        if note == self._written and size == self._written_to:
            return  # nobody has written since
        noted = _Note.parse(note)
        if noted is not None and (noted.inode, noted.size) == (self._inode, size):
            self._head = noted.head
        elif size:
            tail = os.pread(self._descriptor, _TAIL_BYTES, max(0, self._end - _TAIL_BYTES))
            self._head = head_of_tail(tail)
            if not tail.endswith(b"\n"):  # a torn line: end it, so that it doesn't spoil the next
                self._put(b"\n")
                self._end += 1
        else:  # a new file: it goes on where the one before it ended
            before = _end_of(path.with_name(f"{path.name}.1"))
            if noted is not None and (before is None or before.inode != noted.inode):
                self._head = noted.head
            else:  # also if the note is of that very file: it may have been a line behind
                self._head = before.head if before is not None else Head()

    def _append(self, line: bytes) -> None:
        linked, head = link(line, self._head)
        self._put(linked)
        self._head = head
        if self._regular:
            self._end += len(linked)
            note = _Note(head, self._inode, self._end).to_bytes()
            with contextlib.suppress(OSError):  # the log itself will be read instead
                os.pwrite(self._note, note, 0)
            self._written, self._written_to = note, self._end

    def _put(self, data: bytes) -> None:
        while data:
            # One call but for a full disk, where part of a line may go out before the error does.
            data = data[os.write(self._descriptor, data) :]

    def _rotate(self) -> None:
        """Give the file away to `PATH.1` and start a new one, in which the chain goes on."""
        path = self._path
        if path is None or not self._regular:
            return
        self._seal()
        for suffix in ("", SEALS_SUFFIX):
            for number in range(self._count, 0, -1):
                older = path.with_name(f"{path.name}.{number}{suffix}")
                newer = path.with_name(f"{path.name}.{number - 1}{suffix}" if number > 1 else path.name + suffix)
                with contextlib.suppress(FileNotFoundError):
                    newer.replace(older)
            if self._count <= 0:
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        self._open(path)
        self._end = 0

    @property
    def _inode(self) -> int:
        """Of the log that is open."""
        return self._identity[1] if self._identity is not None else -1

    # -- seals ---------------------------------------------------------------------------------------------------------

    def _note_unsealed(self) -> None:
        if self._signer is None or not self._regular:
            return
        if not self._unsealed_since:
            self._unsealed_since = time.monotonic()
            self._seal_due.set()
        if self._head.seq - self._sealed >= SEAL_EVERY:
            self._seal()

    def _seal(self) -> None:
        """Sign the end of the chain as this process knows it. A seal that can't be written is made up for by the next."""
        if self._signer is None or self._path is None or not (self._unsealed_since and self._regular):
            return
        seal = self._signer.seal(self._head, timestamp(time.time()))
        seals = self._path.with_name(self._path.name + SEALS_SUFFIX)
        try:
            descriptor = os.open(seals, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
            try:
                os.write(descriptor, seal.to_line())
            finally:
                os.close(descriptor)
        except OSError as error:
            log.error("cannot write the seals of the audit log %s: %s", printable(str(seals), 300), error.strerror)
            return
        self._sealed, self._unsealed_since = self._head.seq, 0.0

    def _seal_in_time(self) -> None:
        """Seal what was written lately when nothing more comes."""
        while self._seal_due.wait() and not self._ended.wait(SEAL_SECONDS):
            with self._lock:
                self._seal()
                if not self._unsealed_since:  # otherwise the disk was full
                    self._seal_due.clear()


@dataclass(frozen=True, slots=True)
class _Note:
    """Where a chain ended: its head, and the file and size that it had then."""

    head: Head
    inode: int
    size: int

    def to_bytes(self) -> bytes:
        """Always of one length: it is written over what was there."""
        return f"{self.head.seq} {self.head.hash} {self.inode} {self.size}".ljust(_NOTE_BYTES - 1).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> _Note | None:
        """None for what is no whole note."""
        found = _NOTE.fullmatch(data)
        return cls(Head(int(found[1]), found[2].decode()), int(found[3]), int(found[4])) if found else None


def _end_of(path: Path) -> _Note | None:
    """How a file ended that was rotated away; None if there is none."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            file.seek(max(0, status.st_size - _TAIL_BYTES))
            return _Note(head_of_tail(file.read(_TAIL_BYTES)), status.st_ino, status.st_size)
    except OSError:
        return None
