"""What can't be read is counted by kind, may be blocked, and is told by its bytes: text that calls itself a picture is text."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re

import pytest

from dlp.engine.case import Request
from dlp.engine.media import OPAQUE, codec_of, kind_of_base64, signature_of
from dlp.engine.request import Engine, Examined
from dlp.errors import RequestBlocked, WireError
from dlp.policy.model import Fault, Policy
from dlp.providers.format import WireFormat
from dlp.providers.formats import gemini
from dlp.providers.formats.anthropic import ROUTES as ANTHROPIC
from dlp.providers.formats.openai import ROUTES as OPENAI
from tests.proxy.live import shared_detector

EMAIL = "anna.keller@nordwind-labs.org"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj <<>> endobj\n" * 20
DOCX = (
    b"PK\x03\x04\x14\x00\x06\x00" + b"\0" * 18 + b"\x13\x00\0\0[Content_Types].xml" + b"word/document.xml" + bytes(64)
)
TABLE = f"name,mail\nAnna Keller,{EMAIL}\n".encode()


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def format_of(routes: tuple[object, ...], path: str) -> WireFormat:
    found = next(each for each in routes if each.path.search(path))  # type: ignore[attr-defined]
    chosen: WireFormat = found.format  # type: ignore[attr-defined]
    return chosen


CHAT = format_of(OPENAI, "/v1/chat/completions")
MESSAGES = format_of(ANTHROPIC, "/v1/messages")


def examine(
    body: bytes, wire_format: WireFormat, content_type: str = "application/json", on_media: Fault = Fault.ALLOW
) -> Examined:
    engine = Engine(Policy(name="test", on_media=on_media), shared_detector(), b"k" * 32)
    return engine.examine(Request("POST", "/x", body, content_type=content_type), wire_format, "scope")


def chat(*parts: dict[str, object]) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": list(parts)}]}).encode()


def image(url: str) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": url}}


def document(data: bytes, media_type: str) -> bytes:
    source = {"type": "base64", "media_type": media_type, "data": packed(data)}
    return json.dumps({"messages": [{"role": "user", "content": [{"type": "document", "source": source}]}]}).encode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (DOCX, "application/vnd.openxmlformats-officedocument"),
        (TABLE, None),
    ],
    ids=["png", "pdf", "docx", "csv"],
)
def test_the_first_bytes_tell_the_kind(data: bytes, kind: str | None) -> None:
    found = signature_of(data)
    assert found == kind or (kind is not None and found is not None and found.startswith(kind))


def test_what_nothing_tells_has_the_declared_kind_if_it_is_one() -> None:
    sound = packed(bytes(200))
    assert kind_of_base64(sound, "audio/pcm") == "audio/pcm"
    assert kind_of_base64(sound, "wav") == "wav"
    assert kind_of_base64(sound, f"mail {EMAIL}") == OPAQUE


def test_media_in_json_pass_and_are_counted() -> None:
    body = chat(image(f"data:image/jpeg;base64,{packed(PNG)}"), {"type": "file", "file": {"file_data": packed(PDF)}})
    examined = examine(body, CHAT)
    assert examined.media == {"image/png": 1, "application/pdf": 1}
    assert examined.body == body


def test_a_policy_can_block_them() -> None:
    with pytest.raises(RequestBlocked, match="1 application/pdf in body"):
        examine(document(PDF, "application/pdf"), MESSAGES, on_media=Fault.BLOCK)


@pytest.mark.parametrize("media_type", ["image/png", "application/pdf", "text/csv", "application/octet-stream"])
def test_text_is_masked_whatever_it_is_called(media_type: str) -> None:
    examined = examine(document(TABLE, media_type), MESSAGES, on_media=Fault.BLOCK)
    data = base64.b64decode(json.loads(examined.body)["messages"][0]["content"][0]["source"]["data"])
    assert EMAIL.encode() not in data
    assert b"[PII:EMAIL:" in data


def test_text_behind_the_head_of_a_picture_url_is_masked() -> None:
    examined = examine(chat(image(f"data:image/png;base64,{packed(TABLE)}")), CHAT)
    url = json.loads(examined.body)["messages"][0]["content"][0]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    assert EMAIL.encode() not in base64.b64decode(url.partition(",")[2])


def upload(data: bytes, name: str, media_type: str) -> bytes:
    head = (
        f'--b\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\ncontent-type: {media_type}\r\n\r\n'
    )
    return head.encode() + data + b"\r\n--b--\r\n"


FORM = "multipart/form-data; boundary=b"


CODECS = {
    "UTF-8 with a mark": "utf-8-sig",
    "UTF-16 with a mark": "utf-16",
    "UTF-16, little end first": "utf-16-le",
    "UTF-16, big end first": "utf-16-be",
    "UTF-32 with a mark": "utf-32",
    "UTF-32, little end first": "utf-32-le",
    "UTF-32, big end first": "utf-32-be",
    "Latin-1": "latin-1",
    "Windows": "cp1252",
    "Central European": "cp1250",
}


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("before", [0, 5000], ids=["short", "long"])
def test_text_in_any_character_set_is_masked_in_it(codec: str, before: int) -> None:
    """In base64, in an upload and as a body, and all else of it comes out as it went in."""
    front = "für später\n" if codec.startswith(("latin", "cp")) else "for later\n"
    text = f"{front}{'a line of it\n' * (before // 13)}mail {EMAIL} today\n"
    data = text.encode(codec)
    sent = json.loads(examine(document(data, "text/plain"), MESSAGES, on_media=Fault.BLOCK).body)
    in_json = base64.b64decode(sent["messages"][0]["content"][0]["source"]["data"])
    unsaid = json.loads(examine(chat(image(f"data:image/png;base64,{packed(data)}")), CHAT).body)
    in_url = base64.b64decode(unsaid["messages"][0]["content"][0]["image_url"]["url"].partition(",")[2])
    form = examine(upload(data, "a.txt", "application/octet-stream"), CHAT, FORM).body
    in_form = form.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n--b--\r\n")
    plain = examine(data, CHAT, "text/plain").body
    for out in (in_json, in_url, in_form, plain):
        before_value, _, after = text.partition(EMAIL)
        assert re.fullmatch(
            re.escape(before_value) + r"\[PII:EMAIL:[0-9a-f]{8}\]" + re.escape(after), out.decode(codec)
        )


def test_what_calls_itself_text_and_cannot_be_read_is_refused() -> None:
    """A compressed table would pass as media under another name, which the policy can refuse."""
    data = gzip.compress(TABLE)
    with pytest.raises(WireError, match=r"image_url\.url is no text"):
        examine(chat(image(f"data:text/csv;base64,{packed(data)}")), CHAT)
    assert examine(chat(image(f"data:image/png;base64,{packed(data)}")), CHAT).media == {"image/png": 1}


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_no_text(seed: int) -> None:
    """Ciphertext, sound without a header: nothing is looked for in them, and nothing changes."""
    data = random.Random(seed).randbytes(200)
    assert codec_of(data) is None
    assert kind_of_base64(packed(data)) == OPAQUE


def test_a_few_zeros_do_not_hide_a_text() -> None:
    """Files are padded; a byte that no text has is no reason to let all the others pass."""
    for data in (TABLE + bytes(40), TABLE * 5 + b"\x01" + TABLE):
        examined = examine(chat(image(f"data:image/png;base64,{packed(data)}")), CHAT)
        url = json.loads(examined.body)["messages"][0]["content"][0]["image_url"]["url"]
        assert EMAIL.encode() not in base64.b64decode(url.partition(",")[2])


def test_documents_in_an_upload_are_counted_or_blocked() -> None:
    body = upload(PDF, "report.pdf", "application/pdf")
    assert examine(body, CHAT, FORM).media == {"application/pdf": 1}
    with pytest.raises(RequestBlocked):
        examine(body, CHAT, FORM, Fault.BLOCK)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.md", "a.xml", "a.html", "a.pdf", "a.png"])
def test_readable_files_in_an_upload_are_masked(name: str) -> None:
    """By what they hold: a table doesn't become a picture by its name."""
    assert EMAIL.encode() not in examine(upload(TABLE, name, "application/octet-stream"), CHAT, FORM).body


def test_the_lines_of_an_upload_are_masked_one_by_one() -> None:
    lines = b"".join(
        json.dumps({"custom_id": str(number), "body": {"messages": [{"role": "user", "content": text}]}}).encode()
        + b"\n"
        for number, text in enumerate(["nothing", f"Mail {EMAIL}", "nothing"])
    )
    sent = examine(upload(lines, "batch.jsonl", "application/jsonl"), CHAT, FORM).body
    before, after = lines.splitlines(), [line for line in sent.splitlines() if line.startswith(b"{")]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert EMAIL.encode() not in sent


LINES = "".join(
    json.dumps({"key": name, "request": {"contents": [{"parts": [{"text": name}]}]}}) + "\n" for name in (EMAIL, "no")
)


@pytest.mark.parametrize(
    "called", ["", "application/json", "application/octet-stream", "application/jsonl", "image/png"]
)
@pytest.mark.parametrize(
    "file",
    [
        pytest.param(LINES.encode(), id="lines"),
        pytest.param(LINES.splitlines()[0].encode(), id="a document"),
        pytest.param(TABLE, id="a table"),
        pytest.param(b"{Anna: " + EMAIL.encode(), id="text that begins as JSON does"),
    ],
)
def test_a_file_that_is_a_body_is_told_by_its_bytes(file: bytes, called: str) -> None:
    sent = examine(file, gemini.FILES, called)
    assert EMAIL.encode() not in sent.body
    assert b"[PII:EMAIL:" in sent.body


def test_media_that_are_a_body_are_counted_or_blocked() -> None:
    for called in ("", "application/json", "application/pdf"):
        sent = examine(PDF, gemini.FILES, called)
        assert (sent.body, sent.media) == (PDF, {"application/pdf": 1})
        with pytest.raises(RequestBlocked):
            examine(PDF, gemini.FILES, called, Fault.BLOCK)
    with pytest.raises(WireError):
        examine(b"\x00\x01\x02\xff" * 20, gemini.FILES, "application/json")
    with pytest.raises(WireError):
        examine(PDF, CHAT, "application/pdf")


@pytest.mark.parametrize("kind", ["application/jsonl", "application/x-ndjson", "application/x-jsonl", "text/jsonl"])
def test_lines_are_lines_under_each_of_their_names(kind: str) -> None:
    assert EMAIL.encode() not in examine(LINES.encode(), CHAT, kind).body
