"""What each stage costs, in this process, without a proxy and without workers."""

from __future__ import annotations

import gc
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench.measure import Report, interleaved, row, summary
from bench.texts import KINDS, chat_body, clean, prose, repeated
from dlp.app import Settings, build
from dlp.detect.detector import CoreDetector
from dlp.detect.ner import load_ner
from dlp.detect.secrets import SecretDetector
from dlp.detect.secrets.detector import literals as secret_literals
from dlp.detect.secrets.prefilter import fold
from dlp.detect.traits import traits_of
from dlp.engine.answer import stream_restorer
from dlp.engine.case import Request
from dlp.engine.events import EventRestorer
from dlp.engine.framing import SseFraming
from dlp.engine.leaves import Stats
from dlp.engine.opening import open_body
from dlp.engine.recheck import recheck
from dlp.engine.request import Engine
from dlp.masking.restoring import Originals
from dlp.policy.model import DetectSettings, NerLevel, NerSettings
from dlp.providers.format import WireFormat
from dlp.providers.table import default_table
from dlp.proxy import gate
from dlp.proxy.streams import StreamedAnswer, Tap
from dlp.vault.memory import MemoryVault
from dlp.wire.content_encoding import decode
from dlp.wire.json_leaves import decode_document, parse_leaves
from tests.harness import ROOT

HOST, PATH = "api.openai.com", "/v1/chat/completions"
MAIL = "anna.keller@nordwind-labs.org"


SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000}


def timed(run: Callable[[], object], *, per: float = 1) -> float:
    """Seconds of processor time of one run, divided by `per`: what others do on the machine is not in it."""
    began = time.process_time()
    run()
    return (time.process_time() - began) / per


def stages(rounds: int, *, long: bool) -> Report:
    """All stages. `long` adds texts of a megabyte."""
    provider = default_table().find(HOST)
    assert provider is not None
    form = provider.wire_format("POST", PATH)
    report: Report = {}
    report["detection, µs per 1000 new characters"] = _detection(rounds, long=long)
    with tempfile.TemporaryDirectory() as state:
        alone, turn = (build(Settings(state=Path(state) / name)).engine for name in ("alone", "turn"))
        for size in ("1 KB", "100 KB", *(("1 MB",) if long else ())):
            report[f"stages of a request with {size} of text, µs"] = _body(rounds, form, SIZES[size])
        report["conversations, ms"] = _conversations(alone, turn, form, rounds)
        examined = alone.examine(Request("POST", PATH, chat_body(f"mail {MAIL}"), "application/json"), form, "bench")
    (digest,) = examined.values
    report["a fresh process, ms"] = _fresh(max(3, rounds // 5))
    report["stream, µs per event"] = _stream(form, {digest: MAIL}, f"[PII:EMAIL:{digest}]", rounds)
    report["all that is done with a stream's event, µs"] = _streams({digest: MAIL}, f"[PII:EMAIL:{digest}]", rounds)
    return report


def _detection(rounds: int, *, long: bool) -> Report:
    """By what is looked for, kind of text and size; the ratio is to patterns in a clean kilobyte.

    Texts come a few in a row. The first of a row finds the processor's caches full of what others did: it has a line of its own.
    """
    layers = {
        "patterns": CoreDetector(DetectSettings(ner=NerSettings(pipeline="none"))),
        "with names, fast": CoreDetector(DetectSettings(ner=NerSettings(level=NerLevel.FAST))),
        "with names, balanced": CoreDetector(DetectSettings()),
    }
    for detector in layers.values():
        detector.examine([("Anna Weber, card 4111 1111 1111 1111", "")])
    gc.collect()
    gc.freeze()  # as the proxy and its workers do once all is loaded
    taken: dict[str, list[float]] = {}
    for size, characters in (SIZES if long else {size: n for size, n in SIZES.items() if n < 1_000_000}).items():
        runs: dict[str, Callable[[str], object]] = {
            layer: lambda text, d=detector: d.examine([(text, "")])
            for layer, detector in layers.items()
            if characters == 1_000 or layer == "patterns"
        }
        if characters == 1_000:
            runs |= _parts(layers["patterns"])
        variants = {
            f"{layer}, {kind}, {size}": lambda r=run, t=text, n=characters: _in_a_row(r, t, n)
            for layer, run in runs.items()
            for kind, text in KINDS.items()
        }
        rows = interleaved(variants, rounds if characters == 1_000 else 4)
        taken |= {name: [seconds for _, *counted in each for seconds in counted] for name, each in rows.items()}
        taken |= {
            f"{name}, after other work": [first for first, *_ in each]
            for name, each in rows.items()
            if name.startswith("patterns") and characters == 1_000
        }
    base = "patterns, clean, 1 KB"
    ratio = median(taken[base])
    return {name: {**row(found, 1e6), "ratio": round(median(found) / ratio, 2)} for name, found in taken.items()}


def _parts(patterns: CoreDetector) -> dict[str, Callable[[str], object]]:
    """What detection is made of: the two passes that decide what runs, the recognizers of secrets, and names by themselves."""
    names = load_ner(NerSettings())
    assert names is not None
    literals = secret_literals()
    return {
        "prefilter, traits": traits_of,
        "prefilter, words of secrets": lambda text: literals.hits(fold(text)),
        "recognizers, secrets": SecretDetector().find,
        "names alone, balanced": lambda text: names.find_many([text]),
        "seen before": _warmed(patterns),
    }


def _warmed(detector: CoreDetector) -> Callable[[str], object]:
    """Asks about one and the same text, whatever it is given; it is as long."""
    known: dict[int, str] = {}

    def ask(text: str) -> object:
        return detector.find(known.setdefault(len(text), text))

    return ask


_FRESH = """
import json, sys, time
began = time.process_time()
from dlp.detect.detector import CoreDetector
from dlp.policy.model import DetectSettings
times = [time.process_time() - began]
for run in (lambda: made.append(CoreDetector(DetectSettings())), *[lambda: made[0].examine([(sys.argv[1], "")])] * 2):
    made = [] if len(times) == 1 else made
    began = time.process_time()
    run()
    times.append(time.process_time() - began)
print(json.dumps(times))
"""
"""Prints the seconds of each step."""


def _fresh(rounds: int) -> Report:
    """What a process that has just started does first, all layers; the ratio is to the second text."""
    steps = ("import", "make the detector", "first text, 1 KB", "the same text again, uncached")
    taken: dict[str, list[float]] = {step: [] for step in steps}
    for _ in range(rounds):
        said = subprocess.run(
            [sys.executable, "-c", _FRESH, prose(1_000)], check=True, capture_output=True, text=True, cwd=ROOT
        ).stdout
        for step, seconds in zip(steps, json.loads(said), strict=True):
            taken[step].append(seconds)
    return summary(taken, steps[-1])


def _in_a_row(run: Callable[[str], object], text: Callable[[int], str], characters: int) -> list[float]:
    """Seconds per 1000 characters of some texts, one after the other; they are made before the clock starts."""
    texts = [text(characters) for _ in range(1 + max(1, MAX_ROW // characters))]
    return [timed(lambda t=each: run(t), per=len(each) / 1000) for each in texts]  # type: ignore[misc]


MAX_ROW = 10_000
"""Characters of the texts in a row that are counted, unless it is one."""


def _body(rounds: int, form: WireFormat, characters: int) -> Report:
    """One stage after the other, on the same body; the ratio is to parsing. One value in 400 characters is spliced in."""
    text = prose(characters)
    body = chat_body(text)
    packed = gzip.compress(body)
    document = decode_document(body)
    opened = open_body(body, "application/json", form)
    last = opened.texts[-1]
    last.edits = [(at, at + 20, "[PII:EMAIL:c4587843]") for at in range(0, characters - 20, 400)]
    rendered = opened.render()
    cache = CoreDetector(DetectSettings(ner=NerSettings(pipeline="none"))).cache
    cache.put(cache.key(text, ""), ())
    vault = MemoryVault()
    values = {f"{number:08x}": MAIL for number in range(20)}
    table = default_table()
    taken = interleaved(
        {
            "parse": lambda: timed(lambda: parse_leaves(document)),
            "gate": lambda: timed(lambda: gate.provider_of(table, [(HOST, 443)])),
            "decode gzip": lambda: timed(lambda: decode(packed, "gzip", limit=2**24)),
            "json.loads, to compare": lambda: timed(lambda: json.loads(body)),
            "find the texts": lambda: timed(lambda: open_body(body, "application/json", form)),
            "look a known text up": lambda: timed(lambda: cache.get(cache.key(text, ""))),
            "splice the tokens in": lambda: timed(opened.render),
            "check what leaves": lambda: timed(lambda: recheck(opened, rendered, "application/json", form)),
            "vault, 20 values": lambda: timed(lambda: vault.exchange("bench", values, 60.0)),
        },
        rounds,
    )
    return summary(taken, "parse", 1e6)


def _conversations(alone: Engine, turn: Engine, form: WireFormat, rounds: int) -> Report:
    """A last message of 2 KB alone and behind a history that was seen before, in turn; the ratio is to the same message's alone.

    One engine gets messages alone, another, for which they are as new, behind the history: of one text the model reads twice as much as of another, so
    that of different ones the ratio was a fifth more or less each time.
    """

    def examine(engine: Engine, body: bytes) -> float:
        return timed(lambda: engine.examine(Request("POST", PATH, body, "application/json"), form, "bench"))

    def messages(texts: Sequence[str]) -> list[dict[str, str]]:
        return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]

    def behind(history: list[dict[str, str]], text: str) -> bytes:
        return json.dumps({"model": "m", "messages": [*history, {"role": "user", "content": text}]}).encode()

    report: Report = {}
    for name, history, kind in (
        (
            "turn 50 of a chat, 2 KB of 100 KB new, the same values in each",
            [repeated(2_000) for _ in range(49)],
            repeated,
        ),
        ("turn 50 of a chat, 2 KB of 100 KB new, new values in each", [prose(2_000) for _ in range(49)], prose),
        ("coding agent, 2 KB of 200 KB new", [KINDS["code"](10_000) for _ in range(20)], prose),
    ):
        before = messages(history)
        cold = examine(turn, json.dumps({"model": "m", "messages": before}).encode())
        examine(alone, chat_body(kind(2_000)))
        taken: dict[str, list[float]] = {"alone": [], "turn": []}
        for number in range(max(50, rounds)):
            text = kind(2_000)
            variants = [("alone", alone, chat_body(text)), ("turn", turn, behind(before, text))]
            for how, engine, body in variants if number % 2 else reversed(variants):
                taken[how].append(examine(engine, body))
        rows = summary(taken, "alone")
        report |= {f"{name}: alone": rows["alone"], name: rows["turn"]}
        report[f"{name}: the first time"] = {**row([cold]), "ratio": round(cold / median(taken["alone"]), 2)}
    return report


def _stream(form: WireFormat, values: dict[str, str], token: str, rounds: int) -> Report:
    event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": 0, "delta": {"content": ""}, "logprobs": None, "finish_reason": None}]}  # fmt: skip

    def documents(pieces: Sequence[str]) -> list[bytes]:
        made = []
        for piece in pieces:
            event["choices"][0]["delta"]["content"] = piece  # type: ignore[index]
            made.append(json.dumps(event).encode())
        return made

    def restored(pieces: Sequence[str], links: frozenset[str] | None = frozenset()) -> float:
        restorer: EventRestorer[None] = EventRestorer(form, Originals(values, links=links), Stats())
        all_of_them = documents(pieces)
        return timed(lambda: [restorer.event(each, None) for each in all_of_them], per=len(all_of_them))

    def framed(pieces: Sequence[str]) -> float:
        decoder = SseFraming(form).decoder
        chunks = [b"data: " + each + b"\n\n" for each in documents(pieces)]
        return timed(lambda: [decoder.feed(chunk) for chunk in chunks], per=len(chunks))

    words = [f"{word} " for word in clean(3_000).split()[:500]]
    cut = [token[:5], token[5:14], token[14:]]
    taken = interleaved(
        {
            "no token": lambda: restored(words),
            "a token every 20 events": lambda: restored(([*words[:17], *cut]) * 25),
            "no token, values restored in every URL": lambda: restored(words, None),
            "a token every 20 events, values restored in every URL": lambda: restored(([*words[:17], *cut]) * 25, None),
            "framing alone": lambda: framed(words),
        },
        rounds,
    )
    return summary(taken, "no token", 1e6)


def _streams(values: dict[str, str], token: str, rounds: int) -> Report:
    """What mitmproxy calls for each chunk of an answer, one event in each; the ratio is to an OpenAI chat without tokens."""
    words = [f"{word} " for word in clean(3_000).split()[:500]]
    texts = {"no token": words, "a token every 20 events": [*words[:17], token[:5], token[5:14], token[14:]] * 25}

    def whole(form: WireFormat, chunks: Sequence[bytes]) -> float:
        stats = Stats()
        restorer = stream_restorer("text/event-stream", form, Originals(values, links=frozenset()), stats)
        tap = Tap(lambda _: (), lambda: None, lambda: None)
        restore = StreamedAnswer(restorer, stats, lambda _: None, tap=tap)
        return timed(lambda: [restore(chunk) for chunk in chunks], per=len(chunks))

    variants = {}
    for kind, (host, path, write) in _STREAMS.items():
        provider = default_table().find(host)
        assert provider is not None
        form = provider.wire_format("POST", path)
        for which, pieces in texts.items():
            chunks = [write(text, number) for number, text in enumerate(pieces, 1)]
            variants[f"{kind}, {which}"] = lambda f=form, c=chunks: whole(f, c)
    return summary(interleaved(variants, rounds), "OpenAI chat, no token", 1e6)


def _event(document: dict[str, object], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document, separators=(',', ':'))}\n\n".encode()


def _chat_event(text: str, number: int) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return _event({**head, "choices": [choice], "obfuscation": "x" * (number % 9)})


def _responses_event(text: str, number: int) -> bytes:
    name = "response.output_text.delta"
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    padding = {"logprobs": [], "obfuscation": "x" * (number % 9)}
    return _event({"type": name, "sequence_number": number, **where, "delta": text, **padding}, name)


def _anthropic_event(text: str, _number: int) -> bytes:
    name = "content_block_delta"
    return _event({"type": name, "index": 0, "delta": {"type": "text_delta", "text": text}}, name)


def _gemini_event(text: str, number: int) -> bytes:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": number, "totalTokenCount": number + 9}
    return _event({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"})


_STREAMS: dict[str, tuple[str, str, Callable[[str, int], bytes]]] = {
    "OpenAI chat": (HOST, PATH, _chat_event),
    "Responses": (HOST, "/v1/responses", _responses_event),
    "Anthropic": ("api.anthropic.com", "/v1/messages", _anthropic_event),
    "Gemini": ("generativelanguage.googleapis.com", "/v1beta/models/m:streamGenerateContent", _gemini_event),
}
"""Host, path and an event with its number, as each writes them."""
