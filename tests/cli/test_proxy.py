"""Arguments of `dlp proxy`: what holds a password comes from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dlp.cli import UNUSABLE, main
from dlp.cli import proxy as verb


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    verb.configure(parser)
    return parser.parse_args(arguments)


def test_an_option_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "vault.url"
    path.write_text("redis://dlp:hunter2@redis.corp.example:6379/0\n")
    path.chmod(0o600)
    args = parsed("--set", "dlp_metrics=off", "--set-file", f"dlp_vault={path}", "--set-file", f"upstream_auth={path}")
    args.options += verb._from_files(args.option_files)
    chosen = verb._own_options(args)
    assert chosen["dlp_vault"] == "redis://dlp:hunter2@redis.corp.example:6379/0"
    assert args.options == ["dlp_metrics=off", "upstream_auth=redis://dlp:hunter2@redis.corp.example:6379/0"]


@pytest.mark.parametrize(
    ("setting", "mode", "message"),
    [
        ("dlp_vault", 0o600, "--set-file: expected OPTION=FILE, found 'dlp_vault'"),
        ("={}", 0o600, "--set-file: expected OPTION=FILE"),
        ("dlp_vault={}/nowhere", 0o600, "cannot read the value of dlp_vault"),
        ("dlp_vault={}/file", 0o644, "is open to other users (mode 0644); run: chmod 600"),
    ],
)
def test_a_file_that_wont_do(
    setting: str, mode: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("memory\n")
    (tmp_path / "file").chmod(mode)
    assert main(["proxy", "--set-file", setting.format(tmp_path), "--confdir", str(tmp_path / "certs")]) == UNUSABLE
    assert message in capsys.readouterr().err
    assert not (tmp_path / "certs").exists()


@pytest.mark.parametrize("time", ["-5", "nan", "inf", "soon"])
def test_a_wait_that_is_no_time_is_refused(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(f"--drain={time}")
    assert f"expected a number of seconds, not '{time}'" in capsys.readouterr().err
