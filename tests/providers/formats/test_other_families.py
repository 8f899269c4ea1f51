"""The bodies of Bedrock, Cohere, Mistral, Hugging Face, Replicate, Ollama and the ChatGPT web app, leaf by leaf."""

from __future__ import annotations

import pytest

from dlp.providers.formats import (
    bedrock,
    chatgpt_web,
    cohere,
    generic,
    huggingface,
    mistral,
    ollama,
    replicate,
)
from tests.providers.treated import base64, dashed, data, keep, mistreated, slug, text, tool, url

SCHEMA = {
    "type": keep("object"),
    "properties": {"who": {"type": keep("string"), "description": text("Ann")}},
    "required": [keep("who")],
}
FREE = {
    "signature": data("Ann Example"),
    "id": data("Ann"),
    "type": data("Ann"),
    "text": [data("Ann")],
    "model": data("Ann"),
}

CONVERSE = {
    "system": [
        {"text": text("You help Ann")},
        {"guardContent": {"text": {"text": text("Ann"), "qualifiers": [keep("guard_content")]}}},
        {"cachePoint": {"type": keep("default")}},
    ],
    "messages": [
        {
            "role": keep("user"),
            "content": [
                {"text": text("I am Ann")},
                {"image": {"format": keep("png"), "source": {"bytes": keep("iVBORw0KGgo=")}}},
                {
                    "document": {
                        "format": keep("pdf"),
                        "name": dashed("Ann"),
                        "source": {"bytes": keep("JVBERi0xLjc=")},
                        "context": text("Ann"),
                    }
                },
                {"document": {"format": keep("txt"), "name": dashed("Ann"), "source": {"bytes": base64("QW5u")}}},
                {"document": {"format": keep("md"), "name": dashed("Ann"), "source": {"text": text("Ann")}}},
                {"document": {"name": dashed("Ann"), "source": {"content": [{"text": text("Ann")}]}}},
                {
                    "video": {
                        "format": keep("mp4"),
                        "source": {
                            "s3Location": {"uri": url("s3://bucket/ann.mp4"), "bucketOwner": url("111122223333")}
                        },
                    }
                },
                {"searchResult": {"source": text("Ann"), "title": text("Ann"), "content": [{"text": text("Ann")}]}},
                {"guardContent": {"text": {"text": text("Ann"), "qualifiers": [keep("query")]}}},
            ],
        },
        {
            "role": keep("assistant"),
            "content": [
                {"reasoningContent": {"reasoningText": {"text": keep("Somebody asks"), "signature": keep("EqoB")}}},
                {"reasoningContent": {"redactedContent": keep("EqoB")}},
                {"toolUse": {"toolUseId": keep("tooluse_1"), "name": tool("mail"), "input": FREE}},
                {
                    "citationsContent": {
                        "content": [{"text": text("Ann")}],
                        "citations": [{"title": text("Ann"), "sourceContent": [{"text": text("Ann")}]}],
                    }
                },
            ],
        },
        {
            "role": keep("user"),
            "content": [
                {
                    "toolResult": {
                        "toolUseId": keep("tooluse_1"),
                        "status": keep("success"),
                        "content": [
                            {"text": text("Ann")},
                            {"json": FREE},
                            {
                                "document": {
                                    "format": keep("csv"),
                                    "name": dashed("Ann"),
                                    "source": {"bytes": base64("QW5u")},
                                }
                            },
                            {"image": {"format": keep("png"), "source": {"bytes": keep("iVBO")}}},
                        ],
                    }
                },
            ],
        },
    ],
    "inferenceConfig": {"stopSequences": [text("Ann:")]},
    "toolConfig": {
        "tools": [
            {"toolSpec": {"name": tool("mail"), "description": text("Ann"), "inputSchema": {"json": SCHEMA}}},
            {"cachePoint": {"type": keep("default")}},
        ],
        "toolChoice": {"tool": {"name": tool("mail")}},
    },
    "guardrailConfig": {"guardrailIdentifier": keep("gr-1"), "guardrailVersion": keep("1"), "trace": keep("enabled")},
    "promptVariables": {"who": {"text": data("Ann")}},
    "requestMetadata": {"owner": slug("ann@example.org")},
    "additionalModelRequestFields": {"note": text("Ann")},
    "additionalModelResponseFieldPaths": [keep("/stop_sequence")],
    "outputConfig": {
        "textFormat": {
            "type": keep("json_schema"),
            "structure": {
                "jsonSchema": {"schema": text('{"type": "object"}'), "name": tool("p"), "description": text("Ann")}
            },
        }
    },
    "performanceConfig": {"latency": keep("optimized")},
}

REQUESTS = [
    pytest.param(bedrock.CONVERSE, CONVERSE, id="converse"),
    pytest.param(
        bedrock.COUNT,
        {"input": {"converse": {"messages": CONVERSE["messages"], "system": CONVERSE["system"]}}},
        id="count, converse",
    ),
    pytest.param(bedrock.COUNT, {"input": {"invokeModel": {"body": base64("e30=")}}}, id="count, invoke"),
    pytest.param(
        bedrock.INVOKE,
        {
            "anthropic_version": keep("bedrock-2023-05-31"),
            "anthropic_beta": [keep("tools-2024-04-04")],
            "system": text("Ann"),
            "messages": [
                {
                    "role": keep("assistant"),
                    "content": [
                        {"type": keep("thinking"), "thinking": keep("x"), "signature": keep("EqoB")},
                        {"type": keep("tool_use"), "id": keep("toolu_1"), "name": tool("f"), "input": FREE},
                    ],
                },
                {
                    "role": keep("user"),
                    "content": [
                        {
                            "type": keep("document"),
                            "source": {"type": keep("text"), "media_type": keep("text/plain"), "data": text("Ann")},
                        }
                    ],
                },
            ],
        },
        id="invoke, anthropic",
    ),
    pytest.param(
        bedrock.INVOKE,
        {"schemaVersion": text("messages-v1"), "system": [{"text": text("Ann")}], "messages": CONVERSE["messages"]},
        id="invoke, nova",
    ),
    pytest.param(
        bedrock.INVOKE,
        {"inputText": text("Ann"), "textGenerationConfig": {"stopSequences": [text("Ann")]}},
        id="invoke, titan",
    ),
    pytest.param(bedrock.INVOKE, {"prompt": text("Ann")}, id="invoke, llama"),
    pytest.param(
        bedrock.INVOKE,
        {
            "message": text("Ann"),
            "chat_history": [
                {"role": keep("USER"), "message": text("Ann")},
                {
                    "role": keep("TOOL"),
                    "tool_results": [{"call": {"name": tool("f"), "parameters": FREE}, "outputs": [FREE]}],
                },
            ],
            "documents": [{"title": data("Ann"), "id": data("Ann")}],
            "preamble": text("Ann"),
        },
        id="invoke, command",
    ),
    pytest.param(bedrock.INVOKE, {"texts": [text("Ann")], "input_type": keep("search_document")}, id="invoke, embed"),
    pytest.param(
        bedrock.INVOKE,
        {
            "messages": [
                {
                    "role": keep("assistant"),
                    "tool_calls": [{"id": keep("c1"), "function": {"name": tool("f"), "arguments": data("{}")}}],
                }
            ]
        },
        id="invoke, chat",
    ),
    pytest.param(
        bedrock.ASYNC,
        {
            "clientRequestToken": keep("tok-1"),
            "modelId": keep("amazon.nova-reel-v1:0"),
            "modelInput": {"textToVideoParams": {"text": text("Ann")}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": keep("s3://bucket/key")}},
        },
        id="async",
    ),
    pytest.param(
        bedrock.AGENT,
        {
            "inputText": text("Ann"),
            "memoryId": keep("m1"),
            "sessionState": {
                "sessionAttributes": {"id": data("Ann")},
                "promptSessionAttributes": {"who": data("Ann")},
                "conversationHistory": {"messages": [{"role": keep("user"), "content": [{"text": text("Ann")}]}]},
                "returnControlInvocationResults": [
                    {
                        "functionResult": {
                            "actionGroup": keep("g"),
                            "function": keep("f"),
                            "responseBody": {"TEXT": {"body": text("Ann")}},
                        }
                    }
                ],
                "files": [
                    {
                        "name": text("ann.txt"),
                        "source": {
                            "sourceType": text("BYTE_CONTENT"),
                            "byteContent": {"mediaType": keep("text/plain"), "data": base64("QW5u")},
                        },
                    },
                    {
                        "name": text("ann.pdf"),
                        "source": {"byteContent": {"mediaType": keep("application/pdf"), "data": keep("JVBE")}},
                    },
                ],
            },
        },
        id="agent",
    ),
    pytest.param(bedrock.KNOWLEDGE, {"retrievalQuery": {"text": text("Ann")}}, id="retrieve"),
    pytest.param(
        bedrock.KNOWLEDGE,
        {
            "input": {"text": text("Ann")},
            "retrieveAndGenerateConfiguration": {
                "type": keep("KNOWLEDGE_BASE"),
                "knowledgeBaseConfiguration": {
                    "knowledgeBaseId": keep("KB1"),
                    "modelArn": keep("arn:aws:bedrock:us-east-1::foundation-model/x"),
                },
            },
        },
        id="retrieve and generate",
    ),
    pytest.param(
        bedrock.KNOWLEDGE,
        {
            "inputs": [
                {
                    "nodeName": keep("in"),
                    "nodeOutputName": keep("document"),
                    "content": {"document": {"id": data("Ann")}},
                }
            ]
        },
        id="flow",
    ),
    pytest.param(
        bedrock.KNOWLEDGE,
        {
            "queries": [{"type": keep("TEXT"), "textQuery": {"text": text("Ann")}}],
            "sources": [
                {"type": keep("INLINE"), "inlineDocumentSource": {"type": keep("JSON"), "jsonDocument": FREE}},
                {
                    "type": keep("INLINE"),
                    "inlineDocumentSource": {"type": keep("TEXT"), "textDocument": {"text": text("Ann")}},
                },
            ],
        },
        id="rerank",
    ),
    pytest.param(
        bedrock.GUARDRAIL,
        {
            "source": keep("INPUT"),
            "content": [
                {"text": {"text": text("Ann"), "qualifiers": [keep("query")]}},
                {"image": {"format": keep("png"), "source": {"bytes": keep("iVBO")}}},
            ],
        },
        id="guardrail",
    ),
    pytest.param(
        cohere.CHAT_V2,
        {
            "model": keep("command-a"),
            "messages": [
                {
                    "role": keep("user"),
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {"type": keep("image_url"), "image_url": {"url": url("data:image/png;base64,iVBO")}},
                        {"type": keep("document"), "document": {"id": keep("d1"), "data": FREE}},
                    ],
                },
                {
                    "role": keep("assistant"),
                    "tool_plan": text("Ask Ann"),
                    "content": [{"type": keep("thinking"), "thinking": text("Ann")}],
                    "tool_calls": [
                        {
                            "id": keep("f0"),
                            "type": keep("function"),
                            "function": {"name": tool("f"), "arguments": data("{}")},
                        }
                    ],
                    "citations": [
                        {
                            "text": text("Ann"),
                            "sources": [{"type": keep("document"), "id": keep("d1"), "document": FREE}],
                        }
                    ],
                },
                {
                    "role": keep("tool"),
                    "tool_call_id": keep("f0"),
                    "content": [{"type": keep("document"), "document": {"data": FREE}}],
                },
            ],
            "documents": [text("Ann"), {"id": keep("d1"), "data": FREE}],
            "stop_sequences": [text("Ann")],
            "safety_mode": keep("STRICT"),
            "tools": [
                {
                    "type": keep("function"),
                    "function": {"name": tool("f"), "description": text("Ann"), "parameters": SCHEMA},
                }
            ],
            "response_format": {"type": keep("json_object"), "json_schema": SCHEMA},
            "citation_options": {"mode": keep("FAST")},
        },
        id="cohere v2",
    ),
    pytest.param(
        cohere.CHAT_V1,
        {
            "message": text("Ann"),
            "preamble": text("Ann"),
            "conversation_id": keep("c1"),
            "chat_history": [
                {
                    "role": keep("CHATBOT"),
                    "message": text("Ann"),
                    "tool_calls": [{"name": tool("f"), "parameters": FREE}],
                },
                {
                    "role": keep("TOOL"),
                    "tool_results": [{"call": {"name": tool("f"), "parameters": FREE}, "outputs": [FREE]}],
                },
            ],
            "documents": [FREE],
            "tool_results": [{"call": {"name": tool("f"), "parameters": FREE}, "outputs": [FREE]}],
            "tools": [
                {
                    "name": tool("f"),
                    "description": text("Ann"),
                    "parameter_definitions": {"who": {"type": keep("str"), "description": text("Ann")}},
                }
            ],
        },
        id="cohere v1",
    ),
    pytest.param(
        cohere.OTHER,
        {
            "model": keep("embed-v4"),
            "input_type": keep("classification"),
            "embedding_types": [keep("float")],
            "truncate": keep("END"),
            "texts": [text("Ann")],
            "inputs": [
                {
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {"type": keep("image_url"), "image_url": {"url": url("data:image/png;base64,iVBO")}},
                    ]
                }
            ],
            "images": [url("data:image/png;base64,iVBO")],
        },
        id="cohere embed",
    ),
    pytest.param(
        cohere.OTHER,
        {"query": text("Ann"), "documents": [data("Ann"), FREE], "rank_fields": [keep("title")]},
        id="cohere rerank",
    ),
    pytest.param(
        cohere.OTHER,
        {"inputs": [text("Ann")], "examples": [{"text": text("Ann"), "label": text("Ann")}]},
        id="cohere classify",
    ),
    pytest.param(
        mistral.CONVERSATIONS,
        {
            "agent_id": keep("ag_1"),
            "instructions": text("Ann"),
            "inputs": [
                {"type": keep("message.input"), "role": keep("user"), "content": text("Ann")},
                {
                    "type": keep("message.input"),
                    "role": keep("user"),
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {"type": keep("image_url"), "image_url": url("https://e.org/a.png")},
                    ],
                },
                {"type": keep("function.call"), "tool_call_id": keep("c1"), "name": tool("f"), "arguments": data("{}")},
                {"type": keep("function.call"), "tool_call_id": keep("c1"), "name": tool("f"), "arguments": FREE},
                {"type": keep("function.result"), "tool_call_id": keep("c1"), "result": text("Ann")},
            ],
            "tools": [
                {
                    "type": keep("function"),
                    "function": {"name": tool("f"), "description": text("Ann"), "parameters": SCHEMA},
                }
            ],
            "completion_args": {
                "response_format": {"type": keep("json_schema"), "json_schema": {"name": tool("p"), "schema": SCHEMA}},
                "stop": text("Ann"),
            },
            "name": text("Ann's"),
            "description": text("Ann"),
            "metadata": {"id": data("Ann")},
        },
        id="mistral conversation",
    ),
    pytest.param(
        mistral.CONVERSATIONS,
        {"inputs": text("I am Ann"), "model": keep("mistral-large")},
        id="mistral conversation, text",
    ),
    pytest.param(
        mistral.OCR,
        {
            "model": keep("mistral-ocr"),
            "document": {"type": keep("document_url"), "document_url": url("https://e.org/a.pdf")},
            "document_annotation_prompt": text("Ann"),
            "document_annotation_format": {
                "type": keep("json_schema"),
                "json_schema": {"name": tool("p"), "schema": SCHEMA},
            },
        },
        id="mistral ocr",
    ),
    pytest.param(
        huggingface.INFER,
        {
            "inputs": text("Ann"),
            "parameters": {
                "candidate_labels": [text("Ann")],
                "return_full_text": False,
                "function_to_apply": keep("softmax"),
            },
            "options": {"x": keep("y")},
        },
        id="hf text",
    ),
    pytest.param(
        huggingface.INFER,
        {"inputs": {"question": text("Who?"), "context": text("Ann"), "image": keep("iVBORw0K")}},
        id="hf question",
    ),
    pytest.param(
        replicate.PREDICTIONS,
        {
            "version": keep("5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"),
            "webhook": keep("https://e.org/hook?u=ann"),
            "webhook_events_filter": [keep("completed")],
            "input": {
                "prompt": text("Ann"),
                "image": url("https://e.org/a.png"),
                "mask": url("data:image/png;base64,iVBO"),
                "id": text("Ann"),
                "nested": {"signature": text("Ann")},
            },
        },
        id="replicate",
    ),
    pytest.param(
        ollama.CHAT,
        {
            "model": keep("llama3.3"),
            "messages": [
                {"role": keep("user"), "content": text("Ann"), "images": [keep("iVBORw0KGgo=")]},
                {
                    "role": keep("assistant"),
                    "thinking": text("Ann"),
                    "content": text(""),
                    "tool_calls": [{"function": {"name": tool("f"), "arguments": FREE}}],
                },
                {"role": keep("tool"), "tool_name": tool("f"), "content": text("Ann")},
            ],
            "format": SCHEMA,
            "keep_alive": keep("5m"),
            "options": {"stop": [text("Ann")]},
            "tools": [
                {
                    "type": keep("function"),
                    "function": {"name": tool("f"), "description": text("Ann"), "parameters": SCHEMA},
                }
            ],
        },
        id="ollama chat",
    ),
    pytest.param(
        ollama.CHAT,
        {
            "model": keep("m"),
            "prompt": text("Ann"),
            "suffix": text("Ann"),
            "system": text("Ann"),
            "template": text("Ann"),
            "images": [keep("iVBO")],
            "format": keep("json"),
        },
        id="ollama generate",
    ),
    pytest.param(
        ollama.OTHER,
        {
            "model": keep("m"),
            "from": keep("llama3"),
            "system": text("Ann"),
            "license": [text("Ann")],
            "messages": [{"role": keep("user"), "content": text("Ann")}],
            "files": {"a.gguf": keep("sha256:29fdb92e57cf0827")},
        },
        id="ollama create",
    ),
    pytest.param(ollama.OTHER, {"model": keep("m"), "input": [text("Ann")]}, id="ollama embed"),
    pytest.param(ollama.OTHER, {"url": url("https://e.org/ann")}, id="ollama fetch"),
    pytest.param(
        chatgpt_web.CONVERSATION,
        {
            "action": keep("next"),
            "model": keep("gpt-5"),
            "parent_message_id": keep("a1-b2"),
            "conversation_id": keep("c3-d4"),
            "timezone": keep("Europe/Berlin"),
            "messages": [
                {
                    "id": keep("m1"),
                    "author": {"role": keep("user")},
                    "content": {
                        "content_type": keep("text"),
                        "parts": [
                            text("I am Ann"),
                            {
                                "content_type": text("image_asset_pointer"),
                                "asset_pointer": keep("file-service://file-1"),
                            },
                        ],
                    },
                    "metadata": {
                        "attachments": [
                            {"id": keep("file-1"), "name": text("ann.pdf"), "mimeType": keep("application/pdf")}
                        ]
                    },
                }
            ],
        },
        id="chatgpt",
    ),
    pytest.param(
        generic.GENERIC,
        {
            "model": keep("m"),
            "note": data("Ann"),
            "customer": {"name": data("Ann"), "email": data("ann@example.org"), "id": text("Ann Example")},
            "image_url": url("https://e.org/a.png"),
            "signature": text("Best, Ann"),
            "role": keep("user"),
            "ssn": data("123-45-6789"),
        },
        id="generic",
    ),
]


@pytest.mark.parametrize(("wire_format", "body"), REQUESTS)
def test_requests(wire_format, body) -> None:
    assert mistreated(wire_format.request, body) == {}


ANSWERS = [
    pytest.param(
        bedrock.CONVERSE,
        {
            "output": {
                "message": {
                    "content": [
                        {"text": text("x")},
                        {"reasoningContent": {"reasoningText": {"text": keep("x"), "signature": keep("E")}}},
                        {"toolUse": {"name": text("f"), "input": {"signature": data("[PII:NAME:0123abcd]")}}},
                    ]
                }
            },
            "stopReason": text("end_turn"),
        },
        id="converse",
    ),
    pytest.param(
        bedrock.CONVERSE, {"delta": {"reasoningContent": {"text": keep("x")}}}, id="converse, reasoning delta"
    ),
    pytest.param(
        bedrock.INVOKE,
        {
            "embedding": [],
            "completion": text("x"),
            "generation": text("x"),
            "results": [{"outputText": text("x")}],
            "content": [{"type": text("thinking"), "thinking": keep("x")}],
        },
        id="invoke",
    ),
    pytest.param(
        bedrock.KNOWLEDGE,
        {"retrievalResults": [{"content": {"text": text("x")}, "metadata": {"author": text("x")}}]},
        id="retrieve",
    ),
    pytest.param(
        cohere.CHAT_V2,
        {
            "message": {"content": [{"text": text("x")}], "citations": [{"text": text("x")}]},
            "logprobs": [{"text": keep("x")}],
        },
        id="cohere v2",
    ),
    pytest.param(
        cohere.CHAT_V1,
        {
            "event_type": text("stream-end"),
            "response": {
                "text": text("x"),
                "chat_history": [{"message": text("x")}],
                "meta": {"api_version": {"version": keep("1")}},
            },
        },
        id="cohere v1",
    ),
    pytest.param(
        mistral.OCR,
        {"pages": [{"markdown": text("x"), "images": [{"image_base64": url("data:image/png;base64,iVBO")}]}]},
        id="ocr",
    ),
    pytest.param(huggingface.INFER, [{"generated_text": text("x")}], id="hf"),
    pytest.param(
        replicate.PREDICTIONS,
        {
            "output": [text("x")],
            "logs": text("x"),
            "input": {"prompt": text("x")},
            "urls": {"stream": keep("https://stream.replicate.com/v1/x")},
        },
        id="replicate",
    ),
    pytest.param(
        ollama.CHAT,
        {
            "message": {
                "content": text("x"),
                "thinking": text("x"),
                "tool_calls": [{"function": {"arguments": {"signature": data("[PII:NAME:0123abcd]")}}}],
            },
            "done_reason": keep("stop"),
        },
        id="ollama",
    ),
]


@pytest.mark.parametrize(("wire_format", "body"), ANSWERS)
def test_answers(wire_format, body) -> None:
    assert mistreated(wire_format.response, body) == {}
