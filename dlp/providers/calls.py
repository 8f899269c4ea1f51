"""Which leaves of an answer belong to the call of a tool, in any provider's format."""

from __future__ import annotations

from dlp.providers.rules import PathMatcher
from dlp.wire.json_leaves import Leaf

_CALLS = "tool_use|server_tool_use|mcp_tool_use|function_call|custom_tool_call|mcp_call|mcp_approval_request"
_ARGUMENTS = "|".join(
    f"response.{call}.{stage}"
    for call in ("function_call_arguments", "mcp_call_arguments", "mcp_call.arguments", "custom_tool_call_input")
    for stage in ("delta", "done")
)
_PLACES = PathMatcher(
    [
        "**.{tool_calls,tool_call,toolCalls,toolCall,function_call,functionCall,toolUse,partial_json,arguments}.**",
        f"**<{_CALLS}>.input.**",
        f"<{_ARGUMENTS}>.{{delta,input}}",
        "**<code_interpreter_call>.code",
        "**<computer_call|local_shell_call|shell_call|apply_patch_call>.**",
    ]
)


def is_tool_argument(leaf: Leaf) -> bool:
    """Whether a leaf of an answer or a stream event is part of what a tool is called with."""
    return _PLACES.find(leaf) is not None
