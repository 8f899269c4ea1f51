"""Audit events to an OpenTelemetry collector: each as a log record and as a span (OTLP/HTTP with JSON, protocol 1.x).

Written against the protocol itself: two POSTs of JSON with the standard library, where the SDK and its exporter would bring
a dozen packages, threads and environment variables of their own. What operators do is a record alone. A span covers the screening of one
request. It hangs below the caller's own span where the request brought a `traceparent` (W3C Trace Context), and holds what the audit log holds:
no values.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import secrets
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from dlp.audit.acts import Act
from dlp.audit.events import AuditEvent, Record
from dlp.errors import ConfigurationError
from dlp.types import Verdict

log = logging.getLogger("dlp")

_TIMEOUT = 10.0
_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_INFO, _WARN = 9, 13
"""Severity numbers of OpenTelemetry's log data model."""
_SERVER_SPAN = 2
_ERROR = 2
_AGAIN = frozenset({408, 429, 502, 503, 504})
"""Statuses after which the same data may be sent again (OTLP specification, 'Retryable Response Codes')."""
ENV_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
"""Headers for the collector, `name=value,name=value`, values URL-encoded, as OpenTelemetry defines it."""


class Otlp:
    """One collector; `deliver` is for one thread.

    Args:
        target: `http://HOST:4318` or `https://…`; `/v1/logs` and `/v1/traces` are added.

    Raises:
        ConfigurationError: The target is no such URL.
    """

    def __init__(self, target: str, environment: Mapping[str, str] = os.environ) -> None:
        try:
            parts = urlsplit(target)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.username is not None:
            raise ConfigurationError("dlp_otlp: expected the URL of a collector, such as http://127.0.0.1:4318")
        self._secure, self._host, self._port = parts.scheme == "https", host, port
        self._path = parts.path.rstrip("/")
        self._headers = {"content-type": "application/json", **_headers(environment.get(ENV_HEADERS, ""))}
        self._connection: http.client.HTTPConnection | None = None

    def deliver(self, events: Sequence[Record]) -> None:
        """Send events; raises `OSError` when the collector is away or asks to be left alone for a while."""
        told = [_Told(event) for event in events]
        records = [each.record() for each in told]
        traced = [span for each in told if (span := each.span()) is not None]
        scope = {"name": "dlp"}
        try:
            self._post(
                "/v1/logs",
                {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"scope": scope, "logRecords": records}]}]},
            )
            if traced:
                self._post(
                    "/v1/traces",
                    {"resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"scope": scope, "spans": traced}]}]},
                )
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(type(error).__name__) from None
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, path: str, document: Mapping[str, Any]) -> None:
        connection = self._connection = self._connection or self._connect()
        connection.request("POST", self._path + path, json.dumps(document).encode(), self._headers)
        response = connection.getresponse()
        response.read(64 * 2**10)
        if response.status in _AGAIN:
            raise ConnectionError(f"the collector answered {response.status}")
        if response.status >= 400:
            # The same data would be refused again, so it is given up; whoever needs every event keeps a file as well.
            log.error("the collector refuses audit events: status %d", response.status)

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=_TIMEOUT, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)


def _headers(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}


_RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "llm-egress-dlp"}}]}


class _Told:
    """An event in OpenTelemetry's words: a log record, and of a request's event a span."""

    def __init__(self, event: Record) -> None:
        self._event = event
        self._line = event.to_line().decode().rstrip("\n")
        self._fields = json.loads(self._line)
        self._attributes = _attributes(self._fields)
        self._end = _nanoseconds(event.time)
        self._trace, self._span, self._parent = _context(event)

    def record(self) -> dict[str, Any]:
        refused = self._fields["action"] in (Verdict.BLOCK, Act.REFUSE)
        return {
            "timeUnixNano": str(self._end),
            "severityNumber": _WARN if refused else _INFO,
            "severityText": "WARN" if refused else "INFO",
            "body": {"stringValue": self._line},
            "attributes": self._attributes,
            **({"traceId": self._trace, "spanId": self._span} if isinstance(self._event, AuditEvent) else {}),
        }

    def span(self) -> dict[str, Any] | None:
        """None for what is no request."""
        event = self._event
        if not isinstance(event, AuditEvent):
            return None
        return {
            "traceId": self._trace,
            "spanId": self._span,
            **({"parentSpanId": self._parent} if self._parent else {}),
            "name": "dlp screen",
            "kind": _SERVER_SPAN,
            "startTimeUnixNano": str(self._end - int(event.ms * 1e6)),
            "endTimeUnixNano": str(self._end),
            "attributes": self._attributes,
            "status": {"code": _ERROR} if event.fault else {},
        }


def _context(event: Record) -> tuple[str, str, str | None]:
    """Trace id, our span id, and the caller's span id if it sent one."""
    given = _TRACE_PARENT.fullmatch(event.trace_parent or "") if isinstance(event, AuditEvent) else None
    if given and given[1].strip("0") and given[2].strip("0"):
        return given[1], secrets.token_hex(8), given[2]
    return secrets.token_hex(16), secrets.token_hex(8), None


def _attributes(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a line shows, under the names of OpenTelemetry's conventions where there is one; counts as `dlp.findings.TYPE`."""
    names = {
        "host": "server.address",
        "method": "http.request.method",
        "path": "url.path",
        "model": "gen_ai.request.model",
        "status": "http.response.status_code",
        "fault": "error.type",
    }
    counts = {"entities": "findings", "shown": "shown"}
    skipped = ("time", "places", "ms", *counts)
    plain = {names.get(name, f"dlp.{name}"): value for name, value in fields.items() if name not in skipped}
    for field, name in counts.items():
        plain |= {f"dlp.{name}.{kind}": count for kind, count in fields.get(field, {}).items()}
    return [{"key": name, "value": _value(value)} for name, value in plain.items()]


def _value(value: object) -> dict[str, str]:
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}


def _nanoseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000) * 10**6
