"""What is assigned to a name that announces a credential, in whatever syntax: code, YAML, JSON, XML, .env, URLs, prose.

A name is noticed by its stem, widened to the whole identifier, and followed by a separator and a value. What the value
must look like is decided in `values`. Every pattern here is anchored at the end of the name and bounded, so that a text
of nothing but names costs a constant per name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dlp.detect.context import LabelMemo
from dlp.detect.secrets import names
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import is_opaque
from dlp.detect.secrets.placeholders import is_expression
from dlp.detect.secrets.values import Form, is_credential

_LONGEST_NAME: Final = 64  # characters of an identifier before its stem
_LONGEST_VALUE: Final = 4096
_LONGEST_INDENT: Final = 40  # characters before a name that stands alone on its line

# The rest of an identifier behind a stem. Letters of alphabets that write words apart; `パスワードは` ends at `は`.
_RIGHT: Final = re.compile(
    r"[0-9A-Za-z_\u00c0-\u024f\u0370-\u052f-]{0,48}(?:\.[A-Za-z_][\w-]{0,30}(?=[\"'\]]?\s{0,4}[:=]))?"
)
_FLAG_GAP: Final = re.compile(r"[ \t]{1,4}(?=[^\s-])")
_QUOTE: Final = r"(?:\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22)"
_TYPE: Final = (
    r"(?:\??\s{0,2}:\s{0,2})?"
    r"(?:(?:Optional\[)?(?:str(?:ing)?|String|NSString\s?\*|&(?:'static\s)?str|char|text|SecretStr|bytes)\b[\]?*]{0,3}|\[\])"
    r"(?:\s?\|\s?(?:None|null|undefined))?\s{0,3}(?==)"
)
# Between a name and its value. The order matters: the longest operators first.
_SEPARATOR: Final = re.compile(
    rf"""
    (?P<shut>{_QUOTE}\]?|\]|\*{{1,2}}|`)?                     # the end of a quoted key, a subscript, bold in Markdown
    (?:\s{{0,3}}\([^()\n]{{1,40}}\)(?=\s{{0,3}}[:=]))?        # a remark: `password (wifi): x`
    \s{{0,12}}
    (?:
        (?P<typed>{_TYPE})(?:=)\s{{0,8}}
        # {{"name": "X", "value": "y"}}
      | (?P<pair>,(?:\s{{0,8}}default:|\s{{0,8}}{_QUOTE}(?:value|val|defaultValue|default|secret|data)\b{_QUOTE}\s{{0,4}}[:=]\s{{0,4}}))
        # <add key="X" value="y"/>
      | (?P<attr>\s?(?:value|content|default)\s{{0,2}}=\s{{0,2}}(?={_QUOTE}|[\w+/-]{{12}}))
        # - name: X⏎ value: y
      | (?P<line>(?:\r?\n|\\n)\s{{0,24}}(?:-\s)?{_QUOTE}?value{_QUOTE}?:\s{{0,4}})
        # <X>y</X>, <key>X</key><string>y</string>
      | (?P<markup>/?>\s{{0,40}}(?:<!\[CDATA\[)?)
      | (?P<plist></\w{{1,20}}>\s{{0,40}}<(?:string|value|data|dd|td)\b[^<>]{{0,60}}>\s{{0,40}})
      | (?P<op>:{{1,3}}=|[?.+|]{{1,2}}=|=>|->|~>|<-|!={{1,2}}|={{1,3}}|:{{1,2}}|\uff1a|%3[aAdD]|%253[dD]|\\u003[dD])
        (?:(?<=[:\uff1a])\*{{1,2}}(?=\s))?(?:(?<==)[ ]?\([ \t]{{0,4}}\r?\n\s{{0,24}}(?={_QUOTE})|\s{{0,8}}(?:[|>][-+]?[0-9]?\s{{1,20}}|!!str[ ]{{1,4}}|\\\r?\n\s{{0,20}})?)
        # put("X", "y"), secret("y"), X - "y", SET PASSWORD 'y'
      | (?P<arg>,\s{{0,8}}(?={_QUOTE}|[bBrRuUfF]["']))
      | (?P<call>\(\s{{0,4}}(?={_QUOTE}|[bBrRuU]["']))
      | (?P<bar>\|\s{{0,20}})
        # a heading or a form's label, and below it y
      | (?P<below>[ \t]{{0,4}}(?:\r?\n[ \t]{{0,8}}){{1,2}}(?=[`"']?[!-~]{{4,128}}[`"']?[ \t]{{0,4}}(?:[\r\n]|\Z)))
      | (?P<cell>,(?=[\w.+/~:-]{{16,256}}={{0,2}}(?:[,;\r\n]|\Z)))     # acme,token,y
        # gh secret set X -b y, put-parameter --name X --value y
      | (?P<option>--?(?:b|body|value|secret-string)[ =]{{1,2}})
      | (?P<dash>-\s{{1,3}}(?={_QUOTE}))
      | (?P<gap>(?<=[^\S\n])(?=\\{{0,4}}["']))
    )
    """,
    re.VERBOSE,
)
# "the password for the guests is", "das Passwort lautet", "パスワードは".
_COPULA: Final = re.compile(
    r"(?:[\"'`*]{0,2})[^\S\n]{1,3}"
    r"(?:(?:for|of|to|on|in|at|für|von|der|des|de|du|la|le|el|do|da|di|del|van|voor|til|för|od|pour|para|per)"
    r"[^\S\n][^\n.:;!?]{1,40}?[^\S\n])?(?:(?:now|today|currently|here|still)[^\S\n])?"
    r"(?:(?:(?:was|is|has been|got)[^\S\n])?(?:set|changed|reset)[^\S\n]to|is|was|are|=|ist|lautet|heißt|war|est|es|era|é|è|er|är|to|jest|je|on|is:|was:|are:|est[^\S\n]:|lautet:|ist:|"
    r"equals|should be|will be|would be|wurde auf)"
    r"[^\S\n]{1,3}(?:now |currently |still |set to |simply |just |actually |:[^\S\n])?(?=\S)|"
    r"(?:[はが은는이가]|是|为|為|это)[^\S\n]{0,3}(?=[!-~「『\"'`])"
)
_QUOTED: Final = re.compile(
    r"(?:[bBuUrRfFL@]{0,2})(?P<q>\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22|[“‘«「『„])(?!(?P=q))"
    r"(?P<v>[^\n\r]{1,4096}?)(?:(?P=q)|(?<!\\)[”’»」』“])"
)
_PLAIN_QUOTED: Final = re.compile(
    r"[bBuUrRfFL@]{0,2}(?P<q>[\"'`])(?P<v>(?:[^\\\n\r\"'`]|\\.|(?!(?P=q))[\"'`]){1,4096})(?P<end>(?P=q))?"
)
_BARE: Final = re.compile(r"[^\s\"'`<>\u3000\u3001\u3002]{1,512}")
_REST: Final = re.compile(r"[A-Za-z0-9+/=_.~-]{0,16384}")
# What ends a bare value before the next blank: an escape, the next parameter of a URL, a comma or semicolon before a new
# name, closing brackets behind it.
_BARE_END: Final = re.compile(
    r"\\[nrt\"'\\]|&(?:amp;)?(?=[\w%.\[\]-]{1,60}=)|&(?:quot|lt|gt|#3[49]);|%(?:26|2[cC]|20|22|3[bB]|0[aA]|0[dD])(?=.)|"
    r"[,;](?=\s|\Z|[A-Za-z_\"'][\w .-]{0,40}[:=]|[)\]}])|[)\]}|]+(?=[;,.:)\]}|]*\Z)"
)
_FALLBACK: Final = re.compile(
    r"[^\n\"'`]{0,160}?(?:[\"'`][^\n\"'`]{0,80}[\"'`][^\n\"'`]{0,40}?)?(?:\bor\b|\|\||\?\?|,|\?:|:|\(\s?default\s?=)\s{0,4}"
    r"(?P<q>[\"'`])(?P<v>[^\n\"'`]{4,256})(?P=q)"
)
_CALL: Final = re.compile(r"[\w.]{1,30}\(")
_BYTE: Final = r"(?:0x[0-9a-fA-F]{1,2}|[0-9]{1,3})"
_BYTES: Final = re.compile(
    rf"[^\n\"'`;]{{0,24}}?[\[{{(]\s{{0,8}}(?P<v>{_BYTE}(?:\s{{0,12}},\s{{0,12}}(?:\\?\r?\n\s{{0,20}})?{_BYTE}){{7,2000}})"
)
_BESIDE: Final = re.compile(r"[ \t]{1,2}(?P<v>[^\s\"'`<>|,;(){}\[\]]{6,256})(?=[\s.,;:!?)]|\Z)")
_BRACKETED: Final = re.compile(
    r"[ \t]{0,2}[(\[](?P<v>(?=[^\s()\[\]]{0,64}[0-9])(?=[^\s()\[\]]{0,64}[A-Za-z])[^\s\"'`<>()\[\]]{6,64})[)\]](?![\w(])"
)
_SIGNS: Final = re.compile(r"[!#$%&*+?^~]")
_ENV_HEAD: Final = re.compile(r"(?:[-+ ]?\s{0,8}(?:export|set|ENV|ARG|-e|declare -x|setenv|\$env:)?\s{0,2}-?\s?)?\Z")
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,5}")
_KEYLIKE: Final = re.compile(r"(?i:key|auth|api|cred)")
_PARAMETER: Final = re.compile(r"[?&](?:key|auth|k|access)=([\w.~-]{16,256})")
_COOKIE: Final = re.compile(r"(?i:\bcookie)[\"']?\s{0,2}[:=(]")
_USER_BEFORE: Final = re.compile(r"(?i:user(?:name)?|login|uid|usr|\bid|e-?mail|account)[\"']?\s{0,2}[:=][^\n]{1,40}\Z")
_BESIDE_A_USER: Final = re.compile(
    r"(?i:\b(?:user(?:name)?|login|account)(?: is)? [^\s]{2,40},? (?:and |with |/ )?(?:the )?)\Z"
)
_OWN: Final = re.compile(r"(?i:\b(?:my|our|his|her|their|mein|mon|mi|il mio|minha) )\Z")
_CLAUSE_END: Final = re.compile(r"[.,;!?)]*(?:\s*\Z|\s*\n|(?<=[.,;!?)])\s| (?:and|but|so|please|can|could)\b)")
_TERNARY: Final = re.compile(r"\?\s?[\"'`]\Z")
_NESTED: Final = re.compile(r"[A-Za-z_][\w.-]{0,40}[=:]+(?![=:]*\Z)[\w\"'$({\[]")
_PAIR: Final = re.compile(r"(?=[a-z]{0,15}[0-9])[a-z0-9]{8,20}:(?=[A-Za-z_-]{0,60}[0-9])[\w-]{20}")
"""Who and what in one token, `k3x9q2w7:7fJ...`; a name before an assignment has no digits among its letters."""
_NOT_FIRST: Final = ",;)]}+"  # the quote before it closes a string and doesn't open one
_SENTENCE_END: Final = ".,;:?)]}\u3002\u300d\u300f"
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Assigned:
    """A value judged to be a credential."""

    start: int
    end: int
    kind: Kind
    name_start: int
    name_end: int
    form: Form


@dataclass(frozen=True, slots=True)
class _Name:
    """An identifier or label that announces a credential."""

    text: str
    start: int
    end: int
    kind: Kind
    flag: bool
    """It stands as a flag of a command: `--password`, `/pass`."""

    def holds(self, start: int, end: int, form: Form) -> Assigned:
        return Assigned(start, end, self.kind, self.start, self.end, form)


def iter_assigned(
    text: str, stems: list[tuple[int, str]], has_issuer: Callable[[int, int], bool]
) -> Iterator[Assigned]:
    """Every credential that is assigned to a name.

    Args:
        text: The text.
        stems: The offsets at which names were noticed, with the stem of each, in order.
        has_issuer: Whether somebody who gives out keys is named between two offsets.
    """
    covered = 0
    for at, stem in stems:
        if at < covered:  # inside a name or value that has been dealt with
            continue
        right = _RIGHT.match(text, at + len(stem))
        end = right.end() if right else at + len(stem)
        start = _name_start(text, at)
        covered = end
        for found in _follow(text, start, end, has_issuer):
            yield found
            covered = max(covered, found.end)


def accepts_alone(text: str, context: str) -> tuple[Kind, int, int] | None:
    """Whether a whole text is the value of a credential that `context` names, such as its JSON key."""
    name = context[-_LONGEST_NAME:]
    kind = names.classify(name)
    value = text.strip()
    if (
        kind is Kind.NONE
        or not value
        or len(value) > _LONGEST_VALUE
        or not is_credential(value, kind, name, Form.QUOTED)
    ):
        return None
    start = text.index(value)
    return kind, start, start + len(value)


def _name_start(text: str, at: int) -> int:
    """Where the identifier that goes on at `at` begins."""
    first = max(0, at - _LONGEST_NAME)
    while at > first and (text[at - 1].isalnum() or text[at - 1] in "_.$@-"):
        at -= 1
    return at


def _label(text: str, start: int, end: int) -> str:
    """The name with the one or two words before it, which often qualify it: `api key`, `Activation key`."""
    line = text.rfind("\n", max(0, start - 24), start) + 1
    words = text[max(line, start - 24) : start].split(" ")
    if words[-1] or len(words) < 2:
        return text[start:end]
    return " ".join([*(word for word in words[-3:-1] if word.isalpha()), text[start:end]])


def _follow(text: str, start: int, end: int, has_issuer: Callable[[int, int], bool]) -> Iterator[Assigned]:
    """What is assigned to the identifier between `start` and `end`, if it announces anything."""
    flag = text[start] == "-" or (
        text[start - 1 : start] in ("-", "/") and text[max(0, start - 2) : start - 1] in _BEFORE_FLAG
    )
    separator = _SEPARATOR.match(text, end)
    following = separator or _COPULA.match(text, end)
    array = _BYTES.match(text, end) if following is None and text[end : end + 1] in "[{( " else None
    beside = _BESIDE.match(text, end) if following is None and array is None and not flag else None
    aside = following is None and array is None and beside is None and text[end : end + 1] in (" ", "\t")  # no call
    bracketed = _BRACKETED.match(text, end) if aside else None
    if following is None and array is None and beside is None and bracketed is None and not flag:
        return  # the name stands for itself: nothing follows it
    name = _named(text, start, end, has_issuer, flag=flag)
    if name is None:
        return
    if separator is not None:
        found = _separated(text, separator, name)
        if found is not None:
            yield found
        elif separator["op"] or separator["typed"]:
            yield from _computed(text, separator.end(), name)
    elif following is not None:
        yield from _said(text, following.end(), name)
    elif array is not None and (name.kind >= Kind.STRONG or name.text.lower().endswith("key")):
        yield name.holds(*array.span("v"), Form.BARE)
    elif beside is not None:
        value = beside["v"].rstrip(_SENTENCE_END)
        form = Form.FLAG if _BESIDE_A_USER.search(text, max(0, start - 60), start) else Form.BESIDE
        kind = max(name.kind, Kind.STRONG) if _VARIABLE.fullmatch(name.text) else name.kind  # `setx ACME_KEY ...`
        if (form is Form.BESIDE or any(c.isdigit() for c in value)) and is_credential(value, kind, name.text, form):
            yield name.holds(beside.start("v"), beside.start("v") + len(value), Form.BESIDE)
    elif bracketed is not None and _is_told_aside(bracketed["v"], name):
        yield name.holds(*bracketed.span("v"), Form.BESIDE)
    if flag and (separator is None or not separator["op"]):
        gap = _FLAG_GAP.match(text, end)
        found = _bare(text, gap.end(), name, Form.FLAG) if gap is not None else None
        if found is not None:
            yield found


_BEFORE_ARGUMENT: Final = frozenset(("", " ", "\t", "\n", "(", "[", ",", '"', "'", "`", "\\"))
_BEFORE_FLAG: Final = frozenset(("", " ", "\t", "\n", "-", "(", "[", '"', "'"))


def _kind(label: str) -> Kind:
    """What a name announces, with the words before it if there are any."""
    kind, wider = names.classify(label.rpartition(" ")[2]), names.classify(label)
    # The words before decide both ways: an `activation key` is more than a key, a `cache key` is none.
    return wider if kind is Kind.WEAK else max(kind, wider)


_kind_of: Final = LabelMemo(_kind)
"""Names repeat: the keys of JSON records, the variables of a program, the words of a text about passwords."""


def _named(text: str, start: int, end: int, has_issuer: Callable[[int, int], bool], *, flag: bool) -> _Name | None:
    kind = _kind_of(_label(text, start, end))
    name = text[start:end]
    if kind is Kind.NONE:
        return None
    if kind is Kind.WEAK and (
        (_KEYLIKE.search(name) and has_issuer(max(0, start - 16), end))  # `dropbox_key`, "my Dropbox key"
        or ((query := _PARAMETER.match(text, start - 1)) and is_opaque(query[1]))
        or ("sess" in name.lower() and _COOKIE.search(text, max(0, start - _LONGEST_NAME), start))
    ):
        kind = Kind.STRONG
    return _Name(name, start, end, kind, flag)


def _separated(text: str, separator: re.Match[str], name: _Name) -> Assigned | None:
    if (
        name.kind is not Kind.PASSWORD
        and text[name.start - 1 : name.start] == ":"
        and text[name.start - 2 : name.start - 1] != "/"  # `//HOST/:_authToken=`, as in .npmrc
        and text[name.start - 5 : name.start].lower() != "$env:"  # PowerShell
        and separator["op"]
    ):
        return None  # a part of a resource's name: `arn:aws:secretsmanager:...:secret:name`
    if separator["below"] is not None:
        return _below(text, separator.end(), name)
    quoted = _quoted(text, separator.end())
    if quoted is None:
        if any(separator[group] is not None for group in ("gap", "arg", "call", "dash")):
            return None
        if separator["cell"] is not None:
            return _row(text, separator.end(), name)
        form = Form.FLAG if name.flag and name.kind is Kind.PASSWORD else Form.BARE
        if separator["bar"]:
            form = Form.CELL
        elif separator["markup"] or separator["plist"]:
            form = Form.MARKUP
        return _bare(text, separator.end(), name, form)
    start, end = _to_last_quote(text, *quoted) if name.kind is Kind.PASSWORD else quoted
    if separator["gap"] is not None and not name.flag and not _is_side_by_side(text[start:end], name):
        return None
    if separator["arg"] is not None and (
        name.text.lower() == "pass" or text[name.start - 1 : name.start] not in _BEFORE_ARGUMENT
    ):
        return None  # a member of a list of outcomes, the end of a longer string
    if (text[start] in _NOT_FIRST and not _goes_on_like_a_secret(text[start + 1 : end])) or _TERNARY.search(
        text, max(0, name.start - 4), name.start
    ):
        return None
    if not is_credential(text[start:end], name.kind, name.text, Form.QUOTED):
        return None
    return name.holds(start, end, Form.QUOTED)


def _below(text: str, at: int, name: _Name) -> Assigned | None:
    """What stands alone in the line below a label that has a line of its own: as sure as what a sentence says."""
    if name.text == "pass" or not _HEADING.search(text, max(0, name.start - _LONGEST_INDENT), name.start):
        return None
    run = _BELOW.match(text, at)
    if run is None or run["v"].isalpha() or not is_credential(run["v"], name.kind, name.text, Form.PROSE):
        return None
    return name.holds(*run.span("v"), Form.PROSE)


_HEADING: Final = re.compile(r"(?:\A|\n)[ \t]{0,8}(?:[#>*_-]{1,4}[ \t]?)?\*{0,2}(?:[A-Za-z]{2,14}[ -]){0,2}\Z")
_BELOW: Final = re.compile(r"(?P<q>[`\"']?)(?P<v>(?=[^\s0-9]{0,128}[0-9])[^\s`\"']{4,128})(?P=q)")


def _row(text: str, at: int, name: _Name) -> Assigned | None:
    """A random string in the cell behind its name: `acme,token,7fJ...`."""
    found = _bare(text, at, name, Form.BARE)
    return found if found is not None and is_opaque(text[found.start : found.end]) else None


def _goes_on_like_a_secret(rest: str) -> bool:
    """Whether what follows a sign that may stand between two strings (`"a" + b + "c"`) is nevertheless the value."""
    if " " in rest:
        return False
    mixed = rest.isalnum() and any(c.isdigit() for c in rest) and rest != rest.lower() and rest != rest.upper()
    return is_opaque(rest) or (mixed and len(rest) >= 8) or any(not c.isalnum() and c not in "_.()[]+" for c in rest)


def _is_side_by_side(value: str, name: _Name) -> bool:
    """Two words without a sign between: SQL's `PASSWORD 'x1'`, C's `#define PASSWORD "x1"`; as a rule just prose."""
    if (name.kind is Kind.STRONG or _VARIABLE.fullmatch(name.text)) and is_opaque(value):
        return True  # `apiKey "x1"` in Groovy, `Set-Item Env:ACME_KEY "x1"` in PowerShell
    return name.kind is Kind.PASSWORD and name.text.lower() != "pass" and any(c.isdigit() for c in value)


def _quoted(text: str, at: int) -> tuple[int, int] | None:
    """Span of a quoted value that begins at `at`, whatever way its quotes are escaped."""
    plain = _PLAIN_QUOTED.match(text, at)
    if plain is not None:
        start, end = plain.span("v")
        if plain["end"] is None and (any(c.isspace() for c in plain["v"]) or end - start < 8):
            return None
        return start, end
    other = _QUOTED.match(text, at)
    return other.span("v") if other is not None else None


def _bare(text: str, at: int, name: _Name, form: Form) -> Assigned | None:
    """The bare value that begins at `at`, cut where its syntax ends it."""
    run = _BARE.match(text, at)
    if run is None or (_NESTED.match(run[0]) and not _PAIR.match(run[0])):
        return None  # nothing, or another assignment: `key=name=value` is about `name`
    whole = _with_quotes(text, run, name)
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
    value = _balanced(value)
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


def _to_last_quote(text: str, start: int, end: int) -> tuple[int, int]:
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


def _with_quotes(text: str, run: re.Match[str], name: _Name) -> tuple[int, int] | None:
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


def _is_paired(text: str, value: str, name: _Name) -> bool:
    """`user: admin / pass: admin`: behind a user's name a plain word is a password too."""
    if name.kind is not Kind.PASSWORD or not _USER_BEFORE.search(text, max(0, name.start - 48), name.start):
        return False
    return is_credential(value, name.kind, name.text, Form.LINE)


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


def _computed(text: str, at: int, name: _Name) -> Iterator[Assigned]:
    """A literal behind an expression: a default (`os.environ.get("X") or "y1"`), an array of bytes."""
    array = _BYTES.match(text, at)
    if array is not None:
        yield name.holds(*array.span("v"), Form.BARE)
        return
    head = text[at : at + 40].lstrip()
    if name.kind < Kind.STRONG or not (is_expression(head) or _CALL.match(head) or head.startswith("${")):
        return
    default = _FALLBACK.match(text, at)
    if default is None or not any(c.isdigit() for c in default["v"]):
        return
    if is_credential(default["v"], name.kind, name.text, Form.QUOTED):
        yield name.holds(*default.span("v"), Form.QUOTED)


def _said(text: str, at: int, name: _Name) -> Iterator[Assigned]:
    """A value in a sentence."""
    quoted = _quoted(text, at)
    if quoted is not None:
        if quoted[1] - quoted[0] >= 4 and is_credential(text[slice(*quoted)], name.kind, name.text, Form.QUOTED):
            yield name.holds(*quoted, Form.QUOTED)
        return
    bracketed = _BRACKETED.match(text, at)
    if bracketed is not None and _is_told_aside(bracketed["v"], name):
        yield name.holds(*bracketed.span("v"), Form.PROSE)
        return
    run = _BARE.match(text, at)
    whole = _with_quotes(text, run, name) if run is not None else None
    if whole is not None:
        yield name.holds(*whole, Form.PROSE)
        return
    value = run[0].rstrip(_SENTENCE_END) if run is not None else ""
    confided = _OWN.search(text, max(0, name.start - 10), name.start) and _CLAUSE_END.match(text, at + len(value))
    if value and is_credential(value, name.kind, name.text, Form.CONFIDED if confided else Form.PROSE):
        yield name.holds(at, at + len(value), Form.PROSE)


def _is_told_aside(value: str, name: _Name) -> bool:
    """Whether what stands in brackets behind a password's name is one (`(Bmqvu4889!)`) and no remark (`(Argon2id)`, `(SHA-256)`)."""
    mixed = value.lower() != value != value.upper() and sum(map(str.isdigit, value)) > 1 and len(value) >= 8
    strong = mixed or _SIGNS.search(value) is not None
    return name.kind is Kind.PASSWORD and strong and is_credential(value, name.kind, name.text, Form.BESIDE)
