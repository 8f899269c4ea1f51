"""`python -m dlp vault`, on a file and on a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.cli import main
from dlp.vault import open_vault

KEYS = ("0123456789abcdef" * 4, "fedcba9876543210" * 4)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A vault with three scopes."""
    monkeypatch.setenv("DLP_VAULT_KEY", KEYS[0])
    target = f"sqlite:{tmp_path / 'vault.db'}"
    vault = open_vault(target)
    for scope in ("default\0user:anna", "strict\0user:anna\0f00d", "default\0key:0123456789abcdef"):
        vault.exchange(scope, {"aabbccdd": "anna.keller@nordwind.org"}, 3600)
    vault.close()
    return target


def scopes(target: str, capsys: pytest.CaptureFixture[str]) -> int:
    assert main(["vault", "stats", "--json", "--vault", target]) == 0
    return int(json.loads(capsys.readouterr().out)["scopes"])


@pytest.mark.parametrize(
    ("whom", "left"),
    [
        (["--user", "anna"], 1),
        (["--caller", "key:0123456789abcdef"], 2),
        (["--policy", "default"], 1),
        (["--all"], 0),
    ],
)
def test_somebody_is_forgotten(whom: list[str], left: int, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vault", "erase", *whom, "--vault", where]) == 0
    assert f"{3 - left} scopes forgotten" in capsys.readouterr().err
    assert scopes(where, capsys) == left
    assert main(["vault", "erase", *whom, "--vault", where]) == 1


def test_it_says_what_there_is(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vault", "stats", "--vault", where]) == 0
    assert capsys.readouterr().out == "3 scopes (a caller under a policy), 3 values, 0 texts\n"


def test_a_key_is_replaced(where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLP_VAULT_KEY", ",".join(reversed(KEYS)))
    assert main(["vault", "rotate", "--vault", where]) == 0
    assert "3 keys wrapped anew" in capsys.readouterr().err
    monkeypatch.setenv("DLP_VAULT_KEY", KEYS[1])
    assert main(["vault", "erase", "--user", "anna", "--vault", where]) == 0
    monkeypatch.setenv("DLP_VAULT_KEY", KEYS[0])
    assert main(["vault", "erase", "--all", "--vault", where]) == 2
    assert "another key" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["memory", "sqlite:", "nothing", "redis://127.0.0.1:1/0"])
def test_a_vault_that_cannot_be_had(target: str, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vault", "stats", "--vault", target]) == 2
    assert "vault" in capsys.readouterr().err
    assert where


@pytest.mark.parametrize("action", [["stats"], ["rotate"], ["erase", "--all"]])
def test_a_mistyped_path_makes_no_vault(
    action: list[str], where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vault", *action, "--vault", f"{where}x"]) == 2
    assert f"there is no vault {where.removeprefix('sqlite:')}x" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith("x")] == []
