"""The `Makefile` with an interpreter that only writes down what it is asked: when is pip run, and with what?"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# As `-m venv --clear FOLDER` it copies itself there; `-m pip` fails while the file `no-index` exists.
FAKE_PYTHON = """\
#!/bin/sh
echo "$@" >> "$CALLS"
case "$1 $2" in
"-m venv") rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
"-m pip") [ ! -e no-index ] ;;
esac
"""


class Clone:
    """A folder with the Makefile and nothing installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls"
        (folder / "scripts").mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (folder / lock).write_text(f"{lock}\n")
        self.script("scripts/base-python", FAKE_PYTHON)
        self.script("scripts/test-servers", "#!/bin/sh\n")
        self.script("scripts/find-python", f"#!/bin/sh\necho '{folder}/scripts/base-python'\n")

    def script(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "CALLS": str(self.calls_file), "PYTHONPATH": "/somewhere"}
        return subprocess.run(
            ["make", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def calls(self) -> list[str]:
        """What the interpreter was asked since the last look."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return lines

    def pip_calls(self) -> list[str]:
        return [call for call in self.calls() if call.startswith("-m pip")]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    return Clone(tmp_path)


PROXY = "-m dlp proxy --listen 127.0.0.1 --port 8080 --policy default"


def test_the_first_run_sets_up_and_the_second_only_runs(clone: Clone) -> None:
    """Nothing between `make run` and a listening proxy but one interpreter."""
    assert clone.make("run").returncode == 0
    venv, pip, proxy = [call for call in clone.calls() if call.startswith("-m")]
    assert venv == "-m venv --clear .venv"
    assert "--require-hashes" in pip
    assert "--no-deps" in pip
    assert pip.endswith("--requirement requirements.lock")
    assert proxy.strip() == PROXY
    assert clone.make("run").returncode == 0
    assert [call.strip() for call in clone.calls()] == [PROXY]


def test_what_run_can_be_told(clone: Clone) -> None:
    """Address, port, policy and anything else, as the proxy's own arguments."""
    clone.make("run", "PORT=9", "LISTEN=::1", "POLICY=my policy.yaml", "ARGS=--quiet")
    assert clone.calls()[-1] == "-m dlp proxy --listen ::1 --port 9 --policy my policy.yaml --quiet"
    clone.make("run", "WORKERS=4")
    assert clone.calls()[-1].strip() == f"{PROXY} --processes 4"


def test_a_changed_lock_is_installed_and_a_touched_one_is_not(clone: Clone) -> None:
    """`git checkout` gives files a new time without a new content."""
    clone.make("setup")
    clone.calls()
    lock = clone.folder / "requirements.lock"
    later = lock.stat().st_mtime + 1000
    os.utime(lock, (later, later))
    clone.make("setup")
    assert clone.pip_calls() == []
    lock.write_text("other\n")
    os.utime(lock, (later + 1000, later + 1000))
    clone.make("setup")
    assert len(clone.pip_calls()) == 1


def test_a_failed_installation_is_tried_again(clone: Clone) -> None:
    """It says what to look at and leaves no stamp."""
    (clone.folder / "no-index").touch()
    done = clone.make("run")
    assert done.returncode != 0
    assert "pip could not install requirements.lock" in done.stderr
    assert not any("dlp proxy" in call for call in clone.calls())
    (clone.folder / "no-index").unlink()
    assert clone.make("run").returncode == 0
    assert clone.calls()[-1].strip() == PROXY


def test_test_installs_once_what_tests_need(clone: Clone) -> None:
    """The second lock holds the first, so `make run` after `make test` has nothing to do."""
    assert clone.make("test", "ARGS=-k sse").returncode == 0
    calls = clone.calls()
    assert next(call for call in calls if call.startswith("-m pip")).endswith("--requirement requirements-dev.lock")
    assert calls[-1].startswith("-m pytest ")
    assert calls[-1].endswith(" -k sse")
    clone.make("run")
    assert clone.pip_calls() == []


@pytest.mark.parametrize("works", [True, False], ids=["npm", "no npm"])
def test_node_packages_are_installed_once_where_npm_can(clone: Clone, works: bool) -> None:  # noqa: FBT001
    """The rest of the tests does not wait for Node."""
    node = clone.folder / "tests" / "interop" / "node"
    node.mkdir(parents=True)
    (node / "package.json").write_text("{}")
    (node / "package-lock.json").write_text("{}")
    (clone.folder / "bin").mkdir()
    installs = f"mkdir -p {node}/node_modules && touch {node}/node_modules/.package-lock.json" if works else "exit 1"
    clone.script("bin/npm", f'#!/bin/sh\necho "npm $@" >> "$CALLS"\n{installs}\n')
    for attempt in ("first", "second"):
        done = clone.make("test", f"PATH={clone.folder}/bin:{os.environ['PATH']}")
        assert done.returncode == 0
        calls = clone.calls()
        assert calls[-1].startswith("-m pytest ")
        assert any(call.startswith("npm ci") for call in calls) is (attempt == "first" or not works)
        assert ("the Node clients are not tested" in done.stderr) is not works


def test_a_virtual_environment_whose_interpreter_is_gone_is_made_anew(clone: Clone) -> None:
    """As after an upgrade of the system's Python; its packages went with it."""
    clone.make("setup")
    python = clone.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3.12")
    clone.calls()
    assert clone.make("run").returncode == 0
    assert [call.split()[1] for call in clone.calls() if call.startswith("-m")] == ["venv", "pip", "dlp"]


def test_no_interpreter_no_environment(clone: Clone) -> None:
    """The search's own words are what a person sees."""
    clone.script("scripts/find-python", "#!/bin/sh\necho 'No suitable Python found' >&2\nexit 1\n")
    done = clone.make("run")
    assert done.returncode != 0
    assert "No suitable Python found" in done.stderr
    assert clone.calls() == []


def test_a_python_path_of_the_shell_does_not_get_in(clone: Clone) -> None:
    """It would be searched before the locked packages."""
    clone.script("scripts/base-python", FAKE_PYTHON.replace('echo "$@"', 'echo "${PYTHONPATH-unset}"'))
    clone.make("run")
    assert set(clone.calls()) == {"unset"}


def test_help_names_every_target(clone: Clone) -> None:
    """And is what `make` alone prints."""
    done = clone.make()
    assert done.returncode == 0
    for target in ("setup", "run", "demo", "certs", "test", "lint", "types", "bench", "lock", "help"):
        assert f"  make {target} " in done.stdout
    phony = {
        name
        for line in (ROOT / "Makefile").read_text().splitlines()
        if line.startswith(".PHONY:")
        for name in line.split()[1:]
    }
    assert {line.split()[1] for line in done.stdout.splitlines() if line.startswith("  make ")} == phony
