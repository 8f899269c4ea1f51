"""Identifiers of the Americas other than the United States."""

from __future__ import annotations

from dlp.detect.checks import luhn, stdnum
from dlp.detect.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="ca-sin", entity_type="CA_SIN", formats=("999999999", "999_999_999"), pattern=r"(?!(\d)\1{8})[1-79]\d{8}",
        check=stdnum("ca.sin"), strong=False,
        context=("sin", "s i n", "social insurance", "nas", "assurance sociale", "service canada"), in_context=0.94,
        alone=0.56, source="ESDC, SIN (Luhn)", matches=("130 692 544",), rejects={"bad check digit": "130 692 545"},
    ),
    Rule(
        id="ca-sin-specimen", entity_type="CA_SIN", formats=("999999999", "999_999_999"), pattern=r"0(?!0{8})\d{8}",
        check=luhn, strong=False, context=("sin", "s i n", "social insurance", "nas", "assurance sociale"),
        in_context=0.9, source="ESDC: a first digit 0 is given to no person, and so to examples",
        matches=("046 454 286",), rejects={"bad check digit": "046 454 287"},
    ),
    Rule(
        id="ca-postal-code", entity_type="CA_POSTAL_CODE", formats=("A9A_9A9",),
        pattern=r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d",
        context=("postal", "postal code", "address", "canada", "ontario", "toronto", "québec", "quebec", "code postal", "street", "avenue", "on", "bc", "qc", "ab",
    ),
         in_context=0.65, alone=0.52, separators=" ", upper=True, source="Canada Post", matches=("K1A 0B1",),
         rejects={"letter D": "D1A 0B1"}),
    Rule(
        id="ca-bn", entity_type="CA_BUSINESS_NUMBER", formats=("999999999AA9999", "999999999_AA_9999"),
        check=stdnum("ca.bn"), context=("bn", "business number", "gst", "hst"), score=0.6, in_context=0.92, alone=0.7,
        source="CRA, business number", matches=("899612881RC4834",), rejects={"bad check digit": "899612880RC4834"},
    ),
    Rule(
        id="ca-health-bc", entity_type="CA_HEALTH_CARD", formats=("9999999999", "9999_999_999", "9999_999_999_AA"),
        context=("health card", "ohip", "phn", "health number", "carte soleil", "msp", "ramq"), in_context=0.85,
        source="provincial health plans", matches=("9123456789",), rejects={"short": "91234"},
    ),
    Rule(
        id="ca-health-qc", entity_type="CA_HEALTH_CARD", formats=("AAAA_9999_9999", "AAAA99999999"),
        context=("ramq", "assurance maladie", "health card", "nam"), in_context=0.9, alone=0.5, upper=True,
        source="RAMQ, numéro d'assurance maladie", matches=("TREM 9504 1234",), rejects={"short": "TREM 9504 123"},
    ),
    Rule(
        id="br-cpf", entity_type="BR_CPF", formats=("99999999999", "999.999.999-99"), check=stdnum("br.cpf"),
        strong=False, context=("cpf", "cadastro de pessoas", "contribuinte"), in_context=0.95, alone=0.6,
        source="Receita Federal, CPF", matches=("20743383842",), rejects={"bad check digit": "20743383840"},
    ),
    Rule(
        id="br-cpf-printed", entity_type="BR_CPF", formats=("999.999.999-99",), check=stdnum("br.cpf"),
        context=("cpf",), score=0.85, in_context=0.97, alone=0.9, source="Receita Federal, printed layout",
        matches=("961.092.563-40",), rejects={"bad check digit": "961.092.563-41"},
    ),
    Rule(
        id="br-cnpj", entity_type="BR_CNPJ", formats=("99999999999999", "99.999.999/9999-99"),
        check=stdnum("br.cnpj"), context=("cnpj",), score=0.55, in_context=0.96, alone=0.8,
        source="Receita Federal, CNPJ", matches=("27603663096839",), rejects={"bad check digit": "27603663096830"},
    ),
    Rule(
        id="mx-curp", entity_type="MX_CURP", formats=("AAAA999999AAAAAA99", "AAAA999999AAAAAAA9"),
        check=stdnum("mx.curp"), context=("curp",), score=0.8, in_context=0.97, alone=0.9, source="RENAPO, CURP",
        matches=("BLOD500816MSLVPO20",), rejects={"bad check digit": "BLOD500816MSLVPO21"},
    ),
    Rule(
        id="mx-curp-shape", entity_type="MX_CURP", formats=("AAAA999999AAAAAA99", "AAAA999999AAAAAAA9"),
        pattern=r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", context=("curp",), in_context=0.85, alone=0.6,
        source="RENAPO, CURP layout", matches=("GOMC900101HDFRRL09",), rejects={"sex letter": "GOMC900101ZDFRRL09"},
    ),
    Rule(
        id="mx-rfc", entity_type="MX_RFC", formats=("AAAA999999***", "AAA999999***"), check=stdnum("mx.rfc"),
        strong=False, context=("rfc", "r f c", "contribuyentes", "sat"), in_context=0.92, alone=0.6, upper=True,
        source="SAT, RFC", matches=("ANYS380306FVU",), rejects={"bad check digit": "ANYS380300FVU"},
    ),
    Rule(
        id="mx-nss", entity_type="MX_NSS", formats=("99999999999",),
        context=("nss", "imss", "seguro social", "seguridad social"), in_context=0.85,
        source="IMSS, número de seguridad social", matches=("12345678903",), rejects={"short": "1234567890"},
    ),
    Rule(
        id="ar-cuit", entity_type="AR_CUIT", formats=("99999999999", "99-99999999-9"), check=stdnum("ar.cuit"),
        strong=False, context=("cuit", "cuil", "afip"), in_context=0.95, alone=0.6, source="AFIP, CUIT (modulo 11)",
        matches=("55084861684",), rejects={"bad check digit": "55084861680"},
    ),
    Rule(
        id="ar-cuit-printed", entity_type="AR_CUIT", formats=("99-99999999-9",), check=stdnum("ar.cuit"),
        strong=False, context=("cuit", "cuil"), score=0.65, in_context=0.96, alone=0.8, source="AFIP, printed layout",
        matches=("50-79072197-4",), rejects={"bad check digit": "50-79072197-0"},
    ),
    Rule(
        id="ar-dni", entity_type="AR_DNI", formats=("99999999", "9999999", "99.999.999", "9.999.999"),
        context=("dni", "d n i", "documento nacional", "documento"), in_context=0.8, source="RENAPER, DNI",
        matches=("20.123.456",), rejects={"short": "123456"},
    ),
    Rule(
        id="ar-cbu", entity_type="AR_CBU", formats=("9" * 22,), check=stdnum("ar.cbu"),
        context=("cbu", "cvu", "cuenta"), score=0.6, in_context=0.96, alone=0.8, source="BCRA, CBU",
        matches=("5543628340096789300554",), rejects={"bad check digit": "5543628340096789300550"},
    ),
    Rule(
        id="cl-rut", entity_type="CL_RUT",
        formats=(
            "99.999.999-9", "99.999.999-A", "9.999.999-9", "9.999.999-A", "99999999-9", "99999999-A", "9999999-9",
            "9999999-A", "999999999", "99999999A",
        ),
        check=stdnum("cl.rut"), strong=False, context=("rut", "run", "r u t", "cédula"), in_context=0.94, alone=0.55,
        source="Registro Civil, RUT (modulo 11)", matches=("73.757.204-8",),
        rejects={"bad check digit": "73.757.204-0"},
    ),
    Rule(
        id="cl-rut-printed", entity_type="CL_RUT", formats=("99.999.999-9", "99.999.999-A", "9.999.999-9"),
        check=stdnum("cl.rut"), strong=False, context=("rut",), score=0.65, in_context=0.95, alone=0.8,
        source="Registro Civil, printed layout", matches=("09.598.639-0",),
        rejects={"bad check digit": "09.598.639-1"},
    ),
    Rule(
        id="co-nit", entity_type="CO_NIT", formats=("999999999-9", "999.999.999-9", "9999999999"),
        check=stdnum("co.nit"), strong=False, context=("nit", "n i t", "dian", "rut"), in_context=0.92, source="DIAN, NIT",
        matches=("481110934-1",), rejects={"bad check digit": "481110934-0"},
    ),
    Rule(
        id="co-cedula", entity_type="CO_CEDULA", formats=("9999999999", "99999999", "9.999.999.999", "99.999.999"),
        context=("cédula", "cedula", "céd", "cc", "c c", "ciudadanía"), in_context=0.78,
        source="Registraduría, cédula de ciudadanía", matches=("1.020.304.050",), rejects={"short": "1020"},
    ),
    Rule(
        id="pe-ruc", entity_type="PE_RUC", formats=("99999999999",), check=stdnum("pe.ruc"), strong=False,
        context=("ruc", "sunat"), in_context=0.93, source="SUNAT, RUC", matches=("17800531942",),
        rejects={"bad check digit": "17800531940"},
    ),
    Rule(
        id="pe-dni", entity_type="PE_DNI", formats=("99999999",), context=("dni", "d n i", "reniec"), in_context=0.78,
        source="RENIEC, DNI", matches=("10117410",), rejects={"short": "101174"},
    ),
    Rule(
        id="ec-ci", entity_type="EC_CEDULA", formats=("9999999999", "999999999-9"), check=stdnum("ec.ci"),
        strong=False, context=("cédula", "cedula", "céd", "ci", "c i", "identidad"), in_context=0.92,
        source="Registro Civil (Ecuador)", matches=("1406486827",), rejects={"bad check digit": "1406486820"},
    ),
    Rule(
        id="ec-ruc", entity_type="EC_RUC", formats=("9999999999999",), check=stdnum("ec.ruc"), strong=False,
        context=("ruc",), in_context=0.92, source="SRI, RUC", matches=("0648227882607",),
        rejects={"bad check digit": "0648227880607"},
    ),
    Rule(
        id="uy-rut", entity_type="UY_RUT", formats=("999999999999",), check=stdnum("uy.rut"), strong=False,
        context=("rut",), in_context=0.9, source="DGI, RUT", matches=("190173180010",),
        rejects={"bad check digit": "190173180011"},
    ),
    Rule(
        id="py-ruc", entity_type="PY_RUC", formats=("99999999-9", "9999999-9"), check=stdnum("py.ruc"), strong=False,
        context=("ruc",), in_context=0.9, source="SET, RUC", matches=("43149041-4",),
        rejects={"bad check digit": "43149041-0"},
    ),
    Rule(
        id="ve-rif", entity_type="VE_RIF", formats=("A999999999", "A-99999999-9"), pattern=r"[VEJPG]\d{9}",
        check=stdnum("ve.rif"), strong=False, context=("rif", "r i f", "seniat"), in_context=0.93, alone=0.55, upper=True,
        source="SENIAT, RIF", matches=("P607368754",), rejects={"bad check digit": "P607368750"},
    ),
    Rule(
        id="do-cedula", entity_type="DO_CEDULA", formats=("99999999999", "999-9999999-9"), check=stdnum("do.cedula"),
        strong=False, context=("cédula", "cedula", "céd"), in_context=0.92, alone=0.5, source="JCE, cédula (Luhn)",
        matches=("11994426283",), rejects={"bad check digit": "11994426280"},
    ),
    Rule(
        id="cr-cpf", entity_type="CR_CEDULA", formats=("999999999", "9-9999-9999", "99-9999-9999"),
        check=stdnum("cr.cpf"), strong=False, context=("cédula", "cedula", "céd", "cpf"), in_context=0.88,
        source="TSE, cédula física", matches=("921438620",),
    ),
    Rule(
        id="gt-nit", entity_type="GT_NIT", formats=("9999999-9", "9999999-A", "99999999"), check=stdnum("gt.nit"),
        strong=False, context=("nit", "n i t"), in_context=0.88, source="SAT (Guatemala), NIT", matches=("1939797-6",),
        rejects={"bad check digit": "1939797-0"},
    ),
    Rule(
        id="sv-nit", entity_type="SV_NIT", formats=("9999-999999-999-9", "99999999999999"), check=stdnum("sv.nit"),
        strong=False, context=("nit", "n i t"), in_context=0.92, alone=0.5, source="MH (El Salvador), NIT",
        matches=("0065-023321-839-6",), rejects={"bad check digit": "0065-023321-839-0"},
    ),
    Rule(
        id="cu-ni", entity_type="CU_NI", formats=("99999999999",), check=stdnum("cu.ni"), strong=False,
        context=("carné de identidad", "carnet de identidad", "ni"), in_context=0.85,
        source="Cuba, número de identidad", matches=("41021095468",), rejects={"bad check digit": "41020095468"},
    ),
)  # fmt: skip
