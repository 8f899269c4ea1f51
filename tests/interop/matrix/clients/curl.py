"""curl, as people try an API from a shell: its output parsed, its exit status checked."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from common import ASKING, MESSAGES, TOOLS, Conversation, Joined
from planted import TOOL_NAME, TOOL_RESULT

URL = "https://api.openai.com/v1/chat/completions"


class Curl(Conversation):
    def plain(self) -> Any:
        return json.loads(_ask(messages=MESSAGES))

    def stream(self) -> Any:
        return _joined(_ask(messages=MESSAGES, stream=True))

    def tools(self) -> Any:
        called = json.loads(_ask(messages=ASKING, tools=TOOLS))
        history = _history(called["choices"][0]["message"]["tool_calls"][0])
        return {"called": called, "after": json.loads(_ask(messages=history, tools=TOOLS))}

    def stream_tools(self) -> Any:
        called = _joined(_ask(messages=ASKING, tools=TOOLS, stream=True))
        function = {"name": TOOL_NAME, "arguments": called["arguments"]}
        history = _history({"id": called["id"], "type": "function", "function": function})
        return {"called": called, "after": _joined(_ask(messages=history, tools=TOOLS, stream=True))}


def _history(call: dict[str, Any]) -> list[Any]:
    result = {"role": "tool", "tool_call_id": call["id"], "content": TOOL_RESULT}
    return [*ASKING, {"role": "assistant", "content": None, "tool_calls": [call]}, result]


def _ask(**body: Any) -> str:
    command = ("curl", "--silent", "--show-error", "--fail", "--no-buffer", URL)
    headers = ("--header", "authorization: Bearer sk-test", "--header", "content-type: application/json")
    given = json.dumps({"model": "m", **body})
    done = subprocess.run([*command, *headers, "--data", "@-"], input=given, capture_output=True, text=True, check=True)
    return done.stdout


def _joined(raw: str) -> Joined:
    joined = Joined()
    for line in raw.splitlines():
        if line.startswith("data: {"):
            delta = json.loads(line.removeprefix("data: "))["choices"][0]["delta"]
            joined.add("content", delta.get("content"))
            for call in delta.get("tool_calls", ()):
                joined.add("id", call.get("id"))
                joined.add("arguments", call["function"].get("arguments"))
        elif line:
            joined.add("others", line)
    return joined


CURL = Curl()
