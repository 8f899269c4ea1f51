"""`python -m dlp demo`: a conversation with three fake providers through the real proxy, seen from both ends.

Everything runs on this machine: the fake providers in this process, the proxy as a process of its own with a CA and a
key that are thrown away, and an application made of the standard library. The proxy reaches the fakes by way of
their own proxy port, as it would reach providers through a company's. Whether the provider saw a value is then not a
matter of looking: what it received is searched, and the exit status tells.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dlp.cli import NEGATIVE, OK
from dlp.cli.report import columns, paint, wants_colour
from dlp.environment import DEFAULT_LISTEN
from dlp.errors import ConfigurationError
from dlp.tokens import TOKEN

if TYPE_CHECKING:
    from dlp.fakes import FakeProviders, Received

START_SECONDS = 60.0
"""A proxy that is not ready by then has a fault that its output tells."""

STOP_SECONDS = 10.0
ANSWER_SECONDS = 30.0

EMAIL = "anna@example.org"
CARD = "4111 1111 1111 1111"
PHONE = "+44 20 7946 0958"
IBAN = "GB29 NWBK 6016 1331 9268 19"

SENSITIVE = (EMAIL, CARD, PHONE, IBAN)
"""What must not reach a provider. Every one is a documented example or reserved for fiction."""

_VALUE, _TOKEN, _TITLE, _DIM = "1;31", "1;32", "1", "2"
"""ANSI: values in bold red, tokens in bold green, titles bold, the rest dim."""

_HEADINGS = ("the application sends", "the provider sees", "the application gets back")
MIN_COLUMN = 30
"""Narrower than this, three columns can't be read and are put below one another."""

MAX_WIDTH = 150

_EXAMPLES = """\
examples:
  python -m dlp demo
  python -m dlp demo --policy ./team.yaml

exit status:
  0  no provider saw a value, and the application got all of them back (or its request was refused)
  1  it did not go so, for instance under a policy that lets values through: --policy monitor"""


@dataclass(frozen=True, slots=True)
class Scene:
    """One call of the application, and how to read each side of it."""

    title: str
    host: str
    path: str
    body: dict[str, Any]
    sent_text: Callable[[dict[str, Any]], str]
    """The text a person wrote, from a request body."""
    read_answer: Callable[[bytes], str]
    """What an application makes of the answer's body."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in one scene."""

    sent: str
    seen: str
    got: str
    notes: str
    leaked: tuple[str, ...]
    lost: tuple[str, ...]
    refused: bool


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `demo`."""
    parser.add_argument(
        "--policy", default="default", metavar="NAME|PATH", help="the policy to show (default: default)"
    )
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Play all scenes; 0 if no value leaked and none was lost, else 1."""
    from dlp.fakes import FakeProviders

    colour = wants_colour(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="dlp-demo-") as name, FakeProviders() as fake:
        folder = Path(name)
        with _proxy(fake, folder, args.policy) as (port, context):
            print(paint("Three fake providers, the real proxy, nothing leaves this machine.", _DIM, colour=colour))
            outcomes = []
            for scene in _scenes():
                outcome = play(scene, fake, port, context)
                outcomes.append(outcome)
                print()
                print("\n".join(render(scene.title, outcome, _width(), colour=colour)))
                sys.stdout.flush()
    print()
    return _verdict(outcomes, colour=colour)


def play(scene: Scene, fake: FakeProviders, proxy_port: int, context: ssl.SSLContext) -> Outcome:
    """Make one call through the proxy and compare what left with what arrived and what came back."""
    before = len(fake.received)
    answer, notes = _call(scene, proxy_port, context)
    arrived = fake.received[before:]
    sent, got = scene.sent_text(scene.body), scene.read_answer(answer)
    expected = [value for value in SENSITIVE if value in sent]
    refused = not arrived
    return Outcome(
        sent=sent,
        seen="\n".join(scene.sent_text(request.json()) for request in arrived) or "(nothing: the request was refused)",
        got=got,
        notes=notes,
        leaked=tuple(value for value in expected if _reached(value, arrived)),
        lost=() if refused else tuple(value for value in expected if value not in got),
        refused=refused,
    )


def _reached(value: str, arrived: Sequence[Received]) -> bool:
    written = json.dumps(value)[1:-1].encode()
    return any(value.encode() in request.everything() or written in request.everything() for request in arrived)


def _call(scene: Scene, proxy_port: int, context: ssl.SSLContext) -> tuple[bytes, str]:
    """The application: one HTTPS request through the proxy, with nothing but the standard library."""
    connection = http.client.HTTPSConnection(DEFAULT_LISTEN, proxy_port, timeout=ANSWER_SECONDS, context=context)
    with contextlib.closing(connection):
        connection.set_tunnel(scene.host, 443)
        headers = {"content-type": "application/json", **scene.headers}
        connection.request("POST", scene.path, json.dumps(scene.body), headers)
        response = connection.getresponse()
        body = response.read()
    facts = [f"{name[6:]} {value}" for name, value in response.getheaders() if name.lower().startswith("x-dlp-")]
    return body, ", ".join([f"HTTP {response.status}", *facts])


@contextlib.contextmanager
def _proxy(fake: FakeProviders, folder: Path, policy: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """The proxy as a process, with throw-away CA and key; yields its port and what its clients trust.

    Raises:
        ConfigurationError: it did not start; with what it said.
    """
    with socket.create_server((DEFAULT_LISTEN, 0)) as listener:
        port: int = listener.getsockname()[1]
    trusted = fake.authority.write(folder / "provider-ca.pem")
    command = [sys.executable, "-m", "dlp", "proxy", "--quiet", "--listen", DEFAULT_LISTEN, "--port", str(port)]
    command += ["--policy", policy, "--confdir", str(folder / "certs"), "--state", str(folder / "state")]
    command += ["--mode", f"upstream:http://{DEFAULT_LISTEN}:{fake.plain_port}"]
    command += ["--set", f"ssl_verify_upstream_trusted_ca={trusted}", "--set", "dlp_metrics=off"]
    command += ["--workers", "0"]  # three short calls: starting the workers would take longer than all the rest
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    said: list[str] = []
    listening = threading.Event()
    reader = threading.Thread(target=_read_output, args=(process.stderr, said, listening), daemon=True)
    reader.start()
    try:
        if not listening.wait(START_SECONDS) or not _is_ready(said):
            raise ConfigurationError("the proxy did not start:\n" + "".join(said[-20:]).rstrip())
        yield port, ssl.create_default_context(cafile=str(folder / "certs" / "mitmproxy-ca-cert.pem"))
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(STOP_SECONDS)


def _is_ready(said: Sequence[str]) -> bool:
    return any(line.startswith("dlp: listening on ") for line in said)


def _read_output(stderr: IO[str], said: list[str], listening: threading.Event) -> None:
    """Collect what the proxy says; `listening` is set when it listens, and when it has ended."""
    with stderr as lines:
        for line in lines:
            said.append(line)
            if _is_ready((line,)):
                listening.set()
    listening.set()


# The scenes: one provider each, and one way of answering each.


def _scenes() -> tuple[Scene, ...]:
    return (
        Scene(
            title="1. A plain answer: OpenAI chat completions",
            host="api.openai.com",
            path="/v1/chat/completions",
            body={
                "model": "gpt-5-mini",
                "messages": [{"role": "user", "content": f"Mail {EMAIL} about card {CARD}."}],
            },
            sent_text=lambda body: str(body["messages"][-1]["content"]),
            read_answer=_answer_of(lambda answer: answer["choices"][0]["message"]["content"]),
            headers={"authorization": "Bearer sk-demo"},
        ),
        Scene(
            title="2. A streamed answer, in events of three characters: Anthropic messages",
            host="api.anthropic.com",
            path="/v1/messages",
            body={
                "model": "claude-sonnet-5",
                "max_tokens": 500,
                "stream": True,
                "messages": [{"role": "user", "content": f"Is {PHONE} still right for {EMAIL}?"}],
            },
            sent_text=lambda body: str(body["messages"][-1]["content"]),
            read_answer=_anthropic_stream,
            headers={
                "x-api-key": "sk-demo",
                "anthropic-version": "2023-06-01",
                "x-fake-script": json.dumps({"delta_size": 3}),
            },
        ),
        Scene(
            title="3. A tool call: Gemini generateContent",
            host="generativelanguage.googleapis.com",
            path="/v1beta/models/gemini-2.5-flash:generateContent",
            body={
                "contents": [{"role": "user", "parts": [{"text": f'Transfer 20 to "{IBAN}" and tell {EMAIL}'}]}],
                "tools": [{"functionDeclarations": [{"name": "transfer", "description": "Send money", "parameters": {
                    "type": "OBJECT",
                    "properties": {"order": {"type": "STRING"}, "amount": {"type": "INTEGER"}},
                }}]}],
            },
            sent_text=lambda body: str(body["contents"][-1]["parts"][0]["text"]),
            read_answer=_answer_of(_gemini_call),
            headers={"x-goog-api-key": "demo"},
        ),
    )  # fmt: skip


def _answer_of(extract: Callable[[Any], Any]) -> Callable[[bytes], str]:
    """Read a JSON answer; one that isn't what was asked for (a refusal) is shown as it came."""

    def read(body: bytes) -> str:
        try:
            return str(extract(json.loads(body)))
        except (ValueError, KeyError, IndexError, TypeError):
            return body.decode("utf-8", "replace").strip()

    return read


def _gemini_call(answer: Any) -> str:
    call = answer["candidates"][0]["content"]["parts"][0]["functionCall"]
    arguments = ", ".join(f"{name}={value!r}" for name, value in call["args"].items())
    return f"{call['name']}({arguments})"


def _anthropic_stream(body: bytes) -> str:
    """The text of a message stream, its deltas put together."""
    deltas = []
    for line in body.decode("utf-8", "replace").splitlines():
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            deltas.append(event.get("delta", {}).get("text", ""))
    return "".join(deltas) or body.decode("utf-8", "replace").strip()


# What a person sees.


def _width() -> int:
    return min(shutil.get_terminal_size((120, 24)).columns, MAX_WIDTH)


def render(title: str, outcome: Outcome, width: int, *, colour: bool) -> list[str]:
    """The lines of one scene: three columns where they fit into `width`, else three paragraphs."""
    texts = (outcome.sent, outcome.seen, outcome.got)
    column = (width - 6) // 3
    head = [paint(title, _TITLE, colour=colour)]
    tail = [paint(outcome.notes, _DIM, colour=colour)]
    if column < MIN_COLUMN:
        blocks = [
            line
            for heading, text in zip(_HEADINGS, texts, strict=True)
            for line in (paint(heading, _DIM, colour=colour), *_painted(_wrap(text, width - 2), "  ", colour=colour))
        ]
        return [*head, *blocks, *tail]
    wrapped = [_wrap(text, column) for text in texts]
    height = max(map(len, wrapped))
    painted = [_painted(lines + [""] * (height - len(lines)), "", colour=colour, width=column) for lines in wrapped]
    headings = " │ ".join(paint(heading.ljust(column), _DIM, colour=colour) for heading in _HEADINGS)
    return [*head, headings.rstrip(), *[" │ ".join(row).rstrip() for row in zip(*painted, strict=True)], *tail]


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width`; values and tokens are not torn apart where they fit."""
    kept = text
    for value in SENSITIVE:
        kept = kept.replace(value, value.replace(" ", _HARD_SPACE))
    lines = [part for line in kept.splitlines() for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]
    return [line.replace(_HARD_SPACE, " ") for line in lines]


_HARD_SPACE = "\N{NO-BREAK SPACE}"


def _painted(lines: Sequence[str], indent: str, *, colour: bool, width: int = 0) -> list[str]:
    done = []
    for line in lines:
        padding = " " * max(0, width - columns(line))
        shown = TOKEN.sub(lambda match: paint(match[0], _TOKEN, colour=colour), line)
        for value in SENSITIVE:
            shown = shown.replace(value, paint(value, _VALUE, colour=colour))
        done.append(indent + shown + padding)
    return done


def _verdict(outcomes: Sequence[Outcome], *, colour: bool) -> int:
    leaked = sorted({value for outcome in outcomes for value in outcome.leaked})
    lost = sorted({value for outcome in outcomes for value in outcome.lost})
    if leaked:
        print(paint(f"A provider saw: {', '.join(leaked)}", _VALUE, colour=colour))
    if lost:
        print(paint(f"The application did not get back: {', '.join(lost)}", _VALUE, colour=colour))
    if leaked or lost:
        return NEGATIVE
    refused = sum(outcome.refused for outcome in outcomes)
    if refused:
        print(f"{refused} of {len(outcomes)} requests {'was' if refused == 1 else 'were'} refused, as the policy says.")
    tokens = {token for outcome in outcomes for token in TOKEN.findall(outcome.seen)}
    rest = "all of them" if not refused else "those of the others"
    message = f"The providers saw {len(tokens)} tokens and none of the values; the application got {rest} back."
    print(paint(message, _TOKEN, colour=colour))
    return OK
