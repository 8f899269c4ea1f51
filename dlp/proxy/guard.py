"""Keep mitmproxy from failing open: options that bypass the hooks, exceptions in hooks, tracebacks with values in them."""

from __future__ import annotations

import functools
import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from mitmproxy import exceptions, http, options

from dlp.errors import DlpError, NotAuthenticated, OverLimit, RequestBlocked, WireError, origin

log = logging.getLogger("dlp")

SAFE_OPTIONS: dict[str, Any] = {
    # With an eager connection, provider and proxy talk before any hook, and upstream names end up in our certificates.
    "connection_strategy": "lazy",
    "upstream_cert": False,
    # Anything that isn't HTTP inside a provider's TLS would be relayed as it is.
    "rawtcp": False,
    "http3": False,
    "onboarding": False,
    "flow_detail": 0,
    # Thinking models are silent for minutes; mitmproxy's default ends a connection after ten.
    "tcp_timeout": 3600,
    # Far above the policy's own limit, which gives the provider's 413 instead of mitmproxy's.
    "body_size_limit": "128m",
}
"""What the addon sets when it is loaded, and doesn't let anybody change back (`_FORBIDDEN`)."""

_FORBIDDEN: dict[str, Callable[[Any], bool]] = {
    "stream_large_bodies": bool,
    "store_streamed_bodies": bool,
    "ssl_insecure": bool,
    "websocket": lambda value: not value,
    "validate_inbound_headers": lambda value: not value,
    "rawtcp": bool,
    "http3": bool,
    "connection_strategy": lambda value: value != "lazy",
    "upstream_cert": bool,
    "flow_detail": lambda value: value > 0,
    "tcp_hosts": bool,
    "udp_hosts": bool,
    "ignore_hosts": bool,
    "allow_hosts": bool,
    "save_stream_file": bool,
    "hardump": bool,
    "map_remote": bool,
    "map_local": bool,
    "modify_body": bool,
    "modify_headers": bool,
    "server_replay": bool,
    "client_replay": bool,
    "emudhra": bool,
    "emudhra_old": bool,
}
"""Option -> whether a value of it would let traffic pass unmasked, or write unmasked traffic somewhere."""


def check_options(current: options.Options, updated: Collection[str]) -> None:
    """Refuse options that would bypass masking. At start the process ends; later the change is rolled back.

    Raises:
        OptionsError: Names the option.
    """
    for name in sorted(_FORBIDDEN.keys() & set(updated)):
        if name in current and _FORBIDDEN[name](getattr(current, name)):
            raise exceptions.OptionsError(f"option {name} would bypass masking and can't be used with this addon")


def log_refusal(hook: str, error: Exception) -> None:
    """Say why something was not sent. Our own messages hold no values, so they may say more than where it happened."""
    reason = str(error) if isinstance(error, DlpError) else origin(error)
    expected = (RequestBlocked, OverLimit, NotAuthenticated, WireError)
    level = logging.INFO if isinstance(error, expected) else logging.ERROR
    log.log(level, "%s: the request was refused: %s", hook, reason)


def fail_closed[S](refuse: Callable[[S, http.HTTPFlow, Exception], None]) -> Callable[..., Any]:
    """Wrap a request-side hook: on any exception `refuse` answers the flow, so that nothing is sent upstream."""

    def wrap(
        hook: Callable[[S, http.HTTPFlow], Awaitable[None] | None],
    ) -> Callable[[S, http.HTTPFlow], Awaitable[None]]:
        @functools.wraps(hook)
        async def guarded(self: S, flow: http.HTTPFlow) -> None:
            try:
                result = hook(self, flow)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:
                log_refusal(hook.__name__, error)
                try:
                    refuse(self, flow, error)
                except Exception as second:  # the plainest refusal there is
                    log.error("refusing failed: %s", origin(second))
                    flow.request.stream = False
                    flow.response = http.Response.make(503, b"", {"x-should-retry": "false"})

        return guarded

    return wrap


_QUOTED_BYTES = re.compile(r"b(?P<quote>['\"]).*(?P=quote)", re.DOTALL)
_MAX_MESSAGE = 500


def scrub_logs() -> None:
    """Make every log record safe to print, whoever writes it.

    Tracebacks and quoted wire bytes may hold what a client sent; of an exception only its type and place remain.
    Idempotent.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "scrubs", False):
        return

    @functools.wraps(make)
    def scrubbed(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = origin(record.exc_info[1]), ()
            record.exc_info = None
        elif record.name.startswith("mitmproxy"):
            try:
                message = record.getMessage()
            except Exception:
                message = "unprintable log message"
            if "Traceback (most recent call last)" in message:
                message = message.partition("\n")[0]
            record.msg, record.args = _QUOTED_BYTES.sub("b'…'", message)[:_MAX_MESSAGE], ()
        return record

    scrubbed.scrubs = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(scrubbed)
