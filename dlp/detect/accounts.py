"""IBANs, BICs and wallet addresses: formats that run longer than a row of atoms, each with a check of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dlp.detect import checks
from dlp.detect.context import Surroundings, Wanted
from dlp.detect.hit import Hit
from dlp.detect.shapes import Atom

IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 "
        "EG29 ES24 FI18 FK18 "
        "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 "
        "LI21 LT20 LU20 LV21 LY25 "
        "MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
        "SC31 SD18 SE24 SI19 "
        "SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "
        "DZ26 AO25 BJ28 BF28 CM27 CV25 CF27 TD27 KM27 CG27 CI28 GQ27 GA27 GW25 IR26 MG27 ML28 MA28 MZ25 NE28 SN28 TG28"
    ).split()
}
"""Country -> characters of an IBAN (SWIFT IBAN registry; the last line is in use without being registered)."""

_ALNUM = re.compile(r"[A-Za-z0-9]+")
_GAP = r"(?>[ \u00a0\-.]|[ \t]?\r?\n[ \t>|+\-]{0,16})"


def may_begin_iban(shape: str, start: int, _end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return shape.startswith("AA99", start)


def ibans(text: str, atoms: list[Atom]) -> Iterator[Hit]:
    """International bank account numbers with a correct check (ISO 13616), written together, grouped or wrapped."""
    done = 0
    for atom in atoms:
        if atom.start < done:
            continue
        length = IBAN_LENGTHS.get(text[atom.start : atom.start + 2].upper())
        if length is None:
            continue
        match = _grouped(length).match(text, atom.start)
        if match is not None and checks.mod97("".join(_ALNUM.findall(match[0])).upper()):
            done = match.end()
            yield Hit("IBAN_CODE", *match.span(), 1.0, "iban", validated=True)


@cache
def _grouped(length: int) -> re.Pattern[str]:
    """So many letters and digits, over single gaps, that end where a run of them ends; one of the lengths of IBANs."""
    return re.compile(rf"[A-Za-z0-9](?:{_GAP}?[A-Za-z0-9]){{{length - 1}}}(?![A-Za-z0-9])")


_BIC = re.compile(r"(?<![A-Za-z0-9])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])")
_BIC_WORDS = Wanted(("swift", "bic", "swift code", "bank identifier", "bank identifier code", "swiftcode", "bic code"))
_COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH "
    "CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK "
    "DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GG GH GI GL GM GN GQ GR GT GW GY HK HN HR HT HU ID "
    "IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH "
    "KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NG NI NL NO NP NR NZ OM PA "
    "PE PF PG PH PK PL PM PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SY SZ TC "
    "TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG "
    "US UY UZ VA VC VE VG VN VU WF WS XK YE ZA ZM ZW".split()
)
"""ISO 3166-1 alpha-2 and XK."""


def bics(around: Surroundings) -> Iterator[Hit]:
    """BIC / SWIFT codes (ISO 9362) beside a word that announces one, or as the whole text."""
    text = around.text
    lowered = text.lower() + around.given
    alone = text.strip()
    if not any(word in lowered for word in ("swift", "bic", "identifier")) and len(alone) not in (8, 11):
        return
    for match in _BIC.finditer(text):
        if match.group()[4:6] not in _COUNTRIES:
            continue
        word = around.nearest(*match.span(), _BIC_WORDS)
        if word is not None and word[1] <= 40:
            yield Hit("SWIFT_CODE", *match.span(), 0.9, "bic", False, (f"context: {word[0]}",))
        elif match.group() == alone and any(map(str.isdigit, alone)):
            yield Hit("SWIFT_CODE", *match.span(), 0.5, "bic", False, ("the whole text",))


_WALLET_WORDS = Wanted((
    "wallet", "address", "btc", "bitcoin", "eth", "ethereum", "crypto", "solana", "sol", "monero", "xmr", "xrp",
    "ripple", "tron", "trx", "usdt",
    "litecoin", "ltc", "doge", "dogecoin", "cardano", "ada", "donation", "donate", "stellar", "xlm", "polkadot",
    "dot", "coins", "send",
))  # fmt: skip
_HEX40 = re.compile(r"0[xX][0-9a-fA-F]{40}")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,44}")
_SEGWIT = re.compile(
    r"(?:bc1|tb1|ltc1|addr1|stake1|cosmos1|osmo1|terra1|bnb1|kava1|inj1|celestia1|sei1)[02-9ac-hj-np-z]{25,110}"
)
_MONERO = re.compile(r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}")
_STELLAR = re.compile(r"G[A-D][A-Z2-7]{54}")
_SUBSTRATE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{46,48}")


def may_be_wallet(_shape: str, start: int, end: int) -> bool:
    """See `dlp.detect.shapes.Want`."""
    return end - start >= 25


def wallets(around: Surroundings, atoms: list[Atom]) -> Iterator[Hit]:
    """Addresses on the larger chains. Where the format has a checksum it must hold."""
    text = around.text
    for atom in atoms:
        length = atom.end - atom.start
        value = text[atom.start : atom.end]
        span = atom.start, atom.end
        first = value[0]
        if first == "0" and _HEX40.fullmatch(value):
            if checks.ethereum(value):
                mixed = value[2:] not in (value[2:].lower(), value[2:].upper())
                yield Hit("CRYPTO", *span, 0.9, "ethereum-address", mixed)
        elif (first.islower() and _SEGWIT.fullmatch(value)) or (
            first.isupper() and _SEGWIT.fullmatch(value.lower()) and value.isupper()
        ):
            if checks.bech32(value):
                yield Hit("CRYPTO", *span, 1.0, "bech32-address", validated=True)
        elif length <= 35 and first in "13LMDTXA9rtmn2" and _BASE58.fullmatch(value):
            if first == "r":
                if around.nearest(*span, _WALLET_WORDS) is not None:
                    yield Hit("CRYPTO", *span, 0.8, "ripple-address")
            elif checks.base58check(value):
                yield Hit("CRYPTO", *span, 1.0, "base58-address", validated=True)
            elif (word := _beside(around, span)) is not None:  # mistyped or made up: it is still offered as one
                yield Hit("CRYPTO", *span, 0.6, "base58-typo", False, (f"context: {word}",))
        elif length == 95 and _MONERO.fullmatch(value):
            yield Hit("CRYPTO", *span, 0.8, "monero-address")
        elif length == 56 and _STELLAR.fullmatch(value):
            yield Hit("CRYPTO", *span, 0.8, "stellar-address")
        elif 32 <= length <= 48 and (_BASE58.fullmatch(value) or _SUBSTRATE.fullmatch(value)) and not value.islower():
            word = _beside(around, span)
            if word is not None:
                yield Hit("CRYPTO", *span, 0.7, "base58-key", False, (f"context: {word}",))


def _beside(around: Surroundings, span: tuple[int, int]) -> str | None:
    """The word for a wallet near a string of both cases."""
    value = around.text[slice(*span)]
    if value.upper() == value or value.lower() == value:
        return None
    word = around.nearest(*span, _WALLET_WORDS)
    return word[0] if word is not None and word[1] <= 30 else None
