"""Postal addresses in scripts other than Latin, and Vietnamese ones: each country's parts in their fixed order.

These are written more regularly than Western ones: a part says what it is by its ending or opening (`東京都`, `3丁目`, `강남구`, `ул.`,
`บ้านเลขที่`, `phường`). So a pattern per writing finds them without a list of towns. Each begins at a part that ordinary text has
seldom and needs a number where the house's stands. Sources: UPU, "Addressing systems" sheets of the countries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dlp.detect.hit import Hit

_HAN: Final = "\u3400-\u9fff々ヶケノ"
_SPACE: Final = "[ \u3000]?"
_CYR: Final = r"[А-ЯЁІЇЄҐЎ][А-Яа-яЁёІіЇїЄєҐґЎў'’\-]{1,30}"
_RU_NAME: Final = rf"(?:\d{{1,3}}(?:-?(?:я|й|го|ая|ый|ой)|[ ]лет)?[ ])?{_CYR}(?:[ ](?:{_CYR}|\d{{1,3}}-?(?:й|я|го|та|ша|га)?|[а-яіїє]{{1,12}})){{0,3}}?"
_RU_TYPE: Final = (
    r"(?:ул|улица|пр|пр-т|просп|проспект|пер|переулок|б-р|бул|бульвар|наб|набережная|пл|площадь|ш|шоссе|проезд|туп|тупик|алл|аллея|мкр|сквер|парк|"
    r"микрорайон|вул|вулиця|пров|провулок|просп|узвіз|шосе|майдан|площа|бульвар|набережна|проїзд|алея)"
)
_RU_HOUSE: Final = (
    r"(?:(?:д|дом|буд|будинок|вл)\.?[ ]?)?№?[ ]?\d{1,4}[А-Яа-яіїA-Za-z]?(?:/\d{1,4})?"
    r"(?:,?[ ](?:к|корп|корпус|стр|строение|кв|квартира|оф|офис|п|подъезд|эт|этаж|кім|каб|лит)\.?[ ]?\d{1,4}[А-Яа-я]?(?:/\d{1,4})?){0,4}"
)
_RU_TOWN: Final = (
    rf"(?:(?:г|гор|город|с|село|п|пос|пгт|посёлок|поселок|д|дер|деревня|к|х|ст|клх|аул|рп|м|місто|смт|обл|область|р-н|район)\.?[ ])?"
    rf"{_CYR}(?:[ ](?:{_CYR}|обл(?:асть|\.)?|край|район|р-н|республика))?"
)
_CYRILLIC: Final = re.compile(
    rf"(?<![\w-])(?:(?:\d{{5,6}},?[ ])?(?:(?:Россия|Украина|Україна|РФ),[ ])?(?:{_RU_TOWN},[ ]){{0,3}})?"
    rf"(?:(?i:{_RU_TYPE})\.?[ ]{{1,2}}{_RU_NAME}|{_CYR}[ ](?i:улица|проспект|переулок|бульвар|площадь|шоссе|набережная|вулиця|провулок)),?[ ]{{1,2}}{_RU_HOUSE}"
    rf"(?![\w-])(?:,?[ \n]{{1,2}}{_RU_TOWN}(?=,|[ ]\d|\s*\Z|\.|\n)){{0,2}}(?:,?[ ]\d{{5,6}}(?![\w]))?"
)
_JAPANESE: Final = re.compile(
    rf"(?:〒[ ]?\d{{3}}[-‐−－]?\d{{4}}{_SPACE})?(?:北海道|東京都|(?:京都|大阪)府|[{_HAN}]{{2,3}}県|[{_HAN}]{{2,4}}市(?=[{_HAN}]{{1,4}}区[{_HAN}]{{1,12}}(?:[0-9０-９]{{1,3}}(?:丁目|[-−－])|[一二三四五六七八九]丁目))){_SPACE}"
    rf"[{_HAN}ぁ-んァ-ヴー]{{1,24}}?{_SPACE}(?:[0-9０-９一二三四五六七八九十]{{1,3}}丁目{_SPACE})?"
    rf"(?:[0-9０-９]{{1,4}}(?:番地?|[-‐−－ー]|号|の){_SPACE}){{0,3}}(?:[0-9０-９]{{1,4}}(?:号|番地?)?|(?<=[0-9０-９][号番])|(?<=[0-9０-９]番地))"
    rf"(?:[ \u3000][{_HAN}ぁ-んァ-ヴーA-Za-z]{{2,20}}(?:[0-9０-９]{{1,3}}階)?[ \u3000]?[0-9０-９]{{1,4}}(?:号室)?)?"
)
_KOREAN: Final = re.compile(
    r"(?:\(?(?:우[ ]?)?\d{5}\)?[ ])?(?:[가-힣]{2,4}(?:특별시|광역시|특별자치시|특별자치도|시|도)|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"
    r"[ ](?:[가-힣]{1,6}(?:시|군|구)[ ]){1,2}(?:[가-힣]{1,6}(?:읍|면)[ ])?[가-힣0-9]{1,12}(?:로|길|대로|동|가|거리|리)(?:[ ]?\d{1,3}(?:번)?길)?[ ]?(?:지하[ ]?)?\d{1,5}(?:-\d{1,4})?(?:번지)?"
    r"(?:,?[ ](?:[가-힣A-Za-z]{1,12}(?:아파트|빌딩|타워|빌라|맨션)[ ]?)?(?:\d{1,4}(?:동|층|호)[ ]?){1,3}|,?[ ][가-힣A-Za-z]{1,12}(?:아파트|빌딩|타워|빌라))?(?:[ ]?\([가-힣0-9, ]{2,20}\))?"
)
_CHINESE: Final = re.compile(
    rf"(?=[{_HAN}]{{1,14}}?[市縣县區区鎮镇州盟旗])[{_HAN}]{{3,36}}?(?:路|街|道|巷|弄|胡同|里|村|屯){_SPACE}(?:[一二三四五六七八九十0-9]{{1,2}}段)?(?:[0-9]{{1,4}}(?:巷|弄)){{0,2}}"
    rf"(?:[0-9]{{1,5}}(?:号|號)?|[A-Za-z]座)(?:[之-][0-9]{{1,3}})?(?:院|大院)?(?:[{_HAN}]{{2,12}}?(?:大厦|大廈|广场|廣場|小区|花园|公寓|中心))?"
    r"(?:[0-9A-Za-z]{1,4}(?:号楼|栋|棟|幢|座|楼|樓|层|層|单元|單元|室|房|号|F)(?:[之-][0-9]{1,3})?){0,4}(?:[ ][0-9]{6}(?![0-9]))?"
)
_LEAD_IN: Final = re.compile(rf"[{_HAN}]{{0,5}}?(?:住在|位于|位於|寄到|送到|搬到|地址是|地址为|在)")
"""What may stand right before a Chinese address without a blank between: `我住在`."""
_TAIWANESE: Final = re.compile(
    rf"(?<![0-9])[0-9]{{3}}(?:[0-9]{{2,3}})?[ ]?(?=[{_HAN}]{{2,6}})[{_HAN}]{{2,12}}?(?:路|街|大道|巷)(?:[一二三四五六七八九十0-9]段)?(?:[0-9]{{1,4}}(?:巷|弄)){{0,2}}[0-9]{{1,4}}(?:號)(?:[0-9]{{1,3}}樓)?(?:之[0-9]{{1,3}})?"
)
_GREEK_WORD: Final = r"[Α-ΩΆΈΉΊΌΎΏ][α-ωάέήίόύώϊϋΐΰς\-’']{1,24}\.?"
_GREEK: Final = re.compile(
    rf"(?<![\w])(?:(?:Οδός|οδός|Λεωφ\.|Λεωφόρος|λεωφόρος|Πλατεία|πλατεία)[ ])?{_GREEK_WORD}(?:[ ]{_GREEK_WORD}){{0,3}}[ ,]{{1,2}}\d{{1,3}}[Α-Ωα-ω]?(?:-\d{{1,3}})?"
    rf"(?:,{{0,2}}[ \n]{{1,2}}(?:Τ\.?Κ\.?[ ]?)?\d{{3}}[ ]?\d{{2}},?[ ]{_GREEK_WORD}(?:[ ]{_GREEK_WORD})?|(?<=\d),[ ]\n?{_GREEK_WORD}[ ,]{{1,2}}(?:Τ\.?Κ\.?[ ]?)?\d{{3}}[ ]?\d{{2}})(?!\d)"
)
_GREEK_STREET: Final = re.compile(
    rf"(?<![\w])(?:Οδός|οδός|Λεωφ\.|Λεωφόρος|λεωφόρος|Πλατεία|οδό|λεωφόρο)[ ]{_GREEK_WORD}(?:[ ]{_GREEK_WORD}){{0,3}}[ ,]{{1,2}}\d{{1,3}}(?![\d.])"
)
_HEBREW_WORD: Final = r"[א-ת](?:[א-ת]|[\"'׳״\-](?=[א-ת])){1,14}"
_HEBREW: Final = re.compile(
    rf"(?<![\w])(?:(?:רחוב|רח'|שדרות|שד'|דרך|סמטת|משעול|כיכר)[ ])?{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD}){{0,3}}[ ]\d{{1,4}}(?:/\d{{1,3}})?(?:,?[ ]דירה[ ]\d{{1,3}})?,[ ]{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD}){{0,2}},?[ ]\d{{5,7}}(?!\d)"
    rf"|(?<![\w])(?:רחוב|רח'|שדרות|שד')[ ]{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD}){{0,2}}[ ]\d{{1,4}}(?!\d)(?:,[ ]{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD})?)?"
)
_THAI_WORD: Final = r"[\u0e01-\u0e4e]{2,30}"
_THAI_PART: Final = r"(?:หมู่ที่|หมู่บ้าน|หมู่|ม\.|ซอย|ซ\.|ถนน|ถ\.|ตำบล|ต\.|แขวง|อำเภอ|อ\.|เขต|จังหวัด|จ\.|อาคาร|ชั้น)"
_THAI: Final = re.compile(
    rf"(?<![\d/])(?:บ้านเลขที่[ ])?\d{{1,4}}(?:/\d{{1,4}})?[ ](?={_THAI_PART})(?:(?:{_THAI_PART}[ ]?\d{{1,3}}|(?:จ\.|อ\.|ต\.|ถ\.|ซ\.)?{_THAI_WORD})(?:[ ]|(?!\w))){{1,9}}(?:\d{{5}}(?!\d))?"
)
_ARABIC_WORD: Final = "[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc\u200c]{2,18}"
_ARABIC: Final = re.compile(
    rf"(?<![\w])(?:شارع|طريق|حي|میدان|خیابان|بلوار|کوچه)[ ](?:{_ARABIC_WORD}[ ]?){{1,4}}(?:[،,][ ]?|[ ])?(?:(?:رقم|مبنى|بناية|عمارة|منزل|شقة|پلاک|واحد|طبقه)[ ])?[0-9٠-٩۰-۹]{{1,5}}"
    rf"(?:[ ]?[،,][ ](?:(?:شقة|الطابق|واحد|طبقه)[ ][0-9٠-٩۰-۹]{{1,4}}|{_ARABIC_WORD}(?:[ ]{_ARABIC_WORD}){{0,2}})(?:[ ][0-9٠-٩۰-۹]{{4,10}})?){{0,3}}"
)
_GEORGIAN: Final = re.compile(
    r"[\u10d0-\u10ff]{3,20}(?:[ ][\u10d0-\u10ff]{3,20})?[ ](?:ქ\.|ქუჩა|გამზ\.|გამზირი)[ ]?(?:N|№)?[ ]?\d{1,4}(?:,[ ][\u10d0-\u10ff]{3,20})?"
)
_ARMENIAN: Final = re.compile(
    r"(?:ք|գ)\.[ ][\u0531-\u058f]{2,20}(?:,[ ][\u0531-\u058f]{3,20}[ ]մարզ)?(?:,[ ]\d{4})?,[ ][\u0531-\u058f][\u0531-\u058f ]{2,40}[ ]\d{1,4}(?:,[ ]բն\.[ ]\d{1,4})?"
)
_VIET_WORD: Final = r"(?!(?i:tp|thành phố|tỉnh|phường|xã|quận|huyện|thị xã)(?![a-zà-ỹ]))[A-ZÀ-ỸĐ][A-Za-zÀ-ỹĐđ]{0,12}"
_VIET_NAME: Final = rf"{_VIET_WORD}(?:[ ](?:{_VIET_WORD}|\d{{1,3}}(?!\d))){{0,5}}"
_VIET_PART: Final = rf"(?i:phường|p\.|xã|x\.|thị trấn|quận|q\.|huyện|h\.|thị xã|tx\.?|thành phố|tp\.?|tỉnh|t\.|khu phố|khu|tổ|ấp|thôn)[ ]?(?:{_VIET_NAME}|\d{{1,3}})"
_VIETNAMESE: Final = re.compile(
    rf"(?<![\w])(?:(?i:số(?: nhà)?[ ])?\d{{1,4}}[A-Za-z]?(?:[/\-]\d{{1,4}}){{0,3}},?[ ])(?:(?i:ngõ|ngách|hẻm|kiệt)[ ]\d{{1,4}}(?:/\d{{1,4}})?,?[ ])?(?:(?i:khu|tổ)[ ]\d{{1,3}},?[ ])?(?:(?i:đường|phố|đại lộ)[ ](?:số[ ])?)?"
    rf"(?:{_VIET_NAME}|\d{{1,3}}),?[ ]{_VIET_PART}(?:,?[ ]{_VIET_PART}){{0,3}}(?:,?[ ]{_VIET_NAME})?(?:,?[ ]\d{{5,6}}(?!\d))?"
)
_AZERI: Final = re.compile(
    r"(?<![\w])(?:[A-ZƏÇĞİÖŞÜ][\wəƏıİ]{2,20}[ ](?:ray\.|rayonu|ş\.|şəhəri),[ ](?:[A-ZƏÇĞİÖŞÜ][\wəƏıİ ]{2,24}qəsəbəsi,[ ])?)?[A-ZƏÇĞİÖŞÜ][\wəƏıİ. ]{2,30}[ ](?:küçəsi|küç\.|pr\.|prospekti),[ ](?:b|ev|bina)\.?[ ]\d{1,4}(?:,[ ]m\.?[ ]\d{1,4})?"
)

_BY_WRITING: Final[tuple[tuple[str, str, tuple[re.Pattern[str], ...]], ...]] = (
    ("[\u0400-\u04ff]", "address-cyrillic", (_CYRILLIC,)),
    ("[\u3400-\u9fff]", "address-han", (_JAPANESE, _TAIWANESE, _CHINESE)),
    ("[\uac00-\ud7a3]", "address-hangul", (_KOREAN,)),
    ("[\u0370-\u03ff]", "address-greek", (_GREEK, _GREEK_STREET)),
    ("[\u0590-\u05ff]", "address-hebrew", (_HEBREW,)),
    ("[\u0e00-\u0e7f]", "address-thai", (_THAI,)),
    ("[\u0600-\u06ff]", "address-arabic", (_ARABIC,)),
    ("[\u10a0-\u10ff]", "address-georgian", (_GEORGIAN,)),
    ("[\u0530-\u058f]", "address-armenian", (_ARMENIAN,)),
    ("[Đđăơưạảấầậắếềệộớợụứừựỹ]", "address-vietnamese", (_VIETNAMESE,)),
    ("[əƏ]", "address-azeri", (_AZERI,)),
)
_WRITINGS: Final = tuple((re.compile(letters), name, patterns) for letters, name, patterns in _BY_WRITING)
_DIGIT: Final = re.compile(r"[0-9０-９٠-٩۰-۹]")


def native_addresses(text: str) -> Iterator[Hit]:
    """Addresses in `text` as its writings write them; nothing is looked at in a text of ASCII or without a digit."""
    if text.isascii() or _DIGIT.search(text) is None:
        return
    for letters, name, patterns in _WRITINGS:
        if letters.search(text) is None:
            continue
        done: list[tuple[int, int]] = []
        for pattern in patterns:
            for found in pattern.finditer(text):
                lead = _LEAD_IN.match(text, found.start(), found.end()) if pattern is _CHINESE else None
                start = lead.end() if lead is not None else found.start()
                end = found.start() + len(found.group().rstrip(" ,،、\n"))
                if _DIGIT.search(text, start, end) and not any(start < high and low < end for low, high in done):
                    done.append((start, end))
                    yield Hit("STREET_ADDRESS", start, end, 0.8, name, False, ("written in its country's order",))
