"""Anthropic's Messages format and what stands round it. Also spoken on Vertex, Foundry, Bedrock and by compatible providers.

Sources: Anthropic's API reference and the types of anthropic-python 2.11.0.
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
from dlp.providers.rules import Rule, Treatment

_TEXT, _DATA, _KEEP, _URL, _LABEL = Treatment.TEXT, Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL


def _close(event: Event) -> Iterable[Channel]:
    kind = event.root.get("type")
    if kind == "content_block_stop":
        yield (event.root.get("index"),)
    elif kind in ("message_stop", "error"):
        yield ()


def message_rules(prefix: str = "") -> tuple[Rule, ...]:
    """The rules of a Messages body that stands under `prefix` (batches hold many)."""
    p = prefix
    return (
        (f"{p}messages[*].content[*]<thinking>.thinking", _KEEP),
        (f"{p}messages[*].content[*]<fallback>.**", _KEEP),
        (f"{p}messages[*].**<+readable>.data", Treatment.BASE64),
        (f"{p}messages[*].**<base64>.data", _KEEP),
        (f"{p}messages[*].**<url>.url", _URL),
        (f"{p}messages[*].**.input", _DATA),
        (f"{p}messages[*].content[*]<tool_use|server_tool_use|mcp_tool_use>.input.**", _DATA),
        (f"{p}messages[*].content[*]<tool_use|server_tool_use|mcp_tool_use>.{{name,toolset_name}}", _KEEP),
        (f"{p}messages[*].**<tool_reference>.tool_name", _KEEP),
        (f"{p}messages[*].**.{{url,page_age}}", _KEEP),
        *schema_rules(f"{p}tools[*]", f"{p}output_config", f"{p}output_format"),
        (f"{p}mcp_servers[*].{{url,authorization_token,name}}", _KEEP),
        (f"{p}mcp_servers[*].**", _LABEL),
        (f"{p}{{container,thread,diagnostics,context_management,thinking}}.**", _LABEL),
    )


_RESPONSE: tuple[Rule, ...] = (
    ("**<thinking>.thinking", _KEEP),
    ("**<thinking_delta>.thinking", _KEEP),
    ("**<signature_delta>.signature", _KEEP),
    ("**<compaction_delta>.**", _KEEP),
    ("**<base64>.data", _KEEP),
)

MESSAGES = WireFormat(
    id="ant.messages",
    conversation=("messages",),
    request=request_rules(*message_rules()),
    response=response_rules(*_RESPONSE),
    stream=StreamGrammar(
        [
            DeltaRule("delta<text_delta>.text", ((1, "index"),), "text"),
            DeltaRule("delta<input_json_delta>.partial_json", ((1, "index"),), "json"),
        ],
        _close,
    ),
)

BATCHES = WireFormat(
    id="ant.batches",
    request=request_rules(("requests[*].custom_id", _LABEL), *message_rules("requests[*].params.")),
    response=response_rules(*_RESPONSE),
)

COMPLETE = WireFormat(
    id="ant.complete",
    request=request_rules(),
    response=response_rules(),
    stream=StreamGrammar(
        [DeltaRule("completion")], lambda event: [()] if event.root.get("stop_reason") not in (None, "null") else []
    ),
)

SESSIONS = WireFormat(
    id="ant.sessions", request=request_rules(*schema_rules("tools[*]")), response=response_rules(*_RESPONSE)
)

ROUTES = (
    route(r"/messages(?:/count_tokens)?$", MESSAGES),
    route(r"/messages/batches(?:/.*)?$", BATCHES, "POST", "GET"),
    route(r"/publishers/anthropic/models/[^/]+:(?:stream)?[rR]awPredict$", MESSAGES),
    route(r"/v1/complete$", COMPLETE),
    route(r"/v1/(?:sessions|agents|memory_stores|vaults|skills)(?:/.*)?$", SESSIONS, "POST", "GET"),
)
