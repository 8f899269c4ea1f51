"""A running proxy serves its metrics and its health, and works without them when it must."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy.exceptions import OptionsError

from dlp.engine.request import Engine
from dlp.fakes.server import FakeProviders
from dlp.proxy import examining
from dlp.proxy.operations import Operations
from tests.harness import wait_for
from tests.proxy.live import TIMEOUT, Exchange, LiveProxy, live_proxy, post, status_of

MAIL = "anna.keller@nordwind-labs.org"


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    folder = tmp_path_factory.mktemp("operations")
    with live_proxy(fake.port, fake.authority, folder, dlp_metrics="127.0.0.1:0") as running:
        yield running


def operations(proxy: LiveProxy) -> Operations:
    assert proxy.master is not None
    return proxy.master.addons.get("addon")._operations


def page(proxy: LiveProxy, path: str) -> tuple[int, str]:
    address = operations(proxy).address
    assert address is not None
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def ask(proxy: LiveProxy, text: str, **members: object) -> bytes:
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **members}).encode()
    exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com")
    return exchange.send(post(body)).answer()


def test_requests_show_up_without_their_values(proxy: LiveProxy) -> None:
    assert status_of(ask(proxy, f"Write to {MAIL}, please, about the meeting of next week")) == 200
    status, text = page(proxy, "/metrics")
    assert status == 200
    assert 'dlp_requests_total{provider="openai",verdict="rewrite"} 1.0' in text
    assert 'dlp_findings_total{entity_type="EMAIL_ADDRESS"} 1.0' in text
    assert 'dlp_stage_seconds_count{stage="examine"} 1.0' in text
    assert 'dlp_stage_seconds_count{stage="restore"} 1.0' in text
    assert "dlp_examinations_waiting 0.0" in text
    ends = re.search(r'^dlp_certificate_not_after_timestamp_seconds{certificate="ca"} (\S+)$', text, re.MULTILINE)
    assert ends is not None
    assert float(ends[1]) > 1_795_000_000
    assert MAIL not in text


def test_the_providers_own_count_of_cached_tokens_is_kept(proxy: LiveProxy) -> None:
    before = proxy.application.metrics.value("dlp_prompt_tokens_total", provider="openai")
    assert status_of(ask(proxy, "Count the tokens of this")) == 200
    # an answer is read in a thread of its own once it has ended
    wait_for(lambda: proxy.application.metrics.value("dlp_prompt_tokens_total", provider="openai") > before)


def test_ready_only_once_detection_is_loaded(proxy: LiveProxy) -> None:
    assert page(proxy, "/readyz") == (503, "models: is loading\n")
    proxy.application.warm()
    assert page(proxy, "/readyz") == (200, "ok\n")
    assert page(proxy, "/healthz") == (200, "ok\n")


def test_a_request_that_comes_while_detection_loads_waits_for_it_off_the_loop(
    fake: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examined at once, on the loop, it would load the same once more, and nobody else would be served meanwhile."""
    begun, go_on, answered = threading.Event(), threading.Event(), list[int]()

    def load(_engine: Engine, _texts: object = ()) -> None:
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr(Engine, "warm", load)
    with live_proxy(fake.port, fake.authority, tmp_path) as loading:
        fake.reset()
        warming = threading.Thread(target=loading.application.warm)
        asking = threading.Thread(target=lambda: answered.append(status_of(ask(loading, f"Write to {MAIL}"))))
        warming.start()
        assert begun.wait(60)
        asking.start()
        wait_for(lambda: examining.waiting() == 1)
        assert (fake.received, answered) == ([], [])
        go_on.set()
        warming.join()
        asking.join()
        assert answered == [200]
        assert MAIL.encode() not in fake.received[0].everything()
        assert status_of(ask(loading, "Nothing is loaded any more")) == 200


def test_a_taken_port_costs_the_metrics_and_nothing_else(
    fake: FakeProviders, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with live_proxy(fake.port, fake.authority, tmp_path, dlp_metrics=address) as without:
            assert status_of(ask(without, "hello")) == 200
    assert f"no metrics are served: {address}: Address already in use" in caplog.text


def test_a_bad_address_stops_the_start(fake: FakeProviders, tmp_path: Path) -> None:
    with (
        pytest.raises(OptionsError, match="dlp_metrics: expected HOST:PORT"),
        live_proxy(fake.port, fake.authority, tmp_path, dlp_metrics="nowhere"),
    ):
        pass
