"""`python -m dlp`: verbs, exit statuses, and nothing imported in vain."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable

import pytest

from dlp import __version__, cli
from dlp.errors import ConfigurationError, PolicyError


def dlp(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dlp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[argparse.Namespace], int]], None]:
    """Puts a verb `try` there that does what the test says."""

    def put(run: Callable[[argparse.Namespace], int]) -> None:
        module = types.ModuleType("dlp.cli.attempt")
        module.configure = lambda parser: parser.add_argument("--flag")  # type: ignore[attr-defined]
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "dlp.cli.attempt", module)
        monkeypatch.setitem(cli.VERBS, "try", ("dlp.cli.attempt", "attempt something"))

    return put


def test_a_verb_gets_its_arguments_and_gives_the_status(verb: Callable[..., None]) -> None:
    """The module's own parser, the module's own number."""
    seen: list[str] = []

    def run(args: argparse.Namespace) -> int:
        seen.append(args.flag)
        return 1

    verb(run)
    assert cli.main(["try", "--flag", "x"]) == 1
    assert seen == ["x"]


def raising(error: BaseException) -> Callable[[argparse.Namespace], int]:
    def run(_args: argparse.Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        pytest.param(ConfigurationError("set X"), 2, "dlp: set X\n", id="configuration"),
        pytest.param(PolicyError(["a.yaml:1: b", "a.yaml:2: c"]), 2, "a.yaml:1: b\na.yaml:2: c\n", id="policy"),
        pytest.param(KeyboardInterrupt(), 130, "", id="Ctrl-C"),
    ],
)
def test_what_we_raise_on_purpose_is_one_message(
    verb: Callable[..., None], capsys: pytest.CaptureFixture[str], error: BaseException, status: int, message: str
) -> None:
    """No traceback."""
    verb(raising(error))
    assert cli.main(["try"]) == status
    assert capsys.readouterr() == ("", message)


def test_a_fault_of_ours_names_the_place_and_no_value(
    verb: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception's own text may quote what was being examined."""
    verb(raising(ValueError("anna@example.org")))
    assert cli.main(["try"]) == cli.INTERNAL
    said = capsys.readouterr().err
    assert "internal error, ValueError" in said
    assert "test_dispatch.py" in said
    assert "anna@example.org" not in said


def test_a_missing_package_breaks_its_verb_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others work, and the message says what to do."""
    monkeypatch.setitem(cli.VERBS, "broken", ("dlp.cli.there_is_no_such_module", "can't work"))
    assert cli.main(["broken"]) == 2
    assert "run: make setup" in capsys.readouterr().err
    assert cli.main(["version"]) == 0


@pytest.mark.parametrize("verb_name", cli.VERBS)
def test_every_verb_has_help(verb_name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It begins with the usage and ends with status 0."""
    with pytest.raises(SystemExit) as caught:
        cli.main([verb_name, "--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m dlp {verb_name}")


def test_help_lists_every_verb() -> None:
    """On stdout, since it was asked for."""
    done = dlp("--help")
    assert done.returncode == 0
    for name in cli.VERBS:
        assert f"\n    {name} " in done.stdout


@pytest.mark.parametrize("arguments", [[], ["env", "--port", "70000"], ["env", "--nonsense"]])
def test_wrong_usage(arguments: list[str]) -> None:
    """Usage on stderr, nothing on stdout, status 2."""
    done = dlp(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m dlp" in done.stderr


def test_version() -> None:
    """In both spellings; the longer one says what a report needs."""
    assert dlp("--version").stdout == f"{__version__}\n"
    versions = json.loads(dlp("version", "--json").stdout)
    assert versions["dlp"] == __version__
    assert {"python", "mitmproxy", "presidio-analyzer"} <= versions.keys()


def test_light_verbs_import_nothing_heavy() -> None:
    """`eval "$(python -m dlp env)"` stands in shell start-up files."""
    done = dlp("env", "--help", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "dlp.environment" in imported
    assert imported.isdisjoint({"mitmproxy", "presidio_analyzer", "spacy", "numpy", "yaml", "asyncio"})


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`python -m dlp version | head -0` ends quietly."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "dlp", "version"], stdout=gone, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (cli.BROKEN_PIPE, "")
    assert cli.BROKEN_PIPE == 128 + signal.SIGPIPE


def test_a_verb_that_is_mistyped_is_named_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """One line instead of the list of all."""
    assert cli.main(["scna", "--json"]) == 2
    assert (
        capsys.readouterr().err
        == "dlp: there is no verb 'scna'. Did you mean 'scan'? `python -m dlp --help` lists them\n"
    )


@pytest.mark.parametrize("verb", sorted(set(cli.VERBS) - {"version"}))
def test_the_help_of_every_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line to copy; it begins with what the verb is called."""
    with pytest.raises(SystemExit) as ended:
        cli.main([verb, "--help"])
    assert ended.value.code == 0
    assert f"python -m dlp {verb}" in capsys.readouterr().out.partition("example")[2]


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("version >/dev/full", 2, "dlp: cannot write the output: No space left on device"),
        ("version >&-", 0, ""),
        ("fingerprint <&-", 1, "dlp: no key was given"),
    ],
)
def test_streams_that_are_full_or_closed(command: str, status: int, message: str) -> None:
    """A line at most, and no traceback."""
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m dlp {command}'], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (status, message)
