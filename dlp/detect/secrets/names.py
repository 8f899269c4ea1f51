"""Names that announce a credential: `DB_PASSWORD`, `apiKey`, `Kennwort`, `client_secret`, `X-Auth-Token`.

A name is read word by word, so that `password` counts and `password_length` doesn't, `api_key` counts and `primary_key`
doesn't. What it announces decides how much its value must look like a secret (`assignments`).
"""

from __future__ import annotations

import itertools
import re
from enum import IntEnum
from typing import Final

from dlp.detect.context import LabelMemo
from dlp.detect.patterns import late


class Kind(IntEnum):
    """What a name announces, from least to most telling."""

    NONE = 0
    WEAK = 1
    """`key`, `auth`, `salt`: the value must look random by itself."""
    STRONG = 2
    """`token`, `secret`, `api_key`: the value must not look like a word."""
    PASSWORD = 3
    """Anything but a placeholder or an expression may be one."""


# Stems by which a name is noticed at all, lower case; what is around them is looked at afterwards.
STEMS: Final = (
    *(
        "pass",
        "pwd",
        "psw",
        "pw",
        "psd",
        "pssw",
        "kennw",
        "parol",
        "mdp",
        "clave",
        "contrase",
        "senha",
        "wachtwoord",
        "adgang",
        "kode",
    ),
    *(
        "losen",
        "lösen",
        "salasana",
        "haslo",
        "hasło",
        "heslo",
        "jelsz",
        "sifre",
        "şifre",
        "lozink",
        "geslo",
        "parool",
        "slapta",
    ),
    *(
        "пароль",
        "密码",
        "密碼",
        "口令",
        "パスワード",
        "暗証",
        "비밀번호",
        "암호",
        "पासवर्ड",
        "పాస్వర్డ్",
        "mật khẩu",
        "kata sandi",
        "รหัสผ่าน",
        "كلمة المرور",
    ),
    *("كلمة السر", "סיסמ", "κωδικ", "mot de p", "schlüssel", "schluessel", "passwort"),
    *(
        "secret",
        "geheim",
        "segreto",
        "secreto",
        "secrète",
        "token",
        "jeton",
        "toegang",
        "key",
        "auth",
        "cred",
        "bearer",
        "cookie",
    ),
    *(
        "sess",
        "sid",
        "salt",
        "nonce",
        "seed",
        "apik",
        "sig",
        "hmac",
        "dsn",
        "connstr",
        "webhook",
        "cipher",
        "pin",
        "otp",
        "srt",
    ),
    *(
        "ключ",
        "токен",
        "секрет",
        "密钥",
        "密鑰",
        "令牌",
        "秘密",
        "トークン",
        "キー",
        "토큰",
        "chave",
        "llave",
        "chiave",
        "sleutel",
        "nøgle",
        "nyckel",
    ),
    *(
        "clé",
        "cle d",
        "klucz",
        "anahtar",
        "api",
        "bot",
        "access",
        "licen",
        "srp",
        "jwt",
        "pat",
        "clid",
        "private",
        "community",
        "code",
        "wifi",
        "wi-fi",
        "wlan",
        "wpa",
        "phrase",
    ),
)

_SPLIT: Final = late(
    r"[^0-9A-Za-z\u0080-\uffff]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])"
)
_PASSWORD: Final = frozenset(
    """
    password passwords passwd passwrd passwort passwd passphrase passcode passkey pass pwd pwds pw psw passw psswd pswd
    pssword psword psswrd psd passwor passworsd pasword passwod passowrd passwords userpass userpassword dbpass dbpassword
    dbpasswd rootpassword adminpassword mypassword kennwort parole parola parool mdp clave contrasena contraseña contrasenya
    senha wachtwoord adgangskode adgangskoden kodeord kodeordet losenord lösenord lösenordet passord passordet salasana
    haslo hasło heslo jelszo jelszó sifre şifre lozinka geslo slaptazodis slaptažodis пароль пароля 密码 密碼 口令 パスワード
    暗証番号 비밀번호 암호 pgpassword mysqlpwd sshpass secretpassword wpapsk psk passwordhash pwdhash loginpassword zugangscode
    """.split()
)
_PASSWORD_PARTS: Final = (
    "password", "passwd", "passwort", "passphrase", "kennwort", "contrase", "wachtwoord", "adgangskode", "lösenord", "losenord",
    "salasana", "пароль", "密码", "密碼", "パスワード", "비밀번호", "पासवर्ड", "పాస్వర్డ్", "mật khẩu", "kata sandi", "รหัสผ่าน", "كلمة المرور", "كلمة السر",
    "wifi key", "wifi_key", "wifi-key", "wifikey", "wi-fi key", "wlan key", "wifi code", "wifi-code", "wifi_code", "wificode", "wlan-code", "wlan code", "code wifi", "code_wifi", "wlan-schlüssel",
    "wlan_schlüssel", "wlan schlüssel", "wlanschlüssel", "wlanschluessel", "clé wifi", "clé_wifi", "cléwifi", "clé wi-fi", "cle_wifi", "clave wifi", "clave del wifi", "chave wifi", "wifi-sleutel",
    "wifi-kod", "wifi kod", "wifi_kod", "wifikod", "chiave wifi", "chiave_wifi", "chiave wi-fi", "chiave di rete", "chiave rete", "clave de red", "clave wpa", "clé wpa", "clé_wpa", "cle_wpa", "clé réseau", "clé du réseau", "klucz sieci", "klucz_sieci", "klucz wifi",
    "network key", "network_key", "networkkey", "wpa key", "wpa_key", "wpa-key", "wpa2 key", "wpa-schlüssel", "netzwerkschlüssel", "netzwerkschluessel", "netwerksleutel", "wifisleutel", "nätverksnyckel", "wifi-nyckel", "netværksnøgle", "nettverksnøkkel", "wifi-nøgle",
    "parola d'ordine", "parola_d_ordine", "losungswort", "recovery phrase", "recovery_phrase", "recoveryphrase", "seed phrase", "seed_phrase", "seedphrase", "secret phrase", "secret_phrase", "secretphrase", "mnemonic phrase", "backup phrase",
    "clave de acceso", "clave_de_acceso", "clavedeacceso", "parola chiave", "parola_chiave", "parolachiave", "palavra_passe", "palavrapasse",
    "סיסמ", "κωδικ", "mot de passe", "palavra-passe", "palavra passe", "motdepasse", "mot_de_passe",
)  # fmt: skip
_STRONG: Final = frozenset(
    """
    secret secrets token apikey apitoken apisecret authtoken accesstoken refreshtoken clientsecret appsecret secretkey
    privatekey accesskey licentiesleutel lizenzschlüssel lizenzschluessel licensnyckel licensnøgle lisensnøkkel authkey signingkey encryptionkey masterkey bearer credential credentials credentialid hmackey jwt
    webhooksecret sessiontoken csrftoken xsrftoken geheimnis segreto secreto jeton ключ токен секрет 密钥 密鑰 令牌 秘密
    トークン 토큰 apikeys idtoken usertoken bottoken accountkey licensekey serviceaccountkey pat authorization connstr
    creds connectionstring keystring aeskey deskey keyid secretid sessionid phpsessid jsessionid sessid
    """.split()
)
_WEAK: Final = frozenset(
    """
    key keys auth api salt nonce seed sid session cookie sig signature hmac dsn cipher otp srt srp sk ak cred
    aspsessionid ssid webhook licence license clid clientid appid code schlüssel schluessel chave llave
    chiave sleutel nøgle nyckel clé klucz anahtar キー private access bot hash digest pin iv
    """.split()
)
# Two words that make a strong name of weak ones.
_PAIRS: Final = frozenset(
    """
    api-key api-token api-secret access-key access-token auth-key auth-token secret-key client-secret private-key signing-key
    encryption-key master-key account-key shared-key service-key app-key app-secret consumer-key consumer-secret user-key
    license-key licence-key activation-key product-key session-key session-token session-secret session-id bot-token
    server-key integration-key deploy-key storage-key admin-key security-key subscription-key developer-key master-secret
    webhook-secret webhook-token refresh-token id-token bearer-token personal-token oauth-token auth-secret jwt-secret
    cookie-secret hmac-key hmac-secret aes-key des-key rsa-key host-key wallet-key write-key read-key publishable-key
    live-key test-key ingest-key insert-key rest-key key-data auth-cookie registration-token sas-token api-pass csrf-token
    application-key access-code api-code api-login secret-access key-secret access-id api-user clé-api chave-api clave-api
    api-schlüssel zugangs-token llave-api chiave-api klucz-api api-sleutel api-nyckel api-nøgle auth-code machine-key validation-key decryption-key crypt-key
    license-code licence-code activation-code
    """.split()
)
# A name that ends so speaks about the credential and doesn't hold it.
_ABOUT: Final = frozenset(
    """
    name names type types count counts counter length len size url uri urls path paths file files filename dir folder field
    fields label labels hint hints placeholder policy policies expiry expires expired expiration ttl timeout min max limit
    limits regex pattern format version index rule rules strength column header headers param params prefix suffix
    description help title text message msg error errors input output form page view widget manager service provider store
    storage generator validator validation encoder handler factory endpoint required enabled disabled allowed valid invalid
    reset change changed created updated at on by from since until age date time days hours minutes attempts retries
    algorithm alg method mode scheme kind usage use used uses scope scopes issuer audience budget cost price per rate
    window tokens tokenizer tokenize tokenizer parser stream class interface util utils helper helpers config settings
    option options button link icon id ids board word words press down up code codes event events bind binding store pair
    pairs fingerprint thumbprint checksum sha md crc space set map value exists status state bits bytes spec ref reference location vault group ring role
    """.split()
)
# ... except these pairs, which do hold one.
_STILL: Final = frozenset({"wifi-code", "wlan-code", "code-wifi", "wi-fi-code", "api-id", "auth-id", "license-id", "key-id", "secret-id", "session-id", "client-id", "app-id", "access-id", "access-code", "auth-code", "pass-code", "key-value", "secret-value", "password-value", "token-value", "secret-text", "api-code", "license-code", "licence-code", "activation-code", "key-pair", "password-text", "password-input", "key-set", "credential-id", "pin-code", "security-code", "password-string", "secret-string", "token-string", "token-id"})  # fmt: skip
_PASSING: Final = frozenset(
    "change continuation next page pagination request sync cancellation cancel idempotency resume cursor marker delta".split()
)
_AFTER_PASS: Final = frozenset(
    "through thru by rate fail filter on over off in to along if when band port ed es ing around".split()
)
_NOT_KEYS: Final = frozenset(
    """
    public pub primary foreign partition sort cache row object translation i18n idempotency routing unique composite index
    dict map json hash lookup natural surrogate arrow enter escape return delete shift control ctrl alt tab meta hot short
    host known group column sorting ordering dedup deduplication grouping message record event storage local data config
    registry context state react element item list array entry menu home end page up down left right command function
    space backspace next_page each
    """.split()
)


def words_of(name: str) -> list[str]:
    """The words of an identifier or label, lower case: `AWSSecretKey2` gives aws, secret, key, 2."""
    return [w.lower() for w in _SPLIT.split(name) if w]


def _classify(name: str) -> Kind:
    words = words_of(name)
    while words and (words[-1].isdigit() or len(words[-1]) == 1) and len(words) > 1:
        words.pop()
    if not words:
        return Kind.NONE
    last = words[-1]
    pair = f"{words[-2]}-{last}" if len(words) > 1 else ""
    if last in _ABOUT and pair not in _STILL:
        return Kind.NONE
    low = name.lower()
    if last in _PASSWORD or _names_password(words[-3:]) or any(part in low for part in _PASSWORD_PARTS):
        return Kind.PASSWORD
    if last == "token" and len(words) > 1 and words[-2] in _PASSING:
        return Kind.WEAK  # a place in a list or a request's own name
    if pair in _PAIRS or last in _STRONG or any(f"{a}-{b}" in _PAIRS for a, b in itertools.pairwise(words)):
        return Kind.NONE if "public" in words[-3:] or "pub" in words[-3:] else Kind.STRONG
    if any(w in _STRONG for w in words):
        return Kind.STRONG if words[0] != "tokens" else Kind.WEAK
    if pair in _STILL or last in _WEAK or any(w in _WEAK for w in words):
        if last in ("key", "keys", "id") and len(words) > 1 and words[-2] in _NOT_KEYS:
            return Kind.NONE
        return Kind.WEAK
    return _inside(low)


classify: Final = LabelMemo(_classify)
"""What a name announces. Linear in its length. Names repeat: the keys of JSON records, the headings of tables, the variables of a program."""

_LEG: Final = re.compile(r"([A-Za-z]+)_(?i:pins?)[0-9]{0,2}\Z")
_OF_PEOPLE: Final = frozenset(
    """
    access account admin alarm atm bank card client code current customer default device door gate initial login master my new old otp
    phone safe secret security sim temp unlock user voicemail
    """.split()
)


def is_of_hardware(name: str) -> bool:
    """Whether `name` ends with that of a chip's leg: `LED_PIN`, `MOTOR_PIN`; people's are called `CARD_PIN`."""
    leg = _LEG.search(name)
    return leg is not None and leg[1].lower() not in _OF_PEOPLE


def _names_password(words: list[str]) -> bool:
    """`db_pass_prod` does, `pass_through` doesn't."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word in _PASSWORD and (len(word) > len("pass") or after not in _AFTER_PASS):
            return True
    return False


def _inside(low: str) -> Kind:
    """A name without boundaries between its words: `mysecrettoken`, `ibmcoshmac`, `dbpwd`."""
    for part, kind in (
        ("pwd", Kind.PASSWORD),
        ("passw", Kind.PASSWORD),
        ("secret", Kind.STRONG),
        ("token", Kind.STRONG),
        ("apikey", Kind.STRONG),
    ):
        k = low.find(part)
        if k >= 0 and low[k:] not in ("tokenizer", "tokens", "secretary", "tokenize", "tokenized", "tokenization"):
            return kind
    if low.endswith(("key", "pass", "auth", "sid", "sessid")) and not low.endswith(
        (
            "monkey",
            "turkey",
            "hockey",
            "bypass",
            "compass",
            "trespass",
            "donkey",
            "jockey",
            "whiskey",
            "hotkey",
            "passkey",
            "inside",
            "outside",
        )
    ):
        return Kind.WEAK
    return Kind.NONE
