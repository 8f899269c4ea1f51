"""Text generation by `huggingface_hub`, as its inference API and dedicated endpoints have it."""

from __future__ import annotations

from typing import Any

from common import Conversation
from huggingface_hub import InferenceClient
from planted import PROMPT, QUOTED


class Generation(Conversation):
    def make(self) -> InferenceClient:
        return InferenceClient(model="https://unit.endpoints.huggingface.cloud")

    def plain(self) -> Any:
        return [self.client.text_generation(prompt) for prompt in (PROMPT, QUOTED)]

    def stream(self) -> Any:
        *pieces, last = self.client.text_generation(PROMPT, stream=True, details=True)
        joined = "".join(each.token.text for each in [*pieces, last])
        return {"joined": joined, "whole": last.generated_text, "details": last.details}


HUGGINGFACE = Generation()
