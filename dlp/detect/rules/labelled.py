"""Numbers that organisations give to people: nothing but the label beside them tells what they are."""

from __future__ import annotations

from dlp.detect.rule import Rule

_FORMATS = (
    "AA_99999", "AA_999999", "AA_9999", "AAA_9999", "AAA_99999", "AAA_999999", "AAA_9999999", "AAA_99999999",
    "AAAA_99999", "AAAA_999999", "AAA_9999_9999", "AAA_9999_99999", "AAA_9999_999999", "AA_9999_9999",
    "AA_9999_99999",
    "AA_9999_999999", "AAA_99_9999", "A_99999", "A_999999", "A_9999999", "A_99999999", "99999", "999999", "9999999",
    "99999999", "999999999", "9999999999", "99999999999", "999999999999", "9999-9999", "999-999-999", "99999-99999",
    "AAAA_9999_9999", "AA_99999999", "AA_9999999", "99999_AA", "999999_A", "AAA_999999999", "AAA_9999999999",
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    Rule(
        id="birth-date-digits", entity_type="DATE_OF_BIRTH", formats=("99999999",), reach=14, in_context=0.75,
        pattern=
            r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|"
            r"20)\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d",
        context=(
            "dob", "d o b", "date of birth", "birthdate", "birth date", "born", "birthday", "geburtsdatum", "geboren",
            "fecha de nacimiento", "nacido", "nacida", "date de naissance", "né le", "née le", "dateofbirth",
            "data di nascita", "nato il", "nata il", "data de nascimento", "nascido", "nascida", "geboortedatum",
            "födelsedatum", "född", "fødselsdato", "født", "data urodzenia", "geb", "bday",
        ),
        source="ISO 8601 basic format and its day-first and month-first habits", matches=("19840307", "03071984"),
        rejects={"month 13": "19841307"},
    ),
    Rule(
        id="employee-id", entity_type="EMPLOYEE_ID", formats=_FORMATS, reach=14, in_context=0.7,
        context=(
            "employee id", "employee no", "employee number", "staff id", "staff no", "personnel number",
            "personnel no", "badge no", "badge id", "badge number", "emp id", "personalnummer", "mitarbeiternummer", "matricule",
            "número de empleado", "payroll id", "employeeid",
        ),
        source="employers' numbering", matches=("TN-40892", "EMP-2019-4471"), rejects={"too short": "A-1"},
    ),
    Rule(
        id="customer-id", entity_type="CUSTOMER_ID", formats=_FORMATS, reach=14, in_context=0.7,
        context=(
            "customer id", "customer no", "customer number", "client id no", "client number", "member id",
            "membership", "membership number", "membership no", "loyalty number", "frequent flyer", "kundennummer",
            "kunden nr", "numéro client", "número de cliente", "codice cliente", "klantnummer", "customerid",
            "student id", "student number", "matrikelnummer", "roll number", "library card",
        ),
        source="companies' and schools' numbering", matches=("CUS-204481",), rejects={"too short": "A-1"},
    ),
    Rule(
        id="insurance-id", entity_type="INSURANCE_ID", formats=_FORMATS, reach=14, in_context=0.7,
        context=(
            "policy number", "policy no", "claim", "claim number", "claim no", "claim id", "insurance number",
            "insurance no", "policynumber", "versicherungsnummer", "police nr", "schadennummer", "numéro de police",
            "número de póliza", "polizza", "polisnummer",
        ),
        source="insurers' numbering", matches=("INS-2026-78432",), rejects={"too short": "A-1"},
    ),
    Rule(
        id="professional-license", entity_type="PROFESSIONAL_LICENSE", formats=_FORMATS, reach=14, in_context=0.7,
        context=(
            "bar", "bar no", "bar number", "attorney registration", "license number", "licence number", "license no",
            "nursing license", "medical council", "gmc", "registration no", "approbation*", "colegiado",
        ),
        source="professional bodies' numbering", matches=("TX-28491",), rejects={"too short": "A-1"},
    ),
    Rule(
        id="account-number-lettered", entity_type="US_BANK_NUMBER",
        formats=("AA_9999_999999", "AA_99999999", "AA_9999999999", "AA_999999", "AAA_99999999", "AAAA_99999999"),
        reach=14, in_context=0.7,
        context=("account", "account no", "account number", "acct", "bank account", "mortgage", "loan", "loan number"),
        separators="-",
        source="banks' internal numbering", matches=("WF-2019-445821",), rejects={"too short": "WF-2019"},
    ),
)  # fmt: skip
