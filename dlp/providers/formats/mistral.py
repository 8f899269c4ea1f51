"""Mistral's own endpoints: conversations, agents, document reading. Its chat is OpenAI's, with chunks for content.

Sources: Mistral's API reference and the types of mistralai 3.7.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

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
from dlp.providers.formats.openai import CHAT
from dlp.providers.rules import Rule, Treatment
from dlp.wire.json_leaves import Leaf

_DATA, _KEEP, _URL, _LABEL, _SEALED = (
    Treatment.DATA,
    Treatment.KEEP,
    Treatment.URL,
    Treatment.LABEL,
    Treatment.SEALED,
)

_MAX_OUTPUTS = 256
"""Outputs of one conversation answer that are told apart when a later one begins."""


def _close_outputs(event: Event) -> Iterable[Channel]:
    """Outputs have no end of their own: a later one ends those before it, the whole answer's end all of them."""
    kind = event.root.get("type") or ""
    if kind.startswith("conversation.response.") and not kind.endswith("started"):
        yield ()
    elif kind == "tool.execution.done":
        yield (event.index("output_index"),)
    elif (index := event.index("output_index")).isdecimal() and len(index) < 4:
        yield from ((str(earlier),) for earlier in range(min(int(index), _MAX_OUTPUTS)))


class _ConversationStream(StreamGrammar):
    """The event's `type` names the family: a call's arguments and a message may stand at the same index."""

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        kind = event.root.get("type") or ""
        channel = super().channel(event, leaf)
        if channel is None or not kind.endswith(".delta"):
            return None
        return (event.index("output_index"), event.index("content_index"), kind, *channel)


_ENTRY: tuple[Rule, ...] = (
    ("inputs[*].arguments.**", _DATA),
    ("inputs[*]<function.call|tool.execution>.name", Treatment.TOOL),
    ("inputs[*].content[*].{image_url,document_url}.**", _URL),
    ("inputs[*].content[*].input_audio", _SEALED),
    ("inputs[*].content[*].url", _KEEP),
)

CONVERSATIONS = WireFormat(
    id="mis.conversations",
    state=("*",),
    conversation=("inputs",),
    request=request_rules(
        *_ENTRY,
        ("metadata.**", _DATA),
        ("guardrails[*].**", _LABEL),
        ("{completion_args,handoffs,handoff_execution}.stop", Treatment.TEXT),
        *schema_rules("tools[*]", "completion_args.response_format"),
        ("{completion_args,handoffs,handoff_execution}.**", _LABEL),
    ),
    response=response_rules(("**.arguments.**", _DATA), ("usage.**", _KEEP)),
    stream=_ConversationStream(
        [
            DeltaRule("content", (), "text"),
            DeltaRule("content.text", (), "text"),
            DeltaRule("content.thinking[*].text", (), "thinking"),
            DeltaRule("arguments", (), "arguments"),
        ],
        _close_outputs,
    ),
)

OCR = WireFormat(
    id="mis.ocr",
    request=request_rules(
        ("document.{document_url,image_url}.**", _URL),
        *schema_rules("document_annotation_format", "bbox_annotation_format"),
        ("{table_format,confidence_scores_granularity}", _LABEL),
    ),
    response=response_rules(("**.image_base64", Treatment.LINK), ("usage_info.**", _KEEP)),
)

ROUTES = (
    route(r"/agents/completions$", CHAT),
    route(r"/conversations(?:/.*)?$", CONVERSATIONS, "POST", "GET"),
    route(r"/v1/agents(?:/.*)?$", CONVERSATIONS, "POST", "PATCH", "GET"),
    route(r"/ocr$", OCR),
)
