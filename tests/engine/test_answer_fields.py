"""Headers and trailers of answers: where values come back, and where a token has to stay."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.engine.answer_fields import AnswerFields
from dlp.engine.case import Request
from dlp.engine.head import Header
from dlp.engine.request import Engine
from dlp.engine.rpc_answer import MAX_DETAILS_BYTES
from dlp.masking.restoring import Originals
from dlp.policy.model import Policy
from dlp.providers.formats.openai import CHAT
from tests.proxy.live import shared_detector

EMAIL = "anna.keller@nordwind-labs.org"
HOST = "api.openai.com"
VALUES = {"c4587843": "Anna Keller", "0011223a": 'Müller "A"', "aabbccdd": "a\r\nset-cookie: b=1; c"}


def nobody(path: str, headers: Sequence[Header]) -> None:
    """No further request would be sent."""


def restored(name: str, said: str, values: Mapping[str, str] = VALUES, again: object = nobody) -> str:
    """What becomes of one field."""
    [(_, now)] = AnswerFields(values, HOST, again).restored([(name, said)])  # type: ignore[arg-type]
    return now


@pytest.mark.parametrize(
    ("name", "said", "expected"),
    [
        ("content-disposition", 'attachment; filename="[PII:PERSON:c4587843].txt"', 'attachment; filename="Anna Keller.txt"'),
        (
            "Content-Disposition",
            "attachment; filename*=UTF-8''%5BPII%3APERSON%3A0011223a%5D.txt",
            "attachment; filename*=UTF-8''M%C3%BCller%20%22A%22.txt",
        ),
        # what would have to be written in another way
        ("content-disposition", 'attachment; filename="[PII:PERSON:0011223a].txt"', 'attachment; filename="[PII:PERSON:0011223a].txt"'),
        ("content-disposition", "a; b=[PII:PERSON:aabbccdd]", "a; b=[PII:PERSON:aabbccdd]"),
        ("content-disposition", "inline", "inline"),
        ("grpc-message", "50%25 of [PII:PERSON:0011223a]", '50%25 of M%C3%BCller "A"'),
        ("grpc-message", "bad %5BPII:PERSON:c4587843%5D", "bad Anna Keller"),
        ("grpc-message", "50% of nothing", "50% of nothing"),
        ("grpc-message", "[PII:PERSON:aabbccdd]", "a%0D%0Aset-cookie: b=1; c"),
        ("location", "/people/[PII:PERSON:c4587843]", "/people/[PII:PERSON:c4587843]"),
        ("set-cookie", "who=[PII:PERSON:c4587843]; path=/", "who=[PII:PERSON:c4587843]; path=/"),
        ("link", '</next>; rel="next"; title="[PII:PERSON:c4587843]"', '</next>; rel="next"; title="Anna Keller"'),
        ("x-other", "[PII:PERSON:c4587843]", "[PII:PERSON:c4587843]"),
    ],
)  # fmt: skip
def test_what_an_answer_says_of_the_request_is_restored(name: str, said: str, expected: str) -> None:
    assert restored(name, said) == expected


def test_fields_keep_their_order_and_their_repeats() -> None:
    told = [("Set-Cookie", "a=1"), ("x", "y"), ("set-cookie", "b=2; expires=Sat, 21 Nov 2026 20:00:00 GMT")]
    assert AnswerFields(VALUES, HOST, nobody).restored(told) is told


# -- what comes back to the provider -----------------------------------------------------------------------------------


class Caller:
    """A request with a value in it, and what the engine makes of the next one."""

    def __init__(self, path: str = "/", *headers: Header) -> None:
        self.engine = Engine(Policy(name="test"), shared_detector(), b"k" * 32)
        self.sent = self.engine.examine(Request("GET", path, b"", headers=headers), CHAT, "scope")

    def again(self, path: str, headers: Sequence[Header]) -> tuple[str, Sequence[Header]] | None:
        return self.engine.head_as_sent(path, headers, "scope")

    def told(self, name: str, said: str) -> str:
        return restored(name, said, self.sent.values, self.again)


def test_a_redirect_names_the_value_that_was_asked_for() -> None:
    """In whatever form the provider gives the address."""
    caller = Caller(f"/v1/files?q={EMAIL}")
    path = caller.sent.path
    assert EMAIL not in path
    spelt = EMAIL.replace("@", "%40")
    assert caller.told("location", path) == f"/v1/files?q={spelt}"
    assert caller.told("location", f"https://{HOST}{path}&page=2#x") == f"https://{HOST}/v1/files?q={spelt}&page=2#x"
    assert caller.told("location", f"//API.openai.com:443{path}") == f"//API.openai.com:443/v1/files?q={spelt}"
    assert caller.told("link", f'<{path}&page=2>; rel="next"') == f'</v1/files?q={spelt}&page=2>; rel="next"'
    assert caller.told("location", "files" + path.removeprefix("/v1/files")) == f"files?q={spelt}"


@pytest.mark.parametrize(
    "site",
    [
        "https://evil.example",
        "//evil.example",
        "http://api.openai.com",
        "https://u@api.openai.com",
        "\\\\evil.example",
        "mailto:",
    ],
)
def test_no_value_goes_elsewhere(site: str) -> None:
    caller = Caller(f"/v1/files?q={EMAIL}")
    said = site + caller.sent.path
    assert caller.told("location", said) == said
    assert caller.told("link", f"<{said}>") == f"<{said}>"


def test_a_policy_may_trust_other_hosts() -> None:
    caller = Caller(f"/v1/files?q={EMAIL}")
    assert isinstance(caller.sent.values, Originals)
    caller.sent.values.links = None  # `response.urls: restore`
    said = "https://files.example" + caller.sent.path
    assert caller.told("location", said) == "https://files.example/v1/files?q=anna.keller%40nordwind-labs.org"


def test_what_would_not_be_found_again_stays_masked() -> None:
    """A name in a path is nobody's; the client would send it as it stands."""
    caller = Caller("/v1/x", ("x-user", "Anna Keller"))
    [token] = [value for _, value in caller.sent.headers]
    assert token.startswith("[PII:PERSON:")
    said = f"/v1/people/{token}"
    assert caller.told("location", said) == said
    assert caller.told("set-cookie", f"who={token}") == f"who={token}"


def test_a_cookie_comes_back_as_its_client_knows_it() -> None:
    """If it is one that the client sent; one that the server has made with a token in it is the server's."""
    caller = Caller("/", ("cookie", f"user={EMAIL}"))
    [(_, sent)] = caller.sent.headers
    assert EMAIL not in sent
    assert caller.told("set-cookie", f"{sent}; Path=/; HttpOnly") == f"user={EMAIL}; Path=/; HttpOnly"
    made = sent.replace("PII_EMAIL_", "[PII:EMAIL:") + "]"
    assert caller.told("set-cookie", f"{made}; Path=/") == f"{made}; Path=/"


@example(";")
@given(st.text(max_size=40))
def test_no_value_ends_a_field(value: str) -> None:
    """Line breaks, quotes, semicolons: nothing that is put back says more than the value."""

    def trusting(path: str, headers: Sequence[Header]) -> tuple[str, Sequence[Header]]:
        return "/[PII:X:0123abcd]", [("cookie", "a=[PII:X:0123abcd]")]

    for name, said in [
        ("location", "/[PII:X:0123abcd]"),
        ("link", "</[PII:X:0123abcd]>"),
        ("set-cookie", "a=[PII:X:0123abcd]"),
        ("content-disposition", 'attachment; filename="[PII:X:0123abcd]"'),
        ("grpc-message", "[PII:X:0123abcd]"),
    ]:
        now = restored(name, said, {"0123abcd": value}, trusting)
        assert now.isascii()
        assert now.isprintable()
        if now != said and name != "grpc-message":
            quoted = re.compile('"[^"]*"')  # a semicolon between quotes ends nothing
            assert quoted.sub("", now).count(";") == said.count(";")
            assert now.count('"') == said.count('"')
            assert now.count("/") == said.count("/") or name in ("content-disposition", "set-cookie")


# -- gRPC --------------------------------------------------------------------------------------------------------------


def status_with(text: str) -> bytes:
    """A `google.rpc.Status`: code 3, a message, and one detail (`Any`) of a `BadRequest.FieldViolation`."""

    def field(number: int, value: bytes) -> bytes:
        assert len(value) < 128
        return bytes([number << 3 | 2, len(value)]) + value

    detail = field(1, b"type.googleapis.com/x.Y") + field(2, field(1, field(1, b"name") + field(2, text.encode())))
    return b"\x08\x03" + field(2, f"bad: {text}".encode()) + field(3, detail)


@pytest.mark.parametrize("pads", [True, False])
def test_the_details_of_a_failed_call_are_restored(*, pads: bool) -> None:
    said = base64.b64encode(status_with("[PII:PERSON:c4587843]")).decode()
    now = restored("grpc-status-details-bin", said if pads else said.rstrip("="))
    assert base64.b64decode(now + "=" * (-len(now) % 4)) == status_with("Anna Keller")


@pytest.mark.parametrize(
    "said", ["!", "AAAA", "", base64.b64encode(b"\xff" * 30).decode(), base64.b64encode(status_with("nobody")).decode()]
)
def test_details_without_tokens_stay_as_they_are(said: str) -> None:
    assert restored("grpc-status-details-bin", said) == said


def test_details_that_would_burst_the_headers_stay_as_they_are() -> None:
    said = base64.b64encode(status_with("[PII:PERSON:c4587843]")).decode()
    assert restored("grpc-status-details-bin", said, {"c4587843": "x" * MAX_DETAILS_BYTES}) == said
