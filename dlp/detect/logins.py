"""Login names, which are as often as not ordinary words: the place says what they are, not the word.

The phrases that announce one are in `dlp.detect.login_rules`; here are the fields, the signs (`@`, `/home/`) and what never is a
login: names of roles (`root`, `guest`), of types (`string`) and what is said *of* one ("my username is wrong").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_

from dlp.detect.context import Surroundings, Wanted, Words
from dlp.detect.hit import Hit
from dlp.detect.login_rules import (
    BEFORE,
    FIELDS,
    MADE_UP,
    MIXED,
    NETWORK_WORDS,
    NETWORKS,
    PHRASE_ENDS,
    RULES,
    SHORT_FIELDS,
    VALUE,
    LoginRule,
)
from dlp.detect.patterns import late
from dlp.detect.words import words_of

_NOT_LOGINS = frozenset(
    """
    string str int bool text varchar char null none nil true false undefined required optional any object array number uuid email
    field input value form page button token model self this with and the from not you your must should can will for password login
    balance holder number accounts data stories roles groups settings input inputs agent interface interfaces profile profiles session sessions preferences requests permissions id ids records info details
    experience testing research base facing management authentication journey journeys feedback guide manual
    username user name names users handle success successful failed failure error is are a an be to
    root admin administrator superuser guest anonymous unknown nobody somebody someone anybody anyone everybody everyone another
    test example default system www-data postgres mysql node daemon git ubuntu debian centos ec2-user vagrant deploy jenkins host
    localhost owner author sender member manager customer client employee student teacher editor viewer moderator operator developer
    agent assistant bot human person creator caller visitor reader staff support service account accounts role roles
    gast besucher benutzer kunde administratorin invité administrateur utilisateur client invitado administrador usuario usuário
    convidado amministratore utente ospite beheerder gebruiker
    here there how what why who when where which that then than it its me my we our they he she in on at of or as so if but no yes
    usual expected follows shown described before above below well soon normal different same new other
    hello hi hey thanks thank please okay ok sure help stop start bye continue go next done nope yeah wow
    now still again already really very too also only just never always being getting having missing blank empty
    wrong incorrect invalid broken locked taken correct available unavailable visible hidden private public expired disabled enabled
    active inactive working loose down up full boring fine good bad old long short easy hard unique case-sensitive banned blocked
    suspended gone dead set stored hashed saved used ready known safe private-ish open closed
    falsch ungültig gesperrt vergeben vergessen weg nicht kein ein eine mein der die das inkorrekt incorrecte invalide bloqué
    pris oublié déjà pas un une le la incorrecto bloqueado inválido el los errado bloqueada sbagliato errato bloccato
    unbekannt keine folgt entfällt inconnu inconnue aucun aucune néant desconocido desconocida pendiente ninguno ninguna sconosciuto sconosciuta nessuno nessuna
    desconhecido desconhecida pendente nenhum nenhuma onbekend geen okänd saknas ukjent ukendt mangler brak nieznany nieznana pending unspecified
    il lo gli verkeerd fout ongeldig geblokkeerd niet een fel låst ogiltigt ikke forkert spærret
    """.split()
)
"""Roles, types, greetings, and what one says of a login; lower case."""
_NAMES_OF_FIELDS = frozenset({"user_id", "userid", "user_name", "username", "user", "login", "uid", "name", "id"})
_FIELD_ENDS = ("_user_id", "_username", "_user_name", "_by", "_user", "_login")

_SHAPE = re.compile(r"(?=[^\d]{2})(?=[a-z0-9._\-]*[a-z0-9](?:[._]|\d\Z|\d{2}))[a-z][a-z0-9._\-]+")
"""What a login looks like and a word does not: small letters with digits behind them, with dots or underscores."""
_NAMED = re.compile(r"[A-Z][a-z]{1,20}[._][A-Z][a-z]{1,20}\d{0,4}|[A-Z][a-z]{2,20}_?\d{2,4}")
"""The same, written like a name: `Jane.Doe`, `Kofi77`; a value only where nothing follows that a program would have there."""
_VALUE_END = re.compile(PHRASE_ENDS)
_QUOTES = frozenset("\"'`")
_OF_PROGRAMS = late(
    r"(?i:[0-9a-f]{6,}|\d{1,6}[a-z]{1,2}\d*|(?:user|test|demo|foo|bar|example|id|uid|name|guest|admin|group|role|sha|md|utf|base|rev|v|py|python|http|https|oauth|tls|ssl|ipv|ios|win|gpt|llama|"
    r"int|uint|float|str|x|h|s|p|i|acct|usr|us|eu|ap|arn)[-_.]?\d+(?:[-_.]\d+)*\w{0,3}|\d+(?:st|nd|rd|th|px|em|rem|ms|s|m|h|d|kb|mb|gb|am|pm|k|x|bit|bits)|"
    r"(?:acct|usr|user|cus|org|proj|team)_\w+|.*\.(?:py|js|ts|json|txt|md|ya?ml|html?|css|com|org|net|io|xml|csv|log|sh|cfg|ini|toml|go|rs|java))\Z"
)
"""Counted examples, versions, algorithms, sizes, files and the ids of APIs."""
SURE, LIKELY = 0.99, 0.7
"""Scores: above a given name that the login looks like, and below one."""


_WANTED = tuple((rule, Wanted(rule.words)) for rule in RULES)

_FIELD_WORDS = Wanted(FIELDS)
_FIELD = re.compile(
    r"(?:[ ](?:on|for|at|van|del|de)[ ](?:the |my |our |de |het )?\w{2,20})?(?:[ ]\([^()\n]{1,40}\)(?=:))?(?: is| ist|:|=)?[\"'`*]{0,2}[ \t]{0,2}(?:is |ist |lautet |est |es |è |é |är |er |to |jest |will be |\.{3,80} |\t|[–—] |"
    r"[:=>|#(\-])?(?:[ \t]{0,2}|\??\r?\n[ \t]{0,4}(?:A:[ ])?)[\"'`]?((?:[A-Za-z]|\d(?=[\d_.\-]{0,12}[A-Za-z]{3})(?=[\w.\-]{0,24}[g-zG-Z]))[A-Za-z0-9._\-]{2,38}[A-Za-z0-9])(?![\w(@\[]|://|\.\w)"
)
_SAYS = re.compile(r"[ ](?:is|ist|lautet|est|es|è|é|är|er|to|jest|-|–|—)[ ]|\.\.\.|\t")
"""What tells a value from the next word of a sentence."""
_BEFORE_FIELD = re.compile(
    r"(?<![\w.@/\-])([a-z][a-z0-9._\-]{2,38}[a-z0-9])(?:(?:[ ][^\W\d_]{3,12})?[ ](?:is|as|on file as|als|como|come|comme|jako|som)(?:[ ](?:my|his|her|their|your|the))?|[?.][ ][Tt]hat['’]?s[ ]my|,[ ]das[ ]ist[ ](?:der|die|mein))[ ]\Z"
)
_USED = re.compile(
    rf"(?i:(?<!\w)(?:use|used|using|uses|pick|picked|choose|chose|take|took|want|got|go[ ]by|went[ ]by|enter|type|with)[ ])[\"'`]?({VALUE})[\"'`]?[ ]as[ ](?:my|his|her|your|the)[ ]\Z"
)
_BACKWARD = (
    (
        Wanted(("angemeldet", "eingeloggt", "anmelden", "einloggen", "registriert", "unterwegs")),
        re.compile(rf"(?<!\w)als[ ](?:user[ ]|benutzer[ ])?[\"'`]?({VALUE})[\"'`]?[ ]\Z", re.IGNORECASE),
    ),
    (
        Wanted(("se login", "se log in", "naam se", "id se", "se signin")),
        re.compile(rf"(?<!\w)({VALUE})[ ](?:(?:ke[ ])?(?:naam|id)[ ])?(?:se[ ])?\Z", re.IGNORECASE),
    ),
)
"""What follows a login in languages whose verbs come last, and what stands before it up to there."""
_INTRODUCED = re.compile(r"(?i:(?<!\w)(?:under|with|by|has|had|got|took)[ ]the[ ](?:new[ ])?)\Z")
"""What stands before `user name` where the name itself follows: "registered under the username maple"."""
_PHRASE_STARTS = frozenset({"user", "login", "screen"})
_LOG_USER = re.compile(r"(?m:^)\S{2,45} - ([A-Za-z][A-Za-z0-9._\-]{2,31}) \[\d{1,2}/")
_TRANSCRIPT = re.compile(r"(?im:^[ \t>*#]{0,4}(?:assistant|ai|bot|system|model|agent|chatbot)[* ]{0,3}:)")
"""A line of the other speaker, where `User:` is the first."""

_VERBS = reduce(or_, (wanted.bit for wanted, _ in _BACKWARD))
_PHRASES = reduce(or_, (wanted.bit for _, wanted in _WANTED))
LOGINS = _FIELD_WORDS.bit | _VERBS | _PHRASES
"""Of `Words.endings`: what announces a login, unless that is a handle, stands before a host or in a log."""


def logins(around: Surroundings) -> Iterator[Hit]:
    """Login names in fields, commands, logs and sentences; names of roles are none."""
    text, words = around.text, around.words
    endings = words.endings
    if endings & _FIELD_WORDS.bit:
        yield from _fields(around)
    if endings & _VERBS:
        yield from _before_verbs(around)
    transcript: bool | None = None
    for rule, wanted in _WANTED if endings & _PHRASES else ():
        if not endings & wanted.bit:
            continue
        for index in wanted.places(around.words):
            match = rule.after.match(text, words.ends[index])
            if match is None or not _stands_after(rule, text, words.starts[index]):
                continue
            start, end = match.span(1 if "password" in rule.after.groupindex else match.lastindex or 1)
            if _is_refused(text[start:end]) or not _looks(rule, text[start:end]):
                continue
            if "password" in rule.after.groupindex:
                yield Hit("PASSWORD", *match.span("password"), LIKELY, rule.name)
            if rule.spoken and _is_plain(text, start, end):
                transcript = _TRANSCRIPT.search(text) is not None if transcript is None else transcript
                if transcript or not text[start:end].islower():
                    continue
            yield Hit("USERNAME", start, end, SURE, rule.name)
    if "@" in text:
        yield from _at_signs(text)
    if "/home/" in text or "Users" in text:
        yield from _at_home(text)
    if "u/" in text:
        yield from _of_reddit(text)
    if '] "' in text:
        for match in _LOG_USER.finditer(text):
            if not _is_refused(match.group(1)):
                yield Hit("USERNAME", *match.span(1), LIKELY, "log-user")


def _looks(rule: LoginRule, value: str) -> bool:
    """Whether a value looks as the rule wants it; what programs call things does not."""
    value = value.removeprefix("@")
    if not rule.looks:
        return True
    shaped = any(look.fullmatch(value) is not None for look in rule.looks)
    return shaped and _OF_PROGRAMS.match(value) is None


def _stands_after(rule: LoginRule, text: str, start: int) -> bool:
    """Whether what the rule wants before its phrase ends at `start`, in the same line."""
    if rule.before is None:
        return True
    return rule.before.search(text[max(0, start - BEFORE) : start].rpartition("\n")[2]) is not None


def _is_refused(value: str) -> bool:
    """Whether a value is a role, a type, a name of a field or what is said of a login."""
    lower = value.lower().removeprefix("@")
    return lower in _NOT_LOGINS or lower.rsplit(".", 1)[-1] in _NAMES_OF_FIELDS or lower.endswith(_FIELD_ENDS)


def _is_plain(text: str, start: int, end: int) -> bool:
    """Whether a value is a word without quotes behind a colon, as the turn of a speaker is, and a type."""
    return text[start:end].isalpha() and text[start - 1] not in _QUOTES and text[start - 1] not in "=>"


def _fields(around: Surroundings) -> Iterator[Hit]:
    """What stands in a field, an assignment or a sentence for a user name, or before "is my login"."""
    text, words = around.text, around.words
    for index in _FIELD_WORDS.places(around.words):
        low = max(0, words.starts[index] - 70)
        phrase = _phrase_start(words, index)
        match = _BEFORE_FIELD.search(text, low, phrase)
        if match is not None and _SHAPE.fullmatch(match.group(1)) is not None:
            yield Hit("USERNAME", *match.span(1), LIKELY, "username")
        match = _USED.search(text, low, phrase)
        if match is not None and not _is_refused(match.group(1)):
            yield Hit("USERNAME", *match.span(1), SURE, "username")
        match = _FIELD.match(text, words.ends[index])
        if match is None or _is_refused(match.group(1)):
            continue
        between, value = text[match.start() : match.start(1)], match.group(1)
        shaped = _SHAPE.fullmatch(value) is not None
        ends = _VALUE_END.match(text, match.end()) is not None
        said = any(c in "=:\"'>|\n;" for c in between) or _SAYS.search(between) is not None
        if not said and not shaped and not (ends and _INTRODUCED.search(text, low, phrase)):
            continue
        quoted = between[-1:] in _QUOTES
        named = _NAMED.fullmatch(value) is not None and (ends or text[match.end() : match.end() + 1] in _QUOTES)
        plain = value.isalpha() and not quoted  # an ordinary word, a type: it must stand where a value does
        if not plain or shaped or named or (ends and (value.islower() or value.isupper())):
            yield Hit("USERNAME", *match.span(1), SURE, "username")


def _before_verbs(around: Surroundings) -> Iterator[Hit]:
    """Logins whose verb follows: `als yuki_55 angemeldet`."""
    text, words = around.text, around.words
    for wanted, before in _BACKWARD:
        for index in wanted.places(around.words):
            match = before.search(text, max(0, words.starts[index] - BEFORE), words.starts[index])
            value = match.group(1) if match is not None else ""
            if match is not None and not _is_refused(value) and (MIXED.fullmatch(value) or MADE_UP.fullmatch(value)):
                yield Hit("USERNAME", *match.span(1), LIKELY, "login-verb")


def _phrase_start(words: Words, index: int) -> int:
    """Where the phrase for a user name begins that ends with the word at `index` (`user name`, `login id`)."""
    first = index
    while first and words.words[first - 1] in _PHRASE_STARTS and words.starts[first] - words.ends[first - 1] <= 1:
        first -= 1
    return words.starts[first]


_HANDLE_BEFORE = late(
    rf"(?i:(?<![\w./]){NETWORKS}(?![\w./])[^\n@]{{0,26}}|(?:(?<!\w)|(?:social|user|instagram|twitter|telegram|tiktok)_?)handle[ \t:=(\"']{{1,4}}(?:is[ ])?|"
    r"(?<!\w)(?:follow|folgt?|volg|suivez|suis|seguite|segui|sigue|sigan|sigam|siga|abonniert)(?:[ ](?:me|mir|a|o|à))?(?:[ ]at)?:?[ ]|(?<!\w)(?:dm|pm|i['’]?m|i[ ]am)[ ])\Z"
    r"|(?:^|[\s(,;|])(?:IG|X|TG|FB|SC|YT|ig|tg)(?:[ ]?[:=][ ]?|[ ])\Z"
)
_HANDLE_AFTER = re.compile(
    rf"(?i:[^\n@]{{0,4}}(?:on|at|via|from|\()[ ]?(?:my |the )?{NETWORKS}(?![\w./])|[ ](?:said|wrote|posted|tweeted|pointed[ ]out|ko[ ]follow)\b)"
)
_CALLED = re.compile(
    r"(?i:(?<!\w)(?:cc|ping|pinging|thanks|thank you|thx|hey|hi|hello|kudos to|props to|shout-?out to|h/t|assigned to|assign to|"
    r"assignee|reviewers?|reviewed by|reported by|paired with|merci|danke|gracias|grazie|obrigado|obrigada|bedankt|tack|tak|hallo|bonjour|"
    r"hola|ciao|oi|hej)[ ]?[:,]?[ ](?:@[\w.\-]{1,30}(?:,|[ ]?&|[ ](?:and|und|et|y|e|en|og|och))?[ ]){0,6})\Z"
)
_ADDRESSED = re.compile(
    r"[,:]?[ ](?:(?:can|could|would|will|have|did|do|are)[ ]you|please|pls|thanks|thx|fyi|your?|what[ ]do|any[ ](?:idea|update|news)|"
    r"take[ ]a[ ]look|kannst|könntest|bitte|peux-tu|pourrais-tu|puedes|podrías|puoi|potresti|pode|kun[ ]je|kan[ ]du)(?!\w)"
)
"""How people are called on in a chat or a ticket; what programs have behind an at sign is never asked for anything."""
_TAGS = frozenset(
    """
    here channel everyone all team alle todos tous tutti param params return returns type typedef see since throws deprecated example link author
    version todo media import charset property override internal public private readonly template default constant async yields alpha beta
    dataclass staticmethod classmethod abstractmethod inject injectable component input output autowired bean test before after
    dependabot renovate github-actions copilot codecov claude
    """.split()
)
"""Everybody, tags of documentation, and programs that answer to a handle."""
_AT_NAME = re.compile(r"(?<![\w.@/\-])@[A-Za-z0-9_](?:[A-Za-z0-9_]|\.(?=\w)){1,28}[A-Za-z0-9_](?![\w@/(]|-\w)")
_LOGIN_BEFORE_HOST = re.compile(
    rf"(?<![\w.\-+])(?:[a-z]{{2,6}}(?:\+[a-z]{{2,5}})?://|(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)[ ](?:[^\n|;&]{{0,80}}[ ])?)({VALUE})\Z"
)
_QUOTED_LOGIN = re.compile(rf"(?<!\w)([\"'`])({VALUE})\1\Z")
_QUOTED_HOST = re.compile(r"([\"'`])[\w.%\-]{1,60}\1")
_HOST = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z][A-Za-z0-9\-]{0,40})(?=[:/\s\"'`)]|$)")
"""A host without a domain: `name@host.domain` is an address of mail."""


def _at_signs(text: str) -> Iterator[Hit]:
    """Names behind an at sign beside the name of a network or where people are called on (others may be decorators, packages), and before a host."""
    at = -1
    while (at := text.find("@", at + 1)) >= 0:  # faster than to search by a pattern that begins by looking back
        if _HOST.match(text, at + 1) is not None:
            low = max(0, at - 130)
            login = _LOGIN_BEFORE_HOST.search(text[low:at].rpartition("\n")[2])
            if login is not None and not _is_refused(login.group(1)):
                yield Hit("USERNAME", at - len(login.group(1)), at, SURE, "login-host")
                continue
        if _QUOTED_HOST.match(text, at + 1) is not None:  # of databases: 'name'@'%'
            login = _QUOTED_LOGIN.search(text, max(0, at - 44), at)
            if login is not None and not _is_refused(login.group(2)):
                yield Hit("USERNAME", *login.span(2), SURE, "login-host")
                continue
        match = _AT_NAME.match(text, at)
        if match is None:
            continue
        start, end = match.span()
        if (
            _HANDLE_BEFORE.search(text, max(0, start - 44), start) is not None
            or _HANDLE_AFTER.match(text, end) is not None
            or _is_called_on(text, start, end)
        ):
            yield Hit("USERNAME", start, end, LIKELY, "handle")


def _is_called_on(text: str, start: int, end: int) -> bool:
    """Whether somebody is addressed by the handle, at sign included, between `start` and `end`."""
    name = text[start + 1 : end].lower()
    if name in _TAGS or _is_refused(name):
        return False
    return _CALLED.search(text, max(0, start - 130), start) is not None or _ADDRESSED.match(text, end) is not None


_HOME = re.compile(
    r"(?<![\w.\-%}])(?:/home/|/(?:mnt/[a-z]/)?Users/|[A-Za-z]:(?:\\{1,4}|/)Users(?:\\{1,4}|/))"
    r"([A-Za-z][A-Za-z0-9._\-]{1,30}[A-Za-z0-9])(?=[/\\]|[\"'`:;,)\s]|\.(?!\w)|$)"
)
_FILE_URL = re.compile(r"file://\Z")
_NOT_HOMES = frozenset(
    """
    user username myself youruser yourusername your_username yourname your_name your-name myuser myname name me you public shared default all runner vscode
    codespace gitpod coder jovyan circleci travis buildkite azureuser opc pi linuxbrew app apps sandbox container build ci dev devel guest root
    claude agent oai web www http hadoop spark airflow steam deck
    about account admin assets blog cart catalog categories category checkout contact dashboard detail details docs explore faq feed help home images index
    info landing list login logout menu messages news notifications orders overview page pages posts privacy products profile reports
    search services settings signup static team terms welcome components hooks styles views layout header footer main tabs
    """.split()
)
"""Users of machines that many have, examples, and what sites keep under `/home/`."""


def _at_home(text: str) -> Iterator[Hit]:
    """Whose folder a path lies in; a web address has its own paths."""
    for match in _HOME.finditer(text):
        name = match.group(1)
        slash = match.start() and text[match.start() - 1] == "/"
        if slash and _FILE_URL.search(text, max(0, match.start() - 7), match.start()) is None:
            continue
        if name.lower() not in _NOT_HOMES and not _is_refused(name):
            yield Hit("USERNAME", *match.span(1), LIKELY, "home")


_REDDIT = re.compile(r"(?<![\w/.])/?u/([A-Za-z0-9_\-]{3,20})(?![\w/.\-])")


def _of_reddit(text: str) -> Iterator[Hit]:
    """`u/name`, in a text that speaks of Reddit nearby."""
    for match in _REDDIT.finditer(text):
        if "reddit" in text[max(0, match.start() - BEFORE) : match.end() + BEFORE].lower():
            yield Hit("USERNAME", *match.span(1), LIKELY, "handle")


_KEYS = tuple(words_of(phrase) for phrase in (*FIELDS, *SHORT_FIELDS, "handle"))
_NETWORK_KEYS = tuple(words_of(phrase) for phrase in (*NETWORK_WORDS, "social"))


def keyed(value: str, words: str) -> Iterator[Hit]:
    """The login that a whole value is because of its key or header; `words` as `words_of`, offsets inside `value`."""
    if _HANDLE.fullmatch(value) and any(key in words for key in (*_KEYS, *_NETWORK_KEYS)):
        yield Hit("USERNAME", 0, len(value), SURE, "username", False, ("key",))
        return
    if " id " in words or "userid" in words:
        return  # as often the number of a row
    if _WHOLE_VALUE.fullmatch(value) and any(key in words for key in _KEYS) and not _is_refused(value):
        yield Hit("USERNAME", 0, len(value), SURE, "username", False, ("key",))


_WHOLE_VALUE = re.compile(
    r"(?![0-9a-f]{8}-[0-9a-f]{4}-)(?:[A-Za-z][A-Za-z0-9._\-]{2,38}|(?=[\d_.\-]{1,12}[A-Za-z]{3})\d[A-Za-z0-9._\-]{3,38})"
)
_HANDLE = re.compile(r"@[A-Za-z0-9_][A-Za-z0-9._]{1,29}")
