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
    r"(?:(?:GmbH|AG|UG|SE|Stiftung)(?:[ ]&[ ]Co\.(?:[ ](?:KGaA|KG|OHG))?)?|KGaA|KG|OHG|GbR|e\.[ ]?V\.|e\.[ ]?K\.|"
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
_ENDS = regex.compile(rf"[ ]{_FORM}\Z")
_WORD = regex.compile(r"[\p{L}\p{M}]+")

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
        if start is None and end is None:
            made.append(span)
            continue
        low, high = span.start if start is None else start, span.end if end is None else end
        made.append(replace(span, start=low, end=high, label="ORGANIZATION", score=max(span.score, SCORE), person=0.0))
    return made


def _ended(text: str, span: Span, lexicon: Lexicon) -> int | None:
    """Where the organisation ends that begins with `span`, if a legal form says so."""
    if _ENDS.search(text, max(span.start + 1, span.end - 24), span.end) is not None:
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


def _headed(text: str, span: Span, low: int) -> int | None:
    """Where the organisation begins of which `span` is the end or the whole, if a noun in front says so."""
    if _HEADED.match(text, span.start, span.end) is not None:
        return span.start
    if span.label == "ORGANIZATION":
        return None
    before = _HEAD_BEFORE.search(text, max(low, span.start - 24), span.start)
    return before.start() if before is not None and text[span.start].isupper() else None
