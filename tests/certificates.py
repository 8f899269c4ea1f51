"""Authorities of the tests' own that name clients, and what clients show of them."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])

_SIGNS = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
    key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


def subject(name: str, *units: str) -> x509.Name:
    given = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    return x509.Name([*given, *([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])])


class Issuer:
    """An authority; made by another one if `parent` is given."""

    def __init__(self, name: str, parent: Issuer | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = subject(name)
        self.parent = parent
        above = parent or self
        builder = self._builder(self.name, self.key, above.name)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_SIGNS, critical=True)
        for extension in self._marks(self.key, above.key):
            builder = builder.add_extension(extension, critical=False)
        self.certificate = builder.sign(above.key, hashes.SHA256())

    def _marks(self, key: ec.EllipticCurvePrivateKey, above: ec.EllipticCurvePrivateKey) -> list[x509.ExtensionType]:
        """Whose key is whose: Python's own verification wants to be told."""
        return [
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()),
        ]

    @staticmethod
    def _builder(
        name: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, age: int = 1
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - age * DAY)
            .not_valid_after(now + (2 - age) * DAY)
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        file: Path,
        name: x509.Name,
        *extensions: x509.ExtensionType,
        age: int = 1,
    ) -> Path:
        """A certificate for a name, with its key and the intermediate that signed it, as clients want them. `age` in days, of two."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, key, self.name, age)
        for extension in [*self._marks(key, self.key), *extensions]:
            builder = builder.add_extension(extension, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = builder.sign(self.key, hashes.SHA256())
        above = self.pem if self.parent is not None else b""
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM) + above)
        return file

    def revoke(self, *files: Path) -> bytes:
        """A revocation list with the certificates of these files, as PEM."""
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(now - DAY).next_update(now + DAY)
        )
        for file in files:
            serial = x509.load_pem_x509_certificates(file.read_bytes())[0].serial_number
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
