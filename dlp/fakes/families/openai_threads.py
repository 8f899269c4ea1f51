"""What OpenAI's API remembers of talks: assistants, threads and their runs (whole, and as events), and conversations."""

from __future__ import annotations

import json
from typing import Any

from dlp.fakes.answers import COMPLETION_TOKENS, PROMPT_TOKENS, compose
from dlp.fakes.families.base import CREATED, Endpoint, Service, Store, UnknownEndpoint, join_texts, read_object
from dlp.fakes.families.openai_jobs import found
from dlp.fakes.recording import Received
from dlp.fakes.replies import Event, Reply
from dlp.fakes.script import Asked, Script, Tool


class Threads:
    """The endpoints of one family's server."""

    def __init__(self, family: Service) -> None:
        self._family = family
        self._assistants: Store[dict[str, Any]] = Store()
        self._threads: Store[dict[str, Any]] = Store()
        self._messages: dict[str, list[dict[str, Any]]] = {}
        self._runs: Store[dict[str, Any]] = Store()
        self._steps: dict[str, list[dict[str, Any]]] = {}
        self._conversations: Store[dict[str, Any]] = Store()
        self._items: dict[str, list[dict[str, Any]]] = {}
        self.endpoints = (
            Endpoint("POST", "/assistants", self._create_assistant),
            Endpoint("GET", "/assistants/([^/]+)", self._get_assistant),
            Endpoint("POST", "/threads", self._create_thread),
            Endpoint("POST", "/threads/runs", self._create_thread_and_run),
            Endpoint("GET", "/threads/([^/]+)", self._get_thread),
            Endpoint("POST", "/threads/([^/]+)/messages", self._add_message),
            Endpoint("GET", "/threads/([^/]+)/messages", self._list_messages),
            Endpoint("POST", "/threads/([^/]+)/runs", self._create_run),
            Endpoint("GET", "/threads/([^/]+)/runs/([^/]+)", self._get_run),
            Endpoint("GET", "/threads/([^/]+)/runs/([^/]+)/steps", self._list_steps),
            Endpoint("POST", "/threads/([^/]+)/runs/([^/]+)/submit_tool_outputs", self._submit),
            Endpoint("POST", "/conversations", self._create_conversation),
            Endpoint("GET", "/conversations/([^/]+)", self._get_conversation),
            Endpoint("POST", "/conversations/([^/]+)/items", self._add_items),
            Endpoint("GET", "/conversations/([^/]+)/items", self._list_items),
        )

    # Assistants and threads

    def _create_assistant(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        kept = {name: body.get(name) for name in ("name", "description", "instructions", "model")}
        assistant: dict[str, Any] = {
            "id": self._family.ids.new("asst_"),
            "object": "assistant",
            "created_at": CREATED,
            **kept,
            "tools": body.get("tools") or [],
            "metadata": body.get("metadata") or {},
        }
        self._assistants.put(assistant["id"], assistant)
        return self._family.as_json(script, assistant)

    def _get_assistant(self, received: Received, script: Script, name: str) -> Reply:
        return self._family.as_json(script, found(self._assistants, name))

    def _new_thread(self, body: dict[str, Any]) -> dict[str, Any]:
        thread: dict[str, Any] = {
            "id": self._family.ids.new("thread_"),
            "object": "thread",
            "created_at": CREATED,
            "metadata": body.get("metadata") or {},
            "tool_resources": body.get("tool_resources") or {},
        }
        self._threads.put(thread["id"], thread)
        self._messages[thread["id"]] = []
        for message in body.get("messages") or []:
            self._say(thread["id"], message)
        return thread

    def _say(self, thread: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
        text = join_texts(message.get("content"))
        said = {
            "id": self._family.ids.new("msg_"),
            "object": "thread.message",
            "created_at": CREATED,
            "thread_id": thread,
            "status": "completed",
            "role": message.get("role", "user"),
            "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
            "attachments": [],
            "assistant_id": None,
            "run_id": None,
            "metadata": message.get("metadata") or {},
            **more,
        }
        self._messages[thread].append(said)
        return said

    def _create_thread(self, received: Received, script: Script) -> Reply:
        return self._family.as_json(script, self._new_thread(read_object(received) if received.body else {}))

    def _get_thread(self, received: Received, script: Script, name: str) -> Reply:
        return self._family.as_json(script, found(self._threads, name))

    def _add_message(self, received: Received, script: Script, thread: str) -> Reply:
        found(self._threads, thread)
        return self._family.as_json(script, self._say(thread, read_object(received)))

    def _list_messages(self, received: Received, script: Script, thread: str) -> Reply:
        """The newest first, as the real API has them."""
        found(self._threads, thread)
        return self._family.as_list(script, self._messages[thread][::-1])

    # Runs

    def _create_thread_and_run(self, received: Received, script: Script) -> Reply:
        body = read_object(received)
        return self._run(self._new_thread(body.get("thread") or {})["id"], body, script)

    def _create_run(self, received: Received, script: Script, thread: str) -> Reply:
        found(self._threads, thread)
        return self._run(thread, read_object(received), script)

    def _run(self, thread: str, body: dict[str, Any], script: Script) -> Reply:
        assistant = found(self._assistants, str(body.get("assistant_id")))
        for message in body.get("additional_messages") or []:
            self._say(thread, message)
        run = {
            "id": self._family.ids.new("run_"),
            "object": "thread.run",
            "created_at": CREATED,
            "thread_id": thread,
            "assistant_id": assistant["id"],
            "status": "in_progress",
            "required_action": None,
            "last_error": None,
            "instructions": body.get("instructions") or assistant["instructions"] or "",
            "model": body.get("model") or assistant["model"],
            "tools": body.get("tools") or assistant["tools"],
            "metadata": body.get("metadata") or {},
            "parallel_tool_calls": True,
            "response_format": "auto",
            "tool_choice": "auto",
            "usage": None,
        }
        self._runs.put(run["id"], run)
        self._steps[run["id"]] = []
        said = [message for message in self._messages[thread] if message["role"] == "user"]
        text = said[-1]["content"][0]["text"]["value"] if said else ""
        tools = [tool["function"] for tool in run["tools"] if tool.get("type") == "function"]
        asked = Asked(
            said=text,
            system=run["instructions"],
            tools=tuple(Tool(name=tool["name"], schema=tool.get("parameters") or {}) for tool in tools),
            stream=bool(body.get("stream")),
        )
        return self._answer(run, asked, script)

    def _submit(self, received: Received, script: Script, thread: str, name: str) -> Reply:
        body = read_object(received)
        outputs = [str(output.get("output", "")) for output in body.get("tool_outputs") or []]
        run = found(self._runs, name)
        asked = Asked(said="\n".join(outputs), after_tool=True, stream=bool(body.get("stream")))
        return self._answer(run, asked, script)

    def _answer(self, run: dict[str, Any], asked: Asked, script: Script) -> Reply:
        """Let the model speak or call, and say so: as events, or as a run that goes on while one asks for it."""
        answer = compose(asked, script)
        started = {**run, "status": "in_progress", "required_action": None}
        events = [] if asked.after_tool else [Event(started, name="thread.run.created")]
        events.append(Event(started, name="thread.run.in_progress"))
        if answer.calls:
            run.update(status="requires_action", required_action=self._required(run, answer.calls))
            events += self._call_events(run, script)
            events.append(Event(dict(run), name="thread.run.requires_action"))
        else:
            events += self._message_events(run, answer.texts[0] or "", script)
            usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS}
            usage["total_tokens"] = PROMPT_TOKENS + COMPLETION_TOKENS
            run.update(status="completed", required_action=None, usage=usage)
            events.append(Event(dict(run), name="thread.run.completed"))
        if asked.stream:
            return self._family.as_stream(script, [*events, Event("[DONE]", name="done")])
        return self._family.as_json(script, {**started, "status": "queued"})

    def _required(self, run: dict[str, Any], calls: Any) -> dict[str, Any]:
        made = [
            {
                "id": self._family.ids.new("call_"),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ]
        step = self._step(run, {"type": "tool_calls", "tool_calls": made})
        step["status"] = "in_progress"
        return {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": made}}

    def _step(self, run: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
        step = {
            "id": self._family.ids.new("step_"),
            "object": "thread.run.step",
            "created_at": CREATED,
            "run_id": run["id"],
            "assistant_id": run["assistant_id"],
            "thread_id": run["thread_id"],
            "type": details["type"],
            "status": "completed",
            "step_details": details,
            "last_error": None,
            "metadata": {},
            "usage": None,
        }
        self._steps[run["id"]].append(step)
        return step

    def _call_events(self, run: dict[str, Any], script: Script) -> list[Event]:
        step = self._steps[run["id"]][-1]
        blank = {**step, "step_details": {"type": "tool_calls", "tool_calls": []}}
        events = [Event(blank, name="thread.run.step.created")]
        for index, call in enumerate(step["step_details"]["tool_calls"]):
            head = {"index": index, "id": call["id"], "type": "function"}
            opening = {**head, "function": {"name": call["function"]["name"], "arguments": "", "output": None}}
            further = [
                {"index": index, "type": "function", "function": {"arguments": piece}}
                for piece in script.pieces(call["function"]["arguments"])
            ]
            for each in (opening, *further):
                details = {"type": "tool_calls", "tool_calls": [each]}
                delta = {"id": step["id"], "object": "thread.run.step.delta", "delta": {"step_details": details}}
                events.append(Event(delta, name="thread.run.step.delta"))
        return events

    def _message_events(self, run: dict[str, Any], text: str, script: Script) -> list[Event]:
        content = [{"type": "text", "text": text}]
        said = {"role": "assistant", "content": content}
        message = self._say(run["thread_id"], said, assistant_id=run["assistant_id"], run_id=run["id"])
        created = {"type": "message_creation", "message_creation": {"message_id": message["id"]}}
        step = self._step(run, created)
        blank = {**message, "status": "in_progress", "content": []}
        events = [Event(step, name="thread.run.step.created"), Event(blank, name="thread.message.created")]
        for piece in script.pieces(text):
            parts = [{"index": 0, "type": "text", "text": {"value": piece, "annotations": []}}]
            delta = {"id": message["id"], "object": "thread.message.delta", "delta": {"content": parts}}
            events.append(Event(delta, name="thread.message.delta"))
        return [
            *events,
            Event(message, name="thread.message.completed"),
            Event(step, name="thread.run.step.completed"),
        ]

    def _get_run(self, received: Received, script: Script, thread: str, name: str) -> Reply:
        run = found(self._runs, name)
        if run["thread_id"] != thread:
            raise UnknownEndpoint
        return self._family.as_json(script, run)

    def _list_steps(self, received: Received, script: Script, thread: str, name: str) -> Reply:
        found(self._runs, name)
        return self._family.as_list(script, self._steps[name])

    # Conversations

    def _create_conversation(self, received: Received, script: Script) -> Reply:
        body = read_object(received) if received.body else {}
        identifier = self._family.ids.new("conv_")
        made = {"id": identifier, "object": "conversation", "created_at": CREATED, "metadata": body.get("metadata")}
        self._conversations.put(identifier, made)
        self._items[identifier] = []
        self.continue_conversation(identifier, body.get("items") or [])
        return self._family.as_json(script, made)

    def _get_conversation(self, received: Received, script: Script, name: str) -> Reply:
        return self._family.as_json(script, found(self._conversations, name))

    def continue_conversation(self, name: str, items: list[Any]) -> list[dict[str, Any]]:
        """Add items, each with an identifier; gives them back as they are kept. Raises `UnknownEndpoint` for an unknown name."""
        found(self._conversations, name)
        added = []
        for item in items:
            kept = {"id": self._family.ids.new("msg_"), "type": "message", "status": "completed", **item}
            if isinstance(kept.get("content"), str):
                kept["content"] = [{"type": "input_text", "text": kept["content"]}]
            added.append(kept)
        self._items[name] += added
        return added

    def _add_items(self, received: Received, script: Script, name: str) -> Reply:
        return self._family.as_list(script, self.continue_conversation(name, read_object(received).get("items") or []))

    def _list_items(self, received: Received, script: Script, name: str) -> Reply:
        found(self._conversations, name)
        return self._family.as_list(script, json.loads(json.dumps(self._items[name][::-1])))
