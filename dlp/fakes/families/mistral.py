"""Mistral's API: OpenAI's but for the hosts, the errors, batches, and calls that are never cut."""

from __future__ import annotations

from typing import Any, ClassVar, override

from dlp.fakes.families.base import CREATED, Endpoint, Ids, Store, read_object
from dlp.fakes.families.openai import OpenAI
from dlp.fakes.families.openai_jobs import found, run_lines
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply, dump
from dlp.fakes.script import Script


class Mistral(OpenAI):
    name: ClassVar[str] = "mistral"
    hosts: ClassVar[tuple[str, ...]] = ("api.mistral.ai",)

    def __init__(self, ids: Ids) -> None:
        self._jobs: Store[dict[str, Any]] = Store()
        super().__init__(ids)

    @override
    def further_endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("POST", "/batch/jobs", self._create_job),
            Endpoint("GET", "/batch/jobs/([^/]+)", self._get_job),
        )

    @override
    def store_file(self, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        description = super().store_file(name, content, purpose)
        description.update(sample_type="batch_request", source="upload")
        return description

    def _create_job(self, received: Received, script: Script) -> Reply:
        """A batch of files, or of requests in the body; done when it is asked for."""
        body = read_object(received)
        lines = b"".join(self.stored_file(str(name))[1] + b"\n" for name in body.get("input_files") or [])
        lines += "".join(dump(request) + "\n" for request in body.get("requests") or []).encode()
        results = run_lines(self, lines, received, script, str(body.get("endpoint")))
        count = results.count(b"\n")
        job: dict[str, Any] = {
            "id": self.ids.new("", 32),
            "object": "batch",
            "input_files": body.get("input_files") or [],
            "metadata": body.get("metadata"),
            "endpoint": body.get("endpoint"),
            "model": body.get("model"),
            "output_file": self.store_file("output.jsonl", results, "batch")["id"],
            "error_file": None,
            "errors": [],
            "status": "SUCCESS",
            "created_at": CREATED,
            "total_requests": count,
            "completed_requests": count,
            "succeeded_requests": count,
            "failed_requests": 0,
        }
        self._jobs.put(job["id"], job)
        return self.as_json(script, {**job, "status": "QUEUED", "output_file": None})

    def _get_job(self, received: Received, script: Script, name: str) -> Reply:
        return self.as_json(script, found(self._jobs, name))

    @override
    def claims(self, received: Received) -> bool:
        return False  # a path alone doesn't tell it from OpenAI

    @override
    def error_body(self, status: int, message: str) -> Any:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return {"object": "error", "message": message, "type": kind, "param": None, "code": None}

    @override
    def as_json(self, script: Script, value: Any) -> Reply:
        return super().as_json(script, {"id": self.ids.new(""), **value})  # embeddings have one as well

    @override
    def as_stream(self, script: Script, events: list[Event]) -> Reply:
        return super().as_stream(script, _with_whole_calls(events))


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
