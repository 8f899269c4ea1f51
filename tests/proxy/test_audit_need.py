"""No record, no request; unless the policy says that a record is wanted and not needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlp.fakes.server import FakeProviders
from tests.proxy.live import Exchange, live_proxy, post, status_of

MAIL = "anna.keller@nordwind-labs.org"
BODY = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": f"Write to {MAIL}"}]}).encode()


@pytest.mark.may_skip
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(("need", "status"), [("required", 503), ("best_effort", 200)])
def test_a_full_disk(need: str, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"version: 1\naudit: {need}\n")
    with (
        FakeProviders() as fake,
        live_proxy(fake.port, fake.authority, tmp_path, policy=str(policy), audit="/dev/full") as proxy,
    ):
        exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com")
        assert status_of(exchange.send(post(BODY)).answer()) == status
        assert proxy.application.metrics.value("dlp_faults_total", stage="audit") == 1
        received = b"".join(request.everything() for request in fake.received)
        assert MAIL.encode() not in received
        assert bool(received) == (status == 200)
        assert ("goes on without a record" in caplog.text) == (status == 200)


def test_what_was_cut_short_is_written_down(tmp_path: Path) -> None:
    """Whoever reads the log sees which requests were read less closely."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\ndetect: {ner: {fast_above: 200}}\n")
    body = BODY.replace(b"Write to", b"Please write to them again " * 10 + b"to")
    log = tmp_path / "audit.jsonl"
    with (
        FakeProviders() as fake,
        live_proxy(fake.port, fake.authority, tmp_path, policy=str(policy), audit=str(log)) as proxy,
    ):
        exchange = Exchange(proxy.port).connect("api.openai.com:443").tls("api.openai.com")
        assert status_of(exchange.send(post(body)).answer()) == 200
    assert [json.loads(line)["note"] for line in log.read_text().splitlines() if "note" in line] == [
        "long texts (1) were searched for names at level fast"
    ]
