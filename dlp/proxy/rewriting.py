"""What an examined request becomes before it goes on: its new body, the headers that told of the old one, a new signature."""

from __future__ import annotations

import asyncio
from collections import Counter

from mitmproxy import http

from dlp.engine.request import Examined
from dlp.errors import Refused
from dlp.proxy.sigv4 import BODY_DIGEST, CannotSign, SignedRequest, Signer, signed_headers

SIGNING_SECONDS = 30.0
"""Longest time that botocore may take to come by credentials."""

_PARTS = ("range", "if-range")
_BODY_DIGESTS = ("content-md5", "digest", "content-digest", "repr-digest", "x-goog-hash", "etag")


def rewrite(request: http.Request, examined: Examined) -> None:
    """Put in place of a request what may be sent."""
    rewrite_head(request, examined)
    if examined.decoded:
        del request.headers["content-encoding"]
    if examined.body is not request.raw_content:
        if examined.body != request.raw_content:
            for name in _BODY_DIGESTS:
                request.headers.pop(name, None)
        request.raw_content = examined.body
        if "content-length" in request.headers or "transfer-encoding" not in request.headers:
            request.headers["content-length"] = str(len(examined.body))


def rewrite_head(request: http.Request, examined: Examined) -> None:
    """The same for what stands before the body."""
    if examined.path != request.path:
        request.path = examined.path
    if examined.headers:  # none of the messages of a call that goes on
        request.headers.fields = tuple(
            (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape"))
            for name, value in examined.headers
        )
    if examined.values or examined.scan is not None:
        # A part of what the provider has is no such part of what the client gets, and may cut a token or a value: nobody sees the rest of it. A
        # server may answer with the whole at any time (RFC 9110, 14.2), and so may one that isn't asked for less.
        for name in _PARTS:
            request.headers.pop(name, None)
        # What comes back is going to be changed; there is nothing to gain from packing it twice.
        request.headers["accept-encoding"] = "identity"
        for name in ("grpc-accept-encoding", "connect-accept-encoding"):
            if name in request.headers:
                request.headers[name] = "identity"


def covered(request: http.Request) -> SignedRequest:
    """What an AWS signature covers, as the request stands now."""
    names = signed_headers(request.headers.get("authorization", "")) | {"authorization", BODY_DIGEST}
    headers = {name: ",".join(request.headers.get_all(name)) for name in sorted(names) if name in request.headers}
    host = request.host_header or request.host
    if "host" in names:
        headers["host"] = host
    url = f"{request.scheme}://{host}{request.path}"
    return SignedRequest(request.method, url, tuple(headers.items()), request.raw_content or b"")


async def sign(request: http.Request, signed: SignedRequest, signer: Signer, entities: Counter[str]) -> None:
    """Sign a request anew that is no longer the one that its sender signed; a broken signature is never forwarded.

    Raises:
        Refused: There are no credentials to do so with.
    """
    try:
        headers = await asyncio.wait_for(asyncio.to_thread(signer.sign, signed, covered(request)), SIGNING_SECONDS)
    except (CannotSign, TimeoutError) as error:
        reason = str(error) or "its credentials could not be had in time"
        raise Refused(
            400,
            f"{_listed(entities) or 'its encoding'} would have to be changed, but the request is signed with AWS Signature "
            f"Version 4, and {reason}. Use a Bedrock API key (bearer token), or give the proxy these credentials.",
            "dlp_signed_request",
        ) from None
    request.headers.update(headers)


def _listed(entities: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(entities.items()))
