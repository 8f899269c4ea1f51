"""A labelled set of keys that nothing but their surroundings give away: "my Dropbox key is ...".

Issuers come from the secret rules (and some that nobody has heard of), forms from what services hand out: hexadecimal, base62,
base64url, UUIDs, at lengths of 16 to 64. No prefix, no check digit. The sentences are this module's own, so a rule written for
them would be written for nothing else: they measure whether the surroundings are read.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from random import Random
from uuid import UUID

from dlp.detect.secrets.rules import all_rules
from dlp.evaluation.records import Label, Record

_UNHEARD = ("Zorvex", "Plimtrack", "Kelowise", "Umbraline", "Tassello", "Quibbster", "Norvanta", "Fennlytics")
_UNHEARD_SHARE = 0.1

_LOWER = string.ascii_lowercase + string.digits
_BASE62 = string.ascii_letters + string.digits

_NOUNS = (
    "API key",
    "api token",
    "access token",
    "key",
    "token",
    "secret",
    "client secret",
    "credentials",
    "API secret",
)
_NAMES = ("api_key", "token", "key", "secret", "access_token", "api_token", "apikey", "auth_token", "client_secret")

_PROSE = (
    "my {issuer} {noun} is {value}, why do I get a 401?",
    "Hi, our {issuer} {noun} ({value}) stopped working yesterday.",
    "For {issuer} use {value} please",
    "{issuer}: {value}",
    "{issuer} {noun} {value}",
    "I rotated the {noun} of {issuer}, the new one is {value}.",
    "Use the {noun} {value} when you call {issuer}.",
    "here's the {noun} for {issuer} -> {value}",
    "The {issuer} integration needs this {noun}: {value}",
    "{issuer}\n{value}",
    "- {issuer}: `{value}`",
    "| {issuer} | {value} |",
    "Log in to {issuer} with {value} and export the list.",
    "can you write a script that lists my {issuer} projects? {noun} = {value}",
)
_MACHINE = (
    "{upper}_{name_upper}={value}",
    "export {upper}_{name_upper}='{value}'",
    "{lower}_{name}: {value}",
    "{lower}:\n  region: eu-west-1\n  {name}: {value}\n  timeout: 30",
    '{{"{lower}": {{"{name}": "{value}", "retries": 3}}}}',
    '{{"service": "{issuer}", "{name}": "{value}"}}',
    "{lower}{camel} = '{value}'",
    'const {lower}Client = new {pascal}("{value}");',
    "client = {pascal}({name}='{value}')",
    "curl -H 'Authorization: Bearer {value}' https://api.{lower}.com/v1/items",
    "curl https://api.{lower}.com/v2/list -H 'X-Api-Key: {value}'",
    "curl -u {value}: https://{lower}.com/api/me",
    "https://api.{lower}.com/v1/search?q=berlin&{name}={value}",
    "{lower}-cli --{dashed} {value} deploy",
    '# {issuer}\n{name} = "{value}"',
    "<{lower}><{name}>{value}</{name}></{lower}>",
    "{lower}.{name}={value}",
    '// {issuer} {noun}\nlet t = "{value}"',
    "{issuer} token = '{value}'",
    "{upper} = {value}",
)


def _hex(length: int) -> Callable[[Random], str]:
    return lambda random: f"{random.getrandbits(4 * length):0{length}x}"


def _from(alphabet: str, *lengths: int) -> Callable[[Random], str]:
    return lambda random: "".join(random.choices(alphabet, k=random.choice(lengths)))


def _base64(random: Random) -> str:
    return base64.b64encode(random.randbytes(random.choice((18, 24, 32, 33)))).decode()


_FORMS = (
    _hex(32),
    _hex(32),
    _hex(40),
    _hex(64),
    _from(_LOWER, 16, 20, 24, 25, 32, 36, 40),
    _from(_BASE62, 16, 20, 22, 24, 27, 32, 32, 36, 40, 43, 48, 64),
    _from(_BASE62 + "-_", 22, 32, 43, 64),
    _from(string.ascii_uppercase + string.digits, 16, 20, 26, 32),
    lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    _base64,
)


def vendor_tokens(count: int, *, seed: int) -> list[Record]:
    """`count` sentences, each with one opaque key beside the name of who issued it. The same seed gives the same."""
    random = Random(f"{seed}:vendors")  # noqa: S311 - samples, not secrets
    issuers = sorted({rule.issuer for rule in all_rules() if rule.issuer})
    return [_record(random, issuers, number) for number in range(count)]


def _record(random: Random, issuers: list[str], number: int) -> Record:
    unheard = random.random() < _UNHEARD_SHARE
    issuer = random.choice(_UNHEARD if unheard else issuers)
    name = random.choice(_NAMES)
    parts = "".join(char if char.isalnum() else " " for char in issuer).split()
    lower = "".join(parts).lower()
    filled = {
        "issuer": issuer,
        "noun": random.choice(_NOUNS),
        "name": name,
        "name_upper": name.upper(),
        "dashed": name.replace("_", "-"),
        "camel": "".join(word.capitalize() for word in name.split("_")),
        "pascal": "".join(part[:1].upper() + part[1:] for part in parts),
        "lower": lower,
        "upper": "_".join(parts).upper(),
    }
    frame = random.choice(_PROSE if random.random() < 0.5 else _MACHINE)
    while unheard and not any(word in frame for word in ("{noun}", "{name", "{camel}", "{dashed}")):
        frame = random.choice(_PROSE + _MACHINE)  # somebody unknown gives nothing away: a word for the key has to
    before, after = (half.format_map(filled) for half in frame.split("{value}", 1))
    value = ""
    while not any(char.isdigit() for char in value):  # a key without one is a rarity among short random strings
        value = random.choice(_FORMS)(random)
    text = before + value + after.replace("{value}", value)
    return Record(f"vendor-token-{number}", text, (Label("API_KEY", len(before), len(before) + len(value)),))
