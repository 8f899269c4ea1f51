"""A CA in its folder: made once, checked at each start, its bundle brought up to date."""

from __future__ import annotations

import contextlib
import datetime
import errno
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from dlp.ca.bundle import bundle_of
from dlp.ca.certificates import Unusable, check, moment, new_ca, pem
from dlp.ca.files import CERT_NAME, KEY_AND_CERT_NAME, LEAVES_NAME, MAX_PEM_BYTES, CaFiles
from dlp.ca.key import configured_passphrase, is_encrypted, open_key
from dlp.ca.names import subtrees
from dlp.errors import ConfigurationError
from dlp.files import create_file, read_private, update_file

_OURS = re.compile(
    r"README\.md|bundle\.pem|extra-roots\.pem|leaves\.pem|wireguard\.conf|next-ca\.pem|previous-ca-cert\.pem|mitmproxy-.*|\..*"
)


def ensure_ca(
    folder: Path,
    constrain_to: Sequence[str] | None = None,
    *,
    now: datetime.datetime | None = None,
    passphrase: bytes | None = None,
) -> CaFiles:
    """The CA of a folder: made if there is none, checked if there is, its bundle brought up to date.

    Safe to call from several processes at once: one makes the CA, all use it.

    Args:
        folder: Made with mode 0700 if missing; tightened to that unless it holds foreign files.
        constrain_to: Domains (with everything below them), `host:port` or addresses that the CA may issue for. None
            makes a CA without limits, and accepts one that is there with whatever limits it has.
        now: The time to judge validity by; for tests.
        passphrase: Of the key, one that is there or is made; None for the one that this process was given, if any.

    Raises:
        ConfigurationError: The folder or a file in it can't be used; the message says what to do.
    """
    path = folder / KEY_AND_CERT_NAME
    passphrase = passphrase or configured_passphrase()
    if constrain_to is None and not path.exists() and (folder / LEAVES_NAME).is_file():
        return _load_offline(folder, moment(now))
    wanted = None if constrain_to is None else subtrees(constrain_to)
    try:
        _prepare(folder)
        created = not path.exists() and create_file(path, new_ca(wanted, moment(now), passphrase))
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the CA in {folder}: {error.strerror}. Use a folder that you own: --confdir or DLP_CONFDIR."
        ) from None
    files = load_ca(folder, now=now, passphrase=passphrase)
    if wanted is not None and files.constrained_to != tuple(sorted(str(name.value) for name in wanted)):
        held = files.constrained_to
        raise ConfigurationError(
            f"the CA in {folder} may issue for {'every name' if held is None else f'{len(held)} names'}, not for those"
            f" asked for. Remove {path} and make a new one; every client must trust the new one then."
        )
    try:
        update_file(files.cert, pem(files.certificate))
    except OSError as error:
        raise ConfigurationError(f"cannot write {files.cert}: {error.strerror}") from None
    write_bundle(files)
    return replace(files, created=created)


def load_ca(folder: Path, *, now: datetime.datetime | None = None, passphrase: bytes | None = None) -> CaFiles:
    """The CA of a folder, checked, with nothing made or changed.

    Args:
        passphrase: Of the key; None for the one that this process was given, if any. Without one an encrypted key stays closed (`locked`).

    Raises:
        ConfigurationError: There is none, or it must not be used, as `read_pair` says.
    """
    pair = read_pair(folder / KEY_AND_CERT_NAME, now=now, passphrase=passphrase)
    return CaFiles(
        folder=folder, certificate=pair.certificate, encrypted=is_encrypted(pair.raw), locked=pair.key is None
    )


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """Key and certificate of a CA, as they lie in one file."""

    raw: bytes
    key: PrivateKeyTypes | None
    """None for one under a passphrase that this process doesn't have."""
    certificate: x509.Certificate


def read_pair(path: Path, *, now: datetime.datetime | None = None, passphrase: bytes | None = None) -> Pair:
    """Key and certificate of a CA, checked.

    Raises:
        ConfigurationError: They can't be read or must not be used: open to others, incomplete, under another passphrase, key and
            certificate not a pair, no CA certificate, expired.
    """
    try:
        raw = read_private(
            path,
            "CA key",
            MAX_PEM_BYTES,
            remedy=f". If nobody else can have read it, run: chmod 600 {path}; otherwise remove it, make a new one and"
            " withdraw trust in the old one",
        )
    except OSError as error:
        raise ConfigurationError(f"cannot read the CA {path}: {error.strerror}") from None
    remedy = f"Restore {path} from a backup, or remove it: a new CA is made then, and clients must trust that one."
    try:
        key = open_key(raw, passphrase or configured_passphrase())
    except ValueError:
        raise ConfigurationError(f"the CA {path} holds no whole private key. {remedy}") from None
    try:
        certificate = x509.load_pem_x509_certificates(raw)[0]
        check(certificate, certificate.public_key() if key is None else key.public_key(), moment(now))
    except Unusable as problem:
        raise ConfigurationError(f"the CA {path} can't be used: {problem}. {remedy}") from None
    except ValueError:
        raise ConfigurationError(f"the CA {path} holds no whole certificate. {remedy}") from None
    return Pair(raw, key, certificate)


def write_bundle(files: CaFiles) -> None:
    """Bring the bundle up to date, but on a file system that is read-only (a service's own, say) let a good one stay that only lacks newer roots.

    Raises `ConfigurationError` if it can't be written, or has to hold what is no certificate.
    """
    try:
        update_file(files.bundle, bundle_of(files))
    except OSError as error:
        if error.errno == errno.EROFS and _holds(files.bundle, pem(files.certificate)):
            return
        raise ConfigurationError(f"cannot write {files.bundle}: {error.strerror}") from None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return content in path.read_bytes()
    except OSError:
        return False


def certificate_ends(folder: Path) -> dict[str, float]:
    """When the certificates of a folder end, in seconds since 1970, as metrics show them: `ca`, `leaf` -> time. What can't be read is left out."""
    ends = {}
    for name, file_name in (("ca", CERT_NAME), ("leaf", LEAVES_NAME)):
        with contextlib.suppress(OSError, ValueError), (folder / file_name).open("rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read(MAX_PEM_BYTES))
            ends[name] = certificate.not_valid_after_utc.timestamp()
    return ends


def _load_offline(folder: Path, now: datetime.datetime) -> CaFiles:
    """The CA of a folder without its key, and with certificates that it issued."""
    leaves = folder / LEAVES_NAME
    try:
        raw = read_private(leaves, "CA key", MAX_PEM_BYTES)
    except OSError as error:
        raise ConfigurationError(f"cannot read {leaves}: {error.strerror}") from None
    try:
        authority = x509.load_pem_x509_certificate((folder / CERT_NAME).read_bytes())
        leaf = x509.load_pem_x509_certificates(raw)[0]
        key = serialization.load_pem_private_key(raw, None)
        leaf.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise ConfigurationError(
            f"{leaves} holds no certificates of the CA in {CERT_NAME} with their key. Issue them anew where the CA's key is:"
            " python -m dlp ca issue"
        ) from None
    if key.public_key() != leaf.public_key() or not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        raise ConfigurationError(
            f"{leaves} can't be used: it ended on {leaf.not_valid_after_utc:%Y-%m-%d}, or key and certificate are not a pair."
            " Issue it anew where the CA's key is: python -m dlp ca issue"
        )
    files = CaFiles(folder=folder, certificate=authority, leaf=leaf)
    write_bundle(files)
    return files


def _prepare(folder: Path) -> None:
    """Make the folder, or close it to others if all in it is ours (never /tmp or a home folder given by mistake)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 and all(_OURS.fullmatch(entry.name) for entry in folder.iterdir()):
        folder.chmod(0o700)
