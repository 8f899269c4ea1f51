"""Our secrets: made once, for their owner's eyes, and refused when they are weak or open."""

from __future__ import annotations

import base64
import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from dlp.errors import ConfigurationError
from dlp.keyfiles import ENV_CREDENTIALS, ENV_STATE, KEY_BYTES, KeySource, read_secret, state_folder
from dlp.masking.keys import TOKEN_KEY, load_or_create_key

KEY = bytes(number * number % 251 for number in range(1, 33))
OTHER = KEY[::-1]
ENV_KEY, ENV_KEY_FILE = "DLP_TOKEN_KEY", "DLP_TOKEN_KEY_FILE"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ENV_KEY, ENV_KEY_FILE, ENV_STATE, ENV_CREDENTIALS, "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_the_first_run_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    """Folder 0700, file 0600, whatever the umask; every later run finds the same key."""
    folder = tmp_path / "deep" / "state"
    key = load_or_create_key(folder)
    assert len(key) == KEY_BYTES
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load_or_create_key(folder) == key
    assert load_or_create_key(tmp_path / "other") != key


def _make(folder: Path, start: float, results: multiprocessing.Queue[bytes]) -> None:
    while time.monotonic() < start:  # a barrier that needs nothing shared
        pass
    results.put(load_or_create_key(folder))


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    """The loser of the race takes the winner's key; no draft stays behind."""
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        results: multiprocessing.Queue[bytes] = context.Queue()
        start = time.monotonic() + 0.05
        processes = [context.Process(target=_make, args=(folder, start, results)) for _ in range(2)]
        for process in processes:
            process.start()
        made = {results.get(timeout=120) for _ in processes}
        for process in processes:
            process.join(120)
        assert len(made) == 1
        assert [file.name for file in folder.iterdir()] == ["token.key"]


def test_the_loser_of_a_race_uses_the_winners_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, with the race lost for certain: the file appears between the look and the making."""
    winner = KEY.hex().encode()

    def link(draft: Path, path: Path) -> None:
        path.touch(0o600)
        path.write_bytes(winner)
        raise FileExistsError

    monkeypatch.setattr(os, "link", link)
    assert load_or_create_key(tmp_path) == KEY
    assert [file.name for file in tmp_path.iterdir()] == ["token.key"]


@pytest.mark.parametrize("text", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), f"  {KEY.hex()}\n"])
def test_the_environment_wins_and_speaks_hex_or_base64(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV_KEY, text)
    monkeypatch.setenv(ENV_KEY_FILE, str(tmp_path / "missing"))
    assert load_or_create_key(tmp_path / "state") == KEY
    assert not list(tmp_path.iterdir())


def test_a_named_file_comes_before_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(KEY.hex())
    monkeypatch.setenv(ENV_KEY_FILE, str(file))
    assert load_or_create_key(tmp_path / "state") == KEY
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620, 0o601])
def test_a_key_open_to_others_is_refused(mode: int, tmp_path: Path) -> None:
    """Also one that others may only write: they'd know what they wrote."""
    load_or_create_key(tmp_path)
    (file,) = tmp_path.iterdir()
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:04o}.*chmod 600"):
        load_or_create_key(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "there is no key in it"),
        ("ab" * 32, "not random"),
        (bytes(range(40)).hex(), "not random"),
        ("ab" * 15, "15 bytes"),
        ("not a key at all!", "neither hex nor base64"),
        ("é", "neither hex nor base64"),
        ("ab" * 5000, "larger than"),
    ],
    ids=["empty", "one byte repeated", "counted up", "short", "words", "not ASCII", "endless"],
)
def test_a_key_that_is_none_is_refused_without_showing_it(text: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "token.key"
    file.touch(0o600)
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=expected) as caught:
        load_or_create_key(tmp_path)
    assert not text or text not in str(caught.value)


def test_a_short_key_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENV_KEY, "abcd")
    with pytest.raises(ConfigurationError, match=rf"\${ENV_KEY}.*2 bytes"):
        load_or_create_key(tmp_path)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=rf"cannot make .*{ENV_STATE}"):
        load_or_create_key(tmp_path / "file" / "state")


def test_a_key_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "token.key").mkdir(0o700)
    with pytest.raises(ConfigurationError, match="cannot read the token key"):
        load_or_create_key(tmp_path)


def test_where_the_state_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "dlp"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state_folder() == tmp_path / "xdg" / "dlp"
    monkeypatch.setenv(ENV_STATE, str(tmp_path / "named"))
    assert state_folder() == tmp_path / "named"


def test_a_credential_that_systemd_hands_over_may_have_an_access_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows as bits of the group; the folder is the service's alone."""
    path = tmp_path / "credentials" / "token.key"
    path.parent.mkdir()
    path.write_text(KEY.hex())
    path.chmod(0o440)
    monkeypatch.setenv("DLP_TOKEN_KEY_FILE", str(path))
    with pytest.raises(ConfigurationError, match="open to other users"):
        load_or_create_key(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(path.parent))
    assert load_or_create_key(tmp_path) == KEY


def test_several_keys_are_live_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is in force. In a file one on each line, in the environment with commas."""
    file = tmp_path / "vault.key"
    file.touch(0o600)
    file.write_text(f"{OTHER.hex()}\n\n{KEY.hex()}\n")
    assert KeySource("vault").load(tmp_path) == (OTHER, KEY)
    monkeypatch.setenv("DLP_VAULT_KEY", f"{KEY.hex()}, {OTHER.hex()}")
    assert KeySource("vault").load(tmp_path) == (KEY, OTHER)
    file.write_text(f"{KEY.hex()}\n" * 17)
    monkeypatch.delenv("DLP_VAULT_KEY")
    with pytest.raises(ConfigurationError, match="at most 16"):
        KeySource("vault").load(tmp_path)


@pytest.mark.parametrize("name", ["token", "vault", "audit"])
def test_systemd_credentials_come_before_the_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs may show bits of the group (an access list), never of the world."""
    given = tmp_path / "credentials"
    given.mkdir()
    monkeypatch.setenv(ENV_CREDENTIALS, str(given))
    made = KeySource(name).load(tmp_path / "state")  # other credentials than this one may be there
    file = given / f"{name}.key"
    file.touch(0o440)
    file.chmod(0o640)
    file.write_text(KEY.hex())
    assert KeySource(name).load(tmp_path / "state") == (KEY,) != made
    file.chmod(0o444)
    with pytest.raises(ConfigurationError, match="open to other users"):
        KeySource(name).load(tmp_path / "state")


def test_looking_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        TOKEN_KEY.load(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes("Köln 4711\r\nrest\n".encode())
    path.chmod(0o600)
    assert read_secret(path, "password") == "Köln 4711"
    for content, problem in ((b"\nx", "is empty"), (b"\xff\xfe", "is no UTF-8 text")):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=problem):
            read_secret(path, "password")
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"the password .* is open to other users \(mode 0640\)"):
        read_secret(path, "password")
