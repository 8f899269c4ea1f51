"""Traps that others have fallen into, by name: what hides a value on its way out, and what spoils an answer on its way back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from dlp.engine import json_body
from dlp.engine.answer import restore_body, stream_restorer
from dlp.engine.case import Request
from dlp.engine.leaves import Stats
from dlp.engine.request import Engine, Examined
from dlp.errors import TooLarge, WireError
from dlp.masking.restoring import Originals
from dlp.policy.model import Fault, Policy
from dlp.providers.format import WireFormat
from dlp.providers.formats.anthropic import MESSAGES
from dlp.providers.formats.bedrock import CONVERSE
from dlp.providers.formats.gemini import GENERATE
from dlp.providers.formats.openai import CHAT, EMBEDDINGS, RESPONSES
from dlp.providers.table import default_table
from dlp.types import Verdict
from tests.engine.conversations import KEY, PlantedDetector, minted

ANNA, BERT = "V000001-anna@nordwind.orgQ", "V000002-bert@südwind.orgQ"
"""An e-mail address and a key, to the detector."""
POLICY = Policy(name="test")


def examine(
    body: Any, wire_format: WireFormat, *, encode: Callable[[bytes], bytes] | None = None, policy: Policy = POLICY
) -> Examined:
    raw = json.dumps(body).encode()
    asked = Request(
        method="POST",
        path="/",
        body=encode(raw) if encode else raw,
        content_type="application/json",
        content_encoding="zstd" if encode else "",
    )
    return Engine(policy, PlantedDetector(), KEY).examine(asked, wire_format, "scope")


def sent(body: Any, wire_format: WireFormat) -> str:
    """What leaves for a body, once it is certain that the planted values don't."""
    examined = examine(body, wire_format)
    text = examined.body.decode()
    for value in (ANNA, BERT):
        assert value not in text
        assert base64.b64encode(value.encode()).decode()[:-4] not in text
    assert examined.verdict is Verdict.REWRITE
    return text


# -- on the way out ---------------------------------------------------------------------------------------------------------


def test_a_body_in_zstd_as_codex_sends_it() -> None:
    body = {"model": "m", "input": f"Write to {ANNA}"}
    examined = examine(body, RESPONSES, encode=zstandard.ZstdCompressor().compress)
    assert examined.decoded
    assert ANNA not in examined.body.decode()
    assert "[PII:" in json.loads(examined.body)["input"]


HIDING: dict[str, tuple[WireFormat, Any]] = {
    "the result of a tool": (CHAT, {"messages": [{"role": "tool", "tool_call_id": "c1", "content": f"found {ANNA}"}]}),
    "the result of a tool as json in a string": (
        CHAT,
        {"messages": [{"role": "tool", "tool_call_id": "c1", "content": json.dumps({"rows": [{"mail": ANNA}]})}]},
    ),
    "arguments in the history": (
        CHAT,
        {
            "messages": [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "send", "arguments": json.dumps({"to": ANNA})},
                        }
                    ],
                }
            ]
        },
    ),
    "arguments and output of responses in the history": (
        RESPONSES,
        {
            "input": [
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": json.dumps({"to": ANNA})},
                {"type": "function_call_output", "call_id": "c", "output": json.dumps({"to": BERT})},
            ]
        },
    ),
    "freeform input of a tool": (
        RESPONSES,
        {"input": [{"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": f"+ {ANNA}\n- {{"}]},
    ),
    "an mcp item": (
        RESPONSES,
        {
            "input": [
                {"type": "mcp_call", "id": "m", "name": "f", "server_label": "s", "arguments": "{}", "output": ANNA}
            ]
        },
    ),
    "an mcp block of claude": (
        MESSAGES,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "mcp_tool_use", "id": "t", "name": "f", "server_name": "s", "input": {"mail": ANNA}},
                        {"type": "mcp_tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": BERT}]},
                    ],
                }
            ]
        },
    ),
    "a server tool's block": (
        MESSAGES,
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "server_tool_use", "id": "t", "name": "web_search", "input": {"query": ANNA}},
                        {
                            "type": "code_execution_tool_result",
                            "tool_use_id": "t",
                            "content": {"type": "code_execution_result", "stdout": f"{BERT}\n", "stderr": ""},
                        },
                    ],
                }
            ]
        },
    ),
    "text in a data url": (
        CHAT,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "file",
                            "file": {
                                "filename": "a.txt",
                                "file_data": "data:text/plain;base64," + base64.b64encode(ANNA.encode()).decode(),
                            },
                        }
                    ],
                }
            ]
        },
    ),
    "text in gemini's inline data": (
        GENERATE,
        {
            "contents": [
                {"parts": [{"inlineData": {"mimeType": "text/csv", "data": base64.b64encode(ANNA.encode()).decode()}}]}
            ]
        },
    ),
    "a text document of bedrock": (
        CONVERSE,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "document": {
                                "format": "txt",
                                "name": "a",
                                "source": {"bytes": base64.b64encode(ANNA.encode()).decode()},
                            }
                        }
                    ],
                }
            ]
        },
    ),
    "plain text where others have base64": (
        MESSAGES,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": ANNA}}
                    ],
                }
            ]
        },
    ),
    "letters spelt as escapes": (
        CHAT,
        {"messages": [{"role": "user", "content": f"\u2028 {ANNA} \u003c {BERT}"}]},
    ),
}


@pytest.mark.parametrize("name", HIDING)
def test_no_value_leaves_in(name: str) -> None:
    wire_format, body = HIDING[name]
    before, after = json.dumps(body), sent(body, wire_format)
    marks = [b"[PII:"[at:] for at in range(3)]  # in base64 a text may begin at three places of a group
    assert "[PII:" in after or any(base64.b64encode(mark).decode()[:4].strip("=") in after for mark in marks)
    assert set(json.loads(before)) == set(json.loads(after))


@pytest.mark.parametrize("depth", range(9))
def test_json_in_strings_is_opened_to_depth_eight_and_stays_json(depth: int) -> None:
    inner: Any = {"mail": ANNA, "n": 1.50}
    text = json.dumps(inner)
    for _ in range(depth):
        text = json.dumps({"deeper": text})
    body = {"messages": [{"role": "tool", "tool_call_id": "c", "content": text}]}
    masked = json.loads(sent(body, CHAT))["messages"][0]["content"]
    for _ in range(depth):
        masked = json.loads(masked)["deeper"]
    assert masked.endswith('"n": 1.5}')
    assert json.loads(masked)["mail"].startswith("[PII:")


def test_a_tools_schema_speaks_of_its_members_under_one_name() -> None:
    """Keys, what lists them and what points to them get the same token; expressions one without brackets; plain words stay."""
    schema = {
        "type": "object",
        "properties": {
            ANNA: {
                "type": "string",
                "description": f"like {ANNA}",
                "default": BERT,
                "enum": [BERT, "a"],
                "const": BERT,
            },
            "mail": {"type": ["string", "null"], "pattern": f"^{BERT}$", "$ref": f"#/$defs/{ANNA}"},
        },
        "required": [ANNA, "mail"],
        "$defs": {ANNA: {"type": "string"}},
        "dependentRequired": {ANNA: [ANNA]},
        "additionalProperties": False,
    }
    tool = {"type": "function", "function": {"name": "mail", "parameters": schema}}
    examined = examine({"messages": [], "tools": [tool]}, CHAT)
    digests = {value: digest for digest, value in examined.values.items()}
    anna, bert = f"[PII:EMAIL:{digests[ANNA]}]", f"[PII:API_KEY:{digests[BERT]}]"
    bare = bert.strip("[]").replace(":", "_")
    expected = (
        json.dumps(tool, ensure_ascii=False).replace(f"^{BERT}$", f"^{bare}$").replace(ANNA, anna).replace(BERT, bert)
    )
    assert json.loads(examined.body)["tools"] == [json.loads(expected)]


def test_a_tools_name_is_masked_wherever_it_stands_and_comes_back() -> None:
    name = "charge_V000002Q"
    body = {
        "messages": [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": name, "arguments": "{}"}}]}],
        "tools": [{"type": "function", "function": {"name": name}}],
        "tool_choice": {"type": "function", "function": {"name": name}},
    }
    examined = examine(body, CHAT)
    sent = json.loads(examined.body)
    masked = sent["tools"][0]["function"]["name"]
    assert re.fullmatch(r"charge_PII_API_KEY_[0-9a-f]{8}", masked)
    assert sent["messages"][0]["tool_calls"][0]["function"]["name"] == masked
    assert sent["tool_choice"]["function"]["name"] == masked
    answer = {"choices": [{"message": {"tool_calls": [{"function": {"name": masked, "arguments": "{}"}}]}}]}
    restored = restore_body(json.dumps(answer).encode(), CHAT, examined.values, Stats())
    assert json.loads(restored)["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == name


def test_token_ids_instead_of_text_are_a_matter_of_policy() -> None:
    body = {"model": "m", "input": [[9906, 1917], [15339]]}
    with pytest.raises(WireError, match="input holds token ids instead of text"):
        examine(body, EMBEDDINGS)
    passed = examine(body, EMBEDDINGS, policy=Policy(name="lax", on_unscannable=Fault.ALLOW))
    assert json.loads(passed.body) == body
    assert passed.fault == "WireError"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.openai.com", "/v1/responses"),
        ("chatgpt.com", "/backend-api/codex/responses"),
        ("x.openai.azure.com", "/openai/v1/responses?api-version=preview"),
        ("openrouter.ai", "/api/v1/responses"),
        ("api.groq.com", "/openai/v1/responses"),
        ("api.githubcopilot.com", "/responses"),
        ("api.openai.com", "//v1//responses/"),
        ("api.openai.com", "/v1/%72esponses"),
    ],
)
def test_responses_under_unusual_prefixes(host: str, path: str) -> None:
    provider = default_table().find(host)
    assert provider is not None
    assert provider.wire_format("POST", path).id == "oai.responses"


FIELDS: dict[str, tuple[WireFormat, Any, str]] = {
    "a participant's name": (CHAT, {"messages": [{"role": "user", "name": "V000001Q", "content": "x"}]}, r"[\w-]+"),
    "a document's name": (
        CONVERSE,
        {"messages": [{"role": "user", "content": [{"document": {"name": "V000001Q", "source": {"text": "x"}}}]}]},
        r"[A-Za-z0-9 \-()\[\]]+",
    ),
    "metadata of a request to bedrock": (
        CONVERSE,
        {"messages": [], "requestMetadata": {"who": "V000001Q"}},
        r"[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}",
    ),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_token_has_no_characters_that_its_field_rejects(name: str) -> None:
    wire_format, body, accepted = FIELDS[name]
    examined = examine(body, wire_format)
    assert "V000001Q" not in examined.body.decode()
    found = re.findall(r'"([^"]*PII[^"]*)"', examined.body.decode())
    assert found
    assert all(re.fullmatch(accepted, token) for token in found)
    answer = json.dumps({"choices": [{"message": {"content": f"Hello {found[0]}!"}}]}).encode()
    assert b"Hello V000001Q!" in restore_body(answer, CHAT, examined.values, Stats())


# -- on the way back --------------------------------------------------------------------------------------------------------

VALUES, (MAIL, NAME) = minted(ANNA, 'Ann "A"\n Lee')


def sse(*events: Any) -> bytes:
    return b"".join(b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events)


def text_chunk(text: str, **more: Any) -> Any:
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


def read(stream: bytes) -> list[Any]:
    data = [line[6:] for line in stream.decode().split("\n") if line.startswith("data: ")]
    return [each if each == "[DONE]" else json.loads(each) for each in data]


def content(stream: bytes) -> str:
    chunks = [each for each in read(stream) if each != "[DONE]"]
    return "".join(c["delta"].get("content", "") for each in chunks for c in each["choices"])


def streamed(body: bytes, wire_format: WireFormat = CHAT, kind: str = "", *, size: int = 7) -> bytes:
    stats = Stats()
    restorer = stream_restorer(kind, wire_format, Originals(VALUES), stats)
    out = [part for at in range(0, len(body), size) for part in restorer.feed(body[at : at + size])]
    assert stats.faults == 0
    return b"".join(out + restorer.flush())


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream", "application/json"])
def test_a_stream_of_events_without_its_content_type(kind: str) -> None:
    body = sse(*(text_chunk(letter) for letter in f"to {MAIL}."), b"[DONE]")
    assert content(streamed(body, kind=kind)) == f"to {ANNA}."


def test_done_comes_exactly_once_and_last() -> None:
    for text in (f"to {MAIL}", f"to {MAIL[:-3]}", "nothing"):  # closed, still held at the end, none
        out = read(streamed(sse(text_chunk(text), b"[DONE]"), kind="text/event-stream"))
        assert out[-1] == "[DONE]"
        assert out.count("[DONE]") == 1


def test_an_answer_that_repeats_a_token_a_thousand_times() -> None:
    text = f"{MAIL}, " * 1000
    whole = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    stats = Stats()
    assert (
        json.loads(restore_body(whole, CHAT, VALUES, stats))["choices"][0]["message"]["content"] == f"{ANNA}, " * 1000
    )
    assert stats.restored == 1000
    body = sse(*(text_chunk(text[at : at + 11]) for at in range(0, len(text), 11)), b"[DONE]")
    assert content(streamed(body, size=4096)) == f"{ANNA}, " * 1000


def test_two_people_in_two_messages_are_never_swapped() -> None:
    body = {"messages": [{"role": "user", "content": ANNA}, {"role": "user", "content": f"and {BERT}"}]}
    for messages in (body["messages"], body["messages"][::-1]):
        examined = examine({"messages": messages}, CHAT)
        tokens = {m["content"].removeprefix("and ") for m in json.loads(examined.body)["messages"]}
        assert len(tokens) == 2
        by_value = {
            value: next(token for token in tokens if digest in token) for digest, value in examined.values.items()
        }
        answer = json.dumps({"choices": [{"message": {"content": f"{by_value[BERT]}; {by_value[ANNA]}"}}]}).encode()
        out = json.loads(restore_body(answer, CHAT, examined.values, Stats()))
        assert out["choices"][0]["message"]["content"] == f"{BERT}; {ANNA}"


def test_tokens_spelt_with_json_escapes_as_go_and_googles_servers_do() -> None:
    escaped = MAIL.replace("[", "\\u005b").replace("]", "\\u005d").replace(":", "\\u003a")
    whole = f'{{"choices": [{{"message": {{"content": "\\u003cb\\u003e{escaped}\\u003c/b\\u003e"}}}}]}}'.encode()
    out = json.loads(restore_body(whole, CHAT, VALUES, Stats()))
    assert out["choices"][0]["message"]["content"] == f"<b>{ANNA}</b>"
    event = f'{{"choices": [{{"index": 0, "delta": {{"content": "\\u003c{escaped}\\u003e"}}}}]}}'.encode()
    assert content(streamed(sse(event, b"[DONE]"))) == f"<{ANNA}>"


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("depth", range(9))
def test_arguments_in_pieces_are_restored_as_json_to_depth_eight(depth: int, size: int) -> None:
    """What a client parses is what it would have parsed had the model written the value."""
    said, expected = json.dumps({"to": NAME, "n": 1}), json.dumps({"to": 'Ann "A"\n Lee', "n": 1}, ensure_ascii=False)
    for _ in range(depth - 1 if depth else 0):
        said, expected = json.dumps({"deeper": said}), json.dumps({"deeper": expected}, ensure_ascii=False)
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    calls = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}}]}
        for piece in pieces
    ]
    out = [each for each in read(streamed(sse(*calls, b"[DONE]"))) if each != "[DONE]"]
    arguments = "".join(e["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] for e in out)
    assert json.loads(arguments) == json.loads(expected)
    assert arguments == expected


def test_freeform_input_of_a_tool_is_text_and_not_json() -> None:
    name = "response.custom_tool_call_input"
    pieces = ["*** Begin\n+", *NAME, "\n+ {x: 1}\n"]
    events = [{"type": f"{name}.delta", "output_index": 0, "item_id": "i", "delta": piece} for piece in pieces]
    events.append({"type": f"{name}.done", "output_index": 0, "item_id": "i", "input": "".join(pieces)})
    out = read(streamed(sse(*events), RESPONSES))
    expected = "".join(pieces).replace(NAME, 'Ann "A"\n Lee')
    assert "".join(event.get("delta", "") for event in out) == expected
    assert out[-1]["input"] == expected


def test_a_body_of_too_many_strings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes many times its bytes: ten megabytes of them would take gigabytes. Inside a string they are examined as its text."""
    monkeypatch.setattr(json_body, "MAX_LEAVES", 100)
    many = [ANNA, *["x"] * 120]
    with pytest.raises(TooLarge, match="number of strings"):
        examine({"messages": [{"role": "user", "content": many}]}, CHAT)
    sent = examine({"messages": [{"role": "user", "content": json.dumps(many)}]}, CHAT).body
    assert ANNA.encode() not in sent
    assert json.loads(json.loads(sent)["messages"][0]["content"])[1:] == ["x"] * 120
