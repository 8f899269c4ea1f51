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
        "IN_IFSC": "code of an Indian bank branch",
        "UK_SORT_CODE": "code of a British bank branch",
        "AU_ABN": "Australian business number",
        "AU_ACN": "Australian company number",
        "BR_CNPJ": "Brazilian company number",
        "CO_NIT": "Colombian tax number",
        "DE_HANDELSREGISTER": "German company register number",
        "DE_TAX_NUMBER": "German tax office number",
        "DE_VAT_ID": "German VAT number",
        "EU_VAT": "VAT number of a European country",
        "FR_SIREN": "French company number",
        "FR_SIRET": "French number of a company's site",
        "GT_NIT": "Guatemalan tax number",
        "HU_TAX_NUMBER": "Hungarian company tax number",
        "IN_GSTIN": "Indian goods and services tax number",
        "IT_VAT_CODE": "Italian VAT number",
        "KR_BRN": "Korean business registration number",
        "MX_RFC": "Mexican tax number",
        "NZ_IRD": "New Zealand tax number",
        "PH_TIN": "Philippine tax number",
        "PL_NIP": "Polish tax number",
        "PL_REGON": "Polish company number",
        "RU_INN": "Russian tax number",
        "SE_ORGANISATIONSNUMMER": "Swedish organisation number",
        "SG_UEN": "Singaporean entity number",
        "SV_NIT": "Salvadoran tax number",
        "US_EIN": "US employer identification number",
        "UY_RUT": "Uruguayan tax number",
        "VE_RIF": "Venezuelan tax number",
        "VN_MST": "Vietnamese tax number",
        "ZA_COMPANY_REGISTRATION": "South African company registration number",
        "ZA_INCOME_TAX_NUMBER": "South African income tax number",
        "ZA_VAT_NUMBER": "South African VAT number",
    },
    Group.GOVERNMENT: {
        "NATIONAL_ID": "identity number of a country without a type of its own",
        "PASSPORT": "passport number of a country without a type of its own",
        "DRIVER_LICENSE": "driving licence number of a country without a type of its own",
        "US_SSN": "US social security number",
        "US_ITIN": "US individual taxpayer number",
        "US_PASSPORT": "US passport number",
        "US_DRIVER_LICENSE": "US driving licence number",
        "AE_EMIRATES_ID": "identity number of the United Arab Emirates",
        "AR_CUIT": "Argentine tax number of a person or company",
        "AR_DNI": "Argentine identity number",
        "AT_SVNR": "Austrian social insurance number",
        "AU_TFN": "Australian tax file number",
        "BE_NN": "Belgian national number",
        "BG_EGN": "Bulgarian civil number",
        "BR_CPF": "Brazilian taxpayer number",
        "CA_SIN": "Canadian social insurance number",
        "CH_AHV": "Swiss social insurance number",
        "CL_RUT": "Chilean identity and tax number",
        "CN_RIC": "Chinese resident identity number",
        "CU_NI": "Cuban identity number",
        "CZ_RC": "Czech birth number",
        "DE_FUEHRERSCHEIN": "German driving licence number",
        "DE_ID_CARD": "German identity card number",
        "DE_PASSPORT": "German passport number",
        "DE_SOCIAL_SECURITY": "German pension insurance number",
        "DE_TAX_ID": "German personal tax number",
        "DK_CPR": "Danish personal number",
        "DO_CEDULA": "Dominican identity number",
        "DZ_NIF": "Algerian tax number",
        "EC_CI": "Ecuadorian identity number",
        "EE_IK": "Estonian personal code",
        "EG_NATIONAL_ID": "Egyptian identity number",
        "ES_NIE": "Spanish identity number of a foreigner",
        "ES_NIF": "Spanish identity number",
        "ES_PASSPORT": "Spanish passport number",
        "FI_PERSONAL_IDENTITY_CODE": "Finnish personal identity code",
        "FR_NIF": "French personal tax number",
        "FR_NIR": "French social security number",
        "GR_AMKA": "Greek social security number",
        "HK_HKID": "Hong Kong identity card number",
        "HR_OIB": "Croatian personal number",
        "HU_PERSONAL_ID": "Hungarian personal number",
        "ID_NIK": "Indonesian identity number",
        "IE_PPS": "Irish public service number",
        "IL_ID_NUMBER": "Israeli identity number",
        "IN_AADHAAR": "Indian identity number",
        "IN_PAN": "Indian permanent account number",
        "IN_PASSPORT": "Indian passport number",
        "IN_VOTER": "Indian voter card number",
        "IS_KENNITALA": "Icelandic identity number",
        "IT_DRIVER_LICENSE": "Italian driving licence number",
        "IT_FISCAL_CODE": "Italian personal tax code",
        "IT_IDENTITY_CARD": "Italian identity card number",
        "IT_PASSPORT": "Italian passport number",
        "JP_MY_NUMBER": "Japanese individual number",
        "KR_DRIVER_LICENSE": "Korean driving licence number",
        "KR_FRN": "Korean identity number of a foreigner",
        "KR_PASSPORT": "Korean passport number",
        "KR_RRN": "Korean resident number",
        "KZ_IIN": "Kazakh identity number",
        "LK_NIC": "Sri Lankan identity number",
        "LT_ASMENS": "Lithuanian personal code",
        "LV_PK": "Latvian personal code",
        "MX_CURP": "Mexican population number",
        "MY_NRIC": "Malaysian identity card number",
        "NG_NIN": "Nigerian identity number",
        "NL_BSN": "Dutch citizen service number",
        "NO_FODSELSNUMMER": "Norwegian birth number",
        "PE_DNI": "Peruvian identity number",
        "PH_PASSPORT": "Philippine passport number",
        "PH_UMID": "Philippine multi-purpose identity number",
        "PK_CNIC": "Pakistani identity card number",
        "PL_PESEL": "Polish personal number",
        "PT_CC": "Portuguese citizen card number",
        "PT_NIF": "Portuguese tax number",
        "RO_CNP": "Romanian personal number",
        "RS_JMBG": "personal number of Serbia and other successors of Yugoslavia",
        "RU_SNILS": "Russian pension insurance number",
        "SA_NATIONAL_ID": "Saudi identity number",
        "SE_PERSONNUMMER": "Swedish personal number",
        "SG_NRIC_FIN": "Singaporean identity number",
        "SI_EMSO": "Slovenian personal number",
        "SK_RC": "Slovak birth number",
        "TH_TNIN": "Thai identity number",
        "TR_NATIONAL_ID": "Turkish identity number",
        "TW_NATIONAL_ID": "Taiwanese identity number",
        "UA_RNTRC": "Ukrainian taxpayer number",
        "UK_DRIVING_LICENCE": "British driving licence number",
        "UK_NINO": "British national insurance number",
        "UK_PASSPORT": "British passport number",
        "UY_CI": "Uruguayan identity number",
        "VN_CCCD": "Vietnamese citizen number",
        "ZA_DRIVER_LICENSE": "South African driving licence number",
        "ZA_ID_NUMBER": "South African identity number",
        "ZA_PASSPORT": "South African passport number",
        "ZA_TRAFFIC_REGISTER_NUMBER": "South African traffic register number",
    },
    Group.HEALTH: {
        "MEDICAL_RECORD": "number of a medical record or patient",
        "MEDICAL_LICENSE": "US controlled substances (DEA) licence number",
        "HEALTH_INSURANCE": "health insurance number of a country or company without a type of its own",
        "US_MBI": "US Medicare beneficiary number",
        "US_NPI": "US health provider number",
        "US_HEALTH_INSURANCE_MEMBER_ID": "US health insurance member number",
        "US_PRIOR_AUTHORIZATION_NUMBER": "US prior authorisation number",
        "US_CLAIM_NUMBER": "US health insurance claim number",
        "US_PRESCRIPTION_NUMBER": "US prescription number",
        "US_REFERRAL_NUMBER": "US referral number",
        "US_PROVIDER_TAX_ID": "US tax number of a health provider",
        "AU_MEDICARE": "Australian Medicare number",
        "CA_HEALTH_CARD": "Canadian health card number",
        "DE_BSNR": "German number of a medical practice",
        "DE_HEALTH_INSURANCE": "German health insurance number (KVNR)",
        "DE_LANR": "German number of a physician",
        "NZ_NHI": "New Zealand health number",
        "UK_NHS": "British NHS number",
    },
    Group.SECRET: {
        "API_KEY": "key or token of a service; the finding names the issuer where it is known",
        "AWS_ACCESS_KEY": "AWS access key id",
        "AWS_SECRET_KEY": "AWS secret access key",
        "GITHUB_TOKEN": "GitHub token",
        "SLACK_TOKEN": "Slack token",
        "SLACK_WEBHOOK": "address that posts into a Slack channel",
        "PRIVATE_KEY": "private key, as a whole PEM block or in another form",
        "JWT": "signed JSON web token",
        "PASSWORD": "password or passphrase",
        "GENERIC_SECRET": "secret of an unknown issuer, told by its name and its randomness",
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
        "SECRET": "GENERIC_SECRET",
        "SSN": "US_SSN",
        "TOKEN": "API_KEY",
        "VIN": "VEHICLE_ID",
    }
)
"""Names that people try -> the name it has here. For suggestions only: a policy must use the real one."""


def types_in(group: Group) -> tuple[str, ...]:
    """The names of a group's types, in the order of its table."""
    return tuple(_TABLES[group])
