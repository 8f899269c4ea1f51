"""What is known about one flow, and what its headers alone decide."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace

from mitmproxy import http

from dlp.app import Application
from dlp.engine.answer import MessageRestorer
from dlp.engine.echo import EchoRecorder, echo_scope
from dlp.engine.leaves import Stats
from dlp.engine.naming import model_in_path
from dlp.engine.request import MAX_DECODED_BYTES, Engine, Examined
from dlp.engine.scan import AnswerScan
from dlp.engine.turns import Turns
from dlp.errors import Refused, TooLarge, WireError
from dlp.policy.model import Policy, Scope
from dlp.providers.format import WireFormat
from dlp.providers.formats.generic import GENERIC, GRPC
from dlp.providers.grpc_status import CONTENT_TYPE as GRPC_TYPE
from dlp.providers.table import Provider
from dlp.proxy.caller import Caller, is_signed
from dlp.proxy.sigv4 import Signer
from dlp.proxy.underway import UnderWay
from dlp.proxy.uploads import LIMIT
from dlp.wire.grpc import CONNECT_FLAGS, GRPC_FLAGS, RpcKind, rpc_kind

_NOTED = "dlp"
"""Key of a flow's `Screening` in `flow.metadata`."""
_METHOD = re.compile(r"[A-Za-z]{1,16}(?:-[A-Za-z]{1,16})?")


class Screening:
    """What is known about one flow, from its headers on. It is noted in `flow.metadata`, so its `repr`, like every flow dump, shows no value."""

    def __init__(
        self,
        application: Application,
        provider: Provider,
        caller: Caller,
        started: float,
        signer: Signer,
        under_way: UnderWay,
    ) -> None:
        self.application = application
        self.edition = application.policies.current
        """Of the policies; a change while the request is under way is none of its business."""
        self.facts = replace(caller.facts, groups=self.edition.policies.groups_of(caller.facts))
        self.candidates = self.edition.policies.candidates(self.facts)
        """Policies one of which is the request's, as its model will tell; the last one if that names none."""
        self.signer = signer
        self.under_way = under_way
        self.provider = provider
        self.caller = caller
        self.started = started
        self.plain_format: WireFormat = GENERIC
        """Of the endpoint, whatever the policy says."""
        self.format: WireFormat = GENERIC
        self.examined: Examined | None = None
        self.request_id = "dlp-" + secrets.token_hex(8)
        self.milliseconds = 0.0
        self.stats = Stats()
        self.restores_whole = False
        self.rpc: RpcKind | None = None
        """How the request holds messages of a remote procedure; None if it holds none."""
        self.speaks_grpc = False
        """Errors are told in gRPC's own way."""
        self.turns: Turns | None = None
        """What a gRPC client says in a call whose two sides take turns; None if a request is examined when it is complete."""
        self.ended_early: tuple[int, str] | None = None
        """Why an answer of messages was cut off, as an HTTP status and a message: its end has to say so."""
        self.restorer: MessageRestorer | None = None
        """For what the server says over a WebSocket; None unless the client asked for one that can be screened."""
        self.recorder: EchoRecorder | None = None
        """Takes down what the server says over that WebSocket."""

    def __repr__(self) -> str:
        return f"<Screening of {self.request_id}>"

    @staticmethod
    def of(flow: http.HTTPFlow) -> Screening | None:
        """What is known about a flow; None if it isn't with a provider."""
        noted: Screening | None = flow.metadata.get(_NOTED)
        return noted

    def note(self, flow: http.HTTPFlow) -> None:
        """Have `of` find this."""
        flow.metadata[_NOTED] = self

    @property
    def scope(self) -> str:
        """The boundary inside which a value has one token."""
        policy = self.policy
        who = {
            Scope.REQUEST: f"request:{self.request_id}",
            Scope.CALLER: f"{self.caller.name}\0{self.caller.project}" if self.caller.project else self.caller.name,
            Scope.USER: self.caller.person,
            Scope.POLICY: "*",
        }
        return f"{policy.name}\0{who[policy.scope]}"

    @property
    def policy(self) -> Policy:
        """The one that the request is under; before `settle` the one that it will be under if no other is meant."""
        return self.candidates[-1]

    @property
    def engine(self) -> Engine:
        return self.edition.engine_for(self.policy)

    @property
    def settled(self) -> bool:
        """Whether the policy is known."""
        return len(self.candidates) == 1

    def settle(self, model: str | None) -> None:
        """Choose the policy, now that the request's model is known."""
        self.candidates = (self.edition.policies.choose(replace(self.facts, model=model)),)
        self.format = self.engine.format_for(self.plain_format)

    @property
    def restorable(self) -> Mapping[str, str]:
        """What may be restored in the answer (`Examined.values`); it grows while a call takes turns."""
        if self.turns is not None:
            return self.turns.learnt.values
        return self.examined.values if self.examined is not None else {}

    @property
    def scan(self) -> AnswerScan | None:
        """What is looked for in the answer."""
        if self.turns is not None:
            return self.turns.learnt.scan
        return self.examined.scan if self.examined is not None else None

    @property
    def echo_scope(self) -> str:
        """The boundary inside which the model's words are known again."""
        return echo_scope(self.scope, self.provider.id)

    def check_headers(self, flow: http.HTTPFlow) -> None:
        """Refuse what can be refused before a body is there, and take off what must not be sent on.

        Raises:
            Refused: A websocket that can't be screened, or a method that is no word.
            TooLarge: By its own `content-length`.
        """
        request = flow.request
        if not _METHOD.fullmatch(request.method):  # it goes on as it is, and may be anything
            raise Refused(405, "the request's method is none that an API knows", "dlp_unscannable")
        self.plain_format = self.provider.wire_format(request.method, request.path)
        content_type = request.headers.get("content-type", "")
        self.speaks_grpc = content_type.lower().startswith(GRPC_TYPE)
        try:
            self.rpc = rpc_kind(content_type)
            holds_messages = self.rpc is not None
        except WireError:  # messages in a spelling that can't be read: refused when they are there
            holds_messages = True
        if self.plain_format is GENERIC and holds_messages:
            self.plain_format = GRPC
        self.format = self.engine.format_for(self.plain_format)
        model = model_in_path(request.path)
        if not self.settled and (model is not None or "upgrade" in request.headers):
            self.settle(model)
        for name in [name for name in request.headers if name.lower().startswith("x-dlp-")]:
            del request.headers[name]
        upgrade = request.headers.get("upgrade", "").lower()
        if request.method == "CONNECT" or ("websocket" in upgrade and not self.format.websocket):
            raise Refused(426, "websockets to this endpoint can't be screened; use HTTP", "dlp_upgrade_required")
        if "websocket" in upgrade:
            self.restorer = MessageRestorer(self.format, self.stats)
            self.recorder = EchoRecorder(self.engine.echoes, self.echo_scope, self.format, self.restorer.values)
            _offer_known_extensions(request.headers)
        limit = min(max(policy.limits.body_bytes for policy in self.candidates), MAX_DECODED_BYTES)
        flow.metadata[LIMIT] = limit
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise TooLarge("request body", limit, int(length))
        if self.rpc is not None and _may_take_turns(request, self.rpc):  # last: what is refused has no turns to take
            self.turns = Turns(limit, self.rpc.flags or 0)


def _may_take_turns(request: http.Request, kind: RpcKind) -> bool:
    """Whether a request's messages are examined one by one: in protocols where both sides may speak at once, which takes HTTP/2.

    Whatever covers all of a body needs all of it.
    """
    speaks = kind.flags in (GRPC_FLAGS, CONNECT_FLAGS)
    return speaks and request.is_http2 and not is_signed(request) and "content-encoding" not in request.headers


def _offer_known_extensions(headers: http.Headers) -> None:
    """Leave in the client's offer what mitmproxy can read: with another extension frames would be gibberish."""
    offered = ",".join(headers.get_all("sec-websocket-extensions")).split(",")
    known = [offer.strip() for offer in offered if offer.partition(";")[0].strip().lower() == "permessage-deflate"]
    headers.pop("sec-websocket-extensions", None)
    if known:
        headers["sec-websocket-extensions"] = ", ".join(known)
