"""What lies in the folder of a CA, and what a person should know of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dlp.ca.certificates import LEAF_VALIDITY, moment
from dlp.ca.key import ENV_PASSPHRASE_FILE
from dlp.ca.names import as_address, as_network, host_name
from dlp.errors import ConfigurationError

KEY_AND_CERT_NAME = "mitmproxy-ca.pem"

CERT_NAME = "mitmproxy-ca-cert.pem"

BUNDLE_NAME = "bundle.pem"

EXTRA_ROOTS_NAME = "extra-roots.pem"

LEAVES_NAME = "leaves.pem"

NEXT_NAME = "next-ca.pem"

PREVIOUS_NAME = "previous-ca-cert.pem"

MAX_PEM_BYTES = 16 * 2**20
"""Far above any root store (the public one has 0.3 MB); a bound for files that are no PEM at all."""

EXPIRY_NOTICE = datetime.timedelta(days=30)
"""From here on `python -m dlp ca show` and the proxy's start ask for a new CA."""


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
        name = host_name(host)
        if address := as_address(name):
            networks = [network for entry in permitted if (network := as_network(entry))]
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
        return self.certificate.not_valid_after_utc - moment(now) < EXPIRY_NOTICE

    def notices(self, hosts: Iterable[str] = (), now: datetime.datetime | None = None) -> list[str]:
        """What a person should know at start although the CA can be used.

        Args:
            hosts: What the policy wants opened besides the shipped providers, as `permits` takes them.
            now: The time to judge by; for tests.
        """
        found = []
        if self.leaf is not None and self.leaf.not_valid_after_utc - moment(now) < LEAF_VALIDITY / 4:
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
