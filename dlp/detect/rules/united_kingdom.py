"""Identifiers of the United Kingdom and Ireland."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="uk-nino", entity_type="UK_NINO", formats=("AA_99_99_99_A", "AA_999999_A", "AA_999999A"),
        pattern=r"(?!BG|GB|NK|KN|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]",
        context=(
            "nino", "ni number", "ni no", "national insurance", "insurance", "nationalinsurance", "hmrc", "payroll",
            "ni",
        ),
        score=0.6, in_context=0.92, alone=0.7,
        upper=True, source="HMRC NIM39110", matches=("AB123456C", "AB 12 34 56 C"),
        rejects={"prefix BG": "BG123456A", "suffix E": "AB123456E"},
    ),
    Rule(
        id="uk-nino-specimen", entity_type="UK_NINO", formats=("AA_99_99_99_A", "AA_999999_A", "AA_999999A"),
        pattern=r"QQ\d{6}[A-D]", context=("nino", "ni number", "ni no", "national insurance", "nationalinsurance"),
        score=0.0, in_context=0.9, upper=True, source="HMRC NIM39110, the prefix of its examples",
        matches=("QQ123456C", "QQ 12 34 56 C"), rejects={"suffix E": "QQ123456E"},
    ),
    Rule(
        id="uk-nhs", entity_type="UK_NHS", formats=("999_999_9999",), check=checks.nhs,
        context=("nhs", "national health", "patient", "health service", "hospital", "gp"), in_context=0.93,
        alone=0.56, strong=False,
        source="NHS Data Dictionary", matches=("943 476 5919", "9434765919"),
        rejects={"bad check digit": "943 476 5918"},
    ),
    Rule(
        id="uk-passport", entity_type="UK_PASSPORT", formats=("999999999", "AA9999999"),
        context=("passport", "passports", "hmpo", "travel document"),
        in_context=0.79, alone=0.0, source="HM Passport Office", matches=("925665416",),
        rejects={"eight digits": "92566541"},
    ),
    Rule(
        id="uk-passport-lettered", entity_type="UK_PASSPORT", formats=("AA9999999",), context=("passport",),
        in_context=0.82, alone=0.51, upper=True,
        source="HM Passport Office, two-letter series", matches=("XY9876543",), rejects={"one letter": "X98765432"},
    ),
    Rule(
        id="uk-driving-licence", entity_type="UK_DRIVING_LICENCE", formats=("*****999999*****",),
        pattern=r"[A-Z9]{5}\d(?:0[1-9]|1[0-2]|5[1-9]|6[0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9][A-Z]{2}",
        context=("driving", "licence", "license", "dvla", "driver"), score=0.6, in_context=0.9, alone=0.8,
        source="DVLA, driver number", matches=("MORGA657054SM9IJ",), rejects={"month 13": "MORGA613054SM9IJ"},
    ),
    Rule(
        id="uk-vehicle", entity_type="UK_VEHICLE_REGISTRATION", formats=("AA99_AAA",),
        pattern=r"[A-HJ-PR-Y]{2}(?:0[2-9]|[1-2]\d|5[0-9]|6\d|7\d)[A-HJ-PR-Z]{3}",
        context=(
            "vehicle", "car", "reg", "registration", "plate", "number plate", "mot", "v5c", "licence plate", "dvla",
            "parked",
        ),
        in_context=0.8, alone=0.6, separators=" -",
        source="DVLA INF104", matches=("AB51 ABC", "LD68XYZ"),
        rejects={"age code 35": "AB35 ABC", "letter I": "AB51 AIB"},
    ),
    Rule(
        id="uk-vehicle-older", entity_type="UK_VEHICLE_REGISTRATION",
        formats=("A9_AAA", "A99_AAA", "A999_AAA", "AAA_9A", "AAA_99A", "AAA_999A"),
        pattern=r"[A-HJ-NPR-TV-Y]\d{1,3}[A-HJ-PR-Y][A-HJ-PR-Z]{2}|[A-HJ-PR-Z]{3}\d{1,3}[A-HJ-NPR-TV-Y]",
        context=("vehicle", "car", "reg", "registration", "plate"),
        in_context=0.75, alone=0.5, separators=" -", source="DVLA INF104, prefix and suffix marks",
        matches=("K1 ABC", "ABC 1D"), rejects={"letter I": "K1 AIC"},
    ),
    Rule(
        id="uk-utr", entity_type="UK_UTR", formats=("9999999999", "99999_99999"), check=checks.stdnum("gb.utr"),
        strong=False, separators=" ",
        context=("utr", "unique taxpayer", "self assessment", "hmrc"), in_context=0.85,
        source="HMRC, UTR check digit", matches=("5855612415",), rejects={"bad check digit": "5855612410"},
    ),
    Rule(
        id="uk-vat", entity_type="UK_VAT", formats=("AA999999999", "AA_999_9999_99", "999_9999_99"),
        pattern=r"(?:GB|XI)?\d{9}", check=checks.stdnum("gb.vat"), strong=False,
        context=("vat", "vat no", "vat number", "vat reg"), in_context=0.8, separators=" ",
        source="HMRC VAT notice 700", matches=("GB548994474",), rejects={"bad check digit": "GB548994470"},
    ),
    Rule(
        id="uk-postcode", entity_type="UK_POSTCODE",
        formats=("A9_9AA", "A99_9AA", "AA9_9AA", "AA99_9AA", "A9A_9AA", "AA9A_9AA", "AAA_9AA"),
        pattern=
            r"GIR0AA|[A-PR-UWYZ](?:\d{1,2}|\d[ABCDEFGHJKPSTUW]|[A-HK-Y]\d{1,2}|"
            r"[A-HK-Y]\d[ABEHMNPRVWXY])\d[ABD-HJLNP-UW-Z]{2}",
        context=(
            "postcode", "post code", "postal", "address", "uk", "london", "street", "road", "lane", "avenue", "zip",
            "england", "scotland", "wales", "delivery", "ship", "live", "lives",
        ),
        in_context=0.65, alone=0.55, separators=" ", upper=True, source="BS 7666; Royal Mail PAF",
        matches=("EC1A 1BB", "M1 1AE", "GIR0AA"),
        rejects={"Q first": "QA1 1AA", "I in the inward code": "M1 1AI"},
    ),
    Rule(
        id="uk-sort-code", entity_type="UK_SORT_CODE", formats=("99-99-99", "99 99 99", "999999"),
        context=("sort code", "sortcode", "sort", "s c"),
        in_context=0.8, source="Pay.UK, sorting codes", matches=("20-00-00",), rejects={"five digits": "20-00-0"},
    ),
    Rule(
        id="ie-pps", entity_type="IE_PPS", formats=("9999999A", "9999999AA", "9999999_A"),
        check=checks.stdnum("ie.pps"), strong=False, upper=True,
        context=("pps", "ppsn", "personal public service", "revenue"), in_context=0.9, alone=0.6,
        source="Revenue (Ireland), PPS number", matches=("9909137W",), rejects={"bad check digit": "9909130W"},
    ),
    Rule(
        id="ie-vat", entity_type="IE_VAT", formats=("AA9999999A", "AA9999999AA", "AA9*99999A"),
        pattern=r"IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", check=checks.stdnum("ie.vat"), context=("vat",),
        score=0.55, in_context=0.9, alone=0.7, strong=False, source="Revenue (Ireland), VAT number",
        matches=("IE6806373L",), rejects={"bad check digit": "IE6806370L"},
    ),
)  # fmt: skip
