"""Texts to measure with: made of words by a seeded generator, never the same twice, so that no cache helps by accident."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable

_WORDS = (
    "the of and a to in is it you that he was for on are with as his they be at one have this from or had by not but what all "
    "were when we there can an your which their said if do will each about how up out them then she many some so these would "
    "other into has more her two like him see time could no make than first been its who now people my made over did down only "
    "report invoice meeting project customer server table column release budget review ticket deadline contract update please"
).split()
_FACTS = (
    "write to {name}.{number}@nordwind-labs.org",
    "call +49 151 2{number:07d}",
    "card 4111 1111 1111 1111",
    "the server is 10.12.{low}.7",
    "IBAN DE89 3704 0044 0532 0130 00",
)
_NAMES = ("anna", "jonas", "priya", "chen", "fatima", "luca", "sofia", "omar")
_LINES = (
    "def {word}_{other}(self, {word}: int = {low}) -> None:",
    "    return self.{word}[{low}].{other}({number})",
    "    # {word} the {other} before the {word}",
    '    log.info("{word} %s in %d ms", {other}, {low})',
    "for {word} in range({low}):",
    "ERROR 2026-03-0{digit} 12:{digit}4:0{digit} worker-{low} {word}: {other} took {number} us",
    '{{"id": {number}, "kind": "{word}", "{other}": [{low}, {digit}, 0.{number}]}}',
)
_serial = itertools.count()


def prose(characters: int, *, share: float = 0.14) -> str:
    """English-like text; `share` of its sentences end in a personal datum (0.14: one in 375 characters, in a kilobyte one in 400)."""
    rng = random.Random(next(_serial))
    parts: list[str] = []
    length = 0
    while length < characters:
        sentence = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(6, 14))).capitalize()
        if rng.random() < share:
            fact = rng.choice(_FACTS).format(
                name=rng.choice(_NAMES), number=rng.randrange(10**6), low=rng.randrange(256)
            )
            sentence += ", " + fact
        parts.append(sentence + ". ")
        length += len(parts[-1])
    return "".join(parts)[:characters]


def repeated(characters: int) -> str:
    """Clean text about one person, the same each time: a name, in full and in part, a mail address and a number."""
    fact = " Anna Keller, anna.keller@nordwind-labs.org, is at +49 151 23456789. Keller agrees. "
    half = (characters - len(fact)) // 2
    return clean(half) + fact + clean(half)


def clean(characters: int) -> str:
    """The same without personal data."""
    return prose(characters, share=0)


def dense(characters: int) -> str:
    """The same with a personal datum in each sentence."""
    return prose(characters, share=1)


def code(characters: int) -> str:
    """Lines of programs, logs and JSON."""
    rng = random.Random(next(_serial))
    lines: list[str] = []
    length = 0
    while length < characters:
        line = rng.choice(_LINES).format(
            word=rng.choice(_WORDS),
            other=rng.choice(_WORDS),
            low=rng.randrange(256),
            digit=rng.randrange(10),
            number=rng.randrange(10**5),
        )
        lines.append(line + "\n")
        length += len(lines[-1])
    return "".join(lines)[:characters]


KINDS: dict[str, Callable[[int], str]] = {"prose": prose, "clean": clean, "dense": dense, "code": code}


def chat_body(text: str, *, stream: bool = False) -> bytes:
    """A chat completion request with `text` as its last message."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    return json.dumps({"model": "gpt-4o", "stream": stream, "messages": messages}).encode()
