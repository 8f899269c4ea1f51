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
from dlp.detect.ner.persons import stands_after_from
from dlp.detect.ner.tags import Span
from dlp.detect.ner.wordpiece import fold, wanted_words
from dlp.detect.ner.words import FUNCTION_WORDS, HONORIFICS, NEVER_NAMES, PRODUCTS
from dlp.detect.patterns import late_regex

_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|das|du|la|le|al|el|bin|ibn|ter|ten|zu|af|y)"
_JOIN = "['\u2019-]"
_CAPITAL = rf"\p{{Lu}}[\p{{L}}\p{{M}}]{{1,24}}(?:{_JOIN}\p{{L}}[\p{{L}}\p{{M}}]{{0,24}}){{0,2}}"
_PART = rf"(?:{_CAPITAL}|\p{{Lu}}\.(?:\p{{Lu}}\.)?)"
NAME = rf"(?:(?:{_PARTICLE}[ ]){{0,2}}{_PART}(?:[ ]?(?<=[. ])(?:{_PARTICLE}[ ]){{0,2}}{_PART}){{0,4}})"
"""One to five capitalised words, initials and lower-case particles between them."""
_ANY = rf"\p{{L}}[\p{{L}}\p{{M}}]{{1,24}}(?:{_JOIN}[\p{{L}}\p{{M}}]{{1,24}})?"

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
    experience success relations resources the varon mujer hombre male female man woman masculino femenino homme femme mann uomo donna homem mulher
    """.split()
)  # fmt: skip
"""What a form of address or a greeting is followed by when no name comes."""


_WORD_END = regex.compile(_JOIN)
_WORD = regex.compile(rf"[\p{{L}}\p{{M}}]+(?:{_JOIN}[\p{{L}}\p{{M}}]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """One way in which a text announces a name: a head ("Dear", "my name is", "surname"), then the name."""

    name: str
    heads: tuple[str, ...]
    """Phrases that come before, compared without regard to case and accents; any one of blank, `_`, `-`, `.` and apostrophe between words."""
    after: str
    """Pattern of what follows the head; its first group is the name."""
    score: float
    label: str = "PERSON"
    joined: bool = False
    """The words of the head may be written as one (`firstName`)."""
    capital: bool = False
    """The head must be written with a capital."""
    opens: bool = False
    """The head must stand at the start of a line or sentence."""
    any_case: bool = False
    """The name may be written in lower case; then the list must know a word of it, and it ends before an ordinary one."""
    given: bool = False
    """The list must know the first word as a given name and as nothing ordinary."""
    strong: bool = False
    """The surroundings leave no doubt: placeholder names and ordinary words (`Foo Bar`, `Grace`) count as well."""
    found: tuple[str, ...] = ()
    """Samples, the name in angle brackets."""
    nothing: tuple[str, ...] = ()
    """Look-alikes."""


def _split(phrases: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in phrases.replace("\n", ",").split(",") if phrase.strip())


_TITLES = _split(
    """
    mr, mrs, ms, miss, mx, dr, prof, professor, sir, madam, mme, mlle, madame, monsieur, maitre, me, mm, herr, herrn, frau, sr, sra, srta,
    senor, senora, dona, don, signor, signora, sig, sig.ra, dott, dott.ssa, dottor, avv, ing, senhor, senhora, meneer, mevrouw, mevr, dhr,
    de heer, pan, pani, shri, sri, smt, shrimati, kumari, rechtsanwalt, docteur, dokter, doktor, doctor, doctora, juge, avvocato, capt,
    captain, sgt, lt, rev, sheikh, imam, rabbi, onorevole, procurador, juez, jueza, alcalde, maestro, nurse, attorney, uncle, aunt,
    tante, oncle, tio, tia, zio, zia
    """
)
_LOWER_TITLES = _split("mr, mrs, ms, dr, shri, smt, prof, herr, frau, mme, sr, sra")
_GREETINGS = _split(
    """
    dear, hi, hello, hey, hallo, liebe, lieber, guten tag, guten morgen, guten abend, sehr geehrte, sehr geehrter, bonjour, bonsoir, cher,
    chere, salut, hola, estimado, estimada, querido, querida, ciao, caro, cara, gentile, buongiorno, ola, oi, prezado, prezada, beste, hoi,
    geachte, kaere, hej, basta, namaste, namaskar, thanks, thank you, danke, merci, gracias, grazie, obrigado, obrigada, good morning,
    good afternoon, good evening, kære
    """
)
_CLOSINGS = _split(
    """
    regards, kind regards, kindest regards, best regards, warm regards, warmest regards, with kind regards, with best regards, best wishes,
    many thanks, warm wishes, sincerely, sincerely yours, yours sincerely, yours faithfully, yours truly, cheers, best, thank you, thanks,
    thanks again, thanks in advance, respectfully, love, cordially, take care, cordialement, bien à vous, bien à toi, bien cordialement,
    amicalement, mit freundlichen grüßen, freundliche grüße, viele grüße, liebe grüße, beste grüße, schöne grüße, mfg, lg, vg, gruß,
    saludos, saludos cordiales, un saludo, un cordial saludo, atentamente, un abrazo, cordiali saluti, distinti saluti, un saluto,
    atenciosamente, um abraço, abraços, met vriendelijke groet, met vriendelijke groeten, groet, groeten, groetjes, med venlig hilsen,
    venlig hilsen, med vänliga hälsningar, vänliga hälsningar, mvh, dhanyavaad, signed, happy meditating, respectfully yours
    """
)
_INTRODUCTIONS = _split(
    """
    my name is, my full name is, my name's, i am called, i'm called, people call me, ich heiße, ich heisse, mein name ist, je m'appelle,
    mon nom est, mijn naam is, ik heet, me llamo, mi nombre es, mi chiamo, il mio nome è, meu nome é, me chamo, mera naam, jag heter,
    mitt namn är, jeg hedder, mit navn er, nazywam się
    """
)
_FIELDS = _split(
    """
    full name, first name, last name, middle name, given name, family name, surname, sur name, maiden name, customer name, client name,
    patient name, employee name, applicant name, candidate name, tenant name, owner name, guest name, passenger name, student name,
    contact name, beneficiary name, recipient name, sender name, payee name, user full name, account holder, account holder name,
    cardholder, card holder, cardholder name, card holder name, name on card, name on the card, father name, father's name, mother name,
    mother's name, spouse name, insured name, author name, manager name, doctor name, legal name, emergency contact, contact person,
    next of kin, vorname, nachname, familienname, prenom, prénom, nom de famille, nom complet, voornaam, achternaam, apellido, apellidos,
    nombre, nombre completo, cognome, nome, nome completo, sobrenome, fornavn, efternavn, förnamn, efternamn, patient, patientin,
    ansprechpartner, ansprechpartnerin, paciente, paziente, interessado, emergency contact name, holder name, buyer name, seller name
    """
)
_WEAK_FIELDS = _split(
    """
    name, nom, naam, navn, namn, by, attn, attention, contact, attendee, attendees, participant, participants, present, signed by,
    prepared by, reviewed by, approved by, author, assignee, reporter, owner, manager, customer, client, employee, display name, user name
    """
)
_PERSON_FIELDS = _split(
    """
    assistant, editor, author, reviewer, approver, supervisor, teacher, organizer, organiser, host, guest, player, coach, trainer, speaker,
    instructor, mentor, tutor, driver, requester, submitter, caller, interviewer, spouse, betreuer, betreuerin, bearbeiter, bearbeiterin,
    lehrer, lehrerin, interlocuteur, conseiller, profesor, profesora, tutora, insegnante, professora, docent, handläggare, lærer
    """
)
_HEADERS = _split(
    """
    from, to, cc, bcc, von, an, de, para, reply-to, sender, signed-off-by, co-authored-by, reviewed-by, acked-by, tested-by, author,
    expéditeur, destinataire, remitente, à, da, a
    """
)
_TOLD = _split(
    """
    tell, ask, remind, email, ping, invite, sag, sage, frag, frage, schreib, schreibe, grüß, ruf, dis a, dis à, dire a, dire à, demande a,
    demande à, écris a, écris à, previens, appelle, dile a, decirle a, pregúntale a, pregunta a, escribe a, escríbele a, avisa a, llama a,
    manda a, di' a, dì a, dillo a, scrivi a, chiedi a, chiama, zeg tegen, tegen, vraag, vraag aan, schrijf, bel, app, fala pra, fala pro,
    fala com, avisa pra, avisa pro, diz pra, diz pro, escreve pra, escreve pro, pergunta pra, pergunta pro, liga pra, liga pro, manda pra,
    manda pro, sig til, sige til, spørg, skriv til, ring til, säg till, säga till, fråga, skriv till, ring, hälsa
    """
)
_EMPLOYED = _split(
    """
    used to work for, used to work at, worked for, worked at, employed by, employed at, employee of, employees of, job at, jobs at,
    interned at, internship at, hired by, laid off by, job offer from, ceo of, cto of, cfo of, founder of, co-founder of, shares of,
    work for, works for, work at, works at, working for, working at, arbeite bei, arbeitet bei, arbeitete bei, gekündigt bei, travaille chez,
    travaillait chez, bosse chez, trabajo en, trabaja en, trabajaba en, trabalho na, trabalha na, trabalhava na, lavoro presso, lavora presso,
    lavorava presso, werk bij, werkt bij, werkte bij, jobbar på, jobbade på, arbetar på, arbejder hos, arbejdede hos
    """
)
_COMPANY_FIELDS = _split(
    """
    company, company name, employer, employer name, organisation, organization, organisation name, organization name, firm, vendor, supplier,
    firma, firmenname, unternehmen, arbeitgeber, lieferant, entreprise, société, employeur, fournisseur, empresa, empleador, proveedor,
    azienda, ditta, datore di lavoro, fornitore, empregador, fornecedor, bedrijf, werkgever, leverancier, virksomhed, arbejdsgiver, företag,
    arbetsgivare
    """
)
_OWN = _split("my, his, her, their, our")
_THAT = _split("dass, que, che, att, at, dat, that")
_OPEN = r"[\"'*]{0,3}[ \t]{0,4}"
_VALUE_ENDS = r"(?=[\"',;|<)*\t ]{0,2}(?:$|\n|\r|[\"',;|<(}*\t]|[ ]{2,8}))"

RULES: tuple[NameRule, ...] = (
    NameRule(
        name="title", heads=_TITLES, capital=True, score=0.9,
        after=rf"\.?(?:[ ](?:Dr|Prof|med|Ing)\.){{0,2}}[ ]({NAME})",
        found=("spoke to Mrs. <Okonkwo> today", "Herr Dr. <Kessler> kommt", "la Sra. <Lucía Fernández> dijo", "M. Blanc et Mme <Roux>",
               "Shri <Ramesh Babu> and Smt. <Kamala Devi>"),
        nothing=("Herr Präsident, meine Damen", "Dear Sir or Madam", "Mr President, the vote", "el Sr. Presidente"),
    ),
    NameRule(
        name="title, small", score=0.85,
        heads=_split("señora, señor, doña, don, signor, signora, senhor, senhora, meneer, mevrouw, de heer, docteur, dokter, doctor, doctora, "
                     "juge, avvocato, dottor, dottoressa, mr, mrs, ms, dr, prof, juez, avvocata, onorevole, dott, dott.ssa, dottssa, sig, sig.ra, sigra, avv, "
                     "frau, herrn, herr, fru, mme, mlle, sra, sr, dra, mevr, dhr, l\u00e6ge, l\u00e4kare"),
        after=rf"\.?[ ]({NAME})",
        found=("con el señor <Iglesias> ayer", "inviato dal dott. <Guinizzelli>.", "an frau <Ünal> wenden", "ms. <Quinzia> called", "de heer <van Dijk> belde", "l'avvocato <Neri> ha detto"),
        nothing=("el señor Presidente", "the doctor The"),
    ),
    NameRule(
        name="monsieur", heads=("m", "mm"), capital=True, score=0.8,
        after=rf"\.[ ]({NAME})",
        found=("le requérant, M. <Lefebvre>, est né", "M. <J. Dupont> répond"),
        nothing=("J. M. le voisin", "le format M. 3"),
    ),
    NameRule(
        name="title, lower case", heads=_LOWER_TITLES, score=0.8, any_case=True,
        after=rf"\.?[ ]({_ANY})\b",
        found=("call mr <sharma> please", "dr. <patel> said no"),
        nothing=("dr. house rules apply to mr nobody", "the ms word file"),
    ),
    NameRule(
        name="introduction", heads=_INTRODUCTIONS, score=0.95, strong=True,
        after=rf"[ ]({NAME})",
        found=("Hi, my name is <Tunde Bakare> and", "Ich heiße <Jörg Ahrens>.", "je m'appelle <Élodie>", "mera naam <Priya> hai"),
        nothing=("my name is not important", "Je m'appelle ainsi"),
    ),
    NameRule(
        name="introduction, lower case", heads=_INTRODUCTIONS, score=0.85, any_case=True,
        after=rf"[ ]({_ANY}(?:[ ]{_ANY})?)\b",
        found=("my name is <tunde bakare> and i live here", "mera naam <rohit> hai"),
        nothing=("my name is not on the list",),
    ),
    NameRule(
        name="field", heads=_FIELDS, joined=True, score=0.9, strong=True,
        after=rf"{_OPEN}[:=|][ \t]{{0,4}}[\"'*]{{0,3}}({NAME}){_VALUE_ENDS}",
        found=('{"first_name": "<Priya>", "x": 1}', "Patient: <Marta Kowalska>\nDOB", "Account holder: <Grace Hopper>", "| Vorname | <Jörg> |",
               "Apellidos: <García Ruiz>", '"lastName":"<Obi>"'),
        nothing=("first name: required", '{"last_name": null}'),
    ),
    NameRule(
        name="field, lower case", heads=_FIELDS, joined=True, score=0.8, any_case=True,
        after=rf"{_OPEN}[:=][ \t]{{0,4}}[\"'*]{{0,3}}({_ANY}(?:[ ]{_ANY}){{0,2}})(?=[\"',;|<\t ]{{0,2}}(?:$|\n|\r|[\"',;|}}]))",
        found=("first_name=<rohit>\nx", '"surname": "<kowalska>"'),
        nothing=("full_name: string", "first name: required"),
    ),
    NameRule(
        name="name field", heads=_WEAK_FIELDS, joined=True, score=0.6, any_case=True,
        after=rf"{_OPEN}[:=|][ \t]{{0,4}}[\"'*]{{0,3}}({_PART}(?:[ ](?:{_PARTICLE}[ ]){{0,2}}{_PART}){{1,3}}){_VALUE_ENDS}",
        found=('"name": "<Priya Sharma>"', "Contact: <Lars Nygaard>\n", "Name | <Ana Souza> |"),
        nothing=('"name": "Getting Started"', "Name: Main Street Project"),
    ),
    NameRule(
        name="person field", heads=_PERSON_FIELDS, joined=True, score=0.7, any_case=True,
        after=rf"{_OPEN}[:=>][ \t]{{0,4}}[\"'*]{{0,3}}({_CAPITAL}){_VALUE_ENDS}",
        found=('{"assistant": "<Tanveer>"}', "Betreuer: <Lindner>\n"),
        nothing=('{"role": "assistant", "editor": "Vim"}', "Author: Unknown", "editor: true"),
    ),
    NameRule(
        name="greeting", heads=_GREETINGS, opens=True, capital=True, score=0.85,
        after=rf"[ ](?:[A-Z]\p{{L}}{{1,4}}\.[ ]){{0,2}}({NAME})(?=[ ]?(?:[,!:;.\u2013-]|$|\n|ji\b))",
        found=("Dear <Anita>,\n", "Hallo <Björn>!", "Hola <María José>: gracias", "Dear Dr. <Singh>,"),
        nothing=("Dear Hiring Manager,", "Hello World!", "Hi Team,", "Hey Siri, play"),
    ),
    NameRule(
        name="signature", heads=_CLOSINGS, opens=True, capital=True, score=0.85, strong=True,
        after=rf"[ ]?[,.!]?[ \t]{{0,4}}\r?\n(?:[ \t>]{{0,4}}\r?\n){{0,2}}[ \t>]{{0,4}}(?:-{{1,2}}[ ]?)?({NAME})[ \t]{{0,4}}(?=$|\n|\r|,|\|)",
        found=("Best regards,\n<Foo Bar>\nCustomer", "Mit freundlichen Grüßen\n\n<Heike Brandt>", "Thanks,\n<Tom>"),
        nothing=("Kind regards,\nThe Support Team", "Thanks,\nCustomer Service"),
    ),
    NameRule(
        name="told", heads=_TOLD, score=0.75, any_case=True, given=True,
        after=rf"[ ]({_ANY})(?![\w@/(=-]|\.\w)",
        found=("sag <odette> bitte ab", "avisa pra <nuno> que não vou", "kan du sige til <merete> at vi kommer"),
        nothing=("tell me why", "sag mir bitte", "fala pra eles", "ask redis about it"),
    ),
    NameRule(
        name="employer", heads=_EMPLOYED, score=0.65, label="ORGANIZATION",
        after=rf"[ ]((?:{_CAPITAL}|\p{{Lu}}{{2,6}})(?:[ ]{_CAPITAL}){{0,3}})(?=[ ](?:as|and|for|until|in|to|since|where|but|fell|rose|als|seit|comme|depuis|desde|como|dal|come|sinds|som|sedan|siden)\b|[,.;!?)]|$|\n)",
        found=("I used to work for <Futurello> as a clerk", "she was hired by <Hopstat>, then left", "the CEO of <Zenvora Labs> and"),
        nothing=("I used to work for my uncle", "worked for Python and Java", "worked at Night, mostly", "employed by Maria"),
    ),
    NameRule(
        name="company field", heads=_COMPANY_FIELDS, joined=True, score=0.75, label="ORGANIZATION",
        after=rf"{_OPEN}[:=|][ \t]{{0,4}}[\"'*]{{0,3}}((?:{_CAPITAL}|\p{{Lu}}{{2,6}})(?:[ ](?:(?:&|and|und|et|y|e)[ ])?{_CAPITAL}){{0,4}}){_VALUE_ENDS}",
        found=("Organisation: <Zenvora>\n", '{"companyName": "<Nordhaven Helix>", "x": 1}', "Firma: <Kestrel & Finch>\n", "| Employer | <Vantero Marine> |"),
        nothing=("Company: unknown", '{"company": null}', "Company: Maria", "Organisation: The best"),
    ),
    NameRule(
        name="of one's employer", heads=_OWN, score=0.65, label="ORGANIZATION",
        after=rf"[ ]({_CAPITAL}(?:[ ]{_CAPITAL}){{0,3}})(?=[ ](?:badge|resignation|offer[ ]letter|payslip|paycheck|severance|colleagues?|co-?workers?|recruiter|onboarding|non-compete|stock[ ]options)\b)",
        found=("my <Zenvora> badge stopped working", "her <Nordhaven Helix> offer letter came", "their <Hopstat Research> resignation letters"),
        nothing=("my Maria colleagues", "my Python colleagues", "my new badge", "her Old badge"),
    ),
    NameRule(
        name="firm's", heads=("the",), score=0.65, label="ORGANIZATION",
        after=rf"[ ]({_CAPITAL}(?:[ ]{_CAPITAL}){{0,3}})(?=[ ](?:offices?|headquarters|HQ|subsidiary|spokes(?:man|woman|person)|shareholders|board|merger|takeover|payroll)\b)",
        found=("The <Zenvora> office is closed", "the <Hopstat Research> board met"),
        nothing=("the Oval office", "The Paris office", "the Head office", "the post office", "The Maria office"),
    ),
    NameRule(
        name="said of", heads=_THAT, score=0.75, any_case=True, given=True,
        after=rf"[ ]({_ANY})(?=[ ](?:ist|hat|kommt|krank|está|esta|tá|vem|vai|tem|è|ha|viene|är|har|kommer|er|is|has|comes|heeft|komt|est|vient|tiene)\b)",
        found=("dass <reinald> kommt", "att <charlotta> är sjuk", "che <osvaldo> è malato"),
        nothing=("dass er kommt", "que todo está bien", "that it is"),
    ),
    NameRule(
        name="header", heads=_HEADERS, opens=True, capital=True, score=0.75,
        after=rf"[ ]?:[ ]?\"?({NAME})\"?(?=[ ]?(?:<|\[|\(|$|\n|\r|;))",
        found=("From: <Olu Adeyemi> <olu@example.org>", "Signed-off-by: <Ana B. Costa> <a@example.org>", "To: <Kim Min-jun>\n"),
        nothing=("From: Berlin Office to us", "To: All Staff"),
    ),
)  # fmt: skip


SETTLING = frozenset({"title", "title, small", "monsieur", "introduction", "field", "person field"})
"""Rules that are believed before a model that takes the name for a place's."""
_LETTERS = regex.compile(r"[^\W\d_]+")
_STEP = regex.compile(r"(?:['\u2019][ ]|[ _.'\u2019-])?([^\W\d_]+)")
_TAILS = {rule.name: late_regex(rule.after) for rule in RULES}


type _Entry = tuple[NameRule, tuple[str, ...]]
"""A rule, and the words that follow the first one of the head."""


def _index() -> dict[str, tuple[list[_Entry], dict[str, list[_Entry]]]]:
    """First word of a head, folded -> what is tried there; and by the word that follows, all that is tried if that one does. Longest heads first."""
    made: dict[str, list[_Entry]] = {}
    for rule in RULES:
        for head in rule.heads:
            words = [fold(match.group()) for match in _LETTERS.finditer(head)]
            made.setdefault(words[0], []).append((rule, tuple(words[1:])))
            if rule.joined and len(words) > 1:
                made.setdefault("".join(words), []).append((rule, ()))
    found = {}
    for first, entries in made.items():
        entries.sort(key=lambda each: -len(each[1]))
        following = dict.fromkeys(rest[0] for _, rest in entries if rest)
        found[first] = (
            [entry for entry in entries if not entry[1]],
            {word: [entry for entry in entries if not entry[1] or entry[1][0] == word] for word in following},
        )
    return found


_AT = _index()


def announced(text: str, lexicon: Lexicon) -> Iterator[Span]:
    """What the rules find in `text`, in no particular order, possibly overlapping. Linear: a rule is tried at its heads only."""
    for start, end, folded in wanted_words(text, _HEADS, _LETTERS):
        if folded in _AFTER_NAMES:
            span = _named_before(text, start, lexicon)
            if span is not None:
                yield span
        elif folded in _SPEAKING and start:
            span = _named_before(text, start, lexicon, speaks=True)
            if span is not None:
                yield span
        if folded not in _AT:
            continue
        if start and (
            text[start - 1].isdigit() or (text[start - 1] == "." and start > 1 and text[start - 2].isalnum())
        ):
            continue
        heads, following = _AT[folded]
        if following:
            step = _STEP.match(text, end)
            if step is not None:
                heads = following.get(fold(step.group(1)), heads)
        done: set[str] = set()
        for rule, rest in heads:
            if (
                rule.name in done
                or (rule.capital and not text[start].isupper())
                or (rule.opens and not _opens(text, start))
            ):
                continue
            at = _follow(text, end, rest) if rest else end
            match = _TAILS[rule.name].match(text, at) if at >= 0 else None
            word = text[start:end]
            if match is not None and not (
                rule.capital and len(word) > 1 and word.isupper() and not match.group(1).isupper()
            ):
                done.add(rule.name)
                span = _checked(text, *match.span(1), rule, lexicon)
                if span is not None:
                    yield span


_AFTER_NAMES = frozenset("ji bhai bhaiya didi sahab saheb sahib aunty uncle garu sir madam maam san sama".split())
"""What follows a name in India and Japan, in any case."""
_SPEAKING = frozenset(
    """
    sagte sagt meinte meint erklarte erklart berichtete fragte fragt antwortete schrieb widersprach betonte glaubt zei zegt vroeg vraagt
    antwoordde schreef denkt sager sade berattade undrar fragar svarade sagde siger fortalte sporger spurgte svarede disse diz afirmou
    declarou perguntou pergunta respondeu acrescentou dijo dice afirmo declaro pregunto pregunta respondio declara affirma soutint
    repondit nia avoua starb heiratete studierte kandidierte died married murio mourut naquit epousa morreu nasceu mori nacque sposo stierf
    trouwde dode refusa accepta weigerde vagrade nagtede rifiuto accetto recusou aceitou lachelte weinte nickte said says asked replied answered told wrote added argued admitted
    """.split()
)
"""What people do with words: the capitalised word right before is one of them if the list knows it as a name and nothing else."""
_HEADS = _AT.keys() | _AFTER_NAMES | _SPEAKING
_DOTTED = regex.compile(r"\.[ ]\p{Lu}")
_BEFORE = regex.compile(r"(\p{L}[\p{L}\p{M}]{2,24})[ -]$")


def _named_before(text: str, start: int, lexicon: Lexicon, *, speaks: bool = False) -> Span | None:
    """The word before a form of address that follows names, or before `speaks`, if the list knows it as a name and nothing else."""
    match = _BEFORE.search(text, max(0, start - 27), start)
    if match is None or (speaks and not match.group(1)[0].isupper()):
        return None
    kind = lexicon.kind(match.group(1))
    if speaks and (kind & Kind.PLACE or stands_after_from(text, match.start(1))):
        return None
    if not kind & PERSONAL or kind & Kind.ORDINARY or fold(match.group(1)) in NEVER_NAMES | _OFFICES:
        return None
    return Span(*match.span(1), "PERSON", 0.8, "address after the name")


def _follow(text: str, at: int, words: tuple[str, ...]) -> int:
    """Where the head ends if `words` stand at `at`, one separator before each; -1 if they don't."""
    for word in words:
        step = _STEP.match(text, at)
        if step is None or fold(step.group(1)) != word:
            return -1
        at = step.end()
    return at


def _opens(text: str, start: int) -> bool:
    """Whether a line or a sentence begins at `start`, give or take blanks, quotes and the marks of a quoted mail."""
    at = start
    while at and start - at < 5 and text[at - 1] in " \t>\"'(*":
        at -= 1
    return at == 0 or text[at - 1] in "\n\r" or (at < start and text[at - 1] in ".!?")


def _checked(text: str, start: int, end: int, rule: NameRule, lexicon: Lexicon) -> Span | None:
    """The span if its words can be a name in such a place, shortened to the words before the first that can't."""
    parts = [(match.start(), match.end(), fold(match.group())) for match in _WORD.finditer(text, start, end)]
    while parts and parts[0][2] in HONORIFICS and len(parts) > 1 and len(parts[0][2]) > 1:
        parts.pop(0)
    good = 0
    if parts and parts[0][2] in FUNCTION_WORDS and text[start:end].isupper():
        return None  # `NURSE ON DUTY`
    for _, _, word in parts:
        titled = rule.heads is _TITLES and lexicon.kind(word) & PERSONAL  # `Dra. Mayo`
        if (
            word in _OFFICES
            or (word in NEVER_NAMES and not (rule.strong or titled))
            or (word in PRODUCTS and not rule.strong)
        ):
            break
        good += 1
    if not good:
        return None
    words = [word for _, _, word in parts[:good]]
    if good == len(parts) == 1 and words[0] in HONORIFICS and _DOTTED.match(text, end) is not None:
        return None  # `Lt. Col. Weber`
    kinds = [lexicon.kind(_WORD_END.split(word)[0]) for word in words]
    if rule.label == "ORGANIZATION" and (
        kinds[0] & (Kind.GIVEN | Kind.PLACE)
        or all(kind & Kind.ORDINARY for kind in kinds)
        or words[0] in FUNCTION_WORDS
    ):
        return None
    if rule.given and kinds[0] & (Kind.GIVEN | Kind.ORDINARY) != Kind.GIVEN:
        return None
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
