"""The ChatGPT web app. Not documented by its vendor; what isn't known here is examined like everything else.

Its stream (`delta_encoding` "v1") is a document and then patches to it: `{"p": path, "o": operation, "v": value}`. An event without
`p` and `o` goes on with those of the event before, so most events of an answer are `{"v": "more text"}`.

Source: observation of the web app as published by third parties; it changes without notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self, override

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
)
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Leaf

_DATA, _KEEP, _URL, _LABEL = Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL


class PatchStream(StreamGrammar):
    """Follows which text the patches append to. Stateful: one for each stream, and `closes` is asked first about each event."""

    stateful = True

    def __init__(self) -> None:
        super().__init__([DeltaRule("v"), DeltaRule("v[*].v")], self._close)
        self._path = ""
        self._operation = ""

    @override
    def fresh(self) -> Self:
        return type(self)()

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        if leaf.parent is None or super().channel(event, leaf) is None:
            return None
        patch = leaf.parent.members
        if leaf.parent.parent is not None:  # one of several patches in an event, each in full
            return (patch.get("p"),) if patch.get("o") == "append" else None
        return (self._path,) if self._operation == "append" else None

    def _close(self, event: Event) -> Iterable[Channel]:
        """A text ends where a patch goes elsewhere, since what is held back could not follow it there."""
        patch = event.root
        if "v" not in patch:  # not a patch: the end of the message, a title, a marker
            if patch.get("type") not in (None, "message_marker"):
                yield ()
            return
        path, operation = patch.get("p", self._path) or "", patch.get("o", self._operation) or ""
        if (path, operation) != (self._path, self._operation):
            yield ()
        self._path, self._operation = path, operation


CONVERSATION = WireFormat(
    id="cgpt.web",
    state=("*",),
    conversation=("messages",),
    done=b"[DONE]",
    request=request_rules(
        ("messages[*].content.parts[*].asset_pointer", _KEEP),
        ("messages[*].author.{role,name}", _LABEL),
        ("messages[*].content.content_type", _LABEL),
        ("messages[*].metadata.attachments[*].{id,mime_type,mimeType}", _LABEL),
        (
            "{action,timezone,parent_message_id,conversation_id,websocket_request_id,history_and_training_disabled}",
            _LABEL,
        ),
        ("{client_contextual_info,conversation_mode,system_hints,supported_encodings}.**", _LABEL),
    ),
    response=response_rules(("{conversation_id,message_id}", _KEEP), ("**.asset_pointer", _KEEP)),
    stream=PatchStream(),
)

ROUTES = (
    route(r"/backend-(?:api|anon)/(?:f/)?conversation(?:/prepare)?$", CONVERSATION),
    route(r"/backend-(?:api|anon)/conversation/[^/]+$", CONVERSATION, "GET"),
)
