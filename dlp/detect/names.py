"""Names of people by what stands around them, without a model: introductions, salutations, signatures, honorifics, fields.

Works alone when a policy switches the NER off, and beside it otherwise: a cue is evidence that a statistical model
gives too little weight, and a field called `Name` needs no grammar. What no cue announces is the NER's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.detect.context import Surroundings
from dlp.detect.hit import Hit

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚΑ-ΩΆ-ΏА-ЯЁІЇЄҐ"
_LETTER = r"[^\W\d_]"
_WORD = rf"[{_UP}](?:{_LETTER}|['’\-](?={_LETTER})){{0,24}}+"
_INITIAL = rf"[{_UP}]\.?"
_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|das|do|du|la|le|el|al|bin|ibn|bint|ben|abu|ter|ten|zu|zur|af|av|y|e|mac|st\.|’t|'t|ul|ur|und)"
NAME = rf"{_WORD}(?:[ \t]{{1,2}}(?:{_PARTICLE}[ \t]){{0,3}}(?:{_WORD}|{_INITIAL}(?![{_UP}\w]))){{0,4}}"
"""One to five capitalised words, initials and particles. Bounded; no two parts can match the same text."""
_LOWER_NAME = rf"{_LETTER}{{2,20}}+(?:[ \t]{_LETTER}{{2,20}}+){{0,2}}"

_NAME = re.compile(NAME)

HONORIFICS = (
    "mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|rev|reverend|hon|capt|captain|col|lt|sgt|madam|judge|justice|herr|herrn|frau|dr\\. med|dipl\\.-ing|monsieur|madame|mademoiselle|mme|mlle|"
    "señor|señora|señorita|sr|sra|srta|don|doña|dott|dottor|dottoressa|dott\\.ssa|sig|signor|signora|sig\\.ra|senhor|senhora|dhr|mevr|mevrouw|meneer|fru|hr|pan|pani|shri|smt|sri|kumari|pandit|ustad|sheikh|begum|haji"
)  # fmt: skip
_HONORIFIC = re.compile(rf"(?<![\w.])((?i:{HONORIFICS})\.?)[ \t]{{1,2}}(?:(?i:dr|prof|med)\.?[ \t])?({NAME})")
_NOT_AFTER_SHORT = frozenset({"don", "pan", "sr", "hon", "col", "lt", "fru", "hr", "sig", "sri", "st", "lady", "lord", "judge", "justice", "captain", "e"})

_INTRODUCED = re.compile(
    r"(?i:(?<![\w])(?:my (?:full |first |last |real |legal |maiden )?name(?:'s| is)|name is|i am called|they call me|people call me|mein name ist|ich hei(?:ß|ss)e|ich bin (?:herr|frau)|"
    r"je m['’]appelle|mon nom est|je suis (?:m\.|mme|monsieur|madame)|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|o meu nome é|chamo-me|me chamo|ik heet|mijn naam is|"
    r"jag heter|mitt namn är|jeg hedder|jeg heter|mit navn er|mitt navn er|nimeni on|nazywam się|mam na imię|jmenuji se|mera naam|mera nam|naam hai|meri patni|adım|benim adım|"
    r"this is|you(?:'re| are) speaking (?:with|to)|speaking to|speak to|ask for|signed by|on behalf of|yours truly|named|the name of))"
    rf"[ \t,:]{{1,3}}(?:(?i:{HONORIFICS})\.?[ \t])?({NAME})"
)
_INTRODUCED_LOWER = re.compile(
    r"(?i:(?<![\w])(?:my (?:full )?name(?:'s| is)|mein name ist|ich hei(?:ß|ss)e|je m['’]appelle|me llamo|mi nombre es|mi chiamo|meu nome é|ik heet|mijn naam is|jag heter|jeg hedder|mera naam))"
    rf"[ \t:]{{1,3}}({_LOWER_NAME})"
)
_I_AM = re.compile(rf"(?<![\w])(?:I am|I'm|I’m|Soy|Sono|Ich bin|Je suis|Sou|Ik ben|Jag är|Jeg er)[ \t]({_WORD}(?:[ \t](?:{_PARTICLE}[ \t])?(?:{_WORD}|{_INITIAL}(?![\w]))){{1,3}})(?=[ \t]*(?:[,.\n!;(—–-]|and\b|from\b|with\b|und\b|et\b|y\b|$))")
_SALUTED = re.compile(
    r"(?m:^|(?<=[\n\"'>.!?] )|(?<=[\n\"'>]))[ \t]{0,8}(?i:dear|hi|hello|hey|good (?:morning|afternoon|evening),?|greetings,?|liebe[rs]?|hallo|guten tag|sehr geehrte[rs]?|cher|chère|bonjour|salut|estimad[oa]|querid[oa]|hola|"
    r"car[oa]|gentile|ciao|egregi[oa]|prezad[oa]|carissim[oa]|olá|beste|geachte|hoi|kära|kære|hej|hei|bästa|namaste|szanown[ya]|drog[ia]|vážen[ýá])"
    rf"[ \t](?:(?i:{HONORIFICS})\.?[ \t])?({NAME})(?=[ \t]*[,!.:;\n—–-]|[ \t]*$|[ \t]+(?:and|und|et|y|e|og|och|en)\b)"
)
_SIGNED = re.compile(
    r"(?i:(?<![\w])(?:(?:best|kind|kindest|warm|warmest|many)[ \t](?:regards|wishes|thanks)|best|regards|sincerely|yours (?:sincerely|faithfully|truly)|cheers|thanks(?: (?:so much|a lot|again))?|thank you(?: (?:so much|very much))?|respectfully|cordially|"
    r"all the best|love|xoxo|mit (?:freundlichen|besten|herzlichen|lieben) grü(?:ß|ss)en|(?:viele|liebe|beste|herzliche|schöne) grü(?:ß|ss)e|vg|lg|mfg|cordialement|bien à (?:vous|toi)|amicalement|bien cordialement|saludos(?: cordiales)?|un saludo|atentamente|"
    r"cordiali saluti|distinti saluti|saluti|un abbraccio|atenciosamente|cumprimentos|abraços|met vriendelijke groet(?:en)?|groeten|groetjes|mvg|med vänlig hälsning|vänliga hälsningar|hälsningar|med venlig hilsen|venlig hilsen|mvh|hilsen|pozdrawiam|z poważaniem|s pozdravem))"
    rf"[ \t]{{0,3}}[,.!\-–—]{{0,3}}(?:[ \t]{{0,3}}\r?\n[ \t]{{0,8}}){{0,3}}[ \t\-–—]{{0,3}}({NAME})(?=[ \t]*(?:[,.\n|(]|\r|$))"
)
_CLOSED = re.compile(rf"\n[ \t]*\n[^\n]{{2,30}}[!,][ \t]*\r?\n[ \t]*\r?\n?[ \t]*({_WORD}[ \t]{_WORD})[ \t]*(?=\r?\n|$)")

_FIELD_WORDS = (
    "full[ _-]?name|first[ _-]?name|last[ _-]?name|middle[ _-]?name|given[ _-]?names?|family[ _-]?name|maiden[ _-]?name|surname|forename|customer(?:[ _-]?name)?|client(?:[ _-]?name)?|patient(?:[ _-]?name)?|employee(?:[ _-]?name)?|"
    "user[ _-]?full[ _-]?name|contact(?:[ _-]?(?:name|person))?|account[ _-]?holder(?:[ _-]?name)?|card[ _-]?holder(?:[ _-]?name)?|name[ _-]on[ _-]card|holder|policy[ _-]?holder|beneficiary(?:[ _-]?name)?|applicant|tenant|insured|claimant|plaintiff|defendant|attorney|"
    "lawyer|judge|witness|physician|doctor|nurse|manager|supervisor|director|assignee|reporter|owner|author|signed|sender|recipient|attn|attention|cc|bcc|from|to|student(?:[ _-]?name)?|teacher|passenger(?:[ _-]?name)?|guest(?:[ _-]?name)?|"
    "driver|spouse|mother|father|next of kin|emergency contact|guardian|candidate|interviewer|caller|agent|display[ _-]?name|ship[ _-]?to|bill[ _-]?to|billing[ _-]?name|shipping[ _-]?name|"
    "vorname|nachname|familienname|kunde|kundin|patientin|ansprechpartner(?:in)?|mitarbeiter(?:in)?|kontoinhaber(?:in)?|mieter(?:in)?|nom(?: de famille)?|prénom|nom complet|client|titulaire|destinataire|nombre(?: completo)?|apellidos?|cliente|paciente|titular|"
    "nome(?: completo)?|cognome|sobrenome|apelido|intestatario|paziente|naam|voornaam|achternaam|klant|patiënt|namn|förnamn|efternamn|navn|fornavn|efternavn|etunimi|sukunimi|imię|nazwisko|jméno|příjmení|naam"
)  # fmt: skip
_FIELD = re.compile(
    rf"(?<![\w])(?i:{_FIELD_WORDS})[\"'*`]{{0,3}}[ \t]{{0,3}}[:=|>][ \t]{{0,8}}[\"'*`]{{0,3}}(?:(?i:{HONORIFICS})\.?[ \t])?({NAME}(?:,[ \t]?{_WORD}(?:[ \t](?:{_WORD}|{_INITIAL})){{0,2}})?)"
)
_NAME_FIELD = re.compile(
    rf"(?<![\w.])(?i:name|student|person|employee|member)[\"'*`]{{0,3}}[ \t]{{0,3}}[:=|][ \t]{{0,8}}[\"'*`]{{0,3}}(?:(?i:{HONORIFICS})\.?[ \t])?({_WORD}(?:[ \t](?:{_PARTICLE}[ \t]){{0,2}}(?:{_WORD}|{_INITIAL}(?![\w]))){{1,3}}|{_WORD},[ \t]{_WORD})(?=[\"'`*,;|&\r\n<)]|[ \t]*$|\.)"
)
_MAILBOX = re.compile(rf"({NAME})[\"']?[ \t]{{1,2}}[<(](?=[\w.+\-]{{1,64}}@)")

_NOT_NAMES = frozenset(
    (
        "the a an and or but not none null nil true false yes no unknown undefined string str int integer number boolean object array list dict any optional required text value values default example sample test tests testing "
        "user users admin administrator root guest customer customers client clients patient patients employee employees team support sales service services company inc ltd llc gmbh corp group department office bank "
        "sir madam all everyone everybody folks there friends friend guys team colleagues world colleague reader hiring manager recruiter committee members member neighbour neighbours students parents board "
        "new old my your his her our their its this that these those here there where when what who why how which i you he she it we they me him us them is are was were be been "
        "name first last full address email phone date birth city country state street zip code id key token password secret username file path url link page title subject message body header description status type "
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december "
        "please thanks thank regards best kind sincerely dear hello hi hey good morning afternoon evening note notes see also click select choose open close save run build make create delete update add remove set get use "
        "docker python java javascript typescript react node django flask kubernetes linux windows ubuntu debian android ios google amazon microsoft apple facebook openai anthropic github gitlab slack redis postgres mysql "
        "api http https json xml yaml csv html css sql ssh tls ssl tcp udp ip dns cpu gpu ram ok error warning info debug fatal trace critical public private protected static final const var let def class function return import from "
        "happy sorry glad sure very really just only still already now then today tomorrow yesterday next other another each every some many much more most both either neither "
        "english german french spanish italian portuguese dutch chinese japanese korean hindi european american british indian canadian australian "
        "herr frau mr mrs ms dr senior junior chief executive officer director president vice engineer developer analyst consultant assistant coordinator specialist head lead staff intern "
        "sehr wie was wer wo ich du er sie es wir ihr der die das ein eine und oder aber nicht kein auch noch schon nur mit von bei für "
        "le la les un une des et ou mais je tu il elle nous vous ils elles ce cette mon ma mes el los las uno y o pero yo usted ustedes il lo gli uno una e ma io lei noi voi loro os as um uma "
        "happening looking working trying going having getting asking calling writing using running building interested responsible able unable aware confused stuck afraid busy ready available pleased"
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


def _hit(match: re.Match[str], group: int, score: float, cue: str) -> Hit:
    return Hit("PERSON", *match.span(group), score, "name-cue", False, (cue,))


def names(around: Surroundings) -> Iterator[Hit]:
    """People named by a cue."""
    text = around.text
    lowered = text.lower()
    for match in _HONORIFIC.finditer(text):
        title = match.group(1).rstrip(".").lower()
        if title in _NOT_AFTER_SHORT and not match.group(1)[0].isupper():
            continue
        if _name_like(match.group(2)) and not (title in _NOT_AFTER_SHORT and match.group(1)[-1] != "." and " " not in match.group(2)):
            yield _hit(match, 2, 0.85, "honorific")
            yield Hit("TITLE", *match.span(1), 0.5, "honorific")
    for match in _INTRODUCED.finditer(text):
        cue = text[match.start() : match.start(1)].lower()
        weak = cue.startswith(("this is", "named", "ask for", "speak", "the name of", "on behalf"))
        if _name_like(match.group(1), single=not weak or cue.startswith("this is") and "hello" in lowered[:80]):
            yield _hit(match, 1, 0.65 if weak else 0.9, "introduction")
    for match in _INTRODUCED_LOWER.finditer(text):
        words = match.group(1).split()
        kept = []
        for word in words:
            if word.lower() in _NOT_NAMES or len(kept) == 3:
                break
            kept.append(word)
        if kept:
            end = match.start(1) + len(" ".join(kept))
            if text[match.start(1) : end].split() == kept:
                yield Hit("PERSON", match.start(1), end, 0.75, "name-cue", False, ("introduction, lower case",))
    for match in _I_AM.finditer(text):
        if _name_like(match.group(1), single=False):
            yield _hit(match, 1, 0.7, "introduction")
    for match in _SALUTED.finditer(text):
        if _name_like(match.group(1)):
            yield _hit(match, 1, 0.75, "salutation")
    for match in _SIGNED.finditer(text):
        if _name_like(match.group(1)):
            yield _hit(match, 1, 0.75, "signature")
    if "\n\n" in text:
        for match in _CLOSED.finditer(text):
            if _name_like(match.group(1), single=False):
                yield _hit(match, 1, 0.55, "signature")
    if ":" in text or "=" in text or "|" in text or ">" in text:
        for match in _FIELD.finditer(text):
            if _name_like(match.group(1)):
                word = lowered[match.start() : match.start(1)].strip(" :=|\"'*`\t")
                weak = word in ("from", "to", "cc", "bcc", "owner", "holder", "agent", "director", "manager", "contact", "author", "reporter", "client", "customer", "driver", "judge", "sender", "signed", "director", "nom", "naam", "nome", "namn", "navn", "nombre")
                if weak and " " not in match.group(1) and not match.group(1)[1:].islower():
                    continue
                yield _hit(match, 1, 0.7 if weak else 0.85, "field")
        for match in _NAME_FIELD.finditer(text):
            if _name_like(match.group(1), single=False):
                yield _hit(match, 1, 0.65, "field")
    if "@" in text:
        for match in _MAILBOX.finditer(text):
            if _name_like(match.group(1)):
                yield _hit(match, 1, 0.8, "mailbox")


_KEY_NAMES = tuple(
    f" {word} "
    for word in (
        "full name|first name|last name|middle name|given name|family name|surname|forename|firstname|lastname|fullname|customer name|client name|patient|patient name|employee name|account holder|cardholder|card holder|holder name|"
        "contact name|contact person|applicant|beneficiary|passenger|passenger name|guest name|student name|vorname|nachname|prénom|nombre|apellido|apellidos|nome|cognome|sobrenome|voornaam|achternaam|förnamn|efternamn|fornavn|display name|recipient|sender name|author name|maiden name|first|last"
    ).split("|")
)  # fmt: skip


_KEYED = re.compile(rf"{_LETTER}(?:{_LETTER}|['’.\- ,]){{1,59}}")


def keyed(value: str, words: str) -> Iterator[Hit]:
    """A name that a whole value is because of its key or header; `words` as `words_of`, offsets inside `value`."""
    if not 2 <= len(value) <= 60 or len(value.split()) > 5 or _KEYED.fullmatch(value) is None:
        return
    if any(word in words for word in _KEY_NAMES) and _name_like(value):
        yield Hit("PERSON", 0, len(value), 0.85, "name-key", False, ("key",))
    elif " name " in words and _NAME.fullmatch(value) and _name_like(value, single=False):
        yield Hit("PERSON", 0, len(value), 0.6, "name-key", False, ("key",))
