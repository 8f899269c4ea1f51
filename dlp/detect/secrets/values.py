"""Is this value a credential, given what its name announces and how it is written?

The same five letters are a password in a .env file, a variable in a program and a word in prose. So the judgement takes
three things: the value, what the name announces (`names.Kind`), and the form in which the value stands (`Form`).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from dlp.detect.secrets.names import Kind, is_of_hardware
from dlp.detect.secrets.opaque import entropy, is_hex, is_opaque, is_uuid, surprise
from dlp.detect.secrets.placeholders import WORDS, is_expression, is_path, is_placeholder, is_reference, is_technical


class Form(Enum):
    """How a value is written."""

    QUOTED = "between quotes"
    LINE = "bare, and with its name the whole of a line"
    BARE = "bare behind an operator"
    FLAG = "bare behind a command's flag"
    MARKUP = "between tags"
    CELL = "in a table"
    PROSE = "behind a word like `is`"
    CONFIDED = "behind `my ... is`, the last word of its clause"
    BESIDE = "right behind its name, without any sign"


_LONGEST_PASSWORD: Final = 256
_NOT_A_ROW: Final = re.compile(r"(?i:auth|dsn|webhook|licen[sc]e|creds)[0-9]?\Z")
"""What is called so is granted, and no row or object; those have UUIDs too."""
_SLUG: Final = re.compile(r"[A-Za-z]+(?:[-_.:/][A-Za-z]+)+\Z")
_CAMEL: Final = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+\Z|(?:[A-Z][a-z]+){2,}\Z|[A-Z_]{2,}\Z")
_NUMBERED: Final = re.compile(
    r"(?:new_?|old_?|my_?|user_?|the_?)?(?:password|passwd|pass|pwd|value|field|string|str|arg|param|var|test)[_-]?[0-9]{0,2}\Z"
)
_SNAKE: Final = re.compile(r"[a-z]+(?:_[a-z]+){1,6}_?[0-9]?\Z")
_SIGN_INSIDE: Final = re.compile(r"\w[#$%@^~](?:\w|\Z)")
"""What no operand has: `!isValid`, `&mut`, `*name` have none; `!tHLy%yND!` has."""
_OPERATION: Final = re.compile(r"[\w.-]+(?:[\[({<?=]|!=|&&|\||[+*](?=[a-z_.]*\Z)(?<=[a-z_.][+*]))")
_PARTS: Final = re.compile(r"[A-Za-z]+")
_REGULAR: Final = re.compile(r"(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[A-Z][a-z]{2,})*[A-Z]{0,4}s?\Z")
_SCRAMBLED: Final = 4.1  # bits per character
_ABOUT_SECRETS: Final = re.compile(
    r"password|passwd|passphrase|token|secret|credential|passwort|kennwort|mot de passe|contrase|senha|api_?key|username"
)
_MIXED: Final = re.compile(r"[A-Za-z][0-9@$!]{1,4}[A-Za-z]")
"""Letters with a figure or sign among them: `w0rd`, `p@ss`."""
_RUN_TOGETHER: Final = re.compile(r"(?:[A-Z][a-z]{2,}){3,}\Z")
_PREFIXED: Final = re.compile(r"[a-z]{2,8}[-_](?:[a-z]{2,8}[-_])?(?=(?:[A-Za-z]{0,64}[0-9]){4})[A-Za-z0-9]{10,200}\Z")
"""Behind a label a token tells itself by its head, however even its body is: `sk-1234567890abcdef`."""
_SAID_OF_PASSWORDS: Final = frozenset(
    """
    compromised leaked stolen hacked breached exposed lost weak strong secure insecure safe unsafe short long simple
    complex complicated easy hard difficult good okay fine great terrible known unknown unique shared stored saved
    working failing rejected accepted refused blocked locked needed necessary gone broken different similar identical
    correct right different outdated recent ready sensitive confidential important personal alphanumeric numeric only
    also just still already really very quite somehow maybe probably definitely exactly wrong, something everything
    nothing nowhere everywhere anywhere tomorrow today yesterday soon later above below attached following either
    neither both what when where which whose because since until abgelaufen falsch sicher richtig geheim expiré
    incorrecta correcta segura incorrecto correcto seguro sbagliata scaduta errada correto incorreta expirada
    """.split()
)
_BRACKETS_FIRST: Final = re.compile(r"[\[({](?=[A-Za-z]+[\])}]?[0-9]+\W?\Z)[A-Za-z]{4,}[\])}]?[0-9]{2,}\W?")
"""A word behind a bracket that opens it, with digits at its end."""
_FILLED_IN: Final = re.compile(r"\{[A-Za-z_][\w.]*\}?\Z")
_DOLLAR_FIRST: Final = re.compile(r"\$[A-Za-z]{3,}[0-9]{2,}\Z")
_NO_CODE: Final = frozenset({Form.PROSE, Form.CONFIDED, Form.MARKUP, Form.CELL})
"""Where no variable (`$name12`) stands for a value."""
_IN_CODE: Final = frozenset("(){}[]<>")
_SHORTEST_SALT: Final = 8
_DIGITS_OF_A_SALT: Final = 4
_PHRASE: Final = re.compile(r"[a-z]{3,12}(?:([-_. ])[a-z]{3,12})(?:\1[a-z]{3,12}){2,11}")
"""Four words and more between like signs, which is how pass phrases are made."""
_OF_WORDS: Final = re.compile(r"(?i:phrase|\bseed)")
"""Names of credentials that are words."""
_MILD: Final = frozenset("_-./: ")  # signs that names and words have too


def is_credential(value: str, kind: Kind, name: str, form: Form) -> bool:
    """Whether `value`, assigned to `name` in this form, is the credential that the name announces."""
    low = value.lower().rstrip(";,")
    if len(value) < 3 or low in WORDS or low == name.lower().lstrip("-") or kind is Kind.NONE:
        return False
    if is_placeholder(value) or is_path(value) or is_technical(value):
        return False
    if is_reference(value) and not (kind is Kind.PASSWORD and form in _NO_CODE and _DOLLAR_FIRST.match(value)):
        return False
    if name.lower().rstrip("s").endswith("pin") and value.isdigit():
        return 4 <= len(value) <= 8 and not is_of_hardware(name)
    if kind is Kind.PASSWORD and _OF_WORDS.search(name) is not None and _PHRASE.fullmatch(low) is not None:
        return True
    if form is Form.QUOTED:
        return _quoted(value, low, kind, name)
    if is_expression(value):
        return False
    if form is Form.CONFIDED and kind is Kind.PASSWORD and value.isascii() and value.isalpha():
        return len(value) >= 4 and low not in _SAID_OF_PASSWORDS
    if form in (Form.PROSE, Form.CONFIDED):
        return _in_prose(value, kind, name)
    if form is Form.BESIDE:
        return _beside(value, kind)
    return _bare(value, low, kind, name, form)


def _quoted(value: str, low: str, kind: Kind, name: str) -> bool:
    if kind is Kind.PASSWORD:
        return _quoted_password(value, low)
    if kind is Kind.WEAK and "salt" in name.lower():
        return len(value) >= _SHORTEST_SALT and sum(map(str.isdigit, value)) >= _DIGITS_OF_A_SALT
    if any(map(str.isspace, value)) and not is_opaque(value.strip()):
        return False
    return _strong(value, bare=False) if kind is Kind.STRONG else _weak(value, name)


def _quoted_password(value: str, low: str) -> bool:
    if len(value) > _LONGEST_PASSWORD:
        return False
    digits = any(map(str.isdigit, value))
    signs = any(not c.isalnum() for c in value)
    blanks = value.count(" ")
    if blanks:
        # A passphrase is neither a label nor a sentence of an interface.
        mixed = _MIXED.search(value) is not None
        sentence = (not mixed and (value[0].isupper() or value[-1] in ".:?!")) or _ABOUT_SECRETS.search(low) is not None
        return blanks <= 6 and (digits or blanks >= 3) and len(value) < 80 and not sentence
    if digits:
        return not value.isdigit() or len(value) >= 4
    if _ABOUT_SECRETS.search(low) or is_expression(value):
        return False
    if signs:
        return not _is_slug(value)
    return value.isascii() and len(value) >= 4 and not _is_label(value)


def _bare(value: str, low: str, kind: Kind, name: str, form: Form) -> bool:
    if kind is Kind.PASSWORD:
        return _bare_password(value, low, form)
    if any(c in _IN_CODE for c in value):
        return False
    if kind is Kind.STRONG:
        inner = value.rstrip("=")[:-1]
        return ("=" not in inner or is_opaque(value)) and _strong(value, bare=form is not Form.LINE)
    return "," not in value and ";" not in value and _weak(value, name)


def _bare_password(value: str, low: str, form: Form) -> bool:
    n = len(value)
    digits = any(map(str.isdigit, value))
    letters = any(map(str.isalpha, value))
    if n > _LONGEST_PASSWORD or (not value.isascii() and not digits):
        return False
    bracketed = any(c in "(){}" for c in value) or ("[" in value and "]" not in value)
    if form not in (Form.LINE, Form.MARKUP) and bracketed and not _is_signed(value):
        return False  # code: `password=auth[1])`
    if form is Form.MARKUP and _FILLED_IN.match(value) is not None:
        return False  # what a template fills in: `<Password>{props.secret1}</Password>`
    if value.isdigit():
        return n >= 4
    if digits and letters:
        return _NUMBERED.match(low) is None and not (form is Form.BARE and _SNAKE.match(value))
    if letters and any(not c.isalnum() and c not in "_-.,:;/\\" for c in value):
        operator = value[0] in "&*|<>=+!?" and (n < 10 or surprise(value) < 5.2) and _SIGN_INSIDE.search(value) is None
        return n >= 5 and not operator and _OPERATION.match(value) is None
    if letters and n >= 5 and form in (Form.LINE, Form.FLAG, Form.MARKUP):
        return not _is_label(value) and _ABOUT_SECRETS.search(low) is None and not _is_slug(value)
    return False


def _in_prose(value: str, kind: Kind, name: str) -> bool:
    digits = sum(map(str.isdigit, value))
    letters = any(map(str.isalpha, value))
    if "(" in value and not _is_signed(value):
        return False
    if kind is not Kind.PASSWORD:
        named = kind is Kind.STRONG or name.lower().endswith("key")
        return digits > 0 and (_strong(value, bare=True) if named and not value.isdigit() else _weak(value, name))
    if len(value) < 4 or not value.isascii():
        return False
    signs = any(not c.isalnum() and c not in "_-.,:;/'" for c in value)
    if (digits and letters) or (len(value) >= 12 and _RUN_TOGETHER.match(value)):
        return True
    if (signs and letters and len(value) >= 5) or value.isdigit():
        return True
    random = surprise(value) >= (4.9 if len(value) >= 10 else 5.4)  # a longer run of letters can be judged sooner
    return len(value) >= 8 and (random or _is_scrambled(value))


def _is_signed(value: str) -> bool:
    """Whether brackets are among the signs of a password and belong to no call: `(Otter)51`, `[Wolf773`, `{Ab7$kq`."""
    head = _BRACKETS_FIRST.match(value)
    if head is not None:
        return value.lower() != value
    signs = sum(not c.isalnum() and c not in _MILD for c in value)  # one may be that of a call
    cases = value.lower() != value != value.upper() and any(map(str.isdigit, value))
    return signs >= 2 and cases and _OPERATION.match(value) is None


def _beside(value: str, kind: Kind) -> bool:
    if value.isalpha() or value.isdigit() or "=" in value.rstrip("=") or not value.isascii():
        return False
    if kind is not Kind.PASSWORD:
        return kind is Kind.STRONG and len(value) >= 16 and is_opaque(value, ease=0.5)
    digits = sum(map(str.isdigit, value))
    if not digits or len(value) < 6 or not any(map(str.isalpha, value)) or _SNAKE.match(value):
        return False
    signs = any(c in "!@#$%^&*?+" for c in value[1:])
    if signs or is_opaque(value) or _is_scrambled(value):
        return True
    return (digits >= 2 and len(value) >= 7) or surprise(value) >= 5.4


def _strong(value: str, *, bare: bool) -> bool:
    """Behind a name that announces a token: whatever isn't a word, a number of things or a name in a program."""
    n = len(value)
    if n < 6:
        return False
    if value.isdigit():
        return n >= (10 if bare else 8) and len(set(value)) > 3
    if is_hex(value) or is_uuid(value):
        return True
    if is_expression(value):
        return False
    if is_opaque(value, ease=0.5) or _PREFIXED.match(value):
        return True
    digits = sum(map(str.isdigit, value))
    if not digits or n < 8:
        return not bare and n >= 12 and sum(not c.isalnum() and c not in _MILD for c in value) >= 3
    cases = any(map(str.isupper, value)) and any(map(str.islower, value))
    if bare:
        return digits >= 2 and (surprise(value) >= 4.6 or (cases and n >= 12)) and entropy(value) >= 2.8
    if not any(map(str.isalpha, value)):
        return False
    return (digits >= 2 or surprise(value) >= 4.4 or (cases and n >= 16)) and entropy(value) >= 2.5


def _weak(value: str, name: str) -> bool:
    """Behind a name that may announce many things: only what must have been made by a machine, and is no identifier."""
    if len(value) < 12 or value.isdigit() or is_expression(value):
        return False
    if is_uuid(value):
        return _NOT_A_ROW.search(name) is not None
    if is_hex(value):
        return len(value) >= (16 if "_" in name and name.isupper() else 24)
    if value.startswith(("\\x", "\\u", "\\0")) or value.count("\\x") >= 2:
        return True
    digits = sum(map(str.isdigit, value))
    return digits >= 1 and is_opaque(value, ease=0.2 if digits > 1 else 0.0) and entropy(value) >= 2.8


def _is_slug(value: str) -> bool:
    """Words joined by dashes, dots or slashes: `same-origin`, `user.password`."""
    return _SLUG.match(value) is not None and surprise(value) < 5.2 and not _is_scrambled(value)


def _is_scrambled(value: str) -> bool:
    """Whether small letters and capitals alternate as in no word and no name of a program: `ZIGudhFWsKTxpQ`."""
    return any(_REGULAR.match(part) is None for part in _PARTS.findall(value)) and surprise(value) >= _SCRAMBLED


def _is_label(value: str) -> bool:
    """Letters alone that read as an identifier or a capitalised word of an interface."""
    if surprise(value) >= 5.4:
        return False
    return _CAMEL.match(value) is not None or (value[0].isupper() and value[1:].islower())
