"""`docs/interoperability.md`, written from a run of the matrix."""

from __future__ import annotations

from collections.abc import Mapping

from tests.harness import ROOT
from tests.interop.matrix.cells import CLIENTS, ELSEWHERE, MODES, NOT_RUN, NOTE, Language

DOCUMENT = ROOT / "docs" / "interoperability.md"

_HEAD = """# Interoperability

Written by `make matrix` from a run of every cell; a test compares the cells with the code. `make test` runs them too.

A cell is a vendor's own client in one mode. It runs twice, against fake providers that answer as the real ones do over real TLS:
once straight, once through a proxy process. Nothing differs but environment variables, the ones that `dlp env` prints. The cell passes
if the application read exactly the same both times, if the same requests arrived, if no planted value (mail address, phone and
card number, IBAN, two secret terms with quotes, backslashes and umlauts) reached the provider in any spelling, and if tokens did.

- *plain*: a whole answer. *stream*: the same in pieces.
- *tools*: the model calls a tool with values in its arguments, and answers to the result. *stream + tools*: both of it streamed.
"""


def render(versions: Mapping[tuple[Language, str], str]) -> str:
    """The document, for a run in which every cell passed.

    Args:
        versions: By language and package, of what was run.
    """
    head = "| Client | Version | " + " | ".join(mode.replace("_", " + ") for mode in MODES) + " |"
    lines = [_HEAD, head, "|" + " --- |" * (2 + len(MODES))]
    for client in CLIENTS:
        marks = ("not offered" if mode in client.not_offered else "yes" for mode in MODES)
        lines.append(f"| {client.title} | {versions[client.language, client.package]} | {' | '.join(marks)} |")
    lines += ["", NOTE]
    reasons = {(client.title, why) for client in CLIENTS for why in client.not_offered.values()}
    lines += ["", "Not offered:", "", *(f"- {title}: {why}." for title, why in sorted(reasons))]
    lines += [
        "",
        "Run by other tests, with modes of their own:",
        "",
        *(f"- {title}: `{test}`." for title, test in ELSEWHERE.items()),
    ]
    lines += ["", "Not run:", "", *(f"- {title}: {why}." for title, why in NOT_RUN.items())]
    return "\n".join(lines) + "\n"
