"""Vehicles, devices and number plates."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.rule import Rule

_PLATE = (
    "plate", "plates", "license plate", "licence plate", "number plate", "registration", "kennzeichen", "kfz",
    "plaque", "immatriculation", "matrícula", "matricula",
    "targa", "kenteken", "nummerplade", "registreringsnummer", "rejestracyjny", "plakası", "plaka", "licenseplate",
    "tag", "vehicle", "car",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        id="vin", entity_type="VEHICLE_ID", formats=("*" * 17,),
        pattern=r"(?=[A-HJ-NPR-Z0-9]*\d)(?=[A-HJ-NPR-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{13}\d{4}", check=checks.vin,
        context=("vin", "vehicle", "chassis", "car", "fahrgestell*", "fin", "bastidor", "telaio"), score=0.75,
        in_context=0.98, alone=0.85, upper=True,
        source="ISO 3779; 49 CFR 565", matches=("1HGCM82633A004352",),
        rejects={"bad check digit": "1HGCM82643A004352", "letter I": "1HGCM82633A00I352"},
    ),
    Rule(
        id="vin-european", entity_type="VEHICLE_ID", formats=("*" * 17,),
        pattern=r"(?=[A-HJ-NPR-Z0-9]*\d)[A-HJ-NPR-Z][A-HJ-NPR-Z0-9]{12}\d{4}",
        context=("vin", "vehicle", "chassis", "car", "fahrgestell*", "fin", "bastidor", "telaio"), in_context=0.8,
        alone=0.5, upper=True,
        source="ISO 3779 (no check digit outside North America)", matches=("WVWZZZ1KZAW123456",),
        rejects={"letter O": "WVWZZZ1KZOW123456"},
    ),
    Rule(
        id="imei", entity_type="IMEI", formats=("9" * 15, "99_999999_999999_9", "999999_99_999999_9"),
        check=checks.stdnum("imei"), strong=False,
        context=("imei", "device", "handset", "phone", "imeisv", "meid"), in_context=0.95, separators=" -",
        source="3GPP TS 23.003, Luhn", matches=("490154203237518",),
        rejects={"bad check digit": "490154203237517"},
    ),
    Rule(
        id="tr-plate", entity_type="TR_LICENSE_PLATE",
        formats=(
            "99_A_9999", "99_AA_999", "99_AA_9999", "99_AAA_99", "99_AAA_999", "99_AAA_9999", "99_AA_99", "99_A_999",
            "99A9999", "99AA999", "99AAA99",
        ),
        pattern=r"(?:0[1-9]|[1-7]\d|8[01])[A-PR-VY-Z]{1,3}\d{2,4}",
        context=("plaka*", "araç", "plate", "vehicle", "car"), in_context=0.8, alone=0.6, separators=" -",
        source="Karayolları Trafik Yönetmeliği, plate layouts", matches=("34 ABC 123", "16 B 1234"),
        rejects={"province 82": "82 ABC 123"},
    ),
    Rule(
        id="ng-plate", entity_type="NG_VEHICLE_REGISTRATION", formats=("AAA_999AA",), context=(*_PLATE, "frsc"),
        in_context=0.8, alone=0.6, score=0.0, separators=" -",
        source="FRSC, national number plates", matches=("APP-456CV",), rejects={"four letters": "ABCD-123EF"},
    ),
    Rule(
        id="de-plate", entity_type="DE_KFZ",
        formats=(
            "A-AA 9999", "A-AA 999", "A-AA 99", "A AA 999", "A AA 99", "AA-A 999", "AA-A 9999", "AA-AA 99", "AA-AA 999", "AA-AA 9999",
            "AAA-A 99", "AAA-A 999", "AAA-AA 99", "AAA-AA 999", "A-A 9999", "A-A 999", "AA-A 99", "AAA-AA 9999",
            "A AA 9999", "AA AA 999", "AAA AA 99", "A-AA-9999", "AA-AA-999", "AA-A-999",
        ),
        context=_PLATE, in_context=0.8, alone=0.55, upper=True, source="FZV Anlage 1",
        matches=("B-MW 1234", "M-AB 123"), rejects={"no letters": "B 1234"},
    ),
    Rule(
        id="fr-plate", entity_type="LICENSE_PLATE", formats=("AA-999-AA", "AA 999 AA"),
        pattern=r"[A-HJ-NP-TV-Z]{2}\d{3}[A-HJ-NP-TV-Z]{2}", context=_PLATE, score=0.0, in_context=0.82, alone=0.5,
        upper=True, source="SIV (France, Italy) plate layout", matches=("AB-123-CD",),
        rejects={"letter I": "AB-123-ID"},
    ),
    Rule(
        id="es-plate", entity_type="LICENSE_PLATE", formats=("9999_AAA",), pattern=r"\d{4}[BCDFGHJ-NPRSTV-Z]{3}",
        context=_PLATE, in_context=0.8, separators=" -", upper=True,
        source="DGT, plates since 2000", matches=("1234 BCD",), rejects={"vowel": "1234 ABC"},
    ),
    Rule(
        id="plate-generic", entity_type="LICENSE_PLATE",
        formats=(
            "AAA-9999", "AAA9999", "9AAA999", "AAA_999", "999_AAA", "AA_999_A", "99_AAA_9", "9_AAA_99", "AA_9999_A",
            "AA_99_AA", "AAA_9A99", "AA999AA", "AA_99_999", "999_AA_99", "99_AA_99",
            "AA_99999", "A999AAA", "AA99_AAA", "AA_999_AA", "999AAA", "A_999_AAA", "A999_AAA",
        ),
        context=(
            "plate", "plates", "license plate", "licence plate", "number plate", "kennzeichen", "kenteken",
            "matrícula", "targa", "immatriculation", "licenseplate", "registration", "tag number", "tag no",
            "vehicle number", "car number",
        ),
        in_context=0.75, separators=" -", upper=True,
        source="national plate layouts (US states, Netherlands, Nordic and others)", matches=("7ABC123", "ABC-1234"),
        rejects={"digits alone": "1234567"},
    ),
)  # fmt: skip
