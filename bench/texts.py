"""Texts to measure with: made of words by a seeded generator, never the same twice, so that no cache helps by accident."""

from __future__ import annotations

import itertools
import json
import random

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
_serial = itertools.count()


def prose(characters: int) -> str:
    """English-like text with about one personal datum in 400 characters."""
    rng = random.Random(next(_serial))
    parts: list[str] = []
    length = 0
    while length < characters:
        sentence = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(6, 14))).capitalize()
        if rng.random() < 0.2:
            fact = rng.choice(_FACTS).format(
                name=rng.choice(_NAMES), number=rng.randrange(10**6), low=rng.randrange(256)
            )
            sentence += ", " + fact
        parts.append(sentence + ". ")
        length += len(parts[-1])
    return "".join(parts)[:characters]


def chat_body(text: str, *, stream: bool = False) -> bytes:
    """A chat completion request with `text` as its last message."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    return json.dumps({"model": "gpt-4o", "stream": stream, "messages": messages}).encode()
