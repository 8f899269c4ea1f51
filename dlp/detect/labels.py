"""Values whose label says what they are, whatever their format: `licence plate: 58-N096`, `MRN 12-34-56/7`.

The rule tables know the formats that issuers publish. People and countries write more than tables hold; right after an
unmistakable label an upper-case code with a digit in it is what the label says. Scores below every rule with a check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.detect.context import LabelMemo, Surroundings, Wanted
from dlp.detect.hit import Hit

LABELS: dict[str, tuple[str, ...]] = {
    "LICENSE_PLATE": (
        "license plate", "licence plate", "number plate", "plate number", "plate no", "licenseplate", "plate",
        "kfz kennzeichen", "kennzeichen", "plaque d immatriculation", "immatriculation", "matrícula", "targa",
        "kenteken", "nummerplade",
        "registreringsnummer", "vehicle registration", "vehicle number", "car number", "tag number", "tag no", "registration plate", "car registration", "car reg", "reg plate", "reg no",
        "rejestracyjny",
    ),
    "PASSPORT": ("passport number", "passport no", "passport nr", "passport", "reisepass", "reisepassnummer", "passnummer", "passeport", "pasaporte", "passaporto", "paspoort", "paspoortnummer", "passportnumber"),
    "US_DRIVER_LICENSE": (
        "driver s license", "drivers license", "driver license", "driving license", "driving licence",
        "driver s licence", "license number", "licence number", "dl number", "dl no", "führerscheinnummer",
        "führerschein", "permis de conduire", "carnet de conducir",
        "patente di guida", "rijbewijs", "driverslicense",
    ),
    "MEDICAL_RECORD": ("mrn", "medical record number", "medical record no", "medical record", "patient id", "patient number", "patient no", "chart number", "hospital number", "patientennummer", "fallnummer"),
    "US_HEALTH_INSURANCE_MEMBER_ID": ("member id", "member number", "subscriber id", "insurance id", "health insurance number", "health insurance id", "insured id"),
    "INSURANCE_ID": ("policy number", "policy no", "claim number", "claim no", "claim id", "policynumber", "insurance policy", "versicherungsnummer", "numéro de police", "número de póliza", "polisnummer"),
    "EMPLOYEE_ID": ("employee id", "employee number", "employee no", "staff id", "badge number", "personnel number", "personalnummer", "employeeid", "emp id"),
    "CUSTOMER_ID": ("customer id", "customer number", "customer no", "client id number", "client number", "membership number", "kundennummer", "numéro client", "número de cliente", "codice cliente", "klantnummer", "student id", "student number", "matrikelnummer"),
    "US_BANK_NUMBER": ("account number", "account no", "acct no", "acct number", "bank account", "kontonummer", "numéro de compte", "número de cuenta", "numero di conto", "rekeningnummer", "loan number", "accountnumber"),
    "PROFESSIONAL_LICENSE": ("bar number", "bar no", "attorney registration number", "medical license number", "nursing license"),
}  # fmt: skip
"""Entity type -> labels, in several languages."""

_VALUE = re.compile(
    r"(?:[ \t]{0,2}(?:number|no\.?|nr\.?|num\.?|id|code|is|was|ist|est|es|è|é|#|"
    r"№)(?![A-Za-z]))*[\"'*`]{0,3}[ \t]{0,2}[:=#,>|]?(?:[ \t\"'*`]{0,4}|[ \t]{0,2}\r?\n[ \t]{0,8})[#(]?"
    r"([A-Z0-9](?:[A-Z0-9]|[ \-/.](?=[A-Z0-9]{1,8}(?![A-Za-z0-9])|[A-Z0-9]{1,8}[\-/.])){2,24})(?![A-Za-z0-9])"
)
_WORD_TAIL = re.compile(r"[ ](?:[A-Z]{4,}|[A-Z])\Z")


def _table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for entity_type, labels in LABELS.items():
        for word, leads in Wanted(labels, lasting=False).by_last.items():
            table.setdefault(word, []).extend((lead, entity_type) for lead in leads)
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


_TABLE = _table()
_LABELS = Wanted([label for labels in LABELS.values() for label in labels])


LABELLED = _LABELS.bit
"""Of `Words.endings`: what stands in every text in which `labelled` finds something."""


def labelled(around: Surroundings) -> Iterator[Hit]:
    """Codes right after a label."""
    text, words = around.text, around.words
    for index in around.places(_LABELS)[2]:
        for lead, entity_type in _TABLE[words.words[index]]:
            if lead and not words.preceded(index, lead):
                continue
            match = _VALUE.match(text, words.ends[index])
            hit = _hit(match, entity_type) if match is not None else None
            if hit is not None:
                yield hit
            break


def _labelled_type(words: str) -> str:
    """The entity type whose label a key or header holds, nothing for others."""
    for entity_type, labels in LABELS.items():
        if any(f" {label} " in words for label in labels):
            return entity_type
    return ""


_type_of_key = LabelMemo(_labelled_type)


def keyed(value: str, words: str) -> Iterator[Hit]:
    """The same for a whole value under a key or header; `words` as `words_of`, offsets inside `value`."""
    if not 3 <= len(value) <= 25 or not value.isascii():
        return
    entity_type = _type_of_key(words)
    match = _VALUE.match(value) if entity_type else None
    hit = _hit(match, entity_type) if match is not None and match.end() == len(value) else None
    if hit is not None:
        yield hit


def _hit(match: re.Match[str], entity_type: str) -> Hit | None:
    value = match.group(1)
    tail = _WORD_TAIL.search(value)
    if tail is not None and any(c.isdigit() for c in value[: tail.start()]) and entity_type != "LICENSE_PLATE":
        value = value[: tail.start()]
    digits = sum(c.isdigit() for c in value)
    if digits < (1 if entity_type == "LICENSE_PLATE" else 3) or len(value) > 20 or value.count(".") > 1:
        return None
    return Hit(entity_type, match.start(1), match.start(1) + len(value), 0.55, "label", False, ("label",))
