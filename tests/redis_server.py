"""A real Redis on a loopback port, for tests of what several proxies share."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

import pytest
import redis

from tests.harness import free_port, wait_for


class RedisServer:
    """A server of its own, without persistence unless asked for. `url` is its address."""

    def __init__(self, folder: Path, *arguments: str, configuration: Path | None = None, save: bool = True) -> None:
        self.binary = shutil.which("redis-server") or shutil.which("valkey-server") or ""
        if not self.binary:
            pytest.skip("needs redis-server (Debian: apt-get install redis-server)")
        self.folder = folder
        self.arguments = (*(("--save", "") if save else ()), *arguments)
        self.configuration = [str(configuration)] if configuration is not None else []
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binary, *self.configuration, "--port", str(self.port), "--bind", "127.0.0.1", *self.arguments],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        with contextlib.closing(self.client()) as client:
            wait_for(lambda: self._answers(client))

    def _answers(self, client: redis.Redis) -> bool:
        assert self._process is not None
        try:
            client.ping()
        except redis.exceptions.AuthenticationError:
            return True
        except redis.exceptions.ConnectionError:
            assert self._process.poll() is None, (self.folder / "redis.log").read_text()
            return False
        return True

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=60)

    def stop(self, number: int = signal.SIGKILL) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
            self._process.wait(120)
            self._process = None

    def pause(self) -> None:
        """It goes on holding connections, and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)
