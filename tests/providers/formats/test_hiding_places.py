"""Where a value could hide: everything that stays unexamined whatever it says is on a list here, and the list is short.

The bodies of the other tests are taken leaf by leaf: a value that looks like nothing structural (a name, an address and a number)
is put in the leaf's place, or beside it under any member name.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.providers.format import WireFormat
from dlp.providers.formats import anthropic, bedrock, gemini, openai
from dlp.providers.formats.generic import GENERIC
from dlp.providers.rules import Treatment
from dlp.wire.json_leaves import Frame, Kind, parse_leaves
from tests.providers.formats import test_anthropic, test_gemini, test_openai, test_other_families
from tests.providers.treated import at, way

PLANTED = "Ann Example <ann@example.org>, born 1990-01-02, 123-45-6789"

BODIES: list[tuple[WireFormat, Any]] = [
    (openai.CHAT, test_openai.CHAT),
    (openai.RESPONSES, test_openai.RESPONSES),
    *(tuple(case.values) for case in test_openai.OTHERS if case.values[0] is not openai.FILES),
    (anthropic.MESSAGES, test_anthropic.MESSAGES),
    *(tuple(case.values) for case in test_gemini.OTHERS if case.values[0] is not gemini.FILES),
    *(tuple(case.values) for case in test_other_families.REQUESTS),
]

CREDENTIAL = r"tools\[\*\]\.(?:authorization|headers(?:\..*)?)"
ITEM = r"(?:input|items|response\.input)\[\*\]|item"
BLOCK = r"messages\[\*\]\.content\[\*\]"

PROGRAM = next(index for index, item in enumerate(test_openai.RESPONSES["input"]) if item.get("type") == "program")

# Places that may hold anything and are never looked at. Reason: a token there would break the call, and none of it is a person's text.
NEVER_EXAMINED: dict[str, list[str]] = {
    "oai.chat": [
        r"messages\[\*\]\.reasoning_details\[\*\]\.text",  # signed
        r"data_sources\[\*\]\.parameters\.authentication\..*",
        CREDENTIAL,
    ],
    "oai.responses": [
        rf"input\[{PROGRAM}\]\.code",
        rf"(?:{ITEM})\.content\[\*\]\.annotations\[\*\]\.url",
        rf"(?:{ITEM})\.action\.sources\[\*\]\.url",
        CREDENTIAL,
    ],
    "oai.realtime": [rf"(?:session|response)\.{CREDENTIAL}"],
    "ant.messages": [
        r"messages\[3\]\.content\[0\]\.thinking",
        r"messages\[3\]\.content\[2\]\.content",  # signed
        rf"{BLOCK}\.citations\[\*\]\.url",
        rf"{BLOCK}\.content(?:\[\*\])?\.(?:url|page_age|retrieved_at)",
        r"mcp_servers\[\*\]\.authorization_token",
    ],
    "gem.generate": [
        r"(?:.*\.)?contents\[1\]\.parts\[1\]\.text",  # a signed thought
    ],
    "gem.interactions": [r"tools\[\*\]\.headers\..*"],
    "bed.converse": [
        rf"{BLOCK}\.reasoningContent\.reasoningText\.text",  # signed
    ],
    "bed.count": [rf"input\.converse\.{BLOCK}\.reasoningContent\.reasoningText\.text"],
    "rep.predictions": ["webhook"],
    "cgpt.web": [r"messages\[\*\]\.content\.parts\[\*\]\.asset_pointer"],
}
NEVER_EXAMINED["bed.invoke"] = [
    r"messages\[0\]\.content\[0\]\.thinking",
    *NEVER_EXAMINED["ant.messages"],
    *NEVER_EXAMINED["bed.converse"],
    *NEVER_EXAMINED["oai.chat"],
]


def place(path: tuple[str | int, ...], *, numbered: bool = False) -> str:
    """A way down as the list writes it, with `[*]` or the number for array elements."""
    steps = (f"[{step if numbered else '*'}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")


def unexamined(wire_format: WireFormat, body: Any) -> list[str]:
    """Places where the planted value stands and isn't looked at, apart from the listed ones."""
    listed = NEVER_EXAMINED.get(wire_format.id, [])
    found = []
    for leaf in parse_leaves(json.dumps(body)):
        if leaf.kind is Kind.STRING and leaf.value == PLANTED and wire_format.request.treatment(leaf) is Treatment.KEEP:
            where = (place(way(leaf)), place(way(leaf), numbered=True))
            if not any(re.fullmatch(pattern, spelled) for pattern in listed for spelled in where):
                found.append(where[1])
    return found


def paths_in(body: Any, *, at_leaf: bool) -> list[tuple[str | int, ...]]:
    leaves = [leaf for leaf in parse_leaves(json.dumps(body)) if leaf.kind is Kind.STRING]
    if at_leaf:
        return [way(leaf) for leaf in leaves]
    frames: dict[int, tuple[str | int, ...]] = {}
    for leaf in leaves:
        frame: Frame | None = leaf.parent
        path = way(leaf)[:-1]
        while frame is not None:
            if not frame.is_array:
                frames[id(frame)] = path
            path, frame = path[:-1], frame.parent
    return list(frames.values())


def planted_at(body: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(body)
    if not path:
        return PLANTED
    at(changed, path[:-1])[path[-1]] = PLANTED
    return changed


@pytest.mark.parametrize(
    "index", range(len(BODIES)), ids=[f"{index}-{wire_format.id}" for index, (wire_format, _) in enumerate(BODIES)]
)
def test_a_value_in_place_of_any_other_is_examined(index: int) -> None:
    wire_format, body = BODIES[index]
    body = json.loads(json.dumps(body))
    for path in paths_in(body, at_leaf=True):
        assert unexamined(wire_format, planted_at(body, path)) == []


UNSIGNED = [
    (anthropic.MESSAGES, {"messages": [{"role": "assistant", "content": [block]}]})
    for block in (
        {"type": "thinking", "thinking": PLANTED},
        {"type": "thinking", "thinking": PLANTED, "signature": ""},
        {"type": "thinking", "thinking": PLANTED, "signature": None},
        {"type": "compaction", "content": PLANTED},
        {"type": "compaction", "content": PLANTED, "signature": None, "tool_changes": [{"description": PLANTED}]},
    )
] + [
    (
        bedrock.CONVERSE,
        {"messages": [{"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": PLANTED}}}]}]},
    ),
    (
        openai.CHAT,
        {
            "messages": [
                {
                    "role": "assistant",
                    "reasoning_details": [
                        {"type": "reasoning.summary", "summary": PLANTED, "signature": None},
                        {"type": "reasoning.text", "text": PLANTED},
                        {"type": "reasoning.encrypted", "data": PLANTED, "id": PLANTED},
                    ],
                }
            ]
        },
    ),
]


@pytest.mark.parametrize(("wire_format", "body"), UNSIGNED, ids=range(len(UNSIGNED)))
def test_what_only_says_that_it_is_a_models_thought_is_examined(wire_format: WireFormat, body: Any) -> None:
    """Without a signature nobody vouches for who wrote it."""
    kept = [
        leaf.place()
        for leaf in parse_leaves(json.dumps(body))
        if leaf.value == PLANTED and wire_format.request.treatment(leaf) is Treatment.KEEP
    ]
    assert kept == []


# Names that mean structure, signatures or media somewhere.
MEANING = (
    "signature thoughtSignature encrypted_content encryptedContent data bytes url uri image_url file_data name id type role model status text thinking content "
    "enum const pattern required format result code logprobs usage cache_control tool_choice metadata user_id x_id fooId authorization headers value key b64_json "
    "reasoning_details thought mimeType media_type description arguments input args parameters properties annotations source"
).split()


@given(st.data())
def test_a_value_beside_any_other_is_examined(data: st.DataObject) -> None:
    """Under any name, in any object, alone or in an object of its own."""
    wire_format, body = data.draw(st.sampled_from(BODIES))
    body = json.loads(json.dumps(body))
    path = data.draw(st.sampled_from(paths_in(body, at_leaf=False)))
    name = data.draw(st.sampled_from(MEANING) | st.text(min_size=1, max_size=8))
    value = data.draw(
        st.sampled_from(
            [PLANTED, [PLANTED], {"note": PLANTED}, [{"text": PLANTED}], {"id": PLANTED, "signature": PLANTED}]
        )
    )
    place_of = at(body, path)
    if name in place_of and name not in ("name", "id"):
        name += "2"
    place_of[name] = value
    assert unexamined(wire_format, body) == []


values = st.recursive(
    st.just(PLANTED),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEANING), inner, max_size=4),
    max_leaves=10,
)


@given(values)
def test_nothing_hides_from_the_generic_format(body: Any) -> None:
    assert unexamined(GENERIC, body) == []


@given(values)
def test_nothing_hides_where_callers_choose_the_names(value: Any) -> None:
    """Tool arguments, tool results, metadata, documents and template variables."""
    places = [
        (
            openai.CHAT,
            {
                "messages": [
                    {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": value}}]}
                ],
                "metadata": value,
                "documents": [value],
            },
        ),
        (
            openai.RESPONSES,
            {
                "input": [{"type": "function_call", "arguments": value}],
                "prompt": {"variables": {"a": {"b": value}}},
                "metadata": value,
            },
        ),
        (
            anthropic.MESSAGES,
            {
                "messages": [
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": value}]}
                ]
            },
        ),
        (
            gemini.GENERATE,
            {
                "contents": [
                    {
                        "parts": [
                            {"functionCall": {"name": "f", "args": value}, "thoughtSignature": "C"},
                            {"functionResponse": {"name": "f", "response": value}},
                        ]
                    }
                ]
            },
        ),
    ]
    for wire_format, body in places:
        for leaf in parse_leaves(json.dumps(body)):
            if leaf.kind is Kind.STRING and leaf.value == PLANTED:
                assert wire_format.request.treatment(leaf) is Treatment.DATA, leaf.place()
