"""Anthropic's bodies, leaf by leaf."""

from __future__ import annotations

import pytest

from dlp.providers.formats import anthropic, claude_web
from tests.providers.treated import base64, data, keep, mistreated, text, tool, url

CACHED = {"cache_control": {"type": keep("ephemeral"), "ttl": keep("1h")}}

MESSAGES = {
    "model": keep("claude-opus-4-8"),
    "system": [{"type": keep("text"), "text": text("You help Ann."), **CACHED}],
    "thinking": {"type": keep("adaptive"), "display": keep("summarized")},
    "output_config": {
        "effort": keep("high"),
        "format": {
            "type": keep("json_schema"),
            "schema": {
                "type": keep("object"),
                "properties": {"name": {"type": keep("string"), "description": text("Ann's name")}},
                "required": [keep("name")],
            },
        },
    },
    "metadata": {"user_id": data('{"account": "ann@example.org"}')},
    "stop_sequences": [text("Ann:")],
    "service_tier": keep("auto"),
    "container": {
        "id": keep("container_1"),
        "skills": [{"type": keep("anthropic"), "skill_id": keep("pptx"), "version": keep("latest")}],
    },
    "context_management": {"edits": [{"type": keep("clear_tool_uses_20250919")}]},
    "mcp_servers": [
        {
            "type": keep("url"),
            "name": tool("crm"),
            "url": url("https://mcp.example.org/"),
            "authorization_token": keep("tok en"),
        }
    ],
    "tool_choice": {"type": keep("tool"), "name": tool("mail")},
    "tools": [
        {
            "name": tool("mail"),
            "description": text("Writes for Ann"),
            "input_examples": [{"to": data("ann@example.org")}],
            **CACHED,
            "input_schema": {
                "type": keep("object"),
                "properties": {"to": {"type": keep("string"), "format": keep("email"), "description": text("Ann")}},
            },
        },
        {
            "type": keep("web_search_20250305"),
            "name": tool("web_search"),
            "allowed_domains": [keep("example.org")],
            "user_location": {"type": keep("approximate"), "city": text("Ann Arbor")},
        },
    ],
    "messages": [
        {"role": keep("user"), "content": text("I am Ann")},
        {"role": keep("system"), "content": text("Remember Ann")},
        {
            "role": keep("user"),
            "content": [
                {"type": keep("text"), "text": text("I am Ann"), **CACHED},
                {
                    "type": keep("image"),
                    "source": {"type": keep("base64"), "media_type": keep("image/png"), "data": keep("iVBORw0KGgo=")},
                },
                {"type": keep("image"), "source": {"type": keep("url"), "url": url("https://example.org/ann.png")}},
                {"type": keep("image"), "source": {"type": keep("file"), "file_id": keep("file_1")}},
                {
                    "type": keep("document"),
                    "title": text("Ann's CV"),
                    "context": text("by Ann"),
                    "source": {
                        "type": keep("text"),
                        "media_type": keep("text/plain"),
                        "data": text("Ann Example, born 1990"),
                    },
                },
                {
                    "type": keep("document"),
                    "source": {"type": keep("base64"), "media_type": keep("text/plain"), "data": base64("QW5u")},
                },
                {
                    "type": keep("document"),
                    "source": {
                        "type": keep("base64"),
                        "media_type": keep("application/pdf"),
                        "data": keep("JVBERi0xLjc="),
                    },
                },
                {
                    "type": keep("document"),
                    "source": {"type": keep("content"), "content": [{"type": keep("text"), "text": text("Ann")}]},
                },
                {
                    "type": keep("search_result"),
                    "title": text("Ann"),
                    "source": text("intranet/ann"),
                    "content": [{"type": keep("text"), "text": text("Ann")}],
                },
            ],
        },
        {
            "role": keep("assistant"),
            "content": [
                {
                    "type": keep("thinking"),
                    "thinking": keep("Somebody wants a letter."),
                    "signature": keep("EqoBCkgIARABGAIiQL9x"),
                },
                {"type": keep("redacted_thinking"), "data": keep("EmwKAhgBEgy3va3pzix")},
                {"type": keep("compaction"), "content": keep("They talked about a letter."), "signature": keep("EqoB")},
                {
                    "type": keep("text"),
                    "text": text("Dear Ann"),
                    "citations": [
                        {
                            "type": keep("web_search_result_location"),
                            "cited_text": text("Ann"),
                            "title": text("Ann"),
                            "url": keep("https://e.org/?q=ann"),
                            "encrypted_index": keep("Eo8B"),
                        },
                        {"type": keep("char_location"), "document_title": text("Ann"), "file_id": keep("file_1")},
                    ],
                },
                {
                    "type": keep("tool_use"),
                    "id": keep("toolu_1"),
                    "name": tool("mail"),
                    "caller": {"type": keep("direct")},
                    "input": {
                        "to": data("ann@example.org"),
                        "signature": data("Ann Example"),
                        "id": data("Ann"),
                        "type": data("thinking"),
                        "thinking": data("of Ann"),
                        "data": data("Ann"),
                        "source": {"type": data("base64"), "data": data("Ann")},
                    },
                },
                {
                    "type": keep("server_tool_use"),
                    "id": keep("srvtoolu_1"),
                    "name": tool("web_search"),
                    "input": {"query": data("Ann")},
                },
                {
                    "type": keep("mcp_tool_use"),
                    "id": keep("mcptoolu_1"),
                    "name": tool("find"),
                    "server_name": tool("crm"),
                    "input": {"who": data("Ann")},
                },
                {
                    "type": keep("web_search_tool_result"),
                    "tool_use_id": keep("srvtoolu_1"),
                    "content": [
                        {
                            "type": keep("web_search_result"),
                            "title": text("Ann"),
                            "url": keep("https://e.org/?q=ann"),
                            "page_age": keep("3 days"),
                            "encrypted_content": keep("EqgfCioIARgB"),
                        }
                    ],
                },
                {
                    "type": keep("web_fetch_tool_result"),
                    "tool_use_id": keep("srvtoolu_2"),
                    "content": {
                        "type": keep("web_fetch_result"),
                        "url": keep("https://e.org/?q=ann"),
                        "content": {
                            "type": keep("document"),
                            "title": text("Ann"),
                            "source": {"type": keep("text"), "media_type": keep("text/plain"), "data": text("Ann")},
                        },
                    },
                },
                {
                    "type": keep("code_execution_tool_result"),
                    "tool_use_id": keep("srvtoolu_3"),
                    "content": {
                        "type": keep("code_execution_result"),
                        "stdout": text("Ann"),
                        "stderr": text("Bob"),
                        "encrypted_stdout": keep("EqgB"),
                        "content": [{"type": keep("code_execution_output"), "file_id": keep("file_1")}],
                    },
                },
                {
                    "type": keep("advisor_tool_result"),
                    "content": {"type": keep("advisor_result"), "text": text("Ann"), "encrypted_content": keep("EqgB")},
                },
                {
                    "type": keep("mcp_tool_result"),
                    "tool_use_id": keep("mcptoolu_1"),
                    "content": [{"type": keep("text"), "text": text("Ann")}],
                },
            ],
        },
        {
            "role": keep("user"),
            "content": [
                {
                    "type": keep("tool_result"),
                    "tool_use_id": keep("toolu_1"),
                    "content": text('{"sent": "ann@example.org"}'),
                },
                {
                    "type": keep("tool_result"),
                    "tool_use_id": keep("toolu_2"),
                    "content": [
                        {"type": keep("text"), "text": text("Ann")},
                        {
                            "type": keep("image"),
                            "source": {
                                "type": keep("base64"),
                                "media_type": keep("image/png"),
                                "data": keep("iVBORw0K"),
                            },
                        },
                        {
                            "type": keep("document"),
                            "source": {"type": keep("text"), "media_type": keep("text/plain"), "data": text("Ann")},
                        },
                        {
                            "type": keep("search_result"),
                            "title": text("Ann"),
                            "source": text("Ann"),
                            "content": [{"type": keep("text"), "text": text("Ann")}],
                        },
                        {"type": keep("tool_reference"), "tool_name": tool("mail")},
                    ],
                },
                {"type": keep("something_new"), "note": text("Ann"), "url": text("Ann")},
            ],
        },
    ],
    "something_new": {"note": text("Ann")},
}


def test_messages() -> None:
    assert mistreated(anthropic.MESSAGES.request, MESSAGES) == {}
    assert mistreated(anthropic.MESSAGES.request, {**MESSAGES, "system": text("You help Ann.")}) == {}


def test_batches_hold_messages() -> None:
    body = {
        "requests": [
            {"custom_id": keep("r-1"), "params": MESSAGES},
            {"custom_id": text("Ann Example"), "params": MESSAGES},
        ]
    }
    assert mistreated(anthropic.BATCHES.request, body) == {}


@pytest.mark.parametrize(
    ("wire_format", "body"),
    [
        (
            anthropic.COMPLETE,
            {"model": keep("claude-2"), "prompt": text("Human: I am Ann"), "metadata": {"user_id": data("ann")}},
        ),
        (
            anthropic.SESSIONS,
            {
                "events": [
                    {"type": keep("user.message"), "content": [{"type": keep("text"), "text": text("Ann")}]},
                    {
                        "type": keep("user.custom_tool_result"),
                        "custom_tool_use_id": keep("ct_1"),
                        "content": [{"type": keep("text"), "text": text("Ann")}],
                    },
                ]
            },
        ),
        (
            anthropic.SESSIONS,
            {
                "name": text("Ann's agent"),
                "model": keep("claude-opus-4-8"),
                "system": text("Ann"),
                "tools": [{"type": keep("custom"), "name": tool("f"), "description": text("Ann")}],
            },
        ),
        (
            anthropic.VAULTS,
            {"display_name": text("Ann's"), "auth": {"type": keep("bearer"), "token": keep("s3cret tok")}},
        ),
        (
            claude_web.COMPLETION,
            {
                "prompt": text("I am Ann"),
                "parent_message_uuid": keep("00000000-0000-4000-8000-00000000000a"),
                "timezone": keep("Europe/Berlin"),
                "attachments": [{"file_name": text("ann.txt"), "extracted_content": text("Ann")}],
                "files": [keep("3f2504e0-4f89-11d3-9a0c-0305e82c3301")],
                "personalized_styles": [{"name": text("Ann's"), "prompt": text("Write as Ann")}],
                "rendering_mode": keep("messages"),
            },
        ),
    ],
    ids=["complete", "session events", "agent", "vault", "web app"],
)
def test_others(wire_format, body) -> None:
    assert mistreated(wire_format.request, body) == {}


def test_answers() -> None:
    answer = {
        "content": [
            {"type": text("thinking"), "thinking": keep("x"), "signature": keep("EqoB")},
            {"type": text("redacted_thinking"), "data": keep("EqoB")},
            {"type": text("text"), "text": text("Hello [PII:NAME:0123abcd]")},
            {
                "type": text("tool_use"),
                "name": text("f"),
                "input": {
                    "signature": data("[PII:NAME:0123abcd]"),
                    "usage": {"x": data("[PII:NAME:0123abcd]")},
                    "type": data("thinking"),
                    "thinking": data("[PII:NAME:0123abcd]"),
                },
            },
            {
                "type": text("web_search_tool_result"),
                "content": [{"title": text("x"), "encrypted_content": keep("EqoB")}],
            },
        ],
        "stop_sequence": text("x"),
        "usage": {"service_tier": keep("standard")},
    }
    assert mistreated(anthropic.MESSAGES.response, answer) == {}
    assert mistreated(anthropic.MESSAGES.response, {"type": text("message_start"), "message": answer}) == {}
    assert (
        mistreated(
            anthropic.BATCHES.response,
            {"custom_id": keep("r"), "result": {"type": text("succeeded"), "message": {"content": answer["content"]}}},
        )
        == {}
    )
    assert (
        mistreated(
            anthropic.MESSAGES.response,
            {"type": text("content_block_delta"), "delta": {"type": text("thinking_delta"), "thinking": keep("x")}},
        )
        == {}
    )
    assert (
        mistreated(
            anthropic.MESSAGES.response,
            {"type": text("content_block_delta"), "delta": {"type": text("signature_delta"), "signature": keep("x y")}},
        )
        == {}
    )
