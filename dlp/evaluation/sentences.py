"""A labelled set made on the spot: sentences with one sensitive value each, any number of every type.

Values are random but valid: check digits hold, ranges are assigned, so that what is missed was missed by detection. The
same seed gives the same sentences; each kind draws from a generator of its own, so adding one changes no other.
Phones use number ranges that regulators set aside for fiction where a country has them.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from random import Random

from stdnum import luhn, verhoeff
from stdnum.iso7064 import mod_97_10
from stdnum.tr import tckimlik

from dlp.evaluation.records import Label, Record
from dlp.evaluation.vendors import vendor_tokens

Make = Callable[[Random], str]

FRAMES = (
    "My {label} is {value}.",
    "{label}: {value}",
    "Please change the {label} to {value} in our records.",
    "Hi, can you check whether {label} {value} is on file?",
    "The customer gave {value} as {label}, what now?",
    '{{"customer": 17, "{key}": "{value}"}}',
    "Summarise: we received {label} {value} by mail yesterday.",
    "{key}={value}",
)
"""Sentences for values that a label announces."""

_NAME_FRAMES = (
    "My name is {value}.",
    "Please write a reference for {value}, who worked with us for years.",
    "Dear {value}, thank you for your patience.",
    "I met {value} at the conference and want to follow up.",
    "What should I answer when {value} asks for a discount?",
    "Draft an apology to {value} about the delay.",
    "The meeting notes were taken by {value} and sent around.",
    "Kind regards,\n{value}",
    "{value} has not paid the last invoice yet.",
    "Ask {value} whether the contract can be signed this week.",
)

_ADDRESS_FRAMES = (
    "I live at {value}.",
    "Ship the parcel to {value} please.",
    "Our new office address is {value}.",
    "Address: {value}",
    "The driver was sent to {value} by mistake.",
)

_BIRTH_FRAMES = (
    "I was born on {value}.",
    "Date of birth: {value}",
    "DOB {value}, please verify.",
    "Her date of birth is {value}.",
    '{{"date_of_birth": "{value}"}}',
)

_CODE_FRAMES = (
    "export {key}={value}",
    "My {label} is {value}, why is it rejected?",
    '{{"{key}": "{value}"}}',
    "{key}: {value}",
    "I pasted the {label} {value} into the config.",
)


def _words(text: str) -> list[str]:
    return text.split()


_GIVEN = _words(
    "James Mary John Patricia Robert Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Thomas Karen "
    "Daniel Nancy Matthew Emily Anthony Laura Steven Rachel Kevin Hannah Brian Megan Anna Lukas Sophie Jonas Camille "
    "Antoine Giulia Marco Lucía Javier Inês Tiago Sanne Bram Freja Mikkel Agnieszka Piotr Ivana Goran Olena Dmytro "
    "Fatima Omar Leila Hassan Chidi Ngozi Kwame Amara Yuki Haruto Mei Wei Minh Linh Ji-woo Seo-yeon Carlos Valentina"
)
_FAMILY = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor Thomas Moore Martin Thompson Harris "
    "Clark Lewis Robinson Walker Müller Schneider Hoffmann Dubois Lefèvre Moreau Rossi Bianchi Fernández Gutiérrez "
    "Oliveira Carvalho Jansen Visser Nielsen Lindqvist Kowalski Nowak Horvat Petrović Shevchenko Kovalenko Haddad "
    "Rahman Okafor Adeyemi Mensah Diallo Tanaka Yamamoto Zhang Chen Nguyen Tran Kim Park O'Connor McCarthy Sokolov"
)
_INDIAN_GIVEN = _words(
    "Aarav Vivaan Aditya Arjun Rohan Rahul Amit Rajesh Suresh Vikram Sanjay Karthik Manoj Deepak Ganesh Harish Nikhil "
    "Prakash Ramesh Siddharth Ananya Diya Priya Pooja Neha Kavya Lakshmi Meena Sunita Anjali Shreya Divya Swati Nandini "
    "Radhika Ishita Aishwarya Bhavana Chitra Geetha Gurpreet Harpreet Imran Farhan Ayesha Zoya Venkatesh Srinivas"
)
_INDIAN_FAMILY = _words(
    "Sharma Verma Gupta Agarwal Mehta Shah Patel Desai Joshi Kulkarni Deshpande Patil Iyer Iyengar Nair Menon Pillai "
    "Reddy Rao Naidu Chowdhury Banerjee Mukherjee Chatterjee Ghosh Das Bose Sen Mishra Tiwari Pandey Yadav Chauhan "
    "Rathore Singh Kaur Gill Dhillon Bhatia Kapoor Malhotra Khanna Subramanian Krishnamurthy Venkataraman Gowda Hegde"
)
_STREETS = [
    "Maple",
    "Oak",
    "Cedar",
    "Washington",
    "Lincoln",
    "Jefferson",
    "Sunset",
    "Highland",
    "Riverside",
    "Franklin",
    "Chestnut",
    "Jackson",
]
_ENDINGS = ("Street", "Avenue", "Road", "Lane", "Drive", "Blvd", "Court", "St", "Ave")
_CITIES = (
    ("Springfield", "IL", "62704"),
    ("Austin", "TX", "78701"),
    ("Portland", "OR", "97205"),
    ("Boston", "MA", "02108"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value and the sentences it stands in."""

    entity_type: str
    make: Make
    labels: Sequence[str] = ()
    frames: Sequence[str] = FRAMES
    name: str = ""
    """What tells it from another kind of the same type."""

    def record(self, random: Random, number: int) -> Record:
        """One sentence with its label."""
        value = self.make(random)
        label = random.choice(self.labels) if self.labels else ""
        key = label.lower().replace(" ", "_").replace("-", "_").replace("'", "")
        frame = random.choice(self.frames)
        shown = json.dumps(value)[1:-1] if frame.startswith("{{") else value
        before, after = frame.split("{value}")
        start = before.format(label=label, key=key)
        text = start + shown + after.format(label=label, key=key)
        span = Label(self.entity_type, len(start), len(start) + len(shown))
        return Record(f"{self.name or self.entity_type}-{number}", text, (span,))


def sentences(count: int, *, seed: int) -> dict[str, list[Record]]:
    """`count` sentences of each kind: the set `sentences`, one for each kind with a name of its own, and vendors' keys."""
    sets: dict[str, list[Record]] = {}
    for kind in KINDS:
        random = Random(f"{seed}:{kind.name or kind.entity_type}")  # noqa: S311 - samples, not secrets
        records = sets.setdefault(f"sentences {kind.name}".rstrip(), [])
        records += [kind.record(random, number) for number in range(count)]
    sets["sentences VENDOR_TOKENS"] = vendor_tokens(count, seed=seed)
    return sets


# Building blocks.


def digits(random: Random, count: int) -> str:
    """`count` decimal digits, the first not zero."""
    return str(random.randint(1, 9)) + "".join(random.choices(string.digits, k=count - 1))


def letters(random: Random, count: int, alphabet: str = string.ascii_uppercase) -> str:
    """`count` characters of `alphabet`."""
    return "".join(random.choices(alphabet, k=count))


def grouped(value: str, *sizes: int, by: str = " ") -> str:
    """`value` cut into groups of the given sizes."""
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at : at + size])
        at += size
    return by.join(parts)


def layout(plain: Make, *layouts: tuple[int, ...], by: str = " ") -> Make:
    """`plain` as it is or in one of the groupings."""

    def make(random: Random) -> str:
        value = plain(random)
        sizes = random.choice([None, *layouts])
        return value if sizes is None else grouped(value, *sizes, by=by)

    return make


def birthday(random: Random) -> date:
    """A day on which somebody alive may be born."""
    return date(1945, 1, 1) + timedelta(days=random.randrange(60 * 365))


def valid(module: str, draw: Make) -> Make:
    """Draw until python-stdnum's `module` accepts."""

    def make(random: Random) -> str:
        is_valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
        while not is_valid(value := draw(random)):
            pass
        return value

    return make


# Values.


def _card(random: Random) -> str:
    prefix, length, sizes = random.choice(
        [
            ("4", 16, (4, 4, 4, 4)),
            ("51", 16, (4, 4, 4, 4)),
            ("2223", 16, (4, 4, 4, 4)),
            ("37", 15, (4, 6, 5)),
            ("6011", 16, (4,) * 4),
        ]
    )
    body = prefix + "".join(random.choices(string.digits, k=length - len(prefix) - 1))
    number = body + luhn.calc_check_digit(body)
    style = random.choice(["", " ", "-"])
    return grouped(number, *sizes, by=style) if style else number


def _iban(random: Random) -> str:
    country, body = random.choice(
        [
            ("DE", digits(random, 18)),
            ("GB", letters(random, 4) + digits(random, 14)),
            ("NL", letters(random, 4) + digits(random, 10)),
            ("AT", digits(random, 16)),
            ("CH", digits(random, 17)),
        ]
    )
    value = f"{country}{mod_97_10.calc_check_digits(body + country)}{body}"
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4)) if random.random() < 0.5 else value


def _name(given: Sequence[str], family: Sequence[str]) -> Make:
    def make(random: Random) -> str:
        first, last = random.choice(given), random.choice(family)
        forms = (
            f"{first} {last}",
            f"{first} {last}",
            f"{first} {letters(random, 1)}. {last}",
            f"{first} {random.choice(family)} {last}",
        )
        return random.choice(forms[: 2 if random.random() < 0.8 else 4])

    return make


def _email(random: Random) -> str:
    first, last = random.choice(_ASCII_GIVEN).lower(), random.choice(_ASCII_FAMILY).lower()
    local = random.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}_{digits(random, 2)}", f"{last}+news"))
    return f"{local}@{random.choice(('example.org', 'mail.example.com', 'corp.example.co.uk', 'beispiel.de', 'contoso.io'))}"


def _phone(random: Random) -> str:
    area, line = random.choice(("212", "415", "312", "617")), f"555-01{random.randint(0, 99):02}"
    mobile = f"7700 900{random.randint(0, 999):03}"
    indian = f"{random.choice('6789')}{digits(random, 9)}"
    return random.choice(
        (
            f"+1 {area} {line}",
            f"({area}) {line}",
            f"{area}-{line}",
            f"+44 {mobile}",
            f"0{mobile}",
            f"+91 {indian[:5]} {indian[5:]}",
            f"+49 30 23125 {random.randint(0, 999):03}",
            f"+33 6 39 98 {random.randint(0, 99):02} {random.randint(0, 99):02}",
        )
    )


def _street(random: Random) -> str:
    city, state, code = random.choice(_CITIES)
    line = f"{random.randint(1, 9999)} {random.choice(_STREETS)} {random.choice(_ENDINGS)}"
    flat = random.choice(("", "", f", Apt {random.randint(1, 99)}", f" Suite {random.randint(100, 999)}"))
    return f"{line}{flat}, {city}, {state} {code}"


def _birth_date(random: Random) -> str:
    form = random.choice(("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y"))
    return birthday(random).strftime(form)


def _ssn(random: Random) -> str:
    value = valid("us.ssn", lambda r: digits(r, 9))(random)
    return random.choice((value, grouped(value, 3, 2, 4, by="-"), grouped(value, 3, 2, 4)))


def _nir(random: Random) -> str:
    born = birthday(random)
    place = f"{random.randint(1, 19):02}{random.randint(1, 400):03}{random.randint(1, 999):03}"
    body = f"{random.randint(1, 2)}{born:%y%m}{place}"
    return f"{body}{97 - int(body) % 97:02}"


def _vin(random: Random) -> str:
    """ISO 3779 with the North American check digit in the ninth place (49 CFR 565.15)."""
    years = "ABCDEFGHJKLMNPRSTVWXY"
    alphabet = years + "UZ" + string.digits
    body = f"1{letters(random, 8, alphabet)}{random.choice(years)}{letters(random, 1, alphabet)}{digits(random, 6)}"
    values = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))}
    values |= (
        dict(zip("JKLMN", range(1, 6), strict=True))
        | {"P": 7, "R": 9}
        | dict(zip("STUVWXYZ", range(2, 10), strict=True))
    )
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    check = sum(values[character] * weight for character, weight in zip(body, weights, strict=True)) % 11
    return body[:8] + ("X" if check == 10 else str(check)) + body[9:]


def _dea(random: Random) -> str:
    body = digits(random, 6)
    check = (int(body[0]) + int(body[2]) + int(body[4]) + 2 * (int(body[1]) + int(body[3]) + int(body[5]))) % 10
    return f"{random.choice('ABM')}{letters(random, 1)}{body}{check}"


def _npi(random: Random) -> str:
    body = "1" + digits(random, 8)
    return body + luhn.calc_check_digit(f"80840{body}")


def _mbi(random: Random) -> str:
    """Medicare beneficiary number: `1A**9A*9AA99` layout without S, L, O, I, B, Z (CMS, 2016)."""
    alpha = "ACDEFGHJKMNPQRTUVWXY"
    both = alpha + string.digits
    parts = (str(random.randint(1, 9)), alpha, both, string.digits, alpha, both, string.digits, alpha, alpha)
    value = "".join(random.choice(part) for part in parts) + f"{random.randint(0, 99):02}"
    return random.choice((value, grouped(value, 4, 3, 4, by="-")))


def _nhs(random: Random) -> str:
    value = valid("gb.nhs", lambda r: digits(r, 10))(random)
    return random.choice((value, grouped(value, 3, 3, 4)))


def _nino(random: Random) -> str:
    value = random.choice(("AB", "CE", "HJ", "JK", "PR", "TW")) + digits(random, 6) + random.choice("ABCD")
    return random.choice((value, grouped(value, 2, 2, 2, 2, 1)))


def _aadhaar(random: Random) -> str:
    body = str(random.randint(2, 9)) + digits(random, 10)
    value = body + verhoeff.calc_check_digit(body)
    return random.choice((value, grouped(value, 4, 4, 4), grouped(value, 4, 4, 4, by="-")))


def _pan(random: Random) -> str:
    return f"{letters(random, 3)}P{letters(random, 1)}{random.randint(1, 9999):04}{letters(random, 1)}"


def _ipv4(random: Random) -> str:
    return f"{random.choice((81, 93, 145, 203))}.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"


def _ipv6(random: Random) -> str:
    return "2a01:4f8:" + ":".join(f"{random.randrange(1, 2**16):x}" for _ in range(6))


def _mac(random: Random) -> str:
    return random.choice(":-").join(f"{random.randrange(256):02x}" for _ in range(6))


def _imei(random: Random) -> str:
    body = random.choice(("35", "86", "01")) + digits(random, 12)
    return body + luhn.calc_check_digit(body)


def _ethereum(random: Random) -> str:
    return "0x" + letters(random, 40, "0123456789abcdef")


def _jwt(random: Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    head, body = {"alg": "HS256", "typ": "JWT"}, {"sub": digits(random, 8), "iat": 1700000000 + random.randrange(10**7)}
    return f"{part(head)}.{part(body)}.{letters(random, 43, _BASE64URL)}"


def _private_key(random: Random) -> str:
    lines = "\n".join(letters(random, 64, string.ascii_letters + string.digits + "+/") for _ in range(12))
    return f"-----BEGIN PRIVATE KEY-----\nMII{lines}\n-----END PRIVATE KEY-----"


def _password(random: Random) -> str:
    return letters(random, random.randint(9, 16), string.ascii_letters + string.digits + "!#%*+-") + random.choice(
        "7!xQ"
    )


def _api_key(random: Random) -> str:
    alnum = string.ascii_letters + string.digits
    return random.choice(
        (
            "sk-proj-" + letters(random, 64, _BASE64URL),
            "sk-ant-api03-" + letters(random, 93, _BASE64URL) + "AA",
            "sk_live_" + letters(random, 24, alnum),
            "AIza" + letters(random, 35, _BASE64URL),
            f"SG.{letters(random, 22, _BASE64URL)}.{letters(random, 43, _BASE64URL)}",
            "glpat-" + letters(random, 20, alnum),
            "hf_" + letters(random, 34, string.ascii_letters),
            "npm_" + letters(random, 36, alnum),
        )
    )


_BASE64URL = string.ascii_letters + string.digits + "-_"
_ASCII_GIVEN = [name for name in _GIVEN + _INDIAN_GIVEN if name.isascii() and name.isalpha()]
_ASCII_FAMILY = [name for name in _FAMILY + _INDIAN_FAMILY if name.isascii() and name.isalpha()]


def _spanish_id(random: Random) -> str:
    return valid("es.dni", lambda r: digits(r, 8) + random.choice("TRWAGMYFPDXBNJZSQVHLCKE"))(random)


def _fiscal_code(random: Random) -> str:
    def draw(r: Random) -> str:
        consonants = "BCDFGLMNPRSTVZ"
        month = "ABCDEHLMPRST"[r.randrange(12)]
        return f"{letters(r, 6, consonants)}{r.randint(0, 99):02}{month}{r.randint(1, 28):02}H501{letters(r, 1)}"

    return valid("it.codicefiscale", draw)(random)


def _nric(random: Random) -> str:
    """Singapore: a letter, seven digits weighted 2 7 6 5 4 3 2, a check letter (modulo 11; T adds 4)."""
    prefix, body = random.choice("ST"), digits(random, 7)
    total = sum(int(digit) * weight for digit, weight in zip(body, (2, 7, 6, 5, 4, 3, 2), strict=True))
    return prefix + body + "JZIHGFEDCBA"[(total + (4 if prefix == "T" else 0)) % 11]


def _thai_id(random: Random) -> str:
    """A kind of person, a province of 1 to 9 decades, and a number."""
    return f"{random.randint(1, 8)}{random.randint(1, 9)}{random.randint(0, 6)}{digits(random, 10)}"


def _turkish_id(random: Random) -> str:
    body = digits(random, 9)
    return body + str(tckimlik.calc_check_digits(body))


def _personal(form: str, tail: int) -> Make:
    """A birthday in `form` and `tail` digits behind it."""
    return lambda random: f"{birthday(random):{form}}" + "".join(random.choices(string.digits, k=tail))


KINDS = (
    Kind("PERSON", _name(_GIVEN, _FAMILY), frames=_NAME_FRAMES),
    Kind("PERSON", _name(_INDIAN_GIVEN, _INDIAN_FAMILY), frames=_NAME_FRAMES, name="PERSON_INDIAN"),
    Kind("STREET_ADDRESS", _street, frames=_ADDRESS_FRAMES),
    Kind("DATE_OF_BIRTH", _birth_date, frames=_BIRTH_FRAMES),
    Kind("EMAIL_ADDRESS", _email, ("email", "e-mail address", "contact")),
    Kind("PHONE_NUMBER", _phone, ("phone number", "mobile", "telephone")),
    Kind("CREDIT_CARD", _card, ("credit card", "card number", "Visa card")),
    Kind("IBAN_CODE", _iban, ("IBAN", "bank account")),
    Kind("SWIFT_CODE", lambda r: r.choice(("DEUTDEFF", "BNPAFRPP", "CHASUS33", "HSBCGB2L500")), ("SWIFT code", "BIC")),
    Kind("US_BANK_NUMBER", lambda r: digits(r, r.randint(9, 12)), ("bank account number", "checking account")),
    Kind("ABA_ROUTING_NUMBER", valid("us.rtn", lambda r: "0" + digits(r, 8)), ("routing number", "ABA routing number")),
    Kind("CRYPTO", _ethereum, ("wallet address", "ETH address")),
    Kind(
        "UPI_ID",
        lambda r: f"{r.choice(_ASCII_GIVEN).lower()}{digits(r, 3)}@ok{r.choice(('axis', 'sbi', 'icici'))}",
        ("UPI ID",),
    ),
    Kind("IN_IFSC", lambda r: f"{r.choice(('HDFC', 'SBIN', 'ICIC'))}0{digits(r, 6)}", ("IFSC code", "IFSC")),
    Kind("IP_ADDRESS", _ipv4, ("IP address", "client IP")),
    Kind("IP_ADDRESS", _ipv6, ("IP address", "IPv6 address"), name="IP_ADDRESS_6"),
    Kind("MAC_ADDRESS", _mac, ("MAC address", "MAC")),
    Kind("IMEI", _imei, ("IMEI", "IMEI number")),
    Kind("VEHICLE_ID", _vin, ("VIN", "vehicle identification number")),
    Kind("US_SSN", _ssn, ("SSN", "social security number")),
    Kind("US_ITIN", valid("us.itin", lambda r: f"9{digits(r, 2)}-{r.randint(70, 99)}-{digits(r, 4)}"), ("ITIN",)),
    Kind("US_PASSPORT", lambda r: digits(r, 9), ("US passport number", "passport number")),
    Kind("US_DRIVER_LICENSE", lambda r: letters(r, 1) + digits(r, 7), ("driver's license", "driver license number")),
    Kind("US_MBI", _mbi, ("Medicare number", "MBI")),
    Kind("US_NPI", _npi, ("NPI", "NPI number")),
    Kind("MEDICAL_LICENSE", _dea, ("DEA number",)),
    Kind("MEDICAL_RECORD", lambda r: digits(r, 8), ("MRN", "medical record number")),
    Kind("UK_NINO", _nino, ("National Insurance number", "NINO")),
    Kind("UK_NHS", _nhs, ("NHS number",)),
    Kind("UK_PASSPORT", lambda r: digits(r, 9), ("UK passport number",)),
    Kind("IN_AADHAAR", _aadhaar, ("Aadhaar number", "Aadhaar")),
    Kind("IN_PAN", _pan, ("PAN", "PAN card")),
    Kind(
        "IN_PASSPORT",
        lambda r: r.choice("ABCDEFGHJKLMNPRSTUVWXYZ") + digits(r, 7),
        ("Indian passport", "passport number"),
    ),
    Kind("IN_VOTER", lambda r: letters(r, 3) + digits(r, 7), ("voter ID", "EPIC number")),
    Kind("CA_SIN", valid("ca.sin", lambda r: digits(r, 9)), ("SIN", "social insurance number")),
    Kind("AU_TFN", valid("au.tfn", lambda r: digits(r, 9)), ("TFN", "tax file number")),
    Kind("BE_NATIONAL_NUMBER", valid("be.nn", _personal("%y%m%d", 5)), ("rijksregisternummer", "national number")),
    Kind("BG_EGN", valid("bg.egn", _personal("%y%m%d", 4)), ("EGN",)),
    Kind("BR_CPF", layout(valid("br.cpf", lambda r: digits(r, 11))), ("CPF",)),
    Kind(
        "CN_RESIDENT_ID", valid("cn.ric", lambda r: "110101" + _personal("%Y%m%d", 4)(r)), ("resident ID", "身份证号")
    ),
    Kind("CZ_BIRTH_NUMBER", valid("cz.rc", _personal("%y%m%d", 4)), ("rodné číslo",)),
    Kind("DE_TAX_ID", valid("de.idnr", lambda r: digits(r, 11)), ("Steuer-ID", "steuerliche Identifikationsnummer")),
    Kind("DK_CPR", lambda r: f"{birthday(r):%d%m%y}-{digits(r, 4)}", ("CPR-nummer", "CPR")),
    Kind("EE_ISIKUKOOD", valid("ee.ik", lambda r: r.choice("34") + _personal("%y%m%d", 4)(r)), ("isikukood",)),
    Kind("ES_NIF", _spanish_id, ("DNI", "NIF")),
    Kind(
        "FI_PERSONAL_IDENTITY_CODE",
        valid("fi.hetu", lambda r: f"{birthday(r):%d%m%y}-{digits(r, 3)}{letters(r, 1)}"),
        ("HETU",),
    ),
    Kind("FR_NIR", layout(_nir, (1, 2, 2, 2, 3, 3, 2)), ("numéro de sécurité sociale", "NIR")),
    Kind("HR_OIB", valid("hr.oib", lambda r: digits(r, 11)), ("OIB",)),
    Kind("IT_FISCAL_CODE", _fiscal_code, ("codice fiscale",)),
    Kind(
        "KR_RRN",
        valid("kr.rrn", lambda r: f"{birthday(r):%y%m%d}-{r.choice('12')}{digits(r, 6)}"),
        ("주민등록번호", "RRN"),
    ),
    Kind("NL_BSN", valid("nl.bsn", lambda r: digits(r, 9)), ("BSN", "burgerservicenummer")),
    Kind("NO_FODSELSNUMMER", valid("no.fodselsnummer", _personal("%d%m%y", 5)), ("fødselsnummer",)),
    Kind("PL_PESEL", valid("pl.pesel", _personal("%y%m%d", 5)), ("PESEL",)),
    Kind("PT_NIF", valid("pt.nif", lambda r: digits(r, 9)), ("NIF", "contribuinte")),
    Kind(
        "RO_CNP",
        valid("ro.cnp", lambda r: r.choice("12") + f"{birthday(r):%y%m%d}" + f"{r.randint(1, 46):02}" + digits(r, 4)),
        ("CNP",),
    ),
    Kind(
        "SE_PERSONNUMMER", valid("se.personnummer", lambda r: f"{birthday(r):%y%m%d}-{digits(r, 4)}"), ("personnummer",)
    ),
    Kind("SG_NRIC_FIN", _nric, ("NRIC", "NRIC number")),
    Kind("TH_TNIN", valid("th.pin", _thai_id), ("Thai ID",)),
    Kind("TR_NATIONAL_ID", _turkish_id, ("TC kimlik no", "kimlik")),
    Kind(
        "ZA_ID_NUMBER",
        valid("za.idnr", lambda r: f"{birthday(r):%y%m%d}{digits(r, 4)}08{r.randint(0, 9)}"),
        ("SA ID number",),
    ),
    Kind(
        "AWS_ACCESS_KEY",
        lambda r: "AKIA" + letters(r, 16, string.ascii_uppercase + "234567"),
        ("AWS access key", "AWS_ACCESS_KEY_ID"),
        _CODE_FRAMES,
    ),
    Kind(
        "AWS_SECRET_KEY",
        lambda r: letters(r, 40, string.ascii_letters + string.digits + "+/"),
        ("AWS secret access key",),
        _CODE_FRAMES,
    ),
    Kind(
        "GITHUB_TOKEN",
        lambda r: "ghp_" + letters(r, 36, string.ascii_letters + string.digits),
        ("GitHub token",),
        _CODE_FRAMES,
    ),
    Kind(
        "SLACK_TOKEN",
        lambda r: f"xoxb-{digits(r, 12)}-{digits(r, 12)}-{letters(r, 24, string.ascii_letters)}",
        ("Slack token",),
        _CODE_FRAMES,
    ),
    Kind(
        "SLACK_WEBHOOK",
        lambda r: (
            f"https://hooks.slack.com/services/T{letters(r, 8)}/B{letters(r, 8)}/{letters(r, 24, string.ascii_letters)}"
        ),
        ("Slack webhook",),
        _CODE_FRAMES,
    ),
    Kind("JWT", _jwt, ("session token", "JWT"), _CODE_FRAMES),
    Kind("API_KEY", _api_key, ("API key", "token"), _CODE_FRAMES),
    Kind("PRIVATE_KEY", _private_key, ("private key",), ("{key}:\n{value}", '{{"{key}": "{value}"}}')),
    Kind(
        "PASSWORD",
        _password,
        ("password", "DB_PASSWORD", "admin password"),
        ("{key}={value}", "The {label} is {value}", '{{"{key}": "{value}"}}'),
    ),
)
"""What is judged. A type without a number of its own in daily life (a place, a company) has no sentence here."""
