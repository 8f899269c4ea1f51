"""boto3 on Bedrock with a bearer key: Converse and InvokeModel, whole and streamed, with tools."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from planted import (
    BYTEWISE,
    PARALLEL,
    PARAMETERS,
    PROMPT,
    QUOTED,
    SYSTEM,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    TOOL_RESULT,
    report,
)

MODEL = "us.anthropic.claude-test-v1:0"
os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "bedrock-api-key-test"

ASKING: list[Any] = [{"role": "user", "content": [{"text": QUOTED}]}]
TOOLS: Any = {
    "tools": [{"toolSpec": {"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "inputSchema": {"json": PARAMETERS}}}]
}
COMMON: dict[str, Any] = {"modelId": MODEL, "system": [{"text": SYSTEM}]}


def scripted(script: str) -> Any:
    """A client whose requests carry a script for the fake provider."""
    client = boto3.client("bedrock-runtime", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))

    def add(params: Any, **_: Any) -> None:
        params["headers"]["x-fake-script"] = script

    client.meta.events.register("before-call.bedrock-runtime.*", add)
    return client


def converse(client: Any) -> dict[str, Any]:
    plain = client.converse(messages=[{"role": "user", "content": [{"text": PROMPT}]}], **COMMON)
    called = client.converse(messages=ASKING, toolConfig=TOOLS, **COMMON)
    call = called["output"]["message"]["content"][0]["toolUse"]
    result = {"toolUseId": call["toolUseId"], "content": [{"json": json.loads(TOOL_RESULT)}]}
    history = [*ASKING, called["output"]["message"], {"role": "user", "content": [{"toolResult": result}]}]
    after = client.converse(messages=history, toolConfig=TOOLS, **COMMON)
    return {name: answer["output"] for name, answer in (("plain", plain), ("called", called), ("after", after))}


def converse_stream(client: Any, messages: list[Any], **more: Any) -> dict[str, Any]:
    """What an application assembles, and the order of the events."""
    texts: dict[str, str] = {}
    kinds: list[str] = []
    for event in client.converse_stream(messages=messages, **COMMON, **more)["stream"]:
        (kind, value), *_ = event.items()
        if kind != "contentBlockDelta":
            kinds.append(kind)
            continue
        delta = value["delta"]
        name = f"{value['contentBlockIndex']} {next(iter(delta))}"
        texts[name] = texts.get(name, "") + (delta.get("text") or delta.get("toolUse", {}).get("input", ""))
    parsed = {name: json.loads(text) for name, text in texts.items() if name.endswith("toolUse")}
    return {"texts": texts, "parsed": parsed, "kinds": kinds}


def anthropic_body(said: str, **more: Any) -> str:
    messages = [{"role": "user", "content": said}]
    return json.dumps(
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "system": SYSTEM, "messages": messages, **more}
    )


def invoke(client: Any) -> dict[str, Any]:
    tools = [{"name": TOOL_NAME, "description": TOOL_DESCRIPTION, "input_schema": PARAMETERS}]
    plain = client.invoke_model(modelId=MODEL, body=anthropic_body(PROMPT))["body"].read()
    called = client.invoke_model(modelId=MODEL, body=anthropic_body(QUOTED, tools=tools))["body"].read()
    return {
        "plain": json.loads(plain),
        "called": json.loads(called),
        "streamed": invoke_stream(client, anthropic_body(PROMPT)),
        "streamed tools": invoke_stream(client, anthropic_body(QUOTED, tools=tools)),
    }


def invoke_stream(client: Any, body: str) -> dict[str, Any]:
    texts: dict[str, str] = {}
    kinds: list[str] = []
    for event in client.invoke_model_with_response_stream(modelId=MODEL, body=body)["body"]:
        inner = json.loads(event["chunk"]["bytes"])
        if inner["type"] == "content_block_delta":
            name = f"{inner['index']} {inner['delta']['type']}"
            texts[name] = texts.get(name, "") + (inner["delta"].get("text") or inner["delta"].get("partial_json", ""))
        else:
            kinds.append(inner["type"])
    return {"texts": texts, "kinds": kinds}


def failures() -> dict[str, Any]:
    told: dict[str, Any] = {}
    messages = [{"role": "user", "content": [{"text": PROMPT}]}]
    try:
        scripted(json.dumps({"status": 400})).converse(messages=messages, **COMMON)
    except ClientError as error:
        told["refused"] = error.response["Error"]
    try:
        converse_stream(scripted(json.dumps({"error_after": 4})), messages)
    except EventStreamError as error:
        told["broken"] = error.response["Error"]
    return told


def main() -> None:
    client = scripted("{}")
    asked = [{"role": "user", "content": [{"text": PROMPT}]}]
    report(
        {
            "converse": converse(client),
            "streamed": converse_stream(client, asked),
            "streamed tools": converse_stream(client, ASKING, toolConfig=TOOLS),
            "parallel": converse_stream(scripted(PARALLEL), ASKING, toolConfig=TOOLS),
            "bytewise": converse_stream(scripted(BYTEWISE), asked),
            "invoke": invoke(client),
            "failures": failures(),
        }
    )


main()
