"""Names of people by what stands around them, without a model: introductions, salutations, signatures, honorifics, fields.

Works alone when a policy switches the NER off, and beside it otherwise: a cue is evidence that a statistical model
gives too little weight, and a field called `Name` needs no grammar. What no cue announces is the NER's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from dlp.detect.context import LabelMemo, Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.patterns import late

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚΑ-ΩΆ-ΏА-ЯЁІЇЄҐ"
_LETTER = r"[^\W\d_]"
_WORD = rf"[{_UP}](?:{_LETTER}|['’\-](?={_LETTER})){{0,24}}+"
_INITIAL = rf"[{_UP}]\.?"
_PARTICLE = (
    r"(?:van|von|der|den|de|del|della|di|da|dos|das|do|du|la|le|el|al|bin|ibn|bint|ben|abu|ter|ten|zu|zur|af|av|y|"
    r"e|mac|st\.|’t|'t|ul|ur|und)"
)
NAME = rf"{_WORD}(?:[ \t]{{1,2}}(?:{_PARTICLE}[ \t]){{0,3}}(?:{_WORD}|{_INITIAL}(?![{_UP}\w]))){{0,4}}"
"""One to five capitalised words, initials and particles. Bounded; no two parts can match the same text."""
_LOWER_NAME = rf"{_LETTER}{{2,20}}+(?:[ \t]{_LETTER}{{2,20}}+){{0,2}}"

_NAME = late(NAME)

_TITLES = (
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend hon capt captain col lt sgt madam judge "
    "justice herr herrn frau monsieur madame mademoiselle mme mlle "
    "señor señora señorita sr sra srta don doña dott dottor dottoressa sig signor signora senhor senhora dhr mevr "
    "mevrouw meneer fru hr pan pani shri smt sri kumari pandit ustad sheikh begum haji"
).split()
_TITLE = rf"(?:(?i:{'|'.join(sorted(_TITLES, key=len, reverse=True))})\.?[ \t])?"
_WEAK_TITLES = frozenset(
    {"don", "pan", "sr", "hon", "col", "lt", "fru", "hr", "sig", "sri", "lady", "lord", "judge", "justice", "captain"}
)
"""Titles that are ordinary words too: they want a capital, and a full stop or two names."""

_INTRODUCTIONS = (
    "my name is|my name s|my full name is|name is|i am called|they call me|people call me|mein name ist|ich heiße|"
    "ich heisse|je m appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|chamo me|me "
    "chamo|ik heet|mijn naam is|"
    "jag heter|mitt namn är|jeg hedder|jeg heter|mit navn er|mitt navn er|nimeni on|nazywam się|mam na imię|"
    "jmenuji se|mera naam|mera nam|meri patni|adım|benim adım"
).split("|")
_WEAK_INTRODUCTIONS = (
    "this is|speaking with|speaking to|speak to|ask for|signed by|on behalf of|yours truly|named|the name of".split("|")
)
_SELVES = "i am|i m|soy|sono|ich bin|je suis|sou|ik ben|jag är|jeg er".split("|")
_GREETINGS = (
    "dear|hi|hello|hey|good morning|good afternoon|good evening|greetings|liebe|lieber|liebes|hallo|guten tag|sehr "
    "geehrter|sehr geehrte|geehrter|geehrte|cher|chère|bonjour|salut|estimado|estimada|querido|querida|hola|caro|"
    "cara|gentile|ciao|egregio|egregia|"
    "prezado|prezada|carissimo|carissima|olá|beste|geachte|hoi|kära|kære|hej|hei|bästa|namaste|szanowny|szanowna|"
    "drogi|droga|vážený|vážená"
).split("|")
_FAREWELLS = (
    "regards|wishes|many thanks|best|sincerely|yours faithfully|yours truly|cheers|thanks|thanks so much|thanks a "
    "lot|thanks again|thank you|thank you so much|thank you very much|respectfully|cordially|all the best|love|"
    "xoxo|freundlichen grüßen|freundlichen grüssen|"
    "besten grüßen|herzlichen grüßen|lieben grüßen|viele grüße|liebe grüße|beste grüße|herzliche grüße|schöne "
    "grüße|viele grüsse|liebe grüsse|beste grüsse|grüße|vg|lg|mfg|cordialement|bien à vous|bien à toi|amicalement|"
    "saludos|saludos cordiales|un saludo|"
    "atentamente|cordiali saluti|distinti saluti|saluti|un abbraccio|atenciosamente|cumprimentos|abraços|"
    "vriendelijke groet|vriendelijke groeten|groeten|groetjes|mvg|vänlig hälsning|vänliga hälsningar|hälsningar|"
    "venlig hilsen|mvh|hilsen|pozdrawiam|z poważaniem|s pozdravem"
).split("|")
_FIELDS = (
    "full name|first name|last name|middle name|given name|given names|family name|maiden name|surname|forename|"
    "firstname|lastname|fullname|customer name|client name|patient|patient name|employee|employee name|contact "
    "name|contact person|account holder|account holder name|"
    "card holder|card holder name|cardholder|cardholder name|name on card|policy holder|policyholder|beneficiary|"
    "beneficiary name|applicant|tenant|insured|claimant|plaintiff|defendant|attorney|lawyer|witness|physician|"
    "doctor|nurse|supervisor|assignee|recipient|attn|"
    "attention|student name|teacher|passenger|passenger name|guest|guest name|spouse|mother|father|next of kin|"
    "emergency contact|guardian|candidate|interviewer|caller|display name|ship to|bill to|billing name|shipping "
    "name|vorname|nachname|familienname|kunde|kundin|"
    "patientin|ansprechpartner|ansprechpartnerin|mitarbeiter|mitarbeiterin|kontoinhaber|kontoinhaberin|mieter|"
    "mieterin|nom de famille|prénom|nom complet|titulaire|destinataire|nombre completo|apellido|apellidos|cliente|"
    "paciente|titular|nome completo|cognome|sobrenome|"
    "apelido|intestatario|paziente|voornaam|achternaam|klant|patiënt|förnamn|efternamn|fornavn|etunimi|sukunimi|"
    "imię|nazwisko|jméno|příjmení"
).split("|")
_WEAK_FIELDS = (
    "customer|client|contact|holder|judge|manager|director|reporter|owner|author|signed|sender|cc|bcc|from|to|"
    "driver|agent|nom|nombre|nome|naam|namn|navn"
).split("|")
"""Fields that often hold something else: a single word must be spelt like a name."""
_NAME_FIELDS = "name|student|person|member".split("|")
"""Fields whose single words are seldom people: two capitalised words at least."""


class _Cue(Enum):
    TITLE = 1
    INTRODUCTION = 2
    WEAK_INTRODUCTION = 3
    SELF = 4
    GREETING = 5
    FAREWELL = 6
    FIELD = 7
    WEAK_FIELD = 8
    NAME_FIELD = 9


def _cues() -> dict[str, list[tuple[tuple[str, ...], _Cue]]]:
    """Last word of a cue -> the words that must stand before it, and what it announces."""
    table: dict[str, list[tuple[tuple[str, ...], _Cue]]] = {}
    for phrases, cue in (
        (_TITLES, _Cue.TITLE), (_INTRODUCTIONS, _Cue.INTRODUCTION), (_WEAK_INTRODUCTIONS, _Cue.WEAK_INTRODUCTION), (_SELVES, _Cue.SELF), (_GREETINGS, _Cue.GREETING),
        (_FAREWELLS, _Cue.FAREWELL), (_FIELDS, _Cue.FIELD), (_WEAK_FIELDS, _Cue.WEAK_FIELD), (_NAME_FIELDS, _Cue.NAME_FIELD),
    ):  # fmt: skip
        for word, leads in Wanted(phrases, lasting=False).by_last.items():
            table.setdefault(word, []).extend((lead, cue) for lead in leads)
    return table


_CUES = _cues()
_LABELS = frozenset({_Cue.FIELD, _Cue.WEAK_FIELD, _Cue.NAME_FIELD})
"""Cues behind which a sign must stand."""
_SIGN = r"[\"'*`]{0,3}[ \t]{0,3}[:=|>]"
_SIGN_BEHIND = re.compile(_SIGN)


def _phrases(*, labels: bool) -> Wanted:
    return Wanted(
        [" ".join((*lead, word)) for word, cues in _CUES.items() for lead, cue in cues if (cue in _LABELS) == labels]
    )


_SPOKEN, _LABELLED = _phrases(labels=False), _phrases(labels=True)

_AFTER_TITLE = re.compile(rf"\.?[ \t]{{1,2}}(?:(?i:dr|prof|med)\.?[ \t])?({NAME})")
_NEXT_TITLED = re.compile(rf"\.[ \t][{_UP}]")
_AFTER_INTRODUCTION = re.compile(rf"[ \t,:]{{1,3}}{_TITLE}({NAME})")
_AFTER_INTRODUCTION_LOWER = re.compile(rf"[ \t:]{{1,3}}({_LOWER_NAME})")
_AFTER_SELF = late(
    rf"[ \t]({_WORD}(?:[ \t](?:{_PARTICLE}[ \t])?(?:{_WORD}|{_INITIAL}(?![\w]))){{1,3}})(?=[ \t]*(?:[,.\n!;(—–-]|"
    rf"and\b|from\b|with\b|und\b|et\b|y\b|$))"
)
_AFTER_GREETING = late(rf",?[ \t]{_TITLE}({NAME})(?=[ \t]*[,!.:;\n—–-]|[ \t]*$|[ \t]+(?:and|und|et|y|e|og|och|en)\b)")
_AFTER_FAREWELL = late(
    rf"[ \t]{{0,3}}[,.!\-–—]{{0,3}}(?:[ \t]{{0,3}}\r?\n[ \t]{{0,8}}){{0,3}}[ \t\-–—.]{{0,3}}({NAME})(?=[ \t]*(?:[,.\n|(]|\r|$))"
)
_AFTER_FIELD = late(
    rf"{_SIGN}[ \t]{{0,8}}[\"'*`]{{0,3}}{_TITLE}({NAME}(?:,[ \t]?{_WORD}(?:[ \t](?:{_WORD}|{_INITIAL})){{0,2}})?)"
)
_AFTER_NAME_FIELD = late(
    rf"{_SIGN}[ \t]{{0,8}}[\"'*`]{{0,3}}{_TITLE}({_WORD}(?:[ \t](?:{_PARTICLE}[ \t]){{0,2}}(?:{_WORD}|{_INITIAL}(?![\w]))){{1,3}}|{_WORD},[ \t]{_WORD})(?=[\"'`*,;|&\r\n<)]|[ \t]*$|\.)"
)
_CLOSED = late(
    rf"\n[ \t]{{0,20}}\n[^\n]{{2,30}}[!,][ \t]{{0,20}}\r?\n[ \t]{{0,20}}\r?\n?[ \t]{{0,20}}({_WORD}[ \t]{_WORD})[ \t]{{0,20}}(?=\r?\n|$)"
)
_BEFORE_MAILBOX = late(rf"({NAME})[\"']?[ \t]{{1,2}}[<(]\Z")

_NOT_NAMES = frozenset(
    (
        "the a an and or but not none null nil true false yes no unknown undefined string str int integer number "
        "boolean object array list dict any optional required text value values default example sample test tests "
        "testing "
        "user users admin administrator root guest customer customers client clients patient patients employee "
        "employees team support sales service services company inc ltd llc gmbh corp group department office bank "
        "sir madam all everyone everybody folks there friends friend guys team colleagues world colleague reader "
        "hiring manager recruiter committee members member neighbour neighbours students parents board "
        "new old my your his her our their its this that these those here there where when what who why how which "
        "i you he she it we they me him us them is are was were be been "
        "name first last full address email phone date birth city country state street zip code id key token "
        "password secret username file path url link page title subject message body header description status type "
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
        "august september october november december "
        "please thanks thank regards best kind sincerely dear hello hi hey good morning afternoon evening note "
        "notes see also click select choose open close save run build make create delete update add remove set get use "
        "docker python java javascript typescript react node django flask kubernetes linux windows ubuntu debian "
        "android ios google amazon microsoft apple facebook openai anthropic github gitlab slack redis postgres mysql "
        "api http https json xml yaml csv html css sql ssh tls ssl tcp udp ip dns cpu gpu ram ok error warning "
        "info debug fatal trace critical public private protected static final const var let def class function "
        "return import from "
        "happy sorry glad sure very really just only still already now then today tomorrow yesterday next other "
        "another each every some many much more most both either neither "
        "english german french spanish italian portuguese dutch chinese japanese korean hindi european american "
        "british indian canadian australian "
        "herr frau mr mrs ms dr senior junior chief executive officer director president vice engineer developer "
        "analyst consultant assistant coordinator specialist head lead staff intern "
        "sehr wie was wer wo ich du er sie es wir ihr der die das ein eine und oder aber nicht kein auch noch "
        "schon nur mit von bei für "
        "le la les un une des et ou mais je tu il elle nous vous ils elles ce cette mon ma mes el los las uno y o "
        "pero yo usted ustedes il lo gli uno una e ma io lei noi voi loro os as um uma "
        "happening looking working trying going having getting asking calling writing using running building "
        "interested responsible able unable aware confused stuck afraid busy ready available pleased"
    ).split()
)
"""Words that stand where a name could, in the languages of the cues. Lower case."""


def _name_like(value: str, *, single: bool = True) -> bool:
    words = re.findall(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*", value)
    if not words or (len(words) == 1 and (not single or len(words[0]) < 2)):
        return False
    lowered = [word.lower() for word in words]
    if lowered[0] in _NOT_NAMES or any(word in _NOT_NAMES for word in lowered[1:] if len(word) > 3):
        return False
    return not (len(words) == 1 and words[0].isupper() and len(words[0]) <= 4)


def _hit(match: re.Match[str], score: float, cue: str) -> Hit:
    return Hit("PERSON", *match.span(1), score, "name-cue", False, (cue,))


CUED = _SPOKEN.bit | _LABELLED.bit
"""Of `Words.endings`: what announces a name, unless that stands before a mailbox or alone below a letter."""


def names(around: Surroundings) -> Iterator[Hit]:
    """People named by a cue."""
    text, words = around.text, around.words
    indices = _SPOKEN.places(around.words)
    if ":" in text or "=" in text or "|" in text or ">" in text:
        labels = [index for index in _LABELLED.places(around.words) if _SIGN_BEHIND.match(text, words.ends[index])]
        if labels:
            indices = sorted({*indices, *labels})
    for index in indices:
        word = words.words[index]
        for lead, cue in _CUES[word]:
            if not lead or words.preceded(index, lead):
                start = words.starts[index - len(lead)]
                yield from _announced(text, cue, word, start, words.ends[index])
    if "\n\n" in text:
        for match in _CLOSED.finditer(text):
            if _name_like(match.group(1), single=False):
                yield _hit(match, 0.55, "signature")
    at = text.find("@")
    while at >= 0:
        opened = max(text.rfind("<", max(0, at - 64), at), text.rfind("(", max(0, at - 64), at))
        if opened > 0:
            low = max(0, opened - 60)
            named = _BEFORE_MAILBOX.search(text, low, opened + 1)
            if named is not None and _name_like(named.group(1)):
                yield _hit(named, 0.8, "mailbox")
        at = text.find("@", at + 1)


def _announced(text: str, cue: _Cue, word: str, start: int, end: int) -> Iterator[Hit]:
    """The name after a cue that stands at `[start, end)` and whose last word is `word`."""
    if start and (text[start - 1].isalnum() and cue not in (_Cue.FIELD, _Cue.NAME_FIELD)):
        return
    match cue:
        case _Cue.TITLE:
            found = _AFTER_TITLE.match(text, end)
            if found is None or not _name_like(found.group(1)):
                return
            if word in _WEAK_TITLES and (
                not text[start].isupper() or (text[end : end + 1] != "." and " " not in found.group(1))
            ):
                return
            if start and text[start - 1] == ".":
                return
            if found.group(1).lower() in _TITLES and _NEXT_TITLED.match(text, found.end()) is not None:
                return  # `Lt. Col. Weber`: the name comes after the second
            yield _hit(found, 0.85, "honorific")
            stop = end + 1 if text[end : end + 1] == "." else end
            yield Hit("TITLE", start, stop, 0.5, "name-cue", False, ("honorific",))
        case _Cue.INTRODUCTION | _Cue.WEAK_INTRODUCTION:
            weak = cue is _Cue.WEAK_INTRODUCTION
            found = _AFTER_INTRODUCTION.match(text, end)
            if found is not None and _name_like(found.group(1), single=not weak):
                yield _hit(found, 0.65 if weak else 0.9, "introduction")
            elif not weak:
                yield from _lower_name(text, end)
        case _Cue.SELF:
            found = _AFTER_SELF.match(text, end)
            if found is not None and _name_like(found.group(1), single=False):
                yield _hit(found, 0.7, "introduction")
        case _Cue.GREETING:
            found = _AFTER_GREETING.match(text, end) if _opens_line(text, start) else None
            if found is not None and _name_like(found.group(1)):
                yield _hit(found, 0.75, "salutation")
        case _Cue.FAREWELL:
            found = _AFTER_FAREWELL.match(text, end)
            if (
                found is not None
                and _name_like(found.group(1))
                and ("\n" in found.group() or any(c in found.group() for c in "-–—") or ".." in found.group())
            ):
                yield _hit(found, 0.75, "signature")
        case _Cue.FIELD | _Cue.WEAK_FIELD:
            found = _AFTER_FIELD.match(text, end)
            weak = cue is _Cue.WEAK_FIELD
            if (
                found is not None
                and _name_like(found.group(1))
                and (
                    not weak
                    or " " in found.group(1)
                    or (found.group(1)[1:].islower() and _ENDS.match(text, found.end()) is not None)
                )
            ):
                yield _hit(found, 0.7 if weak else 0.85, "field")
        case _Cue.NAME_FIELD:
            found = _AFTER_NAME_FIELD.match(text, end)
            if found is not None and _name_like(found.group(1), single=False):
                yield _hit(found, 0.65, "field")


_ENDS = re.compile(r"[\"'`*]{0,3}[ \t]{0,3}(?:$|[\r\n,;|<(&.])")


def _opens_line(text: str, start: int) -> bool:
    """Whether a greeting at `start` begins a line, a quotation or a sentence."""
    before = text[max(0, start - 9) : start].rstrip(" \t")
    return (not before and start < 9) or before[-1:] in ("\n", '"', "'", ">", ".", "!", "?", ":", ",")


def _lower_name(text: str, end: int) -> Iterator[Hit]:
    found = _AFTER_INTRODUCTION_LOWER.match(text, end)
    if found is None:
        return
    kept: list[str] = []
    for word in found.group(1).split():
        if word.lower() in _NOT_NAMES or len(kept) == 3:
            break
        kept.append(word)
    stop = found.start(1) + len(" ".join(kept))
    if kept and text[found.start(1) : stop].split() == kept:
        yield Hit("PERSON", found.start(1), stop, 0.75, "name-cue", False, ("introduction, lower case",))


_KEY_NAMES = tuple(
    f" {word} "
    for word in (
        "full name|first name|last name|middle name|given name|family name|surname|forename|firstname|lastname|"
        "fullname|customer name|client name|patient|patient name|employee name|account holder|cardholder|card "
        "holder|holder name|"
        "contact name|contact person|applicant|beneficiary|passenger|passenger name|guest name|student name|"
        "vorname|nachname|prénom|nombre|apellido|apellidos|nome|cognome|sobrenome|voornaam|achternaam|förnamn|"
        "efternamn|fornavn|display name|recipient|sender name|author name|maiden name|first|last"
    ).split("|")
)  # fmt: skip


_KEYED = re.compile(rf"{_LETTER}(?:{_LETTER}|['’.\- ,]){{1,59}}")


def _kind_of_key(words: str) -> str:
    """`names` for a key that holds names of people, `name` for one that may, nothing for others and for sentences."""
    if len(words.split()) > 6:
        return ""
    if any(word in words for word in _KEY_NAMES):
        return "names"
    return "name" if " name " in words else ""


_key_kind = LabelMemo(_kind_of_key)


def keyed(value: str, words: str) -> Iterator[Hit]:
    """A name that a whole value is because of its key or header; `words` as `words_of`, offsets inside `value`."""
    if not 2 <= len(value) <= 60 or len(value.split()) > 5 or _KEYED.fullmatch(value) is None:
        return
    kind = _key_kind(words)
    if kind == "names" and _name_like(value):
        yield Hit("PERSON", 0, len(value), 0.85, "name-key", False, ("key",))
    elif kind == "name" and _NAME.fullmatch(value) and _name_like(value, single=False):
        yield Hit("PERSON", 0, len(value), 0.6, "name-key", False, ("key",))
