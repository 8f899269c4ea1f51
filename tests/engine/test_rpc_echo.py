"""History in remote procedure calls: what the model said comes back as the model said it, whatever detection would say today."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import pytest

from dlp.engine.case import Request
from dlp.engine.echo import EchoMemory, echo_scope
from dlp.engine.leaves import Stats
from dlp.engine.request import Engine, Examined
from dlp.engine.rpc import leaf_text
from dlp.engine.rpc_answer import rpc_restorer
from dlp.engine.rpc_echo import remember_messages
from dlp.policy.model import Policy
from dlp.providers.formats.generic import GRPC
from dlp.types import Finding
from dlp.wire.grpc import COMPRESSED, GRPC_FLAGS, RpcKind, frame, read_frames
from dlp.wire.protobuf import parse_message
from tests.proxy.test_grpc import text_field

EMAIL = "anna.keller@nordwind-labs.org"
SCOPE = "scope"
PROTO = RpcKind(GRPC_FLAGS, json=False)
THOUGHT = b"\x50\x01"
"""Field 10, a varint: 1."""


class Noisy:
    """Finds addresses, and a name that the model has made up."""

    def find(self, text: str, *, context: str = "") -> tuple[Finding, ...]:
        found = []
        for wanted, kind in ((EMAIL, "EMAIL_ADDRESS"), ("Harald Berg", "PERSON")):
            at = text.find(wanted)
            if at >= 0:
                found.append(Finding(entity_type=kind, start=at, end=at + len(wanted), score=0.9, recognizer="Noisy"))
        return tuple(sorted(found, key=lambda each: each.start))

    def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
        return [self.find(text, context=context) for text, context in items]


class Chat:
    """One client and its model, as the proxy has them in between."""

    def __init__(self) -> None:
        self.engine = Engine(Policy(name="test"), Noisy(), b"k" * 32)
        self.values = dict(self.examined(turn("user", f"I am {EMAIL}")).values)
        [digest] = self.values
        self.token = f"[pii: email: {digest}]"
        """As a model may spell it."""

    @property
    def memory(self) -> EchoMemory:
        return self.engine.echoes

    def examined(self, *turns: bytes, scope: str = SCOPE) -> Examined:
        body = frame(b"".join(text_field(1, each) for each in turns) + text_field(2, b"models/gemini-2.5-pro"))
        asked = Request("POST", "/google.Service/Call", body, content_type="application/grpc", provider="gemini")
        return self.engine.examine(asked, GRPC, scope)

    def sent(self, *turns: bytes, scope: str = SCOPE) -> bytes:
        return read_frames(self.examined(*turns, scope=scope).body, 0)[0].payload

    def answers(self, *messages: bytes, coding: str = "") -> list[bytes]:
        """What the client gets where the model sent `messages`."""
        pack = (lambda raw: frame(gzip.compress(raw), COMPRESSED)) if coding else frame
        body = b"".join(map(pack, messages))
        remember_messages(self.memory, echo_scope(SCOPE, "gemini"), body, PROTO, coding, self.values)
        restorer = rpc_restorer(PROTO, coding, self.values, Stats())
        given = b"".join([*restorer.feed(body), *restorer.flush()])
        return [message.payload for message in read_frames(given, 0)]


def part(text: str, more: bytes = b"") -> bytes:
    return text_field(1, text_field(2, text.encode()) + more)


def turn(role: str, *texts: str) -> bytes:
    return b"".join(map(part, texts)) + text_field(2, role.encode())


def answer(*parts: bytes) -> bytes:
    """Candidates, with content; and counts, as the last message of a stream has them alone."""
    return text_field(1, text_field(1, b"".join(parts) + text_field(2, b"model")))


@pytest.fixture
def chat() -> Chat:
    return Chat()


def both(chat: Chat, text: str) -> tuple[str, str]:
    """A text of the model's, as it wrote it and as the client reads it."""
    return text.replace("TOKEN", chat.token), text.replace("TOKEN", EMAIL)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_whole_answer(chat: Chat, coding: str) -> None:
    wrote, read = both(chat, "Dear TOKEN, this is Harald Berg.")
    assert chat.answers(answer(part(wrote)), coding=coding)[0] == answer(part(read))
    sent = chat.sent(turn("user", f"I am {EMAIL}"), turn("model", read), turn("user", "Who is Harald Berg?"))
    assert text_field(1, turn("model", wrote)) in sent
    assert EMAIL.encode() not in sent
    assert b"Who is [PII:" in sent


def test_a_streamed_answer_that_the_client_joins(chat: Chat) -> None:
    wrote, read = both(chat, "Dear TOKEN, this is Harald Berg.")
    pieces = [answer(part(wrote[at : at + 7])) for at in range(0, len(wrote), 7)]
    chat.answers(*pieces, b"\x18\x05")
    assert text_field(1, turn("model", wrote)) in chat.sent(turn("model", read))


def test_a_streamed_answer_whose_pieces_the_client_keeps(chat: Chat) -> None:
    """Some of them empty, where the beginning of a token was held back."""
    wrote, _ = both(chat, "Dear TOKEN, this is Harald Berg.")
    given = chat.answers(*[answer(part(wrote[at : at + 7])) for at in range(0, len(wrote), 7)])
    contents = [message[4:] for message in given]  # without the tags and lengths of candidate and content
    parts = b"".join(content.removesuffix(text_field(2, b"model")) for content in contents)
    assert part("") in parts
    sent = chat.sent(parts + text_field(2, b"model"))
    texts = [leaf_text(sent, leaf) or "" for leaf in parse_message(sent).leaves if leaf.path == (1, 1, 2)]
    assert "".join(texts) == wrote


def test_pieces_that_cut_a_value(chat: Chat) -> None:
    """No client gets them so. One that would be left empty can't be told from bytes, so the values in them are detection's."""
    wrote, read = both(chat, "Dear TOKEN, this is Harald Berg.")
    chat.answers(answer(part(wrote)))
    for size in range(1, len(read)):
        pieces = [read[at : at + size] for at in range(0, len(read), size)]
        sent = chat.sent(turn("model", *pieces))
        texts = [leaf_text(sent, leaf) or "" for leaf in parse_message(sent).leaves if leaf.path == (1, 1, 2)]
        assert all(texts)
        assert "".join(texts) in (wrote, read) or "[PII:" in "".join(texts)


def test_a_thought_is_a_text_of_its_own(chat: Chat) -> None:
    thought, _ = both(chat, "TOKEN is Harald Berg.")
    wrote, read = both(chat, "Hello TOKEN, from Harald Berg.")
    chat.answers(answer(part(thought, THOUGHT)), answer(part(wrote)))
    assert text_field(1, turn("model", wrote)) in chat.sent(turn("model", read))


def test_arguments_of_a_call(chat: Chat) -> None:
    """A map of names to values, and JSON in a string: clients may write it anew."""

    def call(to: str) -> bytes:
        return text_field(3, text_field(1, text_field(1, b"to") + text_field(2, text_field(3, to.encode()))))

    wrote, read = both(chat, '{"to": "TOKEN", "from": "Harald Berg"}')
    chat.answers(answer(call(f"{chat.token} Harald Berg")), answer(part(wrote)))
    sent = chat.sent(call(f"{EMAIL} Harald Berg") + text_field(2, b"model"))
    assert call(f"{chat.token} Harald Berg") in sent
    assert text_field(1, turn("model", wrote)) in chat.sent(turn("model", read))
    assert chat.token.encode() in chat.sent(turn("model", read.replace(", ", ",")))


def test_a_speaker_who_is_a_number(chat: Chat) -> None:
    """Long texts are looked up whoever says them, short ones are not: a user may say by chance what the model has said."""
    wrote, read = both(chat, "Dear TOKEN, this is Harald Berg. I have written to the office today, as you asked.")
    chat.answers(answer(part(wrote)))
    chat.answers(answer(part("Harald Berg")))
    assert part(wrote) in chat.sent(part(read) + b"\x10\x02")
    assert b"Harald Berg" not in chat.sent(part("Harald Berg") + b"\x10\x01")


def test_another_caller(chat: Chat) -> None:
    _, read = both(chat, "Dear TOKEN, this is Harald Berg.")
    chat.answers(answer(part(both(chat, "Dear TOKEN, this is Harald Berg.")[0])))
    sent = chat.sent(turn("model", read), scope="another")
    assert b"Harald Berg" not in sent
    assert sent.count(b"[PII:") == 2


def test_an_answer_that_was_cut_short(chat: Chat) -> None:
    wrote, read = both(chat, "Dear TOKEN, this is Harald Berg.")
    body = frame(answer(part(wrote)))
    remember_messages(chat.memory, echo_scope(SCOPE, "gemini"), body + body[:-3], PROTO, "", chat.values)
    assert text_field(1, turn("model", wrote)) in chat.sent(turn("model", read))
