"""Hugging Face's inference tasks and text-generation-inference. Its router speaks chat completions as well.

Sources: Hugging Face's "Inference Providers" task pages and the types of huggingface_hub 1.33.0.
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
)
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Kind

_KEEP, _LABEL, _LINK = Treatment.KEEP, Treatment.LABEL, Treatment.LINK


def _close(event: Event) -> Iterable[Channel]:
    """The last event also has the whole text, in `generated_text`; until then that is null."""
    if "error" in event.root:
        yield ()
    for leaf in event.leaves:
        if leaf.key == "generated_text" and leaf.kind is Kind.STRING:
            yield ()


INFER = WireFormat(
    id="hf.infer",
    request=request_rules(
        ("inputs.**.{image,audio,video}", Treatment.SEALED),
        ("inputs.**", _LINK),
        ("parameters.{prompt,negative_prompt,candidate_labels,system_prompt,text}.**", Treatment.TEXT),
        ("parameters.stop[*]", Treatment.TEXT),
        ("{parameters,options}.**", _LABEL),
    ),
    response=response_rules(
        ("details.**", _KEEP),
        ("[*].details.**", _KEEP),
        ("top_tokens[*].**", _KEEP),
        ("**.blob", Treatment.SEALED),
    ),
    stream=StreamGrammar([DeltaRule("token.text", (), "text")], _close),
    files=True,  # pictures to describe, sound to write down
)

ROUTES = (
    route(r"/hf-inference/models/[^/].*$", INFER),
    route(r"^/models/[^/].*$", INFER),
    route(r"^/(?:generate|generate_stream)?$", INFER),
)
