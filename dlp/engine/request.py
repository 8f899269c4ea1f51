"""Examine one request and say what is to be sent instead."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dlp.detect.base import WARM_TEXTS, Detector
from dlp.engine.body import Body, Text
from dlp.engine.carry import CarryOver, carry_cache
from dlp.engine.case import Budget, Case, NotAtOnce, Request
from dlp.engine.decisions import MAX_PLACES, DecidedBefore, Decisions
from dlp.engine.echo import EchoMemory, echo_scope
from dlp.engine.exchange import Exchange
from dlp.engine.head import Head, Header
from dlp.engine.history import History
from dlp.engine.json_body import JsonBody
from dlp.engine.opening import decode_body, open_body
from dlp.engine.recheck import recheck, recheck_texts
from dlp.engine.rpc import RpcBody
from dlp.engine.said import Said
from dlp.engine.scan import AnswerScan, OwnWords
from dlp.engine.text import Edit
from dlp.errors import DetectorError, RequestBlocked, TooLarge, VaultError, WireError, origin
from dlp.masking.minting import Minter
from dlp.masking.restoring import Originals
from dlp.policy.model import Fault, Keep, Mode, Policy, Scope, Urls, WhenDown
from dlp.providers.format import WireFormat, restoring_reasoning
from dlp.tokens import NUMBERED, STAND_IN
from dlp.types import Verdict
from dlp.vault.base import Vault
from dlp.vault.memory import MemoryVault

log = logging.getLogger("dlp")

MAX_DECODED_BYTES = 64 * 2**20
"""Largest decoded body that is looked at, whatever the policy says."""
HEAD_CHARACTERS = 4096
"""Of a head that a client might send, which `Engine.head_as_sent` is asked about while an answer waits."""
BATCH_CHARACTERS = 512 * 1024
"""Of texts that detection is asked about at once: enough for many workers, few enough that what is known of each takes little memory."""
BATCH_TEXTS = 4096
"""The same for short ones."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, and what is to be sent. `repr` shows no content."""

    verdict: Verdict
    path: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Sequence[Header] = field(repr=False)
    """The same object as was asked about if they may go on as they are."""
    decoded: bool
    """`body` is without content encoding although the request came with one: drop the header."""
    values: Mapping[str, str] = field(repr=False)
    """Digest -> value of the tokens minted: exactly what may be restored in the answer, on the policy's terms (`Originals`)."""
    entities: Counter[str]
    """Entity type -> findings that the policy does not let through."""
    monitored: Counter[str] = field(default_factory=Counter)
    """Entity type -> findings that the policy would not have let through, but is only to log."""
    places: tuple[str, ...] = ()
    media: Counter[str] = field(default_factory=Counter)
    """Kind -> pieces of what can't be read and went through as it is: pictures, sound, documents."""
    model: str | None = None
    wants_stream: bool = False
    characters: int = 0
    """Code points of all texts."""
    scan: AnswerScan | None = field(default=None, repr=False)
    """What is looked for in the answer; None if the policy doesn't say so."""
    cut_short: int = 0
    """Texts so long that their names were looked for at level `fast` (`NerSettings.fast_above`)."""
    fault: str | None = None
    """Name of the error because of which the request went through unexamined, by a policy that allows it; or without the vault."""


class Engine:
    """Examines requests under one policy. Safe from several threads.

    Args:
        key: The token key (see `dlp.keyfiles`).
    """

    def __init__(
        self,
        policy: Policy,
        detector: Detector,
        key: bytes,
        vault: Vault | None = None,
        echoes: EchoMemory | None = None,
    ) -> None:
        self.policy = policy
        self.vault = vault if vault is not None else MemoryVault()
        """What stateful APIs were told, for the answers that repeat it."""
        self.echoes = echoes if echoes is not None else EchoMemory(key)
        """What the model said, for the turns that follow."""
        self.detector = detector
        self._key = key
        self._carried = carry_cache()
        self._stands_in = policy.stands_in
        # What one request has said is met in another of the same scope.
        self._decided = DecidedBefore() if policy.scope is not Scope.REQUEST else None

    @property
    def vault_waits(self) -> bool:
        """Whether the vault is beyond this process, so that to ask it takes a while."""
        return not isinstance(self.vault, MemoryVault)

    def may_wait(self, wire_format: WireFormat) -> bool:
        """Whether examining a request may take longer than its size says.

        It does when it takes a look into what lies beyond this process, and when an expression of the policy's own runs away.
        """
        if self.policy.detect.recognizers or (self.shares_echoes and wire_format.conversation):
            return True
        return self.vault_waits and (bool(wire_format.state) or self.policy.vault.keep is Keep.ALL)

    @property
    def shares_echoes(self) -> bool:
        """Whether other proxies are told what the model said, and asked for it. A scope of one request has no history."""
        return self.echoes.shared is not None and self.policy.scope is not Scope.REQUEST

    def format_for(self, wire_format: WireFormat) -> WireFormat:
        """The format as this policy has it, for requests and answers alike."""
        return restoring_reasoning(wire_format) if self.policy.response.restores_reasoning else wire_format

    def warm(self, texts: Sequence[str] = WARM_TEXTS) -> None:
        """Load what detection loads when it first sees such texts, so that no request waits for it."""
        for text in texts:
            self.detector.find(text)

    def examine(self, request: Request, wire_format: WireFormat, scope: str, *, case: Case | None = None) -> Examined:
        """Examine a request.

        Args:
            scope: The boundary inside which a value has one token (caller and policy).
            case: What another call has read of the same request, as `NotAtOnce` brought it; good for one call.

        Raises:
            RequestBlocked: The policy refuses what was found.
            TooLarge: The body exceeds a limit.
            WireError: It can't be read, and `on_unscannable` is `block`.
            DetectorError: Detection failed, and `on_error` is `block`.
            VaultError: The vault is away, the API is a stateful one, and `vault.when_down` is `refuse`.
            NotAtOnce: See `Request.at_once`.
        """
        try:
            if case is None:
                case = self._begin(request, wire_format, scope)
            else:
                case.request, case.budget = request, Budget(self.detector, request)
            return self._examine(case)
        except (RequestBlocked, VaultError, NotAtOnce):
            raise
        except WireError as error:
            if isinstance(error, TooLarge) or (
                self.policy.on_unscannable is Fault.BLOCK and request.monitored.entities is not None
            ):
                raise
            return _unexamined(request, error)
        except Exception as error:
            if self.policy.on_error is Fault.ALLOW or request.monitored.entities is None:
                return _unexamined(request, error)
            if isinstance(error, DetectorError):
                raise
            raise DetectorError(f"examining failed: {origin(error)}") from None

    def head_as_sent(self, path: str, headers: Sequence[Header], scope: str) -> tuple[str, Sequence[Header]] | None:
        """Path and headers of a request without a body, as the provider would get them; None if it would get nothing, or that takes long to say.

        Nothing comes of it: the vault isn't told, nor asked.
        """
        head = Head(path, headers)
        decisions = Decisions(self.policy, Minter(self._key, scope), (), style=None, stands_in=self._stands_in)
        request = Request("GET", path, b"", headers=headers, at_once=HEAD_CHARACTERS)
        try:
            self._decide(head.texts, decisions, CarryOver(self._carried), Budget(self.detector, request))
        except (NotAtOnce, DetectorError):
            return None
        return None if decisions.refused else (head.path, head.headers)

    def _begin(
        self, request: Request, wire_format: WireFormat, scope: str, remembered: Mapping[str, str] | None = None
    ) -> Case:
        """Read a request, up to where detection is asked.

        Args:
            remembered: What the vault holds, if that has turned out to matter for the tokens.
        """
        raw = self._decoded(request)
        body = open_body(raw, request.content_type, wire_format) if raw and not raw.isspace() else None
        case = self._case(request, wire_format, scope, raw, body)
        if remembered is not None:
            case.minter.adopt(remembered)
            case.remembers = True
        self._replay(case)
        return case

    def _examine(self, case: Case) -> Examined:
        """`examine`, but for the reading, and for what a fault makes of it."""
        request, raw, body = case.request, case.raw, case.body
        decisions = Decisions(
            self.policy,
            case.minter,
            case.monitored,
            style=case.style,
            stands_in=self._stands_in,
            scope=case.scope,
            before=self._decided,
        )
        said = Said(self.policy, case.minter, enforced=case.enforced)
        try:
            portions_changed = self._decide_all(case, decisions, said)
        except NotAtOnce:
            raise NotAtOnce(case if case.budget.untouched else None) from None
        if case.enforced:
            self._refuse(body, decisions)
            kept = self._exchanged(case)
            if not case.remembers and (taken := case.taken(kept)):  # longer digests are minted
                remembered = kept if case.stateful else taken
                return self._examine(self._begin(request, case.wire_format, case.scope, remembered))
            if case.stateful:
                case.minter.adopt(kept)
        changed = case.enforced and said.changed
        new_body, path, headers = raw, request.path, request.headers
        if changed:
            if body is not None and (portions_changed or any(text.edits for text in body.texts)):
                new_body = body.render()
                recheck(body, new_body, request.content_type, case.wire_format)
            if any(text.edits for text in case.head.texts):
                path, headers = case.head.path, case.head.headers
        return Examined(
            verdict=Verdict.MONITOR if not case.enforced else Verdict.REWRITE if changed else Verdict.PASS,
            path=path,
            body=new_body if case.enforced else request.body,
            headers=headers,
            decoded=case.enforced and request.encoded,
            values=self._originals(case.minter.values, said, body) if case.enforced else {},
            entities=decisions.entities,
            monitored=decisions.monitored,
            places=tuple(decisions.places),
            media=Counter(body.media) if body is not None else Counter[str](),
            model=body.model if body is not None else None,
            wants_stream=isinstance(body, JsonBody) and body.wants_stream,
            fault=case.fault,
            cut_short=said.cut_short,
            characters=said.characters,
            scan=self._scan(said.words, case.minter.values) if said.words is not None else None,
        )

    def _decoded(self, request: Request) -> bytes:
        """The body without compression. Raises `TooLarge` and `WireError`."""
        limit = min(self.policy.limits.body_bytes, MAX_DECODED_BYTES)
        if len(request.body) > limit:
            raise TooLarge("request body", limit, len(request.body))
        return decode_body(
            request.body, request.content_type, request.content_encoding, request.message_encoding, limit=limit
        )

    def _case(self, request: Request, wire_format: WireFormat, scope: str, raw: bytes, body: Body | None) -> Case:
        head = Head(request.path, request.headers)
        return Case(
            request=request,
            wire_format=wire_format,
            scope=scope,
            raw=raw,
            body=body,
            head=head,
            texts=[*head.texts, *(body.texts if body is not None else ())],
            enforced=self.policy.mode is Mode.ENFORCE and request.monitored.entities is not None,
            stateful=_is_stateful(wire_format, body),
            minter=Minter(self._key, scope),
            exchange=Exchange(self.vault, scope, self.policy.vault.days * 86_400),
            budget=Budget(self.detector, request),
        )

    def _replay(self, case: Case) -> None:
        """Give what the model has said the edits that make it what the model wrote."""
        if not case.enforced or not isinstance(case.body, (JsonBody, RpcBody)):
            return
        spoken = echo_scope(case.scope, case.request.provider)
        self.echoes.settle(spoken)
        history = History(case.body, lambda text: self._recall(text, spoken, case.minter), shared=self.shares_echoes)
        if not self.shares_echoes:
            return
        if history.missed and case.exchange.finds and not self._refuses_media(case.body):
            case.exchange.foretold = self._foretold(case, history)
        try:
            history.fetch(self.echoes, spoken, case.exchange.find if case.exchange.foretold is not None else None)
        except VaultError as error:
            case.fault = self._without_vault(error)

    def _decide_all(self, case: Case, decisions: Decisions, said: Said) -> bool:
        """Decide on every text; True if something of a body that comes in portions was written anew."""
        carried = CarryOver(self._carried)
        # What doesn't grow goes first: were a conversation's values carried into the system prompt, it would change with each turn.
        self._decide(sorted(case.texts, key=lambda text: text.grows), decisions, carried, case.budget)
        said.add(case.texts)
        changed = False
        for portion in case.body.portions() if case.body is not None else ():
            self._decide(portion.texts, decisions, carried, case.budget)
            said.add(portion.texts)
            if case.enforced and not decisions.refused:
                portion.write()
                recheck_texts(portion.written, portion.reread)
                changed = changed or bool(portion.written)
        return changed

    def _refuse(self, body: Body | None, decisions: Decisions) -> None:
        """Raise `RequestBlocked` if the policy refuses what was found."""
        model = body.model if body is not None else None
        if body is not None and self._refuses_media(body):
            kinds = [(kind, count, "body") for kind, count in Counter(body.media).most_common(MAX_PLACES)]
            raise RequestBlocked(kinds, self.policy.name, model)
        if decisions.refused:
            raise RequestBlocked(decisions.reasons(), self.policy.name, model)

    def _exchanged(self, case: Case) -> Mapping[str, str]:
        """What the vault has of the scope, once it has been told of the request's values; nothing where it isn't asked, or away."""
        told = case.told = self._told(case.minter, stateful=case.stateful) or {}
        if not told and not case.stateful:
            return {}
        try:
            return case.exchange.all_of(told)
        except VaultError as error:
            case.fault = self._without_vault(error)
            return {}

    def _exchanges(self, *, stateful: bool) -> bool:
        """Whether the vault is told of a request's values."""
        return stateful or (self.policy.vault.keep is Keep.ALL and self.vault_waits)

    def _refuses_media(self, body: Body | None) -> bool:
        return body is not None and self.policy.on_media is Fault.BLOCK and bool(body.media)

    def _foretold(self, case: Case, history: History) -> Mapping[str, str] | None:
        """What the vault will be told of what stands beside an unknown history, so that one look brings both; None if that can't be said.

        Nothing is examined that would have been spared, and nothing twice: detection knows again what it has seen.
        """
        if not self._exchanges(stateful=case.stateful):
            return None
        minter, unknown = Minter(self._key, case.scope), history.missed
        decisions = Decisions(self.policy, minter, case.monitored, style=case.style, stands_in=self._stands_in)
        beside = [text for text in case.texts if not text.replayed and text.value not in unknown]
        self._decide(sorted(beside, key=lambda text: text.grows), decisions, CarryOver(self._carried), case.budget)
        for text in beside:
            text.edits = []
        return None if decisions.refused else self._told(minter, stateful=case.stateful)

    def _told(self, minter: Minter, *, stateful: bool) -> Mapping[str, str] | None:
        """What the vault is told of a request; None if it isn't asked at all."""
        if stateful:
            return minter.values
        if not self._exchanges(stateful=stateful):
            return None
        # A number stands for something in its own request alone.
        told = {
            key: value for key, value in minter.values.items() if not NUMBERED.fullmatch(key.removeprefix(STAND_IN))
        }
        return told or None

    def _scan(self, words: OwnWords, values: Mapping[str, str]) -> AnswerScan:
        words.extend(values)  # stand-ins look like somebody's data
        return AnswerScan(self.detector, self.policy, words)

    def _originals(self, values: Mapping[str, str], said: Said, body: Body | None) -> Mapping[str, str]:
        terms = self.policy.response
        if not values or not terms.restore:
            return {}
        links = frozenset(said.links) if terms.urls is Urls.MASK else None
        documents = body.moved_documents() if isinstance(body, JsonBody) else ()
        return Originals(values, links=links, arguments=terms.tool_arguments, documents=documents)

    def _without_vault(self, error: VaultError) -> str:
        """What goes on although the vault is away, as the name of the fault; raises if the policy says that nothing does."""
        if self.policy.vault.when_down is WhenDown.REFUSE:
            raise error
        log.warning("the request goes on without the vault: %s", error)
        return type(error).__name__

    def _recall(self, text: str, spoken: str, minter: Minter) -> Sequence[Edit] | None:
        recalled = self.echoes.recall(spoken, text)
        if recalled is None or not minter.adopt(recalled.values):
            return None
        return recalled.edits

    def _decide(self, texts: Sequence[Text], decisions: Decisions, carried: CarryOver, budget: Budget) -> None:
        for text in texts:
            if text.replayed:
                decisions.note(text)
        for batch in _batches([text for text in texts if not text.replayed]):
            items = [(text.value, text.context) for text in batch]
            found, names = budget.find(items)
            if len(found) != len(batch):
                raise DetectorError("detector answered for another number of texts")
            for text, findings, name in zip(batch, found, names, strict=True):
                decisions.decide(text, findings, carried, name)


def _batches(texts: Sequence[Text]) -> Iterator[list[Text]]:
    batch: list[Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += text.length
        if size >= BATCH_CHARACTERS or len(batch) >= BATCH_TEXTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _is_stateful(wire_format: WireFormat, body: Body | None) -> bool:
    """Whether the provider remembers what a request says, or answers it from what it remembers (`WireFormat.state`)."""
    if body is None or not isinstance(body, JsonBody):
        return bool(wire_format.state) and (body is None or "*" in wire_format.state)
    return any(map(body.meets, wire_format.state))


def _unexamined(request: Request, error: Exception) -> Examined:
    return Examined(
        verdict=Verdict.PASS,
        path=request.path,
        body=request.body,
        headers=request.headers,
        decoded=False,
        values={},
        entities=Counter(),
        fault=type(error).__name__,
    )
