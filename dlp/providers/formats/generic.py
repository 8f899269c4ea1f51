"""The format of every endpoint that no other format names: any JSON. All of it is examined but for structural names."""

from __future__ import annotations

from collections.abc import Iterable

from dlp.providers.format import Channel, DeltaRule, Event, StreamGrammar, WireFormat, request_rules, response_rules
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind


def _close(event: Event) -> Iterable[Channel]:
    """Unknown streams end as known ones do, or with the connection."""
    kind = event.root.get("type") or event.root.get("event") or ""
    ends = (
        kind.endswith(("done", "stop", "end", "completed")) or event.root.get("done") == "true" or "error" in event.root
    )
    if ends or any(leaf.key == "finish_reason" and leaf.kind is Kind.STRING for leaf in event.leaves):
        yield ()


GENERIC = WireFormat(
    id="generic",
    state=("*",),
    # What grows in the APIs that are known: in none of them is it anything else.
    conversation=("messages", "contents", "input", "items", "history", "chat_history", "turns"),
    request=request_rules(
        ("**.{image_url,file_url,input_image}.url", Treatment.LINK),
        ("**.{image_url,file_url,url,uri,fileUri,file_uri}", Treatment.LINK),
        ("**.{b64_json,image_base64,partial_image_b64}", Treatment.SEALED),
        default=Treatment.DATA,
    ),
    response=response_rules(("**.{b64_json,partial_image_b64}", Treatment.SEALED), ("usage.**", Treatment.KEEP)),
    stream=StreamGrammar(
        [
            DeltaRule("delta", (), "delta"),
            DeltaRule("**.delta.{content,text}", ((1, "index"),), "text"),
            DeltaRule("**.delta.{reasoning_content,reasoning,thinking}", ((1, "index"),), "reasoning"),
            DeltaRule("**.delta.tool_calls[*].function.arguments", ((4, "index"), (1, "index|id")), "arguments"),
            DeltaRule("**.delta.partial_json", ((1, "index"),), "arguments"),
            DeltaRule("choices[*].text", ((0, "index"),), "text"),
            DeltaRule("**.candidates[*].content.parts[*].text", ((3, "index"), (0, "thought?")), "text"),
            DeltaRule("token.text", (), "token"),
            DeltaRule("text", (), "root"),
            DeltaRule("{response,completion}", (), "root"),
        ],
        _close,
    ),
)

GRPC = WireFormat(
    id="grpc",
    state=GENERIC.state,
    conversation=GENERIC.conversation,
    request=GENERIC.request,
    response=GENERIC.response,
)
"""Remote procedure calls on any provider's host: messages whose schema nobody here knows. See `dlp.engine.rpc`."""

ROUTES = ()
