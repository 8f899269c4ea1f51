"""What stands right after a label, or under it, is what the label says: in the languages of forms, in every form of them."""

from __future__ import annotations

import pytest

from dlp.detect import build_detector
from dlp.detect.entities import ENTITY_TYPES
from dlp.detect.label_words import labels
from dlp.detect.labels import _FARTHEST, _REACH
from dlp.policy.model import DetectSettings, NerSettings

DETECTOR = build_detector(DetectSettings(ner=NerSettings(pipeline="none")))

FOUND = {
    "CUSTOMER_ID": [
        "Kunden-ID: <<CUS143861>>", "N° client : <<4455-XX-1>>", "número de cliente <<CID-85-FHWL>>, gracias", "**Student ID:** <<90-01251>>", "customerId=<<0451-KXTD-88>>", "Numer klienta: <<KD-204481>>", "Vielfliegernummer: <<9920-4471>>", "kundnummer <<48-2210>>", "Codice tessera fedeltà: <<0451882>>", "Enrolment number: <<S2045811>>", "nr karty lojalnościowej <<44-1182>>",
        "Die Matrikelnummer von Leyla Waltl ist <<STU-8329-7640>>.", "Customer # <<48213>>", "Matricola studente\n   <<73-54020>>",
    ],
    "EMPLOYEE_ID": ["personeelsnummer <<EDTC161>>", "nr kadrowy: <<55-1029>>", "anställningsnummer: <<E-42809>>", "Stammnummer <<152712>>", "número mecanográfico: <<704311>>", "Employee #<<12345>>", "le matricule de Céline Barbe est <<EMP574183>>", "Badge No.: <<GH-2951-814>>", "Mitarbeiter <<504799>> ist krank", "El empleado <<EMP/8897/05>> está", "Badge: <<WC0041>>", "Nº de funcionário: <<MG2433>>"],
    "MEDICAL_RECORD": ["MR #: <<487-29-65-2>>", "NHC: <<MR859897>>", "numer historii choroby: <<88-2019>>", "journalnummer: <<1187-22>>", "(patiëntnummer <<MRN-371278>>)", "Numéro de dossier médical: <<6141242>>"],
    "HEALTH_INSURANCE_ID": ["Versichertennummer (<<194-LT-9232>>)", "Numéro d'adhérent: <<V65-1070-3195>>"],
    "INSURANCE_ID": ["polisnummer: <<HH/314754/73>>", "Skadenummer <<2025/3623410>>", "nr polisy: <<88-4471-02>>", "Schadensnummer: <<SCH-81-9>>", "sinistro <<CLM-2025-0269>>", "cover note: <<CN-774120>>"],
    "US_HEALTH_INSURANCE_MEMBER_ID": ["Health plan beneficiary number: <<HPB-4325707696>>"],
    "DEVICE_ID": ["Numéro de série: <<SN-614022970>>", "NUMERO_DE_SERIE=<<00822923-VZW>>", "Device identifier | <<DVC-3674-YYFWS>>", "S/N: <<5CG4498K1A>>", "service tag <<FVFX4940Q6L4>>", "Inventarnummer: <<4471-220>>"],
    "BIOMETRIC_ID": ["Biometric ID: <<BIO-4811-8068-OT>>", "Fingerprint template <<FACE_42518589>> was stored", "<fingerprint_id><<FP-71673911>></fingerprint_id>"],
    "NATIONAL_ID": ["आधार नंबर <<4933 4535 8466>> है", "carta d'identità: <<8083861434>>", "Der Personalausweis mit der Nummer <<XOYDU8803I>> ist", "Mon numéro de sécu est le <<28502750009902>>.", "identity card no. <<09193130C>>", "número de la seguridad social <<12 7302720555>>", "ID card <<279B8K10>>"],
    "TAX_ID": ["<tr><td>Número fiscal</td><td><<OH918136204>></td></tr>", "fiscaal nummer <<IJ795208571>>"],
    "US_DRIVER_LICENSE": ["driver's license number is <<FITZG-773668-D8-276>>", "patente <<67476083 434>> e", "Führerschein: <<CU4806303 R>>"],
    "PASSPORT": ["పాస్‌పోర్ట్ నంబర్: <<Y34889309>>"],
    "PROFESSIONAL_LICENSE": ["Certification no.: <<RN-7939744>>", "Zertifikatsnummer: <<MD536491>>", "Licensed under certificate <<LIC-019512>>.", "Berufsausweis-Nr.: <<A672587>>", "nr PWZ: <<20-471>>", "N° RPPS : <<10101456789>>", "iscrizione all'albo n. <<48-2210>>", "cédula profesional: <<7741209>>"],
    "LICENSE_PLATE": ["Le véhicule immatriculé <<35-TX-69>> est", "Placa: <<GBR945>>", "A van with registration <<IF 52 WUF>> was", "nr rej. <<WX 11071>>", "nummerplaat: <<G-495-XR>>", "Nummernschild: <<XQ-KM 416>>"],
    "US_BANK_NUMBER": ["बैंक खाता संख्या <<52 144 136 235>> है"],
    "VEHICLE_ID": ["with VIN <<T19U8W0P0BEB7R1AC>> and", "chassisnummer <<Z0H9V38U2SDR3PFVD>>"],
    "ABA_ROUTING_NUMBER": ["Routing number: <<333698053>>"],
    "CREDIT_CARD": ["Card number: <<5894 2261 2574>>", "La carte <<4444 0800 2745 9246>>, expirant", "Kartennr.: <<4524019375416625>>", "Nº do cartão: <<5624-4754-2515-8931>>"],
    "IBAN_CODE": ["IBAN: <<DE15 1985 0811 2424 2777 89>>", "IBAN no <<FR9471805642549388508174>>"],
}  # fmt: skip

APART = [
    ("CUSTOMER_ID", "Customer number ........ <<KD-204481>>"), ("EMPLOYEE_ID", "Staff number – <<EMP04908>>"), ("DEVICE_ID", "Service tag?\n<<5CG4498K1A>>\n"),
    ("INSURANCE_ID", "Policy no. (see attached copy): <<POL-774120>>"), ("CUSTOMER_ID", "numer klienta firmy to <<KD-204481>>, proszę"), ("CUSTOMER_ID", "Voici le numéro client, c'est <<KD-204481>>."),
    ("CUSTOMER_ID", "<<KD-204481>> is my customer number"), ("EMPLOYEE_ID", "Could you check <<EMP04908>>? That's my staff number."), ("CUSTOMER_ID", "Me dieron <<KD-204481>> como número de cliente"),
    ("LICENSE_PLATE", "Ik heb <<G-436-XR>> gekregen als kenteken"), ("INSURANCE_ID", "sinistre n° <<SCH-58-6>>"), ("LICENSE_PLATE", "Nummernschild: <<GÖ-KM 4299>>"), ("NATIONAL_ID", "身份证号 <<440306198406249353>>"),
    ("CUSTOMER_ID", "| # | numer platnika |\n|---|---|\n| 1 | <<KD0115201>> |\n"),
]  # fmt: skip
"""What stands between a label and its value, or a value before its label."""

NOTHING = [
    "customer 12345 called", "the student with 4000 points", "patient 12 of 300", "the passport was issued on 2024-05-06", "employee handbook 2024", "license Apache 2004", "a device 1200 mm wide", "the policy of 2019",
    "client code is in src/client", "account for 300 of them", "tax 2023", "the chart no one read", "serial port 9600", "vin 2019", "member no more", "customer id is required", "the badge number changes daily", "card number 12", "client HTTP/1.1 upgrade", "a member of ISO 27001", "the account 2024", "patient 40 and 41", "client RFC 7231 says", "serial COM3", "numéro d'ordre 1204", "numero ordine 44812", "numer telefonu kto 300", "service id 4711", "loss of 2019", "the journal no 1204", "exam code 70480", "numéro d'épisode 112", "a big number 4471", "in 2019 as the policy number grew", "there were 1200 as the client code said", "what is the staff number?\nnobody knows",
]  # fmt: skip


@pytest.mark.parametrize(("entity_type", "marked"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_a_value_is_what_its_label_says(entity_type: str, marked: str) -> None:
    before, value, after = marked.replace("<<", "\0").replace(">>", "\0").split("\0")
    text = before + value + after
    found = [(each.entity_type, text[each.start : each.end]) for each in DETECTOR.find(text)]
    assert (entity_type, value) in found


@pytest.mark.parametrize(("entity_type", "marked"), APART)
def test_a_value_may_be_set_apart_from_its_label_or_come_first(entity_type: str, marked: str) -> None:
    before, value, after = marked.replace("<<", "\0").replace(">>", "\0").split("\0")
    text = before + value + after
    assert any(
        each.start <= len(before) and len(before + value) <= each.end and each.entity_type in (entity_type, "DE_KFZ")
        for each in DETECTOR.find(text)
    )


def test_a_value_before_its_label_may_stand_as_far_as_it_is_looked_for() -> None:
    heads = {(*lead, last) for lead, words, *_ in labels() for last in words if lead}
    longest = max(heads, key=lambda words: sum(map(len, words[:-1])) + 3 * len(words))
    assert sum(map(len, longest[:-1])) + 3 * len(longest) <= _REACH - _FARTHEST


@pytest.mark.parametrize("text", NOTHING)
def test_words_of_labels_alone_say_nothing(text: str) -> None:
    kinds = {entity_type for *_, entity_type, _ in labels()}
    assert [each for each in DETECTOR.find(text) if each.entity_type in kinds] == []


def test_a_part_of_a_labelled_value_is_no_finding_of_its_own() -> None:
    """`30741627` would be a licence of some state; half of the number would stay in sight."""
    text = "Driver's license: 30741627 195"
    assert [text[each.start : each.end] for each in DETECTOR.find(text)] == ["30741627 195"]


def test_labels_name_types_of_the_table() -> None:
    assert {entity_type for *_, entity_type, _ in labels()} <= set(ENTITY_TYPES)


@pytest.mark.parametrize(
    ("key", "value", "entity_type"),
    [
        ("employee_id", "emp-20451", "EMPLOYEE_ID"), ("idCliente", "CID-85-FHWL", "CUSTOMER_ID"), ("numéro_de_série", "PM-4634-4810", "DEVICE_ID"),
        ("healthPlanNumber", "LPJYTA107U4492", "US_HEALTH_INSURANCE_MEMBER_ID"),
    ],
)  # fmt: skip
def test_a_whole_value_is_what_its_key_says(key: str, value: str, entity_type: str) -> None:
    assert [(each.entity_type, each.start, each.end) for each in DETECTOR.find(value, context=key)] == [
        (entity_type, 0, len(value))
    ]
