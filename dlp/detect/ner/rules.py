"""Names that their surroundings announce: forms of address, "my name is", form fields, greetings, signatures, mail headers.

Every rule is a value with its evidence: lines in which it must find the marked name (`<...>`) and lines in which it must
find nothing; one parametrised test runs them all. Patterns hold bounded repetitions only, so a text costs linear time;
case is respected unless the rule says otherwise, because a capital is half of the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from dlp.detect.ner.lexicon import PERSONAL, Kind, Lexicon
from dlp.detect.ner.tags import Span
from dlp.detect.ner.words import HONORIFICS, NEVER_NAMES, PRODUCTS
from dlp.detect.ner.wordpiece import fold

_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|das|du|la|le|al|el|bin|ibn|ter|ten|zu|af|y)"
_JOIN = "['\u2019-]"
_CAPITAL = rf"\p{{Lu}}[\p{{L}}\p{{M}}]{{1,24}}(?:{_JOIN}\p{{L}}[\p{{L}}\p{{M}}]{{0,24}}){{0,2}}"
_PART = rf"(?:{_CAPITAL}|\p{{Lu}}\.(?:\p{{Lu}}\.)?)"
NAME = rf"(?:(?:{_PARTICLE}[ ]){{0,2}}{_PART}(?:[ ]?(?<=[. ])(?:{_PARTICLE}[ ]){{0,2}}{_PART}){{0,4}})"
"""One to five capitalised words, initials and lower-case particles between them."""
_ANY = rf"\p{{L}}[\p{{L}}\p{{M}}]{{1,24}}(?:{_JOIN}[\p{{L}}\p{{M}}]{{1,24}})?"
ANY_CASE = rf"(?:{_ANY}(?:[ ](?:\p{{L}}\.|{_ANY})){{0,3}})"

_OFFICES = frozenset(
    """
    president prasident presidente presidente president vice chairman chair speaker judge justice secretary minister ministre ministro
    ministra minister commissioner commissaire comisario commissario kommissar ambassador director directeur directrice director
    direttore diretor direktor rapporteur relatore ponente kollege colleague collega colleghi kollegen officer senator deputy mayor
    maire burgermeister sheriff chancellor kanzler dean principal teacher doktor doctor speaker le la les the and und et y e
    president's of vom am customer sir madam client kunde kundin cliente patient friend team all everyone everybody there folks
    colleagues support hiring recruiter manager user reader readers community guys ladies gentlemen damen herren mesdames messieurs
    tous toutes todos todas tutti both sirs world again service customers clients hr department committee board editor editors
    kundenservice kundendienst mom mum dad mama papa grandma grandpa love sweetheart darling diary santa god lord assistant bot chat
    valued applicant candidate parent parents student students resident residents tenant neighbor neighbour partner partners
    staff members member alle allerseits zusammen leute equipe equipo squadra iedereen alla my our your
    admin administrator help desk helpdesk sales marketing finance accounting legal engineering operations security billing office
    experience success relations resources the
    """.split()
)  # fmt: skip
"""What a form of address or a greeting is followed by when no name comes."""


_WORD_END = regex.compile(_JOIN)
_WORD = regex.compile(rf"[\p{{L}}\p{{M}}]+(?:{_JOIN}[\p{{L}}\p{{M}}]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """One way in which a text announces a name."""

    name: str
    pattern: str
    """Its first group is the name."""
    score: float
    label: str = "PERSON"
    any_case: bool = False
    """The name may be written in lower case; then the list must know a word of it, and none of it may be ordinary."""
    strong: bool = False
    """The surroundings leave no doubt: placeholder names and ordinary words (`Foo Bar`, `Grace`) count as well."""
    found: tuple[str, ...] = ()
    """Samples, the name in angle brackets."""
    nothing: tuple[str, ...] = ()
    """Look-alikes."""


_TITLES = (
    r"Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Mme|Mlle|Madame|Monsieur|Ma\u00eetre|Me|MM|Herr|Herrn|Frau|Sr|Sra|Srta|Se\u00f1or|Se\u00f1ora|"
    r"se\u00f1or|se\u00f1ora|Do\u00f1a|do\u00f1a|Don|don|D\u00f1a|Signor|Signora|signor|signora|Sig|Sig\.ra|Dott|Dott\.ssa|dott|dottor|Avv|Ing|Senhor|senhor|Senhora|senhora|"
    r"Meneer|meneer|Mevrouw|mevrouw|Mevr|mevr|Dhr|dhr|(?:de|De) heer|Pan|Pani|Shri|Sri|Smt|Shrimati|Kumari|Rechtsanwalt|"
    r"docteur|dokter|doktor|Docteur|doctor|doctora|Doctor|juge|avvocato|Me|Capt|Captain|Sgt|Lt|Col|Rev|Sheikh|Imam|Rabbi"
)
_GREETINGS = (
    r"Dear|Hi|Hello|Hey|Hallo|Liebe|Lieber|Guten (?:Tag|Morgen|Abend)|Sehr geehrte(?:r)?|Bonjour|Bonsoir|Cher|Ch\u00e8re|Salut|Hola|Estimad[oa]|Querid[oa]|"
    r"Ciao|Car[oa]|Gentile|Buongiorno|Ol\u00e1|Oi|Prezad[oa]|Car[oa]|Beste|Hoi|Geachte|K\u00e6re|Hej|B\u00e4sta|Namaste|Namaskar|Thanks|Thank you|Danke|Merci|Gracias|Grazie|"
    r"Good (?:morning|afternoon|evening)"
)
_CLOSINGS = (
    r"(?:(?:With )?(?:[Kk]ind(?:est)?|[Bb]est|[Ww]arm(?:est)?|[Mm]any)[ ])?(?:[Rr]egards|[Tt]hanks|[Ww]ishes)|Sincerely(?: yours)?|Yours (?:sincerely|faithfully|truly)|"
    r"Cheers|Best|Thank you|Thanks(?: again| in advance)?|Respectfully|Love|Cordially|Take care|Cordialement|Bien \u00e0 (?:vous|toi)|Amicalement|"
    r"(?:Mit )?[Ff]reundlichen Gr\u00fc\u00dfen|(?:Viele|Liebe|Beste|Sch\u00f6ne) Gr\u00fc\u00dfe|MfG|LG|VG|Gru\u00df|"
    r"Saludos(?: cordiales)?|Un (?:cordial )?saludo|Atentamente|Un abrazo|Cordiali saluti|Distinti saluti|Un saluto|Atenciosamente|Um abra\u00e7o|Abra\u00e7os|"
    r"Met vriendelijke groet(?:en)?|Groet(?:en|jes)?|Med venlig hilsen|(?:Med )?[Vv]\u00e4nliga h\u00e4lsningar|Mvh|Venlig hilsen|Dhanyavaad|Signed"
)
_STRONG_FIELDS = (
    r"full[ _-]?name|first[ _-]?name|last[ _-]?name|middle[ _-]?name|given[ _-]?name|family[ _-]?name|sur[ _-]?name|maiden[ _-]?name|(?:customer|client|patient|employee|"
    r"applicant|candidate|tenant|owner|guest|passenger|student|contact|beneficiary|recipient|sender|payee|user|display|account[ _]?holder|cardholder|card[ _]?holder|"
    r"father'?s?|mother'?s?|spouse|insured|author|manager|doctor|emergency contact|legal)[ _-]?(?:full[ _-]?)?name|account[ _]?holder|card[ _]?holder(?:[ _]name)?|name on (?:the )?card|"
    r"emergency[ _]contact|contact[ _]person|next of kin|vorname|nachname|familienname|pr[e\u00e9]nom|nom (?:de famille|complet)|voornaam|achternaam|apellidos?|nombre(?: completo)?|"
    r"cognome|nome(?: completo)?|sobrenome|fornavn|efternavn|f\u00f6rnamn|efternamn|patient(?:in)?|ansprechpartner(?:in)?|interessado|paciente|paziente"
)

RULES: tuple[NameRule, ...] = (
    NameRule(
        name="title",
        pattern=rf"(?<![\p{{L}}\d.])(?:{_TITLES}|(?i:mr|mrs|ms|dr|prof))\.?(?:[ ](?:Dr|Prof|med|Ing)\.){{0,2}}[ ]({NAME})",
        score=0.9,
        found=("spoke to Mrs. <Okonkwo> today", "Herr Dr. <Kessler> kommt", "la Sra. <Lucía Fernández> dijo", "M. Blanc et Mme <Roux>",
               "Shri <Ramesh Babu> and Smt. <Kamala Devi>", "de heer <van Dijk>"),
        nothing=("Herr Präsident, meine Damen", "Dear Sir or Madam", "Mr President, the vote", "el Sr. Presidente"),
    ),
    NameRule(
        name="monsieur",
        pattern=rf"(?<![\p{{L}}\d.])MM?\.[ ]({NAME})",
        score=0.8,
        found=("le requérant, M. <Lefebvre>, est né", "M. <J. Dupont> répond"),
        nothing=("J. M. le voisin", "le format M. 3"),
    ),
    NameRule(
        name="title, lower case",
        pattern=rf"(?<![\p{{L}}\d.])(?i:mr|mrs|ms|dr|shri|smt|prof|herr|frau|mme|sr|sra)\.?[ ]({_ANY})\b",
        score=0.8, any_case=True,
        found=("call mr <sharma> please", "dr. <patel> said no"),
        nothing=("dr. house rules apply to mr nobody", "the ms word file"),
    ),
    NameRule(
        name="introduction",
        pattern=rf"(?i:\b(?:my (?:full )?name is|my name's|i am called|i'm called|people call me|ich hei(?:\u00df|ss)e|mein name ist|je m['\u2019]appelle|mon nom est|mijn naam is|ik heet|me llamo|"
                rf"mi nombre es|mi chiamo|il mio nome \u00e8|meu nome \u00e9|me chamo|mera naam|jag heter|mitt namn \u00e4r|jeg hedder|mit navn er|nazywam si\u0119))[ ]({NAME})",
        score=0.95, strong=True,
        found=("Hi, my name is <Tunde Bakare> and", "Ich heiße <Jörg Ahrens>.", "je m'appelle <Élodie>", "mera naam <Priya> hai"),
        nothing=("my name is not important", "Je m'appelle ainsi"),
    ),
    NameRule(
        name="introduction, lower case",
        pattern=rf"(?i:\b(?:my (?:full )?name is|my name's|ich hei(?:\u00df|ss)e|je m['\u2019]appelle|mijn naam is|ik heet|me llamo|mi chiamo|meu nome \u00e9|mera naam|jag heter|jeg hedder))[ ]({_ANY}(?:[ ]{_ANY})?)\b",
        score=0.85, any_case=True,
        found=("my name is <tunde bakare> and i live here", "mera naam <rohit> hai"),
        nothing=("my name is not on the list",),
    ),
    NameRule(
        name="field",
        pattern=rf"(?i:(?<![\p{{L}}\d])(?:{_STRONG_FIELDS}))[\"'*]{{0,3}}[ \t]{{0,4}}[:=|][ \t]{{0,4}}[\"'*]{{0,3}}({NAME})(?=[\"',;|<)*\t ]{{0,2}}(?:$|\n|\r|[\"',;|<(}}*\t]|[ ]{{2,8}}))",
        score=0.9, strong=True,
        found=('{"first_name": "<Priya>", "x": 1}', "Patient: <Marta Kowalska>\nDOB", "Account holder: <Grace Hopper>", "| Vorname | <Jörg> |", "Apellidos: <García Ruiz>"),
        nothing=("first name: required", '{"last_name": null}'),
    ),
    NameRule(
        name="field, lower case",
        pattern=rf"(?i:(?<![\p{{L}}\d])(?:{_STRONG_FIELDS}))[\"'*]{{0,3}}[ \t]{{0,4}}[:=][ \t]{{0,4}}[\"'*]{{0,3}}({_ANY}(?:[ ]{_ANY}){{0,2}})(?=[\"',;|<\t ]{{0,2}}(?:$|\n|\r|[\"',;|}}]))",
        score=0.8, any_case=True,
        found=("first_name=<rohit>\nx", '"surname": "<kowalska>"'),
        nothing=("full_name: string", "first name: required"),
    ),
    NameRule(
        name="name field",
        pattern=rf"(?i:(?<![\p{{L}}\d_.-])(?:name|nom|naam|navn|namn|naam|by|attn|attention|re|contact|attendees?|participants?|present|signed by|prepared by|reviewed by|author|assignee|reporter|owner))[\"'*]{{0,3}}[ \t]{{0,4}}[:=|][ \t]{{0,4}}[\"'*]{{0,3}}({_PART}(?:[ ](?:{_PARTICLE}[ ]){{0,2}}{_PART}){{1,3}})(?=[\"',;|<(\t ]{{0,2}}(?:$|\n|\r|[\"',;|<(}}\t]|[ ]{{2,8}}))",
        score=0.6, any_case=True,
        found=('"name": "<Priya Sharma>"', "Contact: <Lars Nygaard>\n", "Name | <Ana Souza> |"),
        nothing=('"name": "Getting Started"', "Name: Main Street Project"),
    ),
    NameRule(
        name="greeting",
        pattern=rf"(?m:^|(?<=[.!?\"'>] ))[ \t>\"']{{0,4}}(?:{_GREETINGS})[ ](?:(?:{_TITLES})\.?[ ]){{0,2}}({NAME})(?=[ ]?(?:[,!:;.\u2013-]|$|\n|ji\b))",
        score=0.85,
        found=("Dear <Anita>,\n", "Hallo <Björn>!", "Hola <María José>: gracias", "Dear Dr. <Singh>,"),
        nothing=("Dear Hiring Manager,", "Hello World!", "Hi Team,", "Hey Siri, play"),
    ),
    NameRule(
        name="signature",
        pattern=rf"(?m:^|(?<=[.!?] ))[ \t>]{{0,4}}(?:{_CLOSINGS})[ ]?[,.!]?[ \t]{{0,4}}\r?\n(?:[ \t>]{{0,4}}\r?\n){{0,2}}[ \t>]{{0,4}}(?:-{{1,2}}[ ]?)?({NAME})[ \t]{{0,4}}(?=$|\n|\r|,|\|)",
        score=0.85, strong=True,
        found=("Best regards,\n<Foo Bar>\nCustomer", "Mit freundlichen Grüßen\n\n<Heike Brandt>", "Thanks,\n<Tom>"),
        nothing=("Kind regards,\nThe Support Team", "Thanks,\nCustomer Service"),
    ),
    NameRule(
        name="header",
        pattern=rf"(?m:^)[ \t>]{{0,4}}(?:From|To|Cc|Bcc|CC|Von|An|Reply-To|Sender|Signed-off-by|Co-[Aa]uthored-[Bb]y|Reviewed-by|Acked-by|Author|Expéditeur|Destinataire|Remitente)[ ]?:[ ]?\"?({NAME})\"?(?=[ ]?(?:<|\[|\(|$|\n|\r|;))",
        score=0.75,
        found=("From: <Olu Adeyemi> <olu@example.org>", "Signed-off-by: <Ana B. Costa> <a@example.org>", "To: <Kim Min-jun>\n"),
        nothing=("From: Berlin Office to us", "To: All Staff"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: NameRule
    pattern: regex.Pattern[str]


_COMPILED = tuple(_Compiled(rule, regex.compile(rule.pattern, regex.VERSION0)) for rule in RULES)


def announced(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """What the rules find in `text`, in no particular order, possibly overlapping."""
    for compiled in _COMPILED:
        for match in compiled.pattern.finditer(text):
            span = _checked(text, *match.span(1), compiled.rule, lexicon)
            if span is not None:
                yield span


def _checked(text: str, start: int, end: int, rule: NameRule, lexicon: Lexicon) -> Span | None:
    """The span if its words can be a name in such a place, shortened to the words before the first that can't."""
    parts = [(match.start(), match.end(), fold(match.group())) for match in _WORD.finditer(text, start, end)]
    while parts and parts[0][2] in HONORIFICS and len(parts) > 1 and len(parts[0][2]) > 1:
        parts.pop(0)
    good = 0
    for _, _, word in parts:
        if word in _OFFICES or (word in NEVER_NAMES and not rule.strong) or (word in PRODUCTS and not rule.strong):
            break
        good += 1
    if not good:
        return None
    words = [word for _, _, word in parts[:good]]
    kinds = [lexicon.kind(_WORD_END.split(word)[0]) for word in words]
    if rule.any_case:
        if not any(kind & PERSONAL and not kind & Kind.ORDINARY for kind in kinds):
            return None
        sure = next((n for n, kind in enumerate(kinds) if kind & Kind.ORDINARY and (n or not kind & PERSONAL)), good)
        if sure == 0:
            return None
        good = sure
    elif not rule.strong and all(kind & Kind.ORDINARY and not kind & PERSONAL for kind in kinds) and rule.score < 0.9:
        return None
    last = end if good == len(parts) else parts[good - 1][1]
    return Span(parts[0][0], last, rule.label, rule.score, rule.name)
