"""Tokens that providers report are read from answers of every shape, and not from what a model writes."""

from __future__ import annotations

import json

import pytest

from dlp.providers.usage import read_usage

LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        pytest.param(
            '{"choices":[],"usage":{"prompt_tokens": 2006,"completion_tokens":300,"prompt_tokens_details":{"cached_tokens":1920}}}',
            (2006, 1920),
            id="openai chat",
        ),
        pytest.param(
            '{"usage":{"input_tokens":328,"input_tokens_details":{"cached_tokens":64},"output_tokens":52}}',
            (328, 64),
            id="openai responses",
        ),
        pytest.param(
            '{"usage":{"input_tokens":21,"cache_creation_input_tokens":188086,"cache_read_input_tokens":0}}',
            (188107, 0),
            id="anthropic, cache written",
        ),
        pytest.param(
            'data: {"type":"message_start","message":{"usage":{"input_tokens":21,"cache_creation_input_tokens":0,'
            '"cache_read_input_tokens":188086,"output_tokens":1}}}\n\n'
            f'data: {{"text":"{LONG}"}}\n\ndata: {{"usage":{{"output_tokens":393}}}}\n\n',
            (188107, 188086),
            id="anthropic stream",
        ),
        pytest.param(
            'data: {"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4}}\n\n' * 3,
            (9, 4),
            id="gemini stream",
        ),
        pytest.param(
            '{"usage":{"inputTokens":30,"outputTokens":628,"cacheReadInputTokens":100,"cacheWriteInputTokens":5}}',
            (135, 100),
            id="bedrock converse",
        ),
        pytest.param('{"usage":{"prompt_tokens":50,"prompt_cache_hit_tokens":40}}', (50, 40), id="deepseek"),
        pytest.param('{"usage":{"prompt_tokens":5,"cached_tokens":500}}', (5, 5), id="never more than all"),
        pytest.param('{"choices":[]}', None, id="says nothing"),
        pytest.param('{"usage":{"prompt_tokens":12345678901}}', None, id="no count"),
        pytest.param("", None, id="empty"),
    ],
)
def test_usage(answer: str, usage: tuple[int, int] | None) -> None:
    assert read_usage(answer.encode()) == usage


def test_what_a_model_writes_is_no_usage() -> None:
    written = json.dumps({"content": 'the answer is {"usage": {"prompt_tokens": 7}} as you see'})
    assert read_usage(written.encode()) is None
