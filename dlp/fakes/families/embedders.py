"""Voyage's and Jina's embeddings and reranking: OpenAI's vectors, and an order of the documents that were sent.

Shapes follow the API references of both, as of 2025-11.
"""

from __future__ import annotations

from typing import Any, ClassVar, override

from dlp.fakes.answers import PROMPT_TOKENS
from dlp.fakes.families.base import BadRequest, read_object
from dlp.fakes.families.openai import OpenAI
from dlp.fakes.recording import Received
from dlp.fakes.replies import Reply
from dlp.fakes.script import Script


class Voyage(OpenAI):
    name: ClassVar[str] = "voyage"
    hosts: ClassVar[tuple[str, ...]] = ("api.voyageai.com",)

    @override
    def claims(self, received: Received) -> bool:
        return False  # a path alone doesn't tell it from OpenAI

    @override
    def answer(self, received: Received, script: Script) -> Reply:
        if (received.method, received.path) != ("POST", "/v1/rerank"):
            return super().answer(received, script)
        body = read_object(received)
        documents = body.get("documents")
        if not isinstance(body.get("query"), str) or not isinstance(documents, list):
            raise BadRequest("query and documents are required")
        ranked = [
            {"index": index, "relevance_score": round(1 / (index + 1), 3), **self._copy(body, document)}
            for index, document in enumerate(documents)
        ]
        return self.as_json(script, self._ranking(str(body.get("model")), ranked))

    def _copy(self, body: dict[str, Any], document: Any) -> dict[str, Any]:
        return {"document": document} if body.get("return_documents") else {}

    def _ranking(self, model: str, ranked: list[Any]) -> dict[str, Any]:
        return {"object": "list", "data": ranked, "model": model, "usage": {"total_tokens": PROMPT_TOKENS}}


class Jina(Voyage):
    name: ClassVar[str] = "jina"
    hosts: ClassVar[tuple[str, ...]] = ("api.jina.ai",)

    @override
    def _copy(self, body: dict[str, Any], document: Any) -> dict[str, Any]:
        given = document if isinstance(document, dict) else {"text": document}
        return {"document": given} if body.get("return_documents", True) else {}

    @override
    def _ranking(self, model: str, ranked: list[Any]) -> dict[str, Any]:
        return {"model": model, "usage": {"total_tokens": PROMPT_TOKENS}, "results": ranked}
