"""What stands around a leaf of a request and tells what the leaf is: who speaks, and by which names it goes."""

from __future__ import annotations

from dlp.types import Role
from dlp.wire.json_leaves import Kind, Leaf

MODEL_ROLES = frozenset({"assistant", "model", "ASSISTANT", "CHATBOT", "Chatbot", "MODEL"})
_MODEL_ITEMS = frozenset(
    {"function_call", "custom_tool_call", "mcp_call", "code_interpreter_call", "web_search_call", "reasoning"}
)
_ROLES = {
    "system": Role.SYSTEM, "developer": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT, "model": Role.ASSISTANT,
    "chatbot": Role.ASSISTANT, "tool": Role.TOOL, "function": Role.TOOL,
}  # fmt: skip
_TOOL_ITEMS = frozenset(
    {"tool_result", "function_call_output", "custom_tool_call_output", "mcp_tool_result", "web_search_tool_result"}
)
_TOOL_MEMBERS = frozenset({"functionResponse", "function_response", "toolResult", "tool_results"})
_SYSTEM_MEMBERS = frozenset({"system", "instructions", "systemInstruction", "system_instruction", "preamble"})
_DEFINING_MEMBERS = frozenset(
    {"tools", "functions", "toolConfig", "tool_config", "response_format", "generationConfig"}
)
_ASKING_MEMBERS = frozenset({"prompt", "input", "message", "inputText", "query", "contents", "messages"})
_NAMED_VALUE = frozenset({"value", "val", "text", "content", "data", "answer", "input"})
_NAMES = ("name", "field", "key", "label", "title", "column", "header", "question", "type")


def is_models(leaf: Leaf) -> bool:
    """Whether a leaf stands in something that the model produced and a client sends back: an assistant's message, a call."""
    frame = leaf.parent
    while frame is not None:
        members = frame.members
        if members.get("role", "") in MODEL_ROLES or members.get("type", "") in _MODEL_ITEMS:
            return True
        frame = frame.parent
    return False


def kind_of_text(leaf: Leaf) -> tuple[str | None, ...]:
    """Alike for texts that may be pieces of one: the names on the way down, without indices, and what it says of itself."""
    key, frame = leaf.key, leaf.parent
    members = frame.members if frame is not None else {}
    kind: list[str | None] = [members.get("type"), members.get("thought")]
    while frame is not None:
        if isinstance(key, str):
            kind.append(key)
        key, frame = frame.key, frame.parent
    return tuple(kind)


def context_of(leaf: Leaf) -> str:
    """The names that stand for a leaf: its key, the key of the list it is in, and in `{"name": .., "value": ..}` pairs the name."""
    if leaf.kind is Kind.KEY:
        return ""
    key: str | int = leaf.key
    frame = leaf.parent
    while isinstance(key, int) and frame is not None and frame.parent is not None:
        key, frame = frame.key, frame.parent
    names = [key] if isinstance(key, str) and leaf.parent is not None else []
    if leaf.key in _NAMED_VALUE and leaf.parent is not None and not leaf.parent.members.keys().isdisjoint(_NAMES):
        names += [value for name in _NAMES if (value := leaf.parent.members.get(name)) and value != leaf.value]
    return " ".join(names)


def role_of(leaf: Leaf, conversation: tuple[str, ...]) -> Role:
    """Who speaks: as the nearest part around a leaf says of itself, else by the member of the document that it is in."""
    key, frame = leaf.key, leaf.parent
    while frame is not None:
        kind, role = frame.members.get("type"), frame.members.get("role")
        if kind in _TOOL_ITEMS or key in _TOOL_MEMBERS:
            return Role.TOOL
        if kind in _MODEL_ITEMS:
            return Role.ASSISTANT
        if role and (found := _ROLES.get(role.lower())):
            return found
        if frame.parent is None:
            break
        key, frame = frame.key, frame.parent
    if key in _SYSTEM_MEMBERS:
        return Role.SYSTEM
    if key in _DEFINING_MEMBERS:
        return Role.DEFINITION
    return Role.USER if key in conversation or key in _ASKING_MEMBERS else Role.OTHER


def top_member(leaf: Leaf) -> str | int:
    key, frame = leaf.key, leaf.parent
    while frame is not None and frame.parent is not None:
        key, frame = frame.key, frame.parent
    return key
