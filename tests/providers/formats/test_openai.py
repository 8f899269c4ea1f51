"""OpenAI's bodies, leaf by leaf."""

from __future__ import annotations

import pytest

from dlp.providers.formats import openai
from tests.providers.treated import data, keep, mistreated, slug, text, tool, url

SCHEMA = {
    "type": keep("object"),
    "title": text("Address of a person"),
    "properties": {
        "name": {"type": keep("string"), "description": text("Full name, such as Ann Example"), "default": data("Ann")},
        "type": {"type": keep("string"), "enum": [text("home"), text("work")], "pattern": slug("^[a-z]+$")},
        "signature": {"type": [keep("string"), keep("null")], "description": text("How letters end")},
        "when": {"type": keep("string"), "format": keep("date"), "examples": [data("1990-01-02")]},
        "kind": {"const": text("person"), "$ref": text("#/$defs/kind"), "$comment": text("see Ann about this")},
    },
    "required": [keep("name")],
}
TOOL = {
    "type": keep("function"),
    "function": {"name": tool("lookup_person"), "description": text("Finds Ann"), "parameters": SCHEMA},
}

CHAT = {
    "model": keep("gpt-5.2"),
    "messages": [
        {"role": keep("developer"), "content": text("You work for Ann Example.")},
        {"role": keep("system"), "content": [{"type": keep("text"), "text": text("Be kind to Ann.")}]},
        {
            "role": keep("user"),
            "name": slug("ann_example"),
            "content": [
                {"type": keep("text"), "text": text("Who am I?")},
                {
                    "type": keep("image_url"),
                    "image_url": {"url": url("https://example.org/ann.png"), "detail": url("low")},
                },
                {"type": keep("input_audio"), "input_audio": {"data": keep("UklGRiQAAABXQVZF"), "format": keep("wav")}},
                {
                    "type": keep("file"),
                    "file": {"filename": text("ann.pdf"), "file_data": url("data:application/pdf;base64,JVBERi0=")},
                },
                {"type": keep("file"), "file": {"file_id": keep("file-abc123")}},
                {
                    "type": keep("document"),
                    "document": {"data": {"title": data("CV of Ann"), "id": data("ann@example.org")}},
                },
            ],
        },
        {
            "role": keep("assistant"),
            "content": None,
            "refusal": text("I can't tell Ann."),
            "reasoning_content": text("Ann asks"),
            "reasoning": text("Ann asks"),
            "reasoning_details": [
                {"type": keep("reasoning.text"), "text": keep("Somebody asks"), "signature": keep("EqoBCk")}
            ],
            "audio": {"id": keep("audio_abc")},
            "tool_calls": [
                {
                    "id": keep("call_abc123"),
                    "type": keep("function"),
                    "function": {"name": tool("lookup_person"), "arguments": data('{"signature": "Ann Example"}')},
                    "extra_content": {"google": {"thought_signature": keep("CvcBAb4")}},
                },
                {
                    "id": keep("call_def456"),
                    "type": keep("custom"),
                    "custom": {"name": tool("shell"), "input": text("grep Ann")},
                },
            ],
            "function_call": {"name": tool("lookup"), "arguments": data("{}")},
        },
        {"role": keep("tool"), "tool_call_id": keep("call_abc123"), "content": text('{"email": "ann@example.org"}')},
        {
            "role": keep("tool"),
            "tool_call_id": keep("call_def456"),
            "content": [{"type": keep("text"), "text": text("Ann")}],
        },
        {"role": keep("function"), "name": slug("lookup"), "content": text("Ann lives here")},
        {
            "role": keep("assistant"),  # Mistral
            "content": [
                {"type": keep("thinking"), "thinking": [{"type": keep("text"), "text": text("Ann again")}]},
                {"type": keep("document_url"), "document_url": url("https://example.org/d.pdf")},
            ],
        },
    ],
    "prediction": {"type": keep("content"), "content": [{"type": keep("text"), "text": text("Dear Ann")}]},
    "stop": [text("Ann:")],
    "user": text("ann@example.org"),
    "safety_identifier": text("ann-1"),
    "prompt_cache_key": keep("session-9f2"),
    "metadata": {"customer": data("Ann"), "id": data("ann@example.org"), "signature": data("Ann")},
    "tools": [
        TOOL,
        {
            "type": keep("mcp"),
            "server_label": keep("crm"),
            "server_url": url("https://crm.example.org/"),
            "authorization": keep("secret-token"),
            "headers": {"X-Key": keep("secret-token")},
            "server_description": text("Ann's customers"),
        },
    ],
    "functions": [{"name": tool("lookup"), "description": text("Finds Ann"), "parameters": SCHEMA}],
    "function_call": {"name": tool("lookup")},
    "tool_choice": {"type": keep("function"), "function": {"name": tool("lookup_person")}},
    "response_format": {
        "type": keep("json_schema"),
        "json_schema": {"name": tool("person"), "description": text("Ann"), "schema": SCHEMA},
    },
    "modalities": [keep("text"), keep("audio")],
    "audio": {"voice": keep("alloy"), "format": keep("mp3")},
    "reasoning_effort": keep("high"),
    "service_tier": keep("auto"),
    "web_search_options": {"user_location": {"type": keep("approximate"), "approximate": {"city": text("Ann Arbor")}}},
    "documents": [{"source": {"type": data("text"), "text": data("Ann's CV")}}],
    "data_sources": [
        {
            "type": keep("azure_search"),
            "parameters": {
                "endpoint": url("https://s.search.windows.net"),
                "authentication": {"type": keep("api_key"), "key": keep("k3y")},
                "role_information": text("You answer for Ann"),
            },
        }
    ],
    "search_domain_filter": [keep("example.org"), keep("-pinterest.com")],
    "models": [keep("openai/gpt-5"), keep("meta-llama/llama-4")],
    "provider": {"order": [keep("azure")], "sort": keep("price")},
    "something_new": {"note": text("Ann")},
    "copilot_references": [{"text": text("Ann")}],
}

RESPONSES = {
    "model": keep("gpt-5.2-codex"),
    "instructions": text("You work for Ann."),
    "previous_response_id": keep("resp_abc"),
    "conversation": {"id": keep("conv_abc")},
    "prompt": {
        "id": keep("pmpt_1"),
        "version": keep("3"),
        "variables": {
            "customer": data("Ann"),
            "id": data("ann@example.org"),
            "photo": {"type": data("input_image"), "image_url": url("https://example.org/ann.png")},
        },
    },
    "metadata": {"signature": data("Ann")},
    "user": text("ann"),
    "include": [keep("reasoning.encrypted_content")],
    "reasoning": {"effort": keep("high"), "summary": keep("auto")},
    "text": {
        "verbosity": keep("low"),
        "format": {"type": keep("json_schema"), "name": tool("person"), "schema": SCHEMA},
    },
    "client_metadata": {
        "x-codex-installation-id": keep("0d9f1c3e-aaaa-bbbb-cccc-1234567890ab"),
        "x-codex-turn-metadata": text('{"author": "Ann"}'),
    },
    "prompt_cache_key": keep("0d9f1c3e-aaaa"),
    "input": [
        {"type": keep("message"), "id": keep("msg_1"), "role": keep("user"), "content": text("I am Ann")},
        {
            "role": keep("user"),
            "content": [
                {"type": keep("input_text"), "text": text("I am Ann")},
                {
                    "type": keep("input_image"),
                    "image_url": url("data:image/png;base64,iVBORw0KGgo="),
                    "detail": keep("auto"),
                },
                {
                    "type": keep("input_file"),
                    "filename": text("ann.pdf"),
                    "file_data": url("data:application/pdf;base64,JVBE"),
                    "file_url": url("https://example.org/ann.pdf"),
                    "file_id": keep("file-abc"),
                },
            ],
        },
        {
            "type": keep("message"),
            "role": keep("assistant"),
            "status": keep("completed"),
            "phase": keep("final_answer"),
            "content": [
                {
                    "type": keep("output_text"),
                    "text": text("Hello Ann"),
                    "annotations": [
                        {
                            "type": keep("url_citation"),
                            "url": keep("https://example.org/?q=ann"),
                            "title": text("About Ann"),
                        },
                        {"type": keep("file_citation"), "file_id": keep("file-abc"), "filename": text("ann.pdf")},
                    ],
                },
                {"type": keep("refusal"), "refusal": text("Not for Ann")},
            ],
        },
        {
            "type": keep("reasoning"),
            "id": keep("rs_1"),
            "encrypted_content": keep("gAAAAABo" * 8),
            "summary": [{"type": keep("summary_text"), "text": text("Ann wants a letter")}],
            "content": [{"type": keep("reasoning_text"), "text": text("Ann")}],
        },
        {
            "type": keep("function_call"),
            "call_id": keep("call_1"),
            "name": tool("mail"),
            "namespace": keep("crm"),
            "arguments": data('{"id": "Ann"}'),
        },
        {"type": keep("function_call_output"), "call_id": keep("call_1"), "output": text('{"to": "ann@example.org"}')},
        {
            "type": keep("function_call_output"),
            "call_id": keep("call_1"),
            "output": [
                {"type": keep("input_text"), "text": text("sent to Ann")},
                {"type": keep("input_image"), "image_url": url("https://example.org/i.png")},
            ],
        },
        {
            "type": keep("custom_tool_call"),
            "call_id": keep("call_2"),
            "name": tool("apply_patch"),
            "input": text("*** Ann"),
        },
        {"type": keep("custom_tool_call_output"), "call_id": keep("call_2"), "output": text("done, Ann")},
        {
            "type": keep("local_shell_call"),
            "call_id": keep("call_3"),
            "status": keep("completed"),
            "action": {
                "type": keep("exec"),
                "command": [text("grep"), text("Ann")],
                "env": {"USER": data("ann"), "id": data("Ann")},
                "working_directory": text("/home/ann"),
                "user": text("ann"),
            },
        },
        {"type": keep("local_shell_call_output"), "id": keep("call_3"), "output": text("Ann")},
        {"type": keep("shell_call"), "call_id": keep("call_4"), "action": {"commands": [text("cat ann.txt")]}},
        {
            "type": keep("shell_call_output"),
            "call_id": keep("call_4"),
            "output": [{"stdout": text("Ann"), "stderr": text("Bob"), "outcome": {"type": keep("exit")}}],
        },
        {
            "type": keep("apply_patch_call"),
            "call_id": keep("call_5"),
            "operation": {"type": keep("update_file"), "path": text("ann.txt"), "diff": text("+Ann")},
        },
        {
            "type": keep("code_interpreter_call"),
            "id": keep("ci_1"),
            "code": text("print('Ann')"),
            "container_id": keep("cntr_1"),
            "outputs": [
                {"type": keep("logs"), "logs": text("Ann")},
                {"type": keep("image"), "url": url("https://example.org/p.png")},
            ],
        },
        {
            "type": keep("file_search_call"),
            "queries": [text("Ann")],
            "results": [
                {
                    "file_id": keep("file-1"),
                    "filename": text("ann.txt"),
                    "text": text("Ann"),
                    "attributes": {"id": data("ann@example.org")},
                }
            ],
        },
        {
            "type": keep("web_search_call"),
            "action": {
                "type": keep("search"),
                "query": text("Ann"),
                "queries": [text("Ann")],
                "sources": [{"type": keep("url"), "url": keep("https://example.org/ann")}],
            },
        },
        {"type": keep("web_search_call"), "action": {"type": keep("open_page"), "url": url("https://example.org/ann")}},
        {
            "type": keep("computer_call"),
            "action": {"type": keep("type"), "text": text("Ann"), "keys": [keep("CTRL"), keep("C")]},
        },
        {
            "type": keep("computer_call_output"),
            "output": {"type": keep("computer_screenshot"), "image_url": url("data:image/png;base64,iVBO")},
        },
        {
            "type": keep("mcp_call"),
            "server_label": keep("crm"),
            "name": tool("find"),
            "arguments": data("{}"),
            "output": text("Ann"),
            "error": text("no Ann"),
        },
        {
            "type": keep("mcp_approval_request"),
            "name": tool("find"),
            "server_label": keep("crm"),
            "arguments": data('{"who": "Ann"}'),
        },
        {"type": keep("mcp_approval_response"), "approval_request_id": keep("mcpr_1"), "reason": text("Ann said so")},
        {
            "type": keep("mcp_list_tools"),
            "server_label": keep("crm"),
            "tools": [{"name": tool("find"), "description": text("Ann's"), "input_schema": SCHEMA}],
        },
        {"type": keep("tool_search_call"), "arguments": data("{}")},
        {"type": keep("additional_tools"), "tools": [TOOL]},
        {
            "type": keep("image_generation_call"),
            "id": keep("ig_1"),
            "result": keep("iVBORw0KGgoAAAA"),
            "revised_prompt": text("Ann smiling"),
        },
        {"type": keep("item_reference"), "id": keep("msg_2")},
        {"type": keep("compaction"), "id": keep("cmp_1"), "encrypted_content": keep("gAAAAABo" * 8)},
        {"type": keep("program"), "code": keep("print(1)"), "fingerprint": keep("f00d")},
        {"type": keep("program_output"), "result": text("Ann")},
        {
            "type": keep("agent_message"),
            "content": [
                {"type": keep("output_text"), "text": text("Ann")},
                {"type": keep("encrypted_content"), "encrypted_content": keep("gAAAAABo" * 8)},
            ],
        },
        {"type": keep("something_new"), "note": text("Ann")},
    ],
    "tools": [
        {"type": keep("function"), "name": tool("mail"), "description": text("Writes to Ann"), "parameters": SCHEMA},
        {
            "type": keep("custom"),
            "name": tool("shell"),
            "description": text("Runs"),
            "format": {"type": keep("grammar"), "syntax": keep("lark"), "definition": slug("start: WORD")},
        },
        {
            "type": keep("mcp"),
            "server_label": keep("crm"),
            "server_url": url("https://crm.example.org"),
            "authorization": keep("tok"),
            "headers": {"Authorization": keep("Bearer tok")},
            "server_description": text("Ann's customers"),
        },
        {
            "type": keep("file_search"),
            "vector_store_ids": [keep("vs_1")],
            "filters": {"type": keep("eq"), "key": text("owner"), "value": text("Ann")},
        },
        {
            "type": keep("web_search"),
            "filters": {"allowed_domains": [keep("example.org")]},
            "user_location": {"type": keep("approximate"), "city": text("Ann Arbor")},
        },
        {"type": keep("code_interpreter"), "container": {"type": keep("auto"), "file_ids": [keep("file-1")]}},
    ],
    "tool_choice": keep("auto"),
}

OTHERS = [
    pytest.param(
        openai.COMPLETIONS,
        {"model": keep("m"), "prompt": [text("Ann"), text("Bob")], "suffix": text("Ann"), "user": text("ann")},
        id="completions",
    ),
    pytest.param(
        openai.EMBEDDINGS,
        {"model": keep("m"), "input": [text("Ann")], "encoding_format": keep("base64"), "user": text("ann")},
        id="embeddings",
    ),
    pytest.param(
        openai.EMBEDDINGS,
        {
            "input_type": keep("document"),
            "inputs": [
                {
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {"type": keep("image_url"), "image_url": url("https://e.org/a.png")},
                        {"type": keep("image_base64"), "image_base64": keep("iVBORw0K")},
                    ]
                }
            ],
        },
        id="multimodal",
    ),
    pytest.param(openai.EMBEDDINGS, {"inputs": [[text("Ann"), text("Bob")]]}, id="contextualized"),
    pytest.param(
        openai.MODERATIONS,
        {
            "model": keep("omni"),
            "input": [
                {"type": keep("text"), "text": text("Ann")},
                {"type": keep("image_url"), "image_url": {"url": url("https://e.org/a.png")}},
            ],
        },
        id="moderations",
    ),
    pytest.param(
        openai.IMAGES,
        {
            "model": keep("gpt-image-1"),
            "prompt": text("Ann"),
            "size": keep("1024x1024"),
            "quality": keep("high"),
            "user": text("a"),
            "image_url": url("https://e.org/a.png"),
            "image": {"url": url("https://e.org/a.png")},
        },
        id="images",
    ),
    pytest.param(
        openai.AUDIO,
        {
            "model": keep("tts-1"),
            "input": text("Hi Ann"),
            "voice": keep("alloy"),
            "instructions": text("like Ann"),
            "response_format": keep("mp3"),
        },
        id="speech",
    ),
    pytest.param(
        openai.ASSISTANTS,
        {
            "model": keep("m"),
            "name": text("Ann's helper"),
            "description": text("Ann"),
            "instructions": text("Ann"),
            "tools": [TOOL],
            "tool_resources": {"file_search": {"vector_store_ids": [keep("vs_1")]}},
            "metadata": {"id": data("Ann")},
        },
        id="assistant",
    ),
    pytest.param(
        openai.ASSISTANTS,
        {
            "assistant_id": keep("asst_1"),
            "additional_instructions": text("Ann"),
            "additional_messages": [{"role": keep("user"), "content": text("Ann"), "metadata": {"type": data("Ann")}}],
            "thread": {
                "messages": [
                    {
                        "role": keep("user"),
                        "content": [
                            {"type": keep("text"), "text": text("Ann")},
                            {"type": keep("image_url"), "image_url": {"url": url("https://e.org/a.png")}},
                        ],
                        "attachments": [{"file_id": keep("file-1"), "tools": [{"type": keep("file_search")}]}],
                    }
                ]
            },
        },
        id="thread and run",
    ),
    pytest.param(
        openai.ASSISTANTS,
        {"tool_outputs": [{"tool_call_id": keep("call_1"), "output": data("Ann")}]},
        id="tool outputs",
    ),
    pytest.param(
        openai.ASSISTANTS,
        {"role": keep("user"), "content": text("Ann"), "attachments": [{"file_id": keep("file-1")}]},
        id="message",
    ),
    pytest.param(
        openai.SEARCH,
        {
            "query": [text("Ann")],
            "filters": {
                "type": keep("and"),
                "filters": [{"type": keep("eq"), "key": keep("owner"), "value": text("Ann")}],
            },
        },
        id="search",
    ),
    pytest.param(
        openai.SEARCH,
        {
            "model": keep("m"),
            "query": text("Ann"),
            "documents": [data("Ann"), {"title": data("Ann"), "id": data("Ann Example")}],
        },
        id="rerank",
    ),
    pytest.param(
        openai.FILES,
        {"custom_id": keep("req-1"), "method": keep("POST"), "url": keep("/v1/chat/completions"), "body": CHAT},
        id="batch line, chat",
    ),
    pytest.param(
        openai.FILES,
        {"custom_id": keep("req-1"), "method": keep("POST"), "url": keep("/v1/responses"), "body": RESPONSES},
        id="batch line, responses",
    ),
    pytest.param(
        openai.FILES,
        {
            "custom_id": keep("req-1"),
            "method": keep("POST"),
            "url": keep("/v1/embeddings"),
            "body": {"input": [text("Ann")], "model": keep("m")},
        },
        id="batch line, embeddings",
    ),
    pytest.param(
        openai.FILES,
        {
            "messages": [
                {"role": keep("user"), "content": text("Ann")},
                {
                    "role": keep("assistant"),
                    "tool_calls": [
                        {
                            "id": keep("call_1"),
                            "type": keep("function"),
                            "function": {"name": tool("f"), "arguments": data("{}")},
                        }
                    ],
                },
            ],
            "tools": [TOOL],
        },
        id="fine-tuning line",
    ),
    pytest.param(
        openai.FILES,
        {
            "input": {"messages": [{"role": keep("user"), "content": text("Ann")}], "tools": [TOOL]},
            "preferred_output": [{"role": keep("assistant"), "content": text("Ann")}],
        },
        id="preference line",
    ),
    pytest.param(
        openai.JOBS,
        {
            "input_file_id": keep("file-1"),
            "endpoint": keep("/v1/chat/completions"),
            "completion_window": keep("24h"),
            "metadata": {"owner": data("Ann")},
        },
        id="batch",
    ),
    pytest.param(
        openai.JOBS,
        {
            "model": keep("m"),
            "requests": [
                {"custom_id": keep("r1"), "body": {"messages": [{"role": keep("user"), "content": text("Ann")}]}}
            ],
        },
        id="inline batch",
    ),
    pytest.param(
        openai.REALTIME,
        {
            "type": keep("conversation.item.create"),
            "event_id": keep("event_1"),
            "item": {
                "id": keep("item_1"),
                "type": keep("message"),
                "role": keep("user"),
                "content": [
                    {"type": keep("input_text"), "text": text("Ann")},
                    {"type": keep("input_audio"), "audio": keep("UklGR"), "transcript": text("Ann")},
                ],
            },
        },
        id="item",
    ),
    pytest.param(
        openai.REALTIME,
        {
            "type": keep("conversation.item.create"),
            "item": {"type": keep("function_call_output"), "call_id": keep("call_1"), "output": text('{"a":"Ann"}')},
        },
        id="call output",
    ),
    pytest.param(openai.REALTIME, {"type": keep("input_audio_buffer.append"), "audio": keep("UklGRiQ")}, id="audio"),
    pytest.param(
        openai.REALTIME,
        {
            "type": keep("response.create"),
            "response": {
                "instructions": text("Ann"),
                "input": [
                    {
                        "type": keep("message"),
                        "role": keep("user"),
                        "content": [{"type": keep("input_text"), "text": text("Ann")}],
                    }
                ],
                "metadata": {"id": data("Ann")},
            },
        },
        id="response",
    ),
    pytest.param(
        openai.REALTIME,
        {
            "type": keep("session.update"),
            "session": {
                "type": keep("realtime"),
                "instructions": text("Ann"),
                "tools": [
                    {"type": keep("function"), "name": tool("f"), "description": text("Ann"), "parameters": SCHEMA}
                ],
                "audio": {
                    "input": {
                        "format": {"type": keep("audio/pcm")},
                        "transcription": {"model": keep("whisper-1"), "prompt": text("Ann"), "language": keep("en")},
                    },
                    "output": {"voice": keep("marin")},
                },
            },
        },
        id="session",
    ),
]


def test_chat() -> None:
    assert mistreated(openai.CHAT.request, CHAT) == {}


def test_responses() -> None:
    assert mistreated(openai.RESPONSES.request, RESPONSES) == {}
    assert mistreated(openai.RESPONSES.request, {"type": keep("response.create"), **RESPONSES}) == {}, (
        "as a WebSocket message"
    )
    assert mistreated(openai.RESPONSES.request, {"items": RESPONSES["input"]}) == {}, "as items of a conversation"


@pytest.mark.parametrize(("wire_format", "body"), OTHERS)
def test_others(wire_format, body) -> None:
    assert mistreated(wire_format.request, body) == {}


def test_answers_are_restored_but_for_what_nobody_wrote() -> None:
    assert (
        mistreated(
            openai.CHAT.response,
            {
                "id": text("chatcmpl-1"),
                "choices": [
                    {
                        "index": 0,
                        "message": {
                            "content": text("Hello [PII:NAME:0123abcd]"),
                            "refusal": text("x"),
                            "reasoning": text("x"),
                            "reasoning_details": [{"text": keep("x"), "signature": keep("x")}],
                            "tool_calls": [
                                {
                                    "function": {
                                        "name": text("f"),
                                        "arguments": text('{"signature": "[PII:NAME:0123abcd]"}'),
                                    }
                                }
                            ],
                            "audio": {"data": keep("UklG"), "transcript": text("x")},
                        },
                        "logprobs": {"content": [{"token": keep("[P"), "top_logprobs": [{"token": keep("[P")}]}]},
                        "content_filter_results": {"hate": {"severity": keep("safe")}},
                    }
                ],
                "citations": [keep("https://example.org")],
            },
        )
        == {}
    )
    assert (
        mistreated(
            openai.RESPONSES.response,
            {
                "type": text("response.completed"),
                "response": {
                    "instructions": text("x"),
                    "output": [
                        {
                            "type": text("reasoning"),
                            "encrypted_content": keep("gAAAAABo"),
                            "summary": [{"text": text("x")}],
                        },
                        {"type": text("image_generation_call"), "result": keep("iVBORw0K")},
                        {"type": text("program_output"), "result": text("x")},
                        {"type": text("program"), "code": keep("x"), "fingerprint": keep("x")},
                        {"type": text("function_call"), "arguments": text("x")},
                    ],
                },
            },
        )
        == {}
    )
    assert (
        mistreated(openai.RESPONSES.response, {"type": text("response.output_audio.delta"), "delta": keep("UklG")})
        == {}
    )
    assert (
        mistreated(
            openai.RESPONSES.response,
            {"type": text("response.output_text.delta"), "delta": text("x"), "obfuscation": keep("x")},
        )
        == {}
    )


def test_members_of_free_data_are_out_of_reach_for_every_keep_rule() -> None:
    """A key that means structure elsewhere means nothing where a caller chooses the keys."""
    names = (
        "signature",
        "id",
        "type",
        "model",
        "encrypted_content",
        "user_id",
        "role",
        "name",
        "url",
        "data",
        "enum",
        "result",
    )
    free = {name: data("Ann Example") for name in names} | {"deep": [{name: data("AnnExample") for name in names}]}
    assert (
        mistreated(
            openai.CHAT.request,
            {"messages": [{"role": keep("assistant"), "tool_calls": [{"function": {"arguments": free}}]}]},
        )
        == {}
    )
    assert mistreated(openai.CHAT.request, {"metadata": free, "documents": [free]}) == {}
    assert (
        mistreated(
            openai.RESPONSES.request,
            {"metadata": free, "prompt": {"variables": {"x": free}}, "input": [{"arguments": free}]},
        )
        == {}
    )
