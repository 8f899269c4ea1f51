"""Identifiers of continental Europe: persons, businesses, health insurance, documents."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.checks import stdnum
from dlp.detect.rule import Rule

_VAT = ("vat", "ust", "tva", "iva", "btw", "moms", "nip", "dph", "vat id", "tax")

_ICAO_WEIGHTS = (7, 3, 1)


def icao(value: str) -> bool:
    """The last digit checks the characters before it with the weights 7, 3, 1 (ICAO Doc 9303); letters count from 10."""
    total = sum(int(c, 36) * _ICAO_WEIGHTS[i % 3] for i, c in enumerate(value[:-1]))
    return value[-1].isdigit() and total % 10 == int(value[-1])


def kvnr(value: str) -> bool:
    """German health insurance number: the letter as two digits, weights 1 and 2, digit sums (GKV, § 290 SGB V)."""
    digits = f"{ord(value[0]) - 64:02d}{value[1:9]}"
    total = 0
    for index, digit in enumerate(digits):
        product = int(digit) * (1 if index % 2 == 0 else 2)
        total += product // 10 + product % 10
    return total % 10 == int(value[9])


def de_pension(value: str) -> bool:
    """German pension insurance number: area, birth date, letter, serial; weights of § 4 VKVV."""
    digits = f"{value[:8]}{ord(value[8]) - 64:02d}{value[9:]}"
    day = int(value[2:4])
    if not ((1 <= day <= 31 or 51 <= day <= 81) and 1 <= int(value[4:6]) <= 12):
        return False
    total = 0
    for digit, weight in zip(digits[:12], (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True):
        product = int(digit) * weight
        total += product // 10 + product % 10
    return total % 10 == int(value[11])


def lanr(value: str) -> bool:
    """German physician number: six digits weighted 4 and 9, check digit in place seven (KBV)."""
    total = sum(int(d) * (4, 9)[i % 2] for i, d in enumerate(value[:6]))
    return (10 - total % 10) % 10 == int(value[6])


def no_repeat(value: str) -> bool:
    return len(set(value)) > 1


def fi_hetu(value: str) -> bool:
    """Finnish personal identity code, with the separators that came in 2023."""
    digits = value[:6] + (value[7:10] if len(value) == 11 else value[6:9])
    day, month = int(digits[:2]), int(digits[2:4])
    if not (1 <= day <= 31 and 1 <= month <= 12) or (month == 2 and day > 29) or (month in (4, 6, 9, 11) and day > 30):
        return False
    if int(digits[6:9]) < 2:
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == value[-1]


def _se_coordination(value: str) -> bool:
    """A Swedish coordination number: the day is raised by 60."""
    digits = value[-10:]
    return 61 <= int(digits[4:6]) <= 91 and 1 <= int(digits[2:4]) <= 12 and checks.luhn(digits)


def _pl_id(value: str) -> bool:
    total = sum(int(c, 36) * w for c, w in zip(value, (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True))
    return total % 10 == 0


def _snils(value: str) -> bool:
    total = sum(int(d) * (9 - i) for i, d in enumerate(value[:9])) % 101
    return total % 100 == int(value[9:])


RULES: tuple[Rule, ...] = (
    # Germany
    Rule(
        id="de-tax-id", entity_type="DE_TAX_ID", formats=("99999999999", "99_999_999_999", "999_9999_9999"),
        pattern=r"[1-9]\d{10}", check=stdnum("iso7064.mod_11_10"), strong=False,
        context=("steuer*", "idnr", "id nr", "tax id", "tin", "identifikationsnummer", "tax", "finanzamt"), in_context=0.92,
        alone=0.6, separators=" /", source="BZSt, Identifikationsnummer (ISO 7064 mod 11,10)",
        matches=("40998629313",), rejects={"bad check digit": "40998629310"},
    ),
    Rule(
        id="de-tax-number", entity_type="DE_TAX_NUMBER",
        formats=("9999999999999", "999/999/99999", "99/999/99999", "999/9999/9999", "9999999999"),
        context=("steuernummer*", "steuernr", "st nr", "finanzamt", "tax number"), in_context=0.8,
        source="Finanzämter, Vordruckmuster", matches=("181/815/08155",), rejects={"short": "18/81/8"},
    ),
    Rule(
        id="de-vat", entity_type="DE_VAT_ID", formats=("AA999999999", "AA_999999999", "AA_999_999_999"),
        pattern=r"DE\d{9}", check=stdnum("de.vat"), strong=False,
        context=(*_VAT, "umsatzsteuer*", "ust id", "ustid*"), score=0.55, in_context=0.92, alone=0.7,
        source="BZSt, USt-IdNr.", matches=("DE316955040",), rejects={"bad check digit": "DE316955041"},
    ),
    Rule(
        id="de-id-card", entity_type="DE_ID_CARD", formats=("*********",),
        pattern=r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d", check=icao, strong=False,
        context=(
            "personalausweis*", "ausweis*", "perso", "id card", "identity card", "identitätskarte", "ausweisnummer",
        ),
        in_context=0.92, alone=0.55, upper=True,
        source="PAuswV; ICAO Doc 9303", matches=("L01X00T44",), rejects={"bad check digit": "L01X00T47"},
    ),
    Rule(
        id="de-passport", entity_type="DE_PASSPORT", formats=("*********",),
        pattern=r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d", check=icao, strong=False,
        context=("reisepass*", "passnummer*", "pass", "passport", "pass nr"), in_context=0.93, alone=0.54, upper=True,
        source="PassV; ICAO Doc 9303", matches=("F12345671",), rejects={"bad check digit": "F12345672"},
    ),
    Rule(
        id="de-health-insurance", entity_type="DE_HEALTH_INSURANCE", formats=("A999999999", "A_999_999_999"),
        check=kvnr, strong=False,
        context=(
            "krankenversicher*", "versicherten*", "kvnr", "egk", "e gk", "krankenkasse*", "gesundheitskarte",
            "kv nummer", "health insurance", "versichertennummer",
        ),
        in_context=0.93, alone=0.62,
        source="§ 290 SGB V; GKV-Spitzenverband", matches=("A123456780",), rejects={"bad check digit": "A123456781"},
    ),
    Rule(
        id="de-pension", entity_type="DE_SOCIAL_SECURITY",
        formats=("99999999A999", "99_999999_A_999", "99_999999_A999"), check=de_pension, strong=False,
        context=(
            "rentenversicher*", "sozialversicher*", "rvnr", "svnr", "sv nummer", "social security",
            "versicherungsnummer",
        ),
        score=0.55, in_context=0.95, alone=0.8,
        source="§ 147 SGB VI; VKVV", matches=("65070803A019",),
        rejects={"bad check digit": "65070803A018", "month 13": "65071303A019"},
    ),
    Rule(
        id="de-lanr", entity_type="DE_LANR", formats=("999999999",), check=lanr, strong=False,
        context=("lanr", "arztnummer", "lebenslange arztnummer", "arzt", "kassenarzt"), in_context=0.9, alone=0.55,
        source="KBV, Arztnummern-Richtlinie", matches=("123456601",), rejects={"bad check digit": "123456901"},
    ),
    Rule(
        id="de-bsnr", entity_type="DE_BSNR", formats=("999999999",), pattern=r"(?:0[1-9]|[1-7]\d|98|99)\d{7}",
        check=no_repeat, strong=False,
        context=("bsnr", "betriebsstätte*", "praxis", "nebenbetriebsstätte*"), in_context=0.88, alone=0.52,
        source="KBV, Betriebsstättennummer", matches=("021234568",), rejects={"zeros": "000000000"},
    ),
    Rule(
        id="de-driver", entity_type="DE_FUEHRERSCHEIN", formats=("***********",),
        pattern=r"[A-Z0-9]{2}\d{2}[A-Z0-9]{6}[0-9X]",
        context=("führerschein*", "fahrerlaubnis*", "driving licence", "driver license", "fuehrerschein*"),
        in_context=0.85, source="FeV Anlage 8", matches=("B072RRE2I55",), rejects={"short": "B072RRE2I5"},
    ),
    Rule(
        id="de-register", entity_type="DE_HANDELSREGISTER",
        formats=("AAA_9999", "AAA_99999", "AAA_999999", "AAA_999"), pattern=r"HR[AB]\d{1,6}",
        context=("handelsregister*", "amtsgericht", "registergericht", "hrb", "hra", "register"),
        score=0.55, in_context=0.85, alone=0.6, separators=" ", source="HRV, register sheets", matches=("HRB 12345",),
        rejects={"no such part": "HRC 12345"},
    ),
    Rule(
        id="de-plz", entity_type="DE_PLZ", formats=("99999",), pattern=r"(?!01000|99999)(?:0[1-9]|[1-9]\d)\d{3}",
        context=("plz", "postleitzahl"), in_context=0.75, source="Deutsche Post", matches=("10115",),
        rejects={"four digits": "1011"},
    ),
    # Austria, Switzerland, Liechtenstein
    Rule(
        id="at-svnr", entity_type="AT_SOCIAL_SECURITY", formats=("9999999999", "9999_999999"), check=stdnum("at.vnr"),
        strong=False, context=("svnr", "sozialversicher*", "versicherungsnummer", "sv nr", "sv nummer"),
        in_context=0.92, alone=0.6,
        source="§ 31 ASVG, Versicherungsnummer", matches=("8180830971",), rejects={"bad check digit": "8180830970"},
    ),
    Rule(
        id="at-vat", entity_type="AT_VAT", formats=("AAA99999999",), pattern=r"ATU\d{8}", check=stdnum("at.uid"),
        strong=False, context=_VAT, score=0.6, in_context=0.9, alone=0.7, source="BMF, UID-Nummer",
        matches=("ATU09624405",), rejects={"bad check digit": "ATU09624400"},
    ),
    Rule(
        id="at-tin", entity_type="AT_TAX_NUMBER", formats=("999999999", "99-999/9999"), check=stdnum("at.tin"),
        strong=False, context=("steuernummer", "abgabenkonto*", "finanzamt", "stnr"), in_context=0.85,
        source="BMF, Steuernummer", matches=("715771200",), rejects={"bad check digit": "715771201"},
    ),
    Rule(
        id="ch-ahv", entity_type="CH_AHV", formats=("999_9999_9999_99",), pattern=r"756\d{10}",
        check=stdnum("ch.ssn"),
        context=("ahv*", "avs", "sozialversicher*", "avs nummer", "ahvn13", "social security"), score=0.7,
        in_context=0.95, alone=0.85,
        separators=" .", source="ZAS, AHVN13 (EAN-13)", matches=("756 2336 4513 50",),
        rejects={"bad check digit": "756 2336 4513 51"},
    ),
    Rule(
        id="ch-uid", entity_type="CH_UID", formats=("AAA999999999", "AAA-999_999_999"), pattern=r"CHE\d{9}",
        check=stdnum("ch.uid"), strong=False, context=("uid", "mwst", "ide", "tva", "handelsregister"), score=0.6,
        in_context=0.9, alone=0.7, source="BFS, UID", matches=("CHE241550724",),
        rejects={"bad check digit": "CHE241550720"},
    ),
    # France, Monaco
    Rule(
        id="fr-nir", entity_type="FR_NIR",
        formats=(
            "9_99_99_99_999_999_99", "999999999999999", "9999999999999_99", "9_99_99_9A_999_999_99",
            "999999A99999999", "9_99_99_99999_999_99",
        ),
        check=stdnum("fr.nir"),
        context=(
            "nir", "sécu*", "securite sociale", "sécurité sociale", "numéro de sécurité", "insee", "carte vitale",
            "social security",
        ),
        score=0.6, in_context=0.96, alone=0.8, source="INSEE, NIR (modulo 97)", matches=("9 90 58 94 840 160 83",),
        rejects={"bad check digit": "9 90 58 94 840 160 80"},
    ),
    Rule(
        id="fr-tax", entity_type="FR_TAX_ID", formats=("9999999999999", "99_99_999_999_999"), check=stdnum("fr.nif"),
        strong=False, context=("spi", "numéro fiscal", "fiscal", "impôt*", "référence fiscale"), in_context=0.9,
        alone=0.55, source="DGFiP, numéro SPI", matches=("0205524523323",),
        rejects={"bad check digit": "0205524523320"},
    ),
    Rule(
        id="fr-siret", entity_type="FR_SIRET", formats=("99999999999999", "999_999_999_99999"),
        check=stdnum("fr.siret"), strong=False, context=("siret", "établissement"), in_context=0.9, alone=0.6,
        source="INSEE, SIRET (Luhn)", matches=("73092184806841",), rejects={"bad check digit": "73092184806840"},
    ),
    Rule(
        id="fr-siren", entity_type="FR_SIREN", formats=("999999999", "999_999_999"), check=stdnum("fr.siren"),
        strong=False, context=("siren", "rcs"), in_context=0.9, alone=0.52, source="INSEE, SIREN (Luhn)",
        matches=("042495465",), rejects={"bad check digit": "042495460"},
    ),
    Rule(
        id="fr-vat", entity_type="FR_VAT",
        formats=("AA99999999999", "AA**999999999", "AA_99_999999999", "AA_99_999_999_999"),
        pattern=r"FR[0-9A-Z]{2}\d{9}", check=stdnum("fr.tva"), strong=False, context=_VAT, score=0.6, in_context=0.9,
        alone=0.7, source="DGFiP, TVA intracommunautaire", matches=("FR74000262826",),
        rejects={"bad check digit": "FR74000262820"},
    ),
    Rule(
        id="fr-passport", entity_type="FR_PASSPORT", formats=("99AA99999",), context=("passeport", "passport"),
        in_context=0.85, alone=0.5, upper=True, source="ANTS, numéro de passeport", matches=("20AB12345",),
        rejects={"short": "20AB1234"},
    ),
    Rule(
        id="fr-cni", entity_type="FR_ID_CARD", formats=("999999999999", "*********"), pattern=r"\d{12}|[A-Z0-9]{9}",
        context=("carte d identité", "cni", "carte nationale", "identité"), in_context=0.75,
        source="ANTS, carte nationale d'identité", matches=("880692310285",), rejects={"short": "8806923"},
    ),
    # Spain, Portugal, Andorra
    Rule(id="es-nif", entity_type="ES_NIF", formats=("99999999A", "99999999_A", "9999999A", "9999999_A"), pattern=r"\d{7,8}[A-Z]", check=lambda v: stdnum("es.dni")(v.rjust(9, "0")), context=("dni", "d n i", "nif", "n i f", "documento", "identidad", "cif", "d n i"), score=0.55, in_context=0.94, alone=0.7, strong=False, separators="-",
         source="Ministerio del Interior, letra del DNI (módulo 23)", matches=("12345678Z",),
         rejects={"bad letter": "12345678A"}),
    Rule(
        id="es-nie", entity_type="ES_NIE", formats=("A9999999A", "A9999999_A", "A_9999999_A", "A99999999A"),
        pattern=r"[XYZ]\d{7,8}[A-Z]", check=stdnum("es.nie"),
        context=("nie", "extranjero", "identidad", "extranjería"), score=0.6, in_context=0.95, alone=0.75,
        strong=False, separators="-", source="Ministerio del Interior, NIE", matches=("X9613851N",),
        rejects={"bad letter": "X9613851A"},
    ),
    Rule(
        id="es-cif", entity_type="ES_CIF", formats=("A99999999", "A9999999A"), pattern=r"[A-HJNPQRSUVW]\d{7}[0-9A-J]",
        check=stdnum("es.cif"), strong=False, context=("cif", "nif", "empresa", "sociedad"), in_context=0.9,
        alone=0.55, upper=True, source="AEAT, NIF de personas jurídicas", matches=("C39031380",),
        rejects={"bad check digit": "C39031381"},
    ),
    Rule(
        id="es-passport", entity_type="ES_PASSPORT", formats=("AAA999999", "AA999999", "AAA999999A"),
        context=("pasaporte", "passport"), in_context=0.85, alone=0.5, source="Ministerio del Interior, pasaporte",
        matches=("AAA123456",), rejects={"five digits": "AAA12345"},
    ),
    Rule(id="es-ss", entity_type="ES_SOCIAL_SECURITY", formats=("999999999999", "99_99999999_99"), check=lambda v: int(v[:10]) % 97 == int(v[10:]) or int(v[:2] + v[2:10].lstrip("0").rjust(7, "0")) % 97 == int(v[10:]), strong=False, separators=" /-",
         context=("seguridad social", "nuss", "naf", "afiliación", "ss"), in_context=0.9,
         source="TGSS, número de afiliación (módulo 97)", matches=("858051641309",),
         rejects={"bad check digit": "858051641300"}),
    Rule(
        id="es-ccc", entity_type="ES_BANK_ACCOUNT", formats=("9" * 20, "9999_9999_99_9999999999"),
        check=stdnum("es.ccc"), context=("cuenta", "ccc", "banco"), score=0.5, in_context=0.95, alone=0.7,
        source="Banco de España, CCC", matches=("02104804699766246570",),
        rejects={"bad check digit": "02104804699766246571"},
    ),
    Rule(
        id="pt-nif", entity_type="PT_NIF", formats=("999999999", "999_999_999"), check=stdnum("pt.nif"), strong=False,
        context=("nif", "contribuinte", "nipc", "número fiscal", "niss"), in_context=0.92, alone=0.52,
        source="AT, NIF (módulo 11)", matches=("550565736",), rejects={"bad check digit": "550565730"},
    ),
    Rule(
        id="pt-cc", entity_type="PT_CITIZEN_CARD",
        formats=("99999999_9_AA9", "999999999AA9", "999999999_AA9", "999999999A99", "9999999999A9"),
        check=stdnum("pt.cc"),
        strong=False, context=("cartão de cidadão", "cidadão", "bilhete de identidade", "cc"), score=0.55,
        in_context=0.93, alone=0.7, source="AMA, número do cartão de cidadão", matches=("19034981 8 IO7",),
        rejects={"bad check digit": "19034981 8 IO0"},
    ),
    Rule(  # a version of digits alone looks like any number of twelve
        id="pt-cc-digits", entity_type="PT_CITIZEN_CARD", formats=("999999999999",), check=stdnum("pt.cc"), strong=False,
        context=("cartão de cidadão", "cidadão", "bilhete de identidade", "cc"), in_context=0.93,
        source="AMA, número do cartão de cidadão", matches=("801562558198",), rejects={"bad check digit": "801562558199"},
    ),
    Rule(
        id="ad-nrt", entity_type="AD_TAX_ID", formats=("A999999A", "A-999999-A"), check=stdnum("ad.nrt"),
        strong=False, context=("nrt", "andorra"), in_context=0.85, source="Govern d'Andorra, NRT",
        matches=("F309682H",), rejects={"bad check digit": "F709682H"},
    ),
    # Italy, San Marino
    Rule(
        id="it-fiscal-code", entity_type="IT_FISCAL_CODE",
        formats=("AAAAAA99A99A999A", "AAAAAA_99A99_A999A", "AAA_AAA_99A99_A999A", "AAAAAA**A**A***A"),
        check=stdnum("it.codicefiscale"), context=("codice fiscale", "cf", "c f", "fiscal code", "codicefiscale",
    ),
         score=0.75, in_context=0.97, alone=0.85, source="DM 23/12/1976, codice fiscale",
         matches=("RSSMRA85T10A562S",), rejects={"bad check letter": "RSSMRA85T10A562T"}),
    Rule(
        id="it-fiscal-code-shape", entity_type="IT_FISCAL_CODE", formats=("AAAAAA99A99A999A",),
        pattern=r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", context=("codice fiscale", "cf", "fiscal code"),
        in_context=0.85, alone=0.5, source="DM 23/12/1976, layout", matches=("AAAAAA00B11C333N",),
        rejects={"month letter": "AAAAAA00Z11C333N"},
    ),
    Rule(
        id="it-vat", entity_type="IT_VAT_CODE", formats=("99999999999", "AA99999999999", "999_9999_9999"),
        pattern=r"(?:IT)?(?!0{11})\d{11}", check=stdnum("it.iva"), strong=False,
        context=("partita iva", "p iva", "piva", "iva", "vat"), in_context=0.92, alone=0.56, separators=" _",
        source="Agenzia delle Entrate, partita IVA (Luhn)", matches=("57061710893",),
        rejects={"bad check digit": "57061710890"},
    ),
    Rule(
        id="it-identity-card", entity_type="IT_IDENTITY_CARD", formats=("AA99999AA", "AA_9999999", "9999999AA"),
        context=("carta d identità", "carta identità", "identità", "cie", "c i", "documento"), in_context=0.82, alone=0.5,
        upper=True, source="Ministero dell'Interno, CIE", matches=("CA00000AA",), rejects={"short": "CA0000AA"},
    ),
    Rule(
        id="it-passport", entity_type="IT_PASSPORT", formats=("AA9999999",), context=("passaporto", "passport"),
        in_context=0.85, source="Ministero dell'Interno, passaporto", matches=("AA1234567",),
        rejects={"short": "AA123456"},
    ),
    Rule(
        id="it-driver", entity_type="IT_DRIVER_LICENSE", formats=("AA9999999A", "A9A999999A", "A9********"),
        pattern=r"[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]",
        context=("patente", "guida", "driver", "driving", "licence", "license"), in_context=0.85, alone=0.55,
        upper=True, source="MIT, numero di patente", matches=("AA0123456B", "U1K711J11M"),
        rejects={"six digits": "AA012345B"},
    ),
    # Benelux
    Rule(
        id="nl-bsn", entity_type="NL_BSN", formats=("999999999", "9999_99_999", "999_999_999"),
        check=stdnum("nl.bsn"), strong=False,
        context=("bsn", "burgerservicenummer", "sofinummer", "sofi", "burger service nummer"), in_context=0.94,
        alone=0.54, source="RvIG, elfproef", matches=("334897440",), rejects={"bad check digit": "334897441"},
    ),
    Rule(
        id="nl-vat", entity_type="NL_VAT", formats=("AA999999999A99",), pattern=r"NL\d{9}B\d{2}",
        check=stdnum("nl.btw"), strong=False, context=_VAT, score=0.6, in_context=0.92, alone=0.7,
        source="Belastingdienst, btw-id", matches=("NL729226876B92",), rejects={"bad check digit": "NL729226870B92"},
    ),
    Rule(
        id="nl-id-card", entity_type="NL_ID_CARD", formats=("AA*99***9", "AA*******"),
        pattern=r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d",
        context=("identiteitskaart", "paspoort", "documentnummer", "passport"), in_context=0.8, upper=True,
        source="RvIG, documentnummers", matches=("SPECI2014",), rejects={"short": "SPECI201"},
    ),
    Rule(
        id="nl-postcode", entity_type="ZIP_CODE", formats=("9999_AA",), pattern=r"[1-9]\d{3}(?!SA|SD|SS)[A-Z]{2}",
        context=("postcode", "adres", "straat", "address", "woon*", "laan", "weg", "gracht"), in_context=0.7,
        separators=" ", upper=True, source="PostNL", matches=("1012 AB",), rejects={"begins with 0": "0012 AB"},
    ),
    Rule(
        id="be-nrn", entity_type="BE_NATIONAL_NUMBER", formats=("99999999999", "99_99_99_999_99", "99.99.99-999.99"),
        check=stdnum("be.nn"), strong=False,
        context=(
            "rijksregister*", "national number", "registre national", "nrn", "insz", "niss", "numéro national", "rrn",
        ),
        in_context=0.94, alone=0.6, source="RRN, modulo 97", matches=("84100820432",),
        rejects={"bad check digit": "84100820430"},
    ),
    Rule(
        id="be-nrn-printed", entity_type="BE_NATIONAL_NUMBER", formats=("99.99.99-999.99",), check=stdnum("be.nn"),
        context=("rijksregister*",), score=0.85, in_context=0.96, alone=0.9, source="RRN, printed layout",
        matches=("38.04.32-901.32",), rejects={"bad check digit": "38.04.32-901.30"},
    ),
    Rule(
        id="be-vat", entity_type="BE_VAT",
        formats=("AA9999999999", "AA_9999999999", "AA_9999_999_999", "9999_999_999"), pattern=r"(?:BE)?[01]\d{9}",
        check=stdnum("be.vat"), strong=False, context=(*_VAT, "ondernemingsnummer", "kbo", "bce"), in_context=0.9,
        alone=0.55, source="KBO, ondernemingsnummer", matches=("BE1499998300",),
        rejects={"bad check digit": "BE1499998301"}, separators=" .",
    ),
    Rule(
        id="lu-matricule", entity_type="LU_MATRICULE", formats=("9999999999999", "9999_99_99_999_99"),
        pattern=r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{5}",
        context=("matricule", "cns", "ccss", "numéro d identification"), in_context=0.88,
        source="CTIE, numéro d'identification national", matches=("1983081123456",),
        rejects={"month 13": "1983131123456"},
    ),
    Rule(
        id="lu-vat", entity_type="LU_VAT", formats=("AA99999999",), pattern=r"LU\d{8}", check=stdnum("lu.tva"),
        strong=False, context=_VAT, score=0.5, in_context=0.88, alone=0.6, source="AED, numéro TVA",
        matches=("LU54954357",), rejects={"bad check digit": "LU54954350"},
    ),
    # Nordic countries
    Rule(
        id="dk-cpr", entity_type="DK_CPR", formats=("999999-9999",),
        pattern=r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{6}",
        context=("cpr", "cpr nr", "cpr nummer", "personnummer", "cprnr"), score=0.55, in_context=0.94, alone=0.7,
        source="CPR-kontoret, personnummer (check digit no longer assigned since 2007)", matches=("070761-4285",),
        rejects={"month 13": "071361-4285"},
    ),
    Rule(
        id="dk-cpr-solid", entity_type="DK_CPR", formats=("9999999999", "999999 9999"), check=stdnum("dk.cpr"),
        strong=False, context=("cpr", "personnummer", "cprnr"), in_context=0.94, alone=0.55, source="CPR-kontoret",
        matches=("0504534564",), rejects={"bad check digit": "0504535564"},
    ),
    Rule(
        id="dk-cvr", entity_type="DK_CVR", formats=("99999999", "AA99999999", "99 99 99 99"), pattern=r"(?:DK)?\d{8}",
        check=stdnum("dk.cvr"), strong=False, context=("cvr", "se nr", "moms"), in_context=0.9,
        source="Erhvervsstyrelsen, CVR (modulo 11)", matches=("98012486",), rejects={"bad check digit": "98012480"},
    ),
    Rule(id="se-personnummer", entity_type="SE_PERSONNUMMER", formats=("999999-9999", "999999+9999", "99999999-9999", "999999999999", "9999999999", "99999999+9999"), check=lambda v: stdnum("se.personnummer")(v if len(v) > 10 else v[:6] + "-" + v[6:]) or _se_coordination(v), strong=False,
         context=("personnummer", "personnr", "pnr", "samordningsnummer", "personal identity", "född", "svensk*"),
         in_context=0.94, alone=0.62, source="Skatteverket, personnummer (Luhn)", matches=("811228-9874",),
         rejects={"bad check digit": "811228-9873"}),
    Rule(
        id="se-personnummer-dated", entity_type="SE_PERSONNUMMER",
        formats=("99999999-9999", "999999-9999", "999999+9999"),
        check=lambda v: stdnum("se.personnummer")(v if len(v) > 10 else v[:6] + "-" + v[6:]), strong=False,
        context=("personnummer",), score=0.62, in_context=0.95, alone=0.8, source="Skatteverket, printed layout",
        matches=("811228-9874",), rejects={"bad check digit": "811228-9873"},
    ),
    Rule(
        id="se-orgnr", entity_type="SE_ORGANISATIONSNUMMER", formats=("999999-9999", "9999999999"),
        pattern=r"\d{2}[2-9]\d{7}", check=stdnum("se.orgnr"), strong=False,
        context=("organisationsnummer", "orgnr", "org nr", "bolag*"), in_context=0.92, alone=0.58,
        source="Bolagsverket, organisationsnummer (Luhn)", matches=("095886-8671",),
        rejects={"bad check digit": "095886-8670"},
    ),
    Rule(
        id="no-fodselsnummer", entity_type="NO_FODSELSNUMMER", formats=("99999999999", "999999_99999"),
        check=stdnum("no.fodselsnummer"),
        context=("fødselsnummer", "fodselsnummer", "personnummer", "fnr", "d nummer"), score=0.55, in_context=0.95,
        alone=0.8, source="Skatteetaten, two modulo-11 digits and a date", matches=("05099914183",),
        rejects={"bad check digit": "05099914180"},
    ),
    Rule(
        id="no-orgnr", entity_type="NO_ORGNR", formats=("999999999", "999 999 999"), check=stdnum("no.orgnr"),
        strong=False, context=("orgnr", "organisasjonsnummer", "org nr", "mva"), in_context=0.9, alone=0.52,
        source="Brønnøysund, organisasjonsnummer", matches=("051141369",), rejects={"bad check digit": "051141360"},
    ),
    Rule(
        id="no-account", entity_type="NO_BANK_ACCOUNT", formats=("99999999999", "9999.99.99999", "9999 99 99999"),
        check=stdnum("no.kontonr"), strong=False, context=("kontonummer", "konto", "kontonr"), in_context=0.88,
        source="Bits, kontonummer (modulo 11)", matches=("13053648775",), rejects={"bad check digit": "13053648770"},
    ),
    Rule(id="fi-hetu", entity_type="FI_PERSONAL_IDENTITY_CODE", formats=("999999A999*", "999999-999*", "999999+999*"), pattern=r"\d{6}[A-FU-Y]?\d{3}[0-9A-FHJ-NPR-Y]", check=fi_hetu,
         context=("hetu", "henkilötunnus", "personal identity", "identity code", "personbeteckning", "finnish"),
         score=0.65, in_context=0.96, alone=0.85, source="DVV, henkilötunnus (modulo 31; separators of 2023)",
         matches=("131052-308T", "010594Y9032"),
         rejects={"bad check character": "131052-308U", "day 32": "321052-308T"}),
    Rule(
        id="fi-ytunnus", entity_type="FI_BUSINESS_ID", formats=("9999999-9",), check=stdnum("fi.ytunnus"),
        strong=False, context=("y tunnus", "ytunnus", "business id", "fo nummer"), score=0.0, in_context=0.9,
        alone=0.55, source="PRH, Y-tunnus", matches=("3680921-5",), rejects={"bad check digit": "3680921-0"},
    ),
    Rule(
        id="is-kennitala", entity_type="IS_KENNITALA", formats=("999999_9999",), check=stdnum("is_.kennitala"),
        strong=False, context=("kennitala", "kt"), in_context=0.94, alone=0.55, source="Þjóðskrá, kennitala",
        matches=("271068 5730",), rejects={"bad check digit": "271068 5731"},
    ),
    # Central and eastern Europe
    Rule(
        id="pl-pesel", entity_type="PL_PESEL", formats=("99999999999",), check=stdnum("pl.pesel"), strong=False,
        context=("pesel", "ewidencyjny", "nr ewid"), in_context=0.95, alone=0.62, source="MSWiA, PESEL",
        matches=("70081962195",), rejects={"bad check digit": "70081962190"},
    ),
    Rule(
        id="pl-nip", entity_type="PL_NIP", formats=("9999999999", "999_999_99_99", "999_99_99_999", "AA9999999999"),
        pattern=r"(?:PL)?\d{10}", check=stdnum("pl.nip"), strong=False, context=("nip", "podatnika", "vat"),
        in_context=0.92, alone=0.52, source="MF, NIP (modulo 11)", matches=("4408234915",),
        rejects={"bad check digit": "4408234910"},
    ),
    Rule(
        id="pl-regon", entity_type="PL_REGON", formats=("999999999", "99999999999999"), check=stdnum("pl.regon"),
        strong=False, context=("regon",), in_context=0.92, source="GUS, REGON", matches=("630507814",),
        rejects={"bad check digit": "630507810"},
    ),
    Rule(
        id="pl-id-card", entity_type="PL_ID_CARD", formats=("AAA_999999",), check=_pl_id, strong=False,
        context=("dowód", "dowodu", "dowod", "id card", "seria i numer"), in_context=0.92, alone=0.55, upper=True,
        source="MSWiA, dowód osobisty (wagi 7 3 1 9 7 3 1 7 3)", matches=("ABA300000",),
        rejects={"bad check digit": "ABA400000"},
    ),
    Rule(
        id="cz-rc", entity_type="CZ_BIRTH_NUMBER", formats=("999999/9999", "9999999999", "999999/999"),
        check=stdnum("cz.rc"), strong=False,
        context=("rodné číslo", "rodne cislo", "rč", "r č", "rodného čísla", "birth number"), in_context=0.94,
        alone=0.58, source="MV ČR, rodné číslo (modulo 11)", matches=("841112/7340",),
        rejects={"bad check digit": "841112/7341"},
    ),
    Rule(
        id="cz-rc-printed", entity_type="CZ_BIRTH_NUMBER", formats=("999999/9999",), check=stdnum("cz.rc"),
        strong=False, context=("rodné číslo", "rodne cislo"), score=0.65, in_context=0.95, alone=0.8,
        source="MV ČR, printed layout", matches=("354408/9505",), rejects={"bad check digit": "354408/9500"},
    ),
    Rule(
        id="cz-dic", entity_type="CZ_VAT", formats=("AA99999999", "AA999999999", "AA9999999999"),
        pattern=r"CZ\d{8,10}", check=stdnum("cz.dic"), strong=False, context=("dič", "dic", "vat"), score=0.55,
        in_context=0.9, alone=0.65, source="MF ČR, DIČ", matches=("CZ82678103",),
        rejects={"bad check digit": "CZ82678100"},
    ),
    Rule(
        id="cz-ico", entity_type="CZ_ICO", formats=("99999999",), check=stdnum("cz.dic"), strong=False,
        context=("ičo", "ico", "ič"), in_context=0.88, source="ČSÚ, IČO (modulo 11)", matches=("59216191",),
        rejects={"bad check digit": "59216190"},
    ),
    Rule(
        id="sk-rc", entity_type="SK_BIRTH_NUMBER", formats=("999999/9999", "9999999999"), check=stdnum("sk.rc"),
        strong=False, context=("rodné číslo", "rodne cislo", "slovak"), in_context=0.93, alone=0.55,
        source="MV SR, rodné číslo", matches=("638219/5468",), rejects={"bad check digit": "638219/5460"},
    ),
    Rule(
        id="sk-vat", entity_type="SK_VAT", formats=("AA9999999999",), pattern=r"SK\d{10}", check=stdnum("sk.dph"),
        strong=False, context=_VAT, score=0.55, in_context=0.9, alone=0.65, source="FR SR, IČ DPH",
        matches=("SK8681219833",), rejects={"bad check digit": "SK8681219830"},
    ),
    Rule(
        id="hu-tax", entity_type="HU_VAT", formats=("99999999-9-99", "AA99999999", "99999999"),
        pattern=r"(?:HU)?\d{8}(?:\d{3})?", check=lambda v: stdnum("hu.anum")(v.removeprefix("HU")[:8]), strong=False,
        context=("adószám", "adoszam", "vat"), in_context=0.9, source="NAV, adószám", matches=("41416756-9-73",),
        rejects={"bad check digit": "41416750-9-73"},
    ),
    Rule(
        id="hu-taj", entity_type="HU_TAJ", formats=("999999999", "999_999_999"),
        check=lambda v: sum(int(d) * (3, 7)[i % 2] for i, d in enumerate(v[:8])) % 10 == int(v[8]), strong=False,
        context=("taj", "taj szám", "társadalombiztosítási"), in_context=0.93, alone=0.52, source="NEAK, TAJ szám",
        matches=("123456788",), rejects={"bad check digit": "123456789"},
    ),
    Rule(
        id="ro-cnp", entity_type="RO_CNP", formats=("9999999999999",), check=stdnum("ro.cnp"),
        context=("cnp", "cod numeric personal", "cod numeric"), score=0.55, in_context=0.95, alone=0.8,
        source="DEPABD, CNP", matches=("6201018086562",), rejects={"bad check digit": "6201018086560"},
    ),
    Rule(
        id="ro-cui", entity_type="RO_CUI",
        formats=("AA99999999", "AA9999999", "AA999999", "AA9999999999", "AA999999999"), pattern=r"RO\d{2,10}",
        check=stdnum("ro.cf"), strong=False, context=("cui", "cif", "cod fiscal", "vat"), in_context=0.9, alone=0.55,
        source="ANAF, CUI", matches=("RO45876923",), rejects={"bad check digit": "RO45876920"},
    ),
    Rule(
        id="bg-egn", entity_type="BG_EGN", formats=("9999999999",), check=stdnum("bg.egn"), strong=False,
        context=("egn", "егн", "единен граждански номер"), in_context=0.95, alone=0.6, source="ГРАО, ЕГН",
        matches=("5306126845",), rejects={"bad check digit": "5306126840"},
    ),
    Rule(
        id="bg-vat", entity_type="BG_VAT", formats=("AA999999999", "AA9999999999"), pattern=r"BG\d{9,10}",
        check=stdnum("bg.vat"), strong=False, context=_VAT, score=0.5, in_context=0.9, alone=0.65,
        source="НАП, ДДС номер", matches=("BG865925001",), rejects={"bad check digit": "BG865925000"},
    ),
    Rule(
        id="hr-oib", entity_type="HR_OIB", formats=("99999999999", "AA99999999999"), pattern=r"(?:HR)?\d{11}",
        check=stdnum("hr.oib"), strong=False, context=("oib", "osobni identifikacijski"), in_context=0.95, alone=0.56,
        source="Porezna uprava, OIB (ISO 7064 mod 11,10)", matches=("77101084431",),
        rejects={"bad check digit": "77101084430"},
    ),
    Rule(
        id="si-emso", entity_type="SI_EMSO", formats=("9999999999999",), check=stdnum("si.emso"),
        context=("emšo", "emso", "jmbg", "matični broj", "јмбг", "matična številka"), score=0.55, in_context=0.95,
        alone=0.8, source="JMBG / EMŠO (modulo 11)", matches=("2101913892338",),
        rejects={"bad check digit": "2101913892330"},
    ),
    Rule(
        id="si-vat", entity_type="SI_VAT", formats=("AA99999999",), pattern=r"SI\d{8}", check=stdnum("si.ddv"),
        strong=False, context=("davčna", "ddv", "vat"), score=0.5, in_context=0.9, alone=0.6,
        source="FURS, davčna številka", matches=("SI13719009",), rejects={"bad check digit": "SI13719000"},
    ),
    Rule(
        id="rs-pib", entity_type="RS_PIB", formats=("999999999",), check=stdnum("rs.pib"), strong=False,
        context=("pib", "пиб"), in_context=0.92, source="Poreska uprava, PIB", matches=("670922554",),
        rejects={"bad check digit": "670922550"},
    ),
    Rule(
        id="ee-isikukood", entity_type="EE_ISIKUKOOD", formats=("99999999999",), check=stdnum("ee.ik"), strong=False,
        context=("isikukood", "personal code", "ik", "estonian*"), in_context=0.95, alone=0.62,
        source="Siseministeerium, isikukood", matches=("65302131495",), rejects={"bad check digit": "65302131490"},
    ),
    Rule(
        id="lt-asmens", entity_type="LT_ASMENS_KODAS", formats=("99999999999",), check=stdnum("lt.asmens"),
        strong=False, context=("asmens kodas", "asmens", "a k"), in_context=0.95, alone=0.6,
        source="Registrų centras, asmens kodas", matches=("52706149590",), rejects={"bad check digit": "52706149591"},
    ),
    Rule(
        id="lv-pk", entity_type="LV_PERSONAS_KODS", formats=("999999-99999", "99999999999"),
        check=lambda v: v.startswith("32") or stdnum("lv.pvn")(v), strong=False,
        context=("personas kods", "personas", "pk"), in_context=0.94, alone=0.55, source="PMLP, personas kods",
        matches=("161175-19997",), rejects={"bad check digit": "161175-19998"},
    ),
    Rule(
        id="ua-rntrc", entity_type="UA_TAX_ID", formats=("9999999999",), check=stdnum("ua.rntrc"), strong=False,
        context=("рнокпп", "ідентифікаційний", "іпн", "rnokpp", "код платника"), in_context=0.93, alone=0.52,
        source="ДПС, РНОКПП", matches=("6304288057",), rejects={"bad check digit": "6304288050"},
    ),
    Rule(
        id="ua-edrpou", entity_type="UA_EDRPOU", formats=("99999999",), check=stdnum("ua.edrpou"), strong=False,
        context=("єдрпоу", "едрпоу", "edrpou"), in_context=0.9, source="ЄДРПОУ", matches=("02099267",),
        rejects={"bad check digit": "02099260"},
    ),
    Rule(
        id="ru-inn", entity_type="RU_INN", formats=("9999999999", "999999999999"), check=stdnum("ru.inn"),
        strong=False, context=("инн", "inn", "налогоплательщика"), in_context=0.94, alone=0.54, source="ФНС, ИНН",
        matches=("0898335031",), rejects={"bad check digit": "0898335030"},
    ),
    Rule(
        id="ru-snils", entity_type="RU_SNILS", formats=("999-999-999 99", "99999999999"), check=_snils, strong=False,
        context=("снилс", "snils", "страховой номер"), in_context=0.95, alone=0.6, source="ПФР, СНИЛС",
        matches=("112-233-445 95",), rejects={"bad check": "112-233-445 96"},
    ),
    Rule(
        id="by-unp", entity_type="BY_UNP", formats=("999999999",), check=stdnum("by.unp"), strong=False,
        context=("унп", "unp", "упн"), in_context=0.9, source="МНС, УНП", matches=("110255199",),
        rejects={"bad check digit": "110255190"},
    ),
    Rule(
        id="md-idno", entity_type="MD_IDNO", formats=("9999999999999",), check=stdnum("md.idno"), strong=False,
        context=("idno", "idnp"), in_context=0.93, alone=0.55, source="ASP, IDNO", matches=("2403660914030",),
        rejects={"bad check digit": "2403660914031"},
    ),
    Rule(
        id="mk-edb", entity_type="MK_EDB", formats=("9999999999999",), check=stdnum("mk.edb"), strong=False,
        context=("едб", "edb"), in_context=0.9, source="УЈП, ЕДБ", matches=("2974998150215",),
        rejects={"bad check digit": "2974998150210"},
    ),
    Rule(
        id="al-nipt", entity_type="AL_NIPT", formats=("A99999999A",), check=stdnum("al.nipt"), strong=False,
        context=("nipt", "nuis"), in_context=0.88, upper=True, source="QKB, NIPT", matches=("H26965015N",),
    ),
    # Greece, Cyprus, Malta, Turkey
    Rule(
        id="gr-amka", entity_type="GR_AMKA", formats=("99999999999",), check=stdnum("gr.amka"), strong=False,
        context=("αμκα", "amka"), in_context=0.95, alone=0.58, source="ΗΔΙΚΑ, ΑΜΚΑ (Luhn, date)",
        matches=("04126046467",), rejects={"bad check digit": "04126046460"},
    ),
    Rule(
        id="gr-afm", entity_type="GR_AFM", formats=("999999999", "AA999999999"), pattern=r"(?:EL)?\d{9}",
        check=stdnum("gr.vat"), strong=False, context=("αφμ", "afm", "vat"), in_context=0.92, source="ΑΑΔΕ, ΑΦΜ",
        matches=("908045877",), rejects={"bad check digit": "908045870"},
    ),
    Rule(
        id="cy-tic", entity_type="CY_TAX_ID", formats=("99999999A", "AA99999999A"), pattern=r"(?:CY)?\d{8}[A-Z]",
        check=stdnum("cy.vat"), strong=False, context=("tic", "tax identification", "vat"), in_context=0.88,
        upper=True, source="Tax Department (Cyprus), TIC", matches=("99060370G",),
        rejects={"bad check digit": "99060371G"},
    ),
    Rule(
        id="mt-vat", entity_type="MT_VAT", formats=("AA99999999",), pattern=r"MT\d{8}", check=stdnum("mt.vat"),
        strong=False, context=_VAT, score=0.5, in_context=0.88, alone=0.6, source="CFR Malta, VAT number",
        matches=("MT53810467",), rejects={"bad check digit": "MT53810460"},
    ),
    Rule(
        id="tr-national-id", entity_type="TR_NATIONAL_ID", formats=("99999999999",), check=stdnum("tr.tckimlik"),
        strong=False, context=("tc kimlik", "t c kimlik", "kimlik", "tckn", "turkish id", "vatandaşlık", "tc no"),
        in_context=0.95, alone=0.62, source="NVİ, T.C. kimlik numarası", matches=("49300146636",),
        rejects={"bad check digit": "49300146630"},
    ),
    Rule(
        id="tr-vkn", entity_type="TR_TAX_ID", formats=("9999999999",), check=stdnum("tr.vkn"), strong=False,
        context=("vergi", "vkn", "vergi kimlik"), in_context=0.92, source="GİB, vergi kimlik numarası",
        matches=("3340447953",), rejects={"bad check digit": "3340447950"},
    ),
    Rule(
        id="eu-passport", entity_type="PASSPORT",
        formats=(
            "AA999999", "AA9999999", "A9999999", "A99999999", "999999999", "99999999", "AA99999", "A999999",
            "AAA999999", "99AA99999", "AA99999AA", "A*99999*9",
        ),
        context=(
            "passport", "passport no", "passeport", "pasaporte", "passaporto", "reisepass", "paspoort", "pass nr",
            "pas", "pasport", "паспорт*", "pasaport", "passaporte", "passnummer", "travel document",
        ),
        in_context=0.74,
        source="ICAO Doc 9303, document numbers of up to nine characters", matches=("AB1234567",),
        rejects={"four digits": "AB1234"},
    ),
)  # fmt: skip
