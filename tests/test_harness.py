"""The harness must be able to fail: through a proxy that masks nothing, its search finds every value."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from dlp.fakes import FakeProviders, Script
from tests.harness import TIMEOUT_FACTOR, ProxyProcess, direct_environment, find_leaks, leaks_of, run_client, spellings
from tests.interop.programs import run_forked
from tests.proxy.sockets import LoopThread

VALUES = ("anna.keller@nordwind-labs.org", 'Blue "Bird" \\ Nine', "Größenwahn")

PROGRAM = """
import json, sys, urllib.request
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": sys.argv[1]}]}).encode()
for _ in range(7):
    request = urllib.request.Request("https://api.openai.com/v1/chat/completions", body, {"content-type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))
print(answer["choices"][0]["message"]["content"])
"""


@pytest.mark.timeout(120)
def test_a_proxy_without_the_addon_shows_the_provider_every_value(tmp_path: Path) -> None:
    """Names are redirected, TLS is verified on both sides, the client reads its answer, and the leak is seen."""
    mitmdump = ("mitmdump", "--listen-host", "127.0.0.1", "--listen-port", "{port}", "--set", "confdir={folder}/certs")
    command = [sys.executable, "-c", PROGRAM, " and ".join(VALUES)]
    with FakeProviders() as fake:
        expected = run_client(command, direct_environment(fake, tmp_path / "direct"))
        fake.reset()
        with ProxyProcess(fake, tmp_path / "proxy", command=mitmdump) as proxy:
            assert run_client(command, proxy.client_environment()) == expected
        assert {request.sni for request in fake.received} == {"api.openai.com"}
        assert len(fake.received) == 7  # more than mitmproxy opens connections for when addresses are rewritten
        assert leaks_of(fake.received, VALUES) == sorted(VALUES)


def test_a_proxy_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The end of the process and its message are reported, not a timeout."""
    with FakeProviders() as fake:
        proxy = ProxyProcess(fake, tmp_path, command=("mitmdump", "--no-such-option"))
        with pytest.raises(RuntimeError, match="no-such-option"):
            proxy.start()


@pytest.mark.parametrize(
    "haystack",
    [
        VALUES[1].encode(),
        json.dumps({"text": VALUES[1]}).encode(),
        json.dumps({"arguments": json.dumps({"text": VALUES[1]})}).encode(),
        b"/v1/files?name=Blue%20%22Bird%22%20%5C%20Nine",
        VALUES[1].upper().encode(),
    ],
    ids=["plain", "in JSON", "in JSON in JSON", "in a URL", "in capitals"],
)
def test_a_value_is_found_however_it_is_spelled(haystack: bytes) -> None:
    assert find_leaks(haystack, VALUES) == [VALUES[1]]


def test_letters_outside_ascii_are_found_escaped_and_not() -> None:
    assert {
        "Größenwahn".encode(),
        rb"Gr\u00f6\u00dfenwahn",
        rb"Gr\\u00f6\\u00dfenwahn",
        b"Gr%C3%B6%C3%9Fenwahn",
    } <= spellings("Größenwahn")


def test_scripts_of_the_fake_are_forgotten_between_runs() -> None:
    """`reset` brings back the echo, so that one test's script never answers another's request."""
    with FakeProviders(script=Script(text="scripted")) as fake:
        fake.enqueue(Script(text="queued"))
        fake.reset()
        assert fake.script == Script()
        assert fake.received == []


def test_a_client_that_hangs_says_where(tmp_path: Path) -> None:
    """And doesn't hold up the suite."""
    hangs = "import threading\ndef waits_for_nobody(): threading.Event().wait()\nwaits_for_nobody()"
    with pytest.raises(AssertionError, match=r"hung for 3 s(?s:.*)in waits_for_nobody"):
        run_client([sys.executable, "-c", hangs], {}, timeout=3 / TIMEOUT_FACTOR)


def test_a_socket_of_the_tests_waits_for_nothing_for_ever() -> None:
    loop = LoopThread()
    with pytest.raises(AssertionError, match=r"hearing: no end within 0\.01 s"):
        loop.run("hearing", asyncio.Event().wait, 0.01)
    loop.stop()


def test_a_forked_program_has_an_environment_of_its_own_and_says_why_it_failed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import os, sys\nprint(os.environ['WHO'], sys.argv[1:])\nassert os.environ['WHO'] != 'c'\n")
    command = [sys.executable, str(program), "x"]
    said = run_forked(command, [{"WHO": "a"}, {"WHO": "b"}], tmp_path, modules=["json"])
    assert said == ["a ['x']\n", "b ['x']\n"]
    with pytest.raises(AssertionError, match=r"(?s)program.py ended with 1:.*AssertionError"):
        run_forked(command, [{"WHO": "a"}, {"WHO": "c"}], tmp_path, modules=[])
