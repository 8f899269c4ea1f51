"""Framing of streams and the script's cuts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes import coding
from dlp.fakes.replies import Event, Reply, dump, json_array, json_reply, sse, stream_reply
from dlp.fakes.script import Script

EVENTS = [Event({"n": 1, "text": "é<"}, name="first"), Event({"n": 2}), Event("[DONE]")]


def streamed(script: Script) -> Reply:
    failure = Event({"error": "failure"})
    return stream_reply(script, EVENTS, framing=sse("\n"), content_type="text/event-stream", failure=failure)


def test_events_are_framed_with_names_and_blank_lines() -> None:
    parts = sse("\n")(EVENTS, Script())
    assert parts[0] == 'event: first\ndata: {"n":1,"text":"é<"}\n\n'.encode()
    assert parts[2] == b"data: [DONE]\n\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_script_chooses_the_line_end(end: str) -> None:
    assert sse("\n")([Event("a\nb")], Script(line_end=end)) == [f"data: a{end}data: b{end}{end}".encode()]


def test_escaped_json_is_ascii_without_angle_brackets() -> None:
    written = dump({"text": "é<&>"}, escaped=True)
    assert written == '{"text":"\\u00e9\\u003c\\u0026\\u003e"}'


def test_a_json_array_is_one_document_in_pieces() -> None:
    parts = json_array(EVENTS[:2], Script())
    assert len(parts) == 2
    assert json.loads(b"".join(parts)) == [EVENTS[0].data, EVENTS[1].data]


@given(
    size=st.none() | st.integers(1, 30),
    cuts=st.none() | st.lists(st.integers(0, 200)),
    name=st.sampled_from(["identity", "gzip", "br", "zstd"]),
    hold=st.none() | st.integers(0, 5),
)
def test_no_cut_changes_the_body(size: int | None, cuts: list[int] | None, name: str, hold: int | None) -> None:
    reply = streamed(Script(wire_size=size, wire_cuts=cuts, encoding=name, hold_after=hold))
    assert coding.decode(b"".join(reply.parts), name) == b"".join(sse("\n")(EVENTS, Script()))
    if size is not None and cuts is None:
        assert all(len(part) <= size for part in reply.parts)


def test_a_hold_comes_after_its_events() -> None:
    reply = streamed(Script(hold_after=1, wire_size=4))
    assert reply.hold_before is not None
    assert b"".join(reply.parts[: reply.hold_before]) == sse("\n")(EVENTS, Script())[0]


def test_a_fault_in_mid_stream_replaces_the_rest() -> None:
    assert streamed(Script(error_after=1)).parts == (*sse("\n")(EVENTS[:1], Script()), b'data: {"error":"failure"}\n\n')


def test_an_early_close_sends_what_came_before() -> None:
    reply = streamed(Script(close_after=2))
    assert (len(reply.parts), reply.ending) == (2, "abort")
    assert streamed(Script(close_after=0)).parts == ()


def test_content_headers_follow_the_script() -> None:
    assert ("content-type", "text/event-stream") in streamed(Script()).headers
    assert not any(name == "content-type" for name, _ in streamed(Script(content_type="")).headers)
    assert ("content-encoding", "br") in streamed(Script(encoding="br")).headers
    announced = dict(streamed(Script(content_length=True)).headers)["content-length"]
    assert int(announced) == sum(map(len, streamed(Script()).parts))


def test_a_whole_answer_announces_the_length_of_its_coded_body() -> None:
    reply = json_reply(Script(encoding="gzip"), {"text": "x" * 500})
    assert dict(reply.headers)["content-length"] == str(len(b"".join(reply.parts)))
