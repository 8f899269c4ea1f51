"""Replicate: a prediction is made, polled until it is done, and may be read as a stream meanwhile.

Shapes follow the types of replicate 1.0.7 and Replicate's page on streaming.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, override

from dlp.fakes.answers import compose
from dlp.fakes.families.base import BadRequest, Family, Ids, Store, UnknownEndpoint, read_object
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, json_reply, sse, stream_reply
from dlp.fakes.script import Asked, Script

CREATED_AT = "2026-01-01T00:00:00.000Z"
_MAKE = re.compile(r"/v1/(?:(?:models|deployments)/(?P<model>[^/]+/[^/]+)/)?predictions")
_READ = re.compile(r"/v1/predictions/(?P<id>[^/]+)")
_STREAM = re.compile(r"/v1/streams/(?P<id>[^/]+)")


@dataclass
class _Prediction:
    frame: dict[str, Any]
    pieces: list[str]
    polls_left: int
    """Readings that still say `processing`."""


class Replicate(Family):
    name: ClassVar[str] = "replicate"
    hosts: ClassVar[tuple[str, ...]] = ("api.replicate.com", "stream.replicate.com")

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self._made: Store[_Prediction] = Store()

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        if received.method == "POST" and (match := _MAKE.fullmatch(received.path)):
            return self._make(received, match["model"], script)
        if received.method == "GET" and (match := _READ.fullmatch(received.path)):
            return self._read(self._find(match["id"]), script)
        if received.method == "GET" and (match := _STREAM.fullmatch(received.path)):
            return self._stream(self._find(match["id"]), script)
        raise UnknownEndpoint

    @override
    def error_body(self, status: int, message: str) -> Any:
        return {"title": "Request failed", "detail": message, "status": status}

    def _find(self, identifier: str) -> _Prediction:
        found = self._made.get(identifier)
        if found is None:
            raise UnknownEndpoint
        return found

    def _make(self, received: Received, model: str | None, script: Script) -> Reply:
        body = read_object(received)
        given = body.get("input")
        if not isinstance(given, dict):
            raise BadRequest("input is required")
        identifier = self.ids.new("", 26)
        stream = {"stream": f"https://stream.replicate.com/v1/streams/{identifier}"} if body.get("stream") else {}
        address = f"https://api.replicate.com/v1/predictions/{identifier}"
        frame = {
            "id": identifier,
            "model": model or "fake/model",
            "version": str(body.get("version", "hidden")),
            "input": given,
            "logs": "",
            "error": None,
            "created_at": CREATED_AT,
            "urls": {"get": address, "cancel": f"{address}/cancel", **stream},
        }
        text = compose(Asked(said=str(given.get("prompt", ""))), script).texts[0] or ""
        made = _Prediction(frame, script.pieces(text), polls_left=1)
        self._made.put(identifier, made)
        if received.header("prefer", "").startswith("wait"):
            made.polls_left = 0
            return self._read(made, script)
        return json_reply(script, {**frame, "status": "starting", "output": None})

    def _read(self, made: _Prediction, script: Script) -> Reply:
        if made.polls_left:
            made.polls_left -= 1
            return json_reply(script, {**made.frame, "status": "processing", "output": None})
        done = {"status": "succeeded", "output": made.pieces, "completed_at": CREATED_AT}
        return json_reply(script, {**made.frame, **done})

    def _stream(self, made: _Prediction, script: Script) -> Reply:
        events = [Event(piece, name="output", id=f"1:{n}") for n, piece in enumerate(made.pieces)]
        return stream_reply(
            script,
            [*events, Event({}, name="done", id="1:end")],
            framing=sse("\n"),
            content_type="text/event-stream",
            failure=Event({"detail": "the model failed"}, name="error"),
        )
