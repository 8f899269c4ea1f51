"""What is assigned to a name that announces a credential, in whatever syntax: code, YAML, JSON, XML, .env, URLs, prose.

A name is noticed by its stem, widened to the whole identifier (`announcing`), and followed by a separator and a value. Where the value
begins and ends is found in `extents`, what it must look like is decided in `values`. Every pattern here is anchored at the end of the name and bounded, so that a text
of nothing but names costs a constant per name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from dlp.detect.patterns import late
from dlp.detect.said_before import VERBS
from dlp.detect.secrets import extents, names
from dlp.detect.secrets.announcing import (
    BEFORE_FLAG,
    LONGEST_NAME,
    Assigned,
    Name,
    find_name,
    kind_of_name,
    name_start,
)
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import is_opaque
from dlp.detect.secrets.placeholders import is_expression
from dlp.detect.secrets.values import Form, is_credential

_LONGEST_VALUE: Final = 4096

# The rest of an identifier behind a stem. Letters of alphabets that write words apart; `パスワードは` ends at `は`.
_RIGHT: Final = re.compile(
    r"[0-9A-Za-z_\u00c0-\u024f\u0370-\u052f-]{0,48}(?:\.[A-Za-z_][\w-]{0,30}(?=[\"'\]]?\s{0,4}[:=]))?"
)
# What qualifies a credential's name from behind, as adjectives do in Romance and Slavic languages; and the network that it is for.
_QUALIFIER: Final = late(
    r"(?:[ ](?i:provvisori[ao]|temporane[ao]|nuov[ao]|inizial[ei]|attuale|vecchi[ao]|monouso|temporal|provisional|nuev[ao]|inicial|actual|antigu[ao]|"
    r"maestr[ao]|mestre|provis[oó]ri[ao]|tempor[aá]ri[ao]|nov[ao]|atual|antig[ao]|padr[aã]o|provisoire|temporaire|initial|actuel|principal|ma[iî]tre|"
    r"secret[ao]?|admin|administrateur|administrador|amministratore|administratora|tymczasow[ea]|now[ea]|star[ea]|jednorazow[ea]|startow[ea]|pocz[aą]tkow[ea]|"
    r"g[lł][oó]wn[ea]|sieci|(?:(?:de|del|della|du|da|do|till|til|för|voor|van|for)[ ](?:la[ ]|le[ ]|el[ ]|de[ ]|het[ ])?)?"
    r"(?:wi-?fi|wlan|wpa2?|red|rete|réseau|rede|sieci))(?![^\W_]|-[A-Za-z])){1,2}"
)
_FLAG_GAP: Final = re.compile(r"[ \t]{1,4}(?=[^\s-])")
_QUOTE: Final = r"(?:\\{0,4}[\"'`]|&quot;|&\#3[49];|%22|\\u0022|\\x22)"
_TYPE: Final = (
    r"(?:\??\s{0,2}:\s{0,2})?"
    r"(?:(?:Optional\[)?(?:str(?:ing)?|String|NSString\s?\*|&(?:'static\s)?str|char|text|SecretStr|bytes)\b[\]?*]{0,3}|\[\])"
    r"(?:\s?\|\s?(?:None|null|undefined))?\s{0,3}(?==)"
)
# Between a name and its value. The order matters: the longest operators first.
_SEPARATOR: Final = late(
    rf"""
    (?P<shut>{_QUOTE}\]?|\]|\*{{1,2}}|`)?                     # the end of a quoted key, a subscript, bold in Markdown
    (?:\s{{0,3}}\([^()\n]{{1,40}}\)(?=\s{{0,3}}[:=])         # a remark: `password (wifi): x`
      | [ ](?:de|del|della|di|do|da|d['’]|für|for|voor)[ ]?\w{{3,14}}(?=\s{{0,3}}(?:[:=]|\.{{3}}|[-\u2013\u2014][ ]))  # `clave de acceso: x`
      | (?P<owner>[ ](?:for|für|pour|para|per|voor|till|til|zum|zur)[ ](?:\w{{2,14}}[ ]){{0,3}}\w{{3,14}}(?=\s{{0,3}}[:=])))?  # `password for the backup: x`
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
      | (?P<below>\??[ \t]{{0,4}}(?:\r?\n[ \t]{{0,8}}){{1,2}}(?=[`"']?[!-~]{{4,128}}[`"']?[ \t]{{0,4}}(?:[\r\n]|\Z)))
      | (?P<cell>,(?=[\w.+/~:-]{{16,256}}={{0,2}}(?:[,;\r\n]|\Z)))     # acme,token,y
        # gh secret set X -b y, put-parameter --name X --value y
      | (?P<option>--?(?:b|body|value|secret-string)[ =]{{1,2}})
      | (?P<dash>-\s{{1,3}}(?={_QUOTE}))
        # X ....... y, X – y
      | (?P<apart>\.{{3,80}}[ ]{{1,4}}|(?<=[ ])[-\u2013\u2014][ ]{{1,4}})
      | (?P<gap>(?<=[^\S\n])(?=\\{{0,4}}["']))
    )
    """,
    re.VERBOSE,
)
# "the password for the guests is", "das Passwort lautet", "パスワードは".
_COPULA: Final = late(
    r"(?:[\"'`*]{0,2}),?[^\S\n]{1,3}"
    r"(?:(?:for|of|to|on|in|at|für|von|der|des|de|du|la|le|el|do|da|di|del|van|voor|til|för|od|pour|para|per)"
    r"[^\S\n][^\n.:;!?]{1,40}?[^\S\n])?(?:(?:now|today|currently|here|still)[^\S\n])?"
    r"(?i:(?:(?:was|is|has been|got)[^\S\n])?(?:set|changed|reset)[^\S\n]to|is|was|are|=|ist|lautet|heißt|war|est|était|es|era|ero|é|è|er|är|used to be|had been|to|jest|je|on|hai|c['’]est|is:|was:|are:|est[^\S\n]:|lautet:|ist:|"
    r"equals|should be|will be|would be|wurde auf)"
    r"(?:[^\S\n]?:)?[^\S\n]{1,3}(?:now |currently |still |set to |simply |just |actually |:[^\S\n])?(?=\S)|"
    r"(?:[はが은는이가]|是|为|為|это)[^\S\n]{0,3}(?=[!-~「『\"'`])"
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
_IN_FRONT: Final = late(
    r"(?<!\S)[\"'`(]?(?P<v>[^\s\"'`<>|,;(){}\[\]]{6,64}?)[\"'`)]?"
    rf"(?:[ ](?:{VERBS}|=)|,?[ ](?:das[ ]ist|c['’]est)|[?.][ ][Tt]hat['’]?s|(?=[ ]mer[ai]))"
    r"(?:[ ](?:my|the|your|his|her|our|their|mein|das|mon|le|mi|la|il|o|a|het|mijn|mitt|mit|mera|moje|new|nowe|neues|nouveau|nueva|nuova|nova|nieuwe|nytt|nyt|old|wifi|current)){0,3}[ ]\Z"
)
"""A password that is said before what it is: `Xk29vv!a is the wifi password`."""
_FARTHEST: Final = 96
"""Characters of it."""
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,5}")
_BESIDE_A_USER: Final = re.compile(
    r"(?i:\b(?:user(?:name)?|login|account)(?: is)? [^\s]{2,40},? (?:and |with |/ )?(?:the )?)\Z"
)
_OWN: Final = re.compile(r"(?i:\b(?:my|our|his|her|their|mein|mon|mi|il mio|minha) )\Z")
_CLAUSE_END: Final = re.compile(r"[.,;!?)]*(?:\s*\Z|\s*\n|(?<=[.,;!?)])\s| (?:and|but|so|please|can|could)\b)")
_TERNARY: Final = re.compile(r"\?\s?[\"'`]\Z")
_NOT_FIRST: Final = ",;)]}+"  # the quote before it closes a string and doesn't open one
_SENTENCE_END: Final = ".,;:?)]}\u3002\u300d\u300f"


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
        qualifier = _QUALIFIER.match(text, end)
        end = qualifier.end() if qualifier else end
        start = name_start(text, at)
        covered = end
        for found in _follow(text, start, end, has_issuer):
            yield found
            covered = max(covered, found.end)


def accepts_alone(text: str, context: str) -> tuple[Kind, int, int] | None:
    """Whether a whole text is the value of a credential that `context` names, such as its JSON key."""
    name = context[-LONGEST_NAME:]
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


def _follow(text: str, start: int, end: int, has_issuer: Callable[[int, int], bool]) -> Iterator[Assigned]:
    """What is assigned to the identifier between `start` and `end`, if it announces anything."""
    kind = kind_of_name(text, start, end)  # known for most identifiers, more than half of which announce nothing
    if kind is Kind.NONE:
        return
    flag = text[start] == "-" or (
        text[start - 1 : start] in ("-", "/") and text[max(0, start - 2) : start - 1] in BEFORE_FLAG
    )
    separator = _SEPARATOR.match(text, end)
    following = separator or _COPULA.match(text, end)
    told = array = beside = bracketed = in_front = None
    if following is None:
        bracketed = extents.BRACKETED.match(text, end)
        told = extents.told(text, end) if bracketed is None else None
        array = _BYTES.match(text, end) if text[end : end + 1] in "[{( " else None
        beside = _BESIDE.match(text, end) if array is None and told is None and not flag else None
        if text[end : end + 1] not in (" ", "\t"):  # without a blank it is a call
            bracketed = None
        in_front = _in_front(text, start)
        if not (array or beside or bracketed or told or flag or in_front):
            return  # the name stands for itself: nothing follows it, and nothing is said to be it
    name = find_name(text, start, end, kind, has_issuer, flag=flag)
    found = None
    if separator is not None:
        found = _separated(text, separator, name)
        if found is None and (separator["op"] or separator["typed"]):
            found = _computed(text, separator.end(), name)
    elif following is not None:
        found = _said(text, following.end(), name)
    elif told is not None:
        if name.kind is Kind.PASSWORD and is_credential(told["v"], name.kind, name.text, Form.PROSE):
            found = name.holds(*told.span("v"), Form.PROSE)
    elif array is not None:
        strong = name.kind >= Kind.STRONG or name.text.lower().endswith("key")
        found = name.holds(*array.span("v"), Form.BARE) if strong else None
    elif beside is not None:
        found = _beside(text, beside, name)
    elif bracketed is not None:
        found = extents.aside(bracketed, name, Form.BESIDE)
    if found is None and name.kind is Kind.PASSWORD:
        found = _told_before(_in_front(text, start) if following is not None else in_front, name)
    if found is not None:
        yield found
    if flag and (separator is None or not separator["op"]):
        gap = _FLAG_GAP.match(text, end)
        argument = extents.bare(text, gap.end(), name, Form.FLAG) if gap is not None else None
        if argument is not None:
            yield argument


def _in_front(text: str, start: int) -> re.Match[str] | None:
    """What the sentence says before the name at `start` that it is."""
    return _IN_FRONT.search(text, max(0, start - _FARTHEST), start) if text[start - 1 : start] == " " else None


def _told_before(before: re.Match[str] | None, name: Name) -> Assigned | None:
    """A password that the sentence names first."""
    if before is None or not is_credential(before["v"], name.kind, name.text, Form.BESIDE):
        return None
    return name.holds(*before.span("v"), Form.BESIDE)


def _beside(text: str, beside: re.Match[str], name: Name) -> Assigned | None:
    """A value that nothing but a blank parts from its name."""
    value = beside["v"].rstrip(_SENTENCE_END)
    form = Form.FLAG if _BESIDE_A_USER.search(text, max(0, name.start - 60), name.start) else Form.BESIDE
    kind = max(name.kind, Kind.STRONG) if _VARIABLE.fullmatch(name.text) else name.kind  # `setx ACME_KEY ...`
    if form is Form.FLAG and not any(map(str.isdigit, value)):
        return None
    if not is_credential(value, kind, name.text, form):
        return None
    return name.holds(beside.start("v"), beside.start("v") + len(value), Form.BESIDE)


_BEFORE_ARGUMENT: Final = frozenset(("", " ", "\t", "\n", "(", "[", ",", '"', "'", "`", "\\"))


def _separated(text: str, separator: re.Match[str], name: Name) -> Assigned | None:
    """What stands behind a sign (or a line break) that separates it from its name."""
    if (
        name.kind is not Kind.PASSWORD
        and text[name.start - 1 : name.start] == ":"
        and text[name.start - 2 : name.start - 1] != "/"  # `//HOST/:_authToken=`, as in .npmrc
        and text[name.start - 5 : name.start].lower() != "$env:"  # PowerShell
        and separator["op"]
    ):
        return None  # a part of a resource's name: `arn:aws:secretsmanager:...:secret:name`
    if separator["apart"] is not None and extents.quoted(text, separator.end()) is None:
        form = Form.BARE if name.kind is not Kind.PASSWORD else Form.PROSE if "." in separator["apart"] else Form.BESIDE
        return extents.bare(text, separator.end(), name, form)
    if separator["below"] is not None:
        return extents.below(text, separator.end(), name)
    quoted = extents.quoted(text, separator.end())
    if separator["owner"] is not None and (name.text.lower().endswith("s") or quoted is not None):
        return None  # a remark on passwords, or a key of a dictionary
    if quoted is None:
        if any(separator[group] is not None for group in ("gap", "arg", "call", "dash")):
            return None
        if separator["cell"] is not None:
            return extents.in_row(text, separator.end(), name)
        form = Form.FLAG if name.flag and name.kind is Kind.PASSWORD else Form.BARE
        if separator["bar"]:
            form = Form.CELL
        elif separator["markup"] or separator["plist"]:
            form = Form.MARKUP
        return extents.bare(text, separator.end(), name, form)
    start, end = extents.to_last_quote(text, *quoted) if name.kind is Kind.PASSWORD else quoted
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


def _goes_on_like_a_secret(rest: str) -> bool:
    """Whether what follows a sign that may stand between two strings (`"a" + b + "c"`) is nevertheless the value."""
    if " " in rest:
        return False
    mixed = rest.isalnum() and any(map(str.isdigit, rest)) and rest != rest.lower() and rest != rest.upper()
    return is_opaque(rest) or (mixed and len(rest) >= 8) or any(not c.isalnum() and c not in "_.()[]+" for c in rest)


def _is_side_by_side(value: str, name: Name) -> bool:
    """Two words without a sign between: SQL's `PASSWORD 'x1'`, C's `#define PASSWORD "x1"`; as a rule just prose."""
    if (name.kind is Kind.STRONG or _VARIABLE.fullmatch(name.text)) and is_opaque(value):
        return True  # `apiKey "x1"` in Groovy, `Set-Item Env:ACME_KEY "x1"` in PowerShell
    return name.kind is Kind.PASSWORD and name.text.lower() != "pass" and any(map(str.isdigit, value))


def _computed(text: str, at: int, name: Name) -> Assigned | None:
    """A literal behind an expression: a default (`os.environ.get("X") or "y1"`), an array of bytes."""
    array = _BYTES.match(text, at)
    if array is not None:
        return name.holds(*array.span("v"), Form.BARE)
    head = text[at : at + 40].lstrip()
    if name.kind < Kind.STRONG or not (is_expression(head) or _CALL.match(head) or head.startswith("${")):
        return None
    default = _FALLBACK.match(text, at)
    if default is None or not any(map(str.isdigit, default["v"])):
        return None
    if not is_credential(default["v"], name.kind, name.text, Form.QUOTED):
        return None
    return name.holds(*default.span("v"), Form.QUOTED)


def _said(text: str, at: int, name: Name) -> Assigned | None:
    """A value in a sentence."""
    quoted = extents.quoted(text, at)
    if quoted is not None:
        if quoted[1] - quoted[0] < 4 or not is_credential(text[slice(*quoted)], name.kind, name.text, Form.QUOTED):
            return None
        return name.holds(*quoted, Form.QUOTED)
    aside = extents.aside(extents.BRACKETED.match(text, at), name, Form.PROSE)
    if aside is not None:
        return aside
    run = extents.BARE.match(text, at)
    whole = extents.with_quotes(text, run, name) if run is not None else None
    if whole is not None:
        return name.holds(*whole, Form.PROSE)
    value = run[0].rstrip(_SENTENCE_END) if run is not None else ""
    confided = _OWN.search(text, max(0, name.start - 10), name.start) and _CLAUSE_END.match(text, at + len(value))
    if not value or not is_credential(value, name.kind, name.text, Form.CONFIDED if confided else Form.PROSE):
        return None
    return name.holds(at, at + len(value), Form.PROSE)
