"""`python -m dlp run`: a command, its proxy, its signals and its status."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dlp.ca import CaFiles
from dlp.environment import client_environment


def command(files: CaFiles, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "dlp", "run", "--confdir", str(files.folder), *arguments]


def run(files: CaFiles, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(files, *arguments), capture_output=True, text=True, check=False, timeout=120)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def test_the_command_gets_the_environment_of_a_listening_proxy(ca_files: CaFiles, our_proxy: int) -> None:
    """On top of its own, with nothing of ours on stdout."""
    done = run(ca_files, "--port", str(our_proxy), "--", sys.executable, "-c", PRINT_ENVIRONMENT)
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    expected = client_environment(f"http://127.0.0.1:{our_proxy}", ca_files.bundle)
    assert {name: seen.get(name) for name in expected} == expected
    assert seen["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(
    ("script", "status"),
    [
        pytest.param("exit 0", 0, id="success"),
        pytest.param("exit 7", 7, id="failure"),
        pytest.param("kill -KILL $$", 128 + signal.SIGKILL, id="killed"),
    ],
)
def test_the_status_is_the_commands(ca_files: CaFiles, our_proxy: int, script: str, status: int) -> None:
    """As a shell would report it."""
    assert run(ca_files, "--port", str(our_proxy), "--", "sh", "-c", script).returncode == status


def test_arguments_are_passed_as_they_are(ca_files: CaFiles, our_proxy: int) -> None:
    """Also those that look like ours, and blanks."""
    done = run(ca_files, "--port", str(our_proxy), "printf", "%s|", "--port", "1 2", "--", "-h", "")
    assert done.stdout == "--port|1 2|--|-h||"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1], ids=lambda number: number.name)
def test_signals_reach_the_command(ca_files: CaFiles, our_proxy: int, number: signal.Signals) -> None:
    """What a supervisor sends us is for the command, whose status counts."""
    # The shell runs its trap between two commands; the loop ends by itself should the signal get lost.
    script = f"trap 'echo caught; exit 5' {number.name[3:]}; echo ready; for i in $(seq 600); do sleep 0.1; done"
    with subprocess.Popen(
        command(ca_files, "--port", str(our_proxy), "--", "sh", "-c", script), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "caught\n"
        assert process.wait(60) == 5


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param([], 2, "name a command to run", id="no command"),
        pytest.param(["--"], 2, "name a command to run", id="no command after --"),
        pytest.param(["--", "no-such-command-anywhere"], 127, "command not found", id="unknown"),
        pytest.param(["--", "./pyproject.toml"], 126, "not executable", id="no program"),
    ],
)
def test_what_can_not_be_run(ca_files: CaFiles, arguments: list[str], status: int, message: str) -> None:
    """Is told before any proxy is started."""
    done = run(ca_files, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


def test_a_port_taken_by_another_program(ca_files: CaFiles, other_program: int) -> None:
    """API keys are not sent to whatever happens to listen there."""
    done = run(ca_files, "--port", str(other_program), "--", "echo", "never")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"http://127.0.0.1:{other_program} is taken by another program; leave --port out" in done.stderr


def test_a_policy_can_not_be_given_to_a_running_proxy(ca_files: CaFiles, our_proxy: int) -> None:
    """It has its own; the command must not run with another one than was asked for."""
    done = run(ca_files, "--port", str(our_proxy), "--policy", "strict", "--", "echo", "never")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is taken by our proxy, maybe with another policy" in done.stderr


def test_a_proxy_of_its_own_lives_as_long_as_the_command(ca_files: CaFiles, free_port: int) -> None:
    """The real one: it accepts connections while the command runs, and none afterwards."""
    connect = f"import socket; socket.create_connection(('127.0.0.1', {free_port})).close(); print('connected')"
    done = run(ca_files, "--port", str(free_port), "--", sys.executable, "-c", connect)
    assert (done.returncode, done.stdout, done.stderr) == (0, "connected\n", "")
    assert not listens(free_port)


def test_a_proxy_that_does_not_start(ca_files: CaFiles, free_port: int, tmp_path: Path) -> None:
    """Its own words come out, and the command is not run without protection."""
    policy = tmp_path / "broken.yaml"
    policy.write_text("version: 1\nnam: x\n")
    done = run(ca_files, "--port", str(free_port), "--policy", str(policy), "--", "echo", "never")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the proxy did not start" in done.stderr
    assert "broken.yaml:2" in done.stderr


def test_a_signal_before_the_command_starts_leaves_no_proxy_behind(ca_files: CaFiles, free_port: int) -> None:
    """The proxy has its own session, so nobody else would stop it."""
    with subprocess.Popen(
        command(ca_files, "--port", str(free_port), "--", "sleep", "600"), stderr=subprocess.PIPE
    ) as process:
        while not listens(free_port):  # the proxy comes up; its owner is asking it who it is, or has just begun
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    assert not listens(free_port)
