"""The phrases that a login follows, and what it looks like there: the table that `dlp.detect.logins` goes through.

A rule belongs to a phrase ("user name", "log in as", `useradd`): it is tried where the phrase ends, and its first group is the
login. Each comes with its evidence, lines in which it finds the marked name (`<...>`) and look-alikes in which nothing is found.
All repetitions are bounded, so a text costs linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dlp.detect.patterns import late
from dlp.detect.words import without_accents


def _spelt(*phrases: str) -> tuple[str, ...]:
    """The phrases, and as they are typed without accents."""
    return tuple(dict.fromkeys(each for phrase in phrases for each in (phrase, without_accents(phrase))))


FIELDS = _spelt(
    "username", "user name", "userid", "user id", "login", "login name", "login id", "loginid", "screen name", "user handle",
    "benutzername", "nutzername", "anmeldename", "kontoname", "account name", "nom d utilisateur", "identifiant", "usuario", "usuário", "utente",
    "gebruikersnaam", "användarnamn", "brugernavn", "brukernavn", "gamertag", "nazwa użytkownika", "käyttäjänimi",
    "felhasználónév", "kullanıcı adı", "uživatelské jméno", "logon", "logon name", "sign in name", "windows account", "windows user", "domain account", "domain user", "network user", "unix user", "skype name", "skype id", "github username",
    "steam id", "psn id", "xbox gamertag", "loginname", "accountname", "identifiant de connexion", "nom de connexion", "nom de compte", "nombre de usuario", "cuenta de usuario", "usuario de red", "nome utente", "nome de utilizador", "nome de usuário",
    "gebruikers id", "inlognaam", "inloggningsnamn", "brugerid", "bruger id", "bruker id", "nazwa konta", "login użytkownika", "identyfikator użytkownika",
)  # fmt: skip
SHORT_FIELDS = _spelt(
    "user", "usr", "uname", "pseudo", "nick", "nickname", "benutzer", "benutzerkennung", "nutzer", "nutzerkennung", "spielername", "utilisateur", "pseudonyme",
    "nom du compte", "utilizador", "apodo", "nombre de cuenta", "gebruiker", "inlognaam", "accountnaam", "nome account", "member name", "player", "player name",
    "forum name", "bruger", "bruker", "användare", "użytkownik", "compte utilisateur", "utente", "utilizador", "usuário", "usuario", "यूज़रनेम", "यूजरनेम", "उपयोगकर्ता", "उपयोगकर्ता नाम",
)  # fmt: skip
_AS = (
    "log in as", "login as", "logged in as", "logging in as", "logs in as", "sign in as", "signed in as", "signing in as", "me in as",
    "log on as", "logged on as", "authenticate as", "authenticated as", "anmelden als", "angemeldet als", "einloggen als",
    "eingeloggt als", "log in als", "inloggen als", "ingelogd als", "ingelogd als", "logga in som", "inloggad som", "log ind som",
    "logget ind som", "connecte en tant que", "connecté en tant que", "connecter en tant que", "inicia sesión como",
    "iniciar sesión como", "inicié sesión como", "iniciada como", "entrar como", "entro como", "accedi come", "accedere come",
    "accesso come", "autenticato come", "entrato come", "entrata come", "entré como", "entrei como", "ik in als", "avec le compte",
)  # fmt: skip
_WHO = (
    "user", "username", "user name", "nutzer", "benutzer", "gebruiker", "utente", "usuario", "usuário", "usuária", "utilisateur", "utilizador", "bruger",
    "användaren", "account", "konto", "compte", "cuenta", "conta", "profile", "profil", "perfil", "profilo", "profiel", "player", "login", "nick", "nickname",
    "pseudo", "handle", "screen name", "उपयोगकर्ता",
)  # fmt: skip
"""Nouns that a login follows as a name follows `Mr`."""
_CALLED_AS = (
    *_AS, "known as", "known online as", "going by", "goes by", "went by", "go by", "playing as", "plays as", "posting as", "posts as", "posted as", "streaming as",
    "tweeting as", "registered as", "under the name", "by the name", "by the name of", "under the nick", "under the handle", "unter dem namen", "unter dem nick",
    "als benutzer", "sous le pseudo", "sous le nom", "con el nombre", "com o nome", "onder de naam",
)  # fmt: skip
NETWORK_WORDS = (
    "twitter", "instagram", "insta", "tiktok", "telegram", "mastodon", "bluesky", "threads", "snapchat", "discord", "reddit", "github",
    "gitlab", "linkedin", "twitch", "steam", "xbox", "psn", "skype", "signal",
)  # fmt: skip
NETWORKS = r"(?:twitter|instagram|insta|tik ?tok|telegram|mastodon|bluesky|threads|snapchat|snap|discord|reddit|github|gitlab|linkedin|facebook|youtube|twitch)"
_HANDLES = ("handle", "nick", "gamertag", "alias", "login", "username", "user name", "screen name", "pseudo")

VALUE = r"[A-Za-z][A-Za-z0-9._\-]{1,38}[A-Za-z0-9]"
QUOTE = r"\\{0,2}[\"'`]"
WHOLE = r"(?![\w(@\[]|://|[.\-]\w)"
PHRASE_ENDS = (
    r"(?=[\"'`*]{0,2}[ \t]{0,3}(?:$|[\r\n,;|&}\])<!?]|\.(?!\w)|:(?!\w)|"
    r"(?:and|with|on|for|at|to|from|but|plus|password|und|mit|auf|bei|et|avec|sur|y|con|en|e|com|no|na|su|met|op|och|med|på|og|hai|hoon)\b|[a-z_]{1,20}=))"
)
"""What may follow a login that is said in a sentence; an ordinary word that is not one goes on with the sentence."""
_ACTS = (
    r"(?:has[ ](?:been[ ])?(?:exceeded|reported|logged|signed|banned|blocked|locked|removed|deleted|suspended|flagged|left|joined|posted|requested)|"
    r"(?:was|were|got)[ ](?:recently[ ]|just[ ]|already[ ])?(?:banned|blocked|locked|removed|deleted|suspended|flagged|created|added|invited|disabled|unlocked|kicked|muted|hacked)|"
    r"reported|logged|signed|posted|requested|uploaded|downloaded|sent|wrote|writes|said|says|commented|joined|left|complained|asked|tried|cannot|can['’]t|couldn['’]t|keeps|"
    r"belongs[ ]to|is[ ](?:banned|blocked|locked|suspended|offline|online|active|registered)|"
    r"wurde|gehört|hat|meldete?|schrieb|schreibt|a[ ](?:été|signalé|posté|écrit|demandé|supprimé)|appartient|ha[ ](?:segnalato|scritto|chiesto|informado|escrito|reportado|sido)|"
    r"è[ ]stato|informó|escribió|reportó|fue|pertenece|foi|relatou|escreveu|pertence|is[ ]geblokkeerd|meldde|schreef|heeft|werd|hoort|ने)(?!\w)"
)
"""What people and their accounts do and have done to them; what follows tells a login from a word of a program."""
MIXED = re.compile(
    r"(?=[^\d]*\d[^\d]*\d|[^\d]*\d[^_.]*[_.]|[^_.]*[_.][^\d]*\d)(?=[^a-z]*[a-z])\w[\w.]{3,}|[xX]{2}[A-Z]\w{2,20}[xX]{2}",
    re.ASCII,
)
"""Letters with two digits, or with one and a sign: nobody's word."""
MADE_UP = re.compile(
    r"(?=[^a-z]*[a-z])(?:\w*[a-z][A-Z]\w*|[A-Za-z]{3,}\d{1,4}|(?=[^_.]*[_.])\w+(?:[.\-]\w+){0,3})", re.ASCII
)
"""Words run together or joined by a sign; programs have such names too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRule:
    """A phrase that a login follows."""

    name: str
    words: tuple[str, ...]
    """Phrases as `Wanted` takes them."""
    after: re.Pattern[str]
    """Matched where the phrase ends; the first group is the login."""
    before: re.Pattern[str] | None = None
    """Must end where the last word of the phrase begins; sees `BEFORE` characters."""
    spoken: bool = False
    """The phrase may name the speaker of a line as well (`User: hello`)."""
    looks: tuple[re.Pattern[str], ...] = ()
    """What a value must look like, one of these; any value where there are none."""
    found: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()


BEFORE = 60
"""Characters before a phrase that its rule may look at."""

RULES = (
    LoginRule(
        name="login-field", words=SHORT_FIELDS, spoken=True,
        after=re.compile(
            rf"{QUOTE}?[ \t]{{0,2}}(?:=>|[:=])[ \t]{{0,2}}(?P<quote>{QUOTE})({VALUE})(?P=quote)"
            rf"|(?:=|:[ \t]{{1,2}})({VALUE})(?=[ \t]{{0,4}}(?:$|[\r\n&;|}}\]\"'])|[ ,]{{1,2}}[A-Za-z_]{{1,20}}[=:])"
            rf"|>({VALUE})</"
        ),
        before=re.compile(r"(?:^|[\s{,;(&?<\"'`_.\-|])\Z"),
        found=('{"user": "<sunshine>", "x": 1}', "user=<falcon> host=db1", "DB_USER=<pumpkin>", "POSTGRES_USER: <river>\n", "user: <coffee>",
               "<user><marble></user>", "User: <maple>\nHost: web1", "ftp_user='<walnut>'", "https://x.test/?user=<cactus>&id=7"),
        nothing=("user: string", '{"role": "user", "type": "x"}', "user = request.user", "user: User | None = None", "user=get_user()",
                 "User: hello\nAssistant: hi", "const user = await", 'user["name"]', "users: 42", "connect(user=owner)", "new_user = sunshine_of(x)"),
    ),
    LoginRule(
        name="login-flag", words=("user", "username", "login", "uname"),
        before=re.compile(r"\A(?!.*\b(?:pip3?|systemd|systemctl|journalctl|busctl|podman|loginctl|flatpak|gem|npm|setup|config)\b.*\Z).*--(?:[a-z]{2,12}-){0,2}\Z", re.DOTALL),
        after=re.compile(rf"[= ]{QUOTE}?({VALUE})(?=[\"':\s]|$)"),
        found=("mysqldump --user <sunshine> app", "--username=<falcon>", "tool --db-user '<maple>' run"),
        nothing=("pip install --user requests", "--user $USER", "systemctl --user restart", "--user root"),
    ),
    LoginRule(
        name="login-option", words=("mysql", "mysqldump", "mysqladmin", "mariadb", "curl", "psql", "pg dump", "createdb", "smbclient", "mongosh", "ftp"),
        after=re.compile(rf"(?:[ ][^\n|;&]{{0,80}}?)?[ ]-[uU][ =]?{QUOTE}?({VALUE})(?=[\"'%\s]|$|:(?![\s\"']|$))"),
        found=("mysql -u <river> -p", "curl -sS -u <panda>:hunter2 https://x.test", "psql -h db1 -U <cactus> -d app", "mysql -u<wizard> -p app"),
        nothing=("mysql -u root -p", "mysql app | sort -u names", "curl -u $CREDENTIALS x", "curl -u yf7pz7uv05j8om2qbqy8: https://x.test"),
    ),
    LoginRule(
        name="login-switch", words=("sudo", "ssh"),
        after=re.compile(rf"(?:[ ]-[a-zA-Z]{{1,3}}(?:[ ]\d{{1,5}})?){{0,3}}[ ]-[uUl][ ]?({VALUE})(?=\s|$)"),
        found=("sudo -u <tiger> whoami", "ssh -p 2222 -l <thunder> web1"),
        nothing=("sudo -u postgres psql", "sudo apt install -u curl"),
    ),
    LoginRule(
        name="login-account", words=("useradd", "adduser", "userdel", "deluser", "usermod", "passwd", "chsh", "chage", "su"),
        after=re.compile(rf"(?:[ ]{{1,2}}-{{1,2}}[a-zA-Z\-]{{0,16}}(?:[ =](?!-)[\w/,.:]{{1,40}})?){{0,5}}?[ ]{{1,2}}({VALUE})(?=[ \t]{{0,4}}(?:$|[\r\n;&|]))"),
        before=re.compile(r"(?:^|[\s`$#(;&|/])\Z"),
        found=("useradd -m -s /bin/bash <sunshine>", "sudo usermod -aG docker <falcon>", "passwd <maple>\n", "su - <wizard>"),
        nothing=("su root", "useradd --help", "passwd file format and the like", "a su derecha hay un banco"),
    ),
    LoginRule(
        name="login-owner", words=("chown",),
        after=re.compile(rf"(?:[ ]-[a-zA-Z]{{1,4}}){{0,2}}[ ]({VALUE}):"),
        found=("chown -R <sunshine>:staff app.log",), nothing=("chown root:root x", "chown www-data:www-data x"),
    ),
    LoginRule(
        name="login-log", words=("user", "account"),
        after=re.compile(
            rf"[ ]{QUOTE}?({VALUE})(?:{QUOTE})?[ ](?=(?:successfully[ ])?(?:logged[ ](?:in|out|on)|signed[ ](?:in|out)|authenticated|(?:has|was|is)[ ](?:been[ ])?(?:now[ ])?"
            r"(?:locked|logged|disabled|suspended|unlocked)|not[ ](?:found|in[ ]sudoers)|does[ ]not[ ]exist|from[ ]\d{1,3}\.|failed[ ]to[ ](?:log|auth)))"
        ),
        found=('user "<cactus>" logged in from 10.1.2.3', "Invalid user <maple> from 10.9.8.7 port 22", "The account <panda> was locked after five tries"),
        nothing=("the user is logged in", "The account manager was locked out", "user account was locked", "a user who logged in"),
    ),
    LoginRule(
        name="login-session", words=("user",),
        before=re.compile(r"(?i:(?:session[ ]\w{4,8}|password|passwd|passphrase|shell|home|quota|login|key)[ ](?:for|of|from)[ ](?:the[ ])?)\Z"),
        after=re.compile(rf"[ ]{QUOTE}?({VALUE}){WHOLE}(?=[\"'`]?(?:[ ]by\b|[ ]?[.,;:!?)(](?!\w)|\s{{0,3}}(?:$|[\r\n])))"),
        found=("session opened for user <thunder> by (uid=0)", "reset the password of user <sparrow>", "password for user <maple>:"),
        nothing=("the password of user accounts expires", "session opened for user root"),
    ),
    LoginRule(
        name="login-sshd", words=("accepted", "failed"),
        after=re.compile(rf"[ ](?:password|publickey|none|keyboard-interactive(?:/pam)?)[ ]for[ ](?:invalid[ ]user[ ])?({VALUE})(?=[ ]from[ ][\da-fA-F:.]{{3,40}})"),
        found=("Failed password for <sparrow> from 10.1.2.3 port 22", "Accepted publickey for <midnight> from 10.9.8.7 port 51122 ssh2",
               "Failed password for invalid user <monkey> from 10.0.0.9"),
        nothing=("Failed password for root from 10.1.2.3",),
    ),
    LoginRule(
        name="login-sql", words=("create user", "alter user", "drop user"),
        after=re.compile(rf"(?i:[ ](?:if[ ](?:not[ ])?exists[ ])?)(?:{QUOTE})?({VALUE})(?=(?:{QUOTE})?(?:@|;|$|[ ](?i:with|identified|password|login)\b))"),
        found=("CREATE USER <sunshine> WITH PASSWORD 'x'", "create user '<falcon>'@'localhost'", "DROP USER IF EXISTS <maple>;"),
        nothing=("create user accounts with care", "create user interface tests"),
    ),
    LoginRule(
        name="login-as", words=_AS,
        after=re.compile(rf":?[ ](?:the[ ]|user[ ]|den[ ])?[\"'`@]?({VALUE}){WHOLE}{PHRASE_ENDS}"),
        found=("log in as <dragon>", "please login as <cactus> and check", "ich bin als x eingeloggt als <walnut>.", "Logged in as <monkey>",
               "inicia sesión como <rainbow>"),
        nothing=("log in as an administrator", "login as a user", "logged in as usual", "Log in as follows:", "sign in as customer",
                 "log in as Administrator"),
    ),
    LoginRule(
        name="login-and-password",
        words=("username", "user name", "login", "login name", "user", "benutzername", "benutzer", "usuario", "utente", "identifiant"),
        after=re.compile(rf"[ ]{QUOTE}?({VALUE})(?:{QUOTE})?(?:,|[ ](?:and|with|und|mit|et|avec|y|con|e)|[ ]?/)[ ](?:(?:the|my|usual|das|dem|le|la|il)[ ]){{0,2}}(?i:pass|pw|pin|kennwort|mot[ ]de[ ]passe|contrase|senha)"),
        found=("sign in with the username <ginger> and the usual password", "Benutzer <kastanie> und Passwort stehen im Heft"),
        nothing=("enter your username and password", "the login page and password reset", "username field and password field"),
    ),
    LoginRule(
        name="login-said", words=(*_HANDLES, *NETWORK_WORDS),
        before=re.compile(
            rf"(?i:(?<!\w)(?:my|his|her|their|our|[Yy]our|mein|sein|ihr|mon|son|mi|su|tu|il[ ]mio|o[ ]meu|meu|minha|mijn|zijn|mitt|mit|min|mera|meri|mio)[ ]"
            rf"(?:(?:{NETWORKS}|steam|xbox|slack|work|new|old|main|own|current)[ ]){{0,2}}(?:user[ ]|screen[ ]|nome[ ]|nombre[ ]de[ ]|nom[ ]d['’])?)\Z"
        ),
        after=re.compile(
            rf"(?:[ ](?:name|username|id|tag|nick|handle|account|profile)){{0,2}}"
            rf"(?:['’]s|,?[ ]c['’]est|[ ](?:is|was|ist|lautet|heißt|est|es|è|é|är|er))[ ](?:now[ ]|still[ ]|called[ ]|just[ ]|also[ ])?[\"'`]?(@?{VALUE}){WHOLE}{PHRASE_ENDS}"
        ),
        found=("my handle is <falcon>", "My GitHub handle is <tiger>", "my discord is <ranger>", "her insta handle is <@sunny>",
               "my username's <biscuit>, ok?", "mon pseudo est <panda>"),
        nothing=("my handle is broken", "the door handle is loose", "my discord is down", "my instagram is private", "my username is wrong",
                 "my github is full of forks", "my login is no longer valid", "my twitter is boring"),
    ),
    LoginRule(
        name="login-labelled", words=FIELDS,
        after=re.compile(
            rf"[ ](?:lautet|ist|is|est|es|è|é|är|er|hai)[ ][\"'`]?({VALUE}){WHOLE}{PHRASE_ENDS}"
        ),
        before=re.compile(r"(?i:(?<!\w)(?:my|his|her|mein|sein|ihr|mon|son|mi|su|il[ ]mio|o[ ]meu|meu|mijn|mitt|mit|din|mera)[ ](?:\w{2,12}[ ]){0,2}(?:d['’])?)\Z"),
        found=("mein Benutzername lautet <rainbow>", "mon identifiant est <pumpkin>", "il mio nome utente è <midnight>", "meu usuário é <pepper>",
               "mi usuario es <lantern>", "mijn gebruikersnaam is <omarf>"),
        nothing=("mein Benutzername ist falsch", "mon identifiant est incorrect", "mi usuario es incorrecto", "l'identifiant est unique"),
    ),
    LoginRule(
        name="login-noun", words=_WHO, looks=(MIXED,),
        after=re.compile(rf"[ ]{QUOTE}?((?:{VALUE}|\d[A-Za-z0-9._]{{2,38}}[A-Za-z0-9])){WHOLE}"),
        found=("Please remove user <qx_93kd> from the group", "ask user <t.okafor22> about it", "El usuario <rociomon77> no puede", "the account <xXDonutXx> is mine", "L'utente <6cosmic_noodle>, poi"),
        nothing=("user sha256", "the account 2024q3", "user user42", "the profile v1.2", "user id_12", "account acct_1a2b3c", "a user with rw access"),
    ),
    LoginRule(
        name="login-doer", words=_WHO, looks=(MIXED, MADE_UP),
        after=late(rf"(?:[ ](?:called|named|namens|nommé|llamado|chamado))?[ ]{QUOTE}?({VALUE})(?:{QUOTE})?[ ](?={_ACTS})"),
        found=("The profile <SilentWolf> was flagged for spam", "Das Konto <salty_lantern> gehört mir", "El usuario <the-lazy.comet> informó de un fallo", "L'utente <LuckyMango> ha segnalato"),
        nothing=("The user object was deleted", "the account balance was locked", "user UserProfile is a class", "the login form was removed"),
    ),
    LoginRule(
        name="login-done-to", words=("user", "users", "account", "benutzer", "nutzer", "usuario", "usuário", "utente", "gebruiker"), looks=(MIXED, MADE_UP),
        before=re.compile(r"(?i:(?<!\w)(?:add|adding|added|remove|removed|delete|deleted|disable|disabled|ban|banned|block|blocked|unlock|invite|invited|create|created|lege|sperre|lösche)[ ](?:\w{1,12}[ ]){0,4})\Z"),
        after=re.compile(rf"[ ]{QUOTE}?({VALUE}){WHOLE}(?=[\"'`]?(?:[ ](?:from|to|in|on|for|as|with|an|zu|a|de|del)\b|[ ]?[.,;!?)]|\s{{0,3}}$))"),
        found=("please add the user <silent_otter> to the channel", "I deleted account <MangoPixel>."),
        nothing=("add the user object to the list", "create user accounts", "delete user request.user from"),
    ),
    LoginRule(
        name="login-member", words=("user", "users", "benutzer", "nutzer", "usuario", "usuário", "utente", "gebruiker"),
        after=re.compile(rf"[ ]{QUOTE}?({VALUE})(?:{QUOTE})?(?=[ ](?:from|to)[ ](?:(?:the|our|your|this)[ ])?(?:[\w-]{{2,20}}[ ]){{0,2}}(?:group|channel|team|list|server|project|workspace|domain|chat|repo|organi[sz]ation)\b)"),
        before=re.compile(r"(?i:(?<!\w)(?:add|added|remove|removed|delete|deleted|kick|kicked|ban|banned|invite|invited|assign|assigned|move|moved)[ ](?:the[ ])?)\Z"),
        found=("Please remove user <falcon> from the admin group",),
        nothing=("remove user accounts from the group", "add user data to the list", "add user stories to the project"),
    ),
    LoginRule(
        name="login-called", words=_CALLED_AS, looks=(MIXED, MADE_UP),
        after=re.compile(rf":?[ ](?:the[ ]|user[ ])?[\"'`]?(@?(?:{VALUE}|\d[A-Za-z0-9._]{{2,38}}[A-Za-z0-9])){WHOLE}"),
        found=("I logged in as <yuki55.delacroix> yesterday", "Someone going by <xXDonutXx> kept writing", "Ontem entrei como <pixel.396>.", "Unter dem Namen <tiny_comet> findest du mich",
               "Gisteren logde ik in als <the_cosmic_biscuit>", "sous le pseudo <LuckyNoodle>"),
        nothing=("log in as an admin_user", "known as follow-up", "goes by fast", "known as sha256", "also known as end-to-end encryption"),
    ),
    LoginRule(
        name="login-network", words=NETWORK_WORDS,
        before=re.compile(r"(?i:(?<!\w)(?:on|auf|su|en|no|op|sur|via|pe)[ ])\Z"),
        after=re.compile(rf"(?:[ ](?:as|als|come|como|at|under|unter|sous|by)(?:[ ](?:the[ ]name|the[ ]handle|dem[ ]namen|le[ ]pseudo|le[ ]nom))?:?|:)[ ][\"'`]?(@?{VALUE}){WHOLE}{PHRASE_ENDS}"),
        found=("you can find me on steam as <mango>", "Add me on Discord: <falcon>", "Mi trovi su Discord come <LuckyMango>.", "on Telegram under <sunny>."),
        nothing=("on GitHub as usual", "on Discord at noon tomorrow we met", "on Reddit as well", "on GitHub: see there", "on Twitter as expected."),
    ),
    LoginRule(
        name="login-pair", words=("credentials", "login details", "login data", "login", "zugangsdaten", "identifiants", "credenciales", "credenziali", "credenciais", "inloggegevens"),
        after=re.compile(rf"(?:(?:[ ](?:are|is|sind|sont|son|sono|são|zijn)(?:[ ]now)?)?:?|[ ]?(?:->|→|[-–]))[ ]({VALUE}|[\w.+\-]{{1,40}}@[\w.\-]{{3,40}})[ ]?[/|:][ ]?(?P<password>(?=\S*[^\sa-z])[^\s/\"'`<>][^\s\"'`<>]{{3,63}}?)(?=[.,;!?]?[\"']?(?:\s|$))"),
        found=("The credentials are <saltyotter> / Donut-pixel-06.", "Zugangsdaten: <anke.b> / Kestrel57#", "Zugangsdaten → <k.otter> / Kestrel57#"),
        nothing=("credentials are read/write",  "login: true / false", "credentials are username / password"),
    ),
    LoginRule(
        name="login-then-password", words=("user", "username", "user name", "login", "usuario", "usuário", "utente", "utilisateur", "identifiant", "benutzer", "gebruiker"), looks=(MIXED, MADE_UP),
        after=re.compile(rf"[ ]({VALUE})[ ](?=(?:password|passwd|pass|pwd|pw|passwort|kennwort|mot[ ]de[ ]passe|mdp|contraseña|clave|senha|wachtwoord)[ ]\S*[^\sa-z])"),
        found=("campus wifi user <pemberton8> password Maple1975?", "login <anke.b> passwort Kestrel57#"),
        nothing=("the user forgot password reset", "the user must have password 12"),
    ),
    LoginRule(
        name="login-of-router", words=("username", "login"),
        before=re.compile(r"(?:^[ ]{0,4}|\bmachine[ ]\S{1,60}[ ])\Z"),
        after=re.compile(rf"[ ]({VALUE})[ ](?=(?:privilege[ ]\d{{1,2}}[ ])?(?:password|secret)[ ]\S)"),
        found=("username <mwagner> privilege 15 secret 5 $1$x", "machine git.example.org login <otter> password hunter2x"),
        nothing=("username and password are needed",),
    ),
    LoginRule(
        name="login-pair-said", words=("router admin", "router login", "admin login", "portal login", "logging", "logged", "signing", "signed", "log", "sign"),
        looks=(MIXED, MADE_UP),
        after=re.compile(rf"(?:[ ](?:in|on)[ ]with)?(?:(?:[ ](?:are|is|sind|sont|son|sono|são|zijn)(?:[ ]now)?)?:?|[ ]?(?:->|→|[-–]))[ ]({VALUE}|[\w.+\-]{{1,40}}@[\w.\-]{{3,40}})[ ]?[/|:][ ]?(?P<password>(?=\S*[^\sa-z])[^\s/\"'`<>][^\s\"'`<>]{{3,63}}?)(?=[.,;!?]?[\"']?(?:\s|$))"),
        found=("Router admin → <k.otter> / Kestrel57#", "logging in with <anke.b>/Kestrel57#"),
        nothing=("log in with Google/GitHub", "sign in with SSO / OAuth2", "login with user/PASSWORD"),
    ),
    LoginRule(
        name="login-argument", words=("auth", "basic auth", "http basic auth", "digest auth", "set basic auth"),
        after=re.compile(rf"[ ]?=?[ ]?\([ ]{{0,4}}[\"']({VALUE})[\"']\s{{0,4}},\s{{0,8}}(?:Some\()?[\"']"),
        found=('requests.get(url, auth=("<anke.b>", "x7$kQ"))', 'client.basic_auth("<otter>", Some("x7$kQ"))', "HTTPBasicAuth('<k.otter>', 'x7$kQ')"),
        nothing=('auth=("username", "password")', "auth = (user, password)"),
    ),
    LoginRule(
        name="login-granted", words=("granted", "grant", "gave", "give"), looks=(MIXED, MADE_UP),
        after=re.compile(rf"[ ](?:user[ ])?({VALUE})[ ](?=(?:(?:read|write|admin|full|root|edit)[ ]?[/-]?[ ]?){{0,3}}(?:access|permissions?|rights)\b)"),
        found=("we granted <c.haverford27> read access to the bucket",), nothing=("give users write access", "granted full access"),
    ),
)  # fmt: skip
