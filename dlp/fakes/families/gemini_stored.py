"""What the Gemini API keeps: uploaded files, cached contents, and batches, which are answered when they are made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from dlp.fakes.families.base import BadRequest, Ids, Store, UnknownEndpoint, read_object
from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply, body_reply, dump, json_reply
from dlp.fakes.script import Script

CREATED_AT = "2026-01-01T00:00:00Z"
EXPIRES_AT = "2026-01-03T00:00:00Z"

_UPLOAD = re.compile(r"/upload/v1\w*/files")
_FILE = re.compile(r"/v1\w*/(?P<name>files/[^/:]+)(?P<download>:download)?")
_CACHED = re.compile(r"/v1\w*/(?P<name>cachedContents(?:/[^/]+)?)")
_BATCH = re.compile(r"/v1\w*/(?P<name>batches/[^/]+)")


class Stored:
    """The endpoints of one server.

    Args:
        generate: Answers a request for content: body, model -> answer.
    """

    def __init__(self, ids: Ids, generate: Callable[[dict[str, Any], str, Script], dict[str, Any]]) -> None:
        self._ids, self._generate = ids, generate
        self._files: Store[tuple[dict[str, Any], bytes]] = Store()
        self._uploads: Store[dict[str, Any]] = Store()
        self._cached: Store[dict[str, Any]] = Store()
        self._batches: Store[dict[str, Any]] = Store()

    def answer(self, received: Received, script: Script) -> Reply | None:
        """The answer, if the request is for one of these endpoints. Raises as `Family.answer` does."""
        if received.method == "POST" and _UPLOAD.fullmatch(received.path):
            return self._upload(received, script)
        if received.method == "GET" and (match := _FILE.fullmatch(received.path)):
            return self._file(match["name"], script, download=match["download"] is not None)
        if match := _CACHED.fullmatch(received.path):
            return self._cache(received, match["name"], script)
        if received.method == "GET" and (match := _BATCH.fullmatch(received.path)):
            return _reply(script, _known(self._batches, match["name"]))
        return None

    def batch(self, received: Received, model: str, script: Script) -> Reply:
        """Make a batch of requests in the body, or in a file, a line each."""
        asked = read_object(received).get("batch") or {}
        source = asked.get("inputConfig") or {}
        name = self._ids.new("batches/", 16)
        output: dict[str, Any]
        if "fileName" in source:
            lines = [json.loads(line) for line in self._content(source["fileName"]).splitlines() if line.strip()]
            results = [{"key": line.get("key"), "response": self._one(line, model, script)} for line in lines]
            content = "".join(dump(result) + "\n" for result in results).encode()
            output = {"responsesFile": self._keep(f"{name}.jsonl", content, "application/jsonl")["name"]}
        else:
            lines = (source.get("requests") or {}).get("requests") or []
            if not lines:
                raise BadRequest("batch.input_config: at least one request is required")
            made = [{"response": self._one(line, model, script), "metadata": line.get("metadata")} for line in lines]
            output = {"inlinedResponses": {"inlinedResponses": made}}
        metadata = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
            "model": f"models/{model}",
            "displayName": asked.get("displayName"),
            "createTime": CREATED_AT,
            "updateTime": CREATED_AT,
            "name": name,
        }
        done = {**metadata, "state": "BATCH_STATE_SUCCEEDED", "endTime": CREATED_AT, "output": output}
        self._batches.put(name, {"name": name, "metadata": done, "done": True, "response": output})
        return _reply(script, {"name": name, "metadata": {**metadata, "state": "BATCH_STATE_PENDING"}})

    def _one(self, line: dict[str, Any], model: str, script: Script) -> dict[str, Any]:
        return self._generate(line.get("request") or {}, model, Script(text=script.text))

    # Files

    def _upload(self, received: Received, script: Script) -> Reply:
        """The first step names the file, the second brings it."""
        commands = received.header("x-goog-upload-command", "")
        if "start" in commands:
            name = self._ids.new("", 12)
            self._uploads.put(name, (read_object(received).get("file") if received.body else None) or {})
            url = f"https://{received.host}/upload/v1beta/files?upload_id={name}&upload_protocol=resumable"
            sent = (("x-goog-upload-url", url), ("x-goog-upload-status", "active"))
            return json_reply(script, {}, headers=sent)
        asked = self._uploads.get(received.query.partition("upload_id=")[2].partition("&")[0])
        if asked is None or "finalize" not in commands:
            raise UnknownEndpoint
        kind = asked.get("mimeType") or asked.get("mime_type") or "application/octet-stream"
        file = self._keep(str(asked.get("displayName") or asked.get("display_name") or ""), received.body, kind)
        return json_reply(script, {"file": file}, headers=(("x-goog-upload-status", "final"),))

    def _keep(self, title: str, content: bytes, kind: str) -> dict[str, Any]:
        name = self._ids.new("files/", 12)
        described: dict[str, Any] = {
            "name": name,
            "displayName": title,
            "mimeType": kind,
            "sizeBytes": str(len(content)),
            "createTime": CREATED_AT,
            "updateTime": CREATED_AT,
            "expirationTime": EXPIRES_AT,
            "uri": f"https://generativelanguage.googleapis.com/v1beta/{name}",
            "downloadUri": f"https://generativelanguage.googleapis.com/v1beta/{name}:download?alt=media",
            "state": "ACTIVE",
            "source": "UPLOADED",
        }
        self._files.put(name, (described, content))
        return described

    def _content(self, name: str) -> bytes:
        stored = self._files.get(name)
        if stored is None:
            raise UnknownEndpoint
        return stored[1]

    def _file(self, name: str, script: Script, *, download: bool) -> Reply:
        stored = self._files.get(name)
        if stored is None:
            raise UnknownEndpoint
        if download:
            return body_reply(script, stored[1], content_type=stored[0]["mimeType"])
        return _reply(script, stored[0])

    # Cached contents

    def _cache(self, received: Received, name: str, script: Script) -> Reply:
        if received.method == "POST":
            body = read_object(received)
            made = {
                "name": self._ids.new("cachedContents/", 16),
                "model": body.get("model"),
                "displayName": body.get("displayName", body.get("display_name")),
                "createTime": CREATED_AT,
                "updateTime": CREATED_AT,
                "expireTime": EXPIRES_AT,
                "usageMetadata": {"totalTokenCount": 100},
            }
            self._cached.put(str(made["name"]), made)
            return _reply(script, made)
        if received.method == "GET" and name == "cachedContents":
            return _reply(script, {"cachedContents": self._cached.values()})
        if received.method in ("GET", "PATCH"):
            return _reply(script, _known(self._cached, name))
        raise UnknownEndpoint


def _known(store: Store[dict[str, Any]], name: str) -> dict[str, Any]:
    item = store.get(name)
    if item is None:
        raise UnknownEndpoint
    return item


def _reply(script: Script, value: Any) -> Reply:
    return json_reply(script, value, indent=2)
