"""Certificates of a CA and of what it issues: made, made anew for another key, checked."""

from __future__ import annotations

import datetime
import ipaddress
import secrets
from collections.abc import Sequence
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dlp.ca.key import private_pem

VALIDITY = datetime.timedelta(days=3 * 365)
"""Long enough not to be a chore, short enough that a forgotten CA dies."""

LEAF_VALIDITY = datetime.timedelta(days=90)
"""Of certificates issued ahead by an offline CA. Apple's clients accept at most 825 days from a CA that a person installed."""

BACKDATED = datetime.timedelta(days=1)
"""Clocks of containers differ; a certificate from the future is refused by every client."""

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


def new_ca(constrain_to: Sequence[x509.GeneralName] | None, now: datetime.datetime, passphrase: bytes | None) -> bytes:
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
    return private_pem(key, passphrase) + pem(builder.sign(key, hashes.SHA256()))


def leaf_for(
    issuer: x509.Certificate,
    authority: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePublicKey,
    names: x509.SubjectAlternativeName,
    valid: tuple[datetime.datetime, datetime.datetime],
) -> x509.Certificate:
    """A server's certificate.

    Args:
        issuer: The CA's certificate.
        authority: The CA's key.
        key: The server's.
        valid: From and until when.
    """
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


class Unusable(Exception):
    """Why a certificate does not do as our CA."""


def check(certificate: x509.Certificate, public_key: object, now: datetime.datetime) -> None:
    """Whether a certificate does as that of our CA. Raises `Unusable`."""
    if certificate.public_key() != public_key:
        raise Unusable("its key and its certificate are not a pair")
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = None
    if constraints is None or not constraints.ca:
        raise Unusable("its certificate is not one of a CA")
    if now < certificate.not_valid_before_utc:
        raise Unusable(f"it is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC")
    if now >= certificate.not_valid_after_utc:
        raise Unusable(f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")


def pem(certificate: x509.Certificate) -> bytes:
    """As it lies in files."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def moment(given: datetime.datetime | None) -> datetime.datetime:
    """The time to judge by: now, unless another is given."""
    return given or datetime.datetime.now(datetime.UTC)
