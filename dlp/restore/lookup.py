"""From tokens in a text to their values in the vault, and the text with those in place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dlp.errors import NotAllowed
from dlp.masking.minting import Minter
from dlp.masking.restoring import Restorer
from dlp.tokens import DIGEST_LENGTH, MAX_DIGEST_LENGTH, entity_type_of
from dlp.vault.sealed import SealedVault

MAX_TEXT = 16 * 2**20
"""Characters of a text that is restored by hand."""
MAX_DIGESTS = 10_000
"""Different tokens of one text."""

_DIGEST = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{DIGEST_LENGTH},{MAX_DIGEST_LENGTH}}}(?![0-9a-f])", re.IGNORECASE)
_NEAR = 80
"""Characters from the `PII` of a token to its digest, in any spelling that is restored."""


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """What a look came to. `repr` shows no value.

    Args:
        text: With the values in place that may be seen; the other tokens stand as they stood.
        values: Those that may be seen, by digest.
        shown: Entity type -> values that are shown.
        withheld: Digests whose values this operator may not see.
        unknown: Tokens that stand for nothing here.
    """

    text: str
    values: Mapping[str, str]
    shown: Counter[str]
    withheld: tuple[str, ...] = ()
    unknown: int = 0

    def __repr__(self) -> str:
        return f"<Looked at {len(self.values)} values>"


@dataclass(frozen=True, slots=True)
class _Found:
    value: str = field(repr=False)
    entity_type: str | None
    """As its digest proves it; None if it doesn't."""


def digests_in(text: str) -> tuple[str, ...]:
    """The digests of all that may be a token in a text, lower case, in order.

    Raises:
        NotAllowed: There are too many, or the text is too long.
    """
    if len(text) > MAX_TEXT:
        raise NotAllowed(f"the text is longer than {MAX_TEXT} characters")
    found: dict[str, None] = {}
    lowered = text.lower()
    at = lowered.find("pii")
    while at >= 0:
        for match in _DIGEST.finditer(lowered, at, at + _NEAR + MAX_DIGEST_LENGTH):
            found[match.group()] = None
        at = lowered.find("pii", at + 3)
    if len(found) > MAX_DIGESTS:
        raise NotAllowed(f"the text has more than {MAX_DIGESTS} different tokens")
    return tuple(found)


def look(
    text: str,
    digests: Sequence[str],
    vault: SealedVault,
    chosen: Callable[[str], bool],
    keys: Sequence[bytes],
    may_see: Callable[[str | None], bool],
) -> Looked:
    """Restore a text from the vault.

    Args:
        digests: The only ones that count, as `digests_in` gives them.
        chosen: Whose values may be looked at.
        keys: Token keys: they prove of which type a value is, since a label in the text may have been changed.
        may_see: Whether a value of a type may be shown; asked with None for one whose type can't be proved.

    Raises:
        VaultError: The vault is away, or can't be trusted.
    """
    labels = _labels(text, digests)
    found: dict[str, set[_Found]] = {}
    for scope, values in vault.find(digests, chosen):
        for digest, value in values.items():
            entity_type = _proved(labels.get(digest, ()), keys, scope, value, digest)
            found.setdefault(digest, set()).add(_Found(value, entity_type))
    seen = {digest: next(iter(those)) for digest, those in found.items() if len(those) == 1}
    allowed = {digest: one for digest, one in seen.items() if may_see(one.entity_type)}
    values = {digest: one.value for digest, one in allowed.items()}
    restorer = Restorer(values)
    return Looked(
        text=restorer.feed(text) + restorer.flush(),
        values=values,
        shown=Counter(one.entity_type or "OTHER" for one in allowed.values()),
        withheld=tuple(digest for digest in digests if digest in found and digest not in allowed),
        unknown=sum(digest not in found for digest in digests),
    )


def _labels(text: str, digests: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which types a text says that the tokens are of."""
    wanted = dict.fromkeys(digests, "")
    said: dict[str, dict[str, None]] = {}
    for start, end, _, digest in Restorer(wanted).stands(text) if wanted else ():
        said.setdefault(digest, {})[entity_type_of(text[start:end])] = None
    return {digest: tuple(types) for digest, types in said.items()}


def _proved(types: Sequence[str], keys: Sequence[bytes], scope: str, value: str, digest: str) -> str | None:
    for key in keys:
        minter = Minter(key, scope)
        for entity_type in types:
            if minter.minted(entity_type, value, digest):
                return entity_type
    return None
