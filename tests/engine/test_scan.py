"""Foreign values never reach the client, in no part, wherever a stream is cut; the caller's own come back exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine.answer import BytesRestorer, MessageRestorer, restore_body, stream_restorer
from dlp.engine.case import Request
from dlp.engine.leaves import Stats
from dlp.engine.request import Engine
from dlp.engine.scan import BEFORE, HELD, MAX_HELD, STEP, AnswerScan, OwnWords, Scanner
from dlp.errors import AnswerStopped, DetectorError
from dlp.policy.model import Fault, Policy, ResponseSettings, Rule, Scan
from dlp.providers.formats.anthropic import MESSAGES
from dlp.providers.formats.gemini import GENERATE
from dlp.providers.formats.openai import CHAT, REALTIME
from dlp.types import Action, Finding
from tests.engine.conversations import KEY, PlantedDetector, minted

OWN = "V000001-anna@nordwind.orgQ"
FOREIGN = "V000003-eve@elsewhere.orgQ"
PASSED = "V000006-allowed@elsewhere.orgQ"
"""Of the type that the policy allows."""
_VALUE = re.compile(r"V(\d{6})[^QV]{0,40}Q")


class ManyKinds(PlantedDetector):
    """What begins with 000006 is a URL, what begins with BEGIN a key, the rest as planted."""

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        found = list(super().find(text, context=context))
        found += [
            Finding(entity_type="PRIVATE_KEY", start=m.start(), end=m.end(), score=1, recognizer="x")
            for m in re.finditer(r"-----BEGIN [^-]*-----[^-]*-----END [^-]*-----", text)
        ]
        found = [
            Finding(entity_type="URL", start=f.start, end=f.end, score=1, recognizer="x")
            if text.startswith("V000006", f.start)
            else f
            for f in found
        ]
        return tuple(sorted(found, key=lambda finding: finding.start))


def scanning(action: Scan = Scan.REDACT, *, own: Sequence[str] = (OWN,), on_error: Fault = Fault.BLOCK) -> AnswerScan:
    policy = Policy(
        name="test",
        rules={"URL": Rule(action=Action.ALLOW)},
        response=ResponseSettings(scan=action),
        on_error=on_error,
    )
    return AnswerScan(ManyKinds(), policy, OwnWords(own))


def redacted(text: str) -> str:
    """What a text becomes whose foreign values are all found."""

    def mark(match: re.Match[str]) -> str:
        if match.group() in (OWN, PASSED):
            return match.group()
        kind = ("SSN", "EMAIL", "KEY")[int(match.group(1)) % 3]
        return f"[{'US_SSN' if kind == 'SSN' else 'EMAIL' if kind == 'EMAIL' else 'API_KEY'}_REDACTED]"

    return _VALUE.sub(mark, text)


FILLER = st.integers(0, 700).map(lambda size: ("lorem ipsum dolor sit amet é😀 " * 30)[:size])
PIECES = st.lists(
    FILLER | st.sampled_from([OWN, FOREIGN, PASSED, "V000002 Vera\nQ", "V000004" + "x" * 38 + "Q", " "]),
    min_size=1,
    max_size=12,
)
"""Texts in which values stand anywhere, also across the places where a text is looked at."""


@settings(max_examples=60)
@given(PIECES, st.data())
def test_the_outcome_does_not_depend_on_the_pieces(parts: list[str], data: st.DataObject) -> None:
    text = " ".join(parts)
    expected = redacted(text)
    scanner = Scanner(scanning())
    came = ""
    at = 0
    while at < len(text):
        size = data.draw(st.sampled_from([1, 3, 17, 100, 600]))
        came += scanner.feed(text[at : at + size])
        at += size
        assert expected.startswith(came)  # and so no part of a foreign value has gone by
    assert came + scanner.flush() == expected
    assert not scanner.holding


def test_every_cut_of_a_value_is_the_same() -> None:
    text = "x " * 300 + FOREIGN + " y" * 400 + FOREIGN
    for cut in range(590, 700):
        scanner = Scanner(scanning())
        assert scanner.feed(text[:cut]) + scanner.feed(text[cut:]) + scanner.flush() == redacted(text)


def test_what_is_held_back_is_bounded() -> None:
    scanner = Scanner(scanning())
    out = sum(len(scanner.feed("word ")) for _ in range(10_000))
    assert 50_000 - out <= HELD + STEP + 5
    assert len(scanner._text) <= HELD + STEP + BEFORE + 5


def test_a_key_of_many_lines_is_waited_for() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQ\n" * 90 + "-----END PRIVATE KEY-----"
    text = "Here it is:\n" + key + "\nKeep it safe. " * 50
    scanner = Scanner(scanning())
    out = "".join(scanner.feed(text[at : at + 40]) for at in range(0, len(text), 40)) + scanner.flush()
    assert out == text.replace(key, "[PRIVATE_KEY_REDACTED]")


def test_a_run_without_a_blank_is_not_waited_for_for_ever() -> None:
    scanner = Scanner(scanning())
    out = 0
    for _ in range(1000):
        out += len(scanner.feed("A" * 100))
        assert len(scanner._text) <= MAX_HELD + STEP + BEFORE + HELD
    assert out > 50_000


@pytest.mark.parametrize(
    ("said", "value", "own"),
    [
        ("Mail anna.keller@nordwind.org", "Anna.Keller@Nordwind.org", True),
        ("call +49 30 901820147", "+4930901820147", True),
        ("call +49 30 901820147", "030/901820148", False),
        ("Annual report", "Ann", False),
        ("私は田中です", "田中", True),
        ("anything", "--", True),
        ("", "Anna Keller", False),
    ],
)
def test_a_callers_own_words_are_known_in_any_spelling(said: str, value: str, own: bool) -> None:  # noqa: FBT001
    words = OwnWords([said])
    assert words.hold(value) is own
    assert "Anna" not in repr(words)


# -- whole answers -----------------------------------------------------------------------------------------------------


def test_a_whole_answer_is_scanned_and_restored() -> None:
    values, [token] = minted(OWN)
    answer = {
        "id": "chatcmpl-1",
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "content": f"{token}, not {FOREIGN}, see {PASSED}",
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "function": {"name": "f", "arguments": json.dumps({"name": FOREIGN, "to": token})},
                        }
                    ],
                }
            }
        ],
    }
    body = json.dumps(answer).encode()
    out = json.loads(restore_body(body, CHAT, values, Stats(), scanning()))
    message = out["choices"][0]["message"]
    assert message["content"] == f"{OWN}, not [US_SSN_REDACTED], see {PASSED}"
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"name": "[US_SSN_REDACTED]", "to": OWN}
    assert out["id"] == "chatcmpl-1"


def test_arguments_that_are_objects_are_scanned_key_by_key() -> None:
    body = json.dumps(
        {"content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"name": FOREIGN, FOREIGN: 1}}]}
    ).encode()
    assert FOREIGN.encode() not in restore_body(body, MESSAGES, {}, Stats(), scanning())


@pytest.mark.parametrize("streams", [False, True])
def test_probabilities_spell_nothing_out(streams: bool) -> None:  # noqa: FBT001
    """Pieces of a token or two can't be scanned; their text is taken out, the figures stay."""
    token = {"token": "eve", "bytes": [101, 118, 101], "logprob": -0.5}
    choice = {"index": 0, "logprobs": {"content": [{**token, "top_logprobs": [token]}], "refusal": None}}
    body = json.dumps({"choices": [{**choice, "delta" if streams else "message": {"content": "Hello"}}]}).encode()
    if streams:
        restorer = stream_restorer("text/event-stream", CHAT, {}, Stats(), scanning())
        body = b"".join(streamed(restorer, b"data: " + body + b"\n\n", 1000)).splitlines()[0][6:]
    else:
        body = restore_body(body, CHAT, {}, Stats(), scanning())
    blank = {"token": "", "bytes": None, "logprob": -0.5}
    assert json.loads(body)["choices"][0]["logprobs"]["content"] == [{**blank, "top_logprobs": [blank]}]


def test_an_answer_without_anything_foreign_stays_byte_for_byte() -> None:
    body = b'{"choices" : [ {"message": {"content": "Hello, \\u0041nna"} } ] }'
    assert restore_body(body, CHAT, {}, Stats(), scanning()) == body


def test_a_policy_that_blocks_stops_the_answer_and_names_types_only() -> None:
    scan = scanning(Scan.BLOCK)
    body = json.dumps({"choices": [{"message": {"content": f"{FOREIGN} and {OWN}"}}]}).encode()
    with pytest.raises(AnswerStopped, match=r"1 US_SSN .*policy 'test'") as stopped:
        restore_body(body, CHAT, {}, Stats(), scan)
    assert "eve" not in str(stopped.value)
    assert stopped.value.status == 400
    assert scan.found == {"US_SSN": 1}


class Broken(PlantedDetector):
    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        raise DetectorError("recognizer x timed out")


def test_what_cannot_be_examined_does_not_go_on() -> None:
    body = b'{"choices": [{"message": {"content": "Hello there"}}]}'
    policy = Policy(name="test", response=ResponseSettings(scan=Scan.REDACT))
    with pytest.raises(AnswerStopped) as stopped:
        restore_body(body, CHAT, {}, Stats(), AnswerScan(Broken(), policy, OwnWords()))
    assert stopped.value.status == 502
    lenient = Policy(name="test", response=ResponseSettings(scan=Scan.REDACT), on_error=Fault.ALLOW)
    assert restore_body(body, CHAT, {}, Stats(), AnswerScan(Broken(), lenient, OwnWords())) == body


# -- streams -----------------------------------------------------------------------------------------------------------


def chat_events(text: str, size: int) -> bytes:
    events = [
        {"choices": [{"index": 0, "delta": {"content": text[at : at + size]}}]} for at in range(0, len(text), size)
    ]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events) + b"data: [DONE]\n\n"


def content_of(stream: bytes) -> str:
    out = ""
    for line in stream.decode().splitlines():
        if line.startswith("data: {"):
            out += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    return out


def streamed(restorer: BytesRestorer, data: bytes, size: int) -> list[bytes]:
    out: list[bytes] = []
    for at in range(0, len(data), size):
        out += restorer.feed(data[at : at + size])
    return out + restorer.flush()


@pytest.mark.parametrize("wire_size", [1, 37, 100_000])
@pytest.mark.parametrize("delta", [1, 7, 3000])
def test_a_stream_is_scanned_and_restored(delta: int, wire_size: int) -> None:
    values, [token] = minted(OWN)
    text = f"Dear {token}, " + "lorem ipsum " * 90 + f"{FOREIGN} is not {token}. " + "dolor " * 99 + FOREIGN
    restorer = stream_restorer("text/event-stream", CHAT, values, Stats(), scanning())
    out = streamed(restorer, chat_events(text, delta), wire_size)
    assert content_of(b"".join(out)) == redacted(text).replace(token, OWN)
    assert b"".join(out).count(b"[DONE]") == 1


def test_a_stream_goes_on_while_it_is_scanned() -> None:
    restorer = stream_restorer("text/event-stream", CHAT, {}, Stats(), scanning())
    seen = content_of(b"".join(restorer.feed(chat_events("lorem ipsum " * 300, 10))))
    assert len(seen) == 3600  # the event that ends the channel releases the rest
    restorer = stream_restorer("text/event-stream", CHAT, {}, Stats(), scanning())
    events = chat_events("lorem ipsum " * 300, 10).split(b"\n\n")
    seen = content_of(b"".join(restorer.feed(b"\n\n".join(events[:300]) + b"\n\n")))
    assert len(seen) >= 3000 - STEP - HELD - 20


def test_a_stream_that_is_blocked_ends_before_the_value() -> None:
    text = "lorem ipsum " * 120 + FOREIGN + " dolor" * 200
    restorer = stream_restorer("text/event-stream", CHAT, {}, Stats(), scanning(Scan.BLOCK))
    out: list[bytes] = []
    events = iter(chat_events(text, 9).split(b"\n\n"))
    with pytest.raises(AnswerStopped) as stopped:
        out.extend(part for event in events for part in restorer.feed(event + b"\n\n"))
    seen = content_of(b"".join(out + stopped.value.before))
    assert text.startswith(seen)
    assert 0 < len(seen) <= text.index(FOREIGN)


def test_an_array_ends_as_an_array() -> None:
    element = json.dumps({"candidates": [{"content": {"parts": [{"text": "Hello. "}]}}]}).encode()
    bad = json.dumps({"error": {"message": FOREIGN}}).encode()
    restorer = stream_restorer("application/json", GENERATE, {}, Stats(), scanning(Scan.BLOCK))
    with pytest.raises(AnswerStopped) as stopped:
        restorer.feed(b"[" + element + b",\r\n" + bad + b"]")
    assert json.loads(b"".join(stopped.value.before) + (stopped.value.separator or b"") + b"1]")[-1] == 1


@pytest.mark.parametrize(
    "data",
    [
        f": {FOREIGN}\n\n".encode(),
        f"event: x\ndata: {FOREIGN}\n\n".encode(),
        f'data: {{"x": "{FOREIGN}\n\n'.encode(),
        f"{FOREIGN}".encode(),
    ],
)
def test_nothing_passes_beside_the_events(data: bytes) -> None:
    for kind in ("text/event-stream", "text/plain", ""):
        restorer = stream_restorer(kind, CHAT, {}, Stats(), scanning())
        out: list[bytes] = []
        try:
            out += streamed(restorer, b'data: {"choices": []}\n\n' + data, 5)
        except AnswerStopped as stop:
            out += stop.before
        assert FOREIGN.encode() not in b"".join(out)


def test_a_connection_knows_what_each_message_said() -> None:
    restorer = MessageRestorer(REALTIME, Stats())
    restorer.learn({}, scanning(own=["nothing"]))
    delta = json.dumps(
        {"type": "response.output_text.done", "item_id": "a", "output_index": 0, "content_index": 0, "text": OWN}
    ).encode()
    assert OWN.encode() not in b"".join(restorer.feed(delta))
    restorer.learn({}, scanning(own=[OWN]))
    assert restorer.feed(delta) == [delta]


def test_the_request_says_what_is_the_callers_own() -> None:
    policy = Policy(name="test", rules={"URL": Rule(action=Action.ALLOW)}, response=ResponseSettings(scan=Scan.REDACT))
    engine = Engine(policy, PlantedDetector(), KEY)
    body = json.dumps({"messages": [{"role": "user", "content": f"I am {OWN}"}]}).encode()
    examined = engine.examine(Request("POST", "/", body, content_type="application/json"), CHAT, "scope")
    assert examined.scan is not None
    assert OWN not in repr(examined) + repr(examined.scan)
    answer = json.dumps({"choices": [{"message": {"content": f"{OWN} {FOREIGN}"}}]}).encode()
    out = json.loads(restore_body(answer, CHAT, examined.values, Stats(), examined.scan))
    assert out["choices"][0]["message"]["content"] == f"{OWN} [US_SSN_REDACTED]"
