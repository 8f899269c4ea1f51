"""Google's Gemini format: the Gemini API, Vertex AI, and Code Assist, which wraps both ways in an envelope.

Member names come in camelCase or snake_case (proto3 JSON accepts both); the rules are written in camelCase. A thought that
carries a signature is left alone in both directions; signed *answers* are restored and masked again, because Gemini 3
signs the last part of every answer and the client would otherwise read tokens.

Sources: the Gemini API and Vertex AI references and the types of google-genai 3.4.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import override

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    OffsetRule,
    Offsets,
    StreamGrammar,
    Unit,
    WireFormat,
    name_of,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.rules import Rule, Treatment
from dlp.wire.json_leaves import Frame, Kind, Leaf

_DATA, _KEEP, _URL, _LABEL, _SEALED = (
    Treatment.DATA,
    Treatment.KEEP,
    Treatment.URL,
    Treatment.LABEL,
    Treatment.SEALED,
)

_CALLS = "{functionCall,toolCall}"
_RESULTS = "{functionResponse,toolResponse}"

_PARTS: tuple[Rule, ...] = (
    # Arguments and results are free in form: no rule below reaches into them.
    (f"**.{_CALLS}.args.**", _DATA),
    (f"**.{_RESULTS}.response.**", _DATA),
    ("**.functionCalls[*].args.**", _DATA),
    ("**.functionResponses[*].response.**", _DATA),
    ("**.{functionCall,toolCall,functionResponse,toolResponse}.name", Treatment.TOOL),
    ("**.{functionCall,toolCall,functionResponse,toolResponse}.id", _LABEL),
    ("**.{functionCalls,functionResponses}[*].name", Treatment.TOOL),
    ("**.{functionCalls,functionResponses}[*].id", _LABEL),
    ("**.functionResponse.scheduling", _LABEL),
    ("**.parts[*]<+thought>.text", Treatment.SIGNED),
    ("**.inlineData<+readable>.data", Treatment.BASE64),
    ("**.inlineData.data", _SEALED),
    ("**.fileData.fileUri", _URL),
    ("**.executableCode.language", _LABEL),
    ("**.codeExecutionResult.outcome", _LABEL),
)


def _body_rules(p: str = "") -> tuple[Rule, ...]:
    """The rules of what stands beside the contents, in a body under `p`."""
    schemas = "{responseSchema,responseJsonSchema}"
    return (
        *schema_rules(f"{p}tools[*]", f"{p}generationConfig.{schemas}"),
        (f"{p}generationConfig.stopSequences[*]", Treatment.TEXT),
        (f"{p}{{generationConfig,toolConfig,safetySettings}}.**", _LABEL),
        (f"{p}cachedContent", _LABEL),
        (f"{p}tools[*].**.{{excludeDomains,fileSearchStoreNames}}[*]", _LABEL),
        (f"{p}labels.**", _DATA),
    )


_RESPONSE: tuple[Rule, ...] = (
    (f"**.{_CALLS}.args.**", _DATA),
    ("**.functionCalls[*].args.**", _DATA),
    ("**.parts[*]<+thought>.text", Treatment.SIGNED),
    ("**.inlineData.data", _SEALED),
    ("**.candidates[*].{safetyRatings,logprobsResult}.**", _KEEP),
    ("promptFeedback.**", _KEEP),
    ("response.promptFeedback.**", _KEEP),
    ("{responseId,modelVersion}", _KEEP),
    ("usageMetadata.**", _KEEP),
    ("response.usageMetadata.**", _KEEP),
)

_OTHER_PARTS = frozenset(
    {
        *("functionCall", "executableCode", "codeExecutionResult", "inlineData"),
        *("function_call", "executable_code", "code_execution_result", "inline_data"),
    }
)
_SIGNATURES = ("thoughtSignature", "thought_signature")
_ANSWER, _THOUGHT = None, "true"


def _close(event: Event) -> Iterable[Channel]:
    """A candidate ends with its finish reason; a run of text also with a part of another kind, or one that is only signed."""
    if "error" in event.root:
        yield ()
    for leaf in event.leaves:
        part = leaf.parent
        if part is None:
            continue
        if leaf.key in ("finishReason", "finish_reason") and leaf.kind is Kind.STRING:
            yield (name_of(part),)
        elif (leaf.kind is Kind.KEY and leaf.key in _OTHER_PARTS) or (
            leaf.kind is Kind.STRING and leaf.key in _SIGNATURES and not part.members.get("text")
        ):
            yield from _runs(part, _ANSWER, _THOUGHT)
        elif leaf.kind is Kind.STRING and leaf.key == "text" and leaf.value:
            yield from _runs(part, _ANSWER if name_of(part, "thought?") else _THOUGHT)


def _runs(part: Frame, *kinds: str | None) -> Iterable[Channel]:
    """The channels of a candidate's texts; those of its calls' arguments go on."""
    candidate = _candidate_of(part)
    if candidate is not None:
        yield from ((name_of(candidate), kind) for kind in kinds)


def _candidate_of(frame: Frame | None) -> Frame | None:
    while frame is not None and frame.parent is not None:
        if frame.parent.key == "candidates" and frame.parent.is_array:
            return frame
        frame = frame.parent
    return None


class _ContentStream(StreamGrammar):
    """Parts that carry a signature and no text get none: what is held back leaves in a copy of the part before."""

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        part = leaf.parent
        if not leaf.value and part is not None and any(part.members.get(name) for name in _SIGNATURES):
            return None
        return super().channel(event, leaf)


_TEXT = ("content", "parts", "@partIndex", "text")


def _in_candidate(holder: str, up: int) -> OffsetRule:
    """Numbers that count in an answer's text; `up` containers above their holder stands the candidate."""
    place = f"**.candidates[*].{holder}"
    channel = ((up, "index"), (0, "thought?"), "text")
    return OffsetRule(holder=place, start="startIndex", end="endIndex", up=up, down=_TEXT, channel=channel)


GENERATE = WireFormat(
    id="gem.generate",
    state=("cachedContent", "cached_content"),
    conversation=("contents", "request"),
    offsets=Offsets(
        _in_candidate("groundingMetadata.groundingSupports[*].segment", 4),
        _in_candidate("citationMetadata.{citationSources,citations}[*]", 3),
        unit=Unit.BYTES,
        camel=True,
    ),
    request=request_rules(
        *_PARTS,
        *_body_rules(),
        *_body_rules("request."),  # Code Assist's envelope
        *_body_rules("generateContentRequest."),  # countTokens
        *_body_rules("**.requests[*].request."),  # batches
        ("{userPromptId,project}", _LABEL),
        camel=True,
    ),
    response=response_rules(*_RESPONSE, camel=True),
    stream=_ContentStream(
        [
            DeltaRule("candidates[*].content.parts[*].text", ((3, "index"), (0, "thought?")), "text"),
            DeltaRule("response.candidates[*].content.parts[*].text", ((3, "index"), (0, "thought?")), "text"),
            DeltaRule(
                "**.candidates[*].content.parts[*].functionCall.partialArgs[*].stringValue",
                ((6, "index"), (2, "id"), (0, "jsonPath|json_path")),
                "args",
            ),
        ],
        _close,
        camel=True,
    ),
)

EMBED = WireFormat(
    id="gem.embed",
    request=request_rules(
        *_PARTS,
        ("{taskType,model}", _LABEL),
        ("requests[*].{taskType,model}", _LABEL),
        ("instances[*].**.{gcsUri,fileUri,uri}", _URL),
        ("instances[*].**.{bytesBase64Encoded,audioContent}", _SEALED),
        ("instances[*].struct.**", _DATA),
        ("parameters.**", _LABEL),
        ("labels.**", _DATA),
        camel=True,
    ),
    response=response_rules(("**.bytesBase64Encoded", _SEALED), camel=True),
)


def _close_step(event: Event) -> Iterable[Channel]:
    kind = event.root.get("event_type") or ""
    if kind in ("step.stop", "content.stop"):
        yield (event.index(),)
    elif kind.endswith((".completed", ".complete", "error")) or "error" in event.root:
        yield ()


INTERACTIONS = WireFormat(
    id="gem.interactions",
    state=("*",),
    conversation=("input",),
    offsets=Offsets(
        OffsetRule(
            holder="**.annotations[*]",
            start="startIndex",
            end="endIndex",
            up=2,
            down=("text",),
            channel=((3, "index"), "text"),
        ),
        unit=Unit.BYTES,
        camel=True,
    ),
    request=request_rules(
        ("input.**.arguments.**", _DATA),
        ("input.**.{result,response}.**", _DATA),
        ("input.**<function_call|function_result>.name", Treatment.TOOL),
        ("input.**<+readable>.data", Treatment.BASE64),
        ("input.**.data", _SEALED),
        ("input.**.{uri,fileUri}", _URL),
        *schema_rules("tools[*]", "responseFormat"),
        ("tools[*].headers.**", _KEEP),
        ("tools[*].url", _URL),
        ("{generationConfig,agentConfig,responseModalities}.**", _LABEL),
        ("labels.**", _DATA),
        camel=True,
    ),
    response=response_rules(
        ("**.arguments.**", _DATA),
        ("**.data", _SEALED),
        ("delta<thought_signature>.signature", _KEEP),
        ("{usage,usageMetadata}.**", _KEEP),
        camel=True,
    ),
    stream=StreamGrammar(
        [
            DeltaRule("delta.text", ((1, "index"),), "text"),
            DeltaRule("delta.arguments", ((1, "index"),), "arguments"),
            DeltaRule("delta.partialArguments", ((1, "index"),), "arguments"),
            DeltaRule("delta.content.text", ((2, "index"),), "summary"),
        ],
        _close_step,
        camel=True,
    ),
)


def _close_turn(event: Event) -> Iterable[Channel]:
    """A turn ends with a flag in `serverContent`, a run of text with a tool call."""
    ends = (
        "turnComplete",
        "turn_complete",
        "generationComplete",
        "generation_complete",
        "interrupted",
        "toolCall",
        "tool_call",
    )
    for leaf in event.leaves:
        if leaf.kind is Kind.KEY and leaf.key in ends:
            yield ()


LIVE = WireFormat(
    id="gem.live",
    request=request_rules(
        *_PARTS,
        *_body_rules("setup."),
        ("realtimeInput.{audio,video}.data", _SEALED),
        ("realtimeInput.mediaChunks[*].data", _SEALED),
        ("setup.{sessionResumption,realtimeInputConfig,contextWindowCompression,proactivity}.**", _LABEL),
        camel=True,
    ),
    response=response_rules(*_RESPONSE, ("sessionResumptionUpdate.**", _KEEP), camel=True),
    stream=StreamGrammar(
        [
            DeltaRule("serverContent.modelTurn.parts[*].text", ((0, "thought?"),), "text"),
            DeltaRule("serverContent.inputTranscription.text", (), "input"),
            DeltaRule("serverContent.outputTranscription.text", (), "output"),
        ],
        _close_turn,
        camel=True,
    ),
    websocket=True,
)

# A line of a batch file is `{key, request}`; uploads of other files are text or media.
FILES = WireFormat(
    id="gem.files",
    state=("*",),
    request=request_rules(
        ("key", _LABEL),
        *_PARTS,
        *_body_rules("request."),
        ("{file,config}.**.{name,mimeType}", _LABEL),
        camel=True,
    ),
    response=response_rules(*_RESPONSE, ("**.{uri,downloadUri}", _KEEP), camel=True),
    files=True,
)

STORED = replace(GENERATE, id="gem.stored", state=("*",))
"""What is kept for later: cached contents, and jobs whose answers are fetched."""

ROUTES = (
    route(r":(?:generateContent|streamGenerateContent|countTokens|computeTokens)$", GENERATE),
    route(r":batchGenerateContent$", STORED),
    route(r"/cachedContents(?:/.*)?$", STORED, "POST", "PATCH", "GET"),
    route(
        r":(?:embedContent|batchEmbedContents|asyncBatchEmbedContent|predict|predictLongRunning|serverStreamingPredict)$",
        EMBED,
    ),
    route(r"/interactions(?:/.*)?$", INTERACTIONS, "POST", "GET"),
    route(r"/ws/google\.(?:ai|cloud)\..*BidiGenerateContent", LIVE, "GET", "POST"),
    route(
        r"^/upload/|^/v\w+/files(?:/.*|:.*)?$|/fileSearchStores(?:/.*)?:uploadToFileSearchStore$",
        FILES,
        "POST",
        "PUT",
        "GET",
    ),
    route(r"^/v\w+/batches(?:/.*)?$|/batchPredictionJobs(?:/.*)?$", STORED, "POST", "GET"),
)
