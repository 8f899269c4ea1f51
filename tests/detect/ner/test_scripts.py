"""Names in other alphabets."""

from __future__ import annotations

import pytest

from dlp.detect.ner import lexicon
from dlp.detect.ner.scripts import in_other_scripts

CASES = {
    "cyrillic introduction": ("Меня зовут Иван Петров, я живу в Москве.", {("Иван Петров", "PERSON"), ("Москве", "LOCATION")}),
    "cyrillic full name": ("Звонил Алексей Николаевич Смирнов.", {("Алексей Николаевич Смирнов", "PERSON")}),
    "cyrillic initials": ("Отчёт подписал С. В. Кузнецов вчера.", {("С. В. Кузнецов", "PERSON")}),
    "cyrillic prose": ("Как работает сортировка слиянием? Второе Предложение тоже.", set()),
    "greek": ("Με λένε Γιώργος Παπαδόπουλος και μένω στην Αθήνα.", {("Γιώργος Παπαδόπουλος", "PERSON"), ("Αθήνα", "LOCATION")}),
    "greek quoted in english": ("I was born in ΕΓΚΩΜΗ but left.", {("ΕΓΚΩΜΗ", "LOCATION")}),
    "a symbol is no name": ("x = π * r, Σ is the sum", set()),
    "hindi": ("मेरा नाम राहुल शर्मा है और मैं दिल्ली में रहता हूँ।", {("राहुल शर्मा", "PERSON"), ("दिल्ली", "LOCATION")}),
    "chinese introduction": ("我叫王小明，住在北京。", {("王小明", "PERSON"), ("北京", "LOCATION")}),
    "chinese title": ("请联系李经理", {("李", "PERSON")}),
    "chinese question": ("今天天气怎么样？", set()),
    "japanese introduction": ("私の名前は田中太郎です。東京に住んでいます。", {("田中太郎", "PERSON"), ("東京", "LOCATION")}),
    "japanese suffix": ("佐藤さんに電話してください", {("佐藤", "PERSON")}),
    "korean": ("제 이름은 김민수입니다. 서울에 살아요.", {("김민수", "PERSON"), ("서울", "LOCATION")}),
    "latin": ("My name is Jörg.", set()),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_other_scripts(text: str, expected: set[tuple[str, str]]) -> None:
    found = {(text[s.start : s.end], s.label) for s in in_other_scripts(text, lexicon.shipped())}
    assert found == expected


@pytest.mark.parametrize(("text", "name"), [("اسمي محمد أحمد", "محمد أحمد"), ("קוראים לי דוד כהן", "דוד כהן")])
def test_scripts_written_from_right_to_left(text: str, name: str) -> None:
    assert any(name in text[s.start : s.end] for s in in_other_scripts(text, lexicon.shipped()))
