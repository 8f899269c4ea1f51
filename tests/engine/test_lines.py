"""JSON Lines, in uploads and alone: masked line by line, in portions that leave nothing behind but what has changed."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.engine import forms
from dlp.engine.case import Request
from dlp.engine.json_body import JsonBody
from dlp.engine.request import Engine, Examined
from dlp.errors import DetectorError, RequestBlocked, TooLarge, WireError
from dlp.policy.model import Policy, Rule
from dlp.providers.formats.openai import FILES
from dlp.types import Action, Finding
from dlp.wire import ndjson
from tests.engine.conversations import KEY, PlantedDetector, engine

FORM = "multipart/form-data; boundary=cut-here"
LINES = "application/jsonl"
MEGABYTE = 2**20


def value(number: int) -> str:
    return f"V{number:06d}Q"


def sample(number: int, *, size: int = 40) -> str:
    """One line of a batch file, with a value of its own."""
    text = f"case {value(number)} {'and so on ' * (size // 10)}"
    return json.dumps({"custom_id": f"r{number}", "body": {"messages": [{"role": "user", "content": text}]}})


def upload(lines: bytes, *, head: bytes = b"") -> bytes:
    return (
        b'--cut-here\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        b'--cut-here\r\nContent-Disposition: form-data; name="file"; filename="b.jsonl"\r\n'
        + head + b"\r\n" + lines + b"\r\n--cut-here--\r\n"
    )  # fmt: skip


def ask(body: bytes, content_type: str = FORM) -> Examined:
    request = Request("POST", "/v1/files", body, content_type=content_type)
    return engine().examine(request, FILES, "scope")


@pytest.mark.parametrize("size", [1, 300, 10 * MEGABYTE])
def test_portions_of_any_size_give_what_each_line_gives_alone(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [sample(number) for number in range(20)]
    alone = [ask(line.encode(), LINES).body for line in lines]
    monkeypatch.setattr(forms, "PORTION_BYTES", size)
    together = ask(upload("\n".join(lines).encode()))
    assert together.body == upload(b"\n".join(alone))
    assert together.entities.total() == 20
    assert not any(value(number).encode() in together.body for number in range(20))


@settings(max_examples=30)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["", " ", '{"a": "plain"}', json.dumps({"a": value(7)}), json.dumps([value(8), value(9)])]),
            st.sampled_from(["\n", "\r\n"]),
        ),
        min_size=1,
        max_size=12,
    ),
    ended=st.booleans(),
    size=st.integers(1, 60),
)
def test_everything_but_the_values_stays(*, lines: list[tuple[str, str]], ended: bool, size: int) -> None:
    """Blank lines, line ends of both kinds and a last line without one are as they were."""
    text = "".join(line + end for line, end in lines)
    text = text if ended else text.rstrip("\r\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "PORTION_BYTES", size)
        examined = ask(upload(text.encode()))
    alone = "".join((ask(line.encode(), LINES).body.decode() if line.strip() else line) + end for line, end in lines)
    assert examined.body == upload((alone if ended else alone.rstrip("\r\n")).encode())


def test_a_name_met_in_one_line_is_known_in_later_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PORTION_BYTES", 1)
    lines = [json.dumps({"t": text}) for text in ("Keller came", "the name is Anna Keller", "then Keller left")]
    texts = [json.loads(line)["t"] for line in ask("\n".join(lines).encode(), LINES).body.splitlines()]
    assert "Keller" in texts[0]
    assert "Keller" not in texts[1] + texts[2]


def test_a_body_of_lines_alone_is_read_as_lines() -> None:
    body = "\n".join(sample(number) for number in range(3)).encode()
    for content_type in sorted(ndjson.CONTENT_TYPES):
        assert ask(body, content_type).entities.total() == 3


def test_the_length_of_the_part_is_made_right() -> None:
    lines = (sample(1) + "\n" + sample(2)).encode()
    changed = ask(upload(lines, head=b"Content-Length: %d\r\n" % len(lines))).body
    head, _, rest = changed.partition(b"Content-Length: ")
    length, _, content = rest.partition(b"\r\n\r\n")
    assert head
    assert int(length) == len(content.removesuffix(b"\r\n--cut-here--\r\n"))


@pytest.mark.parametrize("portion", [1, MEGABYTE])
def test_a_late_line_that_is_blocked_refuses_all(portion: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PORTION_BYTES", portion)
    policy = Policy(name="test", rules={"EMAIL_ADDRESS": Rule(action=Action.BLOCK)})
    strict = Engine(policy, PlantedDetector(), KEY)
    lines = [sample(number) for number in (0, 3, 2, 4)]  # of types that are masked, but for 4: its type is blocked
    with pytest.raises(RequestBlocked, match="line 4"):
        strict.examine(Request("POST", "/v1/files", upload("\n".join(lines).encode()), content_type=FORM), FILES, "s")


@pytest.mark.parametrize("last", ['{"a": ', "{'a': 1}", "x"])
def test_a_late_line_that_cant_be_read_refuses_all(last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PORTION_BYTES", 1)
    with pytest.raises(WireError):
        ask(upload((sample(1) + "\n" + last).encode()))


def test_a_line_over_its_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_LINE_BYTES", 200)
    with pytest.raises(TooLarge, match="line is"):
        ask(upload((sample(1) + "\n" + sample(2, size=300)).encode()))


def test_a_line_that_is_written_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of each portion are read again before they are kept."""
    render = JsonBody.render
    monkeypatch.setattr(JsonBody, "render", lambda self: render(self).replace(b"[PII", b"[PXI"))
    with pytest.raises(DetectorError, match="re-check"):
        ask(upload(sample(1).encode()))


def test_nobody_waits_for_a_long_file_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its deadline the work ends with the portion that is under way, and doesn't go on for nobody."""
    monkeypatch.setattr(forms, "PORTION_BYTES", 1)
    asked: list[int] = []

    class Slow(PlantedDetector):
        def find_many(self, items: Sequence[tuple[str, str]]) -> list[tuple[Finding, ...]]:
            asked.append(len(items))
            monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
            return super().find_many(items)

    request = Request("POST", "/v1/files", upload((sample(1) + "\n" + sample(2)).encode()), content_type=FORM)
    slow = Engine(Policy(name="test"), Slow(), KEY)
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    with pytest.raises(DetectorError, match="too long"):
        slow.examine(replace(request, deadline=10.0), FILES, "scope")
    assert len(asked) == 1


def test_memory_is_a_small_multiple_of_the_file() -> None:
    """Every line changes. What is held at the end: the changed lines, and the new body that is made of them."""
    body = upload("\n".join(sample(number, size=8000) for number in range(400)).encode())
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        examined = ask(body)
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert examined.entities.total() == 400
    assert len(body) > 3 * 10**6
    assert most < 2.5 * len(body)
