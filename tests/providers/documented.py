"""The endpoints that providers document as taking people's text, and in each the fields that hold it.

From the vendors' API references and SDKs. A field is a path: `[*]` an element of a list, `{*}` a member under any name, `{a,b}` one of these names,
`<x>` an object of that type, `**` anything below, `@json` JSON in a string, `@base64` text in base64.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

_CHAT = """
messages[*].{content,refusal,reasoning_content,reasoning,name} messages[*].content[*]<text>.text messages[*].content[*]<refusal>.refusal
messages[*].content[*]<file>.file.filename messages[*].tool_calls[*].function.arguments@json
messages[*].tool_calls[*]<custom>.custom.input messages[*].function_call.arguments@json prediction.content
prediction.content[*]<text>.text metadata{*} user safety_identifier tools[*].function.description
tools[*].function.parameters.properties{*}.description tools[*].function.parameters.properties{*}.{default,title}
tools[*].function.parameters.properties{*}.examples[*] response_format.json_schema.schema.properties{*}.description
response_format.json_schema.description functions[*].description documents[*].source<text>.text documents[*].source<json>.data{*}
messages[*].content[*]<document>.document.data{*} stop stop[*] web_search_options.user_location.approximate.city
messages[*].content[*]<thinking>.thinking[*].text messages[*].audio.transcript
"""
_RESPONSES = """
instructions input prompt.variables{*} prompt.variables{*}<input_text>.text metadata{*} user safety_identifier tools[*].description
tools[*]<mcp>.server_description tools[*].parameters.properties{*}.description text.format.schema.properties{*}.description
input[*]<message>.content input[*].content input[*]<message>.content[*]<input_text>.text input[*]<message>.content[*]<output_text>.text
input[*]<message>.content[*]<refusal>.refusal input[*]<message>.content[*]<input_file>.filename
input[*]<function_call>.arguments@json input[*]<custom_tool_call>.input input[*]<function_call_output>.output
input[*]<function_call_output>.output[*]<input_text>.text input[*]<custom_tool_call_output>.output input[*]<reasoning>.summary[*].text
input[*]<reasoning>.content[*].text input[*]<local_shell_call>.action.command[*] input[*]<local_shell_call>.action.env{*}
input[*]<local_shell_call>.action.{working_directory,user} input[*]<local_shell_call_output>.output
input[*]<shell_call>.action.commands[*] input[*]<shell_call_output>.output[*].{stdout,stderr}
input[*]<apply_patch_call>.operation.{diff,path} input[*]<apply_patch_call_output>.output input[*]<code_interpreter_call>.code
input[*]<code_interpreter_call>.outputs[*].logs input[*]<file_search_call>.queries[*] input[*]<file_search_call>.results[*].{text,filename}
input[*]<file_search_call>.results[*].attributes{*} input[*]<web_search_call>.action.{query,pattern} input[*]<web_search_call>.action.queries[*]
input[*]<computer_call>.action<type>.text input[*]<mcp_call>.{output,error} input[*]<mcp_call>.arguments@json
input[*]<mcp_approval_request>.arguments@json input[*]<mcp_approval_response>.reason input[*]<tool_search_call>.arguments
input[*]<agent_message>.content[*].text input[*]<program_output>.result input[*]<multi_agent_call>.arguments
"""
_MESSAGES = """
system system[*].text messages[*].content messages[*].content[*]<text>.text messages[*].content[*]<text>.citations[*].{cited_text,document_title,title,source}
messages[*].content[*]<document>.{title,context} messages[*].content[*]<document>.source<text>.data
messages[*].content[*]<document>.source<content>.content messages[*].content[*]<document>.source<content>.content[*]<text>.text
messages[*].content[*]<search_result>.{title,source} messages[*].content[*]<search_result>.content[*].text
messages[*].content[*]<tool_use>.input.** messages[*].content[*]<server_tool_use>.input.** messages[*].content[*]<mcp_tool_use>.input.**
messages[*].content[*]<tool_result>.content messages[*].content[*]<tool_result>.content[*]<text>.text
messages[*].content[*]<tool_result>.content[*]<document>.source<text>.data messages[*].content[*]<mcp_tool_result>.content[*]<text>.text
messages[*].content[*]<web_fetch_tool_result>.content.content<document>.source<text>.data
messages[*].content[*]<web_search_tool_result>.content[*].title
messages[*].content[*]<code_execution_tool_result>.content.{stdout,stderr}
messages[*].content[*]<bash_code_execution_tool_result>.content.{stdout,stderr}
messages[*].content[*]<text_editor_code_execution_tool_result>.content.content
messages[*].content[*]<text_editor_code_execution_tool_result>.content.lines[*] messages[*].content[*]<advisor_tool_result>.content.text
tools[*].description tools[*].input_examples[*].** tools[*].input_schema.properties{*}.description metadata.user_id
"""
_GENERATE = """
contents[*].parts[*].text contents[*].parts[*].functionCall.args.** contents[*].parts[*].functionResponse.response.**
contents[*].parts[*].toolCall.args.** contents[*].parts[*].toolResponse.response.** contents[*].parts[*].executableCode.code
contents[*].parts[*].codeExecutionResult.output contents[*].parts[*].inlineData.displayName systemInstruction.parts[*].text systemInstruction
system_instruction.parts[*].text contents[*].parts[*].function_call.args.** contents[*].parts[*].function_response.response.**
tools[*].functionDeclarations[*].description tools[*].functionDeclarations[*].parameters.properties{*}.description
tools[*].function_declarations[*].description generationConfig.stopSequences[*] generationConfig.responseSchema.properties{*}.description
labels{*}
"""
_CONVERSE = """
system[*].text system[*].guardContent.text.text messages[*].content[*].text messages[*].content[*].guardContent.text.text
messages[*].content[*].toolUse.input.** messages[*].content[*].toolResult.content[*].text messages[*].content[*].toolResult.content[*].json.**
messages[*].content[*].toolResult.content[*].document.source.text messages[*].content[*].document.{name,context}
messages[*].content[*].document.source.text messages[*].content[*].document.source.content[*].text
messages[*].content[*].searchResult.{title,source} messages[*].content[*].searchResult.content[*].text
messages[*].content[*].citationsContent.content[*].text messages[*].content[*].citationsContent.citations[*].sourceContent[*].text
promptVariables{*}.text toolConfig.tools[*].toolSpec.description toolConfig.tools[*].toolSpec.inputSchema.json.properties{*}.description
additionalModelRequestFields.** requestMetadata{*}
"""

ENDPOINTS: dict[tuple[str, str, str], str] = {
    # OpenAI, and who speaks as it does
    ("openai", "POST", "/v1/chat/completions"): _CHAT,
    ("openai", "POST", "/v1/chat/completions/chatcmpl-1"): "metadata{*}",
    ("openai", "POST", "/v1/responses"): _RESPONSES,
    ("openai", "POST", "/v1/responses/compact"): _RESPONSES,
    ("openai", "POST", "/v1/responses/input_tokens"): _RESPONSES,
    ("openai", "POST", "/v1/completions"): "prompt prompt[*] suffix stop user",
    ("openai", "POST", "/v1/embeddings"): "input input[*] user",
    ("openai", "POST", "/v1/moderations"): "input input[*] input[*]<text>.text",
    ("openai", "POST", "/v1/images/generations"): "prompt user",
    ("openai", "POST", "/v1/images/edits"): "prompt user",
    ("openai", "POST", "/v1/audio/speech"): "input instructions",
    ("openai", "POST", "/v1/videos"): "prompt",
    ("openai", "POST", "/v1/videos/v_1/remix"): "prompt",
    ("openai", "POST", "/v1/batches"): "metadata{*}",
    ("openai", "POST", "/v1/fine_tuning/jobs"): "metadata{*} suffix method.reinforcement.grader.input[*].content",
    ("openai", "POST", "/v1/fine_tuning/alpha/graders/run"): "grader.input grader.reference item.** model_sample",
    ("openai", "POST", "/v1/evals"): "name metadata{*} testing_criteria[*].input[*].content data_source_config.metadata{*}",
    ("openai", "POST", "/v1/evals/e_1/runs"): "name data_source.source.content[*].item.**",
    ("openai", "POST", "/v1/conversations"): "metadata{*} items[*]<message>.content items[*]<message>.content[*]<input_text>.text",
    ("openai", "POST", "/v1/conversations/c_1/items"): "items[*]<message>.content[*]<output_text>.text items[*]<function_call>.arguments@json",
    ("openai", "POST", "/v1/assistants"): "name description instructions metadata{*} tools[*].function.description",
    ("openai", "POST", "/v1/threads"): "messages[*].content messages[*].content[*]<text>.text messages[*].metadata{*} metadata{*}",
    ("openai", "POST", "/v1/threads/t_1/messages"): "content content[*]<text>.text metadata{*}",
    ("openai", "POST", "/v1/threads/t_1/runs"): "instructions additional_instructions additional_messages[*].content metadata{*}",
    ("openai", "POST", "/v1/threads/runs"): "instructions thread.messages[*].content thread.messages[*].content[*]<text>.text metadata{*}",
    ("openai", "POST", "/v1/threads/t_1/runs/r_1/submit_tool_outputs"): "tool_outputs[*].output",
    ("openai", "POST", "/v1/vector_stores"): "name description metadata{*}",
    ("openai", "POST", "/v1/vector_stores/v_1/search"): "query query[*] filters.value filters.filters[*].value",
    ("openai", "POST", "/v1/vector_stores/v_1/files"): "attributes{*}",
    ("openai", "POST", "/v1/vector_stores/v_1/file_batches"): "attributes{*} files[*].attributes{*}",
    ("openai", "POST", "/v1/realtime/client_secrets"): "session.instructions session.audio.input.transcription.prompt session.tools[*].description",
    ("openai", "POST", "/v1/chatkit/sessions"): "user workflow.state_variables{*}",
    ("openai", "POST", "/v1/containers"): "name",
    ("openai", "POST", "/v1/skills"): "name description",
    ("azure_openai", "POST", "/openai/deployments/d/chat/completions"): _CHAT,
    ("azure_openai", "POST", "/openai/deployments/d/completions"): "prompt prompt[*] suffix",
    ("azure_openai", "POST", "/openai/deployments/d/embeddings"): "input input[*]",
    ("azure_openai", "POST", "/openai/v1/responses"): _RESPONSES,
    ("azure_openai", "POST", "/anthropic/v1/messages"): _MESSAGES,
    ("groq", "POST", "/openai/v1/chat/completions"): _CHAT,
    ("groq", "POST", "/openai/v1/audio/speech"): "input",
    ("together", "POST", "/v1/chat/completions"): _CHAT,
    ("together", "POST", "/v1/rerank"): "query documents[*] documents[*]{*}",
    ("fireworks", "POST", "/inference/v1/chat/completions"): _CHAT,
    ("deepseek", "POST", "/chat/completions"): _CHAT,
    ("deepseek", "POST", "/anthropic/v1/messages"): _MESSAGES,
    ("xai", "POST", "/v1/chat/completions"): _CHAT,
    ("perplexity", "POST", "/chat/completions"): _CHAT,
    ("openrouter", "POST", "/api/v1/chat/completions"): _CHAT,
    ("cerebras", "POST", "/v1/chat/completions"): _CHAT,
    ("nvidia", "POST", "/v1/chat/completions"): _CHAT,
    ("github_models", "POST", "/inference/chat/completions"): _CHAT,
    ("github_copilot", "POST", "/chat/completions"): _CHAT,
    ("huggingface", "POST", "/v1/chat/completions"): _CHAT,
    ("huggingface", "POST", "/hf-inference/models/org/m"): "inputs inputs.question inputs.context inputs.sentences[*] parameters.prompt",
    ("ai21", "POST", "/studio/v1/chat/completions"): _CHAT + "documents[*].content",
    ("voyage", "POST", "/v1/embeddings"): "input input[*]",
    ("voyage", "POST", "/v1/multimodalembeddings"): "inputs[*].content[*]<text>.text",
    ("voyage", "POST", "/v1/contextualizedembeddings"): "inputs[*][*]",
    ("voyage", "POST", "/v1/rerank"): "query documents[*]",
    ("jina", "POST", "/v1/embeddings"): "input input[*] input[*].text",
    ("jina", "POST", "/v1/rerank"): "query documents[*] documents[*].text",
    ("jina", "POST", "/v1/classify"): "input[*] input[*].text labels[*]",
    # Mistral
    ("mistral", "POST", "/v1/chat/completions"): _CHAT,
    ("mistral", "POST", "/v1/fim/completions"): "prompt suffix stop",
    ("mistral", "POST", "/v1/agents/completions"): _CHAT,
    ("mistral", "POST", "/v1/conversations"): "inputs inputs[*].content inputs[*].content[*]<text>.text instructions name description inputs[*].result inputs[*].arguments@json",
    ("mistral", "POST", "/v1/conversations/c_1"): "inputs inputs[*].content",
    ("mistral", "POST", "/v1/agents"): "instructions name description tools[*].function.description",
    ("mistral", "POST", "/v1/chat/moderations"): "input[*].content input[*][*].content",
    ("mistral", "POST", "/v1/moderations"): "input input[*]",
    ("mistral", "POST", "/v1/classifications"): "input input[*]",
    ("mistral", "POST", "/v1/chat/classifications"): "input.messages[*].content input[*].messages[*].content",
    ("mistral", "POST", "/v1/ocr"): "document_annotation_prompt document.document_name",
    ("mistral", "POST", "/v1/batch/jobs"): "requests[*].body.messages[*].content metadata{*}",
    ("mistral", "POST", "/v1/responses"): _RESPONSES,
    # Anthropic
    ("anthropic", "POST", "/v1/messages"): _MESSAGES,
    ("anthropic", "POST", "/v1/messages/count_tokens"): _MESSAGES,
    ("anthropic", "POST", "/v1/complete"): "prompt metadata.user_id",
    ("anthropic", "POST", "/v1/messages/batches"): " ".join(f"requests[*].params.{field}" for field in _MESSAGES.split()),
    ("anthropic", "POST", "/v1/sessions/s_1/events"): "events[*]<user.message>.content[*]<text>.text events[*].content",
    ("anthropic", "POST", "/v1/agents"): "name description system",
    ("anthropic", "POST", "/v1/memory_stores/m_1/memories"): "content path",
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/anthropic/models/claude:rawPredict"): _MESSAGES,
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict"): _MESSAGES,
    ("bedrock_mantle", "POST", "/anthropic/v1/messages"): _MESSAGES,
    # Gemini
    ("gemini", "POST", "/v1beta/models/m:generateContent"): _GENERATE,
    ("gemini", "POST", "/v1beta/models/m:streamGenerateContent"): _GENERATE,
    ("gemini", "POST", "/v1beta/models/m:countTokens"): _GENERATE
    + " ".join(f"generateContentRequest.{field}" for field in _GENERATE.split()),
    ("gemini", "POST", "/v1beta/models/m:embedContent"): "content.parts[*].text title",
    ("gemini", "POST", "/v1beta/models/m:batchEmbedContents"): "requests[*].content.parts[*].text requests[*].title",
    ("gemini", "POST", "/v1beta/models/m:batchGenerateContent"): "batch.displayName batch.inputConfig.requests.requests[*].request.contents[*].parts[*].text",
    ("gemini", "POST", "/v1beta/models/m:predict"): "instances[*].{prompt,content,text}",
    ("gemini", "POST", "/v1beta/tunedModels/m:generateContent"): _GENERATE,
    ("gemini", "POST", "/v1beta/cachedContents"): _GENERATE + "displayName",
    ("gemini", "PATCH", "/v1beta/cachedContents/c"): "displayName",
    ("gemini", "POST", "/v1beta/interactions"): "input input[*]<text>.text system_instruction input[*]<user_input>.content[*].text input[*]<function_call>.arguments.** input[*]<function_result>.result",
    ("gemini", "POST", "/upload/v1beta/files"): "file.displayName",
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/google/models/m:generateContent"): _GENERATE,
    ("vertex", "POST", "/v1/projects/p/locations/l/endpoints/1:generateContent"): _GENERATE,
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/google/models/m:predict"): "instances[*].{prompt,content,text}",
    ("vertex", "POST", "/v1/projects/p/locations/l/cachedContents"): _GENERATE,
    ("vertex", "POST", "/v1/projects/p/locations/l/batchPredictionJobs"): "displayName labels{*}",
    ("gemini_code_assist", "POST", "/v1internal:generateContent"): " ".join(f"request.{field}" for field in _GENERATE.split()),
    # Bedrock
    ("bedrock", "POST", "/model/m/converse"): _CONVERSE,
    ("bedrock", "POST", "/model/m/converse-stream"): _CONVERSE,
    ("bedrock", "POST", "/model/anthropic.claude-x/invoke"): _MESSAGES,
    ("bedrock", "POST", "/model/us.anthropic.claude-x/invoke-with-response-stream"): _MESSAGES,
    ("bedrock", "POST", "/model/amazon.nova-pro/invoke"): "system[*].text messages[*].content[*].text",
    ("bedrock", "POST", "/model/amazon.titan-text/invoke"): "inputText",
    ("bedrock", "POST", "/model/amazon.titan-embed/invoke"): "inputText",
    ("bedrock", "POST", "/model/meta.llama3/invoke"): "prompt",
    ("bedrock", "POST", "/model/mistral.large/invoke"): "prompt messages[*].content",
    ("bedrock", "POST", "/model/cohere.command-r/invoke"): "message chat_history[*].message documents[*]{*} preamble",
    ("bedrock", "POST", "/model/cohere.embed/invoke"): "texts[*]",
    ("bedrock", "POST", "/model/ai21.jamba/invoke"): "messages[*].content",
    ("bedrock", "POST", "/model/m/count-tokens"): "input.converse.messages[*].content[*].text",
    ("bedrock", "POST", "/async-invoke"): "modelInput.** tags[*].value",
    ("bedrock", "POST", "/guardrail/g/version/1/apply"): "content[*].text.text",
    ("bedrock", "POST", "/guardrail-checks/invoke"): "messages[*].content[*].text",
    ("bedrock", "POST", "/agents/a/agentAliases/b/sessions/s/text"): "inputText sessionState.sessionAttributes{*} sessionState.promptSessionAttributes{*} sessionState.conversationHistory.messages[*].content[*].text sessionState.returnControlInvocationResults[*].functionResult.responseBody.TEXT.body",
    ("bedrock", "POST", "/knowledgebases/k/retrieve"): "retrievalQuery.text",
    ("bedrock", "POST", "/retrieveAndGenerate"): "input.text",
    ("bedrock", "POST", "/flows/f/aliases/a"): "inputs[*].content.document inputs[*].content.document.**",
    ("bedrock", "POST", "/rerank"): "queries[*].textQuery.text sources[*].inlineDocumentSource.textDocument.text sources[*].inlineDocumentSource.jsonDocument.**",
    ("bedrock", "POST", "/generateQuery"): "queryGenerationInput.text",
    ("bedrock", "POST", "/optimize-prompt"): "input.textPrompt.text",
    # Cohere
    ("cohere", "POST", "/v2/chat"): "messages[*].{content,tool_plan} messages[*].content[*]<text>.text messages[*].content[*]<thinking>.thinking messages[*].content[*]<document>.document.data{*} messages[*].tool_calls[*].function.arguments@json documents[*] documents[*].data{*} messages[*].citations[*].text stop_sequences[*] tools[*].function.description",
    ("cohere", "POST", "/v1/chat"): "message preamble chat_history[*].message chat_history[*].tool_results[*].outputs[*]{*} chat_history[*].tool_calls[*].parameters.** documents[*]{*} tool_results[*].outputs[*]{*} tool_results[*].call.parameters.**",
    ("cohere", "POST", "/v1/generate"): "prompt",
    ("cohere", "POST", "/v1/summarize"): "text additional_command",
    ("cohere", "POST", "/v2/embed"): "texts[*] inputs[*].content[*]<text>.text",
    ("cohere", "POST", "/v2/rerank"): "query documents[*] documents[*].text documents[*]{*}",
    ("cohere", "POST", "/v1/classify"): "inputs[*] examples[*].{text,label}",
    ("cohere", "POST", "/v1/tokenize"): "text",
    ("cohere", "POST", "/v1/embed-jobs"): "name",
    # Ollama, Replicate, web applications
    ("ollama", "POST", "/api/chat"): "messages[*].{content,thinking} messages[*].tool_calls[*].function.arguments.** tools[*].function.description",
    ("ollama", "POST", "/api/generate"): "prompt suffix system template",
    ("ollama", "POST", "/api/embed"): "input input[*]",
    ("ollama", "POST", "/api/embeddings"): "prompt",
    ("ollama", "POST", "/api/create"): "system template license messages[*].content",
    ("ollama", "POST", "/api/web_search"): "query",
    ("replicate", "POST", "/v1/predictions"): "input{*} input.messages[*].content input.prompt[*]",
    ("replicate", "POST", "/v1/models/o/n/predictions"): "input{*}",
    ("replicate", "POST", "/v1/deployments/o/n/predictions"): "input{*}",
    ("chatgpt_web", "POST", "/backend-api/f/conversation"): "messages[*].content.parts[*]",
    ("claude_web", "POST", "/api/organizations/o/chat_conversations/c/completion"): "prompt attachments[*].extracted_content attachments[*].file_name",
    # What goes over WebSockets, a message at a time
    ("openai", "GET", "/v1/responses"): _RESPONSES,
    ("openai", "GET", "/v1/realtime"): "item.content[*]<input_text>.{text,transcript} item.arguments@json item.output response.instructions response.input[*]<message>.content[*]<input_text>.text response.metadata{*} response.tools[*].description session.instructions session.audio.input.transcription.prompt session.input_audio_transcription.prompt session.tools[*].description session.tools[*].parameters.properties{*}.description",
    ("gemini", "GET", "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"): "setup.systemInstruction.parts[*].text setup.system_instruction.parts[*].text setup.tools[*].functionDeclarations[*].description clientContent.turns[*].parts[*].text client_content.turns[*].parts[*].text realtimeInput.text realtime_input.text toolResponse.functionResponses[*].response.** tool_response.function_responses[*].response.**",
}  # fmt: skip

FORMS = {
    ("openai", "/v1/images/edits"): ("prompt", "user"),
    ("openai", "/v1/images/variations"): ("user",),
    ("openai", "/v1/videos"): ("prompt",),
    ("openai", "/v1/audio/transcriptions"): ("prompt", "keywords[]", "known_speaker_names[]"),
    ("openai", "/v1/audio/translations"): ("prompt",),
    ("openai", "/v1/files"): ("file", "metadata"),
    ("openai", "/v1/uploads/u_1/parts"): ("data",),
    ("openai", "/v1/containers/c_1/files"): ("file",),
    ("openai", "/v1/skills"): ("files[]",),
    ("groq", "/openai/v1/audio/transcriptions"): ("prompt",),
    ("mistral", "/v1/files"): ("file",),
    ("mistral", "/v1/libraries/l_1/documents"): ("file",),
    ("mistral", "/v1/audio/transcriptions"): ("prompt", "context_bias"),
    ("anthropic", "/v1/files"): ("file",),
    ("anthropic", "/v1/skills"): ("display_title", "files[]"),
    ("cohere", "/v1/datasets"): ("data", "eval_data"),
    ("replicate", "/v1/files"): ("content", "metadata"),
}
"""Endpoints that take forms, and the parts that hold text."""

GENERIC = {
    "/v1/chatkit/sessions", "/v1/containers", "/v1/skills", "/v1/classify",
}  # fmt: skip
"""Endpoints without a row of their own: the generic format examines all of their bodies."""

_STEP = re.compile(r"\.?([^.\[\]{}<>@]+)|\[\*\]|\{\*\}|<([^>]+)>|(@\w+)")


def spelled_out(fields: str) -> Iterator[str]:
    """Each field by itself, without alternatives."""
    for field in fields.split():
        parts = re.split(r"\{([^{}*]+)\}", field)
        choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
        yield from ("".join(chosen) for chosen in itertools.product(*choices))


def planted(field: str, value: str) -> Any:
    """A body that holds `value` in a field, and nothing else but what the path says."""
    steps = [match.group() for match in _STEP.finditer(field)]
    return _build(steps, value)


def _build(steps: list[str], value: str) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step == "@json":
        return json.dumps({"x": value})
    if step == "@base64":
        return base64.b64encode(value.encode()).decode()
    if step == "[*]":
        return [_build(rest, value)]
    if step == "{*}":
        return {"some_name": _build(rest, value)}
    if step.startswith("<"):
        return {"type": step[1:-1], **_build(rest, value)}
    name = step.removeprefix(".")
    if name == "**":
        return {"one": value, "two": {"three": [value]}}
    return {name: _build(rest, value)}
