"""Anthropic's Messages format and what stands round it. Also spoken on Vertex, Foundry, Bedrock and by compatible providers.

Thinking is signed: its text is neither restored for the client nor examined when it comes back with its signature, since it never held a
real value. The same goes for compaction blocks. Without a signature anybody may have written it, and it is examined.

Sources: Anthropic's API reference and the types of anthropic-python 2.11.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    OffsetRule,
    Offsets,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.rules import Rule, Treatment

_TEXT, _DATA, _KEEP, _URL, _LABEL = Treatment.TEXT, Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL
_SEALED, _SIGNED, _TOOL = Treatment.SEALED, Treatment.SIGNED, Treatment.TOOL

_CALLS = "tool_use|server_tool_use|mcp_tool_use"


def block_rules(p: str) -> tuple[Rule, ...]:
    """The rules of content blocks somewhere below `p`; `p` ends where a list of blocks stands."""
    block = f"{p}[*]"
    return (
        # A call's input is free in form: no rule below reaches into it.
        (f"{block}.input.**", _DATA),
        (f"{block}<{_CALLS}>.{{name,toolset_name,server_name}}", _TOOL),
        (f"{block}<{_CALLS}>.caller.**", _LABEL),
        (f"{block}<+signed thinking>.thinking", _SIGNED),
        (f"{block}<redacted_thinking>.data", _SEALED),
        (f"{block}<+signed compaction>.content", _KEEP),
        (f"{block}<+signed compaction>.tool_changes.**", _KEEP),
        (f"{block}<fallback>.**", _LABEL),
        # Text sources hold plain text in the member that holds base64 in others.
        (f"{block}.**.source<text>.data", _TEXT),
        (f"{block}.**.source<+readable>.data", Treatment.BASE64),
        (f"{block}.**.source<base64>.data", _SEALED),
        (f"{block}.**.source<url>.url", _URL),
        (f"{block}.citations[*].url", _KEEP),
        (f"{block}<web_search_tool_result>.content[*].{{url,page_age}}", _KEEP),
        (f"{block}<web_fetch_tool_result>.content.{{url,retrieved_at}}", _KEEP),
        (f"{block}<tool_result>.content[*]<tool_reference>.tool_name", _TOOL),
        (f"{block}.**<tool_search_tool_search_result>.tool_references[*].tool_name", _TOOL),
    )


def message_rules(p: str = "") -> tuple[Rule, ...]:
    """The rules of a Messages body that stands under `p` (batches hold many)."""
    return (
        *block_rules(f"{p}messages[*].content"),
        *block_rules(f"{p}system"),
        *schema_rules(f"{p}tools[*]", f"{p}output_config.format", f"{p}output_format"),
        (f"{p}tools[*].{{allowed_domains,blocked_domains,allowed_callers}}[*]", _LABEL),
        (f"{p}mcp_servers[*].authorization_token", _KEEP),
        (f"{p}mcp_servers[*].name", _TOOL),
        (f"{p}mcp_servers[*].url", _URL),
        (f"{p}mcp_servers[*].**", _LABEL),
        (f"{p}{{container,thread,diagnostics,context_management,thinking,output_config,speed}}.**", _LABEL),
        (f"{p}metadata.**", _DATA),
    )


ANSWER_RULES: tuple[Rule, ...] = (
    (f"**.content[*]<{_CALLS}>.input.**", _DATA),
    (f"content_block<{_CALLS}>.input.**", _DATA),
    ("**<thinking>.thinking", _SIGNED),
    ("**<compaction>.{content,encrypted_content,signature}", _KEEP),
    ("**<redacted_thinking>.data", _SEALED),
    ("delta<thinking_delta>.thinking", _SIGNED),
    ("delta<signature_delta>.signature", _KEEP),
    ("delta<compaction_delta>.**", _KEEP),
    ("**.source<base64>.data", _SEALED),
    ("usage.**", _KEEP),
    ("message.usage.**", _KEEP),
)


def close_blocks(event: Event) -> Iterable[Channel]:
    kind = event.root.get("type")
    if kind == "content_block_stop":
        yield (event.index(),)
    elif kind in ("message_delta", "message_stop", "error"):
        yield ()


MESSAGES_STREAM = StreamGrammar(
    [
        DeltaRule("delta<text_delta>.text", ((1, "index"),), "text"),
        DeltaRule("delta<thinking_delta>.thinking", ((1, "index"),), "thinking"),
        DeltaRule("delta<input_json_delta>.partial_json", ((1, "index"),), "json"),
    ],
    close_blocks,
)

IN_DOCUMENTS = OffsetRule(
    holder="**<char_location>", start="start_char_index", end="end_char_index", document="document_index"
)
_OFFSETS = Offsets(IN_DOCUMENTS, documents=("**<document>.source", "**<document>.source<text>.data"))

MESSAGES = WireFormat(
    id="ant.messages",
    conversation=("messages",),
    offsets=_OFFSETS,
    request=request_rules(*message_rules()),
    response=response_rules(*ANSWER_RULES),
    stream=MESSAGES_STREAM,
)

BATCHES = WireFormat(
    id="ant.batches",
    state=("*",),
    request=request_rules(("requests[*].custom_id", _LABEL), *message_rules("requests[*].params.")),
    response=response_rules(("custom_id", _KEEP), *ANSWER_RULES),
)


def _close_complete(event: Event) -> Iterable[Channel]:
    if event.root.get("stop_reason") not in (None, "null") or event.root.get("type") == "error":
        yield ()


COMPLETE = WireFormat(
    id="ant.complete",
    request=request_rules(("metadata.**", _DATA)),
    response=response_rules(),
    stream=StreamGrammar([DeltaRule("completion", (), "text")], _close_complete),
)

SESSIONS = WireFormat(
    id="ant.sessions",
    state=("*",),
    request=request_rules(
        *block_rules("events[*].content"),
        *block_rules("content"),
        *schema_rules("tools[*]"),
        ("mcp_servers[*].{name,authorization_token}", _KEEP),
        ("mcp_servers[*].url", _URL),
        ("metadata.**", _DATA),
    ),
    response=response_rules(*ANSWER_RULES),
)

VAULTS = WireFormat(
    id="ant.vaults",
    state=("*",),
    # What is deposited here is a credential for the provider to use: a token in its place would be useless.
    request=request_rules(("auth.**", _KEEP), ("metadata.**", _DATA)),
    response=response_rules(),
)

ROUTES = (
    route(r"/messages(?:/count_tokens)?$", MESSAGES),
    route(r"/messages/batches(?:/.*)?$", BATCHES, "POST", "GET"),
    route(r"/publishers/anthropic/models/[^/]+:(?:stream)?[rR]awPredict$", MESSAGES),
    route(r"/v1/complete$", COMPLETE),
    route(r"/v1/vaults(?:/.*)?$", VAULTS, "POST", "GET"),
    route(r"/v1/(?:sessions|agents|memory_stores|skills)(?:/.*)?$", SESSIONS, "POST", "GET"),
)
