"""Secrets by name, by neighbourhood and in blocks; and everything that looks like one and isn't."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect.secrets import SecretDetector
from dlp.detect.secrets.candidates import _RUN, _add, candidates
from dlp.detect.secrets.prefilter import fold
from dlp.detect.secrets.rules import all_rules
from dlp.detect.secrets.shapes import fill
from dlp.detect.secrets.vendors import REACH, Vendors, Words, may_be_judged

DETECTOR = SecretDetector()


def found(text: str, context: str = "") -> set[str]:
    return {text[f.start : f.end] for f in DETECTOR.find(text, context)}


def types(text: str) -> set[str]:
    return {f.entity_type for f in DETECTOR.find(text)}


ASSIGNED = {
    "env": ("DB_PASSWORD=tr0ub4dor\nPORT=1\n", "tr0ub4dor"),
    "env, a plain word": ("export MYSQL_PASSWORD=hunter\n", "hunter"),
    "env, with commas and hashes": ("SMTP_PASS=a,b#c;d!e1\n", "a,b#c;d!e1"),
    "yaml": ("db:\n  user: root\n  password: Tr0ub4dor&3\n", "Tr0ub4dor&3"),
    "json": ('{"user": "bob", "password": "hunter2"}', "hunter2"),
    "json in json": (json.dumps({"body": '{"password": "hunter2"}'}), "hunter2"),
    "name and value": ('{"name": "DB_PASSWORD", "value": "hunter2"}', "hunter2"),
    "name and value in yaml": ("env:\n  - name: DB_PASSWORD\n    value: hunter2\n", "hunter2"),
    "xml element": ("<password>hunter2</password>", "hunter2"),
    "xml attribute": ('<add key="SmtpPassword" value="vinter!1x" />', "vinter!1x"),
    "property list": ("<key>password</key>\n<string>hunter2</string>", "hunter2"),
    "php": ("define('DB_PASSWORD', 'hunter2');", "hunter2"),
    "ruby hash": ("  :password => 'hunter2',", "hunter2"),
    "go": ('token := "AIhq5Xyb1Gga9Q2"', "AIhq5Xyb1Gga9Q2"),
    "typed": ('def connect(passwd: str = "cq2tPr1a2"):', "cq2tPr1a2"),
    "java": ('System.setProperty("db.password", "hunter2");', "hunter2"),
    "comparison": ('if (password !== "PaS5w0rD2#") {', "PaS5w0rD2#"),
    "default of the environment": ('PASSWORD = os.environ.get("PASSWORD") or "at5G6zi!m"', "at5G6zi!m"),
    "c macro": ('#define PASSWORD "n84ASM54y4"', "n84ASM54y4"),
    "sql": ("ALTER ROLE bob PASSWORD 'SqLpa5sW0rD';", "SqLpa5sW0rD"),
    "connection string": ("Server=s;User ID=sa;Password=vinter&IZWqVQpV;Encrypt=true;", "vinter&IZWqVQpV"),
    "query": ("https://acme.io/cb?user=bob&password=hunter2&x=1", "hunter2"),
    "percent-encoded query": ("https://acme.io/?u=%26token%3Dh1d3Me4ch534d801sl3jdk%26v%3D3", "h1d3Me4ch534d801sl3jdk"),
    "flag": ("tool --password hunter2 --user bob", "hunter2"),
    "flag with equals": ("tool --token=AIhq5Xyb1Gga9Q2", "AIhq5Xyb1Gga9Q2"),
    "a line of letters and signs": ("admin_password=UkMLZ!tttx\n", "UkMLZ!tttx"),
    "a line with a star": ("password=HJVtUMYzK*ZhfQ\n", "HJVtUMYzK*ZhfQ"),
    "letters in disorder": ("The DB_PASSWORD is ZIGudhFWsKTxpQ", "ZIGudhFWsKTxpQ"),
    "a plus in front, short": ('{"password": "+riLKfo#!Q"}', "+riLKfo#!Q"),
    "a plus in front": ('{"password": "+AmtRvz%2ghWvK7"}', "+AmtRvz%2ghWvK7"),
    "below its heading": ("## Password\n\nhunter2xy\n", "hunter2xy"),
    "below its label": ("Username\nbob\nPassword\nhunter2xy\n", "hunter2xy"),
    "below bold": ("**Password**\n`hunter2xy`", "hunter2xy"),
    "behind a line that goes on": ("API_KEY=\\\nZq8fT3kLw0PxB7nVy2RmC5dJ\n", "Zq8fT3kLw0PxB7nVy2RmC5dJ"),
    "between brackets": ('Foo(\n    password=(\n        "hunter2xy"\n    ),\n)', "hunter2xy"),
    "definition": ("<dt>Password</dt><dd>hunter2xy</dd>", "hunter2xy"),
    "in brackets": ("root@10.0.0.1 (pw:IhqSb1Gg)", "IhqSb1Gg"),
    "header": ("X-Api-Key: 9a8b7c6d5e4f3a2b1c0d", "9a8b7c6d5e4f3a2b1c0d"),
    "cookie": ("Cookie: theme=dark; sessionid=K2js8dkJs92jsKd8s; a=b", "K2js8dkJs92jsKd8s"),
    "after a user": ("user: admin / pass: admin", "admin"),
    "a pin": ("PIN: 4921", "4921"),
    "bytes": (
        "#define AESKEY {0x35, 0x34, 0x65, 0x9b, 0x1c, 0x2e, 0x11, 0x12}",
        "0x35, 0x34, 0x65, 0x9b, 0x1c, 0x2e, 0x11, 0x12",
    ),
    "diff": ('+  password: "dkajco1"', "dkajco1"),
    "markdown": ("**Password:** `hunter2`", "hunter2"),
    "a salt of bytes": ('salt1 = b"\x23!\xae2389x&543@"', "\x23!\xae2389x&543@"),
    "a salt of digits": ("salt3 = '827634876'", "827634876"),
    "full-width colon": ("密码：abc12345", "abc12345"),
    "an exclamation mark first": ("password=!tHLy%yND!", "!tHLy%yND!"),
    "per cent signs on either side of capitals": ('{"password": "%SWM%QivgBZQ"}', "%SWM%QivgBZQ"),
}


@pytest.mark.parametrize(("text", "secret"), ASSIGNED.values(), ids=ASSIGNED)
def test_an_assigned_credential_is_found_exactly(text: str, secret: str) -> None:
    """The span is the value: no quote, no name, no bracket goes with it."""
    assert secret in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "passwords of proxy users: `refused`, or not",
        "temporary password – unbekannt",
        "passphrase: four-words",
        "password ..... see-attachment",
        "#  define pass_height height\n#  endif  x2\n",
        "2019-05-04 was the password day",
    ],
)
def test_what_is_said_of_passwords_is_none(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize("value", ["%DB_PASS%", "%APPDATA%\\\\pw.txt", "!PASSWORD!", "!isValid", "&pw_buffer"])
def test_variables_of_shells_and_operands_are_no_credentials(value: str) -> None:
    assert not found(f"password={value}")


PROSE = {
    "a word in brackets first": ("My password used to be (Noodle)35 but I changed it.", "(Noodle)35"),
    "a bracket that stays open": ("Mein Passwort ist [Wolf773 und gut", "[Wolf773"),
    "a dollar sign first": ("my password is $Qw12erty, ok", "$Qw12erty"),
    "the verb comes last": ("mera password *ZDB!K]ri7 hai yaar", "*ZDB!K]ri7"),
    "what it was in French": ("Mon mot de passe était Kestrel57#, je crois", "Kestrel57#"),
    "a code for a network": ("Le code wifi : Otter-badger-26", "Otter-badger-26"),
    "a label in two words": ("clave de acceso: Pixel09!", "Pixel09!"),
    "beside its name": ("Use the passphrase (Noodle)35 to open it", "(Noodle)35"),
    "en": ("The password is hunter2.", "hunter2"),
    "en, quoted": ('the admin password is "correct horse battery staple"', "correct horse battery staple"),
    "en, for": ("password for the guest wifi is Xk29vv!a, enjoy", "Xk29vv!a"),
    "en, chat": ("wifi pw Xk29vv!a", "Xk29vv!a"),
    "en, aside": ("the old password (Bmqvu4889!) was reset", "Bmqvu4889!"),
    "de": ("Das Passwort lautet Sommer2024!", "Sommer2024!"),
    "de, aside": ("Das Passwort ist (Gx82kk!a)", "Gx82kk!a"),
    "fr": ("le mot de passe est Soleil123", "Soleil123"),
    "es": ("la contraseña es Gato2020", "Gato2020"),
    "pt": ("a senha é Abc123!", "Abc123!"),
    "nl": ("mijn wachtwoord is Fiets99", "Fiets99"),
    "da": ("adgangskoden er Hund1234", "Hund1234"),
    "sv": ("lösenordet är Katt5678", "Katt5678"),
    "pl": ("hasło to Kot12345", "Kot12345"),
    "an adjective behind, it": ("password provvisoria: Gatto2020!", "Gatto2020!"),
    "an adjective behind, es": ("la contraseña nueva es Gato2020", "Gato2020"),
    "an adjective behind, pt": ("senha provisória Vd5wgTL&9v", "Vd5wgTL&9v"),
    "an adjective behind, pl": ("hasło tymczasowe – Kot12345#", "Kot12345#"),
    "leaders": ("mot de passe .......... Soleil-123", "Soleil-123"),
    "a verb and a colon": ("PASSWORT LAUTET: Sommer2024", "Sommer2024"),
    "c'est": ("le mot de passe, c'est Soleil123", "Soleil123"),
    "asked for": ("Admin password?\nXk29vv!a\n", "Xk29vv!a"),
    "for whom": ("password for the backup account: hunter22x", "hunter22x"),
    "said first": ("Xk29vv!a is the wifi password", "Xk29vv!a"),
    "said first, pl": ("Podano mi Xk29vv!a jako nowe hasło.", "Xk29vv!a"),
    "a network's key": ("netwerksleutel: amber.velvet37", "amber.velvet37"),
    "a phrase": ("Passphrase for the backup key: maple-dragon-pepper-orange", "maple-dragon-pepper-orange"),
    "a licence key": ("chiave di licenza – BSzHHOwHMkzHCB7U2rdiR6NX82tb42UE", "BSzHHOwHMkzHCB7U2rdiR6NX82tb42UE"),
    "a wallet's words": (
        "My seed phrase is legal winner thank year wave sausage worth useful legal winner thank yellow",
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
    ),
    "ru": ("пароль: Kot12345", "Kot12345"),
    "zh": ("密码是 abc12345", "abc12345"),
    "ja": ("パスワードは abc12345 です", "abc12345"),
    "ko": ("비밀번호는 abcd1234", "abcd1234"),
}


@pytest.mark.parametrize(("text", "secret"), PROSE.values(), ids=PROSE)
def test_a_credential_in_a_sentence_is_found(text: str, secret: str) -> None:
    """Many languages say "the password is"; the full stop behind isn't part of it."""
    assert secret in found(text)


TABLES = {
    "csv": ("user,password,role\nbob,hunter2,admin\neve,s3cr3t!,dev\n", {"hunter2", "s3cr3t!"}),
    "markdown, with counted rows": ("| # | password |\n|---|---|\n| 1 | hunter2 |\n", {"hunter2"}),
    "quoted csv": ('"login","api_key"\n"bob","9a8b7c6d5e4f3a2b"\n', {"9a8b7c6d5e4f3a2b"}),
    "tsv": ("host\tpwd\nsrv1\tTr0ub4dor&3\n", {"Tr0ub4dor&3"}),
    "markdown": ("| user | password |\n|---|---|\n| bob | hunter2 |\n\nThat was it, really.", {"hunter2"}),
    "columns of blanks": ("USER      PASSWORD    ROLE\nbob       hunter2xy   admin\n", {"hunter2xy"}),
    "a frame": (
        "+-----+-----------+\n| who | password  |\n+-----+-----------+\n| bob | hunter2xy |\n+-----+-----------+\n",
        {"hunter2xy"},
    ),
    "rulers": ("=== ==========\nwho  password\n=== ==========\nbob  hunter2xy\n=== ==========\n", {"hunter2xy"}),
    "html": ("<tr><th>Who</th><th>Password</th></tr><tr><td>bob</td><td>hunter2xy</td></tr>", {"hunter2xy"}),
    "html, side by side": ("<tr><td>Password</td><td>hunter2xy</td></tr>", {"hunter2xy"}),
    "html, nothing": ("<tr><th>Who</th><th>Password</th></tr><tr><td>bob2</td><td>required</td></tr>", set()),
    "headings alone": ("user,password\nplease fill in,both columns\n", set()),
    "another width": ("user,password\nnothing to see here2\n", set()),
}


@pytest.mark.parametrize(("text", "secrets"), TABLES.values(), ids=TABLES)
def test_a_column_of_credentials_is_read_by_its_heading(text: str, secrets: set[str]) -> None:
    """Each cell under `password` is one; the other columns are not."""
    assert found(text) == secrets


NEAR = {
    "prose": "my Dropbox key is {alnum15}",
    "env": "DROPBOX={alnum32}",
    "label": "okta api token: {alnum40}",
    "dash": "sentry token - '{hex64}'",
    "the name alone": "datadog: {hex32}",
    "beside": "sendgrid {alnum32}",
    "an ordinary word as a name": "Log in to Hive with {hex32} and export the list",
    "two words": "Hi, our Kanban Tool secret ({hex32}) stopped working",
    "the line below": "Kickbox\n{alnum40}\n",
    "use": "For Plaid use {hex40} please",
    "section": '[mailgun]\ntoken = "{hex32}"\n',
}


@pytest.mark.parametrize("template", NEAR.values(), ids=NEAR)
def test_a_random_string_next_to_an_issuers_name_is_found_and_attributed(template: str) -> None:
    """What has no form of its own is known by the company it keeps."""
    text = fill(template)
    hits = [hit for hit in DETECTOR.find(text) if hit.end - hit.start >= 15]
    assert hits
    assert any(detail.startswith("issuer: ") for hit in hits for detail in hit.details)


ANNOUNCED = {
    "arrow": "here's the token for our billing thing -> {alnum32}",
    "brackets": "our access token ({hex40}) stopped working",
    "before its use": "Use the secret {uuid} when you call them",
    "a comment above": '// their API secret\nlet t = "{hex32}"',
    "the issuer behind": "Use the key {hex32} when you call StockData.",
    "a key for a user": "curl -u {alnum24}: https://api.acme.io/me",
}


@pytest.mark.parametrize("template", ANNOUNCED.values(), ids=ANNOUNCED)
def test_a_random_string_that_a_word_for_a_credential_announces_is_found(template: str) -> None:
    """Whoever issued it: nobody may know the name."""
    text = fill(template)
    before, _, rest = template.partition("{")
    after = rest.partition("}")[2]
    assert text[len(before) : len(text) - len(after)] in found(text)


SPOKEN = {
    "the name behind": "«{alnum32}» <- Jotform key, please rotate",
    "is our": "«{hex40}» is our old Twitch token",
    "a question before": "is this key still valid? «{b64url32}»",
    "a question, plain": "is this PagerDuty key still valid? «{hex32}»",
    "a user between": "the Auth0 creds: bob@acme.io / «{alnum24}»",
    "an annotation": '@Value("«{alnum24}»") private String billingToken;',
    "made with it": 'client := acme.NewClient("«{alnum32}»", nil)',
    "made with it, plain": "const qdrant = require('qdrant')('«{uuid}»')",
    "given": "Etsy gave me this: «{hex40}»",
    "a remark": "- Vultr (prod): «{hex64}»",
    "terraform": 'variable "acme_token" {\n  type    = string\n  default = "«{hex32}»"\n}',
    "npm": "//npm.acme.io/:_authToken=«{uuid}»",
    "docker": "ENV ACME_SECRET «{b6422}==»",
    "cookie": "Cookie: acme_session=«{uuid}»; theme=dark",
    "user of a URL": "https://«{lownum8}.{alnum20}»@api.acme.io/v1",
    "french": "notre jeton Figma : «{alnum32}»",
    "unheard of, words between": "our Zorvane token expires soon («{hex48}»)",
    "unheard of, the clause before": "we rotated the Zorvane token; it's «{hex40}» now",
    "unheard of, the turn before": "User: my Zorvane secret? Assistant: paste it. User: «{uuid}»",
    "unheard of, a key of its own": "my Zorvane key → «{hex32}»",
    "unheard of, the name behind": "please store «{alnum20}» as the Zorvane client secret",
    "unheard of, a remark": "Zorvane (access token) - «{hex40}»",
    "unheard of, DSN": "il mio DSN Zorvane è «{b64url32}»",
    "unheard of, Hindi": "Zorvane ka token hai «{alnum24}»",
    "a scheme of its own": "Authorization: Zorvane «{uuid}»",
    "a user and a colon": "«{digits9}:{alnum32}» is my Zorvane token",
    "unheard of, far behind": "«{b64url32}» was issued by Zorvane as our login token",
    "unheard of, looking back": "We've been given «{alnum24}» by Zorvane; that's the secret",
    "unheard of, shared": "Zorvane shared secret (prod) «{alnum32}»",
    "unheard of, a line of its own": "The token below belongs to Zorvane.\n\n«{hex32}»\n",
    "unheard of, which one": "Which token? The Zorvane one, «{alnum32}»",
    "written to a file": 'echo "«{hex32}»" > ~/.zorvane/token',
    "handed on": "printf '«{uuid}»' | zorvane auth login --with-token",
    "made with it, unheard of": 'let client = Zorvane::new("«{hex32}»");',
    "by default": "zorvane_token = var(default='«{hex40}»')",
    "a row": "zorvane,api_key,«{alnum32}»\n",
    "PowerShell": '$env:ZORVANE_KEY = "«{alnum32}»"',
    "a remark behind": 'ZorvaneClient("«{alnum32}»")  # deploy token',
    "without quotes": "<input type=hidden name=api_key value=«{alnum20}»>",
    "groups": "Zorvane licence key «{upnum5}-{upnum5}-{upnum5}-{upnum5}»",
    "a value's flag": "gh secret set ZORVANE_AUTH -b «{alnum24}»",
    "two words": "setx ZORVANE_LICENSE «{hex32}»",
    "a question behind": "Why does Zorvane reject «{alnum28}»? I copied the API key from the dashboard.",
    "a remark in brackets": "In the sample use «{b64url32}» (that's my Zorvane signing secret).",
    "two words for one": "Ho un nuovo secret key su Zorvane, cioè «{alnum32}», ma non va",
    "whose turn it is": "Mijn Zorvane token? Dat is «{hex40}»",
    "a question, French": "Peux-tu tester Zorvane avec «{alnum32}» ? C'est notre token.",
    "a dash behind": "Store «{alnum32}» - it is the app secret that Zorvane gave us.",
    "in public": "I just pasted the Zorvane app secret in public: «{alnum32}». what now",
    "a password": "O app password que o Zorvane me deu foi «{alnum20}»",
    "a class of its name": 'zorvane = Zorvane("«{alnum32}»")',
    "new": "const zorvane = new Zorvane('«{b64url32}»');",
    "new, plain": "const stripe = new Stripe('«{hex32}»');",
    "a pair": "requests.get('https://zorvane.com/api', auth=('«{hex32}»', ''))",
    "behind its address": 'c = make_client("https://zorvane.com", "«{hex40}»")',
    "made anew": 'zorvane := zorvane.New("«{alnum32}»")',
    "begun with it": 'import zorvane; zorvane.init("«{alnum32}»")',
    "a tag of YAML": "zorvane_key: !!str «{hex32}»",
    "log in": "$ zorvane login «{alnum32}»",
    "a column's value": "UPDATE config SET value='«{hex40}»' WHERE name='ZORVANE_API_KEY';",
    "an environment's item": "Set-Item Env:ZORVANE_API_KEY '«{alnum32}»'",
    "Groovy": "zorvane {\n    accessKey '«{alnum32}»'\n}",
    "a parameter": "fetch(`https://api.zorvane.com/v1?key=«{alnum24}»`)",
    "who and what": "Zorvane auth token: «m8ukxhdx5y:{alnum26}»",
    "whose key": "our key at Zorvane («{hex40}») stopped working on Monday",
    "a default": "ZORVANE_token, default:«{alnum24}»",
    "what is granted": "zorvane:\n  auth: «{uuid}»\n",
}


@pytest.mark.parametrize("template", SPOKEN.values(), ids=SPOKEN)
def test_a_random_string_that_its_clause_calls_a_credential_is_found(template: str) -> None:
    """The word may stand behind the string, a few words before it, or in the declaration around it."""
    before, secret, after = fill(template).replace("»", "«").split("«")
    assert secret in found(before + secret + after)


NOTHING = {
    "a variable of PHP": "$password = $userPass2; password: $sha256Hash",
    "a leg of a chip": "LED_PIN = 1300\nMOTOR_PIN: 4711",
    "what a template fills in": "<Password>{props.secret12}</Password>",
    "a call": "the password is set(foo12) and hash(bar34)",
    "an object's key": "the object key is photos/2024/7fJk2LmQ9xTzR4vB/original.jpg",
    "fingerprint of a key": "the key's fingerprint is SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDLLWAjWcGFuTDLkaY",
    "a page of results": "nextPageToken is CAUQAA, and the request id is 7fJk2LmQ9xTzR4vB2kLm",
    "a request": "the token endpoint answered request 4bf92f3577b34da6a3ce929d0e0e4736 with 500",
    "a lookup": 'client.get("3fa85f64-5717-4562-b3fc-2c963f66afa6")',
    "an object": 'const id = new ObjectId("507f1f77bcf86cd799439011"); new Blob("Zq8fT3kLw0PxB7nVy2RmC5dJ")',
    "a digest with its name": "sha512:9f86d081884c7d659a2feaa0c55ad015 is what the mirror lists",
    "a slug in a query": "https://acme.io/list?key=quarterly-report-2024&auth=none",
    "the next sentence": "Why is 9f86d081884c7d659a2feaa0c55ad015 there? I saw the key twice.",
    "a build": "the new Docker build: 9f86d081884c7d659a2feaa0c55ad015",
    "a digest of code": '"CodeSha256": "YFgDgEKG3ugvF1+pX64gV6tu9qNuIYNUdgJm8nCxsm4="',
    "a row's key": '{"customer_key": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}',
    "a token and a user": "INFO access token refreshed user=550e8400-e29b-41d4-a716-446655440000 ok",
    "a token for a user": "the token for user 550e8400-e29b-41d4-a716-446655440000 has expired",
    "a token and a file": "pass the token and read file-9aBcD7fJk2LmQ9xT from it",
    "a key and a request": "the key was accepted. The request 4bf92f3577b34da6a3ce929d0e0e4736 failed",
    "a statement": "class A:\n    pass\n\n@pytest.mark.asyncio2\n",
    "a form": "Password\nForgot?\n\nPassword\nConfirm\n",
    "two-pass": "In two-pass mode the judge sees both answers.",
    "an alphabet": 'SECRET_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"',
    "a resource's name": "arn:aws:secretsmanager:us-west-2:123456789012:secret:MyTestDatabaseSecret-a1b2c3",
    "a digest by an issuer": "openai/types/auth_token.py,sha256=fu33e6anRa62oIlmOZoh_Lexu4fYq0l-KF5P8pD4ssY,811",
    "a row": "the row with key 1b12824defffdc49386ee8a5822ab201 is gone",
    "git commit": "commit 4f2c9a7b8d1e3f5a6b7c8d9e0f1a2b3c4d5e6f70\nAuthor: x",
    "github commit": "my github commit is 4f2c9a7b8d1e3f5a6b7c8d9e0f1a2b3c4d5e6f70",
    "commit url": "https://github.com/acme/app/commit/4f2c9a7b8d1e3f5a6b7c8d9e0f1a2b3c4d5e6f70",
    "uuid": "uuid: 550e8400-e29b-41d4-a716-446655440000",
    "idempotency key": "Idempotency-Key: 550e8400-e29b-41d4-a716-446655440000",
    "sri": 'integrity="sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="',
    "lock file": '"lodash": {"version": "4.17.21", "resolved": "https://acme.io/lodash-4.17.21.tgz", "integrity": "sha1-Z5WRxWTDv/quhFTPCz3zcMPWkRw="}',
    "image digest": "image: redis@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "base64 media": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "public jwk": '{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}',
    "public key": "public_key: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
    "ssh public key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host",
    "certificate": "-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAKHHIgdqh6r0MA0GCSqGSIb3DQEBCwUA\n-----END CERTIFICATE-----",
    "cache key": "cache key: 9f86d081884c7d659a2feaa0c55ad015",
    "placeholder": "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxx",
    "asking": "api_key: <your key>",
    "asking in words": "token = 'YOUR_API_TOKEN_HERE'",
    "shell variable": "PASSWORD=${DB_PASSWORD}",
    "bare shell variable": 'curl -u "$USER:$PASS" https://acme.io',
    "actions secret": "TOKEN: ${{ secrets.DEPLOY_TOKEN }}",
    "node environment": "const apiKey = process.env.API_KEY;",
    "python environment": 'token = os.environ["GITHUB_TOKEN"]',
    "call": "password = getpass()",
    "annotation": "password: str",
    "typescript": "  password: string;\n  token?: string | null;",
    "parameter": "def login(user, password=None, token=token):",
    "label": "Password:\n",
    "html": '<input type="password" name="password" placeholder="Enter password">',
    "hidden": '"password": "********"',
    "message": 'errors: {password: "Password is too short"}',
    "about": "password_length = 12\nmax_tokens=4096\ntoken_type = 'bearer'",
    "prose": "The password is required and must be at least 8 characters long. The token is valid.",
    "remarks": "password (Argon2id), passwords (PBKDF2-HMAC-SHA256), password (8+), check_password(Hash2Value33), reset_password(user1!)",
    "documentation": "https://user:password@example.com/path",
    "dummies": 'auth=("username", "password")',
    "model names": "openai: gpt-4o-mini-2024-07-18, mistral-large-2411, deepseek-r1-distill-qwen-32b",
    "member": "this.password = user.password;",
    "jargon": "The key is UTF-8 encoded; the secret is SHA-256 hashed.",
    "key and value": '{"key": "value1", "primary_key": "id", "sort_key": "created_at"}',
    "css": "a { color: #1a2b3c; } .token-keyword { font: 1rem/1.5 serif }",
    "empty": "API_KEY=\nDB_PASSWORD=\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    """Digests, identifiers, placeholders, variables, types, labels and prose are no secrets."""
    assert found(text) == set()


BODY = "\n".join(fill("{b6464}", k) for k in range(4))
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----"
PEMS = {
    "plain": (PEM, PEM),
    "in a sentence": (f"here: {PEM} thanks", PEM),
    "escaped": (json.dumps({"key": PEM}), PEM.replace("\n", "\\n")),
    "escaped twice": (json.dumps(json.dumps({"k": PEM})), PEM.replace("\n", "\\\\n")),
    "indented": (
        "key: |\n" + "\n".join("    " + line for line in PEM.splitlines()),
        "\n".join(["    " + line for line in PEM.splitlines()]).lstrip(),
    ),
    "in a diff": (
        "\n".join("+" + line for line in PEM.splitlines()),
        "\n".join("+" + line for line in PEM.splitlines())[1:],
    ),
    "cut": (f"-----BEGIN EC PRIVATE KEY-----\n{BODY}\n", f"-----BEGIN EC PRIVATE KEY-----\n{BODY}"),
    "encrypted": (
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,7A\n\n{BODY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,7A\n\n{BODY}\n-----END RSA PRIVATE KEY-----",
    ),
    "pgp": (f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{BODY}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----",) * 2,
}


@pytest.mark.parametrize(("text", "block"), PEMS.values(), ids=PEMS)
def test_a_private_key_is_one_finding_from_its_first_line_to_its_last(text: str, block: str) -> None:
    """Nothing of the body stays readable, however its lines are broken."""
    assert block in found(text)


def test_other_blocks_are_found() -> None:
    """PuTTY keys, Ansible vaults, base64 of PEM files and the private members of JSON Web Keys."""
    putty = (
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 2\n"
        + "\n".join(BODY.splitlines()[:2])
        + "\nPrivate-MAC: x"
    )
    assert any(BODY.splitlines()[0] in item for item in found(putty))
    vault = "$ANSIBLE_VAULT;1.1;AES256\n" + "\n".join(fill("{digits80}", k) for k in range(3))
    assert vault in found(vault)
    jwk = '{"kty":"EC","crv":"P-256","x":"' + fill("{b64url43}", 1) + '","d":"' + fill("{b64url43}", 2) + '"}'
    assert found(jwk) == {fill("{b64url43}", 2)}


def test_a_text_named_by_its_key_is_judged_as_its_value() -> None:
    """A JSON string under `password` is a password, the same string under `title` isn't."""
    assert found("hunter2", "db_password") == {"hunter2"}
    assert found("hunter2", "title") == set()
    assert found("required", "password") == set()


def test_a_checksum_that_holds_is_said() -> None:
    """GitHub's tokens carry a checksum; one that fails is found as well, without that distinction."""
    good = [f for f in DETECTOR.find("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") if f.entity_type == "GITHUB_TOKEN"]
    bad = [f for f in DETECTOR.find("ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18") if f.entity_type == "GITHUB_TOKEN"]
    assert [f.validated for f in good] == [True]
    assert [f.validated for f in bad] == [False]
    assert good[0].score > bad[0].score


def test_a_secret_key_of_aws_is_called_so_in_prose_too() -> None:
    """Forty characters say little; what stands before them says the rest."""
    text = "I pasted the AWS secret access key rOUNMbDGJByRJ7lUAINl+T/mnyV/67bMrlfELRac into it"
    assert types(text) == {"AWS_SECRET_KEY"}


def test_entity_types_are_told_apart() -> None:
    """Credentials with a type of their own bear it."""
    assert "AWS_ACCESS_KEY" in types(fill("AKIA{base3216}"))
    assert "AWS_SECRET_KEY" in types(fill("aws_secret_access_key = {b6440}"))
    assert "SLACK_TOKEN" in types(fill("xoxb-{digits12}-{digits12}-{alnum24}"))
    assert "SLACK_WEBHOOK" in types(fill("https://hooks.slack.com/services/T{upnum8}/B{upnum8}/{alnum24}"))
    assert "JWT" in types(fill("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ{alnum20}.{b64url43}"))
    assert "PASSWORD" in types("password = 'hunter2'")


def test_findings_hold_no_part_of_the_text() -> None:
    """A finding may be printed."""
    secret = fill("{alnum24}")
    assert secret not in repr(DETECTOR.find(f"my Dropbox password: '{secret}'"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_is_examined_without_a_fault(text: str, context: str) -> None:
    """Spans lie inside the text whatever it holds."""
    for finding in DETECTOR.find(text, context):
        assert 0 <= finding.start < finding.end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="pasword=key:tn \"'\\{}$-_/&\n1Aİß😀\ud800", max_size=200))
def test_texts_made_of_names_and_signs_are_examined_without_a_fault(text: str) -> None:
    """The syntax of assignments in any disorder."""
    for finding in DETECTOR.find(text):
        assert 0 <= finding.start < finding.end <= len(text)


def test_a_letter_that_grows_in_lower_case_moves_no_span() -> None:
    """`İ` has two characters in lower case; offsets stay those of the text."""
    assert found("İİİ password = 'hunter2'") == {"hunter2"}


def test_threads_may_share_a_detector() -> None:
    """Same answers from several threads at once."""
    text = "password = 'hunter2' and " + fill("ghp_{alnum36}")
    want = DETECTOR.find(text)
    got: list[bool] = []
    threads = [
        threading.Thread(target=lambda: got.append(all(DETECTOR.find(text) == want for _ in range(50))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 4


VENDORS = Vendors(all_rules())


@given(
    st.lists(st.one_of(st.sampled_from(["Okta", " dropbox ", "api key", "ключ", "HERE", "."]), st.text(max_size=3))),
    st.lists(st.integers(0, 900), min_size=1, max_size=4),
)
def test_words_near_some_places_are_those_of_the_whole_text(pieces: list[str], places: list[int]) -> None:
    """A word that is looked for only near candidates mustn't be missed there, nor seen twice where two are near each other."""
    text = "".join(pieces).ljust(100, "x") * 9
    spans = [(min(place, len(text)), min(place + 10, len(text))) for place in places]
    whole = Words(VENDORS, text, fold(text), [(0, len(text))])
    near = Words(VENDORS, text, fold(text), spans)
    for start, end in spans:
        low, high = max(0, start - REACH), end + REACH
        assert near.issuers(low, high) == whole.issuers(low, high)
        assert near.last(low, start) == whole.last(low, start)
        assert near.credential(low, high) == whole.credential(low, high)
    assert sorted(set(near.words)) == near.words


PIECES = (
    *("sha256:", "user1234:", "12345678:", "https://", "/v1/", "abcdefghij", "0", "12", "a", "\\n", "%2F", "=", "=="),
    *(".", "-", "/", "~", "?", "@", '"', " ", "\n", "\x1c", "\xa0", "é", "密", "\ud800"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_candidates_are_all_runs_with_a_digit(text: str) -> None:
    """Only stretches with a digit are looked at; what is found must be what a look at the whole text finds."""
    expected: list[tuple[int, int]] = []
    for run in _RUN.finditer(text):
        _add(text, *run.span(), expected)
    assert candidates(text) == expected


@given(
    st.text(alphabet="abcxyzQRZ0123456789-_.+/", min_size=10, max_size=30), st.sampled_from(["=", ": ", ' = "', " "])
)
def test_what_is_not_judged_is_nothing_beside_an_issuer_either(value: str, sign: str) -> None:
    """Candidates that look like nothing are left out before anybody looks for the words around them."""
    text = f"The Okta api key{sign}{value}\n"
    start = text.index(value)
    spans = [(start, start + len(value))]
    judged = list(VENDORS.iter_neighbours(text, fold(text), spans, Words(VENDORS, text, fold(text), spans), None))
    assert not judged or may_be_judged(text, *spans[0])
