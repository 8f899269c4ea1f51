"""Every entity type there is: its name, what it means, its group. Data that policies, documents and tests loop over.

Names are Presidio's where Presidio has a recognizer for the type (`predefined_recognizers` of presidio-analyzer 2.2);
ours are formed alike, country (ISO 3166, `UK` as in Presidio) or issuer first. A policy may name more: the keys of its
`deny_list` and what its own recognizers find.

Adding a type is one line in the table of its group. Imports nothing, so that checking a policy stays cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Group(StrEnum):
    """What kind of harm a type does when it leaks. A policy can name a group (lower case) for all its types."""

    PERSONAL = "personal"
    """Says who somebody is or how to reach them."""
    FINANCIAL = "financial"
    """Moves or names money: cards, accounts, tax and company numbers."""
    GOVERNMENT = "government"
    """Numbers that a state gives to a person or their papers."""
    HEALTH = "health"
    """Medical records, health insurance and those who treat."""
    SECRET = "secret"  # noqa: S105 - the name of a group
    """Opens something: keys, tokens, passwords."""
    SOFT = "soft"
    """Ordinary parts of a question, which rarely identify anybody and whose loss ruins answers."""


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type a detector may report."""

    name: str
    """Upper case, as in `Finding.entity_type`."""
    description: str
    """A few words for people, singular, without an article."""
    group: Group


_TABLES: dict[Group, dict[str, str]] = {
    Group.PERSONAL: {
        "PERSON": "name of a person",
        "EMAIL_ADDRESS": "e-mail address",
        "PHONE_NUMBER": "phone or fax number of any country",
        "STREET_ADDRESS": "postal address or a part of it that names a street, building, box or postcode with city",
        "ZIP_CODE": "postcode of a country without a type of its own",
        "UK_POSTCODE": "British postcode",
        "CA_POSTAL_CODE": "Canadian postal code",
        "DE_PLZ": "German postcode",
        "DATE_OF_BIRTH": "date of birth",
        "USERNAME": "login or account name",
        "IP_ADDRESS": "IPv4 or IPv6 address",
        "MAC_ADDRESS": "hardware address of a network card",
        "GEO_COORDINATES": "latitude and longitude",
        "IMEI": "serial number of a phone",
        "VEHICLE_ID": "vehicle identification number (VIN)",
        "LICENSE_PLATE": "licence plate of a vehicle",
        "DE_KFZ": "German licence plate",
        "IN_VEHICLE_REGISTRATION": "Indian licence plate",
        "NG_VEHICLE_REGISTRATION": "Nigerian licence plate",
        "TR_LICENSE_PLATE": "Turkish licence plate",
        "UK_VEHICLE_REGISTRATION": "British licence plate",
        "ZA_LICENSE_PLATE": "South African licence plate",
        "ZA_MOBILE_NUMBER": "South African mobile number",
        "ZA_TELEPHONE_NUMBER": "South African landline number",
    },
    Group.FINANCIAL: {
        "CREDIT_CARD": "payment card number",
        "CREDIT_CARD_CVV": "security code of a payment card",
        "CREDIT_CARD_EXPIRY": "expiry date of a payment card",
        "IBAN_CODE": "international bank account number",
        "SWIFT_CODE": "bank identifier (BIC)",
        "US_BANK_NUMBER": "bank account number",
        "ABA_ROUTING_NUMBER": "US bank routing number",
        "CRYPTO": "wallet address of a crypto-currency",
        "UPI_ID": "address in the Indian payment system UPI",
        "US_EIN": "US employer identification number",
        "AD_TAX_ID": "Andorran tax number",
        "AL_NIPT": "Albanian tax number",
        "AR_CBU": "Argentine bank account number",
        "AT_TAX_NUMBER": "Austrian tax office number",
        "AT_VAT": "Austrian VAT number",
        "AU_ABN": "Australian business number",
        "AU_ACN": "Australian company number",
        "BE_VAT": "Belgian VAT number",
        "BG_VAT": "Bulgarian VAT number",
        "BR_CNPJ": "Brazilian company number",
        "BY_UNP": "Belarusian tax number",
        "CA_BUSINESS_NUMBER": "Canadian business number",
        "CH_UID": "Swiss company number",
        "CN_USCC": "Chinese unified social credit code",
        "CO_NIT": "Colombian tax number",
        "CY_TAX_ID": "Cypriot tax number",
        "CZ_ICO": "Czech company number",
        "CZ_VAT": "Czech VAT number",
        "DE_HANDELSREGISTER": "German company register number",
        "DE_TAX_NUMBER": "German tax office number",
        "DE_VAT_ID": "German VAT number",
        "DK_CVR": "Danish company number",
        "EC_RUC": "Ecuadorian tax number",
        "ES_BANK_ACCOUNT": "Spanish bank account number (CCC)",
        "ES_CIF": "Spanish company tax number",
        "FI_BUSINESS_ID": "Finnish business number",
        "FR_SIREN": "French company number",
        "FR_SIRET": "French number of a company's site",
        "FR_VAT": "French VAT number",
        "GR_AFM": "Greek tax number",
        "GT_NIT": "Guatemalan tax number",
        "HU_VAT": "Hungarian tax number of a company",
        "ID_NPWP": "Indonesian tax number",
        "IE_VAT": "Irish VAT number",
        "IN_GSTIN": "Indian goods and services tax number",
        "IN_IFSC": "code of an Indian bank branch",
        "IT_VAT_CODE": "Italian VAT number",
        "JP_CORPORATE_NUMBER": "Japanese corporate number",
        "KE_PIN": "Kenyan tax number",
        "KR_BRN": "Korean business registration number",
        "LU_VAT": "Luxembourgish VAT number",
        "MA_ICE": "Moroccan company number",
        "MK_EDB": "North Macedonian tax number",
        "MT_VAT": "Maltese VAT number",
        "MX_RFC": "Mexican tax number",
        "NG_BVN": "Nigerian bank verification number",
        "NL_VAT": "Dutch VAT number",
        "NO_BANK_ACCOUNT": "Norwegian bank account number",
        "NO_ORGNR": "Norwegian organisation number",
        "NZ_IRD": "New Zealand tax number",
        "PE_RUC": "Peruvian tax number",
        "PH_TIN": "Philippine tax number",
        "PL_NIP": "Polish tax number",
        "PL_REGON": "Polish company number",
        "PY_RUC": "Paraguayan tax number",
        "RO_CUI": "Romanian tax number of a company",
        "RS_PIB": "Serbian tax number",
        "RU_INN": "Russian tax number",
        "SE_ORGANISATIONSNUMMER": "Swedish organisation number",
        "SG_UEN": "Singaporean entity number",
        "SI_VAT": "Slovenian VAT number",
        "SK_VAT": "Slovak VAT number",
        "SV_NIT": "Salvadoran tax number",
        "TN_TAX_ID": "Tunisian tax number",
        "TR_TAX_ID": "Turkish tax number",
        "TW_UBN": "Taiwanese company number",
        "UA_EDRPOU": "Ukrainian company number",
        "UK_SORT_CODE": "code of a British bank branch",
        "UK_UTR": "British taxpayer reference",
        "UK_VAT": "British VAT number",
        "UY_RUT": "Uruguayan tax number",
        "VE_RIF": "Venezuelan tax number",
        "VN_TAX_ID": "Vietnamese tax number",
        "ZA_COMPANY_REGISTRATION": "South African company registration number",
        "ZA_INCOME_TAX_NUMBER": "South African income tax number",
        "ZA_VAT_NUMBER": "South African VAT number",
    },
    Group.GOVERNMENT: {
        "PASSPORT": "passport number of a country without a type of its own",
        "US_SSN": "US social security number",
        "US_ITIN": "US individual taxpayer number",
        "US_PASSPORT": "US passport number",
        "US_DRIVER_LICENSE": "US driving licence number",
        "AE_EMIRATES_ID": "identity number of the United Arab Emirates",
        "AR_CUIT": "Argentine tax number of a person or company",
        "AR_DNI": "Argentine identity number",
        "AT_SOCIAL_SECURITY": "Austrian social insurance number",
        "AU_PASSPORT": "Australian passport number",
        "AU_TFN": "Australian tax file number",
        "BD_NID": "Bangladeshi identity number",
        "BE_NATIONAL_NUMBER": "Belgian national number",
        "BG_EGN": "Bulgarian civil number",
        "BR_CPF": "Brazilian taxpayer number",
        "CA_SIN": "Canadian social insurance number",
        "CH_AHV": "Swiss social insurance number",
        "CL_RUT": "Chilean identity and tax number",
        "CN_PASSPORT": "Chinese passport number",
        "CN_RESIDENT_ID": "Chinese resident identity number",
        "CO_CEDULA": "Colombian identity number",
        "CR_CEDULA": "Costa Rican identity number",
        "CU_NI": "Cuban identity number",
        "CZ_BIRTH_NUMBER": "Czech birth number",
        "DE_FUEHRERSCHEIN": "German driving licence number",
        "DE_ID_CARD": "German identity card number",
        "DE_PASSPORT": "German passport number",
        "DE_SOCIAL_SECURITY": "German pension insurance number",
        "DE_TAX_ID": "German personal tax number",
        "DK_CPR": "Danish personal number",
        "DO_CEDULA": "Dominican identity number",
        "DZ_NIF": "Algerian tax number",
        "EC_CEDULA": "Ecuadorian identity number",
        "EE_ISIKUKOOD": "Estonian personal code",
        "EG_NATIONAL_ID": "Egyptian identity number",
        "ES_NIE": "Spanish identity number of a foreigner",
        "ES_NIF": "Spanish identity number",
        "ES_PASSPORT": "Spanish passport number",
        "ES_SOCIAL_SECURITY": "Spanish social security number",
        "FI_PERSONAL_IDENTITY_CODE": "Finnish personal identity code",
        "FR_ID_CARD": "French identity card number",
        "FR_NIR": "French social security number",
        "FR_PASSPORT": "French passport number",
        "FR_TAX_ID": "French personal tax number",
        "GH_CARD": "Ghanaian identity card number",
        "GR_AMKA": "Greek social security number",
        "HK_ID": "Hong Kong identity card number",
        "HR_OIB": "Croatian personal number",
        "ID_NIK": "Indonesian identity number",
        "IE_PPS": "Irish public service number",
        "IL_ID": "Israeli identity number",
        "IN_AADHAAR": "Indian identity number",
        "IN_DRIVING_LICENCE": "Indian driving licence number",
        "IN_PAN": "Indian permanent account number",
        "IN_PASSPORT": "Indian passport number",
        "IN_RATION_CARD": "Indian ration card number",
        "IN_UAN": "Indian provident fund account number",
        "IN_VOTER": "Indian voter card number",
        "IS_KENNITALA": "Icelandic identity number",
        "IT_DRIVER_LICENSE": "Italian driving licence number",
        "IT_FISCAL_CODE": "Italian personal tax code",
        "IT_IDENTITY_CARD": "Italian identity card number",
        "IT_PASSPORT": "Italian passport number",
        "JP_MY_NUMBER": "Japanese individual number",
        "JP_PASSPORT": "Japanese passport number",
        "KE_ID": "Kenyan identity number",
        "KR_DRIVER_LICENSE": "Korean driving licence number",
        "KR_FRN": "Korean identity number of a foreigner",
        "KR_PASSPORT": "Korean passport number",
        "KR_RRN": "Korean resident number",
        "KZ_IIN": "Kazakh identity number",
        "LK_NIC": "Sri Lankan identity number",
        "LT_ASMENS_KODAS": "Lithuanian personal code",
        "LU_MATRICULE": "Luxembourgish national number",
        "LV_PERSONAS_KODS": "Latvian personal code",
        "MA_CIN": "Moroccan identity card number",
        "MD_IDNO": "Moldovan identity number",
        "MU_NID": "Mauritian identity number",
        "MX_CURP": "Mexican population number",
        "MX_NSS": "Mexican social security number",
        "MY_NRIC": "Malaysian identity card number",
        "NG_NIN": "Nigerian identity number",
        "NL_BSN": "Dutch citizen service number",
        "NL_ID_CARD": "Dutch passport or identity card number",
        "NO_FODSELSNUMMER": "Norwegian birth number",
        "PE_DNI": "Peruvian identity number",
        "PH_PASSPORT": "Philippine passport number",
        "PH_UMID": "Philippine multi-purpose identity number",
        "PK_CNIC": "Pakistani identity card number",
        "PL_ID_CARD": "Polish identity card number",
        "PL_PESEL": "Polish personal number",
        "PT_CITIZEN_CARD": "Portuguese citizen card number",
        "PT_NIF": "Portuguese tax number",
        "RO_CNP": "Romanian personal number",
        "RU_SNILS": "Russian pension insurance number",
        "RW_NID": "Rwandan identity number",
        "SA_NATIONAL_ID": "Saudi identity number",
        "SE_PERSONNUMMER": "Swedish personal number",
        "SG_NRIC_FIN": "Singaporean identity number",
        "SI_EMSO": "Slovenian personal number",
        "SK_BIRTH_NUMBER": "Slovak birth number",
        "TH_TNIN": "Thai identity number",
        "TR_NATIONAL_ID": "Turkish identity number",
        "TW_NATIONAL_ID": "Taiwanese identity number",
        "TZ_NIDA": "Tanzanian identity number",
        "UA_TAX_ID": "Ukrainian taxpayer number of a person",
        "UG_NIN": "Ugandan identity number",
        "UK_DRIVING_LICENCE": "British driving licence number",
        "UK_NINO": "British national insurance number",
        "UK_PASSPORT": "British passport number",
        "VN_CITIZEN_ID": "Vietnamese citizen number",
        "ZA_DRIVER_LICENSE": "South African driving licence number",
        "ZA_ID_NUMBER": "South African identity number",
        "ZA_PASSPORT": "South African passport number",
        "ZA_TRAFFIC_REGISTER_NUMBER": "South African traffic register number",
    },
    Group.HEALTH: {
        "MEDICAL_RECORD": "number of a medical record or patient",
        "MEDICAL_LICENSE": "US controlled substances (DEA) licence number",
        "US_MBI": "US Medicare beneficiary number",
        "US_NPI": "US health provider number",
        "US_HEALTH_INSURANCE_MEMBER_ID": "US health insurance member number",
        "US_PRIOR_AUTHORIZATION_NUMBER": "US prior authorisation number",
        "US_CLAIM_NUMBER": "US health insurance claim number",
        "US_PRESCRIPTION_NUMBER": "US prescription number",
        "US_REFERRAL_NUMBER": "US referral number",
        "US_PROVIDER_TAX_ID": "US tax number of a health provider",
        "PRESCRIPTION_NUMBER": "number of a prescription",
        "AU_MEDICARE": "Australian Medicare number",
        "CA_HEALTH_CARD": "Canadian health card number",
        "DE_BSNR": "German number of a medical practice",
        "DE_HEALTH_INSURANCE": "German health insurance number (KVNR)",
        "DE_LANR": "German number of a physician",
        "HU_TAJ": "Hungarian health insurance number",
        "IN_ABHA": "Indian health account number",
        "NZ_NHI": "New Zealand health number",
        "UK_NHS": "British NHS number",
    },
    Group.SECRET: {
        "API_KEY": "key, token or other secret of a service; the finding names the issuer where it is known",
        "AWS_ACCESS_KEY": "AWS access key id",
        "AWS_SECRET_KEY": "AWS secret access key",
        "GITHUB_TOKEN": "GitHub token",
        "SLACK_TOKEN": "Slack token",
        "SLACK_WEBHOOK": "address that posts into a Slack channel",
        "PRIVATE_KEY": "private key, as a whole PEM block or in another form",
        "JWT": "signed JSON web token",
        "PASSWORD": "password or passphrase",
    },
    Group.SOFT: {
        "DATE_TIME": "date or time",
        "AGE": "age of a person",
        "LOCATION": "city, region, country or other place",
        "ORGANIZATION": "company, authority or other organisation",
        "NRP": "nationality, religious or political group",
        "TITLE": "honorific or job title",
        "URL": "web address or domain",
        "UUID": "universally unique identifier",
    },
}

ENTITY_TYPES: Mapping[str, EntityType] = MappingProxyType(
    {
        name: EntityType(name, description, group)
        for group, table in _TABLES.items()
        for name, description in table.items()
    }
)
"""Name -> type, in the order of the tables."""

OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ADDRESS": "STREET_ADDRESS",
        "BANK_ACCOUNT": "US_BANK_NUMBER",
        "BIC": "SWIFT_CODE",
        "CARD": "CREDIT_CARD",
        "CITY": "LOCATION",
        "COMPANY": "ORGANIZATION",
        "DATE": "DATE_TIME",
        "DOB": "DATE_OF_BIRTH",
        "DOMAIN_NAME": "URL",
        "EMAIL": "EMAIL_ADDRESS",
        "GPE": "LOCATION",
        "IBAN": "IBAN_CODE",
        "IP": "IP_ADDRESS",
        "LOC": "LOCATION",
        "MAC": "MAC_ADDRESS",
        "MRN": "MEDICAL_RECORD",
        "NAME": "PERSON",
        "ORG": "ORGANIZATION",
        "ORGANISATION": "ORGANIZATION",
        "PAN": "CREDIT_CARD",
        "PER": "PERSON",
        "PHONE": "PHONE_NUMBER",
        "POSTCODE": "ZIP_CODE",
        "SECRET": "API_KEY",
        "SSN": "US_SSN",
        "TOKEN": "API_KEY",
        "VIN": "VEHICLE_ID",
    }
)
"""Names that people try -> the name it has here. For suggestions only: a policy must use the real one."""


def types_in(group: Group) -> tuple[str, ...]:
    """The names of a group's types, in the order of its table."""
    return tuple(_TABLES[group])
