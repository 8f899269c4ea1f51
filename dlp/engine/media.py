"""What bytes that aren't structured are: readable text, or media of some kind, told by the bytes and not by what they are called.

Pictures, sound, film and office documents can't be read here. They are counted by kind, and the policy's `on_media` says whether they
may pass. Whatever reads as UTF-8 is text, be it declared as a picture.

Sources: the formats' own signatures (PNG, JFIF, GIF89a, RIFF, TIFF, ISO 14496-12, EBML, Ogg, FLAC, MPEG, ISO 32000, APPNOTE 4.4).
"""

from __future__ import annotations

import base64
import binascii
import re

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
    """What a string of base64 holds: None for readable text, else the name to count it under.

    Args:
        declared: A media type or a format's name, as the request has it; used when the bytes don't tell.
    """
    sample = re.sub(r"\s+", "", encoded[:_SAMPLED]).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        head = base64.b64decode(sample[: len(sample) // 4 * 4] or sample + "==")
    except (binascii.Error, ValueError):
        head = b"\0"
    known = signature_of(head)
    if known is None and _reads(head, cut=len(encoded) > _SAMPLED):
        return None
    return known or (declared.lower() if _DECLARED.match(declared.lower()) else OPAQUE)


def looks_like_base64(text: str) -> bool:
    """Whether a string may be base64, and is nothing that a person wrote."""
    return _BASE64.match(text) is not None


def _reads(head: bytes, *, cut: bool) -> bool:
    """Whether bytes, perhaps cut at the end inside of a character, are text."""
    if _UNREADABLE.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and (cut or len(head) > 3)
    return True
