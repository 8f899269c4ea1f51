"""Records and insurance numbers of health care without a country of their own."""

from __future__ import annotations

from dlp.detect.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="medical-record", entity_type="MEDICAL_RECORD",
        formats=(
            *("9" * n for n in range(5, 13)), "A9999999", "A999999", "AA999999", "AAA_9999999", "AAA_999999",
            "AAA_99999", "AAA_99999999", "999_999_999", "99_99_99_99", "999_99_9999", "A99999999", "99_999_999", "99_99_99",
            "A_9999999", "A_999999", "A_99999", "AA_9999999", "AAA_9999_9999",
        ),
        context=(
            "mrn", "medical record", "patient id", "patient no", "patient number", "chart number", "chart no",
            "hospital number", "patientid", "case record", "health record", "medicalrecord", "fallnummer",
            "patientennummer",
        ),
        in_context=0.78, separators=" -", source="hospitals' record numbering (5 to 12 digits, short prefix)",
        matches=("00483912", "MRN-483912"), rejects={"too short": "4839"},
    ),
    Rule(
        id="prescription", entity_type="PRESCRIPTION_NUMBER",
        formats=("AA_999999", "AA_9999999", "AA_99999999", "9999999", "99999999", "999999999"),
        context=("rx", "prescription", "rezept", "rx number", "rx no"), in_context=0.7, separators=" -",
        source="pharmacies' prescription numbering", matches=("RX-1234567",), rejects={"short": "RX-12"},
    ),
)  # fmt: skip
