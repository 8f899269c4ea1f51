"""Policies change while a live proxy serves: edits arrive by themselves, whole, and a bad one changes nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from mitmproxy.exceptions import OptionsError

from dlp.fakes import FakeProviders
from tests.harness import wait_for
from tests.proxy.live import LiveProxy, live_proxy, shared_detector
from tests.proxy.test_policies import MAIL, ask, seen

CONTENTS = (
    "entities: {EMAIL_ADDRESS: redact, CREDIT_CARD: hash}\n",
    "entities: {EMAIL_ADDRESS: hash, CREDIT_CARD: redact}\n",
    "entities: {EMAIL_ADDRESS: hsah}\n",
)


@pytest.fixture(scope="module")
def proxy(fake: FakeProviders, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProxy]:
    """Under a folder laid out as a mounted ConfigMap is: `flip.yaml -> ..data/flip.yaml`, `..data -> ..1`."""
    base = tmp_path_factory.mktemp("reload")
    folder = base / "rules"
    (folder / "..1").mkdir(parents=True)
    (folder / "..1" / "flip.yaml").write_text(CONTENTS[0])
    (folder / "..data").symlink_to("..1")
    (folder / "flip.yaml").symlink_to("..data/flip.yaml")
    with live_proxy(fake.port, fake.authority, base, policy=str(folder), detector=shared_detector()) as running:
        yield running


def test_every_request_of_a_thousand_reloads_is_under_one_policy(proxy: LiveProxy, fake: FakeProviders) -> None:
    """Two policies take turns as fast as they can; whatever a request sees, it is one of them whole, and a bad edit is none."""
    fake.reset()
    live, path = proxy.application.policies, proxy.folder / "rules" / "..1" / "flip.yaml"
    before, done = live.current.number, threading.Event()

    def flip() -> None:
        for turn in range(1000):
            draft = path.with_suffix(".new")
            draft.write_text(CONTENTS[turn % 3])
            draft.replace(path)
            live.refresh()
        done.set()

    flipping = threading.Thread(target=flip)
    flipping.start()
    outcomes = set()
    while not done.is_set():
        assert ask(proxy).status_code == 200
        out = seen(fake)
        found = tuple(
            mark in out for mark in ("EMAIL_REDACTED", "CREDIT_CARD_HASH", "EMAIL_HASH", "CREDIT_CARD_REDACTED")
        )
        assert found in {(True, True, False, False), (False, False, True, True)}
        outcomes.add(found)
    flipping.join()
    assert len(outcomes) == 2
    assert live.current.number - before > 500


def test_an_edit_arrives_by_itself_and_a_bad_one_is_told(proxy: LiveProxy, fake: FakeProviders) -> None:
    fake.reset()
    live, path = proxy.application.policies, proxy.folder / "rules" / "late.yaml"
    metrics = proxy.application.metrics
    path.write_text("match: {models: late}\nentities: {EMAIL_ADDRESS: block}\n")
    wait_for(lambda: any(policy.name == "late" for policy in live.current.policies.policies))
    assert ask(proxy, f"I am {MAIL}", model="late").status_code == 400
    path.write_text("match: {models: late}\nentities: {EMAIL_ADRESS: block}\n")
    wait_for(lambda: bool(live.state.problems))
    assert "late.yaml:2: entities.EMAIL_ADRESS: unknown entity type" in live.state.problems[0]
    assert metrics.value("dlp_policy_reload_failed") == 1
    assert ask(proxy, f"I am {MAIL}", model="late").status_code == 400
    path.unlink()
    wait_for(lambda: not live.state.problems)
    assert metrics.value("dlp_policy_reload_failed") == 0


def test_a_config_map_is_swapped(proxy: LiveProxy) -> None:
    """Kubernetes writes a new folder and turns one link; the files seen in the policy folder stay the same links."""
    live, folder = proxy.application.policies, proxy.folder / "rules"
    (folder / "..2").mkdir()
    (folder / "..2" / "flip.yaml").write_text("name: swapped\n" + CONTENTS[0])
    (folder / "..next").symlink_to("..2")
    (folder / "..next").replace(folder / "..data")
    wait_for(lambda: live.current.policies.default.name == "swapped")


def test_a_second_edit_of_the_same_size_in_the_same_instant_is_seen(proxy: LiveProxy) -> None:
    """Clocks of file systems are coarse: a file that has just changed is read once more."""
    live, folder = proxy.application.policies, proxy.folder / "rules"
    path = folder / "..2" / "flip.yaml"
    path.write_text("name: one\n" + CONTENTS[0])
    wait_for(lambda: live.current.policies.default.name == "one")
    known = path.stat()
    path.write_text("name: two\n" + CONTENTS[0])
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    wait_for(lambda: live.current.policies.default.name == "two")


def test_another_policy_is_refused_while_the_proxy_runs(proxy: LiveProxy) -> None:
    """What runs was built from the options, and goes on as it is."""
    assert proxy.master is not None
    set_option, edition = proxy.master.options.set, proxy.application.policies.current
    for setting in ("dlp_policy=strict", "dlp_vault=sqlite:x.db", "dlp_metrics=127.0.0.1:0"):
        name = setting.partition("=")[0]
        before = getattr(proxy.master.options, name)
        with pytest.raises(OptionsError, match=f"^{name} can't be changed while the proxy runs: restart it"):
            proxy.call(set_option, setting)
        assert getattr(proxy.master.options, name) == before
    proxy.call(set_option, "dlp_metrics=off")  # as it is
    proxy.call(set_option, "dlp_allow_destinations=10.0.0.0/8")  # may be changed
    assert proxy.application.policies.current is edition
