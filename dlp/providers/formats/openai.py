"""OpenAI's formats, spoken by most providers: chat completions, Responses, completions, embeddings, moderations, and the smaller ones.

Sources: OpenAI's API reference and the types of openai-python 2.54.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind, Leaf

DONE = b"[DONE]"

_TEXT, _DATA, _KEEP, _URL, _LABEL = Treatment.TEXT, Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL


def _close_choice(event: Event) -> Iterable[Channel]:
    """A choice ends with its `finish_reason` (null, thus no leaf, until then)."""
    if "error" in event.root:
        yield ()
    for leaf in event.leaves:
        if leaf.key in ("finish_reason", "stop_reason") and leaf.kind is Kind.STRING and leaf.parent is not None:
            yield (leaf.parent.members.get("index") or leaf.parent.key,)


_CHOICE = (1, "index")
CHAT = WireFormat(
    id="oai.chat",
    conversation=("messages",),
    done=DONE,
    request=request_rules(
        ("messages[*].tool_calls[*].function.arguments.**", _DATA),
        ("messages[*].tool_calls[*].custom.input", _TEXT),
        ("messages[*].tool_calls[*].{function,custom}.name", _KEEP),
        ("messages[*].function_call.arguments.**", _DATA),
        ("messages[*].function_call.name", _KEEP),
        ("messages[*].name", Treatment.SLUG),
        ("messages[*].{reasoning_details,extra_content}.**", _KEEP),
        ("messages[*].content[*].image_url.**", _URL),
        ("messages[*].content[*].{document_url,video_url,audio_url}.**", _URL),
        ("messages[*].content[*].input_audio.data", _KEEP),
        ("messages[*].content[*].file.file_data", _URL),
        ("messages[*].content[*].document.data.**", _DATA),
        ("{documents,data}[*].**", _DATA),
        ("data_sources[*].parameters.authentication.**", _KEEP),
        *schema_rules("tools[*]", "functions[*]", "response_format", "{guided_json,chat_template_kwargs}"),
        ("function_call.name", _KEEP),
        ("{models,transforms}[*]", _LABEL),
        ("{provider,plugins,moderation}.**", _LABEL),
        ("search_domain_filter[*]", _LABEL),
    ),
    response=response_rules(
        ("choices[*].{message,delta}.{reasoning_details,extra_content}.**", _KEEP),
        ("choices[*].{message,delta}.audio.data", _KEEP),
        ("{content_filter_results,prompt_filter_results}.**", _KEEP),
        ("citations[*]", _KEEP),
    ),
    stream=StreamGrammar(
        [
            DeltaRule("choices[*].delta.content", (_CHOICE,), "content"),
            DeltaRule("choices[*].delta.content[*].text", ((3, "index"),), "content"),
            DeltaRule("choices[*].delta.content[*].thinking[*].text", ((5, "index"),), "thinking"),
            DeltaRule("choices[*].delta.refusal", (_CHOICE,), "refusal"),
            DeltaRule("choices[*].delta.reasoning_content", (_CHOICE,), "reasoning_content"),
            DeltaRule("choices[*].delta.reasoning", (_CHOICE,), "reasoning"),
            DeltaRule("choices[*].delta.tool_calls[*].function.arguments", ((4, "index"), (1, "index")), "arguments"),
            DeltaRule("choices[*].delta.tool_calls[*].custom.input", ((4, "index"), (1, "index")), "input"),
            DeltaRule("choices[*].delta.function_call.arguments", ((2, "index"),), "arguments"),
            DeltaRule("choices[*].delta.audio.transcript", ((2, "index"),), "transcript"),
            DeltaRule("choices[*].text", ((0, "index"),), "text"),
        ],
        _close_choice,
    ),
)

COMPLETIONS = WireFormat(
    id="oai.completions",
    request=request_rules(),
    response=response_rules(),
    opaque_numbers=("prompt",),
    done=DONE,
    stream=StreamGrammar([DeltaRule("choices[*].text", ((0, "index"),), "text")], _close_choice),
)


def _item(event: Event) -> str | None:
    return event.root.get("output_index") or event.root.get("item_id")


def _part(event: Event) -> str | None:
    return event.root.get("content_index") or event.root.get("summary_index")


def _close_responses(event: Event) -> Iterable[Channel]:
    """`….done` ends one channel or all of an item; the closing copies of the whole response end everything."""
    kind = event.root.get("type") or ""
    if kind in ("response.output_item.done", "response.content_part.done", "response.reasoning_summary_part.done"):
        yield (_item(event),) if _part(event) is None else (_item(event), _part(event))
    elif kind.endswith(".done") and ("item_id" in event.root or "output_index" in event.root):
        yield (_item(event), _part(event), kind.removesuffix(".done"))
    elif kind == "error" or kind.endswith((".completed", ".failed", ".incomplete", ".done")):
        yield ()


class _ResponsesStream(StreamGrammar):
    """The event's `type` names the family, so the channel is read from the root rather than from the path."""

    def __init__(self) -> None:
        super().__init__([DeltaRule("delta")], _close_responses)

    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        kind = event.root.get("type") or ""
        if not kind.endswith(".delta") or kind.endswith("audio.delta") or super().channel(event, leaf) is None:
            return None
        return (_item(event), _part(event), kind.removesuffix(".delta"))


RESPONSES_ITEM = (
    ("{input,output}[*]<+signed>.{summary,content}[*].text", _KEEP),
    ("{input,items}[*]<program>.**", _KEEP),
    ("{input,items}[*]<item_reference>.**", _KEEP),
    ("input[*].content[*].image_url", _URL),
    ("input[*].content[*].{file_data,file_url}", _URL),
    ("input[*].content[*].annotations[*].{file_id,container_id,url}", _KEEP),
    ("input[*].{output,action}.{image_url,url}", _URL),
    ("input[*].output[*].{image_url,file_data,file_url}", _URL),
    ("input[*].action.sources[*].url", _KEEP),
    ("input[*]<image_generation_call>.result", _KEEP),
    ("input[*].action.keys[*]", _LABEL),
    ("input[*].{arguments,output}", _DATA),
    ("input[*].{arguments,output}.**", _DATA),
    ("input[*]<function_call|custom_tool_call|mcp_call|mcp_approval_request|tool_search_call>.name", _KEEP),
    ("input[*].{namespace,caller}.**", _LABEL),
)

RESPONSES = WireFormat(
    id="oai.responses",
    conversation=("input", "items"),
    done=DONE,
    request=request_rules(
        *RESPONSES_ITEM,
        *schema_rules("input[*]<additional_tools|tool_search_output>.tools[*]"),
        *schema_rules("tools[*]", "text.format"),
        ("tool_choice.**", _LABEL),
        ("{include,reasoning,context_management,prompt_cache_retention,truncation}.**", _LABEL),
        ("prompt.{id,version}", _KEEP),
        ("client_metadata.**", _KEEP),
    ),
    response=response_rules(
        ("**.{result,partial_image_b64,b64_json}", _KEEP),
        ("<response.audio.delta|response.output_audio.delta>.delta", _KEEP),
        ("obfuscation", _KEEP),
    ),
    stream=_ResponsesStream(),
)

EMBEDDINGS = WireFormat(
    id="oai.embeddings",
    opaque_numbers=("input", "inputs"),
    request=request_rules(("**.{image_url,image_base64,image,video_url}", _URL)),
    response=response_rules(("data[*].embedding", _KEEP)),
)

MODERATIONS = WireFormat(
    id="oai.moderations",
    request=request_rules(("input[*].image_url.url", _URL)),
    response=response_rules(),
)

IMAGES = WireFormat(
    id="oai.images",
    request=request_rules(("{image,images,mask}.**", _URL), ("image[*].**", _URL)),
    response=response_rules(("**.{b64_json,partial_image_b64}", _KEEP)),
)

AUDIO = WireFormat(
    id="oai.audio",
    request=request_rules(("response_format", _LABEL)),
    response=response_rules(),
    stream=StreamGrammar([DeltaRule("delta"), DeltaRule("text")], lambda event: [()] if event.ends(".done", ".segment") else []),
)


def _close_thread(event: Event) -> Iterable[Channel]:
    if (event.root.get("object") or "") in ("thread.message", "thread.run.step", "thread.run"):
        yield ()


ASSISTANTS = WireFormat(
    id="oai.assistants",
    conversation=("messages", "additional_messages"),
    done=DONE,
    request=request_rules(
        ("**.image_url.url", _URL),
        ("tool_outputs[*].output", _DATA),
        *schema_rules("tools[*]", "response_format", "assistant.tools[*]"),
        ("{tool_resources,attachments}.**", _LABEL),
    ),
    response=response_rules(),
    stream=StreamGrammar(
        [
            DeltaRule("delta.content[*].text.value", ((1, "index"), (4, "id")), "text"),
            DeltaRule("delta.step_details.tool_calls[*].function.{arguments,output}", ((1, "index"), (5, "id")), "function"),
            DeltaRule("delta.step_details.tool_calls[*].code_interpreter.input", ((1, "index"), (5, "id")), "code"),
        ],
        _close_thread,
    ),
)

SEARCH = WireFormat(
    id="oai.search",
    request=request_rules(("documents[*].**", _DATA), ("filters.{key,type}", _LABEL), ("filters.filters[*].{key,type}", _LABEL)),
    response=response_rules(),
)

FILES = WireFormat(id="oai.files", request=request_rules(), response=response_rules())
JOBS = WireFormat(
    id="oai.jobs",
    request=request_rules(("{endpoint,completion_window,training_file,validation_file,input_file_id}", _LABEL)),
    response=response_rules(),
)

ROUTES = (
    route(r"/chat/completions(?:/|$)", CHAT, "POST", "GET"),
    route(r"/fim/completions$", COMPLETIONS),
    route(r"/completions$", COMPLETIONS),
    route(r"/responses(?:/compact|/input_tokens|/[^/]+(?:/input_items|/cancel)?)?$", RESPONSES, "POST", "GET"),
    route(r"/conversations(?:/[^/]+(?:/items(?:/[^/]+)?)?)?$", RESPONSES, "POST", "GET"),
    route(r"/(?:multimodal|contextualized)?embeddings$", EMBEDDINGS),
    route(r"/(?:chat/)?(?:moderations|classifications)$", MODERATIONS),
    route(r"/images/(?:generations|edits|variations)$", IMAGES),
    route(r"/videos(?:/[^/]+/(?:remix|edits|extensions))?$", IMAGES),
    route(r"/audio/(?:speech|transcriptions|translations)$", AUDIO),
    route(r"/(?:assistants|threads)(?:/.*)?$", ASSISTANTS, "POST", "GET"),
    route(r"/vector_stores/[^/]+/search$", SEARCH),
    route(r"/rerank$", SEARCH),
    route(r"/(?:files(?:/.*)?|uploads(?:/.*)?)$", FILES, "POST", "GET"),
    route(r"/(?:batches|fine_tuning/.*|evals(?:/.*)?)$", JOBS, "POST", "GET"),
)
