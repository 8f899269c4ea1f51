"""The format of every endpoint that no other format names: any JSON. All of it is examined but for structural names."""

from __future__ import annotations

from dlp.providers.format import SIGNED, STRUCTURE, StreamGrammar, DeltaRule, WireFormat, response_rules
from dlp.providers.rules import RuleSet, Treatment

GENERIC = WireFormat(
    id="generic",
    request=RuleSet(
        (
            *SIGNED,
            ("**.{image_url,file_url,input_image}.url", Treatment.URL),
            ("**.{image_url,file_url,url,uri,fileUri,file_uri}", Treatment.URL),
            ("**.{b64_json,image_base64,partial_image_b64}", Treatment.KEEP),
            *STRUCTURE,
        ),
        default=Treatment.DATA,
    ),
    response=response_rules(),
    stream=StreamGrammar([DeltaRule("delta"), DeltaRule("**.delta.{content,text}", ((0, "index"),)), DeltaRule("text"), DeltaRule("response")]),
)

ROUTES = ()
