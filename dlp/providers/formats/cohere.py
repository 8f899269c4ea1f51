"""Cohere's formats, v1 and v2.

Sources: Cohere's API reference and the types of cohere 7.3.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

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
from dlp.wire.json_leaves import Leaf

_DATA, _KEEP, _URL, _LABEL = Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL
_TOOL = Treatment.TOOL


def _close_v2(event: Event) -> Iterable[Channel]:
    kind = event.root.get("type")
    if kind == "content-end":
        yield from ((event.index(), name) for name in ("text", "thinking"))
    elif kind == "tool-call-end":
        yield (event.index(), "arguments")
    elif kind == "tool-call-start":
        yield ("plan",)
    elif kind == "message-end":
        yield ()


def _citations(kind: str, name: str, way: tuple[str, ...]) -> tuple[OffsetRule, ...]:
    """The rules for citations in one kind of text, in whole answers and in streams, where one comes at a time."""
    channel = (name,) if name == "plan" else ((0, "content_index=0"), name)
    return (
        OffsetRule(holder=f"**.citations[*]{kind}", start="start", end="end", up=2, down=way),
        OffsetRule(holder=f"delta.message.citations{kind}", start="start", end="end", channel=channel),
    )


CHAT_V2 = WireFormat(
    id="coh.chat2",
    conversation=("messages",),
    offsets=Offsets(
        *_citations("<PLAN>", "plan", ("tool_plan",)),
        *_citations("<THINKING_CONTENT>", "thinking", ("content", "@content_index", "thinking")),
        *_citations("", "text", ("content", "@content_index", "text")),
    ),
    request=request_rules(
        ("messages[*].tool_calls[*].function.arguments.**", _DATA),
        ("messages[*].tool_calls[*].function.name", _TOOL),
        ("messages[*].content[*].document.data.**", _DATA),
        ("messages[*].content[*].image_url.**", _URL),
        ("messages[*].citations[*].sources[*].{document,tool_output}.**", _DATA),
        ("documents[*].data.**", _DATA),
        ("documents[*]", Treatment.TEXT),
        *schema_rules("tools[*]", "response_format.{schema,json_schema}"),
        ("{citation_options,thinking,response_format}.**", _LABEL),
    ),
    response=response_rules(
        ("logprobs.**", _KEEP), ("logprobs[*].**", _KEEP), ("usage.**", _KEEP), ("delta.usage.**", _KEEP)
    ),
    stream=StreamGrammar(
        [
            DeltaRule("delta.message.content.text", ((3, "index"),), "text"),
            DeltaRule("delta.message.content.thinking", ((3, "index"),), "thinking"),
            DeltaRule("delta.message.tool_plan", (), "plan"),
            DeltaRule("delta.message.tool_calls.function.arguments", ((4, "index"),), "arguments"),
        ],
        _close_v2,
    ),
)


def chat_v1_rules() -> tuple[Rule, ...]:
    """The rules of a v1 chat body; Bedrock takes the same."""
    return (
        *(
            rule
            for p in ("", "chat_history[*].")
            for rule in (
                (f"{p}tool_results[*].outputs[*].**", _DATA),
                (f"{p}tool_results[*].call.parameters.**", _DATA),
                (f"{p}tool_results[*].call.name", _TOOL),
                (f"{p}tool_calls[*].parameters.**", _DATA),
                (f"{p}tool_calls[*].name", _TOOL),
            )
        ),
        ("documents[*].**", _DATA),
        *schema_rules("tools[*]", "response_format.schema"),
        ("{citation_quality,prompt_truncation,connectors}.**", _LABEL),
    )


def _close_v1(event: Event) -> Iterable[Channel]:
    if (
        event.root.get("event_type") in ("stream-end", "tool-calls-generation")
        or event.root.get("is_finished") == "true"
    ):
        yield ()


class _V1Stream(StreamGrammar):
    """`event_type` tells which text goes on."""

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        kind = event.root.get("event_type")
        channel = super().channel(event, leaf)
        return None if channel is None or kind == "stream-end" else (kind, *channel)


CHAT_V1 = WireFormat(
    id="coh.chat1",
    conversation=("chat_history",),
    offsets=Offsets(
        OffsetRule(
            holder="**.citations[*]",
            start="start",
            end="end",
            up=2,
            down=("text",),
            channel=("text-generation", "text"),
        )
    ),
    request=request_rules(*chat_v1_rules()),
    response=response_rules(("**.parameters.**", _DATA), ("meta.**", _KEEP), ("response.meta.**", _KEEP)),
    stream=_V1Stream(
        [
            DeltaRule("text", (), "text"),
            DeltaRule("tool_call_delta.parameters", ((0, "index"),), "parameters"),
            DeltaRule("tool_call_delta.text", (), "plan"),
        ],
        _close_v1,
    ),
)

OTHER = WireFormat(
    id="coh.other",
    opaque_numbers=("tokens",),
    request=request_rules(
        ("documents[*].**", _DATA),
        ("{images,inputs}[*]", Treatment.LINK),
        ("inputs[*].content[*].image_url.**", _URL),
        ("{truncate,preset}", _LABEL),
        ("{embedding_types,rank_fields}[*]", _LABEL),
    ),
    response=response_rules(("embeddings.**", Treatment.SEALED), ("images[*].**", _KEEP), ("meta.**", _KEEP)),
)

ROUTES = (
    route(r"/v2/chat$", CHAT_V2),
    route(r"/v1/(?:chat|generate|summarize)$", CHAT_V1),
    route(r"/v[12]/(?:embed|rerank|classify|tokenize|detokenize|parse|embed-jobs)$", OTHER),
)
