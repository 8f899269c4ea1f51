"""The `replicate` package: a prediction that is waited for, one that is polled, and one that is read as a stream.

It builds its own transport and thereby ignores the proxy variables; a transport that obeys them is all that is handed to it.
"""

from __future__ import annotations

import os
from typing import Any

import httpx
import replicate
from common import Conversation
from planted import PROMPT, QUOTED, SYSTEM

MODEL = "meta/fake-model"
INPUT = {"prompt": PROMPT, "system_prompt": SYSTEM}


class Predictions(Conversation):
    def make(self) -> replicate.Client:
        return replicate.Client(transport=httpx.HTTPTransport(proxy=os.environ["HTTPS_PROXY"]))

    def plain(self) -> Any:
        waited = "".join(self.client.run(MODEL, input=INPUT))
        made = self.client.predictions.create(model=MODEL, input={"prompt": QUOTED}, wait=False)
        made.wait()
        return {"waited": waited, "polled": "".join(made.output), "input": made.input}

    def stream(self) -> Any:
        return "".join(str(event) for event in self.client.stream(MODEL, input=INPUT))


PREDICTIONS = Predictions()
