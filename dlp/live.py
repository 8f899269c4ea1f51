"""The policies in force: loaded as a whole, replaced as a whole, and read again when one of their files changes.

A request takes the `Edition` that is current when its headers arrive and keeps it to the end of its answer. A change that can't be used leaves
the edition as it is; `State` says so, and so do the log and the metrics.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dlp.engine.request import Engine
from dlp.errors import ConfigurationError, PolicyError, origin
from dlp.policy.files import SUFFIXES
from dlp.policy.folder import PolicySet
from dlp.policy.model import Policy
from dlp.providers.table import ProviderTable

log = logging.getLogger("dlp")

POLL_SECONDS = 0.5
"""Between two looks at the files. Notification by the system misses network file systems and mounts of containers."""
_RACY_SECONDS = 2.0
"""A file that changed so shortly before it was read may change again with the same time and size: it is read once more."""
_MAX_LOGGED = 20
"""Mistakes of a file that are written to the log."""

Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of the policies, with what works under them."""

    policies: PolicySet
    table: ProviderTable
    engines: Mapping[str, Engine]
    """By name of the policy."""
    number: int = 1

    def engine_for(self, policy: Policy) -> Engine:
        return self.engines[policy.name]


@dataclass(frozen=True, slots=True)
class State:
    """How loading has gone, for those who operate the proxy."""

    edition: int
    problems: tuple[str, ...] = ()
    """What keeps the files as they are now from being used; none while they are in force."""


class LivePolicies:
    """The current edition, and the thread that renews it. Safe from several threads.

    Args:
        make: Reads and builds everything anew, taking over from the edition before what hasn't changed. Raises `PolicyError` or
            `ConfigurationError`.
        loaded: Told the time when an edition comes into force.
        refused: Told that a change couldn't be used.
    """

    def __init__(
        self,
        make: Callable[[Edition | None], Edition],
        *,
        loaded: Callable[[float], None] = lambda _: None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._make, self._loaded, self._refused = make, loaded, refused
        began = time.time()
        self.current = make(None)
        self.state = State(self.current.number)
        self._stamp = _stamp(self.current.policies)
        self._racy = _newest(self._stamp) > began - _RACY_SECONDS
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        loaded(began)

    def start(self) -> None:
        """Watch the files until `stop`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="dlp-policies", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def refresh(self) -> bool:
        """Read the files again if one of them has changed; True if a new edition is in force. Never raises."""
        with self._lock:
            stamp = _stamp(self.current.policies)
            if stamp == self._stamp and not self._racy and not self.state.problems:
                return False
            return self._renew(stamp)

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self.refresh()

    def _renew(self, stamp: Stamp) -> bool:
        began = time.time()
        try:
            made = self._make(self.current)
        except (PolicyError, ConfigurationError) as error:
            self._refuse(tuple(str(error).splitlines()))
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread goes on and the edition stays
            self._refuse((f"the policies could not be read: {origin(error)}",))
            return False
        changed = made.policies != self.current.policies
        if changed:
            self.current = replace(made, number=self.current.number + 1)
            log.info("policies: edition %d is in force (%s)", self.current.number, _names(made.policies))
        elif self.state.problems:
            log.info("policies: the files are again as they are in force")
        if changed or self.state.problems:
            self.state = State(self.current.number)
            self._loaded(began)
        after = _stamp(made.policies)
        self._stamp = after
        self._racy = _newest(after) > began - _RACY_SECONDS
        return changed

    def _refuse(self, problems: tuple[str, ...]) -> None:
        if problems == self.state.problems:
            return
        self.state = replace(self.state, problems=problems)
        self._refused()
        log.error(
            "policies: the change can't be used, edition %d stays in force:\n%s",
            self.current.number,
            "\n".join(problems[:_MAX_LOGGED]),
        )


def _names(policies: PolicySet) -> str:
    return ", ".join(policy.name for policy in policies.policies[:_MAX_LOGGED])


def _stamp(policies: PolicySet) -> Stamp:
    """What changes when a file does, is replaced, appears or goes, or a link on the way to it is turned elsewhere."""
    files: set[Path] = set(policies.files)
    if policies.folder is not None:
        try:
            files.update(path for path in policies.folder.iterdir() if path.suffix in SUFFIXES)
        except OSError:
            return (None,)
    return tuple(_stamps(sorted(files)))


def _stamps(files: Iterable[Path]) -> Iterable[tuple[str, str, int, int, int]]:
    for path in files:
        try:
            found = path.stat()
            yield str(path), str(path.resolve()), found.st_mtime_ns, found.st_size, found.st_ino
        except OSError:
            yield str(path), "", 0, 0, 0


def _newest(stamp: Stamp) -> float:
    return max((each[2] for each in stamp if isinstance(each, tuple)), default=0) / 1e9
