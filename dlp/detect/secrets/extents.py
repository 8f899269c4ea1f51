"""Values behind a name that announces a credential, each with where it begins and ends: in quotes, bare, in brackets, in the line below.

Whether what stands there is a credential is decided in `values`.
"""

from __future__ import annotations

import re
from typing import Final

from dlp.detect.patterns import late
from dlp.detect.secrets.announcing import Assigned, Name
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import is_opaque
from dlp.detect.secrets.values import Form, is_credential

_LONGEST_INDENT: Final = 40
"""Characters before a name that stands alone on its line."""

_QUOTED: Final = late(
    r"(?:[bBuUrRfFL@]{0,2})(?P<q>\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22|[“‘«「『„])(?!(?P=q))"
    r"(?P<v>[^\n\r]{1,4096}?)(?:(?P=q)|(?<!\\)[”’»」』“])"
)
_PLAIN_QUOTED: Final = re.compile(
    r"[bBuUrRfFL@]{0,2}(?P<q>[\"'`])(?P<v>(?:[^\\\n\r\"'`]|\\.|(?!(?P=q))[\"'`]){1,4096})(?P<end>(?P=q))?"
)
BARE: Final = re.compile(r"[^\s\"'`<>\u3000\u3001\u3002]{1,512}")
_REST: Final = re.compile(r"[A-Za-z0-9+/=_.~-]{0,16384}")
# What ends a bare value before the next blank: an escape, the next parameter of a URL, a comma or semicolon before a new
# name, closing brackets behind it.
_BARE_END: Final = re.compile(
    r"\\[nrt\"'\\]|&(?:amp;)?(?=[\w%.\[\]-]{1,60}=)|&(?:quot|lt|gt|#3[49]);|%(?:26|2[cC]|20|22|3[bB]|0[aA]|0[dD])(?=.)|"
    r"[,;](?=\s|\Z|[A-Za-z_\"'][\w .-]{0,40}[:=]|[)\]}])|[)\]}|]+(?=[;,.:)\]}|]*\Z)"
)
BRACKETED: Final = re.compile(
    r"[ \t]{0,2}[(\[](?P<v>(?=[^\s()\[\]]{0,64}[0-9])(?=[^\s()\[\]]{0,64}[A-Za-z])[^\s\"'`<>()\[\]]{6,64})[)\]](?![\w(])"
)
_SIGNED: Final = re.compile(r"[ \t]{1,2}(?P<v>[\[({][A-Za-z]{4,32}[\])}]?[0-9]{2,8}\W?)(?=[\s.,;:!?]|\Z)")
"""A password between no quotes that begins with a bracket."""
_VERB_LAST: Final = re.compile(
    r"[ \t](?P<v>[^\s\"'`]{4,64})[ ](?=(?:hai|tha|thi|rakha|set|h|hain)(?!\w)|है|था|थी)", re.IGNORECASE
)
"""`mera password x9!kQ hai`: what a sentence says whose verb comes last."""
_SIGNS: Final = re.compile(r"[!#$%&*+?^~]")
_ENV_HEAD: Final = re.compile(r"(?:[-+ ]?\s{0,8}(?:export|set|ENV|ARG|-e|declare -x|setenv|\$env:)?\s{0,2}-?\s?)?\Z")
_USER_BEFORE: Final = re.compile(r"(?i:user(?:name)?|login|uid|usr|\bid|e-?mail|account)[\"']?\s{0,2}[:=][^\n]{1,40}\Z")
_NESTED: Final = re.compile(r"[A-Za-z_][\w.-]{0,40}[=:]+(?![=:]*\Z)[\w\"'$({\[]")
_PAIR: Final = re.compile(r"(?=[a-z]{0,15}[0-9])[a-z0-9]{8,20}:(?=[A-Za-z_-]{0,60}[0-9])[\w-]{20}")
"""Who and what in one token, `k3x9q2w7:7fJ...`; a name before an assignment has no digits among its letters."""
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}


def quoted(text: str, at: int) -> tuple[int, int] | None:
    """Span of a quoted value that begins at `at`, whatever way its quotes are escaped."""
    plain = _PLAIN_QUOTED.match(text, at)
    if plain is not None:
        start, end = plain.span("v")
        if plain["end"] is None and (any(map(str.isspace, plain["v"])) or end - start < 8):
            return None
        return start, end
    other = _QUOTED.match(text, at)
    return other.span("v") if other is not None else None


def bare(text: str, at: int, name: Name, form: Form) -> Assigned | None:
    """The bare value that begins at `at`, cut where its syntax ends it."""
    run = BARE.match(text, at)
    if run is None or (_NESTED.match(run[0]) and not _PAIR.match(run[0])):
        return None  # nothing, or another assignment: `key=name=value` is about `name`
    whole = with_quotes(text, run, name)
    if whole is not None and (text[whole[1] : whole[1] + 1] in _LINE_ENDS or form is Form.MARKUP):
        return name.holds(*whole, Form.LINE)
    value = run[0]
    if form is Form.BARE and _is_line(text, name.start, run.end()):
        form = Form.LINE
    if not (form is Form.LINE and name.kind is Kind.PASSWORD and "&" not in value and "\\" not in value):
        stop = _BARE_END.search(value)
        value = value[: stop.start()] if stop else value
    if form is Form.CELL:
        value = value.partition("|")[0]
    cut = _balanced(value)
    if not (form is Form.LINE and name.kind is Kind.PASSWORD and _ALNUM.search(value, len(cut))):
        value = cut  # the closing brackets of a password that goes on are its own
    if form is not Form.LINE:
        value = value.rstrip(".,;")
    end = at + len(value)
    if not value or text[end : end + 1] == "(":
        return None
    if not is_credential(value, name.kind, name.text, form) and not _is_paired(text, value, name):
        return None
    if end == run.end():
        rest = _REST.match(text, end)  # a long token: what is like its head belongs to it
        end = rest.end() if rest else end
    return name.holds(at, end, form)


def to_last_quote(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of a quoted password that itself has a quote, which was escaped before the text was folded: `"Nx"9a5/Y1"`."""
    behind = text[end + 1 : end + 2]
    if text[end : end + 1] not in _QUOTE_SIGNS or not (behind.isalnum() or behind in _MORE_OF_IT):
        return start, end
    more = _TO_LAST_QUOTE.match(text, start)
    return more.span("v") if more is not None and more["q"] == text[end] else (start, end)


_MORE_OF_IT: Final = frozenset("#$%&!@/?*^~")
_TO_LAST_QUOTE: Final = re.compile(
    r"(?P<v>[^\s\"'`<>]{1,32}(?:[\"'`][^\s\"'`<>,]{1,32}){1,2})(?P<q>[\"'`])(?=[\s,;)\]}]|\Z)"
)


def with_quotes(text: str, run: re.Match[str], name: Name) -> tuple[int, int] | None:
    """The span of a password that has quotes among its signs and none around it: `N"o$5/O3B9`."""
    if name.kind is not Kind.PASSWORD or text[run.end() : run.end() + 1] not in _QUOTE_SIGNS:
        return None
    more = _QUOTES_INSIDE.match(text, run.start())
    value = more[0].rstrip(",;.") if more is not None else ""
    if (
        _STRING.search(value) is not None
        or len(value) <= len(run[0]) + 1
        or sum(value.count(sign) for sign in "\"'`") > 2
    ):
        return None
    if not is_credential(value, name.kind, name.text, Form.QUOTED):
        return None
    return run.start(), run.start() + len(value)


_QUOTE_SIGNS: Final = frozenset("\"'`")
_LINE_ENDS: Final = frozenset(("", "\r", "\n"))
_STRING: Final = re.compile(r"[\[(+,=][\"'`]|[\"'`][\])+,.;=]")
"""A string of a program beside what it is joined to."""
_QUOTES_INSIDE: Final = re.compile(
    r"(?=[^\s0-9<>]{0,64}[0-9])(?=[^\sA-Za-z<>]{0,64}[A-Za-z])(?=[^\s<>]{0,64}?[!#$%&/?~^@*+])[^\s<>]{6,64}(?=\s|\Z|<)"
)
"""Letters, digits and signs of which no program's string is made."""


def _is_paired(text: str, value: str, name: Name) -> bool:
    """`user: admin / pass: admin`: behind a user's name a plain word is a password too."""
    if name.kind is not Kind.PASSWORD or not _USER_BEFORE.search(text, max(0, name.start - 48), name.start):
        return False
    return is_credential(value, name.kind, name.text, Form.LINE)


_ALNUM: Final = re.compile(r"[^\W_]")


def _balanced(value: str) -> str:
    """`value` up to a closing bracket that it didn't open."""
    opened = {"(": 0, "[": 0, "{": 0}
    for k, char in enumerate(value):
        if char in opened:
            opened[char] += 1
        elif char in _CLOSERS:
            if not opened[_CLOSERS[char]]:
                return value[:k]
            opened[_CLOSERS[char]] -= 1
    return value


def _is_line(text: str, start: int, value_end: int) -> bool:
    """Whether `NAME=value` or `name: value` is the whole of a line, as in .env files, properties and YAML."""
    if value_end < len(text) and text[value_end] not in "\r\n":
        return False
    line_start = text.rfind("\n", max(0, start - _LONGEST_INDENT), start) + 1
    if line_start == 0 and start > _LONGEST_INDENT:
        return False
    return _ENV_HEAD.fullmatch(text, line_start, start) is not None


def below(text: str, at: int, name: Name) -> Assigned | None:
    """What stands alone in the line below a label that has a line of its own: as sure as what a sentence says."""
    if name.text == "pass" or not _HEADING.search(text, max(0, name.start - _LONGEST_INDENT), name.start):
        return None
    run = _BELOW.match(text, at)
    if run is None or run["v"].isalpha() or not is_credential(run["v"], name.kind, name.text, Form.PROSE):
        return None
    return name.holds(*run.span("v"), Form.PROSE)


_HEADING: Final = re.compile(r"(?:\A|\n)[ \t]{0,8}(?:[#>*_-]{1,4}[ \t]?)?\*{0,2}(?:[A-Za-z]{2,14}[ -]){0,2}\Z")
_BELOW: Final = re.compile(r"(?P<q>[`\"']?)(?P<v>(?=[^\s0-9]{0,128}[0-9])[^\s`\"']{4,128})(?P=q)")


def in_row(text: str, at: int, name: Name) -> Assigned | None:
    """A random string in the cell behind its name: `acme,token,7fJ...`."""
    found = bare(text, at, name, Form.BARE)
    return found if found is not None and is_opaque(text[found.start : found.end]) else None


def told(text: str, at: int) -> re.Match[str] | None:
    """What is told at `at` by a sentence whose verb comes last, or begins with a bracket; its group `v` may be a password."""
    return _VERB_LAST.match(text, at) or _SIGNED.match(text, at)


def aside(bracketed: re.Match[str] | None, name: Name, form: Form) -> Assigned | None:
    """A password in brackets behind its name (`(Bmqvu4889!)`), and no remark (`(Argon2id)`, `(SHA-256)`).

    Args:
        bracketed: What `BRACKETED` has matched.
    """
    if bracketed is None or name.kind is not Kind.PASSWORD:
        return None
    value = bracketed["v"]
    mixed = value.lower() != value != value.upper() and sum(map(str.isdigit, value)) > 1 and len(value) >= 8
    strong = mixed or _SIGNS.search(value) is not None
    if not strong or not is_credential(value, name.kind, name.text, Form.BESIDE):
        return None
    return name.holds(*bracketed.span("v"), form)
