"""What a wire format is: which leaves are text, in requests and answers, and how its streams assemble them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Self

from dlp.providers.rules import PathMatcher, Rule, RuleSet, Treatment
from dlp.wire.json_leaves import Frame, Kind, Leaf

Channel = tuple[Hashable, ...]
"""Names one text that the client concatenates, for example `(choice index, "content")`. Compared by prefix when closed."""


@dataclass(frozen=True, slots=True)
class DeltaRule:
    """A leaf of a stream event that continues a channel.

    Args:
        pattern: Where the leaf stands (see `dlp.providers.rules`).
        key: For each part of the channel's name `(levels up, member)`: an enclosing object, counted from the leaf's own
            at 0, arrays included, and which member names it (see `name_of`).
        name: Last part of the channel's name; tells fields of one object apart.
    """

    pattern: str
    key: tuple[tuple[int, str], ...] = ()
    name: str = ""


class Event:
    """One parsed stream event: its leaves, the members of its root object, and its name.

    Args:
        name: What the framing calls the event: SSE's `event:` line, or `:event-type` of an AWS event-stream frame; "" if nothing does.
    """

    __slots__ = ("leaves", "name", "root")

    def __init__(self, leaves: list[Leaf], name: str = "") -> None:
        self.leaves = leaves
        self.name = name
        self.root: dict[str, str | None] = {}
        if leaves:
            frame = leaves[0].parent
            while frame is not None and frame.parent is not None:
                frame = frame.parent
            if frame is not None:
                self.root = frame.members

    def index(self, member: str = "index") -> str:
        """A member of the root that names a channel; "0" where it is missing."""
        value = self.root.get(member)
        return value if value is not None and value != "null" else "0"

    def ends(self, *suffixes: str) -> bool:
        """Whether the root's `type` member ends with one of `suffixes`."""
        return (self.root.get("type") or "").endswith(suffixes)


Closes = Callable[[Event], Iterable[Channel]]
"""Channels (or prefixes of their names; `()` is all) that an event ends. Held text goes out before that event."""


def closes_nothing(_event: Event) -> Iterable[Channel]:
    return ()


class StreamGrammar:
    """How the events of a stream continue and end channels."""

    stateful = False
    """True if what an event means depends on the events before it: then none may be left out, and each stream has its own."""

    def __init__(
        self,
        deltas: Iterable[DeltaRule],
        closes: Closes = closes_nothing,
        *,
        camel: bool = False,
        once: Iterable[str] = (),
    ) -> None:
        self._rules = list(deltas)
        self._once = PathMatcher(list(once), camel=camel)
        self._paths = PathMatcher([rule.pattern for rule in self._rules], camel=camel)
        self.closes = closes

    @property
    def patterns(self) -> tuple[str, ...]:
        """Where its deltas stand."""
        return tuple(rule.pattern for rule in self._rules)

    def fresh(self) -> Self:
        """The grammar for one new stream: itself, unless it is `stateful`."""
        return self

    def comes_once(self, leaf: Leaf) -> bool:
        """Whether clients add up what stands there (`once`), so that a second event must not repeat it."""
        return self._once.find(leaf) is not None

    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        """The channel that `leaf` of `event` continues, or None."""
        if leaf.kind is not Kind.STRING or (index := self._paths.find(leaf)) is None:
            return None
        rule = self._rules[index]
        return (*(name_of(above(leaf.parent, up), member) for up, member in rule.key), rule.name)


def name_of(frame: Frame | None, member: str = "index") -> str | None:
    """What an object is called among its like: a part of a channel's name, for grammars and closers alike.

    Args:
        member: `index` is that member, or else the object's place in its array; `index|id` tries both members before;
            `thought?` is that member, or else None, also while it is false.
    """
    if frame is None:
        return None
    for alternative in member.rstrip("?").split("|"):
        value = frame.members.get(alternative)
        if value is not None and value != "null" and not (value == "false" and member.endswith("?")):
            return value
    return None if member.endswith("?") else str(frame.key)


def above(frame: Frame | None, levels: int) -> Frame | None:
    """The container `levels` up, arrays included."""
    for _ in range(levels):
        frame = frame.parent if frame is not None else None
    return frame


class Unit(Enum):
    """What an offset counts."""

    CHARACTERS = "characters"
    """Code points."""
    BYTES = "bytes"
    """Of the text in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetRule:
    """Numbers that say where in a text something stands, such as a citation's. They move when values are put back before them.

    Args:
        holder: Where the objects stand that have the numbers.
        start: The member that says where it begins.
        end: The member that says where it ends.
        up: The text is found from the object that is so many containers above the holder, arrays included, ...
        down: ... by these members. `@NAME` is the element that the holder's member NAME counts, the first if there is none.
        channel: In a stream, parts of the name of the text's channel: a constant, or `(levels up, member)` as in
            `DeltaRule`, where `NAME=0` has a default.
        document: It is a text of the request that the numbers count in: the holder's member that numbers the documents.
    """

    holder: str
    start: str = "start_index"
    end: str = "end_index"
    up: int = 0
    down: tuple[str, ...] = ()
    channel: tuple[tuple[int, str] | str, ...] = ()
    document: str = ""

    def text_path(self, holder: Frame | None) -> tuple[str | int, ...] | None:
        """The way from the document's root to the text, for one holder."""
        top = above(holder, self.up)
        if holder is None or top is None or not self.down:
            return None
        steps = (int(_index_of(holder, step[1:])) if step.startswith("@") else step for step in self.down)
        return (*path_of(top), *steps)

    def channel_name(self, holder: Frame | None) -> Channel:
        """The name of the text's channel, for one holder in a stream's event."""
        return tuple(
            part if isinstance(part, str) else _part_of_name(above(holder, part[0]), part[1]) for part in self.channel
        )


def _part_of_name(frame: Frame | None, member: str) -> str | None:
    name, has_default, default = member.partition("=")
    if not has_default:
        return name_of(frame, name)
    value = frame.members.get(name) if frame is not None else None
    return value if value and value != "null" else default


def _index_of(holder: Frame, member: str) -> str:
    value = holder.members.get(member) or "0"
    return value if value.isascii() and value.isdigit() and len(value) < _LONGEST_INDEX else "0"


_LONGEST_INDEX = 10
_HUMP = re.compile("[A-Z]")


def path_of(frame: Frame | None) -> tuple[str | int, ...]:
    """The members and indices that lead from the root to a container."""
    steps: list[str | int] = []
    while frame is not None and frame.parent is not None:
        steps.append(frame.key)
        frame = frame.parent
    return tuple(reversed(steps))


class Offsets:
    """The offsets in a format's answers, and in requests that repeat answers.

    Args:
        rules: The first one that fits a number holds.
        documents: Patterns of what each document of a request has once, and of its text: what `OffsetRule.document` counts.
    """

    def __init__(
        self,
        *rules: OffsetRule,
        documents: tuple[str, str] | None = None,
        unit: Unit = Unit.CHARACTERS,
        camel: bool = False,
    ) -> None:
        self.unit = unit
        self._rules = rules
        names = {name for rule in rules for name in (rule.start, rule.end)}
        self._names = names | ({_HUMP.sub(r"_\g<0>", name).lower() for name in names} if camel else set())
        self._paths = PathMatcher([f"{rule.holder}.{{{rule.start},{rule.end}}}" for rule in rules], camel=camel)
        self._has_documents = documents is not None
        self._documents = PathMatcher(list(documents or ()), camel=camel)
        self.mentioned = re.compile("|".join(f'"{name}"' for name in sorted(self._names)).encode())
        """Found in every event that has such numbers."""

    def find(self, leaf: Leaf) -> OffsetRule | None:
        """The rule for the number behind a key; None for other leaves."""
        if leaf.kind is not Kind.KEY or leaf.key not in self._names or (index := self._paths.find(leaf)) is None:
            return None
        return self._rules[index]

    def is_end(self, leaf: Leaf) -> bool:
        """Whether a number that was found is where something ends."""
        return str(leaf.key).lower().startswith("end")

    def document_texts(self, leaves: Iterable[Leaf]) -> list[tuple[int, Leaf]]:
        """The texts among a request's documents, each with the number of its document."""
        texts: list[tuple[int, Leaf]] = []
        if not self._has_documents:
            return texts
        number = -1
        for leaf in leaves:
            found = self._documents.find(leaf)
            if found == 0 and leaf.kind is Kind.KEY:
                number += 1
            elif found == 1 and leaf.kind is Kind.STRING:
                texts.append((number, leaf))
        return texts


class Payload(Enum):
    """Where the event stands in what the framing (SSE, NDJSON, AWS event-stream ...) carries."""

    JSON = "json"
    """The payload is the event."""
    BASE64_JSON = "base64-json"
    """The payload is `{"bytes": ...}`, the base64 of the event (Bedrock's InvokeModelWithResponseStream)."""
    BASE64_TEXT = "base64-text"
    """The payload is JSON; its `bytes` member is the base64 of a piece of text, which the grammar sees decoded (InvokeAgent)."""


@dataclass(frozen=True, slots=True)
class WireFormat:
    """How one endpoint's bodies and streams carry text."""

    id: str
    """Name in audit and metrics, such as `oai.chat`."""
    request: RuleSet
    response: RuleSet
    conversation: tuple[str, ...] = ()
    """Top-level members that grow from turn to turn; a value found in one of their texts is also masked in later ones."""
    stream: StreamGrammar | None = None
    opaque_numbers: tuple[str, ...] = ()
    """Top-level members where an array of numbers is text in disguise (token ids), which nobody here can read."""
    done: bytes | None = None
    """The data of the event that ends the stream without being JSON, such as `[DONE]`."""
    payload: Payload = Payload.JSON
    raw_events: frozenset[str] = frozenset()
    """Names of stream events whose data is no JSON but the next piece of a text. The grammar sees them as `{"text": piece}`."""
    pieces: StreamGrammar | None = None
    """Where a whole answer has one text in the strings of an array, as a stream has it in its events: a token may be cut between them."""
    state: tuple[str, ...] = ()
    """When the provider remembers what a body says, or answers from what it remembers: any of these holds. `*` always; `NAME` the body has
    that top-level member, and it isn't false; `!NAME` that member isn't false. A request without a body asks for what is remembered."""
    offsets: Offsets | None = None
    """Numbers that count characters of a text."""
    files: bool = False
    """Bodies may be files as they are, of whatever kind: what they are called says nothing."""
    websocket: bool = False
    """Also spoken over a WebSocket: the client's messages are documents of `request`, the server's are events of `stream`."""


@cache
def restoring_reasoning(wire_format: WireFormat) -> WireFormat:
    """The format for a policy that has signed text restored, and masked again when it comes back."""
    return replace(
        wire_format,
        request=wire_format.request.restoring_reasoning(),
        response=wire_format.response.restoring_reasoning(),
    )


@dataclass(frozen=True, slots=True)
class Route:
    """A path of a provider's API and the format its bodies have.

    `path` is searched in the normalised path (`dlp.providers.table.normalise_path`), in any case, as some services read it.
    """

    path: re.Pattern[str]
    format: WireFormat
    methods: frozenset[str] = field(default_factory=lambda: frozenset({"POST"}))


def route(path: str, wire_format: WireFormat, *methods: str) -> Route:
    return Route(re.compile(path, re.IGNORECASE), wire_format, frozenset(methods or ("POST",)))


# Members that are structure in every API (identifiers, enumerations, switches). They count as such only while they look like it.
_STRUCTURE = (
    "{model,modelId,model_id,role,type,object,status,id,name_space,namespace,call_id,tool_use_id,toolUseId,tool_call_id}",
    "{previous_response_id,previous_interaction_id,response_id,file_id,fileId,item_reference,container,version,phase}",
    "{media_type,mime_type,mimeType,mediaType,format,detail,encoding_format,language,voice,size,quality,effort,outcome}",
    "{anthropic_version,anthropic_beta,betas,service_tier,prompt_cache_key,tool_choice,toolChoice,server_label,server_name}",
    "{finish_reason,finishReason,stop_reason,stopReason,system_fingerprint,event_id,modality,task_type,taskType}",
    "{reasoning_effort,verbosity,truncation,prompt_cache_retention,response_format,output_format,input_type,safety_mode}",
)
_LISTS = (
    "{betas,anthropic_beta,include,modalities,responseModalities,output_modalities,file_ids,vector_store_ids,models}"
)

_CREDENTIALS = (
    "{secret_id,secretId,*_secret_id,*SecretId,api_id,apiId,key_id,keyId,*_key_id,*KeyId,token_id,tokenId,"
    "credential_id,credentialId,auth_id,authId}"
)
"""Called ids, and half of a credential all the same; the detector tells by name and form which are (a `client_id` is public).
A `session_id` in a request's own structure is what the provider groups requests by; in what a tool says it is examined anyhow."""

SIGNED: tuple[Rule, ...] = (
    ("**.{signature,thoughtSignature,thought_signature,encrypted_content,encryptedContent}", Treatment.SEALED),
    ("**.{encrypted_index,encrypted_stdout,redactedContent,continuationToken,continuation_token}", Treatment.SEALED),
)
"""Signatures and sealed state: altered by nobody, in neither direction, as long as they look like that."""

STRUCTURE: tuple[Rule, ...] = (
    ("**.{user_id,userId,user,safety_identifier}", Treatment.TEXT),
    *((f"**.{names}", Treatment.LABEL) for names in _STRUCTURE),
    (f"**.{_LISTS}[*]", Treatment.LABEL),
    (f"**.{_CREDENTIALS}", Treatment.TEXT),
    ("**.{*_id,*Id,*_ids,*Ids}", Treatment.LABEL),
    ("**.{*_ids,*Ids}[*]", Treatment.LABEL),
    ("**.{cache_control,cacheControl,cachePoint}.**", Treatment.LABEL),
    ("**.{tool_choice,toolChoice,toolConfig,tool_config}.**.name", Treatment.TOOL),
    ("**.{tool_choice,toolChoice,toolConfig,tool_config}.**", Treatment.LABEL),
    ("**.logit_bias.**", Treatment.LABEL),  # keys are token ids
)
"""The last rules of every format."""


def schema_rules(*roots: str) -> tuple[Rule, ...]:
    """Rules for tool definitions and JSON Schemas: prose and what values may be are text, names and keywords are structure.

    Enumerations and constants are what the model has to write letter for letter: it writes their tokens, which are restored.
    """
    rules: list[Rule] = []
    for root in roots:
        rules += (
            (f"{root}.**.{{default,examples,example,input_examples}}.**", Treatment.DATA),
            (f"{root}.**.{{description,title,$comment,instructions,server_description,const}}", Treatment.TEXT),
            (f"{root}.**.enum[*]", Treatment.TEXT),
            (f"{root}.**.name", Treatment.TOOL),
            (f"{root}.**.{{pattern,definition}}", Treatment.SLUG),  # brackets mean something there
            (f"{root}.**.{{required,propertyOrdering,property_ordering,any_of}}[*]", Treatment.MEMBER),
            (f"{root}.**.{{$ref,$id,$schema,$anchor,$dynamicRef,propertyName}}", Treatment.MEMBER),
            (f"{root}.**.{{dependentRequired,mapping}}.**", Treatment.MEMBER),
            (f"{root}.**.type[*]", Treatment.LABEL),
            (f"{root}.**.{{type,format,contentEncoding,contentMediaType,syntax}}", Treatment.LABEL),
        )
    return tuple(rules)


def request_rules(*rules: Rule, default: Treatment = Treatment.TEXT, camel: bool = False) -> RuleSet:
    """A request's rules: the format's own, then signatures and structure as every API has them.

    The format's own come first, so that the places where anything may stand (tool arguments, metadata) are out of reach
    for the general rules: an argument called `signature` or `id` is somebody's data.
    """
    return RuleSet((*rules, *SIGNED, *STRUCTURE), default=default, camel=camel)


def response_rules(*rules: Rule, camel: bool = False) -> RuleSet:
    """An answer's rules: everything is restored but signatures and what the format names."""
    return RuleSet((*rules, *SIGNED), camel=camel)


def is_closed(channel: Channel, closed: Sequence[Channel]) -> bool:
    """Whether one of the prefixes in `closed` names `channel`."""
    return any(channel[: len(prefix)] == prefix for prefix in closed)
