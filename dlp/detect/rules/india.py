"""Identifiers of India."""

from __future__ import annotations

from itertools import product

from dlp.detect import checks
from dlp.detect.rule import Rule

_STATES = (
    "AN|AP|AR|AS|BR|CG|CH|DD|DL|DN|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TN|TR|TS|TG|"
    "UK|UA|UP|WB"
)

_PLATES = tuple(
    f"AA{first}{district}{second}{series}{third}9999"
    for district, series in (("99", "A"), ("99", "AA"), ("99", "AAA"), ("9A", "AA"))
    for first, second, third in product(" -./", repeat=3)
    if len({first, second, third}) > 1
)
"""State, district, series and number with more than one kind of separator."""

RULES: tuple[Rule, ...] = (
    Rule(
        id="in-aadhaar", entity_type="IN_AADHAAR", formats=("9999_9999_9999",), check=checks.aadhaar, strong=False,
        context=("aadhaar", "aadhar", "adhaar", "adhar", "uidai", "uid", "aadhaarnumber", "आधार", "kyc", "ekyc", "vid"),
        in_context=0.93, alone=0.6, separators=" -:.",
        source="UIDAI, Aadhaar numbering scheme", matches=("2345 6789 0124", "234567890124"),
        rejects={"bad check digit": "2345 6789 0125", "begins with 1": "1345 6789 0124"},
    ),
    Rule(
        id="in-aadhaar-grouped", entity_type="IN_AADHAAR", formats=("9999 9999 9999", "9999-9999-9999"),
        check=checks.aadhaar, strong=False,
        context=("aadhaar", "aadhar", "uidai"), against=("row", "offset", "order", "serial"), score=0.55,
        in_context=0.94, alone=0.62,
        source="UIDAI, printed layout", matches=("2345 6789 0124",), rejects={"bad check digit": "2345 6789 0125"},
    ),
    Rule(
        id="in-pan", entity_type="IN_PAN", formats=("AAAAA9999A",),
        context=("pan", "permanent account", "income tax", "pan card", "itr", "pancard", "panno", "पैन"),
        in_context=0.9, source="Income Tax Department, PAN structure", matches=("ABCDE1234F", "GFOBI7986Y"),
        rejects={"short": "ABCDE123F"},
    ),
    Rule(
        id="in-pan-typed", entity_type="IN_PAN", formats=("AAAAA9999A",),
        pattern=r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", context=("pan", "permanent account"),
        against=("sku", "part", "model", "serial", "order", "reference", "code", "coupon"), score=0.6,
        in_context=0.92, alone=0.8, upper=True,
        source="Income Tax Department, fourth letter is the holder's kind", matches=("BNZPM2501F",),
        rejects={"short": "BNZPM250F"},
    ),
    Rule(
        id="in-pan-alone", entity_type="IN_PAN", formats=("AAAAA9999A",), context=("pan",), in_context=0.9,
        alone=0.55, upper=True,
        source="Income Tax Department, PAN structure", matches=("ABCND1234Z",), rejects={"short": "ABCND123Z"},
    ),
    Rule(
        id="in-gstin", entity_type="IN_GSTIN", formats=("99AAAAA9999A***",),
        pattern=r"(?:0[1-9]|[1-3]\d|97|99)[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]",
        context=("gstin", "gst", "goods and services tax"), score=0.7, in_context=0.92, alone=0.8, upper=True,
        source="GSTN, GSTIN structure (the check character is often wrong in made-up ones, so it only raises)",
        matches=("27AAPFU0939F1ZV",), rejects={"no Z": "27AAPFU0939F1YV"},
    ),
    Rule(
        id="in-gstin-checked", entity_type="IN_GSTIN", formats=("99AAAAA9999A***",),
        pattern=r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", check=checks.gstin,
        context=("gstin", "gst"), score=0.85, in_context=0.97, alone=0.9, source="GSTN, mod-36 check character",
        matches=("27AAPFU0939F1ZV",), rejects={"no Z": "27AAPFU0939F1YV"},
    ),
    Rule(
        id="in-voter", entity_type="IN_VOTER", formats=("AAA9999999",), pattern=r"[A-Z]{3}\d{7}",
        context=("voter", "epic", "elector", "election", "electoral", "eci", "voterid"), in_context=0.88, alone=0.52, upper=True,
        source="Election Commission of India, EPIC number",
        matches=("ABC1234567",), rejects={"six digits": "ABC123456"},
    ),
    Rule(
        id="in-passport", entity_type="IN_PASSPORT", formats=("A9999999", "A99_99999"),
        pattern=r"[A-Z][1-9]\d{5}[1-9]", context=("passport", "passports", "travel document"),
        in_context=0.85, alone=0.55, upper=True, separators=" ", source="Passport Seva, numbering",
        matches=("A3456781",), rejects={"begins with 0": "A0456781"},
    ),
    Rule(
        id="in-passport-indian", entity_type="IN_PASSPORT", formats=("A9999999", "A_9999999", "A_99_99999"),
        pattern=r"[A-Z]\d{7}", context=("indian passport", "india passport", "passport india", "passport seva"),
        in_context=0.93, upper=True, separators=" -", source="Passport Seva, numbering",
        matches=("F9320490", "K 4804898"), rejects={"short": "F932049"},
    ),
    Rule(
        id="in-passport-spaced", entity_type="IN_PASSPORT", formats=("A_9999999",), pattern=r"[A-Z]\d{7}",
        context=("passport", "passports"), in_context=0.82, upper=True, separators=" -",
        source="Passport Seva, numbering as people type it", matches=("F 4804898",), rejects={"short": "F 480489"},
    ),
    Rule(
        id="in-vehicle", entity_type="IN_VEHICLE_REGISTRATION",
        formats=(
            "AA_99_AA_9999", "AA_99_A_9999", "AA_99_AAA_9999", "AA_9_A_9999", "AA_9_AA_9999", "AA_9_AAA_9999",
            "AA99_AA_9999", "AA99_A_9999", "AA99_AA9999", "AA_99_9999", "AA_99_AA9999", "AA_99_A9999", "AA_99AA_9999",
            "AA_99AA9999", "AA99AA_9999", "AA-99 AA 9999", "AA-99-AA 9999", "AA 99 AA-9999", "AA99 AA-9999",
            "AA99-AA 9999",
        ),
        pattern=rf"(?:{_STATES})\d{{1,2}}[A-Z]{{0,3}}(?!0000)\d{{4}}",
        context=("vehicle", "car", "bike", "registration", "rto", "number plate", "plate", "gaadi", "gadi", "rc"),
        score=0.55, in_context=0.85, alone=0.7, separators=" -./", upper=True,
        source="Central Motor Vehicles Rules 1989, rule 50", matches=("MH 12 AB 1234", "DL01CA1234"),
        rejects={"no such state": "XX 12 AB 1234"},
    ),
    Rule(
        id="in-vehicle-mixed", entity_type="IN_VEHICLE_REGISTRATION", formats=_PLATES,
        pattern=rf"(?:{_STATES})\d{{1,2}}[A-Z]{{0,3}}(?!0000)\d{{4}}",
        context=("vehicle", "car", "bike", "scooter", "truck", "registration", "rto", "number plate", "plate", "gaadi", "gadi", "rc", "parked"),
        score=0.0, in_context=0.85, alone=0.7, upper=True,
        source="Central Motor Vehicles Rules 1989, rule 50, as people write it",
        matches=("KA-01 MJ.5678", "DL 3C-AB/1234", "MH.12-AB 1234"), rejects={"no such state": "XX.12-AB 1234"},
    ),
    Rule(
        id="in-vehicle-bh", entity_type="IN_VEHICLE_REGISTRATION",
        formats=("99_AA_9999_A", "99_AA_9999_AA", "99AA9999A", "99AA9999AA"),
        pattern=r"2\dBH(?!0000)\d{4}[A-HJ-NP-Z]{1,2}",
        context=("vehicle", "registration"), score=0.6, in_context=0.85, alone=0.7, separators=" -",
        source="MoRTH, BH series (2021)", matches=("22BH1234AA",), rejects={"four zeros": "22BH0000AA"},
    ),
    Rule(
        id="in-vehicle-old", entity_type="IN_VEHICLE_REGISTRATION", formats=("AAA_9999", "AA_9999"),
        context=("vehicle", "registration", "rto", "number plate", "plate"),
        pattern=r"[A-Z]{2,3}(?!0000)\d{4}", in_context=0.65, alone=0.5, separators=" -", upper=True,
        source="Motor Vehicles Act 1939, old marks", matches=("MCX1243",), rejects={"zeros": "MCX0000"},
    ),
    Rule(
        id="in-ifsc", entity_type="IN_IFSC", formats=("AAAA9******",), pattern=r"[A-Z]{4}0[A-Z0-9]{6}",
        context=("ifsc", "neft", "rtgs", "imps", "branch", "bank"),
        score=0.5, in_context=0.9, alone=0.6, upper=True, source="RBI, IFSC structure",
        matches=("SBIN0001234", "HDFC0BRANCH"), rejects={"fifth is not 0": "SBIN1001234"},
    ),
    Rule(
        id="in-driving-licence", entity_type="IN_DRIVING_LICENCE",
        formats=("AA99_99999999999", "AA_99_99999999999", "AA9999999999999", "AA99_9999_9999999"),
        pattern=rf"(?:{_STATES})\d{{2}}(?:19|20)\d{{2}}\d{{7}}",
        context=("driving", "licence", "license", "dl", "driver"), score=0.5, in_context=0.9, alone=0.7,
        separators=" -",
        source="MoRTH, Sarathi numbering", matches=("MH1420110062821",), rejects={"no such state": "XX1420110062821"},
    ),
    Rule(
        id="in-abha", entity_type="IN_ABHA", formats=("99-9999-9999-9999",),
        context=("abha", "health id", "ayushman", "ndhm"), score=0.0, in_context=0.9,
        source="National Health Authority, ABHA number", matches=("91-1234-5678-9012",),
        rejects={"short": "91-1234-5678-901"},
    ),
    Rule(
        id="in-uan", entity_type="IN_UAN", formats=("999999999999", "9999_9999_9999"),
        context=("uan", "epfo", "epf", "provident fund", "pf number"), in_context=0.85, separators=" -",
        source="EPFO, Universal Account Number", matches=("100904319456",), rejects={"short": "10090431945"},
    ),
    Rule(
        id="in-ration-card", entity_type="IN_RATION_CARD", formats=("9" * 10, "9" * 12, "9" * 15),
        context=("ration card", "ration"), in_context=0.75,
        source="state food departments", matches=("123456789012",), rejects={"short": "12345"},
    ),
)  # fmt: skip
