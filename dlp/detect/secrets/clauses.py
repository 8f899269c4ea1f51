"""A machine-made string that its clause calls a credential, wherever in the clause the word for it stands.

Words that can't mean much else (`token`, `client secret`) reach as far as their clause, and over a clause that only points ("here it
is: ..."); words that may mean many things (`key`, `licence`) must be owned ("my Acme key") or lead up to the string.
`vendors` asks whether a name stands beside the string. Here the clause is read: "is this key still valid? 7fJ...", "7fJ... is
our old token", `@Value("7fJ...") String billingToken`, `NewClient("7fJ...")`. Only strings that no person would have typed get
so far, and a word that calls the string something else (a commit, a hash, a request) stops all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from dlp.detect.patterns import late
from dlp.detect.secrets.names import Kind, classify
from dlp.detect.secrets.opaque import MOST_EASE, is_hex, is_opaque, is_uuid
from dlp.detect.secrets.placeholders import is_placeholder, is_technical

NEAR: Final = 96
"""How many characters before a candidate the words of its clause may stand."""
BEHIND: Final = 48
"""How many behind it."""
SHORTEST: Final = 16
_CLOSE: Final = 32
_LONG_ARGUMENT: Final = 20
_AWS_SECRET: Final = 40
"""Characters of a secret access key of AWS."""
_DECLARED_BEFORE: Final = 240
"""How far before its default value the name of a variable may stand (Terraform)."""

DIGEST: Final = late(
    r"commit|\bsha(?![a-z])|sha-?(?:1|2|256|384|512)|md5|digest|checksum|hash|etag|integrity|revision|\brev\b|\bref\b|\btree\b|\bblob\b|parent|"
    r"merge|cherry|branch|fingerprint|crc|image:|@sha|uuid|guid|request|trace(?=\W|_|s\b|id|parent|state|context)|(?<![a-z])span|correlation|build(?!kite)|(?<![a-z])version|"
    r"(?<!key )(?<!access )\bid\b\W{0,4}\Z|_id\W{0,6}\Z|nonce|cache|"
    r"resolved|locked|/archive/|/raw/|/blob/|/commit/|/tree/|/releases/|\.(?:js|css|png|jpg|svg|zip|gz|whl)\b|(?<!in )public|pubkey|"
    r"address|txid|transaction|0x\Z|wallet"
)
"""What a string of hexadecimal digits or a UUID is when no credential is meant."""

# A key that is spoken of and not assigned, up to where its value begins: "the token for Acme -> ", "our API key (".
_ANNOUNCED: Final = re.compile(
    r"((?:\b[a-z]{2,14}[ _-]){0,2}\b(?:api[ _-]?)?(?:keys?|tokens?|secrets?|credentials?|creds)\b)"
    r"(?: (?:for|of|from|to|on|in|at|with) [^\n.:;!?()]{2,40}?)?"
    r"(?:\s{0,2}(?:->|=>|[:=(\u2192-]|\bis\b|\bwas\b|\ble?\b)|,? the (?:new|old|current) one is|\b)\s{0,2}[\"'`*(]{0,3}"
    r"(?:\n[ \t]{0,16}(?:(?:let|const|var|val|my|final) )?[$\w]{1,20}\s?:?=\s?[\"'`])?\Z"
)
_WORD: Final = (
    r"(?:keys?|tokens?|secrets?|passwords?|credentials?|creds?|bearer|login|pats?|dsn|webhook|licen[sc]e|(?:access|activation|licen[sc]e|auth) code|"
    r"jeton|secreto|segreto|segredo|sekret|(?:zugangs|zugriffs|toegangs|adgangs|tilgangs|åtkomst)tokens?|clé|clave|llave|chave|chiave|schlüssel|schluessel|zugangsdaten|sleutel|nyckel|nøgle|klucz|ключ|токен|секрет)"
)
_LABEL: Final = late(rf"(?:\b[a-z]{{2,14}}[ _-]){{0,2}}\b(?:api)?{_WORD}(?:[ _-]{_WORD})?\b")
_BREAK: Final = re.compile(r"[\n\r;]|\\n|[.!?](?=\s)|, (?=it['’]?s\b|the new\b|new one\b)")
# A clause that says nothing but "here it is", or who speaks: what it is was said in the clause before.
_POINTING: Final = re.compile(
    r"\W*(?:(?:[\w.&-]{1,24} (?=one\b)|it|its|that|this|these|here|there|the|a|new|one|value|is|s|now|currently|paste|you|go|me|user|human|assistant|"
    r"hier|ist|es|dat|dit|dette|det|to|ese|esa|esto|isso|este|esta|questo|questa|er|é|è|der|die|das|neue|voici|c|est|le|la|aquí|está|ecco|nieuwe|novo|nuevo|nouveau|nouvelle)\b\W*){0,6}"
)
_LONG: Final = re.compile(r"(?=[a-z_+/-]*[0-9])[0-9a-z_+/-]{16}")
_OPENED: Final = re.compile(
    r"(?:[:=(>/|`\"'?!\u2192]|,(?=[ ])|(?<=\))\s?[-\u2013]|\b(?:is|was|with|using|use|to|set|put|ist|est|es|é|è|är|er|jest|je|este|hai|है|adalah|là|are|lautet|says?|typed|pasted|got|"
    r"entered|now|today|jetzt|nu|ora|ahora|agora|"
    r"send|sent|auf|para|naar|till|til|na|by)|['’]s|\bc['’]est)[ \t\r\n\"'`*]{0,4}\Z"
)
_GIVEN: Final = re.compile(
    r"\b(?:new(?: one)?(?: is)?|gave (?:me|us)(?: this)?|(?:sent|handed) (?:me|us)(?: this)?|issued(?: this)?|rotated(?: to)?|try this|use this|this one)\W{1,4}\Z"
)
_AFTER: Final = late(
    r"[\"'`)\]*]{0,3};?\s{0,2}(?:<-+|\u2190|\(|--?|\u2013|#|//|[=:,]|is|was|ist|est|es|é|è|as|for|\?)?\s{0,2}"
    r"(?:(?:(?:that|this|it)['’]?s|c['’]est|my|our|your|their|the|an?|this|that|mein|meine|unser|unsere|der|das|notre|mon|la|le|mi|il|meu|o|not|still|now|an?|old|new|valid|right|correct|current|same|only)\s){0,3}"
    rf"(?:[\w.&'’-]{{1,24}}[ ]){{0,3}}?(?P<label>(?:api[ _-]?|access[ _-]?|auth[ _-]?|client[ _-]?)?{_WORD})\b"
)
_LOOKING_BACK: Final = re.compile(
    r"(?:[ ][\w.&'’-]{1,24}){0,4}[\"'`)]{0,2}(?:[ ]?[.?!;,]|[ ][-\u2013\u2014])\s(?:(?:it|that|this)(?:['’]?s| is| was)|c['’]est|das ist|dies ist|(?:est[eao] |es[eao] |quest[oa] )?[eé]s?|"
    r"è|quest[oa] è|dat is|dit is|det (?:är|er)|to (?:jest|je))(?![\w'’])"
)
"""A clause that begins so speaks of what stands before it."""
_DECLARED: Final = re.compile(
    r"[\"']\)\s{0,12}(?:(?:private|public|protected|internal|final|static|readonly|lateinit|var|val|let|const|string|str)\s{1,4}){1,4}(?P<label>\w{2,48})"
)
_WHERE: Final = re.compile(r"[\"']\s{1,4}where\s\w{1,24}\s?=\s?[\"'](?P<label>[\w.-]{2,60})[\"']")
"""SQL: `SET value = '7fJ...' WHERE name = 'ACME_KEY'`."""
_LOGIN_COMMAND: Final = re.compile(
    r"(?:\A|\n|[$%>] |`)[a-z][a-z0-9-]{1,20} (?:auth|login|authenticate|configure)(?: (?:[a-z]{2,12}|--?[a-z-]{1,20})){0,2} [\"']?\Z"
)
"""`acme login 7fJ...`"""
_CONSTRUCTED: Final = re.compile(
    r"(?:\b[a-z]\w{2,30}\.init(?:iali[sz]e)?|client|sdk|login|connect|connection|auth\w{0,12}|token|configure|credentials?|(?:set|with|use)_?(?:api_?)?(?:key|token|secret))\(\s{0,8}[\"'`]\Z|"
    r"\brequire\([\"'][\w@/.-]{1,60}[\"']\)\([\"'`]\Z|client\([\"'`]https?://[^\"'`\s]{1,64}[\"'`],\s?[\"'`]\Z"
)
_AUTH_PAIR: Final = re.compile(r"\bauth\s?[=:]\s?[(\[]\s?[\"'`]\Z")
"""`requests.get(url, auth=("7fJ...", ""))`"""
_MADE: Final = re.compile(
    r"\bnew (?!\w*(?:id|buffer|blob|date|url|uri|regexp|error|exception|hash|digest|array|string|decimal|bigint|image|audio|file|path|version|text|"
    r"node|element|event|request|message|user|order|commit|query|encoder|decoder|signature)\()[a-z][\w.]{1,39}\([\"'`]\Z"
)
"""`new Acme("7fJ...")`: what a service's client is made with, where the name of the class says nothing else."""
_NEW_CLIENT: Final = re.compile(
    r"client\s?:?=\s?(?:new [\w.:\\]{2,40}|[\w.:]{2,40}(?:::|\.)new)\([\"'`]\Z|\bnew \w{2,40}client\([\"'`]\Z"
)
_DEFAULT: Final = re.compile(
    r"variable\s{1,4}\"(?P<label>[\w-]{2,60})\"\s{0,4}\{[^{}]{0,160}?default\s{0,8}=\s{0,4}\"\Z"
)
_NAMESAKE: Final = re.compile(
    r"\b(?P<name>[a-z][a-z0-9]{2,30})\s?:?=\s?(?:await )?(?P=name)(?:\.(?:new|create|connect|client|with_token))?\([\"'`]\Z"
)
"""`acme = Acme("7fJ...")`, `acme := acme.New("7fJ...")`"""
_CALLS: Final = frozenset("(\"'`")
_HALF_RANDOM: Final = re.compile(
    r"(?=(?:[^0-9]*[0-9]){2})(?:(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])|[a-z0-9]{4,6}(?:-[a-z0-9]{4,6}){3})"
)
"""Two digits among letters of both cases, or groups between dashes: no word, though a short one may not look random."""
_OBJECT: Final = re.compile(
    r"(?i:file|msg|message|req|request|run|thread|asst|assistant|call|toolu|resp|response|chatcmpl|batch|org|user|usr|acct|cus|proj|evt|"
    r"event|job|task|item|order|inv|vs|vector|step|img|doc|node|pod|vol|snap|ami|subnet|vpc|sg|eni|i)[-_]"
)
"""What the ids of objects begin with: a clause about a credential speaks of other things, too."""
_OBJECT_WORD: Final = re.compile(
    r"\b(?:users?|customers?|accounts?|tenants?|orders?|tickets?|devices?|hosts?|nodes?|instances?|files?|objects?|rows?|records?|items?|jobs?|"
    r"tasks?|runs?|messages?|threads?|conversations?|organi[sz]ations?|projects?|teams?|workspaces?|repo|repository|images?|containers?)#?[ \"'`(]{1,3}\Z"
)
_LONGEST_NAME: Final = 40
_ASSIGNED: Final = re.compile(
    r"(?:(?<![\w.-])(?P<name>[\w.-]{2,40})\s?=|[\"'](?P<key>[\w.-]{2,40})[\"']\s?:)\s?[\"'`]?\Z"
)
_LINE: Final = re.compile(r"(?:\A|\n)[ \t>*-]{0,8}[\"'`]{0,3}\Z")
_LINE_END: Final = re.compile(r"[\"'`]{0,3}[ \t.]{0,4}(?:\r?\n|\Z)")
_SAID_AFTERWARDS: Final = late(
    r"[\"'`)]{0,2}[?.!]\s(?:[\w'’-]{1,14}\s){0,5}?(?:the|my|our|your|this|that)\s(?:[\w&'’-]{1,24}\s){0,2}?"
    rf"(?P<label>(?:[a-z]{{2,12}}[ _-])?(?:api)?{_WORD})\b"
)
"""The next sentence speaks of the string: "Why is 7fJ... refused? I took the key from their page"."""
_FAR_BEHIND: Final = late(
    r"(?:[ ](?!(?:with|using|via|and|or|to|needs?|requires?|has|have|without|when)\b)[\w.&'’-]{1,24},?){0,6}?"
    rf"(?P<said>[ ](?:as|is|was))?(?:[ ](?:my|our|your|their|his|her|the|an?))?(?:[ ][\w.&'’-]{{1,24}}){{0,2}}?[ ](?P<label>(?:[a-z]{{2,12}}[ _-])?(?:api)?{_WORD})\b(?! {_WORD}\b)"
)
_PIPED: Final = re.compile(
    r"[\"'`]{0,2} {1,2}(?:>{1,2}|\|) {0,2}[\w~./$ -]{0,60}?(?P<label>(?<![a-z0-9])[a-z0-9_-]{0,40}(?:token|key|secret|passw|cred|auth)[a-z0-9_-]{0,20})"
)
_ECHOED: Final = re.compile(r"\b(?:echo|printf)(?: -[a-z]{1,3}){0,2} [\"'`]?\Z")
_TELLING: Final = re.compile(r"(?:dsn|webhook|licen[sc]e|auth|creds)\Z")
_OWNED: Final = re.compile(
    r"(?i:\b(?:my|our|your|his|her|their|mein|meinen?|unser|unseren?|mon|notre|mi|mio|meu|minha|mijn|mera) )?"
    r"(?!(?i:the|this|that|a|an|my|our|your|row|object|primary|foreign|cache)\b)[A-Z][\w.&'’-]{1,30}[ -](?i:\w{1,14} )?(?i:key)\Z"
)
_MINE: Final = re.compile(r"\b(?:my|our) (?:\w{1,14} )?\w{3,14}\Z", re.IGNORECASE)
_FOR_WHOM: Final = re.compile(r" (?:at|for|from|of|with) [A-Z]")


class Places(Protocol):
    """Where issuers' names and words for credentials stand: `vendors.Words`."""

    def issuers(self, start: int, end: int) -> list[str]: ...

    def credential(self, start: int, end: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the clause says of a candidate."""

    rule: str
    score: float
    entity_type: str = "API_KEY"


def spoken_of(text: str, folded: str, start: int, end: int, words: Places) -> Spoken | None:
    """What the clause around the candidate in `[start, end)` calls it, None when it calls it no credential.

    `folded` is `text` in lower case, of equal length; `words` are those of the text.
    """
    if end - start < SHORTEST or text[start - 1 : start] == ":":  # a part of a resource's name: `arn:...:secret:x`
        return None
    near = words.credential(start - NEAR, end + BEHIND)
    issuers = bool(words.issuers(start - NEAR, end + BEHIND))
    if not (near or issuers or (start and text[start - 1] in _CALLS)):
        return None
    value = text[start:end]
    plain = is_hex(value) or is_uuid(value)
    if (
        value.isdigit()
        or is_placeholder(value)
        or is_technical(value)
        or not (plain or is_opaque(value, ease=MOST_EASE))
    ):
        return None
    if plain and _OBJECT_WORD.search(folded, max(0, start - _CLOSE), start) is not None:
        return None  # `the token for user 550e8400-...`
    opaque = is_opaque(value)
    announced = _announced(folded, start, end, words, plain=plain, opaque=opaque)
    if announced is not None:
        return announced
    named = near and max(
        _named_before(text, folded, start, end, plain=plain, issuers=issuers),
        _named_behind(text, folded, start, end, plain=plain, issuers=issuers),
    )
    if not plain and not opaque and not (named is Kind.STRONG and _HALF_RANDOM.search(value)):
        return None
    if (
        named
        or _passed(text, folded, start, end, plain=plain, issuers=issuers)
        or (not plain and _is_logged_in_with(folded, start))
        or (issuers and _GIVEN.search(folded, max(0, start - BEHIND), start))
    ):
        return Spoken("clause", 0.55 if plain else 0.6)
    return None


def _announced(folded: str, start: int, end: int, words: Places, *, plain: bool, opaque: bool) -> Spoken | None:
    """A string that a word for a credential announces in prose, whoever issued it.

    A mere `key` may be that of a row: hexadecimal digits behind it count when an issuer is named in the same breath.
    """
    phrase = _ANNOUNCED.search(folded, max(0, start - NEAR), start)
    if phrase is None or DIGEST.search(phrase[0]):
        return None
    kind = classify(phrase[1])
    if kind is Kind.NONE or (plain and kind is Kind.WEAK and not words.issuers(end, end + _CLOSE)):
        return None
    if not plain and not opaque and kind is not Kind.STRONG:
        return None
    aws = end - start == _AWS_SECRET and "secret" in phrase[0] and "aws" in folded[max(0, start - NEAR) : start]
    return Spoken("announced", 0.55 if plain else 0.6, "AWS_SECRET_KEY" if aws else "API_KEY")


def _clause_start(folded: str, start: int) -> int:
    """Where the clause begins that the string at `start` stands in; those before, too, while it only points at the string."""
    floor = max(0, start - NEAR)
    high = start
    for found in reversed(list(_BREAK.finditer(folded, floor, start))):
        if _POINTING.fullmatch(folded, found.end(), high) is None:
            return found.end()
        high = found.start()
    return floor


def _named_before(text: str, folded: str, start: int, end: int, *, plain: bool, issuers: bool) -> Kind:
    """What the last word for a credential before the string at `start` announces, if it is said of the string."""
    low = _clause_start(folded, start)
    label = None
    for label in _LABEL.finditer(folded, low, start):  # noqa: B007 - the last one is wanted
        pass
    if label is None or DIGEST.search(folded, label.start(), start) or _LONG.search(folded, label.end(), start):
        return Kind.NONE
    kind = max(classify(label[0]), Kind.WEAK if label[0].endswith(("login", "creds")) else Kind.NONE)
    if plain and not (issuers or kind >= Kind.STRONG or _says_enough(text, *label.span())):
        return Kind.NONE
    if not issuers and _is_something_else(text, start):
        return Kind.NONE
    said = (
        kind >= Kind.STRONG
        or _OPENED.search(folded, max(low, start - _CLOSE), start) is not None
        or _POINTING.fullmatch(folded, label.end(), start) is not None
        or (_LINE.search(text, max(0, start - _CLOSE), start) is not None and _LINE_END.match(text, end) is not None)
    )
    return kind if said else Kind.NONE


def _is_something_else(text: str, start: int) -> bool:
    """Whether the string has a name of its own in a clause that speaks of a credential as well: `user=...`, `file-...`."""
    low = max(0, start - _CLOSE - _LONGEST_NAME)
    assigned = _ASSIGNED.search(text, low, start)
    return _OBJECT.match(text, start) is not None or (
        assigned is not None and classify(assigned["name"] or assigned["key"]) is Kind.NONE
    )


def _says_enough(text: str, start: int, end: int) -> bool:
    """Whether a label that may mean many things means a credential: whose it is stands before it ("my Acme key")."""
    label = text[start:end].lower()
    if label.endswith("key") and _FOR_WHOM.match(text, end) and _MINE.search(text, max(0, start - 2), end):
        return True
    return _TELLING.search(label) is not None or (
        label.endswith("key") and _OWNED.search(text, max(0, start - _CLOSE), end) is not None
    )


def _is_logged_in_with(folded: str, start: int) -> bool:
    return _LOGIN_COMMAND.search(folded, max(0, start - _CLOSE - BEHIND), start) is not None


def _named_behind(text: str, folded: str, start: int, end: int, *, plain: bool, issuers: bool) -> Kind:
    """What the first word for a credential behind the string announces, if it is said of the string."""
    declared = _DECLARED.match(folded, end, end + BEHIND + _CLOSE) or _WHERE.match(folded, end, end + BEHIND + _CLOSE)
    if declared is not None:
        kind = classify(text[slice(*declared.span("label"))])
        return kind if kind >= Kind.STRONG else Kind.NONE
    if _ECHOED.search(folded, max(0, start - _CLOSE), start) is not None:
        piped = _PIPED.match(folded, end, end + NEAR)
        return classify(piped["label"]) if piped is not None else Kind.NONE
    back = _LOOKING_BACK.match(folded, end)
    end = back.end() if back is not None else end
    stop = _BREAK.search(folded, end, end + BEHIND)
    limit = stop.start() if stop is not None else end + BEHIND
    named = _AFTER.match(folded, end, limit)
    if named is None:
        named = _FAR_BEHIND.match(folded, end, limit)
        if named is not None and plain and named["said"] is None:
            return Kind.NONE
    if named is None and back is None:
        named = _SAID_AFTERWARDS.match(folded, end, end + BEHIND + _CLOSE)
        if named is not None and plain and not issuers:
            return Kind.NONE
    if named is None or DIGEST.search(named[0]) or DIGEST.search(folded, max(0, start - _CLOSE), start):
        return Kind.NONE
    wider = folded.rfind(" ", max(0, named.start("label") - _CLOSE), named.start("label") - 1) + 1  # `encryption key`
    kind = max(classify(named["label"]), classify(text[max(wider, named.start()) : named.end("label")]))
    if kind is Kind.WEAK and plain and not issuers and not _says_enough(text, *named.span("label")):
        return Kind.NONE
    return kind


def _passed(text: str, folded: str, start: int, end: int, *, plain: bool, issuers: bool) -> bool:
    """Whether the string is what a client is made with, or what a declared variable is by default."""
    if text[start - 1 : start] not in _CALLS or text[end : end + 1] not in _CALLS:
        return False
    if _CONSTRUCTED.search(folded, max(0, start - NEAR), start):
        return not is_uuid(text[start:end]) or issuers
    if _AUTH_PAIR.search(folded, max(0, start - _CLOSE), start):
        return True
    if _MADE.search(folded, max(0, start - BEHIND - _CLOSE), start):
        return issuers or (not plain and end - start >= _LONG_ARGUMENT)
    if _NAMESAKE.search(folded, max(0, start - NEAR), start):
        return issuers or not plain
    if not is_uuid(text[start:end]) and _NEW_CLIENT.search(folded, max(0, start - NEAR), start):
        return True
    default = _DEFAULT.search(folded, max(0, start - _DECLARED_BEFORE), start)
    return default is not None and classify(default["label"]) >= Kind.STRONG
