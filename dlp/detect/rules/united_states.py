"""Identifiers of the United States."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.rule import Rule

_ACCOUNT_WORDS = (
    "account", "accounts", "acct", "a c", "bank", "checking", "savings", "deposit", "wire", "konto", "kontonummer",
    "compte", "cuenta", "conto", "conta",
    "rekening", "accountnumber", "bankaccount",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        id="us-ssn", entity_type="US_SSN", formats=("999_99_9999",), check=checks.ssn, strong=False,
        context=(
            "ssn", "ssns", "ss", "social security", "social security number", "social", "soc sec", "social insurance", "taxpayer", "tin", "社会保障番号*",
            "社会保障号*",
        ),
        against=("order", "part", "serial", "tel", "phone"),
        separators=" -./\t", score=0.0, in_context=0.9, alone=0.5,
        source="SSA, Social Security Number Randomization (2011)",
        matches=("536-90-4399", "536904399", "536 90 4399"),
        rejects={"area 000": "000-12-3456", "area 666": "666-12-3456", "group 00": "536-00-1234", "serial 0000": "536-90-0000"},
    ),
    Rule(
        id="us-ssn-dashed", entity_type="US_SSN", formats=("999-99-9999",), check=checks.ssn, strong=False,
        context=("ssn", "social security"),
        against=("order", "part", "serial", "ref", "sku", "model", "isbn", "case", "ticket", "invoice"),
        score=0.6, in_context=0.92, alone=0.7, source="SSA, number card layout", matches=("536-90-4399",),
        rejects={"area 9xx": "912-34-5678"},
    ),
    Rule(
        # Printed on wallet cards and in advertisements, typed into forms since: beside the word they stand for a number.
        id="us-ssn-specimen", entity_type="US_SSN", formats=("999_99_9999",),
        pattern=r"078051120|219099999|98765432\d", strong=False, context=("ssn", "ssns", "social security", "social"),
        separators=" -./\t", score=0.0, in_context=0.9, source="SSA, Social Security Cards Issued by Woolworth",
        matches=("078-05-1120", "219 09 9999"), rejects={"another number never issued": "666-12-3456"},
    ),
    Rule(
        id="us-itin", entity_type="US_ITIN", formats=("999_99_9999",), check=checks.itin, strong=False,
        context=("itin", "individual taxpayer", "taxpayer", "tax id", "tax", "irs", "w-7"), separators=" -./",
        in_context=0.9, alone=0.5,
        source="IRS Publication 1915", matches=("912-70-1234", "912701234"),
        rejects={"group out of range": "912-69-1234"},
    ),
    Rule(
        id="us-itin-dashed", entity_type="US_ITIN", formats=("999-99-9999",), check=checks.itin, strong=False,
        context=("itin", "taxpayer", "tax"),
        score=0.55, in_context=0.92, alone=0.6, source="IRS Publication 1915", matches=("912-70-1234",),
        rejects={"group out of range": "912-69-1234"},
    ),
    Rule(
        id="us-ein", entity_type="US_EIN", formats=("99-9999999", "999999999"), check=checks.stdnum("us.ein"),
        strong=False,
        context=("ein", "employer identification", "fein", "federal tax id", "tax id"), in_context=0.75,
        source="IRS, valid EIN prefixes", matches=("12-3456789",), rejects={"no such campus": "07-1234567"},
    ),
    Rule(
        id="us-passport", entity_type="US_PASSPORT", formats=("999999999", "A99999999"),
        context=(
            "passport", "passports", "passport no", "travel document", "pasaporte", "passeport", "reisepass",
            "passportnumber",
        ),
        in_context=0.8, alone=0.0,
        source="US State Department, passport number formats (nine characters)", matches=("293293514", "X37898845"),
        rejects={"too short": "29329351"},
    ),
    Rule(
        id="us-passport-american", entity_type="US_PASSPORT", formats=("999999999", "A99999999"),
        context=("us passport", "u s passport", "american passport", "usa passport", "united states passport"),
        in_context=0.97, source="US State Department, passport number formats (nine characters)",
        matches=("293293514", "X37898845"), rejects={"too short": "29329351"},
    ),
    Rule(
        id="us-driver-license", entity_type="US_DRIVER_LICENSE",
        formats=(
            "A99999", "A999999", "A9999999", "A99999999", "A999999999", "A9999999999", "A99999999999",
            "A999999999999", "A9999_9999_9999",
            "A999_9999_9999", "A99999999999999", "9999999", "99999999", "999999999", "9999999999", "99999999999",
            "999999999999", "999_999_999", "99_999_999", "999_99_9999",
            "AA999999", "AA99999", "AA9999999", "AA999999A", "AAA99**99", "99AAA99999", "9AAA999999", "A999999A",
            "99999999A", "AAAAA99999", "AA_99_99_99", "A999_999_99_999_9", "A999_999_99_999",
        ),
        context=(
            "driver", "drivers", "driver s", "driving", "dl", "license", "licence", "dmv", "lic", "permit",
            "driverslicense", "licencia", "führerschein", "permis",
        ),
        against=("software", "mit", "apache", "key"), reach=30,
        in_context=0.7, separators=" -", source="AAMVA, license formats by state",
        matches=("Y044142254904", "275 395 320", "Q8159661"), rejects={"letters alone": "ABCDEFG"},
    ),
    Rule(
        id="us-bank-account", entity_type="US_BANK_NUMBER",
        formats=(*("9" * n for n in range(6, 18)), "9999_9999_9999", "9999_9999_99", "9999_9999_9999_9999"),
        context=_ACCOUNT_WORDS, against=("order", "invoice", "ticket", "case"), in_context=0.72, separators=" -",
        source="Nacha: account numbers of up to 17 digits", matches=("85240320039", "44922138"),
        rejects={"too short": "44922"},
    ),
    Rule(
        id="aba-routing", entity_type="ABA_ROUTING_NUMBER", formats=("999999999", "9999-9999-9"), check=checks.aba,
        strong=False,
        context=("aba", "routing", "rtn", "transit", "routingnumber", "bank", "wire"), in_context=0.92, alone=0.55,
        source="ABA Routing Number Policy", matches=("121042882", "021000021"),
        rejects={"bad check digit": "121042883", "no such district": "991042882"},
    ),
    Rule(
        id="us-npi", entity_type="US_NPI", formats=("9999999999", "9999_999_999"), check=checks.npi, strong=False,
        context=("npi", "national provider", "provider", "prescriber", "physician", "nppes"), in_context=0.9,
        alone=0.58, separators=" -",
        source="CMS, NPI check digit", matches=("1245319599", "1234567893"),
        rejects={"bad check digit": "1245319598", "begins with 3": "3245319599"},
    ),
    Rule(
        id="us-mbi", entity_type="US_MBI", formats=("9A*9_A*9_AA99",),
        pattern=
            r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]{2}\d\d",
        context=("mbi", "medicare", "beneficiary", "cms"), score=0.6, in_context=0.9, alone=0.7, separators=" -",
        upper=True,
        source="CMS, Understanding the MBI format", matches=("1EG4-TE5-MK73", "1EG4TE5MK73"),
        rejects={"letter O": "1EG4-TE5-OK73", "letter Z": "1EG4-ZE5-MK73"},
    ),
    Rule(
        id="us-dea", entity_type="MEDICAL_LICENSE", formats=("AA9999999", "A99999999"),
        pattern=r"[A-HJ-MPRSTUX][A-Z9]\d{7}", check=checks.dea,
        context=(
            "dea", "prescriber", "medical license", "medical licence", "controlled substance", "license", "licence",
            "registration", "physician", "script",
        ),
        in_context=0.9, alone=0.55, strong=False, source="21 CFR 1301; DEA registration numbers",
        matches=("BF5679139", "FP4168921"), rejects={"bad check digit": "BF5679138"},
    ),
    Rule(
        id="us-claim", entity_type="US_CLAIM_NUMBER",
        formats=("AAA_" + "9" * 8, "AAA_" + "9" * 9, "AAA_" + "9" * 10, "AAA_" + "9" * 12), pattern=r"CLM\d+",
        context=("claim", "claims"), score=0.5, in_context=0.8, separators=" -",
        source="payers' claim numbering (CLM prefix)", matches=("CLM-20260001",),
        rejects={"other prefix": "ABC-20260001"},
    ),
    Rule(
        id="us-health-member", entity_type="US_HEALTH_INSURANCE_MEMBER_ID",
        formats=(
            "A99999999", "AA9999999", "AAA999999999", "AAA99999999", "AAA9999999", "AAA999999", "AA99999999",
            "A9999999999", "999999999", "9999999999", "99999999999", "A999999999", "AAA_9999_99999",
        ),
        context=(
            "member id", "member no", "member number", "memberid", "subscriber", "insurance id", "health plan",
            "insured id", "policy no", "policy number", "policynumber", "group no",
        ),
        in_context=0.72, separators=" -",
        source="health plans' member cards (prefix of up to three letters and digits)", matches=("XYZ123456789",),
        rejects={"too short": "XYZ12"},
    ),
    Rule(
        id="us-zip", entity_type="ZIP_CODE",
        formats=("999", "9999", "99999", "99999-9999", "999999", "99999-999", "9999999", "9999-999"),
        context=(
            "zip", "zip code", "zipcode", "postal code", "postcode", "post code", "plz", "postleitzahl",
            "code postal", "código postal", "cep", "postnummer", "postinumero", "pincode", "pin code",
            "postalcode",
        ),
        in_context=0.7, reach=34, source="UPU, postal addressing systems", matches=("90210", "94105-1234"),
        rejects={"too short": "12"},
    ),
)  # fmt: skip
