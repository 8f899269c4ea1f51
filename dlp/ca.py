"""The certificate authority that lets the proxy read TLS: made once, checked at each start.

Files in its folder (mitmproxy's `confdir`), all made here:

    mitmproxy-ca.pem        private key and certificate, mode 0600; the name is the one mitmproxy looks for
    mitmproxy-ca-cert.pem   the certificate alone: what a machine or a browser is told to trust
    bundle.pem              public roots + our certificate: what clients are pointed at (see `dlp.environment`)
    extra-roots.pem         not ours: a person may put further roots here (a company's own CA), they join the bundle

mitmproxy would make a CA too, but with an RSA key for ten years, in place (so that a full disk leaves half a key), and it
loads a key that everybody can read without a word. It therefore only ever meets files that passed through here.

The key must stay where it is: who has it can impersonate any site (or, if constrained, any provider) towards everybody
who trusts the certificate.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dlp.errors import ConfigurationError
from dlp.files import create_file, replace_file

KEY_AND_CERT_NAME = "mitmproxy-ca.pem"
CERT_NAME = "mitmproxy-ca-cert.pem"
BUNDLE_NAME = "bundle.pem"
EXTRA_ROOTS_NAME = "extra-roots.pem"

VALIDITY = datetime.timedelta(days=3 * 365)
"""Long enough not to be a chore, short enough that a forgotten CA dies."""

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
_OURS = re.compile(r"README\.md|bundle\.pem|extra-roots\.pem|mitmproxy-.*|\..*")

type IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class CaFiles:
    """A CA that passed every check, and where its files lie."""

    folder: Path
    certificate: x509.Certificate
    created: bool = False
    """True when this call made it."""

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
    folder: Path, constrain_to: Sequence[str] | None = None, *, now: datetime.datetime | None = None
) -> CaFiles:
    """The CA of a folder: made if there is none, checked if there is, its bundle brought up to date.

    Safe to call from several processes at once: one makes the CA, all use it.

    Args:
        folder: Made with mode 0700 if missing; tightened to that unless it holds foreign files.
        constrain_to: Domains (with everything below them), `host:port` or addresses that the CA may issue for. None
            makes a CA without limits, and accepts one that is there with whatever limits it has.
        now: The time to judge validity by; for tests.

    Raises:
        ConfigurationError: The folder or a file in it can't be used; the message says what to do.
    """
    path = folder / KEY_AND_CERT_NAME
    wanted = None if constrain_to is None else _subtrees(constrain_to)
    try:
        _prepare(folder)
        created = not path.exists() and create_file(path, _new_ca(wanted, _now(now)))
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the CA in {folder}: {error.strerror}. Use a folder that you own: --confdir or DLP_CONFDIR."
        ) from None
    files = load_ca(folder, now=now)
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
    return CaFiles(folder=folder, certificate=files.certificate, created=created)


def load_ca(folder: Path, *, now: datetime.datetime | None = None) -> CaFiles:
    """The CA of a folder, checked, with nothing made or changed.

    Raises:
        ConfigurationError: There is none, or it must not be used: open to others, incomplete, encrypted, key and
            certificate not a pair, no CA certificate, expired.
    """
    path = folder / KEY_AND_CERT_NAME
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(MAX_PEM_BYTES)
    except OSError as error:
        raise ConfigurationError(f"cannot read the CA {path}: {error.strerror}") from None
    if os.name != "nt" and mode & 0o077:
        raise ConfigurationError(
            f"the CA key {path} is open to other users (mode {mode:04o}). If nobody else can have read it, run:"
            f" chmod 600 {path}; otherwise remove it, make a new one and withdraw trust in the old one"
        )
    remedy = f"Restore {path} from a backup, or remove it: a new CA is made then, and clients must trust that one."
    try:
        key = serialization.load_pem_private_key(raw, None)
    except TypeError:
        raise ConfigurationError(f"the CA key {path} is encrypted; it must be stored without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(f"the CA {path} holds no whole private key. {remedy}") from None
    try:
        certificate = x509.load_pem_x509_certificates(raw)[0]
        _check(certificate, key.public_key(), _now(now))
    except _Unusable as problem:
        raise ConfigurationError(f"the CA {path} can't be used: {problem}. {remedy}") from None
    except ValueError:
        raise ConfigurationError(f"the CA {path} holds no whole certificate. {remedy}") from None
    return CaFiles(folder=folder, certificate=certificate)


def certificate_ends(folder: Path) -> dict[str, float]:
    """When the certificates of a folder end, in seconds since 1970, as metrics show it: `ca` -> time. What can't be read is left out."""
    try:
        with (folder / CERT_NAME).open("rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read(MAX_PEM_BYTES))
    except (OSError, ValueError):
        return {}
    return {"ca": certificate.not_valid_after_utc.timestamp()}


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


def _new_ca(constrain_to: Sequence[x509.GeneralName] | None, now: datetime.datetime) -> bytes:
    """Key and self-signed certificate as PEM.

    EC P-256: mitmproxy gives every leaf the CA's key, so each handshake signs with it, and RSA costs ten times that.
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
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + _pem(certificate)


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
