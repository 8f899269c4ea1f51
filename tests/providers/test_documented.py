"""Every documented endpoint, every documented field: a value that stands there is masked, or the request is refused."""

from __future__ import annotations

import json

import pytest

from dlp.engine.case import Request
from dlp.engine.request import Engine
from dlp.errors import RequestBlocked
from dlp.policy.model import Policy
from dlp.providers.table import default_table
from tests.engine.conversations import PlantedDetector
from tests.providers.documented import ENDPOINTS, FORMS, GENERIC, planted, spelled_out

CANARY = "V000001-anna@nordwind.orgQ"
TABLE = {provider.id: provider for provider in default_table().providers}
CASES = [pytest.param(*endpoint, fields, id=" ".join(endpoint)) for endpoint, fields in ENDPOINTS.items()]
FORM_CASES = [pytest.param(*where, names, id=" ".join(where)) for where, names in FORMS.items()]
BOUNDARY = "0123456789abcdef"


@pytest.mark.parametrize(("provider", "method", "path", "fields"), CASES)
def test_no_documented_field_lets_a_value_through(provider: str, method: str, path: str, fields: str) -> None:
    engine = Engine(Policy(name="test"), PlantedDetector(), b"k" * 32)
    wire_format = TABLE[provider].wire_format(method, path)
    leaked = []
    for field in spelled_out(fields):
        body = json.dumps(planted(field, CANARY)).encode()
        assert CANARY.encode() in body, field
        asked = Request(method, path, body, content_type="application/json", provider=provider)
        try:
            sent = engine.examine(asked, wire_format, "scope").body
        except RequestBlocked:
            continue  # where a token would break the call
        if b"nordwind" in sent:
            leaked.append(field)
    assert leaked == []


@pytest.mark.parametrize(("provider", "path", "names"), FORM_CASES)
def test_no_part_of_a_form_lets_a_value_through(provider: str, path: str, names: tuple[str, ...]) -> None:
    """Nor does the name of a file in it."""
    engine = Engine(Policy(name="test"), PlantedDetector(), b"k" * 32)
    wire_format = TABLE[provider].wire_format("POST", path)
    for name, filename in [(name, filename) for name in names for filename in ("", "notes.txt", f"{CANARY}.txt")]:
        of = f'; filename="{filename}"' if filename else ""
        part = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"{of}\r\n\r\n{CANARY}\r\n'
        body = f"{part}--{BOUNDARY}--\r\n".encode()
        asked = Request("POST", path, body, content_type=f"multipart/form-data; boundary={BOUNDARY}", provider=provider)
        sent = engine.examine(asked, wire_format, "scope").body
        assert b"nordwind" not in sent, (name, filename)
        assert b"PII" in sent


def test_every_documented_endpoint_has_a_row() -> None:
    """Or is on a list: the generic format reads it whole, but knows none of its streams and of what must stay as it is."""
    without = {
        path for provider, method, path in ENDPOINTS if TABLE[provider].wire_format(method, path).id == "generic"
    }
    assert without == GENERIC


def test_a_path_says_what_it_plants() -> None:
    assert planted("messages[*].content[*]<text>.text", "v") == {
        "messages": [{"content": [{"type": "text", "text": "v"}]}]
    }
    assert planted("a{*}.b@json", "v") == {"a": {"some_name": {"b": '{"x": "v"}'}}}
    assert list(spelled_out("a.{b,c}.d e")) == ["a.b.d", "a.c.d", "e"]
