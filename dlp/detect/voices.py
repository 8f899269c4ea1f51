"""Which rules the words around a value speak for, and how far away they stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter

from dlp.detect.context import AFTER, BEFORE, BEHIND, LabelMemo, Surroundings, Wanted, WordMemo, Words
from dlp.detect.rule import Rule
from dlp.detect.vocabulary import stem_fits
from dlp.detect.words import split_words


def _as_keys(phrases: Sequence[str]) -> list[str]:
    """The phrases, and how a program writes them as one word: `socialsecurity`, `nhsnumber`, `nhsid`."""
    found = list(phrases)
    for phrase in phrases:
        if phrase.endswith("*") or not phrase.isascii():
            continue
        joined = phrase.replace(" ", "")
        found += [joined] if joined != phrase else []
        if not joined.endswith(("number", "no", "id")):
            found += [f"{joined}number", f"{joined}no", f"{joined}id"]
    return list(dict.fromkeys(found))


class Voices:
    """Which rules the words around a value speak for, and how far away they stand. A rule's bit is that of its place."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._ids = [rule.id for rule in rules]
        self._by_last: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        """Last word of a phrase -> the rules (by index) that it may speak for, with the words that must stand before."""
        self._stems: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        phrases = [_as_keys(rule.context) for rule in rules]
        apart = {phrase: tuple(split_words(phrase)) for phrase in dict.fromkeys(chain.from_iterable(phrases))}
        for index, keys in enumerate(phrases):
            for phrase in keys:
                *lead, last = apart[phrase]
                entries = self._stems if phrase.endswith("*") else self._by_last
                entries.setdefault(last, []).append((index, tuple(lead)))
        self.wanted = Wanted([phrase if phrase.endswith("*") else words for phrase, words in apart.items()])
        """All words and phrases that speak for some rule."""
        self._entries = WordMemo(self._for_word)
        self._bits = WordMemo(self._bits_of)
        self._labels = LabelMemo(self._for_label)

    def _for_label(self, label: str) -> tuple[str, ...]:
        speaking = {
            index
            for word in set(label.split())
            for index, lead in self._by_last.get(word, ())
            if not lead or f" {' '.join((*lead, word))} " in label
        }
        for stem, entries in self._stems.items():
            if stem in label:
                speaking.update(
                    index for index, lead in entries if not stem.isascii() or f" {' '.join((*lead, stem))}" in label
                )
        return tuple(self._ids[index] for index in sorted(speaking))

    def _spoken(self, word: str) -> list[tuple[int, tuple[str, ...]]]:
        """The rules (by index) that `word` may speak for, each with the words that must stand before it."""
        spoken = list(self._by_last.get(word, ()))
        return spoken + [entry for stem, entries in self._stems.items() if stem_fits(stem, word) for entry in entries]

    def _for_word(self, word: str) -> tuple[tuple[str, ...], dict[str, list[tuple[str, tuple[str, ...]]]]]:
        """The rules that `word` speaks for alone, and by the word before it those that it speaks for with others."""
        spoken = self._spoken(word)
        alone = {index for index, lead in spoken if not lead}
        after: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for index, lead in sorted((entry for entry in spoken if entry[1]), key=itemgetter(0)):
            after.setdefault(lead[-1], []).append((self._ids[index], lead))
        return tuple(self._ids[index] for index in sorted(alone)), after

    def _bits_of(self, word: str) -> tuple[int, dict[str, int]]:
        """The bits of the rules that `word` speaks for alone, and by the word before it of those that it may speak for."""
        alone, after = 0, dict[str, int]()
        for index, lead in self._spoken(word):
            if lead:
                after[lead[-1]] = after.get(lead[-1], 0) | 1 << index
            else:
                alone |= 1 << index
        return alone, after

    def possible(self, around: Surroundings, start: int, end: int) -> int:
        """The bits of all rules that words near `[start, end)` may speak for; `heard` says no other for any span inside."""
        starts, _, indices = around.places(self.wanted)
        low = bisect_left(starts, start - BEFORE)
        high = bisect_left(starts, end + AFTER + 1, low)
        said, bits = around.words.words, self._bits
        found = 0
        for index in indices[low:high]:
            alone, after = bits[said[index]]
            found |= alone
            if after and index and (previous := said[index - 1]) in after:
                found |= after[previous]
        return found

    def heard(self, around: Surroundings, start: int, end: int) -> dict[str, tuple[str, int]]:
        """Rule id -> the nearest word that speaks for it and its distance."""
        said: dict[str, tuple[str, int]] = {}
        label = around.label(start)
        if label:
            said = dict.fromkeys(self._labels(label), ("key", 0))
        starts, ends, indices = around.places(self.wanted)
        words = around.words
        at = bisect_left(starts, start)
        place = at - 1
        while place >= 0 and starts[place] >= start - BEFORE:
            if ends[place] <= start:
                self._speak(words, indices[place], start - ends[place], said)
            place -= 1
        place = bisect_left(starts, end, at)
        while place < len(starts) and starts[place] - end <= AFTER:
            self._speak(words, indices[place], starts[place] - end + BEHIND, said)
            place += 1
        return said

    def _speak(self, words: Words, index: int, distance: int, said: dict[str, tuple[str, int]]) -> None:
        word = words.words[index]
        alone, after = self._entries[word]
        speaks = alone
        if after and index and (entries := after.get(words.words[index - 1])):
            speaks = (*alone, *(rule_id for rule_id, lead in entries if words.preceded(index, lead)))
        for rule_id in speaks:
            known = said.get(rule_id)
            if known is None or (distance < known[1] and known[1] >= BEHIND):
                said[rule_id] = (word, distance)
