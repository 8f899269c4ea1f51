"""The Claude web app. Not documented by its vendor; what isn't known here is examined like everything else.

Source: observation of the web app as published by third parties; it changes without notice.
"""

from __future__ import annotations

from dlp.providers.format import (
    DeltaRule,
    StreamGrammar,
    WireFormat,
    request_rules,
    response_rules,
    route,
    schema_rules,
)
from dlp.providers.formats.anthropic import ANSWER_RULES, block_rules, close_blocks
from dlp.providers.rules import Treatment

_DATA, _KEEP, _LABEL = Treatment.DATA, Treatment.KEEP, Treatment.LABEL

COMPLETION = WireFormat(
    id="claude.web",
    state=("*",),
    request=request_rules(
        *block_rules("messages[*].content"),
        ("{parent_message_uuid,timezone,rendering_mode,locale}", _LABEL),
        ("{files,sync_sources}[*]", _LABEL),
        ("**.{*_uuid,uuid}", _LABEL),
        *schema_rules("tools[*]"),
    ),
    response=response_rules(*ANSWER_RULES, ("**.{uuid,*_uuid}", _KEEP)),
    stream=StreamGrammar(
        [
            DeltaRule("delta<text_delta>.text", ((1, "index"),), "text"),
            DeltaRule("delta<input_json_delta>.partial_json", ((1, "index"),), "json"),
            DeltaRule("<completion>.completion", (), "text"),  # before blocks, still seen
        ],
        close_blocks,
    ),
)

ROUTES = (
    route(r"/chat_conversations/[^/]+/(?:completion|retry_completion)$", COMPLETION),
    route(r"/api/organizations/[^/]+/chat_conversations(?:/.*)?$", COMPLETION, "GET", "POST", "PUT"),
)
