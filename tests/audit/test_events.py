"""An audit line is bounded, one line, and shows nothing of a request but names and numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.audit.events import (
    MAX_LINE_BYTES,
    AuditEvent,
    endpoint_name,
    shown_model,
    shown_path,
    shown_place,
    timestamp,
)
from dlp.types import Verdict

EVENT = AuditEvent(
    time=timestamp(1795000000.5),
    request_id="req_1",
    client="127.0.0.1",
    host="api.openai.com",
    method="POST",
    path="/v1/chat/completions?key=4111111111111111",
    wire_format="openai-chat",
    model="gpt-4o-2024-08-06",
    action=Verdict.REWRITE,
    entities={"EMAIL_ADDRESS": 2, "PERSON": 3},
    places=("messages[0].content",),
    bytes_in=100,
    bytes_out=120,
    ms=1.23456,
    policy="default",
    status=200,
)


def test_the_format_of_a_line() -> None:
    assert EVENT.to_line() == (
        b'{"time":"2026-11-18T11:06:40.500Z","request_id":"req_1","client":"127.0.0.1","host":"api.openai.com",'
        b'"method":"POST","path":"/v1/chat/completions","wire_format":"openai-chat","model":"gpt-4o-2024-08-06",'
        b'"action":"rewrite","entities":{"PERSON":3,"EMAIL_ADDRESS":2},"places":["messages[0].content"],'
        b'"bytes_in":100,"bytes_out":120,"ms":1.235,"policy":"default","status":200}\n'
    )


def test_what_has_no_value_is_left_out() -> None:
    line = json.loads(replace(EVENT, model=None, wire_format=None, places=(), status=None).to_line())
    assert not {"model", "wire_format", "places", "status", "fault", "note"} & line.keys()
    assert line["entities"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/gemini-2.5-flash:generateContent"),
        ("/v1/models/claude-sonnet-4-20250514", "/v1/models/claude-sonnet-4-20250514"),
        ("/v1/files/file_abc123/content", "/v1/files/file_abc123/content"),
        ("/v1/users/anna@example.org", "/v1/users/*"),
        ("/v1/users/anna%40example.org/x", "/v1/users/*/x"),
        ("/cards/4111-1111-1111-1111", "/cards/*"),
        ("/ssn/078-05-1120", "/ssn/*"),
        ("/a?b=anna@example.org", "/a"),
        ("/a;jsessionid=secret", "/a"),
        ("/a#fragment", "/a"),
        ("/a\nb\x1b[31m", "/*"),
        ("/Anna Smith/", "/*/"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_a_path_shows_route_words_and_hides_the_rest(path: str, shown: str) -> None:
    assert shown_path(path) == shown


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("claude-opus-4-1-20250805", "claude-opus-4-1-20250805"),
        ("claude-3-5-sonnet@20240620", "claude-3-5-sonnet@20240620"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
        ("ft:gpt-4o-mini:acme::abc123", "ft:gpt-4o-mini:acme::abc123"),
        ("anna@example.org", "*"),
        ("my card is 4111111111111111", "*"),
        ("4111-1111-1111-1111", "*"),
        ("x" * 101, "*"),
        ("", "*"),
        ("a\nb", "*"),
    ],
)
def test_a_model_is_shown_when_it_looks_like_one(model: str, shown: str) -> None:
    assert shown_model(model) == shown


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("messages[12].content[0].text", "messages[12].content[0].text"),
        ("input.anna@example.org", "input.anna*example.org"),
        ("metadata.4111 1111 1111 1111", "metadata.4111*1111*1111*1111"),
        ("metadata.4111111111111111", "metadata.*1111111"),
        ("metadata.Größe\n", "metadata.Gr*e*"),
    ],
)
def test_a_place_hides_what_is_no_plain_key(place: str, shown: str) -> None:
    assert shown_place(place) == shown


texts = st.one_of(st.text(max_size=400), st.sampled_from(["\U0010ffff" * 1000, "é" * 5000, "\x00" * 900, '"\\' * 500]))


@given(
    text=texts,
    entities=st.dictionaries(texts, st.integers(0, 2**63), max_size=120),
    places=st.lists(texts, max_size=40),
    number=st.integers(0, 2**63),
)
def test_whatever_the_client_sent_the_line_is_bounded_ascii_json(
    text: str, entities: dict[str, int], places: list[str], number: int
) -> None:
    event = AuditEvent(
        time=text,
        request_id=text,
        client=text,
        host=text,
        method=text,
        path=text,
        wire_format=text,
        model=text,
        action=Verdict.BLOCK,
        entities=entities,
        places=tuple(places),
        bytes_in=number,
        bytes_out=number,
        ms=1e9,
        policy=text,
        status=number,
        fault=text,
        note=text,
    )
    line = event.to_line()
    assert line.endswith(b"\n")
    assert line[:-1].isascii()
    assert line[:-1].decode().isprintable()
    assert isinstance(json.loads(line), dict)


def test_the_longest_line_keeps_its_bound() -> None:
    """Every field at its bound, in the characters that JSON writes longest."""
    widest = "\U0001f600" * 10_000
    event = AuditEvent(
        time=widest,
        request_id=widest,
        client=widest,
        host=widest,
        method=widest,
        path="/" + "a" * 10_000,
        wire_format=widest,
        model="m" * 10_000,
        action=Verdict.MONITOR,
        entities={f"{number:03}" + widest: 2**63 for number in range(1000)},
        places=("k" * 10_000,) * 1000,
        bytes_in=2**63,
        bytes_out=2**63,
        ms=1e12,
        policy=widest,
        status=2**63,
        fault=widest,
        note=widest,
    )
    assert len(event.to_line()) <= MAX_LINE_BYTES


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions?key=AIza", "/v1/chat/completions"),
        ("/v1/threads/thread_abc123XYZ/messages", "/v1/threads/*/messages"),
        ("/v1beta/models/gemini-2.5-pro:newThing", "/v1beta/models/*"),
        ("/v1/users/anna@example.org", "/v1/users/*"),
        ("/v1/files/550e8400-e29b-41d4-a716-446655440000/content", "/v1/files/*/content"),
        ("/google.ai.generativelanguage.v1beta.GenerativeService/StreamGenerateContent",) * 2,
        ("/openai/deployments/4111111111111111/new", "/openai/deployments/*/new"),
        (f"/v1/{'x' * 41}", "/v1/*"),
    ],
)
def test_an_endpoint_has_one_name_whatever_it_is_called_with(path: str, name: str) -> None:
    assert endpoint_name(path) == name


def test_media_are_named_by_kind_and_nothing_else() -> None:
    """A kind may be what a request calls it."""
    line = json.loads(replace(EVENT, media={"image/png": 2, "anna@example.org": 1, "4111 1111 1111 1111": 1}).to_line())
    assert line["media"] == {"*": 2, "image/png": 2}
