"""The certificate authority that lets the proxy read TLS: made once, checked at each start.

Files in its folder (mitmproxy's `confdir`), all made here:

    mitmproxy-ca.pem        private key (perhaps under a passphrase, `dlp.ca_key`) and certificate, mode 0600; the name is the one mitmproxy
                            looks for
    mitmproxy-ca-cert.pem   the certificate alone: what a machine or a browser is told to trust
    bundle.pem              public roots + our certificate: what clients are pointed at (see `dlp.environment`)
    leaves.pem              certificates for the providers' hosts with a key of their own, mode 0600; where it is and mitmproxy-ca.pem is
                            not, the CA is offline: its key lies elsewhere (`issue_leaves`)
    next-ca.pem             the CA that takes over with the second step of a rotation; the bundle holds it already
    previous-ca-cert.pem    the certificate of the CA before the last rotation; in the bundle until the next one
    extra-roots.pem         not ours: a person may put further roots here (a company's own CA), they join the bundle

mitmproxy would make a CA too, but with an RSA key for ten years, in place (so that a full disk leaves half a key), and it
loads a key that everybody can read without a word. It therefore only ever meets files that passed through here.

The key must stay where it is: who has it can impersonate any site (or, if constrained, any provider) towards everybody
who trusts the certificate.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import re
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dlp.ca_key import ENV_PASSPHRASE_FILE, configured_passphrase, is_encrypted, open_key, private_pem
from dlp.errors import ConfigurationError
from dlp.files import create_file, read_private, replace_file

KEY_AND_CERT_NAME = "mitmproxy-ca.pem"
CERT_NAME = "mitmproxy-ca-cert.pem"
BUNDLE_NAME = "bundle.pem"
EXTRA_ROOTS_NAME = "extra-roots.pem"
LEAVES_NAME = "leaves.pem"
NEXT_NAME = "next-ca.pem"
PREVIOUS_NAME = "previous-ca-cert.pem"

VALIDITY = datetime.timedelta(days=3 * 365)
"""Long enough not to be a chore, short enough that a forgotten CA dies."""

LEAF_VALIDITY = datetime.timedelta(days=90)
"""Of certificates issued ahead by an offline CA. Apple's clients accept at most 825 days from a CA that a person installed."""

BACKDATED = datetime.timedelta(days=1)
"""Clocks of containers differ; a certificate from the future is refused by every client."""

EXPIRY_NOTICE = datetime.timedelta(days=30)
"""From here on `python -m dlp ca show` and the proxy's start ask for a new CA."""

MAX_PEM_BYTES = 16 * 2**20
"""Far above any root store (the public one has 0.3 MB); a bound for files that are no PEM at all."""

# Where Linux distributions and BSDs keep their roots as one file; the first that exists counts. OpenSSL's own answer
# (ssl.get_default_verify_paths) follows SSL_CERT_FILE, which points at our bundle in a shell that has been set up.
_MACHINE_ROOTS = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/ca-bundle.pem"),
    Path("/etc/ssl/cert.pem"),
)
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_OURS = re.compile(
    r"README\.md|bundle\.pem|extra-roots\.pem|leaves\.pem|wireguard\.conf|next-ca\.pem|previous-ca-cert\.pem|mitmproxy-.*|\..*"
)

type IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class CaFiles:
    """A CA that passed every check, and where its files lie."""

    folder: Path
    certificate: x509.Certificate
    created: bool = False
    """True when this call made it."""
    leaf: x509.Certificate | None = None
    """Of an offline CA: the certificate that it issued ahead for the proxy."""
    encrypted: bool = False
    """The key is under a passphrase."""
    locked: bool = False
    """... that this process doesn't have, so that it can't sign, nor say whether key and certificate are a pair."""

    @property
    def key_and_cert(self) -> Path:
        return self.folder / KEY_AND_CERT_NAME

    @property
    def cert(self) -> Path:
        return self.folder / CERT_NAME

    @property
    def bundle(self) -> Path:
        return self.folder / BUNDLE_NAME

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as browsers and `openssl x509 -fingerprint` show it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def sha1(self) -> str:
        """The name of the certificate in the stores of macOS and Windows; no security rests on it."""
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - see above

    @property
    def constrained_to(self) -> tuple[str, ...] | None:
        """The domains and addresses that the CA can issue for, sorted; None when it can issue for every name."""
        try:
            constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return None
        return tuple(sorted(str(name.value) for name in constraints.permitted_subtrees or ()))

    def permits(self, host: str) -> bool:
        """Whether a certificate for this host or `host:port` would be accepted by who trusts the CA."""
        permitted = self.constrained_to
        if permitted is None:
            return True
        name = _host_name(host)
        if address := _as_address(name):
            networks = [network for entry in permitted if (network := _as_network(entry))]
            return any(address in network for network in networks)
        return any(name == domain or name.endswith(f".{domain}") for domain in permitted)

    def require_key(self) -> None:
        """Raises `ConfigurationError` if nothing can be signed for want of the passphrase."""
        if self.locked:
            raise ConfigurationError(
                f"the CA key {self.key_and_cert} is under a passphrase; name a file that holds it: {ENV_PASSPHRASE_FILE}=FILE"
            )

    def expires_soon(self, now: datetime.datetime | None = None) -> bool:
        """Whether less than `EXPIRY_NOTICE` is left."""
        return self.certificate.not_valid_after_utc - _now(now) < EXPIRY_NOTICE

    def notices(self, hosts: Iterable[str] = (), now: datetime.datetime | None = None) -> list[str]:
        """What a person should know at start although the CA can be used.

        Args:
            hosts: What the policy wants opened besides the shipped providers, as `permits` takes them.
            now: The time to judge by; for tests.
        """
        found = []
        if self.leaf is not None and self.leaf.not_valid_after_utc - _now(now) < LEAF_VALIDITY / 4:
            found.append(
                f"the certificates in {LEAVES_NAME} end on {self.leaf.not_valid_after_utc:%Y-%m-%d}; issue new ones"
            )
        if self.expires_soon(now):
            found.append(
                f"the CA ends on {self.certificate.not_valid_after_utc:%Y-%m-%d}; remove {self.key_and_cert} before that,"
                " and let clients trust the new one"
            )
        found.extend(
            f"the CA may not issue for {host}, which the policy names: clients will refuse it. Make a CA with --host {host}"
            for host in hosts
            if not self.permits(host)
        )
        return found


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
        return _load_offline(folder, _now(now))
    wanted = None if constrain_to is None else _subtrees(constrain_to)
    try:
        _prepare(folder)
        created = not path.exists() and create_file(path, _new_ca(wanted, _now(now), passphrase))
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
        _update(files.cert, _pem(files.certificate))
        _update(files.bundle, _bundle(files))
    except OSError as error:
        raise ConfigurationError(f"cannot write {files.bundle}: {error.strerror}") from None
    return replace(files, created=created)


def _load_offline(folder: Path, now: datetime.datetime) -> CaFiles:
    """The CA of a folder without its key, and with certificates that it issued."""
    leaves = folder / LEAVES_NAME
    raw = _read_private(leaves)
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
    _update(files.bundle, _bundle(files))
    return files


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
    authority = open_key(files.key_and_cert.read_bytes(), passphrase)
    assert isinstance(authority, ec.EllipticCurvePrivateKey)  # noqa: S101 - load_ca has read it, and makes no other kind
    key = ec.generate_private_key(ec.SECP256R1())
    moment = _now(now)
    certificate = _signed(
        files.certificate,
        authority,
        key.public_key(),
        x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]),
        (moment - BACKDATED, min(moment + LEAF_VALIDITY, files.certificate.not_valid_after_utc)),
    )
    try:
        replace_file(target, private_pem(key) + _pem(certificate) + _pem(files.certificate), 0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot write {target}: {error.strerror}") from None
    return certificate


def reissued(leaf: x509.Certificate, authority: object, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
    """The same certificate for another key: names, times and extensions as they are.

    Args:
        authority: The CA's private key, of whatever kind mitmproxy has loaded.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(leaf.issuer)
        .public_key(key)
        .serial_number(leaf.serial_number)
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
    )
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(cast("ec.EllipticCurvePrivateKey", authority), hashes.SHA256())


def _signed(
    issuer: x509.Certificate,
    authority: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    names: x509.SubjectAlternativeName,
    valid: tuple[datetime.datetime, datetime.datetime],
) -> x509.Certificate:
    issuer_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(names, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
        .sign(authority, hashes.SHA256())
    )


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
    for path in (files.key_and_cert, folder / NEXT_NAME):
        if not path.exists():
            continue
        raw = _read_private(path)
        try:
            key = open_key(raw, passphrase)
            assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we make no other kind
            replace_file(path, private_pem(key, new) + _pem(x509.load_pem_x509_certificates(raw)[0]), 0o600)
        except ValueError:
            raise ConfigurationError(f"{path} holds no whole key and certificate") from None
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
        create_file(folder / NEXT_NAME, _new_ca(names, _now(now), passphrase if files.encrypted else None))
        (folder / PREVIOUS_NAME).unlink(missing_ok=True)
        _update(files.bundle, _bundle(files))
    except OSError as error:
        raise ConfigurationError(f"cannot write in {folder}: {error.strerror}") from None
    return files


def finish_rotation(folder: Path, *, now: datetime.datetime | None = None) -> CaFiles:
    """Second step: the next CA takes over. The certificate of the old one stays in the bundle, for proxies that still run with it.

    Raises:
        ConfigurationError: There was no first step, or the files can't be written.
    """
    files = load_ca(folder, now=now)
    upcoming = folder / NEXT_NAME
    if not upcoming.exists():
        raise ConfigurationError("there is no next CA; `python -m dlp ca rotate` makes it, and puts it into the bundle")
    raw = _read_private(upcoming)
    try:
        replace_file(folder / PREVIOUS_NAME, _pem(files.certificate))
        replace_file(files.key_and_cert, raw, 0o600)
        upcoming.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot write in {folder}: {error.strerror}") from None
    return ensure_ca(folder, now=now)


def _read_private(path: Path) -> bytes:
    """A file with a key in it; refused if others may read it. Raises `ConfigurationError`."""
    try:
        return read_private(path, "CA key", MAX_PEM_BYTES)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None


def load_ca(folder: Path, *, now: datetime.datetime | None = None, passphrase: bytes | None = None) -> CaFiles:
    """The CA of a folder, checked, with nothing made or changed.

    Args:
        passphrase: Of the key; None for the one that this process was given, if any. Without one an encrypted key stays closed (`locked`).

    Raises:
        ConfigurationError: There is none, or it must not be used: open to others, incomplete, under another passphrase, key and
            certificate not a pair, no CA certificate, expired.
    """
    path = folder / KEY_AND_CERT_NAME
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
        _check(certificate, certificate.public_key() if key is None else key.public_key(), _now(now))
    except _Unusable as problem:
        raise ConfigurationError(f"the CA {path} can't be used: {problem}. {remedy}") from None
    except ValueError:
        raise ConfigurationError(f"the CA {path} holds no whole certificate. {remedy}") from None
    return CaFiles(folder=folder, certificate=certificate, encrypted=is_encrypted(raw), locked=key is None)


def certificate_ends(folder: Path) -> dict[str, float]:
    """When the certificates of a folder end, in seconds since 1970, as metrics show them: `ca`, `leaf` -> time. What can't be read is left out."""
    ends = {}
    for name, file_name in (("ca", CERT_NAME), ("leaf", LEAVES_NAME)):
        with contextlib.suppress(OSError, ValueError), (folder / file_name).open("rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read(MAX_PEM_BYTES))
            ends[name] = certificate.not_valid_after_utc.timestamp()
    return ends


class _Unusable(Exception):
    """Why a certificate does not do as our CA."""


def _check(certificate: x509.Certificate, public_key: object, now: datetime.datetime) -> None:
    if certificate.public_key() != public_key:
        raise _Unusable("its key and its certificate are not a pair")
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = None
    if constraints is None or not constraints.ca:
        raise _Unusable("its certificate is not one of a CA")
    if now < certificate.not_valid_before_utc:
        raise _Unusable(f"it is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    if now >= certificate.not_valid_after_utc:
        raise _Unusable(f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")


def _prepare(folder: Path) -> None:
    """Make the folder, or close it to others if all in it is ours (never /tmp or a home folder given by mistake)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 and all(_OURS.fullmatch(entry.name) for entry in folder.iterdir()):
        folder.chmod(0o700)


def _new_ca(constrain_to: Sequence[x509.GeneralName] | None, now: datetime.datetime, passphrase: bytes | None) -> bytes:
    """Key and self-signed certificate as PEM.

    EC P-256: signs the certificate of each host once, in its first handshake, where RSA would cost ten times as much.
    Subject and authority key identifiers are what Python's VERIFY_X509_STRICT (default from 3.13 on) asks for.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    # The suffix tells this CA from an older one of ours in a list of trusted authorities.
    common_name = f"LLM egress DLP CA {now:%Y-%m-%d} {secrets.token_hex(2)}"
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "llm-egress-dlp"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_KEY_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(key_id, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
    )
    if constrain_to is not None:
        addresses = any(isinstance(name, x509.IPAddress) for name in constrain_to)
        # A name form that no permitted subtree mentions is unconstrained (RFC 5280, 4.2.1.10).
        excluded = None if addresses else [x509.IPAddress(ipaddress.ip_network(net)) for net in ("0.0.0.0/0", "::/0")]
        builder = builder.add_extension(x509.NameConstraints(list(constrain_to), excluded), critical=True)
    return private_pem(key, passphrase) + _pem(builder.sign(key, hashes.SHA256()))


_CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _subtrees(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """Name constraints for hosts; `*.` and ports are dropped, repeated and covered names left out."""
    domains: set[str] = set()
    addresses: set[IPNetwork] = set()
    for host in hosts:
        name = _host_name(host).removeprefix("*.")
        if network := _as_network(name):
            addresses.add(network)
        elif re.fullmatch(
            r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", name
        ):
            domains.add(name)
        else:
            raise ConfigurationError(f"a CA can't be constrained to {host!r}; expected a host name or an address")
    if not domains:
        raise ConfigurationError("a constrained CA needs at least one host name")
    kept = [name for name in domains if not any(name.endswith(f".{other}") for other in domains)]
    return [
        *(x509.DNSName(name) for name in sorted(kept)),
        *(x509.IPAddress(network) for network in sorted(addresses, key=str)),
    ]


def _bundle(files: CaFiles) -> bytes:
    """Public roots (certifi), the machine's own, a person's extra ones, and our CA; each once."""
    sources = [Path(certifi.where())]
    sources += [path for path in _MACHINE_ROOTS if path.is_file()][:1]
    sources += [path for name in (NEXT_NAME, PREVIOUS_NAME) if (path := files.folder / name).is_file()]
    extra = files.folder / EXTRA_ROOTS_NAME
    if extra.is_file():
        sources.append(extra)
    blocks: dict[bytes, None] = {}
    for source in sources:
        with source.open("rb") as file:
            found = _PEM.findall(file.read(MAX_PEM_BYTES))
        if not found and source == extra:
            raise ConfigurationError(f"{extra} holds no PEM certificate; add one or remove the file")
        blocks.update(dict.fromkeys(b"".join(block.split()) for block in found))
    own = _pem(files.certificate)
    blocks.pop(b"".join(own.split(b"-----")[2].split()), None)
    header = f"# Made by `python -m dlp` at each start from {', '.join(map(str, sources))} and {files.cert}.\n"
    return header.encode() + b"".join(map(_armour, blocks)) + own


def _armour(base64: bytes) -> bytes:
    lines = b"\n".join(base64[start : start + 64] for start in range(0, len(base64), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"


def _update(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    replace_file(path, data)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _host_name(host: str) -> str:
    """A host as policies and URLs write it, without port, brackets and final dot; in lower case."""
    name = host.strip().lower()
    if not _as_address(name):  # an IPv6 address without brackets ends like a port
        name = re.sub(r":\d{1,5}\Z", "", name)
    return name.rstrip(".").removeprefix("[").removesuffix("]")


def _as_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _as_network(text: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _now(given: datetime.datetime | None) -> datetime.datetime:
    return given or datetime.datetime.now(datetime.UTC)
