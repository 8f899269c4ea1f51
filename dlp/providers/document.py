"""The provider tables as a page for people: `python -m dlp.providers.document > docs/providers.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from dlp.providers.format import Payload, Route, WireFormat
from dlp.providers.table import Provider, default_table, routes_of

_HEAD = """\
# Providers and wire formats

Written by `python -m dlp.providers.document` from `dlp/providers/hosts.yaml` and `dlp/providers/formats/`; a test compares.

TLS is opened for these hosts and no others; a policy's `hosts:` adds to them. `*.` stands for any number of labels, `{r}` for one
part of a name (a region, a resource). Errors are worded as the provider would word them, so that its SDK raises its own exception.
An endpoint that no row below names is read by the `generic` format: every string of a JSON body is examined
except structural names, and every string of the answer is restored. Forms, uploads, JSON Lines and texts are examined on any
endpoint (lines one after the other, in uploads as well; how much memory large ones take stands in `performance.md`), and so are the messages of gRPC, gRPC-Web and Connect, whose fields are told apart without a schema: in gRPC and Connect one by one, as they
come, so that the two sides of a call may take turns. Such calls are counted by endpoint (`dlp_unknown_endpoints_total`), with `*` for what may be an id or a value.
"""

_PATHS = """\
Paths are searched in the normalised path (no query, percent-decoded once, no `//`, `.` or `..`), in the order of the provider's
formats; the first that fits counts."""

_OPAQUE = "Undocumented or binary protocol: what can't be read follows the policy's `on_unscannable`."


def page() -> str:
    """The page, as Markdown."""
    providers = default_table().providers
    never = ", ".join(f"`{host}`" for host in sorted(default_table().never_open))
    families = sorted({family for provider in providers for family in provider.families})
    return "\n".join(
        [
            _HEAD,
            "## Providers",
            "",
            *_table(("Provider", "Hosts", "Speaks", "Errors", ""), map(_provider_row, providers)),
            "",
            f"Never opened although they stand under one of these names, because they carry no prompts: {never}.",
            "",
            "## Endpoints",
            "",
            _PATHS,
            *(line for family in families for line in _family(family)),
            "",
        ]
    )


def _provider_row(provider: Provider) -> tuple[str, ...]:
    hosts = ", ".join(f"`{host}`" for host in default_table().hosts_of(provider.id))
    return (
        provider.id,
        hosts,
        ", ".join(provider.families) or "generic",
        provider.errors,
        _OPAQUE if provider.opaque else "",
    )


def _family(family: str) -> Iterator[str]:
    yield from ("", f"### {family}", "")
    yield from _table(("Path", "Methods", "Format", "Streams"), map(_route_row, routes_of((family,))))


def _route_row(route: Route) -> tuple[str, ...]:
    path = route.path.pattern.replace("|", "\\|")
    return (f"`{path}`", ", ".join(sorted(route.methods)), route.format.id, _streams(route.format))


def _streams(wire_format: WireFormat) -> str:
    if wire_format.raw_events:
        return "events of bare text: " + ", ".join(f"`{name}`" for name in sorted(wire_format.raw_events))
    if wire_format.payload is Payload.BASE64_TEXT:
        return "text in base64, in AWS event-stream frames"
    if wire_format.stream is None:
        return "no"
    fields = ", ".join(f"`{pattern}`" for pattern in wire_format.stream.patterns)
    if wire_format.payload is Payload.BASE64_JSON:
        return f"{fields}, in base64, in AWS event-stream frames"
    return fields


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
