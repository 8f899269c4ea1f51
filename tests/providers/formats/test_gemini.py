"""Gemini's bodies, leaf by leaf, in both spellings of member names."""

from __future__ import annotations

import json

import pytest

from dlp.providers.formats import gemini
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import parse_leaves
from tests.providers.treated import base64, data, keep, mistreated, snake, text, tool, url

SCHEMA = {
    "type": keep("OBJECT"),
    "properties": {"name": {"type": keep("STRING"), "description": text("Ann"), "enum": [text("A")]}},
    "required": [keep("name")],
    "propertyOrdering": [keep("name")],
}

CONTENTS = [
    {
        "role": keep("user"),
        "parts": [
            {"text": text("I am Ann")},
            {"inlineData": {"mimeType": keep("image/png"), "data": keep("iVBORw0K"), "displayName": text("Ann.png")}},
            {"inlineData": {"mimeType": keep("text/plain"), "data": base64("QW5u")}},
            {"fileData": {"mimeType": keep("application/pdf"), "fileUri": url("https://example.org/ann.pdf")}},
        ],
    },
    {
        "role": keep("model"),
        "parts": [
            {"thought": True, "text": text("Ann again")},
            {"thought": True, "text": keep("Somebody again"), "thoughtSignature": keep("CvcBAb4=")},
            {"text": text("Dear Ann"), "thoughtSignature": keep("CvcBAb4=")},
            {
                "functionCall": {
                    "id": keep("fc-1"),
                    "name": tool("mail"),
                    "args": {
                        "to": data("Ann"),
                        "signature": data("Ann Example"),
                        "id": data("Ann"),
                        "parts": [{"thought": True, "text": data("Ann"), "thoughtSignature": data("Ann")}],
                        "inlineData": {"data": data("Ann")},
                    },
                },
                "thoughtSignature": keep("CvcBAb4="),
            },
            {"executableCode": {"language": keep("PYTHON"), "code": text("print('Ann')")}},
            {"codeExecutionResult": {"outcome": keep("OUTCOME_OK"), "output": text("Ann")}},
        ],
    },
    {
        "role": keep("user"),
        "parts": [
            {
                "functionResponse": {
                    "id": keep("fc-1"),
                    "name": tool("mail"),
                    "response": {"result": data("Ann"), "signature": data("Ann")},
                    "parts": [{"inlineData": {"mimeType": keep("image/png"), "data": keep("iVBO")}}],
                }
            },
            {"toolCall": {"id": keep("t1"), "args": {"q": data("Ann")}}},
            {"toolResponse": {"id": keep("t1"), "response": {"q": data("Ann")}}},
            {"somethingNew": {"note": text("Ann")}},
        ],
    },
]

BODY = {
    "contents": CONTENTS,
    "systemInstruction": {"role": keep("system"), "parts": [{"text": text("You help Ann")}]},
    "cachedContent": keep("cachedContents/abc123"),
    "labels": {"owner": data("ann")},
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": tool("mail"),
                    "description": text("Writes to Ann"),
                    "parameters": SCHEMA,
                    "response": SCHEMA,
                    "parametersJsonSchema": SCHEMA,
                }
            ]
        },
        {"googleSearch": {"excludeDomains": [keep("example.org")]}},
    ],
    "toolConfig": {"functionCallingConfig": {"mode": keep("ANY"), "allowedFunctionNames": [keep("mail")]}},
    "safetySettings": [{"category": keep("HARM_CATEGORY_HARASSMENT"), "threshold": keep("BLOCK_NONE")}],
    "generationConfig": {
        "responseMimeType": keep("application/json"),
        "responseSchema": SCHEMA,
        "stopSequences": [text("Ann:")],
        "responseModalities": [keep("TEXT")],
        "thinkingConfig": {"thinkingLevel": keep("HIGH")},
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": keep("Kore")}}},
    },
    "somethingNew": {"note": text("Ann")},
}

OTHERS = [
    pytest.param(gemini.GENERATE, BODY, id="generate"),
    pytest.param(
        gemini.GENERATE,
        {
            "model": keep("gemini-3-pro"),
            "project": keep("proj-1"),
            "userPromptId": keep("a1b2"),
            "request": {**BODY, "sessionId": keep("s1")},
        },
        id="code assist",
    ),
    pytest.param(
        gemini.GENERATE, {"generateContentRequest": {"model": keep("models/gemini-3-pro"), **BODY}}, id="count"
    ),
    pytest.param(
        gemini.GENERATE,
        {
            "batch": {
                "displayName": text("Ann's batch"),
                "inputConfig": {"requests": {"requests": [{"request": BODY, "metadata": {"key": text("Ann 1")}}]}},
            }
        },
        id="batch",
    ),
    pytest.param(gemini.GENERATE, {"systemInstruction": text("You help Ann"), "contents": []}, id="bare instruction"),
    pytest.param(
        gemini.GENERATE,
        {"model": keep("models/g"), "displayName": text("Ann's"), "ttl": text("3600s"), "contents": CONTENTS},
        id="cached content",
    ),
    pytest.param(
        gemini.EMBED,
        {
            "requests": [
                {
                    "model": keep("models/e"),
                    "content": {"parts": [{"text": text("Ann")}]},
                    "taskType": keep("RETRIEVAL_DOCUMENT"),
                    "title": text("Ann"),
                }
            ]
        },
        id="embed many",
    ),
    pytest.param(gemini.EMBED, {"content": {"parts": [{"text": text("Ann")}]}, "title": text("Ann")}, id="embed one"),
    pytest.param(
        gemini.EMBED,
        {
            "instances": [
                {"prompt": text("Ann"), "image": {"bytesBase64Encoded": keep("iVBO"), "mimeType": keep("image/png")}},
                {"content": text("Ann"), "taskType": keep("X")},
            ],
            "parameters": {"aspectRatio": keep("16:9")},
        },
        id="predict",
    ),
    pytest.param(
        gemini.INTERACTIONS,
        {
            "model": keep("gemini-3"),
            "input": text("I am Ann"),
            "systemInstruction": text("Ann"),
            "previousInteractionId": keep("int_1"),
        },
        id="interaction, text",
    ),
    pytest.param(
        gemini.INTERACTIONS,
        {
            "input": [
                {
                    "type": keep("user_input"),
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {"type": keep("image"), "mimeType": keep("image/png"), "data": keep("iVBO")},
                    ],
                },
                {
                    "type": keep("function_call"),
                    "id": keep("fc1"),
                    "name": tool("f"),
                    "arguments": {"signature": data("Ann"), "id": data("Ann")},
                    "signature": keep("CvcB"),
                },
                {"type": keep("function_result"), "callId": keep("fc1"), "name": tool("f"), "result": data("Ann")},
                {
                    "type": keep("thought"),
                    "signature": keep("CvcB"),
                    "summary": [{"type": keep("text"), "text": text("Ann")}],
                },
            ],
            "tools": [
                {"type": keep("function"), "name": tool("f"), "description": text("Ann"), "parameters": SCHEMA},
                {
                    "type": keep("mcp_server"),
                    "name": tool("crm"),
                    "url": url("https://e.org"),
                    "headers": {"X-Key": keep("k y")},
                },
            ],
            "generationConfig": {"thinkingLevel": keep("high")},
        },
        id="interaction, steps",
    ),
    pytest.param(
        gemini.LIVE,
        {
            "setup": {
                "model": keep("models/g"),
                "systemInstruction": {"parts": [{"text": text("Ann")}]},
                "tools": [
                    {"functionDeclarations": [{"name": tool("f"), "description": text("Ann"), "parameters": SCHEMA}]}
                ],
                "generationConfig": {"responseModalities": [keep("AUDIO")]},
                "sessionResumption": {"handle": keep("Cihz-abc")},
            }
        },
        id="live, setup",
    ),
    pytest.param(
        gemini.LIVE,
        {"clientContent": {"turns": [{"role": keep("user"), "parts": [{"text": text("Ann")}]}]}},
        id="live, turns",
    ),
    pytest.param(
        gemini.LIVE,
        {
            "realtimeInput": {
                "text": text("Ann"),
                "audio": {"mimeType": keep("audio/pcm"), "data": keep("AAAA")},
                "mediaChunks": [{"mimeType": keep("audio/pcm"), "data": keep("AAAA")}],
            }
        },
        id="live, input",
    ),
    pytest.param(
        gemini.LIVE,
        {
            "toolResponse": {
                "functionResponses": [{"id": keep("fc1"), "name": tool("f"), "response": {"id": data("Ann")}}]
            }
        },
        id="live, tool response",
    ),
    pytest.param(gemini.FILES, {"key": keep("r1"), "request": BODY}, id="batch line"),
]


@pytest.mark.parametrize(
    "spelled", [pytest.param(lambda body: body, id="camelCase"), pytest.param(snake, id="snake_case")]
)
@pytest.mark.parametrize(("wire_format", "body"), OTHERS)
def test_requests(wire_format, body, spelled) -> None:
    assert mistreated(wire_format.request, spelled(body)) == {}


@pytest.mark.parametrize(
    "spelled", [pytest.param(lambda body: body, id="camelCase"), pytest.param(snake, id="snake_case")]
)
def test_answers(spelled) -> None:
    answer = {
        "candidates": [
            {
                "index": 0,
                "finishReason": text("STOP"),
                "finishMessage": text("x"),
                "safetyRatings": [{"category": keep("HARM")}],
                "content": {
                    "role": text("model"),
                    "parts": [
                        {"text": text("Hello [PII:NAME:0123abcd]"), "thoughtSignature": keep("CvcB")},
                        {"thought": True, "text": keep("x"), "thoughtSignature": keep("CvcB")},
                        {"thought": True, "text": text("x")},
                        {
                            "functionCall": {
                                "name": text("f"),
                                "args": {"signature": data("[PII:NAME:0123abcd]"), "usageMetadata": {"x": data("x")}},
                            }
                        },
                        {"inlineData": {"mimeType": text("image/png"), "data": keep("iVBO")}},
                    ],
                },
                "groundingMetadata": {
                    "webSearchQueries": [text("x")],
                    "groundingChunks": [{"web": {"title": text("x")}}],
                },
            }
        ],
        "usageMetadata": {"trafficType": keep("ON_DEMAND")},
    }
    assert (
        mistreated(gemini.GENERATE.response, spelled({**answer, "modelVersion": keep("g"), "responseId": keep("r")}))
        == {}
    )
    assert mistreated(gemini.GENERATE.response, spelled({"response": answer, "traceId": text("t")})) == {}


def _of_text(rules, document):
    return next(
        rules.treatment(leaf) for leaf in parse_leaves(json.dumps(document)) if leaf.key == "text" and leaf.value == "x"
    )


@pytest.mark.parametrize(
    "part",
    [
        {"text": "x"},
        {"text": "x", "thoughtSignature": "C"},
        {"text": "x", "thought": True},
        {"text": "x", "thought": True, "thoughtSignature": "C"},
    ],
)
def test_a_part_is_treated_alike_in_both_directions(part) -> None:
    """What is restored for the client must be masked when it comes back; what isn't examined must never have been restored."""
    asked = _of_text(gemini.GENERATE.request, {"contents": [{"role": "model", "parts": [part]}]})
    answered = _of_text(gemini.GENERATE.response, {"candidates": [{"content": {"parts": [part]}}]})
    assert (asked is Treatment.KEEP) == (answered is Treatment.KEEP)
