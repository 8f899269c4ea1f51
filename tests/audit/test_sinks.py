"""Events reach syslog and a collector, wait while those are away, and are refused when too many wait."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dlp.audit.acts import Act, ActRecord
from dlp.audit.events import Record
from dlp.audit.otlp import Otlp
from dlp.audit.sink import AllOf, Courier, Messenger
from dlp.audit.syslog import Syslog
from dlp.audit.trail import AuditSettings, AuditTrail
from dlp.errors import AuditError, ConfigurationError
from dlp.types import Verdict
from tests.audit.test_log import EVENT

PATIENCE = 20.0
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RICH = replace(
    EVENT,
    action=Verdict.BLOCK,
    entities={"CREDIT_CARD": 2},
    model="gpt-4o",
    status=400,
    ms=12.5,
    trace_parent=f"00-{TRACE}-{SPAN}-01",
)


ACT = ActRecord(time=EVENT.time, act=Act.RESTORE, operator="anna", tokens=("c4587843",), shown={"EMAIL_ADDRESS": 1})


class Place:
    """Something that takes events, and can be away."""

    def __init__(self) -> None:
        self.got: queue.Queue[Record] = queue.Queue()
        self.away = threading.Event()
        self.tried = threading.Event()

    def close(self) -> None:
        return

    def deliver(self, events: Sequence[Record]) -> None:
        self.tried.set()
        if self.away.is_set():
            raise ConnectionRefusedError(111, "Connection refused")
        for event in events:
            self.got.put(event)


def test_a_courier_keeps_order() -> None:
    place = Place()
    courier = Courier("place", place)
    for number in range(100):
        courier.write(replace(EVENT, request_id=str(number)))
    got = [place.got.get(timeout=PATIENCE) for _ in range(100)]
    assert got == [replace(EVENT, request_id=str(number)) for number in range(100)]
    courier.close()


def test_events_wait_for_a_place_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.audit.sink._FIRST_PAUSE", 0.01)
    place = Place()
    place.away.set()
    courier = Courier("place", place)
    courier.write(EVENT)
    assert place.tried.wait(PATIENCE)
    place.away.clear()
    assert place.got.get(timeout=PATIENCE) == EVENT
    courier.close()


def test_a_full_queue_refuses_and_blocks_nobody() -> None:
    place = Place()
    place.away.set()
    courier = Courier("place", place, capacity=5)
    courier.write(EVENT)
    assert place.tried.wait(PATIENCE)  # it is on its way; the next five wait
    for _ in range(5):
        courier.write(EVENT)
    with pytest.raises(AuditError, match=r"^cannot write audit events to place: 5 are waiting$"):
        courier.write(EVENT)
    courier.close()
    with pytest.raises(AuditError, match="is closed"):
        courier.write(EVENT)


def test_what_waits_is_delivered_at_the_end() -> None:
    place = Place()
    courier = Courier("place", place)
    for _ in range(50):
        courier.write(EVENT)
    courier.close()
    assert place.got.qsize() == 50


def test_every_sink_gets_every_event() -> None:
    class Broken:
        def write(self, event: Record) -> None:
            raise AuditError("broken")

        def close(self) -> None:
            return

    place = Place()
    courier = Courier("place", place)
    with pytest.raises(AuditError, match="broken"):
        AllOf([Broken(), courier]).write(EVENT)
    assert place.got.get(timeout=PATIENCE) == EVENT
    courier.close()


# -- syslog --------------------------------------------------------------------------------------------------------------


def message_of(data: bytes) -> dict[str, Any]:
    head, _, body = data.partition(b" audit - ")
    assert head.startswith(b"<109>1 2026-11-21T00:00:00.000Z ")
    return dict(json.loads(body))


def test_syslog_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(PATIENCE)
        syslog = Syslog(f"syslog+udp://127.0.0.1:{receiver.getsockname()[1]}")
        syslog.deliver([EVENT, EVENT])
        assert message_of(receiver.recv(65536))["request_id"] == "req_1"
        syslog.close()


def test_syslog_over_a_local_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "log"))
        receiver.settimeout(PATIENCE)
        syslog = Syslog(f"syslog:{tmp_path}/log")
        syslog.deliver([EVENT])
        assert message_of(receiver.recv(65536))["host"] == "api.openai.com"
        syslog.close()


def test_syslog_over_tcp_counts_octets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        syslog = Syslog(f"syslog+tcp://127.0.0.1:{receiver.getsockname()[1]}")
        syslog.deliver([EVENT])
        syslog.close()
        connection, _ = receiver.accept()
        with connection:
            length, _, rest = connection.makefile("rb").read().partition(b" ")
    assert len(rest) == int(length)
    assert message_of(rest)["method"] == "POST"


def test_a_receiver_that_is_away_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Syslog(f"syslog:{tmp_path}/nowhere").deliver([EVENT])


@pytest.mark.parametrize(
    "target", ["syslog:", "syslog:log", "syslog+udp://host", "syslog+xyz://host:1", "syslog+tcp://host:0"]
)
def test_no_syslog_target(target: str) -> None:
    with pytest.raises(ConfigurationError, match="syslog"):
        Syslog(target)


# -- OpenTelemetry -------------------------------------------------------------------------------------------------------


class Collector:
    def __init__(self) -> None:
        self.posts: queue.Queue[tuple[str, dict[str, Any], dict[str, str]]] = queue.Queue()
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = outer.statuses.pop(0) if outer.statuses else 200
                outer.posts.put((self.path, json.loads(body), dict(self.headers)))
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.server.shutdown()
    running.server.server_close()


def plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}


def test_an_event_becomes_a_record_and_a_span(collector: Collector) -> None:
    exporter = Otlp(collector.url, {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc, x-team=a"})
    exporter.deliver([RICH])
    exporter.close()
    path, logs, headers = collector.posts.get(timeout=PATIENCE)
    assert path == "/v1/logs"
    assert headers["authorization"] == "Bearer abc"
    [record] = logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert json.loads(record["body"]["stringValue"])["entities"] == {"CREDIT_CARD": 2}
    assert (record["traceId"], record["severityText"]) == (TRACE, "WARN")
    path, traces, _ = collector.posts.get(timeout=PATIENCE)
    assert path == "/v1/traces"
    [span] = traces["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["parentSpanId"]) == (TRACE, SPAN)
    assert int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) == 12_500_000
    shown = plain(span["attributes"])
    assert shown["dlp.findings.CREDIT_CARD"] == "2"
    assert shown["dlp.action"] == "block"
    assert shown["gen_ai.request.model"] == "gpt-4o"


@pytest.mark.parametrize(
    "parent", [None, "", "garbage", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-anna@example.org"]
)
def test_without_a_sound_trace_parent_a_span_has_no_parent(parent: str | None, collector: Collector) -> None:
    exporter = Otlp(collector.url)
    exporter.deliver([replace(EVENT, trace_parent=parent)])
    exporter.close()
    collector.posts.get(timeout=PATIENCE)
    [span] = collector.posts.get(timeout=PATIENCE)[1]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert "parentSpanId" not in span
    assert "anna" not in json.dumps(span)


def test_what_an_operator_does_becomes_a_record_and_no_span(collector: Collector) -> None:
    exporter = Otlp(collector.url)
    exporter.deliver([ACT, replace(ACT, act=Act.REFUSE, tried=Act.RESTORE)])
    exporter.deliver([EVENT])
    exporter.close()
    path, logs, _ = collector.posts.get(timeout=PATIENCE)
    looked, refused = logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert path == "/v1/logs"
    assert (looked["severityText"], refused["severityText"]) == ("INFO", "WARN")
    shown = plain(looked["attributes"])
    assert (shown["dlp.action"], shown["dlp.client"]) == ("restore", "operator:anna")
    assert shown["dlp.shown.EMAIL_ADDRESS"] == "1"
    assert collector.posts.get(timeout=PATIENCE)[0] == "/v1/logs"  # of the next delivery


def test_a_messenger_says_at_once_that_nobody_is_there() -> None:
    place = Place()
    messenger = Messenger("place", place)
    messenger.write(ACT)
    assert place.got.get_nowait() == ACT
    place.away.set()
    with pytest.raises(AuditError, match=r"^cannot write audit events to place: Connection refused$"):
        messenger.write(ACT)
    messenger.close()


def test_a_collector_that_is_busy_is_asked_again(collector: Collector) -> None:
    exporter = Otlp(collector.url)
    collector.statuses = [503]
    with pytest.raises(OSError, match="503"):
        exporter.deliver([EVENT])
    exporter.deliver([EVENT])
    exporter.close()


def test_what_a_collector_refuses_for_good_is_given_up(collector: Collector) -> None:
    collector.statuses = [400]
    exporter = Otlp(collector.url)
    exporter.deliver([EVENT])
    exporter.close()


def test_no_collector_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(OSError):
        Otlp(f"http://127.0.0.1:{port}").deliver([EVENT])


@pytest.mark.parametrize(
    "target", ["127.0.0.1:4318", "ftp://host", "http://", "http://u:p@host", "http://[", "http://h:x"]
)
def test_no_collector_address(target: str) -> None:
    with pytest.raises(ConfigurationError, match="expected the URL of a collector"):
        Otlp(target)


# -- all together --------------------------------------------------------------------------------------------------------


def test_a_trail_writes_to_all_it_was_told(tmp_path: Path, collector: Collector) -> None:
    path = tmp_path / "audit.jsonl"
    trail = AuditTrail(AuditSettings(f"{path}, -", collector.url), tmp_path / "state")
    trail.write(EVENT)
    assert collector.posts.get(timeout=PATIENCE)[0] == "/v1/logs"
    readings = trail.readings()
    assert readings["dlp_audit_sequence"][1]() == 1
    assert "dlp_audit_waiting" in readings
    trail.close()
    assert json.loads(path.read_bytes())["seq"] == 1
    assert (tmp_path / "state" / "audit.key").stat().st_mode & 0o777 == 0o600


def test_no_trail_writes_nothing(tmp_path: Path) -> None:
    trail = AuditTrail(AuditSettings(), tmp_path / "state")
    trail.write(EVENT)
    assert trail.readings() == {}
    assert list(tmp_path.iterdir()) == []
