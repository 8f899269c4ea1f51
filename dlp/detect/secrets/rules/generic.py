"""Formats that belong to no issuer: JSON Web Tokens, credentials in URLs, headers, command lines, SQL, password hashes."""

from __future__ import annotations

from dlp.detect.secrets.checks import basic_credentials, jwt_header
from dlp.detect.secrets.names import Kind
from dlp.detect.secrets.opaque import is_opaque
from dlp.detect.secrets.rule import Rule
from dlp.detect.secrets.values import Form, is_credential

_NO_ISSUER = ""
_VALUE = r"[^\s\"'`\\<>|;]"  # a character of an unquoted argument of a command


def _opaque(value: str) -> bool | None:
    return None if is_opaque(value, ease=0.6) else False


def _command(
    id: str, pattern: str, keywords: tuple[str, ...], source: str, *matches: str, reject: str, lead: int = 0
) -> Rule:
    return Rule(
        id=id,
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=pattern,
        keywords=keywords,
        lead=lead,
        phrase=lead > 0,
        source=source,
        score=0.85,
        matches=matches,
        rejects={"a variable": reject},
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="jwt",
        issuer=_NO_ISSUER,
        entity_type="JWT",
        pattern=r"eyJ[A-Za-z0-9_-]{8,2000}\.(?:eyJ[A-Za-z0-9_-]{8,8000}|[A-Za-z0-9_-]{20,8000}(?=\.))(?:\.[A-Za-z0-9_-]{2,3000}){0,3}",
        keywords=("eyj",),
        validator=jwt_header,
        min_entropy=3.5,
        source="RFC 7519: three base64url parts, the first two JSON objects",
        matches=("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ{alnum20}.{b64url43}",),
        rejects={"the header alone": "eyJhbGciOiJIUzI1NiJ9", "a path": "eyJ.foo.bar"},
    ),
    Rule(
        id="authorization-header",
        issuer=_NO_ISSUER,
        pattern=(
            r"(?i:authorization)(?:\\{0,4}[\"'`])?\]?\s{0,3}(?:[:=,]|=>|%3A)\s{0,3}(?:\\{0,4}[\"'`])?(?i:(?:basic|bearer|token|bot|apikey|"
            r"api-key|key|sso-key|negotiate|ntlm|genie-?key|splunk|oauth|private-token|discogs|zoho-oauthtoken|deepl-auth-key|"
            r"server-token|hmac|client-id)[ +:=]{1,2}(?:token=|key=|%20)?)?(?:\\{0,4}[\"'])?(?P<secret>[^\s\"'`\\,;<>{}()$]{8,4000})"
        ),
        keywords=("authorization",),
        min_entropy=2.5,
        score=0.85,
        source="RFC 9110, 11.6.2",
        matches=("Authorization: Bearer «{alnum32}»", "authorization: Token token=«{hex40}»", '"Authorization": "«{hex32}»"'),
        rejects={
            "a variable": "Authorization: Bearer $TOKEN",
            "a template": "Authorization: Bearer {token}",
            "a placeholder": "Authorization: Bearer <your-token>",
            "prose": "authorization: required for every request",
        },
        validator=lambda value: None if is_opaque(value, ease=0.6) or basic_credentials(value) else False,
    ),
    Rule(
        id="basic-auth",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=r"(?i:basic)(?:\s|%20|\+)(?P<secret>[A-Za-z0-9+/_-]{8,1000}={0,2})",
        keywords=("basic ", "basic%20", "basic+"),
        validator=lambda value: basic_credentials(value) or False,
        source="RFC 7617: base64 of user, colon, password",
        matches=("Basic «dXNlcjpodW50ZXIyaHVudGVyMg==»",),
        rejects={"prose": "Basic authentication is used", "no colon inside": "Basic aGVsbG93b3JsZA=="},
    ),
    Rule(
        id="bearer-token",
        issuer=_NO_ISSUER,
        pattern=r"(?i:bearer)(?:\s{1,4}|%20|\+)(?:\\{0,4}[\"'])?(?P<secret>[A-Za-z0-9_.~+/|-]{16,4000}={0,2})",
        keywords=("bearer",),
        validator=_opaque,
        score=0.85,
        source="RFC 6750",
        matches=("bearer «{alnum40}»",),
        rejects={"prose": "bearer authentication-scheme-description"},
    ),
    Rule(
        id="url-password",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=r"(?<=://)[^\s/@:\"'<>`\\]{0,200}:(?P<secret>[^\s/\"'<>`\\|]{1,256})@(?=[A-Za-z0-9\[$%{._-])",
        keywords=("://",),
        behind=True,
        score=0.9,
        source="RFC 3986, 3.2.1",
        matches=("postgres://app:«{alnum12}»@db.internal:5432/hr", "redis://:«{alnum16}»@cache:6379/0", "https://bob:«hunter2!»@intranet.acme.io"),
        rejects={
            "a port": "http://localhost:8080/@user",
            "no password": "https://git@git.example.org/x.git",
            "a template": "postgres://${USER}:${PASSWORD}@db/app",
            "documentation": "https://user:password@example.com/",
        },
    ),
    Rule(
        id="url-token",
        issuer=_NO_ISSUER,
        pattern=r"(?<=://)(?P<secret>[A-Za-z0-9_-]{20,255})(?::x-oauth-basic|:)?@(?=[A-Za-z0-9])",
        keywords=("://",),
        behind=True,
        validator=_opaque,
        score=0.85,
        source="git over HTTPS with a token in place of the user",
        matches=("https://«{alnum36}»@git.acme.io/app.git",),
        rejects={"a user": "https://continuous-integration-user@git.acme.io/app.git"},
    ),
    _command(
        "curl-user",
        r"curl\b[^\n]{0,400}?\s(?:-[a-zA-Z]{0,6}[uU]|--user|--proxy-user)(?:\s{1,4}|=)?(?:\\{0,4}[\"'])?[^\s:\"'\\]{1,120}:(?P<secret>[^\s\"'\\]{1,200})",
        ("curl",),
        "curl manual, --user",
        "curl -u deploy:«{alnum12}» https://acme.io",
        "curl -sS --user 'bob:«hunter2!»' https://acme.io",
        reject='curl -u "$USER:$PASSWORD" https://acme.io',
    ),
    _command(
        "mysql-password",
        r"(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)\b[^\n|;]{0,200}?\s-p[\"']?(?P<secret>[^\s\"'$-][^\s\"']{2,100})",
        ("mysql", "mariadb"),
        "MySQL reference manual, end-user guidelines for password security",
        "mysqldump -u root -p«{alnum10}» hr > hr.sql",
        reject="mysql -u root -p$MYSQL_PWD hr",
    ),
    _command(
        "cli-password",
        r"(?:sshpass|docker|podman|helm|mongo\w{0,7}|az|oc|cf|twine|7z|7za|unzip|zip|rar|plink|pscp|redis-cli|ldap\w{3,8}|"
        r"ipmitool|sqlcmd|bcp|isql|htpasswd|cifs|snowsql|clickhouse-client|mosquitto_\w{3}|rabbitmqctl|ncftp\w{0,3}|lftp|psftp|"
        r"kinit|vncpasswd|steamcmd|impala-shell|beeline|tsql|freerdp|xfreerdp|rdesktop|restic|openconnect|nmcli|iwconfig|svn)\b"
        r"[^\n|;&]{0,160}?\s(?:-p|-P|-a|-w|-pw|-y|--pass|/p:|-passphrase)(?:[ =]{1,3}|(?=[\"']))[\"']?"
        r"(?P<secret>(?![0-9]{1,5}(?::[0-9]|[\s\"'/,]|\Z)|[0-9.]{1,15}:[0-9]|[./~$-])[^\s\"'`<>|;]{4,128})",
        (
            "sshpass", "docker", "podman", "helm", "mongo", "az ", "oc ", "cf ", "twine", "7z", "unzip", "zip ", "rar ", "plink",
            "pscp", "redis-cli", "ldap", "ipmitool", "sqlcmd", "bcp", "isql", "snowsql", "clickhouse-client", "mosquitto",
            "lftp", "psftp", "kinit", "beeline", "tsql", "freerdp", "rdesktop", "restic", "openconnect", "svn",
        ),
        "the manual pages of the commands",
        "sshpass -p '«{alnum12}»' ssh root@10.0.0.1",
        "docker login -u bob -p «{alnum14}» registry.acme.io",
        reject="sshpass -p $PASS ssh root@10.0.0.1",
    ),
    _command(
        "openssl-pass",
        r"(?:-passin|-passout|-pass|--passphrase)\s{1,4}(?:pass:)?[\"']?(?P<secret>(?!file:|env:|stdin|fd:)" + _VALUE + r"{3,128})",
        ("-pass",),
        "OpenSSL manual, pass phrase options",
        "openssl rsa -in k.pem -passin pass:«{alnum10}»",
        reject="openssl rsa -in k.pem -passin env:PASS",
    ),
    _command(
        "piped-password",
        r"(?:echo|printf)\s{1,4}(?:-n\s{1,4})?[\"']?(?:[A-Za-z0-9_.-]{1,40}:)?(?P<secret>[^\s\"'|:]{4,128})[\"']?\s{0,4}\|"
        r"[^\n|]{0,100}(?:--password-stdin|sudo\s-S|chpasswd|passwd\s--stdin|--passphrase-fd)",
        ("--password-stdin", "sudo -s", "chpasswd", "--stdin", "--passphrase-fd"),
        "docker login, sudo and chpasswd manuals",
        "echo '«{alnum12}»' | docker login -u bob --password-stdin",
        "echo 'root:«{alnum12}»' | chpasswd",
        reject='echo "$PASS" | docker login -u bob --password-stdin',
        lead=280,
    ),
    _command(
        "smb-user-password",
        r"(?:-U|--user=?|username=)\s{0,2}[\"']?[A-Za-z0-9_.\\/@-]{1,60}%(?P<secret>[^\s\"',\\]{3,100})",
        ("-u ", "--user", "username="),
        "smbclient manual, --user",
        "smbclient //srv/x -U bob%«{alnum10}»",
        reject="smbclient //srv/x -U bob%$PASS",
    ),
    _command(
        "sql-identified",
        r"(?i:identified\s{1,4}(?:with\s{1,4}[\"'`]?[a-z0-9_]{3,40}[\"'`]?\s{1,4})?(?:by|as)(?:\s{1,4}(?:password|values))?)\s{1,4}"
        r"(?:\\{0,4}[\"'`]|(?=[^\s;,)]{0,60}[0-9#$!@*]))(?P<secret>[^\s\"'`;,)\\]{3,200})",
        ("identified",),
        "MySQL, MariaDB and Oracle manuals, CREATE USER",
        "CREATE USER bob IDENTIFIED BY '«{alnum12}»';",
        "ALTER USER bob IDENTIFIED WITH mysql_native_password AS '«*{HEX40}»'",
        reject="users are identified by <name>",
    ),
    _command(
        "netrc",
        r"login\s{1,20}\S{1,100}\s{1,20}(?:password|passwd)\s{1,20}(?P<secret>[^\s\"'\\]{1,200})",
        ("login ",),
        "netrc manual page",
        "machine ftp.acme.io login deploy password «{alnum12}»",
        reject="login and then password <password>",
    ),
    _command(
        "pgpass",
        r"(?:^|(?<=[\s\"'`]))[^\s:#\"'\\/]{1,120}:(?:54[0-9]{2}|6432|\*):[^\s:]{1,64}:[^\s:]{1,64}:(?P<secret>[^\s:\"'\\]{3,128})(?=[\s\"'\\`]|\Z)",
        (":54", ":6432:", ":*:"),
        "PostgreSQL manual, the password file",
        "db1.internal:5432:app:app_rw:«{alnum12}»",
        reject="db1.internal:5432:app:app_rw:$PGPASS",
        lead=130,
    ),
    _command(
        "sqlplus-logon",
        r"(?:sqlplus|sqlldr|expdp|impdp|rman)\b[^\n]{0,60}?\s[A-Za-z0-9_$#]{1,30}/(?P<secret>[^\s/@\"']{3,64})@[A-Za-z0-9]",
        ("sqlplus", "sqlldr", "expdp", "impdp", "rman "),
        "Oracle SQL*Plus reference, starting SQL*Plus",
        "sqlplus -s scott/«{alnum8}»@orcl",
        reject="sqlplus -s scott/$PASS@orcl",
    ),
    _command(
        "powershell-secure-string",
        r"(?i:convertto-securestring)\s{1,4}(?:-String\s{1,4})?\\{0,4}[\"'](?P<secret>[^\"'\n\\]{3,128})\\{0,4}[\"']",
        ("convertto-securestring",),
        "PowerShell reference, ConvertTo-SecureString",
        '$p = ConvertTo-SecureString "«{alnum12}»" -AsPlainText -Force',
        reject='$p = ConvertTo-SecureString "$Password" -AsPlainText -Force',
    ),
    _command(
        "net-use",
        r"net\s{1,3}use\s[^\n]{0,160}?/user:\S{1,80}\s{1,4}[\"']?(?P<secret>[^\s\"'/\\][^\s\"'\\]{2,100})",
        ("net use",),
        "Windows commands, net use",
        "net use Z: //srv/x /user:bob «{alnum12}»",
        reject="net use Z: //srv/x /user:bob %PASS%",
    ),
    Rule(
        id="user-and-password",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=(
            r"(?i:auth\s?=\s?\(|\w{0,12}basicauth\w{0,20}\(|pscredential\(|networkcredential\(|passwordcredentials?\(|\.login\(|basic_auth\(|"
            r"set_?basic_?auth\(|authenticate\()\s{0,20}(?:\w{1,20}\s?=\s?)?\\{0,4}[\"'][^\"'\n]{1,80}[\"']\s{0,4},\s{0,20}"
            r"(?:\w{1,20}\s?=\s?)?\\{0,4}[\"'](?P<secret>[^\"'\n\\]{3,128})\\{0,4}[\"']"
        ),
        keywords=("auth", "credential", ".login("),
        lead=20,
        score=0.8,
        validator=lambda value: None if is_credential(value, Kind.PASSWORD, "", Form.QUOTED) else False,
        source="the constructors of HTTP and SMTP clients",
        matches=('requests.get(url, auth=("bob", "«{alnum12}»"))', "server.login('bob@acme.io', '«{alnum12}»')"),
        rejects={"documentation": 'auth=("username", "password")', "a variable": 'auth=("bob", password)'},
    ),
    Rule(
        id="bundler-credentials",
        issuer="Bundler",
        pattern=r"BUNDLE_(?:[A-Z0-9]{1,40}__){1,6}[A-Z0-9]{2,20}[\"']?\s{0,3}[=:]\s{0,3}[\"']?(?P<secret>[^\s\"':@\\]{3,100}:[^\s\"':@\\]{3,200}|[A-Za-z0-9_-]{16,200})",
        keywords=("bundle_",),
        source="Bundler manual, credentials for gem sources",
        matches=("export BUNDLE_GEMS__ACME__IO=«{hex8}:{hex8}»",),
        rejects={"another setting": "BUNDLE_PATH=vendor"},
    ),
    Rule(
        id="crypt-hash",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=(
            r"\$(?:1|2[abxy]?|5|6|7|y|gy|sm3|apr1|sha1|md5|argon2(?:i|d|id)|scrypt|s2|pbkdf2[a-z0-9-]{0,12}|bcrypt[a-z0-9-]{0,8}|P|H|S)"
            r"\$(?:[a-z]{1,4}=[A-Za-z0-9,=]{1,60}\$){0,3}[./A-Za-z0-9$+*-]{16,300}={0,2}"
        ),
        keywords=(
            "$1$", "$2$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$apr1$", "$sha1$", "$md5$",
            "$argon2", "$scrypt$", "$s2$", "$pbkdf2", "$bcrypt", "$p$", "$h$", "$s$",
        ),
        min_entropy=3.0,
        placeholders=True,
        source="crypt(5); PHC string format",
        matches=("$2b$12${alnum53}", "$6${alnum16}${alnum86}", "$argon2id$v=19$m=65536,t=3,p=4${alnum22}${alnum43}"),
        rejects={"arguments of a shell": "$1$2$3", "money": "$5$"},
    ),
    Rule(
        id="framework-hash",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=r"(?:pbkdf2_sha(?:1|256|512)|pbkdf2:sha(?:1|256|512)(?::[0-9]{1,8})?|bcrypt(?:_sha256)?|scrypt(?::[0-9:]{3,30})?|argon2)\$[A-Za-z0-9$./+=:-]{20,300}",
        keywords=("pbkdf2", "bcrypt$", "bcrypt_sha256$", "scrypt", "argon2$"),
        min_entropy=3.0,
        source="Django and Werkzeug documentation, how passwords are stored",
        matches=("pbkdf2_sha256$600000${alnum22}${b6443}=",),
        rejects={"the name": "pbkdf2_sha256"},
    ),
    Rule(
        id="ldap-hash",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=r"\{(?i:ssha|sha|smd5|md5|crypt|ssha(?:256|384|512)|sha(?:256|512))\}[A-Za-z0-9+/$.]{16,200}={0,2}",
        keywords=("{ssha", "{sha", "{smd5}", "{md5}", "{crypt}"),
        placeholders=True,
        source="RFC 2307, userPassword",
        matches=("{SSHA}{b6438}==",),
        rejects={"a template": "{sha}"},
    ),
    Rule(
        id="windows-hash-dump",
        issuer=_NO_ISSUER,
        entity_type="PASSWORD",
        pattern=r"[0-9]{3,6}:(?P<secret>[0-9a-fA-F]{32}:[0-9a-fA-F]{32}):::",
        keywords=(":::",),
        lead=80,
        source="layout of a SAM dump: name, id, LM hash, NT hash",
        matches=("Administrator:500:«{hex32}:{hex32}»:::",),
        rejects={"a separator": "a:::b"},
    ),
    Rule(
        id="ntlm-message",
        issuer=_NO_ISSUER,
        pattern=r"TlRMTVNTUAA[A-Za-z0-9+/]{30,4000}={0,2}",
        keywords=("tlrmtvntuaa",),
        source="MS-NLMP: base64 of the signature NTLMSSP",
        matches=("TlRMTVNTUAADAAAA{b6480}",),
        rejects={"the signature": "TlRMTVNTUAA="},
    ),
    Rule(
        id="app-password",
        issuer="Google or Apple",
        entity_type="PASSWORD",
        pattern=r"(?i:(?:app(?:lication)?[ -])?specific[ _-]?passw(?:or)?d|app(?:lication)?[ _-]?passw(?:or)?d|gmail[_ -]?passw(?:or)?d)[^\n]{0,30}?(?P<secret>[a-z]{4}([ -])[a-z]{4}\2[a-z]{4}\2[a-z]{4})(?![a-z])",
        keywords=("app pass", "app-pass", "app_pass", "apppass", "application pass", "application-pass", "specific pass", "gmail pass", "gmail_pass"),
        lead=24,
        phrase=True,
        source="Google and Apple account help, app passwords",
        matches=("app password: «{lower4} {lower4} {lower4} {lower4}»", "App-specific password is «{lower4}-{lower4}-{lower4}-{lower4}»"),
        rejects={"prose": "app password: see the help"},
    ),
    Rule(
        id="seed-phrase",
        issuer=_NO_ISSUER,
        entity_type="PRIVATE_KEY",
        pattern=r"(?i:(?:seed|recovery|secret|backup|mnemonic)[ _-]?(?:phrase|words|seed)?)[^\n:=]{0,30}[:=]\s{0,4}[\"']?(?P<secret>[a-z]{3,8}(?: {1,2}[a-z]{3,8}){11}(?:(?: {1,2}[a-z]{3,8}){3,12})?)(?![ ]?[a-z])",
        keywords=("phrase", "mnemonic", "recovery words", "seed words", "backup words"),
        lead=20,
        phrase=True,
        score=0.8,
        source="BIP 39: twelve to twenty-four words of three to eight letters",
        matches=(
            "seed phrase: «{lower5} {lower4} {lower6} {lower5} {lower4} {lower7} {lower5} {lower4} {lower6} {lower5} {lower4} {lower7}»",
        ),
        rejects={"prose": "seed phrase: keep it in a safe place."},
    ),
)
