"""What proxies tell each other of their answers: all that `recall` needs, and no more questions than there is need for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dlp.engine.echo import EchoMemory
from dlp.engine.echo_store import ABSENT_SECONDS, PAUSE_SECONDS, EchoStore
from dlp.engine.text import apply_edits
from dlp.errors import VaultError
from tests.engine.conversations import KEY, minted

VALUE, OTHER = "V000001-anna@nordwind.orgQ", 'V000002 "Größe"\nQ'
SCOPE = "default\0user:anna\0openai"


class Shelf:
    """A store in plain sight."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.asked: list[int] = []
        self.away = False

    def keep_texts(self, scope: str, texts: Mapping[str, str], seconds: float) -> None:
        self._come()
        assert seconds > 0
        self.held.update({(scope, name): text for name, text in texts.items()})

    def find_texts(self, scope: str, names: Sequence[str], seconds: float) -> Mapping[str, str]:
        self._come()
        assert seconds > 0
        self.asked.append(len(names))
        return {name: self.held[scope, name] for name in names if (scope, name) in self.held}

    def _come(self) -> None:
        if self.away:
            raise VaultError("away")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def proxy(shelf: Shelf, clock: Clock) -> EchoMemory:
    return EchoMemory(KEY, clock=clock, shared=EchoStore(shelf, clock))


def told(memory: EchoMemory, masked: str, values: Mapping[str, str], scope: str = SCOPE) -> None:
    name = memory.remember(scope, masked, values)
    assert name is not None
    memory.share(scope, [name])


def test_one_proxy_recalls_what_another_has_recorded(shelf: Shelf, clock: Clock) -> None:
    values, (one, other) = minted(VALUE, OTHER)
    masked = f"Mail {one.lower()} or {other.strip('[]')}, not {one}"
    told(proxy(shelf, clock), masked, values)
    restored = f"Mail {VALUE} or {OTHER}, not {VALUE}"
    memory = proxy(shelf, clock)
    assert memory.fetch(SCOPE, [f" {restored}\n", "never said"]) == 1
    found = memory.recall(SCOPE, restored)
    assert found is not None
    assert apply_edits(restored, found.edits) == masked
    assert dict(found.values) == values
    assert all(VALUE not in text and "Mail" not in text for text in shelf.held.values())
    assert {scope for scope, _ in shelf.held} == {"default\0user:anna"}


def test_nobody_else_recalls_it(shelf: Shelf, clock: Clock) -> None:
    told(proxy(shelf, clock), "Hello there", {})
    for scope in ("default\0user:bert\0openai", "default\0user:anna\0anthropic", "strict\0user:anna\0openai"):
        memory = proxy(shelf, clock)
        assert memory.fetch(scope, ["Hello there"]) == 0
        assert memory.recall(scope, "Hello there") is None


def test_what_nobody_knew_is_not_asked_for_in_every_turn(shelf: Shelf, clock: Clock) -> None:
    memory = proxy(shelf, clock)
    assert memory.fetch(SCOPE, ["never said", "never said"]) == 0
    assert memory.fetch(SCOPE, ["never said"]) is None
    assert memory.fetch(SCOPE, ["never said", "nor this"]) == 0
    assert shelf.asked == [1, 1]
    told(proxy(shelf, clock), "never said", {})
    assert memory.fetch(SCOPE, ["never said"]) is None
    assert memory.fetch(SCOPE, ["never said"], again=True) == 1
    clock.now += ABSENT_SECONDS
    assert memory.fetch(SCOPE, ["nor this"]) == 0


def test_a_store_that_is_away_is_left_alone_for_a_while(shelf: Shelf, clock: Clock) -> None:
    memory = proxy(shelf, clock)
    shelf.away = True
    for _ in range(2):
        with pytest.raises(VaultError):
            memory.fetch(SCOPE, ["x y"])
        shelf.away = False
    clock.now += PAUSE_SECONDS
    assert memory.fetch(SCOPE, ["x y"]) == 0


def test_without_a_store_nothing_is_asked() -> None:
    memory = EchoMemory(KEY)
    assert memory.fetch(SCOPE, ["x y"]) is None
    memory.share(SCOPE, [b"x"])


@pytest.mark.parametrize(
    "entry",
    ["", "1", "[1]", "[[0]]", '[[0,1,"t","d","0"]]', '[[0,"1","t","d",0]]', '[[0,1,2,"d",0]]', '[[2,1,"t","d",0]]',
     '[[0,2,"t","d",0],[1,3,"t","d",0]]', '[[0,1,"t","d",99]]', '[[-1,1,"t","d",0]]'],
)  # fmt: skip
def test_what_cannot_be_read_is_not_used(entry: str, shelf: Shelf, clock: Clock) -> None:
    told(proxy(shelf, clock), "Hello there", {})
    [key] = shelf.held
    shelf.held[key] = entry
    with pytest.raises(VaultError, match="can't read"):
        proxy(shelf, clock).fetch(SCOPE, ["Hello there"])


def test_a_span_outside_of_the_text_is_not_used(shelf: Shelf, clock: Clock) -> None:
    told(proxy(shelf, clock), "Hello there", {})
    [key] = shelf.held
    shelf.held[key] = '[[5,500,"t","d",0]]'
    memory = proxy(shelf, clock)
    assert memory.fetch(SCOPE, ["Hello there"]) == 1
    assert memory.recall(SCOPE, "Hello there") is None
