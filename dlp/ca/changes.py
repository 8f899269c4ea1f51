"""What is done with a CA that is there: certificates issued ahead, a passphrase for its key, another CA in its place."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dlp.ca.certificates import BACKDATED, LEAF_VALIDITY, leaf_for, moment, new_ca, pem
from dlp.ca.files import NEXT_NAME, PREVIOUS_NAME, CaFiles
from dlp.ca.folder import Pair, ensure_ca, load_ca, read_pair, write_bundle
from dlp.ca.key import configured_passphrase, private_pem
from dlp.errors import ConfigurationError
from dlp.files import create_file, replace_file


def issue_leaves(
    folder: Path,
    hosts: Sequence[str],
    target: Path,
    *,
    now: datetime.datetime | None = None,
    passphrase: bytes | None = None,
) -> x509.Certificate:
    """Issue one certificate for all of `hosts`, and write it with a key of its own to `target`, mode 0600.

    Args:
        folder: Where the CA's key is.
        hosts: Names; the first label may be `*`.
        passphrase: Of the CA's key; None for the one that this process was given, if any.

    Raises:
        ConfigurationError: The CA can't be used or may not issue for a host, or the file can't be written.
    """
    passphrase = passphrase or configured_passphrase()
    files = load_ca(folder, now=now, passphrase=passphrase)
    files.require_key()
    refused = [host for host in hosts if not files.permits(host.removeprefix("*."))]
    if refused:
        raise ConfigurationError(f"the CA may not issue for {', '.join(refused[:5])}; it is constrained to other names")
    authority = _our_kind(files.key_and_cert, read_pair(files.key_and_cert, now=now, passphrase=passphrase))
    key = ec.generate_private_key(ec.SECP256R1())
    from_now = moment(now)
    certificate = leaf_for(
        files.certificate,
        authority,
        key.public_key(),
        x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]),
        (from_now - BACKDATED, min(from_now + LEAF_VALIDITY, files.certificate.not_valid_after_utc)),
    )
    try:
        replace_file(target, private_pem(key) + pem(certificate) + pem(files.certificate), 0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot write {target}: {error.strerror}") from None
    return certificate


def protect(folder: Path, new: bytes | None, *, passphrase: bytes | None = None) -> CaFiles:
    """Put the CA's key under a passphrase, under another one, or under none. The certificate stays.

    Args:
        passphrase: The present one; None for the one that this process was given, if any.

    Raises:
        ConfigurationError: The CA can't be used or opened, a new passphrase is too short, or the file can't be written.
    """
    passphrase = passphrase or configured_passphrase()
    files = load_ca(folder, passphrase=passphrase)
    files.require_key()
    paths = [path for path in (files.key_and_cert, folder / NEXT_NAME) if path.exists()]
    pairs = [(path, read_pair(path, passphrase=passphrase)) for path in paths]
    written = [(path, private_pem(_our_kind(path, pair), new) + pem(pair.certificate)) for path, pair in pairs]
    for path, content in written:
        try:
            replace_file(path, content, 0o600)
        except OSError as error:
            raise ConfigurationError(f"cannot write {path}: {error.strerror}") from None
    return load_ca(folder, passphrase=new)


def prepare_rotation(folder: Path, *, now: datetime.datetime | None = None, passphrase: bytes | None = None) -> CaFiles:
    """First step: make the next CA, with the limits and passphrase of this one, and put it into the bundle. Repeating it changes nothing.

    Raises:
        ConfigurationError: The CA in force can't be used, or the files can't be written.
    """
    passphrase = passphrase or configured_passphrase()
    files = load_ca(folder, now=now, passphrase=passphrase)
    files.require_key()
    try:
        constraints = files.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        names = tuple(constraints.permitted_subtrees or ())
    except x509.ExtensionNotFound:
        names = None
    try:
        create_file(folder / NEXT_NAME, new_ca(names, moment(now), passphrase if files.encrypted else None))
        (folder / PREVIOUS_NAME).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot write in {folder}: {error.strerror}") from None
    write_bundle(files)
    return files


def finish_rotation(folder: Path, *, now: datetime.datetime | None = None) -> CaFiles:
    """Second step: the next CA takes over. The certificate of the old one stays in the bundle, for proxies that still run with it.

    Raises:
        ConfigurationError: There was no first step, the next CA can't be used, or the files can't be written.
    """
    files = load_ca(folder, now=now)
    upcoming = folder / NEXT_NAME
    if not upcoming.exists():
        raise ConfigurationError("there is no next CA; `python -m dlp ca rotate` makes it, and puts it into the bundle")
    raw = read_pair(upcoming, now=now).raw
    try:
        replace_file(folder / PREVIOUS_NAME, pem(files.certificate))
        replace_file(files.key_and_cert, raw, 0o600)
        upcoming.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot write in {folder}: {error.strerror}") from None
    return ensure_ca(folder, now=now)


def _our_kind(path: Path, pair: Pair) -> ec.EllipticCurvePrivateKey:
    """The key of a pair, which has been opened. Raises `ConfigurationError` for one that was not made here."""
    if not isinstance(pair.key, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"the key in {path} is of another kind than those made here (EC); nothing was done")
    return pair.key
