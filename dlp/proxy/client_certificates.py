"""Who a client is by its TLS certificate (`dlp_client_ca`).

mitmproxy asks for a certificate in every handshake that it answers, whatever the mode, and takes any: OpenSSL proves that the client has the
key, nobody proves who signed it. That is done here. A client may show its certificate in either of two handshakes, the one with the proxy
itself (`https://` in its proxy setting) and the one with the provider whose place the proxy takes; of two the latter counts.

Sessions are not resumed while certificates are asked for. A resumed one brings no chain to verify, and OpenSSL ends a handshake that tries to
when nobody has named the session's context, which mitmproxy doesn't.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from mitmproxy import certs
from mitmproxy.net import tls
from OpenSSL import SSL, crypto

from dlp.errors import ConfigurationError, NotAuthenticated
from dlp.printable import printable

log = logging.getLogger("dlp")

MAX_BYTES = 16 * 2**20
"""Of the file of authorities; revocation lists may be long."""
MAX_NAME = 200
"""Characters of a user's name."""
_ASKED = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


@dataclass(frozen=True, slots=True)
class Certified:
    """Whom a certificate names."""

    user: str
    groups: frozenset[str] = frozenset()
    """The organisational units (OU) of its subject."""


class ClientCertificates:
    """Verifies certificates of clients, and remembers by connection whom they name. For the event loop alone.

    Args:
        file: PEM: certificates of the authorities that name clients, roots or not, and perhaps their revocation lists; with lists, a certificate
            whose issuer has none there, or an old one, is refused. Read again when it has changed.
        required: Refuse requests without a certificate; else their callers are known by other means.

    Raises:
        ConfigurationError: The file can't be used.
    """

    def __init__(self, file: Path, *, required: bool = True) -> None:
        self._file, self._required = file, required
        self._stamp = _stamp(file)
        self._store = _read(file)
        self._known: dict[str, Certified | str] = {}
        """By id of the connection: who it is, or why it is nobody."""

    def established(self, connection: str, certificates: Sequence[certs.Cert]) -> None:
        """A handshake is done; `certificates` is what the client has shown, its own first."""
        if certificates:
            self._known[connection] = self._judge(certificates)

    def closed(self, connection: str) -> None:
        """The connection is gone."""
        self._known.pop(connection, None)

    def caller(self, connection: str) -> Certified | None:
        """Who is at the other end; None if it has shown nothing and needn't.

        Raises:
            NotAuthenticated: It had to, or what it has shown isn't good.
        """
        found = self._known.get(connection)
        if isinstance(found, str):
            raise NotAuthenticated(f"the client's certificate is refused: {found}")
        if found is None and self._required:
            raise NotAuthenticated("this proxy wants a client certificate")
        return found

    def _judge(self, certificates: Sequence[certs.Cert]) -> Certified | str:
        try:
            return self.verify([each.to_cryptography() for each in certificates])
        except _Refused as refusal:
            return str(refusal)
        except Exception as error:  # a certificate is the client's to make
            return f"it can't be read ({type(error).__name__})"

    def verify(self, chain: Sequence[x509.Certificate]) -> Certified:
        """Whom the first certificate names. Raises `_Refused`."""
        self._refresh()
        leaf, *others = [crypto.X509.from_cryptography(each) for each in chain]
        context = crypto.X509StoreContext(self._store, leaf, others)
        try:
            verified = context.get_verified_chain()
        except crypto.X509StoreContextError as error:
            raise _Refused(printable(str(error), MAX_NAME)) from None
        for each in verified:
            _check_purpose(each.to_cryptography())
        return named(verified[0].to_cryptography())

    def _refresh(self) -> None:
        stamp = _stamp(self._file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._store = _read(self._file)
        except ConfigurationError as error:
            log.error("%s; what was read before stays in use", error)


class _Refused(Exception):
    """Why a certificate names nobody."""


def named(certificate: x509.Certificate) -> Certified:
    """Whom a verified certificate names: by its common name, else by its one e-mail address, URI or DNS name, in this order.

    Raises:
        _Refused: It names nobody, or several.
    """
    names = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not names:
        try:
            alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            raise _Refused("it has no name") from None
        kinds = (x509.RFC822Name, x509.UniformResourceIdentifier, x509.DNSName)
        names = next(
            (found for kind in kinds if (found := [str(n) for n in alternatives.get_values_for_type(kind)])), []
        )
    if len(names) != 1:
        raise _Refused("it has several names" if names else "it has no name")
    [user] = names
    if not user.strip() or len(user) > MAX_NAME or not user.isprintable():
        raise _Refused("its name can't be used")
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Certified(user, frozenset(str(unit.value) for unit in units))


def _check_purpose(certificate: x509.Certificate) -> None:
    """Extended key usage, where it is given, has to include clients', up to the root (as OpenSSL's own `-purpose sslclient` judges)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not any(each in _ASKED for each in usage):
        raise _Refused("it is not for clients")


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(file: Path) -> crypto.X509Store:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"dlp_client_ca: cannot read {file}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"dlp_client_ca: {file} is larger than {MAX_BYTES} bytes")
    store = crypto.X509Store()
    flags = (
        crypto.X509StoreFlags.PARTIAL_CHAIN
    )  # the authority that issues for clients may stand there without its root
    try:
        authorities = x509.load_pem_x509_certificates(raw)
        for authority in authorities:
            store.add_cert(crypto.X509.from_cryptography(authority))
        for block in _revocation_lists(raw):
            store.add_crl(x509.load_pem_x509_crl(block))
            flags |= crypto.X509StoreFlags.CRL_CHECK
    except ValueError:
        raise ConfigurationError(f"dlp_client_ca: {file} holds no certificates of authorities in PEM") from None
    store.set_flags(flags)
    now = datetime.now(UTC)
    for authority in authorities:
        if authority.not_valid_after_utc < now:
            log.warning(
                "dlp_client_ca: %s has ended: clients that it names are refused", authority.subject.rfc4514_string()
            )
    return store


def _revocation_lists(raw: bytes) -> list[bytes]:
    begin, end = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"
    return [begin + part.partition(end)[0] + end for part in raw.split(begin)[1:]]


def install() -> None:
    """Have mitmproxy resume no sessions where it asks for certificates; it has no seam for that. Idempotent."""
    create: Any = tls.create_client_proxy_context
    if not getattr(create, "asks", False):
        vars(tls)["create_client_proxy_context"] = _asking(create.__wrapped__)


def _asking(create: Any) -> Any:
    @functools.lru_cache(256)  # as mitmproxy's own
    def create_client_proxy_context(*, request_client_cert: bool, **settings: Any) -> SSL.Context:
        context: SSL.Context = create(request_client_cert=request_client_cert, **settings)
        if request_client_cert:
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            context.set_options(SSL.OP_NO_TICKET)
        return context

    vars(create_client_proxy_context)["asks"] = True
    return create_client_proxy_context
