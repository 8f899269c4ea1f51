"""Days on which the machine itself is the trouble: its disk is full or read-only, its clock jumps.

Further bad days are where their parts are tested: policies that extend one another in a circle, two defaults, missing files and ten megabytes
(`tests/policy/test_folder.py`), YAML bombs and tags (`tests/policy/test_load.py`), a thousand reloads under load (`test_reload.py`), rotation of
logs under load and a writer killed in the middle of a line (`tests/audit/test_chain.py`), a store that is killed, of an older schema, or
under another key (`tests/vault`).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dlp import app
from dlp.ca import ensure_ca
from dlp.cli import OK, UNUSABLE, main
from dlp.errors import ConfigurationError
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from tests.engine.conversations import PlantedDetector
from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.test_reload import wait_for

VALUE = "V000001-anna@nordwind.orgQ"
TOKEN = re.compile(r"\[PII:[A-Z_]+:[0-9a-f]+\]")
DAY = 86_400.0


def ask(proxy: LiveProxy, text: str = f"I am {VALUE}", **body: Any) -> httpx.Response:
    """Through an API that remembers, so that the vault has its part."""
    trust = ssl.create_default_context(cafile=str(proxy.folder / "certs" / "mitmproxy-ca-cert.pem"))
    with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}", verify=trust, trust_env=False) as client:
        sent = {"model": "m", "input": text, **body}
        return client.post(
            "https://api.openai.com/v1/responses", json=sent, headers={"authorization": "Bearer sk-anna"}
        )


def said(answer: httpx.Response) -> str:
    return str(answer.json()["output"][0]["content"][0]["text"])


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 2 MiB of its own."""
    mount = shutil.which("mount", path="/bin:/sbin:/usr/bin:/usr/sbin")
    folder.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(folder)]
    if mount is None or os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, and a kernel that lets it mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 512, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


@pytest.mark.parametrize(
    ("audit", "when_down", "status"),
    [("required", "request", 503), ("best_effort", "refuse", 503), ("best_effort", "request", 200)],
)
def test_a_full_disk(fake: FakeProviders, tmp_path: Path, audit: str, when_down: str, status: int) -> None:
    """As the policy says; what goes on goes on masked, and with room everything is as before, without a restart."""
    fake.reset()
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"audit: {audit}\nentities: {{DEFAULT: mask}}\nvault: {{when_down: {when_down}}}\n")
    with small_disk(tmp_path / "disk") as disk:
        log = disk / "audit.jsonl"
        with live_proxy(
            fake.port, fake.authority, tmp_path, policy=str(policy), detector=PlantedDetector(), audit=str(log),
            state=disk / "state", vault=f"sqlite:{disk / 'vault.db'}",
        ) as proxy:  # fmt: skip
            assert said(ask(proxy)) == f"You said: I am {VALUE}"
            filler = fill(disk)
            answers = [ask(proxy, f"I am {VALUE}, turn {turn} " + "and on " * 400) for turn in range(16)]
            assert {answer.status_code for answer in answers} <= {200, status}  # the log's last page may have room
            assert answers[-1].status_code == status
            if status == 200:
                assert VALUE in said(answers[-1])
            filler.unlink()
            assert said(ask(proxy)) == f"You said: I am {VALUE}"
            proxy.application.engine.vault.close()
        assert VALUE.encode() not in b"".join(request.everything() for request in fake.received)
        assert main(["audit", "verify", str(log), "--state", str(disk / "state")]) == OK
        assert VALUE not in log.read_text()


def test_a_read_only_state_folder(fake: FakeProviders, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without keys there it is named; with them it will do, as long as nothing has to be written there."""
    fake.reset()
    with small_disk(tmp_path / "disk") as disk:
        state, remount = disk / "state", ["mount", "-o", "remount,ro", str(disk)]
        subprocess.run(remount, check=True)
        settings = app.Settings(state=state)
        with pytest.raises(ConfigurationError, match=r"^cannot make the token key .*: Read-only file system\. Point"):
            app.build(settings, detector=PlantedDetector())
        with pytest.raises(
            ConfigurationError, match=r"^cannot make the CA in .*: Read-only file system\. Use a folder"
        ):
            ensure_ca(disk / "certs")
        assert main(["proxy", "--state", str(state), "--confdir", str(tmp_path / "certs")]) == UNUSABLE
        assert "Read-only file system" in capsys.readouterr().err
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        app.build(settings, detector=PlantedDetector())
        subprocess.run(remount, check=True)
        with live_proxy(
            fake.port, fake.authority, tmp_path, policy="everything", detector=PlantedDetector(), state=state
        ) as proxy:
            assert said(ask(proxy)) == f"You said: I am {VALUE}"
        sealed = app.Settings(state=state, vault=f"sqlite:{disk / 'vault.db'}")
        with pytest.raises(ConfigurationError, match=r"vault\.db"):
            app.build(sealed, detector=PlantedDetector())
        logged = app.Settings(state=state, audit=str(disk / "audit.jsonl"))
        with pytest.raises(ConfigurationError, match="Read-only file system"):
            app.build(logged, detector=PlantedDetector())
    assert VALUE.encode() not in b"".join(request.everything() for request in fake.received)


def test_a_clock_that_jumps(fake: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years back and forth: the same tokens, edits that arrive, limits that neither lock out nor open, a log that holds."""
    fake.reset()
    offset, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + offset[0])
    policy, log = tmp_path / "policy.yaml", tmp_path / "audit.jsonl"
    plain = "entities: {DEFAULT: mask}\nvault: {days: 30}\nlimits: {caller: {requests_per_minute: 9}}\n"
    policy.write_text(plain)
    with live_proxy(
        fake.port, fake.authority, tmp_path, policy=str(policy), detector=PlantedDetector(), audit=str(log),
        vault=f"sqlite:{tmp_path / 'vault.db'}",
    ) as proxy:  # fmt: skip
        seen = set()
        for jump in (0.0, 400 * DAY, -4000 * DAY, 0.0):
            offset[0] = jump
            assert said(ask(proxy)) == f"You said: I am {VALUE}"
            seen.update(TOKEN.findall(fake.received[-1].text))
            assert VALUE not in fake.received[-1].text
        assert len(seen) == 1
        offset[0] = -4000 * DAY
        first = ask(proxy)
        [token] = seen
        fake.script = Script(text=f"You are {token}.")
        offset[0] = 0  # longer than anything is kept
        forgotten = ask(proxy, "Who am I?", previous_response_id=first.json()["id"])
        assert token in said(forgotten)  # forgotten, and nobody else's value in its place
        fake.script = Script()
        answers = [ask(proxy, "hello").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        offset[0] = 4000 * DAY
        assert ask(proxy, "hello").status_code == 429
        for jump, number in zip((-4000 * DAY, 4000 * DAY), itertools.count(), strict=False):
            offset[0] = jump
            policy.write_text(f"{plain}name: edit-{number}\n")
            live = proxy.application.policies
            wait_for(lambda: live.current.policies.default.name == f"edit-{number}")  # noqa: B023 - called at once
        proxy.application.engine.vault.close()
    assert main(["audit", "verify", str(log), "--state", str(tmp_path / "state")]) == OK
    years = {json.loads(line)["time"][:4] for line in log.read_text().splitlines()}
    assert len(years) >= 3
