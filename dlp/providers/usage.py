"""What an answer says of its own price: prompt tokens, and how many of them the provider had in its cache.

Masking must not cost cache hits (I4); these two numbers show whether it does. They are read from the ends of the answer
without parsing it: inside a string of JSON the quotes of a key are escaped, so what a model writes can't be mistaken for one.
"""

from __future__ import annotations

import re

_HEAD_BYTES = 16 * 2**10
"""Anthropic's streams say it in their first event."""
_TAIL_BYTES = 32 * 2**10
"""Everybody else at the end: the last event, the last members of the object."""

# Which names a provider uses, and what they count:
#   whole prompt, cached part included: OpenAI's chat API and all that follow it; Gemini
#   the part that was not cached:       Anthropic and Bedrock, with reads and writes of the cache beside it
#   either:                             `input_tokens`, whole in OpenAI's Responses, a part in Anthropic's Messages
_WHOLE = (b"prompt_tokens", b"promptTokenCount")
_PART = (b"input_tokens", b"inputTokens")
_WRITTEN = (b"cache_creation_input_tokens", b"cacheWriteInputTokens")
_READ_BESIDE = (b"cache_read_input_tokens", b"cacheReadInputTokens")
_READ_WITHIN = (b"cached_tokens", b"cachedContentTokenCount", b"prompt_cache_hit_tokens")
_COUNT = re.compile(
    b'"('
    + b"|".join((*_WHOLE, *_PART, *_WRITTEN, *_READ_BESIDE, *_READ_WITHIN))
    + rb')"\s{0,8}:\s{0,8}([0-9]{1,9})(?![0-9])'
)


def read_usage(answer: bytes) -> tuple[int, int] | None:
    """`(prompt tokens, cached ones among them)` of a whole or streamed answer; None when it doesn't say.

    Args:
        answer: As the provider sent it, content encoding removed. Of repeated counts the largest is taken: streams
            repeat and add up.
    """
    ends = answer if len(answer) <= _HEAD_BYTES + _TAIL_BYTES else answer[:_HEAD_BYTES] + b"\n" + answer[-_TAIL_BYTES:]
    counts: dict[bytes, int] = {}
    for name, number in _COUNT.findall(ends):
        counts[name] = max(counts.get(name, 0), int(number))

    def largest(names: tuple[bytes, ...]) -> int:
        return max((counts[name] for name in names if name in counts), default=0)

    prompt = largest(_WHOLE)
    if not prompt:
        prompt = largest(_PART) + largest(_WRITTEN) + largest(_READ_BESIDE)
    if not prompt:
        return None
    return prompt, min(prompt, max(largest(_READ_BESIDE), largest(_READ_WITHIN)))
