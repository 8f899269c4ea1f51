"""Identifiers of Africa."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.checks import stdnum
from dlp.detect.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="za-id", entity_type="ZA_ID_NUMBER", formats=("9999999999999", "999999_9999_99_9", "999999_9999_999"),
        pattern=r"\d{10}[0-2][89]\d", check=lambda v: checks.date_yymmdd(v) and checks.luhn(v),
        context=("id number", "south african id", "sa id", "rsa id", "identity number", "refugee", "id no"),
        score=0.55, in_context=0.95, alone=0.8, strong=False, separators=" -",
        source="DHA, identity number (Luhn, date)", matches=("6910203552082",),
        rejects={"bad check digit": "6910203552080"},
    ),
    Rule(
        id="za-tax", entity_type="ZA_INCOME_TAX_NUMBER", formats=("9999999999", "9999_999_999"),
        pattern=r"[01239]\d{9}", check=stdnum("za.tin"), strong=False,
        context=("tax reference", "income tax", "sars"), in_context=0.9, source="SARS, tax reference number (Luhn)",
        matches=("2101807317",), rejects={"bad check digit": "2101807310"},
    ),
    Rule(
        id="za-passport", entity_type="ZA_PASSPORT", formats=("A99999999",), pattern=r"[ADMT]\d{8}",
        context=("passport", "south african"), in_context=0.8, upper=True, source="DHA, passport",
        matches=("A12345678",), rejects={"letter Z": "Z12345678"},
    ),
    Rule(
        id="ng-nin", entity_type="NG_NIN", formats=("99999999999",),
        context=("nin", "nimc", "national identification number"), in_context=0.88, source="NIMC, NIN",
        matches=("12345678901",), rejects={"short": "1234567890"},
    ),
    Rule(
        id="ng-bvn", entity_type="NG_BVN", formats=("99999999999",), pattern=r"2\d{10}",
        context=("bvn", "bank verification"), in_context=0.9, source="NIBSS, BVN", matches=("22123456789",),
        rejects={"short": "2212345678"},
    ),
    Rule(
        id="ke-pin", entity_type="KE_PIN", formats=("A999999999A",), check=stdnum("ke.pin"), strong=False,
        context=("kra", "pin", "kra pin"), in_context=0.92, alone=0.6, score=0.0, upper=True, source="KRA, PIN",
        matches=("A518351185P",),
    ),
    Rule(
        id="ke-id", entity_type="KE_ID", formats=("99999999", "9999999"),
        context=("kenyan id", "national id", "kitambulisho"), in_context=0.75, source="NRB (Kenya)",
        matches=("23456789",), rejects={"short": "234567"},
    ),
    Rule(
        id="gh-card", entity_type="GH_CARD", formats=("AAA-999999999-9",), pattern=r"GHA\d{10}",
        context=("ghana card", "nia"), score=0.7, in_context=0.93, alone=0.8, source="NIA (Ghana)",
        matches=("GHA-123456789-0",), rejects={"other prefix": "GHB-123456789-0"},
    ),
    Rule(
        id="eg-id", entity_type="EG_NATIONAL_ID", formats=("99999999999999",),
        pattern=r"[23]\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)\d{5}",
        context=("الرقم القومي", "national id", "egyptian"), in_context=0.93, alone=0.6,
        source="CSO (Egypt), 14 digits with date and governorate", matches=("29001011234567",),
        rejects={"month 13": "29013011234567"},
    ),
    Rule(
        id="ma-ice", entity_type="MA_ICE", formats=("999999999999999",), check=stdnum("ma.ice"), strong=False,
        context=("ice",), in_context=0.9, source="OMPIC, ICE", matches=("666890878416746",),
        rejects={"bad check digit": "666890878416740"},
    ),
    Rule(
        id="ma-cin", entity_type="MA_CIN", formats=("A999999", "AA999999", "AA99999", "A99999"),
        context=("cin", "cnie", "carte nationale"), in_context=0.82, upper=True, source="DGSN (Morocco), CNIE",
        matches=("BE123456",), rejects={"short": "BE1234"},
    ),
    Rule(
        id="dz-nif", entity_type="DZ_NIF", formats=("999999999999999", "99999999999999999999"),
        check=stdnum("dz.nif"), strong=False, context=("nif",), in_context=0.85, source="DGI (Algeria)",
        matches=("308016938980858",),
    ),
    Rule(
        id="mu-nid", entity_type="MU_NID", formats=("A9999999999999", "A9999999999999A"), check=stdnum("mu.nid"),
        strong=False, context=("nid", "national identity"), in_context=0.9, alone=0.55, source="CSD (Mauritius)",
        matches=("G0702205376252",), rejects={"bad check digit": "G0702205376250"},
    ),
    Rule(
        id="tz-nida", entity_type="TZ_NIDA", formats=("99999999-99999-99999-99", "99999999999999999999"),
        context=("nida", "nin"), in_context=0.88, source="NIDA (Tanzania)", matches=("19900101-12345-12345-12",),
        rejects={"short": "19900101-12345-12345"},
    ),
    Rule(
        id="ug-nin", entity_type="UG_NIN", formats=("AA99999*******", "AA999999******"),
        pattern=r"C[MF]\d{5}[A-Z0-9]{7}", context=("nin", "nira"), in_context=0.88, alone=0.5, upper=True,
        source="NIRA (Uganda)", matches=("CM90010ABCDEFG",), rejects={"letter X": "CX90010ABCDEFG"},
    ),
    Rule(
        id="rw-id", entity_type="RW_NID", formats=("9999999999999999", "9 9999 9 9999999 9 99"),
        pattern=r"1(?:19|20)\d{13}", context=("indangamuntu", "rwandan id", "national id"), in_context=0.85,
        source="NIDA (Rwanda)", matches=("1199080012345678",), rejects={"short": "119908001234567"},
    ),
)  # fmt: skip
