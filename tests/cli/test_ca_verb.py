"""`python -m dlp ca`."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from dlp.ca import ensure_ca, load_ca
from dlp.ca.certificates import VALIDITY
from dlp.cli import main
from dlp.providers.table import default_table, host_suffixes


def test_init_makes_one_and_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice is once."""
    assert main(["ca", "init", "--confdir", str(tmp_path)]) == 0
    first = capsys.readouterr()
    assert main(["ca", "init", "--confdir", str(tmp_path)]) == 0
    second = capsys.readouterr()
    assert first.out == second.out
    assert (first.err, second.err) == ("made a new CA\n", "there is a CA already\n")
    assert load_ca(tmp_path).fingerprint in first.out


def test_a_constrained_ca_covers_every_provider(tmp_path: Path) -> None:
    """And the hosts that were named, and nothing else."""
    assert main(["ca", "init", "--confdir", str(tmp_path), "--constrain", "--host", "llm.corp.example"]) == 0
    files = load_ca(tmp_path)
    for host in (*host_suffixes(), "llm.corp.example", "api.openai.com", "bedrock-runtime.eu-west-1.amazonaws.com"):
        assert files.permits(host), host
    assert default_table().find("bedrock-runtime.eu-west-1.amazonaws.com") is not None
    assert not files.permits("bank.example")


def test_no_suffix_is_a_whole_top_level_domain() -> None:
    """A constraint to `com` would be none."""
    assert [name for name in host_suffixes() if "." not in name] == []


def test_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for programs."""
    files = ensure_ca(tmp_path)
    assert main(["ca", "show", "--confdir", str(tmp_path)]) == 0
    assert files.fingerprint in capsys.readouterr().out
    assert main(["ca", "show", "--confdir", str(tmp_path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["sha256"] == files.fingerprint
    assert facts["constrained_to"] is None
    assert facts["bundle"] == str(tmp_path / "bundle.pem")


def test_show_without_a_ca(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Looking makes nothing."""
    assert main(["ca", "show", "--confdir", str(tmp_path)]) == 2
    assert "there is no CA in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_show_says_when_the_end_is_near(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With status 1, for a scheduled job."""
    ensure_ca(tmp_path, now=datetime.datetime.now(datetime.UTC) - VALIDITY + datetime.timedelta(days=3))
    assert main(["ca", "show", "--confdir", str(tmp_path)]) == 1
    assert "(soon)" in capsys.readouterr().out


def test_bundle_prints_its_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone, for `$(...)`."""
    assert main(["ca", "bundle", "--confdir", str(tmp_path)]) == 0
    assert capsys.readouterr() == (f"{tmp_path}/bundle.pem\n", "")
