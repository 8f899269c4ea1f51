"""What is assigned to a name that announces a credential, in whatever syntax: code, YAML, JSON, XML, .env, URLs, prose.

A name is found by its stem, widened to the whole identifier, and followed by a separator and a value. The value is judged
by what the name announces (`names.Kind`) and by its form: between quotes, or bare. Every pattern here is anchored at
the end of the name and bounded, so that a text of nothing but names costs a constant per name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dlp.detect.secrets import names
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import entropy, is_hex, is_opaque, is_uuid, surprise
from dlp.detect.secrets.placeholders import WORDS, is_expression, is_path, is_placeholder, is_reference, is_technical

_LONGEST_NAME: Final = 64  # characters of an identifier on either side of its stem
_LONGEST_VALUE: Final = 4096
_LONGEST_INDENT: Final = 40  # characters before a name that stands alone on its line

_FLAG_GAP: Final = re.compile(r"[ \t]{1,4}(?=[^\s-])")
_RIGHT: Final = re.compile(r"[\w-]{0,48}(?:\.[A-Za-z_][\w-]{0,30}(?=[\"'\]]?\s{0,4}[:=]))?")

_QUOTE: Final = r"(?:\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22)"
_TYPE: Final = (
    r"(?:\??\s{0,2}:\s{0,2})?(?:(?:Optional\[)?(?:str(?:ing)?|String|NSString\s?\*|&(?:'static\s)?str|char|text|SecretStr|bytes)\b[\]?*]{0,3}|\[\])"
    r"(?:\s?\|\s?(?:None|null|undefined))?\s{0,3}(?==)"
)
# Between a name and its value. The order matters: the longest operators first.
_SEPARATOR: Final = re.compile(
    rf"""
    (?P<shut>{_QUOTE}\]?|\]|\*{{1,2}}|`)?           # the end of a quoted key, a subscript, bold in Markdown
    (?:\s{{0,3}}\([^()\n]{{1,40}}\)(?=\s{{0,3}}[:=]))?   # a remark: "password (wifi): x"
    \s{{0,12}}
    (?:
        (?P<typed>{_TYPE})(?:=)\s{{0,8}}
      | (?P<pair>,\s{{0,8}}{_QUOTE}(?:value|val|defaultValue|default|secret|data)\b{_QUOTE}\s{{0,4}}[:=]\s{{0,4}})   # {{"name": "X", "value": "y"}}
      | (?P<attr>\s?(?:value|content|default)\s{{0,2}}=\s{{0,2}}(?={_QUOTE}))                             # <add key="X" value="y"/>
      | (?P<line>(?:\r?\n|\\n)\s{{0,24}}(?:-\s)?{_QUOTE}?value{_QUOTE}?:\s{{0,4}})                        # - name: X / value: y
      | (?P<markup>/?>\s{{0,40}}(?:</\w{{1,20}}>\s{{0,40}}<(?:string|value|data)\b[^<>]{{0,60}}>\s{{0,40}})?(?:<!\[CDATA\[)?)
      | (?P<op>:{{1,3}}=|[?.+|]{{1,2}}=|=>|->|~>|<-|!={{1,2}}|={{1,3}}|:{{1,2}}|\uff1a|%3[aAdD]|%253[dD]|\\u003[dD])\*{{0,2}}\s{{0,8}}(?:[|>][-+]?[0-9]?\s{{1,20}})?
      | (?P<arg>,\s{{0,8}}(?={_QUOTE}|[bBrRuUfF]["']))                                                  # put("X", "y")
      | (?P<call>\(\s{{0,4}}(?={_QUOTE}|[bBrRuU]["']))                                                  # secret("y")
      | (?P<bar>\|\s{{0,20}})
      | (?P<dash>-\s{{1,3}}(?={_QUOTE}))
      | (?P<gap>(?<=[^\S\n])(?=\\{{0,4}}["']))                                                                    # SET password 'y'
    )
    """,
    re.VERBOSE,
)
_COPULA: Final = re.compile(
    r"(?:[\"'`*]{0,2})[^\S\n]{1,3}(?:(?:for|of|to|on|in|at|für|von|der|des|de|du|la|le|el|do|da|di|del|van|voor|til|för|od|do|pour|para|per)"
    r"[^\S\n][^\n.:;!?]{1,40}?[^\S\n])?(?:(?:now|today|currently|here|still)[^\S\n])?"
    r"(?:is|was|are|=|ist|lautet|heißt|war|est|es|era|é|è|er|är|to|jest|je|on|is:|was:|are:|est[^\S\n]:|lautet:|ist:|equals|should be|set to|has been set to|changed to|reset to|wurde auf)"
    r"[^\S\n]{1,3}(?:now |currently |still |set to |simply |just |actually |:[^\S\n])?(?=\S)|"
    r"(?:[はが은는이가]|是|为|為|:|：|это)[^\S\n]{0,3}(?=[!-~「『\"'`])"
)
_QUOTED: Final = re.compile(
    r"(?:[bBuUrRfFL@]{0,2})(?P<q>\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22|[“‘«「『„])(?!(?P=q))(?P<v>[^\n\r]{1,4096}?)(?:(?P=q)|(?<!\\)[”’»」』“])"
)
_PLAIN_QUOTED: Final = re.compile(r"[bBuUrRfFL@]{0,2}(?P<q>[\"'`])(?P<v>(?:[^\\\n\r\"'`]|\\.|(?!(?P=q))[\"'`]){1,4096})(?P<end>(?P=q))?")
_BARE: Final = re.compile(r"[^\s\"'`<>\u3000\u3001\u3002]{1,512}")
_REST: Final = re.compile(r"[A-Za-z0-9+/=_.~-]{0,16384}")
_BARE_END: Final = re.compile(r"\\[nrt\"'\\]|&(?:amp;)?(?=[\w%.\[\]-]{1,60}=)|&(?:quot|lt|gt|#3[49]);|%(?:26|2[cC]|20|22|3[bB]|0[aA]|0[dD])(?=.)|[,;](?=\s|\Z|[A-Za-z_\"'][\w .-]{0,40}[:=]|[)\]}])|[)\]}|]+(?=[;,.:)\]}|]*\Z)")
_FALLBACK: Final = re.compile(r"[^\n\"'`]{0,160}?(?:[\"'`][^\n\"'`]{0,80}[\"'`][^\n\"'`]{0,40}?)?(?:\bor\b|\|\||\?\?|,|\?:|:)\s{0,4}(?P<q>[\"'`])(?P<v>[^\n\"'`]{4,256})(?P=q)")
_BYTES: Final = re.compile(
    r"[^\n\"'`;]{0,24}?[\[{(]\s{0,8}(?P<v>(?:0x[0-9a-fA-F]{1,2}|[0-9]{1,3})(?:\s{0,12},\s{0,12}(?:\\?\r?\n\s{0,20})?(?:0x[0-9a-fA-F]{1,2}|[0-9]{1,3})){7,2000})"
)
_SENTENCE_END: Final = ".,;:?)]}\u3002\u300d\u300f"
_BRACKET: Final = re.compile(r"[)\]}]")
_BESIDE: Final = re.compile(r"[ \t]{1,2}(?P<v>[^\s\"'`<>|,;(){}\[\]]{6,256})(?=[\s.,;:!?)]|\Z)")
_KEYLIKE: Final = re.compile(r"(?i:key|auth|api|cred)")
_NOT_FIRST: Final = ",;)]}+"  # the quote before it closes a string and doesn't open one
_TERNARY: Final = re.compile(r"\?\s?[\"'`]\Z")
_NESTED: Final = re.compile(r"[A-Za-z_][\w.-]{0,40}[=:]+(?![=:]*\Z)[\w\"'$({\[]")


@dataclass(frozen=True, slots=True)
class Assigned:
    """A value judged to be a credential."""

    start: int
    end: int
    kind: Kind
    name_start: int
    name_end: int
    quoted: bool
    prose: bool


def iter_assigned(text: str, stems: list[tuple[int, str]], has_issuer: Callable[[int, int], bool]) -> Iterator[Assigned]:
    """Every credential that is assigned to a name.

    Args:
        stems: The offsets at which names were noticed, with the stem of each, in order.
        has_issuer: Whether somebody who gives out keys is named between two offsets.
    """
    covered = 0
    kinds: dict[str, Kind] = {}  # names repeat: the keys of JSON records, the words of a text about passwords
    for at, stem in stems:
        if at < covered:  # inside a name or value that has been dealt with
            continue
        right = _RIGHT.match(text, at + len(stem))
        end = right.end() if right else at + len(stem)
        start = _name_start(text, at)
        covered = end
        for found in _follow(text, start, end, kinds, has_issuer):
            yield found
            covered = max(covered, found.end)


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
    taken = [word for word in words[-3:-1] if word.isalpha()]
    return " ".join([*taken, text[start:end]])


def _follow(
    text: str, start: int, end: int, kinds: dict[str, Kind], has_issuer: Callable[[int, int], bool]
) -> Iterator[Assigned]:
    flag = text[start] == "-" or (start > 0 and text[start - 1] in "-/" and (start < 2 or text[start - 2] in " \t\n-([\"'"))
    separator = _SEPARATOR.match(text, end)
    copula = _COPULA.match(text, end) if separator is None else None
    array = _BYTES.match(text, end) if separator is None and copula is None and text[end : end + 1] in "[{( " else None
    beside = _BESIDE.match(text, end) if separator is None and copula is None and array is None and not flag else None
    if separator is None and copula is None and array is None and not flag and beside is None:
        return  # the name stands for itself: nothing follows it
    label = _label(text, start, end)
    kind = kinds.get(label)
    if kind is None:
        name = text[start:end]
        kind = kinds[label] = max(names.classify(name), names.classify(label)) if label != name else names.classify(name)
    if kind is Kind.NONE:
        return
    name = text[start:end]
    if kind is Kind.WEAK and _KEYLIKE.search(name) and has_issuer(max(0, start - 16), end):
        kind = Kind.STRONG  # `dropbox_key`, "my Dropbox key"
    if separator is not None:
        found = _value(text, separator.end(), kind, name, separator, start, end, flag)
        if found is not None:
            yield found
        elif separator["op"] or separator["typed"]:
            yield from _computed(text, separator.end(), kind, start, end)
    elif copula is not None:
        yield from _prose(text, copula.end(), kind, name, start, end)
    elif array is not None:
        if kind >= Kind.STRONG or name.lower().endswith("key"):
            yield Assigned(*array.span("v"), kind, start, end, False, False)
    elif beside is not None:
        value = beside["v"].rstrip(_SENTENCE_END)
        if kind >= Kind.STRONG and _is_beside(value, kind, name):
            yield Assigned(beside.start("v"), beside.start("v") + len(value), kind, start, end, False, True)
    if flag and (separator is None or not separator["op"]):
        gap = _FLAG_GAP.match(text, end)
        found = _bare(text, gap.end(), kind, name, start, end, form="flag") if gap is not None else None
        if found is not None:
            yield found


def _is_beside(value: str, kind: Kind, name: str) -> bool:
    """A value without any sign before it, as people chat: "wifi pw Xk29vv!a"."""
    if _junk(value, name) or is_technical(value) or is_expression(value) or value.isalpha() or value.isdigit() or "=" in value:
        return False
    if kind is Kind.STRONG:
        return len(value) >= 16 and is_opaque(value)
    letters, digits = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    signs = any(c in "!@#$%^&*?+" for c in value[1:])
    return letters and digits and value.isascii() and len(value) >= 6 and (signs or is_opaque(value) or surprise(value) >= 5.4)


def _value(text: str, at: int, kind: Kind, name: str, separator: re.Match[str], start: int, end: int, flag: bool) -> Assigned | None:
    quoted = _quoted(text, at)
    if quoted is not None:
        v0, v1 = quoted
        if separator["gap"] is not None and not flag:
            # Two words side by side: SQL's `PASSWORD 'x'`, C's `#define PASSWORD "x"`; as a rule just prose.
            if kind is not Kind.PASSWORD or name.lower() == "pass" or not any(c.isdigit() for c in text[v0:v1]):
                return None
        if text[v0] in _NOT_FIRST or _TERNARY.search(text, max(0, start - 4), start):
            return None
        if _accept_quoted(text[v0:v1], kind, name):
            return Assigned(v0, v1, kind, start, end, True, False)
        return None
    if separator["gap"] is not None or separator["arg"] is not None or separator["call"] is not None:
        return None
    form = "cell" if separator["bar"] else "markup" if separator["markup"] else "op"
    return _bare(text, at, kind, name, start, end, form=form)


def _quoted(text: str, at: int) -> tuple[int, int] | None:
    """Span of a quoted value that begins at `at`, whatever way its quotes are escaped."""
    plain = _PLAIN_QUOTED.match(text, at)
    if plain is not None:
        v0, v1 = plain.span("v")
        if plain["end"] is None and (any(c.isspace() for c in plain["v"]) or v1 - v0 < 8):
            return None
        return v0, v1
    other = _QUOTED.match(text, at)
    return other.span("v") if other is not None else None


def _bare(text: str, at: int, kind: Kind, name: str, start: int, end: int, *, form: str) -> Assigned | None:
    run = _BARE.match(text, at)
    if run is None:
        return None
    whole = run[0]
    v0 = run.start()
    if _NESTED.match(whole):
        return None  # another assignment: `key=name=value` is about `name`
    alone = form == "op" and _is_env_line(text, start, run.end())
    stop = None
    if not (alone and kind is Kind.PASSWORD and "&" not in whole and "\\" not in whole):
        stop = _BARE_END.search(whole)
    value = whole[: stop.start()] if stop else whole
    if form == "cell":
        value = value.partition("|")[0]
    if _BRACKET.search(value):
        closing = _unbalanced(value)
        if closing >= 0:
            value = value[:closing]
    value = value.rstrip(".,;") if not alone else value
    if not value or not _accept_bare(value, kind, name, text, v0, form, alone):
        return None
    value_end = v0 + len(value)
    if value_end == run.end():
        rest = _REST.match(text, value_end)  # a long token: what is like its head belongs to it
        value_end = rest.end() if rest else value_end
    return Assigned(v0, value_end, kind, start, end, False, False)


def _unbalanced(value: str) -> int:
    """Where a closing bracket ends a value that didn't open it; -1 when none does."""
    depth = {")": 0, "]": 0, "}": 0}
    opening = {"(": ")", "[": "]", "{": "}"}
    for k, char in enumerate(value):
        if char in opening:
            depth[opening[char]] += 1
        elif char in depth:
            depth[char] -= 1
            if depth[char] < 0:
                return k
    return -1


_ENV_HEAD: Final = re.compile(r"(?:[-+ ]?\s{0,8}(?:export|set|ENV|ARG|-e|declare -x|setenv|\$env:)?\s{0,2}-?\s?)?\Z")


def _is_env_line(text: str, start: int, value_end: int) -> bool:
    """`NAME=value` or `name: value` as the whole of a line, as in .env files, properties and YAML."""
    if value_end < len(text) and text[value_end] not in "\r\n":
        return False
    line_start = text.rfind("\n", max(0, start - _LONGEST_INDENT), start) + 1
    if line_start == 0 and start > _LONGEST_INDENT:
        return False
    return _ENV_HEAD.fullmatch(text, line_start, start) is not None


def _junk(value: str, name: str) -> bool:
    return is_placeholder(value) or is_reference(value) or is_path(value) or value.lower() == name.lower()


def _accept_quoted(value: str, kind: Kind, name: str) -> bool:
    n = len(value)
    low = value.lower()
    if n < 3 or _junk(value, name) or low in WORDS:
        return False
    if kind is Kind.PASSWORD:
        return _is_quoted_password(value, low)
    if any(c.isspace() for c in value) and not _is_spaced_secret(value):
        return False
    if kind is Kind.STRONG:
        return _is_strong_value(value, bare=False)
    return _is_weak_value(value)


def _is_spaced_secret(value: str) -> bool:
    return value.strip() != value and is_opaque(value.strip())


def _is_quoted_password(value: str, low: str) -> bool:
    if len(value) > 256 or is_technical(value):
        return False
    mixed = any(c.isdigit() for c in value)
    special = sum(not c.isalnum() for c in value)
    spaces = value.count(" ")
    if spaces:
        # A passphrase, not a message of a form.
        return spaces <= 6 and (mixed or spaces >= 3) and value[-1] not in ".:?!" and not value[0].isupper() and len(value) < 80 and not _speaks_of_passwords(low)
    if not mixed and (_speaks_of_passwords(low) or is_expression(value)):
        return False
    if not mixed and not special:
        if not value.isascii():
            return False
        return len(value) >= 4 and not _is_label(value)
    if not mixed and special and _is_slug(value):
        return False
    return not (value.isdigit() and len(value) < 4)


def _speaks_of_passwords(low: str) -> bool:
    return any(part in low for part in ("password", "passwd", "passphrase", "token", "secret", "credential", "passwort", "kennwort", "mot de passe", "contrase", "senha", "apikey", "api_key", "username"))


_SLUG: Final = re.compile(r"[A-Za-z]+(?:[-_.:/][A-Za-z]+)+\Z")
_CAMEL: Final = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+\Z|(?:[A-Z][a-z]+){2,}\Z|[A-Z_]{2,}\Z")


def _is_slug(value: str) -> bool:
    return _SLUG.match(value) is not None and surprise(value) < 5.6


def _is_label(value: str) -> bool:
    """Letters alone that read as an identifier or a capitalised word of an interface."""
    if surprise(value) >= 5.4:
        return False
    return _CAMEL.match(value) is not None or (value[0].isupper() and value[1:].islower())


def _is_strong_value(value: str, *, bare: bool) -> bool:
    n = len(value)
    if n < 6 or is_technical(value):
        return False
    digits = sum(c.isdigit() for c in value)
    if value.isdigit():
        return n >= (8 if not bare else 10) and len(set(value)) > 3
    if is_hex(value) or is_uuid(value):
        return True
    if is_expression(value):
        return False
    if is_opaque(value, ease=0.5):
        return True
    if digits and n >= 8:
        # Words with a number behind (`token2`, `utf8_token`) are identifiers; more digits, or digits inside, are not.
        letters = sum(c.isalpha() for c in value)
        if bare:
            return letters > 0 and digits >= 2 and surprise(value) >= 4.6 and entropy(value) >= 2.8
        return letters > 0 and (digits >= 2 or surprise(value) >= 4.4) and entropy(value) >= 2.5
    special = sum(not c.isalnum() and c not in "_-./: " for c in value)
    return not bare and special >= 3 and n >= 12


def _is_weak_value(value: str) -> bool:
    n = len(value)
    if n < 12 or is_technical(value) or is_expression(value):
        return False
    if value.isdigit():
        return False
    if is_uuid(value):
        return False  # an identifier, unless the name says more
    if is_hex(value):
        return n >= 24
    if value.startswith(("\\x", "\\u", "\\0")) or value.count("\\x") >= 2:
        return True
    digits = sum(c.isdigit() for c in value)
    return digits >= 1 and is_opaque(value, ease=0.2 if digits > 1 else 0.0) and entropy(value) >= 2.8


def _accept_bare(value: str, kind: Kind, name: str, text: str, at: int, form: str, alone: bool) -> bool:
    low = value.lower()
    if _junk(value, name) or low in WORDS or is_technical(value):
        return False
    after = text[at + len(value) : at + len(value) + 2]
    if is_expression(value) or after[:1] == "(":
        return False
    if kind is Kind.PASSWORD:
        return _is_bare_password(value, low, name, form, alone)
    if kind is Kind.STRONG:
        if any(c in "(){}[]<>" for c in value) or "=" in value.rstrip("=")[:-1] and not is_opaque(value):
            return False
        return _is_strong_value(value, bare=True)
    return form != "flag" and not any(c in "(){}[]<>,;" for c in value) and _is_weak_value(value)


def _is_bare_password(value: str, low: str, name: str, form: str, alone: bool) -> bool:
    n = len(value)
    if n < 3 or n > 200 or any(c in "()" for c in value) and value[-1:] in "();":
        return False
    digits = any(c.isdigit() for c in value)
    letters = any(c.isalpha() for c in value)
    special = any(not c.isalnum() and c not in "_-.,:;/\\" for c in value)
    if not value.isascii() and not digits or not alone and any(c in "(){}" for c in value):
        return False
    if value.isdigit():
        return n >= 4
    if digits and letters:
        # `password2`, `field1`: an identifier with a number.
        return not (re.match(r"[a-z_]+[0-9]?\Z", value) and not alone and form == "op" and "_" in value) and not _is_numbered_name(low)
    if special and letters:
        return n >= 5 and value[0] not in "&*|<>=+!?" and not re.match(r"[\w.-]+[\[({<?!=+&|*]", value)
    if letters and n >= 5:
        return (alone or form in ("flag", "markup")) and not _is_label(value) and not _speaks_of_passwords(low) and not _is_slug(value)
    return False


def _is_numbered_name(low: str) -> bool:
    return re.match(r"(?:new_?|old_?|my_?|user_?|the_?)?(?:password|passwd|pass|pwd|value|field|string|str|arg|param|var|test)[_-]?[0-9]{0,2}\Z", low) is not None


def _computed(text: str, at: int, kind: Kind, start: int, end: int) -> Iterator[Assigned]:
    """A literal behind an expression: a default (`os.environ.get("X") or "y"`), an array of bytes."""
    array = _BYTES.match(text, at)
    if array is not None:
        yield Assigned(*array.span("v"), kind, start, end, False, False)
        return
    if kind < Kind.STRONG:
        return
    line = text[at : at + 40]
    if not is_expression(line.lstrip()) and not line.startswith(("${", "getenv", "os.")):
        return
    default = _FALLBACK.match(text, at)
    if default is not None and _accept_quoted(default["v"], kind, text[start:end]) and any(c.isdigit() for c in default["v"]):
        yield Assigned(*default.span("v"), kind, start, end, True, False)


def _prose(text: str, value_at: int, kind: Kind, name: str, start: int, at: int) -> Iterator[Assigned]:
    quoted = _quoted(text, value_at)
    if quoted is not None:
        if quoted[1] - quoted[0] >= 4 and _accept_quoted(text[quoted[0] : quoted[1]], kind, name):
            yield Assigned(*quoted, kind, start, at, True, True)
        return
    run = _BARE.match(text, value_at)
    if run is None:
        return
    value = run[0].rstrip(_SENTENCE_END)
    if not value or _junk(value, name) or value.lower() in WORDS or is_technical(value) or is_expression(value) or "(" in value:
        return
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    if kind is Kind.PASSWORD:
        special = any(not c.isalnum() and c not in "_-.,:;/'’" for c in value)
        good = len(value) >= 4 and value.isascii() and (
            (digits and letters) or (special and letters and len(value) >= 5) or (digits >= 4 and value.isdigit()) or (len(value) >= 8 and surprise(value) >= 5.4)
        )
    else:
        named = kind is Kind.STRONG or name.lower().endswith("key")
        good = digits > 0 and (_is_strong_value(value, bare=True) if named and not value.isdigit() else _is_weak_value(value))
    if good:
        yield Assigned(value_at, value_at + len(value), kind, start, at, False, True)


def accepts_alone(text: str, context: str) -> tuple[Kind, int, int] | None:
    """Whether a whole text is the value of a credential that `context` names, such as its JSON key."""
    kind = names.classify(context[-_LONGEST_NAME:])
    if kind is Kind.NONE:
        return None
    value = text.strip()
    start = text.index(value)
    if not value or len(value) > _LONGEST_VALUE or not _accept_quoted(value, kind, context):
        return None
    return kind, start, start + len(value)
