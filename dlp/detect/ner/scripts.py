"""Names in alphabets that the model does not read: what word lists and rules can give.

The model knows Latin letters. For Cyrillic, Greek, Armenian and Georgian, Arabic, Hebrew, Devanagari and the other Indic
scripts, Thai, Chinese, Japanese and Korean a name is found

- after words that announce one ("my name is", forms of address) and before those that follow one (先生, さん, 씨);
- where the list knows two neighbouring words as names, or one with a patronymic or family ending beside it;
- as a large city (a short list per script).

Cyrillic or Greek words with capitals in a text that is otherwise Latin are names too: nothing else is quoted so.
This finds full and announced names. It misses a bare surname in running text, organisations, and small places.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlp.detect.ner.lexicon import PERSONAL, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.patterns import late_regex

_FOREIGN = late_regex(
    r"[\u0370-\u058f\u0590-\u06ff\u0900-\u0e7f\u10a0-\u10ff\u1f00-\u1fff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
)

_CASED = r"(?:\p{Cyrillic}|\p{Greek}|\p{Armenian})"
_CAPITAL = rf"(?=\p{{Lu}}){_CASED}(?:{_CASED}|\p{{M}}){{1,24}}(?:-(?=\p{{Lu}}){_CASED}{{2,24}})?"
_INITIALS = rf"(?=\p{{Lu}}){_CASED}\.(?:[ ]?(?=\p{{Lu}}){_CASED}\.)?"
_CASED_NAME = rf"{_CAPITAL}(?:[ ](?:{_CAPITAL}|{_INITIALS})){{0,3}}|{_INITIALS}[ ]?{_CAPITAL}"
_UNCASED_WORD = r"[\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Arabic}\p{Hebrew}\p{Thai}\p{Georgian}\p{M}\u200c\u200d'\u05f3\u05f4-]{2,24}"
_HAN = r"\p{Han}"
_CHINESE_SURNAME = "[王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯]"

_ANNOUNCED = (
    (rf"(?i:меня зовут|мое имя|моё имя|мене звати|моє ім'я|казвам се|зовут|με λένε|ονομάζομαι|λέγομαι|το όνομά μου είναι)[ ]({_CASED_NAME})", 0.9),
    (rf"(?<![\p{{L}}])(?i:г-н|г-жа|господин|госпожа|пан|пані|доктор|др\.|проф\.|гр\.|κ\.|κα|κύριος|κυρία|κύριο|κυρίου|δρ\.)[ ]({_CASED_NAME})", 0.85),
    (rf"(?i:уважаем(?:ый|ая)|дорог(?:ой|ая)|привет|здравствуйте|шановн(?:ий|а)|αγαπητ[έή]|γεια σου)[,]?[ ]({_CASED_NAME})", 0.8),
    (rf"(?i:имя|фамилия|фио|ім'я|прізвище|όνομα|επώνυμο|ονοματεπώνυμο|пациент|клиент|ασθενής)[ ]?:[ ]?({_CASED_NAME})", 0.85),
    (rf"(?:मेरा नाम|मेरा शुभ नाम|नाम|আমার নাম|எனது பெயர்|என் பெயர்|నా పేరు|ನನ್ನ ಹೆಸರು|എന്റെ പേര്|મારું નામ|ਮੇਰਾ ਨਾਮ|माझे नाव)[ ]?:?[ ]?({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)(?=[ ]|$|[।.,\n])", 0.85),
    (rf"(?:श्रीमती|श्रीमान|श्री|सुश्री|डॉ\.?|कुमारी|শ্রী|ডাঃ|திரு|டாக்டர்|డాక్టర్|ડૉ\.?)[ ]({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)", 0.8),
    (rf"(?:اسمي|إسمي|اسمى|أنا اسمي|نام من|میرا نام|اسمه|اسمها|يدعى|تدعى)[ ]({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD}){{0,2}})", 0.85),
    (rf"(?:السيدة|السيد|الدكتورة|الدكتور|الأستاذة|الأستاذ|المهندس|الآنسة|آقای|خانم|دکتر|جناب)[ ]({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)", 0.8),
    (rf"(?:קוראים לי|שמי|השם שלי(?: הוא)?|שמו|שמה)[ ]({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)", 0.85),
    (rf"(?<![\p{{L}}])(?:מר|גברת|גב['׳]|ד[\"״]ר|פרופ['׳]|עו[\"״]ד)[ ]({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)", 0.8),
    (rf"(?:ผมชื่อ|ฉันชื่อ|ดิฉันชื่อ|ชื่อ|นาย|นางสาว|นาง|คุณ)[ ]?({_UNCASED_WORD}(?:[ ]{_UNCASED_WORD})?)", 0.6),
    (rf"(?:我(?:的名字)?叫做?|我的名字是|姓名(?:[:：]|(?=\s))|名字[:：]|客户[:：]|患者[:：]|联系人[:：])\s?({_HAN}{{2,4}}?)(?=[，。,.\s、！!；;（(]|$|来自|住在|，)", 0.8),
    (rf"({_CHINESE_SURNAME}{_HAN}{{0,2}}?)(?=先生|女士|小姐|太太|老师|老師|经理|經理|医生|醫生|教授|律师|律師|总监)", 0.8),
    (r"(?:名前は|氏名[:：]|お名前[:：]|担当[:：]|私は)\s?([\p{Han}\p{Katakana}\u30fc]{2,6}(?:[ 　・][\p{Han}\p{Katakana}\u30fc]{1,6})?)(?=です|と申し|と言い|といい|[、。\s]|$)", 0.85),
    (r"(?<![\p{Han}\p{Katakana}])([\p{Han}\p{Katakana}\u30fc]{1,6}(?:[ 　・][\p{Han}\p{Katakana}\u30fc]{1,6})?)(?=さん|様|氏|くん|君|ちゃん|殿)", 0.8),
    (r"(?:이름은|성함은|(?:성명|이름)(?:[:：]|(?=\s))|저는|환자[:：])\s?([가-힣]{2,4})(?=입니다|이고|이며|이에요|예요|라고|[\s,.]|$)", 0.8),
    (r"(?<![가-힣])([가-힣]{2,4})(?=[ ]?(?:씨|님|선생님|과장|부장|대리|교수님|사장님)(?:[^가-힣]|$|께|가|이|은|는|을|를|의|에게|와|과))", 0.7),
)  # fmt: skip
_PATTERNS = tuple((late_regex(pattern), score) for pattern, score in _ANNOUNCED)

_SEQUENCE = late_regex(rf"(?<![\p{{L}}\p{{M}}])(?:{_CASED_NAME})(?![\p{{L}}\p{{M}}])")
_FAMILY_ENDING = late_regex(
    r"(?i:(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ын|ына|ский|ская|цкий|цкая|енко|чук|юк|ян|дзе|швили|"
    r"όπουλος|οπούλου|ίδης|ίδου|άκης|άκη|ιάδης|ιάδου|έας|άτος|ούλης)|(?:ович|евич|ич|овна|евна|ична|инична))$"
)
_PAIR = late_regex(rf"(?<![\p{{L}}\p{{M}}]){_UNCASED_WORD}(?:[ ]{_UNCASED_WORD}){{1,3}}")
_UNCASED = late_regex(_UNCASED_WORD)
_CASED_WORD = late_regex(rf"{_INITIALS}|{_CAPITAL}")
_QUOTED = late_regex(
    rf"(?<![\p{{L}}\p{{M}}])(?:{_CAPITAL}|(?=\p{{Lu}}){_CASED}{{3,24}})(?:[ ](?:{_CAPITAL}|{_INITIALS})){{0,3}}(?![\p{{L}}\p{{M}}])"
)
_FORM = 0.75
"""Score of a name that only its form or one listed word shows."""

_CITIES = """
Москва Москве Москвы Санкт-Петербург Санкт-Петербурге Новосибирск Екатеринбург Казань Казани Самара Омск Ростов Сочи Киев Киеве Київ Києві Харьков Харків
Одесса Одеса Львов Львів Львові Минск Минске Мінск София Софии Белград Београд Алматы Астана Ташкент Баку Тбилиси Ереван Бишкек Россия России Украина Україна
Україні Беларусь Казахстан Германия Германии Польша Франция Лондон Лондоне Париж Париже Берлин Берлине Лондон Варшава Прага
Αθήνα Αθήνας Θεσσαλονίκη Θεσσαλονίκης Πάτρα Πειραιάς Ηράκλειο Λάρισα Βόλος Ρόδος Λευκωσία Λεμεσός Λάρνακα Πάφος Ελλάδα Ελλάδας Κύπρος Κύπρου Χανιά Ιωάννινα
दिल्ली मुंबई कोलकाता चेन्नई बेंगलुरु हैदराबाद पुणे अहमदाबाद जयपुर लखनऊ कानपुर नागपुर इंदौर भोपाल पटना वाराणसी आगरा नोएडा गुरुग्राम भारत महाराष्ट्र गुजरात बिहार पंजाब राजस्थान
القاهرة الإسكندرية الرياض جدة مكة دبي أبوظبي الدوحة الكويت بغداد دمشق بيروت عمان الرباط تونس الجزائر الخرطوم صنعاء مسقط مصر السعودية الإمارات قطر العراق سوريا لبنان الأردن المغرب تهران اصفهان
ירושלים תל-אביב חיפה באר-שבע אשדוד נתניה ישראל
北京 上海 广州 深圳 天津 重庆 成都 杭州 南京 武汉 西安 苏州 青岛 大连 厦门 香港 台北 台湾 高雄 中国 广东 浙江 江苏 四川 東京 大阪 京都 名古屋 札幌 横浜 神戸 福岡 広島 仙台 沖縄 日本 韓国
서울 부산 인천 대구 대전 광주 울산 수원 제주 대한민국 한국 กรุงเทพ เชียงใหม่ ภูเก็ต
""".split()
_UNSPACED = late_regex(r"[\p{Han}\p{Thai}\p{Hangul}]")
_CITY = late_regex(r"\L<names>", names=_CITIES)


def in_other_scripts(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Names in alphabets other than Latin, in no particular order, possibly overlapping. Costs nothing for Latin text."""
    if text.isascii() or _FOREIGN.search(text) is None:
        return
    for pattern, score in _PATTERNS:
        for match in pattern.finditer(text):
            yield _exact(*match.span(1), "PERSON", score, "other scripts, announced")
    yield from _cased(text, lexicon)
    yield from _listed(text, lexicon)
    for match in _CITY.finditer(text):
        if _alone(text, *match.span()):
            yield _exact(*match.span(), "LOCATION", 0.7, "other scripts, city")


def _cased(text: str, lexicon: Lexicon) -> Iterator[Span]:
    for match in _SEQUENCE.finditer(text):
        parts = [(part.start(), part.group()) for part in _CASED_WORD.finditer(text, *match.span())]
        signs = [_sign(word, lexicon) for _, word in parts]
        while parts and not signs[0]:  # a sentence begins with a capital too
            parts, signs = parts[1:], signs[1:]
        if len(parts) < 2 or not any(signs):
            continue
        score = 0.85 if sum(signs) >= 2 and any(lexicon.kind(word) & PERSONAL for _, word in parts) else _FORM
        yield _exact(parts[0][0], match.end(), "PERSON", score, "other scripts, form")
    foreign = len(_FOREIGN.findall(text))
    if foreign < sum(char.isascii() and char.isalpha() for char in text):
        for match in _QUOTED.finditer(text):
            known = any(lexicon.kind(word) & PERSONAL for word in match.group().split())
            yield _exact(*match.span(), "PERSON" if known else "LOCATION", 0.6, "other scripts, quoted")


def _sign(word: str, lexicon: Lexicon) -> bool:
    """Whether a capitalised word shows that it is a name: listed, an initial, or with a family or father's-name ending."""
    return word.endswith(".") or bool(lexicon.kind(word) & PERSONAL) or _FAMILY_ENDING.search(word) is not None


def _listed(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Two or more neighbouring words that the list knows as names, in scripts without capitals."""
    for run in _PAIR.finditer(text):
        start = end = -1
        count = 0
        for match in _UNCASED.finditer(text, *run.span()):
            if lexicon.kind(match.group()) & PERSONAL:
                start = match.start() if count == 0 else start
                end, count = match.end(), count + 1
                continue
            if count >= 2:
                yield _exact(start, end, "PERSON", 0.75, "other scripts, listed")
            count = 0
        if count >= 2:
            yield _exact(start, end, "PERSON", 0.75, "other scripts, listed")


def _exact(start: int, end: int, label: str, score: float, source: str) -> Span:
    return Span(start, end, label, score, source, exact=True)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a city's name is a word of its own; scripts written without blanks have no such thing."""
    if _UNSPACED.match(text, start):
        return True
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not before.isalpha() and not after.isalpha()
