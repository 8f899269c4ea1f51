"""Short values that a field's label alone gives a meaning: `House number: 12b`, `CVV (123)`, `<edad>57</edad>`, `Interno | Scala B`.

Away from its label such a value is any number or word, so a field must be one: a label, then a sign (`:`, `=`, `|`, a quote, a
tag, a bracket, the end of a line before an indented one), then the value and its end. As a JSON key or a table's header a
label counts as well. Labels of codes with letters and digits are in `dlp.detect.label_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dlp.detect.context import LabelMemo, Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late
from dlp.detect.said_before import OWNERS, VERBS
from dlp.detect.secrets.names import is_of_hardware
from dlp.detect.words import split_words, without_accents


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of field."""

    entity_type: str
    labels: tuple[str, ...]
    """In lower case, with blanks between words."""
    value: re.Pattern[str]
    """What the value must be, as a whole."""
    found: tuple[str, ...]
    """Fields of this kind, the value between `<<` and `>>`."""
    nothing: tuple[str, ...]
    """Near misses."""
    score: float = 0.6
    spoken: bool = False
    """Whether the value may also follow the label in a sentence: `with CVV 123`, `il PIN è 6044`."""


_TEXT = r"(?=[^\n]*[^\W_])[^\s\"'<>|;{}()\[\]=:,][^\n\"<>|;{}\[\]=]"
"""How a value of words begins."""
_NO_PLACEHOLDER = r"(?!(?:None|Null|True|False|String|Text|Varchar|Unknown|Required|Optional|Any|All|Name)\b)"
"""What code and forms have in place of one."""

_CODES = (
    *(f"{what} code" for what in (
        "access", "alarm", "authorisation", "authorization", "auth", "backup", "building", "confirmation", "dialling in", "disarm", "elevator", "entrance", "factor", "fa", "front door", "garage",
        "key box", "keybox", "keypad", "key safe", "lobby", "lockbox", "locker", "login", "log in", "mfa", "one time", "panel", "recovery", "safe", "security", "sign in", "signin", "sim", "sms", "text message",
        "unlock", "vault", "verification", "voicemail", "digit",
    )),
    *(f"{what}{joint}code" for joint in ("", " ") for what in (
        "alarm", "anmelde", "aktivierungs", "bestätigungs", "einmal", "entsperr", "freigabe", "freischalt", "garagen", "haustür", "login", "schließfach", "sicherheits", "sms", "tor", "tresor", "tür", "verifizierungs", "zugangs", "zutritts",
        "bevestigings", "controle", "deur", "eenmalige", "eenmalige toegangs", "garage", "inlog", "kluis", "ontgrendel", "poort", "sms", "toegangs", "verificatie", "beveiligings",
    )),
    *(f"{what}{joint}{code}" for joint in ("", " ") for code in ("kod", "koden", "kode") for what in (
        "alarm", "dörr", "dør", "garage", "inloggnings", "larm", "lås", "pin", "port", "sms", "verifierings", "engångs", "engangs", "bekräftelse", "bekræftelses", "bekreftelses", "sikkerheds", "säkerhets", "adgangs", "tilgangs", "åtkomst",
    )),
    *(f"{code} {what}" for code in ("code", "le code") for what in (
        "alarme", "confidentiel", "d accès", "d activation", "d authentification", "d entrée", "d immeuble", "d ouverture", "de confirmation", "de connexion", "de déverrouillage", "de l alarme", "de l immeuble", "de la carte", "de la porte", "de porte",
        "de sécurité", "de validation", "de vérification", "du coffre", "du garage", "du portail", "à usage unique", "otp", "pin", "porte", "portail", "reçu par sms", "secret", "sms", "temporaire",
    )),
    *(f"{code} {what}" for code in ("código", "clave") for what in (
        "da alarme", "da porta", "de acceso", "de acesso", "de activación", "de autenticación", "de autorización", "de confirmación", "de confirmação", "de desbloqueo", "de desbloqueio", "de entrada", "de la alarma", "de la caja fuerte", "de la puerta",
        "de la tarjeta", "de segurança", "de seguridad", "de un solo uso", "de uso único", "de validación", "de verificación", "de verificação", "del cajero", "del garaje", "del portal", "do alarme", "do cofre", "do portão", "do prédio", "dinámica",
        "otp", "pin", "por sms", "sms", "temporal",
    )),
    *(f"codice {what}" for what in (
        "allarme", "cancello", "cassaforte", "dell allarme", "del cancello", "del portone", "della carta", "della porta", "di accesso", "di autorizzazione", "di conferma", "di sblocco", "di sicurezza", "di verifica", "monouso", "otp", "pin", "porta",
        "portone", "segreto", "sms", "temporaneo", "usa e getta",
    )),
    *(f"kod {what}" for what in (
        "alarmu", "autoryzacyjny", "bezpieczeństwa", "do alarmu", "do bramy", "do domofonu", "do drzwi", "do furtki", "do garażu", "do klatki", "do sejfu", "dostępu", "jednorazowy", "karty", "logowania", "odblokowania", "pin", "potwierdzający", "sms",
        "weryfikacyjny", "z sms", "do karty",
    )),
    *(f"{what} ka code" for what in ("alarm", "darwaze", "gate", "ghar", "lock", "locker", "safe")),
    *(f"pin {what}" for what in ("bancomat", "carta", "da karty", "del bancomat", "del cajero", "del móvil", "de la tarjeta", "der karte", "della carta", "do cartão", "do karty", "du téléphone", "kortet", "pas", "sim", "telefonu", "till kortet", "van mijn pas")),
    *(f"{what} pin" for what in ("account", "alarm", "debit card", "door", "ec", "gate", "karten", "locker", "login", "sim", "telephone banking", "upi", "voicemail")),
)  # fmt: skip
"""What people call the numbers that open a door, an account or a telephone."""

FIELDS: tuple[Field, ...] = (
    Field(
        "STREET_ADDRESS",
        (
            "house number", "house no", "building number", "building no", "street number", "street no", "hausnummer", "haus nr", "hausnr", "numéro de bâtiment", "numéro de rue", "numéro de voie", "numéro de maison",
            "numero civico", "civico", "n civico", "número de edificio", "número de casa", "número exterior", "número interior", "número de calle", "huisnummer", "huis nr", "huisnr", "bldg no", "bldg", "número da casa", "मकान नंबर",
        ),
        re.compile(r"\d{1,5}(?:[ ]?[A-Za-z])?(?:[-/+ ]\d{1,4}[A-Za-z]?)?|[A-Z]{1,2}[-/ ]?\d{1,4}"),
        ("House number: <<12b>>", '"hausnummer": "<<7>>"', "numero_civico=<<46>>", "<huisnummer><<117>></huisnummer>"),
        ("the house number 12", "Building number of floors: many", "house number: none"),
    ),
    Field(
        "STREET_ADDRESS",
        (
            "secondary address", "apartment", "address line 2", "address line two", "address line", "apartment number", "apartment no", "apt number", "apt no", "apt", "unit number", "suite number", "flat number", "flat no",
            "adresszusatz", "adresszeile", "zusatz", "complément d adresse", "complément adresse", "dirección secundaria", "complemento", "interno", "piso", "scala", "toevoeging", "huisnummertoevoeging", "bus nummer",
        ),
        re.compile(rf"{_NO_PLACEHOLDER}(?!0x)(?=[^\n]{{0,30}}[A-ZÀ-ÖØ-Þ\d]){_TEXT}{{1,30}}(?<!\s)"),
        ("Address line 2: <<Apt. 231>>", "Adresszusatz: <<Hinterhaus>>", '"interno": "<<Scala B>>"', "Dirección secundaria | <<3º B>> |"),
        ("apt: {", "the address line", "unit number: []", "- apt: nginx", "interno: true", "address line: 0x7fff"),
    ),
    Field(
        "STREET_ADDRESS",
        (
            "street", "street name", "street address", "address line one", "home address", "mailing address", "billing address", "shipping address", "postal address", "residential address", "straße", "strasse", "straßenname", "anschrift", "straße und hausnummer", "wohnadresse",
            "postanschrift", "rue", "nom de rue", "adresse postale", "adresse de livraison", "indirizzo", "residenza", "calle", "domicilio", "dirección postal", "dirección de envío", "straat", "straatnaam", "woonadres", "rua", "endereço", "पता", "చిరునామా",
        ),
        re.compile(rf"{_NO_PLACEHOLDER}(?=[^\n\"<>|;{{}}\[\]=:]{{0,80}}[A-ZÀ-ÖØ-Þ\d\u0900-\u0d7f])(?![^\n]*(?:https?:|@))[^\W_][^\n\"<>|;{{}}\[\]=:]{{3,80}}(?<![\s,])"),
        ("Straße: <<Am Hang>>", '"street": "<<Kyle Crest>>"', "Calle: <<Carrer del Pi>>", "पता: <<12/4 नेहरू मार्ग>>"),
        ("street: string", '"street": "String"', "rue: true", "Via: 1.1 proxy"),
    ),
    Field(
        "LOCATION",
        (
            "city", "town", "city name", "place of birth", "birthplace", "birth place", "hometown", "city of residence", "county", "state of residence", "province", "stadt", "ort", "wohnort", "geburtsort", "bundesland", "ville", "commune", "lieu de naissance", "département",
            "città", "comune", "luogo di nascita", "provincia", "regione", "ciudad", "población", "localidad", "municipio", "lugar de nacimiento", "plaats", "woonplaats", "geboorteplaats", "cidade", "शहर", "నగరం", "जिला", "राज्य",
        ),
        re.compile(rf"{_NO_PLACEHOLDER}[A-ZÀ-ÖØ-ÞŁŚŻČŠŽ\u0900-\u0d7f](?:[^\W\d_]|[\u0900-\u0d7f])[^\n\"<>|;:{{}}\[\]=(),\d]{{0,40}}(?<!\s)"),
        ("Ort: <<Bad Soden>>", '"ciudad": "<<Villanueva>>"', "<woonplaats><<Ede>></woonplaats>", "शहर: <<रायपुर>>"),
        ("city: str", "city: None", "town: required"),
    ),
    Field(
        "ZIP_CODE",
        ("zip", "zip code", "zipcode", "postal code", "postalcode", "post code", "postcode", "plz", "postleitzahl", "code postal", "código postal", "cód postal", "cp", "c p", "codice postale", "pin code", "cep", "पिन कोड", "పిన్ కోడ్"),
        re.compile(r"\d{4,6}(?:-\d{3,4})?|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|\d{4}[ ]?[A-Z]{2}|\d{3}[ ]\d{2,3}|[A-Z]{1,2}-\d{4,5}"),
        ('"código_postal": "<<28013>>"', "C.P. (<<06792>>)", "पिन कोड: <<492001>>"),
        ("zip: 12", "cp: 123"),
    ),
    Field(
        "ZIP_CODE",
        ("cap", "c a p"),
        re.compile(r"(?!(?:16384|32768|65535|65536)(?!\d))\d{5}"),  # what programs cap things at
        ("CAP: <<09031>>", "<cap><<20121>></cap>", "il CAP <<00184>>, Roma"),
        ("cap: none", "cap: 65536", "the cap 120"),
        spoken=True,
    ),
    Field(
        "AGE",
        ("age", "alter", "lebensalter", "âge", "age du patient", "età", "edad", "leeftijd", "idade", "ålder", "alder", "आयु", "उम्र", "వయస్సు"),
        re.compile(r"(?:1[01]\d|[1-9]?\d)(?:[ ](?:years?(?: old)?|yrs?|Jahre|ans|anni|años|jaar|anos))?"),
        ("edad: <<57>>", "Alter | <<63>> |", "<leeftijd><<41>></leeftijd>", "Âge : <<38>>"),
        ("age: 1234", "the age 12"),
    ),
    Field(
        "CREDIT_CARD_CVV",
        (
            "cvv", "cvc", "cvv2", "csc", "card security code", "security code", "verification code", "prüfnummer", "prüfziffer", "kartenprüfnummer", "kartenprüfziffer", "card verification code", "card verification", "sicherheitscode", "cryptogramme", "cryptogramme visuel", "code de sécurité", "codice di sicurezza", "código de seguridad",
            "beveiligingscode", "veiligheidscode", "código de segurança", "cód segurança", "cód de segurança", "cód seguridad", "säkerhetskod", "säkerhetskoden", "sikkerhedskode", "kontrolcifre", "kontrollsiffror", "kod cvv", "kod cvc", "kod zabezpieczający", "kod bezpieczeństwa",
            "digits on the back", "digits on back", "digit number", "signature strip", "ziffern auf der rückseite", "code au dos", "cryptogramme au dos", "chiffres au dos", "código de atrás", "dígitos de atrás", "dígitos del reverso", "cifras de atrás",
            "codice sul retro", "codice dietro", "cifre sul retro", "cifre dietro", "código de trás", "dígitos de trás", "dígitos do verso", "cijfers achterop", "code achterop", "siffrorna på baksidan", "siffror på baksidan", "koden på baksidan", "cifre på bagsiden", "kod z tyłu", "cyfry z tyłu", "cyfry na odwrocie",
            "सीवीवी", "సీవీవీ",
        ),
        re.compile(r"\d{3,4}"),
        ("mit der Prüfnummer <<645>> gehört", "con codice di sicurezza <<029>> è", "Kartenprüfnummer: <<368>>", "the last three digits on the back are <<904>>.", "y los tres dígitos de atrás son <<118>>", "Prüfziffer – <<173>>", "kod z tyłu <<909>>", "código_de_seguridad=<<7571>>", "CVV (<<123>>)", "सीवीवी: <<004>>"),
        ("cvv: 12", "security code: 12", "the digits on the back", "the security code of 2019", "CVV 123 456"),
        0.7,
        spoken=True,
    ),
    Field(
        "CREDIT_CARD_EXPIRY",
        ("expiry", "expiry date", "expiration", "expiration date", "exp date", "valid thru", "valid until", "gültig bis", "ablaufdatum", "date d expiration", "expire le", "scadenza", "data di scadenza", "fecha de caducidad", "fecha de vencimiento", "caducidad", "vencimiento", "validade", "data de validade", "vence em", "expira em", "expirant le", "valable jusqu au", "expires", "exp", "vervaldatum", "geldig tot", "geldig t m", "vervalt", "verloopt", "card expiry", "good thru", "good through", "valid through", "läuft ab", "ablauf", "verfällt", "gültigkeit", "verfallsdatum", "expire", "validité", "fin de validité", "caduca", "caduca en", "vence", "válida hasta", "válido hasta", "scade", "scade il", "valida fino al", "valido fino al", "scad", "validade do cartão", "válido até", "válida até", "expira",
            "giltigt till", "giltig till", "giltigt t o m", "gäller t o m", "gäller till", "går ut", "utgångsdatum", "udløbsdato", "udløber", "utløpsdato", "utløper", "ważna do", "ważny do", "data ważności", "termin ważności", "wygasa"),
        re.compile(r"(?:0?[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?[2-4]\d"),
        ("Vervaldatum: <<09/28>>", "ważna do <<03/31>>, kod", "kortet går ut <<04/28>> och", "fecha_de_caducidad: <<11/2031>>", "date d'expiration : <<07/32>>"),
        ("expiry: 13/28", "expiry: 30"),
        spoken=True,
    ),
    Field(
        "PASSWORD",
        (
            "pin", "pin code", "pincode", "security pin", "card pin", "atm pin", "pin number", "mpin", "access pin", "code pin", "code secret", "geheimzahl", "geheimnummer", "code for the door", "code for the front door", "code for the gate", "code for the safe", "code for the alarm", "code to the door", "code to the gate", "code to the safe", "codice pin", "código pin", "gate code", "door code", "entry code", "alarm code", "voicemail code", "otp", "one time code",
            "passcode", "otp number", "otp code", "otp aaya hai", "tan", "mtan", "pushtan", "sms tan", "digicode", "safe combination", "combinación de la caja fuerte", "senha do cartão", "senha do banco", "clave de la tarjeta",
            "kod till kortet", "kod till porten", "kod till dörren", "kode til døren", "kode til porten", "adgangskode til porten", "pinkod", "pinkode", "pinkoden", "sms me code", "sms code", "पिन", "ओटीपी", *dict.fromkeys(_CODES),
        ),
        re.compile(r"\d{4,8}"),
        ("Her PIN is <<4464>>.", "Il PIN della carta è <<6790>>.", "The code for the front door is <<7913>>.", "Türcode: <<0417>>", "Kod do bramy to <<4471>>.", "The alarm code has been changed to <<9032>>.", "<<4821>> is the gate code.", "Verifieringskod – <<118204>>", "SIM PIN .......... <<7781>>", "PIN\n<<4166>>\n", "saved door_code=<<5833>> ok", "Me dieron <<7740>> como código del portal", "GEHEIMNUMMER='<<9436>>'", "y el PIN <<6044>>.", "Code PIN (<<5239>>)", "Pincode: <<9233>>", '"security_pin": "<<3772>>"', "Gate code: <<366286>>"),
        ("pin: 12", "gate code: open", "LED_PIN = 1300", "the access code of 2019", "error code: 4711", "Confirm the PIN\n2024 was dry", "in 2019 the door code was changed", "1200 is as many as the access code allows"),
        0.7,
        spoken=True,
    ),
    Field(
        "GEO_COORDINATES",
        ("coordinates", "coordinate", "gps", "gps coordinates", "location", "geo", "geolocation", "lat lon", "latlng", "koordinaten", "gps koordinaten", "coordonnées", "coordonnées gps", "coordinate gps", "posizione", "coordenadas", "coordenadas gps", "ubicación", "coördinaten", "gps coördinaten", "posición", "localisation", "standort", "posición gps", "współrzędne", "współrzędne gps", "koordinater", "last position", "last known position"),
        re.compile(r"[\[(]?[+-]?\d{1,2}\.\d{3,10}°?(?:[ ]?[NS])?(?:[ ]?[,;/][ ]?|[ ])[+-]?\d{1,3}\.\d{3,10}°?(?:[ ]?[EWO])?[\])]?"),
        ("Mi posición es <<-6.394052 1.947762>>, el", "Coordenadas GPS: <<(66.568, 31.037)>>", "location: <<-12.462,130.843>>", '"koordinaten": "<<52.520 13.405>>"'),
        ("location: 12.5", "position: 0.512, 0.734", "coordinates: 3, 4"),
        0.7,
        spoken=True,
    ),
    Field(
        "DATE_OF_BIRTH",
        (
            "date of birth", "dob", "d o b", "birth date", "birthdate", "birthday", "dateofbirth", "born on", "geburtsdatum", "geboren am", "geb datum", "date de naissance", "né le", "née le", "né e le", "data di nascita", "nato il", "nata il", "fecha de nacimiento", "nacido el", "nacida el",
            "geboortedatum", "geboren op", "data de nascimento", "fødselsdato", "födelsedatum", "född", "född den", "født", "data urodzenia", "data ur", "dzień urodzenia", "ur", "urodzony", "urodzona", "urodzony dnia", "urodzona dnia", "janm tithi", "janamdin", "जन्म तिथि", "जन्मतिथि", "పుట్టిన తేదీ",
        ),
        re.compile(r"(?=[^\n]{0,30}\d)[\w.°º]{1,10}(?:[ ./\-,]{1,2}[\w.°º]{1,10}){1,3}(?:T[\d:.]{5,12}Z?)?(?:,[ ]\d{4})?|(?:19|20)\d{6}"),
        ("Geboren op: <<juni/75>>", "<fecha_de_nacimiento><<4 de mayo de 1961>></fecha_de_nacimiento>", "పుట్టిన తేదీ: <<6/6/51>>", "DOB: <<February/80>>"),
        ("dob: string", "date of birth: required"),
        0.75,
    ),
    Field(
        "USERNAME",
        ("username", "user name", "login", "login name", "user id", "userid", "screen name", "handle", "benutzername", "nutzername", "nom d utilisateur", "identifiant", "pseudo", "nome utente", "nombre de usuario", "usuario", "gebruikersnaam", "nome de usuário", "उपयोगकर्ता नाम", "యూజర్ నేమ్"),
        re.compile(r"(?=[\d_.\-]{0,20}[A-Za-z]{3})\d[\w.\-]{3,30}(?<![.\-])"),
        ("Username: <<52parker>>", "gebruikersnaam=<<6041.azpwexhu>>", '"handle": "<<15ferragamo>>"'),
        ("username: 12px", "user id: 12345", "login: 3x"),
    ),
    Field(
        "PERSON",
        ("नाम", "पूरा नाम", "पहला नाम", "उपनाम", "मेरा नाम", "ग्राहक का नाम", "మొదటి పేరు", "పేరు", "పూర్తి పేరు", "ఇంటి పేరు"),
        re.compile(r"[A-Z\u0900-\u0d7f](?:[^\W\d_]|[\u0900-\u0d7f])[^\n\"<>|;:{}\[\]=(),\d]{0,40}(?<!\s)"),
        ("नाम: <<रमेश कुमार>>", "పేరు: <<సీత రెడ్డి>>", "पूरा नाम: <<Anita Rao>>"),
        ("नाम: 12", "పేరు: -"),
        0.7,
    ),
)  # fmt: skip

_ENDS_VALUE = r"[\"'`*)\]]{0,3}(?:[ \t]{0,3}(?:$|[\r\n|<;&}])|,(?=\s|$|\"|')|[)\"'][ ;,.:\]})>/]|\.\s|\.$)"
_SIGN = re.compile(
    r"[\u0900-\u0d7f]{0,4}+(?:[ _]?\d)?\.?(?:[ ]\([^()\n]{1,40}\))?(?:[\"'`*_]{0,4}[ \t]{0,3}(?:[:=|]|=>|:=|\.{3,80}|->|→|\t|(?<=[ ])[-–—](?=[ ]))[ \t]{0,4}\|?[ \t]{0,4}[\"'`*]{0,4}[ \t]{0,2}|"
    r">[ \t]{0,3}|[ ]\((?=[^()\n]{1,60}\))|[ ]{0,2}</\w{1,10}>\s{0,8}<\w{1,10}[^<>\n]{0,60}>[ \t]{0,3}|[ \t]{0,2}\r?\n[ \t]{2,8})"
)
_SAID = re.compile(
    r"[\u0900-\u0d7f]{0,4}+(?:(?:[ ](?:of|for|to|der|des|den|de|del|della|do|da|du|van|von|di)(?:[ ](?:the|la|le|my|your|meiner|mijn|mi|de|het))?[ ]\w{2,14}){1,2}(?=[ ](?:is|was|ist|lautet|est|es|è|é|hai)[ ])|"
    r"[ ]\w{3,14}(?=[ ](?:to|jest)[ ])|[ ](?:has[ ]been|was|is|wurde)(?:[ ](?:re)?set|[ ]changed|[ ]updated|[ ]geändert)?(?=[ ](?:to|auf)[ ]))?"
    r"(?:[ ](?:code|number|no\.?|nr\.?|is|was|are|to|ist|sind|lautet|auf|est|sont|es|son|è|sono|é|são|a|op|är|er|jest|hai)|,?[ ]c['’]est)?[ ](?:now[ ])?(?=[\d(\[+\-])"
)
"""Between a label and its value in a sentence."""
_BELOW = re.compile(r"[:?]?\*{0,2}[ \t]{0,3}\r?\n[ \t]{0,8}(?=[^\n]{1,30}(?:\n|\Z))")
"""Between a label that is a line of its own, or a question, and its value, which is the next one."""
_LINE_START = re.compile(r"(?m:^)[ \t>*#•\-\d.)]{0,8}\Z")
_IN_FRONT = re.compile(
    rf"(?<![\w.,:/\-])(?P<value>\d{{3,8}})[\"'`)]{{0,2}}(?:(?:[ ][^\W\d_]{{3,12}})?[ ](?:{VERBS}|=)|[?.,;]?[ ](?:[Tt]hat|[Ii]t|[Tt]his)['’]?s|[?.,]?[ ][Cc]['’]est|,[ ]das[ ]ist|(?=[ ]mer[ai]))"
    rf"(?:[ ](?:{OWNERS}|les|mis|los|os|last|three|letzten|drei|trois|tres|três|tre|drie|trzy)){{0,3}}[ ]\Z"
)
"""A value that is said before what it is: `4821 is the gate code`."""
_FARTHEST = 40
"""Characters of it."""
LONGEST = 90
"""Characters of a field's value."""


def _table() -> dict[str, list[tuple[tuple[str, ...], Field]]]:
    """Last word of a label -> the words before it and the field, the longest label first."""
    table: dict[str, list[tuple[tuple[str, ...], Field]]] = {}
    for field in FIELDS:
        for label in field.labels:
            words = split_words(label)
            plain = split_words(without_accents(label))
            for each in {tuple(words), tuple(plain)}:
                table.setdefault(each[-1], []).append((each[:-1], field))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


_TABLE = _table()
_LABELS = Wanted([" ".join((*lead, word)) for word, entries in _TABLE.items() for lead, _ in entries])

LABELLED = _LABELS.bit
"""Of `Words.endings`: what stands in every text in which `fields` finds something."""

_SPOKEN = {
    field: late(rf"(?:{field.value.pattern})(?=[ ]?(?:[^\W\d_]|[,;.!?)](?:\s(?![\d.]*\d)|$))|\s|$)(?![ ]\d)")
    for field in FIELDS
}
_WHOLE = {field: late(rf"(?:{field.value.pattern})(?={_ENDS_VALUE})", re.MULTILINE) for field in FIELDS}


def fields(around: Surroundings) -> Iterator[Hit]:
    """Values behind the label of a field and its sign, below it, or said before it."""
    text, words = around.text, around.words
    for index in _LABELS.places(around.words):
        start, end = words.starts[index], words.ends[index]
        if any(low <= start < high for low, high in around.tables.heads):
            continue  # the heading of a column: its values stand below
        sign = _SIGN.match(text, end) or _BELOW.match(text, end)
        said = _SAID.match(text, end) if sign is None else None
        for lead, field in _TABLE[words.words[index]]:
            if lead and not words.preceded(index, lead):
                continue
            first = words.starts[index - len(lead)] if lead else start
            if first and (text[first - 1].isalnum() or text[first - 1] in ".$@"):
                break  # the end of a longer word
            if text[first:end].lower() == "pin" and is_of_hardware(text[max(0, first - 24) : end]):
                break
            span = _value_of(text, first, sign, said, field)
            if span is not None:
                yield Hit(field.entity_type, *span, field.score, "field", False, ("field",))
                break


def _value_of(
    text: str, first: int, sign: re.Match[str] | None, said: re.Match[str] | None, field: Field
) -> tuple[int, int] | None:
    """Where the value of a field lies whose label begins at `first`; `sign` and `said` follow the label."""
    behind = sign or said
    if (
        sign is not None
        and sign.re is _BELOW
        and "?" not in sign[0]
        and not _LINE_START.search(text, max(0, first - _FARTHEST), first)
    ):
        behind = sign = None
    if behind is not None and (sign is not None or field.spoken):
        at = behind.end()
        value = _WHOLE[field].match(text, at, at + LONGEST)
        if value is None and field.spoken and (sign is None or sign[0] == "="):
            value = _SPOKEN[field].match(text, at, at + LONGEST)
        if value is not None:
            return value.span()
    if field.spoken and text[first - 1 : first] == " ":
        in_front = _IN_FRONT.search(text, max(0, first - _FARTHEST), first)
        if in_front is not None and field.value.fullmatch(in_front["value"]) is not None:
            return in_front.span("value")
    return None


def _fields_of(words: str) -> tuple[Field, ...]:
    """The fields that a key or header may name at its end."""
    spoken = words.split()
    return tuple(
        field
        for lead, field in (_TABLE.get(spoken[-1], ()) if spoken else ())
        if tuple(spoken[len(spoken) - 1 - len(lead) : -1]) == lead
    )


_fields_of_key = LabelMemo(_fields_of)


def keyed(value: str, words: str) -> Iterator[Hit]:
    """The same for a whole value under a key or header; `words` as `words_of`, offsets inside `value`."""
    if len(value) > LONGEST:
        return
    for field in _fields_of_key(words):
        if field.value.fullmatch(value):
            yield Hit(field.entity_type, 0, len(value), field.score, "field", False, ("key",))
            return
