"""What stands where a secret would stand without being one: placeholders, variables, expressions, types, digests."""

from __future__ import annotations

import re
from typing import Final

from dlp.detect.patterns import late

_LONGEST: Final = 160  # characters looked at; nobody writes a longer stand-in
_FILLER: Final = re.compile(
    r"(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.)+\Z|[xX]{5,}|\*{3,}|\.{3,}|\u2026|#{4,}|_{8,}|-{8,}|\u2022{2,}|0{12,}|\?{3,}"
)
_FILLING: Final = "\\ xxxxx *** ... \u2026 #### ________ -------- \u2022\u2022 000000000000 ???".split()
"""One of these stands in lower case in whatever `_FILLER` finds something in: to look for them takes a tenth of the time."""
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_ASKING: Final = late(
    r"\byour?[-_ .]?(?!\d)|your(?:api|token|key|secret|pass)|(?:^|[-_ <\[(])(?:insert|replace|enter|put|paste|add|fill|type)[-_ ]|"
    r"placeholder|redacted|masked|\bhidden\b|<[^<>]{1,80}>|\bto[-_]?do\b|changethis|replaceme|example[-_]?(?:key|token|secret|pass)|"
    r"(?:key|token|secret|password|passwd)[-_]?here|goes[-_ ]?here|dummy|not[-_]?a?[-_]?real|sample[-_]?(?:key|token|secret)|"
    r"\bmy[-_](?:\w{1,20}[-_])?(?:key|token|secret|password|pass|client)",
    re.IGNORECASE,
)
_ASKED: Final = (
    "you insert replace enter put paste add fill type placeholder redacted masked hidden < todo to-do to_do changethis example here dummy real "
    "sample my- my_".split()
)
"""The same for `_ASKING` in ASCII; beyond it, a few other characters count as letters."""
_VARIABLE: Final = late(
    r"\$\{|\$\(|\$(?!(?=[^\W_]{8,}\Z)(?=\w*[a-z])(?=\w*[A-Z])(?=[A-Za-z]+[0-9]{2,}[A-Za-z]{2,}\Z)(?!\w*(?i:sha|md5|base64|utf|aes|x509|oauth|ipv)))[A-Za-z_]\w{0,60}(?:\Z|[\[.:>/-])|\{\{|%\(|%\{|#\{|@\{|\$\$|<%|%[A-Z_]{2,40}%(?![A-Za-z0-9])|\[\[|__[A-Z]|"
    r"\{[A-Za-z_][\w.\[\]'\"]{0,60}\}|%[sdvq]\Z|&[a-z]+;\Z|:[a-z_]+\Z|@[A-Za-z_]+\Z|\[(?!\d)[A-Za-z_ -]{1,40}\]\Z|<|!(?:vault|secret|ref|sub|env_var)\b"
)
"""A dollar sign before letters of both cases around several digits (`$Qw12erty`) begins a password: no variable is called so."""
# The beginning of an expression that computes or fetches the value.
_EXPRESSION: Final = late(
    r"(?:process\.env|os\.environ|os\.getenv|getenv|env|environ|config|cfg|settings|conf|self|this|req|request|args|argv|opts|options|"
    r"params|props|ctx|context|secrets|vars?|local|data|module|input|output|user|account|credentials?|response|resp|res|result|"
    r"session|state|event|body|form|payload|await|new|import|require|lambda|function|func|def|return|if|not|null|nil|None|"
    r"System|Environment|Configuration|window|document|event|app|base64|json|crypto|bcrypt|random|uuid|secrets)"
    r"(?:\.|\[|\(|->|::|\?\.)"
)
_CALL: Final = re.compile(r"[A-Za-z_][\w.:>-]{0,80}\(")
_PATH: Final = re.compile(
    r"(?:\.{0,2}/|~/|[A-Za-z]:\\|/)(?:[\w.@-]{1,64}[/\\]){1,20}[\w.@-]{0,64}\Z|/[A-Za-z_-]{1,40}\Z|[a-z]{2,12}://|//|arn:[a-z-]{3,12}:|urn:[a-z]|(?:file|data|mailto|classpath|jdbc|vault|secret|ref|ssm):"
)
_MEMBER: Final = re.compile(r"[A-Za-z_]\w{0,40}(?:\.[A-Za-z_]\w{0,40}){1,8}\Z")
_CONSTANT: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]{1,20}){1,8}\Z")
_TECHNICAL: Final = late(
    r"(?:utf|sha|md|aes|rsa|base|http|https|tls|ssl|ipv|oauth|x|argon|pbkdf|hs|rs|es|ps|ed|ecdsa|iso|rfc|v|u|i|f|int|uint|float|"
    r"varchar|char|string|text|k8s|s|ec|h|p|win|arm|amd|x86_)[-_ ]?[0-9]{1,5}(?:[-_.:/][A-Za-z0-9]{1,8}){0,3}\Z|"
    r"[0-9]+(?:[-_ ]?(?:bits?|bytes?|chars?|characters|ms|s|min|h|d|days?|hours?|px|em|rem|%|kb|mb|gb|st|nd|rd|th|x))\Z|"
    r"v?[0-9]+(?:\.[0-9]+){1,4}(?:[-+][\w.]+)?\Z|[0-9]+(?:\.[0-9]+){3,30}\Z|[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,20}\Z",
    re.IGNORECASE,
)

# Words that stand behind "password:" or "token =" without being one: types, states, interface texts, documentation's dummies.
WORDS: Final = frozenset(
    """
    str string text varchar char bytes byte int integer number bool boolean float double object any unknown none null nil
    undefined void optional required mandatory true false yes no on off default empty blank unset invalid valid wrong
    incorrect correct missing expired disabled enabled active inactive hidden masked redacted secret secrets password
    passwords passwd pwd pass passphrase passcode token tokens key keys apikey api_key auth credential credentials
    authorization bearer basic user username login email name value values data info id type field label example examples
    sample test testing demo foo bar baz foobar abc xyz todo tbd tba fixme changeme_please reset forgot forgotten change
    update create delete remove show hide toggle confirm confirmation confirmed repeat again new old current previous next
    this that self here there the a an and or not is are was were be been being has have had must should can could will
    would may might do does did for from to of in on at by with as it its your my our their his her required. strength
    policy hash hashed hashing salt digest encrypted encryption plaintext plain raw input output prompt public private
    protected static final const let var func function return readonly override in_env env environment variable file
    path url uri header cookie session param params parameter parameters option options setting settings config
    configuration manager service provider store vault storage generator validator encoder decoder handler factory
    mypassword yourpassword my_password your_password newpassword oldpassword stringdata same-origin include omit never
    always once auto automatic manual static dynamic random generated prod production dev development staging local
    fail fails failed passed passes skip skipped
    unbekannt entfällt inconnu aucun néant desconocido pendiente ninguno sconosciuto nessuno desconhecido pendente nenhum onbekend geen okänd saknas
    ukjent ukendt mangler brak nieznany nieznane pending unspecified
    """.split()
)

_POD: Final = re.compile(
    r"[a-z][a-z0-9-]{1,60}-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\Z|(?:i|vol|eni|ami|snap|subnet|vpc|sg|rtb|igw)-[0-9a-f]{8,17}\Z"
)
"""The names that Kubernetes gives to pods of deployments (its alphabet has no vowels), and the ids of AWS's resources."""


def is_placeholder(value: str) -> bool:
    """Text that asks for a secret or hides one: `sk-xxxx`, `<your key>`, `your_api_key`, `***`; and the alphabet itself."""
    head = value[:_LONGEST]
    low = head.lower()
    return (
        (any(sign in low for sign in _FILLING) and _FILLER.search(head) is not None)
        or ((any(word in low for word in _ASKED) or not head.isascii()) and _ASKING.search(head) is not None)
        or len(set(low)) <= 2
        or (_ALPHABET in low and len(low) > len(_ALPHABET))
    )


def is_reference(value: str) -> bool:
    """A variable or template that will be filled with a secret: `${VAR}`, `$VAR`, `{{ x }}`, `%(x)s`, `{token}`."""
    return _VARIABLE.match(value) is not None


def is_expression(value: str) -> bool:
    """Code that computes or fetches a value: `os.environ[...]`, `getpass()`, `self.password`."""
    return (
        _EXPRESSION.match(value) is not None
        or _CALL.match(value) is not None
        or _CONSTANT.match(value) is not None
        or (_MEMBER.match(value) is not None and not any(map(str.isdigit, value)))
    )


def is_path(value: str) -> bool:
    """A file path or a URL."""
    return _PATH.match(value) is not None


def is_technical(value: str) -> bool:
    """A version, size, date, the name of an algorithm or of a machine: `UTF-8`, `SHA-256`, `256-bit`, `1.2.3`, `2026-01-01`."""
    return _TECHNICAL.match(value) is not None or _POD.match(value) is not None
