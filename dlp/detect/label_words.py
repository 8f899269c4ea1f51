"""What people call the numbers that others gave them, in the languages of forms: the labels that `dlp.detect.labels` reads.

A noun alone says nothing (`customer 12`); it needs a word for a number before or behind it (`customer id`, `numéro client`,
`employee #`), or a value that can only be a code (`Mitarbeiter E-20451`). Words and phrases that say it all stand in `PLAIN`.
Accents may be left out, and words written together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum

from dlp.detect.words import split_words, without_accents


class Need(IntEnum):
    """What a label needs beside it to be one, the least first. Numbers, since they are hashed for each of 32,000 labels."""

    NOTHING = 0
    HASH = 1
    """A `#` or another sign for a number."""
    CODE = 2
    """A value that is a code by its looks."""


NUMBER_BEHIND = (
    "id", "ids", "number", "no", "num", "nbr", "nr", "code", "identifier", "identification", "identification number", "id number", "id no",
    "reference", "ref", "nummer",
)  # fmt: skip
"""Words for a number that follow a noun: `customer id`, `Kunden-Nr.`."""
NUMBER_BEFORE = (
    "numéro", "numéro de", "numéro d", "n", "n de", "n d", "nr", "id", "id de", "id del", "id du", "identifiant", "code", "référence",
    "número", "número de", "número del", "número do", "no de", "código", "código de", "código do", "identificador de",
    "numero", "numero di", "n di", "codice", "id do", "n º", "n º de", "n o de", "cod", "cód de", "réf",
    "nº", "nº de", "nº do", "nº da", "no do", "no da", "n do", "n da", "n º do", "n º da", "n o do", "n o da", "número da", "nro", "nro de", "núm", "núm de",
)  # fmt: skip
"""Words for a number before a noun: `numéro de client`, `codice cliente`, `nº de empleado`."""
NUMBER_POLISH = ("numer", "nr", "id", "identyfikator", "kod", "seria i numer", "seria i nr")
"""The same in Polish, whose nouns stand in the genitive or are adjectives: `numer klienta`, `nr kadrowy`."""

BEHIND: Mapping[str, tuple[str, ...]] = {
    "EMPLOYEE_ID": (
        "employee", "staff", "badge", "personnel", "payroll", "emp", "worker", "associate", "officer", "teacher", "crew", "employé",
        "mitarbeiter", "personal", "dienst", "medewerker", "personeels", "werknemer", "medarbejder", "anställnings",
        "workman", "colleague", "contractor", "driver badge", "payroll ref", "stamm", "dienstausweis", "werksausweis", "stam", "pers", "ansatt", "ansatte", "medarbetar", "personell", "lønn", "løn", "lön", "anst", "tjänste", "tjeneste", "anställning",
    ),
    "CUSTOMER_ID": (
        "customer", "client", "membership", "cust", "guest", "loyalty", "frequent flyer", "subscriber account", "shopper", "user account", "cardholder", "rewards",
        "student", "pupil", "learner", "candidate", "applicant", "library card", "alumni", "donor", "voter registration",
        "kunden", "kunde", "mitglieds", "mitglied", "vertrags", "studenten", "schüler", "matrikel", "teilnehmer", "bewerber", "bibliotheksausweis",
        "klant", "klanten", "lid", "lidmaatschaps", "leerling", "student", "relatie", "kunde", "medlems", "kund", "klient", "elev",
        "patron", "passenger loyalty", "account holder", "policyholder", "clubcard", "loyalty card", "membership card", "rewards card", "customer card", "store card", "crn", "account ref", "mandanten", "vielflieger", "immatrikulations", "kundenkonto", "abo", "abonnenten", "debitoren", "debitor", "vertragskonto", "vertragspartner", "ausleih", "leser", "teilnehmer", "klanten kaart", "klantenkaart", "debiteuren", "abonnee", "lidmaatschap", "student kaart", "collegekaart", "medlem", "kunde", "kundnr", "kund", "abonnent", "låntagar", "studerende", "elev",
    ),
    "MEDICAL_RECORD": (
        "patient", "medical record", "hospital", "health record", "mr", "mrn", "case history", "encounter", "admission", "specimen", "accession",
        "patienten", "fall", "akten", "kranken", "patiënt", "patient", "dossier", "patiënten",
        "patient file", "patient record", "hospital unit", "uhid", "behandlungs", "behandlungsfall", "krankenblatt", "krankenakten", "patientenakten", "fallakten",
    ),
    "US_HEALTH_INSURANCE_MEMBER_ID": (
        "member", "subscriber", "insurance", "health insurance", "insured", "health plan", "health plan beneficiary", "beneficiary", "plan beneficiary", "medicare",
        "medicaid", "healthplan", "healthcare", "health card",
    ),
    "HEALTH_INSURANCE_ID": (
        "versicherten", "krankenversicherten", "krankenversicherungs", "krankenkassen", "versicherungs", "verzekerden", "verzekerings", "zorgpolis",
        "zorgverzekerings", "zorgpas", "health fund", "healthcare card",
    ),
    "INSURANCE_ID": (
        "policy", "policen", "versicherungsschein", "claim", "insurance policy", "insurance claim", "polis", "police", "schaden", "schade",
        "pol", "cover note", "certificate of insurance", "insurance certificate", "incident claim", "claims", "schadens", "schadenfall", "schadensfall", "leistungsfall", "versicherungsvertrags", "schadedossier", "verzekeringspolis", "försäkrings", "försäkringsbrev", "forsikrings", "forsikringspolise", "skade", "skades", "skadeanmälan", "skadeanmälnings", "skadeärende", "polise",
    ),
    "PROFESSIONAL_LICENSE": (
        "certificate", "certificate license", "certification", "professional license", "medical license", "nursing license", "pilot license", "registration certificate",
        "attorney registration", "dea", "npi license", "teaching license", "real estate license",
        "zertifikats", "zertifikat", "lizenz", "zulassungs", "certificaat", "licentie", "registratie",
        "medical council", "nursing council", "practising certificate", "state license", "professional registration", "gmc", "nmc", "gdc", "hcpc", "sra", "cpa", "cpa license", "law license", "pharmacist", "berufsausweis", "approbations", "approbation", "registrier", "arztausweis", "anwaltsausweis", "agb", "big registratie", "vergunnings", "legitimations", "autorisations", "hpr", "behörighets",
    ),
    "DEVICE_ID": (
        "device", "device serial", "serial", "equipment serial", "implant", "implant serial", "pacemaker", "hardware", "machine serial", "instrument serial",
        "geräte", "serien", "gerät", "apparaat", "serie", "toestel",
        "asset tag", "service tag", "product serial", "handset", "laptop serial", "meter", "unit serial", "hardware serial", "chassis serial", "inventar", "anlagen", "maschinen", "fabrik", "zähler", "apparat", "inventaris", "inventarie", "tillverknings", "fabrikations", "måler",
    ),
    "BIOMETRIC_ID": (
        "biometric", "biometrics", "fingerprint", "finger print", "iris scan", "retina scan", "voiceprint", "voice print", "face template", "facial recognition", "fingerabdruck", "biometrie", "vingerafdruk",
        "palm vein", "palm print", "iris", "retina", "fingerprint record", "voiceprint record", "fingerprint template", "voiceprint template", "faceprint",
    ),
    "NATIONAL_ID": (
        "national", "national identity", "national identification", "identity card", "id card", "identity", "identity document", "citizen", "citizenship", "resident",
        "residence permit", "personal identification", "social security", "social insurance", "social", "government", "govt", "state id", "nationality id", "ssn", "national insurance",
        "ausweis", "personalausweis", "identitäts", "sozialversicherungs", "rentenversicherungs", "versicherungs", "aufenthaltstitel",
        "identiteitskaart", "id kaart", "burgerservice", "identiteits", "soc sec", "id", "sv", "legitimatie", "rijksregister", "sofi",
    ),
    "TAX_ID": ("tax", "taxpayer", "tax payer", "tax identification", "vat", "vat registration", "fiscal", "steuer", "steueridentifikations", "umsatzsteuer", "ust", "btw", "fiscaal", "belasting"),
    "US_DRIVER_LICENSE": ("driver license", "drivers license", "driver s license", "driving license", "driving licence", "driver s licence", "dl", "führerschein", "rijbewijs"),
    "PASSPORT": ("passport", "reisepass", "paspoort", "travel document"),
    "LICENSE_PLATE": ("plate", "license plate", "licence plate", "number plate", "vehicle registration", "car registration", "registration plate", "kfz"),
    "US_BANK_NUMBER": ("bank account", "checking account", "savings account", "bankkonto", "konto", "rekening", "account", "acct", "depot"),
    "CREDIT_CARD": ("credit card", "debit card", "payment card", "bank card", "card", "karten", "kreditkarten", "kaart", "creditcard", "betaalkaart", "kort", "कार्ड"),
    "IBAN_CODE": ("iban",),
}  # fmt: skip
"""Entity type -> nouns that a word for a number follows, or a `#`. German and Dutch write both as one word."""

BEFORE: Mapping[str, tuple[str, ...]] = {
    "EMPLOYEE_ID": (
        "employé", "salarié", "matricule", "empleado", "trabajador", "legajo", "dipendente", "matricola", "funcionário", "empregado",
        "salariée", "collaborateur", "collaborador", "trabajadora", "empleada", "nómina", "operario", "addetto", "badge", "lavoratore", "colaborador", "trabalhador", "matrícula",
    ),
    "CUSTOMER_ID": (
        "client", "cliente", "membre", "fidélité", "étudiant", "élève", "abonné", "contrat", "socio", "miembro", "estudiante", "alumno", "abonado", "contrato", "expediente académico",
        "studente", "matricola studente", "tessera", "socio", "contratto", "sócio", "estudante", "aluno",
        "abonnement", "adhérente", "sociétaire", "inscription", "fidelización", "suscriptor", "carné", "carnet", "abbonato", "iscritto", "assinante", "instalação",
    ),
    "MEDICAL_RECORD": (
        "patient", "dossier", "dossier médical", "dossier patient", "paciente", "processo clínico", "processo", "expediente clínico", "historia", "historia clínica", "historial", "historial médico", "expediente", "expediente médico", "paziente", "cartella clinica", "cartella",
        "prontuário", "paciente",
        "séjour", "hospitalisation", "ingreso", "nosologico", "ricovero",
    ),
    "HEALTH_INSURANCE_ID": (
        "adhérent", "assuré", "mutuelle", "carte vitale", "afiliado", "asegurado", "afiliación", "tarjeta sanitaria", "assicurato", "tessera sanitaria",
        "beneficiário", "beneficiario", "bénéficiaire", "carteirinha", "carteira", "assistito", "segurado",
        "utente", "sns", "cns", "assistita",
    ),
    "INSURANCE_ID": (
        "police", "police d assurance", "sinistre", "póliza", "siniestro", "polizza", "sinistro", "apólice",
        "reclamación", "seguro",
    ),
    "PROFESSIONAL_LICENSE": (
        "certificat", "licence", "agrément", "certificado", "colegiado", "certificato", "licenza", "cédula profesional", "inscripción", "iscrizione albo",
        "rpps", "adeli", "professionnel", "colegiada", "colegiación", "albo", "tesserino", "abilitazione", "crm", "oab", "coren", "crea", "cro",
    ),
    "DEVICE_ID": (
        "série", "appareil", "dispositif", "serie", "dispositivo", "matricola dispositivo", "equipo", "apparecchio", "aparelho",
        "inventaire", "compteur", "fabricación", "inventario", "contador", "inventário",
    ),
    "BIOMETRIC_ID": ("empreinte", "biométrique", "huella", "biométrico", "impronta", "biometrico"),
    "NATIONAL_ID": (
        "carte d identité", "carte nationale d identité", "pièce d identité", "identité", "sécurité sociale", "sécu", "titre de séjour", "carte de séjour", "identidad", "documento de identidad",
        "identificación", "identificación personal", "seguridad social", "la seguridad social", "afiliación a la seguridad social", "cédula", "dni", "carta d identità", "carta identità", "documento d identità",
        "identità", "permesso di soggiorno", "bilhete de identidade", "cartão de cidadão", "segurança social", "identidade",
        "national",
    ),
    "TAX_ID": ("fiscal", "identification fiscale", "identificación fiscal", "identificativo fiscale", "tva", "identificação fiscal", "contribuinte", "identificación tributaria", "iva", "partita iva"),
    "US_DRIVER_LICENSE": ("permis", "permis de conduire", "permiso de conducir", "licencia", "licencia de conducir", "carné de conducir", "carnet de conducir", "patente", "patente di guida", "carta de condução", "cnh", "licencia de manejo"),
    "PASSPORT": (
        "passeport", "pasaporte", "passaporto", "passaporte",
    ),
    "LICENSE_PLATE": (
        "immatriculation", "plaque", "plaque d immatriculation", "matrícula", "placa", "placas", "targa",
    ),
    "US_BANK_NUMBER": (
        "compte", "compte bancaire", "cuenta", "cuenta bancaria", "conto", "conto corrente", "conta", "conta bancária", "conta corrente",
        "cta",
    ),
    "CREDIT_CARD": (
        "carte", "carte bancaire", "carte de crédit", "carta", "carta di credito", "tarjeta", "tarjeta de crédito", "cartão", "cartão de crédito",
    ),
    "IBAN_CODE": ("iban",),
}  # fmt: skip
"""Entity type -> nouns that a word for a number precedes."""

BEFORE_POLISH: Mapping[str, tuple[str, ...]] = {
    "EMPLOYEE_ID": ("pracownika", "pracowniczy", "kadrowy", "służbowy", "ewidencyjny", "osobowy"),
    "CUSTOMER_ID": (
        "klienta", "abonenta", "członkowski", "członka", "członkowska", "płatnika", "albumu", "indeksu", "legitymacji", "legitymacji studenckiej", "studenta", "ucznia", "czytelnika", "odbiorcy", "karty stałego klienta", "lojalnościowej", "karty lojalnościowej", "umowy",
    ),
    "MEDICAL_RECORD": ("pacjenta", "karty pacjenta", "historii choroby", "księgi głównej", "kartoteki", "dokumentacji medycznej", "pacjentki"),
    "HEALTH_INSURANCE_ID": ("ubezpieczonego", "ubezpieczenia zdrowotnego"),
    "INSURANCE_ID": ("polisy", "polisy ubezpieczeniowej", "szkody", "szkodowy", "akt szkody", "zgłoszenia szkody", "roszczenia", "umowy ubezpieczenia"),
    "PROFESSIONAL_LICENSE": ("prawa wykonywania zawodu", "pwz", "uprawnień", "wpisu", "licencji", "dyplomu"),
    "DEVICE_ID": ("seryjny", "fabryczny", "fabr", "inwentarzowy", "urządzenia", "licznika"),
    "NATIONAL_ID": ("dowodu", "dowodu osobistego", "dokumentu tożsamości"),
    "PASSPORT": ("paszportu",),
    "LICENSE_PLATE": ("rejestracyjny", "rej", "rejestracyjne"),
    "US_BANK_NUMBER": ("konta", "rachunku", "konta bankowego", "rachunku bankowego"),
}  # fmt: skip
"""Entity type -> Polish nouns that one of `NUMBER_POLISH` precedes."""

PLAIN: Mapping[str, tuple[str, ...]] = {
    "EMPLOYEE_ID": (
        "employeeid", "personalnummer", "mitarbeiternummer", "personeelsnummer", "medewerkersnummer", "werknemersnummer", "matricule", "matricola", "legajo",
        "número mecanográfico", "nº mecanográfico", "matrícula funcional", "stamnummer", "stammnummer", "dienstnummer", "anställningsnummer", "ansattnummer", "medarbejdernummer", "lønnummer", "lönenummer", "works number", "works no", "clock number", "clock no", "ma nr", "numéro d agent", "matricule agent",
        "registro do funcionário",
    ),
    "CUSTOMER_ID": (
        "kundennummer", "lidnummer", "mitgliedsnummer", "vertragsnummer", "matrikelnummer", "matricola studente", "klantnummer", "lidmaatschapsnummer", "studentnummer", "studentennummer", "relatienummer", "kundenummer", "medlemsnummer",
        "ग्राहक संख्या", "ग्राहक आईडी", "कस्टमर आईडी",
        "kundnummer", "kundnr", "kundenr", "kundennr", "klientennummer", "mandantennummer", "carte étudiante", "carte de fidélité", "carte d étudiant", "tarjeta de fidelización", "tarjeta de socio", "carné de estudiante", "número de boleta", "tessera fedeltà", "carta fedeltà", "klantenkaart", "karta lojalnościowa", "karta stałego klienta", "legitymacja studencka", "legitymacja szkolna", "student card", "loyalty card", "library card", "clubcard", "frequent flyer", "réf abonné", "réf client", "ref cliente", "elevnummer", "elevnr", "consumer number", "consumer no", "cif number", "cif no", "roll no", "roll number", "matriculation number", "enrolment number", "enrollment number", "enrolment no", "admission no", "studienummer", "candidate number",
        "carte client", "carte d abonné", "tarjeta de cliente", "tessera socio", "cartão de cliente", "cartão de sócio", "cartão de estudante",
    ),
    "MEDICAL_RECORD": (
        "prontuário", "expediente clínico", "mrn", "medical record", "chart number", "chart no", "patientennummer", "fallnummer", "aktenzeichen", "patiëntnummer", "patiëntennummer", "dossiernummer", "nhc", "ipp", "historia clínica", "cartella clinica n", "dossier n", "dossier médical n",
        "nosologico", "journalnummer", "journalnr", "patientnummer", "karta pacjenta", "historia choroby", "dossier médical", "dossier medical", "cartella clinica", "chart no", "uhid", "número de processo clínico", "aufnahmenummer", "opnamenummer", "hospital unit number",
        "dossier d hospitalisation", "historia clínica electrónica", "cartella medica", "processo do doente", "processo do utente", "registro do paciente",
    ),
    "US_HEALTH_INSURANCE_MEMBER_ID": ("claim of beneficiary", "hicn"),
    "HEALTH_INSURANCE_ID": (
        "versichertennummer", "krankenkassennummer", "krankenversichertennummer", "krankenversicherungsnummer", "verzekerdennummer", "verzekeringsnummer", "tessera sanitaria", "carte vitale", "tarjeta sanitaria", "número de utente",
        "utente sns", "cartão sus", "zorgpas", "zorgverzekeringsnummer", "mitgliedsnummer krankenkasse", "relatienummer zorgverzekeraar", "carteirinha do plano", "cartão nacional de saúde",
        "carte de mutuelle", "tarjeta sanitaria individual",
    ),
    "INSURANCE_ID": (
        "insurance policy", "policynumber", "versicherungsnummer", "schadennummer", "polisnummer", "policennummer", "versicherungsscheinnummer",
        "cover note", "schadensnummer", "schadenummer", "claimnummer", "polisenummer", "policenummer", "försäkringsnummer", "forsikringsnummer", "skadenummer", "contrat d assurance", "póliza de seguro", "polizza assicurativa", "apólice de seguro", "sinistre n", "sinistro n", "siniestro n", "siniestro nº", "polizza n", "póliza n", "apólice n", "police n", "polisa nr", "szkoda nr", "polisa ubezpieczeniowa", "pratica sinistro", "dossiernummer schade", "claim ref", "skadeärende", "vs nr", "loss reference", "loss ref",
        "attestation d assurance", "dossier sinistre", "dossier de sinistre", "déclaration de sinistre", "expediente de siniestro", "parte de siniestro", "contrato de seguro", "contratto di assicurazione", "aviso de sinistro", "processo de sinistro",
        "contractnummer", "sagsnummer skade",
    ),
    "PROFESSIONAL_LICENSE": (
        "professional license", "cert no", "cert number", "medical license", "nursing license", "bar number", "bar no", "bar id", "license number", "license no", "licence number", "licence no", "zertifikatsnummer", "lizenznummer", "certificaatnummer", "licentienummer", "zulassungsnummer", "big nummer",
        "rpps", "adeli", "n rpps", "cédula profesional", "cédula profissional", "matrícula profesional", "registro profissional", "carteira profissional", "numéro professionnel", "albo n", "all albo n", "tesserino n", "pwz", "nr pwz", "agb code", "big registratie", "legitimationsnummer", "autorisationsid", "berufsausweisnummer", "nmc pin", "gmc number", "licence to practise", "state license", "medical license number", "hpr nummer", "leg nr", "legnr",
        "inscription à l ordre", "carte professionnelle", "licencia profesional", "iscrizione all albo", "all albo", "iscrizione all ordine", "iscrizione ordine",
    ),
    "DEVICE_ID": (
        "seriennummer", "gerätenummer", "serienummer", "matricola dispositivo", "device with serial", "device serial",
        "asset tag", "service tag", "serial number", "matricola apparecchio", "serie del equipo", "apparaatnummer", "toestelnummer", "inventarnummer", "inventarisnummer", "asset number", "asset no", "inventory number", "inventory no", "meter number", "meter serial",
    ),
    "BIOMETRIC_ID": (
        "biometric record", "biometric data", "iris scan", "retina scan", "face template", "biometric template", "fingerprint template", "voiceprint template", "badge scanned", "fingerprint",
        "palm vein record", "palm print record", "fingerprint record", "voiceprint", "voiceprint record",
    ),
    "NATIONAL_ID": (
        "ssn", "social security", "ssn itin", "id number", "id no", "id card", "identity card", "national id", "idcard", "socialnumber", "personalausweis", "personalausweisnummer", "ausweisnummer", "ausweis", "ausweis nr", "identitätskarte",
        "sozialversicherungsnummer", "rentenversicherungsnummer", "sv nummer", "svnr", "ahv nummer", "ahv", "cni", "nir", "insee", "carte d identité", "numéro de sécurité sociale", "numéro de sécu", "sécurité sociale", "pièce d identité", "numéro ss", "n ss", "soc sec", "número ss", "nº ss", "n º ss", "n o ss", "c f", "documento",
        "avs", "dni", "nie", "nif", "nuss", "cédula", "cédula de ciudadanía", "documento de identidad", "curp", "codice fiscale", "cod fiscale", "carta d identità", "carta di identità",
        "número de documento", "numero di documento", "numero documento", "número do documento", "n documento", "documento n", "bsn", "burgerservicenummer", "sofinummer", "rijksregisternummer", "identiteitskaart", "identiteitskaartnummer", "id kaartnummer", "id kaart", "documentnummer", "cartão de cidadão", "cpf", "rg",
        "seguridad social", "número de afiliación", "personnummer", "personnr", "fødselsnummer", "cpr nummer", "pesel", "aadhaar", "aadhar", "adhaar", "आधार", "आधार नंबर", "आधार संख्या", "आधार कार्ड", "ఆధార్", "ఆధార్ సంఖ్య", "ఆధార్ నంబర్",
        "perso nr", "perso nummer", "id nummer", "dowód osobisty", "dowodu", "dow os", "seria i numer dowodu", "nr dowodu", "numer dowodu", "dokument tożsamości", "henkilötunnus", "seg social", "niss", "n national", "nationaal nummer", "insz",
        "registre national",
        "身份证", "身份证号", "身份证号码", "公民身份号码", "身分證字號", "身份證號碼", "マイナンバー", "個人番号", "주민등록번호", "외국인등록번호",
    ),
    "TAX_ID": (
        "tin", "itin", "ein", "utr", "taxid", "taxpayer id", "steuernummer", "steuer id", "steuernr", "idnr", "steueridentifikationsnummer", "umsatzsteuer id", "ust idnr", "btw nummer", "fiscaal nummer", "rfc", "nit", "ruc", "partita iva", "p iva", "identificativo fiscale", "identificación fiscal", "identification fiscale", "numéro fiscal",
        "número fiscal", "spi", "siret", "siren", "abn", "tfn", "gstin", "पैन", "पैन नंबर",
    ),
    "US_DRIVER_LICENSE": (
        "dl number", "dl no", "driver s license", "drivers license", "driver license", "driving license", "driving licence", "driver s licence", "führerscheinnummer", "führerschein", "permis de conduire", "carnet de conducir", "permiso de conducir",
        "licencia de conducir", "licencia de manejo", "carné de conducir", "patente", "patente di guida", "rijbewijs", "rijbewijsnummer", "driverslicense", "driverlicense", "carta de condução", "cnh", "carteira de motorista", "carteira de habilitação", "license n", "kørekort", "körkort", "ड्राइविंग लाइसेंस", "ड्राइविंग लाइसेंस नंबर",
    ),
    "PASSPORT": (
        "passport", "travel document", "pass nr", "reisepass", "reisepassnummer", "passnummer", "passeport", "pasaporte", "passaporto", "passaporte", "paspoort", "paspoortnummer", "passportnumber", "pas nummer", "पासपोर्ट", "पासपोर्ट नंबर", "पासपोर्ट संख्या", "పాస్‌పోర్ట్ నంబర్", "పాస్‌పోర్ట్",
        "ppt no", "ppt number", "paszport", "paszport nr",
        "护照", "护照号", "护照号码", "護照號碼", "パスポート番号", "旅券番号", "여권번호",
    ),
    "LICENSE_PLATE": (
        "licenseplate", "plate", "vehicle number", "car number", "tag number", "tag no", "license plate", "licence plate", "number plate", "kfz kennzeichen", "kennzeichen", "amtliches kennzeichen", "plaque", "plaque d immatriculation", "immatriculation", "immatriculé", "immatriculée", "immat", "targata", "targato", "matrícula", "placa", "placas", "targa", "kenteken", "kentekennummer",
        "nummerplade", "registreringsnummer", "vehicle registration", "car registration", "registration plate", "car reg", "reg plate", "reg no", "rejestracyjny", "वाहन नंबर", "गाड़ी नंबर", "plates", "gaadi ka number", "gaadi number", "car ka number", "kfz kennz", "amtl kennzeichen",
        "nummernschild", "autokennzeichen", "kfz kz", "nummerplaat", "kentekenplaat", "tablica rejestracyjna", "tablice rejestracyjne", "nr rej", "numer rejestracyjny", "numery rejestracyjne", "registreringsskylt", "nummerplate", "targa veicolo", "matrícula del vehículo", "matrícula do veículo", "véhicule immatriculé", "vehicle reg",
    ),
    "ABA_ROUTING_NUMBER": ("routing number", "routing no", "aba number", "aba no", "aba", "bank routing", "routing transit number", "rtn"),
    "VEHICLE_ID": (
        "vin", "vehicle identification number", "vehicle identifier", "vehicle id number", "chassis number", "chassis no", "fahrgestellnummer", "fahrzeugidentifikationsnummer", "fahrzeug identifizierungsnummer",
        "fin", "numéro vin", "numéro de châssis", "número de bastidor", "bastidor", "número de chasis", "chasis", "numero di telaio", "telaio", "chassisnummer", "chassis",
    ),
    "CREDIT_CARD": (
        "credit card", "debit card", "card number", "card no", "card num", "payment card", "bank card", "kreditkarte", "kreditkartennummer", "kreditkarten nr", "kartennummer", "numéro de carte", "carte bancaire", "carte de crédit",
        "carta di credito", "numero carta", "numero di carta", "número de tarjeta", "tarjeta", "tarjeta de crédito", "tarjeta de débito", "creditcardnummer", "kaartnummer", "número do cartão", "cartão de crédito", "कार्ड नंबर", "क्रेडिट कार्ड", "क्रेडिट कार्ड नंबर", "क्रेडिट कार्ड संख्या", "క్రెడిట్ కార్డ్ నంబర్", "క్రెడిట్ కార్డ్",
    ),
    "US_BANK_NUMBER": (
        "account number", "account no", "account num", "account nr", "acct number", "acct no", "acct num", "a c no", "a c number", "loan number", "loan no", "loan id", "mortgage number", "bank account", "accountnumber", "checking account", "savings account", "conta corrente", "conta poupança", "cuenta corriente", "cuenta de ahorros", "girokonto", "kontonummer", "konto nr", "rekeningnummer", "cuenta bancaria", "compte bancaire", "conto corrente", "conto corrente n", "खाता संख्या", "बैंक खाता", "खाता नंबर", "बैंक खाता संख्या", "ఖాతా సంఖ్య", "బ్యాంక్ ఖాతా",
        "numer konta", "nr konta", "rachunek bankowy", "nr rachunku", "numer rachunku", "konto bankowe", "bankkonto", "bankkontonummer", "kontonr", "reknr", "rek nr", "ktnr", "kto nr", "cta bancaria", "nº de cta", "khata number", "khata no", "khata sankhya", "deposit account", "conta poupança",
    ),
    "IBAN_CODE": ("iban", "iban code"),
}  # fmt: skip
"""Entity type -> labels that need no word for a number."""

CODED: Mapping[str, tuple[str, ...]] = {
    "EMPLOYEE_ID": (
        "employee", "staff", "staff member", "badge", "personnel", "mitarbeiter", "mitarbeiterin", "employé", "employée", "salarié", "salariée", "empleado", "empleada", "trabajador", "trabajadora",
        "dipendente", "funcionário", "funcionária", "matrícula do funcionário", "colaborador", "colaboradora", "medewerker", "werknemer", "medarbejder", "anställd",
    ),
    "CUSTOMER_ID": (
        "customer", "client", "member", "subscriber", "account ref", "cliente", "kunde", "kundin", "mitglied", "klant", "lid", "membre", "miembro", "membro", "socio", "sócio", "student", "kund", "abonné", "abonado",
    ),
    "MEDICAL_RECORD": ("chart", "patient", "patientin", "patiënt", "paciente", "paziente", "dossier", "cartella", "dossiernr", "fall", "file for patient", "expediente"),
    "INSURANCE_ID": (
        "policy", "claim", "police", "póliza", "polizza", "apólice", "polis",
        "sinistre", "siniestro", "sinistro", "polisa", "szkoda", "försäkring", "forsikring", "schaden", "schade", "cover note", "versicherungsvertrag",
    ),
    "HEALTH_INSURANCE_ID": (
        "carteirinha", "afiliado", "afiliada", "adhérent", "assuré", "assurée",
        "cns", "utente", "mutuelle", "zorgpas",
    ),
    "DEVICE_ID": (
        "serial", "device", "série", "serie", "equipment serial", "device serial", "implant", "pacemaker", "gerät", "dispositivo",
        "s n", "sn", "asset", "seriale",
    ),
    "PROFESSIONAL_LICENSE": (
        "certificate",
        "crm", "oab", "coren", "approbation", "colegiado", "colegiada", "registratienummer", "cpa license", "gmc", "nmc",
    ),
    "BIOMETRIC_ID": (
        "biometric", "iris", "retina", "voiceprint",
        "fingerprint", "palm vein", "palm print", "face template", "facial template", "iris scan", "retina scan", "voice print", "empreinte", "huella", "impronta",
    ),
    "US_DRIVER_LICENSE": ("permis", "licencia", "driving license", "driver license"),
    "LICENSE_PLATE": (
        "registration", "vehicle registration", "kennz",
        "rejestracja", "reg", "regnr", "reg nr", "kenteken tegenpartij", "tablice",
    ),
    "CREDIT_CARD": ("card", "carte", "carta", "cartão", "tarjeta", "karte", "kaart", "kort"),
    "US_BANK_NUMBER": (
        "account", "acct", "konto", "compte", "cuenta", "conto", "conta", "rekening", "depot",
        "rachunek", "konto bankowe", "cta", "c c", "a c", "khata", "bankkonto", "ach account", "beneficiary account",
    ),
    "NATIONAL_ID": ("perso", "dowód"),
}  # fmt: skip
"""Entity type -> nouns that a code by its looks follows: `Medewerker HR6427415`, `la carte 4444 0800 2745 9246`."""


SHORTEST_JOINED = 7
"""Letters of a label that may be written as one word: `customerid`, `taxnumber`."""

type Label = tuple[str, ...]
"""The words of a label, as `dlp.detect.words.split_words` gives them."""


def _spellings(phrase: str) -> Iterator[Label]:
    """A phrase, without its accents, and with German vowels written out."""
    yield tuple(split_words(phrase))
    if not phrase.isascii():
        yield tuple(split_words(without_accents(phrase)))
        yield tuple(split_words(phrase.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")))


type Labels = tuple[Label, Sequence[str], str, Need]
"""What labels begin with (nothing for those of one word), their last words, their entity type, and what must stand beside them."""


def labels() -> Iterator[Labels]:
    """Every label in every spelling; those that differ in their last word alone come together, since most of 32,000 do."""
    behind = _by_lead(tuple(words.split()) for words in NUMBER_BEHIND)
    joined_behind = [words.replace(" ", "") for words in NUMBER_BEHIND]
    before = [words for phrase in NUMBER_BEFORE for words in dict.fromkeys(_spellings(phrase))]
    before_polish = [tuple(words.split()) for words in NUMBER_POLISH]
    nothing = Need.NOTHING
    for entity_type in dict.fromkeys((*PLAIN, *BEHIND, *BEFORE, *CODED)):
        plain = PLAIN.get(entity_type, ())
        together: list[str] = []
        for label in _every(plain):
            yield label[:-1], label[-1:], entity_type, nothing
            if len(label) > 1:
                together.append("".join(label))
        for noun in _every(BEHIND.get(entity_type, ())):
            yield noun[:-1], noun[-1:], entity_type, Need.HASH
            for lead, last in behind.items():
                yield noun + lead, last, entity_type, nothing
            run_together = "".join(noun)
            together += [run_together + joined for joined in joined_behind]
        yield (), [word for word in together if len(word) >= SHORTEST_JOINED], entity_type, nothing
        # A phrase that is a label by itself is one whatever stands before it.
        for lead, last in _by_lead(
            _every(phrase for phrase in BEFORE.get(entity_type, ()) if phrase not in plain)
        ).items():
            yield lead, last, entity_type, Need.HASH
            for words in before:
                yield words + lead, last, entity_type, nothing
        for lead, last in _by_lead(_every(BEFORE_POLISH.get(entity_type, ()))).items():
            for words in before_polish:
                yield words + lead, last, entity_type, nothing
        for lead, last in _by_lead(_every(CODED.get(entity_type, ()))).items():
            yield lead, last, entity_type, Need.CODE


def _by_lead(phrases: Iterable[Label]) -> dict[Label, list[str]]:
    """What phrases begin with -> their last words."""
    by_lead: dict[Label, list[str]] = {}
    for *lead, last in phrases:
        by_lead.setdefault(tuple(lead), []).append(last)
    return by_lead


def _every(phrases: Iterable[str]) -> Iterator[Label]:
    """Phrases in all their spellings."""
    return (label for phrase in phrases for label in dict.fromkeys(_spellings(phrase)))
