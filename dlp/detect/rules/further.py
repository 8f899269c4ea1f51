"""Identifiers of further countries, and of people whom the usual ones leave out: foreigners, pupils, preparers of taxes."""

from __future__ import annotations

from dlp.detect.checks import stdnum
from dlp.detect.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="bg-lnch", entity_type="BG_LNCH", formats=("9999999999",), check=stdnum("bg.pnf"), strong=False,
        context=("lnch", "pnf", "лнч", "foreigner number", "личен номер на чужденец"), in_context=0.92,
        source="Bulgarian Ministry of the Interior, number of a foreigner", matches=("3292612652",),
        rejects={"bad check digit": "3292612653"},
    ),
    Rule(
        id="be-bis", entity_type="BE_NATIONAL_NUMBER", formats=("99999999999", "99.99.99-999.99"), check=stdnum("be.bis"),
        context=("bis", "bisnummer", "numéro bis", "insz", "niss", "rijksregister*", "registre national"), in_context=0.95,
        source="Belgian BIS register: the month raised by 20 or 40", matches=("24.29.39-506.01", "12523817478"),
        rejects={"bad check digits": "24.29.39-506.02"},
    ),
    Rule(
        id="be-id-card", entity_type="BE_ID_CARD", formats=("999999999999", "999-9999999-99"), check=stdnum("be.eid"),
        strong=False, context=("identiteitskaart", "carte d identité", "eid", "id card", "kaartnummer", "carte nationale"),
        in_context=0.92, alone=0.6, source="Belgian eID, card number (modulo 97)", matches=("085-0368528-83",),
        rejects={"bad check digits": "085-0368528-84"},
    ),
    Rule(
        id="cr-residence", entity_type="CR_RESIDENCE_CARD", formats=("999999999999", "99999999999"),
        pattern=r"1\d{10,11}", check=stdnum("cr.cr"), strong=False,
        context=("cédula de residencia", "dimex", "residencia"), in_context=0.88,
        source="Costa Rica, Dirección General de Migración, DIMEX", matches=("198403297923",), rejects={"short": "19840329"},
    ),
    Rule(
        id="do-rnc", entity_type="DO_RNC", formats=("999999999", "9-99-99999-9"), check=stdnum("do.rnc"), strong=False,
        context=("rnc", "registro nacional del contribuyente", "dgii"), in_context=0.92,
        source="Dominican Republic, DGII, RNC", matches=("987039639", "9-87-03963-9"),
        rejects={"bad check digit": "987039638"},
    ),
    Rule(
        id="gh-tin", entity_type="GH_TIN", formats=("A9999999999", "A999999999*"), pattern=r"[PCGQV]00\d{7}[\dX]",
        check=stdnum("gh.tin"), context=("tin", "gra", "taxpayer"), score=0.5, in_context=0.94, alone=0.7,
        source="Ghana Revenue Authority, TIN", matches=("P0046185089",), rejects={"bad check digit": "P0046185088"},
    ),
    Rule(
        id="gn-nif", entity_type="GN_NIF", formats=("999999999", "999-999-999"), check=stdnum("gn.nifp"), strong=False,
        context=("nif", "nifp", "identification fiscale"), in_context=0.9, source="Guinea, Direction nationale des impôts, NIFp",
        matches=("209671494",), rejects={"bad check digit": "209671495"},
    ),
    Rule(
        id="mz-nuit", entity_type="MZ_NUIT", formats=("999999999", "999_999_999"), check=stdnum("mz.nuit"), strong=False,
        context=("nuit", "identificação tributária"), in_context=0.92, source="Mozambique, Autoridade Tributária, NUIT",
        matches=("701973402", "669 976 763"), rejects={"bad check digit": "701973403"},
    ),
    Rule(
        id="eg-tax-id", entity_type="EG_TAX_ID", formats=("999999999", "999-999-999"),
        context=("الرقم الضريبي", "egyptian tax", "tax registration number", "tax registration"), in_context=0.82,
        source="Egyptian Tax Authority, registration number", matches=("632-827-735",), rejects={"short": "632-827"},
    ),
    Rule(
        id="az-voen", entity_type="AZ_VOEN", formats=("9999999999",), check=stdnum("az.voen"), strong=False,
        context=("vöen", "voen", "tin"), in_context=0.92, source="Azerbaijan, State Tax Service, VÖEN",
        matches=("2231057261",), rejects={"bad check digit": "2231057266"},
    ),
    Rule(
        id="me-pib", entity_type="ME_PIB", formats=("99999999",), check=stdnum("me.pib"), strong=False,
        context=("pib", "poreski identifikacioni broj", "matični broj"), in_context=0.88,
        source="Montenegro, Poreska uprava, PIB", matches=("34170740",), rejects={"bad check digit": "34170741"},
    ),
    Rule(
        id="fi-veronumero", entity_type="FI_TAX_NUMBER", formats=("999999999999",), check=stdnum("fi.veronumero"), strong=False,
        context=("veronumero", "skattenummer", "tax number"), in_context=0.85, source="Finnish Tax Administration, individual tax number",
        matches=("834895654226",), rejects={"short": "8348956542"},
    ),
    Rule(
        id="uk-pupil", entity_type="UK_PUPIL_NUMBER", formats=("A999999999999", "A99999999999A"), check=stdnum("gb.upn"),
        context=("upn", "pupil", "unique pupil number", "pupil number", "school"), score=0.6, in_context=0.95, alone=0.8,
        source="Department for Education, unique pupil numbers", matches=("M333950464798",),
        rejects={"bad check letter": "A333950464798"},
    ),
    Rule(
        id="nl-onderwijsnummer", entity_type="NL_ONDERWIJSNUMMER", formats=("999999999",), check=stdnum("nl.onderwijsnummer"),
        strong=False, context=("onderwijsnummer", "leerling*", "duo", "pgn", "persoonsgebonden"), in_context=0.94, source="DUO, onderwijsnummer",
        matches=("108120400",), rejects={"bad check digit": "108120401"},
    ),
    Rule(
        id="in-vid", entity_type="IN_VID", formats=("9999999999999999", "9999_9999_9999_9999"), pattern=r"[2-9]\d{15}",
        check=stdnum("in_.vid"), strong=False, context=("vid", "virtual id", "aadhaar", "uidai"), in_context=0.94,
        source="UIDAI, virtual ID (Verhoeff)", matches=("6797675583408264", "6797 6755 8340 8264"),
        rejects={"bad check digit": "6797675583408265"},
    ),
    Rule(
        id="us-ptin", entity_type="US_PTIN", formats=("A99999999",), pattern=r"P\d{8}", upper=True,
        context=("ptin", "preparer", "tax preparer", "preparer tax identification number"), in_context=0.9,
        source="IRS, preparer tax identification number", matches=("P00564052",), rejects={"short": "P0056405"},
    ),
    Rule(
        id="us-atin", entity_type="US_ATIN", formats=("999999999", "999-99-9999"), pattern=r"9\d\d93\d{4}",
        check=stdnum("us.atin"), strong=False, context=("atin", "adoption", "adoption taxpayer"), in_context=0.92,
        source="IRS, adoption taxpayer identification number", matches=("900-93-0123",), rejects={"group 92": "900-92-0123"},
    ),
    Rule(
        id="ru-ogrn", entity_type="RU_OGRN", formats=("9999999999999", "999999999999999"), check=stdnum("ru.ogrn"), strong=False,
        context=("огрн", "огрнип", "ogrn", "ogrnip"), in_context=0.94, source="Russian Federal Tax Service, OGRN and OGRNIP",
        matches=("2096161492601",), rejects={"bad check digit": "2096161492602"},
    ),
    Rule(
        id="es-cups", entity_type="ES_CUPS", formats=("AA9999999999999999AA", "AA9999999999999999AA9A"), pattern=r"ES.+",
        check=stdnum("es.cups"), context=("cups", "punto de suministro", "suministro"), score=0.75, in_context=0.95, alone=0.85,
        source="CNMC, código unificado de punto de suministro", matches=("ES6066193076421262CT",),
        rejects={"bad check letters": "ES6066193076421262CU"},
    ),
    Rule(
        id="es-cadastral", entity_type="ES_CADASTRAL", formats=("9999999AA9999A9999AA",), check=stdnum("es.referenciacatastral"),
        context=("catastral", "referencia catastral", "catastro"), score=0.75, in_context=0.95, alone=0.85,
        source="Dirección General del Catastro, referencia catastral", matches=("3332334TV2472Z0144AD",),
        rejects={"bad check letters": "3332334TV2472Z0144AE"},
    ),
    Rule(
        id="il-company", entity_type="IL_COMPANY_NUMBER", formats=("999999999",), pattern=r"5\d{8}", check=stdnum("il.hp"),
        strong=False, context=("ח פ", "חברה", "company number", "israeli company"), in_context=0.88,
        source="Israel, Registrar of Companies", matches=("557336864",), rejects={"bad check digit": "557336865"},
    ),
    Rule(
        id="nz-bank-account", entity_type="NZ_BANK_ACCOUNT", formats=("99-9999-9999999-99", "99-9999-9999999-999", "9999999999999999"),
        check=stdnum("nz.bankaccount"), strong=False, context=("bank account", "account number", "account", "new zealand", "anz", "westpac", "kiwibank"),
        score=0.0, in_context=0.9, alone=0.6, source="Payments NZ, bank account numbers", matches=("01-1161-9846903-265", "01-1140-2479365-408"),
        rejects={"no such branch": "99-9999-9846903-265"},
    ),
)  # fmt: skip
