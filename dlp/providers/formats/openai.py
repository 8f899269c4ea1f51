"""OpenAI's formats, spoken by most providers: chat completions, Responses, completions, embeddings, realtime, and the smaller ones.

Sources: OpenAI's API reference and the types of openai-python 2.54.0; for what compatible providers add, the types of
groq 1.7.0, together 3.1.1, mistralai 3.7.0 and litellm 1.106.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import override

from dlp.providers.format import (
    Channel,
    DeltaRule,
    Event,
    OffsetRule,
    Offsets,
    StreamGrammar,
    WireFormat,
    name_of,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.rules import Rule, Treatment
from dlp.wire.json_leaves import Kind, Leaf

DONE = b"[DONE]"

_TEXT, _DATA, _KEEP, _URL, _LABEL = Treatment.TEXT, Treatment.DATA, Treatment.KEEP, Treatment.URL, Treatment.LABEL
_SEALED, _TOOL = Treatment.SEALED, Treatment.TOOL


# --- chat completions ------------------------------------------------------------------------------------------------


def chat_rules(p: str = "") -> tuple[Rule, ...]:
    """The rules of a chat completions body that stands under `p` (batches hold many)."""
    message, part = f"{p}messages[*]", f"{p}messages[*].content[*]"
    return (
        (f"{p}metadata.**", _DATA),
        (f"{message}.tool_calls[*].function.arguments.**", _DATA),
        (f"{message}.tool_calls[*].custom.input", _TEXT),
        (f"{message}.tool_calls[*].{{function,custom}}.name", _TOOL),
        (f"{message}.function_call.arguments.**", _DATA),
        (f"{message}.function_call.name", _TOOL),
        (f"{message}.name", Treatment.SLUG),
        # OpenRouter: signed reasoning, which answers carry unrestored (see the response's rules).
        (f"{message}.reasoning_details[*]<+signed>.{{text,summary}}", Treatment.SIGNED),
        (f"{message}.reasoning_details[*].{{text,summary}}", _TEXT),
        (f"{message}.reasoning_details[*].{{data,signature}}", Treatment.SEALED),
        (f"{message}.reasoning_details[*].**", _LABEL),
        (f"{part}.image_url.**", _URL),
        (f"{part}.{{document_url,video_url,audio_url}}.**", _URL),
        (f"{part}.input_audio.data", _SEALED),
        (f"{part}.file.file_data", _URL),
        (f"{part}.document.data.**", _DATA),
        (f"{p}documents[*].**", _DATA),
        (f"{p}data_sources[*].parameters.authentication.**", _KEEP),  # credentials for the provider
        (f"{p}data_sources[*].parameters.{{endpoint,search_endpoint}}", _URL),
        *schema_rules(f"{p}tools[*]", f"{p}functions[*]", f"{p}response_format", f"{p}guided_json"),
        (f"{p}tools[*].{{authorization,headers}}.**", _KEEP),
        (f"{p}tools[*].server_url", _URL),
        (f"{p}function_call.name", _TOOL),
        (f"{p}function_call.**", _LABEL),
        (
            f"{p}{{provider,plugins,transforms,moderation,search_settings,chat_template_kwargs,audio,reasoning}}.**",
            _LABEL,
        ),
        (f"{p}{{search_domain_filter,search_language_filter}}[*]", _LABEL),
    )


_FURTHER_REASONING = ("thinking", "reasoning_text", "reasoning_summary", "thought", "cot_summary")
"""What gateways and Copilot call it."""


def _close_choice(event: Event) -> Iterable[Channel]:
    """A choice ends with its `finish_reason` (null, thus no leaf, until then), its reasoning when the answer begins."""
    if "error" in event.root:
        yield ()
    for leaf in event.leaves:
        if leaf.kind is not Kind.STRING or leaf.parent is None:
            continue
        if leaf.key in ("finish_reason", "stop_reason"):
            yield (name_of(leaf.parent),)
        elif leaf.key == "content" and leaf.value and leaf.parent.key == "delta":
            choice = name_of(leaf.parent.parent)
            yield from ((choice, name) for name in ("reasoning_content", "reasoning", *_FURTHER_REASONING))


_CHOICE = (1, "index")
_CALL = (1, "index|id")

_IN_MESSAGES = OffsetRule(
    holder="**.annotations[*].url_citation", up=3, down=("content",), channel=((4, "index"), "content")
)
_IN_ITEMS = OffsetRule(holder="**.annotations[*]", up=2, down=("text",))

CHAT = WireFormat(
    id="oai.chat",
    state=("store",),
    conversation=("messages",),
    done=DONE,
    offsets=Offsets(_IN_MESSAGES),
    request=request_rules(*chat_rules()),
    response=response_rules(
        ("choices[*].{message,delta}.reasoning_details[*].{text,summary}", Treatment.SIGNED),
        ("choices[*].{message,delta}.reasoning_details[*].**", _KEEP),
        ("choices[*].{message,delta}.audio.data", _KEEP),
        ("choices[*].logprobs.**", _KEEP),
        ("choices[*].content_filter_results.**", _KEEP),
        ("{content_filter_results,prompt_filter_results,usage}.**", _KEEP),
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
            *(DeltaRule(f"choices[*].delta.{name}", (_CHOICE,), name) for name in _FURTHER_REASONING),
            DeltaRule("choices[*].delta.reasoning_details[*].{text,summary}", ((3, "index"), (0, "index")), "details"),
            DeltaRule("choices[*].delta.tool_calls[*].function.arguments", ((4, "index"), _CALL), "arguments"),
            DeltaRule("choices[*].delta.tool_calls[*].custom.input", ((4, "index"), _CALL), "input"),
            DeltaRule("choices[*].delta.function_call.arguments", ((2, "index"),), "arguments"),
            DeltaRule("choices[*].delta.audio.transcript", ((2, "index"),), "transcript"),
            DeltaRule("choices[*].text", ((0, "index"),), "text"),
        ],
        _close_choice,
        once=(
            "choices[*].delta.{role,name}",
            "choices[*].delta.tool_calls[*].id",
            "choices[*].delta.tool_calls[*].{function,custom}.name",
            "choices[*].delta.function_call.name",
        ),
    ),
)

COMPLETIONS = WireFormat(
    id="oai.completions",
    request=request_rules(("metadata.**", _DATA)),
    response=response_rules(("choices[*].logprobs.**", _KEEP), ("usage.**", _KEEP)),
    opaque_numbers=("prompt",),
    done=DONE,
    stream=StreamGrammar(
        [
            DeltaRule("choices[*].text", ((0, "index"),), "text"),
            DeltaRule(
                "choices[*].delta.content", (_CHOICE,), "content"
            ),  # Mistral's fill-in-the-middle answers like chat
        ],
        _close_choice,
    ),
)


# --- Responses -------------------------------------------------------------------------------------------------------


def item_rules(p: str) -> tuple[Rule, ...]:
    """The rules of an item (message, call, call output ...) that stands at `p`."""
    calls = "function_call|custom_tool_call|mcp_call|mcp_approval_request|tool_search_call|mcp_list_tools"
    return (
        (f"{p}.arguments.**", _DATA),
        (f"{p}.results[*].attributes.**", _DATA),
        (f"{p}.action.env.**", _DATA),
        (f"{p}<program>.code", _KEEP),  # replayed letter for letter: the fingerprint covers it
        (f"{p}<program>.fingerprint", _SEALED),
        (f"{p}.content[*].{{image_url,file_data,file_url}}", _URL),
        (f"{p}.content[*].input_audio.data", _SEALED),
        (f"{p}.content[*].audio", _SEALED),
        (f"{p}.content[*].annotations[*].url", _KEEP),
        (f"{p}.output[*].{{image_url,file_data,file_url}}", _URL),
        (f"{p}.output.{{image_url,file_url}}", _URL),
        (f"{p}.outputs[*].url", _URL),
        (f"{p}.action.{{url,image_url}}", _URL),
        (f"{p}.action.sources[*].url", _KEEP),
        (f"{p}.action.keys[*]", _LABEL),
        (f"{p}<image_generation_call>.result", _SEALED),
        (f"{p}<{calls}>.name", _TOOL),
        (f"{p}.caller.**", _LABEL),
        *schema_rules(f"{p}<additional_tools|tool_search_output|mcp_list_tools>.tools[*]"),
    )


def responses_rules(p: str = "") -> tuple[Rule, ...]:
    """The rules of a Responses body that stands under `p`."""
    return (
        (f"{p}prompt.variables.*.{{image_url,file_data,file_url}}", _URL),
        (f"{p}prompt.variables.**", _DATA),
        (f"{p}metadata.**", _DATA),
        *item_rules(f"{p}input[*]"),
        *item_rules(f"{p}items[*]"),
        (f"{p}tools[*].{{authorization,headers,domain_secrets}}.**", _KEEP),  # credentials for the provider
        (f"{p}tools[*].environment.**.domain_secrets[*].value", _KEEP),
        (f"{p}tools[*].server_url", _URL),
        (f"{p}tools[*].**.{{allowed_domains,blocked_domains}}[*]", _LABEL),
        *schema_rules(f"{p}tools[*]", f"{p}text.format"),
        (f"{p}{{include,reasoning,context_management,moderation,stream_options}}.**", _LABEL),
        (f"{p}client_metadata.**", _LABEL),
    )


def _item(event: Event) -> str | None:
    return event.root.get("output_index") or event.root.get("item_id")


def _part(event: Event) -> str | None:
    return event.root.get("content_index") or event.root.get("summary_index")


_WHOLE_PARTS = ("response.content_part.done", "response.reasoning_summary_part.done")
_ENDINGS = (
    "response.completed",
    "response.failed",
    "response.incomplete",
    "response.done",
    "response.cancelled",
    "error",
)


def _close_responses(event: Event) -> Iterable[Channel]:
    """`….done` ends one channel or all of an item; what closes the whole response ends everything."""
    kind = event.root.get("type") or ""
    if kind in _ENDINGS:
        yield ()
    elif kind == "response.output_item.done":
        yield (_item(event),)
    elif kind in _WHOLE_PARTS:
        yield (_item(event), _part(event))
    elif kind.endswith((".done", "input_audio_transcription.completed", "input_audio_transcription.failed")):
        yield (_item(event), _part(event), kind.rpartition(".")[0])


class _ResponsesStream(StreamGrammar):
    """The event's `type` names the family, so the channel is read from the root rather than from the path."""

    def __init__(self) -> None:
        super().__init__([DeltaRule("delta")], _close_responses)

    @override
    def channel(self, event: Event, leaf: Leaf) -> Channel | None:
        kind = event.root.get("type") or ""
        if not kind.endswith(".delta") or kind.endswith("audio.delta") or super().channel(event, leaf) is None:
            return None
        return (_item(event), _part(event), kind.removesuffix(".delta"))


_ANSWER_ITEMS: tuple[Rule, ...] = (
    ("**<image_generation_call>.result", _SEALED),
    ("**<program>.{code,fingerprint}", _KEEP),
    ("**.{partial_image_b64,b64_json}", _SEALED),
    ("<response.audio.delta|response.output_audio.delta>.delta", _KEEP),
    ("**.content[*].audio", _SEALED),
    ("**.content[*].logprobs[*].**", _KEEP),
    ("logprobs[*].**", _KEEP),
    ("obfuscation", _KEEP),
    ("usage.**", _KEEP),
    ("response.usage.**", _KEEP),
)

RESPONSES = WireFormat(
    id="oai.responses",
    state=("!store", "previous_response_id", "conversation"),
    conversation=("input", "items"),
    done=DONE,
    offsets=Offsets(
        OffsetRule(
            holder="annotation",
            channel=((1, "output_index|item_id?"), (1, "content_index|summary_index?"), "response.output_text"),
        ),
        _IN_ITEMS,
    ),
    request=request_rules(*responses_rules()),
    response=response_rules(*_ANSWER_ITEMS),
    stream=_ResponsesStream(),
    websocket=True,
)

REALTIME = WireFormat(
    id="oai.realtime",
    request=request_rules(
        ("response.metadata.**", _DATA),
        *item_rules("item"),
        *item_rules("response.input[*]"),
        ("audio", _SEALED),
        ("{session,response}.tools[*].{authorization,headers}.**", _KEEP),
        ("{session,response}.tools[*].server_url", _URL),
        *schema_rules("session.tools[*]", "response.tools[*]"),
        ("session.audio.{input,output}.{format,turn_detection,noise_reduction,voice}.**", _LABEL),
    ),
    response=response_rules(*_ANSWER_ITEMS, ("client_secret.value", _KEEP), ("value", _KEEP)),
    stream=_ResponsesStream(),
    websocket=True,
)


# --- the smaller ones ------------------------------------------------------------------------------------------------

EMBEDDINGS = WireFormat(
    id="oai.embeddings",
    opaque_numbers=("input", "inputs"),
    request=request_rules(
        ("metadata.**", _DATA),
        ("{input,inputs}.**.{image_url,image,video_url,url}", _URL),
        ("{input,inputs}.**.image_base64", _SEALED),
        ("input_type", _LABEL),
    ),
    response=response_rules(("data[*].embedding", _SEALED), ("data[*].embeddings.**", _SEALED), ("usage.**", _KEEP)),
)

MODERATIONS = WireFormat(
    id="oai.moderations",
    request=request_rules(("input[*].image_url.url", _URL)),
    response=response_rules(),
)

IMAGES = WireFormat(
    id="oai.images",
    request=request_rules(
        ("{image,images,mask,image_url,input_reference}.**.{url,image_url}", _URL),
        ("{image,images,mask,image_url,reference_images,input_reference}.**", _URL),
        ("metadata.**", _DATA),
    ),
    response=response_rules(("**.{b64_json,partial_image_b64}", _SEALED), ("usage.**", _KEEP)),
)

VIDEOS = replace(IMAGES, id="oai.videos", state=("*",))

AUDIO = WireFormat(
    id="oai.audio",
    request=request_rules(("{timestamp_granularities,include}[*]", _LABEL)),
    response=response_rules(("logprobs[*].**", _KEEP), ("usage.**", _KEEP), ("audio", _SEALED)),
    stream=StreamGrammar(
        [DeltaRule("<transcript.text.delta|transcription.text.delta>.{delta,text}", (), "text")],
        lambda event: [()] if event.ends(".done", ".segment", "error") else [],
    ),
)


_THREAD_OBJECTS = ("thread.message", "thread.run.step", "thread.run")


def _close_thread(event: Event) -> Iterable[Channel]:
    """A full copy of a message or step ends its own channels, one of the run everybody's."""
    kind = event.root.get("object")
    if kind == "thread.run" or "error" in event.root:
        yield ()
    elif kind in _THREAD_OBJECTS and event.root.get("status") not in ("in_progress", "queued"):
        yield (event.index("id"),)


def _thread_rules() -> Iterable[Rule]:
    for p in ("", "thread."):
        for messages in (f"{p}messages[*]", f"{p}additional_messages[*]"):
            yield f"{messages}.metadata.**", _DATA
            yield f"{messages}.content[*].image_url.url", _URL
            yield f"{messages}.attachments[*].**", _LABEL
        yield f"{p}metadata.**", _DATA
        yield f"{p}tool_resources.**", _LABEL
        yield from schema_rules(f"{p}tools[*]")


ASSISTANTS = WireFormat(
    id="oai.assistants",
    state=("*",),
    conversation=("messages", "additional_messages"),
    done=DONE,
    offsets=Offsets(
        OffsetRule(holder="**.text.annotations[*]", up=2, down=("value",), channel=((6, "id"), (3, "index"), "text"))
    ),
    request=request_rules(
        *_thread_rules(),
        ("content[*].image_url.url", _URL),
        ("attachments[*].**", _LABEL),
        ("tool_outputs[*].output", _DATA),
        *schema_rules("response_format"),
    ),
    response=response_rules(("usage.**", _KEEP)),
    stream=StreamGrammar(
        [
            DeltaRule("delta.content[*].text.value", ((4, "id"), (1, "index")), "text"),
            DeltaRule(
                "delta.step_details.tool_calls[*].function.{arguments,output}", ((5, "id"), (1, "index")), "function"
            ),
            DeltaRule("delta.step_details.tool_calls[*].code_interpreter.input", ((5, "id"), (1, "index")), "code"),
            DeltaRule(
                "delta.step_details.tool_calls[*].code_interpreter.outputs[*].logs",
                ((5, "id"), (3, "index"), (0, "index")),
                "logs",
            ),
        ],
        _close_thread,
    ),
)

SEARCH = WireFormat(
    id="oai.search",
    state=("*",),
    request=request_rules(
        ("documents[*].**", _DATA),
        ("filters.{key,type}", _LABEL),
        ("filters.**.filters[*].{key,type}", _LABEL),
        ("metadata_filter.**", _DATA),
        ("rank_fields[*]", _LABEL),
        ("attributes.**", _DATA),
        ("metadata.**", _DATA),
    ),
    response=response_rules(("usage.**", _KEEP)),
)


def _sample_rules(p: str) -> tuple[Rule, ...]:
    """A sample of preference tuning: `input.messages`, `input.tools`, and lists of messages beside it."""
    return (
        (f"{p}.messages[*].tool_calls[*].function.arguments.**", _DATA),
        (f"{p}.messages[*].tool_calls[*].function.name", _TOOL),
        (f"{p}[*].tool_calls[*].function.arguments.**", _DATA),
        (f"{p}[*].tool_calls[*].function.name", _TOOL),
        *schema_rules(f"{p}.tools[*]"),
    )


# A line of a batch file is `{custom_id, method, url, body}`, one of a fine-tuning file a conversation.
_LINE_RULES: tuple[Rule, ...] = (
    ("{custom_id,method,url}", _LABEL),
    *chat_rules("body."),
    *responses_rules("body."),
    *chat_rules(),
    *(rule for sample in ("input", "preferred_output", "non_preferred_output") for rule in _sample_rules(sample)),
)

FILES = WireFormat(
    id="oai.files",
    state=("*",),
    offsets=Offsets(_IN_MESSAGES, _IN_ITEMS),
    request=request_rules(*_LINE_RULES, ("{purpose,filename_encoding}", _LABEL)),
    response=response_rules(),
)

JOBS = WireFormat(
    id="oai.jobs",
    state=("*",),
    request=request_rules(
        ("metadata.**", _DATA),
        ("{endpoint,completion_window,training_file,validation_file,input_file_id}", _LABEL),
        ("requests[*].custom_id", _LABEL),
        *chat_rules("requests[*].body."),
        *schema_rules("data_source_config.item_schema", "data_source.input_messages.**.response_format"),
        ("integrations[*].**", _LABEL),
        ("{method,hyperparameters}.**.{type,name}", _LABEL),
    ),
    response=response_rules(),
)

ROUTES = (
    route(r"/chat/completions(?:/|$)", CHAT, "POST", "GET"),
    route(r"/fim/completions$", COMPLETIONS),
    route(r"/completions$", COMPLETIONS),
    route(r"/responses(?:/compact|/input_tokens|/[^/]+(?:/input_items|/cancel)?)?$", RESPONSES, "POST", "GET"),
    route(r"/conversations(?:/[^/]+(?:/items(?:/[^/]+)?)?)?$", RESPONSES, "POST", "GET"),
    route(
        r"/realtime(?:/client_secrets|/sessions|/transcription_sessions|/translations|/calls(?:/.*)?)?$",
        REALTIME,
        "POST",
        "GET",
    ),
    route(r"/(?:multimodal|contextualized)?embeddings$", EMBEDDINGS),
    route(r"/(?:chat/)?(?:moderations|classifications)$", MODERATIONS),
    route(r"/images/(?:generations|edits|variations)$", IMAGES),
    route(r"/videos(?:/[^/]+)?(?:/(?:remix|edits|extensions))?$", VIDEOS, "POST", "GET"),
    route(r"/audio/(?:speech|transcriptions|translations)$", AUDIO),
    route(r"/(?:assistants|threads)(?:/.*)?$", ASSISTANTS, "POST", "GET"),
    route(r"/vector_stores(?:/.*)?$", SEARCH, "POST", "GET"),
    route(r"/rerank$", SEARCH),
    route(r"/(?:files(?:/.*)?|uploads(?:/.*)?)$", FILES, "POST", "GET", "PUT"),
    route(r"/(?:batches(?:/.*)?|batch/jobs(?:/.*)?|fine_tuning/.*|evals(?:/.*)?)$", JOBS, "POST", "GET"),
)
