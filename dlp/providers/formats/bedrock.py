"""AWS Bedrock: Converse, InvokeModel with every model family's own body, agents, knowledge bases, flows and guardrails.

Streams are AWS event-stream frames. Converse's payloads are the events, named by `:event-type`; those of InvokeModel wrap the
model family's own event in base64; those of agents wrap text. Which family a body belongs to isn't told by the path
(an inference profile's ARN says nothing), so one format knows them all.

Sources: the service models in botocore 1.44.5 (bedrock-runtime, bedrock-agent-runtime), and for the bodies of
InvokeModel the "Inference request parameters" pages of the Bedrock user guide.
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
    Payload,
    StreamGrammar,
    WireFormat,
    name_of,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.formats.anthropic import ANSWER_RULES, IN_DOCUMENTS, message_rules
from dlp.providers.formats.cohere import chat_v1_rules
from dlp.providers.formats.openai import chat_rules
from dlp.providers.rules import Rule, Treatment
from dlp.wire.json_leaves import Kind, Leaf

_TEXT, _DATA, _KEEP, _URL, _LABEL = Treatment.TEXT, Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL
_SEALED, _SIGNED, _TOOL = Treatment.SEALED, Treatment.SIGNED, Treatment.TOOL


def converse_rules(p: str = "") -> tuple[Rule, ...]:
    """The rules of a Converse body that stands under `p`."""
    block = f"{p}messages[*].content[*]"
    return (
        (f"{block}.toolUse.input.**", _DATA),
        (f"{block}.toolResult.content[*].json.**", _DATA),
        (f"{block}.toolUse.name", _TOOL),
        (f"{block}.toolUse.type", _LABEL),
        (f"{block}.{{toolAddition,toolRemoval}}.tool.**", _LABEL),
        (f"{block}.reasoningContent.reasoningText<+signed>.text", _SIGNED),
        (f"{block}.**.document.name", Treatment.DASHED),
        (f"{block}.**.document<+readable>.source.bytes", Treatment.BASE64),
        (f"{block}.**.source.bytes", _SEALED),
        (f"{block}.**.s3Location.**", _URL),
        (f"{block}.**.guardContent.text.qualifiers[*]", _LABEL),
        (f"{p}system[*].guardContent.text.qualifiers[*]", _LABEL),
        (f"{p}system[*].**.source.bytes", _SEALED),
        *schema_rules(f"{p}toolConfig.tools[*]"),
        (f"{p}toolConfig.tools[*].**", _TEXT),
        (f"{p}promptVariables.**", _DATA),
        (f"{p}outputConfig.textFormat.structure.jsonSchema.name", _TOOL),
        (f"{p}outputConfig.textFormat.structure.jsonSchema.schema", _TEXT),
        (f"{p}outputConfig.textFormat.structure.jsonSchema.description", _TEXT),
        (f"{p}{{guardrailConfig,outputConfig,performanceConfig,serviceTier}}.**", _LABEL),
        (f"{p}additionalModelResponseFieldPaths[*]", _LABEL),
        (f"{p}requestMetadata.*", Treatment.SLUG),  # letters, digits and a few marks, but no brackets
    )


_CONVERSE_ANSWER: tuple[Rule, ...] = (
    ("**.toolUse.input.**", _DATA),
    ("**.reasoningContent.reasoningText.text", _SIGNED),
    ("**.reasoningContent.reasoningText.signature", _KEEP),
    ("delta.reasoningContent.text", _SIGNED),
    ("contentBlockDelta.delta.reasoningContent.text", _SIGNED),
    ("delta.reasoningContent.{signature,redactedContent}", _KEEP),
    ("contentBlockDelta.delta.reasoningContent.{signature,redactedContent}", _KEEP),
    ("**.source.bytes", _SEALED),
    ("{usage,metrics}.**", _KEEP),
)


def _close_block(event: Event) -> Iterable[Channel]:
    """`contentBlockStop`, by name or as the member that wraps it (Nova's own stream)."""
    if event.name == "contentBlockStop":
        yield (event.index("contentBlockIndex"),)
    elif event.name in ("messageStop", "metadata") or event.name.endswith("Exception"):
        yield ()
    for leaf in event.leaves:
        if leaf.kind is Kind.KEY and leaf.key in ("contentBlockStop", "messageStop"):
            yield ()


CONVERSE = WireFormat(
    id="bed.converse",
    conversation=("messages",),
    offsets=Offsets(
        OffsetRule(holder="**.documentChar", start="start", end="end", document="documentIndex"),
        documents=("**.document.source", "**.document.source.text"),
    ),
    request=request_rules(*converse_rules()),
    response=response_rules(*_CONVERSE_ANSWER),
    stream=StreamGrammar(
        [
            DeltaRule("delta.text", ((1, "contentBlockIndex"),), "text"),
            DeltaRule("delta.reasoningContent.text", ((2, "contentBlockIndex"),), "reasoning"),
            DeltaRule("delta.toolUse.input", ((2, "contentBlockIndex"),), "input"),
            DeltaRule("delta.toolResult[*].text", ((3, "contentBlockIndex"), (0, "index")), "result"),
        ],
        _close_block,
    ),
)

_REASONS = ("finish_reason", "stop_reason", "completionReason", "stopReason")


def _close_family(event: Event) -> Iterable[Channel]:
    yield from _close_block(event)
    kind = event.root.get("type") or event.root.get("event_type")
    if kind == "content_block_stop":
        yield (event.index(),)
    elif kind in ("message_delta", "message_stop", "error", "stream-end") or event.root.get("is_finished") == "true":
        yield ()
    for leaf in event.leaves:
        if leaf.key in _REASONS and leaf.kind is Kind.STRING and leaf.parent is not None:
            # With several choices the reason stands in one of them, otherwise in the root.
            yield (name_of(leaf.parent),) if leaf.parent.parent is not None and leaf.parent.parent.is_array else ()


INVOKE = WireFormat(
    id="bed.invoke",
    conversation=("messages", "chat_history"),
    offsets=Offsets(IN_DOCUMENTS, documents=("**<document>.source", "**<document>.source<text>.data")),
    request=request_rules(
        *message_rules(),
        *converse_rules(),
        *chat_v1_rules(),
        *chat_rules(),
        ("{images,texts}[*]", Treatment.LINK),
        ("inputImage", _SEALED),
    ),
    response=response_rules(
        *ANSWER_RULES,
        *_CONVERSE_ANSWER,
        ("{embedding,embeddings,images}.**", _SEALED),
        ("**.logprobs.**", _KEEP),
        ("amazon-bedrock-invocationMetrics.**", _KEEP),
    ),
    payload=Payload.BASE64_JSON,
    stream=StreamGrammar(
        [
            DeltaRule("delta<text_delta>.text", ((1, "index"),), "text"),
            DeltaRule("delta<input_json_delta>.partial_json", ((1, "index"),), "json"),
            DeltaRule("contentBlockDelta.delta.text", ((1, "contentBlockIndex"),), "text"),
            DeltaRule("contentBlockDelta.delta.reasoningContent.text", ((2, "contentBlockIndex"),), "reasoning"),
            DeltaRule("delta<thinking_delta>.thinking", ((1, "index"),), "thinking"),
            DeltaRule("contentBlockDelta.delta.toolUse.input", ((2, "contentBlockIndex"),), "input"),
            DeltaRule("outputs[*].text", ((0, "index"),), "text"),
            DeltaRule("choices[*].{delta,message}.content", ((1, "index"),), "content"),
            DeltaRule("choices[*].{delta,message}.{reasoning,reasoning_content}", ((1, "index"),), "reasoning"),
            DeltaRule(
                "choices[*].delta.tool_calls[*].function.arguments", ((4, "index"), (1, "index|id")), "arguments"
            ),
            DeltaRule("choices[*].text", ((0, "index"),), "text"),
            DeltaRule("{outputText,generation,text}", (), "text"),
        ],
        _close_family,
    ),
)

COUNT = WireFormat(
    id="bed.count",
    conversation=("input",),
    request=request_rules(*converse_rules("input.converse."), ("input.invokeModel.body", Treatment.BASE64)),
    response=response_rules(),
)

ASYNC = WireFormat(
    id="bed.async",
    state=("*",),
    request=request_rules(
        ("modelInput.**.{bytes,bytesBase64Encoded}", _SEALED),
        ("modelInput.**.{s3Uri,uri}", _URL),
        ("{outputDataConfig,tags}.**", _LABEL),
        ("clientRequestToken", _LABEL),
    ),
    response=response_rules(),
)

_AGENT_RULES: tuple[Rule, ...] = (
    ("sessionState.{sessionAttributes,promptSessionAttributes}.**", _DATA),
    ("**.byteContent<+readable>.data", Treatment.BASE64),
    ("**.byteContent.data", _SEALED),
    ("**.s3Location.**", _URL),
    (
        "**.{modelArn,customerEncryptionKeyArn,sourceArn,foundationModel,apiPath,httpMethod,actionGroup,function}",
        _LABEL,
    ),
    *schema_rules("actionGroups[*]"),
    ("inputs[*].content.document.**", _DATA),
    ("inputs[*].{nodeName,nodeOutputName,nodeInputName}", _LABEL),
    ("sources[*].inlineDocumentSource.jsonDocument.**", _DATA),
    ("**.filter.**.key", _LABEL),
)

_AGENT_ANSWER: tuple[Rule, ...] = (
    ("**.metadata.**", _TEXT),
    ("**.byteContent", _SEALED),
    ("**.location.**", _TEXT),
)

_SPANS = Offsets(
    OffsetRule(
        holder="**.textResponsePart.span", start="start", end="end", up=5, down=("output", "text"), channel=("text",)
    )
)

AGENT = WireFormat(
    id="bed.agent",
    state=("*",),
    offsets=_SPANS,
    request=request_rules(*_AGENT_RULES),
    response=response_rules(*_AGENT_ANSWER),
    payload=Payload.BASE64_TEXT,
    stream=StreamGrammar([DeltaRule("bytes", (), "text")]),
)


class _OutputStream(StreamGrammar):
    """`output` events carry the text in pieces; citations and results arrive whole."""

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        return super().channel(event, leaf) if event.name in ("output", "") else None


KNOWLEDGE = WireFormat(
    id="bed.knowledge",
    offsets=_SPANS,
    request=request_rules(*_AGENT_RULES),
    response=response_rules(*_AGENT_ANSWER),
    stream=_OutputStream(
        [DeltaRule("text", (), "text")], lambda event: [()] if event.name not in ("output", "") else []
    ),
)

GUARDRAIL = WireFormat(
    id="bed.guard",
    request=request_rules(
        ("content[*].text.qualifiers[*]", _LABEL),
        ("**.source.bytes", _SEALED),
        ("{source,outputScope}", _LABEL),
    ),
    response=response_rules(),
)

ROUTES = (
    route(r"/model/.+/converse(?:-stream)?$", CONVERSE),
    route(r"/model/.+/invoke(?:-with-response-stream)?$", INVOKE),
    route(r"/model/.+/count-tokens$", COUNT),
    route(r"/async-invoke(?:/.*)?$", ASYNC, "POST", "GET"),
    route(r"/guardrail/.*/apply$", GUARDRAIL),
    route(r"/guardrail-checks/invoke$", GUARDRAIL),
    route(r"^/agents/", AGENT),
    route(
        r"^/(?:knowledgebases|flows|sessions|retrieveAndGenerate|rerank|generateQuery|optimize-prompt|agenticRetrieve)",
        KNOWLEDGE,
        *("POST", "PUT", "GET"),
    ),
)
