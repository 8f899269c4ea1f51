"""What OpenAI's API does with files that were uploaded: batches, fine-tuning jobs, and vector stores that are searched.

A batch is answered when it is made, line by line as its endpoint would answer; who asks for it finds it done.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from dlp.fakes.families.base import CREATED, BadRequest, Endpoint, Service, Store, UnknownEndpoint, read_object
from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply, dump
from dlp.fakes.script import Script

MAX_LINES = 10_000


class Jobs:
    """The endpoints of one family's server."""

    def __init__(self, family: Service) -> None:
        self._family = family
        self._batches: Store[dict[str, Any]] = Store()
        self._tunings: Store[dict[str, Any]] = Store()
        self._vector_stores: Store[dict[str, Any]] = Store()
        self._members: dict[str, dict[str, dict[str, Any]]] = {}
        self.endpoints = (
            Endpoint("POST", "/batches", self._create_batch),
            Endpoint("GET", "/batches", lambda received, script: self._list(self._batches, script)),
            Endpoint("GET", "/batches/([^/]+)", lambda received, script, name: self._get(self._batches, name, script)),
            Endpoint("POST", "/fine_tuning/jobs", self._create_tuning),
            Endpoint("GET", "/fine_tuning/jobs", lambda received, script: self._list(self._tunings, script)),
            Endpoint("GET", "/fine_tuning/jobs/([^/]+)", self._get_tuning),
            Endpoint("GET", "/fine_tuning/jobs/([^/]+)/events", self._tuning_events),
            Endpoint("POST", "/vector_stores", self._create_vector_store),
            Endpoint("GET", "/vector_stores", lambda received, script: self._list(self._vector_stores, script)),
            Endpoint("GET", "/vector_stores/([^/]+)", self._get_vector_store),
            Endpoint("POST", "/vector_stores/([^/]+)", self._change_vector_store),
            Endpoint("POST", "/vector_stores/([^/]+)/files", self._add_member),
            Endpoint("GET", "/vector_stores/([^/]+)/files", self._list_members),
            Endpoint("GET", "/vector_stores/([^/]+)/files/([^/]+)", self._get_member),
            Endpoint("GET", "/vector_stores/([^/]+)/files/([^/]+)/content", self._member_content),
            Endpoint("POST", "/vector_stores/([^/]+)/search", self._search),
        )

    def _list(self, store: Store[dict[str, Any]], script: Script) -> Reply:
        return self._family.as_list(script, store.values())

    def _get(self, store: Store[dict[str, Any]], name: str, script: Script) -> Reply:
        return self._family.as_json(script, found(store, name))

    # Batches

    def _create_batch(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        _, content = self._family.stored_file(str(body.get("input_file_id")))
        results = run_lines(self._family, content, received, script)
        output = self._family.store_file("batch_output.jsonl", results, "batch_output")
        count = results.count(b"\n")
        batch: dict[str, Any] = {
            "id": self._family.ids.new("batch_", 32),
            "object": "batch",
            "endpoint": body.get("endpoint"),
            "errors": None,
            "input_file_id": body.get("input_file_id"),
            "completion_window": body.get("completion_window", "24h"),
            "status": "completed",
            "output_file_id": output["id"],
            "error_file_id": None,
            "created_at": CREATED,
            "completed_at": CREATED,
            "request_counts": {"total": count, "completed": count, "failed": 0},
            "metadata": body.get("metadata"),
        }
        self._batches.put(batch["id"], batch)
        return self._family.as_json(script, {**batch, "status": "validating", "output_file_id": None})

    # Fine-tuning

    def _create_tuning(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        self._family.stored_file(str(body.get("training_file")))
        job: dict[str, Any] = {
            "id": self._family.ids.new("ftjob-"),
            "object": "fine_tuning.job",
            "created_at": CREATED,
            "error": None,
            "fine_tuned_model": f"ft:{body.get('model')}:{body.get('suffix') or 'unit'}",
            "finished_at": CREATED,
            "hyperparameters": {"n_epochs": 1},
            "model": body.get("model"),
            "organization_id": "org-fake",
            "result_files": [],
            "seed": 1,
            "status": "succeeded",
            "trained_tokens": 100,
            "training_file": body.get("training_file"),
            "validation_file": body.get("validation_file"),
            "metadata": body.get("metadata"),
            "method": body.get("method"),
        }
        self._tunings.put(job["id"], job)
        return self._family.as_json(script, {**job, "status": "queued", "fine_tuned_model": None})

    def _get_tuning(self, received: Received, script: Script, name: str) -> Reply:
        return self._get(self._tunings, name, script)

    def _tuning_events(self, received: Received, script: Script, name: str) -> Reply:
        """One message: what the script says, or where the job comes from."""
        job = found(self._tunings, name)
        event = {
            "id": self._family.ids.new("ftevent-"),
            "object": "fine_tuning.job.event",
            "created_at": CREATED,
            "level": "info",
            "message": script.text if isinstance(script.text, str) else f"Trained on {job['training_file']}",
            "type": "message",
        }
        return self._family.as_list(script, [event])

    # Vector stores

    def _create_vector_store(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        identifier = self._family.ids.new("vs_")
        self._members[identifier] = {}
        for file in body.get("file_ids") or []:
            self._join(identifier, str(file), {})
        store = {
            "id": identifier,
            "object": "vector_store",
            "created_at": CREATED,
            "last_active_at": CREATED,
            "name": body.get("name") or "",
            "description": body.get("description"),
            "metadata": body.get("metadata"),
            "status": "completed",
            "usage_bytes": 0,
            "file_counts": {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0},
        }
        self._vector_stores.put(identifier, store)
        return self._family.as_json(script, store)

    def _get_vector_store(self, received: Received, script: Script, name: str) -> Reply:
        return self._get(self._vector_stores, name, script)

    def _change_vector_store(self, received: Received, script: Script, name: str) -> Reply:
        body = read_object(received)
        store = found(self._vector_stores, name)
        store.update({key: body[key] for key in ("name", "metadata") if key in body})
        return self._family.as_json(script, store)

    def _join(self, store: str, file: str, attributes: Any) -> dict[str, Any]:
        self._family.stored_file(file)
        member = {
            "id": file,
            "object": "vector_store.file",
            "created_at": CREATED,
            "vector_store_id": store,
            "status": "completed",
            "last_error": None,
            "usage_bytes": 0,
            "attributes": attributes,
        }
        self._members[store][file] = member
        return member

    def _member(self, store: str, file: str) -> dict[str, Any]:
        found(self._vector_stores, store)
        if file not in self._members[store]:
            raise UnknownEndpoint
        return self._members[store][file]

    def _add_member(self, received: Received, script: Script, store: str) -> Reply:
        found(self._vector_stores, store)
        body = read_object(received)
        return self._family.as_json(script, self._join(store, str(body.get("file_id")), body.get("attributes") or {}))

    def _list_members(self, received: Received, script: Script, store: str) -> Reply:
        found(self._vector_stores, store)
        return self._family.as_list(script, list(self._members[store].values()))

    def _get_member(self, received: Received, script: Script, store: str, file: str) -> Reply:
        return self._family.as_json(script, self._member(store, file))

    def _member_content(self, received: Received, script: Script, store: str, file: str) -> Reply:
        self._member(store, file)
        parts = [{"type": "text", "text": self._text(file)}]
        return self._family.as_json(
            script, {"object": "vector_store.file_content.page", "data": parts, "has_more": False, "next_page": None}
        )

    def _search(self, received: Received, script: Script, store: str) -> Reply:
        """All that there is: which files fit a query is none of this server's business."""
        found(self._vector_stores, store)
        body = read_object(received)
        query = body.get("query", "")
        hits = [
            {
                "file_id": name,
                "filename": self._family.stored_file(name)[0]["filename"],
                "score": 0.5,
                "attributes": member["attributes"],
                "content": [{"type": "text", "text": self._text(name)}],
            }
            for name, member in self._members[store].items()
        ]
        page = {"object": "vector_store.search_results.page", "data": hits, "has_more": False, "next_page": None}
        return self._family.as_json(script, {**page, "search_query": query if isinstance(query, list) else [query]})

    def _text(self, file: str) -> str:
        return self._family.stored_file(file)[1].decode("utf-8", "replace")


def found(store: Store[dict[str, Any]], name: str) -> dict[str, Any]:
    """A stored object. Raises `UnknownEndpoint` if there is none."""
    item = store.get(name)
    if item is None:
        raise UnknownEndpoint
    return item


def run_lines(family: Service, content: bytes, received: Received, script: Script, endpoint: str = "") -> bytes:
    """The results of a batch, a line each.

    Args:
        endpoint: For lines that don't say theirs.

    Raises:
        BadRequest: A line is no request.
    """
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise BadRequest("too many lines")
    results = []
    for number, line in enumerate(lines):
        try:
            asked = json.loads(line)
            body, target = asked["body"], asked.get("url", endpoint)
        except (ValueError, KeyError, TypeError) as error:
            raise BadRequest(f"line {number + 1} is no request: {type(error).__name__}") from error
        headers = (("content-type", "application/json"),)
        one = replace(received, method="POST", target=target, headers=headers, raw_body=dump(body).encode())
        answer = json.loads(b"".join(family.answer(one, Script(text=script.text)).parts))
        results.append(
            {
                "id": family.ids.new("batch_req_"),
                "custom_id": asked.get("custom_id"),
                "response": {"status_code": 200, "request_id": family.ids.new("req_", 32), "body": answer},
                "error": None,
            }
        )
    return "".join(dump(result) + "\n" for result in results).encode()
