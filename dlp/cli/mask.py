"""`dlp mask`: a text, or a request's body, as a provider would see it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from urllib.parse import urlsplit

from dlp.cli import NEGATIVE, OK
from dlp.cli.report import summary
from dlp.cli.screening import SCOPE, STDIN, Screen, add_policy_option, decode_text, encode_text, open_screen, read_bytes
from dlp.engine.case import Request
from dlp.engine.request import Engine
from dlp.errors import ConfigurationError, RequestBlocked, WireError
from dlp.policy.model import Mode
from dlp.printable import printable
from dlp.providers.format import WireFormat
from dlp.providers.formats.generic import GENERIC
from dlp.providers.table import default_table
from dlp.types import Action

_EPILOG = """\
Masks whatever the policy's mode: `mode: monitor` changes requests in the proxy alone.

examples:
  python -m dlp mask < letter.txt
  python -m dlp mask --policy strict letter.txt > masked.txt
  python -m dlp mask --json --endpoint https://api.openai.com/v1/chat/completions body.json

exit status:
  0  the masked text is on standard output, whether or not anything was found
  1  the policy blocks what was found: nothing was written
  2  not done: the policy, an option or the input can't be used, or detection failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `mask`."""
    parser.description = "Write a text with what the policy masks or redacts replaced."
    parser.epilog = _EPILOG
    parser.add_argument(
        "file", nargs="?", default=STDIN, metavar="FILE", help="what to mask; '-' or none: standard input"
    )
    add_policy_option(parser)
    parser.add_argument(
        "--json", action="store_true", help="the input is a JSON body: mask its texts, keep its structure"
    )
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="with --json: the body is for this URL of a provider, as https://api.openai.com/v1/chat/completions "
        "(default: every string is a text)",
    )


def run(args: argparse.Namespace) -> int:
    """Mask the input. Raises `PolicyError`, `ConfigurationError`, `DetectorError`."""
    if args.endpoint and not args.json:
        raise ConfigurationError("--endpoint goes with --json")
    wire_format, path = _endpoint(args.endpoint)
    screen = open_screen(args.policy)
    screen = replace(screen, policy=replace(screen.policy, mode=Mode.ENFORCE))
    content = read_bytes(args.file)
    try:
        masked = _mask_body(content, screen, wire_format, path) if args.json else _mask_text(content, screen)
    except WireError as error:
        raise ConfigurationError(f"cannot mask {printable(args.file, 300)} as a JSON body: {error}") from None
    except RequestBlocked as error:
        print(f"dlp: {error}; nothing was written", file=sys.stderr)
        return NEGATIVE
    sys.stdout.buffer.write(masked)
    return OK


def _mask_text(content: bytes, screen: Screen) -> bytes:
    masked = screen.mask(decode_text(content))
    blocked = [f for f in masked.findings if screen.policy.action_for(f.entity_type) is Action.BLOCK]
    if blocked:
        counted = {
            name: sum(f.entity_type == name for f in blocked) for name in sorted({f.entity_type for f in blocked})
        }
        raise RequestBlocked([(name, count, "the text") for name, count in counted.items()], screen.policy.name)
    print(f"dlp: {summary(masked.findings)}", file=sys.stderr)
    return encode_text(masked.text)


def _mask_body(content: bytes, screen: Screen, wire_format: WireFormat, path: str) -> bytes:
    request = Request("POST", path, content, content_type="application/json")
    engine = Engine(screen.policy, screen.detector, screen.key)
    return engine.examine(request, wire_format, SCOPE).body


def _endpoint(url: str | None) -> tuple[WireFormat, str]:
    if url is None:
        return GENERIC, "/"
    unknown = ConfigurationError(f"--endpoint: no provider is known at {printable(url, 200)}")
    try:
        parts = urlsplit(url)
        provider = default_table().find(parts.hostname)
    except ValueError:  # half an IPv6 address
        raise unknown from None
    if provider is None:
        raise unknown
    return provider.wire_format("POST", parts.path), parts.path or "/"
