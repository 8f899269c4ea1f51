"""What each finder finds and leaves: tables of texts with the value marked, and of texts with nothing in them."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.detect import addresses, build_detector, native_addresses, network, phones
from dlp.detect.base import RARE_TEXTS
from dlp.detect.patterns import compiled
from dlp.detect.phones import PLAN, country_code, in_national_plan
from dlp.detect.secrets.prefilter import fold
from dlp.detect.shapes import Sorter, clusters, shape_of
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))
MARK = re.compile(r"<<(.*?)>>", re.DOTALL)

FOUND = {
    "EMAIL_ADDRESS": [
        "write to <<marta.kolvig+news@quill-and-post.co.uk>>, please", "mailto:<<a@b.io>>", "user=<<ines_f97@fernwald.de>> ip=1", "Müller [<<jörg@müller.de>>]", "id <<user@xn--80ak6aa92e.com>> ok", "<<marta at quill dot com>>",
        "<<john.doe@protectai[DOT]com>>.", "<<tomasz @ quillandpost.com>>",
        "mail me: <<j ohn @ gma il . com>>", "reach me at <<ma ria . lopez @ out look . c om>> please", "<<jo hn.doe@ gmail .com>> ok",
    ],
    "PHONE_NUMBER": [
        "call <<+1 415 555 0132>> now", "tel. <<0207 946 0958>>", "<<(415) 555-0132>> works", "one is<<415-555-0132>>", "<<+44 (0)20 7946 0958>>", "Telefon: <<030 901820>>", "ring me on <<07400 123456>>", "mobile <<98765 43210>>", "<<0494 92 82 32>> for a table",
        "phone: <<467 3395>>", "<<+49 30 901820 ext. 12>>", "fax <<0049 30 901820>>",
        "Tel. <<4471>>", "Fax: <<2290-1>>", '{"phone": "<<40212>>"}', "Durchwahl <<214>>", "call me on <<4471>> if needed", "ruf an unter <<40212>>", "name,phone\nbob,<<4471>>\n",
        "llámame al <<55123>>", "appelez le <<3631>>", "reach the desk at x<<4471>>",
    ],
    "IBAN_CODE": ["to <<DE89 3704 0044 0532 0130 00>> today", "<<GB29NWBK60161331926819>>", "IBAN: <<FR14 2004 1010 0505 0001 3M02 606>>"],
    "SWIFT_CODE": ["BIC: <<DEUTDEFF>>", "swift code <<CHASUS33XXX>>"],
    "CRYPTO": ["send to <<1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa>>", "<<bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4>>", "<<0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed>>"],
    "IP_ADDRESS": ["from <<84.23.118.9>>:443", "net <<10.0.0.0/8>>.", "<<2a02:aa1:1043:9f2e:b5c:71ff:fe10:4d2a>> - x", "server [<<2001:db8::1>>]:80", "connecting from <<::1>>"],
    "MAC_ADDRESS": ["dev <<e0:e2:b7:d0:9e:31>> up", "<<48-61-2A-FD-77-6D>>", "<<aabb.ccdd.eeff>>"],
    "GEO_COORDINATES": ["Latitude <<37.7749>>, a view", "longitude is <<-122.4194>>", "coordinates: <<52.52001, 13.40495>>", "at <<48°51'24\"N 2°21'03\"E>>"],
    "STREET_ADDRESS": [
        "I live at <<12 Elm Street, Springfield, IL 62701>>.", "lives at <<Hauptstraße 5, 10115 Berlin>>", "Address: <<Via Roma 12, 00184 Roma>>", "address is <<10 rue de la Paix, 75002 Paris>>", "send it to <<P.O. Box 287, Tallinn>>",
        "ship it to <<ul. Cicha 86, 00-001 Warszawa>>", "<<PSC 6293, Box 8158\nAPO AP 04336>>", "meet me at <<221B Baker Street>>", "in <<Austin, TX 78704>>",
        "we met at <<Calle Güemes N° 79, Rosario 2000, Santa Fe>>", "the shop in <<Calle 63 # 1-89 Sur, Local 3>> is closed", "now at <<Cerrada Granada 853 Interior 560, San Luis los altos, JAL 06792>>.",
        "near <<Av. Esmeralda 7909 Dpto. 730, El Quisco, Región de Valparaíso, 8194820>> there", "at <<1269 rang Arthur, Mont-Michel, NB X6G 8R3>>, in the north", "à <<4930 montée Lacroix, Demers, QC N5B 6V3>>",
        "moved to <<Conjunto de Aparecida, 331, Havaí, 23448-347 Campo Belo / MS>> in May",
    ],
    "DATE_OF_BIRTH": ["DOB: <<5 May 85>>", "born <<5-May-85>>, in Ulm", "born on <<1984-03-07>>", "DOB: <<6/24/1991>>", "geboren am <<7. März 1984>>", "date of birth <<April 12, 1990>>"],
    "DATE_TIME": ["on <<2024-03-15T14:30:00Z>>", "since <<5-May-2021>>", "due <<21.5.21>>", "by <<March 3rd, 2026>>", "notes (<<November 1>>) of 2 items, due 2026-03-01", "since <<October/24>> at 3"],
    "AGE": ["a <<79>> year old man", "i'm <<31>> y/o", "aged <<45>>, single", "she is <<34>> Jahre alt"],
    "NRP": ["I am <<cambodian>>", "a 2021 <<Norwegian>> film"],
    "PASSWORD": [
        "my password is <<sunshine>>, don't tell", "Password was reset to <<Wiaeg5953!>> and", "పాస్‌వర్డ్: <<cuf8AeyqYl5L>>", "log in as user bob and password <<bob123>>",
        'Password: <<N"5$5/E2L6>>\nName: x', '{"password": "<<Nx\\"9a5/Y1Q6>>", "x": 1}', 'a,passwort\n"x, y",<<TX6podZb4J0G>>', "INSERT INTO u (clave, x) VALUES ('<<2q9v9m8w~>>', 1)",
        "postgres://admin:<<S3cr3tP%40ss>>@db.acme.io:5432/prod", "mongodb+srv://bob:<<pa@ss>>@cluster0.mongodb.net/x", "DB_PASSWORD='<<p@ss w0rd!>>'",
        "the password for the wifi is <<CorrectHorseBatteryStaple>>",
    ],
    "GITHUB_TOKEN": ["git clone https://<<ghp_16C7e42F292c6912E7710c838347Ae178B4a>>@github.com/acme/repo.git"],
    "API_KEY": ["my api key is <<sk-1234567890abcdef>>", "api key: <<tok_1234567890abcdef>>"],
    "USERNAME": ["twitter <<@jane_doe88>>", "my instagram handle is <<@jane.doe>>", "username: <<ines_f97>>", "login='<<Kofi.Mensah>>'", "what is the login?\nA: <<divya_iyer>>", 'login = "<<hgustafsson>>"'],
    "UPI_ID": ["pay <<alice@okhdfcbank>>", "UPI: <<bob77@somebank>>"],
    "PERSON": [
        "my name is <<Marta Kolvig>>.", "my name is <<john smith>>", "Dear Mr. <<Brown>>,", "Dear <<Sanne de Vries>>,\n", "Kind regards,\n<<Tomasz Wolny>>\n", "Customer: <<Ines Ferrand>>\n", '{"first_name": "<<Priya>>"}', "From: <<Olga Krylova>> <olga@x.org>",
        "ich heiße <<Jürgen Weiß>>", "je m'appelle <<Élodie Marchand>>", "me llamo <<Ana Martínez>>", "<name><<Piet van der Steen>></name>", "Thanks -<<Jon>>",
    ],
    "LICENSE_PLATE": ["license plate <<58-N096>>", "number plate: <<AB-123-CD>>"],
    "URL": ["see <<https://acme.test/a?b=c>>.", "at <<www.acme.test>> today"],
}  # fmt: skip

NOTHING = [
    "the lexer now refers to Python 3 and was moved to Python 3.12", "Copyright 2005 Zak Kipling\n2006 Rackable Systems\n2009 Chris Procter", "f(userId: e.original.created_by)", "username=azure_username,", "The race, Carrera 3, was won", "a calle of 12 houses", "vale 12 euros", "Parque nacional",
    "npm i lodash@4.17.21 and use @decorators", "std::vector and License :: OSI", "version 1.2.3.4 of 10.0.19041.1", "http://localhost:8080/x and 127.0.0.1", "the 12 apostles and 7 dwarfs", "Room 4.12 from 09:30 to 11:00", "ISBN 978-3-16-148410-0",
    "born to be wild", "my password is compromised.", "my password is very strong", "user input and password field1", "password: 'Enter your new password!'", "the password policy is RequireUppercase", "class='sk-loading2 sk-chase-dot3'", "use the @decorator of github.com/x", "Dear customer,", "Best regards,\nThe team", "Name: string", "username: required", "user_id=user_id", "We are 3 of 5 in the year 2024", "I am sure that this is fine", "3x + 7 = 25", "page 12 of 300", "lat = None", "5 Main causes of failure",
    "12 percent of 400 people", "call 3 functions", "The English language and French fries", "thread 140735686516480 took 1284 ms", "color: #1a2b3c; margin: 0 1px 3px", "chapter 12, section 3", "id,name\n1,foo\n2,bar",
]  # fmt: skip


@pytest.mark.parametrize(
    ("entity_type", "marked"), [(entity, text) for entity, texts in FOUND.items() for text in texts]
)
def test_found(entity_type: str, marked: str) -> None:
    text = MARK.sub(r"\1", marked)
    wanted = MARK.search(marked)
    assert wanted is not None
    start = wanted.start()
    spans = [(text[f.start : f.end], f.start) for f in DETECTOR.find(text) if f.entity_type == entity_type]
    assert (wanted.group(1), start) in spans


@pytest.mark.parametrize("text", NOTHING)
def test_nothing(text: str) -> None:
    assert [
        (f.entity_type, text[f.start : f.end]) for f in DETECTOR.find(text) if f.entity_type not in ("DATE_TIME", "URL")
    ] == []


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize("form", [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL])
@pytest.mark.parametrize("kind", [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE])
def test_the_example_number_of_every_region(kind: int, form: int) -> None:
    wrong = []
    for region in REGIONS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        written = phonenumbers.format_number(number, form)
        text = f"please note {written} for later"
        found = [(f.entity_type, text[f.start : f.end]) for f in DETECTOR.find(text)]
        if found != [("PHONE_NUMBER", written)]:
            wrong.append((region, written, found))
    assert not wrong


def test_national_numbers_beside_a_word() -> None:
    missed = []
    for region in REGIONS:
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if number is None:
            continue
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        if sum(c.isdigit() for c in written) < 7:
            continue
        text = f"call me on {written}, please"
        start = text.index(written)
        if not any(f.start <= start and f.end >= start + len(written) for f in DETECTOR.find(text)):
            missed.append((region, text))
    assert not missed


@pytest.mark.parametrize("phone", ["+49 30 901820147", "0049 30 901820147", "+33 6 12 34 56 78", "+14155550132"])
@pytest.mark.parametrize("blanks", [" ", "  ", "\u00a0", "\n"])
def test_a_number_beside_a_card_with_nothing_but_blanks_between(phone: str, blanks: str) -> None:
    """The longest number that a plan allows may reach into the card, which wins: a shorter one must be left then."""
    card = "4539 1488 0343 6467"
    for text in (f"{phone}{blanks}{card}", f"{card}{blanks}{phone}", f"{card}{blanks}{phone}{blanks}{card}"):
        found = {text[found.start : found.end] for found in DETECTOR.find(text)}
        assert found == {phone, card}, text


def test_a_national_number_beside_a_card() -> None:
    text = "call 030 901820147 4539 1488 0343 6467 now"
    assert [(f.entity_type, text[f.start : f.end]) for f in DETECTOR.find(text)] == [
        ("PHONE_NUMBER", "030 901820147"),
        ("CREDIT_CARD", "4539 1488 0343 6467"),
    ]


def test_a_number_behind_an_international_one() -> None:
    text = "call +1 415 555 0132 2025550199"
    assert [text[f.start : f.end] for f in DETECTOR.find(text)] == ["+1 415 555 0132", "2025550199"]


@settings(deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            ["1", "22", "4444", "55555", "7th", "A", "St", "Elm", "é", " ", " ", ",", ".", "/", "(", "\t", "\n", "#"]
        )
    ).map("".join)
)
def test_words_stand_beside_no_number_that_its_shape_rules_out(text: str) -> None:
    found = clusters(text, shape_of(text))
    houses, beside = Sorter(addresses.may_be_house_number, addresses.may_stand_beside_word)(found)
    for atom in houses:
        assert atom in beside or not addresses._beside_words(text, atom.start, atom.end)


def test_the_plan_knows_every_calling_code() -> None:
    assert {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE} <= set(PLAN)
    assert country_code("4930901820") == "49"
    assert country_code("999123") is None
    assert in_national_plan("07400123456")
    assert not in_national_plan("1")


@settings(deadline=None)
@given(
    text=st.lists(
        st.sampled_from(["@", "at", "dot", "DOT", "punKt", "_at_", "(", "]", "<", " ", "\t", "anna", "x", "İ", "\n"]), max_size=12
    ).map("".join)
)  # fmt: skip
def test_signs_of_obfuscation_are_those_that_one_pattern_finds(text: str) -> None:
    found = [match.span() for match in network._OBFUSCATION.finditer(text)]
    assert list(network._signs(text, fold(text))) == found


def test_what_is_examined_before_anybody_has_a_rare_text_loads_what_it_needs() -> None:
    """The plans for numbers of every length, the addresses of every writing."""
    phones._national_plans.cache_clear()
    compiled.cache_clear()
    detector = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))
    for text in RARE_TEXTS:
        detector.find(text)
    loaded = phones._national_plans.cache_info().currsize
    for digits in range(7, 14):
        detector.find("0987654321098"[:digits])
    assert phones._national_plans.cache_info().currsize == loaded >= 7
    every = {pattern for _, _, patterns in native_addresses._BY_WRITING for pattern in patterns}
    every |= {pattern for _, _, pattern in native_addresses._BY_WORDS}
    assert len(every) >= 15
    loaded = compiled.cache_info().currsize
    for pattern in every:
        compiled(pattern)
    assert compiled.cache_info().currsize == loaded
