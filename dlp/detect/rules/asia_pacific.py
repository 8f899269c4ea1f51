"""Identifiers of Asia and Oceania other than India."""

from __future__ import annotations

from dlp.detect import checks
from dlp.detect.checks import stdnum
from dlp.detect.rule import Rule


def my_number(value: str) -> bool:
    """Japanese Individual Number: weights 6 5 4 3 2 7 6 5 4 3 2, modulo 11 (Order of the Ministry, 2014)."""
    total = sum(int(d) * w for d, w in zip(value[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return (0 if total <= 1 else 11 - total) == int(value[11])


def medicare_au(value: str) -> bool:
    """Australian Medicare number: weights 1 3 7 9 over eight digits, check digit in place nine."""
    return checks.weighted(value[:8], (1, 3, 7, 9, 1, 3, 7, 9), 10) == int(value[8])


def nric(value: str) -> bool:
    """Singapore NRIC / FIN: weights 2 7 6 5 4 3 2 and a table of letters for each series (ICA)."""
    total = checks.weighted(value[1:8], (2, 7, 6, 5, 4, 3, 2), 10**9)
    series = value[0]
    if series in "TG":
        total += 4
    if series == "M":
        total += 3
    if series == "M":
        return "KLJNPQRTUWX"[10 - total % 11] == value[8]
    return {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK"}[series][
        total % 11
    ] == value[8]


def kr_dated(value: str) -> bool:
    """Korean registration numbers begin with a date; their check digit is no longer assigned since 2020."""
    return checks.date_yymmdd(value) and value[6] in "12345678" and int(value[7:9]) <= 96


def cnic(value: str) -> bool:
    return value[0] in "1234567" and len(set(value)) > 2


def tw_id(value: str) -> bool:
    """Taiwan national id: the letter as two digits, weights 1 9 8 ... 1 1 (MOI)."""
    number = {"A": 10, "B": 11, "C": 12, "D": 13, "E": 14, "F": 15, "G": 16, "H": 17, "I": 34, "J": 18, "K": 19, "L": 20, "M": 21, "N": 22, "O": 35, "P": 23, "Q": 24,
              "R": 25, "S": 26, "T": 27, "U": 28, "V": 29, "W": 32, "X": 30, "Y": 31, "Z": 33}[value[0]]  # fmt: skip
    total = (
        number // 10
        + number % 10 * 9
        + sum(int(d) * w for d, w in zip(value[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    )
    return total % 10 == 0


def hkid(value: str) -> bool:
    """Hong Kong identity card: letters from 10, weights 9 (or 8) down to 1, modulo 11."""
    body = value[:-1].rjust(8)
    total = sum((36 if c == " " else int(c, 36)) * w for c, w in zip(body, (9, 8, 7, 6, 5, 4, 3, 2), strict=True))
    check = (11 - total % 11) % 11
    return value[-1] == ("A" if check == 10 else str(check))


RULES: tuple[Rule, ...] = (
    Rule(
        id="au-abn", entity_type="AU_ABN", formats=("99999999999", "99_999_999_999"), check=stdnum("au.abn"),
        strong=False, context=("abn", "australian business", "business number"), in_context=0.94, alone=0.56,
        source="ATO, ABN (modulo 89)", matches=("20684025966",), rejects={"bad check digit": "20684025960"},
    ),
    Rule(
        id="au-acn", entity_type="AU_ACN", formats=("999999999", "999_999_999"), check=stdnum("au.acn"), strong=False,
        context=("acn", "australian company", "company number"), in_context=0.93, alone=0.54, source="ASIC, ACN",
        matches=("810719727",), rejects={"bad check digit": "810719720"},
    ),
    Rule(
        id="au-tfn", entity_type="AU_TFN", formats=("999999999", "999_999_999", "99999999"), check=stdnum("au.tfn"),
        strong=False, context=("tfn", "tax file", "tax file number"), in_context=0.94, alone=0.54, source="ATO, TFN",
        matches=("117162392",), rejects={"bad check digit": "117162390"},
    ),
    Rule(
        id="au-medicare", entity_type="AU_MEDICARE",
        formats=("9999999999", "9999_99999_9", "99999999999", "9999_99999_9_9"), pattern=r"[2-6]\d{9,10}",
        check=medicare_au, strong=False, context=("medicare", "medicare card", "irn"), in_context=0.93, alone=0.52,
        source="Services Australia, Medicare number", matches=("2123 45670 1",),
        rejects={"bad check digit": "2123 45680 1"},
    ),
    Rule(
        id="au-passport", entity_type="AU_PASSPORT", formats=("A9999999", "AA9999999"), context=("passport",),
        in_context=0.8, upper=True, source="APO, passport number", matches=("N1234567",),
        rejects={"short": "N123456"},
    ),
    Rule(
        id="nz-ird", entity_type="NZ_IRD", formats=("999999999", "99999999", "999-999-999", "99-999-999"),
        check=stdnum("nz.ird"), strong=False, context=("ird", "inland revenue"), in_context=0.92,
        source="IRD, check digit", matches=("122313255",), rejects={"bad check digit": "122313250"},
    ),
    Rule(
        id="nz-nhi", entity_type="NZ_NHI", formats=("AAA9999", "AAA99AA"), context=("nhi", "national health index"),
        in_context=0.88, upper=True, source="Te Whatu Ora, NHI", matches=("ZAC5361",), rejects={"short": "ZAC536"},
    ),
    Rule(
        id="sg-nric", entity_type="SG_NRIC_FIN", formats=("A9999999A",), pattern=r"[STFGM]\d{7}[A-Z]", check=nric,
        context=("nric", "fin", "singapore", "ic no"), score=0.65, in_context=0.96, alone=0.85, strong=False,
        source="ICA, NRIC and FIN", matches=("S2740116C",), rejects={"bad letter": "S2740116D"},
    ),
    Rule(
        id="sg-nric-shape", entity_type="SG_NRIC_FIN", formats=("A9999999A",),
        context=("nric", "fin", "ic no", "identity card"), in_context=0.85, alone=0.51, source="ICA, layout",
        matches=("S2740116D",), rejects={"six digits": "S274011D"},
    ),
    Rule(
        id="sg-uen", entity_type="SG_UEN", formats=("99999999A", "999999999A", "A99AA9999A"), check=stdnum("sg.uen"),
        strong=False, context=("uen", "acra", "entity number"), in_context=0.93, alone=0.57, upper=True,
        source="ACRA, UEN", matches=("53125226D",), rejects={"bad letter": "53125226E"},
    ),
    Rule(
        id="my-nric", entity_type="MY_NRIC", formats=("999999-99-9999", "999999999999"), check=stdnum("my.nric"),
        strong=False, context=("nric", "mykad", "ic", "kad pengenalan", "ic number"), in_context=0.92, alone=0.5,
        source="JPN, MyKad", matches=("711110-12-5246",), rejects={"bad check digit": "711110-17-5246"},
    ),
    Rule(
        id="my-nric-printed", entity_type="MY_NRIC", formats=("999999-99-9999",), check=stdnum("my.nric"),
        strong=False, context=("nric", "mykad"), score=0.6, in_context=0.94, alone=0.75, source="JPN, printed layout",
        matches=("840201-45-1220",), rejects={"bad check digit": "840201-95-1220"},
    ),
    Rule(
        id="th-tnin", entity_type="TH_TNIN", formats=("9999999999999", "9-9999-99999-99-9", "9 9999 99999 99 9"),
        pattern=r"[1-9](?:[134]\d|2[0-7]|5[0-8]|[67][0-7]|[89][0-6])\d{10}", check=stdnum("th.pin"), strong=False,
        context=("เลข*", "บัตร*", "thai id", "tnin", "thai national", "citizen id", "national id"), in_context=0.94,
        alone=0.62, source="DOPA, 13 digits with province code", matches=("5504031489516",),
        rejects={"bad check digit": "5504031489510"},
    ),
    Rule(
        id="th-tnin-named", entity_type="TH_TNIN", formats=("9999999999999", "9-9999-99999-99-9"),
        check=stdnum("th.pin"), strong=False, context=("เลข*", "บัตร*", "thai", "thailand", "tnin", "thai id", "thai national id", "thai id number"), reach=30,
        in_context=0.97, source="DOPA; people also have numbers with codes of provinces that are no more",
        matches=("3797412705880",), rejects={"bad check digit": "3797412705881"},
    ),
    Rule(
        id="id-nik", entity_type="ID_NIK", formats=("9999999999999999",), check=stdnum("id.nik"), strong=False,
        context=("nik", "ktp", "nomor induk"), in_context=0.93, alone=0.55, source="Dukcapil, NIK",
        matches=("5104171505284676",), rejects={"bad check digit": "5104171500284676"},
    ),
    Rule(
        id="id-npwp", entity_type="ID_NPWP", formats=("999999999999999", "99.999.999.9-999.999"),
        check=stdnum("id.npwp"), strong=False, context=("npwp", "pajak"), in_context=0.93, alone=0.55,
        source="DJP, NPWP", matches=("205136773658706",), rejects={"bad check digit": "205136770658706"},
    ),
    Rule(
        id="ph-tin", entity_type="PH_TIN", formats=("999-999-999", "999-999-999-999", "999999999", "999999999999"),
        context=("tin", "tax id", "taxpayer", "bir", "tax identification"), against=("not a tin",), in_context=0.8,
        source="BIR, TIN", matches=("000-123-456-001",), rejects={"short": "000-123-45"},
    ),
    Rule(
        id="ph-umid", entity_type="PH_UMID", formats=("9999-9999999-9",), context=("umid", "crn", "sss", "gsis"),
        score=0.0, in_context=0.85, alone=0.55, source="SSS, common reference number", matches=("0111-1234567-8",),
        rejects={"short": "0111-123456-8"},
    ),
    Rule(
        id="kr-rrn", entity_type="KR_RRN", formats=("999999_9999999",), pattern=r"\d{6}[1-4]\d{6}", check=kr_dated,
        strong=False, context=("주민*", "rrn", "resident registration"), in_context=0.94, alone=0.62, separators="-",
        source="행정안전부, 주민등록번호", matches=("960121-1021413",), rejects={"month 33": "961321-1021413"},
    ),
    Rule(
        id="kr-rrn-printed", entity_type="KR_RRN", formats=("999999-9999999",), pattern=r"\d{6}[1-4]\d{6}",
        check=kr_dated, strong=False, context=("주민*", "rrn"), score=0.65, in_context=0.95, alone=0.8,
        source="행정안전부, printed layout", matches=("960121-1021413",), rejects={"month 33": "961321-1021413"},
    ),
    Rule(
        id="kr-frn", entity_type="KR_FRN", formats=("999999_9999999",), pattern=r"\d{6}[5-8]\d{6}", check=kr_dated,
        strong=False, context=("외국인*", "frn", "foreigner registration", "alien registration"), in_context=0.94,
        alone=0.62, separators="-", source="법무부, 외국인등록번호", matches=("911124-5678901",),
        rejects={"month 33": "913324-5678901"},
    ),
    Rule(
        id="kr-frn-printed", entity_type="KR_FRN", formats=("999999-9999999",), pattern=r"\d{6}[5-8]\d{6}",
        check=kr_dated, strong=False, context=("외국인*", "frn"), score=0.65, in_context=0.95, alone=0.8,
        source="법무부, printed layout", matches=("911124-5678901",), rejects={"month 33": "913324-5678901"},
    ),
    Rule(
        id="kr-brn", entity_type="KR_BRN", formats=("999-99-99999", "9999999999"), check=stdnum("kr.brn"),
        strong=False, context=("사업자*", "brn", "business registration"), in_context=0.93, alone=0.57,
        source="국세청, 사업자등록번호", matches=("434-15-02039",), rejects={"bad check digit": "034-15-02039"},
    ),
    Rule(
        id="kr-passport", entity_type="KR_PASSPORT", formats=("A999A9999", "A99999999"),
        pattern=r"[MSROD]\d{3}[A-Z0-9]\d{4}", context=("여권*", "passport", "korean passport"), in_context=0.85,
        alone=0.53, source="외교부, 여권번호", matches=("M123A4567",), rejects={"short": "M12A4567"},
    ),
    Rule(
        id="kr-driver", entity_type="KR_DRIVER_LICENSE", formats=("99-99-999999-99",),
        pattern=r"(?:1[1-9]|2[0-68])\d{10}", context=("운전면허*", "driver", "licence", "license"), score=0.0,
        in_context=0.88, alone=0.6, source="경찰청, 운전면허번호", matches=("11-22-333333-44",),
        rejects={"region 99": "99-22-333333-44"},
    ),
    Rule(
        id="jp-my-number", entity_type="JP_MY_NUMBER", formats=("999999999999", "9999_9999_9999"), check=my_number,
        strong=False, context=("my number", "mynumber", "マイナンバー", "個人番号", "individual number"), in_context=0.94,
        alone=0.54, source="総務省, 個人番号", matches=("123456789018",), rejects={"bad check digit": "123456789019"},
    ),
    Rule(
        id="jp-corporate", entity_type="JP_CORPORATE_NUMBER", formats=("9999999999999", "9-9999-9999-9999"),
        check=stdnum("jp.cn"), strong=False, context=("法人番号", "corporate number"), in_context=0.9, source="国税庁, 法人番号",
        matches=("3291948711936",), rejects={"bad check digit": "3291948711930"},
    ),
    Rule(
        id="jp-passport", entity_type="JP_PASSPORT", formats=("AA9999999",), context=("パスポート", "旅券*", "passport"),
        in_context=0.8, upper=True, source="外務省, 旅券番号", matches=("TK1234567",), rejects={"short": "TK123456"},
    ),
    Rule(
        id="cn-ric", entity_type="CN_RESIDENT_ID", formats=("999999999999999999", "99999999999999999A"),
        pattern=r"\d{17}[0-9X]", check=stdnum("cn.ric"), context=("身份证*", "resident id", "id card", "居民*"), score=0.8,
        in_context=0.98, alone=0.9, source="GB 11643-1999", matches=("530626503510078102",),
        rejects={"bad check digit": "530626503510078100"},
    ),
    Rule(
        id="cn-uscc", entity_type="CN_USCC", formats=("9" * 17 + "A", "*" * 18),
        pattern=r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", check=stdnum("cn.uscc"),
        context=("统一社会信用代码", "uscc", "credit code"), score=0.55, in_context=0.95, alone=0.8, upper=True,
        source="GB 32100-2015", matches=("14067529000506409P",), rejects={"bad check digit": "14067529000506400P"},
    ),
    Rule(
        id="cn-passport", entity_type="CN_PASSPORT", formats=("A99999999", "AA9999999"),
        pattern=r"E[A-Z0-9]\d{7}|G\d{8}|[DSP]\d{8}", context=("护照*", "passport"), in_context=0.8, upper=True,
        source="NIA, passport number", matches=("E12345678",), rejects={"short": "E1234567"},
    ),
    Rule(
        id="tw-id", entity_type="TW_NATIONAL_ID", formats=("A999999999",), pattern=r"[A-Z][1289]\d{8}", check=tw_id,
        strong=False, context=("身分證*", "統一編號", "national id", "taiwan", "id"), in_context=0.92, alone=0.58,
        upper=True, source="MOI (Taiwan)", matches=("A123456789",), rejects={"bad check digit": "A123456788"},
    ),
    Rule(
        id="tw-ubn", entity_type="TW_UBN", formats=("99999999",), check=stdnum("tw.ubn"), strong=False,
        context=("統一編號", "統編", "ubn", "vat"), in_context=0.88, source="MOF (Taiwan), 統一編號", matches=("44925389",),
        rejects={"bad check digit": "44925380"},
    ),
    Rule(
        id="hk-id", entity_type="HK_ID",
        formats=("A999999(9", "A999999(A", "AA999999(9", "AA999999(A", "A9999999", "AA9999999", "A999999A"),
        check=hkid, strong=False, context=("hkid", "hong kong id", "hk id", "hong kong identity", "身份證*", "identity card"), in_context=0.92,
        alone=0.52, upper=True, source="ImmD (Hong Kong)", matches=("A123456(3", "A1234563"),
        rejects={"bad check digit": "A1234564"},
    ),
    Rule(
        id="vn-mst", entity_type="VN_TAX_ID", formats=("9999999999", "9999999999-999"), check=stdnum("vn.mst"),
        strong=False, context=("mst", "mã số thuế"), in_context=0.9, source="GDT (Vietnam), MST",
        matches=("6766469254",), rejects={"bad check digit": "6766469250"},
    ),
    Rule(
        id="vn-cccd", entity_type="VN_CITIZEN_ID", formats=("999999999999",), pattern=r"0\d{11}",
        context=("cccd", "căn cước", "cmnd"), in_context=0.88, source="Bộ Công an, 12 digits from a province code",
        matches=("001089012345",), rejects={"short": "00108901234"},
    ),
    Rule(
        id="pk-cnic", entity_type="PK_CNIC", formats=("99999-9999999-9", "9999999999999"), check=cnic, strong=False,
        context=("cnic", "nadra", "nic", "شناختی*"), in_context=0.93, source="NADRA, CNIC",
        matches=("35202-1234567-1",), rejects={"begins with 8": "85202-1234567-1"},
    ),
    Rule(
        id="pk-cnic-printed", entity_type="PK_CNIC", formats=("99999-9999999-9",), check=cnic, strong=False,
        context=("cnic",), score=0.6, in_context=0.94, alone=0.75, source="NADRA, printed layout",
        matches=("35202-1234567-1",), rejects={"begins with 8": "85202-1234567-1"},
    ),
    Rule(
        id="bd-nid", entity_type="BD_NID", formats=("9999999999", "9999999999999", "99999999999999999"),
        context=("nid", "national id", "জাতীয়*"), in_context=0.8, source="Election Commission Bangladesh",
        matches=("1234567890",), rejects={"short": "12345678"},
    ),
    Rule(
        id="lk-nic", entity_type="LK_NIC", formats=("999999999A", "999999999999"),
        pattern=r"\d{9}[VX]|(?:19|20)\d{10}", context=("nic", "national identity"), in_context=0.85, alone=0.5,
        source="DRP (Sri Lanka), NIC", matches=("853400937V",), rejects={"letter Y": "853400937Y"},
    ),
    Rule(
        id="il-id", entity_type="IL_ID", formats=("999999999", "99999999-9"), check=stdnum("il.idnr"), strong=False,
        context=("teudat zehut", "ת ז", "תעודת זהות", "israeli*", "israel", "mispar zehut"), in_context=0.93, alone=0.5,
        source="רשות האוכלוסין (Luhn)", matches=("740811468",), rejects={"bad check digit": "740811460"},
    ),
    Rule(
        id="ae-emirates-id", entity_type="AE_EMIRATES_ID", formats=("999-9999-9999999-9", "999999999999999"),
        pattern=r"784(?:19|20)\d{10}", context=("emirates id", "eid", "الهوية"), score=0.6, in_context=0.93,
        alone=0.8, source="ICP (UAE)", matches=("784-1987-1234567-1",),
        rejects={"other prefix": "785-1987-1234567-1"},
    ),
    Rule(
        id="sa-id", entity_type="SA_NATIONAL_ID", formats=("9999999999",), pattern=r"[12]\d{9}", check=checks.luhn,
        strong=False, context=("iqama", "national id", "هوية", "saudi", "absher"), in_context=0.9,
        source="MOI (Saudi Arabia), Luhn", matches=("1706543012",), rejects={"bad check digit": "1706543010"},
    ),
    Rule(
        id="kz-iin", entity_type="KZ_IIN", formats=("999999999999",), check=checks.date_yymmdd, strong=False,
        context=("иин", "iin", "жсн"), in_context=0.9, source="МЮ РК, ИИН", matches=("870412300123",),
        rejects={"month 13": "871312300123"},
    ),
)  # fmt: skip
