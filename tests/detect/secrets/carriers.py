"""Texts in which people and programs carry a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

Carrier = Callable[[str], str]

VALUE: Mapping[str, Carrier] = {
    "alone": lambda v: v,
    "prose": lambda v: f"I used {v} yesterday, and the job failed.",
    "json": lambda v: json.dumps({"id": 7, "value": v}),
    "escaped-json": lambda v: json.dumps({"body": json.dumps({"value": v, "next": 1})}),
    "yaml": lambda v: f"settings:\n  value: {v}\n  other: 1\n",
    "env": lambda v: f"DEBUG=1\nVALUE={v}\nPORT=8080\n",
    "code": lambda v: f'client = Client("{v}")\nclient.run()\n',
    "log": lambda v: f"2026-01-01T00:00:00Z INFO [worker-3] started with {v} in 12ms",
    "csv": lambda v: f"id,value,note\n7,{v},first\n",
    "markdown": lambda v: f"| name | value |\n|---|---|\n| first | `{v}` |\n",
    "url": lambda v: f"https://api.acme.io/v1/run?value={v}&page=2",
}
"""Around a value that speaks for itself."""

SNIPPET: Mapping[str, Carrier] = {
    "alone": lambda s: s,
    "prose": lambda s: f"This is what I ran:\n\n    {s}\n\nWhat did I do wrong?",
    "json": lambda s: json.dumps({"role": "user", "content": s}),
    "escaped-json": lambda s: json.dumps(json.dumps({"content": s})),
    "yaml": lambda s: f"run: |\n  {s}\n  exit 0\n",
    "code": lambda s: f"# {s}\nrun()\n",
    "log": lambda s: f"2026-01-01T00:00:00Z DEBUG {s}",
    "csv": lambda s: f'id,note\n7,"{s}"\n' if '"' not in s else f"id\tnote\n7\t{s}\n",
    "markdown": lambda s: f"```sh\n{s}\n```\n",
}
"""Around a line that holds a value and what makes it a secret."""
