"""What one screened request leaves in the audit log: who, where, what was found and done, never a value.

Much of an event comes from the client: a path, a model's name, JSON keys. Those are shown only as far as they look
like the names of things; a part that could hold a value (an address, a long number, a sentence) becomes `*`. So a line
is safe to ship to people who may not see the traffic.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from dlp.printable import printable
from dlp.types import Verdict

MAX_LINE_BYTES = 32 * 2**10
"""Above the longest line that the bounds below allow; a test holds both together."""
MAX_ENTITY_TYPES = 100
MAX_PLACES = 20
MAX_MEDIA_KINDS = 20
MAX_PLACE_LENGTH = 120
MAX_PATH_LENGTH = 200
MAX_NAME_LENGTH = 100

HIDDEN = "*"
"""What stands in for a part that may hold a value."""

_SEGMENT = re.compile(r"[A-Za-z0-9_.:~-]{1,100}")
_WORD = r"(?:[A-Za-z]{1,40}|[vV][0-9]{1,3}(?:(?:alpha|beta)[0-9]{0,2})?)"
_ENDPOINT_PART = re.compile(rf"{_WORD}(?:[._:-]{_WORD}){{0,7}}")
"""Words and versions: `chat`, `v1beta`, `batch_jobs`, `google.ai.v1.Service`. An id has other digits, or is one long word."""
_MEDIA = re.compile(r"[a-z0-9]{1,20}(?:/[a-z][a-z0-9.+-]{0,79})?")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]*(?:@[0-9]{1,12})?")
_NOT_PLACE = re.compile(r"[^A-Za-z0-9_.\[\]*-]+")
_LONG_NUMBER = re.compile(r"[0-9](?:[-._:~+]?[0-9]){8}")
"""Nine digits and more, grouped or not, as of cards, phones and most national ids."""
_RELEASE_DATE = re.compile(r"(?<![0-9])20[0-9]{2}-?[01][0-9]-?[0-3][0-9](?![0-9])")
"""As in `claude-sonnet-4-20250514`: no part of a long number."""


class Record(Protocol):
    """What can be a line of the audit log."""

    @property
    def time(self) -> str:
        """RFC 3339 in UTC."""
        ...

    def to_line(self) -> bytes:
        """One line of ASCII JSON with its newline, at most `MAX_LINE_BYTES`, without values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One request, after its decision. Counts, names and sizes; safe to print."""

    time: str
    """When the request was complete, RFC 3339 in UTC; see `timestamp`."""
    request_id: str
    client: str
    """The caller as the proxy knows it: address, user or key fingerprint; never a credential."""
    host: str
    method: str
    path: str
    """Of the request's target; the query is cut off here."""
    wire_format: str | None = None
    model: str | None = None
    action: Verdict
    entities: Mapping[str, int] = field(default_factory=dict)
    """Entity type -> number of findings whose action isn't `allow`."""
    monitored: Mapping[str, int] = field(default_factory=dict)
    """Entity type -> findings that the policy only logs for now."""
    places: tuple[str, ...] = ()
    """Where they stood, `messages[3].content`."""
    media: Mapping[str, int] = field(default_factory=dict)
    """Kind -> pieces of what nothing here can read (pictures, sound, documents) and went on as it was."""
    bytes_in: int = 0
    """Size of the body as received."""
    bytes_out: int = 0
    """Size of the body as sent on; 0 when it wasn't."""
    ms: float = 0.0
    """Milliseconds that screening took."""
    policy: str = ""
    status: int | None = None
    """HTTP status that the client got, where it is known when the line is written."""
    fault: str | None = None
    """Class of the error that decided, such as `DetectorError`."""
    note: str | None = None
    """A remark of our own code, such as `on_error is 'allow'`; never text from a request."""
    trace_parent: str | None = None
    """The request's `traceparent` header, for spans; it is no part of the line."""

    def to_line(self) -> bytes:
        """The event as one line of ASCII JSON with its newline, at most `MAX_LINE_BYTES`; without empty fields."""
        counted = sorted(self.entities.items(), key=lambda item: (-item[1], item[0]))[:MAX_ENTITY_TYPES]
        fields: dict[str, object] = {
            "time": printable(self.time, 40),
            "request_id": printable(self.request_id, MAX_NAME_LENGTH),
            "client": printable(self.client, MAX_NAME_LENGTH),
            "host": printable(self.host, 255),
            "method": printable(self.method, 20),
            "path": shown_path(self.path),
            "wire_format": _or_none(self.wire_format),
            "model": None if self.model is None else shown_model(self.model),
            "action": str(self.action),
            "entities": {shown_place(name): count for name, count in counted},
            "monitored": {shown_place(name): count for name, count in self.monitored.items()} or None,
            "places": [shown_place(place) for place in self.places[:MAX_PLACES]] or None,
            "media": self._shown_media() or None,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ms": round(self.ms, 3),
            "policy": printable(self.policy, MAX_NAME_LENGTH),
            "status": self.status,
            "fault": _or_none(self.fault),
            "note": None if self.note is None else printable(self.note, 200),
        }
        present = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(present, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"

    def _shown_media(self) -> dict[str, int]:
        """Kinds come from requests where bytes don't tell: only what looks like a media type's name is shown."""
        shown: Counter[str] = Counter()
        for kind, count in self.media.items():
            shown[kind if len(shown) < MAX_MEDIA_KINDS and _MEDIA.fullmatch(kind) else HIDDEN] += count
        return dict(sorted(shown.items()))


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC with milliseconds: `2026-11-21T00:05:09.120Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown_path(path: str) -> str:
    """A path without query and fragment, each segment that could hold a value as `*`."""
    kept = re.split(r"[?#;]", path[: MAX_PATH_LENGTH + 1], maxsplit=1)[0]
    shown = "/".join(part if not part or _is_name(part, _SEGMENT) else HIDDEN for part in kept.split("/"))
    return shown[:MAX_PATH_LENGTH]


def endpoint_name(path: str) -> str:
    """A path as the name of an endpoint: what may be an id, a model or a value is `*`, so that calls of one endpoint share a name."""
    return "/".join(
        part if not part or _ENDPOINT_PART.fullmatch(part) else HIDDEN for part in shown_path(path).split("/")
    )


def shown_model(model: str) -> str:
    """A model's name as the client wrote it, or `*` when it doesn't look like one."""
    return model if len(model) <= MAX_NAME_LENGTH and _is_name(model, _MODEL) else HIDDEN


def shown_place(place: str) -> str:
    """A JSON path; keys come from the body, so whatever isn't part of a plain key is hidden."""
    kept = _NOT_PLACE.sub(HIDDEN, place[:MAX_PLACE_LENGTH])
    return _LONG_NUMBER.sub(HIDDEN, kept)


def _is_name(text: str, shape: re.Pattern[str]) -> bool:
    return shape.fullmatch(text) is not None and _LONG_NUMBER.search(_RELEASE_DATE.sub("", text)) is None


def _or_none(text: str | None) -> str | None:
    return None if text is None else printable(text, MAX_NAME_LENGTH)
