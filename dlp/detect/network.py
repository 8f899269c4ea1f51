"""Addresses of the net: mail, web, IP and hardware.

Each finder looks for the one character its values can't do without (`@`, `://`, `.` between digits, `:` between hex
digits) and reads only the neighbourhood of that character.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence

from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late
from dlp.detect.secrets.prefilter import fold
from dlp.detect.shapes import Atom

_LOCAL_CHARS = r"A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u00a1-\uffdc\U00010000-\U0001ffff"
MAX_LOCAL = 64
"""Octets of a local part (RFC 5321 4.5.3.1.1)."""
_LOCAL = re.compile(rf"[{_LOCAL_CHARS}]{{1,{MAX_LOCAL}}}")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9\u00a1-\uffdc](?:[A-Za-z0-9\u00a1-\uffdc\-]{0,61}[A-Za-z0-9\u00a1-\uffdc])?\.){1,8}"
    r"(?:[A-Za-z\u00a1-\uffdc]{2,24}|[Xx][Nn]--[A-Za-z0-9\-]{1,59})(?![A-Za-z0-9])"
)
_BEFORE_LOCAL = re.compile(r"[=:/&?'|{`]")
"""What precedes an address in URLs, headers and code."""
_OPENERS = "!#$%&'*+/=?^`{|}~.-"
_FILE_ENDINGS = frozenset(
    "py js ts go rs rb java c h cpp md json yaml yml toml png jpg svg css html sh lock log txt".split()
)


def emails(text: str) -> Iterator[Hit]:
    """Mail addresses. Package references (`lodash@4.17.21`), decorators and image scales (`@2x.png`) are none."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL.match(text[max(0, at - MAX_LOCAL) : at][::-1]) if domain is not None else None
        if local is not None and domain is not None:
            name = _BEFORE_LOCAL.split(local[0][::-1])[-1].lstrip(_OPENERS)
            if name and not name.endswith(".") and ".." not in name and not _is_userinfo(text, at - len(name)):
                ending = domain.group().rsplit(".", 1)[-1].lower()
                if ending not in _FILE_ENDINGS or domain.group().count(".") > 1:
                    # Behind `https://` a lone name may be a token, which is to have its own name then.
                    web = text.startswith("://", at - len(name) - 3)
                    score = 0.7 if web else 1.0
                    yield Hit("EMAIL_ADDRESS", at - len(name), domain.end(), score, "email", validated=not web)
        at = text.find("@", at + 1)


_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s/]{0,128}:[^\s/]{0,128}\Z")


def _is_userinfo(text: str, start: int) -> bool:
    """Whether `start` is in the password of a URL (`https://user:p%40ss@host`), which is no mailbox."""
    return "://" in text[max(0, start - 275) : start] and _USERINFO.search(text, max(0, start - 275), start) is not None


_TLDS = (
    "com|org|net|edu|gov|io|co|dev|app|ai|me|info|biz|uk|de|fr|es|it|pt|nl|be|at|ch|dk|se|no|fi|pl|cz|hu|ro|gr|tr|"
    "ru|ua|in|cn|jp|kr|au|nz|za|br|ar|mx|ca|us|eu|ie|sg|hk|tv|cc|xyz|site|online|shop|store|cloud|tech|email|"
    "example|test|local"
)  # fmt: skip
_AT = (
    r"(?:[ \t]{0,3}[\[({<][ \t]{0,2}(?:at|@|arroba|ät)[ \t]{0,2}[\])}>][ \t]{0,3}|[ \t]{1,3}(?:at|arroba|"
    r"AT)[ \t]{1,3}|[ \t]{0,3}@[ \t]{0,3}|_at_|-at-)"
)
_DOT = (
    r"(?:[ \t]{0,3}[\[({<][ \t]{0,2}(?:dot|punkt|punto|point|\.)[ \t]{0,2}[\])}>][ \t]{0,3}|[ \t]{1,3}(?:dot|punkt|"
    r"punto|DOT)[ \t]{1,3}|[ \t]?\.[ \t]?|_dot_|-dot-)"
)
_OBFUSCATED = late(
    rf"(?i:(?<![\w.@])([a-z0-9][\w.+\-]{{0,40}}(?:{_DOT}[\w+\-]{{1,30}}){{0,3}}){_AT}([a-z0-9\-]{{1,40}}(?:{_DOT}[a-z0-9\-]{{1,30}}){{0,3}}?){_DOT}({_TLDS})(?![\w@]|\.\w))"
)
_OBFUSCATION = re.compile(
    r"(?i:[\[({<][ \t]{0,2}(?:at|@|arroba|ät|dot|punkt|punto)[ \t]{0,2}[\])}>]|[ \t]dot[ \t]|[ \t]punkt[ \t]|"
    r"[ \t]punto[ \t]|[ \t]@[ \t]?\w|\w[ \t]@\w|_at_|\w@[ \t]\w)"
)
_SIGNS = (
    " dot ",
    " punkt ",
    " punto ",
    "[at",
    "(at",
    "{at",
    "<at",
    "[ at",
    "( at",
    "[dot",
    "(dot",
    "{dot",
    "<dot",
    "[ dot",
    "( dot",
    "[@",
    "(@",
    "_at_",
    "(ät",
    "[ät",
    "arroba",
    "[punkt",
    "(punkt",
    "[punto",
    "(punto",
)
"""One of these stands in every obfuscated address that has no blank beside its `@`."""
# Letters grouped at will: `j ohn @ gma il . com`. What is one host in pieces is told by the list of those that give addresses to anybody.
_FRAGMENT = r"(?:(?!(?:a|i|is|at|to|me|my|by|or|of|on|in|it|as|an|am|be|so|we|us|no|id|cc|re)[ ])[A-Za-z0-9]{1,2}[ ])"
_IN_PIECES = re.compile(
    rf"(?<![\w.@])(?:{_FRAGMENT}){{0,3}}[A-Za-z0-9]{{1,20}}(?:[ ]?[._\-][ ]?(?:{_FRAGMENT})?[A-Za-z0-9]{{1,20}}){{0,3}}[ ]?@[ ]?"
    r"(?P<host>[A-Za-z0-9\-]{1,20}(?:[ ][A-Za-z0-9]{1,12}){0,4})[ ]?\.[ ]?(?P<top>[A-Za-z](?:[ ]?[A-Za-z]){1,3})(?!\w)"
)
_POST_OFFICES = frozenset(
    "gmail googlemail outlook hotmail live msn yahoo ymail icloud me mac proton protonmail gmx web aol mail yandex zoho fastmail tutanota tuta "
    "rediffmail qq libero orange wanadoo free laposte seznam wp o2 onet rambler freenet posteo mailbox".split()
)
_SPEECH = 70
"""Characters before a sign of obfuscation in which the address may begin."""


_BRACKETED = re.compile(r"[\[({<][ \t]{0,2}(?i:at|@|arroba|ät|dot|punkt|punto)[ \t]{0,2}[\])}>]")
_BESIDE_AT = re.compile(r"[ \t]@[ \t]?\w|\w[ \t]@\w|\w@[ \t]\w")
_SPOKEN = ("dot", "punkt", "punto")
_BLANKS = frozenset(" \t")


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _signs(text: str, lowered: str) -> Iterator[tuple[int, int]]:
    """What `_OBFUSCATION` finds, by the few places where it can: asked at each character it takes a hundred times as long."""
    spans = [match.span() for match in _BRACKETED.finditer(text)]
    for word in _SPOKEN:
        for at in _occurrences(lowered, word):
            end = at + len(word)
            if text[at - 1 : at] in _BLANKS and text[end : end + 1] in _BLANKS:
                spans.append((at - 1, end + 1))
    spans += [(at, at + 4) for at in _occurrences(lowered, "_at_")]
    for at in _occurrences(text, "@"):
        spans += [match.span() for begin in (at - 2, at - 1) if begin >= 0 and (match := _BESIDE_AT.match(text, begin))]
    spans.sort()
    done = 0
    for start, end in spans:
        if start >= done:
            done = end
            yield start, end


def obfuscated_emails(text: str) -> Iterator[Hit]:
    """`name at host dot com`, `name [at] host [dot] com`, `name @ host.com`."""
    lowered = fold(text)
    if " @" not in text and "@ " not in text and not any(sign in lowered for sign in _SIGNS):
        return
    done = 0
    for begin, end in _signs(text, lowered):
        if begin < done:
            continue
        low = max(done, begin - _SPEECH)
        pieces = _IN_PIECES.search(text, low, min(len(text), end + _SPEECH)) if "@" in text[begin:end] else None
        if pieces is not None and " " in pieces[0] and pieces["host"].replace(" ", "").lower() in _POST_OFFICES:
            done = pieces.end()
            yield Hit("EMAIL_ADDRESS", *pieces.span(), 0.97, "email-obfuscated")
            continue
        match = _OBFUSCATED.search(text, low, min(len(text), end + _SPEECH))
        if match is None or _OBFUSCATION.search(match.group()) is None:
            continue
        host = match.group(2).lower()
        if host in ("a", "the", "this") or match.group(1).lower() in (
            "look",
            "available",
            "is",
            "was",
            "located",
            "here",
            "me",
            "us",
            "or",
        ):
            continue
        done = match.end()
        yield Hit("EMAIL_ADDRESS", *match.span(), 0.97, "email-obfuscated")


_SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+]{1,14}\Z")
_URL_REST = re.compile(r"[^\s<>\"'`{}|\\^\u3000-\u303f]{1,2048}")
_TRAILING = ".,;:!?)]*_…"


def urls(text: str) -> Iterator[Hit]:
    """URLs with a scheme or a `www.`; `localhost` and its addresses are none."""
    if "://" not in text and "www." not in text:
        return
    done = 0
    for start, rest in sorted(_url_starts(text)):
        match = _URL_REST.match(text, rest) if start >= done else None
        if match is None:
            continue
        value, end = match.group(), match.end()
        while value and value[-1] in _TRAILING:
            if value[-1] == ")" and value.count("(") >= value.count(")"):
                break
            value, end = value[:-1], end - 1
        host = re.split(r"[/:?#]", value.rsplit("@", 1)[-1] if "@" in value.split("/", 1)[0] else value, maxsplit=1)[0]
        if text[rest - 1] == "." and "." not in value:
            continue
        if len(host) < 2 or host in ("localhost", "0.0.0.0", "::1") or host.startswith("127."):  # noqa: S104
            continue
        done = end
        yield Hit("URL", start, end, 0.6, "url")


def _url_starts(text: str) -> Iterator[tuple[int, int]]:
    """Where URLs begin, and where their host begins; ascending for each of the two kinds."""
    at = text.find("://")
    while at >= 0:
        scheme = _SCHEME.search(text, max(0, at - 16), at)
        if scheme is not None:
            yield scheme.start(), at + 3
        at = text.find("://", at + 3)
    at = text.find("www.")
    while at >= 0:
        if not at or not (text[at - 1].isalnum() or text[at - 1] in "_.@/"):
            yield at, at + 4
        at = text.find("www.", at + 4)


_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:/\d{1,2}(?!\d))?(?![\w\-]|\.\w)")
# Not in a ruler of colons: no address has three in a row.
_IPV6_ANCHOR = re.compile(r":(?<!::)[0-9A-Fa-f]{0,4}:(?!:)")
_IPV6_LEFT = re.compile(r"(?<![\w.:%])[0-9A-Fa-f:]{0,36}\Z")
_IPV6 = re.compile(r"[0-9A-Fa-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?(?:%[A-Za-z0-9]{1,16})?(?:/\d{1,3})?(?![\w:]|\.\w)")
_IP_WORDS = Wanted((
    "ip", "ipv*", "address", "addr", "host", "server", "client", "from", "remote", "route", "subnet", "loopback",
    "gateway",
    "network", "unspecified", "adresse", "dirección", "indirizzo", "ping", "dns",
))  # fmt: skip
_VERSION_WORDS = Wanted((
    "version", "versions", "release*", "v", "ver", "runtime", "requires", "newer", "build", "upgrade*", "firmware",
    "versión", "versione", "section", "chapter", "clause", "schema", "oid",
))  # fmt: skip


_IPV4_SHAPE = re.compile(r"(?:9{1,3}\.){3}9")


def may_begin_ipv4(shape: str, start: int, _end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return _IPV4_SHAPE.match(shape, start) is not None and (not start or shape[start - 1] not in "_.-")


def ipv4_addresses(around: Surroundings, atoms: Sequence[Atom]) -> Iterator[Hit]:
    """IPv4 addresses and networks; not the loopback, wild cards, netmasks and version numbers."""
    text = around.text
    for atom in atoms:
        match = _IPV4.match(text, atom.start)
        if match is None or (atom.start and (text[atom.start - 1].isalnum() or text[atom.start - 1] in "_.-")):
            continue
        value, _, prefix = match.group().partition("/")
        octets = value.split(".")
        if any(int(octet) > 255 or (octet[0] == "0" and octet != "0") for octet in octets):
            continue
        if (prefix and int(prefix) > 32) or octets[0] in ("127", "0", "255"):
            continue
        if value in ("1.2.3.4", "8.8.8.8", "1.1.1.1"):
            continue
        span = match.span()
        if around.nearest(*span, _VERSION_WORDS) is not None and around.nearest(*span, _IP_WORDS) is None:
            continue
        tiny = len(value) == len("1.2.3.4")
        if tiny and around.nearest(*span, _IP_WORDS) is None and match.group() != text.strip():
            continue
        yield Hit("IP_ADDRESS", *span, 0.95, "ipv4", validated=True)


def ipv6_addresses(around: Surroundings) -> Iterator[Hit]:
    """IPv6 addresses and networks; `::1` and `::` only where a word says that they are addresses."""
    text = around.text
    done = 0
    for anchor in _IPV6_ANCHOR.finditer(text):
        if anchor.start() < done:
            continue
        low = max(0, anchor.start() - 36)
        left = _IPV6_LEFT.search(text[low : anchor.start()])
        if left is None:
            continue
        start = low + left.start()
        match = _IPV6.match(text, start)
        if match is None:
            continue
        value = match.group()
        bare = value.partition("/")[0].partition("%")[0]
        end = match.end()
        if bare.endswith(":") and not bare.endswith("::"):
            bare, end = bare[:-1], start + len(bare) - 1
        if "::" not in bare and bare.count(":") not in (6, 7):  # a time of day, which the next line would refuse slowly
            continue
        try:
            ipaddress.IPv6Address(bare)
        except ValueError:
            continue
        done = end
        groups = sum(1 for g in bare.split(":") if g)
        if groups < 4 or bare in ("::1", "::"):
            short = groups < 2
            if short and text.strip() != value and not _said_before(around, start):
                continue
        yield Hit("IP_ADDRESS", start, end, 0.95, "ipv6", validated=True)


_SURE_IP_WORDS = Wanted(
    (
        "ip",
        "ipv*",
        "address",
        "addr",
        "host",
        "loopback",
        "unspecified",
        "route",
        "from",
        "localhost",
        "server",
        "bind",
        "listen",
        "client",
    )
)


def _said_before(around: Surroundings, start: int) -> bool:
    """Whether a word directly before says that `::1` is an address and no scope operator or list literal."""
    if around.text[max(0, start - 1) : start] not in ("", " ", "[", "=", '"', "'", "("):
        return False
    distance = around.before_nearest(start, _SURE_IP_WORDS)
    return distance is not None and distance <= 4


_MAC = re.compile(
    r"(?:[0-9A-Fa-f]{2}([:\-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|"
    r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w:\-]|\.\w)"
)
_MAC_ANCHOR = re.compile(r"[:\-][0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-]|\.[0-9A-Fa-f]{4}\.")


def mac_addresses(text: str) -> Iterator[Hit]:
    """Hardware addresses in the three common notations; not the broadcast, zero and example patterns."""
    done = 0
    for anchor in _MAC_ANCHOR.finditer(text):
        start = anchor.start() - (4 if anchor.group()[0] == "." else 2)
        if start < done or (start and (text[start - 1].isalnum() or text[start - 1] in "_:.-")):
            continue
        match = _MAC.match(text, start) if start >= 0 else None
        if match is not None and len(set(re.sub(r"[:.\-]", "", match.group()).lower())) > 1:
            done = match.end()
            yield Hit("MAC_ADDRESS", *match.span(), 0.9, "mac", validated=True)
