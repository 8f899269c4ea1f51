"""Google's Gemini format: the Gemini API, Vertex AI, and Code Assist, which wraps both ways in an envelope.

Member names come in camelCase or snake_case (proto3 JSON accepts both); the rules are written in camelCase.
Sources: the Gemini API reference and the types of google-genai 3.4.0.
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
from dlp.wire.json_leaves import Frame, Kind

_DATA, _KEEP, _URL, _LABEL = Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL


def _close(event: Event) -> Iterable[Channel]:
    """A candidate ends with its finish reason, a run of text also with a part of another kind."""
    if "error" in event.root:
        yield ()
    for leaf in event.leaves:
        if leaf.key in ("finishReason", "finish_reason") and leaf.kind is Kind.STRING and leaf.parent is not None:
            yield (leaf.parent.members.get("index") or leaf.parent.key,)
        elif leaf.kind is Kind.KEY and leaf.key in ("functionCall", "function_call", "executableCode", "inlineData"):
            candidate = _candidate_of(leaf.parent)
            if candidate is not None:
                yield (candidate.members.get("index") or candidate.key,)


def _candidate_of(frame: Frame | None) -> Frame | None:
    while frame is not None and frame.parent is not None:
        if frame.parent.key == "candidates" and frame.parent.is_array:
            return frame
        frame = frame.parent
    return None


def _rules(prefix: str = "") -> tuple[Rule, ...]:
    p = prefix
    parts = f"{p}contents[*].parts[*]"
    return (
        # Text next to a signature is what the signature covers.
        (f"{parts}<+signed>.text", _KEEP),
        (f"{p}**.{{functionCall,toolCall}}.args.**", _DATA),
        (f"{p}**.{{functionResponse,toolResponse}}.response.**", _DATA),
        (f"{p}**.{{functionCall,functionResponse,toolCall,toolResponse}}.{{name,id}}", _KEEP),
        (f"{p}**.inlineData<+readable>.data", Treatment.BASE64),
        (f"{p}**.inlineData.data", _KEEP),
        (f"{p}**.fileData.fileUri", _URL),
        *schema_rules(f"{p}tools[*]", f"{p}generationConfig.{{responseSchema,responseJsonSchema}}"),
        (f"{p}generationConfig.stopSequences[*]", Treatment.TEXT),
        (f"{p}{{generationConfig,safetySettings,toolConfig}}.**", _LABEL),
        (f"{p}safetySettings[*].**", _LABEL),
        (f"{p}cachedContent", _LABEL),
    )


_RESPONSE: tuple[Rule, ...] = (
    ("**.inlineData.data", _KEEP),
    ("**.promptFeedback.**", _KEEP),
    ("**.safetyRatings[*].**", _KEEP),
    ("**.{responseId,modelVersion}", _KEEP),
)

GENERATE = WireFormat(
    id="gem.generate",
    conversation=("contents",),
    request=request_rules(*_rules(), *_rules("request."), *_rules("requests[*].request."), camel=True),
    response=response_rules(*_RESPONSE, camel=True),
    stream=StreamGrammar(
        [
            DeltaRule("candidates[*].content.parts[*].text", ((3, "index"), (0, "thought")), "text"),
            DeltaRule("response.candidates[*].content.parts[*].text", ((3, "index"), (0, "thought")), "text"),
            DeltaRule(
                "**.candidates[*].content.parts[*].functionCall.partialArgs[*].stringValue",
                ((5, "index"), (0, "jsonPath")),
                "args",
            ),
        ],
        _close,
        camel=True,
    ),
)

EMBED = WireFormat(
    id="gem.embed",
    request=request_rules(*_rules(), *_rules("requests[*]."), ("parameters.**", _LABEL), camel=True),
    response=response_rules(camel=True),
)

INTERACTIONS = WireFormat(
    id="gem.interactions",
    conversation=("input",),
    request=request_rules(
        ("**.{arguments,result}.**", _DATA),
        *schema_rules("tools[*]", "generationConfig", "responseFormat"),
        camel=True,
    ),
    response=response_rules(camel=True),
    stream=StreamGrammar(
        [
            DeltaRule("delta.text", ((1, "index"),), "text"),
            DeltaRule("delta.arguments", ((1, "index"),), "arguments"),
            DeltaRule("delta.content.text", ((2, "index"),), "summary"),
        ],
        lambda event: [(event.root.get("index"),)]
        if event.root.get("event_type") == "step.stop"
        else [()]
        if (event.root.get("event_type") or "").endswith((".completed", "error"))
        else [],
        camel=True,
    ),
)

ROUTES = (
    route(r":(?:generateContent|streamGenerateContent|countTokens|computeTokens|batchGenerateContent)$", GENERATE),
    route(r"/cachedContents(?:/.*)?$", GENERATE, "POST", "PATCH", "GET"),
    route(r":(?:embedContent|batchEmbedContents|asyncBatchEmbedContent|predict|predictLongRunning)$", EMBED),
    route(r"/interactions(?:/.*)?$", INTERACTIONS, "POST", "GET"),
)
