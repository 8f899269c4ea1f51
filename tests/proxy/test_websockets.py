"""WebSockets to providers through a live proxy: a real client, a fake server that records what reached it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from tests.harness import wait_for
from tests.proxy.live import LiveProxy, live_proxy
from tests.proxy.sockets import FakeSockets, Socket

EMAIL = "anna.keller@nordwind-labs.org"
PHONE = "+49 30 901820147"
SAID = f'Write to "{EMAIL}",\nplease.'
RESPONSES = "wss://api.openai.com/v1/responses"
REALTIME = "wss://api.openai.com/v1/realtime?model=gpt-realtime"
LIVE = (
    "wss://generativelanguage.googleapis.com//ws/google.ai.generativelanguage.v1beta.GenerativeService"
    ".BidiGenerateContent?key=none"
)


@pytest.fixture
def fake() -> Iterator[FakeSockets]:
    with FakeSockets() as running:
        yield running


@pytest.fixture
def proxy(fake: FakeSockets, tmp_path: Path) -> Iterator[LiveProxy]:
    with live_proxy(fake.port, fake.authority, tmp_path, audit=str(tmp_path / "audit.jsonl")) as running:
        yield running


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def said_in(request: dict[str, Any]) -> str:
    return str(request["input"][-1]["content"][0]["text"])


def response_create(text: str, **more: Any) -> str:
    content = [{"type": "input_text", "text": text}]
    return json.dumps(
        {"type": "response.create", "model": "gpt-5", "input": [{"role": "user", "content": content}], **more},
        ensure_ascii=False,
    )


_items = itertools.count()


def responses(request: dict[str, Any], size: int = 5) -> list[str | bytes]:
    """A Responses stream that quotes the user, and calls a function with what was said, in pieces of so many characters."""
    text = f"You said: {said_in(request)}"
    arguments = json.dumps({"to": said_in(request)}, ensure_ascii=False)
    item, call = f"msg_{next(_items)}", f"fc_{next(_items)}"
    head = {"item_id": item, "output_index": 0, "content_index": 0}
    call_head = {"item_id": call, "output_index": 1}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "resp_1", "output": []}},
        *({"type": "response.output_text.delta", **head, "delta": piece} for piece in pieces(text, size)),
        {"type": "response.output_text.done", **head, "text": text},
        *(
            {"type": "response.function_call_arguments.delta", **call_head, "delta": piece}
            for piece in pieces(arguments, size - 2)
        ),
        {"type": "response.function_call_arguments.done", **call_head, "arguments": arguments},
        {"type": "response.completed", "response": {"id": "resp_1", "output": [{"type": "message", "text": text}]}},
    ]
    return [json.dumps(event) for event in events]


def read_response(connection: Socket) -> dict[str, Any]:
    """Deltas joined by kind, and the last event."""
    joined: dict[str, str] = {}
    kinds: list[str] = []
    while True:
        event = json.loads(connection.receive())
        kinds.append(event["type"])
        if event["type"].endswith(".delta"):
            joined[event["type"]] = joined.get(event["type"], "") + event["delta"]
        if event["type"] in ("response.completed", "error"):
            return {"joined": joined, "last": event, "kinds": kinds}


def check_response(answer: dict[str, Any], said: str) -> None:
    assert answer["joined"]["response.output_text.delta"] == f"You said: {said}"
    assert json.loads(answer["joined"]["response.function_call_arguments.delta"]) == {"to": said}
    assert answer["last"]["response"]["output"][0]["text"] == f"You said: {said}"
    ends = [kind for kind in answer["kinds"] if not kind.endswith(".delta")]
    assert ends == [
        "response.created",
        "response.output_text.done",
        "response.function_call_arguments.done",
        "response.completed",
    ]


@pytest.mark.parametrize("compression", ["deflate", None])
def test_responses_over_a_websocket(
    fake: FakeSockets, proxy: LiveProxy, tmp_path: Path, compression: str | None
) -> None:
    """Codex's wire: masked on the way out, restored delta by delta, over several turns of one connection."""
    fake.respond = responses
    with Socket(proxy, RESPONSES, compression=compression) as connection:
        for said in (SAID, f"And {PHONE}? ✓ Größe", SAID):
            connection.send(response_create(said))
            check_response(read_response(connection), said)
    assert EMAIL not in fake.everything()
    assert PHONE not in fake.everything()
    assert fake.everything().count("[PII:EMAIL:") == 2
    first, _, third = fake.messages
    assert first == third


def test_what_an_earlier_message_held_is_restored_later(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    """Realtime: the item comes first, the response to it is asked for in another message."""
    token: list[str] = []

    def respond(event: dict[str, Any]) -> list[str | bytes]:
        if event["type"] == "conversation.item.create":
            token.append(event["item"]["content"][0]["text"].split()[-1])
            return [json.dumps({"type": "conversation.item.added", "item": event["item"]})]
        head = {"item_id": "item_1", "output_index": 0, "content_index": 0}
        deltas = [{"type": "response.output_audio_transcript.delta", **head, "delta": piece} for piece in token[0]]
        end = {"type": "response.output_audio_transcript.done", **head, "transcript": token[0]}
        return [json.dumps(event) for event in [*deltas, end]]

    fake.respond = respond
    with Socket(proxy, REALTIME) as connection:
        content = [{"type": "input_text", "text": f"Mail {EMAIL}"}]
        connection.send(
            json.dumps({"type": "conversation.item.create", "item": {"type": "message", "content": content}})
        )
        added = json.loads(connection.receive())
        assert added["item"]["content"] == content
        connection.send(json.dumps({"type": "response.create"}))
        text = ""
        while (event := json.loads(connection.receive()))["type"].endswith("delta"):
            text += event["delta"]
        assert text == event["transcript"] == EMAIL
    assert token[0].startswith("[PII:EMAIL:")


def test_sound_goes_through_untouched(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    append = json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(range(256))).decode()})
    delta = json.dumps({"type": "response.output_audio.delta", "delta": base64.b64encode(bytes(300)).decode()})
    fake.respond = lambda _: [delta]
    with Socket(proxy, REALTIME) as connection:
        connection.send(append)
        assert connection.receive() == delta
    assert fake.messages == [append]


def test_gemini_live_answers_in_binary_frames(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    def respond(message: dict[str, Any]) -> list[str | bytes]:
        if "setup" in message:
            return [json.dumps({"setupComplete": {}}).encode()]
        said = message["client_content"]["turns"][0]["parts"][0]["text"]
        parts = [{"serverContent": {"modelTurn": {"parts": [{"text": piece}]}}} for piece in pieces(said)]
        return [json.dumps(part).encode() for part in [*parts, {"serverContent": {"turnComplete": True}}]]

    fake.respond = respond
    with Socket(proxy, LIVE) as connection:
        connection.send(json.dumps({"setup": {"model": "models/gemini-live"}}))
        assert json.loads(connection.receive()) == {"setupComplete": {}}
        turn = {"role": "user", "parts": [{"text": SAID}]}
        connection.send(json.dumps({"client_content": {"turns": [turn], "turn_complete": True}}))
        text = ""
        while True:
            message = connection.receive()
            assert isinstance(message, bytes)
            content = json.loads(message)["serverContent"]
            if content.get("turnComplete"):
                break
            text += "".join(part["text"] for part in content["modelTurn"]["parts"])
        assert text == SAID
    assert EMAIL not in fake.everything()


@pytest.mark.parametrize("binary", [False, True])
def test_a_message_in_fragments(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path, *, binary: bool) -> None:
    """A value cut by frames is found; what is sent on may be long and full of characters of several bytes."""
    said = f"{'äöü✓' * 3000} {SAID}"
    fake.respond = partial(responses, size=500)
    message: Any = response_create(said)
    if binary:
        message = message.encode()
    with Socket(proxy, RESPONSES) as connection:
        connection.send(iter(pieces(message, 3001)))
        check_response(read_response(connection), said)
    (arrived,) = fake.messages
    assert isinstance(arrived, bytes) is binary
    assert EMAIL not in fake.everything()


@pytest.mark.parametrize(
    "message", ["no JSON", b"\x00\x01\xff", '{"type": "response.create", "input": [', b"\xff" * 300]
)
def test_what_cannot_be_read_is_refused_and_the_connection_goes_on(
    fake: FakeSockets, proxy: LiveProxy, tmp_path: Path, message: Any
) -> None:
    fake.respond = responses
    with Socket(proxy, RESPONSES) as connection:
        connection.send(message)
        answer = read_response(connection)["last"]
        assert answer["type"] == "error"
        assert answer["error"]["code"] == "dlp_unscannable"
        assert fake.messages == []
        connection.send(response_create(SAID))
        check_response(read_response(connection), SAID)


def test_what_the_policy_blocks_is_refused(fake: FakeSockets, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nname: p\nentities:\n  DEFAULT: allow\n  EMAIL_ADDRESS: block\n")
    audit = tmp_path / "audit.jsonl"
    with live_proxy(fake.port, fake.authority, tmp_path, policy=str(policy), audit=str(audit)) as proxy:
        with Socket(proxy, RESPONSES) as connection:
            connection.send(response_create(SAID))
            error = json.loads(connection.receive())["error"]
            assert (error["type"], error["code"]) == ("invalid_request_error", "dlp_blocked")
            assert "input[0].content[0].text" in error["message"]
        with Socket(proxy, LIVE) as connection:
            connection.send(json.dumps({"realtimeInput": {"text": SAID}}))
            with pytest.raises(ConnectionClosedError) as closed:
                connection.receive()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            assert "EMAIL_ADDRESS" in closed.value.rcvd.reason
    assert fake.messages == []
    events = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [event["action"] for event in events] == ["pass", "block", "pass", "block"]
    assert EMAIL not in audit.read_text()


class _Broken:
    """A detector that fails on what is said, and not on the upgrade."""

    def find_many(self, texts: list[tuple[str, str]]) -> list[Any]:
        if any(EMAIL in value for value, _ in texts):
            raise RuntimeError("broken")
        return [() for _ in texts]


def test_a_fault_of_ours_drops_the_message(fake: FakeSockets, tmp_path: Path) -> None:
    detector: Any = _Broken()
    with (
        live_proxy(fake.port, fake.authority, tmp_path, detector=detector) as proxy,
        Socket(proxy, RESPONSES) as connection,
    ):
        connection.send(response_create(SAID))
        assert json.loads(connection.receive())["error"]["type"] == "server_error"
    assert fake.messages == []


@pytest.mark.parametrize("stage", ["examine", "error_object"])
def test_an_exception_in_the_hook_forwards_nothing(
    fake: FakeSockets, proxy: LiveProxy, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where refusing fails: a client's message is dropped from the start."""

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    fake.respond = responses
    message: Any = response_create(SAID) if stage == "examine" else "no JSON"
    with Socket(proxy, RESPONSES) as connection:
        with monkeypatch.context() as patched:
            patched.setattr(f"dlp.proxy.websockets.{stage}", fail)
            connection.send(message)
            if stage == "examine":
                assert json.loads(connection.receive())["type"] == "error"
            else:
                connection.ping("")  # by its pong, the message has been dealt with
        assert fake.messages == []
        connection.send(response_create(SAID))
        check_response(read_response(connection), SAID)


@pytest.mark.parametrize(("size", "frames"), [(200_000, 1), (200_000, 7), (8_000_000, 1), (8_000_000, 100)])
def test_a_message_above_the_limit_ends_the_connection(
    fake: FakeSockets, tmp_path: Path, size: int, frames: int
) -> None:
    """The sender is told, even if it was still sending, and nothing of it was sent on."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nname: p\nentities:\n  DEFAULT: mask\nlimits:\n  body_bytes: 65536\n")
    long = response_create("x" * size)
    with (
        live_proxy(fake.port, fake.authority, tmp_path, policy=str(policy)) as proxy,
        Socket(proxy, RESPONSES) as connection,
    ):
        connection.send(response_create(SAID))
        wait_for(lambda: fake.messages)
        with contextlib.suppress(ConnectionClosedError):  # its last frames may find the connection closed already
            connection.send(long if frames == 1 else iter(pieces(long, len(long) // frames)))
        with pytest.raises(ConnectionClosedError):
            connection.receive()
        assert connection.close_code == 1009
    assert len(fake.messages) == 1


def test_pings_and_closing_words_carry_nothing(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    """They reach the provider without what they say; a client's ping is still answered with its own payload."""
    with Socket(proxy, RESPONSES) as connection:
        connection.ping(EMAIL)
        connection.pong(EMAIL)
        connection.close(1000, EMAIL)
    assert fake.closed.wait(120)
    assert [line for line in fake.control if line.startswith("< PING")] == ["< PING '' [0 bytes]"]
    assert any(line.startswith("< CLOSE 1000") for line in fake.control)
    assert EMAIL not in "\n".join(fake.control)


def test_a_server_that_goes_away_leaves_nothing_held_back(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    """What could still have become a token comes out before the close."""

    def respond(request: dict[str, Any]) -> Iterator[str | bytes]:
        head = {"type": "response.output_text.delta", "item_id": "a", "output_index": 0, "content_index": 0}
        yield json.dumps({**head, "delta": said_in(request)[:-6]})
        fake.go_away()

    fake.respond = respond
    text = ""
    with Socket(proxy, RESPONSES) as connection:
        connection.send(response_create(f"Mail {EMAIL}"))
        for message in connection:
            text += json.loads(message)["delta"]
    assert text.startswith("Mail [PII:EMAIL:")


def test_other_endpoints_are_refused_the_upgrade(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    with pytest.raises(InvalidStatus) as refused:
        Socket(proxy, "wss://api.openai.com/v1/chat/completions")
    assert refused.value.response.status_code == 426


def test_the_upgrade_itself_is_examined(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    with Socket(proxy, f"{RESPONSES}?note={EMAIL}") as connection:
        connection.close()
    assert fake.closed.wait(120)
    assert EMAIL not in "\n".join(fake.control)
    assert any("PII" in line for line in fake.control if line.startswith("< GET"))


def test_a_message_of_64_megabytes_ends_the_connection(fake: FakeSockets, proxy: LiveProxy, tmp_path: Path) -> None:
    """The sender isn't left sending into a socket that nobody reads any more."""

    def talk(connection: Socket) -> None:
        connection.send("x" * 64 * 2**20)
        connection.receive()

    with Socket(proxy, RESPONSES, compression=None) as connection, pytest.raises(ConnectionClosed):
        talk(connection)
    with Socket(proxy, RESPONSES) as connection:
        fake.respond = responses
        connection.send(response_create(SAID))
        assert read_response(connection)
    assert len(fake.messages) == 1


def test_a_message_that_decompresses_to_very_much_ends_the_connection(
    fake: FakeSockets, proxy: LiveProxy, tmp_path: Path
) -> None:
    with Socket(proxy, RESPONSES, compression="deflate") as connection:
        connection.send("x" * 8 * 2**20)
        with pytest.raises(ConnectionClosedError):
            connection.receive()
        assert connection.close_code == 1009
    assert fake.messages == []


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_fragments_are_one_message(
    fake: FakeSockets, proxy: LiveProxy, tmp_path: Path, compression: str | None
) -> None:
    """A value that is cut between two frames is found; each frame alone would not show it."""
    with Socket(proxy, RESPONSES, compression=compression) as connection:
        fake.respond = responses
        connection.send(iter(pieces(response_create(SAID), 11)))
        assert read_response(connection)
    assert EMAIL not in fake.everything()
    assert "[PII:EMAIL:" in fake.everything()
