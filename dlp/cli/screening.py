"""What the verbs share that look at text: the policy option, the set-up, reading input."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dlp.detect import build_detector
from dlp.detect.base import Detector
from dlp.engine.text import MaskedText, mask_text
from dlp.errors import ConfigurationError
from dlp.keyfiles import KEY_BYTES
from dlp.masking.keys import load_or_create_key
from dlp.masking.minting import Minter
from dlp.policy.files import shipped_policies
from dlp.policy.folder import load_policies
from dlp.policy.load import load_policy
from dlp.policy.model import Policy
from dlp.printable import printable
from dlp.providers.table import default_table

SCOPE = "cli"
"""Tokens of the command line are none of the proxy's: each caller of the proxy has a scope of its own."""
MAX_INPUT_BYTES = 64 * 2**20
"""One file or one line; as much as the proxy decodes of one body."""
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Screen:
    """A policy with its detector, ready to mask texts."""

    policy: Policy
    detector: Detector
    key: bytes

    def mask(self, text: str) -> MaskedText:
        """Mask one text on its own, with findings whose action isn't `allow`. Raises `DetectorError`."""
        return mask_text(text, self.detector, self.policy, Minter(self.key, SCOPE))


def add_policy_option(parser: argparse.ArgumentParser) -> None:
    """`--policy NAME|PATH`, default `default`."""
    parser.add_argument(
        "--policy",
        default="default",
        metavar="NAME|PATH",
        help="a shipped policy's name or a file (default: %(default)s)",
    )


def load_named_policy(name_or_path: str) -> Policy:
    """The policy, of a folder the default, its `hosts` checked against the providers we know. Raises `PolicyError`."""
    if Path(name_or_path).is_dir() and name_or_path not in shipped_policies():
        return load_policies(name_or_path, providers=default_table().ids).default
    return load_policy(name_or_path, providers=default_table().ids)


def open_screen(name_or_path: str) -> Screen:
    """Everything that masking needs, loaded once.

    Raises:
        PolicyError: The policy or one of its recognizers is wrong.
        ConfigurationError: The NER pipeline that it names is missing.
    """
    policy = load_named_policy(name_or_path)
    return Screen(policy, build_detector(policy.detect), _key())


def _key() -> bytes:
    """The proxy's key; where it can't be read, one of this run, since nothing here is ever restored."""
    try:
        return load_or_create_key()
    except ConfigurationError as error:
        print(f"dlp: {error} Going on with a key for this run alone.", file=sys.stderr)
        return secrets.token_bytes(KEY_BYTES)


def read_source(source: str) -> str:
    """The text of a file, or of standard input for `-`.

    UTF-8, with or without byte order mark, or UTF-16 with one. Bytes that are neither become lone surrogates (as in
    `errors="surrogateescape"`), so that `encode_text` gives back what was read.

    Raises:
        ConfigurationError: It can't be read, or is larger than `MAX_INPUT_BYTES`.
    """
    return decode_text(read_bytes(source))


def read_bytes(source: str) -> bytes:
    """The content of a file, or of standard input for `-`. Raises `ConfigurationError` as `read_source` does."""
    with open_source(source) as file:
        try:
            content = file.read(MAX_INPUT_BYTES + 1)
        except OSError as error:
            raise _unreadable(source, error.strerror) from None
    if len(content) > MAX_INPUT_BYTES:
        raise _unreadable(source, f"larger than {MAX_INPUT_BYTES} bytes")
    return content


@contextmanager
def open_source(source: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`, which stays open. Raises `ConfigurationError`."""
    if source == STDIN:
        if sys.stdin.isatty():
            print("dlp: reading standard input; end it with Ctrl-D", file=sys.stderr)
        yield sys.stdin.buffer
        return
    try:
        file = Path(source).open("rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        raise _unreadable(source, getattr(error, "strerror", None)) from None
    with file:
        yield file


def _unreadable(source: str, reason: str | None) -> ConfigurationError:
    return ConfigurationError(f"cannot read {printable(source, 300)}: {reason or 'not a usable path'}")


def decode_text(content: bytes) -> str:
    """See `read_source`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            pass
    return content.decode("utf-8", "surrogateescape")


def encode_text(text: str) -> bytes:
    """UTF-8, undoing `decode_text`; a lone surrogate that came from elsewhere becomes `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
