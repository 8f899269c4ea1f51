"""multipart bodies: exact ranges, edits that leave the rest alone, refusal of whatever two readers may take differently."""

from __future__ import annotations

import contextlib
import tracemalloc
from typing import Any

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from dlp.errors import WireError
from dlp.wire.multipart import MAX_HEADER_BYTES, MAX_PARTS, Header, Multipart, parse_multipart

FORM = "multipart/form-data; boundary=BB"


def body_of(*parts: bytes) -> bytes:
    """Parts (headers and body as they are) between boundary lines."""
    return b"".join(b"--BB\r\n" + part + b"\r\n" for part in parts) + b"--BB--\r\n"


def field(name: bytes, value: bytes, *headers: bytes) -> bytes:
    return (
        b'Content-Disposition: form-data; name="'
        + name
        + b'"\r\n'
        + b"".join(h + b"\r\n" for h in headers)
        + b"\r\n"
        + value
    )


def disposition(params: bytes) -> bytes:
    return b"Content-Disposition: form-data; " + params + b"\r\n\r\nvalue"


def contents(form: Multipart) -> list[tuple[str | None, bytes]]:
    return [(part.name, form.body[part.start : part.end]) for part in form.parts]


def test_fields_and_files() -> None:
    upload = (
        b'Content-Disposition: form-data; name="file"; filename="a.jsonl"\r\n'
        b"Content-Type: Application/JSONL; charset=UTF-8\r\nX-Note: hi\r\n\r\n{}\r\n{}\r\n"
    )
    form = parse_multipart(body_of(field(b"purpose", b"batch"), upload, field(b"empty", b"")), FORM)
    assert contents(form) == [("purpose", b"batch"), ("file", b"{}\r\n{}\r\n"), ("empty", b"")]
    file = form.parts[1]
    assert (file.filename, file.content_type, file.charset) == ("a.jsonl", "application/jsonl", "utf-8")
    assert [(header.name, header.value) for header in file.headers][2] == ("X-Note", "hi")
    assert form.body[file.headers[2].start : file.headers[2].end] == b"hi"
    assert form.parts[0].content_type == ""
    assert form.parts[0].filename is None


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/form-data; boundary="BB"',
        "Multipart/Form-Data;charset=utf-8;BOUNDARY=BB;",
        "multipart/form-data ; boundary = BB ",
    ],
)
def test_spellings_of_the_content_type(content_type: str) -> None:
    assert contents(parse_multipart(body_of(field(b"a", b"1")), content_type)) == [("a", b"1")]


@pytest.mark.parametrize("body", [b"--BB--", b"--BB--\r\n", b"\r\n--BB--\r\n\r\n"])
def test_no_parts(body: bytes) -> None:
    assert parse_multipart(body, FORM).parts == ()


def test_what_real_clients_send() -> None:
    """From httpx and requests, with a name that needs escapes."""
    files: Any = {"file": ('ann"a\\lee é.txt', b"hello\r\n--x\n", "text/plain"), "raw": ("b.bin", bytes(range(256)))}
    data = {"purpose": "batch", "näme": "välue"}
    by_httpx = httpx.Request("POST", "http://x/", files=files, data=data)
    by_requests = requests.Request("POST", "http://x/", files=files, data=data).prepare()
    sent: list[tuple[Any, str]] = [
        (by_httpx.read(), by_httpx.headers["content-type"]),
        (by_requests.body, by_requests.headers["content-type"]),
    ]
    for body, content_type in sent:
        form = parse_multipart(body, content_type)
        assert contents(form) == [
            ("purpose", b"batch"),
            ("näme", "välue".encode()),
            ("file", b"hello\r\n--x\n"),
            ("raw", bytes(range(256))),
        ]
        names = next(param for param in form.parts[2].params if param.name == "filename").readings
        assert 'ann"a\\lee é.txt' in names


@pytest.mark.parametrize(
    ("params", "readings"),
    [
        (rb'name="a\"b"', ('a"b', r"a\"b")),
        (rb'name="C:\dir\\x"', ("C:\\dir\\x", "C:\\dir\\\\x", "C:dir\\x")),
        (b'name="a%40b"', ("a%40b", "a@b")),
        (b"name=token", ("token",)),
        (b"name=a@b", ("a@b",)),
        ('name="é"'.encode(), ("é",)),
        (b'name="\xe9"', ("\xe9",)),
        (b"name*=UTF-8''a%20%E2%82%AC", ("a €",)),
        (b"name*=iso-8859-1'en'%E9", ("é",)),
        (b'name=""', ("",)),
    ],
)
def test_readings_of_a_parameter(params: bytes, readings: tuple[str, ...]) -> None:
    """Whatever escapes a server undoes, what it reads is among these."""
    [part] = parse_multipart(body_of(disposition(params)), FORM).parts
    assert part.params[0].readings == readings


def test_a_plain_and_an_extended_file_name() -> None:
    [part] = parse_multipart(body_of(disposition(b"name=a; filename=\"x\"; filename*=utf-8''%C3%A9")), FORM).parts
    assert [(param.name, param.text) for param in part.params] == [("name", "a"), ("filename", "x"), ("filename*", "é")]


BAD: dict[str, bytes] = {
    "no boundary": b"hello",
    "empty": b"",
    "no last boundary": b"--BB\r\n" + field(b"a", b"1") + b"\r\n",
    "another boundary": body_of(field(b"a", b"1")).replace(b"BB", b"CC"),
    "preamble": b"hidden\r\n" + body_of(field(b"a", b"1")),
    "epilogue": body_of(field(b"a", b"1")) + b"hidden",
    "another part after the end": body_of(field(b"a", b"1")) + body_of(field(b"b", b"2")),
    "bare lf before a boundary": body_of(field(b"a", b"1")).replace(b"1\r\n--BB", b"1\n--BB"),
    "bare lf after a boundary": body_of(field(b"a", b"1")).replace(b"--BB\r\n", b"--BB\n"),
    "boundary on a line of a part": body_of(
        field(b"a", b'x\n--BB\nContent-Disposition: form-data; name="b"\n\nhidden')
    ),
    "boundary in a line of a part": body_of(field(b"a", b"x --BB y")),
    "boundary with more behind it": body_of(field(b"a", b"x\r\n--BBB")),
    "white space behind a boundary": body_of(field(b"a", b"1")).replace(b"--BB\r\n", b"--BB \r\n", 1),
    "only line ends between boundaries": b"--BB\r\n--BB--",
    "no blank line": body_of(b'Content-Disposition: form-data; name="a"\r\nvalue'),
    "no headers": body_of(b"\r\nvalue"),
    "no disposition": body_of(b"Content-Type: text/plain\r\n\r\nvalue"),
    "other disposition": body_of(b'Content-Disposition: attachment; name="a"\r\n\r\nvalue'),
    "no name": body_of(disposition(b'filename="a"')),
    "two names": body_of(disposition(b'name="a"; name="b"')),
    "two names, one extended": body_of(disposition(b"name=\"a\"; name*=utf-8''b")),
    "continued name": body_of(disposition(b'name*0="a"; name*1="b"')),
    "extended, unknown charset": body_of(disposition(b"name*=utf-7''a")),
    "extended, broken": body_of(disposition(b"name*=utf-8''%C3%")),
    "extended, no utf-8": body_of(disposition(b"name*=utf-8''%C3")),
    "encoded word": body_of(disposition(b'name="=?utf-8?B?YQ==?="')),
    "open quote": body_of(disposition(b'name="a')),
    "text behind the name": body_of(disposition(b'name="a" hidden')),
    "two dispositions": body_of(b'Content-Disposition: form-data; name="a"\r\n' + field(b"b", b"2")),
    "two types": body_of(field(b"a", b"1", b"Content-Type: a/b", b"content-type: c/d")),
    "folded header": body_of(field(b"a", b"1", b"X-A: 1\r\n hidden")),
    "bare lf in a header": body_of(field(b"a", b"1", b"X-A: 1\nX-B: 2")),
    "bare cr in a header": body_of(field(b"a", b"1", b"X-A: 1\rX-B: 2")),
    "nul in a header": body_of(field(b"a", b"1", b"X-A: \0")),
    "space in a header name": body_of(field(b"a", b"1", b"X-A : 1")),
    "no colon": body_of(field(b"a", b"1", b"X-A")),
    "base64": body_of(field(b"a", b"aGlkZGVu", b"Content-Transfer-Encoding: base64")),
    "compressed": body_of(field(b"a", b"1", b"Content-Encoding: gzip")),
    "nested": body_of(field(b"a", b"1", b"Content-Type: multipart/mixed; boundary=C")),
    "wrong length": body_of(field(b"a", b"1", b"Content-Length: 2")),
    "other character set": body_of(field(b"_charset_", b"utf-16"), field(b"a", b"1")),
    "headers without end": body_of(field(b"a", b"1", b"X-A: " + b"x" * MAX_HEADER_BYTES)),
    "many parts": body_of(*[field(b"a", b"1")] * (MAX_PARTS + 1)),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_ambiguous_or_broken_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(WireError) as caught:
        parse_multipart(body, FORM)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=BB; boundary=CC",
        "multipart/form-data; boundary=BB; boundary*=utf-8''CC",
        'multipart/form-data; boundary="BB',
        'multipart/form-data; boundary="B\\B"',
        "multipart/form-data; boundary=" + "B" * 71,
        "text/plain; boundary=BB",
        "multipart/form-data, boundary=BB",
        "multipart/form-data; boundary=BB, text/plain",
    ],
)
def test_bad_content_types(content_type: str) -> None:
    with pytest.raises(WireError):
        parse_multipart(body_of(field(b"a", b"1")), content_type)


def test_other_subtypes_need_no_names() -> None:
    """As in uploads of metadata and media in one request."""
    body = body_of(
        b'Content-Type: application/json\r\n\r\n{"name": "x"}', b"Content-Type: text/plain\r\n\r\nhello", b"\r\nbare"
    )
    form = parse_multipart(body, "multipart/related; boundary=BB")
    assert contents(form) == [(None, b'{"name": "x"}'), (None, b"hello"), (None, b"bare")]


def test_splice_changes_only_what_it_is_given() -> None:
    body = body_of(field(b"a", b"anna", b"Content-Length: 4", b"X-A: lee"), field(b"b", b"\r\n"))
    form = parse_multipart(body, FORM)
    part = form.parts[0]
    note = part.header("x-a")
    assert note is not None
    changed = form.splice(
        [
            (part.start, part.end, b"[PII:NAME:12345678]"),
            (note.start, note.end, b"y"),
            (part.params[0].start, part.params[0].end, part.params[0].encode('n"')),
        ]
    )
    expected = body.replace(b"anna", b"[PII:NAME:12345678]").replace(b"Length: 4", b"Length: 19").replace(b"lee", b"y")
    assert changed == expected.replace(b'name="a"', rb'name="n\""')
    assert parse_multipart(changed, FORM).parts[0].name == 'n"'
    assert form.splice([]) == body


def test_splice_refuses_what_breaks_the_frame() -> None:
    form = parse_multipart(body_of(field(b"a", b"--", b"X-A: 1")), FORM)
    part = form.parts[0]
    note = part.header("x-a")
    assert note is not None
    with pytest.raises(WireError, match="boundary"):
        form.splice([(part.end, part.end, b"BB")])
    with pytest.raises(ValueError, match="line ends"):
        form.splice([(note.start, note.end, b"1\r\nX-B: 2")])
    with pytest.raises(ValueError, match="neither"):
        form.splice([(0, 2, b"")])
    with pytest.raises(ValueError, match="neither"):
        form.splice([(note.start, part.end, b"")])


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)


@given(name=NAMES.filter(lambda name: "=?" not in name and name != "_charset_"), extended=st.booleans())
def test_an_encoded_name_reads_back(name: str, extended: bool) -> None:  # noqa: FBT001
    form = parse_multipart(body_of(disposition(b"name*=utf-8''x" if extended else b'name="x"')), FORM)
    [param] = form.parts[0].params
    changed = form.splice([(param.start, param.end, param.encode(name))])
    assert parse_multipart(changed, FORM).parts[0].name == name


@given(
    values=st.lists(st.tuples(st.sampled_from([b"a", b"b"]), st.binary().filter(lambda v: b"--BB" not in v))),
    new=st.binary(),
)
def test_any_part_bodies(values: list[tuple[bytes, bytes]], new: bytes) -> None:
    """What was written is read, and changing one body leaves the others."""
    form = parse_multipart(body_of(*(field(name, value) for name, value in values)), FORM)
    assert contents(form) == [(name.decode(), value) for name, value in values]
    for index, part in enumerate(form.parts):
        with contextlib.suppress(WireError):  # the new body may hold the boundary
            changed = parse_multipart(form.splice([(part.start, part.end, new)]), FORM)
            assert contents(changed) == [
                (name.decode(), new if place == index else value) for place, (name, value) in enumerate(values)
            ]


FRAGMENTS = [
    b"--BB",
    b"--",
    b"\r\n",
    b"\n",
    b"\r",
    b'Content-Disposition: form-data; name="a"',
    b";",
    b'"',
    b" ",
    b"X: y",
    b"z",
]


@given(fragments=st.lists(st.sampled_from(FRAGMENTS)))
def test_every_byte_of_an_accepted_body_is_accounted_for(fragments: list[bytes]) -> None:
    """Whatever is accepted is nothing but boundary lines, headers, bodies and the line ends between them."""
    body = b"--BB\r\n" + b"".join(fragments) + b"\r\n--BB--"
    try:
        form = parse_multipart(body, FORM)
    except WireError:
        return
    rebuilt = b"".join(
        b"--BB\r\n"
        + b"".join(
            header.name.encode() + b":" + gap(body, header.start) + value(body, header) for header in part.headers
        )
        + b"\r\n"
        + body[part.start : part.end]
        + b"\r\n"
        for part in form.parts
    )
    assert rebuilt + b"--BB--" == body.rstrip(b"\r\n")


def gap(body: bytes, start: int) -> bytes:
    return body[body.rindex(b":", 0, start) + 1 : start] if not body[:start].endswith(b":") else b""


def value(body: bytes, header: Header) -> bytes:
    return body[header.start : body.index(b"\r\n", header.end) + 2]


@given(body=st.binary(), content_type=st.text())
def test_arbitrary_bytes(body: bytes, content_type: str) -> None:
    for kind in (FORM, content_type):
        with contextlib.suppress(WireError):
            parse_multipart(body, kind)


def test_a_large_upload_is_not_copied() -> None:
    """Parsing 64 MiB takes next to no memory."""
    body = body_of(field(b"file", bytes(64 * 2**20)), field(b"a", b"1"))
    tracemalloc.start()
    try:
        form = parse_multipart(body, FORM)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(form.parts) == 2
    assert peak < 2**20


def test_nothing_sensitive_in_the_repr() -> None:
    assert "secret" not in repr(
        parse_multipart(body_of(field(b"secret", b"secret", b"X-A: secret", b"X-secret: 1")), FORM)
    )
