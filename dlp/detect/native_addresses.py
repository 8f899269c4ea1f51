"""Postal addresses in scripts other than Latin, and Vietnamese ones: each country's parts in their fixed order.

These are written more regularly than Western ones: a part says what it is by its ending or opening (`東京都`, `3丁目`, `강남구`, `ул.`,
`บ้านเลขที่`, `phường`). So a pattern per writing finds them without a list of towns. Each begins at a part that ordinary text has
seldom and needs a number where the house's stands. Sources: UPU, "Addressing systems" sheets of the countries.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from dlp.detect.hit import Hit
from dlp.detect.patterns import compiled, late

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
_CYRILLIC: Final = (
    rf"(?<![\w-])(?:(?:\d{{5,6}},?[ ])?(?:(?:Россия|Украина|Україна|РФ),[ ])?(?:{_RU_TOWN},[ ]){{0,3}})?"
    rf"(?:(?i:{_RU_TYPE})\.?[ ]{{1,2}}{_RU_NAME}|{_CYR}[ ](?i:улица|проспект|переулок|бульвар|площадь|шоссе|набережная|вулиця|провулок)),?[ ]{{1,2}}{_RU_HOUSE}"
    rf"(?![\w-])(?:,?[ \n]{{1,2}}{_RU_TOWN}(?=,|[ ]\d|\s*\Z|\.|\n)){{0,2}}(?:,?[ ]\d{{5,6}}(?![\w]))?"
)
_JAPANESE: Final = (
    rf"(?:〒[ ]?\d{{3}}[-‐−－]?\d{{4}}{_SPACE})?(?:北海道|東京都|(?:京都|大阪)府|[{_HAN}]{{2,3}}県|[{_HAN}]{{2,4}}市(?=[{_HAN}]{{1,4}}区[{_HAN}]{{1,12}}(?:[0-9０-９]{{1,3}}(?:丁目|[-−－])|[一二三四五六七八九]丁目))){_SPACE}"
    rf"[{_HAN}ぁ-んァ-ヴー]{{1,24}}?{_SPACE}(?:[0-9０-９一二三四五六七八九十]{{1,3}}丁目{_SPACE})?"
    rf"(?:[0-9０-９]{{1,4}}(?:番地?|[-‐−－ー]|号|の){_SPACE}){{0,3}}(?:[0-9０-９]{{1,4}}(?:号|番地?)?|(?<=[0-9０-９][号番])|(?<=[0-9０-９]番地))"
    rf"(?:[ \u3000][{_HAN}ぁ-んァ-ヴーA-Za-z]{{2,20}}(?:[0-9０-９]{{1,3}}階)?[ \u3000]?[0-9０-９]{{1,4}}(?:号室)?)?"
)
_KOREAN: Final = (
    r"(?:\(?(?:우[ ]?)?\d{5}\)?[ ])?(?:[가-힣]{2,4}(?:특별시|광역시|특별자치시|특별자치도|시|도)|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"
    r"[ ](?:[가-힣]{1,6}(?:시|군|구)[ ]){1,2}(?:[가-힣]{1,6}(?:읍|면)[ ])?[가-힣0-9]{1,12}(?:로|길|대로|동|가|거리|리)(?:[ ]?\d{1,3}(?:번)?길)?[ ]?(?:지하[ ]?)?\d{1,5}(?:-\d{1,4})?(?:번지)?"
    r"(?:,?[ ](?:[가-힣A-Za-z]{1,12}(?:아파트|빌딩|타워|빌라|맨션)[ ]?)?(?:\d{1,4}(?:동|층|호)[ ]?){1,3}|,?[ ][가-힣A-Za-z]{1,12}(?:아파트|빌딩|타워|빌라))?(?:[ ]?\([가-힣0-9, ]{2,20}\))?"
)
_CHINESE: Final = (
    rf"(?=[{_HAN}]{{1,14}}?[市縣县區区鎮镇州盟旗])[{_HAN}]{{3,36}}?(?:路|街|道|巷|弄|胡同|里|村|屯){_SPACE}(?:[一二三四五六七八九十0-9]{{1,2}}段)?(?:[0-9]{{1,4}}(?:巷|弄)){{0,2}}"
    rf"(?:[0-9]{{1,5}}(?:号|號)?|[A-Za-z]座)(?:[之-][0-9]{{1,3}})?(?:院|大院)?(?:[{_HAN}]{{2,12}}?(?:大厦|大廈|广场|廣場|小区|花园|公寓|中心))?"
    r"(?:[0-9A-Za-z]{1,4}(?:号楼|栋|棟|幢|座|楼|樓|层|層|单元|單元|室|房|号|F)(?:[之-][0-9]{1,3})?){0,4}(?:[ ][0-9]{6}(?![0-9]))?"
)
_LEAD_IN: Final = late(rf"[{_HAN}]{{0,5}}?(?:住在|位于|位於|寄到|送到|搬到|地址是|地址为|在)")
"""What may stand right before a Chinese address without a blank between: `我住在`."""
_TAIWANESE: Final = rf"(?<![0-9])[0-9]{{3}}(?:[0-9]{{2,3}})?[ ]?(?=[{_HAN}]{{2,6}})[{_HAN}]{{2,12}}?(?:路|街|大道|巷)(?:[一二三四五六七八九十0-9]段)?(?:[0-9]{{1,4}}(?:巷|弄)){{0,2}}[0-9]{{1,4}}(?:號)(?:[0-9]{{1,3}}樓)?(?:之[0-9]{{1,3}})?"
_GREEK_WORD: Final = r"[Α-ΩΆΈΉΊΌΎΏ][α-ωάέήίόύώϊϋΐΰς\-’']{1,24}\.?"
_GREEK: Final = (
    rf"(?<![\w])(?:(?:Οδός|οδός|Λεωφ\.|Λεωφόρος|λεωφόρος|Πλατεία|πλατεία)[ ])?{_GREEK_WORD}(?:[ ]{_GREEK_WORD}){{0,3}}[ ,]{{1,2}}\d{{1,3}}[Α-Ωα-ω]?(?:-\d{{1,3}})?"
    rf"(?:,{{0,2}}[ \n]{{1,2}}(?:Τ\.?Κ\.?[ ]?)?\d{{3}}[ ]?\d{{2}},?[ ]{_GREEK_WORD}(?:[ ]{_GREEK_WORD})?|(?<=\d),[ ]\n?{_GREEK_WORD}[ ,]{{1,2}}(?:Τ\.?Κ\.?[ ]?)?\d{{3}}[ ]?\d{{2}})(?!\d)"
)
_GREEK_STREET: Final = rf"(?<![\w])(?:Οδός|οδός|Λεωφ\.|Λεωφόρος|λεωφόρος|Πλατεία|οδό|λεωφόρο)[ ]{_GREEK_WORD}(?:[ ]{_GREEK_WORD}){{0,3}}[ ,]{{1,2}}\d{{1,3}}(?![\d.])"
_DIGITS: Final = "[0-9٠-٩۰-۹]"
_HEBREW_WORD: Final = r"[א-ת](?:[א-ת]|[\"'׳״\-](?=[א-ת])){1,14}"
_HEBREW_TOWN: Final = (
    "(?:תל[ -]אביב(?:[ -]יפו)?|ירושלים|חיפה|ראשון לציון|פתח תקוו?ה|אשדוד|נתניה|באר שבע|בני ברק|חולון|רמת גן|אשקלון|רחובות|בת ים|בית שמש|כפר סבא|"
    "הרצליה|חדרה|מודיעין|רעננה|לוד|רמלה|נצרת|גבעתיים|עכו|אילת|הוד השרון|טבריה|נהריה|רמת השרון|קריית [א-ת]{2,8})"
)
_HEBREW: Final = (
    rf"(?<![\w])(?:(?:רחוב|רח'?|שדרות|שד'?|דרך|סמטת|משעול|כיכר)[ ])?(?:{_HEBREW_WORD}(?:[ ][()]?{_HEBREW_WORD}[()]?){{0,3}}|(?<=רח[ ])\d{{1,3}})[ ]\d{{1,4}}(?:/\d{{1,3}})?(?:,?[ ]דירה[ ]\d{{1,3}})?(?:,[ ]|\n){_HEBREW_WORD}(?:[ ]{_HEBREW_WORD}){{0,2}},?[ ]\d{{5,7}}(?!\d)"
    rf"|(?<![\w])(?:רחוב|רח'|שדרות|שד')[ ]{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD}){{0,2}}[ ]\d{{1,4}}(?!\d)(?:,?[ ]דירה[ ]\d{{1,3}})?(?:,[ ]{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD})?)?"
    rf"|(?<![\w])(?:(?:רחוב|רח'?|שדרות|שד'?)[ ])?{_HEBREW_WORD}(?:[ ]{_HEBREW_WORD})?[ ]\d{{1,3}}(?:/\d{{1,3}})?(?:,?[ ]דירה[ ]\d{{1,3}})?,?[ ]ב?{_HEBREW_TOWN}(?![א-ת])(?:,?[ ]\d{{5,7}}(?!\d))?"
)
_THAI_WORD: Final = r"[\u0e01-\u0e4e]{2,30}"
_THAI_PART: Final = r"(?:หมู่ที่|หมู่บ้าน|หมู่|ม\.|ซอย|ซ\.|ถนน|ถ\.|ตำบล|ต\.|แขวง|อำเภอ|อ\.|เขต|จังหวัด|จ\.|อาคาร|ชั้น)"
_THAI: Final = rf"(?<![\d/])(?:บ้านเลขที่[ ])?\d{{1,4}}(?:/\d{{1,4}})?[ ](?={_THAI_PART})(?:(?:{_THAI_PART}[ ]?\d{{1,3}}|(?:จ\.|อ\.|ต\.|ถ\.|ซ\.)?{_THAI_WORD})(?:[ ]|(?!\w))){{1,9}}(?:\d{{5}}(?!\d))?"
_ARABIC_WORD: Final = "[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc\u200c]{2,18}"
_ARABIC: Final = (
    rf"(?<![\w])(?:شارع|طريق|حي|میدان|خیابان|بلوار|کوچه)[ ](?:{_ARABIC_WORD}[ ]?){{1,4}}(?:[،,][ ]?|[ ])?(?:(?:رقم|مبنى|بناية|عمارة|منزل|شقة|پلاک|واحد|طبقه)[ ])?[0-9٠-٩۰-۹]{{1,5}}"
    rf"(?:[ ]?[،,][ ](?:(?:شقة|الطابق|واحد|طبقه)[ ][0-9٠-٩۰-۹]{{1,4}}|{_ARABIC_WORD}(?:[ ]{_ARABIC_WORD}){{0,2}})(?:[ ][0-9٠-٩۰-۹]{{4,10}})?){{0,3}}"
)
_GEORGIAN: Final = r"[\u10d0-\u10ff]{3,20}(?:[ ][\u10d0-\u10ff]{3,20})?[ ](?:ქ\.|ქუჩა|გამზ\.|გამზირი)[ ]?(?:N|№)?[ ]?\d{1,4}(?:,[ ][\u10d0-\u10ff]{3,20})?"
_ARMENIAN: Final = r"(?:ք|գ)\.[ ][\u0531-\u058f]{2,20}(?:,[ ][\u0531-\u058f]{3,20}[ ]մարզ)?(?:,[ ]\d{4})?,[ ][\u0531-\u058f][\u0531-\u058f ]{2,40}[ ]\d{1,4}(?:,[ ]բն\.[ ]\d{1,4})?"
_VIET_WORD: Final = r"(?!(?i:tp|thành phố|tỉnh|phường|xã|quận|huyện|thị xã)(?![a-zà-ỹ]))[A-ZÀ-ỸĐ][A-Za-zÀ-ỹĐđ]{0,12}"
_VIET_NAME: Final = rf"{_VIET_WORD}(?:[ ](?:{_VIET_WORD}|\d{{1,3}}(?!\d))){{0,5}}"
_VIET_PART: Final = rf"(?i:phường|p\.|xã|x\.|thị trấn|quận|q\.|huyện|h\.|thị xã|tx\.?|thành phố|tp\.?|tỉnh|t\.|khu phố|khu|tổ|ấp|thôn)[ ]?(?:{_VIET_NAME}|\d{{1,3}})"
_VIETNAMESE: Final = (
    rf"(?<![\w])(?:(?i:số(?: nhà)?[ ])?\d{{1,4}}[A-Za-z]?(?:[/\-]\d{{1,4}}){{0,3}},?[ ])(?:(?i:ngõ|ngách|hẻm|kiệt)[ ]\d{{1,4}}(?:/\d{{1,4}})?,?[ ])?(?:(?i:khu|tổ)[ ]\d{{1,3}},?[ ])?(?:(?i:đường|phố|đại lộ)[ ](?:số[ ])?)?"
    rf"(?:{_VIET_NAME}|\d{{1,3}}),?[ ]{_VIET_PART}(?:,?[ ]{_VIET_PART}){{0,3}}(?:,?[ ]{_VIET_NAME})?(?:,?[ ]\d{{5,6}}(?!\d))?"
)
_AZERI_NAME: Final = r"(?:[A-ZƏÇĞİÖŞÜI](?:\w|[.\-](?=\w)){1,24}|[0-9]{1,3}-(?i:[a-zıəüö]|i\u0307){2,3})"
_AZERI_PLACE: Final = rf"{_AZERI_NAME}(?:[ ]\w{{2,20}}){{0,2}}?[ ](?:ray(?:\.|onu)|ş(?:\.|əh\.|əhəri)|k(?:\.|əndi)|qəs(?:\.|əbəsi)|mkr\.?|massivi)"
_AZERI_STREET: Final = rf"(?:[0-9]{{1,2}}[ ])?{_AZERI_NAME}(?:[ ]{_AZERI_NAME}){{0,3}}?[ ](?:küç(?:\.|əsi)|pr(?:\.|ospekti)|döngəsi|dal(?:\.|anı)|xiyabanı|şossesi)"
_AZERI_HOUSE: Final = r"(?:(?:b|ev|bina|m|mənzil|blok|mərtəbə)\.?[ ]?)?\d{1,4}[A-Za-z]?"
_AZERI: Final = (
    rf"(?<![\w])(?:(?:AZ[ ]?)?\d{{4}},[ ])?(?:{_AZERI_PLACE},?[ ]){{1,4}}{_AZERI_STREET}(?:,?[ ]{_AZERI_HOUSE}){{0,3}}(?:,[ ]AZ[ ]?\d{{4}})?"
    rf"|(?<![\w]){_AZERI_STREET},?[ ]{_AZERI_HOUSE}(?:,[ ]{_AZERI_HOUSE}){{0,2}}(?:,[ ]{_AZERI_PLACE}){{0,2}}(?:,[ ]{_AZERI_NAME}(?=\W|\Z))?(?:,?[ ]AZ[ ]?\d{{4}})?"
)
_INDIC: Final = {"hi": "\u0900-\u0963\u0970-\u097f", "bn": "\u0980-\u09e3\u09f0-\u09ff"}
_HINDI_WORD: Final = f"[{_INDIC['hi']}]{{2,20}}(?![{_INDIC['hi']}])\\.?"
_HINDI_UNIT: Final = (
    "(?:मकान|फ्लैट|फ़्लैट|प्लॉट|घर|गली|वार्ड|सेक्टर|ब्लॉक|दुकान|कमरा|हाउस|मंजिल|म|प्लाट)[ ]?(?:नंबर|नम्बर|नं|सं|संख्या|क्रमांक)?\\.?[ ]?"
)
_HINDI_STREET: Final = "(?:मार्ग|रोड|गली|सड़क|नगर|कॉलोनी|कालोनी|सेक्टर|चौक|मोहल्ला|पथ|विहार|बाज़ार|बाजार|एन्क्लेव|लेन|पुरम|गंज)"
_NUMBER: Final = r"\d{1,5}(?:[/\-]\d{1,5})?[A-Za-z]?"
_HINDI: Final = (
    r"(?=[\dमफपघगवसबदकह])(?:"
    # 12/4 ... , TOWN 110092
    rf"(?<![\w])(?:{_HINDI_UNIT})?{_NUMBER},?[ ](?:{_HINDI_WORD}(?:[ ]\d{{1,3}})?[ ]?){{1,6}}(?:,[ ]|\n)(?:{_HINDI_WORD}(?:[ ]\d{{1,3}})?,?[ \n]?){{1,8}}"
    rf"[ ]?[-–]?[ ]?\d{{6}}(?!\d|[ ](?!है|पर|में|को){_HINDI_WORD})"
    # a village, its post office and district
    rf"|(?<![\w])(?:ग्राम|गाँव|गांव|मौजा)[ ]{_HINDI_WORD}(?:[ ]{_HINDI_WORD})?(?:,[ ]{_HINDI_WORD}(?:[ ]{_HINDI_WORD}){{0,3}}){{1,5}}[ ]?[-–]?[ ]?\d{{6}}(?!\d)"
    # a house or a flat with its number, and what follows between commas
    rf"|(?<![\w]){_HINDI_UNIT}{_NUMBER}(?:,[ ](?:{_HINDI_UNIT}{_NUMBER}|{_HINDI_WORD}(?:[ ]{_HINDI_WORD}){{0,3}})){{1,5}}(?:[ ]?[-–]?[ ]?\d{{6}})?"
    rf"|(?<![\w]){_NUMBER},?[ ](?:{_HINDI_WORD}[ ]){{1,3}}?{_HINDI_STREET}(?![{_INDIC['hi']}])(?:,[ ]{_HINDI_WORD}(?:[ ]{_HINDI_WORD})?){{0,3}}(?:[ ]?[-–]?[ ]?\d{{6}})?"
    r")"
)
_BENGALI_WORD: Final = f"[{_INDIC['bn']}]{{2,24}}"
_BENGALI_UNIT: Final = "(?:ফ্ল্যাট|বাসা|বাড়ি|বাড়ী|বাড়ি|বাড়ী|হোল্ডিং|বিল্ডিং|ভবন|রোড|সড়ক|সড়ক|ব্লক|সেক্টর|অ্যাপার্টমেন্ট|এপার্টমেন্ট|ষ্টুডিও|স্টুডিও|স্যুট|সুইট|প্লট|গলি|লেন|ওয়ার্ড|ওয়ার্ড|রুম|তলা|হাউজ|হাউস)"
_BENGALI_NUMBER: Final = rf"\d{{1,5}}(?:[/\-]\d{{1,5}})?(?:[/\-]?[{_INDIC['bn']}]{{1,2}}(?![{_INDIC['bn']}]))?"
_BENGALI_HOUSE: Final = rf"{_BENGALI_UNIT}[ ](?:(?:নং|নম্বর)[ ]?)?{_BENGALI_NUMBER}"
_BENGALI_PART: Final = rf"(?:{_BENGALI_HOUSE}|(?:{_BENGALI_NUMBER}[ ])?{_BENGALI_WORD}(?:[ -]{_BENGALI_WORD}){{0,3}}(?:[ ]\d{{1,3}}(?!\d))?)"
_BENGALI: Final = (
    rf"(?<![\w]){_BENGALI_HOUSE}(?:,[ ]{_BENGALI_PART}){{1,6}}(?:[ ,-]{{1,2}}\d{{4,6}}(?!\d))?"
    rf"|(?<![\w]){_BENGALI_NUMBER},?[ ](?:{_BENGALI_WORD}[ ]){{1,3}}?(?:রোড|সড়ক|সড়ক|লেন|গলি|এভিনিউ|স্ট্রিট|সরণি)(?![{_INDIC['bn']}])(?:,[ ]{_BENGALI_PART}){{0,4}}(?:[ ,-]{{1,2}}\d{{4,6}}(?!\d))?"
)
_PERSIAN_WORDS: Final = rf"{_ARABIC_WORD}(?:[ ](?:{_ARABIC_WORD}|و)){{0,4}}"
_PERSIAN: Final = (
    # 12 NAME ALLEY, TOWN, PROVINCE 1234567890
    rf"(?<![\w]){_DIGITS}{{1,5}}[ ]{_PERSIAN_WORDS}(?:[ ](?:سوئیت|واحد)[ ]{_DIGITS}{{1,4}})?(?:[،,][ ]|\n)"
    rf"{_PERSIAN_WORDS}[،,][ ]{_PERSIAN_WORDS}[ ]{_DIGITS}{{3,10}}(?!{_DIGITS}|[ ](?!است|هست){_ARABIC_WORD})"
    # TOWN، ... STREET ...، پلاک 12
    rf"|(?<![\w])(?:{_PERSIAN_WORDS}[ ]?[،,][ ]){{1,3}}(?:خیابان|بلوار|کوچه|میدان|بزرگراه)[ ](?:{_PERSIAN_WORDS}|{_DIGITS}{{1,4}})"
    rf"(?:[ ]?[،,][ ](?:(?:{_PERSIAN_WORDS}[ ])?{_DIGITS}{{1,10}}|{_PERSIAN_WORDS})){{0,5}}"
)
_HUNGARIAN_NAME: Final = r"[A-ZÁÉÍÓÖŐÚÜŰ][a-záéíóöőúüű]{1,24}(?:-[A-ZÁÉÍÓÖŐÚÜŰa-záéíóöőúüű]{2,20})?"
_HUNGARIAN_STREET: Final = (
    rf"(?:{_HUNGARIAN_NAME}[ ]){{1,4}}(?:(?:utca|u\.|útja|körút|krt\.|sétány|fasor|rakpart|dűlő)[ ]|"
    r"(?:út|tere|tér|köz|sor)[ ](?!(?:1[89]|20)\d\d(?!\d)|\d{1,4}[ ][a-záéíóöőúüű]))"
    r"\d{1,4}(?:[/\-]\d{1,3})?(?:[/ ]?[A-Z](?![a-z]))?(?:\.?,?[ ](?:[IVX]{1,4}|\d{1,2})(?:\.[ ]?(?:em(?:\.|elet)[ ]?)?|/)\d{1,3}\.?(?:[ ]?ajtó)?)?"
)
_HUNGARIAN: Final = (
    rf"(?<![\w])(?:(?:H-)?\d{{4}},?[ ])?(?:{_HUNGARIAN_NAME}(?:[ ][IVX]{{1,5}}\.(?:[ ]ker(?:ület|\.))?)?\.?(?:,[ ]?\n?|\n|[ ](?={_HUNGARIAN_NAME})))?{_HUNGARIAN_STREET}"
    rf"(?:\.?,?[ ](?:{_HUNGARIAN_NAME}[ ])?\d{{4}}(?![\d])|,[ ]{_HUNGARIAN_NAME}(?=[,.\n\"]|\Z))?"
)

_BY_WRITING: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("[\u0400-\u04ff]", "address-cyrillic", (_CYRILLIC,)),
    ("[\u3400-\u9fff]", "address-han", (_JAPANESE, _TAIWANESE, _CHINESE)),
    ("[\uac00-\ud7a3]", "address-hangul", (_KOREAN,)),
    ("[\u0370-\u03ff]", "address-greek", (_GREEK, _GREEK_STREET)),
    ("[\u0590-\u05ff]", "address-hebrew", (_HEBREW,)),
    ("[\u0e00-\u0e7f]", "address-thai", (_THAI,)),
    ("[\u0600-\u06ff]", "address-arabic", (_PERSIAN, _ARABIC)),
    ("[\u0900-\u097f]", "address-devanagari", (_HINDI,)),
    ("[\u0980-\u09ff]", "address-bengali", (_BENGALI,)),
    ("[\u10a0-\u10ff]", "address-georgian", (_GEORGIAN,)),
    ("[\u0530-\u058f]", "address-armenian", (_ARMENIAN,)),
    ("[Đđăơưạảấầậắếềệộớợụứừựỹ]", "address-vietnamese", (_VIETNAMESE,)),
)
_BY_WORDS: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (
        (
            " utca ",
            " u. ",
            " út ",
            " útja ",
            " tér ",
            " tere ",
            " körút ",
            " krt. ",
            " köz ",
            " sor ",
            " sétány ",
            " fasor ",
            " rakpart ",
            " dűlő ",
        ),
        "address-hungarian",
        _HUNGARIAN,
    ),
    ((" küç", " pr.", " prospekti", " döngəsi", " dal", " xiyabanı", " şossesi"), "address-azeri", _AZERI),
)
"""What stands in every such address of alphabets that have no letters of their own."""
_BY_TYPE: Final = "address-azeri"
"""Where the words for a district, a village and a street make an address without a number."""
_WRITINGS: Final = tuple((late(letters), name, patterns) for letters, name, patterns in _BY_WRITING)
_OTHER_WRITING: Final = late("[\u0370-\u1fff\u3040-\ud7ffĐđăơư]")
"""A character of one of the writings."""
_DIGIT: Final = re.compile(r"[0-9０-９٠-٩۰-۹०-९০-৯]")


def native_addresses(text: str) -> Iterator[Hit]:
    """Addresses in `text` as its writings write them; nothing is looked at in a text of ASCII, and as a rule without a digit."""
    if text.isascii():
        return
    numbered = _DIGIT.search(text) is not None
    if numbered and _OTHER_WRITING.search(text) is not None:
        for letters, name, patterns in _WRITINGS:
            if letters.search(text) is not None:
                yield from _in_order_of(name, text, patterns)
    for words, name, pattern in _BY_WORDS:
        if (numbered or name == _BY_TYPE) and any(word in text for word in words):
            yield from _in_order_of(name, text, (pattern,))


def _in_order_of(name: str, text: str, patterns: tuple[str, ...]) -> Iterator[Hit]:
    """What the patterns of a country match; where two overlap, the earlier pattern's."""
    starts: list[int] = []
    ends: list[int] = []
    for pattern in patterns:
        apart: list[tuple[int, int]] = []
        for found in compiled(pattern).finditer(text):
            lead = _LEAD_IN.match(text, found.start(), found.end()) if pattern is _CHINESE else None
            start = lead.end() if lead is not None else found.start()
            end = found.start() + len(found.group().rstrip(" ,،、\n"))
            before = bisect_left(starts, end)  # those of earlier patterns that begin before this one ends
            taken = before > 0 and ends[before - 1] > start
            if not taken and (name == _BY_TYPE or _DIGIT.search(text, start, end)):
                apart.append((start, end))
                yield Hit("STREET_ADDRESS", start, end, 0.8, name, False, ("written in its country's order",))
        spans = sorted([*zip(starts, ends, strict=True), *apart])
        starts, ends = [span[0] for span in spans], [span[1] for span in spans]
