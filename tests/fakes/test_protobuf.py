"""Objects and messages: there and back, as the vendor's own library has them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from google.ai import generativelanguage_v1beta as glm
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from dlp.fakes.families.gemini_grpc import SCHEMA

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), _VALUES, max_size=4))
def test_any_object(value: dict[str, Any]) -> None:
    """What the vendor's library reads from it is what was written."""
    written = SCHEMA.encode({"args": value}, "FunctionCall")
    assert SCHEMA.decode(written, "FunctionCall") == {"args": value}
    assert MessageToDict(glm.FunctionCall.pb(glm.FunctionCall.deserialize(written)).args) == value


def test_a_request() -> None:
    asked = {
        "model": "models/m",
        "contents": [
            {"parts": [{"text": "hello"}, {"text": "you"}], "role": "user"},
            {"parts": [{"functionCall": {"name": "f", "args": {"n": 1.5}}, "thoughtSignature": "AAEC"}]},
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "f", "parameters": {"type": "object", "properties": {"n": {"type": "number"}}}}
                ]
            }
        ],
    }
    assert SCHEMA.decode(SCHEMA.encode(asked, "GenerateContentRequest"), "GenerateContentRequest") == asked


@given(st.binary(max_size=60))
def test_arbitrary_bytes(data: bytes) -> None:
    with contextlib.suppress(ValueError, IndexError):
        SCHEMA.decode(data, "GenerateContentRequest")


@pytest.mark.parametrize("data", [b"\x0a\x05abc", b"\x08", b"\x0b", b"\x10\x01"])
def test_broken_messages(data: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        SCHEMA.decode(data, "Content")
