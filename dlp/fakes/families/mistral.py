"""Mistral's API: chat completions and embeddings are OpenAI's, but for the hosts, the errors, and calls that are never cut."""

from __future__ import annotations

from typing import Any, ClassVar, override

from dlp.fakes.families.openai import OpenAI
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply
from dlp.fakes.script import Script


class Mistral(OpenAI):
    name: ClassVar[str] = "mistral"
    hosts: ClassVar[tuple[str, ...]] = ("api.mistral.ai",)

    @override
    def claims(self, received: Received) -> bool:
        return False  # a path alone doesn't tell it from OpenAI

    @override
    def error_body(self, status: int, message: str) -> Any:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return {"object": "error", "message": message, "type": kind, "param": None, "code": None}

    @override
    def _json(self, script: Script, value: Any) -> Reply:
        return super()._json(script, {"id": self.ids.new(""), **value})  # embeddings have one as well

    @override
    def _stream(self, script: Script, events: list[Event]) -> Reply:
        return super()._stream(script, _with_whole_calls(events))


def _with_whole_calls(events: list[Event]) -> list[Event]:
    """The first delta of each call takes in the arguments of those that follow."""
    first: dict[tuple[int, int], dict[str, Any]] = {}
    kept = []
    for event in events:
        choice = event.data["choices"][0] if isinstance(event.data, dict) and event.data["choices"] else {}
        calls = choice.get("delta", {}).get("tool_calls", [])
        known = [call for call in calls if (choice["index"], call["index"]) in first]
        for call in known:
            first[choice["index"], call["index"]]["function"]["arguments"] += call["function"]["arguments"]
        for call in calls:
            first.setdefault((choice["index"], call["index"]), call)
        if not known:
            kept.append(event)
    return kept
