"""The sensitive values of the suite and the texts that carry them. Every value is made up."""

from __future__ import annotations

import json
import sys
from typing import Any

EMAIL = "anna.keller@nordwind-labs.org"
PHONE = "+49 30 901820147"
CARD = "4539 1488 0343 6467"
IBAN = "DE75 5121 0800 1245 1261 99"
PROJECT = 'Blue "Bird" \\ Nine'
UMLAUT = "Größenwahn"

VALUES = (EMAIL, PHONE, CARD, IBAN, PROJECT, UMLAUT)

PROMPT = f"Write to {EMAIL} or call {PHONE} about card {CARD}, please.\nThe account is {IBAN} \N{GRINNING FACE}"
QUOTED = f'Say "{EMAIL}" for the project {PROJECT} and then \\ for {UMLAUT}.\n\tEnd.'
SYSTEM = f"You work for {EMAIL}. Answer briefly."

PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "recipient": {"type": "string", "description": f"Whom to write to, like {EMAIL}"},
        "copies": {"type": "array", "items": {"type": "string"}},
        "urgent": {"type": "boolean"},
        "times": {"type": "integer"},
    },
    "required": ["recipient", "copies", "urgent", "times"],
    "additionalProperties": False,
}
TOOL_NAME = "send_mail"
TOOL_DESCRIPTION = f"Send a mail; replies go to {EMAIL}"

TOOL_RESULT = json.dumps({"sent": True, "note": f"delivered to {EMAIL} for {PROJECT}"}, ensure_ascii=False)

FRAGMENTED = json.dumps({"delta_size": 1, "wire_size": 7, "encoding": "gzip"})
"""A script for the fake provider: one character per event, compressed, cut every seven bytes."""

BYTEWISE = json.dumps({"delta_size": 11, "wire_size": 1, "line_end": "\r\n", "escaped": True})
"""A script for the fake provider: eleven characters per event, escaped, every byte on its own, CRLF line ends."""

PARALLEL = json.dumps(
    {
        "tool_calls": [
            {"name": TOOL_NAME, "arguments": {"recipient": "{said}", "copies": [], "urgent": True, "times": 2}},
            {
                "name": TOOL_NAME,
                "arguments": {"recipient": "second", "copies": ["{said}", "x"], "urgent": False, "times": 1},
            },
        ],
        "delta_size": 2,
    }
)
"""A script for the fake provider: two calls whose arguments alternate in small pieces."""


def report(results: dict[str, Any]) -> None:
    """Print what the client read, in one canonical form."""
    json.dump(results, sys.stdout, ensure_ascii=False, sort_keys=True, indent=1)
