"""Ollama's own API. Streams are one JSON document a line.

Sources: Ollama's API documentation and the types of ollama 0.6.3.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind

_DATA, _KEEP, _URL, _LABEL, _SEALED = (
    Treatment.DATA,
    Treatment.KEEP,
    Treatment.URL,
    Treatment.LABEL,
    Treatment.SEALED,
)


def _close(event: Event) -> Iterable[Channel]:
    """The last line says so; thinking also ends where the answer begins."""
    if event.root.get("done") == "true" or "error" in event.root:
        yield ()
    for leaf in event.leaves:
        if leaf.key in ("content", "response") and leaf.kind is Kind.STRING and leaf.value:
            yield ("thinking",)


CHAT = WireFormat(
    id="oll.chat",
    conversation=("messages",),
    request=request_rules(
        ("messages[*].tool_calls[*].function.arguments.**", _DATA),
        ("messages[*].tool_calls[*].function.name", Treatment.TOOL),
        ("messages[*].tool_name", Treatment.TOOL),
        ("messages[*].images[*]", _SEALED),
        ("images[*]", _SEALED),
        *schema_rules("tools[*]", "format"),
        ("options.stop.**", Treatment.TEXT),
        ("{options,keep_alive}.**", _LABEL),
    ),
    response=response_rules(
        ("message.tool_calls[*].function.arguments.**", _DATA), ("{created_at,done_reason}", _KEEP)
    ),
    stream=StreamGrammar(
        [
            DeltaRule("message.content", (), "text"),
            DeltaRule("response", (), "text"),
            DeltaRule("message.thinking", (), "thinking"),
            DeltaRule("thinking", (), "thinking"),
        ],
        _close,
    ),
)

OTHER = WireFormat(
    id="oll.other",
    request=request_rules(
        ("messages[*].images[*]", _SEALED),
        ("{files,adapters}.**", _LABEL),
        ("{from,quantize,keep_alive}", _LABEL),
        ("parameters.stop.**", Treatment.TEXT),
        ("{options,parameters}.**", _LABEL),
        ("url", _URL),
    ),
    response=response_rules(("digest", _KEEP)),
)

ROUTES = (
    route(r"/api/(?:chat|generate)$", CHAT),
    route(r"/api/(?:embed|embeddings|create|web_search|web_fetch|show)$", OTHER),
)
