"""The certificates that the proxy shows: with a key of their own, or issued elsewhere so that the CA's key isn't here.

mitmproxy gives every certificate the CA's own key, which then signs each handshake and must lie in the memory of whoever speaks TLS with the
world. Here each process makes a key for its certificates, and the CA's signs once per host.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, override

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from mitmproxy import certs
from mitmproxy.addons.tlsconfig import TlsConfig

from dlp.ca import KEY_AND_CERT_NAME, LEAVES_NAME
from dlp.ca.certificates import reissued
from dlp.ca.key import configured_passphrase

_Plain = certs.CertStore


class LeafStore(certs.CertStore):
    """mitmproxy's store of certificates, with another key in those that it issues."""

    _leaf_key: ec.EllipticCurvePrivateKey | None = None

    @classmethod
    @override
    def from_files(cls, ca_file: Path, dhparam_file: Path, passphrase: bytes | None = None) -> certs.CertStore:
        """Open the CA with the passphrase that this process was given; mitmproxy's own option would show it to whoever sees options."""
        return super().from_files(ca_file, dhparam_file, passphrase or configured_passphrase())

    @staticmethod
    @override
    def load_dhparam(path: Path) -> certs.DHParams:
        """Public parameters of mitmproxy's own. It would write them beside the CA to read them, where a service may not write."""
        if path.exists():
            return _Plain.load_dhparam(path)
        with tempfile.TemporaryDirectory(prefix="dlp-") as folder:
            return _Plain.load_dhparam(Path(folder) / path.name)

    @override
    def get_cert(
        self,
        commonname: str | None,
        sans: Iterable[x509.GeneralName],
        organization: str | None = None,
        crl_url: str | None = None,
    ) -> certs.CertStoreEntry:
        entry = super().get_cert(commonname, sans, organization, crl_url)
        if entry.privatekey is not self.default_privatekey:
            return entry
        if self._leaf_key is None:
            self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        issued = reissued(entry.cert.to_cryptography(), self.default_privatekey, self._leaf_key.public_key())
        own = replace(
            entry, cert=certs.Cert(issued), privatekey=cast("Any", self._leaf_key)
        )  # annotated as RSA, and not only that
        self.certs = {name: own if known is entry else known for name, known in self.certs.items()}
        self.expire_queue = [own if known is entry else known for known in self.expire_queue]
        return own


def install(tlsconfig: TlsConfig | None) -> None:
    """Make mitmproxy use `LeafStore`; it has no seam for another one. Idempotent.

    Args:
        tlsconfig: mitmproxy's addon, which may have made a store already.
    """
    vars(certs)["CertStore"] = LeafStore
    store = getattr(tlsconfig, "certstore", None)
    if isinstance(store, _Plain) and not isinstance(store, LeafStore):
        store.__class__ = LeafStore  # it differs in behaviour alone


def issued_elsewhere(confdir: Path) -> Path | None:
    """The file of certificates that an offline CA issued, if the folder has one and no CA key; else None."""
    leaves = confdir / LEAVES_NAME
    return leaves if leaves.is_file() and not (confdir / KEY_AND_CERT_NAME).exists() else None
