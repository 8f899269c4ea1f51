"""boto3 on Bedrock with Signature Version 4: Converse, and InvokeModel with the bodies of Anthropic's models."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from common import Conversation, Joined
from planted import PARAMETERS, PROMPT, QUOTED, SYSTEM, TOOL_DESCRIPTION, TOOL_NAME, TOOL_RESULT

MODEL = "us.anthropic.claude-test-v1:0"


class _Runtime(Conversation):
    def make(self) -> Any:
        return boto3.client("bedrock-runtime", config=Config(retries={"total_max_attempts": 1}))


class Converse(_Runtime):
    common: ClassVar[Any] = {"modelId": MODEL, "system": [{"text": SYSTEM}]}
    asked: ClassVar[Any] = [{"role": "user", "content": [{"text": PROMPT}]}]
    asking: ClassVar[Any] = [{"role": "user", "content": [{"text": QUOTED}]}]
    offered: ClassVar[Any] = {
        "tools": [
            {"toolSpec": {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "inputSchema": {"json": PARAMETERS}}}
        ]
    }

    def plain(self) -> Any:
        return _bare(self.client.converse(messages=self.asked, **self.common))

    def stream(self) -> Any:
        return self._streamed(self.asked)

    def tools(self) -> Any:
        called = self.client.converse(messages=self.asking, toolConfig=self.offered, **self.common)
        history = self._history(called["output"]["message"]["content"][0]["toolUse"])
        after = self.client.converse(messages=history, toolConfig=self.offered, **self.common)
        return {"called": _bare(called), "after": _bare(after)}

    def stream_tools(self) -> Any:
        called = self._streamed(self.asking, toolConfig=self.offered)
        use = {"toolUseId": called["0 id"], "name": TOOL_NAME, "input": json.loads(called["0 input"])}
        return {"called": called, "after": self._streamed(self._history(use), toolConfig=self.offered)}

    def _history(self, use: Any) -> list[Any]:
        result = {"toolUseId": use["toolUseId"], "content": [{"json": json.loads(TOOL_RESULT)}]}
        return [
            *self.asking,
            {"role": "assistant", "content": [{"toolUse": use}]},
            {"role": "user", "content": [{"toolResult": result}]},
        ]

    def _streamed(self, messages: list[Any], **more: Any) -> Joined:
        joined = Joined()
        for event in self.client.converse_stream(messages=messages, **self.common, **more)["stream"]:
            (kind, value), *_ = event.items()
            match kind:
                case "contentBlockStart":
                    joined.add(f"{value['contentBlockIndex']} id", value["start"]["toolUse"]["toolUseId"])
                case "contentBlockDelta":
                    delta = value["delta"]
                    joined.add(f"{value['contentBlockIndex']} text", delta.get("text"))
                    joined.add(f"{value['contentBlockIndex']} input", delta.get("toolUse", {}).get("input"))
                case _:
                    joined.add("kinds", f"{kind} ")
        return joined


class Invoke(_Runtime):
    offered: ClassVar[Any] = [{"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "input_schema": PARAMETERS}]

    def plain(self) -> Any:
        return self._whole(PROMPT)

    def stream(self) -> Any:
        return self._streamed(PROMPT)

    def tools(self) -> Any:
        called = self._whole(QUOTED, tools=self.offered)
        return {"called": called, "after": self._whole(self._history(called["content"][0]), tools=self.offered)}

    def stream_tools(self) -> Any:
        called = self._streamed(QUOTED, tools=self.offered)
        use = {"type": "tool_use", "id": called["0 id"], "name": TOOL_NAME, "input": json.loads(called["0"])}
        return {"called": called, "after": self._streamed(self._history(use), tools=self.offered)}

    def _body(self, said: str | list[Any], **more: Any) -> str:
        messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
        common = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "system": SYSTEM}
        return json.dumps({**common, "messages": messages, **more})

    def _history(self, use: Any) -> list[Any]:
        result = {"type": "tool_result", "tool_use_id": use["id"], "content": TOOL_RESULT}
        return [
            {"role": "user", "content": QUOTED},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ]

    def _whole(self, said: str | list[Any], **more: Any) -> Any:
        return json.loads(self.client.invoke_model(modelId=MODEL, body=self._body(said, **more))["body"].read())

    def _streamed(self, said: str | list[Any], **more: Any) -> Joined:
        joined = Joined()
        body = self._body(said, **more)
        for event in self.client.invoke_model_with_response_stream(modelId=MODEL, body=body)["body"]:
            inner = json.loads(event["chunk"]["bytes"])
            match inner["type"]:
                case "content_block_start":
                    joined.add(f"{inner['index']} id", inner["content_block"].get("id"))
                case "content_block_delta":
                    joined.add(inner["index"], inner["delta"].get("text") or inner["delta"].get("partial_json"))
                case kind:
                    joined.add("kinds", f"{kind} ")
        return joined


def _bare(answer: Any) -> Any:
    """Without what boto3 adds about the connection."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


CONVERSE, INVOKE = Converse(), Invoke()
