"""Findings turned into what is put in their place, text by text; and what was decided about texts that come again."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Sequence
from threading import Lock
from typing import NamedTuple

from dlp.detect.entities import ENTITY_TYPES
from dlp.detect.packed import PackedFindings
from dlp.engine.body import Text
from dlp.engine.carry import CarryOver, Learnt
from dlp.engine.text import Edit, replacement
from dlp.errors import DetectorError
from dlp.masking.minting import Minted, Minter
from dlp.policy.model import Policy, Style
from dlp.providers.rules import Treatment
from dlp.tokens import DIGEST_LENGTH, REDACTED, STAND_IN, TOKEN, entity_type_of
from dlp.types import Action, Finding, Role
from dlp.wire.stretches import encoded

MAX_PLACES = 50
"""Places kept for the audit event of one request."""
DECIDED_BYTES = 5 * 2**20
"""Upper bound of what `DecidedBefore` holds: of twice as much, the garbage collector's walk takes more than ten milliseconds."""
_ENTRY_BYTES, _EDIT_BYTES = 600, 450
"""Measured cost of an entry with its key, and of each edit in it with its token."""
_LIKE_TOOLS = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "TITLE", "USERNAME", "STREET_ADDRESS", "URL"})
"""What a tool's name, which is words run together, passes for."""
_UNMISTAKABLE = frozenset({"EMAIL_ADDRESS", "IBAN_CODE", "US_SSN"})
"""What no name of a resource looks like; a term of the policy's own isn't one either."""
_LONGEST_CARD = 16
"""Digits. Nearly all cards have no more, and numbers of jobs and endpoints do."""
_SPOKEN_FOR = 0.7
"""The score of a number that a word says is somebody's."""
_OWN_FORM = 0.9
"""The least score of a secret that its own form tells, such as an issuer's prefix, and not the words around it."""
_BARE = (Treatment.SLUG, Treatment.TOOL, Treatment.PATH, Treatment.SDK_HEADER)
"""Where a token has no brackets and no colons."""
_APART = (Treatment.TOOL, Treatment.PATH, Treatment.HEADER, Treatment.SDK_HEADER, Treatment.CREDENTIAL)
"""Where nothing is found because it was found elsewhere, nor the other way round: what looks like a name is a program's there."""


type _Counts = tuple[tuple[str, int], ...]


class Decided(NamedTuple):
    """What was decided about a text: places in it, and the tokens that were put there. Holds no part of the text, and no value."""

    edits: tuple[Edit, ...]
    minted: tuple[Minted, ...]
    """The tokens whose values may be restored."""
    forgotten: tuple[Minted, ...]
    """The others."""
    entities: _Counts
    monitored: _Counts
    learnt: Learnt
    """What later texts are searched for."""


class DecidedBefore:
    """What was decided about texts, for when they come again: a conversation is sent whole with each turn. Safe from several threads.

    An entry is good for a text of the same words in the same request so far: whatever a decision depends on but the policy is in its key, as a keyed hash
    where it is the text or has to do with values. The key of the hash is random per process. The least recently used entries go first.
    """

    def __init__(self, limit: int = DECIDED_BYTES) -> None:
        self._key = secrets.token_bytes(32)
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[Hashable, Decided] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def name(self, text: str, context: str) -> bytes:
        """Of a text with its context, for the key of its entry; lone surrogates are allowed. The lengths keep the two apart."""
        mac = hashlib.blake2b(f"{len(context)} ".encode(), digest_size=16, key=self._key)
        for part in (context, text):
            for piece in encoded(part):
                mac.update(piece)
        return mac.digest()

    def get(self, key: Hashable) -> Decided | None:
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: Hashable, decided: Decided) -> None:
        cost = _cost(decided)
        if cost > self._limit:
            return
        with self._lock:
            if (old := self._entries.pop(key, None)) is not None:
                self._size -= _cost(old)
            self._entries[key] = decided
            self._size += cost
            while self._size > self._limit:
                self._size -= _cost(self._entries.popitem(last=False)[1])


def _cost(decided: Decided) -> int:
    return _ENTRY_BYTES + _EDIT_BYTES * max(len(decided.edits), len(decided.learnt.spans))


def _told_by(findings: Sequence[Finding]) -> bytes:
    """A hash of findings, which hold no value: of few and of a hundred thousand that the policy lets through, the key of an entry is as long."""
    told = findings.packed if isinstance(findings, PackedFindings) else repr(findings).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=16).digest()


class Decisions:
    """Findings turned into edits, refusals and counts, text by text.

    Args:
        style: In place of the policy's.
        stands_in: `Policy.stands_in`.
        scope: That of `minter`.
        before: What is known of the same policy's decisions; None to decide everything anew.
    """

    def __init__(
        self,
        policy: Policy,
        minter: Minter,
        monitored: Collection[str],
        *,
        style: Style | None,
        stands_in: bool,
        scope: str = "",
        before: DecidedBefore | None = None,
    ) -> None:
        self._policy = policy
        self.minter = minter
        self._monitored = monitored
        self._style = style
        self._stands_in = stands_in and style is not Style.DEFAULT
        # What numbers and look-alikes stand for depends on the whole request.
        self._before = before if (style or policy.style) is Style.DEFAULT else None
        self._circumstances = repr((scope, style, sorted(monitored)))
        self.entities: Counter[str] = Counter()
        self.monitored: Counter[str] = Counter()
        self.places: dict[str, None] = {}
        """In their order."""
        self.refused: Counter[tuple[str, str]] = Counter()
        self._actions: dict[tuple[str, float, Role, str], Action] = {}
        self._made: dict[tuple[str, str, Action], str] = {}

    def decide(self, text: Text, findings: Sequence[Finding], carried: CarryOver, name: bytes | None = None) -> None:
        """Give a text its edits.

        Args:
            findings: What detection found in it.
            carried: The values of the texts before; what this one adds is added.
            name: What detection knows it by, with its context (`Found.names`).

        Raises:
            DetectorError: The findings make no sense.
        """
        if not findings and not carried and not self._stands_in:
            return
        whole = text.value
        if self._stands_in:
            self.minter.read(whole)  # what is minted may look like something that was said
        key = self._key(text, whole, carried, name, findings)
        known = self._before.get(key) if self._before is not None and key is not None else None
        if known is not None and self._again(text, whole, known):
            carried.learn_again(whole, known.learnt)
            return
        found = tuple(findings)
        _check_findings(whole, found)
        kept = tuple(f for f in found if self.action(f, text) is not Action.ALLOW)
        extended = kept if text.treatment in _APART else carried.extend(whole, kept)
        entities, monitored = self._add(text, whole, extended)
        if self._before is not None and key is not None and (minted := self._minted(text, entities)) is not None:
            counts = tuple(entities.items()), tuple(monitored.items())
            self._before.put(key, Decided(tuple(text.edits), *minted, *counts, carried.learnt))

    def action(self, finding: Finding, text: Text) -> Action:
        """What the policy says; kept, since a long conversation has few kinds of findings and many of each."""
        role, place = (text.role, text.place) if self._policy.overrides else (Role.OTHER, "")
        key = (finding.entity_type, finding.score, role, place)
        known = self._actions.get(key)
        if known is None:
            known = self._actions[key] = self._policy.decide(finding, role, place).action
        return known

    def note(self, text: Text) -> None:
        """Count what is masked again in a text that the model wrote."""
        for _, _, new in text.edits:
            if not new:  # the rest of a value that stands in two pieces of a text
                continue
            self.entities[entity_type_of(new)] += 1
            self._note_place(text.place)

    def reasons(self) -> list[tuple[str, int, str]]:
        return [(kind, count, place) for (kind, place), count in list(self.refused.items())[:MAX_PLACES]]

    def _add(self, text: Text, whole: str, findings: tuple[Finding, ...]) -> tuple[Counter[str], Counter[str]]:
        """Decide on each of `findings`; the counts of those that are masked, and that are only to be logged."""
        treatment, values = text.treatment, self.minter.values
        refused = text.alternative or treatment in (Treatment.URL, Treatment.FIXED)
        entities, monitored = Counter[str](), Counter[str]()
        for finding in findings:
            kind = finding.entity_type
            action = self.action(finding, text)
            value = whole[finding.start : finding.end]
            if action is Action.ALLOW or STAND_IN + value in values:
                continue  # in the values stand our own stand-ins: one that comes back is nobody's data
            if not text.shows(finding):
                continue
            if _passes_for(treatment, finding, value):
                continue
            if kind in self._monitored:
                monitored[kind] += 1
                continue
            entities[kind] += 1
            if refused or action is Action.BLOCK:
                self.refused[kind, text.place] += 1
            new = self._made.get((kind, value, action)) if treatment is Treatment.TEXT else None
            text.edits.append((finding.start, finding.end, new or self._replacement(treatment, kind, value, action)))
        self._count(text, entities.items(), monitored.items())
        return entities, monitored

    def _count(self, text: Text, entities: Collection[tuple[str, int]], monitored: Collection[tuple[str, int]]) -> None:
        for kind, count in entities:  # `Counter.update` takes ten times as long for so few
            self.entities[kind] += count
        for kind, count in monitored:
            self.monitored[kind] += count
        if entities and len(self.places) < MAX_PLACES:
            self._note_place(text.place)

    def _note_place(self, place: str) -> None:
        if len(self.places) < MAX_PLACES:
            self.places[place] = None

    def _replacement(self, treatment: Treatment, kind: str, value: str, action: Action) -> str:
        fits_all = treatment not in (*_BARE, Treatment.DASHED)
        new = replacement(
            self._policy,
            self.minter,
            action if fits_all or action is not Action.PARTIAL else Action.REDACT,
            kind,
            value,
            style=self._style if fits_all else Style.DEFAULT,
        )
        if treatment in _BARE:
            return new.strip("[]").replace(":", "_")
        if treatment is Treatment.DASHED:
            return new.replace(":", "-").replace("_", "-")
        if treatment is Treatment.TEXT:
            self._made[kind, value, action] = new
        return new

    # -- texts that come again

    def _key(
        self, text: Text, whole: str, carried: CarryOver, name: bytes | None, findings: Sequence[Finding]
    ) -> Hashable | None:
        """What a decision depends on; None where it isn't remembered."""
        if self._before is None or text.alternative or text.treatment not in (Treatment.TEXT, Treatment.DATA):
            return None
        where = (text.role, text.place) if self._policy.overrides else None
        return (
            name or self._before.name(whole, text.context),
            _told_by(findings),
            text.treatment is Treatment.TEXT,
            where,
            carried.state,
            self._circumstances,
        )

    def _again(self, text: Text, whole: str, known: Decided) -> bool:
        """Decide as before; False, and nothing is decided, where a digest stands for another value in this request, or look-alikes are about."""
        if self.minter.stands_in or not self.minter.mint_again(whole, known.minted, known.forgotten):
            return False
        text.edits = list(known.edits)
        self._count(text, known.entities, known.monitored)
        return True

    def _minted(self, text: Text, entities: Counter[str]) -> tuple[tuple[Minted, ...], tuple[Minted, ...]] | None:
        """The tokens among a text's edits, those that may be restored and those that may not.

        None if what was decided depends on other texts, or shows part of a value.
        """
        minted: list[Minted] = []
        forgotten: list[Minted] = []
        if self.minter.stands_in or any((kind, text.place) in self.refused for kind in entities):
            return None
        for start, end, new in text.edits:
            if TOKEN.fullmatch(new):
                digest = new[:-1].rpartition(":")[2]
                if len(digest) != DIGEST_LENGTH:
                    return None  # of two values with one digest
                (minted if digest in self.minter.values else forgotten).append((digest, start, end))
            elif not REDACTED.fullmatch(new):
                return None
        return tuple(minted), tuple(forgotten)


def _check_findings(text: str, findings: tuple[Finding, ...]) -> None:
    """A detector's answer is trusted only if it makes sense; nonsense must not become a half-masked body."""
    at = 0
    for finding in findings:
        if not (at <= finding.start < finding.end <= len(text)):
            raise DetectorError(f"recognizer {finding.recognizer} returned an impossible span")
        at = finding.end


def _passes_for(treatment: Treatment, finding: Finding, value: str) -> bool:
    """Whether something found is ordinary where it stands, or meant for whoever reads it there."""
    kind = finding.entity_type
    match treatment:
        # The address itself, and what the provider needs to fetch it, or asks for.
        case Treatment.URL | Treatment.CREDENTIAL:
            return kind == "URL" or _is_secret(kind)
        case Treatment.HEADER:
            return kind == "URL" or (_is_secret(kind) and not _tells_itself(finding))
        case Treatment.TOOL:
            return kind in _LIKE_TOOLS
        case Treatment.PATH | Treatment.SDK_HEADER if kind == "PHONE_NUMBER":
            return not value.startswith("+")
        case Treatment.PATH | Treatment.SDK_HEADER | Treatment.NUMBER if kind == "CREDIT_CARD":
            return sum(map(str.isdigit, value)) > _LONGEST_CARD
        case Treatment.NUMBER:
            return finding.score < _SPOKEN_FOR
        case Treatment.SDK_HEADER if _tells_itself(finding):
            return False
        case Treatment.PATH | Treatment.SDK_HEADER:
            return kind in ENTITY_TYPES and kind not in _UNMISTAKABLE
    return False


def _tells_itself(finding: Finding) -> bool:
    """Whether something is a secret wherever it stands: by its form, or as a password. A JSON web token may be meant for whoever reads it."""
    kind = finding.entity_type
    told = finding.score >= _OWN_FORM or kind == "PASSWORD"
    return told and _is_secret(kind) and kind != "JWT"


def _is_secret(entity_type: str) -> bool:
    known = ENTITY_TYPES.get(entity_type)
    return known is not None and known.group == "secret"
