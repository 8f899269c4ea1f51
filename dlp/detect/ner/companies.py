"""Organisations by how they are written: a legal form at the end ("Nyberg Söderström AB"), a noun in front ("Stichting ...").

Firms, hospitals and foundations bear the names of people and towns, and the model reads those. A legal form settles what
the name is and where it ends, in every language alike; so does a capitalised noun such as "Clínica" right before a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import regex

from dlp.detect.ner.lexicon import Kind, Lexicon
from dlp.detect.ner.tags import Span

SCORE = 0.85
"""Least score of an organisation that its legal form gives away."""

_FORM = (
    r"(?:(?:Pte|Pty)\.?[ ](?:Ltd\.?|Limited)|Sdn\.?[ ]Bhd\.?|Bhd\.?|Tbk\.?|(?:Public[ ])?Co\.,?[ ]Ltd\.?|Ltd\.[ ]Şti\.|A\.Ş\.|K\.K\.|"
    r"S\.A\.(?:B\.)?[ ]de[ ]C\.V\.|[Ss]p\.[ ]?z[ ]?o\.?[ ]?o\.?|[Ss]p\.[ ]?[jk]\.|s\.[ ]?r\.[ ]?o\.|a\.[ ]?s\.|d\.[ ]?[od]\.[ ]?(?:o\.)?|"
    r"(?:Kft|Zrt|Nyrt)\.?|Lda\.?|Limitada|EIRL|E\.I\.R\.L\.|LLLP|PLLC|eG|e\.[ ]?U\.|OÜ|UAB|SIA|E?OOD|OOO|Hldgs\.?|(?<=\p{Ll}[ ])AS|"
    r"(?:GmbH|AG|UG|SE|Stiftung)(?:[ ]&[ ]Co\.(?:[ ](?:KGaA|KG|OHG))?)?|KGaA|KG|OHG|GbR|e\.[ ]?V\.|e\.[ ]?K\.|"
    r"S\.?A\.?R\.?L\.?|S\.A\.S?\.?U?\.?|SASU?|SA|SNC|EURL|S\.L\.(?:[ULP]\.|N\.E\.)?|SLU?|S\.C(?:oop|\.P)?\.|S\.R\.L\.|S\.C\.|"
    r"Ltda\.?|S/A|S\.p\.A\.|S\.P\.A\.|S\.?p\.?A|SPA|S\.r\.l\.s?\.?|s\.r\.l\.|Srls?|SRL|s\.n\.c\.|B\.V\.|BV|N\.V\.|NV|V\.O\.F\.|"
    r"VOF|AB|HB|A/S|ApS|Oyj?|ASA|Inc\.?|L\.?L\.?C\.?|LLP|PLC|plc|Limited|Corp\.|Corporation|"
    r"(?:Pvt\.?[ ]|Private[ ])?(?:Ltd\.?|Limited)|Group|Groep|Gruppe|Holdings?|"
    r"(?:&|and|et|y|e|und|og|och|en)[ ](?:Sons|Co\.?|Partners?|Associates|Fils|Cie|Associés|Figli|Filhos|Hijos|[Aa]sociados|"
    r"Partner|Söhne|Sohn|Zonen|Zn\.|Sønner|Söner)(?:[ ](?:KGaA|KG|OHG))?)"
)
_CAPITAL = r"\p{Lu}[\p{L}\p{M}'\u2019-]{1,24}"
_AND = r"(?:&|and|et|y|e|i|und|og|och|en)"
_TAIL = regex.compile(rf"(?:[ -]{_CAPITAL}){{0,3}},?[ ]{_FORM}(?![\p{{L}}\p{{N}}])")
_LIST_TAIL = regex.compile(rf"(?:,[ ]{_CAPITAL}){{0,3}}(?:,?[ ]{_AND}[ ]{_CAPITAL})?,?[ ]{_FORM}(?![\p{{L}}\p{{N}}])")
_INSIDE = regex.compile(rf"[ ]{_FORM}(?![\p{{L}}\p{{N}}])")
LONGEST_FORM = 24
"""Code points of a legal form."""
_ENDS = regex.compile(rf"[ ]{_FORM}\Z")

_LIST = regex.compile(rf"(?:,[ ]{_CAPITAL}){{1,3}},?[ ]{_AND}[ ]{_CAPITAL}")
_AT = regex.compile(r"(?<![\p{L}\p{N}])[Aa]t[ ]\Z")
_WORKS_AT = regex.compile(
    r"(?i)(?<![\p{L}\p{N}])(?:(?:works?|worked|working|job|interned|internship|position|role|career|employed|consults?|studied|studies|"
    r"engineer|manager|director|analyst|accountant|consultant|nurse|intern|partner|head[ ]of[ ]\w{2,20})[ ]at|"
    r"(?:works?|worked|working)[ ]for|employed[ ]by|employee[ ]of|"
    r"(?:arbeite\w{0,3}|angestellt|tätig|gekündigt|mitarbeiter(?:in)?|\w{0,12}(?:halter|kaufmann|kauffrau)(?:in)?|leiter(?:in)?|praktikum|azubi)[ ]bei(?:[ ]der)?|"
    r"(?:travaill\w{1,5}|bosse|comptable|directeur|directrice|employée?|stagiaire|salariée?|embauchée?|ingénieure?|responsable)[ ]chez|"
    r"(?:trabaja\w{0,4}|contable|directora?|emplead[oa]|becari[oa]|prácticas|ingenier[oa])[ ]en|"
    r"(?:trabalh\w{1,5}|contadora?|diretora?|estagiári[oa]|engenheir[oa])[ ](?:na|no)|"
    r"(?:lavor\w{1,5}|contabile|direttore|direttrice|impiegat[oa]|tirocinante|assunt[oa])[ ](?:presso|da|in)|"
    r"(?:werk\w{0,4}|boekhouder|directeur|stage|medewerker|stagiaire?)[ ]bij|"
    r"(?:arbejder|ansat|bogholder|direktør)[ ]hos|(?:jobbar|arbetar|anställd|ekonom)[ ](?:på|hos))[ ]\Z"
)
"""What says that the name after it is an employer's. `Bürokauffrau bei` counts, `bei` alone does not: one is at people's houses too."""

_HEADS = (
    "Stichting|Stiftung|Fundación|Fundação|Fundació|Fondazione|Fondation|Stadtwerke|Grupo|Gruppo|Groupe|Banco|Banca|Banque|"
    "Caixa|Clínica|Clinica|Clinique|Klinik|Klinikum|Hospital|Hôpital|Ospedale|Ziekenhuis|Sykehus|Sjukhuset|Universidad|"
    "Universidade|Université|Università|Universität|Universiteit|Universitetet|Bufete|Kanzlei|Studio Legale|Supermercados|"
    "Transportes|Construcciones|Talleres|Fábrica|Editorial|Editora|Autohaus|Möbelhaus|Bäckerei|Metzgerei|Apotheke|Garage|"
    "Boulangerie|Pharmacie|Farmacia|Farmácia|Apotheek|Bakkerij|Slagerij|Rederij|Advocatenkantoor|Advokatfirman|Advokatfirmaet"
)
_HEADED = regex.compile(rf"(?:{_HEADS})[ ]")
_HEAD_BEFORE = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{_HEADS})[ ]\Z")


def companies(text: str, spans: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """The spans with those of organisations as such and whole; `spans` sorted and without overlaps, as is the answer."""
    made: list[Span] = []
    for span in spans:
        if made and span.start < made[-1].end:
            continue  # a partner of a firm whose name began before
        if span.exact or "\n" in text[span.start : span.end]:
            made.append(span)
            continue
        start, end = _headed(text, span, made[-1].end if made else 0), _ended(text, span, lexicon)
        end = _employs(text, span, lexicon) if end is None else end
        if start is None and end is None:
            made.append(span)
            continue
        low, high = span.start if start is None else start, span.end if end is None else end
        made.append(replace(span, start=low, end=high, label="ORGANIZATION", score=max(span.score, SCORE), person=0.0))
    return made


def _ended(text: str, span: Span, lexicon: Lexicon) -> int | None:
    """Where the organisation ends that begins with `span`, if a legal form says so."""
    for form in _INSIDE.finditer(text, span.start + 1, min(len(text), span.end + LONGEST_FORM)):
        if form.start() < span.end < form.end() - 1:
            return form.end()  # cut short, as in `Zenvora Sp` of `Zenvora Sp. z o.o.`
    if _ENDS.search(text, max(span.start + 1, span.end - LONGEST_FORM), span.end) is not None:
        return span.end
    tail = _TAIL.match(text, span.end, min(len(text), span.end + 120))
    if tail is not None:
        return tail.end()
    if " " in text[span.start : span.end]:
        return None  # "Anna Weber und Kranz GmbH" are two
    tail = _LIST_TAIL.match(text, span.end, min(len(text), span.end + 120))
    if tail is None or lexicon.kind(text[span.start : span.end]) & Kind.GIVEN:
        return None
    return tail.end()


def _employs(text: str, span: Span, lexicon: Lexicon) -> int | None:
    """Where the employer's name ends that begins with `span`, if somebody works there: surnames only, for people have first names."""
    value = text[span.start : span.end]
    if span.label == "ORGANIZATION" or " " in value or not value[0].isupper():
        return None
    works = _WORKS_AT.search(text, max(0, span.start - 60), span.start) is not None
    if not works and _AT.search(text, max(0, span.start - 4), span.start) is None:
        return None
    partners = _LIST.match(text, span.end, min(len(text), span.end + 120))
    if partners is not None:
        return partners.end()
    kind = lexicon.kind(value)
    if span.label == "LOCATION" and (kind & Kind.PLACE or not kind & Kind.SURNAME) and "-" not in value:
        return None  # one works in towns, too
    first, _, second = value.partition("-")
    if second:
        return span.end if second[0].isupper() and not _given(first, lexicon) else None
    return span.end if works and not _given(value, lexicon) else None


def _given(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is a given name rather than a surname: `Jean-Pierre`, not `Gray-Francis`."""
    return lexicon.kind(word) & (Kind.GIVEN | Kind.SURNAME) == Kind.GIVEN


def _headed(text: str, span: Span, low: int) -> int | None:
    """Where the organisation begins of which `span` is the end or the whole, if a noun in front says so."""
    if _HEADED.match(text, span.start, span.end) is not None:
        return span.start
    if span.label == "ORGANIZATION":
        return None
    before = _HEAD_BEFORE.search(text, max(low, span.start - 24), span.start)
    return before.start() if before is not None and text[span.start].isupper() else None
