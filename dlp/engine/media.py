"""What bytes that aren't structured are: readable text, or media of some kind, told by the bytes and not by what they are called.

Pictures, sound, film and office documents can't be read here. They are counted by kind, and the policy's `on_media` says whether they
may pass. Whatever reads as text is text, be it declared as a picture: in UTF-8, UTF-16, UTF-32 or mostly ASCII in an older character set.

Sources: the formats' own signatures (PNG, JFIF, GIF89a, RIFF, TIFF, ISO 14496-12, EBML, Ogg, FLAC, MPEG, ISO 32000, APPNOTE 4.4).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re

from dlp.errors import WireError

OPAQUE = "application/octet-stream"
"""What is counted when nothing tells the kind."""

_SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("image/png", rb"\x89PNG\r\n"),
    ("image/jpeg", rb"\xff\xd8\xff"),
    ("image/gif", rb"GIF8[79]a"),
    ("image/webp", rb"RIFF....WEBP"),
    ("image/bmp", rb"BM....\0\0\0\0"),
    ("image/tiff", rb"II\*\0|MM\0\*"),
    ("audio/wav", rb"RIFF....WAVE"),
    ("video/avi", rb"RIFF....AVI "),
    ("video/mp4", rb"....ftyp"),
    ("video/webm", rb"\x1a\x45\xdf\xa3"),
    ("audio/ogg", rb"OggS"),
    ("audio/flac", rb"fLaC"),
    ("audio/mpeg", rb"ID3|\xff[\xe2-\xfb]"),
    ("audio/aiff", rb"FORM....AIFF"),
    ("video/x-ms-asf", rb"\x30\x26\xb2\x75"),
    ("application/pdf", rb"%PDF-"),
)
_KNOWN = re.compile(b"|".join(b"(%b)" % signature for _, signature in _SIGNATURES), re.DOTALL)
_ARCHIVE = b"PK\x03\x04"
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OFFICE_PART = re.compile(rb"\[Content_Types\]\.xml|_rels/\.rels|docProps/|(word)/|(xl)/|(ppt)/")
_DECLARED = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}\Z|[a-z0-9]{1,10}\Z")
_UNREADABLE = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]{16,}={0,2}\s*\Z")
_SAMPLED = 4096
"""Characters of base64 that are decoded to tell what it is."""
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = re.compile(_UNREADABLE.pattern.decode())
_ODD_AT_MOST = 50
"""Of so many bytes of a text, one may be a control character that no text needs; files are padded and damaged."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LANES = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}
"""Of each four bytes, those that are zero more often than not."""


def signature_of(data: bytes) -> str | None:
    """The kind that the first bytes name; None if they name none."""
    match = _KNOWN.match(data)
    if match is not None and match.lastindex is not None:
        return _SIGNATURES[match.lastindex - 1][0]
    if data.startswith(_ARCHIVE) and (part := _OFFICE_PART.search(data[:_SAMPLED])) is not None:
        names = (".docx", ".xlsx", ".pptx")
        return _OFFICE[names[part.lastindex - 1]] if part.lastindex else "application/vnd.openxmlformats-officedocument"
    return None


def kind_of_base64(encoded: str, declared: str = "") -> str | None:
    """What a string of base64 holds: None for readable text, and for what claims to be text and can't be read; else the name to count it under.

    Args:
        declared: A media type or a format's name, as the request has it; used when the bytes don't tell.
    """
    cut = len(encoded) > _SAMPLED
    sample = re.sub(r"\s+", "", encoded[:_SAMPLED]).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        head = base64.b64decode(sample[: len(sample) // 4 * 4] if cut else sample + "==")
    except (binascii.Error, ValueError):
        head = b"\0"
    known = signature_of(head)
    if known is None and (codec_of(head, cut=cut) is not None or declared.lower().startswith("text/")):
        return None
    return known or (declared.lower() if _DECLARED.match(declared.lower()) else OPAQUE)


def looks_like_base64(text: str) -> bool:
    """Whether a string may be base64, and is nothing that a person wrote."""
    return _BASE64.match(text) is not None


def read_text(data: bytes, place: str) -> tuple[str, str]:
    """A text and the codec that turns it back into the same bytes: a byte order mark stays a character of it.

    Raises:
        WireError: It is none.
    """
    codec = codec_of(data) or "utf-8"
    if codec == "latin-1" and signature_of(data) is not None:
        codec = "utf-8"
    try:
        return data.decode(codec), codec
    except UnicodeDecodeError:
        raise WireError(f"{place} is no text") from None


def write_text(text: str, codec: str, place: str) -> bytes:
    """The bytes of a text. Raises `WireError` if what was put in has no place in its character set."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        raise WireError(f"{place} can't be written in its character set") from None


def codec_of(head: bytes, *, cut: bool = False) -> str | None:
    """How bytes are to be read as text; None if they are none.

    What is mostly ASCII in an older character set, of which there are too many to tell apart, is read as Latin-1, which has a character
    for every byte: all else comes out as it went in. Other alphabets would read as words that look like names.

    Args:
        cut: More bytes follow.
    """
    if (wide := _wide_codec(head)) is not None and _reads(head, wide, cut=cut):
        return wide
    said = head.rstrip(b"\0")
    odd = len(_UNREADABLE.findall(said))
    if odd * _ODD_AT_MOST > len(said) or (head and not said):
        return None
    if _reads(head, "utf-8", cut=cut):
        return "utf-8"
    plain = len(head) - len(_BEYOND_ASCII.findall(head))
    return "latin-1" if odd == 0 and plain * 4 >= len(head) * 3 else None


def _wide_codec(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by the mark in front or by where the zeros stand that fill up characters of ASCII."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    zeros = [head[at::4].count(0) for at in range(4)]
    lane = len(head) // 4
    if lane == 0 or max(zeros) * 2 < lane:
        return None
    one, two, three, four = (count * 2 >= lane for count in zeros)
    return _LANES.get((one, two, three, four))


def _reads(head: bytes, codec: str, *, cut: bool) -> bool:
    """Whether bytes, perhaps cut at the end inside of a character, are text in a codec."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head, final=not cut)
    except UnicodeDecodeError:
        return False
    return codec == "utf-8" or _CONTROLS.search(text.rstrip("\0")) is None
