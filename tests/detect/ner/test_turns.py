"""Who speaks in a transcript, and who flies."""

from __future__ import annotations

import pytest

from dlp.detect.ner.builtin import Builtin
from dlp.detect.ner.lexicon import shipped
from dlp.detect.ner.turns import speakers

CASES = {
    "times in brackets": ("[12:03] tariq: hi\n[12:04:10] priya: yes", ["tariq", "priya"]),
    "whatsapp": ("21/03/24, 10:12 - Priya Rao: hi\n[21.03.24, 10:13:01] Tariq: yes", ["Priya Rao", "Tariq"]),
    "irc": ("12:03 <tariq> hi\n12:04 <zzorblo> yes", ["tariq", "zzorblo"]),
    "over the message": ("Priya Rao  9:14 AM\nmorning\nTariq [2:13 PM]\nfine", ["Priya Rao", "Tariq"]),
    "discord": ("Tariq — Today at 9:14 PM\nhello there", ["Tariq"]),
    "somebody unknown beside": ("[12:03] tariq: hi\n[12:04] zzorblo: yes", ["tariq", "zzorblo"]),
    "nobody known": ("[12:03] zzorblo: hi\n[12:04] quuxly: yes", []),
    "a log": ("[12:03:01] error: no route\n[12:03:02] nginx: started\n[12:03:02] worker started: ok", []),
    "a log of a person's program": ("[12:03] tariq: hi\n[12:04] kernel: oops\n[12:05] bot: done", ["tariq"]),
    "a timetable": ("Paris 09:14\nHamburg 11:20\nFlorence 12:30\n", []),
    "an agenda": ("09:00 Registration: lobby\n10:00 Keynote: hall one", []),
    "roles": ("[12:03] user: hi\n[12:04] assistant: hello", []),
    "passengers": ("1. WEBER/ANNA MRS\n2. EL IDRISSI/SALMA MARIE MS 12C", ["WEBER/ANNA", "EL IDRISSI/SALMA MARIE"]),
    "no passengers": ("TCP/IP MSS, INPUT/OUTPUT and A/B MR", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_speakers(text: str, expected: list[str]) -> None:
    assert [text[s.start : s.end] for s in speakers(text, shipped())] == expected


def test_a_transcript_speaks_of_its_speakers_by_the_same_name() -> None:
    text = "[12:03] tariq: is it up\n[12:04] zzorblo: no\n[12:05] tariq: ok, zzorblo is on call then"
    assert [text[f.start : f.end] for f in Builtin().find(text)].count("zzorblo") == 2
