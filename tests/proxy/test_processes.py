"""Several proxy processes on one port, for real: who gets what, what they share, and what becomes of requests when one of them goes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path

import httpx
import pytest

from dlp.cli import main
from dlp.cli.status import Samples, read_samples
from dlp.fakes import FakeProviders
from dlp.fakes.script import Script
from dlp.metrics.client import fetch
from tests.harness import ROOT, TIMEOUT_FACTOR, ProxyProcess, free_port, leaks_of, wait_for
from tests.proxy.test_workers import children

EMAIL = "anna.keller@nordwind-labs.org"
POLICY = """\
version: 1
name: team
detect: {{ner: {{pipeline: none}}}}
entities: {{DEFAULT: {action}}}
vault: {{days: 1}}
limits: {{policy: {{concurrent: 100}}, caller: {{requests_per_minute: {limit}}}}}
"""
UNLIMITED = 1_000_000
CHAT = "https://api.openai.com/v1/chat/completions"
RESPONSES = "https://api.openai.com/v1/responses"
wait_for_all = partial(wait_for, every=0.15)
"""Each question goes to all the processes, most of which are busy enough with starting."""
TOKEN = re.compile(r"\[PII:[A-Z_]+:[0-9a-f]+\]")


class Processes(ProxyProcess):
    """Two processes, and what they say of themselves."""

    def __init__(self, fake: FakeProviders, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.policy = folder / "team.yaml"
        self.policy.write_text(POLICY.format(action="mask", limit=UNLIMITED))
        self.metrics = ("127.0.0.1", free_port())
        options = {"dlp_metrics": "{}:{}".format(*self.metrics)}
        super().__init__(fake, folder, policy=self.policy, options=options)
        self.add_arguments("--processes", "2")

    @cached_property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.bundle()))

    def client(self) -> httpx.Client:
        url, headers = f"http://127.0.0.1:{self.port}", {"authorization": "Bearer sk-anna"}
        return httpx.Client(proxy=url, verify=self.trust, trust_env=False, timeout=60, headers=headers)

    def samples(self) -> Samples:
        return read_samples(fetch(self.metrics, "/metrics", 20)[1])

    def by_process(self, name: str) -> dict[str, float]:
        return {labels["process"]: number for labels, number in self.samples().get(name, [])}

    def pids(self) -> dict[str, int]:
        """The processes by their number; of two with one number, the newer."""
        found = {}
        for child in sorted(children(self.pid)):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if b"--supervised" in command:
                    number = command[command.index(b"--supervised") + 1].decode().partition(",")[2]
                    found[number] = child
        return found

    def ready(self) -> bool:
        return self.samples()["dlp_processes"][0][1] == 2


@pytest.fixture(scope="module")
def running(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with Processes(fake, tmp_path_factory.mktemp("processes")) as proxy:
        wait_for_all(proxy.ready)
        yield proxy


@pytest.fixture
def proxy(running: Processes, fake: FakeProviders) -> Iterator[Processes]:
    fake.reset()
    wait_for_all(running.ready)
    wait_for_all(lambda: not any(running.by_process("dlp_connections").values()))
    yield running
    assert not leaks_of(fake.received, [EMAIL])


def chat(text: str = f"I am {EMAIL}", *, stream: bool = False) -> dict[str, object]:
    return {"model": "m", "stream": stream, "messages": [{"role": "user", "content": text}]}


def say(client: httpx.Client, text: str = f"I am {EMAIL}") -> str:
    answer = client.post(CHAT, json=chat(text))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def test_connections_go_to_the_process_with_the_fewest(proxy: Processes, fake: FakeProviders) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(proxy.client()) for _ in range(4)]
        tokens = set()
        for client in clients:
            assert EMAIL in say(client)
            tokens.update(TOKEN.findall(fake.received[-1].text))
        assert proxy.by_process("dlp_connections") == {"1": 2, "2": 2}
        assert all(count > 0 for count in proxy.by_process("dlp_requests_total").values())
        assert len(tokens) == 1  # the same in every process


def test_a_client_that_comes_again_finds_the_process_that_knows_its_texts(proxy: Processes) -> None:
    before = proxy.by_process("dlp_requests_total")
    for _ in range(3):
        with proxy.client() as client:
            say(client)
        wait_for_all(lambda: not any(proxy.by_process("dlp_connections").values()))
    after = proxy.by_process("dlp_requests_total")
    assert sorted(after[number] - before.get(number, 0) for number in after) == [0, 3]


def test_a_conversation_goes_on_in_the_other_process(proxy: Processes, fake: FakeProviders) -> None:
    with proxy.client() as one, proxy.client() as other:
        first = one.post(RESPONSES, json={"model": "m", "input": f"I am {EMAIL}"}).json()
        [token] = TOKEN.findall(fake.received[-1].text)
        fake.script = Script(text=f"You are {token}.")
        asked = {"model": "m", "input": "Who am I?", "previous_response_id": first["id"]}
        assert f"You are {EMAIL}." in other.post(RESPONSES, json=asked).text
        assert proxy.by_process("dlp_connections") == {"1": 1, "2": 1}


def test_a_changed_policy_reaches_all_and_its_limits_hold_for_all_together(proxy: Processes) -> None:
    loaded = proxy.by_process("dlp_policy_loaded_timestamp_seconds")
    proxy.policy.write_text(POLICY.format(action="block", limit=2))
    wait_for_all(
        lambda: all(proxy.by_process("dlp_policy_loaded_timestamp_seconds")[n] > at for n, at in loaded.items())
    )
    with proxy.client() as one, proxy.client() as other:
        answers = [client.post(CHAT, json=chat()).status_code for client in (one, other, one, other)]
        assert answers == [400, 400, 429, 429]  # and they count together
    loaded = proxy.by_process("dlp_policy_loaded_timestamp_seconds")
    proxy.policy.write_text(POLICY.format(action="mask", limit=UNLIMITED))
    wait_for_all(
        lambda: all(proxy.by_process("dlp_policy_loaded_timestamp_seconds")[n] > at for n, at in loaded.items())
    )


def test_one_that_is_killed_is_replaced_and_the_other_does_not_notice(proxy: Processes, fake: FakeProviders) -> None:
    fake.script = Script(hold_after=3)
    with proxy.client() as client, client.stream("POST", CHAT, json=chat(stream=True)) as answer:
        lines = answer.iter_lines()
        next(lines)
        [streams] = [number for number, count in proxy.by_process("dlp_connections").items() if count]
        before = proxy.pids()
        [victim] = before.keys() - {streams}
        os.kill(before[victim], signal.SIGKILL)
        wait_for_all(lambda: proxy.pids().get(victim, before[victim]) != before[victim] and proxy.ready())
        fake.release()
        assert "data: [DONE]" in list(lines)
    assert proxy.pids()[streams] == before[streams]
    assert f"process {victim} was ended by SIGKILL" in proxy.output()
    assert proxy.samples()["dlp_processes_died_total"][0][1] == 1


def test_renewing_loses_no_request_and_cuts_no_stream(proxy: Processes, fake: FakeProviders) -> None:
    """SIGHUP, while clients send one request after another over connections old and new, and a stream runs."""
    before, stop, failures, done = proxy.pids(), threading.Event(), [], [0, 0]

    def keep_asking(number: int, *, keep: bool) -> None:
        try:
            while not stop.is_set():
                with proxy.client() as client:
                    while not stop.wait(0.05):
                        assert EMAIL in say(client)
                        done[number] += 1
                        if not keep:
                            break
        except Exception as error:  # shown by the test
            failures.append(error)

    fake.enqueue(Script(hold_after=3))
    with proxy.client() as client, client.stream("POST", CHAT, json=chat(stream=True)) as answer:
        lines = answer.iter_lines()
        next(lines)
        threads = [threading.Thread(target=keep_asking, args=(n,), kwargs={"keep": n == 0}) for n in range(2)]
        for thread in threads:
            thread.start()
        os.kill(proxy.pid, signal.SIGHUP)
        wait_for_all(lambda: bool(failures) or len(set(proxy.pids().values()) - set(before.values())) >= 1)
        fake.release()
        assert "data: [DONE]" in list(lines)
    wait_for_all(lambda: bool(failures) or "all 2 processes are new" in proxy.output())
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert min(done) > 3
    assert not set(proxy.pids().values()) & set(before.values())


def over_http2(proxy: Processes) -> httpx.Client:
    url, headers = f"http://127.0.0.1:{proxy.port}", {"authorization": "Bearer sk-anna"}
    return httpx.Client(
        proxy=url, verify=proxy.trust, trust_env=False, timeout=60, headers=headers, http1=False, http2=True
    )


def test_renewing_loses_no_request_over_http2(proxy: Processes, fake: FakeProviders) -> None:
    """One client asks again and again, one is idle meanwhile, one has a stream that runs; each goes on with the connection it thinks it has."""
    before, stop, failures, done = proxy.pids(), threading.Event(), [], []
    renewed = proxy.output().count("all 2 processes are new")

    def keep_asking(client: httpx.Client) -> None:
        try:
            while not stop.wait(0.02):  # without a pause it would take the processor from those that start
                assert EMAIL in say(client)
                done.append(1)
        except Exception as error:  # shown by the test
            failures.append(error)

    with over_http2(proxy) as busy, over_http2(proxy) as idle, over_http2(proxy) as streaming:
        answers = [client.post(CHAT, json=chat()).http_version for client in (busy, idle, streaming)]
        assert answers == ["HTTP/2"] * 3
        fake.enqueue(Script(hold_after=3))
        with streaming.stream("POST", CHAT, json=chat(stream=True)) as answer:
            lines = answer.iter_lines()
            next(lines)
            asking = threading.Thread(target=keep_asking, args=(busy,))
            asking.start()
            os.kill(proxy.pid, signal.SIGHUP)
            wait_for_all(lambda: bool(failures) or len(set(proxy.pids().values()) - set(before.values())) >= 1)
            fake.release()
            assert "data: [DONE]" in list(lines)
        wait_for_all(lambda: bool(failures) or proxy.output().count("all 2 processes are new") > renewed)
        stop.set()
        asking.join()
        assert not failures
        assert len(done) > 3
        for client in (busy, idle, streaming):
            assert EMAIL in say(client)


def test_renewing_with_a_broken_policy_changes_nothing(proxy: Processes) -> None:
    before = proxy.pids()
    proxy.policy.write_text("version: 1\nname: team\nentites: {}\n")
    os.kill(proxy.pid, signal.SIGHUP)
    wait_for_all(lambda: "the processes that there are go on" in proxy.output())
    with proxy.client() as one, proxy.client() as other:
        assert EMAIL in say(one) + say(other)
    proxy.policy.write_text(POLICY.format(action="mask", limit=UNLIMITED))
    wait_for_all(lambda: not any(proxy.by_process("dlp_policy_reload_failed").values()))
    assert proxy.pids() == before


def test_one_that_is_told_to_stop_is_replaced(proxy: Processes) -> None:
    before = proxy.pids()
    os.kill(before["1"], signal.SIGTERM)
    wait_for_all(lambda: proxy.pids()["1"] != before["1"] and proxy.ready())
    with proxy.client() as client:
        assert EMAIL in say(client)


def test_health_and_status_are_of_all(proxy: Processes, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(proxy.metrics, "/readyz", 20) == fetch(proxy.metrics, "/healthz", 20) == (200, "ok\n")
    main(["status", "--json", "--metrics", "{}:{}".format(*proxy.metrics)])
    assert json.loads(capsys.readouterr().out)["facts"]["processes"] == "2 of 2"


def test_stopping_lets_a_stream_end_and_all_of_it_is_in_one_audit_log(proxy: Processes, fake: FakeProviders) -> None:
    fake.script = Script(hold_after=3)
    with proxy.client() as client, client.stream("POST", CHAT, json=chat(stream=True)) as answer:
        lines = answer.iter_lines()
        next(lines)
        pids = proxy.pids()
        os.kill(proxy.pid, signal.SIGTERM)
        wait_for_all(lambda: len(proxy.pids()) == 1)  # the idle one has ended
        with pytest.raises(httpx.ConnectError), proxy.client() as late:
            say(late)
        fake.release()
        assert "data: [DONE]" in list(lines)
    assert proxy.wait() == 0
    assert all(not Path(f"/proc/{pid}").exists() for pid in pids.values())
    assert main(["audit", "verify", str(proxy.audit), "--state", str(proxy.state)]) == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--policy", "{policy}"], "unknown key 'entites'"),
        (["--set", "ssl_insecure=true"], "option ssl_insecure would bypass masking"),
        (["--mode", "dns"], "--mode dns: only TCP can be shared by several processes"),
        (["--processes", "0"], "expected auto or a number from 1 to 256"),
    ],
    ids=["policy", "found out by a process", "mode", "number"],
)
def test_a_start_that_fails_says_why_once(arguments: list[str], reason: str, tmp_path: Path) -> None:
    policy, port = tmp_path / "team.yaml", free_port()
    policy.write_text("version: 1\nname: team\nentites: {}\n")
    command = [sys.executable, "-m", "dlp", "proxy", "--port", str(port), "--processes", "2"]
    command += ["--confdir", str(tmp_path / "certs"), "--state", str(tmp_path / "state"), "--set", "dlp_metrics=off"]
    ended = subprocess.run(
        [*command, *(argument.format(policy=policy) for argument in arguments)], cwd=ROOT, capture_output=True,
        text=True, timeout=120 * TIMEOUT_FACTOR, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.count(reason) == 1
    assert "listening" not in ended.stderr
