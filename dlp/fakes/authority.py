"""A certificate authority that lives for one test run or one demo: made in memory, trusted by nobody else."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = datetime.timedelta(days=2)
"""Short on purpose: a certificate that outlives its run is a mistake somewhere."""

BACKDATED = datetime.timedelta(hours=1)
"""Clocks of containers differ; a certificate from the future is refused by every client."""


class Authority:
    """Issues server certificates for any name. The private key never leaves the process."""

    def __init__(self, name: str = "Fake provider test CA") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The certificate that a client has to trust, PEM encoded."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def write(self, path: Path) -> Path:
        """Write the certificate (never the key) to `path` and return the path."""
        path.write_bytes(self.pem)
        return path

    def server_context(self, names: Iterable[str], alpn: Sequence[str]) -> ssl.SSLContext:
        """A TLS server context with one fresh leaf for all `names` (host names, `*.` patterns, IP addresses)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory(prefix="fake-provider-") as folder:  # ssl loads keys from files only
            chain = Path(folder, "leaf.pem")
            chain.touch(mode=0o600)
            chain.write_bytes(b"".join(self.issue(names)))
            context.load_cert_chain(chain)
        context.set_alpn_protocols(list(alpn))
        return context

    def issue(self, names: Iterable[str]) -> tuple[bytes, bytes]:
        """A fresh key and its certificate for all `names`, both in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        listed = list(dict.fromkeys(names))
        leaf = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake provider")]), key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in listed]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private, leaf.public_bytes(serialization.Encoding.PEM)

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + VALIDITY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
