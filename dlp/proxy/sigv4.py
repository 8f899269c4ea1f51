"""Sign a request anew whose body was changed, if the credentials it was signed with are ours to use.

AWS Signature Version 4 covers a request's method, path, query, some headers and the digest of its body. The proxy has no secret
keys of its own: it asks botocore for those of its own environment, of the default profile, and of the profiles that the
operator names, and uses the ones whose access key id the request carries. Before that the request's own signature is
verified with them, and its date: an access key id is no secret, and a proxy that signs for whoever knows one would lend
its rights to everybody. Without such credentials, or with a signature that doesn't fit, nothing is signed.

Source: "Create a signed AWS API request" in the IAM user guide. botocore is an optional dependency (the extra `aws`).
"""

from __future__ import annotations

import hmac
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from dlp.errors import origin

log = logging.getLogger("dlp")

MAX_SKEW_SECONDS = 300
"""Age of a request's date at which AWS stops taking its signature; a new signature must not make it young again."""
RETRY_SECONDS = 60.0
"""How long an access key id that nobody has credentials for is taken for unknown before they are looked up again."""
BODY_DIGEST = "x-amz-content-sha256"
_MAX_KNOWN = 1000

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>\w{16,128})/(?P<day>\d{8})/(?P<region>[\w-]{1,64})/(?P<service>[\w-]{1,64})"
    r"/aws4_request,\s*SignedHeaders=(?P<signed>[\w;-]{1,2000}),\s*Signature=(?P<signature>[0-9a-f]{64})\s*"
)
_DATE = "%Y%m%dT%H%M%SZ"


class CannotSign(Exception):
    """Why a request can't be signed anew; the message is for its sender and holds nothing of the request."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers. `repr` shows no content.

    Args:
        url: Scheme, host, path and query, as on the wire.
        headers: Those that are signed, `authorization`, and the digest of the body; names lower-case.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)


def signed_headers(authorization: str) -> frozenset[str]:
    """Names of the headers that a signature covers, lower-case; empty if it isn't one of version 4."""
    match = _AUTHORIZATION.fullmatch(authorization)
    return frozenset(match["signed"].lower().split(";")) if match else frozenset()


class Signer:
    """Holds credentials by access key id. Safe from several threads; look-ups may take seconds (roles, SSO).

    Args:
        profiles: Names of shared profiles, roles among them, whose credentials may be used besides the default ones.
        now: Seconds since 1970.
    """

    def __init__(self, profiles: Iterable[str] = (), now: Callable[[], float] = time.time) -> None:
        self._profiles: tuple[str | None, ...] = (None, *profiles)
        self._now = now
        self._known: dict[str, Any] = {}
        self._unknown: dict[str, float] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Signer with {len(self._profiles) - 1} profiles>"

    def sign(self, original: SignedRequest, changed: SignedRequest) -> dict[str, str]:
        """The headers to set on the changed request.

        Args:
            original: The request as its sender signed it.
            changed: The same request as it is to be sent.

        Raises:
            CannotSign: No credentials for its access key id, or its signature is wrong, too old, or of another kind.
        """
        given = dict(original.headers)
        match = _AUTHORIZATION.fullmatch(given.get("authorization", ""))
        if match is None:
            raise CannotSign("its signature is of a kind that can't be made anew")
        credentials = self._credentials(match["key"])
        names = sorted(match["signed"].lower().split(";"))
        stamp = given.get("x-amz-date", "")
        if not hmac.compare_digest(_signature(original, credentials, match, names, stamp), match["signature"]):
            raise CannotSign("its signature doesn't fit the credentials that the proxy has for its access key id")
        if abs(_seconds(stamp) - self._now()) > MAX_SKEW_SECONDS:
            raise CannotSign("its signature has expired")
        digest = given.get(BODY_DIGEST)
        if digest not in (None, sha256(original.body).hexdigest()):
            raise CannotSign("its signature doesn't cover its body")

        stamp = datetime.fromtimestamp(self._now(), UTC).strftime(_DATE)
        new = {"x-amz-date": stamp}
        if digest is not None:
            new[BODY_DIGEST] = sha256(changed.body).hexdigest()
        changed = replace(changed, headers=tuple((dict(changed.headers) | new).items()))
        signature = _signature(changed, credentials, match, names, stamp)
        scope = f"{stamp[:8]}/{match['region']}/{match['service']}/aws4_request"
        new["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={match['key']}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return new

    def _credentials(self, key_id: str) -> Any:
        """Frozen credentials with this access key id; those that expire are renewed by botocore."""
        with self._lock:
            if (known := self._known.get(key_id)) is not None:
                frozen = known.get_frozen_credentials()
                if frozen.access_key == key_id:
                    return frozen
                del self._known[key_id]
            if self._now() - self._unknown.get(key_id, float("-inf")) > RETRY_SECONDS:
                for found in self._look_up():
                    frozen = found.get_frozen_credentials()
                    if len(self._known) < _MAX_KNOWN:
                        self._known[frozen.access_key] = found
                    if frozen.access_key == key_id:
                        return frozen
                while len(self._unknown) >= _MAX_KNOWN:
                    del self._unknown[next(iter(self._unknown))]
                self._unknown[key_id] = self._now()
        raise CannotSign("the proxy has no credentials for its access key id")

    def _look_up(self) -> Iterable[Any]:
        try:
            from botocore.session import Session
        except ImportError:
            raise CannotSign("signing needs botocore, which isn't installed") from None
        for profile in self._profiles:
            try:
                credentials = Session(profile=profile).get_credentials()
            except Exception as error:  # whatever it is, this profile has none to offer
                log.warning("AWS credentials of profile %s: %s", profile or "(default)", origin(error))
                continue
            if credentials is not None:
                yield credentials


def _signature(request: SignedRequest, credentials: Any, match: re.Match[str], names: list[str], stamp: str) -> str:
    """The signature of a request by botocore's algorithm, over exactly the headers `names`."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    headers = {name: value for name, value in request.headers if name in names}
    if set(headers) != set(names) or not stamp:
        raise CannotSign("a header that its signature covers is missing")
    auth = SigV4Auth(credentials, match["service"], match["region"])
    auth.headers_to_sign = lambda aws_request: aws_request.headers  # the sender chose them, not botocore
    aws_request = AWSRequest(method=request.method, url=request.url, data=request.body, headers=headers)
    aws_request.context["timestamp"] = stamp
    signature: str = auth.signature(auth.string_to_sign(aws_request, auth.canonical_request(aws_request)), aws_request)
    return signature


def _seconds(stamp: str) -> float:
    try:
        return datetime.strptime(stamp, _DATE).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise CannotSign("its date can't be read") from None
