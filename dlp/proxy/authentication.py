"""Users of the proxy: mitmproxy's `proxyauth`, asked in threads, with an LDAP server that may be slow, restarted, or know of groups.

mitmproxy's own hooks check a password on the event loop. One bcrypt takes longer than all else there is to do for a request, and a directory
that doesn't answer would hold up every stream of every client; its one connection to that server is never opened anew, and takes any
certificate. Here a check has a thread and a time limit, and whoever was let in is let in again for a minute without one.
"""

from __future__ import annotations

import asyncio
import binascii
import contextlib
import hashlib
import hmac
import logging
import secrets
import ssl
import time
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, override

import ldap3
from ldap3.core.exceptions import LDAPBusyResult, LDAPException, LDAPOperationResult, LDAPUnavailableResult
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn
from mitmproxy import connection, ctx, exceptions, http
from mitmproxy.addons.proxyauth import (
    Ldap,
    ProxyAuth,
    Validator,
    http_auth_header,
    is_http_proxy,
    make_auth_required_response,
)
from mitmproxy.proxy.layers import modes

from dlp.errors import ConfigurationError, origin
from dlp.keyfiles import read_secret

log = logging.getLogger("dlp")

GROUPS = "dlp_groups"
"""Key of the user's groups, as the directory has them, in `flow.metadata`."""

SECONDS = 10.0
"""Longest wait for one check; after that the client gets a 503, and may come again."""
DIRECTORY_SECONDS = 4
"""Longest wait for one answer of the directory, of which a check needs up to four."""
KNOWN_SECONDS = 60.0
"""How long a password that was right is taken for right: a client opens many connections."""
_MAX_KNOWN = 10_000
_MAX_WAITING = 256
_THREADS = ThreadPoolExecutor(8, thread_name_prefix="dlp-authenticate")

turned_away: Counter[str] = Counter()
"""Checks since the start of the process that let nobody in: `refused`, or `unknown` when nobody could say."""

type Check = Callable[[str, str], frozenset[str] | None]
"""User and password -> the user's groups; None if they don't belong together."""


class Away(Exception):
    """Nobody can say who somebody is, just now. The message holds no name."""


class Known:
    """A check that remembers, for a while and without passwords, who was let in."""

    def __init__(self, check: Check, clock: Callable[[], float] = time.monotonic) -> None:
        self._check, self._clock = check, clock
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[float, frozenset[str]]] = OrderedDict()

    def recall(self, user: str, password: str) -> frozenset[str] | None:
        """The groups of a user who was let in a short while ago; None if that must be found out."""
        until, groups = self._known.get(self._digest(user, password), (0.0, frozenset[str]()))
        return groups if until > self._clock() else None

    def ask(self, user: str, password: str) -> frozenset[str] | None:
        """The same, found out. Takes its time; raises `Away`."""
        groups = self._check(user, password)
        if groups is not None:
            self._known[self._digest(user, password)] = (self._clock() + KNOWN_SECONDS, groups)
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        return groups

    def _digest(self, user: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{len(user)}:{user}{password}".encode("utf-8", "surrogatepass"), hashlib.sha256)


class Directory:
    """An LDAP server that knows users and their groups.

    Args:
        spec: mitmproxy's `ldap[s]:HOST[:PORT]:DN:PASSWORD:SUBTREE[?search_filter_key=ATTRIBUTE]`; a password that begins with `@` is a file that
            holds it. Over `ldaps` the server's certificate has to be good: passwords go there.

    Raises:
        OptionsError: It is none, the file can't be used, or the server refuses the password.
    """

    def __init__(self, spec: str) -> None:
        try:
            encrypted, host, port, self._name, password, self._subtree, self._attribute = Ldap.parse_spec(spec)
        except exceptions.OptionsError:
            form = "ldap[s]:HOST[:PORT]:DN:PASSWORD:SUBTREE[?search_filter_key=ATTRIBUTE]"
            raise exceptions.OptionsError(f"proxyauth: expected {form}") from None  # mitmproxy repeats the password
        try:
            self._password = (
                read_secret(Path(password[1:]), "directory password") if password.startswith("@") else password
            )
        except ConfigurationError as error:
            raise exceptions.OptionsError(f"proxyauth: {error}") from None
        self._host, self._port, self._encrypted = host, port, encrypted
        try:
            with self._bound(self._name, self._password):
                pass
        except LDAPOperationResult:
            raise exceptions.OptionsError("proxyauth: the directory refuses the proxy's own name or password") from None
        except (LDAPException, OSError) as error:
            log.error("proxyauth: the directory can't be asked (%s); until it can, nobody is let in", origin(error))

    def __call__(self, user: str, password: str) -> frozenset[str] | None:
        """The user's groups; None if there is no such user, or the password is another. Raises `Away`."""
        if not user or not password:
            return None  # a bind without a password succeeds for everybody (RFC 4513, 5.1.2)
        try:
            with self._bound(self._name, self._password) as service:
                return self._check(service, user, password)
        except (LDAPException, OSError) as error:
            raise Away(f"the directory can't be asked ({origin(error)})") from None

    def _check(self, service: ldap3.Connection, user: str, password: str) -> frozenset[str] | None:
        wanted = f"({self._attribute}={escape_filter_chars(user)})"
        found = _entries(service, self._subtree, wanted, ["memberOf"])
        if len(found) != 1:
            return None
        [(dn, attributes)] = found
        try:
            with self._bound(dn, password):
                pass
        except (LDAPBusyResult, LDAPUnavailableResult):
            raise
        except LDAPOperationResult:
            return None
        groups = {name for member in attributes.get("memberOf", ()) if (name := _common_name(str(member)))}
        safe = escape_filter_chars(dn)
        holding = f"(|(member={safe})(uniqueMember={safe})(memberUid={escape_filter_chars(user)}))"
        for _, group in _entries(service, self._subtree, holding, ["cn"]):
            groups.update(map(str, group.get("cn", ())))
        return frozenset(groups)

    @contextlib.contextmanager
    def _bound(self, name: str, password: str) -> Iterator[ldap3.Connection]:
        """A connection of its own: one that is kept doesn't outlive the server, nor is it safe in several threads."""
        server = ldap3.Server(
            self._host,
            port=self._port,
            use_ssl=self._encrypted,
            tls=_Verified() if self._encrypted else None,
            get_info=ldap3.NONE,
            connect_timeout=DIRECTORY_SECONDS,
        )  # a new one each time: ldap3 doesn't try an address again for minutes that couldn't be reached
        service = ldap3.Connection(
            server,
            name,
            password,
            auto_referrals=False,
            read_only=True,
            raise_exceptions=True,
            receive_timeout=DIRECTORY_SECONDS,
        )
        try:
            service.bind()
            yield service
        finally:
            with contextlib.suppress(LDAPException, OSError):
                service.unbind()
            with contextlib.suppress(LDAPException, OSError, AttributeError):
                service.socket.close()


class _Verified(ldap3.Tls):  # type: ignore[misc]
    """TLS as Python does it, with the roots of this machine and the server's name compared; ldap3's own takes any certificate."""

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002 - ldap3's signature
        context = ssl.create_default_context()
        connection.socket = context.wrap_socket(
            connection.socket, server_hostname=connection.server.host, do_handshake_on_connect=do_handshake
        )


def _entries(
    service: ldap3.Connection, subtree: str, wanted: str, attributes: list[str]
) -> list[tuple[str, dict[str, list[Any]]]]:
    service.search(subtree, wanted, attributes=attributes, size_limit=1000, time_limit=DIRECTORY_SECONDS)
    return [
        (
            entry["dn"],
            {name: value if isinstance(value, list) else [value] for name, value in entry["attributes"].items()},
        )
        for entry in service.response or ()
        if entry.get("type") == "searchResEntry"
    ]


def _common_name(dn: str) -> str:
    try:
        name, value, _ = parse_dn(dn, escape=False)[0]
    except LDAPException:
        return ""
    return value if name.lower() == "cn" else ""


class Authentication(ProxyAuth):
    """mitmproxy's addon, with hooks that wait for a thread."""

    known: Known | None = None
    _waiting = 0

    @override
    def configure(self, updated: Collection[str]) -> None:
        if "proxyauth" in updated:
            self.adopt()

    def adopt(self) -> None:
        """Use what the option says. Raises `OptionsError`."""
        spec = ctx.options.proxyauth or ""
        if spec.startswith(("ldap:", "ldaps:")):
            self.known, self.validator = Known(Directory(spec)), None
            return
        super().configure({"proxyauth"})  # type: ignore[no-untyped-call]
        self.known = Known(_check_with(self.validator)) if self.validator is not None else None

    @override
    async def http_connect(self, f: http.HTTPFlow) -> None:  # type: ignore[override]
        if self.known is not None and await self._let_in(f):
            self._note(f.client_conn, f.metadata["proxyauth"][0], f.metadata[GROUPS])

    @override
    async def requestheaders(self, f: http.HTTPFlow) -> None:  # type: ignore[override]
        if self.known is None:
            return
        if f.client_conn in self.authenticated:
            f.metadata["proxyauth"] = self.authenticated[f.client_conn]
            f.metadata[GROUPS] = _groups.get(f.client_conn, frozenset())
        elif not f.is_replay:
            await self._let_in(f)

    @override
    async def socks5_auth(self, data: modes.Socks5AuthData) -> None:  # type: ignore[override]
        try:
            groups = await self._ask(data.username, data.password)
        except Away as error:
            log.error("proxy authentication: %s", error)
            return
        if groups is not None:
            data.valid = True
            self._note(data.client_conn, data.username, groups)

    def _note(self, client: connection.Client, user: str, groups: frozenset[str]) -> None:
        self.authenticated[client] = user, "***"
        _groups[client] = groups

    async def _let_in(self, flow: http.HTTPFlow) -> bool:
        """Whether the request's credentials are good; if not, it has its answer."""
        name = http_auth_header(is_http_proxy(flow))
        user, password = _basic(flow.request.headers.get(name, ""))
        try:
            groups = await self._ask(user, password)
        except Away as error:
            log.error("proxy authentication: %s", error)
            flow.response = http.Response.make(503, b"", {"retry-after": "5"})
            return False
        if groups is None:
            flow.response = make_auth_required_response(is_http_proxy(flow))
            return False
        flow.metadata["proxyauth"] = user, "***"
        flow.metadata[GROUPS] = groups
        del flow.request.headers[name]
        return True

    async def _ask(self, user: str, password: str) -> frozenset[str] | None:
        try:
            groups = await self._find_out(user, password)
        except Away:
            turned_away["unknown"] += 1
            raise
        turned_away["refused"] += bool(user) and groups is None  # whoever names nobody is only asked
        return groups

    async def _find_out(self, user: str, password: str) -> frozenset[str] | None:
        if self.known is None or not user:
            return None
        known = self.known.recall(user, password)
        if known is not None:
            return known
        if self._waiting >= _MAX_WAITING:
            raise Away("too many are waiting")
        self._waiting += 1
        try:
            asked = asyncio.get_running_loop().run_in_executor(_THREADS, self.known.ask, user, password)
            return await asyncio.wait_for(asked, SECONDS)
        except Away:
            raise
        except TimeoutError:
            raise Away("it took too long") from None
        except Exception as error:  # mitmproxy would log it, and let the request go on
            raise Away(f"the check failed ({origin(error)})") from None
        finally:
            self._waiting -= 1


_groups: weakref.WeakKeyDictionary[connection.Client, frozenset[str]] = weakref.WeakKeyDictionary()
"""Of the users of connections that a CONNECT let in."""


def _check_with(validator: Validator) -> Check:
    """The validators of mitmproxy know no groups, and raise for what can't be a password: bcrypt does above 72 bytes."""

    def check(user: str, password: str) -> frozenset[str] | None:
        try:
            return frozenset() if validator(user, password) else None
        except ValueError:
            return None

    return check


def _basic(header: str) -> tuple[str, str]:
    """User and password of a `Basic` header (RFC 7617: the first colon ends the user); empty if it is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, colon, password = binascii.a2b_base64(encoded.strip(), strict_mode=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return (user, password) if colon and user.isprintable() else ("", "")


def install(proxyauth: ProxyAuth | None) -> None:
    """Make mitmproxy's addon wait in threads; it has no seam for that. Idempotent."""
    if isinstance(proxyauth, ProxyAuth) and not isinstance(proxyauth, Authentication):
        proxyauth.__class__ = Authentication
        assert isinstance(proxyauth, Authentication)  # noqa: S101 - for the type checker
        proxyauth.adopt()
