"""Hooks found once: who is asked, in which order, and what becomes of errors, as mitmproxy has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mitmproxy import exceptions, hooks, options
from mitmproxy.addonmanager import AddonManager
from mitmproxy.addons.modifyheaders import ModifyHeaders
from mitmproxy.master import Master
from mitmproxy.proxy.layers.http import HttpRequestHook
from mitmproxy.test import tflow

from dlp.proxy.hooks import HookTable, install


class Named:
    """An addon that says that it was asked, and then does what a test wants."""

    def __init__(self, name: str, asked: list[str], then: Callable[[], Any] = lambda: None) -> None:
        self.name = name
        self.asked = asked
        self.then = then

    def request(self, flow: object) -> Any:
        self.asked.append(self.name)
        return self.then()


class Waits(Named):
    async def request(self, flow: object) -> None:
        await asyncio.sleep(0)
        self.asked.append(self.name)
        self.then()


class Holder:
    """Holds further addons, which may change without anybody being told."""

    def __init__(self, name: str, *addons: object) -> None:
        self.name = name
        self.addons = list(addons)


class Deaf:
    name = "deaf"
    response = 3


def fail(error: Exception) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


@pytest.fixture(params=["mitmproxy's", "ours"])
def addons(request: pytest.FixtureRequest) -> Iterator[AddonManager]:
    """Both have to do the same."""
    loop = asyncio.new_event_loop()
    found = Master(options.Options(), event_loop=loop).addons
    if request.param == "ours":
        install(found)
        install(found)
        assert isinstance(found, HookTable)
    yield found
    loop.close()


def ask(addons: AddonManager, event: hooks.Hook | None = None) -> None:
    asyncio.run(addons.handle_lifecycle(event or HttpRequestHook(tflow.tflow())))


def test_everybody_is_asked_in_order(addons: AddonManager) -> None:
    asked: list[str] = []
    one, two = Named("one", asked), Waits("two", asked)
    addons.add(one, Deaf(), Holder("holder", Named("inner", asked)), two)
    ask(addons)
    assert asked == ["one", "inner", "two"]


def test_a_change_counts_at_once(addons: AddonManager) -> None:
    asked: list[str] = []
    one, holder = Named("one", asked), Holder("holder")
    addons.add(one, holder)
    ask(addons)
    holder.addons.append(Named("inner", asked))
    addons.add(Named("two", asked))
    ask(addons)
    addons.remove(one)
    one.request = lambda flow: asked.append("gone")  # type: ignore[method-assign]
    ask(addons)
    holder.addons[0].request = lambda flow: asked.append("other")  # type: ignore[attr-defined]
    ask(addons)
    addons.clear()
    ask(addons)
    assert asked == ["one", "one", "inner", "two", "inner", "two", "other", "two"]


def test_an_error_is_logged_and_the_next_is_asked(addons: AddonManager, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []
    addons.add(Named("one", asked, fail(ValueError("of one"))), Waits("two", asked, fail(ValueError("of two"))))
    addons.add(Named("three", asked))
    with caplog.at_level(logging.ERROR):
        ask(addons)
    assert asked == ["one", "two", "three"]
    assert [record.name for record in caplog.records] == ["mitmproxy.addonmanager"] * 2


def test_an_addon_may_stop_the_others(addons: AddonManager) -> None:
    asked: list[str] = []
    addons.add(Named("one", asked, fail(exceptions.AddonHalt())), Named("two", asked))
    ask(addons)
    assert asked == ["one"]


def test_an_option_that_is_refused_ends_the_event(addons: AddonManager) -> None:
    asked: list[str] = []
    addons.add(Named("one", asked, fail(exceptions.OptionsError("no"))), Named("two", asked))
    with pytest.raises(exceptions.OptionsError):
        ask(addons)
    assert asked == ["one"]


def test_addons_whose_options_cannot_be_set_are_not_asked() -> None:
    """Those of others that bear their names are."""

    class Own(ModifyHeaders):
        def __init__(self, asked: list[str]) -> None:
            super().__init__()
            self.asked = asked

        def request(self, flow: object) -> None:
            self.asked.append("own")

    asked: list[str] = []
    idle = ModifyHeaders()
    vars(idle)["request"] = lambda _: asked.append("mitmproxy's")
    loop = asyncio.new_event_loop()
    table = Master(options.Options(), event_loop=loop).addons
    install(table)
    table.add(idle, Own(asked), Named("other", asked))
    ask(table)
    loop.close()
    assert asked == ["own", "other"]
